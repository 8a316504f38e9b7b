/* SPDX-License-Identifier: Apache-2.0 */
#include "seen.h"
#include "timeline.h"

#include <dateline/digest.h>
#include <dateline/url.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <jansson.h>

#define QUERY_MAX ((size_t)64 << 20) /* bytes of a text to be traced */

static const struct opt options[] = {
    { "store", 's', "DIR",
      "the store ($DATELINE_STORE, else ./dateline.store)" },
    { "limit", 'n', "N", "at most N articles (default 1000; batch 100)" },
    { "format", 'f', "F", "table, json, jsonl or csv" },
    { "batch", 'b', "FILE", "trace each {\"qid\", \"text\"} line of FILE" },
    { "plot", 'p', NULL, "draw the appearances by site under the table" },
    { "svg", 0, "FILE", "draw them as an SVG picture" },
    { NULL, 0, NULL, NULL },
};

enum format { TABLE, JSON, JSONL, CSV };
static const char *const formats[] = { "table", "json", "jsonl", "csv", NULL };

struct view {
    const struct args *args;
    struct dtl_store *store;
    struct dtl_arena *arena;
    enum format format;
    uint64_t limit;
    struct dtl_buf out, text;
    struct dtl_slice query, title; /* what is traced */
    struct dtl_slice page;         /* its URL in the store, or empty */
    struct sightings seen;
};

/* ---- what is asked for ----------------------------------------------------
 */

static int read_all(FILE *f, struct dtl_buf *b, struct dtl_error *err)
{
    size_t n = 1;

    b->max = QUERY_MAX;
    while (n > 0 && dtl_buf_reserve(b, (size_t)64 << 10)) {
        n = fread(b->ptr + b->len, 1, b->cap - b->len, f);
        b->len += n;
    }
    if (b->failed)
        return dtl_fail(err, DTL_LIMIT, b->len,
                        "a text to be traced has at most %zu bytes", QUERY_MAX);
    return ferror(f) ? dtl_fail(err, DTL_IO, b->len, "%s", strerror(errno))
                     : DTL_OK;
}

static int read_file(struct view *v, const char *path, struct dtl_error *err)
{
    FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    int rc;

    if (f == NULL)
        return dtl_fail(err, DTL_IO, 0, "%s: %s", path, strerror(errno));
    rc = read_all(f, &v->text, err);
    if (f != stdin)
        fclose(f);
    v->query = dtl_buf_view(&v->text);
    return rc;
}

static int use_article(struct view *v, struct dtl_ref ref,
                       struct dtl_error *err)
{
    struct dtl_article_row row;
    int rc = dtl_store_article(v->store, ref, v->arena, &row, err);

    if (rc == DTL_OK) {
        v->query = row.text;
        v->title = row.title;
    }
    return rc;
}

/* The latest article captured under a URL. */
static int read_url(struct view *v, const char *url, struct dtl_error *err)
{
    struct dtl_query q = { .url = dtl_str(url) };
    struct dtl_cursor *cursor = NULL;
    struct dtl_capture c;
    struct dtl_ref ref, found = { 0 };
    bool any = false, article = false;
    int rc = dtl_query_open(v->store, &q, &cursor, err);

    while (rc == DTL_OK) {
        rc = dtl_query_next(cursor, &c, &ref, err);
        if (rc != DTL_OK)
            break;
        any = true;
        if (c.article == DTL_NO_ARTICLE)
            continue;
        article = true;
        found = (struct dtl_ref){ ref.segment, c.article };
        v->page = dtl_arena_dup(v->arena, c.url);
    }
    dtl_query_close(cursor);
    if (rc != DTL_END)
        return rc;
    if (!article)
        return dtl_fail(err, DTL_NOTFOUND, 0,
                        any ? "no capture of %s holds an article"
                            : "no capture of %s in this store",
                        url);
    return use_article(v, found, err);
}

/* A text hash, or the digest of a payload. */
static int read_digest(struct view *v, const struct dtl_digest *d,
                       struct dtl_error *err)
{
    struct dtl_ref *refs;
    size_t n = 0;
    int rc = DTL_NOTFOUND;

    if (d->kind == DTL_DIGEST_SHA256)
        rc = dtl_store_by_text(v->store, d->bytes, v->arena, &refs, &n, err);
    if (rc == DTL_OK && n > 0)
        return use_article(v, refs[0], err);
    if (rc != DTL_OK && rc != DTL_NOTFOUND)
        return rc;
    rc = dtl_store_by_digest(v->store, d, v->arena, &refs, &n, err);
    for (size_t i = 0; rc == DTL_OK && i < n; i++) {
        struct dtl_capture c;

        rc = dtl_store_capture(v->store, refs[i], &c, err);
        if (rc == DTL_OK && c.article != DTL_NO_ARTICLE)
            return use_article(
                v, (struct dtl_ref){ refs[i].segment, c.article }, err);
    }
    return rc != DTL_OK && rc != DTL_NOTFOUND
               ? rc
               : dtl_fail(err, DTL_NOTFOUND, 0,
                          "no text and no payload of this digest");
}

static bool is_url(const char *s)
{
    return strncmp(s, "http://", 7) == 0 || strncmp(s, "https://", 8) == 0;
}

static bool is_file(const char *s)
{
    struct stat st;

    return strcmp(s, "-") == 0 ||
           (strlen(s) < 4096 && stat(s, &st) == 0 && !S_ISDIR(st.st_mode));
}

static int read_query(struct view *v, const struct args *a,
                      struct dtl_error *err)
{
    const char *first = operand(a, 0);
    struct dtl_digest digest;

    if (arg_count(a) == 1) {
        if (is_url(first))
            return read_url(v, first, err);
        if (strchr(first, ':') != NULL && strchr(first, ' ') == NULL &&
            dtl_digest_parse(dtl_str(first), &digest, NULL) == DTL_OK)
            return read_digest(v, &digest, err);
        if (is_file(first))
            return read_file(v, first, err);
    }
    for (size_t i = 0; i < arg_count(a); i++) {
        if (i > 0)
            dtl_buf_byte(&v->text, ' ');
        dtl_buf_str(&v->text, operand(a, i));
    }
    v->query = dtl_buf_view(&v->text);
    return v->text.failed ? dtl_fail(err, DTL_NOMEM, 0, "out of memory")
                          : DTL_OK;
}

/* ---- the answer -----------------------------------------------------------
 */

static int find(struct view *v, struct dtl_error *err)
{
    struct dtl_trace_query q = { .text = v->query,
                                 .title = v->title,
                                 .limit = (uint32_t)v->limit };
    struct dtl_appearance *found;
    size_t n;
    int rc = dtl_trace(v->store, &q, v->arena, &found, &n, err);

    for (size_t i = 0; i < n && rc == DTL_OK; i++) {
        const struct dtl_appearance *f = &found[i];
        struct seen like = { .relation = f->relation,
                             .score = f->score,
                             .share = f->q_in_d,
                             .of_article = f->d_in_q,
                             .spans = f->spans,
                             .nspans = f->nspans };

        rc = seen_add(&v->seen, f->article, &like, err);
    }
    for (size_t i = 0; i < v->seen.count; i++)
        if (v->page.len > 0 &&
            dtl_equal(v->seen.list[i].capture.url, v->page) &&
            v->seen.list[i].relation != DTL_REL_SAME_TEXT)
            v->seen.list[i].relation = DTL_REL_RECAPTURE;
    return rc;
}

static bool main_story(enum dtl_relation r)
{
    return r == DTL_REL_SAME_TEXT || r == DTL_REL_RECAPTURE ||
           r == DTL_REL_VERBATIM || r == DTL_REL_EDITED ||
           r == DTL_REL_ABRIDGED || r == DTL_REL_EXTENDED ||
           r == DTL_REL_HEADLINE || r == DTL_REL_EXCERPT;
}

/* The first whose main story it is, or the first that carries it. */
static const struct seen *first_seen(const struct view *v, bool carrier)
{
    for (size_t i = 0; i < v->seen.count; i++)
        if (main_story(v->seen.list[i].relation) != carrier)
            return &v->seen.list[i];
    return NULL;
}

/*
 * Negative evidence only: the latest capture of the same URL before `s` that
 * did not hold the text, be it another text or a page that was not there.
 */
static int64_t not_before(struct view *v, const struct seen *s)
{
    struct dtl_query q = { .url = s->capture.url };
    struct dtl_cursor *cursor = NULL;
    struct dtl_capture c;
    struct dtl_ref ref;
    int64_t latest = DTL_NO_TIME;

    if (dtl_query_open(v->store, &q, &cursor, NULL) != DTL_OK)
        return DTL_NO_TIME;
    while (dtl_query_next(cursor, &c, &ref, NULL) == DTL_OK) {
        bool gone = c.status == 404 || c.status == 410;
        bool other =
            c.article != DTL_NO_ARTICLE &&
            (c.flags & (DTL_CAPTURE_TRUNCATED | DTL_CAPTURE_DAMAGED)) == 0;

        if (c.time == DTL_NO_TIME || c.time >= s->capture.time)
            continue;
        for (size_t i = 0; other && i < v->seen.count; i++)
            other = !(v->seen.list[i].article_ref.segment == ref.segment &&
                      v->seen.list[i].article_ref.ordinal == c.article);
        if (gone || other)
            latest = c.time;
    }
    dtl_query_close(cursor);
    return latest;
}

/* How many captures of the site this store has in the week before. */
static uint64_t crawl_density(struct view *v, const struct seen *s)
{
    struct dtl_query q = { .url = s->capture.url,
                           .match = DTL_HOST,
                           .to = s->capture.time,
                           .limit = 10000 };
    struct dtl_cursor *cursor = NULL;
    struct dtl_capture c;
    struct dtl_ref ref;
    uint64_t n = 0;

    if (s->capture.time == DTL_NO_TIME)
        return 0;
    q.from = s->capture.time - 7 * 86400;
    if (dtl_query_open(v->store, &q, &cursor, NULL) != DTL_OK)
        return 0;
    while (dtl_query_next(cursor, &c, &ref, NULL) == DTL_OK)
        n++;
    dtl_query_close(cursor);
    return n;
}

/* ---- claims ---------------------------------------------------------------
 */

#define CLAIM_SLACK 86400 /* zones: a day either way */

static const char *claim_verdict(const struct seen *s, int64_t when)
{
    if (when == DTL_NO_TIME)
        return "unread";
    if (when > s->capture.time + CLAIM_SLACK)
        return "rejected: later than the capture";
    if (when < dtl_time_civil(1995, 1, 1, 0, 0, 0))
        return "rejected: before 1995";
    return "claimed";
}

static bool copied_stamp(const struct view *v, const struct seen *s)
{
    for (size_t i = 0; i < v->seen.count; i++)
        if (v->seen.list[i].published == s->published &&
            v->seen.list[i].published % 60 != 0 &&
            !dtl_equal(v->seen.list[i].site, s->site))
            return true;
    return false;
}

static void copy_member(struct dtl_json *j, const json_t *claim,
                        const char *key)
{
    const json_t *value = json_object_get(claim, key);

    dtl_json_key(j, key);
    if (json_is_string(value))
        dtl_json_slice(j, dtl_slice_of(json_string_value(value),
                                       json_string_length(value)));
    else if (json_is_integer(value))
        dtl_json_int(j, json_integer_value(value));
    else if (json_is_boolean(value))
        dtl_json_bool(j, json_is_true(value));
    else
        dtl_json_null(j);
}

static void claims_json(struct dtl_json *j, const struct view *v,
                        const struct seen *s)
{
    json_t *meta = json_loadb((const char *)s->meta.ptr, s->meta.len,
                              JSON_ALLOW_NUL, NULL);
    json_t *claims = json_object_get(meta, "claims"), *claim;
    size_t i;

    dtl_json_key(j, "claims");
    dtl_json_array(j);
    json_array_foreach(claims, i, claim)
    {
        const char *field = json_string_value(json_object_get(claim, "field"));
        const char *value = json_string_value(json_object_get(claim, "value"));
        int64_t when = dtl_time_parse_iso(dtl_str(value));

        if (field == NULL || strcmp(field, "published") != 0)
            continue;
        dtl_json_object(j);
        copy_member(j, claim, "source");
        copy_member(j, claim, "value");
        copy_member(j, claim, "raw");
        copy_member(j, claim, "relative");
        copy_member(j, claim, "offset");
        dtl_json_key(j, "zone_known");
        dtl_json_bool(j, value != NULL && strlen(value) > 11 &&
                             (strchr(value + 11, 'Z') != NULL ||
                              strchr(value + 11, '+') != NULL ||
                              strchr(value + 11, '-') != NULL));
        dtl_json_key(j, "verdict");
        dtl_json_str(j, claim_verdict(s, when));
        dtl_json_end(j);
    }
    dtl_json_end(j);
    dtl_json_key(j, "copied_stamp");
    dtl_json_bool(j, s->published != DTL_NO_TIME && copied_stamp(v, s));
    json_decref(meta);
}

/* ---- printing -------------------------------------------------------------
 */

static void time_or_null(struct dtl_json *j, const char *key, int64_t t)
{
    char text[DTL_TIME_ISO];

    dtl_time_iso(t, text);
    dtl_json_key(j, key);
    dtl_json_str(j, text[0] != '\0' ? text : NULL);
}

static void when_json(struct dtl_json *j, struct view *v)
{
    const struct seen *first = first_seen(v, false);
    const struct seen *carrier = first_seen(v, true);

    dtl_json_key(j, "when");
    dtl_json_object(j);
    time_or_null(j, "not_after",
                 v->seen.count > 0 ? v->seen.list[0].capture.time
                                   : DTL_NO_TIME);
    time_or_null(j, "not_before",
                 v->seen.count > 0 ? not_before(v, &v->seen.list[0])
                                   : DTL_NO_TIME);
    dtl_json_key(j, "first_story");
    if (first != NULL)
        dtl_json_slice(j, first->capture.url);
    else
        dtl_json_null(j);
    dtl_json_key(j, "first_carrier");
    if (carrier != NULL)
        dtl_json_slice(j, carrier->capture.url);
    else
        dtl_json_null(j);
    dtl_json_key(j, "site_captures_week_before");
    dtl_json_uint(j,
                  v->seen.count > 0 ? crawl_density(v, &v->seen.list[0]) : 0);
    dtl_json_end(j);
}

static void results_json(struct dtl_json *j, struct view *v, bool full)
{
    dtl_json_key(j, "results");
    dtl_json_array(j);
    for (size_t i = 0; i < v->seen.count; i++) {
        dtl_json_object(j);
        seen_json(j, &v->seen.list[i], true);
        if (full)
            claims_json(j, v, &v->seen.list[i]);
        dtl_json_end(j);
    }
    dtl_json_end(j);
}

static void print_json(struct view *v)
{
    struct dtl_json j = { .out = &v->out };

    dtl_json_object(&j);
    when_json(&j, v);
    results_json(&j, v, true);
    dtl_json_end(&j);
    dtl_buf_byte(&v->out, '\n');
    flush(&v->out);
}

static void print_jsonl(struct view *v)
{
    for (size_t i = 0; i < v->seen.count; i++) {
        struct dtl_json j = { .out = &v->out };

        dtl_json_object(&j);
        seen_json(&j, &v->seen.list[i], true);
        claims_json(&j, v, &v->seen.list[i]);
        dtl_json_end(&j);
        dtl_buf_byte(&v->out, '\n');
        flush(&v->out);
    }
}

static void csv_cell(struct dtl_buf *b, struct dtl_slice s, bool last)
{
    dtl_buf_byte(b, '"');
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '"')
            dtl_buf_byte(b, '"');
        dtl_buf_byte(b, s.ptr[i] == '\n' || s.ptr[i] == '\r' ? ' ' : s.ptr[i]);
    }
    dtl_buf_str(b, last ? "\"\r\n" : "\",");
}

static void print_csv(struct view *v)
{
    dtl_buf_str(&v->out, "time,relation,score,share,of_article,site,url,title,"
                         "published,published_source,file,offset,length\r\n");
    for (size_t i = 0; i < v->seen.count; i++) {
        const struct seen *s = &v->seen.list[i];
        char time[DTL_TIME_ISO];

        dtl_time_iso(s->capture.time, time);
        dtl_buf_printf(&v->out, "%s,%s,%.4f,%.4f,%.4f,", time,
                       dtl_relation_name(s->relation), (double)s->score,
                       (double)s->share, (double)s->of_article);
        csv_cell(&v->out, s->site, false);
        csv_cell(&v->out, s->capture.url, false);
        csv_cell(&v->out, s->title, false);
        csv_cell(&v->out, s->claimed, false);
        csv_cell(&v->out, s->claimed_source, false);
        csv_cell(&v->out, dtl_str(s->file), false);
        dtl_buf_printf(&v->out, "%" PRIu64 ",%" PRIu64 "\r\n",
                       s->capture.offset, s->capture.length);
    }
    flush(&v->out);
}

static void claim_cell(struct view *v, struct table *t, const struct seen *s)
{
    const char *verdict = claim_verdict(s, s->published);

    dtl_buf_clear(&v->out);
    if (s->claimed.len == 0) {
        table_text(t, "-");
        return;
    }
    dtl_buf_printf(&v->out, "%.*s (%.*s%s)", (int)s->claimed.len,
                   (const char *)s->claimed.ptr, (int)s->claimed_source.len,
                   (const char *)s->claimed_source.ptr,
                   strncmp(verdict, "rejected", 8) == 0 ? ", rejected" : "");
    table_cell(t, dtl_buf_view(&v->out));
    dtl_buf_clear(&v->out);
}

static void print_table(struct view *v)
{
    static const char *const headings[] = { "SEEN", "RELATION", "SHARED",
                                            "SITE", "CLAIMED",  "PROOF",
                                            "URL" };
    struct table *t = table_new(headings, 7, "llrdtlu");
    char text[64];

    for (size_t i = 0; i < v->seen.count; i++) {
        const struct seen *s = &v->seen.list[i];

        seen_time(s->capture.time, text);
        table_text(t, text);
        table_text(t, dtl_relation_name(s->relation));
        if (s->relation == DTL_REL_HEADLINE)
            snprintf(text, sizeof text, "-");
        else
            snprintf(text, sizeof text, "%.0f%%", 100 * (double)s->share);
        table_text(t, text);
        table_cell(t, s->site);
        claim_cell(v, t, s);
        dtl_buf_printf(&v->out, "%s+%" PRIu64, seen_base(s->file),
                       s->capture.offset);
        table_cell(t, dtl_buf_view(&v->out));
        dtl_buf_clear(&v->out);
        table_cell(t, s->capture.url);
    }
    table_end(t);
}

static void print_summary(struct view *v)
{
    const struct seen *first = first_seen(v, false), *any = &v->seen.list[0];
    int64_t bound = not_before(v, any);
    char when[24], number[32];

    seen_time(any->capture.time, when);
    printf("\nfirst seen in this store %s%s%s", colour("1"), when, colour("0"));
    if (bound != DTL_NO_TIME) {
        seen_time(bound, when);
        printf("; an earlier capture of that URL at %s did not have it", when);
    } else {
        printf("; no evidence against an earlier one");
    }
    printf("\n");
    if (first != NULL && first != any) {
        seen_time(first->capture.time, when);
        printf("first page whose own story it is: %s\n", when);
    }
    printf("captures of that site in the week before: %s\n",
           count_text(crawl_density(v, any), number));
}

static int print_answer(struct view *v)
{
    /* People read a history, programs want the best answer first. */
    if (v->format == TABLE || v->format == JSON)
        seen_sort_by_time(&v->seen);
    switch (v->format) {
    case JSON: print_json(v); break;
    case JSONL: print_jsonl(v); break;
    case CSV: print_csv(v); break;
    case TABLE:
        if (v->seen.count == 0)
            break;
        print_table(v);
        print_summary(v);
        if (arg_on(v->args, "plot"))
            timeline_plot(&v->seen);
        break;
    }
    if (v->seen.count == 0 && v->format == TABLE)
        say("not in this store: no article has this text or headline");
    return v->seen.count > 0 ? EXIT_FOUND : EXIT_NOTHING;
}

/* ---- many queries ---------------------------------------------------------
 */

static int batch_line(struct view *v, json_t *line, struct dtl_error *err)
{
    json_t *qid = json_object_get(line, "qid");
    json_t *text = json_object_get(line, "text");
    struct dtl_json j = { .out = &v->out };
    int rc;

    if (!json_is_string(text))
        return dtl_fail(err, DTL_INVALID, 0, "a line has no \"text\"");
    v->query = dtl_slice_of(json_string_value(text), json_string_length(text));
    rc = find(v, err);
    if (rc != DTL_OK)
        return rc;
    dtl_json_object(&j);
    dtl_json_key(&j, "qid");
    if (json_is_integer(qid))
        dtl_json_int(&j, json_integer_value(qid));
    else
        dtl_json_str(&j, json_string_value(qid));
    results_json(&j, v, false);
    dtl_json_end(&j);
    dtl_buf_byte(&v->out, '\n');
    return flush(&v->out)
               ? DTL_OK
               : dtl_fail(err, DTL_IO, 0, "standard output is closed");
}

static int run_batch(struct view *v, const char *path, struct dtl_error *err)
{
    FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    char *line = NULL;
    size_t cap = 0, number = 0;
    ssize_t n;
    int rc = DTL_OK;

    if (f == NULL)
        return dtl_fail(err, DTL_IO, 0, "%s: %s", path, strerror(errno));
    while (rc == DTL_OK && (n = getline(&line, &cap, f)) > 0) {
        json_t *value;

        number++;
        if (dtl_trim(dtl_slice_of(line, (size_t)n)).len == 0)
            continue;
        value = json_loadb(line, (size_t)n, JSON_ALLOW_NUL, NULL);
        rc = batch_line(v, value, err);
        if (rc == DTL_INVALID)
            dtl_fail(err, DTL_FORMAT, 0,
                     "%s, line %zu: not {\"qid\": ..., \"text\": \"...\"}",
                     path, number);
        json_decref(value);
        v->seen.count = 0;
        dtl_arena_reset(v->arena);
    }
    free(line);
    if (f != stdin)
        fclose(f);
    return rc;
}

static int run_one(struct view *v, struct dtl_error *err, int *code)
{
    int rc = read_query(v, v->args, err);

    if (rc == DTL_OK)
        rc = find(v, err);
    if (rc == DTL_OK)
        *code = print_answer(v);
    if (rc == DTL_OK && arg(v->args, "svg") != NULL) {
        seen_sort_by_time(&v->seen);
        rc = timeline_svg(&v->seen, arg(v->args, "svg"), err);
    }
    return rc;
}

static int run(const struct args *a)
{
    const char *batch = arg(a, "batch");
    struct view v = { .args = a };
    struct dtl_error err = { 0 };
    int rc, code = EXIT_FOUND;
    int format =
        arg_choice(a, "format", formats, batch != NULL ? "jsonl" : "table");

    if (format < 0 || !arg_u64(a, "limit", batch != NULL ? 100 : 0, &v.limit))
        return EXIT_USAGE;
    if ((batch == NULL) == (arg_count(a) == 0)) {
        say("trace: a text, file, URL or digest is wanted, or --batch FILE");
        return EXIT_USAGE;
    }
    v.format = (enum format)format;
    if (v.limit > 100000)
        v.limit = 100000;
    rc = dtl_store_open(arg_store(a), &v.store, &err);
    if (rc != DTL_OK) {
        complain(arg_store(a), &err);
        return rc == DTL_NOMEM ? EXIT_MEMORY : EXIT_STORE;
    }
    v.arena = dtl_arena_new(0);
    v.seen.store = v.store;
    v.seen.arena = v.arena;
    if (v.arena == NULL)
        rc = dtl_fail(&err, DTL_NOMEM, 0, "out of memory");
    else
        rc = batch != NULL ? run_batch(&v, batch, &err)
                           : run_one(&v, &err, &code);
    if (rc != DTL_OK)
        code = complain("trace", &err);
    free(v.seen.list);
    dtl_buf_free(&v.out);
    dtl_buf_free(&v.text);
    dtl_arena_free(v.arena);
    dtl_store_close(v.store);
    return code;
}

const struct cmd cmd_trace = {
    .name = "trace",
    .operands = "TEXT|FILE|URL|DIGEST",
    .summary = "when and where a text appeared",
    .details = "TEXT is a headline, a sentence, a paragraph or an article; a "
               "FILE (- for\n"
               "standard input) holds one; a URL means the article last "
               "captured there;\n"
               "sha256:... a text hash or a payload digest.  Oldest first, "
               "each with its\n"
               "relation to the text, the share of the text found there, the "
               "publication\n"
               "date the page claims with the place it claims it (a claim, not "
               "a fact) and\n"
               "the archive file and offset that prove it.  As JSONL and CSV "
               "the best answer\n"
               "comes first.\n"
               "\n"
               "--batch reads {\"qid\", \"text\"} a line and writes {\"qid\", "
               "\"results\"} a line;\n"
               "an empty list says it is not there.\n"
               "\n"
               "Translations and full paraphrase are not seen.",
    .options = options,
    .min = 0,
    .max = -1,
    .run = run,
};
