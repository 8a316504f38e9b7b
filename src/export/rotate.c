/* SPDX-License-Identifier: Apache-2.0 */
#include "rotate.h"

int dtl_rotate_more(struct dtl_rotate *r, struct dtl_error *err)
{
    int rc = DTL_OK;

    r->filled = 0;
    if (!r->has_pending)
        rc = r->rows->next(r->rows->context, &r->pending, err);
    r->has_pending = rc == DTL_OK;
    return rc;
}

int dtl_rotate_next(void *rotate, struct dtl_selected *out,
                    struct dtl_error *err)
{
    struct dtl_rotate *r = rotate;
    struct dtl_capture c = { 0 };
    int rc;

    if (r->filled >= r->most)
        return DTL_END;
    if (r->has_pending)
        *out = r->pending;
    else if ((rc = r->rows->next(r->rows->context, out, err)) != DTL_OK)
        return rc;
    r->has_pending = false;
    if (r->row_bytes == 0) {
        rc = dtl_store_capture(r->store, out->capture, &c, err);
        if (rc != DTL_OK && rc != DTL_NOTFOUND)
            return rc;
    }
    r->filled += r->row_bytes > 0 ? r->row_bytes : c.length;
    return DTL_OK;
}
