/* SPDX-License-Identifier: Apache-2.0 */
#include <dateline/replay.h>

#include <stdlib.h>

#include <dateline/access.h>
#include <dateline/io.h>

struct dtl_replay {
    struct dtl_store *store;
    uint32_t file; /* of what is open */
    struct dtl_source *source;
    struct dtl_warc *warc;
};

int dtl_replay_new(struct dtl_store *store, struct dtl_replay **out,
                   struct dtl_error *err)
{
    *out = calloc(1, sizeof **out);
    if (*out == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for replay");
    (*out)->store = store;
    return DTL_OK;
}

static void close_file(struct dtl_replay *r)
{
    dtl_warc_close(r->warc);
    dtl_source_close(r->source);
    r->warc = NULL;
    r->source = NULL;
}

void dtl_replay_free(struct dtl_replay *r)
{
    if (r == NULL)
        return;
    close_file(r);
    free(r);
}

static int open_file(struct dtl_replay *r, uint32_t file, struct dtl_error *err)
{
    const char *name;
    struct dtl_error why = { 0 };
    int rc;

    if (r->warc != NULL && r->file == file)
        return DTL_OK;
    close_file(r);
    if ((rc = dtl_store_file_name(r->store, file, &name, err)) != DTL_OK)
        return rc;
    if ((rc = dtl_source_open(name, &r->source, &why)) != DTL_OK ||
        (rc = dtl_warc_open(r->source, &r->warc, &why)) != DTL_OK)
        /* The capture is there; it is its archive that is not. */
        return dtl_fail(err, rc == DTL_NOTFOUND ? DTL_IO : rc, why.offset,
                        "the archive %.150s: %.80s", name, why.text);
    r->file = file;
    return DTL_OK;
}

static bool is_record_of(const struct dtl_warc_record *rec,
                         const struct dtl_capture *c)
{
    return dtl_equal(rec->uri, c->url) && rec->time == c->time &&
           (c->record_id.len == 0 || rec->record_id.len == 0 ||
            dtl_equal(rec->record_id, c->record_id));
}

static int another_stands_there(const struct dtl_capture *c,
                                struct dtl_error *err)
{
    return dtl_fail(err, DTL_FORMAT, c->offset,
                    "another record stands where %.*s was: the archive has "
                    "changed",
                    (int)(c->url.len < 100 ? c->url.len : 100),
                    (const char *)c->url.ptr);
}

/* A file that is one gzip member has all its records at one offset: they are
 * told apart by URL, time and, where there is one, id. */
static int find_record(struct dtl_replay *r, const struct dtl_capture *c,
                       struct dtl_warc_record *rec, struct dtl_error *err)
{
    int rc = dtl_warc_seek(r->warc, c->offset, err);

    while (rc == DTL_OK) {
        rc = dtl_warc_next(r->warc, rec, err);
        if (rc == DTL_BAD_RECORD && err != NULL && err->offset == c->offset)
            return rc;
        if (rc == DTL_END || (rc == DTL_OK && rec->offset != c->offset))
            return another_stands_there(c, err);
        if (rc == DTL_OK && is_record_of(rec, c))
            return DTL_OK;
    }
    return rc;
}

int dtl_replay_record(struct dtl_replay *r, const struct dtl_capture *c,
                      size_t max, struct dtl_warc_record *rec,
                      struct dtl_slice *block, struct dtl_error *err)
{
    int rc;

    *block = dtl_str("");
    if ((rc = dtl_store_may_show(r->store, c, err)) != DTL_OK)
        return rc;
    if ((rc = open_file(r, c->file, err)) != DTL_OK ||
        (rc = find_record(r, c, rec, err)) != DTL_OK) {
        close_file(r); /* whatever state it is in */
        return rc;
    }
    rc = dtl_warc_block(r->warc, max, block, err);
    if (rc == DTL_OK && rec->length == 0)
        rec->length = c->length;
    return rc;
}

int dtl_replay_rest(struct dtl_replay *r, struct dtl_slice *piece,
                    struct dtl_error *err)
{
    *piece = dtl_str("");
    return r->warc != NULL ? dtl_warc_read(r->warc, piece, err) : DTL_END;
}

static bool is_revisit(const struct dtl_capture *c)
{
    return (c->flags & DTL_CAPTURE_REVISIT) != 0;
}

static uint64_t distance(int64_t a, int64_t b)
{
    return a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a;
}

/* The same URL comes first, then what was captured not later, then what is
 * nearest. */
static bool is_better(const struct dtl_capture *a, const struct dtl_capture *b,
                      const struct dtl_capture *wanted)
{
    bool a_url = dtl_equal(a->key, wanted->key);
    bool b_url = dtl_equal(b->key, wanted->key);
    bool a_before = a->time <= wanted->time;
    bool b_before = b->time <= wanted->time;

    if (a_url != b_url)
        return a_url;
    if (a_before != b_before)
        return a_before;
    return distance(a->time, wanted->time) < distance(b->time, wanted->time);
}

int dtl_replay_original(struct dtl_replay *r, const struct dtl_capture *c,
                        struct dtl_arena *arena, struct dtl_capture *out,
                        uint32_t *segment, struct dtl_error *err)
{
    struct dtl_ref *refs;
    size_t n;
    bool found = false;
    int rc;

    *out = *c;
    if (!is_revisit(c))
        return DTL_OK;
    rc = dtl_store_by_digest(r->store, &c->digest, arena, &refs, &n, err);
    for (size_t i = 0; i < n && rc == DTL_OK; i++) {
        struct dtl_capture other;

        rc = dtl_store_capture_in(r->store, refs[i], arena, &other, err);
        if (rc != DTL_OK || is_revisit(&other) ||
            (found && !is_better(&other, out, c)))
            continue;
        *out = other;
        if (segment != NULL)
            *segment = refs[i].segment;
        found = true;
    }
    if (rc != DTL_OK)
        return rc;
    if (!found)
        return dtl_fail(err, DTL_NOTFOUND, 0,
                        "a revisit whose original is not in this store");
    return DTL_OK;
}
