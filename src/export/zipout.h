/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DTL_EXPORT_ZIPOUT_H
#define DTL_EXPORT_ZIPOUT_H
/* A zip file written from front to back, members stored: sizes and checksums
 * follow the bytes, and stand in the directory at the end. */
#include <dateline/base.h>

struct dtl_zip_member {
    char path[64];
    uint64_t offset, size; /* of its header; of its content */
    uint32_t crc;
    bool wide; /* may have more than 4 GiB */
    char sha256[65];
};

struct dtl_zipout {
    struct dtl_zip_member *list;
    size_t n, room;
    uint64_t at; /* bytes of the file so far */
    uint16_t date, time;
    struct dtl_hasher *hasher;
    bool open; /* the last of the list has no end yet */
};

int dtl_zip_start(struct dtl_zipout *z, int64_t when, struct dtl_error *err);
int dtl_zip_begin(struct dtl_zipout *z, const char *path, bool wide,
                  struct dtl_buf *out, struct dtl_error *err);
/** Content that the caller writes. */
void dtl_zip_data(struct dtl_zipout *z, struct dtl_slice s);
void dtl_zip_end(struct dtl_zipout *z, struct dtl_buf *out);
/** A whole member. */
int dtl_zip_whole(struct dtl_zipout *z, const char *path, struct dtl_slice s,
                  struct dtl_buf *out, struct dtl_error *err);
/** The directory. */
void dtl_zip_finish(struct dtl_zipout *z, struct dtl_buf *out);
void dtl_zip_free(struct dtl_zipout *z);

#endif
