/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_INDEX_POSTINGS_H
#define DATELINE_INDEX_POSTINGS_H
/*
 * Tables of many (key, value) pairs, sorted and packed as differences in
 * blocks that fill LMDB's pages.  FORMAT.md has the bytes.
 */
#include "env.h"
#include "sealed.h"

/** Hashes are cut to their first 40 bits: a look-up that matters is verified
 * against the row it leads to. */
static inline uint64_t dtl_hash40(uint64_t hash)
{
    return hash >> 24;
}
/** The same of a digest's bytes. */
static inline uint64_t dtl_bytes40(const uint8_t *p)
{
    return (uint64_t)p[0] << 32 | (uint64_t)p[1] << 24 | (uint64_t)p[2] << 16 |
           (uint64_t)p[3] << 8 | p[4];
}

struct dtl_postings_writer {
    struct dtl_env *env;
    const char *table;
    bool split; /* the value is two numbers of 32 bits */
    uint8_t first[16];
    uint64_t key, value; /* of the last pair */
    struct dtl_buf block;
    bool begun;
    uint64_t count;
};
/** Pairs come in (key, value) order; an equal one is dropped. */
int dtl_postings_add(struct dtl_postings_writer *w, uint64_t key,
                     uint64_t value, struct dtl_error *err);
/** Write what is left and free. */
int dtl_postings_finish(struct dtl_postings_writer *w, struct dtl_error *err);

struct dtl_postings {
    struct dtl_table_cursor cursor;
    bool split, done;
    size_t pos;
    uint64_t key, value; /* the pair it stands at */
};
/** Stand at the first pair that is (key, value) or more; DTL_END. */
int dtl_postings_seek(struct dtl_postings *p, const struct dtl_table *t,
                      bool split, uint64_t key, uint64_t value,
                      struct dtl_error *err);
int dtl_postings_next(struct dtl_postings *p, struct dtl_error *err);

#endif
