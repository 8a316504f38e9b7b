/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_IO_H
#define DATELINE_IO_H
/*
 * Where bytes come from: a file (mapped), standard input, an http(s) or s3
 * object read by ranges, a member of a WACZ, zip or tar.  And which archives
 * a command line means.
 */
#include <dateline/base.h>

#ifdef __cplusplus
extern "C" {
#endif

struct dtl_source;

/**
 * Open `name`: a path, "-" for standard input, an http(s):// or s3:// URL, or
 * a member of a container as "crawl.wacz!/archive/data.warc.gz".
 */
DTL_API int dtl_source_open(const char *name, struct dtl_source **out,
                            struct dtl_error *err);
/** Bytes already in memory, borrowed. */
DTL_API int dtl_source_memory(struct dtl_slice bytes, const char *name,
                              struct dtl_source **out, struct dtl_error *err);
DTL_API const char *dtl_source_name(const struct dtl_source *s);
/** Total bytes, or UINT64_MAX when only the end will tell. */
DTL_API uint64_t dtl_source_size(const struct dtl_source *s);
/** True when dtl_source_seek() works at no great cost. */
DTL_API bool dtl_source_seekable(const struct dtl_source *s);
/** The whole file as one borrowed slice when it is mapped, else NULL/0. */
DTL_API struct dtl_slice dtl_source_mapped(const struct dtl_source *s);
/** Offset of the next byte dtl_source_peek() gives. */
DTL_API uint64_t dtl_source_tell(const struct dtl_source *s);
/**
 * Look at the next bytes without taking them: at least min(want, what is
 * left), valid until the next call on `s`.  DTL_END when nothing is left.
 */
DTL_API int dtl_source_peek(struct dtl_source *s, size_t want,
                            struct dtl_slice *out, struct dtl_error *err);
DTL_API void dtl_source_consume(struct dtl_source *s, size_t n);
DTL_API int dtl_source_seek(struct dtl_source *s, uint64_t offset,
                            struct dtl_error *err);
DTL_API void dtl_source_close(struct dtl_source *s);

/* ---- where bytes go ---------------------------------------------------- */

/**
 * A file that appears under its name when it is whole: until then it is
 * NAME.part.  A device or a pipe is written to, not replaced; "-" is standard
 * output.
 */
struct dtl_output;
/** DTL_BUSY when another process is writing the same file. */
DTL_API int dtl_output_open(const char *name, struct dtl_output **out,
                            struct dtl_error *err);
DTL_API int dtl_output_write(struct dtl_output *o, struct dtl_slice bytes,
                             struct dtl_error *err);
DTL_API uint64_t dtl_output_size(const struct dtl_output *o);
/** Give it its name and free `o`, also when that fails. */
DTL_API int dtl_output_commit(struct dtl_output *o, struct dtl_error *err);
/** Remove what was written and free. */
DTL_API void dtl_output_abort(struct dtl_output *o);
/** All at once. */
DTL_API int dtl_output_whole(const char *name, struct dtl_slice bytes,
                             struct dtl_error *err);

/* ---- which archives a command line means ------------------------------ */

struct dtl_walk;
struct dtl_walk_entry {
    const char *name; /* what dtl_source_open() takes; valid until next */
    uint64_t size;    /* stored bytes, UINT64_MAX when unknown */
};

/**
 * Walk `paths`: files, directories (recursively, in name order), containers
 * (their WARC/ARC members).  A file named outright is always given; inside
 * directories only what looks like an archive by its first bytes.
 */
DTL_API int dtl_walk_open(const char *const *paths, size_t n,
                          struct dtl_walk **out, struct dtl_error *err);
/** DTL_OK, DTL_END, or an error of one entry, which `out->name` names (call
 * again for the next). */
DTL_API int dtl_walk_next(struct dtl_walk *w, struct dtl_walk_entry *out,
                          struct dtl_error *err);
DTL_API void dtl_walk_close(struct dtl_walk *w);

#ifdef __cplusplus
}
#endif
#endif
