/* SPDX-License-Identifier: Apache-2.0 */
/* The first byte picks the type, the rest is a request's body; the key's URL
 * then goes into lines of each format. */
#include <dateline/cdx.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const types[] = {
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=xyz",
    "application/json",
    "text/plain",
    "application/octet-stream",
    "multipart/mixed; boundary=\"",
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dtl_arena *a = dtl_arena_new(1u << 20);
    struct dtl_buf lines = { .max = 1u << 20 };
    struct dtl_slice url, query;

    if (size > 0 && dtl_cdx_post_url(dtl_str("http://e.org/"), dtl_str("POST"),
                                     dtl_str(types[data[0] % 6]),
                                     dtl_slice_of(data + 1, size - 1), a, &url,
                                     &query, NULL) == DTL_OK) {
        struct dtl_cdx line = { .key = url, .url = query, .body = query };

        if (query.len > 4096)
            abort();
        dtl_cdx_write(&lines, &line, DTL_CDXJ);
        for (size_t i = url.len; i + 1 < lines.len; i++)
            if (lines.ptr[i] < 0x20 || lines.ptr[i] > 0x7f)
                abort(); /* JSON lines are ASCII on one line */
        dtl_cdx_write(&lines, &line, DTL_CDX11);
        dtl_cdx_write(&lines, &line, DTL_CDX9);
    }
    dtl_buf_free(&lines);
    dtl_arena_free(a);
    return 0;
}
