/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_STORE_H
#define DATELINE_STORE_H
/*
 * Looking after a store: compaction, merging, moved archives, take-downs,
 * figures and verification.
 */
#include <dateline/index.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- compaction and merging -------------------------------------------- */

struct dtl_compact {
    size_t memory; /* budget in bytes, 0: 512 MiB */
    bool all;      /* into one segment, whatever their sizes */
    /* what came of it */
    uint32_t merged, made; /* segments */
    uint64_t bytes_before, bytes_after;
    uint64_t removed; /* captures that were taken down, or told twice */
};
/** Merge segments of like size, so that a look-up consults few.  Readers go on
 * with what they opened.  Stopped at any moment, nothing is lost. */
DTL_API int dtl_store_compact(struct dtl_store_writer *w, struct dtl_compact *c,
                              struct dtl_error *err);
/** Take in all of the store in `dir`, which is only read. */
DTL_API int dtl_store_merge(struct dtl_store_writer *w, const char *dir,
                            struct dtl_compact *c, struct dtl_error *err);

/**
 * Take over the segments of the stores in `dirs` as they are, all at once, and
 * with them `ranges` as ingested.  Their archives must have the same ids
 * there as here (DTL_INVALID); the stores are of no use afterwards.
 */
DTL_API int dtl_store_adopt(struct dtl_store_writer *w, const char *const *dirs,
                            size_t n, const struct dtl_range *ranges,
                            size_t nranges, struct dtl_error *err);

/* ---- archives that moved ------------------------------------------------ */

/** Point file `id` at `path`. */
DTL_API int dtl_store_relocate(struct dtl_store_writer *w, uint32_t id,
                               const char *path, struct dtl_error *err);

/** An archive file of the store. */
struct dtl_store_archive {
    uint32_t id;
    uint64_t size, fingerprint; /* size UINT64_MAX: only named, never met */
    struct dtl_slice name, path;
};
/** Step through the files: start with *id 0.  DTL_END. */
DTL_API int dtl_store_next_archive(struct dtl_store *s, uint32_t *id,
                                   struct dtl_store_archive *out,
                                   struct dtl_error *err);

/* ---- take-downs --------------------------------------------------------- */

enum dtl_takedown_kind {
    DTL_REMOVE_URL,    /* all captures of one URL */
    DTL_REMOVE_HOST,   /* of a host */
    DTL_REMOVE_DOMAIN, /* and its subdomains */
    DTL_REMOVE_DIGEST, /* with this payload */
    DTL_REMOVE_RECORD, /* one record, by its WARC-Record-ID */
    DTL_REMOVE_KINDS
};
struct dtl_takedown {
    uint32_t number;
    enum dtl_takedown_kind kind;
    int64_t time;
    struct dtl_slice value; /* as given */
    struct dtl_slice who, why;
};
/** From now on no look-up gives what `t` names, nor what is ingested of it
 * later; compaction removes its bytes.  time 0: now. */
DTL_API int dtl_store_remove(struct dtl_store_writer *w,
                             const struct dtl_takedown *t,
                             struct dtl_error *err);
/** The audit trail: start with *number 0.  Borrowed from `s`.  DTL_END. */
DTL_API int dtl_store_next_takedown(struct dtl_store *s, uint32_t *number,
                                    struct dtl_takedown *out,
                                    struct dtl_error *err);
DTL_API const char *dtl_takedown_name(enum dtl_takedown_kind kind);

/* ---- figures ------------------------------------------------------------ */

struct dtl_store_counts {
    uint64_t captures, articles, segments, archives, takedowns;
    uint64_t bytes;              /* of the segments */
    int64_t first, last;         /* capture times, DTL_NO_TIME without any */
    uint64_t tables[16];         /* bytes of each table, over all segments */
    const char *table_names[16]; /* ends with NULL */
};
DTL_API int dtl_store_count(struct dtl_store *s, struct dtl_store_counts *out,
                            struct dtl_error *err);

/* ---- verification ------------------------------------------------------- */

/** One thing that is wrong, borrowed until the next call. */
struct dtl_finding {
    const char *what;  /* "page", "row", "order", "posting", "count", ... */
    const char *where; /* the file */
    uint64_t offset;   /* in it, or an ordinal */
    const char *text;
};
struct dtl_verify {
    bool (*finding)(const struct dtl_finding *f, void *context);
    bool (*progress)(uint64_t done, uint64_t of, void *context);
    void *context;
    uint32_t from_segment; /* go on after these many segments */
    /* what came of it */
    uint32_t segments; /* verified; together with from_segment to go on */
    uint64_t pages, captures, articles, findings;
};
/** Check every page's checksum, every row, and the tables against one
 * another; the text hashes against the texts.  DTL_OK also with findings;
 * DTL_END when a callback returned false: go on with from_segment. */
DTL_API int dtl_store_verify(struct dtl_store *s, struct dtl_verify *v,
                             struct dtl_error *err);
/** The same of the store in `dir` when it cannot even be opened. */
DTL_API int dtl_store_verify_files(const char *dir, struct dtl_verify *v,
                                   struct dtl_error *err);

#ifdef __cplusplus
}
#endif
#endif
