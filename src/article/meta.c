/* SPDX-License-Identifier: Apache-2.0 */
#include "meta.h"

#include <dateline/url.h>

/* ---- small text -----------------------------------------------------------
 */

/* Zero-width and direction marks, soft hyphens, BOMs: never part of a value. */
static bool is_invisible(uint32_t c)
{
    return c == 0xad || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x2064) ||
           (c >= 0x2066 && c <= 0x2069) || c == 0xfeff || c == 0xfffc ||
           (c < 0x20 && c != 9 && c != 10 && c != 12 && c != 13) || c == 0x7f;
}

static bool is_space(uint32_t c)
{
    return c == ' ' || (c >= 9 && c <= 13) || c == 0xa0 || c == 0x3000 ||
           c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
           c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x85;
}

struct squeeze {
    uint8_t *out;
    size_t len, max;
    bool gap; /* white space waits to be written */
};

static void squeeze_add(struct squeeze *q, struct dtl_slice s)
{
    size_t at = 0;

    while (at < s.len && q->len + 5 < q->max) {
        size_t from = at;
        uint32_t c = s.ptr[at];

        if (c > ' ' && c < 0x7f) {
            if (q->gap)
                q->out[q->len++] = ' ';
            q->gap = false;
            q->out[q->len++] = (uint8_t)c;
            at++;
            continue;
        }
        if (c < 0x80)
            at++;
        else
            c = dtl_utf8_next(s, &at);
        if (is_space(c)) {
            q->gap = q->len > 0;
            continue;
        }
        if (is_invisible(c))
            continue;
        if (q->gap)
            q->out[q->len++] = ' ';
        q->gap = false;
        memcpy(q->out + q->len, s.ptr + from, at - from);
        q->len += at - from;
    }
}

static bool is_plain(struct dtl_slice s)
{
    bool space = true;

    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.ptr[i];

        if (c < 0x20 || c == 0x7f || (c == ' ' && space) || c == 0xc2 ||
            c == 0xe2 || c == 0xe3 || c == 0xef || c == 0xe1)
            return false;
        space = c == ' ';
    }
    return s.len > 0 && !space;
}

struct dtl_slice meta_clean(struct meta *m, struct dtl_slice s)
{
    struct squeeze q = { .max = s.len + 8 };

    s = dtl_trim(s);
    if (s.len == 0 || is_plain(s))
        return s;
    q.out = dtl_arena_alloc(m->arena, q.max);
    if (q.out == NULL) {
        m->failed = true;
        return dtl_slice_of(NULL, 0);
    }
    squeeze_add(&q, s);
    return dtl_slice_of(q.out, q.len);
}

static bool is_block(uint16_t tag)
{
    switch (tag) {
    case DTL_TAG_BR:
    case DTL_TAG_DIV:
    case DTL_TAG_P:
    case DTL_TAG_LI:
    case DTL_TAG_TD:
    case DTL_TAG_TR:
    case DTL_TAG_H1:
    case DTL_TAG_H2:
    case DTL_TAG_H3: return true;
    default: return false;
    }
}

#define TEXT_MAX 1024

/* Parts of headings that are not the headline: kickers, and separators that
 * only a screen reader hears. */
static bool is_kicker(struct dtl_slice class)
{
    static const char *const parts[] = {
        "kicker",        "overline",   "topline",    "dachzeile",
        "eyebrow",       "supertitle", "pretitle",   "roofline",
        "titleheader",   "hidden",     "offscreen",  "sr-only",
        "screen-reader", "descriptor", "spitzmarke", "overtitle",
    };

    for (size_t i = 0; class.len > 0 && i < sizeof parts / sizeof parts[0]; i++)
        if (dtl_find(class, dtl_str(parts[i]), 0) != SIZE_MAX)
            return true;
    return false;
}

static struct dtl_slice text_of(struct meta *m, uint32_t i, size_t max,
                                bool heading)
{
    const struct dtl_page *p = m->page;
    uint8_t room[TEXT_MAX];
    struct squeeze q = { .out = room, .max = max < TEXT_MAX ? max : TEXT_MAX };
    uint32_t end = p->nodes[i].end;
    struct dtl_slice text;

    for (uint32_t k = i + (p->nodes[i].kind == DTL_NODE_ELEMENT);
         k < end && q.len + 5 < q.max;) {
        const struct dtl_node *n = &p->nodes[k];

        if (n->kind == DTL_NODE_ELEMENT) {
            if (n->tag == DTL_TAG_SCRIPT || n->tag == DTL_TAG_STYLE ||
                n->tag == DTL_TAG_SVG || n->tag == DTL_TAG_TEMPLATE ||
                n->tag == DTL_TAG_BUTTON || n->tag == DTL_TAG_NOSCRIPT) {
                k = n->end;
                continue;
            }
            if (heading && is_kicker(dtl_node_attr(p, k, DTL_ATTR_CLASS))) {
                k = n->end;
                continue;
            }
            if (is_block(n->tag))
                q.gap = q.len > 0;
        } else if (n->kind == DTL_NODE_TEXT) {
            squeeze_add(&q, dtl_node_text(p, k));
        }
        k++;
    }
    text = dtl_arena_dup(m->arena, dtl_slice_of(room, q.len));
    m->failed |= text.ptr == NULL;
    return text;
}

struct dtl_slice meta_text(struct meta *m, uint32_t i, size_t max)
{
    return text_of(m, i, max, false);
}

struct dtl_slice meta_heading(struct meta *m, uint32_t i)
{
    struct dtl_slice full = text_of(m, i, 600, false);
    struct dtl_slice bare = text_of(m, i, 600, true);

    if (bare.len < 8 || bare.len == full.len)
        return full;
    /* JSON-LD may call it by its kicker too: then that is its title. */
    for (uint32_t k = 0; k < m->nclaims; k++)
        if (m->claims[k].field == DTL_CLAIM_TITLE &&
            m->claims[k].source == DTL_FROM_JSONLD &&
            m->claims[k].value.len > bare.len + 4 &&
            dtl_find(m->claims[k].value, bare, 0) != SIZE_MAX &&
            dtl_equal(dtl_sub(m->claims[k].value, 0, 6), dtl_sub(full, 0, 6)))
            return full;
    return bare;
}

/* ---- claims
 * ------------------------------------------------------------------ */

static struct dtl_claim *new_claim(struct meta *m)
{
    if (m->nclaims == META_CLAIMS)
        return NULL;
    if (m->nclaims == m->cap) {
        uint32_t cap = m->cap != 0 ? m->cap * 2 : 64;
        void *p =
            dtl_arena_grow(m->arena, m->claims, m->cap * sizeof *m->claims,
                           cap * sizeof *m->claims);

        if (p == NULL) {
            m->failed = true;
            return NULL;
        }
        m->claims = p;
        m->cap = cap;
    }
    return memset(&m->claims[m->nclaims++], 0, sizeof *m->claims);
}

#define VOID_MAX 9u /* bytes of the longest */

/* Templates that were not filled in, and words for "nothing". */
static bool is_void_value(struct dtl_slice s)
{
    static const char *const voids[] = { "null", "undefined", "none",
                                         "n/a",  "false",     "true",
                                         "nan",  "-",         "[]",
                                         "{}",   "default",   "unknown" };

    if (dtl_starts(s, "{{") || dtl_starts(s, "${") || dtl_starts(s, "<%") ||
        dtl_starts(s, "%%"))
        return true;
    for (size_t i = 0; s.len <= VOID_MAX && i < sizeof voids / sizeof voids[0];
         i++)
        if (dtl_equal_nocase(s, dtl_str(voids[i])))
            return true;
    return false;
}

struct dtl_claim *meta_claim(struct meta *m, enum dtl_claim_field field,
                             enum dtl_claim_source source, int rank,
                             struct dtl_slice value, uint32_t offset)
{
    struct dtl_slice raw = value;
    struct dtl_claim *c;

    value = meta_clean(m, value);
    if (value.len == 0 || is_void_value(value))
        return NULL;
    for (uint32_t i = 0; i < m->nclaims; i++)
        if (m->claims[i].field == field && m->claims[i].source == source &&
            dtl_equal(m->claims[i].value, value))
            return NULL;
    c = new_claim(m);
    if (c == NULL)
        return NULL;
    c->field = (uint8_t)field;
    c->source = (uint8_t)source;
    c->rank = (int16_t)rank;
    c->value = value;
    c->raw = raw;
    c->offset = offset;
    c->when.time = DTL_NO_TIME;
    return c;
}

void meta_when(struct meta *m, enum dtl_claim_field field,
               enum dtl_claim_source source, int rank,
               const struct dtl_when *when, struct dtl_slice raw,
               uint32_t offset)
{
    struct dtl_claim *c = NULL;

    if (date_plausible(when, &m->dates))
        c = new_claim(m);
    else if (m->nrefused < META_REFUSED)
        c = &m->refused[m->nrefused++];
    if (c == NULL)
        return;
    c->field = (uint8_t)field;
    c->source = (uint8_t)source;
    c->rank = (int16_t)rank;
    c->value = c->raw = raw;
    c->offset = offset;
    c->when = *when;
}

void meta_add_refused(struct meta *m)
{
    for (uint32_t i = 0; i < m->nrefused; i++) {
        struct dtl_claim *c = new_claim(m);

        if (c == NULL)
            return;
        *c = m->refused[i];
        c->rank = INT16_MAX;
    }
}

void meta_date(struct meta *m, enum dtl_claim_field field,
               enum dtl_claim_source source, int rank, struct dtl_slice value,
               uint32_t offset)
{
    struct dtl_when when;

    value = dtl_trim(value);
    if (value.len >= 4 && date_value(value, &m->dates, &when))
        meta_when(m, field, source, rank, &when, value, offset);
}

void meta_created(struct meta *m, enum dtl_claim_source source, int rank,
                  struct dtl_slice value, uint32_t offset)
{
    struct dtl_when when;
    int part[6];

    value = dtl_trim(value);
    if (value.len < 4 || !date_value(value, &m->dates, &when))
        return;
    dtl_time_split(when.time, part);
    if (when.precision == 8 && part[1] == 1 && part[2] == 1)
        when.precision = 4;
    meta_when(m, DTL_CLAIM_PUBLISHED, source, rank, &when, value, offset);
}

struct dtl_claim *meta_best(const struct meta *m, enum dtl_claim_field field)
{
    struct dtl_claim *best = NULL;

    for (uint32_t i = 0; i < m->nclaims; i++)
        if (m->claims[i].field == field &&
            (best == NULL || m->claims[i].rank < best->rank))
            best = &m->claims[i];
    return best;
}

/* ---- the walk
 * ---------------------------------------------------------------------- */

void meta_spot(struct meta *m, uint32_t node, uint32_t kind)
{
    if (m->nspots == META_SPOTS)
        return;
    if (m->nspots == m->spots_cap) {
        uint32_t cap = m->spots_cap != 0 ? m->spots_cap * 2 : 128;
        void *p =
            dtl_arena_grow(m->arena, m->spots, m->spots_cap * sizeof *m->spots,
                           cap * sizeof *m->spots);

        if (p == NULL) {
            m->failed = true;
            return;
        }
        m->spots = p;
        m->spots_cap = cap;
    }
    m->spots[m->nspots++] = (struct spot){ node, kind };
}

static struct dtl_slice script_text(const struct meta *m, uint32_t i)
{
    const struct dtl_node *n = &m->page->nodes[i];

    if (n->end > i + 1 && m->page->nodes[i + 1].kind == DTL_NODE_TEXT)
        return dtl_node_text(m->page, i + 1);
    return dtl_slice_of(NULL, 0);
}

/* The bytes of the page it is made of. */
static struct dtl_slice script_source(const struct meta *m, uint32_t i)
{
    const struct dtl_node *n = &m->page->nodes[i];

    if (n->end > i + 1 && n[1].kind == DTL_NODE_TEXT &&
        (n[1].flags & DTL_NODE_DECODED) == 0)
        return dtl_sub(m->page->source, n[1].u.text.offset,
                       n[1].u.text.offset + n[1].u.text.len);
    return script_text(m, i);
}

/* The value after `"name": ` at `at`, just past the name. */
static struct dtl_slice script_value(struct dtl_slice s, size_t at)
{
    size_t end;

    while (at < s.len &&
           (s.ptr[at] == '"' || s.ptr[at] == '\'' || s.ptr[at] == '\\'))
        at++;
    while (at < s.len &&
           (s.ptr[at] == ' ' || s.ptr[at] == ':' || s.ptr[at] == '='))
        at++;
    while (at < s.len &&
           (s.ptr[at] == '"' || s.ptr[at] == '\'' || s.ptr[at] == '\\'))
        at++;
    for (end = at; end < s.len && end < at + 40; end++)
        if (s.ptr[end] == '"' || s.ptr[end] == '\'' || s.ptr[end] == '\\' ||
            s.ptr[end] == ',' || s.ptr[end] == '<' || s.ptr[end] == '}')
            break;
    return dtl_sub(s, at, end);
}

static bool is_name_byte(uint8_t c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool holds(struct dtl_slice s, const char *word)
{
    return dtl_find(s, dtl_str(word), 0) != SIZE_MAX;
}

/* "datePublished", "pagePublishDate", "first_published_at"; not a publisher,
 * not "lastPublished". */
static bool is_date_name(struct dtl_slice name)
{
    uint8_t low[40];
    struct dtl_slice letters = { low, 0 };

    if (name.len > sizeof low)
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (name.ptr[i] != '_' && name.ptr[i] != '-')
            low[letters.len++] = name.ptr[i] | 0x20;
    if ((!holds(letters, "publish") && !holds(letters, "publicat")) ||
        holds(letters, "publisher") || holds(letters, "unpubl") ||
        holds(letters, "last") || holds(letters, "expir"))
        return false;
    return holds(letters, "date") || holds(letters, "time") ||
           dtl_ends(letters, "at") || dtl_ends(letters, "on") ||
           dtl_ends(letters, "published");
}

/* The name around byte `at`. */
static struct dtl_slice name_around(struct dtl_slice s, size_t at)
{
    size_t from = at, to = at;

    while (from > 0 && at - from < 40 &&
           (is_name_byte(s.ptr[from - 1]) || s.ptr[from - 1] == '_' ||
            s.ptr[from - 1] == '-'))
        from--;
    while (to < s.len && to - at < 40 &&
           (is_name_byte(s.ptr[to]) || s.ptr[to] == '_' || s.ptr[to] == '-'))
        to++;
    return dtl_sub(s, from, to);
}

/* Dates in script state, under any name that speaks of publishing;
 * meta_choose() believes them only when they agree: a state may hold a list
 * of stories. */
static void see_state(struct meta *m, struct dtl_slice s)
{
    size_t at = 0;

    for (unsigned n = 0; n < 16; n++) {
        struct dtl_slice name, value;
        struct dtl_when when;

        at = dtl_find(s, dtl_str("ubli"), at);
        if (at == SIZE_MAX)
            return;
        name = name_around(s, at);
        at = (size_t)(name.ptr - s.ptr) + name.len;
        if (!is_date_name(name))
            continue;
        value = script_value(s, at);
        if (value.len >= 8 && date_value(value, &m->dates, &when) &&
            when.precision >= 8)
            meta_when(m, DTL_CLAIM_PUBLISHED, DTL_FROM_SCRIPT, 58, &when, value,
                      0);
    }
}

static void see_script(struct meta *m, uint32_t i)
{
    struct dtl_slice type = dtl_node_attr(m->page, i, DTL_ATTR_TYPE);

    if (dtl_find(type, dtl_str("ld+json"), 0) == SIZE_MAX) {
        /* Most say nothing of publishing, and need no decoding then. */
        if (dtl_find(script_source(m, i), dtl_str("ubli"), 0) != SIZE_MAX)
            see_state(m, script_text(m, i));
        return;
    }
    if (!jsonld_parse(script_text(m, i), m->arena, &m->json))
        m->failed = true;
}

static uint32_t words_of_rel(struct dtl_slice rel)
{
    if (rel.len == 0)
        return 0;
    return (dtl_find(rel, dtl_str("author"), 0) != SIZE_MAX ? SPOT_REL_AUTHOR
                                                            : 0) |
           (dtl_find(rel, dtl_str("tag"), 0) != SIZE_MAX ? SPOT_TAG : 0);
}

#define HAS(have, attr) (((have) >> DTL_ATTR_##attr & 1) != 0)
#define BIT(attr)       (UINT32_C(1) << DTL_ATTR_##attr)
/* Elements with none of these have to be h1 or time to tell anything. */
#define TELLING \
    (BIT(CLASS) | BIT(ID) | BIT(ITEMPROP) | BIT(PROPERTY) | BIT(REL))

static void see_element(struct meta *m, uint32_t i)
{
    const struct dtl_page *p = m->page;
    const struct dtl_node *n = &p->nodes[i];
    uint32_t kind = 0, have = dtl_node_attrs(p, i);

    if ((have & TELLING) == 0 && n->tag != DTL_TAG_H1 && n->tag != DTL_TAG_TIME)
        return;
    if (HAS(have, CLASS))
        kind |= classes_of(m->classes, i).spots;
    if (HAS(have, ID))
        kind |=
            classes_said(m->classes, dtl_node_attr(p, i, DTL_ATTR_ID)).spots;
    if ((HAS(have, ITEMPROP) &&
         dtl_node_attr(p, i, DTL_ATTR_ITEMPROP).len > 0) ||
        (HAS(have, PROPERTY) && dtl_node_attr(p, i, DTL_ATTR_PROPERTY).len > 0))
        kind |= SPOT_PROP;
    if (HAS(have, REL) && (n->tag == DTL_TAG_A || n->tag == DTL_TAG_SPAN))
        kind |= words_of_rel(dtl_node_attr(p, i, DTL_ATTR_REL));
    if (n->tag == DTL_TAG_H1)
        kind |= SPOT_H1;
    /* hAtom has <abbr class=published title=2024-05-02>. */
    if (n->tag == DTL_TAG_TIME ||
        (n->tag == DTL_TAG_ABBR && (kind & (SPOT_DATE | SPOT_MODIFIED)) != 0))
        kind |= SPOT_TIME;
    if (kind != 0)
        meta_spot(m, i, kind);
}

static void walk(struct meta *m)
{
    const struct dtl_page *p = m->page;

    for (uint32_t i = 0; i < p->nnodes;) {
        const struct dtl_node *n = &p->nodes[i];

        if (n->kind != DTL_NODE_ELEMENT) {
            i++;
            continue;
        }
        switch (n->tag) {
        case DTL_TAG_META:
        case DTL_TAG_LINK:
        case DTL_TAG_TITLE:
        case DTL_TAG_HTML:
        case DTL_TAG_BASE:
            if (!(n->flags & DTL_NODE_FOREIGN))
                meta_head(m, i);
            i++;
            break;
        case DTL_TAG_SCRIPT:
            see_script(m, i);
            i = n->end;
            break;
        case DTL_TAG_STYLE:
        case DTL_TAG_SVG:
        case DTL_TAG_TEMPLATE:
        case DTL_TAG_SELECT: i = n->end; break;
        case DTL_TAG_BODY:
            i++; /* its classes speak of the page as a whole */
            break;
        default:
            if (i > p->body)
                see_element(m, i);
            i++;
        }
    }
}

static struct dtl_slice host_of(struct meta *m)
{
    struct dtl_slice host;

    struct dtl_slice url = m->in->url;
    size_t inner = 8;

    if (url.len == 0)
        return dtl_slice_of(NULL, 0);
    /* A page out of a web archive is of the site that was archived. */
    while ((inner = dtl_find(url, dtl_str("/http"), inner)) != SIZE_MAX) {
        struct dtl_slice rest = dtl_sub(url, inner + 1, url.len);

        if (dtl_starts(rest, "http://") || dtl_starts(rest, "https://")) {
            url = rest;
            break;
        }
        inner++;
    }
    host = dtl_url_host(m->arena, url);
    return dtl_starts(host, "www.") ? dtl_sub(host, 4, host.len) : host;
}

int meta_collect(struct meta *m, struct dtl_error *err)
{
    struct dtl_when when;

    m->host = host_of(m);
    if (m->page->nnodes > 0)
        m->lang = dtl_node_attr(m->page, 0, DTL_ATTR_LANG);
    date_context(&m->dates, m->lang, m->host, m->in->captured);
    m->classes = classes_new(m->page, m->arena);
    m->failed |= m->classes == NULL;
    if (!m->failed)
        walk(m);
    meta_json(m);
    if (date_in_url(m->in->url, &m->dates, &when))
        meta_when(m, DTL_CLAIM_PUBLISHED, DTL_FROM_URL, 25, &when, m->in->url,
                  0);
    if (m->failed)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory reading metadata");
    return DTL_OK;
}
