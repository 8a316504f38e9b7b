/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_INGEST_H
#define DATELINE_INGEST_H
/*
 * From archives to a store: the one place that knows the whole way from bytes
 * to rows.
 *
 *     struct dtl_ingest_options o = { .store = "news.store", .threads = 2 };
 *     rc = dtl_ingest(paths, npaths, &o, &summary, &err);
 *
 * What was ingested before is not ingested again; what a killed run had not
 * published is.
 */
#include <dateline/article.h>
#include <dateline/base.h>
#include <dateline/http.h>
#include <dateline/index.h>
#include <dateline/story.h>
#include <dateline/warc.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- one record ------------------------------------------------------- */

struct dtl_harvester; /* the tools of one thread */

enum {
    DTL_HARVEST_CHECK_DIGEST = 1 << 0, /* recompute the payload digest */
    DTL_HARVEST_ARTICLE = 1 << 1,      /* extract the article of a page */
    DTL_HARVEST_EXPLAIN = 1 << 2,      /* with the dropped blocks */
    DTL_HARVEST_STORY = 1 << 3,        /* and its hash and marks */
    DTL_HARVEST_BEGINNING = 1 << 4,    /* `block` is only its beginning: no
                                          digest is made, no article */
};

/** What one record gave.  Everything lives until the next record. */
struct dtl_harvest {
    struct dtl_capture capture; /* file and article are the caller's */
    struct dtl_http http;
    struct dtl_slice payload; /* without transfer-coding */
    struct dtl_slice body;    /* decoded, only of pages */
    struct dtl_slice page;    /* body in UTF-8, only of pages */
    const char *charset;      /* static; NULL when it is no page */
    bool is_capture;          /* response, resource or revisit */
    bool is_page;             /* HTML that answered the request */
    bool has_article;         /* some text was found on the page */
    struct dtl_article article;
    struct dtl_slice normal;
    struct dtl_article_row row;
    struct dtl_marks marks, title_marks;
};

/** `ceiling`: most bytes of a decoded page (0: 16 MiB). */
DTL_API int dtl_harvester_new(size_t ceiling, struct dtl_harvester **out,
                              struct dtl_error *err);
/**
 * Everything dateline knows about a record: its capture row, and for a page
 * its article with hash and marks.  `block` is the record's block, which may
 * be cut: then pass DTL_CAPTURE_TRUNCATED or _DAMAGED in `flags`.
 */
DTL_API int dtl_harvest_record(struct dtl_harvester *h,
                               const struct dtl_warc_record *rec,
                               struct dtl_slice block, uint16_t flags,
                               unsigned what, struct dtl_harvest *out,
                               struct dtl_error *err);
/** Hash and marks of out->row.text and title anew, which may have changed;
 * they must not be of this harvester's making. */
DTL_API int dtl_harvest_story(struct dtl_harvester *h, struct dtl_harvest *out,
                              struct dtl_error *err);
DTL_API void dtl_harvester_free(struct dtl_harvester *h);

/* ---- whole archives --------------------------------------------------- */

#define DTL_INGEST_REASONS 24

/** Counts so far; exact at the end. */
struct dtl_ingest_summary {
    uint64_t files, files_done, files_known, files_failed;
    uint64_t bytes, bytes_done; /* stored; `bytes` 0 when not known */
    uint64_t bytes_unpacked;    /* of record blocks */
    uint64_t records, by_type[DTL_WARC_CONTINUATION + 1];
    uint64_t captures, pages, articles, revisits;
    uint64_t lines_removed; /* by the second look at a batch */
    uint64_t oversized;     /* too large for an article */
    uint64_t mismatched;    /* declared payload digest is wrong */
    uint64_t damaged;       /* stretches */
    struct {
        char text[96];
        uint64_t count;
    } reasons[DTL_INGEST_REASONS]; /* of `damaged`; the last: all others */
    size_t nreasons;
    uint64_t published; /* times something was published */
};

/** A stretch of an archive; its ends are where records begin. */
struct dtl_ingest_part {
    const char *path;
    uint64_t from, to; /* stored bytes [from, to); UINT64_MAX: its end */
};

struct dtl_ingest_options {
    const char *store;
    unsigned threads;       /* 0: one a processor */
    size_t memory;          /* 0: 256 MiB; for sorting and queues */
    size_t page_ceiling;    /* 0: 16 MiB */
    uint64_t publish_every; /* stored bytes; 0: 1 GiB */
    bool trust_digests;     /* do not recompute payload digests */
    bool alone;             /* judge each page by itself, not by its batch */
    /* The work of one task of a plan: only these stretches instead of whole
     * paths, published at once.  What the second look would have to know of
     * these pages is written to `look`, for a merge to judge all tasks'
     * pages together; they are stored unjudged. */
    const struct dtl_ingest_part *parts;
    size_t nparts;
    const char *look;
    /* Both are called from ingest's threads, one at a time. */
    void (*progress)(void *data, const struct dtl_ingest_summary *s);
    void (*problem)(void *data, const char *file, uint64_t offset,
                    const char *text);
    void *data;
};

/**
 * Ingest `paths` (see dtl_walk_open()) into the store, creating it if need
 * be.  Damaged records and unreadable files are counted, reported to
 * `problem` and passed over; DTL_IO and DTL_NOMEM end the run, and all that
 * was published stays.
 */
DTL_API int dtl_ingest(const char *const *paths, size_t npaths,
                       const struct dtl_ingest_options *options,
                       struct dtl_ingest_summary *out, struct dtl_error *err);

#ifdef __cplusplus
}
#endif
#endif
