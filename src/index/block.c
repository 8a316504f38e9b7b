/* SPDX-License-Identifier: Apache-2.0 */
#include "block.h"

#include "postings.h"

#include <endian.h>
#include <stdlib.h>
#include <xxhash.h>

#define MOST_KINDS 4095U
#define PER_PAGE   4U
#define ROOM       DTL_NODE_ROOM(PER_PAGE)
#define LONGEST    490U /* LMDB's keys end at 511 */
#define MOST_ROWS  4096U

/* The first byte of a row's tail. */
enum {
    DIGEST_NONE = 0,
    DIGEST_SHA1 = 1,    /* 20 bytes */
    DIGEST_OTHER = 2,   /* kind, length, bytes */
    DIGEST_EARLIER = 3, /* u16: where in the block a digest stands */
    DIGEST_MASK = 3,
    URL_DIFFERS = 1 << 2, /* from what the key and the form give */
    HAS_REDIRECT = 1 << 3,
    ID_NONE = 0,
    ID_UUID = 1 << 4, /* 16 bytes of <urn:uuid:...> */
    ID_OTHER = 2 << 4,
    ID_MASK = 3 << 4,
    HAS_ARTICLE = 1 << 6,
};

/* How the usual URL is made from a SURT key. */
enum {
    FORM_HTTPS = 1,
    FORM_WWW = 2,
    FORM_NO_SLASH = 4, /* http://example.org */
};

enum { TIME, FILE_ID, OFFSET, LENGTH, ARTICLE, COLUMNS };

/* ---- kinds -------------------------------------------------------------- */

int dtl_kinds_init(struct dtl_kinds *k, struct dtl_error *err)
{
    memset(k, 0, sizeof *k);
    k->nslots = 2 * (MOST_KINDS + 1);
    k->slots = calloc(k->nslots, sizeof *k->slots);
    k->kinds = calloc(MOST_KINDS + 1, sizeof *k->kinds);
    k->strings = dtl_arena_new(0);
    k->n = 1;
    if (k->slots != NULL && k->kinds != NULL && k->strings != NULL)
        return DTL_OK;
    dtl_kinds_free(k);
    return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a segment");
}

uint32_t dtl_kinds_id(struct dtl_kinds *k, uint16_t status,
                      struct dtl_slice mime)
{
    uint64_t hash = XXH3_64bits_withSeed(mime.ptr, mime.len, status);
    uint32_t slot = (uint32_t)(hash & (k->nslots - 1));

    for (; k->slots[slot] != 0; slot = (slot + 1) & (k->nslots - 1)) {
        const struct dtl_kind *kind = &k->kinds[k->slots[slot]];

        if (kind->status == status && dtl_equal(kind->mime, mime))
            return k->slots[slot];
    }
    if (k->n > MOST_KINDS || mime.len > 256)
        return 0;
    k->kinds[k->n].status = status;
    k->kinds[k->n].mime = dtl_arena_dup(k->strings, mime);
    if (k->kinds[k->n].mime.ptr == NULL)
        return 0;
    k->slots[slot] = k->n;
    return k->n++;
}

void dtl_kinds_write(const struct dtl_kinds *k, struct dtl_buf *out)
{
    for (uint32_t i = 1; i < k->n; i++) {
        dtl_buf_varint(out, k->kinds[i].status);
        dtl_buf_varint(out, k->kinds[i].mime.len);
        dtl_buf_slice(out, k->kinds[i].mime);
    }
}

static bool get_slice(struct dtl_slice s, size_t *pos, struct dtl_slice *out)
{
    uint64_t len;

    if (!dtl_varint(s, pos, &len) || len > s.len - *pos)
        return false;
    *out = dtl_slice_of(s.ptr + *pos, (size_t)len);
    *pos += (size_t)len;
    return true;
}

int dtl_kinds_read(struct dtl_kinds *k, struct dtl_slice bytes,
                   struct dtl_error *err)
{
    size_t pos = 0;

    memset(k, 0, sizeof *k);
    k->n = 1;
    while (pos < bytes.len) {
        uint64_t status;
        struct dtl_slice mime;

        if (!dtl_varint(bytes, &pos, &status) || status > 65535 ||
            !get_slice(bytes, &pos, &mime) || k->n > MOST_KINDS)
            return dtl_fail(err, DTL_FORMAT, 0,
                            "the list of MIME types is damaged");
        if (k->n >= k->room) {
            uint32_t room = k->room == 0 ? 32 : k->room * 2;
            struct dtl_kind *kinds = realloc(k->kinds, room * sizeof *kinds);

            if (kinds == NULL)
                return dtl_fail(err, DTL_NOMEM, 0,
                                "out of memory for a segment");
            k->kinds = kinds;
            k->room = room;
            kinds[0] = (struct dtl_kind){ 0 };
        }
        k->kinds[k->n++] = (struct dtl_kind){ (uint16_t)status, mime };
    }
    return DTL_OK;
}

void dtl_kinds_free(struct dtl_kinds *k)
{
    free(k->kinds);
    free(k->slots);
    dtl_arena_free(k->strings);
    memset(k, 0, sizeof *k);
}

/* ---- sort keys ---------------------------------------------------------- */

static void put_be64(struct dtl_buf *out, uint64_t v)
{
    v = __builtin_bswap64(v);
    dtl_buf_add(out, &v, 8);
}

void dtl_sort_key(struct dtl_buf *out, struct dtl_slice key, int64_t time)
{
    while (key.len > 0) {
        const uint8_t *nul = memchr(key.ptr, 0, key.len);
        size_t n = nul != NULL ? (size_t)(nul - key.ptr) : key.len;

        dtl_buf_add(out, key.ptr, n);
        if (nul == NULL)
            break;
        dtl_buf_str(out, "%00");
        key = dtl_sub(key, n + 1, key.len);
    }
    dtl_buf_byte(out, 0);
    put_be64(out, (uint64_t)time ^ UINT64_C(1) << 63);
}

bool dtl_sort_key_split(struct dtl_slice s, struct dtl_slice *key,
                        int64_t *time)
{
    uint64_t v;

    if (s.len < 9)
        return false;
    memcpy(&v, s.ptr + s.len - 8, 8);
    *time = (int64_t)(__builtin_bswap64(v) ^ UINT64_C(1) << 63);
    *key = dtl_slice_of(s.ptr, s.len - 9);
    return true;
}

/* ---- URLs from keys ----------------------------------------------------- */

/* In room made before. */
static inline uint8_t *put_bytes(uint8_t *to, const void *from, size_t n)
{
    memcpy(to, from, n);
    return to + n;
}

/* "org,archive,web:81)/a" -> "http://web.archive.org:81/a"; a key of another
 * make is its own URL. */
static void url_of_key(struct dtl_slice key, unsigned form, struct dtl_buf *out)
{
    const uint8_t *paren = key.len > 0 ? memchr(key.ptr, ')', key.len) : NULL;
    const uint8_t *colon, *end, *host_end;
    struct dtl_slice path;
    uint8_t *p;

    if (paren == NULL) {
        dtl_buf_slice(out, key);
        return;
    }
    if (!dtl_buf_reserve(out, key.len + 16))
        return;
    p = out->ptr + out->len;
    p = put_bytes(p, "https://", form & FORM_HTTPS ? 5 : 4);
    p = put_bytes(p, "://www.", form & FORM_WWW ? 7 : 3);
    colon = memchr(key.ptr, ':', (size_t)(paren - key.ptr));
    host_end = colon != NULL ? colon : paren;
    end = host_end;
    for (;;) {
        const uint8_t *label = end;

        while (label > key.ptr && label[-1] != ',')
            label--;
        p = put_bytes(p, label, (size_t)(end - label));
        if (label == key.ptr)
            break;
        *p++ = '.';
        end = label - 1;
    }
    p = put_bytes(p, host_end, (size_t)(paren - host_end));
    path = dtl_slice_of(paren + 1, key.len - (size_t)(paren + 1 - key.ptr));
    if (!((form & FORM_NO_SLASH) && path.len == 1 && path.ptr[0] == '/'))
        p = put_bytes(p, path.ptr, path.len);
    out->len = (size_t)(p - out->ptr);
}

static unsigned guess_form(struct dtl_slice url, struct dtl_slice key)
{
    unsigned form = dtl_starts_nocase(url, "https:") ? FORM_HTTPS : 0;
    size_t host = form ? 8 : 7;

    if (dtl_starts_nocase(dtl_sub(url, host, url.len), "www."))
        form |= FORM_WWW;
    if (dtl_ends(key, ")/") && !dtl_ends(url, "/"))
        form |= FORM_NO_SLASH;
    return form;
}

/* Form byte, and where the URL differs from what it gives: how many bytes are
 * shared at the start and at the end, and what stands between. */
static bool pack_url(struct dtl_slice url, struct dtl_slice key,
                     struct dtl_buf *scratch, struct dtl_buf *out)
{
    unsigned form = guess_form(url, key);
    struct dtl_slice usual;
    size_t pre = 0, suf = 0, most;

    dtl_buf_clear(scratch);
    url_of_key(key, form, scratch);
    usual = dtl_buf_view(scratch);
    dtl_buf_byte(out, (uint8_t)form);
    if (dtl_equal(usual, url))
        return false;
    most = usual.len < url.len ? usual.len : url.len;
    while (pre < most && usual.ptr[pre] == url.ptr[pre])
        pre++;
    while (suf < most - pre &&
           usual.ptr[usual.len - 1 - suf] == url.ptr[url.len - 1 - suf])
        suf++;
    dtl_buf_varint(out, pre);
    dtl_buf_varint(out, suf);
    dtl_buf_varint(out, url.len - pre - suf);
    dtl_buf_add(out, url.ptr + pre, url.len - pre - suf);
    return true;
}

/* ---- packing one capture ------------------------------------------------ */

/* "<urn:uuid:8-4-4-4-12>" in lower case -> 16 bytes. */
static bool uuid_of(struct dtl_slice id, uint8_t out[16])
{
    static const char head[] = "<urn:uuid:";
    char hex[33];
    size_t n = 0;

    if (id.len != 47 || memcmp(id.ptr, head, 10) != 0 || id.ptr[46] != '>')
        return false;
    for (size_t i = 10; i < 46; i++) {
        uint8_t c = id.ptr[i];

        if (i == 18 || i == 23 || i == 28 || i == 33) {
            if (c != '-')
                return false;
        } else if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')) {
            hex[n++] = (char)c;
        } else {
            return false;
        }
    }
    return dtl_unhex(dtl_slice_of(hex, 32), out);
}

static void uuid_text(const uint8_t *uuid, uint8_t out[47])
{
    static const char hex[] = "0123456789abcdef";
    static const char head[] = "<urn:uuid:";
    size_t n = sizeof head - 1;

    memcpy(out, head, n);
    for (size_t i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            out[n++] = '-';
        out[n++] = (uint8_t)hex[uuid[i] >> 4];
        out[n++] = (uint8_t)hex[uuid[i] & 15];
    }
    out[n] = '>';
}

static unsigned pack_digest(const struct dtl_digest *d, struct dtl_buf *out)
{
    if (d->kind == DTL_DIGEST_NONE || d->len > sizeof d->bytes)
        return DIGEST_NONE;
    if (d->kind == DTL_DIGEST_SHA1 && d->len == 20) {
        dtl_buf_add(out, d->bytes, 20);
        return DIGEST_SHA1;
    }
    dtl_buf_byte(out, d->kind);
    dtl_buf_byte(out, d->len);
    dtl_buf_add(out, d->bytes, d->len);
    return DIGEST_OTHER;
}

static unsigned pack_id(struct dtl_slice id, struct dtl_buf *out)
{
    uint8_t uuid[16];

    if (id.len == 0)
        return ID_NONE;
    if (uuid_of(id, uuid)) {
        dtl_buf_add(out, uuid, 16);
        return ID_UUID;
    }
    dtl_buf_varint(out, id.len);
    dtl_buf_slice(out, id);
    return ID_OTHER;
}

/* Four numbers for the block's columns, then the row's tail. */
void dtl_capture_pack(const struct dtl_capture *c, struct dtl_slice key,
                      struct dtl_kinds *kinds, struct dtl_buf *scratch,
                      struct dtl_buf *out)
{
    uint32_t kind = dtl_kinds_id(kinds, c->status, c->mime);
    unsigned head = 0;
    size_t at;

    dtl_buf_varint(out, c->file);
    dtl_buf_varint(out, c->offset);
    dtl_buf_varint(out, c->length);
    dtl_buf_varint(out, c->article == DTL_NO_ARTICLE ? 0 : c->article);
    at = out->len;
    dtl_buf_byte(out, 0);
    head |= pack_digest(&c->digest, out);
    dtl_buf_varint(out, c->flags);
    dtl_buf_varint(out, kind);
    if (kind == 0) {
        dtl_buf_varint(out, c->status);
        dtl_buf_varint(out, c->mime.len);
        dtl_buf_slice(out, c->mime);
    }
    if (pack_url(c->url, key, scratch, out))
        head |= URL_DIFFERS;
    if (c->redirect.len > 0) {
        head |= HAS_REDIRECT;
        dtl_buf_varint(out, c->redirect.len);
        dtl_buf_slice(out, c->redirect);
    }
    head |= pack_id(c->record_id, out);
    if (c->article != DTL_NO_ARTICLE)
        head |= HAS_ARTICLE;
    if (!out->failed)
        out->ptr[at] = (uint8_t)head;
}

static bool skip(struct dtl_slice s, size_t *pos, unsigned numbers)
{
    uint64_t v;

    while (numbers-- > 0)
        if (!dtl_varint(s, pos, &v))
            return false;
    return true;
}

/* Step from the tail's flags to the record id. */
static bool find_id(struct dtl_slice s, unsigned head, size_t *pos)
{
    struct dtl_slice unused;
    uint64_t kind;

    if (!skip(s, pos, 1) || !dtl_varint(s, pos, &kind))
        return false;
    if (kind == 0 && (!skip(s, pos, 1) || !get_slice(s, pos, &unused)))
        return false;
    ++*pos; /* form */
    if ((head & URL_DIFFERS) &&
        (!skip(s, pos, 2) || !get_slice(s, pos, &unused)))
        return false;
    return !(head & HAS_REDIRECT) || get_slice(s, pos, &unused);
}

bool dtl_packed_read(struct dtl_slice s, struct dtl_packed *out)
{
    uint64_t article;
    size_t pos = 0;
    unsigned head;

    memset(out, 0, offsetof(struct dtl_packed, uuid));
    if (!skip(s, &pos, 3) || !dtl_varint(s, &pos, &article) || s.len - pos < 1)
        return false;
    head = s.ptr[pos++];
    out->article = head & HAS_ARTICLE ? (uint32_t)article : DTL_NO_ARTICLE;
    if ((head & DIGEST_MASK) == DIGEST_OTHER) {
        out->has_digest = s.ptr[pos + 1] >= 5;
        if (out->has_digest)
            out->digest = dtl_bytes40(s.ptr + pos + 2);
        pos += 2U + s.ptr[pos + 1];
    } else if ((head & DIGEST_MASK) == DIGEST_SHA1) {
        out->has_digest = true;
        out->digest = dtl_bytes40(s.ptr + pos);
        pos += 20;
    }
    if ((head & ID_MASK) == ID_NONE)
        return true;
    if (!find_id(s, head, &pos))
        return false;
    if ((head & ID_MASK) == ID_OTHER)
        return get_slice(s, &pos, &out->record_id);
    uuid_text(s.ptr + pos, out->uuid);
    out->record_id = dtl_slice_of(out->uuid, sizeof out->uuid);
    return true;
}

/* ---- writing blocks ----------------------------------------------------- */

struct dtl_block_row {
    uint64_t column[COLUMNS];
    size_t shared, suffix_len; /* of the key */
    size_t at;                 /* suffix, then tail, in w->bytes */
    size_t tail_len;
};

static unsigned width_of(uint64_t v)
{
    return v == 0 ? 0 : (71U - (unsigned)__builtin_clzll(v)) / 8U;
}

static size_t varint_size(uint64_t v)
{
    size_t n = 1;

    while (v >= 0x80) {
        v >>= 7;
        n++;
    }
    return n;
}

static size_t common(struct dtl_slice a, struct dtl_slice b)
{
    size_t n = a.len < b.len ? a.len : b.len, i = 0;

    while (i < n && a.ptr[i] == b.ptr[i])
        i++;
    return i;
}

/* The least key that is greater than `last` and not greater than `first`: what
 * stands before it belongs to the blocks before.  Too long for LMDB, it is cut
 * and made unique by the block's first ordinal. */
static void separate(struct dtl_block_writer *w, struct dtl_slice first)
{
    struct dtl_slice last = dtl_buf_view(&w->last);
    size_t n = common(last, first) + 1;

    dtl_buf_clear(&w->separator);
    if (n > first.len)
        n = first.len; /* equal sort keys: the ordinal decides */
    if (n <= LONGEST && n < first.len) {
        dtl_buf_add(&w->separator, first.ptr, n);
        return;
    }
    dtl_buf_add(&w->separator, first.ptr, n < LONGEST ? n : LONGEST);
    for (int shift = 24; shift >= 0; shift -= 8)
        dtl_buf_byte(&w->separator, (uint8_t)(w->ordinal >> shift));
}

struct numbers {
    uint64_t column[COLUMNS];
    struct dtl_slice tail;
};

static bool unpack_numbers(struct dtl_slice packed, struct numbers *out)
{
    size_t pos = 0;

    for (int i = FILE_ID; i < COLUMNS; i++)
        if (!dtl_varint(packed, &pos, &out->column[i]))
            return false;
    out->tail = dtl_sub(packed, pos, packed.len);
    return out->tail.len > 0;
}

/* Bytes of the block with a row of these numbers in it. */
static size_t size_with(const struct dtl_block_writer *w,
                        const struct numbers *row, uint64_t *most,
                        uint64_t *least)
{
    size_t fixed = 0, n = w->n + 1;

    *least = w->n == 0 || row->column[TIME] < w->least_time ? row->column[TIME]
                                                            : w->least_time;
    for (int i = 0; i < COLUMNS; i++) {
        most[i] = w->n > 0 && w->most[i] > row->column[i] ? w->most[i]
                                                          : row->column[i];
        fixed += width_of(i == TIME ? most[i] - *least : most[i]);
    }
    return w->size + n * fixed + 2 + 5 + 10 + 3;
}

bool dtl_block_add(struct dtl_block_writer *w, struct dtl_slice sort_key,
                   struct dtl_slice packed)
{
    struct numbers row;
    struct dtl_block_row *r;
    struct dtl_slice key, last;
    uint64_t most[COLUMNS], least;
    size_t shared, size;
    int64_t time;

    if (!dtl_sort_key_split(sort_key, &key, &time) ||
        !unpack_numbers(packed, &row))
        return false;
    row.column[TIME] = (uint64_t)time ^ UINT64_C(1) << 63;
    if (w->n == 0)
        separate(w, sort_key);
    last = dtl_buf_view(&w->last);
    shared = w->n == 0 ? 0 : common(dtl_sub(last, 0, last.len - 9), key);
    size = varint_size(shared) + varint_size(key.len - shared) + key.len -
           shared + row.tail.len + varint_size(row.tail.len + 5 * 8);
    if (w->n > 0 &&
        (w->n == MOST_ROWS || size_with(w, &row, most, &least) + size >
                                  ROOM - DTL_NODE_HEAD - w->separator.len))
        return false;
    size_with(w, &row, most, &least);
    if (w->n == w->room) {
        size_t room = w->room == 0 ? 64 : w->room * 2;
        struct dtl_block_row *rows = realloc(w->rows, room * sizeof *rows);

        if (rows == NULL) {
            w->value.failed = true;
            return true;
        }
        w->rows = rows;
        w->room = room;
    }
    r = &w->rows[w->n++];
    memcpy(r->column, row.column, sizeof r->column);
    r->shared = shared;
    r->suffix_len = key.len - shared;
    r->at = w->bytes.len;
    r->tail_len = row.tail.len;
    dtl_buf_add(&w->bytes, key.ptr + shared, r->suffix_len);
    dtl_buf_slice(&w->bytes, row.tail);
    memcpy(w->most, most, sizeof most);
    w->least_time = least;
    w->size += size;
    dtl_buf_clear(&w->last);
    dtl_buf_slice(&w->last, sort_key);
    return true;
}

static void put_fixed(struct dtl_buf *b, uint64_t v, unsigned width)
{
    uint8_t bytes[8];

    for (unsigned i = 0; i < width; i++)
        bytes[i] = (uint8_t)(v >> 8 * i);
    dtl_buf_add(b, bytes, width);
}

/* The tail, its digest replaced by a reference if the last digest spelt out in
 * this block is the same. */
static void put_tail(struct dtl_buf *b, struct dtl_slice tail, bool earlier,
                     size_t digest_at)
{
    if (!earlier) {
        dtl_buf_slice(b, tail);
        return;
    }
    dtl_buf_byte(b, (uint8_t)((tail.ptr[0] & ~DIGEST_MASK) | DIGEST_EARLIER));
    put_fixed(b, digest_at, 2);
    dtl_buf_slice(b, dtl_sub(tail, 21, tail.len));
}

static void put_rows(struct dtl_block_writer *w, const unsigned *width,
                     size_t fixed)
{
    const uint8_t *digest = NULL; /* the last one spelt out */
    size_t digest_at = 0;

    for (size_t i = 0; i < w->n; i++) {
        const struct dtl_block_row *r = &w->rows[i];
        const uint8_t *suffix = w->bytes.ptr + r->at;
        struct dtl_slice tail =
            dtl_slice_of(suffix + r->suffix_len, r->tail_len);
        bool sha1 = (tail.ptr[0] & DIGEST_MASK) == DIGEST_SHA1;
        bool earlier = sha1 && digest != NULL && digest_at <= UINT16_MAX &&
                       memcmp(digest, tail.ptr + 1, 20) == 0;

        dtl_buf_varint(&w->value, r->shared);
        dtl_buf_varint(&w->value, r->suffix_len);
        dtl_buf_add(&w->value, suffix, r->suffix_len);
        dtl_buf_varint(&w->value, fixed + r->tail_len - (earlier ? 18U : 0U));
        put_fixed(&w->value, r->column[TIME] - w->least_time, width[TIME]);
        for (int c = FILE_ID; c < COLUMNS; c++)
            put_fixed(&w->value, r->column[c], width[c]);
        if (sha1 && !earlier) {
            digest = tail.ptr + 1;
            digest_at = w->value.len + 1;
        }
        put_tail(&w->value, tail, earlier, digest_at);
    }
}

bool dtl_block_finish(struct dtl_block_writer *w, struct dtl_slice *key,
                      struct dtl_slice *value)
{
    unsigned width[COLUMNS];
    size_t fixed = 0;

    for (int i = 0; i < COLUMNS; i++) {
        width[i] =
            width_of(i == TIME ? w->most[i] - w->least_time : w->most[i]);
        fixed += width[i];
    }
    w->value.len = 0;
    dtl_buf_varint(&w->value, w->n);
    dtl_buf_varint(&w->value, w->ordinal);
    put_fixed(&w->value, w->least_time, 8);
    dtl_buf_byte(&w->value, (uint8_t)(width[TIME] | width[FILE_ID] << 4));
    dtl_buf_byte(&w->value, (uint8_t)(width[OFFSET] | width[LENGTH] << 4));
    dtl_buf_byte(&w->value, (uint8_t)width[ARTICLE]);
    put_rows(w, width, fixed);
    w->ordinal += w->n;
    w->n = 0;
    w->size = 0;
    w->bytes.len = 0;
    *key = dtl_buf_view(&w->separator);
    *value = dtl_buf_view(&w->value);
    return !w->value.failed && !w->bytes.failed && !w->last.failed &&
           !w->separator.failed;
}

void dtl_block_writer_free(struct dtl_block_writer *w)
{
    free(w->rows);
    dtl_buf_free(&w->bytes);
    dtl_buf_free(&w->last);
    dtl_buf_free(&w->separator);
    dtl_buf_free(&w->value);
}

/* ---- reading blocks ----------------------------------------------------- */

static int bad(struct dtl_error *err)
{
    return dtl_fail(err, DTL_FORMAT, 0, "a block of captures is damaged");
}

static inline uint64_t get_fixed(const uint8_t *p, unsigned width)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < width; i++)
        v |= (uint64_t)p[i] << 8 * i;
    return v;
}

/* The same in one go, where no more than `end` may be read. */
static inline uint64_t get_within(const uint8_t *p, unsigned width,
                                  const uint8_t *end)
{
    uint64_t v;

    if (width == 0)
        return 0;
    if (end - p < 8)
        return get_fixed(p, width);
    memcpy(&v, p, 8);
    return le64toh(v) << (64 - 8 * width) >> (64 - 8 * width);
}

/* Most numbers here are below 128. */
static inline bool get_varint(struct dtl_slice s, size_t *pos, uint64_t *out)
{
    if (*pos < s.len && s.ptr[*pos] < 0x80) {
        *out = s.ptr[(*pos)++];
        return true;
    }
    return dtl_varint(s, pos, out);
}

int dtl_block_open(struct dtl_block *b, struct dtl_slice bytes,
                   struct dtl_error *err)
{
    uint64_t count, ordinal;
    size_t pos = 0;
    const uint8_t *w;

    b->bytes = (struct dtl_slice){ 0 }; /* until it proves sound */
    if (!get_varint(bytes, &pos, &count) || count == 0 || count > MOST_ROWS ||
        !get_varint(bytes, &pos, &ordinal) || ordinal > UINT32_MAX - count ||
        bytes.len - pos < 11)
        return bad(err);
    b->count = (uint32_t)count;
    b->ordinal = (uint32_t)ordinal;
    b->row = 0;
    b->base = (int64_t)get_fixed(bytes.ptr + pos, 8);
    w = bytes.ptr + pos + 8;
    b->width[TIME] = w[0] & 15;
    b->width[FILE_ID] = w[0] >> 4;
    b->width[OFFSET] = w[1] & 15;
    b->width[LENGTH] = w[1] >> 4;
    b->width[ARTICLE] = w[2];
    b->pos = pos + 11;
    b->fixed = 0;
    for (int i = 0; i < COLUMNS; i++) {
        if (b->width[i] > 8)
            return bad(err);
        b->fixed += b->width[i];
    }
    dtl_buf_clear(&b->key);
    b->bytes = bytes;
    return DTL_OK;
}

int dtl_block_next(struct dtl_block *b, struct dtl_error *err)
{
    uint64_t shared, suffix, rest;

    if (b->row == b->count)
        return DTL_END;
    if (!get_varint(b->bytes, &b->pos, &shared) ||
        !get_varint(b->bytes, &b->pos, &suffix) || shared > b->key.len ||
        suffix > b->bytes.len - b->pos)
        return bad(err);
    b->key.len = (size_t)shared;
    if (suffix > b->key.cap - b->key.len &&
        !dtl_buf_reserve(&b->key, (size_t)suffix))
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a URL");
    if (suffix > 0)
        memcpy(b->key.ptr + b->key.len, b->bytes.ptr + b->pos, (size_t)suffix);
    b->key.len += (size_t)suffix;
    b->pos += (size_t)suffix;
    if (!get_varint(b->bytes, &b->pos, &rest) || rest > b->bytes.len - b->pos ||
        rest <= b->fixed)
        return bad(err);
    b->rest = b->pos;
    b->pos += (size_t)rest;
    b->rest_end = b->pos;
    b->row++;
    return DTL_OK;
}

uint32_t dtl_block_ordinal(const struct dtl_block *b)
{
    return b->ordinal + b->row - 1;
}

int64_t dtl_block_time(const struct dtl_block *b)
{
    uint64_t v =
        (uint64_t)b->base + get_fixed(b->bytes.ptr + b->rest, b->width[TIME]);

    return (int64_t)(v ^ UINT64_C(1) << 63);
}

void dtl_block_place(const struct dtl_block *b, uint32_t *file,
                     uint64_t *offset)
{
    const uint8_t *p = b->bytes.ptr + b->rest + b->width[TIME];

    *file = (uint32_t)get_fixed(p, b->width[FILE_ID]);
    *offset = get_fixed(p + b->width[FILE_ID], b->width[OFFSET]);
}

static bool read_digest(const struct dtl_block *b, struct dtl_slice s,
                        size_t *pos, unsigned mode, struct dtl_digest *d)
{
    size_t at = *pos, len;

    d->kind = DTL_DIGEST_NONE;
    d->len = 0;
    switch (mode) {
    case DIGEST_NONE: return true;
    case DIGEST_OTHER:
        if (s.len - at < 2 || s.ptr[at + 1] > sizeof d->bytes ||
            s.len - at - 2 < s.ptr[at + 1])
            return false;
        len = s.ptr[at + 1];
        d->kind = s.ptr[at];
        d->len = (uint8_t)len;
        memcpy(d->bytes, s.ptr + at + 2, len);
        *pos = at + 2 + len;
        return true;
    case DIGEST_EARLIER:
        if (s.len - at < 2)
            return false;
        *pos = at + 2;
        at = (size_t)get_fixed(s.ptr + at, 2);
        s = b->bytes;
        break;
    default: *pos = at + 20; break;
    }
    if (s.len < 20 || at > s.len - 20)
        return false;
    d->kind = DTL_DIGEST_SHA1;
    d->len = 20;
    memcpy(d->bytes, s.ptr + at, 20);
    return true;
}

static bool read_kind(const struct dtl_kinds *k, struct dtl_slice s,
                      size_t *pos, struct dtl_capture *out)
{
    uint64_t kind, status;

    if (!get_varint(s, pos, &kind) || kind >= k->n)
        return false;
    if (kind > 0) {
        out->status = k->kinds[kind].status;
        out->mime = k->kinds[kind].mime;
        return true;
    }
    if (!get_varint(s, pos, &status) || status > UINT16_MAX)
        return false;
    out->status = (uint16_t)status;
    return get_slice(s, pos, &out->mime);
}

static bool read_url(const struct dtl_block *b, struct dtl_slice s, size_t *pos,
                     bool differs, struct dtl_buf *strings,
                     struct dtl_buf *scratch)
{
    struct dtl_slice key = dtl_buf_view(&b->key), middle;
    uint64_t pre, suf;
    unsigned form;

    if (*pos >= s.len)
        return false;
    form = s.ptr[(*pos)++];
    if (!differs) {
        url_of_key(key, form, strings);
        return true;
    }
    if (!get_varint(s, pos, &pre) || !get_varint(s, pos, &suf) ||
        !get_slice(s, pos, &middle))
        return false;
    url_of_key(key, form, scratch);
    if (pre > scratch->len || suf > scratch->len - pre)
        return false;
    if (pre > 0)
        dtl_buf_add(strings, scratch->ptr, (size_t)pre);
    dtl_buf_slice(strings, middle);
    if (suf > 0)
        dtl_buf_add(strings, scratch->ptr + scratch->len - suf, (size_t)suf);
    return true;
}

static bool read_id(struct dtl_slice s, size_t *pos, unsigned mode,
                    struct dtl_buf *strings, struct dtl_slice *out)
{
    switch (mode) {
    case ID_NONE: return true;
    case ID_OTHER: return get_slice(s, pos, out);
    case ID_UUID:
        if (s.len - *pos < 16)
            return false;
        if (!dtl_buf_reserve(strings, 47))
            return false;
        uuid_text(s.ptr + *pos, strings->ptr + strings->len);
        strings->len += 47;
        *pos += 16;
        return true;
    default: return false;
    }
}

/* `strings` holds the key, the URL and a record id, in that order: slices are
 * taken when it no longer moves. */
static bool read_tail(const struct dtl_block *b, const struct dtl_kinds *k,
                      struct dtl_slice s, struct dtl_buf *strings,
                      struct dtl_capture *out)
{
    struct dtl_buf scratch = { 0 };
    size_t pos = 1, key_len = b->key.len, url_end;
    unsigned head = s.ptr[0];
    uint64_t flags;
    bool ok;

    dtl_buf_clear(strings);
    /* For most all there is, and some even if all is empty. */
    if (!dtl_buf_reserve(strings, 2 * key_len + 16 + 47 + 1))
        return false;
    dtl_buf_slice(strings, dtl_buf_view(&b->key));
    ok = read_digest(b, s, &pos, head & DIGEST_MASK, &out->digest) &&
         pos <= s.len && get_varint(s, &pos, &flags) && flags <= UINT16_MAX &&
         read_kind(k, s, &pos, out) &&
         read_url(b, s, &pos, head & URL_DIFFERS, strings, &scratch);
    dtl_buf_free(&scratch);
    if (!ok)
        return false;
    url_end = strings->len;
    out->flags = (uint16_t)flags;
    if ((head & HAS_REDIRECT) && !get_slice(s, &pos, &out->redirect))
        return false;
    if (!read_id(s, &pos, head & ID_MASK, strings, &out->record_id))
        return false;
    out->key = dtl_slice_of(strings->ptr, key_len);
    out->url = dtl_slice_of(strings->ptr + key_len, url_end - key_len);
    if ((head & ID_MASK) == ID_UUID)
        out->record_id =
            dtl_slice_of(strings->ptr + url_end, strings->len - url_end);
    if (!(head & HAS_ARTICLE))
        out->article = DTL_NO_ARTICLE;
    return !strings->failed;
}

int dtl_block_capture(const struct dtl_block *b, const struct dtl_kinds *k,
                      struct dtl_buf *strings, struct dtl_capture *out,
                      struct dtl_error *err)
{
    const uint8_t *p = b->bytes.ptr + b->rest;
    struct dtl_slice tail =
        dtl_slice_of(p + b->fixed, b->rest_end - b->rest - b->fixed);
    const uint8_t *end = b->bytes.ptr + b->bytes.len;
    uint64_t column[COLUMNS];

    for (int i = 0; i < COLUMNS; i++) {
        column[i] = get_within(p, b->width[i], end);
        p += b->width[i];
    }
    memset(out, 0, offsetof(struct dtl_capture, digest));
    out->file = (uint32_t)column[FILE_ID];
    out->offset = column[OFFSET];
    out->length = column[LENGTH];
    out->article = (uint32_t)column[ARTICLE];
    out->time =
        (int64_t)(((uint64_t)b->base + column[TIME]) ^ UINT64_C(1) << 63);
    if (!read_tail(b, k, tail, strings, out))
        return bad(err);
    return DTL_OK;
}

void dtl_block_free(struct dtl_block *b)
{
    dtl_buf_free(&b->key);
}
