/* SPDX-License-Identifier: Apache-2.0 */
/* Any page has a body: its blocks are valid text and lie in the page.  The
 * first line of the input is the title, the rest the page. */
#include <dateline/html.h>

#include <stdlib.h>

#include "body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_block(const struct dtl_block *b, size_t page)
{
    check(b->source <= b->source_end && b->source_end <= page);
    check(dtl_utf8_valid(b->text) == b->text.len);
    check(b->reason != NULL && b->role <= DTL_BLOCK_PRE);
}

static void check_written(const struct dtl_page *page,
                          const struct body_result *out, struct dtl_slice title,
                          struct dtl_arena *arena)
{
    struct dtl_article a = {
        .title = title,
        .blocks = out->blocks,
        .nblocks = out->nblocks,
        .page = page,
        .url = dtl_str("https://paper.example/a/b"),
    };
    struct dtl_slice md = dtl_article_markdown(&a, arena);
    struct dtl_slice html = dtl_article_html(&a, arena);

    check(md.ptr != NULL && dtl_utf8_valid(md) == md.len);
    check(html.ptr != NULL && dtl_utf8_valid(html) == html.len);
    check(dtl_find(html, dtl_str("<script"), 0) == SIZE_MAX);
}

static void run(struct dtl_slice title, struct dtl_slice text, bool explain,
                struct dtl_arena *arena)
{
    struct body_input in = {
        .titles = &title,
        .ntitles = 1,
        .json_body = explain ? text : dtl_str(""),
        .explain = explain,
    };
    struct body_result out;
    struct dtl_page *page;

    check(dtl_page_parse(text, arena, &page, NULL) == DTL_OK);
    in.page = page;
    check(body_find(&in, arena, &out, NULL) == DTL_OK);
    check(out.first <= out.last && out.last <= page->nnodes);
    check(out.headline < page->nnodes || page->nnodes == 0);
    check(out.confidence >= 0 && out.confidence <= 1);
    for (uint32_t i = 0; i < out.nblocks; i++)
        check_block(&out.blocks[i], text.len);
    check(dtl_utf8_valid(out.text) == out.text.len);
    check_written(page, &out, title, arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dtl_arena *arena = dtl_arena_new((size_t)256 << 20);
    struct dtl_decoded d;
    size_t line;

    check(arena != NULL);
    check(dtl_charset_decode(dtl_slice_of(data, size), dtl_str("utf-8"), arena,
                             &d, NULL) == DTL_OK);
    line = dtl_find(d.text, dtl_str("\n"), 0);
    if (line == SIZE_MAX)
        line = 0;
    run(dtl_sub(d.text, 0, line), dtl_sub(d.text, line, d.text.len), false,
        arena);
    run(dtl_sub(d.text, 0, line), dtl_sub(d.text, line, d.text.len), true,
        arena);
    dtl_arena_free(arena);
    return 0;
}
