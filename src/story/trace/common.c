/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The marks that many stories carry.  A table that would outgrow its budget
 * forgets those that the fewest carry.
 */
#include "link.h"

#include <stdlib.h>

#define FIRST_SLOTS ((size_t)1 << 10)
#define COMMON_FROM 4U /* stories, to be remembered at all */

struct common {
    uint64_t *slots; /* mark + 1, and the stories in the upper bits; 0: free */
    size_t used, mask, most;
    unsigned least;
};

#define STORIES(slot) ((unsigned)((slot) >> 48))
#define KEY(slot)     ((slot) & ((UINT64_C(1) << 48) - 1))

struct common *common_new(size_t memory)
{
    struct common *c = calloc(1, sizeof *c);

    if (c == NULL)
        return NULL;
    c->slots = calloc(FIRST_SLOTS, sizeof *c->slots);
    c->mask = FIRST_SLOTS - 1;
    c->most = FIRST_SLOTS;
    c->least = COMMON_FROM;
    while (c->most * 2 * sizeof *c->slots <= memory)
        c->most *= 2;
    if (c->slots == NULL) {
        free(c);
        return NULL;
    }
    return c;
}

void common_free(struct common *c)
{
    if (c == NULL)
        return;
    free(c->slots);
    free(c);
}

static uint64_t *slot_of(const struct common *c, uint64_t key)
{
    size_t i = (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 24) & c->mask;

    while (c->slots[i] != 0 && KEY(c->slots[i]) != key)
        i = (i + 1) & c->mask;
    return &c->slots[i];
}

static bool rebuild(struct common *c, size_t slots)
{
    struct common old = *c;

    c->slots = calloc(slots, sizeof *c->slots);
    if (c->slots == NULL) {
        c->slots = old.slots;
        return false;
    }
    c->mask = slots - 1;
    c->used = 0;
    for (size_t i = 0; i <= old.mask; i++)
        if (old.slots[i] != 0 && STORIES(old.slots[i]) >= c->least) {
            *slot_of(c, KEY(old.slots[i])) = old.slots[i];
            c->used++;
        }
    free(old.slots);
    return true;
}

bool common_set(struct common *c, uint64_t mark, unsigned stories)
{
    uint64_t *slot;

    if (stories < c->least)
        return true;
    while (c->used * 4 > c->mask * 3) {
        size_t slots = (c->mask + 1) * 2;

        if (slots > c->most) {
            c->least += c->least / 2;
            slots = c->most;
        }
        if (!rebuild(c, slots))
            return false;
    }
    slot = slot_of(c, mark + 1);
    c->used += *slot == 0;
    *slot = (mark + 1) | (uint64_t)(stories < 65535 ? stories : 65535) << 48;
    return true;
}

unsigned common_get(const struct common *c, uint64_t mark)
{
    uint64_t slot = *slot_of(c, mark + 1);

    return slot != 0 ? STORIES(slot) : 1;
}
