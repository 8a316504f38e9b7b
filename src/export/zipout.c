/* SPDX-License-Identifier: Apache-2.0 */
/* APPNOTE.TXT 6.3 of PKWARE, with Zip64 where a size or an offset needs it. */
#include "zipout.h"

#include <stdio.h>
#include <stdlib.h>

#include <libdeflate.h>

#include <dateline/digest.h>
#include <dateline/time.h>

#define FLAGS    0x0808U /* sizes follow; names are UTF-8 */
#define PLAIN    20U     /* version needed to extract */
#define ZIP64    45U
#define UNIX     (3U << 8)
#define MODE     (0100644U << 16)
#define NONE     0xffffffffU
#define ZIP64_ID 1U

static void put(struct dtl_buf *out, uint64_t n, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        dtl_buf_byte(out, (uint8_t)(n >> (8 * i)));
}

int dtl_zip_start(struct dtl_zipout *z, int64_t when, struct dtl_error *err)
{
    int t[6];

    dtl_time_split(when, t);
    if (t[0] < 1980 || t[0] > 2107) { /* what the format knows */
        memset(t, 0, sizeof t);
        t[0] = 1980;
        t[1] = t[2] = 1;
    }
    z->date = (uint16_t)((t[0] - 1980) << 9 | t[1] << 5 | t[2]);
    z->time = (uint16_t)(t[3] << 11 | t[4] << 5 | t[5] / 2);
    return dtl_hasher_new(DTL_DIGEST_SHA256, &z->hasher, err);
}

int dtl_zip_begin(struct dtl_zipout *z, const char *path, bool wide,
                  struct dtl_buf *out, struct dtl_error *err)
{
    size_t before = out->len, len = strlen(path);
    struct dtl_zip_member *m;

    if (z->n == z->room) {
        size_t room = z->room == 0 ? 16 : z->room * 2;

        m = z->n < 60000 ? realloc(z->list, room * sizeof *m) : NULL;
        if (m == NULL)
            return dtl_fail(err, DTL_NOMEM, 0, "too many members for a zip");
        z->list = m;
        z->room = room;
    }
    m = &z->list[z->n++];
    *m = (struct dtl_zip_member){ .offset = z->at, .wide = wide };
    snprintf(m->path, sizeof m->path, "%s", path);
    put(out, 0x04034b50, 4);
    put(out, wide ? ZIP64 : PLAIN, 2);
    put(out, FLAGS, 2);
    put(out, 0, 2); /* stored */
    put(out, z->time, 2);
    put(out, z->date, 2);
    put(out, 0, 4);
    put(out, wide ? NONE : 0, 4);
    put(out, wide ? NONE : 0, 4);
    put(out, len, 2);
    put(out, wide ? 20 : 0, 2);
    dtl_buf_add(out, path, len);
    if (wide) {
        put(out, ZIP64_ID, 2);
        put(out, 16, 2);
        put(out, 0, 8);
        put(out, 0, 8);
    }
    z->at += out->len - before;
    z->open = true;
    return DTL_OK;
}

void dtl_zip_data(struct dtl_zipout *z, struct dtl_slice s)
{
    struct dtl_zip_member *m = &z->list[z->n - 1];

    if (s.len == 0)
        return;
    m->crc = libdeflate_crc32(m->crc, s.ptr, s.len);
    m->size += s.len;
    z->at += s.len;
    dtl_hasher_add(z->hasher, s);
}

void dtl_zip_end(struct dtl_zipout *z, struct dtl_buf *out)
{
    struct dtl_zip_member *m;
    size_t before = out->len;
    struct dtl_digest d;

    if (!z->open)
        return; /* there may be no member yet */
    m = &z->list[z->n - 1];
    dtl_hasher_finish(z->hasher, &d);
    dtl_hex(dtl_slice_of(d.bytes, 32), m->sha256);
    put(out, 0x08074b50, 4);
    put(out, m->crc, 4);
    put(out, m->size, m->wide ? 8 : 4);
    put(out, m->size, m->wide ? 8 : 4);
    z->at += out->len - before;
    z->open = false;
}

int dtl_zip_whole(struct dtl_zipout *z, const char *path, struct dtl_slice s,
                  struct dtl_buf *out, struct dtl_error *err)
{
    int rc = dtl_zip_begin(z, path, s.len >= NONE, out, err);

    if (rc != DTL_OK)
        return rc;
    dtl_zip_data(z, s);
    dtl_buf_slice(out, s);
    dtl_zip_end(z, out);
    return DTL_OK;
}

static void put_entry(const struct dtl_zip_member *m,
                      const struct dtl_zipout *z, struct dtl_buf *out)
{
    bool size = m->wide || m->size >= NONE, offset = m->offset >= NONE;
    unsigned extra = (size ? 16U : 0) + (offset ? 8U : 0);

    put(out, 0x02014b50, 4);
    put(out, UNIX | (extra > 0 ? ZIP64 : PLAIN), 2);
    put(out, extra > 0 ? ZIP64 : PLAIN, 2);
    put(out, FLAGS, 2);
    put(out, 0, 2);
    put(out, z->time, 2);
    put(out, z->date, 2);
    put(out, m->crc, 4);
    put(out, size ? NONE : m->size, 4);
    put(out, size ? NONE : m->size, 4);
    put(out, strlen(m->path), 2);
    put(out, extra > 0 ? extra + 4 : 0, 2);
    put(out, 0, 2); /* comment */
    put(out, 0, 2); /* disk */
    put(out, 0, 2);
    put(out, MODE, 4);
    put(out, offset ? NONE : m->offset, 4);
    dtl_buf_str(out, m->path);
    if (extra > 0) {
        put(out, ZIP64_ID, 2);
        put(out, extra, 2);
    }
    if (size) {
        put(out, m->size, 8);
        put(out, m->size, 8);
    }
    if (offset)
        put(out, m->offset, 8);
}

void dtl_zip_finish(struct dtl_zipout *z, struct dtl_buf *out)
{
    size_t before = out->len;
    uint64_t from = z->at, len, end;
    bool wide;

    for (size_t i = 0; i < z->n; i++)
        put_entry(&z->list[i], z, out);
    len = out->len - before;
    end = from + len;
    wide = end >= NONE || z->n >= 0xffff;
    if (wide) {
        put(out, 0x06064b50, 4);
        put(out, 44, 8);
        put(out, UNIX | ZIP64, 2);
        put(out, ZIP64, 2);
        put(out, 0, 4);
        put(out, 0, 4);
        put(out, z->n, 8);
        put(out, z->n, 8);
        put(out, len, 8);
        put(out, from, 8);
        put(out, 0x07064b50, 4);
        put(out, 0, 4);
        put(out, end, 8);
        put(out, 1, 4);
    }
    put(out, 0x06054b50, 4);
    put(out, 0, 2);
    put(out, 0, 2);
    put(out, wide ? 0xffff : z->n, 2);
    put(out, wide ? 0xffff : z->n, 2);
    put(out, wide ? NONE : len, 4);
    put(out, wide ? NONE : from, 4);
    put(out, 0, 2);
    z->at += out->len - before;
}

void dtl_zip_free(struct dtl_zipout *z)
{
    free(z->list);
    dtl_hasher_free(z->hasher);
    memset(z, 0, sizeof *z);
}
