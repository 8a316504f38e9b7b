/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RFC 8259 with repairs.  The rule for each repair is that there is only one
 * thing the author can have meant; where there is not, the value is skipped.
 */
#include "jsonld.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <dateline/html.h>

struct reader {
    const uint8_t *p, *end;
    struct json_doc *doc;
    uint32_t open[JSONLD_DEPTH];
    unsigned depth;
    unsigned skipping; /* containers opened below the depth limit */
    struct dtl_slice key;
    bool failed;
};

/* ---- white space and what stands in for it --------------------------------
 */

static bool starts(const struct reader *r, const char *s)
{
    size_t len = strlen(s);

    return (size_t)(r->end - r->p) >= len && memcmp(r->p, s, len) == 0;
}

static void skip_past(struct reader *r, const char *s)
{
    struct dtl_slice rest = dtl_slice_of(r->p, (size_t)(r->end - r->p));
    size_t at = dtl_find(rest, dtl_str(s), 0);

    r->p = at == SIZE_MAX ? r->end : r->p + at + strlen(s);
}

/* HTML and JavaScript wrappers that templates put around JSON. */
static bool skip_wrapper(struct reader *r)
{
    static const char *const wrappers[] = { "<!--",      "-->",
                                            "<![CDATA[", "]]>",
                                            ";",         "\xef\xbb\xbf",
                                            "<script",   "</script>" };

    for (size_t i = 0; i < sizeof wrappers / sizeof wrappers[0]; i++)
        if (starts(r, wrappers[i])) {
            r->p += strlen(wrappers[i]);
            return true;
        }
    if (starts(r, "/*")) {
        r->p += 2;

        skip_past(r, "*/");
        return true;
    }
    if (starts(r, "//")) {
        const uint8_t *p = r->p + 2;

        while (p < r->end && *p == ' ')
            p++;
        r->p = p;
        /* "//<![CDATA[" may have the value on its line. */
        if (starts(r, "<![CDATA[") || starts(r, "]]>"))
            return true;
        while (r->p < r->end && *r->p != '\n')
            r->p++;
        return true;
    }
    return false;
}

static void skip_space(struct reader *r)
{
    while (r->p < r->end) {
        uint8_t c = *r->p;

        if (c <= ' ') {
            r->p++;
        } else if (c == 0xc2 && r->p + 1 < r->end && r->p[1] == 0xa0) {
            r->p += 2;
        } else if ((c == '/' || c == '<' || c == '-' || c == ']' || c == ';' ||
                    c == 0xef) &&
                   skip_wrapper(r)) {
            r->doc->repairs++;
        } else {
            return;
        }
    }
}

/* ---- nodes ------------------------------------------------------------------
 */

static uint32_t add_node(struct reader *r, enum json_kind kind)
{
    struct json_doc *d = r->doc;
    struct json_node *n;

    if (d->n >= JSONLD_NODES || r->skipping > 0) {
        d->cut = true;
        return 0;
    }
    if (d->n == d->cap) {
        uint32_t cap = d->cap != 0 ? d->cap * 2 : 128;
        void *p = dtl_arena_grow(d->arena, d->nodes, d->n * sizeof *d->nodes,
                                 cap * sizeof *d->nodes);

        if (p == NULL) {
            r->failed = true;
            return 0;
        }
        d->nodes = p;
        d->cap = cap;
    }
    n = &d->nodes[d->n];
    *n = (struct json_node){ .kind = (uint8_t)kind,
                             .parent = r->open[r->depth],
                             .end = d->n + 1,
                             .key = r->key };
    r->key = dtl_slice_of(NULL, 0);
    return d->n++;
}

static void open_container(struct reader *r, enum json_kind kind)
{
    uint32_t i = add_node(r, kind);

    if (i == 0 || r->depth + 1 == JSONLD_DEPTH) {
        r->doc->cut = true;
        r->skipping++;
        return;
    }
    r->open[++r->depth] = i;
}

static void close_top(struct reader *r)
{
    if (r->skipping > 0) {
        r->skipping--;
    } else if (r->depth > 0) {
        r->doc->nodes[r->open[r->depth]].end = r->doc->n;
        r->depth--;
    }
}

static bool in_object(const struct reader *r)
{
    return r->skipping > 0 || /* keys and values alike are skipped */
           (r->depth > 0 &&
            r->doc->nodes[r->open[r->depth]].kind == JSON_OBJECT);
}

/* "]" for a "}" and the reverse: close up to the one that matches; one that
 * matches nothing is dropped. */
static void close_container(struct reader *r, enum json_kind kind)
{
    unsigned d = r->depth;

    if (r->skipping > 0) {
        close_top(r);
        return;
    }
    while (d > 0 && r->doc->nodes[r->open[d]].kind != kind)
        d--;
    if (d == 0) {
        r->doc->repairs++;
        return;
    }
    r->doc->repairs += r->depth - d;
    while (r->depth >= d)
        close_top(r);
}

/* ---- scalars
 * ------------------------------------------------------------------ */

/* `name :` without quotes. */
static bool bare_key(const uint8_t *p, const uint8_t *end)
{
    const uint8_t *from = p;

    while (
        p < end && p < from + 40 &&
        (((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z') || *p == '_' || *p == '@'))
        p++;
    if (p == from)
        return false;
    while (p < end && *p <= ' ')
        p++;
    return p < end && *p == ':';
}

/* After a closing quote only these may come; otherwise the quote was bare
 * inside the text.  A key's quote is followed by a colon. */
static bool quote_closes(const struct reader *r, const uint8_t *q, bool key)
{
    const uint8_t *p = q;

    while (p < r->end && *p <= ' ')
        p++;
    if (p == r->end)
        return true;
    if (key)
        return *p == ':';
    if (*p == '}' || *p == ']')
        return true;
    if (*p == ',') {
        /* "He said "no", then left": after the comma of a real end comes a
         * key, a value or a bracket. */
        for (p++; p < r->end && *p <= ' '; p++)
            ;
        return p == r->end || *p == '"' || *p == '}' || *p == ']' ||
               *p == '{' || *p == '[' || *p == '\'' || *p == '/' ||
               (*p >= '0' && *p <= '9') || *p == '-' || *p == 't' ||
               *p == 'f' || *p == 'n' || *p == ',' || bare_key(p, r->end);
    }
    /* A line end and a key: the comma is missing. */
    if (*p == '"' && p > q && memchr(q, '\n', (size_t)(p - q)) != NULL)
        return true;
    return *p == '<' || *p == ';' || *p == '/';
}

/* Past bytes that mean nothing within quotes, as long as there are many. */
static const uint8_t *skip_plain(const uint8_t *p, const uint8_t *end,
                                 uint8_t quote)
{
#if defined(__SSE2__)
    const __m128i quotes = _mm_set1_epi8((char)quote);

    for (; end - p >= 16; p += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i hit = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('\\')),
                                   _mm_cmpeq_epi8(v, _mm_set1_epi8('&')));
        unsigned mask = (unsigned)_mm_movemask_epi8(
            _mm_or_si128(hit, _mm_cmpeq_epi8(v, quotes)));

        if (mask != 0)
            return p + __builtin_ctz(mask);
    }
#else
    (void)end;
    (void)quote;
#endif
    return p;
}

/* The quoted text at r->p, which stands on the quote. */
static struct dtl_slice read_quoted(struct reader *r, bool key, bool *escaped)
{
    uint8_t quote = *r->p++;
    const uint8_t *from = r->p;

    *escaped = false;
    while ((r->p = skip_plain(r->p, r->end, quote)) < r->end) {
        uint8_t c = *r->p;

        if (c == '\\') {
            *escaped = true;
            r->p += r->end - r->p > 1 ? 2 : 1;
        } else if (c == quote) {
            if (quote_closes(r, r->p + 1, key))
                break;
            r->doc->repairs++;
            r->p++;
        } else {
            *escaped |= c == '&';
            r->p++;
        }
    }
    if (r->p < r->end)
        r->p++;
    else
        r->doc->repairs++;
    return dtl_slice_of(from, (size_t)(r->p - from) -
                                  (r->p > from && r->p[-1] == quote));
}

static bool is_bare(uint8_t c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
           c == '-' || c == '+' || c == '.' || c == '_' || c == '$' ||
           c == '@' || c >= 0x80;
}

static struct dtl_slice read_bare(struct reader *r)
{
    const uint8_t *from = r->p;

    while (r->p < r->end && is_bare(*r->p))
        r->p++;
    return dtl_slice_of(from, (size_t)(r->p - from));
}

static void add_scalar(struct reader *r, enum json_kind kind,
                       struct dtl_slice raw, bool escaped)
{
    uint32_t i = add_node(r, kind);

    if (i != 0) {
        r->doc->nodes[i].raw = raw;
        r->doc->nodes[i].escaped = escaped;
    }
}

static void add_bare(struct reader *r, struct dtl_slice raw)
{
    if (dtl_equal(raw, dtl_str("true")) || dtl_equal(raw, dtl_str("false")))
        add_scalar(r, JSON_BOOL, raw, false);
    else if (dtl_equal(raw, dtl_str("null")) ||
             dtl_equal(raw, dtl_str("undefined")))
        add_scalar(r, JSON_NULL, raw, false);
    else
        add_scalar(r, JSON_NUMBER, raw, false);
}

/* A name and its colon; false when what stands here is no name. */
static bool read_key(struct reader *r)
{
    const uint8_t *back = r->p;
    struct dtl_slice key;
    bool escaped;

    if (*r->p == '"' || *r->p == '\'') {
        key = read_quoted(r, true, &escaped);
    } else {
        key = read_bare(r);
        r->doc->repairs++;
    }
    skip_space(r);
    if (r->p < r->end && *r->p == ':') {
        r->p++;
        r->key = key;
        return true;
    }
    r->p = back;
    return false;
}

/* ---- the loop
 * -------------------------------------------------------------------- */

static void read_value(struct reader *r)
{
    bool escaped;
    struct dtl_slice s;

    switch (*r->p) {
    case '{':
        r->p++;
        open_container(r, JSON_OBJECT);
        break;
    case '[':
        r->p++;
        open_container(r, JSON_ARRAY);
        break;
    case '"':
    case '\'':
        s = read_quoted(r, false, &escaped);
        add_scalar(r, JSON_STRING, s, escaped);
        break;
    default:
        s = read_bare(r);
        if (s.len == 0) {
            r->p++; /* not JSON at all */
            r->doc->repairs++;
        } else {
            add_bare(r, s);
        }
    }
    r->key = dtl_slice_of(NULL, 0);
}

static void read_all(struct reader *r)
{
    while (!r->failed) {
        skip_space(r);
        if (r->p >= r->end)
            break;
        if (*r->p == ',') {
            r->p++;
        } else if (*r->p == '}') {
            r->p++;
            close_container(r, JSON_OBJECT);
        } else if (*r->p == ']') {
            r->p++;
            close_container(r, JSON_ARRAY);
        } else if (r->skipping > 0 || !in_object(r)) {
            if (*r->p == ':')
                r->p++;
            else
                read_value(r);
        } else if (read_key(r)) {
            skip_space(r);
            if (r->p < r->end && *r->p != ',' && *r->p != '}')
                read_value(r);
        } else {
            bool escaped; /* a stray value in an object */

            r->doc->repairs++;
            if (*r->p == '"' || *r->p == '\'')
                read_quoted(r, false, &escaped);
            else if (*r->p == '{' || *r->p == '[')
                read_value(r);
            else if (read_bare(r).len == 0)
                r->p++;
        }
    }
    while (r->depth > 0)
        close_top(r);
    if (r->doc->n > 0)
        r->doc->nodes[0].end = r->doc->n;
}

bool jsonld_parse(struct dtl_slice s, struct dtl_arena *arena,
                  struct json_doc *doc)
{
    struct reader r = { .doc = doc };
    struct dtl_slice trimmed = dtl_trim(s);

    doc->arena = arena;
    /* A script escaped as if it were text. */
    if (dtl_starts(trimmed, "{&quot;") || dtl_starts(trimmed, "[{&quot;") ||
        dtl_starts(trimmed, "{ &quot;"))
        s = dtl_html_unescape(s, false, arena);
    r.p = s.ptr;
    r.end = s.len > 0 ? s.ptr + s.len : s.ptr;
    if (doc->n == 0) {
        add_node(&r, JSON_ARRAY);
        if (r.failed)
            return false;
    }
    read_all(&r);
    return !r.failed;
}

/* ---- looking at it
 * ------------------------------------------------------------------ */

uint32_t jsonld_first(const struct json_doc *d, uint32_t container)
{
    return container < d->n && d->nodes[container].end > container + 1 &&
                   d->nodes[container].kind >= JSON_ARRAY
               ? container + 1
               : 0;
}

uint32_t jsonld_next(const struct json_doc *d, uint32_t member)
{
    uint32_t next = d->nodes[member].end;

    return next < d->nodes[d->nodes[member].parent].end ? next : 0;
}

bool jsonld_is(const struct json_doc *d, uint32_t member, const char *name)
{
    return dtl_equal(d->nodes[member].key, dtl_str(name));
}

uint32_t jsonld_get(const struct json_doc *d, uint32_t object, const char *name)
{
    struct dtl_slice want = dtl_str(name);

    for (uint32_t m = jsonld_first(d, object); m != 0; m = jsonld_next(d, m))
        if (dtl_equal(d->nodes[m].key, want))
            return m;
    return 0;
}

static bool hex4(const uint8_t *p, const uint8_t *end, uint32_t *out)
{
    uint32_t v = 0;

    if (end - p < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        uint8_t c = p[i], l = c | 0x20;

        if (c >= '0' && c <= '9')
            v = v << 4 | (uint32_t)(c - '0');
        else if (l >= 'a' && l <= 'f')
            v = v << 4 | (uint32_t)(l - 'a' + 10);
        else
            return false;
    }
    *out = v;
    return true;
}

/* One escape at p (on the backslash); never longer than what it stands for. */
static const uint8_t *unescape_one(const uint8_t *p, const uint8_t *end,
                                   uint8_t *out, size_t *len)
{
    static const char from[] = "nrtbf", to[] = "\n\r\t\b\f";
    uint32_t c, low;
    const char *known;

    if (++p == end)
        return p;
    if (*p == 'u' && hex4(p + 1, end, &c)) {
        p += 5;
        if (c >= 0xd800 && c < 0xdc00 && end - p >= 6 && p[0] == '\\' &&
            p[1] == 'u' && hex4(p + 2, end, &low) && low >= 0xdc00 &&
            low < 0xe000) {
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
            p += 6;
        }
        *len += dtl_utf8_put(out + *len, c);
        return p;
    }
    known = *p != 0 ? strchr(from, *p) : NULL;
    out[(*len)++] = known != NULL ? (uint8_t)to[known - from] : *p;
    return p + 1;
}

struct dtl_slice jsonld_text(const struct json_doc *d, uint32_t i)
{
    const struct json_node *n = &d->nodes[i];
    const uint8_t *p = n->raw.ptr, *end;
    struct dtl_slice s;
    uint8_t *out;
    size_t len = 0;

    if ((n->kind != JSON_STRING && n->kind != JSON_NUMBER) || n->raw.len == 0)
        return dtl_slice_of(NULL, 0);
    if (!n->escaped)
        return dtl_trim(n->raw);
    end = p + n->raw.len;
    out = dtl_arena_alloc(d->arena, n->raw.len);
    if (out == NULL)
        return dtl_slice_of(NULL, 0);
    while (p < end)
        if (*p == '\\')
            p = unescape_one(p, end, out, &len);
        else
            out[len++] = *p++;
    s = dtl_slice_of(out, len);
    if (len > 0 && memchr(out, '&', len) != NULL)
        s = dtl_html_unescape(s, false, d->arena);
    return dtl_trim(s);
}
