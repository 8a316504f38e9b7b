/* SPDX-License-Identifier: Apache-2.0 */
#include "build.h"
#include "read.h"

#include <stdlib.h>

#define MOST_LISTS 4

/* Ordinals under one key of a table of postings, in order. */
struct list {
    const struct dtl_table *table;
    uint64_t key;
    struct dtl_postings at;
    bool there;
};

struct dtl_finder {
    struct dtl_store *store;
    struct dtl_find q;
    struct dtl_arena *arena;
    uint8_t text_hash[32];
    bool by_article;
    uint32_t segment;
    bool begun; /* the lists of `segment` are open */
    struct list lists[MOST_LISTS];
    size_t nlists;
    uint64_t next;        /* least ordinal not looked at */
    struct list carriers; /* captures of the article in hand */
    bool in_article;
    struct dtl_postings times; /* when nothing but times is asked for */
    bool by_time;
    struct dtl_arena *scratch;
    struct dtl_block block;
    struct dtl_buf strings;
};

static int no_memory(struct dtl_error *err)
{
    return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a search");
}

int dtl_find_open(struct dtl_store *s, const struct dtl_find *q,
                  struct dtl_finder **out, struct dtl_error *err)
{
    struct dtl_finder *f = calloc(1, sizeof *f);

    *out = NULL;
    if (f == NULL)
        return no_memory(err);
    f->store = s;
    f->q = *q;
    f->arena = dtl_arena_new(0);
    f->scratch = dtl_arena_new(0);
    if (f->arena == NULL || f->scratch == NULL) {
        dtl_find_close(f);
        return no_memory(err);
    }
    f->q.site = dtl_arena_dup(f->arena, q->site);
    f->q.language = dtl_arena_dup(f->arena, q->language);
    f->q.record_id = dtl_arena_dup(f->arena, q->record_id);
    if (q->text_hash != NULL) {
        memcpy(f->text_hash, q->text_hash, 32);
        f->q.text_hash = f->text_hash;
    }
    if (f->q.from == 0)
        f->q.from = DTL_NO_TIME;
    if (f->q.to == 0 || f->q.to == DTL_NO_TIME)
        f->q.to = INT64_MAX;
    f->by_article = q->text_hash != NULL || q->site.len > 0 ||
                    q->language.len > 0 || q->page_type != 0;
    f->by_time = !f->by_article && q->digest.kind == DTL_DIGEST_NONE &&
                 q->record_id.len == 0;
    if (f->q.site.ptr == NULL || f->q.language.ptr == NULL ||
        f->q.record_id.ptr == NULL) {
        dtl_find_close(f);
        return no_memory(err);
    }
    *out = f;
    return DTL_OK;
}

void dtl_find_close(struct dtl_finder *f)
{
    if (f == NULL)
        return;
    dtl_arena_free(f->arena);
    dtl_arena_free(f->scratch);
    dtl_block_free(&f->block);
    dtl_buf_free(&f->strings);
    free(f);
}

/* ---- the lists of one segment ------------------------------------------- */

static void add_list(struct dtl_finder *f, bool wanted,
                     const struct dtl_table *table, uint64_t key)
{
    if (wanted)
        f->lists[f->nlists++] = (struct list){ .table = table, .key = key };
}

/* Stand at the first ordinal that is `least` or more. */
static int list_seek(struct list *l, uint64_t least, struct dtl_error *err)
{
    int rc = dtl_postings_seek(&l->at, l->table, false, l->key, least, err);

    l->there = rc == DTL_OK && l->at.key == l->key;
    return rc == DTL_END ? DTL_OK : rc;
}

static int begin_segment(struct dtl_finder *f, struct dtl_error *err)
{
    const struct dtl_segment *s = &f->store->segments[f->segment];
    const struct dtl_find *q = &f->q;

    f->nlists = 0;
    f->next = 0;
    f->in_article = false;
    f->begun = true;
    if (f->by_time) {
        int rc = dtl_postings_seek(
            &f->times, &s->times, false,
            (uint64_t)(q->from == DTL_NO_TIME ? INT64_MIN : q->from) ^
                UINT64_C(1) << 63,
            0, err);

        f->times.done = rc != DTL_OK;
        return rc == DTL_END ? DTL_OK : rc;
    }
    if (!f->by_article) {
        add_list(f, q->digest.kind != DTL_DIGEST_NONE, &s->digests,
                 dtl_bytes40(q->digest.bytes));
        add_list(f, q->record_id.len > 0, &s->records,
                 dtl_record_hash(q->record_id));
        return DTL_OK;
    }
    add_list(f, q->text_hash != NULL, &s->texts, dtl_bytes40(f->text_hash));
    add_list(f, q->site.len > 0, &s->facets,
             dtl_facet(DTL_FACET_SITE, q->site));
    add_list(f, q->language.len > 0, &s->facets,
             dtl_facet(DTL_FACET_LANGUAGE, q->language));
    add_list(f, q->page_type != 0, &s->facets,
             dtl_facet(DTL_FACET_TYPE, dtl_slice_of(&q->page_type, 1)));
    return DTL_OK;
}

/* The next ordinal all lists have: each is moved to where the one farthest on
 * stands, until they agree. */
static int next_common(struct dtl_finder *f, uint64_t *out,
                       struct dtl_error *err)
{
    uint64_t at = f->next;

    for (size_t agree = 0, i = 0; agree < f->nlists; i = (i + 1) % f->nlists) {
        struct list *l = &f->lists[i];
        int rc = list_seek(l, at, err);

        if (rc != DTL_OK)
            return rc;
        if (!l->there)
            return DTL_END;
        agree = l->at.value == at ? agree + 1 : 1;
        at = l->at.value;
    }
    *out = at;
    f->next = at + 1;
    return DTL_OK;
}

/* ---- confirmation: postings keep only a part of each hash --------------- */

static int confirm_article(struct dtl_finder *f, uint32_t ordinal,
                           struct dtl_error *err)
{
    const struct dtl_find *q = &f->q;
    struct dtl_article_row row;
    int rc;

    dtl_arena_reset(f->scratch);
    rc = dtl_articles_get(f->store->segments[f->segment].articles, ordinal,
                          q->site.len > 0 || q->language.len > 0
                              ? DTL_ARTICLES_META
                              : DTL_ARTICLES_HASH,
                          f->scratch, &row, err);
    if (rc != DTL_OK)
        return rc;
    return (q->text_hash == NULL ||
            memcmp(q->text_hash, row.text_hash, 32) == 0) &&
           (q->site.len == 0 || dtl_equal(q->site, row.site)) &&
           (q->language.len == 0 || dtl_equal(q->language, row.language)) &&
           (q->page_type == 0 || q->page_type == row.page_type);
}

static bool confirm_capture(const struct dtl_finder *f,
                            const struct dtl_capture *c)
{
    const struct dtl_find *q = &f->q;

    return (q->digest.kind == DTL_DIGEST_NONE ||
            dtl_digest_equal(&q->digest, &c->digest)) &&
           (q->record_id.len == 0 || dtl_equal(q->record_id, c->record_id)) &&
           (q->from == DTL_NO_TIME || c->time >= q->from) && c->time <= q->to;
}

/* ---- next --------------------------------------------------------------- */

/* The next capture that carries an article all lists have. */
static int next_carrier(struct dtl_finder *f, uint64_t *out,
                        struct dtl_error *err)
{
    for (;;) {
        uint64_t article;
        int rc, yes;

        if (f->in_article && f->carriers.there) {
            *out = f->carriers.at.value;
            rc = dtl_postings_next(&f->carriers.at, err);
            f->carriers.there =
                rc == DTL_OK && f->carriers.at.key == f->carriers.key;
            return rc == DTL_END ? DTL_OK : rc;
        }
        if ((rc = next_common(f, &article, err)) != DTL_OK)
            return rc;
        yes = confirm_article(f, (uint32_t)article, err);
        if (yes < 0)
            return yes;
        if (!yes)
            continue;
        f->carriers =
            (struct list){ .table = &f->store->segments[f->segment].carriers,
                           .key = article };
        f->in_article = true;
        if ((rc = list_seek(&f->carriers, 0, err)) != DTL_OK)
            return rc;
    }
}

static int next_in_time(struct dtl_finder *f, uint64_t *out,
                        struct dtl_error *err)
{
    int rc;

    if (f->times.done || f->times.key > ((uint64_t)f->q.to ^ UINT64_C(1) << 63))
        return DTL_END;
    *out = f->times.value;
    rc = dtl_postings_next(&f->times, err);
    f->times.done = rc == DTL_END;
    return rc == DTL_END ? DTL_OK : rc;
}

int dtl_find_next(struct dtl_finder *f, struct dtl_capture *out,
                  struct dtl_ref *ref, struct dtl_error *err)
{
    while (f->segment < f->store->nsegments) {
        uint64_t ordinal = 0;
        int rc = f->begun ? DTL_OK : begin_segment(f, err);

        if (rc == DTL_OK)
            rc = f->by_time      ? next_in_time(f, &ordinal, err)
                 : f->by_article ? next_carrier(f, &ordinal, err)
                                 : next_common(f, &ordinal, err);
        if (rc == DTL_END) {
            f->segment++;
            f->begun = false;
            continue;
        }
        if (rc == DTL_OK)
            rc = dtl_segment_capture(&f->store->segments[f->segment],
                                     (uint32_t)ordinal, &f->block, &f->strings,
                                     out, err);
        if (rc != DTL_OK)
            return rc;
        if (!confirm_capture(f, out) ||
            dtl_store_is_removed(f->store, f->segment, out))
            continue;
        if (ref != NULL)
            *ref = (struct dtl_ref){ f->segment, (uint32_t)ordinal };
        return DTL_OK;
    }
    return DTL_END;
}
