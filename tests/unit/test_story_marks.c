/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dateline/story.h>
#include <stdio.h>

static struct dtl_arena *arena;

static struct dtl_words words_of(const char *text)
{
    struct dtl_slice normal;
    struct dtl_words w;

    assert_int_equal(dtl_normal(dtl_str(text), arena, &normal, NULL), DTL_OK);
    assert_int_equal(dtl_words(normal, 0, arena, &w, NULL), DTL_OK);
    return w;
}

static struct dtl_marks marks_of(const char *text)
{
    struct dtl_slice normal;
    struct dtl_marks m;

    assert_int_equal(dtl_normal(dtl_str(text), arena, &normal, NULL), DTL_OK);
    assert_int_equal(dtl_marks(normal, arena, &m, NULL), DTL_OK);
    return m;
}

/* Texts whose words compare equal. */
static const struct {
    const char *name, *a, *b;
} same_words[] = {
    { "letter case", "Fed RAISES Rates", "fed raises rates" },
    { "punctuation", "Yes, he said: \"go\"!", "yes he said go" },
    { "apostrophes", "the Fed\xe2\x80\x99s don't", "the feds dont" },
    { "accents", "Caf\xc3\xa9 M\xc3\xbcnchen", "cafe munchen" },
    { "thousands", "1,234,567 and 10,000", "1234567 and 10000" },
    { "full-width letters", "\xef\xbc\xa1\xef\xbc\xa2\x43", "abc" },
    { "ligatures", "\xef\xac\x81re", "fire" },
    { "Cyrillic case",
      "\xd0\x9c\xd0\x9e\xd0\xa1\xd0\x9a\xd0\x92\xd0\x90 \xd0\x99",
      "\xd0\xbc\xd0\xbe\xd1\x81\xd0\xba\xd0\xb2\xd0\xb0 \xd0\xb9" },
};

static void folds_what_editors_change(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof same_words / sizeof same_words[0]; i++) {
        struct dtl_words a = words_of(same_words[i].a);
        struct dtl_words b = words_of(same_words[i].b);

        if (a.count != b.count)
            fail_msg("%s: %u words, %u words", same_words[i].name, a.count,
                     b.count);
        for (uint32_t w = 0; w < a.count; w++)
            if (a.words[w].hash != b.words[w].hash)
                fail_msg("%s: word %u differs", same_words[i].name, w);
    }
}

/* One letter a word: B begins a block, S a sentence, n a number, c a single
 * character, q stands in quotes, - none of these. */
static const struct {
    const char *name, *text, *flags;
} kinds[] = {
    { "sentences", "One two. Three four", "B-S-" },
    { "blocks", "One\ntwo three", "BB-" },
    { "no stop inside a number", "up 10.5 percent", "Bn-" },
    { "no stop before lower case", "approx. two", "B-" },
    { "no stop inside a name", "example.com is", "B--" },
    { "questions and shouts", "Who? Me! No", "BSS" },
    { "stop inside quotes", "\"He did.\" She left", "BqS-" },
    { "quotes", "he said \"go away\" now", "B-qq-" },
    { "Han by character", "\xe4\xb8\xad\xe5\x9b\xbd\xe3\x80\x82\xe5\xa5\xbd",
      "BcS" },
    { "Thai by character", "\xe0\xb8\x81\xe0\xb8\xb2", "Bc" },
    { "Hangul by word", "\xed\x95\x9c\xea\xb5\xad \xeb\x82\xa0", "B-" },
};

static char letter(unsigned flags)
{
    return flags & DTL_WORD_BLOCK      ? 'B'
           : flags & DTL_WORD_SENTENCE ? 'S'
           : flags & DTL_WORD_NUMBER   ? 'n'
           : flags & DTL_WORD_CHAR     ? 'c'
           : flags & DTL_WORD_QUOTED   ? 'q'
                                       : '-';
}

static void splits_words_and_sentences(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct dtl_words w = words_of(kinds[i].text);
        char got[64] = "";

        for (uint32_t n = 0; n < w.count && n < 60; n++)
            got[n] = letter(w.words[n].flags);
        if (strcmp(got, kinds[i].flags) != 0)
            fail_msg("%s: got %s, not %s", kinds[i].name, got, kinds[i].flags);
    }
}

static const char story[] =
    "The river rose again on Tuesday and the old bridge at Marlow was closed "
    "to lorries, the county council said. Engineers will look at the piers "
    "when the water has fallen, perhaps within a week, but the ferry will "
    "not run before Friday.\nShopkeepers on the north bank fear another lost "
    "season. \"We cannot move the shop, and we cannot move the river,\" said "
    "Ann Pell, who has sold bread there since 1987.";

static unsigned common(struct dtl_marks a, struct dtl_marks b)
{
    unsigned n = 0;

    for (uint32_t i = 0; i < a.count; i++)
        for (uint32_t k = 0; k < b.count; k++)
            if (a.marks[i].hash == b.marks[k].hash) {
                n++;
                break;
            }
    return n;
}

static void marks_are_an_eighth_rounded_up(void **state)
{
    struct dtl_marks m = marks_of(story);

    (void)state;
    /* Sentences of 20, 23, 9 and 21 words: 17, 20, 6 and 18 grams. */
    assert_int_equal(m.words, 73);
    assert_int_equal(m.count, 3 + 3 + 1 + 3);
    for (uint32_t i = 1; i < m.count; i++)
        assert_true(m.marks[i - 1].position < m.marks[i].position);
    assert_int_equal(marks_of("too short here").count, 0);
    assert_int_equal(marks_of("").count, 0);
}

static void marks_do_not_depend_on_the_neighbours(void **state)
{
    char text[1200];
    struct dtl_marks m = marks_of(story), other;

    (void)state;
    snprintf(text, sizeof text,
             "An unrelated opening, as agencies add.\n%s"
             "\nAnd an unrelated end that nobody asked for.",
             story);
    other = marks_of(text);
    assert_int_equal(common(m, other), m.count);
    assert_true(other.count > m.count);
}

static void an_edit_costs_its_own_sentence(void **state)
{
    static const char edited[] =
        "The river rose again on Wednesday and the old bridge at Marlow was "
        "closed to lorries, the county council said. Engineers will look at "
        "the piers when the water has fallen, perhaps within a week, but the "
        "ferry will not run before Friday.";

    (void)state;
    assert_true(common(marks_of(edited), marks_of(story)) >= 3);
}

static void all_marks_find_any_fragment(void **state)
{
    struct dtl_slice normal = dtl_str(
        "the piers when the water has fallen, perhaps within a week, but the "
        "ferry will not run");
    struct dtl_words w;
    struct dtl_marks m;

    (void)state;
    dtl_words(normal, 0, arena, &w, NULL);
    assert_int_equal(dtl_word_marks(&w, true, arena, &m, NULL), DTL_OK);
    assert_int_equal(m.count, w.count - 3);
    assert_true(common(m, marks_of(story)) >= 1);
}

static void titles_are_words_and_pairs(void **state)
{
    struct dtl_marks a, b;

    (void)state;
    dtl_title_marks(dtl_str("Bridge closed: again"), arena, &a, NULL);
    dtl_title_marks(dtl_str("BRIDGE CLOSED"), arena, &b, NULL);
    assert_int_equal(a.words, 3);
    assert_int_equal(a.count, 5);
    assert_int_equal(b.count, 3);
    assert_int_equal(common(b, a), 3);
    dtl_title_marks(dtl_str(""), arena, &a, NULL);
    assert_int_equal(a.count, 0);
}

/* Guards reading eight bytes at a time: a word is the same wherever it stands
 * and whatever comes after it, down to the end of the text. */
static void a_word_alone_is_the_same_word(void **state)
{
    static const char some[] = "abzAMZ019 '.,-\n\xc3\xa9@[`{/:";
    uint32_t seed = 7;

    (void)state;
    for (int i = 0; i < 3000; i++) {
        uint8_t text[64];
        size_t len = 0;
        struct dtl_words all, one;

        while (len < sizeof text - 2) {
            seed = seed * 1664525 + 1013904223;
            if (seed >> 28 == 0) {
                memcpy(text + len, "\xc3\xa9", 2);
                len += 2;
            } else {
                uint8_t c = (uint8_t)some[(seed >> 8) % (sizeof some - 1)];

                text[len++] = c < 0x80 ? c : 'x';
            }
        }
        assert_int_equal(
            dtl_words(dtl_slice_of(text, len), 0, arena, &all, NULL), DTL_OK);
        for (uint32_t w = 0; w < all.count; w++) {
            uint8_t copy[64];

            memcpy(copy, text + all.words[w].start, all.words[w].len);
            dtl_words(dtl_slice_of(copy, all.words[w].len), 0, arena, &one,
                      NULL);
            assert_int_equal(one.count, 1);
            assert_true(one.words[0].hash == all.words[w].hash);
            assert_int_equal(one.words[0].len, all.words[w].len);
            assert_int_equal(one.words[0].flags & DTL_WORD_NUMBER,
                             all.words[w].flags & DTL_WORD_NUMBER);
        }
        dtl_arena_reset(arena);
    }
}

static int set_up(void **state)
{
    (void)state;
    arena = dtl_arena_new(0);
    return arena != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    dtl_arena_free(arena);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(folds_what_editors_change),
        cmocka_unit_test(splits_words_and_sentences),
        cmocka_unit_test(marks_are_an_eighth_rounded_up),
        cmocka_unit_test(marks_do_not_depend_on_the_neighbours),
        cmocka_unit_test(an_edit_costs_its_own_sentence),
        cmocka_unit_test(all_marks_find_any_fragment),
        cmocka_unit_test(titles_are_words_and_pairs),
        cmocka_unit_test(a_word_alone_is_the_same_word),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
