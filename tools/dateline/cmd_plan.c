/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"

#include <inttypes.h>
#include <stdio.h>

#include <dateline/io.h>
#include <dateline/plan.h>

static const struct opt options[] = {
    { "tasks", 'n', "N", "how many tasks (default 1)" },
    { "out", 'o', "PLAN", "where to write it (default: standard output)" },
    { NULL, 0, NULL, NULL },
};

static void on_problem(void *data, const char *file, uint64_t offset,
                       const char *text)
{
    bool *passed_over = data;

    (void)offset;
    *passed_over = true;
    say("%s: %s, not in the plan", file, text);
}

static void tell(const struct dtl_plan *p, const char *path)
{
    uint64_t least = UINT64_MAX, most = 0, sum = 0;
    char a[32], b[32], c[32];

    for (uint32_t i = 0; i < dtl_plan_tasks(p); i++) {
        struct dtl_plan_task task;

        if (!dtl_plan_task(p, i, &task))
            break;
        sum += task.bytes;
        least = task.bytes < least ? task.bytes : least;
        most = task.bytes > most ? task.bytes : most;
    }
    fprintf(stderr,
            "%s: %" PRIu32 " tasks of %s to %s, %" PRIu32 " archives, %s\n",
            path, dtl_plan_tasks(p), bytes_text(least, a), bytes_text(most, b),
            dtl_plan_files(p), bytes_text(sum, c));
}

static int run(const struct args *a)
{
    bool passed_over = false;
    struct dtl_plan_options o = { .problem = on_problem, .data = &passed_over };
    const char *path = arg(a, "out");
    struct dtl_plan *plan;
    struct dtl_buf text = { 0 };
    struct dtl_error err = { 0 };
    uint64_t tasks;
    int rc;
    bool ok;

    if (!arg_u64(a, "tasks", 1, &tasks))
        return EXIT_USAGE;
    o.tasks = tasks < UINT32_MAX ? (uint32_t)tasks : UINT32_MAX;
    rc = dtl_plan_make(operands(a), arg_count(a), &o, &plan, &err);
    if (rc != DTL_OK) {
        say("plan: %s", err.text);
        return rc == DTL_INVALID ? EXIT_USAGE
               : rc == DTL_NOMEM ? EXIT_MEMORY
                                 : EXIT_INPUT;
    }
    ok = dtl_plan_write(plan, &text) == DTL_OK;
    if (ok && (path == NULL || strcmp(path, "-") == 0))
        ok = flush(&text);
    else if (ok && dtl_output_whole(path, dtl_buf_view(&text), &err) == DTL_OK)
        tell(plan, path);
    else if (ok) {
        say("plan: %s", err.text);
        ok = false;
    }
    dtl_buf_free(&text);
    dtl_plan_free(plan);
    if (!ok)
        return EXIT_STORE;
    return passed_over ? EXIT_INPUT : EXIT_FOUND;
}

const struct cmd cmd_plan = {
    .name = "plan",
    .operands = "PATH...",
    .summary = "cut a crawl into tasks for many machines",
    .details =
        "PATH is as for ingest.  Writes a plan: JSON, one line for each "
        "archive "
        "and one\nfor each task; the same archives give the same plan.  Large "
        "archives are cut\nbetween records.  Then, on as many machines as "
        "there "
        "are, in any order:\n\n"
        "  dateline ingest --plan PLAN --task I --out SHARDS   for I from 0 to "
        "N-1\n"
        "  dateline status SHARDS --plan PLAN\n"
        "  dateline merge --plan PLAN --shards SHARDS --range K/M --store "
        "STORE\n"
        "  dateline merge --plan PLAN --shards SHARDS --parts M --store STORE\n"
        "\nAll machines must see the archives under the paths of the plan.",
    .options = options,
    .min = 1,
    .max = -1,
    .run = run,
};
