/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_INDEX_MANIFEST_H
#define DATELINE_INDEX_MANIFEST_H
/*
 * The manifest says what a store holds: archive files, the ranges of them that
 * were read, the live segments, what was taken down.  It is a sealed file,
 * replaced as a whole by one rename: a reader sees the old one or the new one.
 */
#include "env.h"
#include "sealed.h"

#include <dateline/index.h>

#define DTL_STORE_FORMAT 1

struct dtl_manifest {
    struct dtl_sealed *file;
    struct dtl_table meta, files, names, prints, ranges, segments, tombstones;
};

/** The manifest of the store in `dir`; DTL_NOTFOUND when there is none. */
int dtl_manifest_open(const char *dir, struct dtl_manifest *out,
                      struct dtl_error *err);
void dtl_manifest_close(struct dtl_manifest *m);
/** A number of table meta, 0 when absent. */
int dtl_manifest_number(const struct dtl_manifest *m, const char *name,
                        uint64_t *out, struct dtl_error *err);

#define DTL_SIZE_UNKNOWN UINT64_MAX /* named by a CDX line, never seen */

struct dtl_file_row {
    uint32_t id;
    uint64_t size, fingerprint;
    struct dtl_slice name; /* when first met */
    struct dtl_slice path; /* where it is now */
};
int dtl_manifest_file(const struct dtl_manifest *m, uint32_t id,
                      struct dtl_file_row *out, struct dtl_error *err);
void dtl_file_row_write(const struct dtl_file_row *f, struct dtl_buf *out);
/** Step through the files: start with c->depth 0. */
int dtl_manifest_next_file(const struct dtl_manifest *m,
                           struct dtl_table_cursor *c, struct dtl_file_row *out,
                           struct dtl_error *err);

struct dtl_segment_row {
    uint64_t id;
    uint64_t captures, articles, bytes;
    uint64_t tombstones; /* how many of them it already went without */
};
int dtl_segment_row_read(struct dtl_slice key, struct dtl_slice value,
                         struct dtl_segment_row *out, struct dtl_error *err);
void dtl_segment_row_write(const struct dtl_segment_row *s,
                           struct dtl_buf *out);

/** Sorted ranges of one file; `out` is in `arena`. */
int dtl_manifest_ranges(const struct dtl_manifest *m, uint32_t file,
                        struct dtl_arena *arena, struct dtl_range **out,
                        size_t *n, struct dtl_error *err);
/** Sort and join `r` in place. */
size_t dtl_ranges_join(struct dtl_range *r, size_t n);
void dtl_ranges_write(const struct dtl_range *r, size_t n, struct dtl_buf *out);

/* Keys: numbers are most significant byte first. */
struct dtl_key {
    uint8_t bytes[20];
    size_t len;
};
struct dtl_key dtl_key32(uint32_t a);
struct dtl_key dtl_key64(uint64_t a);
struct dtl_key dtl_key_name(struct dtl_slice path, uint32_t id);
struct dtl_key dtl_key_print(uint64_t fingerprint, uint64_t size, uint32_t id);
static inline struct dtl_slice dtl_key_view(const struct dtl_key *k)
{
    return dtl_slice_of(k->bytes, k->len);
}
uint32_t dtl_get32(const uint8_t *p);
uint64_t dtl_get64(const uint8_t *p);
/** What follows the last slash. */
struct dtl_slice dtl_base_name(struct dtl_slice path);

/** "DIR/NAME" into a new block; NULL when out of memory. */
char *dtl_path(const char *dir, const char *name);
char *dtl_segment_path(const char *dir, uint64_t id);

#endif
