/* SPDX-License-Identifier: Apache-2.0 */
#include "read.h"

#include <dateline/url.h>
#include <stdlib.h>

#define MOST_CLOSEST                                        \
    100000 /* kept at once when sorting many URLs' captures \
            */

/* Captures of all segments in one direction, merged. */
struct merge {
    struct dtl_store *store;
    struct dtl_stream *streams; /* one a segment */
    bool forward;
    bool started;
    struct dtl_slice low, high; /* sort keys: [low, high) */
    struct dtl_slice low_key, high_key;
    int64_t low_time, high_time;
};

/* A capture whose turn comes later. */
struct kept {
    uint64_t distance, sequence;
    struct dtl_ref ref;
};

struct dtl_cursor {
    struct dtl_store *store;
    struct dtl_query q;
    struct dtl_arena *arena; /* the bounds */
    struct merge ahead;      /* or the only one */
    struct merge back;       /* with closest: what is earlier */
    bool both;
    struct dtl_buf strings[2]; /* of a capture and of the next one alike */
    bool bounded;              /* times are bounded */
    int64_t left;              /* captures still to give; negative: no limit */
    struct kept *kept;         /* give these, in order */
    size_t nkept, kept_at;
    struct dtl_ref *group; /* earlier ones of one time, the last comes first */
    size_t ngroup, group_room;
};

/* ---- one direction ------------------------------------------------------ */

static int merge_open(struct merge *m, struct dtl_store *s, bool forward,
                      struct dtl_slice low, struct dtl_slice high,
                      struct dtl_error *err)
{
    m->store = s;
    m->forward = forward;
    m->started = false;
    m->low = low;
    m->high = high;
    if (!dtl_sort_key_split(low, &m->low_key, &m->low_time) ||
        !dtl_sort_key_split(high, &m->high_key, &m->high_time))
        return dtl_fail(err, DTL_INVALID, 0, "not a sort key");
    m->streams = calloc(s->nsegments + 1, sizeof *m->streams);
    return m->streams != NULL
               ? DTL_OK
               : dtl_fail(err, DTL_NOMEM, 0, "out of memory for a query");
}

static void merge_close(struct merge *m)
{
    for (uint32_t i = 0; m->streams != NULL && i < m->store->nsegments; i++)
        dtl_stream_free(&m->streams[i]);
    free(m->streams);
}

/* Stop a stream that has left the bounds. */
static void check_bound(const struct merge *m, struct dtl_stream *s)
{
    struct dtl_slice key = dtl_stream_key(s);
    int d;

    if (!s->there)
        return;
    if (m->forward) {
        d = dtl_compare(key, m->high_key);
        if (d > 0 || (d == 0 && dtl_block_time(&s->block) >= m->high_time))
            s->there = false;
    } else {
        d = dtl_compare(key, m->low_key);
        if (d < 0 || (d == 0 && dtl_block_time(&s->block) < m->low_time))
            s->there = false;
    }
}

static int merge_start(struct merge *m, struct dtl_error *err)
{
    for (uint32_t i = 0; i < m->store->nsegments; i++) {
        int rc =
            dtl_stream_seek(&m->streams[i], &m->store->segments[i],
                            m->forward ? m->low : m->high, m->forward, err);

        if (rc != DTL_OK && rc != DTL_END)
            return rc;
        check_bound(m, &m->streams[i]);
    }
    m->started = true;
    return DTL_OK;
}

static int compare_rows(const struct dtl_stream *a, const struct dtl_stream *b)
{
    int d = dtl_compare(dtl_stream_key(a), dtl_stream_key(b));
    uint32_t file[2];
    uint64_t at[2];
    int64_t s, t;

    if (d != 0)
        return d;
    s = dtl_block_time(&a->block);
    t = dtl_block_time(&b->block);
    if (s != t)
        return s < t ? -1 : 1;
    /* Then by place, so that it does not matter which segment has which. */
    dtl_block_place(&a->block, &file[0], &at[0]);
    dtl_block_place(&b->block, &file[1], &at[1]);
    if (file[0] != file[1])
        return file[0] < file[1] ? -1 : 1;
    return at[0] < at[1] ? -1 : at[0] > at[1];
}

/* The stream whose row comes next, or -1. */
static int merge_head(struct merge *m)
{
    int best = -1;

    for (uint32_t i = 0; i < m->store->nsegments; i++) {
        int d;

        if (!m->streams[i].there)
            continue;
        if (best < 0) {
            best = (int)i;
            continue;
        }
        d = compare_rows(&m->streams[i], &m->streams[best]);
        if (m->forward ? d < 0 : d >= 0)
            best = (int)i;
    }
    return best;
}

static int merge_step(struct merge *m, int i, struct dtl_error *err)
{
    struct dtl_stream *s = &m->streams[i];
    int rc = dtl_stream_step(s, m->forward, err);

    if (rc == DTL_END)
        return DTL_OK;
    if (rc == DTL_OK)
        check_bound(m, s);
    return rc;
}

static int read_row(struct merge *m, int i, struct dtl_buf *strings,
                    struct dtl_capture *out, struct dtl_ref *ref,
                    struct dtl_error *err)
{
    const struct dtl_stream *s = &m->streams[i];

    ref->segment = (uint32_t)i;
    ref->ordinal = dtl_block_ordinal(&s->block);
    return dtl_block_capture(&s->block, &s->segment->kinds, strings, out, err);
}

/* The same record told by a CDX line and by the archive itself is one capture:
 * the archive knows more. */
static int drop_twins(struct dtl_cursor *c, struct merge *m, int chosen,
                      struct dtl_capture *out, struct dtl_ref *ref,
                      struct dtl_error *err)
{
    for (uint32_t i = 0; i < m->store->nsegments; i++) {
        struct dtl_capture twin;
        struct dtl_ref twin_ref;
        int rc;

        if ((int)i == chosen || !m->streams[i].there)
            continue;
        if (dtl_block_time(&m->streams[i].block) != out->time ||
            !dtl_equal(dtl_stream_key(&m->streams[i]), out->key))
            continue;
        rc = read_row(m, (int)i, &c->strings[1], &twin, &twin_ref, err);
        if (rc != DTL_OK)
            return rc;
        if (twin.file != out->file || twin.offset != out->offset)
            continue;
        if ((out->flags & DTL_CAPTURE_IMPORTED) &&
            !(twin.flags & DTL_CAPTURE_IMPORTED)) {
            struct dtl_buf swap = c->strings[0];

            c->strings[0] = c->strings[1];
            c->strings[1] = swap;
            *out = twin;
            *ref = twin_ref;
        }
        if ((rc = merge_step(m, (int)i, err)) != DTL_OK)
            return rc;
    }
    return DTL_OK;
}

static bool wanted(const struct dtl_cursor *c, const struct dtl_stream *s)
{
    int64_t t;

    if (!c->bounded)
        return true;
    t = dtl_block_time(&s->block);
    return (c->q.from == DTL_NO_TIME || t >= c->q.from) &&
           (c->q.to == DTL_NO_TIME || t <= c->q.to);
}

static int merge_next(struct dtl_cursor *c, struct merge *m,
                      struct dtl_capture *out, struct dtl_ref *ref,
                      struct dtl_error *err)
{
    int rc = m->started ? DTL_OK : merge_start(m, err);

    while (rc == DTL_OK) {
        int i = merge_head(m);

        if (i < 0)
            return DTL_END;
        if (!wanted(c, &m->streams[i])) {
            rc = merge_step(m, i, err);
            continue;
        }
        rc = read_row(m, i, &c->strings[0], out, ref, err);
        if (rc == DTL_OK)
            rc = merge_step(m, i, err);
        if (rc == DTL_OK && dtl_store_is_removed(c->store, (uint32_t)i, out))
            continue;
        return rc == DTL_OK ? drop_twins(c, m, i, out, ref, err) : rc;
    }
    return rc;
}

/* ---- bounds ------------------------------------------------------------- */

static struct dtl_slice bound(struct dtl_arena *a, struct dtl_slice key,
                              const char *more, int64_t time)
{
    struct dtl_buf b = { 0 };
    struct dtl_slice out = { 0 };

    dtl_buf_slice(&b, key);
    dtl_buf_str(&b, more);
    key = dtl_arena_dup(a, dtl_buf_view(&b));
    b.len = 0;
    dtl_sort_key(&b, key, time);
    if (!b.failed && key.ptr != NULL)
        out = dtl_arena_dup(a, dtl_buf_view(&b));
    dtl_buf_free(&b);
    return out;
}

/* The key that follows all that begin with `key`. */
static struct dtl_slice after(struct dtl_arena *a, struct dtl_slice key)
{
    struct dtl_slice copy = dtl_arena_dup(a, key);
    uint8_t *p = (uint8_t *)(uintptr_t)copy.ptr;

    while (copy.ptr != NULL && copy.len > 0 && p[copy.len - 1] == 0xff)
        copy.len--;
    if (copy.ptr != NULL && copy.len > 0)
        p[copy.len - 1]++;
    return copy;
}

/* The SURT key of the query.  A slash or question mark that ends a prefix is
 * taken to the letter, as other CDX servers do, though the key of the whole
 * URL would drop it: what lies below a path, not the path itself. */
static int query_key(struct dtl_cursor *c, struct dtl_slice *out,
                     struct dtl_error *err)
{
    const struct dtl_query *q = &c->q;
    uint8_t last;

    *out = q->key;
    if (q->key.len > 0 || q->url.len == 0)
        return DTL_OK;
    *out = dtl_surt(c->arena, q->url, DTL_SURT_WAYBACK);
    last = q->url.ptr[q->url.len - 1];
    if (out->ptr != NULL && q->match == DTL_PREFIX &&
        (last == '/' || last == '?') && out->len > 0 &&
        out->ptr[out->len - 1] != last)
        *out = dtl_str(dtl_arena_printf(c->arena, "%.*s%c", (int)out->len,
                                        (const char *)out->ptr, last));
    return out->ptr != NULL
               ? DTL_OK
               : dtl_fail(err, DTL_NOMEM, 0, "out of memory for a query");
}

/* Sort keys of the query: [low, high).  Ranges of host and domain are those of
 * other CDX servers: "org,archive)/" to "org,archive*", or to "org,archive-",
 * which takes in the subdomains after the comma. */
static int bounds(struct dtl_cursor *c, struct dtl_slice *low,
                  struct dtl_slice *high, struct dtl_error *err)
{
    const struct dtl_query *q = &c->q;
    struct dtl_arena *a = c->arena;
    struct dtl_slice key, host, begin;
    const uint8_t *paren;
    int rc = query_key(c, &key, err);

    if (rc != DTL_OK)
        return rc;
    paren = key.len > 0 ? memchr(key.ptr, ')', key.len) : NULL;
    host = paren != NULL ? dtl_sub(key, 0, (size_t)(paren - key.ptr)) : key;
    switch (q->match) {
    case DTL_EXACT:
        *low = bound(a, key, "", q->from == DTL_NO_TIME ? INT64_MIN : q->from);
        *high = bound(a, key, "",
                      q->to == DTL_NO_TIME || q->to == INT64_MAX ? INT64_MAX
                                                                 : q->to + 1);
        break;
    case DTL_PREFIX:
        *low = bound(a, key, "", INT64_MIN);
        *high = bound(a, after(a, key), "", INT64_MIN);
        if (key.len == 0) /* everything */
            *high = bound(a, dtl_str("\xff\xff\xff\xff"), "", INT64_MAX);
        break;
    case DTL_HOST:
        *low = bound(a, host, ")/", INT64_MIN);
        *high = bound(a, host, "*", INT64_MIN);
        break;
    case DTL_DOMAIN:
        *low = bound(a, host, ")/", INT64_MIN);
        *high = bound(a, host, "-", INT64_MIN);
        break;
    default: return dtl_fail(err, DTL_INVALID, 0, "no such kind of match");
    }
    begin = *low;
    if (q->start_key.len > 0)
        begin = bound(a, q->start_key, "", q->start_time);
    if (low->ptr == NULL || high->ptr == NULL || begin.ptr == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a query");
    if (dtl_compare(begin, *low) > 0)
        *low = begin;
    return DTL_OK;
}

/* ---- pages -------------------------------------------------------------- */

/* Ordinal of the first capture of segment `i` at or after `sort_key`. */
static int rank_of(struct dtl_store *s, uint32_t i, struct dtl_slice sort_key,
                   uint64_t *out, struct dtl_error *err)
{
    struct dtl_stream stream = { 0 };
    int rc = dtl_stream_seek(&stream, &s->segments[i], sort_key, true, err);

    *out = rc == DTL_OK ? dtl_block_ordinal(&stream.block)
                        : s->segments[i].ncaptures;
    dtl_stream_free(&stream);
    return rc == DTL_END ? DTL_OK : rc;
}

/* The segment with most captures of the range, and their ordinals. */
static int largest(struct dtl_store *s, struct dtl_slice low,
                   struct dtl_slice high, uint32_t *segment, uint64_t *first,
                   uint64_t *count, struct dtl_error *err)
{
    *segment = 0;
    *first = *count = 0;
    for (uint32_t i = 0; i < s->nsegments; i++) {
        uint64_t from, to;
        int rc = rank_of(s, i, low, &from, err);

        if (rc == DTL_OK)
            rc = rank_of(s, i, high, &to, err);
        if (rc != DTL_OK)
            return rc;
        if (to > from && to - from > *count) {
            *segment = i;
            *first = from;
            *count = to - from;
        }
    }
    return DTL_OK;
}

static int cut_at(struct dtl_cursor *c, uint32_t segment, uint64_t ordinal,
                  struct dtl_slice *out, struct dtl_error *err)
{
    struct dtl_capture capture;
    int rc = dtl_segment_capture(&c->store->segments[segment],
                                 (uint32_t)ordinal, &c->store->block,
                                 &c->store->strings, &capture, err);

    if (rc != DTL_OK)
        return rc;
    *out = bound(c->arena, capture.key, "", capture.time);
    return out->ptr != NULL
               ? DTL_OK
               : dtl_fail(err, DTL_NOMEM, 0, "out of memory for a query");
}

/* Narrow the bounds to the blocks asked for.  Blocks are cut where the largest
 * segment's captures number a multiple of block_rows. */
static int narrow(struct dtl_cursor *c, struct dtl_slice *low,
                  struct dtl_slice *high, struct dtl_error *err)
{
    const struct dtl_query *q = &c->q;
    struct dtl_slice from = *low, to = *high;
    uint64_t first, count, begin, end;
    uint32_t segment;
    int rc;

    if (q->blocks == 0 || q->block_rows == 0)
        return DTL_OK;
    rc = largest(c->store, *low, *high, &segment, &first, &count, err);
    if (rc != DTL_OK)
        return rc;
    if (q->first_block > UINT32_MAX || q->blocks > UINT32_MAX ||
        q->block_rows > UINT32_MAX)
        return dtl_fail(err, DTL_INVALID, 0, "no such page");
    begin = q->first_block * q->block_rows;
    end = begin + q->blocks * q->block_rows;
    if (begin > 0 && begin >= count)
        from = to; /* past the last */
    else if (begin > 0)
        rc = cut_at(c, segment, first + begin, &from, err);
    if (rc == DTL_OK && end < count)
        rc = cut_at(c, segment, first + end, &to, err);
    *low = from;
    *high = to;
    return rc;
}

int dtl_query_pages(struct dtl_store *s, const struct dtl_query *q,
                    uint64_t rows, uint64_t *blocks, struct dtl_error *err)
{
    struct dtl_cursor c = { .store = s, .q = *q };
    struct dtl_slice low, high;
    uint64_t first, count;
    uint32_t segment;
    int rc;

    *blocks = 0;
    if (rows == 0)
        return dtl_fail(err, DTL_INVALID, 0, "a block needs rows");
    if ((c.arena = dtl_arena_new(0)) == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a query");
    rc = bounds(&c, &low, &high, err);
    if (rc == DTL_OK)
        rc = largest(s, low, high, &segment, &first, &count, err);
    if (rc == DTL_OK)
        *blocks = (count + rows - 1) / rows;
    dtl_arena_free(c.arena);
    return rc;
}

/* ---- orders that need captures kept ------------------------------------- */

static int keep(struct dtl_cursor *c, size_t room, struct dtl_error *err)
{
    c->kept = calloc(room, sizeof *c->kept);
    return c->kept != NULL
               ? DTL_OK
               : dtl_fail(err, DTL_NOMEM, 0, "out of memory for a query");
}

/* The last -limit captures, to be given in order. */
static int keep_last(struct dtl_cursor *c, struct dtl_error *err)
{
    size_t want = (size_t)-c->q.limit, room = 0, n = 0;
    struct dtl_capture capture;
    struct dtl_ref ref;
    int rc = DTL_OK;

    while (n < want &&
           (rc = merge_next(c, &c->ahead, &capture, &ref, err)) == DTL_OK) {
        if (n == room) {
            struct kept *more;

            room = room == 0 ? 64 : room * 2;
            more = realloc(c->kept, room * sizeof *more);
            if (more == NULL)
                return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a query");
            c->kept = more;
        }
        c->kept[n] = (struct kept){ 0, n, ref };
        n++;
    }
    for (size_t i = 0; i < n / 2; i++) {
        struct kept swap = c->kept[i];

        c->kept[i] = c->kept[n - 1 - i];
        c->kept[n - 1 - i] = swap;
    }
    c->nkept = n;
    return rc == DTL_END ? DTL_OK : rc;
}

static int by_distance(const void *a, const void *b)
{
    const struct kept *x = a, *y = b;

    if (x->distance != y->distance)
        return x->distance < y->distance ? -1 : 1;
    return x->sequence < y->sequence ? -1 : x->sequence > y->sequence;
}

/* A heap with the farthest on top. */
static void sift_down(struct kept *v, size_t n, size_t i)
{
    for (;;) {
        size_t child = 2 * i + 1;
        struct kept moved = v[i];

        if (child >= n)
            return;
        if (child + 1 < n && by_distance(&v[child], &v[child + 1]) < 0)
            child++;
        if (by_distance(&v[child], &moved) <= 0)
            return;
        v[i] = v[child];
        v[child] = moved;
        i = child;
    }
}

static uint64_t distance(int64_t a, int64_t b)
{
    return a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a;
}

/* Of many URLs: one pass that keeps the closest ones. */
static int keep_closest(struct dtl_cursor *c, struct dtl_error *err)
{
    size_t most = c->q.limit > 0 && c->q.limit < MOST_CLOSEST
                      ? (size_t)c->q.limit
                      : MOST_CLOSEST;
    struct dtl_capture capture;
    struct dtl_ref ref;
    uint64_t sequence = 0;
    int rc = keep(c, most, err);

    while (rc == DTL_OK &&
           (rc = merge_next(c, &c->ahead, &capture, &ref, err)) == DTL_OK) {
        struct kept k = { distance(capture.time, c->q.closest), sequence++,
                          ref };

        if (c->nkept < most) {
            c->kept[c->nkept++] = k;
            if (c->nkept == most)
                for (size_t i = most / 2; i-- > 0;)
                    sift_down(c->kept, most, i);
        } else if (by_distance(&k, &c->kept[0]) < 0) {
            c->kept[0] = k;
            sift_down(c->kept, most, 0);
        }
    }
    if (c->nkept > 1)
        qsort(c->kept, c->nkept, sizeof *c->kept, by_distance);
    return rc == DTL_END ? DTL_OK : rc;
}

/* ---- cursor ------------------------------------------------------------- */

static int open_orders(struct dtl_cursor *c, struct dtl_error *err)
{
    struct dtl_query *q = &c->q;
    struct dtl_slice low, high, middle;
    bool last = q->limit < 0;
    bool exact_closest = q->sort == DTL_SORT_CLOSEST && q->match == DTL_EXACT;
    int rc = bounds(c, &low, &high, err);

    if (rc == DTL_OK)
        rc = narrow(c, &low, &high, err);
    if (rc != DTL_OK)
        return rc;
    c->left = q->limit > 0 ? q->limit : -1;
    if (exact_closest) {
        struct dtl_slice key = dtl_sub(low, 0, low.len - 9);

        middle = bound(c->arena, key, "", q->closest);
        if (middle.ptr == NULL)
            return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a query");
        c->both = true;
        /* Bounds that do not hold the middle stop one side at once. */
        rc = merge_open(&c->ahead, c->store, true,
                        dtl_compare(middle, low) > 0 ? middle : low, high, err);
        return rc == DTL_OK
                   ? merge_open(&c->back, c->store, false, low,
                                dtl_compare(middle, high) < 0 ? middle : high,
                                err)
                   : rc;
    }
    rc = merge_open(&c->ahead, c->store, (q->sort != DTL_SORT_REVERSE) != last,
                    low, high, err);
    if (rc == DTL_OK && q->sort == DTL_SORT_CLOSEST)
        rc = keep_closest(c, err);
    else if (rc == DTL_OK && last)
        rc = keep_last(c, err);
    return rc;
}

int dtl_query_open(struct dtl_store *s, const struct dtl_query *q,
                   struct dtl_cursor **out, struct dtl_error *err)
{
    struct dtl_cursor *c = calloc(1, sizeof *c);
    int rc;

    *out = NULL;
    if (c == NULL || (c->arena = dtl_arena_new(0)) == NULL) {
        free(c);
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a query");
    }
    c->store = s;
    c->q = *q;
    if (c->q.from == 0)
        c->q.from = DTL_NO_TIME;
    if (c->q.to == 0)
        c->q.to = DTL_NO_TIME;
    q = &c->q;
    c->bounded = q->from != DTL_NO_TIME || q->to != DTL_NO_TIME;
    if (q->sort == DTL_SORT_CLOSEST && q->limit < 0)
        rc = dtl_fail(err, DTL_INVALID, 0,
                      "the last captures and the closest ones exclude each "
                      "other");
    else
        rc = open_orders(c, err);
    if (rc != DTL_OK) {
        dtl_query_close(c);
        return rc;
    }
    *out = c;
    return DTL_OK;
}

/* The next head of a side is known by its time, without reading it. */
static bool side_time(struct merge *m, int64_t *time)
{
    int i = merge_head(m);

    if (i < 0)
        return false;
    *time = dtl_block_time(&m->streams[i].block);
    return true;
}

/* Captures of one time keep their order, though this side runs backward. */
static int gather_group(struct dtl_cursor *c, int64_t time,
                        struct dtl_error *err)
{
    struct dtl_capture capture;
    int64_t head = time;
    int rc;

    while (side_time(&c->back, &head) && head == time) {
        if (c->ngroup == c->group_room) {
            size_t room = c->group_room == 0 ? 8 : c->group_room * 2;
            struct dtl_ref *group = realloc(c->group, room * sizeof *group);

            if (group == NULL)
                return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a query");
            c->group = group;
            c->group_room = room;
        }
        rc = merge_next(c, &c->back, &capture, &c->group[c->ngroup], err);
        if (rc != DTL_OK)
            return rc == DTL_END ? DTL_OK : rc;
        c->ngroup++;
    }
    return DTL_OK;
}

static int next_of_both(struct dtl_cursor *c, struct dtl_capture *out,
                        struct dtl_ref *ref, struct dtl_error *err)
{
    int64_t later, earlier;
    bool is_later, is_earlier;
    int rc = c->ahead.started ? DTL_OK : merge_start(&c->ahead, err);

    if (rc == DTL_OK && !c->back.started)
        rc = merge_start(&c->back, err);
    if (rc != DTL_OK)
        return rc;
    if (c->ngroup > 0)
        goto group;
    is_later = side_time(&c->ahead, &later);
    is_earlier = side_time(&c->back, &earlier);
    if (is_earlier && (!is_later || distance(earlier, c->q.closest) <=
                                        distance(later, c->q.closest))) {
        rc = gather_group(c, earlier, err);
        if (rc != DTL_OK || c->ngroup > 0)
            goto group;
    }
    return merge_next(c, &c->ahead, out, ref, err);

group:
    if (rc != DTL_OK)
        return rc;
    *ref = c->group[--c->ngroup];
    return dtl_segment_capture(&c->store->segments[ref->segment], ref->ordinal,
                               &c->store->block, &c->strings[0], out, err);
}

int dtl_query_next(struct dtl_cursor *c, struct dtl_capture *out,
                   struct dtl_ref *ref, struct dtl_error *err)
{
    struct dtl_ref unused;
    int rc;

    if (ref == NULL)
        ref = &unused;
    if (c->kept != NULL || c->q.limit < 0) {
        if (c->kept_at == c->nkept)
            return DTL_END;
        *ref = c->kept[c->kept_at++].ref;
        return dtl_segment_capture(&c->store->segments[ref->segment],
                                   ref->ordinal, &c->store->block,
                                   &c->strings[0], out, err);
    }
    if (c->left == 0)
        return DTL_END;
    rc = c->both ? next_of_both(c, out, ref, err)
                 : merge_next(c, &c->ahead, out, ref, err);
    if (rc == DTL_OK && c->left > 0)
        c->left--;
    return rc;
}

void dtl_query_close(struct dtl_cursor *c)
{
    if (c == NULL)
        return;
    merge_close(&c->ahead);
    merge_close(&c->back);
    dtl_buf_free(&c->strings[0]);
    dtl_buf_free(&c->strings[1]);
    dtl_arena_free(c->arena);
    free(c->kept);
    free(c->group);
    free(c);
}
