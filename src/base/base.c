/* SPDX-License-Identifier: Apache-2.0 */
#include <dateline/base.h>

#include <stdio.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

const char *dtl_version(void)
{
    return DATELINE_VERSION;
}

int dtl_fail(struct dtl_error *err, enum dtl_status status, uint64_t offset,
             const char *fmt, ...)
{
    if (err != NULL) {
        va_list ap;

        err->status = status;
        err->offset = offset;
        va_start(ap, fmt);
        vsnprintf(err->text, sizeof err->text, fmt, ap);
        va_end(ap);
    }
    return status;
}

struct dtl_slice dtl_sub(struct dtl_slice s, size_t from, size_t to)
{
    if (to > s.len)
        to = s.len;
    if (from > to)
        from = to;
    return dtl_slice_of(s.ptr != NULL ? s.ptr + from : NULL, to - from);
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

static bool prefix_nocase(const uint8_t *a, const uint8_t *b, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (lower(a[i]) != lower(b[i]))
            return false;
    return true;
}

bool dtl_equal_nocase(struct dtl_slice a, struct dtl_slice b)
{
    return a.len == b.len && prefix_nocase(a.ptr, b.ptr, a.len);
}

/* Most answers are known after a byte or two: sooner than a length. */
bool dtl_starts_nocase(struct dtl_slice s, const char *prefix)
{
    for (size_t i = 0; prefix[i] != '\0'; i++)
        if (i >= s.len || lower(s.ptr[i]) != lower((uint8_t)prefix[i]))
            return false;
    return true;
}

bool dtl_starts(struct dtl_slice s, const char *prefix)
{
    for (size_t i = 0; prefix[i] != '\0'; i++)
        if (i >= s.len || s.ptr[i] != (uint8_t)prefix[i])
            return false;
    return true;
}

bool dtl_ends(struct dtl_slice s, const char *suffix)
{
    size_t len = strlen(suffix);

    return s.len >= len &&
           (len == 0 || memcmp(s.ptr + s.len - len, suffix, len) == 0);
}

int dtl_compare(struct dtl_slice a, struct dtl_slice b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int c = len > 0 ? memcmp(a.ptr, b.ptr, len) : 0;

    return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

static bool is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct dtl_slice dtl_trim(struct dtl_slice s)
{
    while (s.len > 0 && is_space(s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    while (s.len > 0 && is_space(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

/*
 * Where both ends of a needle of at least two bytes stand together, the rest is
 * compared.  A long needle that nearly stands everywhere is left to memmem().
 */
#define SHORT_NEEDLE 32u

#if defined(__SSE2__)
/* At one of the next sixteen places, or NULL. */
static const uint8_t *find_in_row(const uint8_t *p, struct dtl_slice needle)
{
    size_t last = needle.len - 1;
    __m128i a = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i b = _mm_loadu_si128((const __m128i *)(const void *)(p + last));
    unsigned hit = (unsigned)_mm_movemask_epi8(_mm_and_si128(
        _mm_cmpeq_epi8(a, _mm_set1_epi8((char)needle.ptr[0])),
        _mm_cmpeq_epi8(b, _mm_set1_epi8((char)needle.ptr[last]))));

    for (; hit != 0; hit &= hit - 1) {
        const uint8_t *at = p + __builtin_ctz(hit);

        if (memcmp(at, needle.ptr, needle.len) == 0)
            return at;
    }
    return NULL;
}
#endif

static const uint8_t *find_short(const uint8_t *p, const uint8_t *end,
                                 struct dtl_slice needle)
{
    size_t last = needle.len - 1;

#if defined(__SSE2__)
    if ((size_t)(end - p) >= last + 16) {
        const uint8_t *row = end - last - 16; /* the last one overlaps */

        for (; p < row; p += 16) {
            const uint8_t *at = find_in_row(p, needle);

            if (at != NULL)
                return at;
        }
        return find_in_row(row, needle);
    }
#endif
    for (; (size_t)(end - p) > last; p++)
        if (p[0] == needle.ptr[0] && p[last] == needle.ptr[last] &&
            memcmp(p, needle.ptr, needle.len) == 0)
            return p;
    return NULL;
}

size_t dtl_find(struct dtl_slice s, struct dtl_slice needle, size_t from)
{
    const uint8_t *hit;

    if (from > s.len || needle.len > s.len - from)
        return SIZE_MAX;
    if (needle.len == 0)
        return from;
    if (needle.len == 1)
        hit = memchr(s.ptr + from, needle.ptr[0], s.len - from);
    else if (needle.len <= SHORT_NEEDLE)
        hit = find_short(s.ptr + from, s.ptr + s.len, needle);
    else
        hit = memmem(s.ptr + from, s.len - from, needle.ptr, needle.len);
    return hit != NULL ? (size_t)(hit - s.ptr) : SIZE_MAX;
}

const struct dtl_field *dtl_field_find(const struct dtl_field *fields, size_t n,
                                       const char *name)
{
    struct dtl_slice want = dtl_str(name);

    for (size_t i = 0; i < n; i++)
        if (dtl_equal_nocase(fields[i].name, want))
            return &fields[i];
    return NULL;
}

bool dtl_parse_u64(struct dtl_slice s, uint64_t *out)
{
    uint64_t v = 0;

    if (s.len == 0)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        unsigned digit = (unsigned)s.ptr[i] - '0';

        if (digit > 9 || v > (UINT64_MAX - digit) / 10)
            return false;
        v = v * 10 + digit;
    }
    *out = v;
    return true;
}
