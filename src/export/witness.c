/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Feeds (RSS 2.0, RSS 1.0, Atom) and sitemaps are read for the entry of an
 * address, section pages for a link to it.  None of them is parsed further
 * than that: entries are found by their tags, links by their bytes.
 */
#include <dateline/witness.h>

#include <stdlib.h>

#include <dateline/http.h>
#include <dateline/replay.h>
#include <dateline/url.h>

#define MOST      ((size_t)16 << 20) /* bytes of a document */
#define FEEDS     8                  /* read for an address */
#define SECTIONS  4                  /* pages above an address */
#define LOOKS     8                  /* captures of one, on either side */
#define LOOKED_AT 20000              /* captures of a host gone through */
#define DAY       86400
#define SAID_MOST 16 /* claims of an address kept */

struct witness {
    struct dtl_sightings *s;
    struct dtl_replay *replay;
    struct dtl_decoder *decoder;
    struct dtl_arena *page;  /* for what is read of one record */
    struct dtl_arena *asked; /* for what is asked of one address */
    /* of the address asked about */
    struct dtl_seen *seen;
    struct dtl_slice key;
    struct dtl_said said[SAID_MOST];
    size_t nsaid;
};

struct found {
    struct dtl_capture capture;
    bool links;
};

/* ---- documents ------------------------------------------------------------
 */

static bool read_body(struct witness *w, const struct dtl_capture *c,
                      struct dtl_slice *out)
{
    struct dtl_warc_record rec;
    struct dtl_slice block, payload;
    struct dtl_http http;

    dtl_arena_reset(w->page);
    return dtl_replay_record(w->replay, c, MOST, &rec, &block, NULL) ==
               DTL_OK &&
           dtl_http_parse(block, w->page, &http, NULL) == DTL_OK &&
           dtl_http_payload(&http, dtl_sub(block, http.head_len, block.len),
                            w->page, &payload, NULL) == DTL_OK &&
           dtl_http_decode(w->decoder, &http, payload, MOST, out, NULL) ==
               DTL_OK;
}

/* Between <name ...> and </name>, and where in `s` that is. */
static struct dtl_slice element(struct dtl_slice s, const char *name,
                                size_t *at)
{
    size_t len = strlen(name), open = 0, from, to;

    while ((open = dtl_find(s, dtl_str(name), open)) != SIZE_MAX) {
        uint8_t before = open > 0 ? s.ptr[open - 1] : 0;
        uint8_t behind = open + len < s.len ? s.ptr[open + len] : 0;

        open += len;
        if (before != '<' || (behind != '>' && behind != ' ' && behind != '\n'))
            continue;
        from = dtl_find(s, dtl_str(">"), open);
        to = from != SIZE_MAX ? dtl_find(s, dtl_str("</"), from) : SIZE_MAX;
        if (to == SIZE_MAX)
            break;
        *at = from + 1;
        return dtl_sub(s, from + 1, to);
    }
    return dtl_slice_of(NULL, 0);
}

static struct dtl_slice without_cdata(struct dtl_slice s)
{
    s = dtl_trim(s);
    if (dtl_starts(s, "<![CDATA[") && dtl_ends(s, "]]>"))
        s = dtl_trim(dtl_sub(s, 9, s.len - 3));
    return s;
}

static struct dtl_slice without_entities(struct dtl_slice s,
                                         struct dtl_arena *arena)
{
    uint8_t *out;
    size_t n = 0;

    if (memchr(s.ptr, '&', s.len) == NULL)
        return s;
    out = dtl_arena_alloc(arena, s.len);
    for (size_t i = 0; out != NULL && i < s.len; i++) {
        out[n++] = s.ptr[i];
        if (dtl_starts(dtl_sub(s, i, s.len), "&amp;"))
            i += 4;
        else if (dtl_starts(dtl_sub(s, i, s.len), "&#38;"))
            i += 4;
    }
    return dtl_slice_of(out, out != NULL ? n : 0);
}

/* ---- entries of feeds and sitemaps ----------------------------------------
 */

static bool is_asked(struct witness *w, struct dtl_slice url)
{
    url = without_cdata(url);
    if (url.len == 0 || url.len > 4096)
        return false;
    url = without_entities(url, w->page);
    return url.len > 0 &&
           dtl_equal(dtl_surt(w->page, url, DTL_SURT_WAYBACK), w->key);
}

static bool entry_is_asked(struct witness *w, struct dtl_slice entry)
{
    static const char *const links[] = { "link", "loc", "guid",
                                         "feedburner:origLink" };
    size_t at, href;

    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        if (is_asked(w, element(entry, links[i], &at)))
            return true;
    /* <link rel="alternate" href="..."/> */
    href = dtl_find(entry, dtl_str("<link "), 0);
    while (href != SIZE_MAX) {
        size_t from = dtl_find(entry, dtl_str("href=\""), href), to;

        to = from != SIZE_MAX ? dtl_find(entry, dtl_str("\""), from + 6)
                              : SIZE_MAX;
        if (to == SIZE_MAX)
            return false;
        if (is_asked(w, dtl_sub(entry, from + 6, to)))
            return true;
        href = dtl_find(entry, dtl_str("<link "), to);
    }
    return false;
}

static int digits(struct dtl_slice s, size_t at)
{
    return at + 1 < s.len && s.ptr[at] >= '0' && s.ptr[at] <= '9' &&
                   s.ptr[at + 1] >= '0' && s.ptr[at + 1] <= '9'
               ? (s.ptr[at] - '0') * 10 + s.ptr[at + 1] - '0'
               : -1;
}

/* "Thu, 02 May 2024 10:30:00 +0200" (RFC 822): seconds east of UTC. */
static bool zone_of(struct dtl_slice zone, int *seconds)
{
    int h = digits(zone, 1), m = digits(zone, 3);

    *seconds = 0;
    if (dtl_equal(zone, dtl_str("GMT")) || dtl_equal(zone, dtl_str("UTC")) ||
        dtl_equal(zone, dtl_str("UT")) || dtl_equal(zone, dtl_str("Z")))
        return true;
    if (zone.len != 5 || (zone.ptr[0] != '+' && zone.ptr[0] != '-') || h < 0 ||
        m < 0)
        return false;
    *seconds = (zone.ptr[0] == '-' ? -1 : 1) * (h * 3600 + m * 60);
    return true;
}

static struct dtl_slice iso_of(struct dtl_slice raw, struct dtl_arena *arena)
{
    size_t space = raw.len;
    char iso[DTL_TIME_ISO];
    const char *http;
    int64_t t;
    int zone;

    if (dtl_time_parse_iso(raw) != DTL_NO_TIME)
        return dtl_arena_dup(arena, raw);
    while (space > 0 && raw.ptr[space - 1] != ' ')
        space--;
    if (space < 20 || space > 40 ||
        !zone_of(dtl_sub(raw, space, raw.len), &zone))
        return dtl_slice_of(NULL, 0);
    /* A day of one digit is padded. */
    http = dtl_arena_printf(arena, "%.5s%s%.*sGMT", (const char *)raw.ptr,
                            raw.ptr[6] == ' ' ? "0" : "", (int)space - 5,
                            (const char *)raw.ptr + 5);
    t = http != NULL ? dtl_time_parse_http(dtl_str(http)) : DTL_NO_TIME;
    if (t == DTL_NO_TIME)
        return dtl_slice_of(NULL, 0);
    dtl_time_iso(t - zone, iso);
    return dtl_arena_dup(arena, dtl_str(iso));
}

static bool said_before(const struct witness *w, const struct dtl_said *one)
{
    for (size_t i = 0; i < w->nsaid; i++)
        if (w->said[i].type == one->type && w->said[i].field == one->field &&
            dtl_equal(w->said[i].raw, one->raw))
            return true;
    return false;
}

static void keep_dates(struct witness *w, const struct dtl_capture *c,
                       struct dtl_slice entry, size_t entry_at,
                       const char *type)
{
    static const struct {
        const char *element, *field;
    } dates[] = {
        { "pubDate", "published" }, { "published", "published" },
        { "dc:date", "published" }, { "news:publication_date", "published" },
        { "updated", "modified" },  { "lastmod", "modified" },
    };
    struct dtl_arena *arena = w->s->arena;

    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
        size_t at = 0;
        struct dtl_slice raw =
            without_cdata(element(entry, dates[i].element, &at));
        struct dtl_said one = { .type = type, .field = dates[i].field };

        if (raw.len == 0 || raw.len > 64 || w->nsaid == SAID_MOST)
            continue;
        one.raw = raw;
        if (said_before(w, &one))
            continue;
        one.raw = dtl_arena_dup(arena, raw);
        one.value = iso_of(raw, arena);
        one.by = dtl_arena_dup(arena, c->url);
        one.offset = c->offset;
        one.at = (uint32_t)(entry_at + at);
        if (dtl_store_file_name(w->s->store, c->file, &one.file, NULL) !=
            DTL_OK)
            one.file = "";
        w->said[w->nsaid++] = one;
    }
}

static const struct {
    const char *open, *close, *type;
} entries[] = {
    { "<item", "</item>", "feed" },
    { "<entry", "</entry>", "feed" },
    { "<url>", "</url>", "sitemap" },
};

static void read_entries(struct witness *w, const struct dtl_capture *c,
                         struct dtl_slice xml, size_t kind)
{
    size_t at = 0, from, to;

    while (
        (from = dtl_find(xml, dtl_str(entries[kind].open), at)) != SIZE_MAX &&
        (to = dtl_find(xml, dtl_str(entries[kind].close), from)) != SIZE_MAX) {
        struct dtl_slice entry = dtl_sub(xml, from, to);

        if (entry_is_asked(w, entry))
            keep_dates(w, c, entry, from, entries[kind].type);
        at = to;
    }
}

static bool is_feed(const struct dtl_capture *c)
{
    return c->status == 200 && (c->flags & DTL_CAPTURE_REVISIT) == 0 &&
           (dtl_find(c->mime, dtl_str("xml"), 0) != SIZE_MAX ||
            dtl_find(c->mime, dtl_str("rss"), 0) != SIZE_MAX) &&
           dtl_find(c->mime, dtl_str("xhtml"), 0) == SIZE_MAX &&
           dtl_find(c->mime, dtl_str("svg"), 0) == SIZE_MAX;
}

static bool copy_capture(struct dtl_arena *arena, const struct dtl_capture *c,
                         struct found *out)
{
    out->capture = *c;
    out->capture.url = dtl_arena_dup(arena, c->url);
    out->capture.key = dtl_slice_of(NULL, 0);
    out->capture.mime = out->capture.redirect = out->capture.key;
    out->capture.record_id = dtl_arena_dup(arena, c->record_id);
    out->links = false;
    return out->capture.url.ptr != NULL;
}

static int by_time(const void *x, const void *y)
{
    const struct found *a = x, *b = y;

    return (a->capture.time > b->capture.time) -
           (a->capture.time < b->capture.time);
}

/* Feeds list what is new: those captured soonest after the page. */
static void ask_feeds(struct witness *w)
{
    struct dtl_query q = { .url = w->seen->capture.url,
                           .match = DTL_HOST,
                           .from = w->seen->not_after - DAY,
                           .to = w->seen->not_after + 30 * DAY,
                           .limit = LOOKED_AT };
    struct found list[FEEDS + 1];
    struct dtl_cursor *cursor = NULL;
    struct dtl_capture c;
    struct dtl_ref ref;
    size_t n = 0;

    if (dtl_query_open(w->s->store, &q, &cursor, NULL) != DTL_OK)
        return;
    while (dtl_query_next(cursor, &c, &ref, NULL) == DTL_OK) {
        if (!is_feed(&c) || (n == FEEDS && c.time >= list[n - 1].capture.time))
            continue;
        if (!copy_capture(w->asked, &c, &list[n]))
            break;
        n++;
        qsort(list, n, sizeof *list, by_time);
        n -= n > FEEDS;
    }
    dtl_query_close(cursor);
    for (size_t i = 0; i < n; i++) {
        struct dtl_slice xml;

        if (!read_body(w, &list[i].capture, &xml))
            continue;
        for (size_t k = 0; k < sizeof entries / sizeof *entries; k++)
            read_entries(w, &list[i].capture, xml, k);
    }
}

/* ---- section pages --------------------------------------------------------
 */

/* Does a page link `path`, with or without its host before it? */
static bool links_to(struct dtl_slice html, struct dtl_slice path)
{
    size_t at = 0;

    while ((at = dtl_find(html, path, at)) != SIZE_MAX) {
        uint8_t before = at > 0 ? html.ptr[at - 1] : 0;
        uint8_t behind = at + path.len < html.len ? html.ptr[at + path.len] : 0;
        bool begins = before == '"' || before == '\'' || before == '=' ||
                      (before >= 'a' && before <= 'z') ||
                      (before >= '0' && before <= '9');
        bool ends = behind == '"' || behind == '\'' || behind == '#' ||
                    behind == '?' || behind == '>' || behind == ' ' ||
                    behind == '&';

        if (begins && ends)
            return true;
        at++;
    }
    return false;
}

static bool is_section(const struct dtl_capture *c)
{
    return c->status == 200 &&
           (c->flags & (DTL_CAPTURE_REVISIT | DTL_CAPTURE_TRUNCATED |
                        DTL_CAPTURE_DAMAGED | DTL_CAPTURE_IMPORTED)) == 0 &&
           dtl_find(c->mime, dtl_str("html"), 0) != SIZE_MAX;
}

/* The captures of `url` next to the page's first: LOOKS before, LOOKS after. */
static size_t section_captures(struct witness *w, struct dtl_slice url,
                               struct found *out)
{
    int64_t first = w->seen->not_after;
    struct dtl_query q = { .url = url,
                           .from = first - 30 * DAY,
                           .to = first + 7 * DAY };
    struct dtl_cursor *cursor = NULL;
    struct dtl_capture c;
    struct dtl_ref ref;
    size_t n = 0, after = 0;

    if (dtl_query_open(w->s->store, &q, &cursor, NULL) != DTL_OK)
        return 0;
    while (after < LOOKS && dtl_query_next(cursor, &c, &ref, NULL) == DTL_OK) {
        if (!is_section(&c))
            continue;
        after += c.time >= first;
        if (c.time < first && n == LOOKS)
            memmove(out, out + 1, --n * sizeof *out);
        if (!copy_capture(w->asked, &c, &out[n]))
            break;
        n++;
    }
    dtl_query_close(cursor);
    return n;
}

/* A page that links the address later and did not before: until then it was
 * not announced there. */
static void ask_section(struct witness *w, struct dtl_slice url,
                        struct dtl_slice path)
{
    struct found list[2 * LOOKS];
    size_t n = section_captures(w, url, list), first_link = SIZE_MAX;
    struct dtl_seen *s = w->seen;
    const struct dtl_capture *c;

    for (size_t i = 0; i < n && first_link == SIZE_MAX; i++) {
        struct dtl_slice html;

        if (!read_body(w, &list[i].capture, &html))
            return;
        if (links_to(html, path))
            first_link = i;
    }
    if (first_link == SIZE_MAX || first_link == 0)
        return;
    c = &list[first_link - 1].capture;
    if (c->time >= s->not_after ||
        (s->not_before != DTL_NO_TIME && c->time <= s->not_before))
        return;
    s->not_before = c->time;
    s->absence = DTL_ABSENT_LINK;
    s->absent_url = dtl_arena_dup(w->s->arena, c->url);
    s->absent_offset = c->offset;
    if (dtl_store_file_name(w->s->store, c->file, &s->absent_file, NULL) !=
        DTL_OK)
        s->absent_file = "";
}

static void ask_sections(struct witness *w)
{
    struct dtl_slice url = w->seen->capture.url;
    struct dtl_url parts;
    struct dtl_slice path;
    size_t head, end, asked = 0;

    if (!dtl_url_split(url, &parts) || parts.path.len < 4)
        return;
    head = (size_t)(parts.path.ptr - url.ptr);
    path = dtl_sub(url, head, url.len);
    /* Behind each '/' but the last, the nearest above first. */
    for (end = parts.path.len - 1; end > 0 && asked < SECTIONS; end--)
        if (parts.path.ptr[end - 1] == '/') {
            ask_section(w, dtl_sub(url, 0, head + end), path);
            asked++;
        }
}

/* ---- the whole ------------------------------------------------------------
 */

static void ask(struct witness *w, struct dtl_seen *seen)
{
    struct dtl_said *said;

    dtl_arena_reset(w->asked);
    w->seen = seen;
    w->nsaid = 0;
    w->key = dtl_surt(w->asked, seen->capture.url, DTL_SURT_WAYBACK);
    if (w->key.ptr == NULL || seen->not_after == DTL_NO_TIME)
        return;
    ask_feeds(w);
    ask_sections(w);
    said = dtl_arena_alloc(w->s->arena, (w->nsaid + 1) * sizeof *said);
    if (said == NULL)
        return;
    memcpy(said, w->said, w->nsaid * sizeof *said);
    seen->said = said;
    seen->nsaid = w->nsaid;
}

static struct dtl_seen *earlier_of_page(struct dtl_sightings *s, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (dtl_equal(s->list[i].capture.url, s->list[at].capture.url))
            return &s->list[i];
    return NULL;
}

int dtl_trace_witness(struct dtl_sightings *s, struct dtl_error *err)
{
    struct witness *w = calloc(1, sizeof *w);
    size_t pages = 0;
    int rc = DTL_NOMEM;

    if (w == NULL || (w->page = dtl_arena_new(4 * MOST)) == NULL ||
        (w->asked = dtl_arena_new(MOST)) == NULL)
        dtl_fail(err, DTL_NOMEM, 0, "out of memory for witnesses");
    else if ((rc = dtl_replay_new(s->store, &w->replay, err)) == DTL_OK)
        rc = dtl_decoder_new(&w->decoder, err);
    if (rc == DTL_OK) {
        w->s = s;
        dtl_seen_sort(s);
    }
    for (size_t i = 0; i < s->count && rc == DTL_OK; i++) {
        const struct dtl_seen *before = earlier_of_page(s, i);

        if (before != NULL)
            dtl_seen_share(&s->list[i], before);
        else if (pages++ < DTL_WITNESS_PAGES)
            ask(w, &s->list[i]);
    }
    if (w != NULL) {
        dtl_decoder_free(w->decoder);
        dtl_replay_free(w->replay);
        dtl_arena_free(w->page);
        dtl_arena_free(w->asked);
    }
    free(w);
    return rc;
}
