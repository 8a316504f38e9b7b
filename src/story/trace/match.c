/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Anchors are runs of four equal words (eight characters in scripts without
 * spaces), found through a table of the one text's grams, extended both ways
 * and joined over gaps of a few words: what an editor changed.  Time is
 * linear: a gram tries a fixed number of places, a gap has a fixed size.
 */
#include "match.h"

#include <stdlib.h>

#define GRAM       4U
#define GRAM_CHARS 8U
#define MAX_TRIES  12U
#define MAX_GAP    14U

struct matcher {
    const struct text *b;
    uint32_t *head, *next; /* table of grams: index + 1 of the latest place */
    uint32_t mask;
    size_t head_cap, next_cap, a_cap, b_cap, passage_cap;
    struct passage *passages;
    uint8_t *in_a, *in_b;
};

struct matcher *matcher_new(void)
{
    return calloc(1, sizeof(struct matcher));
}

void matcher_free(struct matcher *m)
{
    if (m == NULL)
        return;
    free(m->head);
    free(m->next);
    free(m->passages);
    free(m->in_a);
    free(m->in_b);
    free(m);
}

static bool make_room(void *array, size_t *cap, size_t need, size_t size)
{
    void *p = *(void **)array;

    if (need <= *cap)
        return true;
    need += need / 2 + 64;
    p = realloc(p, need * size);
    if (p == NULL)
        return false;
    *(void **)array = p;
    *cap = need;
    return true;
}

static uint32_t gram_length(const struct text *t, uint32_t i)
{
    return t->words[i].flags & DTL_WORD_CHAR ? GRAM_CHARS : GRAM;
}

static uint32_t gram_hash(const struct dtl_word *w)
{
    uint64_t h = w[0].hash;

    h = (h ^ (w[1].hash >> 7)) * UINT64_C(0x9e3779b97f4a7c15);
    h = (h ^ (w[2].hash >> 13)) * UINT64_C(0xc2b2ae3d27d4eb4f);
    h = (h ^ (w[3].hash >> 19)) * UINT64_C(0x165667b19e3779f9);
    return (uint32_t)(h >> 32);
}

int matcher_set(struct matcher *m, const struct text *b)
{
    uint32_t slots = 64;

    while (slots < b->count * 2 && slots < UINT32_C(1) << 30)
        slots *= 2;
    m->b = b;
    m->mask = slots - 1;
    if (!make_room(&m->head, &m->head_cap, slots, sizeof *m->head) ||
        !make_room(&m->next, &m->next_cap, b->count + 1, sizeof *m->next) ||
        !make_room(&m->in_b, &m->b_cap, b->count + 1, 1))
        return DTL_NOMEM;
    memset(m->head, 0, slots * sizeof *m->head);
    /* From the end, so that a chain gives the earliest place first. */
    for (uint32_t i = b->count; i-- > 0;) {
        uint32_t *slot;

        if (gram_length(b, i) > b->count - i)
            continue;
        slot = &m->head[gram_hash(&b->words[i]) & m->mask];
        m->next[i] = *slot;
        *slot = i + 1;
    }
    return DTL_OK;
}

static uint32_t run_length(const struct text *a, uint32_t i,
                           const struct text *b, uint32_t k)
{
    uint32_t n = 0;

    while (i + n < a->count && k + n < b->count &&
           a->words[i + n].hash == b->words[k + n].hash)
        n++;
    return n;
}

/* The longest run of equal words at `i` of `a`; a place where the last
 * passage would go on is preferred to an equally long one. */
static uint32_t best_run(const struct matcher *m, const struct text *a,
                         uint32_t i, uint32_t expected, uint32_t *where)
{
    uint32_t best = 0, tries = 0, gram = gram_length(a, i);
    uint32_t at = m->head[gram_hash(&a->words[i]) & m->mask];

    for (; at != 0 && tries < MAX_TRIES; at = m->next[at - 1], tries++) {
        uint32_t n = run_length(a, i, m->b, at - 1);

        if (n < gram)
            continue;
        if (n > best || (n == best && at - 1 == expected)) {
            best = n;
            *where = at - 1;
        }
    }
    return best;
}

static bool add_passage(struct matcher *m, struct matching *out,
                        const struct passage *p)
{
    if (!make_room(&m->passages, &m->passage_cap, out->count + 1U,
                   sizeof *m->passages))
        return false;
    m->passages[out->count++] = *p;
    return true;
}

/* Words in common, in order, of two gaps; marks them.  The table of the
 * longest common subsequence, read back. */
static uint32_t common_words(struct matcher *m, const struct text *a,
                             uint32_t a0, uint32_t na, uint32_t b0, uint32_t nb)
{
    uint8_t len[MAX_GAP + 1][MAX_GAP + 1] = { { 0 } };
    uint32_t i, k;

    for (i = na; i-- > 0;)
        for (k = nb; k-- > 0;)
            if (a->words[a0 + i].hash == m->b->words[b0 + k].hash)
                len[i][k] = (uint8_t)(len[i + 1][k + 1] + 1);
            else
                len[i][k] = len[i + 1][k] > len[i][k + 1] ? len[i + 1][k]
                                                          : len[i][k + 1];
    for (i = 0, k = 0; i < na && k < nb;)
        if (a->words[a0 + i].hash == m->b->words[b0 + k].hash) {
            m->in_a[a0 + i++] = 1;
            m->in_b[b0 + k++] = 1;
        } else if (len[i + 1][k] >= len[i][k + 1]) {
            i++;
        } else {
            k++;
        }
    return len[0][0];
}

/* Does the run at (i, k) continue passage `p` after a small edit? */
static bool continues(const struct passage *p, uint32_t i, uint32_t k)
{
    return i - p->a1 <= MAX_GAP && k >= p->b1 && k - p->b1 <= MAX_GAP;
}

static void mark(struct matcher *m, uint32_t i, uint32_t k, uint32_t n)
{
    memset(m->in_a + i, 1, n);
    memset(m->in_b + k, 1, n);
}

int matcher_run(struct matcher *m, const struct text *a, struct matching *out)
{
    struct passage p = { 0 };
    const struct text *b = m->b;

    memset(out, 0, sizeof *out);
    if (!make_room(&m->in_a, &m->a_cap, a->count + 1U, 1))
        return DTL_NOMEM;
    memset(m->in_a, 0, a->count);
    memset(m->in_b, 0, b->count);
    for (uint32_t i = 0; i < a->count;) {
        uint32_t k = 0, n, expected = p.b1 + (i - p.a1);

        n = gram_length(a, i) > a->count - i ? 0
                                             : best_run(m, a, i, expected, &k);
        if (n == 0) {
            i++;
            continue;
        }
        /* Back over words the gram before did not reach. */
        while (i > p.a1 && k > 0 && (p.a1 == 0 || k != p.b1) &&
               a->words[i - 1].hash == b->words[k - 1].hash) {
            i--;
            k--;
            n++;
        }
        if (p.a1 > 0 && continues(&p, i, k)) {
            p.equal += n + common_words(m, a, p.a1, i - p.a1, p.b1, k - p.b1);
            p.a1 = i + n;
            p.b1 = k + n;
        } else {
            if (p.a1 > 0 && !add_passage(m, out, &p))
                return DTL_NOMEM;
            p = (struct passage){ i, i + n, k, k + n, n };
        }
        mark(m, i, k, n);
        i += n;
    }
    if (p.a1 > 0 && !add_passage(m, out, &p))
        return DTL_NOMEM;
    out->passages = m->passages;
    out->in_a = m->in_a;
    out->in_b = m->in_b;
    return DTL_OK;
}

/* ---- what it adds up to -------------------------------------------------- */

/* How much of a text is its lead: so many words that are not furniture, and no
 * more than this share of them. */
#define LEAD_LENGTH 60U
#define LEAD_SHARE  0.5F
#define FURNITURE   0.04F
/* A passage shorter than this is a phrase. */
#define SOLID 8U
#define QUOTE 16U

static float weight_at(const struct text *t, uint32_t i)
{
    return t->weight != NULL ? t->weight[i] : 1.0F;
}

static float weigh(const struct text *t, const uint8_t *in, float *found)
{
    float all = 0;

    *found = 0;
    for (uint32_t i = 0; i < t->count; i++) {
        float w = weight_at(t, i);

        all += w;
        *found += in[i] ? w : 0;
    }
    return all;
}

/* To find a text's lead it does not matter how many others carry it, so long
 * as it is no furniture. */
static float lead_weight(const struct text *t, uint32_t i)
{
    return weight_at(t, i) >= FURNITURE ? 1.0F : 0.001F;
}

/* Number of words in the lead. */
static uint32_t lead_end(const struct text *t)
{
    float all = 0, want, sum = 0;
    uint32_t i;

    for (i = 0; i < t->count; i++)
        all += lead_weight(t, i);
    want = all * LEAD_SHARE;
    if (want > LEAD_LENGTH)
        want = LEAD_LENGTH;
    for (i = 0; i < t->count && sum < want; i++)
        sum += lead_weight(t, i);
    return i;
}

static float share_until(const struct text *t, const uint8_t *in, uint32_t end)
{
    float all = 0, found = 0;

    for (uint32_t i = 0; i < end; i++) {
        float w = lead_weight(t, i);

        all += w;
        found += in[i] ? w : 0;
    }
    return all > 0 ? found / all : 0;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* The share of the leads that stand in each other: of both, the weaker. */
static float leads_agree(const struct text *a, uint32_t end_a,
                         const struct text *b, uint32_t end_b,
                         const struct matching *m)
{
    float all_a = 0, all_b = 0, both_a = 0, both_b = 0;

    for (uint32_t i = 0; i < end_a; i++)
        all_a += lead_weight(a, i);
    for (uint32_t i = 0; i < end_b; i++)
        all_b += lead_weight(b, i);
    for (uint32_t n = 0; n < m->count; n++) {
        const struct passage *p = &m->passages[n];

        if (p->a0 >= end_a || p->b0 >= end_b)
            continue;
        for (uint32_t i = p->a0; i < smaller(p->a1, end_a); i++)
            both_a += m->in_a[i] ? lead_weight(a, i) : 0;
        for (uint32_t i = p->b0; i < smaller(p->b1, end_b); i++)
            both_b += m->in_b[i] ? lead_weight(b, i) : 0;
    }
    both_a = all_a > 0 ? both_a / all_a : 0;
    both_b = all_b > 0 ? both_b / all_b : 0;
    return both_a < both_b ? both_a : both_b;
}

/* ---- numbers ------------------------------------------------------------- */

/* Market reports, forecasts, results: the same sentences with other numbers
 * are another story.  Compared are the numbers in and near what the texts have
 * in common. */
#define NEAR        8U
#define MAX_NUMBERS 256U

static int by_value(const void *x, const void *y)
{
    uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;

    return (a > b) - (a < b);
}

static uint32_t numbers_near(const struct text *t, const uint8_t *in,
                             uint64_t *out)
{
    uint32_t n = 0, last = UINT32_MAX, ahead = 0;

    for (uint32_t i = 0; i < t->count && n < MAX_NUMBERS; i++) {
        if (in[i])
            last = i;
        if (!(t->words[i].flags & DTL_WORD_NUMBER))
            continue;
        if (ahead < i)
            ahead = i;
        while (ahead < t->count && ahead - i <= NEAR && !in[ahead])
            ahead++;
        if ((last != UINT32_MAX && i - last <= NEAR) ||
            (ahead < t->count && in[ahead]))
            out[n++] = t->words[i].hash;
    }
    qsort(out, n, sizeof *out, by_value);
    return n;
}

static uint32_t numbers_in(const struct text *t, uint32_t from, uint32_t to,
                           const uint8_t *in, uint32_t *agreed)
{
    uint32_t n = 0;

    *agreed = 0;
    for (uint32_t i = from; i < to; i++)
        if (t->words[i].flags & DTL_WORD_NUMBER) {
            n++;
            *agreed += in[i];
        }
    return n;
}

/* Numbers inside the passages, in place. */
static void place_numbers(const struct text *a, const struct text *b,
                          const struct matching *m, struct agreement *out)
{
    for (uint32_t i = 0; i < m->count; i++) {
        const struct passage *p = &m->passages[i];
        uint32_t in_a, in_b;
        uint32_t na = numbers_in(a, p->a0, p->a1, m->in_a, &in_a);
        uint32_t nb = numbers_in(b, p->b0, p->b1, m->in_b, &in_b);

        out->placed += na > nb ? na : nb;
        out->kept += in_a < in_b ? in_a : in_b;
    }
}

static void compare_numbers(const struct text *a, const struct text *b,
                            const struct matching *m, struct agreement *out)
{
    uint64_t na[MAX_NUMBERS], nb[MAX_NUMBERS];
    uint32_t ca = numbers_near(a, m->in_a, na), i = 0;
    uint32_t cb = numbers_near(b, m->in_b, nb), k = 0;

    out->numbers = ca < cb ? ca : cb;
    while (i < ca && k < cb)
        if (na[i] == nb[k]) {
            out->agreed++;
            i++;
            k++;
        } else if (na[i] < nb[k]) {
            i++;
        } else {
            k++;
        }
}

/* Is the passage from (about) the start of a block to its end? */
static bool whole_block(const struct text *t, uint32_t from, uint32_t to)
{
    bool starts = from == 0, ends = to == t->count;

    for (uint32_t i = from > 2 ? from - 2 : 0; i <= from && !starts; i++)
        starts = t->words[i].flags & DTL_WORD_BLOCK;
    for (uint32_t i = to; i < t->count && i <= to + 2 && !ends; i++)
        ends = t->words[i].flags & DTL_WORD_BLOCK;
    return starts && (ends || to + 2 >= t->count);
}

static bool quotation(const struct text *t, uint32_t from, uint32_t to)
{
    uint32_t n = 0;

    for (uint32_t i = from; i < to; i++)
        n += (t->words[i].flags & DTL_WORD_QUOTED) != 0;
    return n * 10 >= (to - from) * 6;
}

/* A passage one editor took over as it stood. */
static bool is_quote(const struct text *a, const struct text *b,
                     const struct passage *p)
{
    uint32_t longer =
        p->a1 - p->a0 > p->b1 - p->b0 ? p->a1 - p->a0 : p->b1 - p->b0;

    if (p->equal < QUOTE || p->equal * 10 < longer * 8)
        return false;
    return (whole_block(a, p->a0, p->a1) && whole_block(b, p->b0, p->b1)) ||
           (quotation(a, p->a0, p->a1) && quotation(b, p->b0, p->b1));
}

void agreement_of(const struct text *a, const struct text *b,
                  const struct matching *m, struct agreement *out)
{
    float found_a, found_b;
    uint32_t end_a, end_b;

    memset(out, 0, sizeof *out);
    out->weight_a = weigh(a, m->in_a, &found_a);
    out->weight_b = weigh(b, m->in_b, &found_b);
    out->a_in_b = out->weight_a > 0 ? found_a / out->weight_a : 0;
    out->b_in_a = out->weight_b > 0 ? found_b / out->weight_b : 0;
    out->common = found_a < found_b ? found_a : found_b;
    end_a = lead_end(a);
    end_b = lead_end(b);
    out->lead_a = share_until(a, m->in_a, end_a);
    out->lead_b = share_until(b, m->in_b, end_b);
    out->leads = leads_agree(a, end_a, b, end_b, m);
    for (uint32_t i = 0; i < m->count; i++) {
        const struct passage *p = &m->passages[i];
        uint32_t solid = 0;

        out->equal += p->equal;
        if (p->a1 - p->a0 > out->longest) {
            out->longest = p->a1 - p->a0;
            out->start_a = p->a0;
            out->start_b = p->b0;
        }
        if (p->equal < SOLID)
            continue;
        for (uint32_t n = p->a0; n < p->a1; n++)
            solid += m->in_a[n] && weight_at(a, n) >= FURNITURE;
        out->solid += solid;
        if (is_quote(a, b, p))
            out->quoted += solid;
    }
    if (out->equal >= QUOTE / 2) {
        compare_numbers(a, b, m, out);
        place_numbers(a, b, m, out);
    }
}
