/* SPDX-License-Identifier: Apache-2.0 */
#include <dateline/cdx.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static struct dtl_arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = dtl_arena_new(0);
    return arena != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    dtl_arena_free(arena);
    return 0;
}

#define S(text)                                   \
    {                                             \
        (const uint8_t *)(text), sizeof(text) - 1 \
    }

static const struct dtl_cdx page = {
    .key = S("org,e)/a"),
    .time = S("20240131235959"),
    .url = S("http://e.org/a"),
    .mime = S("text/html"),
    .status = S("200"),
    .digest = S("sha1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
    .length = S("1043"),
    .offset = S("333"),
    .filename = S("e.warc.gz"),
};

static const char page_json[] =
    "org,e)/a 20240131235959 {\"url\": \"http://e.org/a\", \"mime\": "
    "\"text/html\", \"status\": \"200\", \"digest\": "
    "\"sha1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\", \"length\": \"1043\", "
    "\"offset\": \"333\", \"filename\": \"e.warc.gz\"}\n";
static const char page_11[] =
    "org,e)/a 20240131235959 http://e.org/a text/html 200 "
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA - - 1043 333 e.warc.gz\n";
static const char page_9[] =
    "org,e)/a 20240131235959 http://e.org/a text/html 200 "
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA - 333 e.warc.gz\n";

static void assert_text(struct dtl_slice s, const char *want)
{
    if (!dtl_equal(s, dtl_str(want)))
        fail_msg("'%.*s' is not '%s'", (int)s.len, (const char *)s.ptr, want);
}

static void assert_written(const struct dtl_cdx *c, enum dtl_cdx_format format,
                           const char *want)
{
    struct dtl_buf b = { 0 };

    dtl_cdx_write(&b, c, format);
    assert_text(dtl_buf_view(&b), want);
    dtl_buf_free(&b);
}

static void writes_each_format(void **state)
{
    (void)state;
    assert_written(&page, DTL_CDXJ, page_json);
    assert_written(&page, DTL_CDX11, page_11);
    assert_written(&page, DTL_CDX9, page_9);
    assert_string_equal(dtl_cdx_header(DTL_CDX9), " CDX N b a m s k r V g");
}

static void writes_odd_values(void **state)
{
    const struct dtl_cdx c = { .key = S("k"),
                               .time = S("1"),
                               .url =
                                   S("a b\"\\\n\x01/\xc3\xa9\xf0\x9f\x98\x80"),
                               .mime = S(""),
                               .status = S("\xe9") };
    const struct dtl_cdx empty = { .key = S("-"), .time = S("1") };

    (void)state;
    assert_written(&c, DTL_CDXJ,
                   "k 1 {\"url\": \"a b\\\"\\\\\\n\\u0001/\\u00e9"
                   "\\ud83d\\ude00\", \"mime\": \"\", \"status\": "
                   "\"\\u00e9\"}\n");
    assert_written(&c, DTL_CDX9,
                   "k 1 a%20b\"\\%0A%01/\xc3\xa9\xf0\x9f\x98\x80 - \xe9 - - - "
                   "-\n");
    assert_written(&empty, DTL_CDXJ, "- 1 {}\n");
}

#define FORM "application/x-www-form-urlencoded"
#define JSON "application/json; charset=utf-8"

static const struct {
    const char *name, *url, *type, *body, *query;
} posts[] = {
    { "form", "http://e.org/", FORM, "a=b+c&d=%2Fe", "a=b c&d=/e" },
    { "form that is no UTF-8", "http://e.org/", FORM, "\xff\x01",
      "__wb_post_data=/wE=" },
    { "empty form", "http://e.org/", FORM, "", "" },
    { "URL with a query", "http://e.org/?x", FORM, "a=b", "a=b" },
    { "JSON", "http://e.org/", JSON,
      "{\"a\":\"b c\",\"d\":{\"a\":2},\"e\":[true,null,1.5]}",
      "a=b+c&a.2_=2&e=True&e.2_=None&e.3_=1.5" },
    { "JSON lines", "http://e.org/", JSON, "{\"a\":1}\n{\"a\":2}",
      "a=1&a.2_=2" },
    { "broken JSON", "http://e.org/", JSON, "{\"a\":", "" },
    { "plain text that is JSON", "http://e.org/", "text/plain", "{\"a\":1}",
      "a=1" },
    { "plain text", "http://e.org/", "text/plain", "hello",
      "__wb_post_data=aGVsbG8=" },
    { "multipart", "http://e.org/", "multipart/form-data; boundary=xyz",
      "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb c\r\n"
      "--xyz\r\nContent-Disposition: form-data; filename=\"f\"; "
      "name=\"d\"\r\n\r\n\xff\r\n--xyz--\r\n",
      "a=b+c&d=%FF" },
    { "multipart without a boundary", "http://e.org/", "multipart/form-data",
      "x", "__wb_post_data=eA==" },
    { "anything else", "http://e.org/", "", "ab", "__wb_post_data=YWI=" },
};

static void makes_urls_of_posts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof posts / sizeof posts[0]; i++) {
        struct dtl_slice url, query;
        char *want = dtl_arena_printf(
            arena, "%s%s__wb_method=POST%s%s", posts[i].url,
            strchr(posts[i].url, '?') ? "&" : "?",
            posts[i].query[0] != '\0' ? "&" : "", posts[i].query);

        assert_int_equal(
            dtl_cdx_post_url(dtl_str(posts[i].url), dtl_str("POST"),
                             dtl_str(posts[i].type), dtl_str(posts[i].body),
                             arena, &url, &query, NULL),
            DTL_OK);
        if (!dtl_equal(url, dtl_str(want)) ||
            !dtl_equal(query, dtl_str(posts[i].query)))
            fail_msg("%s: %.*s", posts[i].name, (int)url.len,
                     (const char *)url.ptr);
    }
}

static void bounds_the_query(void **state)
{
    struct dtl_buf body = { 0 };
    struct dtl_slice url, query;

    (void)state;
    dtl_buf_str(&body, "{\"");
    for (int i = 0; i < 100000; i++)
        dtl_buf_byte(&body, 'n');
    dtl_buf_str(&body, "\":1}");
    for (int i = 0; i < 4; i++) {
        static const char *const types[] = { FORM, JSON, "text/plain", "x/y" };

        assert_int_equal(
            dtl_cdx_post_url(dtl_str("u"), dtl_str("PUT"), dtl_str(types[i]),
                             dtl_buf_view(&body), arena, &url, &query, NULL),
            DTL_OK);
        assert_true(query.len <= 4096);
    }
    dtl_buf_free(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_each_format),
        cmocka_unit_test(writes_odd_values),
        cmocka_unit_test(makes_urls_of_posts),
        cmocka_unit_test(bounds_the_query),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
