/* SPDX-License-Identifier: Apache-2.0 */
#include "timeline.h"

#include <dateline/io.h>

#include <stdlib.h>
#include <sys/stat.h>

#define ROWS_SHOWN 24U  /* sites in the terminal */
#define ROWS_DRAWN 200U /* sites in a picture */
#define NAME_MOST  32   /* columns of a name */

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

/* The ends of a name tell more than its middle. */
static void short_name(struct dtl_buf *out, struct dtl_slice name, int columns)
{
    struct dtl_slice tail = name;
    int over = text_columns(name) - columns;

    if (over <= 0) {
        printable(out, name, 0);
        return;
    }
    while (tail.len > 0 && text_columns(tail) > columns / 2) {
        size_t next = 0;

        dtl_utf8_next(tail, &next);
        tail = dtl_sub(tail, next, tail.len);
    }
    printable(out, name, columns - text_columns(tail));
    printable(out, tail, 0);
}

/* ---- the axis -------------------------------------------------------------
 */

/* Steps of whole hours, days, months: `months` 0 is a step in seconds. */
struct step {
    int64_t seconds; /* about */
    int months;
};

static const struct step steps[] = {
    { 60, 0 },           { 300, 0 },           { 900, 0 },
    { 1800, 0 },         { 3600, 0 },          { 3 * 3600, 0 },
    { 6 * 3600, 0 },     { 12 * 3600, 0 },     { 86400, 0 },
    { 2 * 86400, 0 },    { 7 * 86400, 0 },     { 30 * 86400, 1 },
    { 91 * 86400, 3 },   { 182 * 86400, 6 },   { 365 * 86400, 12 },
    { 730 * 86400, 24 }, { 1826 * 86400, 60 },
};

static const struct step *choose_step(int64_t span, size_t most)
{
    size_t i = 0, n = sizeof steps / sizeof *steps;

    while (i + 1 < n && span / steps[i].seconds > (int64_t)most)
        i++;
    return &steps[i];
}

/* The first whole step after `t`. */
static int64_t next_tick(const struct step *s, int64_t t)
{
    int p[6], month;

    if (s->months == 0)
        return t - ((t % s->seconds) + s->seconds) % s->seconds + s->seconds;
    dtl_time_split(t, p);
    month = (p[0] * 12 + p[1] - 1) / s->months * s->months + s->months;
    return dtl_time_civil(month / 12, month % 12 + 1, 1, 0, 0, 0);
}

/* As much as tells it from the ticks beside it. */
static void tick_text(const struct step *s, int64_t t, char out[16])
{
    char iso[DTL_TIME_ISO];

    dtl_time_iso(t, iso);
    if (s->months >= 12)
        snprintf(out, 16, "%.4s", iso);
    else if (s->months > 0)
        snprintf(out, 16, "%.7s", iso);
    else if (s->seconds >= 86400 || t % 86400 == 0)
        snprintf(out, 16, "%.5s", iso + 5);
    else
        snprintf(out, 16, "%.5s", iso + 11);
}

/* ---- in the terminal ------------------------------------------------------
 */

#define COLUMNS_MOST 160

struct plot {
    const struct dtl_sightings *s;
    struct rows rows;
    int64_t from, to;
    size_t columns;
    int names; /* columns of them */
};

static size_t column_of(const struct plot *p, int64_t t)
{
    return (size_t)((double)(t - p->from) / (double)(p->to - p->from) *
                    (double)(p->columns - 1));
}

static void put_name(const struct plot *p, struct dtl_slice site)
{
    struct dtl_buf name = { 0 };
    int used;

    short_name(&name, site, p->names);
    used = text_columns(dtl_buf_view(&name));
    printf("%.*s%*s ", (int)name.len,
           name.ptr != NULL ? (const char *)name.ptr : "",
           used < p->names ? p->names - used : 0, "");
    dtl_buf_free(&name);
}

/* '#' its own story, 'o' carried; more than one: how many. */
static void plot_row(const struct plot *p, struct dtl_slice site)
{
    unsigned own[COLUMNS_MOST] = { 0 }, other[COLUMNS_MOST] = { 0 };

    put_name(p, site);
    for (size_t i = 0; i < p->s->count; i++) {
        const struct dtl_seen *x = &p->s->list[i];

        if (dtl_equal(x->site, site))
            (dtl_seen_own(x) ? own : other)[column_of(p, x->capture.time)]++;
    }
    for (size_t i = 0; i < p->columns; i++) {
        unsigned n = own[i] + other[i];

        if (n == 0) {
            printf("%s.%s", colour("2"), colour("0"));
            continue;
        }
        fputs(colour(own[i] > 0 ? "1;32" : "33"), stdout);
        if (n == 1)
            putchar(own[i] > 0 ? '#' : 'o');
        else
            putchar(n < 10 ? (int)('0' + n) : '+');
        fputs(colour("0"), stdout);
    }
    putchar('\n');
}

static void plot_axis(const struct plot *p)
{
    const struct step *step = choose_step(p->to - p->from, p->columns / 10);
    char marks[COLUMNS_MOST + 1], labels[COLUMNS_MOST + 32], text[16];
    size_t end = 0;

    memset(marks, ' ', p->columns);
    memset(labels, ' ', sizeof labels);
    for (int64_t t = next_tick(step, p->from); t <= p->to;
         t = next_tick(step, t)) {
        size_t at = column_of(p, t), len;

        tick_text(step, t, text);
        len = strlen(text);
        marks[at] = '|';
        if (at < end)
            continue;
        memcpy(labels + at, text, len);
        end = at + len + 1;
    }
    marks[p->columns] = '\0';
    if (end == 0)
        return;
    labels[end] = '\0';
    printf("%s%*s %s\n%*s %s%s\n", colour("2"), p->names, "", marks, p->names,
           "", labels, colour("0"));
}

static void plot_ends(const struct plot *p)
{
    char first[24], last[24], unit[40];

    time_text(p->from, first);
    time_text(p->to, last);
    printf("%s to %s; a column is %s\n", first, last,
           unit_text((p->to - p->from) / (int64_t)p->columns, unit));
    printf("# its own story, o carried below another, 2-9 and + so many\n");
    if (p->rows.left_out > 0)
        printf("%zu appearances on further sites are not drawn\n",
               p->rows.left_out);
}

void timeline_plot(const struct dtl_sightings *s)
{
    struct plot p = { .s = s };
    int width = terminal_width();

    if (!span_of(s, &p.from, &p.to))
        return;
    find_rows(s, ROWS_SHOWN, &p.rows);
    for (size_t i = 0; i < p.rows.count; i++)
        if (text_columns(p.rows.site[i]) > p.names)
            p.names = text_columns(p.rows.site[i]);
    if (p.names > NAME_MOST)
        p.names = NAME_MOST;
    if (p.names > width / 3)
        p.names = width / 3;
    p.columns = width - p.names - 1 > 20 ? (size_t)(width - p.names - 1) : 20;
    if (p.columns > COLUMNS_MOST)
        p.columns = COLUMNS_MOST;
    printf("\n");
    for (size_t i = 0; i < p.rows.count; i++)
        plot_row(&p, p.rows.site[i]);
    plot_axis(&p);
    plot_ends(&p);
}

/* ---- as SVG ---------------------------------------------------------------
 */

#define LEFT   250
#define WIDTH  760
#define RIGHT  30
#define HEIGHT 24
#define TOP    74
#define FOOT   56
#define ACROSS (LEFT + WIDTH + RIGHT)

/* Relations alike to the eye; colours that all eyes tell apart. */
static const struct {
    const char *name, *fill, *stroke;
    uint32_t relations;
} inks[] = {
    { "the same text", "#12395c", "#12395c",
      1U << DTL_REL_SAME_TEXT | 1U << DTL_REL_RECAPTURE |
          1U << DTL_REL_VERBATIM },
    { "edited, abridged, extended", "#5aa0d6", "#2b6ea3",
      1U << DTL_REL_EDITED | 1U << DTL_REL_ABRIDGED | 1U << DTL_REL_EXTENDED },
    { "headline, same story, passage", "#f0b34b", "#9a6410",
      1U << DTL_REL_HEADLINE | 1U << DTL_REL_STORY | 1U << DTL_REL_EXCERPT },
    { "carried, quoted, same agency", "#fff", "#666",
      1U << DTL_REL_CARRIES | 1U << DTL_REL_QUOTES | 1U << DTL_REL_AGENCY },
};
#define INKS (sizeof inks / sizeof *inks)

static size_t ink_of(enum dtl_relation r)
{
    size_t i = 0;

    while (i + 1 < INKS && !(inks[i].relations >> r & 1U))
        i++;
    return i;
}

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

struct picture {
    const struct dtl_sightings *s;
    struct dtl_buf *b;
    struct rows rows;
    int64_t from, to;
    size_t bottom; /* of the rows */
};

static double x_of(const struct picture *p, int64_t t)
{
    double x = (double)(t - p->from) / (double)(p->to - p->from);

    return LEFT + (x < 0 ? 0 : x > 1 ? 1 : x) * WIDTH;
}

static void draw_site(const struct picture *p, size_t row)
{
    size_t y = TOP + row * HEIGHT;
    struct dtl_slice site = p->rows.site[row];
    struct dtl_buf name = { 0 };

    if (row % 2 == 1)
        dtl_buf_printf(p->b,
                       "<rect x=\"0\" y=\"%zu\" width=\"%d\" height=\"%d\" "
                       "fill=\"#f5f6f7\"/>\n",
                       y - HEIGHT / 2, ACROSS, HEIGHT);
    short_name(&name, site, NAME_MOST);
    dtl_buf_printf(p->b, "<text x=\"%d\" y=\"%zu\" text-anchor=\"end\">",
                   LEFT - 14, y + 5);
    dtl_buf_str(p->b, "<title>");
    escaped(p->b, site);
    dtl_buf_str(p->b, "</title>");
    escaped(p->b, dtl_buf_view(&name));
    dtl_buf_printf(p->b,
                   "</text>\n<line x1=\"%d\" y1=\"%zu\" x2=\"%d\" y2=\"%zu\" "
                   "stroke=\"#d8dbde\"/>\n",
                   LEFT, y, LEFT + WIDTH, y);
    dtl_buf_free(&name);
}

static void draw_axis(const struct picture *p)
{
    const struct step *step = choose_step(p->to - p->from, 10);
    char text[16];

    for (int64_t t = next_tick(step, p->from); t <= p->to;
         t = next_tick(step, t)) {
        tick_text(step, t, text);
        dtl_buf_printf(p->b,
                       "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%zu\" "
                       "stroke=\"#c4c9ce\" stroke-dasharray=\"2 3\"/>\n"
                       "<text x=\"%.1f\" y=\"%zu\" text-anchor=\"middle\" "
                       "font-size=\"11\" fill=\"#555\">%s</text>\n",
                       x_of(p, t), TOP - HEIGHT / 2, x_of(p, t), p->bottom,
                       x_of(p, t), p->bottom + 14, text);
    }
}

/* Back to the capture that shows it was not there yet. */
static void draw_bound(const struct picture *p, const struct dtl_seen *s,
                       size_t row)
{
    size_t y = TOP + row * HEIGHT;
    char when[24];

    if (s->not_before == DTL_NO_TIME || s->capture.time != s->not_after)
        return;
    time_text(s->not_before, when);
    dtl_buf_printf(p->b,
                   "<g stroke=\"#b03a2e\" stroke-width=\"2\"><title>not before "
                   "%s</title><line x1=\"%.1f\" y1=\"%zu\" x2=\"%.1f\" "
                   "y2=\"%zu\"/>",
                   when, x_of(p, s->not_before), y, x_of(p, s->capture.time),
                   y);
    if (s->not_before >= p->from)
        dtl_buf_printf(
            p->b, "<line x1=\"%.1f\" y1=\"%zu\" x2=\"%.1f\" y2=\"%zu\"/>",
            x_of(p, s->not_before), y - 6, x_of(p, s->not_before), y + 6);
    dtl_buf_str(p->b, "</g>\n");
}

static void draw_dot(const struct picture *p, const struct dtl_seen *s,
                     size_t row)
{
    size_t ink = ink_of(s->relation);
    char when[24];

    time_text(s->capture.time, when);
    dtl_buf_printf(p->b,
                   "<circle cx=\"%.1f\" cy=\"%zu\" r=\"5.5\" fill=\"%s\" "
                   "stroke=\"%s\" stroke-width=\"1.5\"><title>%s %s ",
                   x_of(p, s->capture.time), TOP + row * HEIGHT, inks[ink].fill,
                   inks[ink].stroke, when, dtl_relation_name(s->relation));
    escaped(p->b, s->title);
    dtl_buf_byte(p->b, ' ');
    escaped(p->b, s->capture.url);
    dtl_buf_str(p->b, "</title></circle>\n");
}

static void draw_head(const struct picture *p)
{
    struct dtl_slice asked =
        p->s->query.title.len > 0 ? p->s->query.title : p->s->query.text;
    struct dtl_buf line = { 0 };
    char first[24], last[24];

    time_text(p->from, first);
    time_text(p->s->list[p->s->count > 0 ? p->s->count - 1 : 0].capture.time,
              last);
    printable(&line, dtl_sub(asked, 0, 600), 110);
    dtl_buf_printf(p->b, "<text x=\"14\" y=\"24\" font-size=\"15\" "
                         "font-weight=\"bold\">");
    escaped(p->b, dtl_buf_view(&line));
    dtl_buf_printf(p->b,
                   "</text>\n<text x=\"14\" y=\"44\" fill=\"#555\">%zu "
                   "appearance%s on %zu%s site%s, %s to %s UTC, by capture "
                   "time</text>\n",
                   p->s->count, p->s->count == 1 ? "" : "s", p->rows.count,
                   p->rows.left_out > 0 ? "+" : "",
                   p->rows.count == 1 ? "" : "s", first, last);
    dtl_buf_free(&line);
}

/* Only what occurs is explained. */
static void draw_legend(const struct picture *p)
{
    size_t y = p->bottom + 38;
    int x = 20;
    bool bounds = false;

    for (size_t k = 0; k < INKS; k++) {
        bool used = false;

        for (size_t i = 0; i < p->s->count; i++) {
            used = used || ink_of(p->s->list[i].relation) == k;
            bounds = bounds || p->s->list[i].not_before != DTL_NO_TIME;
        }
        if (!used)
            continue;
        dtl_buf_printf(p->b,
                       "<circle cx=\"%d\" cy=\"%zu\" r=\"5.5\" fill=\"%s\" "
                       "stroke=\"%s\" stroke-width=\"1.5\" "
                       "class=\"legend\"/><text x=\"%d\" y=\"%zu\" "
                       "fill=\"#333\">%s</text>\n",
                       x, y - 4, inks[k].fill, inks[k].stroke, x + 12, y,
                       inks[k].name);
        x += 40 + 7 * (int)strlen(inks[k].name);
    }
    if (bounds)
        dtl_buf_printf(p->b,
                       "<path d=\"M%d %zuv12M%d %zuh24\" stroke=\"#b03a2e\" "
                       "stroke-width=\"2\"/><text x=\"%d\" y=\"%zu\" "
                       "fill=\"#333\">not there yet</text>\n",
                       x, y - 10, x, y - 4, x + 32, y);
    if (p->rows.left_out > 0)
        dtl_buf_printf(p->b,
                       "<text x=\"%d\" y=\"%zu\" text-anchor=\"end\" "
                       "fill=\"#555\">%zu further appearances are not drawn"
                       "</text>\n",
                       ACROSS - 14, p->bottom + 14, p->rows.left_out);
}

static void draw(struct picture *p)
{
    size_t height;

    p->bottom = TOP + p->rows.count * HEIGHT - HEIGHT / 2 + 2;
    height = p->bottom + FOOT;
    dtl_buf_printf(p->b,
                   "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
                   "height=\"%zu\" viewBox=\"0 0 %d %zu\" "
                   "font-family=\"sans-serif\" font-size=\"13\">\n"
                   "<title>When and where the text appeared</title>\n"
                   "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
                   ACROSS, height, ACROSS, height);
    draw_head(p);
    for (size_t i = 0; i < p->rows.count; i++)
        draw_site(p, i);
    draw_axis(p);
    for (size_t i = 0; i < p->s->count; i++) {
        size_t row = row_of(&p->rows, p->s->list[i].site);

        if (row != SIZE_MAX)
            draw_bound(p, &p->s->list[i], row);
    }
    for (size_t i = 0; i < p->s->count; i++) {
        size_t row = row_of(&p->rows, p->s->list[i].site);

        if (row != SIZE_MAX)
            draw_dot(p, &p->s->list[i], row);
    }
    draw_legend(p);
    dtl_buf_str(p->b, "</svg>\n");
}

static int write_whole(const struct dtl_buf *b, const char *path,
                       struct dtl_error *err)
{
    struct stat st;

    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return dtl_fail(err, DTL_INVALID, 0,
                        "%s is no file: a picture replaces nothing else", path);
    return dtl_output_whole(path, dtl_buf_view(b), err);
}

int timeline_svg(const struct dtl_sightings *s, const char *path,
                 struct dtl_error *err)
{
    struct dtl_buf b = { 0 };
    struct picture p = { .s = s, .b = &b };
    int rc;

    if (!span_of(s, &p.from, &p.to)) {
        p.from = s->count > 0 ? s->list[0].capture.time : 0;
        p.to = p.from + 1; /* one moment: all of it at the left */
    }
    find_rows(s, ROWS_DRAWN, &p.rows);
    draw(&p);
    rc = b.failed ? dtl_fail(err, DTL_NOMEM, 0, "out of memory for a picture")
                  : write_whole(&b, path, err);
    dtl_buf_free(&b);
    return rc;
}
