/* SPDX-License-Identifier: Apache-2.0 */
#include "records.h"

#include <fnmatch.h>
#include <stdlib.h>

#define HTTP_HEAD ((size_t)64 << 10)

/* ---- walking ------------------------------------------------------------ */

int records_open(struct records *r, const char *const *paths, size_t n)
{
    struct dtl_error err;

    memset(r, 0, sizeof *r);
    if (dtl_walk_open(paths, n, &r->walk, &err) != DTL_OK)
        return complain("inputs", &err);
    return EXIT_FOUND;
}

static void fail_input(struct records *r, const char *name,
                       const struct dtl_error *err)
{
    complain(name, err);
    r->code = err->status == DTL_NOMEM ? EXIT_MEMORY : EXIT_INPUT;
}

static void close_input(struct records *r)
{
    dtl_warc_close(r->warc);
    dtl_source_close(r->src);
    r->warc = NULL;
    r->src = NULL;
}

/* DTL_OK with an input open, or DTL_END. */
static int next_input(struct records *r)
{
    for (;;) {
        struct dtl_walk_entry entry;
        struct dtl_error err;
        int rc = dtl_walk_next(r->walk, &entry, &err);

        if (rc == DTL_END)
            return DTL_END;
        if (rc == DTL_OK) {
            r->file = entry.name;
            rc = dtl_source_open(entry.name, &r->src, &err);
            if (rc == DTL_OK)
                rc = dtl_warc_open(r->src, &r->warc, &err);
            if (rc == DTL_OK)
                return DTL_OK;
        }
        fail_input(r, entry.name, &err);
        close_input(r);
    }
}

int records_next(struct records *r, struct dtl_warc_record *rec,
                 struct dtl_error *err)
{
    for (;;) {
        int rc;

        if (r->warc == NULL && next_input(r) == DTL_END)
            return DTL_END;
        rc = dtl_warc_next(r->warc, rec, err);
        if (rc == DTL_OK || rc == DTL_BAD_RECORD)
            return rc;
        if (rc != DTL_END)
            fail_input(r, r->file, err);
        close_input(r);
    }
}

int records_seek(struct records *r, uint64_t offset, uint64_t inner)
{
    struct dtl_error err;

    if (next_input(r) == DTL_END)
        return r->code;
    if (dtl_warc_seek_inner(r->warc, offset, inner, &err) != DTL_OK)
        return complain(r->file, &err);
    return EXIT_FOUND;
}

int records_close(struct records *r)
{
    close_input(r);
    dtl_walk_close(r->walk);
    return r->code;
}

/* ---- HTTP --------------------------------------------------------------- */

bool record_is_http(const struct dtl_warc_record *rec)
{
    if (rec->arc)
        return rec->type == DTL_WARC_RESPONSE &&
               dtl_starts_nocase(rec->uri, "http");
    if (dtl_starts_nocase(rec->content_type, "application/http"))
        return true;
    /* Early crawlers left the type out or wrote the payload's. */
    return rec->type == DTL_WARC_RESPONSE &&
           dtl_starts_nocase(rec->uri, "http");
}

static bool holds_head(struct dtl_slice s)
{
    return dtl_find(s, dtl_str("\r\n\r\n"), 0) != SIZE_MAX ||
           dtl_find(s, dtl_str("\n\n"), 0) != SIZE_MAX;
}

/* The first bytes of the block: borrowed if one piece has them all. */
static int first_bytes(struct dtl_warc *w, struct dtl_buf *buf,
                       struct dtl_slice *out, struct dtl_error *err)
{
    int rc = dtl_warc_read(w, out, err);

    dtl_buf_clear(buf);
    while (rc == DTL_OK && out->len < HTTP_HEAD && !holds_head(*out)) {
        struct dtl_slice piece;

        if (buf->len == 0 && !dtl_buf_slice(buf, *out))
            break;
        rc = dtl_warc_read(w, &piece, err);
        if (rc == DTL_OK)
            dtl_buf_slice(buf, piece);
        *out = dtl_buf_view(buf);
    }
    return rc == DTL_BAD_RECORD || rc == DTL_END ? DTL_OK : rc;
}

int record_http(struct dtl_warc *w, const struct dtl_warc_record *rec,
                struct dtl_arena *arena, struct record_http *out,
                struct dtl_error *err)
{
    struct dtl_slice s = { 0 };
    struct dtl_http h;
    int rc;

    out->is_http = record_is_http(rec);
    out->status = 0;
    out->mime[0] = '\0';
    if (!out->is_http)
        return DTL_OK;
    rc = first_bytes(w, &out->head, &s, err);
    if (rc != DTL_OK || s.len == 0)
        return rc;
    dtl_arena_reset(arena);
    rc = dtl_http_parse(dtl_sub(s, 0, HTTP_HEAD), arena, &h, err);
    if (rc != DTL_OK)
        return rc;
    out->status = h.status;
    snprintf(out->mime, sizeof out->mime, "%.*s",
             (int)(h.mime.len < 127 ? h.mime.len : 127),
             h.mime.len > 0 ? (const char *)h.mime.ptr : "");
    return DTL_OK;
}

/* ---- digests ------------------------------------------------------------ */

int digester_open(struct digester *d)
{
    memset(d, 0, sizeof *d);
    d->arena = dtl_arena_new(2 * RECORD_MAX);
    if (d->arena != NULL)
        return EXIT_FOUND;
    say("out of memory");
    return EXIT_MEMORY;
}

void digester_close(struct digester *d)
{
    dtl_arena_free(d->arena);
    for (int side = 0; side < 2; side++)
        for (int kind = 0; kind <= DTL_DIGEST_MD5; kind++)
            dtl_hasher_free(d->hashers[side][kind]);
}

static struct dtl_hasher *hasher_for(struct digester *d, int side,
                                     unsigned kind)
{
    struct dtl_hasher **h;

    if (kind == DTL_DIGEST_NONE)
        kind = DTL_DIGEST_SHA1;
    h = &d->hashers[side][kind];
    if (*h == NULL)
        dtl_hasher_new((enum dtl_digest_kind)kind, h, NULL);
    return *h;
}

static void declared(struct dtl_slice s, struct dtl_digest *out, bool *bad)
{
    memset(out, 0, sizeof *out);
    *bad = s.len > 0 && dtl_digest_parse(s, out, NULL) != DTL_OK;
}

/* The block is `first` and what can still be read. */
static int digest_long(struct digester *d, struct dtl_warc *w,
                       struct dtl_slice first, size_t body,
                       struct dtl_error *err)
{
    struct dtl_hasher *hb = hasher_for(d, 0, d->want_block.kind);
    struct dtl_hasher *hp = hasher_for(d, 1, d->want_payload.kind);
    bool chunked = d->is_http && dtl_field_find(d->http.fields, d->http.nfields,
                                                "Transfer-Encoding") != NULL;
    struct dtl_slice piece;
    int rc;

    d->length = first.len;
    dtl_hasher_add(hb, first);
    dtl_hasher_add(hp, dtl_sub(first, body, first.len));
    while ((rc = dtl_warc_read(w, &piece, err)) == DTL_OK) {
        dtl_hasher_add(hb, piece);
        dtl_hasher_add(hp, piece);
        d->length += piece.len;
    }
    dtl_hasher_finish(hb, &d->block);
    dtl_hasher_finish(hp, &d->payload);
    if (dtl_digest_equal(&d->payload, &d->want_payload))
        d->rule = chunked ? DTL_PAYLOAD_FRAMED : DTL_PAYLOAD_STANDARD;
    else if (dtl_digest_equal(&d->block, &d->want_payload))
        d->rule = DTL_PAYLOAD_BLOCK;
    d->has_payload = !chunked;
    return rc == DTL_END ? DTL_OK : rc;
}

static int digest_whole(struct digester *d, struct dtl_slice block, size_t body,
                        struct dtl_error *err)
{
    struct dtl_hasher *hb = hasher_for(d, 0, d->want_block.kind);
    struct dtl_hasher *hp = hasher_for(d, 1, d->want_payload.kind);
    struct dtl_slice payload = block;

    d->length = block.len;
    if (d->is_http) {
        int rc = dtl_http_payload(&d->http, dtl_sub(block, body, block.len),
                                  d->arena, &payload, err);

        if (rc != DTL_OK)
            return rc;
    }
    dtl_hasher_add(hb, block);
    dtl_hasher_finish(hb, &d->block);
    d->has_payload = true;
    if (d->want_payload.kind != DTL_DIGEST_NONE) {
        d->rule = dtl_payload_check(&d->want_payload, block, body, payload, hp,
                                    &d->payload);
        return DTL_OK;
    }
    dtl_hasher_add(hp, payload);
    dtl_hasher_finish(hp, &d->payload);
    return DTL_OK;
}

int digester_read(struct digester *d, struct dtl_warc *w,
                  const struct dtl_warc_record *rec, struct dtl_error *err)
{
    struct dtl_slice block;
    size_t body = 0;
    int rc, again;

    declared(rec->block_digest, &d->want_block, &d->unreadable_block);
    declared(rec->payload_digest, &d->want_payload, &d->unreadable_payload);
    d->rule = DTL_PAYLOAD_NO_MATCH;
    d->has_payload = false;
    d->is_http = record_is_http(rec);
    dtl_arena_reset(d->arena);
    if (hasher_for(d, 0, d->want_block.kind) == NULL ||
        hasher_for(d, 1, d->want_payload.kind) == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for digests");
    rc = dtl_warc_block(w, RECORD_MAX, &block, err);
    if (rc != DTL_OK && rc != DTL_LIMIT && rc != DTL_BAD_RECORD)
        return rc;
    if (d->is_http) {
        again = dtl_http_parse(block, d->arena, &d->http, err);
        if (again != DTL_OK)
            return again;
        body = d->http.head_len;
    }
    if (rc == DTL_LIMIT)
        return digest_long(d, w, block, body, err);
    again = digest_whole(d, block, body, err);
    return again != DTL_OK ? again : rc;
}

/* ---- filters ------------------------------------------------------------ */

bool filter_parse(const struct args *a, struct filter *f)
{
    memset(f, 0, sizeof *f);
    f->type = arg(a, "type");
    f->status = arg(a, "status");
    f->mime = arg(a, "mime");
    f->url = arg(a, "url");
    if (!arg_time(a, "from", false, &f->from) ||
        !arg_time(a, "to", true, &f->to))
        return false;
    f->any = f->type != NULL || f->status != NULL || f->mime != NULL ||
             f->url != NULL || f->from != DTL_NO_TIME || f->to != DTL_NO_TIME;
    return true;
}

/* One of the words of `list`, separated by commas; 'x' is any digit. */
static bool in_list(const char *list, struct dtl_slice value, bool digits)
{
    struct dtl_slice rest = dtl_str(list);

    while (rest.len > 0) {
        const uint8_t *comma = memchr(rest.ptr, ',', rest.len);
        size_t n = comma != NULL ? (size_t)(comma - rest.ptr) : rest.len;
        struct dtl_slice word = dtl_trim(dtl_sub(rest, 0, n));
        bool same = word.len == value.len;

        for (size_t i = 0; same && digits && i < word.len; i++)
            same = word.ptr[i] == value.ptr[i] || (word.ptr[i] | 0x20) == 'x';
        if (digits ? same : dtl_equal_nocase(word, value))
            return true;
        rest = dtl_sub(rest, n + 1, rest.len);
    }
    return false;
}

static bool glob(const char *pattern, struct dtl_slice s)
{
    char *text = strndup(s.len > 0 ? (const char *)s.ptr : "", s.len);
    bool yes = text != NULL && fnmatch(pattern, text, 0) == 0;

    free(text);
    return yes;
}

bool filter_record(const struct filter *f, const struct dtl_warc_record *rec)
{
    if (f->type != NULL && !in_list(f->type, rec->type_name, false))
        return false;
    if (f->from != DTL_NO_TIME &&
        (rec->time == DTL_NO_TIME || rec->time < f->from))
        return false;
    if (f->to != DTL_NO_TIME && (rec->time == DTL_NO_TIME || rec->time > f->to))
        return false;
    return f->url == NULL || glob(f->url, rec->uri);
}

bool filter_http(const struct filter *f, const struct record_http *h)
{
    char text[16];

    if (f->status != NULL) {
        snprintf(text, sizeof text, "%d", h->status);
        if (h->status == 0 || !in_list(f->status, dtl_str(text), true))
            return false;
    }
    return f->mime == NULL || glob(f->mime, dtl_str(h->mime));
}

struct dtl_slice record_date(const struct dtl_warc_record *rec, char buf[32])
{
    if (!rec->arc || rec->time == DTL_NO_TIME)
        return rec->date;
    dtl_time_iso(rec->time, buf);
    return dtl_str(buf);
}
