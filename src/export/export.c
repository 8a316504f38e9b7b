/* SPDX-License-Identifier: Apache-2.0 */
#include <dateline/export.h>

#include <stdlib.h>

#include <dateline/article.h>
#include <dateline/json.h>

struct dtl_export {
    struct dtl_store *store;
    struct dtl_selection selection;
    struct dtl_ref at;
    struct dtl_arena *arena;
    uint64_t given;
};

int dtl_export_open(struct dtl_store *store,
                    const struct dtl_selection *selection,
                    struct dtl_export **out, struct dtl_error *err)
{
    struct dtl_export *x = calloc(1, sizeof *x);

    *out = NULL;
    if (x != NULL)
        x->arena = dtl_arena_new((size_t)128 << 20);
    if (x == NULL || x->arena == NULL) {
        dtl_export_close(x);
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for an export");
    }
    x->store = store;
    x->selection = *selection;
    *out = x;
    return DTL_OK;
}

void dtl_export_close(struct dtl_export *x)
{
    if (x == NULL)
        return;
    dtl_arena_free(x->arena);
    free(x);
}

static bool in_list(struct dtl_slice s, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (dtl_equal_nocase(s, dtl_str(list[i])))
            return true;
    return n == 0;
}

static bool in_time(int64_t t, int64_t from, int64_t to)
{
    if (from == DTL_NO_TIME && to == DTL_NO_TIME)
        return true;
    return t != DTL_NO_TIME && (from == DTL_NO_TIME || t >= from) &&
           (to == DTL_NO_TIME || t <= to);
}

static bool type_fits(const struct dtl_selection *s, uint8_t type)
{
    if (s->npage_types == 0)
        return type == DTL_PAGE_ARTICLE || type == DTL_PAGE_LIVEBLOG;
    return in_list(dtl_str(dtl_page_type_name(type)), s->page_types,
                   s->npage_types);
}

static bool row_fits(const struct dtl_selection *s,
                     const struct dtl_article_row *row)
{
    return type_fits(s, row->page_type) &&
           in_list(row->site, s->sites, s->nsites) &&
           in_list(row->language, s->languages, s->nlanguages) &&
           in_time(row->published, s->published_from, s->published_to);
}

/* Earliest capture of `article` within the selected times. */
static int first_capture(struct dtl_export *x, struct dtl_ref article,
                         struct dtl_capture *out, bool *found,
                         struct dtl_error *err)
{
    struct dtl_ref *refs;
    struct dtl_capture c;
    size_t n;
    int rc =
        dtl_store_article_captures(x->store, article, x->arena, &refs, &n, err);

    *found = false;
    for (size_t i = 0; i < n && rc == DTL_OK; i++) {
        rc = dtl_store_capture_in(x->store, refs[i], x->arena, &c, err);
        if (rc != DTL_OK ||
            !in_time(c.time, x->selection.from, x->selection.to) ||
            (*found && c.time >= out->time))
            continue;
        *out = c;
        *found = true;
    }
    return rc;
}

static bool before(const struct dtl_capture *a, struct dtl_ref a_ref,
                   const struct dtl_capture *b, struct dtl_ref b_ref)
{
    if (a->time != b->time)
        return a->time < b->time;
    if (a_ref.segment != b_ref.segment)
        return a_ref.segment < b_ref.segment;
    return a_ref.ordinal < b_ref.ordinal;
}

/* True when no other selected article with the same text came earlier. */
static int is_first_of_text(struct dtl_export *x, struct dtl_ref article,
                            const struct dtl_article_row *row,
                            const struct dtl_capture *mine, bool *first,
                            struct dtl_error *err)
{
    struct dtl_ref *same;
    size_t n;
    int rc =
        dtl_store_by_text(x->store, row->text_hash, x->arena, &same, &n, err);

    *first = true;
    for (size_t i = 0; i < n && rc == DTL_OK && *first; i++) {
        struct dtl_article_row other;
        struct dtl_capture c;
        bool found;

        if (same[i].segment == article.segment &&
            same[i].ordinal == article.ordinal)
            continue;
        rc = dtl_store_article(x->store, same[i], x->arena, &other, err);
        if (rc != DTL_OK || !row_fits(&x->selection, &other))
            continue;
        rc = first_capture(x, same[i], &c, &found, err);
        if (rc == DTL_OK && found && before(&c, same[i], mine, article))
            *first = false;
    }
    return rc;
}

/* The stored metadata are an object of our own writing, with the claims last;
 * its members become members of the row.  (A quotation mark inside a value is
 * written \", so the key cannot be met elsewhere.) */
static struct dtl_slice members_of(struct dtl_slice meta)
{
    size_t claims = dtl_find(meta, dtl_str(",\"claims\":["), 0);

    if (meta.len < 2 || meta.ptr[0] != '{')
        return dtl_str("");
    return dtl_sub(meta, 1, claims != SIZE_MAX ? claims : meta.len - 1);
}

static void text_member(struct dtl_json *j, const char *key, const char *text)
{
    dtl_json_key(j, key);
    dtl_json_str(j, text[0] != '\0' ? text : NULL);
}

static int write_row(struct dtl_export *x, const struct dtl_article_row *row,
                     const struct dtl_capture *c, struct dtl_buf *line,
                     struct dtl_error *err)
{
    struct dtl_json j = { .out = line };
    struct dtl_slice members = members_of(row->meta);
    char text[DTL_DIGEST_TEXT];
    const char *file = NULL;
    int rc = dtl_store_file_name(x->store, c->file, &file, err);

    if (rc != DTL_OK)
        return rc;
    dtl_json_object(&j);
    if (members.len > 0) {
        dtl_buf_slice(line, members);
        j.started = true;
    }
    dtl_json_key(&j, "domain");
    dtl_json_slice(&j, row->site);
    dtl_json_key(&j, "words");
    dtl_json_uint(&j, row->words);
    dtl_json_key(&j, "text");
    dtl_json_slice(&j, row->text);
    dtl_time_iso(c->time, text);
    text_member(&j, "captured", text);
    dtl_json_key(&j, "archive_file");
    dtl_json_str(&j, file);
    dtl_json_key(&j, "archive_offset");
    dtl_json_uint(&j, c->offset);
    dtl_json_key(&j, "archive_length");
    dtl_json_uint(&j, c->length);
    dtl_json_key(&j, "record_id");
    if (c->record_id.len > 0)
        dtl_json_slice(&j, c->record_id);
    else
        dtl_json_null(&j);
    dtl_digest_text(&c->digest, text);
    text_member(&j, "payload_digest", text);
    memcpy(text, "sha256:", 7);
    dtl_hex(dtl_slice_of(row->text_hash, 32), text + 7);
    text_member(&j, "text_hash", text);
    dtl_json_key(&j, "normal_form");
    dtl_json_int(&j, DTL_NORMAL_VERSION);
    dtl_json_key(&j, "extractor");
    dtl_json_str(&j, dtl_version());
    dtl_json_end(&j);
    dtl_buf_byte(line, '\n');
    if (line->failed)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a row");
    return DTL_OK;
}

/* DTL_NOTFOUND when this article is not selected. */
static int try_article(struct dtl_export *x, struct dtl_ref article,
                       const struct dtl_article_row *row, struct dtl_buf *line,
                       struct dtl_error *err)
{
    struct dtl_capture c;
    bool wanted;
    int rc;

    if (!row_fits(&x->selection, row))
        return DTL_NOTFOUND;
    rc = first_capture(x, article, &c, &wanted, err);
    if (rc == DTL_OK && wanted && x->selection.dedupe == DTL_DEDUPE_TEXT)
        rc = is_first_of_text(x, article, row, &c, &wanted, err);
    if (rc != DTL_OK)
        return rc;
    return wanted ? write_row(x, row, &c, line, err) : DTL_NOTFOUND;
}

int dtl_export_next(struct dtl_export *x, struct dtl_buf *line,
                    struct dtl_error *err)
{
    struct dtl_article_row row;
    int rc = DTL_NOTFOUND;

    if (x->selection.limit != 0 && x->given >= x->selection.limit)
        return DTL_END;
    while (rc == DTL_NOTFOUND) {
        struct dtl_ref article;

        dtl_arena_reset(x->arena);
        rc = dtl_store_next_article(x->store, &x->at, x->arena, &row, err);
        if (rc != DTL_OK)
            return rc;
        article = x->at;
        article.ordinal--;
        rc = try_article(x, article, &row, line, err);
    }
    if (rc == DTL_OK)
        x->given++;
    return rc;
}
