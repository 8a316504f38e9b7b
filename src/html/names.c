/* SPDX-License-Identifier: Apache-2.0 */
#include "names.h"
#include "names_slots.h"

const char html_tag_names[DTL_TAG_COUNT][HTML_NAME_MAX] = { "",
#define DTL_X(id, name) name,
                                                            DTL_TAGS(DTL_X)
#undef DTL_X
};

const uint8_t html_tag_lengths[DTL_TAG_COUNT] = { 0,
#define DTL_X(id, name) sizeof name - 1,
                                                  DTL_TAGS(DTL_X)
#undef DTL_X
};

const char html_attr_names[DTL_ATTR_COUNT][HTML_NAME_MAX] = { "",
#define DTL_X(id, name) name,
                                                              DTL_ATTRS(DTL_X)
#undef DTL_X
};

#define EIGHT(v) v, v, v, v, v, v, v, v
const uint8_t html_first_bytes[2 * HTML_NAME_MAX] = { EIGHT(0xff), EIGHT(0xff),
                                                      EIGHT(0), EIGHT(0) };

/* Numbers fit the bytes of the slot tables, and of struct dtl_page_attr. */
_Static_assert(DTL_TAG_COUNT <= 256 && DTL_ATTR_COUNT <= 256, "byte numbers");
