/* SPDX-License-Identifier: Apache-2.0 */
#include "needles.h"

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
