/* SPDX-License-Identifier: Apache-2.0 */
#include <dateline/cdx.h>

#include <stddef.h>
#include <stdio.h>

#define AT(member) offsetof(struct dtl_cdx, member)

/* The letters of the CDX legend, and the names CDXJ has for the same. */
static const struct column {
    char letter;
    const char *name;
    size_t at;
} columns[] = {
    { 'N', "urlkey", AT(key) },        { 'b', "timestamp", AT(time) },
    { 'a', "url", AT(url) },           { 'm', "mime", AT(mime) },
    { 's', "status", AT(status) },     { 'k', "digest", AT(digest) },
    { 'r', "redirect", AT(redirect) }, { 'M', "meta", AT(meta) },
    { 'S', "length", AT(length) },     { 'V', "offset", AT(offset) },
    { 'g', "filename", AT(filename) }, { 0, "requestBody", AT(body) },
    { 0, "method", AT(method) },
};
#define NCOLUMNS (sizeof columns / sizeof columns[0])

static const char *const letters[] = {
    [DTL_CDXJ] = "", [DTL_CDX11] = "NbamskrMSVg", [DTL_CDX9] = "NbamskrVg"
};

static const char *const headers[] = { [DTL_CDXJ] = "",
                                       [DTL_CDX11] =
                                           " CDX N b a m s k r M S V g",
                                       [DTL_CDX9] = " CDX N b a m s k r V g" };

const char *dtl_cdx_header(enum dtl_cdx_format format)
{
    return headers[format];
}

static struct dtl_slice value(const struct dtl_cdx *c, const struct column *col)
{
    return *(const struct dtl_slice *)(const void *)((const char *)c + col->at);
}

static const struct column *by_letter(char letter)
{
    for (size_t i = 0; i < NCOLUMNS; i++)
        if (columns[i].letter == letter)
            return &columns[i];
    return NULL;
}

/* ---- writing ---------------------------------------------------------------
 */

static void escape_unit(struct dtl_buf *b, uint32_t unit)
{
    dtl_buf_printf(b, "\\u%04x", (unsigned)unit);
}

static void put_escaped(struct dtl_buf *b, uint32_t c)
{
    static const char short_forms[] = "btn\0fr"; /* 8..13 */

    if (c == '"' || c == '\\') {
        dtl_buf_byte(b, '\\');
        dtl_buf_byte(b, (uint8_t)c);
    } else if (c >= 8 && c <= 13 && c != 11) {
        dtl_buf_byte(b, '\\');
        dtl_buf_byte(b, (uint8_t)short_forms[c - 8]);
    } else if (c < 0x20 || (c >= 0x80 && c < 0x10000)) {
        escape_unit(b, c);
    } else if (c >= 0x10000) { /* a surrogate pair */
        escape_unit(b, 0xd800 + ((c - 0x10000) >> 10));
        escape_unit(b, 0xdc00 + (c & 0x3ff));
    } else {
        dtl_buf_byte(b, (uint8_t)c);
    }
}

static bool is_plain(uint8_t c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* A JSON string in ASCII.  Text that is not UTF-8 is taken for Latin-1. */
static void put_string(struct dtl_buf *b, struct dtl_slice s)
{
    bool utf8 = dtl_utf8_valid(s) == s.len;
    size_t pos = 0;

    dtl_buf_byte(b, '"');
    while (pos < s.len) {
        size_t from = pos;

        while (pos < s.len && is_plain(s.ptr[pos]))
            pos++;
        if (pos > from)
            dtl_buf_add(b, s.ptr + from, pos - from);
        if (pos == s.len)
            break;
        put_escaped(b, utf8 ? dtl_utf8_next(s, &pos) : s.ptr[pos++]);
    }
    dtl_buf_byte(b, '"');
}

static void write_json(struct dtl_buf *out, const struct dtl_cdx *c)
{
    const char *separator = "{";

    dtl_buf_slice(out, c->key);
    dtl_buf_byte(out, ' ');
    dtl_buf_slice(out, c->time);
    dtl_buf_byte(out, ' ');
    for (size_t i = 2; i < NCOLUMNS; i++) {
        struct dtl_slice v = value(c, &columns[i]);

        if (v.ptr == NULL)
            continue;
        dtl_buf_str(out, separator);
        dtl_buf_byte(out, '"');
        dtl_buf_str(out, columns[i].name);
        dtl_buf_str(out, "\": ");
        put_string(out, v);
        separator = ", ";
    }
    dtl_buf_str(out, separator[0] == '{' ? "{}\n" : "}\n");
}

/* White space would move the fields after it. */
static void put_field(struct dtl_buf *out, struct dtl_slice v)
{
    if (v.len == 0)
        dtl_buf_byte(out, '-');
    for (size_t i = 0; i < v.len; i++)
        if (v.ptr[i] <= 0x20 || v.ptr[i] == 0x7f)
            dtl_buf_printf(out, "%%%02X", v.ptr[i]);
        else
            dtl_buf_byte(out, v.ptr[i]);
}

void dtl_cdx_write(struct dtl_buf *out, const struct dtl_cdx *c,
                   enum dtl_cdx_format format)
{
    if (format == DTL_CDXJ) {
        write_json(out, c);
        return;
    }
    for (const char *p = letters[format]; *p != '\0'; p++) {
        struct dtl_slice v = value(c, by_letter(*p));

        if (p != letters[format])
            dtl_buf_byte(out, ' ');
        if (*p == 'k') { /* CDX knows SHA-1 only and leaves its name out */
            const uint8_t *colon =
                v.len > 0 ? memrchr(v.ptr, ':', v.len) : NULL;

            if (colon != NULL)
                v = dtl_sub(v, (size_t)(colon - v.ptr) + 1, v.len);
        }
        put_field(out, v);
    }
    dtl_buf_byte(out, '\n');
}
