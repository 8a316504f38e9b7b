/* SPDX-License-Identifier: Apache-2.0 */
#include <dateline/json.h>

#include <inttypes.h>
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

void dtl_json_slice(struct dtl_json *j, struct dtl_slice s)
{
    struct dtl_buf *b = j->out;
    size_t valid_to = s.len > 0 ? dtl_utf8_valid(s) : 0;
    size_t start = 0, i = 0;

    before_value(j);
    dtl_buf_byte(b, '"');
    while (i < s.len) {
        uint8_t c = s.ptr[i];

        if (i == valid_to) { /* an invalid byte stands here */
            dtl_buf_add(b, s.ptr + start, i - start);
            dtl_buf_utf8(b, 0xfffd);
            start = ++i;
            valid_to = i + dtl_utf8_valid(dtl_sub(s, i, s.len));
        } else if (c < 0x20 || c == '"' || c == '\\') {
            dtl_buf_add(b, s.ptr + start, i - start);
            escape(b, c);
            start = ++i;
        } else {
            i++;
        }
    }
    if (s.len > start)
        dtl_buf_add(b, s.ptr + start, s.len - start);
    dtl_buf_byte(b, '"');
}

void dtl_json_str(struct dtl_json *j, const char *s)
{
    if (s == NULL)
        dtl_json_null(j);
    else
        dtl_json_slice(j, dtl_str(s));
}

void dtl_json_int(struct dtl_json *j, int64_t v)
{
    before_value(j);
    dtl_buf_printf(j->out, "%" PRId64, v);
}

void dtl_json_uint(struct dtl_json *j, uint64_t v)
{
    before_value(j);
    dtl_buf_printf(j->out, "%" PRIu64, v);
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
