/* SPDX-License-Identifier: Apache-2.0 */
#include <dateline/http.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dtl_arena *a = dtl_arena_new(16u << 20);
    struct dtl_http h;

    if (dtl_http_parse(dtl_slice_of(data, size), a, &h, NULL) == DTL_OK) {
        if (h.head_len > size || h.status < 0 || h.status > 999)
            abort();
        for (size_t i = 0; i < h.nfields; i++)
            if (h.fields[i].name.len == 0 || h.fields[i].value.len > size)
                abort();
    }
    dtl_arena_free(a);
    return 0;
}
