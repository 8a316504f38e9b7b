/* SPDX-License-Identifier: Apache-2.0 */
#include <dateline/store.h>
#include <dateline/story.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "index_store.h"

/* A segment of captures that carry articles; `same` of them one text. */
static void write_articles(const char *dir, const char *archive, int from,
                           int n)
{
    struct dtl_arena *arena = dtl_arena_new(0);
    struct dtl_store_writer *w;
    struct dtl_segment_writer *s;
    uint32_t file;

    assert_int_equal(dtl_store_writer_open(dir, &w, NULL), DTL_OK);
    assert_int_equal(
        dtl_store_file(w, archive, 1000, strlen(archive), &file, NULL), DTL_OK);
    assert_int_equal(dtl_segment_writer_new(w, 1 << 20, &s, NULL), DTL_OK);
    for (int i = from; i < from + n; i++) {
        char url[64], text[64];
        struct dtl_mark mark = { UINT64_C(0x42) << 56, (uint32_t)i };
        struct dtl_marks marks = { &mark, 1, 10 };
        struct dtl_article_row row = { .title = dtl_str("T"), .words = 3 };
        struct dtl_capture c;
        struct dtl_slice normal;

        snprintf(url, sizeof url, "http://h%d.example.org/%d", i % 3, i);
        snprintf(text, sizeof text, "Text number %d", i % 7);
        row.text = dtl_str(text);
        assert_int_equal(dtl_normal(row.text, arena, &normal, NULL), DTL_OK);
        assert_int_equal(dtl_text_hash(normal, row.text_hash, NULL), DTL_OK);
        c = capture(url, 1000 + i);
        c.file = file;
        c.offset = (uint64_t)i;
        assert_int_equal(
            dtl_segment_add_article(s, &row, &marks, NULL, &c.article, NULL),
            DTL_OK);
        assert_int_equal(dtl_segment_add_capture(s, &c, NULL), DTL_OK);
    }
    assert_int_equal(dtl_segment_finish(s, NULL), DTL_OK);
    assert_int_equal(
        dtl_store_publish(
            w, &s, 1,
            &(struct dtl_range){ file, (uint64_t)from, (uint64_t)(from + n) },
            1, NULL),
        DTL_OK);
    dtl_segment_writer_free(s);
    dtl_store_writer_close(w);
    dtl_arena_free(arena);
}

static void compact(const char *dir, bool all, struct dtl_compact *c)
{
    struct dtl_store_writer *w;
    struct dtl_error err;

    *c = (struct dtl_compact){ .all = all, .memory = 1 << 20 };
    assert_int_equal(dtl_store_writer_open(dir, &w, NULL), DTL_OK);
    if (dtl_store_compact(w, c, &err) != DTL_OK)
        fail_msg("%s", err.text);
    dtl_store_writer_close(w);
}

/* Each capture 1000 + i leads to its article "Text number i % 7"; returns how
 * many there are.  Verification finds nothing. */
static size_t check_store(const char *dir, uint32_t segments)
{
    struct dtl_query q = { .match = DTL_PREFIX };
    struct dtl_arena *arena = dtl_arena_new(0);
    struct dtl_verify v = { 0 };
    struct dtl_store *s;
    struct dtl_cursor *c;
    struct dtl_capture got;
    struct dtl_article_row row;
    struct dtl_posting p[400];
    struct dtl_ref ref;
    size_t n = 0, np, total, marks = 0;

    assert_int_equal(dtl_store_open(dir, &s, NULL), DTL_OK);
    assert_int_equal(dtl_store_segments(s), segments);
    assert_int_equal(dtl_query_open(s, &q, &c, NULL), DTL_OK);
    while (dtl_query_next(c, &got, &ref, NULL) == DTL_OK) {
        int i = (int)got.time - 1000;
        char text[64];

        snprintf(text, sizeof text, "Text number %d", i % 7);
        assert_int_equal(
            dtl_store_article(s, (struct dtl_ref){ ref.segment, got.article },
                              arena, &row, NULL),
            DTL_OK);
        assert_same_slice(row.text, dtl_str(text));
        n++;
    }
    dtl_query_close(c);
    for (uint32_t i = 0; i < segments; i++) {
        assert_int_equal(dtl_store_postings(s, i, DTL_MARKS,
                                            UINT64_C(0x42) << 56, p, 400, &np,
                                            &total, NULL),
                         DTL_OK);
        marks += total;
        for (size_t k = 0; k < np; k++) {
            ref = (struct dtl_ref){ i, p[k].article };
            assert_int_equal(dtl_store_article(s, ref, arena, &row, NULL),
                             DTL_OK);
        }
    }
    assert_int_equal(marks, n);
    assert_int_equal(dtl_store_verify(s, &v, NULL), DTL_OK);
    assert_int_equal(v.findings, 0);
    dtl_store_close(s);
    dtl_arena_free(arena);
    return n;
}

static void test_compaction_keeps_everything(void **state)
{
    const struct fixture *f = *state;
    struct dtl_compact c;

    for (int i = 0; i < 5; i++)
        write_articles(f->dir, "a.warc.gz", i * 40, 40);
    assert_int_equal(check_store(f->dir, 5), 200);
    compact(f->dir, false, &c);
    assert_int_equal(c.merged, 5);
    assert_int_equal(c.made, 1);
    assert_true(c.bytes_after < c.bytes_before);
    assert_int_equal(check_store(f->dir, 1), 200);
    /* One large and one small are left alone, unless all are meant. */
    write_articles(f->dir, "a.warc.gz", 200, 3);
    compact(f->dir, false, &c);
    assert_int_equal(c.merged, 0);
    compact(f->dir, true, &c);
    assert_int_equal(c.merged, 2);
    assert_int_equal(check_store(f->dir, 1), 203);
}

/* A reader goes on with the segments it opened. */
static void test_readers_are_not_disturbed(void **state)
{
    const struct fixture *f = *state;
    struct dtl_compact c;
    struct dtl_store *s;

    for (int i = 0; i < 4; i++)
        write_articles(f->dir, "a.warc.gz", i * 10, 10);
    assert_int_equal(dtl_store_open(f->dir, &s, NULL), DTL_OK);
    compact(f->dir, true, &c);
    assert_int_equal(count(s, "http://example.org/", DTL_DOMAIN), 40);
    dtl_store_close(s);
}

static void take_down(const char *dir, enum dtl_takedown_kind kind,
                      const char *value)
{
    struct dtl_takedown t = { .kind = kind,
                              .value = dtl_str(value),
                              .who = dtl_str("me"),
                              .why = dtl_str("a reason") };
    struct dtl_store_writer *w;

    assert_int_equal(dtl_store_writer_open(dir, &w, NULL), DTL_OK);
    assert_int_equal(dtl_store_remove(w, &t, NULL), DTL_OK);
    dtl_store_writer_close(w);
}

static void test_takedowns(void **state)
{
    const struct fixture *f = *state;
    struct dtl_takedown t;
    struct dtl_compact c;
    struct dtl_store *s;
    uint32_t number = 0;

    write_articles(f->dir, "a.warc.gz", 0, 60);
    take_down(f->dir, DTL_REMOVE_HOST, "h1.example.org");
    assert_int_equal(check_store(f->dir, 1), 40);
    take_down(f->dir, DTL_REMOVE_URL, "http://h0.example.org/3");
    assert_int_equal(check_store(f->dir, 1), 39);
    /* It holds for what comes later, and after compaction too. */
    write_articles(f->dir, "b.warc.gz", 60, 30);
    assert_int_equal(check_store(f->dir, 2), 59);
    compact(f->dir, true, &c);
    assert_int_equal(c.removed, 31);
    assert_int_equal(check_store(f->dir, 1), 59);
    take_down(f->dir, DTL_REMOVE_DOMAIN, "example.org");
    assert_int_equal(check_store(f->dir, 1), 0);
    compact(f->dir, true, &c);
    assert_int_equal(check_store(f->dir, 0), 0);

    assert_int_equal(dtl_store_open(f->dir, &s, NULL), DTL_OK);
    assert_int_equal(dtl_store_next_takedown(s, &number, &t, NULL), DTL_OK);
    assert_int_equal(t.kind, DTL_REMOVE_HOST);
    assert_same_slice(t.value, dtl_str("h1.example.org"));
    assert_same_slice(t.why, dtl_str("a reason"));
    assert_true(t.time > 1700000000);
    dtl_store_close(s);
}

static void test_merging_stores(void **state)
{
    const struct fixture *f = *state;
    struct dtl_compact c = { .memory = 1 << 20 };
    struct dtl_store_writer *w;
    const struct dtl_range *r;
    struct dtl_error err;
    uint32_t file;
    char a[80], b[80];
    size_t n;

    snprintf(a, sizeof a, "%s/a", f->dir);
    snprintf(b, sizeof b, "%s/b", f->dir);
    write_articles(a, "one.warc.gz", 0, 30);
    /* Both have read the first archive's first part. */
    write_articles(b, "longer-name.warc.gz", 30, 30);
    write_articles(b, "one.warc.gz", 0, 10);
    assert_int_equal(dtl_store_writer_open(a, &w, NULL), DTL_OK);
    if (dtl_store_merge(w, b, &c, &err) != DTL_OK)
        fail_msg("%s", err.text);
    assert_int_equal(
        dtl_store_file(w, "longer-name.warc.gz", 1000, 19, &file, NULL),
        DTL_OK);
    assert_int_equal(file, 1);
    assert_int_equal(dtl_store_covered(w, file, &r, &n, NULL), DTL_OK);
    assert_int_equal(n, 1);
    assert_int_equal(r[0].end, 60);
    dtl_store_writer_close(w);
    {
        struct dtl_store *s;

        assert_int_equal(dtl_store_open(a, &s, NULL), DTL_OK);
        assert_int_equal(count(s, "http://example.org/", DTL_DOMAIN), 60);
        dtl_store_close(s);
    }
    compact(a, true, &c);
    assert_int_equal(c.removed, 10); /* told twice */
}

static void test_relocate(void **state)
{
    const struct fixture *f = *state;
    struct dtl_store_archive a;
    struct dtl_store_writer *w;
    struct dtl_store *s;
    const char *name;
    uint32_t id = 0;

    write_articles(f->dir, "one.warc.gz", 0, 3);
    assert_int_equal(dtl_store_writer_open(f->dir, &w, NULL), DTL_OK);
    assert_int_equal(dtl_store_relocate(w, 0, "/new/one.warc.gz", NULL),
                     DTL_OK);
    assert_int_equal(dtl_store_relocate(w, 7, "/x", NULL), DTL_NOTFOUND);
    dtl_store_writer_close(w);
    assert_int_equal(dtl_store_open(f->dir, &s, NULL), DTL_OK);
    assert_int_equal(dtl_store_file_name(s, 0, &name, NULL), DTL_OK);
    assert_string_equal(name, "/new/one.warc.gz");
    assert_int_equal(dtl_store_next_archive(s, &id, &a, NULL), DTL_OK);
    assert_same_slice(a.name, dtl_str("one.warc.gz"));
    assert_int_equal(dtl_store_next_archive(s, &id, &a, NULL), DTL_END);
    dtl_store_close(s);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_end)
    const struct CMUnitTest tests[] = {
        T(test_compaction_keeps_everything),
        T(test_readers_are_not_disturbed),
        T(test_takedowns),
        T(test_merging_stores),
        T(test_relocate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
