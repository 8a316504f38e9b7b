/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests that carry a body, as keys: the guideline for non-GET requests of
 * the WARC specifications, and what the common indexers do where it is silent
 * (sequence numbers "name.2_" for repeated JSON names, at most 4,096 bytes).
 */
#include <dateline/cdx.h>
#include <dateline/digest.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_QUERY 4096
/* JSON is recursive: deeper than this is nobody's form. */
#define MAX_DEPTH 64

static bool is_unreserved(uint8_t c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
           strchr("_.-~", c) != NULL;
}

/* application/x-www-form-urlencoded: a blank is '+'. */
static void put_encoded(struct dtl_buf *b, struct dtl_slice s)
{
    for (size_t i = 0; i < s.len && b->len < MAX_QUERY; i++) {
        uint8_t c = s.ptr[i];

        if (c == ' ')
            dtl_buf_byte(b, '+');
        else if (c != '\0' && is_unreserved(c))
            dtl_buf_byte(b, c);
        else
            dtl_buf_printf(b, "%%%02X", c);
    }
}

static void put_pair(struct dtl_buf *b, struct dtl_slice name,
                     struct dtl_slice value)
{
    if (b->len > 0)
        dtl_buf_byte(b, '&');
    put_encoded(b, name);
    dtl_buf_byte(b, '=');
    put_encoded(b, value);
}

static void put_base64(struct dtl_buf *b, struct dtl_slice s)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "abcdefghijklmnopqrstuvwxyz0123456789+/";

    dtl_buf_str(b, "__wb_post_data=");
    for (size_t i = 0; i < s.len && b->len < MAX_QUERY; i += 3) {
        size_t left = s.len - i;
        uint32_t v = (uint32_t)s.ptr[i] << 16 |
                     (left > 1 ? (uint32_t)s.ptr[i + 1] << 8 : 0) |
                     (left > 2 ? (uint32_t)s.ptr[i + 2] : 0);

        dtl_buf_byte(b, (uint8_t)alphabet[v >> 18]);
        dtl_buf_byte(b, (uint8_t)alphabet[v >> 12 & 63]);
        dtl_buf_byte(b, left > 1 ? (uint8_t)alphabet[v >> 6 & 63] : '=');
        dtl_buf_byte(b, left > 2 ? (uint8_t)alphabet[v & 63] : '=');
    }
}

/* ---- forms
 * ------------------------------------------------------------------- */

/* unquote_plus: escapes of bytes that are no UTF-8 become U+FFFD. */
static bool put_form(struct dtl_buf *b, struct dtl_slice s)
{
    struct dtl_buf raw = { .max = s.len + 1 };
    struct dtl_slice text;
    size_t pos = 0;

    if (dtl_utf8_valid(s) != s.len)
        return false;
    while (pos < s.len) {
        uint8_t c = s.ptr[pos++], byte;

        if (c == '+')
            c = ' ';
        else if (c == '%' && pos + 2 <= s.len &&
                 dtl_unhex(dtl_sub(s, pos, pos + 2), &byte)) {
            c = byte;
            pos += 2;
        }
        dtl_buf_byte(&raw, c);
    }
    text = dtl_buf_view(&raw);
    for (pos = 0; pos < text.len && b->len < MAX_QUERY;)
        dtl_buf_utf8(b, dtl_utf8_next(text, &pos));
    dtl_buf_free(&raw);
    return true;
}

/* The value of parameter `name` in "form-data; name=\"a\"; filename=b". */
static struct dtl_slice parameter(struct dtl_slice s, const char *name)
{
    size_t at = 0, len = strlen(name);

    while ((at = dtl_find(s, dtl_str(name), at)) != SIZE_MAX) {
        struct dtl_slice v = dtl_sub(s, at + len, s.len);
        bool apart = at == 0 || strchr("; \t", s.ptr[at - 1]) != NULL;
        size_t end = 0;
        uint8_t quote;

        at += len;
        if (!apart || v.len == 0 || v.ptr[0] != '=')
            continue;
        v = dtl_sub(v, 1, v.len);
        quote = v.len > 0 && v.ptr[0] == '"' ? '"' : ';';
        if (quote == '"')
            v = dtl_sub(v, 1, v.len);
        while (end < v.len && v.ptr[end] != quote && v.ptr[end] != '\r' &&
               v.ptr[end] != '\n')
            end++;
        return dtl_sub(v, 0, end);
    }
    return dtl_slice_of(NULL, 0);
}

static void put_part(struct dtl_buf *b, struct dtl_slice part)
{
    size_t end = dtl_find(part, dtl_str("\r\n\r\n"), 0), skip = 4;
    struct dtl_slice name, value;

    if (end == SIZE_MAX) {
        end = dtl_find(part, dtl_str("\n\n"), 0);
        skip = 2;
    }
    if (end == SIZE_MAX)
        return;
    name = parameter(dtl_sub(part, 0, end), "name");
    value = dtl_sub(part, end + skip, part.len);
    if (dtl_ends(value, "\r\n"))
        value.len -= 2;
    else if (dtl_ends(value, "\n"))
        value.len--;
    if (name.len > 0)
        put_pair(b, name, value);
}

/* RFC 2046 section 5.1.1. */
static bool put_multipart(struct dtl_buf *b, struct dtl_slice type,
                          struct dtl_slice body)
{
    struct dtl_slice boundary = dtl_trim(parameter(type, "boundary"));
    struct dtl_buf mark = { .max = 256 };
    size_t at, next;

    if (boundary.len == 0 || boundary.len > 200)
        return false;
    dtl_buf_str(&mark, "--");
    dtl_buf_slice(&mark, boundary);
    at = dtl_find(body, dtl_buf_view(&mark), 0);
    while (at != SIZE_MAX && b->len < MAX_QUERY) {
        at += mark.len;
        next = dtl_find(body, dtl_buf_view(&mark), at);
        if (dtl_starts(dtl_sub(body, at, body.len), "--"))
            break;
        put_part(b, dtl_sub(body, at, next));
        at = next;
    }
    dtl_buf_free(&mark);
    return true;
}

/* ---- JSON
 * -------------------------------------------------------------------- */

/* Names in order of appearance; a repeated one gets ".2_", ".3_" ... */
struct pairs {
    struct dtl_buf *out;
    json_t *seen; /* name -> times */
};

/* Shortest digits that read back the same, as the reference writes them. */
static void real_text(double v, char *text, size_t size)
{
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, size, "%.*g", digits, v);
        if (strtod(text, NULL) == v)
            break;
    }
    if (strpbrk(text, ".en") == NULL)
        strncat(text, ".0", size - strlen(text) - 1);
}

static void put_scalar(struct pairs *p, struct dtl_slice name, json_t *v)
{
    char number[64] = "", suffix[32] = "";
    struct dtl_slice value;
    struct dtl_buf full = { .max = MAX_QUERY };
    json_t *times = json_object_getn(p->seen, (const char *)name.ptr, name.len);
    json_int_t n = json_integer_value(times) + 1;

    json_object_setn_new(p->seen, (const char *)name.ptr, name.len,
                         json_integer(n));
    if (n > 1)
        snprintf(suffix, sizeof suffix, ".%lld_", (long long)n);
    switch (json_typeof(v)) {
    case JSON_STRING:
        value = dtl_slice_of(json_string_value(v), json_string_length(v));
        break;
    case JSON_INTEGER:
        snprintf(number, sizeof number, "%lld",
                 (long long)json_integer_value(v));
        break;
    case JSON_REAL: real_text(json_real_value(v), number, sizeof number); break;
    case JSON_TRUE: snprintf(number, sizeof number, "True"); break;
    case JSON_FALSE: snprintf(number, sizeof number, "False"); break;
    default: snprintf(number, sizeof number, "None"); break;
    }
    if (json_typeof(v) != JSON_STRING)
        value = dtl_str(number);
    dtl_buf_slice(&full, name);
    dtl_buf_str(&full, suffix);
    put_pair(p->out, dtl_buf_view(&full), value);
    dtl_buf_free(&full);
}

static void put_tree(struct pairs *p, struct dtl_slice name, json_t *v,
                     unsigned depth)
{
    const char *key;
    size_t key_len, i;
    json_t *child;

    if (depth > MAX_DEPTH || p->out->len >= MAX_QUERY)
        return;
    if (json_is_object(v)) {
        json_object_keylen_foreach(v, key, key_len, child)
        {
            put_tree(p, dtl_slice_of(key, key_len), child, depth + 1);
        }
    } else if (json_is_array(v)) {
        json_array_foreach(v, i, child)
        {
            put_tree(p, name, child, depth + 1);
        }
    } else if (name.len > 0) {
        put_scalar(p, name, v);
    }
}

static bool put_document(struct pairs *p, struct dtl_slice s)
{
    json_t *root = json_loadb((const char *)s.ptr, s.len,
                              JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

    if (root == NULL)
        return false;
    put_tree(p, dtl_slice_of(NULL, 0), root, 0);
    json_decref(root);
    return true;
}

/* One document, or one a line. */
static bool put_json(struct dtl_buf *b, struct dtl_slice s)
{
    struct pairs p = { .out = b, .seen = json_object() };
    size_t start = b->len, pos = 0;
    bool ok = s.len > 0 && p.seen != NULL && put_document(&p, s);

    if (!ok && p.seen != NULL && s.len > 0 && memchr(s.ptr, '\n', s.len)) {
        for (ok = true; ok && pos <= s.len;) {
            size_t end = dtl_find(s, dtl_str("\n"), pos);

            if (end == SIZE_MAX)
                end = s.len;
            ok = put_document(&p, dtl_sub(s, pos, end));
            pos = end + 1;
        }
    }
    json_decref(p.seen);
    if (!ok)
        b->len = start;
    return ok;
}

/* ---- together
 * ------------------------------------------------------------------ */

static void put_body(struct dtl_buf *b, struct dtl_slice type,
                     struct dtl_slice body)
{
    bool done = false;

    if (dtl_starts(type, "application/x-www-form-urlencoded"))
        done = put_form(b, body);
    else if (dtl_starts(type, "multipart/"))
        done = put_multipart(b, type, body);
    else if (dtl_starts(type, "application/json"))
        done = put_json(b, body) || true; /* broken JSON gives nothing */
    else if (dtl_starts(type, "text/plain"))
        done = put_json(b, body);
    if (!done)
        put_base64(b, body);
    if (b->len > MAX_QUERY)
        b->len = MAX_QUERY;
}

int dtl_cdx_post_url(struct dtl_slice url, struct dtl_slice method,
                     struct dtl_slice content_type, struct dtl_slice body,
                     struct dtl_arena *arena, struct dtl_slice *out,
                     struct dtl_slice *query, struct dtl_error *err)
{
    struct dtl_buf q = { .max = 4 * MAX_QUERY }, all = { 0 };
    bool has_query = url.len > 0 && memchr(url.ptr, '?', url.len) != NULL;

    put_body(&q, content_type, body);
    dtl_buf_slice(&all, url);
    dtl_buf_str(&all, has_query ? "&__wb_method=" : "?__wb_method=");
    dtl_buf_slice(&all, method);
    if (q.len > 0) {
        dtl_buf_byte(&all, '&');
        dtl_buf_slice(&all, dtl_buf_view(&q));
    }
    *out = dtl_arena_dup(arena, dtl_buf_view(&all));
    if (query != NULL)
        *query = dtl_arena_dup(arena, dtl_buf_view(&q));
    dtl_buf_free(&all);
    dtl_buf_free(&q);
    return out->ptr != NULL && (query == NULL || query->ptr != NULL)
               ? DTL_OK
               : dtl_fail(err, DTL_NOMEM, 0, "no memory for a POST's key");
}
