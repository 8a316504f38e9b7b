/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"

#include <dateline/json.h>
#include <dateline/store.h>
#include <inttypes.h>

static const struct opt options[] = {
    { "store", 's', "DIR",
      "the store ($DATELINE_STORE, else ./dateline.store)" },
    { "format", 'f', "FORMAT", "text or json" },
    { "from", 0, "N", "go on after the first N segments" },
    { NULL, 0, NULL, NULL },
};

struct report {
    struct dtl_buf lines; /* JSON: the findings */
    struct dtl_json json;
    bool as_json;
};

static bool finding(const struct dtl_finding *f, void *context)
{
    struct report *r = context;

    if (!r->as_json) {
        printf("%s: %s at %" PRIu64 ": %s\n", f->where, f->what, f->offset,
               f->text);
        return true;
    }
    dtl_json_object(&r->json);
    dtl_json_key(&r->json, "what");
    dtl_json_str(&r->json, f->what);
    dtl_json_key(&r->json, "file");
    dtl_json_str(&r->json, f->where);
    dtl_json_key(&r->json, "at");
    dtl_json_uint(&r->json, f->offset);
    dtl_json_key(&r->json, "text");
    dtl_json_str(&r->json, f->text);
    dtl_json_end(&r->json);
    return true;
}

static bool progress(uint64_t done, uint64_t of, void *context)
{
    (void)context;
    if (of > 0)
        fprintf(stderr, "\r%3.0f %% ", 100.0 * (double)done / (double)of);
    return true;
}

static void print_counts(struct report *r, const struct dtl_verify *v,
                         bool opened)
{
    const struct {
        const char *name;
        uint64_t n;
    } counts[] = {
        { "segments", v->segments }, { "pages", v->pages },
        { "captures", v->captures }, { "articles", v->articles },
        { "findings", v->findings },
    };
    char text[32];

    if (!r->as_json) {
        for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
            printf("%-10s%14s\n", counts[i].name,
                   count_text(counts[i].n, text));
        return;
    }
    dtl_json_end(&r->json);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        dtl_json_key(&r->json, i == 4 ? "count" : counts[i].name);
        dtl_json_uint(&r->json, counts[i].n);
    }
    dtl_json_key(&r->json, "opened");
    dtl_json_bool(&r->json, opened);
    dtl_json_end(&r->json);
    dtl_buf_byte(&r->lines, '\n');
    flush(&r->lines);
}

static int run(const struct args *a)
{
    static const char *const formats[] = { "text", "json", NULL };
    struct report r = { 0 };
    struct dtl_verify v = { .finding = finding, .context = &r };
    struct dtl_error err = { 0 };
    struct dtl_store *s;
    uint64_t from;
    bool opened;
    int rc, format = arg_choice(a, "format", formats, "text");

    if (format < 0 || !arg_u64(a, "from", 0, &from))
        return EXIT_USAGE;
    r.as_json = format == 1;
    r.json.out = &r.lines;
    v.from_segment = (uint32_t)from;
    if (on_terminal(stderr))
        v.progress = progress;
    if (r.as_json) {
        dtl_json_object(&r.json);
        dtl_json_key(&r.json, "findings");
        dtl_json_array(&r.json);
    }
    rc = dtl_store_open(arg_store(a), &s, &err);
    opened = rc == DTL_OK;
    if (rc == DTL_NOTFOUND) {
        complain("verify", &err);
        return EXIT_STORE;
    }
    if (!opened) {
        /* What can be said of its files one by one. */
        say("verify: the store does not open: %s", err.text);
        rc = dtl_store_verify_files(arg_store(a), &v, &err);
    } else {
        rc = dtl_store_verify(s, &v, &err);
        dtl_store_close(s);
    }
    if (v.progress != NULL)
        fprintf(stderr, "\r      \r");
    print_counts(&r, &v, opened);
    dtl_buf_free(&r.lines);
    if (rc < 0)
        complain("verify", &err);
    return rc < 0                      ? EXIT_STORE
           : v.findings > 0 || !opened ? EXIT_NOTHING
                                       : EXIT_FOUND;
}

const struct cmd cmd_verify = {
    .name = "verify",
    .operands = "",
    .summary = "check the store against itself",
    .details =
        "Every page against its checksum, every row, the tables against one\n"
        "another, every text against its hash.  Exit status 1: something was\n"
        "found.  `dateline check` verifies archives.",
    .options = options,
    .min = 0,
    .max = 0,
    .run = run,
};
