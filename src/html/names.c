/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A name is two words of eight bytes, lower-cased and padded with zeros; one
 * multiplication gives the only slot where it can stand, one comparison says
 * whether it does.
 */
#include "names.h"
#include "names_slots.h"

#define ONES UINT64_C(0x0101010101010101)

struct key {
    uint64_t low, high;
};

static const char tag_names[DTL_TAG_COUNT][HTML_NAME_MAX] = { "",
#define DTL_X(id, name) name,
                                                              DTL_TAGS(DTL_X)
#undef DTL_X
};

static const char attr_names[DTL_ATTR_COUNT][HTML_NAME_MAX] = { "",
#define DTL_X(id, name) name,
                                                                DTL_ATTRS(DTL_X)
#undef DTL_X
};

/* Numbers fit the bytes of the slot tables, and of struct dtl_page_attr. */
_Static_assert(DTL_TAG_COUNT <= 256 && DTL_ATTR_COUNT <= 256, "byte numbers");

/* A-Z become a-z in all eight bytes at once; others, also those of UTF-8
 * sequences, stay. */
static uint64_t lower(uint64_t w)
{
    uint64_t low7 = w & 0x7f * ONES;
    uint64_t from_a = low7 + (0x80 - 'A') * ONES;
    uint64_t past_z = low7 + (0x80 - 'Z' - 1) * ONES;
    uint64_t upper = (from_a ^ past_z) & ~w & 0x80 * ONES;

    return w | upper >> 2;
}

static uint64_t from_little(uint64_t w)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return __builtin_bswap64(w);
#else
    return w;
#endif
}

static uint64_t low_bytes(uint64_t w, size_t n)
{
    return n < 8 ? w & ((UINT64_C(1) << 8 * n) - 1) : w;
}

static struct key key_of(const uint8_t *name, size_t len, const uint8_t *end)
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

static size_t slot(struct key k, uint64_t multiplier, unsigned bits)
{
    uint64_t mixed = k.low ^ k.high * UINT64_C(0x9e3779b97f4a7c15);

    return (size_t)(mixed * multiplier >> (64 - bits));
}

/* The length counts too: a NUL at the end looks like padding. */
static bool is(struct key k, size_t len, const char *name)
{
    uint64_t low, high;

    memcpy(&low, name, 8);
    memcpy(&high, name + 8, 8);
    return from_little(low) == k.low && from_little(high) == k.high &&
           name[len - 1] != '\0';
}

uint16_t html_tag_of(const uint8_t *name, size_t len, const uint8_t *end)
{
    struct key k;
    uint8_t tag;

    if (len > HTML_NAME_MAX || len == 0)
        return DTL_TAG_OTHER;
    k = key_of(name, len, end);
    tag = tag_slots[slot(k, TAG_MULTIPLIER, TAG_SLOT_BITS)];
    return is(k, len, tag_names[tag]) ? tag : DTL_TAG_OTHER;
}

uint8_t html_attr_of(const uint8_t *name, size_t len, const uint8_t *end)
{
    struct key k;
    uint8_t attr;

    if (len > HTML_NAME_MAX || len == 0)
        return DTL_ATTR_OTHER;
    k = key_of(name, len, end);
    attr = attr_slots[slot(k, ATTR_MULTIPLIER, ATTR_SLOT_BITS)];
    return is(k, len, attr_names[attr]) ? attr : DTL_ATTR_OTHER;
}

const char *html_tag_name(uint16_t tag)
{
    return tag < DTL_TAG_COUNT ? tag_names[tag] : "";
}

const char *html_attr_name(uint8_t attr)
{
    return attr < DTL_ATTR_COUNT ? attr_names[attr] : "";
}
