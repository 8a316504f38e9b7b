/* SPDX-License-Identifier: Apache-2.0 */
#include "jsonld.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Any bytes are read; the array is a tree; no text outgrows its raw form by
 * much. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dtl_arena *arena = dtl_arena_new((size_t)64 << 20);
    struct json_doc d = { .n = 0 };

    if (arena == NULL || !jsonld_parse(dtl_slice_of(data, size), arena, &d) ||
        !jsonld_parse(dtl_slice_of(data, size), arena, &d))
        goto out;
    for (uint32_t i = 0; i < d.n; i++) {
        const struct json_node *n = &d.nodes[i];

        if (n->end <= i || n->end > d.n || n->parent > i ||
            n->end > d.nodes[n->parent].end)
            abort();
        /* A NUL becomes U+FFFD where references are decoded. */
        if (jsonld_text(&d, i).len > 3 * n->raw.len)
            abort();
        for (uint32_t m = jsonld_first(&d, i); m != 0; m = jsonld_next(&d, m))
            if (d.nodes[m].parent != i)
                abort();
    }
out:
    dtl_arena_free(arena);
    return 0;
}
