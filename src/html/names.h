/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_HTML_NAME_LOOKUP_H
#define DATELINE_HTML_NAME_LOOKUP_H
/* From the bytes of a name, in any case, to its number and back. */
#include <dateline/base.h>
#include <dateline/html.h>

/* Room for the longest name with a number, and the width of the look-up. */
enum { HTML_NAME_MAX = 16 };

/** DTL_TAG_OTHER when it has none. `end` bounds what may be read. */
uint16_t html_tag_of(const uint8_t *name, size_t len, const uint8_t *end);
/** DTL_ATTR_OTHER when it has none. */
uint8_t html_attr_of(const uint8_t *name, size_t len, const uint8_t *end);
/** Lower-case name of a numbered element; "" for DTL_TAG_OTHER. */
const char *html_tag_name(uint16_t tag);
#endif
