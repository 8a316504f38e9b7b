/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_STORY_H
#define DATELINE_STORY_H
/*
 * What identifies a text: its normal form, the hash of that, and positional
 * fingerprints ("marks") that survive editing.  Finding and judging copies is
 * in <dateline/trace.h>.
 */
#include <dateline/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Version of the normal form; part of every citation. */
#define DTL_NORMAL_VERSION 1

/**
 * The normal form: NFC, compatibility white space to one space, quotes and
 * dashes folded, soft hyphens and zero-width characters removed, blocks one a
 * line.  Equal articles come out equal across sites and recaptures.
 */
DTL_API int dtl_normal(struct dtl_slice text, struct dtl_arena *arena,
                       struct dtl_slice *out, struct dtl_error *err);

/** SHA-256 of the normal form. */
DTL_API int dtl_text_hash(struct dtl_slice normal, uint8_t out[32],
                          struct dtl_error *err);

/** A fingerprint of a few words and the word number where they stand. */
struct dtl_mark {
    uint64_t hash;
    uint32_t position;
};

struct dtl_marks {
    struct dtl_mark *marks; /* by position */
    uint32_t count;
    uint32_t words; /* in the text */
};

/** Marks of a normal form, for the index and for a query alike. */
DTL_API int dtl_marks(struct dtl_slice normal, struct dtl_arena *arena,
                      struct dtl_marks *out, struct dtl_error *err);
/** Marks of a headline: its words and word pairs. */
DTL_API int dtl_title_marks(struct dtl_slice title, struct dtl_arena *arena,
                            struct dtl_marks *out, struct dtl_error *err);

#ifdef __cplusplus
}
#endif
#endif
