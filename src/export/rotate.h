/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DTL_EXPORT_ROTATE_H
#define DTL_EXPORT_ROTATE_H
/*
 * Rows cut into files of a limited size.  What counts is the stored length of
 * their records, or so many bytes a row: it hangs on the rows alone, so that
 * the cuts are the same however many threads work.
 */
#include "engine.h"

#define DTL_MAX_SIZE ((uint64_t)1 << 30)

struct dtl_rotate {
    struct dtl_store *store;
    const struct dtl_row_source *rows;
    uint64_t most, row_bytes; /* 0: as long as its record */
    uint64_t filled;
    struct dtl_selected pending;
    bool has_pending;
};
/** Is there a row for another file?  DTL_OK or DTL_END. */
int dtl_rotate_more(struct dtl_rotate *r, struct dtl_error *err);
/** The next row of this file; as dtl_row_source.next. */
int dtl_rotate_next(void *rotate, struct dtl_selected *out,
                    struct dtl_error *err);

#endif
