/* SPDX-License-Identifier: Apache-2.0 */
#include <dateline/store.h>

#include "read.h"
#include "takedown.h"
#include "write.h"

#include <stdlib.h>

#define MEMORY  ((size_t)512 << 20)
#define FAN_IN  16U /* segments merged at once */
#define FAN_MIN 4U  /* segments of like size worth merging */

/* One segment that goes into the merge. */
struct source {
    struct dtl_segment segment;
    struct dtl_removed removed; /* what must not come along */
    const uint32_t *files;      /* its file ids -> ours, NULL: the same */
    uint32_t nfiles;
    uint32_t *articles; /* its articles -> those of the new segment */
    struct dtl_stream stream;
    struct dtl_postings postings;
    bool there; /* postings stand at a pair */
};

struct merger {
    struct source *sources;
    size_t n;
    struct dtl_segment_writer *out;
    struct dtl_arena *arena;
    uint64_t removed;
    /* the capture that waits for its twin */
    struct dtl_buf key, packed;
    uint32_t file;
    uint64_t offset;
    bool waiting, imported;
};

static int no_memory(struct dtl_error *err)
{
    return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a merge");
}

static void free_sources(struct source *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        dtl_stream_free(&v[i].stream);
        dtl_removed_free(&v[i].removed);
        dtl_segment_close(&v[i].segment);
        free(v[i].articles);
    }
    free(v);
}

/* ---- articles ----------------------------------------------------------- */

static int merge_articles_of(struct merger *m, struct source *s,
                             struct dtl_error *err)
{
    uint64_t n = s->segment.narticles;
    uint8_t *gone = NULL;
    int rc;

    s->articles = malloc((n + 1) * sizeof *s->articles);
    if (s->articles == NULL)
        return no_memory(err);
    rc = dtl_removed_articles(&s->removed, &s->segment, &gone, err);
    for (uint64_t i = 0; rc == DTL_OK && i < n; i++) {
        struct dtl_article_row row;

        s->articles[i] = DTL_NO_ARTICLE;
        if (gone != NULL && (gone[i / 8] >> i % 8 & 1))
            continue;
        dtl_arena_reset(m->arena);
        rc = dtl_articles_get(s->segment.articles, (uint32_t)i,
                              DTL_ARTICLES_META | DTL_ARTICLES_TEXT, m->arena,
                              &row, err);
        if (rc == DTL_OK)
            rc = dtl_builder_article(m->out->builder, &row, &s->articles[i],
                                     err);
    }
    free(gone);
    return rc;
}

/* ---- postings ----------------------------------------------------------- */

/* Step over pairs of articles that did not come along. */
static int settle(struct source *s, int rc, struct dtl_error *err)
{
    while (rc == DTL_OK) {
        uint64_t article = s->postings.value >> 32;

        if (article >= s->segment.narticles)
            return dtl_fail(err, DTL_FORMAT, 0, "%s: a posting of no article",
                            dtl_sealed_path(s->segment.file));
        if (s->articles[article] != DTL_NO_ARTICLE)
            break;
        rc = dtl_postings_next(&s->postings, err);
    }
    s->there = rc == DTL_OK;
    return rc == DTL_END ? DTL_OK : rc;
}

/* The articles of a source follow those of the ones before it: equal keys come
 * in order when sources do. */
static int merge_postings(struct merger *m, const char *name, bool titles,
                          struct dtl_error *err)
{
    struct dtl_postings_writer w = { .env = m->out->builder->env,
                                     .table = name,
                                     .split = true };
    int rc = DTL_OK, last;

    for (size_t i = 0; rc == DTL_OK && i < m->n; i++) {
        struct source *s = &m->sources[i];

        rc = dtl_postings_seek(&s->postings,
                               titles ? &s->segment.titles : &s->segment.marks,
                               true, 0, 0, err);
        if (rc == DTL_OK || rc == DTL_END)
            rc = settle(s, rc, err);
    }
    while (rc == DTL_OK) {
        struct source *best = NULL;
        uint64_t value;

        for (size_t i = 0; i < m->n; i++)
            if (m->sources[i].there &&
                (best == NULL ||
                 m->sources[i].postings.key < best->postings.key))
                best = &m->sources[i];
        if (best == NULL)
            break;
        value = best->postings.value;
        value = (uint64_t)best->articles[value >> 32] << 32 | (uint32_t)value;
        rc = dtl_postings_add(&w, best->postings.key, value, err);
        if (rc == DTL_OK)
            rc = settle(best, dtl_postings_next(&best->postings, err), err);
    }
    last = dtl_postings_finish(&w, err);
    return rc == DTL_OK ? last : rc;
}

/* ---- captures ----------------------------------------------------------- */

static int flush_waiting(struct merger *m, struct dtl_error *err)
{
    if (!m->waiting)
        return DTL_OK;
    m->waiting = false;
    return dtl_builder_capture(m->out->builder, dtl_buf_view(&m->key),
                               dtl_buf_view(&m->packed), err);
}

/* The same record told by a CDX line and by its archive becomes one. */
static int add_capture(struct merger *m, const struct dtl_capture *c,
                       struct dtl_error *err)
{
    struct dtl_builder *b = m->out->builder;
    bool imported = c->flags & DTL_CAPTURE_IMPORTED;
    int rc = dtl_builder_pack(b, c, err);

    if (rc != DTL_OK)
        return rc;
    if (m->waiting && m->file == c->file && m->offset == c->offset &&
        dtl_equal(dtl_buf_view(&m->key), dtl_buf_view(&b->sort_key))) {
        m->removed++;
        if (imported || !m->imported)
            return DTL_OK;
    } else if ((rc = flush_waiting(m, err)) != DTL_OK) {
        return rc;
    }
    dtl_buf_clear(&m->key);
    dtl_buf_clear(&m->packed);
    dtl_buf_slice(&m->key, dtl_buf_view(&b->sort_key));
    dtl_buf_slice(&m->packed, dtl_buf_view(&b->packed));
    m->file = c->file;
    m->offset = c->offset;
    m->imported = imported;
    m->waiting = true;
    return m->key.failed || m->packed.failed ? no_memory(err) : DTL_OK;
}

/* The archive's id in the new segment. */
static uint32_t file_of(const struct source *s, uint32_t file)
{
    return s->files != NULL && file < s->nfiles ? s->files[file] : file;
}

static bool is_before(const struct source *a, const struct source *b)
{
    int d = dtl_compare(dtl_stream_key(&a->stream), dtl_stream_key(&b->stream));
    int64_t s = dtl_block_time(&a->stream.block);
    int64_t t = dtl_block_time(&b->stream.block);
    uint32_t file[2];
    uint64_t at[2];

    if (d != 0 || s != t)
        return d != 0 ? d < 0 : s < t;
    dtl_block_place(&a->stream.block, &file[0], &at[0]);
    dtl_block_place(&b->stream.block, &file[1], &at[1]);
    file[0] = file_of(a, file[0]);
    file[1] = file_of(b, file[1]);
    return file[0] != file[1] ? file[0] < file[1] : at[0] < at[1];
}

static int take_capture(struct merger *m, struct source *s,
                        struct dtl_buf *strings, struct dtl_error *err)
{
    struct dtl_capture c;
    int rc = dtl_block_capture(&s->stream.block, &s->segment.kinds, strings, &c,
                               err);

    if (rc != DTL_OK)
        return rc;
    if (dtl_is_removed(&s->removed, &c)) {
        m->removed++;
        return DTL_OK;
    }
    if (s->files != NULL) {
        if (c.file >= s->nfiles)
            return dtl_fail(err, DTL_FORMAT, 0, "%s: a capture of no file",
                            dtl_sealed_path(s->segment.file));
        c.file = s->files[c.file];
    }
    if (c.article != DTL_NO_ARTICLE) {
        if (c.article >= s->segment.narticles)
            return dtl_fail(err, DTL_FORMAT, 0, "%s: a capture of no article",
                            dtl_sealed_path(s->segment.file));
        c.article = s->articles[c.article];
    }
    return add_capture(m, &c, err);
}

static int merge_captures(struct merger *m, struct dtl_error *err)
{
    struct dtl_buf start = { 0 }, strings = { 0 };
    int rc = DTL_OK;

    dtl_sort_key(&start, dtl_str(NULL), INT64_MIN);
    if (start.failed)
        rc = no_memory(err);
    for (size_t i = 0; rc == DTL_OK && i < m->n; i++) {
        rc = dtl_stream_seek(&m->sources[i].stream, &m->sources[i].segment,
                             dtl_buf_view(&start), true, err);
        if (rc == DTL_END)
            rc = DTL_OK;
    }
    while (rc == DTL_OK) {
        struct source *best = NULL;

        for (size_t i = 0; i < m->n; i++)
            if (m->sources[i].stream.there &&
                (best == NULL || is_before(&m->sources[i], best)))
                best = &m->sources[i];
        if (best == NULL)
            break;
        rc = take_capture(m, best, &strings, err);
        if (rc == DTL_OK)
            rc = dtl_stream_step(&best->stream, true, err);
        if (rc == DTL_END)
            rc = DTL_OK;
    }
    if (rc == DTL_OK)
        rc = flush_waiting(m, err);
    dtl_buf_free(&start);
    dtl_buf_free(&strings);
    return rc;
}

/* ---- one merge ---------------------------------------------------------- */

static int merge_sources(struct dtl_store_writer *w, struct source *sources,
                         size_t n, struct dtl_compact *c,
                         struct dtl_segment_writer **out, struct dtl_error *err)
{
    struct merger m = { .sources = sources, .n = n };
    int rc = dtl_segment_writer_new(w, c->memory != 0 ? c->memory : MEMORY,
                                    &m.out, err);

    m.arena = dtl_arena_new(0);
    if (rc == DTL_OK && m.arena == NULL)
        rc = no_memory(err);
    for (size_t i = 0; rc == DTL_OK && i < n; i++)
        rc = merge_articles_of(&m, &sources[i], err);
    if (rc == DTL_OK)
        rc = merge_postings(&m, "marks", false, err);
    if (rc == DTL_OK)
        rc = merge_postings(&m, "titles", true, err);
    if (rc == DTL_OK)
        rc = merge_captures(&m, err);
    if (rc == DTL_OK) {
        m.out->row.tombstones =
            w->manifest.file != NULL ? w->manifest.tombstones.entries : 0;
        rc = dtl_segment_seal(m.out, err);
    }
    c->removed += m.removed;
    dtl_arena_free(m.arena);
    dtl_buf_free(&m.key);
    dtl_buf_free(&m.packed);
    if (rc != DTL_OK) {
        dtl_segment_writer_free(m.out);
        m.out = NULL;
    }
    *out = m.out;
    return rc;
}

/* ---- compaction --------------------------------------------------------- */

struct live {
    struct dtl_segment_row *rows;
    size_t n;
};

static int by_bytes(const void *a, const void *b)
{
    const struct dtl_segment_row *x = a, *y = b;

    if (x->bytes != y->bytes)
        return x->bytes < y->bytes ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

static int list_segments(const struct dtl_manifest *m, struct live *out,
                         struct dtl_error *err)
{
    struct dtl_table_cursor c;
    int rc;

    *out = (struct live){ 0 };
    if (m->file == NULL)
        return DTL_OK;
    out->rows = calloc(m->segments.entries + 1, sizeof *out->rows);
    if (out->rows == NULL)
        return no_memory(err);
    dtl_table_cursor(&c, &m->segments);
    for (rc = dtl_table_first(&c, err);
         rc == DTL_OK && out->n < m->segments.entries;
         rc = dtl_table_next(&c, err))
        if ((rc = dtl_segment_row_read(c.key, c.value, &out->rows[out->n++],
                                       err)) != DTL_OK)
            return rc;
    qsort(out->rows, out->n, sizeof *out->rows, by_bytes);
    return rc == DTL_END || rc == DTL_OK ? DTL_OK : rc;
}

/* Segments [first, first + n) of those sorted by size to merge next; false
 * when none are worth it.  Like in size: the largest has no more bytes than
 * all the others together, so that what is rewritten at least doubles. */
static bool choose(const struct live *l, bool all, size_t *first, size_t *n)
{
    uint64_t below = 0;

    *first = 0;
    *n = 0;
    if (all) {
        *n = l->n < FAN_IN ? l->n : FAN_IN;
        return l->n > 1;
    }
    for (size_t i = 0; i < l->n && i < FAN_IN; i++) {
        if (i >= FAN_MIN - 1 && l->rows[i].bytes <= below)
            *n = i + 1;
        below += l->rows[i].bytes;
    }
    return *n >= FAN_MIN;
}

/* Has a segment bytes that were taken down? */
static bool is_stale(const struct dtl_store_writer *w,
                     const struct dtl_segment_row *r)
{
    return w->manifest.file != NULL &&
           r->tombstones < w->manifest.tombstones.entries;
}

static int merge_live(struct dtl_store_writer *w,
                      const struct dtl_segment_row *rows, size_t n,
                      struct dtl_compact *c, struct dtl_error *err)
{
    struct source *sources = calloc(n, sizeof *sources);
    uint64_t *ids = calloc(n, sizeof *ids);
    struct dtl_segment_writer *out = NULL;
    struct dtl_change change = { .removed = ids, .nremoved = n };
    int rc = sources == NULL || ids == NULL ? no_memory(err) : DTL_OK;

    for (size_t i = 0; rc == DTL_OK && i < n; i++) {
        char *path = dtl_segment_path(w->dir, rows[i].id);

        ids[i] = rows[i].id;
        rc = path == NULL ? no_memory(err)
                          : dtl_segment_open(path, &sources[i].segment, err);
        free(path);
        if (rc == DTL_OK)
            rc = dtl_removed_read(&w->manifest, (uint32_t)rows[i].tombstones,
                                  &sources[i].removed, err);
    }
    if (rc == DTL_OK)
        rc = merge_sources(w, sources, n, c, &out, err);
    if (rc == DTL_OK)
        rc = dtl_store_replace(w, &out, 1, &change, err);
    if (rc == DTL_OK) {
        c->merged += (uint32_t)n;
        c->made++;
        for (size_t i = 0; i < n; i++)
            c->bytes_before += rows[i].bytes;
        c->bytes_after += out->row.bytes;
    }
    dtl_segment_writer_free(out);
    if (sources != NULL)
        free_sources(sources, n);
    free(ids);
    return rc;
}

int dtl_store_compact(struct dtl_store_writer *w, struct dtl_compact *c,
                      struct dtl_error *err)
{
    for (;;) {
        struct live live;
        size_t first = 0, n = 0;
        int rc = list_segments(&w->manifest, &live, err);
        bool more = rc == DTL_OK && choose(&live, c->all, &first, &n);

        for (size_t i = 0; rc == DTL_OK && c->all && !more && i < live.n; i++)
            if (is_stale(w, &live.rows[i])) {
                first = i;
                n = 1;
                more = true;
            }
        if (more)
            rc = merge_live(w, live.rows + first, n, c, err);
        free(live.rows);
        if (rc != DTL_OK || !more)
            return rc;
    }
}

/* ---- another store ------------------------------------------------------ */

static bool is_take_over(const struct dtl_file_row *f)
{
    return f->size != DTL_SIZE_UNKNOWN;
}

/* Its files under our ids. */
static int map_files(struct dtl_store_writer *w, struct dtl_store *other,
                     uint32_t **out, uint32_t *n, struct dtl_error *err)
{
    struct dtl_table_cursor c = { .depth = 0 };
    struct dtl_file_row row;
    uint64_t count;
    int rc = dtl_manifest_number(&other->manifest, "next_file", &count, err);

    *out = calloc(count + 1, sizeof **out);
    *n = (uint32_t)count;
    if (*out == NULL)
        return no_memory(err);
    while (rc == DTL_OK && (rc = dtl_manifest_next_file(&other->manifest, &c,
                                                        &row, err)) == DTL_OK) {
        char *path = strndup((const char *)row.path.ptr, row.path.len);

        if (path == NULL || row.id >= count)
            rc = path == NULL
                     ? no_memory(err)
                     : dtl_fail(err, DTL_FORMAT, 0, "%s: a file without an id",
                                other->dir);
        else
            rc = dtl_store_file(w, path, row.size,
                                is_take_over(&row) ? row.fingerprint : 0,
                                &(*out)[row.id], err);
        free(path);
    }
    return rc == DTL_END ? DTL_OK : rc;
}

/* Its ranges under our ids. */
static int map_ranges(struct dtl_store *other, const uint32_t *files,
                      uint32_t n, struct dtl_arena *arena,
                      struct dtl_range **out, size_t *count,
                      struct dtl_error *err)
{
    size_t room = 0;

    *out = NULL;
    *count = 0;
    for (uint32_t f = 0; f < n; f++) {
        struct dtl_range *r;
        size_t nr;
        int rc = dtl_manifest_ranges(&other->manifest, f, arena, &r, &nr, err);

        if (rc != DTL_OK)
            return rc;
        if (*count + nr > room) {
            size_t more = (*count + nr) * 2;
            struct dtl_range *v = realloc(*out, more * sizeof *v);

            if (v == NULL)
                return no_memory(err);
            *out = v;
            room = more;
        }
        for (size_t i = 0; i < nr; i++) {
            (*out)[*count] = r[i];
            (*out)[(*count)++].file = files[f];
        }
    }
    return DTL_OK;
}

static int take_in(struct dtl_store_writer *w, struct dtl_store *other,
                   const uint32_t *files, uint32_t nfiles,
                   struct dtl_segment_writer **out, size_t *nout,
                   struct dtl_compact *c, struct dtl_error *err)
{
    int rc = DTL_OK;

    for (uint32_t at = 0; rc == DTL_OK && at < other->nsegments;) {
        size_t n =
            other->nsegments - at < FAN_IN ? other->nsegments - at : FAN_IN;
        struct source *sources = calloc(n, sizeof *sources);

        if (sources == NULL)
            return no_memory(err);
        for (size_t i = 0; rc == DTL_OK && i < n; i++) {
            rc = dtl_segment_open(dtl_sealed_path(other->segments[at + i].file),
                                  &sources[i].segment, err);
            if (rc == DTL_OK) /* both stores' take-downs hold */
                rc = dtl_removed_read(&other->manifest, 0, &sources[i].removed,
                                      err);
            sources[i].files = files;
            sources[i].nfiles = nfiles;
            c->bytes_before += other->segments[at + i].row.bytes;
        }
        if (rc == DTL_OK)
            rc = merge_sources(w, sources, n, c, &out[*nout], err);
        if (rc == DTL_OK) {
            out[*nout]->row.tombstones = 0;
            c->bytes_after += out[(*nout)++]->row.bytes;
            c->made++;
        }
        free_sources(sources, n);
        at += (uint32_t)n;
        c->merged += (uint32_t)n;
    }
    return rc;
}

int dtl_store_merge(struct dtl_store_writer *w, const char *dir,
                    struct dtl_compact *c, struct dtl_error *err)
{
    struct dtl_arena *arena = dtl_arena_new(0);
    struct dtl_segment_writer **out = NULL;
    struct dtl_change change = { 0 };
    struct dtl_range *ranges = NULL;
    struct dtl_store *other = NULL;
    uint32_t *files = NULL, nfiles = 0;
    size_t nout = 0;
    int rc = arena == NULL ? no_memory(err) : dtl_store_open(dir, &other, err);

    if (rc == DTL_OK)
        rc = map_files(w, other, &files, &nfiles, err);
    if (rc == DTL_OK)
        rc = map_ranges(other, files, nfiles, arena, &ranges, &change.nranges,
                        err);
    if (rc == DTL_OK) {
        change.ranges = ranges;
        out = calloc(other->nsegments + 1, sizeof *out);
        rc = out == NULL ? no_memory(err)
                         : take_in(w, other, files, nfiles, out, &nout, c, err);
    }
    if (rc == DTL_OK)
        rc = dtl_store_replace(w, out, nout, &change, err);
    for (size_t i = 0; i < nout; i++)
        dtl_segment_writer_free(out[i]);
    free(out);
    free(ranges);
    free(files);
    dtl_store_close(other);
    dtl_arena_free(arena);
    return rc;
}
