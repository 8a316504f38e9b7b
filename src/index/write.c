/* SPDX-License-Identifier: Apache-2.0 */
#include "write.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

static int system_fail(struct dtl_error *err, const char *path,
                       const char *what)
{
    return dtl_fail(err, DTL_IO, 0, "%s: %s: %s", path, what, strerror(errno));
}

static int no_memory(struct dtl_error *err)
{
    return dtl_fail(err, DTL_NOMEM, 0, "out of memory for the store");
}

/* ---- the directory ------------------------------------------------------ */

static int make_dir(const char *path, struct dtl_error *err)
{
    if (mkdir(path, 0777) == 0 || errno == EEXIST)
        return DTL_OK;
    return system_fail(err, path, "cannot create");
}

static int sync_dir(const char *path, struct dtl_error *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = DTL_OK;

    if (fd < 0)
        return system_fail(err, path, "cannot open");
    if (fsync(fd) != 0)
        rc = system_fail(err, path, "cannot sync");
    close(fd);
    return rc;
}

static int make_dirs(struct dtl_store_writer *w, struct dtl_error *err)
{
    const char *const dirs[] = { w->dir, w->segments, w->tmp };
    int rc = DTL_OK;

    for (size_t i = 0; rc == DTL_OK && i < 3; i++)
        rc = make_dir(dirs[i], err);
    return rc;
}

/* The lock is the kernel's: it ends with the process, however that ends. */
static int take_lock(struct dtl_store_writer *w, struct dtl_error *err)
{
    char *path = dtl_path(w->dir, "lock");
    char pid[32] = "";
    int rc = DTL_OK, n;

    if (path == NULL)
        return no_memory(err);
    w->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (w->lock < 0) {
        rc = system_fail(err, path, "cannot open");
    } else if (flock(w->lock, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK)
            rc = system_fail(err, path, "cannot lock");
        else {
            ssize_t got = pread(w->lock, pid, sizeof pid - 1, 0);

            pid[got > 0 ? got : 0] = '\0';
            pid[strcspn(pid, "\n")] = '\0';
            rc = dtl_fail(err, DTL_BUSY, 0,
                          "%s: another process%s%s is writing to this store",
                          w->dir, pid[0] != '\0' ? ", " : "", pid);
        }
    } else {
        n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
        if (ftruncate(w->lock, 0) != 0 ||
            pwrite(w->lock, pid, (size_t)n, 0) != n)
            errno = 0; /* only a courtesy to whom it locks out */
    }
    free(path);
    return rc;
}

/* Remove every entry of `dir` that `keep` does not claim. */
static int sweep(const char *dir, bool (*keep)(const void *, const char *),
                 const void *context, struct dtl_error *err)
{
    DIR *d = opendir(dir);
    struct dirent *e;

    if (d == NULL)
        return system_fail(err, dir, "cannot list");
    while ((e = readdir(d)) != NULL) {
        if (e->d_name[0] == '.' || (keep != NULL && keep(context, e->d_name)))
            continue;
        unlinkat(dirfd(d), e->d_name, 0);
    }
    closedir(d);
    return DTL_OK;
}

static bool is_live(const void *context, const char *name)
{
    const struct dtl_store_writer *w = context;
    struct dtl_key key;
    struct dtl_slice value;
    char *end;
    uint64_t id = strtoull(name, &end, 16);

    if (end == name || strcmp(end, ".seg") != 0)
        return true; /* not ours to remove */
    if (w->manifest.file == NULL)
        return false;
    key = dtl_key64(id);
    /* On any doubt, such as a damaged manifest, it stays. */
    return dtl_table_get(&w->manifest.segments, dtl_key_view(&key), &value,
                         NULL) != DTL_NOTFOUND;
}

/* ---- open and close ----------------------------------------------------- */

static int read_manifest(struct dtl_store_writer *w, struct dtl_error *err)
{
    int rc;

    dtl_manifest_close(&w->manifest);
    rc = dtl_manifest_open(w->dir, &w->manifest, err);
    if (rc == DTL_NOTFOUND)
        rc = DTL_OK;
    if (rc == DTL_OK)
        rc = dtl_manifest_number(&w->manifest, "next_file", &w->next_file, err);
    if (rc == DTL_OK)
        rc = dtl_manifest_number(&w->manifest, "next_segment", &w->next_segment,
                                 err);
    return rc;
}

int dtl_store_writer_open(const char *dir, struct dtl_store_writer **out,
                          struct dtl_error *err)
{
    struct dtl_store_writer *w = calloc(1, sizeof *w);
    int rc = DTL_NOMEM;

    *out = NULL;
    if (w == NULL)
        return no_memory(err);
    w->lock = -1;
    pthread_mutex_init(&w->mutex, NULL);
    w->dir = strdup(dir);
    w->segments = dtl_path(dir, "segments");
    w->tmp = dtl_path(dir, "tmp");
    w->arena = dtl_arena_new(0);
    if (w->dir == NULL || w->segments == NULL || w->tmp == NULL ||
        w->arena == NULL)
        rc = no_memory(err);
    else if ((rc = make_dirs(w, err)) == DTL_OK &&
             (rc = take_lock(w, err)) == DTL_OK &&
             (rc = read_manifest(w, err)) == DTL_OK &&
             (rc = sweep(w->tmp, NULL, NULL, err)) == DTL_OK)
        rc = sweep(w->segments, is_live, w, err);
    if (rc != DTL_OK) {
        dtl_store_writer_close(w);
        return rc;
    }
    *out = w;
    return DTL_OK;
}

static void forget_pending(struct dtl_store_writer *w)
{
    free(w->pending);
    free(w->slots);
    w->pending = NULL;
    w->slots = NULL;
    w->npending = w->pending_room = w->nslots = 0;
    dtl_arena_reset(w->arena);
}

void dtl_store_writer_close(struct dtl_store_writer *w)
{
    if (w == NULL)
        return;
    forget_pending(w);
    dtl_manifest_close(&w->manifest);
    dtl_arena_free(w->arena);
    if (w->lock >= 0)
        close(w->lock);
    pthread_mutex_destroy(&w->mutex);
    free(w->segments);
    free(w->tmp);
    free(w->dir);
    free(w);
}

/* ---- archive files ------------------------------------------------------ */

/* Files new or changed since the last publish, found by hashes of what
 * identifies them. */
static uint64_t print_hash(uint64_t fingerprint, uint64_t size)
{
    return (fingerprint ^ size * UINT64_C(0x9E3779B97F4A7C15)) | 1;
}

static uint64_t name_hash(struct dtl_slice path)
{
    struct dtl_slice base = dtl_base_name(path);

    return XXH3_64bits(base.ptr, base.len) & ~UINT64_C(1);
}

static bool index_pending(struct dtl_store_writer *w, uint64_t hash, size_t i)
{
    size_t at;

    if ((w->npending + 1) * 8 > w->nslots) {
        size_t n = w->nslots == 0 ? 64 : w->nslots * 2;
        struct dtl_pending_slot *slots = calloc(n, sizeof *slots);

        if (slots == NULL)
            return false;
        for (size_t s = 0; s < w->nslots; s++) {
            if (w->slots[s].index == 0)
                continue;
            at = w->slots[s].hash & (n - 1);
            while (slots[at].index != 0)
                at = (at + 1) & (n - 1);
            slots[at] = w->slots[s];
        }
        free(w->slots);
        w->slots = slots;
        w->nslots = n;
    }
    at = hash & (w->nslots - 1);
    while (w->slots[at].index != 0)
        at = (at + 1) & (w->nslots - 1);
    w->slots[at] = (struct dtl_pending_slot){ hash, i + 1 };
    return true;
}

/* What identifies a file in a look-up. */
struct wanted {
    struct dtl_slice name;
    uint64_t size, fingerprint;
};

/* Bytes are proof; a name is, when one side has seen no bytes. */
static bool is_same(const struct dtl_file_row *f, const struct wanted *q,
                    bool by_name)
{
    if (!by_name)
        return f->size != DTL_SIZE_UNKNOWN && f->size == q->size &&
               f->fingerprint == q->fingerprint;
    return (f->size == DTL_SIZE_UNKNOWN || q->size == DTL_SIZE_UNKNOWN) &&
           dtl_equal(dtl_base_name(f->name), dtl_base_name(q->name));
}

static struct dtl_file_row *find_pending(struct dtl_store_writer *w,
                                         const struct wanted *q, bool by_name)
{
    uint64_t hash =
        by_name ? name_hash(q->name) : print_hash(q->fingerprint, q->size);
    size_t at = hash & (w->nslots - 1);

    for (; w->nslots > 0 && w->slots[at].index != 0;
         at = (at + 1) & (w->nslots - 1)) {
        struct dtl_file_row *f = &w->pending[w->slots[at].index - 1];

        if (w->slots[at].hash == hash && is_same(f, q, by_name))
            return f;
    }
    return NULL;
}

static uint64_t id_hash(uint32_t id)
{
    return XXH3_64bits(&id, sizeof id);
}

/* Does a pending row stand in for what was published under this id? */
static bool is_pending(const struct dtl_store_writer *w, uint32_t id)
{
    uint64_t hash = id_hash(id);
    size_t at = hash & (w->nslots - 1);

    for (; w->nslots > 0 && w->slots[at].index != 0;
         at = (at + 1) & (w->nslots - 1))
        if (w->slots[at].hash == hash &&
            w->pending[w->slots[at].index - 1].id == id)
            return true;
    return false;
}

/* A published file; DTL_NOTFOUND. */
static int find_published(struct dtl_store_writer *w, const struct wanted *q,
                          bool by_name, struct dtl_file_row *out,
                          struct dtl_error *err)
{
    struct dtl_key low, high;
    struct dtl_table_cursor c;
    size_t prefix;
    int rc;

    if (w->manifest.file == NULL)
        return DTL_NOTFOUND;
    if (by_name) {
        high = dtl_key_name(q->name, UINT32_MAX);
        low = dtl_key_name(q->name, 0);
    } else {
        high = dtl_key_print(q->fingerprint, q->size, UINT32_MAX);
        low = dtl_key_print(q->fingerprint, q->size, 0);
    }
    prefix = low.len - 4;
    dtl_table_cursor(&c, by_name ? &w->manifest.names : &w->manifest.prints);
    for (rc = dtl_table_floor(&c, dtl_key_view(&high), err); rc == DTL_OK;
         rc = dtl_table_prev(&c, err)) {
        if (c.key.len != low.len || memcmp(c.key.ptr, low.bytes, prefix) != 0)
            return DTL_NOTFOUND;
        rc = dtl_manifest_file(&w->manifest, dtl_get32(c.key.ptr + prefix), out,
                               err);
        if (rc != DTL_OK)
            return rc;
        if (is_same(out, q, by_name) && !is_pending(w, out->id))
            return DTL_OK;
    }
    return rc == DTL_END ? DTL_NOTFOUND : rc;
}

static int add_pending(struct dtl_store_writer *w,
                       const struct dtl_file_row *row, struct dtl_error *err)
{
    struct dtl_file_row *f;

    if (w->npending == w->pending_room) {
        size_t room = w->pending_room == 0 ? 16 : w->pending_room * 2;
        struct dtl_file_row *rows = realloc(w->pending, room * sizeof *rows);

        if (rows == NULL)
            return no_memory(err);
        w->pending = rows;
        w->pending_room = room;
    }
    f = &w->pending[w->npending];
    *f = *row;
    f->name = dtl_arena_dup(w->arena, row->name);
    f->path = dtl_arena_dup(w->arena, row->path);
    if (f->name.ptr == NULL || f->path.ptr == NULL ||
        !index_pending(w, id_hash(f->id), w->npending) ||
        !index_pending(w, name_hash(f->name), w->npending) ||
        (f->size != DTL_SIZE_UNKNOWN &&
         !index_pending(w, print_hash(f->fingerprint, f->size), w->npending)))
        return no_memory(err);
    w->npending++;
    return DTL_OK;
}

static bool is_there(struct dtl_slice path)
{
    char *p = strndup((const char *)path.ptr, path.len);
    bool there = p != NULL && access(p, F_OK) == 0;

    free(p);
    return there;
}

/* A known file met again: its bytes may be new to us, or its place. */
static int meet_again(struct dtl_store_writer *w, struct dtl_file_row *f,
                      bool pending, const struct wanted *q,
                      struct dtl_error *err)
{
    struct dtl_file_row row = *f;
    bool adopt = f->size == DTL_SIZE_UNKNOWN && q->size != DTL_SIZE_UNKNOWN;
    bool moved = q->size != DTL_SIZE_UNKNOWN && !dtl_equal(f->path, q->name) &&
                 !is_there(f->path);

    if (!adopt && !moved)
        return DTL_OK;
    if (adopt) {
        row.size = q->size;
        row.fingerprint = q->fingerprint;
    }
    row.path = q->name;
    if (!pending)
        return add_pending(w, &row, err);
    row.path = dtl_arena_dup(w->arena, q->name);
    if (row.path.ptr == NULL ||
        (adopt && !index_pending(w, print_hash(row.fingerprint, row.size),
                                 (size_t)(f - w->pending))))
        return no_memory(err);
    *f = row;
    return DTL_OK;
}

static int file_locked(struct dtl_store_writer *w, const struct wanted *q,
                       uint32_t *id, struct dtl_error *err)
{
    struct dtl_file_row row;
    struct dtl_file_row *f;
    int rc;

    for (int by_name = q->size == DTL_SIZE_UNKNOWN; by_name < 2; by_name++) {
        if ((f = find_pending(w, q, by_name)) != NULL) {
            *id = f->id;
            return meet_again(w, f, true, q, err);
        }
        rc = find_published(w, q, by_name, &row, err);
        if (rc == DTL_OK) {
            *id = row.id;
            return meet_again(w, &row, false, q, err);
        }
        if (rc != DTL_NOTFOUND)
            return rc;
    }
    if (w->next_file >= UINT32_MAX)
        return dtl_fail(err, DTL_LIMIT, 0, "%s: no more archive files fit",
                        w->dir);
    row = (struct dtl_file_row){ .id = (uint32_t)w->next_file,
                                 .size = q->size,
                                 .fingerprint = q->fingerprint,
                                 .name = q->name,
                                 .path = q->name };
    if ((rc = add_pending(w, &row, err)) == DTL_OK)
        *id = (uint32_t)w->next_file++;
    return rc;
}

int dtl_store_file(struct dtl_store_writer *w, const char *name, uint64_t size,
                   uint64_t fingerprint, uint32_t *id, struct dtl_error *err)
{
    struct wanted q = { dtl_str(name), size, fingerprint };
    int rc;

    pthread_mutex_lock(&w->mutex);
    rc = file_locked(w, &q, id, err);
    pthread_mutex_unlock(&w->mutex);
    return rc;
}

int dtl_store_covered(struct dtl_store_writer *w, uint32_t file,
                      const struct dtl_range **out, size_t *n,
                      struct dtl_error *err)
{
    struct dtl_range *ranges;
    int rc;

    pthread_mutex_lock(&w->mutex);
    rc = dtl_manifest_ranges(&w->manifest, file, w->arena, &ranges, n, err);
    *out = ranges;
    pthread_mutex_unlock(&w->mutex);
    return rc;
}

/* ---- publish ------------------------------------------------------------ */

static int put_number(struct dtl_env *e, const char *name, uint64_t v,
                      struct dtl_error *err)
{
    struct dtl_key value = dtl_key64(v);

    return dtl_env_put(e, "meta", dtl_str(name), dtl_key_view(&value), err);
}

static int put_files(struct dtl_store_writer *w, struct dtl_env *e,
                     struct dtl_error *err)
{
    struct dtl_buf value = { 0 };
    int rc = DTL_OK;

    for (size_t i = 0; rc == DTL_OK && i < w->npending; i++) {
        const struct dtl_file_row *f = &w->pending[i];
        struct dtl_key id = dtl_key32(f->id);
        struct dtl_key name = dtl_key_name(f->name, f->id);
        struct dtl_key print = dtl_key_print(f->fingerprint, f->size, f->id);

        dtl_buf_clear(&value);
        dtl_file_row_write(f, &value);
        rc = value.failed ? no_memory(err)
                          : dtl_env_put(e, "files", dtl_key_view(&id),
                                        dtl_buf_view(&value), err);
        if (rc == DTL_OK)
            rc = dtl_env_put(e, "names", dtl_key_view(&name), dtl_str(NULL),
                             err);
        if (rc == DTL_OK && f->size != DTL_SIZE_UNKNOWN)
            rc = dtl_env_put(e, "prints", dtl_key_view(&print), dtl_str(NULL),
                             err);
    }
    dtl_buf_free(&value);
    return rc;
}

static int by_file(const void *a, const void *b)
{
    const struct dtl_range *x = a, *y = b;

    return x->file < y->file ? -1 : x->file > y->file;
}

/* The ranges new[0..n) of one file, joined with those known. */
static int put_ranges_of(struct dtl_store_writer *w, struct dtl_env *e,
                         const struct dtl_range *new, size_t n,
                         struct dtl_error *err)
{
    struct dtl_arena *arena = dtl_arena_new(0);
    struct dtl_key key = dtl_key32(new[0].file);
    struct dtl_buf value = { 0 };
    struct dtl_range *known, *all;
    size_t nknown;
    int rc;

    if (arena == NULL)
        return no_memory(err);
    rc = dtl_manifest_ranges(&w->manifest, new[0].file, arena, &known, &nknown,
                             err);
    if (rc == DTL_OK) {
        all = dtl_arena_calloc(arena, nknown + n, sizeof *all);
        if (all != NULL) {
            if (nknown > 0)
                memcpy(all, known, nknown * sizeof *all);
            memcpy(all + nknown, new, n * sizeof *all);
            dtl_ranges_write(all, dtl_ranges_join(all, nknown + n), &value);
        }
        rc = all == NULL || value.failed
                 ? no_memory(err)
                 : dtl_env_put(e, "ranges", dtl_key_view(&key),
                               dtl_buf_view(&value), err);
    }
    dtl_buf_free(&value);
    dtl_arena_free(arena);
    return rc;
}

static int put_ranges(struct dtl_store_writer *w, struct dtl_env *e,
                      const struct dtl_range *ranges, size_t n,
                      struct dtl_error *err)
{
    struct dtl_range *sorted;
    int rc = DTL_OK;

    if (n == 0)
        return DTL_OK;
    sorted = malloc(n * sizeof *sorted);
    if (sorted == NULL)
        return no_memory(err);
    memcpy(sorted, ranges, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_file);
    for (size_t i = 0, j; rc == DTL_OK && i < n; i = j) {
        for (j = i + 1; j < n && sorted[j].file == sorted[i].file; j++)
            ;
        rc = put_ranges_of(w, e, sorted + i, j - i, err);
    }
    free(sorted);
    return rc;
}

static int put_segments(struct dtl_env *e, const struct dtl_change *change,
                        struct dtl_error *err)
{
    struct dtl_buf value = { 0 };
    int rc = DTL_OK;

    for (size_t i = 0; rc == DTL_OK && i < change->nadded; i++) {
        struct dtl_key key = dtl_key64(change->added[i].id);

        dtl_buf_clear(&value);
        dtl_segment_row_write(&change->added[i], &value);
        rc = value.failed ? no_memory(err)
                          : dtl_env_put(e, "segments", dtl_key_view(&key),
                                        dtl_buf_view(&value), err);
    }
    for (size_t i = 0; rc == DTL_OK && i < change->nremoved; i++) {
        struct dtl_key key = dtl_key64(change->removed[i]);

        rc = dtl_env_remove(e, "segments", dtl_key_view(&key), err);
    }
    dtl_buf_free(&value);
    return rc;
}

static int fill_manifest(struct dtl_store_writer *w, struct dtl_env *e,
                         const struct dtl_change *change, struct dtl_error *err)
{
    uint64_t generation;
    int rc = dtl_manifest_number(&w->manifest, "generation", &generation, err);

    if (rc == DTL_OK)
        rc = put_number(e, "format", DTL_STORE_FORMAT, err);
    if (rc == DTL_OK)
        rc = put_number(e, "generation", generation + 1, err);
    if (rc == DTL_OK)
        rc = put_number(e, "next_file", w->next_file, err);
    if (rc == DTL_OK)
        rc = put_number(e, "next_segment", w->next_segment, err);
    if (rc == DTL_OK)
        rc = put_files(w, e, err);
    if (rc == DTL_OK)
        rc = put_ranges(w, e, change->ranges, change->nranges, err);
    if (rc == DTL_OK)
        rc = put_segments(e, change, err);
    if (rc == DTL_OK && change->more != NULL)
        rc = change->more(e, change->context, err);
    return rc;
}

static int copy_file(const char *from, const char *to, struct dtl_error *err)
{
    uint8_t buf[65536];
    ssize_t n = 0;
    int rc = DTL_OK, in = open(from, O_RDONLY | O_CLOEXEC), out;

    if (in < 0)
        return errno == ENOENT ? DTL_OK : system_fail(err, from, "cannot open");
    out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (out < 0)
        rc = system_fail(err, to, "cannot create");
    while (rc == DTL_OK && (n = read(in, buf, sizeof buf)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            rc = system_fail(err, from, "cannot read");
        else if (write(out, buf, (size_t)n) != n)
            rc = system_fail(err, to, "cannot write");
    }
    close(in);
    if (out >= 0 && close(out) != 0 && rc == DTL_OK)
        rc = system_fail(err, to, "cannot write");
    return rc;
}

/* One transaction on a copy, then one rename. */
int dtl_store_change(struct dtl_store_writer *w,
                     const struct dtl_change *change, struct dtl_error *err)
{
    char *live = dtl_path(w->dir, "manifest.mdb");
    char *next = dtl_path(w->tmp, "manifest.mdb");
    struct dtl_env *e = NULL;
    int rc = live == NULL || next == NULL ? no_memory(err) : DTL_OK;

    if (rc == DTL_OK) {
        unlink(next);
        rc = copy_file(live, next, err);
    }
    if (rc == DTL_OK)
        rc = dtl_env_open(next, true, &e, err);
    if (rc == DTL_OK)
        rc = fill_manifest(w, e, change, err);
    if (rc == DTL_OK)
        rc = dtl_env_seal(e, err);
    dtl_env_free(e);
    if (rc == DTL_OK && rename(next, live) != 0)
        rc = system_fail(err, live, "cannot replace");
    if (rc == DTL_OK)
        rc = sync_dir(w->dir, err);
    if (rc != DTL_OK && next != NULL)
        unlink(next);
    free(live);
    free(next);
    if (rc == DTL_OK) {
        forget_pending(w);
        rc = read_manifest(w, err);
    }
    return rc;
}

static bool is_empty(const struct dtl_segment_writer *s)
{
    return s->row.captures == 0 && s->row.articles == 0;
}

/* Give finished segments their names; until the manifest has them, the next
 * writer would sweep them away. */
static int name_segments(struct dtl_store_writer *w,
                         struct dtl_segment_writer *const *segments, size_t n,
                         struct dtl_segment_row *rows, size_t *nrows,
                         struct dtl_error *err)
{
    for (size_t i = 0; i < n; i++) {
        char *path;
        int rc;

        if (!segments[i]->finished)
            return dtl_fail(err, DTL_INVALID, 0,
                            "a segment is published before it is finished");
        if (is_empty(segments[i]))
            continue;
        rows[*nrows] = segments[i]->row;
        rows[*nrows].id = w->next_segment++;
        path = dtl_segment_path(w->dir, rows[*nrows].id);
        if (path == NULL)
            return no_memory(err);
        rc = rename(segments[i]->path, path) == 0
                 ? DTL_OK
                 : system_fail(err, path, "cannot create");
        free(path);
        if (rc != DTL_OK)
            return rc;
        ++*nrows;
    }
    return sync_dir(w->segments, err);
}

static void unname_segments(struct dtl_store_writer *w,
                            const struct dtl_segment_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char *path = dtl_segment_path(w->dir, rows[i].id);

        if (path != NULL)
            unlink(path);
        free(path);
    }
}

int dtl_store_replace(struct dtl_store_writer *w,
                      struct dtl_segment_writer *const *segments, size_t n,
                      const struct dtl_change *with, struct dtl_error *err)
{
    struct dtl_segment_row *rows = calloc(n + 1, sizeof *rows);
    struct dtl_change change = *with;
    size_t nrows = 0;
    int rc;

    if (rows == NULL)
        return no_memory(err);
    pthread_mutex_lock(&w->mutex);
    rc = name_segments(w, segments, n, rows, &nrows, err);
    if (rc == DTL_OK) {
        change.added = rows;
        change.nadded = nrows;
        rc = dtl_store_change(w, &change, err);
    }
    if (rc != DTL_OK)
        unname_segments(w, rows, nrows);
    for (size_t i = 0; rc == DTL_OK && i < change.nremoved; i++) {
        struct dtl_segment_row old = { .id = change.removed[i] };

        unname_segments(w, &old, 1);
    }
    pthread_mutex_unlock(&w->mutex);
    free(rows);
    return rc;
}

int dtl_store_publish(struct dtl_store_writer *w,
                      struct dtl_segment_writer *const *segments,
                      size_t nsegments, const struct dtl_range *ranges,
                      size_t nranges, struct dtl_error *err)
{
    struct dtl_change change = { .ranges = ranges, .nranges = nranges };

    return dtl_store_replace(w, segments, nsegments, &change, err);
}

/* ---- segments ----------------------------------------------------------- */

int dtl_segment_writer_new(struct dtl_store_writer *w, size_t memory,
                           struct dtl_segment_writer **out,
                           struct dtl_error *err)
{
    struct dtl_segment_writer *s = calloc(1, sizeof *s);
    char name[32];
    int rc;

    *out = NULL;
    if (s == NULL)
        return no_memory(err);
    pthread_mutex_lock(&w->mutex);
    snprintf(name, sizeof name, "%" PRIu64 ".seg", w->made++);
    pthread_mutex_unlock(&w->mutex);
    s->path = dtl_path(w->tmp, name);
    rc = s->path == NULL ? no_memory(err) : DTL_OK;
    if (rc == DTL_OK)
        rc = dtl_builder_new(s->path, w->tmp, memory, &s->builder, err);
    if (rc == DTL_OK)
        rc = dtl_rows_new(w->tmp, memory / 32 * 14, &s->rows, err);
    if (rc == DTL_OK)
        rc = dtl_pairs_new(w->tmp, memory / 32 * 4, &s->marks, err);
    if (rc == DTL_OK)
        rc = dtl_pairs_new(w->tmp, memory / 32, &s->titles, err);
    if (rc != DTL_OK) {
        dtl_segment_writer_free(s);
        return rc;
    }
    *out = s;
    return DTL_OK;
}

void dtl_segment_writer_free(struct dtl_segment_writer *s)
{
    if (s == NULL)
        return;
    dtl_builder_free(s->builder);
    dtl_rows_free(s->rows);
    dtl_pairs_free(s->marks);
    dtl_pairs_free(s->titles);
    if (s->path != NULL)
        unlink(s->path); /* published, it has another name */
    free(s->path);
    free(s);
}

static int add_marks(struct dtl_pairs *pairs, const struct dtl_marks *marks,
                     uint32_t article, struct dtl_error *err)
{
    int rc = DTL_OK;

    for (uint32_t i = 0; marks != NULL && rc == DTL_OK && i < marks->count; i++)
        rc = dtl_pairs_add(pairs, dtl_hash40(marks->marks[i].hash),
                           (uint64_t)article << 32 | marks->marks[i].position,
                           err);
    return rc;
}

int dtl_segment_add_article(struct dtl_segment_writer *s,
                            const struct dtl_article_row *row,
                            const struct dtl_marks *marks,
                            const struct dtl_marks *title_marks,
                            uint32_t *ordinal, struct dtl_error *err)
{
    int rc = dtl_builder_article(s->builder, row, ordinal, err);

    if (rc == DTL_OK)
        rc = add_marks(s->marks, marks, *ordinal, err);
    return rc == DTL_OK ? add_marks(s->titles, title_marks, *ordinal, err) : rc;
}

/* While they are sorted, captures of one URL and second stand in the order of
 * their records: which thread was first makes no difference. */
#define PLACE 12U

int dtl_segment_add_capture(struct dtl_segment_writer *s,
                            const struct dtl_capture *c, struct dtl_error *err)
{
    struct dtl_key file = dtl_key32(c->file), offset = dtl_key64(c->offset);
    struct dtl_buf *key = &s->builder->sort_key;
    int rc = dtl_builder_pack(s->builder, c, err);

    if (rc != DTL_OK)
        return rc;
    dtl_buf_slice(key, dtl_key_view(&file));
    dtl_buf_slice(key, dtl_key_view(&offset));
    return key->failed ? no_memory(err)
                       : dtl_rows_add(s->rows, dtl_buf_view(key),
                                      dtl_buf_view(&s->builder->packed), err);
}

static int write_postings(struct dtl_segment_writer *s, struct dtl_error *err)
{
    int rc = dtl_builder_postings(s->builder, "marks", true, s->marks, err);

    if (rc == DTL_OK)
        rc = dtl_builder_postings(s->builder, "titles", true, s->titles, err);
    dtl_pairs_free(s->marks);
    dtl_pairs_free(s->titles);
    s->marks = s->titles = NULL;
    return rc;
}

static int write_captures(struct dtl_segment_writer *s, struct dtl_error *err)
{
    struct dtl_slice key, packed;
    int rc = dtl_rows_sort(s->rows, err);

    while (rc == DTL_OK &&
           (rc = dtl_rows_next(s->rows, &key, &packed, err)) == DTL_OK)
        rc = dtl_builder_capture(s->builder, dtl_sub(key, 0, key.len - PLACE),
                                 packed, err);
    dtl_rows_free(s->rows);
    s->rows = NULL;
    return rc == DTL_END ? DTL_OK : rc;
}

int dtl_segment_seal(struct dtl_segment_writer *s, struct dtl_error *err)
{
    struct stat st;
    int rc;

    s->row.captures = s->builder->captures;
    s->row.articles = dtl_articles_count(s->builder->articles);
    rc = dtl_builder_finish(s->builder, err);
    if (rc == DTL_OK && stat(s->path, &st) != 0)
        rc = system_fail(err, s->path, "cannot look at it");
    if (rc == DTL_OK) {
        s->row.bytes = (uint64_t)st.st_size;
        s->finished = true;
    }
    dtl_builder_free(s->builder);
    s->builder = NULL;
    return rc;
}

int dtl_segment_finish(struct dtl_segment_writer *s, struct dtl_error *err)
{
    int rc;

    if (s->builder == NULL)
        return dtl_fail(err, DTL_INVALID, 0, "a segment is finished twice");
    rc = write_postings(s, err);
    if (rc == DTL_OK)
        rc = write_captures(s, err);
    return rc == DTL_OK ? dtl_segment_seal(s, err) : rc;
}
