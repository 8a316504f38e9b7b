/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DTL_EXPORT_PICK_H
#define DTL_EXPORT_PICK_H
/*
 * The record of a capture and those that stand beside it and belong to it, its
 * request and metadata, taken out of their archive:
 *
 *     dtl_pick_find(p, file, &capture, arena, &group, &err);
 *     for (i = 0; i < group.n; i++)
 *         dtl_pick_load(p, &group.list[i], &record, &err);
 *
 * Of a gzip member only so much is inflated as its head takes: the length of
 * the record it declares and the length the member's end declares prove that
 * it holds this record and nothing else.
 */
#include <dateline/index.h>
#include <dateline/warc.h>

#define DTL_PICK_SIDES 8U /* records looked at on either side */

/* Where a record stands. */
struct dtl_pick_place {
    uint64_t offset, inner;
    uint64_t length;  /* stored, when it is alone in its gzip member; else 0 */
    uint64_t content; /* length of its block, as declared */
    bool capture;     /* the capture's own */
    bool arc;
};

struct dtl_pick_group {
    struct dtl_pick_place list[2 * DTL_PICK_SIDES + 1]; /* in file order */
    size_t n;
};

/** One record: its member as stored, or else its parts. */
struct dtl_picked {
    struct dtl_slice stored;
    struct dtl_warc_record rec; /* without `stored` */
    struct dtl_slice block;
};

struct dtl_pick; /* one archive open at a time */
int dtl_pick_new(struct dtl_pick **out, struct dtl_error *err);
/** DTL_BAD_RECORD: it cannot be had whole. */
int dtl_pick_find(struct dtl_pick *p, const char *file,
                  const struct dtl_capture *c, struct dtl_arena *arena,
                  struct dtl_pick_group *out, struct dtl_error *err);
/** The file's first record, if it is a warcinfo: DTL_NOTFOUND. */
int dtl_pick_info(struct dtl_pick *p, const char *file, struct dtl_arena *arena,
                  struct dtl_pick_place *out, struct dtl_error *err);
/** Read it; `plain` asks for its parts also when it could be given as stored.
 * All is valid until the next call.  DTL_LIMIT when the block has more than
 * `max` bytes. */
int dtl_pick_load(struct dtl_pick *p, const struct dtl_pick_place *at,
                  bool plain, size_t max, struct dtl_picked *out,
                  struct dtl_error *err);
/** Bytes as stored, at most `most`, of the archive that is open. */
int dtl_pick_bytes(struct dtl_pick *p, uint64_t offset, size_t most,
                   struct dtl_slice *out, struct dtl_error *err);
/** After dtl_pick_load() gave DTL_LIMIT: what it left of the block.  DTL_END.
 */
int dtl_pick_rest(struct dtl_pick *p, struct dtl_slice *piece,
                  struct dtl_error *err);
void dtl_pick_free(struct dtl_pick *p);

#endif
