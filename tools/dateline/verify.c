/* SPDX-License-Identifier: Apache-2.0 */
#include "verify.h"
#include "keyfile.h"

#include <inttypes.h>
#include <sys/stat.h>

#include <dateline/cite.h>
#include <dateline/export.h>
#include <dateline/json.h>

/* ---- a WACZ -------------------------------------------------------------- */

struct wacz_report {
    struct dtl_buf out;
    struct dtl_json json;
    bool as_json;
};

static void checked(const struct dtl_wacz_checked *c, void *context)
{
    struct wacz_report *r = context;

    if (!r->as_json) {
        dtl_buf_printf(&r->out, "%s%-4s%s %-9s ", colour(c->good ? "32" : "31"),
                       c->good ? "ok" : "BAD", colour("0"), c->what);
        printable(&r->out, dtl_str(c->where), 0);
        dtl_buf_str(&r->out, ": ");
        printable(&r->out, dtl_str(c->text), 0);
        dtl_buf_byte(&r->out, '\n');
        return;
    }
    dtl_json_object(&r->json);
    dtl_json_key(&r->json, "what");
    dtl_json_str(&r->json, c->what);
    dtl_json_key(&r->json, "where");
    dtl_json_str(&r->json, c->where);
    dtl_json_key(&r->json, "good");
    dtl_json_bool(&r->json, c->good);
    dtl_json_key(&r->json, "text");
    dtl_json_str(&r->json, c->text);
    dtl_json_end(&r->json);
}

static void print_wacz(struct wacz_report *r, const struct dtl_wacz_check *k)
{
    char members[32], records[32];

    if (!r->as_json) {
        dtl_buf_printf(&r->out, "%s members, %s records%s%s: ",
                       count_text(k->members, members),
                       count_text(k->records, records),
                       k->has_evidence ? ", evidence" : "",
                       k->is_signed ? ", signed" : "");
        if (k->findings == 0)
            dtl_buf_str(&r->out, "all agrees\n");
        else
            dtl_buf_printf(&r->out, "%s differ%s\n",
                           count_text(k->findings, members),
                           k->findings == 1 ? "s" : "");
        return;
    }
    dtl_json_end(&r->json);
    dtl_json_key(&r->json, "members");
    dtl_json_uint(&r->json, k->members);
    dtl_json_key(&r->json, "records");
    dtl_json_uint(&r->json, k->records);
    dtl_json_key(&r->json, "evidence");
    dtl_json_bool(&r->json, k->has_evidence);
    dtl_json_key(&r->json, "signed");
    dtl_json_bool(&r->json, k->is_signed);
    dtl_json_key(&r->json, "count");
    dtl_json_uint(&r->json, k->findings);
    dtl_json_end(&r->json);
    dtl_buf_byte(&r->out, '\n');
}

int verify_wacz(const struct args *a, bool as_json)
{
    struct wacz_report r = { .as_json = as_json };
    struct dtl_wacz_check k = { .checked = checked, .context = &r };
    struct dtl_buf key = { 0 };
    struct dtl_error err = { 0 };
    int rc = DTL_OK;

    r.json.out = &r.out;
    if (arg_on(a, "key"))
        rc = keyfile_read(arg(a, "key"), &key, &err);
    k.key = dtl_buf_view(&key);
    if (as_json) {
        dtl_json_object(&r.json);
        dtl_json_key(&r.json, "file");
        dtl_json_str(&r.json, operand(a, 0));
        dtl_json_key(&r.json, "checks");
        dtl_json_array(&r.json);
    }
    if (rc == DTL_OK)
        rc = dtl_wacz_verify(operand(a, 0), &k, &err);
    if (rc == DTL_OK) {
        print_wacz(&r, &k);
        flush(&r.out);
    }
    keyfile_free(&key);
    dtl_buf_free(&r.out);
    if (rc != DTL_OK)
        return complain(operand(a, 0), &err);
    return k.findings > 0 ? EXIT_NOTHING : EXIT_FOUND;
}

/* ---- an export ----------------------------------------------------------- */

bool is_export(const char *path)
{
    static const char *const endings[] = { ".jsonl", ".csv", ".warc", ".wet",
                                           ".wat" };
    struct dtl_slice name = dtl_str(path);
    struct stat st;

    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return true;
    if (dtl_ends(name, ".gz"))
        name.len -= 3;
    else if (dtl_ends(name, ".zst"))
        name.len -= 4;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (dtl_ends(name, endings[i]))
            return true;
    return false;
}

/* They are told alike. */
static void export_checked(const struct dtl_export_checked *c, void *context)
{
    struct dtl_wacz_checked same = { c->what, c->where, c->good, c->text };

    checked(&same, context);
}

static void print_export(struct wacz_report *r,
                         const struct dtl_export_check *k)
{
    const struct {
        const char *name;
        uint64_t n;
    } counts[] = {
        { "files", k->files },     { "rows", k->rows },
        { "records", k->records }, { "texts", k->texts },
        { "count", k->findings },
    };
    char text[32];

    if (r->as_json)
        dtl_json_end(&r->json);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        if (r->as_json) {
            dtl_json_key(&r->json, counts[i].name);
            dtl_json_uint(&r->json, counts[i].n);
        } else if (i < 4) {
            dtl_buf_printf(&r->out, "%s%s %s", i > 0 ? ", " : "",
                           count_text(counts[i].n, text), counts[i].name);
        }
    }
    if (r->as_json)
        dtl_json_end(&r->json);
    else if (k->findings == 0)
        dtl_buf_str(&r->out, ": all agrees");
    else
        dtl_buf_printf(&r->out, ": %s differ%s", count_text(k->findings, text),
                       k->findings == 1 ? "s" : "");
    dtl_buf_byte(&r->out, '\n');
}

int verify_export(const struct args *a, bool as_json)
{
    struct wacz_report r = { .as_json = as_json };
    struct dtl_export_check k = { .checked = export_checked, .context = &r };
    struct dtl_error err = { 0 };
    int rc;

    if (!arg_u64(a, "sample", 0, &k.sample) || !arg_u64(a, "seed", 0, &k.seed))
        return EXIT_USAGE;
    r.json.out = &r.out;
    if (as_json) {
        dtl_json_object(&r.json);
        dtl_json_key(&r.json, "file");
        dtl_json_str(&r.json, operand(a, 0));
        dtl_json_key(&r.json, "checks");
        dtl_json_array(&r.json);
    }
    rc = dtl_export_verify(operand(a, 0), &k, &err);
    if (rc == DTL_OK) {
        print_export(&r, &k);
        flush(&r.out);
    }
    dtl_buf_free(&r.out);
    if (rc != DTL_OK)
        return complain(operand(a, 0), &err);
    return k.findings > 0 ? EXIT_NOTHING : EXIT_FOUND;
}

/* ---- the archives of a store --------------------------------------------- */

static bool finding(const struct dtl_capture *c, const char *file,
                    const char *what, const char *text, void *context)
{
    struct wacz_report *r = context;
    char when[DTL_TIME_14];

    dtl_time_14(c->time, when);
    if (!r->as_json) {
        dtl_buf_printf(&r->out, "%s at byte %" PRIu64 ": %s: %s/", file,
                       c->offset, what, when);
        printable(&r->out, c->url, 0);
        dtl_buf_str(&r->out, ": ");
        printable(&r->out, dtl_str(text), 0);
        dtl_buf_byte(&r->out, '\n');
        return flush(&r->out);
    }
    dtl_json_object(&r->json);
    dtl_json_key(&r->json, "what");
    dtl_json_str(&r->json, what);
    dtl_json_key(&r->json, "url");
    dtl_json_slice(&r->json, c->url);
    dtl_json_key(&r->json, "timestamp");
    dtl_json_str(&r->json, when);
    dtl_json_key(&r->json, "file");
    dtl_json_str(&r->json, file);
    dtl_json_key(&r->json, "offset");
    dtl_json_uint(&r->json, c->offset);
    dtl_json_key(&r->json, "text");
    dtl_json_str(&r->json, text);
    dtl_json_end(&r->json);
    return !r->out.failed;
}

static bool progress(uint64_t done, uint64_t of, void *context)
{
    (void)context;
    if (of > 0)
        fprintf(stderr, "\r%3.0f %% ", 100.0 * (double)done / (double)of);
    return true;
}

static void print_counts(struct wacz_report *r, const struct dtl_reread *k)
{
    const struct {
        const char *name, *label;
        uint64_t n;
    } counts[] = {
        { "done", "captures passed", k->done },
        { "read", "records read", k->read },
        { "payloads", "payloads compared", k->payloads },
        { "texts", "texts compared", k->texts },
        { "shortened", "texts shortened by their site's lines", k->looked_at },
        { "revisits", "revisits followed", k->revisits },
        { "lost", "revisits of what is not in the store", k->lost },
        { "imported", "known from a CDX line only", k->imported },
        { "count", "findings", k->findings },
    };
    char text[32];

    if (r->as_json)
        dtl_json_end(&r->json);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        if (r->as_json) {
            dtl_json_key(&r->json, counts[i].name);
            dtl_json_uint(&r->json, counts[i].n);
        } else {
            dtl_buf_printf(&r->out, "%-40s%14s\n", counts[i].label,
                           count_text(counts[i].n, text));
        }
    }
    if (r->as_json) {
        dtl_json_end(&r->json);
        dtl_buf_byte(&r->out, '\n');
    }
    flush(&r->out);
}

int verify_archives(const struct args *a, uint64_t from, bool as_json)
{
    struct wacz_report r = { .as_json = as_json };
    struct dtl_reread k = { .finding = finding, .context = &r, .from = from };
    struct dtl_error err = { 0 };
    struct dtl_store *s;
    int rc = dtl_store_open(arg_store(a), &s, &err);

    if (rc != DTL_OK) {
        complain("verify", &err);
        return rc == DTL_NOMEM ? EXIT_MEMORY : EXIT_STORE;
    }
    r.json.out = &r.out;
    if (on_terminal(stderr))
        k.progress = progress;
    if (as_json) {
        dtl_json_object(&r.json);
        dtl_json_key(&r.json, "findings");
        dtl_json_array(&r.json);
    }
    rc = dtl_reread_archives(s, &k, &err);
    dtl_store_close(s);
    if (k.progress != NULL)
        fprintf(stderr, "\r      \r");
    print_counts(&r, &k);
    dtl_buf_free(&r.out);
    if (rc < 0) {
        complain("verify", &err);
        return rc == DTL_NOMEM ? EXIT_MEMORY : EXIT_STORE;
    }
    return k.findings > 0 ? EXIT_NOTHING : EXIT_FOUND;
}
