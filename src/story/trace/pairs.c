/* SPDX-License-Identifier: Apache-2.0 */
/*
 * First counts, then links.  A wire story on a thousand sites and a cookie
 * notice on a thousand sites look alike to a single mark; what tells them
 * apart is that the articles of the one share the rest of their marks too.  So
 * articles that are plainly alike are joined first, by counts alone, and a
 * mark is then worth how few of these groups carry it.
 *
 * Long lists are not multiplied out: within a group an article meets its
 * neighbours and the group's first, across groups it meets the first of each.
 */
#include "link.h"

#include <stdlib.h>

#define ALL_PAIRS   12U /* lists up to this long are multiplied out */
#define NEIGHBOURS  3U
#define MAX_STORIES 96U /* beyond this a mark links nobody */
#define ALIKE       0.55F
#define COMMON_FROM 4U /* stories, to be remembered as common */

/* One mark's articles, each once. */
struct list {
    uint32_t *docs;
    uint8_t *lead;
    uint32_t count, cap;
};

static bool list_room(struct list *l, size_t need)
{
    uint32_t *docs;
    uint8_t *lead;

    if (need <= l->cap)
        return true;
    need += need / 2 + 256;
    docs = realloc(l->docs, need * sizeof *docs);
    if (docs != NULL)
        l->docs = docs;
    lead = realloc(l->lead, need);
    if (lead != NULL)
        l->lead = lead;
    if (docs == NULL || lead == NULL || need > UINT32_MAX)
        return false;
    l->cap = (uint32_t)need;
    return true;
}

/* Postings from *at on that have the same mark; steps *at past them. */
static bool next_list(const struct batch *b, size_t *at, struct list *l)
{
    uint64_t mark = POST_MARK(b->posts[*at]);

    l->count = 0;
    for (; *at < b->nposts && POST_MARK(b->posts[*at]) == mark; ++*at) {
        uint32_t doc = POST_DOC(b->posts[*at]);

        if (l->count > 0 && l->docs[l->count - 1] == doc) {
            l->lead[l->count - 1] |= POST_LEAD(b->posts[*at]);
            continue;
        }
        if (!list_room(l, l->count + (size_t)1))
            return false;
        l->docs[l->count] = doc;
        l->lead[l->count++] = POST_LEAD(b->posts[*at]);
    }
    return true;
}

static bool count_pair(struct counter *c, const struct list *l, uint32_t x,
                       uint32_t y)
{
    struct count *n;

    if (l->docs[x] > l->docs[y]) {
        uint32_t swap = x;

        x = y;
        y = swap;
    }
    n = counter_at(c, (uint64_t)l->docs[x] << 32 | l->docs[y]);
    if (n == NULL)
        return false;
    n->value++;
    n->extra[0] = (uint8_t)(n->extra[0] + (l->lead[x] && n->extra[0] < 255));
    n->extra[1] = (uint8_t)(n->extra[1] + (l->lead[y] && n->extra[1] < 255));
    return true;
}

/* ---- first: who is plainly alike ------------------------------------------
 */

/* Who is alike is asked of articles only. */
static bool count_neighbours(const struct batch *b, struct counter *c,
                             struct list *l)
{
    uint32_t n = 0;
    uint32_t reach;

    for (uint32_t i = 0; i < l->count; i++)
        if (!b->docs[l->docs[i]].rest) {
            l->docs[n] = l->docs[i];
            l->lead[n++] = l->lead[i];
        }
    l->count = n;
    reach = l->count <= ALL_PAIRS ? ALL_PAIRS : NEIGHBOURS;

    for (uint32_t i = 0; i < l->count; i++)
        for (uint32_t k = i + 1; k < l->count && k - i <= reach; k++)
            if (!count_pair(c, l, i, k))
                return false;
    return true;
}

static bool count_all(struct batch *b, struct counter *c, struct list *l)
{
    for (size_t at = 0; at < b->nposts;)
        if (!next_list(b, &at, l) || !count_neighbours(b, c, l))
            return false;
    return true;
}

static void join_alike(struct batch *b, const struct counter *c)
{
    for (size_t i = 0; i <= c->mask; i++) {
        const struct count *n = &c->slots[i];
        uint32_t x = (uint32_t)(n->key >> 32), y = (uint32_t)n->key;
        uint32_t all;

        if (n->key == 0 || n->value < 3 || b->docs[x].rest || b->docs[y].rest)
            continue;
        all = b->docs[x].marks + b->docs[y].marks - n->value;
        if ((float)n->value >= ALIKE * (float)all)
            doc_union(b, x, y);
    }
}

static int by_number(const void *x, const void *y)
{
    uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;

    return (a > b) - (a < b);
}

/* Distinct groups among the articles of a list, at most `max` of them. */
static uint32_t stories_of(struct batch *b, const struct list *l, uint32_t *out,
                           uint32_t max)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < l->count && n < max; i++) {
        uint32_t root = doc_root(b, l->docs[i]), k = 0;

        if (b->docs[root].rest)
            continue;
        while (k < n && out[k] != root)
            k++;
        if (k == n)
            out[n++] = root;
    }
    qsort(out, n, sizeof *out, by_number);
    return n;
}

/* ---- then: links --------------------------------------------------------- */

/* Within a group: neighbours and the first. */
static bool link_group(struct batch *b, struct counter *c, const struct list *l,
                       uint32_t root)
{
    uint32_t members[NEIGHBOURS + 1], n = 0, first = UINT32_MAX;

    for (uint32_t i = 0; i < l->count; i++) {
        if (doc_root(b, l->docs[i]) != root)
            continue;
        for (uint32_t k = 0; k < n && k < NEIGHBOURS; k++)
            if (!count_pair(c, l, members[(n - 1 - k) % NEIGHBOURS], i))
                return false;
        if (n > NEIGHBOURS && !count_pair(c, l, first, i))
            return false;
        if (first == UINT32_MAX)
            first = i;
        members[n++ % NEIGHBOURS] = i;
    }
    return true;
}

/* Across groups: every article with the first two of each other group, the
 * rest of a page with the first four. */
static bool link_groups(struct batch *b, struct counter *c,
                        const struct list *l, const uint32_t *roots, uint32_t n)
{
    uint32_t most = b->has_rest ? 4 : 2;

    for (uint32_t g = 0; g < n; g++) {
        uint32_t firsts = 0;

        for (uint32_t f = 0; f < l->count && firsts < most; f++) {
            if (doc_root(b, l->docs[f]) != roots[g])
                continue;
            firsts++;
            for (uint32_t i = 0; i < l->count; i++)
                if (doc_root(b, l->docs[i]) != roots[g] &&
                    (firsts <= 2 || b->docs[l->docs[i]].rest) &&
                    !count_pair(c, l, f, i))
                    return false;
        }
    }
    return true;
}

/* What stands beside so many articles counts as one more story: a box of the
 * page, not a story that some pages carry. */
#define RESTS_A_STORY 16U

static uint32_t rests_of(const struct batch *b, const struct list *l)
{
    uint32_t n = 0;

    for (uint32_t i = 0; b->has_rest && i < l->count; i++)
        n += b->docs[l->docs[i]].rest;
    return n / RESTS_A_STORY;
}

static bool link_list(struct batch *b, struct counter *c, const struct list *l,
                      uint64_t mark)
{
    uint32_t roots[MAX_STORIES + 1];
    uint32_t n = stories_of(b, l, roots, MAX_STORIES + 1);
    uint32_t worth = n + rests_of(b, l);

    if (worth >= COMMON_FROM) {
        struct count *common = counter_at(b->common, mark + 1);

        if (common == NULL)
            return false;
        common->value = worth;
    }
    for (uint32_t g = 0; g < n; g++)
        if (!link_group(b, c, l, roots[g]))
            return false;
    return n > MAX_STORIES || link_groups(b, c, l, roots, n);
}

static bool link_all(struct batch *b, struct counter *c, struct list *l)
{
    for (size_t at = 0; at < b->nposts;) {
        uint64_t mark = POST_MARK(b->posts[at]);

        if (!next_list(b, &at, l))
            return false;
        if (l->count > 1 && !link_list(b, c, l, mark))
            return false;
    }
    return true;
}

static int by_articles(const void *x, const void *y)
{
    const struct pair *a = x, *b = y;

    if (a->a != b->a)
        return a->a < b->a ? -1 : 1;
    return (a->b > b->b) - (a->b < b->b);
}

static bool collect(struct batch *b, const struct counter *c)
{
    b->pairs = malloc((c->used + 1) * sizeof *b->pairs);
    if (b->pairs == NULL)
        return false;
    for (size_t i = 0; i <= c->mask; i++) {
        const struct count *n = &c->slots[i];
        struct pair *p = &b->pairs[b->npairs];

        if (n->key == 0)
            continue;
        p->a = (uint32_t)(n->key >> 32);
        p->b = (uint32_t)n->key;
        p->marks = n->value;
        p->lead_a = n->extra[0];
        p->lead_b = n->extra[1];
        b->npairs++;
    }
    qsort(b->pairs, b->npairs, sizeof *b->pairs, by_articles);
    return true;
}

static void forget_groups(struct batch *b)
{
    for (uint32_t i = 0; i < b->ndocs; i++)
        b->docs[i].root = i;
}

int batch_pairs(struct batch *b, struct dtl_error *err)
{
    struct counter *alike = counter_new(), *links = counter_new();
    struct list l = { 0 };
    bool ok;

    b->common = counter_new();
    ok = alike != NULL && links != NULL && b->common != NULL &&
         count_all(b, alike, &l);
    if (ok) {
        join_alike(b, alike);
        ok = link_all(b, links, &l) && collect(b, links);
        forget_groups(b);
    }
    counter_free(alike);
    counter_free(links);
    free(l.docs);
    free(l.lead);
    return ok ? DTL_OK : dtl_fail(err, DTL_NOMEM, 0, "out of memory for links");
}
