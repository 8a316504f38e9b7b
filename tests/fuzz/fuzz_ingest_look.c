/* SPDX-License-Identifier: Apache-2.0 */
#include "look.h"

#include <stdlib.h>

#include <xxhash.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Any bytes are read, and those with a right sum too; what is known after that
 * judges a page. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct look_article page = {
        { (const uint8_t *)"site.example", 12 },
        { (const uint8_t *)"A title", 7 },
        { (const uint8_t *)"https://site.example/", 21 },
        { (const uint8_t *)"one line\nand another line of it", 31 },
    };
    uint8_t verdicts[LOOK_LINES], *copy = malloc(size + 8);
    struct look *l = look_new((size_t)1 << 20);
    uint64_t sum;

    if (l == NULL || copy == NULL)
        goto out;
    look_read(l, dtl_slice_of(data, size), "fuzz", NULL);
    memcpy(copy, data, size);
    sum = XXH3_64bits(data, size);
    memcpy(copy + size, &sum, 8);
    look_read(l, dtl_slice_of(copy, size + 8), "fuzz", NULL);
    look_add(l, &page);
    if (look_judge(l, &page, verdicts) > 2)
        abort();
out:
    look_free(l);
    free(copy);
    return 0;
}
