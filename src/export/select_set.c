/* SPDX-License-Identifier: Apache-2.0 */
#include "select.h"

#include <stdlib.h>

#include <jansson.h>

#include <dateline/trace.h>

#define MOST_APPEARANCES 1000000U
#define TRACE_ARENA      ((size_t)160 << 20)

/* ---- bits -----------------------------------------------------------------
 */

int dtl_set_new(struct dtl_store *store, struct dtl_capture_set **out,
                struct dtl_error *err)
{
    struct dtl_capture_set *s = calloc(1, sizeof *s);
    uint32_t n = dtl_store_segments(store);
    bool ok = s != NULL;

    *out = NULL;
    if (ok) {
        s->store = store;
        s->nsegments = n;
        s->bits = calloc((size_t)n + 1, sizeof *s->bits);
        ok = s->bits != NULL;
    }
    for (uint32_t i = 0; i < n && ok; i++) {
        s->bits[i] = calloc(dtl_store_segment_captures(store, i) / 8 + 1, 1);
        ok = s->bits[i] != NULL;
    }
    if (!ok) {
        dtl_set_free(s);
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a selection");
    }
    *out = s;
    return DTL_OK;
}

void dtl_set_free(struct dtl_capture_set *s)
{
    if (s == NULL)
        return;
    for (uint32_t i = 0; s->bits != NULL && i < s->nsegments; i++)
        free(s->bits[i]);
    free(s->bits);
    free(s);
}

void dtl_set_add(struct dtl_capture_set *s, struct dtl_ref c)
{
    s->bits[c.segment][c.ordinal / 8] |= (uint8_t)(1U << c.ordinal % 8);
}

void dtl_set_drop(struct dtl_capture_set *s, struct dtl_ref c)
{
    s->bits[c.segment][c.ordinal / 8] &= (uint8_t) ~(1U << c.ordinal % 8);
}

bool dtl_set_has(const struct dtl_capture_set *s, struct dtl_ref c)
{
    return s->bits[c.segment][c.ordinal / 8] >> c.ordinal % 8 & 1;
}

void dtl_set_keep(struct dtl_capture_set *s,
                  const struct dtl_capture_set *other)
{
    for (uint32_t i = 0; i < s->nsegments; i++) {
        uint64_t n = dtl_store_segment_captures(s->store, i) / 8 + 1;

        for (uint64_t k = 0; k < n; k++)
            s->bits[i][k] &= other->bits[i][k];
    }
    s->unknown += other->unknown;
}

int dtl_set_add_article(struct dtl_capture_set *s, struct dtl_ref article,
                        struct dtl_arena *arena, struct dtl_error *err)
{
    struct dtl_ref *refs;
    size_t n = 0;
    int rc =
        dtl_store_article_captures(s->store, article, arena, &refs, &n, err);

    for (size_t i = 0; i < n && rc == DTL_OK; i++)
        dtl_set_add(s, refs[i]);
    return rc;
}

/* ---- URLs -----------------------------------------------------------------
 */

static int add_query(struct dtl_capture_set *s, const struct dtl_query *q,
                     uint64_t *found, struct dtl_error *err)
{
    struct dtl_cursor *cursor = NULL;
    struct dtl_capture c;
    struct dtl_ref ref;
    int rc = dtl_query_open(s->store, q, &cursor, err);

    while (rc == DTL_OK &&
           (rc = dtl_query_next(cursor, &c, &ref, err)) == DTL_OK) {
        dtl_set_add(s, ref);
        ++*found;
    }
    dtl_query_close(cursor);
    return rc == DTL_END ? DTL_OK : rc;
}

int dtl_set_add_urls(struct dtl_capture_set *s, const struct dtl_url_match *m,
                     size_t n, struct dtl_error *err)
{
    int rc = DTL_OK;

    for (size_t i = 0; i < n && rc == DTL_OK; i++) {
        struct dtl_query q = { .url = dtl_str(m[i].url), .match = m[i].match };
        uint64_t found = 0;

        rc = add_query(s, &q, &found, err);
        s->unknown += found == 0;
    }
    return rc;
}

/* ---- by what a capture or its article has
 * ------------------------------------ */

static int add_found(struct dtl_capture_set *s, const struct dtl_find *q,
                     uint64_t *found, struct dtl_error *err)
{
    struct dtl_finder *f = NULL;
    struct dtl_capture c;
    struct dtl_ref ref;
    int rc = dtl_find_open(s->store, q, &f, err);

    while (rc == DTL_OK && (rc = dtl_find_next(f, &c, &ref, err)) == DTL_OK) {
        dtl_set_add(s, ref);
        ++*found;
    }
    dtl_find_close(f);
    return rc == DTL_END ? DTL_OK : rc;
}

/* ---- a text ---------------------------------------------------------------
 */

int dtl_set_add_passage(struct dtl_capture_set *s, const char *text,
                        struct dtl_error *err)
{
    struct dtl_arena *arena = dtl_arena_new(TRACE_ARENA);
    struct dtl_trace_query q = { 0 };
    struct dtl_appearance *found;
    size_t n = 0;
    int rc = arena != NULL
                 ? dtl_trace_ask(s->store, dtl_str(text), arena, &q, err)
                 : dtl_fail(err, DTL_NOMEM, 0, "out of memory for a text");

    q.limit = MOST_APPEARANCES;
    if (rc == DTL_OK)
        rc = dtl_trace(s->store, &q, arena, &found, &n, err);
    for (size_t i = 0; i < n && rc == DTL_OK; i++)
        rc = dtl_set_add_article(s, found[i].article, arena, err);
    dtl_arena_free(arena);
    return rc;
}

/* ---- sites ----------------------------------------------------------------
 */

/* Registrable domains are kept in lower case. */
static int add_site(struct dtl_capture_set *s, const char *site,
                    struct dtl_error *err)
{
    char lower[256];
    struct dtl_find q = { 0 };
    size_t n = strlen(site);
    uint64_t found = 0;
    int rc;

    if (n >= sizeof lower)
        return dtl_fail(err, DTL_INVALID, 0, "'%.60s...' is no site", site);
    for (size_t i = 0; i <= n; i++)
        lower[i] =
            (char)(site[i] >= 'A' && site[i] <= 'Z' ? site[i] | 0x20 : site[i]);
    q.site = dtl_slice_of(lower, n);
    rc = add_found(s, &q, &found, err);
    s->unknown += rc == DTL_OK && found == 0;
    return rc;
}

int dtl_set_add_sites(struct dtl_capture_set *s, const char *const *sites,
                      size_t n, struct dtl_error *err)
{
    int rc = DTL_OK;

    for (size_t i = 0; i < n && rc == DTL_OK; i++)
        rc = add_site(s, sites[i], err);
    return rc;
}

/* ---- a list ---------------------------------------------------------------
 */

/* A SHA-256 may be that of a payload or of a text. */
static int add_digest(struct dtl_capture_set *s, const struct dtl_digest *d,
                      uint64_t *found, struct dtl_error *err)
{
    struct dtl_find payload = { .digest = *d };
    struct dtl_find text = { .text_hash = d->bytes };
    int rc = add_found(s, &payload, found, err);

    if (rc == DTL_OK && d->kind == DTL_DIGEST_SHA256)
        rc = add_found(s, &text, found, err);
    return rc;
}

static int add_line(struct dtl_capture_set *s, struct dtl_slice line,
                    struct dtl_error *err)
{
    struct dtl_query url = { .url = line };
    struct dtl_find record = { .record_id = line };
    struct dtl_digest digest;
    uint64_t found = 0;
    int rc;

    if (dtl_find(line, dtl_str("://"), 0) != SIZE_MAX)
        rc = add_query(s, &url, &found, err);
    else if (dtl_starts(line, "<") || dtl_starts(line, "urn:"))
        rc = add_found(s, &record, &found, err);
    else if (dtl_digest_parse(line, &digest, NULL) == DTL_OK)
        rc = add_digest(s, &digest, &found, err);
    else
        rc = add_query(s, &url, &found, err);
    s->unknown += rc == DTL_OK && found == 0;
    return rc;
}

int dtl_set_add_list(struct dtl_capture_set *s, struct dtl_slice lines,
                     struct dtl_error *err)
{
    int rc = DTL_OK;

    while (lines.len > 0 && rc == DTL_OK) {
        size_t end = dtl_find(lines, dtl_str("\n"), 0);
        struct dtl_slice line = dtl_trim(dtl_sub(lines, 0, end));

        if (line.len > 0 && line.ptr[0] != '#')
            rc = add_line(s, line, err);
        lines =
            end == SIZE_MAX ? dtl_str("") : dtl_sub(lines, end + 1, lines.len);
    }
    return rc;
}

/* ---- a saved trace --------------------------------------------------------
 */

/* The capture of one appearance: by its record, else by address and time. */
static int add_appearance(struct dtl_capture_set *s, const json_t *one,
                          struct dtl_error *err)
{
    const char *id = json_string_value(json_object_get(one, "record_id"));
    const char *url = json_string_value(json_object_get(one, "url"));
    const char *time = json_string_value(json_object_get(one, "time"));
    uint64_t found = 0;
    int rc = DTL_OK;

    if (id != NULL && id[0] != '\0') {
        struct dtl_find q = { .record_id = dtl_str(id) };

        rc = add_found(s, &q, &found, err);
    }
    if (rc == DTL_OK && found == 0 && url != NULL && time != NULL) {
        int64_t t = dtl_time_parse_14(dtl_str(time), false);
        struct dtl_query q = { .url = dtl_str(url), .from = t, .to = t };

        rc = t != DTL_NO_TIME ? add_query(s, &q, &found, err) : DTL_OK;
    }
    s->unknown += rc == DTL_OK && found == 0;
    return rc;
}

/* An object of `results`, or one appearance. */
static int add_answer(struct dtl_capture_set *s, const json_t *answer,
                      struct dtl_error *err)
{
    const json_t *results = json_object_get(answer, "results"), *one;
    int rc = DTL_OK;
    size_t i;

    if (!json_is_array(results))
        return add_appearance(s, answer, err);
    for (i = 0; i < json_array_size(results) && rc == DTL_OK; i++) {
        one = json_array_get(results, i);
        rc = add_appearance(s, one, err);
    }
    return rc;
}

int dtl_set_add_trace(struct dtl_capture_set *s, struct dtl_slice json,
                      struct dtl_error *err)
{
    size_t at = 0;
    int rc = DTL_OK;

    json = dtl_trim(json);
    while (at < json.len && rc == DTL_OK) {
        json_error_t why;
        json_t *answer =
            json_loadb((const char *)json.ptr + at, json.len - at,
                       JSON_ALLOW_NUL | JSON_DISABLE_EOF_CHECK, &why);

        if (answer == NULL || why.position <= 0) {
            json_decref(answer);
            return dtl_fail(err, DTL_FORMAT, at, "not an answer of a trace: %s",
                            why.text);
        }
        at += (size_t)why.position;
        rc = add_answer(s, answer, err);
        json_decref(answer);
    }
    return rc;
}
