/* SPDX-License-Identifier: Apache-2.0 */
#include "jsonld.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdlib.h>

static struct dtl_arena *arena;

static struct dtl_slice text_at(const struct json_doc *d, const char *path)
{
    uint32_t at = jsonld_first(d, 0);

    while (at != 0 && *path != '\0') {
        size_t len = strcspn(path, ".");
        char name[64];

        if (path[0] == '#') { /* next of a list */
            at = path[1] == '0' ? jsonld_first(d, at)
                                : jsonld_next(d, jsonld_first(d, at));
        } else {
            memcpy(name, path, len);
            name[len] = '\0';
            at = jsonld_get(d, at, name);
        }
        path += len + (path[len] == '.');
    }
    return at != 0 ? jsonld_text(d, at) : dtl_str("(none)");
}

static void reads_what_publishers_write(void **state)
{
    static const struct {
        const char *name, *json, *path, *want;
    } rows[] = {
        { "plain", "{\"a\":\"x\",\"b\":\"y\"}", "b", "y" },
        { "nested", "{\"a\":{\"b\":[1,\"z\"]}}", "a.b.#1", "z" },
        { "array on top", "[{\"a\":\"x\"}]", "#0.a", "x" },
        { "escapes", "{\"a\":\"caf\\u00e9 \\\"q\\\" \\/\"}", "a",
          "caf\xc3\xa9 \"q\" /" },
        { "surrogate pair", "{\"a\":\"\\ud83d\\ude00\"}", "a",
          "\xf0\x9f\x98\x80" },
        { "lone surrogate", "{\"a\":\"\\ud83dx\"}", "a", "\xef\xbf\xbdx" },
        { "references escaped twice", "{\"a\":\"A &amp; B &#8217;s\"}", "a",
          "A & B \xe2\x80\x99s" },
        { "trailing comma", "{\"a\":\"x\",\"b\":[1,2,],}", "a", "x" },
        { "missing comma", "{\"a\":\"x\"\n\"b\":\"y\"}", "b", "y" },
        { "line end in a string", "{\"a\":\"x\ny\",\"b\":\"z\"}", "b", "z" },
        { "bare quotes in a string", "{\"a\":\"the \"best\" one\",\"b\":\"z\"}",
          "a", "the \"best\" one" },
        { "after bare quotes", "{\"a\":\"the \"best\" one\",\"b\":\"z\"}", "b",
          "z" },
        { "single quotes", "{'a':'x'}", "a", "x" },
        { "bare names", "{a:\"x\", b : 2}", "b", "2" },
        { "HTML comment", "<!-- {\"a\":\"x\"} -->", "a", "x" },
        { "CDATA", "//<![CDATA[\n{\"a\":\"x\"}\n//]]>", "a", "x" },
        { "CDATA in a comment", "/*<![CDATA[*/{\"a\":\"x\"}/*]]>*/", "a", "x" },
        { "comments", "{/* c */\"a\":\"x\", // d\n\"b\":\"y\"}", "b", "y" },
        { "semicolon", "{\"a\":\"x\"};", "a", "x" },
        { "byte order mark", "\xef\xbb\xbf{\"a\":\"x\"}", "a", "x" },
        { "escaped as text", "{&quot;a&quot;:&quot;x&quot;}", "a", "x" },
        { "no end", "{\"a\":{\"b\":\"x\"", "a.b", "x" },
        { "no end of a string", "{\"a\":\"x", "a", "x" },
        { "wrong bracket", "{\"a\":[\"x\"},\"b\":\"y\"}", "a.#0", "x" },
        { "white space trimmed", "{\"a\":\"  x \"}", "a", "x" },
        { "absent", "{\"a\":\"x\"}", "b", "(none)" },
        { "not JSON", "function() { return 1 }", "a", "(none)" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct json_doc d = { .n = 0 };
        struct dtl_slice got;

        dtl_arena_reset(arena);
        assert_true(jsonld_parse(dtl_str(rows[i].json), arena, &d));
        got = text_at(&d, rows[i].path);
        if (!dtl_equal(got, dtl_str(rows[i].want)))
            fail_msg("%s: \"%.*s\", not \"%s\"", rows[i].name, (int)got.len,
                     (const char *)got.ptr, rows[i].want);
    }
}

static void several_scripts_make_one_document(void **state)
{
    struct json_doc d = { .n = 0 };
    uint32_t second;

    (void)state;
    dtl_arena_reset(arena);
    assert_true(jsonld_parse(dtl_str("{\"a\":\"x\"}"), arena, &d));
    assert_true(
        jsonld_parse(dtl_str("{\"a\":\"y\"} {\"a\":\"z\"}"), arena, &d));
    second = jsonld_next(&d, jsonld_first(&d, 0));
    assert_true(
        dtl_equal(jsonld_text(&d, jsonld_get(&d, second, "a")), dtl_str("y")));
    assert_true(jsonld_next(&d, second) != 0);
}

/* Depth and number are bounded; what comes after the depth is still read. */
static void is_bounded(void **state)
{
    struct json_doc d = { .n = 0 };
    size_t n = 100000;
    char *deep = malloc(2 * n + 1);

    (void)state;
    assert_non_null(deep);
    memset(deep, '[', n);
    memset(deep + n, ']', n);
    deep[2 * n] = '\0';
    dtl_arena_reset(arena);
    assert_true(jsonld_parse(dtl_slice_of(deep, 2 * n), arena, &d));
    assert_true(d.cut);
    assert_true(d.n <= JSONLD_DEPTH + 1);
    assert_true(jsonld_parse(dtl_str("{\"a\":\"x\"}"), arena, &d));
    memset(deep, ',', 2 * n);
    for (size_t i = 0; i < 2 * n; i += 2)
        deep[i] = '1';
    d = (struct json_doc){ .n = 0 };
    assert_true(jsonld_parse(dtl_slice_of(deep, 2 * n), arena, &d));
    assert_true(d.cut);
    assert_true(d.n <= JSONLD_NODES);
    free(deep);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_publishers_write),
        cmocka_unit_test(several_scripts_make_one_document),
        cmocka_unit_test(is_bounded),
    };
    int failed;

    arena = dtl_arena_new(0);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    dtl_arena_free(arena);
    return failed;
}
