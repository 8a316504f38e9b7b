/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How likely a line opens another story, by what follows it.
 *
 * Chapters of one story name its subject now and then; another story does
 * not.  So what follows a line is held against the words of the story so far:
 * soon after it, to the end, and in the section that knows most of them; and
 * against how much that story itself says again, on average and where it
 * wanders most.  The words of the page's title weigh for the own story, looks
 * of a title and of an outlet's line for another.
 */
#include "stories.h"

#include <math.h>

#define RUN_LETTERS 40000u
#define RUN_BLOCKS  600u
#define SECTION     250u /* letters: a shorter one tells nothing */
#define NEVER       -99.0f
#define STRANGE     0.5f /* W_NEAR and W_MID: hardly any opener has less */

struct run {
    uint32_t words, known, size; /* of the section being read */
    uint32_t all_words, all_known, all_size;
    uint32_t sections;
    float first, any; /* shares: of the first, the highest */
};

static void end_section(struct run *r)
{
    float share;

    r->all_words += r->words;
    r->all_known += r->known;
    r->all_size += r->size;
    if (r->words >= 15 && r->size >= SECTION) {
        share = (float)r->known / (float)r->words;
        if (r->sections++ == 0)
            r->first = share;
        r->any = share > r->any ? share : r->any;
    }
    r->words = r->known = r->size = 0;
}

/* Read what follows from block `i` as sections that open as `i` does. */
static struct run read_run(struct scan *s, uint32_t i)
{
    const struct blocks *b = s->b;
    const struct block *k = &b->block[i];
    struct run r = { 0 };

    for (uint32_t j = i;
         j < b->nblocks && j - i < RUN_BLOCKS && r.all_size < RUN_LETTERS;
         j++) {
        const struct block *o = &b->block[j];

        if (j > i && o->sig == k->sig && o->prose == k->prose)
            end_section(&r);
        if (o->foreign || story_is_out(s, o) ||
            (!o->prose && o->role != DTL_BLOCK_HEADING && !story_title_like(o)))
            continue;
        story_compare(s, j, &r.words, &r.known);
        r.size += o->size;
    }
    end_section(&r);
    return r;
}

static float run_share(const struct run *r)
{
    return r->all_words > 0 ? (float)r->all_known / (float)r->all_words : 1;
}

/* A title and the text it opens, in one block that looks unlike the story. */
static bool poured(const struct scan *s, const struct block *k)
{
    return k->prose && k->size >= 400 && k->sig != s->usual &&
           k->sig != s->b->block[s->own].sig && !k->in_quote &&
           (k->role == DTL_BLOCK_ITEM || k->bold > 0);
}

/* What follows a line, against the story before it.  The weights were fitted
 * (logistic regression) to lines that open stories on pages made from texts
 * of many kinds, and lines that do not on real ones. */
enum {
    W_LITTLE,   /* the story has said little yet */
    W_TERMINAL, /* the line ends as sentences do */
    W_FIRST,    /* nothing before looks like the line */
    W_ENDS,     /* the prose before ends as sentences do */
    W_META,     /* an outlet and a time in one line beside it */
    W_RULE,     /* a rule before it */
    W_TITLE, /* words of the page's title: share in the 1200 letters that follow
              */
    W_TITLEALL, /* ... in 6000 letters */
    W_NEAR,     /* -log of the share of known words: 350 letters that follow */
    W_MID,      /* ... 1000 letters */
    W_MOST,     /* ... the section with the highest */
    W_LOW,      /* all that follows against the story's strangest stretch */
    W_SPREAD,   /* share in that stretch: how much the story wanders */
    W_GAP,      /* by how much all that follows is stranger still */
    W_SIZE,     /* log of letters that follow */
    W_MEAN,     /* log of letters a section */
    W_TWO,      /* sections */
    W_THREE,
    W_LONG,    /* words in the title: five or more */
    W_LONGER,  /* eight or more */
    W_KNOWN,   /* the title says nothing new */
    W_ECHO,    /* new words of the title that come back in its text */
    W_TIME,    /* a time or date beside it */
    W_NOTITLE, /* no title at all: an outlet, a box */
    W_BOX,     /* opens a box */
    W_CHAPTER, /* looks like the story's own headings */
    W_HEADING,
    W_BOLD,
    W_USUAL, /* looks like the story's paragraphs */
    W_AFTER, /* share of the page's prose that follows */
    W_OTHER, /* other evidence */
    W_SOME,
    WEIGHTS
};

static const float weights[WEIGHTS] = {
    [W_LITTLE] = -0.55f,  [W_TERMINAL] = -0.19f, [W_FIRST] = 1.07f,
    [W_ENDS] = -0.98f,    [W_RULE] = 0.60f,      [W_META] = 0.62f,
    [W_TITLE] = -0.81f,   [W_TITLEALL] = -1.27f, [W_NEAR] = 0.81f,
    [W_MID] = 0.59f,      [W_MOST] = 0.18f,      [W_LOW] = 0.67f,
    [W_SPREAD] = -0.90f,  [W_GAP] = 0.25f,       [W_SIZE] = 0.24f,
    [W_MEAN] = 0.31f,     [W_TWO] = -0.39f,      [W_THREE] = -0.26f,
    [W_LONG] = -0.25f,    [W_LONGER] = 0.42f,    [W_KNOWN] = -0.34f,
    [W_ECHO] = 0.43f,     [W_TIME] = 0.70f,      [W_NOTITLE] = -0.74f,
    [W_CHAPTER] = -0.67f, [W_BOX] = 0.16f,       [W_HEADING] = -0.38f,
    [W_BOLD] = -0.49f,    [W_USUAL] = -0.53f,    [W_AFTER] = -0.46f,
    [W_OTHER] = 0.45f,    [W_SOME] = -1.97f,
};

static void read_section(struct scan *s, uint32_t from, uint32_t to,
                         struct run *r)
{
    for (uint32_t j = from; j < to && r->all_size < RUN_LETTERS; j++) {
        const struct block *o = &s->b->block[j];

        if (o->foreign || story_is_out(s, o) ||
            (!o->prose && o->role != DTL_BLOCK_HEADING && !story_title_like(o)))
            continue;
        story_compare(s, j, &r->words, &r->known);
        r->size += o->size;
    }
    end_section(r);
}

/* The boxes that look like `x`, from `x` on. */
static struct run read_boxes(struct scan *s, uint32_t x)
{
    const struct blocks *b = s->b;
    uint32_t up = b->box[x].parent, sig = b->box[x].sig;
    uint32_t end = up == NO_BOX ? b->nboxes : b->box[up].next;
    struct run r = { 0 };

    for (; x < end; x = b->box[x].next)
        if (b->box[x].sig == sig && b->box[x].prose > 0)
            read_section(s, b->box[x].first, b->box[x].last, &r);
    return r;
}

/* Block `i` opens a box long enough for a story. */
static bool opens_box(const struct scan *s, uint32_t i)
{
    uint32_t x = story_own_box(s, i);

    return x != NONE && story_opens(s, x, i) && s->b->box[x].prose >= SECTION;
}

/* "The idea is summed up in one line:" announces what comes next. */
static bool announced(const struct scan *s, uint32_t i)
{
    struct dtl_slice t;

    while (i > s->opened && s->b->block[i - 1].foreign)
        i--;
    t = block_text(s->b, &s->b->block[i - 1]);
    return i > s->opened && t.len > 0 && t.ptr[t.len - 1] == ':';
}

static bool heading_in(const struct scan *s, uint32_t from, uint32_t to)
{
    while (from < to && s->b->block[from].role != DTL_BLOCK_HEADING)
        from++;
    return from < to;
}

/* Could a story begin here at all? */
static bool may_open(const struct scan *s, uint32_t i)
{
    const struct block *k = &s->b->block[i];
    bool box = opens_box(s, i);
    uint32_t prose;

    if (k->role == DTL_BLOCK_ROW || k->role == DTL_BLOCK_CAPTION ||
        k->in_quote || story_numbered(s, k) || announced(s, i))
        return false;
    if (k->prose)
        return box || (k->role == DTL_BLOCK_ITEM && k->size > 400) ||
               story_agency_opening(s, k) || poured(s, k) ||
               (k->stops > 1 && story_rule_before(s, i));
    prose = story_next_prose(s, i);
    if (k->label != LABEL_NONE || prose == NONE ||
        (!box && k->role != DTL_BLOCK_HEADING && heading_in(s, i + 1, prose)))
        return false;
    if (k->role == DTL_BLOCK_ITEM && !box &&
        s->b->box[k->box].tag == DTL_TAG_LI)
        return false;
    return story_title_like(k) || box || k->relative ||
           (story_outlet_like(k) &&
            (k->sig == s->meta_sig || k->sig != s->usual));
}

/* How much of what comes next is known, against what the story says again;
 * false when it plainly goes on with the story. */
static bool weigh_near(struct scan *s, uint32_t i, float said, float *f)
{
    const struct blocks *b = s->b;
    uint32_t words = 0, known = 0, size = 0;
    bool near = false;

    for (uint32_t j = i; j < b->nblocks && j - i < 60 && size < 1000; j++) {
        const struct block *k = &b->block[j];

        if (!k->prose || k->foreign || story_is_out(s, k))
            continue;
        story_compare_start(s, j, &words, &known);
        size += k->size;
        if (near || size < 350 || words == 0)
            continue;
        near = true;
        f[W_NEAR] = (float)known / (float)words / said;
        if (words > 20 && f[W_NEAR] > 0.9f)
            return false;
    }
    f[W_MID] = words > 0 ? (float)known / (float)words / said : 1;
    f[W_NEAR] = near ? f[W_NEAR] : f[W_MID];
    f[W_NEAR] = -logf(within(f[W_NEAR], 0.1f, 1.5f));
    f[W_MID] = -logf(within(f[W_MID], 0.1f, 1.5f));
    return f[W_NEAR] + f[W_MID] >= STRANGE;
}

static void weigh_title(struct scan *s, uint32_t i, float *f)
{
    const struct block *k = &s->b->block[i];
    bool dense = k->size >= k->words * 12;
    bool fresh;

    f[W_LONG] = k->words >= 5 || dense;
    f[W_LONGER] = k->words >= 8 || (dense && k->size > 40);
    f[W_ECHO] = (float)story_echo(s, i, i + 1, &fresh);
    f[W_KNOWN] = story_said(s, i).n > 0 && !fresh;
}

/* Do the words of the page's own title come back in what follows? */
static void weigh_own_title(struct scan *s, uint32_t i, float *f)
{
    const struct blocks *b = s->b;
    uint32_t size = 0, soon = 0, ever = 0;
    uint64_t hit = 0;

    if (story_page_title(s).n == 0)
        return;
    for (uint32_t j = i; j < b->nblocks && size < 6000; j++) {
        struct said p;

        if (b->block[j].foreign || !b->block[j].prose ||
            (b->box[b->block[j].box].above & HINT_OUT))
            continue;
        p = story_said(s, j);
        size += b->block[j].size;
        for (uint32_t n = 0; n < s->title.n; n++)
            for (uint32_t m = (hit >> n & 1) ? p.n : 0; m < p.n; m++)
                if (p.word[m] == s->title.word[n]) {
                    hit |= UINT64_C(1) << n;
                    ever++;
                    soon += size <= 1200;
                    break;
                }
    }
    f[W_TITLE] = (float)soon / (float)s->title.n;
    f[W_TITLEALL] = (float)ever / (float)s->title.n;
}

/* The page's headline stands here: what follows is its story. */
static bool headline_near(const struct scan *s, uint32_t i)
{
    const struct blocks *b = s->b;
    uint32_t to = i + 30 < b->nblocks ? i + 30 : b->nblocks;

    for (uint32_t j = s->own + 1; j < to; j++)
        if (b->block[j].headline && b->block[j].role == DTL_BLOCK_HEADING &&
            (b->block[j].exact_title || b->block[j].level == 1))
            return true;
    return false;
}

static bool meta_beside(const struct scan *s, uint32_t i, uint32_t prose)
{
    uint32_t j = i > s->own + 3 ? i - 2 : s->own + 1;

    for (; j <= prose && j < i + 5; j++)
        if (story_name_and_time(s, &s->b->block[j]))
            return true;
    return false;
}

static bool ends_sentence(const struct scan *s, const struct block *k)
{
    struct dtl_slice t = block_text(s->b, k);

    return !k->prose && t.len > 0 &&
           (strchr(".!:,;", t.ptr[t.len - 1]) != NULL ||
            (t.len > 3 && memcmp(t.ptr + t.len - 3, "。", 3) == 0));
}

/* Log-odds that block `i` opens another story, with `e` for what other
 * evidence there is; very low when it cannot. */
static float weigh_line(struct scan *s, uint32_t i, float e)
{
    const struct blocks *b = s->b;
    const struct block *k = &b->block[i];
    float f[WEIGHTS] = { [W_SOME] = 1 }, said, low, all, sum = 0;
    struct run r;

    if (!may_open(s, i))
        return NEVER;
    if (s->told < 15 || s->subject->words < 40)
        return NEVER;
    said = within((float)s->told_known / (float)s->told, 0.1f, 1);
    if (!weigh_near(s, i, said, f) || headline_near(s, i))
        return NEVER;
    r = opens_box(s, i) ? read_boxes(s, story_own_box(s, i)) : read_run(s, i);
    if (r.sections == 0)
        return NEVER;
    low = s->stretches > 0 ? s->low : said * 0.6f;
    low = low < 0.05f ? 0.05f : low;
    all = run_share(&r);
    f[W_MOST] = -logf(within(r.any / said, 0.1f, 1.6f));
    f[W_LOW] = -logf(within(all / low, 0.1f, 2));
    f[W_SPREAD] = low / said;
    f[W_GAP] = within(low / said - all / said, 0, 1);
    f[W_SIZE] = within(logf((float)r.all_size), 5.5f, 10) - 8;
    f[W_MEAN] =
        within(logf((float)r.all_size / (float)r.sections), 5.5f, 9) - 7;
    f[W_TWO] = r.sections >= 2;
    f[W_THREE] = r.sections >= 3;
    f[W_NOTITLE] = 1;
    if (story_title_like(k)) {
        f[W_NOTITLE] = 0;
        weigh_title(s, i, f);
    }
    f[W_TIME] = story_time_beside(s, i);
    weigh_own_title(s, i, f);
    f[W_LITTLE] = within(5.3f - logf((float)s->subject->words), 0, 9);
    f[W_TERMINAL] = ends_sentence(s, k);
    f[W_FIRST] = story_looks_new(s, i);
    f[W_ENDS] = b->block[s->own].terminal;
    f[W_META] = meta_beside(s, i, k->prose ? i : story_next_prose(s, i));
    f[W_RULE] = story_rule_before(s, i);
    f[W_BOX] = opens_box(s, i);
    f[W_CHAPTER] = s->chapter_sig != 0 && s->chapter_sig == k->sig;
    f[W_HEADING] = k->role == DTL_BLOCK_HEADING;
    f[W_BOLD] = story_stands_out(k) && k->role != DTL_BLOCK_HEADING;
    f[W_USUAL] = k->sig == s->usual;
    f[W_AFTER] = (float)r.all_size / (float)(b->box[0].prose + 1);
    f[W_OTHER] = within(e, -1, 4);
    for (int n = 0; n < WEIGHTS; n++)
        sum += weights[n] * f[n];
    return sum;
}

/* Do two lines look as if what they open were of one kind? */
static bool alike(const struct scan *s, uint32_t i, uint32_t j)
{
    const struct block *a = &s->b->block[i], *c = &s->b->block[j];

    if (a->prose != c->prose || c->foreign || story_is_out(s, c))
        return false;
    return a->prose && story_rule_before(s, i) ? story_rule_before(s, j)
                                               : a->sig == c->sig;
}

/* Many weak openers in equal looks together make a strong one.  Those of other
 * stories' chapters among them say little: the better half is what counts. */
#define ALIKE     8u
#define ALIKE_ASK 24u   /* lines of a page that ask what those alike say */
#define ALIKE_FOR 0.7f  /* what they count against the line itself */
#define ALIKE_MIN -6.0f /* each of them */
#define WEAK      -3.5f /* a line that has less cannot be helped */
#define TOGETHER  -1.4f

static float better_half(float *w, uint32_t n)
{
    float sum = 0;

    for (uint32_t i = 0; i < (n + 1) / 2; i++) {
        uint32_t best = i;

        for (uint32_t j = i + 1; j < n; j++)
            if (w[j] > w[best])
                best = j;
        sum += w[best];
        w[best] = w[i];
    }
    return sum / (float)((n + 1) / 2);
}

/* A line set off from the running text that is more than a chapter's name:
 * that has a word or two. */
static bool set_off(const struct scan *s, uint32_t i)
{
    const struct block *k = &s->b->block[i];
    float time;

    if (k->prose)
        return story_rule_before(s, i) || story_agency_opening(s, k);
    time = story_time_beside(s, i);
    return k->role != DTL_BLOCK_ITEM &&
           (k->words >= 3 || (k->size >= 24 && k->size >= k->words * 12) ||
            time > 0) &&
           (story_stands_out(k) || opens_box(s, i) || story_rule_before(s, i) ||
            time > 0 || k->sig != s->usual);
}

/* Lines alike with no text between are a list. */
static bool in_list(const struct scan *s, uint32_t i)
{
    uint32_t prose = s->b->block[i].prose ? i : story_next_prose(s, i);

    for (uint32_t j = i + 1; j < prose; j++)
        if (alike(s, i, j))
            return true;
    return false;
}

static bool alike_bear_out(struct scan *s, uint32_t i, float e, float own)
{
    float w[ALIKE];
    uint32_t n = 0;

    if (s->asked >= ALIKE_ASK || !set_off(s, i) || in_list(s, i))
        return false;
    s->asked++;
    for (uint32_t j = i + 1;
         j < s->b->nblocks && j - i < RUN_BLOCKS && n < ALIKE; j++)
        if (alike(s, i, j) && may_open(s, j))
            w[n++] = within(weigh_line(s, j, e), ALIKE_MIN, 9);
    return n > 0 && own + ALIKE_FOR * better_half(w, n) > TOGETHER;
}

bool opener_is(struct scan *s, uint32_t i, float e, float least)
{
    float w;

    if (!may_open(s, i))
        return false;
    story_read_own(s, i);
    w = weigh_line(s, i, e);
    return w >= least || (w > WEAK && alike_bear_out(s, i, e, w));
}

/* ---- a run of stories ------------------------------------------------- */

/* Titles in equal looks, each over text as long as articles are, and none of
 * these texts speaks of what the story so far spoke of.  The chapters of one
 * story, even of a list of things, all name its subject now and then; so all
 * that follows has to be strange, not only what comes next. */
#define RUN_TESTS 12u

static const struct {
    float first, all; /* share of known words: at most */
    /* The same against the share of words the own story says again: long
     * words are rarer in some languages than in others. */
    float rfirst, rany, rall;
    uint32_t mean;  /* letters a section: at least */
    uint32_t words; /* of a title: at least */
} run_needs[] = {
    { 0.30f, 0.30f, 0.85f, 0.85f, 0.65f, 850, 5 },
    { 0.25f, 0.25f, 0.65f, 0.85f, 0.60f, 950, 6 }, /* a story with headings */
};
#define RUN_OWN  90u  /* subject words of the own story: at least */
#define RUN_SIZE 600u /* its letters */
#define RUN_TOLD 50u

/* The first line of a box as long as an article, beside others like it. */
static bool opens_article_box(const struct scan *s, uint32_t i)
{
    uint32_t x = story_own_box(s, i);

    return x != NONE && s->b->box[x].first == i &&
           s->b->box[x].prose >= RUN_SIZE && story_like_neighbour(s->b, x) &&
           !s->b->block[i].prose;
}

/* A title in the shape of a headline that speaks of something new. */
static bool new_title(struct scan *s, uint32_t i, uint32_t least)
{
    const struct block *k = &s->b->block[i];
    uint32_t words = 0, known = 0;

    if (!story_title_like(k) || !story_stands_out(k) || story_numbered(s, k) ||
        (least > 1 && k->size < 24) ||
        (k->words < least && k->size < k->words * 12) ||
        story_next_prose(s, i) == NONE)
        return false;
    story_compare(s, i, &words, &known);
    return known * 2 <= words;
}

/* Has the story that the headline names said enough to be compared with?
 * What stands on a page of many titles is no story. */
static bool under_way(const struct scan *s)
{
    return s->subject->words >= RUN_OWN && s->told >= RUN_TOLD &&
           s->own_size >= RUN_SIZE && s->f->headline != NONE &&
           s->opened - s->f->headline < 30;
}

bool opener_of_run(struct scan *s, uint32_t i)
{
    const struct block *k = &s->b->block[i];
    unsigned n = s->chapter_sig != 0;
    bool goes_on = s->run_sig != 0 && s->run_sig == k->sig;
    float said;
    struct run r;

    story_read_own(s, i);
    if (s->tests >= RUN_TESTS || !under_way(s) ||
        (!poured(s, k) && !opens_article_box(s, i) &&
         !new_title(s, i, goes_on ? 1 : run_needs[n].words)))
        return false;
    if (s->chapter_sig == k->sig && k->words < s->chapter_most + 3)
        return false;
    s->tests++;
    r = read_run(s, i);
    said = (float)s->told_known / (float)s->told;
    if (r.sections == 0 || r.first >= run_needs[n].rfirst * said)
        return false;
    if (goes_on)
        return true;
    if (r.sections < 2 || r.all_size < r.sections * run_needs[n].mean ||
        r.first >= run_needs[n].first || r.any >= run_needs[n].rany * said ||
        run_share(&r) >= run_needs[n].all ||
        run_share(&r) >= run_needs[n].rall * said)
        return false;
    s->run_sig = k->sig;
    return true;
}
