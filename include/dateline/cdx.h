/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_CDX_H
#define DATELINE_CDX_H
/*
 * Write lines of capture indexes: CDXJ, CDX-11 and CDX-9.  Reading them is the
 * business of <dateline/import.h>.
 *
 *     CDXJ    key time {"url": ..., "mime": ..., "status": ..., "digest": ...,
 *                       "length": ..., "offset": ..., "filename": ...}
 *     CDX-11  key time url mime status digest redirect meta length offset file
 *     CDX-9   key time url mime status digest redirect offset file
 */
#include <dateline/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Every member is text as in the line; an absent one is empty. */
struct dtl_cdx {
    struct dtl_slice key, time, url, mime, status, digest, redirect, meta;
    struct dtl_slice length, offset, filename;
    struct dtl_slice body, method; /* CDXJ of a POST: requestBody, method */
};

enum dtl_cdx_format { DTL_CDXJ, DTL_CDX11, DTL_CDX9 };

/** " CDX N b a m s k r M S V g", without line end; "" for CDXJ. */
DTL_API const char *dtl_cdx_header(enum dtl_cdx_format format);
/** Append the line and its '\n'.  JSON is ASCII, as the common indexers write
 * it; blanks inside a CDX field become %20. */
DTL_API void dtl_cdx_write(struct dtl_buf *out, const struct dtl_cdx *c,
                           enum dtl_cdx_format format);

/**
 * What indexers append to the URL of a POST or PUT before making its key:
 * "__wb_method=POST&" and the body as a query (forms, multipart, JSON) or as
 * "__wb_post_data=BASE64".  `out` gets the whole URL, `query` (may be NULL)
 * the body's part of it.
 */
DTL_API int dtl_cdx_post_url(struct dtl_slice url, struct dtl_slice method,
                             struct dtl_slice content_type,
                             struct dtl_slice body, struct dtl_arena *arena,
                             struct dtl_slice *out, struct dtl_slice *query,
                             struct dtl_error *err);

#ifdef __cplusplus
}
#endif
#endif
