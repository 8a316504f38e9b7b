/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_EXPORT_H
#define DATELINE_EXPORT_H
/*
 * Take a part of a store out, in a form that other tools read.
 *
 * Into files, one or a directory of them with a description:
 *
 *     struct dtl_export_job job = { .format = "parquet", .output = "x.parquet",
 *                                   .selection = { ... } };
 *     dtl_export_write("my.store", &job, &err);
 *
 * As a stream of bytes, for a server:
 *
 *     dtl_export_open(store, &selection, &options, &x, &err);
 *     while ((rc = dtl_export_next(x, &bytes, &err)) == DTL_OK)
 *         send and clear `bytes`;
 *     dtl_export_close(x);
 *
 * Or only what is selected, row by row: dtl_select_open().
 *
 * Rows come in the order of the store's segments, within each in that of SURT
 * key and time: the same store, the same selection and the same version of
 * dateline give the same bytes, however many threads work.  Captures that were
 * taken down are never selected.
 */
#include <dateline/access.h>
#include <dateline/base.h>
#include <dateline/index.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- what -----------------------------------------------------------------
 */

enum dtl_dedupe {
    DTL_DEDUPE_NONE,
    DTL_DEDUPE_TEXT, /* one row a distinct text: its earliest capture */
    DTL_DEDUPE_STORY /* one row a story: its earliest capture */
};

struct dtl_url_match {
    const char *url;
    enum dtl_match match;
};

/**
 * Which captures or articles: those that agree with every member given; of a
 * list any will do.  Zero is "all" but for the times.  All is borrowed.
 */
struct dtl_selection {
    int64_t from, to; /* capture time, inclusive; DTL_NO_TIME */
    int64_t published_from, published_to; /* claimed; likewise */
    const char *const *sites;             /* registrable domains */
    size_t nsites;
    const char *const *languages;
    size_t nlanguages;
    const char *const *page_types;
    size_t npage_types; /* 0: of articles: article and liveblog */
    const char *const *sections;
    size_t nsections;
    const struct dtl_url_match *urls;
    size_t nurls;
    const char *const *stories; /* names of dtl_story */
    size_t nstories;
    const char *words;   /* in title or text, in this order, side by side; case
                            and accents aside */
    const char *passage; /* every appearance of this text, as dtl_trace() */
    struct dtl_slice trace; /* the captures of a saved answer of `dateline
                               trace --format json` or jsonl */
    struct dtl_slice list;  /* a URL, digest, text hash or WARC-Record-ID a
                               line; empty lines and those with # are none */
    const struct dtl_access_rules *access; /* or NULL: only what `user` may */
    const char *user;                      /* see at time `now` */
    int64_t now;
    enum dtl_dedupe dedupe;
    uint64_t sample, seed; /* so many of them, drawn by chance; 0: all */
    uint64_t limit;        /* 0: none */
};

/** What a row is. */
enum dtl_export_unit {
    DTL_EXPORT_ARTICLES, /* an article, with its first selected capture */
    DTL_EXPORT_CAPTURES, /* a capture, whatever it holds */
};

struct dtl_selected {
    struct dtl_ref capture;
    struct dtl_ref article; /* ordinal DTL_NO_ARTICLE: it has none */
};

struct dtl_select;
/** `store` and what `selection` points to are borrowed.  Part of the search
 * is done here: a selection by text, story or list, a sample. */
DTL_API int dtl_select_open(struct dtl_store *store,
                            const struct dtl_selection *selection,
                            enum dtl_export_unit unit, struct dtl_select **out,
                            struct dtl_error *err);
/** The next one; DTL_END after the last. */
DTL_API int dtl_select_next(struct dtl_select *s, struct dtl_selected *out,
                            struct dtl_error *err);
/** Captures passed, of how many. */
DTL_API void dtl_select_progress(const struct dtl_select *s, uint64_t *done,
                                 uint64_t *of);
/** Lines of `list` and of `trace` that name nothing in the store. */
DTL_API uint64_t dtl_select_unknown(const struct dtl_select *s);
DTL_API void dtl_select_close(struct dtl_select *s);

/* ---- the fields of a row ----------------------------------------------------
 */

enum dtl_field_type {
    DTL_FIELD_STRING,
    DTL_FIELD_INT,    /* 64 bits */
    DTL_FIELD_DOUBLE, /* binary64 */
    DTL_FIELD_BOOL,
    DTL_FIELD_TIME, /* a second, UTC */
    DTL_FIELD_LIST, /* of strings */
};
struct dtl_export_field {
    const char *name;
    enum dtl_field_type type;
    bool nullable;
    const char *meaning; /* sentences */
};
/** Field number `i` in the order of the columns, NULL after the last.  All
 * formats of articles have the same. */
DTL_API const struct dtl_export_field *dtl_export_field_at(size_t i);
/** "string", "integer", ... as JSON Schema and Table Schema name it. */
DTL_API const char *dtl_field_type_name(enum dtl_field_type type);
struct dtl_json;
/** The fields as a JSON Schema (draft 2020-12) of a row. */
DTL_API void dtl_export_schema(struct dtl_json *j);

/* ---- formats --------------------------------------------------------------
 */

struct dtl_export_format {
    const char *name;       /* "jsonl" */
    const char *extension;  /* ".jsonl" */
    const char *media_type; /* "application/jsonl" */
    const char *what;       /* in a few words */
    enum dtl_export_unit unit;
    bool directory; /* many files: only dtl_export_write() makes them */
    bool text;      /* may be packed by .gz and .zst */
};
/** Format number `i`, NULL after the last. */
DTL_API const struct dtl_export_format *dtl_export_format_at(size_t i);
DTL_API const struct dtl_export_format *dtl_export_format_find(const char *s);

enum {
    DTL_REDACT_EMAILS = 1 << 0,
    DTL_REDACT_PHONES = 1 << 1,
    DTL_REDACT_IPS = 1 << 2,
};

enum dtl_packing { DTL_PACK_NONE, DTL_PACK_GZIP, DTL_PACK_ZSTD };

struct dtl_export_options {
    const char *format; /* NULL: jsonl */
    enum dtl_packing packing;
    unsigned jobs;     /* threads; 0 and 1: only the caller's */
    const char *store; /* its directory: threads open it again; or NULL */
    unsigned redact;   /* DTL_REDACT_... */
    uint64_t max_size; /* of a file with records or a part of an index, in a
                          directory or a WACZ; 0: 1 GiB */
};

/* ---- as a stream of bytes -------------------------------------------------
 */

struct dtl_export;
/** `store`, the selection's and the options' strings are borrowed. */
DTL_API int dtl_export_open(struct dtl_store *store,
                            const struct dtl_selection *selection,
                            const struct dtl_export_options *options,
                            struct dtl_export **out, struct dtl_error *err);
/** Append the next piece, some hundred kilobytes, to `out`.  DTL_END after the
 * last. */
DTL_API int dtl_export_next(struct dtl_export *x, struct dtl_buf *out,
                            struct dtl_error *err);
/** Rows written so far; captures passed, of how many. */
DTL_API uint64_t dtl_export_rows(const struct dtl_export *x);
/** Those whose record could not be read, of formats that need it: they are not
 * there. */
DTL_API uint64_t dtl_export_left_out(const struct dtl_export *x);
DTL_API void dtl_export_progress(const struct dtl_export *x, uint64_t *done,
                                 uint64_t *of);
DTL_API void dtl_export_close(struct dtl_export *x);

/* ---- into files -----------------------------------------------------------
 */

enum dtl_split {
    DTL_SPLIT_NONE,
    DTL_SPLIT_MONTH, /* of the capture */
    DTL_SPLIT_SITE,
    DTL_SPLIT_LANGUAGE,
};

struct dtl_export_job {
    struct dtl_export_options options;
    struct dtl_selection selection;
    const char *output; /* a file: whole or not at all, but a device or pipe is
                           written to; with a / at its end a directory of
                           data files and their description, which must not
                           exist or be empty */
    /* Of a directory. */
    enum dtl_split split;        /* a file each */
    bool bagit;                  /* also a bag of RFC 8493 */
    const char *title, *license; /* for its description; or NULL */
    /* Called now and then; false stops with DTL_LIMIT. */
    bool (*progress)(uint64_t done, uint64_t of, uint64_t rows, void *context);
    void *context;
    /* what came of it */
    uint64_t rows, bytes, files, left_out;
};
DTL_API int dtl_export_write(struct dtl_store *store,
                             struct dtl_export_job *job, struct dtl_error *err);

/* ---- checking what was written ---------------------------------------------
 */

/** One thing looked at, borrowed until the next call. */
struct dtl_export_checked {
    const char *what;  /* "file", "row", "record", "text" */
    const char *where; /* the file; of a row also its line */
    bool good;
    const char *text; /* what was found */
};
struct dtl_export_check {
    uint64_t sample, seed; /* rows of each file, drawn by chance; 0: 100 */
    void (*checked)(const struct dtl_export_checked *c, void *context);
    void *context;
    /* what came of it */
    uint64_t files, rows, records, texts, findings;
};
/**
 * Check a directory that dtl_export_write() made against its sums, or one file
 * of it; then of each file of rows (jsonl, csv) a sample against the archives:
 * the record that stands where the row says, its digest and its text; and of
 * each file of records all digests.  DTL_OK also with findings.
 */
DTL_API int dtl_export_verify(const char *path, struct dtl_export_check *check,
                              struct dtl_error *err);

#ifdef __cplusplus
}
#endif
#endif
