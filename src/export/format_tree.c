/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file for each article, in a folder for each site, and an index of them:
 * plain text, or Markdown with the fields before it.  What encode() makes is
 * no file but a row of parts, see dtl_tree_part(): package.c makes the files.
 */
#include "fields.h"
#include "tree.h"

#include <stdio.h>

#include <dateline/json.h>

#define SLUG 48U

/* ---- names
 * -------------------------------------------------------------------- */

static bool is_plain(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Letters and digits of ASCII, dashes for all else. */
static void slug(struct dtl_slice s, const char *otherwise, bool dots,
                 struct dtl_buf *out)
{
    size_t from = out->len;

    for (size_t i = 0; i < s.len && out->len - from < SLUG; i++) {
        uint8_t c = s.ptr[i];

        if (c >= 'A' && c <= 'Z')
            c |= 0x20;
        if (is_plain(c) || (dots && c == '.' && out->len > from))
            dtl_buf_byte(out, c);
        else if (out->len > from && out->ptr[out->len - 1] != '-')
            dtl_buf_byte(out, '-');
    }
    while (out->len > from && out->ptr[out->len - 1] == '-')
        out->len--;
    if (out->len == from)
        dtl_buf_str(out, otherwise);
}

/* What makes the name this row's own: its record. */
static uint32_t row_number(const struct dtl_export_row *r)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325) ^ r->capture.offset;

    for (size_t i = 0; i < r->capture.url.len; i++)
        h = (h ^ r->capture.url.ptr[i]) * UINT64_C(0x100000001b3);
    for (const char *p = r->file; *p != '\0'; p++)
        h = (h ^ (uint8_t)*p) * UINT64_C(0x100000001b3);
    h = (h ^ (uint64_t)r->capture.time) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(h >> 32);
}

static void path_of(const struct dtl_export_row *r,
                    const struct dtl_value *values, const char *extension,
                    struct dtl_buf *out)
{
    char day[DTL_TIME_ISO];

    dtl_time_iso(r->capture.time, day);
    dtl_buf_str(out, "data/");
    slug(values[DTL_F_domain].text, "unknown", true, out);
    dtl_buf_printf(out, "/%.10s-", day[0] != '\0' ? day : "undated");
    slug(values[DTL_F_title].text, "untitled", false, out);
    dtl_buf_printf(out, "-%08x%s", row_number(r), extension);
}

/* ---- contents
 * ------------------------------------------------------------------ */

static void text_file(const struct dtl_value *values, struct dtl_buf *out)
{
    if (values[DTL_F_title].there) {
        dtl_buf_slice(out, values[DTL_F_title].text);
        dtl_buf_str(out, "\n\n");
    }
    dtl_buf_slice(out, values[DTL_F_text].text);
    dtl_buf_byte(out, '\n');
}

/* What would make a line something else than a paragraph. */
static bool is_mark(struct dtl_slice line)
{
    size_t digits = 0;

    if (line.len == 0)
        return false;
    while (digits < line.len && line.ptr[digits] >= '0' &&
           line.ptr[digits] <= '9')
        digits++;
    if (digits > 0)
        return digits < line.len &&
               (line.ptr[digits] == '.' || line.ptr[digits] == ')');
    return strchr("#>+-*=|~_`", line.ptr[0]) != NULL && line.ptr[0] != '\0';
}

static void paragraph(struct dtl_slice line, struct dtl_buf *out)
{
    size_t i = 0;

    if (is_mark(line)) {
        while (i < line.len && line.ptr[i] >= '0' && line.ptr[i] <= '9')
            dtl_buf_byte(out, line.ptr[i++]);
        dtl_buf_byte(out, '\\');
    }
    for (; i < line.len; i++) {
        if (line.ptr[i] == '<' || line.ptr[i] == '\\')
            dtl_buf_byte(out, '\\');
        dtl_buf_byte(out, line.ptr[i]);
    }
    dtl_buf_str(out, "\n\n");
}

/* JSON is YAML. */
static void front_matter(const struct dtl_value *values, struct dtl_buf *out)
{
    struct dtl_json j = { .out = out };

    dtl_buf_str(out, "---\n");
    for (size_t i = 0; i < DTL_F_COUNT; i++) {
        if (i == DTL_F_text || !values[i].there)
            continue;
        dtl_buf_printf(out, "%s: ", dtl_export_field_at(i)->name);
        j.started = false;
        dtl_value_json(dtl_export_field_at(i), &values[i], &j);
        dtl_buf_byte(out, '\n');
    }
    dtl_buf_str(out, "---\n\n");
}

static void markdown_file(const struct dtl_value *values, struct dtl_buf *out)
{
    struct dtl_slice text = values[DTL_F_text].text;

    front_matter(values, out);
    if (values[DTL_F_title].there) {
        dtl_buf_str(out, "# ");
        paragraph(values[DTL_F_title].text, out);
    }
    while (text.len > 0) {
        size_t end = dtl_find(text, dtl_str("\n"), 0);
        size_t stop = end != SIZE_MAX ? end : text.len;

        paragraph(dtl_sub(text, 0, stop), out);
        text = dtl_sub(text, stop + 1, text.len);
    }
    out->len -= out->len > 0 && !out->failed;
}

/* ---- parts
 * --------------------------------------------------------------------- */

bool dtl_tree_part(struct dtl_slice all, size_t *at, struct dtl_slice *path,
                   struct dtl_slice *content, struct dtl_slice *line)
{
    struct dtl_slice *parts[] = { path, content, line };

    if (*at >= all.len)
        return false;
    for (size_t i = 0; i < 3; i++) {
        uint64_t n = 0;

        if (!dtl_varint(all, at, &n) || n > all.len - *at)
            return false;
        *parts[i] = dtl_sub(all, *at, *at + (size_t)n);
        *at += (size_t)n;
    }
    return true;
}

void dtl_tree_index_header(struct dtl_buf *out)
{
    dtl_buf_str(out, "path");
    for (size_t i = 0; i < DTL_F_COUNT; i++)
        if (i != DTL_F_text)
            dtl_buf_printf(out, ",%s", dtl_export_field_at(i)->name);
    dtl_buf_str(out, "\r\n");
}

static void add_part(struct dtl_buf *out, struct dtl_buf *part)
{
    dtl_buf_varint(out, part->len);
    dtl_buf_slice(out, dtl_buf_view(part));
    out->failed = out->failed || part->failed;
    dtl_buf_free(part);
}

static int encode_as(const struct dtl_format_run *run,
                     const struct dtl_export_row *row, const char *extension,
                     void content(const struct dtl_value *, struct dtl_buf *),
                     struct dtl_batch *batch, struct dtl_error *err)
{
    struct dtl_value values[DTL_F_COUNT];
    struct dtl_buf path = { 0 }, file = { 0 }, line = { 0 };
    int rc = dtl_row_values(run, row, values, err);

    if (rc != DTL_OK)
        return rc;
    path_of(row, values, extension, &path);
    content(values, &file);
    dtl_buf_slice(&line, dtl_buf_view(&path));
    for (size_t i = 0; i < DTL_F_COUNT; i++)
        if (i != DTL_F_text) {
            dtl_buf_byte(&line, ',');
            dtl_value_csv(dtl_export_field_at(i), &values[i], &line);
        }
    dtl_buf_str(&line, "\r\n");
    add_part(&batch->bytes, &path);
    add_part(&batch->bytes, &file);
    add_part(&batch->bytes, &line);
    return batch->bytes.failed
               ? dtl_fail(err, DTL_NOMEM, 0, "out of memory for a file")
               : DTL_OK;
}

static int encode_text(const struct dtl_format_run *run,
                       const struct dtl_export_row *row,
                       struct dtl_batch *batch, struct dtl_error *err)
{
    return encode_as(run, row, ".txt", text_file, batch, err);
}

static int encode_markdown(const struct dtl_format_run *run,
                           const struct dtl_export_row *row,
                           struct dtl_batch *batch, struct dtl_error *err)
{
    return encode_as(run, row, ".md", markdown_file, batch, err);
}

const struct dtl_format dtl_format_text = {
    .about = { .name = "text",
               .extension = ".txt",
               .media_type = "text/plain",
               .what = "a text file an article, and an index",
               .unit = DTL_EXPORT_ARTICLES,
               .directory = true },
    .batch = 64,
    .text = true,
    .encode = encode_text,
};

const struct dtl_format dtl_format_markdown = {
    .about = { .name = "markdown",
               .extension = ".md",
               .media_type = "text/markdown",
               .what = "a Markdown file an article, and an index",
               .unit = DTL_EXPORT_ARTICLES,
               .directory = true },
    .batch = 64,
    .text = true,
    .encode = encode_markdown,
};
