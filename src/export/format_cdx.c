/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Indexes of the captures selected, in the order of key and time, which is
 * that of selections: CDXJ, CDX of eleven fields, and ZipNum as pywb and
 * Common Crawl have it:
 *
 *     cdx-00000.gz   CDXJ, a gzip member for each 3,000 lines
 *     cluster.idx    of each member: key and time of its first line, file,
 *                    offset, length, number
 *     cluster.loc    where the files are
 */
#include "cdxrow.h"
#include "package.h"
#include "records.h"

#include <inttypes.h>
#include <stdlib.h>

#include <libdeflate.h>

#define BLOCK 3000U /* lines */

static struct dtl_slice dup_text(struct dtl_arena *a, const char *text)
{
    return dtl_arena_dup(a, dtl_str(text));
}

int dtl_row_cdx(const struct dtl_export_row *row, struct dtl_arena *a,
                struct dtl_cdx *out, struct dtl_error *err)
{
    const struct dtl_capture *c = &row->capture;
    const char *slash = strrchr(row->file, '/');
    char time[DTL_TIME_14], digest[DTL_DIGEST_TEXT];

    dtl_time_14(c->time, time);
    dtl_digest_text(&c->digest, digest);
    *out = (struct dtl_cdx){
        .key = c->key,
        .time = dup_text(a, time[0] != '\0' ? time : "-"),
        .url = c->url,
        .mime = c->mime,
        .redirect = c->redirect,
        .digest = dup_text(a, digest),
        .length = dtl_str(dtl_arena_printf(a, "%" PRIu64, c->length)),
        .offset = dtl_str(dtl_arena_printf(a, "%" PRIu64, c->offset)),
        .filename = dtl_str(slash != NULL ? slash + 1 : row->file),
    };
    if ((c->flags & DTL_CAPTURE_REVISIT) != 0)
        out->mime = dtl_str("warc/revisit");
    if (c->status != 0)
        out->status = dtl_str(dtl_arena_printf(a, "%03u", c->status));
    if (out->offset.ptr == NULL || out->length.ptr == NULL ||
        out->digest.ptr == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a row");
    return DTL_OK;
}

static int put_line(const struct dtl_format_run *run,
                    const struct dtl_export_row *row, enum dtl_cdx_format as,
                    struct dtl_buf *out, struct dtl_error *err)
{
    struct dtl_cdx line;
    int rc = dtl_row_cdx(row, run->arena, &line, err);

    if (rc != DTL_OK)
        return rc;
    if (as == DTL_CDXJ)
        line.redirect = dtl_slice_of(NULL, 0);
    dtl_cdx_write(out, &line, as);
    return out->failed ? dtl_fail(err, DTL_NOMEM, 0, "out of memory for a row")
                       : DTL_OK;
}

static int encode_cdxj(const struct dtl_format_run *run,
                       const struct dtl_export_row *row,
                       struct dtl_batch *batch, struct dtl_error *err)
{
    return put_line(run, row, DTL_CDXJ, &batch->bytes, err);
}

static int encode_cdx(const struct dtl_format_run *run,
                      const struct dtl_export_row *row, struct dtl_batch *batch,
                      struct dtl_error *err)
{
    return put_line(run, row, DTL_CDX11, &batch->bytes, err);
}

static int open_cdx(struct dtl_format_run *run, struct dtl_buf *out,
                    struct dtl_error *err)
{
    (void)run;
    (void)err;
    dtl_buf_printf(out, "%s\n", dtl_cdx_header(DTL_CDX11));
    return DTL_OK;
}

const struct dtl_format dtl_format_cdxj = {
    .about = { .name = "cdxj",
               .extension = ".cdxj",
               .media_type = "text/x-cdxj",
               .what = "an index of the captures, JSON after key and time",
               .unit = DTL_EXPORT_CAPTURES,
               .text = true },
    .batch = 1024,
    .encode = encode_cdxj,
};

const struct dtl_format dtl_format_cdx = {
    .about = { .name = "cdx",
               .extension = ".cdx",
               .media_type = "text/x-cdx",
               .what = "an index of the captures, eleven fields",
               .unit = DTL_EXPORT_CAPTURES,
               .text = true },
    .batch = 1024,
    .open = open_cdx,
    .encode = encode_cdx,
};

/* ---- ZipNum
 * --------------------------------------------------------------------
 */

struct block {
    struct libdeflate_compressor *gzip;
    struct dtl_buf first; /* key and time of the first line */
    struct dtl_buf packed;
};

struct cluster {
    struct dtl_buf idx;
};

static int encoded_block(const struct dtl_format_run *run,
                         struct dtl_batch *batch, struct dtl_error *err)
{
    struct block *b = batch->extra;
    struct dtl_slice lines = dtl_buf_view(&batch->bytes);
    struct dtl_buf swap;
    int rc;

    (void)run;
    if (lines.len == 0)
        return DTL_OK;
    if (b == NULL)
        b = batch->extra = calloc(1, sizeof *b);
    if (b == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for an index");
    dtl_buf_clear(&b->first);
    dtl_buf_slice(&b->first,
                  dtl_sub(lines, 0, dtl_find(lines, dtl_str(" {"), 0)));
    dtl_buf_clear(&b->packed);
    rc = dtl_gzip_add(&b->gzip, lines, &b->packed, err);
    swap = batch->bytes;
    batch->bytes = b->packed;
    b->packed = swap;
    return rc;
}

static int block_written(struct dtl_format_run *run, struct dtl_batch *batch,
                         struct dtl_error *err)
{
    struct cluster *c = run->state;
    struct block *b = batch->extra;

    if (batch->bytes.len == 0)
        return DTL_OK;
    dtl_buf_slice(&c->idx, dtl_buf_view(&b->first));
    /* The number is that over all files: package.c writes it. */
    dtl_buf_printf(&c->idx, "\tcdx-%05u.gz\t%" PRIu64 "\t%zu\t0\n", run->number,
                   run->bytes, batch->bytes.len);
    return c->idx.failed
               ? dtl_fail(err, DTL_NOMEM, 0, "out of memory for an index")
               : DTL_OK;
}

static void free_block(struct dtl_batch *batch)
{
    struct block *b = batch->extra;

    if (b == NULL)
        return;
    libdeflate_free_compressor(b->gzip);
    dtl_buf_free(&b->first);
    dtl_buf_free(&b->packed);
    free(b);
    batch->extra = NULL;
}

static void free_cluster(void *state)
{
    struct cluster *c = state;

    dtl_buf_free(&c->idx);
}

static struct dtl_slice cluster_lines(const void *state)
{
    const struct cluster *c = state;

    return dtl_buf_view(&c->idx);
}

const struct dtl_format dtl_format_zipnum = {
    .about = { .name = "zipnum",
               .extension = ".gz",
               .media_type = "application/gzip",
               .what = "an index of the captures in blocks, with an index of "
                       "these",
               .unit = DTL_EXPORT_CAPTURES,
               .directory = true },
    .batch = BLOCK,
    .rotated = true,
    .row_bytes = 64,
    .state = sizeof(struct cluster),
    .encode = encode_cdxj,
    .encoded = encoded_block,
    .written = block_written,
    .index = cluster_lines,
    .batch_free = free_block,
    .free = free_cluster,
};
