/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_HTML_H
#define DATELINE_HTML_H
/*
 * A page of HTML as a flat array of nodes in document order: one pass over
 * the bytes, no allocation per node, linear time on any input.
 *
 *     dtl_charset_decode(&in, arena, &decoded, &err);
 *     dtl_page_parse(decoded.text, arena, &page, &err);
 *     for (uint32_t i = 0; i < page->nnodes; i++) ...
 *
 * The subtree of node i is the run [i, page->nodes[i].end): skipping it is an
 * assignment, its text is a walk.
 */
#include <dateline/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- bytes to UTF-8 --------------------------------------------------- */

enum dtl_charset_source {
    DTL_CHARSET_VALID_UTF8, /* the bytes are UTF-8, whatever was said */
    DTL_CHARSET_BOM,
    DTL_CHARSET_HEADER,
    DTL_CHARSET_META,
    DTL_CHARSET_GUESS,
    DTL_CHARSET_FALLBACK,
};

struct dtl_decoded {
    struct dtl_slice text; /* valid UTF-8, BOM removed */
    const char *charset;   /* WHATWG name, static: "windows-1252" */
    enum dtl_charset_source source;
    uint32_t replaced; /* invalid sequences, now U+FFFD */
};

/**
 * Decode `bytes`: borrowed unchanged when they are valid UTF-8, else converted
 * into `arena`.  `label` is the charset of the HTTP header, or empty.
 */
DTL_API int dtl_charset_decode(struct dtl_slice bytes, struct dtl_slice label,
                               struct dtl_arena *arena, struct dtl_decoded *out,
                               struct dtl_error *err);

/* ---- the page --------------------------------------------------------- */

/* enum dtl_tag: DTL_TAG_A, DTL_TAG_ABBR, ... for every element of the HTML
 * standard, the obsolete ones, and the roots svg and math; DTL_TAG_OTHER for
 * names not known (custom elements).  enum dtl_attr likewise. */
#include <dateline/html_names.h>

enum dtl_node_kind { DTL_NODE_ELEMENT, DTL_NODE_TEXT, DTL_NODE_COMMENT };

struct dtl_node {
    uint8_t kind;    /* enum dtl_node_kind */
    uint8_t flags;   /* DTL_NODE_* */
    uint16_t tag;    /* enum dtl_tag; of the parent for text */
    uint32_t parent; /* index; the root (0) is its own parent */
    uint32_t end;    /* one past the last descendant */
    uint32_t source; /* byte offset in the decoded page */
    union {
        struct {
            uint32_t first : 21, count : 11; /* into page->attrs */
            uint32_t have;                   /* bits 1 << DTL_ATTR_X */
        } attrs;
        struct {
            uint32_t offset, len;
        } text; /* as it stands in the source: see dtl_node_text() */
        const void *cached; /* internal: its decoded form */
    } u;
};

enum {
    DTL_NODE_IMPLIED = 1 << 0, /* no start tag stood there (html, tbody) */
    DTL_NODE_FOREIGN = 1 << 1, /* svg or math, or an element of theirs, or
                                  text right within one */
    DTL_NODE_DECODED = 1 << 2, /* text differs from its source (references) */
    DTL_NODE_BLANK = 1 << 3,   /* text of white space only */
    DTL_NODE_INERT = 1 << 4,   /* within script, style, template, noscript,
                                  iframe, noembed, noframes */
    DTL_NODE_LAZY = 1 << 5,    /* internal: not looked at yet */
    DTL_NODE_RAW = 1 << 6,     /* internal: references are none here */
};

struct dtl_page_attr; /* opaque: read with dtl_node_attr() */

struct dtl_page {
    struct dtl_slice source; /* the decoded text it was made of */
    const struct dtl_node *nodes;
    uint32_t nnodes;     /* node 0 is the html element */
    uint32_t head, body; /* indices; 0 when there is none */
    bool quirks;         /* no or an old DOCTYPE */
    bool truncated;      /* a limit on nodes or depth was reached */
    uint32_t nattrs;
    const struct dtl_page_attr *attrs;
    struct dtl_arena *arena; /* where texts are decoded when asked for */
};

/**
 * Parse `text` (valid UTF-8, borrowed, must outlive the page) into a page in
 * `arena`.  Fails only out of memory; any bytes are a page.
 */
DTL_API int dtl_page_parse(struct dtl_slice text, struct dtl_arena *arena,
                           struct dtl_page **out, struct dtl_error *err);

/** The characters of a text or comment node, references decoded. */
DTL_API struct dtl_slice dtl_node_text(const struct dtl_page *p, uint32_t i);
/** Which attributes an element has, as bits 1 << DTL_ATTR_X. */
static inline uint32_t dtl_node_attrs(const struct dtl_page *p, uint32_t i)
{
    const struct dtl_node *n = &p->nodes[i];

    return n->kind == DTL_NODE_ELEMENT ? n->u.attrs.have : 0;
}
/**
 * Value of an attribute, references decoded (into the page's arena the first
 * time); ptr NULL when the element has none, "" when it has no value.
 */
DTL_API struct dtl_slice dtl_node_attr(const struct dtl_page *p, uint32_t i,
                                       enum dtl_attr name);
/** Its first byte, 0 when there is none: the rest need not be decoded. */
DTL_API uint8_t dtl_node_attr_first(const struct dtl_page *p, uint32_t i,
                                    enum dtl_attr name);
/** Like dtl_node_attr() for attributes without a number of their own, by
 * lower-case name ("data-testid"). */
DTL_API struct dtl_slice dtl_node_attr_named(const struct dtl_page *p,
                                             uint32_t i, const char *name);
/** Name of an element in lower case, also for DTL_TAG_OTHER. */
DTL_API struct dtl_slice dtl_node_name(const struct dtl_page *p, uint32_t i);

/** Decode the character references of `s` as in text, or in an attribute. */
DTL_API struct dtl_slice dtl_html_unescape(struct dtl_slice s, bool attribute,
                                           struct dtl_arena *arena);

#ifdef __cplusplus
}
#endif
#endif
