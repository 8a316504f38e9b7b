/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Index lines straight from archives, as the indexers in use write them: what
 * is a line, its fields and their order agree with theirs.
 */
#include "lines.h"
#include "records.h"

#include <dateline/cdx.h>
#include <dateline/time.h>
#include <dateline/url.h>

#include <stdlib.h>

/* A body is read for its POST key up to this. */
#define POST_MAX ((size_t)64 << 10)

/* A record on its way to its line; all it holds is in `arena`. */
struct entry {
    struct dtl_arena *arena;
    struct dtl_cdx line;
    enum dtl_warc_type type;
    bool listed, used;
    struct dtl_slice uri, record_id, concurrent_to;
    struct dtl_slice method, content_type, body; /* of a request */
};

struct cdxj {
    struct records in;
    enum dtl_cdx_format format;
    bool all, post, sort;
    struct entry entries[2];
    unsigned turn;
    struct dtl_hasher *sha1;
    struct lines lines;
    struct dtl_buf out;
};

/* ---- one record ---------------------------------------------------------- */

static bool is_listed(const struct cdxj *c, const struct dtl_warc_record *rec)
{
    switch (rec->type) {
    case DTL_WARC_RESPONSE:
    case DTL_WARC_REVISIT: return true;
    case DTL_WARC_RESOURCE:
    case DTL_WARC_METADATA:
        return c->all || !dtl_equal(rec->content_type,
                                    dtl_str("application/warc-fields"));
    default: return c->all;
    }
}

static bool has_http(const struct dtl_warc_record *rec)
{
    return (rec->type == DTL_WARC_RESPONSE || rec->type == DTL_WARC_REQUEST ||
            rec->type == DTL_WARC_REVISIT) &&
           (dtl_starts_nocase(rec->uri, "http:") ||
            dtl_starts_nocase(rec->uri, "https:"));
}

/* "text/html; charset=x" -> "text/html"; absent stays absent. */
static struct dtl_slice media_type(struct dtl_slice s)
{
    size_t n = 0;

    while (n < s.len && s.ptr[n] != ';' && s.ptr[n] != ' ' &&
           (s.ptr[n] < '\t' || s.ptr[n] > '\r'))
        n++;
    return dtl_sub(s, 0, n);
}

static struct dtl_slice keep(struct entry *e, struct dtl_slice s)
{
    return s.ptr != NULL ? dtl_arena_dup(e->arena, s) : s;
}

/* A header that is not UTF-8 is Latin-1: so its key says the same letters. */
static struct dtl_slice keep_utf8(struct entry *e, struct dtl_slice s)
{
    struct dtl_buf b = { 0 };

    if (s.len == 0 || dtl_utf8_valid(s) == s.len)
        return keep(e, s);
    for (size_t i = 0; i < s.len; i++)
        dtl_buf_utf8(&b, s.ptr[i]);
    s = dtl_arena_dup(e->arena, dtl_buf_view(&b));
    dtl_buf_free(&b);
    return s;
}

static struct dtl_slice number(struct entry *e, uint64_t n)
{
    return dtl_str(dtl_arena_printf(e->arena, "%llu", (unsigned long long)n));
}

/* Of the body as stored, chunk framing and all: other indexers do so, and a
 * key to other indexes is what this digest is for. */
static int compute_digest(struct cdxj *c, struct entry *e,
                          struct dtl_slice first, struct dtl_error *err)
{
    char text[DTL_DIGEST_TEXT];
    struct dtl_digest digest;
    struct dtl_slice piece;
    int rc;

    if (c->sha1 == NULL) {
        rc = dtl_hasher_new(DTL_DIGEST_SHA1, &c->sha1, err);
        if (rc != DTL_OK)
            return rc;
    }
    dtl_hasher_add(c->sha1, first);
    while ((rc = dtl_warc_read(c->in.warc, &piece, err)) == DTL_OK)
        dtl_hasher_add(c->sha1, piece);
    dtl_hasher_finish(c->sha1, &digest);
    dtl_digest_text(&digest, text);
    e->line.digest = keep(e, dtl_str(text));
    return rc == DTL_END || rc == DTL_BAD_RECORD ? DTL_OK : rc;
}

static void take_http(struct entry *e, const struct dtl_http *h,
                      const struct dtl_warc_record *rec, struct dtl_slice block)
{
    const struct dtl_field *type =
        dtl_field_find(h->fields, h->nfields, "content-type");

    if (rec->type != DTL_WARC_REVISIT && type != NULL)
        e->line.mime = keep(e, media_type(type->value));
    if (rec->type != DTL_WARC_REQUEST && h->status > 0)
        e->line.status = dtl_str(dtl_arena_printf(e->arena, "%03d", h->status));
    if (rec->type != DTL_WARC_REQUEST)
        return;
    e->method = keep(e, h->method);
    if (type != NULL)
        e->content_type = keep(e, type->value);
    e->body = keep(e, dtl_sub(block, h->head_len, h->head_len + POST_MAX));
}

static int read_block(struct cdxj *c, struct entry *e,
                      const struct dtl_warc_record *rec, struct dtl_error *err)
{
    struct dtl_slice block = { NULL, 0 };
    struct dtl_http h = { 0 };
    bool wants_digest = e->listed && rec->payload_digest.len == 0 &&
                        rec->type != DTL_WARC_WARCINFO &&
                        rec->type != DTL_WARC_REVISIT;
    int rc;

    if (has_http(rec) && rec->content_length > 0) {
        rc = dtl_warc_block(c->in.warc, RECORD_MAX, &block, err);
        if (rc != DTL_OK && rc != DTL_LIMIT && rc != DTL_BAD_RECORD)
            return rc;
        rc = dtl_http_parse(block, e->arena, &h, err);
        if (rc != DTL_OK)
            return rc;
        take_http(e, &h, rec, block);
    }
    if (!wants_digest)
        return DTL_OK;
    return compute_digest(c, e, dtl_sub(block, h.head_len, block.len), err);
}

static int fill(struct cdxj *c, struct entry *e, struct dtl_warc_record *rec,
                struct dtl_error *err)
{
    const char *slash = strrchr(c->in.file, '/');
    char time[DTL_TIME_14];
    int rc;

    dtl_arena_reset(e->arena);
    *e = (struct entry){ .arena = e->arena,
                         .type = rec->type,
                         .used = true,
                         .listed = is_listed(c, rec) };
    if (!e->listed && !(c->post && rec->type == DTL_WARC_REQUEST))
        return DTL_OK;
    e->uri = keep_utf8(e, rec->uri);
    e->record_id = keep(e, rec->record_id);
    e->concurrent_to = keep(e, rec->concurrent_to);
    if (rec->uri.len > 0)
        e->line.url = e->uri;
    e->line.key = dtl_surt(e->arena, e->uri, DTL_SURT_WAYBACK);
    dtl_time_14(rec->time, time);
    e->line.time = keep(e, dtl_str(time[0] != '\0' ? time : "-"));
    if (rec->type == DTL_WARC_REVISIT)
        e->line.mime = dtl_str("warc/revisit");
    else if (!has_http(rec) && rec->type != DTL_WARC_RESPONSE &&
             rec->type != DTL_WARC_REQUEST && rec->content_type.len > 0)
        e->line.mime = keep(e, media_type(rec->content_type));
    if (rec->payload_digest.len > 0)
        e->line.digest = keep(e, rec->payload_digest);
    rc = read_block(c, e, rec, err);
    if (rc != DTL_OK)
        return rc;
    rc = dtl_warc_finish(c->in.warc, rec, err);
    if (rc != DTL_OK && rc != DTL_BAD_RECORD)
        return rc;
    e->line.length = number(e, rec->length);
    e->line.offset = number(e, rec->offset);
    e->line.filename = keep(e, dtl_str(slash != NULL ? slash + 1 : c->in.file));
    return rc;
}

/* ---- requests and their answers --------------------------------------------
 */

/* The pair as crawlers write it: side by side, the second naming the first. */
static bool belong(const struct entry *a, const struct entry *b)
{
    return ((a->type == DTL_WARC_REQUEST && b->type == DTL_WARC_RESPONSE) ||
            (a->type == DTL_WARC_RESPONSE && b->type == DTL_WARC_REQUEST)) &&
           a->uri.len > 0 && dtl_equal(a->uri, b->uri) &&
           b->concurrent_to.len > 0 &&
           dtl_equal(b->concurrent_to, a->record_id);
}

static int join(struct entry *req, struct entry *resp, struct dtl_error *err)
{
    struct dtl_slice url, query;
    int rc;

    if (!dtl_equal_nocase(req->method, dtl_str("POST")) &&
        !dtl_equal_nocase(req->method, dtl_str("PUT")))
        return DTL_OK;
    rc = dtl_cdx_post_url(req->uri, req->method, req->content_type, req->body,
                          resp->arena, &url, &query, err);
    if (rc != DTL_OK)
        return rc;
    resp->line.key = dtl_surt(resp->arena, url, DTL_SURT_WAYBACK);
    resp->line.body = query;
    resp->line.method = keep(resp, req->method);
    req->line.key = dtl_surt(req->arena, url, DTL_SURT_WAYBACK);
    return DTL_OK;
}

static int emit(struct cdxj *c, struct entry *e)
{
    int rc;

    e->used = false;
    if (!e->listed)
        return EXIT_FOUND;
    dtl_cdx_write(&c->out, &e->line, c->format);
    if (c->out.failed) {
        say("out of memory");
        return EXIT_MEMORY;
    }
    if (c->sort) {
        rc = lines_add(&c->lines, dtl_buf_view(&c->out));
        dtl_buf_clear(&c->out);
        return rc;
    }
    return c->out.len < (64 << 10) || flush(&c->out) ? EXIT_FOUND : EXIT_INPUT;
}

/* The entry just filled is entries[turn]; the other one may be waiting. */
static int pass_on(struct cdxj *c, struct dtl_error *err)
{
    struct entry *e = &c->entries[c->turn], *before = &c->entries[!c->turn];
    int code = EXIT_FOUND;

    if (!c->post)
        return emit(c, e);
    c->turn = !c->turn;
    if (!before->used || !belong(before, e))
        return before->used ? emit(c, before) : EXIT_FOUND;
    if (join(e->type == DTL_WARC_REQUEST ? e : before,
             e->type == DTL_WARC_REQUEST ? before : e, err) != DTL_OK)
        return complain(c->in.file, err);
    code = emit(c, before);
    return code == EXIT_FOUND ? emit(c, e) : code;
}

static int index_all(struct cdxj *c)
{
    struct dtl_warc_record rec;
    struct dtl_error err;
    int rc, code = EXIT_FOUND;

    while (code == EXIT_FOUND &&
           (rc = records_next(&c->in, &rec, &err)) != DTL_END) {
        if (rc == DTL_OK)
            rc = fill(c, &c->entries[c->turn], &rec, &err);
        else
            c->entries[c->turn].used = false;
        if (rc == DTL_BAD_RECORD) {
            complain(c->in.file, &err);
            c->in.code = EXIT_INPUT;
        } else if (rc != DTL_OK) {
            return complain(c->in.file, &err);
        }
        if (c->entries[c->turn].used)
            code = pass_on(c, &err);
    }
    if (code == EXIT_FOUND && c->post && c->entries[!c->turn].used)
        code = emit(c, &c->entries[!c->turn]);
    return code;
}

static int print_all(struct cdxj *c)
{
    int code;

    if (c->format != DTL_CDXJ)
        dtl_buf_printf(&c->out, "%s\n", dtl_cdx_header(c->format));
    if (c->sort && !flush(&c->out))
        return EXIT_INPUT;
    code = index_all(c);
    if (code == EXIT_FOUND && c->sort)
        code = lines_print(&c->lines);
    if (code == EXIT_FOUND && !flush(&c->out))
        code = EXIT_INPUT;
    return code;
}

static int run(const struct args *a)
{
    static const char *const formats[] = { "cdxj", "cdx11", "cdx9", NULL };
    struct cdxj c = { .all = arg_on(a, "all"),
                      .post = arg_on(a, "post"),
                      .sort = arg_on(a, "sort") };
    int format = arg_choice(a, "format", formats, "cdxj");
    int rc, code;

    if (format < 0)
        return EXIT_USAGE;
    c.format = (enum dtl_cdx_format)format;
    for (int i = 0; i < 2; i++)
        c.entries[i].arena = dtl_arena_new(0);
    rc = records_open(&c.in, operands(a), arg_count(a));
    if (rc == EXIT_FOUND && c.entries[0].arena != NULL &&
        c.entries[1].arena != NULL)
        rc = print_all(&c);
    code = records_close(&c.in);
    for (int i = 0; i < 2; i++)
        dtl_arena_free(c.entries[i].arena);
    dtl_hasher_free(c.sha1);
    lines_free(&c.lines);
    dtl_buf_free(&c.out);
    return rc != EXIT_FOUND ? rc : code;
}

static const struct opt options[] = {
    { "format", 'f', "FORMAT", "cdxj, cdx11 or cdx9" },
    { "sort", 's', NULL, "in key order, as index files must be" },
    { "all", 'a', NULL, "every record: requests, warcinfo and all" },
    { "post", 'p', NULL, "put the body of a POST or PUT into its key" },
    { 0 },
};

const struct cmd cmd_cdxj = {
    .name = "cdxj",
    .operands = "PATH...",
    .summary = "index lines of archives, without a store",
    .details =
        "One line for each response, revisit, resource and metadata record,\n"
        "with its SURT key by the Wayback rules.  The digest is the record's\n"
        "own; where it has none, the SHA-1 of the body as stored.  Damage is\n"
        "told on stderr and gives exit status 3.",
    .options = options,
    .min = 1,
    .max = -1,
    .run = run,
};
