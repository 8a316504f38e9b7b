/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One query: marks name candidates, the stored texts decide.  What a query may
 * cost is fixed in advance (marks looked up, postings read, texts compared),
 * so that neither a long text nor a page stuffed with everyone's paragraphs
 * makes it slow.
 */
#include "answer.h"
#include "judge.h"
#include "link.h"

#include <math.h>
#include <stdlib.h>
#include <jansson.h>

#define QUERY_WORDS  20000U /* of a longer text so many are looked up */
#define ALL_MARKS    120U   /* up to so many words, every gram is looked up */
#define SECTIONS     40U    /* of a longer one, the smallest mark of each */
#define POSTINGS     1024U  /* read of one mark in one segment */
#define MAX_POSTINGS 200000U
#define RARE         128U    /* articles with a mark; more name no candidates */
#define CANDIDATES   32U     /* unless there are fewer of them */
#define VERIFIED     256U    /* texts compared, at least */
#define LONG_TEXT    4000U   /* words; what is more is charged for */
#define MOST_WORDS   100000U /* of texts compared in vain or long */
#define DEFAULT_MAX  1000U
#define HEADLINE     30U   /* words; a longer text is no headline */
#define SAME_TEXT    1e6F  /* worth of an equal text hash */
#define HALF_WORTH   24.0F /* articles that carry a mark of half worth */

struct candidate {
    struct dtl_ref ref;
    float worth;   /* of its hits */
    uint32_t hits; /* marks */
    uint32_t title_hits;
};

struct found {
    uint32_t segment, article;
};

struct query {
    struct dtl_store *store;
    const struct dtl_trace_query *in;
    struct dtl_arena *arena, *scratch;
    struct dtl_slice normal;
    struct dtl_words words, title;
    struct dtl_slice agency;
    float title_worth[DTL_TITLE_WORDS]; /* of each word: the rarer the more */
    uint8_t hash[32];
    float *weight;
    struct text text;
    struct matcher *matcher;
    struct counter *found; /* article -> hits, title hits in extra */
    struct candidate *candidates;
    size_t ncandidates, ccandidates;
    struct found *postings;
    size_t npostings, cpostings;
    struct dtl_posting *read; /* of one mark in one segment */
    size_t words_left;        /* to be compared in vain */
    struct dtl_appearance *out;
    uint64_t *leads; /* per appearance, LEADS hashes */
    size_t nout, cout;
};

static int no_memory(struct dtl_error *err)
{
    return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a query");
}

/* ---- candidates -----------------------------------------------------------
 */

static struct candidate *candidate_at(struct query *q, struct dtl_ref ref)
{
    struct count *c =
        counter_at(q->found, (((uint64_t)ref.segment << 32) | ref.ordinal) + 1);

    if (c == NULL)
        return NULL;
    if (c->value != 0)
        return &q->candidates[c->value - 1];
    if (q->ncandidates == q->ccandidates) {
        size_t cap = q->ccandidates * 2 + 256;
        struct candidate *grown = realloc(q->candidates, cap * sizeof *grown);

        if (grown == NULL)
            return NULL;
        q->candidates = grown;
        q->ccandidates = cap;
    }
    q->candidates[q->ncandidates++] = (struct candidate){ .ref = ref };
    c->value = (uint32_t)q->ncandidates;
    return &q->candidates[q->ncandidates - 1];
}

/* Articles that carry a mark, in q->postings from `first` on. */
struct hits {
    size_t first, n;
    size_t total; /* in the store; more than were read */
};

static bool postings_room(struct query *q)
{
    size_t cap = q->cpostings * 2 + 4 * POSTINGS;
    struct found *grown;

    if (q->cpostings - q->npostings >= POSTINGS)
        return true;
    grown = realloc(q->postings, cap * sizeof *grown);
    if (grown == NULL)
        return false;
    q->postings = grown;
    q->cpostings = cap;
    return true;
}

/* Each article of a segment once. */
static void keep_articles(struct query *q, uint32_t segment, size_t n,
                          struct hits *out)
{
    for (size_t i = 0; i < n; i++)
        if (i == 0 || q->read[i].article != q->read[i - 1].article) {
            q->postings[q->npostings++] =
                (struct found){ segment, q->read[i].article };
            out->n++;
        }
}

static int look_up(struct query *q, enum dtl_posting_table table, uint64_t hash,
                   size_t max, struct hits *out, struct dtl_error *err)
{
    uint32_t segments = dtl_store_segments(q->store);

    *out = (struct hits){ .first = q->npostings };
    for (uint32_t s = 0; s < segments && q->npostings < MAX_POSTINGS; s++) {
        size_t n, here;
        int rc;

        if (!postings_room(q))
            return no_memory(err);
        rc = dtl_store_postings(q->store, s, table, hash, q->read, max, &n,
                                &here, err);
        if (rc != DTL_OK && rc != DTL_NOTFOUND)
            return rc;
        if (rc == DTL_NOTFOUND)
            continue;
        out->total += here;
        keep_articles(q, s, n, out);
    }
    return DTL_OK;
}

static struct candidate *known_candidate(struct query *q, struct found f)
{
    const struct count *c =
        counter_find(q->found, ((uint64_t)f.segment << 32 | f.article) + 1);

    return c != NULL && c->value != 0 ? &q->candidates[c->value - 1] : NULL;
}

/* What many articles have tells candidates apart, but makes none. */
static int use_hits(struct query *q, const struct hits *h, bool title,
                    struct dtl_error *err)
{
    bool rare = title || h->total <= RARE || q->ncandidates < CANDIDATES;

    for (size_t i = h->first; i < h->first + h->n; i++) {
        struct found f = q->postings[i];
        struct candidate *c =
            rare ? candidate_at(q, (struct dtl_ref){ f.segment, f.article })
                 : known_candidate(q, f);

        if (c == NULL && rare)
            return no_memory(err);
        if (c == NULL)
            continue;
        if (title)
            c->title_hits++;
        else
            c->hits++;
        c->worth += 1.0F / (1.0F + (float)h->total / HALF_WORTH);
    }
    return DTL_OK;
}

static int by_total(const void *x, const void *y)
{
    const struct hits *a = x, *b = y;

    if (a->total != b->total)
        return a->total < b->total ? -1 : 1;
    return (a->first > b->first) - (a->first < b->first);
}

/* The rarest first. */
static int use_all(struct query *q, struct hits *h, size_t n, bool title,
                   struct dtl_error *err)
{
    int rc = DTL_OK;

    if (n > 1)
        qsort(h, n, sizeof *h, by_total);
    for (size_t i = 0; i < n && rc == DTL_OK; i++)
        rc = use_hits(q, &h[i], title, err);
    q->npostings = 0;
    return rc;
}

/* Of a long text: the smallest mark of each of its sections. */
static void thin(struct dtl_marks *m)
{
    uint32_t kept = 0;

    if (m->count <= SECTIONS)
        return;
    for (uint32_t s = 0; s < SECTIONS; s++) {
        uint32_t from = (uint32_t)((uint64_t)m->count * s / SECTIONS);
        uint32_t to = (uint32_t)((uint64_t)m->count * (s + 1) / SECTIONS);
        uint32_t best = from;

        for (uint32_t i = from + 1; i < to; i++)
            if (m->marks[i].hash < m->marks[best].hash)
                best = i;
        m->marks[kept++] = m->marks[best];
    }
    m->count = kept;
}

static void weigh_words(struct query *q, uint32_t from, uint32_t to, size_t n)
{
    float ratio = (float)n / HALF_WORTH;
    float w = 1.0F / (1.0F + ratio * ratio);

    for (uint32_t i = from; i < to; i++)
        q->weight[i] = w > 0.001F ? w : 0.001F;
}

static uint32_t sentence_of(const struct dtl_words *w, uint32_t at,
                            uint32_t *end)
{
    uint32_t from = at;

    while (from > 0 && !(w->words[from].flags & DTL_WORD_SENTENCE))
        from--;
    *end = at + 1;
    while (*end < w->count && !(w->words[*end].flags & DTL_WORD_SENTENCE))
        ++*end;
    return from;
}

static int find_by_marks(struct query *q, struct dtl_error *err)
{
    struct dtl_marks m;
    struct hits hits[ALL_MARKS];
    uint32_t sentence = UINT32_MAX, end = 0;
    size_t least = SIZE_MAX;
    int rc = dtl_word_marks(&q->words, q->words.count <= ALL_MARKS, q->scratch,
                            &m, err);

    if (rc != DTL_OK)
        return rc;
    if (q->words.count > ALL_MARKS)
        thin(&m);
    for (uint32_t i = 0; i < m.count && rc == DTL_OK; i++) {
        uint32_t to, from = sentence_of(&q->words, m.marks[i].position, &to);
        size_t total;

        rc = look_up(q, DTL_MARKS, m.marks[i].hash, POSTINGS, &hits[i], err);
        total = hits[i].total;
        if (from != sentence) {
            sentence = from;
            least = SIZE_MAX;
        }
        end = to;
        if (total > 0 && total < least && q->words.count > ALL_MARKS) {
            least = total;
            weigh_words(q, from, end, least);
        }
    }
    return rc == DTL_OK ? use_all(q, hits, m.count, false, err) : rc;
}

static int find_by_title(struct query *q, struct dtl_error *err)
{
    struct dtl_marks m;
    struct hits hits[2 * DTL_TITLE_WORDS];
    struct dtl_slice title = q->in->title.len > 0 ? q->in->title : q->in->text;
    bool words_only = q->title.count <= 2;
    size_t n = 0;
    int rc = dtl_title_marks(title, q->scratch, &m, err);

    /* Pairs are rare enough to name a headline; single words serve only a
     * query that has no more. */
    for (uint32_t i = 0; i < m.count && rc == DTL_OK; i++) {
        bool pair = i > 0 && m.marks[i].position == m.marks[i - 1].position;
        struct hits h;

        rc = look_up(q, DTL_TITLES, m.marks[i].hash,
                     pair || words_only ? POSTINGS : 1, &h, err);
        if (pair || words_only)
            hits[n++] = h;
        if (!pair)
            q->title_worth[m.marks[i].position] =
                1.0F / log2f(2.0F + (float)h.total);
    }
    return rc == DTL_OK ? use_all(q, hits, n, true, err) : rc;
}

static int find_same_text(struct query *q, struct dtl_error *err)
{
    struct dtl_ref *refs;
    size_t n;
    int rc = dtl_store_by_text(q->store, q->hash, q->scratch, &refs, &n, err);

    if (rc == DTL_NOTFOUND)
        return DTL_OK;
    for (size_t i = 0; i < n && rc == DTL_OK; i++) {
        struct candidate *c = candidate_at(q, refs[i]);

        if (c == NULL)
            return no_memory(err);
        c->worth += SAME_TEXT;
        c->hits++;
    }
    return rc;
}

static int by_worth(const void *x, const void *y)
{
    const struct candidate *a = x, *b = y;

    if (a->worth > b->worth || a->worth < b->worth)
        return a->worth > b->worth ? -1 : 1;
    if (a->ref.segment != b->ref.segment)
        return a->ref.segment < b->ref.segment ? -1 : 1;
    return (a->ref.ordinal > b->ref.ordinal) -
           (a->ref.ordinal < b->ref.ordinal);
}

/* ---- verification ---------------------------------------------------------
 */

#define LEADS 4U

struct article {
    struct dtl_article_row row;
    struct dtl_slice normal;
    struct dtl_words words, title;
    struct text text;
};

static int read_article(struct query *q, struct dtl_ref ref, struct article *a,
                        struct dtl_error *err)
{
    int rc;

    dtl_arena_reset(q->scratch);
    rc = dtl_store_article(q->store, ref, q->scratch, &a->row, err);
    if (rc == DTL_OK)
        rc = dtl_normal(a->row.text, q->scratch, &a->normal, err);
    if (rc == DTL_OK)
        rc = dtl_words(a->normal, MAX_WORDS, q->scratch, &a->words, err);
    if (rc == DTL_OK) {
        struct dtl_slice title;

        rc = dtl_normal(a->row.title, q->scratch, &title, err);
        if (rc == DTL_OK)
            rc = dtl_words(title, DTL_TITLE_WORDS, q->scratch, &a->title, err);
    }
    a->text = (struct text){ a->words.words, NULL, a->words.count };
    return rc;
}

/* A sentence or a paragraph: is it there?  What a scanner or an editor did to
 * it may cost a third of its words. */
static bool holds_passage(const struct query *q, const struct agreement *g)
{
    uint32_t lost = g->placed - g->kept, near = g->numbers - g->agreed;

    if ((lost >= 2 && g->kept < lost && lost * 10 > g->equal) ||
        (near >= 2 && g->agreed < near && near * 10 > g->equal))
        return false;
    if (q->words.count < 8)
        return g->equal == q->words.count;
    return g->b_in_a >= 0.5F && g->equal >= 7 &&
           g->longest * 2 >= q->words.count;
}

static enum dtl_relation relation_of(const struct query *q,
                                     const struct article *a,
                                     const struct agreement *g)
{
    float titles = titles_agree(&q->title, &a->title);

    if (memcmp(a->row.text_hash, q->hash, 32) == 0 && q->words.count > 0)
        return DTL_REL_SAME_TEXT;
    if (q->words.count <= ALL_MARKS && g->weight_a > 1.6F * g->weight_b)
        return holds_passage(q, g) ? DTL_REL_EXCERPT : DTL_REL_NONE;
    if (same_story(g, q->in->title.len > 0 ? titles : 0, false))
        return copy_kind(g->b_in_a, g->a_in_b);
    if (numbers_differ(g) || scattered(g) || g->common < 12)
        return DTL_REL_NONE;
    if (g->lead_b >= 0.5F && g->b_in_a >= 0.6F)
        return DTL_REL_CARRIES;
    if (g->lead_a >= 0.5F && g->a_in_b >= 0.7F)
        return DTL_REL_EXCERPT;
    return DTL_REL_NONE;
}

/*
 * Another text of the same agency's report: both credit it, and they share
 * more than its stock phrases, which stand at the end and in many articles:
 * several solid passages, one of them in a lead, or half a dozen sentences.
 */
#define AGENCY_SOLID 40U
#define AGENCY_MUCH  100U
#define AGENCY_LEAD  0.2F

static bool shares_report(const struct agreement *g, const struct matching *m)
{
    uint32_t solid = 0;

    if (numbers_differ(g) || g->solid < AGENCY_SOLID ||
        g->common < 0.5F * (float)AGENCY_SOLID)
        return false;
    for (uint32_t i = 0; i < m->count; i++)
        solid += m->passages[i].equal >= 8;
    if (solid < 2)
        return false;
    return g->solid >= AGENCY_MUCH || g->lead_a >= AGENCY_LEAD ||
           g->lead_b >= AGENCY_LEAD;
}

static bool same_agency(const struct query *q, const struct article *a)
{
    json_t *meta = json_loadb((const char *)a->row.meta.ptr, a->row.meta.len,
                              JSON_ALLOW_NUL, NULL);
    const char *agency = json_string_value(json_object_get(meta, "agency"));
    bool same = agency != NULL && dtl_equal_nocase(dtl_str(agency), q->agency);

    json_decref(meta);
    return same;
}

static bool is_agency_text(const struct query *q, const struct article *a,
                           const struct agreement *g, const struct matching *m)
{
    return q->agency.len > 0 && q->words.count > ALL_MARKS &&
           shares_report(g, m) && same_agency(q, a);
}

/* Words of a passage that both took over as it stood, a block or what somebody
 * said. */
#define QUOTATION 16U

static bool mostly_quoted(const struct article *a, const struct matching *m)
{
    uint32_t quoted = 0, all = 0;

    for (uint32_t i = 0; i < m->count; i++) {
        const struct passage *p = &m->passages[i];

        for (uint32_t k = p->a0; p->equal >= QUOTATION && k < p->a1; k++) {
            quoted += (a->words.words[k].flags & DTL_WORD_QUOTED) != 0;
            all++;
        }
    }
    return quoted * 2 >= all;
}

/* What two other stories may still have in common. */
static enum dtl_relation weak_relation(const struct query *q,
                                       const struct article *a,
                                       const struct agreement *g,
                                       const struct matching *m)
{
    if (is_agency_text(q, a, g, m))
        return DTL_REL_AGENCY;
    if (q->words.count <= ALL_MARKS || g->quoted < QUOTATION ||
        numbers_differ(g) || scattered(g) || g->common < 12)
        return DTL_REL_NONE;
    return mostly_quoted(a, m) ? DTL_REL_QUOTES : DTL_REL_EXCERPT;
}

/* How well a stored headline answers the query, 0..1. */
static float headline_score(const struct query *q, const struct article *a)
{
    uint32_t common = 0, used = 0;
    float of_q, of_t, worth = 0, all = 0;

    if (q->title.count == 0 || a->title.count == 0)
        return 0;
    for (uint32_t i = 0; i < q->title.count; i++) {
        all += q->title_worth[i];
        for (uint32_t k = 0; k < a->title.count && k < 32; k++)
            if (q->title.words[i].hash == a->title.words[k].hash &&
                !(used >> k & 1U)) {
                used |= UINT32_C(1) << k;
                worth += q->title_worth[i];
                common++;
                break;
            }
    }
    of_q = (float)common / (float)q->title.count;
    of_t = (float)common / (float)a->title.count;
    if (q->title.count <= 2)
        return of_q >= 1 ? 0.3F + 0.7F * of_t : 0;
    if (of_q < 0.7F || of_q + of_t < 1.3F || common < 2 || worth < 0.7F * all)
        return 0;
    return (2 * of_q + of_t) / 3;
}

static bool add_spans(struct query *q, const struct article *a,
                      const struct matching *m, struct dtl_appearance *out)
{
    struct dtl_span *s = dtl_arena_alloc(q->arena, (m->count + 1) * sizeof *s);

    if (s == NULL)
        return false;
    out->spans = s;
    for (uint32_t i = 0; i < m->count; i++) {
        const struct passage *p = &m->passages[i];
        const struct dtl_word *d = a->words.words, *w = q->words.words;

        s[out->nspans++] = (struct dtl_span){
            w[p->b0].start, w[p->b1 - 1].start + w[p->b1 - 1].len,
            d[p->a0].start, d[p->a1 - 1].start + d[p->a1 - 1].len
        };
    }
    return true;
}

/* The first marks of an article: articles of one story share them. */
static int remember_lead(struct query *q, const struct article *a,
                         uint64_t *lead, struct dtl_error *err)
{
    struct dtl_words head = a->words;
    struct dtl_marks m;
    int rc;

    head.count = head.count < 160 ? head.count : 160;
    rc = dtl_word_marks(&head, false, q->scratch, &m, err);
    for (uint32_t i = 0; i < LEADS; i++)
        lead[i] = rc == DTL_OK && i < m.count ? m.marks[i].hash : 0;
    return rc;
}

static bool out_room(struct query *q)
{
    size_t cap = q->cout * 2 + 64;
    struct dtl_appearance *out;
    uint64_t *leads;

    if (q->nout < q->cout)
        return true;
    out = dtl_arena_grow(q->arena, q->out, q->cout * sizeof *out,
                         cap * sizeof *out);
    if (out == NULL)
        return false;
    q->out = out;
    leads = realloc(q->leads, cap * LEADS * sizeof *leads);
    if (leads == NULL)
        return false;
    q->leads = leads;
    q->cout = cap;
    return true;
}

/* Does the rest of the page hold the query, or a story that begins with it? */
static bool rest_carries(const struct query *q, const struct agreement *g)
{
    if (q->words.count <= ALL_MARKS)
        return holds_passage(q, g);
    return !numbers_differ(g) && !scattered(g) && g->common >= 12 &&
           g->lead_b >= 0.5F && g->b_in_a >= 0.6F;
}

/* Go over to what else the page tells. */
static int read_rest(struct query *q, struct article *a, struct dtl_error *err)
{
    int rc = dtl_normal(a->row.rest, q->scratch, &a->normal, err);

    if (rc == DTL_OK)
        rc = dtl_words(a->normal, MAX_WORDS, q->scratch, &a->words, err);
    a->text = (struct text){ a->words.words, NULL, a->words.count };
    return rc;
}

/* The article is another one: look at what else its page tells. */
static int verify_rest(struct query *q, struct dtl_ref ref, struct article *a,
                       struct dtl_appearance *out, struct dtl_error *err)
{
    struct matching m;
    struct agreement g;
    int rc = read_rest(q, a, err);

    if (rc == DTL_OK)
        rc = matcher_run(q->matcher, &a->text, &m);
    if (rc != DTL_OK)
        return rc;
    agreement_of(&a->text, &q->text, &m, &g);
    if (!rest_carries(q, &g))
        return DTL_OK;
    *out = (struct dtl_appearance){ .article = ref,
                                    .relation = DTL_REL_CARRIES,
                                    .in_rest = true,
                                    .q_in_d = g.b_in_a,
                                    .d_in_q = g.a_in_b };
    return add_spans(q, a, &m, out) ? DTL_OK : no_memory(err);
}

static int verify(struct query *q, const struct candidate *c,
                  struct dtl_error *err)
{
    struct dtl_appearance *out;
    struct article a;
    struct matching m;
    struct agreement g;
    struct dtl_appearance held = { .relation = DTL_REL_NONE };
    float headline = 0;
    bool weak;
    int rc = read_article(q, c->ref, &a, err);

    if (rc == DTL_OK)
        rc = matcher_run(q->matcher, &a.text, &m);
    if (rc != DTL_OK)
        return rc;
    if (!out_room(q))
        return no_memory(err);
    agreement_of(&a.text, &q->text, &m, &g);
    out = &q->out[q->nout];
    memset(out, 0, sizeof *out);
    out->article = c->ref;
    out->relation = relation_of(q, &a, &g);
    if (c->title_hits > 0 && q->in->title.len == 0 &&
        q->words.count <= HEADLINE)
        headline = headline_score(q, &a);
    if (headline > 0)
        out->relation = DTL_REL_HEADLINE;
    weak = out->relation == DTL_REL_NONE;
    if (weak)
        out->relation = weak_relation(q, &a, &g, &m);
    if (out->relation != DTL_REL_NONE) {
        out->q_in_d = g.b_in_a;
        out->d_in_q = g.a_in_b;
        out->score = headline;
        if (!add_spans(q, &a, &m, out))
            return no_memory(err);
        rc = remember_lead(q, &a, q->leads + q->nout * LEADS, err);
    }
    /* The whole in the rest of the page says more than a part in its story. */
    if (rc == DTL_OK && weak && a.row.rest.len > 0)
        rc = verify_rest(q, c->ref, &a, &held, err);
    if (rc == DTL_OK && held.relation != DTL_REL_NONE) {
        *out = held;
        memset(q->leads + q->nout * LEADS, 0, LEADS * sizeof *q->leads);
    }
    if (rc == DTL_OK && out->relation != DTL_REL_NONE)
        q->nout++;
    return rc;
}

/* The same within what may be compared in vain: candidates that prove
 * nothing, and pages as long as books, have an end. */
static int verify_within(struct query *q, const struct candidate *c,
                         struct dtl_error *err)
{
    struct dtl_article_row row;
    size_t before = q->nout, charge;
    int rc;

    dtl_arena_reset(q->scratch);
    rc = dtl_store_article_head(q->store, c->ref, true, q->scratch, &row, err);
    if (rc != DTL_OK)
        return rc;
    charge = row.words > LONG_TEXT ? row.words - LONG_TEXT : 0;
    if (charge > q->words_left)
        return DTL_OK;
    rc = verify(q, c, err);
    if (rc == DTL_OK && q->nout == before)
        charge = row.words + 100; /* reading it costs, too */
    q->words_left -= charge < q->words_left ? charge : q->words_left;
    return rc;
}

static int verify_all(struct query *q, struct dtl_error *err)
{
    size_t limit = q->in->limit != 0 ? q->in->limit : DEFAULT_MAX;
    size_t most = limit < VERIFIED ? VERIFIED : limit;
    float best = 0;
    int rc = DTL_OK;

    if (q->ncandidates > 1)
        qsort(q->candidates, q->ncandidates, sizeof *q->candidates, by_worth);
    /* An equal text leads the list; its hits count like the others'. */
    for (size_t i = 0; i < q->ncandidates; i++) {
        float worth = q->candidates[i].worth;

        worth -= worth >= SAME_TEXT / 2 ? SAME_TEXT : 0;
        best = worth > best ? worth : best;
    }
    for (size_t i = 0; i < q->ncandidates && i < most && q->nout < limit &&
                       q->words_left > 0 && rc == DTL_OK;
         i++) {
        /* Few hits far down the list: chance. */
        if (i >= 16 && q->candidates[i].worth < best / 12)
            break;
        if (rc == DTL_OK)
            rc = verify_within(q, &q->candidates[i], err);
        if (rc == DTL_BAD_RECORD)
            rc = DTL_OK;
    }
    return rc;
}

/* ---- a piece of a sentence ------------------------------------------------
 *
 * One in eight of a sentence's grams is in the index, so that a few words from
 * its middle may have none there.  Who remembers them often remembers what the
 * headline said; so when nothing was found, the texts under headlines with
 * these words are looked through, or all texts when there are few.
 */

#define PIECE_LEAST 6U    /* words; fewer may meet by chance */
#define PIECE_MOST  20U   /* more have marks */
#define SCANNED     256U  /* texts under such headlines */
#define SMALL_STORE 2048U /* captures; all of its texts */

/* The longest word: texts without it need not be compared.  Its first letter
 * may be a capital elsewhere. */
static struct dtl_slice telling_word(const struct query *q)
{
    const struct dtl_word *best = &q->words.words[0];

    for (uint32_t i = 1; i < q->words.count; i++)
        if (q->words.words[i].len > best->len)
            best = &q->words.words[i];
    return dtl_sub(q->normal, best->start + (best->len > 3),
                   best->start + best->len);
}

/* Compare article `ref` if it may hold all of the query, and keep it only if
 * it does. */
static int scan(struct query *q, struct dtl_ref ref, struct dtl_slice word,
                struct dtl_error *err)
{
    struct candidate c = { .ref = ref };
    struct dtl_article_row row;
    size_t before = q->nout;
    int rc;

    dtl_arena_reset(q->scratch);
    rc = dtl_store_article(q->store, ref, q->scratch, &row, err);
    if (rc != DTL_OK || (dtl_find(row.text, word, 0) == SIZE_MAX &&
                         dtl_find(row.rest, word, 0) == SIZE_MAX))
        return rc;
    rc = verify_within(q, &c, err);
    if (rc == DTL_OK && q->nout > before && q->out[before].q_in_d < 0.999F)
        q->nout = before;
    return rc;
}

/* Headlines with any of the words. */
static int headlines_with_words(struct query *q, struct dtl_error *err)
{
    struct dtl_marks m;
    struct hits hits[PIECE_MOST];
    size_t n = 0;
    int rc = dtl_title_marks(q->in->text, q->scratch, &m, err);

    for (uint32_t i = 0; i < m.count && n < PIECE_MOST && rc == DTL_OK; i++)
        if (i == 0 || m.marks[i].position != m.marks[i - 1].position)
            rc = look_up(q, DTL_TITLES, m.marks[i].hash, POSTINGS, &hits[n++],
                         err);
    return rc == DTL_OK ? use_all(q, hits, n, true, err) : rc;
}

static bool small_store(struct dtl_store *s)
{
    uint64_t captures = 0;

    for (uint32_t i = 0; i < dtl_store_segments(s); i++)
        captures += dtl_store_segment_captures(s, i);
    return captures <= SMALL_STORE;
}

static int find_piece(struct query *q, struct dtl_error *err)
{
    bool all = small_store(q->store);
    struct dtl_ref ref = { 0, 0 };
    struct dtl_slice word;
    size_t limit = q->in->limit != 0 ? q->in->limit : DEFAULT_MAX;
    int rc = DTL_OK;

    if (q->words.count < PIECE_LEAST || q->words.count > PIECE_MOST)
        return DTL_OK;
    word = telling_word(q);
    q->words_left = MOST_WORDS;
    q->ncandidates = 0;
    counter_free(q->found);
    if ((q->found = counter_new()) == NULL)
        return no_memory(err);
    if (!all)
        rc = headlines_with_words(q, err);
    if (rc == DTL_OK && q->ncandidates > 1)
        qsort(q->candidates, q->ncandidates, sizeof *q->candidates, by_worth);
    for (size_t i = 0; rc == DTL_OK && (all || i < SCANNED) &&
                       q->nout < limit && q->words_left > 0;
         i++) {
        if (all) {
            struct dtl_article_row row;

            dtl_arena_reset(q->scratch);
            rc = dtl_store_next_head(q->store, &ref, q->scratch, &row, err);
            if (rc == DTL_OK)
                rc = scan(q, (struct dtl_ref){ ref.segment, ref.ordinal - 1 },
                          word, err);
        } else if (i < q->ncandidates) {
            rc = scan(q, q->candidates[i].ref, word, err);
        } else {
            break;
        }
        if (rc == DTL_BAD_RECORD)
            rc = DTL_OK;
    }
    return rc == DTL_END ? DTL_OK : rc;
}

/* ---- ranking --------------------------------------------------------------
 */

static bool share_lead(const uint64_t *a, const uint64_t *b)
{
    for (uint32_t i = 0; i < LEADS; i++)
        for (uint32_t k = 0; k < LEADS; k++)
            if (a[i] != 0 && a[i] == b[k])
                return true;
    return false;
}

/* How many of the others begin alike: the articles whose main story holds
 * the passage do, pages that merely carry it do not. */
static float support(const struct query *q, size_t at, size_t n)
{
    size_t alike = 0, others = 0;

    for (size_t i = 0; i < n; i++) {
        if (i == at || q->out[i].in_rest)
            continue;
        others++;
        alike += share_lead(q->leads + at * LEADS, q->leads + i * LEADS);
    }
    return others > 0 ? (float)alike / (float)others : 1;
}

static float base_score(enum dtl_relation r, const struct dtl_appearance *a)
{
    switch (r) {
    case DTL_REL_SAME_TEXT: return 1.0F;
    case DTL_REL_VERBATIM:
    case DTL_REL_EDITED:
    case DTL_REL_ABRIDGED:
    case DTL_REL_EXTENDED: return 0.6F + 0.2F * a->q_in_d + 0.19F * a->d_in_q;
    case DTL_REL_HEADLINE: return 0.6F + 0.39F * a->score;
    case DTL_REL_EXCERPT:
        if (a->q_in_d < 0.5F && a->d_in_q < 0.5F)
            return 0.2F + 0.3F * a->q_in_d; /* a passage in another story */
        return 0.3F + 0.4F * a->q_in_d;
    case DTL_REL_AGENCY: return 0.1F + 0.2F * a->q_in_d;
    default: return 0.2F + 0.3F * a->q_in_d;
    }
}

static void score_all(struct query *q)
{
    size_t n = q->nout < 64 ? q->nout : 64;

    for (size_t i = 0; i < q->nout; i++) {
        struct dtl_appearance *a = &q->out[i];
        float s = base_score(a->relation, a);

        if (a->relation == DTL_REL_EXCERPT && q->words.count <= ALL_MARKS) {
            float alike = support(q, i, n);

            s += 0.2F * alike + 0.05F * a->d_in_q;
            if (alike < 0.2F && n > 4)
                a->relation = DTL_REL_CARRIES;
        }
        a->score = s < 1 ? s : 1;
    }
}

/* Beside many articles and in none of them: a box of the page.  A story that
 * only a page or two carry may well have no page of its own in the store; but
 * then all of the passage must be there. */
#define FEW_CARRIERS 2U
#define ALL_OF_IT    0.9F

static void drop_boxes(struct query *q)
{
    size_t kept = 0, boxes = 0;

    for (size_t i = 0; i < q->nout; i++) {
        if (!q->out[i].in_rest && q->out[i].relation != DTL_REL_AGENCY)
            return;
        boxes += q->out[i].in_rest;
    }
    for (size_t i = 0; i < q->nout; i++)
        if (!q->out[i].in_rest ||
            (boxes <= FEW_CARRIERS && q->out[i].q_in_d >= ALL_OF_IT))
            q->out[kept++] = q->out[i];
    q->nout = kept;
}

static int by_score(const void *x, const void *y)
{
    const struct dtl_appearance *a = x, *b = y;

    if (a->score > b->score || a->score < b->score)
        return a->score > b->score ? -1 : 1;
    if (a->article.segment != b->article.segment)
        return a->article.segment < b->article.segment ? -1 : 1;
    return (a->article.ordinal > b->article.ordinal) -
           (a->article.ordinal < b->article.ordinal);
}

/* ---- the story behind a headline ------------------------------------------
 *
 * A page with the headline asked for tells a story; other outlets print it
 * under headlines of their own.  They are found by the text of that page.
 */

#define HEADLINE_WORDS 4U    /* fewer name no story */
#define HEADLINE_SURE  0.8F  /* agreement of the headlines */
#define STORIES        3U    /* a headline that more stories have is a rubric */
#define STORY_WORDS    60U   /* of a text that can be recognised */
#define STORY_SCORE    0.25F /* below every page with the headline itself */

static bool is_story_copy(enum dtl_relation r)
{
    return r == DTL_REL_SAME_TEXT || r == DTL_REL_VERBATIM ||
           r == DTL_REL_EDITED || r == DTL_REL_ABRIDGED ||
           r == DTL_REL_EXTENDED;
}

static struct dtl_appearance *known(struct query *q, struct dtl_ref ref)
{
    for (size_t i = 0; i < q->nout; i++)
        if (q->out[i].article.segment == ref.segment &&
            q->out[i].article.ordinal == ref.ordinal)
            return &q->out[i];
    return NULL;
}

static bool names_story(const struct dtl_appearance *a)
{
    return a->relation == DTL_REL_HEADLINE &&
           a->score >= 0.6F + 0.39F * HEADLINE_SURE;
}

/* Other outlets' pages of the story that `from` tells.  Pages with the headline
 * that tell it, too, are marked by `via`: their story is done. */
static int add_story(struct query *q, size_t from, struct dtl_error *err)
{
    struct dtl_arena *arena = dtl_arena_new(0);
    struct dtl_ref via = q->out[from].article;
    struct dtl_appearance *found = NULL;
    struct dtl_article_row row;
    size_t n = 0;
    int rc = arena != NULL ? dtl_store_article(q->store, via, arena, &row, err)
                           : no_memory(err);

    if (rc == DTL_OK && row.words >= STORY_WORDS) {
        struct dtl_trace_query story = { .text = row.text,
                                         .title = row.title,
                                         .limit = q->in->limit };

        rc = dtl_trace(q->store, &story, arena, &found, &n, err);
    }
    q->out[from].via = via;
    for (size_t i = 0; i < n && rc == DTL_OK; i++) {
        struct dtl_appearance *one = known(q, found[i].article);

        if (!is_story_copy(found[i].relation))
            continue;
        if (one != NULL) {
            one->via = via;
            continue;
        }
        if (!out_room(q)) {
            rc = no_memory(err);
            break;
        }
        q->out[q->nout++] = (struct dtl_appearance){
            .article = found[i].article,
            .relation = DTL_REL_STORY,
            .score = 0.3F + STORY_SCORE * found[i].score,
            .q_in_d = found[i].q_in_d,
            .d_in_q = found[i].d_in_q,
            .via = via,
        };
    }
    dtl_arena_free(arena);
    return rc;
}

static int add_stories(struct query *q, struct dtl_error *err)
{
    const struct dtl_ref none = { UINT32_MAX, 0 };
    size_t pages = q->nout, limit = q->in->limit;
    uint32_t stories = 0;
    int rc = DTL_OK;

    for (size_t i = 0; i < pages; i++)
        q->out[i].via = none;
    if (q->title.count < HEADLINE_WORDS || q->words.count > HEADLINE ||
        q->in->title.len > 0)
        return DTL_OK;
    for (size_t i = 0; i < pages && rc == DTL_OK; i++) {
        if (!names_story(&q->out[i]) || q->out[i].via.segment != none.segment)
            continue;
        if (++stories > STORIES) {
            q->nout = pages;
            return DTL_OK;
        }
        rc = add_story(q, i, err);
    }
    if (limit != 0 && q->nout > limit)
        q->nout = limit;
    return rc;
}

/* ---- the whole ------------------------------------------------------------
 */

/* "BELGRADE, Serbia (AP) - ...", "MOSCOW, May 2. /TASS/. ...": what stands in
 * the brackets near the beginning. */
#define DATELINE 90U

static struct dtl_slice credit_of(struct dtl_slice text)
{
    struct dtl_slice head = dtl_sub(text, 0, DATELINE);
    size_t open = 0, close;
    uint8_t end;

    while (open < head.len && head.ptr[open] != '(' && head.ptr[open] != '/' &&
           head.ptr[open] != '\n')
        open++;
    if (open == head.len || head.ptr[open] == '\n')
        return dtl_slice_of(NULL, 0);
    end = head.ptr[open] == '(' ? ')' : '/';
    for (close = open + 1; close < head.len && head.ptr[close] != end; close++)
        ;
    return close < head.len ? dtl_trim(dtl_sub(head, open + 1, close))
                            : dtl_slice_of(NULL, 0);
}

static int prepare(struct query *q, struct dtl_error *err)
{
    struct dtl_slice title = q->in->title.len > 0 ? q->in->title : q->in->text;
    int rc = dtl_normal(q->in->text, q->arena, &q->normal, err);

    if (rc == DTL_OK)
        rc = dtl_text_hash(q->normal, q->hash, err);
    if (rc == DTL_OK)
        rc = dtl_words(q->normal, QUERY_WORDS, q->arena, &q->words, err);
    if (rc == DTL_OK && title.len > 4096)
        title.len = 0;
    if (rc == DTL_OK) {
        struct dtl_slice normal;

        rc = dtl_normal(title, q->arena, &normal, err);
        if (rc == DTL_OK)
            rc = dtl_words(normal, DTL_TITLE_WORDS, q->arena, &q->title, err);
    }
    if (rc != DTL_OK)
        return rc;
    q->agency = q->in->agency.len > 0 ? q->in->agency : credit_of(q->normal);
    q->weight =
        dtl_arena_alloc(q->arena, (q->words.count + 1) * sizeof *q->weight);
    q->scratch = dtl_arena_new(0);
    q->matcher = matcher_new();
    q->found = counter_new();
    q->read = malloc(POSTINGS * sizeof *q->read);
    q->words_left = MOST_WORDS;
    if (q->weight == NULL || q->scratch == NULL || q->matcher == NULL ||
        q->found == NULL || q->read == NULL)
        return no_memory(err);
    for (uint32_t i = 0; i < q->words.count; i++)
        q->weight[i] = 1;
    q->text = (struct text){ q->words.words, q->weight, q->words.count };
    return DTL_OK;
}

static int run(struct query *q, struct dtl_error *err)
{
    int rc = prepare(q, err);

    if (rc == DTL_OK && q->words.count > 0) {
        rc = find_same_text(q, err);
        if (rc == DTL_OK)
            rc = find_by_marks(q, err);
        if (rc == DTL_OK && (q->words.count <= HEADLINE))
            rc = find_by_title(q, err);
        if (rc == DTL_OK && matcher_set(q->matcher, &q->text) != DTL_OK)
            rc = no_memory(err);
        if (rc == DTL_OK)
            rc = verify_all(q, err);
        if (rc == DTL_OK && q->nout == 0)
            rc = find_piece(q, err);
    }
    if (rc == DTL_OK)
        drop_boxes(q);
    if (rc == DTL_OK && q->nout > 0) {
        score_all(q);
        qsort(q->out, q->nout, sizeof *q->out, by_score);
        rc = add_stories(q, err);
    }
    return rc;
}

static void query_free(struct query *q)
{
    dtl_arena_free(q->scratch);
    matcher_free(q->matcher);
    counter_free(q->found);
    free(q->read);
    free(q->postings);
    free(q->candidates);
    free(q->leads);
}

int dtl_trace(struct dtl_store *s, const struct dtl_trace_query *query,
              struct dtl_arena *arena, struct dtl_appearance **out, size_t *n,
              struct dtl_error *err)
{
    struct query q = { .store = s, .in = query, .arena = arena };
    int rc = run(&q, err);

    *out = rc == DTL_OK ? q.out : NULL;
    *n = rc == DTL_OK ? q.nout : 0;
    query_free(&q);
    return rc;
}

static int share_of(struct query *q, struct article *a, float *share)
{
    struct matching m;
    struct agreement g;
    int rc = matcher_run(q->matcher, &a->text, &m);

    if (rc != DTL_OK)
        return rc;
    agreement_of(&a->text, &q->text, &m, &g);
    *share = g.b_in_a > *share ? g.b_in_a : *share;
    return DTL_OK;
}

/* Of a headline: as far as the article's own headline is the same. */
static void share_of_title(const struct query *q, const struct article *a,
                           float *share)
{
    float titles = titles_agree(&q->title, &a->title);

    if (q->words.count <= HEADLINE && titles > *share)
        *share = titles;
}

int trace_share(struct dtl_store *s, const struct dtl_trace_query *query,
                struct dtl_ref article, float *share, struct dtl_error *err)
{
    struct dtl_arena *arena = dtl_arena_new(0);
    struct query q = { .store = s, .in = query, .arena = arena };
    struct article a;
    int rc = arena != NULL ? prepare(&q, err) : no_memory(err);

    *share = 0;
    if (rc == DTL_OK && matcher_set(q.matcher, &q.text) != DTL_OK)
        rc = no_memory(err);
    if (rc == DTL_OK && (rc = read_article(&q, article, &a, err)) == DTL_OK) {
        share_of_title(&q, &a, share);
        rc = share_of(&q, &a, share);
    }
    if (rc == DTL_OK && a.row.rest.len > 0 &&
        (rc = read_rest(&q, &a, err)) == DTL_OK)
        rc = share_of(&q, &a, share);
    query_free(&q);
    dtl_arena_free(arena);
    return rc;
}

const char *dtl_relation_name(enum dtl_relation r)
{
    static const char *const names[DTL_REL_COUNT] = {
        [DTL_REL_NONE] = "none",           [DTL_REL_SAME_TEXT] = "same-text",
        [DTL_REL_RECAPTURE] = "recapture", [DTL_REL_VERBATIM] = "verbatim",
        [DTL_REL_EDITED] = "edited",       [DTL_REL_ABRIDGED] = "abridged",
        [DTL_REL_EXTENDED] = "extended",   [DTL_REL_EXCERPT] = "excerpt",
        [DTL_REL_CARRIES] = "carries",     [DTL_REL_QUOTES] = "quotes",
        [DTL_REL_HEADLINE] = "headline",   [DTL_REL_AGENCY] = "agency",
        [DTL_REL_STORY] = "same-story",
    };

    return (unsigned)r < DTL_REL_COUNT ? names[r] : "none";
}
