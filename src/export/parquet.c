/* SPDX-License-Identifier: Apache-2.0 */
/*
 * github.com/apache/parquet-format: README.md, Encodings.md, LogicalTypes.md,
 * src/main/thrift/parquet.thrift, whose field numbers stand below.
 *
 *   file    "PAR1", column chunks, footer, u32 length of the footer, "PAR1"
 *   chunk   [dictionary page] data pages
 *   page    header (Thrift), then packed together: for a list u32 length and
 *           repetition levels; for a list or an optional column u32 length
 *           and definition levels; the values
 *   levels  and numbers into a dictionary: runs and groups of eight,
 *           bit-packed ("RLE hybrid")
 *   values  BYTE_ARRAY: u32 length and bytes; INT64, DOUBLE: 8 bytes;
 *           BOOLEAN: a bit each, least significant first
 */
#include "parquet.h"

#include "thrift.h"

#include <stdlib.h>

#include <libdeflate.h>
#include <xxhash.h>
#include <zstd.h>

#define MAGIC     "PAR1"
#define PAGE_FULL ((size_t)1 << 20) /* bytes of values */
#define ZSTD_FAST 1
#define STAT_LONG 128U /* longer values have no place in statistics */
#define SLOTS     256U

enum { CODEC_ZSTD = 6 };
enum { PLAIN = 0, RLE = 3, RLE_DICTIONARY = 8 };
enum { DATA_PAGE = 0, DICTIONARY_PAGE = 2 };
enum { REQUIRED = 0, OPTIONAL = 1, REPEATED = 2 };
enum { UTF8 = 0, LIST = 3, TIMESTAMP_MILLIS = 9 }; /* ConvertedType */

struct entry { /* of a dictionary */
    uint32_t offset, len;
};

struct column {
    const struct dtl_parquet_column *spec;
    struct dtl_buf values;        /* of the page in hand, plain */
    struct dtl_buf defs, reps;    /* of the page, a byte each */
    struct dtl_buf pages;         /* finished ones */
    uint32_t in_page;             /* values and nulls of the page */
    uint64_t count, nulls;        /* of the chunk */
    uint64_t unpacked, data_from; /* sizes with headers; past the dictionary */
    uint64_t packed;              /* of the finished chunk */
    bool packed_bits;             /* BOOLEAN: bits of the last byte in use */
    unsigned bits;
    /* statistics */
    bool any, no_range;
    int64_t low, high;
    double low_real, high_real;
    uint8_t low_text[STAT_LONG], high_text[STAT_LONG];
    size_t low_len, high_len;
    /* dictionary: entries of `words`, numbers of all values */
    struct dtl_buf words, numbers;
    struct entry *entries;
    uint32_t *slots; /* entry + 1, by hash */
    size_t nentries, room, nslots;
    bool used_dictionary;
};

struct dtl_parquet_group {
    struct column *columns;
    size_t n;
    uint64_t rows, bytes; /* of the finished group */
    ZSTD_CCtx *zstd;
    struct dtl_buf page, packed;
    bool failed;
};

static int no_memory(struct dtl_error *err)
{
    return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a row group");
}

int dtl_parquet_new(const struct dtl_parquet_column *columns, size_t n,
                    struct dtl_parquet_group **out, struct dtl_error *err)
{
    struct dtl_parquet_group *g = calloc(1, sizeof *g);

    *out = NULL;
    if (g == NULL || (g->columns = calloc(n, sizeof *g->columns)) == NULL ||
        (g->zstd = ZSTD_createCCtx()) == NULL) {
        dtl_parquet_free(g);
        return no_memory(err);
    }
    ZSTD_CCtx_setParameter(g->zstd, ZSTD_c_compressionLevel, ZSTD_FAST);
    g->n = n;
    for (size_t i = 0; i < n; i++)
        g->columns[i].spec = &columns[i];
    *out = g;
    return DTL_OK;
}

static void free_column(struct column *c)
{
    dtl_buf_free(&c->values);
    dtl_buf_free(&c->defs);
    dtl_buf_free(&c->reps);
    dtl_buf_free(&c->pages);
    dtl_buf_free(&c->words);
    dtl_buf_free(&c->numbers);
    free(c->entries);
    free(c->slots);
}

void dtl_parquet_free(struct dtl_parquet_group *g)
{
    if (g == NULL)
        return;
    for (size_t i = 0; g->columns != NULL && i < g->n; i++)
        free_column(&g->columns[i]);
    free(g->columns);
    ZSTD_freeCCtx(g->zstd);
    dtl_buf_free(&g->page);
    dtl_buf_free(&g->packed);
    free(g);
}

static void empty_page(struct column *c)
{
    dtl_buf_clear(&c->values);
    dtl_buf_clear(&c->defs);
    dtl_buf_clear(&c->reps);
    c->in_page = 0;
    c->bits = 0;
}

void dtl_parquet_reset(struct dtl_parquet_group *g)
{
    for (size_t i = 0; i < g->n; i++) {
        struct column *c = &g->columns[i];

        empty_page(c);
        dtl_buf_clear(&c->pages);
        dtl_buf_clear(&c->words);
        dtl_buf_clear(&c->numbers);
        if (c->slots != NULL)
            memset(c->slots, 0, c->nslots * sizeof *c->slots);
        c->nentries = 0;
        c->count = c->nulls = c->unpacked = c->data_from = 0;
        c->any = c->no_range = c->used_dictionary = false;
    }
    g->rows = g->bytes = 0;
    g->failed = false;
}

/* ---- numbers
 * ------------------------------------------------------------------ */

static void put_u32(struct dtl_buf *b, uint32_t v)
{
    uint8_t bytes[4] = { (uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16),
                         (uint8_t)(v >> 24) };

    dtl_buf_add(b, bytes, 4);
}

static void put_u64(struct dtl_buf *b, uint64_t v)
{
    put_u32(b, (uint32_t)v);
    put_u32(b, (uint32_t)(v >> 32));
}

static uint64_t bits_of(double v)
{
    uint64_t w;

    memcpy(&w, &v, sizeof w);
    return w;
}

/* ---- the hybrid of runs and bit-packed groups
 * ----------------------------------- */

struct hybrid {
    struct dtl_buf *out;
    unsigned width;
    uint32_t literal[512]; /* not yet written, in groups of eight */
    size_t n;
};

static void flush_literal(struct hybrid *h)
{
    uint64_t bits = 0;
    unsigned have = 0;

    if (h->n == 0)
        return;
    while (h->n % 8 != 0) /* only at the end: what is too much is not read */
        h->literal[h->n++] = 0;
    dtl_buf_varint(h->out, h->n / 8 << 1 | 1);
    for (size_t i = 0; i < h->n; i++) {
        bits |= (uint64_t)h->literal[i] << have;
        for (have += h->width; have >= 8; have -= 8) {
            dtl_buf_byte(h->out, (uint8_t)bits);
            bits >>= 8;
        }
    }
    h->n = 0;
}

static void put_run(struct hybrid *h, uint32_t value, size_t n)
{
    dtl_buf_varint(h->out, (uint64_t)n << 1);
    for (unsigned have = 0; have < h->width; have += 8)
        dtl_buf_byte(h->out, (uint8_t)(value >> have));
}

/* Values come as runs; short ones go into groups, and so does the start of a
 * long one when a group is open. */
static void add_run(struct hybrid *h, uint32_t value, size_t n)
{
    size_t open = h->n % 8;

    while (n > 0 && (n < 8 || open != 0)) {
        h->literal[h->n++] = value;
        open = h->n % 8;
        n--;
        if (h->n == sizeof h->literal / sizeof *h->literal)
            flush_literal(h);
    }
    if (n >= 8) {
        flush_literal(h);
        put_run(h, value, n);
    }
}

static void hybrid_bytes(const struct dtl_buf *levels, struct dtl_buf *out)
{
    struct hybrid h = { .out = out, .width = 1 };
    size_t length_at = out->len, from = 0;
    uint32_t length;

    put_u32(out, 0);
    while (from < levels->len) {
        size_t to = from + 1;

        while (to < levels->len && levels->ptr[to] == levels->ptr[from])
            to++;
        add_run(&h, levels->ptr[from], to - from);
        from = to;
    }
    flush_literal(&h);
    if (out->failed)
        return;
    length = (uint32_t)(out->len - length_at - 4);
    for (unsigned i = 0; i < 4; i++)
        out->ptr[length_at + i] = (uint8_t)(length >> 8 * i);
}

static uint32_t number_at(const struct dtl_buf *numbers, size_t i)
{
    uint32_t v;

    memcpy(&v, numbers->ptr + 4 * i, 4);
    return v;
}

static void hybrid_numbers(const struct dtl_buf *numbers, unsigned width,
                           struct dtl_buf *out)
{
    struct hybrid h = { .out = out, .width = width };
    size_t n = numbers->len / 4, from = 0;

    while (from < n) {
        uint32_t v = number_at(numbers, from);
        size_t to = from + 1;

        while (to < n && number_at(numbers, to) == v)
            to++;
        add_run(&h, v, to - from);
        from = to;
    }
    flush_literal(&h);
}

/* ---- pages
 * ------------------------------------------------------------------------ */

static void page_header(int type, size_t unpacked, struct dtl_slice packed,
                        uint32_t values, int encoding, struct dtl_buf *out)
{
    struct dtl_thrift t = { .out = out };

    dtl_thrift_i32(&t, 1, type);
    dtl_thrift_i32(&t, 2, (int32_t)unpacked);
    dtl_thrift_i32(&t, 3, (int32_t)packed.len);
    dtl_thrift_i32(&t, 4, (int32_t)libdeflate_crc32(0, packed.ptr, packed.len));
    dtl_thrift_struct(&t, type == DATA_PAGE ? 5 : 7);
    dtl_thrift_i32(&t, 1, (int32_t)values);
    dtl_thrift_i32(&t, 2, encoding);
    if (type == DATA_PAGE) {
        dtl_thrift_i32(&t, 3, RLE);
        dtl_thrift_i32(&t, 4, RLE);
    }
    dtl_thrift_end(&t);
    dtl_thrift_end(&t);
}

/* The bytes in g->page become a page of `c`. */
static void add_page(struct dtl_parquet_group *g, struct column *c, int type,
                     uint32_t values, int encoding)
{
    size_t bound = ZSTD_compressBound(g->page.len), header = c->pages.len, n;

    dtl_buf_clear(&g->packed);
    if (g->page.failed || !dtl_buf_reserve(&g->packed, bound)) {
        g->failed = true;
        return;
    }
    n = ZSTD_compress2(g->zstd, g->packed.ptr, g->packed.cap, g->page.ptr,
                       g->page.len);
    if (ZSTD_isError(n)) {
        g->failed = true;
        return;
    }
    page_header(type, g->page.len, dtl_slice_of(g->packed.ptr, n), values,
                encoding, &c->pages);
    c->unpacked += c->pages.len - header + g->page.len;
    dtl_buf_add(&c->pages, g->packed.ptr, n);
    g->failed = g->failed || c->pages.failed;
}

static void levels(const struct column *c, struct dtl_buf *page)
{
    if (c->spec->list)
        hybrid_bytes(&c->reps, page);
    if (c->spec->list || c->spec->optional)
        hybrid_bytes(&c->defs, page);
}

static void plain_page(struct dtl_parquet_group *g, struct column *c)
{
    if (c->in_page == 0)
        return;
    dtl_buf_clear(&g->page);
    levels(c, &g->page);
    dtl_buf_slice(&g->page, dtl_buf_view(&c->values));
    g->failed =
        g->failed || c->values.failed || c->defs.failed || c->reps.failed;
    add_page(g, c, DATA_PAGE, c->in_page, PLAIN);
    empty_page(c);
}

/* ---- dictionaries
 * ------------------------------------------------------------------
 */

static bool same_entry(const struct column *c, uint32_t number,
                       struct dtl_slice s)
{
    const struct entry *e = &c->entries[number];

    return e->len == s.len &&
           (s.len == 0 || memcmp(c->words.ptr + e->offset, s.ptr, s.len) == 0);
}

static struct dtl_slice entry_text(const struct column *c, uint32_t number)
{
    return dtl_slice_of(c->words.ptr + c->entries[number].offset,
                        c->entries[number].len);
}

static uint32_t *slot_of(const struct column *c, struct dtl_slice s)
{
    size_t i = XXH3_64bits(s.ptr, s.len) & (c->nslots - 1);

    while (c->slots[i] != 0 && !same_entry(c, c->slots[i] - 1, s))
        i = (i + 1) & (c->nslots - 1);
    return &c->slots[i];
}

static bool more_slots(struct column *c)
{
    size_t n = c->nslots == 0 ? SLOTS : c->nslots * 2;
    uint32_t *slots = calloc(n, sizeof *slots);

    if (slots == NULL)
        return false;
    free(c->slots);
    c->slots = slots;
    c->nslots = n;
    for (uint32_t i = 0; i < c->nentries; i++)
        *slot_of(c, entry_text(c, i)) = i + 1;
    return true;
}

static bool new_entry(struct column *c, struct dtl_slice s)
{
    if (c->nentries == c->room) {
        size_t room = c->room == 0 ? SLOTS : c->room * 2;
        struct entry *entries = realloc(c->entries, room * sizeof *entries);

        if (entries == NULL)
            return false;
        c->entries = entries;
        c->room = room;
    }
    c->entries[c->nentries++] =
        (struct entry){ (uint32_t)c->words.len, (uint32_t)s.len };
    return dtl_buf_slice(&c->words, s);
}

static bool add_number(struct column *c, struct dtl_slice s)
{
    uint32_t *slot, number;

    if (c->nentries * 4 >= c->nslots * 3 && !more_slots(c))
        return false;
    slot = slot_of(c, s);
    if (*slot == 0) {
        if (!new_entry(c, s))
            return false;
        *slot = (uint32_t)c->nentries;
    }
    number = *slot - 1;
    return dtl_buf_add(&c->numbers, &number, 4);
}

static unsigned width_of(size_t n)
{
    unsigned width = 0;

    while (n > 1 && (n - 1) >> width != 0)
        width++;
    return width;
}

static void put_string(struct dtl_buf *b, struct dtl_slice s)
{
    put_u32(b, (uint32_t)s.len);
    dtl_buf_slice(b, s);
}

/* Is the dictionary with its numbers smaller than the values themselves? */
static bool dictionary_pays(const struct column *c)
{
    size_t n = c->numbers.len / 4, plain = 0;
    size_t with =
        c->words.len + 4 * c->nentries + n * width_of(c->nentries) / 8;

    for (size_t i = 0; i < n; i++)
        plain += 4 + c->entries[number_at(&c->numbers, i)].len;
    return with < plain;
}

static void dictionary_pages(struct dtl_parquet_group *g, struct column *c)
{
    unsigned width = width_of(c->nentries);

    if (c->in_page == 0)
        return;
    if (c->words.failed || c->numbers.failed) {
        g->failed = true;
        return;
    }
    if (!dictionary_pays(c)) {
        for (size_t i = 0; i < c->numbers.len / 4; i++)
            put_string(&c->values, entry_text(c, number_at(&c->numbers, i)));
        plain_page(g, c);
        return;
    }
    dtl_buf_clear(&g->page);
    for (uint32_t i = 0; i < c->nentries; i++)
        put_string(&g->page, entry_text(c, i));
    add_page(g, c, DICTIONARY_PAGE, (uint32_t)c->nentries, PLAIN);
    c->used_dictionary = true;
    c->data_from = c->pages.len;
    dtl_buf_clear(&g->page);
    levels(c, &g->page);
    dtl_buf_byte(&g->page, (uint8_t)width);
    hybrid_numbers(&c->numbers, width, &g->page);
    g->failed = g->failed || c->defs.failed || c->reps.failed;
    add_page(g, c, DATA_PAGE, c->in_page, RLE_DICTIONARY);
    empty_page(c);
}

/* ---- rows
 * -------------------------------------------------------------------------- */

static void level(struct column *c, uint8_t rep, uint8_t def)
{
    if (c->spec->list)
        dtl_buf_byte(&c->reps, rep);
    if (c->spec->list || c->spec->optional)
        dtl_buf_byte(&c->defs, def);
    c->in_page++;
    c->count++;
}

void dtl_parquet_null(struct dtl_parquet_group *g, size_t column)
{
    struct column *c = &g->columns[column];

    level(c, 0, 0);
    c->nulls++;
}

static void range_of_text(struct column *c, struct dtl_slice s)
{
    if (c->no_range)
        return;
    if (s.len > STAT_LONG) {
        c->no_range = true;
        return;
    }
    if (!c->any || dtl_compare(s, dtl_slice_of(c->low_text, c->low_len)) < 0) {
        memcpy(c->low_text, s.ptr != NULL ? s.ptr : (const uint8_t *)"", s.len);
        c->low_len = s.len;
    }
    if (!c->any ||
        dtl_compare(s, dtl_slice_of(c->high_text, c->high_len)) > 0) {
        memcpy(c->high_text, s.ptr != NULL ? s.ptr : (const uint8_t *)"",
               s.len);
        c->high_len = s.len;
    }
    c->any = true;
}

static void add_text(struct dtl_parquet_group *g, struct column *c,
                     struct dtl_slice s)
{
    range_of_text(c, s);
    if (!c->spec->dictionary)
        put_string(&c->values, s);
    else if (!add_number(c, s))
        g->failed = true;
}

void dtl_parquet_string(struct dtl_parquet_group *g, size_t column,
                        struct dtl_slice s)
{
    struct column *c = &g->columns[column];

    level(c, 0, 1);
    add_text(g, c, s);
}

void dtl_parquet_list(struct dtl_parquet_group *g, size_t column,
                      const struct dtl_slice *items, size_t n)
{
    struct column *c = &g->columns[column];

    if (n == 0)
        level(c, 0, 0);
    for (size_t i = 0; i < n; i++) {
        level(c, i > 0, 1);
        add_text(g, c, items[i]);
    }
}

static void add_bit(struct column *c, bool v)
{
    if (c->bits % 8 == 0)
        dtl_buf_byte(&c->values, 0);
    if (v && !c->values.failed)
        c->values.ptr[c->values.len - 1] |= (uint8_t)(1U << c->bits % 8);
    c->bits++;
}

void dtl_parquet_int(struct dtl_parquet_group *g, size_t column, int64_t v)
{
    struct column *c = &g->columns[column];

    level(c, 0, 1);
    if (!c->any || v < c->low)
        c->low = v;
    if (!c->any || v > c->high)
        c->high = v;
    c->any = true;
    if (c->spec->type == DTL_PARQUET_BOOL)
        add_bit(c, v != 0);
    else
        put_u64(&c->values, (uint64_t)v);
}

/* NaN has no place in an order, and of zeros both count. */
void dtl_parquet_double(struct dtl_parquet_group *g, size_t column, double v)
{
    struct column *c = &g->columns[column];

    level(c, 0, 1);
    if (v != v)
        c->no_range = true;
    if (!c->any || v < c->low_real)
        c->low_real = v;
    if (!c->any || v > c->high_real)
        c->high_real = v;
    c->any = true;
    put_u64(&c->values, bits_of(v));
}

int dtl_parquet_row(struct dtl_parquet_group *g, struct dtl_error *err)
{
    g->rows++;
    for (size_t i = 0; i < g->n; i++)
        if (g->columns[i].values.len >= PAGE_FULL)
            plain_page(g, &g->columns[i]);
    return g->failed ? no_memory(err) : DTL_OK;
}

size_t dtl_parquet_held(const struct dtl_parquet_group *g)
{
    size_t held = 0;

    for (size_t i = 0; i < g->n; i++) {
        const struct column *c = &g->columns[i];

        held += c->values.len + c->pages.len + c->words.len + c->numbers.len +
                c->defs.len + c->reps.len;
    }
    return held;
}

int dtl_parquet_finish(struct dtl_parquet_group *g, struct dtl_buf *out,
                       struct dtl_error *err)
{
    for (size_t i = 0; i < g->n; i++) {
        struct column *c = &g->columns[i];

        if (c->spec->dictionary)
            dictionary_pages(g, c);
        else
            plain_page(g, c);
        dtl_buf_slice(out, dtl_buf_view(&c->pages));
        c->packed = c->pages.len;
        g->bytes += c->packed;
        if (c->pages.cap > PAGE_FULL) /* else it is there twice */
            dtl_buf_free(&c->pages);
    }
    return g->failed || out->failed ? no_memory(err) : DTL_OK;
}

/* ---- footer
 * ------------------------------------------------------------------------- */

static void put_stat(struct dtl_thrift *t, int id, const struct column *c,
                     bool high)
{
    struct dtl_buf b = { 0 };

    switch (c->spec->type) {
    case DTL_PARQUET_STRING:
        dtl_thrift_bytes(t, id,
                         high ? dtl_slice_of(c->high_text, c->high_len)
                              : dtl_slice_of(c->low_text, c->low_len));
        return;
    case DTL_PARQUET_BOOL:
        dtl_buf_byte(&b, (high ? c->high : c->low) != 0);
        break;
    case DTL_PARQUET_DOUBLE: {
        double v = high ? c->high_real : c->low_real;

        /* The range must hold both zeros when it ends at one. */
        if (v == 0)
            v = high ? 0.0 : -0.0;
        put_u64(&b, bits_of(v));
        break;
    }
    case DTL_PARQUET_INT64:
    case DTL_PARQUET_TIME:
        put_u64(&b, (uint64_t)(high ? c->high : c->low));
        break;
    }
    dtl_thrift_bytes(t, id, dtl_buf_view(&b));
    t->out->failed = t->out->failed || b.failed;
    dtl_buf_free(&b);
}

static int physical(enum dtl_parquet_type type)
{
    return type == DTL_PARQUET_TIME ? DTL_PARQUET_INT64 : (int)type;
}

/* ColumnMetaData: 1 type, 2 encodings, 3 path, 4 codec, 5 values, 6 unpacked
 * and 7 packed size, 9 first data page, 11 dictionary page, 12 Statistics
 * (3 nulls, 5 greatest, 6 least value). */
static void describe_column(struct dtl_thrift *t, const struct column *c,
                            uint64_t offset)
{
    dtl_thrift_i32(t, 1, physical(c->spec->type));
    dtl_thrift_list(t, 2, DTL_THRIFT_I32, 2);
    dtl_thrift_item_i32(t, c->used_dictionary ? RLE_DICTIONARY : PLAIN);
    dtl_thrift_item_i32(t, c->used_dictionary ? PLAIN : RLE);
    dtl_thrift_list(t, 3, DTL_THRIFT_BINARY, c->spec->list ? 3 : 1);
    dtl_thrift_item_bytes(t, dtl_str(c->spec->name));
    if (c->spec->list) {
        dtl_thrift_item_bytes(t, dtl_str("list"));
        dtl_thrift_item_bytes(t, dtl_str("element"));
    }
    dtl_thrift_i32(t, 4, CODEC_ZSTD);
    dtl_thrift_i64(t, 5, (int64_t)c->count);
    dtl_thrift_i64(t, 6, (int64_t)c->unpacked);
    dtl_thrift_i64(t, 7, (int64_t)c->packed);
    dtl_thrift_i64(t, 9, (int64_t)(offset + c->data_from));
    if (c->used_dictionary)
        dtl_thrift_i64(t, 11, (int64_t)offset);
    dtl_thrift_struct(t, 12);
    if (!c->spec->list)
        dtl_thrift_i64(t, 3, (int64_t)c->nulls);
    if (c->any && !c->no_range) {
        put_stat(t, 5, c, true);
        put_stat(t, 6, c, false);
    }
    dtl_thrift_end(t);
}

/* RowGroup: 1 columns (2 offset, 3 metadata), 2 unpacked size, 3 rows,
 * 5 offset, 6 packed size. */
void dtl_parquet_describe(const struct dtl_parquet_group *g, uint64_t offset,
                          struct dtl_buf *groups)
{
    struct dtl_thrift t = { .out = groups };
    uint64_t at = offset, unpacked = 0;

    dtl_thrift_list(&t, 1, DTL_THRIFT_STRUCT, g->n);
    for (size_t i = 0; i < g->n; i++) {
        const struct column *c = &g->columns[i];

        dtl_thrift_item_struct(&t);
        dtl_thrift_i64(&t, 2, (int64_t)at);
        dtl_thrift_struct(&t, 3);
        describe_column(&t, c, at);
        dtl_thrift_end(&t);
        dtl_thrift_end(&t);
        at += c->packed;
        unpacked += c->unpacked;
    }
    dtl_thrift_i64(&t, 2, (int64_t)unpacked);
    dtl_thrift_i64(&t, 3, (int64_t)g->rows);
    dtl_thrift_i64(&t, 5, (int64_t)offset);
    dtl_thrift_i64(&t, 6, (int64_t)g->bytes);
    dtl_thrift_end(&t);
}

void dtl_parquet_begin(struct dtl_buf *out)
{
    dtl_buf_str(out, MAGIC);
}

/* SchemaElement: 1 type, 3 repetition, 4 name, 5 children, 6 ConvertedType,
 * 10 LogicalType (1 STRING, 3 LIST, 8 TIMESTAMP of 1 UTC, 2 unit). */
static void element(struct dtl_thrift *t, int type, int repetition,
                    const char *name, int children)
{
    dtl_thrift_item_struct(t);
    if (type >= 0)
        dtl_thrift_i32(t, 1, type);
    if (repetition >= 0)
        dtl_thrift_i32(t, 3, repetition);
    dtl_thrift_bytes(t, 4, dtl_str(name));
    if (children > 0)
        dtl_thrift_i32(t, 5, children);
}

static void logical(struct dtl_thrift *t, int converted, int kind)
{
    dtl_thrift_i32(t, 6, converted);
    dtl_thrift_struct(t, 10);
    dtl_thrift_struct(t, kind);
    if (kind == 8) {
        dtl_thrift_bool(t, 1, true);
        dtl_thrift_struct(t, 2);
        dtl_thrift_struct(t, 1); /* milliseconds */
        dtl_thrift_end(t);
        dtl_thrift_end(t);
    }
    dtl_thrift_end(t);
    dtl_thrift_end(t);
}

static void leaf(struct dtl_thrift *t, const struct dtl_parquet_column *c,
                 const char *name, int repetition)
{
    element(t, physical(c->type), repetition, name, 0);
    if (c->type == DTL_PARQUET_STRING)
        logical(t, UTF8, 1);
    else if (c->type == DTL_PARQUET_TIME)
        logical(t, TIMESTAMP_MILLIS, 8);
    dtl_thrift_end(t);
}

/* Returns how many elements that were. */
static size_t schema_of(struct dtl_thrift *t,
                        const struct dtl_parquet_column *c)
{
    if (!c->list) {
        leaf(t, c, c->name, c->optional ? OPTIONAL : REQUIRED);
        return 1;
    }
    element(t, -1, REQUIRED, c->name, 1);
    logical(t, LIST, 3);
    dtl_thrift_end(t);
    element(t, -1, REPEATED, "list", 1);
    dtl_thrift_end(t);
    leaf(t, c, "element", REQUIRED);
    return 3;
}

/* FileMetaData: 1 version, 2 schema, 3 rows, 4 row groups, 6 created by,
 * 7 column orders, each 1 "by type". */
void dtl_parquet_end(const struct dtl_parquet_column *columns, size_t n,
                     uint64_t rows, const struct dtl_buf *groups,
                     size_t ngroups, const char *created_by,
                     struct dtl_buf *out)
{
    struct dtl_thrift t = { .out = out };
    size_t from = out->len, elements = 1;

    for (size_t i = 0; i < n; i++)
        elements += columns[i].list ? 3 : 1;
    dtl_thrift_i32(&t, 1, 2);
    dtl_thrift_list(&t, 2, DTL_THRIFT_STRUCT, elements);
    element(&t, -1, -1, "schema", (int)n);
    dtl_thrift_end(&t);
    for (size_t i = 0; i < n; i++)
        schema_of(&t, &columns[i]);
    dtl_thrift_i64(&t, 3, (int64_t)rows);
    dtl_thrift_list(&t, 4, DTL_THRIFT_STRUCT, ngroups);
    dtl_buf_slice(out, dtl_buf_view(groups));
    dtl_thrift_bytes(&t, 6, dtl_str(created_by));
    dtl_thrift_list(&t, 7, DTL_THRIFT_STRUCT, n);
    for (size_t i = 0; i < n; i++) {
        dtl_thrift_item_struct(&t);
        dtl_thrift_struct(&t, 1);
        dtl_thrift_end(&t);
        dtl_thrift_end(&t);
    }
    dtl_thrift_end(&t);
    put_u32(out, (uint32_t)(out->len - from));
    dtl_buf_str(out, MAGIC);
    if (groups->failed)
        out->failed = true;
}
