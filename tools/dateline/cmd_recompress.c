/* SPDX-License-Identifier: Apache-2.0 */
#include "records.h"

#include <inttypes.h>
#include <stdlib.h>

struct recompress {
    struct records in;
    struct dtl_warc_writer *out;
    bool salvage;
    uint64_t written, left_out;
};

/* Stored on, head and block to the byte, and ended as the standard says. */
static int copy_record(struct recompress *r, struct dtl_warc_record *rec,
                       struct dtl_error *err)
{
    struct dtl_warc *w = r->in.warc;
    struct dtl_slice piece;
    int rc = dtl_warc_begin(r->out, err), end;

    if (rc == DTL_OK)
        rc = dtl_warc_write(r->out, rec->head, err);
    while (rc == DTL_OK) {
        rc = dtl_warc_read(w, &piece, err);
        if (rc == DTL_OK)
            rc = dtl_warc_write(r->out, piece, err);
    }
    if (rc == DTL_END)
        rc = dtl_warc_write(r->out, dtl_str(rec->arc ? "\n" : "\r\n\r\n"), err);
    if (rc != DTL_OK && rc != DTL_BAD_RECORD)
        return rc;
    end = dtl_warc_finish(w, rec, err);
    if (end != DTL_OK && end != DTL_BAD_RECORD)
        return end;
    if (end == DTL_BAD_RECORD) {
        rc = dtl_warc_end(r->out, false, NULL, NULL);
        return rc == DTL_OK ? DTL_BAD_RECORD : rc;
    }
    r->written++;
    return dtl_warc_end(r->out, true, NULL, err);
}

static int copy_all(struct recompress *r)
{
    struct dtl_warc_record rec;
    struct dtl_error err;
    int rc;

    while ((rc = records_next(&r->in, &rec, &err)) != DTL_END) {
        const struct dtl_warc_damage *d;

        if (rc == DTL_OK)
            rc = copy_record(r, &rec, &err);
        if (rc == DTL_OK)
            continue;
        if (rc != DTL_BAD_RECORD)
            return complain(r->in.file, &err);
        d = dtl_warc_last_damage(r->in.warc);
        say("%s: bytes %" PRIu64 " to %" PRIu64 ": %s", r->in.file, d->offset,
            d->offset + d->length, d->reason);
        r->left_out++;
        if (!r->salvage) {
            say("nothing written; --salvage leaves damaged records out");
            return EXIT_INPUT;
        }
    }
    return EXIT_FOUND;
}

static bool ends_with(const char *s, const char *suffix)
{
    return dtl_ends(dtl_str(s), suffix);
}

/* 0 gz, 1 zst, 2 plain: as asked, or by the name of the output. */
static int coding_of(const struct args *a, const char *out)
{
    static const char *const codings[] = { "gz", "zst", "plain", NULL };
    const char *otherwise = ends_with(out, ".zst") ? "zst"
                            : ends_with(out, ".warc") || ends_with(out, ".arc")
                                ? "plain"
                                : "gz";

    return arg_choice(a, "to", codings, otherwise);
}

static int run(const struct args *a)
{
    static const enum dtl_warc_coding codings[] = { DTL_WARC_GZIP,
                                                    DTL_WARC_ZSTD,
                                                    DTL_WARC_PLAIN };
    struct recompress r = { .salvage = arg_on(a, "salvage") };
    const char *out = arg(a, "output");
    struct dtl_error err;
    uint64_t level;
    int coding, rc, code;

    if (out == NULL) {
        say("recompress: --output is needed");
        return EXIT_USAGE;
    }
    coding = coding_of(a, out);
    if (coding < 0 || !arg_u64(a, "level", 0, &level))
        return EXIT_USAGE;
    if (level > 22)
        level = 22;
    if (dtl_warc_create(out, codings[coding], (int)level, &r.out, &err) !=
        DTL_OK)
        return complain(out, &err);
    rc = records_open(&r.in, operands(a), arg_count(a));
    if (rc == EXIT_FOUND)
        rc = copy_all(&r);
    code = records_close(&r.in);
    if (rc == EXIT_FOUND)
        rc = code;
    if (rc == EXIT_FOUND && dtl_warc_commit(r.out, &err) != DTL_OK)
        rc = complain(out, &err);
    dtl_warc_discard(r.out);
    if (rc == EXIT_FOUND && on_terminal(stderr))
        say("%s: %" PRIu64 " records", out, r.written);
    return rc == EXIT_FOUND && r.left_out > 0 ? EXIT_NOTHING : rc;
}

static const struct opt options[] = {
    { "output", 'o', "FILE", "the archive to write" },
    { "to", 0, "CODING", "gz, zst or plain; else by the output's name" },
    { "level", 'l', "N", "how hard to compress; gz: 6, zst: 9" },
    { "salvage", 0, NULL, "leave damaged records out instead of stopping" },
    { 0 },
};

const struct cmd cmd_recompress = {
    .name = "recompress",
    .operands = "PATH...",
    .summary = "rewrite archives with one compressed member per record",
    .details =
        "Any input (a whole-file gzip, a plain WARC, a WACZ, several files)\n"
        "becomes one archive that can be read at any record.  Header and\n"
        "block of each record stay as they are, byte for byte.  The output\n"
        "appears under its name only when it is complete.  Damaged input\n"
        "stops the work before anything is written; with --salvage the\n"
        "damaged stretches are named and left out, and the exit code is 1.",
    .options = options,
    .min = 1,
    .max = -1,
    .run = run,
};
