/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_HTML_CHARSET_H
#define DATELINE_HTML_CHARSET_H
#include "encodings.h"

/** What the first <meta> of a page declares (13.2.3.2), looking no further
 * than the first 16 KiB; NULL when none does. */
const struct encoding *charset_prescan(struct dtl_slice s);
#endif
