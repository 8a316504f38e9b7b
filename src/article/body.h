/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DTL_ARTICLE_BODY_H
#define DTL_ARTICLE_BODY_H
/*
 * The body of the article on a page: which blocks of text are the story and
 * why, and what kind of page this is.  Private to article/.
 *
 * article.c reads the metadata first, calls body_find() with the titles it
 * found, then looks for bylines and visible dates near `headline` and inside
 * [first, last).
 */
#include <dateline/article.h>

struct classes;

struct body_input {
    const struct dtl_page *page;
    struct classes *classes; /* of this page; NULL: made for this */
    struct dtl_slice url;    /* as captured; may be empty */
    /* What metadata calls the article (JSON-LD headline, og:title, <title>),
     * best first; site names need not be cut off. */
    const struct dtl_slice *titles;
    uint32_t ntitles;
    /* og:description, meta description: a lead often repeats it. */
    struct dtl_slice description;
    /* JSON-LD articleBody, JSON decoded (may hold HTML); or empty. */
    struct dtl_slice json_body;
    /* enum dtl_page_type as og:type or JSON-LD @type say, or UNKNOWN. */
    uint8_t said_type;
    bool said_paywalled; /* JSON-LD isAccessibleForFree is false */
    bool explain;        /* keep dropped blocks */
};

struct body_result {
    struct dtl_block *blocks; /* in page order: kept ones, captions, and with
                                 in->explain dropped ones */
    uint32_t nblocks;
    struct dtl_slice text; /* kept blocks without captions, joined by '\n' */
    struct dtl_slice rest; /* other prose of the page, joined by '\n' */
    uint8_t page_type;     /* enum dtl_page_type */
    unsigned flags;        /* DTL_ARTICLE_* */
    float confidence;      /* 0..1 */
    uint32_t headline;     /* node of the headline on the page, 0 none */
    /* Nodes [first, last) run from the headline (or first kept block) to the
     * end of the last kept block: a date or byline of this article stands in
     * here or shortly before.  0, 0 when nothing was kept. */
    uint32_t first, last;
    /* Nodes [from, to) that belong to other stories or to
     * furniture; ascending, disjoint.  Bylines and dates inside are theirs. */
    const struct body_range {
        uint32_t from, to;
    } * others;
    uint32_t nothers;
};

/** Everything in `out` is in `arena` or static. */
int body_find(const struct body_input *in, struct dtl_arena *arena,
              struct body_result *out, struct dtl_error *err);

/** Is node `i` inside one of `out->others`?  O(log nothers). */
bool body_is_other(const struct body_result *out, uint32_t i);

#endif
