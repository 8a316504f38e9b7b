/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON-LD.  A page may describe dozens of things (the site, the crumbs, other
 * stories, the author's employer): first find the object that is THE article,
 * then read it.
 */
#include "meta.h"

#include <dateline/url.h>

/* ---- which object is the article -------------------------------------------
 */

static const struct {
    const char *type;
    int16_t weight;
    uint8_t page; /* enum dtl_page_type */
} types[] = {
    { "NewsArticle", 100, DTL_PAGE_ARTICLE },
    { "Article", 95, DTL_PAGE_ARTICLE },
    { "ReportageNewsArticle", 100, DTL_PAGE_ARTICLE },
    { "AnalysisNewsArticle", 100, DTL_PAGE_ARTICLE },
    { "OpinionNewsArticle", 100, DTL_PAGE_ARTICLE },
    { "BackgroundNewsArticle", 100, DTL_PAGE_ARTICLE },
    { "ReviewNewsArticle", 100, DTL_PAGE_ARTICLE },
    { "AskPublicNewsArticle", 100, DTL_PAGE_ARTICLE },
    { "AdvertiserContentArticle", 95, DTL_PAGE_ARTICLE },
    { "SatiricalArticle", 95, DTL_PAGE_ARTICLE },
    { "ScholarlyArticle", 95, DTL_PAGE_ARTICLE },
    { "MedicalScholarlyArticle", 95, DTL_PAGE_ARTICLE },
    { "TechArticle", 95, DTL_PAGE_ARTICLE },
    { "Report", 90, DTL_PAGE_ARTICLE },
    { "BlogPosting", 95, DTL_PAGE_ARTICLE },
    { "LiveBlogPosting", 100, DTL_PAGE_LIVEBLOG },
    { "SocialMediaPosting", 70, DTL_PAGE_FORUM },
    { "DiscussionForumPosting", 70, DTL_PAGE_FORUM },
    { "QAPage", 60, DTL_PAGE_FORUM },
    { "Recipe", 70, DTL_PAGE_ARTICLE },
    { "HowTo", 60, DTL_PAGE_ARTICLE },
    { "Review", 60, DTL_PAGE_ARTICLE },
    { "Product", 40, DTL_PAGE_PRODUCT },
    { "VideoObject", 45, DTL_PAGE_VIDEO },
    { "NewsVideo", 45, DTL_PAGE_VIDEO },
    { "PodcastEpisode", 45, DTL_PAGE_UNKNOWN },
    { "ImageGallery", 45, DTL_PAGE_GALLERY },
    { "CreativeWork", 40, DTL_PAGE_UNKNOWN },
    { "JobPosting", 40, DTL_PAGE_UNKNOWN },
    { "Event", 30, DTL_PAGE_UNKNOWN },
    { "WebPage", 30, DTL_PAGE_UNKNOWN },
    { "ItemPage", 30, DTL_PAGE_UNKNOWN },
    { "FAQPage", 25, DTL_PAGE_UNKNOWN },
    { "AboutPage", 25, DTL_PAGE_UNKNOWN },
    { "ProfilePage", 20, DTL_PAGE_UNKNOWN },
    { "CollectionPage", 20, DTL_PAGE_LISTING },
    { "SearchResultsPage", 15, DTL_PAGE_LISTING },
};

/* Members that hold other things than the article itself. */
static const char *const other_members[] = {
    "itemListElement", "hasPart",    "mentions",    "isPartOf",
    "relatedLink",     "citation",   "review",      "reviews",
    "comment",         "image",      "video",       "associatedMedia",
    "publisher",       "author",     "about",       "isBasedOn",
    "subjectOf",       "blogPost",   "blogPosts",   "liveBlogUpdate",
    "potentialAction", "breadcrumb", "speakable",   "itemReviewed",
    "significantLink", "encoding",   "thumbnail",   "primaryImageOfPage",
    "workExample",     "articles",   "offers",      "suggestedAnswer",
    "acceptedAnswer",  "logo",       "contributor", "audio",
};

/* "http://schema.org/NewsArticle", "schema:NewsArticle" -> "NewsArticle". */
static struct dtl_slice bare_type(struct dtl_slice s)
{
    size_t at = s.len;

    while (at > 0 && s.ptr[at - 1] != '/' && s.ptr[at - 1] != ':' &&
           s.ptr[at - 1] != '#')
        at--;
    return dtl_trim(dtl_sub(s, at, s.len));
}

static int type_row(const struct json_doc *d, uint32_t object)
{
    uint32_t t = jsonld_get(d, object, "@type");
    uint32_t end, k;
    int best = -1;

    if (t == 0)
        return -1;
    end = d->nodes[t].end;
    for (k = t; k < end && k < t + 8; k++) {
        struct dtl_slice name;

        if (d->nodes[k].kind != JSON_STRING)
            continue;
        name = bare_type(d->nodes[k].raw);
        for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
            if (name.len > 0 &&
                (name.ptr[0] | 0x20) == (types[i].type[0] | 0x20) &&
                dtl_equal_nocase(name, dtl_str(types[i].type)) &&
                (best < 0 || types[i].weight > types[best].weight))
                best = (int)i;
    }
    return best;
}

static bool is_type(const struct json_doc *d, uint32_t object, const char *type)
{
    uint32_t t = jsonld_get(d, object, "@type");

    for (uint32_t k = t; t != 0 && k < d->nodes[t].end && k < t + 8; k++)
        if (d->nodes[k].kind == JSON_STRING &&
            dtl_equal_nocase(bare_type(d->nodes[k].raw), dtl_str(type)))
            return true;
    return false;
}

static bool under_other(const struct json_doc *d, uint32_t i)
{
    for (unsigned up = 0; i != 0 && up < JSONLD_DEPTH; up++) {
        for (size_t k = 0; d->nodes[i].key.len > 0 &&
                           k < sizeof other_members / sizeof other_members[0];
             k++)
            if (jsonld_is(d, i, other_members[k]))
                return true;
        i = d->nodes[i].parent;
    }
    return false;
}

/* Host and path without scheme, "www.", query and trailing slash. */
static struct dtl_slice url_key(struct dtl_slice u)
{
    size_t at = dtl_find(u, dtl_str("//"), 0);

    if (at != SIZE_MAX && at < 8)
        u = dtl_sub(u, at + 2, u.len);
    if (dtl_starts_nocase(u, "www."))
        u = dtl_sub(u, 4, u.len);
    for (at = 0; at < u.len && u.ptr[at] != '?' && u.ptr[at] != '#'; at++)
        ;
    u.len = at;
    while (u.len > 0 && u.ptr[u.len - 1] == '/')
        u.len--;
    return u;
}

static bool same_host(struct dtl_slice a, struct dtl_slice b)
{
    size_t i = 0;

    while (i < a.len && i < b.len && a.ptr[i] != '/' && a.ptr[i] == b.ptr[i])
        i++;
    return (i == a.len || a.ptr[i] == '/') && (i == b.len || b.ptr[i] == '/');
}

/* 1: it names this page; -1: another of its site; 0: does not say, which an
 * address elsewhere does not either ("https://google.com/article" is copied
 * from a manual, and an archive's copy has two). */
static int url_says(struct meta *m, struct dtl_slice url)
{
    struct dtl_slice key = url_key(url);
    int says = 0;

    if (!dtl_starts_nocase(url, "http"))
        return 0;
    if (m->in->url.len > 0) {
        if (dtl_equal_nocase(key, url_key(m->in->url)))
            return 1;
        says = same_host(key, url_key(m->in->url)) ? -1 : 0;
    }
    for (uint32_t i = 0; i < m->nclaims; i++)
        if (m->claims[i].field == DTL_CLAIM_CANONICAL) {
            if (dtl_equal_nocase(key, url_key(m->claims[i].value)))
                return 1;
            if (same_host(key, url_key(m->claims[i].value)))
                says = -1;
        }
    return says;
}

static int match_url(struct meta *m, uint32_t object)
{
    static const char *const members[] = { "url", "mainEntityOfPage", "@id" };
    const struct json_doc *d = &m->json;
    int says = 0;

    for (size_t k = 0; k < 3; k++) {
        uint32_t u = jsonld_get(d, object, members[k]);
        int one;

        if (u != 0 && d->nodes[u].kind == JSON_OBJECT)
            u = jsonld_get(d, u, "@id");
        if (u == 0 || d->nodes[u].kind != JSON_STRING)
            continue;
        one = url_says(m, jsonld_text(d, u));
        if (one > 0)
            return 1;
        if (one < 0)
            says = -1;
    }
    return says;
}

/* Do they begin alike (ASCII case aside)?  Titles differ in their tails. */
static bool same_start(struct dtl_slice a, struct dtl_slice b)
{
    size_t n = a.len < b.len ? a.len : b.len;

    if (n > 24)
        n = 24;
    return n >= 8 && dtl_equal_nocase(dtl_sub(a, 0, n), dtl_sub(b, 0, n));
}

static int match_title(struct meta *m, uint32_t object)
{
    const struct json_doc *d = &m->json;
    uint32_t h = jsonld_get(d, object, "headline");
    struct dtl_slice title;
    int says = 0;

    if (h == 0)
        h = jsonld_get(d, object, "name");
    if (h == 0)
        return 0;
    title = jsonld_text(d, h);
    for (uint32_t i = 0; i < m->nclaims; i++)
        if (m->claims[i].field == DTL_CLAIM_TITLE) {
            if (same_start(title, m->claims[i].value))
                return 1;
            says = -1;
        }
    return says;
}

static int score_object(struct meta *m, uint32_t i, int *row)
{
    const struct json_doc *d = &m->json;
    int score, url, title;

    *row = type_row(d, i);
    if (*row < 0)
        return 0;
    score = types[*row].weight;
    url = match_url(m, i);
    title = match_title(m, i);
    /* In a list of stories it must be named like this page to be it. */
    if (under_other(d, i)) {
        if (url <= 0 && title <= 0)
            return 0;
        score -= 90;
    }
    score += 40 * url + 25 * title;
    if (jsonld_get(d, i, "datePublished") != 0)
        score += 6;
    if (jsonld_get(d, i, "headline") != 0)
        score += 6;
    if (jsonld_get(d, i, "articleBody") != 0)
        score += 6;
    return score;
}

/* ---- reading it
 * --------------------------------------------------------------- */

static uint32_t offset_of(const struct meta *m, uint32_t i)
{
    const uint8_t *at = m->json.nodes[i].raw.ptr;
    const struct dtl_slice *src = &m->page->source;

    return at != NULL && src->ptr != NULL && at >= src->ptr &&
                   at < src->ptr + src->len
               ? (uint32_t)(at - src->ptr)
               : 0;
}

/* The object an {"@id": ...} reference means: the one with a name. */
static uint32_t follow(const struct json_doc *d, uint32_t object)
{
    uint32_t id = jsonld_get(d, object, "@id");

    if (id == 0 || jsonld_get(d, object, "name") != 0)
        return object;
    for (uint32_t i = 1; i < d->n; i++) {
        if (i == object || d->nodes[i].kind != JSON_OBJECT)
            continue;
        if (jsonld_get(d, i, "name") != 0) {
            uint32_t other = jsonld_get(d, i, "@id");

            if (other != 0 && dtl_equal(d->nodes[other].raw, d->nodes[id].raw))
                return i;
        }
    }
    return object;
}

/* A string, or the `name` of an object (or of the one it refers to). */
static uint32_t name_node(const struct json_doc *d, uint32_t i)
{
    if (d->nodes[i].kind == JSON_OBJECT)
        return jsonld_get(d, follow(d, i), "name");
    return i;
}

static void claim_text(struct meta *m, uint32_t object, const char *member,
                       enum dtl_claim_field field, int rank)
{
    uint32_t i = jsonld_get(&m->json, object, member);

    if (i != 0 && m->json.nodes[i].kind == JSON_ARRAY)
        i = jsonld_first(&m->json, i);
    if (i != 0)
        i = name_node(&m->json, i);
    if (i != 0)
        meta_claim(m, field, DTL_FROM_JSONLD, rank, jsonld_text(&m->json, i),
                   offset_of(m, i));
}

static void claim_date(struct meta *m, uint32_t object, const char *member,
                       enum dtl_claim_field field, int rank)
{
    uint32_t i = jsonld_get(&m->json, object, member);

    if (i != 0 && m->json.nodes[i].kind == JSON_ARRAY)
        i = jsonld_first(&m->json, i);
    if (i != 0)
        meta_date(m, field, DTL_FROM_JSONLD, rank, jsonld_text(&m->json, i),
                  offset_of(m, i));
}

static void claim_created(struct meta *m, uint32_t object, int rank)
{
    uint32_t i = jsonld_get(&m->json, object, "dateCreated");

    if (i != 0)
        meta_created(m, DTL_FROM_JSONLD, rank, jsonld_text(&m->json, i),
                     offset_of(m, i));
}

static bool is_organization(const struct json_doc *d, uint32_t i)
{
    if (d->nodes[i].kind != JSON_OBJECT)
        return false;
    i = follow(d, i);
    return is_type(d, i, "Organization") ||
           is_type(d, i, "NewsMediaOrganization") || is_type(d, i, "Brand");
}

static void claim_author(struct meta *m, uint32_t i, int rank)
{
    const struct json_doc *d = &m->json;

    if (d->nodes[i].kind == JSON_OBJECT)
        i = jsonld_get(d, follow(d, i), "name");
    if (i == 0)
        return;
    if (d->nodes[i].kind == JSON_STRING) {
        meta_names(m, DTL_FROM_JSONLD, rank, jsonld_text(d, i),
                   offset_of(m, i));
        return;
    }
    if (d->nodes[i].kind == JSON_ARRAY)
        for (i = jsonld_first(d, i); i != 0; i = jsonld_next(d, i))
            meta_names(m, DTL_FROM_JSONLD, rank, jsonld_text(d, i),
                       offset_of(m, i));
}

/* An organisation beside persons (an agency) is an author; one alone is who
 * owns the site, and a byline on the page knows better. */
static void claim_authors(struct meta *m, uint32_t object, const char *member,
                          int rank)
{
    const struct json_doc *d = &m->json;
    uint32_t a = jsonld_get(d, object, member), n = 0;
    bool person = false;

    if (a == 0)
        return;
    if (d->nodes[a].kind != JSON_ARRAY) {
        claim_author(m, a, is_organization(d, a) ? rank + 45 : rank);
        return;
    }
    for (uint32_t k = jsonld_first(d, a); k != 0 && n < 40;
         k = jsonld_next(d, k), n++)
        person |= !is_organization(d, k);
    n = 0;
    for (uint32_t k = jsonld_first(d, a); k != 0 && n < 40;
         k = jsonld_next(d, k), n++)
        claim_author(m, k, person ? rank : rank + 45);
}

static void claim_keywords(struct meta *m, uint32_t object)
{
    const struct json_doc *d = &m->json;
    uint32_t k = jsonld_get(d, object, "keywords"), end, n = 0;

    if (k == 0)
        return;
    end = d->nodes[k].end;
    for (; k < end && n < 60; k++) {
        struct dtl_slice s;
        size_t from = 0;

        if (d->nodes[k].kind != JSON_STRING)
            continue;
        s = jsonld_text(d, k);
        for (size_t i = 0; i <= s.len && n < 60; i++)
            if (i == s.len || s.ptr[i] == ',' || s.ptr[i] == ';') {
                struct dtl_slice item = dtl_trim(dtl_sub(s, from, i));

                /* "tag:..."-style internal labels are for machines. */
                if (item.len > 0 && item.len <= 100)
                    meta_claim(m, DTL_CLAIM_TAG, DTL_FROM_JSONLD, 10, item,
                               offset_of(m, k));
                from = i + 1;
                n++;
            }
    }
}

/* "image": a URL, {url|contentUrl|@id}, or a list of them. */
static void claim_image(struct meta *m, uint32_t object)
{
    const struct json_doc *d = &m->json;
    uint32_t i = jsonld_get(d, object, "image");

    if (i != 0 && d->nodes[i].kind == JSON_ARRAY)
        i = jsonld_first(d, i);
    if (i != 0 && d->nodes[i].kind == JSON_OBJECT) {
        uint32_t url = jsonld_get(d, i, "url");

        if (url == 0)
            url = jsonld_get(d, i, "contentUrl");
        i = url != 0 ? url : jsonld_get(d, i, "@id");
    }
    if (i != 0 && d->nodes[i].kind == JSON_STRING)
        meta_claim(m, DTL_CLAIM_IMAGE, DTL_FROM_JSONLD, 20, jsonld_text(d, i),
                   offset_of(m, i));
}

static void claim_canonical(struct meta *m, uint32_t object)
{
    const struct json_doc *d = &m->json;
    uint32_t i = jsonld_get(d, object, "mainEntityOfPage");

    if (i != 0 && d->nodes[i].kind == JSON_OBJECT)
        i = jsonld_get(d, i, "@id");
    if (i == 0)
        i = jsonld_get(d, object, "url");
    if (i != 0 && d->nodes[i].kind == JSON_STRING &&
        dtl_starts(jsonld_text(d, i), "http"))
        meta_claim(m, DTL_CLAIM_CANONICAL, DTL_FROM_JSONLD, 18,
                   jsonld_text(d, i), offset_of(m, i));
}

/* What object `o` says of itself: 1 free, -1 not, 0 nothing.  Written as a
 * boolean, as a word and as "http://schema.org/False". */
static int said_free(const struct json_doc *d, uint32_t o)
{
    uint32_t i = jsonld_get(d, o, "isAccessibleForFree");
    struct dtl_slice v;

    if (i == 0)
        return 0;
    v = d->nodes[i].raw;
    for (size_t k = v.len; k-- > 0;)
        if (v.ptr[k] == '/') {
            v = dtl_sub(v, k + 1, v.len);
            break;
        }
    return dtl_starts_nocase(v, "false") || dtl_equal_nocase(v, dtl_str("no"))
               ? -1
               : 1;
}

/* Sold as a whole, or, where nothing is said of the whole, a part of it. */
static bool is_sold(const struct json_doc *d, uint32_t a)
{
    int whole = said_free(d, a);
    uint32_t parts = jsonld_get(d, a, "hasPart");

    if (whole != 0 || parts == 0)
        return whole < 0;
    for (uint32_t i = parts; i < d->nodes[parts].end; i++)
        if (d->nodes[i].kind == JSON_OBJECT && said_free(d, i) < 0)
            return true;
    return false;
}

static void read_article(struct meta *m, uint32_t a, int row)
{
    const struct json_doc *d = &m->json;
    bool weak = types[row].weight <= 50;
    int add = weak ? 20 : 0;
    uint32_t i;

    claim_text(m, a, "headline", DTL_CLAIM_TITLE, 12 + add);
    claim_text(m, a, "name", DTL_CLAIM_TITLE, (weak ? 32 : 22));
    claim_text(m, a, "alternativeHeadline", DTL_CLAIM_SUBTITLE, 10);
    claim_text(m, a, "description", DTL_CLAIM_DESCRIPTION, 11 + add);
    claim_date(m, a, "datePublished", DTL_CLAIM_PUBLISHED, 10 + add / 4);
    claim_created(m, a, 16 + add);
    claim_date(m, a, "uploadDate", DTL_CLAIM_PUBLISHED, 16 + add);
    claim_date(m, a, "dateModified", DTL_CLAIM_MODIFIED, 10 + add / 4);
    claim_authors(m, a, "author", 10 + add);
    claim_authors(m, a, "creator", 14 + add);
    claim_text(m, a, "publisher", DTL_CLAIM_PUBLISHER, 10);
    claim_text(m, a, "articleSection", DTL_CLAIM_SECTION, 10);
    claim_text(m, a, "inLanguage", DTL_CLAIM_LANGUAGE, 18);
    claim_keywords(m, a);
    claim_image(m, a);
    claim_canonical(m, a);
    if (is_sold(d, a))
        m->said_paywalled = true;
    i = jsonld_get(d, a, "articleBody");
    if (i == 0)
        i = jsonld_get(d, a, "reviewBody");
    if (i != 0)
        m->json_body = jsonld_text(d, i);
    if (types[row].page != DTL_PAGE_UNKNOWN && m->json.nodes[a].kind != 0 &&
        (types[row].weight > 50 || m->said_type == DTL_PAGE_UNKNOWN))
        m->said_type = types[row].page;
}

/* Site, publisher and page objects beside the article. */
static void read_others(struct meta *m, uint32_t article)
{
    const struct json_doc *d = &m->json;
    unsigned seen = 0;

    for (uint32_t i = 1; i < d->n && seen < 200; i++) {
        if (d->nodes[i].kind != JSON_OBJECT || i == article ||
            jsonld_get(d, i, "@type") == 0)
            continue;
        seen++;
        if (is_type(d, i, "WebSite")) {
            claim_text(m, i, "name", DTL_CLAIM_SITE, 20);
        } else if ((is_type(d, i, "NewsMediaOrganization") ||
                    is_type(d, i, "Organization")) &&
                   !under_other(d, i)) {
            claim_text(m, i, "name", DTL_CLAIM_PUBLISHER, 30);
        } else if (is_type(d, i, "WebPage") && !under_other(d, i) &&
                   match_url(m, i) >= 0) {
            claim_date(m, i, "datePublished", DTL_CLAIM_PUBLISHED, 15);
            claim_date(m, i, "dateModified", DTL_CLAIM_MODIFIED, 15);
            claim_text(m, i, "inLanguage", DTL_CLAIM_LANGUAGE, 22);
            claim_text(m, i, "name", DTL_CLAIM_TITLE, 34);
        }
    }
}

void meta_json(struct meta *m)
{
    const struct json_doc *d = &m->json;
    int best = 0, best_row = -1;
    unsigned seen = 0;

    for (uint32_t i = 1; i < d->n && seen < 400; i++) {
        int row, score;

        if (d->nodes[i].kind != JSON_OBJECT)
            continue;
        seen++;
        score = score_object(m, i, &row);
        if (row >= 0 && score > best) {
            best = score;
            best_row = row;
            m->article = i;
        }
    }
    if (m->article != 0)
        read_article(m, m->article, best_row);
    if (d->n > 1)
        read_others(m, m->article);
}
