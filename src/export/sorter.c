/* SPDX-License-Identifier: Apache-2.0 */
#include "sorter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define MOST_RUNS 64U /* then they are merged into one */

struct item {
    const uint8_t *ptr;
    size_t len;
};

struct run {
    FILE *f;
    struct dtl_buf item; /* the one to be given next */
};

struct dtl_sorter {
    uint8_t *text; /* never moves: items point into it */
    size_t len, cap;
    struct item *items;
    size_t n, room;
    struct run runs[MOST_RUNS];
    unsigned heap[MOST_RUNS]; /* of runs, the least item on top */
    unsigned nruns, nheap;
    size_t at; /* the next, when there are no runs */
    struct dtl_buf last;
    uint64_t count;
    bool started, any;
};

static int no_memory(struct dtl_error *err)
{
    return dtl_fail(err, DTL_NOMEM, 0, "out of memory for sorting");
}

static int no_file(struct dtl_error *err)
{
    return dtl_fail(err, DTL_IO, 0,
                    "temporary file: %s; TMPDIR names another place",
                    strerror(errno));
}

int dtl_sorter_new(size_t memory, struct dtl_sorter **out,
                   struct dtl_error *err)
{
    struct dtl_sorter *s = calloc(1, sizeof *s);

    *out = NULL;
    if (s == NULL || (s->text = malloc(memory)) == NULL) {
        free(s);
        return no_memory(err);
    }
    s->cap = memory;
    *out = s;
    return DTL_OK;
}

void dtl_sorter_free(struct dtl_sorter *s)
{
    if (s == NULL)
        return;
    for (unsigned i = 0; i < s->nruns; i++) {
        if (s->runs[i].f != NULL)
            fclose(s->runs[i].f);
        dtl_buf_free(&s->runs[i].item);
    }
    dtl_buf_free(&s->last);
    free(s->items);
    free(s->text);
    free(s);
}

uint64_t dtl_sorter_count(const struct dtl_sorter *s)
{
    return s->count;
}

static struct dtl_slice slice_of(const struct item *i)
{
    return dtl_slice_of(i->ptr, i->len);
}

static int by_bytes(const void *a, const void *b)
{
    return dtl_compare(slice_of(a), slice_of(b));
}

/* ---- runs -----------------------------------------------------------------
 */

static bool put(FILE *f, struct dtl_slice item)
{
    uint32_t len = (uint32_t)item.len;

    return fwrite(&len, sizeof len, 1, f) == 1 &&
           fwrite(item.ptr, 1, item.len, f) == item.len;
}

/* DTL_END after the last. */
static int get(struct run *r, struct dtl_error *err)
{
    uint32_t len;

    dtl_buf_clear(&r->item);
    if (fread(&len, sizeof len, 1, r->f) != 1)
        return ferror(r->f) ? no_file(err) : DTL_END;
    if (!dtl_buf_reserve(&r->item, len))
        return no_memory(err);
    if (fread(r->item.ptr, 1, len, r->f) != len)
        return no_file(err);
    r->item.len = len;
    return DTL_OK;
}

static bool before(const struct dtl_sorter *s, unsigned a, unsigned b)
{
    return dtl_compare(dtl_buf_view(&s->runs[a].item),
                       dtl_buf_view(&s->runs[b].item)) < 0;
}

static void sift(struct dtl_sorter *s, unsigned i)
{
    unsigned moved = s->heap[i];

    for (;;) {
        unsigned child = 2 * i + 1;

        if (child >= s->nheap)
            break;
        if (child + 1 < s->nheap &&
            before(s, s->heap[child + 1], s->heap[child]))
            child++;
        if (!before(s, s->heap[child], moved))
            break;
        s->heap[i] = s->heap[child];
        i = child;
    }
    s->heap[i] = moved;
}

static int open_runs(struct dtl_sorter *s, struct dtl_error *err)
{
    s->nheap = 0;
    for (unsigned i = 0; i < s->nruns; i++) {
        int rc;

        rewind(s->runs[i].f);
        rc = get(&s->runs[i], err);
        if (rc == DTL_OK)
            s->heap[s->nheap++] = i;
        else if (rc != DTL_END)
            return rc;
    }
    for (unsigned i = s->nheap; i-- > 0;)
        sift(s, i);
    return DTL_OK;
}

/* The least item of all runs goes into `last`, unless it is there. */
static int next_merged(struct dtl_sorter *s, struct dtl_error *err)
{
    while (s->nheap > 0) {
        struct run *r = &s->runs[s->heap[0]];
        bool again =
            s->any && dtl_equal(dtl_buf_view(&s->last), dtl_buf_view(&r->item));
        int rc;

        if (!again) {
            dtl_buf_clear(&s->last);
            if (!dtl_buf_slice(&s->last, dtl_buf_view(&r->item)))
                return no_memory(err);
            s->any = true;
        }
        rc = get(r, err);
        if (rc == DTL_END)
            s->heap[0] = s->heap[--s->nheap];
        else if (rc != DTL_OK)
            return rc;
        if (s->nheap > 0)
            sift(s, 0);
        if (!again)
            return DTL_OK;
    }
    return DTL_END;
}

static int merge_runs(struct dtl_sorter *s, struct dtl_error *err)
{
    FILE *f = tmpfile();
    int rc = f != NULL ? open_runs(s, err) : no_file(err);

    s->any = false;
    while (rc == DTL_OK && (rc = next_merged(s, err)) == DTL_OK)
        if (!put(f, dtl_buf_view(&s->last)))
            rc = no_file(err);
    if (rc == DTL_END && fflush(f) != 0)
        rc = no_file(err);
    if (rc != DTL_END) {
        if (f != NULL)
            fclose(f);
        return rc;
    }
    for (unsigned i = 0; i < s->nruns; i++)
        fclose(s->runs[i].f);
    s->runs[0].f = f;
    s->nruns = 1;
    s->any = false;
    return DTL_OK;
}

static void sort_items(struct dtl_sorter *s)
{
    if (s->n > 1)
        qsort(s->items, s->n, sizeof *s->items, by_bytes);
}

static int spill(struct dtl_sorter *s, struct dtl_error *err)
{
    FILE *f;
    int rc;

    if (s->nruns == MOST_RUNS && (rc = merge_runs(s, err)) != DTL_OK)
        return rc;
    if ((f = tmpfile()) == NULL)
        return no_file(err);
    s->runs[s->nruns++].f = f;
    sort_items(s);
    for (size_t i = 0; i < s->n; i++)
        if (!put(f, slice_of(&s->items[i])))
            return no_file(err);
    if (fflush(f) != 0)
        return no_file(err);
    s->n = s->len = 0;
    return DTL_OK;
}

int dtl_sorter_add(struct dtl_sorter *s, struct dtl_slice item,
                   struct dtl_error *err)
{
    /* Short items cost more for their place than for their bytes. */
    bool full = s->n * sizeof *s->items > s->cap;
    int rc;

    if (item.len > s->cap)
        return dtl_fail(err, DTL_LIMIT, 0, "a line is too long to be sorted");
    if ((full || item.len > s->cap - s->len) && (rc = spill(s, err)) != DTL_OK)
        return rc;
    if (s->n == s->room) {
        size_t room = s->room == 0 ? 1024 : s->room * 2;
        struct item *items = realloc(s->items, room * sizeof *items);

        if (items == NULL)
            return no_memory(err);
        s->items = items;
        s->room = room;
    }
    if (item.len > 0)
        memcpy(s->text + s->len, item.ptr, item.len);
    s->items[s->n++] = (struct item){ s->text + s->len, item.len };
    s->len += item.len;
    s->count++;
    return DTL_OK;
}

int dtl_sorter_next(struct dtl_sorter *s, struct dtl_slice *out,
                    struct dtl_error *err)
{
    int rc = DTL_OK;

    if (!s->started) {
        s->started = true;
        if (s->nruns == 0)
            sort_items(s);
        else if ((rc = spill(s, err)) == DTL_OK)
            rc = open_runs(s, err);
    }
    if (rc == DTL_OK && s->nruns > 0) {
        rc = next_merged(s, err);
        *out = dtl_buf_view(&s->last);
        return rc;
    }
    while (
        rc == DTL_OK && s->at > 0 && s->at < s->n &&
        dtl_equal(slice_of(&s->items[s->at]), slice_of(&s->items[s->at - 1])))
        s->at++;
    if (rc != DTL_OK || s->at >= s->n)
        return rc != DTL_OK ? rc : DTL_END;
    *out = slice_of(&s->items[s->at++]);
    return DTL_OK;
}
