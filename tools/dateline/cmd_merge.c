/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"

#include <dateline/store.h>

static const struct opt options[] = {
    { "store", 's', "DIR",
      "the store ($DATELINE_STORE, else ./dateline.store)" },
    { "memory", 'm', "SIZE", "memory for sorting (default 512M)" },
    { NULL, 0, NULL, NULL },
};

static int run(const struct args *a)
{
    struct dtl_store_writer *w;
    struct dtl_error err = { 0 };
    uint64_t memory;
    int rc;

    if (!arg_u64(a, "memory", UINT64_C(512) << 20, &memory))
        return EXIT_USAGE;
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
    .operands = "STORE...",
    .summary = "take in other stores, built on other machines",
    .details = "Each STORE is only read; all of it becomes visible at once.  "
               "Archives\n"
               "both know, by their bytes, are one archive afterwards.",
    .options = options,
    .min = 1,
    .max = -1,
    .run = run,
};
