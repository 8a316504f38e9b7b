/* SPDX-License-Identifier: Apache-2.0 */
#include "engine.h"

#include <dateline/io.h>

static bool go_on(struct dtl_export_job *job, const struct dtl_export *x)
{
    uint64_t done, of;

    dtl_export_progress(x, &done, &of);
    return job->progress == NULL ||
           job->progress(done, of, dtl_export_rows(x), job->context);
}

static int write_all(struct dtl_export_job *job, struct dtl_export *x,
                     struct dtl_output *o, struct dtl_error *err)
{
    struct dtl_buf piece = { 0 };
    int rc;

    while ((rc = dtl_export_next(x, &piece, err)) == DTL_OK) {
        rc = dtl_output_write(o, dtl_buf_view(&piece), err);
        dtl_buf_clear(&piece);
        if (rc == DTL_OK && !go_on(job, x))
            rc = dtl_fail(err, DTL_LIMIT, 0, "stopped");
        if (rc != DTL_OK)
            break;
    }
    dtl_buf_free(&piece);
    return rc == DTL_END ? DTL_OK : rc;
}

static bool is_tree(const struct dtl_export_job *job)
{
    const struct dtl_export_format *f = dtl_export_format_find(
        job->options.format != NULL ? job->options.format : "jsonl");

    return f != NULL && f->directory;
}

int dtl_export_write(struct dtl_store *store, struct dtl_export_job *job,
                     struct dtl_error *err)
{
    struct dtl_export *x = NULL;
    struct dtl_output *o = NULL;
    int rc;

    if (dtl_ends(dtl_str(job->output), "/"))
        return dtl_export_package(store, job, err);
    if (job->split != DTL_SPLIT_NONE || job->bagit || is_tree(job))
        return dtl_fail(err, DTL_INVALID, 0,
                        "several files need a directory: a name that ends in "
                        "/");
    rc = dtl_export_open(store, &job->selection, &job->options, &x, err);
    if (rc == DTL_OK)
        rc = dtl_output_open(job->output, &o, err);
    if (rc == DTL_OK)
        rc = write_all(job, x, o, err);
    if (rc == DTL_OK) {
        job->rows = dtl_export_rows(x);
        job->bytes = dtl_output_size(o);
        job->files = 1;
        job->left_out = dtl_export_left_out(x);
        rc = dtl_output_commit(o, err);
    } else {
        dtl_output_abort(o);
    }
    dtl_export_close(x);
    return rc;
}
