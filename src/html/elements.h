/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_HTML_ELEMENTS_H
#define DATELINE_HTML_ELEMENTS_H
/* What the tree construction rules (13.2.6) know about each element. */
#include <dateline/html.h>

enum {
    HTML_VOID = 1 << 0,        /* has no content and no end tag */
    HTML_SPECIAL = 1 << 1,     /* stops the search of other end tags */
    HTML_FORMATTING = 1 << 2,  /* a, b, i: may be closed out of order */
    HTML_SCOPE = 1 << 3,       /* stops the search for an element in scope */
    HTML_CLOSES_P = 1 << 4,    /* its start tag ends a paragraph */
    HTML_IMPLIED_END = 1 << 5, /* ends without saying so */
    HTML_HEAD = 1 << 6,        /* belongs into the head while that is open */
    HTML_BREAKOUT = 1 << 7,    /* its start tag ends svg and math */
    HTML_INERT = 1 << 8,       /* nobody is shown its content */
    HTML_BLOCK_END = 1 << 9,   /* end tag closes what is open within */
    HTML_TABLE = 1 << 10,      /* a part of a table */
    HTML_ROWS = 1 << 11,       /* table, tbody, thead, tfoot, tr */
    HTML_TEXT_ONLY = 1 << 12,  /* html_content_of() is not HTML_DATA */
    HTML_SKELETON = 1 << 14,   /* html, head, body: end tags mean nothing */
    HTML_RULES = 1 << 13,      /* its start tag has rules of its own */
};

extern const uint16_t html_elements[DTL_TAG_COUNT];

static inline bool html_is(uint16_t tag, unsigned what)
{
    return (html_elements[tag] & what) != 0;
}
#endif
