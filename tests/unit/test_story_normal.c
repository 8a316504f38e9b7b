/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dateline/digest.h>
#include <dateline/story.h>
#include <stdlib.h>

static const struct {
    const char *name, *text, *normal;
} forms[] = {
    { "plain text stays", "One two. Three", "One two. Three" },
    { "empty stays empty", "", "" },
    { "only white space is empty", " \t\n \r\n\f ", "" },
    { "white space runs are one space", "a \t  b", "a b" },
    { "ends of a block are trimmed", "  a  \n  b ", "a\nb" },
    { "empty blocks vanish", "a\n\n \n\nb\n", "a\nb" },
    { "CR LF is one line end", "a\r\nb\rc", "a\nb\nc" },
    { "no-break and thin spaces", "a\xc2\xa0\xe2\x80\x89\x62", "a b" },
    { "ideographic space", "\xe6\x97\xa5\xe3\x80\x80\xe6\x9c\xac",
      "\xe6\x97\xa5 \xe6\x9c\xac" },
    { "line separator", "a\xe2\x80\xa8\x62", "a\nb" },
    { "next line control", "a\xc2\x85\x62", "a\nb" },
    { "single quotes",
      "\xe2\x80\x98"
      "a\xe2\x80\x99 `b\xc2\xb4",
      "'a' 'b'" },
    { "double quotes",
      "\xe2\x80\x9c"
      "a\xe2\x80\x9d \xc2\xab"
      "b\xc2\xbb",
      "\"a\" \"b\"" },
    { "dashes",
      "a \xe2\x80\x93 b\xe2\x80\x94"
      "c\xe2\x88\x92"
      "1",
      "a - b-c-1" },
    { "ellipsis", "wait\xe2\x80\xa6", "wait..." },
    { "soft hyphen goes",
      "co\xc2\xad"
      "operate",
      "cooperate" },
    { "zero-width space goes",
      "a\xe2\x80\x8b"
      "b",
      "ab" },
    { "byte order mark goes",
      "\xef\xbb\xbf"
      "a",
      "a" },
    { "bidirectional controls go",
      "\xe2\x80\xaa"
      "a\xe2\x80\xac",
      "a" },
    { "other controls go",
      "a\x01\x7f\xc2\x80"
      "b",
      "ab" },
    { "composes accents", "cafe\xcc\x81", "caf\xc3\xa9" },
    { "composes across a dropped character", "cafe\xc2\xad\xcc\x81",
      "caf\xc3\xa9" },
    { "composes Hangul", "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab",
      "\xed\x95\x9c" },
    { "singleton decomposition", "\xe2\x84\xab", "\xc3\x85" },
    { "keeps letter case", "NATO Nato", "NATO Nato" },
    { "keeps full-width letters", "\xef\xbc\xa1", "\xef\xbc\xa1" },
    { "a byte that is no UTF-8",
      "a\xff"
      "b",
      "a\xef\xbf\xbd"
      "b" },
    { "a cut sequence, one each", "a\xe2\x80", "a\xef\xbf\xbd\xef\xbf\xbd" },
};
#define NFORMS (sizeof forms / sizeof forms[0])

static struct dtl_slice normal_of(struct dtl_arena *a, struct dtl_slice s)
{
    struct dtl_slice out;

    assert_int_equal(dtl_normal(s, a, &out, NULL), DTL_OK);
    return out;
}

static void follows_the_rules(void **state)
{
    struct dtl_arena *a = dtl_arena_new(0);

    (void)state;
    for (size_t i = 0; i < NFORMS; i++) {
        struct dtl_slice got = normal_of(a, dtl_str(forms[i].text));

        if (!dtl_equal(got, dtl_str(forms[i].normal)))
            fail_msg("%s: got '%.*s'", forms[i].name, (int)got.len,
                     (const char *)got.ptr);
    }
    dtl_arena_free(a);
}

/* Any bytes at all, weighted towards the ones the rules speak of. */
static size_t random_text(uint32_t *seed, uint8_t *out, size_t max)
{
    size_t len = 0;

    while (len + 8 < max) {
        size_t pick, n;
        const char *piece;

        *seed = *seed * 1664525 + 1013904223;
        pick = *seed >> 16;
        piece = forms[pick % NFORMS].text;
        n = strlen(piece);
        n = n < 8 ? n : 8;
        memcpy(out + len, piece, n);
        len += n;
        if (pick % 7 == 0)
            out[len++] = (uint8_t)(pick >> 3);
    }
    return len;
}

static void is_its_own_normal_form(void **state)
{
    struct dtl_arena *a = dtl_arena_new(0);
    uint32_t seed = 1;

    (void)state;
    for (int i = 0; i < 2000; i++) {
        uint8_t text[160];
        size_t len = random_text(&seed, text, sizeof text);
        struct dtl_slice once = normal_of(a, dtl_slice_of(text, len));
        struct dtl_slice twice = normal_of(a, once);

        assert_int_equal(dtl_utf8_valid(once), once.len);
        assert_true(dtl_equal(once, twice));
        dtl_arena_reset(a);
    }
    dtl_arena_free(a);
}

/* The rules for ASCII byte by byte, for what is copied eight at a time. */
static size_t slowly(const uint8_t *in, size_t n, uint8_t *out)
{
    size_t len = 0;
    char owed = 0;

    for (size_t i = 0; i < n; i++) {
        uint8_t c = in[i];

        if (c == ' ' || c == '\t') {
            owed = owed == '\n' ? owed : ' ';
        } else if (c >= '\n' && c <= '\r') {
            owed = '\n';
        } else if (c > ' ' && c < 0x7f) {
            if (owed != 0 && len > 0)
                out[len++] = (uint8_t)owed;
            owed = 0;
            out[len++] = c == '`' ? '\'' : c;
        }
    }
    return len;
}

static void ascii_goes_by_the_rules_at_any_alignment(void **state)
{
    static const char some[] = "aZ09.,'`~!   \t\n\r\x7f\x01";
    struct dtl_arena *a = dtl_arena_new(0);
    uint32_t seed = 3;

    (void)state;
    for (int i = 0; i < 5000; i++) {
        uint8_t text[48], wanted[48];
        struct dtl_slice got;
        size_t len = 8 + (seed >> 8) % 40;

        for (size_t k = 0; k < len; k++) {
            seed = seed * 1664525 + 1013904223;
            text[k] = seed >> 30 == 0
                          ? (uint8_t)some[(seed >> 8) % (sizeof some - 1)]
                          : (uint8_t)('a' + (seed >> 8) % 26);
        }
        got = normal_of(a, dtl_slice_of(text, len));
        assert_int_equal(got.len, slowly(text, len, wanted));
        assert_memory_equal(got.ptr, wanted, got.len);
        dtl_arena_reset(a);
    }
    dtl_arena_free(a);
}

static void many_marks_cost_linear_time(void **state)
{
    size_t n = (size_t)1 << 20;
    uint8_t *text = malloc(n);
    struct dtl_arena *a = dtl_arena_new(0);

    (void)state;
    assert_non_null(text);
    /* Alternating combining classes 230 and 220: the worst case of sorting. */
    for (size_t i = 0; i < n; i += 2)
        memcpy(text + i, i % 4 == 0 ? "\xcc\x81" : "\xcc\xa3", 2);
    assert_true(normal_of(a, dtl_slice_of(text, n)).len < 100);
    dtl_arena_free(a);
    free(text);
}

static void hash_is_sha256_of_the_form(void **state)
{
    struct dtl_arena *a = dtl_arena_new(0);
    uint8_t hash[32];
    char hex[65];

    (void)state;
    dtl_text_hash(normal_of(a, dtl_str(" abc\n")), hash, NULL);
    dtl_hex(dtl_slice_of(hash, 32), hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223"
                             "b00361a396177a9cb410ff61f20015ad");
    dtl_text_hash(dtl_slice_of(NULL, 0), hash, NULL);
    dtl_hex(dtl_slice_of(hash, 32), hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb924"
                             "27ae41e4649b934ca495991b7852b855");
    dtl_arena_free(a);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_rules),
        cmocka_unit_test(is_its_own_normal_form),
        cmocka_unit_test(ascii_goes_by_the_rules_at_any_alignment),
        cmocka_unit_test(many_marks_cost_linear_time),
        cmocka_unit_test(hash_is_sha256_of_the_form),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
