/* SPDX-License-Identifier: Apache-2.0 */
#include "link.h"

#include <stdlib.h>

#define FIRST_SLOTS ((size_t)1 << 12)

struct counter *counter_new(void)
{
    struct counter *c = calloc(1, sizeof *c);

    if (c == NULL)
        return NULL;
    c->slots = calloc(FIRST_SLOTS, sizeof *c->slots);
    c->mask = FIRST_SLOTS - 1;
    if (c->slots == NULL) {
        free(c);
        return NULL;
    }
    return c;
}

void counter_free(struct counter *c)
{
    if (c == NULL)
        return;
    free(c->slots);
    free(c);
}

static size_t slot_of(const struct counter *c, uint64_t key)
{
    size_t i = (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 20) & c->mask;

    while (c->slots[i].key != 0 && c->slots[i].key != key)
        i = (i + 1) & c->mask;
    return i;
}

static bool grow(struct counter *c)
{
    struct counter bigger = { .mask = c->mask * 2 + 1 };

    bigger.slots = calloc(bigger.mask + 1, sizeof *bigger.slots);
    if (bigger.slots == NULL)
        return false;
    for (size_t i = 0; i <= c->mask; i++)
        if (c->slots[i].key != 0)
            bigger.slots[slot_of(&bigger, c->slots[i].key)] = c->slots[i];
    free(c->slots);
    c->slots = bigger.slots;
    c->mask = bigger.mask;
    return true;
}

struct count *counter_at(struct counter *c, uint64_t key)
{
    struct count *s = &c->slots[slot_of(c, key)];

    if (s->key == key)
        return s;
    if (c->used * 3 > c->mask * 2) {
        if (!grow(c))
            return NULL;
        s = &c->slots[slot_of(c, key)];
    }
    c->used++;
    s->key = key;
    return s;
}

const struct count *counter_find(const struct counter *c, uint64_t key)
{
    const struct count *s = &c->slots[slot_of(c, key)];

    return s->key == key ? s : NULL;
}
