/* SPDX-License-Identifier: Apache-2.0 */
#include "keyfile.h"

#include <errno.h>

#define MOST 16384

int keyfile_read(const char *path, struct dtl_buf *out, struct dtl_error *err)
{
    FILE *f = fopen(path, "rb");
    size_t n;

    if (f == NULL)
        return dtl_fail(err, DTL_IO, 0, "cannot read the key %.150s: %s", path,
                        strerror(errno));
    /* No second copy: stdio's buffer and a grown one would stay behind. */
    setvbuf(f, NULL, _IONBF, 0);
    if (!dtl_buf_reserve(out, MOST)) {
        fclose(f);
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory");
    }
    n = fread(out->ptr, 1, MOST, f);
    out->len = n;
    fclose(f);
    if (n == 0 || n == MOST)
        return dtl_fail(err, DTL_INVALID, 0, "%.150s is no key", path);
    return DTL_OK;
}

void keyfile_free(struct dtl_buf *key)
{
    if (key->ptr != NULL)
        explicit_bzero(key->ptr, key->cap);
    dtl_buf_free(key);
}
