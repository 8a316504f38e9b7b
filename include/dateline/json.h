/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_JSON_H
#define DATELINE_JSON_H
/*
 * Write JSON (RFC 8259) into a buffer, one value after the other:
 *
 *     struct dtl_json j = { .out = &buf };
 *     dtl_json_object(&j);
 *     dtl_json_key(&j, "url");    dtl_json_slice(&j, url);
 *     dtl_json_key(&j, "status"); dtl_json_int(&j, 200);
 *     dtl_json_end(&j);
 *
 * Commas are its business; bytes that are not UTF-8 come out as U+FFFD.
 */
#include <dateline/base.h>

#ifdef __cplusplus
extern "C" {
#endif

struct dtl_json {
    struct dtl_buf *out;
    bool spaced; /* ", " and ": " as pywb's CDXJ lines have them */
    /* private */
    unsigned depth;
    bool started, after_key;
    char close[32];
};

DTL_API void dtl_json_object(struct dtl_json *j);
DTL_API void dtl_json_array(struct dtl_json *j);
/** Close the innermost object or array. */
DTL_API void dtl_json_end(struct dtl_json *j);
DTL_API void dtl_json_key(struct dtl_json *j, const char *name);
DTL_API void dtl_json_slice(struct dtl_json *j, struct dtl_slice s);
DTL_API void dtl_json_str(struct dtl_json *j, const char *s); /* NULL: null */
DTL_API void dtl_json_int(struct dtl_json *j, int64_t v);
DTL_API void dtl_json_uint(struct dtl_json *j, uint64_t v);
/** Shortest of %.Ng with `digits` significant; NaN and infinities: null. */
DTL_API void dtl_json_double(struct dtl_json *j, double v, int digits);
DTL_API void dtl_json_bool(struct dtl_json *j, bool v);
DTL_API void dtl_json_null(struct dtl_json *j);
/** A value that is JSON already, without line ends. */
DTL_API void dtl_json_raw(struct dtl_json *j, struct dtl_slice json);

#ifdef __cplusplus
}
#endif
#endif
