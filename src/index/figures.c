/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Figures of a whole store, from one pass over its captures and one over its
 * articles.  Captures come in SURT order, so that those of a host stand
 * together and a host's name is made once.
 */
#include <dateline/view.h>

#include <dateline/url.h>
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

#define DAY INT64_C(86400)

/* How often each text came: a hash table in `list` until it is sorted. */
struct table {
    struct dtl_tally *list;
    size_t used, room;
};

struct days {
    struct dtl_day *days; /* a hash table: captures 0 is free */
    size_t used, room;
};

struct counting {
    struct dtl_figures figures;
    struct dtl_arena *arena; /* all that the figures hold */
    struct table tables[DTL_TALLIES];
    struct dtl_site *sites; /* a hash table likewise */
    size_t used, room;
    /* the host of the capture before */
    struct dtl_buf host_key;
    struct dtl_slice host;
    struct dtl_slice site;
    uint64_t run; /* captures of it not yet counted */
    int64_t first, last;
    struct days days;
    /* the month of the capture before */
    int64_t month_start, month_end;
    char month[8];
};

static int no_memory(struct dtl_error *err)
{
    return dtl_fail(err, DTL_NOMEM, 0, "out of memory for the figures");
}

/* ---- tables ------------------------------------------------------------- */

static struct dtl_tally *tally_slot(struct dtl_tally *v, size_t room,
                                    struct dtl_slice s)
{
    size_t at = XXH3_64bits(s.ptr, s.len) & (room - 1);

    while (v[at].n > 0 && !dtl_equal(v[at].text, s))
        at = (at + 1) & (room - 1);
    return &v[at];
}

static bool add(struct counting *c, enum dtl_tallied which,
                struct dtl_slice text, uint64_t n)
{
    struct table *t = &c->tables[which];
    struct dtl_tally *slot;

    if (n == 0)
        return true;
    if (t->used * 2 >= t->room) {
        size_t room = t->room == 0 ? 256 : t->room * 2;
        struct dtl_tally *v = calloc(room, sizeof *v);

        if (v == NULL)
            return false;
        for (size_t i = 0; i < t->room; i++)
            if (t->list[i].n > 0)
                *tally_slot(v, room, t->list[i].text) = t->list[i];
        free(t->list);
        t->list = v;
        t->room = room;
    }
    slot = tally_slot(t->list, t->room, text);
    if (slot->n == 0) {
        slot->text = dtl_arena_dup(c->arena, text);
        t->used++;
    }
    slot->n += n;
    return slot->text.ptr != NULL;
}

static struct dtl_site *site_slot(struct dtl_site *v, size_t room,
                                  struct dtl_slice s)
{
    size_t at = XXH3_64bits(s.ptr, s.len) & (room - 1);

    while (v[at].name.ptr != NULL && !dtl_equal(v[at].name, s))
        at = (at + 1) & (room - 1);
    return &v[at];
}

static struct dtl_site *site_of(struct counting *c, struct dtl_slice name)
{
    struct dtl_site *slot;

    if (c->used * 2 >= c->room) {
        size_t room = c->room == 0 ? 256 : c->room * 2;
        struct dtl_site *v = calloc(room, sizeof *v);

        if (v == NULL)
            return NULL;
        for (size_t i = 0; i < c->room; i++)
            if (c->sites[i].name.ptr != NULL)
                *site_slot(v, room, c->sites[i].name) = c->sites[i];
        free(c->sites);
        c->sites = v;
        c->room = room;
    }
    slot = site_slot(c->sites, c->room, name);
    if (slot->name.ptr == NULL) {
        slot->name = dtl_arena_dup(c->arena, name);
        slot->first = INT64_MAX;
        slot->last = INT64_MIN;
        if (slot->name.ptr == NULL)
            return NULL;
        c->used++;
    }
    return slot;
}

/* ---- days --------------------------------------------------------------- */

static struct dtl_day *day_slot(struct dtl_day *v, size_t room, int64_t day)
{
    size_t at =
        (uint64_t)day / DAY * UINT64_C(0x9E3779B97F4A7C15) >> 32 & (room - 1);

    while (v[at].captures > 0 && v[at].day != day)
        at = (at + 1) & (room - 1);
    return &v[at];
}

/* One more on the day of `t`. */
static bool count_day(struct days *d, int64_t t)
{
    int64_t in_day = t % DAY;
    int64_t day = t - (in_day < 0 ? in_day + DAY : in_day);
    struct dtl_day *slot;

    if (d->used * 2 >= d->room) {
        size_t room = d->room == 0 ? 256 : d->room * 2;
        struct dtl_day *v = calloc(room, sizeof *v);

        if (v == NULL)
            return false;
        for (size_t i = 0; i < d->room; i++)
            if (d->days[i].captures > 0)
                *day_slot(v, room, d->days[i].day) = d->days[i];
        free(d->days);
        d->days = v;
        d->room = room;
    }
    slot = day_slot(d->days, d->room, day);
    d->used += slot->captures == 0;
    slot->day = day;
    slot->captures++;
    return true;
}

static int by_day(const void *a, const void *b)
{
    const struct dtl_day *x = a, *y = b;

    return x->day < y->day ? -1 : x->day > y->day;
}

static int days_of(struct days *d, struct dtl_arena *arena,
                   struct dtl_day **out, size_t *n, struct dtl_error *err)
{
    size_t k = 0;

    *out = dtl_arena_calloc(arena, d->used + 1, sizeof **out);
    if (*out == NULL)
        return no_memory(err);
    for (size_t i = 0; i < d->room; i++)
        if (d->days[i].captures > 0)
            (*out)[k++] = d->days[i];
    qsort(*out, k, sizeof **out, by_day);
    *n = k;
    return DTL_OK;
}

/* ---- captures ----------------------------------------------------------- */

/* "org,example,www)/" -> "org,example,www" */
static struct dtl_slice key_host(struct dtl_slice key)
{
    size_t end = 0;

    while (end < key.len && key.ptr[end] != ')' && key.ptr[end] != ':')
        end++;
    return dtl_sub(key, 0, end);
}

/* "org,example,www" -> "www.example.org" */
static struct dtl_slice host_name(struct dtl_slice host, char out[256])
{
    size_t end = host.len, n = 0;

    while (end > 0 && n < 250) {
        size_t start = end;

        while (start > 0 && host.ptr[start - 1] != ',')
            start--;
        if (n > 0)
            out[n++] = '.';
        for (size_t i = start; i < end && n < 250; i++)
            out[n++] = (char)host.ptr[i];
        end = start > 0 ? start - 1 : 0;
    }
    return dtl_slice_of(out, n);
}

static bool end_host(struct counting *c)
{
    struct dtl_site *site;

    if (c->run == 0)
        return true;
    site = site_of(c, c->site);
    if (site == NULL || !add(c, DTL_TALLY_HOSTS, c->host, c->run))
        return false;
    site->captures += c->run;
    site->first = c->first < site->first ? c->first : site->first;
    site->last = c->last > site->last ? c->last : site->last;
    c->run = 0;
    return true;
}

static bool begin_host(struct counting *c, struct dtl_slice host)
{
    char name[256], url[300];

    dtl_buf_clear(&c->host_key);
    dtl_buf_slice(&c->host_key, host);
    c->host = dtl_arena_dup(c->arena, host_name(host, name));
    snprintf(url, sizeof url, "http://%.*s/", (int)c->host.len,
             (const char *)c->host.ptr);
    c->site = dtl_url_site(c->arena, dtl_str(url));
    if (c->site.len == 0)
        c->site = c->host;
    c->first = INT64_MAX;
    c->last = INT64_MIN;
    return c->host.ptr != NULL && !c->host_key.failed;
}

static void set_month(struct counting *c, int64_t t)
{
    int part[6];

    dtl_time_split(t, part);
    snprintf(c->month, sizeof c->month, "%04u-%02u", (unsigned)part[0] % 10000,
             (unsigned)part[1] % 100);
    c->month_start = dtl_time_civil(part[0], part[1], 1, 0, 0, 0);
    c->month_end = part[1] == 12
                       ? dtl_time_civil(part[0] + 1, 1, 1, 0, 0, 0)
                       : dtl_time_civil(part[0], part[1] + 1, 1, 0, 0, 0);
}

static bool count_capture(struct counting *c, const struct dtl_capture *capture)
{
    struct dtl_slice host = key_host(capture->key);
    char status[8];

    if (c->run == 0 || !dtl_equal(host, dtl_buf_view(&c->host_key)))
        if (!end_host(c) || !begin_host(c, host))
            return false;
    c->run++;
    if (capture->time < c->first)
        c->first = capture->time;
    if (capture->time > c->last)
        c->last = capture->time;
    if (capture->time < c->month_start || capture->time >= c->month_end)
        set_month(c, capture->time);
    snprintf(status, sizeof status, "%u", (unsigned)capture->status);
    return count_day(&c->days, capture->time) &&
           add(c, DTL_TALLY_MONTHS, dtl_str(c->month), 1) &&
           add(c, DTL_TALLY_TYPES, capture->mime, 1) &&
           add(c, DTL_TALLY_STATUSES,
               dtl_str(capture->status > 0 ? status : "none"), 1);
}

static int count_captures(struct dtl_store *s, struct counting *c,
                          struct dtl_error *err)
{
    struct dtl_query q = { .match = DTL_PREFIX };
    struct dtl_store_counts *n = &c->figures.counts;
    struct dtl_cursor *cursor = NULL;
    struct dtl_capture capture;
    int rc = dtl_query_open(s, &q, &cursor, err);

    n->captures = 0; /* those that may be known */
    while (rc == DTL_OK &&
           (rc = dtl_query_next(cursor, &capture, NULL, err)) == DTL_OK) {
        n->captures++;
        if (!count_capture(c, &capture))
            rc = no_memory(err);
    }
    dtl_query_close(cursor);
    if (rc == DTL_END)
        rc = end_host(c) ? DTL_OK : no_memory(err);
    return rc;
}

/* ---- articles ----------------------------------------------------------- */

static int count_articles(struct dtl_store *s, struct counting *c,
                          struct dtl_error *err)
{
    struct dtl_arena *arena = dtl_arena_new(0);
    struct dtl_ref ref = { 0, 0 };
    struct dtl_article_row row;
    int rc = arena == NULL ? no_memory(err) : DTL_OK;

    c->figures.counts.articles = 0;
    while (rc == DTL_OK &&
           (rc = dtl_store_next_article(s, &ref, arena, &row, err)) == DTL_OK) {
        struct dtl_site *site = site_of(c, row.site);

        c->figures.counts.articles++;
        if (site == NULL || !add(c, DTL_TALLY_SITES, row.site, 1) ||
            !add(c, DTL_TALLY_LANGUAGES, row.language, 1))
            rc = no_memory(err);
        else
            site->articles++;
        dtl_arena_reset(arena);
    }
    dtl_arena_free(arena);
    return rc == DTL_END ? DTL_OK : rc;
}

/* ---- together ----------------------------------------------------------- */

static int by_count(const void *a, const void *b)
{
    const struct dtl_tally *x = a, *y = b;

    if (x->n != y->n)
        return x->n > y->n ? -1 : 1;
    return x->n > 0 ? dtl_compare(x->text, y->text) : 0;
}

static int by_text(const void *a, const void *b)
{
    const struct dtl_tally *x = a, *y = b;

    if (x->n == 0 || y->n == 0)
        return x->n > y->n ? -1 : x->n < y->n;
    return dtl_compare(x->text, y->text);
}

static int by_name(const void *a, const void *b)
{
    const struct dtl_site *x = a, *y = b;

    if (x->name.ptr == NULL || y->name.ptr == NULL)
        return (x->name.ptr == NULL) - (y->name.ptr == NULL);
    return dtl_compare(x->name, y->name);
}

/* The tables become lists. */
static void sort_all(struct counting *c)
{
    static const char *const names[DTL_TALLIES] = { "hosts", "months",
                                                    "types", "statuses",
                                                    "sites", "languages" };

    for (int i = 0; i < DTL_TALLIES; i++) {
        if (c->tables[i].room > 0)
            qsort(c->tables[i].list, c->tables[i].room,
                  sizeof *c->tables[i].list,
                  i == DTL_TALLY_MONTHS ? by_text : by_count);
        c->figures.tallies[i].name = names[i];
        c->figures.tallies[i].list = c->tables[i].list;
        c->figures.tallies[i].n = c->tables[i].used;
    }
    if (c->room > 0)
        qsort(c->sites, c->room, sizeof *c->sites, by_name);
    for (size_t i = 0; i < c->used; i++)
        if (c->sites[i].captures == 0) /* known from an article alone */
            c->sites[i].first = c->sites[i].last = DTL_NO_TIME;
    c->figures.sites = c->sites;
    c->figures.nsites = c->used;
}

int dtl_figures(struct dtl_store *s, struct dtl_figures **out,
                struct dtl_error *err)
{
    struct counting *c = calloc(1, sizeof *c);
    int rc;

    *out = NULL;
    if (c == NULL || (c->arena = dtl_arena_new(0)) == NULL) {
        free(c);
        return no_memory(err);
    }
    rc = dtl_store_count(s, &c->figures.counts, err);
    if (rc == DTL_OK)
        rc = count_captures(s, c, err);
    if (rc == DTL_OK)
        rc = count_articles(s, c, err);
    if (rc == DTL_OK)
        rc = days_of(&c->days, c->arena, &c->figures.days, &c->figures.ndays,
                     err);
    sort_all(c);
    if (rc == DTL_OK)
        *out = &c->figures;
    else
        dtl_figures_free(&c->figures);
    return rc;
}

void dtl_figures_free(struct dtl_figures *f)
{
    struct counting *c = (struct counting *)f; /* its first member */

    if (f == NULL)
        return;
    for (int i = 0; i < DTL_TALLIES; i++)
        free(f->tallies[i].list);
    free(f->sites);
    free(c->days.days);
    dtl_buf_free(&c->host_key);
    dtl_arena_free(c->arena);
    free(c);
}

static void counts_json(const struct dtl_store_counts *c, struct dtl_json *j)
{
    const struct {
        const char *name;
        uint64_t n;
    } counts[] = {
        { "captures", c->captures }, { "articles", c->articles },
        { "archives", c->archives }, { "takedowns", c->takedowns },
        { "segments", c->segments }, { "bytes", c->bytes },
    };

    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        dtl_json_key(j, counts[i].name);
        dtl_json_uint(j, counts[i].n);
    }
    dtl_json_key(j, "tables");
    dtl_json_object(j);
    for (size_t i = 0; c->table_names[i] != NULL; i++) {
        dtl_json_key(j, c->table_names[i]);
        dtl_json_uint(j, c->tables[i]);
    }
    dtl_json_end(j);
}

void dtl_figures_json(const struct dtl_figures *f, size_t top,
                      struct dtl_json *j)
{
    dtl_json_object(j);
    counts_json(&f->counts, j);
    for (int i = 0; i < DTL_TALLIES; i++) {
        size_t n = f->tallies[i].n;

        if (top > 0 && n > top)
            n = top;
        dtl_json_key(j, f->tallies[i].name);
        dtl_json_object(j);
        for (size_t k = 0; k < n; k++) {
            dtl_json_key(j, (const char *)f->tallies[i].list[k].text.ptr);
            dtl_json_uint(j, f->tallies[i].list[k].n);
        }
        dtl_json_end(j);
    }
    dtl_json_end(j);
}

/* ---- calendar ----------------------------------------------------------- */

int dtl_calendar(struct dtl_store *s, const struct dtl_query *q, uint64_t most,
                 struct dtl_arena *arena, struct dtl_day **out, size_t *n,
                 struct dtl_error *err)
{
    struct dtl_cursor *cursor = NULL;
    struct dtl_capture c;
    struct days d = { 0 };
    uint64_t seen = 0;
    int rc = dtl_query_open(s, q, &cursor, err);

    *out = NULL;
    *n = 0;
    while (rc == DTL_OK &&
           (rc = dtl_query_next(cursor, &c, NULL, err)) == DTL_OK) {
        if (++seen > most)
            rc = dtl_fail(err, DTL_LIMIT, 0,
                          "more than %llu captures: ask for less time",
                          (unsigned long long)most);
        else if (!count_day(&d, c.time))
            rc = no_memory(err);
    }
    dtl_query_close(cursor);
    if (rc == DTL_END)
        rc = days_of(&d, arena, out, n, err);
    free(d.days);
    return rc;
}
