/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_VERSIONS_H
#define DATELINE_VERSIONS_H
/*
 * What a page said over time: its distinct texts in the order they were
 * captured, and what was changed from one to the next.
 *
 *     dtl_versions(store, &query, arena, &h, &err);
 *     for (i = 0; i < h.count; i++)
 *         dtl_version_change(&h, i, &change, &err);
 */
#include <dateline/index.h>
#include <dateline/json.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One text of the page: the captures in a row that show it. */
struct dtl_version {
    struct dtl_article_row row;
    int64_t first, last;
    uint64_t captures;
    const char *file; /* of the first */
    uint64_t offset;
    const char *modified; /* as the page claims, "" when it does not */
};

struct dtl_history {
    struct dtl_arena *arena;
    struct dtl_version *versions;
    size_t count, room;
    uint64_t passed_over; /* captures without an article */
};

/** All in `arena`; finding none is DTL_OK with count 0. */
DTL_API int dtl_versions(struct dtl_store *s, const struct dtl_query *q,
                         struct dtl_arena *arena, struct dtl_history *out,
                         struct dtl_error *err);

/** From one version to the next. */
struct dtl_change {
    struct dtl_edit *edits;
    size_t n;
    uint32_t added, removed; /* words */
    bool headline;           /* it changed, too */
    bool silent; /* the page changed, the change it claims did not */
};
/** What made version `i` of the one before it; of the first: nothing. */
DTL_API int dtl_version_change(const struct dtl_history *h, size_t i,
                               struct dtl_change *out, struct dtl_error *err);
/** Version `i` as one object; `change` NULL for the first. */
DTL_API void dtl_version_json(const struct dtl_history *h, size_t i,
                              const struct dtl_change *change,
                              struct dtl_json *j);

#ifdef __cplusplus
}
#endif
#endif
