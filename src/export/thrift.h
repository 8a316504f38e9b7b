/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DTL_EXPORT_THRIFT_H
#define DTL_EXPORT_THRIFT_H
/* Writes the compact protocol of Apache Thrift, as much of it as the footer
 * and the page headers of Parquet are made of. */
#include <dateline/base.h>

#define DTL_THRIFT_DEPTH 8

enum dtl_thrift_type {
    DTL_THRIFT_I32 = 5,
    DTL_THRIFT_I64 = 6,
    DTL_THRIFT_BINARY = 8,
    DTL_THRIFT_LIST = 9,
    DTL_THRIFT_STRUCT = 12,
};

/** Start with `{ .out = &buf }`: that is inside a struct. */
struct dtl_thrift {
    struct dtl_buf *out;
    unsigned depth;
    int last[DTL_THRIFT_DEPTH]; /* field id */
};

void dtl_thrift_bool(struct dtl_thrift *t, int id, bool v);
void dtl_thrift_i8(struct dtl_thrift *t, int id, int8_t v);
void dtl_thrift_i32(struct dtl_thrift *t, int id, int32_t v);
void dtl_thrift_i64(struct dtl_thrift *t, int id, int64_t v);
void dtl_thrift_bytes(struct dtl_thrift *t, int id, struct dtl_slice v);
void dtl_thrift_struct(struct dtl_thrift *t, int id);
/** Ends a struct, the outermost one too. */
void dtl_thrift_end(struct dtl_thrift *t);
/** The elements follow: dtl_thrift_item_...() or what stands for itself. */
void dtl_thrift_list(struct dtl_thrift *t, int id, enum dtl_thrift_type type,
                     size_t n);
void dtl_thrift_item_struct(struct dtl_thrift *t);
void dtl_thrift_item_i32(struct dtl_thrift *t, int32_t v);
void dtl_thrift_item_bytes(struct dtl_thrift *t, struct dtl_slice v);

#endif
