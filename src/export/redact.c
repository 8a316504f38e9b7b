/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each matcher is asked at a place where its pattern could begin and says how
 * many bytes it takes, 0 for none.  Time is linear: patterns have a greatest
 * length, and each byte is the beginning of at most one try of each kind.
 *
 * emails   local@domain.tld: a local part of RFC 5322 atoms (64 bytes at
 *          most), a domain of two labels or more whose last has letters only.
 * ips      four decimal numbers up to 255 without leading zeros, joined by
 *          dots; an IPv6 address in full or with ::, that has a digit.
 * phones   + or 00, a country code and 8 to 15 digits in all; the North
 *          American (NXX) NXX-XXXX, NXX-NXX-XXXX and NXX.NXX.XXXX, with or
 *          without a 1 before; a trunk 0 and an area code, then groups of two
 *          digits or more, 9 to 12 digits in all, in at least two groups.
 * None of them touches a letter or a digit, nor goes on with one behind a
 * point, comma, colon, dash or slash.
 */
#include "redact.h"

#include <arpa/inet.h>

#define LONGEST_LOCAL  64U
#define LONGEST_DOMAIN 253U
#define LONGEST_PHONE  40U
#define LONGEST_IPV6   45U

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(uint8_t c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* Bytes of other letters count as letters. */
static bool is_word(uint8_t c)
{
    return is_digit(c) || is_letter(c) || c == '_' || c >= 0x80;
}

static uint8_t byte_at(struct dtl_slice s, size_t i)
{
    return i < s.len ? s.ptr[i] : 0;
}

static bool joins(uint8_t c)
{
    return c == '.' || c == ',' || c == ':' || c == '-' || c == '/';
}

/* A pattern may end here. */
static bool ends_at(struct dtl_slice s, size_t i)
{
    return !is_word(byte_at(s, i)) &&
           !(joins(byte_at(s, i)) && is_digit(byte_at(s, i + 1)));
}

/* A pattern may begin here. */
static bool begins_at(struct dtl_slice s, size_t i)
{
    if (i == 0)
        return true;
    return !is_word(s.ptr[i - 1]) && s.ptr[i - 1] != '+' &&
           !(i > 1 && joins(s.ptr[i - 1]) && is_digit(s.ptr[i - 2]));
}

/* ---- e-mail addresses
 * --------------------------------------------------------- */

static bool is_atom(uint8_t c)
{
    return is_digit(c) || is_letter(c) ||
           (c != 0 && strchr("!#$%&'*+-/=?^_`{|}~.", c) != NULL);
}

static size_t domain_at(struct dtl_slice s, size_t i)
{
    size_t from = i, end = 0, label = i;
    bool letters = true, dot = false;

    for (; i < s.len && i - from < LONGEST_DOMAIN; i++) {
        uint8_t c = s.ptr[i];

        if (c == '.') {
            if (i == label ||
                !(is_digit(byte_at(s, i + 1)) || is_letter(byte_at(s, i + 1))))
                break;
            label = i + 1;
            letters = dot = true;
        } else if (is_letter(c) || is_digit(c) || c == '-') {
            letters = letters && is_letter(c);
            if (dot && letters && i - label >= 1)
                end = i + 1;
            else if (dot && !letters)
                end = 0;
        } else {
            break;
        }
    }
    return end > from ? end - from : 0;
}

/* Around the @ at `at`; `least` is the first byte that may be taken. */
static size_t email_around(struct dtl_slice s, size_t at, size_t least,
                           size_t *from)
{
    size_t domain = domain_at(s, at + 1);

    *from = at;
    if (domain == 0)
        return 0;
    while (*from > least && at - *from < LONGEST_LOCAL &&
           is_atom(s.ptr[*from - 1]))
        --*from;
    while (*from < at && strchr(".'`*{|/=", s.ptr[*from]) != NULL)
        ++*from; /* quotes and marks before it are the text's */
    if (*from == at || s.ptr[at - 1] == '.')
        return 0;
    return at + 1 + domain - *from;
}

/* ---- IP addresses
 * --------------------------------------------------------------- */

static size_t ipv4_at(struct dtl_slice s, size_t i)
{
    size_t from = i;

    for (int part = 0; part < 4; part++) {
        unsigned v = 0;
        size_t digits = 0;

        if (part > 0 && byte_at(s, i++) != '.')
            return 0;
        for (; digits < 4 && is_digit(byte_at(s, i)); i++, digits++)
            v = v * 10 + (unsigned)(s.ptr[i] - '0');
        if (digits == 0 || digits > 3 || v > 255 ||
            (digits > 1 && s.ptr[i - digits] == '0'))
            return 0;
    }
    /* A port or the length of a prefix may follow, a fifth number not. */
    if (is_word(byte_at(s, i)) ||
        (byte_at(s, i) == '.' && is_digit(byte_at(s, i + 1))))
        return 0;
    return i - from;
}

static bool is_ipv6_byte(uint8_t c)
{
    return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') ||
           c == ':' || c == '.';
}

static size_t ipv6_at(struct dtl_slice s, size_t i)
{
    char text[LONGEST_IPV6 + 1];
    struct in6_addr address;
    size_t n = 0, colons = 0, digits = 0;

    while (n < LONGEST_IPV6 && is_ipv6_byte(byte_at(s, i + n))) {
        text[n] = (char)s.ptr[i + n];
        colons += text[n] == ':';
        digits += is_digit((uint8_t)text[n]);
        n++;
    }
    while (n > 0 && (text[n - 1] == '.' ||
                     (n > 1 && text[n - 1] == ':' && text[n - 2] != ':')))
        n--;
    text[n] = '\0';
    if (colons < 2 || digits == 0 || is_word(byte_at(s, i + n)) ||
        inet_pton(AF_INET6, text, &address) != 1)
        return 0;
    return n;
}

/* ---- telephone numbers
 * ----------------------------------------------------------- */

/* One blank, no-break space, dash, point or slash between groups: its bytes,
 * and in `kind` which it is. */
static size_t separator_at(struct dtl_slice s, size_t i, uint8_t *kind)
{
    uint8_t c = byte_at(s, i);

    *kind = c;
    if (c == ' ' || c == '-' || c == '.' || c == '/')
        return 1;
    *kind = ' ';
    if (c == 0xc2 && byte_at(s, i + 1) == 0xa0)
        return 2;
    /* U+2009, U+202F, U+2011 */
    if (c == 0xe2 && byte_at(s, i + 1) == 0x80 &&
        (byte_at(s, i + 2) == 0x89 || byte_at(s, i + 2) == 0xaf))
        return 3;
    *kind = '-';
    return c == 0xe2 && byte_at(s, i + 1) == 0x80 && byte_at(s, i + 2) == 0x91
               ? 3
               : 0;
}

struct groups {
    size_t digits, count, shortest;
    uint8_t kind; /* of the separators after the first, 0: none yet */
};

/* Groups of digits from `i` on, in which separators after the first are of one
 * kind; returns where they end. */
static size_t groups_at(struct dtl_slice s, size_t i, struct groups *g)
{
    size_t from = i, end = i;

    while (i - from < LONGEST_PHONE) {
        size_t n = 0, step;
        uint8_t kind;

        while (is_digit(byte_at(s, i + n)) && n < 16)
            n++;
        if (n == 0)
            break;
        g->digits += n;
        g->count++;
        g->shortest = n < g->shortest ? n : g->shortest;
        end = i + n;
        step = separator_at(s, end, &kind);
        if (step == 0 || (g->count > 1 && g->kind != 0 && kind != g->kind) ||
            (g->count > 1 && kind == '/'))
            break;
        if (g->count > 1)
            g->kind = kind;
        i = end + step;
    }
    return end;
}

/* +CC or 00CC, perhaps (0) behind it. */
static size_t international_at(struct dtl_slice s, size_t i)
{
    struct groups g = { .shortest = 16 };
    size_t from = i, digits, end;
    uint8_t kind;

    i += byte_at(s, i) == '+' ? 1 : 2;
    if (byte_at(s, i) < '1' || byte_at(s, i) > '9')
        return 0;
    for (digits = 0; digits < 16 && is_digit(byte_at(s, i)); digits++)
        i++;
    end = i;
    if (digits <= 4) { /* a country code, perhaps with its area code */
        i += separator_at(s, i, &kind);
        if (byte_at(s, i) == '(') {
            size_t close = i + 1;

            while (is_digit(byte_at(s, close)) && close - i < 6)
                close++;
            if (byte_at(s, close) != ')')
                return 0;
            digits += close - i - 1;
            i = close + 1;
            i += separator_at(s, i, &kind);
        }
        end = groups_at(s, i, &g);
        digits += g.digits;
    }
    return digits >= 8 && digits <= 15 && ends_at(s, end) ? end - from : 0;
}

static bool three_digits(struct dtl_slice s, size_t i, bool area)
{
    return byte_at(s, i) >= (area ? '2' : '0') && is_digit(byte_at(s, i)) &&
           is_digit(byte_at(s, i + 1)) && is_digit(byte_at(s, i + 2));
}

/* (NXX) NXX-XXXX, NXX-NXX-XXXX, NXX.NXX.XXXX */
static size_t american_at(struct dtl_slice s, size_t i)
{
    size_t from = i;
    uint8_t between;

    if (byte_at(s, i) == '1' &&
        (byte_at(s, i + 1) == '-' || byte_at(s, i + 1) == '.' ||
         byte_at(s, i + 1) == ' '))
        i += 2;
    if (byte_at(s, i) == '(') {
        if (!three_digits(s, i + 1, true) || byte_at(s, i + 4) != ')')
            return 0;
        i += byte_at(s, i + 5) == ' ' ? 6 : 5;
        between = byte_at(s, i + 3);
    } else {
        between = byte_at(s, i + 3);
        if (!three_digits(s, i, true))
            return 0;
        i += 4;
        if (byte_at(s, i + 3) != between)
            return 0;
    }
    if ((between != '-' && between != '.') || !three_digits(s, i, true) ||
        !three_digits(s, i + 4, false) || !is_digit(byte_at(s, i + 7)))
        return 0;
    return ends_at(s, i + 8) ? i + 8 - from : 0;
}

/* 0AA NNNN..., (0AA) NNNN... */
static size_t national_at(struct dtl_slice s, size_t i)
{
    struct groups g = { .shortest = 16 };
    bool bracket = byte_at(s, i) == '(';
    size_t from = i, end, area = 0;
    uint8_t kind;

    i += bracket;
    if (byte_at(s, i) != '0' || byte_at(s, i + 1) < '1' ||
        byte_at(s, i + 1) > '9')
        return 0;
    if (bracket) {
        while (is_digit(byte_at(s, i + area)) && area < 6)
            area++;
        if (byte_at(s, i + area) != ')')
            return 0;
        i += area + 1;
        i += separator_at(s, i, &kind);
    }
    end = groups_at(s, i, &g);
    if (g.kind == '.' || g.count + bracket < 2 || g.shortest < 2 ||
        g.digits + area < 9 || g.digits + area > 12)
        return 0;
    return ends_at(s, end) ? end - from : 0;
}

static size_t phone_at(struct dtl_slice s, size_t i)
{
    uint8_t c = s.ptr[i];
    size_t n = 0;

    /* Digits right after digits and a blank are the rest of a longer number. */
    if (is_digit(c) && i > 1 && s.ptr[i - 1] == ' ' && is_digit(s.ptr[i - 2]))
        return 0;
    if (c == '+' || (c == '0' && byte_at(s, i + 1) == '0'))
        return international_at(s, i);
    if (c == '(' || (c >= '1' && c <= '9'))
        n = american_at(s, i);
    return n == 0 && (c == '(' || c == '0') ? national_at(s, i) : n;
}

/* ---- all of them
 * ------------------------------------------------------------------ */

struct found {
    size_t from, len;
    const char *instead;
};

static bool find_number(struct dtl_slice s, size_t i, unsigned kinds,
                        struct dtl_redacted *counts, struct found *out)
{
    uint8_t c = s.ptr[i];
    size_t n = 0;

    if (!begins_at(s, i))
        return false;
    out->from = i;
    if ((kinds & DTL_REDACT_IPS) != 0 && c != '+' && c != '(') {
        n = is_digit(c) ? ipv4_at(s, i) : 0;
        if (n == 0)
            n = ipv6_at(s, i);
        counts->ips += n > 0;
        out->instead = "[ip]";
    }
    if (n == 0 && (kinds & DTL_REDACT_PHONES) != 0 &&
        (is_digit(c) || c == '+' || c == '(')) {
        n = phone_at(s, i);
        counts->phones += n > 0;
        out->instead = "[phone]";
    }
    out->len = n;
    return n > 0;
}

/* What could begin a pattern, or be in the middle of one. */
static bool is_hint(uint8_t c, unsigned kinds)
{
    if (c == '@')
        return (kinds & DTL_REDACT_EMAILS) != 0;
    if (is_digit(c))
        return (kinds & (DTL_REDACT_PHONES | DTL_REDACT_IPS)) != 0;
    if (c == '+' || c == '(')
        return (kinds & DTL_REDACT_PHONES) != 0;
    return (kinds & DTL_REDACT_IPS) != 0 &&
           (c == ':' || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'));
}

static bool find_next(struct dtl_slice s, size_t from, unsigned kinds,
                      struct dtl_redacted *counts, struct found *out)
{
    for (size_t i = from; i < s.len; i++) {
        if (!is_hint(s.ptr[i], kinds))
            continue;
        if (s.ptr[i] != '@') {
            if (find_number(s, i, kinds, counts, out))
                return true;
            continue;
        }
        out->len = email_around(s, i, from, &out->from);
        out->instead = "[email]";
        if (out->len > 0) {
            counts->emails++;
            return true;
        }
    }
    return false;
}

struct dtl_slice dtl_redact(struct dtl_slice text, unsigned kinds,
                            struct dtl_arena *arena,
                            struct dtl_redacted *counts)
{
    struct found f;
    uint8_t *copy = NULL;
    size_t at = 0, n = 0;

    while (find_next(text, at, kinds, counts, &f)) {
        size_t len = strlen(f.instead);

        if (copy == NULL) /* at worst "::1" becomes a byte longer */
            copy = dtl_arena_alloc(arena, text.len * 2 + 8);
        if (copy == NULL)
            return dtl_slice_of(NULL, 0);
        memcpy(copy + n, text.ptr + at, f.from - at);
        n += f.from - at;
        memcpy(copy + n, f.instead, len);
        n += len;
        at = f.from + f.len;
    }
    if (copy == NULL)
        return text;
    memcpy(copy + n, text.ptr + at, text.len - at);
    return dtl_slice_of(copy, n + text.len - at);
}
