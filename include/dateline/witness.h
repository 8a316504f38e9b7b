/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_WITNESS_H
#define DATELINE_WITNESS_H
/*
 * What the other pages of a site say of an address: its feeds and sitemaps,
 * which give it a date, and its section pages, which link it from some moment
 * on.  Their records are read in the archives, so this takes longer than the
 * trace itself, and what it may read is fixed in advance.
 */
#include <dateline/trace.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Addresses of an answer that are asked about, the earliest first. */
#define DTL_WITNESS_PAGES 16

/** Add to an answer, after dtl_trace_bounds(), what is said of its earliest
 * addresses.  Archives that cannot be read say nothing. */
DTL_API int dtl_trace_witness(struct dtl_sightings *s, struct dtl_error *err);

#ifdef __cplusplus
}
#endif
#endif
