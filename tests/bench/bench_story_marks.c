/* SPDX-License-Identifier: Apache-2.0 */
/* Cost of identifying a 430-word article: normal form, hash, words, marks. */
#include <dateline/story.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ARTICLES 2000U
#define WORDS    430U

static uint32_t seed = 1;

static uint32_t next(uint32_t n)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % n;
}

/* English-like: words of 1 to 10 letters, sentences of 8 to 30 words. */
static void article(struct dtl_buf *b)
{
    uint32_t left = 8 + next(23);

    for (uint32_t w = 0; w < WORDS; w++) {
        uint32_t len = 1 + next(10);

        for (uint32_t i = 0; i < len; i++)
            dtl_buf_byte(
                b, (uint8_t)((i == 0 && left > 28 ? 'A' : 'a') + next(26)));
        if (--left == 0) {
            left = 8 + next(23);
            dtl_buf_str(b, next(4) == 0 ? ".\n" : ". ");
        } else {
            dtl_buf_str(b, next(12) == 0 ? ", \xe2\x80\x9c" : " ");
        }
    }
}

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

enum { NORMAL, HASH, WORDS_STEP, MARKS, STEPS };

static bool identify(struct dtl_slice text, struct dtl_arena *a,
                     double spent[STEPS], uint64_t *marks)
{
    double t[STEPS + 1];
    struct dtl_slice normal;
    struct dtl_words words;
    struct dtl_marks m;
    uint8_t hash[32];

    t[0] = seconds();
    if (dtl_normal(text, a, &normal, NULL) != DTL_OK)
        return false;
    t[1] = seconds();
    dtl_text_hash(normal, hash, NULL);
    t[2] = seconds();
    if (dtl_words(normal, 0, a, &words, NULL) != DTL_OK)
        return false;
    t[3] = seconds();
    if (dtl_word_marks(&words, false, a, &m, NULL) != DTL_OK)
        return false;
    t[4] = seconds();
    for (int i = 0; i < STEPS; i++)
        spent[i] += t[i + 1] - t[i];
    *marks += m.count;
    return true;
}

int main(void)
{
    static const char *const names[STEPS] = { "normal", "hash", "words",
                                              "marks" };
    struct dtl_arena *a = dtl_arena_new(0);
    struct dtl_buf b = { 0 };
    double spent[STEPS] = { 0 }, all = 0;
    uint64_t marks = 0;

    for (uint32_t i = 0; i < ARTICLES && a != NULL; i++) {
        dtl_buf_clear(&b);
        article(&b);
        if (!identify(dtl_buf_view(&b), a, spent, &marks))
            return 1;
        dtl_arena_reset(a);
    }
    printf("{\"bench\":\"story_marks\",\"articles\":%u,\"words\":%u,"
           "\"marks_each\":%.1f",
           ARTICLES, WORDS, (double)marks / ARTICLES);
    for (int i = 0; i < STEPS; i++) {
        printf(",\"%s_us\":%.2f", names[i], spent[i] * 1e6 / ARTICLES);
        all += spent[i];
    }
    printf(",\"total_us\":%.2f}\n", all * 1e6 / ARTICLES);
    dtl_buf_free(&b);
    dtl_arena_free(a);
    return 0;
}
