/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_REPLAY_SERVE_H
#define DATELINE_REPLAY_SERVE_H
/*
 * What the routes of the server share.  A context is everything one request
 * works with; a pool hands them out, so that each has its own store handle.
 */
#include <dateline/http.h>
#include <dateline/index.h>
#include <dateline/replay.h>
#include <dateline/serve.h>

#include <microhttpd.h>
#include <time.h>

struct context {
    struct dtl_store *store;
    struct dtl_replay *replay;
    struct dtl_decoder *decoder;
    struct dtl_arena *arena; /* reset for every request */
    struct timespec version; /* of the manifest when the store was opened */
    bool heavy;              /* its readers hold much memory by now */
    struct context *next;
};

struct request {
    struct dtl_server *server;
    struct MHD_Connection *connection;
    struct dtl_slice target; /* as sent, not unescaped */
    struct context *context;
};

/** Keep the request's context beyond its answer: give it back later. */
struct context *context_keep(struct request *r);
void context_release(struct dtl_server *s, struct context *c);

/* ---- answers (server.c); each queues one and gives MHD's result -----------
 */

/** `body` is emptied: its bytes become the answer's. */
struct MHD_Response *response_of(struct dtl_buf *body);
enum MHD_Result reply(struct request *r, unsigned status, const char *type,
                      struct dtl_buf *body);
/** A short plain text. */
enum MHD_Result reply_text(struct request *r, unsigned status, const char *fmt,
                           ...) DTL_PRINTF(3, 4);
enum MHD_Result reply_error(struct request *r, const struct dtl_error *err);
/** 302 to a path of this server. */
enum MHD_Result reply_redirect(struct request *r, struct dtl_slice path);
/** Add the header; values that could not stand in a header are left out. */
void add_header(struct MHD_Response *response, const char *name,
                struct dtl_slice value);

/** A parameter of the query, unescaped; ptr NULL when absent. */
struct dtl_slice param(struct request *r, const char *name);

/* ---- routes ----------------------------------------------------------------
 */

enum MHD_Result route_page(struct request *r);
enum MHD_Result route_style(struct request *r);
enum MHD_Result route_cdx(struct request *r);
enum MHD_Result route_web(struct request *r);

#endif
