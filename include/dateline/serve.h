/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_SERVE_H
#define DATELINE_SERVE_H
/*
 * A store over HTTP, for a browser and for programs:
 *
 *     dtl_server_start(&options, &server, &err);
 *     ... dtl_server_port(server) ...
 *     dtl_server_stop(server, 10);
 *
 * Two ports, for a browser two origins: the pages of dateline itself and its
 * interfaces on the first,
 *
 *     /                       look up an address, trace a text
 *     /cdx?url=...            index lines, as CDX servers give them
 *     /api/v1/...             JSON, described by /api/v1/openapi.json
 *
 * and what was archived on the second, whose scripts cannot reach the first:
 *
 *     /web/<time>id_/<url>    the bytes as captured, nearest in time
 *
 * It listens on loopback unless told otherwise, answers only to the host names
 * it was given, and never writes.  Segments published later are seen without
 * a restart.
 */
#include <dateline/base.h>

#ifdef __cplusplus
extern "C" {
#endif

struct dtl_server_options {
    const char *store;
    const char *address;  /* numeric; NULL: 127.0.0.1 */
    uint16_t port;        /* 0: any free one */
    uint16_t replay_port; /* 0: the next one, or any with port 0 */
    /* "https://archive.example": what browsers call the two, when a proxy
     * stands before them; NULL: by the name and port asked for. */
    const char *origin, *replay_origin;
    const char *const *hosts; /* more names to answer to; may be NULL */
    size_t nhosts;
    const char *access_file;  /* rules as in access.h, read again when they
                                 change; NULL: all is shown */
    const char *auth_file;    /* accounts, NULL: anyone may ask */
    const char *allow_origin; /* pages of this origin ("*": any) may read
                                 answers; NULL: none but ours */
    unsigned threads;         /* 0: one for each processor */
    const char *shards_file;  /* names the servers of shards: they are asked
                                 instead of a store; NULL */
};

struct dtl_server;
/** Start answering, in threads of its own.  The options are copied. */
DTL_API int dtl_server_start(const struct dtl_server_options *options,
                             struct dtl_server **out, struct dtl_error *err);
DTL_API uint16_t dtl_server_port(const struct dtl_server *s);
DTL_API uint16_t dtl_server_replay_port(const struct dtl_server *s);
/** Take no more requests, let those in work end (at most `seconds`), stop and
 * free.  NULL is allowed. */
DTL_API void dtl_server_stop(struct dtl_server *s, unsigned seconds);

#ifdef __cplusplus
}
#endif
#endif
