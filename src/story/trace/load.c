/* SPDX-License-Identifier: Apache-2.0 */
#include "link.h"

#include <dateline/article.h>
#include <stdlib.h>
#include <xxhash.h>

#define TRIM_ARTICLES (UINT32_C(1) << 16)

static bool make_room(void *array, size_t *cap, size_t need, size_t size)
{
    void *p = *(void **)array;

    if (need <= *cap)
        return true;
    need += need / 2 + 1024;
    p = realloc(p, need * size);
    if (p == NULL)
        return false;
    *(void **)array = p;
    *cap = need;
    return true;
}

static bool in_range(const struct dtl_stories_options *o, int64_t time)
{
    return (o->from == DTL_NO_TIME || time >= o->from) &&
           (o->to == DTL_NO_TIME || time <= o->to);
}

/* A front or section page: what it tells are other pages' stories, and another
 * lot of them every day.  What kind of page it is was read off the page; an
 * address that names an article outweighs that of a list. */
static bool is_front(uint8_t page_type, struct dtl_slice url)
{
    size_t start = dtl_find(url, dtl_str("://"), 0), end, path;
    bool digit = false;
    unsigned hyphens = 0;

    if (page_type == DTL_PAGE_HOME || page_type == DTL_PAGE_ERROR)
        return true;
    start = start == SIZE_MAX ? 0 : start + 3;
    for (end = start;
         end < url.len && url.ptr[end] != '?' && url.ptr[end] != '#'; end++)
        ;
    path = dtl_find(dtl_sub(url, 0, end), dtl_str("/"), start);
    if (path == SIZE_MAX || path + 1 >= end)
        return end == url.len; /* "/?p=123" is some page */
    if (page_type != DTL_PAGE_LISTING || end < url.len)
        return false;
    for (size_t i = path; i < end; i++) {
        digit |= url.ptr[i] >= '0' && url.ptr[i] <= '9';
        hyphens += url.ptr[i] == '-';
    }
    return !digit && hyphens < 3;
}

/* First capture of an article within the range asked for that is no front
 * page; DTL_NOTFOUND. */
static int first_capture(struct batch *b, struct dtl_ref ref, uint8_t page_type,
                         struct dtl_arena *arena, struct doc *d,
                         struct dtl_error *err)
{
    struct dtl_ref *refs;
    size_t n;
    int rc = dtl_store_article_captures(b->store, ref, arena, &refs, &n, err);
    bool found = false;

    for (size_t i = 0; i < n && rc == DTL_OK; i++) {
        struct dtl_capture c;
        uint64_t url;

        rc = dtl_store_capture(b->store, refs[i], &c, err);
        if (rc != DTL_OK || !in_range(&b->options, c.time) ||
            is_front(page_type, c.url))
            continue;
        url = XXH3_64bits(c.url.ptr, c.url.len);
        if (!found || c.time < d->time || (c.time == d->time && url < d->url)) {
            d->time = c.time;
            d->url = url;
        }
        found = true;
    }
    return rc != DTL_OK ? rc : found ? DTL_OK : DTL_NOTFOUND;
}

static int add_title(struct batch *b, struct dtl_slice title,
                     struct dtl_arena *arena, struct doc *d,
                     struct dtl_error *err)
{
    struct dtl_slice normal;
    struct dtl_words w;
    int rc = dtl_normal(title, arena, &normal, err);

    if (rc == DTL_OK)
        rc = dtl_words(normal, TITLE_WORDS, arena, &w, err);
    if (rc != DTL_OK)
        return rc;
    if (b->ntitles + w.count > UINT32_MAX ||
        !make_room(&b->titles, &b->ctitles, b->ntitles + w.count,
                   sizeof *b->titles))
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for titles");
    d->title = (uint32_t)b->ntitles;
    d->ntitle = w.count;
    for (uint32_t i = 0; i < w.count; i++)
        b->titles[b->ntitles++] = (uint32_t)w.words[i].hash;
    return DTL_OK;
}

/* Room for an article and the rest of its page. */
static int doc_room(struct batch *b, struct dtl_error *err)
{
    size_t cap = b->cdocs;

    if (b->ndocs + 2 >= MAX_DOCS)
        return dtl_fail(err, DTL_LIMIT, 0,
                        "more than %u articles: give a time range",
                        (unsigned)MAX_DOCS - 2);
    if (!make_room(&b->docs, &cap, b->ndocs + 2U, sizeof *b->docs))
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for articles");
    b->cdocs = (uint32_t)cap;
    return DTL_OK;
}

static int add_article(struct batch *b, struct dtl_ref ref,
                       const struct dtl_article_row *row,
                       struct dtl_arena *arena, struct dtl_error *err)
{
    struct doc *d;
    int rc = doc_room(b, err);

    if (rc != DTL_OK)
        return rc;
    d = &b->docs[b->ndocs];
    memset(d, 0, sizeof *d);
    d->ref = ref;
    d->words = row->words;
    memcpy(&d->text, row->text_hash, sizeof d->text);
    rc = first_capture(b, ref, row->page_type, arena, d, err);
    if (rc == DTL_NOTFOUND)
        return DTL_OK;
    if (rc == DTL_OK)
        rc = add_title(b, row->title, arena, d, err);
    if (rc != DTL_OK)
        return rc;
    b->ndocs++;
    if (row->rest.len == 0)
        return DTL_OK;
    d[1] = d[0];
    d[1].rest = true;
    d[1].ntitle = 0;
    b->ndocs++;
    b->has_rest = true;
    return DTL_OK;
}

/* The order of articles: by what they are, not by where they lie. */
static int by_capture(const void *x, const void *y)
{
    const struct doc *a = x, *b = y;

    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    if (a->url != b->url)
        return a->url < b->url ? -1 : 1;
    if (a->text != b->text)
        return a->text < b->text ? -1 : 1;
    if (a->ref.segment != b->ref.segment)
        return a->ref.segment < b->ref.segment ? -1 : 1;
    if (a->ref.ordinal != b->ref.ordinal)
        return a->ref.ordinal < b->ref.ordinal ? -1 : 1;
    return a->rest - b->rest;
}

/* Where each segment's articles are found in `places`. */
static int make_places(struct batch *b, const uint32_t *sizes, uint32_t n,
                       struct dtl_error *err)
{
    size_t all = 0;

    b->first_place = calloc(n + (size_t)2, sizeof *b->first_place);
    if (b->first_place == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for articles");
    for (uint32_t i = 0; i < n; i++) {
        b->first_place[i] = all;
        all += sizes[i];
    }
    b->first_place[n] = all;
    b->places = malloc((all + 1) * sizeof *b->places);
    if (b->places == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for articles");
    memset(b->places, 0xff, all * sizeof *b->places); /* NO_DOC */
    return DTL_OK;
}

static void sort_docs(struct batch *b)
{
    if (b->ndocs > 1)
        qsort(b->docs, b->ndocs, sizeof *b->docs, by_capture);
    for (uint32_t i = 0; i < b->ndocs; i++) {
        const struct doc *d = &b->docs[i];

        b->docs[i].root = i;
        if (!d->rest)
            b->places[b->first_place[d->ref.segment] + d->ref.ordinal] = i;
    }
}

/* Every article of the store; `sizes` becomes one past the last ordinal of
 * each segment. */
static int load_all(struct batch *b, uint32_t *sizes, struct dtl_error *err)
{
    struct dtl_arena *arena = dtl_arena_new(0);
    struct dtl_ref ref = { 0, 0 };
    int rc = DTL_OK;

    if (arena == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for articles");
    for (;;) {
        struct dtl_article_row row;

        rc = dtl_store_next_head(b->store, &ref, arena, &row, err);
        if (rc != DTL_END)
            sizes[ref.segment] = ref.ordinal; /* one past it */
        if (rc == DTL_OK)
            rc =
                add_article(b, (struct dtl_ref){ ref.segment, ref.ordinal - 1 },
                            &row, arena, err);
        if (rc != DTL_OK && rc != DTL_BAD_RECORD)
            break;
        if (ref.ordinal % TRIM_ARTICLES == 0)
            dtl_store_trim(b->store);
        dtl_arena_reset(arena);
    }
    dtl_arena_free(arena);
    return rc == DTL_END ? DTL_OK : rc;
}

int batch_load(struct batch *b, struct dtl_error *err)
{
    uint32_t n = dtl_store_segments(b->store);
    uint32_t *sizes = calloc(n + (size_t)1, sizeof *sizes);
    int rc;

    if (sizes == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for articles");
    rc = load_all(b, sizes, err);
    if (rc == DTL_OK)
        rc = make_places(b, sizes, n, err);
    free(sizes);
    if (rc == DTL_OK)
        sort_docs(b);
    return rc;
}

void batch_clear(struct batch *b)
{
    free(b->docs);
    free(b->titles);
    free(b->places);
    free(b->first_place);
    batch_free_pairs(b);
    common_free(b->common);
}

uint32_t doc_root(struct batch *b, uint32_t doc)
{
    while (b->docs[doc].root != doc) {
        b->docs[doc].root = b->docs[b->docs[doc].root].root;
        doc = b->docs[doc].root;
    }
    return doc;
}

void doc_union(struct batch *b, uint32_t x, uint32_t y)
{
    x = doc_root(b, x);
    y = doc_root(b, y);
    if (x < y)
        b->docs[y].root = x;
    else
        b->docs[x].root = y;
}

float title_agreement(const struct batch *b, uint32_t x, uint32_t y)
{
    const struct doc *dx = &b->docs[x], *dy = &b->docs[y];
    uint32_t common = 0, most;

    for (uint32_t i = 0; i < dx->ntitle; i++)
        for (uint32_t k = 0; k < dy->ntitle; k++)
            if (b->titles[dx->title + i] == b->titles[dy->title + k]) {
                common++;
                break;
            }
    most = dx->ntitle > dy->ntitle ? dx->ntitle : dy->ntitle;
    return most > 0 ? (float)common / (float)most : 0;
}
