/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page for browsers without scripts: a box that takes a web address or a
 * text, and under it the captures of that address or the appearances of that
 * text.  All that comes from outside goes through text().
 */
#include "serve.h"

#include "style.h"

#include <dateline/time.h>
#include <dateline/trace.h>
#include <dateline/url.h>

#include <stdio.h>
#include <stdlib.h>

#define MAX_ROWS 500
#define MAX_URL  4000 /* of what is linked to */

/* Text into HTML: markup escaped, what is not UTF-8 and controls replaced. */
static void text(struct dtl_buf *b, struct dtl_slice s)
{
    size_t pos = 0;

    while (pos < s.len) {
        uint32_t c = dtl_utf8_next(s, &pos);

        switch (c) {
        case '&': dtl_buf_str(b, "&amp;"); break;
        case '<': dtl_buf_str(b, "&lt;"); break;
        case '>': dtl_buf_str(b, "&gt;"); break;
        case '"': dtl_buf_str(b, "&quot;"); break;
        case '\'': dtl_buf_str(b, "&#39;"); break;
        default:
            dtl_buf_utf8(b, c < 0x20 && c != '\n' && c != '\t' ? 0xfffd : c);
        }
    }
}

/* Into the query part of a link of ours. */
static void query_value(struct dtl_buf *b, struct dtl_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.ptr[i];
        bool plain = (c >= '0' && c <= '9') ||
                     ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '-' ||
                     c == '.' || c == '_' || c == '/' || c == ':';

        if (plain)
            dtl_buf_byte(b, c);
        else
            dtl_buf_printf(b, "%%%02X", c);
    }
}

static void when(struct dtl_buf *b, int64_t t)
{
    char iso[DTL_TIME_ISO];

    dtl_time_iso(t, iso);
    dtl_buf_printf(b, "<time datetime=\"%s\">%.10s <span>%.5s</span></time>",
                   iso, iso, iso[0] != '\0' ? iso + 11 : "");
}

static void open_page(struct dtl_buf *b, struct dtl_slice q)
{
    dtl_buf_str(b, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
                   "<meta charset=\"utf-8\">\n<title>");
    if (q.len > 0) {
        text(b, dtl_sub(q, 0, 80));
        dtl_buf_str(b, " - ");
    }
    dtl_buf_str(
        b, "dateline</title>\n<meta name=\"viewport\" "
           "content=\"width=device-width, initial-scale=1\">\n"
           "<link rel=\"stylesheet\" href=\"/style.css\">\n</head>\n<body>\n"
           "<header><h1><a href=\"/plain\">dateline</a></h1>\n"
           "<p>when and where a story appeared</p></header>\n"
           "<form action=\"/plain\" role=\"search\">\n"
           "<label for=\"q\">A headline, a sentence, a whole article, or a web "
           "address</label>\n<textarea id=\"q\" name=\"q\" rows=\"3\" "
           "maxlength=\"20000\" required>\n");
    text(b, q);
    dtl_buf_str(b, "</textarea>\n<button>Look up</button>\n</form>\n<main>\n");
}

static enum MHD_Result close_page(struct request *r, struct dtl_buf *b)
{
    dtl_buf_printf(b,
                   "</main>\n<footer>dateline %s</footer>\n</body>\n"
                   "</html>\n",
                   dtl_version());
    return reply(r, MHD_HTTP_OK, "text/html; charset=utf-8", b);
}

static void trouble(struct dtl_buf *b, const struct dtl_error *err)
{
    dtl_buf_str(b, "<p class=\"note\">");
    text(b, dtl_str(err->text));
    dtl_buf_str(b, "</p>\n");
}

/* A link to the capture itself, around `label`. */
static void capture_link(struct dtl_buf *b, const struct dtl_capture *c,
                         struct dtl_slice label)
{
    char time[DTL_TIME_14];

    struct dtl_slice url = c->url;
    const uint8_t *hash = url.len > 0 ? memchr(url.ptr, '#', url.len) : NULL;

    if (hash != NULL) /* a browser would not send it */
        url.len = (size_t)(hash - url.ptr);
    dtl_time_14(c->time, time);
    if (url.len <= MAX_URL) {
        dtl_buf_printf(b, "<a href=\"/web/%sid_/", time);
        text(b, url);
        dtl_buf_str(b, "\">");
    }
    text(b, label);
    if (url.len <= MAX_URL)
        dtl_buf_str(b, "</a>");
}

static struct dtl_slice title_of(struct request *r, struct dtl_ref article)
{
    struct dtl_article_row row;

    if (article.ordinal == DTL_NO_ARTICLE ||
        dtl_store_article(r->context->store, article, r->context->arena, &row,
                          NULL) != DTL_OK)
        return dtl_str("");
    return row.title;
}

/* ---- captures of an address
 * ------------------------------------------------------ */

static void capture_row(struct request *r, struct dtl_buf *b,
                        const struct dtl_capture *c, struct dtl_ref ref)
{
    bool revisit = (c->flags & DTL_CAPTURE_REVISIT) != 0;
    struct dtl_slice title =
        title_of(r, (struct dtl_ref){ ref.segment, c->article });

    dtl_buf_str(b, "<tr><td>");
    when(b, c->time);
    if (c->status != 0)
        dtl_buf_printf(b, "</td><td>%u</td><td>", (unsigned)c->status);
    else
        dtl_buf_str(b, "</td><td></td><td>");
    text(b, revisit ? dtl_str("unchanged") : c->mime);
    dtl_buf_str(b, "</td><td>");
    capture_link(b, c, title.len > 0 ? title : c->url);
    if (title.len > 0) {
        dtl_buf_str(b, "<br><small>");
        text(b, dtl_sub(c->url, 0, 200));
        dtl_buf_str(b, "</small>");
    }
    dtl_buf_str(b, "</td></tr>\n");
}

/* How many rows were written. */
static size_t capture_rows(struct request *r, struct dtl_buf *b,
                           struct dtl_slice url, enum dtl_match match,
                           struct dtl_error *err)
{
    struct dtl_query q = { .url = url,
                           .match = match,
                           .from = DTL_NO_TIME,
                           .to = DTL_NO_TIME,
                           .limit = MAX_ROWS };
    struct dtl_cursor *cursor;
    struct dtl_capture c;
    struct dtl_ref ref;
    size_t n = 0;
    int rc = dtl_query_open(r->context->store, &q, &cursor, err);

    if (rc != DTL_OK)
        return SIZE_MAX;
    while ((rc = dtl_query_next(cursor, &c, &ref, err)) == DTL_OK) {
        capture_row(r, b, &c, ref);
        n++;
    }
    dtl_query_close(cursor);
    return rc == DTL_END ? n : SIZE_MAX;
}

/* What an address can mean, the narrowest first. */
static const struct attempt {
    enum dtl_match match;
    const char *heading;
} attempts[] = {
    { DTL_EXACT, "Captures of this address" },
    { DTL_PREFIX, "Not captured itself; under it" },
    { DTL_DOMAIN, "Not captured; on its site" },
};

static const struct attempt whole_site = { DTL_DOMAIN,
                                           "Captures of this site" };
static const struct attempt all_under = { DTL_PREFIX,
                                          "Captures under this address" };

/* False when there is nothing. */
static bool try_captures(struct request *r, struct dtl_buf *b,
                         struct dtl_slice url, const struct attempt *a)
{
    struct dtl_buf rows = { 0 };
    struct dtl_error err;
    size_t n = capture_rows(r, &rows, url, a->match, &err);

    if (n == SIZE_MAX) {
        trouble(b, &err);
    } else if (n > 0) {
        dtl_buf_printf(b, "<h2>%s</h2>\n<p>%zu capture%s%s</p>\n", a->heading,
                       n, n == 1 ? "" : "s",
                       n == MAX_ROWS ? ", more are not shown" : "");
        dtl_buf_str(b, "<table>\n<tr><th>Captured (UTC)</th><th>Status</th>"
                       "<th>Type</th><th>Page</th></tr>\n");
        dtl_buf_slice(b, dtl_buf_view(&rows));
        dtl_buf_str(b, "</table>\n");
    }
    dtl_buf_free(&rows);
    return n > 0;
}

static void site_link(struct request *r, struct dtl_buf *b,
                      struct dtl_slice url)
{
    bool has_scheme = dtl_find(url, dtl_str("://"), 0) != SIZE_MAX;
    struct dtl_slice site =
        has_scheme ? url
                   : dtl_str(dtl_arena_printf(
                         r->context->arena, "http://%.*s",
                         (int)(url.len < MAX_URL ? url.len : MAX_URL),
                         (const char *)url.ptr));

    site = dtl_url_site(r->context->arena, site);
    if (site.len == 0)
        return;
    dtl_buf_str(b, "<p><a href=\"/plain?q=*.");
    query_value(b, site);
    dtl_buf_str(b, "\">all captures of ");
    text(b, site);
    dtl_buf_str(b, "</a></p>\n");
}

static void captures(struct request *r, struct dtl_buf *b, struct dtl_slice url)
{
    bool found = false;

    if (dtl_starts(url, "*.")) {
        found = try_captures(r, b, dtl_sub(url, 2, url.len), &whole_site);
    } else if (dtl_ends(url, "*")) {
        found = try_captures(r, b, dtl_sub(url, 0, url.len - 1), &all_under);
    } else {
        for (size_t i = 0; i < 3 && !found; i++)
            found = try_captures(r, b, url, &attempts[i]);
        if (found)
            site_link(r, b, url);
    }
    if (!found)
        dtl_buf_str(b, "<p class=\"note\">Nothing of this address is in this "
                       "store.</p>\n");
}

/* ---- appearances of a text
 * ---------------------------------------------------------- */

struct found {
    struct dtl_ref article;
    enum dtl_relation relation;
    float share;
    struct dtl_capture first; /* capture of the article */
    struct dtl_slice title, site;
};

static bool first_capture(struct request *r, struct found *f)
{
    struct context *x = r->context;
    struct dtl_ref *refs;
    size_t n;
    bool any = false;

    if (dtl_store_article_captures(x->store, f->article, x->arena, &refs, &n,
                                   NULL) != DTL_OK)
        return false;
    for (size_t i = 0; i < n; i++) {
        struct dtl_capture c;

        if (dtl_store_capture_in(x->store, refs[i], x->arena, &c, NULL) ==
                DTL_OK &&
            (!any || c.time < f->first.time)) {
            f->first = c;
            any = true;
        }
    }
    return any;
}

static int by_time(const void *pa, const void *pb)
{
    const struct found *a = pa, *b = pb;

    if (a->first.time != b->first.time)
        return a->first.time < b->first.time ? -1 : 1;
    return dtl_compare(a->first.url, b->first.url);
}

static size_t count_sites(const struct found *f, size_t n)
{
    size_t sites = 0;

    for (size_t i = 0; i < n; i++) {
        size_t before = 0;

        while (before < i && !dtl_equal(f[before].site, f[i].site))
            before++;
        sites += before == i;
    }
    return sites;
}

static void appearance(struct dtl_buf *b, const struct found *f)
{
    dtl_buf_str(b, "<li>");
    when(b, f->first.time);
    dtl_buf_str(b, "<div><b>");
    text(b, f->site);
    dtl_buf_printf(b, "</b> <span class=\"chip r%d\">%s</span>",
                   (int)f->relation, dtl_relation_name(f->relation));
    if (f->share > 0)
        dtl_buf_printf(b, " <small>%d%% of the text</small>",
                       (int)(f->share * 100 + 0.5f));
    dtl_buf_str(b, "<br>");
    capture_link(b, &f->first, f->title.len > 0 ? f->title : f->first.url);
    dtl_buf_str(b, "<br><small>");
    text(b, dtl_sub(f->first.url, 0, 200));
    dtl_buf_str(b, " &middot; <a href=\"/plain?q=");
    query_value(b, dtl_sub(f->first.url, 0, MAX_URL));
    dtl_buf_str(b, "\">all captures</a></small></div></li>\n");
}

static void appearances(struct request *r, struct dtl_buf *b, struct found *f,
                        size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        f[kept] = f[i];
        f[kept].title = title_of(r, f[i].article);
        if (first_capture(r, &f[kept])) {
            f[kept].site = dtl_url_site(r->context->arena, f[kept].first.url);
            kept++;
        }
    }
    if (kept == 0) {
        dtl_buf_str(b, "<p class=\"note\">This text is not in this store."
                       "</p>\n");
        return;
    }
    qsort(f, kept, sizeof *f, by_time);
    dtl_buf_printf(b,
                   "<h2>%zu appearance%s on %zu site%s</h2>\n<p>First seen "
                   "in this archive ",
                   kept, kept == 1 ? "" : "s", count_sites(f, kept),
                   count_sites(f, kept) == 1 ? "" : "s");
    when(b, f[0].first.time);
    dtl_buf_str(b, " at <b>");
    text(b, f[0].site);
    dtl_buf_str(b, "</b>. It may have been published earlier.</p>\n<ol>\n");
    for (size_t i = 0; i < kept; i++)
        appearance(b, &f[i]);
    dtl_buf_str(b, "</ol>\n");
}

static void trace(struct request *r, struct dtl_buf *b, struct dtl_slice q)
{
    struct context *x = r->context;
    struct dtl_trace_query query = { .text = q, .limit = MAX_ROWS };
    struct dtl_appearance *all;
    struct dtl_error err;
    struct found *f;
    size_t n;

    if (dtl_trace(x->store, &query, x->arena, &all, &n, &err) != DTL_OK) {
        trouble(b, &err);
        return;
    }
    f = dtl_arena_calloc(x->arena, n + 1, sizeof *f);
    for (size_t i = 0; i < n && f != NULL; i++)
        f[i] = (struct found){ .article = all[i].article,
                               .relation = all[i].relation,
                               .share = all[i].q_in_d };
    appearances(r, b, f, f != NULL ? n : 0);
}

/* sha256:... of a normal text. */
static bool by_hash(struct request *r, struct dtl_buf *b, struct dtl_slice q)
{
    struct context *x = r->context;
    struct dtl_error err;
    struct dtl_ref *refs;
    struct found *f;
    uint8_t hash[32];
    size_t n;

    if (!dtl_starts_nocase(q, "sha256:") || q.len != 7 + 64 ||
        !dtl_unhex(dtl_sub(q, 7, q.len), hash))
        return false;
    if (dtl_store_by_text(x->store, hash, x->arena, &refs, &n, &err) !=
        DTL_OK) {
        trouble(b, &err);
        return true;
    }
    f = dtl_arena_calloc(x->arena, n + 1, sizeof *f);
    for (size_t i = 0; i < n && f != NULL; i++)
        f[i] = (struct found){ .article = refs[i],
                               .relation = DTL_REL_SAME_TEXT,
                               .share = 1 };
    appearances(r, b, f, f != NULL ? n : 0);
    return true;
}

/* ---- together
 * ------------------------------------------------------------------------ */

/* One word with a dot or a scheme in it. */
static bool is_address(struct dtl_slice q)
{
    for (size_t i = 0; i < q.len; i++)
        if (q.ptr[i] <= ' ')
            return false;
    return q.len > 3 &&
           (dtl_find(q, dtl_str("://"), 0) != SIZE_MAX ||
            dtl_find(dtl_sub(q, 1, q.len - 1), dtl_str("."), 0) != SIZE_MAX);
}

enum MHD_Result route_page(struct request *r)
{
    struct dtl_slice q = dtl_trim(param(r, "q"));
    struct dtl_buf b = { 0 };

    open_page(&b, q);
    if (q.len == 0)
        dtl_buf_str(&b, "<p>Paste what you remember of a story: every page of "
                        "the archive that carries it is listed, the earliest "
                        "capture first, with what the page made of it.</p>\n");
    else if (is_address(q))
        captures(r, &b, q);
    else if (!by_hash(r, &b, q))
        trace(r, &b, q);
    return close_page(r, &b);
}

enum MHD_Result route_style(struct request *r)
{
    struct dtl_buf b = { 0 };

    dtl_buf_str(&b, style);
    return reply(r, MHD_HTTP_OK, "text/css; charset=utf-8", &b);
}
