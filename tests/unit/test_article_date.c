/* SPDX-License-Identifier: Apache-2.0 */
#include "date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>

/* 2024-05-03T12:30:00Z, a Friday. */
#define CAPTURED INT64_C(1714739400)

static const struct row {
    const char *lang, *text, *when; /* when NULL: no date there */
} found[] = {
    /* ISO and its cousins */
    { "en", "2024-05-02", "2024-05-02" },
    { "en", "2024-05-02T10:15", "2024-05-02T10:15" },
    { "en", "2024-05-02T10:15:30Z", "2024-05-02T10:15:30Z" },
    { "en", "2024-05-02T10:15:30.123+02:00", "2024-05-02T10:15:30+02:00" },
    { "en", "2024-05-02T10:15:30-0730", "2024-05-02T10:15:30-07:30" },
    { "en", "2024-05-02 10:15:30 UTC", "2024-05-02T10:15:30Z" },
    { "en", "2024/05/02", "2024-05-02" },
    { "hu", "2024. 05. 02.", "2024-05-02" },
    { "en", "20240502", "2024-05-02" },
    /* mail and script forms */
    { "en", "Thu, 02 May 2024 10:15:30 +0200", "2024-05-02T10:15:30+02:00" },
    { "en", "Thu, 02 May 2024 10:15:30 GMT", "2024-05-02T10:15:30Z" },
    { "en", "Thu May 02 2024 10:15:30 GMT+0200 (CEST)",
      "2024-05-02T10:15:30+02:00" },
    { "en", "Thu May  2 10:15:30 2024", "2024-05-02T10:15:30" },
    { "en", "Thu May 02 10:15:30 EDT 2024", "2024-05-02T10:15:30-04:00" },
    /* English prose */
    { "en", "May 2, 2024", "2024-05-02" },
    { "en", "May 2nd, 2024 at 3:05 p.m. EDT", "2024-05-02T15:05-04:00" },
    { "en", "2nd of May 2024", "2024-05-02" },
    { "en", "Published Thursday, 2 May, 2024 10:15 BST",
      "2024-05-02T10:15+01:00" },
    { "en", "10:15, 2 May 2024", "2024-05-02T10:15" },
    { "en", "2-May-24", "2024-05-02" },
    { "en", "26 Mai, 2008 | by x", "2008-05-26" },
    { "en", "MAY 2 2024", "2024-05-02" },
    { "en", "May 2024", "2024-05" },
    { "en", "5/2/2024", "2024-05-02" },
    { "en-GB", "5/2/2024", "2024-02-05" },
    { "en", "22/5/2024", "2024-05-22" },
    { "en", "5/2/24 3 pm", "2024-05-02T15:00" },
    /* one per language */
    { "de", "2. Mai 2024, 10:15 Uhr", "2024-05-02T10:15" },
    { "de", "Do., 02.05.2024 - 10.15 Uhr", "2024-05-02T10:15" },
    { "de", "02. März 2024", "2024-03-02" },
    { "fr", "2 mai 2024 à 10h15", "2024-05-02T10:15" },
    { "fr", "1er février 2024", "2024-02-01" },
    { "es", "2 de mayo de 2024", "2024-05-02" },
    { "pt", "02 de março de 2024 às 10h15", "2024-03-02T10:15" },
    { "it", "2 maggio 2024 alle 10:15", "2024-05-02T10:15" },
    { "nl", "2 mei 2024 om 10:15", "2024-05-02T10:15" },
    { "sv", "2 maj 2024 kl. 10:15", "2024-05-02T10:15" },
    { "no", "2. mai 2024 kl. 10:15", "2024-05-02T10:15" },
    { "da", "2. maj 2024", "2024-05-02" },
    { "fi", "2. toukokuuta 2024 klo 10.15", "2024-05-02T10:15" },
    { "pl", "2 maja 2024, 10:15", "2024-05-02T10:15" },
    { "pl", "2 listopada 2024", "2024-11-02" },
    { "hr", "2. listopada 2024.", "2024-10-02" },
    { "cs", "2. května 2024", "2024-05-02" },
    { "cs", "2. července 2024", "2024-07-02" },
    { "sk", "2. mája 2024", "2024-05-02" },
    { "sr", "2. мај 2024.", "2024-05-02" },
    { "hu", "2024. május 2. 10:15", "2024-05-02T10:15" },
    { "ro", "2 iunie 2024", "2024-06-02" },
    { "lt", "2024 m. gegužės 2 d.", "2024-05-02" },
    { "lv", "2. maijā 2024", "2024-05-02" },
    { "et", "2. mai 2024", "2024-05-02" },
    { "ru", "2 мая 2024 года в 10:15", "2024-05-02T10:15" },
    { "uk", "2 травня 2024, 10:15", "2024-05-02T10:15" },
    { "bg", "2 май 2024", "2024-05-02" },
    { "el", "2 Μαΐου 2024, 10:15", "2024-05-02T10:15" },
    { "tr", "2 Mayıs 2024 Perşembe 10:15", "2024-05-02" },
    { "ar", "2 مايو 2024", "2024-05-02" },
    { "ar", "٢ مايو ٢٠٢٤", "2024-05-02" },
    { "fa", "۱۳ اردیبهشت ۱۴۰۳", "2024-05-02" },
    { "he", "2 במאי 2024", "2024-05-02" },
    { "hi", "2 मई 2024", "2024-05-02" },
    { "th", "2 พ.ค. 2567", "2024-05-02" },
    { "th", "2 พฤษภาคม 2567", "2024-05-02" },
    { "vi", "Thứ năm, 2/5/2024, 10:15 (GMT+7)", "2024-05-02T10:15+07:00" },
    { "vi", "ngày 2 tháng 5 năm 2024", "2024-05-02" },
    { "id", "Kamis, 02 Mei 2024 10:15 WIB", "2024-05-02T10:15+07:00" },
    { "zh", "2024年5月2日 10:15", "2024-05-02T10:15" },
    { "ja", "2024年5月2日 10時15分", "2024-05-02T10:15" },
    { "ja", "令和6年5月2日", "2024-05-02" },
    { "ko", "2024년 5월 2일 오후 3:05", "2024-05-02T15:05" },
    { "ko", "입력 2024.05.02 10:15", "2024-05-02T10:15" },
    { "ja", "平成31年4月30日", "2019-04-30" },
    { "zh", "中華民國113年5月2日", "2024-05-02" },
    { "ca", "2 de maig de 2024", "2024-05-02" },
    { "gl", "2 de maio de 2024", "2024-05-02" },
    { "eu", "2024ko maiatzaren 2a", "2024-05-02" },
    { "is", "2. maí 2024", "2024-05-02" },
    { "sl", "2. maja 2024", "2024-05-02" },
    { "sq", "2 Maj 2024", "2024-05-02" },
    { "mk", "2 мај 2024", "2024-05-02" },
    { "be", "2 мая 2024", "2024-05-02" },
    { "az", "2 may 2024", "2024-05-02" },
    { "ka", "2 მაისი, 2024", "2024-05-02" },
    { "hy", "2 մայիսի, 2024", "2024-05-02" },
    { "ur", "2 مئی 2024", "2024-05-02" },
    { "bn", "২ মে ২০২৪", "2024-05-02" },
    { "ta", "2 மே 2024", "2024-05-02" },
    { "te", "2 మే 2024", "2024-05-02" },
    { "mr", "२ मे २०२४", "2024-05-02" },
    { "ms", "2 Mei 2024", "2024-05-02" },
    { "sw", "2 Mei 2024", "2024-05-02" },
    { "af", "2 Mei 2024", "2024-05-02" },
    { "ar", "2 أيار 2024", "2024-05-02" },
    { "ar", "2 مايو/أيار 2024", "2024-05-02" },
    { "fa", "۱۴۰۳/۰۲/۱۳", "2024-05-02" },
    { "th", "๒ พฤษภาคม ๒๕๖๗", "2024-05-02" },
    { "vi", "02/05/2024 10:15", "2024-05-02T10:15" },
    { "tl", "Mayo 2, 2024", "2024-05-02" },
    { "en-IN", "02-05-2024", "2024-05-02" },
    /* relative to the capture */
    { "en", "6 minutes ago", "2024-05-03T12:24Z" },
    { "en", "an hour ago", "2024-05-03T11:30Z" },
    { "en", "5h ago", "2024-05-03T07:30Z" },
    { "en", "2 days ago", "2024-05-01" },
    { "en", "Yesterday", "2024-05-02" },
    { "de", "vor 6 Minuten", "2024-05-03T12:24Z" },
    { "fr", "il y a 3 heures", "2024-05-03T09:30Z" },
    { "es", "hace 3 horas", "2024-05-03T09:30Z" },
    { "it", "3 ore fa", "2024-05-03T09:30Z" },
    { "ru", "3 часа назад", "2024-05-03T09:30Z" },
    { "tr", "3 saat önce", "2024-05-03T09:30Z" },
    { "ja", "3時間前", "2024-05-03T09:30Z" },
    { "zh", "6分钟前", "2024-05-03T12:24Z" },
    { "ko", "6분 전", "2024-05-03T12:24Z" },
    { "no", "for 3 timer siden", "2024-05-03T09:30Z" },
    { "fr", "hier à 10h15", "2024-05-02T10:15Z" },
    { "de", "Den Rest gibt es hier", NULL },
    { "hu", "ma", "2024-05-03" },
    { "it", "ma come", NULL },
    { "en", "open for 3 hours", NULL },
    /* no year: the last such day */
    { "en", "2 May", "2024-05-02" },
    { "en", "December 24", "2023-12-24" },
    { "pt", "1 out", "2023-10-01" },
    { "en", "1 out of 5", NULL },
    { "de", "2 May", "2024-05-02" },
    /* not dates */
    { "en", "Version 1.3.36", NULL },
    { "en", "13. 3.84", NULL },
    { "de", "25.4.24", "2024-04-25" },
    { "en", "31.04.2024", NULL },
    { "en", "Call 555 20 24", NULL },
    { "en", "March of the 100 best", NULL },
    { "en", "", NULL },
};

static void finds_dates(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof found / sizeof found[0]; i++) {
        struct date_context ctx;
        struct date_hit hit;
        char text[DTL_WHEN_TEXT] = "";
        bool any;

        date_context(&ctx, dtl_str(found[i].lang), dtl_str("example.com"),
                     CAPTURED);
        any = date_find(dtl_str(found[i].text), 0, &ctx, &hit);
        if (any)
            dtl_when_text(&hit.when, text);
        if (any != (found[i].when != NULL) ||
            (any && strcmp(text, found[i].when) != 0))
            fail_msg("%s \"%s\": %s, not %s", found[i].lang, found[i].text,
                     any ? text : "none",
                     found[i].when != NULL ? found[i].when : "none");
    }
}

static void finds_dates_in_values(void **state)
{
    static const struct row rows[] = {
        { "en", "1714644930", "2024-05-02T10:15:30Z" },
        { "en", "1714644930123", "2024-05-02T10:15:30Z" },
        { "en", "20240502101530", "2024-05-02T10:15:30" },
        { "en", "2024", "2024" },
        { "en", "2024-05", "2024-05" },
        { "en", " 2024-05-02 ", "2024-05-02" },
        { "en", "D:20240502101530", NULL },
        { "en", "published", NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct date_context ctx;
        struct dtl_when when;
        char text[DTL_WHEN_TEXT] = "";
        bool any;

        date_context(&ctx, dtl_str("en"), dtl_str(""), DTL_NO_TIME);
        any = date_value(dtl_str(rows[i].text), &ctx, &when);
        if (any)
            dtl_when_text(&when, text);
        if (any != (rows[i].when != NULL) ||
            (any && strcmp(text, rows[i].when) != 0))
            fail_msg("\"%s\": %s", rows[i].text, any ? text : "none");
    }
}

static void finds_dates_in_urls(void **state)
{
    static const struct row rows[] = {
        { "", "https://e.org/2024/05/02/story", "2024-05-02" },
        { "", "https://e.org/news/2024/may/2/story", "2024-05-02" },
        { "", "https://e.org/2024-05-02-story.html", "2024-05-02" },
        { "", "https://e.org/story-20240502.html", "2024-05-02" },
        { "", "https://e.org/2024/05/story", NULL },
        { "", "https://e.org/id/12024050299", NULL },
        { "", "https://2024.e.org/05/02/", NULL },
        { "", "https://e.org/2024/13/02/story", NULL },
        { "", "https://e.org/2025/05/02/not-yet", NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct date_context ctx;
        struct dtl_when when;
        char text[DTL_WHEN_TEXT] = "";
        bool any;

        date_context(&ctx, dtl_str("en"), dtl_str(""), CAPTURED);
        any = date_in_url(dtl_str(rows[i].text), &ctx, &when);
        if (any)
            dtl_when_text(&when, text);
        if (any != (rows[i].when != NULL) ||
            (any && strcmp(text, rows[i].when) != 0))
            fail_msg("\"%s\": %s", rows[i].text, any ? text : "none");
    }
}

/* Relative words mean nothing without the time of capture. */
static void learn(struct date_starts *k, const char *word, size_t len)
{
    const uint8_t *p = (const uint8_t *)word;

    if (len >= 3)
        k->three[date_start(p) / 64] |= UINT64_C(1) << date_start(p) % 64;
    else
        k->one[*p / 64] |= UINT64_C(1) << *p % 64;
}

static void print_starts(const char *name, const struct date_starts *k)
{
    printf("const struct date_starts %s = {\n    {", name);
    for (size_t i = 0; i < 64; i++)
        printf("%s0x%016" PRIx64 ",", i % 3 == 0 ? "\n        " : " ",
               k->three[i]);
    printf("\n    },\n    {");
    for (size_t i = 0; i < 4; i++)
        printf("%s0x%016" PRIx64 ",", i % 3 == 0 ? "\n        " : " ",
               k->one[i]);
    printf("\n    },\n};\n");
}

/* The table in use holds what the words say. */
static void starts_follow_words(void **state)
{
    static struct date_starts months, relative;

    (void)state;
    for (size_t i = 0; i < date_nlocales * 12; i++) {
        const char *p = date_locales[i / 12].months[i % 12];

        for (size_t len; *p != '\0'; p += len + (p[len] == '|')) {
            len = strcspn(p, "|");
            learn(&months, p, len);
        }
    }
    for (size_t i = 0; date_ago_before[i] != NULL; i++)
        learn(&relative, date_ago_before[i], strlen(date_ago_before[i]));
    for (size_t i = 0; i < date_ndays_back; i++)
        learn(&relative, date_days_back[i].word,
              strlen(date_days_back[i].word));
    if (memcmp(&months, &date_month_starts, sizeof months) == 0 &&
        memcmp(&relative, &date_relative_starts, sizeof relative) == 0)
        return;
    printf("date_starts.c must follow the words:\n");
    print_starts("date_month_starts", &months);
    print_starts("date_relative_starts", &relative);
    fail();
}

static void relative_needs_capture(void **state)
{
    struct date_context ctx;
    struct date_hit hit;

    (void)state;
    date_context(&ctx, dtl_str("en"), dtl_str(""), DTL_NO_TIME);
    assert_false(date_find(dtl_str("6 minutes ago"), 0, &ctx, &hit));
    assert_false(date_find(dtl_str("2 May"), 0, &ctx, &hit));
    date_context(&ctx, dtl_str("en"), dtl_str(""), CAPTURED);
    assert_true(date_find(dtl_str("6 minutes ago"), 0, &ctx, &hit));
    assert_true(hit.when.relative);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_dates),
        cmocka_unit_test(finds_dates_in_values),
        cmocka_unit_test(finds_dates_in_urls),
        cmocka_unit_test(relative_needs_capture),
        cmocka_unit_test(starts_follow_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
