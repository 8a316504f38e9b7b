/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libarchive over a source.  Only its container and filter readers: its WARC
 * reader refuses WARC/1.1 and skips URLs ending in a slash.
 */
#include "container.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#define READ_BLOCK  ((size_t)64 << 10)
#define MAX_MEMBERS ((size_t)1 << 20)

/* ---- what the first bytes say ------------------------------------------- */

static bool has(struct dtl_slice s, size_t at, const char *bytes, size_t n)
{
    return s.len >= at + n && memcmp(s.ptr + at, bytes, n) == 0;
}

static bool is_gzip(struct dtl_slice s)
{
    return has(s, 0, "\x1f\x8b\x08", 3);
}

static bool is_zstd(struct dtl_slice s)
{
    return has(s, 0, "\x28\xb5\x2f\xfd", 4);
}

static bool is_coded(struct dtl_slice s)
{
    return has(s, 0,
               "\xfd"
               "7zXZ\0",
               6) ||
           (has(s, 0, "BZh", 3) && has(s, 4, "1AY&SY", 6)) ||
           has(s, 0, "\x04\x22\x4d\x18", 4);
}

static bool is_zip(struct dtl_slice s)
{
    return has(s, 0, "PK\3\4", 4) || has(s, 0, "PK\5\6", 4);
}

static bool is_tar(struct dtl_slice s)
{
    return has(s, 257, "ustar", 5);
}

/* "http://host 192.0.2.1 19970417175710 ": an ARC without its header. */
static bool is_arc_line(struct dtl_slice s)
{
    size_t digits = 0, spaces = 0;

    if (!dtl_starts_nocase(s, "http") && !dtl_starts_nocase(s, "dns:") &&
        !dtl_starts_nocase(s, "ftp:"))
        return false;
    for (size_t i = 0; i < s.len && i < 8192 && s.ptr[i] != '\n'; i++) {
        bool digit = s.ptr[i] >= '0' && s.ptr[i] <= '9';

        spaces += s.ptr[i] == ' ';
        digits = digit ? digits + 1 : 0;
        if (spaces >= 2 && digits >= 10)
            return true;
    }
    return false;
}

static bool is_plain_archive(struct dtl_slice s)
{
    return (dtl_starts_nocase(s, "WARC/") && s.len > 5 && s.ptr[5] >= '0' &&
            s.ptr[5] <= '9') ||
           dtl_starts(s, "filedesc:") || is_arc_line(s);
}

#define DECODED 1024

static size_t gunzip_prefix(struct dtl_slice in, uint8_t out[DECODED])
{
    z_stream z = { .next_in = (Bytef *)(uintptr_t)in.ptr,
                   .avail_in = (uInt)in.len,
                   .next_out = out,
                   .avail_out = DECODED };

    if (inflateInit2(&z, 15 + 16) != Z_OK)
        return 0;
    while (z.avail_out > 0 && z.avail_in > 0) {
        int r = inflate(&z, Z_SYNC_FLUSH);

        /* An empty member may come first. */
        if (r == Z_STREAM_END && inflateReset(&z) == Z_OK)
            continue;
        if (r != Z_OK)
            break;
    }
    inflateEnd(&z);
    return DECODED - z.avail_out;
}

static size_t decode_prefix(struct dtl_slice in, uint8_t out[DECODED])
{
    struct archive *a = archive_read_new();
    struct archive_entry *e;
    la_ssize_t n = 0;

    if (a == NULL)
        return 0;
    archive_read_support_filter_all(a);
    archive_read_support_format_raw(a);
    if (archive_read_open_memory(a, in.ptr, in.len) == ARCHIVE_OK &&
        archive_read_next_header(a, &e) == ARCHIVE_OK)
        n = archive_read_data(a, out, DECODED);
    archive_read_free(a);
    return n > 0 ? (size_t)n : 0;
}

enum kind dtl_kind_of(struct dtl_slice prefix, bool inside)
{
    uint8_t out[DECODED];
    struct dtl_slice s;
    bool gzip = is_gzip(prefix), zstd = is_zstd(prefix);
    bool coded = is_coded(prefix);

    if (is_plain_archive(prefix) || has(prefix, 0, "\x5d\x2a\x4d\x18", 4))
        return KIND_ARCHIVE;
    if (is_zip(prefix) || is_tar(prefix))
        return KIND_CONTAINER;
    if (!gzip && !zstd && !coded)
        return KIND_OTHER;
    s = dtl_slice_of(out, gzip ? gunzip_prefix(prefix, out)
                               : decode_prefix(prefix, out));
    if (is_tar(s))
        return KIND_CONTAINER;
    if (inside && !is_plain_archive(s))
        return KIND_OTHER;
    return coded ? KIND_CODED : KIND_ARCHIVE;
}

enum kind dtl_kind_cheap(struct dtl_slice prefix)
{
    if (is_coded(prefix))
        return KIND_CODED;
    return is_zip(prefix) || is_tar(prefix) ? KIND_CONTAINER : KIND_ARCHIVE;
}

/* ---- libarchive reading from a source ----------------------------------- */

struct feed {
    struct dtl_source *src;
    size_t given; /* of the source, to be consumed at the next read */
};

static la_ssize_t feed_read(struct archive *a, void *self, const void **buf)
{
    struct feed *f = self;
    struct dtl_slice s;
    struct dtl_error err;
    int rc;

    dtl_source_consume(f->src, f->given);
    f->given = 0;
    rc = dtl_source_peek(f->src, READ_BLOCK, &s, &err);
    if (rc == DTL_END)
        return 0;
    if (rc != DTL_OK) {
        archive_set_error(a, -1, "%s", err.text);
        return ARCHIVE_FATAL;
    }
    f->given = s.len;
    *buf = s.ptr;
    return (la_ssize_t)s.len;
}

static la_int64_t feed_seek(struct archive *a, void *self, la_int64_t offset,
                            int whence)
{
    struct feed *f = self;
    uint64_t size = dtl_source_size(f->src);
    uint64_t now = dtl_source_tell(f->src) + f->given;
    la_int64_t base = whence == SEEK_SET   ? 0
                      : whence == SEEK_CUR ? (la_int64_t)now
                                           : (la_int64_t)size;
    struct dtl_error err;

    f->given = 0;
    if (base + offset < 0 ||
        dtl_source_seek(f->src, (uint64_t)(base + offset), &err) != DTL_OK) {
        archive_set_error(a, -1, "cannot seek");
        return ARCHIVE_FATAL;
    }
    return base + offset;
}

/* Start reading `f->src` from its beginning; NULL with `err` filled. */
static struct archive *feed_open(struct feed *f, bool raw,
                                 struct dtl_error *err)
{
    struct archive *a = archive_read_new();
    struct dtl_slice map = dtl_source_mapped(f->src);
    int r;

    f->given = 0;
    if (a == NULL || dtl_source_seek(f->src, 0, err) != DTL_OK) {
        if (a == NULL)
            dtl_fail(err, DTL_NOMEM, 0, "out of memory");
        archive_read_free(a);
        return NULL;
    }
    archive_read_support_filter_all(a);
    if (raw) {
        archive_read_support_format_raw(a);
    } else {
        archive_read_support_format_zip(a);
        archive_read_support_format_tar(a);
    }
    if (map.ptr != NULL) {
        r = archive_read_open_memory(a, map.ptr, map.len);
    } else {
        archive_read_set_read_callback(a, feed_read);
        if (dtl_source_seekable(f->src) &&
            dtl_source_size(f->src) != UINT64_MAX)
            archive_read_set_seek_callback(a, feed_seek);
        archive_read_set_callback_data(a, f);
        r = archive_read_open1(a);
    }
    if (r == ARCHIVE_OK)
        return a;
    dtl_fail(err, DTL_FORMAT, 0, "cannot open the container: %.150s",
             archive_error_string(a) != NULL ? archive_error_string(a) : "");
    archive_read_free(a);
    return NULL;
}

static int archive_failed(struct archive *a, struct dtl_error *err)
{
    return dtl_fail(err, DTL_FORMAT, 0, "container is damaged: %.150s",
                    archive_error_string(a) != NULL ? archive_error_string(a)
                                                    : "unknown error");
}

/* ---- listing ------------------------------------------------------------ */

static bool add_member(struct members *m, const char *path, uint64_t size,
                       bool container)
{
    if ((m->n & (m->n + 1)) == 0) { /* 0, 1, 3, 7...: grow */
        struct member *p = realloc(m->list, (m->n * 2 + 2) * sizeof *m->list);

        if (p == NULL)
            return false;
        m->list = p;
    }
    m->list[m->n].path = strdup(path);
    m->list[m->n].size = size;
    m->list[m->n].container = container;
    return m->list[m->n].path != NULL && ++m->n > 0;
}

void dtl_members_free(struct members *m)
{
    for (size_t i = 0; i < m->n; i++)
        free(m->list[i].path);
    free(m->list);
    m->list = NULL;
    m->n = 0;
}

static size_t read_some(struct archive *a, uint8_t *buf, size_t cap)
{
    size_t n = 0;

    while (n < cap) {
        la_ssize_t got = archive_read_data(a, buf + n, cap - n);

        if (got <= 0)
            break;
        n += (size_t)got;
    }
    return n;
}

static int list_members(struct archive *a, uint8_t *buf, struct members *out,
                        struct dtl_error *err)
{
    struct archive_entry *e;
    int r;

    while ((r = archive_read_next_header(a, &e)) == ARCHIVE_OK ||
           r == ARCHIVE_WARN) {
        const char *path = archive_entry_pathname(e);
        uint64_t size = archive_entry_size_is_set(e)
                            ? (uint64_t)archive_entry_size(e)
                            : UINT64_MAX;
        enum kind kind;

        if (path == NULL || archive_entry_filetype(e) != AE_IFREG)
            continue;
        kind = dtl_kind_of(dtl_slice_of(buf, read_some(a, buf, KIND_PREFIX)),
                           true);
        if (kind == KIND_OTHER)
            continue;
        if (out->n == MAX_MEMBERS)
            return dtl_fail(err, DTL_LIMIT, 0, "too many members");
        if (!add_member(out, path, size, kind == KIND_CONTAINER))
            return dtl_fail(err, DTL_NOMEM, 0, "out of memory listing members");
    }
    return r == ARCHIVE_EOF ? DTL_OK : archive_failed(a, err);
}

int dtl_container_list(struct dtl_source *src, struct members *out,
                       struct dtl_error *err)
{
    struct feed f = { .src = src };
    uint8_t *buf = malloc(KIND_PREFIX);
    struct archive *a;
    int rc = DTL_FORMAT;

    memset(out, 0, sizeof *out);
    if (buf == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory listing members");
    a = feed_open(&f, false, err);
    if (a != NULL) {
        rc = list_members(a, buf, out, err);
        archive_read_free(a);
    }
    free(buf);
    return rc;
}

/* ---- one member as a source --------------------------------------------- */

struct inside {
    struct feed feed;
    struct archive *a;
    char *path; /* NULL: the whole file without its coding */
    uint64_t pos, size;
};

static void inside_close(void *self)
{
    struct inside *m = self;

    archive_read_free(m->a);
    dtl_source_close(m->feed.src);
    free(m->path);
    free(m);
}

static int inside_read(void *self, uint8_t *buf, size_t cap, size_t *got,
                       struct dtl_error *err)
{
    struct inside *m = self;
    la_ssize_t n = archive_read_data(m->a, buf, cap);

    if (n < 0)
        return archive_failed(m->a, err);
    *got = (size_t)n;
    m->pos += (uint64_t)n;
    return DTL_OK;
}

/* Go to the member's beginning. */
static int inside_start(struct inside *m, struct dtl_error *err)
{
    struct archive_entry *e;
    int r;

    archive_read_free(m->a);
    m->pos = 0;
    m->a = feed_open(&m->feed, m->path == NULL, err);
    if (m->a == NULL)
        return DTL_FORMAT;
    while ((r = archive_read_next_header(m->a, &e)) == ARCHIVE_OK ||
           r == ARCHIVE_WARN) {
        const char *path = archive_entry_pathname(e);

        if (m->path != NULL && (path == NULL || strcmp(path, m->path) != 0))
            continue;
        m->size = archive_entry_size_is_set(e) && m->path != NULL
                      ? (uint64_t)archive_entry_size(e)
                      : UINT64_MAX;
        return DTL_OK;
    }
    if (r != ARCHIVE_EOF)
        return archive_failed(m->a, err);
    return dtl_fail(err, DTL_NOTFOUND, 0, "no member %.150s", m->path);
}

static int inside_seek(void *self, uint64_t offset, struct dtl_error *err)
{
    struct inside *m = self;
    uint8_t *buf;
    int rc = offset < m->pos ? inside_start(m, err) : DTL_OK;

    if (rc != DTL_OK || offset == m->pos)
        return rc;
    buf = malloc(READ_BLOCK);
    if (buf == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory seeking");
    while (rc == DTL_OK && m->pos < offset) {
        uint64_t left = offset - m->pos;
        size_t got = 0;

        rc = inside_read(m, buf, left < READ_BLOCK ? (size_t)left : READ_BLOCK,
                         &got, err);
        if (got == 0)
            break;
    }
    free(buf);
    return rc;
}

static const struct source_ops once_ops = { inside_read, NULL, inside_close,
                                            false };
static const struct source_ops again_ops = { inside_read, inside_seek,
                                             inside_close, false };

static int open_inside(const char *name, struct dtl_source *outer,
                       const char *path, struct dtl_source **out,
                       struct dtl_error *err)
{
    struct inside *m = calloc(1, sizeof *m);
    int rc;

    if (m == NULL || (path != NULL && (m->path = strdup(path)) == NULL)) {
        free(m);
        dtl_source_close(outer);
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory opening a member");
    }
    m->feed.src = outer;
    rc = inside_start(m, err);
    if (rc != DTL_OK) {
        inside_close(m);
        return rc;
    }
    return dtl_source_make(name,
                           dtl_source_seekable(outer) ? &again_ops : &once_ops,
                           m, m->size, out, err);
}

/*
 * A member of an uncompressed tar lies in one piece: libarchive hands out a
 * pointer into the mapping, which tells where.
 */
static bool tar_stored(struct dtl_source *outer, const char *path,
                       uint64_t *offset, uint64_t *len)
{
    struct dtl_slice map = dtl_source_mapped(outer);
    struct inside m = { .feed = { .src = outer } };
    const void *piece = NULL;
    size_t n = 0;
    la_int64_t at = 0;
    bool ok = false;

    if (!is_tar(map) || (m.path = strdup(path)) == NULL)
        return false;
    if (inside_start(&m, NULL) == DTL_OK && m.size != UINT64_MAX &&
        archive_read_data_block(m.a, &piece, &n, &at) == ARCHIVE_OK &&
        at == 0) {
        uintptr_t p = (uintptr_t)piece, base = (uintptr_t)map.ptr;

        ok = p >= base && p - base < map.len && m.size <= map.len - (p - base);
        *offset = p - base;
        *len = m.size;
    }
    archive_read_free(m.a);
    free(m.path);
    return ok;
}

int dtl_container_open(const char *name, struct dtl_source *outer,
                       const char *path, struct dtl_source **out,
                       struct dtl_error *err)
{
    uint64_t offset, len;

    if (dtl_source_seekable(outer) &&
        (dtl_zip_stored(outer, path, &offset, &len) ||
         tar_stored(outer, path, &offset, &len)))
        return dtl_source_range(name, outer, offset, len, out, err);
    return open_inside(name, outer, path, out, err);
}

int dtl_coded_open(const char *name, struct dtl_source *outer,
                   struct dtl_source **out, struct dtl_error *err)
{
    return open_inside(name, outer, NULL, out, err);
}
