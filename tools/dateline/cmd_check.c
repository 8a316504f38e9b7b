/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules of ISO 28500:2017 (WARC 1.1), as tables where they are tables there.
 * "error": the standard says shall; "warning": should, or digests that only
 * another rule makes right; "note": worth knowing.
 */
#include "records.h"

#include <dateline/json.h>
#include <inttypes.h>
#include <stdlib.h>

enum severity { NOTE, WARNING, ERROR };
static const char *const severities[] = { "note", "warning", "error" };

#define BIT(type) (1U << DTL_WARC_##type)
#define ANY       0xffffU

/* Sections 5.2 to 5.20: in which record types a field may and shall be. */
static const struct rule {
    const char *name, *clause;
    unsigned allowed, required; /* sets of types */
    bool repeats;
} rules[] = {
    { "WARC-Record-ID", "5.2", ANY, ANY, false },
    { "Content-Length", "5.3", ANY, ANY, false },
    { "WARC-Date", "5.4", ANY, ANY, false },
    { "WARC-Type", "5.5", ANY, ANY, false },
    { "Content-Type", "5.6", ANY, 0, false },
    { "WARC-Concurrent-To", "5.7",
      BIT(REQUEST) | BIT(RESPONSE) | BIT(RESOURCE) | BIT(METADATA) |
          BIT(REVISIT) | BIT(UNKNOWN),
      0, true },
    { "WARC-Block-Digest", "5.8", ANY, 0, false },
    { "WARC-Payload-Digest", "5.9", ANY, 0, false },
    { "WARC-IP-Address", "5.10",
      ANY & ~(BIT(WARCINFO) | BIT(CONVERSION) | BIT(CONTINUATION)), 0, false },
    { "WARC-Refers-To", "5.11",
      BIT(METADATA) | BIT(REVISIT) | BIT(CONVERSION) | BIT(UNKNOWN), 0, false },
    { "WARC-Refers-To-Target-URI", "5.12",
      BIT(REVISIT) | BIT(UNKNOWN) | BIT(METADATA), 0, false },
    { "WARC-Refers-To-Date", "5.13",
      BIT(REVISIT) | BIT(UNKNOWN) | BIT(METADATA), 0, false },
    { "WARC-Target-URI", "5.14", ANY & ~BIT(WARCINFO),
      BIT(RESPONSE) | BIT(RESOURCE) | BIT(REQUEST) | BIT(REVISIT) |
          BIT(CONVERSION) | BIT(CONTINUATION),
      false },
    { "WARC-Truncated", "5.15", ANY, 0, false },
    { "WARC-Warcinfo-ID", "5.16", ANY & ~BIT(WARCINFO), 0, false },
    { "WARC-Filename", "5.17", BIT(WARCINFO) | BIT(UNKNOWN), 0, false },
    { "WARC-Profile", "5.18", BIT(REVISIT) | BIT(UNKNOWN), BIT(REVISIT),
      false },
    { "WARC-Identified-Payload-Type", "5.19", ANY, 0, false },
    { "WARC-Segment-Origin-ID", "5.21", BIT(CONTINUATION) | BIT(UNKNOWN),
      BIT(CONTINUATION), false },
    { "WARC-Segment-Number", "5.20", ANY, BIT(CONTINUATION), false },
    { "WARC-Segment-Total-Length", "5.22", BIT(CONTINUATION) | BIT(UNKNOWN), 0,
      false },
};
#define NRULES (sizeof rules / sizeof rules[0])

struct check {
    struct records in;
    struct digester digester;
    bool json;
    enum severity least; /* told of */
    uint64_t counts[3], records, verified;
    struct dtl_buf line;
    uint64_t *ids; /* hashes of the record ids met: a set */
    size_t nids, ids_cap;
    char *file; /* the input the ids are of */
    bool shared_told;
};

/* ---- findings ----------------------------------------------------------- */

struct place {
    uint64_t offset, length;
    struct dtl_slice id;
};

static void DTL_PRINTF(5, 6)
    find(struct check *c, enum severity severity, const struct place *at,
         const char *clause, const char *fmt, ...)
{
    char text[320];
    struct dtl_json j = { .out = &c->line };
    va_list ap;

    c->counts[severity]++;
    if (severity < c->least)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (!c->json) {
        dtl_buf_printf(&c->line, "%s:%" PRIu64 ": %s: ", c->in.file, at->offset,
                       severities[severity]);
        printable(&c->line, dtl_str(text), 0);
        dtl_buf_printf(&c->line, " [%s]\n", clause);
        return;
    }
    dtl_json_object(&j);
    dtl_json_key(&j, "file");
    dtl_json_str(&j, c->in.file);
    dtl_json_key(&j, "offset");
    dtl_json_uint(&j, at->offset);
    dtl_json_key(&j, "length");
    dtl_json_uint(&j, at->length);
    dtl_json_key(&j, "record_id");
    if (at->id.len > 0)
        dtl_json_slice(&j, at->id);
    else
        dtl_json_null(&j);
    dtl_json_key(&j, "severity");
    dtl_json_str(&j, severities[severity]);
    dtl_json_key(&j, "clause");
    dtl_json_str(&j, clause);
    dtl_json_key(&j, "finding");
    dtl_json_str(&j, text);
    dtl_json_end(&j);
    dtl_buf_byte(&c->line, '\n');
}

#define TEXT(s)                           \
    (int)((s).len < 100 ? (s).len : 100), \
        (s).len > 0 ? (const char *)(s).ptr : ""

/* ---- fields ------------------------------------------------------------- */

static void check_rule(struct check *c, const struct dtl_warc_record *rec,
                       const struct rule *rule, const struct place *at)
{
    struct dtl_slice name = dtl_str(rule->name);
    unsigned type = 1U << rec->type;
    size_t n = 0;

    for (size_t i = 0; i < rec->nfields; i++)
        n += dtl_equal_nocase(rec->fields[i].name, name);
    if (n == 0 && (rule->required & type) != 0)
        find(c, ERROR, at, rule->clause, "%s is missing", rule->name);
    if (n > 0 && (rule->allowed & type) == 0)
        find(c, ERROR, at, rule->clause, "%s shall not be in a %.*s record",
             rule->name, TEXT(rec->type_name));
    if (n > 1 && !rule->repeats)
        find(c, ERROR, at, rule->clause, "%s stands %zu times", rule->name, n);
}

static bool is_bracketed_uri(struct dtl_slice s)
{
    const uint8_t *colon;

    if (s.len < 4 || s.ptr[0] != '<' || s.ptr[s.len - 1] != '>')
        return false;
    colon = memchr(s.ptr, ':', s.len);
    return colon != NULL && colon > s.ptr + 1 &&
           memchr(s.ptr, ' ', s.len) == NULL;
}

/* Fields whose value is "<" uri ">". */
static void check_ids(struct check *c, const struct dtl_warc_record *rec,
                      const struct place *at)
{
    static const struct {
        const char *name, *clause;
    } ids[] = { { "WARC-Record-ID", "5.2" },
                { "WARC-Concurrent-To", "5.7" },
                { "WARC-Refers-To", "5.11" },
                { "WARC-Warcinfo-ID", "5.16" },
                { "WARC-Segment-Origin-ID", "5.21" } };

    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        const struct dtl_field *f =
            dtl_field_find(rec->fields, rec->nfields, ids[i].name);

        if (f != NULL && !is_bracketed_uri(f->value))
            find(c, ERROR, at, ids[i].clause, "%s is no URI in <>: %.*s",
                 ids[i].name, TEXT(f->value));
    }
}

static void check_date(struct check *c, const struct dtl_warc_record *rec,
                       const struct place *at)
{
    bool v11 = dtl_equal_nocase(rec->version, dtl_str("WARC/1.1"));

    if (rec->date.len == 0)
        return;
    if (rec->time == DTL_NO_TIME)
        find(c, ERROR, at, "5.4", "WARC-Date cannot be read: %.*s",
             TEXT(rec->date));
    else if (!v11 && rec->date.len != 20)
        find(c, WARNING, at, "5.4",
             "WARC-Date is not in whole seconds, as before 1.1: %.*s",
             TEXT(rec->date));
    else if (rec->date.ptr[rec->date.len - 1] != 'Z' && rec->date.len > 10)
        find(c, ERROR, at, "5.4", "WARC-Date is not in UTC: %.*s",
             TEXT(rec->date));
}

static void check_values(struct check *c, const struct dtl_warc_record *rec,
                         const struct place *at)
{
    static const char *const reasons[] = { "length", "time", "disconnect",
                                           "unspecified" };
    const struct dtl_field *f =
        dtl_field_find(rec->fields, rec->nfields, "WARC-Target-URI");
    bool known = rec->truncated.len == 0;

    check_ids(c, rec, at);
    check_date(c, rec, at);
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        known |= dtl_equal_nocase(rec->truncated, dtl_str(reasons[i]));
    if (!known)
        find(c, WARNING, at, "5.15",
             "WARC-Truncated has an unknown reason: %.*s",
             TEXT(rec->truncated));
    if (f != NULL && f->value.len > 0 && f->value.ptr[0] == '<')
        find(c, WARNING, at, "5.14", "WARC-Target-URI is in <>");
    if (f != NULL && f->value.len > 0 &&
        (memchr(f->value.ptr, ':', f->value.len) == NULL ||
         memchr(f->value.ptr, ' ', f->value.len) != NULL))
        find(c, ERROR, at, "5.14", "WARC-Target-URI is no URI: %.*s",
             TEXT(f->value));
    if (rec->type == DTL_WARC_UNKNOWN && rec->type_name.len > 0)
        find(c, WARNING, at, "5.5", "unknown WARC-Type: %.*s",
             TEXT(rec->type_name));
    if (rec->content_type.len == 0 && rec->content_length > 0 &&
        rec->type != DTL_WARC_CONTINUATION)
        find(c, WARNING, at, "5.6", "Content-Type is missing");
    if (rec->type == DTL_WARC_CONTINUATION && rec->segment == 1)
        find(c, ERROR, at, "6.9", "a continuation cannot be segment 1");
}

static void check_header(struct check *c, const struct dtl_warc_record *rec,
                         const struct place *at)
{
    static const char *const versions[] = { "WARC/1.1", "WARC/1.0", "WARC/0.18",
                                            "WARC/0.17" };
    bool known = false;

    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++)
        known |= dtl_equal(rec->version, dtl_str(versions[i]));
    if (!known)
        find(c, ERROR, at, "4", "unknown version: %.*s", TEXT(rec->version));
    if ((rec->flags & DTL_WARC_BARE_LF) != 0)
        find(c, ERROR, at, "4", "header lines do not end in CRLF");
    if ((rec->flags & DTL_WARC_ODD_LINE) != 0)
        find(c, ERROR, at, "4", "a header line is no named field");
    for (size_t i = 0; i < NRULES; i++)
        check_rule(c, rec, &rules[i], at);
    check_values(c, rec, at);
}

/* ---- record ids --------------------------------------------------------- */

#define MAX_IDS ((size_t)2 << 20) /* 16 MiB of hashes */

static bool grow_ids(struct check *c)
{
    size_t cap = c->ids_cap > 0 ? c->ids_cap * 2 : 4096;
    uint64_t *old = c->ids, *ids;

    if (cap > 2 * MAX_IDS || (ids = calloc(cap, sizeof *ids)) == NULL)
        return false;
    for (size_t i = 0; i < c->ids_cap; i++)
        if (old[i] != 0) {
            size_t at = old[i] & (cap - 1);

            while (ids[at] != 0)
                at = (at + 1) & (cap - 1);
            ids[at] = old[i];
        }
    free(old);
    c->ids = ids;
    c->ids_cap = cap;
    return true;
}

/* FNV-1a: one id in 2^64 colliding would be a false finding, no more. */
static uint64_t hash_id(struct dtl_slice id)
{
    uint64_t h = 0xcbf29ce484222325;

    for (size_t i = 0; i < id.len; i++)
        h = (h ^ id.ptr[i]) * 0x100000001b3;
    return (h ^ h >> 32) | 1;
}

/* True when this id was met before in this input. */
static bool seen_id(struct check *c, struct dtl_slice id)
{
    uint64_t h = hash_id(id);
    size_t at;

    if (c->nids * 2 >= c->ids_cap && !grow_ids(c))
        return false;
    at = h & (c->ids_cap - 1);
    while (c->ids[at] != 0) {
        if (c->ids[at] == h)
            return true;
        at = (at + 1) & (c->ids_cap - 1);
    }
    c->ids[at] = h;
    c->nids++;
    return false;
}

/* ---- digests ------------------------------------------------------------ */

static void check_digests(struct check *c, const struct dtl_warc_record *rec,
                          const struct place *at)
{
    const struct digester *d = &c->digester;
    /* A revisit declares the digest of the payload it does not hold. */
    bool elsewhere = rec->type == DTL_WARC_REVISIT || rec->segment > 0;

    if (d->unreadable_block)
        find(c, WARNING, at, "5.8", "WARC-Block-Digest cannot be read: %.*s",
             TEXT(rec->block_digest));
    if (d->unreadable_payload)
        find(c, WARNING, at, "5.9", "WARC-Payload-Digest cannot be read: %.*s",
             TEXT(rec->payload_digest));
    if (d->want_block.kind != DTL_DIGEST_NONE) {
        c->verified++;
        if (!dtl_digest_equal(&d->block, &d->want_block))
            find(c, ERROR, at, "5.8", "WARC-Block-Digest does not match");
    }
    if (d->want_payload.kind == DTL_DIGEST_NONE || elsewhere)
        return;
    c->verified++;
    if (d->rule == DTL_PAYLOAD_FRAMED || d->rule == DTL_PAYLOAD_BLOCK)
        find(c, WARNING, at, "5.9", "WARC-Payload-Digest is that of the %s",
             d->rule == DTL_PAYLOAD_BLOCK ? "block"
                                          : "payload with its chunk framing");
    else if (d->rule == DTL_PAYLOAD_NO_MATCH && d->has_payload)
        find(c, ERROR, at, "5.9", "WARC-Payload-Digest does not match");
    else if (d->rule == DTL_PAYLOAD_NO_MATCH)
        find(c, NOTE, at, "5.9",
             "WARC-Payload-Digest of a long chunked payload was not verified");
}

static void check_http(struct check *c, const struct dtl_warc_record *rec,
                       const struct place *at)
{
    const struct digester *d = &c->digester;
    static const struct {
        unsigned flag;
        const char *text;
    } flags[] = {
        { DTL_HTTP_NO_HEAD, "the block has no HTTP head" },
        { DTL_HTTP_CUT_HEAD, "the HTTP head has no end" },
        { DTL_HTTP_FALSE_CHUNKED,
          "Transfer-Encoding: chunked is declared, not applied" },
        { DTL_HTTP_HIDDEN_CHUNKED,
          "the body is chunked, which is not declared" },
        { DTL_HTTP_CUT_CHUNKS, "the chunked body is cut" },
    };

    if (!d->is_http || d->length == 0)
        return;
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        if ((d->http.flags & flags[i].flag) != 0)
            find(c, NOTE, at, rec->arc ? "ARC" : "6.3", "%s", flags[i].text);
}

/* ---- records ------------------------------------------------------------ */

static void check_storage(struct check *c, const struct dtl_warc_record *rec,
                          const struct place *at)
{
    if ((rec->flags & DTL_WARC_BAD_END) != 0)
        find(c, rec->arc ? NOTE : ERROR, at, rec->arc ? "ARC" : "4",
             rec->arc ? "not one newline behind the record"
                      : "not two CRLF behind the record");
    if ((rec->flags & DTL_WARC_SPLIT) != 0)
        find(c, WARNING, at, "Annex D", "the record spans compressed members");
    if ((rec->flags & DTL_WARC_SHARED) != 0 && !c->shared_told) {
        c->shared_told = true;
        find(c, WARNING, at, "Annex D",
             "records share a compressed member: 'recompress' mends it");
    }
}

static int check_record(struct check *c, struct dtl_warc_record *rec,
                        struct dtl_error *err)
{
    struct place at = { rec->offset, 0, rec->record_id };
    int rc = digester_read(&c->digester, c->in.warc, rec, err), end;

    if (rc != DTL_OK && rc != DTL_BAD_RECORD)
        return rc;
    end = dtl_warc_finish(c->in.warc, rec, err);
    if (end != DTL_OK && end != DTL_BAD_RECORD)
        return end;
    at.length = rec->length;
    c->records++;
    if (!rec->arc && !dtl_starts(rec->version, "warc/0.9"))
        check_header(c, rec, &at);
    else if (rec->time == DTL_NO_TIME)
        find(c, ERROR, &at, "ARC", "the date cannot be read: %.*s",
             TEXT(rec->date));
    if (rec->record_id.len > 0 && seen_id(c, rec->record_id))
        find(c, ERROR, &at, "5.2", "WARC-Record-ID is not unique");
    if (end == DTL_BAD_RECORD) {
        const struct dtl_warc_damage *d = dtl_warc_last_damage(c->in.warc);

        at.offset = d->offset;
        at.length = d->length;
        find(c, ERROR, &at, "4", "%s", d->reason);
    } else {
        check_digests(c, rec, &at);
        check_storage(c, rec, &at);
    }
    check_http(c, rec, &at);
    return DTL_OK;
}

static void new_input(struct check *c)
{
    if (c->file != NULL && strcmp(c->file, c->in.file) == 0)
        return;
    free(c->file);
    c->file = strdup(c->in.file);
    c->shared_told = false;
    c->nids = 0;
    if (c->ids != NULL)
        memset(c->ids, 0, c->ids_cap * sizeof *c->ids);
}

static int check_all(struct check *c)
{
    struct dtl_warc_record rec;
    struct dtl_error err;
    int rc;

    while ((rc = records_next(&c->in, &rec, &err)) != DTL_END) {
        new_input(c);
        if (rc == DTL_BAD_RECORD) {
            const struct dtl_warc_damage *d = dtl_warc_last_damage(c->in.warc);
            struct place at = { d->offset, d->length, { NULL, 0 } };

            find(c, ERROR, &at, "4", "%s", d->reason);
        } else if (check_record(c, &rec, &err) != DTL_OK) {
            return complain(c->in.file, &err);
        }
        if (c->line.failed) {
            say("out of memory");
            return EXIT_MEMORY;
        }
        if (c->line.len > (64 << 10) && !flush(&c->line))
            return EXIT_INPUT;
    }
    return flush(&c->line) ? EXIT_FOUND : EXIT_INPUT;
}

static void summary(const struct check *c)
{
    char n[5][32];

    fprintf(stderr,
            "records %s, digests verified %s, errors %s, warnings %s, "
            "notes %s\n",
            count_text(c->records, n[0]), count_text(c->verified, n[1]),
            count_text(c->counts[ERROR], n[2]),
            count_text(c->counts[WARNING], n[3]),
            count_text(c->counts[NOTE], n[4]));
}

static int run(const struct args *a)
{
    static const char *const formats[] = { "text", "jsonl", NULL };
    static const char *const levels[] = { "note", "warning", "error", NULL };
    struct check c = { 0 };
    int format = arg_choice(a, "format", formats, "text");
    int least = arg_choice(a, "least", levels, "note"), rc, code;

    if (format < 0 || least < 0)
        return EXIT_USAGE;
    c.json = format == 1;
    c.least = (enum severity)least;
    rc = digester_open(&c.digester);
    if (rc == EXIT_FOUND)
        rc = records_open(&c.in, operands(a), arg_count(a));
    if (rc == EXIT_FOUND)
        rc = check_all(&c);
    code = records_close(&c.in);
    if (rc == EXIT_FOUND && !arg_on(a, "quiet"))
        summary(&c);
    digester_close(&c.digester);
    dtl_buf_free(&c.line);
    free(c.ids);
    free(c.file);
    if (rc == EXIT_FOUND)
        rc = code;
    if (rc != EXIT_FOUND)
        return rc;
    return c.counts[ERROR] + c.counts[WARNING] > 0 ? EXIT_NOTHING : EXIT_FOUND;
}

static const struct opt options[] = {
    { "format", 'f', "FORMAT", "text or jsonl" },
    { "least", 0, "SEVERITY", "tell of note, warning or error and above" },
    { "quiet", 'q', NULL, "no summary" },
    { 0 },
};

const struct cmd cmd_check = {
    .name = "check",
    .operands = "PATH...",
    .summary = "validate archives and verify their digests",
    .details =
        "Every finding is a line: file, offset, severity, what, and the\n"
        "clause of WARC 1.1 (ISO 28500:2017) it offends.  Digests are\n"
        "recomputed; a payload digest that was made over the chunk framing\n"
        "or the whole block is a warning and says so.  The exit code is 0\n"
        "without errors and warnings, 1 with some, 3 when an input could\n"
        "not be read.  A jsonl row has file, offset, length, record_id,\n"
        "severity, clause, finding.",
    .options = options,
    .min = 1,
    .max = -1,
    .run = run,
};
