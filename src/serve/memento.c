/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memento (RFC 7089): a TimeGate leads to the capture nearest to a time, a
 * TimeMap lists all captures of a URL, and every capture names both, its
 * original and its neighbours.
 */
#include "web.h"

#include <dateline/json.h>
#include <dateline/time.h>
#include <dateline/view.h>

#include <stdlib.h>

#define MAP_PAGE    10000 /* captures to a page of a TimeMap */
#define LONGEST_URL 4000  /* whose TimeGate and TimeMap are named */

/* ---- links ---------------------------------------------------------------
 *
 * RFC 8288: <URI>; rel="..."; datetime="...".  What could end the brackets or
 * the header is escaped.
 */
static void put_uri(struct dtl_buf *b, struct dtl_slice uri)
{
    for (size_t i = 0; i < uri.len; i++) {
        uint8_t c = uri.ptr[i];

        if (c <= 0x20 || c >= 0x7f || c == '<' || c == '>' || c == '"' ||
            c == '\\')
            dtl_buf_printf(b, "%%%02X", c);
        else
            dtl_buf_byte(b, c);
    }
}

/* A page of ours about `url`: "/web/timegate/", ... */
static void put_link(struct dtl_buf *b, const struct request *r,
                     const char *path, struct dtl_slice url,
                     const char *parameters)
{
    dtl_buf_printf(b, "<%s%s", r->host->replay_url, path);
    put_uri(b, url);
    dtl_buf_printf(b, ">; %s", parameters);
}

static void put_memento_uri(struct dtl_buf *b, const struct request *r,
                            int64_t time, enum dtl_form form,
                            struct dtl_slice url)
{
    char digits[DTL_TIME_14];

    dtl_time_14(time, digits);
    dtl_buf_printf(b, "%s/web/%s%s/", r->host->replay_url, digits,
                   dtl_form_name(form));
    put_uri(b, url);
}

static void put_memento_link(struct dtl_buf *b, const struct request *r,
                             int64_t time, enum dtl_form form,
                             struct dtl_slice url, const char *rel)
{
    char date[DTL_TIME_HTTP];

    dtl_time_http(time, date);
    dtl_buf_str(b, "<");
    put_memento_uri(b, r, time, form, url);
    dtl_buf_printf(b, ">; rel=\"%s\"; datetime=\"%s\"", rel, date);
}

static void put_fixed(struct dtl_buf *b, const struct request *r,
                      struct dtl_slice url, bool with_gate)
{
    dtl_buf_str(b, "<");
    put_uri(b, url);
    dtl_buf_str(b, ">; rel=\"original\"");
    if (url.len > LONGEST_URL)
        return;
    if (with_gate) {
        dtl_buf_str(b, ", ");
        put_link(b, r, "/web/timegate/", url, "rel=\"timegate\"");
    }
    dtl_buf_str(b, ", ");
    put_link(b, r, "/web/timemap/link/", url,
             "rel=\"timemap\"; type=\"application/link-format\"");
}

/* ---- neighbours ---------------------------------------------------------- */

enum { FIRST, PREV, NEXT, LAST, PLACES };

/* The first capture of `key` in this range, or the last: DTL_NO_TIME if none.
 */
static int64_t edge(struct request *r, struct dtl_slice key, int64_t from,
                    int64_t to, bool last)
{
    struct dtl_query q = { .key = key,
                           .from = from,
                           .to = to,
                           .sort = last ? DTL_SORT_REVERSE : DTL_SORT_KEY,
                           .limit = 1 };
    struct dtl_cursor *cursor = NULL;
    struct dtl_capture c;
    int64_t time = DTL_NO_TIME;

    if (dtl_query_open(r->context->store, &q, &cursor, NULL) == DTL_OK &&
        dtl_query_next(cursor, &c, NULL, NULL) == DTL_OK)
        time = c.time;
    dtl_query_close(cursor);
    return time;
}

/* Those of one moment are one link. */
static void put_neighbours(struct dtl_buf *b, struct request *r,
                           const struct dtl_capture *c, enum dtl_form form)
{
    static const char *const names[PLACES] = { "first ", "prev ", "next ",
                                               "last " };
    const int64_t times[PLACES] = {
        edge(r, c->key, DTL_NO_TIME, DTL_NO_TIME, false),
        edge(r, c->key, DTL_NO_TIME, c->time - 1, true),
        edge(r, c->key, c->time + 1, DTL_NO_TIME, false),
        edge(r, c->key, DTL_NO_TIME, DTL_NO_TIME, true),
    };
    bool self_named = false;

    for (int i = 0; i < PLACES; i++) {
        char rel[40] = "";
        bool told = times[i] == DTL_NO_TIME;

        for (int k = 0; k < PLACES && !told; k++) {
            if (times[k] != times[i])
                continue;
            told = k < i;
            strcat(rel, names[k]);
        }
        if (told)
            continue;
        self_named |= times[i] == c->time;
        strcat(rel, "memento");
        dtl_buf_str(b, ", ");
        put_memento_link(b, r, times[i], form, c->url, rel);
    }
    if (!self_named) {
        dtl_buf_str(b, ", ");
        put_memento_link(b, r, c->time, form, c->url, "memento");
    }
}

void add_links(struct request *r, struct MHD_Response *response,
               const struct dtl_capture *c, enum dtl_form form)
{
    struct dtl_buf b = { .max = 64 << 10 };

    put_fixed(&b, r, c->url, true);
    if (c->url.len < LONGEST_URL / 4)
        put_neighbours(&b, r, c, form);
    if (!b.failed)
        add_header(response, "Link", dtl_buf_view(&b));
    dtl_buf_free(&b);
}

void add_memento(struct request *r, struct MHD_Response *response,
                 const struct dtl_capture *c, enum dtl_form form)
{
    char date[DTL_TIME_HTTP];

    dtl_time_http(c->time, date);
    MHD_add_response_header(response, "Memento-Datetime", date);
    add_links(r, response, c, form);
}

/* ---- TimeGate ------------------------------------------------------------ */

/* Section 2.1.1: only the fixed form of RFC 1123, in GMT. */
static bool wanted_time(struct request *r, int64_t *out)
{
    const char *value = MHD_lookup_connection_value(
        r->connection, MHD_HEADER_KIND, "Accept-Datetime");
    struct dtl_slice text = dtl_trim(dtl_str(value));

    *out = DTL_NO_TIME;
    if (value == NULL)
        return true;
    if (text.len != DTL_TIME_HTTP - 1 || !dtl_ends(text, " GMT"))
        return false;
    *out = dtl_time_parse_http(text);
    return *out != DTL_NO_TIME;
}

/* Answers of a TimeGate depend on the time that was asked for. */
static enum MHD_Result gate_answer(struct request *r, unsigned status,
                                   const struct dtl_capture *c,
                                   const struct wanted *w, const char *text)
{
    struct dtl_buf body = { 0 }, link = { 0 }, to = { 0 };
    struct MHD_Response *response;

    dtl_buf_str(&body, text);
    response = response_of(&body);
    if (response == NULL) {
        dtl_buf_free(&body);
        return MHD_NO;
    }
    MHD_add_response_header(response, "Vary", "accept-datetime");
    put_fixed(&link, r, w->url, false);
    if (c != NULL) {
        put_memento_uri(&to, r, c->time, w->form, w->url);
        add_header(response, "Location", dtl_buf_view(&to));
        put_neighbours(&link, r, c, w->form);
    }
    if (!link.failed)
        add_header(response, "Link", dtl_buf_view(&link));
    dtl_buf_free(&link);
    dtl_buf_free(&to);
    return send_response(r, status, "text/plain; charset=utf-8", response);
}

enum MHD_Result timegate(struct request *r, const struct wanted *w)
{
    struct dtl_capture c;
    struct dtl_error err;
    struct dtl_ref ref;
    int64_t when;
    int rc;

    if (!wanted_time(r, &when))
        return gate_answer(r, MHD_HTTP_BAD_REQUEST, NULL, w,
                           "Accept-Datetime is no date as RFC 7089 has it\n");
    rc = dtl_store_nearest(r->context->store, w->url, when, r->context->arena,
                           &c, &ref, &err);
    if (rc == DTL_NOTFOUND)
        return gate_answer(r, MHD_HTTP_NOT_FOUND, NULL, w,
                           "this URL was not captured in this store\n");
    if (rc != DTL_OK)
        return reply_error(r, &err);
    if (w->url.len > LONGEST_URL)
        return reply_text(r, MHD_HTTP_BAD_REQUEST, "this URL is too long");
    return gate_answer(r, MHD_HTTP_FOUND, &c, w, "");
}

enum MHD_Result route_timegate(struct request *r)
{
    struct wanted w = { .url = dtl_sub(r->target, strlen("/web/timegate/"),
                                       r->target.len) };

    return w.url.len > 0
               ? timegate(r, &w)
               : reply_text(r, MHD_HTTP_BAD_REQUEST, "/web/timegate/<url>");
}

/* ---- TimeMap -------------------------------------------------------------
 *
 * Section 5.  A URL with more captures than a page holds has pages, each named
 * by the time it begins at and leading to the next.
 */
struct map {
    struct request *request;
    struct dtl_cursor *cursor;
    struct dtl_slice url;
    int64_t start;       /* of this page, DTL_NO_TIME for the first */
    int64_t first, last; /* of all captures */
    int64_t time;        /* of the one given last */
    int64_t next;        /* where the next page begins, DTL_NO_TIME for none */
    uint64_t given;
    bool json, begun, ended;
};

static const char *map_path(const struct map *m)
{
    return m->json ? "/web/timemap/json/" : "/web/timemap/link/";
}

static void put_page_uri(struct dtl_buf *b, const struct map *m, int64_t start)
{
    char digits[DTL_TIME_14] = "";

    if (start != DTL_NO_TIME)
        dtl_time_14(start, digits);
    dtl_buf_printf(b, "%s%s%s%s", m->request->host->replay_url, map_path(m),
                   digits, digits[0] != '\0' ? "/" : "");
    put_uri(b, m->url);
}

static void begin_links(struct map *m, struct dtl_buf *out)
{
    char date[DTL_TIME_HTTP];

    dtl_buf_str(out, "<");
    put_uri(out, m->url);
    dtl_buf_str(out, ">; rel=\"original\",\n<");
    put_page_uri(out, m, m->start);
    dtl_buf_str(out, ">; rel=\"self\"; type=\"application/link-format\"");
    dtl_time_http(m->start != DTL_NO_TIME ? m->start : m->first, date);
    dtl_buf_printf(out, "; from=\"%s\",\n", date);
    put_link(out, m->request, "/web/timegate/", m->url, "rel=\"timegate\"");
}

static void end_links(struct map *m, struct dtl_buf *out)
{
    char from[DTL_TIME_HTTP], until[DTL_TIME_HTTP];

    if (m->next != DTL_NO_TIME) {
        dtl_time_http(m->next, from);
        dtl_time_http(m->last, until);
        dtl_buf_str(out, ",\n<");
        put_page_uri(out, m, m->next);
        dtl_buf_printf(out,
                       ">; rel=\"timemap\"; type=\"application/link-format\"; "
                       "from=\"%s\"; until=\"%s\"",
                       from, until);
    }
    dtl_buf_byte(out, '\n');
}

static void json_slice(struct dtl_buf *out, const char *before,
                       const struct dtl_buf *text)
{
    struct dtl_json j = { .out = out };

    dtl_buf_str(out, before);
    dtl_json_slice(&j, dtl_buf_view(text));
}

static void begin_json(struct map *m, struct dtl_buf *out)
{
    struct dtl_buf text = { 0 };

    put_uri(&text, m->url);
    json_slice(out, "{\"original_uri\":", &text);
    dtl_buf_clear(&text);
    put_page_uri(&text, m, m->start);
    json_slice(out, ",\"self\":", &text);
    dtl_buf_clear(&text);
    dtl_buf_printf(&text, "%s/web/timegate/", m->request->host->replay_url);
    put_uri(&text, m->url);
    json_slice(out, ",\"timegate_uri\":", &text);
    dtl_buf_str(out, ",\"timemap_uri\":{");
    for (int json = 0; json < 2; json++) {
        const struct map other = { .request = m->request,
                                   .url = m->url,
                                   .json = json == 1 };

        dtl_buf_clear(&text);
        put_page_uri(&text, &other, DTL_NO_TIME);
        json_slice(out,
                   json == 1 ? ",\"json_format\":" : "\"link_format\":", &text);
    }
    dtl_buf_str(out, "},\"mementos\":{\"list\":[");
    dtl_buf_free(&text);
}

static void put_json_memento(struct map *m, int64_t time, struct dtl_buf *out)
{
    struct dtl_buf text = { 0 };
    char iso[DTL_TIME_ISO];

    dtl_time_iso(time, iso);
    dtl_buf_printf(out, "{\"datetime\":\"%s\",\"uri\":", iso);
    put_memento_uri(&text, m->request, time, DTL_FORM_PAGE, m->url);
    json_slice(out, "", &text);
    dtl_buf_byte(out, '}');
    dtl_buf_free(&text);
}

static void end_json(struct map *m, struct dtl_buf *out)
{
    struct dtl_buf text = { 0 };

    dtl_buf_str(out, "],\"first\":");
    put_json_memento(m, m->first, out);
    dtl_buf_str(out, ",\"last\":");
    put_json_memento(m, m->last, out);
    dtl_buf_byte(out, '}');
    if (m->next != DTL_NO_TIME) {
        put_page_uri(&text, m, m->next);
        json_slice(out, ",\"next\":", &text);
    }
    dtl_buf_str(out, "}\n");
    dtl_buf_free(&text);
}

static void put_entry(struct map *m, int64_t time, struct dtl_buf *out)
{
    if (m->json) {
        if (m->given > 0)
            dtl_buf_byte(out, ',');
        put_json_memento(m, time, out);
        return;
    }
    dtl_buf_str(out, ",\n");
    put_memento_link(out, m->request, time, DTL_FORM_PAGE, m->url,
                     time == m->first && time == m->last ? "first last memento"
                     : time == m->first                  ? "first memento"
                     : time == m->last                   ? "last memento"
                                                         : "memento");
}

/* Captures of one second have one address: the best of them is shown. */
static int map_next(void *self, struct dtl_buf *out, struct dtl_error *err)
{
    struct map *m = self;
    struct dtl_capture c;
    int rc;

    if (m->ended)
        return DTL_END;
    if (!m->begun)
        m->json ? begin_json(m, out) : begin_links(m, out);
    m->begun = true;
    rc = dtl_query_next(m->cursor, &c, NULL, err);
    if (rc == DTL_OK && m->given > 0 && c.time == m->time)
        return DTL_OK;
    if (rc == DTL_OK && m->given < MAP_PAGE) {
        put_entry(m, c.time, out);
        m->time = c.time;
        m->given++;
        return DTL_OK;
    }
    if (rc != DTL_OK && rc != DTL_END)
        return rc;
    if (rc == DTL_OK)
        m->next = c.time;
    m->json ? end_json(m, out) : end_links(m, out);
    m->ended = true;
    return DTL_OK;
}

static void map_free(void *self)
{
    struct map *m = self;

    dtl_query_close(m->cursor);
    free(m);
}

/* "20240501000000/https://..." is the page that begins then. */
static void read_page(struct map *m, struct dtl_slice rest)
{
    size_t digits = 0;

    while (digits < rest.len && rest.ptr[digits] >= '0' &&
           rest.ptr[digits] <= '9')
        digits++;
    m->start = DTL_NO_TIME;
    m->url = rest;
    if (digits != 14 || rest.len == 14 || rest.ptr[14] != '/')
        return;
    m->start = dtl_time_parse_14(dtl_sub(rest, 0, 14), false);
    m->url = dtl_sub(rest, 15, rest.len);
}

static int map_open(struct map *m, struct dtl_error *err)
{
    struct dtl_store *store = m->request->context->store;
    struct dtl_arena *arena = m->request->context->arena;
    struct dtl_query q = { .url = m->url, .from = m->start };
    struct dtl_capture c;
    struct dtl_ref ref;
    int rc =
        dtl_store_nearest(store, m->url, DTL_NO_TIME, arena, &c, &ref, err);

    if (rc != DTL_OK)
        return rc;
    m->last = c.time;
    m->first = edge(m->request, c.key, DTL_NO_TIME, DTL_NO_TIME, false);
    return dtl_query_open(store, &q, &m->cursor, err);
}

static enum MHD_Result timemap(struct request *r, bool json)
{
    struct map *m = malloc(sizeof *m);
    struct source source = { map_next, map_free, m };
    struct dtl_error err;

    if (m == NULL)
        return MHD_NO;
    *m = (struct map){ .request = r, .json = json, .next = DTL_NO_TIME };
    read_page(m, dtl_sub(r->target, strlen(map_path(m)), r->target.len));
    if (m->url.len == 0)
        dtl_fail(&err, DTL_INVALID, 0, "%s<url>", map_path(m));
    else if (map_open(m, &err) == DTL_OK)
        return reply_stream(
            r, json ? "application/json" : "application/link-format", &source);
    map_free(m);
    return reply_error(r, &err);
}

enum MHD_Result route_timemap_link(struct request *r)
{
    return timemap(r, false);
}

enum MHD_Result route_timemap_json(struct request *r)
{
    return timemap(r, true);
}
