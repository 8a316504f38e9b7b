/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_KEYFILE_H
#define DATELINE_KEYFILE_H
#include "cmd.h"

/** The small file at `path`. */
int keyfile_read(const char *path, struct dtl_buf *out, struct dtl_error *err);
/** Free, leaving nothing of it in memory. */
void keyfile_free(struct dtl_buf *key);

#endif
