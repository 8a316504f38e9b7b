/* SPDX-License-Identifier: Apache-2.0 */
/* /api/v1: JSON for the pages and for programs. */
#include "serve.h"

#include <dateline/json.h>

enum MHD_Result route_config(struct request *r)
{
    struct dtl_buf b = { 0 };
    struct dtl_json j = { .out = &b };

    dtl_json_object(&j);
    dtl_json_key(&j, "version");
    dtl_json_str(&j, dtl_version());
    dtl_json_key(&j, "origin");
    dtl_json_str(&j, r->host->main_url);
    dtl_json_key(&j, "replayOrigin");
    dtl_json_str(&j, r->host->replay_url);
    dtl_json_end(&j);
    dtl_buf_byte(&b, '\n');
    return reply(r, MHD_HTTP_OK, "application/json", &b);
}
