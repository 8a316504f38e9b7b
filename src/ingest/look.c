/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two tables of fixed size with open addressing.
 *
 *   lines   (site, line) -> a 64-bit set of the titles it stands under (one
 *           bit a title, by its hash, so that pages of one story, whatever
 *           their number, count once), and one of the lines it stands after.
 *           How many there are follows from how many bits are set.
 *           The same table, with a salt for the site, holds the titles of
 *           all pages, and under which titles a line stands on any site.
 *   leads   line -> which article it opens: its URL and the lines after it.
 *
 * Furniture stands under many titles and after many different lines, or after
 * other furniture.  A paragraph of a story that other pages of the site carry
 * too stands under many titles, but always after the same paragraph; and its
 * lead, which they repeat as a teaser, opens pages of one title only.
 *
 * Lines are compared folded: letters in lower case, digits as 0 ("6 minutes
 * ago" and "14 minutes ago" are the same furniture), white space as one space.
 */
#include "look.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <dateline/io.h>

#define XXH_STATIC_LINKING_ONLY /* for a hash state on the stack */
#include <xxhash.h>

#define STRIPES     64U
#define FOLLOWING   8U   /* lines kept of a story after its lead */
#define LEAD_WORDS  12U  /* a lead shorter than this opens nothing */
#define OPENING     8U   /* lines among which the lead is looked for */
#define FEW_TITLES  3.0  /* a line under fewer is nobody's furniture */
#define SHARE       0.15 /* of a site's titles that make furniture */
#define MANY_TITLES 12.0 /* ... or this many, on however large a site */

struct line {
    uint64_t key; /* 0: free */
    uint64_t titles, before;
};

struct lead {
    uint64_t key; /* 0: free */
    uint64_t url;
    uint64_t titles;          /* it opens pages of */
    uint32_t next[FOLLOWING]; /* low bits of the following lines' hashes */
    uint32_t nnext;
    uint32_t shared; /* 1: opens articles at several URLs */
};

struct look {
    pthread_mutex_t stripes[STRIPES];
    struct line *lines;
    struct lead *leads;
    size_t nlines, nleads;         /* powers of two */
    size_t lines_used, leads_used; /* approximate: not locked together */
};

static size_t power_below(size_t n)
{
    size_t p = 1024;

    while (p * 2 <= n)
        p *= 2;
    return p;
}

struct look *look_new(size_t memory)
{
    struct look *l = calloc(1, sizeof *l);

    if (l == NULL)
        return NULL;
    l->nlines = power_below(memory * 3 / 4 / sizeof *l->lines);
    l->nleads = power_below(memory / 4 / sizeof *l->leads);
    l->lines = calloc(l->nlines, sizeof *l->lines);
    l->leads = calloc(l->nleads, sizeof *l->leads);
    for (size_t i = 0; i < STRIPES; i++)
        pthread_mutex_init(&l->stripes[i], NULL);
    if (l->lines == NULL || l->leads == NULL) {
        look_free(l);
        return NULL;
    }
    return l;
}

void look_free(struct look *l)
{
    if (l == NULL)
        return;
    for (size_t i = 0; i < STRIPES; i++)
        pthread_mutex_destroy(&l->stripes[i]);
    free(l->lines);
    free(l->leads);
    free(l);
}

void look_reset(struct look *l)
{
    memset(l->lines, 0, l->nlines * sizeof *l->lines);
    memset(l->leads, 0, l->nleads * sizeof *l->leads);
    l->lines_used = l->leads_used = 0;
}

const char *look_reason_text(enum look_reason r)
{
    static const char *const texts[] = {
        "kept",
        "stands on many pages of this site",
        "is the story of another page",
    };

    return texts[r];
}

/* ---- lines -------------------------------------------------------------- */

struct folded {
    uint64_t hash;
    uint32_t words;
    struct dtl_slice text;
};

static struct folded fold(struct dtl_slice line)
{
    struct folded f = { 0, 0, line };
    XXH64_state_t state;
    uint8_t piece[256];
    size_t n = 0;
    bool in_word = false;

    XXH64_reset(&state, 0);
    for (size_t i = 0; i < line.len; i++) {
        uint8_t c = line.ptr[i];

        if (c >= 'A' && c <= 'Z')
            c |= 0x20;
        else if (c >= '0' && c <= '9')
            c = '0';
        if (c <= ' ') {
            in_word = false;
            continue;
        }
        if (!in_word) {
            f.words++;
            piece[n++] = ' ';
        }
        /* A run of digits is one 0. */
        if (!(c == '0' && in_word && n > 0 && piece[n - 1] == '0'))
            piece[n++] = c;
        in_word = true;
        if (n + 2 > sizeof piece) {
            XXH64_update(&state, piece, n - 1);
            piece[0] = piece[n - 1];
            n = 1;
        }
    }
    XXH64_update(&state, piece, n);
    f.hash = XXH64_digest(&state);
    if (f.hash == 0)
        f.hash = 1;
    return f;
}

static uint64_t hash_of(struct dtl_slice s)
{
    return XXH3_64bits(s.ptr, s.len);
}

static struct dtl_slice next_line(struct dtl_slice text, size_t *pos)
{
    const uint8_t *start = text.ptr + *pos;
    const uint8_t *end = memchr(start, '\n', text.len - *pos);
    size_t len = end != NULL ? (size_t)(end - start) : text.len - *pos;

    *pos += len + 1;
    return dtl_slice_of(start, len);
}

/* Hash and words of each line, at most LOOK_LINES. */
static size_t fold_lines(struct dtl_slice text, struct folded *out)
{
    size_t n = 0, pos = 0;

    while (pos < text.len && n < LOOK_LINES)
        out[n++] = fold(next_line(text, &pos));
    return n;
}

/* ---- tables ------------------------------------------------------------- */

static pthread_mutex_t *stripe(struct look *l, uint64_t key)
{
    return &l->stripes[key % STRIPES];
}

/*
 * A key stays within the slots of its stripe: the table is cut into STRIPES
 * equal parts, and probing wraps inside one.
 */
static size_t slot_of(uint64_t key, size_t size, size_t step)
{
    size_t part = size / STRIPES;

    return (key % STRIPES) * part + ((key >> 6) + step) % part;
}

#define PROBES 64U

static struct line *find_line(struct look *l, uint64_t key, bool insert)
{
    for (size_t step = 0; step < PROBES; step++) {
        struct line *e = &l->lines[slot_of(key, l->nlines, step)];

        if (e->key == key)
            return e;
        if (e->key == 0) {
            if (!insert)
                return NULL;
            e->key = key;
            return e;
        }
    }
    return NULL; /* full here: this line is not counted */
}

static struct lead *find_lead(struct look *l, uint64_t key, bool insert)
{
    for (size_t step = 0; step < PROBES; step++) {
        struct lead *e = &l->leads[slot_of(key, l->nleads, step)];

        if (e->key == key || (e->key == 0 && insert))
            return e;
        if (e->key == 0)
            return NULL;
    }
    return NULL;
}

static uint64_t line_key(uint64_t site, uint64_t line)
{
    uint64_t key = (site ^ line) * UINT64_C(0x9e3779b97f4a7c15);

    key ^= key >> 32;
    return key != 0 ? key : 1;
}

static uint64_t bit(uint64_t hash)
{
    return UINT64_C(1) << (hash >> 58);
}

static void join_line(struct look *l, const struct line *a)
{
    struct line *e;

    pthread_mutex_lock(stripe(l, a->key));
    e = find_line(l, a->key, true);
    if (e != NULL) {
        e->titles |= a->titles;
        e->before |= a->before;
    }
    pthread_mutex_unlock(stripe(l, a->key));
}

static void count_line(struct look *l, uint64_t key, uint64_t title,
                       uint64_t before)
{
    join_line(l, &(struct line){ key, bit(title), bit(before) });
}

/* What is kept in the table of lines besides lines of a site. */
#define ANY_SITE UINT64_C(0x6c696e65732e2e2e)
#define TITLES   UINT64_C(0x7469746c65732e2e)

#define HEADLINE_WORDS 3U /* a shorter title names no story */
#define TELLING_WORDS  6U /* a line this long tells whose it is */

/* How many hashes were put into a set of 64 bits (linear counting). */
static double distinct(uint64_t set)
{
    static const double table[] = {
        0,    1.0,  2.0,  3.1,  4.1,  5.2,  6.3,  7.4,  8.5,  9.7,  10.9,
        12.1, 13.3, 14.5, 15.8, 17.1, 18.4, 19.8, 21.1, 22.6, 24.0, 25.5,
        27.0, 28.5, 30.1, 31.7, 33.4, 35.1, 36.8, 38.6, 40.5, 42.4, 44.4,
    };
    int bits = __builtin_popcountll(set);

    return bits < 33 ? table[bits] : 45.0 + (bits - 33) * 3.0;
}

/* Of several pages with one lead the one with the smallest URL hash is kept,
 * of its captures the one with the smallest lines, so that the order in which
 * they come does not matter. */
static bool is_kept_before(const struct lead *a, const struct lead *b)
{
    if (a->url != b->url)
        return a->url < b->url;
    if (a->nnext != b->nnext)
        return a->nnext < b->nnext;
    return memcmp(a->next, b->next, sizeof a->next) < 0;
}

/* Join `a` to what is known of pages that open alike. */
static void join_lead(struct look *l, const struct lead *a)
{
    struct lead *e;

    pthread_mutex_lock(stripe(l, a->key));
    e = find_lead(l, a->key, true);
    if (e != NULL && e->key == 0) {
        *e = *a;
    } else if (e != NULL) {
        uint32_t shared = e->shared | a->shared | (e->url != a->url);
        uint64_t titles = e->titles | a->titles;

        if (is_kept_before(a, e))
            *e = *a;
        e->shared = shared;
        e->titles = titles;
    }
    pthread_mutex_unlock(stripe(l, a->key));
}

static void add_lead(struct look *l, uint64_t url, uint64_t title,
                     const struct folded *lines, size_t n)
{
    struct lead a;

    memset(&a, 0, sizeof a);
    a.key = lines[0].hash;
    a.url = url;
    a.titles = bit(title);
    for (size_t i = 1; i < n && a.nnext < FOLLOWING; i++)
        a.next[a.nnext++] = (uint32_t)lines[i].hash;
    join_lead(l, &a);
}

/* The first of the opening lines that is long enough to be a lead, or n. */
static size_t lead_of(const struct folded *lines, size_t n)
{
    for (size_t i = 0; i < n && i < OPENING; i++)
        if (lines[i].words >= LEAD_WORDS)
            return i;
    return n;
}

void look_add(struct look *l, const struct look_article *a)
{
    struct folded *lines = malloc(LOOK_LINES * sizeof *lines);
    uint64_t site = hash_of(a->site);
    struct folded name = fold(a->title);
    uint64_t title = name.hash;
    size_t n, lead;

    if (lines == NULL)
        return; /* a look less, not a loss */
    n = fold_lines(a->text, lines);
    for (size_t i = 0; i < n; i++) {
        count_line(l, line_key(site, lines[i].hash), title,
                   i > 0 ? lines[i - 1].hash : 0);
        if (lines[i].words >= TELLING_WORDS)
            count_line(l, line_key(ANY_SITE, lines[i].hash), title, 0);
    }
    if (name.words >= HEADLINE_WORDS)
        count_line(l, line_key(TITLES, title), title, 0);
    count_line(l, line_key(site, 0), title, 0); /* titles of the site */
    lead = lead_of(lines, n);
    if (lead < n)
        add_lead(l, hash_of(a->url), title, lines + lead, n - lead);
    free(lines);
}

/* ---- verdicts ----------------------------------------------------------- */

/* Does another page's story begin at line `at`?  Then it goes on to the last
 * line that page has too. */
static size_t other_story(struct look *l, uint64_t url,
                          const struct folded *lines, size_t n, size_t at)
{
    struct lead *e;
    size_t same = 0, last = at;

    if (lines[at].words < LEAD_WORDS)
        return 0;
    e = find_lead(l, lines[at].hash, false);
    if (e == NULL || (e->url == url && e->shared == 0))
        return 0;
    for (size_t i = at + 1; i < n && i <= at + 2 * FOLLOWING; i++)
        for (size_t k = 0; k < e->nnext; k++)
            if (e->next[k] == (uint32_t)lines[i].hash) {
                same++;
                last = i;
                break;
            }
    if (e->nnext == 0 || same * 2 < e->nnext)
        return 0;
    return last + 1 - at;
}

static uint32_t words_of(const struct folded *lines, size_t n)
{
    uint32_t words = 0;

    for (size_t i = 0; i < n; i++)
        words += lines[i].words;
    return words;
}

/* Is this line the lead of a story, and not what stands on top of all? */
static bool opens_a_story(struct look *l, uint64_t line)
{
    struct lead *e = find_lead(l, line, false);

    return e != NULL && distinct(e->titles) < FEW_TITLES;
}

static double titles_that_make_furniture(struct look *l, uint64_t site)
{
    struct line *all = find_line(l, line_key(site, 0), false);
    double enough = all != NULL ? distinct(all->titles) * SHARE : 0;

    if (enough > MANY_TITLES)
        enough = MANY_TITLES;
    return enough > FEW_TITLES ? enough : FEW_TITLES;
}

static void judge_furniture(struct look *l, uint64_t site,
                            const struct folded *lines, size_t n,
                            uint8_t *verdicts)
{
    double enough = titles_that_make_furniture(l, site);
    size_t lead = lead_of(lines, n);
    uint32_t gone = 0;

    for (size_t i = 0; i < n; i++) {
        struct line *e = find_line(l, line_key(site, lines[i].hash), false);
        bool after_furniture = i > 0 && verdicts[i - 1] == LOOK_FURNITURE;

        if (e == NULL || distinct(e->titles) < enough ||
            (i == lead && opens_a_story(l, lines[i].hash)) ||
            (!after_furniture && i > 0 && distinct(e->before) < FEW_TITLES))
            continue;
        verdicts[i] = LOOK_FURNITURE;
        gone += lines[i].words;
    }
    /* A site that repeats most of its text under new titles is not made of
     * furniture. */
    if (gone * 3 > words_of(lines, n) * 2)
        memset(verdicts, LOOK_KEEP, n);
}

/* ---- is the passage about what the title says? -------------------------- */

#define TITLE_WORDS   32U
#define TITLE_LETTERS 4U /* in bytes: a shorter word says little */

static bool is_word_byte(uint8_t c)
{
    return c >= 0x80 || (c >= '0' && c <= '9') ||
           ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* The next word of at least TITLE_LETTERS bytes; its hash ignores the case of
 * ASCII letters.  False at the end. */
static bool next_word(struct dtl_slice s, size_t *pos, uint64_t *hash)
{
    while (*pos < s.len) {
        uint64_t h = UINT64_C(0xcbf29ce484222325);
        size_t start;

        while (*pos < s.len && !is_word_byte(s.ptr[*pos]))
            ++*pos;
        start = *pos;
        for (; *pos < s.len && is_word_byte(s.ptr[*pos]); ++*pos)
            h = (h ^ (s.ptr[*pos] | 0x20U)) * UINT64_C(0x100000001b3);
        if (*pos - start >= TITLE_LETTERS) {
            *hash = h;
            return true;
        }
    }
    return false;
}

struct title {
    uint64_t words[TITLE_WORDS];
    size_t count;
};

static struct title words_of_title(struct dtl_slice text)
{
    struct title t = { .count = 0 };
    size_t pos = 0;

    while (t.count < TITLE_WORDS && next_word(text, &pos, &t.words[t.count]))
        t.count++;
    return t;
}

/* An update of a story begins with what is new and then repeats the old text:
 * that passage has the words of the title.  A stranger's has not. */
static bool is_about(const struct title *t, const struct folded *lines,
                     size_t n)
{
    bool seen[TITLE_WORDS] = { false };
    size_t hits = 0;

    for (size_t i = 0; i < n; i++) {
        size_t pos = 0;
        uint64_t hash;

        while (next_word(lines[i].text, &pos, &hash))
            for (size_t w = 0; w < t->count; w++)
                if (!seen[w] && t->words[w] == hash) {
                    seen[w] = true;
                    hits++;
                }
    }
    return t->count > 0 && hits * 2 >= t->count;
}

/* Does the line say what another page is called? */
static bool is_title(struct look *l, const struct folded *line, uint64_t own)
{
    return line->words >= HEADLINE_WORDS && line->hash != own &&
           find_line(l, line_key(TITLES, line->hash), false) != NULL;
}

/* A teaser breaks off: with an ellipsis or in the middle of a sentence. */
static bool is_cut_short(const struct folded *line)
{
    struct dtl_slice s = dtl_trim(line->text);

    if (line->words < LEAD_WORDS)
        return false;
    return dtl_ends(s, "...") || dtl_ends(s, "\xe2\x80\xa6") ||
           dtl_ends(s, ",") ||
           (s.ptr[s.len - 1] < 0x80 && is_word_byte(s.ptr[s.len - 1]));
}

/*
 * Does line `at` name another page, and do the lines after it stand on pages
 * of that name?  Then they are its story, to the last that does.
 */
static size_t titled_story(struct look *l, uint64_t own,
                           const struct folded *lines, size_t n, size_t at)
{
    size_t telling = 0, theirs = 0, last = at;

    if (!is_title(l, &lines[at], own))
        return 0;
    for (size_t i = at + 1; i < n && !is_title(l, &lines[i], own); i++) {
        struct line *e;

        if (lines[i].words < TELLING_WORDS)
            continue;
        telling++;
        e = find_line(l, line_key(ANY_SITE, lines[i].hash), false);
        if ((e != NULL && (e->titles & bit(lines[at].hash)) != 0) ||
            (i == at + 1 && is_cut_short(&lines[i]))) {
            theirs++;
            last = i;
        }
    }
    return theirs > 0 && theirs * 2 >= telling ? last + 1 - at : 0;
}

static void judge_stories(struct look *l, const struct look_article *a,
                          const struct folded *lines, size_t n,
                          uint8_t *verdicts)
{
    struct title title = words_of_title(a->title);
    uint64_t url = hash_of(a->url), name = fold(a->title).hash;
    uint32_t own = lines[0].words;

    for (size_t i = 1; i < n;) {
        size_t run = 0;

        if (own >= 4 * LEAD_WORDS) {
            run = titled_story(l, name, lines, n, i);
            if (run == 0)
                run = other_story(l, url, lines, n, i);
        }
        if (run == 0 || is_about(&title, lines + i, run)) {
            own += lines[i++].words;
            continue;
        }
        memset(verdicts + i, LOOK_OTHER_STORY, run);
        i += run;
    }
}

size_t look_judge(struct look *l, const struct look_article *a,
                  uint8_t verdicts[LOOK_LINES])
{
    struct folded *lines = malloc(LOOK_LINES * sizeof *lines);
    size_t n, gone = 0;

    memset(verdicts, LOOK_KEEP, LOOK_LINES);
    if (lines == NULL)
        return 0;
    n = fold_lines(a->text, lines);
    if (n > 1) {
        judge_furniture(l, hash_of(a->site), lines, n, verdicts);
        judge_stories(l, a, lines, n, verdicts);
    }
    for (size_t i = 0; i < n; i++)
        gone += verdicts[i] != LOOK_KEEP;
    free(lines);
    return gone;
}

/* ---- on disk ------------------------------------------------------------ */

/*
 * "dtllook1", the numbers of lines and leads, the lines and the leads sorted
 * by key, XXH3 of all before it; integers little-endian, as on every machine
 * this runs on.
 */
#define MAGIC "dtllook1"

static int by_key(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b; /* the key comes first in both */

    return *x < *y ? -1 : *x > *y;
}

/* The entries in use, sorted; the caller frees.  NULL without memory. */
static void *entries(const void *table, size_t slots, size_t size, size_t *n)
{
    const uint8_t *at = table;
    uint8_t *out;
    uint64_t key;

    *n = 0;
    for (size_t i = 0; i < slots; i++) {
        memcpy(&key, at + i * size, sizeof key);
        *n += key != 0;
    }
    out = malloc((*n + 1) * size);
    if (out == NULL)
        return NULL;
    *n = 0;
    for (size_t i = 0; i < slots; i++) {
        memcpy(&key, at + i * size, sizeof key);
        if (key != 0)
            memcpy(out + (*n)++ * size, at + i * size, size);
    }
    qsort(out, *n, size, by_key);
    return out;
}

static bool write_all(FILE *f, const void *lines, uint64_t nlines,
                      const void *leads, uint64_t nleads)
{
    XXH3_state_t *state = XXH3_createState();
    const uint64_t counts[] = { nlines, nleads };
    const struct {
        const void *bytes;
        size_t len;
    } parts[] = {
        { MAGIC, 8 },
        { counts, sizeof counts },
        { lines, nlines * sizeof(struct line) },
        { leads, nleads * sizeof(struct lead) },
    };
    bool ok = state != NULL;
    uint64_t sum;

    if (ok)
        XXH3_64bits_reset(state);
    for (size_t i = 0; ok && i < sizeof parts / sizeof parts[0]; i++) {
        XXH3_64bits_update(state, parts[i].bytes, parts[i].len);
        ok = parts[i].len == 0 ||
             fwrite(parts[i].bytes, parts[i].len, 1, f) == 1;
    }
    sum = ok ? XXH3_64bits_digest(state) : 0;
    XXH3_freeState(state);
    return ok && fwrite(&sum, sizeof sum, 1, f) == 1;
}

int look_save(const struct look *l, const char *path, struct dtl_error *err)
{
    size_t nlines = 0, nleads = 0;
    struct line *lines = entries(l->lines, l->nlines, sizeof *lines, &nlines);
    struct lead *leads = entries(l->leads, l->nleads, sizeof *leads, &nleads);
    FILE *f = NULL;
    int rc = DTL_OK;

    if (lines == NULL || leads == NULL)
        rc = dtl_fail(err, DTL_NOMEM, 0, "%s: out of memory", path);
    else if ((f = fopen(path, "wbe")) == NULL ||
             !write_all(f, lines, nlines, leads, nleads) || fflush(f) != 0 ||
             fsync(fileno(f)) != 0)
        rc = dtl_fail(err, DTL_IO, 0, "%s: cannot write: %s", path,
                      strerror(errno));
    if (f != NULL && fclose(f) != 0 && rc == DTL_OK)
        rc = dtl_fail(err, DTL_IO, 0, "%s: cannot write: %s", path,
                      strerror(errno));
    free(lines);
    free(leads);
    return rc;
}

#define HEAD (8 + 2 * sizeof(uint64_t))

int look_read(struct look *l, struct dtl_slice s, const char *path,
              struct dtl_error *err)
{
    uint64_t counts[2], sum;
    const uint8_t *at;

    if (s.len < HEAD + 8 || memcmp(s.ptr, MAGIC, 8) != 0)
        return dtl_fail(err, DTL_FORMAT, 0, "%s: not a file of lines", path);
    memcpy(counts, s.ptr + 8, sizeof counts);
    memcpy(&sum, s.ptr + s.len - 8, 8);
    if (counts[0] > s.len || counts[1] > s.len ||
        counts[0] * sizeof(struct line) + counts[1] * sizeof(struct lead) !=
            s.len - HEAD - 8 ||
        sum != XXH3_64bits(s.ptr, s.len - 8))
        return dtl_fail(err, DTL_FORMAT, 0, "%s: damaged", path);
    at = s.ptr + HEAD;
    for (uint64_t i = 0; i < counts[0]; i++, at += sizeof(struct line)) {
        struct line e;

        memcpy(&e, at, sizeof e);
        if (e.key != 0)
            join_line(l, &e);
    }
    for (uint64_t i = 0; i < counts[1]; i++, at += sizeof(struct lead)) {
        struct lead e;

        memcpy(&e, at, sizeof e);
        if (e.key != 0 && e.nnext <= FOLLOWING)
            join_lead(l, &e);
    }
    return DTL_OK;
}

int look_load(struct look *l, const char *path, struct dtl_error *err)
{
    struct dtl_source *source;
    struct dtl_slice s;
    struct dtl_error own = { 0 };
    int rc = dtl_source_open(path, &source, &own);

    if (rc == DTL_NOTFOUND) /* what it stands in is there */
        rc = DTL_FORMAT;
    if (rc != DTL_OK)
        return dtl_fail(err, (enum dtl_status)rc, 0, "%s: %s", path, own.text);
    s = dtl_source_mapped(source);
    rc = look_read(l, s, path, err);
    dtl_source_close(source);
    return rc;
}
