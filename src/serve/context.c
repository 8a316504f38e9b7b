/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pool of contexts: a store handle and its helpers for one request at a
 * time.  One that was opened before the manifest changed is replaced, so that
 * new segments show with the next request and old ones go when they are idle.
 */
#include "serve.h"

#include "util.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_CONTEXTS 256 /* requests in work at once */
#define MAX_KEPT                                                \
    192 /* of them by answers that are being sent: clients that \
           read slowly leave some to others */
#define MAX_RULES  ((size_t)64 << 20)
#define ARENA_MAX  ((size_t)256 << 20)
#define ARENA_KEEP ((size_t)8 << 20) /* a context that grew over it goes */

static void context_free(struct context *c)
{
    if (c == NULL)
        return;
    dtl_replay_free(c->replay);
    dtl_store_close(c->store);
    dtl_access_free(c->rules);
    dtl_decoder_free(c->decoder);
    dtl_arena_free(c->arena);
    dtl_buf_free(&c->out);
    if (c->manifest >= 0)
        close(c->manifest);
    free(c);
}

static struct timespec changed(const char *path)
{
    struct stat st;

    return path != NULL && stat(path, &st) == 0 ? st.st_mtim
                                                : (struct timespec){ 0 };
}

static bool same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

/* Clock ticks of a few milliseconds, cheap to ask for. */
static struct timespec tick(void)
{
    struct timespec t = { 0 };

    clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
    return t;
}

/* Another manifest takes its name: that one loses a link. */
static bool is_untouched(const struct context *c)
{
    struct stat st;

    return c->manifest >= 0 && fstat(c->manifest, &st) == 0 &&
           st.st_nlink > 0 && st.st_nlink == c->links &&
           same_time(st.st_ctim, c->touched);
}

static void hold_manifest(const struct dtl_server *s, struct context *c)
{
    struct stat st;

    c->looked = tick();
    c->version = changed(s->manifest);
    c->manifest = open(s->manifest, O_RDONLY | O_CLOEXEC);
    if (c->manifest < 0 || fstat(c->manifest, &st) != 0)
        return;
    c->links = st.st_nlink;
    c->touched = st.st_ctim;
}

/* To find the manifest by its name takes three times as long as to look at the
 * one that is open, so that is done once a tick: for a store that was moved. */
static bool is_current(const struct dtl_server *s, struct context *c)
{
    struct timespec now = tick();

    if (s->access == NULL && same_time(now, c->looked) && is_untouched(c))
        return true;
    c->looked = now;
    return same_time(c->version, changed(s->manifest)) &&
           (s->access == NULL ||
            same_time(c->rules_version, changed(s->access)));
}

/* Rules that cannot be read are none to go on without. */
static int read_rules(const struct dtl_server *s, struct context *c,
                      struct dtl_error *err)
{
    struct dtl_buf text = { 0 };
    struct dtl_error why;
    int rc;

    if (s->access == NULL)
        return DTL_OK;
    c->rules_version = changed(s->access);
    rc = read_text_file(s->access, MAX_RULES, &text, &why);
    if (rc == DTL_OK)
        rc = dtl_access_read(dtl_buf_view(&text), DTL_ACCESS_ALLOW, &c->rules,
                             &why);
    dtl_buf_free(&text);
    return rc == DTL_OK
               ? rc
               : dtl_fail(err, rc, 0, "the access rules: %.200s", why.text);
}

static int context_new(const struct dtl_server *s, struct context **out,
                       struct dtl_error *err)
{
    struct context *c = calloc(1, sizeof *c);
    int rc;

    *out = NULL;
    if (c == NULL || (c->arena = dtl_arena_new(ARENA_MAX)) == NULL) {
        free(c);
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a request");
    }
    hold_manifest(s, c);
    if ((rc = read_rules(s, c, err)) != DTL_OK ||
        (rc = dtl_store_open(s->store, &c->store, err)) != DTL_OK ||
        (rc = dtl_replay_new(c->store, &c->replay, err)) != DTL_OK ||
        (rc = dtl_decoder_new(&c->decoder, err)) != DTL_OK) {
        context_free(c);
        return rc;
    }
    *out = c;
    return DTL_OK;
}

static struct context *pop_spare(struct dtl_server *s, bool *full)
{
    struct context *c;

    pthread_mutex_lock(&s->lock);
    c = s->spare;
    *full = c == NULL && s->contexts == MAX_CONTEXTS;
    if (c != NULL)
        s->spare = c->next;
    else if (!*full)
        s->contexts++;
    pthread_mutex_unlock(&s->lock);
    return c;
}

static void forget_context(struct dtl_server *s)
{
    pthread_mutex_lock(&s->lock);
    s->contexts--;
    pthread_mutex_unlock(&s->lock);
}

int context_take(struct dtl_server *s, struct context **out,
                 struct dtl_error *err)
{
    bool full;
    struct context *c = pop_spare(s, &full);
    int rc;

    *out = c;
    if (full)
        return dtl_fail(err, DTL_BUSY, 0, "too many requests at once");
    if (c != NULL) {
        if (is_current(s, c)) {
            dtl_arena_reset(c->arena);
            return DTL_OK;
        }
        context_free(c);
    }
    rc = context_new(s, out, err);
    if (rc != DTL_OK)
        forget_context(s);
    return rc;
}

void context_release(struct dtl_server *s, struct context *c)
{
    if (c == NULL)
        return;
    if (c->heavy || dtl_arena_used(c->arena) > ARENA_KEEP) {
        context_free(c);
        forget_context(s);
        return;
    }
    pthread_mutex_lock(&s->lock);
    c->next = s->spare;
    s->spare = c;
    pthread_mutex_unlock(&s->lock);
}

struct context *context_keep(struct request *r)
{
    struct dtl_server *s = r->server;
    bool room;

    pthread_mutex_lock(&s->lock);
    room = s->kept < MAX_KEPT;
    s->kept += room;
    pthread_mutex_unlock(&s->lock);
    if (!room)
        return NULL;
    r->kept = true;
    return r->context;
}

void context_give_back(struct dtl_server *s, struct context *c)
{
    if (c == NULL)
        return;
    pthread_mutex_lock(&s->lock);
    s->kept--;
    pthread_mutex_unlock(&s->lock);
    context_release(s, c);
}

void contexts_free(struct dtl_server *s)
{
    while (s->spare != NULL) {
        struct context *c = s->spare;

        s->spare = c->next;
        context_free(c);
    }
}
