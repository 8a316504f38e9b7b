/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What pages say of themselves, one behaviour a row.  Every page has the same
 * body of four paragraphs, so that a row shows only what it is about.
 */
#include <dateline/article.h>
#include <dateline/html.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdio.h>

/* 2024-05-03T12:30:00Z */
#define CAPTURED INT64_C(1714739400)

static struct dtl_arena *arena;

static const char body[] =
    "<p>The bridge over the river opened on Thursday after four years of "
    "work, and the first to cross it was a baker with a cart of bread.</p>"
    "<p>Its builders had promised it for the spring of the year before; a "
    "flood, a strike and a quarrel about the colour of the railing had kept "
    "them from it, the mayor said at the opening.</p>"
    "<p>About two thousand people came to look, many of them by boat, and "
    "the band of the fire brigade played until the evening.</p>"
    "<p>The old ferry will run for another month, its owner said, and then "
    "become a restaurant with a view of the new bridge.</p>";

static struct dtl_article extract(const char *head, const char *before,
                                  const char *after, const char *url)
{
    static char html[16384];
    struct dtl_page *page;
    struct dtl_article a;
    struct dtl_article_input in = { .captured = CAPTURED };
    int len = snprintf(html, sizeof html,
                       "<!DOCTYPE html><html lang=\"en\"><head>%s</head><body>"
                       "<article>%s%s%s</article></body></html>",
                       head, before, body, after);

    dtl_arena_reset(arena);
    assert_int_equal(
        dtl_page_parse(dtl_slice_of(html, (size_t)len), arena, &page, NULL),
        DTL_OK);
    in.page = page;
    in.url = dtl_str(url);
    assert_int_equal(dtl_article_extract(&in, arena, &a, NULL), DTL_OK);
    return a;
}

struct row {
    const char *name, *head, *before, *after, *url, *want;
};

static void expect(const struct row *r, struct dtl_slice got)
{
    if (!dtl_equal(got, dtl_str(r->want)))
        fail_msg("%s: \"%.*s\", not \"%s\"", r->name, (int)got.len,
                 (const char *)got.ptr, r->want);
}

#define URL "https://www.example-times.com/news/bridge"
#define H1  "<h1>Bridge opens after four years</h1>"
#define WELL                                                                   \
    "<p>A well was dug beside the bridge in the same week, so that those who " \
    "wait for the ferry may drink, and its water was found to be good.</p>"
#define FOUR                                                    \
    "<li><a href=/s>Share</a></li><li><a href=/m>Mail</a></li>" \
    "<li><a href=/p>Print</a></li><li><a href=/k>Keep</a></li>"
#define LINKS FOUR FOUR FOUR FOUR FOUR FOUR
#define LD(x) "<script type=\"application/ld+json\">" x "</script>"

static void titles(void **state)
{
    static const struct row rows[] = {
        { "h1", "<title>Bridge opens after four years | Example Times</title>",
          H1, "", URL, "Bridge opens after four years" },
        { "site cut by host",
          "<title>Bridge opens after four years - Example Times</title>", "",
          "", URL, "Bridge opens after four years" },
        { "site cut by og:site_name",
          "<meta property=og:site_name content='The Daily'><title>The Daily: "
          "Bridge opens after four years</title>",
          "", "", URL, "Bridge opens after four years" },
        { "og:title when the h1 is the site's",
          "<meta property=og:title content='Bridge opens after four years'>",
          "<h1>Example Times</h1>", "", URL, "Bridge opens after four years" },
        { "kicker left out", "",
          "<h1><span class=kicker>Traffic</span> Bridge opens after four "
          "years</h1>",
          "", URL, "Bridge opens after four years" },
        { "date before the title left out",
          "<title>2 May 2024 - Bridge opens after four years</title>", "", "",
          URL, "Bridge opens after four years" },
        { "JSON-LD cut at 110 characters",
          LD("{\"@type\":\"NewsArticle\",\"headline\":\"Bridge opens after "
             "four years of work and a long quarrel about the colour of its "
             "railing and the flood of last\"}") "<meta property=og:title "
                                                 "content='Bridge opens after "
                                                 "four years of work and a "
                                                 "long quarrel "
                                                 "about the colour of its "
                                                 "railing and the flood of "
                                                 "last spring'>",
          "", "", URL,
          "Bridge opens after four years of work and a long quarrel about the "
          "colour of its railing and the flood of last spring" },
        { "a label in the h1 that no sign ties to it",
          "<meta property=og:title content='Bridge opens after four years'>",
          "<h1>News from the rivers Bridge opens after four years</h1>", "",
          URL, "Bridge opens after four years" },
        { "a line that runs on in the h1",
          "<meta property=og:title content='Bridge opens after four years'>",
          "<h1>Bridge opens after four years<span>What a baker did first"
          "</span></h1>",
          "", URL, "Bridge opens after four years" },
        { "not a heading elsewhere that is one word of it",
          "<meta property=og:title content='Bridge opens after four years of "
          "work'>",
          "",
          "<div><p>More to read on the river and its towns</p><h1>Bridge"
          "</h1></div>",
          URL, "Bridge opens after four years of work" },
        { "section behind a bar",
          "<meta property=og:title content='Bridge opens after four years | "
          "Opinion'>",
          "", "", URL, "Bridge opens after four years" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect(&rows[i],
               extract(rows[i].head, rows[i].before, rows[i].after, rows[i].url)
                   .title);
}

static void authors(void **state)
{
    static const struct row rows[] = {
        { "meta", "<meta name=author content='Ana Lee'>", H1, "", URL,
          "Ana Lee" },
        { "two in one", "<meta name=author content='By Ana Lee and Bo Chen'>",
          H1, "", URL, "Ana Lee|Bo Chen" },
        { "JSON-LD string",
          LD("{\"@type\":\"NewsArticle\",\"author\":\"Ana Lee\"}"), H1, "", URL,
          "Ana Lee" },
        { "JSON-LD list",
          LD("{\"@type\":\"NewsArticle\",\"author\":[{\"@type\":\"Person\","
             "\"name\":\"Ana Lee\"},{\"name\":\"Bo Chen\"}]}"),
          H1, "", URL, "Ana Lee|Bo Chen" },
        { "JSON-LD reference in a graph",
          LD("{\"@graph\":[{\"@type\":\"Article\",\"headline\":\"Bridge\","
             "\"author\":{\"@id\":\"#a\"}},{\"@type\":\"Person\",\"@id\":"
             "\"#a\",\"name\":\"Ana Lee\"}]}"),
          H1, "", URL, "Ana Lee" },
        { "another story's author is not taken",
          LD("{\"@type\":\"ItemList\",\"itemListElement\":[{\"@type\":"
             "\"NewsArticle\",\"author\":\"Bo Chen\"}]}"),
          H1 "<p class=byline>By Ana Lee</p>", "", URL, "Ana Lee" },
        { "credential stays", "<meta name=author content='Ana Lee, M.D.'>", H1,
          "", URL, "Ana Lee, M.D." },
        { "byline with a date", "", H1 "<p>By Ana Lee, 2 May 2024</p>", "", URL,
          "Ana Lee" },
        { "label on its own line", "", H1 "<p>Written by</p><p>Ana Lee</p>", "",
          URL, "Ana Lee" },
        { "German", "", H1 "<div>Von Ana Lee und Bo Chen</div>", "", URL,
          "Ana Lee|Bo Chen" },
        { "Swedish", "", H1 "<div class=author>Av: Ana Lee</div>", "", URL,
          "Ana Lee" },
        { "Russian", "",
          H1 "<div>\xd0\x90\xd0\xb2\xd1\x82\xd0\xbe\xd1\x80: "
             "\xd0\x90\xd0\xbd\xd0\xbd\xd0\xb0 \xd0\x9b\xd0\xb8</div>",
          "", URL, "\xd0\x90\xd0\xbd\xd0\xbd\xd0\xb0 \xd0\x9b\xd0\xb8" },
        { "microdata", "",
          H1
          "<span itemprop=author itemscope itemtype=http://schema.org/Person>"
          "<a itemprop=name>Ana Lee</a></span>",
          "", URL, "Ana Lee" },
        { "not who checked it", "",
          H1 "<div class=byline>By Ana Lee</div><div class=byline>Reviewed by "
             "Bo Chen</div>",
          "", URL, "Ana Lee" },
        { "not who took the picture", "",
          H1 "<figure><img src=a.jpg><figcaption class=author>By Bo Chen"
             "</figcaption></figure><div class=byline>By Ana Lee</div>",
          "", URL, "Ana Lee" },
        { "the name, not the site",
          LD("{\"@type\":\"NewsArticle\",\"author\":{\"@type\":"
             "\"Organization\",\"name\":\"Example Times\"}}"),
          H1 "<div class=byline>By Ana Lee</div>", "", URL, "Ana Lee" },
        { "more words before a name", "",
          H1 "<p>Ein Artikel von <strong>Ana Lee</strong></p>", "", URL,
          "Ana Lee" },
        { "behind the date", "",
          H1 "<p>Posted on 2 May 2024 by Ana Lee in Rivers</p>", "", URL,
          "Ana Lee" },
        { "not the source behind the date", "",
          H1 "<p>2 May 2024, Source: River Guild</p>", "", URL, "" },
        { "a link to the author that nothing marks", "",
          H1 "<p><a href=/author/ana>Ana Lee</a></p>", "", URL, "Ana Lee" },
        { "not any link there", "",
          H1 "<p><a href=/towns/ghent>Old Ghent</a>"
             "</p>",
          "", URL, "" },
        { "a site whose name has an and",
          "<meta property=og:site_name content='Bread and Bridges'>",
          H1 "<p class=author>Bread and Bridges</p>", "", URL,
          "Bread and Bridges" },
        { "once for each width of screen", "",
          H1 "<p><a rel=author href=/ana><b>Ana Lee</b><i>Ana Lee</i></a></p>",
          "", URL, "Ana Lee" },
        { "login behind a link to its author", "",
          H1 "<p><a rel=author href=/u/7>bo2man</a></p>", "", URL, "bo2man" },
        { "not initials in place of a picture", "",
          H1 "<p><a rel=author href=/ana>AL</a> <a rel=author href=/ana>Ana "
             "Lee</a></p>",
          "", URL, "Ana Lee" },
        { "not the site beside a person",
          "<meta name=author content='Ana Lee, Example Times'>", H1, "", URL,
          "Ana Lee" },
        { "who signs, not who typed it in",
          "<meta name=author content='Cy Dole'>",
          H1 "<p class=byline>By Ana Lee</p>", "", URL, "Ana Lee" },
        { "but not the first name of the same",
          "<meta name=author content='Ana Lee'>",
          H1 "<p class=byline>By A. Lee</p>", "", URL, "Ana Lee" },
        { "not one of a box between paragraphs",
          LD("{\"@type\":\"NewsArticle\",\"author\":{\"@type\":"
             "\"Organization\",\"name\":\"River Guild\"}}"),
          H1,
          "<div class=author>Byte Table</div><p>The town council will decide "
          "in autumn whether the ferry may carry bicycles, and whether its "
          "owner must pay for the pier he shares.</p>",
          URL, "River Guild" },
        { "a name that begins with a number",
          "<meta name=author content='98 Bakers United'>", H1, "", URL,
          "98 Bakers United" },
        { "not a reading time", "<meta name=author content='4 minutes'>", H1,
          "", URL, "" },
        { "JSON-LD copied with the manual's address",
          LD("{\"@type\":\"NewsArticle\",\"mainEntityOfPage\":"
             "\"https://example.net/article\",\"headline\":\"Bridge opens "
             "after four years\",\"author\":\"Ana Lee\"}")
              LD("{\"@type\":\"WebPage\",\"url\":\"" URL "\"}"),
          H1, "", URL, "Ana Lee" },
        { "no address", "<meta name=author content='https://e.org/ana'>", H1,
          "", URL, "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dtl_article a =
            extract(rows[i].head, rows[i].before, rows[i].after, rows[i].url);
        struct dtl_buf joined = { .max = 0 };

        for (uint32_t k = 0; k < a.nauthors; k++) {
            if (k > 0)
                dtl_buf_str(&joined, "|");
            dtl_buf_slice(&joined, a.authors[k]);
        }
        expect(&rows[i], dtl_buf_view(&joined));
        dtl_buf_free(&joined);
    }
}

static void published(void **state)
{
    static const struct row rows[] = {
        { "JSON-LD before meta",
          LD("{\"@type\":\"NewsArticle\",\"datePublished\":"
             "\"2024-05-02T10:00:00+02:00\"}") "<meta name=date "
                                               "content=2024-05-01>",
          H1, "", URL, "2024-05-02T10:00:00+02:00" },
        { "broken JSON-LD",
          LD("{\"@type\":\"NewsArticle\",\"headline\":\"A \"quoted\" word\","
             "\"datePublished\":\"2024-05-02\",}"),
          H1, "", URL, "2024-05-02" },
        { "article:published_time",
          "<meta property=article:published_time content=2024-05-02T10:00Z>",
          H1, "", URL, "2024-05-02T10:00Z" },
        { "other signs between the words of a name",
          "<meta property=article:published:time content=2024-05-02T10:00Z>",
          H1, "", URL, "2024-05-02T10:00Z" },
        { "a name that is only like one",
          "<meta name=w-published-date content=2024-05-02T10:00Z>", H1, "", URL,
          "2024-05-02T10:00Z" },
        { "an expiry is none",
          "<meta property=article:published_expiration_time "
          "content=2024-05-02T10:00Z>",
          H1, "", URL, "" },
        { "last published is a change",
          "<meta name=last-published-date content=2024-05-03>"
          "<meta name=created_on content=2024-05-02>",
          H1, "", URL, "2024-05-02" },
        { "published before modified",
          "<meta property=article:modified_time content=2024-05-03>"
          "<meta property=article:published_time content=2024-05-02>",
          H1, "", URL, "2024-05-02" },
        { "modified alone",
          "<meta property=article:modified_time content=2024-05-02>", H1, "",
          URL, "2024-05-02" },
        { "time element", "", H1 "<time datetime=2024-05-02>Thursday</time>",
          "", URL, "2024-05-02" },
        { "visible text", "", H1 "<p>Published on 2 May 2024, 10:15</p>", "",
          URL, "2024-05-02T10:15" },
        { "the one not called an update", "",
          H1 "<p>Updated 3 May 2024. Published 2 May 2024</p>", "", URL,
          "2024-05-02" },
        { "the one before an update",
          "<meta property=article:modified_time content=2024-05-03>", H1,
          "<p>2 May 2024. <i>Updated: 3 May 2024</i></p>", URL, "2024-05-02" },
        { "in a long sentence about the posting", "", H1,
          "<p>This entry was posted on Thursday, May 2nd, 2024 at 10:15 and is "
          "filed under bridges, rivers, bakers and the colours of railings. "
          "You can follow any responses to this entry through the feed, or "
          "skip to the end and leave one.</p>",
          URL, "2024-05-02T10:15" },
        { "label after the date", "", H1,
          "<p>The text was on 2 May 2024 at 10:15 posted and filed.</p>", URL,
          "2024-05-02T10:15" },
        { "not a birthday", "",
          H1 "<div>Date of birth</div><div>2 May 1975"
             "</div>",
          "", URL, "" },
        { "the page's own earlier day",
          LD("{\"@type\":\"NewsArticle\",\"datePublished\":\"2024-05-01\","
             "\"dateModified\":\"2024-05-01\"}"),
          H1 "<p>12 March 2024</p>", "", URL, "2024-03-12" },
        { "not one above the headline",
          LD("{\"@type\":\"NewsArticle\",\"datePublished\":\"2024-05-01\"}"),
          "<p>12 March 2024</p>" H1, "", URL, "2024-05-01" },
        { "not one that reads another way round",
          LD("{\"@type\":\"NewsArticle\",\"datePublished\":\"2024-03-01\"}"),
          H1 "<p>3 January 2024</p>", "", URL, "2024-03-01" },
        { "what a hidden statement backs",
          "<meta property=article:published_time content=2024-04-12>"
          "<script>x = {\"cmsPublishingDate\":\"2024-05-02\"}</script>",
          H1 "<p>2 May 2024</p>", "", URL, "2024-05-02" },
        { "label before an element", "",
          H1 "<p>Last edited: <time datetime=2024-05-02>Thursday</time></p>"
             "<p class=date>1 May 2024</p>",
          "", URL, "2024-05-01" },
        { "abbr of hAtom", "",
          H1 "<p><abbr class=published title=2024-05-02T10:15>Thu</abbr></p>",
          "", URL, "2024-05-02T10:15" },
        { "a year in the guise of a day",
          LD("{\"@type\":\"NewsArticle\",\"dateCreated\":\"2004-01-01\"}"),
          H1 "<p>Updated 2 May 2024</p>", "", URL, "2024-05-02" },
        { "labelled in a side box", "",
          "<div class=sidebar><h4>Published</h4><div>2 May 2024</div></div>" H1,
          "", URL, "2024-05-02" },
        { "not one of several in side boxes", "",
          "<div class=sidebar><p>Published 2 May 2024</p><p>Published 1 May "
          "2024</p></div>" H1,
          "", URL, "" },
        { "a side box around the text is none", "",
          H1 "<div class=has-sidebar><p class=date>2 May 2024</p>" WELL
             "</div>",
          "", URL, "2024-05-02" },
        { "beside the comments' link", "",
          H1 "<p class=comments-link><span class=date>2 May 2024</span> 3 "
             "Comments</p>",
          "", URL, "2024-05-02" },
        { "marked in a box beside the headline", "",
          H1 "<div class=article-sidebar><ul>" LINKS "</ul><p class=date>2 May "
             "2024</p></div>",
          "", URL, "2024-05-02" },
        { "not a change in such a box", "",
          H1 "<div class=article-sidebar><ul>" LINKS "</ul><p>Updated on <b "
             "class=date>2 May 2024</b></p></div>",
          "", URL, "" },
        { "a picture's credit with a time", "",
          H1 "<p>\u00a9 Bo Chen | 2 May 2024 10:15</p>", "", URL,
          "2024-05-02T10:15" },
        { "not a year of copyright", "", H1 "<p>\u00a9 2 May 2024</p>", "", URL,
          "" },
        { "a card of this very page", "", H1,
          "<div class=related><a href=/news/ferry>1 May 2024 The ferry</a>"
          "<a href=/news/bridge/>2 May 2024 Bridge</a></div>",
          URL, "2024-05-02" },
        { "not a card of another", "", H1,
          "<div class=related><a href=/news/ferry>1 May 2024 The ferry</a>"
          "<a href='/share?u=/news/bridge'>2 May 2024 Bridge</a></div>",
          URL, "" },
        { "URL", "", H1, "", "https://e.org/2024/05/02/bridge", "2024-05-02" },
        { "relative to the capture", "", H1 "<p>6 minutes ago</p>", "", URL,
          "2024-05-03T12:24Z" },
        { "not the word today", "", H1 "<p>Today</p>", "", URL, "" },
        { "today marked as a date", "", H1 "<p class=date>Today</p>", "", URL,
          "2024-05-03" },
        { "today with its hour", "", H1 "<p>Today, 9:15</p>", "", URL,
          "2024-05-03T09:15Z" },
        { "not a comment's", "", H1,
          "<div class=comments><p>Bo</p><time datetime=2024-05-01>1 May"
          "</time></div>",
          URL, "" },
        { "not those of a list of letters", "",
          H1 "<p><time datetime=2024-05-01>1 May</time></p>"
             "<p><time pubdate datetime=2024-04-28>Bo</time></p>"
             "<p><time pubdate datetime=2024-04-27>Al</time></p>"
             "<p><time pubdate datetime=2024-04-26>Cy</time></p>",
          "", URL, "2024-05-01" },
        { "not after the capture",
          "<meta property=article:published_time content=2025-05-02>", H1, "",
          URL, "" },
        { "zone told by the page",
          "<meta property=article:published_time "
          "content=2024-05-01T23:30:00Z>",
          H1 "<p>Published 2 May 2024, 01:30</p>", "", URL,
          "2024-05-02T01:30:00+02:00" },
        { "the first posting of a thread",
          "<meta property=og:type content=forum>",
          H1 "<div class=posting><time datetime=2024-05-02T10:15>2 May</time>"
             "</div>",
          "<div class=posting><time datetime=2024-05-03T09:15>3 May</time>"
          "</div>",
          URL, "2024-05-02T10:15" },
        { "script state",
          "<script>var page = {\"publishDate\":\"2024-05-02\"};</script>", H1,
          "", URL, "2024-05-02" },
        { "not from a list in script state",
          "<script>x = [{\"publishDate\":\"2024-05-02\"},{\"publishDate\":"
          "\"2024-05-01\"}]</script>",
          H1, "", URL, "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dtl_article a =
            extract(rows[i].head, rows[i].before, rows[i].after, rows[i].url);
        char text[DTL_WHEN_TEXT];

        dtl_when_text(&a.published, text);
        expect(&rows[i], dtl_str(text));
    }
}

static void other_fields(void **state)
{
    struct dtl_article a =
        extract("<meta property=og:site_name content='Example Times'>"
                "<link rel=canonical href=/news/bridge-opens>"
                "<meta property=og:image content=/i/bridge.jpg>"
                "<meta property=article:section content=Local>"
                "<meta name=keywords content='bridge, river; ferry'>"
                "<meta name=description content='A bridge opened.'>"
                "<link rel=amphtml href=https://amp.example-times.com/bridge>",
                H1, "", URL);

    (void)state;
    assert_true(dtl_equal(a.site, dtl_str("Example Times")));
    assert_true(
        dtl_equal(a.canonical,
                  dtl_str("https://www.example-times.com/news/bridge-opens")));
    assert_true(dtl_equal(
        a.image, dtl_str("https://www.example-times.com/i/bridge.jpg")));
    assert_true(dtl_equal(a.section, dtl_str("Local")));
    assert_true(dtl_equal(a.description, dtl_str("A bridge opened.")));
    assert_true(
        dtl_equal(a.amp, dtl_str("https://amp.example-times.com/bridge")));
    assert_int_equal(a.ntags, 3);
    assert_true(dtl_equal(a.tags[2], dtl_str("ferry")));
    assert_true(dtl_equal(a.language, dtl_str("en")));
}

static void agency_and_place(void **state)
{
    struct dtl_article a =
        extract("",
                H1 "<p>BELGRADE, Serbia (AP) \xe2\x80\x94 A bridge over "
                   "the river opened on Thursday, and the first to cross "
                   "it was a baker with a cart of bread.</p>",
                "", URL);

    (void)state;
    assert_true(dtl_equal(a.agency, dtl_str("AP")));
    assert_true(dtl_equal(a.place, dtl_str("BELGRADE, Serbia")));
}

/* The text decides against the declaration, except between languages that a
 * detector mixes up. */
static void language_is_the_texts(void **state)
{
    struct dtl_article a =
        extract("<meta name=language content=de>", H1, "", URL);
    bool declared_kept = false;

    (void)state;
    assert_true(dtl_equal(a.language, dtl_str("en")));
    for (uint32_t i = 0; i < a.nclaims; i++)
        declared_kept |= a.claims[i].field == DTL_CLAIM_LANGUAGE &&
                         dtl_equal(a.claims[i].value, dtl_str("de"));
    assert_true(declared_kept);
}

/* Each claim says where it stands, and exactly the believed ones are marked. */
static void claims_are_kept(void **state)
{
    struct dtl_article a =
        extract("<meta property=article:published_time content=2024-05-02>", H1,
                "", "https://e.org/2024/05/01/bridge");
    unsigned dates = 0, chosen = 0;

    (void)state;
    for (uint32_t i = 0; i < a.nclaims; i++)
        if (a.claims[i].field == DTL_CLAIM_PUBLISHED) {
            dates++;
            chosen += a.claims[i].chosen;
        }
    assert_int_equal(dates, 2);
    assert_int_equal(chosen, 1);
    assert_int_equal(a.published_source, DTL_FROM_ARTICLE_META);
}

/* A copyright year is a claim, not an answer. */
/* Nothing but a change is told: it is given, under its own name. */
static void change_is_called_so(void **state)
{
    struct dtl_article a = extract("", H1 "<p>Updated 2 May 2024</p>", "", URL);
    char text[DTL_WHEN_TEXT];

    (void)state;
    dtl_when_text(&a.published, text);
    assert_string_equal(text, "2024-05-02");
    assert_int_equal(a.published_source, DTL_FROM_MODIFIED);
    assert_string_equal(dtl_claim_source_name(a.published_source), "modified");
    assert_int_equal(a.modified_source, DTL_FROM_VISIBLE);
}

static void copyright_is_no_answer(void **state)
{
    struct dtl_article a = extract(
        "", H1, "</article><footer><p>\xc2\xa9 1998-2023 Example</p></footer>",
        URL);
    bool kept = false;

    (void)state;
    assert_true(a.published.time == DTL_NO_TIME);
    for (uint32_t i = 0; i < a.nclaims; i++)
        kept |= a.claims[i].source == DTL_FROM_COPYRIGHT &&
                dtl_equal(a.claims[i].value, dtl_str("2023"));
    assert_true(kept);
}

static void said_to_be_sold(void **state)
{
    static const struct {
        const char *head;
        bool sold;
    } sold[] = {
        { LD("{\"@type\":\"NewsArticle\",\"isAccessibleForFree\":false}"),
          true },
        { LD("{\"@type\":\"NewsArticle\",\"isAccessibleForFree\":\"False\"}"),
          true },
        { LD("{\"@type\":\"NewsArticle\",\"isAccessibleForFree\":"
             "\"http://schema.org/False\"}"),
          true },
        { LD("{\"@type\":\"NewsArticle\",\"hasPart\":[{\"@type\":"
             "\"WebPageElement\",\"isAccessibleForFree\":false,"
             "\"cssSelector\":\".b\"}]}"),
          true },
        { LD("{\"@type\":\"NewsArticle\",\"isAccessibleForFree\":true,"
             "\"hasPart\":{\"isAccessibleForFree\":false}}"),
          false },
        { LD("{\"@type\":\"NewsArticle\",\"isAccessibleForFree\":\"True\"}"),
          false },
        { "<meta property=article:content_tier content=locked>", true },
        { "<meta property=article:content_tier content=metered>", false },
        { "<meta property=article:content_tier content=free>", false },
        { "<meta itemprop=isAccessibleForFree content=False>", true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof sold / sizeof sold[0]; i++) {
        struct dtl_article a = extract(sold[i].head, H1, "", URL);

        if (((a.flags & DTL_ARTICLE_PAYWALLED) != 0) != sold[i].sold)
            fail_msg("%s", sold[i].head);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(titles),
        cmocka_unit_test(authors),
        cmocka_unit_test(published),
        cmocka_unit_test(other_fields),
        cmocka_unit_test(agency_and_place),
        cmocka_unit_test(language_is_the_texts),
        cmocka_unit_test(claims_are_kept),
        cmocka_unit_test(change_is_called_so),
        cmocka_unit_test(copyright_is_no_answer),
        cmocka_unit_test(said_to_be_sold),
    };
    int failed;

    arena = dtl_arena_new(0);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    dtl_arena_free(arena);
    return failed;
}
