/* SPDX-License-Identifier: Apache-2.0 */
/* Every group of tokenizer states, one row a fact; see html_tokens.h for how
 * tokens are written. */
#include <dateline/html.h>

#include "unit/html_tokens.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

/* ROW(name, content, name of the element we are in, input, tokens) */
struct row {
    const char *name;
    enum html_content content;
    const char *last;
    struct dtl_slice input, tokens;
};

#define LITERAL(s)                          \
    {                                       \
        (const uint8_t *)(s), sizeof(s) - 1 \
    }
#define ROW(name, content, last, input, tokens)              \
    {                                                        \
        name, content, last, LITERAL(input), LITERAL(tokens) \
    }

static void check_rows(const struct row *rows, size_t n)
{
    struct dtl_arena *arena = dtl_arena_new(0);

    for (size_t i = 0; i < n; i++) {
        const struct row *r = &rows[i];
        struct dtl_buf is = { .max = 0 };

        assert_true(show_tokens(&is, r->input, r->content, r->last, arena));
        if (!dtl_equal(dtl_buf_view(&is), r->tokens))
            fail_msg("%s: %s\n  is    %.*s\n  wants %s", r->name,
                     (const char *)r->input.ptr, (int)is.len,
                     (const char *)is.ptr, (const char *)r->tokens.ptr);
        dtl_buf_free(&is);
        dtl_arena_reset(arena);
    }
    dtl_arena_free(arena);
}

#define CHECK(rows) check_rows(rows, sizeof rows / sizeof rows[0])

static void data_and_tags(void **state)
{
    static const struct row rows[] = {
        ROW("text", HTML_DATA, "", "a b", "T:a b "),
        ROW("less-than that starts nothing", HTML_DATA, "",
            "a < b <1 <= <\303\251 <", "T:a < b <1 <= <\303\251 < "),
        ROW("end tag open at the end", HTML_DATA, "", "a</", "T:a</ "),
        ROW("empty end tag", HTML_DATA, "", "a</>b", "T:ab "),
        ROW("end tag of no letter", HTML_DATA, "", "</ a></1>b",
            "C: a C:1 T:b "),
        ROW("tag names", HTML_DATA, "", "<A><b1-x:y></B></c d=1 />",
            "S:a S:b1-x:y E:b E:c "),
        ROW("name that reaches the end", HTML_DATA, "", "x<ab", "T:x "),
        ROW("tag that reaches the end", HTML_DATA, "", "x<ab c=\"d\"", "T:x "),
        ROW("end tag that reaches the end", HTML_DATA, "", "x</ab ", "T:x "),
        ROW("self-closing", HTML_DATA, "",
            "<br/><br /><br / ><br a=b/><br a=\"b\"/>",
            "S:br/ S:br/ S:br S:br{a=b/} S:br{a=b}/ "),
        ROW("slashes between attributes", HTML_DATA, "", "<a/b/c=d//e>",
            "S:a{b=}{c=d//e} "),
        ROW("NUL in names", HTML_DATA, "", "<a\000b c\000=d\000>",
            "S:a\357\277\275b{c\357\277\275=d\357\277\275} "),
        ROW("NUL in text", HTML_DATA, "", "a\000b", "T:a\000b "),
        ROW("line ends", HTML_DATA, "", "a\r\nb\rc\r\r\nd", "T:a\nb\nc\n\nd "),
        ROW("form feed separates, vertical tab does not", HTML_DATA, "",
            "<a\fb\vc>", "S:a{b\vc=} "),
    };

    (void)state;
    CHECK(rows);
}

static void attributes(void **state)
{
    static const struct row rows[] = {
        ROW("three kinds of value", HTML_DATA, "",
            "<a b='x\"y' c=\"x'y\" d=xy e>", "S:a{b=x\"y}{c=x'y}{d=xy}{e=} "),
        ROW("spaces around the equals sign", HTML_DATA, "",
            "<a b = \"x\" c\n=\ny>", "S:a{b=x}{c=y} "),
        ROW("upper case", HTML_DATA, "", "<a HREF=X>", "S:a{href=X} "),
        ROW("first of equal names wins", HTML_DATA, "", "<a b=1 B=2 b=3>",
            "S:a{b=1} "),
        ROW("missing value", HTML_DATA, "", "<a b=>x", "S:a{b=} T:x "),
        ROW("equals sign first", HTML_DATA, "", "<a =b =c=d>", "S:a{=b=c=d} "),
        ROW("quotes in names and values", HTML_DATA, "",
            "<a b'c d=x\"y e='f'g>", "S:a{b'c=}{d=x\"y}{e=f}{g=} "),
        ROW("less-than in names and values", HTML_DATA, "", "<a <b c=<d>",
            "S:a{<b=}{c=<d} "),
        ROW("slash in an unquoted value", HTML_DATA, "", "<a b=/x/ c=d/>",
            "S:a{b=/x/}{c=d/} "),
        ROW("grave accent", HTML_DATA, "", "<a b=`x`>", "S:a{b=`x`} "),
        ROW("line ends and NUL in values", HTML_DATA, "",
            "<a b=\"1\r\n2\r3\" c=\000 d=\"\000\">",
            "S:a{b=1\n2\n3}{c=\357\277\275}{d=\357\277\275} "),
        ROW("end within a name", HTML_DATA, "", "<a b", ""),
        ROW("end after a name", HTML_DATA, "", "<a b ", ""),
        ROW("end before a value", HTML_DATA, "", "<a b=", ""),
        ROW("end within values", HTML_DATA, "", "<a b=\"x", ""),
        ROW("end within an unquoted value", HTML_DATA, "", "<a b=x", ""),
        ROW("end after a quoted value", HTML_DATA, "", "<a b=\"x\"", ""),
        ROW("end after a slash", HTML_DATA, "", "<a b/", ""),
    };

    (void)state;
    CHECK(rows);
}

static void comments(void **state)
{
    static const struct row rows[] = {
        ROW("plain", HTML_DATA, "", "<!--a-->", "C:a "),
        ROW("empty", HTML_DATA, "", "<!---->b", "C: T:b "),
        ROW("closed at once", HTML_DATA, "", "<!-->a<!--->b", "C: T:a C: T:b "),
        ROW("dashes inside", HTML_DATA, "", "<!--a-b--c---->d",
            "C:a-b--c-- T:d "),
        ROW("three dashes", HTML_DATA, "", "<!--a--->b", "C:a- T:b "),
        ROW("closed with a bang", HTML_DATA, "", "<!--a--!>b<!----!>c",
            "C:a T:b C: T:c "),
        ROW("bang that closes nothing", HTML_DATA, "", "<!--a--!b--!-->c",
            "C:a--!b--! T:c "),
        ROW("one dash and a bang", HTML_DATA, "", "<!---!>a-->b",
            "C:-!>a T:b "),
        ROW("nested", HTML_DATA, "", "<!--a<!--b-->c", "C:a<!--b T:c "),
        ROW("nested and closed at once", HTML_DATA, "", "<!--a<!-->b",
            "C:a<! T:b "),
        ROW("less-than and dashes", HTML_DATA, "", "<!--<!-<!--<!--><-->",
            "C:<!-<!--<! T:<--> "),
        ROW("ends after the opening", HTML_DATA, "", "<!--", "C: "),
        ROW("ends after dashes", HTML_DATA, "", "<!---", "C: "),
        ROW("ends after more dashes", HTML_DATA, "", "<!--a--", "C:a "),
        ROW("ends after one dash", HTML_DATA, "", "<!--a-", "C:a "),
        ROW("ends after three dashes", HTML_DATA, "", "<!--a---", "C:a- "),
        ROW("ends after a bang", HTML_DATA, "", "<!--a--!", "C:a "),
        ROW("ends inside", HTML_DATA, "", "<!--a>b", "C:a>b "),
        ROW("NUL and line ends", HTML_DATA, "", "<!--a\000\r\nb-->",
            "C:a\357\277\275\nb "),
        ROW("bogus ones", HTML_DATA, "", "<!a><?b?></ c><!-d><![CDATA[e]]>",
            "C:a C:?b? C: c C:-d C:[CDATA[e]] "),
        ROW("bogus and unfinished", HTML_DATA, "", "<?a", "C:?a "),
        ROW("nothing in it", HTML_DATA, "", "<!><?><!", "C: C:? C: "),
    };

    (void)state;
    CHECK(rows);
}

static void doctypes(void **state)
{
    static const struct row rows[] = {
        ROW("html", HTML_DATA, "", "<!DOCTYPE html>", "D:html|~|~ "),
        ROW("any case, no space", HTML_DATA, "", "<!dOcTyPehTmL>",
            "D:html|~|~ "),
        ROW("no name", HTML_DATA, "", "<!DOCTYPE><!DOCTYPE >",
            "D:~|~|~! D:~|~|~! "),
        ROW("public", HTML_DATA, "",
            "<!DOCTYPE html PUBLIC \"-//W3C//DTD HTML 4.01//EN\">",
            "D:html|-//W3C//DTD HTML 4.01//EN|~ "),
        ROW("public and system", HTML_DATA, "",
            "<!DOCTYPE html public 'p' \"s\" >", "D:html|p|s "),
        ROW("system", HTML_DATA, "", "<!DOCTYPE html system 's'>",
            "D:html|~|s "),
        ROW("missing spaces", HTML_DATA, "", "<!DOCTYPE html PUBLIC\"p\"'s'>",
            "D:html|p|s "),
        ROW("empty identifiers", HTML_DATA, "", "<!DOCTYPE html PUBLIC '' ''>",
            "D:html|| "),
        ROW("cut identifier", HTML_DATA, "", "<!DOCTYPE html PUBLIC \"p>x",
            "D:html|p|~! T:x "),
        ROW("cut system identifier", HTML_DATA, "",
            "<!DOCTYPE html SYSTEM \"s>x", "D:html|~|s! T:x "),
        ROW("no identifier", HTML_DATA, "",
            "<!DOCTYPE html PUBLIC><!DOCTYPE html SYSTEM >",
            "D:html|~|~! D:html|~|~! "),
        ROW("unquoted identifier", HTML_DATA, "",
            "<!DOCTYPE html PUBLIC p>x<!DOCTYPE html PUBLIC \"p\" q>",
            "D:html|~|~! T:x D:html|p|~! "),
        ROW("neither", HTML_DATA, "", "<!DOCTYPE html foo>x",
            "D:html|~|~! T:x "),
        ROW("more after the system identifier", HTML_DATA, "",
            "<!DOCTYPE html SYSTEM \"s\" more>x", "D:html|~|s T:x "),
        ROW("more after it, and the end", HTML_DATA, "",
            "<!DOCTYPE html SYSTEM \"s\" more", "D:html|~|s "),
        ROW("ends after the word", HTML_DATA, "", "<!DOCTYPE", "D:~|~|~! "),
        ROW("ends in the name", HTML_DATA, "", "<!DOCTYPE ht", "D:ht|~|~! "),
        ROW("ends after the name", HTML_DATA, "", "<!DOCTYPE html ",
            "D:html|~|~! "),
        ROW("ends after PUBLIC", HTML_DATA, "", "<!DOCTYPE html PUBLIC",
            "D:html|~|~! "),
        ROW("ends in an identifier", HTML_DATA, "", "<!DOCTYPE html PUBLIC \"p",
            "D:html|p|~! "),
        ROW("ends after an identifier", HTML_DATA, "",
            "<!DOCTYPE html PUBLIC \"p\"", "D:html|p|~! "),
        ROW("ends after the system identifier", HTML_DATA, "",
            "<!DOCTYPE html SYSTEM \"s\"", "D:html|~|s! "),
        ROW("NUL in parts", HTML_DATA, "", "<!DOCTYPE a\000 SYSTEM \"b\000\">",
            "D:a\357\277\275|~|b\357\277\275 "),
    };

    (void)state;
    CHECK(rows);
}

static void text_only_elements(void **state)
{
    static const struct row rows[] = {
        ROW("RCDATA", HTML_RCDATA, "title", "a<b>&amp;<!--</title>c",
            "T:a<b>&<!-- E:title T:c "),
        ROW("end tag in any case", HTML_RCDATA, "title", "a</TiTlE >b",
            "T:a E:title T:b "),
        ROW("end tag of another", HTML_RCDATA, "title",
            "a</tit></titles></title", "T:a</tit></titles></title "),
        ROW("end tag with attributes", HTML_RCDATA, "title",
            "a</title/x=\"</title>\">b", "T:a E:title T:b "),
        ROW("end tag cut short", HTML_RCDATA, "title", "a</title x", "T:a "),
        ROW("RCDATA without a tag to end it", HTML_RCDATA, "", "a</title>",
            "T:a</title> "),
        ROW("RAWTEXT", HTML_RAWTEXT, "style", "a<b>&amp;</b></style>c",
            "T:a<b>&amp;</b> E:style T:c "),
        ROW("NUL in RAWTEXT", HTML_RAWTEXT, "style", "\000\r\n</style\000>",
            "T:\357\277\275\n</style\357\277\275> "),
        ROW("PLAINTEXT", HTML_PLAINTEXT, "plaintext",
            "a<b>&amp;\000</plaintext>",
            "T:a<b>&amp;\357\277\275</plaintext> "),
        ROW("CDATA", HTML_CDATA, "", "a<b>&amp;\000]]>c", "T:a<b>&amp;\000c "),
        ROW("CDATA with brackets", HTML_CDATA, "", "a]]b]]]>c", "T:a]]b]c "),
        ROW("CDATA unfinished", HTML_CDATA, "", "a]]", "T:a]] "),
    };

    (void)state;
    CHECK(rows);
}

static void scripts(void **state)
{
    static const struct row rows[] = {
        ROW("plain", HTML_SCRIPT, "script", "a<b&lt;</b></script>c",
            "T:a<b&lt;</b> E:script T:c "),
        ROW("end tag of another", HTML_SCRIPT, "script",
            "</scripts></script</script>a",
            "T:</scripts></script E:script T:a "),
        ROW("escaped", HTML_SCRIPT, "script", "<!--a</script>b",
            "T:<!--a E:script T:b "),
        ROW("escaped and closed", HTML_SCRIPT, "script", "<!--a--></script>b",
            "T:<!--a--> E:script T:b "),
        ROW("closed at once", HTML_SCRIPT, "script", "<!--><script></script>b",
            "T:<!--><script> E:script T:b "),
        ROW("closed by three dashes", HTML_SCRIPT, "script",
            "<!---><script></script>b", "T:<!---><script> E:script T:b "),
        ROW("nested once", HTML_SCRIPT, "script",
            "<!--<script>a</script>b</script>c",
            "T:<!--<script>a</script>b E:script T:c "),
        ROW("nested needs a delimiter", HTML_SCRIPT, "script",
            "<!--<scripts></script>b", "T:<!--<scripts> E:script T:b "),
        ROW("nested with a slash", HTML_SCRIPT, "script",
            "<!--<SCRIPT/</script/</script>b",
            "T:<!--<SCRIPT/</script/ E:script T:b "),
        ROW("nested and closed", HTML_SCRIPT, "script",
            "<!--<script>--></script>b", "T:<!--<script>--> E:script T:b "),
        ROW("nested, dashes that close nothing", HTML_SCRIPT, "script",
            "<!--<script>-- ></script>-a-></script>b",
            "T:<!--<script>-- ></script>-a-> E:script T:b "),
        ROW("nested twice counts once", HTML_SCRIPT, "script",
            "<!--<script><script></script></script>b",
            "T:<!--<script><script></script> E:script T:b "),
        ROW("nested without an end", HTML_SCRIPT, "script",
            "<!--<script></script>a", "T:<!--<script></script>a "),
        ROW("one dash short", HTML_SCRIPT, "script", "<!-<script></script>a",
            "T:<!-<script> E:script T:a "),
        ROW("less-than within", HTML_SCRIPT, "script",
            "<!--<<script><</script></script>a",
            "T:<!--<<script><</script> E:script T:a "),
        ROW("unfinished", HTML_SCRIPT, "script", "<!--a-", "T:<!--a- "),
        ROW("NUL and line ends", HTML_SCRIPT, "script",
            "\000<!--\000<script>\000\r\n",
            "T:\357\277\275<!--\357\277\275<script>\357\277\275\n "),
    };

    (void)state;
    CHECK(rows);
}

static void references(void **state)
{
    static const struct row rows[] = {
        ROW("with semicolon", HTML_DATA, "",
            "&amp;&lt;&eacute;&NotEqualTilde;&b.alpha;",
            "T:&<\303\251\342\211\202\314\270&b.alpha; "),
        ROW("without", HTML_DATA, "", "&ampx&lt &copy2&eacut",
            "T:&x< \302\2512&eacut "),
        ROW("longest prefix", HTML_DATA, "", "&notit;&notin;&notinx",
            "T:\302\254it;\342\210\211\302\254inx "),
        ROW("not ones", HTML_DATA, "", "&&#&#x;&foo;& b&",
            "T:&&#&#x;&foo;& b& "),
        ROW("two characters", HTML_DATA, "", "&nGt;&ThickSpace;&fjlig;",
            "T:\342\211\253\342\203\222\342\201\237\342\200\212fj "),
        ROW("longest name", HTML_DATA, "", "&CounterClockwiseContourIntegral;",
            "T:\342\210\263 "),
        ROW("in attributes", HTML_DATA, "",
            "<a b=\"?x&copy=1&copy;&copy2&copy\" c=&amp d='&lt;'>",
            "S:a{b=?x&copy=1\302\251&copy2\302\251}{c=&}{d=<} "),
        ROW("numbers", HTML_DATA, "", "&#65;&#x42;&#X43&#068&#x20AC;",
            "T:ABCD\342\202\254 "),
        ROW("windows-1252 numbers", HTML_DATA, "", "&#128;&#x96;&#150;&#129;",
            "T:\342\202\254\342\200\223\342\200\223\302\201 "),
        ROW("impossible numbers", HTML_DATA, "",
            "&#0;&#xD800;&#x110000;&#99999999999999;",
            "T:\357\277\275\357\277\275\357\277\275\357\277\275 "),
        ROW("controls and non-characters stay", HTML_DATA, "",
            "&#13;&#x1;&#xFFFE;", "T:\r\001\357\277\276 "),
        ROW("numbers cut short", HTML_DATA, "", "&#6", "T:\006 "),
        ROW("not in RAWTEXT", HTML_RAWTEXT, "style", "&amp;", "T:&amp; "),
    };

    (void)state;
    CHECK(rows);
}

/* ---- the last byte ---------------------------------------------------- */

/* A page that ends where an unreadable one begins: one byte read too many is
 * a crash. */
static uint8_t *before_the_abyss(size_t *page)
{
    uint8_t *p;

    *page = (size_t)sysconf(_SC_PAGESIZE);
    p = mmap(NULL, 2 * *page, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(p != MAP_FAILED);
    assert_int_equal(mprotect(p + *page, *page, PROT_NONE), 0);
    return p + *page;
}

static void exhaust(struct dtl_slice s, enum html_content content,
                    struct dtl_arena *arena)
{
    struct html_tokenizer z;
    struct html_token tok;
    struct dtl_page *page;

    html_tokenizer_init(&z, s, arena);
    z.content = (uint8_t)content;
    while (html_next(&z, &tok))
        ;
    assert_int_equal(tok.end, s.len);
    assert_int_equal(dtl_page_parse(s, arena, &page, NULL), DTL_OK);
    for (uint32_t i = 0; i < page->nnodes; i++) {
        dtl_node_text(page, i);
        dtl_node_name(page, i);
        dtl_node_attr(page, i, DTL_ATTR_CLASS);
    }
    dtl_arena_reset(arena);
}

static void reads_nothing_past_the_end(void **state)
{
    static const char text[] =
        "<!DOCTYPE html PUBLIC \"-//W3C\" 's'><!--a--!--><title>a&amp;b</title>"
        "<script><!--<script></script>--></script><style>x</style>"
        "<p class=\"a&ampb\" id='x' data-y=z checked>t&eacute;&#x41;</p>"
        "<svg><![CDATA[ x ]]><a/></svg><x-y a=b></x-y></><?x?></ y>"
        "<textarea>\r\n&notin;</textarea><plaintext></p>";
    struct dtl_arena *arena = dtl_arena_new(0);
    size_t page;
    uint8_t *end = before_the_abyss(&page);

    (void)state;
    for (size_t from = 0; from < sizeof text - 1; from++)
        for (size_t len = 1; len <= sizeof text - 1 - from; len++) {
            memcpy(end - len, text + from, len);
            exhaust(dtl_slice_of(end - len, len), (enum html_content)(len % 6),
                    arena);
        }
    munmap(end - page, 2 * page);
    dtl_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_and_tags),
        cmocka_unit_test(attributes),
        cmocka_unit_test(comments),
        cmocka_unit_test(doctypes),
        cmocka_unit_test(text_only_elements),
        cmocka_unit_test(scripts),
        cmocka_unit_test(references),
        cmocka_unit_test(reads_nothing_past_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
