/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DTL_ARTICLE_META_H
#define DTL_ARTICLE_META_H
/*
 * What a page says about its article.  Every statement becomes a claim with
 * its source and a rank; for each field the best ranked claim that holds up
 * is chosen.  Private to article/.
 *
 *     meta_collect(&m);             head, JSON-LD, marked-up elements
 *     body_find(&body_input, ...);  uses the titles found
 *     meta_visible(&m);             bylines and dates near the headline
 *     meta_choose(&m, out);
 *
 * meta.c       the claims and the one walk over the page
 * meta_head.c  <meta>, <link>, <title>
 * meta_json.c  JSON-LD
 * meta_lines.c what a reader sees around the headline: bylines, dates
 * meta_labels.c what the words beside a date make of it
 * meta_aside.c what side boxes and cards say where nothing else does
 * meta_names.c author names, agencies
 * meta_title.c titles and site names
 * meta_choose.c which claim is believed
 */
#include "body.h"
#include "classes.h"
#include "date.h"
#include "jsonld.h"

#include <dateline/html.h>

#define META_CLAIMS 600
#define META_SPOTS  4096

/* Longest line looked at, and the room it takes. */
#define META_LINE_MAX  200
#define META_LINE_ROOM (META_LINE_MAX + 24)

/* Rank of a headline that is no h1. */
#define HEADING_LESSER 18

/* Elements the walk found worth another look. */
enum spot_kind {
    SPOT_H1 = 1 << 0,
    SPOT_TIME = 1 << 1,   /* <time>, or an element with a datetime */
    SPOT_AUTHOR = 1 << 2, /* class or id says byline, author, ... */
    SPOT_DATE = 1 << 3,   /* class or id says date, published, ... */
    SPOT_PROP = 1 << 4,   /* itemprop or RDFa property */
    SPOT_REL_AUTHOR = 1 << 5,
    SPOT_TAG = 1 << 6,
    SPOT_CRUMB = 1 << 7,    /* breadcrumb */
    SPOT_MODIFIED = 1 << 8, /* class or id says updated */
    SPOT_TITLE = 1 << 9,    /* class says headline, title */
    SPOT_COMMENT = 1 << 10, /* class says comments: not the article's */
    SPOT_COPYRIGHT = 1 << 11,
    SPOT_SECTION = 1 << 12,
    SPOT_SUBTITLE = 1 << 13,
    SPOT_RELATED = 1 << 14,
};

struct spot {
    uint32_t node;
    uint32_t kind; /* spot_kind bits */
};

#define META_REFUSED 8U

struct meta {
    const struct dtl_article_input *in;
    const struct dtl_page *page;
    struct dtl_arena *arena;
    struct dtl_slice host; /* of in->url or the canonical, without www. */
    struct dtl_slice lang; /* as declared, "en-US" */
    struct date_context dates;
    struct classes *classes; /* what class and id values say */
    struct dtl_claim *claims;
    uint32_t nclaims, cap;
    /* Stated times that cannot be; they join the claims once all is chosen,
     * for what a page says is told even where it is not believed. */
    struct dtl_claim refused[META_REFUSED];
    uint32_t nrefused;
    bool failed; /* out of memory */
    struct spot *spots;
    uint32_t nspots, spots_cap;
    struct dtl_slice title_tag;
    /* JSON-LD */
    struct json_doc json;
    uint32_t article; /* node of the article's object, 0 none */
    struct dtl_slice json_body;
    uint8_t said_type; /* enum dtl_page_type */
    bool said_paywalled;
    struct body_result body;
};

/* ---- meta.c ------------------------------------------------------------- */

int meta_collect(struct meta *m, struct dtl_error *err);

/** enum spot_kind bits of a class list, or of an id: its first bytes. */
uint32_t spots_of(const struct class_text *t, size_t len);

/** Record a claim; empty values are ignored.  Returns it, or NULL. */
struct dtl_claim *meta_claim(struct meta *m, enum dtl_claim_field field,
                             enum dtl_claim_source source, int rank,
                             struct dtl_slice value, uint32_t offset);
/** The same for a time; ignored when it is none. */
void meta_date(struct meta *m, enum dtl_claim_field field,
               enum dtl_claim_source source, int rank, struct dtl_slice value,
               uint32_t offset);
void meta_when(struct meta *m, enum dtl_claim_field field,
               enum dtl_claim_source source, int rank,
               const struct dtl_when *when, struct dtl_slice raw,
               uint32_t offset);
/** The day a work was created; one of 1 January is how a year is stored. */
void meta_created(struct meta *m, enum dtl_claim_source source, int rank,
                  struct dtl_slice value, uint32_t offset);
/** White space collapsed, invisible characters dropped, trimmed; in the arena
 * when anything changed. */
struct dtl_slice meta_clean(struct meta *m, struct dtl_slice s);
/** Text of node i's subtree, at most `max` bytes, white space collapsed. */
struct dtl_slice meta_text(struct meta *m, uint32_t i, size_t max);
/** The same of a heading, without the kicker inside it. */
struct dtl_slice meta_heading(struct meta *m, uint32_t i);
/** Note an element for meta_visible(). */
void meta_spot(struct meta *m, uint32_t node, uint32_t kind);
/** Claims that were refused, behind the others; nothing is chosen after. */
void meta_add_refused(struct meta *m);
/** Best claim of a field (lowest rank, first on the page), or NULL. */
struct dtl_claim *meta_best(const struct meta *m, enum dtl_claim_field field);

/* ---- the parts ------------------------------------------------------------
 */

void meta_head(struct meta *m, uint32_t node);
void meta_json(struct meta *m);
void meta_prop(struct meta *m, uint32_t node);
int meta_visible(struct meta *m);
void meta_choose(struct meta *m, struct dtl_article *out);

/** Split a byline into names: "By Ana Lee and Bo Chen, Reuters".  Calls
 * meta_claim() for each with `source` and `rank`. */
void meta_names(struct meta *m, enum dtl_claim_source source, int rank,
                struct dtl_slice byline, uint32_t offset);
/** One name written "Lee, Ana" as libraries do, or plainly. */
void meta_name(struct meta *m, enum dtl_claim_source source, int rank,
               struct dtl_slice name, uint32_t offset);
/* What says that a text is a byline, besides itself. */
enum byline_kind {
    BYLINE_MAYBE,
    BYLINE_SURE,   /* a word before it: one word may be a name */
    BYLINE_LINKED, /* a link to its author: so may a login */
};
/** The same for visible text, dates in it cut off: stops at what is no name.
 * False when there was none. */
bool meta_byline(struct meta *m, enum dtl_claim_source source, int rank,
                 enum byline_kind kind, struct dtl_slice line, uint32_t offset);
/** "Reviewed by", "Photo by": what follows did not write the text. */
bool meta_is_checker(struct dtl_slice s);
/** Could this be a person's (or team's) name rather than a role, a place, a
 * slogan? */
bool meta_is_name(struct dtl_slice s);
/** "Example Staff", "Die Redaktion". */
bool meta_is_team(struct dtl_slice s);
/** Length of a byline word at the start of `s` ("By ", "Von: ", "文/"), or 0.
 */
size_t meta_byline_word(struct dtl_slice s);
/** What bylines begin with. */
const struct needles *meta_byline_words(void);
/** Parts of a byline that are no names, in lower case. */
const struct needles *meta_role_words(void);
/** The news agency `s` is, or a NULL slice. */
struct dtl_slice meta_agency(struct dtl_slice s);
/** Agency credit and place at the head of the text: "KYIV (Reuters) -". */
void meta_dateline(struct meta *m, struct dtl_slice text);

/** What the words beside a date make of it; the last META_LINE_MAX bytes of
 * `s` count. */
bool meta_says_published(struct dtl_slice s);
bool meta_says_modified(struct dtl_slice s);
bool meta_says_born(struct dtl_slice s);
/** Of something else altogether: an expiry, a membership, a comment. */
bool meta_says_foreign(struct dtl_slice s);
bool meta_says_copyright(struct dtl_slice s);
/** "This entry was posted on 2 May", "... wurde am 2. Mai gepostet". */
bool meta_is_posted(struct dtl_slice line, const struct date_hit *hit);

/** One line of text as a reader sees it: the run of inline nodes from `i`.
 * Returns the node after it; `room` has META_LINE_ROOM bytes. */
uint32_t meta_next_line(const struct meta *m, uint32_t i, uint32_t to,
                        struct dtl_slice *line, uint8_t *room);
/** Looks for a date of publication where one does not belong to the article
 * by its place alone. */
void meta_aside(struct meta *m);

struct dtl_slice meta_pick_title(struct meta *m);
struct dtl_slice meta_pick_site(struct meta *m);
/** Is `s` the site's own name, by the other claims or the host? */
bool meta_is_site(const struct meta *m, struct dtl_slice s);

#endif
