/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_SERVE_H
#define DATELINE_SERVE_H
/*
 * A store over HTTP, for a browser and for programs:
 *
 *     /                       one page: captures of a URL, trace of a text
 *     /cdx?url=...            index lines (CDXJ or JSON)
 *     /web/<time>id_/<url>    the bytes as captured, nearest in time
 *
 *     dtl_server_start(&options, &server, &err);
 *     ... dtl_server_port(server) ...
 *     dtl_server_stop(server, 10);
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
    const char *address;      /* numeric; NULL: 127.0.0.1 */
    uint16_t port;            /* 0: any free one */
    const char *const *hosts; /* more names to answer to; may be NULL */
    size_t nhosts;
    unsigned threads; /* 0: one for each processor */
};

struct dtl_server;
/** Start answering, in threads of its own.  The options are copied. */
DTL_API int dtl_server_start(const struct dtl_server_options *options,
                             struct dtl_server **out, struct dtl_error *err);
DTL_API uint16_t dtl_server_port(const struct dtl_server *s);
/** Take no more requests, let those in work end (at most `seconds`), stop and
 * free.  NULL is allowed. */
DTL_API void dtl_server_stop(struct dtl_server *s, unsigned seconds);

#ifdef __cplusplus
}
#endif
#endif
