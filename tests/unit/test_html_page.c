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
    const char *name;
    struct dtl_slice html;
    const char *tree;
};

#define ROW(name, html, tree)                                     \
    {                                                             \
        name, { (const uint8_t *)(html), sizeof(html) - 1 }, tree \
    }

static void check_rows(const struct row *rows, size_t n)
{
    struct dtl_arena *arena = dtl_arena_new(0);

    for (size_t i = 0; i < n; i++) {
        struct line *l = calloc(1, sizeof *l);
        struct dtl_page *p;

        assert_non_null(l);
        assert_int_equal(dtl_page_parse(rows[i].html, arena, &p, NULL), DTL_OK);
        check_shape(p);
        put_node(l, p, 0);
        if (strcmp(l->text, rows[i].tree) != 0)
            fail_msg("%s:\n  %s\n  is    %s\n  wants %s", rows[i].name,
                     (const char *)rows[i].html.ptr, l->text, rows[i].tree);
        free(l);
        dtl_arena_reset(arena);
    }
    dtl_arena_free(arena);
}

#define CHECK(rows) check_rows(rows, sizeof rows / sizeof rows[0])

static void head_and_body(void **state)
{
    static const struct row rows[] = {
        ROW("nothing", "", "html(body)"),
        ROW("text alone", "x", "html(body('x'))"),
        ROW("written out",
            "<!doctype html><html id=h><head><title>T</title></head>"
            "<body id=b>x</body></html>",
            "html[id=h](head(title('T')) body[id=b]('x'))"),
        ROW("title alone makes a head", "<title>T</title>x",
            "html(head(title('T')) body('x'))"),
        ROW("metadata after the head belongs into it",
            "<head></head><meta content=m><body>x",
            "html(head(meta[content=m]) body('x'))"),
        ROW("a div ends the head", "<head><div>x</div><meta content=m>",
            "html(head body(div('x') meta[content=m]))"),
        ROW("text ends the head", "<head>x<meta content=m>",
            "html(head body('x' meta[content=m]))"),
        ROW("content after the end of the body", "<body>a</body></html>b",
            "html(body('a' 'b'))"),
        ROW("attributes of a late body", "<p>a<body id=b>",
            "html(body[id=b](p('a')))"),
        ROW("the first body wins", "<body id=a><body id=b>x",
            "html(body[id=a]('x'))"),
        ROW("frames", "<frameset><frame id=f></frameset>",
            "html(frameset(frame[id=f]))"),
        ROW("comments around", "<!--a--><html><!--b--><body><!--c-->",
            "html(<!a> <!b> body(<!c>))"),
        ROW("noscript of the head keeps to itself",
            "<head><noscript><img id=i><p>x</p></noscript>"
            "<meta content=m></head>y",
            "html(head(noscript(~img[id=i] ~p(~'x')) meta[content=m]) "
            "body('y'))"),
    };

    (void)state;
    CHECK(rows);
}

static void paragraphs_and_items(void **state)
{
    static const struct row rows[] = {
        ROW("a block ends a paragraph", "<p>a<div>b</div>c",
            "html(body(p('a') div('b') 'c'))"),
        ROW("a paragraph ends a paragraph", "<p>a<p>b",
            "html(body(p('a') p('b')))"),
        ROW("a phrase does not", "<p>a<span>b</span>c",
            "html(body(p('a' span('b') 'c')))"),
        ROW("a button keeps its block to itself",
            "<p>a<button><div>b</div></button>c",
            "html(body(p('a' button(div('b')) 'c')))"),
        ROW("stray end of a paragraph", "<div>a</p>b",
            "html(body(div('a' p 'b')))"),
        ROW("stray end of a line break", "a</br>b", "html(body('a' br 'b'))"),
        ROW("items end items", "<ul><li>a<li>b</ul>c",
            "html(body(ul(li('a') li('b')) 'c'))"),
        ROW("nested lists", "<ul><li>a<ul><li>b</ul><li>c</ul>",
            "html(body(ul(li('a' ul(li('b'))) li('c'))))"),
        ROW("an item through a div", "<ul><li><div>a<li>b</ul>",
            "html(body(ul(li(div('a')) li('b'))))"),
        ROW("an item not through a section",
            "<ul><li><section>a<li>b</section></ul>",
            "html(body(ul(li(section('a' li('b'))))))"),
        ROW("end of an item in an inner list",
            "<ul><li>a<ol></li><li>b</ol></ul>",
            "html(body(ul(li('a' ol(li('b'))))))"),
        ROW("terms and descriptions", "<dl><dt>a<dd>b<dt>c</dl>",
            "html(body(dl(dt('a') dd('b') dt('c'))))"),
        ROW("headings", "<h1>a<h2>b</h1>c</h2>",
            "html(body(h1('a') h2('b') 'c'))"),
        ROW("an end tag of another heading", "<h1><span>a</h3>b",
            "html(body(h1(span('a')) 'b'))"),
        ROW("a horizontal rule ends a paragraph", "<p>a<hr>b",
            "html(body(p('a') hr 'b'))"),
        ROW("options",
            "<select><optgroup><option>a<option>b<optgroup><option>c</select>d",
            "html(body(select(optgroup(option('a') option('b')) "
            "optgroup(option('c'))) 'd'))"),
        ROW("select in select ends it", "<select><option>a<select>b",
            "html(body(select(option('a')) 'b'))"),
        ROW("an input ends a select", "<select><option>a<input id=i>b",
            "html(body(select(option('a')) input[id=i] 'b'))"),
        ROW("ruby", "<ruby>a<rb>b<rt>c<rp>d<rtc>e<rt>f</ruby>g",
            "html(body(ruby('a' rb('b') rt('c') rp('d') rtc('e' rt('f'))) "
            "'g'))"),
        ROW("forms do not nest", "<form id=a><form id=b>x</form>y",
            "html(body(form[id=a]('x') 'y'))"),
        ROW("the form that ends in the middle",
            "<form id=f><div>a</form>b</div>c",
            "html(body(form[id=f](div('a' 'b')) 'c'))"),
        ROW("buttons do not nest", "<button>a<button>b",
            "html(body(button('a') button('b')))"),
        ROW("an image by its old name", "<image id=i>x",
            "html(body(img[id=i] 'x'))"),
    };

    (void)state;
    CHECK(rows);
}

static void end_tags(void **state)
{
    static const struct row rows[] = {
        ROW("unknown ones are ignored", "a</foo>b", "html(body('a' 'b'))"),
        ROW("those not in scope", "<div><span>a</div></span>b",
            "html(body(div(span('a')) 'b'))"),
        ROW("a block ends what is open in it", "<div><span><b>a</div>b",
            "html(body(div(span(b('a'))) 'b'))"),
        ROW("a phrase does not end a block", "<span><div>a</span>b</div>c",
            "html(body(span(div('a' 'b') 'c')))"),
        ROW("custom elements", "<x-a><X-B>a</x-b>b</x-A>c",
            "html(body(x-a(x-b('a') 'b') 'c'))"),
        ROW("void elements have none", "<br>a</img>b<input>c</input>d",
            "html(body(br 'a' 'b' input 'c' 'd'))"),
        ROW("self-closing means nothing", "<div/>a", "html(body(div('a')))"),
        ROW("not through a table cell", "<div><table><tr><td></div>a</table>b",
            "html(body(div(table(tbody(tr(td('a')))) 'b')))"),
    };

    (void)state;
    CHECK(rows);
}

static void formatting(void **state)
{
    static const struct row rows[] = {
        ROW("nested", "<b><i>a</i>b</b>c", "html(body(b(i('a') 'b') 'c'))"),
        ROW("crossed", "<b><i>a</b>b</i>c", "html(body(b(i('a')) 'b' 'c'))"),
        ROW("around a block", "<a href=x><h3>a</a></h3>b",
            "html(body(a[href=x](h3('a')) 'b'))"),
        ROW("around a block, text after it", "<a href=x><div>a</a>b</div>c",
            "html(body(a[href=x](div('a' 'b')) 'c'))"),
        ROW("left open in a paragraph", "<p><b>a<p>b",
            "html(body(p(b('a')) p('b')))"),
        ROW("links do not nest", "<a href=x>a<a href=y>b",
            "html(body(a[href=x]('a') a[href=y]('b')))"),
        ROW("links do not nest across blocks",
            "<a href=x><p>a<a href=y>b</a>c</p>d",
            "html(body(a[href=x](p('a' a[href=y]('b') 'c')) 'd'))"),
        ROW("links in cells are others",
            "<a href=x><table><tr><td><a href=y>b</a></table>",
            "html(body(a[href=x](table(tbody(tr(td(a[href=y]('b'))))))))"),
        ROW("font", "<font><center>a</font>b</center>c",
            "html(body(font(center('a' 'b')) 'c'))"),
        ROW("end tag without a start", "a</b>b", "html(body('a' 'b'))"),
    };

    (void)state;
    CHECK(rows);
}

static void tables(void **state)
{
    static const struct row rows[] = {
        ROW("well-formed",
            "<table><caption>x</caption><colgroup><col></"
            "colgroup><thead><tr><th>a</th></tr></thead><tbody><tr><td>b</td></"
            "tr></tbody></table>c",
            "html(body(table(caption('x') colgroup(col) thead(tr(th('a'))) "
            "tbody(tr(td('b')))) 'c'))"),
        ROW("rows imply a body", "<table><tr><td>a</table>",
            "html(body(table(tbody(tr(td('a'))))))"),
        ROW("cells imply a row", "<table><td>a<td>b<tr><th>c</table>",
            "html(body(table(tbody(tr(td('a') td('b')) tr(th('c'))))))"),
        ROW("cells end what is open in them",
            "<table><tr><td><div><p>a<td>b</table>",
            "html(body(table(tbody(tr(td(div(p('a'))) td('b'))))))"),
        ROW("sections end sections",
            "<table><thead><tr><td>a<tbody><tr><td>b<tfoot><tr><td>c</table>",
            "html(body(table(thead(tr(td('a'))) tbody(tr(td('b'))) "
            "tfoot(tr(td('c'))))))"),
        ROW("columns imply their group", "<table><col><col><tr><td>a</table>",
            "html(body(table(colgroup(col col) tbody(tr(td('a'))))))"),
        ROW("a caption ends", "<table><caption>a<tr><td>b</table>",
            "html(body(table(caption('a') tbody(tr(td('b'))))))"),
        ROW("nested in a cell",
            "<table><tr><td>a<table><tr><td>b</table>c<td>d</table>e",
            "html(body(table(tbody(tr(td('a' table(tbody(tr(td('b')))) 'c') "
            "td('d')))) 'e'))"),
        ROW("right in another table", "<table><tr><table><tr><td>a</table>b",
            "html(body(table(tbody(tr)) table(tbody(tr(td('a')))) 'b'))"),
        ROW("parts without a table", "<div><td>a<tr>b</td></div>",
            "html(body(div('a' 'b')))"),
        ROW("a form between rows", "<table><form id=f><tr><td>a</form></table>",
            "html(body(table(form[id=f] tbody(tr(td('a'))))))"),
        ROW("text between rows stays", "<table>a<tr>b<td>c</table>",
            "html(body(table('a' tbody(tr('b' td('c'))))))"),
        ROW("end of a row", "<table><tr><td>a</tr><tr><td>b</table>",
            "html(body(table(tbody(tr(td('a')) tr(td('b'))))))"),
        ROW("end of a table with a div open", "<table><tr><td><div>a</table>b",
            "html(body(table(tbody(tr(td(div('a'))))) 'b'))"),
        ROW("end of an outer cell",
            "<table><tr><td><table><tr><td>a</table></td><td>b</table>",
            "html(body(table(tbody(tr(td(table(tbody(tr(td('a'))))) "
            "td('b'))))))"),
        ROW("quirks: a table in a paragraph", "<p>a<table><tr><td>b</table>c",
            "html(body(p('a' table(tbody(tr(td('b')))) 'c')))"),
        ROW("no quirks: a table ends it",
            "<!doctype html><p>a<table><tr><td>b</table>c",
            "html(body(p('a') table(tbody(tr(td('b')))) 'c'))"),
        ROW("a select in a cell",
            "<table><tr><td><select><option>a<td>b</table>",
            "html(body(table(tbody(tr(td(select(option('a'))) td('b'))))))"),
    };

    (void)state;
    CHECK(rows);
}

static void islands(void **state)
{
    static const struct row rows[] = {
        ROW("template", "<template><div>a</template>b",
            "html(head(template(~div(~'a'))) body('b'))"),
        ROW("template with cells", "<template><tr><td>a</td></tr></template>b",
            "html(head(template(~tr(~td(~'a')))) body('b'))"),
        ROW("a shadow root is shown",
            "<x-a><template shadowrootmode=open><p>a</template></x-a>b",
            "html(body(x-a(template(p('a'))) 'b'))"),
        ROW("a table part in a template of a table",
            "<table><template><tr><td>a</template><tr><td>b</table>",
            "html(body(table(template(~tr(~td(~'a'))) tbody(tr(td('b'))))))"),
        ROW("noscript in the body",
            "<p>a<noscript><div>b</div></p></noscript>c",
            "html(body(p('a' noscript(~div(~'b') ~p) 'c')))"),
        ROW("end tags in a noscript",
            "<div><noscript></div><b>a</noscript>b</div>c",
            "html(body(div(noscript(~b(~'a')) 'b') 'c'))"),
        ROW("script and style", "<script>a<b></script><style>c</style>d",
            "html(head(script(~'a<b>') style(~'c')) body('d'))"),
        ROW("text areas", "<textarea>\n<b>&lt;</textarea>c",
            "html(body(textarea('<b><') 'c'))"),
        ROW("frames within", "<iframe><p>a</iframe>b",
            "html(body(iframe(~'<p>a') 'b'))"),
        ROW("first line end of pre",
            "<pre>\n\na</pre><pre>b</pre><pre>\r\nc</pre>",
            "html(body(pre('\na') pre('b') pre('c')))"),
        ROW("plaintext", "a<plaintext>b</p>",
            "html(body('a' plaintext('b</p>')))"),
        ROW("xmp", "<xmp><b></xmp>c", "html(body(xmp('<b>') 'c'))"),
    };

    (void)state;
    CHECK(rows);
}

static void foreign(void **state)
{
    static const struct row rows[] = {
        ROW("svg", "<svg><g id=a><path/></g><text>x</text></svg>y",
            "html(body(^svg(^g[id=a](^path) ^text(^'x')) 'y'))"),
        ROW("self-closing svg", "<svg/>a", "html(body(^svg 'a'))"),
        ROW("names are not HTML there", "<svg><a><p-x></a>b</svg>c",
            "html(body(^svg(^a(^p-x) ^'b') 'c'))"),
        ROW("script in svg is markup", "<svg><script>a<b-c></script></svg>",
            "html(body(^svg(^script(^'a' ^b-c))))"),
        ROW("a block ends it", "<div><svg><g><div>a</div>b",
            "html(body(div(^svg(^g) div('a') 'b')))"),
        ROW("font with a face too, others not", "<svg><font>a<font face=x>b",
            "html(body(^svg(^font(^'a')) font('b')))"),
        ROW("HTML in foreignObject",
            "<svg><foreignObject><p>a<p>b</foreignObject><g>c</svg>d",
            "html(body(^svg(^foreignobject(p('a') p('b' g('c' 'd'))))))"),
        ROW("HTML in its title", "<svg><title>a<b>c</b></title><g>d</svg>",
            "html(body(^svg(^title('a' b('c')) ^g(^'d'))))"),
        ROW("cdata", "<svg><![CDATA[a<b>]]></svg><![CDATA[c]]>",
            "html(body(^svg(^'a<b>') <![CDATA[c]]>))"),
        ROW("mathml", "<math><mi>a<b>c</b></mi><mo>d</math>e",
            "html(body(^math(^mi('a' b('c')) ^mo('d')) 'e'))"),
        ROW("annotation",
            "<math><annotation-xml "
            "encoding=\"text/html\"><p>a</annotation-xml></math>b",
            "html(body(^math(^annotation-xml(p('a' 'b')))))"),
        ROW("stray end of a paragraph", "<svg><g></p>a",
            "html(body(^svg(^g) p 'a'))"),
        ROW("end tag of an element outside", "<div><svg><g>a</div>b",
            "html(body(div(^svg(^g(^'a'))) 'b'))"),
        ROW("NUL", "<svg>a\000b</svg>c\000d",
            "html(body(^svg(^'a\357\277\275b') 'cd'))"),
    };

    (void)state;
    CHECK(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(head_and_body), cmocka_unit_test(paragraphs_and_items),
        cmocka_unit_test(end_tags),      cmocka_unit_test(formatting),
        cmocka_unit_test(tables),        cmocka_unit_test(islands),
        cmocka_unit_test(foreign),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
