/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One part of the store: the captures of a range of SURT keys out of all
 * shards, k-way merged, their pages judged by what all shards know, into one
 * segment.  Where to cut the keys is found by looking at a fixed number of
 * keys of each shard, so every reducer finds the same cuts by itself.
 *
 * The parts number the archives as the plan does; joined, their segments are
 * taken over as they are.
 */
#include "plan.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>
#include <xxhash.h>

#include <dateline/store.h>

#include "judge.h"
#include "look.h"
#include "shard.h"

#define MEMORY  ((size_t)512 << 20)
#define SAMPLES 256U /* keys looked at in a shard */

/* ---- the shards ---------------------------------------------------------- */

struct shard {
    struct dtl_store *store;
    struct dtl_cursor *cursor;
    uint32_t *files; /* its archives' ids -> the plan's numbers */
    uint32_t nfiles;
    struct dtl_capture at; /* where the cursor stands */
    struct dtl_ref ref;
};

struct reducer {
    const struct dtl_plan *plan;
    const struct dtl_reduce_options *o;
    struct shard *shards;
    uint32_t nshards;
    uint32_t *heap, nheap; /* shards that have captures left, least first */
    struct dtl_slice low, high; /* [low, high); high NULL: to the end */
    struct dtl_arena *arena;    /* keys */
    struct dtl_arena *page;     /* of one capture */
    uint32_t *ids;              /* the plan's files -> the part's ids */
    struct look *look;          /* NULL: no second look */
    struct dtl_harvester *harvester;
    struct judge judge;
    struct dtl_store_writer *part;
    struct dtl_segment_writer *segment;
    uint64_t done, of;
};

static int no_memory(struct dtl_error *err)
{
    return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a merge");
}

static void close_all(struct reducer *r)
{
    for (uint32_t i = 0; r->shards != NULL && i < r->nshards; i++) {
        dtl_query_close(r->shards[i].cursor);
        dtl_store_close(r->shards[i].store);
        free(r->shards[i].files);
    }
    free(r->shards);
    free(r->heap);
    free(r->ids);
    judge_clear(&r->judge);
    dtl_harvester_free(r->harvester);
    look_free(r->look);
    dtl_segment_writer_free(r->segment);
    dtl_store_writer_close(r->part);
    dtl_arena_free(r->arena);
    dtl_arena_free(r->page);
}

/* The archive of the task that has these bytes. */
static uint32_t number_of(const struct dtl_plan *p, uint32_t number,
                          const struct dtl_store_archive *a)
{
    struct dtl_plan_task task = { 0 };

    dtl_plan_task(p, number, &task);
    for (size_t i = 0; i < task.nparts; i++) {
        const struct dtl_plan_file *f = &p->files[task.parts[i].file];

        if (f->size == a->size && f->fingerprint == a->fingerprint)
            return task.parts[i].file;
    }
    return UINT32_MAX;
}

static int map_files(struct reducer *r, uint32_t number, const char *name,
                     struct dtl_error *err)
{
    struct shard *s = &r->shards[number];
    struct dtl_store_archive a;
    uint32_t id = 0;
    int rc;

    while ((rc = dtl_store_next_archive(s->store, &id, &a, err)) == DTL_OK) {
        uint32_t *more =
            realloc(s->files, ((size_t)a.id + 1) * sizeof *s->files);

        if (more == NULL)
            return no_memory(err);
        s->files = more;
        while (s->nfiles <= a.id)
            s->files[s->nfiles++] = UINT32_MAX;
        s->files[a.id] = number_of(r->plan, number, &a);
        if (s->files[a.id] == UINT32_MAX)
            return dtl_fail(err, DTL_INVALID, 0,
                            "%s: has an archive its task has not", name);
    }
    return rc == DTL_END ? DTL_OK : rc;
}

/* A task that read no captures leaves no store, and says so. */
static int check_empty(const char *dir, struct dtl_error *err)
{
    const json_t *captures;
    char *path = NULL;
    json_t *report = asprintf(&path, "%s/report.json", dir) >= 0
                         ? json_load_file(path, 0, NULL)
                         : NULL;
    bool empty;

    captures = json_object_get(report, "captures");
    empty = json_is_integer(captures) && json_integer_value(captures) == 0;
    json_decref(report);
    free(path);
    return empty ? DTL_OK
                 : dtl_fail(err, DTL_FORMAT, 0,
                            "%s: its index is missing; remove it and run the "
                            "task again",
                            dir);
}

static int open_shard(struct reducer *r, const struct dtl_shards *shards,
                      uint32_t number, struct dtl_error *err)
{
    struct shard *s = &r->shards[number];
    struct dtl_shard found;
    char *dir = NULL, *look = NULL;
    int rc = dtl_plan_shards_at(shards, number, &found, err);

    if (rc == DTL_OK && found.state != DTL_SHARD_DONE)
        return dtl_fail(err, DTL_NOTFOUND, 0,
                        "%s: task %" PRIu32 " has no shard yet", r->o->shards,
                        number);
    if (rc == DTL_OK &&
        (asprintf(&dir, "%s/%s", r->o->shards, found.name) < 0 ||
         asprintf(&look, "%s/look", dir) < 0))
        rc = no_memory(err);
    if (rc == DTL_OK)
        rc = dtl_store_open(dir, &s->store, err);
    if (rc == DTL_NOTFOUND)
        rc = check_empty(dir, err);
    else if (rc == DTL_OK)
        rc = map_files(r, number, dir, err);
    if (rc == DTL_OK && r->look != NULL)
        rc = look_load(r->look, look, err);
    free(look);
    free(dir);
    return rc;
}

/* ---- where to cut -------------------------------------------------------- */

struct sample {
    struct dtl_slice key;
    uint64_t weight; /* captures it stands for */
};

static int by_key(const void *a, const void *b)
{
    const struct sample *x = a, *y = b;

    return dtl_compare(x->key, y->key);
}

static int sample_shard(struct reducer *r, struct shard *s, struct sample *out,
                        size_t *n, struct dtl_error *err)
{
    struct dtl_store_counts counts;
    struct dtl_query q = {
        .match = DTL_PREFIX, .key = dtl_str(""), .limit = 1, .blocks = 1
    };
    uint64_t blocks;
    int rc = dtl_store_count(s->store, &counts, err);

    if (rc != DTL_OK || counts.captures == 0)
        return rc;
    r->of += counts.captures;
    q.block_rows = counts.captures / SAMPLES + 1;
    rc = dtl_query_pages(s->store, &q, q.block_rows, &blocks, err);
    for (uint64_t i = 0; rc == DTL_OK && i < blocks; i++) {
        struct dtl_cursor *c;
        struct dtl_capture at;
        struct dtl_ref ref;

        q.first_block = i;
        if ((rc = dtl_query_open(s->store, &q, &c, err)) != DTL_OK)
            break;
        rc = dtl_query_next(c, &at, &ref, err);
        if (rc == DTL_OK) {
            out[*n].key = dtl_arena_dup(r->arena, at.key);
            out[*n].weight = q.block_rows;
            rc = out[(*n)++].key.ptr != NULL ? DTL_OK : no_memory(err);
        }
        dtl_query_close(c);
        if (rc == DTL_END)
            rc = DTL_OK;
    }
    return rc;
}

/* The key below which `k` of `m` parts of the captures lie. */
static struct dtl_slice key_at(const struct sample *samples, size_t n,
                               uint64_t total, uint32_t k, uint32_t m)
{
    uint64_t want = (uint64_t)((__uint128_t)total * k / m), sum = 0;

    for (size_t i = 0; i < n; i++) {
        if (sum >= want)
            return samples[i].key;
        sum += samples[i].weight;
    }
    return dtl_slice_of(NULL, 0);
}

static int find_range(struct reducer *r, uint32_t k, uint32_t m,
                      struct dtl_error *err)
{
    struct sample *samples =
        calloc((size_t)r->nshards * (SAMPLES + 1) + 1, sizeof *samples);
    uint64_t total = 0;
    size_t n = 0;
    int rc = samples == NULL ? no_memory(err) : DTL_OK;

    for (uint32_t i = 0; rc == DTL_OK && i < r->nshards; i++)
        if (r->shards[i].store != NULL)
            rc = sample_shard(r, &r->shards[i], samples, &n, err);
    if (rc == DTL_OK) {
        qsort(samples, n, sizeof *samples, by_key);
        for (size_t i = 0; i < n; i++)
            total += samples[i].weight;
        if (k > 1)
            r->low = key_at(samples, n, total, k - 1, m);
        if (k < m)
            r->high = key_at(samples, n, total, k, m);
        /* Nothing lies above the last key: the part before has it all. */
        if (k > 1 && r->low.ptr == NULL)
            r->low = r->high = dtl_str("\xff\xff\xff\xff");
    }
    free(samples);
    return rc;
}

/* ---- the merge ----------------------------------------------------------- */

static bool is_before(const struct reducer *r, uint32_t a, uint32_t b)
{
    const struct dtl_capture *x = &r->shards[a].at, *y = &r->shards[b].at;
    int d = dtl_compare(x->key, y->key);

    if (d == 0 && x->time != y->time)
        d = x->time < y->time ? -1 : 1;
    return d != 0 ? d < 0 : a < b; /* the segment's writer knows the places */
}

static void sift_down(struct reducer *r, uint32_t i)
{
    for (;;) {
        uint32_t least = i, left = 2 * i + 1, swap;

        for (uint32_t c = left; c < left + 2 && c < r->nheap; c++)
            if (is_before(r, r->heap[c], r->heap[least]))
                least = c;
        if (least == i)
            return;
        swap = r->heap[i];
        r->heap[i] = r->heap[least];
        r->heap[least] = swap;
        i = least;
    }
}

/* Step a shard on; DTL_END when it is past the range. */
static int step(struct reducer *r, struct shard *s, struct dtl_error *err)
{
    int rc = dtl_query_next(s->cursor, &s->at, &s->ref, err);

    if (rc == DTL_OK && r->high.ptr != NULL &&
        dtl_compare(s->at.key, r->high) >= 0)
        rc = DTL_END;
    return rc;
}

static int start(struct reducer *r, struct dtl_error *err)
{
    struct dtl_query q = { .match = DTL_PREFIX,
                           .key = dtl_str(""),
                           .start_key = r->low,
                           .start_time = INT64_MIN };

    r->heap = calloc((size_t)r->nshards + 1, sizeof *r->heap);
    if (r->heap == NULL)
        return no_memory(err);
    for (uint32_t i = 0; i < r->nshards; i++) {
        struct shard *s = &r->shards[i];
        int rc;

        if (s->store == NULL)
            continue;
        rc = dtl_query_open(s->store, &q, &s->cursor, err);
        if (rc == DTL_OK)
            rc = step(r, s, err);
        if (rc == DTL_OK)
            r->heap[r->nheap++] = i;
        else if (rc != DTL_END)
            return rc;
    }
    for (uint32_t i = r->nheap; i-- > 0;)
        sift_down(r, i);
    return DTL_OK;
}

/* A page goes through the second look again, with all that is known now. */
static int take_page(struct reducer *r, struct shard *s,
                     struct dtl_harvest *page, struct dtl_error *err)
{
    struct dtl_ref article = { s->ref.segment, s->at.article };
    uint64_t removed = 0;
    int rc = dtl_store_article(s->store, article, r->page, &page->row, err);

    if (rc == DTL_OK)
        rc = judge_page(&r->judge, r->look, page, &removed, err);
    return rc == DTL_OK
               ? dtl_segment_add_article(r->segment, &page->row, &page->marks,
                                         &page->title_marks,
                                         &page->capture.article, err)
               : rc;
}

static int take(struct reducer *r, struct shard *s, struct dtl_error *err)
{
    struct dtl_harvest page;
    int rc = DTL_OK;

    memset(&page, 0, sizeof page);
    page.capture = s->at;
    if (s->at.file >= s->nfiles)
        return dtl_fail(err, DTL_FORMAT, 0, "a capture of no archive");
    page.capture.file = r->ids[s->files[s->at.file]];
    dtl_arena_reset(r->page);
    if (s->at.article != DTL_NO_ARTICLE)
        rc = take_page(r, s, &page, err);
    if (rc == DTL_OK)
        rc = dtl_segment_add_capture(r->segment, &page.capture, err);
    if (r->o->progress != NULL && ++r->done % 1024 == 0)
        r->o->progress(r->o->data, r->done, r->of);
    return rc;
}

static int merge(struct reducer *r, struct dtl_error *err)
{
    int rc = start(r, err);

    while (rc == DTL_OK && r->nheap > 0) {
        struct shard *s = &r->shards[r->heap[0]];

        if ((rc = take(r, s, err)) != DTL_OK)
            break;
        rc = step(r, s, err);
        if (rc == DTL_END) {
            r->heap[0] = r->heap[--r->nheap];
            rc = DTL_OK;
        }
        sift_down(r, 0);
    }
    return rc;
}

/* ---- a part -------------------------------------------------------------- */

static char *part_path(const char *store, uint32_t k, uint32_t m,
                       const char *suffix)
{
    char *out = NULL;

    return asprintf(&out, "%s.parts/%05" PRIu32 "-of-%05" PRIu32 "%s", store, k,
                    m, suffix) < 0
               ? NULL
               : out;
}

/* ---- of which plan it is --------------------------------------------------
 */

/* The file "plan" of a part: what tells its plan from others. */
static int plan_print(const struct dtl_plan *p, char out[18],
                      struct dtl_error *err)
{
    struct dtl_buf text = { 0 };
    int rc = dtl_plan_write(p, &text);

    if (rc == DTL_OK)
        snprintf(out, 18, "%016" PRIx64 "\n", XXH3_64bits(text.ptr, text.len));
    dtl_buf_free(&text);
    return rc == DTL_OK ? DTL_OK : no_memory(err);
}

static FILE *print_file(const char *dir, const char *mode)
{
    char *path = NULL;
    FILE *f = asprintf(&path, "%s/plan", dir) < 0 ? NULL : fopen(path, mode);

    free(path);
    return f;
}

static int sign_part(const struct dtl_plan *p, const char *dir,
                     struct dtl_error *err)
{
    char print[18];
    int rc = plan_print(p, print, err);
    FILE *f = rc == DTL_OK ? print_file(dir, "wbe") : NULL;
    bool ok = f != NULL && fputs(print, f) != EOF;

    if (f != NULL && fclose(f) != 0)
        ok = false;
    if (rc == DTL_OK && !ok)
        rc = dtl_fail(err, DTL_IO, 0, "%s: cannot write: %s", dir,
                      strerror(errno));
    return rc;
}

/* A part that stands there may be left of a merge of other shards. */
static int check_part(const struct dtl_plan *p, const char *dir,
                      struct dtl_error *err)
{
    char print[18], there[18] = "";
    int rc = plan_print(p, print, err);
    FILE *f = rc == DTL_OK ? print_file(dir, "rbe") : NULL;

    if (rc == DTL_OK && (f == NULL || fgets(there, sizeof there, f) == NULL ||
                         strcmp(print, there) != 0))
        rc = dtl_fail(err, DTL_INVALID, 0,
                      "%s: is a part of another plan's store; remove it", dir);
    if (f != NULL)
        fclose(f);
    return rc;
}

/* All archives of the plan, in its order, so that they have the same ids in
 * every part. */
static int name_files(struct reducer *r, struct dtl_error *err)
{
    int rc = DTL_OK;

    r->ids = calloc((size_t)r->plan->nfiles + 1, sizeof *r->ids);
    if (r->ids == NULL)
        return no_memory(err);
    for (uint32_t i = 0; rc == DTL_OK && i < r->plan->nfiles; i++)
        rc = dtl_store_file(r->part, r->plan->files[i].path,
                            r->plan->files[i].size,
                            r->plan->files[i].fingerprint, &r->ids[i], err);
    return rc;
}

static int build_part(struct reducer *r, uint32_t k, uint32_t m,
                      const char *dir, struct dtl_error *err)
{
    size_t memory = r->o->memory != 0 ? r->o->memory : MEMORY;
    struct dtl_shards *shards;
    int rc;

    r->nshards = r->plan->ntasks;
    r->shards = calloc(r->nshards, sizeof *r->shards);
    r->arena = dtl_arena_new(0);
    r->page = dtl_arena_new(0);
    if (!r->o->alone)
        r->look = look_new(memory / 4);
    if (r->shards == NULL || r->arena == NULL || r->page == NULL ||
        (!r->o->alone && r->look == NULL))
        return no_memory(err);
    rc = dtl_plan_shards_open(r->plan, r->o->shards, &shards, err);
    for (uint32_t i = 0; rc == DTL_OK && i < r->nshards; i++)
        rc = open_shard(r, shards, i, err);
    dtl_plan_shards_close(shards);
    if (rc == DTL_OK)
        rc = find_range(r, k, m, err);
    if (rc == DTL_OK)
        rc = dtl_harvester_new(0, &r->harvester, err);
    r->judge.harvester = r->harvester;
    if (rc == DTL_OK)
        rc = dtl_store_writer_open(dir, &r->part, err);
    if (rc == DTL_OK)
        rc = name_files(r, err);
    if (rc == DTL_OK)
        rc = dtl_segment_writer_new(r->part, memory / 2, &r->segment, err);
    if (rc == DTL_OK)
        rc = merge(r, err);
    if (rc == DTL_OK)
        rc = dtl_segment_finish(r->segment, err);
    if (rc == DTL_OK)
        rc = dtl_store_publish(r->part, &r->segment, 1, NULL, 0, err);
    return rc == DTL_OK ? sign_part(r->plan, dir, err) : rc;
}

int dtl_plan_reduce(const struct dtl_plan *p, uint32_t k, uint32_t m,
                    const struct dtl_reduce_options *o, struct dtl_error *err)
{
    struct reducer r = { .plan = p, .o = o };
    char host[64] = "", suffix[128], *tmp, *path, *parts = NULL;
    int rc = DTL_OK;

    if (k == 0 || k > m)
        return dtl_fail(err, DTL_INVALID, 0, "no part %" PRIu32 " of %" PRIu32,
                        k, m);
    gethostname(host, sizeof host - 1);
    snprintf(suffix, sizeof suffix, ".%s.%ld.tmp", host, (long)getpid());
    path = part_path(o->store, k, m, "");
    tmp = part_path(o->store, k, m, suffix);
    if (path == NULL || tmp == NULL ||
        asprintf(&parts, "%s.parts", o->store) < 0)
        rc = no_memory(err);
    else if (mkdir(parts, 0777) != 0 && errno != EEXIST)
        rc = dtl_fail(err, DTL_IO, 0, "%s: cannot create: %s", parts,
                      strerror(errno));
    else if (access(path, F_OK) != 0) { /* not built yet */
        remove_tree(tmp);
        rc = build_part(&r, k, m, tmp, err);
        close_all(&r);
        if (rc == DTL_OK && rename(tmp, path) != 0 && errno != EEXIST &&
            errno != ENOTEMPTY)
            rc = dtl_fail(err, DTL_IO, 0, "%s: cannot create: %s", path,
                          strerror(errno));
        remove_tree(tmp);
    } else {
        rc = check_part(p, path, err);
    }
    free(parts);
    free(path);
    free(tmp);
    return rc;
}

/* ---- all parts ----------------------------------------------------------- */

/* The directories of all parts, which the caller frees. */
static int find_parts(const struct dtl_plan *p, uint32_t m, const char *store,
                      char **dirs, struct dtl_error *err)
{
    for (uint32_t k = 1; k <= m; k++) {
        int rc;

        if ((dirs[k - 1] = part_path(store, k, m, "")) == NULL)
            return no_memory(err);
        if (access(dirs[k - 1], F_OK) != 0)
            return dtl_fail(err, DTL_NOTFOUND, 0, "%s: is not built yet",
                            dirs[k - 1]);
        if ((rc = check_part(p, dirs[k - 1], err)) != DTL_OK)
            return rc;
    }
    return DTL_OK;
}

/* Counts the ranges of the plan that the store has, whole and in part. */
static int count_known(struct reducer *r, const struct dtl_range *ranges,
                       size_t n, size_t *whole, size_t *touched,
                       struct dtl_error *err)
{
    *whole = *touched = 0;
    for (size_t i = 0; i < n; i++) {
        const struct dtl_range *known;
        size_t nknown;
        int rc =
            dtl_store_covered(r->part, ranges[i].file, &known, &nknown, err);

        if (rc != DTL_OK)
            return rc;
        for (size_t k = 0; k < nknown; k++) {
            *whole += known[k].start <= ranges[i].start &&
                      known[k].end >= ranges[i].end;
            *touched += known[k].start < ranges[i].end &&
                        known[k].end > ranges[i].start;
        }
    }
    return DTL_OK;
}

/* A merge that was joined already, by one that was told to try again or by
 * another machine, is done. */
static int adopt(struct reducer *r, int missing, const char *const *dirs,
                 uint32_t m, struct dtl_error *err)
{
    const struct dtl_plan *p = r->plan;
    struct dtl_range *ranges = calloc(p->nparts + 1, sizeof *ranges);
    struct dtl_error own = { 0 };
    size_t whole = 0, touched = 0;
    int rc = ranges == NULL ? no_memory(&own) : DTL_OK;

    for (size_t i = 0; rc == DTL_OK && i < p->nparts; i++)
        ranges[i] = (struct dtl_range){ r->ids[p->parts[i].file],
                                        p->parts[i].from, p->parts[i].to };
    if (rc == DTL_OK)
        rc = count_known(r, ranges, p->nparts, &whole, &touched, &own);
    if (rc == DTL_OK && p->nparts > 0 && whole == p->nparts) {
        free(ranges);
        return DTL_OK;
    }
    if (rc == DTL_OK && missing != DTL_OK) {
        free(ranges);
        return missing; /* as `err` says */
    }
    if (rc == DTL_OK && touched > 0)
        rc = dtl_fail(&own, DTL_INVALID, 0,
                      "%s: has some of these archives already; join the parts "
                      "into a store of their own",
                      r->o->store);
    if (rc == DTL_OK)
        rc = dtl_store_adopt(r->part, dirs, m, ranges, p->nparts, &own);
    free(ranges);
    if (rc != DTL_OK && err != NULL)
        *err = own;
    return rc;
}

static bool store_stands(const char *store)
{
    char *path = NULL;
    bool there = asprintf(&path, "%s/manifest.mdb", store) >= 0 &&
                 access(path, F_OK) == 0;

    free(path);
    return there;
}

int dtl_plan_join(const struct dtl_plan *p, uint32_t m,
                  const struct dtl_reduce_options *o, struct dtl_error *err)
{
    struct reducer r = { .plan = p, .o = o };
    char **dirs = calloc((size_t)m + 1, sizeof *dirs), *parts = NULL;
    struct dtl_error own = { 0 };
    int missing, rc;

    rc = missing =
        dirs == NULL ? no_memory(&own) : find_parts(p, m, o->store, dirs, &own);
    if (rc == DTL_NOTFOUND && store_stands(o->store))
        rc = DTL_OK;
    if (rc == DTL_OK)
        rc = dtl_store_writer_open(o->store, &r.part, &own);
    if (rc == DTL_OK)
        rc = name_files(&r, &own);
    if (rc == DTL_OK)
        rc = adopt(&r, missing, (const char *const *)dirs, m, &own);
    if (rc == DTL_OK && asprintf(&parts, "%s.parts", o->store) >= 0)
        remove_tree(parts);
    for (uint32_t k = 0; dirs != NULL && k < m; k++)
        free(dirs[k]);
    free(dirs);
    free(parts);
    close_all(&r);
    if (rc != DTL_OK && err != NULL)
        *err = own;
    return rc;
}
