/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tokenizer and encoding vectors of html5lib-tests, when DATELINE_EVAL
 * names a folder that holds them; skipped otherwise (test_html_token has
 * vectors of our own). Left out are only inputs that UTF-8 cannot express: lone
 * surrogates.
 */
#include <dateline/base.h>

#include "unit/html_tokens.h"
#include "charset.h"

#include <stdarg.h>
#include <setjmp.h>
#include <glob.h>
#include <stdio.h>
#include <cmocka.h>

/* ---- as much JSON as the vectors need --------------------------------- */

enum type { NONE, STRING, ARRAY, OBJECT };

struct value {
    enum type type;
    bool yes;                /* true */
    struct dtl_slice string; /* STRING; of a member: value of it */
    struct value *items;     /* ARRAY, OBJECT */
    struct dtl_slice *names; /* OBJECT */
    size_t n;
};

struct reader {
    const char *p;
    struct dtl_arena *arena;
    bool surrogate; /* a lone one was seen */
};

static void skip_space(struct reader *r)
{
    while (*r->p == ' ' || *r->p == '\n' || *r->p == '\t' || *r->p == '\r')
        r->p++;
}

static unsigned hex4(const char *p)
{
    char digits[5] = { p[0], p[1], p[2], p[3], '\0' };

    return (unsigned)strtoul(digits, NULL, 16);
}

/* \uXXXX at p, with its second half; the number of characters it takes. */
static size_t escaped_point(const char *p, struct dtl_buf *b, bool *surrogate)
{
    unsigned c = hex4(p + 2), low;

    if (c >= 0xd800 && c <= 0xdbff && p[6] == '\\' && p[7] == 'u') {
        low = hex4(p + 8);
        if (low >= 0xdc00 && low <= 0xdfff) {
            dtl_buf_utf8(b, 0x10000 + ((c - 0xd800) << 10) + low - 0xdc00);
            return 12;
        }
    }
    *surrogate = *surrogate || (c >= 0xd800 && c <= 0xdfff);
    dtl_buf_utf8(b, c);
    return 6;
}

static struct dtl_slice read_string(struct reader *r)
{
    static const char from[] = "bfnrt\"\\/", to[] = "\b\f\n\r\t\"\\/";
    struct dtl_buf b = { .max = 0 };
    struct dtl_slice s;

    for (r->p++; *r->p != '"';) {
        if (*r->p != '\\') {
            dtl_buf_byte(&b, (uint8_t)*r->p++);
        } else if (r->p[1] == 'u') {
            r->p += escaped_point(r->p, &b, &r->surrogate);
        } else {
            const char *at = strchr(from, r->p[1]);

            assert_non_null(at);
            dtl_buf_byte(&b, (uint8_t)to[at - from]);
            r->p += 2;
        }
    }
    r->p++;
    s = dtl_arena_dup(r->arena, dtl_buf_view(&b));
    dtl_buf_free(&b);
    return s;
}

static struct value read_value(struct reader *r);

static void read_items(struct reader *r, struct value *v, char close)
{
    size_t cap = 0;

    r->p++;
    for (skip_space(r); *r->p != close; skip_space(r)) {
        if (v->n == cap) {
            size_t old = cap;

            cap = cap * 2 + 8;
            v->items =
                dtl_arena_grow(r->arena, v->items, old * sizeof *v->items,
                               cap * sizeof *v->items);
            v->names =
                dtl_arena_grow(r->arena, v->names, old * sizeof *v->names,
                               cap * sizeof *v->names);
        }
        if (v->type == OBJECT) {
            v->names[v->n] = read_string(r);
            skip_space(r);
            r->p++; /* : */
        }
        v->items[v->n++] = read_value(r);
        skip_space(r);
        if (*r->p == ',')
            r->p++;
    }
    r->p++;
}

static struct value read_value(struct reader *r)
{
    struct value v = { .type = NONE };

    skip_space(r);
    if (*r->p == '"') {
        v.type = STRING;
        v.string = read_string(r);
    } else if (*r->p == '[' || *r->p == '{') {
        v.type = *r->p == '[' ? ARRAY : OBJECT;
        read_items(r, &v, *r->p == '[' ? ']' : '}');
    } else {
        v.yes = *r->p == 't';
        while (*r->p != '\0' && strchr(",]} \n\r\t", *r->p) == NULL)
            r->p++;
    }
    return v;
}

static const struct value *member(const struct value *v, const char *name)
{
    for (size_t i = 0; i < v->n; i++)
        if (dtl_equal(v->names[i], dtl_str(name)))
            return &v->items[i];
    return NULL;
}

/* ---- one vector ------------------------------------------------------- */

struct vector {
    const struct value *test;
    bool twice; /* escaped a second time */
    struct dtl_arena *arena;
    bool surrogate;
};

static struct dtl_slice once_more(struct vector *v, struct dtl_slice s)
{
    struct dtl_buf b = { .max = 0 };

    if (!v->twice)
        return s;
    for (size_t i = 0; i < s.len;) {
        if (s.ptr[i] == '\\' && i + 5 < s.len && s.ptr[i + 1] == 'u')
            i += escaped_point((const char *)s.ptr + i, &b, &v->surrogate);
        else
            dtl_buf_byte(&b, s.ptr[i++]);
    }
    s = dtl_arena_dup(v->arena, dtl_buf_view(&b));
    dtl_buf_free(&b);
    return s;
}

static void expect_id(struct vector *v, struct dtl_buf *out,
                      const struct value *id)
{
    if (id->type == STRING)
        dtl_buf_slice(out, once_more(v, id->string));
    else
        dtl_buf_byte(out, '~');
}

static void expect_start(struct vector *v, struct dtl_buf *out,
                         const struct value *t)
{
    const struct value *attrs = &t->items[2];
    struct shown_attr shown[64];

    assert_true(attrs->n < 64);
    for (size_t i = 0; i < attrs->n; i++) {
        shown[i].name = once_more(v, attrs->names[i]);
        shown[i].value = once_more(v, attrs->items[i].string);
    }
    dtl_buf_slice(out, once_more(v, t->items[1].string));
    show_attrs(out, shown, attrs->n);
    if (t->n > 3 && t->items[3].yes)
        dtl_buf_byte(out, '/');
}

static void expect_token(struct vector *v, struct dtl_buf *out,
                         const struct value *t, bool *in_text)
{
    char kind = (char)t->items[0].string.ptr[0];

    if (kind == 'C' && t->items[0].string.ptr[1] == 'h') {
        if (*in_text)
            out->len--;
        else
            dtl_buf_str(out, "T:");
        dtl_buf_slice(out, once_more(v, t->items[1].string));
    } else if (kind == 'D') {
        dtl_buf_str(out, "D:");
        expect_id(v, out, &t->items[1]);
        dtl_buf_byte(out, '|');
        expect_id(v, out, &t->items[2]);
        dtl_buf_byte(out, '|');
        expect_id(v, out, &t->items[3]);
        if (!t->items[4].yes)
            dtl_buf_byte(out, '!');
    } else {
        dtl_buf_printf(out, "%c:", kind);
        if (kind == 'S')
            expect_start(v, out, t);
        else
            dtl_buf_slice(out, once_more(v, t->items[1].string));
    }
    dtl_buf_byte(out, ' ');
    *in_text = kind == 'C' && t->items[0].string.ptr[1] == 'h';
}

static const struct {
    const char *name;
    enum html_content content;
} states[] = {
    { "Data state", HTML_DATA },
    { "RCDATA state", HTML_RCDATA },
    { "RAWTEXT state", HTML_RAWTEXT },
    { "Script data state", HTML_SCRIPT },
    { "PLAINTEXT state", HTML_PLAINTEXT },
    { "CDATA section state", HTML_CDATA },
};

static enum html_content content_called(struct dtl_slice name)
{
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
        if (dtl_equal(name, dtl_str(states[i].name)))
            return states[i].content;
    fail_msg("unknown state %.*s", (int)name.len, (const char *)name.ptr);
    return HTML_DATA;
}

/* The number of initial states it was right in; fails at the first wrong. */
static size_t run_vector(struct vector *v, const char *file)
{
    const struct value *test = v->test, *last = member(test, "lastStartTag");
    const struct value *initial = member(test, "initialStates");
    const struct value *output = member(test, "output");
    struct dtl_slice input = once_more(v, member(test, "input")->string);
    struct dtl_buf want = { .max = 0 }, is = { .max = 0 };
    size_t n = initial != NULL ? initial->n : 1, i;
    bool in_text = false;

    for (i = 0; i < output->n; i++)
        if (output->items[i].type == ARRAY)
            expect_token(v, &want, &output->items[i], &in_text);
    for (i = 0; i < n && !v->surrogate; i++) {
        enum html_content content =
            initial != NULL ? content_called(initial->items[i].string)
                            : HTML_DATA;

        dtl_buf_clear(&is);
        if (!show_tokens(&is, input, content,
                         last != NULL ? (const char *)last->string.ptr : "",
                         v->arena))
            fail_msg("%s: runs do not join up: %.*s", file, (int)input.len,
                     (const char *)input.ptr);
        if (!dtl_equal(dtl_buf_view(&is), dtl_buf_view(&want)))
            fail_msg("%s: %s\n  input %.*s\n  is    %.*s\n  wants %.*s", file,
                     (const char *)member(test, "description")->string.ptr,
                     (int)input.len, (const char *)input.ptr, (int)is.len,
                     (char *)is.ptr, (int)want.len, (char *)want.ptr);
    }
    dtl_buf_free(&want);
    dtl_buf_free(&is);
    return v->surrogate ? 0 : n;
}

/* Followed by a NUL. */
static struct dtl_slice read_whole(const char *path, struct dtl_arena *arena)
{
    FILE *f = fopen(path, "rb");
    char *text;
    long len;

    assert_non_null(f);
    fseek(f, 0, SEEK_END);
    len = ftell(f);
    rewind(f);
    text = dtl_arena_calloc(arena, (size_t)len + 1, 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, (size_t)len, f), len);
    fclose(f);
    return dtl_slice_of(text, (size_t)len);
}

/* "xmlViolationTests" are about another output than HTML's tokens. */
static void run_file(const char *path, size_t *ran, size_t *left_out)
{
    struct dtl_arena *arena = dtl_arena_new(0), *scratch = dtl_arena_new(0);
    struct dtl_slice text = read_whole(path, arena);
    struct reader r = { (const char *)text.ptr, arena, false };
    struct value file = read_value(&r);
    const struct value *tests = member(&file, "tests");

    for (size_t i = 0; tests != NULL && i < tests->n; i++) {
        struct vector v = { .test = &tests->items[i], .arena = scratch };
        const struct value *twice = member(v.test, "doubleEscaped");
        size_t n;

        v.twice = twice != NULL && twice->yes;
        n = run_vector(&v, path);
        *ran += n;
        *left_out += n == 0;
        dtl_arena_reset(scratch);
    }
    assert_false(r.surrogate); /* in one string it would spoil all */
    dtl_arena_free(scratch);
    dtl_arena_free(arena);
}

static void html5lib_tokenizer(void **state)
{
    const char *folder = getenv("DATELINE_EVAL");
    char pattern[4096];
    size_t ran = 0, left_out = 0;
    glob_t found;

    (void)state;
    snprintf(pattern, sizeof pattern, "%s/html5lib-tests/tokenizer/*.test",
             folder != NULL ? folder : "");
    if (folder == NULL || glob(pattern, 0, NULL, &found) != 0)
        skip();
    for (size_t i = 0; i < found.gl_pathc; i++)
        run_file(found.gl_pathv[i], &ran, &left_out);
    globfree(&found);
    print_message("%zu vectors, %zu left out\n", ran, left_out);
    assert_true(ran > 6000 && left_out < 20);
}

/* ---- encodings -------------------------------------------------------- */

/* "#data\n" BYTES "#encoding\n" NAME "\n"; without a declaration the name is
 * windows-1252. */
static void run_prescans(const char *path, struct dtl_arena *arena, size_t *ran)
{
    struct dtl_slice rest = read_whole(path, arena);
    size_t at;

    while (dtl_starts(rest, "#data\n")) {
        size_t mid = dtl_find(rest, dtl_str("#encoding\n"), 0);
        size_t end = dtl_find(rest, dtl_str("\n"), mid + 10);
        struct dtl_slice data = dtl_sub(rest, 6, mid);
        struct dtl_slice name = dtl_sub(rest, mid + 10, end);
        const struct encoding *is = charset_prescan(data);

        if (dtl_starts(data, "\xef\xbb\xbf"))
            is = encoding_of(dtl_str("utf-8"));
        else if (is != NULL && is->kind == ENCODING_UTF16LE)
            is = encoding_of(dtl_str("utf-8"));
        else if (is != NULL && is->kind == ENCODING_UTF16BE)
            is = encoding_of(dtl_str("utf-8"));
        if (is == NULL)
            is = encoding_of(dtl_str("windows-1252"));
        if (is != encoding_of(name))
            fail_msg("%s: %.*s\n  is    %s\n  wants %.*s", path, (int)data.len,
                     (const char *)data.ptr, is->name, (int)name.len,
                     (const char *)name.ptr);
        ++*ran;
        at = dtl_find(rest, dtl_str("#data\n"), mid);
        rest = dtl_sub(rest, at < rest.len ? at : rest.len, rest.len);
    }
}

static void html5lib_encoding(void **state)
{
    const char *folder = getenv("DATELINE_EVAL");
    struct dtl_arena *arena;
    char pattern[4096];
    size_t ran = 0;
    glob_t found;

    (void)state;
    snprintf(pattern, sizeof pattern, "%s/html5lib-tests/encoding/*.dat",
             folder != NULL ? folder : "");
    if (folder == NULL || glob(pattern, 0, NULL, &found) != 0)
        skip();
    arena = dtl_arena_new(0);
    for (size_t i = 0; i < found.gl_pathc; i++)
        run_prescans(found.gl_pathv[i], arena, &ran);
    globfree(&found);
    dtl_arena_free(arena);
    print_message("%zu vectors\n", ran);
    assert_true(ran > 70);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(html5lib_tokenizer),
        cmocka_unit_test(html5lib_encoding),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
