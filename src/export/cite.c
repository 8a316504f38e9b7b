/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The records of a capture: the one it stands for, the request it answered,
 * the record a revisit refers to, and the warcinfo of their files.
 */
#include "cite.h"

#include <inttypes.h>
#include <stdlib.h>

#include <jansson.h>

#include <dateline/access.h>
#include <dateline/io.h>
#include <dateline/json.h>
#include <dateline/replay.h>

/* Where the request may be: so many records after the response, or in so many
 * stored bytes before it. */
#define AHEAD  4
#define BEHIND ((uint64_t)256 << 10)

const char *dtl_cited_role_name(enum dtl_cited_role role)
{
    static const char *const names[] = { "warcinfo", "request", "capture",
                                         "original" };

    return names[role];
}

void dtl_cite_hash_text(const uint8_t hash[32], char out[CITE_HASH])
{
    memcpy(out, "sha256:", 7);
    dtl_hex(dtl_slice_of(hash, 32), out + 7);
}

static int digest_of(enum dtl_digest_kind kind, struct dtl_slice s,
                     struct dtl_digest *out, struct dtl_error *err)
{
    struct dtl_hasher *h;
    int rc = dtl_hasher_new(kind, &h, err);

    if (rc != DTL_OK)
        return rc;
    dtl_hasher_add(h, s);
    dtl_hasher_finish(h, out);
    dtl_hasher_free(h);
    return DTL_OK;
}

int dtl_cite_sha256(struct dtl_slice s, char out[CITE_HASH],
                    struct dtl_error *err)
{
    struct dtl_digest d;
    int rc = digest_of(DTL_DIGEST_SHA256, s, &d, err);

    if (rc == DTL_OK)
        dtl_cite_hash_text(d.bytes, out);
    return rc;
}

/* ---- one record --------------------------------------------------------- */

static int check_payload(struct dtl_slice block,
                         const struct dtl_harvest *found,
                         const struct dtl_digest *declared,
                         struct dtl_cited *out, struct dtl_error *err)
{
    struct dtl_hasher *h;
    int rc;

    if (declared->kind == DTL_DIGEST_NONE)
        return digest_of(DTL_DIGEST_SHA1, found->payload, &out->payload, err);
    rc = dtl_hasher_new((enum dtl_digest_kind)declared->kind, &h, err);
    if (rc != DTL_OK)
        return rc;
    out->rule = dtl_payload_check(declared, block, found->http.head_len,
                                  found->payload, h, &out->payload);
    out->payload_differs = out->rule == DTL_PAYLOAD_NO_MATCH;
    dtl_hasher_free(h);
    return DTL_OK;
}

int dtl_cite_digests(const struct dtl_warc_record *rec, struct dtl_slice block,
                     const struct dtl_harvest *found, struct dtl_arena *a,
                     struct dtl_cited *out, struct dtl_error *err)
{
    struct dtl_digest declared = { 0 };
    int rc = DTL_OK;

    out->payload_declared = dtl_arena_dup(a, rec->payload_digest);
    out->block_declared = dtl_arena_dup(a, rec->block_digest);
    if (dtl_digest_parse(rec->block_digest, &declared, NULL) == DTL_OK) {
        rc = digest_of((enum dtl_digest_kind)declared.kind, block, &out->block,
                       err);
        out->block_differs = !dtl_digest_equal(&declared, &out->block);
    }
    if (rc != DTL_OK || found == NULL || !found->is_capture)
        return rc;
    memset(&declared, 0, sizeof declared);
    if (rec->payload_digest.len > 0)
        dtl_digest_parse(rec->payload_digest, &declared, NULL);
    /* A revisit declares the payload of another record. */
    if (rec->type == DTL_WARC_REVISIT)
        return DTL_OK;
    return check_payload(block, found, &declared, out, err);
}

struct reader {
    const char *name;
    struct dtl_source *source, *raw;
    struct dtl_warc *warc;
};

static void reader_close(struct reader *r)
{
    dtl_warc_close(r->warc);
    dtl_source_close(r->source);
    dtl_source_close(r->raw);
}

static int reader_open(struct reader *r, const char *name,
                       struct dtl_error *err)
{
    struct dtl_error why = { 0 };
    int rc;

    r->name = name;
    if ((rc = dtl_source_open(name, &r->source, &why)) == DTL_OK &&
        (rc = dtl_source_open(name, &r->raw, &why)) == DTL_OK)
        rc = dtl_warc_open(r->source, &r->warc, &why);
    if (rc == DTL_OK)
        return rc;
    return dtl_fail(err, rc == DTL_NOTFOUND ? DTL_IO : rc, why.offset,
                    "the archive %.150s: %.80s", name, why.text);
}

static struct dtl_slice joined(struct dtl_arena *a, struct dtl_slice x,
                               struct dtl_slice y, struct dtl_slice z)
{
    uint8_t *p = dtl_arena_alloc(a, x.len + y.len + z.len + 1);
    size_t n = 0;
    const struct dtl_slice parts[] = { x, y, z };

    for (size_t i = 0; p != NULL && i < 3; i++) {
        if (parts[i].len > 0)
            memcpy(p + n, parts[i].ptr, parts[i].len);
        n += parts[i].len;
    }
    return dtl_slice_of(p, p != NULL ? n : 0);
}

/* The bytes as stored, when they are a gzip member of this record alone. */
static int take_stored(struct reader *r, const struct dtl_warc_record *rec,
                       struct dtl_arena *a, struct dtl_slice *out,
                       struct dtl_error *err)
{
    const unsigned shared = DTL_WARC_SHARED | DTL_WARC_SPLIT;
    struct dtl_slice s;
    int rc;

    if ((rec->flags & DTL_WARC_COMPRESSED) == 0 || (rec->flags & shared) != 0 ||
        rec->inner != 0 || rec->length == 0 || rec->length > CITE_MOST)
        return DTL_OK;
    if ((rc = dtl_source_seek(r->raw, rec->offset, err)) != DTL_OK ||
        (rc = dtl_source_peek(r->raw, (size_t)rec->length, &s, err)) != DTL_OK)
        return rc == DTL_END ? dtl_fail(err, DTL_IO, rec->offset, "cut short")
                             : rc;
    s = dtl_sub(s, 0, (size_t)rec->length);
    if (s.len == rec->length && s.len > 2 && s.ptr[0] == 0x1f &&
        s.ptr[1] == 0x8b)
        *out = dtl_arena_dup(a, s);
    return DTL_OK;
}

/* Keep the record the reader stands at. */
static int take(struct dtl_cite *c, struct exhibit *x, struct reader *r,
                struct dtl_warc_record *rec, enum dtl_cited_role role,
                struct dtl_cited *out, struct dtl_error *err)
{
    bool is_capture = role == DTL_CITED_CAPTURE || role == DTL_CITED_ORIGINAL;
    struct dtl_harvest found = { 0 };
    struct dtl_slice block;
    int rc = dtl_warc_block(r->warc, CITE_MOST, &block, err);

    memset(out, 0, sizeof *out);
    out->role = role;
    out->type = rec->type;
    out->arc = rec->arc;
    out->time = rec->time;
    out->file = r->name;
    out->offset = rec->offset;
    out->inner = rec->inner;
    out->url = dtl_arena_dup(c->arena, rec->uri);
    out->record_id = dtl_arena_dup(c->arena, rec->record_id);
    if (rc != DTL_OK)
        return rc;
    out->plain = joined(c->arena, rec->head, block,
                        dtl_str(rec->arc ? "\n" : "\r\n\r\n"));
    if (is_capture)
        rc = dtl_harvest_record(c->harvester, rec, block, 0,
                                DTL_HARVEST_ARTICLE | DTL_HARVEST_STORY, &found,
                                err);
    if (rc == DTL_OK)
        rc = dtl_cite_digests(rec, block, is_capture ? &found : NULL, c->arena,
                              out, err);
    if (rc != DTL_OK)
        return rc;
    if (is_capture) {
        out->status = found.capture.status;
        out->mime = dtl_arena_dup(c->arena, found.capture.mime);
        if (found.is_page)
            memcpy(x->e.record_hash, found.row.text_hash, 32);
    }
    if ((rc = dtl_warc_finish(r->warc, rec, err)) != DTL_OK ||
        (rc = take_stored(r, rec, c->arena, &out->stored, err)) != DTL_OK)
        return rc;
    out->length = rec->length;
    out->compressed = (rec->flags & DTL_WARC_COMPRESSED) != 0;
    return out->plain.ptr != NULL
               ? DTL_OK
               : dtl_fail(err, DTL_NOMEM, 0, "out of memory for a record");
}

/* ---- which records ------------------------------------------------------ */

static bool names(const struct dtl_warc_record *rec, struct dtl_slice id)
{
    for (size_t i = 0; i < rec->nfields; i++)
        if (dtl_equal_nocase(rec->fields[i].name,
                             dtl_str("WARC-Concurrent-To")) &&
            id.len > 0 && dtl_equal(rec->fields[i].value, id))
            return true;
    return false;
}

/* A request says which response it belongs to, or the response which request;
 * where neither does, it has its URL and time. */
struct wanted {
    struct dtl_slice url, id, concurrent;
    int64_t time;
};

static bool is_request_of(const struct dtl_warc_record *rec,
                          const struct wanted *w)
{
    if (rec->type != DTL_WARC_REQUEST)
        return false;
    if (rec->concurrent_to.len > 0 && w->id.len > 0)
        return names(rec, w->id);
    if (w->concurrent.len > 0 && rec->record_id.len > 0)
        return dtl_equal(w->concurrent, rec->record_id);
    return dtl_equal(rec->uri, w->url) && rec->time == w->time;
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

static bool is_record_of(const struct dtl_warc_record *rec,
                         const struct dtl_capture *c)
{
    return dtl_equal(rec->uri, c->url) && rec->time == c->time &&
           (c->record_id.len == 0 || rec->record_id.len == 0 ||
            dtl_equal(rec->record_id, c->record_id)) &&
           rec->type != DTL_WARC_REQUEST && rec->type != DTL_WARC_METADATA;
}

static int seek_capture(struct reader *r, const struct dtl_capture *c,
                        struct dtl_warc_record *rec, struct dtl_error *err)
{
    int rc = dtl_warc_seek(r->warc, c->offset, err);

    while (rc == DTL_OK) {
        rc = dtl_warc_next(r->warc, rec, err);
        if (rc == DTL_END || (rc == DTL_OK && rec->offset != c->offset))
            return another_stands_there(c, err);
        if (rc == DTL_OK && is_record_of(rec, c))
            return DTL_OK;
    }
    return rc;
}

static struct dtl_cited *room(struct exhibit *x)
{
    return &x->records[x->e.nrecords];
}

static bool is_answer(const struct dtl_warc_record *rec)
{
    return rec->type == DTL_WARC_RESPONSE || rec->type == DTL_WARC_REVISIT ||
           rec->type == DTL_WARC_RESOURCE;
}

/* Behind the response, where most crawlers put it.  Damage there is not the
 * capture's. */
static bool request_ahead(struct dtl_cite *c, struct exhibit *x,
                          struct reader *r, const struct wanted *w)
{
    struct dtl_warc_record rec;

    for (int i = 0; i < AHEAD; i++) {
        if (dtl_warc_next(r->warc, &rec, NULL) != DTL_OK || is_answer(&rec))
            return false;
        if (is_request_of(&rec, w))
            return take(c, x, r, &rec, DTL_CITED_REQUEST, room(x), NULL) ==
                   DTL_OK;
    }
    return false;
}

static bool request_behind(struct dtl_cite *c, struct exhibit *x,
                           struct reader *r, const struct dtl_capture *of,
                           const struct wanted *w)
{
    uint64_t from = of->offset > BEHIND ? of->offset - BEHIND : 0, at;
    struct dtl_warc_record rec;
    bool found = false;
    int rc;

    if ((from > 0 ? dtl_warc_sync(r->warc, from, &at, NULL)
                  : dtl_warc_seek(r->warc, 0, NULL)) != DTL_OK)
        return false;
    /* The last one before it; in a file of one gzip member all records have
     * its offset. */
    while ((rc = dtl_warc_next(r->warc, &rec, NULL)) == DTL_OK ||
           rc == DTL_BAD_RECORD) {
        if (rc == DTL_BAD_RECORD)
            continue;
        if (rec.offset > of->offset ||
            (rec.offset == of->offset && is_record_of(&rec, of)))
            break;
        if (is_request_of(&rec, w))
            found =
                take(c, x, r, &rec, DTL_CITED_REQUEST, room(x), NULL) == DTL_OK;
    }
    return found;
}

static int take_warcinfo(struct dtl_cite *c, struct exhibit *x,
                         struct reader *r, struct dtl_error *err)
{
    struct dtl_warc_record rec;
    int rc;

    for (size_t i = 0; i < x->e.nrecords; i++)
        if (x->records[i].role == DTL_CITED_WARCINFO &&
            strcmp(x->records[i].file, r->name) == 0)
            return DTL_OK;
    if (dtl_warc_seek(r->warc, 0, NULL) != DTL_OK ||
        dtl_warc_next(r->warc, &rec, NULL) != DTL_OK ||
        rec.type != DTL_WARC_WARCINFO)
        return DTL_OK;
    /* A damaged one proves nothing and hinders nothing. */
    rc = take(c, x, r, &rec, DTL_CITED_WARCINFO, room(x), err);
    if (rc == DTL_OK)
        x->e.nrecords++;
    return rc == DTL_NOMEM ? rc : DTL_OK;
}

static int gather(struct dtl_cite *c, struct exhibit *x,
                  const struct dtl_capture *of, enum dtl_cited_role role,
                  struct dtl_error *err)
{
    struct reader r = { 0 };
    struct dtl_warc_record rec;
    struct wanted w;
    const char *name;
    int rc = dtl_store_file_name(c->store, of->file, &name, err);

    if (rc == DTL_OK)
        name = (const char *)dtl_arena_dup(c->arena, dtl_str(name)).ptr;
    if (rc == DTL_OK && name == NULL)
        rc = dtl_fail(err, DTL_NOMEM, 0, "out of memory for a citation");
    if (rc == DTL_OK)
        rc = reader_open(&r, name, err);
    if (rc == DTL_OK)
        rc = take_warcinfo(c, x, &r, err);
    if (rc == DTL_OK && (rc = seek_capture(&r, of, &rec, err)) == DTL_OK) {
        w.url = dtl_arena_dup(c->arena, rec.uri);
        w.id = dtl_arena_dup(c->arena, rec.record_id);
        w.concurrent = dtl_arena_dup(c->arena, rec.concurrent_to);
        w.time = rec.time;
        rc = take(c, x, &r, &rec, role, room(x), err);
    }
    if (rc == DTL_OK) {
        x->e.nrecords++;
        if (role == DTL_CITED_CAPTURE && !rec.arc &&
            (request_ahead(c, x, &r, &w) || request_behind(c, x, &r, of, &w)))
            x->e.nrecords++;
    }
    reader_close(&r);
    return rc;
}

static int by_place(const void *a, const void *b)
{
    const struct dtl_cited *x = a, *y = b;
    int files = strcmp(x->file, y->file);

    if (files != 0)
        return files;
    if (x->offset != y->offset)
        return x->offset < y->offset ? -1 : 1;
    return x->inner < y->inner ? -1 : x->inner > y->inner;
}

/* ---- the article -------------------------------------------------------- */

static int take_article(struct dtl_cite *c, struct exhibit *x,
                        struct dtl_ref ref, struct dtl_error *err)
{
    struct dtl_article_row row;
    json_t *meta;
    int rc;

    if (ref.ordinal == DTL_NO_ARTICLE)
        return DTL_OK;
    rc = dtl_store_article(c->store, ref, c->arena, &row, err);
    if (rc != DTL_OK)
        return rc;
    x->e.has_text = true;
    memcpy(x->e.text_hash, row.text_hash, 32);
    x->e.title = dtl_arena_dup(c->arena, row.title);
    x->e.text = row.text;
    x->e.meta = dtl_arena_dup(c->arena, row.meta);
    meta = json_loadb((const char *)row.meta.ptr, row.meta.len, 0, NULL);
    x->e.removed = json_array_size(json_object_get(meta, "removed"));
    json_decref(meta);
    return DTL_OK;
}

/* ---- the list of them --------------------------------------------------- */

int dtl_cite_new(struct dtl_store *store, struct dtl_cite **out,
                 struct dtl_error *err)
{
    struct dtl_cite *c = calloc(1, sizeof *c);
    int rc;

    *out = NULL;
    if (c == NULL || (c->arena = dtl_arena_new(8 * CITE_MOST)) == NULL) {
        free(c);
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a citation");
    }
    c->store = store;
    rc = dtl_harvester_new(0, &c->harvester, err);
    if (rc == DTL_OK)
        rc = dtl_replay_new(store, &c->replay, err);
    if (rc == DTL_OK)
        *out = c;
    else
        dtl_cite_close(c);
    return rc;
}

static struct exhibit *new_exhibit(struct dtl_cite *c)
{
    struct exhibit *x = dtl_arena_calloc(c->arena, 1, sizeof *x);

    if (x == NULL)
        return NULL;
    if (c->n == c->cap) {
        size_t cap = c->cap * 2 + 8;
        struct exhibit **grown =
            dtl_arena_grow(c->arena, c->list, c->cap * sizeof(struct exhibit *),
                           cap * sizeof(struct exhibit *));

        if (grown == NULL)
            return NULL;
        c->list = grown;
        c->cap = cap;
    }
    return x;
}

int dtl_cite_add(struct dtl_cite *c, const struct dtl_capture *capture,
                 uint32_t segment, bool absence, struct dtl_error *err)
{
    struct exhibit *x;
    struct dtl_capture original;
    int rc = dtl_store_may_show(c->store, capture, err);

    if (rc != DTL_OK)
        return rc;
    x = new_exhibit(c);
    if (x == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a citation");
    x->e.records = x->records;
    x->e.url = dtl_arena_dup(c->arena, capture->url);
    x->e.time = capture->time;
    x->e.absence = absence;
    rc = gather(c, x, capture, DTL_CITED_CAPTURE, err);
    if (rc == DTL_OK) {
        rc = dtl_replay_original(c->replay, capture, c->arena, &original,
                                 &segment, err);
        /* Without its original a revisit still proves the visit. */
        if (rc == DTL_NOTFOUND || rc == DTL_INVALID)
            rc = DTL_OK;
        else if (rc == DTL_OK && (capture->flags & DTL_CAPTURE_REVISIT) != 0)
            rc = gather(c, x, &original, DTL_CITED_ORIGINAL, err);
    }
    if (rc == DTL_OK)
        rc = take_article(c, x, (struct dtl_ref){ segment, original.article },
                          err);
    if (rc != DTL_OK)
        return rc;
    qsort(x->records, x->e.nrecords, sizeof *x->records, by_place);
    c->list[c->n++] = x;
    return DTL_OK;
}

int dtl_cite_open(struct dtl_store *store, const struct dtl_capture *capture,
                  uint32_t segment, struct dtl_cite **out,
                  struct dtl_error *err)
{
    int rc = dtl_cite_new(store, out, err);

    if (rc == DTL_OK)
        rc = dtl_cite_add(*out, capture, segment, false, err);
    if (rc != DTL_OK) {
        dtl_cite_close(*out);
        *out = NULL;
    }
    return rc;
}

int dtl_cite_report(struct dtl_cite *c, struct dtl_slice json,
                    struct dtl_error *err)
{
    c->report = dtl_arena_dup(c->arena, dtl_trim(json));
    return c->report.ptr != NULL
               ? DTL_OK
               : dtl_fail(err, DTL_NOMEM, 0, "out of memory for a report");
}

size_t dtl_cite_count(const struct dtl_cite *c)
{
    return c->n;
}

const struct dtl_evidence *dtl_cite_nth(const struct dtl_cite *c, size_t i)
{
    return &c->list[i]->e;
}

const struct dtl_evidence *dtl_cite_evidence(const struct dtl_cite *c)
{
    return dtl_cite_nth(c, 0);
}

void dtl_cite_close(struct dtl_cite *c)
{
    if (c == NULL)
        return;
    dtl_replay_free(c->replay);
    dtl_harvester_free(c->harvester);
    dtl_arena_free(c->arena);
    free(c);
}

/* ---- as JSON ------------------------------------------------------------ */

static void slice_or_null(struct dtl_json *j, const char *key,
                          struct dtl_slice s)
{
    dtl_json_key(j, key);
    if (s.len > 0)
        dtl_json_slice(j, s);
    else
        dtl_json_null(j);
}

static void time_of(struct dtl_json *j, int64_t t)
{
    char text[DTL_TIME_ISO];

    dtl_time_iso(t, text);
    slice_or_null(j, "time", dtl_str(text));
}

static void digest_pair(struct dtl_json *j, const char *declared_key,
                        const char *computed_key, struct dtl_slice declared,
                        const struct dtl_digest *computed)
{
    char text[DTL_DIGEST_TEXT] = "";

    slice_or_null(j, declared_key, declared);
    if (computed->kind != DTL_DIGEST_NONE)
        dtl_digest_text(computed, text);
    slice_or_null(j, computed_key, dtl_str(text));
}

static void record_json(struct dtl_json *j, const struct dtl_cited *r,
                        const struct cite_place *place)
{
    char hash[CITE_HASH] = "";

    dtl_json_object(j);
    dtl_json_key(j, "role");
    dtl_json_str(j, dtl_cited_role_name(r->role));
    dtl_json_key(j, "type");
    dtl_json_str(j, dtl_warc_type_name(r->type));
    slice_or_null(j, "url", r->url);
    time_of(j, r->time);
    slice_or_null(j, "record_id", r->record_id);
    dtl_json_key(j, "file");
    dtl_json_str(j, r->file);
    dtl_json_key(j, "offset");
    dtl_json_uint(j, r->offset);
    dtl_json_key(j, "length");
    dtl_json_uint(j, r->length);
    digest_pair(j, "payload_declared", "payload_computed", r->payload_declared,
                &r->payload);
    dtl_json_key(j, "payload_rule");
    dtl_json_str(j, r->rule != DTL_PAYLOAD_NO_MATCH || r->payload_differs
                        ? dtl_payload_rule_name(r->rule)
                        : NULL);
    digest_pair(j, "block_declared", "block_computed", r->block_declared,
                &r->block);
    dtl_cite_sha256(r->plain, hash, NULL);
    dtl_json_key(j, "record_hash");
    dtl_json_str(j, hash);
    if (place->path != NULL) {
        dtl_json_key(j, "member");
        dtl_json_str(j, place->path);
        dtl_json_key(j, "member_offset");
        dtl_json_uint(j, place->offset);
        dtl_json_key(j, "member_length");
        dtl_json_uint(j, place->length);
        dtl_json_key(j, "as_stored");
        dtl_json_bool(j, place->as_stored);
    }
    dtl_json_end(j);
}

static bool is_date(json_t *claim)
{
    const char *field = json_string_value(json_object_get(claim, "field"));

    return field != NULL &&
           (strcmp(field, "published") == 0 || strcmp(field, "modified") == 0);
}

static void member_text(struct dtl_json *j, json_t *of, const char *name)
{
    dtl_json_key(j, name);
    dtl_json_str(j, json_string_value(json_object_get(of, name)));
}

static void claims_json(struct dtl_json *j, json_t *meta)
{
    json_t *list = json_object_get(meta, "claims"), *claim;
    size_t i;

    dtl_json_key(j, "claims");
    dtl_json_array(j);
    json_array_foreach(list, i, claim)
    {
        if (!is_date(claim))
            continue;
        dtl_json_object(j);
        member_text(j, claim, "field");
        member_text(j, claim, "source");
        member_text(j, claim, "value");
        member_text(j, claim, "raw");
        dtl_json_key(j, "chosen");
        dtl_json_bool(j, json_is_true(json_object_get(claim, "chosen")));
        dtl_json_end(j);
    }
    dtl_json_end(j);
}

static void article_json(const struct dtl_evidence *e, struct dtl_json *j)
{
    static const char *const shown[] = { "published", "published_source",
                                         "modified", "modified_source",
                                         "agency" };
    json_t *meta = json_loadb((const char *)e->meta.ptr, e->meta.len, 0, NULL);
    char hash[CITE_HASH];

    slice_or_null(j, "title", e->title);
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        member_text(j, meta, shown[i]);
    claims_json(j, meta);
    dtl_json_key(j, "normal_form");
    dtl_json_int(j, DTL_NORMAL_VERSION);
    dtl_cite_hash_text(e->text_hash, hash);
    dtl_json_key(j, "text_hash");
    dtl_json_str(j, e->has_text ? hash : NULL);
    dtl_cite_hash_text(e->record_hash, hash);
    dtl_json_key(j, "extracted_hash");
    dtl_json_str(j, e->has_text ? hash : NULL);
    dtl_json_key(j, "removed");
    dtl_json_uint(j, e->removed);
    json_decref(meta);
}

static void exhibit_json(const struct exhibit *x, struct dtl_json *j)
{
    slice_or_null(j, "url", x->e.url);
    time_of(j, x->e.time);
    article_json(&x->e, j);
    dtl_json_key(j, "records");
    dtl_json_array(j);
    for (size_t i = 0; i < x->e.nrecords; i++)
        record_json(j, &x->records[i], &x->places[i]);
    dtl_json_end(j);
}

static void exhibits_json(const struct dtl_cite *c, struct dtl_json *j)
{
    dtl_json_key(j, "trace");
    if (c->report.len > 0)
        dtl_json_raw(j, c->report);
    else
        dtl_json_null(j);
    dtl_json_key(j, "exhibits");
    dtl_json_array(j);
    for (size_t i = 0; i < c->n; i++) {
        dtl_json_object(j);
        dtl_json_key(j, "shows");
        dtl_json_str(j, c->list[i]->e.absence ? "absence" : "appearance");
        exhibit_json(c->list[i], j);
        dtl_json_end(j);
    }
    dtl_json_end(j);
}

void dtl_cite_json(const struct dtl_cite *c, struct dtl_json *j)
{
    dtl_json_object(j);
    dtl_json_key(j, "evidence");
    dtl_json_int(j, 1);
    dtl_json_key(j, "software");
    dtl_json_str(j, "dateline");
    dtl_json_key(j, "version");
    dtl_json_str(j, dtl_version());
    if (cite_is_list(c))
        exhibits_json(c, j);
    else
        exhibit_json(c->list[0], j);
    dtl_json_end(j);
}
