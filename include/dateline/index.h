/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_INDEX_H
#define DATELINE_INDEX_H
/*
 * The store: a directory of immutable segments and a manifest, both LMDB.
 * Byte layout: src/index/FORMAT.md.
 *
 * Writing: one dtl_segment_writer per worker collects captures and articles;
 * dtl_store_publish() makes a set of finished segments visible together with
 * the archive ranges they cover, in one transaction.
 *
 * Reading: dtl_store_open() is a snapshot of the segments live at that moment.
 * Readers never block a writer nor the reverse.
 */
#include <dateline/base.h>
#include <dateline/digest.h>
#include <dateline/story.h>
#include <dateline/time.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- rows ------------------------------------------------------------- */

enum {
    DTL_CAPTURE_REVISIT = 1 << 0,
    DTL_CAPTURE_TRUNCATED = 1 << 1,
    DTL_CAPTURE_DAMAGED = 1 << 2,
    DTL_CAPTURE_MISMATCH = 1 << 3,
    DTL_CAPTURE_NO_HTTP = 1 << 4,  /* resource, conversion, ftp, dns */
    DTL_CAPTURE_IMPORTED = 1 << 5, /* from a CDX line, not from a record */
    DTL_CAPTURE_VERIFIED = 1 << 6, /* digest recomputed and equal */
    DTL_CAPTURE_CDX_LINE = 1 << 7, /* of fixed fields, absent ones "-" */
};

#define DTL_NO_ARTICLE UINT32_MAX

/** One capture: one archived record that answered a URL. */
struct dtl_capture {
    uint32_t file;           /* id in the manifest */
    uint64_t offset, length; /* of the stored record */
    int64_t time;
    uint16_t status; /* 0: none */
    uint16_t flags;
    struct dtl_slice url, key; /* as captured; SURT key (filled if empty) */
    struct dtl_slice mime;
    struct dtl_slice redirect;  /* Location, or empty */
    struct dtl_slice record_id; /* WARC-Record-ID, or empty */
    struct dtl_digest digest;   /* of the payload */
    uint32_t article;           /* ordinal in its segment or NO_ARTICLE */
};

/** One article as stored; slices are borrowed. */
struct dtl_article_row {
    struct dtl_slice meta; /* JSON of dtl_article_json(), no text */
    struct dtl_slice title, site, language; /* site: registrable domain */
    int64_t published;                      /* DTL_NO_TIME when not claimed */
    uint8_t page_type;
    uint32_t words;
    struct dtl_slice text; /* the body, blocks joined by '\n' */
    struct dtl_slice rest; /* what else the page tells: other stories.  The
                              marks are those of text, '\n', rest: from
                              position `words` on they are not its own */
    uint8_t text_hash[32];
};

/* ---- writing ---------------------------------------------------------- */

struct dtl_store_writer;
struct dtl_segment_writer;

/** Open a store for writing, creating it if need be; one writer at a time
 * (DTL_BUSY).  Leftovers of a killed writer are removed. */
DTL_API int dtl_store_writer_open(const char *dir,
                                  struct dtl_store_writer **out,
                                  struct dtl_error *err);
/** Id of the archive file `name` of `size` bytes with `fingerprint` (XXH3 of
 * its first and last 64 KiB), new or known.  `size` UINT64_MAX: only its name
 * is known, from a CDX line; it becomes the file of that base name once its
 * bytes are met.  A file that moved keeps its id. */
DTL_API int dtl_store_file(struct dtl_store_writer *w, const char *name,
                           uint64_t size, uint64_t fingerprint, uint32_t *id,
                           struct dtl_error *err);
/** What tells a file from others of its size: XXH3 of its first and last 64
 * KiB (of all of it, if shorter than both). */
DTL_API uint64_t dtl_fingerprint(struct dtl_slice file);
struct dtl_range {
    uint32_t file;
    uint64_t start, end; /* bytes [start, end) of the stored file */
};
/** Ranges of `file` already ingested, sorted and merged; borrowed until the
 * next publish. */
DTL_API int dtl_store_covered(struct dtl_store_writer *w, uint32_t file,
                              const struct dtl_range **out, size_t *n,
                              struct dtl_error *err);
/** Segment writers of one store may work in different threads. `memory` is
 * the budget of its sort buffers in bytes. */
DTL_API int dtl_segment_writer_new(struct dtl_store_writer *w, size_t memory,
                                   struct dtl_segment_writer **out,
                                   struct dtl_error *err);
/** Store an article; `ordinal` goes into its captures' `article`. */
DTL_API int dtl_segment_add_article(struct dtl_segment_writer *s,
                                    const struct dtl_article_row *row,
                                    const struct dtl_marks *marks,
                                    const struct dtl_marks *title_marks,
                                    uint32_t *ordinal, struct dtl_error *err);
DTL_API int dtl_segment_add_capture(struct dtl_segment_writer *s,
                                    const struct dtl_capture *c,
                                    struct dtl_error *err);
/** Sort, write, sync.  After this only publish or free. */
DTL_API int dtl_segment_finish(struct dtl_segment_writer *s,
                               struct dtl_error *err);
/** Make finished segments and the ranges they cover visible, at once. */
DTL_API int dtl_store_publish(struct dtl_store_writer *w,
                              struct dtl_segment_writer *const *segments,
                              size_t nsegments, const struct dtl_range *ranges,
                              size_t nranges, struct dtl_error *err);
DTL_API void dtl_segment_writer_free(struct dtl_segment_writer *s);
DTL_API void dtl_store_writer_close(struct dtl_store_writer *w);

/* ---- reading ---------------------------------------------------------- */

struct dtl_store;
/** Where an article or capture is: unique in one opened store. */
struct dtl_ref {
    uint32_t segment, ordinal;
};

DTL_API int dtl_store_open(const char *dir, struct dtl_store **out,
                           struct dtl_error *err);
DTL_API void dtl_store_close(struct dtl_store *s);
DTL_API uint32_t dtl_store_segments(const struct dtl_store *s);
/** How many captures a segment holds: their ordinals are those below it. */
DTL_API uint64_t dtl_store_segment_captures(const struct dtl_store *s,
                                            uint32_t segment);
/** Have both the same segments?  Then a ref of one is a ref of the other. */
DTL_API bool dtl_store_same(const struct dtl_store *a,
                            const struct dtl_store *b);
/** Let go of the pages of the segments that were read, which count as memory
 * of this process; what was borrowed of them stays good. */
DTL_API void dtl_store_trim(struct dtl_store *s);
/** Name (path) under which an archive file can be opened now. */
DTL_API int dtl_store_file_name(struct dtl_store *s, uint32_t file,
                                const char **out, struct dtl_error *err);
/** The slices of `out` live in `arena`. */
DTL_API int dtl_store_capture_in(struct dtl_store *s, struct dtl_ref ref,
                                 struct dtl_arena *arena,
                                 struct dtl_capture *out,
                                 struct dtl_error *err);
/** The same, the slices valid until the next dtl_store_capture() on `s`. */
DTL_API int dtl_store_capture(struct dtl_store *s, struct dtl_ref ref,
                              struct dtl_capture *out, struct dtl_error *err);
/** `text` and `meta` are unpacked into `arena`. */
DTL_API int dtl_store_article(struct dtl_store *s, struct dtl_ref ref,
                              struct dtl_arena *arena,
                              struct dtl_article_row *out,
                              struct dtl_error *err);
/** The same without `text`; with only `text_hash`, `published`, `words` and
 * `page_type` when `brief`, which unpacks nothing. */
DTL_API int dtl_store_article_head(struct dtl_store *s, struct dtl_ref ref,
                                   bool brief, struct dtl_arena *arena,
                                   struct dtl_article_row *out,
                                   struct dtl_error *err);
/** Captures that carry article `ref`. */
DTL_API int dtl_store_article_captures(struct dtl_store *s, struct dtl_ref ref,
                                       struct dtl_arena *arena,
                                       struct dtl_ref **out, size_t *n,
                                       struct dtl_error *err);
/** Articles whose text hash is `hash`, over all segments. */
DTL_API int dtl_store_by_text(struct dtl_store *s, const uint8_t hash[32],
                              struct dtl_arena *arena, struct dtl_ref **out,
                              size_t *n, struct dtl_error *err);
DTL_API int dtl_store_by_digest(struct dtl_store *s, const struct dtl_digest *d,
                                struct dtl_arena *arena, struct dtl_ref **out,
                                size_t *n, struct dtl_error *err);

enum dtl_match { DTL_EXACT, DTL_PREFIX, DTL_HOST, DTL_DOMAIN };
enum dtl_sort { DTL_SORT_KEY, DTL_SORT_REVERSE, DTL_SORT_CLOSEST };

/** A look-up by URL; zero is the default of each member. */
struct dtl_query {
    struct dtl_slice url;
    struct dtl_slice key; /* instead of `url`: a SURT key, taken as it is */
    enum dtl_match match;
    int64_t from, to; /* 0 or DTL_NO_TIME: open; both inclusive */
    int64_t closest;  /* with DTL_SORT_CLOSEST */
    enum dtl_sort sort;
    int64_t limit; /* 0: none; negative: the last ones */
    /* Begin at this key and time instead of at the first capture. */
    struct dtl_slice start_key;
    int64_t start_time;
    /* Only these blocks of the answer, see dtl_query_pages(); 0: all. */
    uint64_t first_block, blocks, block_rows;
};

/** Into how many blocks of about `rows` captures the answer can be cut, each
 * as fast to open as the whole. */
DTL_API int dtl_query_pages(struct dtl_store *s, const struct dtl_query *q,
                            uint64_t rows, uint64_t *blocks,
                            struct dtl_error *err);

struct dtl_cursor;
DTL_API int dtl_query_open(struct dtl_store *s, const struct dtl_query *q,
                           struct dtl_cursor **out, struct dtl_error *err);
/** The next capture in (SURT key, time) order, or as `sort` says; borrowed
 * until the next call.  DTL_END after the last. */
DTL_API int dtl_query_next(struct dtl_cursor *c, struct dtl_capture *out,
                           struct dtl_ref *ref, struct dtl_error *err);
DTL_API void dtl_query_close(struct dtl_cursor *c);

/** Captures that agree with all of what is given; zero is the default of each
 * member: not asked for. */
struct dtl_find {
    struct dtl_digest digest; /* of the payload */
    struct dtl_slice record_id;
    int64_t from, to;         /* capture time, both inclusive */
    const uint8_t *text_hash; /* 32 bytes */
    struct dtl_slice site, language;
    uint8_t page_type; /* enum dtl_page_type, 0 any */
};
struct dtl_finder;
DTL_API int dtl_find_open(struct dtl_store *s, const struct dtl_find *f,
                          struct dtl_finder **out, struct dtl_error *err);
/** The next capture, segment by segment; with nothing but times given in the
 * order of time within each, else in that of URLs or articles.  Borrowed until
 * the next call.  DTL_END after the last. */
DTL_API int dtl_find_next(struct dtl_finder *f, struct dtl_capture *out,
                          struct dtl_ref *ref, struct dtl_error *err);
DTL_API void dtl_find_close(struct dtl_finder *f);

/** Every article in turn, in (segment, ordinal) order.  Start with ref
 * {0, 0}; steps it.  DTL_END after the last. */
DTL_API int dtl_store_next_article(struct dtl_store *s, struct dtl_ref *ref,
                                   struct dtl_arena *arena,
                                   struct dtl_article_row *out,
                                   struct dtl_error *err);

/** The same without the text: `text` is empty. */
DTL_API int dtl_store_next_head(struct dtl_store *s, struct dtl_ref *ref,
                                struct dtl_arena *arena,
                                struct dtl_article_row *out,
                                struct dtl_error *err);

/* Postings of one mark in one segment. */
enum dtl_posting_table { DTL_MARKS, DTL_TITLES };
struct dtl_posting {
    uint32_t article, position;
};
/** Postings of `hash` in segment `segment`, by (article, position), at most
 * `max`; `total` is how many there are, counted up to DTL_COUNTED. */
#define DTL_COUNTED 4096
DTL_API int dtl_store_postings(struct dtl_store *s, uint32_t segment,
                               enum dtl_posting_table table, uint64_t hash,
                               struct dtl_posting *out, size_t max, size_t *n,
                               size_t *total, struct dtl_error *err);

/** All postings of a segment's table by (hash, article, position), the hash
 * cut to its first 40 bits; those of articles taken down are left out.  `s`
 * is borrowed.  DTL_END after the last. */
struct dtl_scan;
DTL_API int dtl_scan_open(struct dtl_store *s, uint32_t segment,
                          enum dtl_posting_table table, struct dtl_scan **out,
                          struct dtl_error *err);
DTL_API int dtl_scan_next(struct dtl_scan *scan, uint64_t *hash40,
                          struct dtl_posting *out, struct dtl_error *err);
DTL_API void dtl_scan_close(struct dtl_scan *scan);

#ifdef __cplusplus
}
#endif
#endif
