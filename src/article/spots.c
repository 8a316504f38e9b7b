/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What class and id names say about bylines, dates and titles.
 */
#include "meta.h"

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
#define TRIPLE_BITS 10

#define COUNT (sizeof hints / sizeof hints[0])
_Static_assert(COUNT < 255, "numbers fit a byte");

/* Four bytes can be read there, of which three count. */
static uint32_t triple_at(const uint8_t *p)
{
    uint32_t v;

    memcpy(&v, p, 4);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    v <<= 8;
#else
    v >>= 8;
#endif
    return v * 2654435761u >> (32 - TRIPLE_BITS);
}

#ifdef DTL_MAKE_TABLES
#include "make_tables.h"

int main(void)
{
    uint8_t first[1 << TRIPLE_BITS] = { 0 }, two[1] = { 0 };
    uint8_t next[COUNT], len[COUNT];

    for (size_t i = 0; i < COUNT; i++) {
        const char *p = hints[i].part + (hints[i].part[0] == '^');
        uint8_t *slot = two, start[4];

        len[i] = (uint8_t)strlen(p);
        memcpy(start, p, 4 - (len[i] < 3));
        if (len[i] > 2)
            slot = &first[triple_at(start)];
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

/* A word starts after anything but a letter, or at a capital ("postDate"). */
static bool word_start(const struct class_name *name, size_t at)
{
    size_t b = at - 1; /* before */

    if (at == 0 || (class_letters(name, b / 64) >> b % 64 & 1) == 0)
        return true;
    return (name->upper[at / 64] >> at % 64 & name->lower[b / 64] >> b % 64 &
            1) != 0;
}

/* Those of the chain from number `n` that stand at `at`. */
static uint32_t spots_at(const struct class_name *name, size_t at, uint8_t n)
{
    uint32_t kind = 0;

    for (; n != 0; n = next_of[n - 1]) {
        const char *p = hints[n - 1].part;
        bool start = *p == '^';

        if (length_of[n - 1] <= name->len - at &&
            memcmp(name->low + at, p + start, length_of[n - 1]) == 0 &&
            (!start || word_start(name, at)))
            kind |= hints[n - 1].kind;
    }
    return kind;
}

uint32_t spots_of_name(const struct class_name *name)
{
    uint32_t kind = 0;

    for (size_t w = 0; w <= name->len / 64; w++)
        for (uint64_t all = class_letters(name, w); all != 0; all &= all - 1) {
            size_t at = w * 64 + (size_t)__builtin_ctzll(all);
            uint8_t n = first_at[triple_at(name->low + at)];

            if (n != 0)
                kind |= spots_at(name, at, n);
            if (name->low[at] == 'b' && name->low[at + 1] == 'y')
                kind |= spots_at(name, at, of_two_letters[0]);
        }
    return kind;
}
#endif
