/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <dateline/ingest.h>
#include <dateline/json.h>
#include <dateline/plan.h>

static const struct opt options[] = {
    { "store", 's', "DIR",
      "the store ($DATELINE_STORE, else ./dateline.store)" },
    { "jobs", 'j', "N", "threads (default: one a processor)" },
    { "memory", 'm', "SIZE", "for sorting and queues (default 256M)" },
    { "publish-every", 0, "SIZE",
      "stored bytes between two publications "
      "(default 1G)" },
    { "trust-digests", 0, NULL, "do not recompute payload digests" },
    { "alone", 0, NULL, "judge each page by itself: no second look" },
    { "plan", 0, "PLAN", "do a task of a plan, see `dateline plan`" },
    { "task", 0, "I", "which one, from 0" },
    { "out", 'o', "DIR", "where its shard goes" },
    { "quiet", 'q', NULL, "no progress and no summary" },
    { "format", 'f', "F", "of the summary: text or json" },
    { NULL, 0, NULL, NULL },
};

struct view {
    struct timespec start;
    double shown; /* seconds after start */
    bool live;    /* a progress line is wanted */
    bool drawn;   /* and stands on the terminal */
    bool quiet;
};

static double elapsed(const struct view *v)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - v->start.tv_sec) +
           (double)(now.tv_nsec - v->start.tv_nsec) / 1e9;
}

static void erase(struct view *v)
{
    if (v->drawn)
        fputs("\r\033[K", stderr);
    v->drawn = false;
}

/* One line, whatever the terminal: what matters most stands first. */
static void draw(const char *line)
{
    fprintf(stderr, "%.*s", terminal_width() - 1, line);
    fflush(stderr);
}

static void on_progress(void *data, const struct dtl_ingest_summary *s)
{
    struct view *v = data;
    double t = elapsed(v), share;
    char records[32], files[32], bar[21], left[32] = "", line[256];

    if (!v->live || t - v->shown < 0.1)
        return;
    v->shown = t;
    share = s->bytes > 0 ? (double)s->bytes_done / (double)s->bytes : 0;
    share = share < 1 ? share : 1;
    for (int i = 0; i < 20; i++)
        bar[i] = i < (int)(share * 20) ? '#' : '.';
    bar[20] = '\0';
    if (share > 0.02 && share < 1)
        snprintf(left, sizeof left, "  %.0f s left", t / share - t);
    snprintf(line, sizeof line,
             "[%s] %3.0f %%%s  %s records, %.0f/s  %.1f MB/s  %s file%s", bar,
             share * 100, left, count_text(s->records, records),
             (double)s->records / t, (double)s->bytes_done / 1e6 / t,
             count_text(s->files, files), s->files == 1 ? "" : "s");
    erase(v);
    draw(line);
    v->drawn = true;
}

static void on_problem(void *data, const char *file, uint64_t offset,
                       const char *text)
{
    struct view *v = data;

    erase(v);
    if (file[0] == '\0')
        say("%s", text);
    else if (offset == 0)
        say("%s: %s, passed over", file, text);
    else
        say("%s: %s (at byte %" PRIu64 "), passed over", file, text, offset);
}

static void print_line(const char *name, uint64_t n)
{
    char text[32];

    if (n > 0)
        printf("  %-22s %12s\n", name, count_text(n, text));
}

/* Bytes of the files in `dir`, opened as `fd` which this closes, and of those
 * in the directories there: a store is no deeper. */
static uint64_t bytes_in(int fd, int depth)
{
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *e;
    struct stat st;
    uint64_t n = 0;

    if (d == NULL) {
        if (fd >= 0)
            close(fd);
        return 0;
    }
    while ((e = readdir(d)) != NULL) {
        if (e->d_name[0] == '.' || fstatat(fd, e->d_name, &st, 0) != 0)
            continue;
        if (S_ISREG(st.st_mode))
            n += (uint64_t)st.st_size;
        else if (S_ISDIR(st.st_mode) && depth > 0)
            n += bytes_in(openat(fd, e->d_name, O_RDONLY | O_DIRECTORY),
                          depth - 1);
    }
    closedir(d);
    return n;
}

static void print_summary(const struct dtl_ingest_summary *s, double t,
                          const char *store)
{
    uint64_t size = bytes_in(open(store, O_RDONLY | O_DIRECTORY), 1);
    char a[32], b[32];

    if (s->records == 0 && s->files_known > 0 && s->files_failed == 0 &&
        s->files_known == s->files) {
        printf("nothing new: %s file%s in %s already (%s)\n",
               count_text(s->files_known, a),
               s->files_known == 1 ? " is" : "s are", store,
               bytes_text(size, b));
        return;
    }
    printf("%s%s records%s from %s file%s in %.2f s (%.0f records/s, "
           "%.1f MB/s stored)\n",
           colour("1"), count_text(s->records, a), colour("0"),
           count_text(s->files_done, b), s->files_done == 1 ? "" : "s", t,
           (double)s->records / t, (double)s->bytes_done / 1e6 / t);
    for (int type = DTL_WARC_WARCINFO; type <= DTL_WARC_CONTINUATION; type++)
        print_line(dtl_warc_type_name((enum dtl_warc_type)type),
                   s->by_type[type]);
    print_line("other types", s->by_type[DTL_WARC_UNKNOWN]);
    printf("%s%s captures%s, %s pages", colour("1"), count_text(s->captures, a),
           colour("0"), count_text(s->pages, b));
    printf(", %s articles in %s (%s)\n", count_text(s->articles, a), store,
           bytes_text(size, b));
    print_line("lines taken out", s->lines_removed);
    print_line("too large for a page", s->oversized);
    print_line("digest does not match", s->mismatched);
    print_line("files known already", s->files_known);
    print_line("files not readable", s->files_failed);
    print_line("damaged stretches", s->damaged);
    for (size_t i = 0; i < s->nreasons; i++)
        printf("    %s: %s\n", s->reasons[i].text,
               count_text(s->reasons[i].count, a));
}

static void print_json(const struct dtl_ingest_summary *s, double t)
{
    struct dtl_buf out = { 0 };
    struct dtl_json j = { .out = &out };
    const struct {
        const char *name;
        uint64_t n;
    } rows[] = {
        { "files", s->files },
        { "files_done", s->files_done },
        { "files_known", s->files_known },
        { "files_failed", s->files_failed },
        { "bytes", s->bytes_done },
        { "bytes_unpacked", s->bytes_unpacked },
        { "records", s->records },
        { "captures", s->captures },
        { "pages", s->pages },
        { "articles", s->articles },
        { "revisits", s->revisits },
        { "lines_removed", s->lines_removed },
        { "oversized", s->oversized },
        { "mismatched", s->mismatched },
        { "damaged", s->damaged },
        { "published", s->published },
    };

    dtl_json_object(&j);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        dtl_json_key(&j, rows[i].name);
        dtl_json_uint(&j, rows[i].n);
    }
    dtl_json_key(&j, "by_type");
    dtl_json_object(&j);
    for (int type = 0; type <= DTL_WARC_CONTINUATION; type++) {
        if (s->by_type[type] == 0)
            continue;
        dtl_json_key(&j, dtl_warc_type_name((enum dtl_warc_type)type));
        dtl_json_uint(&j, s->by_type[type]);
    }
    dtl_json_end(&j);
    dtl_json_key(&j, "reasons");
    dtl_json_object(&j);
    for (size_t i = 0; i < s->nreasons; i++) {
        dtl_json_key(&j, s->reasons[i].text);
        dtl_json_uint(&j, s->reasons[i].count);
    }
    dtl_json_end(&j);
    dtl_json_key(&j, "seconds");
    dtl_json_double(&j, t, 6);
    dtl_json_end(&j);
    dtl_buf_byte(&out, '\n');
    flush(&out);
    dtl_buf_free(&out);
}

/* The exit code tells a scheduler whether to try again. */
static int task_status(int rc)
{
    switch (rc) {
    case DTL_OK: return EXIT_FOUND;
    case DTL_IO:
    case DTL_BUSY: return EXIT_AGAIN;
    case DTL_NOMEM: return EXIT_MEMORY;
    default: return EXIT_INPUT;
    }
}

static int run_task(const struct args *a, struct view *v, size_t memory,
                    int format)
{
    struct dtl_shard_options o = {
        .dir = arg(a, "out"),
        .memory = memory,
        .trust_digests = arg_on(a, "trust-digests"),
        .progress = on_progress,
        .problem = on_problem,
        .data = v,
    };
    struct dtl_ingest_summary sum;
    struct dtl_plan *plan;
    struct dtl_error err = { 0 };
    uint64_t task;
    bool known;
    int rc;

    if (!arg_u64(a, "task", UINT64_MAX, &task))
        return EXIT_USAGE;
    if (task == UINT64_MAX || o.dir == NULL || arg_count(a) > 0) {
        say("ingest: --plan goes with --task and --out, and with no paths");
        return EXIT_USAGE;
    }
    rc = dtl_plan_read(arg(a, "plan"), &plan, &err);
    if (rc == DTL_OK) {
        rc = dtl_plan_ingest(plan,
                             task < UINT32_MAX ? (uint32_t)task : UINT32_MAX,
                             &o, &sum, &known, &err);
        erase(v);
    }
    dtl_plan_free(plan);
    if (rc != DTL_OK)
        say("task %" PRIu64 ": %s", task, err.text);
    else if (known && !v->quiet)
        printf("task %" PRIu64 " is done already\n", task);
    else if (format == 1)
        print_json(&sum, elapsed(v));
    else if (!v->quiet)
        print_summary(&sum, elapsed(v), o.dir);
    return task_status(rc);
}

static int run(const struct args *a)
{
    static const char *const formats[] = { "text", "json", NULL };
    struct view v = { .quiet = arg_on(a, "quiet") };
    struct dtl_ingest_options o = {
        .store = arg_store(a),
        .trust_digests = arg_on(a, "trust-digests"),
        .alone = arg_on(a, "alone"),
        .progress = on_progress,
        .problem = on_problem,
        .data = &v,
    };
    struct dtl_ingest_summary sum;
    struct dtl_error err = { 0 };
    uint64_t threads, memory;
    int rc, format = arg_choice(a, "format", formats, "text");

    if (format < 0 || !arg_u64(a, "jobs", 0, &threads) ||
        !arg_u64(a, "memory", 0, &memory) ||
        !arg_u64(a, "publish-every", 0, &o.publish_every))
        return EXIT_USAGE;
    if (arg(a, "memory") != NULL && memory < (uint64_t)16 << 20) {
        say("ingest: --memory wants 16M at least");
        return EXIT_USAGE;
    }
    o.threads = (unsigned)(threads < 256 ? threads : 256);
    o.memory = (size_t)memory;
    v.live = !v.quiet && on_terminal(stderr);
    clock_gettime(CLOCK_MONOTONIC, &v.start);
    if (arg(a, "plan") != NULL)
        return run_task(a, &v, o.memory, format);
    if (arg_count(a) == 0) {
        say("ingest: no archive is named; see `dateline ingest --help`");
        return EXIT_USAGE;
    }
    rc = dtl_ingest(operands(a), arg_count(a), &o, &sum, &err);
    erase(&v);
    if (rc != DTL_OK) {
        complain(o.store, &err);
        if (sum.published > 0)
            say("what was published before is safe; run the same command "
                "again to go on");
        return rc == DTL_NOMEM ? EXIT_MEMORY : EXIT_STORE;
    }
    if (format == 1)
        print_json(&sum, elapsed(&v));
    else if (!v.quiet)
        print_summary(&sum, elapsed(&v), o.store);
    return sum.files_failed > 0 ? EXIT_INPUT : EXIT_FOUND;
}

const struct cmd cmd_ingest = {
    .name = "ingest",
    .operands = "[PATH...]",
    .summary = "read archives into a store",
    .details =
        "PATH is a WARC, ARC or WACZ file, a directory of them, '-' for "
        "standard input,\nor an http(s):// or s3:// URL.  What was ingested "
        "before is passed over, so the\nsame command goes on after an "
        "interruption.  Damaged records are named and\npassed over.\n\n"
        "All pages that are published together get a second look: a line "
        "that stands on\nmany pages of its site, and a passage that is "
        "another page's story, is taken out\nof the article and kept with "
        "the reason.  --alone leaves that out.\n\n"
        "With --plan one task of it is done, with one thread: its shard is "
        "built in DIR\nunder another name and renamed, so running a task twice "
        "changes nothing.  Exits\nwith 75 when trying again may help.",
    .options = options,
    .min = 0,
    .max = -1,
    .run = run,
};
