/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"

#include <dateline/article.h>
#include <dateline/view.h>

static const struct opt options[] = {
    { "store", 's', "DIR",
      "the store ($DATELINE_STORE, else ./dateline.store)" },
    { "digest", 'd', "DIGEST", "payload digest, as sha1:..." },
    { "text", 't', "HASH", "hash of the article's text, 64 hex digits" },
    { "record", 'r', "ID", "WARC-Record-ID" },
    { "from", 0, "TIME", "captured at or after" },
    { "to", 0, "TIME", "captured at or before" },
    { "site", 0, "DOMAIN", "site of the article, as example.co.uk" },
    { "lang", 'l', "CODE", "language of the article, as en" },
    { "type", 0, "TYPE", "page type: article, listing, home, ..." },
    { "limit", 'n', "N", "most captures (default 1000)" },
    { "format", 'f', "FORMAT", "table or jsonl" },
    OPTIONS_ACCESS,
    { NULL, 0, NULL, NULL },
};

static bool read_type(const char *text, uint8_t *out)
{
    *out = 0;
    for (uint8_t t = 0; text != NULL && t < DTL_PAGE_TYPES; t++)
        if (strcmp(text, dtl_page_type_name(t)) == 0)
            *out = t;
    if (text == NULL || *out != 0)
        return true;
    say("find: no page type is called '%s'", text);
    return false;
}

static bool read_hash(const char *text, uint8_t hash[32], const uint8_t **out)
{
    *out = NULL;
    if (text == NULL)
        return true;
    if (strncmp(text, "sha256:", 7) == 0)
        text += 7;
    if (strlen(text) != 64 || !dtl_unhex(dtl_str(text), hash)) {
        say("find: --text wants 64 hex digits");
        return false;
    }
    *out = hash;
    return true;
}

static bool read_query(const struct args *a, struct dtl_find *q,
                       uint8_t hash[32])
{
    struct dtl_error err;

    q->record_id = dtl_str(arg(a, "record"));
    q->site = dtl_str(arg(a, "site"));
    q->language = dtl_str(arg(a, "lang"));
    if (!arg_time(a, "from", false, &q->from) ||
        !arg_time(a, "to", true, &q->to) ||
        !read_type(arg(a, "type"), &q->page_type) ||
        !read_hash(arg(a, "text"), hash, &q->text_hash))
        return false;
    if (arg(a, "digest") != NULL &&
        dtl_digest_parse(dtl_str(arg(a, "digest")), &q->digest, &err) !=
            DTL_OK) {
        say("find: %s", err.text);
        return false;
    }
    return true;
}

static void print_row(struct table *t, const struct dtl_capture *c)
{
    char time[DTL_TIME_ISO], status[8];

    dtl_time_iso(c->time, time);
    snprintf(status, sizeof status, c->status > 0 ? "%u" : "-",
             (unsigned)c->status);
    table_text(t, time);
    table_text(t, status);
    table_cell(t, c->mime);
    table_cell(t, c->url);
}

static int search(struct dtl_store *s, const struct dtl_find *q, uint64_t limit,
                  bool json, uint64_t *n, struct dtl_error *err)
{
    static const char *const headings[] = { "TIME", "STATUS", "MIME", "URL" };
    struct table *t = json ? NULL : table_new(headings, 4, " r  ");
    struct dtl_buf out = { 0 };
    struct dtl_arena *arena = dtl_arena_new(0);
    struct dtl_finder *f = NULL;
    struct dtl_capture c;
    struct dtl_ref ref;
    int rc = arena != NULL ? dtl_find_open(s, q, &f, err)
                           : dtl_fail(err, DTL_NOMEM, 0, "out of memory");

    while (rc == DTL_OK && *n < limit &&
           (rc = dtl_find_next(f, &c, &ref, err)) == DTL_OK) {
        struct dtl_json j = { .out = &out };

        ++*n;
        if (t != NULL) {
            print_row(t, &c);
            continue;
        }
        rc = dtl_capture_json(s, &c, ref, arena, &j, err);
        dtl_buf_byte(&out, '\n');
        flush(&out);
        dtl_arena_reset(arena);
    }
    if (t != NULL)
        table_end(t);
    dtl_buf_free(&out);
    dtl_arena_free(arena);
    dtl_find_close(f);
    return rc == DTL_END ? DTL_OK : rc;
}

static int run(const struct args *a)
{
    static const char *const formats[] = { "table", "jsonl", NULL };
    struct dtl_find q = { 0 };
    struct dtl_error err = { 0 };
    struct dtl_store *s;
    uint8_t hash[32];
    uint64_t limit, n = 0;
    int rc, format = arg_choice(a, "format", formats, "table");

    if (format < 0 || !arg_u64(a, "limit", 1000, &limit) ||
        !read_query(a, &q, hash))
        return EXIT_USAGE;
    rc = open_store(a, &s, &err);
    if (rc == DTL_OK)
        rc = search(s, &q, limit, format == 1, &n, &err);
    dtl_store_close(s);
    if (rc != DTL_OK) {
        complain(arg_store(a), &err);
        return EXIT_STORE;
    }
    if (n == 0)
        say("find: no capture agrees with all of that");
    return n > 0 ? EXIT_FOUND : EXIT_NOTHING;
}

const struct cmd cmd_find = {
    .name = "find",
    .operands = "",
    .summary = "find captures by digest, text, time, site, language or type",
    .details =
        "Captures that agree with every option given.  Site, language and "
        "type\n"
        "are those of the article a capture carries.  By URL: `dateline\n"
        "lookup`; by what a text says: `dateline trace`.",
    .options = options,
    .min = 0,
    .max = 0,
    .run = run,
};
