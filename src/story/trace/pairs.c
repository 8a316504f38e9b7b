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

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define ALL_PAIRS   12U /* lists up to this long are multiplied out */
#define NEIGHBOURS  3U
#define MEMBERS     4U  /* of a group an article meets: the first, the latest */
#define MAX_STORIES 96U /* beyond this a mark links nobody */
#define ALIKE       0.55F

/* Pairs are worth a look at their texts from so much on: a chance phrase has
 * one mark, furniture has many of no worth. */
#define LEAST_MARKS 2U
#define LEAST_WORTH 1.2F
#define WORTH_UNIT  64.0F

static int count_pair(struct tally *t, const struct list *l, uint32_t x,
                      uint32_t y, float worth, struct dtl_error *err)
{
    struct tally_item item = { .marks = 1 };

    if (l->docs[x] > l->docs[y]) {
        uint32_t swap = x;

        x = y;
        y = swap;
    }
    item.key = (uint64_t)l->docs[x] << 32 | l->docs[y];
    item.worth = (uint16_t)(worth * WORTH_UNIT);
    item.lead_a = l->lead[x];
    item.lead_b = l->lead[y];
    return tally_add(t, &item, err);
}

/* ---- first: who is plainly alike ------------------------------------------
 */

/* Who is alike is asked of articles only. */
static int count_neighbours(struct batch *b, struct tally *t, struct list *l,
                            struct dtl_error *err)
{
    uint32_t n = 0, reach;
    int rc = DTL_OK;

    for (uint32_t i = 0; i < l->count; i++)
        if (!b->docs[l->docs[i]].rest)
            l->docs[n++] = l->docs[i];
    l->count = n;
    reach = l->count <= ALL_PAIRS ? ALL_PAIRS : NEIGHBOURS;
    for (uint32_t i = 0; i < l->count; i++)
        for (uint32_t k = i + 1; k < l->count && k - i <= reach; k++)
            if ((rc = count_pair(t, l, i, k, 0, err)) != DTL_OK)
                return rc;
    return DTL_OK;
}

static int each_list(struct batch *b, struct tally *t,
                     int (*use)(struct batch *b, struct tally *t,
                                struct list *l, struct dtl_error *err),
                     struct dtl_error *err)
{
    struct lists *lists;
    struct list *l;
    int rc = lists_open(b, use == count_neighbours, &lists, err);

    while (rc == DTL_OK && (rc = lists_next(lists, &l, err)) == DTL_OK)
        rc = use(b, t, l, err);
    lists_close(lists);
    return rc == DTL_END ? DTL_OK : rc;
}

static int join_alike(struct batch *b, struct tally *t, struct dtl_error *err)
{
    struct tally_item n;
    int rc;

    while ((rc = tally_next(t, &n, err)) == DTL_OK) {
        uint32_t x = (uint32_t)(n.key >> 32), y = (uint32_t)n.key;
        uint32_t all = b->docs[x].marks + b->docs[y].marks - n.marks;

        if (n.marks >= 3 && (float)n.marks >= ALIKE * (float)all)
            doc_union(b, x, y);
    }
    return rc == DTL_END ? DTL_OK : rc;
}

/* ---- then: links --------------------------------------------------------- */

#define GROUP_SLOTS 256U

/* Groups of a list, found by their root. */
struct groups {
    uint32_t root[GROUP_SLOTS]; /* + 1; 0: free */
    uint8_t number[GROUP_SLOTS];
    uint32_t n, sizes[MAX_STORIES + 1], leads;
    uint32_t members[MAX_STORIES + 1][MEMBERS];
    bool led[MAX_STORIES + 1]; /* the mark stands in a lead */
};

/* Number of the group, new or known; NO_GROUP when there are too many. */
static uint16_t group_of(struct groups *g, uint32_t root)
{
    uint32_t i = root * UINT32_C(2654435769) >> 24;

    while (g->root[i] != 0 && g->root[i] != root + 1)
        i = (i + 1) % GROUP_SLOTS;
    if (g->root[i] == 0) {
        if (g->n > MAX_STORIES)
            return NO_GROUP;
        g->root[i] = root + 1;
        g->number[i] = (uint8_t)g->n++;
    }
    return g->number[i];
}

static void make_groups(struct batch *b, struct list *l, struct groups *g)
{
    memset(g, 0, sizeof *g);
    for (uint32_t i = 0; i < l->count; i++) {
        l->rank[i] = 0;
        l->group[i] = b->docs[l->docs[i]].rest
                          ? NO_GROUP
                          : group_of(g, doc_root(b, l->docs[i]));
        if (l->group[i] == NO_GROUP)
            continue;
        l->rank[i] = (uint16_t)(g->sizes[l->group[i]] < UINT16_MAX
                                    ? g->sizes[l->group[i]]
                                    : UINT16_MAX);
        g->sizes[l->group[i]]++;
        if (l->lead[i] && !g->led[l->group[i]]) {
            g->led[l->group[i]] = true;
            g->leads++;
        }
    }
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

/* Within a group: neighbours and the first. */
static int link_group(struct tally *t, const struct list *l, struct groups *g,
                      uint32_t i, float worth, struct dtl_error *err)
{
    uint32_t *members = g->members[l->group[i]], n = l->rank[i];
    int rc = DTL_OK;

    for (uint32_t k = 0; k < n && k < MEMBERS && rc == DTL_OK; k++)
        rc = count_pair(t, l, members[k], i, worth, err);
    /* The first of the group keeps its place, the others go round. */
    if (n < MEMBERS)
        members[n] = i;
    else
        members[1 + n % (MEMBERS - 1)] = i;
    return rc;
}

/* Across groups: every article with the first two of each other group, the
 * rest of a page with the first four. */
#define FIRSTS      2U
#define FIRSTS_REST 4U

static bool is_first(const struct list *l, uint32_t i, bool for_rest)
{
    return l->group[i] != NO_GROUP &&
           l->rank[i] < (for_rest ? FIRSTS_REST : FIRSTS);
}

static int link_first(struct batch *b, struct tally *t, const struct list *l,
                      uint32_t f, float worth, struct dtl_error *err)
{
    int rc = DTL_OK;

    for (uint32_t i = 0; i < l->count && rc == DTL_OK; i++) {
        if (l->group[i] == l->group[f] ||
            !is_first(l, f, b->docs[l->docs[i]].rest))
            continue;
        /* Two firsts meet twice and are counted once. */
        if (i > f || !is_first(l, i, false) || !is_first(l, f, false))
            rc = count_pair(t, l, f, i, worth, err);
    }
    return rc;
}

static int link_list(struct batch *b, struct tally *t, struct list *l,
                     struct dtl_error *err)
{
    struct groups g;
    uint32_t stories;
    float worth;
    int rc = DTL_OK;

    if (l->count < 2)
        return DTL_OK;
    make_groups(b, l, &g);
    stories = g.n + rests_of(b, l);
    worth = mark_worth((float)stories);
    if (!common_set(b->common, l->mark, stories))
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for marks");
    for (uint32_t i = 0; i < l->count && rc == DTL_OK; i++)
        if (l->group[i] != NO_GROUP)
            rc = link_group(t, l, &g, i, worth, err);
    if (g.n > MAX_STORIES)
        return rc;
    for (uint32_t i = 0; i < l->count && rc == DTL_OK; i++)
        if (is_first(l, i, true))
            rc = link_first(b, t, l, i, worth, err);
    return rc;
}

/* ---- pairs, in memory or beyond it in a file ------------------------------
 */

static int move_pairs(struct batch *b, struct dtl_error *err)
{
    int rc;

    if (b->pairs_fd < 0 && (b->pairs_fd = batch_temp_file()) < 0)
        return dtl_fail(err, DTL_IO, 0, "cannot create a temporary file: %s",
                        strerror(errno));
    rc = batch_write(b->pairs_fd, b->pairs, b->cpairs * sizeof *b->pairs, err);
    b->moved += b->cpairs;
    return rc;
}

static int add_pair(struct batch *b, const struct tally_item *n,
                    struct dtl_error *err)
{
    size_t at = b->npairs - b->moved;
    int rc;

    if (at == b->cpairs && at * sizeof *b->pairs >= b->options.memory / 8) {
        if ((rc = move_pairs(b, err)) != DTL_OK)
            return rc;
        at = 0;
    } else if (at == b->cpairs) {
        size_t cap = b->cpairs * 2 + 4096;
        struct pair *grown = realloc(b->pairs, cap * sizeof *grown);

        if (grown == NULL)
            return dtl_fail(err, DTL_NOMEM, 0, "out of memory for links");
        b->pairs = grown;
        b->cpairs = cap;
    }
    b->pairs[at] = (struct pair){
        (uint32_t)(n->key >> 32),
        (uint32_t)n->key,
        n->marks,
        n->worth,
        n->lead_a,
        n->lead_b,
    };
    b->npairs++;
    return DTL_OK;
}

static int finish_pairs(struct batch *b, struct dtl_error *err)
{
    void *p;
    int rc;

    if (b->pairs_fd < 0)
        return DTL_OK;
    b->cpairs = b->npairs - b->moved;
    if ((rc = move_pairs(b, err)) != DTL_OK)
        return rc;
    free(b->pairs);
    b->pairs = NULL;
    p = mmap(NULL, b->npairs * sizeof *b->pairs, PROT_READ, MAP_PRIVATE,
             b->pairs_fd, 0);
    if (p == MAP_FAILED)
        return dtl_fail(err, DTL_IO, 0, "cannot map a temporary file: %s",
                        strerror(errno));
    b->pairs = p;
    return DTL_OK;
}

void batch_free_pairs(struct batch *b)
{
    if (b->pairs_fd >= 0) {
        if (b->pairs != NULL && b->moved == b->npairs)
            munmap(b->pairs, b->npairs * sizeof *b->pairs);
        else
            free(b->pairs);
        close(b->pairs_fd);
    } else {
        free(b->pairs);
    }
    b->pairs = NULL;
    b->pairs_fd = -1;
}

static int collect(struct batch *b, struct tally *t, struct dtl_error *err)
{
    struct tally_item n;
    int rc;

    while ((rc = tally_next(t, &n, err)) == DTL_OK)
        if (n.marks >= LEAST_MARKS &&
            (float)n.worth >= LEAST_WORTH * WORTH_UNIT &&
            (rc = add_pair(b, &n, err)) != DTL_OK)
            return rc;
    return rc == DTL_END ? finish_pairs(b, err) : rc;
}

static void forget_groups(struct batch *b)
{
    for (uint32_t i = 0; i < b->ndocs; i++)
        b->docs[i].root = i;
}

static int tally_lists(struct batch *b,
                       int (*use)(struct batch *b, struct tally *t,
                                  struct list *l, struct dtl_error *err),
                       int (*then)(struct batch *b, struct tally *t,
                                   struct dtl_error *err),
                       struct dtl_error *err)
{
    struct tally *t = tally_new(b->options.memory / 2);
    int rc = t != NULL ? each_list(b, t, use, err)
                       : dtl_fail(err, DTL_NOMEM, 0, "out of memory for links");

    if (rc == DTL_OK)
        rc = tally_sort(t, err);
    if (rc == DTL_OK)
        rc = then(b, t, err);
    tally_free(t);
    return rc;
}

int batch_pairs(struct batch *b, struct dtl_error *err)
{
    int rc;

    b->common = common_new(b->options.memory / 8);
    if (b->common == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for marks");
    rc = tally_lists(b, count_neighbours, join_alike, err);
    if (rc == DTL_OK)
        rc = tally_lists(b, link_list, collect, err);
    forget_groups(b);
    return rc;
}

/* ---- last: how many stories carry a mark ----------------------------------
 */

/* What begins so many stories belongs to none: a column's introduction. */
#define LEADS_A_BOX 3U

static int recount(struct batch *b, struct tally *t, struct list *l,
                   struct dtl_error *err)
{
    struct groups g;
    uint32_t stories;

    (void)t;
    if (l->count < 2)
        return DTL_OK;
    make_groups(b, l, &g);
    stories = g.n + rests_of(b, l);
    if (g.leads >= LEADS_A_BOX && stories < LEADS_A_BOX * 8)
        stories = LEADS_A_BOX * 8;
    return common_set(b->common, l->mark, stories)
               ? DTL_OK
               : dtl_fail(err, DTL_NOMEM, 0, "out of memory for marks");
}

int batch_recount(struct batch *b, struct dtl_error *err)
{
    common_free(b->common);
    b->common = common_new(b->options.memory / 8);
    if (b->common == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for marks");
    b->counted++;
    return each_list(b, NULL, recount, err);
}
