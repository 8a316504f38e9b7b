/* SPDX-License-Identifier: Apache-2.0 */
/*
 * labels: threads
 *
 * Rows of a store of made-up articles: the same bytes with any number of
 * threads, also when batches overflow; the two ways JSON lines are made agree;
 * metadata that cannot be read are an error.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dateline/article.h>
#include <dateline/export.h>
#include <dateline/json.h>

#include "fields.h"
#include "index_store.h"

#define ARTICLES 700U

static const struct dtl_selection all = { .from = DTL_NO_TIME,
                                          .to = DTL_NO_TIME,
                                          .published_from = DTL_NO_TIME,
                                          .published_to = DTL_NO_TIME };

static void make_meta(uint32_t i, struct dtl_slice url, struct dtl_buf *out)
{
    struct dtl_slice authors[] = { dtl_str("Ann \"A\" Bee"),
                                   dtl_str("\xc3\x9cy\\ C") };
    struct dtl_claim claims[] = {
        { .field = DTL_CLAIM_PUBLISHED,
          .chosen = false,
          .value = dtl_str("x"),
          .raw = dtl_str("yesterday"),
          .when = { .time = 5, .precision = 14 } },
        { .field = DTL_CLAIM_PUBLISHED,
          .chosen = i % 3 == 0,
          .raw = dtl_str("on \"the\" 5th\n"),
          .offset = 77 + i,
          .when = { .time = 1700000000 + (int64_t)i, .precision = 8 } },
    };
    struct dtl_article a = { .page_type = DTL_PAGE_ARTICLE,
                             .confidence = 0.5F + (float)(i % 5) / 10,
                             .title = dtl_str("A title\twith \"quotes\""),
                             .authors = authors,
                             .nauthors = i % 3,
                             .section = dtl_str(i % 2 ? "City" : ""),
                             .language = dtl_str("en"),
                             .claims = claims,
                             .nclaims = 2 };
    struct dtl_json j = { .out = out };

    dtl_article_json(&a, url, DTL_JSON_CLAIMS, &j);
}

/* Some texts are so long that batches overflow. */
static void add_article(struct dtl_segment_writer *s, uint32_t i, uint32_t file)
{
    struct dtl_marks none = { 0 };
    size_t len = i % 100 == 7 ? (size_t)3 << 20 : 50 + i % 900;
    char *text = malloc(len + 1), url[80];
    struct dtl_buf meta = { 0 };
    struct dtl_capture c;
    struct dtl_article_row row = { .page_type = DTL_PAGE_ARTICLE,
                                   .published = 1700000000,
                                   .words = 9,
                                   .site = dtl_str("paper.example"),
                                   .language = dtl_str("en") };

    memset(text, 'a' + (int)(i % 26), len);
    text[len] = '\0';
    text[len / 2] = i % 2 ? '"' : '\n';
    snprintf(url, sizeof url, "https://paper.example/%u\xff", i);
    make_meta(i, dtl_str(url), &meta);
    row.meta = dtl_buf_view(&meta);
    row.title = dtl_str("A title");
    row.text = dtl_str(text);
    memcpy(row.text_hash, &i, sizeof i);
    c = capture(url, 1700000000 + (int64_t)i);
    c.file = file;
    assert_int_equal(
        dtl_segment_add_article(s, &row, &none, &none, &c.article, NULL),
        DTL_OK);
    assert_int_equal(dtl_segment_add_capture(s, &c, NULL), DTL_OK);
    dtl_buf_free(&meta);
    free(text);
}

static void make_store(const char *dir)
{
    struct dtl_store_writer *w;
    struct dtl_segment_writer *s;
    uint32_t file;

    assert_int_equal(dtl_store_writer_open(dir, &w, NULL), DTL_OK);
    assert_int_equal(dtl_store_file(w, "/a/b.warc.gz", 99, 1, &file, NULL),
                     DTL_OK);
    for (uint32_t part = 0; part < 2; part++) {
        assert_int_equal(dtl_segment_writer_new(w, 1 << 22, &s, NULL), DTL_OK);
        for (uint32_t i = part; i < ARTICLES; i += 2)
            add_article(s, i, file);
        assert_int_equal(dtl_segment_finish(s, NULL), DTL_OK);
        assert_int_equal(dtl_store_publish(w, &s, 1, NULL, 0, NULL), DTL_OK);
        dtl_segment_writer_free(s);
    }
    dtl_store_writer_close(w);
}

static void export_all(const char *dir, const char *format, unsigned jobs,
                       enum dtl_packing packing, struct dtl_buf *out)
{
    struct dtl_export_options o = {
        .format = format, .jobs = jobs, .packing = packing, .store = dir
    };
    struct dtl_error err = { 0 };
    struct dtl_store *store;
    struct dtl_export *x;
    struct dtl_buf piece = { 0 };
    int rc;

    memset(out, 0, sizeof *out);
    assert_int_equal(dtl_store_open(dir, &store, NULL), DTL_OK);
    rc = dtl_export_open(store, &all, &o, &x, &err);
    while (rc == DTL_OK && (rc = dtl_export_next(x, &piece, &err)) == DTL_OK) {
        dtl_buf_slice(out, dtl_buf_view(&piece));
        dtl_buf_clear(&piece);
    }
    if (rc != DTL_END)
        fail_msg("%s: %s", format, err.text);
    assert_int_equal(dtl_export_rows(x), ARTICLES);
    dtl_export_close(x);
    dtl_store_close(store);
    dtl_buf_free(&piece);
}

static void same_with_any_threads(void **state)
{
    static const struct {
        const char *format;
        enum dtl_packing packing;
    } ways[] = {
        { "jsonl", DTL_PACK_NONE },   { "jsonl", DTL_PACK_GZIP },
        { "jsonl", DTL_PACK_ZSTD },   { "csv", DTL_PACK_NONE },
        { "parquet", DTL_PACK_NONE },
    };
    struct fixture *f = *state;

    make_store(f->dir);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct dtl_buf one, many;

        export_all(f->dir, ways[i].format, 1, ways[i].packing, &one);
        export_all(f->dir, ways[i].format, 4, ways[i].packing, &many);
        if (!dtl_equal(dtl_buf_view(&one), dtl_buf_view(&many)))
            fail_msg("%s hangs on the threads", ways[i].format);
        dtl_buf_free(&one);
        dtl_buf_free(&many);
    }
}

/* Left before its end, an export lets its threads go. */
static void can_be_left(void **state)
{
    struct fixture *f = *state;
    struct dtl_export_options o = { .jobs = 3, .store = f->dir };
    struct dtl_store *store;
    struct dtl_export *x;
    struct dtl_buf piece = { 0 };

    make_store(f->dir);
    assert_int_equal(dtl_store_open(f->dir, &store, NULL), DTL_OK);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(dtl_export_open(store, &all, &o, &x, NULL), DTL_OK);
        for (int k = 0; k < i; k++)
            assert_int_equal(dtl_export_next(x, &piece, NULL), DTL_OK);
        dtl_export_close(x);
    }
    dtl_store_close(store);
    dtl_buf_free(&piece);
}

static void copied_and_read_rows_agree(void **state)
{
    struct fixture *f = *state;
    struct dtl_format_run run = { .options =
                                      &(struct dtl_export_options){ 0 } };
    struct dtl_arena *arena = dtl_arena_new(0);
    struct dtl_store *store;
    struct dtl_select *s;
    struct dtl_selected one;
    struct dtl_batch batch = { 0 };
    struct dtl_buf read = { 0 };
    size_t n = 0;

    make_store(f->dir);
    run.arena = arena;
    assert_int_equal(dtl_store_open(f->dir, &store, NULL), DTL_OK);
    assert_int_equal(
        dtl_select_open(store, &all, DTL_EXPORT_ARTICLES, &s, NULL), DTL_OK);
    while (dtl_select_next(s, &one, NULL) == DTL_OK && n++ < 200) {
        struct dtl_export_row row = { 0 };
        struct dtl_value values[DTL_F_COUNT];
        struct dtl_json j = { .out = &read };

        dtl_arena_reset(arena);
        dtl_buf_clear(&batch.bytes);
        dtl_buf_clear(&read);
        assert_int_equal(dtl_export_load(store, &one, true, arena, &row, NULL),
                         DTL_OK);
        assert_int_equal(dtl_format_jsonl.encode(&run, &row, &batch, NULL),
                         DTL_OK);
        assert_int_equal(dtl_row_values(&run, &row, values, NULL), DTL_OK);
        dtl_values_json(values, &j);
        dtl_buf_byte(&read, '\n');
        if (!dtl_equal(dtl_buf_view(&batch.bytes), dtl_buf_view(&read)))
            fail_msg("%.*s%.*s", (int)batch.bytes.len, batch.bytes.ptr,
                     (int)read.len, read.ptr);
    }
    assert_int_equal(n, 201);
    dtl_select_close(s);
    dtl_store_close(store);
    dtl_arena_free(arena);
    dtl_buf_free(&batch.bytes);
    dtl_buf_free(&read);
}

static void damaged_metadata_are_told(void **state)
{
    static const struct {
        const char *meta;
        int rc;
    } cases[] = {
        { "{\"url\":\"u\",\"title\":null}", DTL_OK },
        { "{\"title\":\"a\\u0001\\\"b\",\"new\":\"x\"}", DTL_OK },
        { "{\"authors\":[]}", DTL_OK },
        { "", DTL_OK },
        { "{\"title\":\"a", DTL_FORMAT },
        { "{\"title\":\"a\\", DTL_FORMAT },
        { "{\"title\"}", DTL_FORMAT },
        { "{\"title\":\"a\" \"b\":1}", DTL_FORMAT },
        { "{\"authors\":[\"a\"", DTL_FORMAT },
        { "{\"authors\":[1]}", DTL_FORMAT },
        { "{\"authors\":3}", DTL_FORMAT },
        { "{\"confidence\":}", DTL_FORMAT },
        { "{title:1}", DTL_FORMAT },
    };
    struct dtl_format_run run = { .options =
                                      &(struct dtl_export_options){ 0 } };
    struct dtl_arena *arena = dtl_arena_new(0);

    (void)state;
    run.arena = arena;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct dtl_export_row row = { .file = "f" };
        struct dtl_value values[DTL_F_COUNT];
        int rc;

        row.article.meta = dtl_str(cases[i].meta);
        rc = dtl_row_values(&run, &row, values, NULL);
        if (rc != cases[i].rc)
            fail_msg("%s gives %d", cases[i].meta, rc);
    }
    dtl_arena_free(arena);
}

#define WITH_STORE(test) \
    cmocka_unit_test_setup_teardown(test, fixture_open, fixture_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(same_with_any_threads),
        WITH_STORE(can_be_left),
        WITH_STORE(copied_and_read_rows_agree),
        cmocka_unit_test(damaged_metadata_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
