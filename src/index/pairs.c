/* SPDX-License-Identifier: Apache-2.0 */
#include "spill.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define FIRST_ROOM 4096  /* items */
#define RUN_BUFFER 16384 /* items read ahead of each run, at most */
#define DIGIT      11    /* bits of a radix pass */

int dtl_spill_file(const char *dir)
{
    static const char name[] = "/spill-XXXXXX";
    size_t len = strlen(dir);
    char *path = malloc(len + sizeof name);
    int fd;

    if (path == NULL)
        return -1;
    memcpy(path, dir, len);
    memcpy(path + len, name, sizeof name);
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    free(path);
    return fd;
}

struct run {
    uint64_t next, end; /* items of the file not yet read */
    struct dtl_pair *buf;
    size_t at, have;
};

struct dtl_pairs {
    char *dir;
    struct dtl_pair *items, *scratch;
    size_t n, room, max; /* items in memory, allocated, allowed */
    size_t at;           /* read position when nothing was spilled */
    bool ordered;        /* what is in memory happens to be sorted */
    int fd;
    uint64_t written; /* items in the file */
    struct run *runs;
    size_t nruns;
    size_t *heap; /* run indexes, least head first */
    size_t nheap;
};

int dtl_pairs_new(const char *dir, size_t memory, struct dtl_pairs **out,
                  struct dtl_error *err)
{
    struct dtl_pairs *p = calloc(1, sizeof *p);

    *out = NULL;
    if (p == NULL || (p->dir = strdup(dir)) == NULL) {
        free(p);
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for sorting");
    }
    p->fd = -1;
    p->ordered = true;
    /* Sorting needs as much room again. */
    p->max = memory / (2 * sizeof *p->items);
    if (p->max < FIRST_ROOM)
        p->max = FIRST_ROOM;
    *out = p;
    return DTL_OK;
}

void dtl_pairs_free(struct dtl_pairs *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; i < p->nruns; i++)
        free(p->runs[i].buf);
    if (p->fd >= 0)
        close(p->fd);
    free(p->runs);
    free(p->heap);
    free(p->items);
    free(p->scratch);
    free(p->dir);
    free(p);
}

/* Stable, by key alone, one pass for each digit that is not the same all
 * over. */
static bool radix_sort(struct dtl_pairs *p)
{
    struct dtl_pair *from = p->items, *to;
    uint64_t differ = 0;

    if (p->ordered || p->n < 2)
        return true;
    if (p->scratch == NULL)
        p->scratch = malloc(p->room * sizeof *p->scratch);
    if ((to = p->scratch) == NULL)
        return false;
    for (size_t i = 1; i < p->n; i++)
        differ |= from[i].key ^ from[0].key;
    for (unsigned shift = 0; shift < 64; shift += DIGIT) {
        size_t at[1 << DIGIT] = { 0 }, sum = 0;
        const uint64_t mask = (1U << DIGIT) - 1;

        if ((differ >> shift & mask) == 0)
            continue;
        for (size_t i = 0; i < p->n; i++)
            at[from[i].key >> shift & mask]++;
        for (size_t i = 0; i <= mask; i++) {
            size_t count = at[i];

            at[i] = sum;
            sum += count;
        }
        for (size_t i = 0; i < p->n; i++)
            to[at[from[i].key >> shift & mask]++] = from[i];
        to = from;
        from = to == p->items ? p->scratch : p->items;
    }
    p->scratch = to;
    p->items = from;
    return true;
}

static int write_items(struct dtl_pairs *p, struct dtl_error *err)
{
    const uint8_t *from = (const uint8_t *)p->items;
    size_t left = p->n * sizeof *p->items;

    while (left > 0) {
        ssize_t n = write(p->fd, from, left);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return dtl_fail(err, DTL_IO, 0,
                            "%s: cannot write a temporary file: %s", p->dir,
                            strerror(errno));
        from += n;
        left -= (size_t)n;
    }
    return DTL_OK;
}

static int spill(struct dtl_pairs *p, struct dtl_error *err)
{
    struct run *runs;
    int rc;

    if (!radix_sort(p))
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for sorting");
    if (p->fd < 0 && (p->fd = dtl_spill_file(p->dir)) < 0)
        return dtl_fail(err, DTL_IO, 0,
                        "%s: cannot create a temporary file: %s", p->dir,
                        strerror(errno));
    if ((rc = write_items(p, err)) != DTL_OK)
        return rc;
    runs = realloc(p->runs, (p->nruns + 1) * sizeof *runs);
    if (runs == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for sorting");
    p->runs = runs;
    runs[p->nruns++] =
        (struct run){ .next = p->written, .end = p->written + p->n };
    p->written += p->n;
    p->n = 0;
    p->ordered = true;
    return DTL_OK;
}

static int make_room(struct dtl_pairs *p, struct dtl_error *err)
{
    size_t room = p->room == 0 ? FIRST_ROOM : p->room * 2;
    struct dtl_pair *items;

    if (p->room >= p->max)
        return spill(p, err);
    if (room > p->max)
        room = p->max;
    items = realloc(p->items, room * sizeof *items);
    if (items == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for sorting");
    free(p->scratch); /* of the old size */
    p->scratch = NULL;
    p->items = items;
    p->room = room;
    return DTL_OK;
}

int dtl_pairs_add(struct dtl_pairs *p, uint64_t key, uint64_t value,
                  struct dtl_error *err)
{
    int rc;

    if (p->n == p->room && (rc = make_room(p, err)) != DTL_OK)
        return rc;
    if (p->n > 0 && key < p->items[p->n - 1].key)
        p->ordered = false;
    p->items[p->n++] = (struct dtl_pair){ key, value };
    return DTL_OK;
}

/* ---- merge -------------------------------------------------------------- */

/* Make sure the run has an item at hand; DTL_END when it is used up. */
static int refill(struct dtl_pairs *p, struct run *r, size_t room,
                  struct dtl_error *err)
{
    size_t want, got = 0;

    if (r->at < r->have)
        return DTL_OK;
    if (r->next == r->end)
        return DTL_END;
    want = r->end - r->next < room ? (size_t)(r->end - r->next) : room;
    want *= sizeof *r->buf;
    while (got < want) {
        ssize_t n = pread(p->fd, (uint8_t *)r->buf + got, want - got,
                          (off_t)(r->next * sizeof *r->buf + got));

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return dtl_fail(err, DTL_IO, 0,
                            "%s: cannot read back a temporary file: %s", p->dir,
                            n < 0 ? strerror(errno) : "it was cut");
        got += (size_t)n;
    }
    r->at = 0;
    r->have = want / sizeof *r->buf;
    r->next += r->have;
    return DTL_OK;
}

static bool before(const struct dtl_pairs *p, size_t a, size_t b)
{
    const struct run *x = &p->runs[a], *y = &p->runs[b];

    if (x->buf[x->at].key != y->buf[y->at].key)
        return x->buf[x->at].key < y->buf[y->at].key;
    return a < b; /* earlier runs were added earlier */
}

static void sift_down(struct dtl_pairs *p, size_t i)
{
    for (;;) {
        size_t child = 2 * i + 1, moved = p->heap[i];

        if (child >= p->nheap)
            return;
        if (child + 1 < p->nheap &&
            before(p, p->heap[child + 1], p->heap[child]))
            child++;
        if (!before(p, p->heap[child], moved))
            return;
        p->heap[i] = p->heap[child];
        p->heap[child] = moved;
        i = child;
    }
}

static size_t run_room(const struct dtl_pairs *p)
{
    size_t room = p->max / p->nruns;

    return room < 64 ? 64 : room > RUN_BUFFER ? RUN_BUFFER : room;
}

int dtl_pairs_sort(struct dtl_pairs *p, struct dtl_error *err)
{
    size_t room;
    int rc;

    if (p->nruns == 0) {
        if (!radix_sort(p))
            return dtl_fail(err, DTL_NOMEM, 0, "out of memory for sorting");
        free(p->scratch);
        p->scratch = NULL;
        return DTL_OK;
    }
    if (p->n > 0 && (rc = spill(p, err)) != DTL_OK)
        return rc;
    free(p->items);
    free(p->scratch);
    p->items = p->scratch = NULL;
    room = run_room(p);
    p->heap = calloc(p->nruns, sizeof *p->heap);
    if (p->heap == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for sorting");
    for (size_t i = 0; i < p->nruns; i++) {
        p->runs[i].buf = malloc(room * sizeof *p->runs[i].buf);
        if (p->runs[i].buf == NULL)
            return dtl_fail(err, DTL_NOMEM, 0, "out of memory for sorting");
        if ((rc = refill(p, &p->runs[i], room, err)) != DTL_OK)
            return rc;
        p->heap[p->nheap++] = i;
    }
    for (size_t i = p->nheap / 2; i-- > 0;)
        sift_down(p, i);
    return DTL_OK;
}

int dtl_pairs_next(struct dtl_pairs *p, struct dtl_pair *out,
                   struct dtl_error *err)
{
    struct run *r;
    int rc;

    if (p->nruns == 0) {
        if (p->at == p->n)
            return DTL_END;
        *out = p->items[p->at++];
        return DTL_OK;
    }
    if (p->nheap == 0)
        return DTL_END;
    r = &p->runs[p->heap[0]];
    *out = r->buf[r->at++];
    rc = refill(p, r, run_room(p), err);
    if (rc == DTL_END)
        p->heap[0] = p->heap[--p->nheap];
    else if (rc != DTL_OK)
        return rc;
    sift_down(p, 0);
    return DTL_OK;
}
