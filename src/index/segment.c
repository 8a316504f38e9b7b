/* SPDX-License-Identifier: Apache-2.0 */
#include "read.h"

#include <stdlib.h>

#define LONGEST 490U /* of a separator, see block.c */

static int read_meta(struct dtl_segment *s, struct dtl_error *err)
{
    struct dtl_table meta;
    struct dtl_slice info = { 0 }, kinds = { 0 };
    uint64_t format;
    size_t pos = 0;
    int rc = dtl_sealed_table(s->file, "meta", &meta, err);

    if (rc == DTL_OK)
        rc = dtl_table_get(&meta, dtl_str("info"), &info, err);
    if (rc == DTL_OK)
        rc = dtl_table_get(&meta, dtl_str("kinds"), &kinds, err);
    if (rc == DTL_NOTFOUND || (rc == DTL_OK && info.len < 19))
        return dtl_fail(err, DTL_FORMAT, 0, "%s: not a segment",
                        dtl_sealed_path(s->file));
    if (rc != DTL_OK)
        return rc;
    if (!dtl_varint(info, &pos, &format) ||
        !dtl_varint(info, &pos, &s->ncaptures) ||
        !dtl_varint(info, &pos, &s->narticles) || info.len - pos < 16 ||
        s->ncaptures >= UINT32_MAX || s->narticles >= UINT32_MAX)
        return dtl_fail(err, DTL_FORMAT, 0, "%s: its counts are damaged",
                        dtl_sealed_path(s->file));
    if (format < 1 || format > DTL_STORE_FORMAT)
        return dtl_fail(
            err, DTL_FORMAT, 0, "%s: format %u, this dateline knows up to %d",
            dtl_sealed_path(s->file), (unsigned)format, DTL_STORE_FORMAT);
    memcpy(&s->first, info.ptr + pos, 8);
    memcpy(&s->last, info.ptr + pos + 8, 8);
    return dtl_kinds_read(&s->kinds, kinds, err);
}

int dtl_segment_open(const char *path, struct dtl_segment *s,
                     struct dtl_error *err)
{
    struct {
        const char *name;
        struct dtl_table *table;
    } tables[] = {
        { "urls", &s->urls },       { "captures", &s->captures },
        { "times", &s->times },     { "digests", &s->digests },
        { "records", &s->records }, { "carriers", &s->carriers },
        { "texts", &s->texts },     { "facets", &s->facets },
        { "marks", &s->marks },     { "titles", &s->titles },
    };
    int rc;

    memset(s, 0, sizeof *s);
    rc = dtl_sealed_open(path, &s->file, err);
    for (size_t i = 0; rc == DTL_OK && i < sizeof tables / sizeof *tables; i++)
        rc = dtl_sealed_table(s->file, tables[i].name, tables[i].table, err);
    if (rc == DTL_OK)
        rc = read_meta(s, err);
    if (rc == DTL_OK)
        rc = dtl_articles_open(s->file, &s->articles, err);
    if (rc != DTL_OK)
        dtl_segment_close(s);
    return rc;
}

void dtl_segment_close(struct dtl_segment *s)
{
    dtl_articles_close(s->articles);
    free(s->gone);
    free(s->judged);
    dtl_kinds_free(&s->kinds);
    dtl_sealed_close(s->file);
    memset(s, 0, sizeof *s);
}

/* The block that holds this capture.  Captures alike are near each other: often
 * it is the one read last. */
static int find_block_of(const struct dtl_segment *s, uint32_t ordinal,
                         struct dtl_block *block, struct dtl_error *err)
{
    struct dtl_table_cursor c;
    struct dtl_slice value = block->bytes;
    struct dtl_key key = dtl_key32(ordinal);
    int rc;

    if (value.len > 0 && dtl_sealed_holds(s->file, value.ptr) &&
        ordinal >= block->ordinal && ordinal - block->ordinal < block->count) {
        if (block->row > 0 && ordinal >= dtl_block_ordinal(block))
            return DTL_OK; /* there, or further on in it */
        return dtl_block_open(block, value, err);
    }
    dtl_table_cursor(&c, &s->captures);
    rc = dtl_table_floor(&c, dtl_key_view(&key), err);
    if (rc == DTL_OK)
        rc = dtl_table_get(&s->urls, c.value, &value, err);
    if (rc == DTL_OK)
        rc = dtl_block_open(block, value, err);
    if (rc == DTL_OK &&
        (ordinal < block->ordinal || ordinal - block->ordinal >= block->count))
        rc = DTL_NOTFOUND;
    return rc;
}

int dtl_segment_capture(const struct dtl_segment *s, uint32_t ordinal,
                        struct dtl_block *block, struct dtl_buf *strings,
                        struct dtl_capture *out, struct dtl_error *err)
{
    int rc;

    if (ordinal >= s->ncaptures)
        return dtl_fail(err, DTL_NOTFOUND, 0, "no capture %u",
                        (unsigned)ordinal);
    rc = find_block_of(s, ordinal, block, err);
    while (rc == DTL_OK &&
           (block->row == 0 || dtl_block_ordinal(block) != ordinal))
        rc = dtl_block_next(block, err);
    if (rc == DTL_END || rc == DTL_NOTFOUND)
        return dtl_fail(err, DTL_FORMAT, 0,
                        "%s: tables captures and urls do not agree",
                        dtl_sealed_path(s->file));
    return rc == DTL_OK ? dtl_block_capture(block, &s->kinds, strings, out, err)
                        : rc;
}

/* ---- captures in order -------------------------------------------------- */

/* Is the row the block stands at before `key` and `time`? */
static bool before(const struct dtl_block *b, struct dtl_slice key,
                   int64_t time)
{
    int d = dtl_compare(dtl_buf_view(&b->key), key);

    return d != 0 ? d < 0 : dtl_block_time(b) < time;
}

static int open_block(struct dtl_stream *s, struct dtl_error *err)
{
    int rc = dtl_block_open(&s->block, s->cursor.value, err);

    return rc == DTL_OK ? dtl_block_next(&s->block, err) : rc;
}

/* To the block that may hold the sort key's place: the last one that begins
 * before it, or the first of all.  A separator may be longer than the sort key
 * it stands for, so look a little further and step back. */
static int find_block(struct dtl_stream *s, struct dtl_slice sort_key,
                      struct dtl_slice key, int64_t time, struct dtl_error *err)
{
    uint8_t probe[LONGEST + 5];
    size_t n = sort_key.len < LONGEST ? sort_key.len : LONGEST;
    int rc;

    memcpy(probe, sort_key.ptr, n);
    memset(probe + n, 0xff, 5);
    dtl_table_cursor(&s->cursor, &s->segment->urls);
    rc = dtl_table_floor(&s->cursor, dtl_slice_of(probe, n + 5), err);
    if (rc == DTL_END) {
        rc = dtl_table_first(&s->cursor, err);
        return rc == DTL_OK ? open_block(s, err) : rc;
    }
    if (rc == DTL_OK)
        rc = open_block(s, err);
    while (rc == DTL_OK && !before(&s->block, key, time)) {
        rc = dtl_table_prev(&s->cursor, err);
        if (rc == DTL_END) {
            rc = dtl_table_first(&s->cursor, err);
            return rc == DTL_OK ? open_block(s, err) : rc;
        }
        if (rc == DTL_OK)
            rc = open_block(s, err);
    }
    return rc;
}

/* Read the block's rows again up to number `row`. */
static int reread(struct dtl_stream *s, uint32_t row, struct dtl_error *err)
{
    int rc = dtl_block_open(&s->block, s->cursor.value, err);

    while (rc == DTL_OK && s->block.row < row)
        rc = dtl_block_next(&s->block, err);
    return rc;
}

static int next_row(struct dtl_stream *s, struct dtl_error *err)
{
    int rc = dtl_block_next(&s->block, err);

    if (rc != DTL_END)
        return rc;
    rc = dtl_table_next(&s->cursor, err);
    return rc == DTL_OK ? open_block(s, err) : rc;
}

static int prev_row(struct dtl_stream *s, struct dtl_error *err)
{
    int rc;

    if (s->block.row > 1)
        return reread(s, s->block.row - 1, err);
    rc = dtl_table_prev(&s->cursor, err);
    if (rc == DTL_OK)
        rc = dtl_block_open(&s->block, s->cursor.value, err);
    return rc == DTL_OK ? reread(s, s->block.count, err) : rc;
}

int dtl_stream_seek(struct dtl_stream *s, const struct dtl_segment *segment,
                    struct dtl_slice sort_key, bool forward,
                    struct dtl_error *err)
{
    struct dtl_slice key;
    int64_t time;
    int rc;

    s->segment = segment;
    s->there = false;
    if (!dtl_sort_key_split(sort_key, &key, &time))
        return dtl_fail(err, DTL_INVALID, 0, "not a sort key");
    rc = find_block(s, sort_key, key, time, err);
    while (rc == DTL_OK && before(&s->block, key, time))
        rc = next_row(s, err);
    if (!forward) {
        if (rc == DTL_OK)
            rc = prev_row(s, err);
        else if (rc == DTL_END && (rc = dtl_table_last(&s->cursor, err)) == 0 &&
                 (rc = dtl_block_open(&s->block, s->cursor.value, err)) == 0)
            rc = reread(s, s->block.count, err);
    }
    s->there = rc == DTL_OK;
    return rc;
}

int dtl_stream_step(struct dtl_stream *s, bool forward, struct dtl_error *err)
{
    int rc = !s->there ? DTL_END
             : forward ? next_row(s, err)
                       : prev_row(s, err);

    s->there = rc == DTL_OK;
    return rc;
}

void dtl_stream_free(struct dtl_stream *s)
{
    dtl_block_free(&s->block);
}
