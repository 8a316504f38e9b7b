/* SPDX-License-Identifier: Apache-2.0 */
#include "spans.h"

#include <dateline/url.h>

#define MOST_SPANS 4096u /* of one block */
#define MOST_OPEN  32u

enum { NOT_INLINE, NO_MARK, SKIPPED, FIRST_KIND };

#define KIND(k) (uint8_t)(FIRST_KIND + (k))

static const uint8_t inline_tags[DTL_TAG_COUNT] = {
    [DTL_TAG_A] = KIND(SPAN_LINK),
    [DTL_TAG_B] = KIND(SPAN_STRONG),
    [DTL_TAG_STRONG] = KIND(SPAN_STRONG),
    [DTL_TAG_I] = KIND(SPAN_EM),
    [DTL_TAG_EM] = KIND(SPAN_EM),
    [DTL_TAG_CITE] = KIND(SPAN_EM),
    [DTL_TAG_CODE] = KIND(SPAN_CODE),
    [DTL_TAG_KBD] = KIND(SPAN_CODE),
    [DTL_TAG_SAMP] = KIND(SPAN_CODE),
    [DTL_TAG_TT] = KIND(SPAN_CODE),
    [DTL_TAG_S] = KIND(SPAN_STRUCK),
    [DTL_TAG_DEL] = KIND(SPAN_STRUCK),
    [DTL_TAG_STRIKE] = KIND(SPAN_STRUCK),
    [DTL_TAG_SPAN] = NO_MARK,
    [DTL_TAG_FONT] = NO_MARK,
    [DTL_TAG_U] = NO_MARK,
    [DTL_TAG_SMALL] = NO_MARK,
    [DTL_TAG_BIG] = NO_MARK,
    [DTL_TAG_SUB] = NO_MARK,
    [DTL_TAG_SUP] = NO_MARK,
    [DTL_TAG_ABBR] = NO_MARK,
    [DTL_TAG_TIME] = NO_MARK,
    [DTL_TAG_MARK] = NO_MARK,
    [DTL_TAG_INS] = NO_MARK,
    [DTL_TAG_Q] = NO_MARK,
    [DTL_TAG_LABEL] = NO_MARK,
    [DTL_TAG_OTHER] = NO_MARK,
    [DTL_TAG_SCRIPT] = SKIPPED,
    [DTL_TAG_STYLE] = SKIPPED,
    [DTL_TAG_NOSCRIPT] = SKIPPED,
    [DTL_TAG_TEMPLATE] = SKIPPED,
};

struct reader {
    const struct dtl_page *page;
    const struct dtl_block *block;
    struct dtl_arena *arena;
    struct spans *out;
    uint32_t at; /* of the text: what was found so far ends here */
    uint32_t open[MOST_OPEN], end[MOST_OPEN], nopen;
    struct dtl_slice base;
    uint32_t column, wide; /* ROW: of the cell being read */
    bool failed;
};

#define UNSET UINT32_MAX

/* ---- links -------------------------------------------------------------- */

struct dtl_slice spans_base(const struct dtl_article *a)
{
    if (a->url.len > 0)
        return a->url;
    return dtl_find(a->canonical, dtl_str("://"), 0) != SIZE_MAX
               ? a->canonical
               : dtl_slice_of(NULL, 0);
}

static bool may_follow(struct dtl_slice url)
{
    return dtl_starts_nocase(url, "http://") ||
           dtl_starts_nocase(url, "https://") ||
           dtl_starts_nocase(url, "mailto:");
}

/* The link's address, or an empty one when it leads nowhere else. */
static struct dtl_slice address(const struct reader *r, uint32_t i)
{
    struct dtl_slice none = { NULL, 0 };
    struct dtl_slice href = dtl_trim(dtl_node_attr(r->page, i, DTL_ATTR_HREF));

    if (href.len == 0 || href.len > 4096 || href.ptr[0] == '#')
        return none;
    if (r->base.len > 0)
        href = dtl_url_resolve(r->arena, r->base, href);
    else if (dtl_find(href, dtl_str(":"), 0) == SIZE_MAX)
        return href;
    return may_follow(href) ? href : none;
}

/* ---- reading ------------------------------------------------------------ */

static void open_span(struct reader *r, uint32_t i, uint8_t kind)
{
    struct spans *o = r->out;
    struct span s = { .kind = kind, .from = UNSET };

    if (r->nopen == MOST_OPEN || o->n == MOST_SPANS)
        return;
    if (kind == SPAN_LINK && (s.href = address(r, i)).len == 0)
        return;
    for (uint32_t k = 0; k < r->nopen; k++)
        if (o->span[r->open[k]].kind == kind ||
            o->span[r->open[k]].kind == SPAN_CODE)
            return;
    if (o->n == o->cap) {
        uint32_t cap = o->cap * 2 + 8;

        o->span = dtl_arena_grow(r->arena, o->span, o->cap * sizeof s,
                                 cap * sizeof s);
        if (o->span == NULL) {
            r->failed = true;
            o->n = o->cap = 0;
            return;
        }
        o->cap = cap;
    }
    r->open[r->nopen] = o->n;
    r->end[r->nopen++] = r->page->nodes[i].end;
    o->span[o->n++] = s;
}

static size_t blank_at(struct dtl_slice s, size_t i)
{
    if (i >= s.len)
        return 0;
    if (s.ptr[i] <= ' ')
        return 1;
    return s.ptr[i] == 0xc2 && i + 1 < s.len && s.ptr[i + 1] == 0xa0 ? 2 : 0;
}

static size_t skip_blank(struct dtl_slice s, size_t i)
{
    size_t n;

    while ((n = blank_at(s, i)) > 0)
        i += n;
    return i;
}

static void add_cell(struct reader *r, uint32_t at)
{
    struct spans *o = r->out;
    struct span_cell cell = { at, r->column };

    if (o->ncells == o->cells_cap) {
        uint32_t cap = o->cells_cap * 2 + 8;

        o->cell = dtl_arena_grow(r->arena, o->cell, o->cells_cap * sizeof cell,
                                 cap * sizeof cell);
        if (o->cell == NULL) {
            r->failed = true;
            o->ncells = o->cells_cap = 0;
            return;
        }
        o->cells_cap = cap;
    }
    o->cell[o->ncells++] = cell;
}

/* Where the characters of `s` are in the block's text from `at` on, white
 * space aside; false when others stand there. */
static bool same_text(struct dtl_slice text, struct dtl_slice s, size_t *from,
                      size_t *to)
{
    size_t at = *from, i = skip_blank(s, 0);

    *from = at;
    while (i < s.len && at < text.len) {
        if (s.ptr[i] != text.ptr[at])
            return false;
        i++;
        *to = ++at;
        i = skip_blank(s, i);
        if (i < s.len)
            at = skip_blank(text, at);
    }
    return true;
}

/* A text of the page that is not in the block was not shown. */
static void see_text(struct reader *r, uint32_t i)
{
    struct dtl_slice s = dtl_node_text(r->page, i), text = r->block->text;
    size_t from = skip_blank(text, r->at), to = from;
    bool cell = false;

    if (skip_blank(s, 0) == s.len)
        return;
    if (!same_text(text, s, &from, &to)) {
        if (r->block->role != DTL_BLOCK_ROW || from == 0 ||
            !dtl_starts(dtl_sub(text, from - 1, text.len), " | "))
            return;
        from = to = from + 2;
        if (!same_text(text, s, &from, &to))
            return;
        cell = true;
    }
    if (cell)
        add_cell(r, (uint32_t)from);
    r->at = (uint32_t)to;
    for (uint32_t k = 0; k < r->nopen; k++) {
        struct span *o = &r->out->span[r->open[k]];

        if (o->from == UNSET)
            o->from = (uint32_t)from;
        o->to = (uint32_t)to;
    }
}

/* The text node a block begins with; 0 when there is none. */
static uint32_t first_node(const struct dtl_page *p, uint32_t source)
{
    uint32_t low = 0, high = p->nnodes;

    while (low < high) {
        uint32_t mid = low + (high - low) / 2;

        if (p->nodes[mid].source < source)
            low = mid + 1;
        else
            high = mid;
    }
    while (low < p->nnodes && p->nodes[low].source == source &&
           p->nodes[low].kind != DTL_NODE_TEXT)
        low++;
    return low < p->nnodes && p->nodes[low].source == source ? low : 0;
}

/* What the block stands in: marks around all of it, its item, its table. */
static void look_up(struct reader *r, uint32_t first)
{
    const struct dtl_node *nodes = r->page->nodes;
    uint32_t around[MOST_OPEN], n = 0;
    bool still = true; /* no box yet */

    for (uint32_t up = nodes[first].parent, k = 0; up != 0 && k < MOST_OPEN;
         up = nodes[up].parent, k++) {
        uint16_t tag = nodes[up].tag;

        still = still && inline_tags[tag] != NOT_INLINE;
        if (still && inline_tags[tag] >= FIRST_KIND)
            around[n++] = up;
        if (r->out->item == 0 &&
            (tag == DTL_TAG_LI || tag == DTL_TAG_DD || tag == DTL_TAG_DT)) {
            r->out->item = up;
            r->out->list = nodes[up].parent;
        }
        r->out->head = r->out->head || tag == DTL_TAG_TH;
        if (r->out->table == 0 && tag == DTL_TAG_TABLE)
            r->out->table = up;
    }
    while (n-- > 0)
        open_span(r, around[n],
                  (uint8_t)(inline_tags[nodes[around[n]].tag] - FIRST_KIND));
}

#define WIDEST 64u

static bool is_cell(uint16_t tag)
{
    return tag == DTL_TAG_TD || tag == DTL_TAG_TH;
}

/* How many columns a cell takes. */
static uint32_t columns_of(const struct dtl_page *p, uint32_t i)
{
    struct dtl_slice span = dtl_trim(dtl_node_attr_named(p, i, "colspan"));
    uint32_t n = 0;

    for (size_t k = 0; k < span.len && n < WIDEST; k++) {
        if (span.ptr[k] < '0' || span.ptr[k] > '9')
            break;
        n = n * 10 + (span.ptr[k] - '0');
    }
    return n == 0 ? 1 : n > WIDEST ? WIDEST : n;
}

/* Far out, cells count one: nobody shows a table as wide as some say. */
static void next_cell(struct reader *r, uint32_t i)
{
    r->column += r->wide;
    r->wide = r->column < WIDEST ? columns_of(r->page, i) : 1;
}

/* The column of the cell that the first text stands in. */
static void find_column(struct reader *r, uint32_t first)
{
    const struct dtl_node *nodes = r->page->nodes;
    uint32_t cell = nodes[first].parent, i;

    for (unsigned up = 0;
         up < MOST_OPEN && cell != 0 && !is_cell(nodes[cell].tag); up++)
        cell = nodes[cell].parent;
    if (!is_cell(nodes[cell].tag))
        return;
    for (i = nodes[cell].parent + 1; i < cell; i = nodes[i].end)
        if (nodes[i].kind == DTL_NODE_ELEMENT && is_cell(nodes[i].tag))
            next_cell(r, i);
    next_cell(r, cell);
    add_cell(r, 0);
}

static void walk(struct reader *r, uint32_t i)
{
    const struct dtl_page *p = r->page;

    while (i < p->nnodes && p->nodes[i].source < r->block->source_end) {
        const struct dtl_node *n = &p->nodes[i];
        uint8_t what = inline_tags[n->tag];

        while (r->nopen > 0 && r->end[r->nopen - 1] <= i)
            r->nopen--;
        if (n->kind == DTL_NODE_TEXT) {
            see_text(r, i);
        } else if (n->kind == DTL_NODE_COMMENT || what == SKIPPED) {
            i = n->end;
            continue;
        } else if (is_cell(n->tag)) {
            next_cell(r, i);
        } else if (what >= FIRST_KIND) {
            open_span(r, i, (uint8_t)(what - FIRST_KIND));
        }
        i++;
    }
}

/* ---- which marks can be written ----------------------------------------- */

static bool has_cell_in(const struct spans *s, const struct span *x)
{
    for (uint32_t i = 0; i < s->ncells; i++)
        if (s->cell[i].from > x->from && s->cell[i].from < x->to)
            return true;
    return false;
}

static bool only_blank(struct dtl_slice text, uint32_t from, uint32_t to)
{
    return from <= to && skip_blank(dtl_sub(text, 0, to), from) >= to;
}

/* Drop what holds no text or parts of cells; join what a page marks in pieces;
 * a heading is none the more for being bold. */
static void tidy(const struct dtl_block *b, struct spans *s)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < s->n; i++) {
        struct span *x = &s->span[i], *last = n > 0 ? &s->span[n - 1] : NULL;

        if (x->from == UNSET || x->from >= x->to || has_cell_in(s, x) ||
            (b->role == DTL_BLOCK_HEADING && x->kind != SPAN_LINK &&
             x->to - x->from == b->text.len) ||
            (b->role == DTL_BLOCK_PRE && x->kind != SPAN_LINK))
            continue;
        if (last != NULL && last->kind == x->kind && x->kind != SPAN_LINK &&
            only_blank(b->text, last->to, x->from))
            last->to = x->to;
        else
            s->span[n++] = *x;
    }
    s->n = n;
}

bool spans_read(const struct dtl_article *a, const struct dtl_block *b,
                struct dtl_arena *arena, struct spans *out)
{
    struct reader r = {
        .page = a->page,
        .block = b,
        .arena = arena,
        .out = out,
        .base = spans_base(a),
    };
    uint32_t first;

    memset(out, 0, sizeof *out);
    if (a->page == NULL || b->source_end <= b->source)
        return true;
    first = first_node(a->page, b->source);
    if (first == 0)
        return true;
    look_up(&r, first);
    if (b->role == DTL_BLOCK_ROW)
        find_column(&r, first);
    walk(&r, first);
    if (skip_blank(b->text, r.at) < b->text.len)
        out->n = out->ncells = 0;
    else
        tidy(b, out);
    return !r.failed;
}

/* <ol start=5>; CommonMark reads nine digits. */
unsigned spans_list_start(const struct dtl_article *a, uint32_t list)
{
    struct dtl_slice start = { NULL, 0 };
    unsigned n = 0;

    if (list != 0 && a->page != NULL)
        start = dtl_trim(dtl_node_attr_named(a->page, list, "start"));
    for (size_t i = 0; i < start.len; i++) {
        if (i == 9 || start.ptr[i] < '0' || start.ptr[i] > '9')
            return 1;
        n = n * 10 + (unsigned)(start.ptr[i] - '0');
    }
    return n > 0 ? n : 1;
}

/* ---- writing ------------------------------------------------------------ */

void spans_write(struct dtl_buf *out, const struct dtl_block *b,
                 const struct spans *s, size_t from, size_t to,
                 const struct span_writer *w)
{
    const struct span *open[MOST_OPEN];
    uint32_t depth = 0, next = 0;
    size_t at = from;

    while (next < s->n && s->span[next].from < from)
        next++;
    for (;;) {
        size_t stop = to;

        while (depth > 0 && open[depth - 1]->to <= at)
            w->mark(out, open[--depth], false);
        if (at >= to)
            break;
        while (next < s->n && s->span[next].from <= at) {
            const struct span *x = &s->span[next++];

            if (depth == MOST_OPEN || x->from < at || x->to > to ||
                (depth > 0 && x->to > open[depth - 1]->to))
                continue;
            w->mark(out, x, true);
            open[depth++] = x;
        }
        if (depth > 0 && open[depth - 1]->to < stop)
            stop = open[depth - 1]->to;
        if (next < s->n && s->span[next].from < stop)
            stop = s->span[next].from;
        w->text(out, b->text, at, stop,
                depth > 0 && open[depth - 1]->kind == SPAN_CODE
                    ? open[depth - 1]
                    : NULL);
        at = stop;
    }
}

/* The first cell in column `i` or after. */
static uint32_t cell_from(const struct spans *s, uint32_t i)
{
    uint32_t low = 0, high = s->ncells;

    while (low < high) {
        uint32_t mid = low + (high - low) / 2;

        if (s->cell[mid].column < i)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

bool spans_cell(const struct dtl_block *b, const struct spans *s, uint32_t i,
                size_t *from, size_t *to)
{
    size_t bar = 0;

    if (s->ncells > 0) {
        uint32_t k = cell_from(s, i), end = cell_from(s, i + 1);

        *from = *to = 0;
        if (k == s->ncells)
            return false;
        if (k == end)
            return true;
        *from = s->cell[k].from;
        *to = end == s->ncells ? b->text.len : s->cell[end].from - 3;
        if (*to < *from)
            *to = *from;
        return true;
    }
    for (*from = 0;; *from = bar + 3) {
        bar = dtl_find(b->text, dtl_str(" | "), *from);
        *to = bar == SIZE_MAX ? b->text.len : bar;
        if (i-- == 0)
            return true;
        if (bar == SIZE_MAX)
            return false;
    }
}
