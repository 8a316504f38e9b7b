/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DTL_EXPORT_VERIFY_H
#define DTL_EXPORT_VERIFY_H
/* What checking of an export shares: verify.c files and records, verify_rows.c
 * rows. */
#include <dateline/export.h>
#include <dateline/ingest.h>

struct dtl_checking {
    struct dtl_export_check *out;
    struct dtl_harvester *harvester;
    struct dtl_arena *arena; /* for one record or row */
    struct dtl_hasher *sha256;
};

void dtl_check_tell(struct dtl_checking *k, const char *what, const char *where,
                    bool good, const char *format, ...) DTL_PRINTF(5, 6);
/** Rows of `path`, JSON lines or CSV, which `name` names. */
int dtl_check_rows(struct dtl_checking *k, const char *path, const char *name,
                   bool csv, struct dtl_error *err);

#endif
