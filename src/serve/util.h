/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_SERVE_UTIL_H
#define DATELINE_SERVE_UTIL_H
#include <dateline/base.h>

/** All of a small file; `err` has no name of it. */
int read_text_file(const char *path, size_t max, struct dtl_buf *out,
                   struct dtl_error *err);
bool sha256(struct dtl_slice s, uint8_t out[32]);

#endif
