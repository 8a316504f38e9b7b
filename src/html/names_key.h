/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_HTML_NAMES_KEY_H
#define DATELINE_HTML_NAMES_KEY_H
/* A name as two words, and the slot these give. */
#include "names.h"

#define ONES UINT64_C(0x0101010101010101)

struct key {
    uint64_t low, high;
};

/* A-Z become a-z in all eight bytes at once; others, also those of UTF-8
 * sequences, stay. */
static inline uint64_t lower(uint64_t w)
{
    uint64_t low7 = w & 0x7f * ONES;
    uint64_t from_a = low7 + (0x80 - 'A') * ONES;
    uint64_t past_z = low7 + (0x80 - 'Z' - 1) * ONES;
    uint64_t upper = (from_a ^ past_z) & ~w & 0x80 * ONES;

    return w | upper >> 2;
}

static inline uint64_t from_little(uint64_t w)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return __builtin_bswap64(w);
#else
    return w;
#endif
}

static inline uint64_t low_bytes(uint64_t w, size_t n)
{
    return n < 8 ? w & ((UINT64_C(1) << 8 * n) - 1) : w;
}

static inline struct key key_of(const uint8_t *name, size_t len,
                                const uint8_t *end)
{
    uint8_t padded[HTML_NAME_MAX] = { 0 };
    struct key k;

    if ((size_t)(end - name) < HTML_NAME_MAX) {
        memcpy(padded, name, len);
        name = padded;
    }
    memcpy(&k.low, name, 8);
    k.low = lower(low_bytes(from_little(k.low), len));
    k.high = 0;
    if (len > 8) {
        memcpy(&k.high, name + 8, 8);
        k.high = lower(low_bytes(from_little(k.high), len - 8));
    }
    return k;
}

static inline size_t slot(struct key k, uint64_t multiplier, unsigned bits)
{
    uint64_t mixed = k.low ^ k.high * UINT64_C(0x9e3779b97f4a7c15);

    return (size_t)(mixed * multiplier >> (64 - bits));
}

#endif
