/* SPDX-License-Identifier: Apache-2.0 */
#include <dateline/access.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const char rules[] =
    "# the house's rules\n"
    "org,example)/private - {\"access\": \"block\"}\n"
    "org,example)/private/open - {\"access\": \"allow\"}\n"
    "org,example)/private/open### - {\"access\": \"exclude\"}\n"
    "org,example)/staff - {\"access\": \"allow\", \"user\": \"staff\"}\n"
    "org,example)/staff - {\"access\": \"exclude\"}\n"
    "com,embargo, - {\"access\": \"embargo\", \"days\": 30}\n"
    "com,embargo,free)/ - {\"access\": \"allow_ignore_embargo\"}\n"
    "com,dated)/ - {\"access\": \"exclude\", \"from\": \"2019\", "
    "\"to\": \"202001\"}\n";

#define NOW   1600000000 /* 2020-09-13 */
#define WEEK  (7 * 86400)
#define MONTH (31 * 86400)

static const struct {
    const char *name, *key, *user;
    int64_t time;
    enum dtl_access want;
} cases[] = {
    { "no rule", "org,example)/", NULL, 0, DTL_ACCESS_ALLOW },
    { "a prefix", "org,example)/private/x", NULL, 0, DTL_ACCESS_BLOCK },
    { "the longest prefix decides", "org,example)/private/open/x", NULL, 0,
      DTL_ACCESS_ALLOW },
    { "one URL alone", "org,example)/private/open", NULL, 0,
      DTL_ACCESS_EXCLUDE },
    { "a user", "org,example)/staff/x", "staff", 0, DTL_ACCESS_ALLOW },
    { "another user", "org,example)/staff/x", "guest", 0, DTL_ACCESS_EXCLUDE },
    { "nobody", "org,example)/staff/x", NULL, 0, DTL_ACCESS_EXCLUDE },
    { "within the embargo", "com,embargo,www)/", NULL, NOW - WEEK,
      DTL_ACCESS_EXCLUDE },
    { "past the embargo", "com,embargo,www)/", NULL, NOW - MONTH,
      DTL_ACCESS_ALLOW },
    { "an exception", "com,embargo,free)/", NULL, NOW - WEEK,
      DTL_ACCESS_ALLOW },
    { "within the dates", "com,dated)/", NULL, 1580000000, DTL_ACCESS_EXCLUDE },
    { "after the dates", "com,dated)/", NULL, 1590000000, DTL_ACCESS_ALLOW },
};

static void test_rules(void **state)
{
    struct dtl_access_rules *r;

    (void)state;
    assert_int_equal(
        dtl_access_read(dtl_str(rules), DTL_ACCESS_ALLOW, &r, NULL), DTL_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct dtl_capture c = { .key = dtl_str(cases[i].key),
                                 .time = cases[i].time };

        if (dtl_access_of(r, &c, cases[i].user, NOW) != cases[i].want)
            fail_msg("%s", cases[i].name);
    }
    dtl_access_free(r);
}

static void test_what_is_no_rule(void **state)
{
    static const char *const bad[] = {
        "org,example)/",
        "org,example)/ - {}",
        "org,example)/ - {\"access\": \"maybe\"}",
        "org,example)/ - {\"access\": \"embargo\"}",
        "org,example)/ - {\"access\": ",
    };
    struct dtl_access_rules *r;
    struct dtl_error err;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(
            dtl_access_read(dtl_str(bad[i]), DTL_ACCESS_ALLOW, &r, &err),
            DTL_FORMAT);
        assert_null(r);
    }
    assert_int_equal(dtl_access_read(dtl_str(""), DTL_ACCESS_BLOCK, &r, NULL),
                     DTL_OK);
    assert_int_equal(dtl_access_of(r, &(struct dtl_capture){ 0 }, NULL, 0),
                     DTL_ACCESS_BLOCK);
    dtl_access_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_what_is_no_rule),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
