/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a reader sees around the headline: elements marked as byline or date,
 * <time>, microdata, and plain lines that read like one.  Where a thing stands
 * decides whose it is: the same <time> is this article's next to its headline
 * and another story's in a card below.
 */
#include "meta.h"

#include <dateline/url.h>

/* How far a thing is from where the article speaks of itself. */
enum zone {
    ZONE_HEAD,  /* from shortly before the headline to the third paragraph */
    ZONE_BODY,  /* between the paragraphs */
    ZONE_AFTER, /* shortly after the last one */
    ZONE_ELSE,
    ZONE_OTHER, /* another story's, comments */
};

struct view {
    struct meta *m;
    uint32_t head_from, head_to; /* nodes */
    uint32_t last, after_to;
    uint32_t anchor; /* a node that is surely the article's */
    struct body_range *shut;
    uint32_t nshut;
    unsigned headings;
};

/* ---- zones
 * --------------------------------------------------------------------- */

/* First node that begins at or after byte `source` of the page. */
static uint32_t node_at(const struct dtl_page *p, uint32_t source)
{
    uint32_t low = 0, high = p->nnodes;

    while (low < high) {
        uint32_t mid = low + (high - low) / 2;

        if (p->nodes[mid].source < source)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

/* Node of the n-th kept paragraph of some length after node `from`. */
static uint32_t paragraph_node(const struct meta *m, uint32_t from, unsigned n)
{
    const struct body_result *b = &m->body;
    uint32_t source = m->page->nodes[from].source;

    for (uint32_t i = 0; i < b->nblocks; i++)
        if (b->blocks[i].kept && b->blocks[i].role == DTL_BLOCK_PARAGRAPH &&
            b->blocks[i].source >= source && b->blocks[i].text.len > 80 &&
            n-- == 0)
            return node_at(m->page, b->blocks[i].source);
    return 0;
}

/*
 * Where the text ends but for short lines: "Posted on 2 May" below it may have
 * been taken for its last.
 */
static uint32_t text_end(const struct meta *m)
{
    const struct body_result *b = &m->body;
    uint32_t i = b->nblocks;

    while (i > 0 && (!b->blocks[i - 1].kept || b->blocks[i - 1].text.len < 60))
        i--;
    while (i > 0 && i < b->nblocks && !b->blocks[i].kept)
        i++;
    return i > 0 && i < b->nblocks ? node_at(m->page, b->blocks[i].source)
                                   : b->last;
}

static void find_zones(struct view *v)
{
    const struct meta *m = v->m;
    const struct body_result *b = &m->body;
    uint32_t nnodes = m->page->nnodes, top, to;

    top = b->headline != 0 ? b->headline : b->first;
    v->anchor = paragraph_node(m, top, 0);
    if (v->anchor == 0)
        v->anchor = b->first != 0 ? b->first : top;
    v->head_from = top > 80 ? top - 80 : 0;
    to = paragraph_node(m, top, 2);
    if (to == 0)
        to = b->last != 0 ? b->last : top + 300;
    v->head_to = to > v->head_from + 2500 ? v->head_from + 2500 : to;
    v->last = b->last != 0 ? text_end(m) : v->head_to;
    v->after_to = (b->last != 0 ? b->last : v->last) + 160;
    if (v->head_to > nnodes)
        v->head_to = nnodes;
    if (v->last > nnodes)
        v->last = nnodes;
    if (v->after_to > nnodes)
        v->after_to = nnodes;
}

/* Subtrees marked as comments or as related stories, unless they hold the
 * article itself ("has-sidebar"). */
static bool shut_ranges(struct view *v)
{
    struct meta *m = v->m;
    uint32_t end = 0;

    v->shut = dtl_arena_alloc(m->arena, (m->nspots + 1) * sizeof *v->shut);
    if (v->shut == NULL)
        return false;
    for (uint32_t i = 0; i < m->nspots; i++) {
        uint32_t node = m->spots[i].node, to = m->page->nodes[node].end;

        if (!(m->spots[i].kind & (SPOT_COMMENT | SPOT_RELATED)) || node < end)
            continue;
        if (!(m->spots[i].kind & SPOT_COMMENT) && v->anchor >= node &&
            v->anchor < to)
            continue;
        if (m->body.first >= node && m->body.first < to)
            continue;
        if (m->body.headline >= node && m->body.headline < to)
            continue;
        /* Just below the headline a "teaser" is the story's own, and a line
         * of "comments" only links to them. */
        if (node > m->body.headline && node < m->body.headline + 60 &&
            to - node < (m->spots[i].kind & SPOT_COMMENT ? 12U : 60U))
            continue;
        v->shut[v->nshut++] = (struct body_range){ node, to };
        end = to;
    }
    return true;
}

static bool is_shut(const struct view *v, uint32_t node)
{
    uint32_t low = 0, high = v->nshut;

    while (low < high) {
        uint32_t mid = low + (high - low) / 2;

        if (v->shut[mid].to <= node)
            low = mid + 1;
        else
            high = mid;
    }
    return low < v->nshut && v->shut[low].from <= node;
}

static enum zone zone_of(const struct view *v, uint32_t node)
{
    if (is_shut(v, node) || body_is_other(&v->m->body, node))
        return ZONE_OTHER;
    if (node >= v->head_from && node < v->head_to)
        return ZONE_HEAD;
    if (node >= v->head_to && node < v->last)
        return ZONE_BODY;
    if (node >= v->last && node < v->after_to)
        return ZONE_AFTER;
    return ZONE_ELSE;
}

/* ---- dates
 * ----------------------------------------------------------------------- */

static bool is_inline(uint16_t tag)
{
    switch (tag) {
    case DTL_TAG_A:
    case DTL_TAG_ABBR:
    case DTL_TAG_ADDRESS:
    case DTL_TAG_B:
    case DTL_TAG_CITE:
    case DTL_TAG_EM:
    case DTL_TAG_FONT:
    case DTL_TAG_I:
    case DTL_TAG_SMALL:
    case DTL_TAG_SPAN:
    case DTL_TAG_STRONG:
    case DTL_TAG_SUB:
    case DTL_TAG_SUP:
    case DTL_TAG_TIME:
    case DTL_TAG_U:
    case DTL_TAG_WBR:
    case DTL_TAG_IMG:
    case DTL_TAG_OTHER:
    case DTL_TAG_MARK: return true;
    default: return false;
    }
}

static bool has_digit(struct dtl_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((s.ptr[i] >= '0' && s.ptr[i] <= '9') || s.ptr[i] >= 0xd9)
            return true;
    return false;
}

/* Ranks of a date by zone; the element's own evidence is subtracted. */
static int date_rank(const struct view *v, uint32_t node, enum zone z)
{
    static const int16_t ranks[] = { 50, 62, 60, 90, 200 };

    /* Above the headline lists of other stories may stand. */
    return ranks[z] +
           (z == ZONE_HEAD && node + 20 < v->m->body.headline ? 6 : 0);
}

/* "3 December. Updated: 7 December": the first, then, is the story's. */
static bool is_then_changed(const struct meta *m, struct dtl_slice line,
                            size_t at)
{
    struct date_hit hit;

    return date_find(line, at, &m->dates, &hit) && hit.from - at < 40 &&
           meta_says_modified(dtl_sub(line, at, hit.from));
}

/*
 * All dates of a line.  "Published 2 May 2024, updated 3 May": what stands
 * before each decides.
 */
static void line_dates(struct view *v, struct dtl_slice label,
                       struct dtl_slice line, int rank, bool marked,
                       bool modified, uint32_t offset)
{
    struct meta *m = v->m;
    struct date_hit hit;
    size_t at = 0, words = 0;

    for (unsigned n = 0; n < 3 && date_find(line, at, &m->dates, &hit); n++) {
        struct dtl_slice before = dtl_sub(line, at, hit.from);
        struct dtl_slice raw = dtl_sub(line, hit.from, hit.to);
        bool changed = modified || meta_says_modified(before);
        bool labelled = n == 0 && !changed && is_then_changed(m, line, hit.to);
        /* A time of day is no year of copyright. */
        bool foreign = meta_says_foreign(before) || meta_says_born(before) ||
                       (hit.when.precision < 12 && meta_says_copyright(before));
        enum dtl_claim_source source =
            hit.form == DATE_RELATIVE ? DTL_FROM_RELATIVE : DTL_FROM_VISIBLE;
        int r = rank + (hit.form == DATE_RELATIVE) * 4 +
                (hit.form == DATE_NO_YEAR) * 12 +
                (hit.form == DATE_MONTH) * 20 + (hit.guessed ? 2 : 0);

        /* The label may stand on the line above. */
        if (n == 0 && before.len < 4 && label.len > 0) {
            changed |= meta_says_modified(label);
            labelled |= meta_says_published(label);
            foreign |= meta_says_born(label);
        }
        labelled |= meta_says_published(before);
        if (!changed && labelled)
            r = r > 60 ? 55 : r - 6;
        words += before.len;
        at = hit.to;
        if (foreign)
            continue;
        /* "Today" is a word of any line. */
        if (hit.form == DATE_RELATIVE && hit.when.precision < 12 && !marked &&
            !labelled && !has_digit(raw))
            continue;
        /* A date deep in a sentence is the sentence's. */
        if (!marked && words > 60)
            return;
        meta_when(m, changed ? DTL_CLAIM_MODIFIED : DTL_CLAIM_PUBLISHED, source,
                  r, &hit.when, raw, offset);
    }
}

/*
 * What stands on the line before an element, "last edited: <time>": the words
 * after the last number, for a date there has its own meaning.
 */
static struct dtl_slice label_before(const struct meta *m, uint32_t i)
{
    const struct dtl_page *p = m->page;
    struct dtl_slice s;
    size_t from;

    for (unsigned n = 0; n < 4 && i > 0; n++) {
        i--;
        if (p->nodes[i].kind == DTL_NODE_ELEMENT && !is_inline(p->nodes[i].tag))
            break;
        if (p->nodes[i].kind != DTL_NODE_TEXT ||
            (p->nodes[i].flags & DTL_NODE_BLANK) != 0)
            continue;
        s = dtl_trim(dtl_node_text(p, i));
        for (from = s.len; from > 0 && from + 40 > s.len; from--)
            if (s.ptr[from - 1] >= '0' && s.ptr[from - 1] <= '9')
                break;
        return dtl_sub(s, from, s.len);
    }
    return dtl_slice_of(NULL, 0);
}

/* <time datetime>, <abbr title>, <span datetime>: the machine's form. */
static void see_time(struct view *v, uint32_t i, uint32_t kind, enum zone z)
{
    struct meta *m = v->m;
    const struct dtl_page *p = m->page;
    struct dtl_slice value = dtl_node_attr(p, i, DTL_ATTR_DATETIME), text;
    struct dtl_slice class = dtl_node_attr(p, i, DTL_ATTR_CLASS);
    bool changed = (kind & SPOT_MODIFIED) != 0;
    struct dtl_slice label = label_before(m, i);
    int rank = date_rank(v, i, z) - 10;
    bool published = false;
    struct dtl_when when;

    /* hAtom writes class="published updated" on one element. */
    if (dtl_find(class, dtl_str("publish"), 0) != SIZE_MAX) {
        rank -= 4;
        changed = false;
        published = true;
    }
    if (dtl_node_attr_named(p, i, "pubdate").ptr != NULL)
        rank -= 5;
    if (value.len == 0)
        value = dtl_node_attr(p, i, DTL_ATTR_TITLE);
    text = meta_text(m, i, META_LINE_MAX);
    if (value.len >= 4 && date_value(value, &m->dates, &when) &&
        when.precision >= 8 && date_plausible(&when, &m->dates)) {
        changed |= meta_says_modified(text) ||
                   (!published && meta_says_modified(label));
        meta_when(m, changed ? DTL_CLAIM_MODIFIED : DTL_CLAIM_PUBLISHED,
                  DTL_FROM_TIME_ELEMENT, rank, &when, value,
                  p->nodes[i].source);
        return;
    }
    line_dates(v, label, text, rank + 2, true, changed, p->nodes[i].source);
}

/* ---- microdata and RDFa
 * ------------------------------------------------------------- */

static struct dtl_slice prop_value(struct meta *m, uint32_t i)
{
    const struct dtl_page *p = m->page;
    static const enum dtl_attr attrs[] = { DTL_ATTR_CONTENT, DTL_ATTR_DATETIME,
                                           DTL_ATTR_OTHER };

    for (size_t k = 0; attrs[k] != DTL_ATTR_OTHER; k++) {
        struct dtl_slice s = dtl_node_attr(p, i, attrs[k]);

        if (s.len > 0)
            return s;
    }
    if (p->nodes[i].tag == DTL_TAG_IMG)
        return dtl_node_attr(p, i, DTL_ATTR_SRC);
    return meta_text(m, i, 300);
}

/* The type of the item a property belongs to; empty when there is none. */
static struct dtl_slice item_type(const struct dtl_page *p, uint32_t i)
{
    for (unsigned up = 0; i != 0 && up < 200; up++) {
        i = p->nodes[i].parent;
        if (p->nodes[i].kind != DTL_NODE_ELEMENT)
            break;
        if (dtl_node_attr(p, i, DTL_ATTR_ITEMSCOPE).ptr != NULL)
            return dtl_node_attr(p, i, DTL_ATTR_ITEMTYPE);
    }
    return dtl_slice_of(NULL, 0);
}

/* An author item's own name, or the element's text. */
static struct dtl_slice author_value(struct meta *m, uint32_t i)
{
    const struct dtl_page *p = m->page;
    uint32_t end = p->nodes[i].end;

    for (uint32_t k = i + 1; k < end && k < i + 80; k++)
        if (p->nodes[k].kind == DTL_NODE_ELEMENT &&
            dtl_equal(dtl_node_attr(p, k, DTL_ATTR_ITEMPROP), dtl_str("name")))
            return prop_value(m, k);
    return end - i <= 60 ? prop_value(m, i) : dtl_slice_of(NULL, 0);
}

static const struct {
    const char *name;
    uint8_t field;
    int8_t rank;
} props[] = {
    { "datePublished", DTL_CLAIM_PUBLISHED, 0 },
    { "dateCreated", DTL_CLAIM_PUBLISHED, 4 },
    { "dc:date", DTL_CLAIM_PUBLISHED, 4 },
    { "dc:created", DTL_CLAIM_PUBLISHED, 4 },
    { "pubdate", DTL_CLAIM_PUBLISHED, 2 },
    { "dateModified", DTL_CLAIM_MODIFIED, 0 },
    { "headline", DTL_CLAIM_TITLE, 0 },
    { "alternativeHeadline", DTL_CLAIM_SUBTITLE, 0 },
    { "author", DTL_CLAIM_AUTHOR, 0 },
    { "creator", DTL_CLAIM_AUTHOR, 4 },
    { "articleSection", DTL_CLAIM_SECTION, 0 },
    { "inLanguage", DTL_CLAIM_LANGUAGE, 0 },
};

static void see_prop(struct view *v, uint32_t i, enum zone z)
{
    struct meta *m = v->m;
    const struct dtl_page *p = m->page;
    struct dtl_slice name = dtl_node_attr(p, i, DTL_ATTR_ITEMPROP), type;
    enum dtl_claim_source source = DTL_FROM_MICRODATA;
    uint32_t offset = p->nodes[i].source;
    int rank = 28 + (z == ZONE_ELSE ? 10 : 0);

    if (name.len == 0) {
        name = dtl_node_attr(p, i, DTL_ATTR_PROPERTY);
        source = DTL_FROM_RDFA;
        if (dtl_starts(name, "schema:"))
            name = dtl_sub(name, 7, name.len);
    }
    for (size_t k = 0; k < sizeof props / sizeof props[0]; k++) {
        size_t len = strlen(props[k].name);

        /* itemprop may list several: "dateCreated datePublished". */
        if (dtl_find(name, dtl_str(props[k].name), 0) == SIZE_MAX ||
            name.len > len + 30)
            continue;
        type = item_type(p, i);
        if (dtl_find(type, dtl_str("Comment"), 0) != SIZE_MAX ||
            dtl_find(type, dtl_str("Answer"), 0) != SIZE_MAX)
            return;
        rank += props[k].rank;
        if (props[k].field == DTL_CLAIM_AUTHOR)
            meta_names(m, source, rank, author_value(m, i), offset);
        else if (strcmp(props[k].name, "dateCreated") == 0)
            meta_created(m, source, rank, prop_value(m, i), offset);
        else if (props[k].field == DTL_CLAIM_PUBLISHED ||
                 props[k].field == DTL_CLAIM_MODIFIED)
            meta_date(m, props[k].field, source, rank, prop_value(m, i),
                      offset);
        else
            meta_claim(m, props[k].field, source, rank, prop_value(m, i),
                       offset);
    }
}

/* ---- lines ---- */

/* Parts a line where a link begins or ends: "By Ana LeeView all posts" are
 * two things.  Counts as white space. */
#define LINK_EDGE 0x1f

static uint32_t link_around(const struct dtl_page *p, uint32_t i)
{
    for (unsigned up = 0; up < 4; up++) {
        i = p->nodes[i].parent;
        if (p->nodes[i].tag == DTL_TAG_A)
            return i;
    }
    return 0;
}

static bool is_silent(uint16_t tag)
{
    return tag == DTL_TAG_SCRIPT || tag == DTL_TAG_STYLE ||
           tag == DTL_TAG_SVG || tag == DTL_TAG_BUTTON ||
           tag == DTL_TAG_TEMPLATE || tag == DTL_TAG_NOSCRIPT;
}

/* Scripts, buttons and the like are stepped over. */
uint32_t meta_next_line(const struct meta *m, uint32_t i, uint32_t to,
                        struct dtl_slice *line, uint8_t *room)
{
    const struct dtl_page *p = m->page;
    size_t len = 0;
    bool gap = false;
    uint32_t link = 0;

    while (i < to) {
        const struct dtl_node *n = &p->nodes[i];

        if (n->kind == DTL_NODE_ELEMENT) {
            if (is_silent(n->tag)) {
                i = n->end;
                continue;
            }
            if (!is_inline(n->tag) && len > 0)
                break;
            gap = len > 0;
            i++;
            continue;
        }
        if (n->kind == DTL_NODE_TEXT && !(n->flags & DTL_NODE_BLANK)) {
            struct dtl_slice s = dtl_node_text(p, i);
            uint32_t around = link_around(p, i);

            if (around != link && len > 0 && len < META_LINE_MAX) {
                room[len++] = LINK_EDGE;
                gap = false;
            }
            link = around;
            /* A space that waits is written with the byte after it. */
            for (size_t k = 0; k < s.len && len < META_LINE_MAX + 8;) {
                if (s.ptr[k] <= ' ') {
                    gap = len > 0;
                    k++;
                    continue;
                }
                if (gap)
                    room[len++] = ' ';
                gap = false;
                do
                    room[len++] = s.ptr[k++];
                while (k < s.len && s.ptr[k] > ' ' && len < META_LINE_MAX + 8);
            }
        }
        i++;
        /* The end of a block ends the line. */
        if (len > 0) {
            uint32_t up = n->parent;
            bool ends = false;

            while (up > 0 && p->nodes[up].end <= i) {
                ends |= !is_inline(p->nodes[up].tag);
                up = p->nodes[up].parent;
            }
            if (ends)
                break;
        }
    }
    *line = dtl_slice_of(room, len);
    return i;
}

/* ---- bylines
 * -----------------------------------------------------------------------------
 */

static int author_rank(enum zone z)
{
    static const int16_t ranks[] = { 34, 46, 42, 80, 200 };

    return ranks[z];
}

/* Does link `i` lead to a person of the site?  Some words say so only where
 * a byline is expected. */
static bool leads_to_author(const struct dtl_page *p, uint32_t i, bool expected)
{
    static const char *const parts[] = { "author",  "Author", "autor",
                                         "auteur",  "/by/",   "people",
                                         "profile", "staff",  "journalist" };
    struct dtl_slice href = dtl_node_attr(p, i, DTL_ATTR_HREF);

    for (size_t k = 0; k < (expected ? sizeof parts / sizeof parts[0] : 5); k++)
        if (dtl_find(href, dtl_str(parts[k]), 0) != SIZE_MAX)
            return true;
    return dtl_find(dtl_node_attr(p, i, DTL_ATTR_REL), dtl_str("author"), 0) !=
           SIZE_MAX;
}

/* Names of the links of nodes [from, to) to authors: surer than text. */
static void linked_names(struct view *v, uint32_t from, uint32_t to, int rank,
                         bool expected)
{
    const struct dtl_page *p = v->m->page;

    for (uint32_t k = from; k < to; k++) {
        if (p->nodes[k].kind != DTL_NODE_ELEMENT ||
            p->nodes[k].tag != DTL_TAG_A || !leads_to_author(p, k, expected))
            continue;
        meta_byline(v->m, DTL_FROM_BYLINE, rank, BYLINE_LINKED,
                    meta_text(v->m, k, META_LINE_MAX), p->nodes[k].source);
        k = p->nodes[k].end - 1;
    }
}

/* "Source: ...": who was quoted, not who wrote. */
static bool is_outlet_word(struct dtl_slice s)
{
    return dtl_starts_nocase(s, "source") || dtl_starts(s, "来源");
}

/* "Posted on 2 May 2024 by Ana Lee": a name behind the date. */
static void late_byline(struct view *v, struct dtl_slice line, int rank,
                        uint32_t offset)
{
    struct date_hit hit;
    struct dtl_slice rest;
    size_t word;

    if (!date_find(line, 0, &v->m->dates, &hit))
        return;
    rest = dtl_sub(line, hit.to, line.len);
    while (rest.len > 0 && (rest.ptr[0] <= ' ' || rest.ptr[0] == ',' ||
                            rest.ptr[0] == '|' || rest.ptr[0] == '-'))
        rest = dtl_sub(rest, 1, rest.len);
    word = meta_byline_word(rest);
    if (word > 0 && word < rest.len && !is_outlet_word(rest))
        meta_byline(v->m, DTL_FROM_BYLINE, rank, BYLINE_SURE,
                    dtl_sub(rest, word, rest.len), offset);
}

/* Who took the picture did not write the text. */
static bool in_figure(const struct dtl_page *p, uint32_t i)
{
    for (unsigned up = 0; i != 0 && up < 8; up++) {
        if (p->nodes[i].tag == DTL_TAG_FIGURE ||
            p->nodes[i].tag == DTL_TAG_FIGCAPTION)
            return true;
        i = p->nodes[i].parent;
    }
    return false;
}

/* "Written by" alone on its line: the name is on the next. */
static bool is_label(struct dtl_slice line)
{
    return line.len > 0 && line.len < 40 && meta_byline_word(line) >= line.len;
}

static enum byline_kind sure_of(const struct meta *m, uint32_t kind, bool alone)
{
    if (kind & SPOT_REL_AUTHOR)
        return BYLINE_LINKED;
    return alone || m->body.page_type == DTL_PAGE_FORUM ? BYLINE_SURE
                                                        : BYLINE_MAYBE;
}

/* The first line of the element that holds names. */
static void see_author(struct view *v, uint32_t i, uint32_t kind, enum zone z)
{
    struct meta *m = v->m;
    const struct dtl_page *p = m->page;
    uint8_t room[META_LINE_ROOM];
    int rank = author_rank(z) - (kind & SPOT_REL_AUTHOR ? 2 : 0);
    uint32_t end = p->nodes[i].end, k = i;

    if (end - i > 100 || in_figure(p, i))
        return;
    for (unsigned n = 0; n < 4 && k < end; n++) {
        struct dtl_slice line;
        size_t word;

        k = meta_next_line(m, k, end, &line, room);
        if (line.len == 0 || line.len > META_LINE_MAX || is_label(line))
            continue;
        if (meta_is_checker(line))
            return;
        word = meta_byline_word(line);
        line = dtl_arena_dup(m->arena, dtl_sub(line, word, line.len));
        if (line.ptr == NULL ||
            meta_byline(m, DTL_FROM_BYLINE,
                        rank + (word > 0 ? 1 : 3) +
                            (z == ZONE_BODY && word == 0 ? 40 : 0),
                        sure_of(m, kind, word > 0 || (n == 0 && k >= end)),
                        line, p->nodes[i].source))
            return;
    }
    linked_names(v, i, end, rank + 2, true);
}

/* ---- lines
 * -------------------------------------------------------------------------------
 */

/* "(c) 2024 Example": a year, and not of this story; kept as the last resort
 * of a reader, never chosen. */
static void see_copyright(struct view *v, struct dtl_slice line,
                          uint32_t offset)
{
    struct dtl_slice year = { NULL, 0 };
    struct dtl_when when;

    if (!meta_says_copyright(line))
        return;
    for (size_t i = 0; i + 4 <= line.len; i++) /* the last of "1998-2024" */
        if ((line.ptr[i] == '1' && line.ptr[i + 1] == '9') ||
            (line.ptr[i] == '2' && line.ptr[i + 1] == '0'))
            year = dtl_sub(line, i, i + 4);
    if (year.len == 4 && date_value(year, &v->m->dates, &when) &&
        when.precision == 4)
        meta_when(v->m, DTL_CLAIM_PUBLISHED, DTL_FROM_COPYRIGHT, 150, &when,
                  year, offset);
}

static void see_line(struct view *v, struct dtl_slice label,
                     struct dtl_slice line, uint32_t node, enum zone z)
{
    struct meta *m = v->m;
    uint32_t offset = m->page->nodes[node].source;
    struct dtl_slice kept;
    size_t word;
    bool after;

    if (line.len < 4)
        return;
    if (line.len > META_LINE_MAX) { /* a paragraph: only how it begins */
        struct date_hit hit;

        line.len = META_LINE_MAX;
        while (line.len > 0 && (line.ptr[line.len] & 0xc0) == 0x80)
            line.len--;
        if (!has_digit(line) || !date_find(line, 0, &m->dates, &hit))
            return;
        if (hit.from > 24 && !meta_is_posted(line, &hit))
            return;
        line.len = hit.to;
        z = z == ZONE_HEAD ? ZONE_AFTER : ZONE_ELSE;
    }
    word = meta_byline_word(line);
    after = is_label(label);
    if (!has_digit(line) && word == 0 && !after)
        return;
    kept = dtl_arena_dup(m->arena, line);
    if (kept.ptr == NULL) {
        m->failed = true;
        return;
    }
    if (word < kept.len && (word > 0 || after))
        meta_byline(m, DTL_FROM_BYLINE, author_rank(z) + 4, BYLINE_SURE,
                    dtl_sub(kept, word, kept.len), offset);
    else if (z == ZONE_HEAD && has_digit(kept))
        late_byline(v, kept, author_rank(z) + 4, offset);
    if (z == ZONE_ELSE)
        see_copyright(v, kept, offset);
    if (has_digit(kept))
        line_dates(v, label, kept, date_rank(v, node, z) + 4, false, false,
                   offset);
}

static void read_lines(struct view *v, uint32_t from, uint32_t to, enum zone z)
{
    uint8_t rooms[2][META_LINE_ROOM];
    struct dtl_slice label = { NULL, 0 };
    unsigned turn = 0;

    for (uint32_t i = from; i < to;) {
        struct dtl_slice line;
        uint32_t start = i, next;
        const struct dtl_node *n = &v->m->page->nodes[i];

        /* A line begins with its text: around it may be what is the article's,
         * and it another story's. */
        if (n->kind != DTL_NODE_TEXT || zone_of(v, i) == ZONE_OTHER) {
            i = n->kind == DTL_NODE_ELEMENT && is_silent(n->tag) ? n->end
                                                                 : i + 1;
            continue;
        }
        next = meta_next_line(v->m, i, to, &line, rooms[turn]);
        see_line(v, label, line, start, z);
        if (line.len > 0) {
            label = line.len < 60 ? line : dtl_slice_of(NULL, 0);
            turn ^= 1;
        }
        i = next > i ? next : i + 1;
    }
}

/* ---- the rest
 * -----------------------------------------------------------------------------
 */

static void see_spot(struct view *v, const struct spot *s)
{
    struct meta *m = v->m;
    const struct dtl_page *p = m->page;
    uint32_t i = s->node, size = p->nodes[i].end - i;
    enum zone z = zone_of(v, i);
    uint32_t offset = p->nodes[i].source;

    if (z == ZONE_OTHER)
        return;
    if (s->kind & SPOT_PROP)
        see_prop(v, i, z);
    if (s->kind & SPOT_TIME)
        see_time(v, i, s->kind, z);
    else if ((s->kind & (SPOT_DATE | SPOT_MODIFIED)) && size <= 12 &&
             z != ZONE_ELSE)
        line_dates(v, label_before(m, i), meta_text(m, i, META_LINE_MAX),
                   date_rank(v, i, z) - 4, true,
                   (s->kind & (SPOT_DATE | SPOT_MODIFIED)) == SPOT_MODIFIED,
                   offset);
    if (s->kind & (SPOT_AUTHOR | SPOT_REL_AUTHOR))
        see_author(v, i, s->kind, z);
    if ((s->kind & SPOT_TAG) && size <= 80 && z != ZONE_ELSE &&
        p->nodes[i].tag == DTL_TAG_A)
        meta_claim(m, DTL_CLAIM_TAG, DTL_FROM_LINK, 40, meta_text(m, i, 100),
                   offset);
    if ((s->kind & SPOT_SUBTITLE) && z == ZONE_HEAD && size <= 30)
        meta_claim(m, DTL_CLAIM_SUBTITLE, DTL_FROM_VISIBLE, 30,
                   meta_text(m, i, 600), offset);
    if ((s->kind & SPOT_H1) && size <= 60 && v->headings++ < 8)
        meta_claim(m, DTL_CLAIM_TITLE, DTL_FROM_HEADING,
                   z == ZONE_HEAD ? 16 : 40, meta_heading(m, i), offset);
}

/* Links to authors between the headline and the text that nothing marks. */
static void head_links(struct view *v)
{
    const struct dtl_page *p = v->m->page;
    uint32_t from = v->m->body.headline;

    for (uint32_t i = from; from != 0 && i < v->head_to && i < v->anchor; i++)
        if (p->nodes[i].kind == DTL_NODE_ELEMENT &&
            p->nodes[i].tag == DTL_TAG_A && zone_of(v, i) == ZONE_HEAD &&
            !in_figure(p, i))
            linked_names(v, i, i + 1, author_rank(ZONE_HEAD) + 6, false);
}

int meta_visible(struct meta *m)
{
    struct view v = { .m = m };

    if (m->page->nnodes == 0)
        return DTL_OK;
    find_zones(&v);
    if (!shut_ranges(&v))
        return DTL_NOMEM;
    if (m->body.headline != 0)
        meta_claim(m, DTL_CLAIM_TITLE, DTL_FROM_HEADING,
                   m->page->nodes[m->body.headline].tag == DTL_TAG_H1
                       ? 15
                       : HEADING_LESSER,
                   meta_heading(m, m->body.headline),
                   m->page->nodes[m->body.headline].source);
    for (uint32_t i = 0; i < m->nspots; i++)
        see_spot(&v, &m->spots[i]);
    head_links(&v);
    read_lines(&v, v.head_from, v.head_to, ZONE_HEAD);
    read_lines(&v, v.last, v.after_to, ZONE_AFTER);
    if (meta_best(m, DTL_CLAIM_PUBLISHED) == NULL)
        read_lines(&v, m->page->body, m->page->nnodes, ZONE_ELSE);
    meta_aside(m);
    meta_dateline(m, m->body.text);
    return m->failed ? DTL_NOMEM : DTL_OK;
}
