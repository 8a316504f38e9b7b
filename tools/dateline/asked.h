/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_ASKED_H
#define DATELINE_ASKED_H
/* What is to be traced: TEXT, FILE, URL or DIGEST. */
#include "cmd.h"

#include <dateline/trace.h>

/** Is there a file of this name, or does it mean standard input? */
bool asked_is_file(const char *name);
/** The words of the command line as a query, in `arena`. */
int asked_read(struct dtl_store *store, struct dtl_arena *arena,
               const char *const *words, size_t n, struct dtl_trace_query *out,
               struct dtl_error *err);

#endif
