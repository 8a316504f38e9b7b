/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_TRACE_LINK_H
#define DATELINE_TRACE_LINK_H
/*
 * The batch that groups a store's articles into stories, in steps:
 *
 *   load.c    every article once: who it is, its marks as sorted postings
 *   pairs.c   which articles share marks, and how many stories carry a mark
 *   texts.c   words of an article with their worth, kept in a bounded cache
 *   stories.c pairs judged on their texts, stories and carriers from them
 *
 * Articles are numbered by capture time, URL and text, never by where they
 * lie in the store, so that the result does not depend on the crawl's order.
 */
#include "match.h"

#include <dateline/index.h>
#include <dateline/trace.h>

#define MAX_DOCS    (UINT32_C(1) << 23)
#define TITLE_WORDS 24U

struct doc {
    struct dtl_ref ref;
    int64_t time;       /* of its first capture */
    uint64_t url, text; /* hashes */
    uint32_t marks, words;
    uint32_t title, ntitle; /* in the batch's title words */
    uint32_t root;          /* union-find: the first article of its story */
    bool rest; /* not the article, but what else its page tells; the article
                  has the number before.  It carries stories, is none */
};

/** The article of the page that `doc` is about. */
static inline uint32_t doc_article(const struct doc *docs, uint32_t doc)
{
    return docs[doc].rest ? doc - 1 : doc;
}

/* A posting: 40 bits of the mark, 23 of the article, 1 set when the mark
 * stands in the article's lead. */
#define POST_MARK(p) ((p) >> 24)
#define POST_DOC(p)  ((uint32_t)((p) >> 1) & (MAX_DOCS - 1))
#define POST_LEAD(p) ((unsigned)(p)&1U)
#define LEAD_WORDS   120U

/* Two articles that share marks. */
struct pair {
    uint32_t a, b; /* a < b */
    uint32_t marks;
    uint8_t lead_a, lead_b; /* marks shared that stand in the lead */
};

struct counter;

struct batch {
    struct dtl_store *store;
    struct dtl_stories_options options;
    struct doc *docs;
    uint32_t ndocs, cdocs;
    bool has_rest;
    uint32_t *titles;
    size_t ntitles, ctitles;
    uint64_t *posts;
    size_t nposts, cposts;
    struct pair *pairs;
    size_t npairs;
    struct counter *common; /* marks that many stories carry */
};

int batch_load(struct batch *b, struct dtl_error *err);
/** Pairs worth judging and the marks many stories carry. */
int batch_pairs(struct batch *b, struct dtl_error *err);
void batch_clear(struct batch *b);

uint32_t doc_root(struct batch *b, uint32_t doc);
void doc_union(struct batch *b, uint32_t x, uint32_t y);
/** Share of title words two articles have in common, 0..1. */
float title_agreement(const struct batch *b, uint32_t x, uint32_t y);

/* ---- counting by 64-bit key --------------------------------------------- */

struct count {
    uint64_t key; /* 0: free */
    uint32_t value;
    uint8_t extra[4];
};

struct counter {
    struct count *slots;
    size_t used, mask;
};

struct counter *counter_new(void);
void counter_free(struct counter *c);
/** The slot of `key` (not 0), new ones with value 0; NULL: out of memory. */
struct count *counter_at(struct counter *c, uint64_t key);
const struct count *counter_find(const struct counter *c, uint64_t key);

/* ---- texts ----------------------------------------------------------------
 */

struct texts;
struct texts *texts_new(struct batch *b, size_t memory);
void texts_free(struct texts *t);
/** At most so many words of an article are compared. */
#define MAX_WORDS 50000U
/** Words of article `doc` with their worth; valid until a later call makes
 * room, which spares article `keep`. */
int texts_get(struct texts *t, uint32_t doc, uint32_t keep, struct text *out,
              struct dtl_error *err);

#endif
