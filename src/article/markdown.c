/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blocks as light Markdown (CommonMark plus pipe tables without a header).
 */
#include "body.h"

static void add_prefixed(struct dtl_buf *out, const char *prefix,
                         struct dtl_slice text)
{
    size_t from = 0;

    while (from <= text.len) {
        size_t to = dtl_find(text, dtl_str("\n"), from);

        if (to == SIZE_MAX)
            to = text.len;
        dtl_buf_str(out, prefix);
        dtl_buf_slice(out, dtl_sub(text, from, to));
        dtl_buf_byte(out, '\n');
        from = to + 1;
    }
}

static void add_heading(struct dtl_buf *out, unsigned level,
                        struct dtl_slice text)
{
    for (unsigned i = 0; i < level; i++)
        dtl_buf_byte(out, '#');
    dtl_buf_byte(out, ' ');
    for (size_t i = 0; i < text.len; i++)
        dtl_buf_byte(out, text.ptr[i] == '\n' ? ' ' : text.ptr[i]);
    dtl_buf_byte(out, '\n');
}

/* A line of text that Markdown would read as something else. */
static bool needs_escape(struct dtl_slice s)
{
    return s.len > 0 && strchr("#>-+*=|`~", s.ptr[0]) != NULL &&
           s.ptr[0] != '\0';
}

static void add_block(struct dtl_buf *out, const struct dtl_block *b,
                      unsigned number)
{
    switch (b->role) {
    case DTL_BLOCK_HEADING:
        add_heading(out, b->level > 1 && b->level <= 6 ? b->level : 2,
                    b->markdown);
        break;
    case DTL_BLOCK_ITEM:
        if (b->ordered)
            dtl_buf_printf(out, "%u. ", number);
        else
            dtl_buf_str(out, "- ");
        dtl_buf_slice(out, b->markdown);
        dtl_buf_byte(out, '\n');
        break;
    case DTL_BLOCK_QUOTE: add_prefixed(out, "> ", b->markdown); break;
    case DTL_BLOCK_ROW:
        dtl_buf_str(out, "| ");
        dtl_buf_slice(out, b->markdown);
        dtl_buf_str(out, " |\n");
        break;
    case DTL_BLOCK_PRE: add_prefixed(out, "    ", b->markdown); break;
    default:
        if (needs_escape(b->markdown))
            dtl_buf_byte(out, '\\');
        dtl_buf_slice(out, b->markdown);
        dtl_buf_byte(out, '\n');
        break;
    }
}

/* Items and rows of one list or table stand without a blank line between. */
static bool runs_on(const struct dtl_block *a, const struct dtl_block *b)
{
    return a->role == b->role && a->ordered == b->ordered &&
           (a->role == DTL_BLOCK_ITEM || a->role == DTL_BLOCK_ROW ||
            a->role == DTL_BLOCK_PRE);
}

struct dtl_slice body_markdown(const struct dtl_block *blocks, uint32_t n,
                               struct dtl_slice title, struct dtl_arena *arena)
{
    struct dtl_buf out = { .max = 0 };
    const struct dtl_block *before = NULL;
    struct dtl_slice copy = { NULL, 0 };
    unsigned number = 0;

    if (title.len > 0)
        add_heading(&out, 1, title);
    for (uint32_t i = 0; i < n; i++) {
        if (!blocks[i].kept)
            continue;
        if (before != NULL && runs_on(before, &blocks[i])) {
            number++;
        } else {
            number = 1;
            if (out.len > 0)
                dtl_buf_byte(&out, '\n');
        }
        add_block(&out, &blocks[i], number);
        before = &blocks[i];
    }
    if (!out.failed)
        copy = dtl_arena_dup(arena, dtl_buf_view(&out));
    dtl_buf_free(&out);
    return copy;
}
