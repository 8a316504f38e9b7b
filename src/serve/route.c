/* SPDX-License-Identifier: Apache-2.0 */
/* What there is, and who answers it. */
#include "serve.h"

#define BOTH (ORIGIN_MAIN | ORIGIN_REPLAY)

static const struct route routes[] = {
    { "/", false, ORIGIN_MAIN, METHOD_GET, false, route_home },
    { "/plain", false, ORIGIN_MAIN, METHOD_GET, true, route_page },
    { "/ui/", true, ORIGIN_MAIN, METHOD_GET, false, route_asset },
    { "/style.css", false, ORIGIN_MAIN, METHOD_GET, false, route_style },
    { "/cdx", false, ORIGIN_MAIN, METHOD_GET, false, route_cdx },
    { "/cdx/search/cdx", false, ORIGIN_MAIN, METHOD_GET, false, route_cdx },
    /* pywb finds captures below the name before "-cdx". */
    { "/web-cdx", false, BOTH, METHOD_GET, false, route_cdx },
    { "/api/v1/openapi.json", false, ORIGIN_MAIN, METHOD_GET, false,
      route_openapi },
    { "/api/v1/config", false, BOTH, METHOD_GET, false, route_config },
    { "/api/v1/lookup", false, ORIGIN_MAIN, METHOD_GET, true, route_lookup },
    { "/api/v1/find", false, ORIGIN_MAIN, METHOD_GET, true, route_find },
    { "/api/v1/calendar", false, ORIGIN_MAIN, METHOD_GET, true,
      route_calendar },
    { "/api/v1/sites", false, ORIGIN_MAIN, METHOD_GET, true, route_sites },
    { "/api/v1/stats", false, ORIGIN_MAIN, METHOD_GET, true, route_stats },
    { "/api/v1/trace", false, ORIGIN_MAIN, METHOD_GET | METHOD_POST, true,
      route_trace },
    { "/api/v1/show", false, ORIGIN_MAIN, METHOD_GET, true, route_show },
    { "/api/v1/versions", false, ORIGIN_MAIN, METHOD_GET, true,
      route_versions },
    { "/api/v1/cite", false, ORIGIN_MAIN, METHOD_GET, true, route_cite },
    { "/api/v1/export", false, ORIGIN_MAIN, METHOD_GET, true, route_export },
    { "/record/", true, BOTH, METHOD_GET, true, route_record },
    { "/web/timegate/", true, BOTH, METHOD_GET, false, route_timegate },
    { "/web/timemap/link/", true, BOTH, METHOD_GET, false, route_timemap_link },
    { "/web/timemap/json/", true, BOTH, METHOD_GET, false, route_timemap_json },
    { "/web/", true, ORIGIN_REPLAY, METHOD_GET, false, route_web },
};

const struct route *route_in(const struct route *table, size_t n,
                             struct dtl_slice path)
{
    for (size_t i = 0; i < n; i++)
        if (table[i].prefix ? dtl_starts(path, table[i].path)
                            : dtl_equal(path, dtl_str(table[i].path)))
            return &table[i];
    return NULL;
}

const struct route *find_route(struct dtl_slice path)
{
    return route_in(routes, sizeof routes / sizeof routes[0], path);
}
