/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DTL_ARTICLE_STORIES_H
#define DTL_ARTICLE_STORIES_H
/*
 * The scan for other stories (stories.c) as gaps.c sees it.
 */
#include "body_parts.h"

#define MAX_LISTS 16u

/* Subject words of a block, read once; `word` is NULL before. */
struct said {
    const uint16_t *word;
    uint32_t n, start; /* in all; in what the block begins with */
};

struct scan {
    struct finder *f;
    struct blocks *b;
    struct subject *subject; /* of the own story so far */
    uint32_t read;           /* blocks before this are in it */
    uint32_t opened; /* by this block the page's own story is under way */
    uint32_t own;    /* the last prose that is the page's own */
    uint32_t own_size, own_blocks;
    uint32_t head_sig, meta_sig;
    uint32_t usual; /* looks of most of the own prose so far */
    uint64_t votes;
    float head_weight; /* what looking like the headline counts */
    bool live;         /* posts with times are the story */
    bool after_label;
    uint32_t chapter_sig; /* looks of the own story's last heading, 0 none */
    uint32_t list_sig;    /* looks of the last box taken out, 0 none */
    uint32_t told, told_known; /* words of the own story, those said before */
    /* Stretches of the own story, and how little the strangest says again. */
    uint32_t stretch_words, stretch_known, stretches;
    float low;
    struct said title; /* words of the page's title */
    struct list {
        uint32_t parent, sig, taken;
    } list[MAX_LISTS]; /* lists of which boxes were taken out */
    uint32_t nlists;
    uint32_t chapter_most; /* words of the own story's longest heading */
    uint32_t run_sig;      /* looks of the last title that opened a run */
    uint32_t other_sig;    /* looks of the last line weighed as an opener */
    uint32_t tests;        /* of runs so far */
    uint32_t asked;        /* lines weighed with those that look alike */
    struct said *said;     /* of each block */
    uint16_t *pool;        /* where words are read to */
    uint32_t pool_left;
    struct gap *gap; /* in page order */
    uint32_t ngaps, asked_gaps;
    bool taken;  /* another story, not a teaser, has just been taken out */
    bool failed; /* out of memory */
};

/** What stands between two paragraphs: lines, a rule, the edge of a box. */
struct gap {
    uint32_t first;          /* blocks [first, prose) hold its lines */
    uint32_t prose;          /* the paragraph after it */
    uint32_t end;            /* the next gap's first block */
    uint32_t size, after;    /* letters of the prose up to there; in all */
    uint32_t title, meta;    /* lines, NONE without: a title; who, when */
    uint32_t box;            /* the largest box that opens in it, NONE */
    uint32_t look;           /* gaps alike look the same */
    uint32_t lines, linked;  /* lines, those that are links */
    uint32_t heads, outlets; /* that stand out, that could name an outlet */
    uint32_t furniture;      /* tags, share bar, comments */
    float shows, later;      /* of what announces a story; later ones' most */
    bool related;            /* a label announces other stories */
    bool rule, relative, date, name_time, time_element;
};

/** Find the gaps below the headline; false when out of memory. */
bool gaps_find(struct scan *s);
/** The gap around block `i`, once only; NONE without. */
uint32_t gap_at(struct scan *s, uint32_t i);
/** Does another story open in the gap?  `e`: other evidence there is. */
bool gap_opens(struct scan *s, uint32_t g, float e);

static inline float within(float x, float least, float most)
{
    return x < least ? least : x > most ? most : x;
}

/** Is the block in a box that holds no story? */
static inline bool story_is_out(const struct scan *s, const struct block *k)
{
    return (s->b->box[k->box].above & HINT_OUT) != 0;
}

bool story_title_like(const struct block *k);
bool story_stands_out(const struct block *k);
bool story_like_neighbour(const struct blocks *b, uint32_t x);
bool story_outlet_like(const struct block *k);
bool story_numbered(const struct scan *s, const struct block *k);
bool story_agency_opening(const struct scan *s, const struct block *k);
/** "Outlet, 2 May 2025": a name and a time. */
bool story_name_and_time(const struct scan *s, const struct block *k);
bool story_leads_away(const struct scan *s, const struct block *k);
bool story_rule_before(const struct scan *s, uint32_t i);
/** Evidence of a time or an outlet in the lines around block `i`. */
float story_time_beside(const struct scan *s, uint32_t i);
/** The prose at most five blocks below `i`, or NONE. */
uint32_t story_next_prose(const struct scan *s, uint32_t i);
/** The largest box around block `i` that holds nothing up to block `last`. */
uint32_t story_box_after(const struct blocks *b, uint32_t i, uint32_t last);
/** The same after the last of the own story. */
uint32_t story_own_box(const struct scan *s, uint32_t i);
/** Does block `i` open box `x`, but for short lines before a title? */
bool story_opens(const struct scan *s, uint32_t x, uint32_t i);

/** Subject words of a text, of block `i`. */
struct said story_read_words(struct scan *s, struct dtl_slice text);
struct said story_said(struct scan *s, uint32_t i);
/** Count the subject words of block `i` in *words, those of the own story in
 * *known; of a long block all of it, or what it begins with. */
void story_compare(struct scan *s, uint32_t i, uint32_t *words,
                   uint32_t *known);
void story_compare_start(struct scan *s, uint32_t i, uint32_t *words,
                         uint32_t *known);
/** How many of the words block `i` says first come back in the text from block
 * `from` on, three at most; *fresh: does it say any? */
uint32_t story_echo(struct scan *s, uint32_t i, uint32_t from, bool *fresh);
/** Does no block before look like block `i`? */
bool story_looks_new(const struct scan *s, uint32_t i);
/** Subject words of the page's title; none without. */
struct said story_page_title(struct scan *s);
/** Read the own story up to block `i`. */
void story_read_own(struct scan *s, uint32_t i);

/** Does block `i` open another story: are the log-odds, `e` being what other
 * evidence there is, at least `least`, or do lines that look like it make up
 * for what is missing? */
bool opener_is(struct scan *s, uint32_t i, float e, float least);
/** Does block `i` open, or go on with, a run of stories that all speak of
 * something else, each under a title in the same looks? */
bool opener_of_run(struct scan *s, uint32_t i);

#endif
