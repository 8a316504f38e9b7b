/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_INGEST_SPOOL_H
#define DATELINE_INGEST_SPOOL_H
/*
 * Pages that wait for the second look, in a file without a name: captures
 * with their article rows, written in turn and read back in the same order.
 */
#include <dateline/base.h>
#include <dateline/index.h>

struct spool;

/** A file in `dir` that vanishes with the process. */
int spool_new(const char *dir, struct spool **out, struct dtl_error *err);
int spool_add(struct spool *s, const struct dtl_capture *c,
              const struct dtl_article_row *row, struct dtl_error *err);
/** Go to the first. */
int spool_rewind(struct spool *s, struct dtl_error *err);
/** The next, valid until the following call; DTL_END after the last. */
int spool_next(struct spool *s, struct dtl_capture *c,
               struct dtl_article_row *row, struct dtl_error *err);
/** Empty it for the next batch. */
int spool_reset(struct spool *s, struct dtl_error *err);
void spool_free(struct spool *s);

#endif
