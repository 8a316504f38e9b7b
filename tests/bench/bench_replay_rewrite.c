/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages through the rewriter: real ones (files named on the command line) or
 * generated ones (fixed seed), one JSON object out.  The CPU clock, all pages,
 * `rounds` times; the best round counts.
 *
 *     bench_replay_rewrite [-r ROUNDS] [-k html|css|js] [FILE...]
 */
#include <dateline/rewrite.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct inputs {
    struct dtl_buf *items;
    size_t n, bytes;
};

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct dtl_buf *add(struct inputs *in)
{
    in->items = realloc(in->items, (in->n + 1) * sizeof *in->items);
    if (in->items == NULL)
        abort();
    in->items[in->n] = (struct dtl_buf){ 0 };
    return &in->items[in->n++];
}

static void add_file(struct inputs *in, const char *path)
{
    FILE *f = fopen(path, "rb");
    struct dtl_buf *b = add(in);
    char part[65536];
    size_t n;

    if (f == NULL) {
        fprintf(stderr, "%s: cannot read\n", path);
        return;
    }
    while ((n = fread(part, 1, sizeof part, f)) > 0)
        dtl_buf_add(b, part, n);
    fclose(f);
    in->bytes += b->len;
}

/* ---- a generated page: style, script, cards with links and pictures -------
 */

static uint32_t seed = 20240501;

static uint32_t below(uint32_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % n;
}

static void generate(struct inputs *in, size_t size)
{
    struct dtl_buf *b = add(in);

    dtl_buf_str(b, "<!DOCTYPE html><html lang=en><head><title>Page</title>"
                   "<link rel=stylesheet href=/main.css>");
    dtl_buf_str(b, "<style>");
    while (b->len < size / 4)
        dtl_buf_printf(b, ".c%u{color:#%06x;background:url(/i/%u.png)}\n",
                       below(999), below(1 << 24), below(999));
    dtl_buf_str(b, "</style><script>");
    while (b->len < size / 2)
        dtl_buf_printf(b,
                       "if(a<%u){window.x%u=\"%x\";for(var i=0;i<9;i++)"
                       "push(i,'<b>',location.pathname)}\n",
                       below(99), below(999), below(1 << 30));
    dtl_buf_str(b, "</script></head><body>");
    while (b->len < size)
        dtl_buf_printf(
            b,
            "<div class=\"card card-%u\" data-id='%u'><a href=\"/news/%u?a=1"
            "&amp;b=2\"><img src=\"https://img.example/%u.jpg\" srcset=\"/s/%u"
            " 1x, /l/%u 2x\" alt=\"\"></a>\n<p>Prices rose on Monday, the "
            "minister said, and the court will hear the case in the spring "
            "with all parties there.</div>\n",
            below(9), below(9999), below(9999), below(9999), below(9999),
            below(9999));
    in->bytes += b->len;
}

int main(int argc, char **argv)
{
    const struct dtl_rewrite_options o = {
        .prefix = dtl_str("/web/"),
        .url = dtl_str("https://news.example/2024/05/01/story.html"),
        .asked = "20240501120000",
        .captured = "20240501120000",
    };
    enum dtl_rewrite_kind kind = DTL_REWRITE_HTML;
    struct inputs in = { 0 };
    struct dtl_buf out = { 0 };
    unsigned rounds = 10;
    double best = 1e9;
    size_t written = 0;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-r") == 0 && i + 1 < argc)
            rounds = (unsigned)atoi(argv[++i]);
        else if (strcmp(argv[i], "-k") == 0 && i + 1 < argc)
            kind = strcmp(argv[++i], "css") == 0 ? DTL_REWRITE_CSS
                   : strcmp(argv[i], "js") == 0  ? DTL_REWRITE_JS
                                                 : DTL_REWRITE_HTML;
        else
            add_file(&in, argv[i]);
    }
    if (in.n == 0)
        for (int i = 0; i < 200; i++)
            generate(&in, 20 << 10);
    for (unsigned r = 0; r < rounds; r++) {
        double start = now(), took;

        written = 0;
        for (size_t i = 0; i < in.n; i++) {
            struct dtl_rewrite *w;

            dtl_buf_clear(&out);
            if (dtl_rewrite_new(&o, kind, &w, NULL) != DTL_OK ||
                dtl_rewrite_push(w, dtl_buf_view(&in.items[i]), true, &out,
                                 NULL) != DTL_OK)
                abort();
            dtl_rewrite_free(w);
            written += out.len;
        }
        took = now() - start;
        best = took < best ? took : best;
    }
    printf("{\"pages\":%zu,\"bytes\":%zu,\"written\":%zu,\"seconds\":%.4f,"
           "\"mb_per_second\":%.0f,\"pages_per_second\":%.0f,"
           "\"us_per_page\":%.1f}\n",
           in.n, in.bytes, written, best, (double)in.bytes / best / 1e6,
           (double)in.n / best, best / (double)in.n * 1e6);
    for (size_t i = 0; i < in.n; i++)
        dtl_buf_free(&in.items[i]);
    free(in.items);
    dtl_buf_free(&out);
    return 0;
}
