/* SPDX-License-Identifier: Apache-2.0 */
/* Answers: text, errors, redirections, and the headers that keep a browser
 * from doing with them what they are not for. */
#include "serve.h"

#include <stdio.h>

#define LONGEST_VALUE 8192 /* of a header */

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

void add_safety(struct request *r, struct MHD_Response *response)
{
    static const char *const always[][2] = {
        { "X-Content-Type-Options", "nosniff" },
        { "Referrer-Policy", "no-referrer" },
        { "Cross-Origin-Resource-Policy", "same-origin" },
        { "Cross-Origin-Opener-Policy", "same-origin" },
    };

    MHD_add_response_header(response, "Content-Security-Policy",
                            r->host != NULL ? r->host->page_policy
                                            : "default-src 'none'");
    for (size_t i = 0; i < sizeof always / sizeof always[0]; i++)
        MHD_add_response_header(response, always[i][0], always[i][1]);
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
    enum MHD_Result rc;

    if (response == NULL) {
        dtl_buf_free(body);
        return MHD_NO; /* closes the connection */
    }
    add_safety(r, response);
    MHD_add_response_header(response, "Content-Type", type);
    if (name != NULL)
        MHD_add_response_header(response, name, value);
    rc = MHD_queue_response(r->connection, status, response);
    MHD_destroy_response(response);
    return rc;
}

enum MHD_Result reply(struct request *r, unsigned status, const char *type,
                      struct dtl_buf *body)
{
    return reply_with(r, status, type, body, NULL, NULL);
}

enum MHD_Result reply_text(struct request *r, unsigned status, const char *fmt,
                           ...)
{
    struct dtl_buf body = { 0 };
    char text[600];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    dtl_buf_printf(&body, "%s\n", text);
    return reply(r, status, "text/plain; charset=utf-8", &body);
}

enum MHD_Result reply_method(struct request *r)
{
    static const char *const allowed[] = { "", "GET, HEAD", "POST",
                                           "GET, HEAD, POST" };
    struct dtl_buf body = { 0 };

    dtl_buf_printf(&body, "only %s here\n", allowed[r->route->methods]);
    return reply_with(r, MHD_HTTP_METHOD_NOT_ALLOWED,
                      "text/plain; charset=utf-8", &body, "Allow",
                      allowed[r->route->methods]);
}

enum MHD_Result reply_error(struct request *r, const struct dtl_error *err)
{
    static const struct {
        enum dtl_status status;
        unsigned code;
    } codes[] = {
        { DTL_NOTFOUND, MHD_HTTP_NOT_FOUND },
        { DTL_INVALID, MHD_HTTP_BAD_REQUEST },
        { DTL_LIMIT, MHD_HTTP_SERVICE_UNAVAILABLE },
    };

    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (codes[i].status == err->status)
            return reply_text(r, codes[i].code, "%s", err->text);
    return reply_text(r, MHD_HTTP_INTERNAL_SERVER_ERROR, "%s", err->text);
}

enum MHD_Result reply_redirect(struct request *r, unsigned status,
                               const char *origin, struct dtl_slice path)
{
    struct dtl_buf body = { 0 }, to = { .max = LONGEST_VALUE };
    struct MHD_Response *response;
    enum MHD_Result rc;

    dtl_buf_str(&to, origin);
    dtl_buf_slice(&to, path);
    if (to.failed || !fits_header(dtl_buf_view(&to))) {
        dtl_buf_free(&to);
        return reply_text(r, MHD_HTTP_BAD_REQUEST,
                          "this URL is too long, or no URL");
    }
    response = response_of(&body);
    if (response == NULL) {
        dtl_buf_free(&to);
        return MHD_NO;
    }
    add_header(response, "Location", dtl_buf_view(&to));
    dtl_buf_free(&to);
    rc = MHD_queue_response(r->connection, status, response);
    MHD_destroy_response(response);
    return rc;
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
