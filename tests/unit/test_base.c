/* SPDX-License-Identifier: Apache-2.0 */
#include <dateline/base.h>
#include <dateline/json.h>

#include <setjmp.h>
#include <stdlib.h>
#include <cmocka.h>

#define N(a) (sizeof(a) / sizeof(a)[0])

static void slices(void **state)
{
    struct dtl_slice s = dtl_str("  Hello, World \r\n");
    uint64_t v;

    (void)state;
    assert_true(dtl_equal(dtl_trim(s), dtl_str("Hello, World")));
    assert_true(dtl_starts(dtl_trim(s), "Hello"));
    assert_false(dtl_starts(dtl_trim(s), "hello"));
    assert_true(dtl_starts_nocase(dtl_trim(s), "hELLO"));
    assert_true(dtl_ends(dtl_trim(s), "World"));
    assert_true(dtl_equal_nocase(dtl_str("aZ09"), dtl_str("Az09")));
    assert_false(dtl_equal_nocase(dtl_str("[z"), dtl_str("{z")));
    assert_int_equal(dtl_find(s, dtl_str("o"), 0), 6);
    assert_int_equal(dtl_find(s, dtl_str("o"), 7), 10);
    assert_true(dtl_find(s, dtl_str("x"), 0) == SIZE_MAX);
    assert_true(dtl_find(s, dtl_str("H"), 99) == SIZE_MAX);
    assert_int_equal(dtl_sub(s, 5, 3).len, 0);
    assert_int_equal(dtl_sub(s, 14, 99).len, 3);
    assert_true(dtl_compare(dtl_str("a"), dtl_str("ab")) < 0);
    assert_true(dtl_compare(dtl_str("b"), dtl_str("ab")) > 0);
    assert_int_equal(dtl_compare(dtl_str("ab"), dtl_str("ab")), 0);
    assert_true(dtl_parse_u64(dtl_str("18446744073709551615"), &v));
    assert_true(v == UINT64_MAX);
    assert_false(dtl_parse_u64(dtl_str("18446744073709551616"), &v));
    assert_false(dtl_parse_u64(dtl_str("-1"), &v));
    assert_false(dtl_parse_u64(dtl_str(""), &v));
}

static void arena_gives_what_fits(void **state)
{
    struct dtl_arena *a = dtl_arena_new(1 << 20);
    char *p = dtl_arena_alloc(a, 100);
    char *q;

    (void)state;
    assert_non_null(p);
    memset(p, 'x', 100);
    q = dtl_arena_grow(a, p, 100, 5000);
    assert_non_null(q);
    assert_memory_equal(q, "xxxx", 4);
    assert_null(dtl_arena_alloc(a, 1 << 20));
    assert_null(dtl_arena_calloc(a, SIZE_MAX / 2, 4));
    assert_true(dtl_arena_used(a) >= 5000);
    dtl_arena_reset(a);
    assert_int_equal(dtl_arena_used(a), 0);
    assert_non_null(dtl_arena_alloc(a, (1 << 20) - 16));
    assert_true(dtl_arena_peak(a) >= (1 << 20) - 16);
    dtl_arena_free(a);
    dtl_arena_free(NULL);
}

/* Only what came last can be given back; with DTL_ARENA_MALLOC nothing is. */
static void arena_takes_back_what_came_last(void **state)
{
    struct dtl_arena *a = dtl_arena_new(0);
    char *p = dtl_arena_alloc(a, 500), *q;
    size_t used;

    (void)state;
    assert_non_null(p);
    dtl_arena_shrink(a, p, 500, 100);
    used = dtl_arena_used(a);
    assert_true(used == 112 || used == 500);
    q = dtl_arena_alloc(a, 100);
    assert_non_null(q);
    assert_true(q >= p + 100 || q + 100 <= p);
    dtl_arena_shrink(a, p, 112, 10);
    assert_true(dtl_arena_used(a) == used + 112 ||
                dtl_arena_used(a) == used + 100);
    dtl_arena_free(a);
}

static void arena_keeps_many_apart(void **state)
{
    struct dtl_arena *a = dtl_arena_new(0);
    char *p[3000];

    (void)state;
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < N(p); i++) {
            p[i] = dtl_arena_printf(a, "number %zu", i);
            assert_non_null(p[i]);
        }
        for (size_t i = 0; i < N(p); i++)
            assert_int_equal(atoi(p[i] + 7), i);
        dtl_arena_reset(a);
    }
    dtl_arena_free(a);
}

static void buf_stops_at_its_limit(void **state)
{
    struct dtl_buf b = { .max = 8 };

    (void)state;
    assert_true(dtl_buf_str(&b, "1234"));
    assert_false(dtl_buf_str(&b, "56789"));
    assert_true(b.failed);
    assert_false(dtl_buf_str(&b, "5"));
    assert_int_equal(b.len, 4);
    dtl_buf_clear(&b);
    assert_true(dtl_buf_str(&b, "12345678"));
    dtl_buf_free(&b);
    dtl_buf_free(NULL);
}

static void varints_come_back(void **state)
{
    static const uint64_t values[] = { 0,     1,     127,        128,
                                       16383, 16384, 1ULL << 62, UINT64_MAX };
    struct dtl_buf b = { 0 };
    size_t pos = 0;
    uint64_t v;

    (void)state;
    for (size_t i = 0; i < N(values); i++)
        dtl_buf_varint(&b, values[i]);
    for (size_t i = 0; i < N(values); i++) {
        assert_true(dtl_varint(dtl_buf_view(&b), &pos, &v));
        assert_true(v == values[i]);
    }
    assert_false(dtl_varint(dtl_buf_view(&b), &pos, &v));
    pos = b.len - 2; /* the last one, cut */
    assert_false(dtl_varint(dtl_sub(dtl_buf_view(&b), 0, b.len - 1), &pos, &v));
    dtl_buf_free(&b);
}

static void utf8_is_judged_by_rfc_3629(void **state)
{
    static const struct {
        const char *name, *bytes;
        size_t valid;
    } cases[] = {
        { "ASCII", "plain", 5 },
        { "long ASCII", "0123456789abcdef0123456789abcdef0", 33 },
        { "two bytes", "\xc3\xa9", 2 },
        { "overlong two", "a\xc0\x80", 1 },
        { "overlong three", "\xe0\x9f\xbf", 0 },
        { "first three", "\xe0\xa0\x80", 3 },
        { "surrogate", "\xed\xa0\x80", 0 },
        { "last before surrogates", "\xed\x9f\xbf", 3 },
        { "four bytes", "\xf0\x9f\x98\x80", 4 },
        { "overlong four", "\xf0\x8f\xbf\xbf", 0 },
        { "past U+10FFFF", "\xf4\x90\x80\x80", 0 },
        { "cut sequence", "0123456789abcdefg\xe2\x82", 17 },
        { "stray continuation", "ab\x80", 2 },
    };

    (void)state;
    for (size_t i = 0; i < N(cases); i++)
        if (dtl_utf8_valid(dtl_str(cases[i].bytes)) != cases[i].valid)
            fail_msg("%s", cases[i].name);
}

static void utf8_reads_what_it_wrote(void **state)
{
    static const uint32_t points[] = { 0x24, 0xe9, 0x20ac, 0x1f600, 0x10ffff };
    struct dtl_buf b = { 0 };
    size_t pos = 0;

    (void)state;
    for (size_t i = 0; i < N(points); i++)
        dtl_buf_utf8(&b, points[i]);
    dtl_buf_utf8(&b, 0xd800); /* no scalar value */
    for (size_t i = 0; i < N(points); i++)
        assert_int_equal(dtl_utf8_next(dtl_buf_view(&b), &pos), points[i]);
    assert_int_equal(dtl_utf8_next(dtl_buf_view(&b), &pos), 0xfffd);
    assert_int_equal(pos, b.len);
    dtl_buf_free(&b);
}

static void json_is_well_formed(void **state)
{
    struct dtl_buf b = { 0 };
    struct dtl_json j = { .out = &b };

    (void)state;
    dtl_json_object(&j);
    dtl_json_key(&j, "a");
    dtl_json_slice(&j, dtl_slice_of("q\"\\\n\t\v\0\x80z\xff", 10));
    dtl_json_key(&j, "b");
    dtl_json_array(&j);
    dtl_json_int(&j, -5);
    dtl_json_uint(&j, UINT64_MAX);
    dtl_json_double(&j, 0.25, 6);
    dtl_json_bool(&j, true);
    dtl_json_str(&j, NULL);
    dtl_json_object(&j);
    dtl_json_end(&j);
    dtl_json_end(&j);
    dtl_json_key(&j, "c");
    dtl_json_slice(&j, dtl_slice_of(NULL, 0));
    dtl_json_end(&j);
    dtl_buf_byte(&b, 0);
    assert_false(b.failed);
    assert_string_equal((char *)b.ptr,
                        "{\"a\":\"q\\\"\\\\\\n\\t\\u000b\\u0000\xef\xbf\xbdz"
                        "\xef\xbf\xbd\",\"b\":[-5,18446744073709551615,0.25,"
                        "true,null,{}],\"c\":\"\"}");
    dtl_buf_free(&b);
}

static void errors_are_cut_not_overrun(void **state)
{
    struct dtl_error err;
    char text[600];

    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_int_equal(dtl_fail(&err, DTL_IO, 7, "%s", text), DTL_IO);
    assert_int_equal(err.status, DTL_IO);
    assert_int_equal(err.offset, 7);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
    assert_int_equal(dtl_fail(NULL, DTL_NOMEM, 0, "x"), DTL_NOMEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slices),
        cmocka_unit_test(arena_gives_what_fits),
        cmocka_unit_test(arena_takes_back_what_came_last),
        cmocka_unit_test(arena_keeps_many_apart),
        cmocka_unit_test(buf_stops_at_its_limit),
        cmocka_unit_test(varints_come_back),
        cmocka_unit_test(utf8_is_judged_by_rfc_3629),
        cmocka_unit_test(utf8_reads_what_it_wrote),
        cmocka_unit_test(json_is_well_formed),
        cmocka_unit_test(errors_are_cut_not_overrun),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
