/* SPDX-License-Identifier: Apache-2.0 */
/* Any two texts, parted by the first NUL: passages lie inside both and hold
 * what they say; shares are shares. */
#include "../../src/story/trace/judge.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool fact)
{
    if (!fact)
        abort();
}

static struct text text_of(struct dtl_slice s, struct dtl_arena *a)
{
    struct dtl_slice normal;
    struct dtl_words w;

    demand(dtl_normal(s, a, &normal, NULL) == DTL_OK &&
           dtl_words(normal, 0, a, &w, NULL) == DTL_OK);
    return (struct text){ w.words, NULL, w.count };
}

static void check(const struct text *a, const struct text *b,
                  const struct matching *m)
{
    for (uint32_t i = 0; i < m->count; i++) {
        const struct passage *p = &m->passages[i];

        demand(p->a0 < p->a1 && p->a1 <= a->count);
        demand(p->b0 < p->b1 && p->b1 <= b->count);
        demand(p->equal <= p->a1 - p->a0 && p->equal <= p->b1 - p->b0);
        demand(a->words[p->a0].hash == b->words[p->b0].hash);
        demand(a->words[p->a1 - 1].hash == b->words[p->b1 - 1].hash);
        demand(i == 0 || p->a0 >= m->passages[i - 1].a1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *nul = size > 0 ? memchr(data, 0, size) : NULL;
    size_t at = nul != NULL ? (size_t)(nul - data) : size / 2;
    struct dtl_arena *arena = dtl_arena_new(0);
    struct matcher *matcher = matcher_new();
    struct agreement g;
    struct matching m;
    struct text a, b;

    demand(arena != NULL && matcher != NULL);
    a = text_of(dtl_slice_of(data, at), arena);
    b = text_of(dtl_slice_of(data + at, size - at), arena);
    demand(matcher_set(matcher, &b) == DTL_OK &&
           matcher_run(matcher, &a, &m) == DTL_OK);
    check(&a, &b, &m);
    agreement_of(&a, &b, &m, &g);
    demand(g.a_in_b >= 0 && g.a_in_b <= 1 && g.b_in_a >= 0 && g.b_in_a <= 1);
    demand(g.leads >= 0 && g.leads <= 1.001F);
    demand(g.agreed <= g.numbers && g.kept <= g.placed);
    same_story(&g, 0.5F, false);
    matcher_free(matcher);
    dtl_arena_free(arena);
    return 0;
}
