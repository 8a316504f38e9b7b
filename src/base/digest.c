/* SPDX-License-Identifier: Apache-2.0 */
#include <dateline/digest.h>

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <openssl/evp.h>

/* Every kind in one table; `names` are the labels found in the wild. */
static const struct kind {
    uint8_t kind, len;
    const char *name, *openssl;
    const char *labels[3];
} kinds[] = {
    { DTL_DIGEST_SHA1, 20, "sha1", "SHA1", { "sha1", "sha-1", NULL } },
    { DTL_DIGEST_SHA256,
      32,
      "sha256",
      "SHA256",
      { "sha256", "sha-256", NULL } },
    { DTL_DIGEST_SHA512,
      64,
      "sha512",
      "SHA512",
      { "sha512", "sha-512", NULL } },
    { DTL_DIGEST_MD5, 16, "md5", "MD5", { "md5", NULL, NULL } },
};
#define NKINDS (sizeof kinds / sizeof kinds[0])

static const struct kind *kind_of(unsigned kind)
{
    for (size_t i = 0; i < NKINDS; i++)
        if (kinds[i].kind == kind)
            return &kinds[i];
    return NULL;
}

static const struct kind *kind_labelled(struct dtl_slice label)
{
    for (size_t i = 0; i < NKINDS; i++)
        for (size_t n = 0; n < 3 && kinds[i].labels[n] != NULL; n++)
            if (dtl_equal_nocase(label, dtl_str(kinds[i].labels[n])))
                return &kinds[i];
    return NULL;
}

/* RFC 4648 section 6, padding optional, case ignored. */
static bool unbase32(struct dtl_slice s, uint8_t *out, size_t len)
{
    uint32_t bits = 0;
    unsigned have = 0;
    size_t n = 0;

    while (s.len > 0 && s.ptr[s.len - 1] == '=')
        s.len--;
    if (s.len != (len * 8 + 4) / 5)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.ptr[i];
        unsigned v;

        if (c >= 'A' && c <= 'Z')
            v = c - 'A';
        else if (c >= 'a' && c <= 'z')
            v = c - 'a';
        else if (c >= '2' && c <= '7')
            v = c - '2' + 26U;
        else
            return false;
        bits = bits << 5 | v;
        have += 5;
        if (have >= 8) {
            have -= 8;
            out[n++] = (uint8_t)(bits >> have);
        }
    }
    return n == len;
}

#define EACH(v) (UINT64_C(0x0101010101010101) * (v))

/* The letters of 40 bits, all eight at once: each five bits go to a byte of
 * their own, the first ones to the lowest. */
static uint64_t eight_letters(uint64_t bits)
{
    uint64_t v = bits >> 20 | (bits & 0xfffff) << 32, digits;

    v = (v >> 10 & UINT64_C(0x000003ff000003ff)) |
        (v & UINT64_C(0x000003ff000003ff)) << 16;
    v = (v >> 5 & UINT64_C(0x001f001f001f001f)) |
        (v & UINT64_C(0x001f001f001f001f)) << 8;
    digits = (v + EACH(0x80 - 26)) >> 7 & EACH(1); /* 26 is '2' */
    return v + EACH('A') - digits * ('A' + 26 - '2');
}

static void base32(const uint8_t *in, size_t len, char *out)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    uint32_t bits = 0;
    unsigned have = 0;

    for (; len >= 5; len -= 5, in += 5) {
        uint64_t five = (uint64_t)in[0] << 32 | (uint64_t)in[1] << 24 |
                        (uint64_t)in[2] << 16 | (uint64_t)in[3] << 8 | in[4];

        five = htole64(eight_letters(five));
        memcpy(out, &five, 8);
        out += 8;
    }
    for (size_t i = 0; i < len; i++) {
        bits = bits << 8 | in[i];
        have += 8;
        while (have >= 5) {
            have -= 5;
            *out++ = alphabet[bits >> have & 31];
        }
    }
    if (have > 0)
        *out++ = alphabet[bits << (5 - have) & 31];
    *out = '\0';
}

/* RFC 4648 sections 4 and 5: some crawlers write SHA-1 so. */
static int sextet(uint8_t c)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const char *p = c != '\0' ? strchr(alphabet, c) : NULL;

    if (p != NULL)
        return (int)(p - alphabet);
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

static bool unbase64(struct dtl_slice s, uint8_t *out, size_t len)
{
    uint32_t bits = 0;
    unsigned have = 0;
    size_t n = 0;

    while (s.len > 0 && s.ptr[s.len - 1] == '=')
        s.len--;
    if (s.len != (len * 8 + 5) / 6)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        int v = sextet(s.ptr[i]);

        if (v < 0)
            return false;
        bits = bits << 6 | (uint32_t)v;
        have += 6;
        if (have >= 8) {
            have -= 8;
            out[n++] = (uint8_t)(bits >> have);
        }
    }
    return n == len;
}

static bool value_of(const struct kind *k, struct dtl_slice value,
                     struct dtl_digest *out)
{
    memset(out, 0, sizeof *out);
    if (!(value.len == 2U * k->len && dtl_unhex(value, out->bytes)) &&
        !unbase32(value, out->bytes, k->len) &&
        !unbase64(value, out->bytes, k->len))
        return false;
    out->kind = k->kind;
    out->len = k->len;
    return true;
}

int dtl_digest_parse(struct dtl_slice s, struct dtl_digest *out,
                     struct dtl_error *err)
{
    const uint8_t *colon;

    s = dtl_trim(s);
    colon = s.len > 0 ? memchr(s.ptr, ':', s.len) : NULL;
    if (colon != NULL) {
        size_t at = (size_t)(colon - s.ptr);
        const struct kind *k = kind_labelled(dtl_sub(s, 0, at));

        if (k != NULL && value_of(k, dtl_trim(dtl_sub(s, at + 1, s.len)), out))
            return DTL_OK;
    } else {
        for (size_t i = 0; i < NKINDS; i++)
            if (value_of(&kinds[i], s, out))
                return DTL_OK;
    }
    memset(out, 0, sizeof *out);
    return dtl_fail(err, DTL_FORMAT, 0, "not a digest: %.*s",
                    (int)(s.len < 100 ? s.len : 100), (const char *)s.ptr);
}

void dtl_digest_text(const struct dtl_digest *d, char out[DTL_DIGEST_TEXT])
{
    const struct kind *k = kind_of(d->kind);
    size_t n;

    out[0] = '\0';
    if (k == NULL)
        return;
    n = strlen(k->name);
    memcpy(out, k->name, n);
    out[n++] = ':';
    if (k->kind == DTL_DIGEST_SHA1)
        base32(d->bytes, k->len, out + n);
    else
        dtl_hex(dtl_slice_of(d->bytes, k->len), out + n);
}

bool dtl_digest_equal(const struct dtl_digest *a, const struct dtl_digest *b)
{
    return a->kind == b->kind && a->len == b->len &&
           memcmp(a->bytes, b->bytes, a->len) == 0;
}

struct dtl_hasher {
    EVP_MD *md; /* fetched once: a look-up by name costs more
                   than hashing a small record */
    EVP_MD_CTX *ctx;
    uint8_t kind;
};

int dtl_hasher_new(enum dtl_digest_kind kind, struct dtl_hasher **out,
                   struct dtl_error *err)
{
    const struct kind *k = kind_of(kind);
    struct dtl_hasher *h;

    *out = NULL;
    if (k == NULL)
        return dtl_fail(err, DTL_INVALID, 0, "no such digest kind: %d",
                        (int)kind);
    h = calloc(1, sizeof *h);
    if (h == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a digest");
    h->kind = k->kind;
    h->md = EVP_MD_fetch(NULL, k->openssl, NULL);
    h->ctx = EVP_MD_CTX_new();
    if (h->md == NULL || h->ctx == NULL ||
        EVP_DigestInit_ex2(h->ctx, h->md, NULL) != 1) {
        dtl_hasher_free(h);
        return dtl_fail(err, DTL_NOMEM, 0, "libcrypto offers no %s", k->name);
    }
    *out = h;
    return DTL_OK;
}

void dtl_hasher_add(struct dtl_hasher *h, struct dtl_slice s)
{
    if (s.len > 0)
        EVP_DigestUpdate(h->ctx, s.ptr, s.len);
}

void dtl_hasher_finish(struct dtl_hasher *h, struct dtl_digest *out)
{
    unsigned len = 0;
    uint8_t md[EVP_MAX_MD_SIZE];

    memset(out, 0, sizeof *out);
    if (EVP_DigestFinal_ex(h->ctx, md, &len) == 1 && len <= sizeof out->bytes) {
        out->kind = h->kind;
        out->len = (uint8_t)len;
        memcpy(out->bytes, md, len);
    }
    EVP_DigestInit_ex2(h->ctx, h->md, NULL);
}

void dtl_hasher_free(struct dtl_hasher *h)
{
    if (h == NULL)
        return;
    EVP_MD_CTX_free(h->ctx);
    EVP_MD_free(h->md);
    free(h);
}

void dtl_hex(struct dtl_slice s, char *out)
{
    static const char alphabet[] = "0123456789abcdef";

    for (size_t i = 0; i < s.len; i++) {
        *out++ = alphabet[s.ptr[i] >> 4];
        *out++ = alphabet[s.ptr[i] & 15];
    }
    *out = '\0';
}

static int nibble(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool dtl_unhex(struct dtl_slice s, uint8_t *out)
{
    if (s.len % 2 != 0)
        return false;
    for (size_t i = 0; i < s.len; i += 2) {
        int high = nibble(s.ptr[i]), low = nibble(s.ptr[i + 1]);

        if (high < 0 || low < 0)
            return false;
        *out++ = (uint8_t)(high << 4 | low);
    }
    return true;
}
