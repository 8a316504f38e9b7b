/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_LINES_H
#define DATELINE_LINES_H
/*
 * Sort lines of text by their bytes, repeated ones once, in bounded memory:
 * what does not fit is sorted in runs, kept in temporary files and merged.
 */
#include "cmd.h"

#define LINES_RUN ((size_t)24 << 20) /* bytes sorted at a time */

struct lines {
    struct dtl_buf text;
    size_t *starts;
    size_t n, cap;
    FILE **runs;
    size_t nruns;
};

/** `line` ends in '\n'.  Exit code. */
int lines_add(struct lines *l, struct dtl_slice line);
/** Write all to stdout in order.  Exit code. */
int lines_print(struct lines *l);
void lines_free(struct lines *l);

#endif
