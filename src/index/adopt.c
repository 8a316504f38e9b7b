/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Segments of other stores that number their archives as this one does come
 * in by a rename (or a link: the directories may be on one file system but
 * another's), without being read.
 */
#include <dateline/store.h>

#include "read.h"
#include "write.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int no_memory(struct dtl_error *err)
{
    return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a store");
}

/* Do both stores mean the same archive by each id? */
static int same_files(struct dtl_store_writer *w, struct dtl_store *other,
                      struct dtl_error *err)
{
    struct dtl_store_archive a;
    uint32_t id = 0, ours;
    int rc;

    while ((rc = dtl_store_next_archive(other, &id, &a, err)) == DTL_OK) {
        char *path = strndup((const char *)a.path.ptr, a.path.len);

        if (path == NULL)
            return no_memory(err);
        rc = dtl_store_file(w, path, a.size, a.fingerprint, &ours, err);
        free(path);
        if (rc == DTL_OK && ours != a.id)
            rc = dtl_fail(err, DTL_INVALID, 0,
                          "%s: numbers its archives otherwise", other->dir);
        if (rc != DTL_OK)
            return rc;
    }
    return rc == DTL_END ? DTL_OK : rc;
}

/*
 * A finished segment writer for a file that is there already: a second name
 * for it here, so that the first stays until all is published.  Where files
 * cannot have two names, the file itself moves.
 */
static int borrow(struct dtl_store_writer *w, const struct dtl_segment *s,
                  struct dtl_segment_writer **out, struct dtl_error *err)
{
    struct dtl_segment_writer *v = calloc(1, sizeof *v);
    const char *there = dtl_sealed_path(s->file);
    char name[40];

    if (v == NULL)
        return no_memory(err);
    snprintf(name, sizeof name, "adopted-%llu.seg",
             (unsigned long long)w->made++);
    v->path = dtl_path(w->tmp, name);
    if (v->path != NULL && link(there, v->path) != 0) {
        free(v->path);
        v->path = strdup(there);
    }
    if (v->path == NULL) {
        free(v);
        return no_memory(err);
    }
    v->row = s->row;
    v->row.tombstones = 0;
    v->finished = true;
    *out = v;
    return DTL_OK;
}

static void give_up(struct dtl_store_writer *w, struct dtl_segment_writer **v,
                    size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strncmp(v[i]->path, w->tmp, strlen(w->tmp)) == 0)
            unlink(v[i]->path); /* published, it has another name */
        free(v[i]->path);
        free(v[i]);
    }
    free(v);
}

int dtl_store_adopt(struct dtl_store_writer *w, const char *const *dirs,
                    size_t n, const struct dtl_range *ranges, size_t nranges,
                    struct dtl_error *err)
{
    struct dtl_change change = { .ranges = ranges, .nranges = nranges };
    struct dtl_segment_writer **all = NULL;
    size_t nall = 0;
    int rc = DTL_OK;

    for (size_t i = 0; rc == DTL_OK && i < n; i++) {
        struct dtl_store *other;
        struct dtl_segment_writer **more;

        if ((rc = dtl_store_open(dirs[i], &other, err)) != DTL_OK)
            break;
        more = realloc(all, (nall + other->nsegments + 1) * sizeof *more);
        if (more != NULL)
            all = more;
        rc = more == NULL ? no_memory(err) : same_files(w, other, err);
        for (uint32_t k = 0; rc == DTL_OK && k < other->nsegments; k++) {
            rc = borrow(w, &other->segments[k], &all[nall], err);
            nall += rc == DTL_OK;
        }
        dtl_store_close(other);
    }
    if (rc == DTL_OK)
        rc = dtl_store_replace(w, all, nall, &change, err);
    give_up(w, all, nall);
    return rc;
}
