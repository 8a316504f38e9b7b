/* SPDX-License-Identifier: Apache-2.0 */
#include <dateline/ingest.h>

#include <stdlib.h>

#include <dateline/html.h>
#include <dateline/json.h>
#include <dateline/url.h>

#define PAGE_CEILING   ((size_t)16 << 20)
#define ARENA_PER_PAGE 12 /* most arena bytes for a byte of page */

struct dtl_harvester {
    struct dtl_arena *arena; /* emptied with each record */
    struct dtl_decoder *decoder;
    struct dtl_hasher *hashers[DTL_DIGEST_MD5 + 1]; /* made when needed */
    struct dtl_buf meta;
    size_t ceiling;
};

int dtl_harvester_new(size_t ceiling, struct dtl_harvester **out,
                      struct dtl_error *err)
{
    struct dtl_harvester *h = calloc(1, sizeof *h);
    int rc;

    *out = NULL;
    if (h == NULL)
        goto nomem;
    h->ceiling = ceiling != 0 ? ceiling : PAGE_CEILING;
    h->arena = dtl_arena_new(h->ceiling * ARENA_PER_PAGE);
    if (h->arena == NULL)
        goto nomem;
    rc = dtl_decoder_new(&h->decoder, err);
    if (rc != DTL_OK) {
        dtl_harvester_free(h);
        return rc;
    }
    *out = h;
    return DTL_OK;

nomem:
    dtl_harvester_free(h);
    return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a record");
}

void dtl_harvester_free(struct dtl_harvester *h)
{
    if (h == NULL)
        return;
    dtl_arena_free(h->arena);
    dtl_decoder_free(h->decoder);
    for (size_t i = 0; i <= DTL_DIGEST_MD5; i++)
        dtl_hasher_free(h->hashers[i]);
    dtl_buf_free(&h->meta);
    free(h);
}

static int digest_of(struct dtl_harvester *h, unsigned kind,
                     struct dtl_slice bytes, struct dtl_digest *out,
                     struct dtl_error *err)
{
    if (h->hashers[kind] == NULL) {
        int rc =
            dtl_hasher_new((enum dtl_digest_kind)kind, &h->hashers[kind], err);

        if (rc != DTL_OK)
            return rc;
    }
    dtl_hasher_add(h->hashers[kind], bytes);
    dtl_hasher_finish(h->hashers[kind], out);
    return DTL_OK;
}

static bool equals_digest(struct dtl_harvester *h, struct dtl_slice bytes,
                          const struct dtl_digest *want)
{
    struct dtl_digest got;

    return digest_of(h, want->kind, bytes, &got, NULL) == DTL_OK &&
           dtl_digest_equal(&got, want);
}

/*
 * The payload digest: the declared one, checked against the three things
 * crawlers have hashed under that name (the payload, the body with its chunk
 * framing, the whole block), or one of our own.
 */
static int payload_digest(struct dtl_harvester *h,
                          const struct dtl_warc_record *rec,
                          struct dtl_slice block, unsigned what,
                          struct dtl_harvest *out, struct dtl_error *err)
{
    struct dtl_capture *c = &out->capture;
    struct dtl_slice body = dtl_sub(block, out->http.head_len, block.len);
    bool whole =
        (c->flags & (DTL_CAPTURE_TRUNCATED | DTL_CAPTURE_DAMAGED)) == 0;

    if (rec->payload_digest.len > 0 &&
        dtl_digest_parse(rec->payload_digest, &c->digest, NULL) == DTL_OK) {
        if (!whole || rec->type == DTL_WARC_REVISIT ||
            (what & DTL_HARVEST_CHECK_DIGEST) == 0)
            return DTL_OK;
        if (equals_digest(h, out->payload, &c->digest) ||
            (body.len != out->payload.len &&
             equals_digest(h, body, &c->digest)) ||
            equals_digest(h, block, &c->digest))
            c->flags |= DTL_CAPTURE_VERIFIED;
        else
            c->flags |= DTL_CAPTURE_MISMATCH;
        return DTL_OK;
    }
    if (rec->type == DTL_WARC_REVISIT || !whole)
        return DTL_OK;
    c->flags |= DTL_CAPTURE_VERIFIED;
    return digest_of(h, DTL_DIGEST_SHA1, out->payload, &c->digest, err);
}

/* Some crawlers give a response the type of its payload; the head is there all
 * the same. */
static bool has_http(const struct dtl_warc_record *rec, struct dtl_slice block)
{
    bool answer =
        rec->type == DTL_WARC_RESPONSE || rec->type == DTL_WARC_REVISIT;

    return dtl_starts_nocase(rec->content_type, "application/http") ||
           (answer && rec->content_type.len == 0) ||
           (answer && dtl_starts(block, "HTTP/")) || rec->arc;
}

static bool is_web(struct dtl_slice uri)
{
    return dtl_starts_nocase(uri, "http://") ||
           dtl_starts_nocase(uri, "https://");
}

static struct dtl_slice mime_of(struct dtl_slice content_type)
{
    for (size_t i = 0; i < content_type.len; i++)
        if (content_type.ptr[i] == ';')
            return dtl_trim(dtl_sub(content_type, 0, i));
    return dtl_trim(content_type);
}

static bool looks_like_html(struct dtl_slice s)
{
    s = dtl_trim(dtl_sub(s, 0, 512));
    return dtl_starts_nocase(s, "<!doctype html") ||
           dtl_starts_nocase(s, "<html") || dtl_starts_nocase(s, "<head");
}

static bool is_page(const struct dtl_harvest *out)
{
    const struct dtl_capture *c = &out->capture;

    if (!out->is_capture || (c->flags & DTL_CAPTURE_REVISIT) != 0 ||
        (c->status != 0 && (c->status < 200 || c->status > 299)))
        return false;
    if (dtl_equal_nocase(c->mime, dtl_str("text/html")) ||
        dtl_equal_nocase(c->mime, dtl_str("application/xhtml+xml")))
        return true;
    return c->mime.len == 0 && looks_like_html(out->payload);
}

static int fill_http(struct dtl_harvester *h, struct dtl_slice block,
                     struct dtl_harvest *out, struct dtl_error *err)
{
    struct dtl_capture *c = &out->capture;
    const struct dtl_field *location;
    int rc = dtl_http_parse(block, h->arena, &out->http, err);

    if (rc != DTL_OK)
        return rc;
    rc = dtl_http_payload(&out->http,
                          dtl_sub(block, out->http.head_len, block.len),
                          h->arena, &out->payload, err);
    if (rc != DTL_OK)
        return rc;
    c->status = (uint16_t)out->http.status;
    c->mime = out->http.mime;
    location = dtl_field_find(out->http.fields, out->http.nfields, "Location");
    if (location != NULL && c->status >= 300 && c->status < 400)
        c->redirect = location->value;
    return DTL_OK;
}

static int fill_capture(struct dtl_harvester *h,
                        const struct dtl_warc_record *rec,
                        struct dtl_slice block, uint16_t flags, unsigned what,
                        struct dtl_harvest *out, struct dtl_error *err)
{
    struct dtl_capture *c = &out->capture;
    int rc;

    c->offset = rec->offset;
    c->length = rec->length;
    c->time = rec->time;
    c->flags = flags;
    c->url = rec->uri;
    c->record_id = rec->record_id;
    c->article = DTL_NO_ARTICLE;
    if (rec->truncated.len > 0)
        c->flags |= DTL_CAPTURE_TRUNCATED;
    if (rec->type == DTL_WARC_REVISIT)
        c->flags |= DTL_CAPTURE_REVISIT;
    out->payload = block;
    if (has_http(rec, block) && is_web(rec->uri)) {
        if ((rc = fill_http(h, block, out, err)) != DTL_OK)
            return rc;
    } else {
        c->flags |= DTL_CAPTURE_NO_HTTP;
        c->mime = mime_of(rec->content_type);
    }
    if ((what & DTL_HARVEST_BEGINNING) != 0)
        return DTL_OK;
    return payload_digest(h, rec, block, what, out, err);
}

/* The marks of the rest of the page follow those of the text, as if both were
 * one text; `row->words` tells where it begins. */
static int add_rest_marks(struct dtl_harvester *h, struct dtl_article_row *row,
                          struct dtl_marks *marks, struct dtl_error *err)
{
    struct dtl_slice normal;
    struct dtl_marks rest;
    struct dtl_mark *all;
    int rc;

    row->words = marks->words;
    if (row->rest.len == 0)
        return DTL_OK;
    if ((rc = dtl_normal(row->rest, h->arena, &normal, err)) != DTL_OK ||
        (rc = dtl_marks(normal, h->arena, &rest, err)) != DTL_OK)
        return rc;
    all = dtl_arena_calloc(h->arena, (size_t)marks->count + rest.count + 1,
                           sizeof *all);
    if (all == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for marks");
    if (marks->count > 0)
        memcpy(all, marks->marks, marks->count * sizeof *all);
    for (uint32_t i = 0; i < rest.count; i++) {
        all[marks->count + i] = rest.marks[i];
        all[marks->count + i].position += marks->words;
    }
    marks->marks = all;
    marks->count += rest.count;
    marks->words += rest.words;
    return DTL_OK;
}

static int fill_story(struct dtl_harvester *h, struct dtl_harvest *out,
                      struct dtl_error *err)
{
    struct dtl_article_row *row = &out->row;
    int rc;

    if ((rc = dtl_normal(row->text, h->arena, &out->normal, err)) != DTL_OK ||
        (rc = dtl_text_hash(out->normal, row->text_hash, err)) != DTL_OK ||
        (rc = dtl_marks(out->normal, h->arena, &out->marks, err)) != DTL_OK ||
        (rc = add_rest_marks(h, row, &out->marks, err)) != DTL_OK ||
        (rc = dtl_title_marks(row->title, h->arena, &out->title_marks, err)) !=
            DTL_OK)
        return rc;
    return DTL_OK;
}

int dtl_harvest_story(struct dtl_harvester *h, struct dtl_harvest *out,
                      struct dtl_error *err)
{
    dtl_arena_reset(h->arena);
    return fill_story(h, out, err);
}

static int fill_row(struct dtl_harvester *h, struct dtl_harvest *out,
                    struct dtl_error *err)
{
    struct dtl_article_row *row = &out->row;
    struct dtl_json json = { .out = &h->meta };

    dtl_buf_clear(&h->meta);
    dtl_article_json(&out->article, out->capture.url, DTL_JSON_CLAIMS, &json);
    if (h->meta.failed)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for an article");
    row->meta = dtl_buf_view(&h->meta);
    row->title = out->article.title;
    row->site = dtl_url_site(h->arena, out->capture.url);
    row->language = out->article.language;
    row->published = out->article.published.time;
    row->page_type = out->article.page_type;
    row->text = out->article.text;
    row->rest = out->article.rest;
    out->has_article = row->text.len > 0;
    return DTL_OK;
}

static int fill_page(struct dtl_harvester *h, unsigned what,
                     struct dtl_harvest *out, struct dtl_error *err)
{
    struct dtl_decoded decoded;
    struct dtl_page *page;
    struct dtl_article_input in = { .url = out->capture.url,
                                    .captured = out->capture.time };
    const struct dtl_field *modified;
    int rc;

    if ((rc = dtl_http_decode(h->decoder, &out->http, out->payload, h->ceiling,
                              &out->body, err)) != DTL_OK ||
        (rc = dtl_charset_decode(out->body, out->http.charset, h->arena,
                                 &decoded, err)) != DTL_OK)
        return rc;
    out->page = decoded.text;
    out->charset = decoded.charset;
    if ((what & DTL_HARVEST_ARTICLE) == 0)
        return DTL_OK;
    if ((rc = dtl_page_parse(decoded.text, h->arena, &page, err)) != DTL_OK)
        return rc;
    in.page = page;
    in.explain = (what & DTL_HARVEST_EXPLAIN) != 0;
    modified =
        dtl_field_find(out->http.fields, out->http.nfields, "Last-Modified");
    if (modified != NULL)
        in.last_modified = modified->value;
    rc = dtl_article_extract(&in, h->arena, &out->article, err);
    if (rc == DTL_OK)
        rc = fill_row(h, out, err);
    if (rc == DTL_OK && (what & DTL_HARVEST_STORY) != 0)
        rc = fill_story(h, out, err);
    return rc;
}

int dtl_harvest_record(struct dtl_harvester *h,
                       const struct dtl_warc_record *rec,
                       struct dtl_slice block, uint16_t flags, unsigned what,
                       struct dtl_harvest *out, struct dtl_error *err)
{
    int rc;

    memset(out, 0, sizeof *out);
    dtl_arena_reset(h->arena);
    out->is_capture = rec->type == DTL_WARC_RESPONSE ||
                      rec->type == DTL_WARC_RESOURCE ||
                      rec->type == DTL_WARC_REVISIT;
    rc = fill_capture(h, rec, block, flags, what, out, err);
    if (rc != DTL_OK || !out->is_capture)
        return rc;
    out->capture.key = dtl_surt(h->arena, out->capture.url, DTL_SURT_WAYBACK);
    if (out->capture.key.ptr == NULL)
        return dtl_fail(err, DTL_NOMEM, rec->offset, "out of memory");
    out->is_page = is_page(out);
    if (!out->is_page || (what & DTL_HARVEST_BEGINNING) != 0)
        return DTL_OK;
    return fill_page(h, what, out, err);
}
