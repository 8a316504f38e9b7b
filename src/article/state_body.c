/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of a page that shows none: what its scripts would show.  A template
 * script holds it as HTML; the state of an application holds it as strings of
 * a JSON value, under a name of the publisher's choosing.  That name is the
 * one under which most prose stands.
 */
#include "body_parts.h"
#include "jsonld.h"

#define MAX_NAMES 32u
#define LEAST     400u /* letters: less is no article */
#define SCRIPT    ((size_t)4 << 20)

/* Members that hold other things than the page's own text. */
static const char *const others[] = {
    "related", "recommend", "comment", "trending", "popular", "nav",
    "footer",  "teaser",    "sidebar", "messages", "i18n",    "translations",
    "seo",     "meta",      "legal",   "consent",  "menu",    "suggest",
};

static bool is_others(struct dtl_slice key)
{
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (dtl_starts_nocase(key, others[i]))
            return true;
    return false;
}

/* The nearest name above a value, empty inside what belongs to others. */
static struct dtl_slice name_of(const struct json_doc *d, uint32_t i)
{
    struct dtl_slice name = { NULL, 0 };

    for (uint32_t up = i; up != 0; up = d->nodes[up].parent) {
        if (is_others(d->nodes[up].key))
            return dtl_slice_of(NULL, 0);
        if (name.len == 0)
            name = d->nodes[up].key;
    }
    return name;
}

/* Sentences, not an address, a class or code. */
static bool says_prose(struct dtl_slice s)
{
    uint32_t stops = 0, blanks = 0, code = 0, wide = 0;

    if (s.len < 60 || dtl_starts(s, "http") || dtl_starts(s, "data:"))
        return false;
    for (size_t i = 0; i < s.len; i++) {
        stops += s.ptr[i] == '.' || s.ptr[i] == '?' || s.ptr[i] == '!';
        blanks += s.ptr[i] == ' ';
        code += s.ptr[i] == '{' || s.ptr[i] == ';' || s.ptr[i] == '=';
        wide += s.ptr[i] >= 0xe3;
    }
    return (stops > 0 || wide > 10) && (blanks * 15 > s.len || wide > 10) &&
           code * 25 < s.len;
}

struct names {
    struct dtl_slice name[MAX_NAMES];
    size_t size[MAX_NAMES];
    uint32_t n;
};

static void count_name(struct names *all, struct dtl_slice name, size_t size)
{
    uint32_t i = 0;

    while (i < all->n && !dtl_equal(all->name[i], name))
        i++;
    if (i == MAX_NAMES)
        return;
    if (i == all->n) {
        all->name[all->n] = name;
        all->size[all->n++] = 0;
    }
    all->size[i] += size;
}

static struct dtl_slice text_under(const struct json_doc *d,
                                   struct dtl_slice name,
                                   struct dtl_arena *arena)
{
    struct dtl_buf out = { .max = SCRIPT };
    struct dtl_slice copy = { NULL, 0 };

    for (uint32_t i = 1; i < d->n; i++) {
        if (d->nodes[i].kind != JSON_STRING || !says_prose(d->nodes[i].raw) ||
            !dtl_equal(name_of(d, i), name))
            continue;
        if (out.len > 0)
            dtl_buf_byte(&out, '\n');
        dtl_buf_slice(&out, jsonld_text(d, i));
    }
    if (!out.failed)
        copy = dtl_arena_dup(arena, dtl_buf_view(&out));
    dtl_buf_free(&out);
    return copy;
}

static struct dtl_slice from_state(struct dtl_slice script,
                                   struct dtl_arena *arena)
{
    size_t from = dtl_find(script, dtl_str("{"), 0);
    struct json_doc d = { .arena = arena };
    struct names all = { .n = 0 };
    uint32_t best = 0;

    if (from == SIZE_MAX || script.len > SCRIPT ||
        !jsonld_parse(dtl_sub(script, from, script.len), arena, &d))
        return dtl_slice_of(NULL, 0);
    for (uint32_t i = 1; i < d.n; i++) {
        struct dtl_slice name;

        if (d.nodes[i].kind != JSON_STRING || !says_prose(d.nodes[i].raw))
            continue;
        name = name_of(&d, i);
        if (name.len > 0)
            count_name(&all, name, d.nodes[i].raw.len);
    }
    for (uint32_t i = 1; i < all.n; i++)
        if (all.size[i] > all.size[best])
            best = i;
    if (all.n == 0 || all.size[best] < LEAST)
        return dtl_slice_of(NULL, 0);
    return text_under(&d, all.name[best], arena);
}

/* What the page's type of a script says it holds. */
enum { OF_CODE, OF_HTML, OF_DATA };

static int script_kind(const struct dtl_page *p, uint32_t i,
                       struct dtl_slice text)
{
    struct dtl_slice type = dtl_node_attr(p, i, DTL_ATTR_TYPE);

    if (dtl_find(type, dtl_str("ld+json"), 0) != SIZE_MAX)
        return OF_CODE; /* read as metadata */
    if (dtl_find(type, dtl_str("template"), 0) != SIZE_MAX ||
        dtl_find(type, dtl_str("text/html"), 0) != SIZE_MAX)
        return OF_HTML;
    if (dtl_find(type, dtl_str("json"), 0) != SIZE_MAX)
        return OF_DATA;
    text = dtl_trim(text);
    /* "window.__STATE__ = {", "var data = {" */
    text.len = text.len < 200 ? text.len : 200;
    return dtl_find(text, dtl_str("={"), 0) != SIZE_MAX ||
                   dtl_find(text, dtl_str("= {"), 0) != SIZE_MAX
               ? OF_DATA
               : OF_CODE;
}

struct dtl_slice state_body(const struct dtl_page *page,
                            struct dtl_arena *arena)
{
    struct dtl_slice best = { NULL, 0 };

    for (uint32_t i = 0; i < page->nnodes; i++) {
        const struct dtl_node *n = &page->nodes[i];
        struct dtl_slice text;

        if (n->kind != DTL_NODE_ELEMENT || n->tag != DTL_TAG_SCRIPT ||
            n->end <= i + 1)
            continue;
        text = dtl_node_text(page, i + 1);
        if (text.len < LEAST)
            continue;
        switch (script_kind(page, i, text)) {
        case OF_DATA: text = from_state(text, arena); break;
        case OF_HTML: break;
        default: continue;
        }
        if (text.len > best.len)
            best = text;
    }
    return best;
}
