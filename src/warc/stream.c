/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Three ways to decode a member:
 *   - plain and mapped: the bytes are there;
 *   - coded and mapped: the whole member at once into `whole`, by libdeflate
 *     or libzstd, which also tells where it ends; the common road;
 *   - else piece by piece into a window: pipes, members over WHOLE_MAX, and
 *     damaged ones, of which everything before the damage is still wanted.
 */
#include "stream.h"
#include "head.h"

#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

#define WHOLE_FIRST ((size_t)1 << 20)
#define WHOLE_MAX   ((size_t)16 << 20)
#define PIECE       ((size_t)128 << 10)
#define DICT_MAX    ((size_t)16 << 20)
#define HOLD        ((size_t)256 << 10)
#define SEARCH_MAX  ((size_t)64 << 20) /* for the first record of a file */
#define WINDOW_LOG  27 /* zstd: 128 MiB would pass our ceiling; see frame_ok */

#define ZSTD_FRAME      0xfd2fb528U
#define SKIPPABLE_FIRST 0x184d2a50U /* ... to 0x184d2a5f */
#define DICT_FRAME      0x184d2a5dU /* IIPC "WARC files with zstd", section 4 */

static uint32_t le32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}

/* RFC 1952 section 2.3: magic, deflate, reserved flags zero. */
static bool is_gzip(struct dtl_slice s)
{
    return s.len >= 4 && s.ptr[0] == 0x1f && s.ptr[1] == 0x8b &&
           s.ptr[2] == 8 && (s.ptr[3] & 0xe0) == 0;
}

static bool is_skippable(struct dtl_slice s)
{
    return s.len >= 8 && (le32(s.ptr) & ~0xfU) == SKIPPABLE_FIRST;
}

static bool is_zstd(struct dtl_slice s)
{
    return s.len >= 4 && (le32(s.ptr) == ZSTD_FRAME || is_skippable(s));
}

static int out_of_memory(struct stream *s, struct dtl_error *err)
{
    return dtl_fail(err, DTL_NOMEM, s->member, "out of memory decoding");
}

static void set_bad(struct stream *s, uint64_t at, const char *reason)
{
    s->bad = true;
    s->bad_at = at;
    snprintf(s->reason, sizeof s->reason, "%s", reason);
}

uint64_t stream_offset(const struct stream *s)
{
    if (!s->open)
        return s->next;
    return s->codec == CODEC_PLAIN ? s->member + s->inner : s->member;
}

/* ---- dictionary --------------------------------------------------------- */

static int set_dict(struct stream *s, struct dtl_slice d, struct dtl_error *err)
{
    uint8_t *plain = NULL;
    int rc = DTL_OK;

    /* The dictionary itself may be stored zstd-compressed. */
    if (d.len >= 4 && le32(d.ptr) == ZSTD_FRAME) {
        size_t n;

        plain = malloc(DICT_MAX);
        if (plain == NULL)
            return out_of_memory(s, err);
        n = ZSTD_decompress(plain, DICT_MAX, d.ptr, d.len);
        if (ZSTD_isError(n)) {
            free(plain);
            return dtl_fail(err, DTL_FORMAT, 0, "zstd dictionary is damaged");
        }
        d = dtl_slice_of(plain, n);
    }
    ZSTD_freeDDict(s->dict);
    s->dict = ZSTD_createDDict(d.ptr, d.len);
    if (s->dict == NULL)
        rc = dtl_fail(err, DTL_FORMAT, 0, "zstd dictionary is unusable");
    free(plain);
    return rc;
}

/* The dictionary frame, when there is one, is the first of the file. */
static int load_dict(struct stream *s, struct dtl_error *err)
{
    struct dtl_slice in;
    size_t len;
    int rc = dtl_source_peek(s->src, 8, &in, err);

    if (rc != DTL_OK || in.len < 8 || le32(in.ptr) != DICT_FRAME)
        return rc < 0 ? rc : DTL_OK;
    len = le32(in.ptr + 4);
    if (len > DICT_MAX)
        return DTL_OK;
    rc = dtl_source_peek(s->src, 8 + len, &in, err);
    if (rc != DTL_OK || in.len < 8 + len)
        return rc < 0 ? rc : DTL_OK;
    return set_dict(s, dtl_sub(in, 8, 8 + len), err);
}

/* ---- open, close -------------------------------------------------------- */

static enum codec codec_of(struct dtl_slice in)
{
    return is_gzip(in) ? CODEC_GZIP : is_zstd(in) ? CODEC_ZSTD : CODEC_PLAIN;
}

static bool probe(struct stream *s, struct dtl_slice in);

/*
 * The file begins with nothing we know: damage, or bytes put before it.  The
 * coding is that of the first record found.
 */
static enum codec codec_within(struct stream *s, struct dtl_slice in)
{
    in = dtl_sub(in, 0, SEARCH_MAX);
    for (size_t i = 0; i + 6 < in.len; i++) {
        struct dtl_slice rest = dtl_sub(in, i, in.len);

        switch (in.ptr[i]) {
        case 0x1f:
        case 0x28:
            if (probe(s, rest))
                return codec_of(rest);
            break;
        case 'W':
            if (head_warc_sure(rest))
                return CODEC_PLAIN;
            break;
        default: break;
        }
    }
    return CODEC_PLAIN;
}

int stream_open(struct stream *s, struct dtl_source *src, struct dtl_error *err)
{
    struct dtl_slice in = { 0 };
    int rc;

    memset(s, 0, sizeof *s);
    s->src = src;
    s->map = dtl_source_mapped(src);
    s->next = dtl_source_tell(src);
    rc = dtl_source_peek(src, PIECE, &in, err);
    if (rc < 0)
        return rc;
    s->usual = codec_of(in);
    if (s->usual == CODEC_PLAIN && !head_begins(in))
        s->usual = codec_within(s, in);
    return s->usual == CODEC_ZSTD ? load_dict(s, err) : DTL_OK;
}

void stream_close(struct stream *s)
{
    if (s->z != NULL) {
        if (s->gzip_ready)
            inflateEnd(s->z);
        free(s->z);
    }
    libdeflate_free_decompressor(s->ld);
    ZSTD_freeDCtx(s->zd);
    ZSTD_freeDDict(s->dict);
    free(s->buf);
    free(s->whole);
}

/* ---- a whole member at once -------------------------------------------- */

static bool grow_whole(struct stream *s)
{
    size_t cap = s->whole_cap == 0 ? WHOLE_FIRST : s->whole_cap * 4;
    uint8_t *p;

    if (cap > WHOLE_MAX)
        return false;
    free(s->whole);
    p = malloc(cap);
    s->whole = p;
    s->whole_cap = p != NULL ? cap : 0;
    return p != NULL;
}

static void have_whole(struct stream *s, size_t stored, size_t decoded)
{
    s->ptr = s->whole;
    s->len = decoded;
    s->next = s->member + stored;
    s->complete = true;
    s->stable = true;
}

/* False: too large, damaged or cut; the piecewise decoder then says which. */
static bool whole_gzip(struct stream *s, struct dtl_slice in)
{
    if (s->ld == NULL && (s->ld = libdeflate_alloc_decompressor()) == NULL)
        return false;
    if (s->whole == NULL && !grow_whole(s))
        return false;
    for (;;) {
        size_t stored, decoded;
        enum libdeflate_result r = libdeflate_gzip_decompress_ex(
            s->ld, in.ptr, in.len, s->whole, s->whole_cap, &stored, &decoded);

        if (r == LIBDEFLATE_SUCCESS) {
            have_whole(s, stored, decoded);
            return true;
        }
        if (r != LIBDEFLATE_INSUFFICIENT_SPACE || !grow_whole(s))
            return false;
    }
}

static bool need_zstd(struct stream *s)
{
    if (s->zd == NULL && (s->zd = ZSTD_createDCtx()) != NULL)
        ZSTD_DCtx_setMaxWindowSize(s->zd, (size_t)32 << 20);
    return s->zd != NULL;
}

static bool whole_zstd(struct stream *s, struct dtl_slice in)
{
    size_t stored = ZSTD_findFrameCompressedSize(in.ptr, in.len), n;
    unsigned long long size;

    if (ZSTD_isError(stored))
        return false;
    size = ZSTD_getFrameContentSize(in.ptr, stored);
    if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN ||
        size > WHOLE_MAX || !need_zstd(s))
        return false;
    while (s->whole_cap < size)
        if (!grow_whole(s))
            return false;
    if (s->whole == NULL && !grow_whole(s))
        return false;
    n = s->dict != NULL
            ? ZSTD_decompress_usingDDict(s->zd, s->whole, s->whole_cap, in.ptr,
                                         stored, s->dict)
            : ZSTD_decompressDCtx(s->zd, s->whole, s->whole_cap, in.ptr,
                                  stored);
    if (ZSTD_isError(n))
        return false;
    have_whole(s, stored, n);
    return true;
}

/* ---- piece by piece ----------------------------------------------------- */

/* Stored bytes at in_pos. */
static int input(struct stream *s, struct dtl_slice *in, struct dtl_error *err)
{
    int rc;

    if (s->map.ptr != NULL) {
        *in = dtl_sub(s->map, (size_t)s->in_pos, s->map.len);
        if (in->len > ((size_t)1 << 30))
            in->len = (size_t)1 << 30;
        return DTL_OK;
    }
    rc = dtl_source_peek(s->src, s->held + 1, in, err);
    *in = dtl_sub(*in, s->held, in->len);
    return rc == DTL_END ? DTL_OK : rc;
}

/* A decoder notices damage late, when it is already in the next member: what
 * it took of a pipe is held for a while, to be searched again. */
static void input_taken(struct stream *s, size_t n)
{
    s->in_pos += n;
    if (s->map.ptr != NULL)
        return;
    s->held += n;
    if (s->held > 2 * HOLD) {
        dtl_source_consume(s->src, s->held - HOLD);
        s->held = HOLD;
    }
}

static bool window_room(struct stream *s, size_t want)
{
    size_t have = s->end - s->start, cap = s->cap;
    uint8_t *p;

    if (want < have + PIECE)
        want = have + PIECE;
    if (want <= s->cap - s->start)
        return true;
    if (s->start > 0) {
        memmove(s->buf, s->buf + s->start, have);
        s->start = 0;
        s->end = have;
    }
    if (want <= s->cap)
        return true;
    cap = cap < PIECE * 2 ? PIECE * 2 : cap;
    while (cap < want)
        cap += cap / 2;
    p = realloc(s->buf, cap);
    if (p == NULL)
        return false;
    s->buf = p;
    s->cap = cap;
    return true;
}

static bool begin_gzip(struct stream *s)
{
    if (s->z == NULL && (s->z = calloc(1, sizeof *s->z)) == NULL)
        return false;
    if (s->gzip_ready)
        return inflateReset(s->z) == Z_OK;
    s->gzip_ready = inflateInit2(s->z, 15 + 16) == Z_OK;
    return s->gzip_ready;
}

static bool begin_zstd(struct stream *s)
{
    if (!need_zstd(s))
        return false;
    ZSTD_DCtx_reset(s->zd, ZSTD_reset_session_only);
    return !ZSTD_isError(ZSTD_DCtx_refDDict(s->zd, s->dict));
}

static void member_ends(struct stream *s)
{
    s->complete = true;
    s->next = s->in_pos;
}

/* One step of zlib into the window's free end. */
static void step_gzip(struct stream *s, struct dtl_slice in)
{
    size_t room = s->cap - s->end;
    int r;

    s->z->next_in = (Bytef *)(uintptr_t)in.ptr;
    s->z->avail_in = (uInt)in.len;
    s->z->next_out = s->buf + s->end;
    s->z->avail_out = room < ((size_t)1 << 30) ? (uInt)room : 1U << 30;
    room = s->z->avail_out;
    r = inflate(s->z, Z_NO_FLUSH);
    s->end += room - s->z->avail_out;
    input_taken(s, in.len - s->z->avail_in);
    if (r == Z_STREAM_END) {
        member_ends(s);
    } else if (r != Z_OK && r != Z_BUF_ERROR) {
        char text[80];

        snprintf(text, sizeof text, "gzip: %s",
                 s->z->msg != NULL ? s->z->msg : "damaged");
        set_bad(s, s->in_pos, text);
    }
}

static void step_zstd(struct stream *s, struct dtl_slice in)
{
    ZSTD_inBuffer i = { in.ptr, in.len, 0 };
    ZSTD_outBuffer o = { s->buf + s->end, s->cap - s->end, 0 };
    size_t r = ZSTD_decompressStream(s->zd, &o, &i);

    s->end += o.pos;
    input_taken(s, i.pos);
    if (ZSTD_isError(r)) {
        char text[80];

        snprintf(text, sizeof text, "zstd: %s", ZSTD_getErrorName(r));
        set_bad(s, s->in_pos, text);
    } else if (r == 0) {
        member_ends(s);
    }
}

static int fill_window(struct stream *s, size_t want, struct dtl_error *err)
{
    while (s->end - s->start < want && !s->complete && !s->bad) {
        struct dtl_slice in = { 0 };
        int rc;

        if (!window_room(s, want))
            return out_of_memory(s, err);
        rc = input(s, &in, err);
        if (rc < 0)
            return rc;
        if (in.len == 0)
            set_bad(s, s->in_pos, "the file ends inside a compressed member");
        else if (s->codec == CODEC_GZIP)
            step_gzip(s, in);
        else
            step_zstd(s, in);
    }
    s->ptr = s->buf + s->start;
    s->len = s->end - s->start;
    return DTL_OK;
}

static int fill_plain(struct stream *s, size_t want, struct dtl_error *err)
{
    struct dtl_slice in = { 0 };
    int rc;

    if (s->complete || s->len >= want)
        return DTL_OK;
    rc = dtl_source_peek(s->src, want, &in, err);
    if (rc < 0)
        return rc;
    s->ptr = in.ptr;
    s->len = in.len;
    if (in.len < want) {
        s->complete = true;
        s->next = s->member + s->inner + s->len;
    }
    return DTL_OK;
}

int stream_fill(struct stream *s, size_t want, struct dtl_error *err)
{
    if (s->len >= want || s->complete || s->bad || !s->open)
        return DTL_OK;
    return s->windowed ? fill_window(s, want, err) : fill_plain(s, want, err);
}

void stream_take(struct stream *s, size_t n)
{
    if (n > s->len)
        n = s->len;
    if (n == 0)
        return;
    s->ptr += n;
    s->len -= n;
    s->inner += n;
    if (s->windowed)
        s->start += n;
    else if (s->map.ptr == NULL)
        dtl_source_consume(s->src, n);
}

/* ---- members ------------------------------------------------------------ */

static void reset_member(struct stream *s)
{
    s->open = s->complete = s->bad = s->stable = s->windowed = false;
    s->inner = 0;
    s->ptr = NULL;
    s->len = 0;
    s->start = s->end = 0;
    s->reason[0] = '\0';
}

static int begin_plain(struct stream *s, struct dtl_slice in)
{
    if (s->map.ptr == NULL)
        return DTL_OK;
    s->ptr = in.ptr;
    s->len = in.len;
    s->next = s->map.len;
    s->complete = s->stable = true;
    return DTL_OK;
}

static int begin_coded(struct stream *s, struct dtl_slice in,
                       struct dtl_error *err)
{
    bool gzip = s->codec == CODEC_GZIP;

    if (s->map.ptr != NULL && (gzip ? whole_gzip(s, in) : whole_zstd(s, in)))
        return DTL_OK;
    s->windowed = true;
    s->in_pos = s->member;
    s->held = 0;
    if (gzip ? !begin_gzip(s) : !begin_zstd(s))
        return out_of_memory(s, err);
    return DTL_OK;
}

/* Step over a zstd skippable frame; the dictionary is loaded already. */
static int skip_frame(struct stream *s, struct dtl_slice in,
                      struct dtl_error *err)
{
    s->next += 8 + (uint64_t)le32(in.ptr + 4);
    return dtl_source_seek(s->src, s->next, err);
}

int stream_begin(struct stream *s, struct dtl_error *err)
{
    struct dtl_slice in;
    int rc;

    reset_member(s);
    for (;;) {
        rc = DTL_OK;
        if (dtl_source_tell(s->src) != s->next)
            rc = dtl_source_seek(s->src, s->next, err);
        if (rc == DTL_OK)
            rc = dtl_source_peek(s->src, 8, &in, err);
        if (rc != DTL_OK)
            return rc;
        /* In a plain file any bytes may look like anything. */
        s->codec = s->usual == CODEC_PLAIN ? CODEC_PLAIN : codec_of(in);
        if (s->codec != CODEC_ZSTD || !is_skippable(in))
            break;
        rc = skip_frame(s, in, err);
        if (rc != DTL_OK)
            return rc;
    }
    s->member = s->next;
    if (s->codec == CODEC_PLAIN && s->usual != CODEC_PLAIN &&
        !head_begins(in)) {
        set_bad(s, s->member,
                s->usual == CODEC_GZIP ? "no gzip member begins here"
                                       : "no zstd frame begins here");
        return DTL_BAD_RECORD;
    }
    s->open = true;
    return s->codec == CODEC_PLAIN ? begin_plain(s, in)
                                   : begin_coded(s, in, err);
}

int stream_goto(struct stream *s, uint64_t offset, struct dtl_error *err)
{
    reset_member(s);
    s->next = offset;
    return dtl_source_seek(s->src, offset, err);
}

/* ---- finding members again after damage --------------------------------- */

#define PROBE_IN  ((size_t)4096)
#define PROBE_OUT 512

/* Decode the first bytes of a would-be member; true if a record begins. */
static bool probe_gzip(struct stream *s, struct dtl_slice in)
{
    uint8_t out[PROBE_OUT];
    int r;

    if (!begin_gzip(s))
        return false;
    s->z->next_in = (Bytef *)(uintptr_t)in.ptr;
    s->z->avail_in = (uInt)(in.len < PROBE_IN ? in.len : PROBE_IN);
    s->z->next_out = out;
    s->z->avail_out = PROBE_OUT;
    r = inflate(s->z, Z_SYNC_FLUSH);
    if (r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR)
        return false;
    return head_begins(dtl_slice_of(out, PROBE_OUT - s->z->avail_out));
}

static bool probe_zstd(struct stream *s, struct dtl_slice in)
{
    uint8_t out[PROBE_OUT];
    ZSTD_inBuffer i = { in.ptr, in.len < (256 << 10) ? in.len : 256 << 10, 0 };
    ZSTD_outBuffer o = { out, PROBE_OUT, 0 };

    if (!begin_zstd(s))
        return false;
    while (o.pos < PROBE_OUT && i.pos < i.size) {
        size_t r = ZSTD_decompressStream(s->zd, &o, &i);

        if (ZSTD_isError(r))
            return false;
        if (r == 0)
            break;
    }
    return head_begins(dtl_slice_of(out, o.pos));
}

static bool probe(struct stream *s, struct dtl_slice in)
{
    if (is_gzip(in))
        return probe_gzip(s, in);
    if (in.len >= 4 && le32(in.ptr) == ZSTD_FRAME)
        return probe_zstd(s, in);
    return false;
}

/* Offset of the next byte pair that could begin a member, or in.len. */
static size_t candidate(struct dtl_slice in, size_t from, uint8_t first)
{
    const uint8_t *p =
        from < in.len ? memchr(in.ptr + from, first, in.len - from) : NULL;

    return p != NULL ? (size_t)(p - in.ptr) : in.len;
}

static uint8_t magic_byte(const struct stream *s)
{
    return s->usual == CODEC_ZSTD ? 0x28 : 0x1f;
}

static int resync_mapped(struct stream *s, uint64_t from)
{
    size_t at = (size_t)(from < s->map.len ? from : s->map.len);

    while ((at = candidate(s->map, at, magic_byte(s))) < s->map.len) {
        if (probe(s, dtl_sub(s->map, at, s->map.len)))
            break;
        at++;
    }
    s->next = at;
    return at < s->map.len ? DTL_OK : DTL_END;
}

static int resync_piped(struct stream *s, uint64_t from, struct dtl_error *err)
{
    int rc = dtl_source_tell(s->src) < from ? dtl_source_seek(s->src, from, err)
                                            : DTL_OK;

    while (rc == DTL_OK) {
        struct dtl_slice in;
        size_t at;

        rc = dtl_source_peek(s->src, PIECE, &in, err);
        if (rc != DTL_OK)
            break;
        at = candidate(in, 0, magic_byte(s));
        dtl_source_consume(s->src, at);
        if (at == in.len)
            continue;
        rc = dtl_source_peek(s->src, PIECE, &in, err);
        if (rc != DTL_OK || probe(s, in))
            break;
        dtl_source_consume(s->src, 1);
    }
    s->next = dtl_source_tell(s->src);
    return rc;
}

int stream_resync(struct stream *s, uint64_t from, struct dtl_error *err)
{
    reset_member(s);
    return s->map.ptr != NULL ? resync_mapped(s, from)
                              : resync_piped(s, from, err);
}
