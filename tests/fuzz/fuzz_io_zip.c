/* SPDX-License-Identifier: Apache-2.0 */
/* The zip directory, and what the first bytes of a file say. */
#include "container.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dtl_slice in = dtl_slice_of(data, size);
    struct dtl_source *src;
    uint64_t offset = 0, len = 0;

    dtl_kind_cheap(in);
    if (dtl_source_memory(in, "fuzz", &src, NULL) != DTL_OK)
        return 0;
    if (dtl_zip_stored(src, "a.warc", &offset, &len) &&
        (offset > size || len > size - offset))
        abort();
    dtl_source_close(src);
    return 0;
}
