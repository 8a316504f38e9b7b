/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows to bytes.  One thread selects; it hands out batches of rows in a ring,
 * threads read and encode them, and the batches are given back in the order of
 * the ring.  How rows fall into batches hangs on the rows alone, so the bytes
 * are the same with any number of threads.
 */
#include "engine.h"
#include "pack.h"
#include "places.h"

#include <pthread.h>
#include <stdlib.h>

/* An export stays below 256 MiB whatever its size: of the pages of the store,
 * which come by clusters of 64 KiB, all threads together keep some 500; each
 * of MOST_JOBS + 1 batches has BATCH_FULL and as much again while its pieces
 * are put together. */
#define MOST_JOBS  6U
#define BATCH_FULL ((size_t)4 << 20) /* bytes; the rest is another batch */
#define TRIM_EVERY 512U              /* rows, of all threads */
#define ROW_MEMORY ((size_t)160 << 20)

enum slot_state { FREE, FILLED, TAKEN, DONE };

struct slot {
    enum slot_state state;
    struct dtl_selected *rows;
    size_t n, used; /* rows; those that are in the batch or gone */
    bool large;     /* the next one is too large for a batch */
    struct dtl_batch batch;
    struct dtl_buf packed;
    int rc;
    struct dtl_error err;
};

/* What a thread needs for itself. */
struct hand {
    struct dtl_export *x;
    struct dtl_store *store;
    struct dtl_arena *arena;
    struct dtl_packer *packer; /* gzip only */
    pthread_t thread;
    bool own_store, started;
    size_t since; /* rows read since the store was trimmed */
};

struct dtl_export {
    const struct dtl_format *format;
    struct dtl_export_options options;
    struct dtl_format_run run;
    struct dtl_select *select; /* its own, NULL for rows from elsewhere */
    struct dtl_row_source source;
    struct dtl_tally *tally; /* or NULL */
    struct dtl_redacted redacted;
    struct dtl_buf notes;
    struct dtl_packer *packer;
    struct dtl_buf raw;
    bool opened, all_selected, closing, closed;
    bool rest; /* the slot at the head has rows that did not fit */
    struct dtl_export_row large; /* being written */
    struct dtl_places *places;   /* or NULL */
    uint64_t left_out;
    struct hand *hands; /* the first is the caller's */
    unsigned nhands;
    struct slot *ring;
    size_t nslots, head, tail; /* first not given back; first not filled */
    pthread_mutex_t lock;
    pthread_cond_t filled, done;
    bool stop;
};

static int no_memory(struct dtl_error *err)
{
    return dtl_fail(err, DTL_NOMEM, 0, "out of memory for an export");
}

/* ---- encoding: in any thread ----------------------------------------------
 */

/* What `extra` holds is used again: its first row empties it. */
static void batch_clear(struct dtl_batch *b)
{
    dtl_buf_clear(&b->bytes);
    dtl_buf_clear(&b->notes);
    b->redacted = (struct dtl_redacted){ 0 };
    b->held = b->rows = 0;
    b->left_out = 0;
}

/* Pages that were read count as this process's memory until they are let go. */
static void trim(struct hand *h, size_t rows)
{
    h->since += rows;
    if (h->since < TRIM_EVERY / h->x->nslots)
        return;
    h->since = 0;
    dtl_store_trim(h->store);
}

/* Fill the slot's batch with its rows from `used` on, until it is full. */
static int encode_slot(struct hand *h, struct slot *s, struct dtl_error *err)
{
    const struct dtl_format *f = h->x->format;
    struct dtl_format_run run = { .options = &h->x->options,
                                  .store = h->store,
                                  .arena = h->arena,
                                  .selection = h->x->run.selection,
                                  .number = h->x->run.number,
                                  .redacted = &s->batch.redacted };
    int rc = DTL_OK;

    batch_clear(&s->batch);
    while (s->used < s->n && rc == DTL_OK && !s->large &&
           s->batch.bytes.len + s->batch.held < BATCH_FULL) {
        struct dtl_export_row row = { 0 };

        dtl_arena_reset(h->arena);
        trim(h, 1);
        rc = dtl_export_load(h->store, &s->rows[s->used++], f->text, h->arena,
                             &row, err);
        if (rc == DTL_NOTFOUND) { /* taken down a moment ago */
            rc = DTL_OK;
            continue;
        }
        if (rc == DTL_OK)
            rc = f->encode(&run, &row, &s->batch, err);
        if (rc == DTL_BAD_RECORD) {
            s->batch.left_out++;
            rc = DTL_OK;
            continue;
        }
        if (rc == DTL_LIMIT && f->row != NULL) {
            s->large = true;
            s->used--;
            rc = DTL_OK;
            break;
        }
        if (rc == DTL_OK && h->x->tally != NULL)
            dtl_tally_note(&row, &s->batch.notes);
        s->batch.rows++;
    }
    if (rc == DTL_OK && f->encoded != NULL)
        rc = f->encoded(&run, &s->batch, err);
    dtl_buf_clear(&s->packed);
    if (rc == DTL_OK && h->packer != NULL)
        rc = dtl_packer_add(h->packer, dtl_buf_view(&s->batch.bytes), false,
                            &s->packed, err);
    return rc;
}

static struct slot *next_filled(struct dtl_export *x)
{
    for (size_t i = x->head; i < x->tail; i++)
        if (x->ring[i % x->nslots].state == FILLED)
            return &x->ring[i % x->nslots];
    return NULL;
}

static void *work(void *context)
{
    struct hand *h = context;
    struct dtl_export *x = h->x;
    struct slot *s;

    pthread_mutex_lock(&x->lock);
    while (!x->stop) {
        if ((s = next_filled(x)) == NULL) {
            pthread_cond_wait(&x->filled, &x->lock);
            continue;
        }
        s->state = TAKEN;
        pthread_mutex_unlock(&x->lock);
        s->rc = encode_slot(h, s, &s->err);
        pthread_mutex_lock(&x->lock);
        s->state = DONE;
        pthread_cond_signal(&x->done);
    }
    pthread_mutex_unlock(&x->lock);
    return NULL;
}

/* ---- the ring: in the caller's thread --------------------------------------
 */

static int fill_slot(struct dtl_export *x, struct slot *s,
                     struct dtl_error *err)
{
    int rc = DTL_OK;

    s->n = s->used = 0;
    s->large = false;
    while (s->n < x->format->batch && rc == DTL_OK) {
        rc = x->source.next(x->source.context, &s->rows[s->n], err);
        s->n += rc == DTL_OK;
    }
    x->all_selected = rc == DTL_END;
    return rc == DTL_END ? DTL_OK : rc;
}

static int fill_ring(struct dtl_export *x, struct dtl_error *err)
{
    while (!x->all_selected && x->tail - x->head < x->nslots) {
        struct slot *s = &x->ring[x->tail % x->nslots];
        int rc = fill_slot(x, s, err);

        if (rc != DTL_OK)
            return rc;
        if (s->n == 0)
            break;
        pthread_mutex_lock(&x->lock);
        s->state = FILLED;
        x->tail++;
        pthread_cond_signal(&x->filled);
        pthread_mutex_unlock(&x->lock);
    }
    return DTL_OK;
}

static int wait_for(struct dtl_export *x, struct slot *s, struct dtl_error *err)
{
    if (x->nhands == 1) {
        s->rc = encode_slot(&x->hands[0], s, &s->err);
        s->state = DONE;
    } else {
        pthread_mutex_lock(&x->lock);
        while (s->state != DONE)
            pthread_cond_wait(&x->done, &x->lock);
        pthread_mutex_unlock(&x->lock);
    }
    if (s->rc != DTL_OK && err != NULL)
        *err = s->err;
    return s->rc;
}

static void swap_bufs(struct dtl_buf *a, struct dtl_buf *b)
{
    struct dtl_buf c = *a;

    *a = *b;
    *b = c;
}

static int give_batch(struct dtl_export *x, struct slot *s, struct dtl_buf *out,
                      struct dtl_error *err)
{
    struct dtl_slice bytes;
    int rc = DTL_OK;

    if (x->format->written != NULL)
        rc = x->format->written(&x->run, &s->batch, err);
    bytes = dtl_buf_view(&s->batch.bytes);
    if (rc == DTL_OK && x->hands[0].packer != NULL)
        rc = dtl_buf_slice(out, dtl_buf_view(&s->packed)) ? DTL_OK
                                                          : no_memory(err);
    else if (rc == DTL_OK && x->options.packing == DTL_PACK_NONE &&
             out->len == 0)
        swap_bufs(out, &s->batch.bytes); /* spares a copy */
    else if (rc == DTL_OK)
        rc = dtl_packer_add(x->packer, bytes, false, out, err);
    x->run.bytes += bytes.len;
    x->run.rows += s->batch.rows;
    x->left_out += s->batch.left_out;
    x->redacted.emails += s->batch.redacted.emails;
    x->redacted.phones += s->batch.redacted.phones;
    x->redacted.ips += s->batch.redacted.ips;
    if (x->tally != NULL) {
        dtl_tally_notes(x->tally, dtl_buf_view(&s->batch.notes));
        dtl_tally_redacted(x->tally, &s->batch.redacted);
        x->tally->failed = x->tally->failed || s->batch.notes.failed;
    }
    return rc;
}

/* ---- rows too large for a batch --------------------------------------------
 */

/* The row is loaded once and stays until the format has all of it. */
static int next_large(struct dtl_export *x, struct slot *s, struct dtl_buf *out,
                      struct dtl_error *err)
{
    struct hand *h = &x->hands[0];
    int rc = DTL_OK;

    if (!x->run.more) {
        dtl_arena_reset(h->arena);
        memset(&x->large, 0, sizeof x->large);
        rc = dtl_export_load(h->store, &s->rows[s->used], x->format->text,
                             h->arena, &x->large, err);
    }
    x->run.more = false;
    dtl_buf_clear(&x->raw);
    if (rc == DTL_OK)
        rc = x->format->row(&x->run, &x->large, &x->raw, err);
    x->left_out += rc == DTL_BAD_RECORD;
    if (rc != DTL_OK && rc != DTL_NOTFOUND && rc != DTL_BAD_RECORD)
        return rc;
    x->run.bytes += x->raw.len;
    if (!x->run.more) {
        s->large = false;
        s->used++;
        x->run.rows += rc == DTL_OK;
        if (x->tally != NULL) {
            dtl_buf_clear(&x->notes);
            if (rc == DTL_OK)
                dtl_tally_note(&x->large, &x->notes);
            dtl_tally_notes(x->tally, dtl_buf_view(&x->notes));
            x->tally->failed = x->tally->failed || x->notes.failed;
        }
    }
    if (x->raw.failed)
        return no_memory(err);
    return dtl_packer_add(x->packer, dtl_buf_view(&x->raw), false, out, err);
}

/* The oldest batch; what did not fit into it becomes the next one here. */
static int next_batch(struct dtl_export *x, struct dtl_buf *out,
                      struct dtl_error *err)
{
    struct slot *s = &x->ring[x->head % x->nslots];
    int rc = DTL_OK;

    if (x->rest && s->large) {
        rc = next_large(x, s, out, err);
        x->rest = s->used < s->n;
        goto given;
    } else if (x->rest) {
        rc = encode_slot(&x->hands[0], s, err);
    } else {
        rc = fill_ring(x, err);
        if (rc != DTL_OK || x->head == x->tail)
            return rc != DTL_OK ? rc : DTL_END;
        s = &x->ring[x->head % x->nslots];
        rc = wait_for(x, s, err);
    }
    if (rc == DTL_OK)
        rc = give_batch(x, s, out, err);
    x->rest = rc == DTL_OK && s->used < s->n;
given:
    if (rc == DTL_OK && !x->rest) {
        batch_clear(&s->batch);
        pthread_mutex_lock(&x->lock);
        s->state = FREE;
        x->head++;
        pthread_mutex_unlock(&x->lock);
    }
    return rc;
}

/* ---- open, next, close -----------------------------------------------------
 */

static int begin(struct dtl_export *x, struct dtl_buf *out,
                 struct dtl_error *err)
{
    int rc = DTL_OK;

    x->opened = true;
    dtl_buf_clear(&x->raw);
    if (x->format->open != NULL)
        rc = x->format->open(&x->run, &x->raw, err);
    x->run.bytes += x->raw.len;
    return rc == DTL_OK ? dtl_packer_add(x->packer, dtl_buf_view(&x->raw),
                                         false, out, err)
                        : rc;
}

static int finish(struct dtl_export *x, struct dtl_buf *out,
                  struct dtl_error *err)
{
    int rc = DTL_OK;

    x->run.more = false;
    dtl_buf_clear(&x->raw);
    if (x->format->close != NULL)
        rc = x->format->close(&x->run, &x->raw, err);
    x->run.bytes += x->raw.len;
    x->closed = rc == DTL_OK && !x->run.more;
    x->closing = true;
    if (rc == DTL_OK && x->raw.failed)
        rc = no_memory(err);
    return rc == DTL_OK ? dtl_packer_add(x->packer, dtl_buf_view(&x->raw),
                                         x->closed, out, err)
                        : rc;
}

int dtl_export_next(struct dtl_export *x, struct dtl_buf *out,
                    struct dtl_error *err)
{
    int rc;

    if (x->closed)
        return DTL_END;
    if (!x->opened && (rc = begin(x, out, err)) != DTL_OK)
        return rc;
    rc = x->closing ? DTL_END : next_batch(x, out, err);
    return rc == DTL_END ? finish(x, out, err) : rc;
}

struct dtl_slice dtl_export_index(const struct dtl_export *x)
{
    return x->format->index != NULL ? x->format->index(x->run.state)
                                    : dtl_str("");
}

uint64_t dtl_export_left_out(const struct dtl_export *x)
{
    return x->left_out;
}

uint64_t dtl_export_rows(const struct dtl_export *x)
{
    return x->run.rows;
}

void dtl_export_progress(const struct dtl_export *x, uint64_t *done,
                         uint64_t *of)
{
    *done = *of = 0;
    if (x->places != NULL)
        dtl_places_progress(x->places, done, of);
    else if (x->select != NULL)
        dtl_select_progress(x->select, done, of);
}

static int make_hand(struct dtl_export *x, struct hand *h,
                     struct dtl_store *store, struct dtl_error *err)
{
    h->x = x;
    h->store = store;
    h->arena = dtl_arena_new(ROW_MEMORY);
    if (h->arena == NULL)
        return no_memory(err);
    if (x->options.packing == DTL_PACK_GZIP)
        return dtl_packer_new(DTL_PACK_GZIP, 1, &h->packer, err);
    return DTL_OK;
}

/* More threads, if the store can be opened again as it is: when something was
 * published meanwhile, the caller's thread does all alone. */
static int hire(struct dtl_export *x, struct dtl_store *store,
                struct dtl_error *err)
{
    unsigned jobs = x->options.jobs < MOST_JOBS ? x->options.jobs : MOST_JOBS;
    int rc = DTL_OK;

    if (jobs < 2 || x->options.store == NULL)
        return DTL_OK;
    for (unsigned i = 1; i <= jobs && rc == DTL_OK; i++) {
        struct dtl_store *again = NULL;
        struct hand *h = &x->hands[i];

        if (dtl_store_open(x->options.store, &again, NULL) != DTL_OK ||
            !dtl_store_same(store, again)) {
            dtl_store_close(again);
            break;
        }
        h->own_store = true;
        rc = make_hand(x, h, again, err);
        if (rc == DTL_OK && pthread_create(&h->thread, NULL, work, h) != 0)
            rc = no_memory(err);
        h->started = rc == DTL_OK;
        x->nhands = i + 1;
    }
    return rc;
}

static int make_ring(struct dtl_export *x, struct dtl_error *err)
{
    x->nslots = x->options.jobs > 1 ? x->options.jobs + 1 : 1;
    if (x->nslots > MOST_JOBS + 1)
        x->nslots = MOST_JOBS + 1;
    x->ring = calloc(x->nslots, sizeof *x->ring);
    for (size_t i = 0; x->ring != NULL && i < x->nslots; i++) {
        x->ring[i].rows = calloc(x->format->batch + 1, sizeof(*x->ring->rows));
        if (x->ring[i].rows == NULL)
            return no_memory(err);
    }
    return x->ring != NULL ? DTL_OK : no_memory(err);
}

static int prepare(struct dtl_export *x, struct dtl_store *store,
                   struct dtl_error *err)
{
    int rc = DTL_OK;

    x->run.redacted = &x->redacted;
    x->run.options = &x->options;
    x->run.store = store;
    x->hands = calloc(MOST_JOBS + 1, sizeof *x->hands);
    if (x->format->state > 0)
        x->run.state = calloc(1, x->format->state);
    if (rc == DTL_OK &&
        (x->hands == NULL || (x->format->state > 0 && x->run.state == NULL)))
        rc = no_memory(err);
    if (rc == DTL_OK)
        rc = dtl_packer_new(x->options.packing, x->options.jobs, &x->packer,
                            err);
    if (rc == DTL_OK)
        rc = make_ring(x, err);
    if (rc == DTL_OK) {
        x->nhands = 1;
        rc = make_hand(x, &x->hands[0], store, err);
        x->run.arena = x->hands[0].arena;
    }
    return rc == DTL_OK ? hire(x, store, err) : rc;
}

static int check_options(const struct dtl_format *format, const char *name,
                         const struct dtl_export_options *options,
                         struct dtl_error *err)
{
    if (format == NULL)
        return dtl_fail(err, DTL_INVALID, 0, "no format is called '%.50s'",
                        name);
    if (options->packing != DTL_PACK_NONE && !format->about.text)
        return dtl_fail(err, DTL_INVALID, 0,
                        "%s is packed as it is and not again", name);
    if (options->redact != 0 && format->about.unit == DTL_EXPORT_CAPTURES)
        return dtl_fail(err, DTL_INVALID, 0,
                        "%s holds records as they are: nothing can be taken "
                        "out of them",
                        name);
    return DTL_OK;
}

int dtl_export_open_rows(struct dtl_store *store,
                         const struct dtl_row_source *source,
                         const struct dtl_export_options *options,
                         struct dtl_tally *tally, struct dtl_export **out,
                         struct dtl_error *err)
{
    const char *name = options->format != NULL ? options->format : "jsonl";
    const struct dtl_format *format = dtl_format_find(name);
    struct dtl_export *x;
    int rc = check_options(format, name, options, err);

    *out = NULL;
    if (rc != DTL_OK)
        return rc;
    x = calloc(1, sizeof *x);
    if (x == NULL)
        return no_memory(err);
    pthread_mutex_init(&x->lock, NULL);
    pthread_cond_init(&x->filled, NULL);
    pthread_cond_init(&x->done, NULL);
    x->format = format;
    x->options = *options;
    x->source = *source;
    x->run.selection = source->selection;
    x->run.number = source->number;
    x->tally = tally;
    if (format->by_place && !source->placed) {
        rc = dtl_places_new(store, source, &x->places, err);
        x->source.next = dtl_places_next;
        x->source.context = x->places;
    }
    if (rc == DTL_OK)
        rc = prepare(x, store, err);
    if (rc != DTL_OK) {
        dtl_export_close(x);
        return rc;
    }
    *out = x;
    return DTL_OK;
}

static int next_selected(void *select, struct dtl_selected *out,
                         struct dtl_error *err)
{
    return dtl_select_next(select, out, err);
}

int dtl_export_open(struct dtl_store *store,
                    const struct dtl_selection *selection,
                    const struct dtl_export_options *options,
                    struct dtl_export **out, struct dtl_error *err)
{
    const char *name = options->format != NULL ? options->format : "jsonl";
    const struct dtl_format *format = dtl_format_find(name);
    struct dtl_row_source source = { .next = next_selected,
                                     .selection = selection };
    struct dtl_select *select = NULL;
    int rc = check_options(format, name, options, err);

    *out = NULL;
    if (rc == DTL_OK)
        rc =
            dtl_select_open(store, selection, format->about.unit, &select, err);
    source.context = select;
    if (rc == DTL_OK)
        rc = dtl_export_open_rows(store, &source, options, NULL, out, err);
    if (rc == DTL_OK)
        (*out)->select = select;
    else
        dtl_select_close(select);
    return rc;
}

static void free_hand(struct hand *h)
{
    dtl_packer_free(h->packer);
    dtl_arena_free(h->arena);
    if (h->own_store)
        dtl_store_close(h->store);
}

void dtl_export_close(struct dtl_export *x)
{
    if (x == NULL)
        return;
    pthread_mutex_lock(&x->lock);
    x->stop = true;
    pthread_cond_broadcast(&x->filled);
    pthread_mutex_unlock(&x->lock);
    for (unsigned i = 0; i < x->nhands; i++)
        if (x->hands[i].started)
            pthread_join(x->hands[i].thread, NULL);
    for (unsigned i = 0; i < x->nhands; i++)
        free_hand(&x->hands[i]);
    for (size_t i = 0; x->ring != NULL && i < x->nslots; i++) {
        if (x->format->batch_free != NULL)
            x->format->batch_free(&x->ring[i].batch);
        dtl_buf_free(&x->ring[i].batch.bytes);
        dtl_buf_free(&x->ring[i].batch.notes);
        dtl_buf_free(&x->ring[i].packed);
        free(x->ring[i].rows);
    }
    free(x->ring);
    free(x->hands);
    if (x->format->free != NULL && x->run.state != NULL)
        x->format->free(x->run.state);
    free(x->run.state);
    dtl_packer_free(x->packer);
    dtl_places_free(x->places);
    dtl_select_close(x->select);
    dtl_buf_free(&x->raw);
    dtl_buf_free(&x->notes);
    pthread_cond_destroy(&x->filled);
    pthread_cond_destroy(&x->done);
    pthread_mutex_destroy(&x->lock);
    free(x);
}
