/* SPDX-License-Identifier: Apache-2.0 */
#include <dateline/cdx.h>
#include <dateline/digest.h>

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

static struct dtl_slice *member(struct dtl_cdx *c, const struct column *col)
{
    return (struct dtl_slice *)(void *)((char *)c + col->at);
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

/* ---- reading JSON
 * ------------------------------------------------------------ */

/* A line's object is flat: strings, numbers and words are kept as text, what
 * is nested is stepped over. */
struct scan {
    struct dtl_slice s;
    size_t pos;
    struct dtl_arena *arena;
    bool nomem;
};

static void blanks(struct scan *j)
{
    while (j->pos < j->s.len && strchr(" \t\r\n", j->s.ptr[j->pos]) != NULL &&
           j->s.ptr[j->pos] != '\0')
        j->pos++;
}

static bool take(struct scan *j, uint8_t c)
{
    blanks(j);
    if (j->pos >= j->s.len || j->s.ptr[j->pos] != c)
        return false;
    j->pos++;
    return true;
}

static bool four_digits(struct dtl_slice s, size_t pos, uint32_t *out)
{
    uint8_t bytes[2];

    if (pos + 4 > s.len || !dtl_unhex(dtl_sub(s, pos, pos + 4), bytes))
        return false;
    *out = (uint32_t)bytes[0] << 8 | bytes[1];
    return true;
}

/* The character of the escape at *pos, behind its backslash. */
static bool escaped(struct dtl_slice s, size_t *pos, uint32_t *out)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    uint32_t low;
    const char *hit;

    if (*pos >= s.len || s.ptr[*pos] == '\0')
        return false;
    if (s.ptr[*pos] != 'u') {
        hit = strchr(from, s.ptr[(*pos)++]);
        *out = hit != NULL ? (uint32_t)to[hit - from] : 0;
        return hit != NULL;
    }
    if (!four_digits(s, *pos + 1, out))
        return false;
    *pos += 5;
    if (*out >= 0xd800 && *out < 0xdc00 &&
        dtl_starts(dtl_sub(s, *pos, s.len), "\\u") &&
        four_digits(s, *pos + 2, &low) && low >= 0xdc00 && low < 0xe000) {
        *out = 0x10000 + ((*out - 0xd800) << 10) + (low - 0xdc00);
        *pos += 6;
    }
    return true;
}

/* `raw` without its escapes, in the arena; it never gets longer. */
static bool unescape(struct scan *j, struct dtl_slice raw,
                     struct dtl_slice *out)
{
    struct dtl_buf b = { .max = raw.len + 4 };
    size_t pos = 0;
    bool ok = true;

    while (ok && pos < raw.len) {
        uint32_t c;

        if (raw.ptr[pos] != '\\') {
            ok = dtl_buf_byte(&b, raw.ptr[pos++]);
            continue;
        }
        pos++;
        ok = escaped(raw, &pos, &c) && dtl_buf_utf8(&b, c);
    }
    if (ok) {
        *out = dtl_arena_dup(j->arena, dtl_buf_view(&b));
        j->nomem = out->ptr == NULL;
        ok = !j->nomem;
    }
    dtl_buf_free(&b);
    return ok;
}

static bool string(struct scan *j, struct dtl_slice *out)
{
    size_t from;
    bool plain = true;

    if (!take(j, '"'))
        return false;
    from = j->pos;
    while (j->pos < j->s.len && j->s.ptr[j->pos] != '"') {
        if (j->s.ptr[j->pos] == '\\') {
            plain = false;
            j->pos++;
        }
        j->pos++;
    }
    if (j->pos >= j->s.len)
        return false;
    *out = dtl_sub(j->s, from, j->pos++);
    return plain || unescape(j, *out, out);
}

/* Step over an object or array; nothing of it is kept. */
static bool nested(struct scan *j)
{
    size_t depth = 0;
    struct dtl_slice ignored;

    do {
        blanks(j);
        if (j->pos >= j->s.len)
            return false;
        switch (j->s.ptr[j->pos]) {
        case '{':
        case '[': depth++; break;
        case '}':
        case ']': depth--; break;
        case '"':
            if (!string(j, &ignored))
                return false;
            continue;
        default: break;
        }
        j->pos++;
    } while (depth > 0);
    return true;
}

static bool scalar(struct scan *j, struct dtl_slice *out)
{
    size_t from;

    blanks(j);
    from = j->pos;
    while (j->pos < j->s.len && j->s.ptr[j->pos] > ' ' &&
           strchr(",}]", j->s.ptr[j->pos]) == NULL)
        j->pos++;
    *out = dtl_sub(j->s, from, j->pos);
    if (dtl_equal(*out, dtl_str("null")))
        *out = dtl_slice_of(NULL, 0);
    return j->pos > from;
}

static bool json_value(struct scan *j, struct dtl_slice *out)
{
    blanks(j);
    *out = dtl_slice_of(NULL, 0);
    if (j->pos >= j->s.len)
        return false;
    switch (j->s.ptr[j->pos]) {
    case '"': return string(j, out);
    case '{':
    case '[': return nested(j);
    default: return scalar(j, out);
    }
}

static bool json_object(struct scan *j, struct dtl_cdx *out)
{
    if (!take(j, '{'))
        return false;
    if (take(j, '}'))
        return true;
    do {
        struct dtl_slice name, v;

        if (!string(j, &name) || !take(j, ':') || !json_value(j, &v))
            return false;
        for (size_t i = 2; i < NCOLUMNS; i++)
            if (dtl_equal(name, dtl_str(columns[i].name)))
                *member(out, &columns[i]) = v;
    } while (take(j, ','));
    return take(j, '}');
}

/* ---- reading lines
 * ------------------------------------------------------------- */

static struct dtl_slice word(struct dtl_slice s, size_t *pos)
{
    size_t from = *pos;
    const uint8_t *hit =
        from < s.len ? memchr(s.ptr + from, ' ', s.len - from) : NULL;
    size_t to = hit != NULL ? (size_t)(hit - s.ptr) : s.len;

    *pos = hit != NULL ? to + 1 : s.len;
    return dtl_sub(s, from, to);
}

/* " CDX N b a ...": the blank before, or whichever byte, separates. */
static void read_header(struct dtl_slice line, struct dtl_cdx_layout *layout)
{
    layout->n = 0;
    for (size_t i = 5; i < line.len && layout->n < sizeof layout->letters; i++)
        if (line.ptr[i] != line.ptr[0])
            layout->letters[layout->n++] = (char)line.ptr[i];
}

static size_t count_words(struct dtl_slice line)
{
    size_t n = 1;

    for (size_t i = 0; i < line.len; i++)
        n += line.ptr[i] == ' ';
    return n;
}

static int read_fields(struct dtl_slice line,
                       const struct dtl_cdx_layout *layout, struct dtl_cdx *out,
                       struct dtl_error *err)
{
    size_t words = count_words(line), pos = 0;
    const char *order = layout->letters;
    size_t n = layout->n;

    if (n == 0) {
        order = letters[words == 9 ? DTL_CDX9 : DTL_CDX11];
        n = strlen(order);
    }
    if (words < n)
        return dtl_fail(err, DTL_FORMAT, 0,
                        "a CDX line of %zu fields where %zu are due", words, n);
    for (size_t i = 0; i < n; i++) {
        const struct column *col = by_letter(order[i]);
        struct dtl_slice v = word(line, &pos);

        if (col != NULL && !dtl_equal(v, dtl_str("-")))
            *member(out, col) = v;
    }
    return DTL_OK;
}

int dtl_cdx_parse(struct dtl_slice line, struct dtl_cdx_layout *layout,
                  struct dtl_arena *arena, struct dtl_cdx *out,
                  struct dtl_error *err)
{
    struct scan j = { .arena = arena };
    size_t pos = 0;

    memset(out, 0, sizeof *out);
    while (line.len > 0 &&
           (line.ptr[line.len - 1] == '\n' || line.ptr[line.len - 1] == '\r'))
        line.len--;
    if (line.len >= 4 && memcmp(line.ptr + 1, "CDX", 3) == 0) {
        read_header(line, layout);
        return DTL_END;
    }
    if (line.len == 0 || line.ptr[0] == '#' || line.ptr[0] == '!')
        return DTL_END;
    out->key = word(line, &pos);
    out->time = word(line, &pos);
    if (pos >= line.len || line.ptr[pos] != '{') {
        memset(out, 0, sizeof *out);
        return read_fields(line, layout, out, err);
    }
    j.s = dtl_sub(line, pos, line.len);
    if (json_object(&j, out))
        return DTL_OK;
    if (j.nomem)
        return dtl_fail(err, DTL_NOMEM, 0, "no memory for a CDXJ line");
    return dtl_fail(err, DTL_FORMAT, pos + j.pos,
                    "the JSON of a CDXJ line breaks off");
}
