/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input made to hurt: each kind is a prefix and a piece repeated up to four
 * million bytes.  Linear work takes milliseconds, quadratic work would take
 * hours; the limit lies far from both, so that a slow machine passes.
 */
#include <dateline/html.h>

#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#define SIZE    ((size_t)4000000)
#define SECONDS 20.0
/* Nodes, attributes and what outgrown arrays leave behind. */
#define MEMORY ((size_t)160 << 20)

static const struct kind {
    const char *name, *prefix, *piece;
    bool truncated;
} kinds[] = {
    { "unclosed phrases", "", "<b>", true },
    { "unclosed blocks", "", "<div>", true },
    { "unclosed links", "", "<a href=x>", false },
    { "unclosed unknown elements", "", "<x-y>", true },
    { "links around blocks", "", "<a><p>", true },
    { "stray end tags", "<b><i><u>", "</div>", false },
    { "stray unknown end tags", "", "</x-y>", false },
    { "crossed tags", "", "<b><i></b></i>", false },
    { "paragraphs in a deep stack", "<p><b><i><u><s><tt>", "<div></div>",
      false },
    { "list items", "", "<li>", false },
    { "lists", "", "<ul><li>", true },
    { "tables", "", "<table>", false },
    { "nested tables", "", "<table><tr><td>", true },
    { "cells", "<table>", "<td>", false },
    { "rows without tables", "", "<tr><td>", false },
    { "forms", "", "<form></form><div>", true },
    { "headings", "", "<h1>", false },
    { "templates", "", "<template>", true },
    { "noscripts", "", "<noscript>", true },
    { "svg elements", "<svg>", "<g>", true },
    { "svg in and out", "", "<svg><g><p>", true },
    { "math", "", "<math><mi>", true },
    { "selects", "", "<select><option>", false },
    { "less-than signs", "", "<", false },
    { "ampersands", "", "&", false },
    { "half references", "", "&CounterClockwiseContourIntegra", false },
    { "numbers without an end", "&#", "9", false },
    { "comments within comments", "", "<!--", false },
    { "unfinished declarations", "", "<!", false },
    { "end tag openings", "<title>", "</titl", false },
    { "scripts within a script", "<script><!--", "<script>", false },
    { "dashes in a script", "<script><!--", "-<-", false },
    { "attributes", "<p ", "a ", true },
    { "attributes with values", "<p ", "a=b ", true },
    { "elements with attributes", "", "<p a b c d>", true },
    { "one attribute value", "<p a=\"", "x", false },
    { "one attribute name", "<p ", "x", false },
    { "one tag name", "<", "x", false },
    { "quotes", "<p a=\"'", "\"'", false },
    { "NULs", "", "\1", false }, /* \1 becomes NUL */
    { "carriage returns", "", "\r", false },
    { "texts and stray ends", "", "x</y>", false },
    { "bodies", "", "<body a=b>", false },
};

static uint8_t *fill(const struct kind *k)
{
    uint8_t *text = malloc(SIZE);
    size_t prefix = strlen(k->prefix), piece = strlen(k->piece);

    assert_non_null(text);
    memcpy(text, k->prefix, prefix);
    for (size_t i = prefix; i < SIZE; i++) {
        char c = k->piece[(i - prefix) % piece];

        text[i] = c == '\1' ? '\0' : (uint8_t)c;
    }
    return text;
}

static size_t read_all(const struct dtl_page *p)
{
    size_t bytes = 0;

    for (uint32_t i = 0; i < p->nnodes; i++) {
        bytes += dtl_node_text(p, i).len;
        bytes += dtl_node_attr(p, i, DTL_ATTR_CLASS).len;
    }
    return bytes;
}

static void linear_time_and_bounded_memory(void **state)
{
    struct dtl_arena *arena = dtl_arena_new(0);

    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        uint8_t *text = fill(&kinds[i]);
        clock_t start = clock();
        struct dtl_page *p;
        double seconds;

        assert_int_equal(
            dtl_page_parse(dtl_slice_of(text, SIZE), arena, &p, NULL), DTL_OK);
        read_all(p);
        seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
        print_message("%-28s %5.0f ms %8u nodes %4zu MB%s\n", kinds[i].name,
                      seconds * 1e3, p->nnodes, dtl_arena_used(arena) >> 20,
                      p->truncated ? ", truncated" : "");
        assert_true(seconds < SECONDS);
        assert_true(dtl_arena_used(arena) < MEMORY);
        assert_int_equal(p->truncated, kinds[i].truncated);
        free(text);
        dtl_arena_reset(arena);
    }
    dtl_arena_free(arena);
}

/* An arena that is full is an error, not a crash, wherever it strikes. */
static void little_memory(void **state)
{
    static const char text[] = "<html><body><p class=a id=b>x&amp;y<b>z</b>";
    struct dtl_buf page = { .max = 0 };

    (void)state;
    for (int i = 0; i < 500; i++)
        dtl_buf_str(&page, text);
    for (size_t ceiling = 16; ceiling < 200000; ceiling += 1777) {
        struct dtl_arena *arena = dtl_arena_new(ceiling);
        struct dtl_error err = { 0 };
        struct dtl_page *p;
        int rc = dtl_page_parse(dtl_buf_view(&page), arena, &p, &err);

        assert_true(rc == DTL_OK || rc == DTL_NOMEM);
        assert_int_equal(rc, err.status);
        if (rc == DTL_OK)
            assert_true(read_all(p) > 0);
        dtl_arena_free(arena);
    }
    dtl_buf_free(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linear_time_and_bounded_memory),
        cmocka_unit_test(little_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
