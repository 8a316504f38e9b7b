/* SPDX-License-Identifier: Apache-2.0 */
#include "format.h"

#include <dateline/article.h>
#include <dateline/json.h>

/* The stored metadata are an object of our own writing, with the claims last;
 * its members become members of the row.  (A quotation mark inside a value is
 * written \", so the key cannot be met elsewhere.) */
static struct dtl_slice members_of(struct dtl_slice meta)
{
    size_t claims = dtl_find(meta, dtl_str(",\"claims\":["), 0);

    if (meta.len < 2 || meta.ptr[0] != '{')
        return dtl_str("");
    return dtl_sub(meta, 1, claims != SIZE_MAX ? claims : meta.len - 1);
}

static void text_member(struct dtl_json *j, const char *key, const char *text)
{
    dtl_json_key(j, key);
    dtl_json_str(j, text[0] != '\0' ? text : NULL);
}

static void capture_members(struct dtl_json *j, const struct dtl_export_row *r)
{
    const struct dtl_capture *c = &r->capture;
    char text[DTL_DIGEST_TEXT];

    dtl_time_iso(c->time, text);
    text_member(j, "captured", text);
    dtl_json_key(j, "archive_file");
    dtl_json_str(j, r->file);
    dtl_json_key(j, "archive_offset");
    dtl_json_uint(j, c->offset);
    dtl_json_key(j, "archive_length");
    dtl_json_uint(j, c->length);
    dtl_json_key(j, "record_id");
    if (c->record_id.len > 0)
        dtl_json_slice(j, c->record_id);
    else
        dtl_json_null(j);
    dtl_digest_text(&c->digest, text);
    text_member(j, "payload_digest", text);
}

static int encode(const struct dtl_format_run *run,
                  const struct dtl_export_row *r, struct dtl_batch *batch,
                  struct dtl_error *err)
{
    struct dtl_json j = { .out = &batch->bytes };
    struct dtl_slice members = members_of(r->article.meta);
    char text[DTL_DIGEST_TEXT];

    (void)run;
    dtl_json_object(&j);
    if (members.len > 0) {
        dtl_buf_slice(&batch->bytes, members);
        j.started = true;
    }
    dtl_json_key(&j, "domain");
    dtl_json_slice(&j, r->article.site);
    dtl_json_key(&j, "words");
    dtl_json_uint(&j, r->article.words);
    dtl_json_key(&j, "text");
    dtl_json_slice(&j, r->article.text);
    capture_members(&j, r);
    memcpy(text, "sha256:", 7);
    dtl_hex(dtl_slice_of(r->article.text_hash, 32), text + 7);
    text_member(&j, "text_hash", text);
    dtl_json_key(&j, "normal_form");
    dtl_json_int(&j, DTL_NORMAL_VERSION);
    dtl_json_key(&j, "extractor");
    dtl_json_str(&j, dtl_version());
    dtl_json_end(&j);
    dtl_buf_byte(&batch->bytes, '\n');
    if (batch->bytes.failed)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a row");
    return DTL_OK;
}

const struct dtl_format dtl_format_jsonl = {
    .about = { .name = "jsonl",
               .extension = ".jsonl",
               .media_type = "application/jsonl",
               .what = "an object a line",
               .unit = DTL_EXPORT_ARTICLES,
               .text = true },
    .batch = 256,
    .text = true,
    .encode = encode,
};
