/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_SERVE_SERVE_H
#define DATELINE_SERVE_SERVE_H
/*
 * What the files of the server share.
 *
 * There are two origins: pages of ours are served from the main one, pages of
 * the archive from the other, so that a browser keeps their scripts apart.
 * A context is everything one request works with; a pool hands them out, so
 * that each has its own store handle.
 */
#include <dateline/access.h>
#include <dateline/http.h>
#include <dateline/index.h>
#include <dateline/replay.h>
#include <dateline/serve.h>

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

enum { ORIGIN_MAIN = 1, ORIGIN_REPLAY = 2 };
enum { METHOD_GET = 1, METHOD_POST = 2 }; /* HEAD is a GET */

struct context {
    struct dtl_store *store;
    struct dtl_replay *replay;
    struct dtl_decoder *decoder;
    struct dtl_arena *arena; /* reset for every request */
    struct dtl_buf out;      /* room for an answer, kept for the next one */
    struct timespec looked;  /* when `version` was last compared */
    struct timespec version; /* of the manifest when the store was opened */
    int manifest;            /* the file it was then, or -1 */
    nlink_t links;           /* of that, and when it changed */
    struct timespec touched;
    struct dtl_access_rules *rules; /* NULL: none */
    struct timespec rules_version;
    bool heavy; /* its readers hold much memory by now */
    struct context *next;
};

/** One socket and the origin it stands for. */
struct listener {
    struct dtl_server *server;
    struct MHD_Daemon *daemon;
    int origin; /* ORIGIN_... */
    uint16_t port;
};

/** A name this server answers to, and what goes with it. */
struct host {
    char *name; /* without port */
    /* As a browser calls them that knows us by this name:
     * "http://127.0.0.1:8080". */
    char *main_url, *replay_url;
    char *page_policy; /* Content-Security-Policy of pages of ours */
};

/** The last made (figures.c). */
struct figures {
    pthread_mutex_t lock;
    atomic_uint waiting; /* for the lock, or holding it */
    struct dtl_figures *figures;
    struct timespec version, rules_version; /* of the store they are of */
    const char *user;                       /* whose, when there are rules */
};

struct dtl_server {
    struct listener main, replay;
    struct front *front; /* of shards, or NULL: of a store */
    char *store;
    char *manifest;
    char *access;       /* file of rules, or NULL */
    struct auth *auth;  /* NULL: anyone may ask */
    char *allow_origin; /* of pages that may read answers, or NULL */
    struct host *hosts;
    size_t nhosts;
    struct workers *workers;
    struct figures figures;
    atomic_uint in_work;
    atomic_size_t bytes_out; /* of large answers, not yet sent */
    pthread_mutex_t lock;    /* of what follows */
    struct context *spare;
    unsigned contexts, kept;
};

struct request {
    struct dtl_server *server;
    struct listener *at;
    struct MHD_Connection *connection;
    const struct host *host; /* NULL before it is known to be one of ours */
    const struct route *route;
    struct dtl_slice target; /* as sent, not unescaped */
    struct dtl_slice path;   /* of it, what precedes '?' */
    bool is_head, is_post, is_options;
    bool cross_origin;   /* of a page that may read the answer */
    bool unchecked;      /* its password takes long to look at */
    const char *user;    /* NULL: anyone; lives as long as the server */
    struct dtl_buf body; /* of a POST */
    struct context *context;
    bool kept; /* the context, beyond the answer */
    /* A worker answers it: its connection is suspended, the answer kept. */
    bool at_work;
    unsigned status;
    struct MHD_Response *response;
};

/* ---- contexts (context.c) -------------------------------------------- */

/** A context over the segments live now. */
int context_take(struct dtl_server *s, struct context **out,
                 struct dtl_error *err);
/** Keep the request's context beyond its answer: give it back later.  The
 * request may use it until its handler returns.  NULL when too many are. */
struct context *context_keep(struct request *r);
void context_give_back(struct dtl_server *s, struct context *c);
void context_release(struct dtl_server *s, struct context *c);
void contexts_free(struct dtl_server *s);

/* ---- answers (answer.c); each queues one and gives MHD's result ------- */

/** `body` is emptied: its bytes become the answer's. */
struct MHD_Response *response_of(struct dtl_buf *body);
enum MHD_Result reply(struct request *r, unsigned status, const char *type,
                      struct dtl_buf *body);
enum MHD_Result reply_json(struct request *r, struct dtl_buf *body);
/** `type` may be NULL.  The response is the function's to destroy. */
enum MHD_Result send_response(struct request *r, unsigned status,
                              const char *type, struct MHD_Response *response);
/** A short plain text. */
enum MHD_Result reply_text(struct request *r, unsigned status, const char *fmt,
                           ...) DTL_PRINTF(3, 4);
enum MHD_Result reply_method(struct request *r);
enum MHD_Result reply_busy(struct request *r);
enum MHD_Result reply_unknown(struct request *r);
enum MHD_Result reply_preflight(struct request *r);
enum MHD_Result reply_error(struct request *r, const struct dtl_error *err);
/** 302, 307 ... to a path of this server, or to an address of `origin`. */
enum MHD_Result reply_redirect(struct request *r, unsigned status,
                               const char *origin, struct dtl_slice path);
/** Add the header; values that could not stand in a header are left out. */
void add_header(struct MHD_Response *response, const char *name,
                struct dtl_slice value);
/** Those of all that is ours; `type` may be NULL. */
void add_safety(struct request *r, struct MHD_Response *response,
                const char *type);

/** An answer of any length, made piece by piece (stream.c). */
struct source {
    /** Append some; DTL_END after the last. */
    int (*next)(void *self, struct dtl_buf *out, struct dtl_error *err);
    void (*close)(void *self);
    void *self;
};
enum MHD_Result reply_stream(struct request *r, const char *type,
                             const struct source *source);
/** The same as a response: `first` precedes what the source gives, `length` is
 * of all, or UINT64_MAX.  Keeps the context; closes the source when it fails.
 */
struct MHD_Response *stream_response(struct request *r,
                                     const struct source *source,
                                     struct dtl_slice first, uint64_t length);

/** A parameter of the query, unescaped; ptr NULL when absent. */
struct dtl_slice param(struct request *r, const char *name);

/* ---- who is answered (guard.c) ----------------------------------------- */

/** The name in "name:port" or "[v6]:port". */
struct dtl_slice host_name(struct dtl_slice host);
/** Look at a password that guard() left unchecked. */
bool guard_check(struct request *r);
/** May this request be answered at all?  If not, `*rc` is of the refusal. */
bool guard(struct request *r, enum MHD_Result *rc);

/* ---- workers (worker.c) ------------------------------------------------ */

struct workers;
struct workers *workers_start(size_t threads);
/** False when there are too many jobs already. */
bool workers_do(struct workers *w, void (*run)(void *), void *what);
/** Finish all jobs and take no more. */
void workers_stop(struct workers *w);
/** NULL is allowed. */
void workers_free(struct workers *w);

/* ---- routes (route.c) -------------------------------------------------- */

struct route {
    const char *path;
    bool prefix; /* and all that begins with it */
    int origins; /* ORIGIN_... that have it; the main one leads to the other */
    int methods; /* METHOD_... */
    bool slow;   /* may take longer than others can wait: for a worker */
    enum MHD_Result (*handle)(struct request *);
};
/** The first of `n` that has the path; NULL when there is none. */
const struct route *route_in(const struct route *table, size_t n,
                             struct dtl_slice path);
const struct route *find_route(struct dtl_slice path);

enum MHD_Result route_home(struct request *r); /* assets.c */
enum MHD_Result route_asset(struct request *r);
enum MHD_Result route_openapi(struct request *r);
enum MHD_Result route_config(struct request *r); /* api.c */
enum MHD_Result route_lookup(struct request *r); /* api_captures.c */
enum MHD_Result route_find(struct request *r);
enum MHD_Result route_calendar(struct request *r);
enum MHD_Result route_sites(struct request *r);
enum MHD_Result route_stats(struct request *r);
enum MHD_Result route_trace(struct request *r); /* api_articles.c */
enum MHD_Result route_show(struct request *r);
enum MHD_Result route_versions(struct request *r);
enum MHD_Result route_cite(struct request *r);
enum MHD_Result route_export(struct request *r);
enum MHD_Result route_record(struct request *r); /* record.c */
enum MHD_Result route_page(struct request *r);   /* page.c */
enum MHD_Result route_style(struct request *r);
enum MHD_Result route_cdx(struct request *r); /* cdx_api.c */
enum MHD_Result route_web(struct request *r); /* web.c */
/** A path the replay origin does not have: told by the Referer (replayed.c). */
enum MHD_Result send_stray(struct request *r);
enum MHD_Result route_timegate(struct request *r); /* memento.c */
enum MHD_Result route_timemap_link(struct request *r);
enum MHD_Result route_timemap_json(struct request *r);

#endif
