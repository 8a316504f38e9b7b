/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <dateline/export.h>
#include <dateline/time.h>

static const struct opt options[] = {
    { "store", 's', "DIR",
      "the store ($DATELINE_STORE, else ./dateline.store)" },
    { "format", 'f', "F", "jsonl" },
    { "output", 'o', "FILE", "write here; whole or not at all" },
    { "from", 0, "TIME", "captured not before" },
    { "to", 0, "TIME", "captured not after (a day means to its end)" },
    { "published-from", 0, "TIME", "claimed publication not before" },
    { "published-to", 0, "TIME", "claimed publication not after" },
    { "site", 0, "DOMAIN", "registrable domain; may be repeated" },
    { "lang", 0, "CODE", "language of the text (en, de); may be repeated" },
    { "type", 0, "TYPE", "article, listing, ...; may be repeated" },
    { "dedupe", 0, "HOW", "none, or text: each text once, its first capture" },
    { "limit", 'n', "N", "at most N rows" },
    { NULL, 0, NULL, NULL },
};

#define MOST 64

static size_t collect(const struct args *a, const char *name,
                      const char *list[MOST])
{
    size_t n = 0;

    while (n < MOST && (list[n] = arg_nth(a, name, n)) != NULL)
        n++;
    return n;
}

static int write_all(struct dtl_store *store, const struct dtl_selection *s,
                     FILE *f, uint64_t *rows, struct dtl_error *err)
{
    struct dtl_export *x = NULL;
    struct dtl_buf line = { 0 };
    int rc = dtl_export_open(store, s, &x, err);

    while (rc == DTL_OK) {
        rc = dtl_export_next(x, &line, err);
        if (rc != DTL_OK)
            break;
        if (fwrite(line.ptr, 1, line.len, f) != line.len)
            rc = dtl_fail(err, DTL_IO, 0, "cannot write: %s", strerror(errno));
        dtl_buf_clear(&line);
        ++*rows;
    }
    if (rc == DTL_END && fflush(f) != 0)
        rc = dtl_fail(err, DTL_IO, 0, "cannot write: %s", strerror(errno));
    dtl_buf_free(&line);
    dtl_export_close(x);
    return rc == DTL_END ? DTL_OK : rc;
}

/* A device or a pipe must stay one: it is written to, not replaced. */
static int write_through(struct dtl_store *store, const struct dtl_selection *s,
                         const char *path, uint64_t *rows,
                         struct dtl_error *err)
{
    FILE *f = fopen(path, "wb");
    int rc;

    if (f == NULL)
        return dtl_fail(err, DTL_IO, 0, "cannot open: %s", strerror(errno));
    rc = write_all(store, s, f, rows, err);
    if (fclose(f) != 0 && rc == DTL_OK)
        rc = dtl_fail(err, DTL_IO, 0, "cannot write: %s", strerror(errno));
    return rc;
}

/* Into OUT.part, renamed when it is whole. */
static int write_file(struct dtl_store *store, const struct dtl_selection *s,
                      const char *path, uint64_t *rows, struct dtl_error *err)
{
    struct stat st;
    char part[4096];
    FILE *f;
    int rc;

    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return write_through(store, s, path, rows, err);
    if (snprintf(part, sizeof part, "%s.part", path) >= (int)sizeof part)
        return dtl_fail(err, DTL_INVALID, 0, "the name is too long");
    f = fopen(part, "wb");
    if (f == NULL)
        return dtl_fail(err, DTL_IO, 0, "cannot create %s: %s", part,
                        strerror(errno));
    rc = write_all(store, s, f, rows, err);
    if (fclose(f) != 0 && rc == DTL_OK)
        rc = dtl_fail(err, DTL_IO, 0, "cannot write %s: %s", part,
                      strerror(errno));
    if (rc == DTL_OK && rename(part, path) != 0)
        rc = dtl_fail(err, DTL_IO, 0, "cannot rename %s: %s", part,
                      strerror(errno));
    if (rc != DTL_OK)
        remove(part);
    return rc;
}

static int run(const struct args *a)
{
    static const char *const formats[] = { "jsonl", NULL };
    static const char *const dedupes[] = { "none", "text", NULL };
    const char *sites[MOST], *languages[MOST], *types[MOST];
    const char *path = arg(a, "output");
    struct dtl_selection s = { .sites = sites,
                               .languages = languages,
                               .page_types = types };
    struct dtl_store *store = NULL;
    struct dtl_error err = { 0 };
    uint64_t rows = 0;
    int rc, dedupe = arg_choice(a, "dedupe", dedupes, "none");
    char n[32];

    if (dedupe < 0 || arg_choice(a, "format", formats, "jsonl") < 0 ||
        !arg_time(a, "from", false, &s.from) ||
        !arg_time(a, "to", true, &s.to) ||
        !arg_time(a, "published-from", false, &s.published_from) ||
        !arg_time(a, "published-to", true, &s.published_to) ||
        !arg_u64(a, "limit", 0, &s.limit))
        return EXIT_USAGE;
    s.dedupe = (enum dtl_dedupe)dedupe;
    s.nsites = collect(a, "site", sites);
    s.nlanguages = collect(a, "lang", languages);
    s.npage_types = collect(a, "type", types);
    rc = dtl_store_open(arg_store(a), &store, &err);
    if (rc != DTL_OK) {
        complain(arg_store(a), &err);
        return rc == DTL_NOMEM ? EXIT_MEMORY : EXIT_STORE;
    }
    if (path != NULL && strcmp(path, "-") != 0)
        rc = write_file(store, &s, path, &rows, &err);
    else
        rc = write_all(store, &s, stdout, &rows, &err);
    dtl_store_close(store);
    if (rc != DTL_OK)
        return complain(path != NULL ? path : "export", &err);
    if (on_terminal(stderr))
        say("%s article%s", count_text(rows, n), rows == 1 ? "" : "s");
    return rows > 0 ? EXIT_FOUND : EXIT_NOTHING;
}

const struct cmd cmd_export = {
    .name = "export",
    .operands = "",
    .summary = "write articles as JSON lines",
    .details = "One article a line, with its metadata, text and the place in "
               "the archive that\nproves it.  dateline-formats(5) documents "
               "the fields.  Without --type\narticles and live blogs.",
    .options = options,
    .min = 0,
    .max = 0,
    .run = run,
};
