/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text is cut into tokens (numbers, words, single signs), and a short list of
 * shapes is tried at each token that can begin one.  Month names are compared
 * with the lower-cased text itself, because some hold dots or spaces.
 */
#include "date.h"

#include <utf8proc.h>

#define TOKENS 96

enum token_kind { NUMBER, WORD, SIGN };

struct token {
    uint16_t from, to;
    uint8_t kind, digits;
    bool spaced;    /* white space stands before it */
    uint32_t value; /* of a NUMBER; of a SIGN its code point */
};

struct text {
    const struct date_context *ctx;
    uint8_t low[DATE_TEXT_MAX + 8]; /* lower case, same length */
    size_t len;
    struct token t[TOKENS];
    unsigned n;
};

/* ---- tokens -------------------------------------------------------------- */

static int digit_value(uint32_t c)
{
    /* ASCII, Arabic-Indic, Persian, Devanagari, Bengali, Thai, full width. */
    static const uint32_t zeros[] = { '0',   0x660, 0x6f0, 0x966,
                                      0x9e6, 0xe50, 0xff10 };

    if (c < 0x80)
        return c >= '0' && c <= '9' ? (int)(c - '0') : -1;
    for (size_t i = 0; i < sizeof zeros / sizeof zeros[0]; i++)
        if (c >= zeros[i] && c <= zeros[i] + 9)
            return (int)(c - zeros[i]);
    return -1;
}

static bool is_space(uint32_t c)
{
    return c == ' ' || (c >= 9 && c <= 13) || c == 0x1f || c == 0xa0 ||
           c == 0x2009 || c == 0x202f || c == 0x3000 ||
           (c >= 0x2000 && c <= 0x200a);
}

static bool is_invisible(uint32_t c)
{
    return c == 0xad || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x2069) ||
           c == 0xfeff;
}

/* Each of them is a word of its own: no spaces part them from numbers. */
static bool is_ideograph(uint32_t c)
{
    return (c >= 0x3040 && c <= 0x30ff) || (c >= 0x3400 && c <= 0x9fff) ||
           (c >= 0xac00 && c <= 0xd7af) || (c >= 0xf900 && c <= 0xfaff);
}

static bool is_letter(uint32_t c)
{
    utf8proc_category_t k;

    if (c < 0x80)
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    k = utf8proc_category((utf8proc_int32_t)c);
    return (k >= UTF8PROC_CATEGORY_LU && k <= UTF8PROC_CATEGORY_LO) ||
           k == UTF8PROC_CATEGORY_MN || k == UTF8PROC_CATEGORY_MC;
}

static size_t utf8_put(uint32_t c, uint8_t out[4])
{
    return (size_t)utf8proc_encode_char((utf8proc_int32_t)c, out);
}

/* Lower case into x->low where that keeps the length, so that offsets hold. */
static uint32_t lower_at(struct text *x, struct dtl_slice s, size_t from,
                         size_t to, uint32_t c)
{
    uint8_t bytes[4];
    uint32_t l = c;

    if (c < 0x80) {
        x->low[from] = (uint8_t)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
        return x->low[from];
    }
    if (c < 0x2000)
        l = (uint32_t)utf8proc_tolower((utf8proc_int32_t)c);
    if (utf8_put(l, bytes) == to - from)
        memcpy(x->low + from, bytes, to - from);
    else
        memcpy(x->low + from, s.ptr + from, to - from);
    return l;
}

static struct token *new_token(struct text *x, enum token_kind kind,
                               size_t from, bool spaced)
{
    struct token *t = &x->t[x->n++];

    *t = (struct token){ .from = (uint16_t)from,
                         .kind = (uint8_t)kind,
                         .spaced = spaced };
    return t;
}

enum { C_SIGN, C_LETTER, C_DIGIT, C_SPACE, C_INVISIBLE, C_WIDE };

/* What the ASCII bytes are: nearly all text. */
#define FIVE(c)       c, c, c, c, c
#define TWENTYFIVE(c) FIVE(c), FIVE(c), FIVE(c), FIVE(c), FIVE(c)
/* clang-format off */
static const uint8_t kinds[128] = {
    ['\t'] = FIVE(C_SPACE), [0x1f] = C_SPACE, C_SPACE,
    ['0'] = FIVE(C_DIGIT), FIVE(C_DIGIT),
    ['A'] = C_LETTER, TWENTYFIVE(C_LETTER),
    ['a'] = C_LETTER, TWENTYFIVE(C_LETTER),
};
/* clang-format on */

/* Of the character `c`; *digit is its value. */
static int kind_of(uint32_t c, int *digit)
{
    if (is_invisible(c))
        return C_INVISIBLE;
    if (is_space(c))
        return C_SPACE;
    *digit = digit_value(c);
    if (*digit >= 0)
        return C_DIGIT;
    if (!is_letter(c))
        return C_SIGN;
    return is_ideograph(c) ? C_WIDE : C_LETTER;
}

/* A run of ASCII letters from `at` on, in lower case. */
static size_t lower_run(struct text *x, struct dtl_slice s, size_t at)
{
    for (; at < s.len && s.ptr[at] < 0x80 && kinds[s.ptr[at]] == C_LETTER; at++)
        x->low[at] = s.ptr[at] | 0x20;
    return at;
}

/* Add the character at [from, to) of this kind to the token it belongs to, or
 * a new one; NULL when there is room for no more. */
static struct token *add_to(struct text *x, struct token *open, int kind,
                            size_t from, bool spaced)
{
    enum token_kind want = kind == C_DIGIT  ? NUMBER
                           : kind == C_SIGN ? SIGN
                                            : WORD;

    if (open != NULL && open->kind == want && kind != C_SIGN &&
        kind != C_WIDE && (kind != C_DIGIT || open->digits < 9))
        return open;
    return x->n < TOKENS ? new_token(x, want, from, spaced) : NULL;
}

static void tokenise(struct text *x, struct dtl_slice s)
{
    struct token *open = NULL;
    bool spaced = true;
    size_t at = 0;

    x->n = 0;
    x->len = s.len;
    while (at < s.len) {
        size_t from = at;
        uint32_t c = s.ptr[at];
        int kind, digit = (int)c - '0';

        if (c < 0x80) {
            kind = kinds[c];
            x->low[at++] = (uint8_t)c;
            if (kind == C_LETTER)
                at = lower_run(x, s, from);
        } else {
            c = dtl_utf8_next(s, &at);
            c = lower_at(x, s, from, at, c);
            kind = kind_of(c, &digit);
        }
        if (kind == C_INVISIBLE)
            continue;
        if (kind == C_SPACE) {
            open = NULL;
            spaced = true;
            continue;
        }
        open = add_to(x, open, kind, from, spaced);
        if (open == NULL)
            return;
        if (kind == C_DIGIT) {
            open->value = open->value * 10 + (uint32_t)digit;
            open->digits++;
        } else if (kind == C_SIGN) {
            open->value = c;
        }
        open->to = (uint16_t)at;
        if (kind == C_SIGN || kind == C_WIDE)
            open = NULL;
        spaced = false;
    }
}

static const struct token *tok(const struct text *x, unsigned i)
{
    static const struct token none = { .kind = SIGN };

    return i < x->n ? &x->t[i] : &none;
}

static bool is_number(const struct text *x, unsigned i, unsigned min,
                      unsigned max)
{
    const struct token *t = tok(x, i);

    return t->kind == NUMBER && t->digits >= min && t->digits <= max;
}

static bool is_sign(const struct text *x, unsigned i, uint32_t c)
{
    const struct token *t = tok(x, i);

    return t->kind == SIGN && t->value == c && i < x->n;
}

static bool is_word(const struct text *x, unsigned i, const char *word)
{
    const struct token *t = tok(x, i);
    size_t len;

    if (t->kind != WORD || x->low[t->from] != (uint8_t)word[0])
        return false;
    len = strlen(word);
    return t->to - t->from == (int)len &&
           memcmp(x->low + t->from, word, len) == 0;
}

static bool is_one_of(const struct text *x, unsigned i,
                      const char *const *words)
{
    if (tok(x, i)->kind == WORD)
        for (; *words != NULL; words++)
            if (is_word(x, i, *words))
                return true;
    return false;
}

/* Token that begins at or after byte `at`. */
static unsigned token_at(const struct text *x, unsigned i, size_t at)
{
    while (i < x->n && x->t[i].from < at)
        i++;
    return i;
}

/* Does `phrase` stand at token i, ending at a word's end?  Returns the token
 * after it, or 0. */
static unsigned phrase_at(const struct text *x, unsigned i, const char *phrase,
                          size_t len)
{
    size_t from = tok(x, i)->from, end = from + len, at = end;
    uint32_t last, next;

    if (i >= x->n || end > x->len || memcmp(x->low + from, phrase, len) != 0)
        return 0;
    if (end < x->len) {
        size_t back = end - 1;

        next = dtl_utf8_next(dtl_slice_of(x->low, x->len), &at);
        while (back > from && (x->low[back] & 0xc0) == 0x80)
            back--;
        last = dtl_utf8_next(dtl_slice_of(x->low, x->len), &back);
        if (is_letter(last) && is_letter(next) && !is_ideograph(last))
            return 0;
    }
    return token_at(x, i + 1, end);
}

/* ---- month names -----------------------------------------------------------
 */

/* One of "a|b|c" at token i; the longest wins. */
static unsigned alternatives_at(const struct text *x, unsigned i,
                                const char *names)
{
    unsigned best = 0;

    const uint8_t *p = x->low + x->t[i].from;
    size_t left = x->len - x->t[i].from;

    while (*names != '\0') {
        size_t len = 0;

        while (len < left && names[len] != '|' &&
               (uint8_t)names[len] == p[len] && names[len] != '\0')
            len++;
        if (names[len] == '|' || names[len] == '\0') {
            unsigned after = phrase_at(x, i, names, len);

            if (after > best)
                best = after;
        }
        names += len;
        while (*names != '\0' && *names++ != '|')
            ;
    }
    return best;
}

/* Does one of the words begin as token i does? */
static bool may_begin(const struct date_starts *k, const struct text *x,
                      unsigned i)
{
    const uint8_t *p = x->low + x->t[i].from;

    if (x->len - x->t[i].from < 3 || (k->one[*p / 64] >> *p % 64 & 1) != 0)
        return true;
    return (k->three[date_start(p) / 64] >> date_start(p) % 64 & 1) != 0;
}

/* "a week ago", "one day ago", ...: see amount_at(). */
static const char *const single[][2] = {
    { "a", "an" }, { "einer", "einem" }, { "one", "un" }, { "une", "una" }
};
#define NSINGLE (sizeof single / sizeof single[0])

static bool is_any_word(const struct text *x, unsigned i, const char *a,
                        const char *b)
{
    return is_word(x, i, a) || is_word(x, i, b);
}

static bool is_single(const struct text *x, unsigned i)
{
    if (x->t[i].to - x->t[i].from > 6)
        return false;
    for (size_t k = 0; k < NSINGLE; k++)
        if (is_any_word(x, i, single[k][0], single[k][1]))
            return true;
    return false;
}

static bool may_be_relative(const struct text *x, unsigned i)
{
    return x->t[i].kind == NUMBER || may_begin(&date_relative_starts, x, i) ||
           is_single(x, i);
}

static bool may_be_month(const struct text *x, unsigned i)
{
    return may_begin(&date_month_starts, x, i);
}

static unsigned months_of(const struct text *x, unsigned i,
                          const struct date_locale *l, int *month)
{
    unsigned best = 0;

    for (int m = 0; m < 12; m++) {
        unsigned after = 0;

        if (x->low[x->t[i].from] == (uint8_t)l->months[m][0])
            after = alternatives_at(x, i, l->months[m]);
        if (after > best) {
            best = after;
            *month = m + 1;
            if (l == &date_locales[date_nlocales - 1])
                *month += 12; /* the Persian solar year */
        }
    }
    return best;
}

/* A month's name at token i: the page's language first, then English, then
 * all.  Returns the token after it and its dot, or 0. */
static unsigned month_at(const struct text *x, unsigned i, int *month)
{
    unsigned after = 0;
    uint64_t rows = ~UINT64_C(0) >> (64 - date_nlocales);

    if (i >= x->n || x->t[i].kind != WORD || !may_be_month(x, i))
        return 0;
    if (x->len - x->t[i].from >= 3)
        rows = date_month_locales(x->low + x->t[i].from);
    if (x->ctx->locale != NULL)
        after = months_of(x, i, x->ctx->locale, month);
    for (; after == 0 && rows != 0; rows &= rows - 1)
        after = months_of(x, i, &date_locales[__builtin_ctzll(rows)], month);
    if (after != 0 && is_sign(x, after, '.'))
        after++;
    return after;
}

/* Is it a month in the page's language or in English?  Without a year beside
 * it "out" (outubro) and "set" are words of their own elsewhere. */
static bool is_own_month(const struct text *x, unsigned i)
{
    const struct date_locale *own = x->ctx->locale;
    int month;

    if (own == NULL || months_of(x, i, &date_locales[0], &month) != 0)
        return true;
    for (size_t k = 0; k < date_nlocales; k++)
        if (strcmp(date_locales[k].lang, own->lang) == 0 &&
            months_of(x, i, &date_locales[k], &month) != 0)
            return true;
    return false;
}

/* ---- years, days ------------------------------------------------------------
 */

struct civil {
    int y, m, d;
};

/* Jalali to Gregorian by the 33-year cycle, exact from 1925 to 2088. */
static void from_persian(struct civil *c)
{
    int64_t y = c->y + 1595, m = c->m - 12, days;
    int part[6];

    days = -355668 + 365 * y + y / 33 * 8 + (y % 33 + 3) / 4 + c->d +
           (m < 7 ? (m - 1) * 31 : (m - 7) * 30 + 186);
    /* `days` counts from the Gregorian year 0; 719528 is 1970-01-01. */
    dtl_time_split((days - 719528) * 86400, part);
    c->y = part[0];
    c->m = part[1];
    c->d = part[2];
}

/* Make a Gregorian date of what was read; false if there is no such day. */
static bool settle(struct civil *c)
{
    if (c->m > 12) {
        if (c->y < 1300 || c->y > 1500 || c->d < 1 || c->d > 31)
            return false;
        from_persian(c);
    } else if (c->y >= 2400 && c->y <= 2643) {
        c->y -= 543; /* Buddhist era */
    } else if (c->y >= 1300 && c->y <= 1499) {
        c->m += 12; /* Persian, in numbers */
        if (c->m > 24)
            return false;
        from_persian(c);
    }
    return c->y >= 1800 && c->y <= 2100 && dtl_date_valid(c->y, c->m, c->d);
}

/* A year of 4 digits, or of 2 when `two` allows it. */
static bool year_at(const struct text *x, unsigned i, bool two, int *year)
{
    const struct token *t = tok(x, i);

    if (t->kind != NUMBER || i >= x->n)
        return false;
    if (t->digits == 4) {
        *year = (int)t->value;
        return (*year >= 1800 && *year <= 2100) ||
               (*year >= 2400 && *year <= 2643) ||
               (*year >= 1300 && *year <= 1499);
    }
    if (!two || t->digits != 2)
        return false;
    *year = (int)t->value + (t->value < 70 ? 2000 : 1900);
    return true;
}

static bool day_at(const struct text *x, unsigned i, int *day)
{
    const struct token *t = tok(x, i);

    if (i >= x->n || t->kind != NUMBER || t->digits > 2)
        return false;
    *day = (int)t->value;
    return *day >= 1 && *day <= 31;
}

/* Step over what stands between the parts of a date: commas, dots, ordinals
 * ("2nd", "1er", "2ª"), "de", "of". */
static unsigned glue(const struct text *x, unsigned i)
{
    static const char *const ordinals[] = { "st", "nd", "rd", "th", "er",
                                            "re", "ª",  "º",  "-я", NULL };

    for (unsigned end = i + 4; i < end; i++) {
        if (is_sign(x, i, ',') || is_sign(x, i, '.') || is_sign(x, i, '/') ||
            is_sign(x, i, '-') || is_sign(x, i, '\'') ||
            is_sign(x, i, 0x2019) || is_sign(x, i, 0x60c) ||
            is_sign(x, i, 0x2013))
            continue;
        if (is_one_of(x, i, ordinals) || is_one_of(x, i, date_glue))
            continue;
        break;
    }
    return i;
}

/* ---- the shapes of a day
 * ----------------------------------------------------- */

struct shape {
    struct civil c;
    unsigned after; /* token after it */
    uint8_t form, precision;
    bool guessed, separated; /* T follows: a time must */
};

/* 2024年5月2日, 2024년 5월 2일; 令和6年5月2日; month alone too. */
static bool shape_east_asian(const struct text *x, unsigned i, struct shape *s)
{
    int y;

    if (!is_number(x, i, 1, 4) || !is_any_word(x, i + 1, "年", "년"))
        return false;
    y = (int)x->t[i].value;
    if (x->t[i].digits < 4) {
        if (i >= 2 && is_word(x, i - 1, "和") && is_word(x, i - 2, "令"))
            y += 2018;
        else if (i >= 2 && is_word(x, i - 1, "成") && is_word(x, i - 2, "平"))
            y += 1988;
        else if (y >= 80 && y <= 150)
            y += 1911; /* Republic of China */
        else if (x->t[i].digits == 2)
            y += 2000;
        else
            return false;
    }
    if (!is_number(x, i + 2, 1, 2) || !is_any_word(x, i + 3, "月", "월"))
        return false;
    s->c = (struct civil){ y, (int)x->t[i + 2].value, 1 };
    s->after = i + 4;
    s->form = DATE_MONTH;
    s->precision = 6;
    if (day_at(x, i + 4, &s->c.d) &&
        (is_any_word(x, i + 5, "日", "일") || is_word(x, i + 5, "号"))) {
        s->after = i + 6;
        s->form = DATE_WORDS;
        s->precision = 8;
    }
    return true;
}

/* 5月2日 without a year. */
static bool shape_east_asian_day(const struct text *x, unsigned i,
                                 struct shape *s)
{
    if (!is_number(x, i, 1, 2) || !is_any_word(x, i + 1, "月", "월") ||
        !day_at(x, i + 2, &s->c.d) || !is_any_word(x, i + 3, "日", "일"))
        return false;
    s->c.m = (int)x->t[i].value;
    s->after = i + 4;
    s->form = DATE_NO_YEAR;
    s->precision = 8;
    return s->c.m >= 1 && s->c.m <= 12;
}

/* The sign of "2024-05-02" between numbers; dots may be followed by spaces
 * ("2. 5. 2024"), the others not. */
static unsigned separator(const struct text *x, unsigned i, uint32_t *sign)
{
    const struct token *t = tok(x, i);

    if (i >= x->n || t->kind != SIGN)
        return 0;
    if (t->value != '-' && t->value != '/' && t->value != '.' &&
        t->value != 0x2010 && t->value != 0x2011 && t->value != 0x2013 &&
        t->value != 0x2044 && t->value != 0x2215)
        return 0;
    if (*sign != 0 && t->value != *sign)
        return 0;
    *sign = t->value;
    return i + 1;
}

/* 2024-05-02, 2024/5/2, 2024. 5. 2. */
static bool shape_year_first(const struct text *x, unsigned i, struct shape *s)
{
    uint32_t sign = 0;
    unsigned m, d;

    if (!is_number(x, i, 4, 4) || !year_at(x, i, false, &s->c.y))
        return false;
    m = separator(x, i + 1, &sign);
    if (m == 0 || !is_number(x, m, 1, 2))
        return false;
    s->c.m = (int)x->t[m].value;
    if (s->c.m < 1 || s->c.m > 12)
        return false;
    d = separator(x, m + 1, &sign);
    if (d == 0 || !is_number(x, d, 1, 2))
        return false;
    s->c.d = (int)x->t[d].value;
    s->form = DATE_ISO;
    s->precision = 8;
    s->after = d + 1;
    if (is_word(x, d + 1, "t") && !tok(x, d + 1)->spaced) {
        s->after++;
        s->separated = true;
    }
    return true;
}

/* 20240502, 20240502T101500Z. */
static bool shape_compact(const struct text *x, unsigned i, struct shape *s)
{
    uint32_t v;

    if (!is_number(x, i, 8, 8))
        return false;
    v = x->t[i].value;
    s->c = (struct civil){ (int)(v / 10000), (int)(v / 100 % 100),
                           (int)(v % 100) };
    s->form = DATE_ISO;
    s->precision = 8;
    s->after = i + 1;
    if (is_word(x, i + 1, "t")) {
        s->after++;
        s->separated = true;
    }
    return s->c.y >= 1990 && s->c.y <= 2100;
}

/* 02.05.2024, 5/2/24. */
static bool shape_day_first(const struct text *x, unsigned i, struct shape *s)
{
    uint32_t sign = 0;
    unsigned m, y;
    int a, b;

    if (!is_number(x, i, 1, 2))
        return false;
    m = separator(x, i + 1, &sign);
    if (m == 0 || !is_number(x, m, 1, 2))
        return false;
    y = separator(x, m + 1, &sign);
    /* Hungarian and Chinese write 24.05.02 too; not told apart here. */
    if (y == 0 || !year_at(x, y, true, &s->c.y) ||
        (x->t[y].digits == 2 &&
         (tok(x, y)->spaced || tok(x, m)->spaced || sign == '-' ||
          /* "1.3.36" is a version, "25.4.24" hardly. */
          (sign == '.' && x->t[i].digits + x->t[m].digits < 4 &&
           x->t[i].value <= 12))))
        return false;
    a = (int)x->t[i].value;
    b = (int)x->t[m].value;
    s->c.d = a;
    s->c.m = b;
    if (b > 12 || (a <= 12 && sign != '.' && x->ctx->month_first)) {
        s->c.d = b;
        s->c.m = a;
    }
    if (s->c.m < 1 || s->c.m > 12 || s->c.d < 1)
        return false;
    s->guessed = a <= 12 && b <= 12 && a != b && sign != '.';
    s->form = DATE_NUMERIC;
    s->precision = 8;
    s->after = y + 1;
    return true;
}

/* 2 May 2024, 2. Mai 2024, 2 de mayo de 2024, 2nd of May 2024, 2-May-24,
 * ngày 2 tháng 5 năm 2024; without a year too. */
static bool shape_day_month(const struct text *x, unsigned i, struct shape *s)
{
    unsigned m, after, name;
    bool by_number = false;
    int year;

    if (!day_at(x, i, &s->c.d))
        return false;
    name = glue(x, i + 1);
    after = month_at(x, name, &s->c.m);
    if (after == 0 && is_word(x, i + 1, "tháng") && is_number(x, i + 2, 1, 2)) {
        s->c.m = (int)x->t[i + 2].value;
        by_number = true;
        after = i + 3;
        if (is_sign(x, after, ','))
            after++;
    }
    if (after == 0 || s->c.m < 1)
        return false;
    s->precision = 8;
    m = glue(x, after);
    if (year_at(x, m,
                m == after || is_sign(x, m - 1, '\'') ||
                    is_sign(x, m - 1, '-') || is_sign(x, m - 1, '/') ||
                    is_sign(x, m - 1, 0x2019),
                &year) &&
        !is_sign(x, m + 1, ':')) {
        s->c.y = year;
        s->form = DATE_WORDS;
        s->after = m + 1;
    } else {
        s->form = DATE_NO_YEAR;
        s->after = after;
        return by_number || is_own_month(x, name);
    }
    return true;
}

/* "10:00:00 2019" of asctime(), "12:45:00 EDT 2015" of Java.  Returns the
 * token after the year, or 0. */
static unsigned year_after_clock(const struct text *x, unsigned i, int *year)
{
    if (!is_number(x, i, 1, 2) || !is_sign(x, i + 1, ':') ||
        !is_number(x, i + 2, 2, 2) || !is_sign(x, i + 3, ':') ||
        !is_number(x, i + 4, 2, 2))
        return 0;
    i += 5;
    i += i < x->n && x->t[i].kind == WORD; /* the zone */
    return year_at(x, i, false, year) ? i + 1 : 0;
}

/* May 2, 2024; May 2nd 2024; "Oct 03 10:00:00 2019" (year after the time). */
static bool shape_month_day(const struct text *x, unsigned i, struct shape *s)
{
    unsigned d = i + 1, after;
    int year;

    /* Most words are no months: look for the number first. */
    while (d < x->n && d <= i + 5 && x->t[d].kind != NUMBER)
        d++;
    if (d >= x->n || d > i + 5)
        return false;
    after = month_at(x, i, &s->c.m);
    if (after == 0)
        return false;
    d = glue(x, after);
    if (year_at(x, d, false, &year)) { /* May 2024 */
        s->c.y = year;
        s->c.d = 1;
        s->form = DATE_MONTH;
        s->precision = 6;
        s->after = d + 1;
        return true;
    }
    if (!day_at(x, d, &s->c.d))
        return false;
    s->precision = 8;
    after = glue(x, d + 1);
    if (year_at(x, after, after > d + 1 && !is_sign(x, after - 1, '.'),
                &year) &&
        !is_sign(x, after + 1, ':')) {
        s->c.y = year;
        s->form = DATE_WORDS;
        s->after = after + 1;
        return true;
    }
    after = year_after_clock(x, d + 1, &year);
    if (after != 0) {
        s->c.y = year;
        s->form = DATE_WORDS;
        s->after = after;
        return true;
    }
    s->form = DATE_NO_YEAR;
    s->after = d + 1;
    return !is_sign(x, d + 1, ':') && !is_sign(x, d + 1, '%') &&
           is_own_month(x, i);
}

/* 2024. május 2., 2024 m. gegužės 2 d., 2024 May 2, 2024-May-02. */
static bool shape_year_month(const struct text *x, unsigned i, struct shape *s)
{
    unsigned m, d;

    if (!year_at(x, i, false, &s->c.y) || x->t[i].digits != 4)
        return false;
    m = glue(x, i + 1);
    d = month_at(x, m, &s->c.m);
    if (d == 0)
        return false;
    d = glue(x, d);
    if (!day_at(x, d, &s->c.d) || is_sign(x, d + 1, ':') ||
        is_number(x, d + 2, 4, 4))
        return false;
    s->form = DATE_WORDS;
    s->precision = 8;
    s->after = d + 1;
    return true;
}

/* The year a date without one means: the last such day before the capture. */
static bool guess_year(const struct text *x, struct civil *c)
{
    int part[6];

    if (x->ctx->captured == DTL_NO_TIME || c->m > 12)
        return false;
    dtl_time_split(x->ctx->captured + 86400, part);
    c->y = part[0];
    if (c->m > part[1] || (c->m == part[1] && c->d > part[2]))
        c->y--;
    return true;
}

static bool shape_at(const struct text *x, unsigned i, struct shape *s)
{
    static bool (*const shapes[])(const struct text *, unsigned,
                                  struct shape *) = {
        shape_east_asian,     shape_year_first, shape_compact,
        shape_day_first,      shape_year_month, shape_day_month,
        shape_east_asian_day, /* begin with a number, */
        shape_month_day,      /* with a word */
    };
    size_t n = sizeof shapes / sizeof shapes[0];
    bool word = x->t[i].kind == WORD;

    for (size_t k = word ? n - 1 : 0; k < (word ? n : n - 1); k++) {
        *s = (struct shape){ .after = 0 };
        if (!shapes[k](x, i, s))
            continue;
        if (s->form == DATE_NO_YEAR && !guess_year(x, &s->c))
            continue;
        if (settle(&s->c))
            return true;
    }
    return false;
}

/* ---- the time of day
 * ---------------------------------------------------------- */

struct clock {
    int h, m, s, zone;
    bool seconds, zoned;
    unsigned after;
};

/* "am", "p.m.", 上午, 오후: -1 none, 0 before noon, 12 after. */
static int half_of_day(const struct text *x, unsigned i, unsigned *after)
{
    static const struct {
        const char *phrase;
        int plus;
    } halves[] = {
        { "a.m", 0 },  { "p.m", 12 },  { "a. m", 0 }, { "p. m", 12 },
        { "am", 0 },   { "pm", 12 },   { "上午", 0 }, { "下午", 12 },
        { "午前", 0 }, { "午後", 12 }, { "오전", 0 }, { "오후", 12 },
        { "π.μ", 0 },  { "μ.μ", 12 },  { "πμ", 0 },   { "μμ", 12 },
    };

    for (size_t k = 0; i < x->n && k < sizeof halves / sizeof halves[0]; k++) {
        const char *phrase = halves[k].phrase;
        unsigned end = 0;

        if ((uint8_t)phrase[0] == x->low[x->t[i].from])
            end = phrase_at(x, i, phrase, strlen(phrase));
        if (end != 0) {
            *after = end + is_sign(x, end, '.');
            return halves[k].plus;
        }
    }
    return -1;
}

/* Z, +02:00, +0200, GMT+2, CEST, "Uhr" is stepped over by the caller. */
static void zone_at(const struct text *x, struct clock *c)
{
    unsigned i = c->after;
    int sign;

    if (is_sign(x, i, '(') || is_sign(x, i, ','))
        i++;
    for (size_t k = 0; k < date_nzones; k++)
        if (is_word(x, i, date_zones[k].word)) {
            c->zone = date_zones[k].seconds;
            c->zoned = true;
            c->after = ++i;
            break;
        }
    sign = is_sign(x, i, '+')                            ? 1
           : is_sign(x, i, '-') || is_sign(x, i, 0x2212) ? -1
                                                         : 0;
    if (sign == 0 || (c->zoned && c->zone != 0))
        return;
    if (is_number(x, i + 1, 4, 4)) {
        uint32_t v = x->t[i + 1].value;

        c->zone = sign * (int)(v / 100 * 3600 + v % 100 * 60);
        c->after = i + 2;
    } else if (is_number(x, i + 1, 1, 2) && is_sign(x, i + 2, ':') &&
               is_number(x, i + 3, 2, 2)) {
        c->zone =
            sign * (int)(x->t[i + 1].value * 3600 + x->t[i + 3].value * 60);
        c->after = i + 4;
    } else if (is_number(x, i + 1, 1, 2) &&
               (!tok(x, i)->spaced || tok(x, i + 1)->digits == 2)) {
        c->zone = sign * (int)x->t[i + 1].value * 3600;
        c->after = i + 2;
    } else {
        return;
    }
    c->zoned = c->zone > -16 * 3600 && c->zone < 16 * 3600;
}

/* 10:15, 10:15:30.5, 10.15 Uhr, 10h15, 14时05分, 3 pm, 오후 3:30. */
static bool clock_at(const struct text *x, unsigned i, struct clock *c)
{
    int half;
    bool colon, hours;

    *c = (struct clock){ .after = i };
    half = half_of_day(x, i, &c->after);
    i = c->after;
    if (!is_number(x, i, 1, 2))
        return false;
    c->h = (int)x->t[i].value;
    c->after = i + 1;
    colon = is_sign(x, i + 1, ':');
    hours = is_any_word(x, i + 1, "h", "时") || is_word(x, i + 1, "時") ||
            is_any_word(x, i + 1, "시", "点") || is_word(x, i + 1, "點");
    if ((colon || hours || is_sign(x, i + 1, '.')) &&
        is_number(x, i + 2, 2, 2) && x->t[i + 2].value < 60) {
        c->m = (int)x->t[i + 2].value;
        c->after = i + 3;
        if (is_any_word(x, c->after, "分", "분"))
            c->after++;
        if ((is_sign(x, i + 3, ':') || is_any_word(x, i + 3, "分", "분")) &&
            is_number(x, i + 4, 2, 2) && x->t[i + 4].value <= 60) {
            c->s = (int)x->t[i + 4].value;
            c->seconds = true;
            c->after = i + 5;
            if ((is_sign(x, c->after, '.') || is_sign(x, c->after, ',')) &&
                is_number(x, c->after + 1, 1, 9) &&
                !tok(x, c->after + 1)->spaced)
                c->after += 2;
        }
        if (!colon && !hours && !is_word(x, c->after, "uhr") &&
            !is_word(x, c->after, "klo") && half < 0 && tok(x, i + 2)->spaced)
            return false;
    } else if (hours) {
        c->after = i + 2;
    } else if (half < 0 && half_of_day(x, i + 1, &c->after) < 0) {
        return false;
    }
    if (half < 0) {
        unsigned h = c->after;

        if (half_of_day(x, i + 1, &h) >= 0 && h == c->after)
            h = i + 1; /* "3 pm": read just above */
        else
            h = c->after;
        half = half_of_day(x, h, &c->after);
    }
    if (half >= 0 && c->h <= 12)
        c->h = c->h % 12 + half;
    if (c->h > 24 || c->m > 59)
        return false;
    if (is_any_word(x, c->after, "uhr", "h") || is_word(x, c->after, "hs"))
        c->after++;
    zone_at(x, c);
    return true;
}

/* Between a day and its time: "|", "um", "at", "à", "kl.", ... at most 4. */
static bool clock_after(const struct text *x, unsigned i, bool must,
                        struct clock *c)
{
    static const char *const joints[] = {
        "um",     "at",   "à",    "a",    "las",     "ore", "alle",  "kl",
        "klo",    "o",    "ob",   "в",    "у",       "om",  "saat",  "às",
        "as",     "u",    "time", "godz", "uhrzeit", "lúc", "pukul", "เวลา",
        "الساعة", "ساعت", "στις", "și",   "h",       NULL
    };

    for (unsigned end = i + (must ? 1 : 5); i < end && i < x->n; i++) {
        const struct token *t = &x->t[i];

        if (clock_at(x, i, c))
            return true;
        if (t->kind == NUMBER)
            return false;
        if (t->kind == WORD && !is_one_of(x, i, joints) &&
            !is_any_word(x, i, "г", "года") && !is_word(x, i, "д"))
            return false;
    }
    return false;
}

/* ---- relative times
 * ------------------------------------------------------------ */

static unsigned any_phrase(const struct text *x, unsigned i,
                           const char *const *phrases)
{
    for (; *phrases != NULL; phrases++) {
        unsigned end = phrase_at(x, i, *phrases, strlen(*phrases));

        if (end != 0)
            return end;
    }
    return 0;
}

static unsigned unit_at(const struct text *x, unsigned i,
                        const struct date_unit **unit)
{
    unsigned best = 0;

    for (size_t k = 0; k < date_nunits; k++) {
        const char *w = date_units[k].word;
        unsigned end;

        if (i >= x->n || x->low[x->t[i].from] != (uint8_t)w[0])
            continue;
        end = phrase_at(x, i, w, strlen(w));
        if (end > best) {
            best = end;
            *unit = &date_units[k];
        }
    }
    return best;
}

/* Amount and unit at token i, with "ago" before (already seen) or after. */
static unsigned amount_at(const struct text *x, unsigned i, bool ago,
                          int64_t *back)
{
    const struct date_unit *unit = NULL;
    unsigned u = i, end, after;
    int64_t n = 1;

    if (is_number(x, i, 1, 3)) {
        n = x->t[i].value;
        u = i + 1;
    } else if (is_single(x, i)) {
        u = i + 1;
    } else {
        return 0;
    }
    end = unit_at(x, u, &unit);
    if (end == 0)
        return 0;
    if (is_sign(x, end, '.'))
        end++;
    after = any_phrase(x, end, date_ago_after);
    if (after == 0 && !ago)
        return 0;
    *back = n * unit->seconds;
    return after != 0 ? after : end;
}

/* "hier" is yesterday in French only, "ma" today in Hungarian only: elsewhere
 * they are among the commonest words. */
static bool is_of_page(const struct date_context *ctx, const char *word)
{
    static const char *const bound[][2] = { { "hier", "fr" }, { "ma", "hu" } };

    for (size_t k = 0; k < sizeof bound / sizeof bound[0]; k++)
        if (strcmp(word, bound[k][0]) == 0)
            return ctx->locale != NULL &&
                   strcmp(ctx->locale->lang, bound[k][1]) == 0;
    return true;
}

static bool relative_at(const struct text *x, unsigned i, struct date_hit *hit)
{
    int64_t back = 0, t = x->ctx->captured;
    unsigned end = 0, ago;
    uint8_t precision = 12;
    struct clock c;

    if (i >= x->n || t == DTL_NO_TIME)
        return false;
    if (x->t[i].kind != SIGN) {
        ago = any_phrase(x, i, date_ago_before);
        if (ago != 0)
            end = amount_at(x, ago, true, &back);
        if (end == 0)
            end = amount_at(x, i, false, &back);
        if (end != 0 && back >= 86400)
            precision = 8;
        for (size_t k = 0; end == 0 && k < date_ndays_back; k++) {
            const char *w = date_days_back[k].word;

            if (!is_of_page(x->ctx, w))
                continue;
            end = phrase_at(x, i, w, strlen(w));
            back = (int64_t)date_days_back[k].seconds * 86400;
            precision = 8;
        }
    }
    if (end == 0)
        return false;
    t -= back;
    if (precision == 8) {
        t -= (t % 86400 + 86400) % 86400;
        if (clock_after(x, end, false, &c)) {
            t += c.h * 3600 + c.m * 60;
            precision = 12;
            end = c.after;
        }
    } else {
        t -= (t % 60 + 60) % 60;
    }
    hit->when = (struct dtl_when){ .time = t,
                                   .zone_known = precision == 12,
                                   .precision = precision,
                                   .relative = true };
    hit->form = DATE_RELATIVE;
    hit->guessed = false;
    hit->from = x->t[i].from;
    hit->to = x->t[end - 1].to;
    return true;
}

/* ---- together
 * -------------------------------------------------------------------- */

static void put_clock(struct dtl_when *w, const struct clock *c)
{
    w->time += c->h * 3600 + c->m * 60 + c->s;
    w->precision = c->seconds ? 14 : 12;
    w->zone_known = c->zoned;
    if (c->zoned) {
        w->zone = c->zone;
        w->time -= c->zone;
    }
}

/* "10:15, 2 May 2024": a time that ends just before token i. */
static bool clock_before(const struct text *x, unsigned i, struct clock *c,
                         unsigned *start)
{
    for (unsigned k = i > 8 ? i - 8 : 0; k < i; k++) {
        if (k > 0 && is_sign(x, k - 1, ':'))
            continue;
        if (!is_number(x, k, 1, 2) || !is_sign(x, k + 1, ':') ||
            !clock_at(x, k, c))
            continue;
        if (c->after <= i && i - c->after <= 4) {
            *start = k;
            return true;
        }
    }
    return false;
}

static void finish(const struct text *x, unsigned i, const struct shape *s,
                   struct date_hit *hit)
{
    struct clock c;
    unsigned start = i, after = s->after;

    hit->when = (struct dtl_when){
        .time = dtl_time_civil(s->c.y, s->c.m, s->c.d, 0, 0, 0),
        .precision = s->precision,
        .relative = s->form == DATE_NO_YEAR,
    };
    hit->form = s->form;
    hit->guessed = s->guessed;
    if (s->precision >= 8) {
        /* "Thu Oct 03 10:00:00 EDT 2019": the time stood inside. */
        unsigned inside = after - (after > 1 && x->t[after - 2].kind == WORD);

        if (s->form == DATE_WORDS && inside >= 7 &&
            is_sign(x, inside - 3, ':') && is_sign(x, inside - 5, ':') &&
            clock_at(x, inside - 6, &c)) {
            put_clock(&hit->when, &c);
        } else if (clock_after(x, after, s->separated, &c)) {
            put_clock(&hit->when, &c);
            after = c.after;
        } else if (clock_before(x, i, &c, &start)) {
            put_clock(&hit->when, &c);
        }
    }
    hit->from = x->t[start].from;
    hit->to = x->t[after - 1].to;
}

/* A number that is part of a longer one (a version, an amount, a phone). */
static bool inside_number(const struct text *x, unsigned i)
{
    const struct token *p = i > 0 ? &x->t[i - 1] : NULL;

    return p != NULL && x->t[i].kind == NUMBER && !x->t[i].spaced &&
           p->kind == SIGN && i > 1 && x->t[i - 2].kind == NUMBER &&
           !p->spaced && (p->value == '.' || p->value == '-');
}

/* Every shape has a number within this many tokens of its first. */
#define NUMBER_WITHIN 8U

static bool find_in(const struct text *x, unsigned i, struct date_hit *hit)
{
    struct shape s;
    unsigned number = i;

    for (; i < x->n; i++) {
        if (x->t[i].kind == SIGN)
            continue;
        while (number < x->n && (number < i || x->t[number].kind != NUMBER))
            number++;
        if (number < x->n && number - i <= NUMBER_WITHIN &&
            !inside_number(x, i) && shape_at(x, i, &s)) {
            finish(x, i, &s, hit);
            return true;
        }
        if (x->ctx->captured != DTL_NO_TIME && may_be_relative(x, i) &&
            relative_at(x, i, hit))
            return true;
    }
    return false;
}

/* May `s` hold a digit of any script? */
static bool may_hold_digit(struct dtl_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((uint8_t)(s.ptr[i] - '0') < 10 || s.ptr[i] >= 0xd9)
            return true;
    return false;
}

bool date_find(struct dtl_slice text, size_t from,
               const struct date_context *ctx, struct date_hit *hit)
{
    struct text x;

    if (from >= text.len || from >= DATE_TEXT_MAX)
        return false;
    text = dtl_sub(text, from, text.len);
    if (text.len > DATE_TEXT_MAX - from)
        text.len = DATE_TEXT_MAX - from;
    if (ctx->captured == DTL_NO_TIME && !may_hold_digit(text))
        return false;
    x.ctx = ctx;
    tokenise(&x, text);
    if (!find_in(&x, 0, hit))
        return false;
    hit->from += from;
    hit->to += from;
    return true;
}

/* Epoch seconds or milliseconds between 1990 and 2100. */
static bool epoch_value(struct dtl_slice s, struct dtl_when *when)
{
    uint64_t v;

    if (s.len < 9 || s.len > 13 || !dtl_parse_u64(s, &v))
        return false;
    if (s.len > 11)
        v /= 1000;
    if (v < 631152000 || v > UINT64_C(4102444800))
        return false;
    *when = (struct dtl_when){ .time = (int64_t)v,
                               .zone_known = true,
                               .precision = 14 };
    return true;
}

/* "2024", "2024-05" alone. */
static bool coarse_value(const struct text *x, struct dtl_when *when)
{
    int y, m = 1;
    uint32_t sign = 0;

    if (x->n == 0 || !year_at(x, 0, false, &y) || y > 2100 || y < 1800)
        return false;
    if (x->n == 3 && separator(x, 1, &sign) != 0 && is_number(x, 2, 2, 2) &&
        x->t[2].value >= 1 && x->t[2].value <= 12)
        m = (int)x->t[2].value;
    else if (x->n != 1)
        return false;
    *when = (struct dtl_when){ .time = dtl_time_civil(y, m, 1, 0, 0, 0),
                               .precision = x->n == 1 ? 4 : 6 };
    return true;
}

/* "20240502101500", the digits of a Wayback timestamp. */
static bool digits14_value(struct dtl_slice s, struct dtl_when *when)
{
    if (s.len != 14 || s.ptr[0] < '1' || s.ptr[0] > '2')
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
    *when = (struct dtl_when){ .time = dtl_time_parse_14(s, false),
                               .precision = 14 };
    return when->time != DTL_NO_TIME;
}

bool date_value(struct dtl_slice value, const struct date_context *ctx,
                struct dtl_when *when)
{
    struct text x;
    struct date_hit hit;

    value = dtl_trim(value);
    if (value.len > 120)
        value.len = 120;
    if (epoch_value(value, when) || digits14_value(value, when))
        return true;
    x.ctx = ctx;
    tokenise(&x, value);
    if (coarse_value(&x, when))
        return true;
    if (!find_in(&x, 0, &hit))
        return false;
    *when = hit.when;
    return true;
}

/* ---- URLs
 * ---------------------------------------------------------------------------
 */

static bool digits_at(struct dtl_slice s, size_t at, unsigned n, int *out)
{
    int v = 0;

    if (at + n > s.len)
        return false;
    for (unsigned i = 0; i < n; i++) {
        if (s.ptr[at + i] < '0' || s.ptr[at + i] > '9')
            return false;
        v = v * 10 + (s.ptr[at + i] - '0');
    }
    *out = v;
    return true;
}

static bool is_digit_at(struct dtl_slice s, size_t at)
{
    return at < s.len && s.ptr[at] >= '0' && s.ptr[at] <= '9';
}

/* One or two digits, or an English month's first three letters. */
static size_t url_month(struct dtl_slice s, size_t at, int *month)
{
    if (digits_at(s, at, 2, month))
        return at + 2;
    if (digits_at(s, at, 1, month))
        return at + 1;
    for (int m = 0; m < 12; m++) {
        char abbr[4];

        /* Row 0 is English; its short form comes last, "may" has none. */
        memcpy(abbr, date_locales[0].months[m], 3);
        abbr[3] = '\0';
        if (dtl_starts_nocase(dtl_sub(s, at, s.len), abbr)) {
            *month = m + 1;
            at += 3;
            while (at < s.len && (s.ptr[at] | 0x20) >= 'a' &&
                   (s.ptr[at] | 0x20) <= 'z')
                at++;
            return at;
        }
    }
    return 0;
}

static bool url_date_at(struct dtl_slice s, size_t at,
                        const struct date_context *ctx, struct dtl_when *when)
{
    int y, m, d;
    size_t p;
    uint8_t sign;

    if (!digits_at(s, at, 4, &y) || y < 1990 || y > 2100)
        return false;
    p = at + 4;
    if (p >= s.len)
        return false;
    sign = s.ptr[p];
    if (sign >= '0' && sign <= '9') { /* 20240502 */
        if (!digits_at(s, p, 2, &m) || !digits_at(s, p + 2, 2, &d) ||
            is_digit_at(s, p + 4))
            return false;
    } else {
        if (sign != '/' && sign != '-' && sign != '_' && sign != '.')
            return false;
        p = url_month(s, p + 1, &m);
        if (p == 0 || p >= s.len || (s.ptr[p] != sign && sign == '/'))
            return false;
        if (s.ptr[p] != sign && !is_digit_at(s, p))
            return false;
        p += s.ptr[p] == sign;
        if (digits_at(s, p, 2, &d))
            p += 2;
        else if (digits_at(s, p, 1, &d))
            p += 1;
        else
            return false;
        if (is_digit_at(s, p))
            return false;
    }
    if (!dtl_date_valid(y, m, d))
        return false;
    *when = (struct dtl_when){ .time = dtl_time_civil(y, m, d, 0, 0, 0),
                               .precision = 8 };
    return date_plausible(when, ctx);
}

/* 29-10-2021 as a name of its own. */
static bool url_day_first_at(struct dtl_slice s, size_t at,
                             const struct date_context *ctx,
                             struct dtl_when *when)
{
    int y, m, d;
    uint8_t sign = at + 2 < s.len ? s.ptr[at + 2] : 0;

    if ((sign != '-' && sign != '.' && sign != '_') ||
        !digits_at(s, at, 2, &d) || !digits_at(s, at + 3, 2, &m) ||
        at + 5 >= s.len || s.ptr[at + 5] != sign ||
        !digits_at(s, at + 6, 4, &y) || is_digit_at(s, at + 10) || y < 1990)
        return false;
    if (ctx->month_first && m <= 12 && d <= 12)
        return false; /* it could be either */
    if (!dtl_date_valid(y, m, d))
        return false;
    *when = (struct dtl_when){ .time = dtl_time_civil(y, m, d, 0, 0, 0),
                               .precision = 8 };
    return date_plausible(when, ctx);
}

bool date_in_url(struct dtl_slice url, const struct date_context *ctx,
                 struct dtl_when *when)
{
    size_t at = dtl_find(url, dtl_str("://"), 0);

    at = at == SIZE_MAX ? 0 : at + 3;
    while (at < url.len && url.ptr[at] != '/')
        at++;
    for (; at < url.len && at < 2000; at++)
        if (!is_digit_at(url, at - (at > 0)) && is_digit_at(url, at) &&
            (url_date_at(url, at, ctx, when) ||
             url_day_first_at(url, at, ctx, when)))
            return true;
    return false;
}

/* ---- context
 * -------------------------------------------------------------------------- */

/* English is written month first where nothing says otherwise; so are the
 * Philippines.  These hosts' countries write the day first. */
static bool english_day_first(struct dtl_slice lang, struct dtl_slice host)
{
    static const char *const regions[] = { "-gb", "-au", "-nz", "-ie", "-in",
                                           "-za", "-sg", "-ng", "-ke", "-pk",
                                           "-hk", "-my", NULL };
    static const char *const hosts[] = {
        ".uk", ".au", ".nz", ".ie", ".in", ".za", ".sg", ".ng", ".ke",
        ".pk", ".hk", ".my", ".eu", ".de", ".fr", ".it", ".es", ".nl",
        ".ch", ".at", ".be", ".pl", ".ru", ".gr", ".lk", ".bd", ".gh",
        ".mt", ".cy", ".il", ".tr", ".dk", ".se", ".no", ".fi", NULL
    };

    if (lang.len == 5 && dtl_equal_nocase(dtl_sub(lang, 2, 5), dtl_str("-us")))
        return dtl_ends(host, ".uk");
    for (size_t i = 0; regions[i] != NULL; i++)
        if (dtl_equal_nocase(dtl_sub(lang, 2, lang.len), dtl_str(regions[i])))
            return true;
    for (size_t i = 0; hosts[i] != NULL; i++)
        if (dtl_ends(host, hosts[i]))
            return true;
    return false;
}

void date_context(struct date_context *ctx, struct dtl_slice lang,
                  struct dtl_slice host, int64_t captured)
{
    size_t base = 0;

    *ctx = (struct date_context){ .captured = captured };
    while (base < lang.len && lang.ptr[base] != '-' && lang.ptr[base] != '_')
        base++;
    for (size_t i = 0; i < date_nlocales; i++)
        if (ctx->locale == NULL &&
            dtl_equal_nocase(dtl_sub(lang, 0, base),
                             dtl_str(date_locales[i].lang)))
            ctx->locale = &date_locales[i];
    if (base == 0 || dtl_equal_nocase(dtl_sub(lang, 0, base), dtl_str("en")))
        ctx->month_first = !english_day_first(lang, host);
    else
        ctx->month_first =
            dtl_equal_nocase(dtl_sub(lang, 0, base), dtl_str("tl"));
}

bool date_plausible(const struct dtl_when *when, const struct date_context *ctx)
{
    if (when->time == DTL_NO_TIME ||
        when->time < dtl_time_civil(1970, 1, 2, 0, 0, 0))
        return false;
    /* A day and a half of grace: clocks and zones. */
    if (ctx->captured != DTL_NO_TIME)
        return when->time <= ctx->captured + 36 * 3600;
    return when->time < dtl_time_civil(2100, 1, 1, 0, 0, 0);
}

int64_t date_day(const struct dtl_when *when)
{
    int64_t t = when->time;

    /* No time is the least there is: nothing can be taken from it. */
    if (t != DTL_NO_TIME && when->zone_known)
        t += when->zone;
    return t / 86400 - (t % 86400 < 0);
}
