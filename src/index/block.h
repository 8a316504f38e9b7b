/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_INDEX_BLOCK_H
#define DATELINE_INDEX_BLOCK_H
/*
 * Captures, packed: sorted by (SURT key, time), front-coded in blocks that
 * fill LMDB's pages.  FORMAT.md has the bytes.
 */
#include <dateline/index.h>

/* ---- kinds: the (status, MIME type) pairs of a segment ------------------ */

struct dtl_kind {
    uint16_t status;
    struct dtl_slice mime;
};

struct dtl_kinds {
    struct dtl_kind *kinds; /* kind 0 is "spelt out in the row" */
    uint32_t n, room;
    uint32_t *slots; /* hash table of kind numbers, 0 empty */
    uint32_t nslots;
    struct dtl_arena *strings;
};
int dtl_kinds_init(struct dtl_kinds *k, struct dtl_error *err);
/** Number of the pair, 0 when the table is full. */
uint32_t dtl_kinds_id(struct dtl_kinds *k, uint16_t status,
                      struct dtl_slice mime);
void dtl_kinds_write(const struct dtl_kinds *k, struct dtl_buf *out);
/** `bytes` are borrowed. */
int dtl_kinds_read(struct dtl_kinds *k, struct dtl_slice bytes,
                   struct dtl_error *err);
void dtl_kinds_free(struct dtl_kinds *k);

/* ---- one capture -------------------------------------------------------- */

/** What captures sort by: key, NUL, time in 8 bytes, most significant first
 * and its sign turned.  NULs in the key become %00. */
void dtl_sort_key(struct dtl_buf *out, struct dtl_slice key, int64_t time);
/** The key and the time of such a sort key. */
bool dtl_sort_key_split(struct dtl_slice sort_key, struct dtl_slice *key,
                        int64_t *time);
/** All of a capture but its key and time. */
void dtl_capture_pack(const struct dtl_capture *c, struct dtl_slice key,
                      struct dtl_kinds *kinds, struct dtl_buf *scratch,
                      struct dtl_buf *out);

/** What the other tables need of a packed capture. */
struct dtl_packed {
    uint64_t digest; /* first 40 bits */
    struct dtl_slice record_id;
    uint32_t article;
    bool has_digest;
    uint8_t uuid[47]; /* backs record_id */
};
bool dtl_packed_read(struct dtl_slice packed, struct dtl_packed *out);

/* ---- blocks ------------------------------------------------------------- */

/** Bytes of an LMDB node that fill a page without waste, `per_page` to it. */
#define DTL_NODE_ROOM(per_page) ((4096U - 16U) / (per_page) / 2U * 2U)
#define DTL_NODE_HEAD           10U /* a node's header and its pointer */

struct dtl_block_row;
struct dtl_block_writer {
    struct dtl_block_row *rows;
    size_t n, room;
    struct dtl_buf bytes; /* keys' suffixes and tails of the rows */
    struct dtl_buf last;  /* sort key of the last row */
    struct dtl_buf separator;
    struct dtl_buf value;
    uint64_t most[5], least_time;
    size_t size; /* of the variable parts */
    uint64_t ordinal;
};
/** Append a capture; false when the block has no room for it. */
bool dtl_block_add(struct dtl_block_writer *w, struct dtl_slice sort_key,
                   struct dtl_slice packed);
/** Finish the block: its LMDB key and value, borrowed until the next call;
 * the writer is then ready for the next one.  False when out of memory. */
bool dtl_block_finish(struct dtl_block_writer *w, struct dtl_slice *key,
                      struct dtl_slice *value);
void dtl_block_writer_free(struct dtl_block_writer *w);

struct dtl_block {
    struct dtl_slice bytes;
    uint32_t count, row; /* rows in all, rows read */
    uint32_t ordinal;    /* of the first row */
    int64_t base;
    uint8_t width[5];
    size_t fixed; /* sum of the widths */
    size_t pos;
    struct dtl_buf key; /* of the row just read */
    size_t rest;        /* where its fixed part stands */
    size_t rest_end;
};
/** Zero `b` first; a block may be opened again and again. */
int dtl_block_open(struct dtl_block *b, struct dtl_slice bytes,
                   struct dtl_error *err);
/** Read the next row's key; DTL_END. */
int dtl_block_next(struct dtl_block *b, struct dtl_error *err);
/** Ordinal and time of the row just read. */
uint32_t dtl_block_ordinal(const struct dtl_block *b);
int64_t dtl_block_time(const struct dtl_block *b);
/** Where its record stands: what tells captures of one URL and second apart. */
void dtl_block_place(const struct dtl_block *b, uint32_t *file,
                     uint64_t *offset);
/** The row just read; strings are built in `strings`, or borrowed. */
int dtl_block_capture(const struct dtl_block *b, const struct dtl_kinds *k,
                      struct dtl_buf *strings, struct dtl_capture *out,
                      struct dtl_error *err);
void dtl_block_free(struct dtl_block *b);

#endif
