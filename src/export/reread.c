/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The archives of a store, read again.  Captures come in the order of time,
 * which is all over the archives: they are taken a batch at a time and read
 * in the order of file and offset.
 */
#include "cite.h"

#include <stdlib.h>

#include <jansson.h>

#include <dateline/replay.h>
#include <dateline/store.h>

#define BATCH 16384

struct stop {
    struct dtl_ref ref;
    uint32_t file;
    uint64_t offset;
};

struct rereading {
    struct dtl_store *store;
    struct dtl_reread *out;
    struct dtl_replay *replay;
    struct dtl_harvester *harvester;
    struct dtl_arena *arena; /* for one capture */
    struct stop *stops;
    bool stopped;
};

static int by_place(const void *a, const void *b)
{
    const struct stop *x = a, *y = b;

    if (x->file != y->file)
        return x->file < y->file ? -1 : 1;
    if (x->offset != y->offset)
        return x->offset < y->offset ? -1 : 1;
    return x->ref.ordinal < y->ref.ordinal ? -1 : 1;
}

static void find(struct rereading *r, const struct dtl_capture *c,
                 const char *what, const char *text)
{
    const char *file = "";

    r->out->findings++;
    dtl_store_file_name(r->store, c->file, &file, NULL);
    if (r->out->finding != NULL &&
        !r->out->finding(c, file, what, text, r->out->context))
        r->stopped = true;
}

/* The second look at a crawl took lines out, which one record cannot tell. */
static bool was_changed(struct dtl_slice meta)
{
    json_t *j = json_loadb((const char *)meta.ptr, meta.len, 0, NULL);
    bool changed = json_object_get(j, "removed") != NULL;

    json_decref(j);
    return changed;
}

static int compare_text(struct rereading *r, const struct dtl_capture *c,
                        uint32_t segment, const struct dtl_harvest *found,
                        struct dtl_error *err)
{
    struct dtl_article_row row;
    int rc;

    if (c->article == DTL_NO_ARTICLE)
        return DTL_OK;
    rc = dtl_store_article(r->store, (struct dtl_ref){ segment, c->article },
                           r->arena, &row, err);
    if (rc != DTL_OK)
        return rc;
    if (was_changed(row.meta)) {
        r->out->looked_at++;
        return DTL_OK;
    }
    r->out->texts++;
    if (!found->is_page || memcmp(found->row.text_hash, row.text_hash, 32) != 0)
        find(r, c, "text", "the record gives another text than is stored");
    return DTL_OK;
}

static void compare_payload(struct rereading *r, const struct dtl_capture *c,
                            const struct dtl_harvest *found)
{
    const struct dtl_capture *now = &found->capture;

    /* Only the beginning was stored: no digest can be recomputed. */
    if ((c->flags & (DTL_CAPTURE_TRUNCATED | DTL_CAPTURE_DAMAGED)) != 0)
        return;
    r->out->payloads++;
    if (!dtl_digest_equal(&now->digest, &c->digest))
        find(r, c, "payload", "has another digest than is stored");
    else if ((now->flags & DTL_CAPTURE_MISMATCH) != 0 &&
             (c->flags & DTL_CAPTURE_MISMATCH) == 0)
        find(r, c, "payload", "does not have the digest it declares");
    else if ((c->flags & DTL_CAPTURE_NO_HTTP) == 0 && now->status != c->status)
        find(r, c, "record", "has another HTTP status than is stored");
}

static int compare_revisit(struct rereading *r, const struct dtl_capture *c,
                           struct dtl_error *err)
{
    struct dtl_capture original;
    int rc = dtl_replay_original(r->replay, c, r->arena, &original, NULL, err);

    r->out->revisits++;
    /* Of an earlier crawl, which need not be here; without a digest nothing
     * tells what it refers to. */
    if (rc != DTL_NOTFOUND && rc != DTL_INVALID)
        return rc;
    r->out->lost++;
    return DTL_OK;
}

static int read_one(struct rereading *r, const struct stop *at,
                    struct dtl_error *err)
{
    struct dtl_capture c;
    struct dtl_warc_record rec;
    struct dtl_harvest found;
    struct dtl_slice block;
    struct dtl_error why = { 0 };
    unsigned what = DTL_HARVEST_CHECK_DIGEST;
    int rc;

    dtl_arena_reset(r->arena);
    rc = dtl_store_capture_in(r->store, at->ref, r->arena, &c, err);
    if (rc != DTL_OK)
        return rc;
    /* A line of a CDX file: its archive was never here. */
    if ((c.flags & DTL_CAPTURE_IMPORTED) != 0) {
        r->out->imported++;
        return DTL_OK;
    }
    rc = dtl_replay_record(r->replay, &c, CITE_MOST, &rec, &block, &why);
    if (rc == DTL_NOMEM)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory reading archives");
    if (rc == DTL_LIMIT ||
        (rc == DTL_BAD_RECORD && (c.flags & DTL_CAPTURE_DAMAGED) != 0))
        return DTL_OK;
    if (rc != DTL_OK) {
        find(r, &c, rc == DTL_IO || rc == DTL_NOTFOUND ? "archive" : "record",
             why.text);
        return DTL_OK;
    }
    r->out->read++;
    if (c.article != DTL_NO_ARTICLE)
        what |= DTL_HARVEST_ARTICLE | DTL_HARVEST_STORY;
    rc = dtl_harvest_record(r->harvester, &rec, block, 0, what, &found, &why);
    if (rc != DTL_OK) {
        find(r, &c, "record", why.text);
        return DTL_OK;
    }
    if ((c.flags & DTL_CAPTURE_REVISIT) != 0)
        return compare_revisit(r, &c, err);
    compare_payload(r, &c, &found);
    return compare_text(r, &c, at->ref.segment, &found, err);
}

static int read_batch(struct rereading *r, size_t n, uint64_t of,
                      struct dtl_error *err)
{
    int rc = DTL_OK;

    qsort(r->stops, n, sizeof *r->stops, by_place);
    for (size_t i = 0; i < n && rc == DTL_OK && !r->stopped; i++) {
        rc = read_one(r, &r->stops[i], err);
        if (rc == DTL_OK && i % 64 == 0 && r->out->progress != NULL &&
            !r->out->progress(r->out->done + i, of, r->out->context))
            r->stopped = true;
    }
    /* What is not wholly done is done again. */
    if (rc == DTL_OK && !r->stopped)
        r->out->done += n;
    return rc;
}

static int read_all(struct rereading *r, struct dtl_finder *f, uint64_t of,
                    struct dtl_error *err)
{
    struct dtl_capture c;
    struct dtl_ref ref;
    uint64_t passed = 0;
    size_t n = 0;
    int rc = DTL_OK;

    while (rc == DTL_OK && !r->stopped) {
        rc = dtl_find_next(f, &c, &ref, err);
        if (rc == DTL_OK && passed++ < r->out->from) {
            r->out->done++;
            continue;
        }
        if (rc == DTL_OK)
            r->stops[n++] = (struct stop){ ref, c.file, c.offset };
        if (n == BATCH || (rc == DTL_END && n > 0)) {
            int batch = read_batch(r, n, of, err);

            n = 0;
            if (batch != DTL_OK)
                rc = batch;
        }
    }
    if (rc == DTL_END)
        rc = DTL_OK;
    return rc == DTL_OK && r->stopped ? DTL_END : rc;
}

int dtl_reread_archives(struct dtl_store *store, struct dtl_reread *out,
                        struct dtl_error *err)
{
    struct rereading r = { .store = store, .out = out };
    struct dtl_store_counts counts = { 0 };
    struct dtl_find all = { .from = DTL_NO_TIME, .to = DTL_NO_TIME };
    struct dtl_finder *f = NULL;
    int rc = DTL_NOMEM;

    out->done = out->read = out->payloads = out->texts = 0;
    out->looked_at = out->revisits = out->lost = out->imported = out->findings =
        0;
    r.arena = dtl_arena_new(0);
    r.stops = calloc(BATCH, sizeof *r.stops);
    if (r.arena == NULL || r.stops == NULL)
        dtl_fail(err, DTL_NOMEM, 0, "out of memory reading archives");
    else
        rc = dtl_store_count(store, &counts, err);
    if (rc == DTL_OK &&
        (rc = dtl_replay_new(store, &r.replay, err)) == DTL_OK &&
        (rc = dtl_harvester_new(0, &r.harvester, err)) == DTL_OK &&
        (rc = dtl_find_open(store, &all, &f, err)) == DTL_OK)
        rc = read_all(&r, f, counts.captures, err);
    dtl_find_close(f);
    dtl_harvester_free(r.harvester);
    dtl_replay_free(r.replay);
    dtl_arena_free(r.arena);
    free(r.stops);
    return rc;
}
