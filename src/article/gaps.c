/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands between two paragraphs, and how likely another story opens
 * there.
 *
 * Lines, a rule, the edge of a box: facts of many kinds are weighed together,
 * because no template shows all of them and every one of them also stands
 * between the chapters of one story.  What the texts speak of counts most:
 * chapters of one story name its subject now and then, another story does
 * not.  The weights were fitted (additive stumps by boosting, a logistic
 * loss) to the gaps of pages made from real stories in some thousand random
 * templates, and to those of real pages, where none opens another story.
 */
#include "stories.h"

#include <math.h>

#define MAX_GAPS 400u /* looked at on a page */
#define BOXED    250u /* letters of prose in a box: more than a line */
#define POURED   700u /* letters in an item: a whole story */

/* "* * *", "-----", "~~~": a line of signs that parts what stands around it. */
static bool is_stars(const struct scan *s, const struct block *k)
{
    struct dtl_slice t = block_text(s->b, k);
    uint32_t signs = 0;

    if (k->prose || t.len < 3 || t.len > 60)
        return false;
    for (size_t i = 0; i < t.len; i++)
        if (strchr("*-_=~#+.", t.ptr[i]) != NULL && t.ptr[i] != '\0')
            signs++;
        else if (t.ptr[i] >= 0xe2 && i + 2 < t.len &&
                 (t.ptr[i] == 0xe2 || t.ptr[i] == 0xef))
            signs++, i += 2;
        else if (t.ptr[i] != ' ')
            return false;
    return signs >= 3;
}

bool story_name_and_time(const struct scan *s, const struct block *k)
{
    static const char *const marks[] = { " · ", " | ", " - ", " – ", " — ",
                                         " • ", "\n",  ", ",  " " };
    struct dtl_slice t = block_text(s->b, k);

    if (!k->digits || k->prose || k->size < 8 || k->size > 80 || k->relative ||
        k->label != LABEL_NONE || k->terminal)
        return false;
    for (size_t m = 0; m < sizeof marks / sizeof *marks; m++)
        for (size_t at = 0;
             (at = dtl_find(t, dtl_str(marks[m]), at)) != SIZE_MAX; at++) {
            struct dtl_slice a = dtl_sub(t, 0, at),
                             b = dtl_sub(t, at + strlen(marks[m]), t.len);
            if (a.len > 1 && b.len > 1 &&
                (hints_date(b) || hints_relative_time(b)) &&
                !(a.ptr[0] >= '0' && a.ptr[0] <= '9'))
                return true;
            if (m < 7 && a.len > 1 && b.len > 1 &&
                (hints_date(a) || hints_relative_time(a)))
                return true;
        }
    return false;
}

static uint32_t look_of_box(const struct blocks *b, uint32_t p, uint32_t prev)
{
    uint32_t x = b->block[p].box, top = story_box_after(b, p, prev), look = 0;

    if (top == NONE)
        return 0;
    for (;; x = b->box[x].parent) {
        if (b->box[x].prose >= BOXED && story_like_neighbour(b, x))
            look = b->box[x].sig;
        if (x == top)
            break;
    }
    return look != 0 ? look : b->box[top].sig;
}

static void read_line(const struct scan *s, struct gap *g, uint32_t i)
{
    const struct block *k = &s->b->block[i];
    bool named;

    if (k->label == LABEL_AD || k->label == LABEL_CREDIT ||
        k->role == DTL_BLOCK_CAPTION || k->role == DTL_BLOCK_ROW ||
        k->label == LABEL_RIGHTS)
        return;
    if (is_stars(s, k)) {
        g->rule = true;
        return;
    }
    if (g->lines == 0)
        g->first = i;
    g->lines++;
    g->related = g->related || k->label == LABEL_RELATED;
    if (k->label != LABEL_NONE && k->label != LABEL_RELATED &&
        k->label != LABEL_READ) {
        g->furniture++;
        return;
    }
    if (k->label != LABEL_NONE)
        return;
    if (k->linked * 10 >= k->size * 9 && k->size > 0)
        g->linked++;
    if (story_stands_out(k) && k->size < 200)
        g->heads++;
    named = story_name_and_time(s, k);
    if (k->relative) {
        g->relative = true;
        g->meta = i;
    } else if (k->date && k->role != DTL_BLOCK_HEADING) {
        g->date = true;
        g->meta = g->meta == NONE ? i : g->meta;
    } else if (named) {
        g->name_time = true;
        g->meta = i;
    }
    if (k->time_element)
        g->time_element = true;
    if (story_outlet_like(k) && k->role != DTL_BLOCK_HEADING &&
        !story_stands_out(k) && !k->relative && !k->date)
        g->outlets++;
    /* The title: the last line that stands out, else the last. */
    if (story_title_like(k) && !k->date && !named &&
        (g->title == NONE || story_stands_out(k) ||
         !story_stands_out(&s->b->block[g->title])))
        g->title = i;
}

static bool opens_anything(const struct scan *s, const struct gap *g,
                           uint32_t prev)
{
    const struct blocks *b = s->b;
    uint32_t x;

    if (g->lines > 0 || g->rule)
        return true;
    x = story_box_after(b, g->prose, prev);
    if (x == NONE || b->box[x].prose < BOXED)
        return false;
    return b->box[x].prose > b->block[g->prose].size ||
           (b->block[g->prose].size >= POURED &&
            b->block[g->prose].role == DTL_BLOCK_ITEM);
}

/* Only the last lines before a paragraph speak of it. */
#define NEAREST 10u

static uint32_t first_line(const struct scan *s, uint32_t from, uint32_t to)
{
    uint32_t n = 0, j = to;

    while (j > from && n < NEAREST) {
        const struct block *k = &s->b->block[--j];

        n += !story_is_out(s, k) && k->label != LABEL_AD &&
             k->label != LABEL_CREDIT;
    }
    return j;
}

/* How much a gap shows of what announces another story, whatever the texts
 * speak of. */
static float shows(const struct scan *s, const struct gap *g)
{
    const struct block *t = g->title != NONE ? &s->b->block[g->title] : NULL;
    bool when = g->relative || g->date || g->name_time;
    float n = 0;

    n += when ? t != NULL ? 2.0f : 1.0f : 0;
    n += g->related ? 1.5f : 0;
    n += g->rule ? 1.0f : 0;
    n += g->outlets > 0 && t != NULL && story_stands_out(t) ? 1.0f : 0;
    if (t != NULL) {
        n += story_stands_out(t) ? 0.5f : 0;
        n += s->head_sig != 0 && t->sig == s->head_sig ? 1.0f : 0;
        n += story_leads_away(s, t) ? 0.5f : 0;
    }
    if (g->box != NONE && s->b->box[g->box].prose >= BOXED)
        n += story_like_neighbour(s->b, g->box) ? 1.0f : 0.5f;
    return n;
}

bool gaps_find(struct scan *s)
{
    const struct blocks *b = s->b;
    uint32_t i = s->f->headline != NONE ? s->f->headline + 1 : 0;
    uint32_t prev = i > 0 ? i - 1 : 0, from = i;
    float later = 0;

    s->gap = dtl_arena_calloc(b->arena,
                              b->nblocks < MAX_GAPS ? b->nblocks : MAX_GAPS,
                              sizeof *s->gap);
    if (s->gap == NULL)
        return false;
    for (; i < b->nblocks && s->ngaps < MAX_GAPS; i++) {
        const struct block *k = &b->block[i];
        struct gap *g = &s->gap[s->ngaps];

        if (!k->prose || story_is_out(s, k))
            continue;
        memset(g, 0, sizeof *g);
        g->first = g->prose = i;
        g->title = g->meta = NONE;
        for (uint32_t j = first_line(s, from, i); j < i; j++)
            if (!story_is_out(s, &b->block[j]))
                read_line(s, g, j);
        for (uint32_t j = from; j <= i; j++)
            if (story_rule_before(s, j))
                g->rule = true;
        if (opens_anything(s, g, prev)) {
            g->box = story_box_after(b, i, prev);
            g->look = g->title != NONE  ? b->block[g->title].sig
                      : g->meta != NONE ? b->block[g->meta].sig
                      : g->lines > 0    ? b->block[g->first].sig
                                        : look_of_box(b, i, prev);
            s->ngaps++;
        }
        if (s->ngaps > 0)
            s->gap[s->ngaps - 1].size += k->size;
        prev = i;
        from = i + 1;
    }
    for (uint32_t g = s->ngaps, end = b->nblocks, after = 0; g-- > 0;) {
        struct gap *o = &s->gap[g];

        o->shows = shows(s, o);
        o->later = later;
        later = o->shows > later ? o->shows : later;
        o->after = after += o->size;
        o->end = end;
        end = o->first;
    }
    return true;
}

uint32_t gap_at(struct scan *s, uint32_t i)
{
    while (s->asked_gaps < s->ngaps && s->gap[s->asked_gaps].prose < i)
        s->asked_gaps++;
    return s->asked_gaps < s->ngaps && s->gap[s->asked_gaps].first <= i
               ? s->asked_gaps++
               : NONE;
}

/* ---- facts ------------------------------------------------------------ */

enum {
    H1,            /* the title is an h1 */
    H2,            /* ... an h2 */
    AWAY,          /* ... a link to another page */
    LONG,          /* ... of eight words or more */
    STOPS,         /* ... ends as sentences do */
    NUMBERED,      /* "5. Another thing" */
    CHAPTER,       /* ... looks like the story's last heading */
    NEW,           /* nothing before looks like the title */
    RELATIVE,      /* "6 minutes ago" */
    DATE,          /* a line that is a date */
    NAME_TIME,     /* "Outlet, 2 May 2025" */
    TIME,          /* a <time> */
    WHEN,          /* a title, and a line that says when */
    OUTLET,        /* a short line, perhaps an outlet */
    META,          /* looks like the line below the headline */
    RELATED,       /* a label announces others */
    RELATED_FLAT,  /* ... but no box opens, and the text looks as before */
    FURNITURE,     /* tags, share bar, comments ... */
    HEADS,         /* two lines stand out */
    LINKED,        /* two lines are links */
    LINES,         /* two lines */
    MORE_LINES,    /* three */
    BOX,           /* a box opens */
    BOX_LIKE,      /* ... like its neighbours */
    BOX_OWN,       /* ... like that of the own story */
    BOX_TAG,       /* ... an article, section, aside, details */
    BOX_TITLE,     /* ... and holds the title */
    TAKEN,         /* another story has just ended */
    TEXT_LOOKS,    /* the text looks unlike the own */
    SHOWS,         /* what of this there is, in all */
    LATER_SHOWS,   /* how much more a later gap shows */
    EVIDENCE,      /* evidence() of stories.c */
    SIZE,          /* log of the letters up to the next gap */
    OWN,           /* log of the own story's letters so far */
    TOLD,          /* how little of its subject it has told */
    SAYS_AGAIN,    /* share of known words in the own story */
    STRANGEST,     /* ... in its strangest stretch */
    NEAR,          /* strangeness: of 350 letters */
    NEAR_WORDS,    /* ... how many words there were */
    SECTION,       /* ... up to the next gap */
    EARLIER,       /* the own story has gaps that look so */
    LONGER,        /* ... but with shorter titles */
    MORE_LATER,    /* two or more follow */
    REST,          /* log of the letters that follow */
    AFTER,         /* share of the page's prose that follows */
    REST_OF_FACTS, /* those that take longer to find */
    ALL = REST_OF_FACTS, /* strangeness: of all that follows */
    LOW,                 /* ... against the strangest stretch */
    LATER_FIRST,         /* ... of what gaps that look so open */
    TITLE_NEAR,          /* words of the page's title, up to the next gap */
    TITLE_ALL,           /* ... in 8000 letters */
    ECHO,                /* new words of the title that come back */
    FACTS
};

/* A fact of at least so much adds so much. */
static const struct weight {
    uint8_t fact;
    float from, adds;
} weights[] = {
    { H1, 0.50f, 0.85f },
    { H2, 0.50f, -0.22f },
    { AWAY, 0.50f, 0.27f },
    { LONG, 0.50f, 0.72f },
    { STOPS, 0.50f, -0.15f },
    { NUMBERED, 0.50f, -1.20f },
    { CHAPTER, 0.50f, -0.51f },
    { NEW, 0.50f, 0.34f },
    { RELATIVE, 0.50f, 1.46f },
    { DATE, 0.50f, 0.61f },
    { NAME_TIME, 0.50f, 0.28f },
    { TIME, 0.50f, 0.24f },
    { WHEN, 0.50f, 0.09f },
    { OUTLET, 0.50f, 0.28f },
    { META, 0.50f, 0.97f },
    { RELATED, 0.50f, 2.05f },
    { RELATED_FLAT, 0.50f, -0.19f },
    { FURNITURE, 0.50f, 0.83f },
    { HEADS, 0.50f, -0.32f },
    { LINKED, 0.50f, -0.15f },
    { LINES, 0.50f, 0.12f },
    { MORE_LINES, 0.50f, 0.40f },
    { BOX, 0.50f, 1.14f },
    { BOX_LIKE, 0.50f, 0.27f },
    { BOX_OWN, 0.50f, -0.59f },
    { BOX_TAG, 0.50f, 0.17f },
    { BOX_TITLE, 0.50f, 0.92f },
    { TAKEN, 0.50f, 3.30f },
    { EARLIER, 0.50f, -1.38f },
    { LONGER, 0.50f, 0.76f },
    { MORE_LATER, 0.50f, -0.08f },
    { TEXT_LOOKS, 0.50f, -0.08f },
    { SHOWS, 0.50f, 0.68f },
    { SHOWS, 1.50f, 0.40f },
    { SHOWS, 2.50f, 0.93f },
    { SHOWS, 3.50f, 0.42f },
    { SHOWS, 4.50f, 0.19f },
    { LATER_SHOWS, 1.00f, -0.34f },
    { LATER_SHOWS, 1.50f, -0.15f },
    { LATER_SHOWS, 2.00f, -0.21f },
    { LATER_SHOWS, 2.50f, -0.81f },
    { LATER_SHOWS, 4.00f, -0.17f },
    { LATER_SHOWS, 5.00f, -0.45f },
    { EVIDENCE, 1.40f, 0.20f },
    { EVIDENCE, 4.00f, -0.37f },
    { SIZE, -1.20f, -0.44f },
    { SIZE, -0.70f, 0.25f },
    { SIZE, -0.30f, 0.23f },
    { SIZE, -0.10f, 0.08f },
    { SIZE, 1.20f, 0.31f },
    { SIZE, 1.50f, 0.30f },
    { OWN, -0.40f, 0.16f },
    { OWN, 0.10f, 1.00f },
    { OWN, 0.30f, 0.14f },
    { OWN, 0.70f, 0.23f },
    { OWN, 1.00f, 0.32f },
    { OWN, 1.20f, 0.13f },
    { OWN, 1.30f, 0.10f },
    { OWN, 1.40f, 0.20f },
    { TOLD, 0.10f, -0.09f },
    { TOLD, 0.50f, -0.10f },
    { TOLD, 0.70f, -0.16f },
    { TOLD, 1.00f, -0.68f },
    { TOLD, 1.30f, -0.47f },
    { SAYS_AGAIN, 0.20f, -0.16f },
    { SAYS_AGAIN, 0.30f, -0.32f },
    { SAYS_AGAIN, 0.40f, -0.21f },
    { SAYS_AGAIN, 0.50f, -0.45f },
    { SAYS_AGAIN, 0.60f, -0.43f },
    { STRANGEST, 0.60f, -0.51f },
    { STRANGEST, 1.00f, 0.11f },
    { NEAR, -0.40f, -0.34f },
    { NEAR, -0.00f, 0.11f },
    { NEAR, 1.20f, 0.22f },
    { NEAR, 2.50f, 0.51f },
    { NEAR_WORDS, 0.30f, -0.16f },
    { NEAR_WORDS, 0.80f, -0.08f },
    { SECTION, 0.30f, 0.40f },
    { SECTION, 0.50f, 0.51f },
    { SECTION, 0.80f, 0.58f },
    { SECTION, 2.50f, 0.12f },
    { ALL, 0.10f, 0.60f },
    { ALL, 0.30f, 0.55f },
    { ALL, 0.80f, -0.07f },
    { ALL, 2.40f, -0.36f },
    { LOW, -0.60f, -0.53f },
    { LOW, 0.20f, 0.30f },
    { LOW, 0.40f, 0.34f },
    { LOW, 0.60f, 0.17f },
    { LOW, 1.20f, 0.23f },
    { LATER_FIRST, 0.00f, 0.51f },
    { LATER_FIRST, 0.30f, 0.18f },
    { LATER_FIRST, 0.90f, 0.10f },
    { LATER_FIRST, 1.30f, 0.17f },
    { LATER_FIRST, 1.70f, 0.09f },
    { REST, 0.50f, 0.92f },
    { REST, 1.00f, 0.15f },
    { REST, 1.30f, 0.09f },
    { REST, 2.30f, -0.07f },
    { REST, 2.80f, -0.43f },
    { AFTER, 0.20f, 0.56f },
    { AFTER, 0.60f, -0.08f },
    { AFTER, 0.90f, 0.15f },
    { TITLE_NEAR, 0.01f, -1.10f },
    { TITLE_NEAR, 0.20f, -0.16f },
    { TITLE_NEAR, 0.30f, -0.13f },
    { TITLE_ALL, 0.01f, -0.52f },
    { TITLE_ALL, 0.20f, -0.10f },
    { TITLE_ALL, 0.30f, -0.40f },
    { TITLE_ALL, 0.40f, -0.19f },
    { TITLE_ALL, 0.50f, -0.10f },
    { ECHO, 0.50f, 0.17f },
    { ECHO, 1.50f, 0.65f },
    { ECHO, 2.50f, 0.24f },
};

#define MOST_GAPS_OPEN_NONE -6.68f
#define LIKELY              0.8f /* log-odds: rather none too many */
#define SURE                3.0f
#define FOLLOWS             30000u /* letters */
#define INTRODUCTION        2500u  /* letters */
#define ANNOUNCED           2.0f   /* of struct gap.shows */

static float minus_log(float x)
{
    return -logf(within(x, 0.08f, 1.6f));
}

/* Subject words of a text, and those of them the own story has named. */
struct count {
    uint32_t words, known, size;
};

static void count_prose(struct scan *s, uint32_t from, uint32_t to,
                        uint32_t most, struct count *c)
{
    for (uint32_t j = from; j < to && c->size < most; j++) {
        const struct block *k = &s->b->block[j];

        if (!k->prose || k->foreign || story_is_out(s, k))
            continue;
        story_compare_start(s, j, &c->words, &c->known);
        c->size += k->size;
    }
}

static float share(const struct count *c)
{
    return c->words > 0 ? (float)c->known / (float)c->words : 1;
}

/* The share of known words in the own story, and in its strangest stretch. */
static float says_again(const struct scan *s)
{
    return s->told > 15 ? within((float)s->told_known / (float)s->told, 0.1f, 1)
                        : 0.35f;
}

static float strangest(const struct scan *s, float said)
{
    float low = s->stretches > 0 ? s->low : said * 0.6f;

    return low < 0.05f ? 0.05f : low;
}

/* Words of the page's title in the prose of [from, to). */
static float title_share(struct scan *s, uint32_t from, uint32_t to,
                         uint32_t most)
{
    uint32_t size = 0;
    uint64_t hit = 0;

    if (story_page_title(s).n == 0)
        return 0;
    for (uint32_t j = from; j < to && size < most; j++) {
        const struct block *k = &s->b->block[j];
        struct said p;

        if (!k->prose || k->foreign || story_is_out(s, k))
            continue;
        p = story_said(s, j);
        size += k->size;
        for (uint32_t n = 0; n < s->title.n; n++)
            for (uint32_t m = (hit >> n & 1) ? p.n : 0; m < p.n; m++)
                if (p.word[m] == s->title.word[n]) {
                    hit |= UINT64_C(1) << n;
                    break;
                }
    }
    return (float)__builtin_popcountll(hit) / (float)s->title.n;
}

static void weigh_title(struct scan *s, const struct gap *g, float *f)
{
    const struct block *k = &s->b->block[g->title];
    struct dtl_slice t = block_text(s->b, k);
    bool dense = k->size >= k->words * 12;

    f[H1] = k->role == DTL_BLOCK_HEADING && k->level == 1;
    f[H2] = k->role == DTL_BLOCK_HEADING && k->level == 2;
    f[AWAY] = story_leads_away(s, k);
    f[LONG] = k->words >= 8 || (dense && k->size > 40);
    f[STOPS] = t.len > 0 && strchr(".:,;", t.ptr[t.len - 1]) != NULL;
    f[NUMBERED] = story_numbered(s, k);
    f[CHAPTER] = s->chapter_sig != 0 && s->chapter_sig == k->sig;
    f[NEW] = story_looks_new(s, g->title);
    f[WHEN] = g->relative || g->date || g->name_time;
}

static void weigh_box(struct scan *s, const struct gap *g, float *f)
{
    const struct blocks *b = s->b;
    uint32_t x = story_own_box(s, g->prose), y, top = x;

    if (x == NONE)
        return;
    f[BOX] = b->box[x].prose >= BOXED && b->box[x].first >= g->first &&
             (b->box[x].prose > b->block[g->prose].size + 60 ||
              b->block[g->prose].size >= POURED);
    if (f[BOX] == 0)
        return;
    y = b->block[s->own].box;
    while (b->box[y].parent != NO_BOX && b->box[y].parent != b->box[x].parent)
        y = b->box[y].parent;
    f[BOX_OWN] = b->box[y].parent == b->box[x].parent &&
                 b->box[y].sig == b->box[x].sig &&
                 b->box[y].last - b->box[y].first > 1;
    for (x = b->block[g->prose].box;; x = b->box[x].parent) {
        if (b->box[x].prose >= BOXED) {
            uint16_t tag = b->box[x].tag;

            if (story_like_neighbour(b, x))
                f[BOX_LIKE] = 1;
            if (tag == DTL_TAG_ARTICLE || tag == DTL_TAG_DETAILS ||
                tag == DTL_TAG_SECTION || tag == DTL_TAG_ASIDE)
                f[BOX_TAG] = 1;
        }
        if (x == top)
            break;
    }
    f[BOX_TITLE] = g->title != NONE && b->box[top].first <= g->title;
}

static bool gaps_alike(const struct gap *a, const struct gap *b)
{
    return a->look == b->look && a->look != 0 &&
           (a->title == NONE) == (b->title == NONE);
}

/* Gaps that look like this one, before and after. */
static void weigh_alike(const struct scan *s, uint32_t gi, float *f)
{
    const struct block *block = s->b->block;
    const struct gap *g = &s->gap[gi];
    uint32_t later = 0, earlier = 0, most = 0, longest = 0;

    for (uint32_t j = 0; j < s->ngaps && later < 2; j++) {
        const struct gap *o = &s->gap[j];

        if (j == gi || !gaps_alike(o, g))
            continue;
        if (j > gi) {
            later++;
        } else if (o->prose > s->opened && !block[o->prose].foreign) {
            earlier++;
            if (o->title != NONE && block[o->title].words > most)
                most = block[o->title].words;
            if (o->title != NONE && block[o->title].size > longest)
                longest = block[o->title].size;
        }
    }
    if (earlier > 0 && g->title != NONE)
        f[LONGER] = block[g->title].words >= most + 3 ||
                    block[g->title].size * 2 >= longest * 3;
    f[MORE_LATER] = later >= 2;
    f[EARLIER] = earlier > 0;
}

#define LATER_ASKED 6u

/* How strange the texts begin that later gaps alike open. */
static float later_first(struct scan *s, uint32_t gi, float said)
{
    uint32_t asked = 0, n = 0;
    float sum = 0;

    for (uint32_t j = gi + 1; j < s->ngaps && asked < LATER_ASKED; j++) {
        struct count d = { 0 };

        if (!gaps_alike(&s->gap[j], &s->gap[gi]))
            continue;
        asked++;
        count_prose(s, s->gap[j].prose, s->gap[j].end, 600, &d);
        if (d.words >= 8) {
            sum += share(&d);
            n++;
        }
    }
    return n > 0 ? minus_log(sum / (float)n / said) : 0;
}

/* What stands in the gap and how much text there is before and after. */
static void weigh_lines(struct scan *s, uint32_t gi, float *f)
{
    const struct blocks *b = s->b;
    const struct gap *g = &s->gap[gi];
    const struct block *p = &b->block[g->prose];
    float after;

    f[RELATIVE] = g->relative;
    f[DATE] = g->date;
    f[NAME_TIME] = g->name_time;
    f[TIME] = g->time_element;
    f[OUTLET] = g->outlets > 0;
    for (uint32_t j = g->first; s->meta_sig != 0 && j < g->prose; j++)
        if (b->block[j].sig == s->meta_sig && !b->block[j].prose)
            f[META] = 1;
    f[RELATED] = g->related || s->after_label;
    f[FURNITURE] = g->furniture > 0;
    f[HEADS] = g->heads > 1;
    f[LINKED] = g->linked > 1;
    weigh_box(s, g, f);
    f[RELATED_FLAT] = f[RELATED] > 0 && f[BOX] == 0 && p->sig == s->usual;
    f[LINES] = g->lines > 1;
    f[MORE_LINES] = g->lines > 2;
    f[SHOWS] = g->shows;
    f[LATER_SHOWS] = within(g->later - g->shows, 0, 9);
    f[TAKEN] = s->taken;
    f[TEXT_LOOKS] = p->sig != s->usual;
    f[SIZE] = logf((float)g->size + 1) - 6;
    f[OWN] = within(logf((float)s->own_size + 1) - 7, -3, 1.4f);
    after = g->after < FOLLOWS ? (float)g->after : (float)FOLLOWS;
    f[AFTER] = after / (float)(b->box[0].prose + 1);
    f[REST] = logf(after + 1) - 7;
    weigh_alike(s, gi, f);
    f[TOLD] = within(5.5f - logf((float)s->subject->words + 1), 0, 5);
}

/* The text up to the next gap. */
static void weigh_section(struct scan *s, const struct gap *g, float said,
                          float *f)
{
    struct count near = { 0 }, section = { 0 };

    count_prose(s, g->prose, g->end, 350, &near);
    count_prose(s, g->prose, g->end, 2000, &section);
    f[NEAR] = near.words >= 5 ? minus_log(share(&near) / said) : 0;
    f[NEAR_WORDS] = within((float)near.words / 20, 0, 1);
    f[SECTION] = section.words >= 5 ? minus_log(share(&section) / said) : 0;
    f[SAYS_AGAIN] = said;
    f[STRANGEST] = strangest(s, said) / said;
}

/* The words of all that follows. */
static void weigh_rest(struct scan *s, uint32_t gi, float said, float *f)
{
    const struct gap *g = &s->gap[gi];
    struct count all = { 0 };
    bool fresh;

    count_prose(s, g->prose, s->b->nblocks, FOLLOWS, &all);
    f[ALL] = minus_log(share(&all) / said);
    f[LOW] = -logf(within(share(&all) / strangest(s, said), 0.1f, 2));
    f[TITLE_NEAR] = title_share(s, g->prose, g->end, 1500);
    f[TITLE_ALL] = title_share(s, g->prose, s->b->nblocks, 8000);
    f[LATER_FIRST] = later_first(s, gi, said);
    if (g->title != NONE)
        f[ECHO] = (float)story_echo(s, g->title, g->prose, &fresh);
}

static float add_up(const float *f)
{
    float sum = MOST_GAPS_OPEN_NONE;

    for (size_t i = 0; i < sizeof weights / sizeof *weights; i++)
        if (f[weights[i].fact] >= weights[i].from)
            sum += weights[i].adds;
    return sum;
}

/* The facts weigh_rest() finds add at most so much. */
static float rest_at_most(void)
{
    float sum = 0;

    for (size_t i = 0; i < sizeof weights / sizeof *weights; i++)
        if (weights[i].fact >= REST_OF_FACTS && weights[i].adds > 0)
            sum += weights[i].adds;
    return sum;
}

bool gap_opens(struct scan *s, uint32_t gi, float e)
{
    const struct gap *g = &s->gap[gi];
    float f[FACTS] = { 0 }, said = says_again(s), least = LIKELY;

    if (g->title != NONE)
        weigh_title(s, g, f);
    weigh_lines(s, gi, f);
    f[EVIDENCE] = within(e, -1, 4);
    weigh_section(s, g, said, f);
    /* After a few words of introduction a list's first chapter is strange. */
    if (s->own_size < INTRODUCTION && g->shows < ANNOUNCED)
        least = SURE;
    if (add_up(f) + rest_at_most() < least)
        return false;
    weigh_rest(s, gi, said, f);
    return add_up(f) >= least;
}
