/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WARC 1.1 section 4: version line, named fields, empty line, all ending in
 * CRLF.  Real files end lines in LF alone, fold values over lines, write names
 * in any case, and put angle brackets round the target URI (wget did, after a
 * slip in the grammar of WARC 1.0).
 */
#include "head.h"

#include <stdlib.h>

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

bool head_warc(struct dtl_slice s)
{
    return s.len > 5 && dtl_starts_nocase(s, "WARC/") && is_digit(s.ptr[5]);
}

/* Length of the version line with its newline; 0 when it is none, SIZE_MAX
 * when `s` is too short to tell. */
static size_t version_line(struct dtl_slice s)
{
    size_t i = 6;

    if (!head_warc(s))
        return 0;
    while (i < s.len && i < 12 && (is_digit(s.ptr[i]) || s.ptr[i] == '.'))
        i++;
    while (i < s.len && i < 16 && (s.ptr[i] == ' ' || s.ptr[i] == '\r'))
        i++;
    if (i >= s.len)
        return SIZE_MAX;
    return s.ptr[i] == '\n' ? i + 1 : 0;
}

static bool is_09(struct dtl_slice s)
{
    size_t i = 8;

    if (!dtl_starts_nocase(s, "WARC/0.9 "))
        return false;
    while (i < s.len && s.ptr[i] == ' ')
        i++;
    return i < s.len && is_digit(s.ptr[i]);
}

/* "Name:" begins `s`, or could if there were more of it. */
static bool is_field(struct dtl_slice s)
{
    for (size_t i = 0; i < s.len && i < 64; i++) {
        uint8_t c = s.ptr[i], low = c | 0x20;

        if (c == ':')
            return i > 0;
        if (!(low >= 'a' && low <= 'z') && !is_digit(c) && c != '-' && c != '_')
            return false;
    }
    return s.len < 64;
}

bool head_warc_sure(struct dtl_slice s)
{
    size_t n = version_line(s);

    if (n == 0)
        return is_09(s);
    return n == SIZE_MAX || is_field(dtl_sub(s, n, s.len));
}

enum head_end head_find_end(struct dtl_slice s, size_t *scan, size_t *len)
{
    while (*scan < s.len) {
        const uint8_t *line = s.ptr + *scan;
        const uint8_t *nl = memchr(line, '\n', s.len - *scan);
        size_t n;

        if (nl == NULL)
            return HEAD_OPEN;
        n = (size_t)(nl - line);
        if (n == 0 || (n == 1 && line[0] == '\r')) {
            *len = *scan + n + 1;
            return HEAD_COMPLETE;
        }
        if (*scan > 0 && (line[0] == 'W' || line[0] == 'w')) {
            struct dtl_slice rest = dtl_sub(s, *scan, s.len);
            size_t v = version_line(rest);

            if (v != 0 && v != SIZE_MAX) {
                *len = *scan;
                return HEAD_BROKEN;
            }
        }
        *scan += n + 1;
    }
    return HEAD_OPEN;
}

/* ---- fields ------------------------------------------------------------- */

static bool add_field(struct head_fields *f, struct dtl_slice name,
                      struct dtl_slice value)
{
    if (f->n == f->cap) {
        size_t cap = f->cap > 0 ? f->cap * 2 : 32;
        struct dtl_field *p = realloc(f->fields, cap * sizeof *p);

        if (p == NULL)
            return false;
        f->fields = p;
        f->cap = cap;
    }
    f->fields[f->n].name = name;
    f->fields[f->n++].value = value;
    return true;
}

/* WARC 1.1 section 4: a line that begins with white space goes on with the
 * value before it, and stands for one space. */
static bool fold(struct head_fields *f, struct dtl_slice line,
                 struct dtl_arena *arena)
{
    struct dtl_slice *value = &f->fields[f->n - 1].value;
    size_t len = value->len + 1 + line.len;
    uint8_t *p;

    if (line.len == 0)
        return true;
    if (value->len == 0) {
        *value = line;
        return true;
    }
    p = dtl_arena_grow(arena, (void *)(uintptr_t)value->ptr, value->len, len);
    if (p == NULL)
        return true; /* past the arena's ceiling: what we have will do */
    p[value->len] = ' ';
    memcpy(p + value->len + 1, line.ptr, line.len);
    *value = dtl_slice_of(p, len);
    return true;
}

bool head_split(struct dtl_slice s, struct dtl_arena *arena,
                struct head_fields *out)
{
    bool first = true;

    out->n = 0;
    out->bare_lf = out->odd_line = false;
    while (s.len > 0) {
        const uint8_t *nl = memchr(s.ptr, '\n', s.len), *colon;
        size_t n = nl != NULL ? (size_t)(nl - s.ptr) : s.len;
        struct dtl_slice line = dtl_sub(s, 0, n);

        s = dtl_sub(s, n + 1, s.len);
        out->bare_lf |= n == 0 || line.ptr[n - 1] != '\r';
        if (first) {
            first = false;
            continue;
        }
        if (n > 0 && (line.ptr[0] == ' ' || line.ptr[0] == '\t')) {
            if (out->n > 0 && !fold(out, dtl_trim(line), arena))
                return false;
            continue;
        }
        colon = n > 0 ? memchr(line.ptr, ':', n) : NULL;
        if (colon == NULL || out->n == HEAD_MAX_FIELDS) {
            out->odd_line |= dtl_trim(line).len > 0;
            continue;
        }
        n = (size_t)(colon - line.ptr);
        if (!add_field(out, dtl_trim(dtl_sub(line, 0, n)),
                       dtl_trim(dtl_sub(line, n + 1, line.len))))
            return false;
    }
    return true;
}

/* ---- what the fields say ------------------------------------------------ */

#define AT(member) offsetof(struct dtl_warc_record, member)

static const struct {
    const char *name;
    size_t at;
} known[] = {
    { "WARC-Type", AT(type_name) },
    { "WARC-Record-ID", AT(record_id) },
    { "WARC-Target-URI", AT(uri) },
    { "WARC-Date", AT(date) },
    { "WARC-IP-Address", AT(ip) },
    { "Content-Type", AT(content_type) },
    { "WARC-Payload-Digest", AT(payload_digest) },
    { "WARC-Block-Digest", AT(block_digest) },
    { "WARC-Refers-To", AT(refers_to) },
    { "WARC-Refers-To-Target-URI", AT(refers_to_uri) },
    { "WARC-Refers-To-Date", AT(refers_to_date) },
    { "WARC-Profile", AT(profile) },
    { "WARC-Truncated", AT(truncated) },
    { "WARC-Concurrent-To", AT(concurrent_to) },
    { "WARC-Segment-Origin-ID", AT(segment_origin) },
};

static const struct {
    const char *name;
    enum dtl_warc_type type;
} types[] = {
    { "warcinfo", DTL_WARC_WARCINFO },
    { "response", DTL_WARC_RESPONSE },
    { "resource", DTL_WARC_RESOURCE },
    { "request", DTL_WARC_REQUEST },
    { "metadata", DTL_WARC_METADATA },
    { "revisit", DTL_WARC_REVISIT },
    { "conversion", DTL_WARC_CONVERSION },
    { "continuation", DTL_WARC_CONTINUATION },
};

const char *dtl_warc_type_name(enum dtl_warc_type type)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (types[i].type == type)
            return types[i].name;
    return "unknown";
}

static enum dtl_warc_type type_of(struct dtl_slice name)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (dtl_equal_nocase(name, dtl_str(types[i].name)))
            return types[i].type;
    return DTL_WARC_UNKNOWN;
}

static void apply(const struct dtl_field *f, struct dtl_warc_record *rec)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct dtl_slice *to;

        if (!dtl_equal_nocase(f->name, dtl_str(known[i].name)))
            continue;
        to = (struct dtl_slice *)(void *)((char *)rec + known[i].at);
        if (to->ptr == NULL) /* the first of several */
            *to = f->value;
        return;
    }
}

static struct dtl_slice unbracket(struct dtl_slice s)
{
    if (s.len >= 2 && s.ptr[0] == '<' && s.ptr[s.len - 1] == '>')
        return dtl_sub(s, 1, s.len - 1);
    return s;
}

void head_apply(const struct head_fields *f, struct dtl_warc_record *rec,
                bool *has_length)
{
    const struct dtl_field *length, *segment;
    uint64_t number;

    for (size_t i = 0; i < f->n; i++)
        apply(&f->fields[i], rec);
    rec->fields = f->fields;
    rec->nfields = f->n;
    rec->uri = unbracket(rec->uri);
    rec->type = type_of(rec->type_name);
    rec->time = dtl_time_parse_iso(rec->date);
    length = dtl_field_find(f->fields, f->n, "Content-Length");
    *has_length =
        length != NULL && dtl_parse_u64(length->value, &rec->content_length);
    segment = dtl_field_find(f->fields, f->n, "WARC-Segment-Number");
    if (segment != NULL && dtl_parse_u64(segment->value, &number))
        rec->segment = number < UINT32_MAX ? (uint32_t)number : UINT32_MAX;
}

/* The next token of `s`, which loses it. */
static struct dtl_slice token(struct dtl_slice *s)
{
    struct dtl_slice t;
    size_t n = 0;

    *s = dtl_trim(*s);
    while (n < s->len && s->ptr[n] != ' ')
        n++;
    t = dtl_sub(*s, 0, n);
    *s = dtl_sub(*s, n, s->len);
    return t;
}

/* A header that says two things of what can be only one has lost its middle:
 * it is the beginning of one record's and the end of another's. */
static bool says_two(const struct head_fields *f, const char *name)
{
    const struct dtl_field *first = dtl_field_find(f->fields, f->n, name);

    for (size_t i = 0; first != NULL && i < f->n; i++)
        if (&f->fields[i] != first &&
            dtl_equal_nocase(f->fields[i].name, first->name) &&
            !dtl_equal(f->fields[i].value, first->value))
            return true;
    return false;
}

bool head_is_two(const struct head_fields *f)
{
    return says_two(f, "WARC-Record-ID") && says_two(f, "Content-Length");
}

bool head_apply_09(struct dtl_slice line, struct dtl_warc_record *rec,
                   bool *has_length)
{
    uint64_t length;

    if (!is_09(line))
        return false;
    rec->version = token(&line);
    *has_length =
        dtl_parse_u64(token(&line), &length) && length >= rec->head.len;
    if (*has_length)
        rec->content_length = length - rec->head.len;
    rec->type_name = token(&line);
    rec->type = type_of(rec->type_name);
    rec->uri = token(&line);
    rec->date = token(&line);
    rec->time = dtl_time_parse_14(rec->date, false);
    rec->content_type = token(&line);
    rec->record_id = token(&line);
    return true;
}

bool head_begins(struct dtl_slice s)
{
    struct arc_line line;
    size_t len;

    return head_warc(s) || arc_parse(s, &line, &len);
}
