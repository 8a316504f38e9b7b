/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DTL_EXPORT_PLACES_H
#define DTL_EXPORT_PLACES_H
/*
 * Rows in the order of archive and offset, each once, with what they need to
 * be replayed: the record a revisit refers to.  So archives are read from
 * front to back, however the rows were selected.
 */
#include "engine.h"

struct dtl_places;
/** Reads all of `from` at the first dtl_places_next(). */
int dtl_places_new(struct dtl_store *store, const struct dtl_row_source *from,
                   struct dtl_places **out, struct dtl_error *err);
int dtl_places_next(void *places, struct dtl_selected *out,
                    struct dtl_error *err);
/** Rows passed, of how many; 0 of 0 before all are known. */
void dtl_places_progress(const struct dtl_places *p, uint64_t *done,
                         uint64_t *of);
void dtl_places_free(struct dtl_places *p);

#endif
