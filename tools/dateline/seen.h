/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_SEEN_H
#define DATELINE_SEEN_H
/*
 * What trace, stories, versions and cite share: where and when an article was
 * captured, what its page claims, and which archived bytes prove it.
 */
#include "cmd.h"

#include <dateline/index.h>
#include <dateline/json.h>
#include <dateline/time.h>
#include <dateline/trace.h>

/** One capture of an article; strings live in the list's arena. */
struct seen {
    struct dtl_capture capture;
    struct dtl_ref capture_ref, article_ref;
    struct dtl_slice title, site, meta;
    struct dtl_slice claimed, claimed_source; /* publication, as claimed */
    int64_t published;
    uint32_t words;
    uint8_t text_hash[32];
    const char *file; /* archive that holds the record */
    enum dtl_relation relation;
    float score, share, of_article; /* of the query; of the article */
    const struct dtl_span *spans;
    uint32_t nspans;
};

struct sightings {
    struct dtl_store *store;
    struct dtl_arena *arena;
    struct seen *list;
    size_t count, cap;
};

/** Add each capture of article `ref` (only those of `url` if not empty);
 * `like` gives relation, score and spans.  Returns an enum dtl_status. */
int seen_add(struct sightings *s, struct dtl_ref ref, const struct seen *like,
             struct dtl_error *err);
/** Oldest first. */
void seen_sort_by_time(struct sightings *s);

/** Members of an open JSON object: url, time, relation, site, title, ... */
void seen_json(struct dtl_json *j, const struct seen *s, bool evidence);
/** "2024-05-02 10:00:00" */
void seen_time(int64_t t, char out[24]);
/** Last part of a path. */
const char *seen_base(const char *path);

#endif
