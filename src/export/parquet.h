/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DTL_EXPORT_PARQUET_H
#define DTL_EXPORT_PARQUET_H
/*
 * Writes Apache Parquet (parquet-format 2.10), a small part of it: flat
 * columns that are required or optional, and lists of strings; pages of
 * version 1, packed by zstd, plain or over a dictionary; statistics a row
 * group; checksums a page.
 *
 *     dtl_parquet_begin(&out);
 *     for each row group:
 *         dtl_parquet_reset(g);
 *         for each row, dtl_parquet_add...() every column, dtl_parquet_row(g);
 *         dtl_parquet_finish(g, &out, &err);
 *         dtl_parquet_describe(g, where the group begins, &groups);
 *     dtl_parquet_end(columns, n, rows, &groups, ngroups, created_by, &out);
 */
#include <dateline/base.h>

enum dtl_parquet_type {
    DTL_PARQUET_BOOL = 0,
    DTL_PARQUET_INT64 = 2,
    DTL_PARQUET_DOUBLE = 5,
    DTL_PARQUET_STRING = 6,
    DTL_PARQUET_TIME = 100, /* INT64: milliseconds, UTC */
};

struct dtl_parquet_column {
    const char *name;
    enum dtl_parquet_type type;
    bool optional;
    bool list;       /* of required strings; never null itself */
    bool dictionary; /* STRING: where that is smaller */
};

struct dtl_parquet_group; /* a row group in the making */
/** `columns` are borrowed. */
int dtl_parquet_new(const struct dtl_parquet_column *columns, size_t n,
                    struct dtl_parquet_group **out, struct dtl_error *err);
void dtl_parquet_reset(struct dtl_parquet_group *g);
void dtl_parquet_null(struct dtl_parquet_group *g, size_t column);
void dtl_parquet_string(struct dtl_parquet_group *g, size_t column,
                        struct dtl_slice s);
/** INT64, BOOL, TIME (milliseconds). */
void dtl_parquet_int(struct dtl_parquet_group *g, size_t column, int64_t v);
void dtl_parquet_double(struct dtl_parquet_group *g, size_t column, double v);
void dtl_parquet_list(struct dtl_parquet_group *g, size_t column,
                      const struct dtl_slice *items, size_t n);
/** The row is whole. */
int dtl_parquet_row(struct dtl_parquet_group *g, struct dtl_error *err);
/** Bytes of memory the group has come to. */
size_t dtl_parquet_held(const struct dtl_parquet_group *g);
/** Append the column chunks. */
int dtl_parquet_finish(struct dtl_parquet_group *g, struct dtl_buf *out,
                       struct dtl_error *err);
/** Append what the footer says of the group, which begins at `offset`. */
void dtl_parquet_describe(const struct dtl_parquet_group *g, uint64_t offset,
                          struct dtl_buf *groups);
void dtl_parquet_free(struct dtl_parquet_group *g);

void dtl_parquet_begin(struct dtl_buf *out);
void dtl_parquet_end(const struct dtl_parquet_column *columns, size_t n,
                     uint64_t rows, const struct dtl_buf *groups,
                     size_t ngroups, const char *created_by,
                     struct dtl_buf *out);

#endif
