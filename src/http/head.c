/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head of an HTTP message: RFC 9112 sections 2 to 5, read as leniently as
 * crawls of thirty years demand.  Lines end in LF, any CRs before it belong to
 * the line end; the first empty line ends the head.  Whatever does not begin
 * like a status or request line is a body without a head (HTTP/0.9).
 */
#include "tokens.h"

#include <stdlib.h>

/* Fields past this are not kept; the head is still read to its end. */
#define MAX_FIELDS 2000

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* RFC 9110 section 5.6.2. */
static bool is_token(uint8_t c)
{
    return c > 0x20 && c < 0x7f && strchr("\"(),/:;<=>?@[\\]{}", c) == NULL;
}

/* The line at *pos without its end, stepping over that; false when no LF
 * follows (the line is then the rest). */
static bool next_line(struct dtl_slice s, size_t *pos, struct dtl_slice *line)
{
    const uint8_t *start = s.ptr + *pos;
    const uint8_t *lf = *pos < s.len ? memchr(start, '\n', s.len - *pos) : NULL;
    size_t len = lf != NULL ? (size_t)(lf - start) : s.len - *pos;

    *pos += len + (lf != NULL);
    while (lf != NULL && len > 0 && start[len - 1] == '\r')
        len--;
    *line = dtl_slice_of(start, len);
    return lf != NULL;
}

static struct dtl_slice word(struct dtl_slice s, size_t *pos)
{
    size_t from;

    while (*pos < s.len && is_blank(s.ptr[*pos]))
        ++*pos;
    from = *pos;
    while (*pos < s.len && !is_blank(s.ptr[*pos]))
        ++*pos;
    return dtl_sub(s, from, *pos);
}

/*
 * "HTTP/1.1 200 OK", and as found: no reason ("HTTP/2 200"), lower case,
 * several blanks, "HTTP/1.1200 OK", a status with a suffix ("200OK"), and
 * "ICY 200 OK" of SHOUTcast servers.
 */
static bool status_line(struct dtl_slice line, struct dtl_http *out)
{
    size_t pos = 0, at;

    if (!dtl_starts_nocase(line, "HTTP/") && !dtl_starts_nocase(line, "ICY "))
        return false;
    out->version = word(line, &pos);
    while (pos < line.len && is_blank(line.ptr[pos]))
        pos++;
    at = pos;
    while (pos < line.len && pos < at + 3 && is_digit(line.ptr[pos]))
        out->status = out->status * 10 + (line.ptr[pos++] - '0');
    if (pos < at + 3)
        out->status = 0;
    out->reason =
        dtl_trim(dtl_sub(line, out->status != 0 ? pos : at, line.len));
    return true;
}

static bool is_method(struct dtl_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!is_token(s.ptr[i]))
            return false;
    return s.len > 0 && s.len <= 32;
}

/* "GET /path HTTP/1.1"; blanks inside the target are the client's mistake. */
static bool request_line(struct dtl_slice line, struct dtl_http *out)
{
    size_t pos = 0, end = line.len, from;
    struct dtl_slice method = word(line, &pos);

    if (pos == line.len || !is_method(method) || is_blank(line.ptr[0]))
        return false;
    while (end > 0 && is_blank(line.ptr[end - 1]))
        end--;
    for (from = end; from > pos && !is_blank(line.ptr[from - 1]);)
        from--;
    if (!dtl_starts_nocase(dtl_sub(line, from, end), "HTTP/"))
        return false;
    out->method = method;
    out->version = dtl_sub(line, from, end);
    out->target = dtl_trim(dtl_sub(line, pos, from));
    return true;
}

/* Bytes of the head including its empty line; `lines` counts what is between.
 * `complete` is false when the message ends first. */
static size_t measure(struct dtl_slice s, size_t pos, size_t *lines,
                      bool *complete)
{
    struct dtl_slice line;

    *lines = 0;
    *complete = false;
    while (pos < s.len) {
        bool ended = next_line(s, &pos, &line);

        if (ended && line.len == 0) {
            *complete = true;
            break;
        }
        ++*lines;
    }
    return pos;
}

/* A field value over several lines (obs-fold, RFC 9112 section 5.2) as one:
 * each fold becomes one blank. */
static bool unfold(struct dtl_slice raw, struct dtl_arena *arena,
                   struct dtl_slice *out)
{
    uint8_t *text = dtl_arena_alloc(arena, raw.len + 1);
    size_t n = 0, pos = 0;

    if (text == NULL)
        return false;
    while (pos < raw.len) {
        struct dtl_slice line;

        next_line(raw, &pos, &line);
        line = dtl_trim(line);
        if (line.len == 0)
            continue;
        if (n > 0)
            text[n++] = ' ';
        memcpy(text + n, line.ptr, line.len);
        n += line.len;
    }
    *out = dtl_slice_of(text, n);
    return true;
}

/* The value that began in `line`, together with the folded lines after it. */
static bool take_value(struct dtl_slice head, size_t *pos,
                       struct dtl_slice first, struct dtl_arena *arena,
                       struct dtl_slice *out)
{
    size_t start = (size_t)(first.ptr - head.ptr), end = *pos;
    struct dtl_slice line;
    bool folded = false;

    while (end < head.len && is_blank(head.ptr[end])) {
        next_line(head, &end, &line);
        folded = true;
    }
    if (!folded) {
        *out = dtl_trim(first);
        return true;
    }
    *pos = end;
    return unfold(dtl_sub(head, start, end), arena, out);
}

static bool read_fields(struct dtl_slice head, size_t pos, size_t lines,
                        struct dtl_arena *arena, struct dtl_http *out)
{
    size_t max = lines < MAX_FIELDS ? lines : MAX_FIELDS;
    struct dtl_field *fields = dtl_arena_calloc(arena, max, sizeof *fields);

    if (fields == NULL)
        return false;
    out->fields = fields;
    while (pos < head.len && out->nfields < max) {
        struct dtl_field *f = &fields[out->nfields];
        struct dtl_slice line;
        const uint8_t *colon;
        size_t at;

        next_line(head, &pos, &line);
        colon = line.len > 0 ? memchr(line.ptr, ':', line.len) : NULL;
        if (colon == NULL || colon == line.ptr)
            continue; /* no field: some servers print anything here */
        at = (size_t)(colon - line.ptr);
        f->name = dtl_trim(dtl_sub(line, 0, at));
        if (!take_value(head, &pos, dtl_sub(line, at + 1, line.len), arena,
                        &f->value))
            return false;
        if (f->name.len > 0)
            out->nfields++;
    }
    return true;
}

struct dtl_slice http_value(const struct dtl_http *h, const char *name)
{
    const struct dtl_field *f = dtl_field_find(h->fields, h->nfields, name);

    return f != NULL ? f->value : dtl_slice_of(NULL, 0);
}

/* Up to the next `stop`, trimmed, stepping over it. */
static struct dtl_slice until(struct dtl_slice s, size_t *pos, uint8_t stop)
{
    const uint8_t *hit =
        *pos < s.len ? memchr(s.ptr + *pos, stop, s.len - *pos) : NULL;
    size_t from = *pos;
    size_t to = hit != NULL ? (size_t)(hit - s.ptr) : s.len;

    *pos = hit != NULL ? to + 1 : s.len;
    return dtl_trim(dtl_sub(s, from, to));
}

size_t http_tokens(const struct dtl_http *h, const char *name,
                   struct dtl_slice out[MAX_CODINGS])
{
    size_t n = 0;

    for (size_t i = 0; i < h->nfields; i++) {
        struct dtl_slice v = h->fields[i].value;
        size_t pos = 0;

        if (!dtl_equal_nocase(h->fields[i].name, dtl_str(name)))
            continue;
        while (pos < v.len && n < MAX_CODINGS) {
            size_t none = 0;

            out[n] = until(until(v, &pos, ','), &none, ';');
            if (out[n].len > 0)
                n++;
        }
    }
    return n;
}

static struct dtl_slice unquote(struct dtl_slice s)
{
    if (s.len > 0 && (s.ptr[0] == '"' || s.ptr[0] == '\''))
        s = dtl_sub(s, 1, s.len);
    if (s.len > 0 && (s.ptr[s.len - 1] == '"' || s.ptr[s.len - 1] == '\''))
        s.len--;
    return dtl_trim(s);
}

/* RFC 9110 section 8.3.  Commas end it too: two fields joined by a proxy. */
static bool read_content_type(struct dtl_http *h, struct dtl_arena *arena)
{
    struct dtl_slice v = http_value(h, "content-type"), mime;
    size_t pos = 0, none = 0;
    uint8_t *text;

    mime = until(v, &pos, ';');
    mime = until(mime, &none, ',');
    none = 0;
    mime = word(mime, &none);
    if (mime.len > 0) {
        text = dtl_arena_alloc(arena, mime.len);
        if (text == NULL)
            return false;
        for (size_t i = 0; i < mime.len; i++)
            text[i] = mime.ptr[i] >= 'A' && mime.ptr[i] <= 'Z'
                          ? (uint8_t)(mime.ptr[i] | 0x20)
                          : mime.ptr[i];
        h->mime = dtl_slice_of(text, mime.len);
    }
    while (pos < v.len && h->charset.len == 0) {
        struct dtl_slice p = until(v, &pos, ';');
        size_t at = 0;

        if (dtl_equal_nocase(until(p, &at, '='), dtl_str("charset")))
            h->charset = unquote(dtl_trim(dtl_sub(p, at, p.len)));
    }
    return true;
}

int dtl_http_parse(struct dtl_slice message, struct dtl_arena *arena,
                   struct dtl_http *out, struct dtl_error *err)
{
    struct dtl_slice line;
    size_t pos = 0, lines, start;
    bool complete;

    memset(out, 0, sizeof *out);
    /* RFC 9112 section 2.2: empty lines before the start line. */
    while (pos < message.len &&
           (message.ptr[pos] == '\r' || message.ptr[pos] == '\n'))
        pos++;
    next_line(message, &pos, &line);
    if (!status_line(line, out) && !request_line(line, out)) {
        out->flags = DTL_HTTP_NO_HEAD;
        return DTL_OK;
    }
    start = pos;
    out->head_len = measure(message, pos, &lines, &complete);
    if (!complete)
        out->flags |= DTL_HTTP_CUT_HEAD;
    if (!read_fields(dtl_sub(message, 0, out->head_len), start, lines, arena,
                     out) ||
        !read_content_type(out, arena))
        return dtl_fail(err, DTL_NOMEM, 0,
                        "no memory for an HTTP head of "
                        "%zu bytes",
                        out->head_len);
    return DTL_OK;
}
