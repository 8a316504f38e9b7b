/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Captures in the order of SURT key and time over all segments, so that it
 * makes no difference into which a store is cut.  In a store of one segment
 * that is the order of their ordinals, and what was not selected is stepped
 * over unread.  An article is met at each of its captures and given at the
 * earliest selected one.
 */
#include "select.h"

#include <stdlib.h>

#include <dateline/article.h>
#include <dateline/story.h>
#include <dateline/trace.h>

#define MOST_SAMPLED  ((uint64_t)4 << 20)
#define STORY_MEMORY  ((size_t)160 << 20)
#define ARENA_CEILING ((size_t)128 << 20)
#define TRIM_EVERY    0x1ff /* captures */

struct dtl_select {
    struct dtl_store *store;
    struct dtl_selection q;
    enum dtl_export_unit unit;
    struct dtl_capture_set *set; /* NULL: all captures */
    bool drawn; /* `set` is the sample: nothing is left to ask */
    struct dtl_arena *arena, *words_arena;
    struct dtl_words words;    /* of q.words */
    struct dtl_ref at;         /* the next to look at, in one segment */
    struct dtl_cursor *cursor; /* over several */
    uint64_t done, of, given, looked;
};

static bool in_list(struct dtl_slice s, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (dtl_equal_nocase(s, dtl_str(list[i])))
            return true;
    return n == 0;
}

static bool in_time(int64_t t, int64_t from, int64_t to)
{
    if (from == DTL_NO_TIME && to == DTL_NO_TIME)
        return true;
    return t != DTL_NO_TIME && (from == DTL_NO_TIME || t >= from) &&
           (to == DTL_NO_TIME || t <= to);
}

/* ---- captures -------------------------------------------------------------
 */

static bool capture_fits(const struct dtl_select *s, struct dtl_ref ref,
                         const struct dtl_capture *c)
{
    return (s->set == NULL || dtl_set_has(s->set, ref)) &&
           in_time(c->time, s->q.from, s->q.to) &&
           (s->q.access == NULL || dtl_access_of(s->q.access, c, s->q.user,
                                                 s->q.now) == DTL_ACCESS_ALLOW);
}

/* What tells captures apart, whichever segments they are in. */
struct seen {
    struct dtl_ref ref;
    int64_t time;
    struct dtl_slice key; /* in the arena of the selection */
    uint32_t file;
    uint64_t offset;
};

static int see(struct dtl_select *s, struct dtl_ref ref,
               const struct dtl_capture *c, struct seen *out,
               struct dtl_error *err)
{
    *out = (struct seen){ .ref = ref,
                          .time = c->time,
                          .key = dtl_arena_dup(s->arena, c->key),
                          .file = c->file,
                          .offset = c->offset };
    return out->key.ptr != NULL
               ? DTL_OK
               : dtl_fail(err, DTL_NOMEM, 0, "out of memory for a selection");
}

static bool earlier(const struct seen *a, const struct seen *b)
{
    int d;

    if (a->time != b->time)
        return a->time < b->time;
    if ((d = dtl_compare(a->key, b->key)) != 0)
        return d < 0;
    return a->file != b->file ? a->file < b->file : a->offset < b->offset;
}

/* The earliest capture of `article` that is selected as a capture. */
static int first_capture(struct dtl_select *s, struct dtl_ref article,
                         struct seen *out, bool *found, struct dtl_error *err)
{
    struct dtl_ref *refs;
    size_t n;
    int rc =
        dtl_store_article_captures(s->store, article, s->arena, &refs, &n, err);

    *found = false;
    for (size_t i = 0; i < n && rc == DTL_OK; i++) {
        struct dtl_capture c;
        struct seen at;

        rc = dtl_store_capture(s->store, refs[i], &c, err);
        if (rc == DTL_NOTFOUND) {
            rc = DTL_OK;
            continue;
        }
        if (rc != DTL_OK || !capture_fits(s, refs[i], &c))
            continue;
        rc = see(s, refs[i], &c, &at, err);
        if (rc != DTL_OK || (*found && !earlier(&at, out)))
            continue;
        *out = at;
        *found = true;
    }
    return rc;
}

/* ---- articles -------------------------------------------------------------
 */

static bool type_fits(const struct dtl_select *s, uint8_t type)
{
    if (s->q.npage_types == 0)
        return s->unit == DTL_EXPORT_CAPTURES || type == DTL_PAGE_ARTICLE ||
               type == DTL_PAGE_LIVEBLOG;
    return in_list(dtl_str(dtl_page_type_name(type)), s->q.page_types,
                   s->q.npage_types);
}

static bool asks_head(const struct dtl_select *s)
{
    return s->q.nsites > 0 || s->q.nlanguages > 0 || s->q.nsections > 0;
}

static bool asks_article(const struct dtl_select *s)
{
    return asks_head(s) || s->words.count > 0 || s->q.npage_types > 0 ||
           s->q.published_from != DTL_NO_TIME ||
           s->q.published_to != DTL_NO_TIME || s->unit == DTL_EXPORT_ARTICLES;
}

/* Members of the stored metadata are written one way only, and a quotation
 * mark inside a value is written \": the key cannot be met elsewhere. */
static bool section_fits(const struct dtl_select *s, struct dtl_slice meta)
{
    static const char key[] = ",\"section\":\"";
    size_t at, end;

    if (s->q.nsections == 0)
        return true;
    at = dtl_find(meta, dtl_str(key), 0);
    if (at == SIZE_MAX)
        return false;
    at += sizeof key - 1;
    for (end = at; end < meta.len && meta.ptr[end] != '"'; end++)
        end += meta.ptr[end] == '\\';
    return in_list(dtl_sub(meta, at, end), s->q.sections, s->q.nsections);
}

/* Do the words stand in `text`, side by side? */
static int holds_words(struct dtl_select *s, struct dtl_slice text, bool *yes,
                       struct dtl_error *err)
{
    struct dtl_slice normal;
    struct dtl_words words = { 0 };
    uint32_t n = s->words.count;
    int rc = dtl_normal(text, s->arena, &normal, err);

    if (rc == DTL_OK)
        rc = dtl_words(normal, 0, s->arena, &words, err);
    *yes = false;
    for (uint32_t i = 0; rc == DTL_OK && !*yes && i + n <= words.count; i++) {
        uint32_t k = 0;

        while (k < n && words.words[i + k].hash == s->words.words[k].hash)
            k++;
        *yes = k == n;
    }
    return rc;
}

static int words_fit(struct dtl_select *s, struct dtl_ref article, bool *fits,
                     struct dtl_error *err)
{
    struct dtl_article_row row;
    int rc;

    if (s->words.count == 0)
        return DTL_OK;
    rc = dtl_store_article(s->store, article, s->arena, &row, err);
    if (rc == DTL_OK)
        rc = holds_words(s, row.title, fits, err);
    if (rc == DTL_OK && !*fits)
        rc = holds_words(s, row.text, fits, err);
    return rc;
}

static int article_fits(struct dtl_select *s, struct dtl_ref article,
                        struct dtl_article_row *row, bool *fits,
                        struct dtl_error *err)
{
    int rc =
        dtl_store_article_head(s->store, article, true, s->arena, row, err);

    *fits = false;
    if (rc != DTL_OK)
        return rc == DTL_NOTFOUND ? DTL_OK : rc;
    if (!type_fits(s, row->page_type) ||
        !in_time(row->published, s->q.published_from, s->q.published_to))
        return DTL_OK;
    *fits = true;
    if (asks_head(s)) {
        rc = dtl_store_article_head(s->store, article, false, s->arena, row,
                                    err);
        *fits = rc == DTL_OK && in_list(row->site, s->q.sites, s->q.nsites) &&
                in_list(row->language, s->q.languages, s->q.nlanguages) &&
                section_fits(s, row->meta);
    }
    return *fits ? words_fit(s, article, fits, err) : rc;
}

/* Does no other selected article with this text come earlier? */
static int is_first_of_text(struct dtl_select *s, struct dtl_ref article,
                            const uint8_t hash[32], const struct seen *mine,
                            bool *first, struct dtl_error *err)
{
    struct dtl_ref *same;
    size_t n;
    int rc = dtl_store_by_text(s->store, hash, s->arena, &same, &n, err);

    *first = true;
    for (size_t i = 0; i < n && rc == DTL_OK && *first; i++) {
        struct dtl_article_row other;
        struct seen its;
        bool fits;

        if (same[i].segment == article.segment &&
            same[i].ordinal == article.ordinal)
            continue;
        rc = article_fits(s, same[i], &other, &fits, err);
        if (rc == DTL_OK && fits)
            rc = first_capture(s, same[i], &its, &fits, err);
        if (rc == DTL_OK && fits && earlier(&its, mine))
            *first = false;
    }
    return rc;
}

/* The capture at hand carries an article: is it the one to be given? */
static int article_wanted(struct dtl_select *s, struct dtl_ref article,
                          struct dtl_ref mine, bool *wanted,
                          struct dtl_error *err)
{
    bool once =
        s->unit == DTL_EXPORT_ARTICLES || s->q.dedupe == DTL_DEDUPE_TEXT;
    struct dtl_article_row row;
    struct seen first;
    int rc = article_fits(s, article, &row, wanted, err);

    if (rc != DTL_OK || !*wanted || !once)
        return rc;
    rc = first_capture(s, article, &first, wanted, err);
    if (rc != DTL_OK || !*wanted)
        return rc;
    *wanted =
        first.ref.segment == mine.segment && first.ref.ordinal == mine.ordinal;
    if (*wanted && s->q.dedupe == DTL_DEDUPE_TEXT)
        rc = is_first_of_text(s, article, row.text_hash, &first, wanted, err);
    return rc;
}

static int look(struct dtl_select *s, struct dtl_ref ref,
                const struct dtl_capture *c, struct dtl_selected *out,
                bool *wanted, struct dtl_error *err)
{
    uint32_t article = c->article; /* `c` goes with the next one read */

    out->capture = ref;
    out->article = (struct dtl_ref){ ref.segment, article };
    *wanted = capture_fits(s, ref, c) &&
              (article != DTL_NO_ARTICLE || !asks_article(s));
    if (!*wanted || s->drawn || article == DTL_NO_ARTICLE ||
        (!asks_article(s) && s->q.dedupe != DTL_DEDUPE_TEXT))
        return DTL_OK;
    return article_wanted(s, out->article, ref, wanted, err);
}

/* ---- the walk -------------------------------------------------------------
 */

/* Step over what is not in the set, eight at a time where none is. */
static void skip_unset(struct dtl_select *s, uint64_t n)
{
    const uint8_t *bits = s->set->bits[s->at.segment];
    uint32_t from = s->at.ordinal;

    while (s->at.ordinal < n && !dtl_set_has(s->set, s->at))
        s->at.ordinal +=
            s->at.ordinal % 8 == 0 && bits[s->at.ordinal / 8] == 0 ? 8 : 1;
    if (s->at.ordinal > n)
        s->at.ordinal = (uint32_t)n;
    s->done += s->at.ordinal - from;
}

static void refresh(struct dtl_select *s)
{
    dtl_arena_reset(s->arena);
    if ((++s->looked & TRIM_EVERY) == 0)
        dtl_store_trim(s->store);
    s->done++;
}

static int step_in_one(struct dtl_select *s, struct dtl_selected *out,
                       struct dtl_error *err)
{
    uint64_t n = dtl_store_segment_captures(s->store, 0);

    for (;;) {
        struct dtl_capture c;
        bool wanted = false;
        int rc;

        if (s->set != NULL)
            skip_unset(s, n);
        if (s->at.ordinal >= n)
            return DTL_END;
        refresh(s);
        rc = dtl_store_capture(s->store, s->at, &c, err);
        if (rc == DTL_OK)
            rc = look(s, s->at, &c, out, &wanted, err);
        s->at.ordinal++;
        if (rc == DTL_NOTFOUND)
            rc = DTL_OK;
        if (rc != DTL_OK || wanted)
            return rc;
    }
}

static int step_in_many(struct dtl_select *s, struct dtl_selected *out,
                        struct dtl_error *err)
{
    static const struct dtl_query all = { .match = DTL_PREFIX };
    int rc = s->cursor != NULL
                 ? DTL_OK
                 : dtl_query_open(s->store, &all, &s->cursor, err);

    while (rc == DTL_OK) {
        struct dtl_capture c;
        struct dtl_ref ref;
        bool wanted = false;

        refresh(s);
        rc = dtl_query_next(s->cursor, &c, &ref, err);
        if (rc == DTL_OK)
            rc = look(s, ref, &c, out, &wanted, err);
        if (wanted)
            break;
    }
    return rc;
}

static int step(struct dtl_select *s, struct dtl_selected *out,
                struct dtl_error *err)
{
    switch (dtl_store_segments(s->store)) {
    case 0: return DTL_END;
    case 1: return step_in_one(s, out, err);
    default: return step_in_many(s, out, err);
    }
}

int dtl_select_next(struct dtl_select *s, struct dtl_selected *out,
                    struct dtl_error *err)
{
    int rc;

    if (s->q.limit != 0 && s->given >= s->q.limit)
        return DTL_END;
    rc = step(s, out, err);
    s->given += rc == DTL_OK;
    return rc;
}

static void rewind_to_start(struct dtl_select *s)
{
    dtl_query_close(s->cursor);
    s->cursor = NULL;
    s->at = (struct dtl_ref){ 0, 0 };
    s->done = s->given = 0;
}

/* ---- stories --------------------------------------------------------------
 */

static bool story_fits(const struct dtl_select *s, const struct dtl_story *st)
{
    return in_list(dtl_str(st->id), s->q.stories, s->q.nstories);
}

/* The first selected member of a story stays, the captures of the others go:
 * all of them are in `set` before. */
static int keep_first(struct dtl_select *s, const struct dtl_story *st,
                      struct dtl_capture_set *set, struct dtl_error *err)
{
    struct dtl_ref best_article = { 0 };
    struct seen best = { 0 };
    struct dtl_buf key = { 0 }; /* of the best, which outlives the arena */
    bool any = false;
    int rc = DTL_OK;

    for (size_t i = 0; i < st->nmembers && rc == DTL_OK; i++) {
        struct dtl_article_row row;
        struct seen its;
        bool fits;

        dtl_arena_reset(s->arena);
        rc = article_fits(s, st->members[i].article, &row, &fits, err);
        if (rc == DTL_OK && fits)
            rc = first_capture(s, st->members[i].article, &its, &fits, err);
        if (rc == DTL_OK && fits && (!any || earlier(&its, &best))) {
            dtl_buf_clear(&key);
            dtl_buf_slice(&key, its.key);
            best = its;
            best.key = dtl_buf_view(&key);
            best_article = st->members[i].article;
            any = true;
        }
    }
    if (key.failed)
        rc = dtl_fail(err, DTL_NOMEM, 0, "out of memory for a selection");
    dtl_buf_free(&key);
    for (size_t i = 0; i < st->nmembers && rc == DTL_OK && any; i++) {
        struct dtl_ref a = st->members[i].article, *refs;
        size_t n;

        if (a.segment == best_article.segment &&
            a.ordinal == best_article.ordinal)
            continue;
        dtl_arena_reset(s->arena);
        rc = dtl_store_article_captures(s->store, a, s->arena, &refs, &n, err);
        for (size_t k = 0; k < n && rc == DTL_OK; k++)
            dtl_set_drop(set, refs[k]);
    }
    return rc;
}

static void fill(struct dtl_capture_set *set)
{
    for (uint32_t i = 0; i < set->nsegments; i++)
        memset(set->bits[i], 0xff,
               dtl_store_segment_captures(set->store, i) / 8 + 1);
}

/* The members of the stories asked for, or with DTL_DEDUPE_STORY all captures
 * but those of the later members. */
static int select_stories(struct dtl_select *s, struct dtl_error *err)
{
    struct dtl_stories_options o = { .from = DTL_NO_TIME,
                                     .to = DTL_NO_TIME,
                                     .memory = STORY_MEMORY };
    bool one = s->q.dedupe == DTL_DEDUPE_STORY, named = s->q.nstories > 0;
    struct dtl_capture_set *set = NULL, *chosen = NULL;
    struct dtl_stories *stories = NULL;
    struct dtl_story st;
    int rc;

    if (!one && !named)
        return DTL_OK;
    rc = dtl_set_new(s->store, &set, err);
    if (rc == DTL_OK)
        rc = dtl_set_new(s->store, &chosen, err);
    if (rc == DTL_OK)
        fill(set);
    if (rc == DTL_OK)
        rc = dtl_stories_open(s->store, &o, &stories, err);
    while (rc == DTL_OK &&
           (rc = dtl_stories_next(stories, &st, err)) == DTL_OK) {
        if (named && !story_fits(s, &st))
            continue;
        for (size_t i = 0; i < st.nmembers && rc == DTL_OK && named; i++) {
            dtl_arena_reset(s->arena);
            rc = dtl_set_add_article(chosen, st.members[i].article, s->arena,
                                     err);
        }
        if (one && rc == DTL_OK)
            rc = keep_first(s, &st, set, err);
    }
    dtl_stories_close(stories);
    if (rc == DTL_END) {
        rc = DTL_OK;
        if (named)
            dtl_set_keep(set, chosen);
        if (s->set != NULL)
            dtl_set_keep(set, s->set);
        dtl_set_free(s->set);
        s->set = set;
        set = NULL;
    }
    dtl_set_free(set);
    dtl_set_free(chosen);
    return rc;
}

/* ---- a sample -------------------------------------------------------------
 */

struct drawn {
    uint64_t lot;
    struct dtl_ref ref;
};

static uint64_t mixed(uint64_t v)
{
    v = (v ^ v >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    v = (v ^ v >> 27) * UINT64_C(0x94d049bb133111eb);
    return v ^ v >> 31;
}

/* A row's lot hangs on what it is, not on where the store keeps it: a store
 * that was compacted gives the same sample. */
static uint64_t lot_of(const struct dtl_capture *c, uint64_t seed)
{
    uint64_t h = mixed(seed + UINT64_C(0x9e3779b97f4a7c15)) ^ (uint64_t)c->time;

    for (size_t i = 0; i < c->url.len; i++)
        h = (h ^ c->url.ptr[i]) * UINT64_C(0x100000001b3);
    for (size_t i = 0; i < c->record_id.len; i++)
        h = (h ^ c->record_id.ptr[i]) * UINT64_C(0x100000001b3);
    return mixed(h ^ c->offset);
}

static bool greater(const struct drawn *a, const struct drawn *b)
{
    if (a->lot != b->lot)
        return a->lot > b->lot;
    if (a->ref.segment != b->ref.segment)
        return a->ref.segment > b->ref.segment;
    return a->ref.ordinal > b->ref.ordinal;
}

/* The heap has the greatest lot on top; put `d` in the place of slot `i`. */
static void sift_down(struct drawn *heap, uint64_t n, uint64_t i,
                      struct drawn d)
{
    for (;;) {
        uint64_t child = 2 * i + 1;

        if (child + 1 < n && greater(&heap[child + 1], &heap[child]))
            child++;
        if (child >= n || !greater(&heap[child], &d))
            break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = d;
}

static void sift_up(struct drawn *heap, uint64_t i, struct drawn d)
{
    while (i > 0 && greater(&d, &heap[(i - 1) / 2])) {
        heap[i] = heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    heap[i] = d;
}

/* The rows with the smallest lots. */
static int draw(struct dtl_select *s, struct drawn *heap, uint64_t *n,
                struct dtl_error *err)
{
    struct dtl_selected one;
    int rc;

    while ((rc = step(s, &one, err)) == DTL_OK) {
        struct dtl_capture c;
        struct drawn d = { 0, one.capture };

        rc = dtl_store_capture(s->store, one.capture, &c, err);
        if (rc != DTL_OK)
            return rc;
        d.lot = lot_of(&c, s->q.seed);
        if (*n < s->q.sample)
            sift_up(heap, (*n)++, d);
        else if (greater(&heap[0], &d))
            sift_down(heap, *n, 0, d);
    }
    return rc == DTL_END ? DTL_OK : rc;
}

static int select_sample(struct dtl_select *s, struct dtl_error *err)
{
    struct dtl_capture_set *set = NULL;
    struct drawn *heap;
    uint64_t n = 0;
    int rc;

    if (s->q.sample == 0)
        return DTL_OK;
    if (s->q.sample > MOST_SAMPLED)
        return dtl_fail(err, DTL_INVALID, 0, "a sample has at most %llu rows",
                        (unsigned long long)MOST_SAMPLED);
    heap = malloc(s->q.sample * sizeof *heap);
    rc = heap != NULL ? dtl_set_new(s->store, &set, err)
                      : dtl_fail(err, DTL_NOMEM, 0,
                                 "out of memory for a "
                                 "sample");
    if (rc == DTL_OK)
        rc = draw(s, heap, &n, err);
    if (rc == DTL_OK) {
        for (uint64_t i = 0; i < n; i++)
            dtl_set_add(set, heap[i].ref);
        set->unknown = s->set != NULL ? s->set->unknown : 0;
        dtl_set_free(s->set);
        s->set = set;
        set = NULL;
        s->drawn = true;
        rewind_to_start(s);
    }
    dtl_set_free(set);
    free(heap);
    return rc;
}

/* ---- open and close -------------------------------------------------------
 */

/* A part of the selection names `set`: keep what is in all of them. */
static void narrow(struct dtl_select *s, struct dtl_capture_set *set)
{
    if (s->set == NULL) {
        s->set = set;
        return;
    }
    dtl_set_keep(s->set, set);
    dtl_set_free(set);
}

enum part { URLS, PASSAGE, SITES, LIST, TRACE, PARTS };

static bool part_given(const struct dtl_selection *q, enum part p)
{
    switch (p) {
    case URLS: return q->nurls > 0;
    case PASSAGE: return q->passage != NULL;
    case SITES: return q->nsites > 0;
    case LIST: return q->list.ptr != NULL;
    case TRACE: return q->trace.ptr != NULL;
    case PARTS: break;
    }
    return false;
}

static int add_part(struct dtl_capture_set *set, const struct dtl_selection *q,
                    enum part p, struct dtl_error *err)
{
    switch (p) {
    case URLS: return dtl_set_add_urls(set, q->urls, q->nurls, err);
    case PASSAGE: return dtl_set_add_passage(set, q->passage, err);
    case SITES: return dtl_set_add_sites(set, q->sites, q->nsites, err);
    case LIST: return dtl_set_add_list(set, q->list, err);
    case TRACE: return dtl_set_add_trace(set, q->trace, err);
    case PARTS: break;
    }
    return DTL_OK;
}

static int select_sets(struct dtl_select *s, struct dtl_error *err)
{
    int rc = DTL_OK;

    for (enum part p = 0; p < PARTS && rc == DTL_OK; p++) {
        struct dtl_capture_set *set;

        if (!part_given(&s->q, p))
            continue;
        if ((rc = dtl_set_new(s->store, &set, err)) != DTL_OK)
            break;
        rc = add_part(set, &s->q, p, err);
        if (rc == DTL_OK)
            narrow(s, set);
        else
            dtl_set_free(set);
    }
    return rc;
}

static int read_words(struct dtl_select *s, struct dtl_error *err)
{
    struct dtl_slice normal;
    int rc;

    if (s->q.words == NULL)
        return DTL_OK;
    rc = dtl_normal(dtl_str(s->q.words), s->words_arena, &normal, err);
    if (rc == DTL_OK)
        rc = dtl_words(normal, 0, s->words_arena, &s->words, err);
    if (rc == DTL_OK && s->words.count == 0)
        rc = dtl_fail(err, DTL_INVALID, 0, "there is no word in '%.100s'",
                      s->q.words);
    return rc;
}

int dtl_select_open(struct dtl_store *store, const struct dtl_selection *q,
                    enum dtl_export_unit unit, struct dtl_select **out,
                    struct dtl_error *err)
{
    struct dtl_select *s = calloc(1, sizeof *s);
    int rc;

    *out = NULL;
    if (s != NULL) {
        s->store = store;
        s->q = *q;
        s->unit = unit;
        s->arena = dtl_arena_new(ARENA_CEILING);
        s->words_arena = dtl_arena_new((size_t)1 << 20);
    }
    if (s == NULL || s->arena == NULL || s->words_arena == NULL) {
        dtl_select_close(s);
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a selection");
    }
    for (uint32_t i = 0; i < dtl_store_segments(store); i++)
        s->of += dtl_store_segment_captures(store, i);
    rc = read_words(s, err);
    if (rc == DTL_OK)
        rc = select_sets(s, err);
    if (rc == DTL_OK)
        rc = select_stories(s, err);
    if (rc == DTL_OK)
        rc = select_sample(s, err);
    if (rc != DTL_OK) {
        dtl_select_close(s);
        return rc;
    }
    *out = s;
    return DTL_OK;
}

void dtl_select_progress(const struct dtl_select *s, uint64_t *done,
                         uint64_t *of)
{
    *done = s->done;
    *of = s->of;
}

uint64_t dtl_select_unknown(const struct dtl_select *s)
{
    return s->set != NULL ? s->set->unknown : 0;
}

void dtl_select_close(struct dtl_select *s)
{
    if (s == NULL)
        return;
    dtl_set_free(s->set);
    dtl_query_close(s->cursor);
    dtl_arena_free(s->arena);
    dtl_arena_free(s->words_arena);
    free(s);
}
