/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "redact.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ALL (DTL_REDACT_EMAILS | DTL_REDACT_PHONES | DTL_REDACT_IPS)

/* `out` NULL: stays as it is. */
static const struct {
    const char *in, *out;
} cases[] = {
    /* e-mail addresses */
    { "Write to jane.doe@example.org.", "Write to [email]." },
    { "<a.b+news@mail.example.co.uk>", "<[email]>" },
    { "x_1@a-b.example and y@c.museum!", "[email] and [email]!" },
    { "(o'brien@example.ie)", "([email])" },
    { "follow @example on the site", NULL },
    { "user@localhost, root@127", NULL },
    { "at 5 @ 3.20 each", NULL },
    { "a@b.c", NULL },
    { "name@example.c0m", NULL },
    { "@@ @. @.org", NULL },
    { "one.@example.org", NULL },
    /* IP addresses */
    { "from 192.0.2.17, port 80", "from [ip], port 80" },
    { "at 203.0.113.9:8080.", "at [ip]:8080." },
    { "2001:db8::8a2e:370:7334 answered", "[ip] answered" },
    { "[2001:db8:0:0:0:0:2:1]", "[[ip]]" },
    { "::1", "[ip]" },
    { "build 10.0.19041.1", NULL },
    { "version 1.2.3", NULL },
    { "section 1.2.3.4.5", NULL },
    { "256.1.1.1", NULL },
    { "on 01.02.03.04", NULL },
    { "at 12:30:45 and 12:30", NULL },
    { "std::vector, a::b, ::", NULL },
    { "00:1B:44:11:3A:B7", NULL },
    { "Matthew 5:3-12; 6:9", NULL },
    /* telephone numbers */
    { "call +44 20 7946 0958 now", "call [phone] now" },
    { "+1 (212) 555-0123", "[phone]" },
    { "+49 (0) 30 1234567", "[phone]" },
    { "+4930123456", "[phone]" },
    { "0049 30 123456", "[phone]" },
    { "(212) 555-0123 or 212-555-0123", "[phone] or [phone]" },
    { "1-800-555-0199", "[phone]" },
    { "212.555.0123", "[phone]" },
    { "030 1234567, 020 7946 0958", "[phone], [phone]" },
    { "0171/1234567", "[phone]" },
    { "01 23 45 67 89", "[phone]" },
    { "(020) 7946 0958", "[phone]" },
    { "+33\xc2\xa0"
      "1\xc2\xa0"
      "23\xc2\xa0"
      "45\xc2\xa0"
      "67\xc2\xa0"
      "89",
      "[phone]" },
    { "on 2025-03-04 and 04-03-2025", NULL },
    { "04/03/2025 10:00", NULL },
    { "from 1914-1918 to 2024-2025", NULL },
    { "ISBN 978-3-16-148410-0", NULL },
    { "$1,234,567,890", NULL },
    { "12 345 678 people, 1 234 567 890", NULL },
    { "20250304100005", NULL },
    { "won 21-17, 25-23, 0-3", NULL },
    { "0.123456789", NULL },
    { "call 112 or 999", NULL },
    { "+5 points, +12.5 %", NULL },
    { "order 123-4567890-1234567", NULL },
    { "the 007 film of 0300 hours", NULL },
    { "IBAN DE89 3704 0044 0532 0130 00", NULL },
    { "4111 1111 1111 1111", NULL },
    { "", NULL },
};

static void redacts(void **state)
{
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct dtl_arena *arena = dtl_arena_new(0);
        struct dtl_redacted counts = { 0 };
        const char *want = cases[i].out != NULL ? cases[i].out : cases[i].in;
        struct dtl_slice got =
            dtl_redact(dtl_str(cases[i].in), ALL, arena, &counts);

        if (!dtl_equal(got, dtl_str(want)) ||
            (cases[i].out != NULL) !=
                (counts.emails + counts.phones + counts.ips > 0)) {
            print_error("'%s' becomes '%.*s', not '%s'\n", cases[i].in,
                        (int)got.len, (const char *)got.ptr, want);
            wrong++;
        }
        dtl_arena_free(arena);
    }
    assert_int_equal(wrong, 0);
}

static void only_what_is_asked_for(void **state)
{
    static const char text[] = "a@b.example 192.0.2.1 +44 20 7946 0958";
    struct dtl_arena *arena = dtl_arena_new(0);
    struct dtl_redacted counts = { 0 };
    struct dtl_slice got;

    (void)state;
    got = dtl_redact(dtl_str(text), DTL_REDACT_IPS, arena, &counts);
    assert_true(dtl_equal(got, dtl_str("a@b.example [ip] +44 20 7946 0958")));
    assert_int_equal(counts.emails + counts.phones, 0);
    assert_int_equal(counts.ips, 1);
    got = dtl_redact(dtl_str(text), 0, arena, &counts);
    assert_ptr_equal(got.ptr, text);
    dtl_arena_free(arena);
}

static double seconds_for(char byte, size_t n)
{
    struct dtl_arena *arena = dtl_arena_new(0);
    struct dtl_redacted counts = { 0 };
    char *text = malloc(n);
    struct timespec a, b;

    memset(text, byte, n);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
    dtl_redact(dtl_slice_of(text, n), ALL, arena, &counts);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
    free(text);
    dtl_arena_free(arena);
    return (double)(b.tv_sec - a.tv_sec) +
           (double)(b.tv_nsec - a.tv_nsec) / 1e9;
}

static void takes_linear_time(void **state)
{
    static const char bytes[] = "@:+(0a1.-/ ";

    (void)state;
    for (size_t i = 0; i + 1 < sizeof bytes; i++) {
        double one = seconds_for(bytes[i], 200000);
        double four = seconds_for(bytes[i], 800000);

        if (four > 12 * one + 0.05)
            fail_msg("800,000 of '%c': %.3f s, 200,000: %.3f s", bytes[i], four,
                     one);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(redacts),
        cmocka_unit_test(only_what_is_asked_for),
        cmocka_unit_test(takes_linear_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
