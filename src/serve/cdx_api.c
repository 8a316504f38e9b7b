/* SPDX-License-Identifier: Apache-2.0 */
/* /cdx: the store's CDX query engine behind HTTP, line by line while it runs.
 */
#include "serve.h"

#include <dateline/cdxserver.h>

#include <stdlib.h>

#define PIECE      ((size_t)32 << 10)
#define MAX_PARAMS 64

struct dump {
    struct dtl_server *server;
    struct context *context;
    struct dtl_cdx_query *query;
    struct dtl_buf out; /* made and not yet sent: from `sent` on */
    size_t sent;
    bool done;
};

static void dump_free(void *closure)
{
    struct dump *d = closure;

    dtl_cdx_query_close(d->query);
    context_release(d->server, d->context);
    dtl_buf_free(&d->out);
    free(d);
}

/* Fill `out` with a piece; false when the query fails. */
static bool fill(struct dump *d, struct dtl_error *err)
{
    while (!d->done && d->out.len < PIECE) {
        int rc = dtl_cdx_query_next(d->query, &d->out, err);

        if (rc == DTL_END)
            d->done = true;
        else if (rc != DTL_OK)
            return false;
        if (d->out.failed) {
            dtl_fail(err, DTL_NOMEM, 0, "out of memory for an answer");
            return false;
        }
    }
    return true;
}

static ssize_t more(void *closure, uint64_t pos, char *to, size_t max)
{
    struct dump *d = closure;
    struct dtl_error err;
    size_t n;

    (void)pos;
    if (d->sent == d->out.len) {
        dtl_buf_clear(&d->out);
        d->sent = 0;
        if (!fill(d, &err))
            return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    n = d->out.len - d->sent;
    if (n == 0)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (n > max)
        n = max;
    memcpy(to, d->out.ptr + d->sent, n);
    d->sent += n;
    return (ssize_t)n;
}

struct params {
    struct dtl_field fields[MAX_PARAMS];
    size_t n;
};

static enum MHD_Result take_param(void *closure, enum MHD_ValueKind kind,
                                  const char *name, size_t name_len,
                                  const char *value, size_t value_len)
{
    struct params *p = closure;

    (void)kind;
    if (p->n == MAX_PARAMS)
        return MHD_NO;
    p->fields[p->n].name = dtl_slice_of(name, name_len);
    p->fields[p->n].value = dtl_slice_of(value, value != NULL ? value_len : 0);
    p->n++;
    return MHD_YES;
}

/* A short answer is sent with its length, at once; its context is free again
 * before a slow client has read it. */
static enum MHD_Result send_dump(struct request *r, struct dump *d)
{
    const char *type = dtl_cdx_query_type(d->query);
    struct MHD_Response *response;
    enum MHD_Result rc;

    if (d->done) {
        rc = reply(r, MHD_HTTP_OK, type, &d->out);
        dump_free(d);
        return rc;
    }
    d->context = context_keep(r);
    response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, PIECE, more,
                                                 d, dump_free);
    if (response == NULL) {
        dump_free(d);
        return MHD_NO;
    }
    MHD_add_response_header(response, "Content-Type", type);
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    rc = MHD_queue_response(r->connection, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    return rc;
}

enum MHD_Result route_cdx(struct request *r)
{
    struct dump *d = calloc(1, sizeof *d);
    struct params params = { .n = 0 };
    struct dtl_error err;

    if (d == NULL)
        return MHD_NO;
    d->server = r->server;
    MHD_get_connection_values_n(r->connection, MHD_GET_ARGUMENT_KIND,
                                take_param, &params);
    if (dtl_cdx_query_open(r->context->store, params.fields, params.n,
                           &d->query, &err) != DTL_OK ||
        !fill(d, &err)) {
        dump_free(d);
        return reply_error(r, &err);
    }
    return send_dump(r, d);
}
