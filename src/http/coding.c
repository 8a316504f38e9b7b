/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Content-codings (RFC 9110 section 8.4.1, RFC 7932, RFC 8878), undone from
 * the last applied to the first.  libdeflate inflates whole bodies at once at
 * more than twice zlib's speed but says only "bad data" on damage; then zlib
 * reads again and salvages what precedes it.
 */
#include "tokens.h"

#include <brotli/decode.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

/* Memory kept from one body to the next. */
#define KEEP ((size_t)8 << 20)

struct dtl_decoder {
    struct libdeflate_decompressor *deflate;
    z_stream zlib;
    bool zlib_ready;
    ZSTD_DStream *zstd;
    struct dtl_buf out[2]; /* layers alternate between the two */
};

/* How undoing one coding ended. */
enum done {
    DONE_WHOLE,
    DONE_CUT,   /* the input ended early */
    DONE_BAD,   /* damaged */
    DONE_LIMIT, /* the ceiling was reached */
    DONE_FALSE, /* this coding was never applied */
    DONE_NOMEM,
};

int dtl_decoder_new(struct dtl_decoder **out, struct dtl_error *err)
{
    struct dtl_decoder *d = calloc(1, sizeof *d);

    *out = NULL;
    if (d != NULL)
        d->deflate = libdeflate_alloc_decompressor();
    if (d == NULL || d->deflate == NULL) {
        dtl_decoder_free(d);
        return dtl_fail(err, DTL_NOMEM, 0, "no memory for a decoder");
    }
    *out = d;
    return DTL_OK;
}

void dtl_decoder_free(struct dtl_decoder *d)
{
    if (d == NULL)
        return;
    if (d->deflate != NULL)
        libdeflate_free_decompressor(d->deflate);
    if (d->zlib_ready)
        inflateEnd(&d->zlib);
    ZSTD_freeDStream(d->zstd);
    dtl_buf_free(&d->out[0]);
    dtl_buf_free(&d->out[1]);
    free(d);
}

/* Bytes of output there is memory for now, within the ceiling. */
static size_t room(const struct dtl_buf *b)
{
    return (b->cap < b->max ? b->cap : b->max) - b->len;
}

static bool reserve(struct dtl_buf *b, size_t more)
{
    return dtl_buf_reserve(b, more < b->max - b->len ? more : b->max - b->len);
}

/* More room than there is now: twice the memory, up to the ceiling. */
static bool make_room(struct dtl_buf *b)
{
    size_t least = b->cap < 65536 ? 65536 : b->cap;

    return reserve(b, b->cap - b->len + least);
}

static bool full(const struct dtl_buf *b)
{
    return b->len == b->max;
}

static bool is_gzip(struct dtl_slice s)
{
    return s.len >= 3 && s.ptr[0] == 0x1f && s.ptr[1] == 0x8b && s.ptr[2] == 8;
}

static bool is_zlib(struct dtl_slice s) /* RFC 1950 section 2.2 */
{
    return s.len >= 2 && (s.ptr[0] & 0x8f) == 8 &&
           ((unsigned)s.ptr[0] << 8 | s.ptr[1]) % 31 == 0;
}

static bool is_zstd(struct dtl_slice s)
{
    return s.len >= 4 && (memcmp(s.ptr, "\x28\xb5\x2f\xfd", 4) == 0 ||
                          ((s.ptr[0] & 0xf0) == 0x50 &&
                           memcmp(s.ptr + 1, "\x2a\x4d\x18", 3) == 0));
}

/* Text as servers write it; compressed bytes soon have a control among them.
 * For the codings without a magic number: br and raw deflate. */
static bool looks_plain(struct dtl_slice s)
{
    size_t n = s.len < 512 ? s.len : 512;

    for (size_t i = 0; i < n; i++)
        if (s.ptr[i] < 0x20 && memchr("\t\n\f\r", s.ptr[i], 4) == NULL)
            return false;
    return true;
}

/* ---- deflate in its three wrappings ------------------------------------ */

enum wrap { WRAP_GZIP, WRAP_ZLIB, WRAP_RAW };

static enum libdeflate_result inflate_once(struct dtl_decoder *d,
                                           enum wrap wrap, struct dtl_slice in,
                                           struct dtl_buf *out, size_t *used)
{
    uint8_t *to = out->ptr + out->len;
    size_t size = room(out), made = 0;
    enum libdeflate_result rc;

    switch (wrap) {
    case WRAP_GZIP:
        rc = libdeflate_gzip_decompress_ex(d->deflate, in.ptr, in.len, to, size,
                                           used, &made);
        break;
    case WRAP_ZLIB:
        rc = libdeflate_zlib_decompress_ex(d->deflate, in.ptr, in.len, to, size,
                                           used, &made);
        break;
    default:
        rc = libdeflate_deflate_decompress_ex(d->deflate, in.ptr, in.len, to,
                                              size, used, &made);
        break;
    }
    if (rc == LIBDEFLATE_SUCCESS)
        out->len += made;
    return rc;
}

/* What the gzip trailer says the member unpacks to: right for one member of
 * less than 4 GiB, a harmless guess otherwise. */
static size_t guess(enum wrap wrap, struct dtl_slice in)
{
    size_t most = in.len < SIZE_MAX / 1100 ? in.len * 1032 : SIZE_MAX;
    size_t n = in.len * 4;

    if (wrap == WRAP_GZIP && in.len >= 18) {
        const uint8_t *p = in.ptr + in.len - 4;

        n = (size_t)p[0] | (size_t)p[1] << 8 | (size_t)p[2] << 16 |
            (size_t)p[3] << 24;
    }
    return n < most ? n : most;
}

/* zlib, for what libdeflate gave up on: keeps every byte before the damage,
 * or the first bytes up to the ceiling. */
static enum done salvage(struct dtl_decoder *d, enum wrap wrap,
                         struct dtl_slice in, struct dtl_buf *out, size_t *used)
{
    static const int bits[] = { 15 + 16, 15, -15 };
    z_stream *z = &d->zlib;
    size_t left = in.len;
    int rc;

    if (d->zlib_ready ? inflateReset2(z, bits[wrap]) != Z_OK
                      : inflateInit2(z, bits[wrap]) != Z_OK)
        return DONE_NOMEM;
    d->zlib_ready = true;
    z->next_in = (Bytef *)(uintptr_t)in.ptr;
    z->avail_in = 0;
    do {
        if (full(out))
            return DONE_LIMIT;
        if (room(out) == 0 && !make_room(out))
            return DONE_NOMEM;
        if (z->avail_in == 0) {
            z->avail_in = left < 1U << 30 ? (uInt)left : 1U << 30;
            left -= z->avail_in;
        }
        z->next_out = out->ptr + out->len;
        z->avail_out = room(out) < 1U << 30 ? (uInt)room(out) : 1U << 30;
        rc = inflate(z, Z_NO_FLUSH);
        out->len = (size_t)(z->next_out - out->ptr);
        if (rc == Z_MEM_ERROR)
            return DONE_NOMEM;
    } while (rc == Z_OK ||
             (rc == Z_BUF_ERROR && (z->avail_out == 0 || left > 0)));
    *used = (size_t)(z->next_in - in.ptr);
    if (rc == Z_STREAM_END)
        return DONE_WHOLE;
    return rc == Z_BUF_ERROR ? DONE_CUT : DONE_BAD;
}

/* One member or stream; `used` is what it took of `in` when it is whole. */
static enum done inflate_one(struct dtl_decoder *d, enum wrap wrap,
                             struct dtl_slice in, struct dtl_buf *out,
                             size_t *used)
{
    size_t want = guess(wrap, in) + 64;
    size_t start = out->len;

    /* A length that would be a bomb is believed only as it comes true. */
    if (want > KEEP && want / 32 > in.len)
        want = KEEP;
    if (!reserve(out, want))
        return DONE_NOMEM;
    for (;;) {
        enum libdeflate_result rc = inflate_once(d, wrap, in, out, used);

        if (rc == LIBDEFLATE_SUCCESS)
            return DONE_WHOLE;
        if (rc != LIBDEFLATE_INSUFFICIENT_SPACE || out->cap >= out->max ||
            out->cap - start >= 4 * KEEP)
            return salvage(d, wrap, in, out, used);
        if (!make_room(out))
            return DONE_NOMEM;
    }
}

/* All members; what follows the last is padding or junk. */
static enum done undo_gzip(struct dtl_decoder *d, struct dtl_slice in,
                           struct dtl_buf *out)
{
    enum done done = DONE_FALSE;

    while (is_gzip(in)) {
        size_t used = 0;

        done = inflate_one(d, WRAP_GZIP, in, out, &used);
        if (done != DONE_WHOLE || used == 0)
            return done;
        in = dtl_sub(in, used, in.len);
    }
    return done;
}

/* RFC 9110 means the zlib format; many servers sent raw deflate, some gzip. */
static enum done undo_deflate(struct dtl_decoder *d, struct dtl_slice in,
                              struct dtl_buf *out)
{
    enum done done = DONE_BAD;
    size_t used = 0;

    if (is_gzip(in))
        return undo_gzip(d, in, out);
    if (is_zlib(in))
        done = inflate_one(d, WRAP_ZLIB, in, out, &used);
    if (done != DONE_BAD || out->len > 0)
        return done;
    done = inflate_one(d, WRAP_RAW, in, out, &used);
    if (done == DONE_BAD && out->len == 0)
        return DONE_FALSE;
    if ((done == DONE_BAD || done == DONE_CUT || used < in.len) &&
        looks_plain(in))
        return DONE_FALSE;
    return done;
}

/* ---- brotli and zstd ---------------------------------------------------- */

static enum done undo_br(struct dtl_decoder *d, struct dtl_slice in,
                         struct dtl_buf *out)
{
    BrotliDecoderState *b = BrotliDecoderCreateInstance(NULL, NULL, NULL);
    BrotliDecoderResult rc = BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT;
    const uint8_t *next_in = in.ptr;
    size_t left = in.len;
    enum done done = DONE_WHOLE;

    (void)d;
    if (b == NULL || !reserve(out, in.len * 4))
        done = DONE_NOMEM;
    while (done == DONE_WHOLE &&
           rc == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT) {
        uint8_t *next_out;
        size_t space;

        if (full(out)) {
            done = DONE_LIMIT;
            break;
        }
        if (room(out) == 0 && !make_room(out)) {
            done = DONE_NOMEM;
            break;
        }
        next_out = out->ptr + out->len;
        space = room(out);
        rc = BrotliDecoderDecompressStream(b, &left, &next_in, &space,
                                           &next_out, NULL);
        out->len = (size_t)(next_out - out->ptr);
    }
    if (done == DONE_WHOLE && rc == BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT)
        done = DONE_CUT;
    if (done == DONE_WHOLE && rc == BROTLI_DECODER_RESULT_ERROR)
        done = DONE_BAD;
    BrotliDecoderDestroyInstance(b);
    if ((done == DONE_CUT || done == DONE_BAD ||
         (done == DONE_WHOLE && left > 0)) &&
        (looks_plain(in) || (out->len == 0 && done != DONE_CUT)))
        return DONE_FALSE;
    return done;
}

/* Windows over 32 MiB are not for content-codings (RFC 9659: 8 MiB). */
#define WINDOW_LOG_MAX 25

static bool zstd_start(struct dtl_decoder *d)
{
    if (d->zstd == NULL) {
        d->zstd = ZSTD_createDStream();
        if (d->zstd == NULL)
            return false;
        ZSTD_DCtx_setParameter(d->zstd, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
    }
    ZSTD_DCtx_reset(d->zstd, ZSTD_reset_session_only);
    return true;
}

static size_t zstd_guess(struct dtl_slice in)
{
    unsigned long long n = ZSTD_getFrameContentSize(in.ptr, in.len);

    return n < in.len * 64 ? (size_t)n : in.len * 4;
}

/* All frames; skippable ones are skipped. */
static enum done undo_zstd(struct dtl_decoder *d, struct dtl_slice in,
                           struct dtl_buf *out)
{
    ZSTD_inBuffer from = { in.ptr, in.len, 0 };

    if (!is_zstd(in))
        return DONE_FALSE;
    if (!zstd_start(d) || !reserve(out, zstd_guess(in)))
        return DONE_NOMEM;
    for (;;) {
        ZSTD_outBuffer to;
        size_t rc;

        if (full(out))
            return DONE_LIMIT;
        if (room(out) == 0 && !make_room(out))
            return DONE_NOMEM;
        to = (ZSTD_outBuffer){ out->ptr, out->len + room(out), out->len };
        rc = ZSTD_decompressStream(d->zstd, &to, &from);
        out->len = to.pos;
        if (ZSTD_isError(rc))
            return ZSTD_getErrorCode(rc) == ZSTD_error_memory_allocation
                       ? DONE_NOMEM
                       : DONE_BAD;
        if (rc == 0 && !is_zstd(dtl_sub(in, from.pos, in.len)))
            return DONE_WHOLE;
        if (rc != 0 && from.pos == in.len && to.pos < to.size)
            return DONE_CUT;
    }
}

/* ---- lists of codings ---------------------------------------------------- */

static const struct coding {
    const char *name;
    enum done (*undo)(struct dtl_decoder *, struct dtl_slice,
                      struct dtl_buf *); /* NULL: nothing to undo */
} codings[] = {
    { "gzip", undo_gzip },       { "x-gzip", undo_gzip },
    { "deflate", undo_deflate }, { "x-deflate", undo_deflate },
    { "br", undo_br },           { "zstd", undo_zstd },
    { "identity", NULL },        { "none", NULL },
    { "chunked", NULL }, /* dtl_http_payload() is done with it */
};

static const struct coding *find_coding(struct dtl_slice name)
{
    for (size_t i = 0; i < sizeof codings / sizeof codings[0]; i++)
        if (dtl_equal_nocase(name, dtl_str(codings[i].name)))
            return &codings[i];
    return NULL;
}

static const unsigned flag_of[] = {
    [DONE_WHOLE] = 0,
    [DONE_CUT] = DTL_HTTP_CUT_CODING,
    [DONE_BAD] = DTL_HTTP_BAD_CODING,
    [DONE_LIMIT] = DTL_HTTP_LIMIT,
    [DONE_FALSE] = DTL_HTTP_FALSE_CODING,
    [DONE_NOMEM] = 0,
};

/* Undo one layer: `*s` becomes its output in a buffer of `d`. */
static enum done undo_layer(struct dtl_decoder *d, const struct coding *c,
                            size_t max, unsigned *turn, struct dtl_slice *s)
{
    struct dtl_buf *out = &d->out[*turn % 2];
    enum done done;

    if (out->cap > KEEP)
        dtl_buf_free(out);
    dtl_buf_clear(out);
    out->max = max;
    done = c->undo(d, *s, out);
    if (done != DONE_FALSE && done != DONE_NOMEM) {
        *s = dtl_buf_view(out);
        ++*turn;
    }
    return done;
}

/* No HTML begins with the bytes of a gzip header. */
static bool hidden_gzip(const struct dtl_http *h, struct dtl_slice s)
{
    return is_gzip(s) && (dtl_equal(h->mime, dtl_str("text/html")) ||
                          dtl_equal(h->mime, dtl_str("application/xhtml+xml")));
}

int dtl_http_decode(struct dtl_decoder *d, struct dtl_http *h,
                    struct dtl_slice payload, size_t max, struct dtl_slice *out,
                    struct dtl_error *err)
{
    struct dtl_slice names[2 * MAX_CODINGS];
    size_t n = http_tokens(h, "content-encoding", names);
    unsigned turn = 0;
    enum done done = DONE_WHOLE;

    n += http_tokens(h, "transfer-encoding", names + n);
    *out = payload;
    while (n > 0 && out->len > 0 && max > 0) {
        const struct coding *c = find_coding(names[--n]);

        if (c == NULL) { /* what lies under it is out of reach */
            h->flags |= DTL_HTTP_UNKNOWN_CODING;
            return DTL_OK;
        }
        if (c->undo == NULL)
            continue;
        done = undo_layer(d, c, max, &turn, out);
        if (done == DONE_NOMEM)
            break;
        h->flags |= flag_of[done];
    }
    if (done != DONE_NOMEM && max > 0 && hidden_gzip(h, *out)) {
        done = undo_layer(d, find_coding(dtl_str("gzip")), max, &turn, out);
        h->flags |= flag_of[done] | DTL_HTTP_HIDDEN_CODING;
    }
    if (done == DONE_NOMEM)
        return dtl_fail(err, DTL_NOMEM, 0,
                        "no memory to decode a body of %zu bytes", payload.len);
    if (out->len > max) {
        *out = dtl_sub(*out, 0, max);
        h->flags |= DTL_HTTP_LIMIT;
    }
    return DTL_OK;
}
