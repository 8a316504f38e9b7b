/* SPDX-License-Identifier: Apache-2.0 */
/* Which encoding is believed, and what its bytes become. */
#include <dateline/html.h>
#include "charset.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <cmocka.h>

#define LITERAL(s)                          \
    {                                       \
        (const uint8_t *)(s), sizeof(s) - 1 \
    }

static void check(const char *name, struct dtl_slice bytes, const char *label,
                  const char *charset, enum dtl_charset_source source,
                  struct dtl_slice text, uint32_t replaced)
{
    struct dtl_arena *arena = dtl_arena_new(0);
    struct dtl_decoded d;

    assert_int_equal(dtl_charset_decode(bytes, dtl_str(label), arena, &d, NULL),
                     DTL_OK);
    if (strcmp(d.charset, charset) != 0 || d.source != source ||
        d.replaced != replaced || !dtl_equal(d.text, text))
        fail_msg("%s: %s, source %d, %u replaced: %.*s", name, d.charset,
                 (int)d.source, d.replaced, (int)d.text.len,
                 (const char *)d.text.ptr);
    assert_int_equal(dtl_utf8_valid(d.text), d.text.len);
    dtl_arena_free(arena);
}

#define BAD "\xef\xbf\xbd"

static void who_is_believed(void **state)
{
    static const struct {
        const char *name;
        struct dtl_slice bytes;
        const char *label, *charset;
        enum dtl_charset_source source;
        struct dtl_slice text;
    } rows[] = {
        { "nothing", LITERAL(""), "", "utf-8", DTL_CHARSET_VALID_UTF8,
          LITERAL("") },
        { "UTF-8 over the header", LITERAL("caf\xc3\xa9"), "iso-8859-1",
          "utf-8", DTL_CHARSET_VALID_UTF8, LITERAL("caf\xc3\xa9") },
        { "UTF-8 over the meta", LITERAL("<meta charset=gbk>\xc3\xa9"), "",
          "utf-8", DTL_CHARSET_VALID_UTF8,
          LITERAL("<meta charset=gbk>\xc3\xa9") },
        { "BOM over all",
          LITERAL("\xef\xbb\xbf"
                  "a\xff"
                  "b"),
          "gbk", "utf-8", DTL_CHARSET_BOM, LITERAL("a" BAD "b") },
        { "BOM of UTF-16BE", LITERAL("\xfe\xff\0a\x20\xac"), "", "utf-16be",
          DTL_CHARSET_BOM, LITERAL("a\xe2\x82\xac") },
        { "BOM of UTF-16LE",
          LITERAL("\xff\xfe"
                  "a\0\x3d\xd8\x00\xde"),
          "", "utf-16le", DTL_CHARSET_BOM, LITERAL("a\xf0\x9f\x98\x80") },
        { "header over meta", LITERAL("<meta charset=koi8-r>\xe4"),
          "windows-1251", "windows-1251", DTL_CHARSET_HEADER,
          LITERAL("<meta charset=koi8-r>\xd0\xb4") },
        { "meta without a header", LITERAL("<meta charset=koi8-r>\xe4"), "",
          "koi8-r", DTL_CHARSET_META,
          LITERAL("<meta charset=koi8-r>\xd0\x94") },
        { "meta when the header makes no sense",
          LITERAL("<meta charset=koi8-r>\xe4"), "x-foo", "koi8-r",
          DTL_CHARSET_META, LITERAL("<meta charset=koi8-r>\xd0\x94") },
        { "meta when the header says UTF-8 and is wrong",
          LITERAL("<meta charset=koi8-r>\xe4\xe4"), "utf-8", "koi8-r",
          DTL_CHARSET_META, LITERAL("<meta charset=koi8-r>\xd0\x94\xd0\x94") },
        { "UTF-8 with a broken place, as declared",
          LITERAL("\xc3\xa9\xff\xc3\xa9"), "utf-8", "utf-8", DTL_CHARSET_HEADER,
          LITERAL("\xc3\xa9" BAD "\xc3\xa9") },
        { "UTF-8 cut at the end, declared otherwise",
          LITERAL("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
                  "\xc3\xa9\xc3\xa9\xc3"),
          "iso-8859-1", "utf-8", DTL_CHARSET_GUESS,
          LITERAL("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
                  "\xc3\xa9\xc3\xa9" BAD) },
        { "UTF-16 in a meta is UTF-8",
          LITERAL("<meta charset=utf-16>\xc3\xa9\xff"), "", "utf-8",
          DTL_CHARSET_META, LITERAL("<meta charset=utf-16>\xc3\xa9" BAD) },
        { "UTF-16 in a header of text that is not", LITERAL("caf\xe9 cr\xe8me"),
          "utf-16", "windows-1252", DTL_CHARSET_GUESS,
          LITERAL("caf\xc3\xa9 cr\xc3\xa8me") },
        { "UTF-16 in a header, all ASCII", LITERAL("a\0b\0"), "utf-16le",
          "utf-16le", DTL_CHARSET_HEADER, LITERAL("ab") },
        { "ISO-2022-JP is all ASCII",
          LITERAL("<meta charset=iso-2022-jp>\x1b$B\x46\x7c\x1b(B."), "",
          "iso-2022-jp", DTL_CHARSET_META,
          LITERAL("<meta charset=iso-2022-jp>\xe6\x97\xa5.") },
        { "replacement encodings are not decoded", LITERAL("~{VP~}"),
          "hz-gb-2312", "utf-8", DTL_CHARSET_VALID_UTF8, LITERAL("~{VP~}") },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t replaced = 0;
        size_t at = 0;

        while ((at = dtl_find(rows[i].text, dtl_str(BAD), at)) <
               rows[i].text.len) {
            replaced++;
            at++;
        }
        check(rows[i].name, rows[i].bytes, rows[i].label, rows[i].charset,
              rows[i].source, rows[i].text, replaced);
    }
}

/* Each row: a label, bytes that are no UTF-8, the same in UTF-8. */
static void encodings(void **state)
{
    static const struct {
        const char *label, *charset;
        struct dtl_slice bytes, text;
        uint32_t replaced;
    } rows[] = {
        { "latin1", "windows-1252", LITERAL("\x80\x93\xe9\x81"),
          LITERAL("\xe2\x82\xac\xe2\x80\x9c\xc3\xa9\xc2\x81"), 0 },
        { " ISO-8859-9 ", "windows-1254", LITERAL("\xfd"), LITERAL("\xc4\xb1"),
          0 },
        { "iso-8859-2", "iso-8859-2", LITERAL("\xb1"), LITERAL("\xc4\x85"), 0 },
        { "cp1250", "windows-1250", LITERAL("\x9c"), LITERAL("\xc5\x9b"), 0 },
        { "cp1251", "windows-1251", LITERAL("\xcf\xf0\xe8"),
          LITERAL("\xd0\x9f\xd1\x80\xd0\xb8"), 0 },
        { "koi8-u", "koi8-u", LITERAL("\xa4"), LITERAL("\xd1\x94"), 0 },
        { "koi8-ru", "koi8-u", LITERAL("\xae"), LITERAL("\xd1\x9e"), 0 },
        { "cp866", "ibm866", LITERAL("\x8f"), LITERAL("\xd0\x9f"), 0 },
        { "greek", "iso-8859-7", LITERAL("\xe1\xff"), LITERAL("\xce\xb1" BAD),
          1 },
        { "logical", "iso-8859-8-i", LITERAL("\xe0"), LITERAL("\xd7\x90"), 0 },
        { "windows-1256", "windows-1256", LITERAL("\xc7"), LITERAL("\xd8\xa7"),
          0 },
        { "tis-620", "windows-874", LITERAL("\xa1"), LITERAL("\xe0\xb8\x81"),
          0 },
        { "x-mac-roman", "macintosh", LITERAL("\x8e"), LITERAL("\xc3\xa9"), 0 },
        { "x-user-defined", "x-user-defined", LITERAL("\x80"),
          LITERAL("\xef\x9e\x80"), 0 },
        { "gb2312", "gbk", LITERAL("\xd6\xd0\x81\x40"),
          LITERAL("\xe4\xb8\xad\xe4\xb8\x82"), 0 },
        { "gb18030", "gb18030", LITERAL("\x81\x30\x89\x38\xd6\xd0"),
          LITERAL("\xc3\x9f\xe4\xb8\xad"), 0 },
        { "big5", "big5", LITERAL("\xa4\xa4"), LITERAL("\xe4\xb8\xad"), 0 },
        { "ks_c_5601-1987", "euc-kr", LITERAL("\xb0\xa1\x81\x41"),
          LITERAL("\xea\xb0\x80\xea\xb0\x82"), 0 },
        { "sjis", "shift_jis", LITERAL("\x93\xfa\x87\x40"),
          LITERAL("\xe6\x97\xa5\xe2\x91\xa0"), 0 },
        { "x-euc-jp", "euc-jp", LITERAL("\xc6\xfc"), LITERAL("\xe6\x97\xa5"),
          0 },
        { "shift_jis", "shift_jis", LITERAL("\x93\xfa\xfd<p>"),
          LITERAL("\xe6\x97\xa5" BAD "<p>"), 1 },
        { "euc-kr", "euc-kr", LITERAL("\xb0\xa1\xb0"),
          LITERAL("\xea\xb0\x80" BAD), 1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check(rows[i].label, rows[i].bytes, rows[i].label, rows[i].charset,
              DTL_CHARSET_HEADER, rows[i].text, rows[i].replaced);
}

/* One U+FFFD for what could have become one character. */
static void broken_utf8(void **state)
{
    static const struct {
        struct dtl_slice bytes, text;
        uint32_t replaced;
    } rows[] = {
        { LITERAL("a\xe2\x82z"), LITERAL("a" BAD "z"), 1 },
        { LITERAL("\xf0\x9f\x98"), LITERAL(BAD), 1 },
        { LITERAL("\xc0\xaf"), LITERAL(BAD BAD), 2 },
        { LITERAL("\xed\xa0\x80"), LITERAL(BAD BAD BAD), 3 },
        { LITERAL("\xf4\x90\x80\x80"), LITERAL(BAD BAD BAD BAD), 4 },
        { LITERAL("\xe2\xe2\x82\xac"), LITERAL(BAD "\xe2\x82\xac"), 1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dtl_buf b = { .max = 0 }, want = { .max = 0 };

        /* Enough good text that it counts as UTF-8. */
        for (int k = 0; k < 9; k++) {
            dtl_buf_str(&b, "\xc3\xa9");
            dtl_buf_str(&want, "\xc3\xa9");
        }
        dtl_buf_slice(&b, rows[i].bytes);
        dtl_buf_slice(&want, rows[i].text);
        check("broken", dtl_buf_view(&b), "utf-8", "utf-8", DTL_CHARSET_HEADER,
              dtl_buf_view(&want), rows[i].replaced);
        dtl_buf_free(&b);
        dtl_buf_free(&want);
    }
}

/* A text long enough to tell; markup and script around it must not hide it. */
static void guesses(void **state)
{
    static const struct dtl_slice russian =
        LITERAL("\xcf\xf0\xe5\xe7\xe8\xe4\xe5\xed\xf2 \xef\xee\xe4\xef\xe8"
                "\xf1\xe0\xeb \xed\xee\xe2\xfb\xe9 \xe7\xe0\xea\xee\xed \xe8 "
                "\xf1\xea\xe0\xe7\xe0\xeb \xee\xe1 \xfd\xf2\xee\xec ");
    struct dtl_arena *arena = dtl_arena_new(0);
    struct dtl_buf b = { .max = 0 };
    struct dtl_decoded d;

    (void)state;
    for (int i = 0; i < 400; i++)
        dtl_buf_str(&b, "<script>var a = 'plain ASCII, lots of it';</script>");
    for (int i = 0; i < 40; i++) {
        dtl_buf_str(&b, "<p class=text>");
        dtl_buf_slice(&b, russian);
    }
    assert_int_equal(
        dtl_charset_decode(dtl_buf_view(&b), dtl_str(""), arena, &d, NULL),
        DTL_OK);
    assert_string_equal(d.charset, "windows-1251");
    assert_int_equal(d.source, DTL_CHARSET_GUESS);
    dtl_buf_free(&b);
    dtl_arena_free(arena);
}

static void labels(void **state)
{
    static const char *const none[] = {
        "", " ", "utf", "utf-88", "\xc3\xa9", "a-label-nobody-has-ever-seen"
    };

    (void)state;
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        assert_null(encoding_of(dtl_str(none[i])));
    assert_string_equal(encoding_of(dtl_str("\tUnicode-1-1-UTF-8\n"))->name,
                        "utf-8");
    assert_string_equal(encoding_of(dtl_str("866"))->name, "ibm866");
    assert_string_equal(encoding_of(dtl_str("x-x-big5"))->name, "big5");
    assert_null(encoding_of(dtl_slice_of("utf-8\0x", 7)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_believed), cmocka_unit_test(encodings),
        cmocka_unit_test(broken_utf8),     cmocka_unit_test(guesses),
        cmocka_unit_test(labels),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
