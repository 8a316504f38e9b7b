/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /web/<time>id_/<url>: a capture as it was.  Status and body as stored
 * (without transfer-coding, still content-encoded), the captured head as
 * X-Archive-Orig-*; what is not the exact time goes to the nearest capture.
 *
 * Captured pages are not ours: "sandbox" gives them an origin of their own and
 * no scripts, so that looking at one cannot reach this server's pages.
 */
#include "serve.h"

#include <dateline/time.h>
#include <dateline/url.h>
#include <dateline/view.h>

#include <stdio.h>
#include <stdlib.h>

#define MAX_BODY    ((size_t)64 << 20)
#define MOST_BODIES ((size_t)1 << 20)   /* read at the first try */
#define COPIED      ((size_t)256 << 10) /* larger bodies are sent in place */
#define MAX_HEADERS ((size_t)32 << 10)  /* of the captured head, passed on */

struct wanted {
    struct dtl_slice time; /* digits, may be empty */
    bool raw;              /* "id_" is there */
    struct dtl_slice url;
};

/* Length of "id_", "if_", "im_" ... or "*" at `pos`, all before a '/';
 * SIZE_MAX for anything else. */
static size_t form_len(struct dtl_slice s, size_t pos)
{
    struct dtl_slice rest = dtl_sub(s, pos, s.len);

    if (dtl_starts(rest, "/"))
        return 0;
    if (dtl_starts(rest, "*/"))
        return 1;
    if (rest.len > 3 && rest.ptr[0] >= 'a' && rest.ptr[0] <= 'z' &&
        rest.ptr[1] >= 'a' && rest.ptr[1] <= 'z' && rest.ptr[2] == '_' &&
        rest.ptr[3] == '/')
        return 3;
    return SIZE_MAX;
}

/* What does not begin with a time or a form is a URL, its latest capture
 * meant; other forms of replay are led to this one. */
static bool read_target(struct dtl_slice target, struct wanted *out)
{
    struct dtl_slice rest = dtl_sub(target, strlen("/web/"), target.len);
    size_t pos = 0, form;

    while (pos < rest.len && rest.ptr[pos] >= '0' && rest.ptr[pos] <= '9')
        pos++;
    form = form_len(rest, pos);
    *out = (struct wanted){ .url = rest };
    if (form != SIZE_MAX && pos + form > 0) {
        out->time = dtl_sub(rest, 0, pos);
        out->raw = dtl_starts(dtl_sub(rest, pos, rest.len), "id_/");
        out->url = dtl_sub(rest, pos + form + 1, rest.len);
    }
    return out->url.len > 0 && out->time.len <= 14;
}

static int nearest(struct request *r, const struct wanted *w,
                   struct dtl_capture *out, struct dtl_error *err)
{
    struct dtl_ref ref;
    int rc = dtl_store_nearest(r->context->store, w->url,
                               dtl_time_parse_14(w->time, false),
                               r->context->arena, out, &ref, err);

    return rc == DTL_NOTFOUND
               ? dtl_fail(err, DTL_NOTFOUND, 0,
                          "this URL was not captured in this store")
               : rc;
}

static enum MHD_Result go_to(struct request *r, const struct dtl_capture *c,
                             struct dtl_slice url)
{
    struct dtl_buf path = { .max = 16384 };
    char time[DTL_TIME_14];
    enum MHD_Result rc;

    dtl_time_14(c->time, time);
    dtl_buf_printf(&path, "/web/%sid_/", time);
    dtl_buf_slice(&path, url);
    rc = path.failed
             ? reply_text(r, MHD_HTTP_BAD_REQUEST, "this URL is too long")
             : reply_redirect(r, MHD_HTTP_FOUND, "", dtl_buf_view(&path));
    dtl_buf_free(&path);
    return rc;
}

/* ---- the captured message
 * ------------------------------------------------------ */

struct message {
    struct dtl_http head;
    struct dtl_slice body; /* without transfer-coding */
    struct dtl_slice type; /* when the record is no HTTP message */
    bool is_http;
};

/* With `more`, another record is read after this one: keep a copy. */
static int read_message(struct request *r, const struct dtl_capture *c,
                        bool more, struct message *m, struct dtl_error *err)
{
    struct context *x = r->context;
    struct dtl_warc_record rec;
    struct dtl_slice block;
    int rc = dtl_replay_record(x->replay, c, MOST_BODIES, &rec, &block, err);

    if (rc == DTL_LIMIT && rec.content_length <= MAX_BODY) {
        x->heavy = true;
        rc = dtl_replay_record(x->replay, c, MAX_BODY, &rec, &block, err);
    }
    if (rc == DTL_LIMIT)
        return dtl_fail(err, DTL_FORMAT, 0,
                        "a body over %zu MiB: 'dateline cat' reads it",
                        MAX_BODY >> 20);
    if (rc != DTL_OK && rc != DTL_BAD_RECORD)
        return rc;
    if (more && (block = dtl_arena_dup(x->arena, block)).ptr == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "no memory for this body");
    m->type = dtl_arena_dup(x->arena, rec.content_type);
    m->body = block;
    if (rec.type != DTL_WARC_RESPONSE && rec.type != DTL_WARC_REVISIT)
        return DTL_OK;
    rc = dtl_http_parse(block, x->arena, &m->head, err);
    if (rc != DTL_OK)
        return rc;
    /* Some crawlers gave a response the type of its payload. */
    m->is_http = (c->flags & DTL_CAPTURE_NO_HTTP) == 0 ||
                 (m->head.flags & DTL_HTTP_NO_HEAD) == 0;
    if (!m->is_http)
        return DTL_OK;
    return dtl_http_payload(&m->head,
                            dtl_sub(block, m->head.head_len, block.len),
                            x->arena, &m->body, err);
}

/* A revisit has a head at best: the body is that of its original. */
static int resolve(struct request *r, const struct dtl_capture *c,
                   struct message *m, struct dtl_error *err)
{
    struct dtl_capture original;
    struct message whole = { 0 };
    bool revisit = (c->flags & DTL_CAPTURE_REVISIT) != 0;
    int rc = read_message(r, c, revisit, m, err);

    if (rc != DTL_OK || !revisit)
        return rc;
    rc = dtl_replay_original(r->context->replay, c, r->context->arena,
                             &original, NULL, err);
    if (rc == DTL_OK)
        rc = read_message(r, &original, false, &whole, err);
    if (rc != DTL_OK)
        return rc;
    if (m->head.status == 0 || m->head.status == 304)
        *m = whole;
    else
        m->body = whole.body;
    return DTL_OK;
}

/* Declared but not applied: passing it on would break the client. */
static bool coding_holds(struct request *r, struct message *m)
{
    struct dtl_http probe = m->head;
    struct dtl_slice out;

    probe.flags = 0;
    return dtl_http_decode(r->context->decoder, &probe, m->body, 1024, &out,
                           NULL) == DTL_OK &&
           (probe.flags & DTL_HTTP_FALSE_CODING) == 0;
}

static bool is_name(struct dtl_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] <= 0x20 || s.ptr[i] >= 0x7f ||
            strchr("\"(),/:;<=>?@[\\]{}", s.ptr[i]) != NULL)
            return false;
    return s.len > 0 && s.len < 100;
}

static void add_original(struct MHD_Response *response, struct message *m)
{
    size_t room = MAX_HEADERS;

    for (size_t i = 0; i < m->head.nfields; i++) {
        const struct dtl_field *f = &m->head.fields[i];
        char name[128];

        if (!is_name(f->name) || f->name.len + f->value.len + 20 > room)
            continue;
        room -= f->name.len + f->value.len + 20;
        snprintf(name, sizeof name, "X-Archive-Orig-%.*s", (int)f->name.len,
                 (const char *)f->name.ptr);
        add_header(response, name, f->value);
    }
}

static struct dtl_slice value_of(const struct message *m, const char *name)
{
    const struct dtl_field *f =
        dtl_field_find(m->head.fields, m->head.nfields, name);

    return f != NULL ? f->value : dtl_slice_of(NULL, 0);
}

/* A redirect leads to the capture of its target, never to the live web. */
static void add_location(struct request *r, struct MHD_Response *response,
                         const struct dtl_capture *c, const struct message *m)
{
    struct dtl_slice location = value_of(m, "location"), target;
    char time[DTL_TIME_14], *path;

    if (location.len == 0)
        return;
    target = dtl_url_resolve(r->context->arena, c->url, location);
    if (target.len == 0)
        return;
    dtl_time_14(c->time, time);
    path = dtl_arena_printf(r->context->arena, "/web/%sid_/%.*s", time,
                            (int)(target.len < 8000 ? target.len : 8000),
                            (const char *)target.ptr);
    if (path != NULL)
        add_header(response, "Location", dtl_str(path));
}

static void add_ours(struct request *r, struct MHD_Response *response,
                     const struct dtl_capture *c, struct message *m)
{
    struct dtl_slice type = m->is_http ? value_of(m, "content-type") : m->type;
    struct dtl_slice coding = value_of(m, "content-encoding");
    char time[DTL_TIME_HTTP], *link;

    if (type.len > 0)
        add_header(response, "Content-Type", type);
    if (coding.len > 0 && coding_holds(r, m))
        add_header(response, "Content-Encoding", coding);
    add_location(r, response, c, m);
    dtl_time_http(c->time, time);
    MHD_add_response_header(response, "Memento-Datetime", time);
    link = dtl_arena_printf(r->context->arena, "<%.*s>; rel=\"original\"",
                            (int)(c->url.len < 8000 ? c->url.len : 8000),
                            (const char *)c->url.ptr);
    if (link != NULL && memchr(c->url.ptr, '>', c->url.len) == NULL)
        add_header(response, "Link", dtl_str(link));
    MHD_add_response_header(
        response, "Content-Security-Policy",
        "sandbox; default-src 'self' data: blob: 'unsafe-inline'");
    MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
}

struct in_place {
    struct dtl_server *server;
    struct context *context;
};

static void sent(void *closure)
{
    struct in_place *p = closure;

    context_release(p->server, p->context);
    free(p);
}

/* Small bodies are copied, so that a slow client does not hold the context. */
static struct MHD_Response *body_response(struct request *r,
                                          struct dtl_slice body)
{
    void *bytes = (void *)(uintptr_t)body.ptr;
    struct MHD_Response *response;
    struct in_place *p;

    if (body.len <= COPIED)
        return MHD_create_response_from_buffer(body.len, bytes,
                                               MHD_RESPMEM_MUST_COPY);
    p = malloc(sizeof *p);
    if (p == NULL)
        return NULL;
    *p = (struct in_place){ r->server, r->context };
    response = MHD_create_response_from_buffer_with_free_callback_cls(
        body.len, bytes, sent, p);
    if (response == NULL)
        free(p);
    return response;
}

static enum MHD_Result send_capture(struct request *r,
                                    const struct dtl_capture *c,
                                    struct message *m)
{
    int status = m->is_http ? m->head.status : 200;
    struct MHD_Response *response;

    if (status < 200 || status > 599) /* no final status was captured */
        status = 200;
    if (status == 204 || status == 205 || status == 304)
        m->body.len = 0;
    response = body_response(r, m->body);
    if (response == NULL)
        return MHD_NO;
    add_original(response, m);
    add_ours(r, response, c, m);
    if (m->body.len > COPIED)
        context_keep(r); /* sent() gives it back */
    return send_response(r, (unsigned)status, NULL, response);
}

enum MHD_Result route_web(struct request *r)
{
    struct message m = { 0 };
    struct dtl_capture c;
    struct dtl_error err;
    struct wanted w;
    char time[DTL_TIME_14];

    if (!read_target(r->target, &w))
        return reply_text(r, MHD_HTTP_BAD_REQUEST,
                          "/web/<time>id_/<url>, the time of up to 14 digits");
    if (nearest(r, &w, &c, &err) != DTL_OK)
        return reply_error(r, &err);
    dtl_time_14(c.time, time);
    if (!w.raw || !dtl_equal(w.time, dtl_str(time)))
        return go_to(r, &c, w.url);
    if (resolve(r, &c, &m, &err) != DTL_OK)
        return reply_error(r, &err);
    return send_capture(r, &c, &m);
}
