/* SPDX-License-Identifier: Apache-2.0 */
#include "date.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Dates are found inside the text, one after the other, and are days that
 * exist. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dtl_slice text = dtl_slice_of(data, size);
    struct date_context ctx;
    struct dtl_when when;
    struct date_hit hit;
    char out[DTL_WHEN_TEXT];

    date_context(&ctx, dtl_sub(text, 0, 2), dtl_sub(text, 2, 12),
                 INT64_C(1714739400));
    for (size_t at = 0; date_find(text, at, &ctx, &hit); at = hit.to) {
        if (hit.from < at || hit.to <= hit.from || hit.to > size)
            abort();
        dtl_when_text(&hit.when, out);
        if (out[0] == '\0')
            abort();
        (void)date_plausible(&hit.when, &ctx);
    }
    if (date_value(text, &ctx, &when))
        dtl_when_text(&when, out);
    if (date_in_url(text, &ctx, &when) && when.precision != 8)
        abort();
    return 0;
}
