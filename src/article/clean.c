/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The article as an HTML page of its own: nothing of the original's markup is
 * copied, so no script, style, frame or tracker of it can come along.
 */
#include "spans.h"

#include <dateline/url.h>

#include <stdio.h>

#define MOST_LISTS 8u

struct clean {
    struct dtl_buf out;
    const struct dtl_article *a;
    struct dtl_arena *arena;
    bool ordered[MOST_LISTS]; /* open lists */
    unsigned depth, base;
    uint32_t table; /* node of the open one */
    bool in_table, failed;
};

static void put_escaped(struct dtl_buf *out, struct dtl_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        switch (s.ptr[i]) {
        case '&': dtl_buf_str(out, "&amp;"); break;
        case '<': dtl_buf_str(out, "&lt;"); break;
        case '>': dtl_buf_str(out, "&gt;"); break;
        case '"': dtl_buf_str(out, "&quot;"); break;
        default: dtl_buf_byte(out, s.ptr[i]); break;
        }
}

static void put_text(struct dtl_buf *out, struct dtl_slice all, size_t from,
                     size_t to, const struct span *code)
{
    (void)code;
    while (from < to) {
        size_t line = dtl_find(all, dtl_str("\n"), from);

        line = line < to ? line : to;
        put_escaped(out, dtl_sub(all, from, line));
        if (line < to)
            dtl_buf_str(out, "<br>\n");
        from = line + 1;
    }
}

static void put_mark(struct dtl_buf *out, const struct span *s, bool open)
{
    static const char *const names[] = {
        [SPAN_LINK] = "a",    [SPAN_STRONG] = "strong", [SPAN_EM] = "em",
        [SPAN_CODE] = "code", [SPAN_STRUCK] = "s",
    };

    if (open && s->kind == SPAN_LINK) {
        dtl_buf_str(out, "<a href=\"");
        put_escaped(out, s->href);
        dtl_buf_str(out, "\">");
    } else {
        dtl_buf_printf(out, "<%s%s>", open ? "" : "/", names[s->kind]);
    }
}

static const struct span_writer writer = { put_text, put_mark };

static void put_block(struct clean *c, const struct dtl_block *b,
                      const char *open, const char *close)
{
    struct spans s;

    c->failed |= !spans_read(c->a, b, c->arena, &s);
    dtl_buf_str(&c->out, open);
    spans_write(&c->out, b, &s, 0, b->text.len, &writer);
    dtl_buf_str(&c->out, close);
}

static void close_lists(struct clean *c, unsigned depth)
{
    while (c->depth > depth) {
        c->depth--;
        dtl_buf_printf(&c->out, "</li>\n</%s>\n",
                       c->ordered[c->depth] ? "ol" : "ul");
    }
}

static void open_list(struct clean *c, const struct dtl_block *b)
{
    struct spans s = { .list = 0 };
    unsigned start;

    if (b->ordered)
        c->failed |= !spans_read(c->a, b, c->arena, &s);
    start = spans_list_start(c->a, s.list);
    if (start != 1)
        dtl_buf_printf(&c->out, "<ol start=\"%u\">\n", start);
    else
        dtl_buf_str(&c->out, b->ordered ? "<ol>\n" : "<ul>\n");
}

static void put_item(struct clean *c, const struct dtl_block *b)
{
    unsigned level;

    if (c->depth == 0)
        c->base = b->level;
    level = b->level > c->base ? b->level - c->base + 1U : 1;
    level = level > c->depth + 1 ? c->depth + 1 : level;
    level = level > MOST_LISTS ? MOST_LISTS : level;
    close_lists(c, level);
    if (c->depth == level && c->ordered[level - 1] != b->ordered)
        close_lists(c, level - 1);
    if (c->depth == level) {
        dtl_buf_str(&c->out, "</li>\n");
    } else {
        open_list(c, b);
        c->ordered[c->depth++] = b->ordered;
    }
    put_block(c, b, "<li>", "");
}

static void close_table(struct clean *c)
{
    if (c->in_table)
        dtl_buf_str(&c->out, "</table>\n");
    c->in_table = false;
}

static void put_row(struct clean *c, const struct dtl_block *b)
{
    struct spans s;
    size_t from, to;

    c->failed |= !spans_read(c->a, b, c->arena, &s);
    if (c->in_table && s.table != c->table)
        close_table(c);
    if (!c->in_table)
        dtl_buf_str(&c->out, "<table>\n");
    c->in_table = true;
    c->table = s.table;
    dtl_buf_str(&c->out, "<tr>");
    for (uint32_t i = 0; spans_cell(b, &s, i, &from, &to); i++) {
        bool head = s.head && i == 0;

        dtl_buf_str(&c->out, head ? "<th>" : "<td>");
        spans_write(&c->out, b, &s, from, to, &writer);
        dtl_buf_str(&c->out, head ? "</th>" : "</td>");
    }
    dtl_buf_str(&c->out, "</tr>\n");
}

static void put_caption(struct clean *c, const struct dtl_block *b)
{
    struct dtl_slice image = b->image, base = spans_base(c->a);

    if (image.len > 0 && base.len > 0)
        image = dtl_url_resolve(c->arena, base, image);
    dtl_buf_str(&c->out, "<figure>");
    /* Links, not pictures: a page that loads nothing tells nobody. */
    if (dtl_starts_nocase(image, "http://") ||
        dtl_starts_nocase(image, "https://")) {
        dtl_buf_str(&c->out, "<a href=\"");
        put_escaped(&c->out, image);
        dtl_buf_str(&c->out, "\">&#x1f5bc;</a>");
    }
    put_block(c, b, "<figcaption>", "</figcaption></figure>\n");
}

static void put_any(struct clean *c, const struct dtl_block *b)
{
    char open[8], close[8];
    unsigned level = b->level > 1 && b->level <= 6 ? b->level : 2;

    switch (b->role) {
    case DTL_BLOCK_HEADING:
        snprintf(open, sizeof open, "<h%u>", level);
        snprintf(close, sizeof close, "</h%u>\n", level);
        put_block(c, b, open, close);
        break;
    case DTL_BLOCK_ITEM: put_item(c, b); break;
    case DTL_BLOCK_ROW: put_row(c, b); break;
    case DTL_BLOCK_QUOTE:
        put_block(c, b, "<blockquote><p>", "</p></blockquote>\n");
        break;
    case DTL_BLOCK_PRE:
        dtl_buf_str(&c->out, "<pre>");
        put_escaped(&c->out, b->text);
        dtl_buf_str(&c->out, "</pre>\n");
        break;
    default: put_block(c, b, "<p>", "</p>\n"); break;
    }
}

static void put_head(struct clean *c)
{
    const struct dtl_article *a = c->a;
    char when[DTL_WHEN_TEXT];

    dtl_buf_str(&c->out, "<!DOCTYPE html>\n<html");
    if (a->language.len > 0) {
        dtl_buf_str(&c->out, " lang=\"");
        put_escaped(&c->out, a->language);
        dtl_buf_str(&c->out, "\"");
    }
    dtl_buf_str(&c->out, ">\n<head>\n<meta charset=\"utf-8\">\n<title>");
    put_escaped(&c->out, a->title);
    dtl_buf_str(&c->out, "</title>\n</head>\n<body>\n<article>\n");
    if (a->title.len > 0) {
        dtl_buf_str(&c->out, "<h1>");
        put_escaped(&c->out, a->title);
        dtl_buf_str(&c->out, "</h1>\n");
    }
    if (a->nauthors > 0) {
        dtl_buf_str(&c->out, "<address>");
        for (uint32_t i = 0; i < a->nauthors; i++) {
            dtl_buf_str(&c->out, i > 0 ? ", " : "");
            put_escaped(&c->out, a->authors[i]);
        }
        dtl_buf_str(&c->out, "</address>\n");
    }
    dtl_when_text(&a->published, when);
    if (a->published.precision != 0 && when[0] != '\0')
        dtl_buf_printf(&c->out, "<p><time datetime=\"%s\">%s</time></p>\n",
                       when, when);
}

static void put_blocks(struct clean *c)
{
    uint32_t last = 0;

    for (uint32_t i = 0; i < c->a->nblocks; i++)
        if (c->a->blocks[i].kept)
            last = i;
    for (uint32_t i = 0; i < c->a->nblocks && i <= last; i++) {
        const struct dtl_block *b = &c->a->blocks[i];
        bool caption = !b->kept && b->role == DTL_BLOCK_CAPTION;

        if (!b->kept && !caption)
            continue;
        if (b->role != DTL_BLOCK_ITEM)
            close_lists(c, 0);
        if (b->role != DTL_BLOCK_ROW)
            close_table(c);
        if (caption)
            put_caption(c, b);
        else
            put_any(c, b);
    }
    close_lists(c, 0);
    close_table(c);
}

struct dtl_slice dtl_article_html(const struct dtl_article *a,
                                  struct dtl_arena *arena)
{
    struct clean c = { .a = a, .arena = arena };
    struct dtl_slice copy = { NULL, 0 };

    put_head(&c);
    put_blocks(&c);
    dtl_buf_str(&c.out, "</article>\n</body>\n</html>\n");
    if (!c.failed && !c.out.failed)
        copy = dtl_arena_dup(arena, dtl_buf_view(&c.out));
    dtl_buf_free(&c.out);
    return copy;
}
