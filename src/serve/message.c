/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A captured HTTP message, read from its record: small ones whole, large ones
 * piece by piece, so that their size costs no memory.
 */
#include "web.h"

#define WHOLE ((size_t)1 << 20) /* blocks up to this are read at once */

/* ---- chunks ---------------------------------------------------------------
 *
 * RFC 9112 section 7.1: size in hex, extensions, a line end, so many bytes, a
 * line end; a size of 0 comes last.  What does not fit ends the body: the
 * beginning, which was looked at as a whole, did fit.
 */
enum { SIZE, EXTENSION, DATA, DATA_END, ENDED };

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void size_byte(struct unchunk *u, uint8_t c)
{
    int v = hex_value(c);

    if (v >= 0 && u->left < UINT64_C(1) << 58)
        u->left = u->left * 16 + (unsigned)v;
    else if (c == '\n')
        u->state = u->left > 0 ? DATA : ENDED;
    else if (c == ';' || c == ' ' || c == '\t' || c == '\r')
        u->state = EXTENSION;
    else
        u->state = ENDED;
}

static void unchunk(struct unchunk *u, struct dtl_slice in, struct dtl_buf *out)
{
    size_t i = 0;

    while (i < in.len && u->state != ENDED) {
        size_t n = in.len - i;

        switch (u->state) {
        case SIZE: size_byte(u, in.ptr[i++]); break;
        case EXTENSION:
            if (in.ptr[i++] == '\n')
                u->state = u->left > 0 ? DATA : ENDED;
            break;
        case DATA:
            if (n > u->left)
                n = (size_t)u->left;
            dtl_buf_add(out, in.ptr + i, n);
            i += n;
            u->left -= n;
            if (u->left == 0)
                u->state = DATA_END;
            break;
        default: /* the line end after the bytes */
            if (in.ptr[i++] == '\n')
                u->state = SIZE;
        }
    }
}

/* ---- reading ------------------------------------------------------------- */

/* The body begins in `part`, which is not all of it. */
static int begin_large(struct context *x, struct message *m,
                       struct dtl_slice part, uint64_t length,
                       struct dtl_error *err)
{
    struct dtl_http probe = m->head;
    struct dtl_buf out = { 0 };
    struct dtl_slice payload;
    int rc = dtl_http_payload(&probe, part, x->arena, &payload, err);

    if (rc != DTL_OK)
        return rc;
    m->more = true;
    m->length = length;
    m->first = part;
    m->chunks.on = (probe.flags & DTL_HTTP_DECHUNKED) != 0;
    if (!m->chunks.on)
        return DTL_OK;
    m->length = UINT64_MAX;
    unchunk(&m->chunks, part, &out);
    m->first = dtl_arena_dup(x->arena, dtl_buf_view(&out));
    dtl_buf_free(&out);
    return m->first.ptr != NULL
               ? DTL_OK
               : dtl_fail(err, DTL_NOMEM, 0, "no memory for this body");
}

/* With `copy`, another record is read after this one. */
static int read_one(struct context *x, const struct dtl_capture *c, bool copy,
                    struct message *m, struct dtl_error *err)
{
    struct dtl_warc_record rec;
    struct dtl_slice block;
    uint64_t length;
    int rc = dtl_replay_record(x->replay, c, WHOLE, &rec, &block, err);
    bool large = rc == DTL_LIMIT;

    *m = (struct message){ .is_http = false };
    if (rc != DTL_OK && rc != DTL_BAD_RECORD && !large)
        return rc;
    if (copy && (block = dtl_arena_dup(x->arena, block)).ptr == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "no memory for this body");
    m->type = dtl_arena_dup(x->arena, rec.content_type);
    m->first = block;
    m->length = large ? rec.content_length : block.len;
    m->more = large;
    if (rec.type != DTL_WARC_RESPONSE && rec.type != DTL_WARC_REVISIT)
        return DTL_OK;
    rc = dtl_http_parse(block, x->arena, &m->head, err);
    if (rc != DTL_OK)
        return rc;
    /* Some crawlers gave a response the type of its payload. */
    m->is_http = (c->flags & DTL_CAPTURE_NO_HTTP) == 0 ||
                 (m->head.flags & DTL_HTTP_NO_HEAD) == 0;
    if (!m->is_http)
        return DTL_OK;
    block = dtl_sub(block, m->head.head_len, block.len);
    length = m->length - m->head.head_len;
    if (large)
        return begin_large(x, m, block, length, err);
    rc = dtl_http_payload(&m->head, block, x->arena, &m->first, err);
    m->length = m->first.len;
    return rc;
}

/* A revisit has a head at best: the body is that of its original. */
int message_read(struct context *x, const struct dtl_capture *c,
                 struct message *m, struct dtl_error *err)
{
    struct dtl_capture original;
    struct message whole;
    bool revisit = (c->flags & DTL_CAPTURE_REVISIT) != 0;
    int rc = read_one(x, c, revisit, m, err);

    if (rc != DTL_OK || !revisit)
        return rc;
    rc = dtl_replay_original(x->replay, c, x->arena, &original, NULL, err);
    if (rc == DTL_OK)
        rc = read_one(x, &original, false, &whole, err);
    if (rc != DTL_OK)
        return rc;
    if (m->head.status != 0 && m->head.status != 304) {
        whole.head = m->head;
        whole.is_http = m->is_http;
    }
    *m = whole;
    return DTL_OK;
}

int message_more(struct context *x, struct message *m, struct dtl_buf *out,
                 struct dtl_error *err)
{
    struct dtl_slice piece;
    int rc;

    if (!m->more || (m->chunks.on && m->chunks.state == ENDED))
        return DTL_END;
    rc = dtl_replay_rest(x->replay, &piece, err);
    if (rc != DTL_OK)
        return rc;
    if (m->chunks.on)
        unchunk(&m->chunks, piece, out);
    else
        dtl_buf_slice(out, piece);
    return DTL_OK;
}

struct dtl_slice message_field(const struct message *m, const char *name)
{
    const struct dtl_field *f =
        dtl_field_find(m->head.fields, m->head.nfields, name);

    return f != NULL ? f->value : dtl_slice_of(NULL, 0);
}
