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
};

static const uint8_t traits[DTL_TAG_COUNT] = {
    [DTL_TAG_ADDRESS] = T_BOX,
    [DTL_TAG_ARTICLE] = T_BOX,
    [DTL_TAG_ASIDE] = T_BOX,
    [DTL_TAG_BLOCKQUOTE] = T_BOX,
    [DTL_TAG_BODY] = T_BOX,
    [DTL_TAG_CAPTION] = T_BOX,
    [DTL_TAG_CENTER] = T_BOX,
    [DTL_TAG_DD] = T_BOX,
    [DTL_TAG_DETAILS] = T_BOX,
    [DTL_TAG_DIALOG] = T_BOX,
    [DTL_TAG_DIR] = T_BOX,
    [DTL_TAG_DIV] = T_BOX,
    [DTL_TAG_DL] = T_BOX,
    [DTL_TAG_DT] = T_BOX,
    [DTL_TAG_FIELDSET] = T_BOX,
    [DTL_TAG_FIGCAPTION] = T_BOX,
    [DTL_TAG_FIGURE] = T_BOX,
    [DTL_TAG_FOOTER] = T_BOX,
    [DTL_TAG_FORM] = T_BOX,
    [DTL_TAG_H1] = T_BOX,
    [DTL_TAG_H2] = T_BOX,
    [DTL_TAG_H3] = T_BOX,
    [DTL_TAG_H4] = T_BOX,
    [DTL_TAG_H5] = T_BOX,
    [DTL_TAG_H6] = T_BOX,
    [DTL_TAG_HEADER] = T_BOX,
    [DTL_TAG_HGROUP] = T_BOX,
    [DTL_TAG_HTML] = T_BOX,
    [DTL_TAG_LEGEND] = T_BOX,
    [DTL_TAG_LI] = T_BOX,
    [DTL_TAG_MAIN] = T_BOX,
    [DTL_TAG_MENU] = T_BOX,
    [DTL_TAG_NAV] = T_BOX,
    [DTL_TAG_OL] = T_BOX,
    [DTL_TAG_P] = T_BOX,
    [DTL_TAG_PRE] = T_BOX,
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
    [DTL_TAG_UL] = T_BOX,
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

static const struct {
    const char *role;
    uint32_t hints;
} role_hints[] = {
    { "navigation", HINT_NAV },     { "complementary", HINT_SIDE },
    { "contentinfo", HINT_FOOTER }, { "dialog", HINT_MODAL },
    { "alertdialog", HINT_MODAL },  { "search", HINT_FORM },
    { "menu", HINT_NAV },           { "menubar", HINT_NAV },
    { "tooltip", HINT_MODAL },
};

/* ---- the pass --------------------------------------------------------- */

#define MAX_DEPTH 512u

struct maker {
    struct blocks *b;
    const struct dtl_page *page;
    struct classes *classes;
    bool hidden, waiting;
    uint8_t *text;
    size_t used, cap;
    uint32_t boxes_cap, blocks_cap;
    uint32_t here; /* innermost open box */
    struct block cur;
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

static uint32_t hash_slice(uint32_t seed, struct dtl_slice s)
{
    uint64_t h = seed ^ s.len * 0x9e3779b97f4a7c15u, v;
    size_t i = 0;

    for (; i + 8 <= s.len; i += 8) {
        memcpy(&v, s.ptr + i, 8);
        h = (h ^ v) * 0xff51afd7ed558ccdu;
        h ^= h >> 32;
    }
    v = 0;
    if (i < s.len)
        memcpy(&v, s.ptr + i, s.len - i);
    h = (h ^ v) * 0xff51afd7ed558ccdu;
    return (uint32_t)(h ^ h >> 32);
}

/* Does the style say `name`: `value`? */
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

#define HAS(have, attr) (((have) >> DTL_ATTR_##attr & 1) != 0)

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

        if (style_says(v, "display", "none") ||
            style_says(v, "visibility", "hidden"))
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

static uint32_t node_hints(struct maker *m, uint32_t i, uint32_t have,
                           struct dtl_slice class)
{
    const struct dtl_node *n = &m->page->nodes[i];
    uint32_t h = tag_hints[n->tag];
    struct dtl_slice role;

    if (have == 0 || n->tag == DTL_TAG_BODY || n->tag == DTL_TAG_HTML)
        return h;
    h |= classes_said(m->classes, class).hints;
    if (HAS(have, ID) && named_by_id(n->tag))
        h |= classes_said(m->classes, dtl_node_attr(m->page, i, DTL_ATTR_ID))
                 .hints;
    if (HAS(have, ITEMPROP) &&
        dtl_equal(dtl_node_attr(m->page, i, DTL_ATTR_ITEMPROP),
                  dtl_str("articleBody")))
        h |= HINT_BODY;
    role = value_of(m->page, i, have, DTL_ATTR_ROLE);
    for (size_t k = 0;
         role.len > 0 && k < sizeof role_hints / sizeof *role_hints; k++)
        if (dtl_equal(role, dtl_str(role_hints[k].role)))
            h |= role_hints[k].hints;
    return h;
}

/* ---- blocks ----------------------------------------------------------- */

static bool room(struct maker *m, size_t more)
{
    if (m->used + more <= m->cap)
        return true;
    size_t cap = m->cap + m->cap / 2 + more;
    uint8_t *p = dtl_arena_grow(m->b->arena, m->text, m->cap, cap);

    if (p == NULL) {
        m->failed = true;
        return false;
    }
    m->text = p;
    m->cap = cap;
    return true;
}

static bool stop_after(const uint8_t *p, size_t n)
{
    static const char *const stops[] = { "。", "！", "？", "…", "।",  "؟",
                                         "۔",  "”",  "»",  "’", "」", "』" };
    uint8_t c;

    while (n > 0 && (p[n - 1] == '"' || p[n - 1] == '\'' || p[n - 1] == ')' ||
                     p[n - 1] == ']' || p[n - 1] == ' '))
        n--;
    if (n == 0)
        return false;
    c = p[n - 1];
    if (c < 0x80)
        return c == '.' || c == '!' || c == '?' || c == ':' || c == ';';
    for (size_t i = 0; i < sizeof stops / sizeof *stops; i++) {
        size_t len = strlen(stops[i]);

        if (n >= len && memcmp(p + n - len, stops[i], len) == 0)
            return true;
    }
    return false;
}

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

/* Ideographic comma and stop, full-width comma, danda. */
static void measure_wide(struct block *k, const uint8_t *p)
{
    if (memcmp(p, "\xe3\x80\x81", 3) == 0 || memcmp(p, "\xef\xbc\x8c", 3) == 0)
        k->commas++;
    else if (memcmp(p, "\xe3\x80\x82", 3) == 0 ||
             memcmp(p, "\xe0\xa5\xa4", 3) == 0)
        k->stops++;
}

/* Words and marks of bytes [i, len), which follow a blank or not. */
static void measure_bytes(struct block *k, const uint8_t *p, uint32_t i,
                          uint32_t len, bool blank)
{
    for (; i < len; i++) {
        uint8_t c = classes[p[i]];

        if (c == C_BLANK) {
            blank = true;
            continue;
        }
        k->words += blank;
        k->lowers += blank && (c == C_LOWER || c == C_WIDE);
        blank = false;
        if (c <= C_LOWER)
            continue;
        if (c == C_COMMA)
            k->commas++;
        else if (c == C_WIDE && i + 2 < len)
            measure_wide(k, p + i);
        else if (c == C_STOP && (i + 1 == len || p[i + 1] == '"' ||
                                 classes[p[i + 1]] == C_BLANK))
            k->stops++;
    }
}

#if defined(__SSE2__)
static unsigned equal_mask(__m128i v, uint8_t c)
{
    return (unsigned)_mm_movemask_epi8(
        _mm_cmpeq_epi8(v, _mm_set1_epi8((char)c)));
}

static unsigned at_most_mask(__m128i v, uint8_t c)
{
    return (unsigned)_mm_movemask_epi8(
        _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8((char)c)), v));
}

static uint32_t bits(unsigned mask)
{
    uint32_t n = 0;

    for (; mask != 0; mask &= mask - 1)
        n++;
    return n;
}
#endif

/* Words and marks of a block's text. */
static void measure(struct block *k, const uint8_t *p)
{
    uint32_t i = 0;
    unsigned blank = 1; /* before the first byte */

#if defined(__SSE2__)
    /* One byte more is looked at, for stops. */
    for (; k->len - i > 16; i += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
        unsigned blanks = at_most_mask(v, ' ');
        unsigned starts = ~blanks & (blanks << 1 | blank) & 0xffff;
        unsigned above = ~at_most_mask(v, 0xd6) & 0xffff;
        unsigned lower = at_most_mask(v, 'z') & ~at_most_mask(v, 'a' - 1);
        unsigned stops =
            equal_mask(v, '.') | equal_mask(v, '!') | equal_mask(v, '?');

        k->words += bits(starts);
        k->lowers += bits(starts & (lower | above));
        k->commas += bits(equal_mask(v, ','));
        for (; stops != 0; stops &= stops - 1) {
            uint8_t next = p[i + (unsigned)__builtin_ctz(stops) + 1];

            k->stops += next == '"' || next <= ' ';
        }
        for (; above != 0; above &= above - 1) {
            uint32_t at = i + (unsigned)__builtin_ctz(above);

            if (classes[p[at]] == C_WIDE && at + 2 < k->len)
                measure_wide(k, p + at);
        }
        blank = blanks >> 15;
    }
#endif
    measure_bytes(k, p, i, k->len, blank != 0);
}

#if defined(__SSE2__)
/* Of sixteen bytes: characters, and again those that count two. */
static uint32_t letters16(const uint8_t *p)
{
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i first = _mm_cmpgt_epi8(v, _mm_set1_epi8(-65));
    __m128i from = _mm_sub_epi8(v, _mm_set1_epi8((char)0xe3));
    __m128i wide =
        _mm_cmpeq_epi8(_mm_min_epu8(from, _mm_set1_epi8(0xed - 0xe3)), from);
    /* A hit is -1. */
    __m128i sum = _mm_sad_epu8(
        _mm_sub_epi8(_mm_setzero_si128(), _mm_add_epi8(first, wide)),
        _mm_setzero_si128());

    return (uint32_t)(_mm_cvtsi128_si32(sum) + _mm_extract_epi16(sum, 4));
}
#endif

static uint32_t letters(const uint8_t *p, size_t n)
{
    uint32_t size = 0;
    size_t i = 0;

#if defined(__SSE2__)
    for (; n - i >= 16; i += 16)
        size += letters16(p + i);
#endif
    for (; i < n; i++) {
        size += (p[i] & 0xc0) != 0x80;
        size += p[i] >= 0xe3 && p[i] <= 0xed;
    }
    return size;
}

static void set_role(struct maker *m, struct block *k)
{
    uint32_t depth = 0;

    for (uint32_t b = k->box; b != NO_BOX && depth < 6;
         b = m->b->box[b].parent, depth++) {
        const struct box *x = &m->b->box[b];

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
    struct block *k;

    m->space = false;
    m->breaks = 0;
    if (!m->open)
        return;
    m->open = false;
    while (m->used > m->cur.text &&
           (m->text[m->used - 1] == ' ' || m->text[m->used - 1] == '\n'))
        m->used--;
    m->cur.len = (uint32_t)(m->used - m->cur.text);
    if (m->cur.len == 0)
        return;
    if (m->b->nblocks == m->blocks_cap) {
        uint32_t cap = m->blocks_cap * 2;
        struct block *grown =
            dtl_arena_grow(m->b->arena, m->b->block,
                           m->blocks_cap * sizeof *grown, cap * sizeof *grown);

        if (grown == NULL) {
            m->failed = true;
            return;
        }
        m->b->block = grown;
        m->blocks_cap = cap;
    }
    k = &m->b->block[m->b->nblocks++];
    *k = m->cur;
    if (k->linked > k->size)
        k->linked = k->size;
    measure(k, m->text + k->text);
    k->terminal = stop_after(m->text + k->text, k->len);
    k->sig = mix(m->b->box[k->box].sig, m->wrap_sig);
    set_role(m, k);
}

static void open_block(struct maker *m, uint32_t i)
{
    memset(&m->cur, 0, sizeof m->cur);
    m->cur.text = (uint32_t)m->used;
    m->cur.node = i;
    m->cur.box = m->here;
    m->cur.source = m->page->nodes[i].source;
    m->cur.image = m->last_image;
    m->open = true;
    /* Wrappers that ended before this text do not wrap it. */
    if (i >= m->wrap_end)
        m->wrap_sig = 0;
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
 * How many bytes at `p`, after one of a word, stand as they are: words with
 * one blank between them.  The last of them is of a word again.
 */
static size_t plain_run(const uint8_t *p, size_t left)
{
    size_t n = 0;
#if defined(__SSE2__)
    const __m128i blank = _mm_set1_epi8(' ');

    while (left - n >= 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + n));
        __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(v, blank), v);
        __m128i odd =
            _mm_or_si128(_mm_andnot_si128(_mm_cmpeq_epi8(v, blank), low),
                         _mm_cmpeq_epi8(v, _mm_set1_epi8((char)0xc2)));
        unsigned blanks = (unsigned)_mm_movemask_epi8(low);

        if (_mm_movemask_epi8(odd) != 0 || (blanks & blanks << 1) != 0)
            break;
        n += 16 - (blanks >> 15);
    }
#else
    (void)p;
    (void)left;
#endif
    return n;
}

/* Append the words of `s`, one blank between them. */
static void add_words(struct maker *m, struct dtl_slice s)
{
    size_t j = 0;

    while (j < s.len) {
        size_t n = blank_at(s.ptr + j, s.len - j), from;

        if (n > 0) {
            m->space = true;
            j += n;
            continue;
        }
        if (m->space && m->used > m->cur.text && m->text[m->used - 1] != '\n')
            m->text[m->used++] = ' ';
        m->space = false;
        from = j++;
        j += plain_run(s.ptr + j, s.len - j);
        while (j < s.len && s.ptr[j] > ' ' && s.ptr[j] != 0xc2)
            j++;
        memcpy(m->text + m->used, s.ptr + from, j - from);
        m->used += j - from;
    }
}

/* Where the text that begins at node `i` ends in the page. */
static uint32_t text_end(const struct maker *m, uint32_t i)
{
    const struct dtl_node *n = &m->page->nodes[i];
    struct dtl_slice all = m->page->source;
    const uint8_t *lt;

    if (!(n->flags & DTL_NODE_DECODED))
        return n->source + n->u.text.len;
    lt = memchr(all.ptr + n->source, '<', all.len - n->source);
    return lt != NULL ? (uint32_t)(lt - all.ptr) : (uint32_t)all.len;
}

static void add_text(struct maker *m, uint32_t i)
{
    uint32_t end;
    bool pre = i < m->pre_end;
    struct dtl_slice s;
    size_t start;
    uint32_t size;

    if ((m->page->nodes[i].flags & DTL_NODE_BLANK) && !(pre && m->open)) {
        m->space = true;
        return;
    }
    end = text_end(m, i);
    s = dtl_node_text(m->page, i);
    if (!room(m, s.len + 2))
        return;
    if (m->open && m->breaks >= 2)
        close_block(m);
    if (!m->open)
        open_block(m, i);
    else if (i >= m->wrap_end)
        m->wrap_sig = 0; /* text outside the wrapper */
    if (m->cur.text == m->used)
        m->space = false;
    else if (m->breaks == 1)
        m->text[m->used++] = '\n', m->cur.linebreaks = true, m->space = false;
    m->breaks = 0;
    start = m->used;
    if (pre && m->space && m->used > m->cur.text)
        m->text[m->used++] = ' ', m->space = false;
    if (pre)
        add_verbatim(m, s);
    else
        add_words(m, s);
    size = letters(m->text + start, m->used - start);
    m->cur.size += size;
    if (i < m->link_end) {
        if (m->link_counts)
            m->cur.linked += size;
        if (m->cur.href != m->link_node) {
            m->cur.links++;
            if (m->cur.href == 0)
                m->cur.href = m->link_node;
        }
    }
    if (i < m->bold_end)
        m->cur.bold += size;
    m->cur.node_end = i + 1;
    m->cur.source_end = end;
}

/* ---- boxes ------------------------------------------------------------ */

/* Boxes look alike that have the same tag and class; one without a class
 * looks as the box around it makes it look. */
static uint32_t looks(const struct maker *m, uint32_t i, struct dtl_slice class)
{
    const struct dtl_node *n = &m->page->nodes[i];
    uint32_t seed = mix(2166136261u, n->tag);

    if (class.len == 0 && n->tag == DTL_TAG_DIV && m->here != NO_BOX)
        return mix(m->b->box[m->here].sig, seed);
    return hash_slice(seed, class);
}

static bool add_box(struct maker *m, uint32_t i, uint32_t hints,
                    struct dtl_slice class, uint32_t *last)
{
    const struct dtl_node *n = &m->page->nodes[i];
    struct blocks *b = m->b;
    struct box *x;

    if (b->nboxes == m->boxes_cap) {
        uint32_t cap = m->boxes_cap * 2;
        struct box *grown =
            dtl_arena_grow(b->arena, b->box, m->boxes_cap * sizeof *grown,
                           cap * sizeof *grown);

        if (grown == NULL)
            return false;
        b->box = grown;
        m->boxes_cap = cap;
    }
    x = &b->box[b->nboxes];
    memset(x, 0, sizeof *x);
    x->node = i;
    x->end = n->end;
    x->parent = m->here;
    x->tag = n->tag;
    x->first = b->nblocks;
    x->hints = hints;
    x->above = hints | (m->here != NO_BOX ? b->box[m->here].above : 0);
    x->depth = (uint16_t)(m->here != NO_BOX ? b->box[m->here].depth + 1 : 0);
    x->sig = looks(m, i, class);
    x->prev = m->here != NO_BOX ? *last : NO_BOX;
    m->here = b->nboxes++;
    return true;
}

static bool is_heading(uint16_t tag)
{
    return tag >= DTL_TAG_H1 && tag <= DTL_TAG_H6;
}

static void open_link(struct maker *m, uint32_t i)
{
    struct dtl_slice href = dtl_node_attr(m->page, i, DTL_ATTR_HREF);

    m->link_end = m->page->nodes[i].end;
    m->link_node = i;
    /* Links within the page are references, not ways out of it. */
    m->link_counts = href.len > 0 && href.ptr[0] != '#';
}

static void inline_element(struct maker *m, uint32_t i, struct dtl_slice class)
{
    const struct dtl_node *n = &m->page->nodes[i];

    if (n->tag == DTL_TAG_A)
        open_link(m, i);
    if (traits[n->tag] & T_BOLD)
        m->bold_end = n->end > m->bold_end ? n->end : m->bold_end;
    if (n->tag == DTL_TAG_TIME)
        m->cur.time_element = m->cur.time_element || m->open;
    if (n->tag == DTL_TAG_IMG) {
        m->last_image = i;
        if (m->here != NO_BOX)
            m->b->box[m->here].images++;
    }
    if (n->tag == DTL_TAG_BR) {
        /* A line that is bold, small or a link as a whole is one of its own. */
        if (m->open && m->wrap_sig != 0 && i >= m->wrap_end &&
            m->used - m->cur.text <= 300 &&
            !(m->here != NO_BOX && is_heading(m->b->box[m->here].tag)))
            close_block(m);
        else
            m->breaks++;
        m->space = true;
    }
    if ((traits[n->tag] & T_WRAP) && !m->open) {
        if (i >= m->wrap_end) {
            m->wrap_sig = 0;
            m->wrap_end = n->end;
        }
        m->wrap_sig = mix(hash_slice(m->wrap_sig + 1, class), n->tag);
    }
}

static int make(struct maker *m)
{
    const struct dtl_page *p = m->page;
    struct blocks *b = m->b;
    /* The box each open depth closed last, for `prev`. */
    uint32_t *last = dtl_arena_alloc(b->arena, MAX_DEPTH * sizeof *last);
    uint32_t i = p->body != 0 ? p->body : 0;
    uint32_t end = p->nnodes > 0 ? p->nodes[i].end : 0;

    if (last == NULL)
        return -1;
    memset(last, 0xff, MAX_DEPTH * sizeof *last);
    m->here = NO_BOX;
    while (i < end && !m->failed) {
        const struct dtl_node *n = &p->nodes[i];
        struct dtl_slice class;
        uint32_t have;
        uint8_t t;

        while (m->here != NO_BOX && i >= b->box[m->here].end) {
            struct box *x = &b->box[m->here];

            close_block(m);
            x->last = b->nblocks;
            if (x->depth < MAX_DEPTH)
                last[x->depth] = m->here;
            if (x->depth + 1u < MAX_DEPTH)
                last[x->depth + 1] = NO_BOX;
            m->here = x->parent;
        }
        if (n->kind == DTL_NODE_COMMENT) {
            i = n->end;
            continue;
        }
        if (n->kind == DTL_NODE_TEXT) {
            if (m->here != NO_BOX &&
                (m->waiting || !(n->flags & DTL_NODE_INERT)))
                add_text(m, i);
            i++;
            continue;
        }
        t = traits[n->tag];
        if (m->waiting &&
            (n->tag == DTL_TAG_NOSCRIPT || n->tag == DTL_TAG_TEMPLATE))
            t = T_BOX;
        have = (t & T_SKIP) ? 0 : dtl_node_attrs(p, i);
        if ((t & T_SKIP) ||
            (!m->hidden && i != p->body && not_shown(p, i, have))) {
            i = n->end;
            continue;
        }
        class = value_of(p, i, have, DTL_ATTR_CLASS);
        if ((t & T_BOX) || m->here == NO_BOX) {
            uint32_t depth = m->here != NO_BOX ? b->box[m->here].depth + 1u : 0;

            close_block(m);
            if (!add_box(m, i, node_hints(m, i, have, class), class,
                         &last[depth < MAX_DEPTH ? depth : MAX_DEPTH - 1]))
                return -1;
            if (n->tag == DTL_TAG_PRE || n->tag == DTL_TAG_LISTING ||
                n->tag == DTL_TAG_XMP)
                m->pre_end = n->end;
        } else {
            inline_element(m, i, class);
            if (class.len > 0 && n->tag != DTL_TAG_A && !m->hidden &&
                (classes_said(m->classes, class).hints & HINT_HIDDEN)) {
                i = n->end;
                continue;
            }
        }
        i++;
    }
    close_block(m);
    for (; m->here != NO_BOX; m->here = b->box[m->here].parent)
        b->box[m->here].last = b->nblocks;
    return m->failed ? -1 : 0;
}

/* Sums from the inside out: boxes stand in pre-order. */
static void sum_up(struct blocks *b)
{
    for (uint32_t k = 0; k < b->nblocks; k++) {
        struct box *x = &b->box[b->block[k].box];

        x->size += b->block[k].size;
        x->linked += b->block[k].linked;
    }
    for (uint32_t i = 0; i < b->nboxes; i++)
        b->box[i].next = 1; /* a count first */
    for (uint32_t i = b->nboxes; i-- > 1;)
        b->box[b->box[i].parent].next += b->box[i].next;
    for (uint32_t i = 0; i < b->nboxes; i++)
        b->box[i].next += i;
    for (uint32_t i = b->nboxes; i-- > 1;) {
        struct box *x = &b->box[i], *up = &b->box[x->parent];

        up->size += x->size;
        up->linked += x->linked;
        up->images += x->images;
    }
}

/* Room for what the page holds: growing leaves the old room behind. */
static void reserve(struct maker *m)
{
    const struct dtl_page *p = m->page;
    uint32_t boxes = 1, texts = 1, breaks = 0;

    for (uint32_t i = p->body; i < p->nnodes; i++) {
        const struct dtl_node *n = &p->nodes[i];

        if (n->kind == DTL_NODE_ELEMENT) {
            boxes += (traits[n->tag] & T_BOX) != 0;
            breaks += n->tag == DTL_TAG_BR;
        } else if (n->kind == DTL_NODE_TEXT &&
                   !(n->flags & (DTL_NODE_INERT | DTL_NODE_BLANK))) {
            texts++;
            m->cap +=
                2 + ((n->flags & DTL_NODE_DECODED) ? dtl_node_text(p, i).len
                                                   : n->u.text.len);
        }
    }
    m->cap += 64;
    m->boxes_cap = boxes + 1;
    m->blocks_cap = boxes + breaks + 16;
    if (m->blocks_cap > texts)
        m->blocks_cap = texts + 1;
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

int blocks_make(const struct dtl_page *page, struct classes *memory,
                enum blocks_read what, struct dtl_arena *arena,
                struct blocks *out, struct dtl_error *err)
{
    struct maker m = { .b = out,
                       .page = page,
                       .classes = memory,
                       .hidden = what != BLOCKS_SHOWN,
                       .waiting = what == BLOCKS_WAITING };

    memset(out, 0, sizeof *out);
    out->page = page;
    out->arena = arena;
    reserve(&m);
    out->box = dtl_arena_alloc(arena, m.boxes_cap * sizeof *out->box);
    out->block = dtl_arena_alloc(arena, m.blocks_cap * sizeof *out->block);
    m.text = dtl_arena_alloc(arena, m.cap);
    if (out->box == NULL || out->block == NULL || m.text == NULL ||
        make(&m) != 0)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory reading blocks");
    out->text = m.text;
    if (out->nboxes > 0)
        sum_up(out), find_rows(out);
    return DTL_OK;
}
