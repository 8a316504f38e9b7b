/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan: archives sorted by path, laid end to end, cut at N - 1 places.  A
 * cut that falls near the end of a file moves there; one inside a file moves
 * to the next record, or to the end where the file cannot be entered in the
 * middle.
 */
#include "plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include <dateline/json.h>

#include "input.h"

#define TASKS_MAX 1000000U
#define LONGEST   ((size_t)16 << 20) /* line */

static int no_memory(struct dtl_error *err)
{
    return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a plan");
}

void dtl_plan_free(struct dtl_plan *p)
{
    if (p == NULL)
        return;
    free(p->files);
    free(p->parts);
    free(p->first);
    dtl_arena_free(p->arena);
    free(p);
}

static struct dtl_plan *plan_new(uint32_t tasks)
{
    struct dtl_plan *p = calloc(1, sizeof *p);

    if (p == NULL)
        return NULL;
    p->ntasks = tasks;
    p->arena = dtl_arena_new(0);
    p->first = calloc((size_t)tasks + 1, sizeof *p->first);
    if (p->arena == NULL || p->first == NULL) {
        dtl_plan_free(p);
        return NULL;
    }
    return p;
}

static bool add_file(struct dtl_plan *p, const struct dtl_plan_file *file)
{
    struct dtl_slice path = dtl_arena_dup(
        p->arena, dtl_slice_of(file->path, strlen(file->path) + 1));

    if (p->nfiles == p->files_room) {
        uint32_t room = p->files_room == 0 ? 64 : 2 * p->files_room;
        struct dtl_plan_file *more = realloc(p->files, room * sizeof *p->files);

        if (more == NULL)
            return false;
        p->files = more;
        p->files_room = room;
    }
    if (path.ptr == NULL)
        return false;
    p->files[p->nfiles] = *file;
    p->files[p->nfiles++].path = (const char *)path.ptr;
    return true;
}

static bool add_part(struct dtl_plan *p, uint32_t file, uint64_t from,
                     uint64_t to)
{
    if (p->nparts == p->parts_room) {
        size_t room = p->parts_room == 0 ? 64 : 2 * p->parts_room;
        struct dtl_plan_part *more = realloc(p->parts, room * sizeof *more);

        if (more == NULL)
            return false;
        p->parts = more;
        p->parts_room = room;
    }
    p->parts[p->nparts++] = (struct dtl_plan_part){ file, from, to };
    return true;
}

/* ---- making one --------------------------------------------------------- */

static int see_file(struct dtl_plan *p, const char *name, struct dtl_error *err)
{
    struct dtl_plan_file file;
    struct input *in;
    int rc;

    if (dtl_utf8_valid(dtl_str(name)) < strlen(name))
        return dtl_fail(err, DTL_INVALID, 0,
                        "its name is not UTF-8, so it cannot stand in a plan");
    rc = input_open(name, &in, err);
    if (rc != DTL_OK)
        return rc;
    file = (struct dtl_plan_file){ in->name, in->size, in->fingerprint };
    if (in->size == UINT64_MAX)
        rc = dtl_fail(err, DTL_INVALID, 0,
                      "its size is not known, so it cannot be planned");
    else if (!add_file(p, &file))
        rc = no_memory(err);
    input_close(in);
    return rc;
}

/* What is no archive is said and passed over, as ingest does; what cannot be
 * read just now must not be forgotten. */
static int see_all(struct dtl_plan *p, struct dtl_walk *walk,
                   const struct dtl_plan_options *o, struct dtl_error *err)
{
    struct dtl_walk_entry entry;
    struct dtl_error own = { 0 };
    int rc;

    do {
        rc = dtl_walk_next(walk, &entry, &own);
        if (rc == DTL_OK)
            rc = see_file(p, entry.name, &own);
        if (rc == DTL_FORMAT && o->problem != NULL) {
            o->problem(o->data, entry.name, own.offset, own.text);
            rc = DTL_OK;
        }
    } while (rc == DTL_OK);
    return rc == DTL_END ? DTL_OK
                         : dtl_fail(err, (enum dtl_status)rc, own.offset,
                                    "%s: %s", entry.name, own.text);
}

static int by_path(const void *a, const void *b)
{
    const struct dtl_plan_file *x = a, *y = b;

    return strcmp(x->path, y->path);
}

static int by_bytes(const void *a, const void *b)
{
    const struct dtl_plan_file *x = a, *y = b;

    if (x->size != y->size)
        return x->size < y->size ? -1 : 1;
    if (x->fingerprint != y->fingerprint)
        return x->fingerprint < y->fingerprint ? -1 : 1;
    return strcmp(x->path, y->path);
}

/* The same bytes under two names are one archive: the first name stays. */
static void drop_copies(struct dtl_plan *p)
{
    uint32_t n = 0;

    if (p->nfiles == 0)
        return;
    qsort(p->files, p->nfiles, sizeof *p->files, by_bytes);
    for (uint32_t i = 1; i < p->nfiles; i++)
        if (p->files[i].size != p->files[n].size ||
            p->files[i].fingerprint != p->files[n].fingerprint)
            p->files[++n] = p->files[i];
    p->nfiles = n + 1;
    qsort(p->files, p->nfiles, sizeof *p->files, by_path);
}

/* Where to cut file `f` instead of at `at`: between two records, or at one of
 * its ends. */
static int place_cut(const struct dtl_plan_file *f, uint64_t at, uint64_t least,
                     uint64_t *out, struct dtl_error *err)
{
    struct input *in;
    int rc;

    *out = at < f->size / 2 ? 0 : f->size;
    if (at < least || f->size - at < least)
        return DTL_OK;
    if ((rc = input_open(f->path, &in, err)) != DTL_OK)
        return rc;
    if (in->resumable) {
        rc = dtl_warc_sync(in->warc, at, out, err);
        if (rc == DTL_END || rc == DTL_INVALID) {
            *out = f->size;
            rc = DTL_OK;
        }
    }
    input_close(in);
    return rc;
}

static int cut(struct dtl_plan *p, uint64_t bytes, struct dtl_error *err)
{
    uint64_t start = 0; /* of the file among all bytes */
    uint32_t task = 0;
    /* A stretch of less than a quarter of a task is not worth opening a file
     * for. */
    uint64_t least = bytes / p->ntasks / 4 + 1;

    p->first[0] = 0;
    for (uint32_t i = 0; i < p->nfiles; i++) {
        const struct dtl_plan_file *f = &p->files[i];
        uint64_t from = 0;

        while (task + 1 < p->ntasks) {
            uint64_t border =
                (uint64_t)((__uint128_t)bytes * (task + 1) / p->ntasks);
            uint64_t at = border > start ? border - start : 0, to;
            int rc;

            if (at >= f->size + least)
                break;
            rc = place_cut(f, at < f->size ? at : f->size, least, &to, err);
            if (rc != DTL_OK)
                return rc;
            if (to < from)
                to = from;
            if (to > from && !add_part(p, i, from, to))
                return no_memory(err);
            from = to;
            p->first[++task] = p->nparts;
            if (to == f->size)
                break;
        }
        if (from < f->size && !add_part(p, i, from, f->size))
            return no_memory(err);
        start += f->size;
    }
    while (task < p->ntasks)
        p->first[++task] = p->nparts;
    return DTL_OK;
}

int dtl_plan_make(const char *const *paths, size_t npaths,
                  const struct dtl_plan_options *o, struct dtl_plan **out,
                  struct dtl_error *err)
{
    uint32_t tasks = o->tasks;
    struct dtl_plan *p;
    struct dtl_walk *walk = NULL;
    uint64_t bytes = 0;
    int rc;

    *out = NULL;
    if (tasks == 0 || tasks > TASKS_MAX)
        return dtl_fail(err, DTL_INVALID, 0, "a plan has 1 to %u tasks",
                        TASKS_MAX);
    if ((p = plan_new(tasks)) == NULL)
        return no_memory(err);
    rc = dtl_walk_open(paths, npaths, &walk, err);
    if (rc == DTL_OK)
        rc = see_all(p, walk, o, err);
    dtl_walk_close(walk);
    if (rc == DTL_OK) {
        drop_copies(p);
        for (uint32_t i = 0; i < p->nfiles; i++)
            bytes += p->files[i].size;
        rc = cut(p, bytes, err);
    }
    if (rc != DTL_OK) {
        dtl_plan_free(p);
        return rc;
    }
    *out = p;
    return DTL_OK;
}

/* ---- what is in it ------------------------------------------------------ */

uint32_t dtl_plan_tasks(const struct dtl_plan *p)
{
    return p->ntasks;
}

uint32_t dtl_plan_files(const struct dtl_plan *p)
{
    return p->nfiles;
}

const struct dtl_plan_file *dtl_plan_file(const struct dtl_plan *p,
                                          uint32_t number)
{
    return number < p->nfiles ? &p->files[number] : NULL;
}

bool dtl_plan_task(const struct dtl_plan *p, uint32_t number,
                   struct dtl_plan_task *out)
{
    if (number >= p->ntasks)
        return false;
    *out = (struct dtl_plan_task){
        .parts = p->parts + p->first[number],
        .nparts = p->first[number + 1] - p->first[number],
    };
    for (size_t i = 0; i < out->nparts; i++)
        out->bytes += out->parts[i].to - out->parts[i].from;
    return true;
}

/* ---- as text ------------------------------------------------------------ */

static void field(struct dtl_json *j, const char *name, uint64_t v)
{
    dtl_json_key(j, name);
    dtl_json_uint(j, v);
}

static void write_task(const struct dtl_plan *p, uint32_t number,
                       struct dtl_buf *out)
{
    struct dtl_json j = { .out = out };
    struct dtl_plan_task task;

    dtl_plan_task(p, number, &task);
    dtl_json_object(&j);
    field(&j, "task", number);
    field(&j, "bytes", task.bytes);
    dtl_json_key(&j, "parts");
    dtl_json_array(&j);
    for (size_t i = 0; i < task.nparts; i++) {
        dtl_json_object(&j);
        field(&j, "file", task.parts[i].file);
        field(&j, "from", task.parts[i].from);
        field(&j, "to", task.parts[i].to);
        dtl_json_end(&j);
    }
    dtl_json_end(&j);
    dtl_json_end(&j);
    dtl_buf_byte(out, '\n');
}

int dtl_plan_write(const struct dtl_plan *p, struct dtl_buf *out)
{
    struct dtl_json j = { .out = out };
    char print[17];

    dtl_json_object(&j);
    field(&j, "dateline_plan", PLAN_VERSION);
    field(&j, "files", p->nfiles);
    field(&j, "tasks", p->ntasks);
    dtl_json_end(&j);
    dtl_buf_byte(out, '\n');
    for (uint32_t i = 0; i < p->nfiles; i++) {
        const struct dtl_plan_file *f = &p->files[i];

        j = (struct dtl_json){ .out = out };
        snprintf(print, sizeof print, "%016" PRIx64, f->fingerprint);
        dtl_json_object(&j);
        field(&j, "file", i);
        dtl_json_key(&j, "path");
        dtl_json_str(&j, f->path);
        field(&j, "size", f->size);
        dtl_json_key(&j, "fingerprint");
        dtl_json_str(&j, print);
        dtl_json_end(&j);
        dtl_buf_byte(out, '\n');
    }
    for (uint32_t i = 0; i < p->ntasks; i++)
        write_task(p, i, out);
    return out->failed ? DTL_NOMEM : DTL_OK;
}

/* ---- reading one -------------------------------------------------------- */

static bool number(const json_t *o, const char *name, uint64_t *out)
{
    const json_t *v = json_object_get(o, name);

    if (!json_is_integer(v) || json_integer_value(v) < 0)
        return false;
    *out = (uint64_t)json_integer_value(v);
    return true;
}

static bool read_head(const json_t *line, struct dtl_plan **p, uint64_t *files,
                      uint64_t *tasks)
{
    uint64_t version;

    return number(line, "dateline_plan", &version) && version == PLAN_VERSION &&
           number(line, "files", files) && number(line, "tasks", tasks) &&
           *tasks > 0 && *tasks <= TASKS_MAX && *files < UINT32_MAX &&
           (*p = plan_new((uint32_t)*tasks)) != NULL;
}

static bool read_file(const json_t *line, struct dtl_plan *p)
{
    struct dtl_plan_file f = { .path = json_string_value(
                                   json_object_get(line, "path")) };
    const char *print = json_string_value(json_object_get(line, "fingerprint"));
    uint64_t at;

    if (!number(line, "file", &at) || at != p->nfiles || f.path == NULL ||
        !number(line, "size", &f.size) || print == NULL)
        return false;
    f.fingerprint = strtoull(print, NULL, 16);
    return add_file(p, &f);
}

static bool read_task(const json_t *line, struct dtl_plan *p, uint32_t at)
{
    const json_t *parts = json_object_get(line, "parts"), *part;
    uint64_t task;
    size_t i;

    if (!number(line, "task", &task) || task != at || !json_is_array(parts))
        return false;
    p->first[at] = p->nparts;
    json_array_foreach(parts, i, part)
    {
        uint64_t file, from, to;

        if (!number(part, "file", &file) || !number(part, "from", &from) ||
            !number(part, "to", &to) || file >= p->nfiles || from > to ||
            to > p->files[file].size || !add_part(p, (uint32_t)file, from, to))
            return false;
    }
    p->first[at + 1] = p->nparts;
    return true;
}

static bool read_line(const json_t *line, uint64_t at, struct dtl_plan **p,
                      uint64_t *files, uint64_t *tasks)
{
    if (at == 0)
        return read_head(line, p, files, tasks);
    if (at <= *files)
        return read_file(line, *p);
    return at <= *files + *tasks &&
           read_task(line, *p, (uint32_t)(at - 1 - *files));
}

int dtl_plan_parse(struct dtl_slice text, const char *name,
                   struct dtl_plan **out, struct dtl_error *err)
{
    struct dtl_plan *p = NULL;
    uint64_t files = 0, tasks = 0, at = 0;
    size_t pos = 0;
    int rc = DTL_OK;

    *out = NULL;
    while (rc == DTL_OK && pos < text.len) {
        size_t nl = dtl_find(text, dtl_str("\n"), pos);
        size_t end = nl != SIZE_MAX ? nl : text.len;
        json_t *line = end - pos < LONGEST
                           ? json_loadb((const char *)text.ptr + pos, end - pos,
                                        JSON_REJECT_DUPLICATES, NULL)
                           : NULL;

        if (line == NULL || !read_line(line, at, &p, &files, &tasks))
            rc = dtl_fail(err, DTL_FORMAT, pos,
                          "%s: line %" PRIu64 " is not one of a plan", name,
                          at + 1);
        json_decref(line);
        at++;
        pos = end + 1;
    }
    if (rc == DTL_OK && (at == 0 || at != 1 + files + tasks))
        rc = dtl_fail(err, DTL_FORMAT, 0, "%s: not a plan, or cut short", name);
    if (rc != DTL_OK) {
        dtl_plan_free(p);
        return rc;
    }
    *out = p;
    return DTL_OK;
}

int dtl_plan_read(const char *path, struct dtl_plan **out,
                  struct dtl_error *err)
{
    struct dtl_source *source;
    struct dtl_error own = { 0 };
    int rc = dtl_source_open(path, &source, &own);

    *out = NULL;
    if (rc != DTL_OK)
        return dtl_fail(err, (enum dtl_status)rc, 0, "%s: %s", path, own.text);
    rc = dtl_plan_parse(dtl_source_mapped(source), path, out, err);
    dtl_source_close(source);
    return rc;
}
