/* SPDX-License-Identifier: Apache-2.0 */
/* Two texts: what they have in common, and whether they are one story. */
#include "../src/story/trace/judge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include <dateline/story.h>

static struct dtl_arena *arena;
static struct matcher *matcher;

static struct text text_of(const char *s)
{
    struct dtl_slice normal;
    struct dtl_words w;

    assert_int_equal(dtl_normal(dtl_str(s), arena, &normal, NULL), DTL_OK);
    assert_int_equal(dtl_words(normal, 0, arena, &w, NULL), DTL_OK);
    return (struct text){ w.words, NULL, w.count };
}

static struct matching match(const struct text *a, const struct text *b)
{
    struct matching m;

    assert_int_equal(matcher_set(matcher, b), DTL_OK);
    assert_int_equal(matcher_run(matcher, a, &m), DTL_OK);
    return m;
}

static struct agreement agree(const char *one, const char *other)
{
    struct text a = text_of(one), b = text_of(other);
    struct matching m = match(&a, &b);
    struct agreement g;

    agreement_of(&a, &b, &m, &g);
    return g;
}

static const char bridge[] =
    "The river rose again on Tuesday and the old bridge at Marlow was closed "
    "to lorries, the county council said. Engineers will look at the piers "
    "when the water has fallen, perhaps within a week, but the ferry will "
    "not run before Friday.\nShopkeepers on the north bank fear another lost "
    "season. \"We cannot move the shop, and we cannot move the river,\" said "
    "Ann Pell, who has sold bread there since 1987.\nThe bridge was built by "
    "a brewer who wanted his barrels across before breakfast, and no part of "
    "it has been renewed since his grandson died.";

static const char boat[] =
    "Peat cutters near Ossby have found an oak boat that may be three "
    "thousand years old. The museum has covered it with wet sacking until a "
    "crane can be brought across the bog.\nNobody knows who built it or why "
    "it was filled with stones.";

static const struct {
    const char *name, *one, *other;
    bool same;
} pairs[] = {
    { "itself", bridge, bridge, true },
    { "other stories", bridge, boat, false },
    { "cut to its first paragraph", bridge,
      "The river rose again on Tuesday and the old bridge at Marlow was "
      "closed to lorries, the county council said. Engineers will look at "
      "the piers when the water has fallen, perhaps within a week, but the "
      "ferry will not run before Friday.",
      true },
    { "another house's style", bridge,
      "LONDON (Agency) - The river rose again Tuesday and the old bridge at "
      "Marlow was closed to trucks, the County Council said. Engineers will "
      "look at the piers when the water has fallen, perhaps within one week, "
      "but the ferry won't run before Friday.\nShopkeepers on the north bank "
      "fear another lost season. 'We cannot move the shop, and we cannot "
      "move the river,' said Ann Pell, who has sold bread there since 1987.",
      true },
    { "nothing and something", "", bridge, false },
    { "forecasts of two days",
      "The forecast for Paris on Saturday, April 12, is for cloud and wind. "
      "Highs will reach 14 degrees with lows near 6. Winds from the west at "
      "20 kilometres an hour, humidity 61 percent. Sunrise is at 6.51 and "
      "sunset at 20.33.",
      "The forecast for Paris on Sunday, May 25, is for cloud and wind. Highs "
      "will reach 23 degrees with lows near 11. Winds from the west at 35 "
      "kilometres an hour, humidity 48 percent. Sunrise is at 5.55 and "
      "sunset at 21.37.",
      false },
};

static void knows_one_story_from_two(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct agreement g = agree(pairs[i].one, pairs[i].other);
        struct agreement h = agree(pairs[i].other, pairs[i].one);

        if (same_story(&g, 0, false) != pairs[i].same ||
            same_story(&h, 0, false) != pairs[i].same)
            fail_msg("%s", pairs[i].name);
    }
}

static void carrying_a_story_is_not_telling_it(void **state)
{
    char page[2000];
    struct agreement g;

    (void)state;
    snprintf(page, sizeof page, "%s\n%s", boat, bridge);
    g = agree(bridge, page);
    assert_true(g.a_in_b > 0.99F);
    assert_true(g.b_in_a > 0.5F && g.b_in_a < 0.9F);
    assert_true(g.lead_a > 0.99F);
    assert_true(g.lead_b < 0.3F);
    assert_false(same_story(&g, 0, false));
    g = agree(boat, page);
    assert_true(same_story(&g, 0, false));
}

static void furniture_weighs_nothing(void **state)
{
    static const char notice[] =
        "We and our partners store and use cookies on your device to show "
        "you what you like. You can change your choice at any time in the "
        "settings at the foot of each page of this site.";
    char one[2000], other[2000];
    struct text a, b;
    struct matching m;
    struct agreement g;
    float weight_a[200], weight_b[200];

    (void)state;
    snprintf(one, sizeof one, "%s\n%s", notice, boat);
    snprintf(other, sizeof other,
             "%s\nThe minister spoke for an hour about "
             "trains and then left by car.",
             notice);
    a = text_of(one);
    b = text_of(other);
    for (uint32_t i = 0, f = text_of(notice).count; i < 200; i++)
        weight_a[i] = weight_b[i] = i < f ? 0.001F : 1.0F;
    assert_true(a.count < 200 && b.count < 200);
    m = match(&a, &b);
    agreement_of(&a, &b, &m, &g);
    assert_true(g.b_in_a > 0.5F);
    a.weight = weight_a;
    b.weight = weight_b;
    agreement_of(&a, &b, &m, &g);
    assert_true(g.b_in_a < 0.1F && g.leads < 0.1F);
    assert_int_equal(g.solid, 0);
    assert_false(same_story(&g, 0, false));
}

static void passages_say_where(void **state)
{
    struct text a = text_of("Nobody here. The ferry will not run before "
                            "Friday, they say. The end.");
    struct text b = text_of(bridge);
    struct matching m = match(&a, &b);

    (void)state;
    assert_int_equal(m.count, 1);
    assert_int_equal(m.passages[0].a0, 2);
    assert_int_equal(m.passages[0].a1, 9);
    for (uint32_t i = 0; i < 7; i++)
        assert_true(a.words[2 + i].hash == b.words[m.passages[0].b0 + i].hash);
    assert_int_equal(m.in_a[1], 0);
    assert_int_equal(m.in_a[2], 1);
}

static void small_edits_do_not_break_a_passage(void **state)
{
    struct text a = text_of("when the flood has gone, perhaps within one "
                            "week, but the ferry will not run before Friday");
    struct text b = text_of("when the flood has fallen, perhaps within a "
                            "week, but the ferry will not run before Friday");
    struct matching m = match(&a, &b);

    (void)state;
    assert_int_equal(m.count, 1);
    assert_int_equal(m.passages[0].a1 - m.passages[0].a0, a.count);
    assert_int_equal(m.passages[0].equal, a.count - 2);
}

static void repetition_costs_linear_time(void **state)
{
    enum { N = 50000 };
    static struct dtl_word words[N];
    struct text t = { words, NULL, N };
    struct matching m;

    (void)state;
    for (size_t i = 0; i < N; i++)
        words[i] = (struct dtl_word){ .hash = i % 2, .len = 1 };
    m = match(&t, &t);
    assert_int_equal(m.count, 1);
    assert_int_equal(m.passages[0].equal, N);
}

static int set_up(void **state)
{
    (void)state;
    arena = dtl_arena_new(0);
    matcher = matcher_new();
    return arena != NULL && matcher != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    dtl_arena_free(arena);
    matcher_free(matcher);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_one_story_from_two),
        cmocka_unit_test(carrying_a_story_is_not_telling_it),
        cmocka_unit_test(furniture_weighs_nothing),
        cmocka_unit_test(passages_say_where),
        cmocka_unit_test(small_edits_do_not_break_a_passage),
        cmocka_unit_test(repetition_costs_linear_time),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
