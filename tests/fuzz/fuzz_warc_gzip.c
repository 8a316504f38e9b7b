/* SPDX-License-Identifier: Apache-2.0 */
/* The walk over gzip members.  The input is a file; then, wrapped in a member
 * of its own with a right checksum, it is what a member holds. */
#include "fuzz_warc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dtl_slice in = dtl_slice_of(data, size);

    fuzz_read_all(in);
    fuzz_read_from(in, size / 2);
    return 0;
}
