/* SPDX-License-Identifier: Apache-2.0 */
#include "readfile.h"

#include <errno.h>

int read_whole(const char *path, size_t max, struct dtl_buf *out,
               struct dtl_error *err)
{
    FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    size_t n = 1;
    int rc = DTL_OK;

    if (f == NULL)
        return dtl_fail(err, DTL_IO, 0, "%s: %s", path, strerror(errno));
    out->max = max;
    while (n > 0 && dtl_buf_reserve(out, (size_t)64 << 10)) {
        n = fread(out->ptr + out->len, 1, out->cap - out->len, f);
        out->len += n;
    }
    if (ferror(f))
        rc = dtl_fail(err, DTL_IO, 0, "%s: %s", path, strerror(errno));
    else if (out->failed)
        rc = dtl_fail(err, DTL_LIMIT, 0, "%s has more than %zu bytes", path,
                      max);
    if (f != stdin)
        fclose(f);
    return rc;
}

int read_rules(const struct args *a, struct dtl_access_rules **out,
               struct dtl_error *err)
{
    const char *path = arg(a, "access");
    struct dtl_buf text = { 0 };
    int rc = DTL_OK;

    *out = NULL;
    if (path == NULL)
        return DTL_OK;
    rc = read_whole(path, (size_t)64 << 20, &text, err);
    if (rc == DTL_OK)
        rc = dtl_access_read(dtl_buf_view(&text), DTL_ACCESS_ALLOW, out, err);
    dtl_buf_free(&text);
    return rc;
}
