/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WACZ 1.1.1 (specs.webrecorder.net/wacz/1.1.1) in one pass: the records go
 * into archive/ as they come; lines of the index are sorted and those of the
 * pages kept in temporary files until the records are through.
 */
#include "cdxrow.h"
#include "records.h"
#include "rotate.h"
#include "sorter.h"
#include "zipout.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <libdeflate.h>

#include <dateline/json.h>

#define SORT_MEMORY ((size_t)24 << 20)
#define BLOCK       1024U /* lines of a block of the index */
#define PIECE       ((size_t)256 << 10)
#define WIDE        ((uint64_t)2 << 30) /* a record that may need Zip64 */

enum stage { RECORDS, INDEX, PAGES_BEGIN, PAGES, PACKAGE };

/* What a batch tells of its rows besides their bytes. */
struct extra {
    struct dtl_records records;
    struct dtl_buf notes; /* of each: at, len, the strings of its line */
    struct dtl_buf pages; /* lines, length before each */
};

struct wacz {
    struct dtl_zipout zip;
    struct dtl_records_run records;
    struct dtl_buf info; /* the warcinfo of each member of archive/ */
    struct dtl_sorter *lines;
    FILE *pages;
    uint64_t npages;
    struct dtl_buf idx, block;
    struct libdeflate_compressor *gzip;
    uint64_t index_at; /* in indexes/index.cdx.gz */
    unsigned members;
    bool in_row;
    uint64_t row_at; /* of the large row, in its member */
    enum stage stage;
};

static int no_memory(struct dtl_error *err)
{
    return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a WACZ");
}

static int no_file(struct dtl_error *err)
{
    return dtl_fail(err, DTL_IO, 0,
                    "temporary file: %s; TMPDIR names another place",
                    strerror(errno));
}

static int open_wacz(struct dtl_format_run *run, struct dtl_buf *out,
                     struct dtl_error *err)
{
    struct wacz *w = run->state;
    struct dtl_buf info = { 0 };
    int rc = dtl_zip_start(&w->zip, dtl_export_time(run->store), err);

    (void)out;
    if (rc == DTL_OK)
        rc = dtl_sorter_new(SORT_MEMORY, &w->lines, err);
    if (rc == DTL_OK && (w->pages = tmpfile()) == NULL)
        rc = no_file(err);
    if (rc == DTL_OK)
        rc = dtl_records_warcinfo(run, "WARC/1.1", "WARC File Format 1.1", "",
                                  &info, err);
    if (rc == DTL_OK)
        rc = dtl_gzip_add(&w->gzip, dtl_buf_view(&info), &w->info, err);
    dtl_buf_free(&info);
    return rc;
}

/* ---- rows: in any thread
 * -------------------------------------------------------
 */

static void put_text(struct dtl_buf *out, struct dtl_slice s)
{
    dtl_buf_varint(out, s.len);
    dtl_buf_slice(out, s);
}

static struct dtl_slice get_text(struct dtl_slice s, size_t *at)
{
    uint64_t len = 0;
    size_t from;

    if (!dtl_varint(s, at, &len))
        return dtl_str("");
    from = *at;
    *at += (size_t)len;
    return dtl_sub(s, from, *at);
}

static int note_line(const struct dtl_format_run *run,
                     const struct dtl_export_row *row, struct dtl_buf *out,
                     struct dtl_error *err)
{
    struct dtl_cdx c;
    int rc = dtl_row_cdx(row, run->arena, &c, err);

    put_text(out, c.key);
    put_text(out, c.time);
    put_text(out, c.url);
    put_text(out, c.mime);
    put_text(out, c.status);
    put_text(out, c.digest);
    return rc == DTL_OK && out->failed ? no_memory(err) : rc;
}

/* Pages are what has a text; a revisit has none of its own. */
static void note_page(const struct dtl_export_row *row, struct dtl_buf *out)
{
    struct dtl_json j = { .out = out };
    char when[DTL_TIME_ISO], id[DTL_UUID];
    struct dtl_slice name;

    if (!row->has_article || (row->capture.flags & DTL_CAPTURE_REVISIT) != 0)
        return;
    dtl_time_iso(row->capture.time, when);
    name = dtl_row_record_id(row, id);
    if (dtl_starts(name, "<urn:uuid:") && name.len > 11)
        name = dtl_sub(name, 10, name.len - 1);
    dtl_json_object(&j);
    dtl_json_key(&j, "id");
    dtl_json_slice(&j, name);
    dtl_json_key(&j, "url");
    dtl_json_slice(&j, row->capture.url);
    dtl_json_key(&j, "ts");
    dtl_json_str(&j, when);
    dtl_json_key(&j, "title");
    dtl_json_slice(&j, row->article.title.len > 0 ? row->article.title
                                                  : row->capture.url);
    dtl_json_key(&j, "text");
    dtl_json_slice(&j, row->article.text);
    dtl_json_end(&j);
    dtl_buf_byte(out, '\n');
}

static int encode(const struct dtl_format_run *run,
                  const struct dtl_export_row *row, struct dtl_batch *batch,
                  struct dtl_error *err)
{
    struct extra *x = batch->extra;
    struct dtl_record_span span = { 0, 0 };
    int rc;

    if (x == NULL)
        x = batch->extra = calloc(1, sizeof *x);
    if (x == NULL)
        return no_memory(err);
    if (batch->rows == 0) {
        dtl_buf_clear(&x->notes);
        dtl_buf_clear(&x->pages);
    }
    rc = dtl_records_encode(run, row, &x->records, batch, &span, err);
    if (rc != DTL_OK)
        return rc;
    dtl_buf_varint(&x->notes, span.at);
    dtl_buf_varint(&x->notes, span.len);
    rc = note_line(run, row, &x->notes, err);
    note_page(row, &x->pages);
    batch->held = x->notes.len + x->pages.len;
    return rc == DTL_OK && x->pages.failed ? no_memory(err) : rc;
}

/* ---- archive/: in order
 * ---------------------------------------------------------
 */

static int begin_member(struct wacz *w, uint64_t expected, struct dtl_buf *out,
                        struct dtl_error *err)
{
    char path[64];
    int rc;

    dtl_zip_end(&w->zip, out);
    snprintf(path, sizeof path, "archive/data-%05u.warc.gz", w->members++);
    rc = dtl_zip_begin(&w->zip, path, expected >= WIDE, out, err);
    if (rc == DTL_OK) {
        dtl_zip_data(&w->zip, dtl_buf_view(&w->info));
        dtl_buf_slice(out, dtl_buf_view(&w->info));
    }
    /* Each has the warcinfo of the archives its records come from. */
    free(w->records.last);
    w->records.last = NULL;
    return rc;
}

static bool is_full(const struct dtl_format_run *run, uint64_t more)
{
    const struct wacz *w = run->state;
    uint64_t most = run->options->max_size;

    return w->members == 0 ||
           (w->zip.list[w->zip.n - 1].size > w->info.len &&
            w->zip.list[w->zip.n - 1].size + more >
                (most > 0 && most < DTL_MAX_SIZE ? most : DTL_MAX_SIZE));
}

static int add_line(struct wacz *w, struct dtl_slice notes, size_t *pos,
                    uint64_t at, uint64_t len, struct dtl_error *err)
{
    const char *path = w->zip.list[w->zip.n - 1].path;
    struct dtl_buf line = { 0 };
    struct dtl_cdx c = { 0 };
    char offset[24], length[24];
    int rc;

    c.key = get_text(notes, pos);
    c.time = get_text(notes, pos);
    c.url = get_text(notes, pos);
    c.mime = get_text(notes, pos);
    c.status = get_text(notes, pos);
    c.digest = get_text(notes, pos);
    snprintf(offset, sizeof offset, "%" PRIu64, at);
    snprintf(length, sizeof length, "%" PRIu64, len);
    c.offset = dtl_str(offset);
    c.length = dtl_str(length);
    c.filename = dtl_str(path + strlen("archive/"));
    dtl_cdx_write(&line, &c, DTL_CDXJ);
    rc = line.failed ? no_memory(err)
                     : dtl_sorter_add(w->lines, dtl_buf_view(&line), err);
    dtl_buf_free(&line);
    return rc;
}

static int add_pages(struct wacz *w, struct dtl_slice lines,
                     struct dtl_error *err)
{
    if (lines.len == 0)
        return DTL_OK;
    for (size_t at = 0; at < lines.len; w->npages++)
        at = dtl_find(lines, dtl_str("\n"), at) + 1;
    return fwrite(lines.ptr, 1, lines.len, w->pages) == lines.len
               ? DTL_OK
               : no_file(err);
}

static bool insert(struct dtl_buf *b, struct dtl_slice s)
{
    if (s.len == 0)
        return true;
    if (!dtl_buf_reserve(b, s.len))
        return false;
    memmove(b->ptr + s.len, b->ptr, b->len);
    memcpy(b->ptr, s.ptr, s.len);
    b->len += s.len;
    return true;
}

static int written(struct dtl_format_run *run, struct dtl_batch *batch,
                   struct dtl_error *err)
{
    struct wacz *w = run->state;
    struct extra *x = batch->extra;
    struct dtl_buf before = { 0 };
    struct dtl_slice notes;
    uint64_t base;
    size_t lead, pos = 0;
    int rc = DTL_OK;

    if (x == NULL || batch->bytes.len == 0)
        return DTL_OK;
    if (is_full(run, batch->bytes.len))
        rc = begin_member(w, batch->bytes.len, &before, err);
    if (rc == DTL_OK)
        rc = dtl_records_written(&w->records, &x->records, batch, &lead, err);
    if (rc == DTL_OK) {
        base = w->zip.list[w->zip.n - 1].size + lead;
        dtl_zip_data(&w->zip, dtl_buf_view(&batch->bytes));
        notes = dtl_buf_view(&x->notes);
        while (pos < notes.len && rc == DTL_OK) {
            uint64_t at = 0, len = 0;

            dtl_varint(notes, &pos, &at);
            dtl_varint(notes, &pos, &len);
            rc = add_line(w, notes, &pos, base + at, len, err);
        }
    }
    if (rc == DTL_OK)
        rc = add_pages(w, dtl_buf_view(&x->pages), err);
    if (rc == DTL_OK &&
        (before.failed || !insert(&batch->bytes, dtl_buf_view(&before))))
        rc = no_memory(err);
    dtl_buf_free(&before);
    return rc;
}

static int large_row(struct dtl_format_run *run,
                     const struct dtl_export_row *row, struct dtl_buf *out,
                     struct dtl_error *err)
{
    struct wacz *w = run->state;
    struct dtl_buf note = { 0 };
    uint64_t at = 0, len = 0;
    size_t from, pos = 0;
    int rc = DTL_OK;

    if (!w->in_row &&
        (is_full(run, row->capture.length) || row->capture.length >= WIDE))
        rc = begin_member(w, row->capture.length, out, err);
    if (!w->in_row)
        w->row_at = w->zip.list[w->zip.n - 1].size;
    from = out->len;
    if (rc == DTL_OK)
        rc = dtl_records_row(run, row, out, &w->records, &at, &len, err);
    if (rc != DTL_OK) {
        w->in_row = false;
        return rc;
    }
    dtl_zip_data(&w->zip, dtl_sub(dtl_buf_view(out), from, out->len));
    w->in_row = run->more;
    if (run->more)
        return DTL_OK;
    rc = note_line(run, row, &note, err);
    if (rc == DTL_OK)
        rc = add_line(w, dtl_buf_view(&note), &pos, w->row_at + at, len, err);
    dtl_buf_clear(&note);
    note_page(row, &note);
    if (rc == DTL_OK)
        rc = note.failed ? no_memory(err)
                         : add_pages(w, dtl_buf_view(&note), err);
    dtl_buf_free(&note);
    return rc;
}

/* ---- the rest
 * ----------------------------------------------------------------------
 */

/* A block of the index, its line of the second one; DTL_END after the last. */
static int put_block(struct wacz *w, struct dtl_buf *out, struct dtl_error *err)
{
    size_t from = out->len, key;
    struct dtl_json j = { .out = &w->idx, .spaced = true };
    struct dtl_hasher *h = NULL;
    struct dtl_digest d;
    char hex[80] = "sha256:";
    struct dtl_slice line;
    int rc = DTL_OK;

    dtl_buf_clear(&w->block);
    for (unsigned i = 0; i < BLOCK && rc == DTL_OK; i++) {
        rc = dtl_sorter_next(w->lines, &line, err);
        if (rc == DTL_OK)
            dtl_buf_slice(&w->block, line);
    }
    if (rc != DTL_OK && (rc != DTL_END || w->block.len == 0))
        return rc;
    rc = dtl_gzip_add(&w->gzip, dtl_buf_view(&w->block), out, err);
    if (rc == DTL_OK)
        rc = dtl_hasher_new(DTL_DIGEST_SHA256, &h, err);
    if (rc != DTL_OK)
        return rc;
    line = dtl_sub(dtl_buf_view(out), from, out->len);
    dtl_hasher_add(h, line);
    dtl_hasher_finish(h, &d);
    dtl_hasher_free(h);
    dtl_hex(dtl_slice_of(d.bytes, 32), hex + 7);
    key = dtl_find(dtl_buf_view(&w->block), dtl_str(" {"), 0);
    dtl_buf_slice(&w->idx, dtl_sub(dtl_buf_view(&w->block), 0, key));
    dtl_buf_byte(&w->idx, ' ');
    dtl_json_object(&j);
    dtl_json_key(&j, "offset");
    dtl_json_uint(&j, w->index_at);
    dtl_json_key(&j, "length");
    dtl_json_uint(&j, line.len);
    dtl_json_key(&j, "digest");
    dtl_json_str(&j, hex);
    dtl_json_key(&j, "filename");
    dtl_json_str(&j, "index.cdx.gz");
    dtl_json_end(&j);
    dtl_buf_byte(&w->idx, '\n');
    w->index_at += line.len;
    dtl_zip_data(&w->zip, line);
    return w->idx.failed ? no_memory(err) : DTL_OK;
}

static int begin_index(struct wacz *w, struct dtl_buf *out,
                       struct dtl_error *err)
{
    int rc = w->members > 0 ? DTL_OK : begin_member(w, 0, out, err);

    if (rc != DTL_OK)
        return rc;
    dtl_zip_end(&w->zip, out);
    dtl_buf_str(&w->idx, "!meta 0 {\"format\": \"cdxj-gzip-1.0\", "
                         "\"filename\": \"index.cdx.gz\"}\n");
    return dtl_zip_begin(&w->zip, "indexes/index.cdx.gz",
                         dtl_sorter_count(w->lines) > 20000000, out, err);
}

static int begin_pages(struct wacz *w, struct dtl_buf *out,
                       struct dtl_error *err)
{
    static const char head[] =
        "{\"format\":\"json-pages-1.0\",\"id\":\"pages\","
        "\"title\":\"All Pages\",\"hasText\":true}\n";
    long size = 0;
    int rc;

    dtl_zip_end(&w->zip, out);
    rc = dtl_zip_whole(&w->zip, "indexes/index.idx", dtl_buf_view(&w->idx), out,
                       err);
    if (rc == DTL_OK && (fflush(w->pages) != 0 || (size = ftell(w->pages)) < 0))
        rc = no_file(err);
    if (rc == DTL_OK)
        rc = dtl_zip_begin(&w->zip, "pages/pages.jsonl", (uint64_t)size >= WIDE,
                           out, err);
    if (rc != DTL_OK)
        return rc;
    rewind(w->pages);
    dtl_zip_data(&w->zip, dtl_str(head));
    dtl_buf_str(out, head);
    return DTL_OK;
}

static int put_pages(struct wacz *w, struct dtl_buf *out, struct dtl_error *err)
{
    size_t n;

    if (!dtl_buf_reserve(out, PIECE))
        return no_memory(err);
    n = fread(out->ptr + out->len, 1, PIECE, w->pages);
    if (n == 0)
        return ferror(w->pages) ? no_file(err) : DTL_END;
    dtl_zip_data(&w->zip, dtl_slice_of(out->ptr + out->len, n));
    out->len += n;
    return DTL_OK;
}

static void put_resources(const struct dtl_zipout *zip, struct dtl_json *j)
{
    dtl_json_key(j, "resources");
    dtl_json_array(j);
    for (size_t i = 0; i < zip->n; i++) {
        const struct dtl_zip_member *m = &zip->list[i];
        char hash[80];

        snprintf(hash, sizeof hash, "sha256:%s", m->sha256);
        dtl_json_object(j);
        dtl_json_key(j, "name");
        dtl_json_str(j, strrchr(m->path, '/') + 1);
        dtl_json_key(j, "path");
        dtl_json_str(j, m->path);
        dtl_json_key(j, "hash");
        dtl_json_str(j, hash);
        dtl_json_key(j, "bytes");
        dtl_json_uint(j, m->size);
        dtl_json_end(j);
    }
    dtl_json_end(j);
}

static int put_package(struct dtl_format_run *run, struct dtl_buf *out,
                       struct dtl_error *err)
{
    struct wacz *w = run->state;
    struct dtl_buf text = { 0 };
    struct dtl_json j = { .out = &text };
    char when[DTL_TIME_ISO], software[64], hash[80];
    int rc;

    dtl_zip_end(&w->zip, out);
    dtl_time_iso(dtl_export_time(run->store), when);
    snprintf(software, sizeof software, "dateline %s", dtl_version());
    dtl_json_object(&j);
    dtl_json_key(&j, "profile");
    dtl_json_str(&j, "data-package");
    dtl_json_key(&j, "wacz_version");
    dtl_json_str(&j, "1.1.1");
    dtl_json_key(&j, "title");
    dtl_json_str(&j, "Exported captures");
    dtl_json_key(&j, "created");
    dtl_json_str(&j, when);
    dtl_json_key(&j, "software");
    dtl_json_str(&j, software);
    put_resources(&w->zip, &j);
    dtl_json_end(&j);
    dtl_buf_byte(&text, '\n');
    rc = text.failed ? no_memory(err)
                     : dtl_zip_whole(&w->zip, "datapackage.json",
                                     dtl_buf_view(&text), out, err);
    if (rc == DTL_OK) {
        snprintf(hash, sizeof hash, "sha256:%s",
                 w->zip.list[w->zip.n - 1].sha256);
        dtl_buf_clear(&text);
        dtl_buf_printf(
            &text, "{\"path\":\"datapackage.json\",\"hash\":\"%s\"}\n", hash);
        rc = text.failed ? no_memory(err)
                         : dtl_zip_whole(&w->zip, "datapackage-digest.json",
                                         dtl_buf_view(&text), out, err);
    }
    dtl_buf_free(&text);
    dtl_zip_finish(&w->zip, out);
    return rc;
}

static int close_wacz(struct dtl_format_run *run, struct dtl_buf *out,
                      struct dtl_error *err)
{
    struct wacz *w = run->state;
    int rc = DTL_OK;

    run->more = true;
    switch (w->stage) {
    case RECORDS: w->stage = INDEX; return begin_index(w, out, err);
    case INDEX:
        rc = put_block(w, out, err);
        if (rc == DTL_END)
            w->stage = PAGES_BEGIN;
        break;
    case PAGES_BEGIN: w->stage = PAGES; return begin_pages(w, out, err);
    case PAGES:
        rc = put_pages(w, out, err);
        if (rc == DTL_END)
            w->stage = PACKAGE;
        break;
    case PACKAGE: run->more = false; return put_package(run, out, err);
    }
    return rc == DTL_END ? DTL_OK : rc;
}

static void free_batch(struct dtl_batch *batch)
{
    struct extra *x = batch->extra;

    if (x == NULL)
        return;
    dtl_records_free(&x->records);
    dtl_buf_free(&x->notes);
    dtl_buf_free(&x->pages);
    free(x);
    batch->extra = NULL;
}

static void free_wacz(void *state)
{
    struct wacz *w = state;

    dtl_zip_free(&w->zip);
    dtl_records_run_free(&w->records);
    dtl_sorter_free(w->lines);
    libdeflate_free_compressor(w->gzip);
    dtl_buf_free(&w->info);
    dtl_buf_free(&w->idx);
    dtl_buf_free(&w->block);
    if (w->pages != NULL)
        fclose(w->pages);
}

const struct dtl_format dtl_format_wacz = {
    .about = { .name = "wacz",
               .extension = ".wacz",
               .media_type = "application/wacz",
               .what = "the original records with index and list of pages, for "
                       "replay",
               .unit = DTL_EXPORT_CAPTURES },
    .batch = 16,
    .text = true,
    .by_place = true,
    .state = sizeof(struct wacz),
    .open = open_wacz,
    .encode = encode,
    .written = written,
    .row = large_row,
    .close = close_wacz,
    .batch_free = free_batch,
    .free = free_wacz,
};
