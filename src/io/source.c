/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A source is either mapped (peek is pointer arithmetic) or read through a
 * window that holds what was peeked and not yet consumed.
 */
#include "source.h"

#include "container.h"
#include "remote.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_SIZE ((size_t)256 << 10)

struct dtl_source {
    char *name;
    struct dtl_slice map; /* of this source; ptr NULL when not mapped */
    void *mapping;        /* what to unmap, or NULL */
    size_t mapping_len;
    struct dtl_source *parent; /* whose bytes `map` or `self` borrows */
    uint64_t pos, size;

    const struct source_ops *ops; /* NULL when mapped */
    void *self;
    uint8_t *buf; /* unread bytes are [start, end) */
    size_t start, end, cap;
    bool at_end;
};

static struct dtl_source *source_new(const char *name)
{
    struct dtl_source *s = calloc(1, sizeof *s);

    if (s != NULL && (s->name = strdup(name)) == NULL) {
        free(s);
        return NULL;
    }
    return s;
}

static int nomem(struct dtl_error *err, const char *name)
{
    return dtl_fail(err, DTL_NOMEM, 0, "out of memory opening %.100s", name);
}

int dtl_source_make(const char *name, const struct source_ops *ops, void *self,
                    uint64_t size, struct dtl_source **out,
                    struct dtl_error *err)
{
    struct dtl_source *s = source_new(name);

    *out = NULL;
    if (s == NULL) {
        ops->close(self);
        return nomem(err, name);
    }
    s->ops = ops;
    s->self = self;
    s->size = size;
    *out = s;
    return DTL_OK;
}

/* ---- files ------------------------------------------------------------- */

struct file {
    int fd;
};

static int file_read(void *self, uint8_t *buf, size_t cap, size_t *got,
                     struct dtl_error *err)
{
    struct file *f = self;
    ssize_t n;

    do
        n = read(f->fd, buf, cap);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return dtl_fail(err, DTL_IO, 0, "cannot read: %s", strerror(errno));
    *got = (size_t)n;
    return DTL_OK;
}

static void file_close(void *self)
{
    struct file *f = self;

    if (f->fd != STDIN_FILENO)
        close(f->fd);
    free(f);
}

static const struct source_ops pipe_ops = { file_read, NULL, file_close,
                                            false };

static int open_pipe(const char *name, int fd, struct dtl_source **out,
                     struct dtl_error *err)
{
    struct file *f = malloc(sizeof *f);

    if (f == NULL) {
        if (fd != STDIN_FILENO)
            close(fd);
        return nomem(err, name);
    }
    f->fd = fd;
    return dtl_source_make(name, &pipe_ops, f, UINT64_MAX, out, err);
}

static int map_file(const char *name, int fd, size_t size,
                    struct dtl_source **out, struct dtl_error *err)
{
    struct dtl_source *s = source_new(name);
    void *p;

    if (s == NULL)
        return nomem(err, name);
    p = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED) {
        int e = errno;

        dtl_source_close(s);
        return dtl_fail(err, DTL_IO, 0, "cannot map: %s", strerror(e));
    }
    s->mapping = p;
    s->mapping_len = size;
    s->map = dtl_slice_of(p, size);
    s->size = size;
    *out = s;
    return DTL_OK;
}

static int open_file(const char *name, struct dtl_source **out,
                     struct dtl_error *err)
{
    int fd = open(name, O_RDONLY | O_CLOEXEC), rc;
    struct stat st;

    if (fd < 0 || fstat(fd, &st) != 0) {
        int e = errno;

        if (fd >= 0)
            close(fd);
        return dtl_fail(err, e == ENOENT ? DTL_NOTFOUND : DTL_IO, 0,
                        "cannot open: %s", strerror(e));
    }
    if (S_ISDIR(st.st_mode)) {
        close(fd);
        return dtl_fail(err, DTL_IO, 0, "is a directory");
    }
    if (!S_ISREG(st.st_mode))
        return open_pipe(name, fd, out, err);
    if (st.st_size == 0) {
        close(fd);
        return dtl_source_memory(dtl_slice_of("", 0), name, out, err);
    }
    rc = map_file(name, fd, (size_t)st.st_size, out, err);
    close(fd);
    return rc;
}

int dtl_source_memory(struct dtl_slice bytes, const char *name,
                      struct dtl_source **out, struct dtl_error *err)
{
    struct dtl_source *s = source_new(name);

    *out = NULL;
    if (s == NULL)
        return nomem(err, name);
    s->map = bytes.ptr != NULL ? bytes : dtl_slice_of("", 0);
    s->size = bytes.len;
    *out = s;
    return DTL_OK;
}

/* A file, pipe or remote object as it is. */
static int open_outer(const char *name, struct dtl_source **out,
                      struct dtl_error *err)
{
    if (strcmp(name, "-") == 0)
        return open_pipe(name, STDIN_FILENO, out, err);
    if (dtl_remote_is(name))
        return dtl_remote_open(name, out, err);
    return open_file(name, out, err);
}

/* Take xz and the like off; refuse containers, which hold several files. */
static int finish_open(const char *name, struct dtl_source *src,
                       struct dtl_source **out, struct dtl_error *err)
{
    struct dtl_slice s;
    int rc = dtl_source_peek(src, 512, &s, err);

    if (rc < 0) {
        dtl_source_close(src);
        return rc;
    }
    switch (rc == DTL_OK ? dtl_kind_cheap(s) : KIND_OTHER) {
    case KIND_CODED: return dtl_coded_open(name, src, out, err);
    case KIND_CONTAINER:
        dtl_source_close(src);
        return dtl_fail(err, DTL_FORMAT, 0,
                        "is a container: name a member as FILE!/MEMBER");
    default: *out = src; return DTL_OK;
    }
}

bool dtl_source_exists(const char *name)
{
    struct stat st;

    return stat(name, &st) == 0;
}

int dtl_source_outer(const char *name, struct dtl_source **out,
                     struct dtl_error *err)
{
    const char *mark = strstr(name, "!/");
    char *path, *member;
    int rc;

    *out = NULL;
    if (mark == NULL || dtl_source_exists(name))
        return open_outer(name, out, err);
    path = strdup(name);
    if (path == NULL)
        return nomem(err, name);
    member = path + (mark - name);
    *member = '\0';
    member += 2;
    rc = open_outer(path, out, err);
    while (rc == DTL_OK && member != NULL) {
        char *inner = strstr(member, "!/");

        if (inner != NULL)
            *inner = '\0';
        rc = dtl_container_open(name, *out, member, out, err);
        member = inner != NULL ? inner + 2 : NULL;
    }
    free(path);
    if (rc != DTL_OK)
        *out = NULL;
    return rc;
}

int dtl_source_open(const char *name, struct dtl_source **out,
                    struct dtl_error *err)
{
    struct dtl_source *src;
    int rc = dtl_source_outer(name, &src, err);

    *out = NULL;
    return rc == DTL_OK ? finish_open(name, src, out, err) : rc;
}

/* ---- a part of another source ------------------------------------------ */

struct range {
    struct dtl_source *parent;
    uint64_t from, len, pos;
};

static int range_read(void *self, uint8_t *buf, size_t cap, size_t *got,
                      struct dtl_error *err)
{
    struct range *r = self;
    struct dtl_slice s;
    int rc;

    *got = 0;
    if (cap > r->len - r->pos)
        cap = (size_t)(r->len - r->pos);
    if (cap == 0)
        return DTL_OK;
    rc = dtl_source_peek(r->parent, 1, &s, err);
    if (rc != DTL_OK)
        return rc == DTL_END ? DTL_OK : rc;
    if (s.len > cap)
        s.len = cap;
    memcpy(buf, s.ptr, s.len);
    dtl_source_consume(r->parent, s.len);
    r->pos += s.len;
    *got = s.len;
    return DTL_OK;
}

static int range_seek(void *self, uint64_t offset, struct dtl_error *err)
{
    struct range *r = self;
    int rc;

    if (offset > r->len)
        offset = r->len;
    rc = dtl_source_seek(r->parent, r->from + offset, err);
    if (rc == DTL_OK)
        r->pos = offset;
    return rc;
}

static void range_close(void *self)
{
    struct range *r = self;

    dtl_source_close(r->parent);
    free(r);
}

static const struct source_ops range_ops = { range_read, range_seek,
                                             range_close, true };

static int mapped_range(const char *name, struct dtl_source *parent,
                        uint64_t from, uint64_t len, struct dtl_source **out,
                        struct dtl_error *err)
{
    struct dtl_slice all = dtl_source_mapped(parent);
    int rc = dtl_source_memory(dtl_sub(all, (size_t)from, (size_t)(from + len)),
                               name, out, err);

    if (rc == DTL_OK)
        (*out)->parent = parent;
    else
        dtl_source_close(parent);
    return rc;
}

int dtl_source_range(const char *name, struct dtl_source *parent, uint64_t from,
                     uint64_t len, struct dtl_source **out,
                     struct dtl_error *err)
{
    struct range *r;
    int rc;

    if (len > UINT64_MAX - from)
        len = UINT64_MAX - from;
    if (dtl_source_mapped(parent).ptr != NULL)
        return mapped_range(name, parent, from, len, out, err);
    rc = dtl_source_seek(parent, from, err);
    r = rc == DTL_OK ? calloc(1, sizeof *r) : NULL;
    if (r == NULL) {
        dtl_source_close(parent);
        return rc != DTL_OK ? rc : nomem(err, name);
    }
    r->parent = parent;
    r->from = from;
    r->len = len;
    return dtl_source_make(name, &range_ops, r, len, out, err);
}

/* ---- common to all ------------------------------------------------------ */

const char *dtl_source_name(const struct dtl_source *s)
{
    return s->name;
}

uint64_t dtl_source_size(const struct dtl_source *s)
{
    return s->size;
}

bool dtl_source_seekable(const struct dtl_source *s)
{
    return s->map.ptr != NULL ||
           (s->ops->seek != NULL && s->ops->seek_is_cheap);
}

struct dtl_slice dtl_source_mapped(const struct dtl_source *s)
{
    return s->map;
}

uint64_t dtl_source_tell(const struct dtl_source *s)
{
    return s->pos;
}

/* Make room for `want` unread bytes and some more to read into. */
static bool make_room(struct dtl_source *s, size_t want)
{
    size_t have = s->end - s->start, cap = s->cap;
    uint8_t *p;

    if (s->start > 0 && (want > s->cap - s->start || s->cap == s->end)) {
        memmove(s->buf, s->buf + s->start, have);
        s->start = 0;
        s->end = have;
    }
    if (want <= s->cap - s->start && s->end < s->cap)
        return true;
    cap = cap < READ_SIZE ? READ_SIZE : cap;
    while (cap < want || cap == have) {
        if (cap > SIZE_MAX / 2)
            return false;
        cap *= 2;
    }
    p = realloc(s->buf, cap);
    if (p == NULL)
        return false;
    s->buf = p;
    s->cap = cap;
    return true;
}

static int fill(struct dtl_source *s, size_t want, struct dtl_error *err)
{
    while (s->end - s->start < want && !s->at_end) {
        size_t got = 0;
        int rc;

        if (!make_room(s, want))
            return dtl_fail(err, DTL_NOMEM, s->pos, "out of memory reading");
        rc = s->ops->read(s->self, s->buf + s->end, s->cap - s->end, &got, err);
        if (rc != DTL_OK)
            return rc;
        s->at_end = got == 0;
        s->end += got;
    }
    return DTL_OK;
}

int dtl_source_peek(struct dtl_source *s, size_t want, struct dtl_slice *out,
                    struct dtl_error *err)
{
    int rc;

    if (s->map.ptr != NULL) {
        *out = dtl_slice_of(s->map.ptr + s->pos, s->map.len - (size_t)s->pos);
        return out->len > 0 ? DTL_OK : DTL_END;
    }
    rc = fill(s, want > 0 ? want : 1, err);
    *out = dtl_slice_of(s->end > s->start ? s->buf + s->start : NULL,
                        s->end - s->start);
    if (rc != DTL_OK)
        return rc;
    return out->len > 0 ? DTL_OK : DTL_END;
}

void dtl_source_consume(struct dtl_source *s, size_t n)
{
    if (s->map.ptr != NULL) {
        if (n > s->map.len - s->pos)
            n = s->map.len - (size_t)s->pos;
    } else {
        if (n > s->end - s->start)
            n = s->end - s->start;
        s->start += n;
        if (s->start == s->end)
            s->start = s->end = 0;
    }
    s->pos += n;
}

/* Read on to `offset`, for sources that cannot jump. */
static int skip_to(struct dtl_source *s, uint64_t offset, struct dtl_error *err)
{
    while (s->pos < offset) {
        struct dtl_slice piece;
        int rc = dtl_source_peek(s, 1, &piece, err);

        if (rc != DTL_OK)
            return rc == DTL_END ? DTL_OK : rc;
        dtl_source_consume(s, offset - s->pos < piece.len
                                  ? (size_t)(offset - s->pos)
                                  : piece.len);
    }
    return DTL_OK;
}

int dtl_source_seek(struct dtl_source *s, uint64_t offset,
                    struct dtl_error *err)
{
    int rc;

    if (s->map.ptr != NULL) {
        s->pos = offset < s->map.len ? offset : s->map.len;
        return DTL_OK;
    }
    if (offset >= s->pos && offset - s->pos <= s->end - s->start) {
        dtl_source_consume(s, (size_t)(offset - s->pos));
        return DTL_OK;
    }
    if (s->ops->seek == NULL) {
        if (offset > s->pos)
            return skip_to(s, offset, err);
        return dtl_fail(err, DTL_INVALID, offset,
                        "cannot go back: bytes come only once");
    }
    rc = s->ops->seek(s->self, offset, err);
    if (rc != DTL_OK)
        return rc;
    s->start = s->end = 0;
    s->at_end = false;
    s->pos = offset;
    return DTL_OK;
}

void dtl_source_close(struct dtl_source *s)
{
    if (s == NULL)
        return;
    if (s->mapping != NULL)
        munmap(s->mapping, s->mapping_len);
    if (s->ops != NULL)
        s->ops->close(s->self);
    dtl_source_close(s->parent);
    free(s->buf);
    free(s->name);
    free(s);
}
