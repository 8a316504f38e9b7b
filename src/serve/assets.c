/* SPDX-License-Identifier: Apache-2.0 */
/* The files embedded in the binary: the web pages, the description of the
 * interface. */
#include "serve.h"

#include "assets.h"

static const struct {
    const char *suffix, *type;
} types[] = {
    { ".html", "text/html; charset=utf-8" },
    { ".css", "text/css; charset=utf-8" },
    { ".js", "text/javascript; charset=utf-8" },
    { ".json", "application/json" },
    { ".svg", "image/svg+xml" },
    { ".png", "image/png" },
    { ".ico", "image/x-icon" },
    { ".woff2", "font/woff2" },
    { ".txt", "text/plain; charset=utf-8" },
};

static const char *type_of(const char *name)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (dtl_ends(dtl_str(name), types[i].suffix))
            return types[i].type;
    return "application/octet-stream";
}

static const struct asset *find_asset(struct dtl_slice name)
{
    for (const struct asset *a = asset_data; a->name != NULL; a++)
        if (dtl_equal(name, dtl_str(a->name)))
            return a;
    return NULL;
}

static bool is_known(struct request *r, const struct asset *a)
{
    const char *tag = MHD_lookup_connection_value(
        r->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_IF_NONE_MATCH);

    return tag != NULL && strstr(tag, a->tag) != NULL;
}

static enum MHD_Result send_asset(struct request *r, const struct asset *a)
{
    bool known = is_known(r, a);
    struct MHD_Response *response = MHD_create_response_from_buffer(
        known ? 0 : a->len, (void *)(uintptr_t)a->bytes,
        MHD_RESPMEM_PERSISTENT);

    if (response == NULL)
        return MHD_NO;
    add_safety(r, response, type_of(a->name));
    MHD_add_response_header(response, "ETag", a->tag);
    MHD_add_response_header(response, "Cache-Control", "no-cache");
    return send_response(r, known ? MHD_HTTP_NOT_MODIFIED : MHD_HTTP_OK,
                         type_of(a->name), response);
}

static enum MHD_Result send_named(struct request *r, struct dtl_slice name)
{
    const struct asset *a = find_asset(name);

    return a != NULL ? send_asset(r, a)
                     : reply_text(r, MHD_HTTP_NOT_FOUND, "no such page");
}

enum MHD_Result route_home(struct request *r)
{
    return send_named(r, dtl_str("index.html"));
}

enum MHD_Result route_asset(struct request *r)
{
    return send_named(r, dtl_sub(r->path, strlen("/ui/"), r->path.len));
}

enum MHD_Result route_openapi(struct request *r)
{
    return send_named(r, dtl_str("openapi.json"));
}
