/* SPDX-License-Identifier: Apache-2.0 */
#include "records.h"

#include <stdlib.h>

static int open_file(struct dtl_format_run *run, struct dtl_buf *out,
                     struct dtl_error *err)
{
    struct dtl_records_run *s = run->state;
    struct dtl_buf info = { 0 };
    int rc = dtl_records_warcinfo(
        run, "WARC/1.1", "WARC File Format 1.1",
        "conformsTo: "
        "http://iipc.github.io/warc-specs/specifications/warc-format/"
        "warc-1.1/\r\n"
        "dateline-records: copied as stored where a gzip member holds one "
        "record, else compressed anew, their bytes the same; those of ARC "
        "files become WARC records; each archive's own warcinfo stands before "
        "its records\r\n",
        &info, err);

    if (rc == DTL_OK)
        rc = dtl_gzip_add(&s->one.gzip, dtl_buf_view(&info), out, err);
    dtl_buf_free(&info);
    return rc;
}

static struct dtl_records *records_of(struct dtl_batch *batch)
{
    if (batch->extra == NULL)
        batch->extra = calloc(1, sizeof(struct dtl_records));
    return batch->extra;
}

static int encode(const struct dtl_format_run *run,
                  const struct dtl_export_row *row, struct dtl_batch *batch,
                  struct dtl_error *err)
{
    struct dtl_records *r = records_of(batch);
    struct dtl_record_span span;

    if (r == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a record");
    return dtl_records_encode(run, row, r, batch, &span, err);
}

static int written(struct dtl_format_run *run, struct dtl_batch *batch,
                   struct dtl_error *err)
{
    size_t lead;

    return batch->extra != NULL ? dtl_records_written(run->state, batch->extra,
                                                      batch, &lead, err)
                                : DTL_OK;
}

static int large_row(struct dtl_format_run *run,
                     const struct dtl_export_row *row, struct dtl_buf *out,
                     struct dtl_error *err)
{
    uint64_t at, len;

    return dtl_records_row(run, row, out, run->state, &at, &len, err);
}

static void free_batch(struct dtl_batch *batch)
{
    if (batch->extra == NULL)
        return;
    dtl_records_free(batch->extra);
    free(batch->extra);
    batch->extra = NULL;
}

static void free_run(void *state)
{
    dtl_records_run_free(state);
}

const struct dtl_format dtl_format_warc = {
    .about = { .name = "warc",
               .extension = ".warc.gz",
               .media_type = "application/warc",
               .what = "the original records, with requests and what revisits "
                       "refer to",
               .unit = DTL_EXPORT_CAPTURES },
    .batch = 16,
    .by_place = true,
    .rotated = true,
    .state = sizeof(struct dtl_records_run),
    .open = open_file,
    .encode = encode,
    .written = written,
    .row = large_row,
    .batch_free = free_batch,
    .free = free_run,
};
