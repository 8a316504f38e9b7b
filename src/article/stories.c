/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where another story begins.
 *
 * Pages that gather news carry the full text of other stories below, above or
 * between the one they are about.  No heading announces that reliably, so
 * evidence is added up at each line that could open a story: it looks like
 * the page's headline, a time or an outlet stands beside it, it is a link as
 * a whole, its box looks like the box of the page's own story or like its
 * neighbours, a label before it says so, and above all: what follows speaks
 * of other things than the story so far.  From enough of it, everything in
 * the largest box that holds nothing of the own story is the other story's.
 */
#include "stories.h"

#define ENOUGH 3.0f
/* Log-odds from which a line opens another story: most lines do not. */
#define ALONE  -0.35f
#define BETTER 0.75f /* what a later gap shows more */
#define AGAIN  -3.0f /* once one did, others that look like it */

static bool live_page(const struct finder *f)
{
    static const char *const marks[] = { "/live/",     "liveblog",
                                         "live-blog",  "live-updates",
                                         "liveticker", "live-ticker",
                                         "/en-direct", "/minuto-a-minuto" };

    if (f->in->said_type == DTL_PAGE_LIVEBLOG)
        return true;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (dtl_find(f->in->url, dtl_str(marks[i]), 0) != SIZE_MAX)
            return true;
    return false;
}

/* Could this line be the title of a story? */
bool story_title_like(const struct block *k)
{
    if (k->prose || k->size < 15 || k->size > 260 || k->relative ||
        k->label != LABEL_NONE || k->role == DTL_BLOCK_ROW ||
        k->role == DTL_BLOCK_CAPTION)
        return false;
    return k->words >= 3 || k->role == DTL_BLOCK_HEADING ||
           k->size >= k->words * 12;
}

/* Stands out from running text: a heading, bold, a link. */
bool story_stands_out(const struct block *k)
{
    return k->role == DTL_BLOCK_HEADING || k->timed ||
           k->bold * 10 >= k->size * 9 || k->linked * 10 >= k->size * 9;
}

bool story_outlet_like(const struct block *k)
{
    return !k->prose && k->size >= 2 && k->size <= 60 && k->words <= 8 &&
           !k->terminal;
}

/* The link of a block as a whole leads to another page. */
bool story_leads_away(const struct scan *s, const struct block *k)
{
    struct dtl_slice href;

    if (k->href == 0 || k->linked * 10 < k->size * 9)
        return false;
    href = dtl_node_attr(s->b->page, k->href, DTL_ATTR_HREF);
    return href.len > 1 && href.ptr[0] != '#';
}

/* "5. Another thing": a chapter of a list, not a title. */
bool story_numbered(const struct scan *s, const struct block *k)
{
    struct dtl_slice t = block_text(s->b, k);
    size_t i = 0;

    while (i < t.len && t.ptr[i] >= '0' && t.ptr[i] <= '9')
        i++;
    return i > 0 && i < 4 && i < t.len &&
           (t.ptr[i] == '.' || t.ptr[i] == ')' || t.ptr[i] == ':');
}

/* ---- what stands around a line ---------------------------------------- */

static float time_weight(const struct scan *s, uint32_t i, uint32_t j)
{
    const struct block *k = &s->b->block[j];
    float w = 0;

    if (k->relative || (k->timed && j == i))
        w = 2.5f;
    else if (k->date && k->role != DTL_BLOCK_HEADING)
        w = k->sig == s->meta_sig || k->time_element ? 1.5f : 0.8f;
    if (j != i && s->meta_sig != 0 && k->sig == s->meta_sig &&
        story_outlet_like(k) && w < 2)
        w += 1.0f;
    return w;
}

/* Evidence from the lines around a title: time and outlet. */
float story_time_beside(const struct scan *s, uint32_t i)
{
    const struct blocks *b = s->b;
    float best = 0;
    uint32_t from = i > s->opened + 4 ? i - 4 : s->opened + 1;
    uint32_t to = i + 4 < b->nblocks ? i + 4 : b->nblocks;

    for (uint32_t j = from; j < to; j++) {
        const struct block *k = &b->block[j];
        float w;

        if (k->prose || k->foreign) {
            if (j > i)
                break;
            best = 0; /* that was about what stands before */
            continue;
        }
        if (j > i && k->headline)
            break;
        w = time_weight(s, i, j);
        if (w > best)
            best = w;
    }
    return best;
}

uint32_t story_next_prose(const struct scan *s, uint32_t i)
{
    uint32_t to = i + 6 < s->b->nblocks ? i + 6 : s->b->nblocks;

    for (uint32_t j = i + 1; j < to; j++)
        if (s->b->block[j].prose)
            return j;
    return NONE;
}

static bool prose_follows(const struct scan *s, uint32_t i)
{
    return story_next_prose(s, i) != NONE;
}

uint32_t story_box_after(const struct blocks *b, uint32_t i, uint32_t last)
{
    uint32_t x = b->block[i].box;

    if (b->box[x].first <= last)
        return NONE;
    while (b->box[x].parent != NO_BOX && b->box[b->box[x].parent].first > last)
        x = b->box[x].parent;
    return x;
}

uint32_t story_own_box(const struct scan *s, uint32_t i)
{
    return story_box_after(s->b, i, s->own);
}

#define STORY  500u /* letters: more than a teaser */
#define TEASER 400u

bool story_opens(const struct scan *s, uint32_t x, uint32_t i)
{
    uint32_t j = s->b->box[x].first;

    if (j == i)
        return true;
    if (j > i || i - j > 3 || s->b->box[x].prose < STORY ||
        !story_title_like(&s->b->block[i]))
        return false;
    while (j < i && !s->b->block[j].prose && s->b->block[j].size < 60)
        j++;
    return j == i;
}

/* ---- what a stretch of text speaks of --------------------------------- */

#define AS_OWN     1.0f
#define READ_AHEAD 1500u /* letters */
#define MAX_AHEAD  60u   /* blocks */
#define POOL       2048u /* words */

/* A story that has said less has named little it could come back to. */
#define TOLD_LITTLE 40u

/* Read `text` into the pool; what is left of that is for the next. */
struct said story_read_words(struct scan *s, struct dtl_slice text)
{
    uint32_t need = (uint32_t)(text.len / 2 + 1);
    struct said w = { NULL, 0, 0 };

    if (need > s->pool_left) {
        uint32_t size = need > POOL ? need : POOL;

        s->pool = dtl_arena_alloc(s->b->arena, size * sizeof *s->pool);
        s->pool_left = s->pool != NULL ? size : 0;
        if (s->pool == NULL) {
            s->failed = true;
            return w;
        }
    }
    w.word = s->pool;
    w.n = subject_read(text, s->pool);
    s->pool += w.n;
    s->pool_left -= w.n;
    return w;
}

struct said story_said(struct scan *s, uint32_t i)
{
    struct dtl_slice t = block_text(s->b, &s->b->block[i]);
    struct said *w = &s->said[i];

    if (w->word != NULL)
        return *w;
    *w = story_read_words(s, t);
    w->start = w->n;
    if (t.len > READ_AHEAD) {
        uint16_t word[READ_AHEAD / 2 + 1];
        uint32_t n = subject_read(dtl_sub(t, 0, READ_AHEAD), word);

        w->start = n < w->n ? n : w->n;
    }
    return *w;
}

/* Count the subject words of block `i` in *words, known ones in *known. */
void story_compare(struct scan *s, uint32_t i, uint32_t *words, uint32_t *known)
{
    struct said w = story_said(s, i);

    *words += w.n;
    *known += subject_known(s->subject, w.word, w.n);
}

/* The same for what a longer block begins with. */
void story_compare_start(struct scan *s, uint32_t i, uint32_t *words,
                         uint32_t *known)
{
    struct said w = story_said(s, i);

    *words += w.start;
    *known += subject_known(s->subject, w.word, w.start);
}

uint32_t story_echo(struct scan *s, uint32_t i, uint32_t from, bool *fresh)
{
    struct said t = story_said(s, i);
    uint32_t back = 0;

    *fresh = false;
    for (uint32_t n = 0; n < t.n && back < 3; n++) {
        bool found = false;

        if (subject_known(s->subject, t.word + n, 1))
            continue;
        *fresh = true;
        for (uint32_t j = from, seen = 0;
             j < s->b->nblocks && seen < 6 && !found; j++) {
            struct said p;

            if (!s->b->block[j].prose)
                continue;
            seen++;
            p = story_said(s, j);
            for (uint32_t m = 0; m < p.n && !found; m++)
                found = p.word[m] == t.word[n];
        }
        back += found;
    }
    return back;
}

bool story_looks_new(const struct scan *s, uint32_t i)
{
    uint32_t j = s->f->headline != NONE ? s->f->headline + 1 : 0;

    while (j < i && s->b->block[j].sig != s->b->block[i].sig)
        j++;
    return j == i;
}

struct said story_page_title(struct scan *s)
{
    if (s->title.word == NULL && s->f->in->ntitles > 0)
        s->title = story_read_words(s, s->f->in->titles[0]);
    if (s->title.n > 64)
        s->title.n = 64;
    return s->title;
}

/* A story that wanders has stretches in which little is said again. */
#define STRETCH 60u /* words */

static void read_told(struct scan *s, uint32_t i)
{
    uint32_t words = 0, known = 0;
    float share;

    story_compare(s, i, &words, &known);
    s->told += words;
    s->told_known += known;
    if (s->subject->words <= 120)
        return;
    s->stretch_words += words;
    s->stretch_known += known;
    if (s->stretch_words < STRETCH)
        return;
    share = (float)s->stretch_known / (float)s->stretch_words;
    if (s->stretches++ == 0 || share < s->low)
        s->low = share;
    s->stretch_words = s->stretch_known = 0;
}

/* Read the own story up to block `i` into the subject. */
void story_read_own(struct scan *s, uint32_t i)
{
    for (; s->read < i; s->read++) {
        const struct block *k = &s->b->block[s->read];

        if (!k->foreign &&
            (k->prose || k->headline || k->role == DTL_BLOCK_HEADING) &&
            s->subject->words < SUBJECT_BITS / 4) {
            if (s->subject->words >= TOLD_LITTLE)
                read_told(s, s->read);
            subject_add(s->subject, story_said(s, s->read).word,
                        story_said(s, s->read).n);
        }
    }
}

/* Evidence from the text in blocks [i, to): does it go on with the story? */
static float subject_weight(struct scan *s, uint32_t i, uint32_t to)
{
    const struct blocks *b = s->b;
    uint32_t words = 0, known = 0, size = 0;
    float share, sure;

    story_read_own(s, i);
    for (uint32_t j = i; j < to && j - i < MAX_AHEAD && size < READ_AHEAD;
         j++) {
        const struct block *k = &b->block[j];

        if (!k->prose && k->role != DTL_BLOCK_HEADING && !story_title_like(k))
            continue;
        if (j > i && k->sig == b->block[i].sig && !k->prose)
            break; /* the next of its kind */
        story_compare_start(s, j, &words, &known);
        size += k->size;
    }
    if (words < 10 || s->subject->words < 30)
        return 0;
    share = (float)known / (float)words;
    /* A story that has said little yet cannot have named its subject. */
    sure = s->subject->words < 150 ? (float)s->subject->words / 150 : 1;
    if (share < 0.10f)
        return 2.0f * sure;
    if (share < 0.18f)
        return 1.0f * sure;
    if (share > 0.55f)
        return -3.0f;
    return share > 0.42f ? -1.5f : 0;
}

/* ---- evidence --------------------------------------------------------- */

/* "LONDON (AP) -", "June 8 (Reuters) -": how agencies open a story. */
static bool agency_line(const struct scan *s, const struct block *k)
{
    struct dtl_slice t = block_text(s->b, k);
    size_t close;

    t.len = t.len < 70 ? t.len : 70;
    close = dtl_find(t, dtl_str(")"), 0);
    if (close == SIZE_MAX || close < 4)
        return false;
    t = dtl_sub(t, close, close + 6);
    return dtl_starts(t, ") -") || dtl_starts(t, ") –") || dtl_starts(t, ") —");
}

bool story_agency_opening(const struct scan *s, const struct block *k)
{
    return k->prose && agency_line(s, k);
}

bool story_rule_before(const struct scan *s, uint32_t i)
{
    const struct dtl_page *p = s->b->page;
    uint32_t to = s->b->block[i].node;
    uint32_t from = i > 0 ? s->b->block[i - 1].node_end : 0;

    from = to - from > 40 ? to - 40 : from;
    for (uint32_t n = from; n < to; n++)
        if (p->nodes[n].kind == DTL_NODE_ELEMENT &&
            p->nodes[n].tag == DTL_TAG_HR)
            return true;
    return false;
}

/* The box that holds the own story's last prose, beside box `x`. */
static uint32_t beside(const struct scan *s, uint32_t x)
{
    const struct blocks *b = s->b;
    uint32_t y = b->block[s->own].box;

    while (b->box[y].parent != NO_BOX && b->box[y].parent != b->box[x].parent)
        y = b->box[y].parent;
    return b->box[y].parent == b->box[x].parent ? y : NONE;
}

bool story_like_neighbour(const struct blocks *b, uint32_t x)
{
    uint32_t p = b->box[x].prev, n = b->box[x].next;

    if (p != NO_BOX && b->box[p].sig == b->box[x].sig && b->box[p].prose > 0)
        return true;
    return n < b->nboxes && b->box[n].parent == b->box[x].parent &&
           b->box[n].sig == b->box[x].sig && b->box[n].prose > 0;
}

/* A card: picture, title and teaser all lead to one other page. */
static bool one_destination(const struct scan *s, uint32_t x)
{
    const struct box *o = &s->b->box[x];
    struct dtl_slice first = { NULL, 0 };
    uint32_t links = 0;

    if (o->size > 700)
        return false;
    for (uint32_t n = o->node; n < o->end; n++) {
        const struct dtl_node *d = &s->b->page->nodes[n];
        struct dtl_slice href;

        if (d->kind != DTL_NODE_ELEMENT || d->tag != DTL_TAG_A)
            continue;
        href = dtl_node_attr(s->b->page, n, DTL_ATTR_HREF);
        if (href.len < 2 || href.ptr[0] == '#')
            continue;
        if (links++ == 0)
            first = href;
        else if (!dtl_equal(first, href))
            return false;
    }
    return links > 1 || (links == 1 && o->linked * 2 > o->size);
}

/* Evidence from box `x`, which block `i` opens. */
static float box_evidence(struct scan *s, uint32_t x)
{
    const struct blocks *b = s->b;
    const struct box *o = &b->box[x];
    uint32_t y = beside(s, x);
    float e = 0;

    if (o->size < 400 && one_destination(s, x))
        e += 1.2f;
    if (o->prose < 100)
        return e;
    if (y != NONE && b->box[y].sig == o->sig && s->f->headline != NONE &&
        b->box[y].first <= s->f->headline &&
        b->box[y].last - b->box[y].first > 1)
        e += 2.0f;
    if (s->list_sig != 0 && o->sig == s->list_sig)
        e += 2.0f;
    else if (story_like_neighbour(b, x) &&
             (y == NONE || b->box[y].sig != o->sig))
        e += 0.7f;
    return e;
}

/* Markup that sets a whole apart: an article within or beside the page's own,
 * a panel that is shown by itself. */
static bool set_apart(const struct scan *s, uint32_t i)
{
    const struct blocks *b = s->b;
    uint32_t top = story_own_box(s, i), x = b->block[i].box;

    if (top == NONE)
        return false;
    for (;; x = b->box[x].parent) {
        const struct box *o = &b->box[x];

        if (o->first != i || o->first <= s->own)
            return false;
        if (o->prose >= STORY &&
            (o->tag == DTL_TAG_ARTICLE || o->tag == DTL_TAG_DETAILS ||
             dtl_equal(dtl_node_attr(b->page, o->node, DTL_ATTR_ROLE),
                       dtl_str("tabpanel"))))
            return true;
        if (x == top)
            return false;
    }
}

static float title_evidence(const struct scan *s, uint32_t i)
{
    const struct block *k = &s->b->block[i];
    uint32_t prose;
    float e = 0;

    if (!story_title_like(k))
        return 0;
    if (s->f->headline != NONE && k->sig == s->head_sig)
        e += s->head_weight;
    else if (k->role == DTL_BLOCK_HEADING && k->level == 1)
        e += 0.5f;
    if (!story_stands_out(k) && e == 0)
        return 0;
    e += story_time_beside(s, i);
    if (story_leads_away(s, k))
        e += 1.0f;
    prose = story_next_prose(s, i);
    if (prose != NONE)
        e += story_agency_opening(s, &s->b->block[prose]) ? 3.0f : 0.5f;
    if (story_numbered(s, k))
        e -= 1.5f;
    return e;
}

/* A time line without a title: "Daily Mail - 6 minutes ago". */
static float time_evidence(const struct scan *s, uint32_t i)
{
    const struct block *k = &s->b->block[i];
    float e;

    if (k->prose)
        return 0;
    if (!k->relative)
        return s->meta_sig != 0 && k->sig == s->meta_sig &&
                       story_outlet_like(k) && k->label == LABEL_NONE
                   ? 1.0f
                   : 0;
    e = 2.0f;
    if (prose_follows(s, i))
        e += 1.0f;
    if (i > s->opened + 1 && story_title_like(&s->b->block[i - 1]))
        e += 1.0f;
    return e;
}

/* A story poured into one block, where the page's own has paragraphs. */
static bool whole_story(const struct scan *s, const struct block *k)
{
    return k->prose && k->size > 1200 && s->own_blocks > 2 &&
           k->size > 4 * (s->own_size / s->own_blocks);
}

/* A rule, and an agency's "PARIS (Reuters) -" after it. */
static bool wire_opens(const struct scan *s, uint32_t i)
{
    return agency_line(s, &s->b->block[i]) && story_rule_before(s, i);
}

static float evidence(struct scan *s, uint32_t i)
{
    const struct blocks *b = s->b;
    const struct block *k = &b->block[i];
    uint32_t x = story_own_box(s, i);
    float e = title_evidence(s, i), t = time_evidence(s, i);
    bool opens_box = x != NONE && story_opens(s, x, i);

    if (t > e)
        e = t;
    if (opens_box)
        e += box_evidence(s, x);
    if (wire_opens(s, i))
        e += ENOUGH + 1;
    if (story_title_like(k) && set_apart(s, i))
        e = e > 0.5f ? e + 2.0f : 2.5f;
    if (e == 0 && !(opens_box && b->box[x].prose >= 250 && k->sig != s->usual))
        return 0;
    if (s->after_label)
        e += 1.5f;
    if (opens_box && b->box[x].first < i &&
        b->block[b->box[x].first].label == LABEL_RELATED)
        e += 2.0f; /* a box that says so itself */
    if (whole_story(s, k))
        e += 1.0f;
    if (b->box[k->box].above & HINT_CARD)
        e += 0.5f;
    if (e >= ENOUGH + 3 || e + 2.0f < ENOUGH)
        return e; /* whatever the text speaks of */
    return e + subject_weight(s, i,
                              opens_box && b->box[x].prose > 0 ? b->box[x].last
                                                               : b->nblocks);
}

/* ---- taking out ------------------------------------------------------- */

static void mark(struct scan *s, uint32_t from, uint32_t to)
{
    for (uint32_t j = from; j < to; j++) {
        s->b->block[j].foreign = true;
        s->b->block[j].reason = "another story";
    }
}

/* Is the title all its box says, perhaps with outlet and time: the other
 * story goes on after it?  Several titles in equal looks without prose are a
 * list of stories, and complete. */
static bool box_is_line(const struct scan *s, uint32_t x)
{
    const struct box *o = &s->b->box[x];
    const struct block *first = NULL;
    uint32_t titles = 0;

    for (uint32_t i = o->first; i < o->last && titles < 2; i++) {
        const struct block *k = &s->b->block[i];

        if (!story_title_like(k) || (first != NULL && k->sig != first->sig))
            continue;
        first = k;
        titles++;
    }
    return o->prose == 0 && titles < 2;
}

static void count_taken(struct scan *s, uint32_t x)
{
    const struct box *o = &s->b->box[x];

    for (uint32_t i = 0; i < s->nlists; i++)
        if (s->list[i].parent == o->parent && s->list[i].sig == o->sig) {
            s->list[i].taken++;
            return;
        }
    if (s->nlists < MAX_LISTS)
        s->list[s->nlists++] = (struct list){ o->parent, o->sig, 1 };
}

/* Does the text from block `i` on speak of what the own story does, as much as
 * that itself? */
static bool speaks_of_own(struct scan *s, uint32_t i, uint32_t to)
{
    uint32_t words = 0, known = 0, size = 0;

    for (uint32_t j = i; j < to && j - i < MAX_AHEAD && size < READ_AHEAD;
         j++) {
        const struct block *k = &s->b->block[j];

        if (j > i && k->role == DTL_BLOCK_HEADING)
            break;
        if (!k->prose && j > i)
            continue;
        story_compare_start(s, j, &words, &known);
        size += k->size;
    }
    return words >= 20 && s->told > 0 &&
           (float)known / (float)words >=
               AS_OWN * (float)s->told_known / (float)s->told;
}

/* In flat text the own story may go on: at a heading that looks like its
 * earlier ones, over text on its subject. */
static uint32_t own_again(struct scan *s, uint32_t i, uint32_t to)
{
    for (uint32_t j = i + 1; j < to; j++) {
        const struct block *k = &s->b->block[j];

        if (k->role == DTL_BLOCK_HEADING && k->sig == s->chapter_sig &&
            k->sig != s->b->block[i].sig && speaks_of_own(s, j, to))
            return j;
    }
    return to;
}

/* Is block `i` all that its box holds? */
static bool only_block(const struct scan *s, uint32_t x, uint32_t i)
{
    return s->b->box[x].first == i && s->b->box[x].last == i + 1 &&
           s->b->box[x].parent != NO_BOX;
}

static uint32_t prose_size(const struct blocks *b, uint32_t from, uint32_t to)
{
    uint32_t n = 0;

    for (uint32_t i = from; i < to; i++)
        n += b->block[i].prose ? b->block[i].size : 0;
    return n;
}

/* From a line that opens another story to that story's end; `i` itself when
 * the evidence `e` does not bear what that would take. */
static uint32_t take_out(struct scan *s, uint32_t i, float e)
{
    struct blocks *b = s->b;
    uint32_t x = story_own_box(s, i), from = i, to;

    if ((x == NONE || box_is_line(s, x)) && e < ENOUGH + 1.0f)
        return i;
    if (x != NONE && only_block(s, x, i) && story_rule_before(s, i))
        x = b->box[x].parent;
    if (x == NONE || b->box[x].first <= s->own) {
        to = own_again(s, i, b->box[x != NONE ? x : b->block[i].box].last);
    } else if (box_is_line(s, x)) {
        uint32_t up = b->box[x].parent;

        from = b->box[x].first < i ? b->box[x].first : i;
        to = own_again(s, i, up != NO_BOX ? b->box[up].last : b->nblocks);
    } else {
        from = b->box[x].first;
        to = b->box[x].last;
        s->list_sig = b->box[x].sig;
        count_taken(s, x);
    }
    /* Title and outlet lines just before belong to it too. */
    while (from > s->own + 1 && !b->block[from - 1].prose &&
           !b->block[from - 1].foreign && b->block[from - 1].size < 200 &&
           !b->block[from - 1].terminal && i - from < 4)
        from--;
    if (to <= i)
        to = i + 1;
    mark(s, from, to);
    b->block[i].reason = "another story opens";
    s->taken = s->taken || prose_size(b, from, to) >= TEASER;
    return to;
}

/* Lines of the own story may stand before those that open another. */
static uint32_t opener_from(const struct scan *s, const struct gap *g)
{
    const struct blocks *b = s->b;
    uint32_t from = g->title != NONE ? g->title : g->prose;

    if (g->meta != NONE && g->meta < from)
        from = g->meta;
    while (from > g->first && from > s->own + 1) {
        const struct block *k = &b->block[from - 1];

        if (k->prose || k->foreign || k->terminal || k->size >= 200 ||
            (k->label == LABEL_NONE && !story_stands_out(k) &&
             (k->sig == s->usual || k->role == DTL_BLOCK_ITEM)))
            break;
        from--;
    }
    return from;
}

/* What a gap opens: the box that holds title and text, or all that follows. */
static uint32_t take_gap(struct scan *s, const struct gap *g)
{
    struct blocks *b = s->b;
    uint32_t x = story_own_box(s, g->prose), from = opener_from(s, g), to;

    if (x != NONE && b->box[x].first <= from) {
        from = b->box[x].first;
        to = b->box[x].last;
        s->list_sig = b->box[x].sig;
        count_taken(s, x);
    } else {
        uint32_t up = x == NONE                    ? b->block[g->prose].box
                      : b->box[x].parent != NO_BOX ? b->box[x].parent
                                                   : 0;
        to = own_again(s, g->prose, b->box[up].last);
    }
    mark(s, from, to);
    b->block[g->prose].reason = "another story";
    b->block[from].reason = "another story opens";
    s->taken = true;
    return to;
}

/* Labels that speak for the whole box they open. */
static const struct {
    uint8_t label;
    const char *why;
} boxed[] = {
    { LABEL_APP, "advertises an app" }, { LABEL_NEWSLETTER, "newsletter box" },
    { LABEL_COOKIE, "cookie banner" },  { LABEL_AUTHOR, "about the author" },
    { LABEL_COMMENTS, "comments" },     { LABEL_TOC, "table of contents" },
    { LABEL_SHARE, "share bar" },
};

static bool holds_usual(const struct scan *s, uint32_t from, uint32_t to)
{
    for (uint32_t j = from; j < to; j++)
        if (s->b->block[j].prose && s->b->block[j].sig == s->usual)
            return true;
    return false;
}

/* Take out the box a label opens; comments also when they follow it flat. */
static uint32_t take_out_labelled(struct scan *s, uint32_t i)
{
    struct blocks *b = s->b;
    uint8_t label = b->block[i].label;
    uint32_t x = story_own_box(s, i), to;
    const char *why = NULL;

    for (size_t n = 0; n < sizeof boxed / sizeof *boxed; n++)
        if (boxed[n].label == label)
            why = boxed[n].why;
    if (why == NULL || x == NONE || b->box[x].first + 1 < i)
        return i;
    to = b->box[x].last;
    if (to <= i + 1 && label == LABEL_COMMENTS && b->box[x].parent != NO_BOX)
        to = b->box[b->box[x].parent].last;
    if (to <= i + 1 || holds_usual(s, i, to))
        return i;
    mark(s, b->box[x].first, to);
    for (uint32_t j = b->box[x].first; j < to; j++)
        b->block[j].reason = why;
    return to;
}

/* ---- the scan --------------------------------------------------------- */

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

static void learn_headline(struct scan *s)
{
    const struct blocks *b = s->b;
    const struct block *h = &b->block[s->f->headline];

    s->head_sig = h->sig;
    /* Bare headings look like each other without meaning it. */
    s->head_weight = 2.0f;
    if (h->role == DTL_BLOCK_HEADING &&
        dtl_node_attr(b->page, b->box[h->box].node, DTL_ATTR_CLASS).len == 0)
        s->head_weight = 1.0f;
    for (uint32_t j = s->f->headline + 1; j < s->opened; j++) {
        if (b->block[j].prose)
            break;
        if (b->block[j].date || b->block[j].relative ||
            story_outlet_like(&b->block[j])) {
            s->meta_sig = b->block[j].sig;
            break;
        }
    }
}

static void own_prose(struct scan *s, uint32_t i)
{
    const struct block *k = &s->b->block[i];

    s->own = i;
    s->own_size += k->size;
    s->own_blocks++;
    s->list_sig = s->run_sig = s->other_sig = 0;
    s->taken = false;
    s->after_label = false;
    if (k->sig == s->usual) {
        s->votes += k->size;
    } else if (s->votes >= k->size) {
        s->votes -= k->size;
    } else {
        s->votes = k->size - s->votes;
        s->usual = k->sig;
    }
}

static bool opens_other(struct scan *s, uint32_t i, float e)
{
    uint32_t x = story_own_box(s, i), sig = s->b->block[i].sig;
    bool again = s->other_sig != 0 &&
                 (sig == s->other_sig || (s->list_sig != 0 && x != NONE &&
                                          s->b->box[x].sig == s->list_sig));

    if (!opener_is(s, i, e, again ? AGAIN : ALONE))
        return false;
    s->other_sig = sig;
    return true;
}

/* Does a later gap announce a story far better than that around `i` does?
 * Then what looks like a title here is a chapter's. */
static bool announced_later(const struct scan *s, uint32_t i)
{
    const struct gap *g = s->gap + s->asked_gaps; /* the next one */

    if (s->asked_gaps > 0 && g[-1].prose >= i)
        return g[-1].later >= g[-1].shows + BETTER;
    return s->asked_gaps < s->ngaps &&
           (g->shows > g->later ? g->shows : g->later) >= BETTER;
}

/* Take out the story that opens at block `i` or in the gap around it, or lines
 * that only point to one: where that ends, `i` when there is none. */
static uint32_t another_opens(struct scan *s, uint32_t i)
{
    uint32_t g = gap_at(s, i);
    float e = evidence(s, i);

    if (g != NONE) {
        story_read_own(s, i);
        if (gap_opens(s, g, e))
            return take_gap(s, &s->gap[g]);
    }
    if (s->b->block[i].headline)
        return i;
    if (e < ENOUGH + 1 && !announced_later(s, i) &&
        (opener_of_run(s, i) || opens_other(s, i, e)))
        e = ENOUGH + 1;
    return e >= ENOUGH ? take_out(s, i, e) : i;
}

static void scan_blocks(struct scan *s)
{
    struct blocks *b = s->b;
    uint32_t i = s->f->headline != NONE ? s->f->headline + 1 : 0;

    for (; i < b->nblocks;) {
        const struct block *k = &b->block[i];
        bool out = story_is_out(s, k);

        if (k->label == LABEL_RELATED && !out)
            s->after_label = true;
        if (i > s->opened && k->label != LABEL_NONE && !out) {
            uint32_t to = take_out_labelled(s, i);

            if (to != i) {
                i = to;
                continue;
            }
        }
        if (i > s->opened && !out) {
            uint32_t to = another_opens(s, i);

            if (to != i) {
                i = to;
                continue;
            }
        }
        if (k->prose && !out)
            own_prose(s, i);
        if (k->role == DTL_BLOCK_HEADING && !out && i > s->opened &&
            k->label == LABEL_NONE) {
            s->chapter_sig = k->sig;
            if (k->words > s->chapter_most)
                s->chapter_most = k->words;
        }
        i++;
    }
}

/* Boxes of a list go together: where two were taken out and more than
 * were left, the others go too. */
static void complete_lists(struct scan *s)
{
    const struct blocks *b = s->b;

    for (uint32_t i = 0; i < s->nlists; i++) {
        uint32_t up = s->list[i].parent, left = 0;

        if (s->list[i].taken < 2 || up == NO_BOX)
            continue;
        for (int pass = 0; pass < 2; pass++)
            for (uint32_t x = up + 1; x < b->box[up].next; x = b->box[x].next) {
                const struct box *o = &b->box[x];

                if (o->sig != s->list[i].sig || o->first >= o->last ||
                    o->first <= s->opened || b->block[o->first].foreign)
                    continue;
                if (pass == 0)
                    left++;
                else if (left < s->list[i].taken &&
                         subject_weight(s, o->first, o->last) >= 0)
                    mark(s, o->first, o->last);
            }
    }
}

bool stories_mark(struct finder *f)
{
    struct scan s = { .f = f, .b = &f->b };

    if (live_page(f))
        return true;
    s.opened = opening(f, f->headline != NONE ? f->headline + 1 : 0);
    if (s.opened == NONE)
        return true;
    s.subject = dtl_arena_calloc(f->b.arena, 1, sizeof *s.subject);
    s.said = dtl_arena_calloc(f->b.arena, f->b.nblocks, sizeof *s.said);
    if (s.subject == NULL || s.said == NULL)
        return false;
    s.own = s.opened;
    s.read = f->headline != NONE ? f->headline : 0;
    if (f->headline != NONE)
        learn_headline(&s);
    if (!gaps_find(&s))
        return false;
    scan_blocks(&s);
    complete_lists(&s);
    return !s.failed;
}
