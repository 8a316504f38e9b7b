/* SPDX-License-Identifier: Apache-2.0 */
#include "sealed.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

/*
 * The LMDB 0.9 page format (lmdb.h, mdb.c: MDB_page, MDB_node, MDB_meta), as
 * far as a reader of one finished snapshot needs it:
 *
 *   page   u64 number, u16 pad, u16 flags, u16 lower, u16 upper, u16 ptrs[]
 *          (overflow: u32 count in place of lower and upper)
 *   node   u16 lo, u16 hi, u16 flags, u16 key length, key, data
 *          leaf: lo | hi << 16 is the data's length
 *          branch: lo | hi << 16 | flags << 32 is the child
 *   meta   page header, u32 magic, u32 version, u64 address, u64 map size,
 *          two tables (free, main), u64 last page, u64 transaction
 *   table  u32 pad (free: page size), u16 flags, u16 depth, u64 branch pages,
 *          u64 leaf pages, u64 overflow pages, u64 entries, u64 root
 *
 * After the last page come our checksums and the footer:
 *
 *   u64 XXH3 of each page, then
 *   "DTLSEAL1", u64 pages, u64 page size, u64 XXH3 of these three
 */
#define HEADER     16
#define NODE       8
#define META       136 /* size of MDB_meta */
#define TABLE      48
#define FOOTER     32
#define MAGIC      0xBEEFC0DEU
#define BRANCH     0x01
#define LEAF       0x02
#define OVERFLOWS  0x04
#define METAPAGE   0x08
#define NODE_BIG   0x01
#define NODE_TABLE 0x02
#define NODE_MULTI 0x04
#define NO_PAGE    UINT64_MAX
#define SEAL_PAGES 256U /* read at once */
static const char seal_magic[8] = { 'D', 'T', 'L', 'S', 'E', 'A', 'L', '1' };

struct dtl_sealed {
    const uint8_t *map;
    size_t map_len;
    uint32_t page_size;
    uint64_t pages;
    const uint8_t *sums;
    uint64_t *checked; /* one bit a page */
    struct dtl_table main;
    char *path;
};

static uint16_t u16(const uint8_t *p)
{
    uint16_t v;

    memcpy(&v, p, sizeof v);
    return v;
}

static uint32_t u32(const uint8_t *p)
{
    uint32_t v;

    memcpy(&v, p, sizeof v);
    return v;
}

static uint64_t u64(const uint8_t *p)
{
    uint64_t v;

    memcpy(&v, p, sizeof v);
    return v;
}

static int system_fail(struct dtl_error *err, const char *path,
                       const char *what)
{
    return dtl_fail(err, DTL_IO, 0, "%s: %s: %s", path, what, strerror(errno));
}

/* ---- pages -------------------------------------------------------------- */

static int damaged(const struct dtl_sealed *s, uint64_t n, const char *what,
                   struct dtl_error *err)
{
    return dtl_fail(err, DTL_FORMAT, n * s->page_size,
                    "%s: page %" PRIu64 " is damaged: %s", s->path, n, what);
}

int dtl_sealed_check(struct dtl_sealed *s, uint64_t n, struct dtl_error *err)
{
    const uint8_t *p = s->map + n * s->page_size;

    if (XXH3_64bits(p, s->page_size) != u64(s->sums + 8 * n))
        return damaged(s, n, "its checksum differs", err);
    s->checked[n / 64] |= UINT64_C(1) << n % 64;
    return DTL_OK;
}

static inline int need_page(struct dtl_sealed *s, uint64_t n,
                            struct dtl_error *err)
{
    if (n >= s->pages)
        return dtl_fail(err, DTL_FORMAT, 0,
                        "%s: page %" PRIu64 " is past the end", s->path, n);
    if (s->checked[n / 64] >> n % 64 & 1)
        return DTL_OK;
    return dtl_sealed_check(s, n, err);
}

/* A branch or leaf page whose pointer array is sane. */
static int tree_page(struct dtl_sealed *s, uint64_t n, const uint8_t **out,
                     uint32_t *keys, struct dtl_error *err)
{
    int rc = need_page(s, n, err);
    const uint8_t *p;
    uint16_t flags, lower;

    if (rc != DTL_OK)
        return rc;
    p = s->map + n * s->page_size;
    flags = u16(p + 10);
    lower = u16(p + 12);
    if ((flags & (BRANCH | LEAF)) == 0 || (flags & (OVERFLOWS | METAPAGE)) ||
        lower < HEADER || lower > s->page_size)
        return damaged(s, n, "it is no tree page", err);
    *out = p;
    *keys = (lower - HEADER) / 2U;
    return DTL_OK;
}

struct node {
    const uint8_t *ptr;
    uint16_t lo, hi, flags;
    struct dtl_slice key;
    size_t room; /* bytes of the page after the key */
};

static bool node_at(const struct dtl_sealed *s, const uint8_t *page, uint32_t i,
                    struct node *out)
{
    size_t at = u16(page + HEADER + 2 * (size_t)i), klen;
    const uint8_t *p = page + at;

    if (at < HEADER || at + NODE > s->page_size)
        return false;
    klen = u16(p + 6);
    if (klen > s->page_size - at - NODE)
        return false;
    out->ptr = p;
    out->lo = u16(p);
    out->hi = u16(p + 2);
    out->flags = u16(p + 4);
    out->key = dtl_slice_of(p + NODE, klen);
    out->room = s->page_size - at - NODE - klen;
    return true;
}

static int node_value(struct dtl_sealed *s, const struct node *n,
                      struct dtl_slice *out, struct dtl_error *err)
{
    size_t len = (size_t)n->lo | (size_t)n->hi << 16, pages;
    const uint8_t *data = n->key.ptr + n->key.len;
    uint64_t first;
    int rc;

    if (!(n->flags & NODE_BIG)) {
        if (len > n->room)
            return dtl_fail(err, DTL_FORMAT, 0, "%s: a value leaves its page",
                            s->path);
        *out = dtl_slice_of(data, len);
        return DTL_OK;
    }
    if (n->room < 8)
        return dtl_fail(err, DTL_FORMAT, 0, "%s: a value leaves its page",
                        s->path);
    first = u64(data);
    pages = (len + HEADER + s->page_size - 1) / s->page_size;
    if (first >= s->pages || pages > s->pages - first)
        return dtl_fail(err, DTL_FORMAT, 0, "%s: a value leaves the file",
                        s->path);
    for (size_t i = 0; i < pages; i++)
        if ((rc = need_page(s, first + i, err)) != DTL_OK)
            return rc;
    if (!(u16(s->map + first * s->page_size + 10) & OVERFLOWS))
        return damaged(s, first, "it is no overflow page", err);
    *out = dtl_slice_of(s->map + first * s->page_size + HEADER, len);
    return DTL_OK;
}

/* ---- cursor ------------------------------------------------------------- */

enum where { FIRST, LAST, FLOOR };

/* Index of the last node of `page` whose key is `key` or less, -1 if none.
 * The first key of a branch page is not looked at: it stands for "anything
 * less" and is empty. */
static int floor_of(const struct dtl_sealed *s, const uint8_t *page,
                    uint32_t keys, bool branch, struct dtl_slice key, int *out)
{
    int low = branch ? 1 : 0, high = (int)keys - 1;

    while (low <= high) {
        int mid = low + (high - low) / 2;
        struct node n;

        if (!node_at(s, page, (uint32_t)mid, &n))
            return DTL_FORMAT;
        if (dtl_compare(n.key, key) <= 0)
            low = mid + 1;
        else
            high = mid - 1;
    }
    *out = high;
    return DTL_OK;
}

static int node_fail(const struct dtl_sealed *s, struct dtl_error *err)
{
    return dtl_fail(err, DTL_FORMAT, 0, "%s: a node leaves its page", s->path);
}

/* Go down from page `n` at the cursor's depth. */
static int descend(struct dtl_table_cursor *c, uint64_t n, enum where where,
                   struct dtl_slice key, bool *missed, struct dtl_error *err)
{
    struct dtl_sealed *s = c->table.file;

    *missed = false;
    for (;;) {
        const uint8_t *page = NULL;
        uint32_t keys = 0;
        struct node node;
        bool branch;
        int at, rc = tree_page(s, n, &page, &keys, err);

        if (rc != DTL_OK)
            return rc;
        if (c->depth == DTL_TABLE_DEPTH || keys == 0)
            return damaged(s, n, "the tree is too deep or empty", err);
        branch = u16(page + 10) & BRANCH;
        at = where == LAST ? (int)keys - 1 : 0;
        if (where == FLOOR &&
            floor_of(s, page, keys, branch, key, &at) != DTL_OK)
            return node_fail(s, err);
        if (at < 0) { /* only in a leaf: the entry before is wanted */
            *missed = true;
            at = 0;
        }
        c->at[c->depth].page = page;
        c->at[c->depth].i = (uint32_t)at;
        c->at[c->depth].n = keys;
        c->depth++;
        if (!branch)
            return DTL_OK;
        if (!node_at(s, page, (uint32_t)at, &node))
            return node_fail(s, err);
        n = (uint64_t)node.lo | (uint64_t)node.hi << 16 |
            (uint64_t)node.flags << 32;
    }
}

/* Set key and value from where the cursor stands. */
static int load(struct dtl_table_cursor *c, struct dtl_error *err)
{
    struct dtl_sealed *s = c->table.file;
    struct node n;

    if (!node_at(s, c->at[c->depth - 1].page, c->at[c->depth - 1].i, &n))
        return node_fail(s, err);
    c->key = n.key;
    return node_value(s, &n, &c->value, err);
}

static int start(struct dtl_table_cursor *c, enum where where,
                 struct dtl_slice key, struct dtl_error *err)
{
    bool missed;
    int rc;

    c->depth = 0;
    if (c->table.root == NO_PAGE)
        return DTL_END;
    rc = descend(c, c->table.root, where, key, &missed, err);
    if (rc == DTL_OK)
        rc = missed ? dtl_table_prev(c, err) : load(c, err);
    if (rc != DTL_OK)
        c->depth = 0;
    return rc;
}

void dtl_table_cursor(struct dtl_table_cursor *c, const struct dtl_table *t)
{
    c->table = *t;
    c->depth = 0;
}

int dtl_table_first(struct dtl_table_cursor *c, struct dtl_error *err)
{
    return start(c, FIRST, dtl_str(NULL), err);
}

int dtl_table_last(struct dtl_table_cursor *c, struct dtl_error *err)
{
    return start(c, LAST, dtl_str(NULL), err);
}

int dtl_table_floor(struct dtl_table_cursor *c, struct dtl_slice key,
                    struct dtl_error *err)
{
    return start(c, FLOOR, key, err);
}

/* Up to the lowest level that has a neighbour on that side, then down. */
static int step(struct dtl_table_cursor *c, bool forward, struct dtl_error *err)
{
    struct dtl_sealed *s = c->table.file;
    unsigned level = c->depth;
    struct node n;
    bool missed;
    int rc;

    if (level == 0)
        return DTL_END;
    while (level > 0 && (forward ? c->at[level - 1].i + 1 >= c->at[level - 1].n
                                 : c->at[level - 1].i == 0))
        level--;
    if (level == 0) {
        c->depth = 0;
        return DTL_END;
    }
    c->at[level - 1].i += forward ? 1U : UINT32_MAX;
    if (level < c->depth) {
        c->depth = level;
        if (!node_at(s, c->at[level - 1].page, c->at[level - 1].i, &n))
            return node_fail(s, err);
        rc = descend(
            c, (uint64_t)n.lo | (uint64_t)n.hi << 16 | (uint64_t)n.flags << 32,
            forward ? FIRST : LAST, dtl_str(NULL), &missed, err);
        if (rc != DTL_OK) {
            c->depth = 0;
            return rc;
        }
    }
    return load(c, err);
}

int dtl_table_next(struct dtl_table_cursor *c, struct dtl_error *err)
{
    return step(c, true, err);
}

int dtl_table_prev(struct dtl_table_cursor *c, struct dtl_error *err)
{
    return step(c, false, err);
}

int dtl_table_get(const struct dtl_table *t, struct dtl_slice key,
                  struct dtl_slice *value, struct dtl_error *err)
{
    struct dtl_table_cursor c;
    int rc;

    dtl_table_cursor(&c, t);
    rc = dtl_table_floor(&c, key, err);
    if (rc == DTL_END || (rc == DTL_OK && !dtl_equal(c.key, key)))
        return dtl_fail(err, DTL_NOTFOUND, 0, "no such entry");
    if (rc == DTL_OK)
        *value = c.value;
    return rc;
}

/* ---- tables ------------------------------------------------------------- */

static void table_of(struct dtl_sealed *s, const uint8_t *p,
                     struct dtl_table *out)
{
    out->file = s;
    out->pages = u64(p + 8) + u64(p + 16) + u64(p + 24);
    out->entries = u64(p + 32);
    out->root = u64(p + 40);
}

int dtl_sealed_table(struct dtl_sealed *s, const char *name,
                     struct dtl_table *out, struct dtl_error *err)
{
    struct dtl_table_cursor c;
    struct node n;
    int rc;

    *out = (struct dtl_table){ .file = s, .root = NO_PAGE };
    dtl_table_cursor(&c, &s->main);
    rc = dtl_table_floor(&c, dtl_str(name), err);
    if (rc == DTL_END || (rc == DTL_OK && !dtl_equal(c.key, dtl_str(name))))
        return DTL_OK;
    if (rc != DTL_OK)
        return rc;
    if (!node_at(s, c.at[c.depth - 1].page, c.at[c.depth - 1].i, &n) ||
        !(n.flags & NODE_TABLE) || c.value.len != TABLE)
        return dtl_fail(err, DTL_FORMAT, 0, "%s: '%s' is no table", s->path,
                        name);
    /* Duplicates and fixed-size items are never written. */
    if ((n.flags & NODE_MULTI) || u16(c.value.ptr + 4) != 0)
        return dtl_fail(err, DTL_FORMAT, 0, "%s: table '%s' is of another kind",
                        s->path, name);
    table_of(s, c.value.ptr, out);
    return DTL_OK;
}

/* ---- open and close ----------------------------------------------------- */

/* The newer of the two meta pages of a file of `pages` pages. */
static const uint8_t *newest_meta(const uint8_t *map, uint32_t page_size)
{
    const uint8_t *best = NULL;

    for (unsigned i = 0; i < 2; i++) {
        const uint8_t *m = map + (size_t)i * page_size + HEADER;

        if (!(u16(m - HEADER + 10) & METAPAGE) || u32(m) != MAGIC ||
            u32(m + 4) != 1)
            continue;
        if (best == NULL || u64(m + 128) > u64(best + 128))
            best = m;
    }
    return best;
}

static int read_footer(struct dtl_sealed *s, struct dtl_error *err)
{
    const uint8_t *f;
    uint64_t size;

    if (s->map_len < FOOTER)
        return dtl_fail(err, DTL_FORMAT, 0, "%s: cut short", s->path);
    f = s->map + s->map_len - FOOTER;
    if (memcmp(f, seal_magic, sizeof seal_magic) != 0)
        return dtl_fail(err, DTL_FORMAT, s->map_len - FOOTER,
                        "%s: cut short, or not written by dateline", s->path);
    s->pages = u64(f + 8);
    size = u64(f + 16);
    /* The list itself needs no checksum: damage to it fails its page. */
    if (XXH3_64bits(f, FOOTER - 8) != u64(f + FOOTER - 8) || size < 512 ||
        size > 65536 || (size & (size - 1)) != 0 || s->pages < 2 ||
        s->pages > (s->map_len - FOOTER) / (size + 8) ||
        s->pages * (size + 8) != s->map_len - FOOTER)
        return dtl_fail(err, DTL_FORMAT, s->map_len - FOOTER,
                        "%s: its footer is damaged or does not fit its size",
                        s->path);
    s->page_size = (uint32_t)size;
    s->sums = s->map + s->pages * size;
    return DTL_OK;
}

static int read_meta(struct dtl_sealed *s, struct dtl_error *err)
{
    const uint8_t *m;
    int rc;

    for (uint64_t i = 0; i < 2; i++)
        if ((rc = need_page(s, i, err)) != DTL_OK)
            return rc;
    m = newest_meta(s->map, s->page_size);
    if (m == NULL)
        return dtl_fail(err, DTL_FORMAT, 0, "%s: not an LMDB file", s->path);
    table_of(s, m + 24 + TABLE, &s->main);
    return DTL_OK;
}

static int map_file(struct dtl_sealed *s, struct dtl_error *err)
{
    struct stat st;
    void *map;
    int fd = open(s->path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return system_fail(err, s->path, "cannot open");
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size <= 0) {
        close(fd);
        return dtl_fail(err, DTL_FORMAT, 0, "%s: empty, or not a file",
                        s->path);
    }
    s->map_len = (size_t)st.st_size;
    map = mmap(NULL, s->map_len, PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    if (map == MAP_FAILED) {
        s->map_len = 0;
        return system_fail(err, s->path, "cannot map");
    }
    s->map = map;
    return DTL_OK;
}

int dtl_sealed_open(const char *path, struct dtl_sealed **out,
                    struct dtl_error *err)
{
    struct dtl_sealed *s = calloc(1, sizeof *s);
    int rc = DTL_NOMEM;

    *out = NULL;
    if (s == NULL || (s->path = strdup(path)) == NULL)
        goto nomem;
    if ((rc = map_file(s, err)) != DTL_OK || (rc = read_footer(s, err)) != 0)
        goto fail;
    s->checked = calloc(s->pages / 64 + 1, sizeof *s->checked);
    if (s->checked == NULL)
        goto nomem;
    if ((rc = read_meta(s, err)) != DTL_OK)
        goto fail;
    *out = s;
    return DTL_OK;

nomem:
    rc = dtl_fail(err, DTL_NOMEM, 0, "%s: out of memory", path);
fail:
    dtl_sealed_close(s);
    return rc;
}

void dtl_sealed_close(struct dtl_sealed *s)
{
    if (s == NULL)
        return;
    if (s->map != NULL)
        munmap((void *)(uintptr_t)s->map, s->map_len);
    free(s->checked);
    free(s->path);
    free(s);
}

void dtl_sealed_trim(const struct dtl_sealed *s)
{
    madvise((void *)(uintptr_t)s->map, s->map_len, MADV_DONTNEED);
}

const char *dtl_sealed_path(const struct dtl_sealed *s)
{
    return s->path;
}

uint64_t dtl_sealed_pages(const struct dtl_sealed *s)
{
    return s->pages;
}

bool dtl_sealed_holds(const struct dtl_sealed *s, const uint8_t *p)
{
    return p >= s->map && p < s->map + s->map_len;
}

uint32_t dtl_sealed_page_size(const struct dtl_sealed *s)
{
    return s->page_size;
}

/* ---- seal --------------------------------------------------------------- */

static int write_all(int fd, const uint8_t *p, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, p, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

static int read_all(int fd, uint8_t *p, size_t len, uint64_t at)
{
    while (len > 0) {
        ssize_t n = pread(fd, p, len, (off_t)at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        p += n;
        len -= (size_t)n;
        at += (uint64_t)n;
    }
    return 0;
}

/* Checksums of the file's pages and the footer, in one block. */
static uint8_t *trailer(int fd, uint64_t pages, uint64_t size)
{
    uint8_t *t = malloc(pages * 8 + FOOTER), *buf = malloc(SEAL_PAGES * size);
    uint64_t sum;

    for (uint64_t i = 0; t != NULL && buf != NULL && i < pages;) {
        uint64_t n = pages - i < SEAL_PAGES ? pages - i : SEAL_PAGES;

        if (read_all(fd, buf, n * size, i * size) != 0) {
            free(t);
            t = NULL;
        }
        for (uint64_t k = 0; t != NULL && k < n; k++, i++) {
            sum = XXH3_64bits(buf + k * size, size);
            memcpy(t + 8 * i, &sum, 8);
        }
    }
    if (t != NULL && buf != NULL) {
        memcpy(t + 8 * pages, seal_magic, 8);
        memcpy(t + 8 * pages + 8, &pages, 8);
        memcpy(t + 8 * pages + 16, &size, 8);
        sum = XXH3_64bits(t + 8 * pages, FOOTER - 8);
        memcpy(t + 8 * pages + FOOTER - 8, &sum, 8);
    }
    free(buf);
    return t;
}

static int seal_fd(int fd, const char *path, struct dtl_error *err)
{
    uint64_t size = (uint64_t)sysconf(_SC_PAGESIZE), pages, end;
    uint8_t *head = malloc(2 * size), *t = NULL;
    const uint8_t *meta = NULL;
    int rc = DTL_OK;

    if (head == NULL || read_all(fd, head, 2 * size, 0) != 0) {
        free(head);
        return system_fail(err, path, "cannot seal");
    }
    meta = newest_meta(head, (uint32_t)size);
    pages = meta != NULL ? u64(meta + 120) + 1 : 0;
    end = pages * size;
    free(head);
    if (pages < 2)
        return dtl_fail(err, DTL_FORMAT, 0, "%s: not an LMDB file", path);
    /* The last pages may have been freed before they were written. */
    if (ftruncate(fd, (off_t)end) != 0 ||
        (t = trailer(fd, pages, size)) == NULL ||
        lseek(fd, (off_t)end, SEEK_SET) < 0 ||
        write_all(fd, t, pages * 8 + FOOTER) != 0 || fsync(fd) != 0)
        rc = system_fail(err, path, "cannot seal");
    free(t);
    return rc;
}

int dtl_seal(const char *path, struct dtl_error *err)
{
    int rc, fd = open(path, O_RDWR | O_CLOEXEC);

    if (fd < 0)
        return system_fail(err, path, "cannot open");
    rc = seal_fd(fd, path, err);
    if (close(fd) != 0 && rc == DTL_OK)
        rc = system_fail(err, path, "cannot write");
    return rc;
}
