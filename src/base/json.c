/* SPDX-License-Identifier: Apache-2.0 */
#include <dateline/json.h>

#include <math.h>
#include <stdio.h>

static void before_value(struct dtl_json *j)
{
    if (j->after_key)
        j->after_key = false;
    else if (j->started)
        dtl_buf_str(j->out, j->spaced ? ", " : ",");
    j->started = true;
}

static void open_with(struct dtl_json *j, uint8_t open, char close)
{
    before_value(j);
    dtl_buf_byte(j->out, open);
    if (j->depth < sizeof j->close)
        j->close[j->depth] = close;
    else
        j->out->failed = true; /* deeper than any format of ours */
    j->depth++;
    j->started = false;
}

void dtl_json_object(struct dtl_json *j)
{
    open_with(j, '{', '}');
}

void dtl_json_array(struct dtl_json *j)
{
    open_with(j, '[', ']');
}

void dtl_json_end(struct dtl_json *j)
{
    if (j->depth == 0 || j->depth > sizeof j->close) {
        j->out->failed = true;
        return;
    }
    j->depth--;
    dtl_buf_byte(j->out, (uint8_t)j->close[j->depth]);
    j->started = true;
}

void dtl_json_key(struct dtl_json *j, const char *name)
{
    dtl_json_str(j, name);
    dtl_buf_str(j->out, j->spaced ? ": " : ":");
    j->after_key = true;
}

static void escape(struct dtl_buf *b, uint8_t c)
{
    static const char letters[] = "btnvfr"; /* 8..13; \v has no letter */

    if (c == '"' || c == '\\') {
        dtl_buf_byte(b, '\\');
        dtl_buf_byte(b, c);
    } else if (c >= 8 && c <= 13 && c != 11) {
        dtl_buf_byte(b, '\\');
        dtl_buf_byte(b, (uint8_t)letters[c - 8]);
    } else {
        dtl_buf_printf(b, "\\u%04x", c);
    }
}

#define ONES UINT64_C(0x0101010101010101)
#define HIGH UINT64_C(0x8080808080808080)

/* Is one of these eight bytes below 0x20, a quotation mark or a backslash?
 * A borrow can only cross from a byte that is one of them, so a yes may stand
 * for the wrong byte but never for none. */
static bool has_special(uint64_t w)
{
    uint64_t quote = w ^ ONES * '"', slash = w ^ ONES * '\\';

    return (((w - ONES * 0x20) & ~w) | ((quote - ONES) & ~quote) |
            ((slash - ONES) & ~slash)) &
           HIGH;
}

/* Offset of the next byte to escape at or after `i`, `end` when there is
 * none: prose has one in some hundred bytes. */
static size_t next_special(const uint8_t *p, size_t i, size_t end)
{
    uint64_t w;

    for (; i + 8 <= end; i += 8) {
        memcpy(&w, p + i, 8);
        if (has_special(w))
            break;
    }
    while (i < end && p[i] >= 0x20 && p[i] != '"' && p[i] != '\\')
        i++;
    return i;
}

void dtl_json_slice(struct dtl_json *j, struct dtl_slice s)
{
    struct dtl_buf *b = j->out;
    size_t i = 0;

    before_value(j);
    dtl_buf_byte(b, '"');
    while (i < s.len) {
        size_t valid_to = i + dtl_utf8_valid(dtl_sub(s, i, s.len));

        while (i < valid_to) {
            size_t stop = next_special(s.ptr, i, valid_to);

            dtl_buf_add(b, s.ptr + i, stop - i);
            if (stop < valid_to)
                escape(b, s.ptr[stop]);
            i = stop < valid_to ? stop + 1 : stop;
        }
        if (i < s.len) { /* an invalid byte stands here */
            dtl_buf_utf8(b, 0xfffd);
            i++;
        }
    }
    dtl_buf_byte(b, '"');
}

void dtl_json_str(struct dtl_json *j, const char *s)
{
    if (s == NULL)
        dtl_json_null(j);
    else
        dtl_json_slice(j, dtl_str(s));
}

static void digits(struct dtl_buf *b, uint64_t v, bool negative)
{
    char text[24];
    size_t at = sizeof text;

    do {
        text[--at] = (char)('0' + v % 10);
        v /= 10;
    } while (v > 0);
    if (negative)
        text[--at] = '-';
    dtl_buf_add(b, text + at, sizeof text - at);
}

void dtl_json_int(struct dtl_json *j, int64_t v)
{
    before_value(j);
    digits(j->out, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, v < 0);
}

void dtl_json_uint(struct dtl_json *j, uint64_t v)
{
    before_value(j);
    digits(j->out, v, false);
}

void dtl_json_double(struct dtl_json *j, double v, int digits)
{
    if (!isfinite(v)) {
        dtl_json_null(j);
        return;
    }
    before_value(j);
    dtl_buf_printf(j->out, "%.*g", digits, v);
}

void dtl_json_bool(struct dtl_json *j, bool v)
{
    before_value(j);
    dtl_buf_str(j->out, v ? "true" : "false");
}

void dtl_json_null(struct dtl_json *j)
{
    before_value(j);
    dtl_buf_str(j->out, "null");
}

void dtl_json_raw(struct dtl_json *j, struct dtl_slice json)
{
    before_value(j);
    dtl_buf_slice(j->out, json);
}
