/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The articleBody of JSON-LD.  Where it is whole it is the publisher's own
 * word on what the article is; it may also be cut, or another text.  So it
 * decides only when it and the blocks kept without it agree, and replaces
 * them only when the page shows much less.
 */
#include "body_parts.h"

#define SHINGLE 4u
#define BITS    (1u << 16)

struct shingles {
    uint64_t bits[BITS / 64];
    uint32_t count;
};

/* Steps through the runs of four words of a text. */
struct window {
    struct dtl_slice text;
    size_t pos;
    uint32_t last[SHINGLE];
    uint32_t n;
};

static bool window_next(struct window *w, uint32_t *hash)
{
    uint32_t h;

    do {
        if (!word_next(w->text, &w->pos, &h))
            return false;
        for (uint32_t i = 0; i + 1 < SHINGLE; i++)
            w->last[i] = w->last[i + 1];
        w->last[SHINGLE - 1] = h;
    } while (++w->n < SHINGLE);
    h = 0;
    for (uint32_t i = 0; i < SHINGLE; i++)
        h = (h ^ w->last[i]) * 2654435761u ^ h >> 15;
    *hash = h >> 16;
    return true;
}

static void shingles_add(struct shingles *s, struct dtl_slice text)
{
    struct window w = { .text = text };
    uint32_t h;

    while (s->count < BITS / 4 && window_next(&w, &h)) {
        s->bits[h / 64] |= 1ull << (h % 64);
        s->count++;
    }
}

/* Share of the text's runs that are in `s`; -1 when it has none. */
static float shingles_share(const struct shingles *s, struct dtl_slice text)
{
    struct window w = { .text = text };
    uint32_t h, all = 0, known = 0;

    while (window_next(&w, &h)) {
        all++;
        known += (s->bits[h / 64] >> (h % 64) & 1) != 0;
    }
    return all > 2 ? (float)known / (float)all : -1;
}

/* Without tags, references decoded; ends of blocks become line ends. */
static struct dtl_slice plain(struct dtl_arena *arena, struct dtl_slice s)
{
    uint8_t *p = dtl_arena_alloc(arena, s.len + 1);
    size_t n = 0;

    if (p == NULL)
        return dtl_slice_of(NULL, 0);
    for (size_t i = 0; i < s.len; i++) {
        size_t end;

        if (s.ptr[i] != '<' || i + 1 == s.len ||
            !((s.ptr[i + 1] | 0x20) >= 'a' || s.ptr[i + 1] == '/')) {
            p[n++] = s.ptr[i];
            continue;
        }
        end = dtl_find(s, dtl_str(">"), i);
        if (end == SIZE_MAX) {
            p[n++] = s.ptr[i];
            continue;
        }
        /* p, br, div, li, h1 and their ends break lines; a, b, em do not. */
        i += s.ptr[i + 1] == '/';
        if (strchr("pPdDlLhHuUoO", s.ptr[i + 1]) != NULL ||
            ((s.ptr[i + 1] | 0x20) == 'b' && (s.ptr[i + 2] | 0x20) == 'r'))
            p[n++] = '\n';
        i = end;
    }
    return dtl_html_unescape(dtl_slice_of(p, n), false, arena);
}

static uint32_t letters(struct dtl_slice s)
{
    uint32_t n = 0;

    for (size_t i = 0; i < s.len; i++)
        n += (s.ptr[i] & 0xc0) != 0x80;
    return n;
}

static void judge(struct finder *f, const struct shingles *s)
{
    struct blocks *b = &f->b;
    bool begun = false; /* a lead need not be in it */

    for (uint32_t i = 0; i < b->nblocks; i++) {
        struct block *k = &b->block[i];
        float share;

        if (k->size < 30 || k->role == DTL_BLOCK_HEADING)
            continue;
        share = shingles_share(s, block_text(b, k));
        begun = begun || (k->kept && share > 0.6f);
        if (share >= 0.9f && !k->kept && k->prose && !k->repeats) {
            k->kept = true;
            k->reason = "in the page's own data";
        } else if (share >= 0 && share < 0.2f && k->kept && begun &&
                   k->role == DTL_BLOCK_PARAGRAPH) {
            k->kept = false;
            k->reason = "not in the page's own data";
        }
    }
}

bool said_body_apply(struct finder *f)
{
    const struct blocks *b = &f->b;
    struct shingles *s;
    uint64_t in = 0, all = 0;
    uint32_t said;

    if (f->data.len < 400)
        return true;
    f->said = plain(b->arena, f->data);
    s = dtl_arena_calloc(b->arena, 1, sizeof *s);
    if (f->said.ptr == NULL || s == NULL)
        return false;
    shingles_add(s, f->said);
    for (uint32_t i = 0; i < b->nblocks; i++) {
        const struct block *k = &b->block[i];
        float share;

        if (!k->kept || !k->prose)
            continue;
        share = shingles_share(s, block_text(b, k));
        all += k->size;
        in += share >= 0.6f ? k->size : 0;
    }
    said = letters(f->said);
    /* Agreement: most of what was kept is in it, and it is not cut. */
    if (in * 10 >= all * 6 && in * 10 >= said * 6ull)
        judge(f, s);
    return true;
}

static bool add_line(struct body_result *out, uint32_t *cap,
                     struct dtl_arena *arena, struct dtl_slice line)
{
    struct dtl_block *o;

    if (out->nblocks == *cap) {
        uint32_t more = *cap * 2 + 16;

        o = dtl_arena_grow(arena, out->blocks, *cap * sizeof *o,
                           more * sizeof *o);
        if (o == NULL)
            return false;
        out->blocks = o;
        *cap = more;
    }
    o = &out->blocks[out->nblocks++];
    memset(o, 0, sizeof *o);
    o->role = DTL_BLOCK_PARAGRAPH;
    o->kept = true;
    o->text = line;
    o->markdown = line;
    o->reason = "from the page's own data";
    return true;
}

bool said_body_use(struct finder *f, struct body_result *out)
{
    struct body_result mine = *out;
    uint32_t cap = 0;
    size_t from = 0;

    if (f->said.len < 300 ||
        letters(out->text) * 10ull > letters(f->said) * 4ull)
        return false;
    mine.blocks = NULL;
    mine.nblocks = 0;
    while (from < f->said.len) {
        size_t to = dtl_find(f->said, dtl_str("\n"), from);
        struct dtl_slice line;

        if (to == SIZE_MAX)
            to = f->said.len;
        line = dtl_trim(dtl_sub(f->said, from, to));
        if (line.len > 0 && !add_line(&mine, &cap, f->b.arena, line))
            return false;
        from = to + 1;
    }
    if (mine.nblocks == 0)
        return false;
    mine.text = dtl_trim(f->said);
    *out = mine;
    return true;
}
