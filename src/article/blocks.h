/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DTL_ARTICLE_BLOCKS_H
#define DTL_ARTICLE_BLOCKS_H
/*
 * A page as a reader sees it: boxes (elements that break lines) holding
 * blocks (runs of text between such breaks), in page order, with the counts
 * by which body.c decides.  One pass over the nodes.
 */
#include <dateline/article.h>
#include <dateline/html.h>

#include "classes.h"
#include "hints.h"

#define NO_BOX UINT32_MAX

/* Boxes that are asked for the role of a block: its own and those around. */
#define ROLE_BOXES 6u

struct box {
    uint32_t node, end;    /* nodes [node, end) */
    uint32_t parent;       /* index of a box; NO_BOX for the root */
    uint32_t first, last;  /* blocks [first, last) inside */
    uint32_t sig;          /* hash of tag and class: equal looks */
    uint32_t hints;        /* its own */
    uint32_t above;        /* with those of all ancestors */
    uint32_t prev;         /* sibling box before it, NO_BOX none */
    uint32_t next;         /* the first box after all inside it */
    uint32_t size, linked; /* of its blocks: see struct block */
    uint32_t prose;        /* size of its prose blocks */
    float score;
    uint16_t tag;
    uint8_t roles; /* a bit for each box from here up that gives one */
    bool layout;   /* a table that is not one of data */
};

struct block {
    uint32_t text, len;      /* into blocks.text */
    uint32_t node, node_end; /* of its text */
    uint32_t box;
    uint32_t sig;    /* of its box and of the inline element that wraps all */
    uint32_t size;   /* letters; a Han, kana or Hangul character counts 2 */
    uint32_t linked; /* size inside links */
    uint32_t bold;   /* size inside b, strong */
    uint32_t href;   /* node of its first link, 0 none */
    uint32_t image;  /* node of the picture it captions, 0 none */
    float score;
    /* Counts, or UINT16_MAX when there are more. */
    uint16_t links, words, lowers; /* lowers: words in lower case */
    uint16_t stops, commas;
    uint8_t role, level, label;
    unsigned topic : 4;
    unsigned repeats : 2; /* how often the same stood before */
    bool prose : 1, kept : 1, foreign : 1;
    bool headline : 1, exact_title : 1; /* says what the page is called */
    bool terminal : 1;                  /* ends as sentences do */
    bool relative : 1, date : 1;        /* says when, and little else */
    bool timed : 1;                     /* ends in a relative time */
    bool digits : 1;                    /* holds 0 to 9 */
    bool plain : 1;                     /* ASCII words, a blank between them */
    bool boilerplate : 1;
    bool ordered : 1, time_element : 1, linebreaks : 1, in_quote : 1;
    const char *reason;
};

struct blocks {
    const struct dtl_page *page;
    struct dtl_arena *arena;
    struct box *box;
    uint32_t nboxes;
    struct block *block;
    uint32_t nblocks;
    uint8_t *text;
    /* Room for them, and what is not needed once they are made. */
    uint32_t boxes_cap, blocks_cap;
    size_t text_cap, room; /* room: bytes at `block` */
    uint32_t *box_of;
};

/* What is read: what a browser shows; what styles hide, too; and what waits in
 * <template> and <noscript>. */
enum blocks_read { BLOCKS_SHOWN, BLOCKS_HIDDEN, BLOCKS_WAITING };

/** Where the text of `k` begins and ends in the page. */
uint32_t block_source(const struct blocks *b, const struct block *k);
uint32_t block_source_end(const struct blocks *b, const struct block *k);

/** Cut `page` into boxes and blocks.  `out` is cleared, or was filled before
 * for the same page: then its room is used again. */
int blocks_make(const struct dtl_page *page, struct classes *memory,
                enum blocks_read what, struct dtl_arena *arena,
                struct blocks *out, struct dtl_error *err);

static inline struct dtl_slice block_text(const struct blocks *b,
                                          const struct block *k)
{
    return dtl_slice_of(b->text + k->text, k->len);
}

/** Give back the room that `b` does not need: it is read no more. */
void blocks_trim(struct blocks *b);

/** Is box `inner` the box `outer` or inside it? */
static inline bool box_inside(const struct blocks *b, uint32_t inner,
                              uint32_t outer)
{
    return b->box[inner].node >= b->box[outer].node &&
           b->box[inner].node < b->box[outer].end;
}

#endif
