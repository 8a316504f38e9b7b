/* SPDX-License-Identifier: Apache-2.0 */
/* zstd frames, skippable ones and dictionaries. */
#include "fuzz_warc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dtl_slice in = dtl_slice_of(data, size);

    /* Elsewhere the first bytes choose the coding; here they must. */
    if (size < 4 || (data[0] != 0x28 && (data[0] & 0xf0) != 0x50))
        return 0;
    fuzz_read_all(in);
    fuzz_read_from(in, size / 2);
    return 0;
}
