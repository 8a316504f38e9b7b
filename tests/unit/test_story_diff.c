/* SPDX-License-Identifier: Apache-2.0 */
#include <dateline/story.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <stdio.h>
#include <cmocka.h>

/* "same [-removed-] {+added+}" */
static void told(struct dtl_slice old, struct dtl_slice now,
                 struct dtl_buf *out)
{
    static const char *const marks[][2] = { { "", "" },
                                            { "[-", "-]" },
                                            { "{+", "+}" } };
    struct dtl_arena *arena = dtl_arena_new(0);
    struct dtl_edit *edits;
    size_t n;

    assert_int_equal(dtl_word_diff(old, now, arena, &edits, &n, NULL), DTL_OK);
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            dtl_buf_byte(out, ' ');
        dtl_buf_str(out, marks[edits[i].kind][0]);
        dtl_buf_slice(out, edits[i].text);
        dtl_buf_str(out, marks[edits[i].kind][1]);
    }
    dtl_buf_byte(out, 0);
    dtl_arena_free(arena);
}

static void edits_are_told_in_order(void **state)
{
    static const struct {
        const char *old, *now, *told;
    } cases[] = {
        { "", "", "" },
        { "a b", "a b", "a b" },
        { "", "a b", "{+a b+}" },
        { "a b", "", "[-a b-]" },
        { "two metres long", "three metres long",
          "[-two-] {+three+} metres long" },
        { "a b c d", "a c d e", "a [-b-] c d {+e+}" },
        { "x a x", "y a y", "[-x-] {+y+} a [-x-] {+y+}" },
        { "a  b\nc", "a b c", "a  b\nc" }, /* white space is no edit */
        { "\u6797\u9662\u957f\u8bf4", "\u738b\u9662\u957f\u8bf4",
          "[-\u6797-] {+\u738b+} \u9662\u957f\u8bf4" },
        { "BBC\u306f", "NHK\u306f", "[-BBC-] {+NHK+} \u306f" },
        { "the Bank said", "The Bank said", "[-the-] {+The+} Bank said" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dtl_buf b = { 0 };

        told(dtl_str(cases[i].old), dtl_str(cases[i].now), &b);
        if (strcmp((char *)b.ptr, cases[i].told) != 0)
            fail_msg("'%s' to '%s': %s", cases[i].old, cases[i].now, b.ptr);
        dtl_buf_free(&b);
    }
}

/* Both texts can be read off the edits, whatever they are. */
static void edits_hold_both_texts(void **state)
{
    uint32_t seed = 7;

    (void)state;
    for (int round = 0; round < 300; round++) {
        struct dtl_arena *arena = dtl_arena_new(0);
        struct dtl_buf text[2] = { { 0 }, { 0 } };
        struct dtl_edit *edits;
        size_t n, words[2] = { 0, 0 }, counted[2] = { 0, 0 };

        for (int side = 0; side < 2; side++) {
            size_t count = (seed >> 8) % 60;

            for (size_t i = 0; i < count; i++) {
                seed = seed * 1664525 + 1013904223;
                dtl_buf_printf(&text[side], "w%u ", seed >> 29);
                words[side]++;
            }
            seed = seed * 1664525 + 1013904223;
        }
        assert_int_equal(dtl_word_diff(dtl_buf_view(&text[0]),
                                       dtl_buf_view(&text[1]), arena, &edits,
                                       &n, NULL),
                         DTL_OK);
        for (size_t i = 0; i < n; i++) {
            if (edits[i].kind == DTL_EDIT_SAME)
                assert_true(dtl_equal(edits[i].text, edits[i].now));
            if (edits[i].kind != DTL_EDIT_ADDED)
                counted[0] += edits[i].words;
            if (edits[i].kind != DTL_EDIT_REMOVED)
                counted[1] += edits[i].words;
        }
        assert_int_equal(counted[0], words[0]);
        assert_int_equal(counted[1], words[1]);
        dtl_buf_free(&text[0]);
        dtl_buf_free(&text[1]);
        dtl_arena_free(arena);
    }
}

static void strangers_are_one_edit(void **state)
{
    struct dtl_arena *arena = dtl_arena_new(0);
    struct dtl_buf a = { 0 }, b = { 0 };
    struct dtl_edit *edits;
    size_t n;

    (void)state;
    dtl_buf_str(&a, "begin ");
    dtl_buf_str(&b, "begin ");
    for (int i = 0; i < 9000; i++) {
        dtl_buf_printf(&a, "a%d ", i);
        dtl_buf_printf(&b, "b%d ", i);
    }
    assert_int_equal(dtl_word_diff(dtl_buf_view(&a), dtl_buf_view(&b), arena,
                                   &edits, &n, NULL),
                     DTL_OK);
    assert_int_equal(n, 3);
    assert_int_equal(edits[1].words, 9000);
    assert_int_equal(edits[2].words, 9000);
    dtl_buf_free(&a);
    dtl_buf_free(&b);
    dtl_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edits_are_told_in_order),
        cmocka_unit_test(edits_hold_both_texts),
        cmocka_unit_test(strangers_are_one_edit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
