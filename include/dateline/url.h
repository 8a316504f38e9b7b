/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_URL_H
#define DATELINE_URL_H
/*
 * URLs as archives key them.  The SURT key ("org,archive)/path?a=b") sorts a
 * domain's captures together; it is what CDX files and replay tools look up.
 */
#include <dateline/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Parts of an absolute URL, borrowed from it; absent parts are empty. */
struct dtl_url {
    struct dtl_slice scheme, user, host, port, path, query, fragment;
};
/** Split without changing anything; false when there is no scheme. */
DTL_API bool dtl_url_split(struct dtl_slice url, struct dtl_url *out);

/** Resolve `ref` against `base` (RFC 3986 section 5); ptr NULL on failure. */
DTL_API struct dtl_slice dtl_url_resolve(struct dtl_arena *a,
                                         struct dtl_slice base,
                                         struct dtl_slice ref);

enum dtl_surt_mode {
    DTL_SURT_WAYBACK, /* the Internet Archive's rules, as `surt` applies */
    DTL_SURT_WHATWG,  /* URL Standard parsing only: nothing is dropped */
};
/** The SURT key of `url` into the arena; ptr NULL only out of memory: a text
 * that is no URL still gets the key the Wayback rules give it. */
DTL_API struct dtl_slice dtl_surt(struct dtl_arena *a, struct dtl_slice url,
                                  enum dtl_surt_mode mode);

/** Host in lower case without port and user; empty if there is none. */
DTL_API struct dtl_slice dtl_url_host(struct dtl_arena *a,
                                      struct dtl_slice url);
/** Registrable domain of the host ("bbc.co.uk") by the Public Suffix List;
 * the host itself for IP addresses and suffixes. */
DTL_API struct dtl_slice dtl_url_site(struct dtl_arena *a,
                                      struct dtl_slice url);

#ifdef __cplusplus
}
#endif
#endif
