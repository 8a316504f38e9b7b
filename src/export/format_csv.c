/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RFC 4180: CRLF between records, a field in quotes when it has a comma, a
 * quote or a line break, quotes doubled.  Lists are JSON arrays, as the Table
 * Schema of Frictionless Data has them; what is not known is empty.
 */
#include "fields.h"

#include <dateline/json.h>

static bool needs_quotes(struct dtl_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] == ',' || s.ptr[i] == '"' || s.ptr[i] == '\n' ||
            s.ptr[i] == '\r')
            return true;
    /* Blanks at the ends are part of the field, and some readers trim. */
    return s.len > 0 && (s.ptr[0] == ' ' || s.ptr[s.len - 1] == ' ');
}

static void quoted(struct dtl_buf *out, struct dtl_slice s)
{
    dtl_buf_byte(out, '"');
    while (s.len > 0) {
        const uint8_t *quote = memchr(s.ptr, '"', s.len);
        size_t n = quote != NULL ? (size_t)(quote - s.ptr) + 1 : s.len;

        dtl_buf_add(out, s.ptr, n);
        if (quote != NULL)
            dtl_buf_byte(out, '"');
        s = dtl_sub(s, n, s.len);
    }
    dtl_buf_byte(out, '"');
}

static void text_cell(struct dtl_buf *out, struct dtl_slice s)
{
    if (needs_quotes(s))
        quoted(out, s);
    else
        dtl_buf_slice(out, s);
}

static void list_cell(struct dtl_buf *out, const struct dtl_value *v)
{
    struct dtl_buf text = { 0 };
    struct dtl_json j = { .out = &text };

    dtl_json_array(&j);
    for (size_t i = 0; i < v->n; i++)
        dtl_json_slice(&j, v->list[i]);
    dtl_json_end(&j);
    out->failed = out->failed || text.failed;
    text_cell(out, dtl_buf_view(&text));
    dtl_buf_free(&text);
}

void dtl_value_csv(const struct dtl_export_field *f, const struct dtl_value *v,
                   struct dtl_buf *out)
{
    struct dtl_json j = { .out = out };
    char time[DTL_TIME_ISO];

    if (!v->there)
        return;
    switch (f->type) {
    case DTL_FIELD_STRING: text_cell(out, v->text); break;
    case DTL_FIELD_INT: dtl_json_int(&j, v->number); break;
    case DTL_FIELD_DOUBLE: dtl_json_double(&j, v->real, 3); break;
    case DTL_FIELD_BOOL: dtl_json_bool(&j, v->number != 0); break;
    case DTL_FIELD_TIME:
        dtl_time_iso(v->number, time);
        dtl_buf_str(out, time);
        break;
    case DTL_FIELD_LIST: list_cell(out, v); break;
    }
}

static int header(struct dtl_format_run *run, struct dtl_buf *out,
                  struct dtl_error *err)
{
    (void)run;
    (void)err;
    for (size_t i = 0; i < DTL_F_COUNT; i++) {
        if (i > 0)
            dtl_buf_byte(out, ',');
        dtl_buf_str(out, dtl_export_field_at(i)->name);
    }
    dtl_buf_str(out, "\r\n");
    return DTL_OK;
}

static int encode(const struct dtl_format_run *run,
                  const struct dtl_export_row *row, struct dtl_batch *batch,
                  struct dtl_error *err)
{
    struct dtl_value values[DTL_F_COUNT];
    int rc = dtl_row_values(run, row, values, err);

    if (rc != DTL_OK)
        return rc;
    for (size_t i = 0; i < DTL_F_COUNT; i++) {
        if (i > 0)
            dtl_buf_byte(&batch->bytes, ',');
        dtl_value_csv(dtl_export_field_at(i), &values[i], &batch->bytes);
    }
    dtl_buf_str(&batch->bytes, "\r\n");
    if (batch->bytes.failed)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a row");
    return DTL_OK;
}

const struct dtl_format dtl_format_csv = {
    .about = { .name = "csv",
               .extension = ".csv",
               .media_type = "text/csv",
               .what = "comma-separated values (RFC 4180)",
               .unit = DTL_EXPORT_ARTICLES,
               .text = true },
    .batch = 64,
    .text = true,
    .open = header,
    .encode = encode,
};
