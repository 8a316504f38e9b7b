/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which blocks of a page are its article.
 *
 *   1. the headline: the block that says what metadata calls the page;
 *   2. hints of class names, kept only where the page's prose agrees;
 *   3. the box that holds the story: the smallest with nearly all the prose
 *      that is left, then the neighbours that belong to it;
 *   4. other stories below or inside it (stories.c);
 *   5. block by block: what stays is the text.
 */
#include "body.h"

#include "body_parts.h"

static const char caption_reason[] = "caption";

/* ---- what blocks are -------------------------------------------------- */

/* Where the last words of a line begin, at most 48 bytes from its end. */
static size_t tail_start(struct dtl_slice s)
{
    size_t i = s.len > 48 ? s.len - 48 : 0;

    while (i < s.len && s.ptr[i] > ' ')
        i++;
    return i;
}

#define AD_LABEL 45u
#define AD_MOST  160u

/* "Sponsored" in an element of its own, and right after it what is offered. */
static bool offers(const struct finder *f, const struct block *k)
{
    const struct dtl_page *p = f->b.page;
    struct dtl_slice text = block_text(&f->b, k), first;
    uint32_t n = k->node;

    if (k->len > AD_MOST || k->node_end - k->node < 2)
        return false;
    while (n < k->node_end && p->nodes[n].kind != DTL_NODE_TEXT)
        n++;
    if (n >= k->node_end)
        return false;
    first = dtl_trim(dtl_node_text(p, n));
    return first.len > 1 && first.len <= AD_LABEL && first.len < text.len &&
           text.ptr[first.len] != ' ' &&
           memcmp(text.ptr, first.ptr, first.len) == 0 &&
           hints_label(first) == LABEL_AD;
}

static void classify_block(const struct finder *f, struct block *k)
{
    struct dtl_slice text = block_text(&f->b, k);

    if (k->len <= 200) {
        k->label =
            (uint8_t)(k->plain ? hints_label_plain(text) : hints_label(text));
        if (k->digits || hints_without_number(text.ptr[0]))
            k->relative = hints_relative_time(text);
        if (k->digits)
            k->date = hints_date(text);
    }
    /* What a whole line does not say its end does not either. */
    if (k->digits && k->size < 300 && k->len > RELATIVE_TIME_MAX)
        k->timed = hints_relative_time(dtl_sub(text, tail_start(text), k->len));
    if (k->size >= 40 && k->label != LABEL_NONE && k->label != LABEL_READ &&
        k->stops > 1)
        k->label = LABEL_NONE; /* a paragraph that begins like a label */
    if (k->label == LABEL_NONE && offers(f, k))
        k->label = LABEL_AD;
    if (k->role == DTL_BLOCK_CAPTION || k->role == DTL_BLOCK_HEADING)
        return;
    if (k->linked * 5 > k->size * 2 + k->size / 2)
        return;
    k->prose = (k->size >= 60 && (k->stops > 0 || k->commas > 1) &&
                (k->terminal || k->size >= 120)) ||
               (k->size >= 140 && k->lowers * 10 >= k->words * 5);
}

static void classify(struct finder *f)
{
    for (uint32_t i = 0; i < f->b.nblocks; i++) {
        struct block *k = &f->b.block[i];

        classify_block(f, k);
        if (k->prose)
            f->b.box[k->box].prose += k->size;
    }
    for (uint32_t i = f->b.nboxes; i-- > 1;)
        f->b.box[f->b.box[i].parent].prose += f->b.box[i].prose;
}

/* ---- the headline ----------------------------------------------------- */

static void titles_add(struct finder *f, struct dtl_slice title)
{
    struct words w;

    if (title.len == 0 || f->ntitles == MAX_TITLES)
        return;
    words_of(title, &w);
    if (w.n > 0)
        f->title[f->ntitles++] = w;
    for (uint32_t i = 0; i < w.n; i++)
        f->title_words[w.hash[i] % TITLE_BITS / 64] |= UINT64_C(1)
                                                       << w.hash[i] % 64;
}

#define OF_TITLE 0.75f /* of a block's words: at least */

/* Read the words of `text`; false as soon as too few can be in any title. */
static bool words_of_titles(const struct finder *f, struct dtl_slice text,
                            struct words *w)
{
    uint32_t known = 0;
    size_t pos = 0, more;

    w->n = 0;
    while (w->n < MAX_WORDS && word_next(text, &pos, &w->hash[w->n])) {
        uint32_t h = w->hash[w->n++];

        known += (uint32_t)(f->title_words[h % TITLE_BITS / 64] >> h % 64 & 1);
        more = (text.len - pos + 1) / 2; /* if all the rest were known */
        if ((float)(known + more) < (float)(w->n + more) * OF_TITLE)
            return false;
    }
    return (float)known >= (float)w->n * OF_TITLE;
}

/* Can a block of so many words say a title at all?  Scripts without blanks
 * have few words for their size. */
static bool could_match(const struct finder *f, const struct block *k)
{
    if (k->size > k->words * 12)
        return true;
    for (uint32_t t = 0; t < f->ntitles; t++)
        if (k->words * 6 >= f->title[t].n &&
            k->words * 6 <= f->title[t].n * 10 + 6)
            return true;
    return false;
}

/* 0..1: how well the block says one of the titles. */
static float title_match(const struct finder *f, const struct block *k)
{
    struct words w;
    float best = 0;

    if (k->len > 400 || k->size < 3 || !could_match(f, k))
        return 0;
    if (!words_of_titles(f, block_text(&f->b, k), &w))
        return 0;
    for (uint32_t t = 0; t < f->ntitles; t++) {
        const struct words *x = &f->title[t];
        uint32_t same = words_common(&w, x);
        float in_block = w.n > 0 ? (float)same / (float)w.n : 0;
        float in_title = x->n > 0 ? (float)same / (float)x->n : 0;
        float m;

        /* <title> may carry the site's name, a block of the page may not
         * carry much that the title lacks. */
        if (in_block < OF_TITLE || same < 1 || (same < 2 && x->n > 2))
            continue;
        m = in_block * 0.5f + in_title * 0.5f;
        if (m > best)
            best = m;
    }
    return best;
}

static void find_headline(struct finder *f)
{
    struct blocks *b = &f->b;
    uint32_t next_prose = UINT32_MAX;
    float best = 0.62f;
    uint32_t h1 = NONE;
    uint64_t total = b->nboxes > 0 ? b->box[0].prose : 0, after = 0;

    f->headline = NONE;
    for (uint32_t i = b->nblocks; i-- > 0;) {
        struct block *k = &b->block[i];
        float m;

        if (k->prose) {
            next_prose = i;
            after += k->size;
            if (k->size > 300)
                continue;
        }
        if (k->role == DTL_BLOCK_HEADING && k->level == 1 && k->size >= 8 &&
            !(b->box[k->box].above & (HINT_NAV | HINT_FOOTER)) &&
            after * 10 >= total * 3)
            h1 = i;
        m = title_match(f, k);
        if (m < 0.6f)
            continue;
        k->headline = true;
        k->exact_title = m > 0.95f;
        if (k->role == DTL_BLOCK_HEADING)
            m += k->level == 1 ? 0.35f : 0.15f;
        if (b->box[k->box].hints & HINT_TITLE)
            m += 0.1f;
        if (b->box[k->box].above & (HINT_NAV | HINT_FOOTER | HINT_SIDE))
            m -= 0.2f;
        if (k->linked * 2 > k->size)
            m -= 0.1f;
        if (next_prose == UINT32_MAX)
            m -= 0.5f;
        else
            m -= 0.6f * (1 - (float)after / (float)total);
        if (next_prose != UINT32_MAX)
            m -= 0.01f * (float)(next_prose - i < 30 ? next_prose - i : 30);
        if (m > best) {
            best = m;
            f->headline = i;
        }
    }
    if (f->headline == NONE)
        f->headline = h1;
    if (f->headline != NONE)
        b->block[f->headline].headline = true;
}

/* ---- hints, where the prose agrees ------------------------------------ */

/* Comments and lists of other stories may outweigh the article; nothing else
 * that is not the article does. */
#define HINT_HEAVY (HINT_COMMENT | HINT_RELATED | HINT_FOOTER)

/* Hints that many small boxes share which together hold the text: names that
 * page builders give to every paragraph ("widget", "paywall"). */
static uint32_t spread_hints(const struct finder *f, uint64_t total)
{
    const struct blocks *b = &f->b;
    uint64_t prose[32] = { 0 };
    uint32_t spread = 0;

    for (uint32_t i = 0; i < b->nboxes; i++) {
        const struct box *x = &b->box[i];
        uint32_t up = x->parent != NO_BOX ? b->box[x->parent].above : 0;
        uint32_t h = x->hints & ~up & HINT_OUT & ~(uint32_t)HINT_HEAVY;

        for (; x->prose > 0 && h != 0; h &= h - 1)
            prose[__builtin_ctz(h)] += x->prose;
    }
    for (uint32_t k = 0; k < 32; k++)
        if (prose[k] > 0 && prose[k] * 100 >= total * 40)
            spread |= 1u << k;
    return spread;
}

#define MEDIA_PROSE 600u /* letters: more are no captions */

/* On a forum's page, what stands as comments is the text if it is nearly all
 * of it; below questions and answers it is not. */
#define FORUM_SHARE 3u

static uint64_t comment_prose(const struct finder *f)
{
    const struct blocks *b = &f->b;
    uint64_t prose = 0;

    for (uint32_t i = 0; i < b->nboxes;) {
        bool is = (b->box[i].hints & HINT_COMMENT) != 0;

        prose += is ? b->box[i].prose : 0;
        i = is ? b->box[i].next : i + 1;
    }
    return prose;
}

static void settle_hints(struct finder *f)
{
    struct blocks *b = &f->b;
    uint64_t total = b->nboxes > 0 ? b->box[0].prose : 0;
    uint32_t spread = spread_hints(f, total);

    if (pagetype_is_forum(f) &&
        comment_prose(f) * FORUM_SHARE >= total * (FORUM_SHARE - 1))
        spread |= HINT_COMMENT;

    for (uint32_t i = 0; i < b->nboxes; i++) {
        struct box *x = &b->box[i];
        uint32_t h = x->hints;
        bool names_page = f->headline != NONE && x->first <= f->headline &&
                          f->headline < x->last;
        bool title_only = names_page && x->prose == 0;

        if (names_page && !title_only)
            h &= ~(uint32_t)HINT_OUT;
        if (x->prose * 100ull >= total * 30)
            h &= ~(uint32_t)(HINT_OUT & ~HINT_HEAVY);
        if (x->prose * 100ull >= total * 85)
            h &= ~(uint32_t)HINT_OUT;
        if (x->prose > 0)
            h &= ~(HINT_META | spread);
        if (x->prose * 100ull >= total * 15)
            h &= ~(uint32_t)HINT_CAPTION;
        if (x->prose > MEDIA_PROSE)
            h &= ~(uint32_t)HINT_MEDIA;
        if (h & HINT_BODY)
            h &= ~(uint32_t)(HINT_OUT & ~(HINT_HEAVY | HINT_BIO));
        x->hints = h;
        x->above = h | (x->parent != NO_BOX ? b->box[x->parent].above : 0);
    }
}

static bool is_out(const struct finder *f, const struct block *k)
{
    return (f->b.box[k->box].above & HINT_OUT) != 0;
}

/* Posts of many hands, and the items of a list, look like other stories: not
 * where those would be much of a page that holds many. */
static void readmit_many(struct finder *f)
{
    struct blocks *b = &f->b;
    uint64_t foreign = 0, all = 0;

    for (uint32_t i = 0; i < b->nblocks; i++) {
        const struct block *k = &b->block[i];

        if (!k->prose || is_out(f, k))
            continue;
        all += k->size;
        foreign += k->foreign ? k->size : 0;
    }
    if (foreign * FORUM_SHARE < all)
        return;
    for (uint32_t i = 0; i < b->nblocks; i++)
        b->block[i].foreign = false;
}

/* ---- the box of the story --------------------------------------------- */

static float block_weight(const struct finder *f, uint32_t i)
{
    const struct block *k = &f->b.block[i];
    float size = (float)k->size, free = (float)(k->size - k->linked);
    float w;

    if (is_out(f, k) || k->foreign)
        return 0;
    if (k->prose) {
        w = free - (float)k->linked;
        if (k->terminal)
            w += 20;
        if (f->b.box[k->box].above & (HINT_BODY | HINT_LEAD))
            w *= 1.2f;
        if (f->headline != NONE && i < f->headline)
            w *= 0.4f;
        return w;
    }
    if (k->role == DTL_BLOCK_HEADING || k->role == DTL_BLOCK_CAPTION)
        return -2;
    if (k->linked * 2 > k->size)
        return -10 - (float)k->linked * 0.3f;
    return k->terminal ? size * 0.5f : -5;
}

static void weigh(struct finder *f)
{
    struct blocks *b = &f->b;

    for (uint32_t i = 0; i < b->nboxes; i++)
        b->box[i].score = 0;
    for (uint32_t i = 0; i < b->nblocks; i++) {
        b->block[i].score = block_weight(f, i);
        b->box[b->block[i].box].score += b->block[i].score;
    }
    for (uint32_t i = b->nboxes; i-- > 1;)
        b->box[b->box[i].parent].score += b->box[i].score;
}

/* The child of `x` with the highest score, NONE without children. */
static uint32_t best_child(const struct blocks *b, uint32_t x)
{
    uint32_t best = NONE;

    for (uint32_t c = x + 1; c < b->box[x].next; c = b->box[c].next)
        if (best == NONE || b->box[c].score > b->box[best].score)
            best = c;
    return best;
}

/* The smallest box that holds nearly all that `x` does. */
static uint32_t tighten(const struct blocks *b, uint32_t x)
{
    for (;;) {
        uint32_t c = best_child(b, x);

        if (c == NONE || b->box[c].score < b->box[x].score * 0.8f ||
            b->box[c].score <= 0)
            break;
        x = c;
    }
    /* A single paragraph or list is not the story's box: its parent is. */
    while (b->box[x].parent != NO_BOX &&
           (b->box[x].tag == DTL_TAG_P || b->box[x].tag == DTL_TAG_LI ||
            b->box[x].tag == DTL_TAG_BLOCKQUOTE ||
            b->box[x].tag == DTL_TAG_UL || b->box[x].tag == DTL_TAG_OL))
        x = b->box[x].parent;
    return x;
}

/* The best box among those that end before block `end`. */
static uint32_t best_box(const struct blocks *b, uint32_t end)
{
    float best = 0;
    uint32_t x = 0;

    for (uint32_t i = 0; i < b->nboxes; i++)
        if (b->box[i].score > best && b->box[i].last <= end) {
            best = b->box[i].score;
            x = i;
        }
    return x;
}

/* Readers' comments without a telling name can outweigh the article.  But it
 * comes first, looks different and has no dates in it: does a story stand
 * between the headline and the box `x`? */
static bool story_before(const struct finder *f, uint32_t x)
{
    const struct blocks *b = &f->b;
    uint32_t first = b->box[x].first, size = 0, n = 0, sig = 0, times = 0;

    if (f->headline == NONE || first <= f->headline)
        return false;
    for (uint32_t i = b->box[x].last; i-- > first;)
        if (b->block[i].prose)
            sig = b->block[i].sig;
        else
            times += b->block[i].date || b->block[i].relative;
    for (uint32_t i = f->headline + 1; i < first; i++) {
        const struct block *k = &b->block[i];

        if (!k->prose || k->sig == sig || is_out(f, k) || k->foreign)
            continue;
        size += k->size;
        n += k->size >= 200;
    }
    return size >= 1000 && n >= 3 && times >= 2;
}

static void find_main(struct finder *f)
{
    struct blocks *b = &f->b;
    uint32_t x = best_box(b, b->nblocks);

    x = tighten(b, x);
    if (story_before(f, x))
        x = tighten(b, best_box(b, b->box[x].first));
    f->main = x;
}

static bool is_usual(const struct finder *f, uint32_t i)
{
    const struct block *k = &f->b.block[i];

    return k->prose && !k->foreign && k->sig == f->usual;
}

/* Where the prose in the story's usual looks begins and ends. */
static void find_usual(struct finder *f)
{
    const struct box *x = &f->b.box[f->main];
    uint32_t i = x->last;

    while (i > x->first && !is_usual(f, i - 1))
        i--;
    f->last_usual = i;
    for (i = x->first; i < f->last_usual && !is_usual(f, i);)
        i++;
    f->first_usual = i;
}

/* Does the link lead to a page of another site, for all that is known? */
static bool leads_away(const struct finder *f, uint32_t link)
{
    struct dtl_slice href = dtl_node_attr(f->b.page, link, DTL_ATTR_HREF);
    struct dtl_slice url = f->in->url;
    size_t from = dtl_find(href, dtl_str("//"), 0), n;

    if (from == SIZE_MAX || from > 6)
        return false;
    href = dtl_sub(href, from, href.len);
    from = dtl_find(url, dtl_str("//"), 0);
    if (from == SIZE_MAX)
        return true;
    url = dtl_sub(url, from, url.len);
    n = dtl_find(url, dtl_str("/"), 2);
    url.len = n < url.len ? n : url.len;
    return !dtl_equal_nocase(dtl_sub(href, 0, url.len), url);
}

#define TEASER_BLOCKS 8u
#define TEASER_UP     6
#define TEASER_SAYS   240u /* letters around its title */
#define TEASER_SHARE  4u   /* of the prose: no more than this part */

static bool is_teaser(const struct finder *f, uint32_t x)
{
    const struct box *o = &f->b.box[x];

    if (x == f->main || o->last - o->first > TEASER_BLOCKS ||
        o->first <= f->first_usual || o->last >= f->last_usual ||
        o->size - o->linked > TEASER_SAYS)
        return false;
    for (uint32_t i = o->first; i < o->last; i++)
        if (is_usual(f, i))
            return false;
    return true;
}

/* The box amid the text that block `i` is the title of, when it says the title
 * of another page of the site, all of it a link, and little else; NO_BOX. */
static uint32_t teaser_box(const struct finder *f, uint32_t i)
{
    const struct block *k = &f->b.block[i];
    const struct box *box = f->b.box;
    uint32_t x = k->box;

    if (k->role != DTL_BLOCK_HEADING || k->linked * 10 < k->size * 9 ||
        k->size < 15 || k->label != LABEL_NONE || leads_away(f, k->href))
        return NO_BOX;
    for (int up = 0; up < TEASER_UP && box[x].parent != NO_BOX &&
                     is_teaser(f, box[x].parent);
         up++)
        x = box[x].parent;
    return x != k->box ? x : NO_BOX;
}

static void mark_teasers(struct finder *f)
{
    const struct box *box = f->b.box;
    uint64_t size = 0;

    for (uint32_t i = f->first_usual; i < f->last_usual; i++) {
        uint32_t x = teaser_box(f, i);

        size += x != NO_BOX ? box[x].size : 0;
    }
    /* A page that consists of them is a list of other pages. */
    if (size * TEASER_SHARE > box[f->main].prose)
        return;
    for (uint32_t i = f->first_usual; i < f->last_usual; i++) {
        uint32_t x = teaser_box(f, i);

        if (x != NO_BOX)
            for (uint32_t j = box[x].first; j < box[x].last; j++)
                f->b.block[j].label = LABEL_READ;
    }
}

/* ---- block by block --------------------------------------------------- */

static void drop(struct block *k, const char *why)
{
    k->kept = false;
    k->reason = why;
}

static void keep(struct block *k, const char *why)
{
    k->kept = true;
    k->reason = why;
}

static const struct {
    uint32_t hints;
    const char *why;
} out_reasons[] = {
    { HINT_COMMENT, "comments" },
    { HINT_RELATED, "other stories" },
    { HINT_NEWSLETTER, "newsletter box" },
    { HINT_COOKIE, "cookie banner" },
    { HINT_SHARE, "share bar" },
    { HINT_AD, "advertisement" },
    { HINT_BIO, "author's biography" },
    { HINT_TAGS, "list of tags" },
    { HINT_TOC, "table of contents" },
    { HINT_NAV, "navigation" },
    { HINT_FOOTER, "footer" },
    { HINT_SIDE, "beside the article" },
    { HINT_HIDDEN, "not shown" },
    { HINT_FORM, "form" },
    { HINT_MODAL, "dialog" },
    { HINT_PAYWALL, "paywall" },
};

static const char *out_reason(uint32_t hints)
{
    for (size_t i = 0; i < sizeof out_reasons / sizeof *out_reasons; i++)
        if (hints & out_reasons[i].hints)
            return out_reasons[i].why;
    return "furniture";
}

static const char *const label_reasons[LABEL_KINDS] = {
    [LABEL_AD] = "advertisement label",
    [LABEL_RELATED] = "announces other stories",
    [LABEL_COMMENTS] = "announces comments",
    [LABEL_SHARE] = "share bar",
    [LABEL_NEWSLETTER] = "newsletter box",
    [LABEL_TAGS] = "list of tags",
    [LABEL_APP] = "advertises an app",
    [LABEL_COOKIE] = "cookie banner",
    [LABEL_AUTHOR] = "announces the author",
    [LABEL_RIGHTS] = "copyright line",
    [LABEL_READ] = "points to another story",
    [LABEL_CONTROL] = "page control",
    [LABEL_TOC] = "table of contents",
    [LABEL_WALL] = "paywall",
    [LABEL_CREDIT] = "photo credit",
};

#define NEIGHBOURS 40u /* blocks that are looked at around one */

/* Prose in the same box and looks as block `k`: an element of the same kind
 * that is no link as a whole. */
static bool is_sibling(const struct finder *f, const struct block *k,
                       uint32_t i)
{
    const struct block *o = &f->b.block[i];

    return o->prose && o->box != k->box && !o->foreign &&
           f->b.box[o->box].sig == f->b.box[k->box].sig &&
           f->b.box[o->box].parent == f->b.box[k->box].parent;
}

static bool prose_above(const struct finder *f, const struct block *k)
{
    uint32_t i = f->b.box[k->box].first,
             end = i > NEIGHBOURS ? i - NEIGHBOURS : 0;

    while (i-- > end)
        if (is_sibling(f, k, i))
            return true;
    return false;
}

/* From block `i` on. */
static bool prose_below(const struct finder *f, const struct block *k,
                        uint32_t i)
{
    uint32_t end = f->b.box[f->main].last;

    end = end > i + NEIGHBOURS ? i + NEIGHBOURS : end;
    for (; i < end; i++)
        if (is_sibling(f, k, i))
            return true;
    return false;
}

static bool ends_in_colon(struct dtl_slice s)
{
    return s.len > 0 &&
           (s.ptr[s.len - 1] == ':' ||
            (s.len > 2 && memcmp(s.ptr + s.len - 3, "\xef\xbc\x9a", 3) == 0));
}

/* The list that block `k` is an item of, or NO_BOX. */
static uint32_t list_of(const struct finder *f, const struct block *k)
{
    uint32_t x = k->box;

    for (int up = 0; x != NO_BOX && up < 4; up++, x = f->b.box[x].parent)
        if (f->b.box[x].tag == DTL_TAG_UL || f->b.box[x].tag == DTL_TAG_OL)
            return x;
    return NO_BOX;
}

#define HEADLINE_SIZE                                      \
    35u /* letters of a link that is another story's title \
         */

/* A list of links that the text announces, or whose links are names. */
static bool list_of_text(const struct finder *f, uint32_t list)
{
    const struct blocks *b = &f->b;
    const struct box *x = &b->box[list];
    uint32_t i = x->first, n = x->last - x->first;
    bool names = x->linked < n * HEADLINE_SIZE;

    if (list == f->main || x->last > f->last_usual || i == 0 ||
        !b->block[i - 1].kept)
        return false;
    return ends_in_colon(block_text(b, &b->block[i - 1])) || names;
}

/* Nothing but links: a way to other pages, unless the text goes on around it.
 */
static bool only_links(const struct finder *f, const struct block *k)
{
    uint32_t list;

    if (k->role == DTL_BLOCK_HEADING || k->linked * 10 < k->size * 9 ||
        k->size >= 250 || k->linked == 0)
        return false;
    if (k->role == DTL_BLOCK_PARAGRAPH)
        return !((k->terminal || k->size < 25) && k->links < 2 &&
                 prose_above(f, k) && prose_below(f, k, f->b.box[k->box].last));
    list = k->role == DTL_BLOCK_ITEM ? list_of(f, k) : NO_BOX;
    return list == NO_BOX || !list_of_text(f, list);
}

/* An item of a list that consists of links, with a word or two between. */
static bool in_link_list(const struct finder *f, const struct block *k)
{
    uint32_t x =
        k->role == DTL_BLOCK_ITEM && !k->prose ? list_of(f, k) : NO_BOX;

    return x != NO_BOX && f->b.box[x].last - f->b.box[x].first > 1 &&
           f->b.box[x].linked * 10 >= f->b.box[x].size * 6 &&
           !list_of_text(f, x);
}

/* Between paragraphs of the story's usual looks. */
static bool amid_text(const struct finder *f, const struct block *k)
{
    uint32_t i = f->b.box[k->box].first;

    return i >= f->first_usual && i < f->last_usual;
}

#define MEDIA_BLOCKS 12u /* lines beside a picture or player, at most */

/* A line in a box of a picture or player amid the text, which holds none of
 * the text. */
static bool of_picture(const struct finder *f, const struct block *k)
{
    const struct box *box = f->b.box;
    uint32_t x = k->box;

    if (k->sig == f->usual || !amid_text(f, k) ||
        (k->role != DTL_BLOCK_PARAGRAPH && k->role != DTL_BLOCK_HEADING))
        return false;
    while (box[x].parent != NO_BOX && (box[box[x].parent].above & HINT_MEDIA))
        x = box[x].parent;
    if (box[x].last - box[x].first > MEDIA_BLOCKS)
        return false;
    for (uint32_t i = box[x].first; i < box[x].last; i++)
        if (is_usual(f, i))
            return false;
    return true;
}

/* Why a block inside the story's box is not part of the story, or NULL. */
static const char *inner_reason(const struct finder *f, const struct block *k)
{
    const struct box *x = &f->b.box[k->box];

    if (is_out(f, k))
        return out_reason(x->above);
    if (k->foreign)
        return k->reason;
    if (k->label != LABEL_NONE)
        return label_reasons[k->label];
    if (x->above & HINT_CAPTION)
        return caption_reason;
    if ((x->above & HINT_MEDIA) && of_picture(f, k))
        return caption_reason;
    if (k->role == DTL_BLOCK_CAPTION)
        return caption_reason;
    if (k->relative && !k->prose)
        return "time line";
    if (!k->prose && (x->above & HINT_META) && k->size < 200)
        return "byline";
    if (k->role == DTL_BLOCK_ROW)
        return NULL;
    if (only_links(f, k))
        return "only links";
    if (k->repeats > 1 || (k->repeats > 0 && k->sig != f->usual))
        return "said again";
    if (k->boilerplate)
        return "said on every page";
    if (in_link_list(f, k))
        return "list of links";
    return NULL;
}

/* Lines between the headline and the first paragraph: bylines, dates. */
static const char *opening_reason(const struct block *k)
{
    if (k->date || k->time_element)
        return "date line";
    if (!k->terminal && k->size < 60 && k->role != DTL_BLOCK_HEADING &&
        k->role != DTL_BLOCK_ITEM)
        return "before the text";
    return NULL;
}

/* Where the story's own text can begin: at the headline, or before it when
 * the text is under way there; then what was taken for the headline is the
 * title of a chapter, or the title said again. */
static uint32_t story_start(const struct finder *f)
{
    const struct box *x = &f->b.box[f->main];

    if (f->headline == NONE)
        return x->first;
    for (uint32_t i = x->first; i < x->last && i < f->headline; i++) {
        const struct block *k = &f->b.block[i];

        if (k->prose && k->role == DTL_BLOCK_PARAGRAPH && k->box != f->main &&
            inner_reason(f, k) == NULL && prose_below(f, k, f->headline))
            return i;
    }
    return f->headline;
}

static void decide_inside(struct finder *f)
{
    struct blocks *b = &f->b;
    const struct box *x = &b->box[f->main];
    uint32_t start = story_start(f);
    bool opened = false;

    for (uint32_t i = x->first; i < x->last; i++) {
        struct block *k = &b->block[i];
        const char *why = inner_reason(f, k);

        if (why == NULL && i < start)
            why = "before the headline";
        if (why == NULL && k->headline && !k->prose &&
            (!opened || k->exact_title))
            why = "the title";
        if (why == NULL && !opened && !k->prose)
            why = opening_reason(k);
        if (why != NULL) {
            drop(k, why);
            continue;
        }
        keep(k, k->prose ? "text of the story" : "within the story");
        opened = opened || k->prose;
    }
}

/* Below other stories the page's own goes on only in its usual looks. */
static void cut_after_others(struct finder *f)
{
    struct blocks *b = &f->b;
    const struct box *x = &b->box[f->main];
    uint32_t last = x->last, i;
    bool others = false;

    while (last > x->first &&
           !(b->block[last - 1].kept && b->block[last - 1].prose &&
             b->block[last - 1].sig == f->usual))
        last--;
    if (last == x->first)
        return;
    for (i = last; i < x->last; i++) {
        others = others || b->block[i].foreign;
        if (others && b->block[i].kept)
            drop(&b->block[i], "below other stories");
    }
}

/* What stands after the last prose is kept only if it can close a story. */
static void trim_end(struct finder *f)
{
    struct blocks *b = &f->b;
    uint32_t i = b->box[f->main].last;

    while (i-- > b->box[f->main].first) {
        struct block *k = &b->block[i];

        if (!k->kept)
            continue;
        if (k->prose ||
            (k->terminal && k->size >= 25 && k->role != DTL_BLOCK_HEADING))
            return;
        if (k->role == DTL_BLOCK_ITEM || k->role == DTL_BLOCK_ROW ||
            (k->size > 100 && k->linked * 3 < k->size) ||
            (k->role == DTL_BLOCK_PARAGRAPH && k->sig == f->usual))
            return;
        drop(k, "after the text");
    }
}

#define MAX_LEADS 6u

/* A lead that is marked up as a heading: sentences right below the headline. */
static bool is_standfirst(const struct finder *f, uint32_t i)
{
    const struct block *k = &f->b.block[i];

    return k->role == DTL_BLOCK_HEADING && i <= f->headline + 2 &&
           k->size >= 60 && k->lowers * 2 > k->words && k->linked == 0 &&
           !k->headline && (k->terminal || k->size >= 100);
}

/* The lead between headline and story box. */
static void join_neighbours(struct finder *f)
{
    struct blocks *b = &f->b;
    const struct box *x = &b->box[f->main];
    uint32_t others = 0;

    if (f->headline != NONE && f->headline < x->first)
        for (uint32_t i = f->headline + 1; i < x->first; i++) {
            struct block *k = &b->block[i];
            bool lead =
                (b->box[k->box].above & HINT_LEAD) != 0 && k->size >= 40;

            if (!(k->prose || lead || is_standfirst(f, i)) ||
                inner_reason(f, k) != NULL)
                continue;
            keep(k, "lead");
            others += !lead && k->sig != f->usual;
        }
    /* Many lines in other looks are a gallery's, or teasers. */
    for (uint32_t i = x->first; others > MAX_LEADS && i-- > f->headline;)
        if (b->block[i].kept && b->block[i].sig != f->usual &&
            (b->box[b->block[i].box].above & HINT_LEAD) == 0)
            drop(&b->block[i], "between title and text");
}

/* The names in the lines between headline and text. */
static void byline_words(const struct finder *f, struct words *out)
{
    const struct blocks *b = &f->b;
    uint32_t to = f->headline + 15 < b->nblocks ? f->headline + 15 : b->nblocks;

    out->n = 0;
    for (uint32_t i = f->headline + 1; i < to; i++) {
        struct words w;

        if (b->block[i].prose)
            return;
        if (b->block[i].size > 80 || b->block[i].headline ||
            is_out(f, &b->block[i]))
            continue;
        words_of(block_text(b, &b->block[i]), &w);
        for (uint32_t n = 0; n < w.n && out->n < MAX_WORDS; n++)
            out->hash[out->n++] = w.hash[n];
    }
}

static bool is_capital(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || c >= 0xc3;
}

static bool in_title(const struct finder *f, const struct words *w)
{
    for (uint32_t t = 0; t < f->ntitles; t++)
        if (words_common(w, &f->title[t]) > 0)
            return true;
    return false;
}

/* Two words with capitals, as names are. */
static bool opens_with_name(struct dtl_slice s)
{
    size_t blank;

    if (s.len > 0 && (s.ptr[0] == '*' || s.ptr[0] == '('))
        s = dtl_sub(s, 1, s.len);
    blank = dtl_find(s, dtl_str(" "), 0);
    return blank != SIZE_MAX && blank > 1 && blank + 1 < s.len &&
           is_capital(s.ptr[0]) && is_capital(s.ptr[blank + 1]);
}

/* "Anna Lind is a", "Anna Lind ist": what someone is, told in other looks than
 * the text. */
static bool tells_who(const struct finder *f, const struct block *k)
{
    static const char *const is[] = {
        " is a ",           " is an ",
        " is the ",         " ist Redakteur",
        " ist Journalist",  " ist freie",
        " ist Autor",       " ist Korrespondent",
        " ist Reporter",    " est journaliste",
        " es periodista",   " \xc3\xa8 giornalista",
        " jest dziennikar", " is journalist",
    };
    struct dtl_slice s = block_text(&f->b, k);

    if (k->sig == f->usual || k->role != DTL_BLOCK_PARAGRAPH)
        return false;
    s.len = s.len < 80 ? s.len : 80;
    for (size_t i = 0; i < sizeof is / sizeof *is; i++)
        if (dtl_find(s, dtl_str(is[i]), 0) < 50)
            return true;
    return false;
}

/* A last paragraph that begins with the name in the byline is about the
 * author: "Anna Lind is a reporter in Oslo." */
static void trim_biography(struct finder *f)
{
    struct blocks *b = &f->b;
    struct words byline = { .n = 0 };
    uint32_t seen = 0;

    if (f->headline != NONE)
        byline_words(f, &byline);
    for (uint32_t i = b->box[f->main].last;
         seen < 3 && i-- > b->box[f->main].first;) {
        struct block *k = &b->block[i];
        struct words w;

        if (!k->kept)
            continue;
        seen++;
        words_of(block_text(b, k), &w);
        w.n = w.n < 2 ? 0 : 2;
        if (k->size < 500 && w.n == 2 && opens_with_name(block_text(b, k)) &&
            (words_common(&w, &byline) == 2 || tells_who(f, k)) &&
            !in_title(f, &w))
            drop(k, "author's biography");
    }
}

#define SHOWN_LITTLE 250u
#define PLAIN_SHARE  10u
#define PARTS_SHARE  7u /* of twenty */

static bool is_plain(const struct finder *f, const struct block *k)
{
    return !is_out(f, k) && k->label == LABEL_NONE && !k->headline &&
           k->role != DTL_BLOCK_CAPTION && !k->foreign;
}

/* A page whose text nothing marks as such, or one of many parts of which the
 * best is the least: all that is not furniture. */
static void keep_something(struct finder *f)
{
    struct blocks *b = &f->b;
    uint64_t kept = 0, all = 0;
    bool any = false;

    for (uint32_t i = 0; i < b->nblocks; i++) {
        kept += b->block[i].kept ? b->block[i].size : 0;
        all += is_plain(f, &b->block[i]) ? b->block[i].size : 0;
    }
    if (kept < SHOWN_LITTLE
            ? kept * PLAIN_SHARE > all
            : kept * 20 > all * PARTS_SHARE || !pagetype_is_parts(f))
        return;
    for (uint32_t i = 0; i < b->nblocks; i++) {
        struct block *k = &b->block[i];

        if (is_plain(f, k))
            keep(k, "all there is"), any = true;
    }
    for (uint32_t i = 0; i < b->nblocks && !any; i++) {
        struct block *k = &b->block[i];
        uint32_t never = HINT_NAV | HINT_FOOTER | HINT_COOKIE | HINT_FORM;

        if (k->prose && !(b->box[k->box].above & never))
            keep(k, "all there is");
    }
}

/* ---- the result ------------------------------------------------------- */

static uint32_t row_of(const struct blocks *b, const struct block *k)
{
    uint32_t x = k->box;

    for (int up = 0; x != NO_BOX && up < 6; up++, x = b->box[x].parent)
        if (b->box[x].tag == DTL_TAG_TR)
            return x;
    return NO_BOX;
}

static bool is_caption(const struct block *k)
{
    return !k->kept && k->reason == caption_reason;
}

/* The picture shortly before a caption: within the same figure or a few
 * elements away. */
#define NEAR 40u

static struct dtl_slice caption_image(const struct finder *f,
                                      const struct block *k)
{
    static const char *const lazy[] = { "data-src", "data-lazy-src",
                                        "data-original" };
    struct dtl_slice src = { NULL, 0 };

    if (k->image == 0 || k->node - k->image > NEAR)
        return src;
    for (size_t i = 0; i < sizeof lazy / sizeof *lazy && src.len == 0; i++)
        src = dtl_node_attr_named(f->b.page, k->image, lazy[i]);
    return src.len > 0 ? src : dtl_node_attr(f->b.page, k->image, DTL_ATTR_SRC);
}

static void copy_block(const struct finder *f, const struct block *k,
                       struct dtl_block *o)
{
    memset(o, 0, sizeof *o);
    o->role = k->role;
    o->level = k->level;
    o->kept = k->kept;
    o->ordered = k->ordered;
    o->source = block_source(&f->b, k);
    o->source_end = block_source_end(&f->b, k);
    o->text = block_text(&f->b, k);
    o->markdown = o->text;
    o->reason = k->reason != NULL ? k->reason
                : is_out(f, k)    ? out_reason(f->b.box[k->box].above)
                                  : "outside the story";
    o->score = k->score;
    if (is_caption(k))
        o->role = DTL_BLOCK_CAPTION;
    if (o->role == DTL_BLOCK_CAPTION)
        o->image = caption_image(f, k);
}

/* Cells of one row become one block. */
static bool join_cell(const struct finder *f, const struct block *k,
                      struct dtl_block *o)
{
    struct dtl_slice s = block_text(&f->b, k);
    uint8_t *p = dtl_arena_alloc(f->b.arena, o->text.len + 3 + s.len);

    if (p == NULL)
        return false;
    memcpy(p, o->text.ptr, o->text.len);
    memcpy(p + o->text.len, " | ", 3);
    memcpy(p + o->text.len + 3, s.ptr, s.len);
    o->text = dtl_slice_of(p, o->text.len + 3 + s.len);
    o->markdown = o->text;
    o->source_end = block_source_end(&f->b, k);
    return true;
}

static bool make_text(struct finder *f, struct body_result *out)
{
    size_t n = 0;
    uint8_t *p;

    for (uint32_t i = 0; i < out->nblocks; i++)
        if (out->blocks[i].kept)
            n += out->blocks[i].text.len + 1;
    p = dtl_arena_alloc(f->b.arena, n + 1);
    if (p == NULL)
        return false;
    n = 0;
    for (uint32_t i = 0; i < out->nblocks; i++) {
        struct dtl_slice s = out->blocks[i].text;

        if (!out->blocks[i].kept)
            continue;
        if (n > 0)
            p[n++] = '\n';
        memcpy(p + n, s.ptr, s.len);
        n += s.len;
    }
    out->text = dtl_slice_of(p, n);
    return true;
}

#define REST_WORDS 6U /* a shorter line tells nothing */
#define REST_MOST  ((size_t)256 << 10)

/* What is told elsewhere on the page: a page that carries a story carries it,
 * even if the story is not its own. */
static bool is_rest(const struct block *k)
{
    return !k->kept && (k->prose || k->words >= REST_WORDS);
}

static bool make_rest(struct finder *f, struct body_result *out)
{
    const struct blocks *b = &f->b;
    struct dtl_slice s;
    size_t n = 0;
    uint8_t *p;

    for (uint32_t i = 0; i < b->nblocks; i++)
        n += is_rest(&b->block[i]) ? b->block[i].len + 1 : 0;
    if (n > REST_MOST)
        n = REST_MOST;
    p = dtl_arena_alloc(b->arena, n + 1);
    if (p == NULL)
        return false;
    n = 0;
    for (uint32_t i = 0; i < b->nblocks; i++) {
        if (!is_rest(&b->block[i]))
            continue;
        s = block_text(b, &b->block[i]);
        if (n + 1 + s.len > REST_MOST)
            break;
        if (n > 0)
            p[n++] = '\n';
        memcpy(p + n, s.ptr, s.len);
        n += s.len;
    }
    out->rest = dtl_slice_of(p, n);
    return true;
}

static bool make_result(struct finder *f, struct body_result *out)
{
    const struct blocks *b = &f->b;
    struct dtl_block *o;
    uint32_t n = 1, row = NO_BOX;

    for (uint32_t i = 0; i < b->nblocks; i++)
        n += f->in->explain || b->block[i].kept || is_caption(&b->block[i]);
    o = dtl_arena_alloc(b->arena, n * sizeof *o);
    n = 0;
    if (o == NULL)
        return false;
    for (uint32_t i = 0; i < b->nblocks; i++) {
        const struct block *k = &b->block[i];
        bool caption =
            !k->kept && k->reason != NULL && strcmp(k->reason, "caption") == 0;
        uint32_t r =
            k->kept && k->role == DTL_BLOCK_ROW ? row_of(b, k) : NO_BOX;

        if (!k->kept && !caption && !f->in->explain)
            continue;
        if (r != NO_BOX && r == row && n > 0 && o[n - 1].kept) {
            if (!join_cell(f, k, &o[n - 1]))
                return false;
            continue;
        }
        row = r;
        copy_block(f, k, &o[n++]);
        if (k->kept) {
            if (out->last == 0)
                out->first = k->node;
            out->last = k->node_end;
        }
    }
    out->blocks = o;
    out->nblocks = n;
    if (f->headline != NONE) {
        out->headline = b->block[f->headline].node;
        if (out->last != 0 && out->headline < out->first)
            out->first = out->headline;
    }
    return make_text(f, out) && make_rest(f, out);
}

/* Other stories and comments: not an aside or a form, which may well hold the
 * article's own date. */
static bool is_other(const struct finder *f, uint32_t i)
{
    const struct block *k = &f->b.block[i];

    if (k->kept)
        return false;
    if (f->b.box[k->box].above & (HINT_RELATED | HINT_COMMENT))
        return true;
    return k->foreign && strncmp(k->reason, "another story", 13) == 0;
}

/* Runs of blocks that are others'. */
static bool make_others(struct finder *f, struct body_result *out)
{
    const struct blocks *b = &f->b;
    struct body_range *o;
    uint32_t n = 0;

    for (uint32_t i = 0; i < b->nblocks; i++)
        n += is_other(f, i) && (i == 0 || !is_other(f, i - 1));
    o = dtl_arena_alloc(f->arena, (n + 1) * sizeof *o);
    if (o == NULL)
        return false;
    n = 0;
    for (uint32_t i = 0; i < b->nblocks; i++) {
        if (!is_other(f, i))
            continue;
        o[n].from = b->block[i].node;
        while (i + 1 < b->nblocks && is_other(f, i + 1))
            i++;
        o[n++].to = i + 1 < b->nblocks ? b->block[i + 1].node : b->page->nnodes;
    }
    out->others = o;
    out->nothers = n;
    return true;
}

/* ---- all of it -------------------------------------------------------- */

static int read_blocks(struct finder *f, enum blocks_read what,
                       struct dtl_error *err)
{
    int rc = blocks_make(f->in->page, f->classes, what, f->arena, &f->b, err);

    if (rc == DTL_OK)
        classify(f);
    return rc;
}

static bool shows_little(const struct finder *f)
{
    return f->b.nboxes > 0 && f->b.box[0].prose < SHOWN_LITTLE;
}

/* What <noscript> or a template holds, else what a script does. */
static int read_waiting(struct finder *f, struct dtl_error *err)
{
    int rc = read_blocks(f, BLOCKS_WAITING, err);

    if (rc != DTL_OK || !shows_little(f))
        return rc;
    f->data = state_body(f->in->page, f->arena);
    return read_blocks(f, BLOCKS_HIDDEN, err);
}

int body_find(const struct body_input *in, struct dtl_arena *arena,
              struct body_result *out, struct dtl_error *err)
{
    struct finder f = { .in = in, .arena = arena };
    int rc;

    memset(out, 0, sizeof *out);
    f.classes = in->classes;
    if (f.classes == NULL)
        f.classes = classes_new(in->page, arena);
    if (f.classes == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory in the body");
    f.data = in->json_body;
    rc = read_blocks(&f, BLOCKS_SHOWN, err);
    /* A page whose text waits for a script to show it. */
    if (rc == DTL_OK && shows_little(&f))
        rc = read_blocks(&f, BLOCKS_HIDDEN, err);
    if (rc == DTL_OK && shows_little(&f) && f.data.len == 0)
        rc = read_waiting(&f, err);
    if (rc != DTL_OK)
        return rc;
    blocks_trim(&f.b);
    for (uint32_t i = 0; i < in->ntitles; i++)
        titles_add(&f, in->titles[i]);
    find_headline(&f);
    settle_hints(&f);
    if (!stories_mark(&f))
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory in the body");
    if (pagetype_holds_many(&f))
        readmit_many(&f);
    weigh(&f);
    if (f.b.nboxes > 0) {
        find_main(&f);
        captions_mark(&f);
        find_usual(&f);
        mark_teasers(&f);
        boilerplate_mark(&f);
        decide_inside(&f);
        join_neighbours(&f);
        cut_after_others(&f);
        trim_end(&f);
        trim_biography(&f);
        keep_something(&f);
        if (!said_body_apply(&f))
            return dtl_fail(err, DTL_NOMEM, 0, "out of memory in the body");
    }
    if (!make_result(&f, out) || !make_others(&f, out))
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory in the body");
    if (said_body_use(&f, out))
        out->flags |= DTL_ARTICLE_FROM_JSON;
    pagetype_set(&f, out);
    return DTL_OK;
}

bool body_is_other(const struct body_result *out, uint32_t i)
{
    uint32_t lo = 0, hi = out->nothers;

    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;

        if (out->others[mid].to <= i)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < out->nothers && out->others[lo].from <= i;
}
