/* SPDX-License-Identifier: Apache-2.0 */
/* First half of the input: a URL for the key; all of it split at the middle:
 * a base and a reference. */
#include <dateline/url.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dtl_arena *a = dtl_arena_new(16u << 20);
    struct dtl_slice all = dtl_slice_of(data, size);
    struct dtl_slice key = dtl_surt(a, all, DTL_SURT_WAYBACK);

    /* A key is ASCII without blanks, unless it is a filedesc. */
    for (size_t i = 0; !dtl_starts(all, "filedesc") && i < key.len; i++)
        if (key.ptr[i] <= 0x20 || key.ptr[i] >= 0x7f)
            abort();
    dtl_surt(a, all, DTL_SURT_WHATWG);
    dtl_url_site(a, all);
    dtl_url_resolve(a, dtl_sub(all, 0, size / 2), dtl_sub(all, size / 2, size));
    dtl_arena_free(a);
    return 0;
}
