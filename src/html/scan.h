/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_HTML_SCAN_H
#define DATELINE_HTML_SCAN_H
/*
 * The inner loops.  Sixteen bytes a step where the machine has SSE2, never
 * reading at or past `end`.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/**
 * How many of the sixteen bytes at `p` come before the first that may end a
 * name: white space, a control, '/', '>' or, with `equals`, '='.  So names are
 * measured without a branch a byte; the caller looks at what stands there.
 */
static inline unsigned html_name16(const uint8_t *p, bool equals)
{
#if defined(__SSE2__)
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i hit = _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(' ')), v);
    unsigned mask;

    hit = _mm_or_si128(hit, _mm_cmpeq_epi8(v, _mm_set1_epi8('>')));
    hit = _mm_or_si128(hit, _mm_cmpeq_epi8(v, _mm_set1_epi8('/')));
    if (equals)
        hit = _mm_or_si128(hit, _mm_cmpeq_epi8(v, _mm_set1_epi8('=')));
    mask = (unsigned)_mm_movemask_epi8(hit);
    return (unsigned)__builtin_ctz(mask | 0x10000);
#else
    unsigned n = 0;

    while (n < 16 && p[n] > ' ' && p[n] != '>' && p[n] != '/' &&
           !(equals && p[n] == '='))
        n++;
    return n;
#endif
}

/** The same, as far as the bytes before `end` go. */
static inline const uint8_t *html_skip_name(const uint8_t *p,
                                            const uint8_t *end, bool equals)
{
    return end - p < 16 ? p : p + html_name16(p, equals);
}

static inline bool html_space(uint8_t c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

#if defined(__SSE2__)
/* Which of sixteen bytes are no white space, as bits. */
static inline unsigned html_dark16(const uint8_t *p)
{
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i low = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8(' ')),
                               _mm_cmpeq_epi8(v, _mm_set1_epi8('\n')));
    __m128i high = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('\t')),
                                _mm_cmpeq_epi8(v, _mm_set1_epi8('\r')));

    low = _mm_or_si128(_mm_or_si128(low, high),
                       _mm_cmpeq_epi8(v, _mm_set1_epi8('\f')));
    return (unsigned)_mm_movemask_epi8(low) ^ 0xffff;
}
#endif

/** How many of the sixteen bytes at `p` are white space before another. */
static inline unsigned html_spaces16(const uint8_t *p)
{
    unsigned n = 0;

#if defined(__SSE2__)
    n = (unsigned)__builtin_ctz(html_dark16(p) | 0x10000);
#else
    while (n < 16 && html_space(p[n]))
        n++;
#endif
    return n;
}

/** Is [p, to) white space only?  Reads on to `end` where that is faster. */
static inline bool html_blank(const uint8_t *p, const uint8_t *to,
                              const uint8_t *end)
{
    if (p<to && * p> ' ')
        return false;
#if defined(__SSE2__)
    while (p < to && end - p >= 16) {
        unsigned dark = html_dark16(p);

        if (dark != 0)
            return p + __builtin_ctz(dark) >= to;
        p += 16;
    }
#else
    (void)end;
#endif
    while (p < to && html_space(*p))
        p++;
    return p >= to;
}

/** How often '=' stands before a quote in [p, to), at most 4,080 bytes, whose
 * next byte is readable. */
static inline size_t html_equals(const uint8_t *p, const uint8_t *to)
{
    size_t n = 0;
#if defined(__SSE2__)
    const __m128i two = _mm_set1_epi8('"'), one = _mm_set1_epi8('\'');
    const __m128i equal = _mm_set1_epi8('=');
    __m128i equals = _mm_setzero_si128();

    for (; to - p >= 16; p += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i w = _mm_loadu_si128((const __m128i *)(const void *)(p + 1));

        w = _mm_or_si128(_mm_cmpeq_epi8(w, two), _mm_cmpeq_epi8(w, one));
        /* A hit is -1. */
        equals =
            _mm_sub_epi8(equals, _mm_and_si128(_mm_cmpeq_epi8(v, equal), w));
    }
    equals = _mm_sad_epu8(equals, _mm_setzero_si128());
    n = (size_t)(_mm_extract_epi16(equals, 0) + _mm_extract_epi16(equals, 4));
#endif
    for (; p < to; p++)
        n += *p == '=' && (p[1] == '"' || p[1] == '\'');
    return n;
}

/** Does [p, to) hold '&', CR or NUL?  Reads on to `end` where that is
 * faster. */
static inline bool html_any_special(const uint8_t *p, const uint8_t *to,
                                    const uint8_t *end)
{
#if defined(__SSE2__)
    const __m128i amp = _mm_set1_epi8('&'), cr = _mm_set1_epi8('\r');
    const __m128i nul = _mm_setzero_si128();

    for (; p < to && end - p >= 16; p += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        unsigned hit = (unsigned)_mm_movemask_epi8(_mm_or_si128(
            _mm_or_si128(_mm_cmpeq_epi8(v, amp), _mm_cmpeq_epi8(v, cr)),
            _mm_cmpeq_epi8(v, nul)));

        if (hit != 0)
            return p + __builtin_ctz(hit) < to; /* if not, `to` is here */
    }
#else
    (void)end;
#endif
    for (; p < to; p++)
        if (*p == '\r' || *p == '\0' || *p == '&')
            return true;
    return false;
}

/** CR or NUL, in text without references: mostly long scripts. */
static inline bool html_any_control(const uint8_t *p, const uint8_t *to)
{
    return p < to && (memchr(p, '\r', (size_t)(to - p)) != NULL ||
                      memchr(p, '\0', (size_t)(to - p)) != NULL);
}

/** Copy what needs no decoding from [p, end) to `dst`, which has room for all
 * of it, sixteen bytes at a time; returns how many came. */
static inline size_t html_copy_plain(uint8_t *dst, const uint8_t *p,
                                     const uint8_t *end)
{
    const uint8_t *from = p;

#if defined(__SSE2__)
    const __m128i amp = _mm_set1_epi8('&'), cr = _mm_set1_epi8('\r');
    const __m128i nul = _mm_setzero_si128();

    for (; end - p >= 16; p += 16, dst += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        unsigned hit = (unsigned)_mm_movemask_epi8(_mm_or_si128(
            _mm_or_si128(_mm_cmpeq_epi8(v, amp), _mm_cmpeq_epi8(v, cr)),
            _mm_cmpeq_epi8(v, nul)));

        _mm_storeu_si128((__m128i *)(void *)dst, v);
        if (hit != 0)
            return (size_t)(p - from) + (size_t)__builtin_ctz(hit);
    }
#else
    (void)dst;
    (void)end;
#endif
    return (size_t)(p - from);
}

#if defined(__SSE2__)
/* Which of sixteen bytes are `stop`, as bits. */
static inline uint64_t html_hits(const uint8_t *p, __m128i stop)
{
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);

    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, stop));
}
#endif

/** First `stop` in [p, end), or `end`.  Nearly all are within sixty-four
 * bytes, and how near cannot be foreseen: those are looked at together. */
static inline const uint8_t *html_find(const uint8_t *p, const uint8_t *end,
                                       uint8_t stop)
{
    const uint8_t *hit;
#if defined(__SSE2__)
    if (end - p >= 64) {
        const __m128i stops = _mm_set1_epi8((char)stop);
        uint64_t hits = html_hits(p, stops) | html_hits(p + 16, stops) << 16 |
                        html_hits(p + 32, stops) << 32 |
                        html_hits(p + 48, stops) << 48;

        if (hits != 0)
            return p + __builtin_ctzll(hits);
        p += 64;
    }
#endif
    hit = p < end ? memchr(p, stop, (size_t)(end - p)) : NULL;
    return hit != NULL ? hit : end;
}
#endif
