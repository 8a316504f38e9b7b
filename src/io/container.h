/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DTL_IO_CONTAINER_H
#define DTL_IO_CONTAINER_H
/*
 * Containers (WACZ and other zip, tar in any coding) and whole-file codings
 * (xz, bzip2, lz4), told by their first bytes.
 */
#include "source.h"

enum kind {
    KIND_OTHER,
    KIND_ARCHIVE,   /* WARC or ARC: plain, gzip, zstd */
    KIND_CODED,     /* xz, bzip2, lz4 over anything */
    KIND_CONTAINER, /* zip, tar, coded tar */
};

/* Enough to judge by. */
#define KIND_PREFIX ((size_t)128 << 10)

/* What a file is that begins with `prefix`.  With `inside`, a coded file is
 * judged by what it holds: KIND_OTHER when that is no archive. */
enum kind dtl_kind_of(struct dtl_slice prefix, bool inside);

/* The same from the first 512 bytes and without decoding any of them. */
enum kind dtl_kind_cheap(struct dtl_slice prefix);

struct member {
    char *path;
    uint64_t size; /* UINT64_MAX when unknown */
    bool container;
};
struct members {
    struct member *list;
    size_t n;
};
/* The members of `src` (borrowed) that are archives or containers, in order.
 * On an error what was found before it is in `out`. */
int dtl_container_list(struct dtl_source *src, struct members *out,
                       struct dtl_error *err);
void dtl_members_free(struct members *m);

/* The member `path` of `outer`, which is taken, also on failure. */
int dtl_container_open(const char *name, struct dtl_source *outer,
                       const char *path, struct dtl_source **out,
                       struct dtl_error *err);
/* `outer` (taken) without its xz, bzip2 or lz4 coding. */
int dtl_coded_open(const char *name, struct dtl_source *outer,
                   struct dtl_source **out, struct dtl_error *err);

/* Where the bytes of the stored (uncompressed) member `path` of a zip file
 * are.  False: not stored, not found, or no readable directory. */
bool dtl_zip_stored(struct dtl_source *src, const char *path, uint64_t *offset,
                    uint64_t *len);

#endif
