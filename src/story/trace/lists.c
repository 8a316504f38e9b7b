/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The postings of all segments, mark by mark.  Each segment has its own in
 * order already, so that they are only merged: no memory, any number.
 */
#include "link.h"

#include <stdlib.h>

#define TRIM_LISTS (UINT32_C(1) << 22)

struct source {
    struct dtl_scan *scan;
    uint64_t mark;
    struct dtl_posting posting;
    bool there;
};

struct lists {
    struct batch *b;
    struct source *sources;
    uint32_t n;
    uint32_t *found; /* articles << 1 | in the lead */
    size_t nfound, cap;
    struct list list;
    uint32_t passed; /* lists since the pages read were let go */
    bool count;      /* the marks of each article */
};

static int step(struct source *s, struct dtl_error *err)
{
    int rc = dtl_scan_next(s->scan, &s->mark, &s->posting, err);

    s->there = rc == DTL_OK;
    return rc == DTL_END ? DTL_OK : rc;
}

void lists_close(struct lists *l)
{
    if (l == NULL)
        return;
    for (uint32_t i = 0; i < l->n; i++)
        dtl_scan_close(l->sources[i].scan);
    free(l->sources);
    free(l->found);
    free(l->list.docs);
    free(l->list.group);
    free(l->list.rank);
    free(l->list.lead);
    free(l);
}

int lists_open(struct batch *b, bool count, struct lists **out,
               struct dtl_error *err)
{
    uint32_t n = dtl_store_segments(b->store);
    struct lists *l = calloc(1, sizeof *l);
    int rc = DTL_OK;

    *out = NULL;
    if (l == NULL ||
        (l->sources = calloc(n + (size_t)1, sizeof *l->sources)) == NULL) {
        free(l);
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for postings");
    }
    l->b = b;
    l->count = count;
    for (; l->n < n && rc == DTL_OK; l->n++) {
        rc = dtl_scan_open(b->store, l->n, DTL_MARKS, &l->sources[l->n].scan,
                           err);
        if (rc == DTL_OK)
            rc = step(&l->sources[l->n], err);
    }
    if (rc != DTL_OK) {
        lists_close(l);
        return rc;
    }
    *out = l;
    return DTL_OK;
}

static bool room(void *array, size_t n, size_t size)
{
    void *p = realloc(*(void **)array, n * size);

    if (p != NULL)
        *(void **)array = p;
    return p != NULL;
}

static bool found_room(struct lists *l)
{
    size_t cap = l->cap * 2 + 1024;

    if (l->nfound < l->cap)
        return true;
    if (cap > UINT32_MAX || !room(&l->found, cap, sizeof *l->found) ||
        !room(&l->list.docs, cap, sizeof *l->list.docs) ||
        !room(&l->list.group, cap, sizeof *l->list.group) ||
        !room(&l->list.rank, cap, sizeof *l->list.rank) ||
        !room(&l->list.lead, cap, 1))
        return false;
    l->cap = cap;
    return true;
}

/* Note what source `s` stands at. */
static bool note(struct lists *l, uint32_t segment, const struct source *s)
{
    struct batch *b = l->b;
    size_t place = b->first_place[segment] + s->posting.article;
    uint32_t doc =
        place < b->first_place[segment + 1] ? b->places[place] : NO_DOC;
    bool rest;

    if (doc == NO_DOC)
        return true;
    rest = s->posting.position >= b->docs[doc].words;
    /* A rest follows its article; one that is not known is furniture of a
     * store made by other means. */
    if (rest && (doc + 1 >= b->ndocs || !b->docs[doc + 1].rest))
        return true;
    if (!found_room(l))
        return false;
    b->docs[doc + rest].marks += l->count;
    l->found[l->nfound++] =
        (doc + rest) << 1 | (!rest && s->posting.position < LEAD_WORDS);
    return true;
}

static int by_number(const void *x, const void *y)
{
    uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;

    return (a > b) - (a < b);
}

/* Each article once. */
static void make_list(struct lists *l)
{
    struct list *out = &l->list;

    if (l->nfound > 1)
        qsort(l->found, l->nfound, sizeof *l->found, by_number);
    out->count = 0;
    for (size_t i = 0; i < l->nfound; i++) {
        uint32_t doc = l->found[i] >> 1;

        if (out->count == 0 || out->docs[out->count - 1] != doc) {
            out->docs[out->count] = doc;
            out->lead[out->count++] = 0;
        }
        out->lead[out->count - 1] |= l->found[i] & 1;
    }
}

int lists_next(struct lists *l, struct list **out, struct dtl_error *err)
{
    uint64_t mark = UINT64_MAX;
    int rc;

    for (uint32_t i = 0; i < l->n; i++)
        if (l->sources[i].there && l->sources[i].mark < mark)
            mark = l->sources[i].mark;
    if (mark == UINT64_MAX)
        return DTL_END;
    l->nfound = 0;
    for (uint32_t i = 0; i < l->n; i++) {
        struct source *s = &l->sources[i];

        while (s->there && s->mark == mark) {
            if (!note(l, i, s))
                return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a list");
            if ((rc = step(s, err)) != DTL_OK)
                return rc;
        }
    }
    make_list(l);
    if (++l->passed % TRIM_LISTS == 0)
        dtl_store_trim(l->b->store);
    l->list.mark = mark;
    *out = &l->list;
    return DTL_OK;
}
