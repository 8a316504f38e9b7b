/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_WARC_H
#define DATELINE_WARC_H
/*
 * Read WARC (1.1, 1.0, 0.18, 0.17) and ARC records one at a time, in file
 * order, from plain, gzip or zstd files:
 *
 *     while ((rc = dtl_warc_next(w, &rec, &err)) != DTL_END)
 *         if (rc == DTL_OK) use(&rec);
 *         else if (rc != DTL_BAD_RECORD) break;
 *
 * A damaged record costs only itself.  Use one reader per thread.
 */
#include <dateline/base.h>
#include <dateline/digest.h>
#include <dateline/time.h>

#ifdef __cplusplus
extern "C" {
#endif

struct dtl_source;
struct dtl_warc; /* opaque */

/** WARC 1.1 section 6; ARC records are responses (or resources), the ARC file
 * header is DTL_WARC_WARCINFO. */
enum dtl_warc_type {
    DTL_WARC_UNKNOWN,
    DTL_WARC_WARCINFO,
    DTL_WARC_RESPONSE,
    DTL_WARC_RESOURCE,
    DTL_WARC_REQUEST,
    DTL_WARC_METADATA,
    DTL_WARC_REVISIT,
    DTL_WARC_CONVERSION,
    DTL_WARC_CONTINUATION,
};

/* How the record is stored; complete after dtl_warc_finish(). */
enum {
    DTL_WARC_NO_LENGTH = 1 << 0,  /* no usable Content-Length */
    DTL_WARC_BARE_LF = 1 << 1,    /* a header line ends in LF alone */
    DTL_WARC_ODD_LINE = 1 << 2,   /* a header line is no field */
    DTL_WARC_BAD_END = 1 << 3,    /* not two CRLF (ARC: one LF) behind it */
    DTL_WARC_SHARED = 1 << 4,     /* its compressed member holds others too */
    DTL_WARC_SPLIT = 1 << 5,      /* it goes over several members */
    DTL_WARC_COMPRESSED = 1 << 6, /* stored in a gzip member or zstd frame */
};

struct dtl_warc_record {
    enum dtl_warc_type type;
    unsigned flags;             /* DTL_WARC_* */
    bool arc;                   /* an ARC record */
    struct dtl_slice version;   /* "WARC/1.1", or "" for ARC */
    struct dtl_slice type_name; /* as written; "arc_header" for ARC's */
    struct dtl_slice uri, date, record_id, content_type, ip;
    struct dtl_slice refers_to, refers_to_uri, refers_to_date, profile;
    struct dtl_slice payload_digest, block_digest, truncated, concurrent_to;
    struct dtl_slice segment_origin; /* WARC-Segment-Origin-ID */
    uint32_t segment;                /* WARC-Segment-Number, 0 without one */
    int64_t time;            /* of `date`, DTL_NO_TIME when unreadable */
    uint64_t offset;         /* of the stored (compressed) record */
    uint64_t length;         /* stored; 0 until dtl_warc_finish() knows */
    uint64_t inner;          /* decoded bytes before it in its gzip member or
                                zstd frame; 0 when it has one of its own */
    uint64_t content_length; /* of the block, as declared; 0 if it is not */
    struct dtl_slice head;   /* the record header's bytes, as stored */
    const struct dtl_field *fields;
    size_t nfields;
};

/** Start reading `src`, which is borrowed and must outlive the reader. */
DTL_API int dtl_warc_open(struct dtl_source *src, struct dtl_warc **out,
                          struct dtl_error *err);
/**
 * Read the next record's header into `rec`, skipping any block left unread.
 * Slices in `rec` point into the reader: valid until the next call of
 * dtl_warc_next().  Returns DTL_OK, DTL_END, DTL_BAD_RECORD (`err` says where
 * the damaged stretch begins and why; call again to go on), or a fatal error,
 * after which only dtl_warc_close() is useful.
 */
DTL_API int dtl_warc_next(struct dtl_warc *w, struct dtl_warc_record *rec,
                          struct dtl_error *err);
/**
 * The next piece of the block, at most as much as is at hand; valid until the
 * next call on `w`.  DTL_END after the last.  DTL_BAD_RECORD when it is cut or
 * damaged: what came before was good.
 */
DTL_API int dtl_warc_read(struct dtl_warc *w, struct dtl_slice *out,
                          struct dtl_error *err);
/**
 * The whole (rest of the) block at once, valid until dtl_warc_next(), if it
 * has at most `max` bytes; else DTL_LIMIT with the first `max` in `out`.
 * DTL_BAD_RECORD with what could be read in `out`.
 */
DTL_API int dtl_warc_block(struct dtl_warc *w, size_t max,
                           struct dtl_slice *out, struct dtl_error *err);
/** Read to the record's end and set rec->length.  DTL_OK, DTL_BAD_RECORD. */
DTL_API int dtl_warc_finish(struct dtl_warc *w, struct dtl_warc_record *rec,
                            struct dtl_error *err);
/** Go to the record stored at `offset` exactly; then dtl_warc_next(). */
DTL_API int dtl_warc_seek(struct dtl_warc *w, uint64_t offset,
                          struct dtl_error *err);
/**
 * Go to the first record that begins at or after `offset`, found by looking
 * for one; for reading one file in several threads.  DTL_END when there is
 * none, DTL_INVALID when this file cannot be entered in the middle (one gzip
 * member for all, a pipe).  `out` gets the offset.
 */
DTL_API int dtl_warc_sync(struct dtl_warc *w, uint64_t offset, uint64_t *out,
                          struct dtl_error *err);
/** Offset at which the next dtl_warc_next() begins to look. */
DTL_API uint64_t dtl_warc_tell(const struct dtl_warc *w);
/** The same for a record that shares its member: `inner` as in the record. */
DTL_API int dtl_warc_seek_inner(struct dtl_warc *w, uint64_t offset,
                                uint64_t inner, struct dtl_error *err);

/** A stretch of the file that could not be read as it should. */
struct dtl_warc_damage {
    uint64_t offset; /* stored; of the record, when its header was good */
    uint64_t length; /* stored bytes up to where reading goes on; 0 when that
                        is inside the same compressed member */
    char reason[160];
};
/**
 * The stretch DTL_BAD_RECORD last told of.  Each is told once: by the read
 * that met it (its length is known after dtl_warc_finish()), or else by
 * dtl_warc_next().
 */
DTL_API const struct dtl_warc_damage *dtl_warc_last_damage(
    const struct dtl_warc *w);

/** Free the reader, not its source.  NULL is allowed. */
DTL_API void dtl_warc_close(struct dtl_warc *w);

DTL_API const char *dtl_warc_type_name(enum dtl_warc_type type);

/* ---- writing ------------------------------------------------------------ */

/**
 * Write records one by one, each in a gzip member or zstd frame of its own, to
 * a file that appears under its name only when all is well:
 *
 *     dtl_warc_create("new.warc.gz", DTL_WARC_GZIP, 0, &out, &err);
 *     dtl_warc_begin(out, &err);
 *     dtl_warc_write(out, head, &err);      as many pieces as there are
 *     dtl_warc_write(out, block, &err);
 *     dtl_warc_end(out, true, NULL, &err);
 *     dtl_warc_commit(out, &err);
 *     dtl_warc_discard(out);
 */
struct dtl_warc_writer;

enum dtl_warc_coding { DTL_WARC_PLAIN, DTL_WARC_GZIP, DTL_WARC_ZSTD };

/** `level` 0 is the coding's default.  The bytes go to a temporary file beside
 * `path` until dtl_warc_commit(). */
DTL_API int dtl_warc_create(const char *path, enum dtl_warc_coding coding,
                            int level, struct dtl_warc_writer **out,
                            struct dtl_error *err);
DTL_API int dtl_warc_begin(struct dtl_warc_writer *w, struct dtl_error *err);
DTL_API int dtl_warc_write(struct dtl_warc_writer *w, struct dtl_slice bytes,
                           struct dtl_error *err);
/** End the record; with `keep` false it is as if it had never begun.  `offset`
 * (may be NULL) gets where it is stored. */
DTL_API int dtl_warc_end(struct dtl_warc_writer *w, bool keep, uint64_t *offset,
                         struct dtl_error *err);
/** Make the file durable and give it its name.  Once. */
DTL_API int dtl_warc_commit(struct dtl_warc_writer *w, struct dtl_error *err);
/** Free the writer, and the temporary file when it was not committed. */
DTL_API void dtl_warc_discard(struct dtl_warc_writer *w);

#ifdef __cplusplus
}
#endif
#endif
