/* SPDX-License-Identifier: Apache-2.0 */
/* The answer as people and programs want it: captures of what was found. */
#include "answer.h"

static struct dtl_slice address_of(const struct dtl_sightings *s,
                                   struct dtl_ref article)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->list[i].article_ref.segment == article.segment &&
            s->list[i].article_ref.ordinal == article.ordinal)
            return s->list[i].capture.url;
    return dtl_slice_of(NULL, 0);
}

int dtl_trace_seen(struct dtl_store *s, const struct dtl_trace_query *q,
                   struct dtl_arena *arena, struct dtl_sightings *out,
                   struct dtl_error *err)
{
    struct dtl_appearance *found;
    size_t n;
    int rc = dtl_trace(s, q, arena, &found, &n, err);

    *out = (struct dtl_sightings){ .store = s, .arena = arena, .query = *q };
    if (rc == DTL_OK)
        rc = dtl_normal(q->text, arena, &out->normal, err);
    for (size_t i = 0; i < n && rc == DTL_OK; i++) {
        const struct dtl_appearance *f = &found[i];
        struct dtl_seen like = { .relation = f->relation,
                                 .score = f->score,
                                 .share = f->q_in_d,
                                 .of_article = f->d_in_q,
                                 .in_rest = f->in_rest,
                                 .via = f->via,
                                 .spans = f->spans,
                                 .nspans = f->nspans };

        rc = dtl_seen_add(out, f->article, &like, err);
    }
    for (size_t i = 0; i < out->count; i++)
        if (out->list[i].relation == DTL_REL_STORY)
            out->list[i].via_url = address_of(out, out->list[i].via);
    for (size_t i = 0; i < out->count; i++)
        if (q->page.len > 0 && dtl_equal(out->list[i].capture.url, q->page) &&
            out->list[i].relation != DTL_REL_SAME_TEXT)
            out->list[i].relation = DTL_REL_RECAPTURE;
    return rc;
}

/* ---- as JSON --------------------------------------------------------------
 */

void answer_time(struct dtl_json *j, const char *key, int64_t t)
{
    char text[DTL_TIME_ISO];

    dtl_time_iso(t, text);
    dtl_json_key(j, key);
    dtl_json_str(j, text[0] != '\0' ? text : NULL);
}

void answer_slice(struct dtl_json *j, const char *key, struct dtl_slice s)
{
    dtl_json_key(j, key);
    if (s.len > 0)
        dtl_json_slice(j, s);
    else
        dtl_json_null(j);
}

static void url_of(struct dtl_json *j, const char *key,
                   const struct dtl_seen *s)
{
    answer_slice(j, key, s != NULL ? s->capture.url : dtl_slice_of(NULL, 0));
}

/* The passages and edits point into it. */
#define QUERY_SHOWN ((size_t)256 << 10)

static void query_json(const struct dtl_sightings *s, struct dtl_json *j)
{
    char hash[72] = "sha256:";
    uint8_t bytes[32];
    bool hashed = dtl_text_hash(s->normal, bytes, NULL) == DTL_OK;

    if (hashed)
        dtl_hex(dtl_slice_of(bytes, 32), hash + 7);
    dtl_json_key(j, "query");
    dtl_json_object(j);
    answer_slice(j, "page", s->query.page);
    dtl_json_key(j, "text_hash");
    dtl_json_str(j, hashed ? hash : NULL);
    answer_slice(j, "text",
                 s->normal.len <= QUERY_SHOWN ? s->normal
                                              : dtl_slice_of(NULL, 0));
    dtl_json_end(j);
}

static void density_json(const struct dtl_density *d, struct dtl_json *j)
{
    dtl_json_key(j, "density");
    dtl_json_object(j);
    answer_time(j, "from", d->days > 0 ? d->from : DTL_NO_TIME);
    answer_time(j, "to", d->days > 0 ? d->to : DTL_NO_TIME);
    dtl_json_key(j, "captures");
    dtl_json_uint(j, d->captures);
    dtl_json_key(j, "days");
    dtl_json_uint(j, d->days);
    dtl_json_key(j, "days_crawled");
    dtl_json_uint(j, d->days_crawled);
    dtl_json_end(j);
}

static void when_json(const struct dtl_sightings *s, struct dtl_json *j)
{
    struct dtl_appeared w;

    dtl_trace_when(s, &w);
    dtl_json_key(j, "when");
    dtl_json_object(j);
    answer_time(j, "not_after", w.not_after);
    answer_time(j, "not_before", w.not_before);
    url_of(j, "first_story", w.story);
    answer_time(j, "first_story_time",
                w.story != NULL ? w.story->capture.time : DTL_NO_TIME);
    url_of(j, "first_carrier", w.carrier);
    answer_time(j, "first_carrier_time",
                w.carrier != NULL ? w.carrier->capture.time : DTL_NO_TIME);
    density_json(&w.density, j);
    dtl_json_end(j);
}

static void edits_json(const struct dtl_sightings *s,
                       const struct dtl_seen *one, struct dtl_json *j)
{
    struct dtl_arena *arena = dtl_arena_new(0);
    struct dtl_difference d;

    if (arena != NULL && dtl_seen_diff(s, one, arena, &d, NULL) == DTL_OK) {
        dtl_difference_json(&d, j);
    } else {
        dtl_json_key(j, "edits");
        dtl_json_null(j);
    }
    dtl_arena_free(arena);
}

void dtl_trace_result_json(const struct dtl_sightings *s,
                           const struct dtl_seen *one, bool full,
                           struct dtl_json *j)
{
    dtl_json_object(j);
    dtl_seen_json(one, true, j);
    if (full) {
        edits_json(s, one, j);
        dtl_seen_bounds_json(one, j);
        dtl_seen_claims_json(s, one, j);
    }
    dtl_json_end(j);
}

void dtl_trace_results_json(const struct dtl_sightings *s, bool full,
                            struct dtl_json *j)
{
    dtl_json_key(j, "results");
    dtl_json_array(j);
    for (size_t i = 0; i < s->count; i++)
        dtl_trace_result_json(s, &s->list[i], full, j);
    dtl_json_end(j);
}

int dtl_trace_json(struct dtl_sightings *s, struct dtl_json *j,
                   struct dtl_error *err)
{
    int rc = s->bounded ? DTL_OK : dtl_trace_bounds(s, err);

    if (rc != DTL_OK)
        return rc;
    dtl_seen_sort(s);
    dtl_json_object(j);
    query_json(s, j);
    when_json(s, j);
    dtl_trace_results_json(s, true, j);
    dtl_json_end(j);
    return DTL_OK;
}
