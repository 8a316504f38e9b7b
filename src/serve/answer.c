/* SPDX-License-Identifier: Apache-2.0 */
/* Answers: text, errors, redirections, and the headers that keep a browser
 * from doing with them what they are not for. */
#include "serve.h"

#include <dateline/json.h>
#include <stdio.h>
#include <stdlib.h>

#define LONGEST_VALUE 8192 /* of a header */

/* ---- headers ----------------------------------------------------------- */

static bool fits_header(struct dtl_slice v)
{
    for (size_t i = 0; i < v.len; i++)
        if (v.ptr[i] < 0x20 || v.ptr[i] == 0x7f)
            return false;
    return v.len < LONGEST_VALUE;
}

void add_header(struct MHD_Response *response, const char *name,
                struct dtl_slice value)
{
    char text[LONGEST_VALUE];

    if (!fits_header(value))
        return;
    memcpy(text, value.ptr != NULL ? (const char *)value.ptr : "", value.len);
    text[value.len] = '\0';
    MHD_add_response_header(response, name, text);
}

/* What is no page needs no leave to do anything. */
void add_safety(struct request *r, struct MHD_Response *response,
                const char *type)
{
    bool page = type != NULL && dtl_starts(dtl_str(type), "text/html");

    MHD_add_response_header(response, "Content-Security-Policy",
                            page && r->host != NULL ? r->host->page_policy
                                                    : "default-src 'none'");
    MHD_add_response_header(response, "Cross-Origin-Resource-Policy",
                            "same-origin");
    if (!page)
        return;
    MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
    MHD_add_response_header(response, "Cross-Origin-Opener-Policy",
                            "same-origin");
}

/* Pages of --allow-origin may read what is answered here. */
static void add_sharing(struct request *r, struct MHD_Response *response)
{
    MHD_add_response_header(response, "Access-Control-Allow-Origin",
                            r->server->allow_origin);
    MHD_add_response_header(response, "Access-Control-Expose-Headers",
                            "Content-Range, Link, Location, "
                            "Memento-Datetime, X-Archive-Orig-Date");
    MHD_add_response_header(response, "Vary", "Origin");
    MHD_del_response_header(response, "Cross-Origin-Resource-Policy",
                            "same-origin");
}

/* ---- sending ----------------------------------------------------------- */

enum MHD_Result send_response(struct request *r, unsigned status,
                              const char *type, struct MHD_Response *response)
{
    enum MHD_Result rc;

    if (type != NULL)
        MHD_add_response_header(response, "Content-Type", type);
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    if (r->cross_origin)
        add_sharing(r, response);
    if (r->at_work) { /* not a thread of the HTTP server's: kept for it */
        r->status = status;
        r->response = response;
        return MHD_YES;
    }
    rc = MHD_queue_response(r->connection, status, response);
    MHD_destroy_response(response);
    return rc;
}

struct MHD_Response *response_of(struct dtl_buf *body)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        body->len, body->ptr, MHD_RESPMEM_MUST_FREE);

    if (response != NULL)
        *body = (struct dtl_buf){ 0 };
    return response;
}

/* `name` may be NULL: no more headers. */
static enum MHD_Result reply_with(struct request *r, unsigned status,
                                  const char *type, struct dtl_buf *body,
                                  const char *name, const char *value)
{
    struct MHD_Response *response = body->failed ? NULL : response_of(body);

    if (response == NULL) {
        dtl_buf_free(body);
        return MHD_NO; /* closes the connection */
    }
    add_safety(r, response, type);
    if (name != NULL)
        MHD_add_response_header(response, name, value);
    return send_response(r, status, type, response);
}

enum MHD_Result reply(struct request *r, unsigned status, const char *type,
                      struct dtl_buf *body)
{
    return reply_with(r, status, type, body, NULL, NULL);
}

enum MHD_Result reply_json(struct request *r, struct dtl_buf *body)
{
    dtl_buf_byte(body, '\n');
    return reply(r, MHD_HTTP_OK, "application/json", body);
}

/* ---- what went wrong --------------------------------------------------- */

static const struct {
    enum dtl_status status;
    unsigned http;
} errors[] = {
    { DTL_NOTFOUND, MHD_HTTP_NOT_FOUND },
    { DTL_INVALID, MHD_HTTP_BAD_REQUEST },
    { DTL_LIMIT, MHD_HTTP_UNPROCESSABLE_CONTENT },
    { DTL_BUSY, MHD_HTTP_SERVICE_UNAVAILABLE },
    { DTL_DENIED, MHD_HTTP_UNAVAILABLE_FOR_LEGAL_REASONS },
};

/* What programs tell errors of the interface by. */
static const struct {
    unsigned http;
    const char *code;
} codes[] = {
    { MHD_HTTP_BAD_REQUEST, "bad-request" },
    { MHD_HTTP_UNAUTHORIZED, "unauthorized" },
    { MHD_HTTP_FORBIDDEN, "forbidden" },
    { MHD_HTTP_NOT_FOUND, "not-found" },
    { MHD_HTTP_METHOD_NOT_ALLOWED, "method-not-allowed" },
    { MHD_HTTP_CONTENT_TOO_LARGE, "too-large" },
    { MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "media-type" },
    { MHD_HTTP_MISDIRECTED_REQUEST, "unknown-host" },
    { MHD_HTTP_UNPROCESSABLE_CONTENT, "too-costly" },
    { MHD_HTTP_UNAVAILABLE_FOR_LEGAL_REASONS, "blocked" },
    { MHD_HTTP_SERVICE_UNAVAILABLE, "busy" },
};

static const char *code_of(unsigned http)
{
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (codes[i].http == http)
            return codes[i].code;
    return "failed";
}

/* One sentence, as JSON below /api/. */
static enum MHD_Result sentence(struct request *r, unsigned status,
                                const char *text, const char *name,
                                const char *value)
{
    bool json = dtl_starts(r->path, "/api/");
    struct dtl_buf body = { 0 };

    if (json) {
        struct dtl_json j = { .out = &body };

        dtl_json_object(&j);
        dtl_json_key(&j, "error");
        dtl_json_str(&j, text);
        dtl_json_key(&j, "code");
        dtl_json_str(&j, code_of(status));
        dtl_json_end(&j);
    } else {
        dtl_buf_str(&body, text);
    }
    dtl_buf_byte(&body, '\n');
    return reply_with(r, status,
                      json ? "application/json" : "text/plain; charset=utf-8",
                      &body, name, value);
}

enum MHD_Result reply_text(struct request *r, unsigned status, const char *fmt,
                           ...)
{
    char text[600];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return sentence(r, status, text, NULL, NULL);
}

enum MHD_Result reply_method(struct request *r)
{
    static const char *const allowed[] = { "", "GET, HEAD", "POST",
                                           "GET, HEAD, POST" };
    char text[60];

    snprintf(text, sizeof text, "only %s here", allowed[r->route->methods]);
    return sentence(r, MHD_HTTP_METHOD_NOT_ALLOWED, text, "Allow",
                    allowed[r->route->methods]);
}

enum MHD_Result reply_unknown(struct request *r)
{
    return sentence(r, MHD_HTTP_UNAUTHORIZED,
                    "a name and password of this server are needed",
                    "WWW-Authenticate",
                    "Basic realm=\"dateline\", charset=\"UTF-8\"");
}

enum MHD_Result reply_preflight(struct request *r)
{
    struct dtl_buf body = { 0 };
    struct MHD_Response *response = response_of(&body);

    if (response == NULL)
        return MHD_NO;
    MHD_add_response_header(response, "Access-Control-Allow-Methods",
                            "GET, HEAD, POST");
    MHD_add_response_header(response, "Access-Control-Allow-Headers",
                            "Accept-Datetime, Authorization, Content-Type, "
                            "Range");
    MHD_add_response_header(response, "Access-Control-Max-Age", "600");
    return send_response(r, MHD_HTTP_NO_CONTENT, NULL, response);
}

enum MHD_Result reply_error(struct request *r, const struct dtl_error *err)
{
    unsigned status = MHD_HTTP_INTERNAL_SERVER_ERROR;

    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
        if (errors[i].status == err->status)
            status = errors[i].http;
    return sentence(
        r, status, err->text,
        status == MHD_HTTP_SERVICE_UNAVAILABLE ? "Retry-After" : NULL, "1");
}

enum MHD_Result reply_busy(struct request *r)
{
    return sentence(r, MHD_HTTP_SERVICE_UNAVAILABLE,
                    "too many large answers at once", "Retry-After", "1");
}

enum MHD_Result reply_redirect(struct request *r, unsigned status,
                               const char *origin, struct dtl_slice path)
{
    struct dtl_buf body = { 0 }, to = { .max = LONGEST_VALUE };
    struct MHD_Response *response;

    dtl_buf_str(&to, origin);
    dtl_buf_slice(&to, path);
    if (to.failed || !fits_header(dtl_buf_view(&to))) {
        dtl_buf_free(&to);
        return reply_text(r, MHD_HTTP_BAD_REQUEST,
                          "this URL is too long, or no URL");
    }
    response = response_of(&body);
    if (response != NULL)
        add_header(response, "Location", dtl_buf_view(&to));
    dtl_buf_free(&to);
    return response != NULL ? send_response(r, status, NULL, response) : MHD_NO;
}

struct dtl_slice param(struct request *r, const char *name)
{
    const char *value = NULL;
    size_t len = 0;

    if (MHD_lookup_connection_value_n(r->connection, MHD_GET_ARGUMENT_KIND,
                                      name, strlen(name), &value,
                                      &len) != MHD_YES ||
        value == NULL)
        return dtl_slice_of(NULL, 0);
    return dtl_slice_of(value, len);
}
