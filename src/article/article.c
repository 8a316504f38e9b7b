/* SPDX-License-Identifier: Apache-2.0 */
#include <dateline/article.h>

#include "body.h"
#include "meta.h"

#include <stdio.h>

/* ---- names -----------------------------------------------------------------
 */

#define NAME_OF(table, i) \
    ((i) < sizeof(table) / sizeof((table)[0]) ? (table)[i] : "unknown")

const char *dtl_page_type_name(uint8_t page_type)
{
    static const char *const names[DTL_PAGE_TYPES] = {
        "unknown", "article", "liveblog", "listing",  "home", "forum",
        "product", "video",   "gallery",  "document", "error"
    };

    return NAME_OF(names, page_type);
}

const char *dtl_claim_field_name(uint8_t field)
{
    static const char *const names[DTL_CLAIM_FIELDS] = {
        "title",     "subtitle",  "author",  "published", "modified",
        "site",      "publisher", "section", "tag",       "lang",
        "canonical", "amp",       "origin",  "image",     "description",
        "agency",    "place"
    };

    return NAME_OF(names, field);
}

const char *dtl_claim_source_name(uint8_t source)
{
    static const char *const names[DTL_CLAIM_SOURCES] = {
        "json-ld",  "opengraph", "article-meta", "dublin-core", "parsely",
        "sailthru", "meta",      "microdata",    "rdfa",        "time",
        "link",     "title",     "heading",      "byline",      "url",
        "visible",  "relative",  "copyright",    "http",        "detector",
        "script",   "modified"
    };

    return NAME_OF(names, source);
}

const char *dtl_block_role_name(uint8_t role)
{
    static const char *const names[] = { "paragraph", "heading", "item",
                                         "quote",     "caption", "row",
                                         "pre" };

    return NAME_OF(names, role);
}

/* ---- times ------------------------------------------------------------------
 */

void dtl_when_text(const struct dtl_when *w, char out[DTL_WHEN_TEXT])
{
    int p[6], n;
    int64_t t = w->time;

    out[0] = '\0';
    if (t == DTL_NO_TIME || t < INT64_C(-62135596800) ||
        t > INT64_C(253402214400))
        return;
    if (w->zone_known)
        t += w->zone;
    dtl_time_split(t, p);
    if (w->precision <= 4)
        n = snprintf(out, DTL_WHEN_TEXT, "%04d", p[0]);
    else if (w->precision <= 6)
        n = snprintf(out, DTL_WHEN_TEXT, "%04d-%02d", p[0], p[1]);
    else if (w->precision <= 8)
        n = snprintf(out, DTL_WHEN_TEXT, "%04d-%02d-%02d", p[0], p[1], p[2]);
    else if (w->precision <= 12)
        n = snprintf(out, DTL_WHEN_TEXT, "%04d-%02d-%02dT%02d:%02d", p[0], p[1],
                     p[2], p[3], p[4]);
    else
        n = snprintf(out, DTL_WHEN_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d", p[0],
                     p[1], p[2], p[3], p[4], p[5]);
    if (w->precision <= 8 || !w->zone_known)
        return;
    if (w->zone == 0) {
        snprintf(out + n, DTL_WHEN_TEXT - (size_t)n, "Z");
    } else {
        int minutes = (w->zone < 0 ? -w->zone : w->zone) / 60;

        snprintf(out + n, DTL_WHEN_TEXT - (size_t)n, "%c%02d:%02d",
                 w->zone < 0 ? '-' : '+', minutes / 60 % 24, minutes % 60);
    }
}

/* ---- the flow
 * ------------------------------------------------------------------ */

/* What metadata calls the article, best first. */
static uint32_t gather_titles(const struct meta *m, struct dtl_slice *out,
                              uint32_t max)
{
    uint32_t n = 0;
    int floor = -1;

    while (n < max) {
        const struct dtl_claim *best = NULL;

        for (uint32_t i = 0; i < m->nclaims; i++) {
            const struct dtl_claim *c = &m->claims[i];

            if (c->field == DTL_CLAIM_TITLE && c->rank > floor &&
                (best == NULL || c->rank < best->rank))
                best = c;
        }
        if (best == NULL)
            break;
        floor = best->rank;
        out[n++] = best->value;
    }
    return n;
}

static int find_body(struct meta *m, struct dtl_error *err)
{
    struct dtl_slice titles[8];
    struct dtl_claim *about = meta_best(m, DTL_CLAIM_DESCRIPTION);
    struct body_input in = {
        .page = m->page,
        .classes = m->classes,
        .url = m->in->url,
        .titles = titles,
        .json_body = m->json_body,
        .said_type = m->said_type,
        .said_paywalled = m->said_paywalled,
        .explain = m->in->explain,
    };

    in.ntitles = gather_titles(m, titles, 8);
    if (about != NULL)
        in.description = about->value;
    return body_find(&in, m->arena, &m->body, err);
}

int dtl_article_extract(const struct dtl_article_input *in,
                        struct dtl_arena *arena, struct dtl_article *out,
                        struct dtl_error *err)
{
    struct meta m = { .in = in, .page = in->page, .arena = arena };
    int rc;

    memset(out, 0, sizeof *out);
    rc = meta_collect(&m, err);
    if (rc != DTL_OK)
        return rc;
    rc = find_body(&m, err);
    if (rc != DTL_OK)
        return rc;
    out->page_type = m.body.page_type;
    out->flags = m.body.flags;
    out->confidence = m.body.confidence;
    out->text = m.body.text;
    out->rest = m.body.rest;
    out->blocks = m.body.blocks;
    out->nblocks = m.body.nblocks;
    out->page = in->page;
    out->url = in->url;
    if (meta_visible(&m) != DTL_OK)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory reading metadata");
    meta_choose(&m, out);
    return m.failed
               ? dtl_fail(err, DTL_NOMEM, 0, "out of memory reading metadata")
               : DTL_OK;
}
