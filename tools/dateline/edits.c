/* SPDX-License-Identifier: Apache-2.0 */
#include "edits.h"

#define CONTEXT 60 /* bytes of unchanged text on either side */

/* Cut between words if there are any, never inside a character. */
static struct dtl_slice beginning(struct dtl_slice s)
{
    size_t cut = CONTEXT;

    while (cut > CONTEXT / 2 && s.ptr[cut] != ' ')
        cut--;
    s = dtl_sub(s, 0, cut > CONTEXT / 2 ? cut : CONTEXT);
    return dtl_sub(s, 0, dtl_utf8_valid(s));
}

static struct dtl_slice ending(struct dtl_slice s)
{
    size_t cut = s.len - CONTEXT, most = s.len - CONTEXT / 2;

    while (cut < most && s.ptr[cut - 1] != ' ')
        cut++;
    if (cut == most)
        cut = s.len - CONTEXT;
    while ((s.ptr[cut] & 0xc0) == 0x80 && cut + 1 < s.len)
        cut++;
    return dtl_sub(s, cut, s.len);
}

/* Unchanged text between two edits, shortened to its ends. */
static void print_same(struct dtl_buf *b, struct dtl_slice s, bool first,
                       bool last)
{
    bool fits = s.len <= CONTEXT + 20;

    if (fits || (s.len <= 2 * CONTEXT && !first && !last)) {
        printable(b, s, 0);
        return;
    }
    if (!first) {
        printable(b, beginning(s), 0);
        dtl_buf_str(b, " ...");
    }
    if (!first && !last)
        dtl_buf_str(b, "\n    ");
    if (!last) {
        dtl_buf_str(b, "... ");
        printable(b, ending(s), 0);
    }
}

static const char *const begins[2][3] = { { "", "31;9", "32;1" },
                                          { "", "[-", "{+" } };
static const char *const ends[] = { "", "-]", "+}" };

static void print_changed(struct dtl_buf *b, const struct dtl_edit *e)
{
    bool plain = colour("0")[0] == '\0';
    const char *begin = begins[plain][e->kind];

    dtl_buf_str(b, plain ? begin : colour(begin));
    printable(b, e->text, 0);
    dtl_buf_str(b, plain ? ends[e->kind] : colour("0"));
}

/* Does a run stand apart from what precedes it in its text? */
static bool spaced(struct dtl_slice run, struct dtl_slice text)
{
    uint8_t before = run.ptr > text.ptr ? run.ptr[-1] : ' ';

    return before == ' ' || (before >= '\t' && before <= '\r');
}

void edits_print(struct dtl_buf *b, const struct dtl_edit *edits, size_t n,
                 struct dtl_slice old, struct dtl_slice now)
{
    dtl_buf_str(b, "    ");
    for (size_t i = 0; i < n; i++) {
        const struct dtl_edit *e = &edits[i];

        /* A word added before one that was taken out stands beside it. */
        if (i > 0 && spaced(e->text, e->kind == DTL_EDIT_ADDED ? now : old))
            dtl_buf_byte(b, ' ');
        if (e->kind == DTL_EDIT_SAME)
            print_same(b, e->text, i == 0, i + 1 == n);
        else
            print_changed(b, e);
    }
    dtl_buf_byte(b, '\n');
}
