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

struct maker {
    struct dtl_edit *edits;
    size_t n;
};

static bool is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool tokenise(struct dtl_slice s, struct dtl_arena *arena,
                     struct side *out)
{
    size_t n = 0, i = 0;

    for (size_t k = 0; k < s.len; k++)
        n += !is_space(s.ptr[k]) && (k == 0 || is_space(s.ptr[k - 1]));
    out->tokens = dtl_arena_calloc(arena, n + 1, sizeof *out->tokens);
    out->n = 0;
    if (out->tokens == NULL)
        return false;
    while (i < s.len) {
        size_t start;

        while (i < s.len && is_space(s.ptr[i]))
            i++;
        start = i;
        while (i < s.len && !is_space(s.ptr[i]))
            i++;
        if (i > start) {
            struct token *t = &out->tokens[out->n++];

            t->text = dtl_slice_of(s.ptr + start, i - start);
            t->hash = XXH3_64bits(t->text.ptr, t->text.len);
        }
    }
    return true;
}

static bool same(const struct side *a, int64_t x, const struct side *b,
                 int64_t y)
{
    return a->tokens[x].hash == b->tokens[y].hash;
}

/* Words [from, to) of a side, joined to the edit before when it is of the same
 * kind. */
static void put(struct maker *m, enum dtl_edit_kind kind, const struct side *s,
                int64_t from, int64_t to)
{
    struct dtl_edit *e;
    const uint8_t *end;

    if (from >= to)
        return;
    end = s->tokens[to - 1].text.ptr + s->tokens[to - 1].text.len;
    if (m->n > 0 && m->edits[m->n - 1].kind == kind) {
        e = &m->edits[m->n - 1];
    } else {
        e = &m->edits[m->n++];
        e->kind = kind;
        e->text.ptr = s->tokens[from].text.ptr;
        e->words = 0;
    }
    e->text.len = (size_t)(end - e->text.ptr);
    e->words += (uint32_t)(to - from);
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

/* Number of edits, or -1 when there are too many. */
static int64_t search(const struct side *a, const struct side *b,
                      struct dtl_arena *arena, int32_t **rows)
{
    int64_t most = a->n + b->n < MOST_EDITS ? a->n + b->n : MOST_EDITS;
    size_t room = 1024;

    *rows = dtl_arena_calloc(arena, room, sizeof **rows);
    for (int64_t d = 0; d <= most && *rows != NULL; d++) {
        if (row_at(d + 1) > room) {
            *rows = dtl_arena_grow(arena, *rows, room * sizeof **rows,
                                   room * 2 * sizeof **rows);
            room *= 2;
            if (*rows == NULL)
                break;
        }
        for (int64_t k = -d; k <= d; k += 2) {
            int64_t x = 0, y;

            if (d > 0)
                x = comes_down(*rows, d, k) ? furthest(*rows, d - 1, k + 1)
                                            : furthest(*rows, d - 1, k - 1) + 1;
            y = x - k;
            while (x >= 0 && y >= 0 && x < a->n && y < b->n &&
                   same(a, x, b, y)) {
                x++;
                y++;
            }
            (*rows)[row_at(d) + (size_t)((k + d) / 2)] = (int32_t)x;
            if (x >= a->n && y >= b->n)
                return d;
        }
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
        if (steps[n] == DTL_EDIT_ADDED)
            put(m, DTL_EDIT_ADDED, b, y, y + 1);
        else
            put(m, (enum dtl_edit_kind)steps[n], a, x, x + 1);
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
    put(&m, DTL_EDIT_SAME, &a, 0, head);
    inner_a = part(&a, head, a.n - tail);
    inner_b = part(&b, head, b.n - tail);
    d = search(&inner_a, &inner_b, arena, &rows);
    if (rows == NULL)
        goto nomem;
    if (d < 0) {
        put(&m, DTL_EDIT_REMOVED, &inner_a, 0, inner_a.n);
        put(&m, DTL_EDIT_ADDED, &inner_b, 0, inner_b.n);
    } else if (!say_path(&inner_a, &inner_b, rows, d, arena, &m)) {
        goto nomem;
    }
    put(&m, DTL_EDIT_SAME, &a, a.n - tail, a.n);
    *out = m.edits;
    *n = m.n;
    return DTL_OK;

nomem:
    return dtl_fail(err, DTL_NOMEM, 0, "out of memory comparing texts");
}
