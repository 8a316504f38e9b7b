/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk keeps a stack of folders and containers, each listed whole: names
 * are sorted, since the order must not depend on the file system; members of
 * a container stay in its order.
 */
#include "container.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define MAX_DEPTH 64

struct level {
    char *path;
    char **names; /* of a folder */
    size_t n, next;
    dev_t dev; /* which folder it is, whatever it was called by */
    ino_t ino;
    bool is_container;
    struct members members;
};

struct dtl_walk {
    char **paths;
    size_t npaths, next;
    struct level stack[MAX_DEPTH];
    size_t depth;
    char *name; /* of the last entry given or refused */
    bool refused;
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
    dtl_members_free(&l->members);
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

/* An error of `path` (taken), by whose name it is told. */
static int refuse(struct dtl_walk *w, char *path, struct dtl_error *err,
                  const char *why)
{
    free(w->name);
    w->name = path;
    w->refused = true;
    return dtl_fail(err, DTL_IO, 0, "%s", why);
}

/* A link back to a folder this one is in: all of it is being read already. */
static bool is_loop(const struct dtl_walk *w, const struct stat *st)
{
    for (size_t i = 0; i < w->depth; i++)
        if (!w->stack[i].is_container && w->stack[i].dev == st->st_dev &&
            w->stack[i].ino == st->st_ino)
            return true;
    return false;
}

/* Takes `path`.  DTL_OK also when there is nothing to go into. */
static int push(struct dtl_walk *w, char *path, struct dtl_error *err)
{
    struct level *l = &w->stack[w->depth];
    struct stat st;
    char why[128];
    DIR *dir = opendir(path);
    bool ok;

    if (dir == NULL || fstat(dirfd(dir), &st) != 0) {
        int e = errno;

        if (dir != NULL)
            closedir(dir);
        snprintf(why, sizeof why, "cannot list: %s", strerror(e));
        return refuse(w, path, err, why);
    }
    if (is_loop(w, &st)) {
        closedir(dir);
        free(path);
        return DTL_OK;
    }
    if (w->depth == MAX_DEPTH) {
        closedir(dir);
        return refuse(w, path, err, "folders nest too deeply");
    }
    w->depth++;
    l->path = path;
    l->dev = st.st_dev;
    l->ino = st.st_ino;
    ok = read_names(dir, l);
    closedir(dir);
    if (!ok) {
        pop(w);
        return walk_nomem(err);
    }
    return DTL_OK;
}

static char *join(const char *dir, const char *by, const char *name)
{
    size_t len = strlen(dir) + strlen(by) + strlen(name) + 1;
    char *p = malloc(len);

    if (p != NULL)
        snprintf(p, len, "%s%s%s", dir, by, name);
    return p;
}

static char *in_folder(const char *dir, const char *name)
{
    size_t len = strlen(dir);

    return join(dir, len > 0 && dir[len - 1] == '/' ? "" : "/", name);
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

/* Give `path` (taken) as an entry. */
static int give(struct dtl_walk *w, char *path, uint64_t size,
                struct dtl_walk_entry *out)
{
    struct stat st;

    free(w->name);
    w->name = path;
    out->name = path;
    out->size = size;
    if (size == UINT64_MAX && stat(path, &st) == 0 && S_ISREG(st.st_mode))
        out->size = (uint64_t)st.st_size;
    return DTL_OK;
}

/* The container `path` (taken), already open as `src` (taken).  What could be
 * listed before an error is still given. */
static int push_container(struct dtl_walk *w, char *path,
                          struct dtl_source *src, bool named,
                          struct dtl_error *err)
{
    struct level *l = &w->stack[w->depth];
    int rc;

    if (w->depth == MAX_DEPTH) {
        dtl_source_close(src);
        free(path);
        return dtl_fail(err, DTL_IO, 0, "containers nest too deeply");
    }
    w->depth++;
    l->path = path;
    l->is_container = true;
    rc = dtl_container_list(src, &l->members, err);
    dtl_source_close(src);
    if (rc == DTL_OK && l->members.n == 0 && named)
        rc = dtl_fail(err, DTL_FORMAT, 0, "holds no archive");
    return rc;
}

/* The file `path` (taken): an entry, or a container to go into.  DTL_END when
 * it is nothing to us. */
static int visit(struct dtl_walk *w, char *path, bool named,
                 struct dtl_walk_entry *out, struct dtl_error *err)
{
    struct dtl_source *src = NULL;
    struct dtl_slice s;
    enum kind kind = KIND_OTHER;

    if (strcmp(path, "-") != 0 && (named || is_regular(path)) &&
        dtl_source_outer(path, &src, NULL) == DTL_OK &&
        dtl_source_seekable(src) &&
        dtl_source_peek(src, KIND_PREFIX, &s, NULL) == DTL_OK)
        kind = dtl_kind_of(dtl_sub(s, 0, KIND_PREFIX), true);
    if (kind == KIND_CONTAINER) {
        int rc = push_container(w, path, src, named, err);

        return rc == DTL_OK ? DTL_END : rc;
    }
    dtl_source_close(src);
    if (named || kind != KIND_OTHER)
        return give(w, path, UINT64_MAX, out);
    free(path);
    return DTL_END;
}

/* The next member of the container on top of the stack. */
static int next_member(struct dtl_walk *w, struct level *l,
                       struct dtl_walk_entry *out, struct dtl_error *err)
{
    const struct member *m = &l->members.list[l->next++];
    char *path = join(l->path, "!/", m->path);
    struct dtl_source *src;
    int rc;

    if (path == NULL)
        return walk_nomem(err);
    if (!m->container)
        return give(w, path, m->size, out);
    rc = dtl_source_outer(path, &src, err);
    if (rc == DTL_OK)
        rc = push_container(w, path, src, false, err);
    else
        free(path);
    return rc == DTL_OK ? DTL_END : rc;
}

static int next_name(struct dtl_walk *w, struct dtl_walk_entry *out,
                     struct dtl_error *err)
{
    bool named = w->depth == 0;
    struct level *l = named ? NULL : &w->stack[w->depth - 1];
    char *path;

    if (l != NULL && l->is_container)
        return next_member(w, l, out, err);
    path = named ? strdup(w->paths[w->next++])
                 : in_folder(l->path, l->names[l->next++]);
    if (path == NULL)
        return walk_nomem(err);
    if (is_folder(path)) {
        int rc = push(w, path, err);

        return rc == DTL_OK ? DTL_END : rc;
    }
    return visit(w, path, named, out, err);
}

int dtl_walk_next(struct dtl_walk *w, struct dtl_walk_entry *out,
                  struct dtl_error *err)
{
    int rc = DTL_END;

    w->refused = false;
    while (rc == DTL_END) {
        while (w->depth > 0) {
            const struct level *l = &w->stack[w->depth - 1];

            if (l->next < (l->is_container ? l->members.n : l->n))
                break;
            pop(w);
        }
        if (w->depth == 0 && w->next == w->npaths)
            return DTL_END;
        rc = next_name(w, out, err);
    }
    if (rc != DTL_OK) {
        out->name = w->refused     ? w->name
                    : w->depth > 0 ? w->stack[w->depth - 1].path
                                   : w->paths[w->next - 1];
        out->size = UINT64_MAX;
    }
    return rc;
}
