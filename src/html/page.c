/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tree construction, as far as text and ancestors need it.  Where the standard
 * rebuilds the tree (adoption agency, foster parenting) a flat array written
 * once cannot follow:
 *
 *   - An end tag of a formatting element with a block open inside only marks
 *     it; it ends with that block.  "<a><h3>x</a></h3>y" links x, not y.
 *   - What stands between the rows of a table stays there.
 *   - "</body>" and "</html>" end nothing, as content may follow; and what
 *     belongs into the head joins it until the body begins.
 *   - <noscript> is parsed as markup, but nothing inside ends what is outside.
 */
#include "page.h"
#include "elements.h"
#include "names.h"
#include "scan.h"
#include "token.h"

/* Deeper elements become leaves, so that every walk up is short. */
#define MAX_DEPTH 512u
#define MAX_NODES (UINT32_C(1) << 20)
/* Nodes are made room for as if there were one for so many bytes. */
#define BYTES_A_NODE 64u
/* And for attributes at least: some pages quote none. */
#define BYTES_AN_ATTR 320u

enum space { IN_HTML, IN_SVG, IN_MATH };

/* An open element. */
struct entry {
    uint32_t node;
    uint16_t tag;
    uint8_t space;    /* enum space */
    bool html_inside; /* integration point: its content is HTML again */
    bool closing;     /* its end tag is read; ends with what is open inside */
    bool inert;       /* counted in b->inert */
    uint8_t hash;     /* of the name of a DTL_TAG_OTHER */
    uint8_t name_len; /* 0 where its end tag must be read: see quick_end() */
};

struct builder {
    struct html_tokenizer z;
    struct html_token tok;
    struct dtl_arena *arena;
    struct dtl_page *page;
    struct dtl_node *nodes;
    uint32_t n, cap, depth, inert;
    uint32_t unpushed; /* open elements below MAX_DEPTH */
    bool in_body;      /* the head is done with */
    bool skip_newline; /* right after <pre>, <listing>, <textarea> */
    bool failed, full;
    uint16_t open[DTL_TAG_COUNT]; /* how many of each are on the stack */
    uint16_t others[256];         /* of DTL_TAG_OTHER, by hash */
    struct entry *top; /* the last one open; the first when there is none */
    struct entry stack[MAX_DEPTH + 4];
};

/* ---- nodes and the stack ---------------------------------------------- */

static struct entry *current(struct builder *b)
{
    return b->top;
}

static bool more_room(struct builder *b)
{
    uint32_t cap = b->cap + b->cap / 4;
    struct dtl_node *grown;

    if (b->n >= MAX_NODES) {
        b->full = true;
        return false;
    }
    if (cap > MAX_NODES)
        cap = MAX_NODES;
    grown = dtl_arena_grow(b->arena, b->nodes, b->cap * sizeof *grown,
                           cap * sizeof *grown);
    if (grown == NULL) {
        b->failed = true;
        return false;
    }
    b->nodes = grown;
    b->cap = cap;
    return true;
}

static inline struct dtl_node *append(struct builder *b,
                                      enum dtl_node_kind kind, uint16_t tag,
                                      unsigned flags)
{
    struct dtl_node *node;

    if (b->n >= b->cap && !more_room(b))
        return NULL;
    node = &b->nodes[b->n];
    node->kind = (uint8_t)kind;
    node->flags = (uint8_t)(flags | (b->inert > 0 ? DTL_NODE_INERT : 0));
    node->tag = tag;
    node->parent = b->top->node;
    node->source = b->tok.start;
    memset(&node->u, 0, sizeof node->u);
    node->end = ++b->n;
    return node;
}

/* The name of the current tag; only those without a number need it. */
static uint8_t name_hash(const struct builder *b)
{
    uint32_t h = 0;

    for (uint32_t i = b->tok.data.from; i < b->tok.data.to; i++)
        h = h * 31 + (b->z.text[i] | 0x20u);
    return (uint8_t)(h ^ h >> 8);
}

static inline void push(struct builder *b, uint32_t node, uint16_t tag,
                        enum space space)
{
    struct entry *e = b->top = &b->stack[b->depth++];

    memset(e, 0, sizeof *e);
    e->node = node;
    e->tag = tag;
    e->space = (uint8_t)space;
    if (space != IN_HTML)
        return;
    b->open[tag]++;
    if (tag == DTL_TAG_OTHER) {
        e->hash = name_hash(b);
        b->others[e->hash]++;
        return;
    }
    if (!html_is(tag, HTML_SKELETON))
        e->name_len = html_tag_lengths[tag];
    if (html_is(tag, HTML_INERT)) {
        e->inert = true;
        b->inert++;
    }
}

static inline void pop_one(struct builder *b)
{
    struct entry *e = &b->stack[--b->depth];

    b->top = e - (b->depth > 0);
    b->nodes[e->node].end = b->n;
    b->unpushed = 0;
    if (e->space != IN_HTML)
        return;
    b->open[e->tag]--;
    if (e->tag == DTL_TAG_OTHER)
        b->others[e->hash]--;
    if (e->inert)
        b->inert--;
}

/* End the elements from stack[i] on, and those that waited for it. */
static void pop_to(struct builder *b, uint32_t i)
{
    while (b->depth > i)
        pop_one(b);
    while (b->depth > 1 && current(b)->closing)
        pop_one(b);
}

static void take_attrs(struct builder *b, struct dtl_node *node)
{
    _Static_assert(HTML_MAX_ATTRS < 1u << 21 && HTML_MAX_TAG_ATTRS < 1u << 11,
                   "no bit is lost");

    node->u.attrs.first = b->tok.attrs & ((1u << 21) - 1);
    node->u.attrs.count = b->tok.nattrs & ((1u << 11) - 1);
    node->u.attrs.have = b->tok.have;
}

/* An element for the current start tag, a leaf so far. */
static inline struct dtl_node *insert(struct builder *b, unsigned flags)
{
    struct dtl_node *node = append(b, DTL_NODE_ELEMENT, b->tok.tag, flags);

    if (node != NULL)
        take_attrs(b, node);
    return node;
}

/* An element nobody wrote, open. */
static void imply(struct builder *b, uint16_t tag)
{
    if (append(b, DTL_NODE_ELEMENT, tag, DTL_NODE_IMPLIED) != NULL &&
        b->depth < MAX_DEPTH)
        push(b, b->n - 1, tag, IN_HTML);
}

/* ---- scopes ----------------------------------------------------------- */

/* Elements of svg and math are neither what is searched for nor a border,
 * except those with HTML inside. */
static bool is_border(const struct entry *e)
{
    return e->space == IN_HTML ? html_is(e->tag, HTML_SCOPE) : e->html_inside;
}

static bool is_html(const struct entry *e, uint16_t tag)
{
    return e->space == IN_HTML && e->tag == tag;
}

static bool is_special(const struct entry *e)
{
    return e->space == IN_HTML ? html_is(e->tag, HTML_SPECIAL) : e->html_inside;
}

/* Place on the stack of the innermost `tag` in scope, 0 for none; `border` is
 * one more element that hides what is outside. */
static uint32_t in_scope(const struct builder *b, uint16_t tag, uint16_t border,
                         uint16_t border2)
{
    if (b->open[tag] == 0)
        return 0;
    for (uint32_t i = b->depth - 1; i > 0; i--) {
        const struct entry *e = &b->stack[i];

        if (is_html(e, tag))
            return i;
        if (is_border(e) || is_html(e, border) || is_html(e, border2))
            return 0;
    }
    return 0;
}

static void end_in_scope(struct builder *b, uint16_t tag, uint16_t border,
                         uint16_t border2)
{
    uint32_t i = in_scope(b, tag, border, border2);

    if (i > 0)
        pop_to(b, i);
}

static void close_p(struct builder *b)
{
    end_in_scope(b, DTL_TAG_P, DTL_TAG_BUTTON, DTL_TAG_BUTTON);
}

/* Place of the table (or what hides it) that the current node is part of. */
static uint32_t table_border(const struct builder *b)
{
    uint32_t i = b->depth - 1;

    while (i > 0 && (b->stack[i].space != IN_HTML ||
                     (b->stack[i].tag != DTL_TAG_TABLE &&
                      b->stack[i].tag != DTL_TAG_TEMPLATE &&
                      b->stack[i].tag != DTL_TAG_NOSCRIPT)))
        i--;
    return i;
}

/* Place of an open `tag` of the innermost table, 0 for none. */
static uint32_t in_table_scope(const struct builder *b, uint16_t tag)
{
    uint32_t border;

    if (b->open[tag] == 0)
        return 0;
    border = table_border(b);
    for (uint32_t i = b->depth - 1; i >= border && i > 0; i--)
        if (is_html(&b->stack[i], tag))
            return i;
    return 0;
}

/* ---- head and body ---------------------------------------------------- */

static void ensure_head(struct builder *b)
{
    if (b->page->head != 0)
        return;
    imply(b, DTL_TAG_HEAD);
    b->page->head = b->n - 1;
}

/* The tag is "<body>", or something that cannot stand before it. */
static void start_body(struct builder *b, bool implied)
{
    pop_to(b, 1);
    imply(b, DTL_TAG_BODY);
    b->in_body = true;
    if (b->failed || b->full)
        return;
    b->page->body = b->n - 1;
    if (!implied) {
        take_attrs(b, &b->nodes[b->page->body]);
        b->nodes[b->page->body].flags &= (uint8_t)~DTL_NODE_IMPLIED;
    }
}

/* "<html>" or "<body>", late or again: attributes count where none are. */
static void merge(struct builder *b, uint32_t node)
{
    struct dtl_node *there = &b->nodes[node];

    if ((there->flags & DTL_NODE_IMPLIED) == 0)
        return;
    take_attrs(b, there);
    there->source = b->tok.start;
    there->flags &= (uint8_t)~DTL_NODE_IMPLIED;
}

/* Within a <noscript> or <template> of the head anything may stand. */
static bool in_head_island(const struct builder *b)
{
    return b->open[DTL_TAG_NOSCRIPT] + b->open[DTL_TAG_TEMPLATE] > 0;
}

/* A start tag before the body; true when that is all there is to it. */
static bool start_before_body(struct builder *b)
{
    switch (b->tok.tag) {
    case DTL_TAG_HTML: merge(b, 0); return true;
    case DTL_TAG_HEAD:
        if (b->page->head == 0 && !in_head_island(b)) {
            ensure_head(b);
            merge(b, b->page->head);
        }
        return true;
    case DTL_TAG_BODY: start_body(b, false); return true;
    case DTL_TAG_FRAMESET:
        pop_to(b, 1);
        b->in_body = true;
        if (insert(b, 0) != NULL)
            push(b, b->n - 1, DTL_TAG_FRAMESET, IN_HTML);
        return true;
    default: break;
    }
    if (in_head_island(b))
        return false;
    if (html_is(b->tok.tag, HTML_HEAD))
        ensure_head(b);
    else
        start_body(b, true);
    return false;
}

/* ---- start tags ------------------------------------------------------- */

/* The end tag of a, b, i, ...: see the top of this file. */
static void end_formatting(struct builder *b, uint16_t tag)
{
    bool blocks = false;

    if (b->open[tag] == 0)
        return;
    for (uint32_t i = b->depth - 1; i > 0; i--) {
        struct entry *e = &b->stack[i];

        if (is_html(e, tag) && !e->closing) {
            if (blocks)
                e->closing = true;
            else
                pop_to(b, i);
            return;
        }
        if (is_border(e))
            return;
        blocks = blocks || is_special(e);
    }
}

/* A list item ends the one before it, unless a list began in between. */
static void end_item(struct builder *b, uint16_t tag, uint16_t other)
{
    if (b->open[tag] + b->open[other] == 0)
        return;
    for (uint32_t i = b->depth - 1; i > 0; i--) {
        const struct entry *e = &b->stack[i];

        if (is_html(e, tag) || is_html(e, other)) {
            pop_to(b, i);
            return;
        }
        if (is_special(e) && !is_html(e, DTL_TAG_ADDRESS) &&
            !is_html(e, DTL_TAG_DIV) && !is_html(e, DTL_TAG_P))
            return;
    }
}

static bool current_is(struct builder *b, uint16_t tag)
{
    return is_html(current(b), tag);
}

static bool in_rows(struct builder *b)
{
    return current(b)->space == IN_HTML && html_is(current(b)->tag, HTML_ROWS);
}

/* End what is open inside the innermost of the elements a row, a section or a
 * cell may stand in. */
static void back_to(struct builder *b, uint32_t border, bool tr, bool section,
                    bool colgroup)
{
    uint32_t i = b->depth - 1;

    for (; i > border; i--) {
        uint16_t tag = b->stack[i].tag;

        if (b->stack[i].space != IN_HTML)
            continue;
        if ((tr && tag == DTL_TAG_TR) ||
            (colgroup && tag == DTL_TAG_COLGROUP) ||
            (section && (tag == DTL_TAG_TBODY || tag == DTL_TAG_THEAD ||
                         tag == DTL_TAG_TFOOT)))
            break;
    }
    pop_to(b, i + 1);
}

/* A part of a table: false when there is no table around. */
static bool start_table_part(struct builder *b, uint16_t tag)
{
    uint32_t border = table_border(b);

    if (b->stack[border].tag == DTL_TAG_TEMPLATE)
        return true;
    if (b->stack[border].tag != DTL_TAG_TABLE)
        return false;
    switch (tag) {
    case DTL_TAG_TD:
    case DTL_TAG_TH:
        back_to(b, border, true, true, false);
        if (current_is(b, DTL_TAG_TABLE))
            imply(b, DTL_TAG_TBODY);
        if (!current_is(b, DTL_TAG_TR))
            imply(b, DTL_TAG_TR);
        break;
    case DTL_TAG_TR:
        back_to(b, border, false, true, false);
        if (current_is(b, DTL_TAG_TABLE))
            imply(b, DTL_TAG_TBODY);
        break;
    case DTL_TAG_COL:
        back_to(b, border, false, false, true);
        if (current_is(b, DTL_TAG_TABLE))
            imply(b, DTL_TAG_COLGROUP);
        break;
    default: back_to(b, border, false, false, false); break;
    }
    return true;
}

/* A table right inside a table's rows ends that table. */
static void start_table(struct builder *b)
{
    uint32_t i = b->depth - 1;

    if (!b->page->quirks)
        close_p(b);
    while (i > 0 && !is_border(&b->stack[i]))
        i--;
    if (i > 0 && is_html(&b->stack[i], DTL_TAG_TABLE))
        pop_to(b, i);
}

static void end_implied(struct builder *b, uint16_t except)
{
    if (in_scope(b, DTL_TAG_RUBY, 0, 0) == 0)
        return;
    while (current(b)->space == IN_HTML && current(b)->tag != except &&
           html_is(current(b)->tag, HTML_IMPLIED_END))
        pop_to(b, b->depth - 1);
}

static bool is_heading(uint16_t tag)
{
    return tag >= DTL_TAG_H1 && tag <= DTL_TAG_H6;
}

static void insert_foreign(struct builder *b, enum space space);

/* Rules for one start tag; false when there is nothing more to insert. */
static bool start_rules(struct builder *b, uint16_t tag)
{
    if (tag == DTL_TAG_A) { /* a third of all elements with rules */
        end_formatting(b, tag);
        return true;
    }
    switch (tag) {
    case DTL_TAG_HTML: merge(b, 0); return false;
    case DTL_TAG_HEAD:
    case DTL_TAG_FRAMESET: return false;
    case DTL_TAG_BODY:
        if (b->page->body != 0)
            merge(b, b->page->body);
        return false;
    case DTL_TAG_FRAME: return b->open[DTL_TAG_FRAMESET] > 0;
    case DTL_TAG_FORM:
        if (b->open[DTL_TAG_FORM] > 0 && b->open[DTL_TAG_TEMPLATE] == 0)
            return false;
        if (!in_rows(b))
            return true;
        insert(b, 0); /* its rows are not inside it */
        return false;
    case DTL_TAG_LI: end_item(b, tag, tag); return true;
    case DTL_TAG_DD:
    case DTL_TAG_DT: end_item(b, DTL_TAG_DD, DTL_TAG_DT); return true;
    case DTL_TAG_BUTTON: end_in_scope(b, tag, 0, 0); return true;
    case DTL_TAG_NOBR: end_formatting(b, tag); return true;
    case DTL_TAG_TABLE: start_table(b); return true;
    case DTL_TAG_CAPTION:
    case DTL_TAG_COL:
    case DTL_TAG_COLGROUP:
    case DTL_TAG_TBODY:
    case DTL_TAG_TD:
    case DTL_TAG_TFOOT:
    case DTL_TAG_TH:
    case DTL_TAG_THEAD:
    case DTL_TAG_TR: return start_table_part(b, tag);
    case DTL_TAG_OPTGROUP:
    case DTL_TAG_OPTION:
        if (current_is(b, DTL_TAG_OPTION))
            pop_to(b, b->depth - 1);
        if (tag == DTL_TAG_OPTGROUP && current_is(b, DTL_TAG_OPTGROUP))
            pop_to(b, b->depth - 1);
        return true;
    case DTL_TAG_SELECT:
        if (in_scope(b, tag, 0, 0) == 0)
            return true;
        end_in_scope(b, tag, 0, 0);
        return false;
    case DTL_TAG_INPUT:
    case DTL_TAG_KEYGEN:
    case DTL_TAG_TEXTAREA: end_in_scope(b, DTL_TAG_SELECT, 0, 0); return true;
    case DTL_TAG_RB:
    case DTL_TAG_RTC: end_implied(b, 0); return true;
    case DTL_TAG_RP:
    case DTL_TAG_RT: end_implied(b, DTL_TAG_RTC); return true;
    case DTL_TAG_SVG: insert_foreign(b, IN_SVG); return false;
    case DTL_TAG_MATH: insert_foreign(b, IN_MATH); return false;
    default: return true;
    }
}

static bool names_attr(const struct builder *b, const char *name)
{
    for (uint32_t i = 0; i < b->tok.nattrs; i++) {
        const struct dtl_page_attr *a = &b->z.attrs[b->tok.attrs + i];

        if (dtl_equal_nocase(dtl_slice_of(b->z.text + a->name, a->name_len),
                             dtl_str(name)))
            return true;
    }
    return false;
}

/* What is to be done for few elements that are open now. */
static void opened(struct builder *b, uint16_t tag)
{
    if (html_is(tag, HTML_TEXT_ONLY))
        html_enter(&b->z, &b->tok, html_content_of(tag));
    /* A shadow root is shown. */
    if (tag == DTL_TAG_TEMPLATE && names_attr(b, "shadowrootmode")) {
        current(b)->inert = false;
        b->inert--;
    }
    b->skip_newline =
        tag == DTL_TAG_PRE || tag == DTL_TAG_LISTING || tag == DTL_TAG_TEXTAREA;
}

static void insert_html(struct builder *b, uint16_t tag)
{
    unsigned what = html_elements[tag];

    if (insert(b, 0) == NULL || (what & HTML_VOID) != 0)
        return;
    /* Text must find its element on the stack, whatever the depth. */
    if (b->depth >= MAX_DEPTH && (what & HTML_TEXT_ONLY) == 0) {
        b->page->truncated = true;
        b->unpushed++;
        return;
    }
    push(b, b->n - 1, tag, IN_HTML);
    if ((what & (HTML_TEXT_ONLY | HTML_INERT | HTML_RULES)) != 0)
        opened(b, tag);
}

static bool named(const struct builder *b, const char *name)
{
    return dtl_equal_nocase(html_slice(&b->z, b->tok.data), dtl_str(name));
}

static void start_html(struct builder *b)
{
    uint16_t tag = b->tok.tag;
    unsigned what;

    if (tag == DTL_TAG_OTHER && named(b, "image"))
        tag = b->tok.tag = DTL_TAG_IMG; /* "Don't ask." (the standard) */
    if (!b->in_body && start_before_body(b))
        return;
    what = html_elements[tag];
    if ((what & HTML_RULES) != 0 && !start_rules(b, tag))
        return;
    if ((what & HTML_CLOSES_P) != 0) {
        if (b->open[DTL_TAG_P] > 0)
            close_p(b);
        if (is_heading(tag) && current(b)->space == IN_HTML &&
            is_heading(current(b)->tag))
            pop_to(b, b->depth - 1);
    }
    insert_html(b, tag);
}

/* ---- svg and math (13.2.6.5) ------------------------------------------ */

/* Is the content of the element of the current start tag HTML? */
static bool integration_point(const struct builder *b, enum space space)
{
    static const char *const math_text[] = { "mi", "mo", "mn", "ms", "mtext" };

    if (space == IN_SVG)
        return b->tok.tag == DTL_TAG_TITLE || named(b, "foreignobject") ||
               named(b, "desc");
    for (size_t i = 0; i < sizeof math_text / sizeof math_text[0]; i++)
        if (named(b, math_text[i]))
            return true;
    /* With another encoding its content is MathML or nothing to be read. */
    return named(b, "annotation-xml") && names_attr(b, "encoding");
}

static void insert_foreign(struct builder *b, enum space space)
{
    if (insert(b, DTL_NODE_FOREIGN) == NULL || b->tok.self_closing)
        return;
    if (b->depth >= MAX_DEPTH) {
        b->page->truncated = true;
        return;
    }
    push(b, b->n - 1, b->tok.tag, space);
    current(b)->html_inside = integration_point(b, space);
    if (b->tok.tag == DTL_TAG_OTHER)
        current(b)->hash = name_hash(b);
}

static bool in_foreign(struct builder *b)
{
    return current(b)->space != IN_HTML;
}

/* "<div>" in an svg: whoever wrote it forgot to end the svg. */
static void leave_foreign(struct builder *b)
{
    while (b->depth > 1 && in_foreign(b) && !current(b)->html_inside)
        pop_to(b, b->depth - 1);
}

static bool breaks_out(const struct builder *b)
{
    return html_is(b->tok.tag, HTML_BREAKOUT) ||
           (b->tok.tag == DTL_TAG_FONT &&
            (names_attr(b, "color") || names_attr(b, "face") ||
             names_attr(b, "size")));
}

static void start_tag(struct builder *b)
{
    if (in_foreign(b) && !current(b)->html_inside) {
        if (!breaks_out(b)) {
            insert_foreign(b, (enum space)current(b)->space);
            return;
        }
        leave_foreign(b);
    }
    start_html(b);
}

/* ---- end tags --------------------------------------------------------- */

/* Same element name as the current end tag? */
static bool same_name(const struct builder *b, const struct entry *e,
                      uint8_t hash)
{
    const uint8_t *text = b->z.text;
    uint32_t at, len = b->tok.data.to - b->tok.data.from;

    if (e->tag != b->tok.tag)
        return false;
    if (e->tag != DTL_TAG_OTHER)
        return true;
    at = b->nodes[e->node].source + 1;
    return e->hash == hash && at + len < b->z.len &&
           dtl_equal_nocase(dtl_slice_of(text + at, len),
                            html_slice(&b->z, b->tok.data)) &&
           memchr("\t\n\f\r />", text[at + len], 7) != NULL;
}

/* "Any other end tag": the innermost element of that name, unless a special
 * one is open inside it. */
static void end_other(struct builder *b)
{
    uint8_t hash = 0;

    if (b->open[b->tok.tag] == 0)
        return;
    if (b->tok.tag == DTL_TAG_OTHER) {
        hash = name_hash(b);
        if (b->others[hash] == 0)
            return;
    }
    for (uint32_t i = b->depth - 1; i > 0; i--) {
        const struct entry *e = &b->stack[i];

        if (e->space == IN_HTML && same_name(b, e, hash)) {
            pop_to(b, i);
            return;
        }
        if (is_special(e))
            return;
    }
}

static void end_heading(struct builder *b)
{
    for (uint32_t i = b->depth - 1; i > 0; i--) {
        const struct entry *e = &b->stack[i];

        if (e->space == IN_HTML && is_heading(e->tag)) {
            pop_to(b, i);
            return;
        }
        if (is_border(e))
            return;
    }
}

/* "</p>" and "</br>" make an element when there is none to end. */
static void stray(struct builder *b, uint16_t tag)
{
    if (!b->in_body && !in_head_island(b)) {
        if (tag == DTL_TAG_P)
            return;
        start_body(b, true);
    }
    append(b, DTL_NODE_ELEMENT, tag, DTL_NODE_IMPLIED);
}

/* <template> and <noscript>, through everything open inside. */
static void end_island(struct builder *b, uint16_t tag)
{
    if (b->open[tag] == 0)
        return;
    for (uint32_t i = b->depth - 1; i > 0; i--)
        if (is_html(&b->stack[i], tag)) {
            pop_to(b, i);
            return;
        }
}

/* A form may end in the middle of what it contains, as tables made people
 * write it: then it ends with that. */
static void end_form(struct builder *b)
{
    uint32_t i = in_scope(b, DTL_TAG_FORM, 0, 0);

    if (i == 0)
        return;
    for (uint32_t k = b->depth - 1; k > i; k--)
        if (b->stack[k].space != IN_HTML ||
            !html_is(b->stack[k].tag, HTML_IMPLIED_END)) {
            b->stack[i].closing = true;
            return;
        }
    pop_to(b, i);
}

static void end_html(struct builder *b)
{
    uint16_t tag = b->tok.tag;
    uint32_t i;

    if (html_is(tag, HTML_SKELETON))
        return;
    switch (tag) {
    case DTL_TAG_BR: stray(b, tag); return;
    case DTL_TAG_P:
        if (in_scope(b, tag, DTL_TAG_BUTTON, 0) > 0)
            close_p(b);
        else
            stray(b, tag);
        return;
    case DTL_TAG_LI: end_in_scope(b, tag, DTL_TAG_OL, DTL_TAG_UL); return;
    case DTL_TAG_DD:
    case DTL_TAG_DT: end_in_scope(b, tag, 0, 0); return;
    case DTL_TAG_FORM: end_form(b); return;
    case DTL_TAG_NOSCRIPT:
    case DTL_TAG_TEMPLATE: end_island(b, tag); return;
    case DTL_TAG_TABLE:
    case DTL_TAG_CAPTION:
    case DTL_TAG_COLGROUP:
    case DTL_TAG_TBODY:
    case DTL_TAG_TD:
    case DTL_TAG_TFOOT:
    case DTL_TAG_TH:
    case DTL_TAG_THEAD:
    case DTL_TAG_TR:
        i = in_table_scope(b, tag);
        if (i > 0)
            pop_to(b, i);
        return;
    default: break;
    }
    if (is_heading(tag))
        end_heading(b);
    else if (html_is(tag, HTML_FORMATTING))
        end_formatting(b, tag);
    else if (html_is(tag, HTML_BLOCK_END))
        end_in_scope(b, tag, 0, 0);
    else
        end_other(b);
}

/* In svg and math: the innermost element of that name; true when found. */
static bool end_foreign(struct builder *b)
{
    uint8_t hash = b->tok.tag == DTL_TAG_OTHER ? name_hash(b) : 0;

    for (uint32_t i = b->depth - 1; i > 0; i--) {
        if (b->stack[i].space == IN_HTML)
            return false;
        if (same_name(b, &b->stack[i], hash)) {
            pop_to(b, i);
            return true;
        }
    }
    return false;
}

/* Nearly always: whatever its rules, they come to this. */
static bool ends_current(struct builder *b)
{
    uint16_t tag = b->tok.tag;

    return is_html(current(b), tag) && tag != DTL_TAG_OTHER &&
           !html_is(tag, HTML_SKELETON);
}

static void end_tag(struct builder *b)
{
    b->z.nattrs = b->tok.attrs;
    if (b->unpushed > 0 && b->depth >= MAX_DEPTH) {
        b->unpushed--;
        return;
    }
    if (ends_current(b)) {
        pop_to(b, b->depth - 1);
        return;
    }
    if (in_foreign(b)) {
        if (b->tok.tag == DTL_TAG_P || b->tok.tag == DTL_TAG_BR)
            leave_foreign(b);
        else if (end_foreign(b))
            return;
    }
    end_html(b);
}

/* ---- text, comments --------------------------------------------------- */

static uint32_t after_newline(const struct builder *b, uint32_t from,
                              uint32_t to)
{
    if (from < to && b->z.text[from] == '\r')
        from++;
    if (from < to && b->z.text[from] == '\n')
        from++;
    return from;
}

static unsigned text_flags(struct builder *b, bool is_blank)
{
    unsigned flags = DTL_NODE_LAZY | (is_blank ? DTL_NODE_BLANK : 0);

    if (in_foreign(b) && !current(b)->html_inside)
        flags |= DTL_NODE_FOREIGN;
    if (b->tok.content != HTML_DATA && b->tok.content != HTML_RCDATA)
        flags |= DTL_NODE_RAW;
    return flags;
}

/* Before the body: white space is nobody's, other text starts it. */
static bool text_before_body(struct builder *b, bool is_blank)
{
    if (b->depth > 2 || in_head_island(b))
        return true;
    if (!is_blank)
        start_body(b, true);
    else if (b->page->head == 0)
        return false;
    return true;
}

static void add_text(struct builder *b, bool is_blank)
{
    uint32_t from = b->tok.data.from, to = b->tok.data.to;
    struct dtl_node *node;

    if (b->skip_newline)
        from = after_newline(b, from, to);
    if (from == to || (!b->in_body && !text_before_body(b, is_blank)))
        return;
    node = append(b, DTL_NODE_TEXT, current(b)->tag, text_flags(b, is_blank));
    if (node == NULL)
        return;
    node->source = from;
    node->u.text.offset = from;
    node->u.text.len = to - from;
}

static void text(struct builder *b)
{
    const uint8_t *p = b->z.text;

    add_text(
        b, html_blank(p + b->tok.data.from, p + b->tok.data.to, p + b->z.len));
}

static void comment(struct builder *b)
{
    struct dtl_node *node = append(b, DTL_NODE_COMMENT, current(b)->tag,
                                   DTL_NODE_LAZY | DTL_NODE_RAW);

    if (node == NULL)
        return;
    node->u.text.offset = b->tok.data.from;
    node->u.text.len = b->tok.data.to - b->tok.data.from;
}

/* ---- tokens that need no reading ---------------------------------------- */

/* The quick functions read no further than this from where they start. */
#define QUICK_BYTES (2 + HTML_NAME_MAX + 1)

static bool starts_with(const uint8_t *p, const char name[HTML_NAME_MAX],
                        unsigned len)
{
#if defined(__SSE2__)
    __m128i a = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i b = _mm_loadu_si128((const __m128i *)(const void *)name);
    unsigned same = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(a, b));

    return (~same & ((1u << len) - 1)) == 0;
#else
    return memcmp(p, name, len) == 0;
#endif
}

/* The end tag of the current element, written as nearly all are. */
static bool quick_end(struct builder *b, const uint8_t *p)
{
    const struct entry *e = current(b);

    if (e->name_len == 0 || b->unpushed > 0 || p[2 + e->name_len] != '>' ||
        !starts_with(p + 2, html_tag_names[e->tag], e->name_len))
        return false;
    b->z.pos += 2u + e->name_len + 1u;
    pop_one(b);
    if (b->depth > 1 && current(b)->closing)
        pop_to(b, b->depth);
    return true;
}

/* Text up to a tag.  Most is a line's end and a margin. */
static bool quick_text(struct builder *b, const uint8_t *p, const uint8_t *end)
{
    unsigned margin = *p <= ' ' ? html_spaces16(p) : 0;
    bool is_margin = margin > 0 && margin < 16 && p[margin] == '<';
    const uint8_t *to = is_margin ? p + margin : html_find(p, end, '<');

    if (end - to < 3 || (to[1] != '/' && (uint8_t)((to[1] | 0x20) - 'a') > 25))
        return false;
    b->tok.content = HTML_DATA;
    b->tok.start = b->tok.data.from = b->z.pos;
    b->tok.data.to = b->z.pos = (uint32_t)(to - b->z.text);
    add_text(b, is_margin || html_blank(p, to, end));
    return true;
}

static bool quick(struct builder *b)
{
    const uint8_t *p = b->z.text + b->z.pos, *end = b->z.text + b->z.len;

    if (b->z.content != HTML_DATA || end - p < QUICK_BYTES)
        return false;
    if (*p != '<')
        return quick_text(b, p, end);
    return p[1] == '/' && quick_end(b, p);
}

/* ---- the page --------------------------------------------------------- */

/* False at the end of the file. */
static bool token(struct builder *b)
{
    bool newline = b->skip_newline;

    /* Not a switch: the usual kinds come first and are foreseen. */
    if (quick(b))
        ;
    else if (!html_next(&b->z, &b->tok))
        return false;
    else if (b->tok.kind == HTML_START)
        start_tag(b);
    else if (b->tok.kind == HTML_TEXT)
        text(b);
    else if (b->tok.kind == HTML_END)
        end_tag(b);
    else if (b->tok.kind == HTML_COMMENT)
        comment(b);
    else if (b->tok.kind == HTML_DOCTYPE && b->n == 1)
        b->page->quirks = html_quirks(&b->z, &b->tok);
    if (newline)
        b->skip_newline = false;
    b->z.cdata = in_foreign(b);
    return true;
}

static void finish(struct builder *b)
{
    struct dtl_page *page = b->page;

    b->tok.start = b->z.len;
    if (!b->in_body)
        start_body(b, true);
    while (b->depth > 0)
        pop_one(b);
    dtl_arena_shrink(b->arena, b->nodes, b->cap * sizeof *b->nodes,
                     b->n * sizeof *b->nodes);
    page->nodes = b->nodes;
    page->nnodes = b->n;
    page->attrs = b->z.attrs;
    page->nattrs = b->z.nattrs;
    page->truncated = page->truncated || b->z.truncated || b->full;
}

static uint32_t at_most(size_t n, uint32_t max)
{
    return n < max ? (uint32_t)n : max;
}

/*
 * Room for the attributes there will be, so that their array need not grow:
 * most have a quoted value.  A look at an eighth of the page tells within a few
 * percent, and costs less than one.  Nodes can grow where they are.
 */
static void estimate(struct builder *b)
{
    enum { PIECE = 512, STEP = 8 * PIECE };
    size_t len = b->z.len, seen = 0, equals = 0, all;
    double scale;

    for (size_t pos = 0; pos + PIECE < len; pos += STEP, seen += PIECE)
        equals += html_equals(b->z.text + pos, b->z.text + pos + PIECE);
    scale = seen > 0 ? 1.1 * (double)len / (double)seen : 0;
    b->cap = at_most(len / BYTES_A_NODE + 64, MAX_NODES);
    all = (size_t)((double)equals * scale);
    if (all < len / BYTES_AN_ATTR)
        all = len / BYTES_AN_ATTR;
    b->z.cap = at_most(all + 32, HTML_MAX_ATTRS);
}

static bool begin(struct builder *b, struct dtl_slice source,
                  struct dtl_arena *arena)
{
    memset(b, 0, offsetof(struct builder, stack) + sizeof b->stack[0]);
    b->top = b->stack;
    b->arena = arena;
    b->page = dtl_arena_calloc(arena, 1, sizeof *b->page);
    if (b->page == NULL)
        return false;
    html_tokenizer_init(&b->z, source, arena);
    b->page->source = dtl_slice_of(b->z.text, b->z.len);
    b->page->arena = arena;
    b->page->quirks = true;
    estimate(b);
    /* Nodes last: there they can grow in place, and what they do not need is
     * given back. */
    b->z.attrs = dtl_arena_alloc(arena, b->z.cap * sizeof *b->z.attrs);
    b->nodes = dtl_arena_alloc(arena, b->cap * sizeof *b->nodes);
    if (b->nodes == NULL || b->z.attrs == NULL)
        return false;
    imply(b, DTL_TAG_HTML);
    return true;
}

int dtl_page_parse(struct dtl_slice source, struct dtl_arena *arena,
                   struct dtl_page **out, struct dtl_error *err)
{
    struct builder b;

    if (!begin(&b, source, arena))
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory parsing a page");
    while (!b.failed && !b.full && !b.z.failed && token(&b))
        ;
    finish(&b);
    if (b.failed || b.z.failed)
        return dtl_fail(err, DTL_NOMEM, b.z.pos,
                        "out of memory parsing a page");
    *out = b.page;
    return DTL_OK;
}
