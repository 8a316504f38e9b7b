/* SPDX-License-Identifier: Apache-2.0 */
/* The input is a body: once said to be chunked, once not. */
#include <dateline/http.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try(const char *head, struct dtl_slice body)
{
    struct dtl_arena *a = dtl_arena_new(16u << 20);
    struct dtl_slice payload;
    struct dtl_http h;

    if (dtl_http_parse(dtl_str(head), a, &h, NULL) == DTL_OK &&
        dtl_http_payload(&h, body, a, &payload, NULL) == DTL_OK) {
        size_t sum = 0; /* reads every byte */

        if (payload.len > body.len)
            abort();
        for (size_t i = 0; i < payload.len; i++)
            sum += payload.ptr[i];
        if (sum > 255 * body.len)
            abort();
    }
    dtl_arena_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n",
        dtl_slice_of(data, size));
    try("HTTP/1.1 200 OK\n\n", dtl_slice_of(data, size));
    return 0;
}
