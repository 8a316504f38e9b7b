/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"

#include <dateline/view.h>
#include <dateline/time.h>
#include <inttypes.h>
#include <stdlib.h>

static const struct opt options[] = {
    { "store", 's', "DIR",
      "the store ($DATELINE_STORE, else ./dateline.store)" },
    { "top", 'n', "N", "lines of each list (default 12)" },
    { "format", 'f', "FORMAT", "text or json" },
    OPTIONS_ACCESS,
    { NULL, 0, NULL, NULL },
};

/* ---- print -------------------------------------------------------------- */

static void bar(uint64_t n, uint64_t most, int columns)
{
    int cells = most > 0 ? (int)(n * (uint64_t)columns / most) : 0;

    fputs(colour("34"), stdout);
    for (int i = 0; i < cells || (i == 0 && n > 0); i++)
        fputs(on_terminal(stdout) ? "\xe2\x96\x88" : "#", stdout);
    fputs(colour("0"), stdout);
    putchar('\n');
}

static void print_tally(const struct dtl_figures *f, int which, size_t top)
{
    const struct dtl_tally *list = f->tallies[which].list;
    size_t n = f->tallies[which].n, shown = n < top ? n : top;
    bool months = which == DTL_TALLY_MONTHS;
    struct dtl_buf name = { 0 };
    uint64_t most = 0;
    char count[32];

    if (n == 0)
        return;
    if (months) { /* the last ones */
        shown = n < 2 * top ? n : 2 * top;
        list += n - shown;
    }
    for (size_t i = 0; i < shown; i++)
        if (list[i].n > most)
            most = list[i].n;
    printf("\n%s%s%s\n", colour("1"), f->tallies[which].name, colour("0"));
    for (size_t i = 0; i < shown; i++) {
        dtl_buf_clear(&name);
        printable(&name, list[i].text, 32);
        printf("  %-32.*s %12s ", (int)name.len, (const char *)name.ptr,
               count_text(list[i].n, count));
        bar(list[i].n, most, 28);
    }
    if (!months && n > top)
        printf("  and %s more\n", count_text(n - top, count));
    dtl_buf_free(&name);
}

static void print_text(const struct dtl_figures *f, size_t top)
{
    const struct dtl_store_counts *c = &f->counts;
    char a[32], b[32], first[DTL_TIME_ISO], last[DTL_TIME_ISO];

    dtl_time_iso(c->first, first);
    dtl_time_iso(c->last, last);
    printf("captures  %16s  from %s to %s\n", count_text(c->captures, a), first,
           last);
    printf("articles  %16s\n", count_text(c->articles, a));
    printf("archives  %16s\n", count_text(c->archives, a));
    printf("takedowns %16s\n", count_text(c->takedowns, a));
    printf("segments  %16s  %s\n", count_text(c->segments, a),
           bytes_text(c->bytes, b));
    printf("\n%stables%s\n", colour("1"), colour("0"));
    for (size_t i = 0; c->table_names[i] != NULL; i++)
        if (c->tables[i] > 0)
            printf("  %-32s %12s\n", c->table_names[i],
                   bytes_text(c->tables[i], a));
    for (int i = 0; i < DTL_TALLIES; i++)
        print_tally(f, i, top);
}

static void print_json(const struct dtl_figures *f)
{
    struct dtl_buf out = { 0 };
    struct dtl_json j = { .out = &out };

    dtl_figures_json(f, 0, &j);
    dtl_buf_byte(&out, '\n');
    flush(&out);
    dtl_buf_free(&out);
}

static int run(const struct args *a)
{
    static const char *const formats[] = { "text", "json", NULL };
    struct dtl_figures *figures = NULL;
    struct dtl_error err = { 0 };
    struct dtl_store *s;
    uint64_t top;
    int rc, format = arg_choice(a, "format", formats, "text");

    if (format < 0 || !arg_u64(a, "top", 12, &top))
        return EXIT_USAGE;
    rc = open_store(a, &s, &err);
    if (rc == DTL_OK)
        rc = dtl_figures(s, &figures, &err);
    if (rc != DTL_OK)
        complain(arg_store(a), &err);
    else if (format == 1)
        print_json(figures);
    else
        print_text(figures, (size_t)top);
    dtl_figures_free(figures);
    dtl_store_close(s);
    return rc == DTL_OK ? EXIT_FOUND : EXIT_STORE;
}

const struct cmd cmd_stats = {
    .name = "stats",
    .operands = "",
    .summary = "what is in the store, by host, month, type and language",
    .options = options,
    .min = 0,
    .max = 0,
    .run = run,
};
