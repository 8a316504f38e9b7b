/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nameprep (RFC 3491) by utf8proc's case-folding NFKC, which agrees with its
 * tables for what domain names hold; then Punycode (RFC 3492).
 */
#include "idna.h"

#include <stdlib.h>
#include <utf8proc.h>

#define MAX_LABEL 63 /* RFC 1035 section 2.3.4 */

/* ---- Punycode, RFC 3492 section 6 -------------------------------------- */

enum {
    BASE = 36,
    TMIN = 1,
    TMAX = 26,
    SKEW = 38,
    DAMP = 700,
    FIRST_BIAS = 72,
    FIRST_N = 128,
};

static uint32_t adapt(uint32_t delta, uint32_t points, bool first)
{
    uint32_t k = 0;

    delta = first ? delta / DAMP : delta / 2;
    delta += delta / points;
    for (; delta > (BASE - TMIN) * TMAX / 2; k += BASE)
        delta /= BASE - TMIN;
    return k + (BASE - TMIN + 1) * delta / (delta + SKEW);
}

static uint8_t digit(uint32_t v)
{
    return (uint8_t)(v < 26 ? 'a' + v : '0' + v - 26);
}

static void encode_delta(uint32_t delta, uint32_t bias, struct dtl_buf *out)
{
    for (uint32_t k = BASE;; k += BASE) {
        uint32_t t = k <= bias ? TMIN : k >= bias + TMAX ? TMAX : k - bias;

        if (delta < t)
            break;
        dtl_buf_byte(out, digit(t + (delta - t) % (BASE - t)));
        delta = (delta - t) / (BASE - t);
    }
    dtl_buf_byte(out, digit(delta));
}

/* `n` is at most a few hundred: a label has 63 bytes in the end. */
static bool punycode(const uint32_t *cp, uint32_t n, struct dtl_buf *out)
{
    uint32_t basic = 0, done, next = FIRST_N, bias = FIRST_BIAS, delta = 0;

    for (uint32_t i = 0; i < n; i++)
        if (cp[i] < 0x80) {
            dtl_buf_byte(out, (uint8_t)cp[i]);
            basic++;
        }
    if (basic > 0)
        dtl_buf_byte(out, '-');
    for (done = basic; done < n; next++, delta++) {
        uint32_t m = UINT32_MAX;

        for (uint32_t i = 0; i < n; i++)
            if (cp[i] >= next && cp[i] < m)
                m = cp[i];
        if (m - next > (UINT32_MAX - delta) / (done + 1))
            return false;
        delta += (m - next) * (done + 1);
        next = m;
        for (uint32_t i = 0; i < n; i++) {
            delta += cp[i] < next;
            if (cp[i] == next) {
                encode_delta(delta, bias, out);
                bias = adapt(delta, done + 1, done == basic);
                delta = 0;
                done++;
            }
        }
    }
    return true;
}

/* ---- Nameprep ------------------------------------------------------------ */

/* RFC 3454 tables C.1.2 and C.2.2 to C.9, without what NFKC maps away. */
static const struct {
    uint32_t from, to;
} prohibited[] = {
    { 0x80, 0x9f },        { 0x340, 0x341 },     { 0x6dd, 0x6dd },
    { 0x70f, 0x70f },      { 0x1680, 0x1680 },   { 0x180e, 0x180e },
    { 0x200b, 0x200f },    { 0x2028, 0x202e },   { 0x2060, 0x2063 },
    { 0x206a, 0x206f },    { 0x2ff0, 0x2ffb },   { 0xd800, 0xf8ff },
    { 0xfdd0, 0xfdef },    { 0xfeff, 0xfeff },   { 0xfff9, 0xffff },
    { 0x1d173, 0x1d17a },  { 0xe0001, 0xe0001 }, { 0xe0020, 0xe007f },
    { 0xf0000, 0x10ffff },
};

static bool allowed(uint32_t c)
{
    for (size_t i = 0; i < sizeof prohibited / sizeof prohibited[0]; i++)
        if (c >= prohibited[i].from && c <= prohibited[i].to)
            return false;
    return (c & 0xfffe) != 0xfffe;
}

static bool right_to_left(uint32_t c)
{
    int class = utf8proc_get_property((utf8proc_int32_t)c)->bidi_class;

    return class == UTF8PROC_BIDI_CLASS_R || class == UTF8PROC_BIDI_CLASS_AL;
}

static bool left_to_right(uint32_t c)
{
    return utf8proc_get_property((utf8proc_int32_t)c)->bidi_class ==
           UTF8PROC_BIDI_CLASS_L;
}

/* RFC 3454 section 6. */
static bool bidi_ok(const uint32_t *cp, size_t n)
{
    bool right = false, left = false;

    for (size_t i = 0; i < n; i++) {
        right |= right_to_left(cp[i]);
        left |= left_to_right(cp[i]);
    }
    return !right ||
           (!left && right_to_left(cp[0]) && right_to_left(cp[n - 1]));
}

static bool is_ascii(struct dtl_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] >= 0x80)
            return false;
    return true;
}

/* The code points of a prepared label; 0 when it is empty or not allowed. */
static size_t code_points(struct dtl_slice label, uint32_t *out, size_t max)
{
    size_t n = 0, pos = 0;

    while (pos < label.len) {
        uint32_t c = dtl_utf8_next(label, &pos);

        if (n == max || !allowed(c))
            return 0;
        out[n++] = c;
    }
    return n > 0 && bidi_ok(out, n) ? n : 0;
}

static bool prepared_label(struct dtl_slice label, struct dtl_buf *out)
{
    uint32_t cp[4 * MAX_LABEL];
    size_t n;

    if (is_ascii(label))
        return label.len > 0 && label.len <= MAX_LABEL &&
               dtl_buf_slice(out, label);
    if (dtl_starts(label, "xn--"))
        return false;
    n = code_points(label, cp, sizeof cp / sizeof cp[0]);
    return n > 0 && dtl_buf_str(out, "xn--") && punycode(cp, (uint32_t)n, out);
}

static bool label_to_ascii(struct dtl_slice label, struct dtl_buf *out)
{
    utf8proc_uint8_t *text = NULL;
    utf8proc_ssize_t len;
    size_t start = out->len;
    bool ok;

    if (is_ascii(label))
        return prepared_label(label, out);
    len = utf8proc_map(label.ptr, (utf8proc_ssize_t)label.len, &text,
                       UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_COMPOSE |
                           UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
    ok = len > 0 && prepared_label(dtl_slice_of(text, (size_t)len), out);
    free(text);
    return ok && out->len - start <= MAX_LABEL;
}

/* U+002E, U+3002, U+FF0E, U+FF61 (RFC 3490 section 3.1). */
static bool is_dot(uint32_t c)
{
    return c == '.' || c == 0x3002 || c == 0xff0e || c == 0xff61;
}

bool idna_to_ascii(struct dtl_slice host, struct dtl_buf *out)
{
    struct dtl_buf label = { .max = 4096 };
    size_t pos = 0, start = out->len;
    bool ok = true;

    while (ok && pos < host.len) {
        bool valid = dtl_utf8_valid(dtl_sub(host, pos, pos + 4)) > 0;
        uint32_t c = dtl_utf8_next(host, &pos);

        if (!valid)
            continue;
        if (!is_dot(c)) {
            ok = dtl_buf_utf8(&label, c);
            continue;
        }
        ok =
            label_to_ascii(dtl_buf_view(&label), out) && dtl_buf_byte(out, '.');
        dtl_buf_clear(&label);
    }
    if (ok && label.len > 0) /* a final dot leaves an empty label: allowed */
        ok = label_to_ascii(dtl_buf_view(&label), out);
    dtl_buf_free(&label);
    if (!ok)
        out->len = start;
    return ok;
}
