/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_INDEX_LINES_H
#define DATELINE_INDEX_LINES_H
/* Lines of a text, plain or compressed with gzip or zstd. */
#include <dateline/base.h>

struct dtl_lines;
int dtl_lines_open(const char *name, struct dtl_lines **out,
                   struct dtl_error *err);
/** The next line without its end; borrowed until the next call.  DTL_END;
 * DTL_LIMIT for a line too long, which is skipped. */
int dtl_lines_next(struct dtl_lines *l, struct dtl_slice *out,
                   struct dtl_error *err);
/** Stored bytes read so far, and in all (UINT64_MAX: unknown). */
uint64_t dtl_lines_tell(const struct dtl_lines *l);
uint64_t dtl_lines_size(const struct dtl_lines *l);
/** XXH3 of the first and last 64 KiB; false when it is no file. */
bool dtl_lines_fingerprint(struct dtl_lines *l, uint64_t *out);
void dtl_lines_close(struct dtl_lines *l);

#endif
