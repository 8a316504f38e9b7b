/* SPDX-License-Identifier: Apache-2.0 */
#include <dateline/cdxserver.h>
#include <dateline/import.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "index_store.h"

static const char cdx[] =
    " CDX N b a m s k r M S V g\n"
    "org,example)/ 20200101000000 http://example.org/ text/html 200 "
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA - - 100 0 a.warc.gz\n"
    "org,example)/ 20200101120000 http://example.org/ warc/revisit - "
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA - - 50 100 a.warc.gz\n"
    "org,example)/ 20200202000000 https://example.org/ text/html 200 "
    "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB - - 101 200 a.warc.gz\n"
    "org,example)/ 20210202000000 https://example.org/ text/html 404 "
    "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC - - 102 300 a.warc.gz\n"
    "org,example)/a 20200301000000 http://example.org/a image/png 200 "
    "DDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDD - - 103 400 b.warc.gz\n"
    "org,example)/a/b 20200302000000 http://example.org/a/b text/css 200 "
    "EEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEE - - 104 500 b.warc.gz\n"
    "org,example,www2)/ 20200303000000 http://www2.example.org/ text/html 301 "
    "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF http://example.org/ - 105 600 "
    "b.warc.gz\n"
    "org,example-shop)/ 20200304000000 http://example-shop.org/ text/html 200 "
    "GGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGG - - 106 700 b.warc.gz\n";

/* One row a fact: parameters, then the offsets of the captures that answer. */
static const struct {
    const char *name, *params, *offsets;
} cases[] = {
    { "exact is the default", "url=example.org", "0 100 200 300" },
    { "host", "url=example.org&matchType=host", "0 100 200 300 400 500" },
    { "domain takes in subdomains, not namesakes",
      "url=example.org&matchType=domain", "0 100 200 300 400 500 600" },
    { "a star in front means the domain", "url=*.example.org",
      "0 100 200 300 400 500 600" },
    { "a star behind means a prefix", "url=example.org/a*", "400 500" },
    { "a prefix's slash is meant", "url=http://example.org/a/&matchType=prefix",
      "500" },
    { "from a year", "url=example.org&from=2021", "300" },
    { "to a month, all of it", "url=example.org&to=202001", "0 100" },
    { "limit", "url=example.org&limit=2", "0 100" },
    { "a negative limit gives the last", "url=example.org&limit=-2",
      "200 300" },
    { "reverse", "url=example.org&sort=reverse&limit=2", "300 200" },
    { "closest", "url=example.org&closest=20200101110000", "100 0 200 300" },
    { "closest of many URLs",
      "url=example.org&matchType=domain&closest=20200302&limit=3",
      "600 500 400" },
    { "a filter contains", "url=*.example.org&filter=mime:css", "500" },
    { "= equals", "url=example.org&filter==status:200", "0 200" },
    { "! inverts", "url=example.org&filter=!=status:200", "100 300" },
    { "~ matches from the start", "url=*.example.org&filter=~mime:text/.*",
      "0 200 300 500 600" },
    { "~ does not search", "url=*.example.org&filter=~mime:css", "" },
    { "filters add up",
      "url=*.example.org&filter=~mime:text/&filter=!status:200", "300 600" },
    { "a filter without a field sees the line", "url=example.org&filter=BBBB",
      "200" },
    { "other names of fields", "url=*.example.org&filter=mimetype:png", "400" },
    { "collapse on a part of the time", "url=example.org&collapse=timestamp:8",
      "0 200 300" },
    { "collapse on the digest", "url=example.org&collapse=digest",
      "0 200 300" },
    { "collapse on the key", "url=*.example.org&collapse=urlkey",
      "0 400 500 600" },
    { "collapseTime keeps other statuses", "url=example.org&collapseTime=8",
      "0 100 200 300" },
    { "collapse, then reverse",
      "url=example.org&collapse=timestamp:8&sort=reverse", "300 200 0" },
    { "page 0 of a small answer is all of it",
      "url=example.org&matchType=host&page=0", "0 100 200 300 400 500" },
};

static struct dtl_store *open_store(const struct fixture *f)
{
    struct dtl_store_writer *w;
    struct dtl_import i = { .memory = 1 << 20 };
    struct dtl_store *s;
    struct dtl_error err;
    char path[120];

    snprintf(path, sizeof path, "%s/made.cdx", f->dir);
    put_file(path, cdx);
    assert_int_equal(dtl_store_writer_open(f->dir, &w, NULL), DTL_OK);
    if (dtl_import(w, path, &i, &err) != DTL_OK)
        fail_msg("%s", err.text);
    assert_int_equal(i.captures, 8);
    assert_int_equal(i.bad_lines, 0);
    /* A second time nothing happens. */
    assert_int_equal(dtl_import(w, path, &i, NULL), DTL_OK);
    assert_true(i.known);
    dtl_store_writer_close(w);
    assert_int_equal(dtl_store_open(f->dir, &s, NULL), DTL_OK);
    return s;
}

/* "a=b&c=d" */
static size_t split(char *text, struct dtl_field *out)
{
    size_t n = 0;

    for (char *p = strtok(text, "&"); p != NULL; p = strtok(NULL, "&")) {
        char *eq = strchr(p, '=');

        out[n++] = (struct dtl_field){ dtl_slice_of(p, (size_t)(eq - p)),
                                       dtl_str(eq + 1) };
    }
    return n;
}

static int open_query(struct dtl_store *s, const char *params,
                      struct dtl_cdx_query **q, struct dtl_error *err)
{
    struct dtl_field f[16];
    char text[300];

    snprintf(text, sizeof text, "%s", params);
    return dtl_cdx_query_open(s, f, split(text, f), q, err);
}

static char *answer(struct dtl_store *s, const char *params)
{
    struct dtl_cdx_query *q;
    struct dtl_buf out = { 0 };
    struct dtl_error err;
    int rc;

    if (open_query(s, params, &q, &err) != DTL_OK)
        fail_msg("%s: %s", params, err.text);
    while ((rc = dtl_cdx_query_next(q, &out, &err)) == DTL_OK)
        ;
    if (rc != DTL_END)
        fail_msg("%s: %s", params, err.text);
    dtl_cdx_query_close(q);
    dtl_buf_byte(&out, 0);
    return (char *)out.ptr;
}

static void test_answers(void **state)
{
    struct dtl_store *s = open_store(*state);

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char params[300], want[100] = "", *got, *line;

        snprintf(params, sizeof params, "%s&fl=offset&output=text",
                 cases[i].params);
        got = answer(s, params);
        for (line = strtok(got, "\n"); line != NULL; line = strtok(NULL, "\n"))
            snprintf(want + strlen(want), sizeof want - strlen(want), "%s%s",
                     want[0] != '\0' ? " " : "", line);
        if (strcmp(want, cases[i].offsets) != 0)
            fail_msg("%s: '%s' is not '%s'", cases[i].name, want,
                     cases[i].offsets);
        free(got);
    }
    dtl_store_close(s);
}

static void assert_answer(struct dtl_store *s, const char *params,
                          const char *want)
{
    char *got = answer(s, params);

    assert_string_equal(got, want);
    free(got);
}

static void test_formats(void **state)
{
    struct dtl_store *s = open_store(*state);

    assert_answer(s, "url=example.org/a",
                  "org,example)/a 20200301000000 {\"url\": "
                  "\"http://example.org/a\", \"mime\": \"image/png\", "
                  "\"status\": \"200\", \"digest\": "
                  "\"DDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDD\", \"redirect\": \"-\", "
                  "\"robotflags\": \"-\", \"length\": \"103\", \"offset\": "
                  "\"400\", \"filename\": \"b.warc.gz\"}\n");
    assert_answer(s, "url=example.org/a&output=text",
                  "org,example)/a 20200301000000 http://example.org/a "
                  "image/png 200 DDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDD - - 103 400 "
                  "b.warc.gz\n");
    assert_answer(s, "url=example.org/a&output=json&fl=urlkey,status,nosuch",
                  "{\"urlkey\": \"org,example)/a\", \"status\": \"200\"}\n");
    assert_answer(s,
                  "url=example.org&resolveRevisits=true&limit=2&fl=mime,status,"
                  "orig.offset,orig.filename",
                  "org,example)/ 20200101000000 {\"mime\": \"text/html\", "
                  "\"status\": \"200\", \"orig.offset\": \"-\", "
                  "\"orig.filename\": \"-\"}\n"
                  "org,example)/ 20200101120000 {\"mime\": \"text/html\", "
                  "\"status\": \"200\", \"orig.offset\": \"0\", "
                  "\"orig.filename\": \"a.warc.gz\"}\n");
    assert_answer(s, "url=example.org&showNumPages=true",
                  "{\"pages\": 1, \"pageSize\": 10, \"blocks\": 1}\n");
    assert_answer(s, "url=nowhere.org&showNumPages=true",
                  "{\"pages\": 0, \"pageSize\": 10, \"blocks\": 0}\n");
    dtl_store_close(s);
}

/* Going on with each key gives every capture once. */
static void test_resume_key(void **state)
{
    struct dtl_store *s = open_store(*state);
    char params[300] = "", seen[300] = "";
    char *got, *key;

    for (int i = 0; i < 10; i++) {
        char query[400];

        snprintf(query, sizeof query,
                 "url=*.example.org&fl=offset&output=text&limit=2&"
                 "showResumeKey=true%s",
                 params);
        got = answer(s, query);
        key = strstr(got, "\n\n");
        snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%.*s ",
                 key != NULL ? (int)(key - got) : (int)strlen(got), got);
        if (key == NULL)
            break;
        key[strlen(key) - 1] = '\0';
        snprintf(params, sizeof params, "&resumeKey=%s", key + 2);
        free(got);
    }
    free(got);
    for (char *p = seen; *p != '\0'; p++)
        if (*p == '\n')
            *p = ' ';
    assert_string_equal(seen, "0 100 200 300 400 500 600  ");
    dtl_store_close(s);
}

static void test_what_makes_no_sense(void **state)
{
    static const struct {
        const char *params, *text;
    } bad[] = {
        { "from=2020", "The \"url\" param is required" },
        { "url=x&matchType=foo", "Invalid match_type: foo" },
        { "url=example.org&page=7",
          "Page 7 invalid: First Page is 0, Last Page is 0" },
        { "url=x&filter=~url:(", "Invalid filter regex at 1: missing closing "
                                 "parenthesis" },
        { "url=x&collapse=nosuch:3", "Invalid collapse: nosuch:3" },
        { "url=x&resumeKey=y", "Invalid resumeKey" },
    };
    struct dtl_store *s = open_store(*state);

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct dtl_cdx_query *q;
        struct dtl_error err;

        assert_int_equal(open_query(s, bad[i].params, &q, &err), DTL_INVALID);
        assert_string_equal(err.text, bad[i].text);
        assert_null(q);
    }
    dtl_store_close(s);
}

/* A regular expression that would run for ages is stopped. */
static void test_steps_of_a_filter_are_limited(void **state)
{
    const struct fixture *f = *state;
    char url[200] = "http://example.org/";
    const char *urls[] = { url };
    struct dtl_cdx_query *q;
    struct dtl_buf out = { 0 };
    struct dtl_store *s;

    memset(url + strlen(url), 'a', 100);
    write_captures(f->dir, urls, 1, 1);
    assert_int_equal(dtl_store_open(f->dir, &s, NULL), DTL_OK);
    assert_int_equal(open_query(s,
                                "url=example.org/*&filter=~url:.*/(a|aa)+[0-9]",
                                &q, NULL),
                     DTL_OK);
    assert_int_equal(dtl_cdx_query_next(q, &out, NULL), DTL_LIMIT);
    dtl_cdx_query_close(q);
    dtl_buf_free(&out);
    dtl_store_close(s);
}

/* The pages of an answer hold each capture once, in order. */
static void test_pages(void **state)
{
    enum { ROWS = 20000 };
    const struct fixture *f = *state;
    struct dtl_capture *c = calloc(ROWS, sizeof *c);
    char(*urls)[40] = calloc(ROWS, sizeof *urls);
    struct dtl_store *s;
    size_t lines = 0;
    uint64_t pages;

    for (int i = 0; i < ROWS; i++) {
        snprintf(urls[i], sizeof urls[i], "http://example.org/%d",
                 i * 7919 % ROWS);
        c[i] = capture(urls[i], i);
    }
    write_store(f->dir, c, ROWS * 3 / 4);
    write_store(f->dir, c + ROWS * 3 / 4, ROWS / 4);
    assert_int_equal(dtl_store_open(f->dir, &s, NULL), DTL_OK);
    {
        char *count =
            answer(s, "url=example.org/*&showNumPages=true&pageSize=1");

        assert_int_equal(sscanf(count, "{\"pages\": %lu", &pages), 1);
        assert_int_equal(pages, 5);
        free(count);
    }
    for (uint64_t p = 0; p < pages; p++) {
        char params[100], *got;

        snprintf(params, sizeof params,
                 "url=example.org/*&pageSize=1&page=%u&fl=urlkey&output=text",
                 (unsigned)p);
        got = answer(s, params);
        for (char *at = got; (at = strchr(at, '\n')) != NULL; at++)
            lines++;
        free(got);
    }
    assert_int_equal(lines, ROWS);
    dtl_store_close(s);
    free(urls);
    free(c);
}

/* ---- lines of other kinds ----------------------------------------------- */

static void test_lines(void **state)
{
    static const struct {
        const char *name, *line;
        int captures, bad;
    } lines[] = {
        { "nine fields",
          "org,a)/ 20200101000000 http://a.org/ text/html 200 - - 12 a.warc.gz",
          1, 0 },
        { "ten fields",
          "org,a)/ 20200101000000 http://a.org/ text/html 200 - - - 12 a.gz", 1,
          0 },
        { "fourteen fields, of OutbackCDX",
          "org,a)/ 20200101000000 http://a.org/ text/html 200 - - - 9 12 a.gz "
          "- - -",
          1, 0 },
        { "CDXJ",
          "org,a)/ 20200101000000 {\"url\": \"http://a.org/\", \"length\": 9, "
          "\"offset\": \"12\", \"filename\": \"a.gz\", \"x\": {\"y\": [1]}}",
          1, 0 },
        { "CDXJ with escapes",
          "org,a)/ 20200101000000 {\"url\": \"http://a.org/\\u00e9\\\"\", "
          "\"offset\": 0, \"filename\": \"a\\/b.gz\"}",
          1, 0 },
        { "an alias of OutbackCDX", "@alias http://a.org/ http://b.org/", 0,
          0 },
        { "a comment", "# nothing", 0, 0 },
        { "two fields", "org,a)/ 2020", 0, 1 },
        { "JSON cut short", "org,a)/ 20200101000000 {\"url\": \"http://a", 0,
          1 },
        { "no place", "org,a)/ 20200101000000 {\"url\": \"http://a.org/\"}", 0,
          1 },
        { "no time", "org,a)/ x http://a.org/ text/html 200 - - - 9 12 a.gz", 0,
          1 },
    };
    const struct fixture *f = *state;

    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct dtl_store_writer *w;
        struct dtl_import import = { .memory = 1 << 20 };
        char path[120], text[400];

        fresh_dir(f);
        assert_int_equal(dtl_store_writer_open(f->dir, &w, NULL), DTL_OK);
        snprintf(path, sizeof path, "%s/made.cdx", f->dir);
        snprintf(text, sizeof text, "%s\r\n", lines[i].line);
        put_file(path, text);
        assert_int_equal(dtl_import(w, path, &import, NULL), DTL_OK);
        if ((int)import.captures != lines[i].captures ||
            (int)import.bad_lines != lines[i].bad)
            fail_msg("%s: %d captures, %d bad: %s", lines[i].name,
                     (int)import.captures, (int)import.bad_lines, import.why);
        dtl_store_writer_close(w);
    }
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_end)
    const struct CMUnitTest tests[] = {
        T(test_answers),
        T(test_formats),
        T(test_resume_key),
        T(test_what_makes_no_sense),
        T(test_steps_of_a_filter_are_limited),
        T(test_pages),
        T(test_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
