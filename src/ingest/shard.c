/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A shard is a directory "00012-TASK-DIGEST.shard": a store of one segment,
 * and the file "look" with what the second look has to know of its pages.  It
 * is built under a name of its own and renamed; whoever comes second finds the
 * name taken and throws its own away.  The digest is SHA-256 over segment and
 * look: one thread builds a task, so equal tasks give equal bytes.  TASK tells
 * which bytes were to be read: the shards of another plan of the same archives
 * are none of this one.
 */
#include "plan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>
#include <xxhash.h>

#include <dateline/digest.h>
#include <dateline/json.h>

#include "input.h"
#include "shard.h"

#define NAME_DIGITS 16U /* of the digest, in a shard's name */

static int no_memory(struct dtl_error *err)
{
    return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a shard");
}

static int cannot(struct dtl_error *err, const char *path, const char *what)
{
    return dtl_fail(err, DTL_IO, 0, "%s: cannot %s: %s", path, what,
                    strerror(errno));
}

static char *join(const char *dir, const char *name)
{
    char *out = NULL;

    return asprintf(&out, "%s/%s", dir, name) < 0 ? NULL : out;
}

/* ---- what stands in the directory --------------------------------------- */

/* "00012-89ab4567-": how the names of shards of this task begin. */
static int shard_prefix(const struct dtl_plan *p, uint32_t number, char out[32])
{
    struct dtl_plan_task task = { 0 };
    XXH64_hash_t print = 0;

    dtl_plan_task(p, number, &task);
    for (size_t i = 0; i < task.nparts; i++) {
        const struct dtl_plan_part *part = &task.parts[i];
        const struct dtl_plan_file *f = &p->files[part->file];
        const uint64_t bytes[] = { f->size, f->fingerprint, part->from,
                                   part->to };

        print = XXH3_64bits_withSeed(bytes, sizeof bytes, print);
    }
    return snprintf(out, 32, "%05" PRIu32 "-%08" PRIx32 "-", number,
                    (uint32_t)print);
}

struct dtl_shards {
    const struct dtl_plan *plan;
    char *dir, **names; /* sorted */
    size_t n, room;
};

void dtl_plan_shards_close(struct dtl_shards *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->n; i++)
        free(s->names[i]);
    free(s->names);
    free(s->dir);
    free(s);
}

static bool add_name(struct dtl_shards *s, const char *name)
{
    if (s->n == s->room) {
        size_t room = s->room == 0 ? 64 : 2 * s->room;
        char **more = realloc(s->names, room * sizeof *more);

        if (more == NULL)
            return false;
        s->names = more;
        s->room = room;
    }
    s->names[s->n] = strdup(name);
    return s->names[s->n] != NULL && ++s->n > 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int list_shards(struct dtl_shards *s, struct dtl_error *err)
{
    DIR *d = opendir(s->dir);
    struct dirent *e;
    int rc = DTL_OK;

    if (d == NULL)
        return errno == ENOENT ? DTL_OK : cannot(err, s->dir, "list");
    while (rc == DTL_OK && (e = readdir(d)) != NULL) {
        struct dtl_slice name = dtl_str(e->d_name);

        if (name.ptr[0] != '.' && dtl_ends(name, ".shard") && name.len < 64 &&
            !add_name(s, e->d_name))
            rc = no_memory(err);
    }
    closedir(d);
    if (s->n > 1)
        qsort(s->names, s->n, sizeof *s->names, by_name);
    return rc;
}

int dtl_plan_shards_open(const struct dtl_plan *p, const char *dir,
                         struct dtl_shards **out, struct dtl_error *err)
{
    struct dtl_shards *s = calloc(1, sizeof *s);
    int rc;

    *out = NULL;
    if (s != NULL)
        s->plan = p;
    if (s == NULL || (s->dir = strdup(dir)) == NULL)
        rc = no_memory(err);
    else
        rc = list_shards(s, err);
    if (rc != DTL_OK) {
        dtl_plan_shards_close(s);
        return rc;
    }
    *out = s;
    return DTL_OK;
}

/* The name of a shard of this task: of several the first in order, so that
 * all who look choose the same.  "" when there is none. */
static void find_shard(const struct dtl_shards *s, uint32_t number,
                       char name[64])
{
    char prefix[32];
    int len = shard_prefix(s->plan, number, prefix);
    size_t low = 0, high = s->n;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (strcmp(s->names[mid], prefix) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    name[0] = '\0';
    if (low < s->n && strncmp(s->names[low], prefix, (size_t)len) == 0)
        memcpy(name, s->names[low], strlen(s->names[low]) + 1);
}

static void failure_name(uint32_t number, char out[32])
{
    snprintf(out, 32, "%05" PRIu32 ".failed.json", number);
}

static void read_failure(const char *dir, uint32_t number,
                         struct dtl_shard *out)
{
    char name[32], *path;
    json_t *report;
    const char *reason;

    failure_name(number, name);
    path = join(dir, name);
    report = path != NULL ? json_load_file(path, 0, NULL) : NULL;
    free(path);
    if (report == NULL)
        return;
    reason = json_string_value(json_object_get(report, "reason"));
    out->state = DTL_SHARD_FAILED;
    out->again = json_is_true(json_object_get(report, "again"));
    snprintf(out->reason, sizeof out->reason, "%s",
             reason != NULL ? reason : "");
    json_decref(report);
}

int dtl_plan_shards_at(const struct dtl_shards *s, uint32_t number,
                       struct dtl_shard *out, struct dtl_error *err)
{
    memset(out, 0, sizeof *out);
    if (number >= s->plan->ntasks)
        return dtl_fail(err, DTL_INVALID, 0, "the plan has no task %" PRIu32,
                        number);
    find_shard(s, number, out->name);
    if (out->name[0] != '\0')
        out->state = DTL_SHARD_DONE;
    else
        read_failure(s->dir, number, out);
    return DTL_OK;
}

int dtl_plan_shard(const struct dtl_plan *p, const char *dir, uint32_t number,
                   struct dtl_shard *out, struct dtl_error *err)
{
    struct dtl_shards *s;
    int rc = dtl_plan_shards_open(p, dir, &s, err);

    if (rc == DTL_OK)
        rc = dtl_plan_shards_at(s, number, out, err);
    dtl_plan_shards_close(s);
    return rc;
}

/* ---- reports ------------------------------------------------------------ */

static int write_file(const char *dir, const char *name,
                      const struct dtl_buf *text, struct dtl_error *err)
{
    char *path = join(dir, name), *tmp = NULL;
    FILE *f;
    int rc = DTL_OK;

    if (path == NULL ||
        asprintf(&tmp, "%s.%ld.tmp", path, (long)getpid()) < 0) {
        free(path);
        return no_memory(err);
    }
    f = fopen(tmp, "wbe");
    if (f == NULL || fwrite(text->ptr, 1, text->len, f) != text->len)
        rc = cannot(err, tmp, "write");
    if (f != NULL && fclose(f) != 0 && rc == DTL_OK)
        rc = cannot(err, tmp, "write");
    if (rc == DTL_OK && rename(tmp, path) != 0)
        rc = cannot(err, path, "write");
    if (rc != DTL_OK)
        unlink(tmp);
    free(tmp);
    free(path);
    return rc;
}

static void text_field(struct dtl_json *j, const char *name, const char *v)
{
    dtl_json_key(j, name);
    dtl_json_str(j, v);
}

static void write_failure(const char *dir, uint32_t number, int status,
                          const char *reason)
{
    struct dtl_buf out = { 0 };
    struct dtl_json j = { .out = &out };
    char name[32];

    failure_name(number, name);
    dtl_json_object(&j);
    dtl_json_key(&j, "task");
    dtl_json_uint(&j, number);
    text_field(&j, "reason", reason);
    dtl_json_key(&j, "again");
    dtl_json_bool(&j, status == DTL_IO || status == DTL_BUSY);
    dtl_json_end(&j);
    dtl_buf_byte(&out, '\n');
    write_file(dir, name, &out, NULL); /* a courtesy to `status` */
    dtl_buf_free(&out);
}

static int write_report(const char *dir, uint32_t number, const char *digest,
                        const struct dtl_ingest_summary *s,
                        struct dtl_error *err)
{
    const struct {
        const char *name;
        uint64_t n;
    } rows[] = {
        { "bytes", s->bytes_done },    { "records", s->records },
        { "captures", s->captures },   { "pages", s->pages },
        { "articles", s->articles },   { "revisits", s->revisits },
        { "oversized", s->oversized }, { "mismatched", s->mismatched },
        { "damaged", s->damaged },
    };
    struct dtl_buf out = { 0 };
    struct dtl_json j = { .out = &out };
    int rc;

    dtl_json_object(&j);
    dtl_json_key(&j, "task");
    dtl_json_uint(&j, number);
    text_field(&j, "digest", digest);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        dtl_json_key(&j, rows[i].name);
        dtl_json_uint(&j, rows[i].n);
    }
    dtl_json_key(&j, "reasons");
    dtl_json_object(&j);
    for (size_t i = 0; i < s->nreasons; i++) {
        dtl_json_key(&j, s->reasons[i].text);
        dtl_json_uint(&j, s->reasons[i].count);
    }
    dtl_json_end(&j);
    dtl_json_end(&j);
    dtl_buf_byte(&out, '\n');
    rc = write_file(dir, "report.json", &out, err);
    dtl_buf_free(&out);
    return rc;
}

/* ---- building one ------------------------------------------------------- */

static int remove_entry(const char *path, const struct stat *st, int type,
                        struct FTW *where)
{
    (void)st;
    (void)type;
    (void)where;
    remove(path);
    return 0;
}

void remove_tree(const char *path)
{
    nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static int digest_file(struct dtl_hasher *h, const char *path,
                       struct dtl_error *err)
{
    uint8_t block[65536];
    FILE *f = fopen(path, "rbe");
    size_t n;
    int rc = DTL_OK;

    if (f == NULL)
        return cannot(err, path, "open");
    while ((n = fread(block, 1, sizeof block, f)) > 0)
        dtl_hasher_add(h, dtl_slice_of(block, n));
    if (ferror(f))
        rc = cannot(err, path, "read");
    fclose(f);
    return rc;
}

/* The segments of the store in `dir`, sorted; there is one, or none when the
 * task has no captures. */
static int list_segments(const char *dir, char ***out, size_t *n,
                         struct dtl_error *err)
{
    char *path = join(dir, "segments");
    DIR *d = path != NULL ? opendir(path) : NULL;
    struct dirent *e;
    int rc = DTL_OK;

    *out = NULL;
    *n = 0;
    if (d == NULL)
        rc = path == NULL ? no_memory(err) : cannot(err, path, "list");
    while (rc == DTL_OK && (e = readdir(d)) != NULL) {
        char **more;

        if (e->d_name[0] == '.')
            continue;
        more = realloc(*out, (*n + 1) * sizeof *more);
        if (more == NULL || (more[*n] = join(path, e->d_name)) == NULL)
            rc = no_memory(err);
        if (more != NULL)
            *out = more;
        *n += rc == DTL_OK;
    }
    if (d != NULL)
        closedir(d);
    free(path);
    if (*n > 1)
        qsort(*out, *n, sizeof **out, by_name);
    return rc;
}

static int digest_shard(const char *dir, char out[65], struct dtl_error *err)
{
    struct dtl_hasher *h = NULL;
    struct dtl_digest d;
    char **names = NULL, *look = join(dir, "look");
    size_t n = 0;
    int rc = look == NULL ? no_memory(err)
                          : dtl_hasher_new(DTL_DIGEST_SHA256, &h, err);

    if (rc == DTL_OK)
        rc = list_segments(dir, &names, &n, err);
    for (size_t i = 0; rc == DTL_OK && i < n; i++)
        rc = digest_file(h, names[i], err);
    if (rc == DTL_OK)
        rc = digest_file(h, look, err);
    if (rc == DTL_OK) {
        dtl_hasher_finish(h, &d);
        for (size_t i = 0; i < 32; i++)
            snprintf(out + 2 * i, 3, "%02x", d.bytes[i]);
    }
    for (size_t i = 0; i < n; i++)
        free(names[i]);
    free(names);
    free(look);
    dtl_hasher_free(h);
    return rc;
}

/* Are these the bytes that were planned? */
static int check_file(const struct dtl_plan_file *f, struct dtl_error *err)
{
    struct dtl_error own = { 0 };
    struct input *in;
    int rc = input_open(f->path, &in, &own);

    /* It was there when the plan was made: this machine may lack a mount. */
    if (rc == DTL_NOTFOUND)
        rc = DTL_IO;
    if (rc != DTL_OK)
        return dtl_fail(err, (enum dtl_status)rc, own.offset, "%s: %s", f->path,
                        own.text);
    if (in->size != f->size || in->fingerprint != f->fingerprint)
        rc = dtl_fail(err, DTL_INVALID, 0,
                      "%s: not the file that was planned: %" PRIu64
                      " bytes, the plan says %" PRIu64 "%s",
                      f->path, in->size, f->size,
                      in->size == f->size ? ", but others" : "");
    input_close(in);
    return rc;
}

/* A file that could not be read is a failure of its task. */
struct watch {
    const struct dtl_shard_options *o;
    char text[sizeof((struct dtl_error *)NULL)->text];
};

static void on_problem(void *data, const char *file, uint64_t offset,
                       const char *text)
{
    struct watch *w = data;

    snprintf(w->text, sizeof w->text, "%s: %s", file, text);
    if (w->o->problem != NULL)
        w->o->problem(w->o->data, file, offset, text);
}

static void on_progress(void *data, const struct dtl_ingest_summary *s)
{
    const struct watch *w = data;

    if (w->o->progress != NULL)
        w->o->progress(w->o->data, s);
}

static int build(const struct dtl_plan *p, const struct dtl_plan_task *task,
                 const struct dtl_shard_options *o, const char *dir,
                 struct dtl_ingest_summary *sum, struct dtl_error *err)
{
    struct watch watch = { .o = o };
    struct dtl_ingest_part *parts = calloc(task->nparts + 1, sizeof *parts);
    char *look = join(dir, "look");
    struct dtl_ingest_options options = {
        .store = dir,
        .threads = 1,
        .memory = o->memory,
        .page_ceiling = o->page_ceiling,
        .trust_digests = o->trust_digests,
        .parts = parts,
        .nparts = task->nparts,
        .look = look,
        .progress = on_progress,
        .problem = on_problem,
        .data = &watch,
    };
    int rc = parts == NULL || look == NULL ? no_memory(err) : DTL_OK;

    for (size_t i = 0; rc == DTL_OK && i < task->nparts; i++) {
        const struct dtl_plan_part *part = &task->parts[i];

        rc = check_file(&p->files[part->file], err);
        parts[i] = (struct dtl_ingest_part){
            p->files[part->file].path, part->from,
            part->to == p->files[part->file].size ? UINT64_MAX : part->to
        };
    }
    if (rc == DTL_OK)
        rc = dtl_ingest(NULL, 0, &options, sum, err);
    if (rc == DTL_OK && sum->files_failed > 0)
        rc = dtl_fail(err, DTL_IO, 0, "%s", watch.text);
    free(look);
    free(parts);
    return rc;
}

/* Give the finished shard its name; one that stands there already is the same
 * by name and stays. */
static int settle(const struct dtl_plan *p, const char *dir, uint32_t number,
                  const char *tmp, const char digest[65], struct dtl_error *err)
{
    char prefix[32], name[64], failed[32], *path;
    int rc = DTL_OK;

    shard_prefix(p, number, prefix);
    snprintf(name, sizeof name, "%s%.*s.shard", prefix, (int)NAME_DIGITS,
             digest);
    if ((path = join(dir, name)) == NULL)
        return no_memory(err);
    if (rename(tmp, path) != 0 && errno != EEXIST && errno != ENOTEMPTY)
        rc = cannot(err, path, "create");
    free(path);
    failure_name(number, failed);
    if (rc == DTL_OK && (path = join(dir, failed)) != NULL) {
        unlink(path);
        free(path);
    }
    return rc;
}

int dtl_plan_ingest(const struct dtl_plan *p, uint32_t number,
                    const struct dtl_shard_options *o,
                    struct dtl_ingest_summary *out, bool *known,
                    struct dtl_error *err)
{
    struct dtl_error own = { 0 };
    struct dtl_plan_task task;
    struct dtl_shard shard;
    char digest[65] = "", host[64] = "", *tmp = NULL;
    int rc;

    memset(out, 0, sizeof *out);
    *known = false;
    if (!dtl_plan_task(p, number, &task))
        return dtl_fail(err, DTL_INVALID, 0, "the plan has no task %" PRIu32,
                        number);
    if (mkdir(o->dir, 0777) != 0 && errno != EEXIST)
        return cannot(err, o->dir, "create");
    rc = dtl_plan_shard(p, o->dir, number, &shard, err);
    if (rc != DTL_OK || shard.state == DTL_SHARD_DONE) {
        *known = rc == DTL_OK;
        return rc;
    }
    gethostname(host, sizeof host - 1);
    if (asprintf(&tmp, "%s/.%05" PRIu32 ".%s.%ld.tmp", o->dir, number, host,
                 (long)getpid()) < 0)
        return no_memory(err);
    remove_tree(tmp); /* of a process that had this number before */
    rc = build(p, &task, o, tmp, out, &own);
    if (rc == DTL_OK)
        rc = digest_shard(tmp, digest, &own);
    if (rc == DTL_OK)
        rc = write_report(tmp, number, digest, out, &own);
    if (rc == DTL_OK)
        rc = settle(p, o->dir, number, tmp, digest, &own);
    if (rc != DTL_OK)
        write_failure(o->dir, number, rc, own.text);
    remove_tree(tmp);
    free(tmp);
    if (rc != DTL_OK && err != NULL)
        *err = own;
    return rc;
}
