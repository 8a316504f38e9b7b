/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes taken for an article's metadata and for its text: they come out as
 * values or are refused, redacted or not, and what was redacted once is not
 * found again.
 */
#include "fields.h"

#include <dateline/json.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define KINDS (DTL_REDACT_EMAILS | DTL_REDACT_PHONES | DTL_REDACT_IPS)

static void values(struct dtl_slice s, unsigned redact, struct dtl_arena *arena)
{
    struct dtl_export_options options = { .redact = redact };
    struct dtl_redacted counts = { 0 };
    struct dtl_format_run run = { .options = &options,
                                  .arena = arena,
                                  .redacted = &counts };
    struct dtl_export_row row = { .file = "f", .has_article = true };
    struct dtl_value v[DTL_F_COUNT];
    struct dtl_buf out = { 0 };
    struct dtl_json j = { .out = &out };

    row.article.meta = s;
    row.article.text = s;
    row.capture.url = s;
    if (dtl_row_values(&run, &row, v, NULL) == DTL_OK) {
        dtl_values_json(v, &j);
        if (out.failed || dtl_utf8_valid(dtl_buf_view(&out)) != out.len)
            abort();
    }
    dtl_buf_free(&out);
}

static void redact_twice(struct dtl_slice s, struct dtl_arena *arena)
{
    struct dtl_redacted once = { 0 }, again = { 0 };
    struct dtl_slice out = dtl_redact(s, DTL_REDACT_EMAILS, arena, &once);

    dtl_redact(out, DTL_REDACT_EMAILS, arena, &again);
    if (again.emails > once.emails)
        abort();
    dtl_redact(s, KINDS, arena, &once);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dtl_arena *arena = dtl_arena_new((size_t)64 << 20);
    struct dtl_slice s = dtl_slice_of(data, size);

    if (arena == NULL)
        abort();
    values(s, 0, arena);
    values(s, KINDS, arena);
    redact_twice(s, arena);
    dtl_arena_free(arena);
    return 0;
}
