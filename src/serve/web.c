/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /web/<time>id_/<url>: a capture as it was.  Status and body as stored
 * (without transfer-coding, still content-encoded), the captured head as
 * X-Archive-Orig-*; what is not the exact time goes to the nearest capture.
 *
 * Captured pages are not ours: "sandbox" gives them an origin of their own and
 * no scripts, so that looking at one cannot reach this server's pages.
 */
#include "web.h"

#include <dateline/time.h>
#include <dateline/url.h>
#include <dateline/view.h>

#include <stdio.h>
#include <stdlib.h>

#define MAX_HEADERS ((size_t)32 << 10) /* of the captured head, passed on */

/* ---- what is asked for --------------------------------------------------- */

/* What does not begin with a time, a form or "*" is a URL, its latest capture
 * meant. */
static bool read_target(struct dtl_slice target, struct wanted *out)
{
    struct dtl_slice rest = dtl_sub(target, strlen("/web/"), target.len);
    size_t digits = 0, pos;

    while (digits < rest.len && rest.ptr[digits] >= '0' &&
           rest.ptr[digits] <= '9')
        digits++;
    *out = (struct wanted){ .url = rest };
    pos = digits + dtl_form_read(dtl_sub(rest, digits, rest.len), &out->form);
    if (pos == digits && dtl_starts(dtl_sub(rest, pos, rest.len), "*"))
        pos++;
    if (pos > 0 && pos < rest.len && rest.ptr[pos] == '/') {
        out->time = dtl_sub(rest, 0, digits);
        out->url = dtl_sub(rest, pos + 1, rest.len);
    } else {
        out->form = DTL_FORM_PAGE;
    }
    return out->url.len > 0 && out->time.len <= 14;
}

void put_memento(struct dtl_buf *out, int64_t time, enum dtl_form form,
                 struct dtl_slice url)
{
    char digits[DTL_TIME_14];

    dtl_time_14(time, digits);
    dtl_buf_printf(out, "/web/%s%s/", digits, dtl_form_name(form));
    dtl_buf_slice(out, url);
}

int web_nearest(struct request *r, const struct wanted *w,
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

enum MHD_Result web_go_to(struct request *r, const struct dtl_capture *c,
                          const struct wanted *w)
{
    struct dtl_buf path = { .max = 16384 };
    enum MHD_Result rc;

    put_memento(&path, c->time, w->form, w->url);
    rc = path.failed
             ? reply_text(r, MHD_HTTP_BAD_REQUEST, "this URL is too long")
             : reply_redirect(r, MHD_HTTP_FOUND, "", dtl_buf_view(&path));
    dtl_buf_free(&path);
    return rc;
}

/* ---- as captured --------------------------------------------------------- */

/* Declared but not applied: passing it on would break the client. */
static bool coding_holds(struct request *r, struct message *m)
{
    struct dtl_http probe = m->head;
    struct dtl_slice out;

    probe.flags = 0;
    return dtl_http_decode(r->context->decoder, &probe, m->first, 1024, &out,
                           NULL) == DTL_OK &&
           (probe.flags & DTL_HTTP_FALSE_CODING) == 0;
}

void web_add_coding(struct request *r, struct MHD_Response *response,
                    struct message *m)
{
    struct dtl_slice coding = message_field(m, "content-encoding");

    if (coding.len > 0 && coding_holds(r, m))
        add_header(response, "Content-Encoding", coding);
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

/* A redirect leads to the capture of its target, never to the live web. */
static void add_location(struct request *r, struct MHD_Response *response,
                         const struct dtl_capture *c, const struct message *m)
{
    struct dtl_slice location = message_field(m, "location"), target;
    struct dtl_buf path = { .max = 16384 };

    if (location.len == 0)
        return;
    target = dtl_url_resolve(r->context->arena, c->url, location);
    if (target.len == 0)
        return;
    put_memento(&path, c->time, DTL_FORM_RAW, target);
    if (!path.failed)
        add_header(response, "Location", dtl_buf_view(&path));
    dtl_buf_free(&path);
}

static void add_ours(struct request *r, struct MHD_Response *response,
                     const struct dtl_capture *c, struct message *m)
{
    struct dtl_slice type =
        m->is_http ? message_field(m, "content-type") : m->type;

    if (type.len > 0)
        add_header(response, "Content-Type", type);
    web_add_coding(r, response, m);
    add_location(r, response, c, m);
    add_memento(r, response, c, DTL_FORM_RAW);
    MHD_add_response_header(
        response, "Content-Security-Policy",
        "sandbox; default-src 'self' data: blob: 'unsafe-inline'");
    MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
}

/* ---- the body ------------------------------------------------------------ */

/* What follows the first part of a large body. */
struct rest {
    struct context *context;
    struct message message;
};

static int next_piece(void *self, struct dtl_buf *out, struct dtl_error *err)
{
    struct rest *rest = self;

    return message_more(rest->context, &rest->message, out, err);
}

/* Sent while it is read.  How large it is tells how long it may take. */
static struct MHD_Response *large_body(struct request *r,
                                       const struct message *m)
{
    struct rest *rest = malloc(sizeof *rest);
    struct source source = { next_piece, free, rest };

    if (rest == NULL)
        return NULL;
    *rest = (struct rest){ r->context, *m };
    return stream_response(r, &source, m->first, m->length);
}

struct MHD_Response *web_body(struct request *r, const struct message *m)
{
    if (m->more)
        return large_body(r, m);
    /* Copied, so that a slow client does not hold the context. */
    return MHD_create_response_from_buffer(
        m->first.len, (void *)(uintptr_t)m->first.ptr, MHD_RESPMEM_MUST_COPY);
}

bool web_has_body(unsigned status)
{
    return status != 204 && status != 205 && status != 304;
}

unsigned web_status(const struct message *m)
{
    int status = m->is_http ? m->head.status : 200;

    if (status < 200 || status > 599) /* no final status was captured */
        status = 200;
    return (unsigned)status;
}

static enum MHD_Result send_capture(struct request *r,
                                    const struct dtl_capture *c,
                                    struct message *m)
{
    unsigned status = web_status(m);
    struct MHD_Response *response;

    if (!web_has_body(status)) {
        m->first.len = 0;
        m->more = false;
    }
    response = web_body(r, m);
    if (response == NULL)
        return reply_busy(r);
    add_original(response, m);
    add_ours(r, response, c, m);
    return send_response(r, status, NULL, response);
}

enum MHD_Result route_web(struct request *r)
{
    struct message m;
    struct dtl_capture c;
    struct dtl_error err;
    struct wanted w;
    char time[DTL_TIME_14];

    if (!read_target(r->target, &w))
        return reply_text(r, MHD_HTTP_BAD_REQUEST,
                          "/web/<time>id_/<url>, the time of up to 14 digits");
    if (w.time.len == 0 && !dtl_starts(w.url, "-/"))
        return timegate(r, &w);
    /* A captured service worker would answer for pages yet to be opened. */
    if (MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND,
                                    "Service-Worker") != NULL &&
        !dtl_starts(w.url, "-/"))
        return reply_text(r, MHD_HTTP_FORBIDDEN,
                          "captured service workers are not replayed");
    if (w.form != DTL_FORM_RAW)
        return send_replay(r, &w);
    if (web_nearest(r, &w, &c, &err) != DTL_OK)
        return reply_error(r, &err);
    dtl_time_14(c.time, time);
    if (!dtl_equal(w.time, dtl_str(time)))
        return web_go_to(r, &c, &w);
    if (message_read(r->context, &c, &m, &err) != DTL_OK)
        return reply_error(r, &err);
    return send_capture(r, &c, &m);
}
