/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes are a page: its array is a tree, all of it can be read. */
#include <dateline/html.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_node(const struct dtl_page *p, uint32_t i)
{
    const struct dtl_node *n = &p->nodes[i];
    const struct dtl_node *parent = &p->nodes[n->parent];

    if (n->end <= i || n->end > parent->end || (i > 0 && n->parent >= i) ||
        n->source > p->source.len || parent->kind != DTL_NODE_ELEMENT)
        abort();
    if (n->kind != DTL_NODE_ELEMENT && n->end != i + 1)
        abort();
}

static void check_utf8(struct dtl_slice s)
{
    if (dtl_utf8_valid(s) != s.len)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dtl_arena *arena = dtl_arena_new((size_t)64 << 20);
    struct dtl_decoded d;
    struct dtl_page *p;

    if (arena == NULL ||
        dtl_charset_decode(dtl_slice_of(data, size), dtl_str("utf-8"), arena,
                           &d, NULL) != DTL_OK ||
        dtl_page_parse(d.text, arena, &p, NULL) != DTL_OK)
        abort();
    if (p->nnodes == 0 || p->nodes[0].end != p->nnodes)
        abort();
    for (uint32_t i = 0; i < p->nnodes; i++) {
        check_node(p, i);
        check_utf8(dtl_node_text(p, i));
        check_utf8(dtl_node_name(p, i));
        check_utf8(dtl_node_attr(p, i, DTL_ATTR_CLASS));
        check_utf8(dtl_node_attr_named(p, i, "data-x"));
    }
    dtl_arena_free(arena);
    return 0;
}
