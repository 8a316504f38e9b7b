/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sample of the rows of a file, each against the record it says it is of.
 */
#include "verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>
#include <zlib.h>
#include <zstd.h>

#include <dateline/io.h>

#define SAMPLE   100U
#define ROW_MOST ((size_t)64 << 20)
#define PIECE    ((size_t)128 << 10)

static int no_memory(struct dtl_error *err)
{
    return dtl_fail(err, DTL_NOMEM, 0, "out of memory checking rows");
}

/* ---- bytes of a file, packed or not
 * ------------------------------------------------
 */

struct bytes {
    gzFile gz; /* also of plain files */
    FILE *f;   /* of zstd */
    ZSTD_DStream *zstd;
    ZSTD_inBuffer in;
    uint8_t *packed;
    struct dtl_buf text; /* read and not taken */
    size_t at;
    size_t left; /* of zstd: what its frame still lacks */
    bool bad, full;
};

static bool bytes_open(struct bytes *b, const char *path)
{
    if (!dtl_ends(dtl_str(path), ".zst"))
        return (b->gz = gzopen(path, "rb")) != NULL;
    b->f = fopen(path, "rb");
    b->zstd = ZSTD_createDStream();
    b->packed = malloc(PIECE);
    return b->f != NULL && b->zstd != NULL && b->packed != NULL;
}

static void bytes_close(struct bytes *b)
{
    if (b->gz != NULL)
        gzclose(b->gz);
    if (b->f != NULL)
        fclose(b->f);
    ZSTD_freeDStream(b->zstd);
    free(b->packed);
    dtl_buf_free(&b->text);
}

static size_t read_zstd(struct bytes *b, uint8_t *to, size_t room)
{
    ZSTD_outBuffer out = { to, room, 0 };

    while (out.pos == 0 && !b->bad) {
        /* A full piece may have more behind it. */
        if (b->in.pos == b->in.size && !b->full) {
            b->in = (ZSTD_inBuffer){ b->packed,
                                     fread(b->packed, 1, PIECE, b->f), 0 };
            if (b->in.size == 0) {
                b->bad = b->left != 0; /* cut within a frame */
                break;
            }
        }
        b->left = ZSTD_decompressStream(b->zstd, &out, &b->in);
        b->bad = ZSTD_isError(b->left);
        b->full = out.pos == out.size;
    }
    return out.pos;
}

/* More behind what is there; false at the end. */
static bool bytes_more(struct bytes *b)
{
    size_t n = 0;
    int got, why = Z_OK;

    if (b->at > 0) {
        memmove(b->text.ptr, b->text.ptr + b->at, b->text.len - b->at);
        b->text.len -= b->at;
        b->at = 0;
    }
    if (b->text.len > ROW_MOST || !dtl_buf_reserve(&b->text, PIECE)) {
        b->bad = true;
        return false;
    }
    if (b->gz != NULL) {
        got = gzread(b->gz, b->text.ptr + b->text.len, PIECE);
        gzerror(b->gz, &why);
        b->bad = b->bad || got < 0 || (why != Z_OK && why != Z_STREAM_END);
        n = got > 0 ? (size_t)got : 0;
    } else {
        n = read_zstd(b, b->text.ptr + b->text.len, PIECE);
    }
    b->text.len += n;
    return n > 0;
}

/* The next line, of CSV the next record: line ends within quotes are none. */
static bool next_row(struct bytes *b, bool csv, struct dtl_slice *out)
{
    size_t i = 0;
    bool quoted = false;

    for (;;) {
        for (; b->at + i < b->text.len; i++) {
            uint8_t c = b->text.ptr[b->at + i];

            quoted = (c == '"' && csv) ? !quoted : quoted;
            if (c == '\n' && !quoted) {
                *out = dtl_slice_of(b->text.ptr + b->at, i);
                b->at += i + 1;
                if (csv && out->len > 0 && out->ptr[out->len - 1] == '\r')
                    out->len--;
                return true;
            }
        }
        if (!bytes_more(b))
            break;
    }
    *out = dtl_slice_of(b->text.ptr + b->at, b->text.len - b->at);
    b->at = b->text.len;
    return out->len > 0;
}

/* ---- values of a row
 * ----------------------------------------------------------------
 */

enum { URL, CAPTURED, FILE_NAME, OFFSET, RECORD, DIGEST, HASH, TEXT, VALUES };
static const char *const names[VALUES] = {
    "url",       "captured",       "archive_file", "archive_offset",
    "record_id", "payload_digest", "text_hash",    "text",
};

struct row {
    uint64_t line;
    struct dtl_slice value[VALUES]; /* ptr NULL: none */
};

static bool parse_json(struct dtl_slice line, struct row *r,
                       struct dtl_arena *arena)
{
    json_t *j = json_loadb((const char *)line.ptr, line.len, 0, NULL);
    bool ok = json_is_object(j);

    for (size_t i = 0; ok && i < VALUES; i++) {
        json_t *v = json_object_get(j, names[i]);

        if (json_is_string(v))
            r->value[i] =
                dtl_arena_dup(arena, dtl_slice_of(json_string_value(v),
                                                  json_string_length(v)));
        else if (json_is_integer(v))
            r->value[i] = dtl_str(dtl_arena_printf(
                arena, "%lld", (long long)json_integer_value(v)));
    }
    json_decref(j);
    return ok;
}

/* The next field of RFC 4180 at *at, without its quotes. */
static bool next_field(struct dtl_slice line, size_t *at,
                       struct dtl_arena *arena, struct dtl_slice *out)
{
    bool quoted = *at < line.len && line.ptr[*at] == '"';
    uint8_t *to;
    size_t n = 0;

    if (*at > line.len)
        return false;
    to = dtl_arena_alloc(arena, line.len - *at + 1);
    if (to == NULL)
        return false;
    for (*at += quoted; *at < line.len; (*at)++) {
        uint8_t c = line.ptr[*at];

        if (quoted && c == '"' && *at + 1 < line.len &&
            line.ptr[*at + 1] == '"')
            (*at)++;
        else if (quoted && c == '"') {
            quoted = false;
            continue;
        } else if (!quoted && c == ',')
            break;
        to[n++] = c;
    }
    (*at)++;
    *out = dtl_slice_of(to, n);
    return true;
}

static bool parse_csv(struct dtl_slice line, const uint32_t columns[VALUES],
                      struct row *r, struct dtl_arena *arena)
{
    struct dtl_slice field;
    size_t at = 0;

    for (uint32_t i = 0; next_field(line, &at, arena, &field); i++)
        for (size_t k = 0; k < VALUES; k++)
            if (columns[k] == i && field.len > 0)
                r->value[k] = field;
    return true;
}

static void read_header(struct dtl_slice line, uint32_t columns[VALUES],
                        struct dtl_arena *arena)
{
    struct dtl_slice field;
    size_t at = 0;

    for (size_t k = 0; k < VALUES; k++)
        columns[k] = UINT32_MAX;
    for (uint32_t i = 0; next_field(line, &at, arena, &field); i++)
        for (size_t k = 0; k < VALUES; k++)
            if (dtl_equal(field, dtl_str(names[k])))
                columns[k] = i;
}

/* ---- a row against its record
 * ---------------------------------------------------------
 */

static bool is_redacted(struct dtl_slice text)
{
    return dtl_find(text, dtl_str("[email]"), 0) != SIZE_MAX ||
           dtl_find(text, dtl_str("[phone]"), 0) != SIZE_MAX ||
           dtl_find(text, dtl_str("[ip]"), 0) != SIZE_MAX;
}

static void hash_text(const uint8_t hash[32], char out[72])
{
    memcpy(out, "sha256:", 7);
    dtl_hex(dtl_slice_of(hash, 32), out + 7);
}

/* Does the text have the hash the row gives it? */
static int check_text(struct dtl_checking *k, const struct row *r,
                      const char *where, struct dtl_error *err)
{
    struct dtl_slice normal;
    uint8_t hash[32];
    char text[72];
    int rc;

    if (r->value[TEXT].ptr == NULL || r->value[HASH].ptr == NULL ||
        is_redacted(r->value[TEXT]))
        return DTL_OK;
    rc = dtl_normal(r->value[TEXT], k->arena, &normal, err);
    if (rc == DTL_OK)
        rc = dtl_text_hash(normal, hash, err);
    if (rc != DTL_OK)
        return rc;
    k->out->texts++;
    hash_text(hash, text);
    if (!dtl_equal(dtl_str(text), r->value[HASH]))
        dtl_check_tell(k, "text", where, false,
                       "the text does not have the hash of its row");
    return DTL_OK;
}

/* A second look at a crawl may have taken lines out that one record alone
 * cannot tell: what is left is all there. */
static bool is_shortened(struct dtl_slice text, struct dtl_slice of)
{
    while (text.len > 0) {
        size_t end = dtl_find(text, dtl_str("\n"), 0);
        struct dtl_slice line = dtl_sub(text, 0, end);

        if (dtl_find(of, line, 0) == SIZE_MAX)
            return false;
        text = dtl_sub(text, end == SIZE_MAX ? text.len : end + 1, text.len);
    }
    return true;
}

struct reader {
    char *name;
    struct dtl_source *source;
    struct dtl_warc *warc;
};

static void reader_close(struct reader *a)
{
    dtl_warc_close(a->warc);
    dtl_source_close(a->source);
    free(a->name);
    memset(a, 0, sizeof *a);
}

static int reader_open(struct reader *a, struct dtl_slice name,
                       struct dtl_error *why)
{
    int rc;

    if (a->name != NULL && dtl_equal(dtl_str(a->name), name))
        return DTL_OK;
    reader_close(a);
    a->name = strndup((const char *)name.ptr, name.len);
    if (a->name == NULL)
        return dtl_fail(why, DTL_NOMEM, 0, "out of memory");
    rc = dtl_source_open(a->name, &a->source, why);
    if (rc == DTL_OK)
        rc = dtl_warc_open(a->source, &a->warc, why);
    if (rc != DTL_OK)
        reader_close(a);
    return rc;
}

static bool is_record_of(const struct dtl_warc_record *rec, const struct row *r)
{
    return dtl_equal(rec->uri, r->value[URL]) &&
           rec->time == dtl_time_parse_iso(r->value[CAPTURED]) &&
           (rec->record_id.len == 0 || r->value[RECORD].len == 0 ||
            dtl_equal(rec->record_id, r->value[RECORD])) &&
           rec->type != DTL_WARC_REQUEST && rec->type != DTL_WARC_METADATA;
}

static int find_record(struct reader *a, const struct row *r, uint64_t offset,
                       struct dtl_warc_record *rec, struct dtl_error *why)
{
    int rc = dtl_warc_seek(a->warc, offset, why);

    while (rc == DTL_OK) {
        rc = dtl_warc_next(a->warc, rec, why);
        if (rc == DTL_END || (rc == DTL_OK && rec->offset != offset))
            return dtl_fail(why, DTL_FORMAT, offset,
                            "another record stands where the row says");
        if (rc == DTL_OK && is_record_of(rec, r))
            return DTL_OK;
    }
    return rc;
}

static void compare(struct dtl_checking *k, const struct row *r,
                    const struct dtl_harvest *found, const char *where)
{
    char text[DTL_DIGEST_TEXT];
    bool revisit = (found->capture.flags & DTL_CAPTURE_REVISIT) != 0;

    dtl_digest_text(&found->capture.digest, text);
    if (r->value[DIGEST].len > 0 && !dtl_equal(dtl_str(text), r->value[DIGEST]))
        dtl_check_tell(k, "record", where, false,
                       "the record's payload has another digest: %s", text);
    else if ((found->capture.flags & DTL_CAPTURE_MISMATCH) != 0 && !revisit)
        dtl_check_tell(k, "record", where, false,
                       "the record does not have the digest it declares");
    if (r->value[HASH].ptr == NULL || revisit)
        return;
    hash_text(found->row.text_hash, text);
    if (!found->is_page || (!dtl_equal(dtl_str(text), r->value[HASH]) &&
                            !is_redacted(r->value[TEXT]) &&
                            !is_shortened(r->value[TEXT], found->row.text)))
        dtl_check_tell(k, "text", where, false,
                       "the record gives another text than the row has");
}

static int check_row(struct dtl_checking *k, struct reader *a,
                     const struct row *r, const char *name,
                     struct dtl_error *err)
{
    const unsigned what =
        DTL_HARVEST_CHECK_DIGEST | DTL_HARVEST_ARTICLE | DTL_HARVEST_STORY;
    struct dtl_error why = { 0 };
    struct dtl_warc_record rec;
    struct dtl_harvest found;
    struct dtl_slice block;
    uint64_t offset = 0, before = k->out->findings;
    char where[400];
    int rc;

    snprintf(where, sizeof where, "%.300s, row %" PRIu64, name, r->line);
    k->out->rows++;
    dtl_arena_reset(k->arena);
    if (r->value[FILE_NAME].len == 0 ||
        !dtl_parse_u64(r->value[OFFSET], &offset)) {
        dtl_check_tell(k, "row", where, false,
                       "it does not say where its record is");
        return DTL_OK;
    }
    if ((rc = check_text(k, r, where, err)) != DTL_OK)
        return rc;
    rc = reader_open(a, r->value[FILE_NAME], &why);
    if (rc == DTL_OK)
        rc = find_record(a, r, offset, &rec, &why);
    if (rc == DTL_OK)
        rc = dtl_warc_block(a->warc, ROW_MOST, &block, &why);
    if (rc == DTL_OK)
        rc = dtl_harvest_record(k->harvester, &rec, block, 0, what, &found,
                                &why);
    if (rc == DTL_NOMEM)
        return no_memory(err);
    if (rc != DTL_OK)
        dtl_check_tell(k, "record", where, false, "%s: %s",
                       a->name != NULL ? a->name : "its archive", why.text);
    else
        compare(k, r, &found, where);
    if (k->out->findings == before)
        dtl_check_tell(k, "row", where, true, "is what its record gives");
    return DTL_OK;
}

/* ---- the sample
 * -------------------------------------------------------------------------
 */

struct sample {
    struct dtl_buf *rows; /* kept as they stand in the file */
    uint64_t *lines;
    size_t n, most;
    uint64_t seen, state;
};

static uint64_t draw(uint64_t *state)
{
    uint64_t v = *state += UINT64_C(0x9e3779b97f4a7c15);

    v = (v ^ v >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    v = (v ^ v >> 27) * UINT64_C(0x94d049bb133111eb);
    return v ^ v >> 31;
}

/* Every row is as likely to stay. */
static bool offer(struct sample *s, struct dtl_slice row)
{
    uint64_t at = s->seen++;

    if (at >= s->most)
        at = draw(&s->state) % s->seen;
    if (at >= s->most)
        return true;
    if (at == s->n)
        s->n++;
    s->lines[at] = s->seen;
    dtl_buf_clear(&s->rows[at]);
    return dtl_buf_slice(&s->rows[at], row);
}

static int check_sample(struct dtl_checking *k, struct sample *s,
                        const char *name, bool csv,
                        const uint32_t columns[VALUES], struct dtl_error *err)
{
    struct dtl_arena *arena = dtl_arena_new(2 * ROW_MOST);
    struct reader a = { 0 };
    int rc = arena != NULL ? DTL_OK : no_memory(err);

    for (size_t i = 0; i < s->n && rc == DTL_OK; i++) {
        struct row r = { .line = s->lines[i] };
        struct dtl_slice text = dtl_buf_view(&s->rows[i]);

        dtl_arena_reset(arena);
        if (csv ? !parse_csv(text, columns, &r, arena)
                : !parse_json(text, &r, arena))
            dtl_check_tell(k, "row", name, false, "row %" PRIu64 " is no JSON",
                           r.line);
        else
            rc = check_row(k, &a, &r, name, err);
    }
    reader_close(&a);
    dtl_arena_free(arena);
    return rc;
}

static int read_rows(struct dtl_checking *k, struct bytes *b, struct sample *s,
                     const char *name, bool csv, struct dtl_error *err)
{
    uint32_t columns[VALUES] = { 0 };
    struct dtl_slice row;
    int rc = DTL_OK;

    dtl_arena_reset(k->arena);
    if (csv && next_row(b, true, &row))
        read_header(row, columns, k->arena);
    while (rc == DTL_OK && next_row(b, csv, &row))
        if (!offer(s, row))
            rc = no_memory(err);
    if (rc == DTL_OK && b->bad)
        dtl_check_tell(k, "row", name, false, "cannot be unpacked");
    return rc == DTL_OK ? check_sample(k, s, name, csv, columns, err) : rc;
}

int dtl_check_rows(struct dtl_checking *k, const char *path, const char *name,
                   bool csv, struct dtl_error *err)
{
    uint64_t most = k->out->sample > 0 ? k->out->sample : SAMPLE;
    struct sample s = { .most = most < 100000 ? (size_t)most : 100000,
                        .state = k->out->seed };
    struct bytes b = { 0 };
    int rc = DTL_OK;

    s.rows = calloc(s.most, sizeof *s.rows);
    s.lines = calloc(s.most, sizeof *s.lines);
    if (s.rows == NULL || s.lines == NULL)
        rc = no_memory(err);
    else if (!bytes_open(&b, path))
        dtl_check_tell(k, "row", name, false, "cannot be read");
    else
        rc = read_rows(k, &b, &s, name, csv, err);
    for (size_t i = 0; s.rows != NULL && i < s.n; i++)
        dtl_buf_free(&s.rows[i]);
    free(s.rows);
    free(s.lines);
    bytes_close(&b);
    return rc;
}
