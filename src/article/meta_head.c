/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head of the page: one row a name.  To add a metadata source: one row
 * here and one case in tests/unit/test_article_meta.c.
 */
#include "meta.h"

#include <dateline/url.h>

enum { LIST = 1 << 0, URL = 1 << 1 };

#define NAME_MAX_BYTES 60

/* clang-format off */
static const struct row {
    const char *name;
    uint8_t field, source, rank, how;
} rows[] = {
    { "og:title", DTL_CLAIM_TITLE, DTL_FROM_OPENGRAPH, 20, 0 },
    { "twitter:title", DTL_CLAIM_TITLE, DTL_FROM_META, 24, 0 },
    { "dc.title", DTL_CLAIM_TITLE, DTL_FROM_DUBLIN_CORE, 26, 0 },
    { "dcterms.title", DTL_CLAIM_TITLE, DTL_FROM_DUBLIN_CORE, 26, 0 },
    { "sailthru.title", DTL_CLAIM_TITLE, DTL_FROM_SAILTHRU, 22, 0 },
    { "parsely-title", DTL_CLAIM_TITLE, DTL_FROM_PARSELY, 22, 0 },
    { "citation_title", DTL_CLAIM_TITLE, DTL_FROM_META, 15, 0 },
    { "cxenseparse:recs:title", DTL_CLAIM_TITLE, DTL_FROM_META, 26, 0 },
    { "title", DTL_CLAIM_TITLE, DTL_FROM_META, 28, 0 },
    { "headline", DTL_CLAIM_TITLE, DTL_FROM_META, 22, 0 },

    { "article:published_time", DTL_CLAIM_PUBLISHED, DTL_FROM_ARTICLE_META, 12, 0 },
    { "article:published", DTL_CLAIM_PUBLISHED, DTL_FROM_ARTICLE_META, 12, 0 },
    { "og:published_time", DTL_CLAIM_PUBLISHED, DTL_FROM_OPENGRAPH, 13, 0 },
    { "og:article:published_time", DTL_CLAIM_PUBLISHED, DTL_FROM_OPENGRAPH, 13, 0 },
    { "og:pubdate", DTL_CLAIM_PUBLISHED, DTL_FROM_OPENGRAPH, 13, 0 },
    { "og:release_date", DTL_CLAIM_PUBLISHED, DTL_FROM_OPENGRAPH, 18, 0 },
    { "video:release_date", DTL_CLAIM_PUBLISHED, DTL_FROM_OPENGRAPH, 19, 0 },
    { "sailthru.date", DTL_CLAIM_PUBLISHED, DTL_FROM_SAILTHRU, 15, 0 },
    { "parsely-pub-date", DTL_CLAIM_PUBLISHED, DTL_FROM_PARSELY, 14, 0 },
    { "dc.date.issued", DTL_CLAIM_PUBLISHED, DTL_FROM_DUBLIN_CORE, 15, 0 },
    { "dc.date.created", DTL_CLAIM_PUBLISHED, DTL_FROM_DUBLIN_CORE, 16, 0 },
    { "dc.created", DTL_CLAIM_PUBLISHED, DTL_FROM_DUBLIN_CORE, 16, 0 },
    { "dcterms.created", DTL_CLAIM_PUBLISHED, DTL_FROM_DUBLIN_CORE, 16, 0 },
    { "dcterms.issued", DTL_CLAIM_PUBLISHED, DTL_FROM_DUBLIN_CORE, 15, 0 },
    { "dcterms.date", DTL_CLAIM_PUBLISHED, DTL_FROM_DUBLIN_CORE, 56, 0 },
    { "dc.date.published", DTL_CLAIM_PUBLISHED, DTL_FROM_DUBLIN_CORE, 15, 0 },
    { "dc.date", DTL_CLAIM_PUBLISHED, DTL_FROM_DUBLIN_CORE, 56, 0 },
    { "date", DTL_CLAIM_PUBLISHED, DTL_FROM_META, 56, 0 },
    { "pubdate", DTL_CLAIM_PUBLISHED, DTL_FROM_META, 15, 0 },
    { "publishdate", DTL_CLAIM_PUBLISHED, DTL_FROM_META, 15, 0 },
    { "published", DTL_CLAIM_PUBLISHED, DTL_FROM_META, 15, 0 },
    { "published_time", DTL_CLAIM_PUBLISHED, DTL_FROM_META, 15, 0 },
    { "published-date", DTL_CLAIM_PUBLISHED, DTL_FROM_META, 15, 0 },
    { "publication_date", DTL_CLAIM_PUBLISHED, DTL_FROM_META, 15, 0 },
    { "publishtime", DTL_CLAIM_PUBLISHED, DTL_FROM_META, 15, 0 },
    { "datepublished", DTL_CLAIM_PUBLISHED, DTL_FROM_MICRODATA, 14, 0 },
    { "datecreated", DTL_CLAIM_PUBLISHED, DTL_FROM_MICRODATA, 17, 0 },
    { "article.created", DTL_CLAIM_PUBLISHED, DTL_FROM_META, 16, 0 },
    { "article_date_original", DTL_CLAIM_PUBLISHED, DTL_FROM_META, 14, 0 },
    { "article:post_date", DTL_CLAIM_PUBLISHED, DTL_FROM_ARTICLE_META, 14, 0 },
    { "article:publicationdate", DTL_CLAIM_PUBLISHED, DTL_FROM_ARTICLE_META, 14, 0 },
    { "rnews:datepublished", DTL_CLAIM_PUBLISHED, DTL_FROM_META, 14, 0 },
    { "citation_publication_date", DTL_CLAIM_PUBLISHED, DTL_FROM_META, 15, 0 },
    { "citation_date", DTL_CLAIM_PUBLISHED, DTL_FROM_META, 16, 0 },
    { "citation_online_date", DTL_CLAIM_PUBLISHED, DTL_FROM_META, 17, 0 },
    { "cxenseparse:recs:publishtime", DTL_CLAIM_PUBLISHED, DTL_FROM_META, 14, 0 },
    { "cxenseparse:publishtime", DTL_CLAIM_PUBLISHED, DTL_FROM_META, 14, 0 },
    { "bt:pubdate", DTL_CLAIM_PUBLISHED, DTL_FROM_META, 15, 0 },
    { "originalpublicationdate", DTL_CLAIM_PUBLISHED, DTL_FROM_META, 13, 0 },
    { "ptime", DTL_CLAIM_PUBLISHED, DTL_FROM_META, 16, 0 },
    { "displaydate", DTL_CLAIM_PUBLISHED, DTL_FROM_META, 15, 0 },
    { "firstpublished", DTL_CLAIM_PUBLISHED, DTL_FROM_META, 14, 0 },
    { "created", DTL_CLAIM_PUBLISHED, DTL_FROM_META, 17, 0 },
    { "creation_date", DTL_CLAIM_PUBLISHED, DTL_FROM_META, 17, 0 },
    { "article:create_at", DTL_CLAIM_PUBLISHED, DTL_FROM_ARTICLE_META, 14, 0 },
    { "gentime", DTL_CLAIM_PUBLISHED, DTL_FROM_META, 17, 0 },
    { "lastmodified", DTL_CLAIM_MODIFIED, DTL_FROM_META, 16, 0 },
    { "article:modified_time", DTL_CLAIM_MODIFIED, DTL_FROM_ARTICLE_META, 12, 0 },
    { "article:modified", DTL_CLAIM_MODIFIED, DTL_FROM_ARTICLE_META, 12, 0 },
    { "article:update_at", DTL_CLAIM_MODIFIED, DTL_FROM_ARTICLE_META, 12, 0 },
    { "og:updated_time", DTL_CLAIM_MODIFIED, DTL_FROM_OPENGRAPH, 14, 0 },
    { "og:modified_time", DTL_CLAIM_MODIFIED, DTL_FROM_OPENGRAPH, 14, 0 },
    { "dc.date.modified", DTL_CLAIM_MODIFIED, DTL_FROM_DUBLIN_CORE, 15, 0 },
    { "dcterms.modified", DTL_CLAIM_MODIFIED, DTL_FROM_DUBLIN_CORE, 15, 0 },
    { "datemodified", DTL_CLAIM_MODIFIED, DTL_FROM_MICRODATA, 14, 0 },
    { "article.updated", DTL_CLAIM_MODIFIED, DTL_FROM_META, 14, 0 },
    { "revised", DTL_CLAIM_MODIFIED, DTL_FROM_META, 16, 0 },
    { "last-updated", DTL_CLAIM_MODIFIED, DTL_FROM_META, 16, 0 },
    { "updated", DTL_CLAIM_MODIFIED, DTL_FROM_META, 16, 0 },

    { "author", DTL_CLAIM_AUTHOR, DTL_FROM_META, 20, LIST },
    { "authors", DTL_CLAIM_AUTHOR, DTL_FROM_META, 20, LIST },
    { "article:author", DTL_CLAIM_AUTHOR, DTL_FROM_ARTICLE_META, 22, LIST },
    { "article:author_name", DTL_CLAIM_AUTHOR, DTL_FROM_ARTICLE_META, 20, LIST },
    { "og:author", DTL_CLAIM_AUTHOR, DTL_FROM_OPENGRAPH, 22, LIST },
    { "og:article:author", DTL_CLAIM_AUTHOR, DTL_FROM_OPENGRAPH, 22, LIST },
    { "book:author", DTL_CLAIM_AUTHOR, DTL_FROM_OPENGRAPH, 26, LIST },
    { "dc.creator", DTL_CLAIM_AUTHOR, DTL_FROM_DUBLIN_CORE, 21, LIST },
    { "dcterms.creator", DTL_CLAIM_AUTHOR, DTL_FROM_DUBLIN_CORE, 21, LIST },
    { "dc.creator.name", DTL_CLAIM_AUTHOR, DTL_FROM_DUBLIN_CORE, 21, LIST },
    { "parsely-author", DTL_CLAIM_AUTHOR, DTL_FROM_PARSELY, 18, LIST },
    { "sailthru.author", DTL_CLAIM_AUTHOR, DTL_FROM_SAILTHRU, 18, LIST },
    { "citation_author", DTL_CLAIM_AUTHOR, DTL_FROM_META, 15, 0 },
    { "cxenseparse:author", DTL_CLAIM_AUTHOR, DTL_FROM_META, 21, LIST },
    { "byl", DTL_CLAIM_AUTHOR, DTL_FROM_META, 18, LIST },
    { "rbauthors", DTL_CLAIM_AUTHOR, DTL_FROM_META, 21, LIST },
    { "bt:author", DTL_CLAIM_AUTHOR, DTL_FROM_META, 21, LIST },
    { "creator", DTL_CLAIM_AUTHOR, DTL_FROM_META, 24, LIST },
    { "twitter:data1", DTL_CLAIM_AUTHOR, DTL_FROM_META, 40, LIST },

    { "og:site_name", DTL_CLAIM_SITE, DTL_FROM_OPENGRAPH, 10, 0 },
    { "application-name", DTL_CLAIM_SITE, DTL_FROM_META, 30, 0 },
    { "apple-mobile-web-app-title", DTL_CLAIM_SITE, DTL_FROM_META, 34, 0 },
    { "cre", DTL_CLAIM_SITE, DTL_FROM_META, 28, 0 },
    { "al:ios:app_name", DTL_CLAIM_SITE, DTL_FROM_META, 45, 0 },
    { "al:android:app_name", DTL_CLAIM_SITE, DTL_FROM_META, 45, 0 },
    { "dc.publisher", DTL_CLAIM_PUBLISHER, DTL_FROM_DUBLIN_CORE, 20, 0 },
    { "dcterms.publisher", DTL_CLAIM_PUBLISHER, DTL_FROM_DUBLIN_CORE, 20, 0 },
    { "citation_journal_title", DTL_CLAIM_PUBLISHER, DTL_FROM_META, 18, 0 },
    { "publisher", DTL_CLAIM_PUBLISHER, DTL_FROM_META, 24, 0 },
    { "copyright", DTL_CLAIM_PUBLISHER, DTL_FROM_META, 40, 0 },

    { "article:section", DTL_CLAIM_SECTION, DTL_FROM_ARTICLE_META, 12, 0 },
    { "og:section", DTL_CLAIM_SECTION, DTL_FROM_OPENGRAPH, 14, 0 },
    { "parsely-section", DTL_CLAIM_SECTION, DTL_FROM_PARSELY, 13, 0 },
    { "section", DTL_CLAIM_SECTION, DTL_FROM_META, 15, 0 },
    { "category", DTL_CLAIM_SECTION, DTL_FROM_META, 18, 0 },
    { "sailthru.verticals", DTL_CLAIM_SECTION, DTL_FROM_SAILTHRU, 20, 0 },

    { "article:tag", DTL_CLAIM_TAG, DTL_FROM_ARTICLE_META, 12, LIST },
    { "og:article:tag", DTL_CLAIM_TAG, DTL_FROM_OPENGRAPH, 14, LIST },
    { "news_keywords", DTL_CLAIM_TAG, DTL_FROM_META, 16, LIST },
    { "parsely-tags", DTL_CLAIM_TAG, DTL_FROM_PARSELY, 18, LIST },
    { "sailthru.tags", DTL_CLAIM_TAG, DTL_FROM_SAILTHRU, 19, LIST },
    { "keywords", DTL_CLAIM_TAG, DTL_FROM_META, 20, LIST },

    { "og:locale", DTL_CLAIM_LANGUAGE, DTL_FROM_OPENGRAPH, 30, 0 },
    { "language", DTL_CLAIM_LANGUAGE, DTL_FROM_META, 26, 0 },
    { "content-language", DTL_CLAIM_LANGUAGE, DTL_FROM_META, 24, 0 },
    { "dc.language", DTL_CLAIM_LANGUAGE, DTL_FROM_DUBLIN_CORE, 22, 0 },
    { "dcterms.language", DTL_CLAIM_LANGUAGE, DTL_FROM_DUBLIN_CORE, 22, 0 },

    { "og:image", DTL_CLAIM_IMAGE, DTL_FROM_OPENGRAPH, 10, URL },
    { "og:image:url", DTL_CLAIM_IMAGE, DTL_FROM_OPENGRAPH, 11, URL },
    { "og:image:secure_url", DTL_CLAIM_IMAGE, DTL_FROM_OPENGRAPH, 12, URL },
    { "twitter:image", DTL_CLAIM_IMAGE, DTL_FROM_META, 14, URL },
    { "twitter:image:src", DTL_CLAIM_IMAGE, DTL_FROM_META, 15, URL },
    { "sailthru.image.full", DTL_CLAIM_IMAGE, DTL_FROM_SAILTHRU, 18, URL },
    { "parsely-image-url", DTL_CLAIM_IMAGE, DTL_FROM_PARSELY, 18, URL },
    { "thumbnail", DTL_CLAIM_IMAGE, DTL_FROM_META, 24, URL },

    { "og:description", DTL_CLAIM_DESCRIPTION, DTL_FROM_OPENGRAPH, 10, 0 },
    { "description", DTL_CLAIM_DESCRIPTION, DTL_FROM_META, 12, 0 },
    { "twitter:description", DTL_CLAIM_DESCRIPTION, DTL_FROM_META, 14, 0 },
    { "dc.description", DTL_CLAIM_DESCRIPTION, DTL_FROM_DUBLIN_CORE, 16, 0 },
    { "sailthru.description", DTL_CLAIM_DESCRIPTION, DTL_FROM_SAILTHRU, 16, 0 },

    { "og:url", DTL_CLAIM_CANONICAL, DTL_FROM_OPENGRAPH, 14, URL },
    { "twitter:url", DTL_CLAIM_CANONICAL, DTL_FROM_META, 20, URL },
    { "parsely-link", DTL_CLAIM_CANONICAL, DTL_FROM_PARSELY, 18, URL },
    { "original-source", DTL_CLAIM_ORIGIN, DTL_FROM_META, 12, URL },
    { "syndication-source", DTL_CLAIM_ORIGIN, DTL_FROM_META, 14, URL },
};
/* clang-format on */

/* Sites write "article:published_time" with any sign between the words, or
 * none. */
static bool parts_words(uint8_t c)
{
    return c == ':' || c == '.' || c == '_' || c == '-';
}

/* Where the row of a name is looked for. */
#define NAME_SLOTS 512u

static unsigned name_slot(struct dtl_slice name)
{
    uint32_t h = 0;

    for (size_t i = 0; i < name.len; i++)
        if (!parts_words(name.ptr[i]))
            h = h * 31 + (name.ptr[i] | 0x20u);
    return (h ^ h >> 9) & (NAME_SLOTS - 1);
}

#define NROWS (sizeof rows / sizeof rows[0])
_Static_assert(NROWS < 255, "numbers fit a byte");

#ifdef DTL_MAKE_TABLES
#include "make_tables.h"

int main(void)
{
    uint8_t first[NAME_SLOTS] = { 0 }, next[NROWS];

    for (size_t i = NROWS; i-- > 0;) {
        uint8_t *slot = &first[name_slot(dtl_str(rows[i].name))];

        next[i] = *slot;
        *slot = (uint8_t)(i + 1);
    }
    PUT_NUMBERS(uint8_t, "first_row", first, NAME_SLOTS);
    PUT_NUMBERS(uint8_t, "next_row", next, NROWS);
    return ferror(stdout) || fflush(stdout) != 0;
}
#else
#include "meta_head_tables.h"

/* og:type and the page types they mean. */
static const struct {
    const char *name;
    uint8_t type;
} og_types[] = {
    { "article", DTL_PAGE_ARTICLE },      { "blog", DTL_PAGE_UNKNOWN },
    { "product", DTL_PAGE_PRODUCT },      { "og:product", DTL_PAGE_PRODUCT },
    { "product.item", DTL_PAGE_PRODUCT }, { "video", DTL_PAGE_VIDEO },
    { "video.other", DTL_PAGE_VIDEO },    { "video.episode", DTL_PAGE_VIDEO },
};

static struct dtl_slice absolute(struct meta *m, struct dtl_slice ref)
{
    struct dtl_slice url = m->in->url, s;

    ref = dtl_trim(ref);
    if (ref.len == 0 || dtl_starts_nocase(ref, "data:"))
        return dtl_slice_of(NULL, 0);
    if (dtl_starts_nocase(ref, "http://") || dtl_starts_nocase(ref, "https://"))
        return ref;
    if (url.len == 0)
        return ref;
    s = dtl_url_resolve(m->arena, url, ref);
    return s.ptr != NULL ? s : ref;
}

/* "a, b; c": keywords.  A list written without commas is one value. */
static void claim_list(struct meta *m, const struct row *r,
                       struct dtl_slice value, uint32_t offset)
{
    size_t from = 0;

    for (size_t i = 0; i <= value.len; i++)
        if (i == value.len || value.ptr[i] == ',' || value.ptr[i] == ';' ||
            value.ptr[i] == '|') {
            struct dtl_slice item = dtl_trim(dtl_sub(value, from, i));

            if (item.len > 0 && item.len <= 100)
                meta_claim(m, r->field, r->source, r->rank, item, offset);
            from = i + 1;
        }
}

static void claim_row(struct meta *m, const struct row *r,
                      struct dtl_slice value, uint32_t offset)
{
    if (r->field == DTL_CLAIM_PUBLISHED || r->field == DTL_CLAIM_MODIFIED)
        meta_date(m, r->field, r->source, r->rank, value, offset);
    else if (r->field == DTL_CLAIM_AUTHOR && !(r->how & LIST))
        meta_name(m, r->source, r->rank, value, offset);
    else if (r->field == DTL_CLAIM_AUTHOR)
        meta_names(m, r->source, r->rank, value, offset);
    else if (r->how & LIST)
        claim_list(m, r, value, offset);
    else if (r->how & URL)
        meta_claim(m, r->field, r->source, r->rank, absolute(m, value), offset);
    else
        meta_claim(m, r->field, r->source, r->rank, value, offset);
}

static void said_type(struct meta *m, struct dtl_slice value)
{
    for (size_t i = 0; i < sizeof og_types / sizeof og_types[0]; i++)
        if (dtl_equal_nocase(dtl_trim(value), dtl_str(og_types[i].name)))
            m->said_type = og_types[i].type;
}

static bool same_name(struct dtl_slice said, const char *name)
{
    size_t i = 0;

    for (;; i++, name++) {
        while (i < said.len && parts_words(said.ptr[i]))
            i++;
        while (parts_words((uint8_t)*name))
            name++;
        if (i == said.len || *name == '\0')
            return i == said.len && *name == '\0';
        if (!dtl_equal_nocase(dtl_sub(said, i, i + 1),
                              dtl_slice_of((const uint8_t *)name, 1)))
            return false;
    }
}

/* A "metered" page was free to whoever captured it. */
static bool says_sold(struct dtl_slice name, struct dtl_slice content)
{
    static const struct {
        const char *name, *content;
    } sold[] = {
        { "article:content_tier", "locked" },
        { "isAccessibleForFree", "false" },
    };

    for (size_t i = 0; i < sizeof sold / sizeof sold[0]; i++)
        if (same_name(name, sold[i].name) &&
            dtl_equal_nocase(content, dtl_str(sold[i].content)))
            return true;
    return false;
}

/*
 * Names of no row that still say what they are: "prism.publicationDate",
 * "w-published-date", "vr:published_time", "cms_creationDate".  A word of the
 * first column and one of a time make the claim; the first row that fits
 * decides, so that "last-published-date" is one of change and an expiry is
 * none.
 */
static const struct {
    const char *word;
    uint8_t field, rank;
} like[] = {
    { "expir", 0, 0 },
    { "event", 0, 0 },
    { "valid", 0, 0 },
    { "unpub", 0, 0 },
    { "last", DTL_CLAIM_MODIFIED, 18 },
    { "modif", DTL_CLAIM_MODIFIED, 18 },
    { "updat", DTL_CLAIM_MODIFIED, 18 },
    { "publish", DTL_CLAIM_PUBLISHED, 18 },
    { "publication", DTL_CLAIM_PUBLISHED, 18 },
    { "pubdate", DTL_CLAIM_PUBLISHED, 18 },
    { "datepub", DTL_CLAIM_PUBLISHED, 18 },
    { "issued", DTL_CLAIM_PUBLISHED, 18 },
    { "posted", DTL_CLAIM_PUBLISHED, 18 },
    { "creat", DTL_CLAIM_PUBLISHED, 19 },
    { "release", DTL_CLAIM_PUBLISHED, 19 },
    { "upload", DTL_CLAIM_PUBLISHED, 19 },
    { "available", DTL_CLAIM_PUBLISHED, 19 },
};

static bool says_time(struct dtl_slice letters)
{
    static const char *const words[] = { "date", "time" };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (dtl_find(letters, dtl_str(words[i]), 0) != SIZE_MAX)
            return true;
    return dtl_ends(letters, "on") || dtl_ends(letters, "at");
}

/* A whole day by a name that is only like those of the rows. */
static void see_like(struct meta *m, struct dtl_slice name,
                     struct dtl_slice content, uint32_t offset)
{
    uint8_t low[NAME_MAX_BYTES];
    struct dtl_slice letters = { low, 0 };
    struct dtl_when when;

    content = dtl_trim(content);
    if (content.len < 8 || content.len > 40)
        return;
    for (size_t i = 0; i < name.len; i++)
        if ((name.ptr[i] | 0x20) >= 'a' && (name.ptr[i] | 0x20) <= 'z')
            low[letters.len++] = name.ptr[i] | 0x20;
    if (!says_time(letters))
        return;
    for (size_t i = 0; i < sizeof like / sizeof like[0]; i++) {
        if (dtl_find(letters, dtl_str(like[i].word), 0) == SIZE_MAX)
            continue;
        if (like[i].rank != 0 && date_value(content, &m->dates, &when) &&
            when.precision >= 8)
            meta_when(m, like[i].field, DTL_FROM_META, like[i].rank, &when,
                      content, offset);
        return;
    }
}

static void see_named(struct meta *m, struct dtl_slice name,
                      struct dtl_slice content, uint32_t offset)
{
    name = dtl_trim(name);
    if (name.len == 0 || name.len > NAME_MAX_BYTES)
        return;
    for (uint8_t n = first_row[name_slot(name)]; n != 0; n = next_row[n - 1])
        if ((name.ptr[0] | 0x20) == (uint8_t)rows[n - 1].name[0] &&
            same_name(name, rows[n - 1].name)) {
            claim_row(m, &rows[n - 1], content, offset);
            return;
        }
    if (dtl_equal_nocase(name, dtl_str("og:type")))
        said_type(m, content);
    else if (says_sold(name, dtl_trim(content)))
        m->said_paywalled = true;
    else
        see_like(m, name, content, offset);
}

/* One <meta> may carry several names: property, name and itemprop. */
static void see_meta(struct meta *m, uint32_t i)
{
    static const enum dtl_attr names[] = { DTL_ATTR_PROPERTY, DTL_ATTR_NAME,
                                           DTL_ATTR_ITEMPROP,
                                           DTL_ATTR_HTTP_EQUIV };
    const struct dtl_page *p = m->page;
    struct dtl_slice content = dtl_node_attr(p, i, DTL_ATTR_CONTENT), last;
    uint32_t offset = p->nodes[i].source;

    if (content.len == 0) /* a common slip */
        content = dtl_node_attr(p, i, DTL_ATTR_VALUE);
    if (content.len == 0)
        return;
    last = dtl_slice_of(NULL, 0);
    for (size_t k = 0; k < 4; k++) {
        struct dtl_slice name = dtl_node_attr(p, i, names[k]);

        /* Microdata in the body needs its item's type: see meta_prop(). */
        if (names[k] == DTL_ATTR_ITEMPROP && i > p->body && p->body != 0) {
            if (name.len > 0)
                meta_spot(m, i, SPOT_PROP);
            continue;
        }
        if (name.len > 0 && !dtl_equal_nocase(name, last))
            see_named(m, name, content, offset);
        last = name;
    }
}

static void see_link(struct meta *m, uint32_t i)
{
    const struct dtl_page *p = m->page;
    struct dtl_slice rel = dtl_node_attr(p, i, DTL_ATTR_REL);
    struct dtl_slice href;
    uint32_t offset = p->nodes[i].source;

    if (rel.len == 0 || dtl_starts(rel, "style") || dtl_starts(rel, "pre"))
        return;
    href = dtl_node_attr(p, i, DTL_ATTR_HREF);
    if (dtl_equal_nocase(rel, dtl_str("canonical")))
        meta_claim(m, DTL_CLAIM_CANONICAL, DTL_FROM_LINK, 10, absolute(m, href),
                   offset);
    else if (dtl_equal_nocase(rel, dtl_str("amphtml")))
        meta_claim(m, DTL_CLAIM_AMP, DTL_FROM_LINK, 10, absolute(m, href),
                   offset);
    else if (dtl_equal_nocase(rel, dtl_str("image_src")))
        meta_claim(m, DTL_CLAIM_IMAGE, DTL_FROM_LINK, 16, absolute(m, href),
                   offset);
}

void meta_head(struct meta *m, uint32_t i)
{
    const struct dtl_page *p = m->page;
    const struct dtl_node *n = &p->nodes[i];

    switch (n->tag) {
    case DTL_TAG_META: see_meta(m, i); break;
    case DTL_TAG_LINK: see_link(m, i); break;
    case DTL_TAG_TITLE:
        if (m->title_tag.len == 0) {
            m->title_tag = meta_text(m, i, 2048);
            meta_claim(m, DTL_CLAIM_TITLE, DTL_FROM_TITLE_ELEMENT, 30,
                       m->title_tag, n->source);
        }
        break;
    case DTL_TAG_HTML:
        if (m->lang.len > 0)
            meta_claim(m, DTL_CLAIM_LANGUAGE, DTL_FROM_META, 20, m->lang,
                       n->source);
        break;
    default: break;
    }
}
#endif
