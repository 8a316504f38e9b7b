/* SPDX-License-Identifier: Apache-2.0 */
/*
 * News text is nearly all ASCII, and what is not is nearly all of a few blocks
 * that NFC leaves as they are.  So a line goes through utf8proc only when it
 * holds a character that NFC might change; a line feed composes with nothing,
 * which makes the line the unit that may be normalised alone.
 */
#include <dateline/story.h>

#include <openssl/sha.h>
#include <stdlib.h>
#include <utf8proc.h>

#define MAX_COMBINING 30U

/* What rule 3, 4 or 5 makes of a character. */
enum { KEEP, DROP, SPACE, LINE, SINGLE, DOUBLE, DASH, DOTS };

/* Sorted by `first`; the characters of the rules outside ASCII. */
static const struct fold {
    uint32_t first, last;
    uint8_t to;
} folds[] = {
    { 0x80, 0x84, DROP },       { 0x85, 0x85, LINE },
    { 0x86, 0x9f, DROP },       { 0xa0, 0xa0, SPACE },
    { 0xab, 0xab, DOUBLE },     { 0xad, 0xad, DROP },
    { 0xb4, 0xb4, SINGLE },     { 0xbb, 0xbb, DOUBLE },
    { 0x2b9, 0x2b9, SINGLE },   { 0x2ba, 0x2ba, DOUBLE },
    { 0x2bb, 0x2bd, SINGLE },   { 0x34f, 0x34f, DROP },
    { 0x61c, 0x61c, DROP },     { 0x1680, 0x1680, SPACE },
    { 0x180b, 0x180e, DROP },   { 0x2000, 0x200a, SPACE },
    { 0x200b, 0x200f, DROP },   { 0x2010, 0x2015, DASH },
    { 0x2018, 0x201b, SINGLE }, { 0x201c, 0x201f, DOUBLE },
    { 0x2026, 0x2026, DOTS },   { 0x2028, 0x2029, LINE },
    { 0x202a, 0x202e, DROP },   { 0x202f, 0x202f, SPACE },
    { 0x2032, 0x2032, SINGLE }, { 0x2033, 0x2033, DOUBLE },
    { 0x2035, 0x2035, SINGLE }, { 0x2036, 0x2036, DOUBLE },
    { 0x2039, 0x203a, SINGLE }, { 0x205f, 0x205f, SPACE },
    { 0x2060, 0x206f, DROP },   { 0x2212, 0x2212, DASH },
    { 0x275b, 0x275c, SINGLE }, { 0x275d, 0x275e, DOUBLE },
    { 0x3000, 0x3000, SPACE },  { 0x301d, 0x301f, DOUBLE },
    { 0xfe00, 0xfe0f, DROP },   { 0xfeff, 0xfeff, DROP },
    { 0xfff9, 0xfffb, DROP },   { 0xe0000, 0xe0fff, DROP },
};
#define NFOLDS (sizeof folds / sizeof folds[0])

static uint8_t fold_of(uint32_t c)
{
    size_t low = 0, high = NFOLDS;

    if (c >= 0x3020 && c < 0xfe00) /* the scripts of the East, in one step */
        return KEEP;
    while (low < high) {
        size_t mid = (low + high) / 2;

        if (c > folds[mid].last)
            low = mid + 1;
        else
            high = mid;
    }
    return low < NFOLDS && c >= folds[low].first ? folds[low].to : KEEP;
}

static uint8_t fold_ascii(uint8_t c)
{
    if (c > ' ' && c < 0x7f)
        return c == '`' ? SINGLE : KEEP;
    if (c == ' ' || c == '\t')
        return SPACE;
    return c >= '\n' && c <= '\r' ? LINE : DROP;
}

/* Characters that NFC leaves alone unless another one joins them, which then
 * is not in this list: starters with NFC_Quick_Check=Yes. */
static bool stable(uint32_t c)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        { 0x0, 0x2ff },       { 0x388, 0x3ff },   { 0x400, 0x482 },
        { 0x48a, 0x52f },     { 0x2002, 0x206f }, { 0x20a0, 0x20cf },
        { 0x2190, 0x2328 },   { 0x2400, 0x27ff }, { 0x3000, 0x3029 },
        { 0x3030, 0x3096 },   { 0x309b, 0x30ff }, { 0x3400, 0x9fff },
        { 0xac00, 0xd7a3 },   { 0xff00, 0xffef }, { 0xfffd, 0xfffd },
        { 0x1f300, 0x1faff },
    };

    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (c <= ranges[i].last)
            return c >= ranges[i].first;
    return false;
}

static bool ascii8(const uint8_t *p)
{
    uint64_t v;

    memcpy(&v, p, sizeof v);
    return (v & 0x8080808080808080u) == 0;
}

/* Does `line` need NFC, and is it UTF-8 at all? */
static bool needs_nfc(struct dtl_slice line)
{
    size_t pos = 0;

    while (pos < line.len) {
        if (line.len - pos >= 8 && ascii8(line.ptr + pos))
            pos += 8;
        else if (line.ptr[pos] < 0x80)
            pos++;
        else if (!stable(dtl_utf8_next(line, &pos)))
            return true;
    }
    return false;
}

struct writer {
    uint8_t *out;
    size_t len;
    bool space, line; /* owed before the next character */
};

static void put(struct writer *w, const uint8_t *ptr, size_t len)
{
    if (w->line && w->len > 0)
        w->out[w->len++] = '\n';
    else if (w->space && w->len > 0 && !w->line)
        w->out[w->len++] = ' ';
    w->line = w->space = false;
    memcpy(w->out + w->len, ptr, len);
    w->len += len;
}

static void put_fold(struct writer *w, uint8_t fold, const uint8_t *ptr,
                     size_t len)
{
    switch (fold) {
    case KEEP: put(w, ptr, len); break;
    case SPACE: w->space = true; break;
    case LINE: w->line = true; break;
    case SINGLE: put(w, (const uint8_t *)"'", 1); break;
    case DOUBLE: put(w, (const uint8_t *)"\"", 1); break;
    case DASH: put(w, (const uint8_t *)"-", 1); break;
    case DOTS: put(w, (const uint8_t *)"...", 3); break;
    default: break;
    }
}

#define ONES  UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)

/* The high bit of every byte of `v`, all ASCII, that is less than `c`. */
static uint64_t less(uint64_t v, uint8_t c)
{
    return ~((v | HIGHS) - ONES * c) & HIGHS;
}

/* How many of the eight bytes at `p` are surely part of a plain run. */
static size_t plain8(const uint8_t *p)
{
    uint64_t v, blank, other;

    memcpy(&v, p, sizeof v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    if (v & HIGHS)
        return 0;
    blank = less(v, ' ' + 1);
    other =
        less(v, ' ') | less(v ^ (ONES * 0x7f), 1) | less(v ^ (ONES * '`'), 1);
    /* Two blanks in a row; one at the end may have another behind it. */
    if (other | (blank & blank >> 8))
        return 0;
    return blank >> 63 ? 7 : 8;
}

/* Length of the run of printable ASCII from `pos` that is copied as it is;
 * a single space between two such characters belongs to it. */
static size_t plain_run(struct dtl_slice s, size_t pos)
{
    size_t i = pos, n;

    while (s.len - i >= 8 && (n = plain8(s.ptr + i)) > 0)
        i += n;
    while (i < s.len && s.ptr[i] < 0x7f && s.ptr[i] != '`' &&
           (s.ptr[i] > ' ' || (s.ptr[i] == ' ' && i + 1 < s.len &&
                               s.ptr[i + 1] > ' ' && s.ptr[i + 1] < 0x7f)))
        i++;
    return i - pos;
}

static void fold_text(struct writer *w, struct dtl_slice s)
{
    size_t pos = 0;

    while (pos < s.len) {
        size_t from = pos, run;
        uint8_t c = s.ptr[pos];

        if (c >= 0x80) {
            uint32_t cp = dtl_utf8_next(s, &pos);

            if (cp == 0xfffd) /* also for a byte that is no UTF-8 */
                put(w, (const uint8_t *)"\xef\xbf\xbd", 3);
            else
                put_fold(w, fold_of(cp), s.ptr + from, pos - from);
        } else if (c > ' ' && (run = plain_run(s, pos)) > 0) {
            put(w, s.ptr + pos, run);
            pos += run;
        } else {
            put_fold(w, fold_ascii(c), s.ptr + pos, 1);
            pos++;
        }
    }
}

/* NFC of one line into malloc'd memory. */
static utf8proc_uint8_t *compose(struct dtl_slice valid, size_t *len)
{
    utf8proc_uint8_t *text = NULL;
    utf8proc_ssize_t n =
        utf8proc_map(valid.ptr, (utf8proc_ssize_t)valid.len, &text,
                     UTF8PROC_STABLE | UTF8PROC_COMPOSE);

    *len = n > 0 ? (size_t)n : 0;
    return n >= 0 ? text : NULL;
}

static bool combines(uint32_t c)
{
    return c >= 0x300 && c != 0xfffd &&
           utf8proc_get_property((utf8proc_int32_t)c)->combining_class != 0;
}

/*
 * Characters that vanish must do so before NFC: a mark on either side of one
 * would only compose the second time, and the form would not be its own.
 * Nobody writes more than a few combining marks on a letter; the Stream-Safe
 * limit (Unicode Annex 15 section 13) keeps their sorting linear.
 */
static struct dtl_slice without_dropped(struct dtl_slice s, uint8_t *room)
{
    size_t pos = 0, len = 0;
    unsigned run = 0;

    while (pos < s.len) {
        size_t from = pos;
        uint32_t c = dtl_utf8_next(s, &pos);
        uint8_t fold = c < 0x80 ? fold_ascii((uint8_t)c) : fold_of(c);

        if (fold == DROP)
            continue;
        run = combines(c) ? run + 1 : 0;
        if (run > MAX_COMBINING)
            continue;
        if (c == 0xfffd) {
            memcpy(room + len, "\xef\xbf\xbd", 3);
            len += 3;
        } else {
            memcpy(room + len, s.ptr + from, pos - from);
            len += pos - from;
        }
    }
    return dtl_slice_of(room, len);
}

static int nfc_line(struct writer *w, struct dtl_slice line,
                    struct dtl_arena *arena)
{
    uint8_t *room = dtl_arena_alloc(arena, line.len * 3 + 1);
    utf8proc_uint8_t *text;
    size_t len;

    if (room == NULL)
        return DTL_NOMEM;
    text = compose(without_dropped(line, room), &len);
    if (text == NULL)
        return DTL_NOMEM;
    fold_text(w, dtl_slice_of(text, len));
    free(text);
    return DTL_OK;
}

int dtl_normal(struct dtl_slice text, struct dtl_arena *arena,
               struct dtl_slice *out, struct dtl_error *err)
{
    struct writer w = { 0 };
    size_t pos = 0;

    /* Nothing grows more than a stray byte that becomes U+FFFD, except in
     * NFC, where the worst is three times (Unicode Annex 15 section 9). */
    *out = dtl_slice_of(NULL, 0);
    if (text.len > SIZE_MAX / 16 ||
        (w.out = dtl_arena_alloc(arena, text.len * 3 + 16)) == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a normal form");
    while (pos < text.len) {
        const uint8_t *lf = memchr(text.ptr + pos, '\n', text.len - pos);
        size_t end = lf != NULL ? (size_t)(lf - text.ptr) : text.len;
        struct dtl_slice line = dtl_sub(text, pos, end);

        if (!needs_nfc(line))
            fold_text(&w, line);
        else if (nfc_line(&w, line, arena) != DTL_OK)
            return dtl_fail(err, DTL_NOMEM, 0,
                            "out of memory for a normal form");
        w.line = true;
        pos = end + 1;
    }
    *out = dtl_slice_of(w.out, w.len);
    return DTL_OK;
}

int dtl_text_hash(struct dtl_slice normal, uint8_t out[32],
                  struct dtl_error *err)
{
    static const uint8_t none;

    if (SHA256(normal.len > 0 ? normal.ptr : &none, normal.len, out) == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "libcrypto offers no SHA-256");
    return DTL_OK;
}
