/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"
#include "edits.h"

#include <inttypes.h>
#include <dateline/story.h>
#include <dateline/versions.h>

static const struct opt options[] = {
    { "store", 's', "DIR",
      "the store ($DATELINE_STORE, else ./dateline.store)" },
    { "from", 0, "TIME", "captured not before" },
    { "to", 0, "TIME", "captured not after (a day means to its end)" },
    { "format", 'f', "F", "table or jsonl" },
    OPTIONS_ACCESS,
    { NULL, 0, NULL, NULL },
};

static void print_change(struct dtl_buf *b, const struct dtl_version *old,
                         const struct dtl_version *now,
                         const struct dtl_change *c)
{
    if (c->headline) {
        dtl_buf_printf(b, "  headline%s: ", c->silent ? " (silently)" : "");
        printable(b, old->row.title, 0);
        dtl_buf_str(b, " -> ");
        printable(b, now->row.title, 0);
        dtl_buf_byte(b, '\n');
    }
    if (c->added + c->removed == 0)
        return;
    dtl_buf_printf(b, "  text%s: %" PRIu32 " word%s out, %" PRIu32 " in\n",
                   c->silent ? " (silently)" : "", c->removed,
                   c->removed == 1 ? "" : "s", c->added);
    edits_print(b, c->edits, c->n, old->row.text, now->row.text);
}

static void print_version(struct dtl_buf *b, size_t number,
                          const struct dtl_version *v)
{
    char first[DTL_TIME_ISO], last[DTL_TIME_ISO];
    const char *slash = strrchr(v->file, '/');

    dtl_time_iso(v->first, first);
    dtl_time_iso(v->last, last);
    dtl_buf_printf(b, "%s%zu  %s%s", colour("1"), number, first, colour("0"));
    if (v->last != v->first)
        dtl_buf_printf(b, " to %s", last);
    dtl_buf_printf(
        b, "  %" PRIu64 " capture%s  %" PRIu32 " words  %s+%" PRIu64 "\n  ",
        v->captures, v->captures == 1 ? "" : "s", v->row.words,
        slash != NULL ? slash + 1 : v->file, v->offset);
    printable(b, v->row.title, 0);
    dtl_buf_byte(b, '\n');
    if (v->modified[0] != '\0') {
        dtl_buf_str(b, "  claims to be changed ");
        printable(b, dtl_str(v->modified), 0);
        dtl_buf_byte(b, '\n');
    }
}

static int print_history(const struct dtl_history *h, bool json,
                         struct dtl_error *err)
{
    struct dtl_buf b = { 0 };
    int rc = DTL_OK;

    for (size_t i = 0; i < h->count && rc == DTL_OK; i++) {
        const struct dtl_version *v = &h->versions[i];
        struct dtl_json j = { .out = &b };
        struct dtl_change c;

        if (i > 0 && (rc = dtl_version_change(h, i, &c, err)) != DTL_OK)
            break;
        if (json) {
            dtl_version_json(h, i, i > 0 ? &c : NULL, &j);
            dtl_buf_byte(&b, '\n');
        } else {
            print_version(&b, i + 1, v);
            if (i > 0)
                print_change(&b, v - 1, v, &c);
        }
        if (b.failed)
            rc = dtl_fail(err, DTL_NOMEM, 0, "out of memory for versions");
        else if (!flush(&b))
            rc = dtl_fail(err, DTL_IO, 0, "standard output is closed");
    }
    dtl_buf_free(&b);
    return rc;
}

static int run(const struct args *a)
{
    static const char *const formats[] = { "table", "jsonl", NULL };
    struct dtl_history h = { 0 };
    struct dtl_store *store = NULL;
    struct dtl_arena *arena;
    struct dtl_query q = { .url = dtl_str(operand(a, 0)) };
    struct dtl_error err = { 0 };
    int rc, format = arg_choice(a, "format", formats, "table");

    if (format < 0 || !arg_time(a, "from", false, &q.from) ||
        !arg_time(a, "to", true, &q.to))
        return EXIT_USAGE;
    q.closest = DTL_NO_TIME;
    rc = open_store(a, &store, &err);
    if (rc != DTL_OK) {
        complain(arg_store(a), &err);
        return rc == DTL_NOMEM ? EXIT_MEMORY : EXIT_STORE;
    }
    arena = dtl_arena_new(0);
    if (arena == NULL)
        rc = dtl_fail(&err, DTL_NOMEM, 0, "out of memory");
    if (rc == DTL_OK)
        rc = dtl_versions(store, &q, arena, &h, &err);
    if (rc == DTL_OK)
        rc = print_history(&h, format == 1, &err);
    if (rc != DTL_OK) {
        rc = complain_of(a, operand(a, 0), &err);
    } else if (h.count == 0) {
        say(h.passed_over > 0 ? "%s: captured, but never with an article"
                              : "no capture of %s in this store",
            operand(a, 0));
        rc = EXIT_NOTHING;
    }
    dtl_arena_free(arena);
    dtl_store_close(store);
    return rc;
}

const struct cmd cmd_versions = {
    .name = "versions",
    .operands = "URL",
    .summary = "what a page said over time, and what was changed",
    .details = "The distinct texts of one address in the order they were "
               "captured, each with the\nwords that went and came.  A change "
               "is called silent when the page claims the\nsame time of "
               "modification as before, or none.  A text was on the page at "
               "the\ntimes given; between two captures nothing is known.",
    .options = options,
    .min = 1,
    .max = 1,
    .run = run,
};
