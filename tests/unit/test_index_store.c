/* SPDX-License-Identifier: Apache-2.0 */
#include <dateline/index.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "index_store.h"

/* ---- captures ----------------------------------------------------------- */

static void test_no_store(void **state)
{
    struct dtl_store *s;
    struct dtl_error err;

    (void)state;
    assert_int_equal(dtl_store_open("/nonexistent", &s, &err), DTL_NOTFOUND);
    assert_null(s);
}

static void test_published_captures_are_found(void **state)
{
    const struct fixture *f = *state;
    const char *const urls[] = { "http://example.org/", "http://example.org/a",
                                 "https://www.example.org/A?x=1",
                                 "http://other.example.org/",
                                 "http://example.com" };
    struct dtl_store *s;

    write_captures(f->dir, urls, 5, 1000);
    assert_int_equal(dtl_store_open(f->dir, &s, NULL), DTL_OK);
    assert_int_equal(count(s, "http://example.org/a", DTL_EXACT), 1);
    assert_int_equal(count(s, "http://example.org/", DTL_EXACT), 1);
    assert_int_equal(count(s, "http://example.org/b", DTL_EXACT), 0);
    assert_int_equal(count(s, "http://example.org/", DTL_PREFIX), 3);
    assert_int_equal(count(s, "http://example.org/", DTL_HOST), 3);
    assert_int_equal(count(s, "http://example.org/", DTL_DOMAIN), 4);
    dtl_store_close(s);
}

/* Every member comes back as it was put, whatever way it is packed. */
static void test_a_capture_comes_back_whole(void **state)
{
    static const char *const urls[] = {
        "http://example.org/",      "https://example.org/",
        "http://www.example.org/",  "https://www.EXAMPLE.org:8080/Path?B=1&a",
        "http://example.org",       "ftp://example.org/pub/",
        "dns:example.org",          "urn:x:y",
        "http://example.org/a%20b", "http://1.2.3.4/",
        "not a url at all",         "http://example.org/?q=1#frag",
    };
    static const char *const ids[] = {
        "", "<urn:uuid:0a1b2c3d-0000-4000-8000-0123456789ab>",
        "<urn:uuid:0A1B2C3D-0000-4000-8000-0123456789AB>", "odd id"
    };
    const struct fixture *f = *state;

    for (size_t u = 0; u < sizeof urls / sizeof *urls; u++)
        for (size_t i = 0; i < 4; i++) {
            struct dtl_capture c = capture(urls[u], 1700000000), got;
            struct dtl_store *s;
            struct dtl_cursor *cursor;
            struct dtl_query q = { .url = dtl_str(urls[u]) };

            c.record_id = dtl_str(ids[i]);
            c.redirect = dtl_str(i == 1 ? "http://elsewhere/" : "");
            c.status = i == 2 ? 65535 : 200;
            c.flags = (uint16_t)(i * DTL_CAPTURE_DAMAGED);
            c.offset = i == 3 ? UINT64_MAX - 1 : 12345;
            c.length = i == 3 ? 0 : 678;
            c.digest.kind = i == 1 ? DTL_DIGEST_SHA256 : DTL_DIGEST_SHA1;
            c.digest.len = i == 1 ? 32 : 20;
            memset(c.digest.bytes, 0x5a, c.digest.len);
            if (i == 0)
                memset(&c.digest, 0, sizeof c.digest);
            fresh_dir(f);
            write_store(f->dir, &c, 1);
            assert_int_equal(dtl_store_open(f->dir, &s, NULL), DTL_OK);
            assert_int_equal(dtl_query_open(s, &q, &cursor, NULL), DTL_OK);
            assert_int_equal(dtl_query_next(cursor, &got, NULL, NULL), DTL_OK);
            assert_same_capture(&got, &c);
            assert_int_equal(dtl_query_next(cursor, &got, NULL, NULL), DTL_END);
            dtl_query_close(cursor);
            dtl_store_close(s);
        }
}

/* Long keys that share more than LMDB can hold sort right and are found. */
static void test_long_urls(void **state)
{
    enum { N = 400 };
    const struct fixture *f = *state;
    static char urls[N][1500];
    const char *list[N];
    struct dtl_store *s;

    for (int i = 0; i < N; i++) {
        int n = snprintf(urls[i], sizeof urls[i], "http://example.org/");

        memset(urls[i] + n, 'x', (size_t)(i % 2 == 0 ? 1000 : 471));
        snprintf(urls[i] + n + (i % 2 == 0 ? 1000 : 471), 30, "%03d", i);
        list[i] = urls[i];
    }
    write_captures(f->dir, list, N, 1);
    assert_int_equal(dtl_store_open(f->dir, &s, NULL), DTL_OK);
    for (int i = 0; i < N; i++)
        assert_int_equal(count(s, list[i], DTL_EXACT), 1);
    assert_int_equal(count(s, "http://example.org/x", DTL_PREFIX), N);
    assert_in_order(s, "http://example.org/x", DTL_PREFIX);
    dtl_store_close(s);
}

/* A front page with more captures than fit one block. */
static void test_many_captures_of_one_url(void **state)
{
    enum { N = 5000 };
    const struct fixture *f = *state;
    struct dtl_capture *c = calloc(N, sizeof *c);
    struct dtl_store *s;
    struct dtl_query q = { .url = dtl_str("http://example.org/") };

    for (int i = 0; i < N; i++) {
        c[i] = capture("http://example.org/", 1000000000 + (i * 7919) % N * 60);
        c[i].offset = (uint64_t)i;
    }
    write_store(f->dir, c, N);
    assert_int_equal(dtl_store_open(f->dir, &s, NULL), DTL_OK);
    assert_int_equal(count(s, "http://example.org/", DTL_EXACT), N);
    assert_in_order(s, "http://example.org/", DTL_EXACT);
    q.from = 1000000000 + 100 * 60;
    q.to = 1000000000 + 199 * 60;
    assert_int_equal(count_query(s, &q), 100);
    q.limit = 7;
    assert_int_equal(count_query(s, &q), 7);
    dtl_store_close(s);
    free(c);
}

static void test_reverse_closest_and_last(void **state)
{
    const struct fixture *f = *state;
    struct dtl_capture c[100];
    struct dtl_store *s;
    struct dtl_query q = { .url = dtl_str("http://example.org/") };

    for (int i = 0; i < 100; i++)
        c[i] = capture("http://example.org/", 1000000 + i * 10);
    /* Two segments, so that orders hold across them. */
    write_store(f->dir, c, 50);
    write_store(f->dir, c + 50, 50);
    assert_int_equal(dtl_store_open(f->dir, &s, NULL), DTL_OK);
    q.sort = DTL_SORT_REVERSE;
    q.limit = 2;
    assert_times(s, &q, (int64_t[]){ 1000990, 1000980 }, 2);
    q.sort = DTL_SORT_CLOSEST;
    q.closest = 1000495;
    q.limit = 4;
    assert_times(s, &q, (int64_t[]){ 1000490, 1000500, 1000480, 1000510 }, 4);
    q.match = DTL_PREFIX;
    assert_times(s, &q, (int64_t[]){ 1000490, 1000500, 1000480, 1000510 }, 4);
    q.match = DTL_EXACT;
    q.from = 1000600;
    assert_times(s, &q, (int64_t[]){ 1000600, 1000610, 1000620, 1000630 }, 4);
    q.from = 0;
    q.closest = 5;
    assert_times(s, &q, (int64_t[]){ 1000000, 1000010, 1000020, 1000030 }, 4);
    q.closest = 5000000;
    assert_times(s, &q, (int64_t[]){ 1000990, 1000980, 1000970, 1000960 }, 4);
    q.sort = DTL_SORT_KEY;
    q.limit = -3;
    assert_times(s, &q, (int64_t[]){ 1000970, 1000980, 1000990 }, 3);
    dtl_store_close(s);
}

static void test_by_digest(void **state)
{
    const struct fixture *f = *state;
    struct dtl_capture c[3];
    struct dtl_arena *arena = dtl_arena_new(0);
    struct dtl_store *s;
    struct dtl_ref *refs;
    struct dtl_digest d;
    size_t n;

    for (int i = 0; i < 3; i++) {
        c[i] = capture(i == 0 ? "http://a.org/" : "http://b.org/", 1000 + i);
        c[i].digest.kind = DTL_DIGEST_SHA1;
        c[i].digest.len = 20;
        memset(c[i].digest.bytes, 7, 20);
    }
    c[2].digest.bytes[19] = 8; /* agrees in what the table keeps */
    d = c[0].digest;
    write_store(f->dir, c, 3);
    assert_int_equal(dtl_store_open(f->dir, &s, NULL), DTL_OK);
    assert_int_equal(dtl_store_by_digest(s, &d, arena, &refs, &n, NULL),
                     DTL_OK);
    assert_int_equal(n, 2);
    d.bytes[0] = 6;
    assert_int_equal(dtl_store_by_digest(s, &d, arena, &refs, &n, NULL),
                     DTL_OK);
    assert_int_equal(n, 0);
    dtl_store_close(s);
    dtl_arena_free(arena);
}

/* ---- articles ----------------------------------------------------------- */

static void test_articles(void **state)
{
    enum { N = 300 };
    const struct fixture *f = *state;
    struct dtl_arena *arena = dtl_arena_new(0);
    struct dtl_store_writer *w;
    struct dtl_segment_writer *seg;
    struct dtl_store *s;
    struct dtl_ref ref = { 0, 0 }, *refs;
    struct dtl_article_row row;
    char text[N][200];
    size_t n;
    int rc;

    assert_int_equal(dtl_store_writer_open(f->dir, &w, NULL), DTL_OK);
    assert_int_equal(dtl_segment_writer_new(w, 1 << 20, &seg, NULL), DTL_OK);
    for (uint32_t i = 0; i < N; i++) {
        struct dtl_mark marks[] = { { UINT64_C(0x1234567890) << 24, i },
                                    { (uint64_t)(i + 1) << 40, 7 } };
        struct dtl_marks m = { marks, 2, 10 };
        struct dtl_capture c = capture("http://example.org/story", 1000 + i);
        uint32_t ordinal;

        snprintf(text[i], sizeof text[i],
                 "Article %u says something about the weather.", i / 2);
        row = (struct dtl_article_row){ .meta = dtl_str("{}"),
                                        .title = dtl_str("A title"),
                                        .site = dtl_str("example.org"),
                                        .language = dtl_str("en"),
                                        .published = i,
                                        .page_type = 1,
                                        .words = 7,
                                        .text = dtl_str(text[i]) };
        row.text_hash[0] = (uint8_t)(i / 2);
        row.text_hash[31] = (uint8_t)(i / 2 >> 8);
        assert_int_equal(
            dtl_segment_add_article(seg, &row, &m, NULL, &ordinal, NULL),
            DTL_OK);
        assert_int_equal(ordinal, i);
        c.article = ordinal;
        assert_int_equal(dtl_segment_add_capture(seg, &c, NULL), DTL_OK);
    }
    assert_int_equal(dtl_segment_finish(seg, NULL), DTL_OK);
    assert_int_equal(dtl_store_publish(w, &seg, 1, NULL, 0, NULL), DTL_OK);
    dtl_segment_writer_free(seg);
    dtl_store_writer_close(w);

    assert_int_equal(dtl_store_open(f->dir, &s, NULL), DTL_OK);
    for (n = 0;
         (rc = dtl_store_next_article(s, &ref, arena, &row, NULL)) == DTL_OK;
         n++) {
        assert_true(dtl_equal(row.text, dtl_str(text[n])));
        assert_true(dtl_equal(row.site, dtl_str("example.org")));
        assert_int_equal(row.published, n);
        assert_int_equal(row.words, 7);
    }
    assert_int_equal(rc, DTL_END);
    assert_int_equal(n, N);
    ref = (struct dtl_ref){ 0, 17 };
    assert_int_equal(dtl_store_article(s, ref, arena, &row, NULL), DTL_OK);
    assert_int_equal(
        dtl_store_by_text(s, row.text_hash, arena, &refs, &n, NULL), DTL_OK);
    assert_int_equal(n, 2);
    assert_int_equal(refs[0].ordinal, 16);
    assert_int_equal(refs[1].ordinal, 17);
    assert_int_equal(dtl_store_article_captures(s, ref, arena, &refs, &n, NULL),
                     DTL_OK);
    assert_int_equal(n, 1);
    {
        struct dtl_posting p[10];
        struct dtl_capture c;
        size_t total;

        assert_int_equal(dtl_store_capture(s, refs[0], &c, NULL), DTL_OK);
        assert_int_equal(c.article, 17);
        assert_int_equal(c.time, 1017);
        assert_int_equal(dtl_store_postings(s, 0, DTL_MARKS,
                                            UINT64_C(0x1234567890) << 24, p, 10,
                                            &n, &total, NULL),
                         DTL_OK);
        assert_int_equal(n, 10);
        assert_int_equal(total, N);
        assert_int_equal(p[9].article, 9);
        assert_int_equal(p[9].position, 9);
        assert_int_equal(dtl_store_postings(s, 0, DTL_MARKS, UINT64_C(5) << 40,
                                            p, 10, &n, &total, NULL),
                         DTL_OK);
        assert_int_equal(n, 1);
        assert_int_equal(p[0].article, 4);
        assert_int_equal(p[0].position, 7);
        assert_int_equal(
            dtl_store_postings(s, 0, DTL_TITLES, 1, p, 10, &n, &total, NULL),
            DTL_OK);
        assert_int_equal(total, 0);
    }
    dtl_store_close(s);
    dtl_arena_free(arena);
}

/* ---- exactly once ------------------------------------------------------- */

static void test_one_writer_at_a_time(void **state)
{
    const struct fixture *f = *state;
    struct dtl_store_writer *w, *other;

    assert_int_equal(dtl_store_writer_open(f->dir, &w, NULL), DTL_OK);
    assert_int_equal(dtl_store_writer_open(f->dir, &other, NULL), DTL_BUSY);
    dtl_store_writer_close(w);
    assert_int_equal(dtl_store_writer_open(f->dir, &w, NULL), DTL_OK);
    dtl_store_writer_close(w);
}

static void test_files_and_ranges(void **state)
{
    const struct fixture *f = *state;
    struct dtl_store_writer *w;
    const struct dtl_range *r;
    struct dtl_range ranges[] = { { 0, 100, 200 }, { 0, 0, 50 }, { 1, 5, 6 } };
    struct dtl_range more = { 0, 50, 100 };
    uint32_t a, b, c;
    size_t n;

    assert_int_equal(dtl_store_writer_open(f->dir, &w, NULL), DTL_OK);
    assert_int_equal(dtl_store_file(w, "x/a.warc.gz", 10, 1, &a, NULL), DTL_OK);
    assert_int_equal(dtl_store_file(w, "b.warc.gz", UINT64_MAX, 0, &b, NULL),
                     DTL_OK);
    assert_int_equal(a, 0);
    assert_int_equal(b, 1);
    assert_int_equal(dtl_store_publish(w, NULL, 0, ranges, 3, NULL), DTL_OK);
    assert_int_equal(dtl_store_covered(w, a, &r, &n, NULL), DTL_OK);
    assert_int_equal(n, 2);
    assert_int_equal(dtl_store_publish(w, NULL, 0, &more, 1, NULL), DTL_OK);
    dtl_store_writer_close(w);

    assert_int_equal(dtl_store_writer_open(f->dir, &w, NULL), DTL_OK);
    assert_int_equal(dtl_store_covered(w, a, &r, &n, NULL), DTL_OK);
    assert_int_equal(n, 1);
    assert_int_equal(r[0].start, 0);
    assert_int_equal(r[0].end, 200);
    /* The same bytes elsewhere; a name from a CDX line gets its bytes. */
    assert_int_equal(dtl_store_file(w, "y/a2.warc.gz", 10, 1, &c, NULL),
                     DTL_OK);
    assert_int_equal(c, a);
    assert_int_equal(dtl_store_file(w, "/z/b.warc.gz", 99, 7, &c, NULL),
                     DTL_OK);
    assert_int_equal(c, b);
    assert_int_equal(dtl_store_file(w, "b.warc.gz", 100, 8, &c, NULL), DTL_OK);
    assert_int_equal(c, 2);
    assert_int_equal(dtl_store_publish(w, NULL, 0, NULL, 0, NULL), DTL_OK);
    dtl_store_writer_close(w);
    {
        struct dtl_store *s;
        const char *name;

        assert_int_equal(dtl_store_open(f->dir, &s, NULL), DTL_OK);
        assert_int_equal(dtl_store_file_name(s, 0, &name, NULL), DTL_OK);
        assert_string_equal(name, "y/a2.warc.gz");
        assert_int_equal(dtl_store_file_name(s, 1, &name, NULL), DTL_OK);
        assert_string_equal(name, "/z/b.warc.gz");
        assert_int_equal(dtl_store_file_name(s, 9, &name, NULL), DTL_NOTFOUND);
        dtl_store_close(s);
    }
}

/* What a killed writer left behind goes when the next one opens. */
static void test_leftovers_are_swept(void **state)
{
    const struct fixture *f = *state;
    struct dtl_capture c = capture("http://example.org/", 1);
    struct dtl_store_writer *w;
    struct dtl_store *s;
    char path[4200];

    write_store(f->dir, &c, 1);
    snprintf(path, sizeof path, "%s/tmp/0.seg", f->dir);
    put_file(path, "half");
    snprintf(path, sizeof path, "%s/segments/000000ff.seg", f->dir);
    put_file(path, "never published");
    assert_int_equal(dtl_store_writer_open(f->dir, &w, NULL), DTL_OK);
    assert_false(file_exists(path));
    dtl_store_writer_close(w);
    assert_int_equal(dtl_store_open(f->dir, &s, NULL), DTL_OK);
    assert_int_equal(count(s, "http://example.org/", DTL_EXACT), 1);
    dtl_store_close(s);
}

/* Sorting within any budget gives the same store. */
static void test_spilled_runs_merge(void **state)
{
    enum { N = 30000 };
    const struct fixture *f = *state;
    struct dtl_store_writer *w;
    struct dtl_segment_writer *seg;
    struct dtl_store *s;
    uint64_t x = 88172645463325252u;

    assert_int_equal(dtl_store_writer_open(f->dir, &w, NULL), DTL_OK);
    assert_int_equal(dtl_segment_writer_new(w, 1 << 18, &seg, NULL), DTL_OK);
    for (int i = 0; i < N; i++) {
        char url[100];
        struct dtl_capture c;

        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        snprintf(url, sizeof url, "http://h%u.example.org/%u",
                 (unsigned)(x % 50), (unsigned)(x >> 32) % 9000);
        c = capture(url, (int64_t)(x >> 20) % 100000000);
        c.digest.kind = DTL_DIGEST_SHA1;
        c.digest.len = 20;
        memcpy(c.digest.bytes, &x, 8);
        assert_int_equal(dtl_segment_add_capture(seg, &c, NULL), DTL_OK);
    }
    assert_int_equal(dtl_segment_finish(seg, NULL), DTL_OK);
    assert_int_equal(dtl_store_publish(w, &seg, 1, NULL, 0, NULL), DTL_OK);
    dtl_segment_writer_free(seg);
    dtl_store_writer_close(w);
    assert_int_equal(dtl_store_open(f->dir, &s, NULL), DTL_OK);
    assert_int_equal(count(s, "http://example.org/", DTL_DOMAIN), N);
    assert_in_order(s, "http://example.org/", DTL_DOMAIN);
    dtl_store_close(s);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_end)
    const struct CMUnitTest tests[] = {
        T(test_no_store),
        T(test_published_captures_are_found),
        T(test_a_capture_comes_back_whole),
        T(test_long_urls),
        T(test_many_captures_of_one_url),
        T(test_reverse_closest_and_last),
        T(test_by_digest),
        T(test_articles),
        T(test_one_writer_at_a_time),
        T(test_files_and_ranges),
        T(test_leftovers_are_swept),
        T(test_spilled_runs_merge),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
