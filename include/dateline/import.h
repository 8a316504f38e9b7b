/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_IMPORT_H
#define DATELINE_IMPORT_H
/*
 * Captures from what others indexed: CDX files with 9, 10, 11 or 14 fields or
 * a header that names them, CDXJ, ZipNum clusters, dumps of OutbackCDX; plain
 * or compressed with gzip or zstd.  Such captures have no article until
 * their archive is ingested.
 */
#include <dateline/index.h>

#ifdef __cplusplus
extern "C" {
#endif

struct dtl_import {
    size_t memory;     /* budget in bytes, 0: 512 MiB */
    const char *warcs; /* folder the file names of the lines are in, or NULL */
    /* Called now and then; false stops the import.  May be NULL. */
    bool (*progress)(const struct dtl_import *i, void *context);
    void *context;
    /* what came of it */
    uint64_t lines, captures, bytes, total_bytes; /* total 0: unknown */
    uint64_t bad_lines;                           /* skipped: not a capture */
    uint64_t first_bad; /* line number of the first one */
    char why[128];      /* and what is wrong with it */
    bool known;         /* imported before: nothing was done */
};

/** Import `name` (a path or "-") and publish it as a whole or not at all. */
DTL_API int dtl_import(struct dtl_store_writer *w, const char *name,
                       struct dtl_import *i, struct dtl_error *err);

#ifdef __cplusplus
}
#endif
#endif
