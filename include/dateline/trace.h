/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_TRACE_H
#define DATELINE_TRACE_H
/*
 * When and where did a text appear: candidates from the marks, verified
 * against the stored texts, each with a typed relation and its evidence.
 */
#include <dateline/base.h>
#include <dateline/index.h>

#ifdef __cplusplus
extern "C" {
#endif

enum dtl_relation {
    DTL_REL_NONE,
    DTL_REL_SAME_TEXT,
    DTL_REL_RECAPTURE,
    DTL_REL_VERBATIM,
    DTL_REL_EDITED,
    DTL_REL_ABRIDGED,
    DTL_REL_EXTENDED,
    DTL_REL_EXCERPT,
    DTL_REL_CARRIES, /* an aggregator page holding it */
    DTL_REL_QUOTES,
    DTL_REL_HEADLINE,
    DTL_REL_AGENCY,
    DTL_REL_COUNT
};
DTL_API const char *dtl_relation_name(enum dtl_relation r);

/** A passage found on both sides: byte ranges in the two texts. */
struct dtl_span {
    uint32_t q_start, q_end, d_start, d_end;
};

struct dtl_appearance {
    struct dtl_ref article;
    enum dtl_relation relation;
    float score;          /* 0..1, for ranking */
    float q_in_d, d_in_q; /* share of each found in the other */
    const struct dtl_span *spans;
    uint32_t nspans;
};

struct dtl_trace_query {
    struct dtl_slice text;  /* headline, sentence, paragraph, article */
    struct dtl_slice title; /* of the text, when known */
    uint32_t limit;         /* 0: the default of 1,000 */
};

/** Best first, in `arena`.  An empty result is DTL_OK with n 0. */
DTL_API int dtl_trace(struct dtl_store *s, const struct dtl_trace_query *q,
                      struct dtl_arena *arena, struct dtl_appearance **out,
                      size_t *n, struct dtl_error *err);

#ifdef __cplusplus
}
#endif
#endif
