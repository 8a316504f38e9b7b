/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>
#include <utf8proc.h>

#include <dateline/time.h>

void say(const char *fmt, ...)
{
    struct dtl_buf out = { 0 };
    char text[4096];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    fflush(stdout);
    /* File names and URLs are anybody's: no escapes to the terminal. */
    printable(&out, dtl_str(text), 0);
    fprintf(stderr, "dateline: %.*s\n", (int)out.len,
            out.len > 0 ? (const char *)out.ptr : "");
    dtl_buf_free(&out);
}

int complain(const char *name, const struct dtl_error *err)
{
    /* Some texts name a file inside what `name` is. */
    if (dtl_starts(dtl_str(err->text), name))
        say("%s", err->text);
    else if (err->offset != 0)
        say("%s: %s (at byte %" PRIu64 ")", name, err->text, err->offset);
    else
        say("%s: %s", name, err->text);
    switch (err->status) {
    case DTL_NOMEM: return EXIT_MEMORY;
    case DTL_NOTFOUND: return EXIT_NOTHING;
    case DTL_INVALID: return EXIT_USAGE;
    case DTL_BUSY: return EXIT_STORE;
    case DTL_DENIED: return EXIT_NOTHING;
    default: return EXIT_INPUT;
    }
}

bool on_terminal(FILE *f)
{
    return isatty(fileno(f)) == 1;
}

int terminal_width(void)
{
    struct winsize w;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 20)
        return w.ws_col;
    return 80;
}

const char *colour(const char *sgr)
{
    static _Thread_local char text[4][16];
    static _Thread_local unsigned turn;
    const char *no = getenv("NO_COLOR");

    if (!on_terminal(stdout) || (no != NULL && no[0] != '\0'))
        return "";
    turn = (turn + 1) % 4;
    snprintf(text[turn], sizeof text[turn], "\033[%sm", sgr);
    return text[turn];
}

bool flush(struct dtl_buf *b)
{
    bool ok = b->len == 0 || fwrite(b->ptr, 1, b->len, stdout) == b->len;

    dtl_buf_clear(b);
    return ok;
}

static int width_of(uint32_t c)
{
    return utf8proc_charwidth((utf8proc_int32_t)c);
}

static bool is_control(uint32_t c)
{
    /* C0, DEL, C1, and the bidirectional overrides that reorder a line. */
    return c < 0x20 || (c >= 0x7f && c < 0xa0) ||
           (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

int text_columns(struct dtl_slice s)
{
    size_t pos = 0;
    int w = 0;

    while (pos < s.len)
        w += width_of(dtl_utf8_next(s, &pos));
    return w;
}

void printable(struct dtl_buf *out, struct dtl_slice s, int columns)
{
    size_t pos = 0, cut_at = out->len;
    int used = 0;

    while (pos < s.len) {
        uint32_t c = dtl_utf8_next(s, &pos);
        int w;

        if (c == '\n' || c == '\t' || c == '\r')
            c = ' ';
        else if (is_control(c))
            c = 0xfffd;
        w = width_of(c);
        if (columns > 0 && used + w > columns) {
            out->len = cut_at;
            dtl_buf_utf8(out, 0x2026);
            return;
        }
        dtl_buf_utf8(out, c);
        used += w;
        if (used < columns)
            cut_at = out->len;
    }
}

void wrapped(struct dtl_buf *out, struct dtl_slice s, int columns)
{
    struct dtl_buf text = { 0 };
    struct dtl_slice v;
    size_t line = 0, space = 0, pos = 0;
    int used = 0, used_at_space = 0;

    printable(&text, s, 0);
    v = dtl_buf_view(&text);
    while (pos < v.len) {
        size_t at = pos;
        uint32_t c = dtl_utf8_next(v, &pos);

        used += width_of(c);
        if (c == ' ') {
            space = at;
            used_at_space = used;
        }
        if (used > columns && space > line) {
            dtl_buf_slice(out, dtl_sub(v, line, space));
            dtl_buf_byte(out, '\n');
            line = space + 1;
            used -= used_at_space;
        }
    }
    dtl_buf_slice(out, dtl_sub(v, line, v.len));
    dtl_buf_free(&text);
}

const char *count_text(uint64_t n, char out[32])
{
    char digits[24];
    size_t len = (size_t)snprintf(digits, sizeof digits, "%" PRIu64, n);
    char *p = out;

    for (size_t i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            *p++ = ',';
        *p++ = digits[i];
    }
    *p = '\0';
    return out;
}

const char *bytes_text(uint64_t n, char out[32])
{
    static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
    double v = (double)n;
    size_t u = 0;

    while (v >= 1024 && u < 4) {
        v /= 1024;
        u++;
    }
    snprintf(out, 32, u == 0 ? "%.0f %s" : "%.1f %s", v, units[u]);
    return out;
}

void time_text(int64_t t, char out[24])
{
    dtl_time_iso(t, out);
    if (out[0] != '\0') {
        out[10] = ' ';
        out[19] = '\0';
    }
}

const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

/* ---- tables ------------------------------------------------------------ */

struct table {
    size_t columns, cells;
    char kinds[17];
    size_t under; /* so many last columns stand under their row */
    bool dropped[16];
    int width[16];
    struct dtl_buf text; /* cells, each followed by a NUL */
};

static int columns_of(const char *s)
{
    return text_columns(dtl_str(s));
}

struct table *table_new(const char *const *headings, size_t columns,
                        const char *kinds)
{
    struct table *t = calloc(1, sizeof *t);

    if (t == NULL || columns > 16 || strlen(kinds) != columns) {
        free(t);
        return NULL;
    }
    t->columns = columns;
    snprintf(t->kinds, sizeof t->kinds, "%s", kinds);
    for (size_t i = 0; i < columns; i++)
        table_text(t, headings[i]);
    return t;
}

void table_cell(struct table *t, struct dtl_slice s)
{
    size_t start, column;
    int w;

    if (t == NULL)
        return;
    start = t->text.len;
    column = t->cells++ % t->columns;
    printable(&t->text, s, 0);
    if (!dtl_buf_byte(&t->text, 0))
        return;
    w = columns_of((const char *)t->text.ptr + start);
    if (w > t->width[column])
        t->width[column] = w;
}

void table_text(struct table *t, const char *s)
{
    table_cell(t, dtl_str(s));
}

static void print_cell(const struct table *t, const char *cell, size_t column)
{
    bool right = t->kinds[column] == 'r';
    bool last = column + 1 == t->columns - t->under;
    struct dtl_buf cut = { 0 };
    int pad;

    printable(&cut, dtl_str(cell), t->width[column]);
    if (!dtl_buf_byte(&cut, 0))
        cut.len = 0;
    pad =
        cut.len > 0 ? t->width[column] - columns_of((const char *)cut.ptr) : 0;
    printf("%*s%s%*s", right ? pad : 0, "",
           cut.len > 0 ? (const char *)cut.ptr : "",
           right || last ? 0 : pad + 2, "");
    if (right && !last)
        fputs("  ", stdout);
    dtl_buf_free(&cut);
}

/* Narrow columns until the table fits the terminal: a last one marked 'u' goes
 * under its row, those marked 'd' are dropped, those marked 'c' cut, then the
 * widest text. */
static void fit(struct table *t)
{
    enum { COMPARABLE = 13, READABLE = 10 };
    int room = terminal_width() - 2 * ((int)t->columns - 1);

    for (size_t i = 0; i < t->columns; i++)
        room -= t->width[i];
    while (room < 0 && t->under + 1 < t->columns &&
           t->kinds[t->columns - 1 - t->under] == 'u')
        room += t->width[t->columns - 1 - t->under++] + 2;
    for (size_t i = 0; i < t->columns; i++)
        if (room < 0 && t->kinds[i] == 'd') {
            room += t->width[i] + 2;
            t->dropped[i] = true;
        }
    for (size_t i = 0; i < t->columns; i++)
        while (room < 0 && t->kinds[i] == 'c' && t->width[i] > COMPARABLE) {
            t->width[i]--;
            room++;
        }
    while (room < 0) {
        size_t widest = t->columns;

        for (size_t i = 0; i < t->columns; i++)
            if (t->kinds[i] == 't' && t->width[i] > READABLE &&
                (widest == t->columns || t->width[i] >= t->width[widest]))
                widest = i;
        if (widest == t->columns)
            return;
        t->width[widest]--;
        room++;
    }
}

void table_end(struct table *t)
{
    const char *p;

    if (t == NULL)
        return;
    p = (const char *)t->text.ptr;
    if (on_terminal(stdout))
        fit(t);
    for (size_t i = 0; i < t->cells && !t->text.failed; i++) {
        size_t column = i % t->columns;
        bool heading = i < t->columns, last = column + 1 == t->columns;
        bool under = column >= t->columns - t->under;

        if (i == 0)
            fputs(colour("1"), stdout);
        if (under && !heading && *p != '\0')
            printf("\n  %s%s%s", last ? colour("36") : "", p,
                   last ? colour("0") : "");
        else if (!under && !t->dropped[column])
            print_cell(t, p, column);
        if (last)
            printf("%s\n", heading ? colour("0") : "");
        p += strlen(p) + 1;
    }
    table_free(t);
}

void table_free(struct table *t)
{
    if (t == NULL)
        return;
    dtl_buf_free(&t->text);
    free(t);
}
