/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_READFILE_H
#define DATELINE_READFILE_H
/* Files that options name. */
#include "cmd.h"

#include <dateline/access.h>

/** All of `path` ("-": standard input), at most `max` bytes. */
int read_whole(const char *path, size_t max, struct dtl_buf *out,
               struct dtl_error *err);
/** The rules of --access, or NULL. */
int read_rules(const struct args *a, struct dtl_access_rules **out,
               struct dtl_error *err);

#endif
