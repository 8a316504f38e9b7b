/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_CDX_H
#define DATELINE_CDX_H
/*
 * Lines of capture indexes: CDXJ, CDX-11 and CDX-9.  Text to a small struct
 * and back, no more:
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

/** Which field stands where: the letters of a " CDX" header line.  Zero is
 * CDX-11, and CDX-9 for lines of nine fields. */
struct dtl_cdx_layout {
    char letters[32];
    size_t n;
};
/**
 * Read one line, with or without its line end, of any of the formats.  Slices
 * point into `line` or `arena`.  DTL_END for a line that is no capture: a
 * header (kept in `layout`), a comment, "!meta", an empty one.  DTL_FORMAT
 * when it is none of these.
 */
DTL_API int dtl_cdx_parse(struct dtl_slice line, struct dtl_cdx_layout *layout,
                          struct dtl_arena *arena, struct dtl_cdx *out,
                          struct dtl_error *err);

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
