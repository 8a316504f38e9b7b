/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_HTML_ENTITIES_H
#define DATELINE_HTML_ENTITIES_H
#include <stdint.h>

enum { ENTITY_COUNT = 2125, ENTITY_LETTERS = 'z' - 'A' + 1 };

#define ENTITY_LEGACY    UINT32_C(0x80000000)
#define ENTITY_POINT(v)  ((v)&0x1fffff)
#define ENTITY_SECOND(v) ((v) >> 21 & 0x3ff)

/* Longest name and longest legacy name, in bytes. */
enum { ENTITY_LONGEST = 31, ENTITY_LEGACY_LONGEST = 6 };

extern const char *const entity_names[ENTITY_LETTERS];
extern const uint16_t entity_at[ENTITY_COUNT + 1];
extern const uint32_t entity_values[ENTITY_COUNT];
extern const uint16_t entity_seconds[];
extern const uint16_t entity_first[ENTITY_LETTERS + 1];
#endif
