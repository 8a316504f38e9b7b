/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a page: texts and values are decoded when first asked for. */
#include "token.h"
#include "names.h"
#include "scan.h"

/* Does this part of the page? */
static bool needs_decoding(const struct dtl_page *p, struct dtl_slice s)
{
    return html_any_special(s.ptr, s.ptr + s.len,
                            p->source.ptr + p->source.len);
}

/* NULL when out of memory. */
static const struct html_text *decoded(struct dtl_slice s, unsigned how,
                                       struct dtl_arena *arena)
{
    struct html_text *t =
        dtl_arena_alloc(arena, sizeof *t + html_decoded_max(s));

    if (t != NULL)
        t->len = html_decode(s, how, t->bytes);
    return t;
}

static struct dtl_slice view(const struct html_text *t)
{
    return dtl_slice_of(t->bytes, t->len);
}

/* ---- texts ------------------------------------------------------------ */

static unsigned how_of(const struct dtl_node *n)
{
    unsigned how = (n->flags & DTL_NODE_RAW) != 0 ? 0 : HTML_REFERENCES;
    bool data =
        how != 0 && n->tag != DTL_TAG_TITLE && n->tag != DTL_TAG_TEXTAREA;

    if (data && (n->flags & DTL_NODE_FOREIGN) == 0)
        how |= HTML_DROP_NUL;
    return how;
}

struct dtl_slice dtl_node_text(const struct dtl_page *p, uint32_t i)
{
    /* The page owns its nodes; to its readers they are const. */
    struct dtl_node *n = (struct dtl_node *)(uintptr_t)&p->nodes[i];
    struct dtl_slice raw;
    const struct html_text *t;

    if (n->kind == DTL_NODE_ELEMENT)
        return dtl_slice_of(NULL, 0);
    if ((n->flags & DTL_NODE_DECODED) != 0)
        return view(n->u.cached);
    raw = dtl_slice_of(p->source.ptr + n->u.text.offset, n->u.text.len);
    if ((n->flags & DTL_NODE_LAZY) == 0)
        return raw;
    n->flags &= (uint8_t)~DTL_NODE_LAZY;
    if ((n->flags & DTL_NODE_RAW) != 0
            ? !html_any_control(raw.ptr, raw.ptr + raw.len)
            : !needs_decoding(p, raw))
        return raw;
    t = decoded(raw, how_of(n), p->arena);
    if (t == NULL)
        return raw;
    n->flags |= DTL_NODE_DECODED;
    n->u.cached = t;
    return view(t);
}

/* ---- attributes ------------------------------------------------------- */

_Static_assert(DTL_ATTR_COUNT <= 32, "attrs.have has a bit for each");

static struct dtl_slice value_of(const struct dtl_page *p, uint32_t i)
{
    struct dtl_page_attr *a = (struct dtl_page_attr *)(uintptr_t)&p->attrs[i];
    struct dtl_slice raw;
    const struct html_text *t;

    if ((a->flags & HTML_ATTR_DECODED) != 0)
        return view(a->value.decoded);
    raw = dtl_slice_of(p->source.ptr + a->value.raw.offset, a->value.raw.len);
    if ((a->flags & HTML_ATTR_LAZY) == 0)
        return raw;
    a->flags &= (uint8_t)~HTML_ATTR_LAZY;
    if (!needs_decoding(p, raw))
        return raw;
    t = decoded(raw, HTML_REFERENCES | HTML_ATTRIBUTE, p->arena);
    if (t == NULL)
        return raw;
    a->flags |= HTML_ATTR_DECODED;
    a->value.decoded = t;
    return view(t);
}

/* Where an attribute that the node has stands. */
static uint32_t place_of(const struct dtl_page *p, uint32_t i,
                         enum dtl_attr name)
{
    uint32_t k = p->nodes[i].u.attrs.first;

    while (p->attrs[k].id != name)
        k++;
    return k;
}

struct dtl_slice dtl_node_attr(const struct dtl_page *p, uint32_t i,
                               enum dtl_attr name)
{
    if ((dtl_node_attrs(p, i) >> name & 1) == 0)
        return dtl_slice_of(NULL, 0);
    return value_of(p, place_of(p, i, name));
}

uint8_t dtl_node_attr_first(const struct dtl_page *p, uint32_t i,
                            enum dtl_attr name)
{
    const struct dtl_page_attr *a;
    struct dtl_slice v;
    uint32_t k;

    if ((dtl_node_attrs(p, i) >> name & 1) == 0)
        return 0;
    k = place_of(p, i, name);
    a = &p->attrs[k];
    if ((a->flags & HTML_ATTR_LAZY) != 0 && a->value.raw.len > 0) {
        uint8_t c = p->source.ptr[a->value.raw.offset];

        if (c != '&' && c != '\r' && c != '\0')
            return c;
    }
    v = value_of(p, k);
    return v.len > 0 ? v.ptr[0] : 0;
}

struct dtl_slice dtl_node_attr_named(const struct dtl_page *p, uint32_t i,
                                     const char *name)
{
    const struct dtl_node *n = &p->nodes[i];
    struct dtl_slice want = dtl_str(name);

    if (n->kind != DTL_NODE_ELEMENT)
        return dtl_slice_of(NULL, 0);
    for (uint32_t k = 0; k < n->u.attrs.count; k++) {
        const struct dtl_page_attr *a = &p->attrs[n->u.attrs.first + k];

        if (a->name_len == want.len &&
            dtl_equal_nocase(dtl_slice_of(p->source.ptr + a->name, a->name_len),
                             want))
            return value_of(p, n->u.attrs.first + k);
    }
    return dtl_slice_of(NULL, 0);
}

/* ---- names ------------------------------------------------------------ */

struct dtl_slice dtl_node_name(const struct dtl_page *p, uint32_t i)
{
    const struct dtl_node *n = &p->nodes[i];
    const uint8_t *from, *to, *end = p->source.ptr + p->source.len;
    uint8_t *bytes;

    if (n->kind != DTL_NODE_ELEMENT)
        return dtl_slice_of(NULL, 0);
    if (n->tag != DTL_TAG_OTHER)
        return dtl_str(html_tag_names[n->tag]);
    from = p->source.ptr + n->source + 1;
    for (to = from; to < end && memchr("\t\n\f\r />", *to, 7) == NULL; to++)
        ;
    bytes = dtl_arena_alloc(
        p->arena, html_decoded_max(dtl_slice_of(from, (size_t)(to - from))));
    if (bytes == NULL)
        return dtl_slice_of(NULL, 0);
    return dtl_slice_of(bytes,
                        html_decode(dtl_slice_of(from, (size_t)(to - from)),
                                    HTML_LOWER, bytes));
}
