/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_HTML_NAME_LOOKUP_H
#define DATELINE_HTML_NAME_LOOKUP_H
/*
 * From the bytes of a name, in any case, to its number and back.
 *
 * A name is two words of eight bytes, lower-cased and padded with zeros; one
 * multiplication gives the only slot where it can stand, one comparison says
 * whether it does.
 */
#include <dateline/base.h>
#include <dateline/html.h>

/* Room for the longest name with a number, and the width of the look-up. */
enum { HTML_NAME_MAX = 16 };

#define HTML_TAG_SLOT_BITS   10
#define HTML_TAG_MULTIPLIER  UINT64_C(0xbc6573bcbc81ec2d)
#define HTML_ATTR_SLOT_BITS  9
#define HTML_ATTR_MULTIPLIER UINT64_C(0x91b7584a2265b1f5)

extern const char html_tag_names[DTL_TAG_COUNT][HTML_NAME_MAX];
extern const uint8_t html_tag_lengths[DTL_TAG_COUNT];
extern const char html_attr_names[DTL_ATTR_COUNT][HTML_NAME_MAX];
extern const uint8_t html_tag_slots[1 << HTML_TAG_SLOT_BITS];
extern const uint8_t html_attr_slots[1 << HTML_ATTR_SLOT_BITS];

#define HTML_ONES UINT64_C(0x0101010101010101)

struct html_key {
    uint64_t low, high;
};

/* A-Z become a-z in all eight bytes at once; others, also those of UTF-8
 * sequences, stay. */
static inline uint64_t html_lower8(uint64_t w)
{
    uint64_t low7 = w & 0x7f * HTML_ONES;
    uint64_t from_a = low7 + (0x80 - 'A') * HTML_ONES;
    uint64_t past_z = low7 + (0x80 - 'Z' - 1) * HTML_ONES;
    uint64_t upper = (from_a ^ past_z) & ~w & 0x80 * HTML_ONES;

    return w | upper >> 2;
}

static inline uint64_t html_from_little(uint64_t w)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return __builtin_bswap64(w);
#else
    return w;
#endif
}

/* The first `n` bytes, 1 to 8. */
static inline uint64_t html_low_bytes(uint64_t w, size_t n)
{
    return w << 8 * (8 - n) >> 8 * (8 - n);
}

/* Ones for the first n of sixteen bytes, from html_first_bytes[16 - n] on. */
extern const uint8_t html_first_bytes[2 * HTML_NAME_MAX];

/* Of a name of 1 to 16 bytes, where sixteen can be read, without controls:
 * then a bit makes letters small, and nothing else what is in a name with a
 * number.  No branches: there is no foreseeing the lengths of names. */
static inline struct html_key html_quick_key(const uint8_t *name, size_t len)
{
    const uint8_t *first = html_first_bytes + HTML_NAME_MAX - len;
    const uint64_t small = 0x20 * HTML_ONES;
    uint64_t low, high;
    struct html_key k;

    memcpy(&k.low, name, 8);
    memcpy(&k.high, name + 8, 8);
    memcpy(&low, first, 8);
    memcpy(&high, first + 8, 8);
    k.low = html_from_little((k.low | small) & low);
    k.high = html_from_little((k.high | small) & high);
    return k;
}

/* The same of any name. */
static inline struct html_key html_key16(const uint8_t *name, size_t len)
{
    struct html_key k;

    memcpy(&k.low, name, 8);
    k.low =
        html_lower8(html_low_bytes(html_from_little(k.low), len < 8 ? len : 8));
    k.high = 0;
    if (len > 8) {
        memcpy(&k.high, name + 8, 8);
        k.high = html_lower8(html_low_bytes(html_from_little(k.high), len - 8));
    }
    return k;
}

static inline struct html_key html_key_of(const uint8_t *name, size_t len,
                                          const uint8_t *end)
{
    uint8_t padded[HTML_NAME_MAX] = { 0 };

    if ((size_t)(end - name) < HTML_NAME_MAX) {
        memcpy(padded, name, len);
        name = padded;
    }
    return html_key16(name, len);
}

static inline size_t html_slot(struct html_key k, uint64_t multiplier,
                               unsigned bits)
{
    uint64_t mixed = k.low ^ k.high * UINT64_C(0x9e3779b97f4a7c15);

    return (size_t)(mixed * multiplier >> (64 - bits));
}

static inline bool html_key_is(struct html_key k, const char *name)
{
    uint64_t low, high;

    memcpy(&low, name, 8);
    memcpy(&high, name + 8, 8);
    return ((html_from_little(low) ^ k.low) |
            (html_from_little(high) ^ k.high)) == 0;
}

static inline uint16_t html_tag_at(struct html_key k)
{
    uint8_t tag =
        html_tag_slots[html_slot(k, HTML_TAG_MULTIPLIER, HTML_TAG_SLOT_BITS)];

    return html_key_is(k, html_tag_names[tag]) ? tag : DTL_TAG_OTHER;
}

static inline uint8_t html_attr_at(struct html_key k)
{
    uint8_t attr = html_attr_slots[html_slot(k, HTML_ATTR_MULTIPLIER,
                                             HTML_ATTR_SLOT_BITS)];

    return html_key_is(k, html_attr_names[attr]) ? attr : DTL_ATTR_OTHER;
}

/* A NUL at the end would look like padding. */
static inline bool html_may_have_number(const uint8_t *name, size_t len)
{
    return len <= HTML_NAME_MAX && len > 0 && name[len - 1] != 0;
}

/** DTL_TAG_OTHER when it has none. `end` bounds what may be read. */
static inline uint16_t html_tag_of(const uint8_t *name, size_t len,
                                   const uint8_t *end)
{
    return html_may_have_number(name, len)
               ? html_tag_at(html_key_of(name, len, end))
               : DTL_TAG_OTHER;
}

/** DTL_ATTR_OTHER when it has none. */
static inline uint8_t html_attr_of(const uint8_t *name, size_t len,
                                   const uint8_t *end)
{
    return html_may_have_number(name, len)
               ? html_attr_at(html_key_of(name, len, end))
               : DTL_ATTR_OTHER;
}
#endif
