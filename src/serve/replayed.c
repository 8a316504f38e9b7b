/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /web/<time><form>/<url>: a capture made to work in the archive.  Pages lead
 * to the address of their exact time; what pages load is answered in place,
 * nearest to the time of the page, so that one page stays at one time.
 */
#include "web.h"

#include <dateline/time.h>
#include <dateline/url.h>

#include <stdlib.h>

#define PREFIX "/web/"

#define MAX_CODED   ((size_t)16 << 20) /* larger pages are not rewritten */
#define MAX_DECODED ((size_t)64 << 20)
#define AT_ONCE     ((size_t)256 << 10) /* larger ones while they are sent */
#define PIECE       ((size_t)64 << 10)
#define CANDIDATES  50 /* captures looked at for one that is no redirect */

static struct dtl_slice header(struct request *r, const char *name)
{
    return dtl_str(
        MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name));
}

static bool is_document(enum dtl_form form)
{
    return form == DTL_FORM_PAGE || form == DTL_FORM_FRAME;
}

/* ---- the scripts of replay ------------------------------------------------
 */

static enum MHD_Result send_script(struct request *r, struct dtl_slice name)
{
    struct dtl_replay_asset a;
    struct MHD_Response *response;
    bool known;

    if (!dtl_replay_asset(name, &a))
        return reply_text(r, MHD_HTTP_NOT_FOUND, "no such script");
    known = dtl_find(header(r, "If-None-Match"), dtl_str(a.tag), 0) != SIZE_MAX;
    response = MHD_create_response_from_buffer(known ? 0 : a.bytes.len,
                                               (void *)(uintptr_t)a.bytes.ptr,
                                               MHD_RESPMEM_PERSISTENT);
    if (response == NULL)
        return MHD_NO;
    MHD_add_response_header(response, "ETag", a.tag);
    MHD_add_response_header(response, "Cache-Control", "no-cache");
    MHD_add_response_header(response, "Service-Worker-Allowed", PREFIX);
    /* The service worker itself asks for nothing but this server. */
    MHD_add_response_header(response, "Content-Security-Policy",
                            "default-src 'self'");
    return send_response(r, known ? MHD_HTTP_NOT_MODIFIED : MHD_HTTP_OK,
                         "text/javascript; charset=utf-8", response);
}

/* ---- what is not there -----------------------------------------------------
 */

static struct dtl_rewrite_options options_of(struct request *r,
                                             const struct wanted *w)
{
    struct dtl_slice dest = header(r, "Sec-Fetch-Dest");

    return (struct dtl_rewrite_options){
        .prefix = dtl_str(PREFIX),
        .url = w->url,
        .ui = dtl_str(r->host->main_url),
        .form = w->form,
        .worker = dtl_ends(dest, "worker"),
    };
}

static enum MHD_Result send_missing(struct request *r, const struct wanted *w)
{
    struct dtl_rewrite_options o = options_of(r, w);
    struct MHD_Response *response;
    struct dtl_buf body = { 0 };

    if (!is_document(w->form))
        return reply_text(r, MHD_HTTP_NOT_FOUND,
                          "this URL was not captured in this store");
    dtl_replay_missing(&o, &body);
    response = body.failed ? NULL : response_of(&body);
    dtl_buf_free(&body);
    if (response == NULL)
        return MHD_NO;
    add_header(response, "Content-Security-Policy",
               dtl_str(dtl_replay_policy(o.ui, r->context->arena)));
    return send_response(r, MHD_HTTP_NOT_FOUND, "text/html; charset=utf-8",
                         response);
}

/* ---- redirects to oneself ---------------------------------------------------
 */

static bool is_redirect(int status)
{
    return status >= 300 && status < 400 && status != 304;
}

/* From http to https, say: the same key in the index, so that following it
 * would come back here. */
static bool leads_here(struct request *r, const struct dtl_capture *c,
                       const struct message *m)
{
    struct dtl_arena *a = r->context->arena;
    struct dtl_slice to = message_field(m, "location");

    if (!m->is_http || !is_redirect(m->head.status) || to.len == 0)
        return false;
    to = dtl_url_resolve(a, c->url, to);
    return to.len > 0 && dtl_equal(dtl_surt(a, to, DTL_SURT_WAYBACK),
                                   dtl_surt(a, c->url, DTL_SURT_WAYBACK));
}

/* The nearest one that is no redirect. */
static int nearest_page(struct request *r, const struct wanted *w,
                        struct dtl_capture *out, struct dtl_error *err)
{
    struct dtl_query q = { .url = w->url,
                           .from = DTL_NO_TIME,
                           .to = DTL_NO_TIME,
                           .closest = dtl_time_parse_14(w->time, false),
                           .sort = DTL_SORT_CLOSEST,
                           .limit = CANDIDATES };
    struct dtl_store *store = r->context->store;
    struct dtl_cursor *cursor;
    struct dtl_capture c;
    struct dtl_ref ref;
    int rc = dtl_query_open(store, &q, &cursor, err);

    if (rc != DTL_OK)
        return rc;
    while ((rc = dtl_query_next(cursor, &c, &ref, err)) == DTL_OK &&
           is_redirect(c.status))
        ;
    if (rc == DTL_OK)
        rc = dtl_store_capture_in(store, ref, r->context->arena, out, err);
    dtl_query_close(cursor);
    return rc == DTL_END ? DTL_NOTFOUND : rc;
}

static int read_capture(struct request *r, const struct wanted *w,
                        struct dtl_capture *c, struct message *m,
                        struct dtl_error *err)
{
    int rc = message_read(r->context, c, m, err);

    if (rc != DTL_OK || !leads_here(r, c, m))
        return rc;
    rc = nearest_page(r, w, c, err);
    return rc == DTL_OK ? message_read(r->context, c, m, err) : rc;
}

/* ---- the body
 * ---------------------------------------------------------------- */

/* A record that is no HTTP message has a type all the same. */
static void make_head(struct request *r, struct message *m)
{
    struct dtl_field *type =
        dtl_arena_calloc(r->context->arena, 1, sizeof *type);
    const uint8_t *end;
    struct dtl_slice mime = m->type;
    uint8_t *p;

    if (m->is_http || type == NULL)
        return;
    *type = (struct dtl_field){ dtl_str("Content-Type"), m->type };
    end = mime.len > 0 ? memchr(mime.ptr, ';', mime.len) : NULL;
    if (end != NULL)
        mime.len = (size_t)(end - mime.ptr);
    mime = dtl_arena_dup(r->context->arena, dtl_trim(mime));
    p = (uint8_t *)(uintptr_t)mime.ptr;
    for (size_t i = 0; p != NULL && i < mime.len; i++)
        p[i] = p[i] >= 'A' && p[i] <= 'Z' ? p[i] | 0x20 : p[i];
    m->head = (struct dtl_http){
        .status = 200, .fields = type, .nfields = 1, .mime = mime
    };
}

/* All of a large one, into the arena.  One over MAX_CODED is begun again, to
 * be sent as it is. */
static int read_rest(struct request *r, const struct dtl_capture *c,
                     struct message *m, struct dtl_error *err)
{
    struct dtl_buf all = { .max = MAX_CODED };
    int rc = DTL_OK;

    r->context->heavy = true;
    dtl_buf_slice(&all, m->first);
    while (rc == DTL_OK && !all.failed)
        rc = message_more(r->context, m, &all, err);
    if (all.failed) {
        rc = message_read(r->context, c, m, err);
        make_head(r, m);
    } else if (rc == DTL_END || rc == DTL_BAD_RECORD) {
        m->first = dtl_arena_dup(r->context->arena, dtl_buf_view(&all));
        m->more = false;
        rc = m->first.ptr != NULL
                 ? DTL_OK
                 : dtl_fail(err, DTL_NOMEM, 0, "no memory for this page");
    }
    dtl_buf_free(&all);
    return rc;
}

struct rewriting {
    struct dtl_rewrite *w;
    struct dtl_slice body;
    size_t pos;
};

static int next_piece(void *self, struct dtl_buf *out, struct dtl_error *err)
{
    struct rewriting *s = self;
    struct dtl_slice piece;
    int rc;

    if (s->pos == s->body.len)
        return DTL_END;
    piece = dtl_sub(s->body, s->pos, s->pos + PIECE);
    s->pos += piece.len;
    rc = dtl_rewrite_push(s->w, piece, s->pos == s->body.len, out, err);
    return rc;
}

static void rewriting_free(void *self)
{
    struct rewriting *s = self;

    dtl_rewrite_free(s->w);
    free(s);
}

static struct MHD_Response *rewritten_slowly(
    struct request *r, const struct dtl_rewrite_options *o,
    enum dtl_rewrite_kind kind, struct dtl_slice body)
{
    struct rewriting *s = calloc(1, sizeof *s);
    struct source source = { next_piece, rewriting_free, s };

    if (s == NULL)
        return NULL;
    s->body = body;
    if (dtl_rewrite_new(o, kind, &s->w, NULL) != DTL_OK) {
        rewriting_free(s);
        return NULL;
    }
    return stream_response(r, &source, dtl_str(""), UINT64_MAX);
}

static struct MHD_Response *rewritten(struct request *r,
                                      const struct dtl_rewrite_options *o,
                                      enum dtl_rewrite_kind kind,
                                      struct dtl_slice body)
{
    struct dtl_buf out = { 0 };
    struct MHD_Response *response = NULL;
    struct dtl_rewrite *w;

    if (body.len > AT_ONCE)
        return rewritten_slowly(r, o, kind, body);
    dtl_buf_reserve(&out, body.len + body.len / 2 + 2048);
    if (dtl_rewrite_new(o, kind, &w, NULL) == DTL_OK &&
        dtl_rewrite_push(w, body, true, &out, NULL) == DTL_OK)
        response = response_of(&out);
    dtl_rewrite_free(w);
    dtl_buf_free(&out);
    return response;
}

/* ---- the answer
 * --------------------------------------------------------------- */

static int prepare(struct request *r, const struct dtl_capture *c,
                   struct message *m, enum dtl_rewrite_kind *kind,
                   struct dtl_slice *body, struct dtl_error *err)
{
    int rc;

    *body = m->first;
    if (*kind == DTL_REWRITE_NONE)
        return DTL_OK;
    if (m->more && (rc = read_rest(r, c, m, err)) != DTL_OK)
        return rc;
    if (m->more) { /* too large: as it is, under the policy */
        *kind = DTL_REWRITE_NONE;
        return DTL_OK;
    }
    rc = dtl_http_decode(r->context->decoder, &m->head, m->first, MAX_DECODED,
                         body, err);
    if (rc != DTL_OK)
        return rc;
    return *kind == DTL_REWRITE_HTML
               ? dtl_rewrite_text(&m->head, *body, r->context->arena, body, err)
               : DTL_OK;
}

static void add_head(struct request *r, struct MHD_Response *response,
                     const struct dtl_capture *c, const struct message *m,
                     const struct dtl_rewrite_options *o,
                     enum dtl_rewrite_kind kind, struct dtl_slice body)
{
    struct dtl_field *fields;
    size_t n;

    if (dtl_rewrite_head(o, kind, &m->head, body, r->context->arena, &fields,
                         &n, NULL) != DTL_OK)
        return;
    for (size_t i = 0; i < n; i++)
        add_header(response, (const char *)fields[i].name.ptr, fields[i].value);
    add_links(r, response, c, o->form);
    MHD_add_response_header(response, "Vary", "Sec-Fetch-Dest");
    MHD_add_response_header(response, "Cache-Control",
                            is_document(o->form) ? "no-cache"
                                                 : "private, max-age=300");
}

static enum MHD_Result send_replayed(struct request *r,
                                     const struct dtl_capture *c,
                                     struct message *m,
                                     struct dtl_rewrite_options *o)
{
    unsigned status = web_status(m);
    enum dtl_rewrite_kind kind;
    struct MHD_Response *response;
    struct dtl_slice body;
    struct dtl_error err;

    make_head(r, m);
    kind = dtl_rewrite_kind_of(o->form, m->head.mime, m->first);
    if (!web_has_body(status))
        m->first.len = 0, m->more = false, kind = DTL_REWRITE_NONE;
    if (prepare(r, c, m, &kind, &body, &err) != DTL_OK)
        return reply_error(r, &err);
    o->xhtml = dtl_equal(m->head.mime, dtl_str("application/xhtml+xml"));
    response =
        kind == DTL_REWRITE_NONE ? web_body(r, m) : rewritten(r, o, kind, body);
    if (response == NULL)
        return MHD_NO;
    if (kind == DTL_REWRITE_NONE)
        web_add_coding(r, response, m);
    add_head(r, response, c, m, o, kind, body);
    return send_response(r, status, NULL, response);
}

enum MHD_Result send_replay(struct request *r, const struct wanted *w)
{
    struct dtl_rewrite_options o = options_of(r, w);
    char captured[DTL_TIME_14], asked[DTL_TIME_14];
    struct dtl_capture c;
    struct dtl_error err;
    struct message m;
    int rc;

    if (w->time.len == 0 && dtl_starts(w->url, "-/"))
        return send_script(r, dtl_sub(w->url, 2, w->url.len));
    rc = web_nearest(r, w, &c, &err);
    if (rc == DTL_NOTFOUND)
        return send_missing(r, w);
    if (rc != DTL_OK)
        return reply_error(r, &err);
    dtl_time_14(c.time, captured);
    if (w->time.len == 0 ||
        (is_document(w->form) && !dtl_equal(w->time, dtl_str(captured))))
        return web_go_to(r, &c, w);
    rc = read_capture(r, w, &c, &m, &err);
    if (rc == DTL_NOTFOUND)
        return send_missing(r, w);
    if (rc != DTL_OK)
        return reply_error(r, &err);
    dtl_time_14(c.time, captured);
    dtl_time_14(dtl_time_parse_14(w->time, false), asked);
    o.url = c.url;
    o.captured = captured;
    o.asked = asked;
    return send_replayed(r, &c, &m, &o);
}

/* ---- requests beside the prefix
 * ------------------------------------------------ */

enum MHD_Result send_stray(struct request *r)
{
    struct dtl_arena *arena = dtl_arena_new(1u << 20);
    struct dtl_slice to = { NULL, 0 };
    enum MHD_Result rc;

    if (arena != NULL)
        to = dtl_replay_stray(dtl_str(PREFIX), header(r, "Referer"),
                              dtl_form_of_dest(header(r, "Sec-Fetch-Dest")),
                              r->target, arena);
    rc = to.len > 0 ? reply_redirect(r, MHD_HTTP_TEMPORARY_REDIRECT, "", to)
                    : reply_text(r, MHD_HTTP_NOT_FOUND,
                                 "no such page among the archived ones");
    dtl_arena_free(arena);
    return rc;
}
