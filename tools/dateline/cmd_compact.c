/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"

#include <dateline/store.h>

static const struct opt options[] = {
    { "store", 's', "DIR",
      "the store ($DATELINE_STORE, else ./dateline.store)" },
    { "all", 'a', NULL, "into one segment, and without what was removed" },
    { "memory", 'm', "SIZE", "memory for sorting (default 512M)" },
    { NULL, 0, NULL, NULL },
};

static int run(const struct args *a)
{
    struct dtl_compact c = { .all = arg_on(a, "all") };
    struct dtl_store_writer *w;
    struct dtl_error err = { 0 };
    char before[32], after[32], removed[32];
    uint64_t memory;
    int rc;

    if (!arg_u64(a, "memory", UINT64_C(512) << 20, &memory))
        return EXIT_USAGE;
    c.memory = (size_t)memory;
    if (!store_is_there(a))
        return EXIT_STORE;
    rc = dtl_store_writer_open(arg_store(a), &w, &err);
    if (rc == DTL_OK)
        rc = dtl_store_compact(w, &c, &err);
    if (rc != DTL_OK) {
        complain(arg_store(a), &err);
        dtl_store_writer_close(w);
        return EXIT_STORE;
    }
    if (c.merged == 0)
        printf("nothing to merge\n");
    else
        printf("%u segments became %u: %s to %s, %s captures left out\n",
               c.merged, c.made, bytes_text(c.bytes_before, before),
               bytes_text(c.bytes_after, after),
               count_text(c.removed, removed));
    dtl_store_writer_close(w);
    return EXIT_FOUND;
}

const struct cmd cmd_compact = {
    .name = "compact",
    .operands = "",
    .summary = "merge segments, so that look-ups consult few",
    .details =
        "Segments of like size are merged, as `ingest` does by itself.  With\n"
        "--all they become one, and captures that were removed lose their\n"
        "bytes.  Readers are not disturbed; stopped at any moment, nothing is\n"
        "lost.",
    .options = options,
    .min = 0,
    .max = 0,
    .run = run,
};
