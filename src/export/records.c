/* SPDX-License-Identifier: Apache-2.0 */
#include "records.h"
#include "package.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <libdeflate.h>
#include <zlib.h>

#include <dateline/digest.h>
#include <dateline/json.h>
#include <dateline/store.h>

#define LEVEL 6
#define LARGE ((size_t)4 << 20) /* stored, or plain when compressed anew */
#define SIDE  ((size_t)1 << 20)
#define PIECE ((size_t)1 << 20)

static int no_memory(struct dtl_error *err)
{
    return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a record");
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

/* ---- names
 * -------------------------------------------------------------------
 */

/* A UUID of version 8: its bits are ours to choose. */
void dtl_record_uuid(struct dtl_slice of, char out[DTL_UUID])
{
    struct dtl_hasher *h = NULL;
    struct dtl_digest d = { 0 };
    char hex[33];

    if (dtl_hasher_new(DTL_DIGEST_SHA256, &h, NULL) == DTL_OK) {
        dtl_hasher_add(h, of);
        dtl_hasher_finish(h, &d);
        dtl_hasher_free(h);
    }
    d.bytes[6] = (uint8_t)((d.bytes[6] & 0x0f) | 0x80);
    d.bytes[8] = (uint8_t)((d.bytes[8] & 0x3f) | 0x80);
    dtl_hex(dtl_slice_of(d.bytes, 16), hex);
    snprintf(out, DTL_UUID, "<urn:uuid:%.8s-%.4s-%.4s-%.4s-%.12s>", hex,
             hex + 8, hex + 12, hex + 16, hex + 20);
}

struct dtl_slice dtl_row_record_id(const struct dtl_export_row *row,
                                   char made[DTL_UUID])
{
    struct dtl_buf of = { 0 };

    if (row->capture.record_id.len > 0)
        return row->capture.record_id;
    dtl_buf_printf(&of, "record %s %" PRIu64 " %" PRId64 " ",
                   base_name(row->file), row->capture.offset,
                   row->capture.time);
    dtl_buf_slice(&of, row->capture.url);
    dtl_record_uuid(dtl_buf_view(&of), made);
    dtl_buf_free(&of);
    return dtl_str(made);
}

int64_t dtl_export_time(struct dtl_store *store)
{
    struct dtl_store_counts counts = { 0 };

    if (dtl_store_count(store, &counts, NULL) != DTL_OK ||
        counts.last == DTL_NO_TIME)
        return 0;
    return counts.last;
}

int dtl_records_warcinfo(const struct dtl_format_run *run, const char *version,
                         const char *format, const char *more,
                         struct dtl_buf *out, struct dtl_error *err)
{
    struct dtl_buf body = { 0 }, of = { 0 };
    struct dtl_json j = { .out = &body };
    struct dtl_store_counts counts = { 0 };
    char id[DTL_UUID], date[DTL_TIME_ISO];
    int rc = dtl_store_count(run->store, &counts, err);

    if (rc != DTL_OK)
        return rc;
    dtl_time_iso(dtl_export_time(run->store), date);
    dtl_buf_printf(
        &body,
        "software: dateline %s\r\nformat: %s\r\n"
        "dateline-store: %s; %" PRIu64 " captures, %" PRIu64
        " articles, %" PRIu64 " archives, %" PRIu64 " taken down\r\n",
        dtl_version(), format,
        run->options->store != NULL ? base_name(run->options->store) : "-",
        counts.captures, counts.articles, counts.archives, counts.takedowns);
    if (run->selection != NULL) {
        struct dtl_export_job job = { .selection = *run->selection };

        dtl_buf_str(&body, "dateline-selection: ");
        dtl_card_selection(&job, &j);
        dtl_buf_str(&body, "\r\n");
    }
    dtl_buf_str(&body, more);
    dtl_buf_printf(&of, "warcinfo %s %u ", run->options->format, run->number);
    dtl_buf_slice(&of, dtl_buf_view(&body));
    dtl_record_uuid(dtl_buf_view(&of), id);
    dtl_buf_printf(out,
                   "%s\r\nWARC-Type: warcinfo\r\nWARC-Date: %s\r\n"
                   "WARC-Record-ID: %s\r\n"
                   "Content-Type: application/warc-fields\r\n"
                   "Content-Length: %zu\r\n\r\n",
                   version, date, id, body.len);
    dtl_buf_slice(out, dtl_buf_view(&body));
    dtl_buf_str(out, "\r\n\r\n");
    rc = body.failed || of.failed || out->failed ? no_memory(err) : DTL_OK;
    dtl_buf_free(&body);
    dtl_buf_free(&of);
    return rc;
}

/* ---- one record
 * ----------------------------------------------------------------
 */

int dtl_gzip_add(struct libdeflate_compressor **z, struct dtl_slice plain,
                 struct dtl_buf *out, struct dtl_error *err)
{
    size_t most;

    if (*z == NULL && (*z = libdeflate_alloc_compressor(LEVEL)) == NULL)
        return no_memory(err);
    most = libdeflate_gzip_compress_bound(*z, plain.len);
    if (!dtl_buf_reserve(out, most))
        return no_memory(err);
    out->len += libdeflate_gzip_compress(*z, plain.ptr, plain.len,
                                         out->ptr + out->len, most);
    return DTL_OK;
}

static void put_field(struct dtl_buf *out, const char *name,
                      struct dtl_slice value)
{
    if (value.len == 0)
        return;
    dtl_buf_str(out, name);
    dtl_buf_str(out, ": ");
    dtl_buf_slice(out, value);
    dtl_buf_str(out, "\r\n");
}

/* The head an ARC record has as a WARC record. */
static void convert_head(const struct dtl_export_row *row,
                         const struct dtl_warc_record *rec, struct dtl_buf *out)
{
    bool response = rec->type == DTL_WARC_RESPONSE;
    char date[DTL_TIME_ISO], id[DTL_UUID], digest[DTL_DIGEST_TEXT];

    dtl_time_iso(rec->time, date);
    dtl_digest_text(&row->capture.digest, digest);
    dtl_buf_printf(out, "WARC/1.1\r\nWARC-Type: %s\r\n",
                   response ? "response" : "resource");
    put_field(out, "WARC-Record-ID", dtl_row_record_id(row, id));
    put_field(out, "WARC-Date", dtl_str(date));
    put_field(out, "WARC-Target-URI", rec->uri);
    put_field(out, "WARC-IP-Address", rec->ip);
    put_field(out, "WARC-Payload-Digest", dtl_str(digest));
    dtl_buf_printf(out, "Dateline-Source: %s at byte %" PRIu64 "\r\n",
                   base_name(row->file), rec->offset);
    put_field(out, "Content-Type",
              response ? dtl_str("application/http; msgtype=response")
                       : rec->content_type);
    dtl_buf_printf(out, "Content-Length: %" PRIu64 "\r\n\r\n",
                   rec->content_length);
}

static void put_head(const struct dtl_export_row *row,
                     const struct dtl_warc_record *rec, struct dtl_buf *out)
{
    if (rec->arc)
        convert_head(row, rec, out);
    else
        dtl_buf_slice(out, rec->head);
}

static int put_record(struct dtl_records *r, const struct dtl_export_row *row,
                      const struct dtl_pick_place *at, struct dtl_buf *out,
                      struct dtl_error *err)
{
    struct dtl_picked got;
    int rc = dtl_pick_load(r->pick, at, false, LARGE, &got, err);

    if (rc != DTL_OK)
        return rc;
    if (got.stored.ptr != NULL)
        return dtl_buf_slice(out, got.stored) ? DTL_OK : no_memory(err);
    dtl_buf_clear(&r->plain);
    put_head(row, &got.rec, &r->plain);
    dtl_buf_slice(&r->plain, got.block);
    dtl_buf_str(&r->plain, "\r\n\r\n");
    if (r->plain.failed)
        return no_memory(err);
    return dtl_gzip_add(&r->gzip, dtl_buf_view(&r->plain), out, err);
}

/* The warcinfo of the row's archive, if it has one; damage there is none of
 * the capture's. */
static int put_info(struct dtl_records *r, const struct dtl_export_row *row,
                    struct dtl_arena *arena, struct dtl_buf *out,
                    struct dtl_error *err)
{
    struct dtl_pick_place at;
    size_t before = out->len;
    int rc = dtl_pick_info(r->pick, row->file, arena, &at, err);

    if (rc == DTL_OK)
        rc = put_record(r, row, &at, out, err);
    if (rc == DTL_OK || rc == DTL_NOMEM)
        return rc;
    out->len = before;
    return DTL_OK;
}

static bool is_large(const struct dtl_pick_place *at)
{
    return (at->length > 0 ? at->length : at->content) >
           (at->capture ? LARGE : SIDE);
}

static int find(const struct dtl_format_run *run,
                const struct dtl_export_row *row, struct dtl_records *r,
                struct dtl_pick_group *g, struct dtl_error *err)
{
    int rc = DTL_OK;

    /* A line of a CDX file: its archive was never here. */
    if ((row->capture.flags & DTL_CAPTURE_IMPORTED) != 0)
        return dtl_fail(err, DTL_BAD_RECORD, 0, "known from an index only");
    if (r->pick == NULL)
        rc = dtl_pick_new(&r->pick, err);
    if (rc == DTL_OK)
        rc = dtl_pick_find(r->pick, row->file, &row->capture, run->arena, g,
                           err);
    /* Another record stands there, or a damaged one. */
    return rc == DTL_FORMAT || rc == DTL_LIMIT ? DTL_BAD_RECORD : rc;
}

static bool keep_name(char **to, const char *name)
{
    free(*to);
    *to = strdup(name);
    return *to != NULL;
}

static void start_batch(struct dtl_records *r)
{
    free(r->first);
    free(r->last);
    r->first = r->last = NULL;
    dtl_buf_clear(&r->lead);
}

/* Which archive the record is of: the first one's warcinfo waits for what
 * stands before the batch. */
static int enter_archive(const struct dtl_format_run *run,
                         const struct dtl_export_row *row,
                         struct dtl_records *r, struct dtl_buf *out,
                         struct dtl_error *err)
{
    bool first = r->first == NULL;

    if (!first && strcmp(r->last, row->file) == 0)
        return DTL_OK;
    if ((first && !keep_name(&r->first, row->file)) ||
        !keep_name(&r->last, row->file))
        return no_memory(err);
    return put_info(r, row, run->arena, first ? &r->lead : out, err);
}

int dtl_records_encode(const struct dtl_format_run *run,
                       const struct dtl_export_row *row, struct dtl_records *r,
                       struct dtl_batch *batch, struct dtl_record_span *capture,
                       struct dtl_error *err)
{
    struct dtl_buf *out = &batch->bytes;
    size_t before = out->len;
    struct dtl_pick_group g = { .n = 0 };
    int rc;

    if (batch->rows == 0)
        start_batch(r);
    rc = find(run, row, r, &g, err);
    for (size_t i = 0; i < g.n && rc == DTL_OK; i++)
        if (g.list[i].capture && is_large(&g.list[i]))
            return DTL_LIMIT;
    if (rc == DTL_OK)
        rc = enter_archive(run, row, r, out, err);
    for (size_t i = 0; i < g.n && rc == DTL_OK; i++) {
        size_t at = out->len;

        if (!g.list[i].capture && is_large(&g.list[i]))
            continue;
        rc = put_record(r, row, &g.list[i], out, err);
        if (g.list[i].capture)
            *capture = (struct dtl_record_span){ at, out->len - at };
        else if (rc == DTL_BAD_RECORD)
            rc = DTL_OK; /* a damaged request is not the capture's */
    }
    if (rc != DTL_OK)
        out->len = before;
    return rc == DTL_LIMIT ? DTL_BAD_RECORD : rc;
}

void dtl_records_free(struct dtl_records *r)
{
    dtl_pick_free(r->pick);
    libdeflate_free_compressor(r->gzip);
    dtl_buf_free(&r->plain);
    dtl_buf_free(&r->lead);
    free(r->first);
    free(r->last);
    memset(r, 0, sizeof *r);
}

/* ---- an output file
 * --------------------------------------------------------------
 */

int dtl_records_written(struct dtl_records_run *s, struct dtl_records *r,
                        struct dtl_batch *batch, size_t *lead,
                        struct dtl_error *err)
{
    struct dtl_buf *b = &batch->bytes;
    size_t n = r->lead.len;

    *lead = 0;
    if (r->first == NULL || b->len == 0)
        return DTL_OK;
    if ((s->last == NULL || strcmp(s->last, r->first) != 0) && n > 0) {
        if (!dtl_buf_reserve(b, n))
            return no_memory(err);
        memmove(b->ptr + n, b->ptr, b->len);
        memcpy(b->ptr, r->lead.ptr, n);
        b->len += n;
        *lead = n;
    }
    return keep_name(&s->last, r->last) ? DTL_OK : no_memory(err);
}

/* ---- large records
 * -----------------------------------------------------------------
 */

struct dtl_large {
    struct dtl_pick_group group;
    size_t i;       /* of the record being written */
    uint64_t done;  /* of its stored bytes */
    bool deflating; /* it is compressed anew */
    z_stream z;
    uint64_t total, at; /* bytes of the row; where its capture begins */
};

static int squeeze(struct dtl_large *l, struct dtl_slice s, bool end,
                   struct dtl_buf *out, struct dtl_error *err)
{
    int rc = Z_OK;

    l->z.next_in = (Bytef *)(uintptr_t)s.ptr;
    l->z.avail_in = (uInt)s.len;
    do {
        size_t room = (size_t)128 << 10;

        if (!dtl_buf_reserve(out, room))
            return no_memory(err);
        l->z.next_out = out->ptr + out->len;
        l->z.avail_out = (uInt)room;
        rc = deflate(&l->z, end ? Z_FINISH : Z_NO_FLUSH);
        out->len += room - l->z.avail_out;
    } while (l->z.avail_in > 0 || (end && rc != Z_STREAM_END));
    return DTL_OK;
}

/* A member once begun cannot be taken back: is all of the record there? */
static int read_through(struct dtl_records *r, const struct dtl_pick_place *at,
                        struct dtl_error *err)
{
    struct dtl_picked got;
    struct dtl_slice piece;
    uint64_t n = 0;
    int rc = dtl_pick_load(r->pick, at, true, 0, &got, err);

    if (rc == DTL_OK)
        return DTL_OK;
    while (rc == DTL_LIMIT || rc == DTL_OK) {
        rc = dtl_pick_rest(r->pick, &piece, err);
        n += rc == DTL_OK ? piece.len : 0;
    }
    return rc == DTL_END && n == at->content ? DTL_OK : DTL_BAD_RECORD;
}

static int begin_large(struct dtl_format_run *run,
                       const struct dtl_export_row *row, struct dtl_buf *out,
                       struct dtl_records_run *s, struct dtl_error *err)
{
    struct dtl_large *l;
    int rc;

    if (s->large == NULL && (s->large = calloc(1, sizeof *l)) == NULL)
        return no_memory(err);
    l = s->large;
    l->i = 0;
    l->done = l->total = l->at = 0;
    rc = find(run, row, &s->one, &l->group, err);
    for (size_t i = 0; i < l->group.n && rc == DTL_OK; i++)
        if (l->group.list[i].capture && l->group.list[i].length == 0)
            rc = read_through(&s->one, &l->group.list[i], err);
    if (rc == DTL_OK && (s->last == NULL || strcmp(s->last, row->file) != 0)) {
        if (!keep_name(&s->last, row->file))
            return no_memory(err);
        rc = put_info(&s->one, row, run->arena, out, err);
    }
    return rc;
}

static int copy_some(struct dtl_large *l, struct dtl_records *r,
                     struct dtl_buf *out, struct dtl_error *err)
{
    const struct dtl_pick_place *at = &l->group.list[l->i];
    uint64_t left = at->length - l->done;
    struct dtl_slice s;
    int rc = dtl_pick_bytes(r->pick, at->offset + l->done,
                            left < PIECE ? (size_t)left : PIECE, &s, err);

    if (rc != DTL_OK || s.len == 0)
        return dtl_fail(err, DTL_IO, at->offset,
                        "the archive became shorter while it was read");
    l->done += s.len;
    l->i += l->done == at->length;
    return dtl_buf_slice(out, s) ? DTL_OK : no_memory(err);
}

static int start_squeezing(struct dtl_large *l, struct dtl_records *r,
                           const struct dtl_export_row *row,
                           struct dtl_buf *out, struct dtl_error *err)
{
    struct dtl_picked got;
    int rc = dtl_pick_load(r->pick, &l->group.list[l->i], true, 0, &got, err);

    if (rc != DTL_OK && rc != DTL_LIMIT)
        return rc;
    memset(&l->z, 0, sizeof l->z);
    if (deflateInit2(&l->z, LEVEL, Z_DEFLATED, 15 + 16, 8,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return no_memory(err);
    l->deflating = true;
    dtl_buf_clear(&r->plain);
    put_head(row, &got.rec, &r->plain);
    return squeeze(l, dtl_buf_view(&r->plain), false, out, err);
}

static int squeeze_some(struct dtl_large *l, struct dtl_records *r,
                        const struct dtl_export_row *row, struct dtl_buf *out,
                        struct dtl_error *err)
{
    size_t most = out->len + PIECE;
    int rc = l->deflating ? DTL_OK : start_squeezing(l, r, row, out, err);

    while (rc == DTL_OK && out->len < most) {
        struct dtl_slice piece;

        rc = dtl_pick_rest(r->pick, &piece, err);
        if (rc == DTL_OK)
            rc = squeeze(l, piece, false, out, err);
    }
    if (rc != DTL_END)
        return rc;
    rc = squeeze(l, dtl_str("\r\n\r\n"), true, out, err);
    deflateEnd(&l->z);
    l->deflating = false;
    l->i++;
    return rc;
}

int dtl_records_row(struct dtl_format_run *run,
                    const struct dtl_export_row *row, struct dtl_buf *out,
                    struct dtl_records_run *s, uint64_t *at, uint64_t *len,
                    struct dtl_error *err)
{
    size_t before = out->len;
    struct dtl_large *l = s->large;
    const struct dtl_pick_place *now;
    int rc = DTL_OK;

    if (l == NULL || l->i >= l->group.n) {
        rc = begin_large(run, row, out, s, err);
        l = s->large;
    } else {
        now = &l->group.list[l->i];
        if (now->capture && l->done == 0 && !l->deflating)
            l->at = l->total;
        if (!now->capture) {
            l->i++;
            rc = is_large(now) ? DTL_OK
                               : put_record(&s->one, row, now, out, err);
            rc = rc == DTL_BAD_RECORD ? DTL_OK : rc;
        } else if (now->length > 0) {
            rc = copy_some(l, &s->one, out, err);
        } else {
            rc = squeeze_some(l, &s->one, row, out, err);
        }
        if (now->capture)
            *len = l->total + (out->len - before) - l->at;
    }
    if (rc != DTL_OK) {
        if (l != NULL)
            l->i = l->group.n;
        return rc;
    }
    l->total += out->len - before;
    *at = l->at;
    run->more = l->i < l->group.n;
    return DTL_OK;
}

void dtl_records_run_free(struct dtl_records_run *s)
{
    if (s->large != NULL && s->large->deflating)
        deflateEnd(&s->large->z);
    free(s->large);
    free(s->last);
    dtl_records_free(&s->one);
}
