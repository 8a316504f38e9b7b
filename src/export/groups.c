/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows by group: (number of the group, capture, article) of every row, sorted
 * in runs that fit into memory, the runs in temporary files and merged.
 */
#include "engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define RUN_ROWS    ((size_t)2 << 20)
#define MOST_GROUPS 200000U
#define READ_ROWS   1024U

struct keyed {
    uint32_t group;
    struct dtl_selected row;
};

struct run {
    FILE *f;
    struct keyed *rows; /* read ahead, or all of the only run */
    size_t n, at;
};

struct dtl_groups {
    struct dtl_counts names;
    struct keyed *rows;
    size_t n;
    struct run *runs;
    size_t nruns;
    uint32_t next;
    struct dtl_store *store;
    struct dtl_arena *arena;
};

static int no_memory(struct dtl_error *err)
{
    return dtl_fail(err, DTL_NOMEM, 0, "out of memory for groups of rows");
}

static int no_file(struct dtl_error *err)
{
    return dtl_fail(err, DTL_IO, 0,
                    "temporary file: %s; TMPDIR names another place",
                    strerror(errno));
}

static int compare(const void *x, const void *y)
{
    const struct keyed *a = x, *b = y;

    if (a->group != b->group)
        return a->group < b->group ? -1 : 1;
    if (a->row.capture.segment != b->row.capture.segment)
        return a->row.capture.segment < b->row.capture.segment ? -1 : 1;
    if (a->row.capture.ordinal != b->row.capture.ordinal)
        return a->row.capture.ordinal < b->row.capture.ordinal ? -1 : 1;
    return 0;
}

/* ---- which group
 * ------------------------------------------------------------------ */

static int name_of(struct dtl_groups *g, const struct dtl_selected *row,
                   enum dtl_split split, char name[300], struct dtl_error *err)
{
    struct dtl_article_row article = { 0 };
    struct dtl_capture c;
    struct dtl_slice s = { 0 };
    int rc = DTL_OK, ymd[6];

    if (split == DTL_SPLIT_MONTH) {
        rc = dtl_store_capture(g->store, row->capture, &c, err);
        snprintf(name, 300, "undated");
        if (rc == DTL_OK && c.time != DTL_NO_TIME) {
            dtl_time_split(c.time, ymd);
            snprintf(name, 300, "%04d-%02d", ymd[0], ymd[1]);
        }
        return rc;
    }
    dtl_arena_reset(g->arena);
    if (row->article.ordinal != DTL_NO_ARTICLE) {
        rc = dtl_store_article_head(g->store, row->article, false, g->arena,
                                    &article, err);
        s = split == DTL_SPLIT_SITE ? article.site : article.language;
    }
    if (s.len == 0 || s.len >= 300)
        s = dtl_str("unknown");
    memcpy(name, s.ptr, s.len);
    name[s.len] = '\0';
    return rc;
}

/* ---- runs
 * ---------------------------------------------------------------------------
 */

static int spill(struct dtl_groups *g, struct dtl_error *err)
{
    struct run *runs = realloc(g->runs, (g->nruns + 1) * sizeof *runs);
    FILE *f;

    if (runs == NULL)
        return no_memory(err);
    g->runs = runs;
    f = tmpfile();
    if (f == NULL)
        return no_file(err);
    runs[g->nruns++] = (struct run){ .f = f };
    qsort(g->rows, g->n, sizeof *g->rows, compare);
    if (fwrite(g->rows, sizeof *g->rows, g->n, f) != g->n || fflush(f) != 0 ||
        fseek(f, 0, SEEK_SET) != 0)
        return no_file(err);
    g->n = 0;
    return DTL_OK;
}

static int add(struct dtl_groups *g, const struct dtl_selected *row,
               enum dtl_split split, struct dtl_error *err)
{
    char name[300];
    size_t place;
    int rc = name_of(g, row, split, name, err);

    if (rc != DTL_OK)
        return rc == DTL_NOTFOUND ? DTL_OK : rc;
    place = dtl_counts_place(&g->names, dtl_str(name));
    if (place == SIZE_MAX)
        return no_memory(err);
    if (g->names.n > MOST_GROUPS)
        return dtl_fail(err, DTL_LIMIT, 0, "more than %u groups of rows",
                        MOST_GROUPS);
    g->names.list[place].n++;
    g->rows[g->n++] = (struct keyed){ (uint32_t)place, *row };
    return g->n == RUN_ROWS ? spill(g, err) : DTL_OK;
}

/* After the last row: one run in memory, or all on disk. */
static int close_runs(struct dtl_groups *g, struct dtl_error *err)
{
    int rc;

    if (g->nruns == 0) {
        g->runs = calloc(1, sizeof *g->runs);
        if (g->runs == NULL)
            return no_memory(err);
        if (g->n > 0)
            qsort(g->rows, g->n, sizeof *g->rows, compare);
        g->runs[g->nruns++] = (struct run){ .rows = g->rows, .n = g->n };
        g->rows = NULL;
        return DTL_OK;
    }
    if (g->n > 0 && (rc = spill(g, err)) != DTL_OK)
        return rc;
    free(g->rows);
    g->rows = NULL;
    for (size_t i = 0; i < g->nruns; i++)
        if ((g->runs[i].rows = calloc(READ_ROWS, sizeof *g->rows)) == NULL)
            return no_memory(err);
    return DTL_OK;
}

int dtl_groups_new(struct dtl_store *store, struct dtl_select *select,
                   enum dtl_split split, struct dtl_groups **out,
                   struct dtl_error *err)
{
    struct dtl_groups *g = calloc(1, sizeof *g);
    struct dtl_selected row;
    int rc = DTL_OK;

    *out = NULL;
    if (g != NULL) {
        g->store = store;
        g->rows = malloc(RUN_ROWS * sizeof *g->rows);
        g->arena = dtl_arena_new((size_t)64 << 20);
    }
    if (g == NULL || g->rows == NULL || g->arena == NULL)
        rc = no_memory(err);
    while (rc == DTL_OK && (rc = dtl_select_next(select, &row, err)) == DTL_OK)
        rc = add(g, &row, split, err);
    if (rc == DTL_END)
        rc = close_runs(g, err);
    if (rc != DTL_OK) {
        dtl_groups_free(g);
        return rc;
    }
    *out = g;
    return DTL_OK;
}

uint64_t dtl_groups_rows(const struct dtl_groups *g)
{
    uint64_t rows = 0;

    for (size_t i = 0; i < g->names.n; i++)
        rows += g->names.list[i].n;
    return rows;
}

void dtl_groups_free(struct dtl_groups *g)
{
    if (g == NULL)
        return;
    for (size_t i = 0; i < g->nruns; i++) {
        if (g->runs[i].f != NULL)
            fclose(g->runs[i].f);
        free(g->runs[i].rows);
    }
    free(g->runs);
    free(g->rows);
    dtl_counts_free(&g->names);
    dtl_arena_free(g->arena);
    free(g);
}

/* The least row of all runs, or NULL. */
static struct run *least(struct dtl_groups *g)
{
    struct run *best = NULL;

    for (size_t i = 0; i < g->nruns; i++) {
        struct run *r = &g->runs[i];

        if (r->at == r->n && r->f != NULL) {
            r->n = fread(r->rows, sizeof *r->rows, READ_ROWS, r->f);
            r->at = 0;
        }
        if (r->at < r->n &&
            (best == NULL ||
             compare(&r->rows[r->at], &best->rows[best->at]) < 0))
            best = r;
    }
    return best;
}

int dtl_groups_next(struct dtl_groups *g, const char **name, uint64_t *rows,
                    struct dtl_error *err)
{
    struct dtl_selected skipped;

    /* What the caller left of the group before. */
    while (g->next > 0 && dtl_groups_row(g, &skipped, err) == DTL_OK)
        continue;
    if (g->next == g->names.n)
        return DTL_END;
    *name = g->names.list[g->next].name;
    *rows = g->names.list[g->next].n;
    g->next++;
    return DTL_OK;
}

int dtl_groups_row(void *groups, struct dtl_selected *out,
                   struct dtl_error *err)
{
    struct dtl_groups *g = groups;
    struct run *r = least(g);

    for (size_t i = 0; r == NULL && i < g->nruns; i++)
        if (g->runs[i].f != NULL && ferror(g->runs[i].f))
            return no_file(err);
    if (r == NULL || r->rows[r->at].group != g->next - 1)
        return DTL_END;
    *out = r->rows[r->at++].row;
    return DTL_OK;
}
