/* SPDX-License-Identifier: Apache-2.0 */
#include "lines.h"

#include <errno.h>
#include <stdlib.h>

/* By bytes up to the '\n' both end in; the shorter first. */
static int compare_lines(const uint8_t *a, const uint8_t *b)
{
    while (*a == *b && *a != '\n') {
        a++;
        b++;
    }
    if (*a == *b)
        return 0;
    if (*a == '\n' || *b == '\n')
        return *a == '\n' ? -1 : 1;
    return *a < *b ? -1 : 1;
}

static int compare(const void *a, const void *b, void *base)
{
    const uint8_t *text = base;

    return compare_lines(text + *(const size_t *)a, text + *(const size_t *)b);
}

static size_t length_at(const struct lines *l, size_t start)
{
    const uint8_t *p = l->text.ptr + start;
    const uint8_t *end = memchr(p, '\n', l->text.len - start);

    return (size_t)(end - p) + 1;
}

static bool write_sorted(struct lines *l, FILE *f)
{
    qsort_r(l->starts, l->n, sizeof *l->starts, compare, l->text.ptr);
    for (size_t i = 0; i < l->n; i++) {
        size_t len = length_at(l, l->starts[i]);

        if (i > 0 &&
            compare(&l->starts[i - 1], &l->starts[i], l->text.ptr) == 0)
            continue;
        if (fwrite(l->text.ptr + l->starts[i], 1, len, f) != len)
            return false;
    }
    return true;
}

static int fail_temporary(void)
{
    say("temporary file: %s; TMPDIR names another place", strerror(errno));
    return EXIT_INPUT;
}

static int spill(struct lines *l)
{
    FILE **runs = realloc(l->runs, (l->nruns + 1) * sizeof *runs);
    FILE *f = tmpfile();

    if (runs != NULL)
        l->runs = runs;
    if (runs == NULL || f == NULL) {
        if (f != NULL)
            fclose(f);
        return fail_temporary();
    }
    l->runs[l->nruns++] = f;
    if (!write_sorted(l, f) || fflush(f) != 0 || fseek(f, 0, SEEK_SET) != 0)
        return fail_temporary();
    dtl_buf_clear(&l->text);
    l->n = 0;
    return EXIT_FOUND;
}

int lines_add(struct lines *l, struct dtl_slice line)
{
    if (l->text.len > 0 && l->text.len + line.len > LINES_RUN) {
        int rc = spill(l);

        if (rc != EXIT_FOUND)
            return rc;
    }
    if (l->n == l->cap) {
        size_t cap = l->cap > 0 ? l->cap * 2 : 1024;
        size_t *starts = realloc(l->starts, cap * sizeof *starts);

        if (starts == NULL) {
            say("out of memory");
            return EXIT_MEMORY;
        }
        l->starts = starts;
        l->cap = cap;
    }
    l->starts[l->n] = l->text.len;
    if (!dtl_buf_slice(&l->text, line)) {
        say("out of memory");
        return EXIT_MEMORY;
    }
    l->n++;
    return EXIT_FOUND;
}

/* One run while merging: its first line not yet written. */
struct head {
    FILE *f;
    char *line;
    size_t cap;
    bool done;
};

static void advance(struct head *h)
{
    h->done = getline(&h->line, &h->cap, h->f) <= 0;
}

static struct head *least(struct head *heads, size_t n)
{
    struct head *best = NULL;

    for (size_t i = 0; i < n; i++)
        if (!heads[i].done &&
            (best == NULL || compare_lines((const uint8_t *)heads[i].line,
                                           (const uint8_t *)best->line) < 0))
            best = &heads[i];
    return best;
}

/* A few dozen runs at most: looking at each for every line is cheap enough. */
static int merge(struct lines *l)
{
    struct head *heads = calloc(l->nruns, sizeof *heads), *h;
    struct dtl_buf last = { 0 };
    bool ok = heads != NULL;

    for (size_t i = 0; ok && i < l->nruns; i++) {
        heads[i].f = l->runs[i];
        advance(&heads[i]);
    }
    while (ok && (h = least(heads, l->nruns)) != NULL) {
        if (last.len == 0 ||
            compare_lines(last.ptr, (const uint8_t *)h->line) != 0) {
            dtl_buf_clear(&last);
            ok = dtl_buf_str(&last, h->line) &&
                 fwrite(last.ptr, 1, last.len, stdout) == last.len;
        }
        advance(h);
    }
    for (size_t i = 0; heads != NULL && i < l->nruns; i++)
        free(heads[i].line);
    free(heads);
    dtl_buf_free(&last);
    return ok ? EXIT_FOUND : EXIT_INPUT;
}

int lines_print(struct lines *l)
{
    if (l->nruns == 0)
        return write_sorted(l, stdout) ? EXIT_FOUND : EXIT_INPUT;
    if (l->n > 0) {
        int rc = spill(l);

        if (rc != EXIT_FOUND)
            return rc;
    }
    return merge(l);
}

void lines_free(struct lines *l)
{
    for (size_t i = 0; i < l->nruns; i++)
        fclose(l->runs[i]);
    free(l->runs);
    free(l->starts);
    dtl_buf_free(&l->text);
}
