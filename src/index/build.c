/* SPDX-License-Identifier: Apache-2.0 */
#include "build.h"
#include "manifest.h"

#include <dateline/url.h>
#include <stdlib.h>
#include <xxhash.h>

uint64_t dtl_facet(char letter, struct dtl_slice value)
{
    return dtl_hash40(
        XXH3_64bits_withSeed(value.ptr, value.len, (uint8_t)letter));
}

uint64_t dtl_record_hash(struct dtl_slice id)
{
    return dtl_hash40(XXH3_64bits(id.ptr, id.len));
}

int dtl_builder_new(const char *path, const char *dir, size_t memory,
                    struct dtl_builder **out, struct dtl_error *err)
{
    struct dtl_builder *b = calloc(1, sizeof *b);
    struct {
        struct dtl_pairs **pairs;
        size_t share; /* of 32 */
    } sorters[] = {
        { &b->times, 4 },    { &b->digests, 4 }, { &b->records, 1 },
        { &b->carriers, 1 }, { &b->texts, 1 },   { &b->facets, 1 },
    };
    int rc;

    *out = NULL;
    if (b == NULL || (b->path = strdup(path)) == NULL) {
        free(b);
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a segment");
    }
    b->first = INT64_MAX;
    b->last = INT64_MIN;
    b->arena = dtl_arena_new(0);
    rc = b->arena == NULL
             ? dtl_fail(err, DTL_NOMEM, 0, "out of memory for a segment")
             : dtl_kinds_init(&b->kinds, err);
    if (rc == DTL_OK)
        rc = dtl_env_open(path, false, &b->env, err);
    if (rc == DTL_OK)
        rc = dtl_articles_writer_new(b->env, &b->articles, err);
    for (size_t i = 0; rc == DTL_OK && i < sizeof sorters / sizeof *sorters;
         i++)
        rc = dtl_pairs_new(dir, memory / 32 * sorters[i].share,
                           sorters[i].pairs, err);
    if (rc != DTL_OK) {
        dtl_builder_free(b);
        return rc;
    }
    *out = b;
    return DTL_OK;
}

void dtl_builder_free(struct dtl_builder *b)
{
    if (b == NULL)
        return;
    dtl_articles_writer_free(b->articles);
    dtl_env_free(b->env);
    dtl_kinds_free(&b->kinds);
    dtl_block_writer_free(&b->blocks);
    dtl_buf_free(&b->scratch);
    dtl_buf_free(&b->packed);
    dtl_buf_free(&b->sort_key);
    dtl_arena_free(b->arena);
    dtl_pairs_free(b->times);
    dtl_pairs_free(b->digests);
    dtl_pairs_free(b->records);
    dtl_pairs_free(b->carriers);
    dtl_pairs_free(b->texts);
    dtl_pairs_free(b->facets);
    free(b->path);
    free(b);
}

static int no_memory(struct dtl_error *err)
{
    return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a segment");
}

int dtl_builder_pack(struct dtl_builder *b, const struct dtl_capture *c,
                     struct dtl_error *err)
{
    struct dtl_slice key = c->key;

    if (key.len == 0) {
        dtl_arena_reset(b->arena);
        key = dtl_surt(b->arena, c->url, DTL_SURT_WAYBACK);
        if (key.ptr == NULL)
            return no_memory(err);
    }
    dtl_buf_clear(&b->sort_key);
    dtl_buf_clear(&b->packed);
    dtl_sort_key(&b->sort_key, key, c->time);
    if (!b->sort_key.failed)
        dtl_capture_pack(c, dtl_slice_of(b->sort_key.ptr, b->sort_key.len - 9),
                         &b->kinds, &b->scratch, &b->packed);
    return b->sort_key.failed || b->packed.failed || b->scratch.failed
               ? no_memory(err)
               : DTL_OK;
}

/* ---- captures ----------------------------------------------------------- */

static int flush_block(struct dtl_builder *b, struct dtl_error *err)
{
    struct dtl_key ordinal = dtl_key32((uint32_t)b->blocks.ordinal);
    struct dtl_slice separator, value;
    int rc;

    if (b->blocks.n == 0)
        return DTL_OK;
    if (!dtl_block_finish(&b->blocks, &separator, &value))
        return no_memory(err);
    rc = dtl_env_append(b->env, "urls", separator, value, err);
    return rc == DTL_OK ? dtl_env_append(b->env, "captures",
                                         dtl_key_view(&ordinal), separator, err)
                        : rc;
}

int dtl_builder_capture(struct dtl_builder *b, struct dtl_slice sort_key,
                        struct dtl_slice packed, struct dtl_error *err)
{
    struct dtl_packed p = { 0 };
    struct dtl_slice key;
    int64_t time;
    int rc = DTL_OK;

    if (!dtl_packed_read(packed, &p) ||
        !dtl_sort_key_split(sort_key, &key, &time))
        return dtl_fail(err, DTL_INVALID, 0, "a capture is not packed right");
    if (b->captures == UINT32_MAX - 1)
        return dtl_fail(err, DTL_LIMIT, 0, "the segment is full");
    if (!dtl_block_add(&b->blocks, sort_key, packed)) {
        if ((rc = flush_block(b, err)) != DTL_OK)
            return rc;
        dtl_block_add(&b->blocks, sort_key, packed);
    }
    rc = dtl_pairs_add(b->times, (uint64_t)time ^ UINT64_C(1) << 63,
                       b->captures, err);
    if (rc == DTL_OK && p.has_digest)
        rc = dtl_pairs_add(b->digests, p.digest, b->captures, err);
    if (rc == DTL_OK && p.record_id.len > 0)
        rc = dtl_pairs_add(b->records, dtl_record_hash(p.record_id),
                           b->captures, err);
    if (rc == DTL_OK && p.article != DTL_NO_ARTICLE)
        rc = dtl_pairs_add(b->carriers, p.article, b->captures, err);
    if (time < b->first)
        b->first = time;
    if (time > b->last)
        b->last = time;
    b->captures++;
    return rc;
}

/* ---- articles ----------------------------------------------------------- */

int dtl_builder_article(struct dtl_builder *b,
                        const struct dtl_article_row *row, uint32_t *ordinal,
                        struct dtl_error *err)
{
    const struct {
        char letter;
        struct dtl_slice value;
    } facets[] = {
        { DTL_FACET_SITE, row->site },
        { DTL_FACET_LANGUAGE, row->language },
        { DTL_FACET_TYPE, dtl_slice_of(&row->page_type, 1) },
    };
    int rc = dtl_articles_add(b->articles, row, ordinal, err);

    if (rc == DTL_OK)
        rc =
            dtl_pairs_add(b->texts, dtl_bytes40(row->text_hash), *ordinal, err);
    for (size_t i = 0; rc == DTL_OK && i < sizeof facets / sizeof *facets; i++)
        if (facets[i].value.len > 0)
            rc = dtl_pairs_add(b->facets,
                               dtl_facet(facets[i].letter, facets[i].value),
                               *ordinal, err);
    return rc;
}

/* ---- postings ----------------------------------------------------------- */

int dtl_builder_postings(struct dtl_builder *b, const char *name, bool split,
                         struct dtl_pairs *pairs, struct dtl_error *err)
{
    struct dtl_postings_writer w = { .env = b->env,
                                     .table = name,
                                     .split = split };
    struct dtl_pair pair;
    int rc = dtl_pairs_sort(pairs, err), last;

    while (rc == DTL_OK && (rc = dtl_pairs_next(pairs, &pair, err)) == DTL_OK)
        rc = dtl_postings_add(&w, pair.key, pair.value, err);
    last = dtl_postings_finish(&w, err);
    return rc == DTL_END ? last : rc;
}

/* Table meta: "info" and "kinds". */
static int write_meta(struct dtl_builder *b, struct dtl_error *err)
{
    struct dtl_buf info = { 0 }, kinds = { 0 };
    int rc;

    dtl_buf_varint(&info, DTL_STORE_FORMAT);
    dtl_buf_varint(&info, b->captures);
    dtl_buf_varint(&info, dtl_articles_count(b->articles));
    dtl_buf_add(&info, &b->first, 8);
    dtl_buf_add(&info, &b->last, 8);
    dtl_kinds_write(&b->kinds, &kinds);
    rc = info.failed || kinds.failed
             ? no_memory(err)
             : dtl_env_append(b->env, "meta", dtl_str("info"),
                              dtl_buf_view(&info), err);
    if (rc == DTL_OK)
        rc = dtl_env_append(b->env, "meta", dtl_str("kinds"),
                            dtl_buf_view(&kinds), err);
    dtl_buf_free(&info);
    dtl_buf_free(&kinds);
    return rc;
}

int dtl_builder_finish(struct dtl_builder *b, struct dtl_error *err)
{
    struct {
        const char *name;
        struct dtl_pairs **pairs;
    } tables[] = {
        { "times", &b->times },     { "digests", &b->digests },
        { "records", &b->records }, { "carriers", &b->carriers },
        { "texts", &b->texts },     { "facets", &b->facets },
    };
    int rc = flush_block(b, err);

    for (size_t i = 0; rc == DTL_OK && i < sizeof tables / sizeof *tables;
         i++) {
        rc = dtl_builder_postings(b, tables[i].name, false, *tables[i].pairs,
                                  err);
        dtl_pairs_free(*tables[i].pairs);
        *tables[i].pairs = NULL;
    }
    if (rc == DTL_OK)
        rc = dtl_articles_finish(b->articles, err);
    if (rc == DTL_OK)
        rc = write_meta(b, err);
    return rc == DTL_OK ? dtl_env_seal(b->env, err) : rc;
}
