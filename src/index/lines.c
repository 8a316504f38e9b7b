/* SPDX-License-Identifier: Apache-2.0 */
#include "lines.h"

#include <dateline/index.h>
#include <dateline/io.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <xxhash.h>
#include <zlib.h>
#include <zstd.h>

#define LONGEST (4U << 20) /* bytes of a line */
#define PIECE   (256U << 10)
#define BEHIND  (16U << 20) /* of a mapped file read, then let go */

enum coding { PLAIN, GZIP, ZSTD };

struct dtl_lines {
    struct dtl_source *source;
    enum coding coding;
    z_stream z;
    ZSTD_DCtx *zstd;
    struct dtl_buf buf; /* decoded, or gathered across pieces */
    size_t at;          /* of the next line in it */
    bool ended;
    bool inside;     /* a compressed stream has begun and not ended */
    uint64_t behind; /* mapped bytes before this were let go */
};

static const struct {
    uint8_t magic[4];
    size_t len;
    enum coding coding;
} codings[] = {
    { { 0x1f, 0x8b, 0, 0 }, 2, GZIP },
    { { 0x28, 0xb5, 0x2f, 0xfd }, 4, ZSTD },
};

static int start_coding(struct dtl_lines *l, struct dtl_error *err)
{
    struct dtl_slice head = { 0 };
    int rc = dtl_source_peek(l->source, 4, &head, err);

    if (rc != DTL_OK)
        return rc == DTL_END ? DTL_OK : rc;
    for (size_t i = 0; i < sizeof codings / sizeof *codings; i++)
        if (head.len >= codings[i].len &&
            memcmp(head.ptr, codings[i].magic, codings[i].len) == 0)
            l->coding = codings[i].coding;
    if (l->coding == GZIP && inflateInit2(&l->z, 15 + 16) != Z_OK)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for gzip");
    if (l->coding == ZSTD && (l->zstd = ZSTD_createDCtx()) == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for zstd");
    return DTL_OK;
}

int dtl_lines_open(const char *name, struct dtl_lines **out,
                   struct dtl_error *err)
{
    struct dtl_lines *l = calloc(1, sizeof *l);
    int rc;

    *out = NULL;
    if (l == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "%s: out of memory", name);
    rc = dtl_source_open(name, &l->source, err);
    if (rc == DTL_OK)
        rc = start_coding(l, err);
    if (rc != DTL_OK) {
        dtl_lines_close(l);
        return rc;
    }
    *out = l;
    return DTL_OK;
}

void dtl_lines_close(struct dtl_lines *l)
{
    if (l == NULL)
        return;
    if (l->coding == GZIP)
        inflateEnd(&l->z);
    ZSTD_freeDCtx(l->zstd);
    dtl_buf_free(&l->buf);
    dtl_source_close(l->source);
    free(l);
}

uint64_t dtl_lines_tell(const struct dtl_lines *l)
{
    return dtl_source_tell(l->source);
}

uint64_t dtl_lines_size(const struct dtl_lines *l)
{
    return dtl_source_size(l->source);
}

bool dtl_lines_fingerprint(struct dtl_lines *l, uint64_t *out)
{
    struct dtl_slice all = dtl_source_mapped(l->source);

    if (all.ptr == NULL)
        return false;
    *out = dtl_fingerprint(all);
    return true;
}

/* ---- decoding ----------------------------------------------------------- */

/* Inflate some of `in` behind the buffer's end; how much of it was used. */
static int inflate_some(struct dtl_lines *l, struct dtl_slice in, size_t *used,
                        struct dtl_error *err)
{
    int code;

    l->z.next_in = (Bytef *)(uintptr_t)in.ptr;
    l->z.avail_in = in.len > UINT32_MAX ? UINT32_MAX : (uInt)in.len;
    l->z.next_out = l->buf.ptr + l->buf.len;
    l->z.avail_out = (uInt)(l->buf.cap - l->buf.len);
    code = inflate(&l->z, Z_NO_FLUSH);
    *used = (size_t)(l->z.next_in - in.ptr);
    l->buf.len = (size_t)(l->z.next_out - l->buf.ptr);
    l->inside = code != Z_STREAM_END;
    if (code == Z_STREAM_END) /* the next member may follow */
        code = inflateReset(&l->z);
    return code == Z_OK || code == Z_BUF_ERROR
               ? DTL_OK
               : dtl_fail(err, DTL_FORMAT, dtl_source_tell(l->source),
                          "%s: damaged gzip data", dtl_source_name(l->source));
}

static int unzstd_some(struct dtl_lines *l, struct dtl_slice in, size_t *used,
                       struct dtl_error *err)
{
    ZSTD_inBuffer from = { in.ptr, in.len, 0 };
    ZSTD_outBuffer to = { l->buf.ptr, l->buf.cap, l->buf.len };
    size_t code = ZSTD_decompressStream(l->zstd, &to, &from);

    *used = from.pos;
    l->buf.len = to.pos;
    l->inside = code != 0;
    return ZSTD_isError(code)
               ? dtl_fail(err, DTL_FORMAT, dtl_source_tell(l->source),
                          "%s: damaged zstd data", dtl_source_name(l->source))
               : DTL_OK;
}

/* A mapping counts as memory in use: give back what was read. */
static void let_go(struct dtl_lines *l)
{
    struct dtl_slice map = dtl_source_mapped(l->source);
    uint64_t at = dtl_source_tell(l->source);

    if (map.ptr == NULL || at - l->behind < BEHIND || at > map.len)
        return;
    at -= at % 65536;
    if ((uintptr_t)map.ptr % 4096 == 0)
        madvise((void *)(uintptr_t)(map.ptr + l->behind),
                (size_t)(at - l->behind), MADV_DONTNEED);
    l->behind = at;
}

/* The input is used up, but the decoder may hold bytes back. */
static int drain(struct dtl_lines *l, struct dtl_error *err)
{
    struct dtl_slice none = dtl_slice_of("", 0);
    size_t before = l->buf.len, used;
    int rc;

    if (!dtl_buf_reserve(&l->buf, PIECE))
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for lines");
    rc = l->coding == GZIP ? inflate_some(l, none, &used, err)
                           : unzstd_some(l, none, &used, err);
    if (rc != DTL_OK || l->buf.len > before)
        return rc;
    return l->inside ? dtl_fail(err, DTL_FORMAT, dtl_source_tell(l->source),
                                "%s: cut short", dtl_source_name(l->source))
                     : DTL_END;
}

/* More bytes behind the buffer's end. */
static int more(struct dtl_lines *l, struct dtl_error *err)
{
    struct dtl_slice in;
    size_t used;
    int rc;

    if (l->at > 0)
        memmove(l->buf.ptr, l->buf.ptr + l->at, l->buf.len - l->at);
    l->buf.len -= l->at;
    l->at = 0;
    if (l->buf.len > LONGEST)
        return dtl_fail(err, DTL_LIMIT, dtl_source_tell(l->source),
                        "a line of more than %u bytes", LONGEST);
    rc = dtl_source_peek(l->source, PIECE, &in, err);
    if (rc == DTL_END && l->inside)
        return drain(l, err);
    if (rc != DTL_OK)
        return rc;
    if (l->coding == PLAIN && in.len > PIECE)
        in.len = PIECE;
    if (!dtl_buf_reserve(&l->buf, PIECE))
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for lines");
    used = in.len;
    if (l->coding == PLAIN)
        dtl_buf_slice(&l->buf, in);
    else
        rc = l->coding == GZIP ? inflate_some(l, in, &used, err)
                               : unzstd_some(l, in, &used, err);
    dtl_source_consume(l->source, used);
    let_go(l);
    return rc;
}

int dtl_lines_next(struct dtl_lines *l, struct dtl_slice *out,
                   struct dtl_error *err)
{
    size_t scanned = 0;
    int rc;

    for (;;) {
        size_t have = l->buf.len - l->at;
        const uint8_t *start = l->buf.ptr + l->at;
        const uint8_t *end = have > scanned
                                 ? memchr(start + scanned, '\n', have - scanned)
                                 : NULL;

        if (end != NULL) {
            *out = dtl_slice_of(start, (size_t)(end - start));
            l->at += out->len + 1;
            break;
        }
        if (l->ended && have == 0)
            return DTL_END;
        if (l->ended) { /* the last line has no end */
            *out = dtl_slice_of(start, have);
            l->at += have;
            break;
        }
        scanned = have;
        rc = more(l, err);
        if (rc == DTL_END)
            l->ended = true;
        else if (rc == DTL_LIMIT)
            l->at = l->buf.len; /* drop it: the rest is a line of its own */
        if (rc == DTL_LIMIT || (rc < 0))
            return rc;
    }
    if (out->len > 0 && out->ptr[out->len - 1] == '\r')
        out->len--;
    return DTL_OK;
}
