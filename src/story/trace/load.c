/* SPDX-License-Identifier: Apache-2.0 */
#include "link.h"

#include <stdlib.h>
#include <xxhash.h>

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

/* First capture of an article within the range asked for; DTL_NOTFOUND. */
static int first_capture(struct batch *b, struct dtl_ref ref,
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
        if (rc != DTL_OK || !in_range(&b->options, c.time))
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

static int add_marks(struct batch *b, struct dtl_slice text,
                     struct dtl_arena *arena, struct doc *d,
                     struct dtl_error *err)
{
    struct dtl_slice normal;
    struct dtl_marks m;
    int rc = dtl_normal(text, arena, &normal, err);

    if (rc == DTL_OK)
        rc = dtl_marks(normal, arena, &m, err);
    if (rc != DTL_OK)
        return rc;
    if (!make_room(&b->posts, &b->cposts, b->nposts + m.count,
                   sizeof *b->posts))
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for postings");
    for (uint32_t i = 0; i < m.count; i++)
        b->posts[b->nposts++] = m.marks[i].hash >> 24 << 24 |
                                (uint64_t)b->ndocs << 1 |
                                (!d->rest && m.marks[i].position < LEAD_WORDS);
    d->marks = m.count;
    d->words = m.words;
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

static int add_rest(struct batch *b, struct dtl_slice rest,
                    struct dtl_arena *arena, struct dtl_error *err)
{
    struct doc *d = &b->docs[b->ndocs];
    int rc;

    *d = d[-1];
    d->rest = true;
    d->ntitle = 0;
    rc = add_marks(b, rest, arena, d, err);
    if (rc == DTL_OK && d->marks > 0) {
        b->ndocs++;
        b->has_rest = true;
    }
    return rc;
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
    memcpy(&d->text, row->text_hash, sizeof d->text);
    rc = first_capture(b, ref, arena, d, err);
    if (rc == DTL_NOTFOUND)
        return DTL_OK;
    if (rc == DTL_OK)
        rc = add_title(b, row->title, arena, d, err);
    if (rc == DTL_OK)
        rc = add_marks(b, row->text, arena, d, err);
    if (rc != DTL_OK)
        return rc;
    b->ndocs++;
    return row->rest.len > 0 ? add_rest(b, row->rest, arena, err) : DTL_OK;
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

static int sort_docs(struct batch *b, struct dtl_error *err)
{
    uint32_t *place = malloc((b->ndocs + 1U) * sizeof *place);

    if (place == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for articles");
    for (uint32_t i = 0; i < b->ndocs; i++)
        b->docs[i].root = i; /* where it was */
    qsort(b->docs, b->ndocs, sizeof *b->docs, by_capture);
    for (uint32_t i = 0; i < b->ndocs; i++) {
        place[b->docs[i].root] = i;
        b->docs[i].root = i;
    }
    for (size_t i = 0; i < b->nposts; i++)
        b->posts[i] = POST_MARK(b->posts[i]) << 24 |
                      (uint64_t)place[POST_DOC(b->posts[i])] << 1 |
                      POST_LEAD(b->posts[i]);
    free(place);
    return DTL_OK;
}

/* Least significant byte first, eight passes over two arrays. */
static int sort_posts(struct batch *b, struct dtl_error *err)
{
    uint64_t *other = malloc((b->nposts + 1) * sizeof *other);

    if (other == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory to sort postings");
    for (unsigned shift = 0; shift < 64; shift += 8) {
        size_t start[257] = { 0 };
        uint64_t *swap;

        for (size_t i = 0; i < b->nposts; i++)
            start[(b->posts[i] >> shift & 255) + 1]++;
        for (unsigned i = 0; i < 256; i++)
            start[i + 1] += start[i];
        for (size_t i = 0; i < b->nposts; i++)
            other[start[b->posts[i] >> shift & 255]++] = b->posts[i];
        swap = b->posts;
        b->posts = other;
        other = swap;
    }
    b->cposts = b->nposts + 1;
    free(other);
    return DTL_OK;
}

int batch_load(struct batch *b, struct dtl_error *err)
{
    struct dtl_arena *arena = dtl_arena_new(0);
    struct dtl_ref ref = { 0, 0 };
    int rc = DTL_OK;

    if (arena == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for articles");
    for (;;) {
        struct dtl_article_row row;

        rc = dtl_store_next_article(b->store, &ref, arena, &row, err);
        if (rc == DTL_OK) /* `ref` is one past it */
            rc =
                add_article(b, (struct dtl_ref){ ref.segment, ref.ordinal - 1 },
                            &row, arena, err);
        if (rc != DTL_OK && rc != DTL_BAD_RECORD)
            break;
        dtl_arena_reset(arena);
    }
    dtl_arena_free(arena);
    if (rc == DTL_END)
        rc = sort_docs(b, err);
    return rc == DTL_OK ? sort_posts(b, err) : rc;
}

void batch_clear(struct batch *b)
{
    free(b->docs);
    free(b->titles);
    free(b->posts);
    free(b->pairs);
    counter_free(b->common);
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
