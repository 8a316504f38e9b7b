/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DTL_ARTICLE_BODY_PARTS_H
#define DTL_ARTICLE_BODY_PARTS_H
/*
 * What the steps of body_find() share.
 */
#include "blocks.h"
#include "body.h"

#define NONE       UINT32_MAX
#define MAX_WORDS  64u
#define MAX_TITLES 8u
#define TITLE_BITS 512u

/** The words of a line, folded and hashed, in order. */
struct words {
    uint32_t hash[MAX_WORDS];
    uint32_t n;
};

struct finder {
    const struct body_input *in;
    struct dtl_arena *arena;
    struct classes *classes;
    struct blocks b;
    struct words title[MAX_TITLES];
    uint32_t ntitles;
    uint64_t title_words[TITLE_BITS / 64]; /* a filter of their words */
    uint32_t headline;     /* block, NONE when the page does not show it */
    uint32_t main;         /* box of the story */
    struct dtl_slice data; /* the text as the page's data say it, or empty */
    struct dtl_slice said; /* the same as plain text, or empty */
    uint32_t usual;        /* looks of most of its prose */
    /* The prose in them is in blocks [first_usual, last_usual). */
    uint32_t first_usual, last_usual;
};

/** The next word of `text` at or after *pos, hashed; false at the end. */
bool word_next(struct dtl_slice text, size_t *pos, uint32_t *hash);
void words_of(struct dtl_slice text, struct words *out);
/** How many words of `a` are in `b`. */
uint32_t words_common(const struct words *a, const struct words *b);

/** The words that carry a text's subject: names and long words, by their
 * beginnings, as bits of a filter. */
#define SUBJECT_BITS (1u << 15)
struct subject {
    uint64_t bits[SUBJECT_BITS / 64];
    uint32_t words; /* seen, repeated ones too */
};
/** The subject words of `text` as numbers of such bits; `out` has room for
 * text.len / 2 + 1. */
uint32_t subject_read(struct dtl_slice text, uint16_t *out);
void subject_add(struct subject *s, const uint16_t *said, uint32_t n);
/** How many of them are in `s`. */
uint32_t subject_known(const struct subject *s, const uint16_t *said,
                       uint32_t n);

/** Mark blocks that belong to other stories (block.foreign); false when out
 * of memory. */
bool stories_mark(struct finder *f);

/** Give captions in the story's box their role. */
void captions_mark(struct finder *f);

enum {
    TOPIC_CONSENT,
    TOPIC_SUBSCRIBE,
    TOPIC_WALL,
    TOPIC_SUPPORT,
    TOPIC_DISCLOSURE,
    TOPIC_SERVICE,
    TOPICS
};

/** Mark blocks that say what sites put into every article. */
void boilerplate_mark(struct finder *f);

/** The text that the page's scripts would show, as HTML, or empty. */
struct dtl_slice state_body(const struct dtl_page *page,
                            struct dtl_arena *arena);

/** Decide by the articleBody of the page's JSON-LD where it speaks of the same
 * text; false when out of memory. */
bool said_body_apply(struct finder *f);
/** The blocks of an articleBody when the page shows less of it; sets `out`
 * and returns true if it was used. */
bool said_body_use(struct finder *f, struct body_result *out);

/** Do its data or its address say that readers' posts are the page's text? */
bool pagetype_is_forum(const struct finder *f);
/** Does its address say that many stories or posts are its text? */
bool pagetype_holds_many(const struct finder *f);

/** By what was kept: is it a page of many parts, none of them its story? */
bool pagetype_is_parts(const struct finder *f);

/** Set page_type, flags and confidence. */
void pagetype_set(struct finder *f, struct body_result *out);

#endif
