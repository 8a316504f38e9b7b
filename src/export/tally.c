/* SPDX-License-Identifier: Apache-2.0 */
#include "tally.h"

#include <stdlib.h>

#include <xxhash.h>

#include <dateline/article.h>

#define SLOTS 64U

/* ---- names
 * ------------------------------------------------------------------- */

static uint32_t *slot_of(const struct dtl_counts *c, struct dtl_slice name)
{
    size_t i = XXH3_64bits(name.ptr, name.len) & (c->nslots - 1);

    while (c->slots[i] != 0 &&
           !dtl_equal(dtl_str(c->list[c->slots[i] - 1].name), name))
        i = (i + 1) & (c->nslots - 1);
    return &c->slots[i];
}

static bool more_slots(struct dtl_counts *c)
{
    size_t n = c->nslots == 0 ? SLOTS : c->nslots * 2;
    uint32_t *slots = calloc(n, sizeof *slots);

    if (slots == NULL)
        return false;
    free(c->slots);
    c->slots = slots;
    c->nslots = n;
    for (uint32_t i = 0; i < c->n; i++)
        *slot_of(c, dtl_str(c->list[i].name)) = i + 1;
    return true;
}

static bool more_room(struct dtl_counts *c)
{
    size_t room = c->room == 0 ? SLOTS : c->room * 2;
    struct dtl_count *list = realloc(c->list, room * sizeof *list);

    if (list == NULL)
        return false;
    c->list = list;
    c->room = room;
    return true;
}

size_t dtl_counts_place(struct dtl_counts *c, struct dtl_slice name)
{
    uint32_t *slot;

    if (c->n * 4 >= c->nslots * 3 && !more_slots(c))
        return SIZE_MAX;
    slot = slot_of(c, name);
    if (*slot != 0)
        return *slot - 1;
    if (c->n == c->room && !more_room(c))
        return SIZE_MAX;
    c->list[c->n].name =
        strndup(name.ptr != NULL ? (const char *)name.ptr : "", name.len);
    c->list[c->n].n = 0;
    if (c->list[c->n].name == NULL)
        return SIZE_MAX;
    *slot = (uint32_t)++c->n;
    return c->n - 1;
}

bool dtl_counts_add(struct dtl_counts *c, struct dtl_slice name, uint64_t n)
{
    size_t place = dtl_counts_place(c, name);

    if (place == SIZE_MAX)
        return false;
    c->list[place].n += n;
    return true;
}

static int by_count(const void *x, const void *y)
{
    const struct dtl_count *a = x, *b = y;

    if (a->n != b->n)
        return a->n > b->n ? -1 : 1;
    return strcmp(a->name, b->name);
}

void dtl_counts_sort(struct dtl_counts *c)
{
    if (c->n > 1)
        qsort(c->list, c->n, sizeof *c->list, by_count);
}

void dtl_counts_free(struct dtl_counts *c)
{
    for (size_t i = 0; i < c->n; i++)
        free(c->list[i].name);
    free(c->list);
    free(c->slots);
    memset(c, 0, sizeof *c);
}

/* ---- rows
 * ---------------------------------------------------------------------- */

void dtl_tally_start(struct dtl_tally *t)
{
    *t = (struct dtl_tally){ .first = DTL_NO_TIME,
                             .last = DTL_NO_TIME,
                             .published_first = DTL_NO_TIME,
                             .published_last = DTL_NO_TIME };
}

void dtl_tally_free(struct dtl_tally *t)
{
    dtl_counts_free(&t->sites);
    dtl_counts_free(&t->languages);
    dtl_counts_free(&t->types);
}

struct note {
    int64_t captured, published;
    uint32_t words;
    uint32_t site, language; /* lengths of what follows */
    uint8_t type, has_article;
};

void dtl_tally_note(const struct dtl_export_row *row, struct dtl_buf *notes)
{
    struct note n;

    memset(&n, 0, sizeof n); /* its padding too is written */
    n.captured = row->capture.time;
    n.published = DTL_NO_TIME;
    if (row->has_article) {
        n.has_article = 1;
        n.published = row->article.published;
        n.words = row->article.words;
        n.type = row->article.page_type;
        n.site = (uint32_t)row->article.site.len;
        n.language = (uint32_t)row->article.language.len;
    }
    dtl_buf_add(notes, &n, sizeof n);
    if (row->has_article) {
        dtl_buf_slice(notes, row->article.site);
        dtl_buf_slice(notes, row->article.language);
    }
}

static void widen(int64_t t, int64_t *first, int64_t *last)
{
    if (t == DTL_NO_TIME)
        return;
    if (*first == DTL_NO_TIME || t < *first)
        *first = t;
    if (*last == DTL_NO_TIME || t > *last)
        *last = t;
}

static void count_name(struct dtl_tally *t, struct dtl_counts *c,
                       struct dtl_slice name)
{
    if (!dtl_counts_add(c, name.len > 0 ? name : dtl_str("unknown"), 1))
        t->failed = true;
}

void dtl_tally_notes(struct dtl_tally *t, struct dtl_slice notes)
{
    struct note n;
    size_t at = 0;

    while (at + sizeof n <= notes.len) {
        memcpy(&n, notes.ptr + at, sizeof n);
        at += sizeof n;
        t->rows++;
        t->words += n.words;
        t->dated += n.published != DTL_NO_TIME;
        widen(n.captured, &t->first, &t->last);
        widen(n.published, &t->published_first, &t->published_last);
        if (n.has_article) {
            count_name(t, &t->sites, dtl_sub(notes, at, at + n.site));
            at += n.site;
            count_name(t, &t->languages, dtl_sub(notes, at, at + n.language));
            at += n.language;
            count_name(t, &t->types, dtl_str(dtl_page_type_name(n.type)));
        }
    }
}

void dtl_tally_redacted(struct dtl_tally *t, const struct dtl_redacted *r)
{
    t->redacted.emails += r->emails;
    t->redacted.phones += r->phones;
    t->redacted.ips += r->ips;
}
