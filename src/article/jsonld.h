/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DTL_ARTICLE_JSONLD_H
#define DTL_ARTICLE_JSONLD_H
/*
 * JSON as pages write it: read into a flat array in document order, like the
 * page itself, forgiving what publishers get wrong (trailing and missing
 * commas, raw line ends and bare quotes in strings, comments, CDATA, single
 * quotes, several values in a row, a missing end).
 *
 *     jsonld_parse(script, arena, &doc);
 *     for (uint32_t m = jsonld_first(&doc, 0); m; m = jsonld_next(&doc, m))
 *         if (jsonld_is(&doc, m, "headline")) ...
 *
 * Never fails but out of memory; at most JSONLD_NODES values, JSONLD_DEPTH
 * deep, of which the rest is skipped.
 */
#include <dateline/base.h>

#define JSONLD_NODES 20000
#define JSONLD_DEPTH 64

enum json_kind {
    JSON_NULL,
    JSON_BOOL,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT,
};

struct json_node {
    uint8_t kind;         /* enum json_kind */
    bool escaped;         /* the string holds a backslash or "&" */
    uint32_t parent;      /* index; node 0 is its own */
    uint32_t end;         /* one past the last descendant */
    struct dtl_slice key; /* in an object: its name, raw; else empty */
    struct dtl_slice raw; /* of a scalar: as written, without quotes */
};

/** Node 0 is an array of the script's top values. */
struct json_doc {
    struct json_node *nodes;
    uint32_t n, cap;
    uint32_t repairs; /* faults stepped over */
    bool cut;         /* a limit was reached */
    struct dtl_arena *arena;
};

/** Parse `s` (borrowed) and append to what `doc` holds already; start with a
 * zeroed doc.  False out of memory. */
bool jsonld_parse(struct dtl_slice s, struct dtl_arena *arena,
                  struct json_doc *doc);

/** First and next member of an object or array; 0 when there is none. */
uint32_t jsonld_first(const struct json_doc *d, uint32_t container);
uint32_t jsonld_next(const struct json_doc *d, uint32_t member);
/** Member called `name` of an object, or 0. */
uint32_t jsonld_get(const struct json_doc *d, uint32_t object,
                    const char *name);
bool jsonld_is(const struct json_doc *d, uint32_t member, const char *name);
/** A scalar's characters: escapes decoded, then character references (many
 * publishers escape twice), white space trimmed. */
struct dtl_slice jsonld_text(const struct json_doc *d, uint32_t i);

#endif
