/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /cdx: the query parameters of CDX servers, answered line by line while the
 * cursor runs.  A parameter this form does not know is refused, never ignored:
 * a filter that did nothing would be a wrong answer.
 */
#include "serve.h"

#include <dateline/cdx.h>
#include <dateline/json.h>
#include <dateline/time.h>

#include <stdio.h>
#include <stdlib.h>

#define PIECE ((size_t)32 << 10)

static const char *const known[] = { "url",    "matchType", "from",
                                     "to",     "closest",   "sort",
                                     "limit",  "output",    "fl",
                                     "fields", "reverse",   NULL };

/* Names of fields in answers, and what stands for them in `fl`. */
static const struct name {
    const char *name, *other;
} names[] = {
    { "urlkey", NULL },     { "timestamp", NULL },      { "url", "original" },
    { "mime", "mimetype" }, { "status", "statuscode" }, { "digest", NULL },
    { "length", NULL },     { "offset", NULL },         { "filename", NULL },
};
#define NNAMES (sizeof names / sizeof names[0])

struct dump {
    struct dtl_server *server;
    struct context *context;
    struct dtl_cursor *cursor;
    struct dtl_buf out; /* made and not yet sent: from `sent` on */
    size_t sent;
    bool json, done;
    size_t fields[NNAMES], nfields; /* `fl`; 0: all, as CDXJ */
};

static void dump_free(void *closure)
{
    struct dump *d = closure;

    dtl_query_close(d->cursor);
    context_release(d->server, d->context);
    dtl_buf_free(&d->out);
    free(d);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

struct texts {
    char time[DTL_TIME_14], status[8], digest[DTL_DIGEST_TEXT];
    char length[24], offset[24];
};

static void line_of(struct dump *d, const struct dtl_capture *c,
                    struct texts *t, struct dtl_cdx *line)
{
    const char *file = "-";

    dtl_time_14(c->time, t->time);
    dtl_digest_text(&c->digest, t->digest);
    snprintf(t->status, sizeof t->status, "%u", (unsigned)c->status);
    snprintf(t->length, sizeof t->length, "%llu",
             (unsigned long long)c->length);
    snprintf(t->offset, sizeof t->offset, "%llu",
             (unsigned long long)c->offset);
    dtl_store_file_name(d->context->store, c->file, &file, NULL);
    *line = (struct dtl_cdx){ .key = c->key,
                              .time = dtl_str(t->time),
                              .url = c->url,
                              .mime = c->mime,
                              .digest = dtl_str(t->digest),
                              .length = dtl_str(t->length),
                              .offset = dtl_str(t->offset),
                              .filename = dtl_str(base_name(file)) };
    if ((c->flags & DTL_CAPTURE_REVISIT) != 0)
        line->mime = dtl_str("warc/revisit");
    if (c->status != 0)
        line->status = dtl_str(t->status);
    if (line->digest.len == 0)
        line->digest = dtl_slice_of(NULL, 0);
}

static struct dtl_slice field(const struct dtl_cdx *c, size_t i)
{
    const struct dtl_slice all[NNAMES] = { c->key,    c->time,   c->url,
                                           c->mime,   c->status, c->digest,
                                           c->length, c->offset, c->filename };

    return all[i];
}

static void put_object(struct dump *d, const struct dtl_cdx *line)
{
    struct dtl_json j = { .out = &d->out, .spaced = true };

    dtl_json_object(&j);
    for (size_t i = 0; i < (d->nfields > 0 ? d->nfields : NNAMES); i++) {
        size_t which = d->nfields > 0 ? d->fields[i] : i;
        struct dtl_slice v = field(line, which);

        if (v.ptr == NULL)
            continue;
        dtl_json_key(&j, names[which].name);
        dtl_json_slice(&j, v);
    }
    dtl_json_end(&j);
    dtl_buf_byte(&d->out, '\n');
}

static void put_chosen(struct dump *d, const struct dtl_cdx *line)
{
    for (size_t i = 0; i < d->nfields; i++) {
        struct dtl_slice v = field(line, d->fields[i]);

        if (i > 0)
            dtl_buf_byte(&d->out, ' ');
        if (v.len > 0)
            dtl_buf_slice(&d->out, v);
        else
            dtl_buf_byte(&d->out, '-');
    }
    dtl_buf_byte(&d->out, '\n');
}

static void put_line(struct dump *d, const struct dtl_capture *c)
{
    struct dtl_cdx line;
    struct texts t;

    line_of(d, c, &t, &line);
    if (d->json)
        put_object(d, &line);
    else if (d->nfields > 0)
        put_chosen(d, &line);
    else
        dtl_cdx_write(&d->out, &line, DTL_CDXJ);
}

static ssize_t more(void *closure, uint64_t pos, char *to, size_t max)
{
    struct dump *d = closure;
    size_t n;

    (void)pos;
    if (d->sent == d->out.len) {
        dtl_buf_clear(&d->out);
        d->sent = 0;
    }
    while (!d->done && d->out.len < PIECE) {
        struct dtl_capture c;
        struct dtl_ref ref;
        int rc = dtl_query_next(d->cursor, &c, &ref, NULL);

        if (rc == DTL_OK)
            put_line(d, &c);
        else if (rc == DTL_END)
            d->done = true;
        if ((rc != DTL_OK && rc != DTL_END) || d->out.failed)
            return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    n = d->out.len - d->sent;
    if (n == 0)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (n > max)
        n = max;
    memcpy(to, d->out.ptr + d->sent, n);
    d->sent += n;
    return (ssize_t)n;
}

/* ---- parameters
 * --------------------------------------------------------------- */

static bool one_of(struct dtl_slice v, const char *const *words, int *out)
{
    if (v.ptr == NULL)
        return true;
    for (int i = 0; words[i] != NULL; i++)
        if (dtl_equal(v, dtl_str(words[i]))) {
            *out = i;
            return true;
        }
    return false;
}

/* A star at the end makes a prefix, "*." in front a domain. */
static void wildcards(struct dtl_query *q)
{
    if (dtl_ends(q->url, "*")) {
        q->url.len--;
        q->match = DTL_PREFIX;
    } else if (dtl_starts(q->url, "*.")) {
        q->url = dtl_sub(q->url, 2, q->url.len);
        q->match = DTL_DOMAIN;
    }
}

static bool read_limit(struct dtl_slice v, int64_t *out)
{
    bool negative = dtl_starts(v, "-");
    uint64_t n;

    if (v.len == 0)
        return true;
    if (!dtl_parse_u64(dtl_sub(v, negative, v.len), &n) || n > INT32_MAX)
        return false;
    *out = negative ? -(int64_t)n : (int64_t)n;
    return true;
}

static bool read_time(struct dtl_slice v, bool last, int64_t *out)
{
    if (v.len == 0)
        return true;
    *out = dtl_time_parse_14(v, last);
    return *out != DTL_NO_TIME;
}

static bool read_fields(struct dtl_slice v, struct dump *d)
{
    while (v.len > 0 && d->nfields < NNAMES) {
        const uint8_t *comma = memchr(v.ptr, ',', v.len);
        size_t n = comma != NULL ? (size_t)(comma - v.ptr) : v.len;
        struct dtl_slice word = dtl_sub(v, 0, n);
        bool found = false;

        for (size_t i = 0; i < NNAMES && !found; i++)
            if (dtl_equal(word, dtl_str(names[i].name)) ||
                (names[i].other != NULL &&
                 dtl_equal(word, dtl_str(names[i].other)))) {
                d->fields[d->nfields++] = i;
                found = true;
            }
        if (!found && word.len > 0)
            return false;
        v = dtl_sub(v, n + 1, v.len);
    }
    return true;
}

/* NULL, or what is wrong. */
static const char *read_query(struct request *r, struct dtl_query *q,
                              struct dump *d)
{
    static const char *const matches[] = { "exact", "prefix", "host", "domain",
                                           NULL };
    static const char *const sorts[] = { "default", "reverse", "closest",
                                         NULL };
    static const char *const outputs[] = { "cdxj", "text", "json", NULL };
    int match = DTL_EXACT, sort = DTL_SORT_KEY, output = 0;

    q->url = param(r, "url");
    if (q->url.len == 0)
        return "which url? /cdx?url=example.org";
    if (!one_of(param(r, "matchType"), matches, &match))
        return "matchType is exact, prefix, host or domain";
    if (!one_of(param(r, "sort"), sorts, &sort))
        return "sort is reverse or closest";
    if (!one_of(param(r, "output"), outputs, &output))
        return "output is cdxj, text or json";
    q->match = (enum dtl_match)match;
    q->sort = (enum dtl_sort)sort;
    d->json = output == 2;
    if (param(r, "matchType").ptr == NULL)
        wildcards(q);
    if (dtl_equal(param(r, "reverse"), dtl_str("true")))
        q->sort = DTL_SORT_REVERSE;
    if (!read_limit(param(r, "limit"), &q->limit))
        return "limit is a whole number";
    if (!read_time(param(r, "from"), false, &q->from) ||
        !read_time(param(r, "to"), true, &q->to) ||
        !read_time(param(r, "closest"), false, &q->closest))
        return "from, to and closest are times of 4 to 14 digits";
    if (param(r, "closest").len > 0)
        q->sort = DTL_SORT_CLOSEST;
    if (!read_fields(param(r, "fl"), d) || !read_fields(param(r, "fields"), d))
        return "fl names a field there is not";
    return NULL;
}

static enum MHD_Result check_name(void *closure, enum MHD_ValueKind kind,
                                  const char *name, const char *value)
{
    const char **unknown = closure;

    (void)kind;
    (void)value;
    for (size_t i = 0; known[i] != NULL; i++)
        if (strcmp(known[i], name) == 0)
            return MHD_YES;
    *unknown = name;
    return MHD_NO;
}

static enum MHD_Result send_dump(struct request *r, struct dump *d)
{
    const char *type =
        d->json ? "application/x-ndjson" : "text/plain; charset=utf-8";
    struct MHD_Response *response = MHD_create_response_from_callback(
        MHD_SIZE_UNKNOWN, PIECE, more, d, dump_free);
    enum MHD_Result rc;

    if (response == NULL) {
        dump_free(d);
        return MHD_NO;
    }
    MHD_add_response_header(response, "Content-Type", type);
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    rc = MHD_queue_response(r->connection, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    return rc;
}

enum MHD_Result route_cdx(struct request *r)
{
    struct dtl_query q = { .from = DTL_NO_TIME, .to = DTL_NO_TIME };
    struct dump *d = calloc(1, sizeof *d);
    const char *wrong, *unknown = NULL;
    struct dtl_error err;

    if (d == NULL)
        return MHD_NO;
    d->server = r->server;
    MHD_get_connection_values(r->connection, MHD_GET_ARGUMENT_KIND, check_name,
                              &unknown);
    wrong = unknown != NULL ? "a parameter that is not supported"
                            : read_query(r, &q, d);
    if (wrong != NULL) {
        dump_free(d);
        return reply_text(r, MHD_HTTP_BAD_REQUEST, "%s", wrong);
    }
    if (dtl_query_open(r->context->store, &q, &d->cursor, &err) != DTL_OK) {
        dump_free(d);
        return reply_error(r, &err);
    }
    d->context = context_keep(r); /* the cursor runs on while it is sent */
    return send_dump(r, d);
}
