/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counting pairs of articles in bounded memory: a hash table that is written
 * out as a sorted run whenever it is full.  At the end the runs are merged and
 * equal pairs added up.
 */
#include "link.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FIRST_SLOTS ((size_t)1 << 12)
#define RUN_ROOM    ((size_t)1 << 13) /* items read ahead of a run, at most */

struct run {
    uint64_t next, end; /* items of the file not yet read */
    struct tally_item *buf;
    size_t at, have;
};

struct tally {
    struct tally_item *slots; /* key 0: free; in the end sorted */
    size_t used, mask, most;
    size_t at;
    int fd;
    uint64_t written;
    struct run *runs;
    size_t nruns, room;
};

int batch_temp_file(void)
{
    const char *dir = secure_getenv("TMPDIR");
    char path[4096];
    int fd, n;

    n = snprintf(path, sizeof path, "%s/dateline-XXXXXX",
                 dir != NULL && dir[0] != '\0' ? dir : "/tmp");
    if (n < 0 || (size_t)n >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}

int batch_write(int fd, const void *bytes, size_t len, struct dtl_error *err)
{
    const uint8_t *from = bytes;

    while (len > 0) {
        ssize_t n = write(fd, from, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return dtl_fail(err, DTL_IO, 0, "cannot write a temporary file: %s",
                            strerror(errno));
        from += n;
        len -= (size_t)n;
    }
    return DTL_OK;
}

struct tally *tally_new(size_t memory)
{
    struct tally *t = calloc(1, sizeof *t);

    if (t == NULL)
        return NULL;
    t->fd = -1;
    /* Sorting takes as much again. */
    t->most = FIRST_SLOTS;
    while (t->most * 2 * sizeof *t->slots <= memory / 2)
        t->most *= 2;
    t->mask = FIRST_SLOTS - 1;
    t->slots = calloc(FIRST_SLOTS, sizeof *t->slots);
    if (t->slots == NULL) {
        free(t);
        return NULL;
    }
    return t;
}

void tally_free(struct tally *t)
{
    if (t == NULL)
        return;
    for (size_t i = 0; i < t->nruns; i++)
        free(t->runs[i].buf);
    if (t->fd >= 0)
        close(t->fd);
    free(t->runs);
    free(t->slots);
    free(t);
}

static size_t slot_of(const struct tally_item *slots, size_t mask, uint64_t key)
{
    size_t i = (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 20) & mask;

    while (slots[i].key != 0 && slots[i].key != key)
        i = (i + 1) & mask;
    return i;
}

static bool grow(struct tally *t)
{
    size_t n = (t->mask + 1) * 2;
    struct tally_item *slots = calloc(n, sizeof *slots);

    if (slots == NULL)
        return false;
    for (size_t i = 0; i <= t->mask; i++)
        if (t->slots[i].key != 0)
            slots[slot_of(slots, n - 1, t->slots[i].key)] = t->slots[i];
    free(t->slots);
    t->slots = slots;
    t->mask = n - 1;
    return true;
}

static int by_key(const void *x, const void *y)
{
    const struct tally_item *a = x, *b = y;

    return (a->key > b->key) - (a->key < b->key);
}

/* The items in order at the front of the table. */
static void sort_items(struct tally *t)
{
    size_t n = 0;

    for (size_t i = 0; i <= t->mask; i++)
        if (t->slots[i].key != 0)
            t->slots[n++] = t->slots[i];
    qsort(t->slots, n, sizeof *t->slots, by_key);
}

static int spill(struct tally *t, struct dtl_error *err)
{
    struct run *runs = realloc(t->runs, (t->nruns + 1) * sizeof *runs);
    int rc;

    if (runs == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for links");
    t->runs = runs;
    if (t->fd < 0 && (t->fd = batch_temp_file()) < 0)
        return dtl_fail(err, DTL_IO, 0, "cannot create a temporary file: %s",
                        strerror(errno));
    sort_items(t);
    rc = batch_write(t->fd, t->slots, t->used * sizeof *t->slots, err);
    if (rc != DTL_OK)
        return rc;
    runs[t->nruns++] =
        (struct run){ .next = t->written, .end = t->written + t->used };
    t->written += t->used;
    memset(t->slots, 0, (t->mask + 1) * sizeof *t->slots);
    t->used = 0;
    return DTL_OK;
}

static uint16_t add_up(uint16_t a, unsigned b)
{
    unsigned sum = a + b;

    return (uint16_t)(sum < UINT16_MAX ? sum : UINT16_MAX);
}

static void merge_into(struct tally_item *to, const struct tally_item *from)
{
    to->marks = add_up(to->marks, from->marks);
    to->worth = add_up(to->worth, from->worth);
    to->lead_a = add_up(to->lead_a, from->lead_a);
    to->lead_b = add_up(to->lead_b, from->lead_b);
}

int tally_add(struct tally *t, const struct tally_item *item,
              struct dtl_error *err)
{
    struct tally_item *slot;
    int rc;

    if (t->used * 4 > t->mask * 3) {
        if (t->mask + 1 < t->most) {
            if (!grow(t))
                return dtl_fail(err, DTL_NOMEM, 0, "out of memory for links");
        } else if ((rc = spill(t, err)) != DTL_OK) {
            return rc;
        }
    }
    slot = &t->slots[slot_of(t->slots, t->mask, item->key)];
    if (slot->key == 0) {
        *slot = *item;
        t->used++;
    } else {
        merge_into(slot, item);
    }
    return DTL_OK;
}

int tally_sort(struct tally *t, struct dtl_error *err)
{
    int rc;

    if (t->nruns == 0) {
        sort_items(t);
        return DTL_OK;
    }
    if (t->used > 0 && (rc = spill(t, err)) != DTL_OK)
        return rc;
    free(t->slots);
    t->slots = NULL;
    t->room = t->most / t->nruns;
    t->room = t->room < 64 ? 64 : t->room > RUN_ROOM ? RUN_ROOM : t->room;
    for (size_t i = 0; i < t->nruns; i++)
        if ((t->runs[i].buf = malloc(t->room * sizeof *t->runs[i].buf)) == NULL)
            return dtl_fail(err, DTL_NOMEM, 0, "out of memory for links");
    return DTL_OK;
}

/* Make sure the run has an item at hand; DTL_END when it is used up. */
static int refill(const struct tally *t, struct run *r, struct dtl_error *err)
{
    size_t want, got = 0;

    if (r->at < r->have)
        return DTL_OK;
    if (r->next == r->end)
        return DTL_END;
    want = r->end - r->next < t->room ? (size_t)(r->end - r->next) : t->room;
    want *= sizeof *r->buf;
    while (got < want) {
        ssize_t n = pread(t->fd, (uint8_t *)r->buf + got, want - got,
                          (off_t)(r->next * sizeof *r->buf + got));

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return dtl_fail(err, DTL_IO, 0,
                            "cannot read back a temporary file: %s",
                            n < 0 ? strerror(errno) : "it was cut");
        got += (size_t)n;
    }
    r->at = 0;
    r->have = want / sizeof *r->buf;
    r->next += r->have;
    return DTL_OK;
}

/* Runs are few: each holds what filled the memory. */
static int next_merged(struct tally *t, struct tally_item *out,
                       struct dtl_error *err)
{
    bool found = false;

    for (size_t i = 0; i < t->nruns; i++) {
        struct run *r = &t->runs[i];
        int rc = refill(t, r, err);

        if (rc == DTL_END)
            continue;
        if (rc != DTL_OK)
            return rc;
        if (!found || r->buf[r->at].key < out->key)
            *out = r->buf[r->at];
        found = true;
    }
    if (!found)
        return DTL_END;
    out->marks = out->worth = out->lead_a = out->lead_b = 0;
    for (size_t i = 0; i < t->nruns; i++) {
        struct run *r = &t->runs[i];

        if (r->at < r->have && r->buf[r->at].key == out->key)
            merge_into(out, &r->buf[r->at++]);
    }
    return DTL_OK;
}

int tally_next(struct tally *t, struct tally_item *out, struct dtl_error *err)
{
    if (t->nruns > 0)
        return next_merged(t, out, err);
    if (t->at == t->used)
        return DTL_END;
    *out = t->slots[t->at++];
    return DTL_OK;
}
