/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The normaliser alone: pages in, articles out, no store.  Pages are handed
 * to worker threads in turn and printed in the order they were named; at most
 * WINDOW finished pages wait for an earlier one.
 */
#include "cmd.h"

#include <dateline/article.h>
#include <dateline/html.h>
#include <dateline/http.h>
#include <dateline/json.h>

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#define PAGE_MAX ((size_t)256 << 20) /* bytes of one page, gunzipped */
#define WINDOW   64

enum format {
    FORMAT_JSON,
    FORMAT_JSONL,
    FORMAT_TEXT,
    FORMAT_MARKDOWN,
    FORMAT_HTML
};
static const char *const formats[] = { "json",     "jsonl", "text",
                                       "markdown", "html",  NULL };

struct job {
    const char *path, *url;
};

struct done {
    bool ready;
    int exit; /* EXIT_FOUND or what went wrong */
    struct dtl_buf out;
    struct dtl_error err;
};

struct run {
    const struct job *jobs;
    size_t njobs;
    enum format format;
    bool explain;
    int64_t captured;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t next, printed; /* job to take, jobs printed */
    struct done window[WINDOW];
};

/* What a worker keeps from page to page. */
struct worker {
    struct run *run;
    struct dtl_arena *arena;
    struct dtl_decoder *decoder;
    struct dtl_buf file;
};

/* ---- reading a page
 * ---------------------------------------------------------- */

static int read_file(struct dtl_buf *b, const char *path, struct dtl_error *err)
{
    FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    size_t n = 1;

    dtl_buf_clear(b);
    if (f == NULL)
        return dtl_fail(err, DTL_IO, 0, "%s", strerror(errno));
    while (n > 0 && dtl_buf_reserve(b, (size_t)64 << 10)) {
        n = fread(b->ptr + b->len, 1, b->cap - b->len, f);
        b->len += n;
    }
    n = (size_t)ferror(f);
    if (f != stdin)
        fclose(f);
    if (n != 0)
        return dtl_fail(err, DTL_IO, b->len, "%s", strerror(errno));
    if (b->failed)
        return dtl_fail(err, DTL_LIMIT, b->len, "larger than %zu bytes",
                        PAGE_MAX);
    return DTL_OK;
}

static int gunzip(struct worker *w, struct dtl_slice *page,
                  struct dtl_error *err)
{
    struct dtl_field coding = { dtl_str("content-encoding"), dtl_str("gzip") };
    struct dtl_http h = { .mime = dtl_str("text/html"),
                          .fields = &coding,
                          .nfields = 1 };

    if (page->len < 2 || page->ptr[0] != 0x1f || page->ptr[1] != 0x8b)
        return DTL_OK;
    return dtl_http_decode(w->decoder, &h, *page, PAGE_MAX, page, err);
}

/* ---- printing one article
 * ---------------------------------------------------- */

/* dtl_article_json() with "file" as the first member. */
static void print_json(struct dtl_buf *out, const char *path,
                       const struct dtl_article *a, struct dtl_slice url,
                       bool explain)
{
    struct dtl_json j = { .out = out };
    struct dtl_buf rest = { 0 };
    struct dtl_json k = { .out = &rest };

    dtl_article_json(
        a, url,
        DTL_JSON_TEXT | (explain ? DTL_JSON_CLAIMS | DTL_JSON_BLOCKS : 0), &k);
    dtl_json_object(&j);
    dtl_json_key(&j, "file");
    dtl_json_str(&j, path);
    dtl_buf_byte(out, ',');
    if (rest.len > 1)
        dtl_buf_add(out, rest.ptr + 1, rest.len - 1);
    out->failed |= rest.failed;
    dtl_buf_free(&rest);
    dtl_buf_byte(out, '\n');
}

static void print_text(struct dtl_buf *out, const struct dtl_article *a)
{
    if (a->title.len > 0) {
        dtl_buf_slice(out, a->title);
        dtl_buf_str(out, "\n\n");
    }
    for (size_t i = 0; i < a->text.len; i++) {
        dtl_buf_byte(out, a->text.ptr[i]);
        if (a->text.ptr[i] == '\n')
            dtl_buf_byte(out, '\n');
    }
    dtl_buf_str(out, "\n");
}

/* Columns left of a line after `used`; elsewhere than on a terminal there is
 * room for most of a sentence. */
static int columns_left(int used)
{
    int left = terminal_width() - used;

    if (!on_terminal(stdout))
        return 90;
    return left > 12 ? left : 12;
}

static void pad_to(struct dtl_buf *out, struct dtl_slice s, int columns)
{
    size_t from = out->len;

    printable(out, s, columns);
    for (int n = text_columns(dtl_sub(dtl_buf_view(out), from, out->len));
         n < columns; n++)
        dtl_buf_byte(out, ' ');
}

static void explain_claim(struct dtl_buf *out, const struct dtl_claim *c)
{
    bool when =
        c->field == DTL_CLAIM_PUBLISHED || c->field == DTL_CLAIM_MODIFIED;
    int used = 2 + 12 + 13 + 5;
    char text[DTL_WHEN_TEXT];

    dtl_buf_printf(out, "%s%c %-11s %-12s %3d  ",
                   colour(c->chosen ? "1;32" : "2"), c->chosen ? '*' : ' ',
                   dtl_claim_field_name(c->field),
                   dtl_claim_source_name(c->source), c->rank);
    if (when) {
        dtl_when_text(&c->when, text);
        dtl_buf_printf(out, "%-26s", text);
        used += 26;
    }
    /* The words a time was read from only where there is room for them. */
    if (!when || columns_left(used) >= 20) {
        dtl_buf_str(out, when ? " " : "");
        printable(out, when ? c->raw : c->value, columns_left(used + when));
    }
    dtl_buf_printf(out, "%s\n", colour("0"));
}

/* Claims by field, best first; a star at the ones believed. */
static void explain_claims(struct dtl_buf *out, const struct dtl_article *a)
{
    for (uint8_t field = 0; field < DTL_CLAIM_FIELDS; field++) {
        int floor = -1;
        bool more = true;

        while (more) {
            int rank = INT16_MAX;

            more = false;
            for (uint32_t i = 0; i < a->nclaims; i++)
                if (a->claims[i].field == field && a->claims[i].rank > floor &&
                    a->claims[i].rank < rank)
                    rank = a->claims[i].rank;
            for (uint32_t i = 0; i < a->nclaims; i++) {
                if (a->claims[i].field != field || a->claims[i].rank != rank)
                    continue;
                more = true;
                explain_claim(out, &a->claims[i]);
            }
            floor = rank;
        }
    }
}

static bool is_caption(const struct dtl_block *b)
{
    return !b->kept && b->role == DTL_BLOCK_CAPTION;
}

/* A reason is bright at the first of a run that shares it: the eye finds where
 * it changes. */
static void explain_block(struct dtl_buf *out, const struct dtl_block *b,
                          const char *before)
{
    const char *hue = b->kept ? "32" : is_caption(b) ? "36" : "31";
    const char *why = b->reason != NULL ? b->reason : "";
    int wide = 34;

    if (on_terminal(stdout) && terminal_width() < 120)
        wide = terminal_width() < 100 ? 22 : 28;
    dtl_buf_printf(out, "%s%c %-9s %7.2f  %s%s", colour(hue),
                   b->kept         ? '+'
                   : is_caption(b) ? '~'
                                   : '-',
                   dtl_block_role_name(b->role), (double)b->score, colour("0"),
                   colour(strcmp(why, before) == 0 ? "2" : "1"));
    pad_to(out, dtl_str(why), wide);
    dtl_buf_printf(out, "%s  %s", colour("0"), b->kept ? "" : colour("2"));
    printable(out, b->text, columns_left(2 + 9 + 1 + 7 + 2 + wide + 2));
    dtl_buf_printf(out, "%s\n", colour("0"));
}

static void explain_blocks(struct dtl_buf *out, const struct dtl_article *a)
{
    const char *before = "";

    for (uint32_t i = 0; i < a->nblocks; i++) {
        explain_block(out, &a->blocks[i], before);
        before = a->blocks[i].reason != NULL ? a->blocks[i].reason : "";
    }
}

static void explain_heading(struct dtl_buf *out, const char *text)
{
    dtl_buf_printf(out, "\n%s%s%s\n", colour("1"), text, colour("0"));
}

static void print_explain(struct dtl_buf *out, const char *path,
                          const struct dtl_article *a)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < a->nblocks; i++)
        kept += a->blocks[i].kept;
    dtl_buf_str(out, colour("1"));
    printable(out, dtl_str(path), 0);
    dtl_buf_printf(out, "%s\n%s, confidence %.2f%s; %u of %u blocks kept\n",
                   colour("0"), dtl_page_type_name(a->page_type),
                   (double)a->confidence,
                   a->flags & DTL_ARTICLE_PAYWALLED ? ", paywalled" : "", kept,
                   a->nblocks);
    explain_heading(out, "claims, by rank: * believed");
    explain_claims(out, a);
    explain_heading(out, "blocks, with score: + kept, - dropped, ~ caption");
    explain_blocks(out, a);
    dtl_buf_byte(out, '\n');
}

static void print_article(struct worker *w, const struct job *job,
                          const struct dtl_article *a, struct dtl_buf *out)
{
    const struct run *r = w->run;

    switch (r->format) {
    case FORMAT_JSON:
    case FORMAT_JSONL:
        print_json(out, job->path, a, dtl_str(job->url), r->explain);
        break;
    case FORMAT_TEXT:
        if (r->explain)
            print_explain(out, job->path, a);
        else
            print_text(out, a);
        break;
    case FORMAT_MARKDOWN:
        dtl_buf_slice(out, dtl_article_markdown(a, w->arena));
        dtl_buf_byte(out, '\n');
        break;
    case FORMAT_HTML: dtl_buf_slice(out, dtl_article_html(a, w->arena)); break;
    }
}

/* ---- one page
 * ------------------------------------------------------------------ */

static int extract(struct worker *w, const struct job *job, struct done *d)
{
    struct dtl_article article;
    struct dtl_decoded decoded;
    struct dtl_page *page;
    struct dtl_slice bytes;
    struct dtl_slice none = { NULL, 0 };
    int rc;

    dtl_arena_reset(w->arena);
    rc = read_file(&w->file, job->path, &d->err);
    if (rc != DTL_OK)
        return rc;
    bytes = dtl_buf_view(&w->file);
    if ((rc = gunzip(w, &bytes, &d->err)) != DTL_OK ||
        (rc = dtl_charset_decode(bytes, none, w->arena, &decoded, &d->err)) !=
            DTL_OK ||
        (rc = dtl_page_parse(decoded.text, w->arena, &page, &d->err)) != DTL_OK)
        return rc;
    struct dtl_article_input in = { .page = page,
                                    .url = dtl_str(job->url),
                                    .captured = w->run->captured,
                                    .explain = w->run->explain };
    rc = dtl_article_extract(&in, w->arena, &article, &d->err);
    if (rc == DTL_OK) {
        print_article(w, job, &article, &d->out);
        if (d->out.failed)
            rc = dtl_fail(&d->err, DTL_NOMEM, 0, "out of memory");
    }
    return rc;
}

/* ---- workers
 * --------------------------------------------------------------------- */

static void *work(void *ctx)
{
    struct worker *w = ctx;
    struct run *r = w->run;

    pthread_mutex_lock(&r->lock);
    while (r->next < r->njobs) {
        size_t i = r->next;
        struct done *d = &r->window[i % WINDOW];

        if (i >= r->printed + WINDOW) {
            pthread_cond_wait(&r->changed, &r->lock);
            continue;
        }
        r->next++;
        pthread_mutex_unlock(&r->lock);
        d->exit = extract(w, &r->jobs[i], d);
        pthread_mutex_lock(&r->lock);
        d->ready = true;
        pthread_cond_broadcast(&r->changed);
    }
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

static int print_all(struct run *r)
{
    bool array = r->format == FORMAT_JSON && r->njobs > 1, first = true;
    int exit = EXIT_FOUND;

    if (array)
        fputs("[\n", stdout);
    for (size_t i = 0; i < r->njobs; i++) {
        struct done *d = &r->window[i % WINDOW];

        pthread_mutex_lock(&r->lock);
        while (!d->ready)
            pthread_cond_wait(&r->changed, &r->lock);
        pthread_mutex_unlock(&r->lock);
        if (d->exit != DTL_OK) {
            exit = complain(r->jobs[i].path, &d->err);
        } else {
            if (array && !first)
                fputs(",", stdout);
            first = false;
            if (!flush(&d->out))
                exit = EXIT_INPUT;
        }
        dtl_buf_clear(&d->out);
        pthread_mutex_lock(&r->lock);
        d->ready = false;
        r->printed++;
        pthread_cond_broadcast(&r->changed);
        pthread_mutex_unlock(&r->lock);
    }
    if (array)
        fputs("]\n", stdout);
    return exit;
}

static bool worker_open(struct worker *w, struct run *r)
{
    struct dtl_error err;

    w->run = r;
    w->file.max = PAGE_MAX;
    w->arena = dtl_arena_new(0);
    return w->arena != NULL && dtl_decoder_new(&w->decoder, &err) == DTL_OK;
}

static int run_workers(struct run *r, size_t threads)
{
    struct worker *w = calloc(threads, sizeof *w);
    pthread_t *id = calloc(threads, sizeof *id);
    size_t started = 0;
    int exit = EXIT_MEMORY;

    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->changed, NULL);
    while (w != NULL && id != NULL && started < threads &&
           worker_open(&w[started], r) &&
           pthread_create(&id[started], NULL, work, &w[started]) == 0)
        started++;
    if (started > 0)
        exit = print_all(r);
    else
        say("extract: out of memory");
    for (size_t i = 0; i < started; i++)
        pthread_join(id[i], NULL);
    for (size_t i = 0; w != NULL && i < threads; i++) {
        dtl_arena_free(w[i].arena);
        dtl_decoder_free(w[i].decoder);
        dtl_buf_free(&w[i].file);
    }
    for (size_t i = 0; i < WINDOW; i++)
        dtl_buf_free(&r->window[i].out);
    pthread_cond_destroy(&r->changed);
    pthread_mutex_destroy(&r->lock);
    free(w);
    free(id);
    return exit;
}

/* ---- the command
 * ------------------------------------------------------------------- */

/* "path TAB url" a line; cut up in place. */
static size_t parse_list(char *text, struct job *jobs)
{
    size_t n = 0;

    while (*text != '\0') {
        char *line = text, *tab;

        text += strcspn(text, "\r\n");
        while (*text == '\r' || *text == '\n')
            *text++ = '\0';
        if (*line == '\0')
            continue;
        tab = strchr(line, '\t');
        if (tab != NULL)
            *tab++ = '\0';
        jobs[n++] = (struct job){ line, tab };
    }
    return n;
}

static int run(const struct args *a)
{
    struct run r = { .explain = arg_on(a, "explain") };
    const char *list = arg(a, "list");
    struct dtl_buf text = { 0 };
    struct dtl_error err;
    struct job *jobs;
    size_t lines = 0;
    uint64_t threads;
    int format, exit;

    format = arg_choice(a, "format", formats, r.explain ? "text" : "json");
    if (format < 0 || !arg_u64(a, "jobs", 1, &threads) ||
        !arg_time(a, "captured", false, &r.captured))
        return EXIT_USAGE;
    r.format = (enum format)format;
    if (arg_count(a) == 0 && list == NULL) {
        say("extract: name a page, - for standard input, or --list");
        return EXIT_USAGE;
    }
    if (list != NULL && read_file(&text, list, &err) != DTL_OK)
        return complain(list, &err);
    dtl_buf_byte(&text, '\0');
    for (size_t i = 0; i < text.len; i++)
        lines += text.ptr[i] == '\n';
    jobs = calloc(arg_count(a) + lines + 2, sizeof *jobs);
    if (jobs == NULL || text.failed) {
        say("extract: out of memory");
        free(jobs);
        dtl_buf_free(&text);
        return EXIT_MEMORY;
    }
    for (size_t i = 0; i < arg_count(a); i++)
        jobs[r.njobs++] = (struct job){ operand(a, i), arg(a, "url") };
    r.njobs += parse_list((char *)text.ptr, jobs + r.njobs);
    r.jobs = jobs;
    exit = run_workers(&r, threads < 1 ? 1 : threads > 64 ? 64 : threads);
    free(jobs);
    dtl_buf_free(&text);
    return exit;
}

static const struct opt options[] = {
    { "format", 'f', "FORMAT", "json (default), jsonl, text, markdown, html" },
    { "url", 'u', "URL", "the address the pages had" },
    { "list", 'l', "FILE", "more pages, a line each: path TAB url" },
    { "captured", 0, "TIME", "when they were captured: \"6 minutes ago\"" },
    { "explain", 0, NULL, "show every claim and why each block was kept" },
    { "jobs", 'j', "N", "threads (1)" },
    { NULL, 0, NULL, NULL },
};

const struct cmd cmd_extract = {
    .name = "extract",
    .operands = "FILE...|-",
    .summary = "the article on a page: text, title, authors, dates, site",
    .details =
        "Reads HTML pages (gzipped ones too) and writes one JSON object a\n"
        "page: file url title subtitle authors published modified site\n"
        "publisher section tags lang canonical image description agency\n"
        "place page_type paywalled text_source confidence text captions.\n"
        "text_source is page or data: said in the page's JSON-LD or scripts.\n"
        "With several pages json is an array and jsonl has one object a line.\n"
        "Links of markdown and html are absolute: by --url, else by the\n"
        "address the page gives as its canonical one.",
    .options = options,
    .min = 0,
    .max = -1,
    .run = run,
};
