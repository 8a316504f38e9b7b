/* SPDX-License-Identifier: Apache-2.0 */
#include "link.h"
#include "judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

/* A page that carries text whose main story is another one. */
struct carry {
    uint32_t story, doc; /* story: its first article */
    uint8_t relation;
    float share;
};

struct dtl_stories {
    struct batch batch;
    uint32_t *order; /* articles by story, then number */
    uint32_t at;
    struct share *shares;
    size_t nshares, cshares;
    struct carry *carries;
    size_t ncarries, carry_at;
    struct dtl_member *members, *carriers;
    size_t cmembers, ccarriers;
    struct texts *texts;     /* to compare members with the first */
    struct matcher *matcher; /* set to `first`, that of the story */
    struct text first;
};

/* Two articles of different stories that share text. */
struct share {
    uint32_t a, b;           /* articles */
    bool lead_a, lead_b;     /* the lead of the one stands in the other */
    bool quote;              /* a passage one of them took over as it stood */
    bool inside_a, inside_b; /* it begins after other words of the article */
    float a_in_b, b_in_a;
};

/* A teaser may leave out a dateline, no more. */
#define OPENING 15U

static bool little(const struct share *s)
{
    return s->a_in_b < 0.5F && s->b_in_a < 0.5F;
}

static bool add_share(struct dtl_stories *st, const struct pair *p,
                      const struct agreement *g)
{
    /* The matcher was run with pair's b as its a. */
    struct share s = {
        p->a,
        p->b,
        g->lead_b >= 0.5F,
        g->lead_a >= 0.5F,
        g->quoted >= 16,
        g->start_b > OPENING,
        g->start_a > OPENING,
        g->b_in_a,
        g->a_in_b,
    };

    /* What stands first in the rest of a page is no lead. */
    s.lead_a = s.lead_a && !st->batch.docs[p->a].rest;
    s.lead_b = s.lead_b && !st->batch.docs[p->b].rest;
    /* The rest carries a story from its lead on or not at all, and more than
     * furniture of it. */
    if ((st->batch.docs[p->a].rest || st->batch.docs[p->b].rest) &&
        ((!s.lead_a && !s.lead_b) || g->common < 12))
        return true;
    /* Text at the head of both that is little of either is neither's, unless
     * who quotes whom is plain. */
    if (s.lead_a && s.lead_b && little(&s) && !s.quote)
        return true;
    if (g->solid < 12 || numbers_differ(g) ||
        (!s.lead_a && !s.lead_b && !s.quote))
        return true;
    if (st->nshares == st->cshares) {
        size_t cap = st->cshares * 2 + 256;
        struct share *grown = realloc(st->shares, cap * sizeof *grown);

        if (grown == NULL)
            return false;
        st->shares = grown;
        st->cshares = cap;
    }
    st->shares[st->nshares++] = s;
    return true;
}

/* What judging pairs needs at hand. */
struct judging {
    struct dtl_stories *st;
    struct texts *texts;
    struct matcher *matcher;
    struct text a;
    uint32_t set;            /* article the matcher is set to */
    struct counter *carried; /* (article, article's story) judged so far */
    struct counter *refused; /* (story, story): 1 one story, 2 not */
    size_t *later;           /* pairs that are one story in part */
    size_t nlater, clater;
};

static struct count *carried(struct judging *j, uint32_t doc, uint32_t source)
{
    return counter_at(j->carried, (uint64_t)(doc + 1) << 32 |
                                      doc_root(&j->st->batch, source));
}

/* What article `y` and `x` have in common; `y` is the matcher's a. */
static int compare(struct judging *j, uint32_t x, uint32_t y,
                   struct agreement *g, struct dtl_error *err)
{
    struct matching found;
    struct text t;
    int rc = DTL_OK;

    if (x != j->set) {
        rc = texts_get(j->texts, x, x, &j->a, err);
        if (rc == DTL_OK && matcher_set(j->matcher, &j->a) != DTL_OK)
            rc = dtl_fail(err, DTL_NOMEM, 0, "out of memory to compare texts");
        j->set = x;
    }
    if (rc == DTL_OK)
        rc = texts_get(j->texts, y, x, &t, err);
    if (rc == DTL_OK && matcher_run(j->matcher, &t, &found) != DTL_OK)
        rc = dtl_fail(err, DTL_NOMEM, 0, "out of memory to compare texts");
    if (rc == DTL_OK)
        agreement_of(&t, &j->a, &found, g);
    return rc;
}

static bool one_story(const struct batch *b, uint32_t x, uint32_t y,
                      const struct agreement *g)
{
    return !b->docs[x].rest && !b->docs[y].rest &&
           same_story(g, title_agreement(b, x, y),
                      b->docs[x].url == b->docs[y].url);
}

/* All of each stands in the other. */
static bool alike(const struct agreement *g)
{
    return g->a_in_b >= 0.85F && g->b_in_a >= 0.85F;
}

/* Versions of one story may have come far from each other, but some of the
 * beginning of each is left in the other. */
static bool versions(const struct agreement *g)
{
    return g->leads >= 0.2F || (g->lead_a >= 0.3F && g->lead_b >= 0.3F &&
                                g->a_in_b >= 0.3F && g->b_in_a >= 0.3F);
}

/* Join the stories of two articles that are one story, but not all of each
 * other: only if the first articles of both stories agree.  Else a
 * page that begins like one story and one that begins like another, with the
 * same below, would make these one. */
static int join(struct judging *j, const struct pair *p, bool *joined,
                struct dtl_error *err)
{
    struct batch *b = &j->st->batch;
    uint32_t x = doc_root(b, p->a), y = doc_root(b, p->b);
    uint32_t first = x < y ? x : y, second = x < y ? y : x;
    struct count *refused;
    struct agreement g;
    int rc;

    *joined = true;
    if (x == y)
        return DTL_OK;
    if (first != p->a || second != p->b) {
        refused = counter_at(j->refused, (uint64_t)(first + 1) << 32 | second);
        if (refused == NULL)
            return dtl_fail(err, DTL_NOMEM, 0, "out of memory for stories");
        if (refused->value == 0) {
            if ((rc = compare(j, first, second, &g, err)) != DTL_OK)
                return rc;
            refused->value =
                one_story(b, first, second, &g) || versions(&g) ? 1 : 2;
        }
        *joined = refused->value == 1;
    }
    if (*joined)
        doc_union(b, x, y);
    return DTL_OK;
}

static int share(struct judging *j, const struct pair *p,
                 const struct agreement *g, struct dtl_error *err)
{
    return add_share(j->st, p, g)
               ? DTL_OK
               : dtl_fail(err, DTL_NOMEM, 0, "out of memory for carriers");
}

static int judge_pair(struct judging *j, const struct pair *p,
                      struct dtl_error *err)
{
    struct batch *b = &j->st->batch;
    struct agreement g;
    bool joined = false;
    int rc = compare(j, p->a, p->b, &g, err);

    if (rc == DTL_OK && one_story(b, p->a, p->b, &g))
        rc = join(j, p, &joined, err);
    return rc == DTL_OK && !joined ? share(j, p, &g, err) : rc;
}

static bool put_off(struct judging *j, size_t pair)
{
    if (j->nlater == j->clater) {
        size_t cap = j->clater * 2 + 256;
        size_t *grown = realloc(j->later, cap * sizeof *grown);

        if (grown == NULL)
            return false;
        j->later = grown;
        j->clater = cap;
    }
    j->later[j->nlater++] = pair;
    return true;
}

/* Articles whose leads meet: most of these are one story.  Those that are all
 * of each other are joined first. */
static int judge_leads(struct judging *j, struct dtl_error *err)
{
    struct batch *b = &j->st->batch;
    struct agreement g;
    int rc = DTL_OK;

    for (size_t i = 0; i < b->npairs && rc == DTL_OK; i++) {
        const struct pair *p = &b->pairs[i];

        /* What is joined already stays joined: the order does not matter. */
        if (p->lead_a == 0 || p->lead_b == 0 ||
            doc_root(b, p->a) == doc_root(b, p->b) ||
            (rc = compare(j, p->a, p->b, &g, err)) != DTL_OK)
            continue;
        if (!one_story(b, p->a, p->b, &g))
            rc = share(j, p, &g, err);
        else if (alike(&g))
            doc_union(b, p->a, p->b);
        else if (!put_off(j, i))
            rc = dtl_fail(err, DTL_NOMEM, 0, "out of memory for stories");
    }
    for (size_t i = 0; i < j->nlater && rc == DTL_OK; i++) {
        const struct pair *p = &b->pairs[j->later[i]];
        bool joined;

        if ((rc = join(j, p, &joined, err)) == DTL_OK && !joined &&
            (rc = compare(j, p->a, p->b, &g, err)) == DTL_OK)
            rc = share(j, p, &g, err);
    }
    return rc;
}

/* The rest of a page against an article: one that shows it to carry the story
 * is enough. */
static int judge_rest(struct judging *j, const struct pair *p,
                      struct dtl_error *err)
{
    bool b_rest = j->st->batch.docs[p->b].rest;
    uint32_t rest = b_rest ? p->b : p->a, source = b_rest ? p->a : p->b;
    struct count *known = carried(j, rest, source);
    size_t before = j->st->nshares;
    int rc;

    if (known == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for carriers");
    if (known->value > 0)
        return DTL_OK;
    rc = judge_pair(j, p, err);
    if (j->st->nshares > before)
        known->value = 1;
    return rc;
}

/* An article against a story whose text it may carry.  Two articles of the
 * story are enough to tell. */
static int judge_other(struct judging *j, const struct pair *p,
                       struct dtl_error *err)
{
    struct count *x = carried(j, p->a, p->b), *y;

    if (x == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for carriers");
    if (++x->value > 2) {
        y = carried(j, p->b, p->a);
        if (y == NULL)
            return dtl_fail(err, DTL_NOMEM, 0, "out of memory for carriers");
        if (++y->value > 2)
            return DTL_OK;
    }
    return judge_pair(j, p, err);
}

static int judge_others(struct judging *j, struct dtl_error *err)
{
    struct batch *b = &j->st->batch;
    int rc = DTL_OK;

    for (size_t i = 0; i < b->npairs && rc == DTL_OK; i++) {
        const struct pair *p = &b->pairs[i];

        if ((p->lead_a > 0 && p->lead_b > 0) ||
            doc_root(b, p->a) == doc_root(b, p->b))
            continue;
        rc = b->docs[p->a].rest || b->docs[p->b].rest ? judge_rest(j, p, err)
                                                      : judge_other(j, p, err);
    }
    return rc;
}

static int judge_pairs(struct dtl_stories *st, struct dtl_error *err)
{
    struct judging j = { .st = st, .set = UINT32_MAX };
    int rc;

    j.texts = texts_new(&st->batch, st->batch.options.memory / 4);
    j.matcher = matcher_new();
    j.carried = counter_new();
    j.refused = counter_new();
    if (j.texts == NULL || j.matcher == NULL || j.carried == NULL ||
        j.refused == NULL)
        rc = dtl_fail(err, DTL_NOMEM, 0, "out of memory to compare texts");
    else if ((rc = judge_leads(&j, err)) == DTL_OK &&
             (rc = batch_recount(&st->batch, err)) == DTL_OK) {
        j.set = UINT32_MAX; /* its words are worth something else now */
        rc = judge_others(&j, err);
    }
    texts_free(j.texts);
    matcher_free(j.matcher);
    counter_free(j.carried);
    counter_free(j.refused);
    free(j.later);
    batch_free_pairs(&st->batch);
    return rc;
}

/* ---- who carries whose text --------------------------------------------- */

static struct count *seen(struct counter *c, uint32_t story, uint32_t doc)
{
    return counter_at(c, (uint64_t)(story + 1) << 32 | doc);
}

/* How far each story stands behind what an article shares with it. */
struct backing {
    struct counter *c; /* (story, article) -> articles that share text */
    uint32_t *size;    /* of each story */
    bool *again;       /* one under its URL came before: no further witness */
};

static bool find_again(struct batch *b, bool *again)
{
    struct counter *urls = counter_new();
    bool ok = urls != NULL;

    for (uint32_t i = 0; ok && i < b->ndocs; i++) {
        uint64_t root = doc_root(b, doc_article(b->docs, i)) * 2 +
                        (uint64_t)b->docs[i].rest + 1;
        struct count *n = counter_at(
            urls, (b->docs[i].url ^ root * UINT64_C(0x9e3779b97f4a7c15)) | 1);

        ok = n != NULL;
        if (ok)
            again[i] = n->value++ > 0;
    }
    counter_free(urls);
    return ok;
}

static bool back(struct dtl_stories *st, struct backing *k)
{
    struct batch *b = &st->batch;

    k->size = calloc(b->ndocs + (size_t)1, sizeof *k->size);
    k->again = calloc(b->ndocs + (size_t)1, sizeof *k->again);
    k->c = counter_new();
    if (k->size == NULL || k->again == NULL || k->c == NULL ||
        !find_again(b, k->again))
        return false;
    for (uint32_t i = 0; i < b->ndocs; i++)
        k->size[doc_root(b, i)] += !k->again[i];
    for (size_t i = 0; i < st->nshares; i++) {
        const struct share *s = &st->shares[i];
        struct count *x = seen(k->c, doc_root(b, s->a), s->b);

        if (x == NULL)
            return false;
        x->value += !k->again[s->a];
        x = seen(k->c, doc_root(b, s->b), s->a);
        if (x == NULL)
            return false;
        x->value += !k->again[s->b];
    }
    return true;
}

/* Articles of the story of `doc` that share text with article `with`. */
static uint32_t backers(struct dtl_stories *st, const struct backing *k,
                        uint32_t doc, uint32_t with)
{
    uint32_t root = doc_root(&st->batch, doc);
    const struct count *n =
        counter_find(k->c, (uint64_t)(root + 1) << 32 | with);

    return n != NULL && n->value > 0 ? n->value : 1;
}

/* Does the story of `doc` as a whole have what it shares with `with`, not
 * just one version of it? */
static bool is_theirs(struct dtl_stories *st, const struct backing *k,
                      uint32_t doc, uint32_t with)
{
    return backers(st, k, doc, with) * 2 >= k->size[doc_root(&st->batch, doc)];
}

/* A single page has a whole block of a story that several tell, even if in its
 * first words, or of another page, after words of its own: it quotes that. */
static bool quotes(struct dtl_stories *st, const struct backing *k,
                   const struct share *s, uint32_t page, uint32_t story)
{
    bool inside = page == s->a ? s->inside_a : s->inside_b;

    return s->quote && k->size[doc_root(&st->batch, page)] == 1 &&
           (inside || backers(st, k, story, page) >= 2) &&
           is_theirs(st, k, story, page);
}

/* Neither lead is shared: the text belongs to the story of which more
 * articles have it; else to the one seen first. */
static bool a_owns(struct dtl_stories *st, const struct backing *k,
                   const struct share *s)
{
    const struct doc *docs = st->batch.docs;
    uint32_t of_a = backers(st, k, s->a, s->b);
    uint32_t of_b = backers(st, k, s->b, s->a);
    float share_a = (float)of_a / (float)k->size[doc_root(&st->batch, s->a)];
    float share_b = (float)of_b / (float)k->size[doc_root(&st->batch, s->b)];

    if (docs[s->a].rest != docs[s->b].rest)
        return docs[s->b].rest;
    if (of_a != of_b)
        return of_a > of_b;
    if (share_a > share_b || share_a < share_b)
        return share_a > share_b;
    return s->a < s->b;
}

static void add_carry(struct dtl_stories *st, uint32_t source, uint32_t doc,
                      bool lead, float share)
{
    struct batch *b = &st->batch;
    struct carry *c = &st->carries[st->ncarries];
    uint32_t article = doc_article(b->docs, doc);

    /* A page whose rest repeats its own story tells nothing new. */
    if (b->docs[source].rest || doc_root(b, source) == doc_root(b, article))
        return;
    st->ncarries++;
    c->story = doc_root(b, source);
    c->doc = article;
    c->share = share;
    c->relation = !lead           ? DTL_REL_QUOTES
                  : share >= 0.7F ? DTL_REL_CARRIES
                                  : DTL_REL_EXCERPT;
}

/* By story, carrier, the most of it first. */
static int by_story(const void *x, const void *y)
{
    const struct carry *a = x, *b = y;

    if (a->story != b->story)
        return a->story < b->story ? -1 : 1;
    if (a->doc != b->doc)
        return a->doc < b->doc ? -1 : 1;
    return (a->share < b->share) - (a->share > b->share);
}

static int by_carrier(const void *x, const void *y)
{
    const struct carry *a = x, *b = y;

    if (a->doc != b->doc)
        return a->doc < b->doc ? -1 : 1;
    return (a->story > b->story) - (a->story < b->story);
}

/* First of the `n` carries of article `doc`. */
static size_t first_carry(const struct dtl_stories *st, size_t n, uint32_t doc)
{
    size_t low = 0, high = n;

    while (low < high) {
        size_t mid = (low + high) / 2;

        if (st->carries[mid].doc < doc)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

/* Do both articles carry a third story?  Then that is what they share. */
static bool third_story(const struct dtl_stories *st, size_t n, uint32_t x,
                        uint32_t y)
{
    size_t i = first_carry(st, n, x), k = first_carry(st, n, y);
    const struct carry *c = st->carries;

    while (i < n && k < n && c[i].doc == x && c[k].doc == y)
        if (c[i].story == c[k].story)
            return true;
        else if (c[i].story < c[k].story)
            i++;
        else
            k++;
    return false;
}

/* What a lead tells: a page holds the beginning of another story. */
static void carry_leads(struct dtl_stories *st, const struct backing *k,
                        const struct share *s)
{
    bool rest = st->batch.docs[s->a].rest || st->batch.docs[s->b].rest;

    if (!rest && s->lead_a && quotes(st, k, s, s->a, s->b)) {
        add_carry(st, s->b, s->a, false, s->b_in_a);
    } else if (!rest && s->lead_b && quotes(st, k, s, s->b, s->a)) {
        add_carry(st, s->a, s->b, false, s->a_in_b);
    } else if (!s->lead_a || !s->lead_b || !little(s)) {
        if (s->lead_a)
            add_carry(st, s->a, s->b, true, s->a_in_b);
        if (s->lead_b)
            add_carry(st, s->b, s->a, true, s->b_in_a);
    }
}

static void carry_quote(struct dtl_stories *st, const struct backing *k,
                        const struct share *s)
{
    if (a_owns(st, k, s)) {
        if (is_theirs(st, k, s->a, s->b))
            add_carry(st, s->a, s->b, false, s->a_in_b);
    } else if (is_theirs(st, k, s->b, s->a)) {
        add_carry(st, s->b, s->a, false, s->b_in_a);
    }
}

static void carry_all(struct dtl_stories *st, const struct backing *k)
{
    struct batch *b = &st->batch;
    size_t with_leads;

    for (size_t i = 0; i < st->nshares; i++) {
        const struct share *s = &st->shares[i];

        if (doc_root(b, s->a) != doc_root(b, s->b) && (s->lead_a || s->lead_b))
            carry_leads(st, k, s);
    }
    with_leads = st->ncarries;
    if (with_leads > 1)
        qsort(st->carries, with_leads, sizeof *st->carries, by_carrier);
    for (size_t i = 0; i < st->nshares; i++) {
        const struct share *s = &st->shares[i];

        if (doc_root(b, s->a) != doc_root(b, s->b) && !s->lead_a &&
            !s->lead_b &&
            !third_story(st, with_leads, doc_article(b->docs, s->a),
                         doc_article(b->docs, s->b)))
            carry_quote(st, k, s);
    }
    if (st->ncarries > 1)
        qsort(st->carries, st->ncarries, sizeof *st->carries, by_story);
}

static int find_carriers(struct dtl_stories *st, struct dtl_error *err)
{
    struct backing k = { 0 };
    bool ok;

    st->carries = malloc((st->nshares * 2 + 1) * sizeof *st->carries);
    ok = st->carries != NULL && back(st, &k);
    if (ok)
        carry_all(st, &k);
    counter_free(k.c);
    free(k.size);
    free(k.again);
    return ok ? DTL_OK
              : dtl_fail(err, DTL_NOMEM, 0, "out of memory for carriers");
}

/* ---- one story after the other ------------------------------------------ */

static int order_docs(struct dtl_stories *st, struct dtl_error *err)
{
    struct batch *b = &st->batch;
    uint32_t *start = calloc(b->ndocs + (size_t)2, sizeof *start);

    st->order = malloc((b->ndocs + (size_t)1) * sizeof *st->order);
    if (start == NULL || st->order == NULL) {
        free(start);
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for stories");
    }
    for (uint32_t i = 0; i < b->ndocs; i++)
        start[doc_root(b, i) + 1]++;
    for (uint32_t i = 0; i < b->ndocs; i++)
        start[i + 1] += start[i];
    for (uint32_t i = 0; i < b->ndocs; i++)
        st->order[start[doc_root(b, i)]++] = i;
    free(start);
    return DTL_OK;
}

int dtl_stories_open(struct dtl_store *s,
                     const struct dtl_stories_options *options,
                     struct dtl_stories **out, struct dtl_error *err)
{
    struct dtl_stories *st = calloc(1, sizeof *st);
    int rc;

    *out = NULL;
    if (st == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for stories");
    st->batch.store = s;
    st->batch.pairs_fd = -1;
    st->batch.options.from = st->batch.options.to = DTL_NO_TIME;
    if (options != NULL)
        st->batch.options = *options;
    if (st->batch.options.memory == 0)
        st->batch.options.memory = (size_t)512 << 20;
    rc = batch_load(&st->batch, err);
    if (rc == DTL_OK)
        rc = batch_pairs(&st->batch, err);
    if (rc == DTL_OK)
        rc = judge_pairs(st, err);
    if (rc == DTL_OK)
        rc = find_carriers(st, err);
    if (rc == DTL_OK)
        rc = order_docs(st, err);
    if (rc == DTL_OK) {
        st->texts = texts_new(&st->batch, st->batch.options.memory / 4);
        st->matcher = matcher_new();
        if (st->texts == NULL || st->matcher == NULL)
            rc = dtl_fail(err, DTL_NOMEM, 0, "out of memory for stories");
    }
    if (rc != DTL_OK) {
        dtl_stories_close(st);
        return rc;
    }
    *out = st;
    return DTL_OK;
}

void dtl_stories_close(struct dtl_stories *st)
{
    if (st == NULL)
        return;
    batch_clear(&st->batch);
    free(st->order);
    free(st->shares);
    free(st->carries);
    texts_free(st->texts);
    matcher_free(st->matcher);
    free(st->members);
    free(st->carriers);
    free(st);
}

static bool member_room(struct dtl_member **m, size_t *cap, size_t need)
{
    struct dtl_member *grown;

    if (need <= *cap)
        return true;
    need += need / 2 + 16;
    grown = realloc(*m, need * sizeof *grown);
    if (grown == NULL)
        return false;
    *m = grown;
    *cap = need;
    return true;
}

/* What article `doc` is to the first of its story. */
static int relate(struct dtl_stories *st, uint32_t first, uint32_t doc,
                  bool *ready, struct dtl_member *out, struct dtl_error *err)
{
    const struct doc *docs = st->batch.docs;
    struct matching found;
    struct agreement g;
    struct text t;
    int rc = DTL_OK;

    *out = (struct dtl_member){ docs[doc].ref, DTL_REL_SAME_TEXT, 1 };
    if (docs[doc].text == docs[first].text) {
        if (doc != first && docs[doc].url == docs[first].url)
            out->relation = DTL_REL_RECAPTURE;
        return DTL_OK;
    }
    if (!*ready) {
        rc = texts_get(st->texts, first, first, &st->first, err);
        if (rc == DTL_OK && matcher_set(st->matcher, &st->first) != DTL_OK)
            rc = dtl_fail(err, DTL_NOMEM, 0, "out of memory to compare texts");
        *ready = rc == DTL_OK;
    }
    if (rc == DTL_OK)
        rc = texts_get(st->texts, doc, first, &t, err);
    if (rc == DTL_OK && matcher_run(st->matcher, &t, &found) != DTL_OK)
        rc = dtl_fail(err, DTL_NOMEM, 0, "out of memory to compare texts");
    if (rc != DTL_OK)
        return rc;
    agreement_of(&t, &st->first, &found, &g);
    out->relation = copy_kind(g.b_in_a, g.a_in_b);
    out->share = g.b_in_a;
    return DTL_OK;
}

int dtl_stories_next(struct dtl_stories *st, struct dtl_story *out,
                     struct dtl_error *err)
{
    struct batch *b = &st->batch;
    uint32_t story;
    bool ready = false;
    int rc;

    while (st->at < b->ndocs && b->docs[st->order[st->at]].rest)
        st->at++;
    if (st->at >= b->ndocs)
        return DTL_END;
    memset(out, 0, sizeof *out);
    story = doc_root(b, st->order[st->at]);
    for (; st->at < b->ndocs && doc_root(b, st->order[st->at]) == story;
         st->at++) {
        if (!member_room(&st->members, &st->cmembers, out->nmembers + 1))
            return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a story");
        rc = relate(st, story, st->order[st->at], &ready,
                    &st->members[out->nmembers++], err);
        if (rc != DTL_OK)
            return rc;
    }
    for (; st->carry_at < st->ncarries &&
           st->carries[st->carry_at].story == story;
         st->carry_at++) {
        const struct carry *c = &st->carries[st->carry_at];

        if (out->ncarriers > 0 && st->carries[st->carry_at - 1].doc == c->doc)
            continue;
        if (!member_room(&st->carriers, &st->ccarriers, out->ncarriers + 1))
            return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a story");
        st->carriers[out->ncarriers++] =
            (struct dtl_member){ b->docs[c->doc].ref,
                                 (enum dtl_relation)c->relation, c->share };
    }
    snprintf(out->id, sizeof out->id, "%016llx",
             (unsigned long long)(b->docs[story].url ^
                                  (uint64_t)b->docs[story].time *
                                      UINT64_C(0x9e3779b97f4a7c15)));
    out->members = st->members;
    out->carriers = st->carriers;
    return DTL_OK;
}
