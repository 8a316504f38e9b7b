/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DTL_EXPORT_FORMAT_H
#define DTL_EXPORT_FORMAT_H
/*
 * A format is one file format_NAME.c that defines a `struct dtl_format` and
 * has its row in the table in format.c.
 *
 * encode() turns rows into a batch of bytes, in any thread, each batch alone.
 * A row too large for memory it refuses with DTL_LIMIT; row() is then called
 * with it, in its turn and in one thread, and may ask to be called again.  With
 * DTL_BAD_RECORD both say, before they append anything, that the row's record
 * cannot be read: it is counted and left out.
 */
#include "redact.h"

#include <dateline/export.h>

/** A selected row with what the store knows of it. */
struct dtl_export_row {
    struct dtl_ref capture_ref, article_ref;
    struct dtl_capture capture;
    const char *file; /* the archive, as it can be opened now */
    bool has_article;
    struct dtl_article_row article;
};

/** One output file being written, the same for all calls. */
struct dtl_format_run {
    const struct dtl_export_options *options;
    struct dtl_store *store; /* of the calling thread */
    struct dtl_arena *arena; /* emptied before each row; also of the thread */
    const struct dtl_selection *selection; /* what was asked for, or NULL */
    uint32_t number;                       /* of the file, from 0 */
    struct dtl_redacted *redacted;         /* counts of the batch */
    void *state;    /* of dtl_format.state bytes, zero at first;
                       encode() may not touch it */
    uint64_t rows;  /* before this batch */
    uint64_t bytes; /* written before this call, unpacked */
    bool more;      /* set by row() and close(): call again */
};

/** What encode() fills row by row and hands to written(). */
struct dtl_batch {
    struct dtl_buf bytes;
    void *extra; /* of the format, kept from batch to batch: `rows` is 0 when
                    a new one begins; batch_free() frees it at the end */
    size_t held; /* bytes kept in `extra` */
    size_t rows;
    struct dtl_redacted redacted;
    uint64_t left_out;
    struct dtl_buf notes; /* of the engine: what the description tells */
};

struct dtl_format {
    struct dtl_export_format about;
    size_t batch;     /* rows of a batch, at most */
    bool text;        /* the article's text is needed */
    bool by_place;    /* rows come in the order of archive and offset */
    size_t row_bytes; /* of such a file, about, or 0: as long as the record */
    bool rotated;     /* in a directory: several files of a limited size */
    size_t state;
    /* Each but encode() may be NULL.  What is appended to `out` is written. */
    int (*open)(struct dtl_format_run *run, struct dtl_buf *out,
                struct dtl_error *err);
    int (*encode)(const struct dtl_format_run *run,
                  const struct dtl_export_row *row, struct dtl_batch *batch,
                  struct dtl_error *err);
    /* After the last row of a batch, in the same thread. */
    int (*encoded)(const struct dtl_format_run *run, struct dtl_batch *batch,
                   struct dtl_error *err);
    /* Batch after batch, in order; `batch->bytes` are written after it. */
    int (*written)(struct dtl_format_run *run, struct dtl_batch *batch,
                   struct dtl_error *err);
    int (*row)(struct dtl_format_run *run, const struct dtl_export_row *row,
               struct dtl_buf *out, struct dtl_error *err);
    /* Lines of an index beside the file, good until close of the export. */
    struct dtl_slice (*index)(const void *state);
    int (*close)(struct dtl_format_run *run, struct dtl_buf *out,
                 struct dtl_error *err);
    void (*batch_free)(struct dtl_batch *batch);
    void (*free)(void *state);
};

const struct dtl_format *dtl_format_at(size_t i);
const struct dtl_format *dtl_format_find(const char *name);

/** Read what the store has of `selected`; slices live in `arena`.  DTL_NOTFOUND
 * when it was taken down meanwhile. */
int dtl_export_load(struct dtl_store *store,
                    const struct dtl_selected *selected, bool text,
                    struct dtl_arena *arena, struct dtl_export_row *out,
                    struct dtl_error *err);

extern const struct dtl_format dtl_format_jsonl, dtl_format_csv,
    dtl_format_parquet, dtl_format_text, dtl_format_markdown, dtl_format_warc,
    dtl_format_cdxj, dtl_format_cdx, dtl_format_zipnum, dtl_format_wacz,
    dtl_format_wet, dtl_format_wat;

#endif
