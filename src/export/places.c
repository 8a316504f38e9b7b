/* SPDX-License-Identifier: Apache-2.0 */
#include "places.h"
#include "sorter.h"

#include <stdlib.h>

#include <dateline/replay.h>

#define MEMORY ((size_t)24 << 20)

/* file, offset, segment, ordinal, article: the first bytes decide. */
#define KEY 24

struct dtl_places {
    struct dtl_store *store;
    struct dtl_row_source from;
    struct dtl_sorter *sorter;
    struct dtl_replay *replay;
    struct dtl_arena *arena;
    uint64_t done;
    bool gathered;
};

static int no_memory(struct dtl_error *err)
{
    return dtl_fail(err, DTL_NOMEM, 0, "out of memory for an export");
}

int dtl_places_new(struct dtl_store *store, const struct dtl_row_source *from,
                   struct dtl_places **out, struct dtl_error *err)
{
    struct dtl_places *p = calloc(1, sizeof *p);
    int rc = p != NULL ? DTL_OK : no_memory(err);

    *out = NULL;
    if (rc == DTL_OK) {
        p->store = store;
        p->from = *from;
        p->arena = dtl_arena_new((size_t)64 << 20);
        rc = p->arena != NULL ? dtl_replay_new(store, &p->replay, err)
                              : no_memory(err);
    }
    if (rc == DTL_OK)
        rc = dtl_sorter_new(MEMORY, &p->sorter, err);
    if (rc != DTL_OK) {
        dtl_places_free(p);
        return rc;
    }
    *out = p;
    return DTL_OK;
}

void dtl_places_free(struct dtl_places *p)
{
    if (p == NULL)
        return;
    dtl_sorter_free(p->sorter);
    dtl_replay_free(p->replay);
    dtl_arena_free(p->arena);
    free(p);
}

static void put_number(uint8_t *to, uint64_t n, size_t bytes)
{
    while (bytes-- > 0) {
        to[bytes] = (uint8_t)n;
        n >>= 8;
    }
}

static uint64_t number_at(const uint8_t *from, size_t bytes)
{
    uint64_t n = 0;

    for (size_t i = 0; i < bytes; i++)
        n = n << 8 | from[i];
    return n;
}

static int add(struct dtl_places *p, struct dtl_ref ref,
               const struct dtl_capture *c, struct dtl_error *err)
{
    uint8_t key[KEY];

    put_number(key, c->file, 4);
    put_number(key + 4, c->offset, 8);
    put_number(key + 12, ref.segment, 4);
    put_number(key + 16, ref.ordinal, 4);
    put_number(key + 20, c->article, 4);
    return dtl_sorter_add(p->sorter, dtl_slice_of(key, KEY), err);
}

static bool is_allowed(const struct dtl_places *p, const struct dtl_capture *c)
{
    const struct dtl_selection *q = p->from.selection;

    return q == NULL || q->access == NULL ||
           dtl_access_of(q->access, c, q->user, q->now) == DTL_ACCESS_ALLOW;
}

/* dtl_replay_original() tells the record but not its row. */
static int add_original(struct dtl_places *p, const struct dtl_capture *c,
                        struct dtl_error *err)
{
    struct dtl_capture original, other;
    struct dtl_ref *refs;
    size_t n;
    int rc = dtl_replay_original(p->replay, c, p->arena, &original, NULL, err);

    /* Of an earlier crawl, which need not be here. */
    if (rc == DTL_NOTFOUND || rc == DTL_INVALID || rc == DTL_DENIED)
        return DTL_OK;
    if (rc != DTL_OK || !is_allowed(p, &original))
        return rc;
    rc = dtl_store_by_digest(p->store, &c->digest, p->arena, &refs, &n, err);
    for (size_t i = 0; i < n && rc == DTL_OK; i++) {
        rc = dtl_store_capture_in(p->store, refs[i], p->arena, &other, err);
        if (rc == DTL_OK && other.file == original.file &&
            other.offset == original.offset && other.time == original.time &&
            dtl_equal(other.url, original.url))
            return add(p, refs[i], &other, err);
    }
    return rc;
}

static int gather(struct dtl_places *p, struct dtl_error *err)
{
    struct dtl_selected row;
    int rc;

    p->gathered = true;
    while ((rc = p->from.next(p->from.context, &row, err)) == DTL_OK) {
        struct dtl_capture c;

        dtl_arena_reset(p->arena);
        rc = dtl_store_capture_in(p->store, row.capture, p->arena, &c, err);
        if (rc == DTL_NOTFOUND) /* taken down a moment ago */
            continue;
        if (rc == DTL_OK)
            rc = add(p, row.capture, &c, err);
        if (rc == DTL_OK && (c.flags & DTL_CAPTURE_REVISIT) != 0)
            rc = add_original(p, &c, err);
        if (rc != DTL_OK)
            return rc;
    }
    return rc == DTL_END ? DTL_OK : rc;
}

int dtl_places_next(void *places, struct dtl_selected *out,
                    struct dtl_error *err)
{
    struct dtl_places *p = places;
    struct dtl_slice key;
    int rc = p->gathered ? DTL_OK : gather(p, err);

    if (rc == DTL_OK)
        rc = dtl_sorter_next(p->sorter, &key, err);
    if (rc != DTL_OK)
        return rc;
    out->capture.segment = (uint32_t)number_at(key.ptr + 12, 4);
    out->capture.ordinal = (uint32_t)number_at(key.ptr + 16, 4);
    out->article.segment = out->capture.segment;
    out->article.ordinal = (uint32_t)number_at(key.ptr + 20, 4);
    p->done++;
    return DTL_OK;
}

void dtl_places_progress(const struct dtl_places *p, uint64_t *done,
                         uint64_t *of)
{
    *done = p->done;
    *of = p->gathered ? dtl_sorter_count(p->sorter) : 0;
}
