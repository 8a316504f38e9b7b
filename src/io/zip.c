/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a stored member lies in a zip file (APPNOTE.TXT 6.3.10, sections 4.3
 * and 4.5.3), so that a record of a WACZ can be read at its offset instead of
 * through everything before it.  libarchive reads the rest of zip for us, but
 * does not tell places.
 */
#include "container.h"

#define END_SIZE     22 /* end of central directory */
#define END64_SIZE   56
#define LOCATOR_SIZE 20
#define ENTRY_SIZE   46
#define LOCAL_SIZE   30
#define MAX_DIR      ((uint64_t)256 << 20)

static uint64_t le(const uint8_t *p, unsigned n)
{
    uint64_t v = 0;

    while (n-- > 0)
        v = v << 8 | p[n];
    return v;
}

/* `n` bytes at `offset`, or false. */
static bool bytes_at(struct dtl_source *src, uint64_t offset, size_t n,
                     struct dtl_slice *out)
{
    return dtl_source_seek(src, offset, NULL) == DTL_OK &&
           dtl_source_peek(src, n, out, NULL) == DTL_OK && out->len >= n;
}

struct directory {
    uint64_t offset, size, base; /* base: bytes put before the zip file */
};

static bool directory64(struct dtl_source *src, uint64_t locator,
                        struct directory *d)
{
    struct dtl_slice s;

    if (!bytes_at(src, locator, LOCATOR_SIZE, &s) ||
        le(s.ptr, 4) != 0x07064b50 ||
        !bytes_at(src, le(s.ptr + 8, 8), END64_SIZE, &s) ||
        le(s.ptr, 4) != 0x06064b50)
        return false;
    d->size = le(s.ptr + 40, 8);
    d->offset = le(s.ptr + 48, 8);
    d->base = 0;
    return true;
}

static bool find_directory(struct dtl_source *src, struct directory *d)
{
    uint64_t size = dtl_source_size(src), from, end;
    struct dtl_slice s;
    size_t n, at;

    if (size == UINT64_MAX || size < END_SIZE)
        return false;
    n = size < END_SIZE + 0xffff ? (size_t)size : END_SIZE + 0xffff;
    from = size - n;
    if (!bytes_at(src, from, n, &s))
        return false;
    for (at = n - END_SIZE; memcmp(s.ptr + at, "PK\5\6", 4) != 0; at--)
        if (at == 0)
            return false;
    end = from + at;
    d->size = le(s.ptr + at + 12, 4);
    d->offset = le(s.ptr + at + 16, 4);
    if (d->size == 0xffffffff || d->offset == 0xffffffff)
        return end >= LOCATOR_SIZE && directory64(src, end - LOCATOR_SIZE, d);
    if (d->size > end || d->offset > end - d->size)
        return false;
    d->base = end - d->size - d->offset;
    return true;
}

/* The values too large for an entry stand in its zip64 field, in this order:
 * size, compressed size, offset. */
static void zip64_values(struct dtl_slice extra, uint64_t *values[3])
{
    while (extra.len >= 4) {
        uint64_t id = le(extra.ptr, 2), len = le(extra.ptr + 2, 2);
        struct dtl_slice body = dtl_sub(extra, 4, 4 + (size_t)len);

        if (id == 1)
            for (int i = 0; i < 3; i++) {
                if (*values[i] != 0xffffffff)
                    continue;
                if (body.len < 8)
                    return;
                *values[i] = le(body.ptr, 8);
                body = dtl_sub(body, 8, body.len);
            }
        extra = dtl_sub(extra, 4 + (size_t)len, extra.len);
    }
}

/* The local header repeats the name; its extra field differs in length. */
static bool local_data(struct dtl_source *src, uint64_t local, uint64_t len,
                       uint64_t *offset)
{
    struct dtl_slice s;

    if (!bytes_at(src, local, LOCAL_SIZE, &s) ||
        memcmp(s.ptr, "PK\3\4", 4) != 0)
        return false;
    *offset = local + LOCAL_SIZE + le(s.ptr + 26, 2) + le(s.ptr + 28, 2);
    return len <= dtl_source_size(src) && *offset <= dtl_source_size(src) - len;
}

bool dtl_zip_stored(struct dtl_source *src, const char *path, uint64_t *offset,
                    uint64_t *len)
{
    struct dtl_slice want = dtl_str(path), dir;
    struct directory d;
    bool found = false;
    uint64_t local = 0;

    if (!find_directory(src, &d) || d.size > MAX_DIR ||
        !bytes_at(src, d.base + d.offset, (size_t)d.size, &dir))
        return false;
    dir = dtl_sub(dir, 0, (size_t)d.size);
    while (dir.len >= ENTRY_SIZE && memcmp(dir.ptr, "PK\1\2", 4) == 0) {
        size_t name = (size_t)le(dir.ptr + 28, 2);
        size_t extra = (size_t)le(dir.ptr + 30, 2);
        size_t all = ENTRY_SIZE + name + extra + (size_t)le(dir.ptr + 32, 2);
        bool stored = le(dir.ptr + 10, 2) == 0 && (dir.ptr[8] & 1) == 0;

        if (stored &&
            dtl_equal(dtl_sub(dir, ENTRY_SIZE, ENTRY_SIZE + name), want)) {
            uint64_t packed = le(dir.ptr + 20, 4);

            *len = le(dir.ptr + 24, 4);
            local = le(dir.ptr + 42, 4);
            zip64_values(
                dtl_sub(dir, ENTRY_SIZE + name, ENTRY_SIZE + name + extra),
                (uint64_t *[]){ len, &packed, &local });
            found = packed == *len;
            break;
        }
        dir = dtl_sub(dir, all, dir.len);
    }
    return found && local_data(src, d.base + local, *len, offset);
}
