/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Style sheets: url(), the string of @import, the strings of image-set() and
 * src() (CSS Syntax 3, CSS Images 4).  Comments and other strings are stepped
 * over, everything is copied as it stands but for the addresses.
 *
 * Broken input is read as browsers do: a string ends at a line end, a url()
 * with a quote or parenthesis in it is none, the end closes what is open.
 */
#include "rewrite.h"

enum {
    CSS_AT_NONE,
    CSS_AT_IMPORT, /* the next string or url() is a style sheet */
    CSS_AT_NAME,   /* @namespace: its url() is a name */
};

/* Longest function name looked for, written with escapes even. */
#define NAME_MAX_BYTES ((size_t)80)

struct reader {
    struct dtl_rewrite *w;
    struct css *s;
    const uint8_t *text;
    size_t len, pos, copied;
    bool last;
    struct dtl_buf *out;
};

/* Bytes at which something may begin or end. */
static const uint8_t stops[256] = {
    ['/'] = 1, ['"'] = 1, ['\''] = 1, ['('] = 1, [')'] = 1,
    ['@'] = 1, [';'] = 1, ['{'] = 1,  ['}'] = 1, ['\\'] = 1,
};

static bool is_name(uint8_t c)
{
    return is_alpha(c) || is_digit(c) || c == '-' || c == '_' || c >= 0x80;
}

static unsigned hex(uint8_t c)
{
    if (is_digit(c))
        return c - (unsigned)'0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10u : 16u;
}

/* Decode the escape after the '\' at s.ptr[*i]; steps over it. */
static void unescape_one(struct dtl_slice s, size_t *i, struct dtl_buf *out)
{
    size_t p = *i + 1, n = 0;
    uint32_t v = 0;

    for (; n < 6 && p < s.len && hex(s.ptr[p]) < 16; n++)
        v = v * 16 + hex(s.ptr[p++]);
    if (n > 0) {
        if (p < s.len && is_space(s.ptr[p])) {
            if (s.ptr[p] == '\r' && p + 1 < s.len && s.ptr[p + 1] == '\n')
                p++;
            p++;
        }
        dtl_buf_utf8(out, v != 0 ? v : 0xfffd);
    } else if (p < s.len && (s.ptr[p] == '\n' || s.ptr[p] == '\f')) {
        p++; /* a line that goes on */
    } else if (p < s.len && s.ptr[p] == '\r') {
        p += p + 1 < s.len && s.ptr[p + 1] == '\n' ? 2 : 1;
    } else if (p < s.len) {
        dtl_buf_byte(out, s.ptr[p++]);
    }
    *i = p;
}

static void unescape(struct dtl_slice s, struct dtl_buf *out)
{
    size_t i = 0;

    while (i < s.len)
        if (s.ptr[i] == '\\')
            unescape_one(s, &i, out);
        else
            dtl_buf_byte(out, s.ptr[i++]);
}

static void copy_to(struct reader *r, size_t to)
{
    dtl_buf_add(r->out, r->text + r->copied, to - r->copied);
    r->copied = to;
}

/* ---- an address ------------------------------------------------------- */

/* As the inside of a string in double quotes, fit for a <style> too. */
static void put_string(struct dtl_buf *out, struct dtl_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (strchr("\"'\\<\n\r\f", s.ptr[i]) != NULL)
            dtl_buf_printf(out, "\\%x ", s.ptr[i]);
        else
            dtl_buf_byte(out, s.ptr[i]);
}

/* The address stands in [from, to), between quotes if `quoted`. */
static void address(struct reader *r, size_t from, size_t to, bool quoted,
                    enum dtl_form form)
{
    struct dtl_slice raw = dtl_slice_of(r->text + from, to - from), mapped;
    struct dtl_buf plain = { .max = 4 * MAX_URL };
    size_t before = r->copied, at = r->out->len;
    enum mapped rc = MAPPED_CLOSELY;

    if (raw.len == 0)
        return;
    if (memchr(raw.ptr, '\\', raw.len) == NULL) {
        copy_to(r, from);
        rc = map_raw(r->w, form, raw, false, r->out);
        if (rc == MAPPED_DONE) {
            r->copied = to;
            return;
        }
        r->copied = before;
        if (!r->out->failed)
            r->out->len = at;
    }
    if (rc == MAPPED_SAME)
        return;
    unescape(raw, &plain);
    if (!r->s->attribute)
        dtl_arena_reset(r->w->scratch);
    mapped = plain.failed ? dtl_slice_of(NULL, 0)
                          : map_closely(r->w, form, dtl_buf_view(&plain));
    if (mapped.ptr != NULL) {
        copy_to(r, from);
        if (!quoted)
            dtl_buf_byte(r->out, '"');
        put_string(r->out, mapped);
        if (!quoted)
            dtl_buf_byte(r->out, '"');
        r->copied = to;
    }
    dtl_buf_free(&plain);
}

static enum dtl_form take_form(struct reader *r)
{
    enum dtl_form form =
        r->s->at == CSS_AT_IMPORT ? DTL_FORM_STYLE : DTL_FORM_BYTES;

    if (r->s->at == CSS_AT_IMPORT)
        r->s->at = CSS_AT_NONE;
    return form;
}

/* ---- tokens; each leaves pos after it, or says that it is cut ----------- */

/* The end of the string whose quote stands at `from`: at its closing quote, or
 * where it breaks off. */
static size_t string_end(const struct reader *r, size_t from)
{
    uint8_t quote = r->text[from];
    size_t i = from + 1;

    while (i < r->len && r->text[i] != quote) {
        if (r->text[i] == '\n' || r->text[i] == '\r' || r->text[i] == '\f')
            break;
        i += r->text[i] == '\\' ? 2 : 1;
    }
    return i < r->len ? i : r->len;
}

static bool is_closed(const struct reader *r, size_t from, size_t end)
{
    return end < r->len && r->text[end] == r->text[from];
}

static bool string(struct reader *r, bool is_url)
{
    size_t from = r->pos, end = string_end(r, from);

    if (end == r->len && !r->last)
        return false;
    if (is_url && (is_closed(r, from, end) || end == r->len))
        address(r, from + 1, end, true, take_form(r));
    r->pos = is_closed(r, from, end) ? end + 1 : end;
    return true;
}

static bool comment(struct reader *r)
{
    static const struct dtl_slice close = { (const uint8_t *)"*/", 2 };
    struct dtl_slice s = dtl_slice_of(r->text, r->len);
    size_t end;

    if (r->pos + 1 == r->len && !r->last)
        return false;
    if (r->pos + 1 == r->len || r->text[r->pos + 1] != '*') {
        r->pos++;
        return true;
    }
    end = dtl_find(s, close, r->pos + 2);
    if (end == SIZE_MAX && !r->last)
        return false;
    r->pos = end == SIZE_MAX ? r->len : end + 2;
    return true;
}

/* The byte after the escape whose '\' stands at `i`. */
static size_t escape_end(const struct reader *r, size_t i)
{
    size_t n = 0;

    for (i++; n < 6 && i < r->len && hex(r->text[i]) < 16; n++)
        i++;
    if (n == 0 || (i < r->len && is_space(r->text[i])))
        i++;
    return i < r->len ? i : r->len;
}

/* Where the ')' of an unquoted address stands; it is no address with quotes,
 * parentheses or white space inside. */
static size_t bare_end(const struct reader *r, size_t from, bool *is_one)
{
    bool space = false;
    size_t i = from;

    while (i < r->len && r->text[i] != ')') {
        uint8_t c = r->text[i];

        *is_one = *is_one && c != '"' && c != '\'' && c != '(' &&
                  (!space || is_space(c));
        space = is_space(c);
        i = c == '\\' ? escape_end(r, i) : i + 1;
    }
    return i;
}

/* After "url(" or "src(".  An unquoted address has no string escapes to close
 * it and ends at white space or ')'. */
static bool url(struct reader *r, bool bare_allowed)
{
    size_t from = r->pos, end;
    bool wanted = r->s->at != CSS_AT_NAME;

    while (from < r->len && is_space(r->text[from]))
        from++;
    if (from == r->len)
        return r->last;
    if (r->text[from] == '"' || r->text[from] == '\'') {
        r->pos = from;
        r->s->depth++; /* closed by the ')' to come */
        if (string(r, wanted))
            return true;
        r->s->depth--;
        return false;
    }
    if (!bare_allowed) {
        r->s->depth++;
        return true;
    }
    end = bare_end(r, from, &wanted);
    if (end == r->len && !r->last)
        return false;
    r->pos = end < r->len ? end + 1 : end;
    while (end > from && is_space(r->text[end - 1]) && r->text[end - 2] != '\\')
        end--;
    if (wanted)
        address(r, from, end, false, take_form(r));
    return true;
}

/* ---- functions ------------------------------------------------------------
 */

enum function { PLAIN, URL, SRC, IMAGE_SET };

static enum function function_of(struct dtl_slice name)
{
    static const struct {
        const char *name;
        enum function f;
    } all[] = {
        { "url", URL },
        { "src", SRC },
        { "image-set", IMAGE_SET },
        { "-webkit-image-set", IMAGE_SET },
        { "url-prefix", PLAIN },
    };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (dtl_equal_nocase(name, dtl_str(all[i].name)))
            return all[i].f;
    return PLAIN;
}

/* Where the name begins that ends at `end`. */
static size_t name_start(const struct reader *r, size_t end)
{
    size_t i = end;

    while (i > 0 && end - i < NAME_MAX_BYTES && is_name(r->text[i - 1]))
        i--;
    return i;
}

static bool open_function(struct reader *r, enum function f, size_t after)
{
    size_t before = r->pos;

    r->pos = after;
    if (f == URL || f == SRC) {
        if (url(r, f == URL))
            return true;
        r->pos = before;
        return false;
    }
    r->s->depth++;
    if (f == IMAGE_SET && r->s->set == 0)
        r->s->set = r->s->depth;
    return true;
}

static bool parenthesis(struct reader *r)
{
    size_t start = name_start(r, r->pos);
    struct dtl_slice name = dtl_slice_of(r->text + start, r->pos - start);

    return open_function(r, function_of(name), r->pos + 1);
}

/* A name with an escape in it: "u\72l(" is a url() too. */
static bool escaped_name(struct reader *r)
{
    struct dtl_slice s = dtl_slice_of(r->text, r->len);
    struct dtl_buf name = { .max = NAME_MAX_BYTES };
    size_t i = name_start(r, r->pos);
    bool rc = true;

    while (i < r->len && !name.failed &&
           (is_name(r->text[i]) || r->text[i] == '\\'))
        if (r->text[i] == '\\')
            unescape_one(s, &i, &name);
        else
            dtl_buf_byte(&name, r->text[i++]);
    if (i >= r->len && !r->last && !name.failed)
        rc = false;
    else if (i < r->len && r->text[i] == '(' && !name.failed)
        rc = open_function(r, function_of(dtl_buf_view(&name)), i + 1);
    else
        r->pos = i > r->pos ? i : r->pos + 1;
    dtl_buf_free(&name);
    return rc;
}

static bool at_rule(struct reader *r)
{
    size_t end = r->pos + 1;
    struct dtl_slice name;

    while (end < r->len && is_name(r->text[end]))
        end++;
    if (end == r->len && !r->last)
        return false;
    name = dtl_slice_of(r->text + r->pos + 1, end - r->pos - 1);
    r->s->at = dtl_equal_nocase(name, dtl_str("import"))      ? CSS_AT_IMPORT
               : dtl_equal_nocase(name, dtl_str("namespace")) ? CSS_AT_NAME
                                                              : CSS_AT_NONE;
    r->s->depth = r->s->set = 0;
    r->pos = end;
    return true;
}

static void close_parenthesis(struct css *s)
{
    if (s->depth == s->set)
        s->set = 0;
    if (s->depth > 0)
        s->depth--;
}

/* One token at a stop; false when it is cut. */
static bool token(struct reader *r)
{
    switch (r->text[r->pos]) {
    case '/': return comment(r);
    case '"':
    case '\'':
        return string(r, r->s->at == CSS_AT_IMPORT ||
                             (r->s->set != 0 && r->s->set == r->s->depth));
    case '(': return parenthesis(r);
    case '@': return at_rule(r);
    case '\\': return escaped_name(r);
    case ')': close_parenthesis(r->s); break;
    default: /* ; { } */ r->s->at = CSS_AT_NONE; r->s->depth = r->s->set = 0;
    }
    r->pos++;
    return true;
}

size_t rewrite_css(struct dtl_rewrite *w, struct css *s, struct dtl_slice in,
                   bool last, struct dtl_buf *out)
{
    struct reader r = { w, s, in.ptr, in.len, 0, 0, last, out };

    for (;;) {
        while (r.pos < r.len && stops[r.text[r.pos]] == 0)
            r.pos++;
        if (r.pos == r.len || !token(&r))
            break;
    }
    if (!last) /* the name of a function may stand before what waits */
        r.pos = name_start(&r, r.pos);
    if (last)
        r.pos = r.len;
    else if (r.pos < r.copied)
        r.pos = r.copied;
    copy_to(&r, r.pos);
    return r.pos;
}
