/* SPDX-License-Identifier: Apache-2.0 */
#include "timeline.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#define ROWS_SHOWN 24U  /* sites in the terminal */
#define ROWS_DRAWN 200U /* sites in a picture */
#define NAME_WIDTH 26

/* The sites in the order of their first appearance. */
struct rows {
    struct dtl_slice site[ROWS_DRAWN];
    size_t count, most, left_out;
};

static size_t row_of(struct rows *r, struct dtl_slice site)
{
    for (size_t i = 0; i < r->count; i++)
        if (dtl_equal(r->site[i], site))
            return i;
    if (r->count == r->most)
        return SIZE_MAX;
    r->site[r->count] = site;
    return r->count++;
}

static void find_rows(const struct dtl_sightings *s, size_t most,
                      struct rows *r)
{
    r->count = r->left_out = 0;
    r->most = most;
    for (size_t i = 0; i < s->count; i++)
        r->left_out += row_of(r, s->list[i].site) == SIZE_MAX;
}

/* First and last time; false when they span nothing. */
static bool span_of(const struct dtl_sightings *s, int64_t *from, int64_t *to)
{
    if (s->count < 2)
        return false;
    *from = s->list[0].capture.time;
    *to = s->list[s->count - 1].capture.time;
    return *from != DTL_NO_TIME && *to > *from;
}

static const char *unit_text(int64_t seconds, char out[40])
{
    if (seconds >= 2 * 86400)
        snprintf(out, 40, "%.1f days", (double)seconds / 86400);
    else if (seconds >= 2 * 3600)
        snprintf(out, 40, "%.1f hours", (double)seconds / 3600);
    else
        snprintf(out, 40, "%.1f minutes", (double)seconds / 60);
    return out;
}

/* ---- in the terminal ------------------------------------------------------
 */

static void plot_row(const struct dtl_sightings *s, struct dtl_slice site,
                     int64_t from, int64_t to, size_t columns)
{
    char line[400];
    struct dtl_buf name = { 0 };

    memset(line, '.', columns);
    line[columns] = '\0';
    for (size_t i = 0; i < s->count; i++) {
        const struct dtl_seen *x = &s->list[i];
        size_t at;

        if (!dtl_equal(x->site, site))
            continue;
        at = (size_t)((double)(x->capture.time - from) / (double)(to - from) *
                      (double)(columns - 1));
        if (line[at] != '#')
            line[at] = dtl_seen_own(x) ? '#' : 'o';
    }
    printable(&name, site, NAME_WIDTH);
    printf("%-*.*s %s\n", NAME_WIDTH, (int)name.len,
           name.ptr != NULL ? (const char *)name.ptr : "", line);
    dtl_buf_free(&name);
}

void timeline_plot(const struct dtl_sightings *s)
{
    int width = terminal_width() - NAME_WIDTH - 1;
    size_t columns = width > 20 ? (size_t)width : 20;
    char first[24], last[24], unit[40];
    int64_t from, to;
    struct rows r;

    if (columns > 120)
        columns = 120;
    if (!span_of(s, &from, &to))
        return;
    find_rows(s, ROWS_SHOWN, &r);
    printf("\n");
    for (size_t i = 0; i < r.count; i++)
        plot_row(s, r.site[i], from, to, columns);
    time_text(from, first);
    time_text(to, last);
    printf("%-*s %s%*s\n", NAME_WIDTH, "", first,
           (int)(columns > 19 ? columns - 19 : 0), last);
    printf("# its own story, o carried below another; a column is %s\n",
           unit_text((to - from) / (int64_t)columns, unit));
    if (r.left_out > 0)
        printf("%zu appearances on further sites are not drawn\n", r.left_out);
}

/* ---- as SVG ---------------------------------------------------------------
 */

#define LEFT   220
#define WIDTH  760
#define HEIGHT 22
#define TOP    40

static void escaped(struct dtl_buf *b, struct dtl_slice s)
{
    size_t pos = 0;

    while (pos < s.len) {
        uint32_t c = dtl_utf8_next(s, &pos);

        if (c == '<')
            dtl_buf_str(b, "&lt;");
        else if (c == '&')
            dtl_buf_str(b, "&amp;");
        else if (c == '"')
            dtl_buf_str(b, "&quot;");
        else if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xfffe ||
                 c == 0xffff)
            dtl_buf_byte(b, ' '); /* XML 1.0 section 2.2 */
        else
            dtl_buf_utf8(b, c);
    }
}

static void draw_site(struct dtl_buf *b, size_t row, struct dtl_slice site)
{
    size_t y = TOP + row * HEIGHT;

    dtl_buf_printf(b, "<text x=\"%d\" y=\"%zu\" text-anchor=\"end\">",
                   LEFT - 12, y + 5);
    escaped(b, site);
    dtl_buf_printf(b,
                   "</text>\n<line x1=\"%d\" y1=\"%zu\" x2=\"%d\" y2=\"%zu\" "
                   "stroke=\"#ddd\"/>\n",
                   LEFT, y, LEFT + WIDTH, y);
}

static void draw_dot(struct dtl_buf *b, const struct dtl_seen *s, size_t row,
                     int64_t from, int64_t to)
{
    double x =
        LEFT + (double)(s->capture.time - from) / (double)(to - from) * WIDTH;
    char when[24];

    time_text(s->capture.time, when);
    dtl_buf_printf(b,
                   "<circle cx=\"%.1f\" cy=\"%zu\" r=\"5\" stroke=\"#7a1f1f\" "
                   "fill=\"%s\"><title>%s %s ",
                   x, TOP + row * HEIGHT, dtl_seen_own(s) ? "#7a1f1f" : "#fff",
                   when, dtl_relation_name(s->relation));
    escaped(b, s->title);
    dtl_buf_byte(b, ' ');
    escaped(b, s->capture.url);
    dtl_buf_str(b, "</title></circle>\n");
}

static void draw(struct dtl_buf *b, const struct dtl_sightings *s,
                 struct rows *r, int64_t from, int64_t to)
{
    size_t height = TOP + r->count * HEIGHT + 30;
    char first[24], last[24];

    time_text(from, first);
    time_text(to, last);
    dtl_buf_printf(b,
                   "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
                   "height=\"%zu\" viewBox=\"0 0 %d %zu\" "
                   "font-family=\"sans-serif\" font-size=\"13\">\n"
                   "<title>When and where the text appeared</title>\n"
                   "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n"
                   "<text x=\"%d\" y=\"18\">%s</text>\n"
                   "<text x=\"%d\" y=\"18\" text-anchor=\"end\">%s</text>\n",
                   LEFT + WIDTH + 20, height, LEFT + WIDTH + 20, height, LEFT,
                   first, LEFT + WIDTH, last);
    for (size_t i = 0; i < r->count; i++)
        draw_site(b, i, r->site[i]);
    for (size_t i = 0; i < s->count; i++) {
        size_t row = row_of(r, s->list[i].site);

        if (row != SIZE_MAX)
            draw_dot(b, &s->list[i], row, from, to);
    }
    dtl_buf_printf(b,
                   "<text x=\"%d\" y=\"%zu\" fill=\"#555\">filled: its own "
                   "story; open: carried below another%s</text>\n</svg>\n",
                   LEFT, height - 10,
                   r->left_out > 0 ? "; further sites are not drawn" : "");
}

static int write_whole(const struct dtl_buf *b, const char *path,
                       struct dtl_error *err)
{
    struct stat st;
    char part[4096];
    FILE *f;
    bool ok;

    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return dtl_fail(err, DTL_INVALID, 0,
                        "%s is no file: a picture replaces nothing else", path);
    if (snprintf(part, sizeof part, "%s.part", path) >= (int)sizeof part)
        return dtl_fail(err, DTL_INVALID, 0, "the name is too long");
    f = fopen(part, "wb");
    if (f == NULL)
        return dtl_fail(err, DTL_IO, 0, "cannot create %s: %s", part,
                        strerror(errno));
    ok = fwrite(b->ptr, 1, b->len, f) == b->len;
    ok = fclose(f) == 0 && ok;
    if (ok && rename(part, path) == 0)
        return DTL_OK;
    dtl_fail(err, DTL_IO, 0, "cannot write %s: %s", path, strerror(errno));
    remove(part);
    return DTL_IO;
}

int timeline_svg(const struct dtl_sightings *s, const char *path,
                 struct dtl_error *err)
{
    struct dtl_buf b = { 0 };
    int64_t from, to;
    struct rows r;
    int rc;

    if (!span_of(s, &from, &to)) {
        from = s->count > 0 ? s->list[0].capture.time : 0;
        to = from + 1; /* one moment: all of it at the left */
    }
    find_rows(s, ROWS_DRAWN, &r);
    draw(&b, s, &r, from, to);
    rc = b.failed ? dtl_fail(err, DTL_NOMEM, 0, "out of memory for a picture")
                  : write_whole(&b, path, err);
    dtl_buf_free(&b);
    return rc;
}
