/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_ARTICLE_H
#define DATELINE_ARTICLE_H
/*
 * From a page to its article: the text that was published there and nothing
 * else, and what the page says about it, each claim with its source.
 *
 *     struct dtl_article_input in = { .page = page, .url = url };
 *     dtl_article_extract(&in, arena, &article, &err);
 */
#include <dateline/base.h>
#include <dateline/time.h>

#ifdef __cplusplus
extern "C" {
#endif

struct dtl_page;

struct dtl_article_input {
    const struct dtl_page *page;
    struct dtl_slice url;           /* as captured; may be empty */
    int64_t captured;               /* DTL_NO_TIME when unknown: then "6 minutes
                                       ago" cannot be resolved */
    struct dtl_slice last_modified; /* HTTP header, or empty */
    bool explain;                   /* keep the dropped blocks with reasons */
};

/* ---- text ------------------------------------------------------------- */

enum dtl_block_role {
    DTL_BLOCK_PARAGRAPH,
    DTL_BLOCK_HEADING,
    DTL_BLOCK_ITEM,
    DTL_BLOCK_QUOTE,
    DTL_BLOCK_CAPTION,
    DTL_BLOCK_ROW,
    DTL_BLOCK_PRE,
};

/** One block of text as a reader sees it: white space collapsed (kept in
 * PRE), cells of a ROW separated by " | ". */
struct dtl_block {
    uint8_t role;                /* enum dtl_block_role */
    uint8_t level;               /* heading 1-6, nesting of an item */
    bool kept;                   /* part of the body; else see `reason` */
    bool ordered;                /* ITEM of an ol */
    uint32_t source, source_end; /* byte offsets in the decoded page */
    struct dtl_slice text;
    struct dtl_slice markdown; /* light Markdown of it; may equal text */
    struct dtl_slice image;    /* CAPTION: URL of its picture, or empty */
    const char *reason;        /* static: why it was kept or dropped */
    float score;
};

/* ---- claims ----------------------------------------------------------- */

enum dtl_claim_field {
    DTL_CLAIM_TITLE,
    DTL_CLAIM_SUBTITLE,
    DTL_CLAIM_AUTHOR,
    DTL_CLAIM_PUBLISHED,
    DTL_CLAIM_MODIFIED,
    DTL_CLAIM_SITE,
    DTL_CLAIM_PUBLISHER,
    DTL_CLAIM_SECTION,
    DTL_CLAIM_TAG,
    DTL_CLAIM_LANGUAGE,
    DTL_CLAIM_CANONICAL,
    DTL_CLAIM_AMP,
    DTL_CLAIM_ORIGIN,
    DTL_CLAIM_IMAGE,
    DTL_CLAIM_DESCRIPTION,
    DTL_CLAIM_AGENCY,
    DTL_CLAIM_PLACE,
    DTL_CLAIM_FIELDS
};

/* Where on the page a claim stands. */
enum dtl_claim_source {
    DTL_FROM_JSONLD,
    DTL_FROM_OPENGRAPH,
    DTL_FROM_ARTICLE_META,
    DTL_FROM_DUBLIN_CORE,
    DTL_FROM_PARSELY,
    DTL_FROM_SAILTHRU,
    DTL_FROM_META,
    DTL_FROM_MICRODATA,
    DTL_FROM_RDFA,
    DTL_FROM_TIME_ELEMENT,
    DTL_FROM_LINK,
    DTL_FROM_TITLE_ELEMENT,
    DTL_FROM_HEADING,
    DTL_FROM_BYLINE,
    DTL_FROM_URL,
    DTL_FROM_VISIBLE,
    DTL_FROM_RELATIVE,
    DTL_FROM_COPYRIGHT,
    DTL_FROM_HTTP,
    DTL_FROM_DETECTOR,
    DTL_FROM_SCRIPT,
    DTL_FROM_MODIFIED, /* of `published`: the page gives a change only */
    DTL_CLAIM_SOURCES
};

/** A time as a page states it. */
struct dtl_when {
    int64_t time; /* earliest instant meant, DTL_NO_TIME none */
    int32_t zone; /* seconds east of UTC, if zone_known */
    bool zone_known;
    uint8_t precision; /* 4 year, 6 month, 8 day, 12 min, 14 sec */
    bool relative;     /* computed from the capture time */
};

struct dtl_claim {
    uint8_t field, source;
    bool chosen;
    int16_t rank;           /* lower is believed first */
    struct dtl_slice value; /* cleaned */
    struct dtl_slice raw;   /* as it stands on the page */
    struct dtl_when when;   /* PUBLISHED and MODIFIED */
    uint32_t offset;        /* byte offset in the decoded page */
};

enum dtl_page_type {
    DTL_PAGE_UNKNOWN,
    DTL_PAGE_ARTICLE,
    DTL_PAGE_LIVEBLOG,
    DTL_PAGE_LISTING,
    DTL_PAGE_HOME,
    DTL_PAGE_FORUM,
    DTL_PAGE_PRODUCT,
    DTL_PAGE_VIDEO,
    DTL_PAGE_GALLERY,
    DTL_PAGE_DOCUMENT,
    DTL_PAGE_ERROR,
    DTL_PAGE_TYPES
};

enum {
    DTL_ARTICLE_PAYWALLED = 1 << 0, /* only a stub is on the page */
    DTL_ARTICLE_FROM_JSON = 1 << 1, /* body from JSON-LD or script state */
    DTL_ARTICLE_CUT = 1 << 2,       /* a limit was reached */
};

struct dtl_article {
    uint8_t page_type; /* enum dtl_page_type */
    unsigned flags;
    float confidence; /* 0..1: that the body is right */
    struct dtl_slice title, subtitle, site, publisher, section, language,
        canonical, amp, origin, image, description, agency, place;
    const struct dtl_slice *authors, *tags;
    uint32_t nauthors, ntags;
    struct dtl_when published, modified;
    uint8_t published_source, modified_source; /* enum dtl_claim_source */
    struct dtl_slice rest; /* what else the page tells at length, joined by
                              '\\n': other stories, teasers */
    struct dtl_slice text; /* kept blocks, joined by '\n' */
    const struct dtl_block *blocks; /* in page order; kept ones, captions,
                                       and with in.explain dropped ones */
    uint32_t nblocks;
    const struct dtl_claim *claims;
    uint32_t nclaims;
    const struct dtl_page *page; /* it was read from, borrowed, */
    struct dtl_slice url;        /* and that page's address */
};

/** Everything in `out` lives in `arena` (or is borrowed from the page). */
DTL_API int dtl_article_extract(const struct dtl_article_input *in,
                                struct dtl_arena *arena,
                                struct dtl_article *out, struct dtl_error *err);

/** The kept blocks and captions as light Markdown, the title as its first
 * heading; links, emphasis and code are read from the page again. */
DTL_API struct dtl_slice dtl_article_markdown(const struct dtl_article *a,
                                              struct dtl_arena *arena);
/** The same as an HTML page without scripts, styles or frames. */
DTL_API struct dtl_slice dtl_article_html(const struct dtl_article *a,
                                          struct dtl_arena *arena);

DTL_API const char *dtl_page_type_name(uint8_t page_type);
DTL_API const char *dtl_claim_field_name(uint8_t field);
DTL_API const char *dtl_claim_source_name(uint8_t source);
DTL_API const char *dtl_block_role_name(uint8_t role);
#define DTL_WHEN_TEXT 40
/** ISO 8601 as precise as stated: "2024-05-02", "2024-05-02T10:00+02:00". */
DTL_API void dtl_when_text(const struct dtl_when *w, char out[DTL_WHEN_TEXT]);

struct dtl_json;
enum {
    DTL_JSON_TEXT = 1 << 0,   /* text and captions */
    DTL_JSON_CLAIMS = 1 << 1, /* each claim with source and rank */
    DTL_JSON_BLOCKS = 1 << 2, /* each block with role, place and reason */
};
/** Write the article as one JSON object with the documented field names: url
 * title subtitle authors published modified site publisher section tags lang
 * canonical image description agency place page_type paywalled confidence;
 * `what` adds to them. */
DTL_API void dtl_article_json(const struct dtl_article *a, struct dtl_slice url,
                              unsigned what, struct dtl_json *j);

#ifdef __cplusplus
}
#endif
#endif
