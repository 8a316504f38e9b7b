/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_INGEST_JUDGE_H
#define DATELINE_INGEST_JUDGE_H
/* A page after the second look: what goes is taken out, hash and marks are
 * made of what stays. */
#include <dateline/ingest.h>

#include "look.h"

/** The tools of one thread; zero, but for `harvester`, which is borrowed. */
struct judge {
    struct dtl_harvester *harvester;
    struct dtl_buf text, rest, meta; /* of a page the look has changed */
};
void judge_clear(struct judge *j);
/** What the look has to know of a page; borrows from both. */
struct look_article judge_sees(const struct dtl_capture *c,
                               const struct dtl_article_row *row);
/** `look` NULL: every line stays.  Lines taken out are added to `removed`;
 * what `page` borrows afterwards lives until the next page. */
int judge_page(struct judge *j, struct look *look, struct dtl_harvest *page,
               uint64_t *removed, struct dtl_error *err);

#endif
