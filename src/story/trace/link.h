/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_TRACE_LINK_H
#define DATELINE_TRACE_LINK_H
/*
 * The batch that groups a store's articles into stories, in steps:
 *
 *   load.c    every article once: who it is
 *   lists.c   the postings of all segments, mark by mark
 *   tally.c   counting pairs, in bounded memory
 *   pairs.c   which articles share marks, and how many stories carry a mark
 *   common.c  the marks that many stories carry
 *   texts.c   words of an article with their worth, kept in a bounded cache
 *   stories.c pairs judged on their texts, stories and carriers from them
 *
 * Articles are numbered by capture time, URL and text, never by where they
 * lie in the store, so that the result does not depend on the crawl's order.
 */
#include "match.h"

#include <dateline/index.h>
#include <dateline/trace.h>

#define MAX_DOCS    (UINT32_C(1) << 30)
#define NO_DOC      UINT32_MAX
#define TITLE_WORDS 24U

struct doc {
    struct dtl_ref ref;
    int64_t time;           /* of its first capture */
    uint64_t url, text;     /* hashes */
    uint32_t marks, words;  /* `words` of its own; of a rest not known */
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

#define LEAD_WORDS 120U

/* Two articles that share marks. */
struct pair {
    uint32_t a, b;           /* a < b */
    uint16_t marks, worth;   /* shared, and what they are worth */
    uint16_t lead_a, lead_b; /* shared ones that stand in the lead */
};

struct common;

struct batch {
    struct dtl_store *store;
    struct dtl_stories_options options;
    struct doc *docs;
    uint32_t ndocs, cdocs;
    bool has_rest;
    uint32_t *titles;
    size_t ntitles, ctitles;
    uint32_t *places;    /* by segment and ordinal: the article's number */
    size_t *first_place; /* of each segment, and one past the last */
    struct pair *pairs;  /* from `moved` on in memory, or all mapped */
    size_t npairs, cpairs, moved;
    int pairs_fd;
    struct common *common;
    unsigned counted; /* how often stories were counted */
};

int batch_load(struct batch *b, struct dtl_error *err);
/** Pairs worth judging and the marks many stories carry. */
int batch_pairs(struct batch *b, struct dtl_error *err);
/** Count again, now that it is known what is one story. */
int batch_recount(struct batch *b, struct dtl_error *err);
void batch_free_pairs(struct batch *b);
void batch_clear(struct batch *b);

uint32_t doc_root(struct batch *b, uint32_t doc);
void doc_union(struct batch *b, uint32_t x, uint32_t y);
/** Share of title words two articles have in common, 0..1. */
float title_agreement(const struct batch *b, uint32_t x, uint32_t y);

/* ---- lists -------------------------------------------------------------- */

#define NO_GROUP UINT16_MAX

/* The articles of one mark, each once, in order. */
struct list {
    uint64_t mark; /* its 40 bits */
    uint32_t *docs;
    uint16_t *group; /* for the user: its story in this list, NO_GROUP */
    uint16_t *rank;  /* and how many of that come before */
    uint8_t *lead;   /* the mark stands in the lead */
    uint32_t count;
};

struct lists;
/** With `count`, count the marks of each article on the way. */
int lists_open(struct batch *b, bool count, struct lists **out,
               struct dtl_error *err);
/** The next mark's, valid until the next call; DTL_END. */
int lists_next(struct lists *l, struct list **out, struct dtl_error *err);
void lists_close(struct lists *l);

/* ---- tally -------------------------------------------------------------- */

struct tally_item {
    uint64_t key; /* not 0 */
    uint16_t marks, worth, lead_a, lead_b;
};

struct tally;
/** At most about `memory` bytes are used, the rest is in a temporary file. */
struct tally *tally_new(size_t memory);
void tally_free(struct tally *t);
/** Items of one key are added up. */
int tally_add(struct tally *t, const struct tally_item *item,
              struct dtl_error *err);
/** No more will be added; then read them by key. */
int tally_sort(struct tally *t, struct dtl_error *err);
int tally_next(struct tally *t, struct tally_item *out, struct dtl_error *err);

/** A nameless file; -1 with errno. */
int batch_temp_file(void);
int batch_write(int fd, const void *bytes, size_t len, struct dtl_error *err);

/* ---- marks that many stories carry --------------------------------------- */

struct common *common_new(size_t memory);
void common_free(struct common *c);
bool common_set(struct common *c, uint64_t mark, unsigned stories);
/** Stories that carry the mark; 1 when they are few. */
unsigned common_get(const struct common *c, uint64_t mark);

/** What a mark is worth that so many stories carry, 0..1. */
static inline float mark_worth(float stories)
{
    float ratio = stories / 8.0F;

    return 1.0F / (1.0F + ratio * ratio);
}

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
