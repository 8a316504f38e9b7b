/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FUZZ_WARC_H
#define FUZZ_WARC_H
/*
 * Read an archive to its end and hold the reader to its promises: it ends,
 * records and damage come in file order and within the file, and no stretch of
 * damage is told twice.
 */
#include <dateline/io.h>
#include <dateline/warc.h>

#include <stdlib.h>

#define FUZZ_EXPECT(what) \
    do {                  \
        if (!(what))      \
            abort();      \
    } while (0)

static inline void fuzz_read_block(struct dtl_warc *w, unsigned how)
{
    struct dtl_slice piece;

    if (how == 0)
        while (dtl_warc_read(w, &piece, NULL) == DTL_OK)
            FUZZ_EXPECT(piece.len > 0);
    else if (how == 1)
        dtl_warc_block(w, 100, &piece, NULL);
}

static inline void fuzz_read(struct dtl_warc *w, uint64_t size)
{
    struct dtl_warc_record rec;
    struct dtl_error err;
    uint64_t last = 0, told = UINT64_MAX;
    unsigned n = 0;
    int rc;

    while ((rc = dtl_warc_next(w, &rec, &err)) != DTL_END) {
        FUZZ_EXPECT(++n <= 4 * size + 4);
        if (rc == DTL_OK) {
            FUZZ_EXPECT(rec.offset >= last && rec.offset < size);
            last = rec.offset;
            if (n % 4 != 3)
                fuzz_read_block(w, n % 3);
            if (n % 2 == 0)
                rc = dtl_warc_finish(w, &rec, &err);
            if (n % 2 == 0)
                FUZZ_EXPECT(rec.offset + rec.length <= size);
        } else {
            const struct dtl_warc_damage *d = dtl_warc_last_damage(w);

            FUZZ_EXPECT(rc == DTL_BAD_RECORD);
            FUZZ_EXPECT(d->offset + d->length <= size);
            FUZZ_EXPECT(d->reason[0] != '\0');
            FUZZ_EXPECT(d->offset != told || d->length == 0);
            if (d->length > 0)
                told = d->offset;
        }
    }
}

static inline void fuzz_read_from(struct dtl_slice in, uint64_t offset)
{
    struct dtl_source *src;
    struct dtl_warc *w;
    uint64_t at;

    if (dtl_source_memory(in, "fuzz", &src, NULL) != DTL_OK)
        return;
    if (dtl_warc_open(src, &w, NULL) == DTL_OK) {
        if (dtl_warc_sync(w, offset, &at, NULL) == DTL_OK) {
            FUZZ_EXPECT(at >= offset || offset == 0);
            fuzz_read(w, in.len);
        }
        dtl_warc_close(w);
    }
    dtl_source_close(src);
}

static inline void fuzz_read_all(struct dtl_slice in)
{
    fuzz_read_from(in, 0);
}

#endif
