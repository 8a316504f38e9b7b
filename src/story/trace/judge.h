/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_TRACE_JUDGE_H
#define DATELINE_TRACE_JUDGE_H
#include "match.h"

#include <dateline/trace.h>

/** Do the texts say the same of other things (markets, weather, scores)? */
bool numbers_differ(const struct agreement *g);

/** Is what they share stock sentences, here and there? */
bool scattered(const struct agreement *g);

/** Are the two main texts one story?  `titles` is how far the headlines
 * agree, 0..1; `same_page`: they were captured under one URL. */
bool same_story(const struct agreement *g, float titles, bool same_page);

/** Share of title words in common. */
float titles_agree(const struct dtl_words *a, const struct dtl_words *b);

/** What a copy is, from how much of each is found in the other. */
enum dtl_relation copy_kind(float first_in_copy, float copy_in_first);

#endif
