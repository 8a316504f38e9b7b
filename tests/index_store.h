/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_TESTS_INDEX_STORE_H
#define DATELINE_TESTS_INDEX_STORE_H
/* A store in a temporary folder, for the tests of index/.  Include it after
 * cmocka.h. */
#include <dateline/index.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct fixture {
    char dir[64];
};

static inline void remove_tree(const char *dir)
{
    char command[200];

    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    assert_int_equal(system(command), 0);
}

static inline int fixture_open(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    snprintf(f->dir, sizeof f->dir, "/tmp/dateline-test-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    *state = f;
    return 0;
}

static inline int fixture_end(void **state)
{
    struct fixture *f = *state;

    remove_tree(f->dir);
    free(f);
    return 0;
}

static inline void fresh_dir(const struct fixture *f)
{
    remove_tree(f->dir);
}

static inline bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static inline void put_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static inline struct dtl_capture capture(const char *url, int64_t time)
{
    return (struct dtl_capture){ .offset = 100,
                                 .length = 10,
                                 .time = time,
                                 .status = 200,
                                 .url = dtl_str(url),
                                 .mime = dtl_str("text/html"),
                                 .article = DTL_NO_ARTICLE };
}

/* Add a segment of `n` captures to the store. */
static inline void write_store(const char *dir, const struct dtl_capture *c,
                               size_t n)
{
    struct dtl_store_writer *w;
    struct dtl_segment_writer *seg;
    struct dtl_error err;

    if (dtl_store_writer_open(dir, &w, &err) != DTL_OK)
        fail_msg("%s", err.text);
    assert_int_equal(dtl_segment_writer_new(w, 1 << 20, &seg, NULL), DTL_OK);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(dtl_segment_add_capture(seg, &c[i], NULL), DTL_OK);
    if (dtl_segment_finish(seg, &err) != DTL_OK ||
        dtl_store_publish(w, &seg, 1, NULL, 0, &err) != DTL_OK)
        fail_msg("%s", err.text);
    dtl_segment_writer_free(seg);
    dtl_store_writer_close(w);
}

static inline void write_captures(const char *dir, const char *const *urls,
                                  size_t n, int64_t time)
{
    struct dtl_capture *c = calloc(n, sizeof *c);

    for (size_t i = 0; i < n; i++)
        c[i] = capture(urls[i], time);
    write_store(dir, c, n);
    free(c);
}

static inline size_t count_query(struct dtl_store *s, const struct dtl_query *q)
{
    struct dtl_cursor *c;
    struct dtl_capture got;
    struct dtl_error err;
    size_t n = 0;
    int rc;

    assert_int_equal(dtl_query_open(s, q, &c, NULL), DTL_OK);
    while ((rc = dtl_query_next(c, &got, NULL, &err)) == DTL_OK)
        n++;
    if (rc != DTL_END)
        fail_msg("%s", err.text);
    dtl_query_close(c);
    return n;
}

static inline size_t count(struct dtl_store *s, const char *url,
                           enum dtl_match match)
{
    struct dtl_query q = { .url = dtl_str(url), .match = match };

    return count_query(s, &q);
}

/* Forward and backward give the same captures, in the order they should. */
static inline void assert_in_order(struct dtl_store *s, const char *url,
                                   enum dtl_match match)
{
    struct dtl_query q = { .url = dtl_str(url), .match = match };
    struct dtl_arena *arena = dtl_arena_new(0);
    struct dtl_cursor *c;
    struct dtl_capture got, last = { 0 };
    size_t n = count_query(s, &q), i = 0;
    uint64_t *seen = calloc(n + 1, sizeof *seen);
    struct dtl_ref ref;

    assert_int_equal(dtl_query_open(s, &q, &c, NULL), DTL_OK);
    for (; dtl_query_next(c, &got, &ref, NULL) == DTL_OK; i++) {
        if (i > 0) {
            int d = dtl_compare(last.key, got.key);

            assert_true(d < 0 || (d == 0 && last.time <= got.time));
        }
        last = got;
        last.key = dtl_arena_dup(arena, got.key);
        seen[i] = (uint64_t)ref.segment << 32 | ref.ordinal;
    }
    assert_int_equal(i, n);
    dtl_query_close(c);
    q.sort = DTL_SORT_REVERSE;
    assert_int_equal(dtl_query_open(s, &q, &c, NULL), DTL_OK);
    while (dtl_query_next(c, &got, &ref, NULL) == DTL_OK)
        assert_int_equal(seen[--i], (uint64_t)ref.segment << 32 | ref.ordinal);
    assert_int_equal(i, 0);
    dtl_query_close(c);
    free(seen);
    dtl_arena_free(arena);
}

static inline void assert_times(struct dtl_store *s, const struct dtl_query *q,
                                const int64_t *times, size_t n)
{
    struct dtl_cursor *c;
    struct dtl_capture got;

    assert_int_equal(dtl_query_open(s, q, &c, NULL), DTL_OK);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(dtl_query_next(c, &got, NULL, NULL), DTL_OK);
        assert_int_equal(got.time, times[i]);
    }
    assert_int_equal(dtl_query_next(c, &got, NULL, NULL), DTL_END);
    dtl_query_close(c);
}

static inline void assert_same_slice(struct dtl_slice a, struct dtl_slice b)
{
    if (!dtl_equal(a, b))
        fail_msg("'%.*s' is not '%.*s'", (int)a.len, (const char *)a.ptr,
                 (int)b.len, (const char *)b.ptr);
}

static inline void assert_same_capture(const struct dtl_capture *got,
                                       const struct dtl_capture *c)
{
    assert_int_equal(got->file, c->file);
    assert_int_equal(got->offset, c->offset);
    assert_int_equal(got->length, c->length);
    assert_int_equal(got->time, c->time);
    assert_int_equal(got->status, c->status);
    assert_int_equal(got->flags, c->flags);
    assert_int_equal(got->article, c->article);
    assert_same_slice(got->url, c->url);
    assert_same_slice(got->mime, c->mime);
    assert_same_slice(got->redirect, c->redirect);
    assert_same_slice(got->record_id, c->record_id);
    assert_true(dtl_digest_equal(&got->digest, &c->digest));
}

#endif
