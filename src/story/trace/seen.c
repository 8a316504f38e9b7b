/* SPDX-License-Identifier: Apache-2.0 */
#include "answer.h"

#include <stdlib.h>
#include <jansson.h>

/* The publication date the page claims and where it claims it. */
static void read_claim(struct dtl_sightings *s, struct dtl_seen *one)
{
    json_t *meta = json_loadb((const char *)one->meta.ptr, one->meta.len,
                              JSON_ALLOW_NUL, NULL);
    const char *when = json_string_value(json_object_get(meta, "published"));
    const char *from =
        json_string_value(json_object_get(meta, "published_source"));

    if (when != NULL) {
        one->claimed = dtl_arena_dup(s->arena, dtl_str(when));
        one->claimed_source = dtl_arena_dup(s->arena, dtl_str(from));
    }
    json_decref(meta);
}

static bool room(struct dtl_sightings *s)
{
    size_t cap = s->cap * 2 + 32;
    struct dtl_seen *grown;

    if (s->count < s->cap)
        return true;
    grown = dtl_arena_grow(s->arena, s->list, s->cap * sizeof *grown,
                           cap * sizeof *grown);
    if (grown == NULL)
        return false;
    s->list = grown;
    s->cap = cap;
    return true;
}

static int add_capture(struct dtl_sightings *s, const struct dtl_seen *article,
                       struct dtl_ref ref, struct dtl_error *err)
{
    struct dtl_seen *one;
    int rc;

    if (!room(s))
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for captures");
    one = &s->list[s->count];
    *one = *article;
    one->not_after = one->not_before = DTL_NO_TIME;
    one->capture_ref = ref;
    rc = dtl_store_capture_in(s->store, ref, s->arena, &one->capture, err);
    if (rc != DTL_OK)
        return rc;
    rc = dtl_store_file_name(s->store, one->capture.file, &one->file, err);
    if (rc == DTL_NOTFOUND)
        one->file = "";
    else if (rc != DTL_OK)
        return rc;
    s->count++;
    return DTL_OK;
}

int dtl_seen_add(struct dtl_sightings *s, struct dtl_ref ref,
                 const struct dtl_seen *like, struct dtl_error *err)
{
    struct dtl_arena *page = dtl_arena_new(0);
    struct dtl_seen one = *like;
    struct dtl_article_row row;
    struct dtl_ref *refs;
    size_t n = 0;
    int rc = DTL_NOMEM;

    if (page == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for captures");
    rc = dtl_store_article(s->store, ref, page, &row, err);
    if (rc == DTL_OK) {
        one.article_ref = ref;
        one.title = dtl_arena_dup(s->arena, row.title);
        one.site = dtl_arena_dup(s->arena, row.site);
        one.meta = dtl_arena_dup(s->arena, row.meta);
        one.published = row.published;
        one.words = row.words;
        memcpy(one.text_hash, row.text_hash, 32);
        read_claim(s, &one);
        rc = dtl_store_article_captures(s->store, ref, page, &refs, &n, err);
    }
    for (size_t i = 0; i < n && rc == DTL_OK; i++)
        rc = add_capture(s, &one, refs[i], err);
    dtl_arena_free(page);
    return rc;
}

static int by_time(const void *x, const void *y)
{
    const struct dtl_seen *a = x, *b = y;

    if (a->capture.time != b->capture.time)
        return a->capture.time < b->capture.time ? -1 : 1;
    return dtl_compare(a->capture.url, b->capture.url);
}

void dtl_seen_sort(struct dtl_sightings *s)
{
    if (s->count > 0)
        qsort(s->list, s->count, sizeof *s->list, by_time);
}

static void evidence_json(struct dtl_json *j, const struct dtl_seen *s)
{
    char text[DTL_DIGEST_TEXT];

    dtl_json_key(j, "file");
    dtl_json_str(j, s->file);
    dtl_json_key(j, "offset");
    dtl_json_uint(j, s->capture.offset);
    dtl_json_key(j, "length");
    dtl_json_uint(j, s->capture.length);
    answer_slice(j, "record_id", s->capture.record_id);
    dtl_digest_text(&s->capture.digest, text);
    dtl_json_key(j, "digest");
    dtl_json_str(j, text[0] != '\0' ? text : NULL);
    memcpy(text, "sha256:", 7);
    dtl_hex(dtl_slice_of(s->text_hash, 32), text + 7);
    dtl_json_key(j, "text_hash");
    dtl_json_str(j, text);
}

static void spans_json(struct dtl_json *j, const struct dtl_seen *s)
{
    dtl_json_key(j, "in_rest");
    dtl_json_bool(j, s->in_rest);
    dtl_json_key(j, "passages");
    dtl_json_array(j);
    for (uint32_t i = 0; i < s->nspans; i++) {
        const struct dtl_span *p = &s->spans[i];

        dtl_json_object(j);
        dtl_json_key(j, "query");
        dtl_json_array(j);
        dtl_json_uint(j, p->q_start);
        dtl_json_uint(j, p->q_end);
        dtl_json_end(j);
        dtl_json_key(j, "article");
        dtl_json_array(j);
        dtl_json_uint(j, p->d_start);
        dtl_json_uint(j, p->d_end);
        dtl_json_end(j);
        dtl_json_end(j);
    }
    dtl_json_end(j);
}

void dtl_seen_json(const struct dtl_seen *s, bool evidence, struct dtl_json *j)
{
    char time[DTL_TIME_14];

    dtl_time_14(s->capture.time, time);
    dtl_json_key(j, "url");
    dtl_json_slice(j, s->capture.url);
    dtl_json_key(j, "time");
    dtl_json_str(j, time);
    dtl_json_key(j, "relation");
    dtl_json_str(j, dtl_relation_name(s->relation));
    if (s->via_url.len > 0)
        answer_slice(j, "via", s->via_url);
    if (s->score > 0) {
        dtl_json_key(j, "score");
        dtl_json_double(j, (double)s->score, 4);
        dtl_json_key(j, "share");
        dtl_json_double(j, (double)s->share, 4);
        dtl_json_key(j, "of_article");
        dtl_json_double(j, (double)s->of_article, 4);
    }
    answer_slice(j, "site", s->site);
    answer_slice(j, "title", s->title);
    answer_slice(j, "published", s->claimed);
    answer_slice(j, "published_source", s->claimed_source);
    if (!evidence)
        return;
    evidence_json(j, s);
    if (s->spans != NULL)
        spans_json(j, s);
}
