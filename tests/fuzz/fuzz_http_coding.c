/* SPDX-License-Identifier: Apache-2.0 */
/* The first byte picks the codings, the rest is the payload. */
#include <dateline/http.h>

#include <stdlib.h>

#define MAX 100000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const heads[] = {
    "HTTP/1.1 200 OK\nContent-Encoding: gzip\n\n",
    "HTTP/1.1 200 OK\nContent-Encoding: deflate\n\n",
    "HTTP/1.1 200 OK\nContent-Encoding: br\n\n",
    "HTTP/1.1 200 OK\nContent-Encoding: zstd\n\n",
    "HTTP/1.1 200 OK\nContent-Encoding: gzip, gzip\n\n",
    "HTTP/1.1 200 OK\nContent-Encoding: deflate, br, gzip\n\n",
    "HTTP/1.1 200 OK\nContent-Type: text/html\n\n",
    "HTTP/1.1 200 OK\nTransfer-Encoding: gzip\nContent-Encoding: zstd\n\n",
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dtl_arena *a = dtl_arena_new(1u << 20);
    struct dtl_decoder *d = NULL;
    struct dtl_slice out;
    struct dtl_http h;

    if (size > 0 && dtl_decoder_new(&d, NULL) == DTL_OK &&
        dtl_http_parse(dtl_str(heads[data[0] % 8]), a, &h, NULL) == DTL_OK)
        for (int twice = 0; twice < 2; twice++)
            if (dtl_http_decode(d, &h, dtl_slice_of(data + 1, size - 1), MAX,
                                &out, NULL) == DTL_OK &&
                out.len > MAX)
                abort();
    dtl_decoder_free(d);
    dtl_arena_free(a);
    return 0;
}
