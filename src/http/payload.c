/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chunked transfer-coding (RFC 9112 section 7.1):
 *
 *     1a;name=value CRLF  26 bytes  CRLF  ...  0 CRLF  trailers  CRLF
 *
 * As found: sizes padded with blanks, LF alone, a missing last chunk, junk
 * after it, bodies that are not chunked though the head says so (crawlers that
 * store decoded bodies under the original head) and the reverse.
 */
#include "tokens.h"

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The chunk-size line at *pos; false when there is none there. */
static bool size_line(struct dtl_slice s, size_t *pos, uint64_t *size)
{
    size_t i = *pos, digits = 0;
    uint64_t v = 0;

    while (i < s.len && (s.ptr[i] == ' ' || s.ptr[i] == '\t'))
        i++;
    for (; i < s.len && hex_digit(s.ptr[i]) >= 0; i++, digits++) {
        if (v >> 60 != 0)
            return false;
        v = v << 4 | (unsigned)hex_digit(s.ptr[i]);
    }
    if (digits == 0)
        return false;
    while (i < s.len && (s.ptr[i] == ' ' || s.ptr[i] == '\t'))
        i++;
    if (i < s.len && s.ptr[i] == ';') { /* extensions, up to a sane length */
        size_t limit = s.len - i < 4096 ? s.len : i + 4096;

        while (i < limit && s.ptr[i] != '\n')
            i++;
    } else {
        while (i < s.len && s.ptr[i] == '\r')
            i++;
    }
    if (i >= s.len || s.ptr[i] != '\n')
        return false;
    *pos = i + 1;
    *size = v;
    return true;
}

static bool line_end(struct dtl_slice s, size_t *pos)
{
    size_t i = *pos;

    while (i < s.len && s.ptr[i] == '\r')
        i++;
    if (i >= s.len || s.ptr[i] != '\n')
        return false;
    *pos = i + 1;
    return true;
}

enum walk {
    WALK_WHOLE,  /* to the last chunk */
    WALK_CUT,    /* the body ends first */
    WALK_BROKEN, /* something that is no chunk follows */
};

struct chunks {
    enum walk end;
    size_t count;          /* with data, the cut one included */
    size_t finished;       /* of these, followed by their line end */
    uint64_t total;        /* bytes of data */
    struct dtl_slice only; /* the data when there is one chunk */
    struct dtl_slice rest; /* after the last-chunk line */
};

/* Step through the chunks; with `out`, copy their data there. */
static struct chunks walk(struct dtl_slice body, uint8_t *out)
{
    struct chunks c = { .end = WALK_CUT };
    size_t pos = 0;

    while (pos < body.len) {
        struct dtl_slice data;
        uint64_t size;

        if (!size_line(body, &pos, &size)) {
            /* A size line cut by the end is a cut, not a foreign thing. */
            c.end = memchr(body.ptr + pos, '\n', body.len - pos) != NULL ||
                            body.len - pos > 18
                        ? WALK_BROKEN
                        : WALK_CUT;
            return c;
        }
        if (size == 0) {
            c.end = WALK_WHOLE;
            c.rest = dtl_sub(body, pos, body.len);
            return c;
        }
        data = size < body.len - pos ? dtl_sub(body, pos, pos + (size_t)size)
                                     : dtl_sub(body, pos, body.len);
        if (data.len > 0 && out != NULL) {
            memcpy(out, data.ptr, data.len);
            out += data.len;
        }
        c.count += data.len > 0;
        c.only = data;
        c.total += data.len;
        pos += data.len;
        if (pos == body.len)
            return c;
        if (!line_end(body, &pos)) {
            c.end = WALK_BROKEN;
            return c;
        }
        c.finished++;
    }
    return c;
}

static bool says_chunked(const struct dtl_http *h)
{
    struct dtl_slice codings[MAX_CODINGS];
    size_t n = http_tokens(h, "transfer-encoding", codings);

    for (size_t i = 0; i < n; i++)
        if (dtl_equal_nocase(codings[i], dtl_str("chunked")))
            return true;
    return false;
}

/* The length the head gives is the length of the body as it stands. */
static bool length_fits(const struct dtl_http *h, struct dtl_slice body)
{
    uint64_t length;

    return dtl_parse_u64(http_value(h, "content-length"), &length) &&
           length == body.len;
}

static bool only_line_ends(struct dtl_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] != '\r' && s.ptr[i] != '\n')
            return false;
    return true;
}

/* Chunked all the way to the end, though nothing said so. */
static bool unmistakable(const struct dtl_http *h, struct dtl_slice body,
                         const struct chunks *c)
{
    return c->end == WALK_WHOLE && c->count > 0 && !length_fits(h, body) &&
           c->rest.len > 0 && only_line_ends(c->rest);
}

/* Declared, but the bytes tell another story. */
static bool not_applied(const struct dtl_http *h, struct dtl_slice body,
                        const struct chunks *c)
{
    if (c->end == WALK_WHOLE)
        return false;
    return (c->end == WALK_BROKEN && c->finished == 0) || c->count == 0 ||
           length_fits(h, body);
}

static int join(struct dtl_slice body, const struct chunks *c,
                struct dtl_arena *arena, struct dtl_slice *out,
                struct dtl_error *err)
{
    uint8_t *copy;

    if (c->count <= 1) {
        *out = c->count == 1 ? c->only : dtl_sub(body, 0, 0);
        return DTL_OK;
    }
    copy = dtl_arena_alloc(arena, (size_t)c->total);
    if (copy == NULL)
        return dtl_fail(err, DTL_NOMEM, 0,
                        "no memory to join chunks of %zu bytes in all",
                        (size_t)c->total);
    walk(body, copy);
    *out = dtl_slice_of(copy, (size_t)c->total);
    return DTL_OK;
}

int dtl_http_payload(struct dtl_http *h, struct dtl_slice body,
                     struct dtl_arena *arena, struct dtl_slice *out,
                     struct dtl_error *err)
{
    bool declared = says_chunked(h);
    struct chunks c;

    *out = body;
    /* A cheap look before the walk: most bodies do not begin with a size. */
    if (body.len == 0 || (h->flags & DTL_HTTP_NO_HEAD) != 0 ||
        (!declared && hex_digit(body.ptr[0]) < 0))
        return DTL_OK;
    c = walk(body, NULL);
    if (declared && not_applied(h, body, &c)) {
        h->flags |= DTL_HTTP_FALSE_CHUNKED;
        return DTL_OK;
    }
    if (!declared) {
        if (!unmistakable(h, body, &c))
            return DTL_OK;
        h->flags |= DTL_HTTP_HIDDEN_CHUNKED;
    }
    h->flags |= DTL_HTTP_DECHUNKED;
    if (c.end != WALK_WHOLE)
        h->flags |= DTL_HTTP_CUT_CHUNKS;
    return join(body, &c, arena, out, err);
}

/* ---- which bytes a declared payload digest covers ---------------------- */

const char *dtl_payload_rule_name(enum dtl_payload_rule rule)
{
    static const char *const names[] = { "none", "payload", "framed", "block" };

    return (unsigned)rule < sizeof names / sizeof names[0] ? names[rule]
                                                           : "none";
}

enum dtl_payload_rule dtl_payload_check(const struct dtl_digest *declared,
                                        struct dtl_slice block, size_t body,
                                        struct dtl_slice payload,
                                        struct dtl_hasher *hasher,
                                        struct dtl_digest *computed)
{
    /* In order of trust; equal byte ranges are hashed once. */
    const struct dtl_slice tries[] = { payload, dtl_sub(block, body, block.len),
                                       block };
    struct dtl_digest digest;

    for (size_t i = 0; i < 3; i++) {
        if (i > 0 && tries[i].len == tries[i - 1].len)
            continue; /* each try contains the one before */
        dtl_hasher_add(hasher, tries[i]);
        dtl_hasher_finish(hasher, &digest);
        if (i == 0 && computed != NULL)
            *computed = digest;
        if (dtl_digest_equal(&digest, declared))
            return (enum dtl_payload_rule)(DTL_PAYLOAD_STANDARD + i);
    }
    return DTL_PAYLOAD_NO_MATCH;
}
