/* SPDX-License-Identifier: Apache-2.0 */
#include "capture.h"
#include "cmd.h"
#include "keyfile.h"

#include <inttypes.h>

#include <jansson.h>

#include <dateline/cite.h>
#include <dateline/json.h>

static const struct opt options[] = {
    { "store", 's', "DIR",
      "the store ($DATELINE_STORE, else ./dateline.store)" },
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

static void print_text(const struct dtl_cite *c, struct dtl_buf *out)
{
    const struct dtl_evidence *e = dtl_cite_evidence(c);

    print_article(out, e);
    for (size_t i = 0; i < e->nrecords; i++)
        print_record(out, &e->records[i]);
    dtl_buf_byte(out, '\n');
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

static int run(const struct args *a)
{
    static const char *const formats[] = { "text", "json", NULL };
    int rc, format = arg_choice(a, "format", formats, "text");
    struct dtl_store *store;
    struct dtl_arena *arena;
    struct dtl_capture capture;
    struct dtl_cite *cite = NULL;
    struct dtl_error err = { 0 };
    const char *url;
    uint32_t segment;
    int64_t when;

    if (format < 0 || !capture_operand(a, &url, &when))
        return EXIT_USAGE;
    if (arg_on(a, "key") && !arg_on(a, "wacz")) {
        say("cite: --key signs what --wacz writes");
        return EXIT_USAGE;
    }
    rc = open_store(a, &store, &err);
    if (rc != DTL_OK) {
        complain(arg_store(a), &err);
        return rc == DTL_NOMEM ? EXIT_MEMORY : EXIT_STORE;
    }
    arena = dtl_arena_new(0);
    rc = arena != NULL ? DTL_OK : dtl_fail(&err, DTL_NOMEM, 0, "out of memory");
    if (rc == DTL_OK)
        rc = capture_find(store, url, when, arena, &capture, &segment, &err);
    if (rc == DTL_OK)
        rc = dtl_cite_open(store, &capture, segment, &cite, &err);
    if (rc == DTL_OK)
        rc = give(a, cite, format == 1, &err);
    if (rc != DTL_OK)
        rc = complain(url, &err);
    dtl_cite_close(cite);
    dtl_arena_free(arena);
    dtl_store_close(store);
    return rc;
}

const struct cmd cmd_cite = {
    .name = "cite",
    .operands = "CAPTURE",
    .summary = "prove a capture: records, digests, text, as report or WACZ",
    .details =
        "CAPTURE is a URL (the last capture, or the one nearest to --at) or "
        "TIME/URL, as\n20240502100000/https://a.example/.  The record is "
        "read again, its digests are\nrecomputed and its article is "
        "extracted anew.\n\n"
        "With --wacz the records themselves (the capture, its request, the "
        "original of a\nrevisit, the warcinfo of their files), byte for byte, "
        "and the evidence become a\nfile that `dateline verify FILE.wacz` and "
        "any WACZ tool can check.",
    .options = options,
    .min = 1,
    .max = 1,
    .run = run,
};
