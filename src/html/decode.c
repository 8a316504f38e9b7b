/* SPDX-License-Identifier: Apache-2.0 */
/* Character references (13.2.5.72 to 13.2.5.80), line ends and NUL. */
#include "token.h"
#include "entities.h"
#include "scan.h"

/* Numbers 0x80 to 0x9f mean windows-1252, where it has a character. */
static const uint16_t windows_1252[32] = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
    0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017d, 0,
    0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
    0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178,
};

struct reference {
    size_t len;         /* bytes it takes after the '&'; 0: it is none */
    uint32_t points[2]; /* the second 0 when there is one */
};

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_alnum(uint8_t c)
{
    return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static unsigned hex_value(uint8_t c)
{
    if (is_digit(c))
        return c - (unsigned)'0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10U : 16U;
}

/* ---- names ------------------------------------------------------------ */

/* Index of the entity called exactly `name`, or -1. */
static int entity_find(const uint8_t *name, size_t len)
{
    unsigned low, high, base;
    const char *names;

    if (len == 0 || name[0] < 'A' || name[0] > 'z')
        return -1;
    names = entity_names[name[0] - 'A'];
    low = entity_first[name[0] - 'A'];
    base = entity_at[low];
    high = entity_first[name[0] - 'A' + 1];
    while (low < high) {
        unsigned mid = (low + high) / 2;
        size_t have = (size_t)entity_at[mid + 1] - entity_at[mid];
        int order = memcmp(name, names + (entity_at[mid] - base),
                           len < have ? len : have);

        if (order == 0 && len == have)
            return (int)mid;
        if (order < 0 || (order == 0 && len < have))
            high = mid;
        else
            low = mid + 1;
    }
    return -1;
}

static struct reference entity(int index, size_t len)
{
    uint32_t v = entity_values[index];
    struct reference r = {
        len, { ENTITY_POINT(v), entity_seconds[ENTITY_SECOND(v)] }
    };

    return r;
}

/*
 * The longest name that stands at p.  Names without a semicolon are few and
 * short, and each also stands in the table with one: so either all letters up
 * to a semicolon are a name, or the first six to two of them are a legacy one.
 */
static struct reference named(const uint8_t *p, const uint8_t *end,
                              bool attribute)
{
    struct reference none = { 0, { 0, 0 } };
    size_t len = 0;
    int found;

    while (len <= ENTITY_LONGEST && p + len < end && is_alnum(p[len]))
        len++;
    if (p + len < end && p[len] == ';' && (found = entity_find(p, len)) >= 0)
        return entity(found, len + 1);
    if (len > ENTITY_LEGACY_LONGEST)
        len = ENTITY_LEGACY_LONGEST;
    for (; len >= 2; len--) {
        found = entity_find(p, len);
        if (found < 0 || (entity_values[found] & ENTITY_LEGACY) == 0)
            continue;
        /* "?a=b&copy=1" in a link is a parameter, not a sign. */
        if (attribute && p + len < end && (p[len] == '=' || is_alnum(p[len])))
            return none;
        return entity(found, len);
    }
    return none;
}

/* ---- numbers ---------------------------------------------------------- */

static uint32_t number_meant(uint32_t n)
{
    if (n == 0 || n > 0x10ffff || (n >= 0xd800 && n <= 0xdfff))
        return 0xfffd;
    if (n >= 0x80 && n <= 0x9f && windows_1252[n - 0x80] != 0)
        return windows_1252[n - 0x80];
    return n;
}

/* At the '#'. */
static struct reference number(const uint8_t *p, const uint8_t *end)
{
    struct reference r = { 0, { 0, 0 } };
    const uint8_t *from = p, *digits;
    unsigned base = 10;
    uint32_t n = 0;

    p++;
    if (p < end && (*p == 'x' || *p == 'X')) {
        base = 16;
        p++;
    }
    for (digits = p; p < end && hex_value(*p) < base; p++)
        if (n <= 0x10ffff)
            n = n * base + hex_value(*p);
    if (p == digits)
        return r;
    if (p < end && *p == ';')
        p++;
    r.len = (size_t)(p - from);
    r.points[0] = number_meant(n);
    return r;
}

static struct reference reference(const uint8_t *p, const uint8_t *end,
                                  bool attribute)
{
    struct reference none = { 0, { 0, 0 } };

    if (p == end)
        return none;
    return *p == '#' ? number(p, end) : named(p, end, attribute);
}

/* ---- runs ------------------------------------------------------------- */

static uint8_t *put(uint8_t *dst, uint32_t c)
{
    if (c < 0x80) {
        *dst++ = (uint8_t)c;
    } else if (c < 0x800) {
        *dst++ = (uint8_t)(0xc0 | c >> 6);
        *dst++ = (uint8_t)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        *dst++ = (uint8_t)(0xe0 | c >> 12);
        *dst++ = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        *dst++ = (uint8_t)(0x80 | (c & 0x3f));
    } else {
        *dst++ = (uint8_t)(0xf0 | c >> 18);
        *dst++ = (uint8_t)(0x80 | (c >> 12 & 0x3f));
        *dst++ = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        *dst++ = (uint8_t)(0x80 | (c & 0x3f));
    }
    return dst;
}

static uint8_t *put_reference(uint8_t *dst, const struct reference *r)
{
    dst = put(dst, r->points[0]);
    return r->points[1] != 0 ? put(dst, r->points[1]) : dst;
}

/* A name grows by one byte at most ("&nGt;" has five, its two characters
 * three each), a number never; a NUL by two. */
size_t html_decoded_max(struct dtl_slice s)
{
    size_t max = s.len;

    /* Branch-free, so that compilers count many bytes at a time. */
    for (size_t i = 0; i < s.len; i += 64) {
        size_t to = s.len - i < 64 ? s.len : i + 64;
        uint8_t more = 0;

        for (size_t k = i; k < to; k++)
            more = (uint8_t)(more + (s.ptr[k] == '&') + 2 * (s.ptr[k] == 0));
        max += more;
    }
    return max;
}

static uint8_t *put_nul(uint8_t *dst, unsigned how)
{
    if ((how & HTML_DROP_NUL) != 0)
        return dst;
    return put(dst, (how & HTML_KEEP_NUL) != 0 ? 0 : 0xfffd);
}

size_t html_decode(struct dtl_slice s, unsigned how, uint8_t *dst)
{
    const uint8_t *p = s.ptr, *end = s.ptr + s.len;
    uint8_t *start = dst;

    while (p < end) {
        uint8_t c;

        if ((how & HTML_LOWER) == 0) {
            size_t n = html_copy_plain(dst, p, end);

            p += n;
            dst += n;
            if (p == end)
                break;
        }
        c = *p++;
        if (c == '&' && (how & HTML_REFERENCES) != 0) {
            struct reference r = reference(p, end, (how & HTML_ATTRIBUTE) != 0);

            p += r.len;
            dst = r.len > 0 ? put_reference(dst, &r) : put(dst, '&');
        } else if (c == '\r') {
            p += p < end && *p == '\n';
            *dst++ = '\n';
        } else if (c == '\0') {
            dst = put_nul(dst, how);
        } else if ((how & HTML_LOWER) != 0 && c >= 'A' && c <= 'Z') {
            *dst++ = c | 0x20;
        } else {
            *dst++ = c;
        }
    }
    return (size_t)(dst - start);
}

struct dtl_slice dtl_html_unescape(struct dtl_slice s, bool attribute,
                                   struct dtl_arena *arena)
{
    unsigned how = HTML_REFERENCES | (attribute ? HTML_ATTRIBUTE : 0);
    uint8_t *bytes = dtl_arena_alloc(arena, html_decoded_max(s));

    if (bytes == NULL)
        return dtl_slice_of(NULL, 0);
    return dtl_slice_of(bytes, html_decode(s, how, bytes));
}

bool html_needs_decoding(struct dtl_slice s)
{
    const uint8_t *end = s.ptr + s.len;

    return html_any_special(s.ptr, end, end);
}
