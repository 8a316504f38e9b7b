/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DTL_EXPORT_CDXROW_H
#define DTL_EXPORT_CDXROW_H
/* A row as a line of a capture index. */
#include "format.h"

#include <dateline/cdx.h>

/** What is not the row's own lives in `a`. */
int dtl_row_cdx(const struct dtl_export_row *row, struct dtl_arena *a,
                struct dtl_cdx *out, struct dtl_error *err);

#endif
