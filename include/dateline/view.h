/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_VIEW_H
#define DATELINE_VIEW_H
/*
 * What a store holds, as the command and the server show it: one capture, one
 * article, figures of all, and their JSON, which dateline-formats(5) documents.
 */
#include <dateline/json.h>
#include <dateline/store.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- captures ----------------------------------------------------------- */

/** The capture of `url` nearest to `when`, or the last one with DTL_NO_TIME.
 * Among those of one second: the URL to the letter, then status 200, then the
 * longest.  `out` lives in `arena`.  DTL_NOTFOUND. */
DTL_API int dtl_store_nearest(struct dtl_store *s, struct dtl_slice url,
                              int64_t when, struct dtl_arena *arena,
                              struct dtl_capture *out, struct dtl_ref *ref,
                              struct dtl_error *err);
/** One capture as an object, with the title of its article.  Written whole
 * also when a table of the store is damaged, which is then returned. */
DTL_API int dtl_capture_json(struct dtl_store *s, const struct dtl_capture *c,
                             struct dtl_ref ref, struct dtl_arena *arena,
                             struct dtl_json *j, struct dtl_error *err);
/** An article as an object: its metadata, its text and the rest of the
 * page. */
DTL_API void dtl_article_row_json(const struct dtl_article_row *row,
                                  struct dtl_buf *out);

/* ---- figures ------------------------------------------------------------ */

struct dtl_tally {
    struct dtl_slice text;
    uint64_t n;
};
struct dtl_site {
    struct dtl_slice name; /* registrable domain */
    uint64_t captures, articles;
    int64_t first, last; /* capture times */
};
enum dtl_tallied {
    DTL_TALLY_HOSTS,
    DTL_TALLY_MONTHS,
    DTL_TALLY_TYPES,
    DTL_TALLY_STATUSES,
    DTL_TALLY_SITES, /* of articles */
    DTL_TALLY_LANGUAGES,
    DTL_TALLIES
};

/** Captures a day. */
struct dtl_day {
    int64_t day; /* its first second */
    uint64_t captures;
};
/** How much of what there is: every capture and article was looked at. */
struct dtl_figures {
    struct dtl_store_counts counts;
    struct {
        const char *name;
        struct dtl_tally *list; /* the most frequent first, months in order */
        size_t n;
    } tallies[DTL_TALLIES];
    struct dtl_site *sites; /* by name */
    size_t nsites;
    struct dtl_day *days; /* in order */
    size_t ndays;
};
/** Takes a second for each million captures. */
DTL_API int dtl_figures(struct dtl_store *s, struct dtl_figures **out,
                        struct dtl_error *err);
/** One object; at most `top` members of each list, 0: all. */
DTL_API void dtl_figures_json(const struct dtl_figures *f, size_t top,
                              struct dtl_json *j);
DTL_API void dtl_figures_free(struct dtl_figures *f);

/** The days with captures of a query, in order, in `arena`; DTL_LIMIT when
 * there are more than `most` captures to look at. */
DTL_API int dtl_calendar(struct dtl_store *s, const struct dtl_query *q,
                         uint64_t most, struct dtl_arena *arena,
                         struct dtl_day **out, size_t *n,
                         struct dtl_error *err);

#ifdef __cplusplus
}
#endif
#endif
