/* SPDX-License-Identifier: Apache-2.0 */
#include "look.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "spool.h"

static struct look_article article(const char *site, const char *title,
                                   const char *url, const char *text)
{
    return (struct look_article){ .site = dtl_str(site),
                                  .title = dtl_str(title),
                                  .url = dtl_str(url),
                                  .text = dtl_str(text) };
}

#define BOX "Read 14 more stories in our app"
#define HARBOUR                                                              \
    "The harbour of Lenne will close on Monday for the first time in forty " \
    "years, the port authority said."
#define HARBOUR_2                                                              \
    "Dredging will take nine weeks and cost eleven million crowns, according " \
    "to the plan that the council passed."
#define HARBOUR_3                                                            \
    "Fishermen said they had not been asked where their boats should go in " \
    "the meantime, and want to be paid."
#define CHOIR                                                               \
    "A choir of two hundred children sang on the steps of the old library " \
    "in Vessby until the snow stopped them."
#define CHOIR_2                                                               \
    "The concert had been moved outdoors because the roof of the hall leaks " \
    "and nobody has paid for repairs since spring."

/* Show `n` different stories of one site, each with the box under it. */
static void show_site(struct look *l, const char *site, int n, const char *box)
{
    for (int i = 0; i < n; i++) {
        char title[40], url[60], text[700];

        snprintf(title, sizeof title, "Story number %c", 'A' + i);
        snprintf(url, sizeof url, "https://%s/%d", site, i);
        snprintf(text, sizeof text,
                 "Something number %c happened in town %c on a day that "
                 "nobody there will forget soon.\n%s",
                 'A' + i, 'A' + i, box);
        {
            struct look_article a = article(site, title, url, text);

            look_add(l, &a);
        }
    }
}

static size_t judge(struct look *l, struct look_article a, uint8_t *verdicts)
{
    return look_judge(l, &a, verdicts);
}

static void furniture_goes(void **state)
{
    struct look *l = look_new(1 << 20);
    uint8_t verdicts[LOOK_LINES];
    struct look_article a =
        article("a.example", "Harbour closes", "https://a.example/h",
                HARBOUR "\nRead 6 more stories in our "
                        "app\n" HARBOUR_2);

    (void)state;
    show_site(l, "a.example", 6, BOX);
    look_add(l, &a);
    assert_int_equal(judge(l, a, verdicts), 1);
    assert_int_equal(verdicts[0], LOOK_KEEP);
    assert_int_equal(verdicts[1], LOOK_FURNITURE); /* other number, same box */
    assert_int_equal(verdicts[2], LOOK_KEEP);
    look_reset(l);
    assert_int_equal(judge(l, a, verdicts), 0);
    look_free(l);
}

/* The lead of a story stands as a teaser on five other pages. */
static void a_lead_stays_where_it_opens(void **state)
{
    struct look *l = look_new(1 << 20);
    uint8_t verdicts[LOOK_LINES];
    struct look_article own =
        article("a.example", "Harbour closes", "https://a.example/h",
                HARBOUR "\n" HARBOUR_2 "\n" HARBOUR_3);

    (void)state;
    look_add(l, &own);
    show_site(l, "a.example", 6, "More from us\n" HARBOUR "\n" HARBOUR_2);
    assert_int_equal(look_judge(l, &own, verdicts), 0);
    look_free(l);
}

static void another_sites_line_stays(void **state)
{
    struct look *l = look_new(1 << 20);
    uint8_t verdicts[LOOK_LINES];

    (void)state;
    show_site(l, "a.example", 6, BOX);
    assert_int_equal(judge(l,
                           article("b.example", "Harbour closes",
                                   "https://b.example/h", HARBOUR "\n" BOX),
                           verdicts),
                     0);
    look_free(l);
}

static void one_story_at_many_urls_stays(void **state)
{
    struct look *l = look_new(1 << 20);
    uint8_t verdicts[LOOK_LINES];
    char url[60];

    (void)state;
    for (int i = 0; i < 20; i++) {
        struct look_article a;

        snprintf(url, sizeof url, "https://a.example/h?copy=%d", i);
        a = article("a.example", "Harbour closes", url,
                    HARBOUR "\n" HARBOUR_2 "\n" HARBOUR_3);
        look_add(l, &a);
    }
    assert_int_equal(judge(l,
                           article("a.example", "Harbour closes", url,
                                   HARBOUR "\n" HARBOUR_2 "\n" HARBOUR_3),
                           verdicts),
                     0);
    look_free(l);
}

static void another_pages_story_goes(void **state)
{
    struct look *l = look_new(1 << 20);
    uint8_t verdicts[LOOK_LINES];
    struct look_article choir =
        article("b.example", "Children sing in the snow", "https://b.example/c",
                CHOIR "\n" CHOIR_2);
    struct look_article page =
        article("a.example", "Harbour of Lenne to close", "https://a.example/h",
                HARBOUR "\n" HARBOUR_2 "\n" HARBOUR_3 "\n" CHOIR "\n" CHOIR_2);

    (void)state;
    look_add(l, &choir);
    look_add(l, &page);
    assert_int_equal(look_judge(l, &page, verdicts), 2);
    assert_int_equal(verdicts[2], LOOK_KEEP);
    assert_int_equal(verdicts[3], LOOK_OTHER_STORY);
    assert_int_equal(verdicts[4], LOOK_OTHER_STORY);
    assert_int_equal(look_judge(l, &choir, verdicts), 0);
    look_free(l);
}

/* Another's story under its headline, without its lead. */
static void a_story_under_its_title_goes(void **state)
{
    struct look *l = look_new(1 << 20);
    uint8_t verdicts[LOOK_LINES];
    struct look_article choir =
        article("b.example", "Children sing in the snow", "https://b.example/c",
                CHOIR "\n" CHOIR_2);
    struct look_article page = article(
        "a.example", "Harbour of Lenne to close", "https://a.example/h",
        HARBOUR "\n" HARBOUR_2 "\n" HARBOUR_3
                "\nChildren sing in the Snow\n" CHOIR_2 "\nMore tomorrow."
                "\nChildren sing in the snow\nA choir of two hundred "
                "children sang on the steps of the old library...");

    (void)state;
    look_add(l, &choir);
    look_add(l, &page);
    assert_int_equal(look_judge(l, &page, verdicts), 4);
    assert_int_equal(verdicts[3], LOOK_OTHER_STORY);
    assert_int_equal(verdicts[4], LOOK_OTHER_STORY);
    assert_int_equal(verdicts[5], LOOK_KEEP);
    assert_int_equal(verdicts[7], LOOK_OTHER_STORY);
    look_free(l);
}

static void an_update_keeps_the_old_text(void **state)
{
    struct look *l = look_new(1 << 20);
    uint8_t verdicts[LOOK_LINES];
    struct look_article first =
        article("b.example", "Harbour of Lenne to close", "https://b.example/h",
                HARBOUR "\n" HARBOUR_2);
    struct look_article update = article(
        "a.example", "Harbour of Lenne will close on Monday",
        "https://a.example/h",
        "The port has now named the day: nothing will sail from the Monday "
        "after Easter, whatever the weather, a spokeswoman told reporters "
        "this morning, and the ferries move to the northern pier until the "
        "work is done, with buses every half hour for those who live in the "
        "old town.\n" HARBOUR "\n" HARBOUR_2);

    (void)state;
    look_add(l, &first);
    look_add(l, &update);
    assert_int_equal(look_judge(l, &update, verdicts), 0);
    look_free(l);
}

static void spool_gives_back_what_it_got(void **state)
{
    struct dtl_capture c = { .file = 7,
                             .offset = UINT64_C(5) << 40,
                             .url = dtl_str("http://a.example/"),
                             .mime = dtl_str("text/html") };
    struct dtl_article_row row = { .title = dtl_str("Title"),
                                   .text = dtl_str("A\nB"),
                                   .words = 2 };
    struct dtl_capture c2;
    struct dtl_article_row row2;
    struct dtl_error err;
    struct spool *s;

    (void)state;
    assert_int_equal(spool_new("/tmp", &s, &err), DTL_OK);
    for (int round = 0; round < 2; round++) {
        for (uint64_t i = 0; i < 100; i++) {
            c.length = i;
            assert_int_equal(spool_add(s, &c, &row, &err), DTL_OK);
        }
        assert_int_equal(spool_rewind(s, &err), DTL_OK);
        for (uint64_t i = 0; i < 100; i++) {
            assert_int_equal(spool_next(s, &c2, &row2, &err), DTL_OK);
            assert_true(c2.length == i && c2.offset == c.offset);
            assert_true(dtl_equal(c2.url, c.url));
            assert_true(dtl_equal(row2.text, row.text));
            assert_int_equal(row2.language.len, 0);
        }
        assert_int_equal(spool_next(s, &c2, &row2, &err), DTL_END);
        assert_int_equal(spool_reset(s, &err), DTL_OK);
    }
    spool_free(s);
    assert_int_equal(spool_new("/no/such/folder", &s, &err), DTL_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(furniture_goes),
        cmocka_unit_test(a_lead_stays_where_it_opens),
        cmocka_unit_test(another_sites_line_stays),
        cmocka_unit_test(one_story_at_many_urls_stays),
        cmocka_unit_test(another_pages_story_goes),
        cmocka_unit_test(a_story_under_its_title_goes),
        cmocka_unit_test(an_update_keeps_the_old_text),
        cmocka_unit_test(spool_gives_back_what_it_got),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
