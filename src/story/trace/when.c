/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between when and when a page got its text.  Not after: the earliest capture
 * that holds it.  Not before: negative evidence only, an earlier capture of
 * the same address that did not.  Where there is none, nothing is said.
 */
#include "answer.h"

#include <stdlib.h>
#include <jansson.h>

#define CANDIDATES 16   /* earlier captures of one address looked at */
#define COMPARED   2000 /* texts compared for an answer */
#define PARTLY     0.2F /* of the text: then it was there, in part */
#define FEW_WORDS  40U  /* a stub, a wall: it proves nothing */
#define WEEK       (7 * 86400)

/* ---- negative evidence ----------------------------------------------------
 */

struct earlier {
    struct dtl_ref capture, article; /* ordinal DTL_NO_ARTICLE: gone */
    int64_t time;
    const char *file;
    uint64_t offset;
};

static bool whole(const struct dtl_capture *c)
{
    const unsigned harmed = DTL_CAPTURE_TRUNCATED | DTL_CAPTURE_DAMAGED |
                            DTL_CAPTURE_REVISIT | DTL_CAPTURE_IMPORTED;

    return (c->flags & harmed) == 0;
}

/* The last captures of `url` before `time` that may not have had the text, in
 * their order. */
static int find_earlier(struct dtl_sightings *s, struct dtl_slice url,
                        int64_t time, struct earlier out[CANDIDATES], size_t *n,
                        struct dtl_error *err)
{
    struct dtl_query q = { .url = url, .to = time - 1 };
    struct dtl_cursor *cursor = NULL;
    struct dtl_capture c;
    struct dtl_ref ref;
    int rc = dtl_query_open(s->store, &q, &cursor, err);

    *n = 0;
    while (rc == DTL_OK &&
           (rc = dtl_query_next(cursor, &c, &ref, err)) == DTL_OK) {
        bool gone = c.status == 404 || c.status == 410;

        if (!gone && (c.article == DTL_NO_ARTICLE || !whole(&c)))
            continue;
        if (*n == CANDIDATES)
            memmove(out, out + 1, --*n * sizeof *out);
        out[*n] = (struct earlier){
            .capture = ref,
            .article = { ref.segment, gone ? DTL_NO_ARTICLE : c.article },
            .time = c.time,
            .offset = c.offset,
        };
        if (dtl_store_file_name(s->store, c.file, &out[*n].file, NULL) !=
            DTL_OK)
            out[*n].file = "";
        ++*n;
    }
    dtl_query_close(cursor);
    return rc == DTL_END || rc == DTL_NOTFOUND ? DTL_OK : rc;
}

static bool is_stub(const struct dtl_article_row *row)
{
    json_t *meta = json_loadb((const char *)row->meta.ptr, row->meta.len,
                              JSON_ALLOW_NUL, NULL);
    const char *type = json_string_value(json_object_get(meta, "page_type"));
    bool stub = row->words < FEW_WORDS ||
                json_is_true(json_object_get(meta, "paywalled")) ||
                (type != NULL && strcmp(type, "error") == 0);

    json_decref(meta);
    return stub;
}

/* Is this another text, whole, that has next to nothing of what is asked? */
static bool lacks(struct dtl_sightings *s, const struct dtl_trace_query *q,
                  struct dtl_ref article)
{
    struct dtl_arena *arena = dtl_arena_new(0);
    struct dtl_article_row row;
    float share = 1;
    bool stub = true;

    if (arena != NULL &&
        dtl_store_article(s->store, article, arena, &row, NULL) == DTL_OK)
        stub = is_stub(&row);
    dtl_arena_free(arena);
    return !stub && trace_share(s->store, q, article, &share, NULL) == DTL_OK &&
           share < PARTLY;
}

static void bound(struct dtl_sightings *s, struct dtl_seen *one,
                  const struct dtl_trace_query *q, size_t *left)
{
    struct earlier list[CANDIDATES];
    size_t n;

    if (one->capture.time == DTL_NO_TIME ||
        find_earlier(s, one->capture.url, one->capture.time, list, &n, NULL) !=
            DTL_OK)
        return;
    while (n-- > 0) {
        const struct earlier *e = &list[n];
        bool gone = e->article.ordinal == DTL_NO_ARTICLE;

        if (!gone && *left == 0)
            continue;
        *left -= !gone;
        if (!gone && !lacks(s, q, e->article))
            continue;
        one->not_before = e->time;
        one->absence = gone ? DTL_ABSENT_GONE : DTL_ABSENT_TEXT;
        one->absent_url = one->capture.url;
        one->absent_file = e->file;
        one->absent_offset = e->offset;
        return;
    }
}

/* What has to be missing: the query, or of a page found by another's headline
 * its own text. */
static int asked_of(struct dtl_sightings *s, const struct dtl_seen *one,
                    struct dtl_arena *arena, struct dtl_trace_query *q,
                    struct dtl_error *err)
{
    struct dtl_article_row row;
    int rc = DTL_OK;

    *q = s->query;
    if (one->relation != DTL_REL_STORY && one->relation != DTL_REL_AGENCY)
        return rc;
    rc = dtl_store_article(s->store, one->article_ref, arena, &row, err);
    if (rc == DTL_OK)
        *q = (struct dtl_trace_query){ .text = row.text, .title = row.title };
    return rc;
}

static int by_page(const void *x, const void *y)
{
    const struct dtl_seen *a = *(struct dtl_seen *const *)x;
    const struct dtl_seen *b = *(struct dtl_seen *const *)y;
    int urls = dtl_compare(a->capture.url, b->capture.url);

    if (urls != 0)
        return urls;
    return (a->capture.time > b->capture.time) -
           (a->capture.time < b->capture.time);
}

void dtl_seen_share(struct dtl_seen *to, const struct dtl_seen *from)
{
    to->not_after = from->not_after;
    to->not_before = from->not_before;
    to->absence = from->absence;
    to->absent_url = from->absent_url;
    to->absent_file = from->absent_file;
    to->absent_offset = from->absent_offset;
    to->said = from->said;
    to->nsaid = from->nsaid;
}

int dtl_trace_bounds(struct dtl_sightings *s, struct dtl_error *err)
{
    struct dtl_seen **pages = malloc((s->count + 1) * sizeof *pages);
    struct dtl_arena *arena = dtl_arena_new(0);
    size_t left = COMPARED;
    int rc = arena != NULL && pages != NULL
                 ? DTL_OK
                 : dtl_fail(err, DTL_NOMEM, 0, "out of memory for an answer");

    for (size_t i = 0; i < s->count && rc == DTL_OK; i++)
        pages[i] = &s->list[i];
    if (rc == DTL_OK && s->count > 1)
        qsort(pages, s->count, sizeof *pages, by_page);
    for (size_t i = 0; i < s->count && rc == DTL_OK; i++) {
        struct dtl_seen *one = pages[i];
        struct dtl_trace_query q;

        if (i > 0 && dtl_equal(pages[i - 1]->capture.url, one->capture.url)) {
            dtl_seen_share(one, pages[i - 1]);
            continue;
        }
        one->not_after = one->capture.time;
        rc = asked_of(s, one, arena, &q, err);
        if (rc == DTL_OK)
            bound(s, one, &q, &left);
        dtl_arena_reset(arena);
    }
    dtl_arena_free(arena);
    free(pages);
    s->bounded = rc == DTL_OK;
    return rc;
}

/* ---- the whole ------------------------------------------------------------
 */

bool dtl_seen_own(const struct dtl_seen *s)
{
    switch (s->relation) {
    case DTL_REL_CARRIES:
    case DTL_REL_QUOTES:
    case DTL_REL_AGENCY:
    case DTL_REL_NONE: return false;
    /* A passage that both have, of stories of their own. */
    case DTL_REL_EXCERPT: return s->share >= 0.5F || s->of_article >= 0.5F;
    default: return true;
    }
}

/* How well the store's crawl looked at a host in a span of time. */
static void crawl_density(const struct dtl_sightings *s,
                          const struct dtl_seen *one, struct dtl_density *out)
{
    struct dtl_query q = { .url = one->capture.url,
                           .match = DTL_HOST,
                           .from = out->from,
                           .to = out->to - 1,
                           .limit = DTL_DENSITY_MOST };
    uint64_t days[DTL_DENSITY_DAYS / 64 + 1] = { 0 };
    struct dtl_cursor *cursor = NULL;
    struct dtl_capture c;
    struct dtl_ref ref;

    if (dtl_query_open(s->store, &q, &cursor, NULL) != DTL_OK)
        return;
    while (dtl_query_next(cursor, &c, &ref, NULL) == DTL_OK) {
        uint64_t day = (uint64_t)(c.time - out->from) / 86400;

        out->captures++;
        if (day < DTL_DENSITY_DAYS && !(days[day / 64] >> (day % 64) & 1U)) {
            days[day / 64] |= UINT64_C(1) << (day % 64);
            out->days_crawled++;
        }
    }
    dtl_query_close(cursor);
}

static const struct dtl_seen *earlier_of(const struct dtl_seen *a,
                                         const struct dtl_seen *b)
{
    if (a == NULL || b->capture.time < a->capture.time)
        return b;
    return a;
}

void dtl_trace_when(const struct dtl_sightings *s, struct dtl_appeared *out)
{
    *out = (struct dtl_appeared){ .not_after = DTL_NO_TIME,
                                  .not_before = DTL_NO_TIME };
    for (size_t i = 0; i < s->count; i++) {
        const struct dtl_seen *one = &s->list[i];

        if (dtl_seen_own(one))
            out->story = earlier_of(out->story, one);
        else if (one->relation == DTL_REL_CARRIES)
            out->carrier = earlier_of(out->carrier, one);
    }
    out->first = out->story;
    if (out->carrier != NULL)
        out->first = out->story != NULL ? earlier_of(out->story, out->carrier)
                                        : out->carrier;
    if (out->first == NULL)
        return;
    out->not_after = out->first->capture.time;
    out->not_before = out->first->not_before;
    if (out->not_after == DTL_NO_TIME)
        return;
    out->density.from = out->not_after - WEEK;
    if (out->not_before != DTL_NO_TIME &&
        out->not_after - out->not_before < (int64_t)DTL_DENSITY_DAYS * 86400)
        out->density.from = out->not_before;
    out->density.to = out->not_after;
    out->density.days =
        (uint64_t)(out->density.to - out->density.from + 86399) / 86400;
    crawl_density(s, out->first, &out->density);
}

static const char *absence_name(enum dtl_absence a)
{
    static const char *const names[] = {
        [DTL_ABSENT_UNKNOWN] = NULL,
        [DTL_ABSENT_GONE] = "not-found",
        [DTL_ABSENT_TEXT] = "other-text",
        [DTL_ABSENT_LINK] = "not-linked",
    };

    return names[a];
}

void dtl_seen_bounds_json(const struct dtl_seen *s, struct dtl_json *j)
{
    answer_time(j, "not_after", s->not_after);
    answer_time(j, "not_before", s->not_before);
    dtl_json_key(j, "absence");
    dtl_json_str(j, absence_name(s->absence));
    answer_slice(j, "absence_url", s->absent_url);
    dtl_json_key(j, "absence_file");
    dtl_json_str(j, s->absent_file);
    dtl_json_key(j, "absence_offset");
    if (s->absence != DTL_ABSENT_UNKNOWN)
        dtl_json_uint(j, s->absent_offset);
    else
        dtl_json_null(j);
}
