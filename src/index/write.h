/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_INDEX_WRITE_H
#define DATELINE_INDEX_WRITE_H
/* What the writing side shares: ingest, compaction, take-downs. */
#include "build.h"
#include "manifest.h"

#include <pthread.h>

struct dtl_pending_slot {
    uint64_t hash;
    size_t index; /* in `pending`, plus one */
};

struct dtl_store_writer {
    char *dir, *segments, *tmp;
    int lock;
    pthread_mutex_t mutex; /* all below */
    struct dtl_manifest manifest;
    uint64_t next_file, next_segment, made;
    struct dtl_arena *arena;      /* until the next publish */
    struct dtl_file_row *pending; /* new or changed since the last one */
    size_t npending, pending_room;
    struct dtl_pending_slot *slots;
    size_t nslots;
};

struct dtl_segment_writer {
    char *path; /* in tmp/ */
    struct dtl_builder *builder;
    struct dtl_rows *rows;
    struct dtl_pairs *marks, *titles;
    struct dtl_segment_row row;
    bool finished;
};

/** What one publication changes besides the pending files. */
struct dtl_change {
    const struct dtl_range *ranges;
    size_t nranges;
    const struct dtl_segment_row *added;
    size_t nadded;
    const uint64_t *removed; /* segment ids */
    size_t nremoved;
    int (*more)(struct dtl_env *e, void *context, struct dtl_error *err);
    void *context;
};
/** Apply a change in one step; the caller holds w->mutex. */
int dtl_store_change(struct dtl_store_writer *w,
                     const struct dtl_change *change, struct dtl_error *err);
/** Publish `segments` together with the rest of `with`. */
int dtl_store_replace(struct dtl_store_writer *w,
                      struct dtl_segment_writer *const *segments, size_t n,
                      const struct dtl_change *with, struct dtl_error *err);
/** Write what the builder has left, and seal. */
int dtl_segment_seal(struct dtl_segment_writer *s, struct dtl_error *err);

#endif
