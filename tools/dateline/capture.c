/* SPDX-License-Identifier: Apache-2.0 */
#include "capture.h"

#include <dateline/view.h>

/* "20240502100000/http://..." names URL and time in one word. */
static bool time_and_url(const char *word, int64_t *when, const char **url)
{
    size_t digits = strspn(word, "0123456789");

    if (digits < 4 || digits > 14 || word[digits] != '/')
        return false;
    *when = dtl_time_parse_14(dtl_slice_of(word, digits), false);
    *url = word + digits + 1;
    return *when != DTL_NO_TIME;
}

bool capture_operand(const struct args *a, const char **url, int64_t *when)
{
    int64_t at;

    *url = operand(a, 0);
    if (!arg_time(a, "at", false, when))
        return false;
    if (time_and_url(operand(a, 0), &at, url) && *when == DTL_NO_TIME)
        *when = at;
    return true;
}

int capture_find(struct dtl_store *store, const char *url, int64_t when,
                 struct dtl_arena *arena, struct dtl_capture *out,
                 uint32_t *segment, struct dtl_error *err)
{
    struct dtl_ref ref = { 0, 0 };
    int rc =
        dtl_store_nearest(store, dtl_str(url), when, arena, out, &ref, err);

    *segment = ref.segment;
    return rc;
}
