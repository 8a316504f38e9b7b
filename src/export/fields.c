/* SPDX-License-Identifier: Apache-2.0 */
#include "fields.h"

#include <stdlib.h>

#include <dateline/article.h>
#include <dateline/json.h>
#include <dateline/story.h>

#define MOST_ITEMS 4096U /* of a list */

/* ---- the table --------------------------------------------------------------
 */

#define DTL_X(name, type, null, meta, what) \
    { #name, DTL_FIELD_##type, null, what },
static const struct dtl_export_field fields[] = { DTL_FIELDS(DTL_X) };
#undef DTL_X

/* Is it a member of the stored metadata? */
#define DTL_X(name, type, null, meta, what) meta,
static const bool of_metadata[] = { DTL_FIELDS(DTL_X) };
#undef DTL_X

const struct dtl_export_field *dtl_export_field_at(size_t i)
{
    return i < DTL_F_COUNT ? &fields[i] : NULL;
}

const char *dtl_field_type_name(enum dtl_field_type type)
{
    static const char *const names[] = { "string",  "integer",  "number",
                                         "boolean", "datetime", "array" };

    return names[type];
}

static void key_text(struct dtl_json *j, const char *key, const char *text)
{
    dtl_json_key(j, key);
    dtl_json_str(j, text);
}

static void type_json(const struct dtl_export_field *f, struct dtl_json *j)
{
    const char *type =
        f->type == DTL_FIELD_TIME ? "string" : dtl_field_type_name(f->type);

    dtl_json_key(j, "type");
    if (f->nullable) {
        dtl_json_array(j);
        dtl_json_str(j, type);
        dtl_json_str(j, "null");
        dtl_json_end(j);
    } else {
        dtl_json_str(j, type);
    }
    if (f->type == DTL_FIELD_TIME)
        key_text(j, "format", "date-time");
    if (f->type == DTL_FIELD_LIST) {
        dtl_json_key(j, "items");
        dtl_json_object(j);
        key_text(j, "type", "string");
        dtl_json_end(j);
    }
}

void dtl_export_schema(struct dtl_json *j)
{
    dtl_json_object(j);
    key_text(j, "$schema", "https://json-schema.org/draft/2020-12/schema");
    key_text(j, "title", "A row of dateline export");
    key_text(j, "type", "object");
    dtl_json_key(j, "properties");
    dtl_json_object(j);
    for (size_t i = 0; i < DTL_F_COUNT; i++) {
        dtl_json_key(j, fields[i].name);
        dtl_json_object(j);
        type_json(&fields[i], j);
        key_text(j, "description", fields[i].meaning);
        dtl_json_end(j);
    }
    dtl_json_end(j);
    dtl_json_key(j, "required");
    dtl_json_array(j);
    for (size_t i = 0; i < DTL_F_COUNT; i++)
        dtl_json_str(j, fields[i].name);
    dtl_json_end(j);
    dtl_json_key(j, "additionalProperties");
    dtl_json_bool(j, false);
    dtl_json_end(j);
}

/* ---- the stored metadata
 * -----------------------------------------------------
 *
 * They are JSON of dtl_article_json(), without white space, strings in UTF-8
 * with the escapes our writer makes.  The bytes are checked all the same. */

struct cursor {
    struct dtl_slice s;
    size_t at;
};

static bool take(struct cursor *c, uint8_t byte)
{
    if (c->at >= c->s.len || c->s.ptr[c->at] != byte)
        return false;
    c->at++;
    return true;
}

/* A string with its quotes. */
static bool take_string(struct cursor *c, struct dtl_slice *out)
{
    const uint8_t *quote;
    size_t from = c->at, back;

    if (!take(c, '"'))
        return false;
    for (;;) {
        quote = c->at < c->s.len
                    ? memchr(c->s.ptr + c->at, '"', c->s.len - c->at)
                    : NULL;
        if (quote == NULL)
            return false;
        c->at = (size_t)(quote - c->s.ptr) + 1;
        for (back = c->at - 1; back > from && c->s.ptr[back - 1] == '\\';)
            back--;
        if ((c->at - 1 - back) % 2 == 0)
            break;
    }
    *out = dtl_sub(c->s, from, c->at);
    return true;
}

/* A number, true, false or null. */
static struct dtl_slice take_word(struct cursor *c)
{
    size_t from = c->at;

    while (c->at < c->s.len && strchr(",]}", c->s.ptr[c->at]) == NULL)
        c->at++;
    return dtl_sub(c->s, from, c->at);
}

static unsigned hex_digits(const uint8_t *p, size_t n)
{
    unsigned v = 0;

    for (size_t i = 0; i < n; i++) {
        unsigned c = p[i] | 0x20U;

        v = v << 4 | ((c >= 'a' ? c - 'a' + 10 : c - '0') & 15);
    }
    return v;
}

/* Our writer escapes what JSON asks it to: controls, quotes, backslashes. */
static size_t unescape(const uint8_t *p, size_t left, uint8_t *out, size_t *n)
{
    static const char letters[] = "btnvfr";
    const char *letter;

    if (left < 2)
        return left;
    if (p[1] == 'u' && left >= 6) {
        *n += dtl_utf8_put(out + *n, hex_digits(p + 2, 4));
        return 6;
    }
    letter = p[1] != '\0' ? strchr(letters, p[1]) : NULL;
    out[(*n)++] = letter != NULL ? (uint8_t)(8 + (letter - letters)) : p[1];
    return 2;
}

/* What a string with quotes says; borrowed when nothing is escaped in it. */
static bool string_value(struct dtl_slice quoted, struct dtl_arena *arena,
                         struct dtl_slice *out)
{
    struct dtl_slice s = dtl_sub(quoted, 1, quoted.len - 1);
    uint8_t *copy;
    size_t n = 0, i = 0;

    *out = s;
    if (s.len == 0 || memchr(s.ptr, '\\', s.len) == NULL)
        return true;
    copy = dtl_arena_alloc(arena, s.len + 4);
    if (copy == NULL)
        return false;
    while (i < s.len) {
        if (s.ptr[i] == '\\')
            i += unescape(s.ptr + i, s.len - i, copy, &n);
        else
            copy[n++] = s.ptr[i++];
    }
    *out = dtl_slice_of(copy, n);
    return true;
}

static bool list_value(struct cursor *c, struct dtl_arena *arena,
                       struct dtl_value *v)
{
    struct dtl_slice *list = NULL, one;
    size_t room = 0;

    if (!take(c, '['))
        return false;
    v->there = true;
    while (!take(c, ']')) {
        if (v->n == MOST_ITEMS || !take_string(c, &one))
            return false;
        if (v->n == room) {
            size_t more = room == 0 ? 8 : room * 2;

            list = dtl_arena_grow(arena, list, room * sizeof *list,
                                  more * sizeof *list);
            room = more;
        }
        if (list == NULL || !string_value(one, arena, &list[v->n]))
            return false;
        v->n++;
        take(c, ',');
    }
    v->list = list;
    return true;
}

static bool word_value(struct dtl_slice word, enum dtl_field_type type,
                       struct dtl_value *v)
{
    char text[40];

    if (word.len == 0 || word.len >= sizeof text)
        return false;
    memcpy(text, word.ptr, word.len);
    text[word.len] = '\0';
    v->there = strcmp(text, "null") != 0;
    if (type == DTL_FIELD_BOOL)
        v->number = text[0] == 't';
    else if (type == DTL_FIELD_DOUBLE)
        v->real = strtod(text, NULL);
    return true;
}

static bool take_value(struct cursor *c, enum dtl_field_type type,
                       struct dtl_arena *arena, struct dtl_value *v)
{
    struct dtl_slice s;

    if (type == DTL_FIELD_LIST)
        return list_value(c, arena, v);
    if (c->at < c->s.len && c->s.ptr[c->at] == '"') {
        v->there = true;
        return take_string(c, &s) && string_value(s, arena, &v->text);
    }
    return word_value(take_word(c), type, v);
}

/* Members come in the order of the table; the search begins where it should
 * end. */
static int field_of(struct dtl_slice quoted, int expected)
{
    struct dtl_slice name = dtl_sub(quoted, 1, quoted.len - 1);

    for (int i = 0; i < DTL_F_COUNT; i++) {
        int f = (expected + i) % DTL_F_COUNT;

        if (of_metadata[f] && dtl_equal(name, dtl_str(fields[f].name)))
            return f;
    }
    return -1;
}

struct dtl_slice dtl_meta_members(struct dtl_slice meta)
{
    size_t claims = dtl_find(meta, dtl_str(",\"claims\":["), 0);

    if (meta.len < 2 || meta.ptr[0] != '{')
        return dtl_str("");
    /* A quotation mark inside a value is written \", so that the key cannot
     * be met elsewhere. */
    return dtl_sub(meta, 1, claims != SIZE_MAX ? claims : meta.len - 1);
}

static bool read_members(struct dtl_slice members, struct dtl_arena *arena,
                         struct dtl_value values[DTL_F_COUNT])
{
    struct cursor c = { .s = members };
    struct dtl_slice key;
    int expected = 0;

    while (c.at < c.s.len) {
        struct dtl_value unknown = { 0 };
        int f;

        if (!take_string(&c, &key) || !take(&c, ':'))
            return false;
        f = field_of(key, expected);
        if (!take_value(&c, f >= 0 ? fields[f].type : DTL_FIELD_STRING, arena,
                        f >= 0 ? &values[f] : &unknown))
            return false;
        if (f >= 0)
            expected = f + 1;
        if (!take(&c, ',') && c.at < c.s.len)
            return false;
    }
    return true;
}

/* ---- the evidence for the date
 * ------------------------------------------------
 */

/* Steps over `key` if it stands there. */
static bool take_key(struct cursor *c, const char *key)
{
    size_t n = strlen(key);

    if (c->s.len - c->at < n || memcmp(c->s.ptr + c->at, key, n) != 0)
        return false;
    c->at += n;
    return true;
}

static bool read_claim(struct cursor *c, struct dtl_date_evidence *out)
{
    struct dtl_slice skipped, raw, relative, chosen, number;

    if (!take_key(c, ",\"source\":") || !take_string(c, &skipped) ||
        !take_key(c, ",\"rank\":") || take_word(c).len == 0 ||
        !take_key(c, ",\"chosen\":"))
        return false;
    chosen = take_word(c);
    if (!take_key(c, ",\"value\":") || !take_string(c, &skipped) ||
        !take_key(c, ",\"relative\":"))
        return false;
    relative = take_word(c);
    if (!take_key(c, ",\"raw\":") || !take_string(c, &raw) ||
        !take_key(c, ",\"offset\":"))
        return false;
    number = take_word(c);
    if (!dtl_equal(chosen, dtl_str("true")) || raw.len <= 2 ||
        !dtl_parse_u64(number, &out->offset))
        return false;
    out->raw = raw;
    out->relative = dtl_equal(relative, dtl_str("true"));
    out->there = true;
    return true;
}

void dtl_date_evidence(struct dtl_slice meta, struct dtl_date_evidence *out)
{
    static const char start[] = "{\"field\":\"published\"";
    struct cursor c = { .s = meta };

    memset(out, 0, sizeof *out);
    while ((c.at = dtl_find(meta, dtl_str(start), c.at)) != SIZE_MAX) {
        c.at += sizeof start - 1;
        if (read_claim(&c, out))
            return;
    }
}

/* ---- all of a row
 * ------------------------------------------------------------- */

/* An archive's bytes need not be UTF-8; a string has to. */
static struct dtl_slice as_utf8(struct dtl_slice s, struct dtl_arena *arena)
{
    size_t at = 0, n = 0;
    uint8_t *copy;

    if (s.len == 0 || dtl_utf8_valid(s) == s.len)
        return s;
    copy = dtl_arena_alloc(arena, 3 * s.len);
    while (copy != NULL && at < s.len)
        n += dtl_utf8_put(copy + n, dtl_utf8_next(s, &at));
    return dtl_slice_of(copy, n);
}

static void set_text(struct dtl_value *v, struct dtl_slice s)
{
    v->there = s.len > 0;
    v->text = s;
}

static void set_number(struct dtl_value *v, bool there, int64_t n)
{
    v->there = there;
    v->number = n;
}

static bool set_copy(struct dtl_value *v, const char *text,
                     struct dtl_arena *arena)
{
    set_text(v, dtl_arena_dup(arena, dtl_str(text)));
    return v->text.ptr != NULL;
}

static bool set_capture(const struct dtl_export_row *r, struct dtl_arena *arena,
                        struct dtl_value *v)
{
    const struct dtl_capture *c = &r->capture;
    char text[DTL_DIGEST_TEXT];

    set_number(&v[DTL_F_captured], c->time != DTL_NO_TIME, c->time);
    set_text(&v[DTL_F_archive_file], as_utf8(dtl_str(r->file), arena));
    set_number(&v[DTL_F_archive_offset], true, (int64_t)c->offset);
    set_number(&v[DTL_F_archive_length], true, (int64_t)c->length);
    set_text(&v[DTL_F_record_id], as_utf8(c->record_id, arena));
    dtl_digest_text(&c->digest, text);
    return set_copy(&v[DTL_F_payload_digest], text, arena);
}

static bool set_article(const struct dtl_export_row *r, struct dtl_arena *arena,
                        struct dtl_value *v)
{
    const struct dtl_article_row *a = &r->article;
    struct dtl_date_evidence date;
    char text[DTL_DIGEST_TEXT];

    set_number(&v[DTL_F_published_time], a->published != DTL_NO_TIME,
               a->published);
    dtl_date_evidence(a->meta, &date);
    if (date.there) {
        v[DTL_F_published_raw].there = true;
        if (!string_value(date.raw, arena, &v[DTL_F_published_raw].text))
            return false;
    }
    set_number(&v[DTL_F_published_offset], date.there, (int64_t)date.offset);
    set_number(&v[DTL_F_published_relative], date.there, date.relative);
    set_text(&v[DTL_F_domain], a->site);
    set_number(&v[DTL_F_words], true, a->words);
    set_text(&v[DTL_F_text], as_utf8(a->text, arena));
    v[DTL_F_text].there = true;
    memcpy(text, "sha256:", 7);
    dtl_hex(dtl_slice_of(a->text_hash, 32), text + 7);
    set_number(&v[DTL_F_normal_form], true, DTL_NORMAL_VERSION);
    set_text(&v[DTL_F_extractor], dtl_str(dtl_version()));
    return set_copy(&v[DTL_F_text_hash], text, arena);
}

/* Prose and names; addresses, dates and provenance stay as they are. */
static const uint8_t redacted_fields[] = {
    DTL_F_title,     DTL_F_subtitle, DTL_F_authors,       DTL_F_site,
    DTL_F_publisher, DTL_F_section,  DTL_F_tags,          DTL_F_description,
    DTL_F_agency,    DTL_F_place,    DTL_F_published_raw, DTL_F_text,
};

static bool redact_value(const struct dtl_format_run *run, struct dtl_value *v)
{
    unsigned kinds = run->options->redact;
    struct dtl_slice *list;

    if (v->list == NULL) {
        v->text = dtl_redact(v->text, kinds, run->arena, run->redacted);
        return v->text.ptr != NULL || !v->there || v->text.len == 0;
    }
    list = dtl_arena_calloc(run->arena, v->n + 1, sizeof *list);
    for (size_t i = 0; list != NULL && i < v->n; i++) {
        list[i] = dtl_redact(v->list[i], kinds, run->arena, run->redacted);
        if (list[i].ptr == NULL && v->list[i].len > 0)
            return false;
    }
    v->list = list;
    return list != NULL;
}

static bool redact(const struct dtl_format_run *run, struct dtl_value *values)
{
    for (size_t i = 0; i < sizeof redacted_fields; i++)
        if (!redact_value(run, &values[redacted_fields[i]]))
            return false;
    return true;
}

int dtl_row_values(const struct dtl_format_run *run,
                   const struct dtl_export_row *row,
                   struct dtl_value values[DTL_F_COUNT], struct dtl_error *err)
{
    struct dtl_arena *arena = run->arena;

    memset(values, 0, DTL_F_COUNT * sizeof *values);
    values[DTL_F_authors].there = values[DTL_F_tags].there = true;
    if (!read_members(dtl_meta_members(row->article.meta), arena, values))
        return dtl_fail(err, DTL_FORMAT, 0,
                        "the metadata of an article cannot be read");
    /* A page captured under two addresses is one article: the row is about
     * the capture. */
    set_text(&values[DTL_F_url], as_utf8(row->capture.url, arena));
    if (!values[DTL_F_page_type].there)
        set_text(&values[DTL_F_page_type],
                 dtl_str(dtl_page_type_name(row->article.page_type)));
    values[DTL_F_paywalled].there = true;
    if (!set_article(row, arena, values) || !set_capture(row, arena, values))
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a row");
    if (run->options->redact != 0 && !redact(run, values))
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a row");
    return DTL_OK;
}
