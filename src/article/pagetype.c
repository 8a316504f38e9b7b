/* SPDX-License-Identifier: Apache-2.0 */
#include "body_parts.h"

void pagetype_set(struct finder *f, struct body_result *out)
{
    out->page_type = f->in->said_type != DTL_PAGE_UNKNOWN ? f->in->said_type
                                                          : DTL_PAGE_ARTICLE;
    out->confidence = out->text.len > 500 ? 0.8f : 0.4f;
}
