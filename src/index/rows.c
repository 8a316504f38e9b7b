/* SPDX-License-Identifier: Apache-2.0 */
#include "spill.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define FIRST_BYTES (1U << 16)
#define MOST_BYTES  (UINT32_MAX - (1U << 20)) /* offsets are 32 bits */
#define RUN_BUFFER  (1U << 20)
#define FEW         16 /* fewer are sorted by insertion */

/*
 * A row in memory and in a run:  u32 key length, u32 payload length, key,
 * payload.  While sorting, each row has an item holding the next 8 bytes of
 * its key as one number, so that most comparisons touch no row.
 */
struct item {
    uint64_t cache;
    uint32_t at;
};
#define HEAD 8

struct run {
    uint64_t next, end; /* bytes of the file not yet read */
    uint8_t *buf;
    size_t at, have, room;
    struct dtl_slice key, payload;
};

struct dtl_rows {
    char *dir;
    size_t memory;
    uint8_t *bytes;
    size_t used, room;
    struct item *items;
    size_t n, items_room;
    size_t at; /* read position when nothing was spilled */
    size_t last;
    bool ordered;
    int fd;
    uint64_t written;
    struct run *runs;
    size_t nruns;
    size_t *heap;
    size_t nheap;
    bool advance; /* the heap's first run was handed out */
};

int dtl_rows_new(const char *dir, size_t memory, struct dtl_rows **out,
                 struct dtl_error *err)
{
    struct dtl_rows *r = calloc(1, sizeof *r);

    *out = NULL;
    if (r == NULL || (r->dir = strdup(dir)) == NULL) {
        free(r);
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for sorting");
    }
    r->fd = -1;
    r->memory = memory < 2 * FIRST_BYTES ? 2 * FIRST_BYTES : memory;
    r->ordered = true;
    *out = r;
    return DTL_OK;
}

void dtl_rows_free(struct dtl_rows *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->nruns; i++)
        free(r->runs[i].buf);
    if (r->fd >= 0)
        close(r->fd);
    free(r->runs);
    free(r->heap);
    free(r->bytes);
    free(r->items);
    free(r->dir);
    free(r);
}

static inline uint32_t u32(const uint8_t *p)
{
    uint32_t v;

    memcpy(&v, p, sizeof v);
    return v;
}

static struct dtl_slice key_at(const struct dtl_rows *r, size_t at)
{
    return dtl_slice_of(r->bytes + at + HEAD, u32(r->bytes + at));
}

/* ---- sort in memory: multikey quicksort over 8 bytes at a time ---------- */

static uint64_t chunk(const struct dtl_rows *r, uint32_t at, size_t depth)
{
    struct dtl_slice key = key_at(r, at);
    uint64_t v = 0;

    if (depth + 8 <= key.len) {
        memcpy(&v, key.ptr + depth, 8);
        return __builtin_bswap64(v);
    }
    for (size_t i = 0; i < 8; i++)
        v = v << 8 | (depth + i < key.len ? key.ptr[depth + i] : 0);
    return v;
}

/* Rows alike up to `depth`; equal ones stay as they were added. */
static bool item_before(const struct dtl_rows *r, const struct item *a,
                        const struct item *b, size_t depth)
{
    struct dtl_slice x, y;
    int d;

    if (a->cache != b->cache)
        return a->cache < b->cache;
    x = key_at(r, a->at);
    y = key_at(r, b->at);
    d = dtl_compare(dtl_sub(x, depth, x.len), dtl_sub(y, depth, y.len));
    return d != 0 ? d < 0 : a->at < b->at;
}

static void insertion_sort(const struct dtl_rows *r, struct item *v, size_t n,
                           size_t depth)
{
    for (size_t i = 1; i < n; i++) {
        struct item moved = v[i];
        size_t j = i;

        for (; j > 0 && item_before(r, &moved, &v[j - 1], depth); j--)
            v[j] = v[j - 1];
        v[j] = moved;
    }
}

static int by_place(const void *a, const void *b)
{
    uint32_t x = ((const struct item *)a)->at, y = ((const struct item *)b)->at;

    return x < y ? -1 : x > y;
}

static uint64_t median(uint64_t a, uint64_t b, uint64_t c)
{
    if (a < b)
        return b < c ? b : a < c ? c : a;
    return a < c ? a : b < c ? c : b;
}

static void swap(struct item *a, struct item *b)
{
    struct item t = *a;

    *a = *b;
    *b = t;
}

/* v[0, *lt) < pivot, v[*lt, *gt) equal, v[*gt, n) greater. */
static void partition(struct item *v, size_t n, size_t *lt, size_t *gt)
{
    uint64_t pivot =
        median(median(v[0].cache, v[n / 8].cache, v[n / 4].cache),
               median(v[n * 3 / 8].cache, v[n / 2].cache, v[n * 5 / 8].cache),
               median(v[n * 3 / 4].cache, v[n * 7 / 8].cache, v[n - 1].cache));
    size_t i = 0;

    *lt = 0;
    *gt = n;
    while (i < *gt) {
        if (v[i].cache < pivot)
            swap(&v[i++], &v[(*lt)++]);
        else if (v[i].cache > pivot)
            swap(&v[i], &v[--*gt]);
        else
            i++;
    }
}

/* Go 8 bytes deeper in rows that agree so far; false at their end. */
static bool deepen(const struct dtl_rows *r, struct item *v, size_t n,
                   size_t *depth)
{
    *depth += 8;
    if (*depth >= key_at(r, v[0].at).len) {
        qsort(v, n, sizeof *v, by_place);
        return false;
    }
    for (size_t i = 0; i < n; i++)
        v[i].cache = chunk(r, v[i].at, *depth);
    return true;
}

/* Recurse into the two smaller of three parts, loop on the largest: the stack
 * stays logarithmic. */
static void sort_items(const struct dtl_rows *r, struct item *v, size_t n,
                       size_t depth)
{
    while (n > FEW) {
        size_t lt, gt, less, equal, more, inner = depth;

        partition(v, n, &lt, &gt);
        less = lt;
        equal = gt - lt;
        more = n - gt;
        if (equal >= less && equal >= more) {
            sort_items(r, v, less, depth);
            sort_items(r, v + gt, more, depth);
            if (!deepen(r, v + lt, equal, &depth))
                return;
            v += lt;
            n = equal;
            continue;
        }
        if (equal > 1 && deepen(r, v + lt, equal, &inner))
            sort_items(r, v + lt, equal, inner);
        if (less > more) {
            sort_items(r, v + gt, more, depth);
            n = less;
        } else {
            sort_items(r, v, less, depth);
            v += gt;
            n = more;
        }
    }
    insertion_sort(r, v, n, depth);
}

static void sort_memory(struct dtl_rows *r)
{
    if (r->ordered)
        return;
    for (size_t i = 0; i < r->n; i++)
        r->items[i].cache = chunk(r, r->items[i].at, 0);
    sort_items(r, r->items, r->n, 0);
}

/* ---- runs --------------------------------------------------------------- */

static int put(struct dtl_rows *r, const uint8_t *from, size_t left,
               struct dtl_error *err)
{
    while (left > 0) {
        ssize_t n = write(r->fd, from, left);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return dtl_fail(err, DTL_IO, 0,
                            "%s: cannot write a temporary file: %s", r->dir,
                            strerror(errno));
        from += n;
        left -= (size_t)n;
    }
    return DTL_OK;
}

static size_t row_size(const uint8_t *row)
{
    return HEAD + (size_t)u32(row) + u32(row + 4);
}

static int put_sorted(struct dtl_rows *r, struct dtl_error *err)
{
    struct dtl_buf b = { 0 };
    int rc = DTL_OK;

    for (size_t i = 0; i < r->n && rc == DTL_OK; i++) {
        const uint8_t *row = r->bytes + r->items[i].at;

        dtl_buf_add(&b, row, row_size(row));
        if (b.len >= RUN_BUFFER || i + 1 == r->n) {
            rc = b.failed
                     ? dtl_fail(err, DTL_NOMEM, 0, "out of memory for sorting")
                     : put(r, b.ptr, b.len, err);
            dtl_buf_clear(&b);
        }
    }
    dtl_buf_free(&b);
    return rc;
}

static int spill(struct dtl_rows *r, struct dtl_error *err)
{
    struct run *runs;
    int rc;

    sort_memory(r);
    if (r->fd < 0 && (r->fd = dtl_spill_file(r->dir)) < 0)
        return dtl_fail(err, DTL_IO, 0,
                        "%s: cannot create a temporary file: %s", r->dir,
                        strerror(errno));
    rc = r->ordered ? put(r, r->bytes, r->used, err) : put_sorted(r, err);
    if (rc != DTL_OK)
        return rc;
    runs = realloc(r->runs, (r->nruns + 1) * sizeof *runs);
    if (runs == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for sorting");
    r->runs = runs;
    runs[r->nruns++] =
        (struct run){ .next = r->written, .end = r->written + r->used };
    r->written += r->used;
    r->used = r->n = 0;
    r->ordered = true;
    return DTL_OK;
}

/* Room for one more row of `size` bytes, spilling what there is if the budget
 * is used up. */
static int make_room(struct dtl_rows *r, size_t size, struct dtl_error *err)
{
    size_t room = r->room == 0 ? FIRST_BYTES : r->room;
    int rc;

    if (r->n > 0 &&
        (r->used + size > MOST_BYTES ||
         r->used + size + (r->n + 1) * sizeof *r->items > r->memory) &&
        (rc = spill(r, err)) != DTL_OK)
        return rc;
    if (size > MOST_BYTES)
        return dtl_fail(err, DTL_LIMIT, 0, "a row of %zu bytes", size);
    while (room < r->used + size)
        room += room / 2;
    if (room > r->memory && r->used + size <= r->memory)
        room = r->memory;
    if (room > r->room) {
        uint8_t *bytes = realloc(r->bytes, room);

        if (bytes == NULL)
            return dtl_fail(err, DTL_NOMEM, 0, "out of memory for sorting");
        r->bytes = bytes;
        r->room = room;
    }
    if (r->n == r->items_room) {
        size_t more = r->items_room == 0 ? 1024 : r->items_room / 2 * 3;
        struct item *items = realloc(r->items, more * sizeof *items);

        if (items == NULL)
            return dtl_fail(err, DTL_NOMEM, 0, "out of memory for sorting");
        r->items = items;
        r->items_room = more;
    }
    return DTL_OK;
}

int dtl_rows_add(struct dtl_rows *r, struct dtl_slice key,
                 struct dtl_slice payload, struct dtl_error *err)
{
    uint32_t klen = (uint32_t)key.len, plen = (uint32_t)payload.len;
    uint8_t *row;
    int rc = make_room(r, HEAD + key.len + payload.len, err);

    if (rc != DTL_OK)
        return rc;
    if (r->n > 0 && r->ordered &&
        dtl_compare(key, key_at(r, r->items[r->n - 1].at)) < 0)
        r->ordered = false;
    row = r->bytes + r->used;
    memcpy(row, &klen, 4);
    memcpy(row + 4, &plen, 4);
    memcpy(row + HEAD, key.ptr, key.len);
    if (payload.len > 0)
        memcpy(row + HEAD + key.len, payload.ptr, payload.len);
    r->items[r->n++].at = (uint32_t)r->used;
    r->used += HEAD + key.len + payload.len;
    return DTL_OK;
}

/* ---- merge -------------------------------------------------------------- */

/* At least `want` bytes of the run at hand. */
static int read_run(struct dtl_rows *r, struct run *u, size_t want,
                    struct dtl_error *err)
{
    if (u->have - u->at >= want)
        return DTL_OK;
    if (want > u->room) {
        uint8_t *buf = realloc(u->buf, want);

        if (buf == NULL)
            return dtl_fail(err, DTL_NOMEM, 0, "out of memory for sorting");
        u->buf = buf;
        u->room = want;
    }
    memmove(u->buf, u->buf + u->at, u->have - u->at);
    u->have -= u->at;
    u->at = 0;
    while (u->have < want) {
        size_t ask = u->room - u->have;
        ssize_t n;

        if (ask > u->end - u->next)
            ask = (size_t)(u->end - u->next);
        n = ask == 0 ? 0 : pread(r->fd, u->buf + u->have, ask, (off_t)u->next);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return dtl_fail(err, DTL_IO, 0,
                            "%s: cannot read back a temporary file: %s", r->dir,
                            n < 0 ? strerror(errno) : "it was cut");
        u->have += (size_t)n;
        u->next += (uint64_t)n;
    }
    return DTL_OK;
}

static int load(struct dtl_rows *r, struct run *u, struct dtl_error *err)
{
    size_t klen, plen;
    int rc;

    if (u->at == u->have && u->next == u->end)
        return DTL_END;
    if ((rc = read_run(r, u, HEAD, err)) != DTL_OK)
        return rc;
    klen = u32(u->buf + u->at);
    plen = u32(u->buf + u->at + 4);
    if ((rc = read_run(r, u, HEAD + klen + plen, err)) != DTL_OK)
        return rc;
    u->key = dtl_slice_of(u->buf + u->at + HEAD, klen);
    u->payload = dtl_slice_of(u->buf + u->at + HEAD + klen, plen);
    u->at += HEAD + klen + plen;
    return DTL_OK;
}

static bool run_before(const struct dtl_rows *r, size_t a, size_t b)
{
    int d = dtl_compare(r->runs[a].key, r->runs[b].key);

    return d != 0 ? d < 0 : a < b;
}

static void sift_down(struct dtl_rows *r, size_t i)
{
    for (;;) {
        size_t child = 2 * i + 1, moved = r->heap[i];

        if (child >= r->nheap)
            return;
        if (child + 1 < r->nheap &&
            run_before(r, r->heap[child + 1], r->heap[child]))
            child++;
        if (!run_before(r, r->heap[child], moved))
            return;
        r->heap[i] = r->heap[child];
        r->heap[child] = moved;
        i = child;
    }
}

int dtl_rows_sort(struct dtl_rows *r, struct dtl_error *err)
{
    size_t room;
    int rc;

    if (r->nruns == 0) {
        sort_memory(r);
        return DTL_OK;
    }
    if (r->n > 0 && (rc = spill(r, err)) != DTL_OK)
        return rc;
    free(r->bytes);
    free(r->items);
    r->bytes = NULL;
    r->items = NULL;
    room = r->memory / r->nruns;
    room = room < 65536 ? 65536 : room > RUN_BUFFER ? RUN_BUFFER : room;
    r->heap = calloc(r->nruns, sizeof *r->heap);
    if (r->heap == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for sorting");
    for (size_t i = 0; i < r->nruns; i++) {
        r->runs[i].buf = malloc(room);
        r->runs[i].room = room;
        if (r->runs[i].buf == NULL)
            return dtl_fail(err, DTL_NOMEM, 0, "out of memory for sorting");
        if ((rc = load(r, &r->runs[i], err)) != DTL_OK)
            return rc;
        r->heap[r->nheap++] = i;
    }
    for (size_t i = r->nheap / 2; i-- > 0;)
        sift_down(r, i);
    return DTL_OK;
}

int dtl_rows_next(struct dtl_rows *r, struct dtl_slice *key,
                  struct dtl_slice *payload, struct dtl_error *err)
{
    struct run *u;

    if (r->nruns == 0) {
        const uint8_t *row;

        if (r->at == r->n)
            return DTL_END;
        row = r->bytes + r->items[r->at++].at;
        *key = dtl_slice_of(row + HEAD, u32(row));
        *payload = dtl_slice_of(row + HEAD + key->len, u32(row + 4));
        return DTL_OK;
    }
    if (r->advance && r->nheap > 0) {
        int rc = load(r, &r->runs[r->heap[0]], err);

        if (rc == DTL_END)
            r->heap[0] = r->heap[--r->nheap];
        else if (rc != DTL_OK)
            return rc;
        sift_down(r, 0);
    }
    r->advance = true;
    if (r->nheap == 0)
        return DTL_END;
    u = &r->runs[r->heap[0]];
    *key = u->key;
    *payload = u->payload;
    return DTL_OK;
}
