/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Myers' greedy O(ND) comparison (Algorithmica 1, 1986), on words.  For each
 * number of edits d the furthest point reached on every diagonal is kept, so
 * that the path can be walked back; MOST_EDITS bounds both time and memory.
 */
#include <dateline/story.h>

#include <xxhash.h>

#define MOST_EDITS 4096

struct token {
    uint64_t hash;
    struct dtl_slice text;
};

struct side {
    struct token *tokens;
    int64_t n;
};

/* Characters of scripts written without spaces are words of their own: Thai
 * to Myanmar and Khmer, kana and Han, Hangul being spaced. */
static bool stands_alone(uint32_t c)
{
    static const struct {
        uint32_t from, to;
    } ranges[] = {
        { 0x0e00, 0x0eff },   { 0x1000, 0x109f }, { 0x1780, 0x17ff },
        { 0x2e80, 0xa4cf },   { 0xf900, 0xfaff }, { 0xff01, 0xff0f },
        { 0xff1a, 0xff1f },   { 0xff61, 0xff9f }, { 0x1b000, 0x1b16f },
        { 0x20000, 0x3ffff },
    };

    if (c < ranges[0].from)
        return false;
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (c >= ranges[i].from && c <= ranges[i].to)
            return true;
    return false;
}

struct maker {
    struct dtl_edit *edits;
    size_t n;
};

static bool is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Where the word that begins at `at` ends. */
static size_t word_end(struct dtl_slice s, size_t at)
{
    size_t end = at;
    bool alone = stands_alone(dtl_utf8_next(s, &end));

    while (!alone && end < s.len && !is_space(s.ptr[end])) {
        size_t next = end;

        if (s.ptr[end] >= 0xe0 && stands_alone(dtl_utf8_next(s, &next)))
            break;
        end = s.ptr[end] >= 0xe0 ? next : end + 1;
    }
    return end;
}

static bool add_token(struct side *out, size_t *room, struct dtl_arena *arena,
                      struct dtl_slice text)
{
    size_t n = (size_t)out->n;

    if (n == *room) {
        struct token *grown =
            dtl_arena_grow(arena, out->tokens, n * sizeof *grown,
                           (n * 2 + 64) * sizeof *grown);

        if (grown == NULL)
            return false;
        out->tokens = grown;
        *room = n * 2 + 64;
    }
    out->tokens[out->n++] =
        (struct token){ XXH3_64bits(text.ptr, text.len), text };
    return true;
}

static bool tokenise(struct dtl_slice s, struct dtl_arena *arena,
                     struct side *out)
{
    size_t i = 0, room = 0;

    *out = (struct side){ NULL, 0 };
    while (i < s.len) {
        size_t end;

        if (is_space(s.ptr[i])) {
            i++;
            continue;
        }
        end = word_end(s, i);
        if (!add_token(out, &room, arena, dtl_sub(s, i, end)))
            return false;
        i = end;
    }
    return true;
}

static bool same(const struct side *a, int64_t x, const struct side *b,
                 int64_t y)
{
    return a->tokens[x].hash == b->tokens[y].hash;
}

static struct dtl_slice run_of(const struct side *s, int64_t from, int64_t to)
{
    const uint8_t *start = s->tokens[from].text.ptr;
    const struct dtl_slice *last = &s->tokens[to - 1].text;

    return dtl_slice_of(start, (size_t)(last->ptr + last->len - start));
}

static void extend(struct dtl_slice *s, struct dtl_slice by)
{
    if (s->ptr == NULL)
        *s = by;
    else
        s->len = (size_t)(by.ptr + by.len - s->ptr);
}

/* `n` words of a side, from `at`, joined to the edit before when it is of the
 * same kind; of words that stay, also where they stand in the new text. */
static void put(struct maker *m, enum dtl_edit_kind kind, const struct side *s,
                int64_t at, int64_t n, struct dtl_slice now)
{
    struct dtl_edit *e;

    if (n <= 0)
        return;
    if (m->n == 0 || m->edits[m->n - 1].kind != kind)
        m->edits[m->n++] = (struct dtl_edit){ .kind = kind };
    e = &m->edits[m->n - 1];
    extend(&e->text, run_of(s, at, at + n));
    if (kind == DTL_EDIT_SAME)
        extend(&e->now, now);
    e->words += (uint32_t)n;
}

static void put_same(struct maker *m, const struct side *a, int64_t x,
                     const struct side *b, int64_t y, int64_t n)
{
    if (n > 0)
        put(m, DTL_EDIT_SAME, a, x, n, run_of(b, y, y + n));
}

/* Rows of the search: row d has the diagonals -d, -d + 2, ... d. */
static size_t row_at(int64_t d)
{
    return (size_t)(d * (d + 1) / 2);
}

static int64_t furthest(const int32_t *rows, int64_t d, int64_t k)
{
    if (k < -d || k > d)
        return -1;
    return rows[row_at(d) + (size_t)((k + d) / 2)];
}

/* From where row d comes to diagonal k: down (a word added) or right. */
static bool comes_down(const int32_t *rows, int64_t d, int64_t k)
{
    return k == -d || (k != d && furthest(rows, d - 1, k - 1) <
                                     furthest(rows, d - 1, k + 1));
}

struct frontier {
    int32_t *furthest; /* by diagonal, of the row before: [0] is diagonal 0 */
    int32_t *rows;
    size_t room;
};

static bool next_row(struct frontier *f, int64_t d, struct dtl_arena *arena)
{
    if (row_at(d + 1) <= f->room)
        return true;
    f->rows = dtl_arena_grow(arena, f->rows, f->room * sizeof *f->rows,
                             f->room * 2 * sizeof *f->rows);
    f->room *= 2;
    return f->rows != NULL;
}

/* Row d out of row d - 1, of which the diagonals beside each are left in
 * place; true when the end is reached. */
static bool advance(const struct side *a, const struct side *b,
                    struct frontier *f, int64_t d)
{
    int32_t *row = f->rows + row_at(d), *v = f->furthest;
    int32_t na = (int32_t)a->n, nb = (int32_t)b->n;

    for (int64_t k = -d; k <= d; k += 2) {
        bool down = k == -d || (k != d && v[k - 1] < v[k + 1]);
        int32_t x = d == 0 ? 0 : down ? v[k + 1] : v[k - 1] + 1;
        int32_t y = x - (int32_t)k;

        while (x < na && y < nb && same(a, x, b, y)) {
            x++;
            y++;
        }
        v[k] = x;
        *row++ = x;
        if (x >= na && y >= nb)
            return true;
    }
    return false;
}

/* Number of edits, or -1 when there are too many. */
static int64_t search(const struct side *a, const struct side *b,
                      struct dtl_arena *arena, int32_t **rows)
{
    int64_t most = a->n + b->n < MOST_EDITS ? a->n + b->n : MOST_EDITS;
    struct frontier f = { .room = 1024 };
    int32_t *v = dtl_arena_calloc(arena, (size_t)most * 2 + 3, sizeof *v);

    *rows = NULL;
    f.rows = dtl_arena_calloc(arena, f.room, sizeof *f.rows);
    if (v == NULL || f.rows == NULL)
        return -1;
    f.furthest = v + most + 1;
    for (int64_t d = 0; d <= most; d++) {
        if (!next_row(&f, d, arena))
            return -1;
        *rows = f.rows;
        if (advance(a, b, &f, d))
            return d;
    }
    return -1;
}

/* The path found, walked back into `steps` (kind a word) and said forward. */
static bool say_path(const struct side *a, const struct side *b,
                     const int32_t *rows, int64_t d, struct dtl_arena *arena,
                     struct maker *m)
{
    int64_t x = a->n, y = b->n;
    uint8_t *steps = dtl_arena_alloc(arena, (size_t)(a->n + b->n) + 1);
    const struct dtl_slice none = { NULL, 0 };
    size_t n = 0;

    if (steps == NULL)
        return false;
    for (; d >= 0; d--) {
        int64_t k = x - y, from_x = 0, from_y = 0;
        bool down = false;

        if (d > 0) {
            down = comes_down(rows, d, k);
            from_x = furthest(rows, d - 1, down ? k + 1 : k - 1);
            from_y = from_x - (down ? k + 1 : k - 1);
        }
        while (x > from_x && y > from_y &&
               !(d > 0 && x == from_x + !down && y == from_y + down)) {
            steps[n++] = DTL_EDIT_SAME;
            x--;
            y--;
        }
        if (d > 0)
            steps[n++] = down ? DTL_EDIT_ADDED : DTL_EDIT_REMOVED;
        x = from_x;
        y = from_y;
    }
    x = y = 0;
    while (n-- > 0) {
        if (steps[n] == DTL_EDIT_SAME)
            put_same(m, a, x, b, y, 1);
        else if (steps[n] == DTL_EDIT_ADDED)
            put(m, DTL_EDIT_ADDED, b, y, 1, none);
        else
            put(m, DTL_EDIT_REMOVED, a, x, 1, none);
        x += steps[n] != DTL_EDIT_ADDED;
        y += steps[n] != DTL_EDIT_REMOVED;
    }
    return true;
}

static struct side part(const struct side *s, int64_t from, int64_t to)
{
    return (struct side){ s->tokens + from, to - from };
}

int dtl_word_diff(struct dtl_slice old, struct dtl_slice now,
                  struct dtl_arena *arena, struct dtl_edit **out, size_t *n,
                  struct dtl_error *err)
{
    struct side a, b, inner_a, inner_b;
    const struct dtl_slice none = { NULL, 0 };
    struct maker m = { NULL, 0 };
    int64_t head = 0, tail = 0, d;
    int32_t *rows;

    *out = NULL;
    *n = 0;
    if (!tokenise(old, arena, &a) || !tokenise(now, arena, &b))
        goto nomem;
    m.edits = dtl_arena_calloc(arena, (size_t)(a.n + b.n) + 2, sizeof *m.edits);
    if (m.edits == NULL)
        goto nomem;
    while (head < a.n && head < b.n && same(&a, head, &b, head))
        head++;
    while (tail < a.n - head && tail < b.n - head &&
           same(&a, a.n - 1 - tail, &b, b.n - 1 - tail))
        tail++;
    put_same(&m, &a, 0, &b, 0, head);
    inner_a = part(&a, head, a.n - tail);
    inner_b = part(&b, head, b.n - tail);
    d = search(&inner_a, &inner_b, arena, &rows);
    if (rows == NULL)
        goto nomem;
    if (d < 0) {
        put(&m, DTL_EDIT_REMOVED, &inner_a, 0, inner_a.n, none);
        put(&m, DTL_EDIT_ADDED, &inner_b, 0, inner_b.n, none);
    } else if (!say_path(&inner_a, &inner_b, rows, d, arena, &m)) {
        goto nomem;
    }
    put_same(&m, &a, a.n - tail, &b, b.n - tail, tail);
    *out = m.edits;
    *n = m.n;
    return DTL_OK;

nomem:
    return dtl_fail(err, DTL_NOMEM, 0, "out of memory comparing texts");
}
