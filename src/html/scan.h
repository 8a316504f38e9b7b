/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_HTML_SCAN_H
#define DATELINE_HTML_SCAN_H
/*
 * The inner loops: find the byte that ends a run and note on the way whether
 * the run holds one that needs decoding.  Sixteen bytes a step where the
 * machine has SSE2, never reading at or past `end`.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

static inline bool html_special(uint8_t c)
{
    return c == '&' || c == '\r' || c == '\0';
}

/** First `stop` in [p, end), or `end`; *special also tells of '&', CR, NUL
 * before it. */
static inline const uint8_t *html_scan(const uint8_t *p, const uint8_t *end,
                                       uint8_t stop, bool *special)
{
#if defined(__SSE2__)
    const __m128i stops = _mm_set1_epi8((char)stop);
    const __m128i amp = _mm_set1_epi8('&'), cr = _mm_set1_epi8('\r');
    const __m128i nul = _mm_setzero_si128();

    while (end - p >= 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        unsigned odd = (unsigned)_mm_movemask_epi8(_mm_or_si128(
            _mm_or_si128(_mm_cmpeq_epi8(v, amp), _mm_cmpeq_epi8(v, cr)),
            _mm_cmpeq_epi8(v, nul)));
        unsigned hit = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, stops));

        if (hit != 0) {
            /* The lowest hit and what is below it. */
            *special |= (odd & (hit ^ (hit - 1))) != 0;
            return p + __builtin_ctz(hit);
        }
        *special |= odd != 0;
        p += 16;
    }
#endif
    for (; p < end && *p != stop; p++)
        *special |= html_special(*p);
    return p;
}
#endif
