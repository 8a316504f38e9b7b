/* SPDX-License-Identifier: Apache-2.0 */
#include "records.h"

#include <inttypes.h>
#include <stdlib.h>

enum part { RECORD, HEADERS, BLOCK, PAYLOAD };

struct cat {
    struct records in;
    struct filter filter;
    enum part part;
    bool decode, all;
    const char *url, *id;
    struct dtl_arena *arena;
    struct dtl_decoder *decoder;
    struct dtl_buf joined;     /* the segments of one record */
    struct dtl_buf segment_id; /* of the record whose segments follow */
    uint32_t segment;          /* the last one joined; 0: none is awaited */
    bool segment_http;
    uint64_t offset; /* UINT64_MAX: not asked for */
    uint64_t found;
    bool damaged;
};

static bool put(struct dtl_slice s)
{
    return s.len == 0 || fwrite(s.ptr, 1, s.len, stdout) == s.len;
}

static int write_failed(struct dtl_error *err)
{
    return dtl_fail(err, DTL_IO, 0, "standard output: write failed");
}

/* The rest of the block as it is stored. */
static int put_rest(struct cat *c, struct dtl_error *err)
{
    struct dtl_slice piece;
    int rc;

    while ((rc = dtl_warc_read(c->in.warc, &piece, err)) == DTL_OK)
        if (!put(piece))
            return write_failed(err);
    return rc == DTL_END ? DTL_OK : rc;
}

static int put_record(struct cat *c, const struct dtl_warc_record *rec,
                      struct dtl_error *err)
{
    int rc;

    if (!put(rec->head))
        return write_failed(err);
    rc = put_rest(c, err);
    if (rc == DTL_OK && !put(dtl_str(rec->arc ? "\n" : "\r\n\r\n")))
        return write_failed(err);
    return rc;
}

static int put_headers(struct cat *c, const struct dtl_warc_record *rec,
                       struct dtl_error *err)
{
    struct dtl_slice s;
    struct dtl_http h;
    int rc;

    if (!put(rec->head))
        return write_failed(err);
    if (!record_is_http(rec))
        return DTL_OK;
    rc = dtl_warc_block(c->in.warc, (size_t)64 << 10, &s, err);
    if (rc != DTL_OK && rc != DTL_LIMIT && rc != DTL_BAD_RECORD)
        return rc;
    if (dtl_http_parse(s, c->arena, &h, err) != DTL_OK)
        return DTL_NOMEM;
    return put(dtl_sub(s, 0, h.head_len)) ? DTL_OK : write_failed(err);
}

static int put_payload(struct cat *c, bool http, struct dtl_slice block,
                       struct dtl_error *err)
{
    struct dtl_slice payload = block;
    struct dtl_http h;
    int rc;

    if (http) {
        rc = dtl_http_parse(block, c->arena, &h, err);
        if (rc == DTL_OK)
            rc = dtl_http_payload(&h, dtl_sub(block, h.head_len, block.len),
                                  c->arena, &payload, err);
        if (rc == DTL_OK && c->decode)
            rc = dtl_http_decode(c->decoder, &h, payload, SIZE_MAX / 2,
                                 &payload, err);
        if (rc != DTL_OK)
            return rc;
    }
    return put(payload) ? DTL_OK : write_failed(err);
}

/* A payload too large to hold: what can be done in one pass. */
static int put_long_payload(struct cat *c, const struct dtl_warc_record *rec,
                            struct dtl_slice first, struct dtl_error *err)
{
    struct dtl_http h = { 0 };

    if (record_is_http(rec)) {
        if (dtl_http_parse(first, c->arena, &h, err) != DTL_OK)
            return DTL_NOMEM;
        if (dtl_field_find(h.fields, h.nfields, "Transfer-Encoding") != NULL ||
            (c->decode &&
             dtl_field_find(h.fields, h.nfields, "Content-Encoding") != NULL))
            say("%s: record at %" PRIu64
                " is too large to decode: written as stored",
                c->in.file, rec->offset);
    }
    if (!put(dtl_sub(first, h.head_len, first.len)))
        return write_failed(err);
    return put_rest(c, err);
}

/* ---- segments ----------------------------------------------------------- */

/* The block of a segmented record grows by that of each continuation (WARC 1.1
 * section 6.9); it is written when the last one is there. */
static int end_segments(struct cat *c, bool complete, struct dtl_error *err)
{
    struct dtl_slice block = dtl_buf_view(&c->joined);

    if (c->segment == 0)
        return DTL_OK;
    if (!complete) {
        say("segments after number %" PRIu32 " are missing", c->segment);
        c->damaged = true;
    }
    c->segment = 0;
    if (c->part == PAYLOAD)
        return put_payload(c, c->segment_http, block, err);
    return put(block) ? DTL_OK : write_failed(err);
}

static int begin_segments(struct cat *c, const struct dtl_warc_record *rec,
                          struct dtl_slice block, struct dtl_error *err)
{
    int rc = end_segments(c, false, err);

    if (rc != DTL_OK)
        return rc;
    c->joined.max = 4 * RECORD_MAX;
    dtl_buf_clear(&c->joined);
    dtl_buf_clear(&c->segment_id);
    c->segment = 1;
    c->segment_http = record_is_http(rec);
    if (dtl_buf_slice(&c->joined, block) &&
        dtl_buf_slice(&c->segment_id, rec->record_id))
        return DTL_OK;
    return dtl_fail(err, DTL_NOMEM, rec->offset, "out of memory");
}

static bool is_next_segment(const struct cat *c,
                            const struct dtl_warc_record *rec)
{
    return c->segment > 0 && rec->type == DTL_WARC_CONTINUATION &&
           rec->segment == c->segment + 1 &&
           dtl_equal(rec->segment_origin, dtl_buf_view(&c->segment_id));
}

static int join_segment(struct cat *c, const struct dtl_warc_record *rec,
                        struct dtl_error *err)
{
    /* Section 5.20: the last segment tells the total length. */
    bool last = dtl_field_find(rec->fields, rec->nfields,
                               "WARC-Segment-Total-Length") != NULL;
    struct dtl_slice piece;
    int rc;

    while ((rc = dtl_warc_read(c->in.warc, &piece, err)) == DTL_OK)
        if (!dtl_buf_slice(&c->joined, piece))
            return dtl_fail(err, DTL_LIMIT, rec->offset,
                            "segments together are over %zu bytes",
                            c->joined.max);
    if (rc != DTL_END)
        return rc;
    c->segment++;
    return last ? end_segments(c, true, err) : DTL_OK;
}

/* ---- records ------------------------------------------------------------ */

static int put_content(struct cat *c, const struct dtl_warc_record *rec,
                       struct dtl_error *err)
{
    struct dtl_slice block;
    int rc, put_rc;

    if (c->part == BLOCK && rec->segment != 1)
        return put_rest(c, err);
    rc = dtl_warc_block(c->in.warc, RECORD_MAX, &block, err);
    if (rc == DTL_LIMIT)
        return put_long_payload(c, rec, block, err);
    if (rc != DTL_OK && rc != DTL_BAD_RECORD)
        return rc;
    if (rec->segment == 1)
        put_rc = begin_segments(c, rec, block, err);
    else
        put_rc = put_payload(c, record_is_http(rec), block, err);
    return put_rc != DTL_OK ? put_rc : rc;
}

static int put_part(struct cat *c, struct dtl_warc_record *rec,
                    struct dtl_error *err)
{
    dtl_arena_reset(c->arena);
    switch (c->part) {
    case RECORD: return put_record(c, rec, err);
    case HEADERS: return put_headers(c, rec, err);
    default: return put_content(c, rec, err);
    }
}

static bool wanted(const struct cat *c, const struct dtl_warc_record *rec)
{
    struct dtl_slice id = rec->record_id;

    if (!filter_record(&c->filter, rec))
        return false;
    if (c->url != NULL && !dtl_equal(rec->uri, dtl_str(c->url)))
        return false;
    if (c->id == NULL || dtl_equal(id, dtl_str(c->id)))
        return true;
    /* "<urn:uuid:...>", "urn:uuid:..." or the bare number. */
    if (id.len > 2 && id.ptr[0] == '<')
        id = dtl_sub(id, 1, id.len - 1);
    return dtl_equal(id, dtl_str(c->id)) ||
           (dtl_starts_nocase(id, "urn:uuid:") &&
            dtl_equal_nocase(dtl_sub(id, 9, id.len), dtl_str(c->id)));
}

static void tell_damage(struct cat *c)
{
    const struct dtl_warc_damage *d = dtl_warc_last_damage(c->in.warc);

    say("%s: bytes %" PRIu64 " to %" PRIu64 ": %s", c->in.file, d->offset,
        d->offset + d->length, d->reason);
    c->damaged = true;
}

/* True when nothing more is looked for. */
static bool is_done(const struct cat *c)
{
    return c->found > 0 && !c->all && c->segment == 0;
}

/* The record wanted by its offset is the one that begins there, or none. */
static bool is_elsewhere(const struct cat *c, const struct dtl_warc_record *rec)
{
    if (c->offset == UINT64_MAX || c->found > 0 || rec->offset == c->offset)
        return false;
    say("%s: no record begins at byte %" PRIu64
        "; the next one does at %" PRIu64,
        c->in.file, c->offset, rec->offset);
    return true;
}

static int cat_records(struct cat *c)
{
    struct dtl_warc_record rec;
    struct dtl_error err;
    int rc = DTL_OK;

    while (!is_done(c) && (rc = records_next(&c->in, &rec, &err)) != DTL_END) {
        if (rc == DTL_OK && is_elsewhere(c, &rec))
            return EXIT_INPUT;
        if (rc == DTL_OK && is_next_segment(c, &rec)) {
            rc = join_segment(c, &rec, &err);
        } else if (rc == DTL_OK && (c->all || c->found == 0) &&
                   wanted(c, &rec)) {
            c->found++;
            rc = put_part(c, &rec, &err);
        }
        if (rc == DTL_BAD_RECORD)
            tell_damage(c);
        else if (rc != DTL_OK)
            return complain(c->in.file, &err);
    }
    if (end_segments(c, false, &err) != DTL_OK)
        return complain("segments", &err);
    if (c->damaged)
        return EXIT_INPUT;
    if (c->found == 0 && c->offset != UINT64_MAX)
        say("%s: no record begins at byte %" PRIu64, c->in.file, c->offset);
    return c->found > 0 ? EXIT_FOUND : EXIT_NOTHING;
}

static int start(struct cat *c, const struct args *a)
{
    uint64_t inner;
    int rc;

    if (!arg_u64(a, "offset", UINT64_MAX, &c->offset) ||
        !arg_u64(a, "inner", 0, &inner))
        return EXIT_USAGE;
    if (c->offset != UINT64_MAX && arg_count(a) != 1) {
        say("cat: --offset wants one input");
        return EXIT_USAGE;
    }
    rc = records_open(&c->in, operands(a), arg_count(a));
    if (rc == EXIT_FOUND && c->offset != UINT64_MAX)
        rc = records_seek(&c->in, c->offset, inner);
    return rc;
}

static int run(const struct args *a)
{
    static const char *const parts[] = { "record", "headers", "block",
                                         "payload", NULL };
    struct cat c = { .decode = arg_on(a, "decode"),
                     .all = arg_on(a, "all"),
                     .url = arg(a, "exact-url"),
                     .id = arg(a, "id") };
    int part = arg_choice(a, "part", parts, "record"), rc, code;
    struct dtl_error err;

    if (part < 0 || !filter_parse(a, &c.filter))
        return EXIT_USAGE;
    c.part = c.decode ? PAYLOAD : (enum part)part;
    c.arena = dtl_arena_new(8 * RECORD_MAX);
    if (c.arena == NULL || dtl_decoder_new(&c.decoder, &err) != DTL_OK) {
        dtl_arena_free(c.arena);
        say("out of memory");
        return EXIT_MEMORY;
    }
    rc = start(&c, a);
    if (rc == EXIT_FOUND)
        rc = cat_records(&c);
    code = records_close(&c.in);
    dtl_decoder_free(c.decoder);
    dtl_arena_free(c.arena);
    dtl_buf_free(&c.joined);
    dtl_buf_free(&c.segment_id);
    return rc == EXIT_FOUND || rc == EXIT_NOTHING ? (code ? code : rc) : rc;
}

static const struct opt options[] = {
    { "part", 'p', "PART", "record, headers, block or payload" },
    { "decode", 'd', NULL, "the payload without its content-codings" },
    { "offset", 'o', "N", "the record stored at byte N" },
    { "inner", 0, "N", "... and N bytes into its compressed member" },
    { "exact-url", 'U', "URL", "records of this URL" },
    { "id", 'i', "ID", "the record with this WARC-Record-ID" },
    { "all", 'a', NULL, "all that match, not the first only" },
    RECORD_FILTERS,
    { 0 },
};

const struct cmd cmd_cat = {
    .name = "cat",
    .operands = "PATH...",
    .summary = "write a record, its headers or its payload",
    .details =
        "The first record that matches is written; with --all each one.  A\n"
        "payload is the block without HTTP head and transfer-coding, still in\n"
        "its content-coding unless --decode is given.  The segments of a\n"
        "segmented record are joined when they follow in the same inputs.",
    .options = options,
    .min = 1,
    .max = -1,
    .run = run,
};
