/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_SERVE_API_H
#define DATELINE_SERVE_API_H
/* What the routes below /api/v1 share. */
#include "serve.h"

#include <dateline/json.h>
#include <dateline/view.h>

/* Each reads a parameter; false with `err` filled when it makes no sense. */

/** DTL_NO_TIME when absent; digits or ISO; `last`: the end of what it says. */
bool param_time(struct request *r, const char *name, bool last, int64_t *out,
                struct dtl_error *err);
/** `otherwise` when absent; cut to `most`. */
bool param_count(struct request *r, const char *name, uint64_t otherwise,
                 uint64_t most, uint64_t *out, struct dtl_error *err);
/** One of `words` (ends with NULL): its index; 0 when absent. */
bool param_word(struct request *r, const char *name, const char *const *words,
                int *out, struct dtl_error *err);
/** It has to be there. */
bool param_needed(struct request *r, const char *name, struct dtl_slice *out,
                  struct dtl_error *err);
/** All values of a parameter, as strings in the context's arena, ends with
 * NULL; *n of them. */
const char *const *param_all(struct request *r, const char *name, size_t *n);
/** url, matchType ("*.host" and "url*" choose one), from, to. */
bool param_query(struct request *r, struct dtl_query *q, struct dtl_error *err);

/** The figures of the request's store, locked; NULL with `err` filled. */
const struct dtl_figures *figures_lock(struct request *r,
                                       struct dtl_error *err);
void figures_unlock(struct dtl_server *s);

#endif
