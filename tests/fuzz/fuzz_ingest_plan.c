/* SPDX-License-Identifier: Apache-2.0 */
#include <dateline/plan.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Any bytes are read; what is taken for a plan names only what it has, and
 * written out reads back the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dtl_plan *p, *again;
    struct dtl_buf text = { 0 }, twice = { 0 };
    struct dtl_plan_task task;

    if (dtl_plan_parse(dtl_slice_of(data, size), "fuzz", &p, NULL) != DTL_OK)
        return 0;
    for (uint32_t i = 0; i < dtl_plan_tasks(p); i++) {
        if (!dtl_plan_task(p, i, &task))
            abort();
        for (size_t k = 0; k < task.nparts; k++)
            if (dtl_plan_file(p, task.parts[k].file) == NULL ||
                task.parts[k].from > task.parts[k].to ||
                task.parts[k].to > dtl_plan_file(p, task.parts[k].file)->size)
                abort();
    }
    if (dtl_plan_task(p, dtl_plan_tasks(p), &task))
        abort();
    if (dtl_plan_write(p, &text) != DTL_OK ||
        dtl_plan_parse(dtl_buf_view(&text), "again", &again, NULL) != DTL_OK ||
        dtl_plan_write(again, &twice) != DTL_OK ||
        !dtl_equal(dtl_buf_view(&text), dtl_buf_view(&twice)))
        abort();
    dtl_plan_free(again);
    dtl_plan_free(p);
    dtl_buf_free(&text);
    dtl_buf_free(&twice);
    return 0;
}
