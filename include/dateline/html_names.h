/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_HTML_NAMES_H
#define DATELINE_HTML_NAMES_H
/*
 * Elements and attributes that have a number.  One table each (X-macros), in
 * byte order, used for the enums here and the look-ups in src/html/.
 */
/* clang-format off */
#define DTL_TAGS(X) \
    X(A, "a") X(ABBR, "abbr") X(ACRONYM, "acronym") X(ADDRESS, "address") \
    X(APPLET, "applet") X(AREA, "area") X(ARTICLE, "article") \
    X(ASIDE, "aside") X(AUDIO, "audio") X(B, "b") X(BASE, "base") \
    X(BASEFONT, "basefont") X(BDI, "bdi") X(BDO, "bdo") \
    X(BGSOUND, "bgsound") X(BIG, "big") X(BLINK, "blink") \
    X(BLOCKQUOTE, "blockquote") X(BODY, "body") X(BR, "br") \
    X(BUTTON, "button") X(CANVAS, "canvas") X(CAPTION, "caption") \
    X(CENTER, "center") X(CITE, "cite") X(CODE, "code") X(COL, "col") \
    X(COLGROUP, "colgroup") X(DATA, "data") X(DATALIST, "datalist") \
    X(DD, "dd") X(DEL, "del") X(DETAILS, "details") X(DFN, "dfn") \
    X(DIALOG, "dialog") X(DIR, "dir") X(DIV, "div") X(DL, "dl") X(DT, "dt") \
    X(EM, "em") X(EMBED, "embed") X(FIELDSET, "fieldset") \
    X(FIGCAPTION, "figcaption") X(FIGURE, "figure") X(FONT, "font") \
    X(FOOTER, "footer") X(FORM, "form") X(FRAME, "frame") \
    X(FRAMESET, "frameset") X(H1, "h1") X(H2, "h2") X(H3, "h3") \
    X(H4, "h4") X(H5, "h5") X(H6, "h6") X(HEAD, "head") \
    X(HEADER, "header") X(HGROUP, "hgroup") X(HR, "hr") X(HTML, "html") \
    X(I, "i") X(IFRAME, "iframe") X(IMG, "img") X(INPUT, "input") \
    X(INS, "ins") X(KBD, "kbd") X(KEYGEN, "keygen") X(LABEL, "label") \
    X(LEGEND, "legend") X(LI, "li") X(LINK, "link") X(LISTING, "listing") \
    X(MAIN, "main") X(MAP, "map") X(MARK, "mark") X(MARQUEE, "marquee") \
    X(MATH, "math") X(MENU, "menu") X(META, "meta") X(METER, "meter") \
    X(NAV, "nav") X(NOBR, "nobr") X(NOEMBED, "noembed") \
    X(NOFRAMES, "noframes") X(NOSCRIPT, "noscript") X(OBJECT, "object") \
    X(OL, "ol") X(OPTGROUP, "optgroup") X(OPTION, "option") \
    X(OUTPUT, "output") X(P, "p") X(PARAM, "param") X(PICTURE, "picture") \
    X(PLAINTEXT, "plaintext") X(PRE, "pre") X(PROGRESS, "progress") \
    X(Q, "q") X(RB, "rb") X(RP, "rp") X(RT, "rt") X(RTC, "rtc") \
    X(RUBY, "ruby") X(S, "s") X(SAMP, "samp") X(SCRIPT, "script") \
    X(SEARCH, "search") X(SECTION, "section") X(SELECT, "select") \
    X(SLOT, "slot") X(SMALL, "small") X(SOURCE, "source") X(SPAN, "span") \
    X(STRIKE, "strike") X(STRONG, "strong") X(STYLE, "style") X(SUB, "sub") \
    X(SUMMARY, "summary") X(SUP, "sup") X(SVG, "svg") X(TABLE, "table") \
    X(TBODY, "tbody") X(TD, "td") X(TEMPLATE, "template") \
    X(TEXTAREA, "textarea") X(TFOOT, "tfoot") X(TH, "th") \
    X(THEAD, "thead") X(TIME, "time") X(TITLE, "title") X(TR, "tr") \
    X(TRACK, "track") X(TT, "tt") X(U, "u") X(UL, "ul") X(VAR, "var") \
    X(VIDEO, "video") X(WBR, "wbr") X(XMP, "xmp")

#define DTL_ATTRS(X) \
    X(ALT, "alt") X(ARIA_HIDDEN, "aria-hidden") \
    X(ARIA_LABEL, "aria-label") X(CHARSET, "charset") X(CLASS, "class") \
    X(COLSPAN, "colspan") X(CONTENT, "content") X(DATETIME, "datetime") \
    X(HIDDEN, "hidden") X(HREF, "href") X(HREFLANG, "hreflang") \
    X(HTTP_EQUIV, "http-equiv") X(ID, "id") X(ITEMPROP, "itemprop") \
    X(ITEMSCOPE, "itemscope") X(ITEMTYPE, "itemtype") X(LANG, "lang") \
    X(NAME, "name") X(PROPERTY, "property") X(REL, "rel") X(ROLE, "role") \
    X(ROWSPAN, "rowspan") X(SRC, "src") X(SRCSET, "srcset") \
    X(STYLE, "style") X(TITLE, "title") X(TYPE, "type") X(VALUE, "value")

/* clang-format on */

enum dtl_tag {
    DTL_TAG_OTHER = 0,
#define DTL_X(id, name) DTL_TAG_##id,
    DTL_TAGS(DTL_X)
#undef DTL_X
        DTL_TAG_COUNT
};

enum dtl_attr {
    DTL_ATTR_OTHER = 0,
#define DTL_X(id, name) DTL_ATTR_##id,
    DTL_ATTRS(DTL_X)
#undef DTL_X
        DTL_ATTR_COUNT
};
#endif
