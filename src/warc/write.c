/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records are gathered and compressed at once, which libdeflate does twice as
 * fast as zlib; what is larger than GATHER is streamed instead.  A record not
 * kept is cut off the file again.
 */
#include <dateline/warc.h>

#include <errno.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#define GATHER ((size_t)8 << 20)
#define OUT    ((size_t)256 << 10)

struct dtl_warc_writer {
    char *path, *temp;
    int fd;
    enum dtl_warc_coding coding;
    int level;
    uint64_t at;    /* bytes of the file written */
    uint64_t start; /* where the present record begins */
    struct dtl_buf gathered;
    struct dtl_buf packed;
    bool streaming, committed;
    struct libdeflate_compressor *ld;
    z_stream z;
    bool z_ready;
    ZSTD_CCtx *zc;
    uint8_t *out; /* OUT bytes for streaming */
};

static int system_error(struct dtl_warc_writer *w, const char *what,
                        struct dtl_error *err)
{
    return dtl_fail(err, DTL_IO, w->at, "cannot %s %.120s: %s", what, w->path,
                    strerror(errno));
}

static int no_memory(struct dtl_warc_writer *w, struct dtl_error *err)
{
    return dtl_fail(err, DTL_NOMEM, w->at, "out of memory writing records");
}

static bool set_up(struct dtl_warc_writer *w)
{
    int level = w->level;

    if (w->coding == DTL_WARC_PLAIN)
        return true;
    if ((w->out = malloc(OUT)) == NULL)
        return false;
    if (w->coding == DTL_WARC_ZSTD) {
        w->zc = ZSTD_createCCtx();
        return w->zc != NULL &&
               !ZSTD_isError(ZSTD_CCtx_setParameter(
                   w->zc, ZSTD_c_compressionLevel, level > 0 ? level : 9)) &&
               !ZSTD_isError(
                   ZSTD_CCtx_setParameter(w->zc, ZSTD_c_checksumFlag, 1));
    }
    w->ld = libdeflate_alloc_compressor(level > 0 ? level : 6);
    w->z_ready =
        deflateInit2(&w->z, level > 0 && level <= 9 ? level : 6, Z_DEFLATED,
                     15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK;
    return w->ld != NULL && w->z_ready;
}

int dtl_warc_create(const char *path, enum dtl_warc_coding coding, int level,
                    struct dtl_warc_writer **out, struct dtl_error *err)
{
    struct dtl_warc_writer *w = calloc(1, sizeof *w);
    size_t len = strlen(path) + 32;
    struct stat st;

    *out = NULL;
    if (w == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory writing records");
    w->fd = -1;
    w->coding = coding;
    w->level = level;
    if ((w->path = strdup(path)) == NULL || (w->temp = malloc(len)) == NULL ||
        !set_up(w)) {
        dtl_warc_discard(w);
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory writing records");
    }
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        dtl_warc_discard(w);
        return dtl_fail(err, DTL_INVALID, 0,
                        "%s: is not a regular file, and would be replaced",
                        path);
    }
    snprintf(w->temp, len, "%s.%ld.part", path, (long)getpid());
    w->fd = open(w->temp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (w->fd < 0) {
        int rc = system_error(w, "create", err);

        dtl_warc_discard(w);
        return rc;
    }
    *out = w;
    return DTL_OK;
}

static int put(struct dtl_warc_writer *w, const uint8_t *p, size_t n,
               struct dtl_error *err)
{
    while (n > 0) {
        ssize_t got = write(w->fd, p, n);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return system_error(w, "write", err);
        p += got;
        n -= (size_t)got;
        w->at += (uint64_t)got;
    }
    return DTL_OK;
}

int dtl_warc_begin(struct dtl_warc_writer *w, struct dtl_error *err)
{
    (void)err;
    w->start = w->at;
    w->streaming = false;
    dtl_buf_clear(&w->gathered);
    return DTL_OK;
}

/* ---- records too large to gather ---------------------------------------- */

static int stream_gzip(struct dtl_warc_writer *w, struct dtl_slice s, bool end,
                       struct dtl_error *err)
{
    int r = Z_OK;

    w->z.next_in = (Bytef *)(uintptr_t)s.ptr;
    w->z.avail_in = (uInt)s.len;
    do {
        int rc;

        w->z.next_out = w->out;
        w->z.avail_out = (uInt)OUT;
        r = deflate(&w->z, end ? Z_FINISH : Z_NO_FLUSH);
        rc = put(w, w->out, OUT - w->z.avail_out, err);
        if (rc != DTL_OK)
            return rc;
    } while (w->z.avail_in > 0 || (end && r != Z_STREAM_END));
    return DTL_OK;
}

static int stream_zstd(struct dtl_warc_writer *w, struct dtl_slice s, bool end,
                       struct dtl_error *err)
{
    ZSTD_inBuffer in = { s.ptr, s.len, 0 };
    size_t left = 1;

    while (in.pos < in.size || (end && left > 0)) {
        ZSTD_outBuffer out = { w->out, OUT, 0 };
        int rc;

        left = ZSTD_compressStream2(w->zc, &out, &in,
                                    end ? ZSTD_e_end : ZSTD_e_continue);
        if (ZSTD_isError(left))
            return no_memory(w, err);
        rc = put(w, w->out, out.pos, err);
        if (rc != DTL_OK)
            return rc;
    }
    return DTL_OK;
}

static int stream_some(struct dtl_warc_writer *w, struct dtl_slice s, bool end,
                       struct dtl_error *err)
{
    int rc = DTL_OK;

    if (w->coding == DTL_WARC_PLAIN)
        return put(w, s.ptr, s.len, err);
    do {
        struct dtl_slice piece = dtl_sub(s, 0, (size_t)1 << 30);
        bool last = piece.len == s.len;

        rc = w->coding == DTL_WARC_GZIP
                 ? stream_gzip(w, piece, end && last, err)
                 : stream_zstd(w, piece, end && last, err);
        s = dtl_sub(s, piece.len, s.len);
    } while (rc == DTL_OK && s.len > 0);
    return rc;
}

static int start_streaming(struct dtl_warc_writer *w, struct dtl_error *err)
{
    w->streaming = true;
    if (w->coding == DTL_WARC_GZIP)
        deflateReset(&w->z);
    else if (w->coding == DTL_WARC_ZSTD)
        ZSTD_CCtx_reset(w->zc, ZSTD_reset_session_only);
    return stream_some(w, dtl_buf_view(&w->gathered), false, err);
}

int dtl_warc_write(struct dtl_warc_writer *w, struct dtl_slice bytes,
                   struct dtl_error *err)
{
    int rc = DTL_OK;

    if (!w->streaming && bytes.len <= GATHER - w->gathered.len)
        return dtl_buf_slice(&w->gathered, bytes) ? DTL_OK : no_memory(w, err);
    if (!w->streaming)
        rc = start_streaming(w, err);
    return rc == DTL_OK ? stream_some(w, bytes, false, err) : rc;
}

/* ---- the record's end --------------------------------------------------- */

static size_t pack(struct dtl_warc_writer *w)
{
    const struct dtl_buf *g = &w->gathered;
    size_t n;

    if (w->coding == DTL_WARC_GZIP)
        return libdeflate_gzip_compress(w->ld, g->ptr, g->len, w->packed.ptr,
                                        w->packed.cap);
    n = ZSTD_compress2(w->zc, w->packed.ptr, w->packed.cap, g->ptr, g->len);
    return ZSTD_isError(n) ? 0 : n;
}

static int put_gathered(struct dtl_warc_writer *w, struct dtl_error *err)
{
    size_t bound, n;

    if (w->coding == DTL_WARC_PLAIN)
        return put(w, w->gathered.ptr, w->gathered.len, err);
    bound = w->coding == DTL_WARC_GZIP
                ? libdeflate_gzip_compress_bound(w->ld, w->gathered.len)
                : ZSTD_compressBound(w->gathered.len);
    dtl_buf_clear(&w->packed);
    if (!dtl_buf_reserve(&w->packed, bound))
        return no_memory(w, err);
    n = pack(w);
    return n > 0 ? put(w, w->packed.ptr, n, err) : no_memory(w, err);
}

static int cut_back(struct dtl_warc_writer *w, struct dtl_error *err)
{
    if (w->at == w->start)
        return DTL_OK;
    if (ftruncate(w->fd, (off_t)w->start) != 0 ||
        lseek(w->fd, (off_t)w->start, SEEK_SET) < 0)
        return system_error(w, "shorten", err);
    w->at = w->start;
    return DTL_OK;
}

int dtl_warc_end(struct dtl_warc_writer *w, bool keep, uint64_t *offset,
                 struct dtl_error *err)
{
    if (offset != NULL)
        *offset = w->start;
    if (!keep)
        return cut_back(w, err);
    if (w->streaming)
        return stream_some(w, dtl_slice_of(NULL, 0), true, err);
    return put_gathered(w, err);
}

/* A rename is durable once the folder that records it is. */
static void sync_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *dir = slash == NULL   ? strdup(".")
                : slash == path ? strdup("/")
                                : strndup(path, (size_t)(slash - path));
    int fd = dir != NULL ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    free(dir);
}

int dtl_warc_commit(struct dtl_warc_writer *w, struct dtl_error *err)
{
    if (fsync(w->fd) != 0 || rename(w->temp, w->path) != 0)
        return system_error(w, "finish", err);
    w->committed = true;
    sync_folder(w->path);
    return DTL_OK;
}

void dtl_warc_discard(struct dtl_warc_writer *w)
{
    if (w == NULL)
        return;
    if (w->fd >= 0)
        close(w->fd);
    if (w->fd >= 0 && !w->committed)
        unlink(w->temp);
    if (w->z_ready)
        deflateEnd(&w->z);
    libdeflate_free_compressor(w->ld);
    ZSTD_freeCCtx(w->zc);
    dtl_buf_free(&w->gathered);
    dtl_buf_free(&w->packed);
    free(w->out);
    free(w->path);
    free(w->temp);
    free(w);
}
