/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DTL_ARTICLE_MAKE_TABLES_H
#define DTL_ARTICLE_MAKE_TABLES_H
/*
 * A file with word lists is also a program: built with DTL_MAKE_TABLES it
 * prints the look-up tables over its lists as X_tables.h, which the library
 * includes.  So no page pays for them, and no list has to be kept in order.
 */
#include "needles.h"

#include <stdio.h>
#include <stdlib.h>

#define PUT_NUMBERS(type, name, list, n)                        \
    do {                                                        \
        printf("static const " #type " " name "[] = {\n");      \
        for (size_t at_ = 0; at_ < (n); at_++)                  \
            printf("%lluu,%s", (unsigned long long)(list)[at_], \
                   at_ % 8 == 7 ? "\n" : " ");                  \
        printf("};\n\n");                                       \
    } while (0)

#define MAX_NEEDLES 1024u

struct needle_list {
    uint16_t first[NEEDLE_SLOTS], n;
    struct needle item[MAX_NEEDLES];
};

static inline void add_needle(struct needle_list *x, const char *text,
                              size_t len)
{
    uint16_t *first;

    if (len < 2 || x->n == MAX_NEEDLES) {
        fprintf(stderr, "\"%.*s\" does not fit the table\n", (int)len, text);
        exit(1);
    }
    first = &x->first[needles_slot((const uint8_t *)text)];
    x->item[x->n] = (struct needle){ text, (uint16_t)len, *first };
    *first = ++x->n;
}

static inline void put_needles(const char *name, const struct needle_list *x)
{
    printf("static const struct needle %s_item[] = {\n", name);
    for (uint16_t i = 0; i < x->n; i++) {
        printf("    { \"");
        for (uint16_t k = 0; k < x->item[i].len; k++)
            printf("\\%03o", (uint8_t)x->item[i].text[k]);
        printf("\", %u, %u },\n", x->item[i].len, x->item[i].next);
    }
    printf("};\n\nstatic const struct needles %s = { %s_item, %u, {\n", name,
           name, x->n);
    for (uint16_t i = 0; i < NEEDLE_SLOTS; i++)
        printf("%u,%s", x->first[i], i % 16 == 15 ? "\n" : " ");
    printf("} };\n\n");
}
#endif
