/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_INDEX_TAKEDOWN_H
#define DATELINE_INDEX_TAKEDOWN_H
/* What was taken down, as a set of hashes that a capture is held against. */
#include "manifest.h"

struct dtl_segment;

struct dtl_removed {
    uint64_t *hashes; /* open addressing, 0: free */
    size_t room;
    struct dtl_held *held; /* borrowed from the manifest */
    uint32_t n;
};
/** Those of the manifest numbered `from` and later; n 0: none. */
int dtl_removed_read(const struct dtl_manifest *m, uint32_t from,
                     struct dtl_removed *out, struct dtl_error *err);
void dtl_removed_free(struct dtl_removed *r);
bool dtl_is_removed(const struct dtl_removed *r, const struct dtl_capture *c);
/** One bit for each article of the segment that is carried by captures which
 * are all taken down; NULL in *out when there is none. */
int dtl_removed_articles(const struct dtl_removed *r,
                         const struct dtl_segment *s, uint8_t **out,
                         struct dtl_error *err);

#endif
