/* SPDX-License-Identifier: Apache-2.0 */
#include "verify.h"
#include "cite.h"

#include <errno.h>
#include <fts.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <dateline/io.h>

#define MOST_SUMS ((size_t)512 << 20)
#define MOST_TEXT ((size_t)64 << 20) /* of a record's block */

static int no_memory(struct dtl_error *err)
{
    return dtl_fail(err, DTL_NOMEM, 0, "out of memory checking an export");
}

void dtl_check_tell(struct dtl_checking *k, const char *what, const char *where,
                    bool good, const char *format, ...)
{
    struct dtl_export_checked c = { .what = what,
                                    .where = where,
                                    .good = good };
    char text[400];
    va_list ap;

    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    c.text = text;
    k->out->findings += !good;
    if (k->out->checked != NULL)
        k->out->checked(&c, k->out->context);
}

/* ---- files of records
 * -----------------------------------------------------------
 */

static int check_record(struct dtl_checking *k, const char *name,
                        struct dtl_warc *warc, struct dtl_warc_record *rec,
                        struct dtl_error *err)
{
    struct dtl_harvest found = { 0 };
    struct dtl_cited cited = { 0 };
    struct dtl_slice block;
    int rc = dtl_warc_block(warc, MOST_TEXT, &block, err);

    if (rc == DTL_LIMIT) /* too large to judge: nothing is said */
        return DTL_OK;
    if (rc == DTL_OK)
        rc = dtl_harvest_record(k->harvester, rec, block, 0, 0, &found, err);
    if (rc == DTL_OK)
        rc = dtl_cite_digests(rec, block, &found, k->arena, &cited, err);
    if (rc != DTL_OK)
        return rc;
    if (cited.block_differs)
        dtl_check_tell(k, "record", name, false,
                       "at byte %" PRIu64 ": its block does not have the "
                       "digest it declares",
                       rec->offset);
    if (cited.payload_differs)
        dtl_check_tell(k, "record", name, false,
                       "at byte %" PRIu64 ": its payload does not have the "
                       "digest it declares",
                       rec->offset);
    return DTL_OK;
}

static int check_records(struct dtl_checking *k, const char *path,
                         const char *name, struct dtl_error *err)
{
    struct dtl_source *src = NULL;
    struct dtl_warc *warc = NULL;
    struct dtl_warc_record rec;
    struct dtl_error why = { 0 };
    uint64_t findings = k->out->findings, n = 0;
    int rc = dtl_source_open(path, &src, &why);

    if (rc == DTL_OK)
        rc = dtl_warc_open(src, &warc, &why);
    while (rc == DTL_OK || rc == DTL_BAD_RECORD) {
        dtl_arena_reset(k->arena);
        rc = dtl_warc_next(warc, &rec, &why);
        if (rc == DTL_OK) {
            n++;
            rc = check_record(k, name, warc, &rec, &why);
        }
        if (rc == DTL_BAD_RECORD)
            dtl_check_tell(k, "record", name, false,
                           "damaged at byte %" PRIu64 ": %s", why.offset,
                           why.text);
    }
    dtl_warc_close(warc);
    dtl_source_close(src);
    if (rc == DTL_NOMEM)
        return no_memory(err);
    if (rc != DTL_END)
        dtl_check_tell(k, "record", name, false, "%s", why.text);
    k->out->records += n;
    if (k->out->findings == findings)
        dtl_check_tell(k, "record", name, true, "%" PRIu64 " records agree", n);
    return DTL_OK;
}

/* ---- what a file holds
 * -------------------------------------------------------------
 */

static void wacz_checked(const struct dtl_wacz_checked *c, void *context)
{
    struct dtl_checking *k = context;

    if (!c->good)
        dtl_check_tell(k, "record", c->where, false, "%s", c->text);
}

static int check_wacz(struct dtl_checking *k, const char *path,
                      const char *name, struct dtl_error *err)
{
    struct dtl_wacz_check w = { .checked = wacz_checked, .context = k };
    struct dtl_error why = { 0 };
    int rc = dtl_wacz_verify(path, &w, &why);

    if (rc == DTL_NOMEM)
        return no_memory(err);
    if (rc != DTL_OK)
        dtl_check_tell(k, "record", name, false, "%s", why.text);
    k->out->records += w.records;
    return DTL_OK;
}

static bool has_ending(struct dtl_slice name, const char *ending)
{
    if (dtl_ends(name, ".gz"))
        name.len -= 3;
    else if (dtl_ends(name, ".zst"))
        name.len -= 4;
    return dtl_ends(name, ending);
}

static int check_content(struct dtl_checking *k, const char *path,
                         const char *name, struct dtl_error *err)
{
    struct dtl_slice s = dtl_str(name);

    if (has_ending(s, ".jsonl"))
        return dtl_check_rows(k, path, name, false, err);
    if (has_ending(s, ".csv"))
        return dtl_check_rows(k, path, name, true, err);
    if (has_ending(s, ".warc") || has_ending(s, ".wet") ||
        has_ending(s, ".wat"))
        return check_records(k, path, name, err);
    if (dtl_ends(s, ".wacz"))
        return check_wacz(k, path, name, err);
    return DTL_OK;
}

/* ---- sums
 * ---------------------------------------------------------------------------
 */

static bool hash_file(struct dtl_checking *k, const char *path, char hex[65])
{
    static const size_t size = (size_t)256 << 10;
    FILE *f = fopen(path, "rb");
    uint8_t *piece = malloc(size);
    struct dtl_digest d;
    size_t n;
    bool ok = f != NULL && piece != NULL;

    while (ok && (n = fread(piece, 1, size, f)) > 0)
        dtl_hasher_add(k->sha256, dtl_slice_of(piece, n));
    ok = ok && !ferror(f);
    dtl_hasher_finish(k->sha256, &d);
    dtl_hex(dtl_slice_of(d.bytes, 32), hex);
    if (f != NULL)
        fclose(f);
    free(piece);
    return ok;
}

/* Nothing outside of the directory. */
static bool is_inside(struct dtl_slice path)
{
    return path.len > 0 && path.ptr[0] != '/' && !dtl_starts(path, "../") &&
           dtl_find(path, dtl_str("/../"), 0) == SIZE_MAX &&
           memchr(path.ptr, 0, path.len) == NULL;
}

static int check_sum(struct dtl_checking *k, const char *dir,
                     struct dtl_slice line, struct dtl_error *err)
{
    struct dtl_slice path = dtl_sub(line, 66, line.len);
    char hex[65], *full = NULL, *name = NULL;
    int rc = DTL_OK;

    if (line.len < 67 || line.ptr[64] != ' ' || !is_inside(path)) {
        dtl_check_tell(k, "file", "SHA256SUMS", false,
                       "a line is no sum and name");
        return DTL_OK;
    }
    name = strndup((const char *)path.ptr, path.len);
    if (name == NULL || asprintf(&full, "%s/%s", dir, name) < 0) {
        free(name);
        return no_memory(err);
    }
    k->out->files++;
    if (!hash_file(k, full, hex)) {
        dtl_check_tell(k, "file", name, false, "cannot be read: %s",
                       strerror(errno));
    } else if (memcmp(hex, line.ptr, 64) != 0) {
        dtl_check_tell(k, "file", name, false,
                       "is not what was written: its SHA-256 is %s", hex);
    } else {
        dtl_check_tell(k, "file", name, true, "has its SHA-256");
        /* What is as it was written needs no second sum. */
        rc = dtl_starts(path, "data/") ? check_content(k, full, name, err)
                                       : DTL_OK;
    }
    free(full);
    free(name);
    return rc;
}

/* Files nobody summed: what SHA256SUMS cannot name is itself and the list of
 * the others. */
static bool is_summed(struct dtl_slice sums, const char *name)
{
    char *line = NULL;
    bool found;

    if (strcmp(name, "SHA256SUMS") == 0 ||
        strcmp(name, "tagmanifest-sha256.txt") == 0)
        return true;
    if (asprintf(&line, "  %s\n", name) < 0)
        return false;
    found = dtl_find(sums, dtl_str(line), 0) != SIZE_MAX;
    free(line);
    return found;
}

static int check_others(struct dtl_checking *k, const char *dir,
                        struct dtl_slice sums, struct dtl_error *err)
{
    char *copy = strdup(dir), *paths[] = { copy, NULL };
    size_t len = strlen(dir) + 1;
    FTS *tree = copy != NULL ? fts_open(paths, FTS_PHYSICAL, NULL) : NULL;
    FTSENT *e;

    while (tree != NULL && (e = fts_read(tree)) != NULL)
        if ((e->fts_info == FTS_F || e->fts_info == FTS_SL ||
             e->fts_info == FTS_SLNONE || e->fts_info == FTS_DEFAULT) &&
            !is_summed(sums, e->fts_path + len))
            dtl_check_tell(k, "file", e->fts_path + len, false,
                           "is not of the export");
    free(copy);
    if (tree == NULL)
        return no_memory(err);
    fts_close(tree);
    return DTL_OK;
}

static int read_sums(const char *dir, struct dtl_buf *out,
                     struct dtl_error *err)
{
    char *path = NULL;
    FILE *f;
    size_t n;

    if (asprintf(&path, "%s/SHA256SUMS", dir) < 0)
        return no_memory(err);
    f = fopen(path, "rb");
    free(path);
    if (f == NULL)
        return dtl_fail(err, DTL_FORMAT, 0,
                        "there is no SHA256SUMS: not a directory of `export`");
    out->max = MOST_SUMS;
    while (dtl_buf_reserve(out, 65536) &&
           (n = fread(out->ptr + out->len, 1, 65536, f)) > 0)
        out->len += n;
    fclose(f);
    return out->failed ? no_memory(err) : DTL_OK;
}

static int check_directory(struct dtl_checking *k, const char *path,
                           struct dtl_error *err)
{
    struct dtl_buf sums = { 0 };
    struct dtl_slice rest;
    char *dir = strdup(path);
    size_t len = strlen(path);
    int rc = dir != NULL ? DTL_OK : no_memory(err);

    while (rc == DTL_OK && len > 1 && dir[len - 1] == '/')
        dir[--len] = '\0';
    if (rc == DTL_OK)
        rc = read_sums(dir, &sums, err);
    rest = dtl_buf_view(&sums);
    while (rc == DTL_OK && rest.len > 0) {
        size_t end = dtl_find(rest, dtl_str("\n"), 0);

        rc = check_sum(k, dir, dtl_sub(rest, 0, end), err);
        rest = dtl_sub(rest, end == SIZE_MAX ? rest.len : end + 1, rest.len);
    }
    if (rc == DTL_OK)
        rc = check_others(k, dir, dtl_buf_view(&sums), err);
    dtl_buf_free(&sums);
    free(dir);
    return rc;
}

int dtl_export_verify(const char *path, struct dtl_export_check *check,
                      struct dtl_error *err)
{
    struct dtl_checking k = { .out = check };
    struct stat st;
    int rc;

    check->files = check->rows = check->records = check->texts = 0;
    check->findings = 0;
    if (stat(path, &st) != 0)
        return dtl_fail(err, DTL_IO, 0, "%s", strerror(errno));
    k.arena = dtl_arena_new((size_t)192 << 20);
    rc = k.arena != NULL ? dtl_harvester_new(0, &k.harvester, err)
                         : no_memory(err);
    if (rc == DTL_OK)
        rc = dtl_hasher_new(DTL_DIGEST_SHA256, &k.sha256, err);
    if (rc == DTL_OK && S_ISDIR(st.st_mode)) {
        rc = check_directory(&k, path, err);
    } else if (rc == DTL_OK) {
        check->files++;
        rc = check_content(&k, path, path, err);
    }
    dtl_hasher_free(k.sha256);
    dtl_harvester_free(k.harvester);
    dtl_arena_free(k.arena);
    return rc;
}
