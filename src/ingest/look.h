/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_INGEST_LOOK_H
#define DATELINE_INGEST_LOOK_H
/*
 * The second look: what a page cannot tell about itself but the batch it was
 * captured with can.  A line that stands on many pages of its site is
 * furniture; a passage further down that is another page's story from its
 * first line on is that story, not this one.
 *
 * First every article of the batch is shown (look_add(), by any thread), then
 * each is judged (look_judge(), after all were shown).
 */
#include <dateline/base.h>

struct look;

/** `memory` bytes at most; past them new lines are no longer counted. */
struct look *look_new(size_t memory);
void look_free(struct look *l);
/** Forget all, for the next batch. */
void look_reset(struct look *l);

struct look_article {
    struct dtl_slice site, title, url;
    struct dtl_slice text; /* blocks joined by '\n' */
};

/** Count the lines of an article. */
void look_add(struct look *l, const struct look_article *a);

enum look_reason { LOOK_KEEP, LOOK_FURNITURE, LOOK_OTHER_STORY };
const char *look_reason_text(enum look_reason r);

#define LOOK_LINES 2048U /* of an article; the rest is kept unseen */

/** One verdict a line of a->text into `verdicts`; returns how many lines are
 * to go. */
size_t look_judge(struct look *l, const struct look_article *a,
                  uint8_t verdicts[LOOK_LINES]);

/** Write what was counted to a file of its own; the order in which it was
 * shown makes no difference to the bytes. */
int look_save(const struct look *l, const char *path, struct dtl_error *err);
/** Count in addition what look_save() wrote; `path` is for messages. */
int look_read(struct look *l, struct dtl_slice s, const char *path,
              struct dtl_error *err);
int look_load(struct look *l, const char *path, struct dtl_error *err);

#endif
