/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Figures of the store, made once for all who ask until the store changes: of
 * a large one they take seconds.  Others who ask meanwhile wait for the same.
 */
#include "api.h"

#include <stdlib.h>

#define MOST_WAITING 3 /* more would leave no worker for other questions */

static bool same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool is_current(const struct figures *f, const struct request *r)
{
    const struct context *c = r->context;

    return f->figures != NULL && same_time(f->version, c->version) &&
           same_time(f->rules_version, c->rules_version) &&
           (c->rules == NULL || f->user == r->user);
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
    f->rules_version = r->context->rules_version;
    f->user = r->user;
    return made;
}

void figures_unlock(struct dtl_server *s)
{
    pthread_mutex_unlock(&s->figures.lock);
    atomic_fetch_sub(&s->figures.waiting, 1);
}
