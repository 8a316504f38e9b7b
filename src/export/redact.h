/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DTL_EXPORT_REDACT_H
#define DTL_EXPORT_REDACT_H
/*
 * Takes personal numbers and addresses out of texts.  The patterns are on
 * purpose narrow; what they are is said in dateline-export(5), and every
 * export says how often each was found.
 */
#include <dateline/export.h>

/** How often each kind was taken out. */
struct dtl_redacted {
    uint64_t emails, phones, ips;
};

/** `text` with "[email]", "[phone]" and "[ip]" in their places: itself when
 * there is nothing to take out, else in `arena`; ptr NULL when that is full. */
struct dtl_slice dtl_redact(struct dtl_slice text, unsigned kinds,
                            struct dtl_arena *arena,
                            struct dtl_redacted *counts);

#endif
