/* SPDX-License-Identifier: Apache-2.0 */
#include "blocks.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* ---- what elements do ------------------------------------------------- */

enum {
    T_BOX = 1 << 0,  /* starts and ends a line */
    T_SKIP = 1 << 1, /* not text of the page */
    T_BOLD = 1 << 2,
    T_CELL = 1 << 3, /* joined into one block by its row */
    T_WRAP = 1 << 4, /* inline, but marks a block it wraps whole */
    T_ROLE = 1 << 5, /* a box that gives its blocks a role */
};

static const uint8_t traits[DTL_TAG_COUNT] = {
    [DTL_TAG_ADDRESS] = T_BOX,
    [DTL_TAG_ARTICLE] = T_BOX,
    [DTL_TAG_ASIDE] = T_BOX,
    [DTL_TAG_BLOCKQUOTE] = T_BOX | T_ROLE,
    [DTL_TAG_BODY] = T_BOX,
    [DTL_TAG_CAPTION] = T_BOX,
    [DTL_TAG_CENTER] = T_BOX,
    [DTL_TAG_DD] = T_BOX | T_ROLE,
    [DTL_TAG_DETAILS] = T_BOX,
    [DTL_TAG_DIALOG] = T_BOX,
    [DTL_TAG_DIR] = T_BOX,
    [DTL_TAG_DIV] = T_BOX,
    [DTL_TAG_DL] = T_BOX,
    [DTL_TAG_DT] = T_BOX | T_ROLE,
    [DTL_TAG_FIELDSET] = T_BOX,
    [DTL_TAG_FIGCAPTION] = T_BOX | T_ROLE,
    [DTL_TAG_FIGURE] = T_BOX,
    [DTL_TAG_FOOTER] = T_BOX,
    [DTL_TAG_FORM] = T_BOX,
    [DTL_TAG_H1] = T_BOX | T_ROLE,
    [DTL_TAG_H2] = T_BOX | T_ROLE,
    [DTL_TAG_H3] = T_BOX | T_ROLE,
    [DTL_TAG_H4] = T_BOX | T_ROLE,
    [DTL_TAG_H5] = T_BOX | T_ROLE,
    [DTL_TAG_H6] = T_BOX | T_ROLE,
    [DTL_TAG_HEADER] = T_BOX,
    [DTL_TAG_HGROUP] = T_BOX,
    [DTL_TAG_HTML] = T_BOX,
    [DTL_TAG_LEGEND] = T_BOX,
    [DTL_TAG_LI] = T_BOX | T_ROLE,
    [DTL_TAG_MAIN] = T_BOX,
    [DTL_TAG_MENU] = T_BOX,
    [DTL_TAG_NAV] = T_BOX,
    [DTL_TAG_OL] = T_BOX | T_ROLE,
    [DTL_TAG_P] = T_BOX,
    [DTL_TAG_PRE] = T_BOX | T_ROLE,
    [DTL_TAG_SEARCH] = T_BOX,
    [DTL_TAG_SECTION] = T_BOX,
    [DTL_TAG_SUMMARY] = T_BOX,
    [DTL_TAG_TABLE] = T_BOX,
    [DTL_TAG_TBODY] = T_BOX,
    [DTL_TAG_TD] = T_BOX | T_CELL,
    [DTL_TAG_TFOOT] = T_BOX,
    [DTL_TAG_TH] = T_BOX | T_CELL,
    [DTL_TAG_THEAD] = T_BOX,
    [DTL_TAG_TR] = T_BOX,
    [DTL_TAG_UL] = T_BOX | T_ROLE,
    [DTL_TAG_LISTING] = T_BOX,
    [DTL_TAG_XMP] = T_BOX,
    [DTL_TAG_MARQUEE] = T_BOX,
    [DTL_TAG_HEAD] = T_SKIP,
    [DTL_TAG_SCRIPT] = T_SKIP,
    [DTL_TAG_STYLE] = T_SKIP,
    [DTL_TAG_TEMPLATE] = T_SKIP,
    [DTL_TAG_NOSCRIPT] = T_SKIP,
    [DTL_TAG_SELECT] = T_SKIP,
    [DTL_TAG_TEXTAREA] = T_SKIP,
    [DTL_TAG_IFRAME] = T_SKIP,
    [DTL_TAG_OBJECT] = T_SKIP,
    [DTL_TAG_AUDIO] = T_SKIP,
    [DTL_TAG_VIDEO] = T_SKIP,
    [DTL_TAG_CANVAS] = T_SKIP,
    [DTL_TAG_SVG] = T_SKIP,
    [DTL_TAG_MAP] = T_SKIP,
    [DTL_TAG_DATALIST] = T_SKIP,
    [DTL_TAG_NOFRAMES] = T_SKIP,
    [DTL_TAG_NOEMBED] = T_SKIP,
    [DTL_TAG_APPLET] = T_SKIP,
    [DTL_TAG_EMBED] = T_SKIP,
    [DTL_TAG_RP] = T_SKIP,
    [DTL_TAG_RT] = T_SKIP,
    [DTL_TAG_TITLE] = T_SKIP,
    [DTL_TAG_BUTTON] = T_SKIP,
    [DTL_TAG_B] = T_BOLD | T_WRAP,
    [DTL_TAG_STRONG] = T_BOLD | T_WRAP,
    [DTL_TAG_FONT] = T_WRAP,
    [DTL_TAG_A] = T_WRAP,
    [DTL_TAG_I] = T_WRAP,
    [DTL_TAG_EM] = T_WRAP,
    [DTL_TAG_BIG] = T_WRAP,
    [DTL_TAG_SMALL] = T_WRAP,
    [DTL_TAG_SPAN] = T_WRAP,
};

static const uint32_t tag_hints[DTL_TAG_COUNT] = {
    [DTL_TAG_NAV] = HINT_NAV,       [DTL_TAG_ASIDE] = HINT_SIDE,
    [DTL_TAG_FOOTER] = HINT_FOOTER, [DTL_TAG_FIGCAPTION] = HINT_CAPTION,
    [DTL_TAG_FORM] = HINT_FORM,     [DTL_TAG_DIALOG] = HINT_MODAL,
    [DTL_TAG_MENU] = HINT_NAV,
};

#define ROLE(name, hints)                 \
    {                                     \
        (name), sizeof(name) - 1, (hints) \
    }
static const struct {
    const char *role;
    uint32_t len, hints;
} role_hints[] = {
    ROLE("navigation", HINT_NAV),     ROLE("complementary", HINT_SIDE),
    ROLE("contentinfo", HINT_FOOTER), ROLE("dialog", HINT_MODAL),
    ROLE("alertdialog", HINT_MODAL),  ROLE("search", HINT_FORM),
    ROLE("menu", HINT_NAV),           ROLE("menubar", HINT_NAV),
    ROLE("tooltip", HINT_MODAL),
};

/* ---- the pass --------------------------------------------------------- */

/* Bytes after the text that may be read or written over: it is handled by
 * sixteen at a time. */
#define SLACK 32u

struct maker {
    struct blocks *b;
    const struct dtl_page *page;
    struct classes *classes;
    bool hidden, waiting;
    uint8_t *text;
    size_t used;
    uint32_t *box_of; /* of elements: the innermost box around or at them */
    uint32_t here;    /* the box around the node that is read */
    struct block *cur;
    bool open;       /* cur has text */
    bool space;      /* a blank is owed before the next text */
    uint32_t breaks; /* br elements seen in a row */
    uint32_t link_end, bold_end, quote_end, pre_end;
    uint32_t link_node;
    bool link_counts;
    /* The inline elements around the whole current block. */
    uint32_t wrap_sig, wrap_end;
    uint32_t last_image;
    bool failed;
};

static uint32_t mix(uint32_t h, uint32_t v)
{
    return (h ^ v) * 2654435761u ^ (h >> 13);
}

/* Does the style say `name`: `value`?  A shorter one cannot. */
#define STYLE_LEAST (sizeof "displaynone" - 1)

static bool style_says(struct dtl_slice style, const char *name,
                       const char *value)
{
    size_t at = 0;

    while ((at = dtl_find(style, dtl_str(name), at)) != SIZE_MAX) {
        at += strlen(name);
        while (at < style.len && (style.ptr[at] == ' ' || style.ptr[at] == ':'))
            at++;
        if (dtl_starts(dtl_sub(style, at, style.len), value))
            return true;
    }
    return false;
}

#define BIT(attr)       (UINT32_C(1) << DTL_ATTR_##attr)
#define HAS(have, attr) (((have)&BIT(attr)) != 0)
#define MAY_HIDE        (BIT(STYLE) | BIT(HIDDEN) | BIT(ARIA_HIDDEN))

/* The value of an attribute, if it is among those the element has. */
static struct dtl_slice value_of(const struct dtl_page *p, uint32_t i,
                                 uint32_t have, enum dtl_attr name)
{
    return (have >> name & 1) != 0 ? dtl_node_attr(p, i, name)
                                   : dtl_slice_of(NULL, 0);
}

static bool not_shown(const struct dtl_page *p, uint32_t i, uint32_t have)
{
    if (HAS(have, STYLE)) {
        struct dtl_slice v = dtl_node_attr(p, i, DTL_ATTR_STYLE);

        if (v.len >= STYLE_LEAST && (style_says(v, "display", "none") ||
                                     style_says(v, "visibility", "hidden")))
            return true;
    }
    /* React streams "S:0" hidden and moves it into place by script. */
    if (HAS(have, HIDDEN))
        return !dtl_starts(value_of(p, i, have, DTL_ATTR_ID), "S:");
    return HAS(have, ARIA_HIDDEN) &&
           dtl_equal(dtl_node_attr(p, i, DTL_ATTR_ARIA_HIDDEN),
                     dtl_str("true"));
}

/* The id of a heading or paragraph is an anchor made of its words. */
static bool named_by_id(uint16_t tag)
{
    return !(tag >= DTL_TAG_H1 && tag <= DTL_TAG_H6) && tag != DTL_TAG_P &&
           tag != DTL_TAG_LI && tag != DTL_TAG_TD && tag != DTL_TAG_TR;
}

static uint32_t role_says(struct dtl_slice role)
{
    uint32_t h = 0;

    for (size_t k = 0; k < sizeof role_hints / sizeof *role_hints; k++)
        if (role.len == role_hints[k].len &&
            memcmp(role.ptr, role_hints[k].role, role.len) == 0)
            h |= role_hints[k].hints;
    return h;
}

/* `said`: by its class. */
static uint32_t node_hints(struct maker *m, uint32_t i, uint32_t have,
                           uint32_t said)
{
    const struct dtl_node *n = &m->page->nodes[i];
    uint32_t h = tag_hints[n->tag];

    if (have == 0 || n->tag == DTL_TAG_BODY || n->tag == DTL_TAG_HTML)
        return h;
    h |= said;
    if (HAS(have, ID) && named_by_id(n->tag))
        h |= classes_said(m->classes, dtl_node_attr(m->page, i, DTL_ATTR_ID))
                 .hints;
    if (HAS(have, ITEMPROP) &&
        dtl_equal(dtl_node_attr(m->page, i, DTL_ATTR_ITEMPROP),
                  dtl_str("articleBody")))
        h |= HINT_BODY;
    if (HAS(have, ROLE))
        h |= role_says(dtl_node_attr(m->page, i, DTL_ATTR_ROLE));
    return h;
}

/* ---- blocks ----------------------------------------------------------- */

static bool room(struct maker *m, size_t more)
{
    struct blocks *b = m->b;
    size_t cap = b->text_cap + b->text_cap / 2 + more + SLACK;
    uint8_t *p;

    if (m->used + more + SLACK <= b->text_cap)
        return true;
    p = dtl_arena_grow(b->arena, m->text, b->text_cap, cap);
    if (p == NULL) {
        m->failed = true;
        return false;
    }
    b->text = m->text = p;
    b->text_cap = cap;
    return true;
}

/* Marks that end sentences or what is quoted, as their last three bytes; those
 * of two have any before. */
#define MARK3(a, b, c) ((uint32_t)(a) << 16 | (b) << 8 | (c))
static const uint32_t stops3[] = {
    MARK3(0xe3, 0x80, 0x82), MARK3(0xef, 0xbc, 0x81), /* ideographic . and ! */
    MARK3(0xef, 0xbc, 0x9f), MARK3(0xe2, 0x80, 0xa6), /* its ?, ellipsis */
    MARK3(0xe0, 0xa5, 0xa4), MARK3(0xe2, 0x80, 0x9d), /* danda, quotes */
    MARK3(0xe2, 0x80, 0x99), MARK3(0xe3, 0x80, 0x8d), MARK3(0xe3, 0x80, 0x8f),
};
static const uint32_t stops2[] = {
    MARK3(0, 0xd8, 0x9f), MARK3(0, 0xdb, 0x94), /* Arabic ? and . */
    MARK3(0, 0xc2, 0xbb),                       /* guillemet */
};

static bool stop_after(const uint8_t *p, size_t n)
{
    uint32_t last;
    uint8_t c;

    while (n > 0 && (p[n - 1] == '"' || p[n - 1] == '\'' || p[n - 1] == ')' ||
                     p[n - 1] == ']' || p[n - 1] == ' '))
        n--;
    if (n == 0)
        return false;
    c = p[n - 1];
    if (c < 0x80)
        return c == '.' || c == '!' || c == '?' || c == ':' || c == ';';
    last = MARK3(n > 2 ? p[n - 3] : 0u, n > 1 ? (uint32_t)p[n - 2] : 0u, c);
    for (size_t i = 0; i < sizeof stops3 / sizeof *stops3; i++)
        if (last == stops3[i])
            return true;
    for (size_t i = 0; i < sizeof stops2 / sizeof *stops2; i++)
        if ((last & 0xffff) == stops2[i])
            return true;
    return false;
}

#if !defined(__SSE2__)
enum { C_REST, C_BLANK, C_LOWER, C_COMMA, C_STOP, C_WIDE };

/* Scripts without case count as lower, having no titles; C_WIDE may begin a
 * mark of three bytes. */
#define C_4(c)  (c), (c), (c), (c)
#define C_16(c) C_4(c), C_4(c), C_4(c), C_4(c)

/* clang-format off */
static const uint8_t classes[256] = {
    C_16(C_BLANK), C_16(C_BLANK),
    /* blank ! " # ... , - . / */
    C_BLANK, C_STOP, C_REST, C_REST, C_4(C_REST), C_4(C_REST),
    C_COMMA, C_REST, C_STOP, C_REST,
    C_4(C_REST), C_4(C_REST), C_4(C_REST), C_REST, C_REST, C_REST, C_STOP,
    C_16(C_REST), C_16(C_REST),
    /* ` a to z { | } ~ */
    C_REST, C_LOWER, C_LOWER, C_LOWER, C_4(C_LOWER), C_4(C_LOWER),
    C_4(C_LOWER), C_4(C_LOWER), C_4(C_LOWER), C_LOWER, C_LOWER, C_LOWER,
    C_4(C_REST), C_REST,
    C_16(C_REST), C_16(C_REST), C_16(C_REST), C_16(C_REST), C_16(C_REST),
    /* 0xd0 */
    C_4(C_REST), C_REST, C_REST, C_REST, C_LOWER, C_4(C_LOWER), C_4(C_LOWER),
    /* 0xe0, 0xe3, 0xef */
    C_WIDE, C_LOWER, C_LOWER, C_WIDE, C_4(C_LOWER), C_4(C_LOWER),
    C_LOWER, C_LOWER, C_LOWER, C_WIDE,
    C_16(C_LOWER),
};
/* clang-format on */
#endif

static void count(uint16_t *to, uint32_t more)
{
    *to = more < (uint32_t)(UINT16_MAX - *to) ? (uint16_t)(*to + more)
                                              : UINT16_MAX;
}

/* Ideographic comma and stop, full-width comma, danda. */
static void measure_wide(struct block *k, const uint8_t *p)
{
    if (memcmp(p, "\xe3\x80\x81", 3) == 0 || memcmp(p, "\xef\xbc\x8c", 3) == 0)
        count(&k->commas, 1);
    else if (memcmp(p, "\xe3\x80\x82", 3) == 0 ||
             memcmp(p, "\xe0\xa5\xa4", 3) == 0)
        count(&k->stops, 1);
}

#if defined(__SSE2__)
static __m128i equal(__m128i v, uint8_t c)
{
    return _mm_cmpeq_epi8(v, _mm_set1_epi8((char)c));
}

static __m128i at_most(__m128i v, uint8_t c)
{
    return _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8((char)c)), v);
}

/* Of sixteen bytes, all ones in the first `n`. */
static __m128i first_bytes(size_t n)
{
    static const int8_t ones[32] = { -1, -1, -1, -1, -1, -1, -1, -1,
                                     -1, -1, -1, -1, -1, -1, -1, -1 };

    /* Without a branch, which ends of texts would have guessed wrong. */
    size_t zeros = (16 - n) & -(size_t)(n < 16);

    return _mm_loadu_si128((const __m128i *)(const void *)(ones + zeros));
}

/* How many bytes are all ones, as the two halves of a sum. */
static __m128i hits(__m128i v)
{
    return _mm_sad_epu8(_mm_sub_epi8(_mm_setzero_si128(), v),
                        _mm_setzero_si128());
}

static uint32_t total(__m128i sum)
{
    return (uint32_t)(_mm_cvtsi128_si32(sum) +
                      _mm_cvtsi128_si32(_mm_srli_si128(sum, 8)));
}

/* Sixteen bytes of a text that goes on for `left`, blanks after the last. */
static __m128i text_row(const uint8_t *p, size_t left)
{
    __m128i in = first_bytes(left);

    return _mm_or_si128(
        _mm_and_si128(_mm_loadu_si128((const __m128i *)(const void *)p), in),
        _mm_andnot_si128(in, _mm_set1_epi8(' ')));
}

/* Words and marks of a block's text. */
static void measure(struct block *k, const uint8_t *p)
{
    const __m128i space = _mm_set1_epi8(' ');
    __m128i words = _mm_setzero_si128(), lowers = words, stops = words;
    __m128i commas = words, digits = words, odd = words;
    /* One blank stands before. */
    __m128i before = _mm_slli_si128(_mm_set1_epi8(-1), 15), row;

    row = text_row(p, k->len);
    for (uint32_t i = 0; i < k->len; i += 16) {
        __m128i v = row, next, blank, start, above, mark;
        unsigned wide;

        row = i + 16 < k->len ? text_row(p + i + 16, k->len - i - 16) : space;
        next = _mm_or_si128(_mm_srli_si128(v, 1), _mm_slli_si128(row, 15));
        blank = at_most(v, ' ');
        start =
            _mm_andnot_si128(blank, _mm_or_si128(_mm_slli_si128(blank, 1),
                                                 _mm_srli_si128(before, 15)));
        /* No ASCII, controls, words with more than one blank before. */
        odd = _mm_or_si128(odd, _mm_cmplt_epi8(v, space));
        odd = _mm_or_si128(
            odd,
            _mm_and_si128(start, _mm_or_si128(_mm_slli_si128(blank, 2),
                                              _mm_srli_si128(before, 14))));
        above = at_most(_mm_xor_si128(v, _mm_set1_epi8(-1)), 0xff - 0xd7);
        mark = _mm_or_si128(equal(v, '.'),
                            _mm_or_si128(equal(v, '!'), equal(v, '?')));
        mark = _mm_and_si128(
            mark, _mm_or_si128(equal(next, '"'), at_most(next, ' ')));
        words = _mm_add_epi64(words, hits(start));
        stops = _mm_add_epi64(stops, hits(mark));
        commas = _mm_add_epi64(commas, hits(equal(v, ',')));
        mark = at_most(_mm_sub_epi8(v, _mm_set1_epi8('0')), 9);
        digits = _mm_or_si128(digits, mark);
        mark = at_most(_mm_sub_epi8(v, _mm_set1_epi8('a')), 25);
        lowers = _mm_add_epi64(
            lowers, hits(_mm_and_si128(start, _mm_or_si128(mark, above))));
        wide = (unsigned)_mm_movemask_epi8(_mm_or_si128(
            equal(v, 0xe0), _mm_or_si128(equal(v, 0xe3), equal(v, 0xef))));
        for (; wide != 0; wide &= wide - 1) {
            uint32_t at = i + (unsigned)__builtin_ctz(wide);

            if (at + 2 < k->len)
                measure_wide(k, p + at);
        }
        before = blank;
    }
    k->digits = _mm_movemask_epi8(digits) != 0;
    k->plain = _mm_movemask_epi8(odd) == 0;
    count(&k->words, total(words));
    count(&k->lowers, total(lowers));
    count(&k->stops, total(stops));
    count(&k->commas, total(commas));
}

/* Characters; those that count two count again. */
static uint32_t letters(const uint8_t *p, size_t n)
{
    __m128i sum = _mm_setzero_si128();

    for (size_t i = 0; i < n; i += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
        __m128i in = first_bytes(n - i);
        __m128i first = _mm_cmpgt_epi8(v, _mm_set1_epi8(-65));
        __m128i wide =
            at_most(_mm_sub_epi8(v, _mm_set1_epi8((char)0xe3)), 0xed - 0xe3);

        /* A hit is -1, so both are -2. */
        sum = _mm_add_epi64(
            sum, _mm_sad_epu8(
                     _mm_sub_epi8(_mm_setzero_si128(),
                                  _mm_and_si128(_mm_add_epi8(first, wide), in)),
                     _mm_setzero_si128()));
    }
    return total(sum);
}
#else
static void measure(struct block *k, const uint8_t *p)
{
    bool blank = true; /* before the first byte */

    for (uint32_t i = 0; i < k->len; i++) {
        uint8_t c = classes[p[i]];

        k->digits |= p[i] >= '0' && p[i] <= '9';
        if (c == C_BLANK) {
            blank = true;
            continue;
        }
        count(&k->words, blank);
        count(&k->lowers, blank && (c == C_LOWER || c == C_WIDE));
        blank = false;
        if (c <= C_LOWER)
            continue;
        if (c == C_COMMA)
            count(&k->commas, 1);
        else if (c == C_WIDE && i + 2 < k->len)
            measure_wide(k, p + i);
        else if (c == C_STOP && (i + 1 == k->len || p[i + 1] == '"' ||
                                 classes[p[i + 1]] == C_BLANK))
            count(&k->stops, 1);
    }
}

static uint32_t letters(const uint8_t *p, size_t n)
{
    uint32_t size = 0;

    for (size_t i = 0; i < n; i++) {
        size += (p[i] & 0xc0) != 0x80;
        size += p[i] >= 0xe3 && p[i] <= 0xed;
    }
    return size;
}
#endif

static void set_role(struct maker *m, struct block *k)
{
    uint32_t at = k->box, up = 0;

    for (uint32_t left = m->b->box[at].roles; left != 0; left &= left - 1) {
        const struct box *x;

        for (; up < (unsigned)__builtin_ctz(left); up++)
            at = m->b->box[at].parent;
        x = &m->b->box[at];
        switch (x->tag) {
        case DTL_TAG_H1:
        case DTL_TAG_H2:
        case DTL_TAG_H3:
        case DTL_TAG_H4:
        case DTL_TAG_H5:
        case DTL_TAG_H6:
            k->role = DTL_BLOCK_HEADING;
            k->level = (uint8_t)(1 + (x->tag - DTL_TAG_H1));
            return;
        case DTL_TAG_UL:
        case DTL_TAG_OL:
            if (k->role == DTL_BLOCK_ITEM)
                k->level++;
            break;
        case DTL_TAG_LI:
        case DTL_TAG_DD:
        case DTL_TAG_DT:
            if (k->role == DTL_BLOCK_PARAGRAPH) {
                k->role = DTL_BLOCK_ITEM;
                k->ordered = x->parent != NO_BOX &&
                             m->b->box[x->parent].tag == DTL_TAG_OL;
            }
            break;
        case DTL_TAG_BLOCKQUOTE:
            k->in_quote = true;
            if (k->role == DTL_BLOCK_PARAGRAPH)
                k->role = DTL_BLOCK_QUOTE;
            break;
        case DTL_TAG_FIGCAPTION: k->role = DTL_BLOCK_CAPTION; return;
        case DTL_TAG_PRE: k->role = DTL_BLOCK_PRE; return;
        default: break;
        }
    }
}

static void close_block(struct maker *m)
{
    struct block *k = m->cur;

    m->space = false;
    m->breaks = 0;
    if (!m->open)
        return;
    m->open = false;
    while (m->used > k->text &&
           (m->text[m->used - 1] == ' ' || m->text[m->used - 1] == '\n'))
        m->used--;
    k->len = (uint32_t)(m->used - k->text);
    if (k->len == 0)
        return;
    m->b->nblocks++;
    if (k->linked > k->size)
        k->linked = k->size;
    measure(k, m->text + k->text);
    k->terminal = stop_after(m->text + k->text, k->len);
    k->sig = mix(m->b->box[k->box].sig, m->wrap_sig);
    set_role(m, k);
}

static bool more_blocks(struct maker *m)
{
    uint32_t cap = m->b->blocks_cap * 2;
    struct block *grown =
        dtl_arena_grow(m->b->arena, m->b->block,
                       m->b->blocks_cap * sizeof *grown, cap * sizeof *grown);

    if (grown == NULL) {
        m->failed = true;
        return false;
    }
    m->b->block = grown;
    m->b->room = 0; /* the old room is box_of's alone */
    m->b->blocks_cap = cap;
    return true;
}

static bool open_block(struct maker *m, uint32_t i)
{
    if (m->b->nblocks == m->b->blocks_cap && !more_blocks(m))
        return false;
    m->cur = &m->b->block[m->b->nblocks];
    memset(m->cur, 0, sizeof *m->cur);
    m->cur->text = (uint32_t)m->used;
    m->cur->node = i;
    m->cur->box = m->here;
    m->cur->image = m->last_image;
    m->open = true;
    /* Wrappers that ended before this text do not wrap it. */
    if (i >= m->wrap_end)
        m->wrap_sig = 0;
    return true;
}

static void add_verbatim(struct maker *m, struct dtl_slice s)
{
    for (size_t j = 0; j < s.len; j++)
        if (s.ptr[j] != '\r')
            m->text[m->used++] = s.ptr[j];
}

/* Is there white space (also a no-break space) at p[0]?  Its length. */
static inline size_t blank_at(const uint8_t *p, size_t left)
{
    if (*p <= ' ')
        return 1;
    return *p == 0xc2 && left > 1 && p[1] == 0xa0 ? 2 : 0;
}

/*
 * Append bytes of `s` from *pos, where a word begins, that stand as they are:
 * words with one blank between them.  Bytes up to `end` may be read.  Leaves
 * *pos behind the last of a word.
 */
static void add_plain(struct maker *m, struct dtl_slice s, size_t *pos,
                      const uint8_t *end)
{
#if defined(__SSE2__)
    const __m128i blank = _mm_set1_epi8(' ');
    size_t at = *pos, used = m->used;

    while (at < s.len && (size_t)(end - s.ptr) >= at + 16) {
        __m128i v =
            _mm_loadu_si128((const __m128i *)(const void *)(s.ptr + at));
        __m128i low = at_most(v, ' ');
        __m128i odd = _mm_or_si128(
            _mm_andnot_si128(_mm_cmpeq_epi8(v, blank), low), equal(v, 0xc2));
        unsigned blanks = (unsigned)_mm_movemask_epi8(low);
        unsigned stop = (unsigned)_mm_movemask_epi8(odd) |
                        (blanks & blanks << 1) | 1u << 16;
        size_t n = (size_t)__builtin_ctz(stop);

        if (n > s.len - at)
            n = s.len - at;
        _mm_storeu_si128((__m128i *)(void *)(m->text + used), v);
        n -= n > 0 && (blanks >> (n - 1) & 1) != 0;
        at += n;
        used += n;
        if (n < 15)
            break;
    }
    *pos = at;
    m->used = used;
#else
    (void)m;
    (void)s;
    (void)pos;
    (void)end;
#endif
}

/* Append the words of `s`, one blank between them. */
static void add_words(struct maker *m, struct dtl_slice s, const uint8_t *end)
{
    size_t j = 0;

    while (j < s.len) {
        size_t n = blank_at(s.ptr + j, s.len - j);

        if (n > 0) {
            m->space = true;
            j += n;
            continue;
        }
        if (m->space && m->used > m->cur->text && m->text[m->used - 1] != '\n')
            m->text[m->used++] = ' ';
        m->space = false;
        m->text[m->used++] = s.ptr[j++];
        add_plain(m, s, &j, end);
        while (j < s.len && s.ptr[j] > ' ' && s.ptr[j] != 0xc2)
            m->text[m->used++] = s.ptr[j++];
    }
}

uint32_t block_source(const struct blocks *b, const struct block *k)
{
    return b->page->nodes[k->node].source;
}

uint32_t block_source_end(const struct blocks *b, const struct block *k)
{
    const struct dtl_node *n = &b->page->nodes[k->node_end - 1];
    struct dtl_slice all = b->page->source;
    const uint8_t *lt;

    if (!(n->flags & DTL_NODE_DECODED))
        return n->source + n->u.text.len;
    lt = memchr(all.ptr + n->source, '<', all.len - n->source);
    return lt != NULL ? (uint32_t)(lt - all.ptr) : (uint32_t)all.len;
}

/* Text of a run of it, of so many letters. */
static void count_text(struct maker *m, uint32_t i, uint32_t size)
{
    struct block *k = m->cur;

    k->size += size;
    if (i < m->link_end) {
        if (m->link_counts)
            k->linked += size;
        if (k->href != m->link_node) {
            count(&k->links, 1);
            if (k->href == 0)
                k->href = m->link_node;
        }
    }
    if (i < m->bold_end)
        k->bold += size;
    k->node_end = i + 1;
}

static void add_text(struct maker *m, uint32_t i)
{
    const struct dtl_node *n = &m->page->nodes[i];
    const struct dtl_slice all = m->page->source;
    bool pre = i < m->pre_end;
    struct dtl_slice s;
    size_t start;

    if (m->open && m->cur->box != m->here)
        close_block(m);
    if ((n->flags & DTL_NODE_BLANK) && !(pre && m->open)) {
        m->space = true;
        return;
    }
    s = dtl_node_text(m->page, i);
    if (!room(m, s.len + 2))
        return;
    if (m->open && m->breaks >= 2)
        close_block(m);
    if (!m->open) {
        if (!open_block(m, i))
            return;
    } else if (i >= m->wrap_end) {
        m->wrap_sig = 0; /* text outside the wrapper */
    }
    if (m->cur->text == m->used)
        m->space = false;
    else if (m->breaks == 1)
        m->text[m->used++] = '\n', m->cur->linebreaks = true, m->space = false;
    m->breaks = 0;
    start = m->used;
    if (pre && m->space && m->used > m->cur->text)
        m->text[m->used++] = ' ', m->space = false;
    if (pre)
        add_verbatim(m, s);
    else
        add_words(m, s,
                  (n->flags & DTL_NODE_DECODED) != 0 ? s.ptr + s.len
                                                     : all.ptr + all.len);
    count_text(m, i, letters(m->text + start, m->used - start));
}

/* ---- boxes ------------------------------------------------------------ */

/* Boxes look alike that have the same tag and class (of these `looks`); one
 * without a class looks as the box around it makes it look. */
static uint32_t looks(const struct maker *m, uint16_t tag, uint32_t class)
{
    uint32_t seed = mix(2166136261u, tag);

    if (class == 0 && tag == DTL_TAG_DIV && m->here != NO_BOX)
        return mix(m->b->box[m->here].sig, seed);
    return mix(class, seed);
}

static bool more_boxes(struct maker *m)
{
    uint32_t cap = m->b->boxes_cap * 2;
    struct box *grown =
        dtl_arena_grow(m->b->arena, m->b->box, m->b->boxes_cap * sizeof *grown,
                       cap * sizeof *grown);

    if (grown == NULL) {
        m->failed = true;
        return false;
    }
    m->b->box = grown;
    m->b->boxes_cap = cap;
    return true;
}

/* `next` is the box's last child until the boxes are summed up. */
static void add_box(struct maker *m, uint32_t i, uint32_t hints, uint32_t class)
{
    const struct dtl_node *n = &m->page->nodes[i];
    struct blocks *b = m->b;
    struct box *x;

    if (b->nboxes == m->b->boxes_cap && !more_boxes(m))
        return;
    x = &b->box[b->nboxes];
    memset(x, 0, sizeof *x);
    x->node = i;
    x->end = n->end;
    x->parent = m->here;
    x->tag = n->tag;
    x->first = x->last = b->nblocks;
    x->hints = x->above = hints;
    x->sig = looks(m, n->tag, class);
    x->prev = x->next = NO_BOX;
    x->roles = (traits[n->tag] & T_ROLE) != 0;
    if (m->here != NO_BOX) {
        struct box *up = &b->box[m->here];

        x->above |= up->above;
        x->roles |=
            (uint8_t)((unsigned)up->roles << 1 & ((1u << ROLE_BOXES) - 1));
        x->prev = up->next;
        up->next = b->nboxes;
    }
    m->here = b->nboxes++;
}

static bool is_heading(uint16_t tag)
{
    return tag >= DTL_TAG_H1 && tag <= DTL_TAG_H6;
}

static void open_link(struct maker *m, uint32_t i)
{
    uint8_t first = dtl_node_attr_first(m->page, i, DTL_ATTR_HREF);

    m->link_end = m->page->nodes[i].end;
    m->link_node = i;
    /* Links within the page are references, not ways out of it. */
    m->link_counts = first != 0 && first != '#';
}

static void break_line(struct maker *m, uint32_t i)
{
    /* A line that is bold, small or a link as a whole is one of its own. */
    if (m->open && m->wrap_sig != 0 && i >= m->wrap_end &&
        m->used - m->cur->text <= 300 && !is_heading(m->b->box[m->here].tag))
        close_block(m);
    else
        m->breaks++;
    m->space = true;
}

/* `class`: the looks of its class. */
static void inline_element(struct maker *m, uint32_t i, uint32_t class)
{
    const struct dtl_node *n = &m->page->nodes[i];

    switch (n->tag) {
    case DTL_TAG_A: open_link(m, i); break;
    case DTL_TAG_B:
    case DTL_TAG_STRONG:
        m->bold_end = n->end > m->bold_end ? n->end : m->bold_end;
        break;
    case DTL_TAG_TIME:
        if (m->open)
            m->cur->time_element = true;
        break;
    case DTL_TAG_IMG: m->last_image = i; break;
    case DTL_TAG_BR: break_line(m, i); break;
    default: break;
    }
    if ((traits[n->tag] & T_WRAP) && !m->open) {
        if (i >= m->wrap_end) {
            m->wrap_sig = 0;
            m->wrap_end = n->end;
        }
        m->wrap_sig = mix(mix(m->wrap_sig + 1, class), n->tag);
    }
}

/* Read the element `i`; returns the node to go on with. */
static uint32_t read_element(struct maker *m, uint32_t i)
{
    const struct dtl_page *p = m->page;
    const struct dtl_node *n = &p->nodes[i];
    struct class_said said = { 0 };
    uint8_t t = traits[n->tag];
    uint32_t have;

    if (m->waiting &&
        (n->tag == DTL_TAG_NOSCRIPT || n->tag == DTL_TAG_TEMPLATE))
        t = T_BOX;
    if (t & T_SKIP)
        return n->end;
    have = dtl_node_attrs(p, i);
    if ((have & MAY_HIDE) && !m->hidden && i != p->body &&
        not_shown(p, i, have))
        return n->end;
    m->here = m->box_of[n->parent];
    if (m->open && m->cur->box != m->here)
        close_block(m);
    if (HAS(have, CLASS))
        said = classes_of(m->classes, i);
    if ((t & T_BOX) || m->here == NO_BOX) {
        close_block(m);
        add_box(m, i, node_hints(m, i, have, said.hints), said.looks);
        if (n->tag == DTL_TAG_PRE || n->tag == DTL_TAG_LISTING ||
            n->tag == DTL_TAG_XMP)
            m->pre_end = n->end;
    } else {
        inline_element(m, i, said.looks);
        if ((said.hints & HINT_HIDDEN) && !m->hidden && n->tag != DTL_TAG_A)
            return n->end;
    }
    m->box_of[i] = m->here;
    return i + 1;
}

/* A block ends where a box begins or ends: the next node is in another one. */
static int make(struct maker *m)
{
    const struct dtl_page *p = m->page;
    uint32_t i = p->body, end = p->nnodes > 0 ? p->nodes[i].end : 0;

    m->text = m->b->text;
    m->box_of = m->b->box_of;
    if (i < end)
        m->box_of[p->nodes[i].parent] = NO_BOX;
    while (i < end && !m->failed) {
        const struct dtl_node *n = &p->nodes[i];

        if (n->kind == DTL_NODE_ELEMENT) {
            i = read_element(m, i);
            continue;
        }
        if (n->kind == DTL_NODE_TEXT &&
            (m->waiting || !(n->flags & DTL_NODE_INERT))) {
            m->here = m->box_of[n->parent];
            add_text(m, i);
        }
        i++;
    }
    close_block(m);
    return m->failed ? -1 : 0;
}

/* Sums from the inside out: boxes stand in pre-order. */
static void sum_up(struct blocks *b)
{
    for (uint32_t i = 0; i < b->nboxes; i++)
        b->box[i].next = 1; /* a count first */
    for (uint32_t k = 0; k < b->nblocks; k++) {
        struct box *x = &b->box[b->block[k].box];

        x->size += b->block[k].size;
        x->linked += b->block[k].linked;
        x->last = k + 1;
    }
    for (uint32_t i = b->nboxes; i-- > 1;) {
        struct box *x = &b->box[i], *up = &b->box[x->parent];

        up->size += x->size;
        up->linked += x->linked;
        up->last = x->last > up->last ? x->last : up->last;
        up->next += x->next;
        x->next += i;
    }
}

/* Room for what the page holds: growing leaves the old room behind. */
static bool reserve(struct blocks *b)
{
    const struct dtl_page *p = b->page;
    uint32_t boxes = 1, texts = 1, breaks = 0;

    /* Kinds follow no order: sums instead of branches. */
    for (uint32_t i = p->body; i < p->nnodes; i++) {
        const struct dtl_node *n = &p->nodes[i];
        bool element = n->kind == DTL_NODE_ELEMENT;
        bool text = (n->kind == DTL_NODE_TEXT) &
                    ((n->flags & (DTL_NODE_INERT | DTL_NODE_BLANK)) == 0);
        size_t len = n->u.text.len;

        /* Before the room is taken, so that what is left of it can be given
         * back. */
        if (text)
            len = dtl_node_text(p, i).len;
        boxes += (traits[n->tag] & T_BOX) * element;
        breaks += (n->tag == DTL_TAG_BR) & element;
        texts += text;
        b->text_cap += (len + 2) & -(size_t)text;
    }
    b->text_cap += SLACK;
    b->boxes_cap = boxes + 1;
    b->blocks_cap = boxes + breaks + 16;
    if (b->blocks_cap > texts)
        b->blocks_cap = texts + 1;
    b->box = dtl_arena_alloc(b->arena, b->boxes_cap * sizeof *b->box);
    b->text = dtl_arena_alloc(b->arena, b->text_cap);
    b->room = b->blocks_cap * sizeof *b->block;
    b->block =
        dtl_arena_alloc(b->arena, b->room + p->nnodes * sizeof *b->box_of);
    if (b->box == NULL || b->text == NULL || b->block == NULL)
        return false;
    b->box_of = (uint32_t *)(void *)((uint8_t *)b->block + b->room);
    b->room += p->nnodes * sizeof *b->box_of;
    return true;
}

static uint32_t table_of(const struct blocks *b, uint32_t x)
{
    for (int up = 0; x != NO_BOX && up < 5; up++, x = b->box[x].parent)
        if (b->box[x].tag == DTL_TAG_TABLE)
            return x;
    return NO_BOX;
}

static bool is_cell(const struct box *x)
{
    return x->tag == DTL_TAG_TD || x->tag == DTL_TAG_TH;
}

/* Tables that lay out the page hold other boxes or long cells; in the others
 * each cell is part of a row. */
static void find_rows(struct blocks *b)
{
    for (uint32_t i = 0; i < b->nboxes; i++) {
        const struct box *x = &b->box[i];
        uint32_t t;

        if (!is_cell(x) || (t = table_of(b, x->parent)) == NO_BOX)
            continue;
        if (x->size > 800 || x->last - x->first > 6 ||
            (x->size > 200 && x->next - i > 3))
            b->box[t].layout = true;
    }
    for (uint32_t i = 0; i < b->nboxes; i++)
        if (b->box[i].tag == DTL_TAG_TABLE && b->box[i].parent != NO_BOX) {
            uint32_t t = table_of(b, b->box[i].parent);

            if (t != NO_BOX)
                b->box[t].layout = true;
        }
    for (uint32_t k = 0; k < b->nblocks; k++) {
        struct block *o = &b->block[k];
        uint32_t x = o->box, t;

        if (o->role != DTL_BLOCK_PARAGRAPH)
            continue;
        if (!is_cell(&b->box[x]) && b->box[x].parent != NO_BOX)
            x = b->box[x].parent;
        if (!is_cell(&b->box[x]) || (t = table_of(b, x)) == NO_BOX)
            continue;
        if (!b->box[t].layout)
            o->role = DTL_BLOCK_ROW;
    }
}

void blocks_trim(struct blocks *b)
{
    if (b->room > 0)
        dtl_arena_shrink(b->arena, b->block, b->room,
                         b->nblocks * sizeof *b->block);
    b->room = 0;
    b->box_of = NULL;
}

int blocks_make(const struct dtl_page *page, struct classes *memory,
                enum blocks_read what, struct dtl_arena *arena,
                struct blocks *out, struct dtl_error *err)
{
    struct maker m = { .b = out,
                       .page = page,
                       .classes = memory,
                       .hidden = what != BLOCKS_SHOWN,
                       .waiting = what == BLOCKS_WAITING };

    out->page = page;
    out->arena = arena;
    out->nboxes = out->nblocks = 0;
    if ((out->box_of == NULL && !reserve(out)) || make(&m) != 0)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory reading blocks");
    if (out->nboxes > 0)
        sum_up(out), find_rows(out);
    return DTL_OK;
}
