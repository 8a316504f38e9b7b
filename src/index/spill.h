/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_INDEX_SPILL_H
#define DATELINE_INDEX_SPILL_H
/*
 * External sorting: what does not fit the memory budget is sorted in runs,
 * written to a nameless temporary file and merged from there.  Nothing is left
 * behind however the process ends.
 */
#include <dateline/base.h>

/** A nameless file in `dir`; -1 with errno. */
int dtl_spill_file(const char *dir);

/* ---- pairs: postings of every kind -------------------------------------- */

struct dtl_pair {
    uint64_t key, value;
};

struct dtl_pairs;
/** At most about `memory` bytes are used. */
int dtl_pairs_new(const char *dir, size_t memory, struct dtl_pairs **out,
                  struct dtl_error *err);
int dtl_pairs_add(struct dtl_pairs *p, uint64_t key, uint64_t value,
                  struct dtl_error *err);
/** No more will be added; then read them by key, equal keys in the order they
 * were added. */
int dtl_pairs_sort(struct dtl_pairs *p, struct dtl_error *err);
int dtl_pairs_next(struct dtl_pairs *p, struct dtl_pair *out,
                   struct dtl_error *err);
void dtl_pairs_free(struct dtl_pairs *p);

/* ---- rows: a key, an order among bytes, and what belongs to it ---------- */

struct dtl_rows;
int dtl_rows_new(const char *dir, size_t memory, struct dtl_rows **out,
                 struct dtl_error *err);
/** No key may be a proper prefix of another. */
int dtl_rows_add(struct dtl_rows *r, struct dtl_slice key,
                 struct dtl_slice payload, struct dtl_error *err);
int dtl_rows_sort(struct dtl_rows *r, struct dtl_error *err);
/** Borrowed until the next call; equal keys in the order they were added. */
int dtl_rows_next(struct dtl_rows *r, struct dtl_slice *key,
                  struct dtl_slice *payload, struct dtl_error *err);
void dtl_rows_free(struct dtl_rows *r);

#endif
