/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"

#include <inttypes.h>
#include <stdio.h>

#include <dateline/plan.h>
#include <dateline/store.h>

static const struct opt options[] = {
    { "store", 's', "DIR",
      "the store ($DATELINE_STORE, else ./dateline.store)" },
    { "memory", 'm', "SIZE", "memory for sorting (default 512M)" },
    { "plan", 0, "PLAN", "merge the shards of a plan, see `dateline plan`" },
    { "shards", 0, "DIR", "where they are" },
    { "range", 0, "K/M", "build part K of M" },
    { "parts", 0, "M", "join the M parts" },
    { "alone", 0, NULL, "judge each page by itself: no second look" },
    { NULL, 0, NULL, NULL },
};

/* ---- the shards of a plan ------------------------------------------------ */

static void on_progress(void *data, uint64_t done, uint64_t of)
{
    (void)data;
    fprintf(stderr, "\r%" PRIu64 " of at most %" PRIu64 " captures", done, of);
}

static bool parse_range(const char *text, uint32_t *k, uint32_t *m)
{
    char end;

    return sscanf(text, "%" SCNu32 "/%" SCNu32 "%c", k, m, &end) == 2 &&
           *k >= 1 && *k <= *m && *m <= 100000;
}

static int merge_plan(const struct args *a, size_t memory)
{
    struct dtl_reduce_options o = {
        .shards = arg(a, "shards"),
        .store = arg_store(a),
        .memory = memory,
        .alone = arg_on(a, "alone"),
        .progress = on_terminal(stderr) ? on_progress : NULL,
    };
    const char *range = arg(a, "range");
    struct dtl_plan *plan;
    struct dtl_error err = { 0 };
    uint64_t parts;
    uint32_t k = 1, m = 1;
    int rc;

    if (!arg_u64(a, "parts", 0, &parts))
        return EXIT_USAGE;
    if (arg_count(a) > 0 || (range != NULL && parts > 0) || parts > 100000 ||
        (parts == 0 && o.shards == NULL) ||
        (range != NULL && !parse_range(range, &k, &m))) {
        say("merge: --plan goes with --shards DIR and, for one part of many, "
            "--range K/M;\nwith --parts M all parts become the store");
        return EXIT_USAGE;
    }
    rc = dtl_plan_read(arg(a, "plan"), &plan, &err);
    if (rc == DTL_OK && parts == 0)
        rc = dtl_plan_reduce(plan, k, m, &o, &err);
    if (rc == DTL_OK && range == NULL)
        rc = dtl_plan_join(plan, parts > 0 ? (uint32_t)parts : 1, &o, &err);
    dtl_plan_free(plan);
    if (o.progress != NULL)
        fputs("\r\033[K", stderr);
    if (rc == DTL_OK)
        return EXIT_FOUND;
    say("merge: %s", err.text);
    switch (rc) {
    case DTL_IO:
    case DTL_BUSY: return EXIT_AGAIN;
    case DTL_NOTFOUND: return EXIT_NOTHING;
    case DTL_NOMEM: return EXIT_MEMORY;
    default: return EXIT_STORE;
    }
}

/* ---- other stores -------------------------------------------------------- */

static int run(const struct args *a)
{
    struct dtl_store_writer *w;
    struct dtl_error err = { 0 };
    uint64_t memory;
    int rc;

    if (!arg_u64(a, "memory", UINT64_C(512) << 20, &memory))
        return EXIT_USAGE;
    if (arg(a, "plan") != NULL)
        return merge_plan(a, (size_t)memory);
    if (arg_count(a) == 0) {
        say("merge: no store is named; see `dateline merge --help`");
        return EXIT_USAGE;
    }
    rc = dtl_store_writer_open(arg_store(a), &w, &err);
    for (size_t i = 0; rc == DTL_OK && i < arg_count(a); i++) {
        struct dtl_compact c = { .memory = (size_t)memory };
        char bytes[32];

        rc = dtl_store_merge(w, operand(a, i), &c, &err);
        if (rc == DTL_OK)
            printf("%s: %u segments, %s\n", operand(a, i), c.merged,
                   bytes_text(c.bytes_after, bytes));
    }
    if (rc != DTL_OK)
        complain("merge", &err);
    dtl_store_writer_close(w);
    return rc == DTL_OK ? EXIT_FOUND : EXIT_STORE;
}

const struct cmd cmd_merge = {
    .name = "merge",
    .operands = "[STORE...]",
    .summary = "take in other stores, built on other machines",
    .details = "Each STORE is only read; all of it becomes visible at once.  "
               "Archives\n"
               "both know, by their bytes, are one archive afterwards.\n\n"
               "With --plan the shards of its tasks become one store: all in "
               "one go, or in M\nparts, each a range of URLs, that M machines "
               "build, and that --parts M joins.\nExits with 75 when trying "
               "again may help, with 1 when a shard is missing.",
    .options = options,
    .min = 0,
    .max = -1,
    .run = run,
};
