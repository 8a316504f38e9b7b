/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_PLAN_H
#define DATELINE_PLAN_H
/*
 * One crawl over many machines, through plain files:
 *
 *     plan    cut the crawl into tasks of like size       dtl_plan_make()
 *     map     a task -> one shard, on any machine         dtl_plan_ingest()
 *     reduce  all shards, one range of URLs -> one part   dtl_plan_reduce()
 *     join    the parts -> one store                      dtl_plan_join()
 *
 * Every step writes under another name and renames when it is done: run twice,
 * or on two machines at once, it changes nothing.  The store that comes out
 * answers as the one that a single machine builds of the same files in one
 * publication.
 */
#include <dateline/base.h>
#include <dateline/ingest.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the plan ----------------------------------------------------------- */

struct dtl_plan;

/** An archive of the plan. */
struct dtl_plan_file {
    const char *path; /* absolute, or a URL */
    uint64_t size, fingerprint;
};
/** A stretch of one; it begins and ends where records do. */
struct dtl_plan_part {
    uint32_t file;
    uint64_t from, to; /* stored bytes [from, to) */
};
struct dtl_plan_task {
    const struct dtl_plan_part *parts;
    size_t nparts;
    uint64_t bytes;
};

struct dtl_plan_options {
    uint32_t tasks;
    /* A file that is no archive, which is passed over. */
    void (*problem)(void *data, const char *file, uint64_t offset,
                    const char *text);
    void *data;
};
/**
 * Cut the archives `paths` name (see dtl_walk_open()) into tasks of like
 * size, large files between records where they can be entered there.  The
 * same files give the same plan, in whatever order they are named.  A file
 * that cannot be read ends it: DTL_IO and the like.
 */
DTL_API int dtl_plan_make(const char *const *paths, size_t npaths,
                          const struct dtl_plan_options *o,
                          struct dtl_plan **out, struct dtl_error *err);
/** As text: one JSON object a line, see dateline-formats(5). */
DTL_API int dtl_plan_write(const struct dtl_plan *p, struct dtl_buf *out);
/** `name` is for messages. */
DTL_API int dtl_plan_parse(struct dtl_slice text, const char *name,
                           struct dtl_plan **out, struct dtl_error *err);
/** The same of a file. */
DTL_API int dtl_plan_read(const char *path, struct dtl_plan **out,
                          struct dtl_error *err);
DTL_API uint32_t dtl_plan_tasks(const struct dtl_plan *p);
/** Borrowed from `p`; false when there is no such task. */
DTL_API bool dtl_plan_task(const struct dtl_plan *p, uint32_t number,
                           struct dtl_plan_task *out);
DTL_API uint32_t dtl_plan_files(const struct dtl_plan *p);
DTL_API const struct dtl_plan_file *dtl_plan_file(const struct dtl_plan *p,
                                                  uint32_t number);
DTL_API void dtl_plan_free(struct dtl_plan *p);

/* ---- map ---------------------------------------------------------------- */

struct dtl_shard_options {
    const char *dir; /* of the shards; made if need be */
    size_t memory, page_ceiling;
    bool trust_digests;
    void (*progress)(void *data, const struct dtl_ingest_summary *s);
    void (*problem)(void *data, const char *file, uint64_t offset,
                    const char *text);
    void *data;
};

/**
 * Build the shard of task `number`.  DTL_OK when it stands in the directory,
 * built now or earlier (then `out` is zero and `known` true).  DTL_IO: try
 * again; DTL_INVALID and DTL_FORMAT: the archives are not those of the plan.
 * A failure leaves a report beside the shards.
 */
DTL_API int dtl_plan_ingest(const struct dtl_plan *p, uint32_t number,
                            const struct dtl_shard_options *o,
                            struct dtl_ingest_summary *out, bool *known,
                            struct dtl_error *err);

/** What is known of a task from the directory of the shards alone. */
enum dtl_shard_state { DTL_SHARD_MISSING, DTL_SHARD_FAILED, DTL_SHARD_DONE };
struct dtl_shard {
    enum dtl_shard_state state;
    bool again;       /* failed: worth another try */
    char name[64];    /* done: of its directory */
    char reason[256]; /* failed */
};
DTL_API int dtl_plan_shard(const struct dtl_plan *p, const char *dir,
                           uint32_t number, struct dtl_shard *out,
                           struct dtl_error *err);

/** The same of many tasks, with one look into the directory.  `p` must outlive
 * the list. */
struct dtl_shards;
DTL_API int dtl_plan_shards_open(const struct dtl_plan *p, const char *dir,
                                 struct dtl_shards **out,
                                 struct dtl_error *err);
DTL_API int dtl_plan_shards_at(const struct dtl_shards *s, uint32_t number,
                               struct dtl_shard *out, struct dtl_error *err);
DTL_API void dtl_plan_shards_close(struct dtl_shards *s);

/* ---- reduce and join ----------------------------------------------------- */

struct dtl_reduce_options {
    const char *shards, *store; /* directories */
    size_t memory;              /* 0: 512 MiB */
    bool alone;                 /* no second look */
    void (*progress)(void *data, uint64_t done, uint64_t of); /* captures */
    void *data;
};
/**
 * Build part `k` of `m` (1 <= k <= m) of the store: the captures of one range
 * of SURT keys out of all shards, judged by what all of them know.  The parts
 * stand in "STORE.parts".  DTL_NOTFOUND when a shard is missing.
 */
DTL_API int dtl_plan_reduce(const struct dtl_plan *p, uint32_t k, uint32_t m,
                            const struct dtl_reduce_options *o,
                            struct dtl_error *err);
/** Join the `m` parts into the store; DTL_NOTFOUND when one is missing. */
DTL_API int dtl_plan_join(const struct dtl_plan *p, uint32_t m,
                          const struct dtl_reduce_options *o,
                          struct dtl_error *err);

#ifdef __cplusplus
}
#endif
#endif
