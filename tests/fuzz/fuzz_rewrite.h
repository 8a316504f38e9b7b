/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FUZZ_REWRITE_H
#define FUZZ_REWRITE_H
/*
 * What holds for any input of the rewriter: it ends, what it writes does not
 * depend on how the input was cut (its first byte says where), and it is not
 * out of proportion.
 */
#include <dateline/rewrite.h>

#include <stdlib.h>

static inline struct dtl_rewrite_options fuzz_options(void)
{
    return (struct dtl_rewrite_options){
        .prefix = dtl_str("/web/"),
        .url = dtl_str("https://e.org/a/b?c"),
        .asked = "20240501120000",
        .captured = "20240430000000",
    };
}

static inline void fuzz_run(enum dtl_rewrite_kind kind, struct dtl_slice in,
                            size_t piece, struct dtl_buf *out)
{
    struct dtl_rewrite_options o = fuzz_options();
    struct dtl_rewrite *w;
    size_t i = 0;

    if (dtl_rewrite_new(&o, kind, &w, NULL) != DTL_OK)
        abort();
    do {
        size_t n = in.len - i < piece ? in.len - i : piece;
        uint8_t *copy = malloc(n + 1); /* exactly: reading on is seen */

        if (copy == NULL)
            abort();
        memcpy(copy, in.len > 0 ? in.ptr + i : (const uint8_t *)"", n);
        if (dtl_rewrite_push(w, dtl_slice_of(copy, n), i + n == in.len, out,
                             NULL) != DTL_OK)
            abort();
        free(copy);
        i += n;
    } while (i < in.len);
    dtl_rewrite_free(w);
}

static inline void fuzz_rewrite(enum dtl_rewrite_kind kind, const uint8_t *data,
                                size_t size)
{
    struct dtl_buf whole = { 0 }, pieces = { 0 };
    struct dtl_slice in = dtl_slice_of(data, size);
    size_t piece = size > 0 ? (size_t)data[0] % 32 + 1 : 1;

    fuzz_run(kind, in, size + 1, &whole);
    fuzz_run(kind, in, piece, &pieces);
    if (!dtl_equal(dtl_buf_view(&whole), dtl_buf_view(&pieces)))
        abort();
    if (whole.len > 40 * size + 4096)
        abort();
    dtl_buf_free(&whole);
    dtl_buf_free(&pieces);
}
#endif
