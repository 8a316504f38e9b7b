/* SPDX-License-Identifier: Apache-2.0 */
/* Pages, style sheets, scripts and heads as they come out of the rewriter. */
#include <dateline/rewrite.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static const struct dtl_rewrite_options options = {
    .prefix = { (const uint8_t *)"/web/", 5 },
    .url = { (const uint8_t *)"https://e.org/a/b.html?c=d", 26 },
    .asked = "20240501120000",
    .captured = "20240430000000",
};

#define W "/web/20240501120000"

/* Rewrite in pieces of `size` bytes (0: all at once). */
static void run(const struct dtl_rewrite_options *o, enum dtl_rewrite_kind kind,
                struct dtl_slice in, size_t size, struct dtl_buf *out)
{
    struct dtl_rewrite *w;
    size_t i = 0;

    assert_int_equal(dtl_rewrite_new(o, kind, &w, NULL), DTL_OK);
    do {
        size_t n = size == 0 || in.len - i < size ? in.len - i : size;
        uint8_t *copy = malloc(n + 1); /* exactly: reading on is seen */

        assert_non_null(copy);
        memcpy(copy, in.ptr + i, n);
        assert_int_equal(dtl_rewrite_push(w, dtl_slice_of(copy, n),
                                          i + n == in.len, out, NULL),
                         DTL_OK);
        free(copy);
        i += n;
    } while (i < in.len);
    dtl_rewrite_free(w);
}

static void is_text(const char *name, struct dtl_slice got, const char *wanted)
{
    if (dtl_equal(got, dtl_str(wanted)))
        return;
    print_error("%s:\n  got    %.*s\n  wanted %s\n", name, (int)got.len,
                (const char *)got.ptr, wanted);
    fail();
}

/* The client script's element, which every page has once. */
static struct dtl_slice cut_client(struct dtl_buf *out)
{
    struct dtl_slice all = dtl_buf_view(out);
    size_t from = dtl_find(all, dtl_str("<script src=\"/web/-/client.js\""), 0);
    size_t to;

    assert_true(from != SIZE_MAX);
    to = dtl_find(all, dtl_str("</script>"), from);
    assert_true(to != SIZE_MAX);
    memmove(out->ptr + from, out->ptr + to + 9, out->len - to - 9);
    out->len -= to + 9 - from;
    return dtl_buf_view(out);
}

/* ---- pages -----------------------------------------------------------------
 */

static const struct fact {
    const char *name, *in, *out; /* NULL: unchanged */
} pages[] = {
    { "absolute link", "<a href=\"https://e.org/x\">",
      "<a href=\"" W "/https://e.org/x\">" },
    { "relative link", "<a href='x?y=1#z'>",
      "<a href='" W "/https://e.org/a/x?y=1#z'>" },
    { "bare value", "<a href=/x>", "<a href=\"" W "/https://e.org/x\">" },
    { "bare value with a quote", "<a href=/x\"y>",
      "<a href=\"" W "/https://e.org/x&quot;y\">" },
    { "other scheme's host", "<a href=//f.org>",
      "<a href=\"" W "/https://f.org/\">" },
    { "host without path", "<a href='http://f.org?q'>",
      "<a href='" W "/http://f.org/?q'>" },
    { "query only", "<a href=?q>",
      "<a href=\"" W "/https://e.org/a/b.html?q\">" },
    { "references pass unread", "<a href=\"x?a=1&amp;b=2&copy=3\">",
      "<a href=\"" W "/https://e.org/a/x?a=1&amp;b=2&copy=3\">" },
    { "references before the query are read", "<a href=\"&#104;ttp://f.org\">",
      "<a href=\"" W "/http://f.org/\">" },
    { "dots do not climb out", "<a href=../../../../id_/x>",
      "<a href=\"" W "/https://e.org/id_/x\">" },
    { "nor in an absolute one", "<a href=https://f.org/../../x>",
      "<a href=\"" W "/https://f.org/x\">" },
    { "nor as %2e", "<a href=%2E%2e/%2e./x>",
      "<a href=\"" W "/https://e.org/x\">" },
    { "backslashes are slashes", "<a href='\\\\f.org\\x'>",
      "<a href='" W "/https://f.org/x'>" },
    { "line ends in an address", "<a href='ht\ntp://f\t.org/'>",
      "<a href='" W "/http://f.org/'>" },
    { "space around it", "<a href='  /x '>",
      "<a href='" W "/https://e.org/x'>" },
    { "fragments stay", "<a href=#top>", NULL },
    { "other schemes stay",
      "<a href=\"mailto:a@e.org\"><a href=javascript:x()>"
      "<img src=\"data:image/png;base64,AAAA\">",
      NULL },
    { "scheme hidden by a reference", "<a href=\"javascript&colon;x\">", NULL },
    { "no value", "<a href><a href=''>", NULL },
    { "names in any case", "<IMG SRC=/x>",
      "<IMG SRC=\"" W "im_/https://e.org/x\">" },
    { "forms by element",
      "<script src=/a></script><link rel=stylesheet href=/b>"
      "<iframe src=/c></iframe><video src=/d poster=/e></video>",
      "<script src=\"" W "js_/https://e.org/a\"></script><link rel=stylesheet "
      "href=\"" W "cs_/https://e.org/b\"><iframe src=\"" W
      "if_/https://e.org/c\"></iframe><video src=\"" W
      "im_/https://e.org/d\" poster=\"" W "im_/https://e.org/e\"></video>" },
    { "preload by what it is for",
      "<link rel=preload as=script href=/a><link rel=preload as=font href=/b>"
      "<link rel='shortcut icon' href=/c><link rel=canonical href=/d>",
      "<link rel=preload as=script href=\"" W "js_/https://e.org/a\"><link "
      "rel=preload as=font href=\"" W "im_/https://e.org/b\"><link "
      "rel='shortcut icon' href=\"" W "im_/https://e.org/c\"><link "
      "rel=canonical href=\"" W "/https://e.org/d\">" },
    { "forms and buttons", "<form action=/s><button formaction=/t>",
      "<form action=\"" W "/https://e.org/s\"><button formaction=\"" W
      "/https://e.org/t\">" },
    { "object, quotation, table",
      "<object data=/o></object><q cite=/p>"
      "<td background=/r>",
      "<object data=\"" W "if_/https://e.org/o\"></object><q cite=\"" W
      "/https://e.org/p\"><td background=\"" W "im_/https://e.org/r\">" },
    { "svg",
      "<svg><image xlink:href=/a /><use href=#b /><use href=/c#d />"
      "<a xlink:href=/e></svg>",
      "<svg><image xlink:href=\"" W "im_/https://e.org/a\" /><use href=#b />"
      "<use href=\"" W "im_/https://e.org/c#d\" /><a xlink:href=\"" W
      "/https://e.org/e\"></svg>" },
    { "attributes that are no addresses",
      "<div src=/a href=/b data=/c><my-el src=/d><td action=/e>"
      "<img data-src=/f alt=/g>",
      NULL },
    { "digests, nonces and pings go",
      "<script integrity=\"sha256-x\" nonce=a crossorigin></script>"
      "<a ping=/p>x",
      "<script   ></script><a >x" },
    { "srcset", "<img srcset=\"a.png 1x, /b.png?x,y 2x,c.png\">",
      "<img srcset=\"" W "im_/https://e.org/a/a.png 1x, " W
      "im_/https://e.org/b.png?x,y 2x," W "im_/https://e.org/a/c.png\">" },
    { "srcset without descriptors", "<img srcset='a.png,  b.png'>",
      "<img srcset='" W "im_/https://e.org/a/a.png,  " W
      "im_/https://e.org/a/b.png'>" },
    { "srcset with data and parentheses",
      "<img srcset='data:image/gif;base64,AA 1x, x.png (1,2) 3x, ../y.png 4x'>",
      "<img srcset='data:image/gif;base64,AA 1x, " W
      "im_/https://e.org/a/x.png (1,2) 3x, " W "im_/https://e.org/y.png 4x'>" },
    { "imagesrcset", "<link rel=preload as=image imagesrcset='/a 1x'>",
      "<link rel=preload as=image imagesrcset='" W "im_/https://e.org/a 1x'>" },
    { "style attribute", "<p style=\"background:url('/a?b&amp;c')\">",
      "<p style=\"background:url(&#39;" W
      "im_/https://e.org/a?b&amp;c&#39;)\">" },
    { "style attribute without addresses", "<p style='color:red;a:b(c)'>",
      NULL },
    { "style element", "<style>@import '/a'; b{c:url(d)}</style>",
      "<style>@import '" W "cs_/https://e.org/a'; b{c:url(" W
      "im_/https://e.org/a/d)}</style>" },
    { "refresh", "<meta http-equiv=Refresh content=\"5; URL='/n'\">",
      "<meta http-equiv=Refresh content=\"5; URL=&#39;" W
      "/https://e.org/n&#39;\">" },
    { "refresh of itself", "<meta http-equiv=refresh content=300>", NULL },
    { "content of other meta", "<meta name=x content='5; url=/n'>", NULL },
    { "policies go", "<meta http-equiv='Content-Security-Policy' content=x>y",
      "y" },
    { "base", "<base href=/z/><a href=x><base href=/w/><a href=x>",
      "<base href=\"" W "/https://e.org/z/\"><a href=\"" W
      "/https://e.org/z/x\"><base href=\"" W "/https://e.org/w/\"><a href=\"" W
      "/https://e.org/z/x\">" },
    { "comments", "<!-- <img src=/a> --><a href=/b>",
      "<!-- <img src=/a> --><a href=\"" W "/https://e.org/b\">" },
    { "text of titles and text areas",
      "<title><a href=/a></title><textarea>"
      "<img src=/b></textarea>",
      NULL },
    { "data in scripts",
      "<script type=application/ld+json>{\"a\":"
      "\"https://e.org/location.x\"}</script>",
      NULL },
    { "scripts", "<script>if (location.hostname) url = '/x';</script>",
      "<script>if (__dlL(location).hostname) url = '/x';</script>" },
    { "a script's script",
      "<script><!-- document.write('<script></script>')"
      " --></script><a href=/b>",
      "<script><!-- document.write('<script></script>') --></script><a "
      "href=\"" W "/https://e.org/b\">" },
    { "import map",
      "<script type=importmap>{\"imports\":{\"a\":\"/m.js\"}}</script>",
      "<script type=importmap>{\"imports\":{\"a\":\"" W
      "js_/https://e.org/m.js\"}}</script>" },
    { "rules for fetching ahead",
      "<script type=speculationrules>{\"prefetch\":[]}</script>x",
      "<script type=speculationrules></script>x" },
    { "no script", "<noscript><img src=/a></noscript>",
      "<noscript><img src=\"" W "im_/https://e.org/a\"></noscript>" },
    { "plaintext", "<plaintext><a href=/a>", NULL },
    { "bytes of an old charset", "<a href=\"/caf\xe9?\xe9\">\xe9</a>",
      "<a href=\"" W "/https://e.org/caf\xe9?\xe9\">\xe9</a>" },
    { "a cut tag", "<p>x<a href=\"/y", NULL },
    { "less than", "a < b <", NULL },
    { "white space in tags", "<a\n href = \"/x\"\t>",
      "<a\n href = \"" W "/https://e.org/x\"\t>" },
};

static void one_page(const struct fact *f, size_t size)
{
    struct dtl_buf out = { .max = 1 << 20 };

    run(&options, DTL_REWRITE_HTML, dtl_str(f->in), size, &out);
    is_text(f->name, cut_client(&out), f->out != NULL ? f->out : f->in);
    dtl_buf_free(&out);
}

static void test_pages(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++)
        for (size_t size = 0; size < 9; size++)
            one_page(&pages[i], size);
}

/* ---- where the client script goes
 * -------------------------------------------- */

#define HERE "{}"
static const struct fact places[] = {
    { "after head", "<!DOCTYPE html><html><head lang=x><title>y</title>",
      "<!DOCTYPE html><html><head lang=x>" HERE "<title>y</title>" },
    { "before what opens the head", " <!-- c -->\n<html><title>y</title>",
      " <!-- c -->\n<html>" HERE "<title>y</title>" },
    { "before text", "\xef\xbb\xbfx <head>", "\xef\xbb\xbf" HERE "x <head>" },
    { "after a byte order mark", "\xef\xbb\xbf<p>", "\xef\xbb\xbf" HERE "<p>" },
    { "at the end of nothing", "", HERE },
    { "once", "<head></head><head>", "<head>" HERE "</head><head>" },
    { "before a script", "<script>a</script>", HERE "<script>a</script>" },
};

static void test_places(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        for (size_t size = 0; size < 5; size++) {
            struct dtl_buf out = { .max = 1 << 20 },
                           marked = { .max = 1 << 20 };
            struct dtl_slice all;
            size_t from, to;

            run(&options, DTL_REWRITE_HTML, dtl_str(places[i].in), size, &out);
            all = dtl_buf_view(&out);
            from = dtl_find(all, dtl_str("<script src="), 0);
            assert_true(from != SIZE_MAX);
            to = dtl_find(all, dtl_str("</script>"), from) + 9;
            dtl_buf_slice(&marked, dtl_sub(all, 0, from));
            dtl_buf_str(&marked, HERE);
            dtl_buf_slice(&marked, dtl_sub(all, to, all.len));
            is_text(places[i].name, dtl_buf_view(&marked), places[i].out);
            dtl_buf_free(&out);
            dtl_buf_free(&marked);
        }
}

static void test_client_is_told(void **state)
{
    struct dtl_rewrite_options o = options;
    struct dtl_buf out = { .max = 1 << 20 };

    (void)state;
    o.url = dtl_str("https://e.org/\"><script>x</script>&'");
    o.form = DTL_FORM_FRAME;
    o.ui = dtl_str("http://127.0.0.1:8080");
    run(&o, DTL_REWRITE_HTML, dtl_str("<a href=x>"), 0, &out);
    is_text("escaped, form and links of a frame", dtl_buf_view(&out),
            "<script src=\"/web/-/client.js\" data-dateline-prefix=\"/web/\" "
            "data-dateline-asked=\"20240501120000\" "
            "data-dateline-captured=\"20240430000000\" "
            "data-dateline-url=\"https://e.org/&quot;&gt;&lt;script&gt;x&lt;/"
            "script&gt;&amp;&#39;\" data-dateline-form=\"if_\" "
            "data-dateline-ui=\"http://127.0.0.1:8080\"></script>"
            "<a href=\"" W "if_/https://e.org/%22%3E%3Cscript%3Ex%3C/x\">");
    dtl_buf_free(&out);
}

static void test_srcdoc(void **state)
{
    struct dtl_buf out = { .max = 1 << 20 };
    struct dtl_slice all;

    (void)state;
    run(&options, DTL_REWRITE_HTML,
        dtl_str("<head></head><iframe srcdoc=\"<a href='/x&amp;amp;y'>\">"), 0,
        &out);
    all = dtl_buf_view(&out);
    assert_true(dtl_find(all,
                         dtl_str("<iframe srcdoc=\"&lt;script src=&quot;/web/"
                                 "-/client.js&quot;"),
                         0) != SIZE_MAX);
    assert_true(dtl_find(all,
                         dtl_str("&lt;a href=&#39;" W
                                 "if_/https://e.org/x&amp;amp;y&#39;&gt;"),
                         0) != SIZE_MAX);
    dtl_buf_free(&out);
}

/* ---- style sheets
 * ------------------------------------------------------------- */

static const struct fact sheets[] = {
    { "url", "a{b:url(c.png)}", "a{b:url(" W "im_/https://e.org/a/c.png)}" },
    { "quoted", "a{b:url( \"/c\" )}",
      "a{b:url( \"" W "im_/https://e.org/c\" )}" },
    { "in any case", "a{b:URL('/c')}", "a{b:URL('" W "im_/https://e.org/c')}" },
    { "two", "a{b:url(/c),url(/d)}",
      "a{b:url(" W "im_/https://e.org/c),url(" W "im_/https://e.org/d)}" },
    { "import", "@import \"/c\" screen;@import url(/d) layer(x);e{f:url(/g)}",
      "@import \"" W "cs_/https://e.org/c\" screen;@import url(" W
      "cs_/https://e.org/d) layer(x);e{f:url(" W "im_/https://e.org/g)}" },
    { "only one string of an import", "@import '/c' supports(a:'/d');'/e'",
      "@import '" W "cs_/https://e.org/c' supports(a:'/d');'/e'" },
    { "names of namespaces", "@namespace url(http://www.w3.org/2000/svg);",
      NULL },
    { "charset", "@charset \"utf-8\";", NULL },
    { "comments", "/* url(/c) */a{b:/**/url(/c)/*",
      "/* url(/c) */a{b:/**/url(" W "im_/https://e.org/c)/*" },
    { "strings", "a{content:'url(/c)\\'url(/d)'}", NULL },
    { "a string that breaks off", "a{b:'x\n;c:url(/d)}",
      "a{b:'x\n;c:url(" W "im_/https://e.org/d)}" },
    { "escapes in the address", "a{b:url(\\2f c\\)d)}",
      "a{b:url(\"" W "im_/https://e.org/c)d\")}" },
    { "escapes in the name", "a{b:u\\72 l(/c)}",
      "a{b:u\\72 l(" W "im_/https://e.org/c)}" },
    { "image-set",
      "a{b:image-set('/c' 1x type('image/avif'), url(/d) 2x);e:'/f'}",
      "a{b:image-set('" W "im_/https://e.org/c' 1x type('image/avif'), url(" W
      "im_/https://e.org/d) 2x);e:'/f'}" },
    { "src", "a{b:src('/c')}", "a{b:src('" W "im_/https://e.org/c')}" },
    { "data and fragments", "a{b:url(data:image/png;base64,A==);c:url(#d)}",
      NULL },
    { "an address with a quote is none", "a{b:url(c'd)}e{f:url(/g)}",
      "a{b:url(c'd)}e{f:url(" W "im_/https://e.org/g)}" },
    { "the end closes all", "a{b:url(/c", "a{b:url(" W "im_/https://e.org/c" },
    { "a quote from an escape", "a{b:url('\\27 x')}",
      "a{b:url('" W "im_/https://e.org/a/\\27 x')}" },
    { "no end of a style element", "a{b:url('\\3c/style>')}",
      "a{b:url('" W "im_/https://e.org/a/\\3c /style>')}" },
    { "other functions", "a{b:curl(/c);d:calc((1px + 2px) * 3)}", NULL },
    { "a backslash at the end", "a{b:url(/c\\",
      "a{b:url(\"" W "im_/https://e.org/c\"" },
};

static void test_sheets(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sheets / sizeof sheets[0]; i++)
        for (size_t size = 0; size < 9; size++) {
            struct dtl_buf out = { .max = 1 << 20 };

            run(&options, DTL_REWRITE_CSS, dtl_str(sheets[i].in), size, &out);
            is_text(sheets[i].name, dtl_buf_view(&out),
                    sheets[i].out != NULL ? sheets[i].out : sheets[i].in);
            dtl_buf_free(&out);
        }
}

/* ---- scripts
 * -------------------------------------------------------------------- */

static const struct fact scripts[] = {
    { "a member", "x=location.href", "x=__dlL(location).href" },
    { "of a window", "if(window.location.host)",
      "if(__dlL(window.location).host)" },
    { "of anything", "a.b . location.hash", "__dlL(a.b . location).hash" },
    { "assigned to a member", "location.href='/x'",
      "__dlL(location).href='/x'" },
    { "assigned itself", "window.location='/x'",
      "__dlO(window).location='/x'" },
    { "passed on", "f(window.location);g(a,document.location)",
      "f(__dlL(window.location));g(a,__dlL(document.location))" },
    { "a value", "var l=window.location,p=location;",
      "var l=__dlL(window.location),p=__dlL(location);" },
    { "compared", "a==location||b", "a==__dlL(location)||b" },
    { "with a key", "location['href']", "__dlL(location)['href']" },
    { "calls", "location.replace(u)", "__dlL(location).replace(u)" },
    { "parameters", "function f(location){}(location)=>1;location=>2", NULL },
    { "arguments", "new URL(u, location);f(location)+1;if(a(location)){}",
      "new URL(u, __dlL(location));f(__dlL(location))+1;"
      "if(a(__dlL(location))){}" },
    { "parameters after others", "function f(a, location) {}(a,location)=>1",
      NULL },
    { "declarations", "var location=1;let location;const {location}=a", NULL },
    { "keys", "({location:1,a:{location}})", NULL },
    { "methods", "class A{location(){} get location(){}};a.location(1)", NULL },
    { "assigned without a window", "location='/x'", NULL },
    { "of a call", "f().location.href;a[0].location", NULL },
    { "through a chain that may end", "a?.location.href", NULL },
    { "new and delete", "new a.location.B();delete a.location", NULL },
    { "counted", "a.location++;--b.location;a.location+=1", NULL },
    { "patterns", "[a.location]=b;({c:d.location}=e)", NULL },
    { "other names", "mylocation.x;location2.y;$location.z;a.locations.b",
      NULL },
    { "strings", "'location.href'+\"window.location.x\"", NULL },
    { "a quote in a string", "'it\\'s location.x'", NULL },
    { "comments", "//location.x\n/*location.y*/location.z",
      "//location.x\n/*location.y*/__dlL(location).z" },
    { "old comments", "<!-- it's location.x\n--> don't\nlocation.y",
      "<!-- it's location.x\n--> don't\n__dlL(location).y" },
    { "templates", "`location.x ${location.y+`${{a:location.z}}`} location.w`",
      "`location.x ${__dlL(location).y+`${{a:__dlL(location).z}}`} "
      "location.w`" },
    { "regular expressions", "a=/'location.x[/']/;if(b)/\"/.test(location.y)",
      "a=/'location.x[/']/;if(b)/\"/.test(__dlL(location).y)" },
    { "division", "a/b/location.x;(c)/d/location.y",
      "a/b/__dlL(location).x;(c)/d/__dlL(location).y" },
    { "imports",
      "import a from'https://f.org/m.js';import \"/n.js\";"
      "export * from \"./o.js\";import('//p.org/q.js')",
      "import a from'" W "js_/https://f.org/m.js';import \"" W
      "js_/https://e.org/n.js\";export * from \"./o.js\";import('" W
      "js_/https://p.org/q.js')" },
    { "names of modules", "import a from 'react';Array.from('/x')", NULL },
    { "computed imports", "import(a+'/x')", NULL },
    { "spread", "f(...location.search.slice(1))",
      "f(...__dlL(location).search.slice(1))" },
    { "an unfinished string", "'location.x\nlocation.y",
      "'location.x\n__dlL(location).y" },
    { "at the end", "x=location", "x=__dlL(location)" },
    { "an escape as a name", "\\u0061.location.b",
      "\\__dlL(u0061.location).b" },
};

static void test_scripts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++)
        for (size_t size = 0; size < 9; size++) {
            struct dtl_buf out = { .max = 1 << 20 };

            run(&options, DTL_REWRITE_JS, dtl_str(scripts[i].in), size, &out);
            is_text(scripts[i].name, dtl_buf_view(&out),
                    scripts[i].out != NULL ? scripts[i].out : scripts[i].in);
            dtl_buf_free(&out);
        }
}

/* ---- bounds
 * ----------------------------------------------------------------------- */

/* `open` and then `n` times `part`, in pieces: what is held is bounded, and
 * everything comes out that went in. */
static void endless(enum dtl_rewrite_kind kind, const char *open,
                    const char *part, size_t n)
{
    struct dtl_rewrite *w;
    struct dtl_buf out = { 0 }, piece = { 0 };
    size_t in = strlen(open), total = 0, most = 0;

    while (piece.len < 64 << 10)
        dtl_buf_str(&piece, part);
    assert_int_equal(dtl_rewrite_new(&options, kind, &w, NULL), DTL_OK);
    assert_int_equal(dtl_rewrite_push(w, dtl_str(open), false, &out, NULL),
                     DTL_OK);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(
            dtl_rewrite_push(w, dtl_buf_view(&piece), i + 1 == n, &out, NULL),
            DTL_OK);
        in += piece.len;
        total += out.len;
        if (in - total > most && total < in)
            most = in - total;
        dtl_buf_clear(&out);
    }
    assert_true(total >= in);
    assert_true(most <= DTL_REWRITE_HELD + 2 * piece.len);
    dtl_rewrite_free(w);
    dtl_buf_free(&out);
    dtl_buf_free(&piece);
}

static void test_bounds(void **state)
{
    static const struct {
        enum dtl_rewrite_kind kind;
        const char *open, *part;
    } all[] = {
        { DTL_REWRITE_HTML, "<p>", "text " },
        { DTL_REWRITE_HTML, "<!-- ", "comment " },
        { DTL_REWRITE_HTML, "<img src=\"data:image/png;base64,", "AAAA" },
        { DTL_REWRITE_HTML, "<script>", "location.x;\n" },
        { DTL_REWRITE_HTML, "<style>", "a{b:c}\n" },
        { DTL_REWRITE_HTML, "<title>", "<" },
        { DTL_REWRITE_HTML, "<svg>", "<" },
        { DTL_REWRITE_CSS, "a{b:url(", "data" },
        { DTL_REWRITE_CSS, "/*", "c " },
        { DTL_REWRITE_JS, "'", "\\n" },
        { DTL_REWRITE_JS, "`", "${" },
        { DTL_REWRITE_JS, "a", ".a" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        endless(all[i].kind, all[i].open, all[i].part, 100);
}

/* ---- heads
 * ------------------------------------------------------------------------- */

static const char *value(const struct dtl_field *all, size_t n,
                         const char *name)
{
    const struct dtl_field *f = dtl_field_find(all, n, name);

    return f != NULL ? (const char *)f->value.ptr : NULL;
}

#define HEAD(text) "HTTP/1.1 200 OK\r\n" text "\r\n"

static const struct head_fact {
    const char *name, *head, *field, *value; /* NULL: absent */
} heads[] = {
    { "redirect", HEAD("Location: ../x?y\r\n"), "Location",
      W "/https://e.org/x?y" },
    { "original of it", HEAD("Location: ../x?y\r\n"), "X-Archive-Orig-Location",
      "../x?y" },
    { "redirect elsewhere", HEAD("Location: javascript:x\r\n"), "Location",
      NULL },
    { "refresh", HEAD("Refresh: 3;url=/n\r\n"), "Refresh",
      "3; url=" W "/https://e.org/n" },
    { "link", HEAD("Link: </a>; rel=preload; as=style\r\n"), "Link",
      "<" W "cs_/https://e.org/a>; rel=preload; as=style" },
    { "connections ahead of time", HEAD("Link: <//f.org>; rel=preconnect\r\n"),
      "Link", NULL },
    { "cookies", HEAD("Set-Cookie: a=b\r\n"), "Set-Cookie", NULL },
    { "cookies to read", HEAD("Set-Cookie: a=b\r\n"),
      "X-Archive-Orig-Set-Cookie", "a=b" },
    { "policies", HEAD("Strict-Transport-Security: max-age=1\r\n"),
      "Strict-Transport-Security", NULL },
    { "frame options", HEAD("X-Frame-Options: DENY\r\n"), "X-Frame-Options",
      NULL },
    { "worker scopes", HEAD("Service-Worker-Allowed: /\r\n"),
      "Service-Worker-Allowed", NULL },
    { "site data", HEAD("Clear-Site-Data: *\r\n"), "Clear-Site-Data", NULL },
    { "hop by hop", HEAD("Connection: close\r\n"), "X-Archive-Orig-Connection",
      NULL },
    { "length", HEAD("Content-Length: 5\r\n"), "Content-Length", NULL },
    { "coding", HEAD("Content-Encoding: gzip\r\n"), "Content-Encoding", NULL },
    { "language", HEAD("Content-Language: de\r\n"), "Content-Language", "de" },
    { "charset of the head",
      HEAD("Content-Type: text/html; charset=ISO-8859-1\r\n"), "Content-Type",
      "text/html; charset=ISO-8859-1" },
    { "charset of the page", HEAD("Content-Type: text/html\r\n"),
      "Content-Type", "text/html; charset=windows-1251" },
    { "date", HEAD(""), "Memento-Datetime", "Tue, 30 Apr 2024 00:00:00 GMT" },
    { "bad names", HEAD("A B: c\r\n"), "X-Archive-Orig-A B", NULL },
};

static void test_heads(void **state)
{
    struct dtl_arena *arena = dtl_arena_new(0);
    struct dtl_slice body = dtl_str("<meta charset=cp1251>");

    (void)state;
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        struct dtl_http http;
        struct dtl_field *all;
        const char *got;
        size_t n;

        assert_int_equal(
            dtl_http_parse(dtl_str(heads[i].head), arena, &http, NULL), DTL_OK);
        assert_int_equal(dtl_rewrite_head(&options, DTL_REWRITE_HTML, &http,
                                          body, arena, &all, &n, NULL),
                         DTL_OK);
        got = value(all, n, heads[i].field);
        if ((got == NULL) != (heads[i].value == NULL) ||
            (got != NULL && strcmp(got, heads[i].value) != 0)) {
            print_error("%s: got %s, wanted %s\n", heads[i].name,
                        got != NULL ? got : "none",
                        heads[i].value != NULL ? heads[i].value : "none");
            fail();
        }
    }
    dtl_arena_free(arena);
}

static void test_policy(void **state)
{
    struct dtl_arena *arena = dtl_arena_new(0);
    const char *policy = dtl_replay_policy(dtl_str("http://u:1"), arena);

    (void)state;
    assert_non_null(strstr(policy, "default-src 'self' data: blob:"));
    assert_non_null(strstr(policy, "frame-ancestors 'self' http://u:1"));
    assert_null(strchr(policy, '*'));
    dtl_arena_free(arena);
}

static void test_wide(void **state)
{
    static const uint8_t utf16[] = { 0xff, 0xfe, '<', 0, 'a', 0, '>', 0 };
    struct dtl_arena *arena = dtl_arena_new(0);
    struct dtl_http http = { 0 };
    struct dtl_slice out;

    (void)state;
    assert_int_equal(dtl_rewrite_text(&http, dtl_slice_of(utf16, sizeof utf16),
                                      arena, &out, NULL),
                     DTL_OK);
    is_text("UTF-16 becomes UTF-8", out, "<a>");
    dtl_arena_free(arena);
}

/* ---- requests beside the prefix
 * -------------------------------------------------- */

static void test_strays(void **state)
{
    static const struct {
        const char *referer, *target, *to;
    } all[] = {
        { "http://127.0.0.1:1/web/20240501120000/https://e.org/a/b", "/x.png?y",
          W "im_/https://e.org/x.png?y" },
        { "http://127.0.0.1:1/web/2024cs_/https://e.org/a/b", "/x",
          "/web/2024im_/https://e.org/x" },
        { "http://127.0.0.1:1/web/-/client.js", "/x", "" },
        { "http://127.0.0.1:1/", "/x", "" },
        { "", "/x", "" },
        { "http://127.0.0.1:1/web/2024/javascript:x", "/x", "" },
    };
    struct dtl_arena *arena = dtl_arena_new(0);

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        is_text(all[i].referer,
                dtl_replay_stray(dtl_str("/web/"), dtl_str(all[i].referer),
                                 DTL_FORM_BYTES, dtl_str(all[i].target), arena),
                all[i].to);
    dtl_arena_free(arena);
}

static void test_forms(void **state)
{
    enum dtl_form form;

    (void)state;
    assert_int_equal(dtl_form_read(dtl_str("cs_/x"), &form), 3);
    assert_int_equal(form, DTL_FORM_STYLE);
    assert_int_equal(dtl_form_read(dtl_str("mp_/x"), &form), 3);
    assert_int_equal(form, DTL_FORM_PAGE);
    assert_int_equal(dtl_form_read(dtl_str("/x"), &form), 0);
    assert_int_equal(
        dtl_rewrite_kind_of(DTL_FORM_BYTES, dtl_str("text/html"), dtl_str("")),
        DTL_REWRITE_NONE);
    assert_int_equal(dtl_rewrite_kind_of(DTL_FORM_PAGE, dtl_str(""),
                                         dtl_str(" <!DOCTYPE HTML>")),
                     DTL_REWRITE_HTML);
    assert_int_equal(dtl_rewrite_kind_of(DTL_FORM_PAGE, dtl_str("image/png"),
                                         dtl_str("<html>")),
                     DTL_REWRITE_NONE);
}

static void test_missing(void **state)
{
    struct dtl_rewrite_options o = options;
    struct dtl_buf out = { 0 };

    (void)state;
    o.url = dtl_str("https://e.org/<b>");
    assert_true(dtl_replay_missing(&o, &out));
    assert_true(dtl_find(dtl_buf_view(&out), dtl_str("e.org/&lt;b&gt;"), 0) !=
                SIZE_MAX);
    dtl_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages),   cmocka_unit_test(test_places),
        cmocka_unit_test(test_srcdoc),  cmocka_unit_test(test_client_is_told),
        cmocka_unit_test(test_sheets),  cmocka_unit_test(test_scripts),
        cmocka_unit_test(test_bounds),  cmocka_unit_test(test_heads),
        cmocka_unit_test(test_policy),  cmocka_unit_test(test_wide),
        cmocka_unit_test(test_strays),  cmocka_unit_test(test_forms),
        cmocka_unit_test(test_missing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
