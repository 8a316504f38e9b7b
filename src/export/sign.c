/* SPDX-License-Identifier: Apache-2.0 */
#include "cite.h"

#include <limits.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#define SIGNATURE 64    /* RFC 8032, Ed25519 */
#define MOST_PEM  16384 /* bytes of a key file */

static int bad_key(struct dtl_error *err, const char *why)
{
    ERR_clear_error();
    return dtl_fail(err, DTL_INVALID, 0, "%s", why);
}

static const char *base64(struct dtl_arena *a, const uint8_t *p, size_t n)
{
    uint8_t *out = dtl_arena_alloc(a, (n + 2) / 3 * 4 + 1);

    if (out != NULL)
        EVP_EncodeBlock(out, p, (int)n);
    return (const char *)out;
}

/* At most `cap` bytes; 0 when it is no base64. */
static size_t unbase64(const char *text, uint8_t *out, size_t cap)
{
    uint8_t buf[512];
    size_t len = strlen(text), pad = 0;
    int n;

    if (len == 0 || len % 4 != 0 || len > sizeof buf)
        return 0;
    while (pad < 2 && text[len - 1 - pad] == '=')
        pad++;
    n = EVP_DecodeBlock(buf, (const uint8_t *)text, (int)len);
    if (n < 0 || (size_t)n < pad || (size_t)n - pad > cap)
        return 0;
    memcpy(out, buf, (size_t)n - pad);
    return (size_t)n - pad;
}

/* A key with a pass phrase is refused: nobody is there to be asked. */
static int no_phrase(char *buf, int size, int writing, void *context)
{
    (void)buf;
    (void)size;
    (void)writing;
    (void)context;
    return -1;
}

static EVP_PKEY *read_key(struct dtl_slice pem, bool private_only)
{
    EVP_PKEY *key = NULL;

    for (int i = 0; i < (private_only ? 1 : 2) && key == NULL; i++) {
        BIO *bio =
            pem.len <= MOST_PEM ? BIO_new_mem_buf(pem.ptr, (int)pem.len) : NULL;

        if (bio == NULL)
            break;
        key = i == 0 ? PEM_read_bio_PrivateKey(bio, NULL, no_phrase, NULL)
                     : PEM_read_bio_PUBKEY(bio, NULL, no_phrase, NULL);
        BIO_free(bio);
    }
    if (key != NULL && EVP_PKEY_id(key) != EVP_PKEY_ED25519) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    ERR_clear_error();
    return key;
}

static const char *public_of(EVP_PKEY *key, struct dtl_arena *a)
{
    uint8_t *der = NULL;
    int n = i2d_PUBKEY(key, &der);
    const char *text = n > 0 ? base64(a, der, (size_t)n) : NULL;

    OPENSSL_free(der);
    return text;
}

int dtl_sign(struct dtl_slice pem, struct dtl_slice message,
             struct dtl_arena *a, const char **signature,
             const char **public_key, struct dtl_error *err)
{
    EVP_PKEY *key = read_key(pem, true);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    uint8_t sig[SIGNATURE];
    size_t n = sizeof sig;
    bool ok = key != NULL && ctx != NULL &&
              EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1 &&
              EVP_DigestSign(ctx, sig, &n, message.ptr, message.len) == 1;

    *signature = ok ? base64(a, sig, n) : NULL;
    *public_key = ok ? public_of(key, a) : NULL;
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    if (!ok)
        return bad_key(err, "the key is no Ed25519 private key in PEM without "
                            "a pass phrase");
    if (*signature == NULL || *public_key == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory signing");
    return DTL_OK;
}

int dtl_sign_check(const char *public_key, const char *signature,
                   struct dtl_slice message, struct dtl_error *err)
{
    uint8_t der[256], sig[SIGNATURE];
    const uint8_t *p = der;
    size_t n = unbase64(public_key, der, sizeof der);
    EVP_PKEY *key = n > 0 ? d2i_PUBKEY(NULL, &p, (long)n) : NULL;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ed25519 = key != NULL && EVP_PKEY_id(key) == EVP_PKEY_ED25519;
    bool ok =
        ed25519 && ctx != NULL &&
        unbase64(signature, sig, sizeof sig) == sizeof sig &&
        EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1 &&
        EVP_DigestVerify(ctx, sig, sizeof sig, message.ptr, message.len) == 1;

    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    if (!ed25519)
        return bad_key(err, "its public key is no Ed25519 key");
    return ok ? DTL_OK : bad_key(err, "the signature does not fit");
}

int dtl_sign_public(struct dtl_slice pem, struct dtl_arena *a,
                    const char **public_key, struct dtl_error *err)
{
    EVP_PKEY *key = read_key(pem, false);

    *public_key = key != NULL ? public_of(key, a) : NULL;
    EVP_PKEY_free(key);
    if (*public_key == NULL)
        return bad_key(err, "the key is no Ed25519 key in PEM");
    return DTL_OK;
}
