/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"

#include <dateline/import.h>
#include <inttypes.h>
#include <time.h>

static const struct opt options[] = {
    { "store", 's', "DIR",
      "the store ($DATELINE_STORE, else ./dateline.store)" },
    { "warcs", 'w', "DIR", "folder of the archive files the lines name" },
    { "memory", 'm', "SIZE", "memory for sorting (default 512M)" },
    { NULL, 0, NULL, NULL },
};

static bool show_progress(const struct dtl_import *i, void *context)
{
    const struct timespec *start = context;
    struct timespec now;
    double seconds;

    clock_gettime(CLOCK_MONOTONIC, &now);
    seconds = (double)(now.tv_sec - start->tv_sec) +
              (double)(now.tv_nsec - start->tv_nsec) / 1e9;
    if (i->lines % (UINT64_C(1) << 18) == 0)
        fprintf(stderr, "\r%" PRIu64 " lines, %3.0f %%, %.0f lines/s ",
                i->lines,
                i->total_bytes > 0
                    ? 100.0 * (double)i->bytes / (double)i->total_bytes
                    : 0.0,
                seconds > 0 ? (double)i->lines / seconds : 0.0);
    return true;
}

static void report(const char *name, const struct dtl_import *i)
{
    char n[32], bad[32];

    if (i->known) {
        say("import: %s was imported before: nothing done", name);
        return;
    }
    printf("%s: %s captures\n", name, count_text(i->captures, n));
    if (i->bad_lines > 0)
        say("import: %s: %s lines are no captures; the first is line %" PRIu64
            ": %s",
            name, count_text(i->bad_lines, bad), i->first_bad, i->why);
}

static int run(const struct args *a)
{
    struct dtl_store_writer *w;
    struct dtl_error err = { 0 };
    uint64_t memory;
    int rc, code = EXIT_FOUND;

    if (!arg_u64(a, "memory", UINT64_C(512) << 20, &memory))
        return EXIT_USAGE;
    rc = dtl_store_writer_open(arg_store(a), &w, &err);
    if (rc != DTL_OK) {
        complain(arg_store(a), &err);
        return EXIT_STORE;
    }
    for (size_t n = 0; n < arg_count(a); n++) {
        struct timespec start;
        struct dtl_import i = { .memory = (size_t)memory,
                                .warcs = arg(a, "warcs"),
                                .context = &start };

        clock_gettime(CLOCK_MONOTONIC, &start);
        if (on_terminal(stderr))
            i.progress = show_progress;
        rc = dtl_import(w, operand(a, n), &i, &err);
        if (i.progress != NULL && i.lines > 0)
            fprintf(stderr, "\r%60s\r", "");
        if (rc != DTL_OK) {
            code = complain(operand(a, n), &err);
            if (code == EXIT_NOTHING) /* no such file */
                code = EXIT_INPUT;
            break;
        }
        report(operand(a, n), &i);
        if (i.captures == 0 && i.bad_lines > 0)
            code = EXIT_INPUT;
    }
    dtl_store_writer_close(w);
    return code;
}

const struct cmd cmd_import = {
    .name = "import",
    .operands = "INDEX...",
    .summary = "add the captures of existing CDX indexes",
    .details =
        "INDEX is a CDX file (9, 10, 11 or 14 fields, or a header line), a\n"
        "CDXJ file, the .idx of a ZipNum cluster or a dump of OutbackCDX,\n"
        "plain or compressed, or - for standard input.  An index that was\n"
        "imported before is left alone.  Its captures have no articles until\n"
        "`dateline ingest` reads the archives they name.",
    .options = options,
    .min = 1,
    .max = -1,
    .run = run,
};
