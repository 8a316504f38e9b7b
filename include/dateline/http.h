/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_HTTP_H
#define DATELINE_HTTP_H
/*
 * HTTP messages as crawlers stored them: head, transfer-coding,
 * content-coding.  Lenient (RFC 9112 section 2.2 and appendix C), and says
 * what it had to forgive.
 */
#include <dateline/base.h>
#include <dateline/digest.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What was found out of order while reading a message. */
enum {
    DTL_HTTP_NO_HEAD = 1 << 0,  /* HTTP/0.9: all of it is body */
    DTL_HTTP_CUT_HEAD = 1 << 1, /* no empty line */
    DTL_HTTP_DECHUNKED = 1 << 2,
    DTL_HTTP_FALSE_CHUNKED = 1 << 3, /* declared, not applied */
    DTL_HTTP_CUT_CHUNKS = 1 << 4,
    DTL_HTTP_CUT_CODING = 1 << 5,      /* content-coding ended early */
    DTL_HTTP_BAD_CODING = 1 << 6,      /* damaged: what preceded is kept */
    DTL_HTTP_FALSE_CODING = 1 << 7,    /* declared, not applied */
    DTL_HTTP_UNKNOWN_CODING = 1 << 8,  /* kept as it is */
    DTL_HTTP_LIMIT = 1 << 9,           /* cut at the ceiling */
    DTL_HTTP_HIDDEN_CHUNKED = 1 << 10, /* applied, not declared */
    DTL_HTTP_HIDDEN_CODING = 1 << 11,  /* HTML gzipped without saying so */
};

struct dtl_http {
    int status; /* 0 for a request or none */
    struct dtl_slice version, reason, method, target;
    const struct dtl_field *fields; /* obs-folds joined */
    size_t nfields;
    struct dtl_slice mime;    /* type/subtype in lower case */
    struct dtl_slice charset; /* of Content-Type, or empty */
    size_t head_len;          /* bytes up to the body */
    unsigned flags;
};

/** Read the head of `message`; everything points into it or `arena`. Any
 * bytes are a message (DTL_HTTP_NO_HEAD): fails only out of memory. */
DTL_API int dtl_http_parse(struct dtl_slice message, struct dtl_arena *arena,
                           struct dtl_http *out, struct dtl_error *err);
/**
 * The payload of WARC 1.1 section 3: `body` without transfer-coding, still
 * content-encoded.  Borrowed from `body`, or in `arena` when it was chunked.
 */
DTL_API int dtl_http_payload(struct dtl_http *h, struct dtl_slice body,
                             struct dtl_arena *arena, struct dtl_slice *out,
                             struct dtl_error *err);

/** Decoders kept between calls: one per thread. */
struct dtl_decoder;
DTL_API int dtl_decoder_new(struct dtl_decoder **out, struct dtl_error *err);
/**
 * Undo the content-codings of `payload`, at most `max` bytes out (then
 * DTL_HTTP_LIMIT is set).  `out` is borrowed from `payload` (nothing to undo)
 * or from `d` (until the next call).
 */
DTL_API int dtl_http_decode(struct dtl_decoder *d, struct dtl_http *h,
                            struct dtl_slice payload, size_t max,
                            struct dtl_slice *out, struct dtl_error *err);
DTL_API void dtl_decoder_free(struct dtl_decoder *d);

/**
 * Over which bytes crawlers computed WARC-Payload-Digest.  The standard says
 * the payload; many hashed the body with its chunk framing, some the block.
 */
enum dtl_payload_rule {
    DTL_PAYLOAD_NO_MATCH,
    DTL_PAYLOAD_STANDARD, /* de-chunked, still content-encoded */
    DTL_PAYLOAD_FRAMED,   /* the body as stored, chunk framing and all */
    DTL_PAYLOAD_BLOCK,    /* the whole block, head included */
};
/** "payload", "framed", "block"; "none" for no match. */
DTL_API const char *dtl_payload_rule_name(enum dtl_payload_rule rule);
/**
 * Which rule makes `declared` right.  `body` is where in `block` the body
 * begins, `payload` what dtl_http_payload() made of it.  For a record without
 * HTTP pass body 0 and the block as payload.  `hasher` must be of the declared
 * kind; `computed` (may be NULL) gets the digest of `payload`.
 */
DTL_API enum dtl_payload_rule dtl_payload_check(
    const struct dtl_digest *declared, struct dtl_slice block, size_t body,
    struct dtl_slice payload, struct dtl_hasher *hasher,
    struct dtl_digest *computed);

#ifdef __cplusplus
}
#endif
#endif
