/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_RECORDS_H
#define DATELINE_RECORDS_H
/*
 * What ls, cat, check and recompress share: a walk over the records of all
 * operands, and the filters that choose among them.
 */
#include "cmd.h"

#include <dateline/http.h>
#include <dateline/io.h>
#include <dateline/warc.h>

struct records {
    struct dtl_walk *walk;
    struct dtl_source *src;
    struct dtl_warc *warc;
    const char *file; /* name of the input being read */
    int code;         /* exit code so far: EXIT_INPUT once one failed */
};

/** Exit code; EXIT_FOUND when it is open. */
int records_open(struct records *r, const char *const *paths, size_t n);
/** The next record of any input: DTL_OK, DTL_END, or DTL_BAD_RECORD with the
 * stretch in dtl_warc_last_damage(r->warc).  Inputs that cannot be read are
 * complained of and passed over. */
int records_next(struct records *r, struct dtl_warc_record *rec,
                 struct dtl_error *err);
/** Open the first input at the record stored at `offset`.  Exit code. */
int records_seek(struct records *r, uint64_t offset, uint64_t inner);
/** Close and give the exit code. */
int records_close(struct records *r);

/* The HTTP side of a record, from the first bytes of its block. */
struct record_http {
    bool is_http;
    int status; /* 0 for none */
    char mime[128];
    struct dtl_buf head; /* the first bytes, when they came in pieces */
};
/** Read as much of the block as holds the head.  `arena` is reset. */
int record_http(struct dtl_warc *w, const struct dtl_warc_record *rec,
                struct dtl_arena *arena, struct record_http *out,
                struct dtl_error *err);
/** True when the block is an HTTP message by what the record says. */
bool record_is_http(const struct dtl_warc_record *rec);

/*
 * Digests of the present record, computed and declared.  Blocks up to
 * RECORD_MAX are held in memory, larger ones are read through once; then a
 * chunked payload is known only with its framing.
 */
#define RECORD_MAX ((size_t)8 << 20)

struct digester {
    struct dtl_arena *arena;
    struct dtl_hasher *hashers[2][DTL_DIGEST_MD5 + 1]; /* block, payload */
    /* results of the last record */
    struct dtl_digest block, payload;           /* computed, kind as declared */
    struct dtl_digest want_block, want_payload; /* declared; kind 0: none */
    bool unreadable_block, unreadable_payload;  /* declared, but no digest */
    bool has_payload;
    enum dtl_payload_rule rule; /* which made the declared payload digest */
    uint64_t length;            /* of the block, as read */
    struct dtl_http http;       /* valid until the next record */
    bool is_http;
};
/** Exit code. */
int digester_open(struct digester *d);
void digester_close(struct digester *d);
/** Read the record's block through: DTL_OK, DTL_BAD_RECORD, or fatal. */
int digester_read(struct digester *d, struct dtl_warc *w,
                  const struct dtl_warc_record *rec, struct dtl_error *err);

/* Filters of the command line; see RECORD_FILTERS. */
#define RECORD_FILTERS                                                         \
    { "type", 't', "LIST", "only these record types: response,revisit" },      \
        { "status", 's', "LIST", "only these HTTP statuses: 200,30x,4xx" },    \
        { "mime", 'm', "GLOB", "only these media types: 'text/*'" },           \
        { "url", 'u', "GLOB", "only these URLs: '*://example.org/*'" },        \
        { "from", 0, "TIME", "not before: 2024, 2024-05-02, 20240502100000" }, \
    {                                                                          \
        "to", 0, "TIME", "not after"                                           \
    }

struct filter {
    const char *type, *status, *mime, *url;
    int64_t from, to;
    bool any;
};
/** False after complaining. */
bool filter_parse(const struct args *a, struct filter *f);
/** By what the record header says. */
bool filter_record(const struct filter *f, const struct dtl_warc_record *rec);
bool filter_http(const struct filter *f, const struct record_http *h);

/** The date in ISO 8601 when it can be read, else as it stands. */
struct dtl_slice record_date(const struct dtl_warc_record *rec, char buf[32]);

#endif
