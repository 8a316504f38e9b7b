/* SPDX-License-Identifier: Apache-2.0 */
#include "read.h"

#include "build.h"
#include "cdxrow.h"

#include <stdlib.h>
#include <unistd.h>

#define OPEN_TRIES 16

/* ---- open and close ----------------------------------------------------- */

static void close_segments(struct dtl_store *s)
{
    for (uint32_t i = 0; i < s->nsegments; i++)
        dtl_segment_close(&s->segments[i]);
    free(s->segments);
    s->segments = NULL;
    s->nsegments = 0;
    dtl_removed_free(&s->removed);
    dtl_manifest_close(&s->manifest);
}

/* DTL_NOTFOUND when a segment is gone: compaction replaced it since the
 * manifest was read. */
static int open_segment(struct dtl_store *s, const struct dtl_segment_row *row,
                        struct dtl_error *err)
{
    char *path = dtl_segment_path(s->dir, row->id);
    int rc;

    if (path == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "%s: out of memory", s->dir);
    if (access(path, F_OK) != 0) {
        rc = dtl_fail(err, DTL_NOTFOUND, 0, "%s: a segment is missing", path);
    } else {
        rc = dtl_segment_open(path, &s->segments[s->nsegments], err);
        if (rc == DTL_OK) {
            s->segments[s->nsegments].stale =
                row->tombstones < s->manifest.tombstones.entries;
            s->segments[s->nsegments++].row = *row;
        }
    }
    free(path);
    return rc;
}

static int open_all(struct dtl_store *s, struct dtl_error *err)
{
    struct dtl_table_cursor c;
    struct dtl_segment_row row;
    int rc = dtl_manifest_open(s->dir, &s->manifest, err);

    if (rc != DTL_OK)
        return rc;
    if ((rc = dtl_removed_read(&s->manifest, 0, &s->removed, err)) != DTL_OK)
        return rc;
    if (s->manifest.segments.entries > UINT32_MAX / 2)
        return dtl_fail(err, DTL_FORMAT, 0, "%s: too many segments", s->dir);
    s->segments = calloc(s->manifest.segments.entries + 1, sizeof *s->segments);
    if (s->segments == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "%s: out of memory", s->dir);
    dtl_table_cursor(&c, &s->manifest.segments);
    for (rc = dtl_table_first(&c, err);
         rc == DTL_OK && s->nsegments < s->manifest.segments.entries;
         rc = dtl_table_next(&c, err)) {
        rc = dtl_segment_row_read(c.key, c.value, &row, err);
        if (rc == DTL_OK)
            rc = open_segment(s, &row, err);
        if (rc == DTL_NOTFOUND)
            return DTL_BUSY;
        if (rc != DTL_OK)
            return rc;
    }
    return rc == DTL_END ? DTL_OK : rc;
}

int dtl_store_open(const char *dir, struct dtl_store **out,
                   struct dtl_error *err)
{
    struct dtl_store *s = calloc(1, sizeof *s);
    int rc = DTL_BUSY;

    *out = NULL;
    if (s == NULL || (s->dir = strdup(dir)) == NULL ||
        (s->arena = dtl_arena_new(0)) == NULL) {
        dtl_store_close(s);
        return dtl_fail(err, DTL_NOMEM, 0, "%s: out of memory", dir);
    }
    for (int i = 0; i < OPEN_TRIES && rc == DTL_BUSY; i++) {
        close_segments(s);
        rc = open_all(s, err);
    }
    if (rc != DTL_OK) {
        dtl_store_close(s);
        if (rc == DTL_BUSY) { /* err says which one */
            rc = DTL_FORMAT;
            if (err != NULL)
                err->status = DTL_FORMAT;
        }
        return rc;
    }
    *out = s;
    return DTL_OK;
}

void dtl_store_close(struct dtl_store *s)
{
    if (s == NULL)
        return;
    close_segments(s);
    dtl_block_free(&s->block);
    dtl_buf_free(&s->strings);
    dtl_block_free(&s->judge_block);
    dtl_buf_free(&s->judge_strings);
    dtl_arena_free(s->arena);
    free(s->names);
    free(s->dir);
    free(s);
}

uint32_t dtl_store_segments(const struct dtl_store *s)
{
    return s->nsegments;
}

uint64_t dtl_store_segment_captures(const struct dtl_store *s, uint32_t segment)
{
    return segment < s->nsegments ? s->segments[segment].ncaptures : 0;
}

bool dtl_store_same(const struct dtl_store *a, const struct dtl_store *b)
{
    bool same = a->nsegments == b->nsegments;

    for (uint32_t i = 0; i < a->nsegments && same; i++)
        same = a->segments[i].row.id == b->segments[i].row.id;
    return same;
}

void dtl_store_trim(struct dtl_store *s)
{
    for (uint32_t i = 0; i < s->nsegments; i++)
        dtl_sealed_trim(s->segments[i].file);
}

static int segment_of(struct dtl_store *s, uint32_t number,
                      struct dtl_segment **out, struct dtl_error *err)
{
    if (number >= s->nsegments)
        return dtl_fail(err, DTL_NOTFOUND, 0, "no segment %u",
                        (unsigned)number);
    *out = &s->segments[number];
    return DTL_OK;
}

/* ---- archive files ------------------------------------------------------ */

static struct dtl_file_name *name_slot(struct dtl_file_name *names, size_t room,
                                       uint32_t id)
{
    size_t at = id * UINT32_C(0x9E3779B1) & (room - 1);

    while (names[at].path != NULL && names[at].id != id)
        at = (at + 1) & (room - 1);
    return &names[at];
}

static bool more_names(struct dtl_store *s)
{
    size_t room = s->names_room == 0 ? 64 : s->names_room * 2;
    struct dtl_file_name *names = calloc(room, sizeof *names);

    if (names == NULL)
        return false;
    for (size_t i = 0; i < s->names_room; i++)
        if (s->names[i].path != NULL)
            *name_slot(names, room, s->names[i].id) = s->names[i];
    free(s->names);
    s->names = names;
    s->names_room = room;
    return true;
}

static int look_up_name(struct dtl_store *s, uint32_t file,
                        struct dtl_file_name **out, struct dtl_error *err)
{
    struct dtl_file_row row;
    struct dtl_file_name *slot;
    const char *slash;
    int rc;

    if (s->nnames * 2 >= s->names_room && !more_names(s))
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for file names");
    slot = *out = name_slot(s->names, s->names_room, file);
    if (slot->path != NULL)
        return DTL_OK;
    if ((rc = dtl_manifest_file(&s->manifest, file, &row, err)) != DTL_OK)
        return rc;
    slot->name = (const char *)dtl_arena_dup(s->arena, row.name).ptr;
    slot->path = (const char *)dtl_arena_dup(s->arena, row.path).ptr;
    if (slot->path == NULL || slot->name == NULL) {
        slot->path = NULL;
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for file names");
    }
    slot->id = file;
    slash = strrchr(slot->name, '/');
    slot->labels[0].text = dtl_str(slot->name);
    slot->labels[1].text = dtl_str(slash != NULL ? slash + 1 : slot->name);
    s->nnames++;
    return DTL_OK;
}

int dtl_store_file_name(struct dtl_store *s, uint32_t file, const char **out,
                        struct dtl_error *err)
{
    struct dtl_file_name *slot;
    int rc = look_up_name(s, file, &slot, err);

    *out = rc == DTL_OK ? slot->path : NULL;
    return rc;
}

/* A CDX line's own words are given back as they were; what was ingested is
 * named as CDX files name archives, without the folder. */
struct dtl_file_label *dtl_store_file_label(struct dtl_store *s, uint32_t file,
                                            bool imported)
{
    struct dtl_file_name *slot;

    if (look_up_name(s, file, &slot, NULL) != DTL_OK)
        return NULL;
    return &slot->labels[!imported];
}

/* ---- captures ----------------------------------------------------------- */

int dtl_capture_copy(struct dtl_capture *c, struct dtl_arena *arena,
                     struct dtl_error *err)
{
    struct dtl_slice *parts[] = { &c->url, &c->key, &c->mime, &c->redirect,
                                  &c->record_id };

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        *parts[i] = dtl_arena_dup(arena, *parts[i]);
        if (parts[i]->ptr == NULL)
            return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a capture");
    }
    return DTL_OK;
}

int dtl_store_capture(struct dtl_store *s, struct dtl_ref ref,
                      struct dtl_capture *out, struct dtl_error *err)
{
    struct dtl_segment *segment = NULL;
    int rc = segment_of(s, ref.segment, &segment, err);

    if (rc == DTL_OK)
        rc = dtl_segment_capture(segment, ref.ordinal, &s->block, &s->strings,
                                 out, err);
    if (rc == DTL_OK && dtl_store_is_removed(s, ref.segment, out))
        return dtl_fail(err, DTL_NOTFOUND, 0, "the capture was taken down");
    return rc;
}

int dtl_store_capture_in(struct dtl_store *s, struct dtl_ref ref,
                         struct dtl_arena *arena, struct dtl_capture *out,
                         struct dtl_error *err)
{
    int rc = dtl_store_capture(s, ref, out, err);

    return rc == DTL_OK ? dtl_capture_copy(out, arena, err) : rc;
}

/* ---- what may be seen ---------------------------------------------------- */

#define STILL_NOW 60 /* seconds for which an embargo is looked at once */

void dtl_store_restrict(struct dtl_store *s,
                        const struct dtl_access_rules *rules, const char *user,
                        int64_t now)
{
    bool same_user = user == s->user || (user != NULL && s->user != NULL &&
                                         strcmp(user, s->user) == 0);

    if (rules == s->rules && same_user && now >= s->now &&
        now - s->now < STILL_NOW) {
        s->user = user;
        return;
    }
    s->rules = rules;
    s->user = user;
    s->now = now;
    for (uint32_t i = 0; i < s->nsegments; i++) {
        free(s->segments[i].judged);
        s->segments[i].judged = NULL;
    }
}

int dtl_store_may_show(struct dtl_store *s, const struct dtl_capture *c,
                       struct dtl_error *err)
{
    enum dtl_access access = s->rules != NULL
                                 ? dtl_access_of(s->rules, c, s->user, s->now)
                                 : DTL_ACCESS_ALLOW;

    if (access == DTL_ACCESS_EXCLUDE || dtl_is_removed(&s->removed, c))
        return dtl_fail(err, DTL_NOTFOUND, 0, "no capture in this store");
    if (access == DTL_ACCESS_BLOCK)
        return dtl_fail(err, DTL_DENIED, 0,
                        "access rules keep this capture from being shown");
    return DTL_OK;
}

/* Is there no capture of the article that may be shown? */
static int judge(struct dtl_store *s, struct dtl_ref ref, struct dtl_error *err)
{
    struct dtl_segment *segment = &s->segments[ref.segment];
    struct dtl_postings p;
    struct dtl_capture c;
    int rc =
        dtl_postings_seek(&p, &segment->carriers, false, ref.ordinal, 0, err);

    for (; rc == DTL_OK && p.key == ref.ordinal;
         rc = dtl_postings_next(&p, err)) {
        rc = dtl_segment_capture(segment, (uint32_t)p.value, &s->judge_block,
                                 &s->judge_strings, &c, err);
        if (rc != DTL_OK)
            return rc;
        if (dtl_store_may_show(s, &c, NULL) == DTL_OK)
            return 0;
    }
    return rc == DTL_OK || rc == DTL_END ? 1 : rc;
}

static int is_hidden(struct dtl_store *s, struct dtl_ref ref,
                     struct dtl_error *err)
{
    struct dtl_segment *segment = &s->segments[ref.segment];
    unsigned shift = ref.ordinal % 4 * 2;
    uint8_t *bits;
    int yes;

    if (segment->judged == NULL)
        segment->judged = calloc(segment->narticles / 4 + 1, 1);
    if (segment->judged == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for access rules");
    bits = &segment->judged[ref.ordinal / 4];
    if (*bits >> shift & 2)
        return *bits >> shift & 1;
    yes = judge(s, ref, err);
    if (yes >= 0)
        *bits |= (uint8_t)((2U | (unsigned)yes) << shift);
    return yes;
}

/* ---- articles ----------------------------------------------------------- */

int dtl_store_article_gone(struct dtl_store *s, struct dtl_ref ref,
                           struct dtl_error *err)
{
    struct dtl_segment *segment = &s->segments[ref.segment];
    int rc;

    if (!dtl_store_hides(s, ref.segment) || ref.ordinal >= segment->narticles)
        return 0;
    if (s->rules != NULL && (rc = is_hidden(s, ref, err)) != 0)
        return rc;
    if (!segment->stale)
        return 0;
    if (!segment->gone_known) {
        rc = dtl_removed_articles(&s->removed, segment, &segment->gone, err);
        if (rc != DTL_OK)
            return rc;
        segment->gone_known = true;
    }
    return segment->gone != NULL &&
           (segment->gone[ref.ordinal / 8] >> ref.ordinal % 8 & 1);
}

static int article_parts(struct dtl_store *s, struct dtl_ref ref,
                         unsigned parts, struct dtl_arena *arena,
                         struct dtl_article_row *out, struct dtl_error *err)
{
    struct dtl_segment *segment = NULL;
    int rc = segment_of(s, ref.segment, &segment, err), gone;

    if (rc != DTL_OK)
        return rc;
    gone = dtl_store_article_gone(s, ref, err);
    if (gone != 0)
        return gone < 0 ? gone
                        : dtl_fail(err, DTL_NOTFOUND, 0,
                                   "the article was taken down");
    return dtl_articles_get(segment->articles, ref.ordinal, parts, arena, out,
                            err);
}

int dtl_store_article(struct dtl_store *s, struct dtl_ref ref,
                      struct dtl_arena *arena, struct dtl_article_row *out,
                      struct dtl_error *err)
{
    return article_parts(s, ref, DTL_ARTICLES_META | DTL_ARTICLES_TEXT, arena,
                         out, err);
}

int dtl_store_article_head(struct dtl_store *s, struct dtl_ref ref, bool brief,
                           struct dtl_arena *arena, struct dtl_article_row *out,
                           struct dtl_error *err)
{
    return article_parts(s, ref, brief ? DTL_ARTICLES_HASH : DTL_ARTICLES_META,
                         arena, out, err);
}

/* The next article that was not taken down; `ref` steps past it. */
static int next_article(struct dtl_store *s, struct dtl_ref *ref,
                        unsigned parts, struct dtl_arena *arena,
                        struct dtl_article_row *out, struct dtl_error *err)
{
    struct dtl_ref found;
    int gone;

    do {
        while (ref->segment < s->nsegments &&
               ref->ordinal >= s->segments[ref->segment].narticles) {
            ref->segment++;
            ref->ordinal = 0;
        }
        if (ref->segment >= s->nsegments)
            return DTL_END;
        found = *ref;
        ref->ordinal++;
        gone = dtl_store_article_gone(s, found, err);
    } while (gone > 0);
    return gone < 0 ? gone : article_parts(s, found, parts, arena, out, err);
}

int dtl_store_next_article(struct dtl_store *s, struct dtl_ref *ref,
                           struct dtl_arena *arena, struct dtl_article_row *out,
                           struct dtl_error *err)
{
    return next_article(s, ref, DTL_ARTICLES_META | DTL_ARTICLES_TEXT, arena,
                        out, err);
}

int dtl_store_next_head(struct dtl_store *s, struct dtl_ref *ref,
                        struct dtl_arena *arena, struct dtl_article_row *out,
                        struct dtl_error *err)
{
    return next_article(s, ref, DTL_ARTICLES_META, arena, out, err);
}

/* ---- ordinals by value -------------------------------------------------- */

/* A growing list of refs in an arena. */
struct refs {
    struct dtl_arena *arena;
    struct dtl_ref *refs;
    size_t n, room;
};

static int add_ref(struct refs *r, struct dtl_ref ref, struct dtl_error *err)
{
    if (r->n == r->room) {
        size_t room = r->room == 0 ? 16 : r->room * 2;
        struct dtl_ref *refs = dtl_arena_grow(
            r->arena, r->refs, r->room * sizeof *refs, room * sizeof *refs);

        if (refs == NULL)
            return dtl_fail(err, DTL_NOMEM, 0, "out of memory for results");
        r->refs = refs;
        r->room = room;
    }
    r->refs[r->n++] = ref;
    return DTL_OK;
}

/* Is this posting's row what was asked for?  1, 0 or an error. */
typedef int confirm_row(struct dtl_store *s, struct dtl_ref ref,
                        const void *wanted, struct dtl_error *err);

/* All values of `key` in one table of one segment. */
static int collect(struct dtl_store *s, uint32_t segment,
                   const struct dtl_table *table, uint64_t key,
                   confirm_row *confirm, const void *wanted, struct refs *out,
                   struct dtl_error *err)
{
    struct dtl_postings p;
    int rc = dtl_postings_seek(&p, table, false, key, 0, err);

    for (; rc == DTL_OK && p.key == key; rc = dtl_postings_next(&p, err)) {
        struct dtl_ref ref = { segment, (uint32_t)p.value };
        int yes = confirm != NULL ? confirm(s, ref, wanted, err) : 1;

        if (yes < 0)
            return yes;
        if (yes && (rc = add_ref(out, ref, err)) != DTL_OK)
            return rc;
    }
    return rc == DTL_END ? DTL_OK : rc;
}

static int confirm_digest(struct dtl_store *s, struct dtl_ref ref,
                          const void *wanted, struct dtl_error *err)
{
    struct dtl_capture c;
    int rc = dtl_store_capture(s, ref, &c, err);

    if (rc == DTL_NOTFOUND) /* taken down */
        return 0;
    return rc != DTL_OK ? rc : dtl_digest_equal(&c.digest, wanted);
}

static int confirm_text(struct dtl_store *s, struct dtl_ref ref,
                        const void *wanted, struct dtl_error *err)
{
    struct dtl_article_row row;
    int rc = dtl_articles_get(s->segments[ref.segment].articles, ref.ordinal,
                              DTL_ARTICLES_HASH, NULL, &row, err);

    if (rc == DTL_OK && (rc = dtl_store_article_gone(s, ref, err)) != 0)
        return rc < 0 ? rc : 0;
    return rc != DTL_OK ? rc : memcmp(row.text_hash, wanted, 32) == 0;
}

/* Not taken down. */
static int confirm_capture(struct dtl_store *s, struct dtl_ref ref,
                           const void *wanted, struct dtl_error *err)
{
    struct dtl_capture c;
    int rc;

    (void)wanted;
    if (!dtl_store_hides(s, ref.segment))
        return 1;
    rc = dtl_store_capture(s, ref, &c, err);
    if (rc != DTL_OK)
        return rc == DTL_NOTFOUND ? 0 : rc;
    return dtl_store_may_show(s, &c, NULL) == DTL_OK;
}

int dtl_store_article_captures(struct dtl_store *s, struct dtl_ref ref,
                               struct dtl_arena *arena, struct dtl_ref **out,
                               size_t *n, struct dtl_error *err)
{
    struct refs refs = { .arena = arena };
    struct dtl_segment *segment = NULL;
    int rc = segment_of(s, ref.segment, &segment, err);

    if (rc == DTL_OK)
        rc = collect(s, ref.segment, &segment->carriers, ref.ordinal,
                     confirm_capture, NULL, &refs, err);
    *out = refs.refs;
    *n = refs.n;
    return rc;
}

int dtl_store_by_text(struct dtl_store *s, const uint8_t hash[32],
                      struct dtl_arena *arena, struct dtl_ref **out, size_t *n,
                      struct dtl_error *err)
{
    struct refs refs = { .arena = arena };
    int rc = DTL_OK;

    for (uint32_t i = 0; rc == DTL_OK && i < s->nsegments; i++)
        rc = collect(s, i, &s->segments[i].texts, dtl_bytes40(hash),
                     confirm_text, hash, &refs, err);
    *out = refs.refs;
    *n = refs.n;
    return rc;
}

int dtl_store_by_digest(struct dtl_store *s, const struct dtl_digest *d,
                        struct dtl_arena *arena, struct dtl_ref **out,
                        size_t *n, struct dtl_error *err)
{
    struct refs refs = { .arena = arena };
    int rc = DTL_OK;

    *out = NULL;
    *n = 0;
    if (d->len < 5)
        return dtl_fail(err, DTL_INVALID, 0, "not a whole digest");
    for (uint32_t i = 0; rc == DTL_OK && i < s->nsegments; i++)
        rc = collect(s, i, &s->segments[i].digests, dtl_bytes40(d->bytes),
                     confirm_digest, d, &refs, err);
    *out = refs.refs;
    *n = refs.n;
    return rc;
}

int dtl_store_postings(struct dtl_store *s, uint32_t segment,
                       enum dtl_posting_table table, uint64_t hash,
                       struct dtl_posting *out, size_t max, size_t *n,
                       size_t *total, struct dtl_error *err)
{
    uint64_t key = dtl_hash40(hash);
    struct dtl_segment *seg = NULL;
    struct dtl_postings p;
    int rc = segment_of(s, segment, &seg, err);

    *n = *total = 0;
    if (rc == DTL_OK)
        rc = dtl_postings_seek(&p,
                               table == DTL_MARKS ? &seg->marks : &seg->titles,
                               true, key, 0, err);
    /* What more have is in no way rare, and must not be read to the end. */
    for (; rc == DTL_OK && p.key == key && (*n < max || *total < DTL_COUNTED);
         rc = dtl_postings_next(&p, err)) {
        struct dtl_ref ref = { segment, (uint32_t)(p.value >> 32) };
        int gone = dtl_store_hides(s, segment)
                       ? dtl_store_article_gone(s, ref, err)
                       : 0;

        if (gone < 0)
            return gone;
        if (gone)
            continue;
        if (*n < max)
            out[(*n)++] = (struct dtl_posting){ (uint32_t)(p.value >> 32),
                                                (uint32_t)p.value };
        ++*total;
    }
    return rc == DTL_END ? DTL_OK : rc;
}

/* ---- whole tables of postings ------------------------------------------- */

struct dtl_scan {
    struct dtl_store *store;
    uint32_t segment;
    bool begun;
    const struct dtl_table *table;
    struct dtl_postings p;
};

int dtl_scan_open(struct dtl_store *s, uint32_t segment,
                  enum dtl_posting_table table, struct dtl_scan **out,
                  struct dtl_error *err)
{
    struct dtl_segment *seg = NULL;
    int rc = segment_of(s, segment, &seg, err);

    *out = NULL;
    if (rc != DTL_OK)
        return rc;
    *out = calloc(1, sizeof **out);
    if (*out == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for postings");
    (*out)->store = s;
    (*out)->segment = segment;
    (*out)->table = table == DTL_MARKS ? &seg->marks : &seg->titles;
    return DTL_OK;
}

int dtl_scan_next(struct dtl_scan *scan, uint64_t *hash40,
                  struct dtl_posting *out, struct dtl_error *err)
{
    struct dtl_postings *p = &scan->p;
    int rc, gone;

    do {
        rc = scan->begun ? dtl_postings_next(p, err)
                         : dtl_postings_seek(p, scan->table, true, 0, 0, err);
        scan->begun = true;
        if (rc != DTL_OK)
            return rc;
        *out = (struct dtl_posting){ (uint32_t)(p->value >> 32),
                                     (uint32_t)p->value };
        gone = dtl_store_hides(scan->store, scan->segment)
                   ? dtl_store_article_gone(
                         scan->store,
                         (struct dtl_ref){ scan->segment, out->article }, err)
                   : 0;
    } while (gone > 0);
    *hash40 = p->key;
    return gone;
}

void dtl_scan_close(struct dtl_scan *scan)
{
    free(scan);
}
