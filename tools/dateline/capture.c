/* SPDX-License-Identifier: Apache-2.0 */
#include "capture.h"

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

static void copy_slices(struct dtl_arena *a, struct dtl_capture *c)
{
    struct dtl_slice *const all[] = { &c->url, &c->key, &c->mime, &c->redirect,
                                      &c->record_id };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        *all[i] = dtl_arena_dup(a, *all[i]);
}

int capture_find(struct dtl_store *store, const char *url, int64_t when,
                 struct dtl_arena *arena, struct dtl_capture *out,
                 uint32_t *segment, struct dtl_error *err)
{
    struct dtl_query q = { .url = dtl_str(url),
                           .from = DTL_NO_TIME,
                           .to = DTL_NO_TIME,
                           .closest = when,
                           .sort = when != DTL_NO_TIME ? DTL_SORT_CLOSEST
                                                       : DTL_SORT_KEY,
                           .limit = when != DTL_NO_TIME ? 1 : -1 };
    struct dtl_cursor *cursor = NULL;
    struct dtl_ref ref = { 0, 0 };
    int rc = dtl_query_open(store, &q, &cursor, err);

    if (rc == DTL_OK)
        rc = dtl_query_next(cursor, out, &ref, err);
    if (rc == DTL_OK)
        copy_slices(arena, out);
    *segment = ref.segment;
    dtl_query_close(cursor);
    if (rc == DTL_END)
        rc = dtl_fail(err, DTL_NOTFOUND, 0, "no capture in this store");
    return rc;
}
