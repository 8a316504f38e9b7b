/* SPDX-License-Identifier: Apache-2.0 */
/* Who is answered: requests that name this server, by methods it has. */
#include "serve.h"

struct dtl_slice host_name(struct dtl_slice host)
{
    bool v6 = host.len > 0 && host.ptr[0] == '[';
    const uint8_t *end =
        host.len > 0 ? memchr(host.ptr, v6 ? ']' : ':', host.len) : NULL;

    if (v6)
        return dtl_sub(host, 0, end != NULL ? (size_t)(end - host.ptr) + 1 : 0);
    return end != NULL ? dtl_sub(host, 0, (size_t)(end - host.ptr)) : host;
}

struct hosts {
    const struct dtl_server *server;
    unsigned seen;
    const struct host *found;
};

static enum MHD_Result see_host(void *closure, enum MHD_ValueKind kind,
                                const char *name, const char *value)
{
    struct hosts *h = closure;
    struct dtl_slice host;

    (void)kind;
    if (!dtl_equal_nocase(dtl_str(name), dtl_str(MHD_HTTP_HEADER_HOST)))
        return MHD_YES;
    h->seen++;
    host = host_name(dtl_str(value));
    for (size_t i = 0; i < h->server->nhosts; i++)
        if (h->found == NULL &&
            dtl_equal_nocase(host, dtl_str(h->server->hosts[i].name)))
            h->found = &h->server->hosts[i];
    return MHD_YES;
}

/* A page of another site that points its own name at this machine sends that
 * name.  Two of them are one too many: who stands before us may have looked at
 * the other. */
static const struct host *host_of(struct request *r)
{
    struct hosts h = { .server = r->server };

    MHD_get_connection_values(r->connection, MHD_HEADER_KIND, see_host, &h);
    return h.seen == 1 ? h.found : NULL;
}

bool guard(struct request *r, enum MHD_Result *rc)
{
    r->host = host_of(r);
    if (r->host != NULL)
        return true;
    *rc = reply_text(r, MHD_HTTP_MISDIRECTED_REQUEST,
                     "not a name this server answers to; --host adds one");
    return false;
}
