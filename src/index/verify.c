/* SPDX-License-Identifier: Apache-2.0 */
#include <dateline/store.h>

#include "build.h"
#include "read.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define PROGRESS_EVERY 16384U

struct verifier {
    struct dtl_verify *v;
    const char *where;
    bool stopped;
};

static void found(struct verifier *f, const char *what, uint64_t offset,
                  const char *text)
{
    struct dtl_finding finding = { what, f->where, offset, text };

    f->v->findings++;
    if (f->v->finding != NULL && !f->v->finding(&finding, f->v->context))
        f->stopped = true;
}

static void tell(struct verifier *f, uint64_t done, uint64_t of)
{
    if (done % PROGRESS_EVERY == 0 && f->v->progress != NULL &&
        !f->v->progress(done, of, f->v->context))
        f->stopped = true;
}

/* ---- pages -------------------------------------------------------------- */

/* True when all are sound: damaged ones need no second look. */
static bool verify_pages(struct verifier *f, struct dtl_sealed *file)
{
    uint64_t n = dtl_sealed_pages(file);
    struct dtl_error err;
    bool sound = true;

    for (uint64_t i = 0; i < n && !f->stopped; i++) {
        if (dtl_sealed_check(file, i, &err) != DTL_OK) {
            found(f, "page", i * dtl_sealed_page_size(file), err.text);
            sound = false;
        }
        f->v->pages++;
        tell(f, i, n);
    }
    return sound;
}

/* ---- rows --------------------------------------------------------------- */

/* A posting for this row must stand in `table`. */
static int has_posting(const struct dtl_table *table, uint64_t key,
                       uint64_t value, struct dtl_error *err)
{
    struct dtl_postings p;
    int rc = dtl_postings_seek(&p, table, false, key, value, err);

    if (rc == DTL_END)
        return 0;
    return rc != DTL_OK ? rc : p.key == key && p.value == value;
}

static void verify_postings_of(struct verifier *f, const struct dtl_segment *s,
                               const struct dtl_capture *c, uint32_t ordinal)
{
    const struct {
        const char *text;
        const struct dtl_table *table;
        uint64_t key;
        bool wanted;
    } rows[] = {
        { "a capture is not in table times", &s->times,
          (uint64_t)c->time ^ UINT64_C(1) << 63, true },
        { "a capture is not in table digests", &s->digests,
          dtl_bytes40(c->digest.bytes), c->digest.len >= 5 },
        { "a capture is not in table records", &s->records,
          dtl_record_hash(c->record_id), c->record_id.len > 0 },
        { "a capture is not in table carriers", &s->carriers, c->article,
          c->article != DTL_NO_ARTICLE },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct dtl_error err;
        int yes;

        if (!rows[i].wanted)
            continue;
        yes = has_posting(rows[i].table, rows[i].key, ordinal, &err);
        if (yes != 1)
            found(f, "posting", ordinal, yes < 0 ? err.text : rows[i].text);
    }
}

static void verify_captures(struct verifier *f, const struct dtl_segment *s)
{
    struct dtl_stream stream = { 0 };
    struct dtl_buf strings = { 0 }, start = { 0 }, last = { 0 };
    int64_t last_time = INT64_MIN;
    struct dtl_capture c;
    struct dtl_error err;
    uint64_t n = 0;
    int rc;

    dtl_sort_key(&start, dtl_str(NULL), INT64_MIN);
    rc = dtl_stream_seek(&stream, s, dtl_buf_view(&start), true, &err);
    for (; rc == DTL_OK && !f->stopped;
         rc = dtl_stream_step(&stream, true, &err)) {
        int d = dtl_compare(dtl_buf_view(&last), dtl_stream_key(&stream));

        if (d > 0 || (d == 0 && last_time > dtl_block_time(&stream.block)))
            found(f, "order", n, "captures are out of order");
        if (dtl_block_ordinal(&stream.block) != n)
            found(f, "order", n, "captures are not numbered in order");
        rc = dtl_block_capture(&stream.block, &s->kinds, &strings, &c, &err);
        if (rc != DTL_OK) {
            found(f, "row", n, err.text);
        } else {
            if (c.article != DTL_NO_ARTICLE && c.article >= s->narticles)
                found(f, "row", n, "a capture names an article there is not");
            verify_postings_of(f, s, &c, (uint32_t)n);
        }
        dtl_buf_clear(&last);
        dtl_buf_slice(&last, dtl_stream_key(&stream));
        last_time = dtl_block_time(&stream.block);
        tell(f, n++, s->ncaptures);
        f->v->captures++;
    }
    if (rc < 0)
        found(f, "row", n, err.text);
    else if (!f->stopped && n != s->ncaptures)
        found(f, "count", n, "there are fewer captures than the count says");
    dtl_stream_free(&stream);
    dtl_buf_free(&strings);
    dtl_buf_free(&start);
    dtl_buf_free(&last);
}

static void verify_text(struct verifier *f, const struct dtl_article_row *row,
                        uint32_t ordinal, struct dtl_arena *arena)
{
    uint8_t hash[32];
    struct dtl_slice normal;

    /* The text may be stored in its normal form or as extracted. */
    if (row->text.len == 0 ||
        dtl_normal(row->text, arena, &normal, NULL) != DTL_OK ||
        dtl_text_hash(normal, hash, NULL) != DTL_OK)
        return;
    if (memcmp(hash, row->text_hash, 32) != 0)
        found(f, "text", ordinal, "a text does not have its hash");
}

static void verify_articles(struct verifier *f, const struct dtl_segment *s)
{
    struct dtl_arena *arena = dtl_arena_new(0);

    for (uint32_t i = 0; arena != NULL && i < s->narticles && !f->stopped;
         i++) {
        struct dtl_article_row row;
        struct dtl_error err;
        int yes;

        dtl_arena_reset(arena);
        if (dtl_articles_get(s->articles, i,
                             DTL_ARTICLES_META | DTL_ARTICLES_TEXT, arena, &row,
                             &err) != DTL_OK) {
            found(f, "row", i, err.text);
            continue;
        }
        verify_text(f, &row, i, arena);
        yes = has_posting(&s->texts, dtl_bytes40(row.text_hash), i, &err);
        if (yes != 1)
            found(f, "posting", i,
                  yes < 0 ? err.text : "an article is not in table texts");
        f->v->articles++;
        tell(f, i, s->narticles);
    }
    dtl_arena_free(arena);
}

/* Postings name only rows there are, and stand in order. */
static void verify_table(struct verifier *f, const struct dtl_table *table,
                         const char *name, bool split, uint64_t rows)
{
    struct dtl_postings p;
    struct dtl_error err;
    uint64_t key = 0, value = 0, n = 0;
    int rc = dtl_postings_seek(&p, table, split, 0, 0, &err);

    for (; rc == DTL_OK && !f->stopped; rc = dtl_postings_next(&p, &err)) {
        if (p.key < key || (p.key == key && n > 0 && p.value <= value))
            found(f, "order", n, name);
        if ((split ? p.value >> 32 : p.value) >= rows)
            found(f, "posting", n, name);
        key = p.key;
        value = p.value;
        n++;
    }
    if (rc < 0)
        found(f, "posting", n, err.text);
}

static void verify_segment(struct verifier *f, struct dtl_segment *s)
{
    if (!verify_pages(f, s->file) || f->stopped)
        return;
    verify_captures(f, s);
    if (!f->stopped)
        verify_articles(f, s);
    verify_table(f, &s->times, "times", false, s->ncaptures);
    verify_table(f, &s->digests, "digests", false, s->ncaptures);
    verify_table(f, &s->records, "records", false, s->ncaptures);
    verify_table(f, &s->carriers, "carriers", false, s->ncaptures);
    verify_table(f, &s->texts, "texts", false, s->narticles);
    verify_table(f, &s->facets, "facets", false, s->narticles);
    verify_table(f, &s->marks, "marks", true, s->narticles);
    verify_table(f, &s->titles, "titles", true, s->narticles);
}

int dtl_store_verify(struct dtl_store *s, struct dtl_verify *v,
                     struct dtl_error *err)
{
    struct verifier f = { .v = v };

    (void)err;
    f.where = dtl_sealed_path(s->manifest.file);
    verify_pages(&f, s->manifest.file);
    for (uint32_t i = v->from_segment; i < s->nsegments && !f.stopped; i++) {
        struct dtl_segment *seg = &s->segments[i];

        f.where = dtl_sealed_path(seg->file);
        if (seg->row.captures != seg->ncaptures ||
            seg->row.articles != seg->narticles)
            found(&f, "count", seg->ncaptures,
                  "its counts are not those of the manifest");
        verify_segment(&f, seg);
        if (!f.stopped)
            v->segments++;
    }
    return f.stopped ? DTL_END : DTL_OK;
}

/* One file that may not even open. */
static void verify_file(struct verifier *f, const char *path)
{
    struct dtl_sealed *file;
    struct dtl_error err;

    f->where = path;
    if (dtl_sealed_open(path, &file, &err) != DTL_OK) {
        found(f, "file", err.offset, err.text);
        return;
    }
    verify_pages(f, file);
    dtl_sealed_close(file);
}

int dtl_store_verify_files(const char *dir, struct dtl_verify *v,
                           struct dtl_error *err)
{
    struct verifier f = { .v = v };
    char *path = dtl_path(dir, "manifest.mdb"), *segments;
    struct dirent *e;
    DIR *d;

    if (path == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for verifying");
    verify_file(&f, path);
    free(path);
    segments = dtl_path(dir, "segments");
    d = segments != NULL ? opendir(segments) : NULL;
    while (d != NULL && (e = readdir(d)) != NULL && !f.stopped) {
        if (!dtl_ends(dtl_str(e->d_name), ".seg") ||
            (path = dtl_path(segments, e->d_name)) == NULL)
            continue;
        verify_file(&f, path);
        v->segments++;
        free(path);
    }
    if (d != NULL)
        closedir(d);
    free(segments);
    return f.stopped ? DTL_END : DTL_OK;
}
