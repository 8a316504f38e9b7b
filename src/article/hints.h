/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DTL_ARTICLE_HINTS_H
#define DTL_ARTICLE_HINTS_H
/*
 * Words that hint at what a piece of a page is for: words inside class and id
 * attributes, and label lines as readers see them ("Related articles",
 * "Lesen Sie auch").  Hints only: the decision is made in body.c on structure
 * and text, where a hint weighs as much as it deserves.
 */
#include <dateline/base.h>

/* What a box is, by its tag, role, class and id. */
enum {
    HINT_NAV = 1 << 0,
    HINT_AD = 1 << 1,
    HINT_SHARE = 1 << 2,
    HINT_COMMENT = 1 << 3,
    HINT_RELATED = 1 << 4,
    HINT_NEWSLETTER = 1 << 5,
    HINT_COOKIE = 1 << 6,
    HINT_CAPTION = 1 << 7,
    HINT_META = 1 << 8, /* byline, date, category line */
    HINT_BIO = 1 << 9,
    HINT_TAGS = 1 << 10,
    HINT_FOOTER = 1 << 11,
    HINT_SIDE = 1 << 12,
    HINT_HIDDEN = 1 << 13,
    HINT_TOC = 1 << 14,
    HINT_PAYWALL = 1 << 15,
    HINT_MEDIA = 1 << 16,
    HINT_FORM = 1 << 17,
    HINT_MODAL = 1 << 18,
    HINT_BODY = 1 << 19, /* the text of an article */
    HINT_LEAD = 1 << 20,
    HINT_TITLE = 1 << 21,
    HINT_LIVE = 1 << 22,    /* posts of a live blog */
    HINT_NOTE = 1 << 23,    /* correction, editor's note: part of the text */
    HINT_PRODUCT = 1 << 24, /* price, cart */
    HINT_FORUM = 1 << 25,
    HINT_CARD = 1 << 26, /* teaser, card: one of many stories */
    HINT_FACT = 1 << 27, /* box beside the text: facts, pull quote */
};

/* Hints that take a box out unless it holds most of the page's prose. */
#define HINT_OUT                                                          \
    (HINT_NAV | HINT_AD | HINT_SHARE | HINT_COMMENT | HINT_RELATED |      \
     HINT_NEWSLETTER | HINT_COOKIE | HINT_BIO | HINT_TAGS | HINT_FOOTER | \
     HINT_SIDE | HINT_HIDDEN | HINT_TOC | HINT_PAYWALL | HINT_FORM |      \
     HINT_MODAL)

struct class_text;
/** Hints in one name of a class list, or in an id: bytes [from, to). */
uint32_t hints_name(const struct class_text *t, size_t from, size_t to);
/** Does the name hide what bears it?  Unless another one of the same list,
 * `value`, shows it again on some screens. */
bool hints_hides(const struct class_text *t, size_t from, size_t to);
bool hints_shows_again(struct dtl_slice value);

/* What a short line says about what stands around it. */
enum label {
    LABEL_NONE,
    LABEL_AD,       /* "Advertisement": the line alone goes */
    LABEL_RELATED,  /* other stories follow */
    LABEL_COMMENTS, /* readers' comments follow */
    LABEL_SHARE,
    LABEL_NEWSLETTER,
    LABEL_TAGS,
    LABEL_APP,
    LABEL_COOKIE,
    LABEL_AUTHOR,  /* "About the author" */
    LABEL_RIGHTS,  /* copyright line */
    LABEL_READ,    /* "Read more: another headline" */
    LABEL_CONTROL, /* "Print", "Listen", "Menu", "Skip to content" */
    LABEL_TOC,
    LABEL_WALL,   /* "Subscribe to read on" */
    LABEL_CREDIT, /* "Photo: NAME" */
    LABEL_KINDS
};

/**
 * What `text` says, its white space collapsed.  A label is the whole line
 * ("Related articles") or, for some kinds, how it begins ("Read more: ...").
 */
enum label hints_label(struct dtl_slice text);
/** The same for a text of ASCII with single blanks and no controls. */
enum label hints_label_plain(struct dtl_slice text);

/** Can a line that begins with `c` tell the time without a number?  "A day
 * ago", "just now", "yesterday". */
static inline bool hints_without_number(uint8_t c)
{
    c |= 0x20;
    return c == 'a' || c == 'j' || c == 'y';
}
#define RELATIVE_TIME_MAX 90u /* bytes */
/** "6 minutes ago", "vor 2 Stunden", "5 часов назад": short lines only. */
bool hints_relative_time(struct dtl_slice text);
/** Holds a calendar date and little else: "June 8, 2025", "08.06.2025". */
bool hints_date(struct dtl_slice text);

#endif
