/* SPDX-License-Identifier: Apache-2.0 */
/* Cost of comparing a 430-word article with an edited copy, and with another
 * article. */
#include "../../src/story/trace/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS 20000U
#define WORDS  430U

static uint32_t seed = 1;

static uint32_t next(uint32_t n)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % n;
}

static void fill(struct dtl_word *w)
{
    for (uint32_t i = 0; i < WORDS; i++)
        w[i] = (struct dtl_word){
            .hash = (next(6) == 0 ? next(40) : next(UINT32_C(1) << 24)) *
                    UINT64_C(0x9e3779b97f4a7c15),
            .start = i * 6,
            .len = 5,
            .flags = (uint16_t)(i % 18 == 0 ? DTL_WORD_SENTENCE : 0)
        };
}

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double compare(struct matcher *m, const struct text *a,
                      const struct text *b, uint64_t *equal)
{
    double start = seconds();

    for (uint32_t i = 0; i < ROUNDS; i++) {
        struct matching found;
        struct agreement g;

        if (matcher_set(m, b) != DTL_OK || matcher_run(m, a, &found) != DTL_OK)
            return -1;
        agreement_of(a, b, &found, &g);
        *equal += g.equal;
    }
    return (seconds() - start) * 1e6 / ROUNDS;
}

int main(void)
{
    static struct dtl_word one[WORDS], copy[WORDS], other[WORDS];
    struct text a = { one, NULL, WORDS }, b = { copy, NULL, WORDS },
                c = { other, NULL, WORDS };
    struct matcher *m = matcher_new();
    uint64_t equal[2] = { 0 };
    double edited, unrelated;

    if (m == NULL)
        return 1;
    fill(one);
    fill(other);
    memcpy(copy, one, sizeof copy);
    for (uint32_t i = 0; i < WORDS / 20; i++)
        copy[next(WORDS)].hash = next(UINT32_C(1) << 24);
    edited = compare(m, &a, &b, &equal[0]);
    unrelated = compare(m, &a, &c, &equal[1]);
    printf("{\"bench\":\"trace_match\",\"words\":%u,\"edited_us\":%.2f,"
           "\"edited_equal\":%.0f,\"unrelated_us\":%.2f,"
           "\"unrelated_equal\":%.0f}\n",
           WORDS, edited, (double)equal[0] / ROUNDS, unrelated,
           (double)equal[1] / ROUNDS);
    matcher_free(m);
    return 0;
}
