/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_TRACE_ANSWER_H
#define DATELINE_TRACE_ANSWER_H
/* What the files of an answer share. */
#include <dateline/trace.h>

/** The instants a stated time can mean, both ends included. */
struct claim_interval {
    int64_t earliest, latest; /* DTL_NO_TIME: not read */
    bool zone_known;
};
/** `value` as dtl_when_text() writes it: as precise as stated. */
bool claim_interval(struct dtl_slice value, struct claim_interval *out);

/** How much of the query is found in an article or in the rest of its page,
 * 0..1. */
int trace_share(struct dtl_store *s, const struct dtl_trace_query *q,
                struct dtl_ref article, float *share, struct dtl_error *err);

void answer_time(struct dtl_json *j, const char *key, int64_t t);
void answer_slice(struct dtl_json *j, const char *key, struct dtl_slice s);

#endif
