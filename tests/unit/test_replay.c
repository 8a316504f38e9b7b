/* SPDX-License-Identifier: Apache-2.0 */
/* Captures read back from their archive. */
#include <dateline/http.h>
#include <dateline/replay.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <archive_store.h>

static struct dtl_capture stored(struct dtl_store *s, size_t i)
{
    struct dtl_query q = { .url = dtl_str(rows[i].url),
                           .from = time_of(&rows[i]),
                           .to = time_of(&rows[i]) };
    struct dtl_cursor *cursor;
    struct dtl_capture c, out;
    struct dtl_ref ref;

    assert_int_equal(dtl_query_open(s, &q, &cursor, NULL), DTL_OK);
    assert_int_equal(dtl_query_next(cursor, &c, &ref, NULL), DTL_OK);
    assert_int_equal(dtl_store_capture_in(s, ref, arena, &out, NULL), DTL_OK);
    dtl_query_close(cursor);
    return out;
}

static void reads_records_back(void **state)
{
    struct dtl_store *s;
    struct dtl_replay *r;

    (void)state;
    assert_int_equal(dtl_store_open(store_dir, &s, NULL), DTL_OK);
    assert_int_equal(dtl_replay_new(s, &r, NULL), DTL_OK);
    for (size_t n = NROWS; n-- > 0;) { /* backwards: by offset, not in turn */
        struct dtl_capture c = stored(s, n);
        struct dtl_warc_record rec;
        struct dtl_slice block;

        assert_int_equal(dtl_replay_record(r, &c, 2 * BIG, &rec, &block, NULL),
                         DTL_OK);
        assert_true(dtl_equal(rec.uri, dtl_str(rows[n].url)));
        assert_true(dtl_equal(block, dtl_str(rows[n].block)));
    }
    dtl_replay_free(r);
    dtl_store_close(s);
}

static void says_when_the_archive_changed(void **state)
{
    struct dtl_store *s;
    struct dtl_replay *r;
    struct dtl_capture c;
    struct dtl_warc_record rec;
    struct dtl_slice block;

    (void)state;
    assert_int_equal(dtl_store_open(store_dir, &s, NULL), DTL_OK);
    assert_int_equal(dtl_replay_new(s, &r, NULL), DTL_OK);
    c = stored(s, 0);
    c.offset = offsets[3];
    assert_int_equal(dtl_replay_record(r, &c, 1000, &rec, &block, NULL),
                     DTL_FORMAT);
    c = stored(s, 0); /* and goes on */
    assert_int_equal(dtl_replay_record(r, &c, 10, &rec, &block, NULL),
                     DTL_LIMIT);
    assert_int_equal(block.len, 10);
    dtl_replay_free(r);
    dtl_store_close(s);
}

static void finds_originals(void **state)
{
    struct dtl_store *s;
    struct dtl_replay *r;
    struct dtl_capture c, original;

    (void)state;
    assert_int_equal(dtl_store_open(store_dir, &s, NULL), DTL_OK);
    assert_int_equal(dtl_replay_new(s, &r, NULL), DTL_OK);
    c = stored(s, 1);
    assert_int_equal(dtl_replay_original(r, &c, arena, &original, NULL, NULL),
                     DTL_OK);
    assert_int_equal(original.offset, offsets[0]);
    c = stored(s, 0);
    assert_int_equal(dtl_replay_original(r, &c, arena, &original, NULL, NULL),
                     DTL_OK);
    assert_int_equal(original.offset, offsets[0]);
    c = stored(s, 5);
    assert_int_equal(dtl_replay_original(r, &c, arena, &original, NULL, NULL),
                     DTL_NOTFOUND);
    dtl_replay_free(r);
    dtl_store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_records_back),
        cmocka_unit_test(says_when_the_archive_changed),
        cmocka_unit_test(finds_originals),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
