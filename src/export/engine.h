/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DTL_EXPORT_ENGINE_H
#define DTL_EXPORT_ENGINE_H
/* The engine of export.c as the writers of files use it. */
#include "tally.h"

/** Rows from elsewhere than a selection: next() as dtl_select_next(). */
struct dtl_row_source {
    int (*next)(void *context, struct dtl_selected *out, struct dtl_error *err);
    void *context;
    const struct dtl_selection *selection; /* what was asked for, or NULL */
    bool placed;     /* they come in the order of archives */
    uint32_t number; /* of the file, when rows go into several */
};
/** As dtl_export_open(); `tally` (may be NULL) gets a note of every row. */
int dtl_export_open_rows(struct dtl_store *store,
                         const struct dtl_row_source *source,
                         const struct dtl_export_options *options,
                         struct dtl_tally *tally, struct dtl_export **out,
                         struct dtl_error *err);

/** What dtl_format.index() gives. */
struct dtl_slice dtl_export_index(const struct dtl_export *x);

/** Rows sorted by month, site or language, each group in the order they were
 * selected in; kept on disk when they are many. */
struct dtl_groups;
int dtl_groups_new(struct dtl_store *store, struct dtl_select *select,
                   enum dtl_split split, struct dtl_groups **out,
                   struct dtl_error *err);
/** Name and number of rows of the next group; its rows are then given by
 * dtl_groups_row(), DTL_END after the last.  DTL_END. */
int dtl_groups_next(struct dtl_groups *g, const char **name, uint64_t *rows,
                    struct dtl_error *err);
int dtl_groups_row(void *groups, struct dtl_selected *out,
                   struct dtl_error *err);
/** Rows of all groups. */
uint64_t dtl_groups_rows(const struct dtl_groups *g);
void dtl_groups_free(struct dtl_groups *g);

/** A directory with its description; see package.c. */
int dtl_export_package(struct dtl_store *store, struct dtl_export_job *job,
                       struct dtl_error *err);

#endif
