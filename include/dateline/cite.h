/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_CITE_H
#define DATELINE_CITE_H
/*
 * Prove a capture: gather the records that hold it, recompute what they
 * declare, and pack them as a WACZ that anyone can check offline:
 *
 *     dtl_cite_open(store, &capture, segment, &cite, &err);
 *     dtl_cite_json(cite, &json);                     the evidence
 *     dtl_cite_wacz(cite, "proof.wacz", &options, &err);
 *     dtl_cite_close(cite);
 *     ...
 *     dtl_wacz_verify("proof.wacz", &check, &err);    years later
 *
 * And check that the archives of a store still hold what it says.
 */
#include <dateline/base.h>
#include <dateline/http.h>
#include <dateline/index.h>
#include <dateline/warc.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- evidence ----------------------------------------------------------- */

enum dtl_cited_role {
    DTL_CITED_WARCINFO, /* the first record of the file */
    DTL_CITED_REQUEST,  /* what the capture answered */
    DTL_CITED_CAPTURE,  /* the record of the capture itself */
    DTL_CITED_ORIGINAL, /* of a revisit: the record with its payload */
};
DTL_API const char *dtl_cited_role_name(enum dtl_cited_role role);

/** One record of the evidence. */
struct dtl_cited {
    enum dtl_cited_role role;
    enum dtl_warc_type type;
    bool arc, compressed; /* in its archive */
    struct dtl_slice url, record_id;
    int64_t time;
    int status; /* of HTTP, 0 for none */
    struct dtl_slice mime;
    const char *file; /* the archive it was read from */
    uint64_t offset, length;
    uint64_t inner; /* bytes before it in its gzip member or zstd frame */
    struct dtl_slice payload_declared, block_declared; /* may be empty */
    struct dtl_digest payload, block;    /* computed; kind 0: not declared and
                                            nothing to compute */
    enum dtl_payload_rule rule;          /* which made payload_declared right */
    bool payload_differs, block_differs; /* from what is declared */
    struct dtl_slice plain;  /* the record's bytes without compression */
    struct dtl_slice stored; /* as stored, when it can be taken out so */
};

struct dtl_evidence {
    struct dtl_slice url;
    int64_t time;
    const struct dtl_cited *records;
    size_t nrecords;
    bool has_text;
    uint8_t text_hash[32];   /* of the article as the store has it */
    uint8_t record_hash[32]; /* of the article extracted from the record */
    size_t removed;          /* lines a look at the whole crawl took out */
    struct dtl_slice title, text;
    struct dtl_slice meta; /* JSON: metadata and claims, as stored */
    bool absence;          /* it shows that a text was not there */
};

struct dtl_cite; /* opaque */
struct dtl_json;
/** Read the records of `c`, which is in `segment`.  All lives until
 * dtl_cite_close(). */
DTL_API int dtl_cite_open(struct dtl_store *store, const struct dtl_capture *c,
                          uint32_t segment, struct dtl_cite **out,
                          struct dtl_error *err);
/** The same for several captures: none yet. */
DTL_API int dtl_cite_new(struct dtl_store *store, struct dtl_cite **out,
                         struct dtl_error *err);
/** Add the records of `c`; after an error as if it had not been called. */
DTL_API int dtl_cite_add(struct dtl_cite *cite, const struct dtl_capture *c,
                         uint32_t segment, bool absence, struct dtl_error *err);
/** The trace whose evidence it is: its JSON, one valid value. */
DTL_API int dtl_cite_report(struct dtl_cite *cite, struct dtl_slice json,
                            struct dtl_error *err);
DTL_API size_t dtl_cite_count(const struct dtl_cite *c);
DTL_API const struct dtl_evidence *dtl_cite_nth(const struct dtl_cite *c,
                                                size_t i);
/** The first, and mostly the only one. */
DTL_API const struct dtl_evidence *dtl_cite_evidence(const struct dtl_cite *c);
/** The evidence as one object; see dateline-formats(5). */
DTL_API void dtl_cite_json(const struct dtl_cite *c, struct dtl_json *j);
DTL_API void dtl_cite_close(struct dtl_cite *c);

/* ---- WACZ 1.1.1 --------------------------------------------------------- */

struct dtl_wacz_options {
    struct dtl_slice key; /* PEM of an Ed25519 private key, or empty */
    int64_t created;      /* 0: now */
};
/** Write the records, byte for byte, and the evidence as `path`, which appears
 * only when it is complete. */
DTL_API int dtl_cite_wacz(struct dtl_cite *c, const char *path,
                          const struct dtl_wacz_options *options,
                          struct dtl_error *err);

/** One thing looked at, borrowed until the next call. */
struct dtl_wacz_checked {
    const char *what;  /* "member", "digest", "signature", "record", "text" */
    const char *where; /* the member, or the record's id */
    bool good;
    const char *text; /* what was found */
};
struct dtl_wacz_check {
    struct dtl_slice key; /* PEM: must have signed it; or empty */
    void (*checked)(const struct dtl_wacz_checked *c, void *context);
    void *context;
    /* what came of it */
    bool is_signed, has_evidence;
    uint64_t members, records, findings;
};
/** Check a WACZ against itself: dateline's own, or anyone's as far as it
 * goes.  DTL_OK also with findings. */
DTL_API int dtl_wacz_verify(const char *path, struct dtl_wacz_check *check,
                            struct dtl_error *err);

/* ---- archives of a store ------------------------------------------------ */

struct dtl_reread {
    /* What does not agree: `what` is "archive", "record", "payload" or
     * "text"; false stops. */
    bool (*finding)(const struct dtl_capture *c, const char *file,
                    const char *what, const char *text, void *context);
    bool (*progress)(uint64_t done, uint64_t of, void *context);
    void *context;
    uint64_t from; /* go on after these many captures */
    /* what came of it */
    uint64_t done; /* captures passed, with `from`: where to go on */
    uint64_t read, payloads, texts;
    uint64_t looked_at;      /* texts that a record alone cannot tell */
    uint64_t revisits, lost; /* their originals are not in the store */
    uint64_t imported;       /* known from CDX lines only */
    uint64_t findings;
};
/** Read every capture's record again and compare digest and text with what the
 * store says.  DTL_OK also with findings; DTL_END when a callback returned
 * false. */
DTL_API int dtl_reread_archives(struct dtl_store *store, struct dtl_reread *r,
                                struct dtl_error *err);

#ifdef __cplusplus
}
#endif
#endif
