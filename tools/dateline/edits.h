/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_EDITS_H
#define DATELINE_EDITS_H
#include "cmd.h"

#include <dateline/story.h>

/** What was changed from `old` to `now`, in colour or as [-gone-] {+new+};
 * unchanged text is shortened to what stands next to a change. */
void edits_print(struct dtl_buf *b, const struct dtl_edit *edits, size_t n,
                 struct dtl_slice old, struct dtl_slice now);

#endif
