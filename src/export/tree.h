/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DTL_EXPORT_TREE_H
#define DTL_EXPORT_TREE_H
/* What a format of many files hands on instead of bytes: for each file its
 * path, its content, and its line of the index. */
#include <dateline/base.h>

/** The next part at `*at`; false after the last. */
bool dtl_tree_part(struct dtl_slice all, size_t *at, struct dtl_slice *path,
                   struct dtl_slice *content, struct dtl_slice *line);
#define DTL_TREE_INDEX "data/index.csv"
void dtl_tree_index_header(struct dtl_buf *out);

#endif
