/* SPDX-License-Identifier: Apache-2.0 */
#include "front.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Any bytes are read; what is taken has an address for every shard. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct front *f;

    if (front_parse(dtl_slice_of(data, size), "fuzz", &f, NULL) != DTL_OK)
        return 0;
    if (f->n == 0 || f->timeout_ms < 1)
        abort();
    for (size_t i = 0; i < f->n; i++)
        if (f->shards[i].url == NULL || f->shards[i].replay == NULL ||
            strncmp(f->shards[i].url, "http", 4) != 0)
            abort();
    front_close(f);
    return 0;
}
