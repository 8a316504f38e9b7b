/* SPDX-License-Identifier: Apache-2.0 */
/* Trees: what ends what, what is implied, what stands where. */
#include <dateline/html.h>

#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

/*
 * A page on one line: name(child child), attributes as name[attr=value], texts
 * in quotes, comments as <!...>.  Blank texts are left out; ~ marks inert
 * nodes, ^ foreign ones.
 */
struct line {
    char text[1 << 14];
    size_t len;
};

static void put(struct line *l, const char *fmt, ...)
{
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(l->text + l->len, sizeof l->text - l->len, fmt, ap);
    va_end(ap);
    assert_true(n >= 0 && (size_t)n < sizeof l->text - l->len);
    l->len += (size_t)n;
}

static void put_slice(struct line *l, struct dtl_slice s)
{
    put(l, "%.*s", (int)s.len, (const char *)s.ptr);
}

static void put_marks(struct line *l, const struct dtl_node *n)
{
    if (n->flags & DTL_NODE_INERT)
        put(l, "~");
    if (n->flags & DTL_NODE_FOREIGN)
        put(l, "^");
}

static void put_attrs(struct line *l, const struct dtl_page *p, uint32_t i)
{
    static const char *const shown[] = { "href", "class", "id", "content",
                                         "data-x" };

    for (size_t k = 0; k < sizeof shown / sizeof shown[0]; k++) {
        struct dtl_slice v = dtl_node_attr_named(p, i, shown[k]);

        if (v.ptr == NULL)
            continue;
        put(l, "[%s=", shown[k]);
        put_slice(l, v);
        put(l, "]");
    }
}

static void put_node(struct line *l, const struct dtl_page *p, uint32_t i)
{
    const struct dtl_node *n = &p->nodes[i];
    const char *before = "(";

    put_marks(l, n);
    if (n->kind == DTL_NODE_TEXT) {
        put(l, "'");
        put_slice(l, dtl_node_text(p, i));
        put(l, "'");
        return;
    }
    if (n->kind == DTL_NODE_COMMENT) {
        put(l, "<!");
        put_slice(l, dtl_node_text(p, i));
        put(l, ">");
        return;
    }
    put_slice(l, dtl_node_name(p, i));
    put_attrs(l, p, i);
    for (uint32_t k = i + 1; k < n->end; k = p->nodes[k].end) {
        assert_int_equal(p->nodes[k].parent, i);
        if ((p->nodes[k].flags & DTL_NODE_BLANK) != 0)
            continue;
        put(l, "%s", before);
        put_node(l, p, k);
        before = " ";
    }
    if (*before == ' ')
        put(l, ")");
}

/* Ends are nested, parents come first, the last end is the array's. */
static void check_shape(const struct dtl_page *p)
{
    assert_int_equal(p->nodes[0].end, p->nnodes);
    for (uint32_t i = 0; i < p->nnodes; i++) {
        const struct dtl_node *n = &p->nodes[i];

        assert_true(n->end > i && n->end <= p->nodes[n->parent].end);
        assert_true(i == 0 || n->parent < i);
        assert_true(n->kind == DTL_NODE_ELEMENT || n->end == i + 1);
    }
}

struct row {
    const char *name, *html, *tree;
};

static void check_rows(const struct row *rows, size_t n)
{
    struct dtl_arena *arena = dtl_arena_new(0);

    for (size_t i = 0; i < n; i++) {
        struct line *l = calloc(1, sizeof *l);
        struct dtl_page *p;

        assert_non_null(l);
        assert_int_equal(dtl_page_parse(dtl_str(rows[i].html), arena, &p, NULL),
                         DTL_OK);
        check_shape(p);
        put_node(l, p, 0);
        if (strcmp(l->text, rows[i].tree) != 0)
            fail_msg("%s:\n  %s\n  is    %s\n  wants %s", rows[i].name,
                     rows[i].html, l->text, rows[i].tree);
        free(l);
        dtl_arena_reset(arena);
    }
    dtl_arena_free(arena);
}

#define CHECK(rows) check_rows(rows, sizeof rows / sizeof rows[0])

static void head_and_body(void **state)
{
    static const struct row rows[] = {
        { "nothing", "", "html(body)" },
        { "text alone", "x", "html(body('x'))" },
        { "written out",
          "<!doctype html><html id=h><head><title>T</title></head>"
          "<body id=b>x</body></html>",
          "html[id=h](head(title('T')) body[id=b]('x'))" },
        { "title alone makes a head", "<title>T</title>x",
          "html(head(title('T')) body('x'))" },
        { "metadata after the head belongs into it",
          "<head></head><meta content=m><body>x",
          "html(head(meta[content=m]) body('x'))" },
        { "a div ends the head", "<head><div>x</div><meta content=m>",
          "html(head body(div('x') meta[content=m]))" },
        { "text ends the head", "<head>x<meta content=m>",
          "html(head body('x' meta[content=m]))" },
        { "content after the end of the body", "<body>a</body></html>b",
          "html(body('a' 'b'))" },
        { "attributes of a late body", "<p>a<body id=b>",
          "html(body[id=b](p('a')))" },
        { "the first body wins", "<body id=a><body id=b>x",
          "html(body[id=a]('x'))" },
        { "frames", "<frameset><frame id=f></frameset>",
          "html(frameset(frame[id=f]))" },
        { "comments around", "<!--a--><html><!--b--><body><!--c-->",
          "html(<!a> <!b> body(<!c>))" },
        { "noscript of the head keeps to itself",
          "<head><noscript><img id=i><p>x</p></noscript>"
          "<meta content=m></head>y",
          "html(head(noscript(~img[id=i] ~p(~'x')) meta[content=m]) "
          "body('y'))" },
    };

    (void)state;
    CHECK(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(head_and_body),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
