/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From bytes to article over real pages (files named on the command line) or
 * generated ones (fixed seed), one JSON object out.  Each stage is timed by
 * the CPU clock, over all pages, `rounds` times; the best round counts, and
 * the best time of each page for the slowest one.
 *
 *     bench_article_page [-r ROUNDS] [FILE...]
 */
#include <dateline/article.h>
#include <dateline/html.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct input {
    const char *name;
    struct dtl_slice bytes;
    double best;  /* seconds */
    double arena; /* peak of the arena, in sizes of the page */
};

struct inputs {
    struct input *items;
    size_t n, bytes;
};

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void add(struct inputs *in, const char *name, uint8_t *ptr, size_t len)
{
    in->items = realloc(in->items, (in->n + 1) * sizeof *in->items);
    if (in->items == NULL)
        abort();
    in->items[in->n].name = name;
    in->items[in->n].best = in->items[in->n].arena = 0;
    in->items[in->n++].bytes = dtl_slice_of(ptr, len);
    in->bytes += len;
}

static void add_file(struct inputs *in, const char *path)
{
    FILE *f = fopen(path, "rb");
    uint8_t *ptr = NULL;
    long len = -1;

    if (f != NULL && fseek(f, 0, SEEK_END) == 0 && (len = ftell(f)) >= 0 &&
        fseek(f, 0, SEEK_SET) == 0 && (ptr = malloc((size_t)len + 1)) != NULL &&
        fread(ptr, 1, (size_t)len, f) == (size_t)len)
        add(in, path, ptr, (size_t)len);
    else
        fprintf(stderr, "%s: cannot read\n", path);
    if (f != NULL)
        fclose(f);
}

/* ---- generated pages: a third script, a quarter style, then markup ---- */

static uint32_t seed = 20240501;

static uint32_t random_below(uint32_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % n;
}

static void words(struct dtl_buf *b, uint32_t n)
{
    static const char *const some[] = { "the",    "court",   "said",
                                        "on",     "Monday",  "that",
                                        "prices", "rose",    "caf\xc3\xa9",
                                        "&amp;",  "minister" };

    while (n-- > 0)
        dtl_buf_printf(b, "%s ",
                       some[random_below(sizeof some / sizeof some[0])]);
}

static void generate(struct inputs *in, uint32_t kib)
{
    struct dtl_buf b = { .max = 0 };
    uint32_t size = kib << 10;

    dtl_buf_str(&b, "<!DOCTYPE html><html lang=en><head><title>Page</title>");
    while (b.len < size / 4)
        dtl_buf_printf(&b, "<style>.c%u > a:hover { color: #%06x }</style>\n",
                       random_below(999), random_below(1 << 24));
    while (b.len < size * 3 / 5)
        dtl_buf_printf(&b,
                       "<script>if (a<%u) { window.x%u = \"%x\"; for (var i "
                       "= 0; i < 9; i++) push(i, '<b>'); }</script>\n",
                       random_below(99), random_below(999),
                       random_below(1 << 30));
    dtl_buf_str(&b, "</head><body>");
    while (b.len < size) {
        dtl_buf_printf(&b,
                       "<div class=\"card card-%u\" data-id='%u'><a "
                       "href=\"/news/%u?a=1&amp;b=2\"><img src=\"/i/%u.jpg\" "
                       "alt=\"\"></a>\n    <p>",
                       random_below(9), random_below(1 << 20),
                       random_below(1 << 20), random_below(1 << 20));
        words(&b, 5 + random_below(40));
        dtl_buf_str(&b, "<b>x</b>\n</div>\n");
    }
    add(in, "generated", b.ptr, b.len);
}

/* ---- stages ----------------------------------------------------------- */

struct totals {
    double decode, parse, extract;
    size_t kept; /* bytes of body text */
};

static bool one(struct input *in, struct dtl_arena *arena, struct totals *t)
{
    struct dtl_article_input ask = { .captured = DTL_NO_TIME };
    struct dtl_article article;
    struct dtl_decoded d;
    struct dtl_page *page;
    double a = now(), b, c, e;

    dtl_arena_reset(arena);
    if (dtl_charset_decode(in->bytes, dtl_str(NULL), arena, &d, NULL) != DTL_OK)
        return false;
    b = now();
    if (dtl_page_parse(d.text, arena, &page, NULL) != DTL_OK)
        return false;
    c = now();
    ask.page = page;
    if (dtl_article_extract(&ask, arena, &article, NULL) != DTL_OK)
        return false;
    e = now();
    t->decode += b - a;
    t->parse += c - b;
    t->extract += e - c;
    t->kept += article.text.len;
    if (in->best == 0 || e - a < in->best)
        in->best = e - a;
    if (in->bytes.len > 0)
        in->arena = (double)dtl_arena_used(arena) / (double)in->bytes.len;
    return true;
}

static struct totals round_of(struct inputs *in)
{
    struct dtl_arena *arena = dtl_arena_new(0);
    struct totals t = { 0 };

    for (size_t i = 0; arena != NULL && i < in->n; i++)
        if (!one(&in->items[i], arena, &t))
            fprintf(stderr, "%s: no article\n", in->items[i].name);
    dtl_arena_free(arena);
    return t;
}

static double least(double a, double b)
{
    return a < b ? a : b;
}

static const struct input *slowest(const struct inputs *in)
{
    const struct input *worst = &in->items[0];

    for (size_t i = 1; i < in->n; i++)
        if (in->items[i].best > worst->best)
            worst = &in->items[i];
    return worst;
}

/* ---- memory ----------------------------------------------------------- */

/* What every page takes tells of smaller ones. */
#define SMALL_PAGE (16u << 10)

struct arenas {
    double *ratio; /* ascending */
    size_t n;
};

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static struct arenas arenas_of(const struct inputs *in)
{
    struct arenas a = { malloc((in->n + 1) * sizeof(double)), 0 };

    if (a.ratio == NULL)
        abort();
    for (size_t i = 0; i < in->n; i++)
        if (in->items[i].bytes.len >= SMALL_PAGE)
            a.ratio[a.n++] = in->items[i].arena;
    qsort(a.ratio, a.n, sizeof *a.ratio, by_value);
    return a;
}

static double percentile(const struct arenas *a, size_t percent)
{
    return a->n > 0 ? a->ratio[(a->n - 1) * percent / 100] : 0;
}

static void print(const struct inputs *in, const struct totals *t)
{
    struct arenas a = arenas_of(in);
    double mb = (double)in->bytes / 1e6;
    double all = t->decode + t->parse + t->extract;

    printf("{\"pages\": %zu, \"mean_bytes\": %.0f, \"decode_mb_s\": %.0f, "
           "\"parse_mb_s\": %.0f, \"extract_mb_s\": %.0f, \"total_mb_s\": "
           "%.0f, \"pages_s\": %.0f, \"slowest_ms\": %.2f, \"slowest\": "
           "\"%s\", \"body_bytes\": %zu, \"arena_ratio_p50\": %.2f, "
           "\"arena_ratio_p90\": %.2f, \"arena_ratio_p99\": %.2f, "
           "\"arena_ratio_max\": %.2f}\n",
           in->n, (double)in->bytes / (double)in->n, mb / t->decode,
           mb / t->parse, mb / t->extract, mb / all, (double)in->n / all,
           slowest(in)->best * 1e3, slowest(in)->name, t->kept,
           percentile(&a, 50), percentile(&a, 90), percentile(&a, 99),
           percentile(&a, 100));
    free(a.ratio);
}

int main(int argc, char **argv)
{
    struct inputs in = { 0 };
    struct totals best, t;
    int rounds = 5, i = 1;

    if (argc > 2 && strcmp(argv[1], "-r") == 0) {
        rounds = atoi(argv[2]);
        i = 3;
    }
    for (; i < argc; i++)
        add_file(&in, argv[i]);
    for (uint32_t k = 0; argc <= 3 && in.n == k && k < 64; k++)
        generate(&in, 32 + k * 6);
    if (in.n == 0)
        return 1;
    best = round_of(&in);
    for (int r = 1; r < rounds; r++) {
        t = round_of(&in);
        best.decode = least(best.decode, t.decode);
        best.parse = least(best.parse, t.parse);
        best.extract = least(best.extract, t.extract);
    }
    print(&in, &best);
    for (size_t k = 0; k < in.n; k++)
        free((void *)(uintptr_t)in.items[k].bytes.ptr);
    free(in.items);
    return 0;
}
