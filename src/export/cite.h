/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DTL_EXPORT_CITE_H
#define DTL_EXPORT_CITE_H
/* What gathering, packing and checking of evidence share. */
#include <dateline/cite.h>
#include <dateline/ingest.h>

#define CITE_MOST    ((size_t)256 << 20) /* bytes of a record's block */
#define CITE_RECORDS 6

/* Where a record stands in the WACZ; path NULL: in none yet. */
struct cite_place {
    const char *path;
    uint64_t offset, length;
    bool as_stored; /* byte for byte as in the archive */
};

/* One capture with its records. */
struct exhibit {
    struct dtl_evidence e;
    struct dtl_cited records[CITE_RECORDS];
    struct cite_place places[CITE_RECORDS];
};

struct dtl_cite {
    struct dtl_store *store;
    struct dtl_arena *arena;
    struct dtl_harvester *harvester;
    struct dtl_replay *replay;
    struct exhibit **list;
    size_t n, cap;
    struct dtl_slice report; /* JSON of the trace they belong to, or empty */
};

/* Several captures, or one of a trace: evidence.json holds a list. */
static inline bool cite_is_list(const struct dtl_cite *c)
{
    return c->n != 1 || c->report.len > 0;
}

/* The records' bytes digested: declared and computed.  `found` may be NULL for
 * a record that is no capture. */
int dtl_cite_digests(const struct dtl_warc_record *rec, struct dtl_slice block,
                     const struct dtl_harvest *found, struct dtl_arena *a,
                     struct dtl_cited *out, struct dtl_error *err);

/* "sha256:" and hex. */
#define CITE_HASH 72
void dtl_cite_hash_text(const uint8_t hash[32], char out[CITE_HASH]);
int dtl_cite_sha256(struct dtl_slice s, char out[CITE_HASH],
                    struct dtl_error *err);

/* ---- Ed25519 (sign.c) --------------------------------------------------- */

/* Sign `message` with the private key in `pem`: signature and public key (DER
 * of SubjectPublicKeyInfo), both in base64, in `a`. */
int dtl_sign(struct dtl_slice pem, struct dtl_slice message,
             struct dtl_arena *a, const char **signature,
             const char **public_key, struct dtl_error *err);
/* DTL_OK; DTL_INVALID when the signature is not right or no signature. */
int dtl_sign_check(const char *public_key, const char *signature,
                   struct dtl_slice message, struct dtl_error *err);
/* Public key of a PEM, private or public, in base64 as above. */
int dtl_sign_public(struct dtl_slice pem, struct dtl_arena *a,
                    const char **public_key, struct dtl_error *err);

#endif
