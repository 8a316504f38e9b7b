/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"

#include <dateline/store.h>
#include <dateline/time.h>
#include <stdlib.h>

static const struct opt options[] = {
    { "store", 's', "DIR",
      "the store ($DATELINE_STORE, else ./dateline.store)" },
    { "url", 0, NULL, "VALUE is a URL: all its captures (the default)" },
    { "host", 0, NULL, "VALUE is a host" },
    { "domain", 0, NULL, "VALUE is a domain: with its subdomains" },
    { "digest", 0, NULL, "VALUE is a payload digest, as sha1:..." },
    { "record", 0, NULL, "VALUE is a WARC-Record-ID" },
    { "who", 0, "NAME", "who asks for it (default: $USER)" },
    { "why", 0, "TEXT", "why, for the audit trail" },
    { "list", 'l', NULL, "print the audit trail instead" },
    { NULL, 0, NULL, NULL },
};

static int list(const struct args *a)
{
    static const char *const headings[] = { "#",     "time", "kind",
                                            "value", "who",  "why" };
    struct dtl_store *s;
    struct dtl_takedown t;
    struct dtl_error err = { 0 };
    struct table *table;
    uint32_t number = 0;
    int rc = dtl_store_open(arg_store(a), &s, &err);

    if (rc != DTL_OK) {
        complain(arg_store(a), &err);
        return EXIT_STORE;
    }
    table = table_new(headings, 6, "r     ");
    while ((rc = dtl_store_next_takedown(s, &number, &t, &err)) == DTL_OK) {
        char when[DTL_TIME_ISO], n[16];

        dtl_time_iso(t.time, when);
        snprintf(n, sizeof n, "%u", t.number);
        table_text(table, n);
        table_text(table, when);
        table_text(table, dtl_takedown_name(t.kind));
        table_cell(table, t.value);
        table_cell(table, t.who);
        table_cell(table, t.why);
    }
    table_end(table);
    if (rc != DTL_END)
        complain(arg_store(a), &err);
    dtl_store_close(s);
    return rc != DTL_END ? EXIT_STORE : number > 0 ? EXIT_FOUND : EXIT_NOTHING;
}

static int run(const struct args *a)
{
    const char *who = arg(a, "who");
    struct dtl_takedown t = { .kind = DTL_REMOVE_URL,
                              .why = dtl_str(arg(a, "why")) };
    struct dtl_store_writer *w;
    struct dtl_error err = { 0 };
    int rc, kinds = 0;

    if (arg_on(a, "list"))
        return list(a);
    if (arg_count(a) == 0) {
        say("remove: what? see 'dateline remove --help'");
        return EXIT_USAGE;
    }
    for (unsigned k = 0; k < DTL_REMOVE_KINDS; k++)
        if (arg_on(a, dtl_takedown_name((enum dtl_takedown_kind)k))) {
            t.kind = (enum dtl_takedown_kind)k;
            kinds++;
        }
    if (kinds > 1) {
        say("remove: --url, --host, --domain, --digest and --record exclude "
            "one another");
        return EXIT_USAGE;
    }
    t.who = dtl_str(who != NULL ? who : getenv("USER"));
    if (!store_is_there(a))
        return EXIT_STORE;
    rc = dtl_store_writer_open(arg_store(a), &w, &err);
    for (size_t i = 0; rc == DTL_OK && i < arg_count(a); i++) {
        t.value = dtl_str(operand(a, i));
        rc = dtl_store_remove(w, &t, &err);
        if (rc == DTL_OK)
            printf("%s %s: taken down\n", dtl_takedown_name(t.kind),
                   operand(a, i));
    }
    if (rc != DTL_OK)
        complain(arg_store(a), &err);
    dtl_store_writer_close(w);
    return rc == DTL_OK ? EXIT_FOUND
                        : (rc == DTL_INVALID ? EXIT_USAGE : EXIT_STORE);
}

const struct cmd cmd_remove = {
    .name = "remove",
    .operands = "VALUE...",
    .summary = "take captures down, with an audit trail",
    .details =
        "What is taken down is gone from every look-up at once, and stays out\n"
        "when it is ingested again.  `dateline compact --all` then removes "
        "its\n"
        "bytes from the store.  Archives are never changed.",
    .options = options,
    .min = 0,
    .max = -1,
    .run = run,
};
