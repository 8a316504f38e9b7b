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
    DTL_REL_RECAPTURE, /* the same page at another time */
    DTL_REL_VERBATIM,
    DTL_REL_EDITED,
    DTL_REL_ABRIDGED, /* the query, shortened */
    DTL_REL_EXTENDED, /* the query, with more */
    DTL_REL_EXCERPT,  /* a passage of one inside the other */
    DTL_REL_CARRIES,  /* an aggregator page holding it */
    DTL_REL_QUOTES,   /* the same quotation only */
    DTL_REL_HEADLINE, /* its headline */
    DTL_REL_AGENCY,
    DTL_REL_COUNT
};
DTL_API const char *dtl_relation_name(enum dtl_relation r);

/* ---- one text ---------------------------------------------------------- */

/** A passage found on both sides: byte ranges in the two normal forms. */
struct dtl_span {
    uint32_t q_start, q_end, d_start, d_end;
};

struct dtl_appearance {
    struct dtl_ref article;
    enum dtl_relation relation;
    float score;          /* 0..1, for ranking */
    float q_in_d, d_in_q; /* share of each found in the other */
    bool in_rest;         /* found in the rest of the page, not its article:
                             the spans point into the normal form of that */
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

/* ---- all of them: stories ---------------------------------------------- */

struct dtl_stories; /* opaque */

struct dtl_stories_options {
    int64_t from, to; /* captures in this range; DTL_NO_TIME: open */
    size_t memory;    /* budget in bytes; 0: the default of 512 MiB */
};

/** An article of a story, or one that carries text of it. */
struct dtl_member {
    struct dtl_ref article;
    enum dtl_relation relation; /* to the story's first appearance */
    float share;                /* of that, found in this article */
};

struct dtl_story {
    char id[20];
    const struct dtl_member *members; /* by capture time; the first appearance
                                         comes first */
    size_t nmembers;
    const struct dtl_member *carriers; /* main story is another one */
    size_t ncarriers;
};

/**
 * Group all articles of a store by the story they tell.  The result does not
 * depend on the order in which they were ingested.  `s` is borrowed.
 */
DTL_API int dtl_stories_open(struct dtl_store *s,
                             const struct dtl_stories_options *options,
                             struct dtl_stories **out, struct dtl_error *err);
/** The next story by first capture, valid until the next call; DTL_END. */
DTL_API int dtl_stories_next(struct dtl_stories *st, struct dtl_story *out,
                             struct dtl_error *err);
DTL_API void dtl_stories_close(struct dtl_stories *st);

#ifdef __cplusplus
}
#endif
#endif
