/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Charset, tokenizer and flat page over real pages (files named on the command
 * line) or generated ones (fixed seed), one JSON object out.  Each stage is
 * timed by the CPU clock, over all pages, `rounds` times; the best round
 * counts.
 *
 *     bench_html_page [-r ROUNDS] [FILE...]
 */
#include <dateline/html.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct input {
    struct dtl_slice bytes;
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

static void add(struct inputs *in, uint8_t *ptr, size_t len)
{
    in->items = realloc(in->items, (in->n + 1) * sizeof *in->items);
    if (in->items == NULL)
        abort();
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
        add(in, ptr, (size_t)len);
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
    add(in, b.ptr, b.len);
}

/* ---- stages ----------------------------------------------------------- */

struct totals {
    double decode, parse, read, slowest;
    size_t nodes, attrs, text, replaced, truncated;
    double peak_ratio; /* the worst arena peak to page size, from 16 KiB on */
};

/* What every extractor does: all class attributes, all visible texts. */
static size_t read_page(const struct dtl_page *p)
{
    size_t bytes = 0;

    for (uint32_t i = 0; i < p->nnodes; i++) {
        const struct dtl_node *n = &p->nodes[i];

        if (n->kind == DTL_NODE_ELEMENT)
            bytes += dtl_node_attr(p, i, DTL_ATTR_CLASS).len;
        else if (n->kind == DTL_NODE_TEXT && !(n->flags & DTL_NODE_INERT))
            bytes += dtl_node_text(p, i).len;
    }
    return bytes;
}

static void one(struct dtl_slice bytes, struct dtl_arena *arena,
                struct totals *t)
{
    struct dtl_decoded d;
    struct dtl_page *p;
    double a = now(), b, c;

    dtl_arena_reset(arena);
    if (dtl_charset_decode(bytes, dtl_str(NULL), arena, &d, NULL) != DTL_OK)
        return;
    b = now();
    if (dtl_page_parse(d.text, arena, &p, NULL) != DTL_OK)
        return;
    c = now();
    t->text += read_page(p);
    t->read += now() - c;
    t->decode += b - a;
    t->parse += c - b;
    t->slowest = c - a > t->slowest ? c - a : t->slowest;
    t->nodes += p->nnodes;
    t->attrs += p->nattrs;
    t->replaced += d.replaced;
    t->truncated += p->truncated;
    if (bytes.len >= 16 << 10) {
        double ratio = (double)dtl_arena_used(arena) / (double)bytes.len;

        t->peak_ratio = ratio > t->peak_ratio ? ratio : t->peak_ratio;
    }
}

static struct totals round_of(const struct inputs *in)
{
    struct dtl_arena *arena = dtl_arena_new(0);
    struct totals t = { 0 };

    for (size_t i = 0; arena != NULL && i < in->n; i++)
        one(in->items[i].bytes, arena, &t);
    dtl_arena_free(arena);
    return t;
}

static double least(double a, double b)
{
    return a < b ? a : b;
}

int main(int argc, char **argv)
{
    struct inputs in = { 0 };
    struct totals best, t;
    int rounds = 5, i = 1;
    double mb;

    if (argc > 2 && strcmp(argv[1], "-r") == 0) {
        rounds = atoi(argv[2]);
        i = 3;
    }
    for (; i < argc; i++)
        add_file(&in, argv[i]);
    for (uint32_t k = 0; argc <= 3 && in.n == k && k < 64; k++)
        generate(&in, 32 + k * 6);
    best = round_of(&in);
    for (int r = 1; r < rounds; r++) {
        t = round_of(&in);
        best.decode = least(best.decode, t.decode);
        best.parse = least(best.parse, t.parse);
        best.read = least(best.read, t.read);
        best.slowest = least(best.slowest, t.slowest);
    }
    mb = (double)in.bytes / 1e6;
    printf("{\"pages\": %zu, \"megabytes\": %.3f, \"decode_mb_s\": %.0f, "
           "\"parse_mb_s\": %.0f, \"read_mb_s\": %.0f, \"total_mb_s\": %.0f, "
           "\"slowest_ms\": %.3f, \"nodes\": %zu, \"attributes\": %zu, "
           "\"text_bytes\": %zu, \"bytes_a_node\": %.1f, \"replaced\": %zu, "
           "\"truncated\": %zu, \"worst_arena_ratio\": %.2f}\n",
           in.n, mb, mb / best.decode, mb / best.parse, mb / best.read,
           mb / (best.decode + best.parse + best.read), best.slowest * 1e3,
           best.nodes, best.attrs, best.text,
           (double)in.bytes / (double)best.nodes, best.replaced, best.truncated,
           best.peak_ratio);
    for (size_t k = 0; k < in.n; k++)
        free((void *)(uintptr_t)in.items[k].bytes.ptr);
    free(in.items);
    return in.n == 0;
}
