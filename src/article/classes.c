/* SPDX-License-Identifier: Apache-2.0 */
#include "classes.h"

#include "hints.h"
#include "meta.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* What tells of bylines and dates stands first. */
#define SPOTS_READ 300u
/* Generated names ("styles__x-sc-1abc") still hold real words, but a name
 * longer than any word list is data. */
#define NAME_MAX_HINTS 120u

#define FEWEST_SLOTS 64u
#define MOST_SLOTS   4096u
#define CHUNK        64u

struct known {
    const uint8_t *ptr;
    uint32_t len;
    struct class_said said;
};

/* Values are numbered from 1 on.  A slot holds bits of the hash, then the
 * number. */
struct classes {
    const struct dtl_page *page;
    struct dtl_arena *arena;
    uint32_t mask, n;
    uint32_t *slot;
    uint16_t *of_node; /* by node: the number of its class, 0 not known */
    struct known *chunk[MOST_SLOTS / 2 / CHUNK];
};

struct classes *classes_new(const struct dtl_page *page,
                            struct dtl_arena *arena)
{
    struct classes *c = dtl_arena_calloc(arena, 1, sizeof *c);
    uint32_t slots = FEWEST_SLOTS;

    if (c == NULL)
        return NULL;
    while (slots < MOST_SLOTS && slots < page->nattrs / 2)
        slots *= 2;
    c->page = page;
    c->arena = arena;
    c->mask = slots - 1;
    c->slot = dtl_arena_calloc(arena, slots, sizeof *c->slot);
    c->of_node = dtl_arena_calloc(arena, page->nnodes, sizeof *c->of_node);
    return c->slot != NULL && c->of_node != NULL ? c : NULL;
}

static struct known *number(const struct classes *c, uint32_t n)
{
    return &c->chunk[(n - 1) / CHUNK][(n - 1) % CHUNK];
}

/* Room for one more value; NULL when there are too many, or no memory. */
static struct known *add(struct classes *c)
{
    struct known **chunk = &c->chunk[c->n / CHUNK];

    if (c->n == (c->mask + 1) / 2)
        return NULL;
    if (c->n % CHUNK == 0)
        *chunk = dtl_arena_alloc(c->arena, CHUNK * sizeof **chunk);
    return *chunk != NULL ? number(c, ++c->n) : NULL;
}

static uint64_t eight_at(const uint8_t *p)
{
    uint64_t v;

    memcpy(&v, p, 8);
    return v;
}

/* At most eight bytes as a number, read from both ends. */
static uint64_t up_to_eight(const uint8_t *p, size_t n)
{
    uint32_t head, tail;

    if (n >= 4) {
        memcpy(&head, p, 4);
        memcpy(&tail, p + n - 4, 4);
        return (uint64_t)tail << 32 | head;
    }
    return n == 0 ? 0
                  : (uint64_t)p[0] | (uint64_t)p[n / 2] << 8 |
                        (uint64_t)p[n - 1] << 16;
}

/* Of both ends: enough to tell the classes of a page apart. */
static uint32_t hash_ends(const uint8_t *p, size_t n)
{
    uint64_t head = n < 8 ? up_to_eight(p, n) : eight_at(p);
    uint64_t tail = n < 8 ? 0 : eight_at(p + n - 8);

    head = (head + n) * UINT64_C(0x9e3779b97f4a7c15) +
           tail * UINT64_C(0xc2b2ae3d27d4eb4f);
    return (uint32_t)(head >> 32);
}

/* Equal bytes?  Most pairs are short, equal or differ at their ends. */
static bool same(const uint8_t *a, const uint8_t *b, size_t n)
{
    size_t i = 0;

    if (n < 8)
        return up_to_eight(a, n) == up_to_eight(b, n);
    for (; i + 8 <= n; i += 8)
        if (eight_at(a + i) != eight_at(b + i))
            return false;
    return eight_at(a + n - 8) == eight_at(b + n - 8);
}

/* ---- reading ---------------------------------------------------------- */

/* The letters among sixteen bytes, which become small. */
static void read_letters(struct class_text *t, size_t at, uint64_t *upper)
{
    uint64_t big = 0, small = 0, blank = 0, b = 0;
#if defined(__SSE2__)
    uint8_t *p = t->low + at;
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i from_a = _mm_sub_epi8(v, _mm_set1_epi8('a'));
    __m128i from_A = _mm_sub_epi8(v, _mm_set1_epi8('A'));
    __m128i most = _mm_set1_epi8(25);
    __m128i capital = _mm_cmpeq_epi8(_mm_min_epu8(from_A, most), from_A);

    small = (unsigned)_mm_movemask_epi8(
        _mm_cmpeq_epi8(_mm_min_epu8(from_a, most), from_a));
    big = (unsigned)_mm_movemask_epi8(capital);
    blank = (unsigned)_mm_movemask_epi8(
        _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(' ')), v));
    v = _mm_or_si128(v, _mm_and_si128(capital, _mm_set1_epi8(0x20)));
    _mm_storeu_si128((__m128i *)(void *)p, v);
    b = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8('b')));
#else
    for (size_t i = 0; i < 16; i++) {
        uint8_t c = t->low[at + i];

        small |= (uint64_t)((uint8_t)(c - 'a') < 26) << i;
        big |= (uint64_t)((uint8_t)(c - 'A') < 26) << i;
        blank |= (uint64_t)(c <= ' ') << i;
        t->low[at + i] |= (uint8_t)(((uint8_t)(c - 'A') < 26) << 5);
        b |= (uint64_t)(t->low[at + i] == 'b') << i;
    }
#endif
    *upper |= big << at % 64;
    t->bs[at / 64] |= b << at % 64;
    t->letters[at / 64] |= (small | big) << at % 64;
    t->blanks[at / 64] |= blank << at % 64;
}

static void read_text(struct class_text *t, struct dtl_slice s)
{
    uint64_t letter = 0, small = 0; /* the last one of the word before */

    t->len = s.len;
    memset(t->low + s.len / 16 * 16, 0, 32);
    memcpy(t->low, s.ptr, s.len);
    for (size_t w = 0; w <= s.len / 64; w++) {
        uint64_t upper = 0, camel, all;

        t->letters[w] = t->blanks[w] = t->bs[w] = 0;
        for (size_t i = w * 64; i < w * 64 + 64 && i <= s.len; i += 16)
            read_letters(t, i, &upper);
        all = t->letters[w];
        camel = upper & ((all & ~upper) << 1 | small);
        t->starts[w] = (all & ~(all << 1 | letter)) | camel;
        t->stops[w] = ~all | camel;
        letter = all >> 63;
        small = (all & ~upper) >> 63;
    }
    t->letters[s.len / 64 + 1] = t->starts[s.len / 64 + 1] = 0;
    t->stops[s.len / 64 + 1] = t->blanks[s.len / 64 + 1] = ~UINT64_C(0);
}

static uint32_t hash_of(struct dtl_slice s)
{
    uint64_t h = s.len * UINT64_C(0x9e3779b97f4a7c15);
    size_t i = 0;

    for (; i + 8 <= s.len; i += 8) {
        h = (h ^ eight_at(s.ptr + i)) * UINT64_C(0xff51afd7ed558ccd);
        h ^= h >> 32;
    }
    if (s.len >= 8)
        h ^= eight_at(s.ptr + s.len - 8);
    else
        h ^= up_to_eight(s.ptr, s.len);
    h *= UINT64_C(0xff51afd7ed558ccd);
    return (uint32_t)(h >> 32) | 1;
}

static struct class_said read_value(struct dtl_slice s)
{
    struct class_said said = { .looks = hash_of(s) };
    struct class_text t;
    bool hides = false;

    read_text(&t, s);
    for (size_t from = 0, to; from < s.len; from = to + 1) {
        to = class_next(t.blanks, from, s.len);
        if (to - from < NAME_MAX_HINTS && to > from) {
            said.hints |= hints_name(&t, from, to);
            hides |= hints_hides(&t, from, to);
        }
    }
    if (hides && !hints_shows_again(s))
        said.hints |= HINT_HIDDEN;
    said.spots = spots_of(&t, s.len < SPOTS_READ ? s.len : SPOTS_READ);
    return said;
}

static struct class_said look_up(struct classes *c, struct dtl_slice value,
                                 uint16_t *known_as)
{
    struct class_said said;
    struct known *k;
    uint32_t hash, at;

    if (value.len > CLASS_TEXT_MAX)
        value.len = CLASS_TEXT_MAX;
    hash = hash_ends(value.ptr, value.len);
    for (at = hash >> 16; c->slot[at & c->mask] != 0; at++) {
        uint32_t slot = c->slot[at & c->mask];

        if ((slot ^ hash) << 16 != 0)
            continue;
        k = number(c, slot >> 16);
        if (k->len == value.len && same(k->ptr, value.ptr, value.len)) {
            *known_as = (uint16_t)(slot >> 16);
            return k->said;
        }
    }
    said = read_value(value);
    k = add(c);
    if (k != NULL) {
        *k = (struct known){ value.ptr, (uint32_t)value.len, said };
        c->slot[at & c->mask] = c->n << 16 | (hash & 0xffff);
        *known_as = (uint16_t)c->n;
    }
    return said;
}

struct class_said classes_said(struct classes *c, struct dtl_slice value)
{
    uint16_t known_as;

    return value.len > 0 ? look_up(c, value, &known_as)
                         : (struct class_said){ 0, 0, 0 };
}

struct class_said classes_of(struct classes *c, uint32_t node)
{
    struct dtl_slice value;

    if (c->of_node[node] != 0)
        return number(c, c->of_node[node])->said;
    value = dtl_node_attr(c->page, node, DTL_ATTR_CLASS);
    return value.len > 0 ? look_up(c, value, &c->of_node[node])
                         : (struct class_said){ 0, 0, 0 };
}
