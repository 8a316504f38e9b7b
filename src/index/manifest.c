/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <xxhash.h>

/* ---- keys --------------------------------------------------------------- */

static void put(struct dtl_key *k, uint64_t v, unsigned bytes)
{
    while (bytes-- > 0)
        k->bytes[k->len++] = (uint8_t)(v >> 8 * bytes);
}

struct dtl_key dtl_key32(uint32_t a)
{
    struct dtl_key k = { .len = 0 };

    put(&k, a, 4);
    return k;
}

struct dtl_key dtl_key64(uint64_t a)
{
    struct dtl_key k = { .len = 0 };

    put(&k, a, 8);
    return k;
}

struct dtl_slice dtl_base_name(struct dtl_slice path)
{
    const uint8_t *slash =
        path.len > 0 ? memrchr(path.ptr, '/', path.len) : NULL;

    return slash == NULL
               ? path
               : dtl_sub(path, (size_t)(slash + 1 - path.ptr), path.len);
}

uint64_t dtl_fingerprint(struct dtl_slice file)
{
    const size_t part = 65536;

    if (file.len <= 2 * part)
        return XXH3_64bits(file.ptr, file.len);
    return XXH3_64bits_withSeed(file.ptr + file.len - part, part,
                                XXH3_64bits(file.ptr, part));
}

struct dtl_key dtl_key_name(struct dtl_slice path, uint32_t id)
{
    struct dtl_slice base = dtl_base_name(path);
    struct dtl_key k = { .len = 0 };

    put(&k, XXH3_64bits(base.ptr, base.len), 8);
    put(&k, id, 4);
    return k;
}

struct dtl_key dtl_key_print(uint64_t fingerprint, uint64_t size, uint32_t id)
{
    struct dtl_key k = { .len = 0 };

    put(&k, fingerprint, 8);
    put(&k, size, 8);
    put(&k, id, 4);
    return k;
}

uint32_t dtl_get32(const uint8_t *p)
{
    uint32_t v;

    memcpy(&v, p, 4);
    return __builtin_bswap32(v);
}

uint64_t dtl_get64(const uint8_t *p)
{
    uint64_t v;

    memcpy(&v, p, 8);
    return __builtin_bswap64(v);
}

char *dtl_path(const char *dir, const char *name)
{
    char *path = NULL;

    return asprintf(&path, "%s/%s", dir, name) < 0 ? NULL : path;
}

char *dtl_segment_path(const char *dir, uint64_t id)
{
    char *path = NULL;

    return asprintf(&path, "%s/segments/%08" PRIx64 ".seg", dir, id) < 0 ? NULL
                                                                         : path;
}

/* ---- open --------------------------------------------------------------- */

static int check_format(struct dtl_manifest *m, const char *dir,
                        struct dtl_error *err)
{
    uint64_t format;
    int rc = dtl_manifest_number(m, "format", &format, err);

    if (rc == DTL_OK && (format < 1 || format > DTL_STORE_FORMAT))
        return dtl_fail(err, DTL_FORMAT, 0,
                        "%s: the store has format %" PRIu64
                        ", this dateline knows up to %d: use a newer one",
                        dir, format, DTL_STORE_FORMAT);
    return rc;
}

int dtl_manifest_open(const char *dir, struct dtl_manifest *out,
                      struct dtl_error *err)
{
    static const char *const names[] = { "meta",      "files",  "names",
                                         "prints",    "ranges", "segments",
                                         "tombstones" };
    struct dtl_table *tables[] = { &out->meta,      &out->files,
                                   &out->names,     &out->prints,
                                   &out->ranges,    &out->segments,
                                   &out->tombstones };
    char *path = dtl_path(dir, "manifest.mdb");
    int rc = DTL_OK;

    memset(out, 0, sizeof *out);
    if (path == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "%s: out of memory", dir);
    if (access(path, F_OK) != 0)
        rc = dtl_fail(err, DTL_NOTFOUND, 0,
                      "there is no store here; `dateline ingest` or "
                      "`import` makes one");
    if (rc == DTL_OK)
        rc = dtl_sealed_open(path, &out->file, err);
    free(path);
    for (size_t i = 0; rc == DTL_OK && i < sizeof names / sizeof *names; i++)
        rc = dtl_sealed_table(out->file, names[i], tables[i], err);
    if (rc == DTL_OK)
        rc = check_format(out, dir, err);
    if (rc != DTL_OK)
        dtl_manifest_close(out);
    return rc;
}

void dtl_manifest_close(struct dtl_manifest *m)
{
    dtl_sealed_close(m->file);
    memset(m, 0, sizeof *m);
}

int dtl_manifest_number(const struct dtl_manifest *m, const char *name,
                        uint64_t *out, struct dtl_error *err)
{
    struct dtl_slice value;
    int rc;

    *out = 0;
    if (m->file == NULL)
        return DTL_OK;
    rc = dtl_table_get(&m->meta, dtl_str(name), &value, err);
    if (rc == DTL_NOTFOUND)
        return DTL_OK;
    if (rc == DTL_OK && value.len != 8)
        return dtl_fail(err, DTL_FORMAT, 0, "the manifest's %s is damaged",
                        name);
    if (rc == DTL_OK)
        *out = dtl_get64(value.ptr);
    return rc;
}

/* ---- rows --------------------------------------------------------------- */

static bool get_slice(struct dtl_slice s, size_t *pos, struct dtl_slice *out)
{
    uint64_t len;

    if (!dtl_varint(s, pos, &len) || len > s.len - *pos)
        return false;
    *out = dtl_slice_of(s.ptr + *pos, (size_t)len);
    *pos += (size_t)len;
    return true;
}

static int read_file_row(struct dtl_slice key, struct dtl_slice value,
                         struct dtl_file_row *out, struct dtl_error *err)
{
    size_t pos = 16;

    if (key.len != 4 || value.len < 16 || !get_slice(value, &pos, &out->name) ||
        !get_slice(value, &pos, &out->path))
        return dtl_fail(err, DTL_FORMAT, 0,
                        "the manifest's list of files is damaged");
    out->id = dtl_get32(key.ptr);
    out->size = dtl_get64(value.ptr);
    out->fingerprint = dtl_get64(value.ptr + 8);
    return DTL_OK;
}

void dtl_file_row_write(const struct dtl_file_row *f, struct dtl_buf *out)
{
    struct dtl_key numbers = { .len = 0 };

    put(&numbers, f->size, 8);
    put(&numbers, f->fingerprint, 8);
    dtl_buf_slice(out, dtl_key_view(&numbers));
    dtl_buf_varint(out, f->name.len);
    dtl_buf_slice(out, f->name);
    dtl_buf_varint(out, f->path.len);
    dtl_buf_slice(out, f->path);
}

int dtl_manifest_file(const struct dtl_manifest *m, uint32_t id,
                      struct dtl_file_row *out, struct dtl_error *err)
{
    struct dtl_key key = dtl_key32(id);
    struct dtl_slice value;
    int rc;

    if (m->file == NULL)
        return dtl_fail(err, DTL_NOTFOUND, 0, "no archive file %u",
                        (unsigned)id);
    rc = dtl_table_get(&m->files, dtl_key_view(&key), &value, err);
    if (rc == DTL_NOTFOUND)
        return dtl_fail(err, DTL_NOTFOUND, 0, "no archive file %u",
                        (unsigned)id);
    return rc == DTL_OK ? read_file_row(dtl_key_view(&key), value, out, err)
                        : rc;
}

int dtl_manifest_next_file(const struct dtl_manifest *m,
                           struct dtl_table_cursor *c, struct dtl_file_row *out,
                           struct dtl_error *err)
{
    int rc;

    if (m->file == NULL)
        return DTL_END;
    if (c->depth == 0) {
        dtl_table_cursor(c, &m->files);
        rc = dtl_table_first(c, err);
    } else {
        rc = dtl_table_next(c, err);
    }
    return rc == DTL_OK ? read_file_row(c->key, c->value, out, err) : rc;
}

int dtl_segment_row_read(struct dtl_slice key, struct dtl_slice value,
                         struct dtl_segment_row *out, struct dtl_error *err)
{
    size_t pos = 0;

    if (key.len != 8 || !dtl_varint(value, &pos, &out->captures) ||
        !dtl_varint(value, &pos, &out->articles) ||
        !dtl_varint(value, &pos, &out->bytes) ||
        !dtl_varint(value, &pos, &out->tombstones))
        return dtl_fail(err, DTL_FORMAT, 0,
                        "the manifest's list of segments is damaged");
    out->id = dtl_get64(key.ptr);
    return DTL_OK;
}

void dtl_segment_row_write(const struct dtl_segment_row *s, struct dtl_buf *out)
{
    dtl_buf_varint(out, s->captures);
    dtl_buf_varint(out, s->articles);
    dtl_buf_varint(out, s->bytes);
    dtl_buf_varint(out, s->tombstones);
}

/* ---- ranges ------------------------------------------------------------- */

static int by_start(const void *a, const void *b)
{
    const struct dtl_range *x = a, *y = b;

    return x->start < y->start ? -1 : x->start > y->start;
}

size_t dtl_ranges_join(struct dtl_range *r, size_t n)
{
    size_t kept = 0;

    if (n > 1)
        qsort(r, n, sizeof *r, by_start);
    for (size_t i = 0; i < n; i++) {
        if (r[i].start >= r[i].end)
            continue;
        if (kept > 0 && r[i].start <= r[kept - 1].end) {
            if (r[i].end > r[kept - 1].end)
                r[kept - 1].end = r[i].end;
        } else {
            r[kept++] = r[i];
        }
    }
    return kept;
}

void dtl_ranges_write(const struct dtl_range *r, size_t n, struct dtl_buf *out)
{
    uint64_t at = 0;

    for (size_t i = 0; i < n; i++) {
        dtl_buf_varint(out, r[i].start - at);
        dtl_buf_varint(out, r[i].end - r[i].start);
        at = r[i].end;
    }
}

int dtl_manifest_ranges(const struct dtl_manifest *m, uint32_t file,
                        struct dtl_arena *arena, struct dtl_range **out,
                        size_t *n, struct dtl_error *err)
{
    struct dtl_key key = dtl_key32(file);
    struct dtl_slice value;
    size_t pos = 0;
    uint64_t at = 0;
    int rc;

    *out = NULL;
    *n = 0;
    if (m->file == NULL)
        return DTL_OK;
    rc = dtl_table_get(&m->ranges, dtl_key_view(&key), &value, err);
    if (rc != DTL_OK)
        return rc == DTL_NOTFOUND ? DTL_OK : rc;
    *out = dtl_arena_calloc(arena, value.len / 2 + 1, sizeof **out);
    if (*out == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for ranges");
    while (pos < value.len) {
        uint64_t gap, len;

        if (!dtl_varint(value, &pos, &gap) || !dtl_varint(value, &pos, &len))
            return dtl_fail(err, DTL_FORMAT, 0,
                            "the manifest's list of ranges is damaged");
        (*out)[(*n)++] = (struct dtl_range){ file, at + gap, at + gap + len };
        at += gap + len;
    }
    return DTL_OK;
}
