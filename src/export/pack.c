/* SPDX-License-Identifier: Apache-2.0 */
#include "pack.h"

#include <stdlib.h>

#include <libdeflate.h>
#include <zstd.h>

#define GZIP_LEVEL 6
#define ZSTD_LEVEL 3
#define ROOM       ((size_t)128 << 10)

struct dtl_packer {
    enum dtl_packing packing;
    struct libdeflate_compressor *gzip;
    ZSTD_CCtx *zstd;
};

static int no_memory(struct dtl_error *err)
{
    return dtl_fail(err, DTL_NOMEM, 0, "out of memory for compression");
}

int dtl_packer_new(enum dtl_packing packing, unsigned jobs,
                   struct dtl_packer **out, struct dtl_error *err)
{
    struct dtl_packer *p = calloc(1, sizeof *p);
    bool ok = p != NULL;

    *out = NULL;
    if (ok) {
        p->packing = packing;
        if (packing == DTL_PACK_GZIP)
            ok = (p->gzip = libdeflate_alloc_compressor(GZIP_LEVEL)) != NULL;
        if (packing == DTL_PACK_ZSTD)
            ok = (p->zstd = ZSTD_createCCtx()) != NULL;
    }
    if (ok && p->zstd != NULL) {
        ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL);
        ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_checksumFlag, 1);
        /* One worker or many give the same bytes, none gives others.  A
         * library without threads refuses, and has but one kind. */
        ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_nbWorkers,
                               jobs < 1   ? 1
                               : jobs < 3 ? (int)jobs
                                          : 3);
    }
    if (!ok) {
        dtl_packer_free(p);
        return no_memory(err);
    }
    *out = p;
    return DTL_OK;
}

void dtl_packer_free(struct dtl_packer *p)
{
    if (p == NULL)
        return;
    libdeflate_free_compressor(p->gzip);
    ZSTD_freeCCtx(p->zstd);
    free(p);
}

static int add_gzip(struct dtl_packer *p, struct dtl_slice piece,
                    struct dtl_buf *out, struct dtl_error *err)
{
    size_t most = libdeflate_gzip_compress_bound(p->gzip, piece.len);

    if (!dtl_buf_reserve(out, most))
        return no_memory(err);
    out->len += libdeflate_gzip_compress(p->gzip, piece.ptr, piece.len,
                                         out->ptr + out->len, most);
    return DTL_OK;
}

static int add_zstd(struct dtl_packer *p, struct dtl_slice piece, bool last,
                    struct dtl_buf *out, struct dtl_error *err)
{
    ZSTD_inBuffer in = { piece.ptr, piece.len, 0 };
    ZSTD_EndDirective end = last ? ZSTD_e_end : ZSTD_e_continue;
    size_t left = 1;

    while (last ? left != 0 : in.pos < in.size) {
        ZSTD_outBuffer to;

        if (!dtl_buf_reserve(out, ROOM))
            return no_memory(err);
        to = (ZSTD_outBuffer){ out->ptr + out->len, ROOM, 0 };
        left = ZSTD_compressStream2(p->zstd, &to, &in, end);
        if (ZSTD_isError(left))
            return dtl_fail(err, DTL_NOMEM, 0, "cannot compress: %s",
                            ZSTD_getErrorName(left));
        out->len += to.pos;
    }
    return DTL_OK;
}

int dtl_packer_add(struct dtl_packer *p, struct dtl_slice piece, bool last,
                   struct dtl_buf *out, struct dtl_error *err)
{
    switch (p->packing) {
    case DTL_PACK_NONE:
        return dtl_buf_slice(out, piece) ? DTL_OK : no_memory(err);
    case DTL_PACK_GZIP:
        return piece.len > 0 ? add_gzip(p, piece, out, err) : DTL_OK;
    case DTL_PACK_ZSTD: return add_zstd(p, piece, last, out, err);
    }
    return DTL_OK;
}
