/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /record/<file>/<offset>: a WARC record as it is stored; and /record/<file>
 * with a Range that begins at one, as clients of CDX servers ask.
 *
 * Only records of archives of this store are given, each only if it may be
 * seen: what rules exclude or block, or was taken down, is looked for by the
 * record's own header, so that requests and metadata of a page go with it.
 */
#include "serve.h"

#include <dateline/io.h>
#include <dateline/store.h>
#include <dateline/url.h>
#include <dateline/warc.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define PIECE ((size_t)64 << 10)

struct stored {
    struct dtl_source *source;
    uint64_t size;          /* of the file, UINT64_MAX when not known */
    uint64_t start, length; /* of the record */
    uint64_t from, to;      /* of what is sent: [from, to) of the file */
    uint64_t at;
};

/* ---- which --------------------------------------------------------------- */

static bool is_named(const struct dtl_store_archive *a, struct dtl_slice name)
{
    size_t n = a->path.len;

    if (dtl_equal(a->name, name))
        return true;
    while (n > 0 && a->path.ptr[n - 1] != '/')
        n--;
    return dtl_equal(dtl_sub(a->path, n, a->path.len), name);
}

/* The archive of the store with this name or base name; never a path of the
 * client's. */
static int find_archive(struct request *r, struct dtl_slice name, uint32_t *out,
                        struct dtl_error *err)
{
    struct dtl_store_archive a;
    uint32_t id = 0;
    int rc;

    while ((rc = dtl_store_next_archive(r->context->store, &id, &a, err)) ==
           DTL_OK) {
        size_t n = a.name.len;

        while (n > 0 && a.name.ptr[n - 1] != '/')
            n--;
        if (is_named(&a, name) ||
            dtl_equal(dtl_sub(a.name, n, a.name.len), name)) {
            *out = a.id;
            return DTL_OK;
        }
    }
    return rc == DTL_END ? dtl_fail(err, DTL_NOTFOUND, 0,
                                    "no archive of this store is called so")
                         : rc;
}

/* A request says "FILE/OFFSET", or "FILE" and a Range of one part. */
static bool read_range(struct request *r, uint64_t *first, uint64_t *last,
                       bool *given)
{
    struct dtl_slice text = dtl_str(MHD_lookup_connection_value(
        r->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_RANGE));
    const uint8_t *dash;

    *given = false;
    if (!dtl_starts(text, "bytes="))
        return true; /* another unit, or none: to be ignored */
    text = dtl_sub(text, 6, text.len);
    dash = text.len > 0 ? memchr(text.ptr, '-', text.len) : NULL;
    if (dash == NULL || memchr(text.ptr, ',', text.len) != NULL)
        return true; /* several parts: all is sent, as RFC 9110 allows */
    *given = true;
    *last = UINT64_MAX;
    if (dash == text.ptr) { /* so many at the end */
        *first = UINT64_MAX;
        return dtl_parse_u64(dtl_sub(text, 1, text.len), last);
    }
    if (!dtl_parse_u64(dtl_sub(text, 0, (size_t)(dash - text.ptr)), first))
        return false;
    text = dtl_sub(text, (size_t)(dash + 1 - text.ptr), text.len);
    return text.len == 0 || (dtl_parse_u64(text, last) && *last >= *first);
}

/* ---- may it be seen ------------------------------------------------------ */

static int judge(struct request *r, const struct dtl_warc_record *rec,
                 struct dtl_error *err)
{
    struct dtl_arena *arena = r->context->arena;
    struct dtl_capture c = { .time = rec->time,
                             .url = rec->uri,
                             .record_id = rec->record_id };
    const struct dtl_field *digest =
        dtl_field_find(rec->fields, rec->nfields, "WARC-Payload-Digest");

    if (rec->uri.len == 0) /* it is of no page */
        return DTL_OK;
    c.key = dtl_surt(arena, rec->uri, DTL_SURT_WAYBACK);
    if (c.key.ptr == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a record");
    if (digest != NULL &&
        dtl_digest_parse(digest->value, &c.digest, NULL) != DTL_OK)
        c.digest = (struct dtl_digest){ 0 };
    return dtl_store_may_show(r->context->store, &c, err);
}

/* All that belongs to the record: it is read through, which also says whether
 * it can be taken out of the file as it is stored. */
static int measure(struct request *r, struct stored *s, struct dtl_error *err)
{
    struct dtl_warc *warc = NULL;
    struct dtl_warc_record rec;
    int rc = dtl_warc_open(s->source, &warc, err);

    if (rc == DTL_OK)
        rc = dtl_warc_seek(warc, s->start, err);
    if (rc == DTL_OK)
        rc = dtl_warc_next(warc, &rec, err);
    if (rc == DTL_END || rc == DTL_BAD_RECORD ||
        (rc == DTL_OK && (rec.offset != s->start || rec.inner != 0)))
        rc = dtl_fail(err, DTL_NOTFOUND, 0, "no record begins there");
    if (rc == DTL_OK)
        rc = judge(r, &rec, err);
    if (rc == DTL_OK) {
        rc = dtl_warc_finish(warc, &rec, err);
        if (rc == DTL_BAD_RECORD)
            rc = DTL_OK;
        s->length = rec.length;
    }
    if (rc == DTL_OK && s->length == 0)
        rc = dtl_fail(err, DTL_INVALID, 0,
                      "this archive is compressed as a whole: its records "
                      "cannot be taken out as they are stored");
    dtl_warc_close(warc);
    return rc;
}

/* ---- sending ------------------------------------------------------------- */

static int next_bytes(void *self, struct dtl_buf *out, struct dtl_error *err)
{
    struct stored *s = self;
    struct dtl_slice bytes;
    uint64_t left = s->to - s->at;
    int rc;

    if (left == 0)
        return DTL_END;
    rc = dtl_source_peek(s->source, PIECE, &bytes, err);
    if (rc != DTL_OK)
        return rc;
    if (bytes.len > left)
        bytes.len = (size_t)left;
    dtl_buf_slice(out, bytes);
    dtl_source_consume(s->source, bytes.len);
    s->at += bytes.len;
    return DTL_OK;
}

static void close_stored(void *self)
{
    struct stored *s = self;

    dtl_source_close(s->source);
    free(s);
}

static enum MHD_Result unsatisfiable(struct request *r, uint64_t size)
{
    struct dtl_buf body = { 0 };
    struct MHD_Response *response = response_of(&body);
    char text[40];

    if (response == NULL)
        return MHD_NO;
    snprintf(text, sizeof text, "bytes */%" PRIu64, size);
    MHD_add_response_header(response, "Content-Range", text);
    return send_response(r, MHD_HTTP_RANGE_NOT_SATISFIABLE, NULL, response);
}

static enum MHD_Result send_stored(struct request *r, struct stored *s,
                                   unsigned status, uint64_t base,
                                   uint64_t size, const char *tag)
{
    struct source source = { next_bytes, close_stored, s };
    struct MHD_Response *response;
    uint64_t first = s->from - base, length = s->to - s->from;
    struct dtl_error err;
    char text[100];

    s->at = s->from;
    if (dtl_source_seek(s->source, s->from, &err) != DTL_OK) {
        close_stored(s);
        return reply_error(r, &err);
    }
    response = stream_response(r, &source, dtl_str(""), length);
    if (response == NULL)
        return reply_busy(r);
    add_safety(r, response, NULL);
    MHD_add_response_header(response, "Accept-Ranges", "bytes");
    MHD_add_response_header(response, "ETag", tag);
    if (status == MHD_HTTP_PARTIAL_CONTENT) {
        snprintf(text, sizeof text, "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64,
                 first, first + length - 1, size);
        MHD_add_response_header(response, "Content-Range", text);
    }
    return send_response(r, status, "application/warc", response);
}

/* A Range holds only for what If-Range names. */
static bool range_holds(struct request *r, const char *tag)
{
    const char *wanted = MHD_lookup_connection_value(
        r->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_IF_RANGE);

    return wanted == NULL || strcmp(wanted, tag) == 0;
}

/* Of a file as a whole: the range has to begin at a record, and ends with it.
 */
static enum MHD_Result send_of_file(struct request *r, struct stored *s,
                                    uint64_t last, const char *tag)
{
    s->from = s->start;
    s->to = s->start + s->length;
    if (last < s->to - 1)
        s->to = last + 1;
    return send_stored(r, s, MHD_HTTP_PARTIAL_CONTENT, 0, s->size, tag);
}

/* Of the record alone. */
static enum MHD_Result send_of_record(struct request *r, struct stored *s,
                                      bool ranged, uint64_t first,
                                      uint64_t last, const char *tag)
{
    s->from = s->start;
    s->to = s->start + s->length;
    if (!ranged || !range_holds(r, tag))
        return send_stored(r, s, MHD_HTTP_OK, s->start, s->length, tag);
    if (first == UINT64_MAX) { /* the last so many */
        first = last < s->length ? s->length - last : 0;
        if (last == 0)
            first = s->length;
        last = UINT64_MAX;
    }
    if (first >= s->length) {
        uint64_t size = s->length;

        close_stored(s);
        return unsatisfiable(r, size);
    }
    s->from = s->start + first;
    if (last < s->length - 1)
        s->to = s->start + last + 1;
    return send_stored(r, s, MHD_HTTP_PARTIAL_CONTENT, s->start, s->length,
                       tag);
}

static int open_stored(struct request *r, uint32_t file, uint64_t offset,
                       struct stored **out, struct dtl_error *err)
{
    struct stored *s = calloc(1, sizeof *s);
    const char *path;
    int rc;

    *out = s;
    if (s == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a record");
    s->start = offset;
    rc = dtl_store_file_name(r->context->store, file, &path, err);
    if (rc == DTL_OK && dtl_source_open(path, &s->source, NULL) != DTL_OK)
        rc = dtl_fail(err, DTL_IO, 0, "the archive cannot be read");
    if (rc == DTL_OK) {
        s->size = dtl_source_size(s->source);
        rc = measure(r, s, err);
    }
    return rc;
}

/* The path after "/record/": a name, unescaped, and perhaps an offset. */
static bool read_path(struct request *r, struct dtl_slice *name,
                      uint64_t *offset, bool *has_offset)
{
    struct dtl_slice rest = dtl_sub(r->path, strlen("/record/"), r->path.len);
    size_t slash = rest.len;
    char *copy = (char *)(uintptr_t)dtl_arena_dup(r->context->arena, rest).ptr;

    if (copy == NULL || rest.len == 0)
        return false;
    while (slash > 0 && rest.ptr[slash - 1] != '/')
        slash--;
    *has_offset =
        slash > 1 && dtl_parse_u64(dtl_sub(rest, slash, rest.len), offset);
    if (*has_offset)
        copy[slash - 1] = '\0';
    *name = dtl_slice_of(copy, MHD_http_unescape(copy));
    return name->len > 0;
}

enum MHD_Result route_record(struct request *r)
{
    uint64_t offset = 0, first = 0, last = UINT64_MAX;
    bool has_offset, ranged;
    struct stored *s = NULL;
    struct dtl_slice name;
    struct dtl_error err;
    uint32_t file = 0;
    char tag[60];

    if (!read_path(r, &name, &offset, &has_offset) ||
        !read_range(r, &first, &last, &ranged))
        return reply_text(r, MHD_HTTP_BAD_REQUEST,
                          "/record/<file>/<offset>, or /record/<file> and a "
                          "Range that begins at a record");
    if (!has_offset && (!ranged || first == UINT64_MAX))
        return reply_text(r, MHD_HTTP_BAD_REQUEST,
                          "no whole archives here: a Range has to begin at a "
                          "record, or /record/<file>/<offset>");
    if (!has_offset)
        offset = first;
    if (find_archive(r, name, &file, &err) != DTL_OK)
        return reply_error(r, &err);
    if (open_stored(r, file, offset, &s, &err) != DTL_OK) {
        if (s != NULL)
            close_stored(s);
        return reply_error(r, &err);
    }
    snprintf(tag, sizeof tag, "\"%" PRIx32 "-%" PRIx64 "-%" PRIx64 "\"", file,
             s->start, s->length);
    return has_offset ? send_of_record(r, s, ranged, first, last, tag)
                      : send_of_file(r, s, last, tag);
}
