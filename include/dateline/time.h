/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_TIME_H
#define DATELINE_TIME_H
/*
 * Points in time as archives write them: seconds since 1970-01-01T00:00:00Z,
 * proleptic Gregorian, no leap seconds, whatever the machine's time zone.
 */
#include <dateline/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DTL_NO_TIME INT64_MIN

/** Seconds for a civil date; no range check beyond what int64_t needs. */
DTL_API int64_t dtl_time_civil(int year, int month, int day, int hour,
                               int minute, int second);
/** Year, month, day, hour, minute, second of `t` in UTC. */
DTL_API void dtl_time_split(int64_t t, int out[6]);
DTL_API bool dtl_date_valid(int year, int month, int day);

/**
 * WARC-Date and W3C-DTF (WARC 1.1 section 5.4): YYYY[-MM[-DD[Thh:mm[:ss[.s+]]
 * (Z|+hh:mm)]]]; missing parts are the earliest.  DTL_NO_TIME if not that.
 */
DTL_API int64_t dtl_time_parse_iso(struct dtl_slice s);
/**
 * Wayback timestamp: the leading digits of YYYYMMDDhhmmss.  Missing parts are
 * the earliest, or the latest with `last`.  Values past their range are
 * clamped, as the Wayback Machine does.  DTL_NO_TIME with fewer than 4 digits.
 */
DTL_API int64_t dtl_time_parse_14(struct dtl_slice s, bool last);
/** The three forms of RFC 9110 section 5.6.7. */
DTL_API int64_t dtl_time_parse_http(struct dtl_slice s);

#define DTL_TIME_14   15 /* "20240131235959" and its NUL */
#define DTL_TIME_ISO  21 /* "2024-01-31T23:59:59Z" */
#define DTL_TIME_HTTP 30 /* "Wed, 31 Jan 2024 23:59:59 GMT" */
/** Years outside 0-9999 and DTL_NO_TIME come out as an empty string. */
DTL_API void dtl_time_14(int64_t t, char out[DTL_TIME_14]);
DTL_API void dtl_time_iso(int64_t t, char out[DTL_TIME_ISO]);
DTL_API void dtl_time_http(int64_t t, char out[DTL_TIME_HTTP]);

#ifdef __cplusplus
}
#endif
#endif
