/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_INDEX_BUILD_H
#define DATELINE_INDEX_BUILD_H
/*
 * Build one segment from captures that come in order and articles that come in
 * any: what an ingest sorts and what a merge reads from other segments.
 */
#include "articles.h"
#include "block.h"
#include "env.h"
#include "postings.h"
#include "spill.h"

struct dtl_builder {
    struct dtl_env *env;
    char *path;
    struct dtl_kinds kinds;
    struct dtl_block_writer blocks;
    struct dtl_buf scratch, packed, sort_key;
    struct dtl_arena *arena; /* of one capture */
    struct dtl_articles_writer *articles;
    struct dtl_pairs *times, *digests, *records, *carriers, *texts, *facets;
    uint64_t captures;
    int64_t first, last; /* capture times */
};

/** Temporary files go to `dir`, at most about `memory` bytes are used. */
int dtl_builder_new(const char *path, const char *dir, size_t memory,
                    struct dtl_builder **out, struct dtl_error *err);
/** Sort key and packed form of a capture, in b->sort_key and b->packed. */
int dtl_builder_pack(struct dtl_builder *b, const struct dtl_capture *c,
                     struct dtl_error *err);
/** The next capture in the order of their sort keys. */
int dtl_builder_capture(struct dtl_builder *b, struct dtl_slice sort_key,
                        struct dtl_slice packed, struct dtl_error *err);
int dtl_builder_article(struct dtl_builder *b,
                        const struct dtl_article_row *row, uint32_t *ordinal,
                        struct dtl_error *err);
/** Sort `pairs` and write them as table `name`. */
int dtl_builder_postings(struct dtl_builder *b, const char *name, bool split,
                         struct dtl_pairs *pairs, struct dtl_error *err);
/** Write what is left, and seal the file. */
int dtl_builder_finish(struct dtl_builder *b, struct dtl_error *err);
void dtl_builder_free(struct dtl_builder *b);

/* Facets of an article: hashes of one letter and a value. */
enum { DTL_FACET_SITE = 's', DTL_FACET_LANGUAGE = 'l', DTL_FACET_TYPE = 't' };
uint64_t dtl_facet(char letter, struct dtl_slice value);
uint64_t dtl_record_hash(struct dtl_slice record_id);

#endif
