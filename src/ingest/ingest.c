/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fixed number of threads, no thread with a role of its own.  Each takes
 * whatever is at hand, in this order:
 *
 *     a batch of records that waits   -> extract, hash, add to its segment
 *     an input that nobody reads      -> read the next batch of it
 *     nothing more                    -> judge its waiting pages against the
 *                                        whole batch, finish its segment
 *
 * so one large file keeps all threads busy (one inflates the next batch while
 * the others extract), and so do many small ones.  The thread that finishes
 * the last segment publishes all of them with the ranges they cover, in one
 * transaction; then, if input is left, everybody starts a new segment.
 *
 * Everything in struct run is guarded by its mutex, except what a batch, an
 * input in `reading` and a worker hold for themselves.
 */
#include <dateline/ingest.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "input.h"
#include "judge.h"
#include "look.h"
#include "spool.h"
#include <dateline/store.h>

#define MAX_THREADS   256U
#define PAGE_CEILING  ((size_t)16 << 20)
#define MEMORY        ((size_t)256 << 20)
#define PUBLISH_EVERY ((uint64_t)1 << 30)

struct worker {
    struct run *run;
    pthread_t thread;
    struct dtl_harvester *harvester;
    struct dtl_segment_writer *segment; /* NULL until there is a row */
    struct spool *spool;                /* pages that wait for finish() */
    struct judge judge;
    bool finished; /* segment is, or there is none */
};

struct run {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    const struct dtl_ingest_options *options;
    size_t page_ceiling, memory;
    uint64_t publish_every;
    struct dtl_store_writer *store;
    struct look *look;
    struct dtl_walk *walk; /* NULL: options->parts instead */
    size_t part;           /* the next of them */
    bool walked;           /* to its end */
    struct dtl_buf met;    /* by file number: 1 when this run has opened it */
    struct worker *workers;
    unsigned nworkers;
    struct input *idle;  /* open, nobody reads them */
    struct input *ended; /* read to the end, not yet published */
    unsigned reading, working, finishing; /* threads busy with each */
    struct batch *ready, *spare;
    unsigned batches;
    bool draining;  /* read nothing new: publish */
    uint64_t since; /* stored bytes read since published */
    struct dtl_ingest_summary sum;
    int status; /* the first fatal one */
    struct dtl_error error;
};

/* ---- bookkeeping, all under the lock ----------------------------------- */

static void fatal(struct run *r, int status, const struct dtl_error *err)
{
    if (r->status == DTL_OK) {
        r->status = status;
        r->error = *err;
    }
    pthread_cond_broadcast(&r->changed);
}

/* The reason without its figures: "cut: N of N bytes". */
static void reason_of(const char *text, char *out, size_t size)
{
    size_t n = 0;

    while (*text != '\0' && n + 1 < size) {
        if (*text >= '0' && *text <= '9') {
            out[n++] = 'N';
            text += strspn(text, "0123456789");
        } else {
            out[n++] = *text++;
        }
    }
    out[n] = '\0';
}

static void count_reason(struct dtl_ingest_summary *s, const char *text)
{
    size_t i;
    char key[sizeof s->reasons[0].text];

    reason_of(text, key, sizeof key);
    for (i = 0; i < s->nreasons; i++)
        if (strcmp(s->reasons[i].text, key) == 0)
            break;
    if (i == DTL_INGEST_REASONS) {
        i--; /* full: the last row is for all others */
        snprintf(s->reasons[i].text, sizeof s->reasons[i].text, "other");
    } else if (i == s->nreasons) {
        snprintf(s->reasons[i].text, sizeof s->reasons[i].text, "%s", key);
        s->nreasons++;
    }
    s->reasons[i].count++;
}

static void problem(struct run *r, const char *file, uint64_t offset,
                    const char *text)
{
    if (r->options->problem != NULL)
        r->options->problem(r->options->data, file, offset, text);
}

static void progress(struct run *r)
{
    if (r->options->progress != NULL)
        r->options->progress(r->options->data, &r->sum);
}

static void report_damage(struct run *r, const struct batch *b)
{
    const struct damage *d, *after = NULL;

    /* The list is latest first; say them in file order. */
    while (after != b->damaged) {
        for (d = b->damaged; d->next != after; d = d->next)
            ;
        after = d;
        r->sum.damaged++;
        count_reason(&r->sum, d->text);
        problem(r, b->name, d->offset, d->text);
    }
}

static void count_batch(struct run *r, const struct batch *b)
{
    r->sum.records += b->records;
    r->sum.bytes_unpacked += b->unpacked;
    r->sum.oversized += b->oversized;
    for (size_t i = 0; i <= DTL_WARC_CONTINUATION; i++)
        r->sum.by_type[i] += b->by_type[i];
    report_damage(r, b);
}

static void file_failed(struct run *r, const char *name,
                        const struct dtl_error *err)
{
    r->sum.files_failed++;
    problem(r, name, err->offset, err->text);
}

/* ---- inputs ------------------------------------------------------------ */

/* The same bytes under another name, in this very run: what the store covers
 * shows only once it is published.  False without memory. */
static bool met_before(struct run *r, uint32_t file, bool *before)
{
    *before = file < r->met.len && r->met.ptr[file] != 0;
    while (r->met.len <= file)
        if (!dtl_buf_add(&r->met, "", 1))
            return false;
    r->met.ptr[file] = 1;
    return true;
}

/* Registers an opened input with the store; false when there is nothing left
 * to read in it. */
static bool admit(struct run *r, struct input *in,
                  const struct dtl_ingest_part *part)
{
    const struct dtl_range *covered;
    struct dtl_error err = { 0 };
    bool before = false;
    size_t n;
    int rc;

    rc = dtl_store_file(r->store, in->name, in->size, in->fingerprint,
                        &in->file, &err);
    if (rc == DTL_OK)
        rc = dtl_store_covered(r->store, in->file, &covered, &n, &err);
    if (rc == DTL_OK && !met_before(r, in->file, &before))
        rc = dtl_fail(&err, DTL_NOMEM, 0, "out of memory listing archives");
    if (rc != DTL_OK) {
        fatal(r, rc, &err);
        return false;
    }
    if (before) {
        r->sum.files_known++;
        return false;
    }
    rc = part != NULL ? input_narrow(in, part->from, part->to, &err)
                      : input_resume(in, covered, n, &err);
    if (rc != DTL_OK) {
        file_failed(r, in->name, &err);
        return false;
    }
    if (part != NULL && in->size != UINT64_MAX) {
        r->sum.bytes += in->limit - in->at;
    } else if (in->size != UINT64_MAX) {
        r->sum.bytes += in->size;
        r->sum.bytes_done += in->at;
    }
    if (in->ended) {
        if (in->size != UINT64_MAX)
            r->sum.bytes_done += in->size - in->at;
        r->sum.files_known++;
        return false;
    }
    return true;
}

/* What to read next, of the walk or of the parts. */
static int next_entry(struct run *r, struct dtl_walk_entry *out,
                      const struct dtl_ingest_part **part,
                      struct dtl_error *err)
{
    *part = NULL;
    if (r->walk != NULL)
        return dtl_walk_next(r->walk, out, err);
    if (r->part == r->options->nparts)
        return DTL_END;
    *part = &r->options->parts[r->part++];
    out->name = (*part)->path;
    return DTL_OK;
}

/* The next input, or NULL; the lock is given up meanwhile. */
static struct input *open_next(struct run *r)
{
    struct dtl_walk_entry entry;
    const struct dtl_ingest_part *part;
    struct dtl_error err = { 0 };
    struct input *in = NULL;
    char *name;
    int rc = next_entry(r, &entry, &part, &err);

    if (rc == DTL_END) {
        r->walked = true;
        return NULL;
    }
    if (rc == DTL_NOMEM) {
        fatal(r, rc, &err);
        return NULL;
    }
    r->sum.files++;
    if (rc != DTL_OK) {
        file_failed(r, entry.name, &err);
        return NULL;
    }
    name = strdup(entry.name); /* the next walk step reuses it */
    pthread_mutex_unlock(&r->lock);
    rc = name != NULL ? input_open(name, &in, &err)
                      : dtl_fail(&err, DTL_NOMEM, 0, "out of memory");
    pthread_mutex_lock(&r->lock);
    if (rc == DTL_NOMEM)
        fatal(r, rc, &err);
    else if (rc != DTL_OK)
        file_failed(r, name, &err);
    else if (!admit(r, in, part)) {
        input_close(in);
        in = NULL;
    }
    free(name);
    return in;
}

/* While draining only inputs are read on that cannot be left in the middle. */
static struct input *take_idle(struct run *r)
{
    struct input **p = &r->idle, *in;

    while (*p != NULL && r->draining && (*p)->resumable)
        p = &(*p)->next;
    in = *p;
    if (in != NULL)
        *p = in->next;
    return in;
}

static struct batch *take_batch(struct run *r, struct dtl_error *err)
{
    struct batch *b = r->spare;

    if (b != NULL) {
        r->spare = b->next;
        return b;
    }
    b = batch_new(r->page_ceiling);
    if (b == NULL)
        dtl_fail(err, DTL_NOMEM, 0, "out of memory reading records");
    else
        r->batches++;
    return b;
}

static void give_back(struct run *r, struct input *in)
{
    struct input **list = in->ended || in->failed ? &r->ended : &r->idle;

    in->next = *list;
    *list = in;
}

/* Read one batch of `in`. */
static void read_one(struct run *r, struct input *in)
{
    struct dtl_error err = { 0 };
    struct batch *b = take_batch(r, &err);
    uint64_t before = in->at;
    int rc;

    if (b == NULL) {
        give_back(r, in);
        fatal(r, DTL_NOMEM, &err);
        return;
    }
    batch_reset(b, in);
    pthread_mutex_unlock(&r->lock);
    rc = input_read(in, b, r->page_ceiling, &err);
    pthread_mutex_lock(&r->lock);
    count_batch(r, b);
    r->since += in->at - before;
    if (in->size != UINT64_MAX)
        r->sum.bytes_done += in->at - before;
    if (rc == DTL_NOMEM) {
        fatal(r, rc, &err);
    } else if (rc != DTL_OK) {
        in->failed = true; /* what was read of it stays */
        file_failed(r, in->name, &err);
    } else if (in->ended) {
        r->sum.files_done++;
    }
    if (r->since >= r->publish_every)
        r->draining = true;
    give_back(r, in);
    b->next = r->ready;
    r->ready = b;
    progress(r);
}

/* ---- records ----------------------------------------------------------- */

static bool worth_storing(const struct dtl_harvest *found)
{
    return found->has_article || found->row.title.len > 0;
}

static int need_segment(struct worker *w, struct dtl_error *err)
{
    if (w->segment != NULL)
        return DTL_OK;
    return dtl_segment_writer_new(
        w->run->store, w->run->memory / 2 / w->run->nworkers, &w->segment, err);
}

static int add_record(struct worker *w, struct dtl_harvest *found,
                      struct dtl_ingest_summary *sum, struct dtl_error *err)
{
    struct dtl_capture *c = &found->capture;
    int rc;

    sum->captures++;
    sum->pages += found->is_page;
    sum->revisits += (c->flags & DTL_CAPTURE_REVISIT) != 0;
    sum->mismatched += (c->flags & DTL_CAPTURE_MISMATCH) != 0;
    if (found->is_page && worth_storing(found)) {
        struct look_article seen = judge_sees(c, &found->row);

        sum->articles += found->row.page_type == DTL_PAGE_ARTICLE ||
                         found->row.page_type == DTL_PAGE_LIVEBLOG;
        if (!w->run->options->alone || w->run->options->look != NULL)
            look_add(w->run->look, &seen);
        return spool_add(w->spool, c, &found->row, err);
    }
    rc = need_segment(w, err);
    return rc == DTL_OK ? dtl_segment_add_capture(w->segment, c, err) : rc;
}

static int work_item(struct worker *w, const struct batch *b,
                     const struct item *it, struct dtl_ingest_summary *sum,
                     struct dtl_error *err)
{
    struct dtl_harvest found;
    unsigned what = DTL_HARVEST_ARTICLE;
    int rc;

    if (!w->run->options->trust_digests)
        what |= DTL_HARVEST_CHECK_DIGEST;
    if (it->oversized || (it->flags & DTL_CAPTURE_DAMAGED) != 0)
        what = DTL_HARVEST_BEGINNING;
    rc = dtl_harvest_record(w->harvester, &it->record, it->block, it->flags,
                            what, &found, err);
    if (rc == DTL_NOMEM && what != DTL_HARVEST_BEGINNING) {
        /* The page is larger inside than its ceiling allows: keep the
         * capture without an article. */
        sum->oversized++;
        rc = dtl_harvest_record(w->harvester, &it->record, it->block, it->flags,
                                DTL_HARVEST_BEGINNING, &found, err);
    }
    if (rc != DTL_OK)
        return rc;
    found.capture.file = b->file;
    if (it->oversized)
        found.capture.digest = it->digest;
    return add_record(w, &found, sum, err);
}

static void work_batch(struct worker *w, struct batch *b)
{
    struct run *r = w->run;
    struct dtl_ingest_summary sum = { 0 };
    struct dtl_error err = { 0 };
    int rc = DTL_OK;

    pthread_mutex_unlock(&r->lock);
    for (size_t i = 0; i < b->count && rc == DTL_OK; i++)
        rc = work_item(w, b, &b->items[i], &sum, &err);
    pthread_mutex_lock(&r->lock);
    r->sum.captures += sum.captures;
    r->sum.pages += sum.pages;
    r->sum.articles += sum.articles;
    r->sum.revisits += sum.revisits;
    r->sum.mismatched += sum.mismatched;
    r->sum.oversized += sum.oversized;
    b->next = r->spare;
    r->spare = b;
    if (rc != DTL_OK)
        fatal(r, rc, &err);
}

/* ---- the second look ---------------------------------------------------- */

static int judge_waiting_page(struct worker *w, struct dtl_harvest *page,
                              uint64_t *removed, struct dtl_error *err)
{
    const struct dtl_ingest_options *o = w->run->options;
    struct look *look = o->alone || o->look != NULL ? NULL : w->run->look;
    int rc = judge_page(&w->judge, look, page, removed, err);

    if (rc == DTL_OK)
        rc = dtl_segment_add_article(w->segment, &page->row, &page->marks,
                                     &page->title_marks, &page->capture.article,
                                     err);
    return rc == DTL_OK
               ? dtl_segment_add_capture(w->segment, &page->capture, err)
               : rc;
}

static int judge_waiting(struct worker *w, uint64_t *removed,
                         struct dtl_error *err)
{
    struct dtl_harvest page;
    int rc = spool_rewind(w->spool, err);

    memset(&page, 0, sizeof page);
    while (rc == DTL_OK) {
        rc = spool_next(w->spool, &page.capture, &page.row, err);
        if (rc == DTL_OK)
            rc = need_segment(w, err);
        if (rc == DTL_OK)
            rc = judge_waiting_page(w, &page, removed, err);
    }
    return rc == DTL_END ? spool_reset(w->spool, err) : rc;
}

/* ---- publishing -------------------------------------------------------- */

static size_t ranges_of(struct input *list, struct dtl_range *out)
{
    size_t n = 0;

    for (struct input *in = list; in != NULL; in = in->next)
        if (in->at > in->published && (in->resumable || in->ended))
            out[n++] = (struct dtl_range){ in->file, in->published, in->at };
    return n;
}

static size_t length_of(const struct input *list)
{
    size_t n = 0;

    for (; list != NULL; list = list->next)
        n++;
    return n;
}

static void close_all(struct input **list)
{
    while (*list != NULL) {
        struct input *in = *list;

        *list = in->next;
        input_close(in);
    }
}

static int publish(struct run *r, struct dtl_error *err)
{
    size_t most = length_of(r->idle) + length_of(r->ended), nsegments = 0;
    struct dtl_range *ranges = calloc(most + 1, sizeof *ranges);
    struct dtl_segment_writer **segments =
        calloc(r->nworkers, sizeof(struct dtl_segment_writer *));
    size_t nranges = 0;
    int rc = DTL_NOMEM;

    if (ranges == NULL || segments == NULL) {
        dtl_fail(err, DTL_NOMEM, 0, "out of memory publishing");
        goto out;
    }
    nranges = ranges_of(r->idle, ranges);
    nranges += ranges_of(r->ended, ranges + nranges);
    for (unsigned i = 0; i < r->nworkers; i++)
        if (r->workers[i].segment != NULL)
            segments[nsegments++] = r->workers[i].segment;
    rc = DTL_OK;
    if (nranges == 0 && nsegments == 0) {
        close_all(&r->ended); /* they gave nothing, and are done */
        goto out;
    }
    rc = dtl_store_publish(r->store, segments, nsegments, ranges, nranges, err);
    if (rc != DTL_OK)
        goto out;
    r->sum.published++;
    for (unsigned i = 0; i < r->nworkers; i++) {
        dtl_segment_writer_free(r->workers[i].segment);
        r->workers[i].segment = NULL;
    }
    for (struct input *in = r->idle; in != NULL; in = in->next)
        in->published = in->at;
    close_all(&r->ended);
out:
    free(segments);
    free(ranges);
    return rc;
}

/* Merge segments of like size while nothing is under way: a look-up then
 * consults few, however often was published. */
static int compact(struct run *r, struct dtl_error *err)
{
    struct dtl_compact c = { .memory = r->memory };

    return dtl_store_compact(r->store, &c, err);
}

/* Finish this thread's segment; the last to do so publishes. */
static void finish(struct worker *w)
{
    struct run *r = w->run;
    uint64_t removed = 0;
    struct dtl_error err = { 0 };
    int rc = DTL_OK;

    w->finished = true;
    r->finishing++;
    pthread_mutex_unlock(&r->lock);
    rc = judge_waiting(w, &removed, &err);
    if (rc == DTL_OK && w->segment != NULL)
        rc = dtl_segment_finish(w->segment, &err);
    pthread_mutex_lock(&r->lock);
    r->finishing--;
    r->sum.lines_removed += removed;
    for (unsigned i = 0; i < r->nworkers && rc == DTL_OK; i++)
        if (!r->workers[i].finished)
            return; /* others are still at it */
    if (rc == DTL_OK && r->finishing == 0) {
        rc = publish(r, &err);
        if (rc == DTL_OK)
            rc = compact(r, &err);
        if (r->options->look == NULL)
            look_reset(r->look);
        for (unsigned i = 0; i < r->nworkers; i++)
            r->workers[i].finished = false;
        r->draining = false;
        r->since = 0;
    }
    if (rc != DTL_OK)
        fatal(r, rc, &err);
    progress(r);
    pthread_cond_broadcast(&r->changed);
}

/* ---- the threads ------------------------------------------------------- */

static bool all_read(const struct run *r)
{
    return r->walked && r->idle == NULL;
}

static bool quiet(const struct run *r)
{
    return r->reading == 0 && r->working == 0 && r->ready == NULL;
}

/* Read if there is something to read.  Three batches a thread are enough
 * to bridge a pause, and bound the memory. */
static bool try_reading(struct run *r)
{
    struct input *in;

    if (r->spare == NULL && r->batches >= 3 * r->nworkers)
        return false;
    in = take_idle(r);
    if (in == NULL && (r->draining || r->walked))
        return false;
    r->reading++;
    if (in == NULL)
        in = open_next(r);
    if (in != NULL)
        read_one(r, in);
    r->reading--;
    pthread_cond_broadcast(&r->changed);
    return true;
}

static void *work(void *arg)
{
    struct worker *w = arg;
    struct run *r = w->run;

    pthread_mutex_lock(&r->lock);
    while (r->status == DTL_OK) {
        struct batch *b = r->ready;

        if (b != NULL) {
            r->ready = b->next;
            r->working++;
            work_batch(w, b);
            r->working--;
            pthread_cond_broadcast(&r->changed);
        } else if (try_reading(r)) {
            continue;
        } else if (!w->finished && quiet(r)) {
            if (all_read(r) && r->ended == NULL)
                break; /* and all of it is published */
            finish(w);
        } else if (all_read(r) && r->ended == NULL && quiet(r)) {
            break;
        } else {
            pthread_cond_wait(&r->changed, &r->lock);
        }
    }
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

static int start(struct run *r, struct dtl_error *err)
{
    int rc = DTL_OK;
    unsigned started = 0;

    r->workers = calloc(r->nworkers, sizeof *r->workers);
    if (r->workers == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory starting threads");
    for (unsigned i = 0; i < r->nworkers && rc == DTL_OK; i++) {
        r->workers[i].run = r;
        rc = dtl_harvester_new(r->page_ceiling, &r->workers[i].harvester, err);
        r->workers[i].judge.harvester = r->workers[i].harvester;
        if (rc == DTL_OK)
            rc = spool_new(r->options->store, &r->workers[i].spool, err);
    }
    pthread_mutex_lock(&r->lock);
    while (rc == DTL_OK && started < r->nworkers) {
        if (pthread_create(&r->workers[started].thread, NULL, work,
                           &r->workers[started]) != 0) {
            rc = dtl_fail(err, DTL_NOMEM, 0, "cannot start a thread");
            fatal(r, rc, err);
        } else {
            started++;
        }
    }
    pthread_mutex_unlock(&r->lock);
    for (unsigned i = 0; i < started; i++)
        pthread_join(r->workers[i].thread, NULL);
    return rc;
}

static void free_batches(struct batch *b)
{
    while (b != NULL) {
        struct batch *next = b->next;

        batch_free(b);
        b = next;
    }
}

static void run_free(struct run *r)
{
    for (unsigned i = 0; r->workers != NULL && i < r->nworkers; i++) {
        dtl_segment_writer_free(r->workers[i].segment);
        dtl_harvester_free(r->workers[i].harvester);
        spool_free(r->workers[i].spool);
        judge_clear(&r->workers[i].judge);
    }
    free(r->workers);
    close_all(&r->idle);
    close_all(&r->ended);
    free_batches(r->ready);
    free_batches(r->spare);
    look_free(r->look);
    dtl_buf_free(&r->met);
    dtl_walk_close(r->walk);
    dtl_store_writer_close(r->store);
    pthread_cond_destroy(&r->changed);
    pthread_mutex_destroy(&r->lock);
}

static unsigned processors(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);

    return n > 0 ? (unsigned)n : 1;
}

int dtl_ingest(const char *const *paths, size_t npaths,
               const struct dtl_ingest_options *options,
               struct dtl_ingest_summary *out, struct dtl_error *err)
{
    struct run r = { .options = options };
    int rc;

    r.nworkers = options->threads != 0 ? options->threads : processors();
    if (r.nworkers > MAX_THREADS)
        r.nworkers = MAX_THREADS;
    r.memory = options->memory != 0 ? options->memory : MEMORY;
    r.page_ceiling =
        options->page_ceiling != 0 ? options->page_ceiling : PAGE_CEILING;
    r.publish_every =
        options->publish_every != 0 ? options->publish_every : PUBLISH_EVERY;
    if (options->parts != NULL)
        r.publish_every = UINT64_MAX;
    pthread_mutex_init(&r.lock, NULL);
    pthread_cond_init(&r.changed, NULL);
    r.look = look_new(r.memory / 4);
    if (r.look == NULL)
        rc = dtl_fail(err, DTL_NOMEM, 0, "out of memory for ingest");
    else
        rc = dtl_store_writer_open(options->store, &r.store, err);
    if (rc == DTL_OK)
        rc = options->parts != NULL
                 ? DTL_OK
                 : dtl_walk_open(paths, npaths, &r.walk, err);
    if (rc == DTL_OK)
        rc = start(&r, err);
    if (rc == DTL_OK && r.status != DTL_OK) {
        rc = r.status;
        if (err != NULL)
            *err = r.error;
    }
    if (rc == DTL_OK && options->look != NULL)
        rc = look_save(r.look, options->look, err);
    if (out != NULL)
        *out = r.sum;
    run_free(&r);
    return rc;
}
