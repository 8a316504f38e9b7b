/* SPDX-License-Identifier: Apache-2.0 */
#include "asked.h"
#include "edits.h"
#include "timeline.h"

#include <dateline/witness.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <jansson.h>

static const struct opt options[] = {
    { "store", 's', "DIR",
      "the store ($DATELINE_STORE, else ./dateline.store)" },
    { "limit", 'n', "N", "at most N articles (default 1000; batch 100)" },
    { "format", 'f', "F", "table, json, jsonl or csv" },
    { "batch", 'b', "FILE", "trace each {\"qid\", \"text\"} line of FILE" },
    { "diff", 'd', NULL, "show what was edited in each copy" },
    { "witnesses", 'w', NULL,
      "ask the sites' feeds, sitemaps and section pages, too" },
    { "plot", 'p', NULL, "draw the appearances by site under the table" },
    { "svg", 0, "FILE", "draw them as an SVG picture" },
    OPTIONS_ACCESS,
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
    struct dtl_buf out;
    struct dtl_trace_query query;
    struct dtl_sightings seen;
};

/* ---- the answer -----------------------------------------------------------
 */

static int find(struct view *v, struct dtl_error *err)
{
    v->query.limit = (uint32_t)v->limit;
    return dtl_trace_seen(v->store, &v->query, v->arena, &v->seen, err);
}

/* ---- printing -------------------------------------------------------------
 */

static int print_json(struct view *v, struct dtl_error *err)
{
    struct dtl_json j = { .out = &v->out };
    int rc = dtl_trace_json(&v->seen, &j, err);

    dtl_buf_byte(&v->out, '\n');
    if (rc == DTL_OK)
        flush(&v->out);
    return rc;
}

static void print_jsonl(struct view *v)
{
    for (size_t i = 0; i < v->seen.count; i++) {
        struct dtl_json j = { .out = &v->out };

        dtl_trace_result_json(&v->seen, &v->seen.list[i], true, &j);
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
        const struct dtl_seen *s = &v->seen.list[i];
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

static void claim_cell(struct view *v, struct table *t,
                       const struct dtl_seen *s)
{
    const char *verdict = dtl_seen_verdict(s);

    dtl_buf_clear(&v->out);
    if (s->claimed.len == 0) {
        table_text(t, "-");
        return;
    }
    dtl_buf_printf(&v->out, "%.*s (%.*s%s)", (int)s->claimed.len,
                   (const char *)s->claimed.ptr, (int)s->claimed_source.len,
                   (const char *)s->claimed_source.ptr,
                   strncmp(verdict, "rejected", 8) == 0 ? ", rejected"
                   : dtl_seen_copied(&v->seen, s)       ? ", copied"
                                                        : "");
    table_cell(t, dtl_buf_view(&v->out));
    dtl_buf_clear(&v->out);
}

/* "edited -12 +8": words that went and came. */
static void relation_cell(struct view *v, struct table *t,
                          const struct dtl_seen *s)
{
    struct dtl_arena *arena = dtl_arena_new(0);
    struct dtl_difference d = { 0 };

    dtl_buf_str(&v->out, dtl_relation_name(s->relation));
    if (arena != NULL && dtl_seen_own(s) &&
        dtl_seen_diff(&v->seen, s, arena, &d, NULL) == DTL_OK &&
        d.removed + d.added > 0)
        dtl_buf_printf(&v->out, " -%" PRIu32 " +%" PRIu32, d.removed, d.added);
    table_cell(t, dtl_buf_view(&v->out));
    dtl_buf_clear(&v->out);
    dtl_arena_free(arena);
}

static void print_table(struct view *v)
{
    static const char *const headings[] = { "SEEN",  "RELATION", "SHARED",
                                            "SITE",  "CLAIMED",  "PROOF",
                                            "TITLE", "URL" };
    struct table *t = table_new(headings, 8, "llrdtluu");
    char text[64];

    for (size_t i = 0; i < v->seen.count; i++) {
        const struct dtl_seen *s = &v->seen.list[i];

        time_text(s->capture.time, text);
        table_text(t, text);
        relation_cell(v, t, s);
        if (s->relation == DTL_REL_HEADLINE)
            snprintf(text, sizeof text, "-");
        else
            snprintf(text, sizeof text, "%.0f%%", 100 * (double)s->share);
        table_text(t, text);
        table_cell(t, s->site);
        claim_cell(v, t, s);
        dtl_buf_printf(&v->out, "%s+%" PRIu64, last_part(s->file),
                       s->capture.offset);
        table_cell(t, dtl_buf_view(&v->out));
        dtl_buf_clear(&v->out);
        table_cell(t, s->title);
        table_cell(t, s->capture.url);
    }
    table_end(t);
}

/* The same text is captured again and again: once is enough. */
static bool told_before(const struct view *v, size_t at)
{
    const struct dtl_seen *s = &v->seen.list[at];

    for (size_t i = 0; i < at; i++)
        if (v->seen.list[i].article_ref.segment == s->article_ref.segment &&
            v->seen.list[i].article_ref.ordinal == s->article_ref.ordinal)
            return true;
    return false;
}

static int print_edits(struct view *v, const struct dtl_seen *s,
                       struct dtl_arena *arena, struct dtl_error *err)
{
    struct dtl_difference d;
    char when[24];
    int rc = dtl_seen_diff(&v->seen, s, arena, &d, err);

    if (rc != DTL_OK || d.removed + d.added == 0)
        return rc;
    time_text(s->capture.time, when);
    dtl_buf_printf(&v->out,
                   "\n%s%s  %s%s  %" PRIu32 " word%s out, %" PRIu32 " in\n  ",
                   colour("1"), when, dtl_relation_name(s->relation),
                   colour("0"), d.removed, d.removed == 1 ? "" : "s", d.added);
    printable(&v->out, s->capture.url, 0);
    dtl_buf_byte(&v->out, '\n');
    edits_print(&v->out, d.edits, d.n,
                dtl_sub(d.query, d.part.q_start, d.part.q_end),
                dtl_sub(d.article, d.part.d_start, d.part.d_end));
    return flush(&v->out)
               ? DTL_OK
               : dtl_fail(err, DTL_IO, 0, "standard output is closed");
}

static int print_all_edits(struct view *v, struct dtl_error *err)
{
    struct dtl_arena *arena = dtl_arena_new(0);
    int rc =
        arena != NULL ? DTL_OK : dtl_fail(err, DTL_NOMEM, 0, "out of memory");

    fflush(stdout);
    for (size_t i = 0; i < v->seen.count && rc == DTL_OK; i++) {
        if (!told_before(v, i))
            rc = print_edits(v, &v->seen.list[i], arena, err);
        dtl_arena_reset(arena);
    }
    dtl_arena_free(arena);
    return rc;
}

static void print_first(const char *what, const struct dtl_seen *s)
{
    struct dtl_buf url = { 0 };
    char when[24];

    time_text(s->capture.time, when);
    printable(&url, s->capture.url, 0);
    printf("%s: %s %.*s\n", what, when, (int)url.len,
           url.ptr != NULL ? (const char *)url.ptr : "");
    dtl_buf_free(&url);
}

static void print_summary(struct view *v)
{
    static const char *const because[] = {
        [DTL_ABSENT_UNKNOWN] = "",
        [DTL_ABSENT_GONE] = "that address was not found",
        [DTL_ABSENT_TEXT] = "that address had another text",
        [DTL_ABSENT_LINK] = "a section page did not link it yet",
    };
    struct dtl_appeared w;
    char when[24], number[32];
    const char *span;

    dtl_trace_when(&v->seen, &w);
    if (w.first == NULL)
        return;
    time_text(w.not_after, when);
    printf("\nfirst seen in this store %s%s%s", colour("1"), when, colour("0"));
    if (w.not_before != DTL_NO_TIME) {
        time_text(w.not_before, when);
        printf("; not before %s%s%s, when %s\n", colour("1"), when, colour("0"),
               because[w.first->absence]);
    } else {
        printf("; no evidence against an earlier time\n");
    }
    if (w.story != NULL && w.carrier != NULL) {
        print_first("first page whose own story it is", w.story);
        print_first("first page that merely carries it", w.carrier);
    }
    span =
        w.not_before != DTL_NO_TIME ? "between the two" : "in the week before";
    if (w.density.captures == 0) {
        printf("no capture of that site %s\n", span);
        return;
    }
    printf("captures of that site %s: %s, on %" PRIu64 " of %" PRIu64
           " day%s\n",
           span, count_text(w.density.captures, number), w.density.days_crawled,
           w.density.days, w.density.days == 1 ? "" : "s");
}

static int print_people(struct view *v, struct dtl_error *err)
{
    int rc = DTL_OK;

    print_table(v);
    print_summary(v);
    if (arg_on(v->args, "diff"))
        rc = print_all_edits(v, err);
    if (rc == DTL_OK && arg_on(v->args, "plot"))
        timeline_plot(&v->seen);
    return rc;
}

static int best_first(const void *x, const void *y)
{
    const struct dtl_seen *a = x, *b = y;

    if (a->score > b->score || a->score < b->score)
        return a->score > b->score ? -1 : 1;
    return (a->capture.time > b->capture.time) -
           (a->capture.time < b->capture.time);
}

/* It goes from the earliest on. */
static int ask_witnesses(struct view *v, struct dtl_error *err)
{
    int rc = dtl_trace_witness(&v->seen, err);

    if (rc == DTL_OK && v->format == JSONL && v->seen.count > 0)
        qsort(v->seen.list, v->seen.count, sizeof *v->seen.list, best_first);
    return rc;
}

static int print_answer(struct view *v, int *code, struct dtl_error *err)
{
    int rc = v->format == CSV ? DTL_OK : dtl_trace_bounds(&v->seen, err);

    if (rc == DTL_OK && arg_on(v->args, "witnesses"))
        rc = ask_witnesses(v, err);
    if (rc != DTL_OK)
        return rc;
    *code = v->seen.count > 0 ? EXIT_FOUND : EXIT_NOTHING;
    /* People read a history, programs want the best answer first. */
    switch (v->format) {
    case JSON: return print_json(v, err);
    case JSONL: print_jsonl(v); break;
    case CSV: print_csv(v); break;
    case TABLE:
        dtl_seen_sort(&v->seen);
        if (v->seen.count > 0)
            return print_people(v, err);
        say("not in this store: no article has this text or headline");
    }
    return DTL_OK;
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
    v->query.text =
        dtl_slice_of(json_string_value(text), json_string_length(text));
    rc = find(v, err);
    if (rc != DTL_OK)
        return rc;
    dtl_json_object(&j);
    dtl_json_key(&j, "qid");
    if (json_is_integer(qid))
        dtl_json_int(&j, json_integer_value(qid));
    else
        dtl_json_str(&j, json_string_value(qid));
    dtl_trace_results_json(&v->seen, false, &j);
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
        dtl_arena_reset(v->arena);
    }
    free(line);
    if (f != stdin)
        fclose(f);
    return rc;
}

static int run_one(struct view *v, struct dtl_error *err, int *code)
{
    int rc = asked_read(v->store, v->arena, operands(v->args),
                        arg_count(v->args), &v->query, err);

    if (rc == DTL_OK)
        rc = find(v, err);
    if (rc == DTL_OK)
        rc = print_answer(v, code, err);
    if (rc == DTL_OK && arg(v->args, "svg") != NULL) {
        dtl_seen_sort(&v->seen);
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
    rc = open_store(a, &v.store, &err);
    if (rc != DTL_OK) {
        complain(arg_store(a), &err);
        return rc == DTL_NOMEM ? EXIT_MEMORY : EXIT_STORE;
    }
    v.arena = dtl_arena_new(0);
    if (v.arena == NULL)
        rc = dtl_fail(&err, DTL_NOMEM, 0, "out of memory");
    else
        rc = batch != NULL ? run_batch(&v, batch, &err)
                           : run_one(&v, &err, &code);
    if (rc != DTL_OK)
        code = complain_of(a, "trace", &err);
    dtl_buf_free(&v.out);
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
