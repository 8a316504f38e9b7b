/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An object a line, members in the order of the table of fields.  The stored
 * metadata are such an object already: as a rule they are copied, not read.
 */
#include "fields.h"

#include <dateline/json.h>
#include <dateline/story.h>

#define LITERAL(out, text) dtl_buf_add(out, text, sizeof(text) - 1)

/* ---- field by field
 * ---------------------------------------------------------- */

void dtl_value_json(const struct dtl_export_field *f, const struct dtl_value *v,
                    struct dtl_json *j)
{
    char text[DTL_TIME_ISO];

    if (!v->there) {
        dtl_json_null(j);
        return;
    }
    switch (f->type) {
    case DTL_FIELD_STRING: dtl_json_slice(j, v->text); break;
    case DTL_FIELD_INT: dtl_json_int(j, v->number); break;
    case DTL_FIELD_DOUBLE: dtl_json_double(j, v->real, 3); break;
    case DTL_FIELD_BOOL: dtl_json_bool(j, v->number != 0); break;
    case DTL_FIELD_TIME:
        dtl_time_iso(v->number, text);
        dtl_json_str(j, text[0] != '\0' ? text : NULL);
        break;
    case DTL_FIELD_LIST:
        dtl_json_array(j);
        for (size_t i = 0; i < v->n; i++)
            dtl_json_slice(j, v->list[i]);
        dtl_json_end(j);
        break;
    }
}

void dtl_values_json(const struct dtl_value *values, struct dtl_json *j)
{
    dtl_json_object(j);
    for (size_t i = 0; i < DTL_F_COUNT; i++) {
        const struct dtl_export_field *f = dtl_export_field_at(i);

        dtl_json_key(j, f->name);
        dtl_value_json(f, &values[i], j);
    }
    dtl_json_end(j);
}

/* ---- the same, most of it copied
 * ---------------------------------------------- */

static void text_or_null(struct dtl_json *j, struct dtl_slice s)
{
    j->after_key = true;
    if (s.len > 0)
        dtl_json_slice(j, s);
    else
        dtl_json_null(j);
}

/* Of our own making: digits, letters and colons. */
static void plain_or_null(struct dtl_buf *out, const char *text)
{
    if (text[0] == '\0') {
        LITERAL(out, "null");
        return;
    }
    dtl_buf_byte(out, '"');
    dtl_buf_str(out, text);
    dtl_buf_byte(out, '"');
}

static void number(struct dtl_json *j, uint64_t n)
{
    j->after_key = true;
    dtl_json_uint(j, n);
}

static void date_members(struct dtl_json *j, const struct dtl_export_row *r)
{
    struct dtl_buf *out = j->out;
    struct dtl_date_evidence date;
    char text[DTL_TIME_ISO];

    dtl_date_evidence(r->article.meta, &date);
    dtl_time_iso(r->article.published, text);
    LITERAL(out, ",\"published_time\":");
    plain_or_null(out, text);
    if (!date.there) {
        LITERAL(out, ",\"published_raw\":null,\"published_offset\":null,"
                     "\"published_relative\":null");
        return;
    }
    LITERAL(out, ",\"published_raw\":");
    dtl_buf_slice(out, date.raw);
    LITERAL(out, ",\"published_offset\":");
    number(j, date.offset);
    LITERAL(out, ",\"published_relative\":");
    dtl_buf_str(out, date.relative ? "true" : "false");
}

static void article_members(struct dtl_json *j, const struct dtl_export_row *r)
{
    struct dtl_buf *out = j->out;

    date_members(j, r);
    LITERAL(out, ",\"domain\":");
    text_or_null(j, r->article.site);
    LITERAL(out, ",\"words\":");
    number(j, r->article.words);
    LITERAL(out, ",\"text\":");
    j->after_key = true;
    dtl_json_slice(j, r->article.text);
}

static void capture_members(struct dtl_json *j, const struct dtl_export_row *r)
{
    const struct dtl_capture *c = &r->capture;
    struct dtl_buf *out = j->out;
    char text[DTL_DIGEST_TEXT];

    dtl_time_iso(c->time, text);
    LITERAL(out, ",\"captured\":");
    plain_or_null(out, text);
    LITERAL(out, ",\"archive_file\":");
    text_or_null(j, dtl_str(r->file));
    LITERAL(out, ",\"archive_offset\":");
    number(j, c->offset);
    LITERAL(out, ",\"archive_length\":");
    number(j, c->length);
    LITERAL(out, ",\"record_id\":");
    text_or_null(j, c->record_id);
    dtl_digest_text(&c->digest, text);
    LITERAL(out, ",\"payload_digest\":");
    plain_or_null(out, text);
    LITERAL(out, ",\"text_hash\":\"sha256:");
    dtl_hex(dtl_slice_of(r->article.text_hash, 32), text);
    dtl_buf_add(out, text, 64);
    LITERAL(out, "\",\"normal_form\":");
    number(j, DTL_NORMAL_VERSION);
    LITERAL(out, ",\"extractor\":");
    plain_or_null(out, dtl_version());
}

/* The members after the first, which is the address. */
static struct dtl_slice after_url(struct dtl_slice meta)
{
    struct dtl_slice members = dtl_meta_members(meta);
    size_t at = dtl_find(members, dtl_str(",\"title\":"), 0);

    return dtl_starts(members, "\"url\":") && at != SIZE_MAX
               ? dtl_sub(members, at, members.len)
               : dtl_str("");
}

static void copy_row(struct dtl_json *j, const struct dtl_export_row *r,
                     struct dtl_slice members)
{
    LITERAL(j->out, "{\"url\":");
    text_or_null(j, r->capture.url);
    dtl_buf_slice(j->out, members);
    article_members(j, r);
    capture_members(j, r);
    dtl_buf_byte(j->out, '}');
}

/* ---- the format
 * ------------------------------------------------------------------
 */

static int encode(const struct dtl_format_run *run,
                  const struct dtl_export_row *r, struct dtl_batch *batch,
                  struct dtl_error *err)
{
    struct dtl_json j = { .out = &batch->bytes };
    struct dtl_slice members = after_url(r->article.meta);

    if (members.len > 0 && run->options->redact == 0) {
        copy_row(&j, r, members);
    } else {
        struct dtl_value values[DTL_F_COUNT];
        int rc = dtl_row_values(run, r, values, err);

        if (rc != DTL_OK)
            return rc;
        dtl_values_json(values, &j);
    }
    dtl_buf_byte(&batch->bytes, '\n');
    if (batch->bytes.failed)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a row");
    return DTL_OK;
}

const struct dtl_format dtl_format_jsonl = {
    .about = { .name = "jsonl",
               .extension = ".jsonl",
               .media_type = "application/jsonl",
               .what = "JSON, an object a line",
               .unit = DTL_EXPORT_ARTICLES,
               .text = true },
    .batch = 64,
    .text = true,
    .encode = encode,
};
