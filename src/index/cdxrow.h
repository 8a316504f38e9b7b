/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_INDEX_CDXROW_H
#define DATELINE_INDEX_CDXROW_H
/* A capture as a line of fields, and what filters ask of it. */
#include "read.h"

enum dtl_cdx_field {
    DTL_CDX_URLKEY,
    DTL_CDX_TIMESTAMP,
    DTL_CDX_URL,
    DTL_CDX_MIME,
    DTL_CDX_STATUS,
    DTL_CDX_DIGEST,
    DTL_CDX_REDIRECT,
    DTL_CDX_ROBOTFLAGS,
    DTL_CDX_LENGTH,
    DTL_CDX_OFFSET,
    DTL_CDX_FILENAME,
    DTL_CDX_ORIG_LENGTH,
    DTL_CDX_ORIG_OFFSET,
    DTL_CDX_ORIG_FILENAME,
    DTL_CDX_FIELDS
};
/** Field of that name, DTL_CDX_FIELDS when there is none. */
enum dtl_cdx_field dtl_cdx_field_named(struct dtl_slice name);

struct dtl_cdx_row {
    struct dtl_capture c;
    bool resolved;     /* the orig.* fields are asked for */
    bool has_original; /* and known */
    bool empty_mime;   /* the original's, instead of none */
    uint64_t orig_length, orig_offset;
    struct dtl_slice orig_filename;
    bool named; /* `filename` is known */
    struct dtl_slice filename;
    /* texts of fields that are numbers */
    char time[DTL_TIME_14], status[24], digest[DTL_DIGEST_TEXT], length[24],
        offset[24], number[24];
};

/** The field's text, borrowed from the row or the store; false when the
 * capture does not have it. */
bool dtl_cdx_row_get(struct dtl_store *s, struct dtl_cdx_row *r,
                     enum dtl_cdx_field f, struct dtl_slice *out);
/** "urlkey timestamp url mime ..." without its end. */
void dtl_cdx_row_text(struct dtl_store *s, struct dtl_cdx_row *r,
                      const uint8_t *fields, size_t n, struct dtl_buf *out);
/** As "urlkey timestamp {...}" or, `bare`, as an object of all of them. */
void dtl_cdx_row_json(struct dtl_store *s, struct dtl_cdx_row *r,
                      const uint8_t *fields, size_t n, bool bare,
                      struct dtl_buf *out);
/** Name of an archive file as CDX lines write it, until another one is asked
 * for; NULL when unknown. */
struct dtl_file_label *dtl_store_file_label(struct dtl_store *s, uint32_t file,
                                            bool imported);

/* ---- filters ------------------------------------------------------------ */

struct dtl_cdx_filter;
int dtl_cdx_filter_new(struct dtl_slice text, struct dtl_cdx_filter **out,
                       struct dtl_error *err);
/** 1: passes, 0: not, or an error. */
int dtl_cdx_filter_passes(struct dtl_cdx_filter *f, struct dtl_store *s,
                          struct dtl_cdx_row *r, struct dtl_buf *scratch,
                          struct dtl_error *err);
void dtl_cdx_filter_free(struct dtl_cdx_filter *f);

#endif
