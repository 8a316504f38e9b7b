/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The URL record line of ARC files (archive.org, "Arc File Format", 1996):
 *
 *   v1:  URL IP date type length
 *   v2:  URL IP date type result checksum location offset filename length
 *
 * single spaces, LF.  Real files put spaces, carriage returns and form feeds
 * into URLs and types, swap IP and date, write dates of 8 to 18 digits or with
 * text behind, and negative lengths; and the version a file announces is not
 * always the one it uses.  So each line is read for itself: what holds it
 * together is an address beside a date.
 */
#include "head.h"

#define MAX_TOKENS 64

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_alpha(uint8_t c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* RFC 3986 section 3.1, at the start of `s`. */
static bool has_scheme(struct dtl_slice s)
{
    size_t i = 0;

    if (s.len == 0 || !is_alpha(s.ptr[0]))
        return false;
    while (i < s.len && i < 32 &&
           (is_alpha(s.ptr[i]) || is_digit(s.ptr[i]) || s.ptr[i] == '+' ||
            s.ptr[i] == '.' || s.ptr[i] == '-'))
        i++;
    return i < s.len && s.ptr[i] == ':';
}

static bool is_address(struct dtl_slice s)
{
    static const char *const none[] = { "None", "null", "-", "unknown" };
    size_t marks = 0;

    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        if (dtl_equal_nocase(s, dtl_str(none[i])))
            return true;
    if (s.len < 2 || s.len > 45)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.ptr[i] | 0x20;

        if (s.ptr[i] == '.' || s.ptr[i] == ':')
            marks++;
        else if (!is_digit(s.ptr[i]) && !(c >= 'a' && c <= 'f'))
            return false;
    }
    return marks >= 2;
}

static bool is_date(struct dtl_slice s)
{
    size_t digits = 0;

    while (digits < s.len && is_digit(s.ptr[digits]))
        digits++;
    return digits >= 8 && digits <= 20 && s.len < 32;
}

static bool is_null(struct dtl_slice s)
{
    return dtl_equal(s, dtl_str("null")) || dtl_equal(s, dtl_str("-"));
}

struct tokens {
    struct dtl_slice t[MAX_TOKENS]; /* the last ones, when there are more */
    size_t n;
};

/* From the right, since only the URL may hold any number of spaces. */
static void split(struct dtl_slice line, struct tokens *out)
{
    size_t end = line.len;

    out->n = 0;
    while (out->n < MAX_TOKENS) {
        size_t i = end;

        while (i > 0 && line.ptr[i - 1] != ' ')
            i--;
        out->t[MAX_TOKENS - ++out->n] = dtl_sub(line, i, end);
        if (i == 0)
            return;
        end = i - 1;
    }
}

static struct dtl_slice between(struct dtl_slice first, struct dtl_slice last)
{
    return dtl_slice_of(first.ptr, (size_t)(last.ptr - first.ptr) + last.len);
}

static void set_length(struct dtl_slice s, struct arc_line *out)
{
    out->has_length = dtl_parse_u64(dtl_trim(s), &out->length);
}

static bool is_number(struct dtl_slice s)
{
    uint64_t v;

    return is_null(s) || dtl_parse_u64(s, &v);
}

/* t[at] and t[at + 1] are address and date: the rest of the line. */
static void fill(const struct dtl_slice *t, size_t n, size_t at,
                 struct dtl_slice line, bool swapped, struct arc_line *out)
{
    size_t rest = n - at - 2; /* tokens behind them */

    out->ip = t[swapped ? at + 1 : at];
    out->date = t[swapped ? at : at + 1];
    out->uri = dtl_slice_of(line.ptr, (size_t)(t[at].ptr - line.ptr) - 1);
    set_length(t[n - 1], out);
    if (rest >= 7 && is_number(t[n - 6]) && is_number(t[n - 3]))
        out->mime = between(t[at + 2], t[n - 7]);
    else if (rest >= 2)
        out->mime = between(t[at + 2], t[n - 2]);
}

static bool pair_at(const struct dtl_slice *t, size_t i, bool *swapped)
{
    *swapped = false;
    if (is_address(t[i]) && is_date(t[i + 1]))
        return true;
    if (is_address(t[i]) && !is_null(t[i]) && is_null(t[i + 1]))
        return true;
    *swapped = true;
    return is_date(t[i]) && is_address(t[i + 1]) && !is_null(t[i + 1]);
}

/* "filedesc:" is sign enough: take the fields by their places. */
static bool parse_filedesc(const struct tokens *tok, struct dtl_slice line,
                           struct arc_line *out)
{
    const struct dtl_slice *t = tok->t + MAX_TOKENS - tok->n;

    if (!dtl_starts(line, "filedesc:") || tok->n < 5 || tok->n == MAX_TOKENS)
        return false;
    fill(t, tok->n, tok->n >= 10 ? tok->n - 9 : tok->n - 4, line, false, out);
    return true;
}

static bool parse_line(struct dtl_slice line, struct arc_line *out)
{
    struct tokens tok;
    const struct dtl_slice *t;

    memset(out, 0, sizeof *out);
    if (line.len > 0 && line.ptr[line.len - 1] == '\r')
        line.len--;
    if (!has_scheme(line) || memchr(line.ptr, '\0', line.len) != NULL)
        return false;
    split(line, &tok);
    t = tok.t + MAX_TOKENS - tok.n;
    for (size_t i = tok.n; i-- > 1;) {
        bool swapped;

        if (i + 2 < tok.n && pair_at(t, i, &swapped)) {
            fill(t, tok.n, i, line, swapped, out);
            return true;
        }
    }
    return parse_filedesc(&tok, line, out);
}

bool arc_parse(struct dtl_slice s, struct arc_line *out, size_t *len)
{
    const uint8_t *nl;

    if (s.len == 0 || !is_alpha(s.ptr[0]))
        return false;
    nl = memchr(s.ptr, '\n', s.len < ARC_LINE_MAX ? s.len : ARC_LINE_MAX);
    if (nl == NULL)
        return false;
    *len = (size_t)(nl - s.ptr) + 1;
    return parse_line(dtl_sub(s, 0, *len - 1), out);
}
