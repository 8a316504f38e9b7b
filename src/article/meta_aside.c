/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The date of publication where nothing beside the article tells it: a box
 * "about this article" in the side bar, a card that links to this very page,
 * the first posting of a thread.  Whatever is found must be the only day of
 * its kind on the page.
 */
#include "meta.h"

#include <dateline/url.h>

/* From here on a date of the page is not trusted to be the article's. */
#define UNTRUSTED 90

/* Ranks of what is found here. */
#define RANK_LABELLED 60
#define RANK_BESIDE   70
#define RANK_CARD     55
#define RANK_POSTING  76

/* Nodes of a card, and levels from its link up to it. */
#define CARD_NODES  60
#define CARD_LEVELS 3

/* Nodes from the headline to a date in a side box, and of the date. */
#define BESIDE_NODES 120
#define DATE_NODES   12

/* An address shorter than this is a front page's. */
#define PATH_MIN 8

struct found {
    struct meta *m;
    struct dtl_when when;
    struct dtl_slice raw;
    uint32_t offset;
    bool any, torn; /* torn: there are several days */
};

static void put(struct found *f, const struct dtl_when *when,
                struct dtl_slice raw, uint32_t offset)
{
    if (when->precision < 8 || !date_plausible(when, &f->m->dates))
        return;
    if (f->any) {
        f->torn |= date_day(when) != date_day(&f->when);
        return;
    }
    f->raw = dtl_arena_dup(f->m->arena, raw);
    f->m->failed |= f->raw.ptr == NULL;
    f->any = true;
    f->when = *when;
    f->offset = offset;
}

static bool claim(const struct found *f, enum dtl_claim_source source, int rank)
{
    if (!f->any || f->torn)
        return false;
    meta_when(f->m, DTL_CLAIM_PUBLISHED,
              f->when.relative ? DTL_FROM_RELATIVE : source, rank, &f->when,
              f->raw, f->offset);
    return true;
}

/* ---- "Published: 2 May 2024", wherever it stands ------------------------- */

static void see_labelled(struct found *f, struct dtl_slice label,
                         struct dtl_slice line, uint32_t offset)
{
    struct date_hit hit;

    if (!date_find(line, 0, &f->m->dates, &hit) ||
        meta_says_modified(dtl_sub(line, 0, hit.from)))
        return;
    if (meta_is_posted(line, &hit) ||
        (hit.from < 4 && meta_says_published(label)))
        put(f, &hit.when, dtl_sub(line, hit.from, hit.to), offset);
}

/* The node after the comments that begin at node `i`, or `i`; `spot` moves
 * along with it. */
static uint32_t after_comments(const struct meta *m, uint32_t *spot, uint32_t i)
{
    while (*spot < m->nspots && m->spots[*spot].node < i)
        ++*spot;
    return *spot < m->nspots && m->spots[*spot].node == i &&
                   (m->spots[*spot].kind & SPOT_COMMENT)
               ? m->page->nodes[i].end
               : i;
}

static bool labelled(struct meta *m)
{
    const struct dtl_page *p = m->page;
    uint8_t rooms[2][META_LINE_ROOM];
    struct dtl_slice line, label = { NULL, 0 };
    struct found f = { .m = m };
    uint32_t spot = 0, next;

    for (uint32_t i = p->body; i < p->nnodes && !f.torn; i = next) {
        next = after_comments(m, &spot, i);
        if (next > i)
            continue;
        next = i + 1;
        if (body_is_other(&m->body, i) || p->nodes[i].kind != DTL_NODE_TEXT)
            continue;
        next = meta_next_line(m, i, p->nnodes, &line, rooms[0]);
        if (line.len > META_LINE_MAX)
            line.len = META_LINE_MAX;
        see_labelled(&f, label, line, p->nodes[i].source);
        if (line.len > 0) {
            label = line.len < 60 ? line : dtl_slice_of(NULL, 0);
            memcpy(rooms[1], label.ptr != NULL ? label.ptr : rooms[1],
                   label.len);
            label.ptr = rooms[1];
        }
        if (next <= i)
            next = i + 1;
    }
    return claim(&f, DTL_FROM_VISIBLE, RANK_LABELLED);
}

/* ---- a card of this page ------------------------------------------------- */

/* Address without scheme, host, fragment and closing slash. */
static struct dtl_slice path_of(struct dtl_slice url)
{
    size_t at = dtl_find(url, dtl_str("://"), 0), end;

    at = at == SIZE_MAX ? 0 : at + 3;
    while (at < url.len && url.ptr[at] != '/')
        at++;
    for (end = at; end < url.len && url.ptr[end] != '#'; end++)
        ;
    while (end > at && url.ptr[end - 1] == '/')
        end--;
    return dtl_sub(url, at, end);
}

static bool is_path(struct dtl_slice href, struct dtl_slice own)
{
    /* A fragment leads to a comment, not to the page. */
    return own.len >= PATH_MIN && href.len >= own.len &&
           dtl_find(href, dtl_str("#"), 0) == SIZE_MAX &&
           dtl_equal(path_of(href), own);
}

static void see_machine_date(struct found *f, uint32_t i)
{
    const struct dtl_page *p = f->m->page;
    struct dtl_slice value = dtl_node_attr(p, i, DTL_ATTR_DATETIME);
    struct dtl_when when;

    if (value.len >= 8 && date_value(value, &f->m->dates, &when))
        put(f, &when, value, p->nodes[i].source);
}

/* The date a card shows; relative ones may be of any story. */
static void see_card(struct found *f, uint32_t i)
{
    const struct dtl_page *p = f->m->page;
    struct dtl_slice text;
    struct date_hit hit;

    for (uint32_t k = i; k < p->nodes[i].end; k++)
        if (p->nodes[k].kind == DTL_NODE_ELEMENT)
            see_machine_date(f, k);
    if (f->any)
        return;
    text = meta_text(f->m, i, META_LINE_MAX);
    if (date_find(text, 0, &f->m->dates, &hit) && !hit.when.relative)
        put(f, &hit.when, dtl_sub(text, hit.from, hit.to), p->nodes[i].source);
}

static bool own_card(struct meta *m)
{
    const struct dtl_page *p = m->page;
    const struct dtl_claim *said = meta_best(m, DTL_CLAIM_CANONICAL);
    struct dtl_slice own =
        path_of(m->in->url.len > 0 || said == NULL ? m->in->url : said->value);
    struct found f = { .m = m };
    uint32_t spot = 0, next;

    for (uint32_t i = p->body; i < p->nnodes && !f.torn; i = next) {
        uint32_t card = i;
        struct found here = { .m = m };

        /* In a thread they are the postings. */
        next = m->body.page_type == DTL_PAGE_FORUM
                   ? i
                   : after_comments(m, &spot, i);
        if (next > i)
            continue;
        next = i + 1;

        if (p->nodes[i].kind != DTL_NODE_ELEMENT ||
            p->nodes[i].tag != DTL_TAG_A ||
            !is_path(dtl_trim(dtl_node_attr(p, i, DTL_ATTR_HREF)), own))
            continue;
        for (unsigned up = 0; up <= CARD_LEVELS && !here.any && card != 0 &&
                              p->nodes[card].end - card <= CARD_NODES;
             up++, card = p->nodes[card].parent)
            see_card(&here, card);
        if (here.any && !here.torn)
            put(&f, &here.when, here.raw, here.offset);
    }
    return claim(&f, DTL_FROM_VISIBLE, RANK_CARD);
}

/* ---- marked as a date beside the headline -------------------------------- */

/* Does the line it is on call it an update? */
static bool is_of_change(struct meta *m, uint32_t i)
{
    return meta_says_modified(
        meta_text(m, m->page->nodes[i].parent, META_LINE_MAX));
}

static bool beside_headline(struct meta *m)
{
    const struct dtl_page *p = m->page;
    struct found f = { .m = m };
    uint32_t from = m->body.headline;

    for (uint32_t k = 0; from != 0 && k < m->nspots && !f.torn; k++) {
        uint32_t i = m->spots[k].node;

        if (i + BESIDE_NODES > from && i < from + BESIDE_NODES &&
            (m->spots[k].kind & (SPOT_DATE | SPOT_TIME)) &&
            !(m->spots[k].kind & SPOT_MODIFIED) && !is_of_change(m, i) &&
            p->nodes[i].end - i <= DATE_NODES && !body_is_other(&m->body, i))
            see_card(&f, i);
    }
    return claim(&f, DTL_FROM_VISIBLE, RANK_BESIDE);
}

/* ---- the first posting of a thread --------------------------------------- */

static void first_posting(struct meta *m)
{
    const struct dtl_page *p = m->page;
    struct found f = { .m = m };

    for (uint32_t k = 0; k < m->nspots && !f.any; k++) {
        uint32_t i = m->spots[k].node;

        if ((m->spots[k].kind & (SPOT_TIME | SPOT_DATE)) &&
            p->nodes[i].end - i <= CARD_NODES && i > m->body.headline &&
            !body_is_other(&m->body, i))
            see_card(&f, i);
    }
    claim(&f, DTL_FROM_VISIBLE, RANK_POSTING);
}

/* ---- when to look -------------------------------------------------------- */

static bool is_dated(const struct meta *m)
{
    for (uint32_t i = 0; i < m->nclaims; i++) {
        const struct dtl_claim *c = &m->claims[i];

        if (c->field == DTL_CLAIM_PUBLISHED && c->rank < UNTRUSTED &&
            c->source != DTL_FROM_SCRIPT && c->when.precision >= 8)
            return true;
    }
    return false;
}

void meta_aside(struct meta *m)
{
    if (is_dated(m) || labelled(m) || beside_headline(m) || own_card(m))
        return;
    if (m->body.page_type == DTL_PAGE_FORUM)
        first_posting(m);
}
