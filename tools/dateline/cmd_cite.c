/* SPDX-License-Identifier: Apache-2.0 */
#include "asked.h"
#include "capture.h"
#include "cmd.h"
#include "keyfile.h"
#include "readfile.h"

#include <inttypes.h>
#include <stdlib.h>

#include <jansson.h>

#include <dateline/cite.h>
#include <dateline/json.h>

static const struct opt options[] = {
    { "store", 's', "DIR",
      "the store ($DATELINE_STORE, else ./dateline.store)" },
    { "trace", 't', "QUERY",
      "of all that trace finds of a TEXT, FILE, URL or DIGEST" },
    { "limit", 'n', "N", "of at most N appearances (default 100)" },
    { "at", 0, "TIME", "nearest to this time (default: the last)" },
    { "format", 'f', "FORMAT", "text or json" },
    { "wacz", 'w', "FILE", "pack the records and the evidence as this file" },
    { "key", 'k', "PEM", "sign it with this Ed25519 private key" },
    OPTIONS_ACCESS,
    { NULL, 0, NULL, NULL },
};

static void pair(struct dtl_buf *out, const char *name, const char *value)
{
    if (value == NULL || value[0] == '\0')
        return;
    dtl_buf_printf(out, "%s%-10s%s ", colour("2"), name, colour("0"));
    printable(out, dtl_str(value), 0);
    dtl_buf_byte(out, '\n');
}

static void slice_pair(struct dtl_buf *out, const char *name,
                       struct dtl_slice value)
{
    if (value.len == 0)
        return;
    dtl_buf_printf(out, "%s%-10s%s ", colour("2"), name, colour("0"));
    printable(out, value, 0);
    dtl_buf_byte(out, '\n');
}

/* ---- the article -------------------------------------------------------- */

static const char *member(json_t *object, const char *name)
{
    const char *s = json_string_value(json_object_get(object, name));

    return s != NULL ? s : "";
}

static bool same_claim(json_t *a, json_t *b)
{
    static const char *const parts[] = { "field", "source", "value", "raw" };

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strcmp(member(a, parts[i]), member(b, parts[i])) != 0)
            return false;
    return true;
}

static bool said_before(json_t *list, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (same_claim(json_array_get(list, k), json_array_get(list, i)))
            return true;
    return false;
}

/* What the page says of itself, and where it says so. */
static void print_claims(struct dtl_buf *out, json_t *meta)
{
    json_t *list = json_object_get(meta, "claims"), *claim;
    size_t i;

    json_array_foreach(list, i, claim)
    {
        const char *field = member(claim, "field");
        struct dtl_buf line = { 0 };

        if ((strcmp(field, "published") != 0 &&
             strcmp(field, "modified") != 0) ||
            said_before(list, i))
            continue;
        dtl_buf_printf(&line, "%s %s, by its %s: \"%s\"", field,
                       member(claim, "value"), member(claim, "source"),
                       member(claim, "raw"));
        slice_pair(out, "claims", dtl_buf_view(&line));
        dtl_buf_free(&line);
    }
}

static void print_text_hash(struct dtl_buf *out, const struct dtl_evidence *e)
{
    char hash[65], line[160];
    bool same = memcmp(e->text_hash, e->record_hash, 32) == 0;

    if (!e->has_text)
        return;
    dtl_hex(dtl_slice_of(e->text_hash, 32), hash);
    snprintf(line, sizeof line, "sha256:%s (normal form %d)", hash,
             DTL_NORMAL_VERSION);
    pair(out, "text", line);
    dtl_hex(dtl_slice_of(e->record_hash, 32), hash);
    if (same)
        pair(out, "", "extracted again from the record: the same");
    else if (e->removed > 0)
        snprintf(line, sizeof line,
                 "sha256:%s from the record alone; %zu line%s of the site's "
                 "removed",
                 hash, e->removed, e->removed == 1 ? "" : "s");
    else
        snprintf(line, sizeof line, "sha256:%s from the record now: it differs",
                 hash);
    if (!same)
        pair(out, "", line);
}

static void print_article(struct dtl_buf *out, const struct dtl_evidence *e)
{
    json_t *meta = json_loadb((const char *)e->meta.ptr, e->meta.len, 0, NULL);
    char when[DTL_TIME_ISO];

    if (e->title.len > 0) {
        dtl_buf_str(out, colour("1"));
        printable(out, e->title, 0);
        dtl_buf_printf(out, "%s\n", colour("0"));
    }
    dtl_time_iso(e->time, when);
    slice_pair(out, "url", e->url);
    pair(out, "captured", when);
    print_claims(out, meta);
    print_text_hash(out, e);
    json_decref(meta);
}

/* ---- its records -------------------------------------------------------- */

static void print_digest(struct dtl_buf *out, const char *name,
                         struct dtl_slice declared,
                         const struct dtl_digest *computed, bool differs,
                         const char *rule)
{
    char text[DTL_DIGEST_TEXT] = "";
    struct dtl_buf line = { 0 };

    if (computed->kind != DTL_DIGEST_NONE)
        dtl_digest_text(computed, text);
    if (declared.len == 0)
        dtl_buf_printf(
            &line, text[0] != '\0' ? "%s computed, none declared" : "%s", text);
    else if (computed->kind == DTL_DIGEST_NONE)
        dtl_buf_printf(&line, "%.*s declared", (int)declared.len,
                       (const char *)declared.ptr);
    else if (differs)
        dtl_buf_printf(&line, "%.*s declared, but it has %s", (int)declared.len,
                       (const char *)declared.ptr, text);
    else
        dtl_buf_printf(&line, "%.*s declared and recomputed%s%s%s",
                       (int)declared.len, (const char *)declared.ptr,
                       rule != NULL ? " (over the " : "",
                       rule != NULL ? rule : "", rule != NULL ? ")" : "");
    slice_pair(out, name, dtl_buf_view(&line));
    dtl_buf_free(&line);
}

static void print_record(struct dtl_buf *out, const struct dtl_cited *r)
{
    struct dtl_buf line = { 0 };

    dtl_buf_byte(out, '\n');
    dtl_buf_printf(&line, "%s, %" PRIu64 " bytes at byte %" PRIu64 " of %s",
                   dtl_warc_type_name(r->type), r->length, r->offset, r->file);
    slice_pair(out, dtl_cited_role_name(r->role), dtl_buf_view(&line));
    slice_pair(out, "id", r->record_id);
    print_digest(out, "payload", r->payload_declared, &r->payload,
                 r->payload_differs,
                 r->rule == DTL_PAYLOAD_FRAMED || r->rule == DTL_PAYLOAD_BLOCK
                     ? dtl_payload_rule_name(r->rule)
                     : NULL);
    print_digest(out, "block", r->block_declared, &r->block, r->block_differs,
                 NULL);
    dtl_buf_free(&line);
}

static void print_exhibit(struct dtl_buf *out, const struct dtl_evidence *e)
{
    print_article(out, e);
    if (e->absence)
        pair(out, "shows", "the text was not there yet");
    for (size_t i = 0; i < e->nrecords; i++)
        print_record(out, &e->records[i]);
    dtl_buf_byte(out, '\n');
}

static void print_text(const struct dtl_cite *c, struct dtl_buf *out)
{
    for (size_t i = 0; i < dtl_cite_count(c); i++) {
        if (dtl_cite_count(c) > 1)
            dtl_buf_printf(out, "%s%zu of %zu%s\n", colour("2"), i + 1,
                           dtl_cite_count(c), colour("0"));
        print_exhibit(out, dtl_cite_nth(c, i));
    }
    dtl_buf_printf(out, "%s%-10s%s dateline %s\n", colour("2"), "made by",
                   colour("0"), dtl_version());
}

static int give(const struct args *a, struct dtl_cite *c, bool as_json,
                struct dtl_error *err)
{
    struct dtl_wacz_options o = { 0 };
    struct dtl_buf out = { 0 }, key = { 0 };
    struct dtl_json j = { .out = &out };
    int rc = DTL_OK;

    if (arg_on(a, "key"))
        rc = keyfile_read(arg(a, "key"), &key, err);
    o.key = dtl_buf_view(&key);
    if (rc == DTL_OK && arg_on(a, "wacz"))
        rc = dtl_cite_wacz(c, arg(a, "wacz"), &o, err);
    if (rc == DTL_OK && as_json) {
        dtl_cite_json(c, &j);
        dtl_buf_byte(&out, '\n');
    } else if (rc == DTL_OK) {
        print_text(c, &out);
    }
    if (rc == DTL_OK && out.failed)
        rc = dtl_fail(err, DTL_NOMEM, 0, "out of memory");
    if (rc == DTL_OK)
        flush(&out);
    keyfile_free(&key);
    dtl_buf_free(&out);
    return rc;
}

/* ---- a trace ------------------------------------------------------------ */

#define TRACE_MAX ((size_t)256 << 20) /* bytes of a saved trace */

struct citing {
    const struct args *args;
    struct dtl_store *store;
    struct dtl_arena *arena;
    struct dtl_cite *cite;
    uint64_t limit;
    json_t *trace; /* {"results": [...]} */
};

/* What trace finds, as it would be written. */
static int make_trace(struct citing *k, const char *query,
                      struct dtl_error *err)
{
    struct dtl_trace_query q = { .limit = 0 };
    struct dtl_sightings seen;
    struct dtl_buf out = { 0 };
    struct dtl_json j = { .out = &out };
    int rc = asked_read(k->store, k->arena, &query, 1, &q, err);

    q.limit = (uint32_t)k->limit;
    if (rc == DTL_OK)
        rc = dtl_trace_seen(k->store, &q, k->arena, &seen, err);
    if (rc == DTL_OK && seen.count == 0)
        rc =
            dtl_fail(err, DTL_NOTFOUND, 0,
                     "not in this store: no article has this text or headline");
    if (rc == DTL_OK)
        rc = dtl_trace_json(&seen, &j, err);
    if (rc == DTL_OK && out.failed)
        rc = dtl_fail(err, DTL_NOMEM, 0, "out of memory");
    if (rc == DTL_OK)
        k->trace =
            json_loadb((const char *)out.ptr, out.len, JSON_ALLOW_NUL, NULL);
    dtl_buf_free(&out);
    return rc;
}

/* The results of a line: all of an answer, or one appearance. */
static bool add_line(json_t *results, json_t *line)
{
    json_t *list = json_object_get(line, "results");

    if (json_is_array(list))
        return json_array_extend(results, list) == 0;
    return json_is_string(json_object_get(line, "url")) &&
           json_array_append(results, line) == 0;
}

/* Saved as JSON lines, best first, or of a batch. */
static bool read_lines(json_t *results, struct dtl_slice s)
{
    size_t at = 0;
    bool good = true;

    while (good && at < s.len) {
        size_t nl = dtl_find(s, dtl_str("\n"), at);
        struct dtl_slice text =
            dtl_trim(dtl_sub(s, at, nl != SIZE_MAX ? nl : s.len));
        json_t *line =
            json_loadb((const char *)text.ptr, text.len, JSON_ALLOW_NUL, NULL);

        good = text.len == 0 || add_line(results, line);
        json_decref(line);
        at = nl != SIZE_MAX ? nl + 1 : s.len;
    }
    return good;
}

static int load_trace(struct citing *k, const char *path, struct dtl_error *err)
{
    struct dtl_buf text = { 0 };
    json_t *results;
    int rc = read_whole(path, TRACE_MAX, &text, err);

    if (rc == DTL_OK) {
        k->trace =
            json_loadb((const char *)text.ptr, text.len, JSON_ALLOW_NUL, NULL);
        if (!json_is_array(json_object_get(k->trace, "results"))) {
            json_decref(k->trace);
            results = json_array();
            if (!read_lines(results, dtl_buf_view(&text)) ||
                json_array_size(results) == 0)
                rc = dtl_fail(err, DTL_FORMAT, 0, "no saved trace, nor a URL");
            k->trace = json_pack("{s:o}", "results", results);
        }
    }
    dtl_buf_free(&text);
    return rc;
}

/* The capture a result names, to the second and, as far as it says, to the
 * record. */
static int find_result(struct citing *k, const char *url, int64_t time,
                       json_t *offset, struct dtl_capture *out,
                       uint32_t *segment, struct dtl_error *err)
{
    struct dtl_query q = { .url = dtl_str(url), .from = time, .to = time };
    struct dtl_cursor *cursor = NULL;
    struct dtl_capture c;
    struct dtl_ref ref;
    bool found = false;
    int rc = time == DTL_NO_TIME ? DTL_END
                                 : dtl_query_open(k->store, &q, &cursor, err);

    while (rc == DTL_OK &&
           (rc = dtl_query_next(cursor, &c, &ref, err)) == DTL_OK) {
        if (json_is_integer(offset) &&
            (json_int_t)c.offset != json_integer_value(offset))
            continue;
        found = true;
        *segment = ref.segment;
        rc = dtl_store_capture_in(k->store, ref, k->arena, out, err);
        break;
    }
    dtl_query_close(cursor);
    if (rc == DTL_END && !found)
        return dtl_fail(err, DTL_NOTFOUND, 0,
                        "a capture of %.150s that the trace names is not in "
                        "this store",
                        url);
    return rc;
}

static int add_capture(struct citing *k, const char *url, int64_t time,
                       json_t *offset, bool absence, struct dtl_error *err)
{
    struct dtl_capture c;
    uint32_t segment;
    int rc = find_result(k, url, time, offset, &c, &segment, err);

    return rc == DTL_OK ? dtl_cite_add(k->cite, &c, segment, absence, err) : rc;
}

/* The capture that shows that the text was not there, once a page. */
static int add_absence(struct citing *k, json_t *result, json_t *shown,
                       struct dtl_error *err)
{
    const char *url = member(result, "absence_url");
    const char *before = member(result, "not_before");

    if (before[0] == '\0' || json_object_get(shown, url) != NULL)
        return DTL_OK;
    json_object_set_new(shown, url, json_true());
    return add_capture(k, url, dtl_time_parse_iso(dtl_str(before)),
                       json_object_get(result, "absence_offset"), true, err);
}

static int cite_results(struct citing *k, struct dtl_error *err)
{
    json_t *results = json_object_get(k->trace, "results"), *result;
    json_t *shown = json_object();
    int rc = DTL_OK;
    size_t i;

    json_array_foreach(results, i, result)
    {
        const char *time = member(result, "time");

        if (rc != DTL_OK || i >= k->limit)
            break;
        rc = add_capture(k, member(result, "url"),
                         dtl_time_parse_14(dtl_str(time), false),
                         json_object_get(result, "offset"), false, err);
        if (rc == DTL_OK)
            rc = add_absence(k, result, shown, err);
    }
    json_decref(shown);
    return rc;
}

static int cite_trace(struct citing *k, struct dtl_error *err)
{
    char *report;
    int rc = arg_on(k->args, "trace")
                 ? make_trace(k, arg(k->args, "trace"), err)
                 : load_trace(k, operand(k->args, 0), err);

    if (rc != DTL_OK)
        return rc;
    report = json_dumps(k->trace, JSON_COMPACT);
    rc = dtl_cite_new(k->store, &k->cite, err);
    if (rc == DTL_OK && report == NULL)
        rc = dtl_fail(err, DTL_NOMEM, 0, "out of memory");
    if (rc == DTL_OK)
        rc = dtl_cite_report(k->cite, dtl_str(report), err);
    free(report);
    return rc == DTL_OK ? cite_results(k, err) : rc;
}

static int cite_capture(struct citing *k, struct dtl_error *err)
{
    struct dtl_capture capture;
    const char *url;
    uint32_t segment;
    int64_t when;
    int rc = capture_operand(k->args, &url, &when)
                 ? capture_find(k->store, url, when, k->arena, &capture,
                                &segment, err)
                 : dtl_fail(err, DTL_INVALID, 0, "--at wants a time");

    if (rc == DTL_OK)
        rc = dtl_cite_open(k->store, &capture, segment, &k->cite, err);
    return rc;
}

static bool wants_trace(const struct args *a)
{
    return arg_on(a, "trace") || asked_is_file(operand(a, 0));
}

static bool usage_is_right(const struct args *a)
{
    if (arg_on(a, "key") && !arg_on(a, "wacz")) {
        say("cite: --key signs what --wacz writes");
        return false;
    }
    if (arg_on(a, "trace") == (arg_count(a) == 1)) {
        say("cite: a capture, a saved trace, or --trace QUERY is wanted");
        return false;
    }
    return true;
}

static int run(const struct args *a)
{
    static const char *const formats[] = { "text", "json", NULL };
    int rc, format = arg_choice(a, "format", formats, "text");
    struct citing k = { .args = a };
    struct dtl_error err = { 0 };
    int64_t when;

    if (format < 0 || !usage_is_right(a) || !arg_time(a, "at", false, &when) ||
        !arg_u64(a, "limit", 100, &k.limit))
        return EXIT_USAGE;
    rc = open_store(a, &k.store, &err);
    if (rc != DTL_OK) {
        complain(arg_store(a), &err);
        return rc == DTL_NOMEM ? EXIT_MEMORY : EXIT_STORE;
    }
    k.arena = dtl_arena_new(0);
    if (k.arena == NULL)
        rc = dtl_fail(&err, DTL_NOMEM, 0, "out of memory");
    else
        rc = wants_trace(a) ? cite_trace(&k, &err) : cite_capture(&k, &err);
    if (rc == DTL_OK)
        rc = give(a, k.cite, format == 1, &err);
    if (rc != DTL_OK)
        rc = complain_of(a, arg_count(a) > 0 ? operand(a, 0) : "cite", &err);
    json_decref(k.trace);
    dtl_cite_close(k.cite);
    dtl_arena_free(k.arena);
    dtl_store_close(k.store);
    return rc;
}

const struct cmd cmd_cite = {
    .name = "cite",
    .operands = "[CAPTURE|TRACE]",
    .summary = "prove captures: records, digests, text, as report or WACZ",
    .details =
        "CAPTURE is a URL (the last capture, or the one nearest to --at) or "
        "TIME/URL, as\n20240502100000/https://a.example/.  The record is "
        "read again, its digests are\nrecomputed and its article is "
        "extracted anew.\n\n"
        "TRACE is a file (- for standard input) that trace wrote as json or "
        "jsonl: every\nappearance in it is proved, and what shows that the "
        "text "
        "was not there before.\n--trace asks anew.\n\n"
        "With --wacz the records themselves (the capture, its request, the "
        "original of a\nrevisit, the warcinfo of their files), byte for byte, "
        "and the evidence become a\nfile that `dateline verify FILE.wacz` and "
        "any WACZ tool can check.",
    .options = options,
    .min = 0,
    .max = 1,
    .run = run,
};
