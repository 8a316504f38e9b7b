/* SPDX-License-Identifier: Apache-2.0 */
/*
 *     DIR/README.md          what it is, for people
 *     DIR/datapackage.json   Frictionless Data Package
 *     DIR/croissant.json     Croissant 1.0
 *     DIR/schema.json        JSON Schema of a row
 *     DIR/tableschema.json   the same as Frictionless Table Schema
 *     DIR/SHA256SUMS         of all other files, for sha256sum -c
 *     DIR/data/...           the rows
 *     DIR/bagit.txt, bag-info.txt, manifest-sha256.txt,
 *         tagmanifest-sha256.txt   with `bagit`: RFC 8493
 *
 * All is made in DIR.part, which is renamed at the end.  DIR.part/.progress
 * says what it will be and which data files are whole: the same export started
 * again after an interruption goes on behind them.
 */
#include "package.h"
#include "places.h"
#include "rotate.h"
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <dateline/io.h>
#include <dateline/store.h>

#define PROGRESS   ".progress"
#define FEW_ROWS   2000U /* not worth other threads */
#define MOST_PATHS 4000000U

struct progress {
    int fd;
    struct dtl_buf done; /* lines of an earlier run */
};

static int no_memory(struct dtl_error *err)
{
    return dtl_fail(err, DTL_NOMEM, 0, "out of memory for an export");
}

static int cannot(struct dtl_error *err, const char *what, const char *path)
{
    return dtl_fail(err, DTL_IO, 0, "cannot %s %.150s: %s", what, path,
                    strerror(errno));
}

/* ---- files of the package
 * ------------------------------------------------------ */

static struct dtl_package_file *new_file(struct dtl_package *p,
                                         const char *path, bool data)
{
    struct dtl_package_file *f;

    if (p->n == p->room) {
        size_t room = p->room == 0 ? 16 : p->room * 2;

        f = p->n < MOST_PATHS ? realloc(p->files, room * sizeof *f) : NULL;
        if (f == NULL)
            return NULL;
        p->files = f;
        p->room = room;
    }
    f = &p->files[p->n];
    *f = (struct dtl_package_file){ .path = strdup(path), .data = data };
    if (f->path == NULL)
        return NULL;
    p->n++;
    return f;
}

static char *full_path(const struct dtl_package *p, const char *path)
{
    char *full;

    return asprintf(&full, "%s/%s", p->part, path) < 0 ? NULL : full;
}

/* Make the directories of a path below DIR.part. */
static int make_folders(char *full, size_t from, struct dtl_error *err)
{
    for (char *slash = strchr(full + from, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        int rc;

        *slash = '\0';
        rc = mkdir(full, 0777);
        if (rc != 0 && errno != EEXIST) {
            cannot(err, "create", full);
            *slash = '/';
            return DTL_IO;
        }
        *slash = '/';
    }
    return DTL_OK;
}

static int sha256_hasher(struct dtl_hasher **out, struct dtl_error *err)
{
    return dtl_hasher_new(DTL_DIGEST_SHA256, out, err);
}

static void finish_hash(struct dtl_hasher *h, char hex[65])
{
    struct dtl_digest d;

    dtl_hasher_finish(h, &d);
    dtl_hex(dtl_slice_of(d.bytes, 32), hex);
}

/* A small file, made of bytes at hand. */
static int add_bytes(struct dtl_package *p, const char *path, bool data,
                     struct dtl_slice bytes, struct dtl_error *err)
{
    struct dtl_package_file *f = new_file(p, path, data);
    char *full = full_path(p, path);
    struct dtl_hasher *h = NULL;
    int rc =
        f != NULL && full != NULL ? sha256_hasher(&h, err) : no_memory(err);

    if (rc == DTL_OK)
        rc = make_folders(full, strlen(p->part) + 1, err);
    if (rc == DTL_OK) {
        dtl_hasher_add(h, bytes);
        finish_hash(h, f->sha256);
        f->bytes = bytes.len;
        rc = dtl_output_whole(full, bytes, err);
    }
    dtl_hasher_free(h);
    free(full);
    return rc;
}

/* ---- progress
 * ---------------------------------------------------------------------- */

/* Tells apart what is asked for: of what store, which version, what question.
 * A take-down in between makes it another export. */
static int fingerprint(struct dtl_package *p, char hex[65],
                       struct dtl_error *err)
{
    const struct dtl_export_job *job = p->job;
    struct dtl_store_counts counts;
    struct dtl_buf text = { 0 };
    struct dtl_hasher *h = NULL;
    int rc = dtl_store_count(p->store, &counts, err);

    if (rc == DTL_OK)
        rc = sha256_hasher(&h, err);
    if (rc != DTL_OK)
        return rc;
    dtl_buf_printf(&text, "%s %s %d %u %d %" PRIu64, dtl_version(),
                   p->format->name, (int)job->options.packing,
                   job->options.redact, (int)job->split, counts.takedowns);
    dtl_buf_printf(&text, " %" PRIu64, job->options.max_size);
    for (uint32_t i = 0; i < dtl_store_segments(p->store); i++)
        dtl_buf_printf(&text, " %" PRIu64,
                       dtl_store_segment_captures(p->store, i));
    dtl_buf_slice(&text, dtl_buf_view(&p->selection));
    dtl_hasher_add(h, dtl_buf_view(&text));
    finish_hash(h, hex);
    rc = text.failed ? no_memory(err) : DTL_OK;
    dtl_buf_free(&text);
    dtl_hasher_free(h);
    return rc;
}

static int remove_one(const char *path, const struct stat *st, int flag,
                      struct FTW *ftw)
{
    (void)st;
    (void)flag;
    (void)ftw;
    return remove(path);
}

static bool is_empty(const char *dir)
{
    return rmdir(dir) == 0 || errno == ENOENT;
}

static int read_progress(struct progress *g, struct dtl_error *err)
{
    ssize_t n = 1;

    g->done.max = (size_t)64 << 20;
    while (n > 0 && dtl_buf_reserve(&g->done, 65536)) {
        n = read(g->fd, g->done.ptr + g->done.len, 65536);
        if (n > 0)
            g->done.len += (size_t)n;
    }
    return n == 0 ? DTL_OK : cannot(err, "read", PROGRESS);
}

/* DIR.part, empty or as the same export left it. */
static int open_part(struct dtl_package *p, struct progress *g,
                     struct dtl_error *err)
{
    char *path = full_path(p, PROGRESS), line[66];
    int rc = path != NULL ? fingerprint(p, line, err) : no_memory(err);

    line[64] = '\n';
    if (rc != DTL_OK)
        goto out;
    if (access(p->part, F_OK) == 0 && access(path, F_OK) != 0 &&
        !is_empty(p->part)) {
        rc = dtl_fail(err, DTL_INVALID, 0,
                      "%.150s is in the way, and not of an export", p->part);
        goto out;
    }
    if (mkdir(p->part, 0777) != 0 && errno != EEXIST) {
        rc = cannot(err, "create", p->part);
        goto out;
    }
    g->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (g->fd < 0) {
        rc = cannot(err, "open", path);
    } else if (flock(g->fd, LOCK_EX | LOCK_NB) != 0) {
        rc = dtl_fail(err, DTL_BUSY, 0, "another process is writing %.150s",
                      p->part);
    } else if ((rc = read_progress(g, err)) == DTL_OK &&
               (g->done.len < 65 || memcmp(g->done.ptr, line, 65) != 0)) {
        /* Another one's leavings, which the lock says nobody needs. */
        char *data = full_path(p, "data");

        if (data != NULL)
            nftw(data, remove_one, 16, FTW_DEPTH | FTW_PHYS);
        free(data);
        dtl_buf_clear(&g->done);
        if (ftruncate(g->fd, 0) != 0 || write(g->fd, line, 65) != 65)
            rc = cannot(err, "write", path);
    }
out:
    free(path);
    return rc;
}

static int note_file(const struct progress *g, const struct dtl_package_file *f,
                     struct dtl_error *err)
{
    char line[600];
    int n = snprintf(line, sizeof line, "%s %" PRIu64 " %" PRIu64 " %s\n",
                     f->sha256, f->bytes, f->rows, f->path);

    if (n < 0 || n >= (int)sizeof line || write(g->fd, line, (size_t)n) != n)
        return cannot(err, "write", PROGRESS);
    return DTL_OK;
}

/* Is this file there from an earlier run?  Then `f` gets what it is. */
static bool was_done(const struct dtl_package *p, const struct progress *g,
                     struct dtl_package_file *f)
{
    struct dtl_slice all = dtl_buf_view(&g->done);
    char *full = full_path(p, f->path);
    char end[600];
    struct stat st;
    size_t at, from;
    bool done = false;

    snprintf(end, sizeof end, " %s\n", f->path);
    at = dtl_find(all, dtl_str(end), 0);
    if (full != NULL && at != SIZE_MAX && stat(full, &st) == 0) {
        for (from = at; from > 0 && all.ptr[from - 1] != '\n';)
            from--;
        done = sscanf((const char *)all.ptr + from, "%64s %" SCNu64 " %" SCNu64,
                      f->sha256, &f->bytes, &f->rows) == 3 &&
               f->bytes == (uint64_t)st.st_size;
    }
    free(full);
    return done;
}

/* ---- data
 * -------------------------------------------------------------------------- */

static const char *ending(enum dtl_packing packing)
{
    return packing == DTL_PACK_GZIP   ? ".gz"
           : packing == DTL_PACK_ZSTD ? ".zst"
                                      : "";
}

/* In a directory of many files it is the rows of all that count. */
static bool go_on(const struct dtl_package *p, const struct dtl_export *x)
{
    const struct dtl_export_job *job = p->job;
    uint64_t done, of;

    dtl_export_progress(x, &done, &of);
    if (p->select != NULL && p->many == 0)
        dtl_select_progress(p->select, &done, &of);
    else if (p->many > 0) {
        done = p->tally.rows;
        of = p->many;
    }
    return job->progress == NULL ||
           job->progress(done, of, p->tally.rows, job->context);
}

static int copy_out(struct dtl_package *p, struct dtl_export *x,
                    struct dtl_output *o, struct dtl_hasher *h,
                    struct dtl_error *err)
{
    struct dtl_buf piece = { 0 };
    int rc;

    while ((rc = dtl_export_next(x, &piece, err)) == DTL_OK) {
        dtl_hasher_add(h, dtl_buf_view(&piece));
        rc = dtl_output_write(o, dtl_buf_view(&piece), err);
        dtl_buf_clear(&piece);
        if (rc == DTL_OK && !go_on(p, x))
            rc = dtl_fail(err, DTL_LIMIT, 0, "stopped");
        if (rc != DTL_OK)
            break;
    }
    dtl_buf_free(&piece);
    return rc == DTL_END ? DTL_OK : rc;
}

/* One file of rows. */
static int write_rows(struct dtl_package *p, const struct dtl_row_source *rows,
                      uint64_t many, struct dtl_package_file *f,
                      struct dtl_error *err)
{
    struct dtl_export_options options = p->job->options;
    char *full = full_path(p, f->path);
    struct dtl_export *x = NULL;
    struct dtl_output *o = NULL;
    struct dtl_hasher *h = NULL;
    int rc = full != NULL ? sha256_hasher(&h, err) : no_memory(err);

    if (many < FEW_ROWS)
        options.jobs = 1;
    if (rc == DTL_OK)
        rc = make_folders(full, strlen(p->part) + 1, err);
    if (rc == DTL_OK)
        rc = dtl_export_open_rows(p->store, rows, &options, &p->tally, &x, err);
    if (rc == DTL_OK)
        rc = dtl_output_open(full, &o, err);
    if (rc == DTL_OK)
        rc = copy_out(p, x, o, h, err);
    if (rc == DTL_OK) {
        finish_hash(h, f->sha256);
        f->rows = dtl_export_rows(x);
        f->bytes = dtl_output_size(o);
        p->left_out += dtl_export_left_out(x);
        dtl_buf_slice(&p->cluster, dtl_export_index(x));
        rc = dtl_output_commit(o, err);
    } else {
        dtl_output_abort(o);
    }
    dtl_export_close(x);
    dtl_hasher_free(h);
    free(full);
    return rc;
}

/* ---- a file an article
 * ---------------------------------------------------------- */

/* In DIR.part a file need not appear whole. */
static int write_plain(const char *full, struct dtl_slice bytes,
                       struct dtl_error *err)
{
    FILE *f = fopen(full, "wb");
    bool ok = f != NULL && fwrite(bytes.ptr, 1, bytes.len, f) == bytes.len;

    if (f != NULL && fclose(f) != 0)
        ok = false;
    return ok ? DTL_OK : cannot(err, "write", full);
}

static int add_leaf(struct dtl_package *p, struct dtl_slice path,
                    struct dtl_slice content, struct dtl_hasher *h,
                    struct dtl_error *err)
{
    char name[300], *full;
    struct dtl_package_file *f;
    int rc;

    snprintf(name, sizeof name, "%.*s", (int)path.len, (const char *)path.ptr);
    f = new_file(p, name, true);
    full = full_path(p, name);
    if (f == NULL || full == NULL) {
        free(full);
        return no_memory(err);
    }
    dtl_hasher_add(h, content);
    finish_hash(h, f->sha256);
    f->bytes = content.len;
    f->rows = 1;
    rc = make_folders(full, strlen(p->part) + 1, err);
    if (rc == DTL_OK)
        rc = write_plain(full, content, err);
    free(full);
    return rc;
}

static int add_leaves(struct dtl_package *p, struct dtl_slice parts,
                      struct dtl_hasher *leaf, struct dtl_output *index,
                      struct dtl_hasher *all, struct dtl_error *err)
{
    struct dtl_slice path, content, line;
    size_t at = 0;
    int rc = DTL_OK;

    while (rc == DTL_OK && dtl_tree_part(parts, &at, &path, &content, &line)) {
        rc = add_leaf(p, path, content, leaf, err);
        dtl_hasher_add(all, line);
        if (rc == DTL_OK)
            rc = dtl_output_write(index, line, err);
    }
    return rc;
}

static int grow_tree(struct dtl_package *p, struct dtl_export *x,
                     struct dtl_output *index, struct dtl_hasher *leaf,
                     struct dtl_hasher *all, struct dtl_error *err)
{
    struct dtl_buf piece = { 0 };
    int rc;

    dtl_tree_index_header(&piece);
    dtl_hasher_add(all, dtl_buf_view(&piece));
    rc = dtl_output_write(index, dtl_buf_view(&piece), err);
    dtl_buf_clear(&piece);
    while (rc == DTL_OK && (rc = dtl_export_next(x, &piece, err)) == DTL_OK) {
        rc = add_leaves(p, dtl_buf_view(&piece), leaf, index, all, err);
        dtl_buf_clear(&piece);
        if (rc == DTL_OK && !go_on(p, x))
            rc = dtl_fail(err, DTL_LIMIT, 0, "stopped");
    }
    dtl_buf_free(&piece);
    return rc == DTL_END ? DTL_OK : rc;
}

static int add_tree(struct dtl_package *p, const struct dtl_row_source *rows,
                    struct dtl_error *err)
{
    struct dtl_export_options options = p->job->options;
    char *full = full_path(p, DTL_TREE_INDEX);
    struct dtl_package_file *f = new_file(p, DTL_TREE_INDEX, true);
    size_t index_at = p->n - 1;
    struct dtl_export *x = NULL;
    struct dtl_output *index = NULL;
    struct dtl_hasher *leaf = NULL, *all = NULL;
    int rc =
        full != NULL && f != NULL ? sha256_hasher(&leaf, err) : no_memory(err);

    if (rc == DTL_OK)
        rc = sha256_hasher(&all, err);
    if (rc == DTL_OK)
        rc = make_folders(full, strlen(p->part) + 1, err);
    if (rc == DTL_OK)
        rc = dtl_export_open_rows(p->store, rows, &options, &p->tally, &x, err);
    if (rc == DTL_OK)
        rc = dtl_output_open(full, &index, err);
    if (rc == DTL_OK)
        rc = grow_tree(p, x, index, leaf, all, err);
    if (rc == DTL_OK) {
        f = &p->files[index_at];
        finish_hash(all, f->sha256);
        f->rows = dtl_export_rows(x);
        f->bytes = dtl_output_size(index);
        rc = dtl_output_commit(index, err);
    } else {
        dtl_output_abort(index);
    }
    dtl_export_close(x);
    dtl_hasher_free(leaf);
    dtl_hasher_free(all);
    free(full);
    return rc;
}

/* ---- files of rows
 * ----------------------------------------------------------------- */

/* What an earlier run wrote is counted again, not written. */
static int count_rows(struct dtl_package *p, const struct dtl_row_source *rows,
                      struct dtl_error *err)
{
    struct dtl_arena *arena = dtl_arena_new((size_t)64 << 20);
    struct dtl_buf note = { 0 };
    struct dtl_selected one;
    int rc = arena != NULL ? DTL_OK : no_memory(err);

    while (rc == DTL_OK && (rc = rows->next(rows->context, &one, err)) == 0) {
        struct dtl_export_row row = { 0 };

        dtl_arena_reset(arena);
        rc = dtl_export_load(p->store, &one, false, arena, &row, err);
        if (rc != DTL_OK)
            break;
        dtl_buf_clear(&note);
        dtl_tally_note(&row, &note);
        dtl_tally_notes(&p->tally, dtl_buf_view(&note));
    }
    dtl_buf_free(&note);
    dtl_arena_free(arena);
    return rc == DTL_END ? DTL_OK : rc;
}

/* Names of sites and languages come from pages: only what is good in a file
 * name anywhere stays. */
static void clean_name(const char *name, char out[200])
{
    size_t n = 0;

    for (; name[n] != '\0' && n < 199; n++) {
        char c = name[n];
        bool good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                    c == '-' || (c == '.' && n > 0);

        if (c >= 'A' && c <= 'Z')
            c = (char)(c | 0x20);
        else if (!good)
            c = '_';
        out[n] = c;
    }
    out[n] = '\0';
}

static bool path_taken(const struct dtl_package *p, const char *path)
{
    for (size_t i = 0; i < p->n; i++)
        if (strcmp(p->files[i].path, path) == 0)
            return true;
    return false;
}

static struct dtl_package_file *name_file(struct dtl_package *p,
                                          const char *name)
{
    char clean[200], path[300];

    clean_name(name, clean);
    snprintf(path, sizeof path, "data/%s%s%s", clean, p->format->extension,
             ending(p->job->options.packing));
    for (unsigned i = 2; path_taken(p, path); i++)
        snprintf(path, sizeof path, "data/%s-%u%s%s", clean, i,
                 p->format->extension, ending(p->job->options.packing));
    return new_file(p, path, true);
}

static int add_file(struct dtl_package *p, const struct progress *g,
                    const char *name, const struct dtl_row_source *rows,
                    uint64_t many, struct dtl_error *err)
{
    struct dtl_package_file *f = name_file(p, name);
    int rc;

    if (f == NULL)
        return no_memory(err);
    /* Its counts of what was taken out are not kept, nor is its index. */
    if (p->job->options.redact == 0 && !p->format->directory &&
        was_done(p, g, f))
        return count_rows(p, rows, err);
    rc = write_rows(p, rows, many, f, err);
    return rc == DTL_OK ? note_file(g, f, err) : rc;
}

/* Numbered files, each of the rows that fit into it; at least one. */
static int add_files(struct dtl_package *p, const struct progress *g,
                     const char *name, const struct dtl_row_source *rows,
                     struct dtl_error *err)
{
    const struct dtl_format *f = dtl_format_find(p->format->name);
    uint64_t most = p->job->options.max_size;
    struct dtl_rotate r = { .store = p->store,
                            .rows = rows,
                            .most = most > 0 ? most : DTL_MAX_SIZE,
                            .row_bytes = f->row_bytes };
    struct dtl_row_source part = *rows;
    uint32_t first = p->number;
    int rc;

    part.next = dtl_rotate_next;
    part.context = &r;
    while ((rc = dtl_rotate_more(&r, err)) == DTL_OK ||
           (rc == DTL_END && p->number == first)) {
        char numbered[260];
        bool end = rc == DTL_END;

        snprintf(numbered, sizeof numbered, "%.200s-%05u", name,
                 p->number - first);
        part.number = p->number++;
        rc = add_file(p, g, numbered, &part, UINT64_MAX, err);
        if (rc != DTL_OK || end)
            return rc;
    }
    return rc == DTL_END ? DTL_OK : rc;
}

static int add_rows(struct dtl_package *p, const struct progress *g,
                    const char *name, const struct dtl_row_source *rows,
                    uint64_t many, struct dtl_error *err)
{
    const struct dtl_format *f = dtl_format_find(p->format->name);
    struct dtl_places *places = NULL;
    struct dtl_row_source placed = *rows;
    int rc = DTL_OK;

    if (!f->rotated)
        return add_file(p, g, name, rows, many, err);
    if (f->by_place) {
        rc = dtl_places_new(p->store, rows, &places, err);
        placed.next = dtl_places_next;
        placed.context = places;
        placed.placed = true;
    }
    if (rc == DTL_OK)
        rc = add_files(p, g, name, &placed, err);
    dtl_places_free(places);
    return rc;
}

/* The numbers of its lines go on from file to file. */
static int add_cluster(struct dtl_package *p, struct dtl_error *err)
{
    struct dtl_slice all = dtl_buf_view(&p->cluster);
    struct dtl_buf text = { 0 };
    uint64_t line = 0;
    int rc;

    while (all.len > 0) {
        size_t end = dtl_find(all, dtl_str("\n"), 0);
        const uint8_t *tab = memrchr(all.ptr, '\t', end);

        dtl_buf_slice(&text, dtl_sub(all, 0, (size_t)(tab - all.ptr)));
        dtl_buf_printf(&text, "\t%" PRIu64 "\n", ++line);
        all = dtl_sub(all, end + 1, all.len);
    }
    rc = text.failed || p->cluster.failed
             ? no_memory(err)
             : add_bytes(p, "data/cluster.idx", true, dtl_buf_view(&text), err);
    dtl_buf_clear(&text);
    for (uint32_t i = 0; i < p->number; i++)
        dtl_buf_printf(&text, "cdx-%05u.gz\tcdx-%05u.gz\n", i, i);
    if (rc == DTL_OK)
        rc = text.failed ? no_memory(err)
                         : add_bytes(p, "data/cluster.loc", true,
                                     dtl_buf_view(&text), err);
    dtl_buf_free(&text);
    return rc;
}

static int add_groups(struct dtl_package *p, const struct progress *g,
                      struct dtl_select *select, struct dtl_error *err)
{
    struct dtl_groups *groups = NULL;
    struct dtl_row_source rows = { .next = dtl_groups_row,
                                   .selection = &p->job->selection };
    const char *name;
    uint64_t many;
    int rc = dtl_groups_new(p->store, select, p->job->split, &groups, err);

    rows.context = groups;
    p->many = groups != NULL ? dtl_groups_rows(groups) : 0;
    while (rc == DTL_OK &&
           (rc = dtl_groups_next(groups, &name, &many, err)) == DTL_OK)
        rc = add_rows(p, g, name, &rows, many, err);
    dtl_groups_free(groups);
    return rc == DTL_END ? DTL_OK : rc;
}

static int next_selected(void *select, struct dtl_selected *out,
                         struct dtl_error *err)
{
    return dtl_select_next(select, out, err);
}

static int add_data(struct dtl_package *p, const struct progress *g,
                    struct dtl_error *err)
{
    struct dtl_select *select = NULL;
    struct dtl_row_source rows = { .next = next_selected,
                                   .selection = &p->job->selection };
    int rc = dtl_select_open(p->store, &p->job->selection, p->format->unit,
                             &select, err);

    rows.context = p->select = select;
    if (rc == DTL_OK && dtl_format_find(p->format->name)->index != NULL) {
        rc = add_rows(p, g, "cdx", &rows, UINT64_MAX, err);
        if (rc == DTL_OK)
            rc = add_cluster(p, err);
    } else if (rc == DTL_OK && p->format->directory)
        rc = add_tree(p, &rows, err);
    else if (rc == DTL_OK && p->job->split != DTL_SPLIT_NONE)
        rc = add_groups(p, g, select, err);
    else if (rc == DTL_OK)
        rc = add_rows(p, g,
                      p->format->unit == DTL_EXPORT_ARTICLES ? "articles"
                                                             : "captures",
                      &rows, UINT64_MAX, err);
    p->select = NULL;
    dtl_select_close(select);
    return rc;
}

/* ---- description
 * ---------------------------------------------------------------------
 */

static int by_path(const void *x, const void *y)
{
    const struct dtl_package_file *a = x, *b = y;

    return strcmp(a->path, b->path);
}

/* Lines of sha256sum of the files that are data, or of those that are not. */
static void sums(const struct dtl_package *p, bool data, bool others,
                 struct dtl_buf *out)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->files[i].data ? data : others)
            dtl_buf_printf(out, "%s  %s\n", p->files[i].sha256,
                           p->files[i].path);
}

static int add_text(struct dtl_package *p, const char *path,
                    struct dtl_buf *text, struct dtl_error *err)
{
    int rc = text->failed ? no_memory(err)
                          : add_bytes(p, path, false, dtl_buf_view(text), err);

    dtl_buf_clear(text);
    return rc;
}

static int hash_data(struct dtl_package *p, struct dtl_error *err)
{
    struct dtl_buf lines = { 0 };
    struct dtl_hasher *h = NULL;
    int rc = sha256_hasher(&h, err);

    sums(p, true, false, &lines);
    if (rc == DTL_OK) {
        dtl_hasher_add(h, dtl_buf_view(&lines));
        finish_hash(h, p->data_hash);
    }
    dtl_hasher_free(h);
    dtl_buf_free(&lines);
    return rc;
}

static int add_card(struct dtl_package *p, struct dtl_error *err)
{
    struct dtl_buf text = { 0 };
    struct dtl_json j = { .out = &text };
    int rc = hash_data(p, err);

    if (rc == DTL_OK) {
        dtl_card_datapackage(p, &text);
        rc = add_text(p, "datapackage.json", &text, err);
    }
    if (rc == DTL_OK) {
        dtl_card_croissant(p, &text);
        rc = add_text(p, "croissant.json", &text, err);
    }
    if (rc == DTL_OK && p->format->unit == DTL_EXPORT_ARTICLES) {
        dtl_export_schema(&j);
        dtl_buf_byte(&text, '\n');
        rc = add_text(p, "schema.json", &text, err);
    }
    if (rc == DTL_OK && p->format->unit == DTL_EXPORT_ARTICLES) {
        j = (struct dtl_json){ .out = &text };
        dtl_card_table_schema(&j);
        dtl_buf_byte(&text, '\n');
        rc = add_text(p, "tableschema.json", &text, err);
    }
    if (rc == DTL_OK) {
        dtl_card_readme(p, &text);
        rc = add_text(p, "README.md", &text, err);
    }
    dtl_buf_free(&text);
    return rc;
}

static void bag_info(const struct dtl_package *p, struct dtl_buf *out)
{
    uint64_t bytes = 0, files = 0;

    for (size_t i = 0; i < p->n; i++)
        if (p->files[i].data) {
            bytes += p->files[i].bytes;
            files++;
        }
    dtl_buf_printf(out,
                   "Bag-Software-Agent: dateline %s\n"
                   "Payload-Oxum: %" PRIu64 ".%" PRIu64 "\n",
                   dtl_version(), bytes, files);
}

static int add_bag(struct dtl_package *p, struct dtl_error *err)
{
    struct dtl_buf text = { 0 };
    int rc;

    dtl_buf_str(&text, "BagIt-Version: 1.0\n"
                       "Tag-File-Character-Encoding: UTF-8\n");
    rc = add_text(p, "bagit.txt", &text, err);
    if (rc == DTL_OK) {
        bag_info(p, &text);
        rc = add_text(p, "bag-info.txt", &text, err);
    }
    if (rc == DTL_OK) {
        sums(p, true, false, &text);
        rc = add_text(p, "manifest-sha256.txt", &text, err);
    }
    dtl_buf_free(&text);
    return rc;
}

static int add_description(struct dtl_package *p, struct dtl_error *err)
{
    struct dtl_buf text = { 0 };
    int rc;

    if (p->n > 1)
        qsort(p->files, p->n, sizeof *p->files, by_path);
    dtl_counts_sort(&p->tally.sites);
    dtl_counts_sort(&p->tally.languages);
    dtl_counts_sort(&p->tally.types);
    rc = p->tally.failed ? no_memory(err) : add_card(p, err);
    if (rc == DTL_OK && p->job->bagit)
        rc = add_bag(p, err);
    if (rc == DTL_OK) {
        qsort(p->files, p->n, sizeof *p->files, by_path);
        sums(p, true, true, &text);
        rc = add_text(p, "SHA256SUMS", &text, err);
    }
    if (rc == DTL_OK && p->job->bagit) { /* of all that is no data */
        sums(p, false, true, &text);
        rc = add_text(p, "tagmanifest-sha256.txt", &text, err);
    }
    dtl_buf_free(&text);
    return rc;
}

/* ---- all of it
 * ------------------------------------------------------------------------
 */

static int finish(struct dtl_package *p, struct dtl_error *err)
{
    char *progress = full_path(p, PROGRESS);
    int rc = DTL_OK;

    if (progress == NULL)
        return no_memory(err);
    if (unlink(progress) != 0 || rename(p->part, p->dir) != 0)
        rc = cannot(err, "rename to", p->dir);
    free(progress);
    return rc;
}

static void count(const struct dtl_package *p, struct dtl_export_job *job)
{
    job->rows = p->tally.rows;
    job->files = p->n;
    job->left_out = p->left_out;
    job->bytes = 0;
    for (size_t i = 0; i < p->n; i++)
        job->bytes += p->files[i].bytes;
}

static int begin(struct dtl_package *p, struct dtl_error *err)
{
    const char *name = p->job->options.format;
    struct dtl_json j = { .out = &p->selection };
    size_t len = strlen(p->job->output);
    struct stat st;

    p->format = dtl_export_format_find(name != NULL ? name : "jsonl");
    if (p->format == NULL)
        return dtl_fail(err, DTL_INVALID, 0, "no format is called '%.50s'",
                        name);
    if (p->format->directory && (p->job->split != DTL_SPLIT_NONE ||
                                 p->job->options.packing != DTL_PACK_NONE))
        return dtl_fail(err, DTL_INVALID, 0,
                        "%s is a file an article: it is neither split nor "
                        "packed",
                        p->format->name);
    while (len > 1 && p->job->output[len - 1] == '/')
        len--;
    p->dir = strndup(p->job->output, len);
    if (p->dir == NULL || asprintf(&p->part, "%s.part", p->dir) < 0) {
        p->part = NULL;
        return no_memory(err);
    }
    if (stat(p->dir, &st) == 0 && rmdir(p->dir) != 0)
        return dtl_fail(err, DTL_INVALID, 0,
                        "%.150s is there already, and not an empty directory",
                        p->dir);
    dtl_card_selection(p->job, &j);
    return p->selection.failed ? no_memory(err) : DTL_OK;
}

static void package_free(struct dtl_package *p)
{
    for (size_t i = 0; i < p->n; i++)
        free(p->files[i].path);
    free(p->files);
    free(p->dir);
    free(p->part);
    dtl_tally_free(&p->tally);
    dtl_buf_free(&p->selection);
    dtl_buf_free(&p->cluster);
}

int dtl_export_package(struct dtl_store *store, struct dtl_export_job *job,
                       struct dtl_error *err)
{
    struct dtl_package p = { .job = job, .store = store };
    struct progress g = { .fd = -1 };
    int rc;

    dtl_tally_start(&p.tally);
    rc = begin(&p, err);
    if (rc == DTL_OK)
        rc = open_part(&p, &g, err);
    if (rc == DTL_OK)
        rc = add_data(&p, &g, err);
    if (rc == DTL_OK)
        rc = add_description(&p, err);
    if (rc == DTL_OK)
        rc = finish(&p, err);
    if (rc == DTL_OK)
        count(&p, job);
    if (g.fd >= 0)
        close(g.fd);
    dtl_buf_free(&g.done);
    package_free(&p);
    return rc;
}
