/* SPDX-License-Identifier: Apache-2.0 */
/* A captured head: what is made of it can be sent, and sends nobody away. */
#include "fuzz_rewrite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct dtl_field *f)
{
    for (size_t i = 0; i < f->name.len; i++)
        if (f->name.ptr[i] <= ' ' || f->name.ptr[i] >= 0x7f ||
            f->name.ptr[i] == ':')
            abort();
    for (size_t i = 0; i < f->value.len; i++)
        if (f->value.ptr[i] < ' ' || f->value.ptr[i] == 0x7f)
            abort();
    if (dtl_equal_nocase(f->name, dtl_str("location")) &&
        !dtl_starts(f->value, "/web/20240501120000"))
        abort();
    if (dtl_equal_nocase(f->name, dtl_str("set-cookie")) ||
        dtl_equal_nocase(f->name, dtl_str("transfer-encoding")))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dtl_rewrite_options o = fuzz_options();
    struct dtl_arena *arena = dtl_arena_new(64u << 20);
    struct dtl_field *fields;
    struct dtl_slice body;
    struct dtl_http http;
    size_t n, policies = 0;

    if (arena == NULL ||
        dtl_http_parse(dtl_slice_of(data, size), arena, &http, NULL) != DTL_OK)
        abort();
    body = dtl_slice_of(data + http.head_len, size - http.head_len);
    if (dtl_rewrite_head(&o, DTL_REWRITE_HTML, &http, body, arena, &fields, &n,
                         NULL) != DTL_OK)
        abort();
    for (size_t i = 0; i < n; i++) {
        check(&fields[i]);
        policies += dtl_equal_nocase(fields[i].name,
                                     dtl_str("content-security-policy"));
    }
    if (policies != 1)
        abort();
    dtl_arena_free(arena);
    return 0;
}
