/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DTL_EXPORT_SORTER_H
#define DTL_EXPORT_SORTER_H
/* Byte strings in their order, equal ones once, in bounded memory: what does
 * not fit is sorted in runs, kept in temporary files and merged. */
#include <dateline/base.h>

struct dtl_sorter;
int dtl_sorter_new(size_t memory, struct dtl_sorter **out,
                   struct dtl_error *err);
int dtl_sorter_add(struct dtl_sorter *s, struct dtl_slice item,
                   struct dtl_error *err);
/** The next one, borrowed until the next call; after the first no more can be
 * added.  DTL_END. */
int dtl_sorter_next(struct dtl_sorter *s, struct dtl_slice *out,
                    struct dtl_error *err);
uint64_t dtl_sorter_count(const struct dtl_sorter *s); /* added */
void dtl_sorter_free(struct dtl_sorter *s);

#endif
