/* SPDX-License-Identifier: Apache-2.0 */
#include <dateline/base.h>

#include <stdio.h>
#include <stdlib.h>

bool dtl_buf_reserve(struct dtl_buf *b, size_t more)
{
    size_t max = b->max != 0 ? b->max : SIZE_MAX / 2;
    size_t cap = b->cap != 0 ? b->cap : 256;
    uint8_t *ptr;

    if (b->failed || more > max - b->len) {
        b->failed = true;
        return false;
    }
    if (more <= b->cap - b->len)
        return true;
    while (cap < b->len + more)
        cap *= 2;
    if (cap > max)
        cap = max;
    ptr = realloc(b->ptr, cap);
    if (ptr == NULL) {
        b->failed = true;
        return false;
    }
    b->ptr = ptr;
    b->cap = cap;
    return true;
}

bool dtl_buf_add(struct dtl_buf *b, const void *ptr, size_t len)
{
    if (!dtl_buf_reserve(b, len))
        return false;
    if (len > 0)
        memcpy(b->ptr + b->len, ptr, len);
    b->len += len;
    return true;
}

bool dtl_buf_slice(struct dtl_buf *b, struct dtl_slice s)
{
    return dtl_buf_add(b, s.ptr, s.len);
}

bool dtl_buf_str(struct dtl_buf *b, const char *s)
{
    return dtl_buf_add(b, s, strlen(s));
}

bool dtl_buf_byte(struct dtl_buf *b, uint8_t c)
{
    return dtl_buf_add(b, &c, 1);
}

bool dtl_buf_printf(struct dtl_buf *b, const char *fmt, ...)
{
    va_list ap, again;
    bool ok = false;
    int len;

    va_start(ap, fmt);
    va_copy(again, ap);
    len = vsnprintf(NULL, 0, fmt, ap);
    if (len >= 0 && dtl_buf_reserve(b, (size_t)len + 1)) {
        vsnprintf((char *)b->ptr + b->len, (size_t)len + 1, fmt, again);
        b->len += (size_t)len;
        ok = true;
    }
    va_end(again);
    va_end(ap);
    return ok;
}

bool dtl_buf_varint(struct dtl_buf *b, uint64_t v)
{
    uint8_t bytes[10];
    size_t n = 0;

    while (v >= 0x80) {
        bytes[n++] = (uint8_t)(v | 0x80);
        v >>= 7;
    }
    bytes[n++] = (uint8_t)v;
    return dtl_buf_add(b, bytes, n);
}

bool dtl_buf_utf8(struct dtl_buf *b, uint32_t c)
{
    uint8_t bytes[4];

    return dtl_buf_add(b, bytes, dtl_utf8_put(bytes, c));
}

void dtl_buf_free(struct dtl_buf *b)
{
    if (b == NULL)
        return;
    free(b->ptr);
    b->ptr = NULL;
    b->len = b->cap = 0;
    b->failed = false;
}

bool dtl_varint(struct dtl_slice s, size_t *pos, uint64_t *out)
{
    uint64_t v = 0;

    for (unsigned shift = 0; shift < 64 && *pos < s.len; shift += 7) {
        uint8_t c = s.ptr[(*pos)++];

        v |= (uint64_t)(c & 0x7f) << shift;
        if (c < 0x80) {
            *out = v;
            return true;
        }
    }
    return false;
}
