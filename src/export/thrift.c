/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Thrift compact protocol: a field is a byte with the distance of its id from
 * the last one and its type, integers are zigzag varints, a struct ends with
 * 0.
 */
#include "thrift.h"

enum { TRUE_FIELD = 1, FALSE_FIELD = 2, I8_FIELD = 3 };

static uint64_t zigzag(int64_t v)
{
    return (uint64_t)v << 1 ^ (uint64_t)(v >> 63);
}

static void field(struct dtl_thrift *t, int id, int type)
{
    int by = id - t->last[t->depth];

    if (by > 0 && by <= 15) {
        dtl_buf_byte(t->out, (uint8_t)(by << 4 | type));
    } else {
        dtl_buf_byte(t->out, (uint8_t)type);
        dtl_buf_varint(t->out, zigzag(id));
    }
    t->last[t->depth] = id;
}

static void deeper(struct dtl_thrift *t)
{
    if (t->depth + 1 >= DTL_THRIFT_DEPTH) {
        t->out->failed = true; /* deeper than anything of Parquet */
        return;
    }
    t->last[++t->depth] = 0;
}

void dtl_thrift_bool(struct dtl_thrift *t, int id, bool v)
{
    field(t, id, v ? TRUE_FIELD : FALSE_FIELD);
}

void dtl_thrift_i8(struct dtl_thrift *t, int id, int8_t v)
{
    field(t, id, I8_FIELD);
    dtl_buf_byte(t->out, (uint8_t)v);
}

void dtl_thrift_i32(struct dtl_thrift *t, int id, int32_t v)
{
    field(t, id, DTL_THRIFT_I32);
    dtl_thrift_item_i32(t, v);
}

void dtl_thrift_i64(struct dtl_thrift *t, int id, int64_t v)
{
    field(t, id, DTL_THRIFT_I64);
    dtl_buf_varint(t->out, zigzag(v));
}

void dtl_thrift_bytes(struct dtl_thrift *t, int id, struct dtl_slice v)
{
    field(t, id, DTL_THRIFT_BINARY);
    dtl_thrift_item_bytes(t, v);
}

void dtl_thrift_struct(struct dtl_thrift *t, int id)
{
    field(t, id, DTL_THRIFT_STRUCT);
    deeper(t);
}

void dtl_thrift_end(struct dtl_thrift *t)
{
    dtl_buf_byte(t->out, 0);
    if (t->depth > 0)
        t->depth--;
}

void dtl_thrift_list(struct dtl_thrift *t, int id, enum dtl_thrift_type type,
                     size_t n)
{
    field(t, id, DTL_THRIFT_LIST);
    if (n < 15) {
        dtl_buf_byte(t->out, (uint8_t)(n << 4 | type));
    } else {
        dtl_buf_byte(t->out, (uint8_t)(0xf0 | type));
        dtl_buf_varint(t->out, n);
    }
}

void dtl_thrift_item_struct(struct dtl_thrift *t)
{
    deeper(t);
}

void dtl_thrift_item_i32(struct dtl_thrift *t, int32_t v)
{
    dtl_buf_varint(t->out, zigzag(v));
}

void dtl_thrift_item_bytes(struct dtl_thrift *t, struct dtl_slice v)
{
    dtl_buf_varint(t->out, v.len);
    dtl_buf_slice(t->out, v);
}
