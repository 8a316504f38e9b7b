/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_DIGEST_H
#define DATELINE_DIGEST_H
/*
 * Digests as WARC-Block-Digest and WARC-Payload-Digest carry them
 * (WARC 1.1 section 5.8: labelled-digest = algorithm ":" value).
 */
#include <dateline/base.h>

#ifdef __cplusplus
extern "C" {
#endif

enum dtl_digest_kind {
    DTL_DIGEST_NONE = 0,
    DTL_DIGEST_SHA1 = 1,
    DTL_DIGEST_SHA256 = 2,
    DTL_DIGEST_SHA512 = 3,
    DTL_DIGEST_MD5 = 4,
};

struct dtl_digest {
    uint8_t kind; /* enum dtl_digest_kind */
    uint8_t len;  /* bytes used of `bytes` */
    uint8_t bytes[64];
};

/**
 * "sha1:BASE32", "sha1:hex", "SHA-256:...", bare 32-character base32 (CDX) or
 * 40/64 hex.  DTL_FORMAT when it is none of them.
 */
DTL_API int dtl_digest_parse(struct dtl_slice s, struct dtl_digest *out,
                             struct dtl_error *err);
#define DTL_DIGEST_TEXT 144
/** "sha1:BASE32" (upper case, as crawlers write it), others in hex. */
DTL_API void dtl_digest_text(const struct dtl_digest *d,
                             char out[DTL_DIGEST_TEXT]);
DTL_API bool dtl_digest_equal(const struct dtl_digest *a,
                              const struct dtl_digest *b);

/** A running computation; one or more kinds over the same bytes. */
struct dtl_hasher;
DTL_API int dtl_hasher_new(enum dtl_digest_kind kind, struct dtl_hasher **out,
                           struct dtl_error *err);
DTL_API void dtl_hasher_add(struct dtl_hasher *h, struct dtl_slice s);
/** The digest of all added; the hasher then starts again from nothing. */
DTL_API void dtl_hasher_finish(struct dtl_hasher *h, struct dtl_digest *out);
DTL_API void dtl_hasher_free(struct dtl_hasher *h);

DTL_API void dtl_hex(struct dtl_slice s, char *out /* 2 * len + 1 */);
DTL_API bool dtl_unhex(struct dtl_slice s, uint8_t *out /* len / 2 */);

#ifdef __cplusplus
}
#endif
#endif
