/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"

#include <dateline/io.h>
#include <dateline/store.h>
#include <inttypes.h>
#include <stdlib.h>

static const struct opt options[] = {
    { "store", 's', "DIR",
      "the store ($DATELINE_STORE, else ./dateline.store)" },
    { "list", 'l', NULL, "print the archives and where they are" },
    { "missing", 0, NULL, "with --list: only those not found" },
    { "no-check", 0, NULL, "do not compare bytes with what was ingested" },
    { NULL, 0, NULL, NULL },
};

/* An archive of the store that a found file might be. */
struct known {
    uint32_t id;
    uint64_t size, fingerprint;
    char *path;
    bool found;
};

struct list {
    struct known *v;
    size_t n;
};

static void list_free(struct list *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->v[i].path);
    free(l->v);
}

static int read_list(const char *dir, struct list *out, struct dtl_error *err)
{
    struct dtl_store_archive a;
    struct dtl_store *s;
    uint32_t id = 0;
    int rc = dtl_store_open(dir, &s, err);

    *out = (struct list){ 0 };
    if (rc != DTL_OK)
        return rc;
    while ((rc = dtl_store_next_archive(s, &id, &a, err)) == DTL_OK) {
        struct known *v = realloc(out->v, (out->n + 1) * sizeof *v);

        if (v == NULL) {
            rc = dtl_fail(err, DTL_NOMEM, 0, "out of memory");
            break;
        }
        out->v = v;
        v[out->n++] =
            (struct known){ a.id, a.size, a.fingerprint,
                            strndup((const char *)a.path.ptr, a.path.len),
                            false };
    }
    dtl_store_close(s);
    return rc == DTL_END ? DTL_OK : rc;
}

static bool opens(const char *path)
{
    struct dtl_source *src;

    if (path == NULL || dtl_source_open(path, &src, NULL) != DTL_OK)
        return false;
    dtl_source_close(src);
    return true;
}

static int print_list(const struct args *a)
{
    struct dtl_error err = { 0 };
    struct list l;
    struct dtl_buf line = { 0 };
    size_t printed = 0;

    if (read_list(arg_store(a), &l, &err) != DTL_OK) {
        complain("relocate", &err);
        return EXIT_STORE;
    }
    for (size_t i = 0; i < l.n; i++) {
        bool there = opens(l.v[i].path);

        if (arg_on(a, "missing") && there)
            continue;
        dtl_buf_printf(&line, "%u\t%s\t", l.v[i].id,
                       there ? "found" : "missing");
        printable(&line, dtl_str(l.v[i].path), 0);
        dtl_buf_add(&line, "\n", 1);
        if (!flush(&line))
            break;
        printed++;
    }
    dtl_buf_free(&line);
    list_free(&l);
    return printed > 0 ? EXIT_FOUND : EXIT_NOTHING;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

/* The archive this file is: by its bytes, or for one only ever named by a CDX
 * line, by its name. */
static struct known *match(struct list *l, const char *path, bool check)
{
    struct dtl_source *src;
    struct dtl_slice all;
    uint64_t print;

    if (dtl_source_open(path, &src, NULL) != DTL_OK)
        return NULL;
    all = dtl_source_mapped(src);
    print = all.ptr != NULL ? dtl_fingerprint(all) : 0;
    dtl_source_close(src);
    for (size_t i = 0; i < l->n; i++) {
        struct known *k = &l->v[i];
        bool named = strcmp(base_name(k->path), base_name(path)) == 0;

        if (k->size == UINT64_MAX || !check
                ? named
                : k->size == all.len && k->fingerprint == print)
            return k;
    }
    return NULL;
}

static int run(const struct args *a)
{
    struct dtl_store_writer *w = NULL;
    struct dtl_walk *walk = NULL;
    struct dtl_walk_entry e;
    struct dtl_error err = { 0 };
    struct list l = { 0 };
    size_t moved = 0;
    int rc;

    if (arg_on(a, "list"))
        return print_list(a);
    if (arg_count(a) == 0) {
        say("relocate: where are the archives? see 'dateline relocate --help'");
        return EXIT_USAGE;
    }
    rc = read_list(arg_store(a), &l, &err);
    if (rc == DTL_OK)
        rc = dtl_store_writer_open(arg_store(a), &w, &err);
    if (rc == DTL_OK)
        rc = dtl_walk_open(operands(a), arg_count(a), &walk, &err);
    while (rc == DTL_OK && (rc = dtl_walk_next(walk, &e, &err)) != DTL_END) {
        struct known *k;

        if (rc == DTL_IO || rc == DTL_FORMAT) { /* this entry only */
            complain("relocate", &err);
            rc = DTL_OK;
            continue;
        }
        if (rc != DTL_OK)
            break;
        k = match(&l, e.name, !arg_on(a, "no-check"));
        if (k == NULL || strcmp(k->path, e.name) == 0)
            continue;
        rc = dtl_store_relocate(w, k->id, e.name, &err);
        if (rc == DTL_OK) {
            printf("%s is now at %s\n", k->path, e.name);
            moved++;
        }
    }
    if (rc != DTL_END)
        complain("relocate", &err);
    dtl_walk_close(walk);
    dtl_store_writer_close(w);
    list_free(&l);
    return rc != DTL_END ? EXIT_STORE : moved > 0 ? EXIT_FOUND : EXIT_NOTHING;
}

const struct cmd cmd_relocate = {
    .name = "relocate",
    .operands = "PATH...",
    .summary = "tell the store where its archives are now",
    .details =
        "PATH are archives or folders of them.  An archive is known by its\n"
        "size and its bytes, whatever its name; one that only a CDX line has\n"
        "named, by its name.",
    .options = options,
    .min = 0,
    .max = -1,
    .run = run,
};
