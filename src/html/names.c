/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A name is two words of eight bytes, lower-cased and padded with zeros; one
 * multiplication gives the only slot where it can stand, one comparison says
 * whether it does.
 */
#include "names.h"
#include "names_key.h"
#include "names_slots.h"

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
