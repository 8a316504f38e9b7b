/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz_rewrite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_rewrite(DTL_REWRITE_HTML, data, size);
    return 0;
}
