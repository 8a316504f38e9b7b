/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_CAPTURE_H
#define DATELINE_CAPTURE_H
/* The operand CAPTURE: a URL with --at, or TIME/URL. */
#include "cmd.h"

#include <dateline/index.h>

/** The URL and time operand 0 and --at name; `when` DTL_NO_TIME for the last
 * capture.  False after complaining. */
bool capture_operand(const struct args *a, const char **url, int64_t *when);
/** The capture nearest to `when`, or the last one; among those of one moment
 * the first.  Its slices live in `arena`. */
int capture_find(struct dtl_store *store, const char *url, int64_t when,
                 struct dtl_arena *arena, struct dtl_capture *out,
                 uint32_t *segment, struct dtl_error *err);

#endif
