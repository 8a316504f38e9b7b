/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where another story begins.
 *
 * Pages that gather news carry the full text of other stories below, above or
 * between the one they are about.  No heading announces that reliably, so
 * evidence is added up at each line that could open a story: it looks like
 * the page's headline, a time or an outlet stands beside it, it is a link as
 * a whole, boxes of its shape repeat, a label before it says so.  From enough
 * of it, everything in the largest box that does not hold the page's own
 * opening is the other story's.
 */
#include "body_parts.h"

#define ENOUGH 3.0f

struct scan {
    struct finder *f;
    struct blocks *b;
    uint32_t anchor; /* block: headline, or the first prose */
    uint32_t opened; /* by this block the page's own story is under way */
    uint32_t own;    /* the last prose that is the page's own */
    uint32_t head_sig, meta_sig;
    bool head_plain; /* the headline's looks are a bare h2-h6's */
    bool live;       /* posts with times are the story */
    bool after_label;
    uint32_t list_sig; /* looks of the last box taken out, 0 none */
};

static bool live_page(const struct finder *f)
{
    const struct dtl_slice url = f->in->url;

    if (f->in->said_type == DTL_PAGE_LIVEBLOG)
        return true;
    return dtl_find(url, dtl_str("/live/"), 0) != SIZE_MAX ||
           dtl_find(url, dtl_str("liveblog"), 0) != SIZE_MAX ||
           dtl_find(url, dtl_str("live-updates"), 0) != SIZE_MAX ||
           dtl_find(url, dtl_str("liveticker"), 0) != SIZE_MAX;
}

/* Could this line be the title of a story? */
static bool title_like(const struct block *k)
{
    if (k->prose || k->size < 15 || k->size > 260 || k->relative)
        return false;
    if (k->label != LABEL_NONE || k->words < 3)
        return k->label == LABEL_NONE && k->size >= 15 &&
               k->role == DTL_BLOCK_HEADING;
    return true;
}

/* Stands out from running text: a heading, bold, a link, or a line alone. */
static bool stands_out(const struct block *k)
{
    return k->role == DTL_BLOCK_HEADING || k->timed || k->bold * 10 >= k->size * 9 ||
           (k->linked * 10 >= k->size * 9);
}

static bool outlet_like(const struct block *k)
{
    return !k->prose && k->size >= 2 && k->size <= 60 && k->words <= 8 &&
           !k->terminal;
}

/* The link of a block as a whole leads to another page. */
static bool leads_away(const struct scan *s, const struct block *k)
{
    struct dtl_slice href;

    if (k->href == 0 || k->linked * 10 < k->size * 9)
        return false;
    href = dtl_node_attr(s->b->page, k->href, DTL_ATTR_HREF);
    return href.len > 1 && href.ptr[0] != '#';
}

/* Evidence from the lines around a title: time and outlet. */
static float time_beside(const struct scan *s, uint32_t i)
{
    const struct blocks *b = s->b;
    float best = 0;
    uint32_t from = i > s->opened + 4 ? i - 4 : s->opened + 1;
    uint32_t to = i + 4 < b->nblocks ? i + 4 : b->nblocks;

    for (uint32_t j = from; j < to; j++) {
        const struct block *k = &b->block[j];
        float w = 0;

        if (k->prose || k->foreign) {
            if (j < i) {
                best = 0; /* that was about what stands before */
                continue;
            }
            break;
        }
        if (j > i && k->headline)
            break;
        if (k->relative || (k->timed && j == i))
            w = 2.5f;
        else if (k->date && k->role != DTL_BLOCK_HEADING)
            w = k->sig == s->meta_sig || k->time_element ? 1.5f : 0.8f;
        if (j != i && s->meta_sig != 0 && k->sig == s->meta_sig &&
            outlet_like(k) && w < 2)
            w += 1.0f;
        if (w > best)
            best = w;
    }
    return best;
}

static bool prose_follows(const struct scan *s, uint32_t i)
{
    const struct blocks *b = s->b;
    uint32_t to = i + 6 < b->nblocks ? i + 6 : b->nblocks;

    for (uint32_t j = i + 1; j < to; j++)
        if (b->block[j].prose)
            return true;
    return false;
}

/* "5. Another thing": a chapter of a list, not a title. */
static bool numbered(const struct scan *s, const struct block *k)
{
    struct dtl_slice t = block_text(s->b, k);
    size_t i = 0;

    while (i < t.len && t.ptr[i] >= '0' && t.ptr[i] <= '9')
        i++;
    return i > 0 && i < 4 && i < t.len &&
           (t.ptr[i] == '.' || t.ptr[i] == ')' || t.ptr[i] == ':');
}

static uint32_t own_box(const struct scan *s, uint32_t i);

static float evidence(const struct scan *s, uint32_t i)
{
    uint32_t own = own_box(s, i);
    const struct block *k = &s->b->block[i];
    float e = 0;

    if (!title_like(k))
        return 0;
    if (s->f->headline != NONE && k->sig == s->head_sig)
        e += s->head_plain ? 1.0f : 2.5f;
    if (k->role == DTL_BLOCK_HEADING && k->level == 1)
        e += 1.0f;
    if (!stands_out(k) && e == 0)
        return 0;
    e += time_beside(s, i);
    if (leads_away(s, k))
        e += 1.0f;
    if (s->after_label)
        e += 1.5f;
    if (prose_follows(s, i))
        e += 0.5f;
    if (s->b->box[k->box].above & HINT_CARD)
        e += 0.5f;
    if (own != NONE && s->list_sig != 0 && s->b->box[own].sig == s->list_sig)
        e += 2.0f;
    if (numbered(s, k))
        e -= 1.5f;
    return e;
}

/* A time line without a title: "Daily Mail - 6 minutes ago". */
static float time_evidence(const struct scan *s, uint32_t i)
{
    const struct block *k = &s->b->block[i];
    float e;

    if (k->prose || !k->relative || s->live)
        return 0;
    e = 2.0f + (s->after_label ? 1.0f : 0);
    if (prose_follows(s, i))
        e += 1.0f;
    if (i > s->opened + 1 && title_like(&s->b->block[i - 1]))
        e += 1.0f;
    return e;
}

/* The largest box around block `i` that holds nothing of the own story. */
static uint32_t own_box(const struct scan *s, uint32_t i)
{
    const struct blocks *b = s->b;
    uint32_t x = b->block[i].box;

    if (b->box[x].first <= s->own)
        return NONE;
    while (b->box[x].parent != NO_BOX &&
           b->box[b->box[x].parent].first > s->own)
        x = b->box[x].parent;
    return x;
}

static uint32_t mark(struct scan *s, uint32_t from, uint32_t to)
{
    for (uint32_t j = from; j < to; j++)
        s->b->block[j].foreign = true, s->b->block[j].reason = "another story";
    return to;
}

/* Is the title the only thing its box says: the other story goes on after
 * it?  Several titles without prose are a list of stories, and complete. */
static bool box_is_line(const struct scan *s, uint32_t x)
{
    const struct box *o = &s->b->box[x];
    uint32_t titles = 0;

    for (uint32_t i = o->first; i < o->last && titles < 2; i++)
        titles += title_like(&s->b->block[i]);
    return o->prose == 0 && titles < 2;
}

/* From a line that opens another story to that story's end; `i` itself when
 * the evidence `e` does not bear what that would take. */
static uint32_t take_out(struct scan *s, uint32_t i, float e)
{
    struct blocks *b = s->b;
    uint32_t x = own_box(s, i), from = i, to;

    if ((x == NONE || box_is_line(s, x)) && e < ENOUGH + 1.0f)
        return i;

    if (x == NONE) {
        to = b->box[b->block[i].box].last;
    } else if (box_is_line(s, x)) {
        uint32_t up = b->box[x].parent;

        from = b->box[x].first < i ? b->box[x].first : i;
        to = up != NO_BOX ? b->box[up].last : b->nblocks;
    } else {
        from = b->box[x].first;
        to = b->box[x].last;
        s->list_sig = b->box[x].sig;
    }
    /* Title and outlet lines just before belong to it too. */
    while (from > s->opened + 1 && !b->block[from - 1].prose &&
           !b->block[from - 1].foreign && b->block[from - 1].size < 200 &&
           !b->block[from - 1].terminal && i - from < 4)
        from--;
    return mark(s, from, to > i ? to : i + 1);
}

/* The block by which the page's own story is under way: nothing before it is
 * taken for another's title.  NONE when that never happens. */
static uint32_t opening(const struct finder *f, uint32_t i)
{
    uint32_t size = 0;

    for (; i < f->b.nblocks; i++) {
        const struct block *k = &f->b.block[i];

        if (!k->prose || (f->b.box[k->box].above & HINT_OUT))
            continue;
        size += k->size;
        if (size >= 300)
            return i;
    }
    return NONE;
}

void stories_mark(struct finder *f)
{
    struct scan s = { .f = f, .b = &f->b };
    struct blocks *b = &f->b;
    uint32_t i = f->headline != NONE ? f->headline + 1 : 0;

    s.live = live_page(f);
    i = opening(f, i);
    if (i == NONE)
        return;
    s.opened = i;
    s.own = i;
    s.anchor = f->headline != NONE ? f->headline : i;
    if (f->headline != NONE) {
        const struct block *h = &b->block[f->headline];

        s.head_sig = h->sig;
        s.head_plain =
            h->role == DTL_BLOCK_HEADING && h->level > 1 &&
            dtl_node_attr(b->page, b->box[h->box].node, DTL_ATTR_CLASS).len ==
                0;
        for (uint32_t j = f->headline + 1; j < s.opened; j++)
            if (b->block[j].date || b->block[j].relative ||
                outlet_like(&b->block[j])) {
                s.meta_sig = b->block[j].sig;
                break;
            }
    }
    for (i = s.opened + 1; i < b->nblocks;) {
        const struct block *k = &b->block[i];

        if (k->label == LABEL_RELATED)
            s.after_label = true;
        else if (k->prose && !k->foreign)
            s.after_label = false;
        if (!k->headline && !s.live) {
            float e = evidence(&s, i), t = time_evidence(&s, i);
            uint32_t to = i;

            if (t > e)
                e = t;
            if (e >= ENOUGH)
                to = take_out(&s, i, e);
            if (to != i) {
                b->block[i].reason = "another story opens";
                i = to;
                continue;
            }
        }
        if (k->prose && !(b->box[k->box].above & HINT_OUT)) {
            s.own = i;
            s.list_sig = 0;
        }
        i++;
    }
}
