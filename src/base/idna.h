/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_BASE_IDNA_H
#define DATELINE_BASE_IDNA_H
#include <dateline/base.h>

/**
 * A host name in UTF-8 as ASCII: IDNA 2003 (RFC 3490), as the Wayback rules
 * apply it.  Bytes that are not UTF-8 are ignored.  False when the name is not
 * allowed; `out` then has nothing added.
 */
bool idna_to_ascii(struct dtl_slice host, struct dtl_buf *out);

#endif
