/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The article as JSON.  The field names are an interface: dateline(1) and
 * exports use them; add, never rename.
 */
#include <dateline/article.h>
#include <dateline/json.h>

static void text_or_null(struct dtl_json *j, const char *key,
                         struct dtl_slice s)
{
    dtl_json_key(j, key);
    if (s.ptr == NULL || s.len == 0)
        dtl_json_null(j);
    else
        dtl_json_slice(j, s);
}

static void list(struct dtl_json *j, const char *key,
                 const struct dtl_slice *items, uint32_t n)
{
    dtl_json_key(j, key);
    dtl_json_array(j);
    for (uint32_t i = 0; i < n; i++)
        dtl_json_slice(j, items[i]);
    dtl_json_end(j);
}

static void when(struct dtl_json *j, const char *key, const char *source_key,
                 const struct dtl_when *w, uint8_t source)
{
    char text[DTL_WHEN_TEXT];

    dtl_when_text(w, text);
    text_or_null(j, key, dtl_str(text));
    dtl_json_key(j, source_key);
    dtl_json_str(j, text[0] != '\0' ? dtl_claim_source_name(source) : NULL);
}

static void captions(const struct dtl_article *a, struct dtl_json *j)
{
    dtl_json_key(j, "captions");
    dtl_json_array(j);
    for (uint32_t i = 0; i < a->nblocks; i++) {
        const struct dtl_block *b = &a->blocks[i];

        if (b->role != DTL_BLOCK_CAPTION)
            continue;
        dtl_json_object(j);
        dtl_json_key(j, "text");
        dtl_json_slice(j, b->text);
        text_or_null(j, "image", b->image);
        dtl_json_end(j);
    }
    dtl_json_end(j);
}

static void claims(const struct dtl_article *a, struct dtl_json *j)
{
    dtl_json_key(j, "claims");
    dtl_json_array(j);
    for (uint32_t i = 0; i < a->nclaims; i++) {
        const struct dtl_claim *c = &a->claims[i];
        char text[DTL_WHEN_TEXT];

        dtl_json_object(j);
        dtl_json_key(j, "field");
        dtl_json_str(j, dtl_claim_field_name(c->field));
        dtl_json_key(j, "source");
        dtl_json_str(j, dtl_claim_source_name(c->source));
        dtl_json_key(j, "rank");
        dtl_json_int(j, c->rank);
        dtl_json_key(j, "chosen");
        dtl_json_bool(j, c->chosen);
        dtl_json_key(j, "value");
        if (c->field == DTL_CLAIM_PUBLISHED || c->field == DTL_CLAIM_MODIFIED) {
            dtl_when_text(&c->when, text);
            dtl_json_str(j, text);
            dtl_json_key(j, "relative");
            dtl_json_bool(j, c->when.relative);
        } else {
            dtl_json_slice(j, c->value);
        }
        dtl_json_key(j, "raw");
        dtl_json_slice(j, c->raw);
        dtl_json_key(j, "offset");
        dtl_json_uint(j, c->offset);
        dtl_json_end(j);
    }
    dtl_json_end(j);
}

static void blocks(const struct dtl_article *a, struct dtl_json *j)
{
    dtl_json_key(j, "blocks");
    dtl_json_array(j);
    for (uint32_t i = 0; i < a->nblocks; i++) {
        const struct dtl_block *b = &a->blocks[i];

        dtl_json_object(j);
        dtl_json_key(j, "role");
        dtl_json_str(j, dtl_block_role_name(b->role));
        dtl_json_key(j, "level");
        dtl_json_uint(j, b->level);
        dtl_json_key(j, "kept");
        dtl_json_bool(j, b->kept);
        dtl_json_key(j, "reason");
        dtl_json_str(j, b->reason);
        dtl_json_key(j, "score");
        dtl_json_double(j, (double)b->score, 4);
        dtl_json_key(j, "from");
        dtl_json_uint(j, b->source);
        dtl_json_key(j, "to");
        dtl_json_uint(j, b->source_end);
        dtl_json_key(j, "text");
        dtl_json_slice(j, b->text);
        dtl_json_end(j);
    }
    dtl_json_end(j);
}

static void source_of_text(const struct dtl_article *a, struct dtl_json *j)
{
    const char *from = a->flags & DTL_ARTICLE_FROM_JSON ? "data" : "page";

    dtl_json_key(j, "text_source");
    dtl_json_str(j, a->text.len > 0 ? from : NULL);
}

void dtl_article_json(const struct dtl_article *a, struct dtl_slice url,
                      unsigned what, struct dtl_json *j)
{
    dtl_json_object(j);
    text_or_null(j, "url", url);
    text_or_null(j, "title", a->title);
    text_or_null(j, "subtitle", a->subtitle);
    list(j, "authors", a->authors, a->nauthors);
    when(j, "published", "published_source", &a->published,
         a->published_source);
    when(j, "modified", "modified_source", &a->modified, a->modified_source);
    text_or_null(j, "site", a->site);
    text_or_null(j, "publisher", a->publisher);
    text_or_null(j, "section", a->section);
    list(j, "tags", a->tags, a->ntags);
    text_or_null(j, "lang", a->language);
    text_or_null(j, "canonical", a->canonical);
    text_or_null(j, "amp", a->amp);
    text_or_null(j, "origin", a->origin);
    text_or_null(j, "image", a->image);
    text_or_null(j, "description", a->description);
    text_or_null(j, "agency", a->agency);
    text_or_null(j, "place", a->place);
    dtl_json_key(j, "page_type");
    dtl_json_str(j, dtl_page_type_name(a->page_type));
    dtl_json_key(j, "paywalled");
    dtl_json_bool(j, (a->flags & DTL_ARTICLE_PAYWALLED) != 0);
    dtl_json_key(j, "confidence");
    dtl_json_double(j, (double)a->confidence, 3);
    if (what & DTL_JSON_TEXT) {
        source_of_text(a, j);
        text_or_null(j, "text", a->text);
        captions(a, j);
    }
    if (what & DTL_JSON_CLAIMS)
        claims(a, j);
    if (what & DTL_JSON_BLOCKS)
        blocks(a, j);
    dtl_json_end(j);
}
