/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_HTTP_TOKENS_H
#define DATELINE_HTTP_TOKENS_H
/*
 * Comma-separated lists over all fields of one name (RFC 9110 section 5.6.1),
 * as Transfer-Encoding and Content-Encoding carry them.
 */
#include <dateline/http.h>

/* More codings than anyone applies; a list of thousands is an attack. */
#define MAX_CODINGS 8

/** The members of list `name` in order, parameters dropped; at most
 * MAX_CODINGS. */
size_t http_tokens(const struct dtl_http *h, const char *name,
                   struct dtl_slice out[MAX_CODINGS]);

/** Value of the first field `name`, or empty. */
struct dtl_slice http_value(const struct dtl_http *h, const char *name);

#endif
