/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"
#include "capture.h"

#include <inttypes.h>
#include <stdlib.h>

#include <jansson.h>

#include <dateline/index.h>
#include <dateline/ingest.h>
#include <dateline/replay.h>
#include <dateline/view.h>

static const struct opt options[] = {
    { "store", 's', "DIR",
      "the store ($DATELINE_STORE, else ./dateline.store)" },
    { "at", 0, "TIME", "nearest to this time (default: the last)" },
    { "article", 0, NULL, "the article (default)" },
    { "html", 0, NULL, "the page as captured, in UTF-8" },
    { "headers", 0, NULL, "the HTTP headers as captured" },
    { "payload", 0, NULL, "the payload as captured, content-coding undone" },
    { "record", 0, NULL, "the WARC record, byte for byte" },
    { "format", 'f', "F", "of the article: text, markdown, json" },
    OPTIONS_ACCESS,
    { NULL, 0, NULL, NULL },
};

#define MOST_BYTES ((size_t)1 << 30)

enum part { ARTICLE, HTML, HEADERS, PAYLOAD, RECORD };
enum format { TEXT, MARKDOWN, JSON };

struct shown {
    struct dtl_store *store;
    struct dtl_replay *replay;
    struct dtl_arena *arena;
    struct dtl_capture capture;  /* asked for */
    struct dtl_capture original; /* that has the payload */
    uint32_t segment;            /* of `capture` */
    struct dtl_buf out;
};

/* ---- the article -------------------------------------------------------- */

static const char *member(json_t *meta, const char *name)
{
    return json_string_value(json_object_get(meta, name));
}

static void print_pair(struct dtl_buf *out, const char *name, const char *value)
{
    if (value == NULL || value[0] == '\0')
        return;
    dtl_buf_printf(out, "%s%-10s%s ", colour("2"), name, colour("0"));
    printable(out, dtl_str(value), 0);
    dtl_buf_byte(out, '\n');
}

static void print_authors(struct dtl_buf *out, json_t *meta)
{
    struct dtl_buf names = { 0 };
    json_t *list = json_object_get(meta, "authors"), *name;
    size_t i;

    json_array_foreach(list, i, name)
    {
        if (i > 0)
            dtl_buf_str(&names, ", ");
        dtl_buf_str(&names, json_string_value(name) != NULL
                                ? json_string_value(name)
                                : "");
    }
    dtl_buf_byte(&names, 0);
    print_pair(out, "by", (const char *)names.ptr);
    dtl_buf_free(&names);
}

static void print_meta(struct shown *s, const struct dtl_article_row *row)
{
    json_t *meta =
        json_loadb((const char *)row->meta.ptr, row->meta.len, 0, NULL);
    const struct dtl_capture *c = &s->capture;
    char when[DTL_TIME_ISO], hash[80] = "sha256:";
    const char *file = "";
    struct dtl_buf *out = &s->out, place = { 0 };

    dtl_buf_str(out, colour("1"));
    printable(out, row->title, 0);
    dtl_buf_printf(out, "%s\n", colour("0"));
    dtl_buf_slice(&place, c->url);
    dtl_buf_byte(&place, 0);
    print_pair(out, "url", (const char *)place.ptr);
    print_authors(out, meta);
    print_pair(out, "site", member(meta, "site"));
    print_pair(out, "published", member(meta, "published"));
    print_pair(out, "modified", member(meta, "modified"));
    print_pair(out, "agency", member(meta, "agency"));
    dtl_time_iso(c->time, when);
    print_pair(out, "captured", when);
    dtl_store_file_name(s->store, c->file, &file, NULL);
    dtl_buf_clear(&place);
    dtl_buf_printf(&place, "%s at byte %" PRIu64, file, c->offset);
    print_pair(out, "evidence", (const char *)place.ptr);
    dtl_hex(dtl_slice_of(row->text_hash, 32), hash + 7);
    print_pair(out, "text", hash);
    dtl_buf_free(&place);
    json_decref(meta);
}

static void print_text(struct dtl_buf *out, struct dtl_slice text)
{
    /* Lines longer than this are a strain to read. */
    int columns = terminal_width() < 80 ? terminal_width() : 80;
    size_t pos = 0;

    while (pos < text.len) {
        size_t nl = dtl_find(text, dtl_str("\n"), pos);
        size_t end = nl != SIZE_MAX ? nl : text.len;

        dtl_buf_byte(out, '\n');
        if (on_terminal(stdout))
            wrapped(out, dtl_sub(text, pos, end), columns);
        else
            dtl_buf_slice(out, dtl_sub(text, pos, end));
        dtl_buf_byte(out, '\n');
        pos = end + 1;
    }
}

static int harvest(struct shown *s, unsigned what, struct dtl_harvester **h,
                   struct dtl_harvest *found, struct dtl_error *err)
{
    struct dtl_warc_record rec;
    struct dtl_slice block;
    int rc;

    if ((rc = dtl_harvester_new(0, h, err)) != DTL_OK ||
        (rc = dtl_replay_record(s->replay, &s->original, MOST_BYTES, &rec,
                                &block, err)) != DTL_OK)
        return rc;
    return dtl_harvest_record(*h, &rec, block, 0, what, found, err);
}

static int show_markdown(struct shown *s, struct dtl_error *err)
{
    struct dtl_harvester *h = NULL;
    struct dtl_harvest found;
    int rc = harvest(s, DTL_HARVEST_ARTICLE, &h, &found, err);

    if (rc == DTL_OK && !found.is_page)
        rc = dtl_fail(err, DTL_NOTFOUND, 0, "this capture is no page");
    if (rc == DTL_OK)
        dtl_buf_slice(&s->out, dtl_article_markdown(&found.article, s->arena));
    dtl_harvester_free(h);
    return rc;
}

static int show_article(struct shown *s, enum format format,
                        struct dtl_error *err)
{
    struct dtl_article_row row;
    struct dtl_ref ref = { s->segment, s->original.article };
    int rc;

    if (format == MARKDOWN)
        return show_markdown(s, err);
    if (s->original.article == DTL_NO_ARTICLE)
        return dtl_fail(err, DTL_NOTFOUND, 0,
                        "this capture has no article; --headers, --html, "
                        "--payload or --record show it");
    rc = dtl_store_article(s->store, ref, s->arena, &row, err);
    if (rc != DTL_OK)
        return rc;
    if (format == TEXT) {
        print_meta(s, &row);
        print_text(&s->out, row.text);
        return DTL_OK;
    }
    dtl_article_row_json(&row, &s->out);
    dtl_buf_byte(&s->out, '\n');
    return DTL_OK;
}

/* ---- what was captured --------------------------------------------------- */

static int show_record(struct shown *s, struct dtl_error *err)
{
    struct dtl_warc_record rec;
    struct dtl_slice block;
    int rc = dtl_replay_record(s->replay, &s->capture, MOST_BYTES, &rec, &block,
                               err);

    if (rc != DTL_OK)
        return rc;
    dtl_buf_slice(&s->out, rec.head);
    dtl_buf_slice(&s->out, block);
    dtl_buf_str(&s->out, rec.arc ? "\n" : "\r\n\r\n");
    return DTL_OK;
}

static int show_headers(struct shown *s, struct dtl_error *err)
{
    struct dtl_warc_record rec;
    struct dtl_slice block;
    struct dtl_http http;
    int rc = dtl_replay_record(s->replay, &s->capture, MOST_BYTES, &rec, &block,
                               err);

    if (rc == DTL_OK)
        rc = dtl_http_parse(block, s->arena, &http, err);
    if (rc == DTL_OK)
        dtl_buf_slice(&s->out, dtl_sub(block, 0, http.head_len));
    return rc;
}

static int show_payload(struct shown *s, struct dtl_error *err)
{
    struct dtl_harvester *h = NULL;
    struct dtl_harvest found;
    struct dtl_decoder *d = NULL;
    struct dtl_slice bytes;
    int rc = harvest(s, 0, &h, &found, err);

    if (rc == DTL_OK)
        rc = dtl_decoder_new(&d, err);
    if (rc == DTL_OK)
        rc = dtl_http_decode(d, &found.http, found.payload, MOST_BYTES, &bytes,
                             err);
    if (rc == DTL_OK)
        dtl_buf_slice(&s->out, bytes);
    dtl_decoder_free(d);
    dtl_harvester_free(h);
    return rc;
}

static int show_html(struct shown *s, struct dtl_error *err)
{
    struct dtl_harvester *h = NULL;
    struct dtl_harvest found;
    int rc = harvest(s, 0, &h, &found, err);

    if (rc == DTL_OK && !found.is_page)
        rc = dtl_fail(err, DTL_NOTFOUND, 0,
                      "this capture is no page; --payload shows it");
    if (rc == DTL_OK)
        dtl_buf_slice(&s->out, found.page);
    dtl_harvester_free(h);
    return rc;
}

static int show(struct shown *s, enum part part, enum format format,
                struct dtl_error *err)
{
    int rc = DTL_OK;

    s->original = s->capture;
    if (part == ARTICLE || part == HTML || part == PAYLOAD)
        rc = dtl_replay_original(s->replay, &s->capture, s->arena, &s->original,
                                 &s->segment, err);
    if (rc != DTL_OK)
        return rc;
    switch (part) {
    case HTML: return show_html(s, err);
    case HEADERS: return show_headers(s, err);
    case PAYLOAD: return show_payload(s, err);
    case RECORD: return show_record(s, err);
    case ARTICLE: break;
    }
    return show_article(s, format, err);
}

static enum part wanted_part(const struct args *a)
{
    static const struct {
        const char *name;
        enum part part;
    } parts[] = {
        { "html", HTML },
        { "headers", HEADERS },
        { "payload", PAYLOAD },
        { "record", RECORD },
    };

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (arg_on(a, parts[i].name))
            return parts[i].part;
    return ARTICLE;
}

static int run(const struct args *a)
{
    static const char *const formats[] = { "text", "markdown", "json", NULL };
    struct shown s = { .out = { .max = MOST_BYTES + (1 << 20) } };
    struct dtl_error err = { 0 };
    const char *url;
    int64_t when;
    int rc, format = arg_choice(a, "format", formats, "text");

    if (format < 0 || !capture_operand(a, &url, &when))
        return EXIT_USAGE;
    rc = open_store(a, &s.store, &err);
    if (rc != DTL_OK) {
        complain(arg_store(a), &err);
        return rc == DTL_NOMEM ? EXIT_MEMORY : EXIT_STORE;
    }
    s.arena = dtl_arena_new(0);
    if (s.arena == NULL)
        rc = dtl_fail(&err, DTL_NOMEM, 0, "out of memory");
    else
        rc = dtl_replay_new(s.store, &s.replay, &err);
    if (rc == DTL_OK)
        rc = capture_find(s.store, url, when, s.arena, &s.capture, &s.segment,
                          &err);
    if (rc == DTL_OK)
        rc = show(&s, wanted_part(a), (enum format)format, &err);
    if (rc == DTL_OK && s.out.failed)
        rc = dtl_fail(&err, DTL_LIMIT, 0, "too large to show");
    if (rc == DTL_OK)
        flush(&s.out);
    else
        rc = complain_of(a, url, &err);
    dtl_buf_free(&s.out);
    dtl_replay_free(s.replay);
    dtl_arena_free(s.arena);
    dtl_store_close(s.store);
    return rc;
}

const struct cmd cmd_show = {
    .name = "show",
    .operands = "CAPTURE",
    .summary = "show one capture: its article, page, headers or record",
    .details =
        "CAPTURE is a URL (the last capture, or the one nearest to --at) or "
        "TIME/URL, as\n20240502100000/https://a.example/.  A revisit is "
        "shown with the payload it\nrefers to.",
    .options = options,
    .min = 1,
    .max = 1,
    .run = run,
};
