/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_TRACE_MATCH_H
#define DATELINE_TRACE_MATCH_H
/*
 * What two texts have in common, word by word: runs of equal words are joined
 * over small edits into passages, and every word of either side knows whether
 * the other text has it.
 */
#include <dateline/story.h>

/** A text ready to be compared.  `weight` is what each word is worth as
 * evidence (0 furniture .. 1), NULL for all 1. */
struct text {
    const struct dtl_word *words;
    const float *weight;
    uint32_t count;
};

/** Passages [a0, a1) of the one and [b0, b1) of the other, in words. */
struct passage {
    uint32_t a0, a1, b0, b1;
    uint32_t equal; /* words in common, in order */
};

struct matching {
    struct passage *passages; /* by a0 */
    uint32_t count;
    uint8_t *in_a, *in_b; /* per word: the other text has it */
};

/** The text the others are compared with. */
struct matcher;
struct matcher *matcher_new(void);
void matcher_free(struct matcher *m);
/** Prepare `b`, which is borrowed until the next call. */
int matcher_set(struct matcher *m, const struct text *b);
/** Compare `a` with it; `out` is valid until the next call on `m`. */
int matcher_run(struct matcher *m, const struct text *a, struct matching *out);

/** What the passages add up to; shares by weight, 0..1. */
struct agreement {
    float a_in_b, b_in_a;      /* of the whole texts */
    float lead_a, lead_b;      /* of each lead, found anywhere in the other */
    float leads;               /* of the weaker lead, found in the other's */
    float weight_a, weight_b;  /* what all words are worth */
    float common;              /* worth of the words in common */
    uint32_t longest;          /* words of the longest passage */
    uint32_t start_a, start_b; /* where it begins */
    uint32_t equal;            /* words in common */
    uint32_t solid;            /* of these, in long passages, no furniture */
    uint32_t quoted;           /* and in whole blocks or quotations */
    uint32_t numbers, agreed;  /* near those, on the poorer side; on both */
    uint32_t placed, kept;     /* numbers inside passages; unchanged ones */
};

void agreement_of(const struct text *a, const struct text *b,
                  const struct matching *m, struct agreement *out);

#endif
