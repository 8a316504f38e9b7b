/* SPDX-License-Identifier: Apache-2.0 */
#include <dateline/cdxserver.h>

#include "cdxrow.h"

#include <dateline/url.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

#define LIMIT          100000 /* lines when no limit is given, and most kept */
#define MOST_FILTERS   64
#define MOST_COLLAPSE  8
#define BLOCK_LINES    3000 /* captures that count as one block of an answer */
#define PAGE_SIZE      10   /* blocks to a page */
#define MOST_ORIGINALS (1U << 20)

enum output { CDXJ, JSON, TEXT };

/* Of neighbours that agree in the first `digits` bytes of a field (0: all of
 * it) only the first is given. */
struct collapse {
    uint8_t field;
    size_t digits;
    struct dtl_buf last;
    bool any;
};

/* What a revisit may refer to. */
struct original {
    struct dtl_digest digest;
    uint64_t length, offset;
    uint32_t file;
    uint16_t status, flags;
    struct dtl_slice mime;
    bool used;
};

/* A row that waits for its turn. */
struct waiting {
    struct dtl_cdx_row row;
    uint64_t distance, sequence;
    void *strings;
};

struct dtl_cdx_query {
    struct dtl_store *store;
    struct dtl_arena *arena; /* parameters */
    struct dtl_query q;
    struct dtl_cursor *cursor;
    struct dtl_slice url;
    int64_t limit;
    bool reverse, closest;
    struct dtl_cdx_filter **filters; /* room for the most, once one is */
    size_t nfilters;
    struct collapse *collapse; /* likewise */
    size_t ncollapse;
    bool resolve;
    uint8_t fields[64];
    size_t nfields;
    enum output output;
    bool show_pages, show_key;
    int64_t page; /* -1: all */
    uint64_t page_size;
    struct dtl_slice resume;
    uint64_t resume_skip; /* rows of the same key and time given before */
    struct original *originals;
    size_t noriginals, originals_room;
    struct dtl_arena *originals_arena;
    struct waiting *waiting;
    size_t nwaiting, waiting_at;
    bool waits; /* rows come from `waiting` */
    int64_t given;
    bool ended;
    /* where the answer stands, for the resume key */
    struct dtl_buf last_key;
    int64_t last_time;
    uint64_t last_count;
    struct dtl_buf scratch;
};

/* ---- parameters --------------------------------------------------------- */

static struct dtl_slice param(const struct dtl_field *p, size_t n,
                              const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (dtl_equal(p[i].name, dtl_str(name)))
            return p[i].value;
    return dtl_str(NULL);
}

static bool is_true(struct dtl_slice s)
{
    return dtl_equal_nocase(s, dtl_str("true")) || dtl_equal(s, dtl_str("1"));
}

static int64_t signed_number(struct dtl_slice s, int64_t otherwise)
{
    bool minus = dtl_starts(s, "-");
    uint64_t v;

    if (!dtl_parse_u64(dtl_sub(s, minus, s.len), &v) || v > INT32_MAX)
        return otherwise;
    return minus ? -(int64_t)v : (int64_t)v;
}

static int no_memory(struct dtl_error *err)
{
    return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a query");
}

static int invalid(struct dtl_error *err, const char *name,
                   struct dtl_slice value)
{
    return dtl_fail(err, DTL_INVALID, 0, "Invalid %s: %.*s", name,
                    (int)(value.len < 100 ? value.len : 100),
                    (const char *)value.ptr);
}

static int read_match(struct dtl_cdx_query *q, const struct dtl_field *p,
                      size_t n, struct dtl_error *err)
{
    static const char *const types[] = { "exact", "prefix", "host", "domain" };
    struct dtl_slice type = param(p, n, "matchType");

    q->url = dtl_arena_dup(q->arena, param(p, n, "url"));
    if (q->url.ptr == NULL)
        return no_memory(err);
    if (q->url.len == 0)
        return dtl_fail(err, DTL_INVALID, 0, "The \"url\" param is required");
    if (type.len == 0) {
        if (dtl_starts(q->url, "*.")) {
            q->url = dtl_sub(q->url, 2, q->url.len);
            q->q.match = DTL_DOMAIN;
        } else if (dtl_ends(q->url, "*")) {
            q->url.len--;
            q->q.match = DTL_PREFIX;
        }
        return DTL_OK;
    }
    for (unsigned i = 0; i < 4; i++)
        if (dtl_equal(type, dtl_str(types[i]))) {
            q->q.match = (enum dtl_match)i;
            return DTL_OK;
        }
    return invalid(err, "match_type", type);
}

/* A timestamp cut short stands for its end where the latest is meant. */
static int64_t when(struct dtl_slice s, bool last)
{
    return s.len == 0 ? DTL_NO_TIME : dtl_time_parse_14(s, last);
}

static bool one_of(struct dtl_slice s, const char *const *words)
{
    for (; *words != NULL; words++)
        if (dtl_equal(s, dtl_str(*words)))
            return true;
    return s.len == 0;
}

static int read_order(struct dtl_cdx_query *q, const struct dtl_field *p,
                      size_t n, struct dtl_error *err)
{
    static const char *const sorts[] = { "default", "reverse", "closest",
                                         NULL };
    struct dtl_slice sort = param(p, n, "sort"), limit = param(p, n, "limit");

    if (!one_of(sort, sorts))
        return invalid(err, "sort", sort);
    if (limit.len > 0 && signed_number(limit, INT64_MAX) == INT64_MAX)
        return invalid(err, "limit", limit);
    q->q.from = when(param(p, n, "from"), false);
    q->q.to = when(param(p, n, "to"), true);
    q->q.closest = when(param(p, n, "closest"), true);
    q->closest = q->q.closest != DTL_NO_TIME;
    q->reverse =
        dtl_equal(sort, dtl_str("reverse")) || is_true(param(p, n, "reverse"));
    q->limit = signed_number(limit, LIMIT);
    if (q->limit == 0)
        q->limit = LIMIT;
    return DTL_OK;
}

static int read_fields(struct dtl_cdx_query *q, struct dtl_slice list)
{
    while (list.len > 0 && q->nfields < sizeof q->fields) {
        const uint8_t *comma = memchr(list.ptr, ',', list.len);
        size_t end = comma != NULL ? (size_t)(comma - list.ptr) : list.len;
        enum dtl_cdx_field f =
            dtl_cdx_field_named(dtl_trim(dtl_sub(list, 0, end)));

        if (f != DTL_CDX_FIELDS)
            q->fields[q->nfields++] = (uint8_t)f;
        list = dtl_sub(list, end + 1, list.len);
    }
    return DTL_OK;
}

static void read_output(struct dtl_cdx_query *q, const struct dtl_field *p,
                        size_t n)
{
    struct dtl_slice fields = param(p, n, "fields");
    struct dtl_slice output = param(p, n, "output");

    if (fields.len == 0)
        fields = param(p, n, "fl");
    if (fields.len > 0)
        read_fields(q, fields);
    else
        while (q->nfields < DTL_CDX_FIELDS) {
            q->fields[q->nfields] = (uint8_t)q->nfields;
            q->nfields++;
        }
    if (dtl_equal(output, dtl_str("json")))
        q->output = JSON;
    else if (dtl_equal(output, dtl_str("text")))
        q->output = TEXT;
    q->resolve = is_true(param(p, n, "resolveRevisits"));
    q->show_pages = is_true(param(p, n, "showNumPages"));
    q->show_key = is_true(param(p, n, "showResumeKey"));
    q->page = signed_number(param(p, n, "page"), -1);
    q->page_size = (uint64_t)signed_number(param(p, n, "pageSize"), PAGE_SIZE);
    if (q->page_size == 0 || q->page_size > INT32_MAX)
        q->page_size = PAGE_SIZE;
}

static bool collapse_room(struct dtl_cdx_query *q)
{
    if (q->collapse == NULL)
        q->collapse =
            dtl_arena_calloc(q->arena, MOST_COLLAPSE, sizeof *q->collapse);
    return q->collapse != NULL;
}

static int add_filter(struct dtl_cdx_query *q, struct dtl_slice value,
                      struct dtl_error *err)
{
    int rc;

    if (q->nfilters == MOST_FILTERS)
        return dtl_fail(err, DTL_INVALID, 0, "Too many filter params");
    if (q->filters == NULL)
        q->filters =
            dtl_arena_calloc(q->arena, MOST_FILTERS, sizeof *q->filters);
    if (q->filters == NULL)
        return no_memory(err);
    rc = dtl_cdx_filter_new(value, &q->filters[q->nfilters], err);
    q->nfilters += rc == DTL_OK;
    return rc;
}

static int add_collapse(struct dtl_cdx_query *q, struct dtl_slice value,
                        struct dtl_error *err)
{
    const uint8_t *colon =
        value.len > 0 ? memchr(value.ptr, ':', value.len) : NULL;
    size_t name = colon != NULL ? (size_t)(colon - value.ptr) : value.len;
    enum dtl_cdx_field f = dtl_cdx_field_named(dtl_sub(value, 0, name));
    uint64_t digits = 0;

    if (q->ncollapse == MOST_COLLAPSE)
        return dtl_fail(err, DTL_INVALID, 0, "Too many collapse params");
    if (!collapse_room(q))
        return no_memory(err);
    if (f == DTL_CDX_FIELDS ||
        (colon != NULL &&
         (!dtl_parse_u64(dtl_sub(value, name + 1, value.len), &digits) ||
          digits == 0)))
        return dtl_fail(err, DTL_INVALID, 0, "Invalid collapse: %.*s",
                        (int)(value.len < 100 ? value.len : 100),
                        (const char *)value.ptr);
    q->collapse[q->ncollapse].field = (uint8_t)f;
    q->collapse[q->ncollapse++].digits = (size_t)digits;
    return DTL_OK;
}

static int read_repeated(struct dtl_cdx_query *q, const struct dtl_field *p,
                         size_t n, struct dtl_error *err)
{
    struct dtl_slice time = param(p, n, "collapseTime");
    uint64_t digits;
    int rc = DTL_OK;

    for (size_t i = 0; rc == DTL_OK && i < n; i++) {
        if (dtl_equal(p[i].name, dtl_str("filter"))) {
            rc = add_filter(q, p[i].value, err);
        } else if (dtl_equal(p[i].name, dtl_str("collapse"))) {
            rc = add_collapse(q, p[i].value, err);
        }
    }
    if (rc != DTL_OK || time.len == 0 || !dtl_parse_u64(time, &digits) ||
        digits == 0)
        return rc;
    /* Time and status are one token: neither may differ. */
    if (q->ncollapse + 2 > MOST_COLLAPSE)
        return dtl_fail(err, DTL_INVALID, 0, "Too many collapse params");
    if (!collapse_room(q))
        return no_memory(err);
    q->collapse[q->ncollapse].field = DTL_CDX_TIMESTAMP;
    q->collapse[q->ncollapse++].digits = (size_t)digits;
    q->collapse[q->ncollapse].field = DTL_CDX_STATUS;
    q->collapse[q->ncollapse++].digits =
        SIZE_MAX; /* joined to the one before */
    return DTL_OK;
}

/* ---- resume keys: "key timestamp count", as a URL carries them ---------- */

static void write_resume_key(struct dtl_cdx_query *q, struct dtl_buf *out)
{
    static const char hex[] = "0123456789ABCDEF";
    char tail[48], time[DTL_TIME_14];

    for (size_t i = 0; i < q->last_key.len; i++) {
        uint8_t c = q->last_key.ptr[i];

        if (c <= ' ' || c >= 0x7f || strchr("%+&#", c) != NULL) {
            dtl_buf_byte(out, '%');
            dtl_buf_byte(out, (uint8_t)hex[c >> 4]);
            dtl_buf_byte(out, (uint8_t)hex[c & 15]);
        } else {
            dtl_buf_byte(out, c);
        }
    }
    dtl_time_14(q->last_time, time);
    snprintf(tail, sizeof tail, "+%s+%" PRIu64, time, q->last_count);
    dtl_buf_str(out, tail);
}

/* It may come decoded or as it was written. */
static int read_resume_key(struct dtl_cdx_query *q, struct dtl_slice s,
                           struct dtl_error *err)
{
    struct dtl_buf text = { 0 };
    struct dtl_slice parts;
    const uint8_t *space[2];
    uint64_t count;
    int64_t time = DTL_NO_TIME;

    if (s.len == 0)
        return DTL_OK;
    for (size_t i = 0; i < s.len; i++) {
        uint8_t byte;

        if (s.ptr[i] == '%' && i + 2 < s.len &&
            dtl_unhex(dtl_sub(s, i + 1, i + 3), &byte)) {
            dtl_buf_byte(&text, byte);
            i += 2;
        } else {
            dtl_buf_byte(&text, s.ptr[i] == '+' ? ' ' : s.ptr[i]);
        }
    }
    parts = dtl_arena_dup(q->arena, dtl_buf_view(&text));
    dtl_buf_free(&text);
    if (parts.ptr == NULL)
        return no_memory(err);
    space[1] = parts.len > 0 ? memrchr(parts.ptr, ' ', parts.len) : NULL;
    space[0] = space[1] != NULL
                   ? memrchr(parts.ptr, ' ', (size_t)(space[1] - parts.ptr))
                   : NULL;
    if (space[0] != NULL)
        time = dtl_time_parse_14(
            dtl_slice_of(space[0] + 1, (size_t)(space[1] - space[0]) - 1),
            false);
    if (time == DTL_NO_TIME ||
        !dtl_parse_u64(
            dtl_sub(parts, (size_t)(space[1] + 1 - parts.ptr), parts.len),
            &count))
        return dtl_fail(err, DTL_INVALID, 0, "Invalid resumeKey");
    q->resume = dtl_slice_of(parts.ptr, (size_t)(space[0] - parts.ptr));
    q->last_time = time;
    q->resume_skip = count;
    return DTL_OK;
}

/* ---- rows of the store, in order, that pass ----------------------------- */

static struct original *original_slot(struct original *v, size_t room,
                                      const struct dtl_digest *d)
{
    size_t at = XXH3_64bits(d->bytes, d->len) & (room - 1);

    while (v[at].used && !dtl_digest_equal(&v[at].digest, d))
        at = (at + 1) & (room - 1);
    return &v[at];
}

static bool more_originals(struct dtl_cdx_query *q)
{
    size_t room = q->originals_room == 0 ? 256 : q->originals_room * 2;
    struct original *v = calloc(room, sizeof *v);

    if (v == NULL)
        return false;
    for (size_t i = 0; i < q->originals_room; i++)
        if (q->originals[i].used)
            *original_slot(v, room, &q->originals[i].digest) = q->originals[i];
    free(q->originals);
    q->originals = v;
    q->originals_room = room;
    return true;
}

/* As other CDX servers do it: among the rows of this answer, the first one of
 * that digest that is no revisit itself. */
static int resolve(struct dtl_cdx_query *q, struct dtl_cdx_row *r,
                   struct dtl_error *err)
{
    bool revisit = r->c.flags & DTL_CAPTURE_REVISIT;
    struct dtl_file_label *label;
    struct original *o;

    r->resolved = true;
    if (r->c.digest.kind == DTL_DIGEST_NONE)
        return DTL_OK;
    if (q->noriginals * 2 >= q->originals_room && !more_originals(q))
        return no_memory(err);
    o = original_slot(q->originals, q->originals_room, &r->c.digest);
    if (!o->used && !revisit && q->noriginals < MOST_ORIGINALS) {
        o->used = true;
        o->digest = r->c.digest;
        o->length = r->c.length;
        o->offset = r->c.offset;
        o->file = r->c.file;
        o->status = r->c.status;
        o->flags = r->c.flags;
        o->mime = dtl_arena_dup(q->originals_arena, r->c.mime);
        q->noriginals++;
        return o->mime.ptr == NULL ? no_memory(err) : DTL_OK;
    }
    if (!o->used || !revisit)
        return DTL_OK;
    r->has_original = true;
    r->orig_length = o->length;
    r->orig_offset = o->offset;
    label = dtl_store_file_label(q->store, o->file,
                                 o->flags & DTL_CAPTURE_IMPORTED);
    r->orig_filename = label != NULL ? label->text : dtl_str(NULL);
    r->c.mime = o->mime;
    r->empty_mime = o->mime.len == 0;
    if (r->c.status != 0 || (r->c.flags & DTL_CAPTURE_CDX_LINE))
        r->c.status = o->status;
    return DTL_OK;
}

static int passes(struct dtl_cdx_query *q, struct dtl_cdx_row *r,
                  struct dtl_error *err)
{
    for (size_t i = 0; i < q->nfilters; i++) {
        int yes =
            dtl_cdx_filter_passes(q->filters[i], q->store, r, &q->scratch, err);

        if (yes != 1)
            return yes;
    }
    return 1;
}

/* Does this row repeat the last one given in this field? */
static bool repeats(struct collapse *c, struct dtl_slice value)
{
    bool same = c->any && dtl_equal(dtl_buf_view(&c->last), value);

    if (!same) {
        dtl_buf_clear(&c->last);
        dtl_buf_slice(&c->last, value);
        c->any = true;
    }
    return same;
}

static bool collapsed(struct dtl_cdx_query *q, struct dtl_cdx_row *r)
{
    for (size_t i = 0; i < q->ncollapse; i++) {
        struct collapse *c = &q->collapse[i];
        struct dtl_slice value;

        if (!dtl_cdx_row_get(q->store, r, c->field, &value))
            value = dtl_str(NULL);
        if (c->digits > 0)
            value = dtl_sub(value, 0, c->digits);
        if (i + 1 < q->ncollapse && q->collapse[i + 1].digits == SIZE_MAX) {
            struct dtl_slice status;

            dtl_buf_clear(&q->scratch);
            dtl_buf_slice(&q->scratch, value);
            dtl_buf_byte(&q->scratch, ' ');
            if (dtl_cdx_row_get(q->store, r, DTL_CDX_STATUS, &status))
                dtl_buf_slice(&q->scratch, status);
            value = dtl_buf_view(&q->scratch);
            i++;
        }
        if (repeats(c, value))
            return true;
    }
    return false;
}

static void note_place(struct dtl_cdx_query *q, const struct dtl_capture *c)
{
    if (c->time == q->last_time &&
        dtl_equal(dtl_buf_view(&q->last_key), c->key)) {
        q->last_count++;
        return;
    }
    dtl_buf_clear(&q->last_key);
    dtl_buf_slice(&q->last_key, c->key);
    q->last_time = c->time;
    q->last_count = 1;
}

/* The next row that passes, in the cursor's order. */
static int next_row(struct dtl_cdx_query *q, struct dtl_cdx_row *r,
                    struct dtl_error *err)
{
    for (;;) {
        int yes, rc;

        memset(r, 0, offsetof(struct dtl_cdx_row, time));
        rc = dtl_query_next(q->cursor, &r->c, NULL, err);
        if (rc != DTL_OK)
            return rc;
        if (q->show_key || q->resume.ptr != NULL)
            note_place(q, &r->c);
        if (q->resume.ptr != NULL) {
            if (q->resume_skip > 0 && r->c.time == q->q.start_time &&
                dtl_equal(r->c.key, q->resume)) {
                q->resume_skip--;
                continue;
            }
            q->resume_skip = 0;
        }
        if (q->resolve && (rc = resolve(q, r, err)) != DTL_OK)
            return rc;
        yes = passes(q, r, err);
        if (yes < 0)
            return yes;
        if (yes && !collapsed(q, r))
            return DTL_OK;
    }
}

/* ---- orders that must see all rows first -------------------------------- */

/* A copy of the row that lives as long as it waits. */
static int keep_row(const struct dtl_cdx_row *r, struct waiting *out,
                    struct dtl_error *err)
{
    const struct dtl_slice *from[] = { &r->c.url, &r->c.key, &r->c.mime,
                                       &r->c.redirect };
    struct dtl_slice *to[] = { &out->row.c.url, &out->row.c.key,
                               &out->row.c.mime, &out->row.c.redirect };
    size_t size = 1, at = 0;
    uint8_t *p;

    for (size_t i = 0; i < 4; i++)
        size += from[i]->len;
    p = malloc(size);
    if (p == NULL)
        return no_memory(err);
    out->row = *r;
    out->row.c.record_id = dtl_str(NULL);
    out->strings = p;
    for (size_t i = 0; i < 4; i++) {
        if (from[i]->len > 0)
            memcpy(p + at, from[i]->ptr, from[i]->len);
        *to[i] = dtl_slice_of(p + at, from[i]->len);
        at += from[i]->len;
    }
    return DTL_OK;
}

static int by_distance(const void *a, const void *b)
{
    const struct waiting *x = a, *y = b;

    if (x->distance != y->distance)
        return x->distance < y->distance ? -1 : 1;
    return x->sequence < y->sequence ? -1 : x->sequence > y->sequence;
}

static void swap(struct waiting *a, struct waiting *b)
{
    struct waiting t = *a;

    *a = *b;
    *b = t;
}

/* A heap with the farthest on top. */
static void heap_up(struct waiting *v, size_t i)
{
    for (; i > 0 && by_distance(&v[(i - 1) / 2], &v[i]) < 0; i = (i - 1) / 2)
        swap(&v[(i - 1) / 2], &v[i]);
}

static void heap_down(struct waiting *v, size_t n)
{
    for (size_t i = 0;;) {
        size_t child = 2 * i + 1;

        if (child + 1 < n && by_distance(&v[child], &v[child + 1]) < 0)
            child++;
        if (child >= n || by_distance(&v[child], &v[i]) <= 0)
            return;
        swap(&v[i], &v[child]);
        i = child;
    }
}

/* Keep the `limit` closest, or with reverse or a negative limit the last. */
static int gather(struct dtl_cdx_query *q, struct dtl_error *err)
{
    size_t most = (size_t)(q->limit < 0 ? -q->limit : q->limit), room = 0;
    uint64_t sequence = 0;
    struct dtl_cdx_row row;
    int rc;

    if (most > LIMIT)
        most = LIMIT;
    while ((rc = next_row(q, &row, err)) == DTL_OK) {
        /* Farther from the end is farther away. */
        uint64_t d = q->closest ? (uint64_t)llabs(row.c.time - q->q.closest)
                                : UINT64_MAX - sequence;
        struct waiting w = { .distance = d, .sequence = sequence++ };

        if (q->nwaiting == most && d >= q->waiting[0].distance)
            continue;
        if ((rc = keep_row(&row, &w, err)) != DTL_OK)
            return rc;
        if (q->nwaiting == most) {
            free(q->waiting[0].strings);
            q->waiting[0] = w;
            heap_down(q->waiting, most);
            continue;
        }
        if (q->nwaiting == room) {
            struct waiting *more;

            room = room == 0 ? 64 : room * 2;
            more = realloc(q->waiting, room * sizeof *more);
            if (more == NULL) {
                free(w.strings);
                return no_memory(err);
            }
            q->waiting = more;
        }
        q->waiting[q->nwaiting] = w;
        heap_up(q->waiting, q->nwaiting++);
    }
    if (q->nwaiting > 1)
        qsort(q->waiting, q->nwaiting, sizeof *q->waiting, by_distance);
    /* The last ones, in their own order. */
    for (size_t i = 0; !q->closest && !q->reverse && i < q->nwaiting / 2; i++)
        swap(&q->waiting[i], &q->waiting[q->nwaiting - 1 - i]);
    q->waits = true;
    return rc == DTL_END ? DTL_OK : rc;
}

/* ---- open --------------------------------------------------------------- */

/* The answer is cut into pages where the largest segment's captures number a
 * multiple of what a page holds: a page is a range of keys, and opens as fast
 * as any. */
static int pages(struct dtl_cdx_query *q, struct dtl_error *err)
{
    uint64_t blocks;
    int rc = dtl_query_pages(q->store, &q->q, BLOCK_LINES, &blocks, err);
    uint64_t n = (blocks + q->page_size - 1) / q->page_size;

    if (rc != DTL_OK)
        return rc;
    if (q->show_pages) {
        q->last_count = blocks;
        q->given = (int64_t)n;
        return DTL_OK;
    }
    if (q->page < 0 || (q->page == 0 && n == 0))
        return DTL_OK;
    if ((uint64_t)q->page >= n)
        return dtl_fail(err, DTL_INVALID, 0,
                        "Page %" PRId64 " invalid: First Page is 0, Last Page "
                        "is %" PRIu64,
                        q->page, n > 0 ? n - 1 : 0);
    q->q.first_block = (uint64_t)q->page * q->page_size;
    q->q.blocks = q->page_size;
    q->q.block_rows = BLOCK_LINES;
    return DTL_OK;
}

static int start(struct dtl_cdx_query *q, struct dtl_error *err)
{
    bool stateful = q->ncollapse > 0 || q->resolve;
    /* Orders the store gives by itself, if no row depends on those before. */
    bool by_store =
        !stateful && (!q->closest || q->q.match == DTL_EXACT) && q->limit > 0;
    int rc;

    if (by_store && q->closest)
        q->q.sort = DTL_SORT_CLOSEST;
    else if (by_store && q->reverse)
        q->q.sort = DTL_SORT_REVERSE;
    if (q->resume.ptr != NULL) {
        q->q.start_key = q->resume;
        q->q.start_time = q->last_time;
        q->last_time = DTL_NO_TIME;
    }
    rc = dtl_query_open(q->store, &q->q, &q->cursor, err);
    if (rc == DTL_OK && !by_store && (q->closest || q->reverse || q->limit < 0))
        rc = gather(q, err);
    return rc;
}

int dtl_cdx_query_open(struct dtl_store *s, const struct dtl_field *params,
                       size_t n, struct dtl_cdx_query **out,
                       struct dtl_error *err)
{
    struct dtl_cdx_query *q = calloc(1, sizeof *q);
    int rc;

    *out = NULL;
    if (q == NULL || (q->arena = dtl_arena_new(0)) == NULL ||
        (q->originals_arena = dtl_arena_new(0)) == NULL) {
        dtl_cdx_query_close(q);
        return no_memory(err);
    }
    q->store = s;
    q->last_time = DTL_NO_TIME;
    rc = read_match(q, params, n, err);
    if (rc == DTL_OK) {
        q->q.url = q->url;
        rc = read_order(q, params, n, err);
        read_output(q, params, n);
        if (rc == DTL_OK)
            rc = read_repeated(q, params, n, err);
    }
    if (rc == DTL_OK)
        rc = read_resume_key(q, param(params, n, "resumeKey"), err);
    if (rc == DTL_OK && (q->show_pages || q->page >= 0))
        rc = pages(q, err);
    if (rc == DTL_OK && !q->show_pages)
        rc = start(q, err);
    if (rc != DTL_OK) {
        dtl_cdx_query_close(q);
        return rc;
    }
    *out = q;
    return DTL_OK;
}

void dtl_cdx_query_close(struct dtl_cdx_query *q)
{
    if (q == NULL)
        return;
    dtl_query_close(q->cursor);
    for (size_t i = 0; i < q->nfilters; i++)
        dtl_cdx_filter_free(q->filters[i]);
    for (size_t i = 0; i < q->ncollapse; i++)
        dtl_buf_free(&q->collapse[i].last);
    for (size_t i = 0; i < q->nwaiting; i++)
        free(q->waiting[i].strings);
    free(q->waiting);
    free(q->originals);
    dtl_arena_free(q->originals_arena);
    dtl_buf_free(&q->last_key);
    dtl_buf_free(&q->scratch);
    dtl_arena_free(q->arena);
    free(q);
}

const char *dtl_cdx_query_type(const struct dtl_cdx_query *q)
{
    switch (q->output) {
    case JSON: return "text/x-ndjson";
    case TEXT: return "text/plain";
    default: return "text/x-cdxj";
    }
}

/* ---- next --------------------------------------------------------------- */

static int page_count(struct dtl_cdx_query *q, struct dtl_buf *out)
{
    if (q->ended)
        return DTL_END;
    q->ended = true;
    dtl_buf_printf(out,
                   "{\"pages\": %" PRId64 ", \"pageSize\": %" PRIu64
                   ", \"blocks\": %" PRIu64 "}\n",
                   q->given, q->page_size, q->last_count);
    return DTL_OK;
}

/* After `limit` lines: an empty line and the key, if more would follow. */
static int at_limit(struct dtl_cdx_query *q, struct dtl_buf *out,
                    struct dtl_error *err)
{
    struct dtl_cdx_row row;
    struct dtl_buf key = { 0 };
    int rc;

    if (q->ended || !q->show_key || q->waits)
        return DTL_END;
    q->ended = true;
    write_resume_key(q, &key);
    rc = next_row(q, &row, err);
    if (rc == DTL_OK) {
        dtl_buf_byte(out, '\n');
        dtl_buf_slice(out, dtl_buf_view(&key));
        dtl_buf_byte(out, '\n');
    }
    dtl_buf_free(&key);
    return rc;
}

int dtl_cdx_query_next(struct dtl_cdx_query *q, struct dtl_buf *out,
                       struct dtl_error *err)
{
    struct dtl_cdx_row row, *r = &row;
    int rc = DTL_OK;

    if (q->show_pages)
        return page_count(q, out);
    if (q->waits) {
        if (q->waiting_at == q->nwaiting)
            return DTL_END;
        r = &q->waiting[q->waiting_at++].row;
    } else {
        if (q->given >= q->limit)
            return at_limit(q, out, err);
        rc = next_row(q, &row, err);
    }
    if (rc != DTL_OK)
        return rc;
    q->given++;
    if (q->output == TEXT)
        dtl_cdx_row_text(q->store, r, q->fields, q->nfields, out);
    else
        dtl_cdx_row_json(q->store, r, q->fields, q->nfields, q->output == JSON,
                         out);
    dtl_buf_byte(out, '\n');
    return out->failed ? no_memory(err) : DTL_OK;
}
