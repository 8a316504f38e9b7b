/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What class and id names say about bylines, dates and titles.
 */
#include "meta.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* Parts of class and id names, by first letter.  '^' demands the start of a
 * word. */
static const struct {
    const char *part;
    uint32_t kind;
} hints[] = {
    { "aktualis", SPOT_MODIFIED },   { "auteur", SPOT_AUTHOR },
    { "author", SPOT_AUTHOR },       { "autor", SPOT_AUTHOR },
    { "breadcrumb", SPOT_CRUMB },    { "^by", SPOT_AUTHOR },
    { "by-line", SPOT_AUTHOR },      { "byline", SPOT_AUTHOR },
    { "^category", SPOT_SECTION },   { "comment", SPOT_COMMENT },
    { "contributor", SPOT_AUTHOR },  { "copyright", SPOT_COPYRIGHT },
    { "creator", SPOT_AUTHOR },      { "^data", SPOT_DATE },
    { "^date", SPOT_DATE },          { "date", SPOT_DATE },
    { "dateline", SPOT_DATE },       { "^datum", SPOT_DATE },
    { "^dek", SPOT_SUBTITLE },       { "disqus", SPOT_COMMENT },
    { "^fecha", SPOT_DATE },         { "firma", SPOT_AUTHOR },
    { "forfatter", SPOT_AUTHOR },    { "headline", SPOT_TITLE },
    { "journalist", SPOT_AUTHOR },   { "^keywords", SPOT_TAG },
    { "kicker", SPOT_SECTION },      { "kommentar", SPOT_COMMENT },
    { "modif", SPOT_MODIFIED },      { "most-read", SPOT_RELATED },
    { "mostread", SPOT_RELATED },    { "penulis", SPOT_AUTHOR },
    { "popular", SPOT_RELATED },     { "posted", SPOT_DATE },
    { "^pub", SPOT_DATE },           { "publish", SPOT_DATE },
    { "read-next", SPOT_RELATED },   { "recommend", SPOT_RELATED },
    { "redakt", SPOT_AUTHOR },       { "related", SPOT_RELATED },
    { "reporter", SPOT_AUTHOR },     { "sidebar", SPOT_RELATED },
    { "signature", SPOT_AUTHOR },    { "skribent", SPOT_AUTHOR },
    { "standfirst", SPOT_SUBTITLE }, { "sub-title", SPOT_SUBTITLE },
    { "subhead", SPOT_SUBTITLE },    { "subtitle", SPOT_SUBTITLE },
    { "^tags", SPOT_TAG },           { "teaser", SPOT_RELATED },
    { "^time", SPOT_DATE },          { "timestamp", SPOT_DATE },
    { "title", SPOT_TITLE },         { "trending", SPOT_RELATED },
    { "update", SPOT_MODIFIED },     { "writer", SPOT_AUTHOR },
    { "yazar", SPOT_AUTHOR },
};

/*
 * Which hints can begin with three letters: all but "^by" have as many, so one
 * look-up passes over nearly every place of a name.
 */
#define TRIPLE_BITS 12

#define COUNT (sizeof hints / sizeof hints[0])
_Static_assert(COUNT < 255, "numbers fit a byte");

#define TRIPLE_PAIR  0x9e37u
#define TRIPLE_THIRD 0x85ebu

static unsigned triple_at(const uint8_t *p)
{
    unsigned h =
        (p[0] | (unsigned)p[1] << 8) * TRIPLE_PAIR + p[2] * TRIPLE_THIRD;

    return (h & 0xffff) >> (16 - TRIPLE_BITS);
}

#ifdef DTL_MAKE_TABLES
#include "make_tables.h"

int main(void)
{
    uint8_t first[1 << TRIPLE_BITS] = { 0 }, two[1] = { 0 };
    uint8_t next[COUNT], len[COUNT];

    for (size_t i = 0; i < COUNT; i++) {
        const char *p = hints[i].part + (hints[i].part[0] == '^');
        uint8_t *slot = two;

        len[i] = (uint8_t)strlen(p);
        if (len[i] > 2)
            slot = &first[triple_at((const uint8_t *)p)];
        next[i] = *slot;
        *slot = (uint8_t)(i + 1);
    }
    PUT_NUMBERS(uint8_t, "first_at", first, sizeof first);
    PUT_NUMBERS(uint8_t, "next_of", next, COUNT);
    PUT_NUMBERS(uint8_t, "length_of", len, COUNT); /* without '^' */
    PUT_NUMBERS(uint8_t, "of_two_letters", two, 1);
    return ferror(stdout) || fflush(stdout) != 0;
}
#else
#include "spots_tables.h"

/* Those of the chain from number `n` that stand at `at`, before `end`. */
static uint32_t spots_at(const struct class_text *t, size_t at, size_t end,
                         uint8_t n)
{
    uint32_t kind = 0;

    for (; n != 0; n = next_of[n - 1]) {
        const char *p = hints[n - 1].part;
        bool start = *p == '^';

        if (length_of[n - 1] <= end - at &&
            memcmp(t->low + at, p + start, length_of[n - 1]) == 0 &&
            (!start || (t->starts[at / 64] >> at % 64 & 1) != 0))
            kind |= hints[n - 1].kind;
    }
    return kind;
}

/* Can any with three letters stand at the next eight places? */
static bool any_at(const uint8_t *p)
{
    unsigned any = 0;
#if defined(__SSE2__)
    const __m128i *q = (const __m128i *)(const void *)p;
    __m128i pair = _mm_unpacklo_epi8(_mm_loadl_epi64(q),
                                     _mm_loadl_epi64((const void *)(p + 1)));
    __m128i third = _mm_unpacklo_epi8(_mm_loadl_epi64((const void *)(p + 2)),
                                      _mm_setzero_si128());
    __m128i h = _mm_srli_epi16(
        _mm_add_epi16(
            _mm_mullo_epi16(pair, _mm_set1_epi16((short)TRIPLE_PAIR)),
            _mm_mullo_epi16(third, _mm_set1_epi16((short)TRIPLE_THIRD))),
        16 - TRIPLE_BITS);

    any |= first_at[_mm_extract_epi16(h, 0)];
    any |= first_at[_mm_extract_epi16(h, 1)];
    any |= first_at[_mm_extract_epi16(h, 2)];
    any |= first_at[_mm_extract_epi16(h, 3)];
    any |= first_at[_mm_extract_epi16(h, 4)];
    any |= first_at[_mm_extract_epi16(h, 5)];
    any |= first_at[_mm_extract_epi16(h, 6)];
    any |= first_at[_mm_extract_epi16(h, 7)];
#else
    for (size_t i = 0; i < 8; i++)
        any |= first_at[triple_at(p + i)];
#endif
    return any != 0;
}

uint32_t spots_of(const struct class_text *t, size_t len)
{
    uint32_t kind = 0;

    for (size_t from = 0; from < len; from += 8) {
        uint64_t first = 0;
        unsigned at;

        if (!any_at(t->low + from))
            continue;
        for (size_t i = 0; i < 8; i++)
            first |= (uint64_t)first_at[triple_at(t->low + from + i)] << 8 * i;
        for (; first != 0; first &= ~(UINT64_C(255) << at)) {
            at = (unsigned)__builtin_ctzll(first) & ~7u;
            if (from + at / 8 < len)
                kind |= spots_at(t, from + at / 8, len, (uint8_t)(first >> at));
        }
    }
    /* The one of two letters begins a word with a b. */
    for (size_t w = 0; w <= len / 64; w++)
        for (uint64_t b = t->starts[w] & t->bs[w]; b != 0; b &= b - 1)
            kind |= spots_at(t, w * 64 + (size_t)__builtin_ctzll(b), len,
                             of_two_letters[0]);
    return kind;
}
#endif
