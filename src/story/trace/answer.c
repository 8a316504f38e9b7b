/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is asked for, and the answer as people and programs want it: the
 * captures of what was found, what can be said of the time before, and what
 * the pages claim.
 */
#include <dateline/trace.h>
#include <dateline/url.h>

#include <jansson.h>

/* ---- what is asked for ----------------------------------------------------
 */

struct asking {
    struct dtl_store *store;
    struct dtl_arena *arena;
    struct dtl_trace_query *out;
};

static int use_article(struct asking *a, struct dtl_ref ref,
                       struct dtl_error *err)
{
    struct dtl_article_row row;
    int rc = dtl_store_article(a->store, ref, a->arena, &row, err);

    if (rc == DTL_OK) {
        a->out->text = row.text;
        a->out->title = row.title;
    }
    return rc;
}

/* The latest article captured under a URL. */
static int ask_url(struct asking *a, struct dtl_slice url,
                   struct dtl_error *err)
{
    struct dtl_query q = { .url = url };
    struct dtl_cursor *cursor = NULL;
    struct dtl_capture c;
    struct dtl_ref ref, found = { 0 };
    bool any = false, article = false;
    int rc = dtl_query_open(a->store, &q, &cursor, err);

    while (rc == DTL_OK) {
        rc = dtl_query_next(cursor, &c, &ref, err);
        if (rc != DTL_OK)
            break;
        any = true;
        if (c.article == DTL_NO_ARTICLE)
            continue;
        article = true;
        found = (struct dtl_ref){ ref.segment, c.article };
        a->out->page = dtl_arena_dup(a->arena, c.url);
    }
    dtl_query_close(cursor);
    if (rc != DTL_END)
        return rc;
    if (!article)
        return dtl_fail(err, DTL_NOTFOUND, 0,
                        any ? "no capture of %.*s holds an article"
                            : "no capture of %.*s in this store",
                        (int)(url.len < 200 ? url.len : 200),
                        (const char *)url.ptr);
    return use_article(a, found, err);
}

/* A text hash, or the digest of a payload. */
static int ask_digest(struct asking *a, const struct dtl_digest *d,
                      struct dtl_error *err)
{
    struct dtl_ref *refs;
    size_t n = 0;
    int rc = DTL_NOTFOUND;

    if (d->kind == DTL_DIGEST_SHA256)
        rc = dtl_store_by_text(a->store, d->bytes, a->arena, &refs, &n, err);
    if (rc == DTL_OK && n > 0)
        return use_article(a, refs[0], err);
    if (rc != DTL_OK && rc != DTL_NOTFOUND)
        return rc;
    rc = dtl_store_by_digest(a->store, d, a->arena, &refs, &n, err);
    for (size_t i = 0; rc == DTL_OK && i < n; i++) {
        struct dtl_capture c;

        rc = dtl_store_capture(a->store, refs[i], &c, err);
        if (rc == DTL_OK && c.article != DTL_NO_ARTICLE)
            return use_article(
                a, (struct dtl_ref){ refs[i].segment, c.article }, err);
    }
    return rc != DTL_OK && rc != DTL_NOTFOUND
               ? rc
               : dtl_fail(err, DTL_NOTFOUND, 0,
                          "no text and no payload of this digest");
}

static bool is_url(struct dtl_slice s)
{
    return dtl_starts(s, "http://") || dtl_starts(s, "https://");
}

int dtl_trace_ask(struct dtl_store *s, struct dtl_slice asked,
                  struct dtl_arena *arena, struct dtl_trace_query *out,
                  struct dtl_error *err)
{
    struct asking a = { s, arena, out };
    struct dtl_digest digest;

    if (asked.len == 0 || memchr(asked.ptr, ' ', asked.len) != NULL ||
        memchr(asked.ptr, '\n', asked.len) != NULL)
        out->text = asked;
    else if (is_url(asked))
        return ask_url(&a, asked, err);
    else if (memchr(asked.ptr, ':', asked.len) != NULL &&
             dtl_digest_parse(asked, &digest, NULL) == DTL_OK)
        return ask_digest(&a, &digest, err);
    else
        out->text = asked;
    return DTL_OK;
}

/* ---- where and when -------------------------------------------------------
 */

int dtl_trace_seen(struct dtl_store *s, const struct dtl_trace_query *q,
                   struct dtl_arena *arena, struct dtl_sightings *out,
                   struct dtl_error *err)
{
    struct dtl_appearance *found;
    size_t n;
    int rc = dtl_trace(s, q, arena, &found, &n, err);

    *out = (struct dtl_sightings){ .store = s, .arena = arena };
    for (size_t i = 0; i < n && rc == DTL_OK; i++) {
        const struct dtl_appearance *f = &found[i];
        struct dtl_seen like = { .relation = f->relation,
                                 .score = f->score,
                                 .share = f->q_in_d,
                                 .of_article = f->d_in_q,
                                 .spans = f->spans,
                                 .nspans = f->nspans };

        rc = dtl_seen_add(out, f->article, &like, err);
    }
    for (size_t i = 0; i < out->count; i++)
        if (q->page.len > 0 && dtl_equal(out->list[i].capture.url, q->page) &&
            out->list[i].relation != DTL_REL_SAME_TEXT)
            out->list[i].relation = DTL_REL_RECAPTURE;
    return rc;
}

bool dtl_seen_own(const struct dtl_seen *s)
{
    enum dtl_relation r = s->relation;

    return r == DTL_REL_SAME_TEXT || r == DTL_REL_RECAPTURE ||
           r == DTL_REL_VERBATIM || r == DTL_REL_EDITED ||
           r == DTL_REL_ABRIDGED || r == DTL_REL_EXTENDED ||
           r == DTL_REL_HEADLINE || r == DTL_REL_EXCERPT;
}

/* The first whose main story it is, or the first that carries it. */
static const struct dtl_seen *first_seen(const struct dtl_sightings *s,
                                         bool carrier)
{
    for (size_t i = 0; i < s->count; i++)
        if (dtl_seen_own(&s->list[i]) != carrier)
            return &s->list[i];
    return NULL;
}

/*
 * Negative evidence only: the latest capture of the same URL before `s` that
 * did not hold the text, be it another text or a page that was not there.
 */
static int64_t not_before(const struct dtl_sightings *all,
                          const struct dtl_seen *s)
{
    struct dtl_query q = { .url = s->capture.url };
    struct dtl_cursor *cursor = NULL;
    struct dtl_capture c;
    struct dtl_ref ref;
    int64_t latest = DTL_NO_TIME;

    if (dtl_query_open(all->store, &q, &cursor, NULL) != DTL_OK)
        return DTL_NO_TIME;
    while (dtl_query_next(cursor, &c, &ref, NULL) == DTL_OK) {
        bool gone = c.status == 404 || c.status == 410;
        bool other =
            c.article != DTL_NO_ARTICLE &&
            (c.flags & (DTL_CAPTURE_TRUNCATED | DTL_CAPTURE_DAMAGED)) == 0;

        if (c.time == DTL_NO_TIME || c.time >= s->capture.time)
            continue;
        for (size_t i = 0; other && i < all->count; i++)
            other = !(all->list[i].article_ref.segment == ref.segment &&
                      all->list[i].article_ref.ordinal == c.article);
        if (gone || other)
            latest = c.time;
    }
    dtl_query_close(cursor);
    return latest;
}

/* How many captures of the site this store has in the week before. */
static uint64_t crawl_density(const struct dtl_sightings *all,
                              const struct dtl_seen *s)
{
    struct dtl_query q = { .url = s->capture.url,
                           .match = DTL_HOST,
                           .to = s->capture.time,
                           .limit = 10000 };
    struct dtl_cursor *cursor = NULL;
    struct dtl_capture c;
    struct dtl_ref ref;
    uint64_t n = 0;

    if (s->capture.time == DTL_NO_TIME)
        return 0;
    q.from = s->capture.time - 7 * 86400;
    if (dtl_query_open(all->store, &q, &cursor, NULL) != DTL_OK)
        return 0;
    while (dtl_query_next(cursor, &c, &ref, NULL) == DTL_OK)
        n++;
    dtl_query_close(cursor);
    return n;
}

/* ---- claims ---------------------------------------------------------------
 */

#define CLAIM_SLACK 86400 /* zones: a day either way */

const char *dtl_seen_verdict(const struct dtl_seen *s, int64_t when)
{
    if (when == DTL_NO_TIME)
        return "unread";
    if (when > s->capture.time + CLAIM_SLACK)
        return "rejected: later than the capture";
    if (when < dtl_time_civil(1995, 1, 1, 0, 0, 0))
        return "rejected: before 1995";
    return "claimed";
}

static bool copied_stamp(const struct dtl_sightings *all,
                         const struct dtl_seen *s)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->list[i].published == s->published &&
            all->list[i].published % 60 != 0 &&
            !dtl_equal(all->list[i].site, s->site))
            return true;
    return false;
}

static void copy_member(struct dtl_json *j, const json_t *claim,
                        const char *key)
{
    const json_t *value = json_object_get(claim, key);

    dtl_json_key(j, key);
    if (json_is_string(value))
        dtl_json_slice(j, dtl_slice_of(json_string_value(value),
                                       json_string_length(value)));
    else if (json_is_integer(value))
        dtl_json_int(j, json_integer_value(value));
    else if (json_is_boolean(value))
        dtl_json_bool(j, json_is_true(value));
    else
        dtl_json_null(j);
}

void dtl_seen_claims_json(const struct dtl_sightings *all,
                          const struct dtl_seen *s, struct dtl_json *j)
{
    json_t *meta = json_loadb((const char *)s->meta.ptr, s->meta.len,
                              JSON_ALLOW_NUL, NULL);
    json_t *claims = json_object_get(meta, "claims"), *claim;
    size_t i;

    dtl_json_key(j, "claims");
    dtl_json_array(j);
    json_array_foreach(claims, i, claim)
    {
        const char *field = json_string_value(json_object_get(claim, "field"));
        const char *value = json_string_value(json_object_get(claim, "value"));
        int64_t when = dtl_time_parse_iso(dtl_str(value));

        if (field == NULL || strcmp(field, "published") != 0)
            continue;
        dtl_json_object(j);
        copy_member(j, claim, "source");
        copy_member(j, claim, "value");
        copy_member(j, claim, "raw");
        copy_member(j, claim, "relative");
        copy_member(j, claim, "offset");
        dtl_json_key(j, "zone_known");
        dtl_json_bool(j, value != NULL && strlen(value) > 11 &&
                             (strchr(value + 11, 'Z') != NULL ||
                              strchr(value + 11, '+') != NULL ||
                              strchr(value + 11, '-') != NULL));
        dtl_json_key(j, "verdict");
        dtl_json_str(j, dtl_seen_verdict(s, when));
        dtl_json_end(j);
    }
    dtl_json_end(j);
    dtl_json_key(j, "copied_stamp");
    dtl_json_bool(j, s->published != DTL_NO_TIME && copied_stamp(all, s));
    json_decref(meta);
}

/* ---- the answer as JSON ---------------------------------------------------
 */

static void time_or_null(struct dtl_json *j, const char *key, int64_t t)
{
    char text[DTL_TIME_ISO];

    dtl_time_iso(t, text);
    dtl_json_key(j, key);
    dtl_json_str(j, text[0] != '\0' ? text : NULL);
}

static void url_or_null(struct dtl_json *j, const char *key,
                        const struct dtl_seen *s)
{
    dtl_json_key(j, key);
    if (s != NULL)
        dtl_json_slice(j, s->capture.url);
    else
        dtl_json_null(j);
}

void dtl_trace_when(const struct dtl_sightings *s, struct dtl_appeared *out)
{
    *out = (struct dtl_appeared){ .not_after = DTL_NO_TIME,
                                  .not_before = DTL_NO_TIME };
    if (s->count == 0)
        return;
    out->not_after = s->list[0].capture.time;
    out->not_before = not_before(s, &s->list[0]);
    out->story = first_seen(s, false);
    out->carrier = first_seen(s, true);
    out->density = crawl_density(s, &s->list[0]);
}

static void when_json(const struct dtl_sightings *s, struct dtl_json *j)
{
    struct dtl_appeared w;

    dtl_trace_when(s, &w);
    dtl_json_key(j, "when");
    dtl_json_object(j);
    time_or_null(j, "not_after", w.not_after);
    time_or_null(j, "not_before", w.not_before);
    url_or_null(j, "first_story", w.story);
    url_or_null(j, "first_carrier", w.carrier);
    dtl_json_key(j, "site_captures_week_before");
    dtl_json_uint(j, w.density);
    dtl_json_end(j);
}

void dtl_trace_results_json(const struct dtl_sightings *s, bool claims,
                            struct dtl_json *j)
{
    dtl_json_key(j, "results");
    dtl_json_array(j);
    for (size_t i = 0; i < s->count; i++) {
        dtl_json_object(j);
        dtl_seen_json(&s->list[i], true, j);
        if (claims)
            dtl_seen_claims_json(s, &s->list[i], j);
        dtl_json_end(j);
    }
    dtl_json_end(j);
}

void dtl_trace_json(const struct dtl_sightings *s, struct dtl_json *j)
{
    dtl_json_object(j);
    when_json(s, j);
    dtl_trace_results_json(s, true, j);
    dtl_json_end(j);
}
