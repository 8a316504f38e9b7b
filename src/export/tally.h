/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DTL_EXPORT_TALLY_H
#define DTL_EXPORT_TALLY_H
/* What the description of an export counts. */
#include "format.h"

/** Names and how often each came up. */
struct dtl_counts {
    struct dtl_count {
        char *name;
        uint64_t n;
    } * list; /* in the order of first appearance; sorted by dtl_counts_sort()
               */
    size_t n, room;
    uint32_t *slots; /* place in `list` + 1, by hash */
    size_t nslots;
};
bool dtl_counts_add(struct dtl_counts *c, struct dtl_slice name, uint64_t n);
/** Place of the name in the list, or SIZE_MAX out of memory; new with 0. */
size_t dtl_counts_place(struct dtl_counts *c, struct dtl_slice name);
/** Most often first, then by name; nothing can be added after. */
void dtl_counts_sort(struct dtl_counts *c);
void dtl_counts_free(struct dtl_counts *c);

struct dtl_tally {
    uint64_t rows, words, dated; /* dated: claim a publication */
    int64_t first, last;         /* captured; DTL_NO_TIME */
    int64_t published_first, published_last;
    struct dtl_counts sites, languages, types;
    struct dtl_redacted redacted;
    bool failed; /* out of memory */
};
void dtl_tally_start(struct dtl_tally *t);
void dtl_tally_free(struct dtl_tally *t);
/** A row as a note of some bytes, which any thread may make, and back. */
void dtl_tally_note(const struct dtl_export_row *row, struct dtl_buf *notes);
void dtl_tally_notes(struct dtl_tally *t, struct dtl_slice notes);
void dtl_tally_redacted(struct dtl_tally *t, const struct dtl_redacted *r);

#endif
