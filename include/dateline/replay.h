/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_REPLAY_H
#define DATELINE_REPLAY_H
/*
 * From a row of the store back to the bytes in the archive: opens the file at
 * the offset, reads the record, finds what a revisit refers to.
 */
#include <dateline/base.h>
#include <dateline/index.h>
#include <dateline/warc.h>

#ifdef __cplusplus
extern "C" {
#endif

struct dtl_replay; /* one per thread */

/** `store` is borrowed. */
DTL_API int dtl_replay_new(struct dtl_store *store, struct dtl_replay **out,
                           struct dtl_error *err);
/**
 * Read the record of capture `c` again.  `rec` and `block` (at most `max`
 * bytes, else DTL_LIMIT with that many) live until the next call.  DTL_FORMAT
 * when another record stands there now: the URL is compared.
 */
DTL_API int dtl_replay_record(struct dtl_replay *r, const struct dtl_capture *c,
                              size_t max, struct dtl_warc_record *rec,
                              struct dtl_slice *block, struct dtl_error *err);
/** What dtl_replay_record() left of the block, piece by piece, each valid until
 * the next call; DTL_END. */
DTL_API int dtl_replay_rest(struct dtl_replay *r, struct dtl_slice *piece,
                            struct dtl_error *err);
/**
 * The capture that holds the payload of `c`: itself, or for a revisit the one
 * it refers to, by digest and the nearest in time.  DTL_NOTFOUND when the
 * store has none.  `out` lives in `arena`; `segment` (may be NULL) is set
 * when it is another capture than `c`.
 */
DTL_API int dtl_replay_original(struct dtl_replay *r,
                                const struct dtl_capture *c,
                                struct dtl_arena *arena,
                                struct dtl_capture *out, uint32_t *segment,
                                struct dtl_error *err);
DTL_API void dtl_replay_free(struct dtl_replay *r);

#ifdef __cplusplus
}
#endif
#endif
