/* SPDX-License-Identifier: Apache-2.0 */
/* Counting in little memory gives what counting in much gives. */
#include "../../src/story/trace/link.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

enum { KEYS = 30000, ADDED = 200000 };

static uint32_t roll(uint32_t *seed, uint32_t n)
{
    *seed = *seed * 1664525 + 1013904223;
    return (*seed >> 8) % n;
}

static void sums_are_right_with_any_memory(void **state)
{
    static const size_t memories[] = { 1, 1 << 20, (size_t)64 << 20 };
    static struct tally_item want[KEYS];

    (void)state;
    for (size_t m = 0; m < 3; m++) {
        struct tally *t = tally_new(memories[m]);
        struct tally_item item;
        uint32_t seed = 9;
        uint64_t last = 0;
        size_t n = 0, keys = 0;
        int rc;

        memset(want, 0, sizeof want);
        assert_non_null(t);
        for (size_t i = 0; i < ADDED; i++) {
            uint32_t k = roll(&seed, KEYS);

            item = (struct tally_item){ k + 1, 1, (uint16_t)(k % 9), i % 2 == 0,
                                        i % 3 == 0 };
            keys += want[k].marks == 0;
            want[k].marks++;
            want[k].worth = (uint16_t)(want[k].worth + item.worth);
            want[k].lead_a = (uint16_t)(want[k].lead_a + item.lead_a);
            want[k].lead_b = (uint16_t)(want[k].lead_b + item.lead_b);
            assert_int_equal(tally_add(t, &item, NULL), DTL_OK);
        }
        assert_int_equal(tally_sort(t, NULL), DTL_OK);
        while ((rc = tally_next(t, &item, NULL)) == DTL_OK) {
            assert_true(item.key > last);
            last = item.key;
            assert_int_equal(item.marks, want[last - 1].marks);
            assert_int_equal(item.worth, want[last - 1].worth);
            assert_int_equal(item.lead_a, want[last - 1].lead_a);
            assert_int_equal(item.lead_b, want[last - 1].lead_b);
            n++;
        }
        assert_int_equal(rc, DTL_END);
        assert_int_equal(n, keys);
        tally_free(t);
    }
}

static void sums_do_not_overflow(void **state)
{
    struct tally *t = tally_new(1);
    struct tally_item item = { 1, 60000, 1, 0, 0 };

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(tally_add(t, &item, NULL), DTL_OK);
    assert_int_equal(tally_sort(t, NULL), DTL_OK);
    assert_int_equal(tally_next(t, &item, NULL), DTL_OK);
    assert_int_equal(item.marks, UINT16_MAX);
    assert_int_equal(item.worth, 3);
    assert_int_equal(tally_next(t, &item, NULL), DTL_END);
    tally_free(t);
}

static void common_marks_keep_the_commonest(void **state)
{
    struct common *c = common_new(1);
    unsigned kept = 0;

    (void)state;
    assert_non_null(c);
    for (uint32_t i = 0; i < 20000; i++)
        assert_true(common_set(c, i, i % 100 == 0 ? 90 : 2 + i % 8));
    for (uint32_t i = 0; i < 20000; i++) {
        unsigned n = common_get(c, i);

        if (i % 100 == 0)
            assert_int_equal(n, 90);
        else
            assert_true(n == 1 || n == 2 + i % 8);
        kept += n > 1;
    }
    assert_in_range(kept, 200, 1024);
    common_free(c);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_right_with_any_memory),
        cmocka_unit_test(sums_do_not_overflow),
        cmocka_unit_test(common_marks_keep_the_commonest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
