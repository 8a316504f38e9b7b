/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_INDEX_ARTICLES_H
#define DATELINE_INDEX_ARTICLES_H
/*
 * Article rows: each text and each set of metadata one zstd frame over a
 * dictionary learnt from the segment's first articles; rows in groups that
 * fill whole pages; a text that is there already is only pointed at.
 */
#include "env.h"
#include "sealed.h"

#include <dateline/index.h>

/* ---- writing ------------------------------------------------------------ */

struct dtl_articles_writer;
int dtl_articles_writer_new(struct dtl_env *env,
                            struct dtl_articles_writer **out,
                            struct dtl_error *err);
int dtl_articles_add(struct dtl_articles_writer *w,
                     const struct dtl_article_row *row, uint32_t *ordinal,
                     struct dtl_error *err);
uint32_t dtl_articles_count(const struct dtl_articles_writer *w);
int dtl_articles_finish(struct dtl_articles_writer *w, struct dtl_error *err);
void dtl_articles_writer_free(struct dtl_articles_writer *w);

/* ---- reading ------------------------------------------------------------ */

struct dtl_articles;
int dtl_articles_open(struct dtl_sealed *file, struct dtl_articles **out,
                      struct dtl_error *err);
enum {
    DTL_ARTICLES_HASH = 0,      /* text_hash, published, words, page_type */
    DTL_ARTICLES_META = 1 << 0, /* and title, site, language, meta */
    DTL_ARTICLES_TEXT = 1 << 1, /* and text */
};
int dtl_articles_get(struct dtl_articles *a, uint32_t ordinal, unsigned parts,
                     struct dtl_arena *arena, struct dtl_article_row *out,
                     struct dtl_error *err);
void dtl_articles_close(struct dtl_articles *a);

#endif
