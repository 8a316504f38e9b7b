/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk keeps a stack of directories, each read and sorted whole: archives
 * lie in folders of thousands, not millions, and the order must not depend on
 * the file system.
 */
#include <dateline/io.h>

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#define MAX_DEPTH 64

struct level {
    char *path;
    char **names;
    size_t n, next;
};

struct dtl_walk {
    char **paths;
    size_t npaths, next;
    struct level stack[MAX_DEPTH];
    size_t depth;
    char *name; /* of the last entry given */
};

int dtl_walk_open(const char *const *paths, size_t n, struct dtl_walk **out,
                  struct dtl_error *err)
{
    struct dtl_walk *w = calloc(1, sizeof *w);

    *out = NULL;
    if (w == NULL || (w->paths = calloc(n + 1, sizeof *w->paths)) == NULL)
        goto nomem;
    for (; w->npaths < n; w->npaths++)
        if ((w->paths[w->npaths] = strdup(paths[w->npaths])) == NULL)
            goto nomem;
    *out = w;
    return DTL_OK;

nomem:
    dtl_walk_close(w);
    return dtl_fail(err, DTL_NOMEM, 0, "out of memory listing archives");
}

static void pop(struct dtl_walk *w)
{
    struct level *l = &w->stack[--w->depth];

    for (size_t i = 0; i < l->n; i++)
        free(l->names[i]);
    free(l->names);
    free(l->path);
    memset(l, 0, sizeof *l);
}

void dtl_walk_close(struct dtl_walk *w)
{
    if (w == NULL)
        return;
    while (w->depth > 0)
        pop(w);
    for (size_t i = 0; i < w->npaths; i++)
        free(w->paths[i]);
    free(w->paths);
    free(w->name);
    free(w);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int walk_nomem(struct dtl_error *err)
{
    return dtl_fail(err, DTL_NOMEM, 0, "out of memory listing archives");
}

static bool read_names(DIR *dir, struct level *l)
{
    const struct dirent *e;
    size_t cap = 0;

    while ((e = readdir(dir)) != NULL) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        if (l->n == cap) {
            char **more;

            cap = cap > 0 ? cap * 2 : 64;
            more = realloc(l->names, cap * sizeof *more);
            if (more == NULL)
                return false;
            l->names = more;
        }
        l->names[l->n] = strdup(e->d_name);
        if (l->names[l->n] == NULL)
            return false;
        l->n++;
    }
    if (l->n > 0)
        qsort(l->names, l->n, sizeof *l->names, by_name);
    return true;
}

/* Takes `path`. */
static int push(struct dtl_walk *w, char *path, struct dtl_error *err)
{
    struct level *l = &w->stack[w->depth];
    DIR *dir;
    bool ok;

    if (w->depth == MAX_DEPTH) {
        free(path);
        return dtl_fail(err, DTL_IO, 0, "folders nest too deeply");
    }
    dir = opendir(path);
    if (dir == NULL) {
        int e = errno;

        free(path);
        return dtl_fail(err, DTL_IO, 0, "cannot list: %s", strerror(e));
    }
    w->depth++;
    l->path = path;
    ok = read_names(dir, l);
    closedir(dir);
    if (!ok) {
        pop(w);
        return walk_nomem(err);
    }
    return DTL_OK;
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* WARC and ARC themselves, and the codings they come in. */
static bool looks_like_archive(const char *path)
{
    struct dtl_source *src;
    struct dtl_slice s;
    bool yes = false;

    if (dtl_source_open(path, &src, NULL) != DTL_OK)
        return false;
    if (dtl_source_peek(src, 16, &s, NULL) == DTL_OK) {
        static const uint8_t gzip[] = { 0x1f, 0x8b, 0x08 };
        static const uint8_t zstd[] = { 0x28, 0xb5, 0x2f, 0xfd };

        yes = (dtl_starts_nocase(s, "WARC/") && s.len > 5 &&
               is_digit(s.ptr[5])) ||
              dtl_starts(s, "filedesc:") ||
              (s.len > 3 && memcmp(s.ptr, gzip, 3) == 0) ||
              (s.len > 4 && memcmp(s.ptr, zstd, 4) == 0) ||
              (s.len > 4 && s.ptr[0] == 0x5d && s.ptr[1] == 0x2a &&
               s.ptr[2] == 0x4d && s.ptr[3] == 0x18);
    }
    dtl_source_close(src);
    return yes;
}

static char *join(const char *dir, const char *name)
{
    size_t a = strlen(dir), b = strlen(name);
    char *p = malloc(a + b + 2);

    if (p == NULL)
        return NULL;
    while (a > 1 && dir[a - 1] == '/')
        a--;
    memcpy(p, dir, a);
    if (!(a == 1 && dir[0] == '/'))
        p[a++] = '/';
    memcpy(p + a, name, b + 1);
    return p;
}

/* Give `path` (taken) as an entry. */
static int give(struct dtl_walk *w, char *path, struct dtl_walk_entry *out)
{
    struct stat st;

    free(w->name);
    w->name = path;
    out->name = path;
    out->size = UINT64_MAX;
    if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
        out->size = (uint64_t)st.st_size;
    return DTL_OK;
}

static bool is_folder(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool is_regular(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

int dtl_walk_next(struct dtl_walk *w, struct dtl_walk_entry *out,
                  struct dtl_error *err)
{
    for (;;) {
        bool named = w->depth == 0;
        char *path;

        if (named) {
            if (w->next == w->npaths)
                return DTL_END;
            path = strdup(w->paths[w->next++]);
        } else {
            struct level *l = &w->stack[w->depth - 1];

            if (l->next == l->n) {
                pop(w);
                continue;
            }
            path = join(l->path, l->names[l->next++]);
        }
        if (path == NULL)
            return walk_nomem(err);
        if (is_folder(path)) {
            int rc = push(w, path, err);

            if (rc != DTL_OK)
                return rc;
            continue;
        }
        if (named || (is_regular(path) && looks_like_archive(path)))
            return give(w, path, out);
        free(path);
    }
}
