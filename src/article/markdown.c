/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The article as Markdown: CommonMark with the tables and the strike-through
 * of GitHub's.  What the text itself holds of marks is escaped.
 */
#include "spans.h"

#include <dateline/url.h>

#define MOST_LISTS 8u
#define MOST_CELLS 64u

struct list {
    uint32_t node;     /* 0 unknown */
    unsigned number;   /* of the last item */
    unsigned indent;   /* columns before its items */
    unsigned contents; /* columns before what an item holds */
};

struct md {
    struct dtl_buf out;
    const struct dtl_article *a;
    struct dtl_arena *arena;
    const struct dtl_block *before;
    struct list list[MOST_LISTS];
    unsigned depth; /* open lists */
    unsigned base;  /* level of the outermost one */
    uint32_t item;  /* node of the item before */
    bool failed;
};

/* ---- text ----------------------------------------------------------------
 */

static bool is_word(uint8_t c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
           c >= 0x80;
}

static uint8_t byte_at(struct dtl_slice s, size_t i)
{
    return i < s.len ? s.ptr[i] : ' ';
}

/* Would the byte at `i` be read as a mark? */
static bool is_mark(struct dtl_slice s, size_t i)
{
    uint8_t before = i > 0 ? s.ptr[i - 1] : ' ', after = byte_at(s, i + 1);

    switch (s.ptr[i]) {
    case '\\':
    case '`':
    case '[':
    case ']':
    case '|': return true;
    case '*': return before > ' ' || after > ' ';
    case '_': return !is_word(before) || !is_word(after);
    case '~': return before == '~' || after == '~';
    case '<': return is_word(after) || strchr("/!?", after) != NULL;
    case '&': return is_word(after) || after == '#';
    default: return false;
    }
}

/* The same where a line begins. */
static bool is_line_mark(struct dtl_slice s, size_t i)
{
    switch (s.ptr[i]) {
    case '#':
    case '>':
    case '=':
    case '~': return true;
    case '+':
    case '-':
    case '*': return byte_at(s, i + 1) <= ' ' || byte_at(s, i + 1) == s.ptr[i];
    default: return false;
    }
}

/* "12. " begins a list: where its point is, or 0. */
static size_t number_mark(struct dtl_slice s, size_t i)
{
    size_t from = i;

    while (i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9' && i < from + 10)
        i++;
    return i > from && (byte_at(s, i) == '.' || byte_at(s, i) == ')') &&
                   byte_at(s, i + 1) <= ' '
               ? i
               : 0;
}

static void put_text(struct dtl_buf *out, struct dtl_slice all, size_t from,
                     size_t to, const struct span *code)
{
    size_t point = 0;

    for (size_t i = from; i < to; i++) {
        bool starts = i == 0 || all.ptr[i - 1] == '\n';

        if (code != NULL) {
            dtl_buf_byte(out, all.ptr[i] == '\n' ? ' ' : all.ptr[i]);
            continue;
        }
        if (starts)
            point = number_mark(all, i);
        if (all.ptr[i] == '\n')
            dtl_buf_byte(out, '\\');
        else if (is_mark(all, i) || (starts && is_line_mark(all, i)) ||
                 (point != 0 && i == point))
            dtl_buf_byte(out, '\\');
        dtl_buf_byte(out, all.ptr[i]);
    }
}

static void put_address(struct dtl_buf *out, struct dtl_slice url)
{
    for (size_t i = 0; i < url.len; i++)
        if (url.ptr[i] <= ' ' || url.ptr[i] == 0x7f ||
            strchr("()<>\\|`", url.ptr[i]) != NULL)
            dtl_buf_printf(out, "%%%02X", url.ptr[i]);
        else
            dtl_buf_byte(out, url.ptr[i]);
}

static void put_mark(struct dtl_buf *out, const struct span *s, bool open)
{
    static const char *const marks[] = {
        [SPAN_STRONG] = "**",
        [SPAN_EM] = "*",
        [SPAN_CODE] = "`",
        [SPAN_STRUCK] = "~~",
    };

    if (s->kind != SPAN_LINK) {
        dtl_buf_str(out, marks[s->kind]);
    } else if (open) {
        dtl_buf_byte(out, '[');
    } else {
        dtl_buf_str(out, "](");
        put_address(out, s->href);
        dtl_buf_byte(out, ')');
    }
}

static const struct span_writer writer = { put_text, put_mark };

/* Could the character that the byte at `i` belongs to be a sign?  Unicode's
 * dashes, quotes and full stops are in a few blocks. */
static bool is_sign(struct dtl_slice s, size_t i)
{
    uint8_t c;

    while (i > 0 && (s.ptr[i] & 0xc0) == 0x80)
        i--;
    c = s.ptr[i];
    return c < 0x80 ? !is_word(c)
                    : c == 0xc2 || c == 0xe2 || c == 0xef ||
                          (c == 0xe3 && byte_at(s, i + 1) == 0x80);
}

/* A mark is read as such beside a letter, or when what lies beyond is neither
 * ("flanking"). */
static bool flanks(struct dtl_slice s, size_t at, bool open)
{
    size_t beyond = open ? at - 1 : at;

    if (!is_sign(s, open ? at : at - 1) || (open ? at == 0 : at == s.len))
        return true;
    return s.ptr[beyond] < 0x80 && !is_word(s.ptr[beyond]);
}

/* Marks that would not be read as such are left out. */
static void drop_unread(const struct dtl_block *b, struct spans *s)
{
    uint32_t n = 0, shut = UINT32_MAX;

    for (uint32_t i = 0; i < s->n; i++) {
        struct span x = s->span[i];
        struct dtl_slice in = dtl_sub(b->text, x.from, x.to);

        if (x.kind == SPAN_CODE && (memchr(in.ptr, '`', in.len) != NULL ||
                                    memchr(in.ptr, '|', in.len) != NULL))
            continue;
        if (x.kind != SPAN_LINK && x.kind != SPAN_CODE) {
            if (x.from == shut || !flanks(b->text, x.from, true) ||
                !flanks(b->text, x.to, false))
                continue;
            shut = x.to;
        }
        s->span[n++] = x;
    }
    s->n = n;
}

static void read_spans(struct md *m, const struct dtl_block *b, struct spans *s)
{
    if (!spans_read(m->a, b, m->arena, s))
        m->failed = true;
    drop_unread(b, s);
}

static void indent(struct md *m, unsigned columns)
{
    while (columns-- > 0)
        dtl_buf_byte(&m->out, ' ');
}

/* The block, `prefix` before each of its lines but the first. */
static void put_block(struct md *m, const struct dtl_block *b,
                      const struct spans *s, const char *prefix,
                      unsigned columns)
{
    struct dtl_buf whole = { 0 };
    struct dtl_slice v;

    spans_write(&whole, b, s, 0, b->text.len, &writer);
    v = dtl_buf_view(&whole);
    for (size_t i = 0; i < v.len; i++) {
        dtl_buf_byte(&m->out, v.ptr[i]);
        if (v.ptr[i] == '\n') {
            indent(m, columns);
            dtl_buf_str(&m->out, prefix);
        }
    }
    dtl_buf_byte(&m->out, '\n');
    m->failed |= whole.failed;
    dtl_buf_free(&whole);
}

/* ---- blocks --------------------------------------------------------------
 */

static void put_line(struct dtl_buf *out, struct dtl_slice s)
{
    struct dtl_buf text = { 0 };

    put_text(&text, s, 0, s.len, NULL);
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] != '\\' || i + 1 == text.len || text.ptr[i + 1] != '\n')
            dtl_buf_byte(out, text.ptr[i] == '\n' ? ' ' : text.ptr[i]);
    out->failed |= text.failed;
    dtl_buf_free(&text);
}

static void put_heading(struct md *m, const struct dtl_block *b)
{
    struct dtl_block line = *b;
    uint8_t *copy = dtl_arena_alloc(m->arena, b->text.len + 1);
    struct spans s;

    read_spans(m, b, &s);
    if (copy == NULL) {
        m->failed = true;
        return;
    }
    for (size_t i = 0; i < b->text.len; i++)
        copy[i] = b->text.ptr[i] == '\n' ? ' ' : b->text.ptr[i];
    line.text = dtl_slice_of(copy, b->text.len);
    for (unsigned i = b->level > 1 && b->level <= 6 ? b->level : 2; i > 0; i--)
        dtl_buf_byte(&m->out, '#');
    dtl_buf_byte(&m->out, ' ');
    put_block(m, &line, &s, "", 0);
}

static void put_pre(struct md *m, const struct dtl_block *b)
{
    size_t from = 0;

    while (from <= b->text.len) {
        size_t to = dtl_find(b->text, dtl_str("\n"), from);

        if (to == SIZE_MAX)
            to = b->text.len;
        dtl_buf_str(&m->out, "    ");
        dtl_buf_slice(&m->out, dtl_sub(b->text, from, to));
        dtl_buf_byte(&m->out, '\n');
        from = to + 1;
    }
}

/* The list the item belongs to, opened or returned to. */
static struct list *list_of(struct md *m, const struct dtl_block *b,
                            uint32_t node)
{
    unsigned level;
    struct list *l;

    if (m->depth == 0)
        m->base = b->level;
    level = b->level > m->base ? b->level - m->base + 1U : 1;
    if (level > m->depth + 1)
        level = m->depth + 1;
    if (level > MOST_LISTS)
        level = MOST_LISTS;
    l = &m->list[level - 1];
    if (level > m->depth || (node != 0 && l->node != node)) {
        *l = (struct list){ .node = node,
                            .number = spans_list_start(m->a, node) - 1 };
        if (level > 1)
            l->indent = m->list[level - 2].contents;
    }
    m->depth = level;
    return l;
}

static void put_item(struct md *m, const struct dtl_block *b)
{
    struct spans s;
    struct list *l;
    size_t from;

    read_spans(m, b, &s);
    if (s.item != 0 && s.item == m->item && m->depth > 0) {
        unsigned columns = m->list[m->depth - 1].contents;

        dtl_buf_byte(&m->out, '\n');
        indent(m, columns);
        put_block(m, b, &s, "", columns);
        return;
    }
    m->item = s.item;
    l = list_of(m, b, s.list);
    indent(m, l->indent);
    from = m->out.len;
    l->number++;
    if (b->ordered)
        dtl_buf_printf(&m->out, "%u. ", l->number);
    else
        dtl_buf_str(&m->out, "- ");
    l->contents = l->indent + (unsigned)(m->out.len - from);
    put_block(m, b, &s, "", l->contents);
}

static void put_caption(struct md *m, const struct dtl_block *b)
{
    struct dtl_slice base = spans_base(m->a);

    if (b->image.len == 0) {
        dtl_buf_byte(&m->out, '*');
        put_line(&m->out, b->text);
        dtl_buf_str(&m->out, "*\n");
        return;
    }
    dtl_buf_str(&m->out, "![");
    put_line(&m->out, b->text);
    dtl_buf_str(&m->out, "](");
    put_address(&m->out, base.len > 0
                             ? dtl_url_resolve(m->arena, base, b->image)
                             : b->image);
    dtl_buf_str(&m->out, ")\n");
}

static void put_block_of(struct md *m, const struct dtl_block *b)
{
    struct spans s;

    switch (b->role) {
    case DTL_BLOCK_HEADING: put_heading(m, b); return;
    case DTL_BLOCK_ITEM: put_item(m, b); return;
    case DTL_BLOCK_PRE: put_pre(m, b); return;
    case DTL_BLOCK_CAPTION:
        if (!b->kept) {
            put_caption(m, b);
            return;
        }
        break;
    case DTL_BLOCK_QUOTE:
        read_spans(m, b, &s);
        dtl_buf_str(&m->out, "> ");
        put_block(m, b, &s, "> ", 0);
        return;
    default: break;
    }
    read_spans(m, b, &s);
    put_block(m, b, &s, "", 0);
}

/* ---- tables --------------------------------------------------------------
 */

static void put_cell(struct md *m, const struct dtl_block *b,
                     const struct spans *s, size_t from, size_t to)
{
    struct dtl_buf cell = { 0 };

    spans_write(&cell, b, s, from, to, &writer);
    dtl_buf_byte(&m->out, ' ');
    for (size_t i = 0; i < cell.len; i++)
        if (cell.ptr[i] != '\\' || i + 1 == cell.len || cell.ptr[i + 1] != '\n')
            dtl_buf_byte(&m->out, cell.ptr[i] == '\n' ? ' ' : cell.ptr[i]);
    dtl_buf_str(&m->out, " |");
    m->failed |= cell.failed;
    dtl_buf_free(&cell);
}

static void put_row(struct md *m, const struct dtl_block *b,
                    const struct spans *s, uint32_t columns)
{
    dtl_buf_byte(&m->out, '|');
    for (uint32_t c = 0; c < columns; c++) {
        size_t from, to;

        if (b != NULL && spans_cell(b, s, c, &from, &to))
            put_cell(m, b, s, from, to);
        else
            dtl_buf_str(&m->out, "  |");
    }
    dtl_buf_byte(&m->out, '\n');
}

static void put_rule(struct md *m, uint32_t columns)
{
    dtl_buf_byte(&m->out, '|');
    while (columns-- > 0)
        dtl_buf_str(&m->out, " --- |");
    dtl_buf_byte(&m->out, '\n');
}

static uint32_t count_cells(const struct dtl_block *b, const struct spans *s)
{
    uint32_t n = 0;
    size_t from, to;

    while (n < MOST_CELLS && spans_cell(b, s, n, &from, &to))
        n++;
    return n;
}

/* A table has to have a head: an empty one where the page shows none. */
static void put_table(struct md *m, const struct dtl_block *const *rows,
                      const struct spans *s, uint32_t n)
{
    uint32_t columns = 0;
    bool headless;

    if (n == 0)
        return;
    headless = s[0].table != 0 && !s[0].head;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t cells = count_cells(rows[i], &s[i]);

        columns = cells > columns ? cells : columns;
    }
    if (columns > 1 && headless) {
        put_row(m, NULL, NULL, columns);
        put_rule(m, columns);
    }
    for (uint32_t i = 0; i < n; i++) {
        if (columns > 1) {
            put_row(m, rows[i], &s[i], columns);
            if (i == 0 && !headless)
                put_rule(m, columns);
            continue;
        }
        if (i > 0) /* no table, but lines */
            dtl_buf_byte(&m->out, '\n');
        put_block(m, rows[i], &s[i], "", 0);
    }
}

/* The rows from block `i` on that are of its table; returns the last. */
static uint32_t put_rows(struct md *m, uint32_t i, uint32_t last)
{
    enum { MOST = 256 };
    const struct dtl_block *rows[MOST];
    struct spans s[MOST];
    uint32_t n = 0, end = i;

    for (; i <= last && n < MOST; i++) {
        const struct dtl_block *b = &m->a->blocks[i];

        if (!b->kept)
            continue;
        if (b->role != DTL_BLOCK_ROW)
            break;
        read_spans(m, b, &s[n]);
        if (n > 0 && s[n].table != s[0].table)
            break;
        rows[n++] = b;
        end = i;
    }
    put_table(m, rows, s, n);
    return end;
}

/* ---- all of it -----------------------------------------------------------
 */

static bool is_shown(const struct dtl_block *b)
{
    return b->kept || (b->role == DTL_BLOCK_CAPTION && b->text.len > 0);
}

/* Items of one list stand without a blank line between. */
static bool runs_on(const struct dtl_block *a, const struct dtl_block *b)
{
    return a != NULL && a->role == b->role &&
           ((a->role == DTL_BLOCK_ITEM &&
             (a->level != b->level || a->ordered == b->ordered)) ||
            a->role == DTL_BLOCK_PRE);
}

static void put_blocks(struct md *m)
{
    const struct dtl_article *a = m->a;
    uint32_t last = 0;

    for (uint32_t i = 0; i < a->nblocks; i++)
        if (a->blocks[i].kept)
            last = i;
    for (uint32_t i = 0; i < a->nblocks && i <= last; i++) {
        const struct dtl_block *b = &a->blocks[i];

        if (!is_shown(b))
            continue;
        if (!runs_on(m->before, b)) {
            m->depth = 0;
            m->item = 0;
            if (m->out.len > 0)
                dtl_buf_byte(&m->out, '\n');
        }
        if (b->role == DTL_BLOCK_ROW)
            i = put_rows(m, i, last);
        else
            put_block_of(m, b);
        m->before = b;
    }
}

struct dtl_slice dtl_article_markdown(const struct dtl_article *a,
                                      struct dtl_arena *arena)
{
    struct md m = { .a = a, .arena = arena };
    struct dtl_slice copy = { NULL, 0 };

    if (a->title.len > 0) {
        dtl_buf_str(&m.out, "# ");
        put_line(&m.out, a->title);
        dtl_buf_byte(&m.out, '\n');
    }
    put_blocks(&m);
    if (!m.failed && !m.out.failed)
        copy = dtl_arena_dup(arena, dtl_buf_view(&m.out));
    dtl_buf_free(&m.out);
    return copy;
}
