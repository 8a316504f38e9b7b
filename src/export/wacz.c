/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WACZ 1.1.1 (specs.webrecorder.net/wacz/1.1.1): a zip file of
 *
 *     archive/NAME.warc.gz      the records, a member for each archive
 *     indexes/index.cdx.gz      CDXJ, and index.idx, which tells its blocks
 *     pages/pages.jsonl         the page, its title and text
 *     evidence.json             the report
 *     datapackage.json          size and SHA-256 of each of the above
 *     datapackage-digest.json   SHA-256 of that, and its signature
 *
 * All are stored, not deflated: a reader finds a record at its offset.
 */
#include "cite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>
#include <libdeflate.h>

#include <dateline/cdx.h>
#include <dateline/json.h>
#include <dateline/url.h>

#define MEMBERS 6 /* besides those of archive/ */

struct member {
    const char *path;
    struct dtl_buf bytes;
};

struct piece;

struct wacz {
    struct dtl_cite *c;
    struct dtl_arena *arena;
    char created[DTL_TIME_ISO];
    int64_t time;
    struct member *members;
    size_t n;
    struct piece *pieces; /* in the order of their archives */
    size_t npieces;
};

/* A record and where it goes; several captures may cite the same one. */
struct piece {
    const struct dtl_cited *r;
    struct cite_place *place;
};

static struct dtl_buf *add(struct wacz *w, const char *path)
{
    w->members[w->n].path = path;
    return &w->members[w->n++].bytes;
}

static int no_memory(struct dtl_error *err)
{
    return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a WACZ");
}

/* ---- archive/ ----------------------------------------------------------- */

/* The archive's own name, as far as it makes a good one. */
static const char *member_path(struct wacz *w, const char *file, bool stored,
                               bool arc)
{
    const char *slash = strrchr(file, '/');
    const char *base = slash != NULL ? slash + 1 : file;
    size_t len = strcspn(base, "?#");
    const char *ending = arc ? ".arc" : ".warc";
    struct dtl_slice name = dtl_slice_of(base, len);
    char clean[100];
    size_t n = 0;

    if (dtl_ends(name, ".gz"))
        name.len -= 3;
    else if (dtl_ends(name, ".zst"))
        name.len -= 4;
    if (dtl_ends(name, ending))
        name.len -= strlen(ending);
    for (size_t i = 0; i < name.len && n + 1 < sizeof clean; i++) {
        char c = (char)name.ptr[i];
        bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                    (c >= '0' && c <= '9') || c == '-' || c == '_';

        clean[n] = good || (c == '.' && n > 0) ? c : '_';
        n++;
    }
    clean[n] = '\0';
    /* Two archives of one name: the second is NAME-2. */
    for (unsigned i = 1;; i++) {
        char which[16] = "";
        const char *path;
        bool taken = false;

        if (i > 1)
            snprintf(which, sizeof which, "-%u", i);
        path = dtl_arena_printf(w->arena, "archive/%s%s%s%s",
                                n > 0 ? clean : "data", which, ending,
                                stored ? ".gz" : "");
        for (size_t k = 0; path != NULL && k < w->n; k++)
            taken = taken || strcmp(w->members[k].path, path) == 0;
        if (!taken)
            return path;
    }
}

static bool same_record(const struct dtl_cited *a, const struct dtl_cited *b)
{
    return a->offset == b->offset && a->inner == b->inner &&
           strcmp(a->file, b->file) == 0;
}

/* Records of one file, next to one another.  Those of a gzip file are its
 * members unless one of them shares its member with others, or the file is
 * zstd, which few readers of WACZ know: then all go in uncompressed. */
static int add_file(struct wacz *w, size_t from, size_t to,
                    struct dtl_error *err)
{
    const struct piece *p = w->pieces;
    struct dtl_buf *out;
    bool stored = true;
    const char *path;

    for (size_t i = from; i < to; i++)
        stored = stored && p[i].r->stored.ptr != NULL;
    path = member_path(w, p[from].r->file, stored, p[from].r->arc);
    if (path == NULL)
        return no_memory(err);
    out = add(w, path);
    for (size_t i = from; i < to; i++) {
        struct dtl_slice bytes = stored ? p[i].r->stored : p[i].r->plain;

        if (i > from && same_record(p[i].r, p[i - 1].r)) {
            *p[i].place = *p[i - 1].place;
            continue;
        }
        *p[i].place = (struct cite_place){
            .path = path,
            .offset = out->len,
            .length = bytes.len,
            .as_stored = stored || !p[i].r->compressed,
        };
        dtl_buf_slice(out, bytes);
    }
    return DTL_OK;
}

static int by_archive(const void *a, const void *b)
{
    const struct dtl_cited *x = ((const struct piece *)a)->r;
    const struct dtl_cited *y = ((const struct piece *)b)->r;
    int files = strcmp(x->file, y->file);

    if (files != 0)
        return files;
    if (x->offset != y->offset)
        return x->offset < y->offset ? -1 : 1;
    return x->inner < y->inner ? -1 : x->inner > y->inner;
}

static size_t count_records(const struct dtl_cite *c)
{
    size_t n = 0;

    for (size_t i = 0; i < c->n; i++)
        n += c->list[i]->e.nrecords;
    return n;
}

static int gather_pieces(struct wacz *w, struct dtl_error *err)
{
    size_t n = count_records(w->c);

    w->pieces = dtl_arena_calloc(w->arena, n + 1, sizeof *w->pieces);
    w->members = dtl_arena_calloc(w->arena, n + MEMBERS, sizeof *w->members);
    if (w->pieces == NULL || w->members == NULL)
        return no_memory(err);
    for (size_t i = 0; i < w->c->n; i++) {
        struct exhibit *x = w->c->list[i];

        for (size_t k = 0; k < x->e.nrecords; k++)
            w->pieces[w->npieces++] =
                (struct piece){ &x->records[k], &x->places[k] };
    }
    if (w->npieces > 1)
        qsort(w->pieces, w->npieces, sizeof *w->pieces, by_archive);
    return DTL_OK;
}

static int add_archives(struct wacz *w, struct dtl_error *err)
{
    size_t from = 0, n;
    int rc = gather_pieces(w, err);

    n = w->npieces;
    while (from < n && rc == DTL_OK) {
        size_t to = from + 1;

        while (to < n &&
               strcmp(w->pieces[to].r->file, w->pieces[from].r->file) == 0)
            to++;
        rc = add_file(w, from, to, err);
        from = to;
    }
    return rc;
}

/* ---- indexes/ ----------------------------------------------------------- */

static struct dtl_slice number(struct dtl_arena *a, uint64_t n)
{
    return dtl_str(dtl_arena_printf(a, "%llu", (unsigned long long)n));
}

static void cdx_line(struct wacz *w, size_t i, struct dtl_buf *out)
{
    const struct dtl_cited *r = w->pieces[i].r;
    const struct cite_place *p = w->pieces[i].place;
    char time[DTL_TIME_14], digest[DTL_DIGEST_TEXT] = "";
    struct dtl_cdx line = { .url = r->url };

    dtl_time_14(r->time, time);
    if (r->payload.kind != DTL_DIGEST_NONE)
        dtl_digest_text(&r->payload, digest);
    line.key = dtl_surt(w->arena, r->url, DTL_SURT_WAYBACK);
    line.time = dtl_str(time);
    line.mime = r->type == DTL_WARC_REVISIT ? dtl_str("warc/revisit") : r->mime;
    if (r->status > 0)
        line.status = number(w->arena, (uint64_t)r->status);
    line.digest =
        r->payload_declared.len > 0 ? r->payload_declared : dtl_str(digest);
    line.length = number(w->arena, p->length);
    line.offset = number(w->arena, p->offset);
    line.filename = dtl_str(p->path + strlen("archive/"));
    dtl_cdx_write(out, &line, DTL_CDXJ);
}

static int by_bytes(const void *a, const void *b)
{
    const struct dtl_buf *x = a, *y = b;

    return dtl_compare(dtl_buf_view(x), dtl_buf_view(y));
}

static int pack(struct dtl_slice s, struct dtl_buf *out, struct dtl_error *err)
{
    struct libdeflate_compressor *z = libdeflate_alloc_compressor(6);
    size_t most = z != NULL ? libdeflate_gzip_compress_bound(z, s.len) : 0;

    if (z != NULL && dtl_buf_reserve(out, most))
        out->len += libdeflate_gzip_compress(z, s.ptr, s.len,
                                             out->ptr + out->len, most);
    else
        out->failed = true;
    libdeflate_free_compressor(z);
    return out->failed ? no_memory(err) : DTL_OK;
}

/* The second index: key and time of the first line of each gzip member, here
 * of the only one. */
static int add_idx(struct wacz *w, struct dtl_slice first,
                   struct dtl_slice packed, struct dtl_error *err)
{
    struct dtl_buf *out = add(w, "indexes/index.idx");
    struct dtl_json j = { .out = out, .spaced = true };
    size_t key = dtl_find(first, dtl_str(" {"), 0);
    char hash[CITE_HASH];
    int rc = dtl_cite_sha256(packed, hash, err);

    dtl_buf_str(out, "!meta 0 {\"format\": \"cdxj-gzip-1.0\", "
                     "\"filename\": \"index.cdx.gz\"}\n");
    dtl_buf_slice(out, dtl_sub(first, 0, key));
    dtl_buf_byte(out, ' ');
    dtl_json_object(&j);
    dtl_json_key(&j, "offset");
    dtl_json_uint(&j, 0);
    dtl_json_key(&j, "length");
    dtl_json_uint(&j, packed.len);
    dtl_json_key(&j, "digest");
    dtl_json_str(&j, hash);
    dtl_json_key(&j, "filename");
    dtl_json_str(&j, "index.cdx.gz");
    dtl_json_end(&j);
    dtl_buf_byte(out, '\n');
    return rc;
}

static bool is_indexed(const struct wacz *w, size_t i)
{
    const struct dtl_cited *r = w->pieces[i].r;

    return (r->role == DTL_CITED_CAPTURE || r->role == DTL_CITED_ORIGINAL) &&
           (i == 0 || !same_record(r, w->pieces[i - 1].r));
}

static int add_index(struct wacz *w, struct dtl_error *err)
{
    struct dtl_buf *lines = calloc(w->npieces + 1, sizeof *lines);
    struct dtl_buf all = { 0 }, *packed;
    size_t n = 0;
    int rc;

    if (lines == NULL)
        return no_memory(err);
    for (size_t i = 0; i < w->npieces; i++)
        if (is_indexed(w, i))
            cdx_line(w, i, &lines[n++]);
    qsort(lines, n, sizeof *lines, by_bytes);
    for (size_t i = 0; i < n; i++)
        dtl_buf_slice(&all, dtl_buf_view(&lines[i]));
    packed = add(w, "indexes/index.cdx.gz");
    rc = all.failed ? no_memory(err) : pack(dtl_buf_view(&all), packed, err);
    if (rc == DTL_OK)
        rc = add_idx(w, dtl_buf_view(&lines[0]), dtl_buf_view(packed), err);
    for (size_t i = 0; i < n; i++)
        dtl_buf_free(&lines[i]);
    free(lines);
    dtl_buf_free(&all);
    return rc;
}

/* ---- pages/, evidence --------------------------------------------------- */

static void add_page(const struct wacz *w, size_t i, struct dtl_buf *out)
{
    const struct dtl_evidence *e = &w->c->list[i]->e;
    struct dtl_json j = { .out = out };
    char when[DTL_TIME_ISO], id[32] = "cited";

    if (i > 0)
        snprintf(id, sizeof id, "cited-%zu", i + 1);
    dtl_time_iso(e->time, when);
    dtl_json_object(&j);
    dtl_json_key(&j, "id");
    dtl_json_str(&j, id);
    dtl_json_key(&j, "url");
    dtl_json_slice(&j, e->url);
    dtl_json_key(&j, "ts");
    dtl_json_str(&j, when);
    if (e->has_text) {
        dtl_json_key(&j, "title");
        dtl_json_slice(&j, e->title);
        dtl_json_key(&j, "text");
        dtl_json_slice(&j, e->text);
    }
    dtl_json_end(&j);
    dtl_buf_byte(out, '\n');
}

/* A line for each exhibit, in their order. */
static void add_pages(struct wacz *w)
{
    struct dtl_buf *out = add(w, "pages/pages.jsonl");
    bool has_text = false;

    for (size_t i = 0; i < w->c->n; i++)
        has_text = has_text || w->c->list[i]->e.has_text;
    dtl_buf_printf(out,
                   "{\"format\":\"json-pages-1.0\",\"id\":\"pages\","
                   "\"title\":\"Cited pages\",\"hasText\":%s}\n",
                   has_text ? "true" : "false");
    for (size_t i = 0; i < w->c->n; i++)
        add_page(w, i, out);
}

static void add_evidence(struct wacz *w)
{
    struct dtl_buf *out = add(w, "evidence.json");
    struct dtl_json j = { .out = out };

    dtl_cite_json(w->c, &j);
    dtl_buf_byte(out, '\n');
}

/* ---- datapackage -------------------------------------------------------- */

static const char *software(struct wacz *w)
{
    return dtl_arena_printf(w->arena, "dateline %s", dtl_version());
}

static int add_datapackage(struct wacz *w, struct dtl_error *err)
{
    const struct dtl_evidence *e = dtl_cite_evidence(w->c);
    size_t n = w->n;
    struct dtl_buf *out = add(w, "datapackage.json");
    struct dtl_json j = { .out = out };
    char when[DTL_TIME_ISO], hash[CITE_HASH];
    int rc = DTL_OK;

    dtl_time_iso(e->time, when);
    dtl_json_object(&j);
    dtl_json_key(&j, "profile");
    dtl_json_str(&j, "data-package");
    dtl_json_key(&j, "wacz_version");
    dtl_json_str(&j, "1.1.1");
    dtl_json_key(&j, "title");
    dtl_json_slice(&j, e->title.len > 0 ? e->title : e->url);
    dtl_json_key(&j, "created");
    dtl_json_str(&j, w->created);
    dtl_json_key(&j, "software");
    dtl_json_str(&j, software(w));
    dtl_json_key(&j, "mainPageUrl");
    dtl_json_slice(&j, e->url);
    dtl_json_key(&j, "mainPageDate");
    dtl_json_str(&j, when);
    dtl_json_key(&j, "resources");
    dtl_json_array(&j);
    for (size_t i = 0; i < n && rc == DTL_OK; i++) {
        const struct member *m = &w->members[i];
        const char *slash = strrchr(m->path, '/');

        rc = dtl_cite_sha256(dtl_buf_view(&m->bytes), hash, err);
        dtl_json_object(&j);
        dtl_json_key(&j, "name");
        dtl_json_str(&j, slash != NULL ? slash + 1 : m->path);
        dtl_json_key(&j, "path");
        dtl_json_str(&j, m->path);
        dtl_json_key(&j, "hash");
        dtl_json_str(&j, hash);
        dtl_json_key(&j, "bytes");
        dtl_json_uint(&j, m->bytes.len);
        dtl_json_end(&j);
    }
    dtl_json_end(&j);
    dtl_json_end(&j);
    dtl_buf_byte(out, '\n');
    return rc;
}

/* What is signed is the text of the hash, "sha256:" and hex. */
static int signed_data(struct wacz *w, const char *hash, struct dtl_slice key,
                       struct dtl_json *j, struct dtl_error *err)
{
    const char *signature, *public_key;
    int rc =
        dtl_sign(key, dtl_str(hash), w->arena, &signature, &public_key, err);

    if (rc != DTL_OK)
        return rc;
    dtl_json_key(j, "signedData");
    dtl_json_object(j);
    dtl_json_key(j, "hash");
    dtl_json_str(j, hash);
    dtl_json_key(j, "algorithm");
    dtl_json_str(j, "Ed25519");
    dtl_json_key(j, "signature");
    dtl_json_str(j, signature);
    dtl_json_key(j, "publicKey");
    dtl_json_str(j, public_key);
    dtl_json_key(j, "created");
    dtl_json_str(j, w->created);
    dtl_json_key(j, "software");
    dtl_json_str(j, software(w));
    dtl_json_end(j);
    return DTL_OK;
}

static int add_digest(struct wacz *w, struct dtl_slice key,
                      struct dtl_error *err)
{
    struct dtl_slice package = dtl_buf_view(&w->members[w->n - 1].bytes);
    struct dtl_buf *out = add(w, "datapackage-digest.json");
    struct dtl_json j = { .out = out };
    char hash[CITE_HASH];
    int rc = dtl_cite_sha256(package, hash, err);

    dtl_json_object(&j);
    dtl_json_key(&j, "path");
    dtl_json_str(&j, "datapackage.json");
    dtl_json_key(&j, "hash");
    dtl_json_str(&j, hash);
    if (rc == DTL_OK && key.len > 0)
        rc = signed_data(w, hash, key, &j, err);
    dtl_json_end(&j);
    dtl_buf_byte(out, '\n');
    return rc;
}

/* ---- the zip file ------------------------------------------------------- */

static bool write_member(struct archive *a, const struct member *m,
                         int64_t created)
{
    struct archive_entry *e = archive_entry_new();
    bool ok = e != NULL;

    if (ok) {
        archive_entry_set_pathname(e, m->path);
        archive_entry_set_filetype(e, AE_IFREG);
        archive_entry_set_perm(e, 0644);
        archive_entry_set_size(e, (la_int64_t)m->bytes.len);
        archive_entry_set_mtime(e, (time_t)created, 0);
        ok = archive_write_header(a, e) == ARCHIVE_OK &&
             archive_write_data(a, m->bytes.ptr, m->bytes.len) ==
                 (la_ssize_t)m->bytes.len;
    }
    archive_entry_free(e);
    return ok;
}

static bool write_zip(const struct wacz *w, int fd)
{
    struct archive *a = archive_write_new();
    bool ok = a != NULL && archive_write_set_format_zip(a) == ARCHIVE_OK &&
              archive_write_zip_set_compression_store(a) == ARCHIVE_OK &&
              /* No padding behind the end. */
              archive_write_set_bytes_in_last_block(a, 1) == ARCHIVE_OK &&
              archive_write_open_fd(a, fd) == ARCHIVE_OK;

    for (size_t i = 0; i < w->n && ok; i++)
        ok = write_member(a, &w->members[i], w->time);
    ok = ok && archive_write_close(a) == ARCHIVE_OK;
    archive_write_free(a);
    return ok;
}

static int write_file(const struct wacz *w, const char *path,
                      struct dtl_error *err)
{
    char *temp =
        dtl_arena_printf(w->arena, "%s.%ld.part", path, (long)getpid());
    struct stat st;
    int fd;
    bool ok;

    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return dtl_fail(err, DTL_INVALID, 0,
                        "%.150s is not a regular file, and would be replaced",
                        path);
    fd = temp != NULL
             ? open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)
             : -1;
    ok = fd >= 0 && write_zip(w, fd) && fsync(fd) == 0;

    if (fd >= 0 && close(fd) != 0)
        ok = false;
    if (ok && rename(temp, path) == 0)
        return DTL_OK;
    if (fd >= 0)
        unlink(temp);
    return dtl_fail(err, DTL_IO, 0, "cannot write %.150s: %s", path,
                    strerror(errno));
}

int dtl_cite_wacz(struct dtl_cite *c, const char *path,
                  const struct dtl_wacz_options *options, struct dtl_error *err)
{
    struct wacz w = { .c = c, .arena = c->arena };
    int rc;

    if (c->n == 0)
        return dtl_fail(err, DTL_INVALID, 0, "nothing is cited");
    w.time = options->created != 0 ? options->created : (int64_t)time(NULL);
    dtl_time_iso(w.time, w.created);
    if ((rc = add_archives(&w, err)) == DTL_OK &&
        (rc = add_index(&w, err)) == DTL_OK) {
        add_pages(&w);
        add_evidence(&w);
        if ((rc = add_datapackage(&w, err)) == DTL_OK)
            rc = add_digest(&w, options->key, err);
    }
    for (size_t i = 0; i < w.n && rc == DTL_OK; i++)
        if (w.members[i].bytes.failed)
            rc = no_memory(err);
    if (rc == DTL_OK)
        rc = write_file(&w, path, err);
    for (size_t i = 0; i < w.n; i++)
        dtl_buf_free(&w.members[i].bytes);
    for (size_t i = 0; i < w.npieces; i++)
        memset(w.pieces[i].place, 0, sizeof *w.pieces[i].place);
    return rc;
}
