/* SPDX-License-Identifier: Apache-2.0 */
#include "link.h"

#include <stdlib.h>

#define LEAST      0.001F /* of a word without worth */
#define TRIM_TEXTS (UINT32_C(1) << 14)

struct entry {
    uint32_t doc;
    bool used;        /* since the clock's hand last passed */
    unsigned counted; /* the count its weights are from */
    struct text text;
    struct dtl_word *words;
    float *weight;
    size_t bytes;
};

struct texts {
    struct batch *batch;
    struct dtl_arena *arena;
    uint32_t *slot; /* article -> entry + 1 */
    struct entry *entries;
    uint32_t count, cap, hand;
    size_t bytes, budget;
    uint32_t loaded; /* texts, after so many the pages read are let go */
};

struct texts *texts_new(struct batch *b, size_t memory)
{
    struct texts *t = calloc(1, sizeof *t);

    if (t == NULL)
        return NULL;
    t->batch = b;
    t->budget = memory;
    t->arena = dtl_arena_new(0);
    t->slot = calloc(b->ndocs + (size_t)1, sizeof *t->slot);
    if (t->arena == NULL || t->slot == NULL) {
        texts_free(t);
        return NULL;
    }
    return t;
}

static void drop(struct texts *t, struct entry *e)
{
    t->slot[e->doc] = 0;
    t->bytes -= e->bytes;
    free(e->words);
    free(e->weight);
    *e = t->entries[--t->count];
    if (e != &t->entries[t->count])
        t->slot[e->doc] = (uint32_t)(e - t->entries) + 1;
}

void texts_free(struct texts *t)
{
    if (t == NULL)
        return;
    while (t->count > 0)
        drop(t, &t->entries[t->count - 1]);
    free(t->entries);
    free(t->slot);
    dtl_arena_free(t->arena);
    free(t);
}

/* The second chance algorithm: what was asked for lately stays. */
static void make_way(struct texts *t, size_t more, uint32_t keep)
{
    while (t->count > 1 && t->bytes + more > t->budget) {
        struct entry *e = &t->entries[t->hand++ % t->count];

        if (e->used || e->doc == keep)
            e->used = false;
        else
            drop(t, e);
    }
}

/* A sentence is worth what the rarest of its marks is worth; one too short
 * for a mark proves nothing. */
static void weigh_sentence(const struct texts *t, const struct dtl_marks *m,
                           uint32_t *next, uint32_t from, uint32_t to,
                           float *weight)
{
    uint32_t stories = UINT32_MAX;
    float w = LEAST;

    for (; *next < m->count && m->marks[*next].position < to; ++*next) {
        uint32_t n = common_get(t->batch->common, m->marks[*next].hash >> 24);

        if (n < stories)
            stories = n;
    }
    if (stories != UINT32_MAX)
        w = mark_worth((float)stories);
    for (uint32_t i = from; i < to; i++)
        weight[i] = w > LEAST ? w : LEAST;
}

static void weigh(const struct texts *t, const struct dtl_words *w,
                  const struct dtl_marks *m, float *weight)
{
    uint32_t from = 0, next = 0;

    for (uint32_t i = 1; i <= w->count; i++)
        if (i == w->count || w->words[i].flags & DTL_WORD_SENTENCE) {
            weigh_sentence(t, m, &next, from, i, weight);
            from = i;
        }
}

static int load(struct texts *t, uint32_t doc, struct entry *e,
                struct dtl_error *err)
{
    struct dtl_article_row row;
    struct dtl_slice normal;
    struct dtl_words w;
    struct dtl_marks m;
    int rc;

    dtl_arena_reset(t->arena);
    if (++t->loaded % TRIM_TEXTS == 0)
        dtl_store_trim(t->batch->store);
    rc = dtl_store_article(t->batch->store, t->batch->docs[doc].ref, t->arena,
                           &row, err);
    if (rc == DTL_OK)
        rc = dtl_normal(t->batch->docs[doc].rest ? row.rest : row.text,
                        t->arena, &normal, err);
    if (rc == DTL_OK)
        rc = dtl_words(normal, MAX_WORDS, t->arena, &w, err);
    if (rc == DTL_OK)
        rc = dtl_word_marks(&w, false, t->arena, &m, err);
    if (rc != DTL_OK)
        return rc;
    e->doc = doc;
    e->used = true;
    e->counted = t->batch->counted;
    e->words = malloc((w.count + (size_t)1) * sizeof *e->words);
    e->weight = malloc((w.count + (size_t)1) * sizeof *e->weight);
    if (e->words == NULL || e->weight == NULL) {
        free(e->words);
        free(e->weight);
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a text");
    }
    memcpy(e->words, w.words, w.count * sizeof *e->words);
    weigh(t, &w, &m, e->weight);
    e->text = (struct text){ e->words, e->weight, w.count };
    e->bytes = w.count * (sizeof *e->words + sizeof *e->weight) + sizeof *e;
    return DTL_OK;
}

static int add(struct texts *t, const struct entry *e)
{
    if (t->count == t->cap) {
        uint32_t cap = t->cap * 2 + 64;
        struct entry *grown = realloc(t->entries, cap * sizeof *grown);

        if (grown == NULL)
            return DTL_NOMEM;
        t->entries = grown;
        t->cap = cap;
    }
    t->entries[t->count++] = *e;
    t->bytes += e->bytes;
    t->slot[e->doc] = t->count;
    return DTL_OK;
}

/* Stories were counted again since: what the words are worth changed. */
static int weigh_again(struct texts *t, struct entry *e, struct dtl_error *err)
{
    struct dtl_words w = { e->words, e->text.count };
    struct dtl_marks m;
    int rc;

    dtl_arena_reset(t->arena);
    rc = dtl_word_marks(&w, false, t->arena, &m, err);
    if (rc == DTL_OK)
        weigh(t, &w, &m, e->weight);
    e->counted = t->batch->counted;
    return rc;
}

int texts_get(struct texts *t, uint32_t doc, uint32_t keep, struct text *out,
              struct dtl_error *err)
{
    struct entry e;
    int rc;

    if (t->slot[doc] != 0) {
        struct entry *known = &t->entries[t->slot[doc] - 1];

        known->used = true;
        *out = known->text;
        return known->counted == t->batch->counted ? DTL_OK
                                                   : weigh_again(t, known, err);
    }
    rc = load(t, doc, &e, err);
    if (rc != DTL_OK)
        return rc;
    make_way(t, e.bytes, keep);
    if (add(t, &e) != DTL_OK) {
        free(e.words);
        free(e.weight);
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a text");
    }
    *out = e.text;
    return DTL_OK;
}
