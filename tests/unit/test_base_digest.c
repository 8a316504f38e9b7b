/* SPDX-License-Identifier: Apache-2.0 */
/* Digests of "abc": FIPS 180-4 and RFC 1321 give them in hex. */
#include <dateline/digest.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define SHA1_32 "VGMT4NSHA2AWVOR6EVYXQUGCNSONBWE5"
#define SHA1_16 "a9993e364706816aba3e25717850c26c9cd0d89d"
#define SHA1_64 "qZk+NkcGgWq6PiVxeFDCbJzQ2J0="
#define MD5_16  "900150983cd24fb0d6963f7d28e17f72"
#define SHA256_16 \
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define SHA256_32 "XJ4BNP4PAHH6UQKBIDPF3LRCEOYAGYNDSYLXVHFUCD7WD4QACWWQ===="
#define SHA512_16                                                      \
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a" \
    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"

/* Spellings found in archives, and the one written for each. */
static const struct {
    const char *name, *text, *written;
} spellings[] = {
    { "base32", "sha1:" SHA1_32, "sha1:" SHA1_32 },
    { "base32 in lower case", "sha1:vgmt4nsha2awvor6evyxqugcnsonbwe5",
      "sha1:" SHA1_32 },
    { "hex", "sha1:" SHA1_16, "sha1:" SHA1_32 },
    { "hex in upper case", "SHA1:A9993E364706816ABA3E25717850C26C9CD0D89D",
      "sha1:" SHA1_32 },
    { "base64", "sha1:" SHA1_64, "sha1:" SHA1_32 },
    { "with a dash", "sha-1:" SHA1_32, "sha1:" SHA1_32 },
    { "bare, as in CDX", SHA1_32, "sha1:" SHA1_32 },
    { "bare hex", SHA1_16, "sha1:" SHA1_32 },
    { "blanks about it", "  sha1: " SHA1_32 "\r", "sha1:" SHA1_32 },
    { "sha256 in hex", "sha256:" SHA256_16, "sha256:" SHA256_16 },
    { "sha-256", "sha-256:" SHA256_16, "sha256:" SHA256_16 },
    { "sha256 in padded base32", "SHA-256:" SHA256_32, "sha256:" SHA256_16 },
    { "sha512", "sha512:" SHA512_16, "sha512:" SHA512_16 },
    { "md5", "md5:" MD5_16, "md5:" MD5_16 },
    { "nothing", "", NULL },
    { "a label only", "sha1:", NULL },
    { "another length", "sha1:VGMT4NSHA2AWVOR6EVYXQUGCNSONBWE", NULL },
    { "the length of another kind", "sha256:" SHA1_32, NULL },
    { "no such digit", "sha1:VGMT4NSHA2AWVOR6EVYXQUGCNSONBWE1", NULL },
    { "no such kind", "crc32:00000000", NULL },
};

static void reads_the_spellings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        char text[DTL_DIGEST_TEXT];
        struct dtl_digest d;
        int rc = dtl_digest_parse(dtl_str(spellings[i].text), &d, NULL);

        dtl_digest_text(&d, text);
        if (spellings[i].written == NULL) {
            if (rc != DTL_FORMAT || d.kind != DTL_DIGEST_NONE)
                fail_msg("%s: read as %s", spellings[i].name, text);
        } else if (rc != DTL_OK || strcmp(text, spellings[i].written) != 0) {
            fail_msg("%s: %d, %s", spellings[i].name, rc, text);
        }
    }
}

static void computes(void **state)
{
    static const struct {
        enum dtl_digest_kind kind;
        const char *text;
    } kinds[] = {
        { DTL_DIGEST_SHA1, "sha1:" SHA1_16 },
        { DTL_DIGEST_SHA256, "sha256:" SHA256_16 },
        { DTL_DIGEST_SHA512, "sha512:" SHA512_16 },
        { DTL_DIGEST_MD5, "md5:" MD5_16 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct dtl_digest want, got;
        struct dtl_hasher *h;

        assert_int_equal(dtl_digest_parse(dtl_str(kinds[i].text), &want, NULL),
                         DTL_OK);
        assert_int_equal(dtl_hasher_new(kinds[i].kind, &h, NULL), DTL_OK);
        for (int twice = 0; twice < 2; twice++) { /* starts again by itself */
            dtl_hasher_add(h, dtl_str("a"));
            dtl_hasher_add(h, dtl_str(""));
            dtl_hasher_add(h, dtl_str("bc"));
            dtl_hasher_finish(h, &got);
            assert_true(dtl_digest_equal(&got, &want));
        }
        dtl_hasher_finish(h, &got);
        assert_false(dtl_digest_equal(&got, &want));
        dtl_hasher_free(h);
    }
}

static void refuses_what_is_no_kind(void **state)
{
    struct dtl_hasher *h;

    (void)state;
    assert_int_equal(dtl_hasher_new(DTL_DIGEST_NONE, &h, NULL), DTL_INVALID);
    assert_null(h);
    assert_int_equal(dtl_hasher_new((enum dtl_digest_kind)99, &h, NULL),
                     DTL_INVALID);
    dtl_hasher_free(NULL);
}

static void reads_and_writes_hex(void **state)
{
    uint8_t bytes[2];
    char text[5];

    (void)state;
    assert_true(dtl_unhex(dtl_str("0aFf"), bytes));
    assert_int_equal(bytes[0], 0x0a);
    assert_int_equal(bytes[1], 0xff);
    dtl_hex(dtl_slice_of(bytes, 2), text);
    assert_string_equal(text, "0aff");
    assert_false(dtl_unhex(dtl_str("0af"), bytes));
    assert_false(dtl_unhex(dtl_str("0g"), bytes));
    assert_true(dtl_unhex(dtl_str(""), bytes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_spellings),
        cmocka_unit_test(computes),
        cmocka_unit_test(refuses_what_is_no_kind),
        cmocka_unit_test(reads_and_writes_hex),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
