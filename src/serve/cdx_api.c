/* SPDX-License-Identifier: Apache-2.0 */
/* /cdx: the store's CDX query engine behind HTTP, line by line while it runs.
 */
#include "serve.h"

#include <dateline/cdxserver.h>

#define MAX_PARAMS 64

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

static int next_line(void *self, struct dtl_buf *out, struct dtl_error *err)
{
    return dtl_cdx_query_next(self, out, err);
}

static void close_query(void *self)
{
    dtl_cdx_query_close(self);
}

enum MHD_Result route_cdx(struct request *r)
{
    struct source source = { next_line, close_query, NULL };
    struct params params = { .n = 0 };
    struct dtl_cdx_query *query;
    struct dtl_error err;

    MHD_get_connection_values_n(r->connection, MHD_GET_ARGUMENT_KIND,
                                take_param, &params);
    if (dtl_cdx_query_open(r->context->store, params.fields, params.n, &query,
                           &err) != DTL_OK)
        return reply_error(r, &err);
    source.self = query;
    return reply_stream(r, dtl_cdx_query_type(query), &source);
}
