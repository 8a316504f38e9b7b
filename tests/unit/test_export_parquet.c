/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of the Parquet writer are read back by a reader of the test's own,
 * which knows the format from its specification only: Thrift, pages, levels,
 * dictionaries, statistics.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "parquet.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

/* ---- Thrift
 * ---------------------------------------------------------------------- */

/* A value as a tree, small enough for tests. */
struct node {
    int type, id; /* of a field; -1 of an element */
    int64_t number;
    double real;
    struct dtl_slice bytes;
    struct node *list; /* elements or fields */
    size_t n;
};

static uint64_t varint(struct dtl_slice s, size_t *at)
{
    uint64_t v = 0;

    assert_true(dtl_varint(s, at, &v));
    return v;
}

static int64_t zigzag(struct dtl_slice s, size_t *at)
{
    uint64_t v = varint(s, at);

    return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

static struct node *append(struct node *parent)
{
    parent->list =
        realloc(parent->list, (parent->n + 1) * sizeof *parent->list);
    memset(&parent->list[parent->n], 0, sizeof *parent->list);
    return &parent->list[parent->n++];
}

static void read_struct(struct dtl_slice s, size_t *at, struct node *out);

static void read_value(struct dtl_slice s, size_t *at, int type,
                       struct node *out)
{
    size_t n;
    int of;

    out->type = type;
    switch (type) {
    case 1: out->number = 1; break;
    case 2: break;
    case 3: out->number = (int8_t)s.ptr[(*at)++]; break;
    case 4:
    case 5:
    case 6: out->number = zigzag(s, at); break;
    case 8:
        n = (size_t)varint(s, at);
        assert_true(n <= s.len - *at);
        out->bytes = dtl_sub(s, *at, *at + n);
        *at += n;
        break;
    case 9:
        of = s.ptr[*at] & 15;
        n = s.ptr[(*at)++] >> 4;
        if (n == 15)
            n = (size_t)varint(s, at);
        for (size_t i = 0; i < n; i++)
            read_value(s, at, of, append(out));
        break;
    case 12: read_struct(s, at, out); break;
    default: fail_msg("type %d of Thrift", type);
    }
}

static void read_struct(struct dtl_slice s, size_t *at, struct node *out)
{
    int id = 0;

    out->type = 12;
    for (;;) {
        uint8_t head;
        struct node *field;

        assert_true(*at < s.len);
        head = s.ptr[(*at)++];
        if (head == 0)
            return;
        id = head >> 4 != 0 ? id + (head >> 4) : (int)zigzag(s, at);
        field = append(out);
        read_value(s, at, head & 15, field);
        field->id = id;
    }
}

static void free_node(struct node *n)
{
    for (size_t i = 0; i < n->n; i++)
        free_node(&n->list[i]);
    free(n->list);
}

static const struct node *find(const struct node *n, int id)
{
    for (size_t i = 0; i < n->n; i++)
        if (n->list[i].id == id)
            return &n->list[i];
    return NULL;
}

static const struct node *field(const struct node *n, int id)
{
    const struct node *f = find(n, id);

    if (f == NULL)
        fail_msg("there is no field %d", id);
    return f;
}

static int64_t number(const struct node *n, int id)
{
    return field(n, id)->number;
}

/* ---- pages
 * ---------------------------------------------------------------------- */

static uint32_t u32(struct dtl_slice s, size_t *at)
{
    uint32_t v;

    assert_true(*at + 4 <= s.len);
    memcpy(&v, s.ptr + *at, 4);
    *at += 4;
    return v;
}

/* The hybrid of runs and bit-packed groups. */
static void hybrid(struct dtl_slice s, unsigned width, uint32_t *out, size_t n)
{
    size_t at = 0, i = 0;

    while (i < n) {
        uint64_t head = varint(s, &at), value = 0;

        if (head & 1) {
            size_t start = at, many = (size_t)(head >> 1) * 8;

            for (size_t k = 0; k < many; k++) {
                value = 0;
                for (unsigned b = 0; b < width; b++) {
                    size_t bit = k * width + b;

                    assert_true(start + bit / 8 < s.len);
                    value |= (uint64_t)(s.ptr[start + bit / 8] >> bit % 8 & 1)
                             << b;
                }
                if (i < n)
                    out[i++] = (uint32_t)value;
            }
            at += (size_t)(head >> 1) * width;
        } else {
            for (unsigned have = 0; have < width; have += 8)
                value |= (uint64_t)s.ptr[at++] << have;
            for (uint64_t k = 0; k < head >> 1 && i < n; k++)
                out[i++] = (uint32_t)value;
        }
    }
    assert_true(at <= s.len);
}

struct page {
    int type, encoding;
    uint32_t values;
    uint8_t *bytes;
    size_t len;
};

static size_t read_page(struct dtl_slice file, size_t at, struct page *out)
{
    struct node head = { 0 };
    const struct node *kind;
    size_t packed, n;

    read_struct(file, &at, &head);
    out->type = (int)number(&head, 1);
    out->len = (size_t)number(&head, 2);
    packed = (size_t)number(&head, 3);
    assert_true(at + packed <= file.len);
    assert_int_equal((uint32_t)number(&head, 4),
                     crc32(0, file.ptr + at, (uInt)packed));
    kind = field(&head, out->type == 0 ? 5 : 7);
    out->values = (uint32_t)number(kind, 1);
    out->encoding = (int)number(kind, 2);
    out->bytes = malloc(out->len + 1);
    n = ZSTD_decompress(out->bytes, out->len, file.ptr + at, packed);
    assert_int_equal(n, out->len);
    free_node(&head);
    return at + packed;
}

/* ---- columns
 * -------------------------------------------------------------------- */

/* All values of one column chunk as text, a row a line: "~" for null, items of
 * a list with "," between them. */
struct text {
    struct dtl_buf b;
    bool open; /* the line has a list in it */
    bool first;
};

static void plain_value(struct dtl_slice s, size_t *at, unsigned *bit, int type,
                        struct dtl_buf *out)
{
    uint64_t v;
    double d;

    switch (type) {
    case 0:
        dtl_buf_printf(out, "%d", s.ptr[*at + *bit / 8] >> *bit % 8 & 1);
        ++*bit;
        return;
    case 2:
        memcpy(&v, s.ptr + *at, 8);
        *at += 8;
        dtl_buf_printf(out, "%lld", (long long)v);
        return;
    case 5:
        memcpy(&d, s.ptr + *at, 8);
        *at += 8;
        dtl_buf_printf(out, "%g", d);
        return;
    case 6:
        v = u32(s, at);
        assert_true(*at + v <= s.len);
        dtl_buf_add(out, s.ptr + *at, (size_t)v);
        *at += (size_t)v;
        return;
    default: fail_msg("type %d", type);
    }
}

static void data_page(const struct page *p, const struct page *dictionary,
                      const struct dtl_parquet_column *c, int type,
                      struct text *out)
{
    struct dtl_slice s = dtl_slice_of(p->bytes, p->len);
    uint32_t *reps = calloc(p->values + 8, sizeof *reps);
    uint32_t *defs = calloc(p->values + 8, sizeof *defs);
    uint32_t *numbers = calloc(p->values + 8, sizeof *numbers);
    size_t at = 0, there = 0;
    unsigned bit = 0;

    for (uint32_t i = 0; i < p->values; i++)
        defs[i] = 1;
    if (c->list) {
        uint32_t n = u32(s, &at);

        hybrid(dtl_sub(s, at, at + n), 1, reps, p->values);
        at += n;
    }
    if (c->list || c->optional) {
        uint32_t n = u32(s, &at);

        hybrid(dtl_sub(s, at, at + n), 1, defs, p->values);
        at += n;
    }
    for (uint32_t i = 0; i < p->values; i++)
        there += defs[i];
    if (p->encoding == 8) {
        unsigned width = s.ptr[at++];

        hybrid(dtl_sub(s, at, s.len), width, numbers, there);
    } else {
        assert_int_equal(p->encoding, 0);
    }
    there = 0;
    for (uint32_t i = 0; i < p->values; i++) {
        if (reps[i] == 0 && !out->first)
            dtl_buf_byte(&out->b, '\n');
        else if (reps[i] != 0)
            dtl_buf_byte(&out->b, ',');
        out->first = false;
        if (defs[i] == 0) {
            dtl_buf_str(&out->b, c->list ? "" : "~");
        } else if (p->encoding == 8) {
            struct dtl_slice d =
                dtl_slice_of(dictionary->bytes, dictionary->len);
            size_t from = 0;

            assert_true(numbers[there] < dictionary->values);
            for (uint32_t k = 0; k < numbers[there]; k++) {
                uint32_t len = u32(d, &from);

                from += len;
            }
            plain_value(d, &from, &bit, type, &out->b);
            there++;
        } else {
            plain_value(s, &at, &bit, type, &out->b);
        }
    }
    free(reps);
    free(defs);
    free(numbers);
}

static void read_chunk(struct dtl_slice file, const struct node *chunk,
                       const struct dtl_parquet_column *c, struct text *out)
{
    const struct node *meta = field(chunk, 3), *dict = find(meta, 11);
    struct page dictionary = { 0 };
    size_t at = (size_t)number(meta, 9), first = at, end;
    int64_t values = 0;

    if (dict != NULL) {
        first = (size_t)dict->number;
        assert_int_equal(read_page(file, first, &dictionary), at);
        assert_int_equal(dictionary.type, 2);
    }
    assert_int_equal(first, number(chunk, 2));
    end = first + (size_t)number(meta, 7);
    assert_int_equal(number(meta, 4), 6); /* zstd */
    while (at < end) {
        struct page p = { 0 };

        at = read_page(file, at, &p);
        assert_int_equal(p.type, 0);
        data_page(&p, &dictionary, c, (int)number(meta, 1), out);
        values += p.values;
        free(p.bytes);
    }
    assert_int_equal(at, end);
    assert_int_equal(values, number(meta, 5));
    free(dictionary.bytes);
}

/* ---- a file and what is in it
 * ------------------------------------------------------- */

static const struct dtl_parquet_column columns[] = {
    { .name = "id", .type = DTL_PARQUET_INT64 },
    { .name = "name", .type = DTL_PARQUET_STRING, .optional = true },
    { .name = "site",
      .type = DTL_PARQUET_STRING,
      .optional = true,
      .dictionary = true },
    { .name = "tags",
      .type = DTL_PARQUET_STRING,
      .list = true,
      .dictionary = true },
    { .name = "share", .type = DTL_PARQUET_DOUBLE, .optional = true },
    { .name = "paid", .type = DTL_PARQUET_BOOL },
    { .name = "seen", .type = DTL_PARQUET_TIME, .optional = true },
    { .name = "text", .type = DTL_PARQUET_STRING },
};
#define COLUMNS (sizeof columns / sizeof *columns)

struct written {
    struct dtl_buf file, groups;
    struct text want[COLUMNS];
    size_t ngroups;
    uint64_t rows;
};

static uint32_t mixed(uint32_t v)
{
    v = (v ^ v >> 16) * 0x7feb352dU;
    v = (v ^ v >> 15) * 0x846ca68bU;
    return v ^ v >> 16;
}

static void want(struct written *w, size_t column, const char *text)
{
    if (!w->want[column].first)
        dtl_buf_byte(&w->want[column].b, '\n');
    w->want[column].first = false;
    dtl_buf_str(&w->want[column].b, text);
}

static void add_row(struct written *w, struct dtl_parquet_group *g, uint32_t i)
{
    static const char *const words[] = { "river", "vote", "",
                                         "\xc3\xa9t\xc3\xa9",
                                         "a much longer word than the others" };
    uint32_t r = mixed(i);
    struct dtl_slice items[5];
    char text[200] = "", list[300] = "", *large;

    dtl_parquet_int(g, 0, (int64_t)i - 3);
    snprintf(text, sizeof text, "%d", (int)i - 3);
    want(w, 0, text);
    snprintf(text, sizeof text, "name %x", r);
    if (r % 3 == 0)
        dtl_parquet_null(g, 1);
    else
        dtl_parquet_string(g, 1, dtl_str(text));
    want(w, 1, r % 3 == 0 ? "~" : text);
    /* Long runs and lone ones. */
    if (i % 50 < 30)
        dtl_parquet_string(g, 2, dtl_str("one.example"));
    else if (r % 7 == 0)
        dtl_parquet_null(g, 2);
    else
        dtl_parquet_string(g, 2, dtl_str(words[r % 5]));
    want(w, 2, i % 50 < 30 ? "one.example" : r % 7 == 0 ? "~" : words[r % 5]);
    for (uint32_t k = 0; k < r % 6; k++) {
        items[k % 5] = dtl_str(words[(r >> k) % 5]);
        if (k < 5) {
            strcat(list, k > 0 ? "," : "");
            strcat(list, words[(r >> k) % 5]);
        }
    }
    dtl_parquet_list(g, 3, items, r % 6 < 5 ? r % 6 : 5);
    want(w, 3, list);
    snprintf(text, sizeof text, "%g", r % 1000 / 8.0);
    if (r % 11 == 0)
        dtl_parquet_null(g, 4);
    else
        dtl_parquet_double(g, 4, r % 1000 / 8.0);
    want(w, 4, r % 11 == 0 ? "~" : text);
    dtl_parquet_int(g, 5, r % 2);
    want(w, 5, r % 2 ? "1" : "0");
    snprintf(text, sizeof text, "%lld", 1741082405000LL + r);
    if (r % 13 == 0)
        dtl_parquet_null(g, 6);
    else
        dtl_parquet_int(g, 6, 1741082405000LL + r);
    want(w, 6, r % 13 == 0 ? "~" : text);
    large = malloc(r % 3000 + 1);
    memset(large, 'a' + (int)(i % 26), r % 3000);
    large[r % 3000] = '\0';
    dtl_parquet_string(g, 7, dtl_str(large));
    want(w, 7, large);
    free(large);
    assert_int_equal(dtl_parquet_row(g, NULL), DTL_OK);
    w->rows++;
}

static void write_file(struct written *w, const uint32_t *sizes, size_t n)
{
    struct dtl_parquet_group *g;
    uint32_t i = 0;

    memset(w, 0, sizeof *w);
    for (size_t c = 0; c < COLUMNS; c++)
        w->want[c].first = true;
    assert_int_equal(dtl_parquet_new(columns, COLUMNS, &g, NULL), DTL_OK);
    dtl_parquet_begin(&w->file);
    for (size_t k = 0; k < n; k++) {
        size_t offset = w->file.len;

        dtl_parquet_reset(g);
        for (uint32_t r = 0; r < sizes[k]; r++)
            add_row(w, g, i++);
        assert_int_equal(dtl_parquet_finish(g, &w->file, NULL), DTL_OK);
        dtl_parquet_describe(g, offset, &w->groups);
        w->ngroups++;
    }
    dtl_parquet_end(columns, COLUMNS, w->rows, &w->groups, w->ngroups, "test",
                    &w->file);
    assert_false(w->file.failed);
    dtl_parquet_free(g);
}

static void free_written(struct written *w)
{
    for (size_t c = 0; c < COLUMNS; c++)
        dtl_buf_free(&w->want[c].b);
    dtl_buf_free(&w->file);
    dtl_buf_free(&w->groups);
}

static void read_footer(struct dtl_slice file, struct node *out)
{
    size_t at = file.len - 8, from;
    uint32_t len = u32(file, &at);

    assert_memory_equal(file.ptr, "PAR1", 4);
    assert_memory_equal(file.ptr + file.len - 4, "PAR1", 4);
    from = file.len - 8 - len;
    read_struct(dtl_sub(file, 0, file.len - 8), &from, out);
    assert_int_equal(from, file.len - 8);
}

static void check_file(const struct written *w)
{
    struct dtl_slice file = dtl_buf_view(&w->file);
    struct node footer = { 0 };
    const struct node *groups;
    struct text got[COLUMNS] = { 0 };

    read_footer(file, &footer);
    assert_int_equal(number(&footer, 3), w->rows);
    groups = field(&footer, 4);
    assert_int_equal(groups->n, w->ngroups);
    for (size_t c = 0; c < COLUMNS; c++)
        got[c].first = true;
    for (size_t g = 0; g < groups->n; g++)
        for (size_t c = 0; c < COLUMNS; c++)
            read_chunk(file, &field(&groups->list[g], 1)->list[c], &columns[c],
                       &got[c]);
    for (size_t c = 0; c < COLUMNS; c++) {
        if (!dtl_equal(dtl_buf_view(&got[c].b), dtl_buf_view(&w->want[c].b)))
            fail_msg("column %s differs", columns[c].name);
        dtl_buf_free(&got[c].b);
    }
    free_node(&footer);
}

static void reads_back(void **state)
{
    static const struct {
        uint32_t sizes[3];
        size_t n;
    } files[] = {
        { { 0 }, 0 },       { { 1 }, 1 },           { { 7 }, 1 },
        { { 8, 9, 1 }, 3 }, { { 511, 2, 513 }, 3 }, { { 4000, 100, 30 }, 3 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct written w;

        write_file(&w, files[i].sizes, files[i].n);
        check_file(&w);
        free_written(&w);
    }
}

static void same_bytes_each_time(void **state)
{
    static const uint32_t sizes[] = { 300, 20 };
    struct written a, b;

    (void)state;
    write_file(&a, sizes, 2);
    write_file(&b, sizes, 2);
    assert_true(dtl_equal(dtl_buf_view(&a.file), dtl_buf_view(&b.file)));
    free_written(&a);
    free_written(&b);
}

/* What readers leave out by it has to be left out rightly. */
static void statistics_are_right(void **state)
{
    static const uint32_t sizes[] = { 200 };
    struct node footer = { 0 };
    const struct node *group, *stats;
    struct written w;
    int64_t low, high;

    (void)state;
    write_file(&w, sizes, 1);
    read_footer(dtl_buf_view(&w.file), &footer);
    group = &field(&footer, 4)->list[0];
    stats = field(field(&field(group, 1)->list[0], 3), 12);
    memcpy(&low, field(stats, 6)->bytes.ptr, 8);
    memcpy(&high, field(stats, 5)->bytes.ptr, 8);
    assert_int_equal(low, -3);
    assert_int_equal(high, 196);
    assert_int_equal(number(stats, 3), 0);
    /* Texts too long for it have none. */
    stats = field(field(&field(group, 1)->list[7], 3), 12);
    assert_null(find(stats, 5));
    /* The least of all strings is the empty one. */
    stats = field(field(&field(group, 1)->list[2], 3), 12);
    assert_int_equal(field(stats, 6)->bytes.len, 0);
    assert_true(
        dtl_equal(field(stats, 5)->bytes, dtl_str("\xc3\xa9t\xc3\xa9")));
    free_node(&footer);
    free_written(&w);
}

static void schema_is_right(void **state)
{
    static const uint32_t sizes[] = { 3 };
    static const struct {
        const char *name;
        int type, repetition, children, converted;
    } wanted[] = {
        { "schema", -1, -1, COLUMNS, -1 }, { "id", 2, 0, -1, -1 },
        { "name", 6, 1, -1, 0 },           { "site", 6, 1, -1, 0 },
        { "tags", -1, 0, 1, 3 },           { "list", -1, 2, 1, -1 },
        { "element", 6, 0, -1, 0 },        { "share", 5, 1, -1, -1 },
        { "paid", 0, 0, -1, -1 },          { "seen", 2, 1, -1, 9 },
        { "text", 6, 0, -1, 0 },
    };
    static const int ids[] = { 1, 3, 5, 6 };
    struct node footer = { 0 };
    const struct node *schema;
    struct written w;

    (void)state;
    write_file(&w, sizes, 1);
    read_footer(dtl_buf_view(&w.file), &footer);
    schema = field(&footer, 2);
    assert_int_equal(schema->n, sizeof wanted / sizeof *wanted);
    for (size_t i = 0; i < schema->n; i++) {
        const int values[] = { wanted[i].type, wanted[i].repetition,
                               wanted[i].children, wanted[i].converted };

        assert_true(dtl_equal(field(&schema->list[i], 4)->bytes,
                              dtl_str(wanted[i].name)));
        for (size_t k = 0; k < 4; k++) {
            const struct node *f = find(&schema->list[i], ids[k]);

            assert_int_equal(f != NULL ? f->number : -1, values[k]);
        }
    }
    assert_int_equal(field(&footer, 7)->n, COLUMNS);
    free_node(&footer);
    free_written(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_back),
        cmocka_unit_test(same_bytes_each_time),
        cmocka_unit_test(statistics_are_right),
        cmocka_unit_test(schema_is_right),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
