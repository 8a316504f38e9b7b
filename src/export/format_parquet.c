/* SPDX-License-Identifier: Apache-2.0 */
#include "fields.h"
#include "parquet.h"

#include <stdlib.h>

#define ROWS 8192 /* of a row group, fewer when they are large */

/* Fields whose values repeat from row to row. */
static bool repeats(int field)
{
    switch (field) {
    case DTL_F_authors:
    case DTL_F_published_source:
    case DTL_F_modified_source:
    case DTL_F_site:
    case DTL_F_publisher:
    case DTL_F_section:
    case DTL_F_tags:
    case DTL_F_lang:
    case DTL_F_agency:
    case DTL_F_place:
    case DTL_F_page_type:
    case DTL_F_domain:
    case DTL_F_archive_file:
    case DTL_F_extractor: return true;
    default: return false;
    }
}

static enum dtl_parquet_type type_of(enum dtl_field_type type)
{
    static const enum dtl_parquet_type types[] = {
        DTL_PARQUET_STRING, DTL_PARQUET_INT64, DTL_PARQUET_DOUBLE,
        DTL_PARQUET_BOOL,   DTL_PARQUET_TIME,  DTL_PARQUET_STRING,
    };

    return types[type];
}

static void make_columns(struct dtl_parquet_column columns[DTL_F_COUNT])
{
    for (int i = 0; i < DTL_F_COUNT; i++) {
        const struct dtl_export_field *f = dtl_export_field_at((size_t)i);

        columns[i] = (struct dtl_parquet_column){
            .name = f->name,
            .type = type_of(f->type),
            .optional = f->nullable,
            .list = f->type == DTL_FIELD_LIST,
            .dictionary = repeats(i),
        };
    }
}

/* What a batch keeps: its row group. */
struct kept {
    struct dtl_parquet_column columns[DTL_F_COUNT];
    struct dtl_parquet_group *group;
};

/* What the file keeps until its end. */
struct state {
    struct dtl_buf groups;
    size_t ngroups;
};

static void free_batch(struct dtl_batch *batch)
{
    struct kept *k = batch->extra;

    if (k != NULL)
        dtl_parquet_free(k->group);
    free(k);
    batch->extra = NULL;
}

static void free_state(void *state)
{
    dtl_buf_free(&((struct state *)state)->groups);
}

static int keep(struct dtl_batch *batch, struct dtl_error *err)
{
    struct kept *k = calloc(1, sizeof *k);

    if (k == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a row group");
    batch->extra = k;
    make_columns(k->columns);
    return dtl_parquet_new(k->columns, DTL_F_COUNT, &k->group, err);
}

static void add(struct dtl_parquet_group *g, size_t column,
                const struct dtl_export_field *f, const struct dtl_value *v)
{
    switch (f->type) {
    case DTL_FIELD_LIST: dtl_parquet_list(g, column, v->list, v->n); return;
    case DTL_FIELD_STRING:
        if (v->there || !f->nullable)
            dtl_parquet_string(g, column, v->text);
        break;
    case DTL_FIELD_DOUBLE:
        if (v->there || !f->nullable)
            dtl_parquet_double(g, column, v->real);
        break;
    case DTL_FIELD_TIME:
        if (v->there)
            dtl_parquet_int(g, column, v->number * 1000);
        break;
    case DTL_FIELD_INT:
    case DTL_FIELD_BOOL:
        if (v->there || !f->nullable)
            dtl_parquet_int(g, column, v->number);
        break;
    }
    if (!v->there && f->nullable)
        dtl_parquet_null(g, column);
}

static int encode(const struct dtl_format_run *run,
                  const struct dtl_export_row *row, struct dtl_batch *batch,
                  struct dtl_error *err)
{
    struct dtl_value values[DTL_F_COUNT];
    struct kept *k;
    int rc = dtl_row_values(run, row, values, err);

    if (rc == DTL_OK && batch->extra == NULL)
        rc = keep(batch, err);
    if (rc != DTL_OK)
        return rc;
    k = batch->extra;
    if (batch->rows == 0)
        dtl_parquet_reset(k->group);
    for (size_t i = 0; i < DTL_F_COUNT; i++)
        add(k->group, i, dtl_export_field_at(i), &values[i]);
    rc = dtl_parquet_row(k->group, err);
    batch->held = dtl_parquet_held(k->group);
    return rc;
}

static int encoded(const struct dtl_format_run *run, struct dtl_batch *batch,
                   struct dtl_error *err)
{
    struct kept *k = batch->extra;

    (void)run;
    return batch->rows > 0 ? dtl_parquet_finish(k->group, &batch->bytes, err)
                           : DTL_OK;
}

static int written(struct dtl_format_run *run, struct dtl_batch *batch,
                   struct dtl_error *err)
{
    const struct kept *k = batch->extra;
    struct state *s = run->state;

    if (batch->rows == 0)
        return DTL_OK;
    dtl_parquet_describe(k->group, run->bytes, &s->groups);
    s->ngroups++;
    if (s->groups.failed)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a footer");
    return DTL_OK;
}

static int begin(struct dtl_format_run *run, struct dtl_buf *out,
                 struct dtl_error *err)
{
    (void)run;
    (void)err;
    dtl_parquet_begin(out);
    return DTL_OK;
}

static int end(struct dtl_format_run *run, struct dtl_buf *out,
               struct dtl_error *err)
{
    struct dtl_parquet_column columns[DTL_F_COUNT];
    struct state *s = run->state;
    char by[64] = "dateline version ";

    make_columns(columns);
    strncat(by, dtl_version(), sizeof by - strlen(by) - 1);
    dtl_parquet_end(columns, DTL_F_COUNT, run->rows, &s->groups, s->ngroups, by,
                    out);
    return out->failed
               ? dtl_fail(err, DTL_NOMEM, 0, "out of memory for a footer")
               : DTL_OK;
}

const struct dtl_format dtl_format_parquet = {
    .about = { .name = "parquet",
               .extension = ".parquet",
               .media_type = "application/vnd.apache.parquet",
               .what = "Apache Parquet, packed by zstd",
               .unit = DTL_EXPORT_ARTICLES },
    .batch = ROWS,
    .text = true,
    .state = sizeof(struct state),
    .open = begin,
    .encode = encode,
    .encoded = encoded,
    .written = written,
    .close = end,
    .batch_free = free_batch,
    .free = free_state,
};
