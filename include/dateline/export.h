/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_EXPORT_H
#define DATELINE_EXPORT_H
/*
 * Take articles out of a store, one row after the other:
 *
 *     dtl_export_open(store, &selection, &x, &err);
 *     while ((rc = dtl_export_next(x, &line, &err)) == DTL_OK)
 *         write and clear `line`;
 *     dtl_export_close(x);
 *
 * Rows come in the order of the store, which does not change between two runs
 * over the same segments.  Field names are documented in
 * dateline-formats(5).
 */
#include <dateline/base.h>
#include <dateline/index.h>

#ifdef __cplusplus
extern "C" {
#endif

enum dtl_dedupe {
    DTL_DEDUPE_NONE,
    DTL_DEDUPE_TEXT, /* one row a distinct text: its earliest
                        capture */
};

/** Which articles; zero is "all" but for the times. */
struct dtl_selection {
    int64_t from, to; /* capture time, inclusive; DTL_NO_TIME */
    int64_t published_from, published_to; /* claimed; likewise */
    const char *const *sites;             /* registrable domains */
    size_t nsites;
    const char *const *languages;
    size_t nlanguages;
    const char *const *page_types;
    size_t npage_types; /* 0: article and liveblog */
    enum dtl_dedupe dedupe;
    uint64_t limit; /* 0: none */
};

struct dtl_export;
/** `store` and what `selection` points to are borrowed. */
DTL_API int dtl_export_open(struct dtl_store *store,
                            const struct dtl_selection *selection,
                            struct dtl_export **out, struct dtl_error *err);
/** Append the next row to `line` as one line of JSON.  DTL_END after the
 * last. */
DTL_API int dtl_export_next(struct dtl_export *x, struct dtl_buf *line,
                            struct dtl_error *err);
DTL_API void dtl_export_close(struct dtl_export *x);

#ifdef __cplusplus
}
#endif
#endif
