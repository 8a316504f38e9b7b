/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"
#include "verify.h"

#include <dateline/http.h>
#include <dateline/json.h>
#include <dateline/replay.h>
#include <dateline/store.h>
#include <dateline/warc.h>
#include <inttypes.h>

static const struct opt options[] = {
    { "store", 's', "DIR",
      "the store ($DATELINE_STORE, else ./dateline.store)" },
    { "format", 'f', "FORMAT", "text or json" },
    { "from", 0, "N",
      "go on after the first N segments (with --archives: captures)" },
    { "archives", 'a', NULL, "read every capture's record again instead" },
    { "key", 'k', "PEM", "a WACZ must be signed by this Ed25519 key" },
    { "records", 'r', NULL, "also read every record again in its archive" },
    { "sample", 0, "N", "of an export: N rows of each file (default 100)" },
    { "seed", 0, "N", "another sample for each (default 0)" },
    { "after", 0, "N", "with --records: go on after the first N captures" },
    { NULL, 0, NULL, NULL },
};

struct report {
    struct dtl_buf lines; /* JSON: the findings */
    struct dtl_json json;
    bool as_json;
};

static bool finding(const struct dtl_finding *f, void *context)
{
    struct report *r = context;

    if (!r->as_json) {
        printf("%s: %s at %" PRIu64 ": %s\n", f->where, f->what, f->offset,
               f->text);
        return true;
    }
    dtl_json_object(&r->json);
    dtl_json_key(&r->json, "what");
    dtl_json_str(&r->json, f->what);
    dtl_json_key(&r->json, "file");
    dtl_json_str(&r->json, f->where);
    dtl_json_key(&r->json, "at");
    dtl_json_uint(&r->json, f->offset);
    dtl_json_key(&r->json, "text");
    dtl_json_str(&r->json, f->text);
    dtl_json_end(&r->json);
    return true;
}

static bool progress(uint64_t done, uint64_t of, void *context)
{
    (void)context;
    if (of > 0)
        fprintf(stderr, "\r%3.0f %% ", 100.0 * (double)done / (double)of);
    return true;
}

/* ---- records ------------------------------------------------------------ */

#define MOST_BLOCK ((size_t)64 << 20)

struct reread {
    struct report *report;
    struct dtl_verify *v;
    struct dtl_store *store;
    struct dtl_replay *replay;
    struct dtl_arena *arena;
    struct dtl_hasher *hashers[DTL_DIGEST_MD5 + 1];
    uint64_t seen, read, matched, skipped;
};

static void found(struct reread *r, const struct dtl_capture *c,
                  const char *text)
{
    const char *file = NULL;
    struct dtl_finding f = { .what = "record", .offset = c->offset };

    dtl_store_file_name(r->store, c->file, &file, NULL);
    f.where = file != NULL ? file : "?";
    f.text = text;
    r->v->findings++;
    finding(&f, r->report);
}

/* Does the payload still have the digest the store says? */
static void check_digest(struct reread *r, const struct dtl_capture *c,
                         struct dtl_slice block, struct dtl_error *err)
{
    struct dtl_http http;
    struct dtl_slice payload = block;
    size_t body = 0;
    unsigned kind = c->digest.kind;

    if (kind == DTL_DIGEST_NONE || kind > DTL_DIGEST_MD5 ||
        (c->flags & (DTL_CAPTURE_REVISIT | DTL_CAPTURE_TRUNCATED |
                     DTL_CAPTURE_DAMAGED)) != 0) {
        r->skipped++;
        return;
    }
    if (r->hashers[kind] == NULL &&
        dtl_hasher_new((enum dtl_digest_kind)kind, &r->hashers[kind], err) !=
            DTL_OK)
        return;
    if (!(c->flags & DTL_CAPTURE_NO_HTTP) &&
        dtl_http_parse(block, r->arena, &http, err) == DTL_OK) {
        body = http.head_len;
        if (dtl_http_payload(&http, dtl_sub(block, body, block.len), r->arena,
                             &payload, err) != DTL_OK)
            return;
    }
    if (dtl_payload_check(&c->digest, block, body, payload, r->hashers[kind],
                          NULL) != DTL_PAYLOAD_NO_MATCH)
        r->matched++;
    else if (c->flags & DTL_CAPTURE_MISMATCH)
        r->skipped++; /* it never had it, and the store says so */
    else
        found(r, c, "its payload no longer has its digest");
}

static void read_again(struct reread *r, const struct dtl_capture *c)
{
    struct dtl_warc_record rec;
    struct dtl_slice block;
    struct dtl_error err = { 0 };
    int rc = dtl_replay_record(r->replay, c, MOST_BLOCK, &rec, &block, &err);

    r->read++;
    if (rc == DTL_LIMIT || (c->flags & DTL_CAPTURE_DAMAGED))
        r->skipped++;
    else if (rc != DTL_OK)
        found(r, c, err.text);
    else
        check_digest(r, c, block, &err);
    dtl_arena_reset(r->arena);
}

/* In the order of URLs, so that --after means the same next time. */
static int read_records(struct reread *r, uint64_t after, struct dtl_error *err)
{
    struct dtl_query q = { .match = DTL_PREFIX };
    struct dtl_cursor *cursor = NULL;
    struct dtl_capture c;
    int rc = dtl_replay_new(r->store, &r->replay, err);

    r->arena = dtl_arena_new(0);
    if (rc == DTL_OK && r->arena == NULL)
        rc = dtl_fail(err, DTL_NOMEM, 0, "out of memory");
    if (rc == DTL_OK)
        rc = dtl_query_open(r->store, &q, &cursor, err);
    while (rc == DTL_OK &&
           (rc = dtl_query_next(cursor, &c, NULL, err)) == DTL_OK) {
        if (r->seen++ >= after)
            read_again(r, &c);
        if (r->v->progress != NULL && r->seen % 64 == 0)
            fprintf(stderr, "\r%" PRIu64 " records ", r->seen);
    }
    dtl_query_close(cursor);
    dtl_replay_free(r->replay);
    dtl_arena_free(r->arena);
    for (size_t i = 0; i < sizeof r->hashers / sizeof *r->hashers; i++)
        dtl_hasher_free(r->hashers[i]);
    return rc == DTL_END ? DTL_OK : rc;
}

/* ---- report ------------------------------------------------------------- */

static void print_counts(struct report *r, const struct dtl_verify *v,
                         const struct reread *re, bool opened)
{
    const struct {
        const char *name;
        uint64_t n;
    } counts[] = {
        { "segments", v->segments },        { "pages", v->pages },
        { "captures", v->captures },        { "articles", v->articles },
        { "records_read", re->read },       { "digests_matched", re->matched },
        { "records_skipped", re->skipped }, { "findings", v->findings },
    };
    const size_t last = sizeof counts / sizeof *counts - 1;
    char text[32];

    if (!r->as_json) {
        for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
            printf("%-16s%14s\n", counts[i].name,
                   count_text(counts[i].n, text));
        return;
    }
    dtl_json_end(&r->json);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        dtl_json_key(&r->json, i == last ? "count" : counts[i].name);
        dtl_json_uint(&r->json, counts[i].n);
    }
    dtl_json_key(&r->json, "opened");
    dtl_json_bool(&r->json, opened);
    dtl_json_end(&r->json);
    dtl_buf_byte(&r->lines, '\n');
    flush(&r->lines);
}

static int run(const struct args *a)
{
    static const char *const formats[] = { "text", "json", NULL };
    struct report r = { 0 };
    struct dtl_verify v = { .finding = finding, .context = &r };
    struct dtl_error err = { 0 };
    struct dtl_store *s;
    struct reread re = { .report = &r, .v = &v };
    uint64_t from, after;
    bool opened;
    int rc, format = arg_choice(a, "format", formats, "text");

    if (format < 0 || !arg_u64(a, "from", 0, &from) ||
        !arg_u64(a, "after", 0, &after))
        return EXIT_USAGE;
    r.as_json = format == 1;
    if ((operand(a, 0) != NULL && arg_on(a, "archives")) ||
        (operand(a, 0) == NULL && arg_on(a, "key"))) {
        say("verify: --archives is of a store, --key of a WACZ");
        return EXIT_USAGE;
    }
    if (operand(a, 0) != NULL)
        return is_export(operand(a, 0)) ? verify_export(a, r.as_json)
                                        : verify_wacz(a, r.as_json);
    if (arg_on(a, "archives"))
        return verify_archives(a, from, r.as_json);
    r.json.out = &r.lines;
    v.from_segment = (uint32_t)from;
    if (on_terminal(stderr))
        v.progress = progress;
    if (r.as_json) {
        dtl_json_object(&r.json);
        dtl_json_key(&r.json, "findings");
        dtl_json_array(&r.json);
    }
    rc = dtl_store_open(arg_store(a), &s, &err);
    opened = rc == DTL_OK;
    if (rc == DTL_NOTFOUND) {
        complain(arg_store(a), &err);
        return EXIT_STORE;
    }
    if (!opened) {
        /* What can be said of its files one by one. */
        say("verify: the store does not open: %s", err.text);
        rc = dtl_store_verify_files(arg_store(a), &v, &err);
    } else {
        rc = dtl_store_verify(s, &v, &err);
        re.store = s;
        if (rc == DTL_OK && arg_on(a, "records"))
            rc = read_records(&re, after, &err);
        dtl_store_close(s);
    }
    if (v.progress != NULL)
        fprintf(stderr, "\r      \r");
    print_counts(&r, &v, &re, opened);
    dtl_buf_free(&r.lines);
    if (rc < 0)
        complain(arg_store(a), &err);
    return rc < 0                      ? EXIT_STORE
           : v.findings > 0 || !opened ? EXIT_NOTHING
                                       : EXIT_FOUND;
}

const struct cmd cmd_verify = {
    .name = "verify",
    .operands = "[EXPORT | FILE.wacz]",
    .summary = "check the store, its archives, an export or a WACZ",
    .details =
        "Without an operand, the store: every page against its checksum, every "
        "row, the\ntables against one another, every text against its hash.  "
        "With --archives the\nrecord of each capture is read again, and its "
        "digest and its article's text are\ncompared with the store.\n\n"
        "A WACZ, as of `dateline cite --wacz`: each member against "
        "datapackage.json, that\nagainst datapackage-digest.json and its "
        "signature, each record against the\ndigests it declares, and records "
        "and text against the evidence.\n\n"
        "A directory that `dateline export` wrote, each file against "
        "SHA256SUMS; then, of\na single file also, a sample of the rows "
        "against their records in the archives:\nURL, time, digest and text; "
        "and of files of records every digest.\n\n"
        "Exit status 1: something was found.  `dateline check` verifies "
        "archives.",
    .options = options,
    .min = 0,
    .max = 1,
    .run = run,
};
