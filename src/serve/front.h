/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_SERVE_FRONT_H
#define DATELINE_SERVE_FRONT_H
/*
 * A server without a store: it asks the servers of the shards, all at once,
 * and gives one answer.
 */
#include "serve.h"

struct shard {
    char *url;    /* "http://host:8080", without a slash at its end */
    char *replay; /* where it serves captured pages */
};

struct front {
    struct shard *shards;
    size_t n;
    long timeout_ms; /* for each shard to answer */
    char *token;     /* of a bearer, or NULL */
    struct fan *spare;
    pthread_mutex_t lock; /* of spare */
};

/** Read a file of shards, see dateline-serve(1). */
int front_open(const char *path, struct front **out, struct dtl_error *err);
/** The same of its text. */
int front_parse(struct dtl_slice text, const char *path, struct front **out,
                struct dtl_error *err);
void front_close(struct front *f);

/* ---- asking all of them (front_fan.c) ------------------------------------ */

struct fan_answer {
    unsigned status; /* of HTTP; 0: none came */
    struct dtl_buf body;
    char why[120]; /* none came */
};
/** One connection to each shard, used again. */
struct fan;
struct fan *fan_take(struct front *f);
void fan_give(struct front *f, struct fan *fan);
/** All that were given back. */
void fans_free(struct fan *first);
/** Ask every shard for `target` (a path with its query); `post` (ptr NULL:
 * none) is sent as plain text.  One answer a shard, which the next call
 * empties. */
struct fan_answer *fan_ask(struct front *f, struct fan *fan,
                           struct dtl_slice target, struct dtl_slice post);

/** Call it one that did not come. */
void fan_fail(struct fan_answer *a, const char *why);

/** Those a front answers itself; NULL when there is none. */
const struct route *find_front_route(struct dtl_slice path);

#endif
