/* SPDX-License-Identifier: Apache-2.0 */
/* /api/v1: captures by URL and by what they are, days, sites and figures. */
#include "api.h"

#include <dateline/article.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define DAY           86400
#define MOST_CAPTURES 5000    /* in one answer */
#define MOST_COUNTED  2000000 /* captures a calendar looks at */

/* ---- lists of captures --------------------------------------------------- */

struct list {
    struct request *request;
    struct dtl_arena *scratch; /* emptied for each capture */
    struct dtl_buf out;
    struct dtl_json json;
};

static bool list_open(struct list *l, struct request *r)
{
    *l = (struct list){ .request = r, .scratch = dtl_arena_new(0) };
    l->json.out = &l->out;
    dtl_json_object(&l->json);
    dtl_json_key(&l->json, "captures");
    dtl_json_array(&l->json);
    return l->scratch != NULL;
}

static int list_add(struct list *l, const struct dtl_capture *c,
                    struct dtl_ref ref, struct dtl_error *err)
{
    int rc = dtl_capture_json(l->request->context->store, c, ref, l->scratch,
                              &l->json, err);

    dtl_arena_reset(l->scratch);
    return rc;
}

static enum MHD_Result list_end(struct list *l, int rc, struct dtl_error *err)
{
    dtl_arena_free(l->scratch);
    if (rc == DTL_OK || rc == DTL_END) {
        dtl_json_end(&l->json);
        return reply_json(l->request, &l->out);
    }
    dtl_buf_free(&l->out);
    return reply_error(l->request, err);
}

/* ---- by URL ---------------------------------------------------------------
 *
 * A resume key is "urlkey timestamp n": go on after the n-th capture with that
 * key and time.
 */
struct place {
    struct dtl_buf key;
    int64_t time;
    uint64_t n;
};

static bool read_place(struct dtl_slice text, struct dtl_query *q,
                       uint64_t *skip, struct dtl_error *err)
{
    const uint8_t *last = NULL, *middle = NULL;

    *skip = 0;
    if (text.len == 0)
        return true;
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] == ' ') {
            middle = last;
            last = text.ptr + i;
        }
    if (middle != NULL && middle > text.ptr) {
        q->start_key = dtl_slice_of(text.ptr, (size_t)(middle - text.ptr));
        q->start_time = dtl_time_parse_14(
            dtl_slice_of(middle + 1, (size_t)(last - middle) - 1), false);
        if (q->start_time != DTL_NO_TIME &&
            dtl_parse_u64(
                dtl_sub(text, (size_t)(last + 1 - text.ptr), text.len), skip))
            return true;
    }
    dtl_fail(err, DTL_INVALID, 0, "resumeKey is none that was given");
    return false;
}

static void note_place(struct place *p, const struct dtl_capture *c)
{
    if (c->time == p->time && dtl_equal(dtl_buf_view(&p->key), c->key)) {
        p->n++;
        return;
    }
    dtl_buf_clear(&p->key);
    dtl_buf_slice(&p->key, c->key);
    p->time = c->time;
    p->n = 1;
}

static void place_json(const struct place *p, struct dtl_json *j)
{
    struct dtl_buf text = { 0 };
    char time[DTL_TIME_14];

    dtl_time_14(p->time, time);
    dtl_buf_slice(&text, dtl_buf_view(&p->key));
    dtl_buf_printf(&text, " %s %" PRIu64, time, p->n);
    dtl_json_key(j, "resumeKey");
    dtl_json_slice(j, dtl_buf_view(&text));
    dtl_buf_free(&text);
}

static int list_query(struct list *l, const struct dtl_query *q, uint64_t skip,
                      uint64_t limit, struct dtl_error *err)
{
    struct dtl_cursor *cursor = NULL;
    struct dtl_capture c;
    struct dtl_ref ref;
    struct place place = { .time = DTL_NO_TIME };
    uint64_t given = 0;
    int rc = dtl_query_open(l->request->context->store, q, &cursor, err);

    while (rc == DTL_OK) {
        rc = dtl_query_next(cursor, &c, &ref, err);
        if (rc != DTL_OK || given == limit)
            break;
        note_place(&place, &c);
        if (skip > 0 && c.time == q->start_time &&
            dtl_equal(c.key, q->start_key)) {
            skip--;
            continue;
        }
        skip = 0;
        given++;
        rc = list_add(l, &c, ref, err);
    }
    dtl_query_close(cursor);
    if (rc == DTL_OK) { /* there are more */
        dtl_json_end(&l->json);
        if (q->sort == DTL_SORT_KEY)
            place_json(&place, &l->json);
    } else if (rc == DTL_END) {
        dtl_json_end(&l->json);
    }
    dtl_buf_free(&place.key);
    return rc;
}

enum MHD_Result route_lookup(struct request *r)
{
    static const char *const sorts[] = { "key", "reverse", NULL };
    struct dtl_query q;
    struct dtl_error err;
    struct list l;
    uint64_t limit, skip;
    int sort, rc;

    if (!param_query(r, &q, &err) ||
        !param_time(r, "closest", false, &q.closest, &err) ||
        !param_word(r, "sort", sorts, &sort, &err) ||
        !param_count(r, "limit", 500, MOST_CAPTURES, &limit, &err) ||
        !read_place(param(r, "resumeKey"), &q, &skip, &err))
        return reply_error(r, &err);
    q.sort = q.closest != DTL_NO_TIME ? DTL_SORT_CLOSEST
             : sort == 1              ? DTL_SORT_REVERSE
                                      : DTL_SORT_KEY;
    if (!list_open(&l, r))
        rc = dtl_fail(&err, DTL_NOMEM, 0, "out of memory for an answer");
    else
        rc = list_query(&l, &q, skip, limit, &err);
    return list_end(&l, rc, &err);
}

/* ---- by what they are ---------------------------------------------------- */

static bool param_type(struct request *r, uint8_t *out, struct dtl_error *err)
{
    struct dtl_slice text = param(r, "type");

    *out = 0;
    for (uint8_t t = 0; text.len > 0 && t < DTL_PAGE_TYPES; t++)
        if (dtl_equal(text, dtl_str(dtl_page_type_name(t))))
            *out = t;
    if (text.len == 0 || *out != 0)
        return true;
    dtl_fail(err, DTL_INVALID, 0, "type is no page type");
    return false;
}

static bool param_hash(struct request *r, uint8_t hash[32], const uint8_t **out,
                       struct dtl_error *err)
{
    struct dtl_slice text = param(r, "text");

    *out = NULL;
    if (text.len == 0)
        return true;
    if (dtl_starts(text, "sha256:"))
        text = dtl_sub(text, 7, text.len);
    *out = hash;
    if (text.len == 64 && dtl_unhex(text, hash))
        return true;
    dtl_fail(err, DTL_INVALID, 0, "text wants a hash of 64 hex digits");
    return false;
}

static bool read_find(struct request *r, struct dtl_find *q, uint8_t hash[32],
                      struct dtl_error *err)
{
    struct dtl_slice digest = param(r, "digest");

    *q = (struct dtl_find){ .record_id = param(r, "record"),
                            .site = param(r, "site"),
                            .language = param(r, "lang") };
    if (!param_time(r, "from", false, &q->from, err) ||
        !param_time(r, "to", true, &q->to, err) ||
        !param_type(r, &q->page_type, err) ||
        !param_hash(r, hash, &q->text_hash, err))
        return false;
    return digest.len == 0 ||
           dtl_digest_parse(digest, &q->digest, err) == DTL_OK;
}

enum MHD_Result route_find(struct request *r)
{
    struct dtl_finder *f = NULL;
    struct dtl_capture c;
    struct dtl_ref ref;
    struct dtl_find q;
    struct dtl_error err;
    struct list l;
    uint8_t hash[32];
    uint64_t limit;
    int rc;

    if (!param_count(r, "limit", 500, MOST_CAPTURES, &limit, &err) ||
        !read_find(r, &q, hash, &err)) {
        err.status = DTL_INVALID;
        return reply_error(r, &err);
    }
    rc = list_open(&l, r)
             ? dtl_find_open(r->context->store, &q, &f, &err)
             : dtl_fail(&err, DTL_NOMEM, 0, "out of memory for an answer");
    for (uint64_t n = 0; rc == DTL_OK && n < limit; n++) {
        rc = dtl_find_next(f, &c, &ref, &err);
        if (rc == DTL_OK)
            rc = list_add(&l, &c, ref, &err);
    }
    dtl_find_close(f);
    if (rc == DTL_OK || rc == DTL_END)
        dtl_json_end(&l.json);
    return list_end(&l, rc, &err);
}

/* ---- days ---------------------------------------------------------------- */

static enum MHD_Result reply_days(struct request *r, const struct dtl_day *days,
                                  size_t n)
{
    struct dtl_buf b = { 0 };
    struct dtl_json j = { .out = &b };

    dtl_json_object(&j);
    dtl_json_key(&j, "days");
    dtl_json_array(&j);
    for (size_t i = 0; i < n; i++) {
        char iso[DTL_TIME_ISO];

        dtl_time_iso(days[i].day, iso);
        dtl_json_object(&j);
        dtl_json_key(&j, "day");
        dtl_json_slice(&j, dtl_sub(dtl_str(iso), 0, 10));
        dtl_json_key(&j, "captures");
        dtl_json_uint(&j, days[i].captures);
        dtl_json_end(&j);
    }
    dtl_json_end(&j);
    dtl_json_end(&j);
    return reply_json(r, &b);
}

/* Of the whole store they are counted already. */
static enum MHD_Result all_days(struct request *r, const struct dtl_query *q)
{
    const struct dtl_figures *f;
    struct dtl_error err;
    enum MHD_Result answer;
    size_t from = 0, to;

    if ((f = figures_lock(r, &err)) == NULL)
        return reply_error(r, &err);
    to = f->ndays;
    while (q->from != DTL_NO_TIME && from < to &&
           f->days[from].day + DAY <= q->from)
        from++;
    while (q->to != DTL_NO_TIME && to > from && f->days[to - 1].day > q->to)
        to--;
    answer = reply_days(r, f->days + from, to - from);
    figures_unlock(r->server);
    return answer;
}

enum MHD_Result route_calendar(struct request *r)
{
    struct dtl_slice site = param(r, "site"), url = param(r, "url");
    struct dtl_query q = { .url = site, .match = DTL_DOMAIN };
    struct dtl_error err;
    struct dtl_day *days;
    size_t n;

    if (url.len > 0 && site.len == 0
            ? !param_query(r, &q, &err)
            : (!param_time(r, "from", false, &q.from, &err) ||
               !param_time(r, "to", true, &q.to, &err)))
        return reply_error(r, &err);
    if (q.url.len == 0)
        return all_days(r, &q);
    if (dtl_calendar(r->context->store, &q, MOST_COUNTED, r->context->arena,
                     &days, &n, &err) != DTL_OK)
        return reply_error(r, &err);
    return reply_days(r, days, n);
}

/* ---- figures ------------------------------------------------------------- */

enum MHD_Result route_stats(struct request *r)
{
    const struct dtl_figures *f;
    struct dtl_buf b = { 0 };
    struct dtl_json j = { .out = &b };
    struct dtl_error err;
    uint64_t top;

    if (!param_count(r, "top", 1000, SIZE_MAX / 2, &top, &err) ||
        (f = figures_lock(r, &err)) == NULL)
        return reply_error(r, &err);
    dtl_figures_json(f, (size_t)top, &j);
    figures_unlock(r->server);
    return reply_json(r, &b);
}

static void time_member(struct dtl_json *j, const char *name, int64_t t)
{
    char iso[DTL_TIME_ISO];

    dtl_time_iso(t, iso);
    dtl_json_key(j, name);
    dtl_json_str(j, iso[0] != '\0' ? iso : NULL);
}

static void site_json(const struct dtl_site *s, struct dtl_json *j)
{
    dtl_json_object(j);
    dtl_json_key(j, "site");
    dtl_json_slice(j, s->name);
    dtl_json_key(j, "captures");
    dtl_json_uint(j, s->captures);
    dtl_json_key(j, "articles");
    dtl_json_uint(j, s->articles);
    time_member(j, "first", s->first);
    time_member(j, "last", s->last);
    dtl_json_end(j);
}

enum MHD_Result route_sites(struct request *r)
{
    struct dtl_slice prefix = param(r, "prefix");
    const struct dtl_figures *f;
    struct dtl_buf b = { 0 };
    struct dtl_json j = { .out = &b };
    struct dtl_error err;
    uint64_t limit, given = 0;

    if (!param_count(r, "limit", 1000, 100000, &limit, &err) ||
        (f = figures_lock(r, &err)) == NULL)
        return reply_error(r, &err);
    dtl_json_object(&j);
    dtl_json_key(&j, "total");
    dtl_json_uint(&j, f->nsites);
    dtl_json_key(&j, "sites");
    dtl_json_array(&j);
    for (size_t i = 0; i < f->nsites && given < limit; i++) {
        struct dtl_slice name = f->sites[i].name;

        if (!dtl_equal_nocase(dtl_sub(name, 0, prefix.len), prefix))
            continue;
        site_json(&f->sites[i], &j);
        given++;
    }
    dtl_json_end(&j);
    dtl_json_end(&j);
    figures_unlock(r->server);
    return reply_json(r, &b);
}
