/* SPDX-License-Identifier: Apache-2.0 */
/* What there is, and who answers it. */
#include "serve.h"

#define BOTH (ORIGIN_MAIN | ORIGIN_REPLAY)

static const struct route routes[] = {
    { "/", false, ORIGIN_MAIN, METHOD_GET, route_home },
    { "/ui/", true, ORIGIN_MAIN, METHOD_GET, route_asset },
    { "/style.css", false, ORIGIN_MAIN, METHOD_GET, route_style },
    { "/cdx", false, ORIGIN_MAIN, METHOD_GET, route_cdx },
    { "/cdx/search/cdx", false, ORIGIN_MAIN, METHOD_GET, route_cdx },
    { "/api/v1/openapi.json", false, ORIGIN_MAIN, METHOD_GET, route_openapi },
    { "/api/v1/config", false, BOTH, METHOD_GET, route_config },
    { "/web/", true, ORIGIN_REPLAY, METHOD_GET, route_web },
};

const struct route *route_find(struct dtl_slice path)
{
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++)
        if (routes[i].prefix ? dtl_starts(path, routes[i].path)
                             : dtl_equal(path, dtl_str(routes[i].path)))
            return &routes[i];
    return NULL;
}
