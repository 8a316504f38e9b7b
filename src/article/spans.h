/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DTL_ARTICLE_SPANS_H
#define DTL_ARTICLE_SPANS_H
/*
 * What is marked inside a block: links, emphasis, code.  Blocks keep their
 * text only; the marks are read from the page again when somebody wants to
 * write them, so that finding an article costs nothing for them.
 */
#include <dateline/article.h>
#include <dateline/html.h>

enum span_kind {
    SPAN_LINK,
    SPAN_STRONG,
    SPAN_EM,
    SPAN_CODE,
    SPAN_STRUCK,
};

struct span {
    uint8_t kind;
    uint32_t from, to;     /* bytes of the block's text, not blank at either
                              end; spans nest, outer ones first */
    struct dtl_slice href; /* LINK: absolute where spans_base() is known */
};

struct spans {
    struct span *span;
    uint32_t n, cap;
    struct span_cell {
        uint32_t from, column;
    } * cell; /* ROW: where cells with text begin; columns do not fall */
    uint32_t ncells, cells_cap;
    uint32_t item, list; /* nodes of the li and the list; 0 none */
    uint32_t table;      /* node of the table, 0 none */
    bool head;           /* ROW: its first cell is a th */
};

/** What addresses on the page are relative to: where it was captured or, where
 * nobody knows that, where it says to be found; or empty. */
struct dtl_slice spans_base(const struct dtl_article *a);

/** The spans of `b`.  A block whose text is not found again on the page, as
 * one from its data, has none: an error is only being out of memory. */
bool spans_read(const struct dtl_article *a, const struct dtl_block *b,
                struct dtl_arena *arena, struct spans *out);

/** The number that the list's first item has: 1, or what the page says. */
unsigned spans_list_start(const struct dtl_article *a, uint32_t list);

/** Called for what stands in a text: pieces of it, and its marks. */
struct span_writer {
    void (*text)(struct dtl_buf *out, struct dtl_slice all, size_t from,
                 size_t to, const struct span *code);
    void (*mark)(struct dtl_buf *out, const struct span *s, bool open);
};
/** Write bytes [from, to) of the block with its marks. */
void spans_write(struct dtl_buf *out, const struct dtl_block *b,
                 const struct spans *s, size_t from, size_t to,
                 const struct span_writer *w);

/** The cell in column `i` of a row, empty where it holds no text; false after
 * the last one that does. */
bool spans_cell(const struct dtl_block *b, const struct spans *s, uint32_t i,
                size_t *from, size_t *to);

#endif
