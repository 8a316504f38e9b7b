/* SPDX-License-Identifier: Apache-2.0 */
#include <dateline/time.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

#define N(a) (sizeof(a) / sizeof(a)[0])

struct row {
    const char *name, *text, *iso; /* iso "" for none */
};

static void check(const struct row *rows, size_t n,
                  int64_t (*parse)(struct dtl_slice))
{
    for (size_t i = 0; i < n; i++) {
        char iso[DTL_TIME_ISO];

        dtl_time_iso(parse(dtl_str(rows[i].text)), iso);
        if (strcmp(iso, rows[i].iso) != 0)
            fail_msg("%s: %s, not %s", rows[i].name, iso, rows[i].iso);
    }
}

static void iso_dates(void **state)
{
    static const struct row rows[] = {
        { "WARC-Date", "2024-01-31T23:59:59Z", "2024-01-31T23:59:59Z" },
        { "fraction", "2024-01-31T23:59:59.123456Z", "2024-01-31T23:59:59Z" },
        { "zone east", "2024-03-01T01:00:00+02:00", "2024-02-29T23:00:00Z" },
        { "zone without colon", "2024-03-01T01:00:00-0330",
          "2024-03-01T04:30:00Z" },
        { "date only", "2024-05-02", "2024-05-02T00:00:00Z" },
        { "month", "2024-05", "2024-05-01T00:00:00Z" },
        { "year", "2024", "2024-01-01T00:00:00Z" },
        { "no seconds", "2024-05-02T10:20Z", "2024-05-02T10:20:00Z" },
        { "space for T", "2024-05-02 10:20:30", "2024-05-02T10:20:30Z" },
        { "30 February", "2024-02-30", "" },
        { "29 February 1900", "1900-02-29", "" },
        { "29 February 2000", "2000-02-29", "2000-02-29T00:00:00Z" },
        { "month 13", "2024-13-01", "" },
        { "trailing junk", "2024-05-02x", "" },
        { "empty", "", "" },
    };

    (void)state;
    check(rows, N(rows), dtl_time_parse_iso);
}

static void http_dates(void **state)
{
    static const struct row rows[] = {
        { "IMF-fixdate", "Sun, 06 Nov 1994 08:49:37 GMT",
          "1994-11-06T08:49:37Z" },
        { "RFC 850", "Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37Z" },
        { "asctime", "Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37Z" },
        { "two-digit year of this century", "Friday, 01-Jan-21 00:00:00 GMT",
          "2021-01-01T00:00:00Z" },
        { "no month", "Sun, 06 Xxx 1994 08:49:37 GMT", "" },
        { "hour 25", "Sun, 06 Nov 1994 25:49:37 GMT", "" },
        { "words", "yesterday", "" },
    };

    (void)state;
    check(rows, N(rows), dtl_time_parse_http);
}

static int64_t first_14(struct dtl_slice s)
{
    return dtl_time_parse_14(s, false);
}

static int64_t last_14(struct dtl_slice s)
{
    return dtl_time_parse_14(s, true);
}

static void wayback_timestamps(void **state)
{
    static const struct row first[] = {
        { "full", "20240131235959", "2024-01-31T23:59:59Z" },
        { "17 digits", "20240131235959123", "2024-01-31T23:59:59Z" },
        { "day", "20240131", "2024-01-31T00:00:00Z" },
        { "year", "2024", "2024-01-01T00:00:00Z" },
        { "clamped", "20240231256161", "2024-02-29T23:59:59Z" },
        { "too short", "202", "" },
    };
    static const struct row last[] = {
        { "year", "2023", "2023-12-31T23:59:59Z" },
        { "February", "202302", "2023-02-28T23:59:59Z" },
        { "hour", "2023020304", "2023-02-03T04:59:59Z" },
    };

    (void)state;
    check(first, N(first), first_14);
    check(last, N(last), last_14);
}

static void every_day_comes_back(void **state)
{
    /* A step of a day and a bit through four centuries. */
    (void)state;
    for (int64_t t = -5364662400; t < 7258118400; t += 86401) {
        int p[6];

        dtl_time_split(t, p);
        assert_true(dtl_date_valid(p[0], p[1], p[2]));
        assert_true(dtl_time_civil(p[0], p[1], p[2], p[3], p[4], p[5]) == t);
    }
}

static void texts(void **state)
{
    char iso[DTL_TIME_ISO], digits[DTL_TIME_14], http[DTL_TIME_HTTP];
    int64_t t = dtl_time_civil(1994, 11, 6, 8, 49, 37);

    (void)state;
    dtl_time_14(t, digits);
    assert_string_equal(digits, "19941106084937");
    dtl_time_http(t, http);
    assert_string_equal(http, "Sun, 06 Nov 1994 08:49:37 GMT");
    dtl_time_http(-86400 * 3 + 5, http);
    assert_string_equal(http, "Mon, 29 Dec 1969 00:00:05 GMT");
    dtl_time_iso(DTL_NO_TIME, iso);
    assert_string_equal(iso, "");
    dtl_time_iso(INT64_MAX, iso);
    assert_string_equal(iso, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(iso_dates),
        cmocka_unit_test(http_dates),
        cmocka_unit_test(wayback_timestamps),
        cmocka_unit_test(every_day_comes_back),
        cmocka_unit_test(texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
