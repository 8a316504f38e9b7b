/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_CDXSERVER_H
#define DATELINE_CDXSERVER_H
/*
 * Queries as CDX servers take them (pywb, the Wayback CDX server), answered
 * line by line:
 *
 *     rc = dtl_cdx_query_open(store, params, n, &q, &err);
 *     while ((rc = dtl_cdx_query_next(q, &line, &err)) == DTL_OK)
 *         send(&line), dtl_buf_clear(&line);
 *
 * Parameters, by name and decoded value; a name that is not known is ignored,
 * a value that makes no sense is DTL_INVALID:
 *
 *   url              required; "*.host" and "url*" choose the match type
 *   matchType        exact, prefix, host, domain
 *   from, to         timestamps of 1 to 14 digits, both inclusive
 *   closest          timestamp: the closest captures first
 *   sort             default, reverse, closest; also reverse=true
 *   limit            most lines; negative: the last ones; 100000 if absent
 *   filter           [!][=|~][field:]text, may be repeated: contains, or =
 *                    equals, or ~ regular expression (PCRE2) that matches from
 *                    the start; without a field the whole CDX line
 *   collapse         field[:digits], may be repeated: of neighbours that agree
 *                    in it the first
 *   collapseTime     digits: of neighbours that agree in time and status
 *   resolveRevisits  true: a revisit gets its original's type and status, and
 *                    orig.length, orig.offset, orig.filename
 *   fl, fields       names separated by commas
 *   output           cdxj (the default), json (an object a line), text
 *   page, pageSize   part of a large answer, pageSize blocks to a page
 *   showNumPages     true: only how many pages there are
 *   showResumeKey    true: after `limit` lines an empty line and a key
 *   resumeKey        go on from there
 *
 * Fields: urlkey timestamp url mime status digest redirect robotflags length
 * offset filename; original, mimetype and statuscode are other names of three.
 */
#include <dateline/index.h>

#ifdef __cplusplus
extern "C" {
#endif

struct dtl_cdx_query;

/** DTL_INVALID: the parameters make no sense, `err` says why (a server's
 * status 400).  `params` are copied. */
DTL_API int dtl_cdx_query_open(struct dtl_store *s,
                               const struct dtl_field *params, size_t n,
                               struct dtl_cdx_query **out,
                               struct dtl_error *err);
/** Media type of the answer: "text/x-cdxj", "text/x-ndjson", "text/plain",
 * "application/json". */
DTL_API const char *dtl_cdx_query_type(const struct dtl_cdx_query *q);
/** Append the next line with its end to `out`.  DTL_END after the last;
 * DTL_LIMIT when a regular expression takes too many steps. */
DTL_API int dtl_cdx_query_next(struct dtl_cdx_query *q, struct dtl_buf *out,
                               struct dtl_error *err);
DTL_API void dtl_cdx_query_close(struct dtl_cdx_query *q);

#ifdef __cplusplus
}
#endif
#endif
