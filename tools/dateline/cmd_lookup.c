/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"

#include <inttypes.h>
#include <stdlib.h>

#include <dateline/cdx.h>
#include <dateline/view.h>
#include <dateline/time.h>

static const struct opt options[] = {
    { "store", 's', "DIR",
      "the store ($DATELINE_STORE, else ./dateline.store)" },
    { "match", 'm', "HOW", "exact, prefix, host or domain" },
    { "from", 0, "TIME", "not before: 2024, 2024-05-02, 20240502100000" },
    { "to", 0, "TIME", "not after (a day means to its end)" },
    { "closest", 'c', "TIME", "nearest in time first" },
    { "limit", 'n', "N", "at most N captures" },
    { "format", 'f', "F", "table, json, jsonl or cdxj" },
    OPTIONS_ACCESS,
    { NULL, 0, NULL, NULL },
};

static const char *const matches[] = { "exact", "prefix", "host", "domain",
                                       NULL };
enum format { TABLE, JSON, JSONL, CDXJ };
static const char *const formats[] = { "table", "json", "jsonl", "cdxj", NULL };

struct view {
    struct dtl_store *store;
    struct dtl_arena *arena;
    enum format format;
    bool exact; /* one URL: a table need not repeat it */
    struct table *table;
    struct dtl_buf out;
    struct dtl_json json;
    uint64_t found;
    struct dtl_error damage; /* the first met beside the captures */
};

/* Title of the capture's article, or nothing. */
static struct dtl_slice title_of(struct view *v, const struct dtl_capture *c,
                                 struct dtl_ref ref)
{
    struct dtl_article_row row;
    struct dtl_ref article = { ref.segment, c->article };
    struct dtl_error err = { 0 };

    if (c->article == DTL_NO_ARTICLE)
        return dtl_str("");
    if (dtl_store_article(v->store, article, v->arena, &row, &err) == DTL_OK)
        return row.title;
    if (v->damage.status == DTL_OK)
        v->damage = err;
    return dtl_str("");
}

static const char *status_text(const struct dtl_capture *c, char out[8])
{
    if (c->status == 0)
        return "-";
    snprintf(out, 8, "%u", (unsigned)c->status);
    return out;
}

static const char *file_of(struct view *v, const struct dtl_capture *c)
{
    struct dtl_error err = { 0 };
    const char *name;
    int rc = dtl_store_file_name(v->store, c->file, &name, &err);

    if (rc == DTL_OK)
        return name;
    if (rc != DTL_NOTFOUND && v->damage.status == DTL_OK)
        v->damage = err;
    return "";
}

static void print_row(struct view *v, const struct dtl_capture *c,
                      struct dtl_ref ref)
{
    char when[DTL_TIME_ISO], digest[DTL_DIGEST_TEXT], status[8], length[32];

    dtl_time_iso(c->time, when);
    dtl_digest_text(&c->digest, digest);
    snprintf(length, sizeof length, "%" PRIu64, c->length);
    table_text(v->table, when);
    table_text(v->table, status_text(c, status));
    table_cell(v->table, c->mime);
    table_text(v->table, length);
    table_text(v->table, digest[0] != '\0' ? digest : "-");
    if (!v->exact)
        table_cell(v->table, c->url);
    table_cell(v->table, title_of(v, c, ref));
}

static void print_object(struct view *v, const struct dtl_capture *c,
                         struct dtl_ref ref)
{
    struct dtl_error err;

    if (dtl_capture_json(v->store, c, ref, v->arena, &v->json, &err) !=
            DTL_OK &&
        v->damage.status == DTL_OK)
        v->damage = err;
}

/* SURT key, timestamp and a JSON object, as `cdxj` prints it. */
static void print_cdxj(struct view *v, const struct dtl_capture *c)
{
    char time[DTL_TIME_14], digest[DTL_DIGEST_TEXT], status[8];
    char length[24], offset[24];
    const char *name = file_of(v, c), *slash = strrchr(name, '/');
    struct dtl_cdx line = { .key = c->key, .url = c->url, .mime = c->mime };

    dtl_time_14(c->time, time);
    dtl_digest_text(&c->digest, digest);
    snprintf(length, sizeof length, "%" PRIu64, c->length);
    snprintf(offset, sizeof offset, "%" PRIu64, c->offset);
    line.time = dtl_str(time);
    if ((c->flags & DTL_CAPTURE_REVISIT) != 0)
        line.mime = dtl_str("warc/revisit");
    if (c->status != 0)
        line.status = dtl_str(status_text(c, status));
    if (digest[0] != '\0')
        line.digest = dtl_str(digest);
    line.length = dtl_str(length);
    line.offset = dtl_str(offset);
    line.filename = dtl_str(slash != NULL ? slash + 1 : name);
    dtl_cdx_write(&v->out, &line, DTL_CDXJ);
}

static bool print_capture(struct view *v, const struct dtl_capture *c,
                          struct dtl_ref ref)
{
    v->found++;
    switch (v->format) {
    case TABLE: print_row(v, c, ref); break;
    case JSON: print_object(v, c, ref); break;
    case JSONL:
        print_object(v, c, ref);
        dtl_buf_byte(&v->out, '\n');
        v->json.started = false;
        break;
    case CDXJ: print_cdxj(v, c); break;
    }
    dtl_arena_reset(v->arena);
    return v->format == TABLE || flush(&v->out);
}

static int look_up(struct view *v, const struct dtl_query *q,
                   struct dtl_error *err)
{
    struct dtl_cursor *cursor = NULL;
    struct dtl_capture c;
    struct dtl_ref ref;
    int rc = dtl_query_open(v->store, q, &cursor, err);

    while (rc == DTL_OK) {
        rc = dtl_query_next(cursor, &c, &ref, err);
        if (rc == DTL_OK && !print_capture(v, &c, ref))
            rc = dtl_fail(err, DTL_IO, 0, "standard output is closed");
    }
    dtl_query_close(cursor);
    return rc == DTL_END ? DTL_OK : rc;
}

static void begin(struct view *v)
{
    static const char *const headings[] = { "TIME",   "STATUS", "MIME",
                                            "LENGTH", "DIGEST", "URL",
                                            "TITLE" };
    static const char *const of_one[] = { "TIME",   "STATUS", "MIME",
                                          "LENGTH", "DIGEST", "TITLE" };

    v->json.out = &v->out;
    if (v->format == TABLE)
        v->table = v->exact ? table_new(of_one, 6, "lrlrct")
                            : table_new(headings, 7, "lrlrdtu");
    else if (v->format == JSON)
        dtl_json_array(&v->json);
}

static void end(struct view *v, const char *url, bool ok)
{
    if (v->format == JSON) {
        dtl_json_end(&v->json);
        dtl_buf_byte(&v->out, '\n');
    }
    flush(&v->out);
    if (v->format == TABLE && v->found > 0)
        table_end(v->table);
    else if (ok && v->found == 0)
        say("no capture of %s in %s", url, "this store");
    if (v->format == TABLE && v->found == 0)
        table_free(v->table);
}

static int run(const struct args *a)
{
    struct view v = { 0 };
    struct dtl_query q = { .url = dtl_str(operand(a, 0)) };
    struct dtl_error err = { 0 };
    uint64_t limit;
    int rc, match = arg_choice(a, "match", matches, "exact");
    int format = arg_choice(a, "format", formats, "table");

    if (match < 0 || format < 0 || !arg_time(a, "from", false, &q.from) ||
        !arg_time(a, "to", true, &q.to) ||
        !arg_time(a, "closest", false, &q.closest) ||
        !arg_u64(a, "limit", 0, &limit))
        return EXIT_USAGE;
    q.match = (enum dtl_match)match;
    q.sort = arg_on(a, "closest") ? DTL_SORT_CLOSEST : DTL_SORT_KEY;
    q.limit = limit < INT64_MAX ? (int64_t)limit : INT64_MAX;
    v.format = (enum format)format;
    v.exact = q.match == DTL_EXACT;
    rc = open_store(a, &v.store, &err);
    if (rc != DTL_OK) {
        complain(arg_store(a), &err);
        return rc == DTL_NOMEM ? EXIT_MEMORY : EXIT_STORE;
    }
    v.arena = dtl_arena_new((size_t)64 << 20);
    if (v.arena == NULL) {
        dtl_store_close(v.store);
        return EXIT_MEMORY;
    }
    begin(&v);
    rc = look_up(&v, &q, &err);
    end(&v, operand(a, 0), rc == DTL_OK);
    if (rc != DTL_OK || v.damage.status != DTL_OK)
        rc = complain_of(a, arg_store(a), rc != DTL_OK ? &err : &v.damage);
    else
        rc = v.found > 0 ? EXIT_FOUND : EXIT_NOTHING;
    dtl_buf_free(&v.out);
    dtl_arena_free(v.arena);
    dtl_store_close(v.store);
    return rc;
}

const struct cmd cmd_lookup = {
    .name = "lookup",
    .operands = "URL",
    .summary = "list the captures of a URL",
    .details =
        "Captures in time order with status, MIME type, stored length, "
        "payload digest\nand title.  With --match prefix, host or domain all "
        "captures under the URL, its\nhost, or its host and subdomains.",
    .options = options,
    .min = 1,
    .max = 1,
    .run = run,
};
