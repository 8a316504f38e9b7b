/* SPDX-License-Identifier: Apache-2.0 */
/* /api/v1: what was said, when and where, how it changed, and the proof. */
#include "api.h"

#include <dateline/cite.h>
#include <dateline/export.h>
#include <dateline/trace.h>
#include <dateline/versions.h>

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_RESULTS 1000 /* articles of a trace */

static int no_memory(struct dtl_error *err)
{
    return dtl_fail(err, DTL_NOMEM, 0, "out of memory for an answer");
}

/* ---- trace --------------------------------------------------------------- */

/* The body of a POST: a text, or JSON that has one. */
static int posted_text(struct request *r, struct dtl_slice *out,
                       struct dtl_error *err)
{
    const char *type = MHD_lookup_connection_value(
        r->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_TYPE);
    json_t *body, *text;

    *out = dtl_buf_view(&r->body);
    if (!dtl_starts_nocase(dtl_str(type), "application/json"))
        return DTL_OK;
    body = json_loadb((const char *)r->body.ptr, r->body.len, JSON_ALLOW_NUL,
                      NULL);
    text = json_object_get(body, "text");
    if (json_is_string(text))
        *out = dtl_arena_dup(
            r->context->arena,
            dtl_slice_of(json_string_value(text), json_string_length(text)));
    else
        *out = dtl_str("");
    json_decref(body);
    if (out->len > 0)
        return DTL_OK;
    return dtl_fail(err, DTL_INVALID, 0,
                    "the body is no {\"text\": \"...\"} with a text");
}

static int read_asked(struct request *r, struct dtl_trace_query *q,
                      struct dtl_error *err)
{
    struct dtl_slice text = param(r, "q");
    int rc = DTL_OK;

    if (r->is_post)
        rc = posted_text(r, &text, err);
    if (rc == DTL_OK && dtl_trim(text).len == 0)
        rc = dtl_fail(err, DTL_INVALID, 0, "the parameter q is needed");
    if (rc != DTL_OK)
        return rc;
    return dtl_trace_ask(r->context->store, dtl_trim(text), r->context->arena,
                         q, err);
}

enum MHD_Result route_trace(struct request *r)
{
    struct dtl_trace_query q = { 0 };
    struct dtl_sightings seen = { 0 };
    struct dtl_buf b = { 0 };
    struct dtl_json j = { .out = &b };
    struct dtl_error err;
    uint64_t limit;

    if (!param_count(r, "limit", 200, MOST_RESULTS, &limit, &err) ||
        read_asked(r, &q, &err) != DTL_OK)
        return reply_error(r, &err);
    q.limit = (uint32_t)limit;
    if (dtl_trace_seen(r->context->store, &q, r->context->arena, &seen, &err) !=
        DTL_OK)
        return reply_error(r, &err);
    if (dtl_trace_json(&seen, &j, &err) != DTL_OK) {
        dtl_buf_free(&b);
        return reply_error(r, &err);
    }
    return reply_json(r, &b);
}

/* ---- one article --------------------------------------------------------- */

/* The capture that url and timestamp name. */
static int asked_capture(struct request *r, struct dtl_capture *out,
                         struct dtl_ref *ref, struct dtl_error *err)
{
    struct dtl_slice url;
    int64_t when;

    if (!param_needed(r, "url", &url, err) ||
        !param_time(r, "timestamp", false, &when, err))
        return DTL_INVALID;
    return dtl_store_nearest(r->context->store, url, when, r->context->arena,
                             out, ref, err);
}

enum MHD_Result route_show(struct request *r)
{
    struct context *x = r->context;
    struct dtl_capture c, original;
    struct dtl_article_row row;
    struct dtl_buf b = { 0 };
    struct dtl_error err;
    struct dtl_ref ref;
    int rc = asked_capture(r, &c, &ref, &err);

    if (rc == DTL_OK)
        rc = dtl_replay_original(x->replay, &c, x->arena, &original,
                                 &ref.segment, &err);
    if (rc == DTL_OK && original.article == DTL_NO_ARTICLE)
        rc = dtl_fail(&err, DTL_NOTFOUND, 0, "this capture has no article");
    ref.ordinal = original.article;
    if (rc == DTL_OK)
        rc = dtl_store_article(x->store, ref, x->arena, &row, &err);
    if (rc != DTL_OK)
        return reply_error(r, &err);
    dtl_article_row_json(&row, &b);
    return reply_json(r, &b);
}

/* ---- versions ------------------------------------------------------------ */

static int versions_json(const struct dtl_history *h, struct dtl_json *j,
                         struct dtl_error *err)
{
    dtl_json_object(j);
    dtl_json_key(j, "versions");
    dtl_json_array(j);
    for (size_t i = 0; i < h->count; i++) {
        struct dtl_change change;
        int rc = i > 0 ? dtl_version_change(h, i, &change, err) : DTL_OK;

        if (rc != DTL_OK)
            return rc;
        dtl_version_json(h, i, i > 0 ? &change : NULL, j);
    }
    dtl_json_end(j);
    dtl_json_key(j, "captures_without_article");
    dtl_json_uint(j, h->passed_over);
    dtl_json_end(j);
    return DTL_OK;
}

enum MHD_Result route_versions(struct request *r)
{
    struct dtl_query q = { 0 };
    struct dtl_history h = { 0 };
    struct dtl_buf b = { 0 };
    struct dtl_json j = { .out = &b };
    struct dtl_error err;

    if (!param_needed(r, "url", &q.url, &err) ||
        !param_time(r, "from", false, &q.from, &err) ||
        !param_time(r, "to", true, &q.to, &err))
        return reply_error(r, &err);
    if (dtl_versions(r->context->store, &q, r->context->arena, &h, &err) !=
            DTL_OK ||
        versions_json(&h, &j, &err) != DTL_OK) {
        dtl_buf_free(&b);
        return reply_error(r, &err);
    }
    return reply_json(r, &b);
}

/* ---- proof --------------------------------------------------------------- */

static void line(struct dtl_buf *b, const char *name, struct dtl_slice value)
{
    if (value.len == 0)
        return;
    dtl_buf_printf(b, "%-10s ", name);
    for (size_t i = 0; i < value.len; i++)
        dtl_buf_byte(b, value.ptr[i] < 0x20 ? ' ' : value.ptr[i]);
    dtl_buf_byte(b, '\n');
}

static void cite_text(const struct dtl_evidence *e, struct dtl_buf *b)
{
    char text[80] = "sha256:", iso[DTL_TIME_ISO];

    dtl_time_iso(e->time, iso);
    line(b, "title", e->title);
    line(b, "url", e->url);
    line(b, "captured", dtl_str(iso));
    if (e->has_text) {
        dtl_hex(dtl_slice_of(e->text_hash, 32), text + 7);
        line(b, "text", dtl_str(text));
    }
    for (size_t i = 0; i < e->nrecords; i++) {
        dtl_buf_byte(b, '\n');
        line(b, "record", dtl_str(dtl_cited_role_name(e->records[i].role)));
        line(b, "id", e->records[i].record_id);
        line(b, "payload", e->records[i].payload_declared);
        line(b, "block", e->records[i].block_declared);
    }
    if (e->has_text) {
        dtl_buf_byte(b, '\n');
        dtl_buf_slice(b, e->text);
        dtl_buf_byte(b, '\n');
    }
}

/* The file is written, opened and forgotten: what is sent has no name. */
static int wacz_file(struct dtl_cite *c, int *fd, uint64_t *size,
                     struct dtl_error *err)
{
    const char *tmp = getenv("TMPDIR");
    char dir[4096], path[4120];
    struct dtl_wacz_options o = { 0 };
    struct stat st;
    int rc;

    *fd = -1;
    if (snprintf(dir, sizeof dir, "%s/dateline-XXXXXX",
                 tmp != NULL && tmp[0] != '\0' ? tmp : "/tmp") >=
            (int)sizeof dir ||
        mkdtemp(dir) == NULL)
        return dtl_fail(err, DTL_IO, 0, "no folder for a WACZ");
    snprintf(path, sizeof path, "%s/proof.wacz", dir);
    rc = dtl_cite_wacz(c, path, &o, err);
    if (rc == DTL_OK) {
        *fd = open(path, O_RDONLY | O_CLOEXEC);
        if (*fd < 0 || fstat(*fd, &st) != 0)
            rc = dtl_fail(err, DTL_IO, 0, "the WACZ cannot be read again");
        else
            *size = (uint64_t)st.st_size;
    }
    unlink(path);
    rmdir(dir);
    if (rc != DTL_OK && *fd >= 0) {
        close(*fd);
        *fd = -1;
    }
    return rc;
}

static enum MHD_Result send_wacz(struct request *r, struct dtl_cite *c)
{
    struct MHD_Response *response;
    struct dtl_error err;
    uint64_t size;
    int fd;

    if (wacz_file(c, &fd, &size, &err) != DTL_OK)
        return reply_error(r, &err);
    response = MHD_create_response_from_fd64(size, fd);
    if (response == NULL) {
        close(fd);
        return MHD_NO;
    }
    add_safety(r, response, NULL);
    MHD_add_response_header(response, "Content-Disposition",
                            "attachment; filename=\"proof.wacz\"");
    return send_response(r, MHD_HTTP_OK, "application/wacz", response);
}

enum MHD_Result route_cite(struct request *r)
{
    static const char *const formats[] = { "json", "text", "wacz", NULL };
    struct dtl_cite *cite = NULL;
    struct dtl_capture c;
    struct dtl_error err;
    struct dtl_ref ref;
    struct dtl_buf b = { 0 };
    struct dtl_json j = { .out = &b };
    enum MHD_Result answer;
    int format;

    if (!param_word(r, "format", formats, &format, &err) ||
        asked_capture(r, &c, &ref, &err) != DTL_OK ||
        dtl_cite_open(r->context->store, &c, ref.segment, &cite, &err) !=
            DTL_OK)
        return reply_error(r, &err);
    if (format == 2) {
        answer = send_wacz(r, cite);
    } else if (format == 1) {
        cite_text(dtl_cite_evidence(cite), &b);
        answer = reply(r, MHD_HTTP_OK, "text/plain; charset=utf-8", &b);
    } else {
        dtl_cite_json(cite, &j);
        answer = reply_json(r, &b);
    }
    dtl_cite_close(cite);
    return answer;
}

/* ---- export -------------------------------------------------------------- */

static int next_row(void *self, struct dtl_buf *out, struct dtl_error *err)
{
    return dtl_export_next(self, out, err);
}

static void close_export(void *self)
{
    dtl_export_close(self);
}

/* A parameter that is a string in the context's arena; NULL when absent. */
static const char *text_param(struct request *r, const char *name)
{
    struct dtl_slice value = param(r, name);

    return value.len > 0
               ? (const char *)dtl_arena_dup(r->context->arena, value).ptr
               : NULL;
}

/* Lists, each of values of which any will do. */
static bool read_lists(struct request *r, struct dtl_selection *s)
{
    s->sites = param_all(r, "site", &s->nsites);
    s->languages = param_all(r, "lang", &s->nlanguages);
    s->page_types = param_all(r, "type", &s->npage_types);
    s->sections = param_all(r, "section", &s->nsections);
    s->stories = param_all(r, "story", &s->nstories);
    return s->sites != NULL && s->languages != NULL && s->page_types != NULL &&
           s->sections != NULL && s->stories != NULL;
}

static bool read_urls(struct request *r, struct dtl_selection *s,
                      struct dtl_error *err)
{
    struct dtl_url_match *one;
    struct dtl_query q;

    if (param(r, "url").len == 0)
        return true;
    if (!param_query(r, &q, err))
        return false;
    one = dtl_arena_calloc(r->context->arena, 1, sizeof *one);
    if (one == NULL)
        return false;
    one->url = (const char *)dtl_arena_dup(r->context->arena, q.url).ptr;
    one->match = q.match;
    s->urls = one;
    s->nurls = one->url != NULL;
    return true;
}

static bool read_selection(struct request *r, struct dtl_selection *s,
                           struct dtl_error *err)
{
    static const char *const dedupes[] = { "none", "text", "story", NULL };
    int dedupe;

    *s = (struct dtl_selection){ .words = text_param(r, "words"),
                                 .passage = text_param(r, "trace") };
    if (!read_lists(r, s)) {
        no_memory(err);
        return false;
    }
    if (!read_urls(r, s, err) ||
        !param_word(r, "dedupe", dedupes, &dedupe, err) ||
        !param_time(r, "from", false, &s->from, err) ||
        !param_time(r, "to", true, &s->to, err) ||
        !param_time(r, "publishedFrom", false, &s->published_from, err) ||
        !param_time(r, "publishedTo", true, &s->published_to, err) ||
        !param_count(r, "sample", 0, UINT64_MAX, &s->sample, err) ||
        !param_count(r, "seed", 0, UINT64_MAX, &s->seed, err) ||
        !param_count(r, "limit", 0, UINT64_MAX, &s->limit, err))
        return false;
    s->dedupe = (enum dtl_dedupe)dedupe;
    return true;
}

enum MHD_Result route_export(struct request *r)
{
    struct source source = { next_row, close_export, NULL };
    const char *name = text_param(r, "format");
    const struct dtl_export_format *format =
        dtl_export_format_find(name != NULL ? name : "jsonl");
    struct dtl_export_options options = { .store = r->server->store };
    struct dtl_selection selection;
    struct dtl_export *x;
    struct dtl_error err;

    if (format == NULL || format->directory)
        return reply_text(r, MHD_HTTP_BAD_REQUEST,
                          "format is none that can be streamed");
    options.format = format->name;
    if (!read_selection(r, &selection, &err) ||
        dtl_export_open(r->context->store, &selection, &options, &x, &err) !=
            DTL_OK)
        return reply_error(r, &err);
    source.self = x;
    return reply_stream(r, format->media_type, &source);
}
