/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Figures of the store, made once for all who ask until the store changes: of
 * a large one they take seconds.  Others who ask meanwhile wait for the same.
 */
#include "api.h"

#include <stdlib.h>

#define MOST_WAITING 3 /* more would leave no worker for other questions */

static bool is_current(const struct figures *f, const struct request *r)
{
    const struct timespec *v = &r->context->version;

    return f->figures != NULL && f->version.tv_sec == v->tv_sec &&
           f->version.tv_nsec == v->tv_nsec;
}

const struct dtl_figures *figures_lock(struct request *r, struct dtl_error *err)
{
    struct figures *f = &r->server->figures;
    struct dtl_figures *made;

    if (atomic_fetch_add(&f->waiting, 1) >= MOST_WAITING) {
        atomic_fetch_sub(&f->waiting, 1);
        dtl_fail(err, DTL_BUSY, 0, "the figures are being made");
        return NULL;
    }
    pthread_mutex_lock(&f->lock);
    if (is_current(f, r))
        return f->figures;
    if (dtl_figures(r->context->store, &made, err) != DTL_OK) {
        figures_unlock(r->server);
        return NULL;
    }
    dtl_figures_free(f->figures);
    f->figures = made;
    f->version = r->context->version;
    return made;
}

void figures_unlock(struct dtl_server *s)
{
    pthread_mutex_unlock(&s->figures.lock);
    atomic_fetch_sub(&s->figures.waiting, 1);
}
