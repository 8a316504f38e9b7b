/* SPDX-License-Identifier: Apache-2.0 */
#include "cdxrow.h"

#include <dateline/json.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define MATCH_STEPS 200000U
#define MATCH_DEPTH 5000U
#define MATCH_HEAP  4096U /* KiB */

/* The first name of a field is the one it is written with. */
#define OPEN 24 /* bytes copied at once, more than the longest needs */
#define NAME(text, f)                                  \
    {                                                  \
        text, ", \"" text "\": \"", sizeof text + 6, f \
    }
static const struct name {
    const char *name;
    char open[OPEN]; /* of a JSON member, up to its value */
    size_t len;      /* of that */
    uint8_t field;
} names[] = {
    NAME("urlkey", DTL_CDX_URLKEY),
    NAME("timestamp", DTL_CDX_TIMESTAMP),
    NAME("url", DTL_CDX_URL),
    NAME("mime", DTL_CDX_MIME),
    NAME("status", DTL_CDX_STATUS),
    NAME("digest", DTL_CDX_DIGEST),
    NAME("redirect", DTL_CDX_REDIRECT),
    NAME("robotflags", DTL_CDX_ROBOTFLAGS),
    NAME("length", DTL_CDX_LENGTH),
    NAME("offset", DTL_CDX_OFFSET),
    NAME("filename", DTL_CDX_FILENAME),
    NAME("orig.length", DTL_CDX_ORIG_LENGTH),
    NAME("orig.offset", DTL_CDX_ORIG_OFFSET),
    NAME("orig.filename", DTL_CDX_ORIG_FILENAME),
    NAME("original", DTL_CDX_URL),
    NAME("mimetype", DTL_CDX_MIME),
    NAME("statuscode", DTL_CDX_STATUS),
};

enum dtl_cdx_field dtl_cdx_field_named(struct dtl_slice name)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (dtl_equal(name, dtl_str(names[i].name)))
            return names[i].field;
    return DTL_CDX_FIELDS;
}

/* ---- texts -------------------------------------------------------------- */

static struct dtl_slice decimal(char *to, uint64_t v)
{
    char *p = to + 23;

    *p = '\0';
    do
        *--p = (char)('0' + v % 10);
    while ((v /= 10) > 0);
    return dtl_slice_of(p, (size_t)(to + 23 - p));
}

/* The same in room for 20 digits. */
static uint8_t *put_decimal(uint8_t *to, uint64_t v)
{
    static const char pairs[] = "00010203040506070809"
                                "10111213141516171819"
                                "20212223242526272829"
                                "30313233343536373839"
                                "40414243444546474849"
                                "50515253545556575859"
                                "60616263646566676869"
                                "70717273747576777879"
                                "80818283848586878889"
                                "90919293949596979899";
    uint64_t more = 10;
    size_t n = 1;
    uint8_t *p;

    for (; n < 20 && v >= more; more *= 10)
        n++;
    for (p = to + n; v >= 10; v /= 100) {
        p -= 2;
        memcpy(p, pairs + 2 * (v % 100), 2);
    }
    if (p > to)
        *to = (uint8_t)('0' + v);
    return to + n;
}

/* CDX lines give a SHA-1 without its name. */
static struct dtl_slice digest_text(struct dtl_cdx_row *r)
{
    dtl_digest_text(&r->c.digest, r->digest);
    if (r->c.digest.kind == DTL_DIGEST_SHA1)
        return dtl_slice_of(r->digest + 5, 32);
    return dtl_str(r->digest);
}

static struct dtl_slice mime_text(const struct dtl_cdx_row *r)
{
    if ((r->c.flags & DTL_CAPTURE_REVISIT) && !r->has_original)
        return dtl_str("warc/revisit");
    return r->c.mime;
}

static struct dtl_slice orig_text(struct dtl_cdx_row *r, enum dtl_cdx_field f)
{
    if (!r->has_original)
        return dtl_str("-");
    if (f == DTL_CDX_ORIG_LENGTH)
        return decimal(r->number, r->orig_length);
    if (f == DTL_CDX_ORIG_OFFSET)
        return decimal(r->number, r->orig_offset);
    return r->orig_filename;
}

static struct dtl_file_label *name_file(struct dtl_store *s,
                                        struct dtl_cdx_row *r)
{
    struct dtl_file_label *label =
        dtl_store_file_label(s, r->c.file, r->c.flags & DTL_CAPTURE_IMPORTED);

    r->filename = label != NULL ? label->text : dtl_str(NULL);
    r->named = true;
    return label;
}

static struct dtl_slice text_of(struct dtl_store *s, struct dtl_cdx_row *r,
                                enum dtl_cdx_field f)
{
    switch (f) {
    case DTL_CDX_URLKEY: return r->c.key;
    case DTL_CDX_TIMESTAMP:
        dtl_time_14(r->c.time, r->time);
        return dtl_slice_of(r->time, r->time[0] != '\0' ? DTL_TIME_14 - 1 : 0);
    case DTL_CDX_URL: return r->c.url;
    case DTL_CDX_MIME: return mime_text(r);
    case DTL_CDX_STATUS:
        if (r->c.status == 0)
            break;
        return decimal(r->status, r->c.status);
    case DTL_CDX_DIGEST: return digest_text(r);
    case DTL_CDX_REDIRECT: return r->c.redirect;
    case DTL_CDX_LENGTH:
        if (r->c.length == 0)
            break;
        return decimal(r->length, r->c.length);
    case DTL_CDX_OFFSET: return decimal(r->offset, r->c.offset);
    case DTL_CDX_FILENAME:
        if (!r->named)
            name_file(s, r);
        return r->filename;
    case DTL_CDX_ORIG_LENGTH:
    case DTL_CDX_ORIG_OFFSET:
    case DTL_CDX_ORIG_FILENAME:
        return r->resolved ? orig_text(r, f) : dtl_str(NULL);
    default: break;
    }
    return dtl_str(NULL);
}

bool dtl_cdx_row_get(struct dtl_store *s, struct dtl_cdx_row *r,
                     enum dtl_cdx_field f, struct dtl_slice *out)
{
    *out = text_of(s, r, f);
    if (out->len > 0)
        return true;
    if (f == DTL_CDX_MIME && r->empty_mime)
        return true;
    /* A CDX line has all its fields; a CDXJ line those it knows. */
    if (!(r->c.flags & DTL_CAPTURE_CDX_LINE) || f > DTL_CDX_FILENAME)
        return false;
    *out = dtl_str("-");
    return true;
}

/* Slices of `decimal` texts are overwritten by the next orig.* field, so each
 * is written before the next is asked for. */
void dtl_cdx_row_text(struct dtl_store *s, struct dtl_cdx_row *r,
                      const uint8_t *fields, size_t n, struct dtl_buf *out)
{
    for (size_t i = 0; i < n; i++) {
        struct dtl_slice value;

        if (fields[i] >= DTL_CDX_ORIG_LENGTH && !r->resolved)
            continue;
        if (i > 0)
            dtl_buf_byte(out, ' ');
        if (!dtl_cdx_row_get(s, r, fields[i], &value) || value.len == 0)
            value = dtl_str("-");
        dtl_buf_slice(out, value);
    }
}

#define ONES UINT64_C(0x0101010101010101)

/* 0x80 in bytes that have to be escaped or are not ASCII, and sometimes in
 * ones after them. */
static uint64_t odd_bytes(uint64_t w)
{
    uint64_t quote = w ^ ONES * '"', slash = w ^ ONES * '\\';

    return (w | (w - ONES * 0x20) | ((quote - ONES) & ~quote) |
            ((slash - ONES) & ~slash)) &
           ONES * 0x80;
}

static uint64_t odd_at(const uint8_t *p)
{
    uint64_t w;

    memcpy(&w, p, 8);
    return odd_bytes(w);
}

/* Nothing in it has to be escaped, and all is ASCII. */
static bool is_plain(struct dtl_slice s)
{
    uint64_t odd = 0;
    size_t i = 0;

    if (s.len >= 8) {
        for (; i + 8 < s.len; i += 8)
            odd |= odd_at(s.ptr + i);
        return (odd | odd_at(s.ptr + s.len - 8)) == 0;
    }
    for (; i < s.len; i++)
        odd |= odd_bytes(s.ptr[i] | ONES * ' ' << 8);
    return odd == 0;
}

/* `"name": "value"`, escaped. */
static void put_member(struct dtl_buf *out, const struct name *name,
                       struct dtl_slice value, bool first)
{
    struct dtl_json j = { .out = out };

    dtl_buf_add(out, name->open + (first ? 2 : 0), name->len - (first ? 3 : 1));
    dtl_json_slice(&j, value);
}

/* Is the field a number that is known? */
static bool number_of(const struct dtl_cdx_row *r, enum dtl_cdx_field f,
                      uint64_t *v)
{
    switch (f) {
    case DTL_CDX_STATUS: *v = r->c.status; return *v != 0;
    case DTL_CDX_LENGTH: *v = r->c.length; return *v != 0;
    case DTL_CDX_OFFSET: *v = r->c.offset; return true;
    default: return false;
    }
}

static uint8_t *put_open(uint8_t *p, const struct name *name, bool first)
{
    memcpy(p, first ? name->open + 2 : name->open, OPEN - 2);
    return p + (first ? name->len - 2 : name->len);
}

/* Most lines have nothing to escape: then they are copied together, in room
 * that was made once. */
static uint8_t *plain_line(struct dtl_store *s, struct dtl_cdx_row *r,
                           const uint8_t *fields, size_t n, bool bare,
                           uint8_t *p)
{
    struct dtl_slice value;
    bool first = true;

    if (!bare) {
        memcpy(p, r->c.key.ptr, r->c.key.len);
        p += r->c.key.len;
        *p++ = ' ';
        dtl_time_14(r->c.time, (char *)p);
        p += DTL_TIME_14 - 1;
        *p++ = ' ';
    }
    *p++ = '{';
    for (size_t i = 0; i < n; i++) {
        const struct name *name = &names[fields[i]];
        uint64_t number;

        if (!bare && fields[i] <= DTL_CDX_TIMESTAMP)
            continue;
        if (number_of(r, fields[i], &number)) {
            p = put_decimal(put_open(p, name, first), number);
        } else if (dtl_cdx_row_get(s, r, fields[i], &value)) {
            p = put_open(p, name, first);
            if (value.len > 0)
                memcpy(p, value.ptr, value.len);
            p += value.len;
        } else {
            continue;
        }
        *p++ = '"';
        first = false;
    }
    *p++ = '}';
    return p;
}

static bool has_plain_name(struct dtl_store *s, struct dtl_cdx_row *r)
{
    struct dtl_file_label *label = name_file(s, r);

    if (label != NULL && !label->judged) {
        label->plain = is_plain(label->text);
        label->judged = true;
    }
    return label == NULL || label->plain;
}

/* Room for the line if it is plain, else 0. */
static size_t plain_room(struct dtl_store *s, struct dtl_cdx_row *r, size_t n,
                         bool bare)
{
    if (r->resolved || n > DTL_CDX_FIELDS || r->c.key.len == 0 ||
        !has_plain_name(s, r) || !is_plain(r->c.url) ||
        (bare && !is_plain(r->c.key)) || !is_plain(r->c.mime) ||
        !is_plain(r->c.redirect))
        return 0;
    /* A field may be asked for more than once. */
    return n * (2 * OPEN + DTL_DIGEST_TEXT + r->c.url.len + r->c.key.len +
                r->c.mime.len + r->c.redirect.len + r->filename.len) +
           r->c.key.len + 3 * OPEN;
}

void dtl_cdx_row_json(struct dtl_store *s, struct dtl_cdx_row *r,
                      const uint8_t *fields, size_t n, bool bare,
                      struct dtl_buf *out)
{
    size_t room = plain_room(s, r, n, bare);
    struct dtl_slice value;
    bool first = true;

    if (room > 0 && dtl_buf_reserve(out, room)) {
        out->len =
            (size_t)(plain_line(s, r, fields, n, bare, out->ptr + out->len) -
                     out->ptr);
        return;
    }
    if (!bare) {
        dtl_cdx_row_text(s, r,
                         (const uint8_t[]){ DTL_CDX_URLKEY, DTL_CDX_TIMESTAMP },
                         2, out);
        dtl_buf_byte(out, ' ');
    }
    dtl_buf_byte(out, '{');
    for (size_t i = 0; i < n; i++) {
        if (!bare && fields[i] <= DTL_CDX_TIMESTAMP)
            continue;
        if (!dtl_cdx_row_get(s, r, fields[i], &value))
            continue;
        put_member(out, &names[fields[i]], value, first);
        first = false;
    }
    dtl_buf_byte(out, '}');
}

/* ---- filters ------------------------------------------------------------ */

enum how { CONTAINS, EQUALS, MATCHES };

struct dtl_cdx_filter {
    bool invert;
    enum how how;
    bool whole; /* the line, not a field */
    uint8_t field;
    char *text;
    size_t len;
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *limits;
};

void dtl_cdx_filter_free(struct dtl_cdx_filter *f)
{
    if (f == NULL)
        return;
    pcre2_code_free(f->code);
    pcre2_match_data_free(f->data);
    pcre2_match_context_free(f->limits);
    free(f->text);
    free(f);
}

static int compile(struct dtl_cdx_filter *f, struct dtl_error *err)
{
    PCRE2_UCHAR what[128];
    PCRE2_SIZE at;
    int code;

    f->code = pcre2_compile((PCRE2_SPTR)f->text, f->len,
                            PCRE2_ANCHORED | PCRE2_NEVER_BACKSLASH_C, &code,
                            &at, NULL);
    if (f->code == NULL) {
        pcre2_get_error_message(code, what, sizeof what);
        return dtl_fail(err, DTL_INVALID, 0, "Invalid filter regex at %zu: %s",
                        at, (const char *)what);
    }
    pcre2_jit_compile(f->code, PCRE2_JIT_COMPLETE); /* or it is slower */
    f->data = pcre2_match_data_create(1, NULL);
    f->limits = pcre2_match_context_create(NULL);
    if (f->data == NULL || f->limits == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a filter");
    pcre2_set_match_limit(f->limits, MATCH_STEPS);
    pcre2_set_depth_limit(f->limits, MATCH_DEPTH);
    pcre2_set_heap_limit(f->limits, MATCH_HEAP);
    return DTL_OK;
}

int dtl_cdx_filter_new(struct dtl_slice text, struct dtl_cdx_filter **out,
                       struct dtl_error *err)
{
    struct dtl_cdx_filter *f = calloc(1, sizeof *f);
    const uint8_t *colon;
    int rc = DTL_OK;

    *out = NULL;
    if (f == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a filter");
    if (dtl_starts(text, "!")) {
        f->invert = true;
        text = dtl_sub(text, 1, text.len);
    }
    if (dtl_starts(text, "="))
        f->how = EQUALS;
    else if (dtl_starts(text, "~"))
        f->how = MATCHES;
    if (f->how != CONTAINS)
        text = dtl_sub(text, 1, text.len);
    colon = text.len > 0 ? memchr(text.ptr, ':', text.len) : NULL;
    f->whole = colon == NULL;
    if (colon != NULL) {
        size_t n = (size_t)(colon - text.ptr);

        f->field = (uint8_t)dtl_cdx_field_named(dtl_sub(text, 0, n));
        text = dtl_sub(text, n + 1, text.len);
    }
    f->text = strndup(text.len > 0 ? (const char *)text.ptr : "", text.len);
    f->len = f->text != NULL ? strlen(f->text) : 0;
    if (f->text == NULL)
        rc = dtl_fail(err, DTL_NOMEM, 0, "out of memory for a filter");
    else if (f->how == MATCHES)
        rc = compile(f, err);
    if (rc != DTL_OK) {
        dtl_cdx_filter_free(f);
        return rc;
    }
    *out = f;
    return DTL_OK;
}

static int matches(struct dtl_cdx_filter *f, struct dtl_slice value,
                   struct dtl_error *err)
{
    int code = pcre2_match(f->code, value.len > 0 ? value.ptr : (PCRE2_SPTR) "",
                           value.len, 0, 0, f->data, f->limits);

    if (code >= 0)
        return 1;
    if (code == PCRE2_ERROR_NOMATCH)
        return 0;
    return dtl_fail(err, DTL_LIMIT, 0,
                    "the filter's regular expression takes too many steps");
}

int dtl_cdx_filter_passes(struct dtl_cdx_filter *f, struct dtl_store *s,
                          struct dtl_cdx_row *r, struct dtl_buf *scratch,
                          struct dtl_error *err)
{
    static const uint8_t all[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
    struct dtl_slice value = { 0 }, want = dtl_slice_of(f->text, f->len);
    int yes;

    if (f->whole) {
        dtl_buf_clear(scratch);
        dtl_cdx_row_text(s, r, all, sizeof all, scratch);
        value = dtl_buf_view(scratch);
    } else if (f->field < DTL_CDX_FIELDS &&
               !dtl_cdx_row_get(s, r, f->field, &value)) {
        value = dtl_str(NULL);
    }
    if (f->how == MATCHES)
        yes = matches(f, value, err);
    else if (f->how == EQUALS)
        yes = dtl_equal(value, want);
    else
        yes = want.len == 0 || dtl_find(value, want, 0) != SIZE_MAX;
    return yes < 0 ? yes : yes != f->invert;
}
