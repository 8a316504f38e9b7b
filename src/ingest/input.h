/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_INGEST_INPUT_H
#define DATELINE_INGEST_INPUT_H
/*
 * One archive being read, and the batches of records it is read into.  Only
 * one thread at a time holds an input; a batch holds copies, so that the next
 * one can be read while it is worked on.
 */
#include <dateline/digest.h>
#include <dateline/ingest.h>
#include <dateline/io.h>
#include <dateline/warc.h>

struct item {
    struct dtl_warc_record record; /* slices in the batch's arena */
    struct dtl_slice block;
    struct dtl_digest digest; /* of an oversized record's payload */
    uint16_t flags;           /* DTL_CAPTURE_* known from reading */
    bool oversized;           /* `block` is only its beginning */
};

struct damage {
    struct damage *next;
    uint64_t offset;
    const char *text;
};

#define BATCH_ITEMS 256
#define BATCH_BYTES ((size_t)2 << 20)

struct batch {
    struct batch *next;
    struct dtl_arena *arena;
    struct item items[BATCH_ITEMS];
    size_t count, bytes; /* of the blocks */
    uint64_t unpacked;   /* of all blocks, copied or not */
    uint64_t by_type[DTL_WARC_CONTINUATION + 1], records, oversized;
    uint64_t ndamaged;
    struct damage *damaged; /* latest first */
    uint32_t file;
    const char *name; /* of the input, which outlives it */
};

struct input {
    struct input *next;
    char *name; /* as the store keeps it */
    struct dtl_source *source;
    struct dtl_warc *warc;
    uint64_t size, fingerprint;
    uint32_t file;
    uint64_t start, at; /* read so far: [start, at) */
    uint64_t published; /* of that, already in the store */
    uint64_t limit;     /* read no record that begins here or later */
    bool resumable;     /* can be entered in the middle */
    bool ended, failed;
};

/** Open `name` and find out what the store needs to know of it. */
int input_open(const char *name, struct input **out, struct dtl_error *err);
/** Go on after the last byte the store has; false with `ended` set when that
 * is all of it. */
int input_resume(struct input *in, const struct dtl_range *covered, size_t n,
                 struct dtl_error *err);
/** Read only the bytes [from, to).  DTL_INVALID when the input cannot be
 * entered in the middle. */
int input_narrow(struct input *in, uint64_t from, uint64_t to,
                 struct dtl_error *err);
/** Fill `b`.  DTL_OK with `in->ended` set after the last; DTL_IO and the like
 * when the file can be read no further (what is in `b` is good). */
int input_read(struct input *in, struct batch *b, size_t ceiling,
               struct dtl_error *err);
void input_close(struct input *in);

struct batch *batch_new(size_t ceiling);
void batch_reset(struct batch *b, const struct input *in);
void batch_free(struct batch *b);

#endif
