/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DTL_EXPORT_PACKAGE_H
#define DTL_EXPORT_PACKAGE_H
/* A directory of data files and what describes them. */
#include "engine.h"

#include <dateline/json.h>

struct dtl_package_file {
    char *path; /* in the directory: "data/..." */
    uint64_t rows, bytes;
    char sha256[65];
    bool data; /* else it describes */
};

struct dtl_package {
    const struct dtl_export_job *job;
    const struct dtl_export_format *format;
    struct dtl_store *store;
    char *dir, *part; /* until it is whole it is DIR.part */
    struct dtl_package_file *files;
    size_t n, room;
    struct dtl_tally tally;
    struct dtl_select *select; /* while data are written */
    struct dtl_buf cluster;    /* lines of an index of the data files */
    uint64_t left_out;         /* records that could not be read */
    uint32_t number;           /* of the next file of limited size */
    uint64_t many;             /* rows of all groups, 0 without groups */
    struct dtl_buf selection;  /* as JSON */
    char data_hash[65];        /* of the sums of the data files */
};

/* ---- card.c: what the description says --------------------------------------
 */

/** The question that was asked, as one object. */
void dtl_card_selection(const struct dtl_export_job *job, struct dtl_json *j);
/** The fields as Frictionless Table Schema. */
void dtl_card_table_schema(struct dtl_json *j);
void dtl_card_readme(struct dtl_package *p, struct dtl_buf *out);
void dtl_card_datapackage(const struct dtl_package *p, struct dtl_buf *out);
void dtl_card_croissant(const struct dtl_package *p, struct dtl_buf *out);

#endif
