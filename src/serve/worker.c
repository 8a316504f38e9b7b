/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads for what takes long.  A thread of the HTTP server looks after many
 * connections, which would all wait with it; so a long question suspends its
 * connection and is answered here.
 */
#include "serve.h"

#include <stdlib.h>

#define MOST_JOBS 256 /* waiting */

struct job {
    void (*run)(void *);
    void *what;
};

struct workers {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct job jobs[MOST_JOBS]; /* a ring */
    size_t first, n;
    bool stopping;
    size_t nthreads;
    pthread_t threads[];
};

static void *work(void *closure)
{
    struct workers *w = closure;

    pthread_mutex_lock(&w->lock);
    for (;;) {
        struct job job;

        while (w->n == 0 && !w->stopping)
            pthread_cond_wait(&w->wake, &w->lock);
        if (w->n == 0)
            break;
        job = w->jobs[w->first];
        w->first = (w->first + 1) % MOST_JOBS;
        w->n--;
        pthread_mutex_unlock(&w->lock);
        job.run(job.what);
        pthread_mutex_lock(&w->lock);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

struct workers *workers_start(size_t threads)
{
    struct workers *w = calloc(1, sizeof *w + threads * sizeof w->threads[0]);

    if (w == NULL)
        return NULL;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->wake, NULL);
    for (; w->nthreads < threads; w->nthreads++)
        if (pthread_create(&w->threads[w->nthreads], NULL, work, w) != 0)
            break;
    if (w->nthreads > 0)
        return w;
    workers_free(w);
    return NULL;
}

bool workers_do(struct workers *w, void (*run)(void *), void *what)
{
    bool taken;

    pthread_mutex_lock(&w->lock);
    taken = w->n < MOST_JOBS && !w->stopping;
    if (taken) {
        w->jobs[(w->first + w->n) % MOST_JOBS] = (struct job){ run, what };
        w->n++;
        pthread_cond_signal(&w->wake);
    }
    pthread_mutex_unlock(&w->lock);
    return taken;
}

void workers_stop(struct workers *w)
{
    pthread_mutex_lock(&w->lock);
    w->stopping = true;
    pthread_cond_broadcast(&w->wake);
    pthread_mutex_unlock(&w->lock);
    for (; w->nthreads > 0; w->nthreads--)
        pthread_join(w->threads[w->nthreads - 1], NULL);
}

void workers_free(struct workers *w)
{
    if (w == NULL)
        return;
    workers_stop(w);
    pthread_cond_destroy(&w->wake);
    pthread_mutex_destroy(&w->lock);
    free(w);
}
