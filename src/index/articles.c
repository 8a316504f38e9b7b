/* SPDX-License-Identifier: Apache-2.0 */
#include "articles.h"

#include <stdlib.h>
#include <xxhash.h>
#include <zdict.h>
#include <zstd.h>

#define LEVEL       3
#define GROUP_ROOM  (8U * 4096U - 16U) /* bytes of a group: eight pages */
#define SAMPLES     (1U << 20)         /* bytes a dictionary is learnt from */
#define DICTIONARY  (32U << 10)
#define FEW_SAMPLES 48 /* too few to learn from */
#define SLOTS_FIRST 1024U

/* A row's first byte. */
enum {
    HAS_PUBLISHED = 1,
    TEXT_ELSEWHERE = 2, /* another article of this segment has the text */
};

static void put_be32(uint8_t out[4], uint32_t v)
{
    v = __builtin_bswap32(v);
    memcpy(out, &v, 4);
}

/* ---- writing ------------------------------------------------------------ */

/* Text, to the letter -> the article that has it. */
struct slot {
    uint64_t hash, more; /* its XXH3, 128 bits */
    uint32_t article;
    bool used;
};

struct dtl_articles_writer {
    struct dtl_env *env;
    ZSTD_CCtx *zstd;
    ZSTD_CDict *dict;
    bool learnt;            /* whether a dictionary came of it or not */
    struct dtl_buf raw;     /* rows kept while samples are gathered */
    struct dtl_buf samples; /* their texts and metadata */
    size_t *sizes;          /* of the samples */
    size_t nsizes, room;
    struct dtl_buf row, head, packed, group, lengths;
    uint32_t group_first, group_rows;
    uint32_t count;
    struct slot *slots;
    size_t nslots, used;
};

int dtl_articles_writer_new(struct dtl_env *env,
                            struct dtl_articles_writer **out,
                            struct dtl_error *err)
{
    struct dtl_articles_writer *w = calloc(1, sizeof *w);

    *out = NULL;
    if (w == NULL || (w->zstd = ZSTD_createCCtx()) == NULL) {
        free(w);
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for articles");
    }
    ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_compressionLevel, LEVEL);
    w->env = env;
    *out = w;
    return DTL_OK;
}

void dtl_articles_writer_free(struct dtl_articles_writer *w)
{
    if (w == NULL)
        return;
    ZSTD_freeCCtx(w->zstd);
    ZSTD_freeCDict(w->dict);
    dtl_buf_free(&w->raw);
    dtl_buf_free(&w->samples);
    dtl_buf_free(&w->row);
    dtl_buf_free(&w->head);
    dtl_buf_free(&w->packed);
    dtl_buf_free(&w->group);
    dtl_buf_free(&w->lengths);
    free(w->sizes);
    free(w->slots);
    free(w);
}

uint32_t dtl_articles_count(const struct dtl_articles_writer *w)
{
    return w->count;
}

static int flush_group(struct dtl_articles_writer *w, struct dtl_error *err)
{
    struct dtl_buf value = { 0 };
    uint8_t key[4];
    int rc;

    if (w->group_rows == 0)
        return DTL_OK;
    dtl_buf_varint(&value, w->group_rows);
    dtl_buf_slice(&value, dtl_buf_view(&w->lengths));
    dtl_buf_slice(&value, dtl_buf_view(&w->group));
    put_be32(key, w->group_first);
    rc = value.failed || w->group.failed || w->lengths.failed
             ? dtl_fail(err, DTL_NOMEM, 0, "out of memory for articles")
             : dtl_env_append(w->env, "articles", dtl_slice_of(key, 4),
                              dtl_buf_view(&value), err);
    dtl_buf_free(&value);
    dtl_buf_clear(&w->group);
    dtl_buf_clear(&w->lengths);
    w->group_first += w->group_rows;
    w->group_rows = 0;
    return rc;
}

static int add_packed(struct dtl_articles_writer *w, struct dtl_slice row,
                      struct dtl_error *err)
{
    int rc;

    if (w->group_rows > 0 &&
        w->group.len + row.len + w->lengths.len + 8 > GROUP_ROOM &&
        (rc = flush_group(w, err)) != DTL_OK)
        return rc;
    dtl_buf_varint(&w->lengths, row.len);
    dtl_buf_slice(&w->group, row);
    w->group_rows++;
    return DTL_OK;
}

/* varint raw length, varint packed length, frame. */
static int add_frame(struct dtl_articles_writer *w, struct dtl_slice raw,
                     struct dtl_buf *out, struct dtl_error *err)
{
    size_t bound = ZSTD_compressBound(raw.len), n;

    dtl_buf_clear(&w->packed);
    if (!dtl_buf_reserve(&w->packed, bound))
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for articles");
    n = w->dict != NULL
            ? ZSTD_compress_usingCDict(w->zstd, w->packed.ptr, w->packed.cap,
                                       raw.ptr, raw.len, w->dict)
            : ZSTD_compressCCtx(w->zstd, w->packed.ptr, w->packed.cap, raw.ptr,
                                raw.len, LEVEL);
    if (ZSTD_isError(n))
        return dtl_fail(err, DTL_NOMEM, 0, "cannot compress a text: %s",
                        ZSTD_getErrorName(n));
    dtl_buf_varint(out, raw.len);
    dtl_buf_varint(out, n);
    dtl_buf_add(out, w->packed.ptr, n);
    return out->failed
               ? dtl_fail(err, DTL_NOMEM, 0, "out of memory for articles")
               : DTL_OK;
}

/* A raw row: varint fixed length, fixed part, varint head length, head, and
 * varint text length + 1, text, or 0 when the text is elsewhere. */
static int pack_row(struct dtl_articles_writer *w, struct dtl_slice raw,
                    size_t *pos, struct dtl_error *err)
{
    uint64_t fixed = 0, head = 0, text = 0;
    int rc;

    dtl_buf_clear(&w->row);
    dtl_varint(raw, pos, &fixed);
    dtl_buf_varint(&w->row, w->dict != NULL);
    dtl_buf_add(&w->row, raw.ptr + *pos, (size_t)fixed);
    *pos += (size_t)fixed;
    dtl_varint(raw, pos, &head);
    rc = add_frame(w, dtl_slice_of(raw.ptr + *pos, (size_t)head), &w->row, err);
    *pos += (size_t)head;
    dtl_varint(raw, pos, &text);
    if (text > 0 && rc == DTL_OK)
        rc = add_frame(w, dtl_slice_of(raw.ptr + *pos, (size_t)text - 1),
                       &w->row, err);
    *pos += text > 0 ? (size_t)text - 1 : 0;
    return rc == DTL_OK ? add_packed(w, dtl_buf_view(&w->row), err) : rc;
}

/* Learn a dictionary from what there is, then pack what was kept. */
static int learn(struct dtl_articles_writer *w, struct dtl_error *err)
{
    size_t pos = 0, n = 0;
    void *dict;
    int rc = DTL_OK;

    w->learnt = true;
    if (w->nsizes >= FEW_SAMPLES && (dict = malloc(DICTIONARY)) != NULL) {
        n = ZDICT_trainFromBuffer(dict, DICTIONARY, w->samples.ptr, w->sizes,
                                  (unsigned)w->nsizes);
        if (!ZDICT_isError(n)) {
            uint8_t key[4];

            put_be32(key, 1);
            w->dict = ZSTD_createCDict(dict, n, LEVEL);
            if (w->dict != NULL)
                rc =
                    dtl_env_append(w->env, "dictionaries", dtl_slice_of(key, 4),
                                   dtl_slice_of(dict, n), err);
        }
        free(dict);
    }
    while (rc == DTL_OK && pos < w->raw.len)
        rc = pack_row(w, dtl_buf_view(&w->raw), &pos, err);
    dtl_buf_free(&w->samples);
    dtl_buf_clear(&w->raw);
    free(w->sizes);
    w->sizes = NULL;
    w->nsizes = w->room = 0;
    return rc;
}

static bool sample(struct dtl_articles_writer *w, struct dtl_slice s)
{
    if (s.len == 0)
        return true;
    if (w->nsizes == w->room) {
        size_t room = w->room == 0 ? 256 : w->room * 2;
        size_t *sizes = realloc(w->sizes, room * sizeof *sizes);

        if (sizes == NULL)
            return false;
        w->sizes = sizes;
        w->room = room;
    }
    w->sizes[w->nsizes++] = s.len;
    return dtl_buf_slice(&w->samples, s);
}

/* ---- one copy of each text ---------------------------------------------- */

static struct slot *slot_of(struct slot *slots, size_t n, uint64_t hash,
                            uint64_t more)
{
    size_t i = hash & (n - 1);

    while (slots[i].used && (slots[i].hash != hash || slots[i].more != more))
        i = (i + 1) & (n - 1);
    return &slots[i];
}

static bool more_slots(struct dtl_articles_writer *w)
{
    size_t n = w->nslots == 0 ? SLOTS_FIRST : w->nslots * 2;
    struct slot *slots = calloc(n, sizeof *slots);

    if (slots == NULL)
        return false;
    for (size_t i = 0; i < w->nslots; i++)
        if (w->slots[i].used)
            *slot_of(slots, n, w->slots[i].hash, w->slots[i].more) =
                w->slots[i];
    free(w->slots);
    w->slots = slots;
    w->nslots = n;
    return true;
}

/* The article that has this text already, or DTL_NO_ARTICLE after noting that
 * `ordinal` has it.  Texts that differ only in what the normal form folds are
 * two: a page's own letters are what its reader wants to see. */
static int first_with(struct dtl_articles_writer *w, struct dtl_slice text,
                      uint32_t ordinal, uint32_t *out, struct dtl_error *err)
{
    XXH128_hash_t h = XXH3_128bits(text.ptr, text.len);
    struct slot *slot;

    *out = DTL_NO_ARTICLE;
    if (w->used * 4 >= w->nslots * 3 && !more_slots(w))
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for articles");
    slot = slot_of(w->slots, w->nslots, h.low64, h.high64);
    if (slot->used) {
        *out = slot->article;
        return DTL_OK;
    }
    *slot = (struct slot){ h.low64, h.high64, ordinal, true };
    w->used++;
    return DTL_OK;
}

static void put_fixed(struct dtl_buf *b, const struct dtl_article_row *row,
                      uint32_t elsewhere)
{
    bool dated = row->published != DTL_NO_TIME;

    dtl_buf_byte(b,
                 (uint8_t)((dated ? HAS_PUBLISHED : 0) |
                           (elsewhere != DTL_NO_ARTICLE ? TEXT_ELSEWHERE : 0)));
    dtl_buf_byte(b, row->page_type);
    dtl_buf_varint(b, row->words);
    if (dated)
        dtl_buf_add(b, &row->published, 8);
    dtl_buf_add(b, row->text_hash, 32);
    if (elsewhere != DTL_NO_ARTICLE)
        dtl_buf_varint(b, elsewhere);
}

static void put_head(struct dtl_buf *b, const struct dtl_article_row *row)
{
    const struct dtl_slice *parts[] = { &row->title, &row->site, &row->language,
                                        &row->meta, &row->rest };

    for (size_t i = 0; i < 5; i++) {
        dtl_buf_varint(b, parts[i]->len);
        dtl_buf_slice(b, *parts[i]);
    }
}

int dtl_articles_add(struct dtl_articles_writer *w,
                     const struct dtl_article_row *row, uint32_t *ordinal,
                     struct dtl_error *err)
{
    uint32_t elsewhere;
    size_t pos;
    int rc;

    if (w->count == UINT32_MAX - 1)
        return dtl_fail(err, DTL_LIMIT, 0, "the segment is full");
    rc = first_with(w, row->text, w->count, &elsewhere, err);
    if (rc != DTL_OK)
        return rc;
    dtl_buf_clear(&w->row);
    put_fixed(&w->row, row, elsewhere);
    dtl_buf_clear(&w->head);
    put_head(&w->head, row);
    pos = w->raw.len;
    dtl_buf_varint(&w->raw, w->row.len);
    dtl_buf_slice(&w->raw, dtl_buf_view(&w->row));
    dtl_buf_varint(&w->raw, w->head.len);
    dtl_buf_slice(&w->raw, dtl_buf_view(&w->head));
    dtl_buf_varint(&w->raw,
                   elsewhere == DTL_NO_ARTICLE ? row->text.len + 1 : 0);
    if (elsewhere == DTL_NO_ARTICLE)
        dtl_buf_slice(&w->raw, row->text);
    if (w->raw.failed || w->row.failed || w->head.failed)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for articles");
    *ordinal = w->count++;
    if (w->learnt) {
        rc = pack_row(w, dtl_buf_view(&w->raw), &pos, err);
        dtl_buf_clear(&w->raw);
        return rc;
    }
    if (!sample(w, dtl_buf_view(&w->head)) ||
        !sample(w, elsewhere == DTL_NO_ARTICLE ? dtl_sub(row->text, 0, 16384)
                                               : dtl_str(NULL)))
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for articles");
    return w->samples.len >= SAMPLES ? learn(w, err) : DTL_OK;
}

int dtl_articles_finish(struct dtl_articles_writer *w, struct dtl_error *err)
{
    int rc = w->learnt ? DTL_OK : learn(w, err);

    return rc == DTL_OK ? flush_group(w, err) : rc;
}

/* ---- reading ------------------------------------------------------------ */

struct dict {
    uint64_t number;
    ZSTD_DDict *dict;
};

struct dtl_articles {
    struct dtl_table rows, dictionaries;
    ZSTD_DCtx *zstd;
    struct dict *dicts; /* those used so far */
    size_t ndicts;
};

int dtl_articles_open(struct dtl_sealed *file, struct dtl_articles **out,
                      struct dtl_error *err)
{
    struct dtl_articles *a = calloc(1, sizeof *a);
    int rc;

    *out = NULL;
    if (a == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for articles");
    rc = dtl_sealed_table(file, "articles", &a->rows, err);
    if (rc == DTL_OK)
        rc = dtl_sealed_table(file, "dictionaries", &a->dictionaries, err);
    if (rc != DTL_OK) {
        dtl_articles_close(a);
        return rc;
    }
    *out = a;
    return DTL_OK;
}

void dtl_articles_close(struct dtl_articles *a)
{
    if (a == NULL)
        return;
    for (size_t i = 0; i < a->ndicts; i++)
        ZSTD_freeDDict(a->dicts[i].dict);
    free(a->dicts);
    ZSTD_freeDCtx(a->zstd);
    free(a);
}

static int bad(struct dtl_error *err, uint32_t ordinal)
{
    return dtl_fail(err, DTL_FORMAT, 0, "article %u is damaged",
                    (unsigned)ordinal);
}

static int dict_of(struct dtl_articles *a, uint64_t number, ZSTD_DDict **out,
                   struct dtl_error *err)
{
    struct dtl_slice bytes;
    struct dict *dicts;
    uint8_t key[4];
    int rc;

    *out = NULL;
    if (number == 0)
        return DTL_OK;
    for (size_t i = 0; i < a->ndicts; i++)
        if (a->dicts[i].number == number) {
            *out = a->dicts[i].dict;
            return DTL_OK;
        }
    put_be32(key, (uint32_t)number);
    rc = dtl_table_get(&a->dictionaries, dtl_slice_of(key, 4), &bytes, err);
    if (rc != DTL_OK)
        return rc == DTL_NOTFOUND
                   ? dtl_fail(err, DTL_FORMAT, 0, "a dictionary is missing")
                   : rc;
    dicts = realloc(a->dicts, (a->ndicts + 1) * sizeof *dicts);
    if (dicts == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for articles");
    a->dicts = dicts;
    *out = ZSTD_createDDict(bytes.ptr, bytes.len);
    if (*out == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for articles");
    dicts[a->ndicts++] = (struct dict){ number, *out };
    return DTL_OK;
}

struct reader {
    struct dtl_slice s;
    size_t pos;
    bool failed;
};

static uint64_t number(struct reader *r)
{
    uint64_t v = 0;

    if (!dtl_varint(r->s, &r->pos, &v))
        r->failed = true;
    return v;
}

static struct dtl_slice take(struct reader *r, uint64_t n)
{
    struct dtl_slice out = { 0 };

    if (r->failed || n > r->s.len - r->pos) {
        r->failed = true;
        return out;
    }
    out = dtl_slice_of(r->s.ptr + r->pos, (size_t)n);
    r->pos += (size_t)n;
    return out;
}

/* The row's bytes within its group. */
static int find_row(struct dtl_articles *a, uint32_t ordinal,
                    struct reader *out, struct dtl_error *err)
{
    struct dtl_table_cursor c;
    struct reader r = { 0 };
    uint64_t rows, skip = 0, len = 0;
    uint32_t first;
    uint8_t key[4];
    int rc;

    put_be32(key, ordinal);
    dtl_table_cursor(&c, &a->rows);
    rc = dtl_table_floor(&c, dtl_slice_of(key, 4), err);
    if (rc == DTL_END)
        return dtl_fail(err, DTL_NOTFOUND, 0, "no article %u",
                        (unsigned)ordinal);
    if (rc != DTL_OK)
        return rc;
    if (c.key.len != 4)
        return bad(err, ordinal);
    memcpy(&first, c.key.ptr, 4);
    first = __builtin_bswap32(first);
    r.s = c.value;
    rows = number(&r);
    if (r.failed || ordinal - first >= rows)
        return dtl_fail(err, DTL_NOTFOUND, 0, "no article %u",
                        (unsigned)ordinal);
    for (uint64_t i = 0; i < rows && !r.failed; i++) {
        uint64_t n = number(&r);

        if (i < ordinal - first)
            skip += n;
        else if (i == ordinal - first)
            len = n;
        if (n > c.value.len)
            r.failed = true;
    }
    take(&r, skip);
    out->s = take(&r, len);
    out->pos = 0;
    out->failed = false;
    return r.failed ? bad(err, ordinal) : DTL_OK;
}

static int unpack(struct dtl_articles *a, struct reader *r, ZSTD_DDict *dict,
                  uint32_t ordinal, struct dtl_arena *arena,
                  struct dtl_slice *out, struct dtl_error *err)
{
    uint64_t raw_len = number(r);
    struct dtl_slice frame = take(r, number(r));
    uint8_t *raw;
    size_t n;

    if (r->failed || raw_len != ZSTD_getFrameContentSize(frame.ptr, frame.len))
        return bad(err, ordinal);
    if (a->zstd == NULL)
        a->zstd = ZSTD_createDCtx();
    raw = dtl_arena_alloc(arena, (size_t)raw_len + 1);
    if (raw == NULL || a->zstd == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for an article");
    n = dict != NULL ? ZSTD_decompress_usingDDict(a->zstd, raw, (size_t)raw_len,
                                                  frame.ptr, frame.len, dict)
                     : ZSTD_decompressDCtx(a->zstd, raw, (size_t)raw_len,
                                           frame.ptr, frame.len);
    if (ZSTD_isError(n) || n != raw_len)
        return bad(err, ordinal);
    raw[n] = '\0';
    *out = dtl_slice_of(raw, n);
    return DTL_OK;
}

static bool read_head(struct dtl_slice s, struct dtl_article_row *out)
{
    struct dtl_slice *parts[] = { &out->title, &out->site, &out->language,
                                  &out->meta, &out->rest };
    struct reader r = { .s = s };

    for (size_t i = 0; i < 5; i++)
        *parts[i] = take(&r, number(&r));
    return !r.failed;
}

static int get_row(struct dtl_articles *a, uint32_t ordinal, unsigned parts,
                   unsigned hops, struct dtl_arena *arena,
                   struct dtl_article_row *out, struct dtl_error *err)
{
    struct reader r;
    struct dtl_slice flags, type, bytes;
    uint64_t dict_number, words, elsewhere = 0;
    ZSTD_DDict *dict;
    int rc = find_row(a, ordinal, &r, err);

    if (rc != DTL_OK)
        return rc;
    dict_number = number(&r);
    flags = take(&r, 1);
    type = take(&r, 1);
    words = number(&r);
    if (r.failed || words > UINT32_MAX || dict_number > UINT32_MAX)
        return bad(err, ordinal);
    out->page_type = type.ptr[0];
    out->words = (uint32_t)words;
    out->published = DTL_NO_TIME;
    if (flags.ptr[0] & HAS_PUBLISHED) {
        bytes = take(&r, 8);
        if (!r.failed)
            memcpy(&out->published, bytes.ptr, 8);
    }
    bytes = take(&r, 32);
    if (!r.failed)
        memcpy(out->text_hash, bytes.ptr, 32);
    if (flags.ptr[0] & TEXT_ELSEWHERE)
        elsewhere = number(&r);
    if (r.failed || (rc = dict_of(a, dict_number, &dict, err)) != DTL_OK)
        return r.failed ? bad(err, ordinal) : rc;
    if (parts & DTL_ARTICLES_META) {
        rc = unpack(a, &r, dict, ordinal, arena, &bytes, err);
        if (rc == DTL_OK && !read_head(bytes, out))
            rc = bad(err, ordinal);
        if (rc != DTL_OK)
            return rc;
    } else {
        number(&r);
        take(&r, number(&r));
    }
    if (!(parts & DTL_ARTICLES_TEXT))
        return DTL_OK;
    if (flags.ptr[0] & TEXT_ELSEWHERE) {
        struct dtl_article_row other = { 0 };

        /* A text stands in the first article that had it: one hop. */
        if (hops > 0 || elsewhere >= UINT32_MAX)
            return bad(err, ordinal);
        rc = get_row(a, (uint32_t)elsewhere, DTL_ARTICLES_TEXT, 1, arena,
                     &other, err);
        if (rc == DTL_OK && memcmp(other.text_hash, out->text_hash, 32) != 0)
            rc = bad(err, ordinal);
        out->text = other.text;
        return rc == DTL_NOTFOUND ? bad(err, ordinal) : rc;
    }
    return unpack(a, &r, dict, ordinal, arena, &out->text, err);
}

int dtl_articles_get(struct dtl_articles *a, uint32_t ordinal, unsigned parts,
                     struct dtl_arena *arena, struct dtl_article_row *out,
                     struct dtl_error *err)
{
    memset(out, 0, sizeof *out);
    return get_row(a, ordinal, parts, 0, arena, out, err);
}
