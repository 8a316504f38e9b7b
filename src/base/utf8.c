/* SPDX-License-Identifier: Apache-2.0 */
#include <dateline/base.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/*
 * Well-formed UTF-8 (RFC 3629 section 4).  The first byte fixes the length
 * and the range of the second; the others are 80..BF.
 */
static size_t sequence(const uint8_t *p, size_t left)
{
    uint8_t c = p[0], low = 0x80, high = 0xbf;
    size_t len;

    if (c < 0x80)
        return 1;
    if (c >= 0xc2 && c <= 0xdf) {
        len = 2;
    } else if ((c & 0xf0) == 0xe0) {
        len = 3;
        if (c == 0xe0)
            low = 0xa0; /* no overlong forms */
        else if (c == 0xed)
            high = 0x9f; /* no surrogates */
    } else if (c >= 0xf0 && c <= 0xf4) {
        len = 4;
        if (c == 0xf0)
            low = 0x90;
        else if (c == 0xf4)
            high = 0x8f; /* at most U+10FFFF */
    } else {
        return 0;
    }
    if (left < len || p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return len;
}

/*
 * The same for the common two- and three-byte sequences by one look at four
 * bytes: the fixed bits, then the forms that are too long and surrogates.
 */
static size_t quick_sequence(const uint8_t *p, size_t left)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint32_t w, third;

    if (left >= 4) {
        memcpy(&w, p, 4);
        third = w & 0x200f;
        if ((w & 0xc0c0f0) == 0x8080e0 && third != 0 && third != 0x200d)
            return 3;
        if ((w & 0xc0e0) == 0x80c0 && (w & 0x1e) != 0)
            return 2;
    }
#endif
    return sequence(p, left);
}

#define HIGH_BITS UINT64_C(0x8080808080808080)

static uint64_t word_at(const uint8_t *p)
{
    uint64_t w;

    memcpy(&w, p, 8);
    return w;
}

#if defined(__SSE2__)
static __m128i sixteen_at(const uint8_t *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}
#endif

/* How far ahead a page is called for: it is often read here first, and the
 * processor stops at the end of each 4 KiB. */
#define AHEAD 4096

/* ASCII bytes from i on, sixty-four at a time: most of every page. */
static size_t skip_ascii(struct dtl_slice s, size_t i)
{
#if defined(__SSE2__)
    for (; i + 64 <= s.len; i += 64) {
        const uint8_t *p = s.ptr + i;

        if (s.len - i > AHEAD)
            __builtin_prefetch(p + AHEAD);
        if (_mm_movemask_epi8(_mm_or_si128(
                _mm_or_si128(sixteen_at(p), sixteen_at(p + 16)),
                _mm_or_si128(sixteen_at(p + 32), sixteen_at(p + 48)))) != 0)
            break;
    }
    for (; i + 16 <= s.len; i += 16) {
        int high = _mm_movemask_epi8(sixteen_at(s.ptr + i));

        if (high != 0)
            return i + (size_t)__builtin_ctz((unsigned)high);
    }
#endif
    while (i + 8 <= s.len && (word_at(s.ptr + i) & HIGH_BITS) == 0)
        i += 8;
    while (i < s.len && s.ptr[i] < 0x80)
        i++;
    return i;
}

size_t dtl_utf8_valid(struct dtl_slice s)
{
    size_t i = 0;

    while ((i = skip_ascii(s, i)) < s.len) {
        /* Others come in company: a single space does not end it. */
        do {
            size_t n = quick_sequence(s.ptr + i, s.len - i);

            if (n == 0)
                return i;
            i += n;
            if (s.len - i >= 2 && s.ptr[i] < 0x80 && s.ptr[i + 1] >= 0x80)
                i++;
        } while (i < s.len && s.ptr[i] >= 0x80);
    }
    return i;
}

uint32_t dtl_utf8_next(struct dtl_slice s, size_t *pos)
{
    const uint8_t *p = s.ptr + *pos;
    size_t n = p[0] < 0x80 ? 1 : quick_sequence(p, s.len - *pos);
    uint32_t c;

    if (n == 0) {
        ++*pos;
        return 0xfffd;
    }
    *pos += n;
    if (n == 1)
        return p[0];
    c = p[0] & (0xffU >> (n + 1));
    for (size_t i = 1; i < n; i++)
        c = c << 6 | (p[i] & 0x3fU);
    return c;
}

size_t dtl_utf8_put(uint8_t out[4], uint32_t c)
{
    if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        c = 0xfffd;
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (uint8_t)(0xc0 | c >> 6);
        out[1] = (uint8_t)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (uint8_t)(0xe0 | c >> 12);
        out[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        out[2] = (uint8_t)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (uint8_t)(0xf0 | c >> 18);
    out[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
    out[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
    out[3] = (uint8_t)(0x80 | (c & 0x3f));
    return 4;
}
