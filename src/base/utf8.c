/* SPDX-License-Identifier: Apache-2.0 */
#include <dateline/base.h>

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

size_t dtl_utf8_valid(struct dtl_slice s)
{
    size_t i = 0;

    while (i < s.len) {
        size_t n;

        /* Sixteen ASCII bytes at a time: most of every page. */
        while (i + 16 <= s.len) {
            uint64_t a, b;

            memcpy(&a, s.ptr + i, 8);
            memcpy(&b, s.ptr + i + 8, 8);
            if (((a | b) & UINT64_C(0x8080808080808080)) != 0)
                break;
            i += 16;
        }
        if (i == s.len)
            break;
        n = sequence(s.ptr + i, s.len - i);
        if (n == 0)
            return i;
        i += n;
    }
    return i;
}

uint32_t dtl_utf8_next(struct dtl_slice s, size_t *pos)
{
    const uint8_t *p = s.ptr + *pos;
    size_t n = sequence(p, s.len - *pos);
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
