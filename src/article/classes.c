/* SPDX-License-Identifier: Apache-2.0 */
#include "classes.h"

#include "hints.h"
#include "meta.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* Longer values are data; what tells of bylines and dates stands first. */
#define HINTS_READ 2048u
#define SPOTS_READ 300u
/* Generated names ("styles__x-sc-1abc") still hold real words, but a name
 * longer than any word list is data. */
#define NAME_MAX_HINTS 120u

#define FEWEST_SLOTS 32u
#define MOST_SLOTS   512u

_Static_assert(SPOTS_READ <= CLASS_NAME_MAX, "a part fits a name");

struct known {
    const uint8_t *ptr;
    uint32_t len;
    uint32_t hints, spots;
    uint32_t looks; /* of a value: a hash */
    bool hides;     /* a name: its bearer is not shown, unless it shows again */
};

struct classes {
    uint32_t mask; /* of both tables */
    struct known *value, *name;
};

struct classes *classes_new(struct dtl_arena *arena, uint32_t nattrs)
{
    struct classes *c = dtl_arena_calloc(arena, 1, sizeof *c);
    uint32_t slots = FEWEST_SLOTS;

    if (c == NULL)
        return NULL;
    while (slots < MOST_SLOTS && slots < nattrs / 4)
        slots *= 2;
    c->mask = slots - 1;
    c->value = dtl_arena_calloc(arena, slots, sizeof *c->value);
    c->name = dtl_arena_calloc(arena, slots, sizeof *c->name);
    return c->value != NULL && c->name != NULL ? c : NULL;
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
    return (uint32_t)(head >> 40);
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

/* The slot for [p, p + n); true when it holds what is asked. */
static bool look_up(struct known *table, uint32_t mask, const uint8_t *p,
                    size_t n, struct known **slot)
{
    struct known *k = &table[hash_ends(p, n) & mask];

    *slot = k;
    return k->len == n && same(k->ptr, p, n);
}

/* ---- names ------------------------------------------------------------ */

static void read_letters(struct class_name *name, size_t at)
{
    uint64_t upper = 0, lower = 0;
#if defined(__SSE2__)
    uint8_t *p = name->low + at;
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i from_a = _mm_sub_epi8(v, _mm_set1_epi8('a'));
    __m128i from_A = _mm_sub_epi8(v, _mm_set1_epi8('A'));
    __m128i most = _mm_set1_epi8(25);
    __m128i capital = _mm_cmpeq_epi8(_mm_min_epu8(from_A, most), from_A);

    lower = (unsigned)_mm_movemask_epi8(
        _mm_cmpeq_epi8(_mm_min_epu8(from_a, most), from_a));
    upper = (unsigned)_mm_movemask_epi8(capital);
    v = _mm_or_si128(v, _mm_and_si128(capital, _mm_set1_epi8(0x20)));
    _mm_storeu_si128((__m128i *)(void *)p, v);
#else
    for (size_t i = 0; i < 16; i++) {
        uint8_t c = name->low[at + i];

        lower |= (uint64_t)((uint8_t)(c - 'a') < 26) << i;
        upper |= (uint64_t)((uint8_t)(c - 'A') < 26) << i;
        name->low[at + i] |= (uint8_t)(((uint8_t)(c - 'A') < 26) << 5);
    }
#endif
    name->lower[at / 64] |= lower << at % 64;
    name->upper[at / 64] |= upper << at % 64;
}

static void read_name(struct class_name *name, const uint8_t *p, size_t n)
{
    size_t i = 0;

    name->len = n;
    for (size_t w = 0; w <= n / 64; w++)
        name->lower[w] = name->upper[w] = 0;
    memset(name->low + n / 16 * 16, 0, 32);
    memcpy(name->low, p, n);
    for (; i < n; i += 16)
        read_letters(name, i);
}

static const struct known *name_said(struct classes *c, const uint8_t *p,
                                     size_t n)
{
    struct class_name name;
    struct known *k;

    if (look_up(c->name, c->mask, p, n, &k))
        return k;
    k->ptr = p;
    k->len = (uint32_t)n;
    k->hints = k->spots = 0;
    k->hides = false;
    if (n > CLASS_NAME_MAX)
        return k;
    read_name(&name, p, n);
    if (n < NAME_MAX_HINTS)
        k->hints = hints_name(&name);
    k->hides = hints_hides(&name);
    k->spots = spots_of_name(&name);
    return k;
}

/* Of a name that is not read to its end. */
static uint32_t spots_of_part(struct dtl_slice s)
{
    struct class_name name;

    read_name(&name, s.ptr, s.len);
    return spots_of_name(&name);
}

/* ---- values ----------------------------------------------------------- */

static size_t name_end(struct dtl_slice s, size_t i)
{
#if defined(__SSE2__)
    while (s.len - i >= 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(s.ptr + i));
        unsigned low = (unsigned)_mm_movemask_epi8(
            _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(' ')), v));

        if (low != 0)
            return i + (size_t)__builtin_ctz(low);
        i += 16;
    }
#endif
    while (i < s.len && s.ptr[i] > ' ')
        i++;
    return i;
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

static void read_names(struct classes *c, struct dtl_slice s, struct known *out)
{
    bool hides = false;
    size_t i = 0;

    out->hints = out->spots = 0;
    while (i < s.len) {
        const struct known *k;
        size_t from = i;

        i = name_end(s, i);
        if (i == from) {
            i++;
            continue;
        }
        k = name_said(c, s.ptr + from, i - from);
        out->hints |= k->hints;
        hides |= k->hides;
        if (i <= SPOTS_READ)
            out->spots |= k->spots;
        else if (from < SPOTS_READ)
            out->spots |= spots_of_part(dtl_sub(s, from, SPOTS_READ));
    }
    if (hides && !hints_shows_again(s))
        out->hints |= HINT_HIDDEN;
}

struct class_said classes_said(struct classes *c, struct dtl_slice value)
{
    struct known *k;

    if (value.len == 0)
        return (struct class_said){ 0, 0, 0 };
    if (value.len > HINTS_READ)
        value.len = HINTS_READ;
    if (!look_up(c->value, c->mask, value.ptr, value.len, &k)) {
        k->ptr = value.ptr;
        k->len = (uint32_t)value.len;
        k->looks = hash_of(value);
        read_names(c, value, k);
    }
    return (struct class_said){ k->hints, k->spots, k->looks };
}
