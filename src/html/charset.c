/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which encoding, and from it to UTF-8.  Bytes that are UTF-8 are taken for
 * it whatever was declared: other encodings' text is not UTF-8 by accident,
 * while labels are wrong every day.  The exceptions are encodings that write
 * everything in ASCII bytes.
 */
#include <dateline/html.h>
#include "charset.h"

#include <errno.h>
#include <iconv.h>
#include <uchardet/uchardet.h>

/* The standard looks at 1,024 bytes first, but then heeds a <meta> the parser
 * meets later, too. */
#define META_FAR   16384u
#define GUESS_SIZE 8192u

static const uint8_t replacement[3] = { 0xef, 0xbf, 0xbd };

/* ---- to UTF-8 --------------------------------------------------------- */

/* Text under construction in an arena. */
struct sink {
    struct dtl_arena *arena;
    uint8_t *ptr;
    size_t len, cap;
    uint32_t replaced;
    bool failed;
};

static bool sink_room(struct sink *k, size_t more)
{
    size_t cap;
    uint8_t *grown;

    if (k->failed || more <= k->cap - k->len)
        return !k->failed;
    cap = k->cap + k->cap / 2 + more + 64;
    grown = dtl_arena_grow(k->arena, k->ptr, k->cap, cap);
    if (grown == NULL) {
        k->failed = true;
        return false;
    }
    k->ptr = grown;
    k->cap = cap;
    return true;
}

static void sink_bytes(struct sink *k, const uint8_t *p, size_t len)
{
    if (len == 0 || !sink_room(k, len))
        return;
    memcpy(k->ptr + k->len, p, len);
    k->len += len;
}

static void sink_point(struct sink *k, uint32_t c)
{
    if (!sink_room(k, 4))
        return;
    if (c < 0x80) {
        k->ptr[k->len++] = (uint8_t)c;
    } else if (c < 0x800) {
        k->ptr[k->len++] = (uint8_t)(0xc0 | c >> 6);
        k->ptr[k->len++] = (uint8_t)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        k->ptr[k->len++] = (uint8_t)(0xe0 | c >> 12);
        k->ptr[k->len++] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        k->ptr[k->len++] = (uint8_t)(0x80 | (c & 0x3f));
    } else {
        k->ptr[k->len++] = (uint8_t)(0xf0 | c >> 18);
        k->ptr[k->len++] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
        k->ptr[k->len++] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        k->ptr[k->len++] = (uint8_t)(0x80 | (c & 0x3f));
    }
}

static void sink_bad(struct sink *k)
{
    sink_bytes(k, replacement, sizeof replacement);
    k->replaced++;
}

/* Bytes of a broken sequence that one U+FFFD stands for: as many as could
 * still have become a character (Unicode 3.9, "maximal subparts"). */
static size_t broken(const uint8_t *p, size_t left)
{
    uint8_t low = 0x80, high = 0xbf;
    size_t want, n = 1;

    if (p[0] >= 0xc2 && p[0] <= 0xdf)
        want = 2;
    else if ((p[0] & 0xf0) == 0xe0)
        want = 3;
    else if (p[0] >= 0xf0 && p[0] <= 0xf4)
        want = 4;
    else
        return 1;
    if (p[0] == 0xe0)
        low = 0xa0;
    else if (p[0] == 0xed)
        high = 0x9f;
    else if (p[0] == 0xf0)
        low = 0x90;
    else if (p[0] == 0xf4)
        high = 0x8f;
    for (; n < want && n < left && p[n] >= low && p[n] <= high; n++) {
        low = 0x80;
        high = 0xbf;
    }
    return n;
}

static void from_utf8(struct sink *k, struct dtl_slice s)
{
    while (s.len > 0 && !k->failed) {
        size_t good = dtl_utf8_valid(s);

        sink_bytes(k, s.ptr, good);
        s = dtl_sub(s, good, s.len);
        if (s.len > 0) {
            sink_bad(k);
            s = dtl_sub(s, broken(s.ptr, s.len), s.len);
        }
    }
}

static void from_utf16(struct sink *k, struct dtl_slice s, bool big)
{
    const uint8_t *p = s.ptr;
    size_t n = s.len / 2;
    uint32_t lead = 0;

    for (size_t i = 0; i < n && !k->failed; i++) {
        uint32_t a = p[2 * i], b = p[2 * i + 1];
        uint32_t unit = big ? a << 8 | b : b << 8 | a;
        bool trail = unit >= 0xdc00 && unit <= 0xdfff;

        if (lead != 0 && trail) {
            sink_point(k, 0x10000 + ((lead - 0xd800) << 10) + unit - 0xdc00);
            lead = 0;
            continue;
        }
        if (lead != 0)
            sink_bad(k);
        lead = unit >= 0xd800 && unit <= 0xdbff ? unit : 0;
        if (trail)
            sink_bad(k);
        else if (lead == 0)
            sink_point(k, unit);
    }
    if (lead != 0 || s.len % 2 != 0)
        sink_bad(k);
}

/* Length of the ASCII run at the start of `s`. */
static size_t ascii_run(struct dtl_slice s)
{
    size_t i = 0;
    uint64_t w;

    for (; i + 8 <= s.len; i += 8) {
        memcpy(&w, s.ptr + i, 8);
        if ((w & UINT64_C(0x8080808080808080)) != 0)
            break;
    }
    while (i < s.len && s.ptr[i] < 0x80)
        i++;
    return i;
}

static void from_single(struct sink *k, struct dtl_slice s,
                        const struct encoding *e)
{
    while (s.len > 0 && !k->failed) {
        size_t n = ascii_run(s);
        uint32_t c;

        sink_bytes(k, s.ptr, n);
        s = dtl_sub(s, n, s.len);
        if (s.len == 0)
            break;
        c = s.ptr[0];
        c = e->kind == ENCODING_SINGLE ? e->upper[c - 0x80] : 0xf700 + c;
        if (c == 0xfffd)
            sink_bad(k);
        else
            sink_point(k, c);
        s = dtl_sub(s, 1, s.len);
    }
}

static void from_iconv(struct sink *k, struct dtl_slice s, const char *name)
{
    iconv_t cd = iconv_open("UTF-8", name);
    char *in = (char *)(uintptr_t)s.ptr;
    size_t left = s.len;

    /* (iconv_t)-1 without the cast from an integer. */
    if ((intptr_t)cd == -1) {
        from_utf8(k, s);
        return;
    }
    while (left > 0 && sink_room(k, left + 16)) {
        char *out = (char *)k->ptr + k->len;
        size_t room = k->cap - k->len;
        size_t rc = iconv(cd, &in, &left, &out, &room);

        k->len = k->cap - room;
        if (rc != (size_t)-1 || errno == E2BIG)
            continue;
        sink_bad(k);
        in++;
        left--;
    }
    iconv_close(cd);
}

static void convert(struct sink *k, struct dtl_slice s,
                    const struct encoding *e)
{
    switch (e->kind) {
    case ENCODING_UTF16LE: from_utf16(k, s, false); break;
    case ENCODING_UTF16BE: from_utf16(k, s, true); break;
    case ENCODING_SINGLE:
    case ENCODING_USER_DEFINED: from_single(k, s, e); break;
    case ENCODING_ICONV: from_iconv(k, s, e->iconv_name); break;
    default: from_utf8(k, s); break;
    }
}

/* ---- <meta> (13.2.3.2) ------------------------------------------------ */

static bool space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

static size_t skip(struct dtl_slice s, size_t i, const char *bytes)
{
    while (i < s.len && s.ptr[i] != '\0' && strchr(bytes, s.ptr[i]) != NULL)
        i++;
    return i;
}

/* One attribute from *i on; false at the end of the tag. */
static bool prescan_attr(struct dtl_slice s, size_t *i, struct dtl_slice *name,
                         struct dtl_slice *value)
{
    size_t p = skip(s, *i, " \t\n\f\r/"), from = p, stop;

    *name = *value = dtl_slice_of(NULL, 0);
    if (p >= s.len || s.ptr[p] == '>') {
        *i = p;
        return false;
    }
    for (p++; p < s.len && !space(s.ptr[p]); p++)
        if (memchr("/>=", s.ptr[p], 3) != NULL)
            break;
    *name = dtl_sub(s, from, p);
    from = skip(s, p, " \t\n\f\r");
    if (from >= s.len || s.ptr[from] != '=') {
        *i = p;
        return true;
    }
    from = skip(s, from + 1, " \t\n\f\r");
    stop = from;
    if (from < s.len && (s.ptr[from] == '"' || s.ptr[from] == '\'')) {
        stop = dtl_find(s, dtl_sub(s, from, from + 1), from + 1);
        stop = stop < s.len ? stop : s.len;
        *value = dtl_sub(s, from + 1, stop);
        *i = stop < s.len ? stop + 1 : stop;
        return true;
    }
    while (stop < s.len && !space(s.ptr[stop]) && s.ptr[stop] != '>')
        stop++;
    *value = dtl_sub(s, from, stop);
    *i = stop;
    return true;
}

/* "text/html; charset=x": the x. */
static struct dtl_slice charset_of(struct dtl_slice s)
{
    for (size_t i = 0; i + 7 <= s.len; i++) {
        size_t p = i, stop;

        if (!dtl_equal_nocase(dtl_sub(s, i, i + 7), dtl_str("charset")))
            continue;
        p = skip(s, p + 7, " \t\n\f\r");
        if (p >= s.len || s.ptr[p] != '=')
            continue;
        p = skip(s, p + 1, " \t\n\f\r");
        if (p < s.len && (s.ptr[p] == '"' || s.ptr[p] == '\'')) {
            stop = dtl_find(s, dtl_sub(s, p, p + 1), p + 1);
            return stop < s.len ? dtl_sub(s, p + 1, stop)
                                : dtl_slice_of(NULL, 0);
        }
        for (stop = p; stop < s.len && !space(s.ptr[stop]); stop++)
            if (s.ptr[stop] == ';')
                break;
        return dtl_sub(s, p, stop);
    }
    return dtl_slice_of(NULL, 0);
}

/* A <meta> whose attributes start at *i; NULL when it declares nothing. */
static const struct encoding *meta(struct dtl_slice s, size_t *i)
{
    struct dtl_slice name, value, content = { NULL, 0 }, label = { NULL, 0 };
    bool is_content_type = false;

    while (prescan_attr(s, i, &name, &value)) {
        if (dtl_equal_nocase(name, dtl_str("http-equiv")))
            is_content_type = dtl_equal_nocase(value, dtl_str("content-type"));
        else if (dtl_equal_nocase(name, dtl_str("content")))
            content = content.ptr != NULL ? content : value;
        else if (dtl_equal_nocase(name, dtl_str("charset")))
            label = label.ptr != NULL ? label : value;
    }
    if (*i >= s.len) /* no tag before its end is seen */
        return NULL;
    if (label.ptr == NULL && is_content_type)
        label = charset_of(content);
    return encoding_of(label);
}

/* Past a comment or a tag that is no <meta>. */
static size_t pass(struct dtl_slice s, size_t i)
{
    struct dtl_slice name, value;
    size_t stop;

    if (dtl_starts(dtl_sub(s, i, s.len), "<!--")) {
        stop = dtl_find(s, dtl_str("-->"), i + 2);
        return stop < s.len ? stop + 3 : s.len;
    }
    if (s.ptr[i + 1] == '!' || s.ptr[i + 1] == '?') {
        stop = dtl_find(s, dtl_str(">"), i + 1);
        return stop < s.len ? stop + 1 : s.len;
    }
    i++;
    while (i < s.len && !space(s.ptr[i]) && s.ptr[i] != '>')
        i++;
    while (prescan_attr(s, &i, &name, &value))
        ;
    return i;
}

static bool tag_starts(struct dtl_slice s, size_t i)
{
    uint8_t c = i + 1 < s.len ? s.ptr[i + 1] : 0;

    if (c == '/')
        c = i + 2 < s.len ? s.ptr[i + 2] : 0;
    return c == '!' || c == '?' || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

const struct encoding *charset_prescan(struct dtl_slice s)
{
    const struct encoding *e;
    size_t i = 0;

    s = dtl_sub(s, 0, META_FAR);
    while ((i = dtl_find(s, dtl_str("<"), i)) < s.len) {
        if (!tag_starts(s, i)) {
            i++;
        } else if (dtl_starts_nocase(dtl_sub(s, i, s.len), "<meta") &&
                   i + 5 < s.len &&
                   (space(s.ptr[i + 5]) || s.ptr[i + 5] == '/')) {
            i += 5;
            e = meta(s, &i);
            if (e != NULL)
                return e;
        } else {
            i = pass(s, i);
        }
    }
    return NULL;
}

/* ---- a guess ---------------------------------------------------------- */

/* Bytes outside of tags, long runs of ASCII left out: what tells encodings
 * apart is rarely in the first kilobytes of a page, which are script. */
static size_t telling_bytes(struct dtl_slice s, uint8_t out[GUESS_SIZE])
{
    size_t n = 0, ascii = 0;
    bool tag = false;

    for (size_t i = 0; i < s.len && n < GUESS_SIZE; i++) {
        uint8_t c = s.ptr[i];

        if (c == '<' || c == '>')
            tag = c == '<';
        if (tag)
            continue;
        ascii = c < 0x80 ? ascii + 1 : 0;
        if (ascii < 32)
            out[n++] = c;
    }
    return n;
}

static const struct encoding *guess(struct dtl_slice s)
{
    uint8_t bytes[GUESS_SIZE];
    size_t n = telling_bytes(s, bytes);
    const struct encoding *e = NULL;
    uchardet_t ud = uchardet_new();

    if (ud == NULL)
        return NULL;
    if (uchardet_handle_data(ud, (const char *)bytes, n) == 0) {
        uchardet_data_end(ud);
        e = encoding_of(dtl_str(uchardet_get_charset(ud)));
    }
    uchardet_delete(ud);
    /* It is not UTF-8, or nobody would ask. */
    return e != NULL && e->kind >= ENCODING_SINGLE ? e : NULL;
}

/* ---- the choice ------------------------------------------------------- */

struct choice {
    const struct encoding *encoding;
    enum dtl_charset_source source;
    size_t bom;
};

/* Characters of several bytes, and broken ones, if `s` were UTF-8. */
struct tally {
    size_t good, bad;
};

static struct tally tally_utf8(struct dtl_slice s)
{
    struct tally t = { 0, 0 };

    while (s.len > 0) {
        size_t pos = ascii_run(s), from = pos;

        if (pos == s.len)
            break;
        if (dtl_utf8_valid(dtl_sub(s, pos, pos + 4)) > 0) {
            dtl_utf8_next(s, &pos);
            t.good++;
        } else {
            pos = from + broken(s.ptr + from, s.len - from);
            t.bad++;
        }
        s = dtl_sub(s, pos, s.len);
    }
    return t;
}

static bool has_byte(struct dtl_slice s, uint8_t byte)
{
    s = dtl_sub(s, 0, GUESS_SIZE);
    return s.len > 0 && memchr(s.ptr, byte, s.len) != NULL;
}

/* Could `s`, not UTF-8, be in that encoding? */
static bool possible(const struct encoding *e, struct dtl_slice s)
{
    if (e == NULL || e->kind == ENCODING_REPLACEMENT)
        return false;
    if (e->kind == ENCODING_UTF16LE || e->kind == ENCODING_UTF16BE)
        return has_byte(s, '\0');
    return true;
}

/* Encodings of ASCII bytes, which UTF-8 cannot be told from: ISO-2022-JP by
 * its escapes, UTF-16 of Latin text by its NULs. */
static bool hides_in_ascii(const struct encoding *e, struct dtl_slice s)
{
    if (e == NULL)
        return false;
    if (e->kind == ENCODING_ICONV && strcmp(e->name, "iso-2022-jp") == 0)
        return has_byte(s, 0x1b);
    return e->kind == ENCODING_UTF16LE || e->kind == ENCODING_UTF16BE
               ? has_byte(s, '\0')
               : false;
}

static struct choice chosen(const char *label, enum dtl_charset_source source,
                            size_t bom)
{
    struct choice c = { encoding_of(dtl_str(label)), source, bom };

    return c;
}

/* A <meta> that could be read is in ASCII, so UTF-16 it is not. */
static const struct encoding *declared_in(struct dtl_slice s)
{
    const struct encoding *e = charset_prescan(s);

    if (e != NULL &&
        (e->kind == ENCODING_UTF16LE || e->kind == ENCODING_UTF16BE))
        return encoding_of(dtl_str("utf-8"));
    if (e != NULL && e->kind == ENCODING_USER_DEFINED)
        return encoding_of(dtl_str("windows-1252"));
    return e;
}

static struct choice choose_valid(struct dtl_slice s, struct dtl_slice label)
{
    struct choice c = chosen("utf-8", DTL_CHARSET_VALID_UTF8, 0);
    const struct encoding *e;

    if (!has_byte(s, 0x1b) && !has_byte(s, '\0'))
        return c;
    if (hides_in_ascii(e = encoding_of(label), s)) {
        c.encoding = e;
        c.source = DTL_CHARSET_HEADER;
    } else if (hides_in_ascii(e = declared_in(s), s)) {
        c.encoding = e;
        c.source = DTL_CHARSET_META;
    }
    return c;
}

static bool is_utf8(const struct encoding *e)
{
    return e != NULL && e->kind == ENCODING_UTF8;
}

/*
 * Bytes that are not all UTF-8.  When nearly all that could be is, something
 * cut or mixed the text, whatever the labels say.  When little is, a label
 * that says UTF-8 is wrong.
 */
static struct choice choose(struct dtl_slice s, struct dtl_slice label)
{
    struct tally t = tally_utf8(s);
    const struct encoding *header = encoding_of(label), *e = declared_in(s);
    struct choice c = { header, DTL_CHARSET_HEADER, 0 };

    if (t.good >= t.bad && (is_utf8(header) || is_utf8(e))) {
        c.source = is_utf8(header) ? DTL_CHARSET_HEADER : DTL_CHARSET_META;
        c.encoding = encoding_of(dtl_str("utf-8"));
        return c;
    }
    if (t.good > 8 * t.bad)
        return chosen("utf-8", DTL_CHARSET_GUESS, 0);
    if (possible(header, s) && !is_utf8(header))
        return c;
    c.source = DTL_CHARSET_META;
    c.encoding = e;
    if (possible(e, s) && !is_utf8(e))
        return c;
    c.source = DTL_CHARSET_GUESS;
    c.encoding = guess(s);
    if (c.encoding != NULL)
        return c;
    return chosen("windows-1252", DTL_CHARSET_FALLBACK, 0);
}

static struct choice by_bom(struct dtl_slice s)
{
    struct choice none = { NULL, DTL_CHARSET_BOM, 0 };

    if (dtl_starts(s, "\xef\xbb\xbf"))
        return chosen("utf-8", DTL_CHARSET_BOM, 3);
    if (dtl_starts(s, "\xfe\xff"))
        return chosen("utf-16be", DTL_CHARSET_BOM, 2);
    if (dtl_starts(s, "\xff\xfe"))
        return chosen("utf-16le", DTL_CHARSET_BOM, 2);
    return none;
}

int dtl_charset_decode(struct dtl_slice bytes, struct dtl_slice label,
                       struct dtl_arena *arena, struct dtl_decoded *out,
                       struct dtl_error *err)
{
    struct choice c = by_bom(bytes);
    struct dtl_slice s = dtl_sub(bytes, c.bom, bytes.len);
    bool valid = (c.encoding == NULL || c.encoding->kind == ENCODING_UTF8) &&
                 dtl_utf8_valid(s) == s.len;
    struct sink k = { .arena = arena };

    memset(out, 0, sizeof *out);
    if (c.encoding == NULL)
        c = valid ? choose_valid(s, label) : choose(s, label);
    out->charset = c.encoding->name;
    out->source = c.source;
    out->text = s;
    if (valid && c.encoding->kind == ENCODING_UTF8)
        return DTL_OK;
    if (sink_room(&k, s.len + s.len / 8))
        convert(&k, s, c.encoding);
    if (k.failed)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory decoding %s",
                        c.encoding->name);
    out->text = dtl_slice_of(k.ptr, k.len);
    out->replaced = k.replaced;
    return DTL_OK;
}
