/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DTL_IO_SOURCE_H
#define DTL_IO_SOURCE_H
/*
 * What a kind of source has to offer: bytes in order, perhaps from anywhere.
 * Buffering, peeking and positions are common to all and live in source.c.
 */
#include <dateline/io.h>

struct source_ops {
    /* Up to `cap` bytes from the current place; *got 0 at the end. */
    int (*read)(void *self, uint8_t *buf, size_t cap, size_t *got,
                struct dtl_error *err);
    /* Continue at `offset`; NULL when bytes come only once and in order. */
    int (*seek)(void *self, uint64_t offset, struct dtl_error *err);
    void (*close)(void *self);
    bool seek_is_cheap;
};

/* A source over `ops`; takes `self`, also on failure.  `size` UINT64_MAX when
 * unknown. */
int dtl_source_make(const char *name, const struct source_ops *ops, void *self,
                    uint64_t size, struct dtl_source **out,
                    struct dtl_error *err);

/* Bytes [from, from + len) of `parent`, which is taken, also on failure. */
int dtl_source_range(const char *name, struct dtl_source *parent, uint64_t from,
                     uint64_t len, struct dtl_source **out,
                     struct dtl_error *err);

/* As dtl_source_open(), but coded files and containers come as they are. */
int dtl_source_outer(const char *name, struct dtl_source **out,
                     struct dtl_error *err);
bool dtl_source_exists(const char *name);

#endif
