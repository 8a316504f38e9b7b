/* SPDX-License-Identifier: Apache-2.0 */
/* Who is answered: requests that name this server, that no page of elsewhere
 * makes behind its reader's back, of those who may ask. */
#include "auth.h"
#include "serve.h"

/* ---- by which name ------------------------------------------------------- */

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

/* ---- from which page ----------------------------------------------------- */

static struct dtl_slice header(struct request *r, const char *name)
{
    return dtl_str(
        MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name));
}

static bool origin_allowed(struct request *r)
{
    struct dtl_slice allowed = dtl_str(r->server->allow_origin);

    return allowed.len > 0 && (dtl_equal(allowed, dtl_str("*")) ||
                               dtl_equal(allowed, header(r, "Origin")));
}

/* Browsers say whose page makes a request.  Others than ours may lead here,
 * but not make this server work or measure what it answers: archived pages
 * least of all. */
static bool is_own(struct request *r)
{
    struct dtl_slice site = header(r, "Sec-Fetch-Site");

    if (r->at->origin != ORIGIN_MAIN || site.len == 0 ||
        dtl_equal(site, dtl_str("same-origin")) ||
        dtl_equal(site, dtl_str("none")) || r->cross_origin)
        return true;
    return !r->is_post &&
           dtl_equal(header(r, "Sec-Fetch-Mode"), dtl_str("navigate"));
}

/* ---- of whom ------------------------------------------------------------- */

static bool is_known(struct request *r)
{
    if (r->server->auth == NULL)
        return true;
    switch (
        auth_known(r->server->auth,
                   MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND,
                                               MHD_HTTP_HEADER_AUTHORIZATION),
                   &r->user)) {
    case AUTH_YES: return true;
    case AUTH_NO: return false;
    default: r->unchecked = true; return true;
    }
}

bool guard_check(struct request *r)
{
    if (!r->unchecked)
        return true;
    r->unchecked = false;
    return auth_check(
        r->server->auth,
        MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND,
                                    MHD_HTTP_HEADER_AUTHORIZATION),
        &r->user);
}

bool guard(struct request *r, enum MHD_Result *rc)
{
    r->host = host_of(r);
    r->cross_origin = origin_allowed(r);
    if (r->host == NULL)
        *rc = reply_text(r, MHD_HTTP_MISDIRECTED_REQUEST,
                         "not a name this server answers to; --host adds one");
    else if (r->is_options && r->cross_origin)
        *rc = reply_preflight(r);
    else if (!is_own(r))
        *rc = reply_text(r, MHD_HTTP_FORBIDDEN,
                         "asked by a page of another origin");
    else if (!is_known(r))
        *rc = reply_unknown(r);
    else
        return true;
    return false;
}
