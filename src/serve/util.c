/* SPDX-License-Identifier: Apache-2.0 */
#include "util.h"

#include <dateline/digest.h>

#include <errno.h>
#include <stdio.h>

int read_text_file(const char *path, size_t max, struct dtl_buf *out,
                   struct dtl_error *err)
{
    FILE *f = fopen(path, "rbe");
    size_t n = 1;
    int rc = DTL_OK;

    if (f == NULL)
        return dtl_fail(err, DTL_IO, 0, "%s", strerror(errno));
    out->max = max;
    while (n > 0 && dtl_buf_reserve(out, 16384)) {
        n = fread(out->ptr + out->len, 1, out->cap - out->len, f);
        out->len += n;
    }
    if (ferror(f) || out->failed)
        rc = dtl_fail(err, DTL_IO, 0, "it cannot be read whole");
    fclose(f);
    return rc;
}

bool sha256(struct dtl_slice s, uint8_t out[32])
{
    struct dtl_hasher *h;
    struct dtl_digest d;

    if (dtl_hasher_new(DTL_DIGEST_SHA256, &h, NULL) != DTL_OK)
        return false;
    dtl_hasher_add(h, s);
    dtl_hasher_finish(h, &d);
    dtl_hasher_free(h);
    memcpy(out, d.bytes, 32);
    return true;
}
