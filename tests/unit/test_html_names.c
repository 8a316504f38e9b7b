/* SPDX-License-Identifier: Apache-2.0 */
/* Look-up of names; when html_names.h has changed, prints a new table. */
#include "names.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <cmocka.h>

struct entry {
    const char *id, *name;
};

static const struct entry tags[] = {
#define DTL_X(id, name) { "TAG_" #id, name },
    DTL_TAGS(DTL_X)
#undef DTL_X
};

static const struct entry attrs[] = {
#define DTL_X(id, name) { "ATTR_" #id, name },
    DTL_ATTRS(DTL_X)
#undef DTL_X
};

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static size_t slot_of(const char *name, uint64_t multiplier, unsigned bits)
{
    const uint8_t *p = (const uint8_t *)name;
    size_t len = strlen(name);

    return html_slot(html_key_of(p, len, p + len), multiplier, bits);
}

static bool without_clash(const struct entry *e, size_t n, uint64_t multiplier,
                          unsigned bits)
{
    bool taken[1 << 10] = { false };

    for (size_t i = 0; i < n; i++) {
        bool *t = &taken[slot_of(e[i].name, multiplier, bits)];

        if (*t)
            return false;
        *t = true;
    }
    return true;
}

static void print_slots(const struct entry *e, size_t n, unsigned bits)
{
    uint64_t multiplier = 1;

    while (!without_clash(e, n, multiplier | 1, bits))
        multiplier = multiplier * UINT64_C(6364136223846793005) +
                     UINT64_C(1442695040888963407);
    print_message("multiplier UINT64_C(0x%llx)\n",
                  (unsigned long long)(multiplier | 1));
    for (size_t i = 0; i < n; i++)
        print_message("[%zu] = DTL_%s,\n",
                      slot_of(e[i].name, multiplier | 1, bits), e[i].id);
}

static void every_name_is_found(void **state)
{
    size_t found = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(tags); i++) {
        const uint8_t *p = (const uint8_t *)tags[i].name;
        size_t len = strlen(tags[i].name);

        assert_true(len <= HTML_NAME_MAX);
        assert_string_equal(html_tag_names[i + 1], tags[i].name);
        found += html_tag_of(p, len, p + len) == i + 1;
    }
    for (size_t i = 0; i < COUNT(attrs); i++) {
        const uint8_t *p = (const uint8_t *)attrs[i].name;
        size_t len = strlen(attrs[i].name);

        assert_true(len <= HTML_NAME_MAX);
        found += html_attr_of(p, len, p + len) == i + 1;
    }
    if (found == COUNT(tags) + COUNT(attrs))
        return;
    print_message("names.h and names_slots.h must follow html_names.h:\n");
    print_slots(tags, COUNT(tags), HTML_TAG_SLOT_BITS);
    print_slots(attrs, COUNT(attrs), HTML_ATTR_SLOT_BITS);
    fail();
}

#define LITERAL(s)                          \
    {                                       \
        (const uint8_t *)(s), sizeof(s) - 1 \
    }

static void near_names_are_not(void **state)
{
    static const struct dtl_slice names[] = {
        LITERAL(""),       LITERAL("di"),
        LITERAL("divs"),   LITERAL("div\0"),
        LITERAL("h\021"),  LITERAL("blockquotf"),
        LITERAL("\0"),     LITERAL("a-very-long-custom-element"),
        LITERAL("d\311v"),
    };
    static const uint8_t mixed[] = "BlockQuote>";

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_int_equal(html_tag_of(names[i].ptr, names[i].len,
                                     names[i].ptr + names[i].len),
                         DTL_TAG_OTHER);
    assert_int_equal(html_tag_of(mixed, 10, mixed + 11), DTL_TAG_BLOCKQUOTE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_is_found),
        cmocka_unit_test(near_names_are_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
