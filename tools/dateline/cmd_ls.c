/* SPDX-License-Identifier: Apache-2.0 */
#include "records.h"

#include <dateline/json.h>
#include <inttypes.h>
#include <stdlib.h>

struct ls {
    struct records in;
    struct filter filter;
    bool json;
    bool digests; /* compute them */
    struct digester digester;
    struct record_http http;
    struct dtl_buf line;
    bool headings; /* a line with the name before each input's rows */
    char *heading; /* the last one */
};

struct row {
    const struct dtl_warc_record *rec;
    struct dtl_slice mime;
    const char *damage;
};

static void key_text(struct dtl_json *j, const char *key, struct dtl_slice s)
{
    dtl_json_key(j, key);
    if (s.len > 0)
        dtl_json_slice(j, s);
    else
        dtl_json_null(j);
}

static void key_number(struct dtl_json *j, const char *key, uint64_t n)
{
    dtl_json_key(j, key);
    dtl_json_uint(j, n);
}

static void json_digests(struct ls *l, struct dtl_json *j)
{
    const struct digester *d = &l->digester;
    char text[DTL_DIGEST_TEXT];

    dtl_digest_text(&d->block, text);
    key_text(j, "computed_block_digest", dtl_str(text));
    text[0] = '\0';
    if (d->has_payload)
        dtl_digest_text(&d->payload, text);
    key_text(j, "computed_payload_digest", dtl_str(text));
}

static void json_row(struct ls *l, const struct row *row)
{
    const struct dtl_warc_record *rec = row->rec;
    struct dtl_json j = { .out = &l->line };
    char date[32];

    dtl_json_object(&j);
    key_text(&j, "file", dtl_str(l->in.file));
    key_number(&j, "offset", rec->offset);
    key_number(&j, "length", rec->length);
    if (rec->inner > 0)
        key_number(&j, "inner", rec->inner);
    key_text(&j, "type", rec->type_name);
    key_text(&j, "uri", rec->uri);
    key_text(&j, "date", record_date(rec, date));
    dtl_json_key(&j, "status");
    if (l->http.status > 0)
        dtl_json_int(&j, l->http.status);
    else
        dtl_json_null(&j);
    key_text(&j, "mime", row->mime);
    key_text(&j, "record_id", rec->record_id);
    key_number(&j, "block_length", rec->content_length);
    key_text(&j, "payload_digest", rec->payload_digest);
    if (l->digests)
        json_digests(l, &j);
    if (row->damage != NULL)
        key_text(&j, "damage", dtl_str(row->damage));
    dtl_json_end(&j);
    dtl_buf_byte(&l->line, '\n');
}

static void cell(struct dtl_buf *out, struct dtl_slice s, int width)
{
    size_t start = out->len;

    printable(out, s, width);
    /* Every byte but a continuation byte begins a character. */
    for (size_t i = start; i < out->len; i++)
        width -= (out->ptr[i] & 0xc0) != 0x80;
    dtl_buf_printf(out, "%*s  ", width > 0 ? width : 0, "");
}

static void table_row(struct ls *l, const struct row *row)
{
    const struct dtl_warc_record *rec = row->rec;
    char date[32], status[16] = "";

    if (l->http.status > 0)
        snprintf(status, sizeof status, "%d", l->http.status);
    dtl_buf_printf(&l->line, "%12" PRIu64 " %10" PRIu64 "  ", rec->offset,
                   rec->length);
    cell(&l->line, record_date(rec, date), 20);
    cell(&l->line, rec->type_name, 12);
    cell(&l->line, dtl_str(status), 3);
    cell(&l->line, row->mime, 24);
    printable(&l->line, rec->uri, 0);
    if (row->damage != NULL)
        dtl_buf_printf(&l->line, "  %s[%s]%s", colour("31"), row->damage,
                       colour("0"));
    dtl_buf_byte(&l->line, '\n');
}

static void damage_row(struct ls *l)
{
    const struct dtl_warc_damage *d = dtl_warc_last_damage(l->in.warc);
    struct dtl_json j = { .out = &l->line };

    if (!l->json) {
        dtl_buf_printf(&l->line, "%12" PRIu64 " %10" PRIu64 "  %s[%s]%s\n",
                       d->offset, d->length, colour("31"), d->reason,
                       colour("0"));
        return;
    }
    dtl_json_object(&j);
    key_text(&j, "file", dtl_str(l->in.file));
    key_number(&j, "offset", d->offset);
    key_number(&j, "length", d->length);
    key_text(&j, "damage", dtl_str(d->reason));
    dtl_json_end(&j);
    dtl_buf_byte(&l->line, '\n');
}

static void heading(struct ls *l)
{
    if (l->json || !l->headings ||
        (l->heading != NULL && strcmp(l->heading, l->in.file) == 0))
        return;
    dtl_buf_printf(&l->line, "%s%s%s\n", colour("1"), l->in.file, colour("0"));
    free(l->heading);
    l->heading = strdup(l->in.file);
}

/* The media type without its parameters. */
static struct dtl_slice mime_of(const struct ls *l,
                                const struct dtl_warc_record *rec)
{
    struct dtl_slice s = rec->content_type;
    const uint8_t *end;

    if (l->http.is_http && l->http.mime[0] != '\0')
        return dtl_str(l->http.mime);
    end = s.len > 0 ? memchr(s.ptr, ';', s.len) : NULL;
    return end != NULL ? dtl_trim(dtl_sub(s, 0, (size_t)(end - s.ptr))) : s;
}

/* The record just begun: a row, unless filtered. */
static int list_record(struct ls *l, struct dtl_warc_record *rec,
                       struct dtl_error *err)
{
    struct row row = { .rec = rec };
    struct dtl_warc *w = l->in.warc;
    bool wanted = filter_record(&l->filter, rec);
    int rc = DTL_OK;

    if (wanted && l->digests) {
        rc = digester_read(&l->digester, w, rec, err);
        l->http.is_http = l->digester.is_http;
        l->http.status = l->http.is_http ? l->digester.http.status : 0;
        snprintf(l->http.mime, sizeof l->http.mime, "%.*s",
                 l->http.is_http ? (int)l->digester.http.mime.len : 0,
                 l->http.is_http && l->digester.http.mime.len > 0
                     ? (const char *)l->digester.http.mime.ptr
                     : "");
    } else if (wanted) {
        rc = record_http(w, rec, l->digester.arena, &l->http, err);
    }
    if (rc != DTL_OK && rc != DTL_BAD_RECORD)
        return rc;
    wanted = wanted && filter_http(&l->filter, &l->http);
    rc = dtl_warc_finish(w, rec, err);
    if (rc == DTL_BAD_RECORD)
        row.damage = dtl_warc_last_damage(w)->reason;
    else if (rc != DTL_OK)
        return rc;
    if (!wanted)
        return DTL_OK;
    heading(l);
    row.mime = mime_of(l, rec);
    if (l->json)
        json_row(l, &row);
    else
        table_row(l, &row);
    return DTL_OK;
}

static int list_all(struct ls *l)
{
    struct dtl_warc_record rec;
    struct dtl_error err;
    int rc;

    while ((rc = records_next(&l->in, &rec, &err)) != DTL_END) {
        if (rc == DTL_BAD_RECORD) {
            heading(l);
            damage_row(l);
        } else {
            rc = list_record(l, &rec, &err);
            if (rc != DTL_OK)
                return complain(l->in.file, &err);
        }
        if (l->line.failed) {
            say("out of memory");
            return EXIT_MEMORY;
        }
        if (l->line.len > (64 << 10) && !flush(&l->line))
            return EXIT_INPUT;
    }
    return flush(&l->line) ? EXIT_FOUND : EXIT_INPUT;
}

static int run(const struct args *a)
{
    static const char *const formats[] = { "table", "jsonl", NULL };
    struct ls l = { .digests = arg_on(a, "digests") };
    int format = arg_choice(a, "format", formats, "table");
    int rc, code;

    if (format < 0 || !filter_parse(a, &l.filter))
        return EXIT_USAGE;
    l.json = format == 1;
    l.headings = true;
    rc = digester_open(&l.digester);
    if (rc == EXIT_FOUND)
        rc = records_open(&l.in, operands(a), arg_count(a));
    if (rc == EXIT_FOUND)
        rc = list_all(&l);
    code = records_close(&l.in);
    digester_close(&l.digester);
    dtl_buf_free(&l.http.head);
    dtl_buf_free(&l.line);
    free(l.heading);
    return rc != EXIT_FOUND ? rc : code;
}

static const struct opt options[] = {
    { "format", 'f', "FORMAT", "table or jsonl" },
    { "digests", 'd', NULL, "compute block and payload digests (jsonl)" },
    RECORD_FILTERS,
    { 0 },
};

const struct cmd cmd_ls = {
    .name = "ls",
    .operands = "PATH...",
    .summary = "list the records of archives",
    .details =
        "PATH is a WARC or ARC file in any coding, a WACZ, zip or tar, a\n"
        "folder, '-', or an http(s):// or s3:// URL.  Offset and length are\n"
        "those of the stored, compressed record.  What cannot be read is a "
        "row\n"
        "of its own, with the place, the length and the reason.\n\n"
        "A jsonl row has file, offset, length, type, uri, date, status, mime,\n"
        "record_id, block_length, payload_digest (as declared); inner when\n"
        "several records share one compressed member: where this one begins\n"
        "in it; damage where something is wrong.",
    .options = options,
    .min = 1,
    .max = -1,
    .run = run,
};
