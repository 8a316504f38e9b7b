/* SPDX-License-Identifier: Apache-2.0 */
#include "readfile.h"

#include <stdlib.h>
#include <time.h>

#include <dateline/export.h>
#include <dateline/json.h>
#include <dateline/time.h>

static const struct opt options[] = {
    { "store", 's', "DIR",
      "the store ($DATELINE_STORE, else ./dateline.store)" },
    { "format", 'f', "F", "jsonl (the default); see below" },
    { "output", 'o', "FILE",
      "write here, whole or not at all; NAME.gz and NAME.zst are packed; "
      "DIR/ is a directory with a description" },
    { "split-by", 0, "WHAT",
      "a file each month, site or lang, in a directory" },
    { "compress", 0, "HOW", "files of a directory: none, gzip or zstd" },
    { "max-size", 0, "BYTES",
      "of files in a directory that hold records (default 1G)" },
    { "bagit", 0, NULL, "the directory is a bag (RFC 8493) as well" },
    { "title", 0, "TEXT", "title of the directory's description" },
    { "license", 0, "TEXT", "name or URL of a license, for it" },
    { "redact", 0, "KINDS", "take out of the texts: emails,phones,ips" },
    { "jobs", 'j', "N",
      "threads (default 1, at most 6); the bytes are the same" },
    { "url", 0, "URL", "captures of this address; may be repeated" },
    { "prefix", 0, "URL", "of all addresses that begin so; likewise" },
    { "host", 0, "HOST", "of a host; likewise" },
    { "domain", 0, "DOMAIN", "of a domain and its hosts; likewise" },
    { "list", 0, "FILE",
      "of the URLs, digests and record ids in FILE, one a line" },
    { "from", 0, "TIME", "captured not before" },
    { "to", 0, "TIME", "captured not after (a day means to its end)" },
    { "published-from", 0, "TIME", "claimed publication not before" },
    { "published-to", 0, "TIME", "claimed publication not after" },
    { "site", 0, "DOMAIN", "registrable domain; may be repeated" },
    { "lang", 0, "CODE", "language of the text (en, de); may be repeated" },
    { "type", 0, "TYPE", "article, listing, ...; may be repeated" },
    { "section", 0, "NAME", "section the page names; may be repeated" },
    { "words", 0, "WORDS", "side by side in the title or the text" },
    { "trace", 0, "TEXT", "every appearance of a text, URL or hash" },
    { "traced", 0, "FILE", "what a saved `trace --format json` lists" },
    { "story", 0, "ID", "told in this story; may be repeated" },
    { "dedupe", 0, "HOW",
      "none, text (each text once, its first capture) or story" },
    { "sample", 0, "N", "N rows drawn by chance" },
    { "seed", 0, "N", "another sample for each (default 0)" },
    { "limit", 'n', "N", "at most N rows" },
    OPTIONS_ACCESS,
    { "schema", 0, "F", "only print the fields of a row: json or tsv" },
    { NULL, 0, NULL, NULL },
};

#define MOST      256
#define MOST_LIST ((size_t)64 << 20)

/* What the words of the command line are kept in. */
struct asked {
    const char *sites[MOST], *languages[MOST], *types[MOST], *sections[MOST],
        *stories[MOST];
    struct dtl_url_match urls[MOST];
    struct dtl_buf list, traced;
    struct dtl_access_rules *rules;
};

static size_t collect(const struct args *a, const char *name,
                      const char *list[MOST])
{
    size_t n = 0;

    while (n < MOST && (list[n] = arg_nth(a, name, n)) != NULL)
        n++;
    return n;
}

static size_t collect_urls(const struct args *a,
                           struct dtl_url_match list[MOST])
{
    static const struct {
        const char *option;
        enum dtl_match match;
    } kinds[] = {
        { "url", DTL_EXACT },
        { "prefix", DTL_PREFIX },
        { "host", DTL_HOST },
        { "domain", DTL_DOMAIN },
    };
    size_t n = 0;

    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        const char *url;

        for (size_t i = 0;
             n < MOST && (url = arg_nth(a, kinds[k].option, i)) != NULL; i++)
            list[n++] = (struct dtl_url_match){ url, kinds[k].match };
    }
    return n;
}

/* A file named by an option, as a part of the selection. */
static int read_part(const struct args *a, const char *option,
                     struct dtl_buf *text, struct dtl_slice *out,
                     struct dtl_error *err)
{
    const char *path = arg(a, option);
    int rc;

    if (path == NULL)
        return DTL_OK;
    rc = read_whole(path, MOST_LIST, text, err);
    *out = text->len > 0 ? dtl_buf_view(text) : dtl_str("");
    return rc;
}

static bool read_numbers(const struct args *a, struct dtl_selection *s)
{
    static const char *const dedupes[] = { "none", "text", "story", NULL };
    int dedupe = arg_choice(a, "dedupe", dedupes, "none");

    s->dedupe = (enum dtl_dedupe)dedupe;
    return dedupe >= 0 && arg_time(a, "from", false, &s->from) &&
           arg_time(a, "to", true, &s->to) &&
           arg_time(a, "published-from", false, &s->published_from) &&
           arg_time(a, "published-to", true, &s->published_to) &&
           arg_u64(a, "sample", 0, &s->sample) &&
           arg_u64(a, "seed", 0, &s->seed) && arg_u64(a, "limit", 0, &s->limit);
}

static int read_selection(const struct args *a, struct asked *q,
                          struct dtl_selection *s, struct dtl_error *err)
{
    int rc;

    s->sites = q->sites;
    s->nsites = collect(a, "site", q->sites);
    s->languages = q->languages;
    s->nlanguages = collect(a, "lang", q->languages);
    s->page_types = q->types;
    s->npage_types = collect(a, "type", q->types);
    s->sections = q->sections;
    s->nsections = collect(a, "section", q->sections);
    s->stories = q->stories;
    s->nstories = collect(a, "story", q->stories);
    s->urls = q->urls;
    s->nurls = collect_urls(a, q->urls);
    s->words = arg(a, "words");
    s->passage = arg(a, "trace");
    s->user = arg(a, "user");
    s->now = (int64_t)time(NULL);
    rc = read_part(a, "list", &q->list, &s->list, err);
    if (rc == DTL_OK)
        rc = read_part(a, "traced", &q->traced, &s->trace, err);
    if (rc == DTL_OK)
        rc = read_rules(a, &q->rules, err);
    s->access = q->rules;
    return rc;
}

static void free_asked(struct asked *q)
{
    dtl_buf_free(&q->list);
    dtl_buf_free(&q->traced);
    dtl_access_free(q->rules);
}

static enum dtl_packing packing_of(const char *path)
{
    if (dtl_ends(dtl_str(path), ".gz"))
        return DTL_PACK_GZIP;
    return dtl_ends(dtl_str(path), ".zst") ? DTL_PACK_ZSTD : DTL_PACK_NONE;
}

/* ---- progress --------------------------------------------------------------
 */

struct watch {
    int64_t started, told; /* milliseconds */
};

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool tell(uint64_t done, uint64_t of, uint64_t rows, void *context)
{
    struct watch *w = context;
    int64_t now = now_ms(), left;
    char n[32];

    if (now - w->told < 500 || done == 0)
        return true;
    w->told = now;
    left = (int64_t)((double)(now - w->started) * (double)(of - done) /
                     (double)done / 1000);
    fprintf(stderr, "\r%3.0f%%  %s rows, %lld:%02lld left \033[K",
            of > 0 ? 100.0 * (double)done / (double)of : 100.0,
            count_text(rows, n), (long long)(left / 60),
            (long long)(left % 60));
    return true;
}

static int export_to(const struct args *a, struct dtl_store *store,
                     struct dtl_export_job *job, struct dtl_error *err)
{
    struct watch w = { now_ms(), now_ms() };
    bool shown = on_terminal(stderr);
    char n[32], b[32];
    int rc;

    if (shown) {
        job->progress = tell;
        job->context = &w;
    }
    rc = dtl_export_write(store, job, err);
    if (shown)
        fputs("\r\033[K", stderr);
    if (rc != DTL_OK)
        return complain_of(a, arg(a, "output") != NULL ? job->output : "export",
                           err);
    if (job->left_out > 0)
        say("%s record%s could not be read and %s left out",
            count_text(job->left_out, n), job->left_out == 1 ? "" : "s",
            job->left_out == 1 ? "is" : "are");
    if (shown)
        say("%s row%s, %s", count_text(job->rows, n), job->rows == 1 ? "" : "s",
            bytes_text(job->bytes, b));
    return job->rows > 0 ? EXIT_FOUND : EXIT_NOTHING;
}

/* Kinds with commas between them. */
static bool read_redact(const struct args *a, unsigned *out)
{
    static const struct {
        const char *name;
        unsigned bit;
    } kinds[] = {
        { "emails", DTL_REDACT_EMAILS },
        { "phones", DTL_REDACT_PHONES },
        { "ips", DTL_REDACT_IPS },
    };
    const char *text = arg(a, "redact");

    *out = 0;
    while (text != NULL && *text != '\0') {
        size_t len = strcspn(text, ","), i = 0;

        while (i < 3 && (strlen(kinds[i].name) != len ||
                         strncmp(kinds[i].name, text, len) != 0))
            i++;
        if (i == 3) {
            say("export: --redact takes emails, phones and ips, not '%.*s'",
                (int)len, text);
            return false;
        }
        *out |= kinds[i].bit;
        text += len + (text[len] == ',');
    }
    return true;
}

static bool read_directory(const struct args *a, struct dtl_export_job *job)
{
    static const char *const splits[] = { "none", "month", "site", "lang",
                                          NULL };
    static const char *const packings[] = { "none", "gzip", "zstd", NULL };
    int split = arg_choice(a, "split-by", splits, "none");
    int packing = arg_choice(a, "compress", packings, "none");

    if (split < 0 || packing < 0)
        return false;
    job->split = (enum dtl_split)split;
    if (packing != 0)
        job->options.packing = (enum dtl_packing)packing;
    job->bagit = arg_on(a, "bagit");
    job->title = arg(a, "title");
    job->license = arg(a, "license");
    return read_redact(a, &job->options.redact);
}

static bool read_job(const struct args *a, struct dtl_export_job *job)
{
    const char *names[32];
    size_t n = 0;
    int format;
    uint64_t jobs, max_size;

    for (; n < 31 && dtl_export_format_at(n) != NULL; n++)
        names[n] = dtl_export_format_at(n)->name;
    names[n] = NULL;
    format = arg_choice(a, "format", names, "jsonl");
    if (format < 0 || !arg_u64(a, "jobs", 1, &jobs) ||
        !arg_u64(a, "max-size", 0, &max_size) ||
        !read_numbers(a, &job->selection))
        return false;
    job->output = arg(a, "output") != NULL ? arg(a, "output") : "-";
    job->options =
        (struct dtl_export_options){ .format = names[format],
                                     .jobs = jobs < 64 ? (unsigned)jobs : 64,
                                     .store = arg_store(a),
                                     .max_size = max_size };
    if (dtl_export_format_at((size_t)format)->text)
        job->options.packing = packing_of(job->output);
    return read_directory(a, job);
}

/* ---- the fields -------------------------------------------------------------
 */

static void schema_tsv(struct dtl_buf *out)
{
    const struct dtl_export_field *f;

    for (size_t i = 0; (f = dtl_export_field_at(i)) != NULL; i++)
        dtl_buf_printf(out, "%s\t%s\t%s\t%s\n", f->name,
                       dtl_field_type_name(f->type), f->nullable ? "yes" : "no",
                       f->meaning);
}

static int print_schema(const struct args *a)
{
    static const char *const forms[] = { "json", "tsv", NULL };
    int form = arg_choice(a, "schema", forms, "json");
    struct dtl_buf out = { 0 };
    struct dtl_json j = { .out = &out };
    bool ok;

    if (form < 0)
        return EXIT_USAGE;
    if (form == 0) {
        dtl_export_schema(&j);
        dtl_buf_byte(&out, '\n');
    } else {
        schema_tsv(&out);
    }
    ok = !out.failed && flush(&out);
    dtl_buf_free(&out);
    return ok ? EXIT_FOUND : EXIT_INPUT;
}

static int run(const struct args *a)
{
    struct dtl_export_job job = { 0 };
    struct asked *asked;
    struct dtl_store *store = NULL;
    struct dtl_error err = { 0 };
    int rc;

    if (arg_on(a, "schema"))
        return print_schema(a);
    if (!read_job(a, &job))
        return EXIT_USAGE;
    asked = calloc(1, sizeof *asked);
    if (asked == NULL)
        return EXIT_MEMORY;
    rc = read_selection(a, asked, &job.selection, &err);
    if (rc != DTL_OK) {
        rc = complain("export", &err);
    } else if ((rc = dtl_store_open(arg_store(a), &store, &err)) != DTL_OK) {
        complain(arg_store(a), &err);
        rc = rc == DTL_NOMEM ? EXIT_MEMORY : EXIT_STORE;
    } else {
        rc = export_to(a, store, &job, &err);
    }
    dtl_store_close(store);
    free_asked(asked);
    free(asked);
    return rc;
}

const struct cmd cmd_export = {
    .name = "export",
    .operands = "",
    .summary = "write a part of the store in a form other tools read",
    .details =
        "Formats: jsonl, csv, parquet; text and markdown, a file an article;\n"
        "warc and wacz, the original records with their requests; wet and wat, "
        "their\ntext and metadata; cdxj, cdx "
        "and\nzipnum, indexes of them.\n"
        "One article a row, with its metadata, text and the place in the "
        "archive that\nproves it.  dateline-export(5) documents the fields, "
        "the files of a directory\nand what --redact takes out.  Options of "
        "the selection: what agrees with all of\nthem.  Without --type "
        "articles and live blogs.  What was taken down is never\nthere.  The "
        "same store and question give the same bytes.",
    .options = options,
    .min = 0,
    .max = 0,
    .run = run,
};
