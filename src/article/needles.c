/* SPDX-License-Identifier: Apache-2.0 */
#include "needles.h"

struct needles *needles_new(struct dtl_arena *arena, uint16_t max)
{
    struct needles *x =
        dtl_arena_alloc(arena, sizeof *x + max * sizeof x->item[0]);

    if (x != NULL) {
        memset(x, 0, sizeof *x);
        x->max = max;
    }
    return x;
}

void needles_add(struct needles *x, const char *text, size_t len)
{
    uint16_t *first;

    if (len < 2 || x->n == x->max)
        return;
    first = &x->first[needles_slot((const uint8_t *)text)];
    x->item[x->n] = (struct needle){ text, (uint16_t)len, *first };
    *first = ++x->n;
}

static bool stands(const struct needle *k, struct dtl_slice s, size_t i)
{
    return k->len <= s.len - i && memcmp(s.ptr + i, k->text, k->len) == 0;
}

bool needles_any(const struct needles *x, struct dtl_slice s)
{
    for (size_t i = 0; i + 1 < s.len; i++)
        for (uint16_t k = needles_first(x, s.ptr + i); k != 0;
             k = x->item[k - 1].next)
            if (stands(&x->item[k - 1], s, i))
                return true;
    return false;
}

void needles_find(const struct needles *x, struct dtl_slice s, uint16_t *at)
{
    memset(at, 0xff, x->n * sizeof *at);
    for (size_t i = 0; i + 1 < s.len; i++)
        for (uint16_t k = needles_first(x, s.ptr + i); k != 0;
             k = x->item[k - 1].next)
            if (at[k - 1] == UINT16_MAX && stands(&x->item[k - 1], s, i))
                at[k - 1] = (uint16_t)i;
}
