/* SPDX-License-Identifier: Apache-2.0 */
/* LABEL '\n' BYTES: whatever is chosen, the result is UTF-8. */
#include <dateline/html.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dtl_slice all = dtl_slice_of(data, size);
    size_t line = dtl_find(all, dtl_str("\n"), 0);
    struct dtl_slice label = dtl_sub(all, 0, line < size ? line : 0);
    struct dtl_slice bytes = dtl_sub(all, line < size ? line + 1 : 0, size);
    struct dtl_arena *arena = dtl_arena_new(0);
    struct dtl_decoded d;

    if (arena == NULL ||
        dtl_charset_decode(bytes, label, arena, &d, NULL) != DTL_OK)
        abort();
    if (dtl_utf8_valid(d.text) != d.text.len || d.charset == NULL)
        abort();
    dtl_arena_free(arena);
    return 0;
}
