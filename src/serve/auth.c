/* SPDX-License-Identifier: Apache-2.0 */
#include "auth.h"

#include "util.h"

#include <dateline/digest.h>

#include <crypt.h>
#include <pthread.h>
#include <stdlib.h>

#define MOST_ACCOUNTS 10000
#define MOST_BYTES    ((size_t)4 << 20)
#define KNOWN         256 /* values that were right */

struct account {
    char *name;
    char *hash; /* of crypt(3); NULL for a token */
    uint8_t token[32];
};

struct auth {
    struct account *accounts;
    size_t n, room;
    pthread_mutex_t lock; /* of what follows: one password at a time */
    struct crypt_data crypt;
    struct known {
        uint8_t digest[32]; /* of the value of Authorization */
        const struct account *account;
    } known[KNOWN];
    size_t next;
};

/* ---- reading ------------------------------------------------------------- */

void auth_free(struct auth *a)
{
    if (a == NULL)
        return;
    for (size_t i = 0; i < a->n; i++) {
        free(a->accounts[i].name);
        free(a->accounts[i].hash);
    }
    free(a->accounts);
    pthread_mutex_destroy(&a->lock);
    free(a);
}

static int add_account(struct auth *a, struct dtl_slice line, size_t number,
                       struct dtl_error *err)
{
    const uint8_t *colon = memchr(line.ptr, ':', line.len);
    struct account *account;
    struct dtl_slice secret;

    if (colon == NULL || colon == line.ptr || a->n == MOST_ACCOUNTS)
        return dtl_fail(err, DTL_FORMAT, 0, "line %zu is no account: NAME:HASH",
                        number);
    if (a->n == a->room) {
        size_t room = a->room == 0 ? 16 : a->room * 2;
        struct account *more = realloc(a->accounts, room * sizeof *more);

        if (more == NULL)
            return dtl_fail(err, DTL_NOMEM, 0, "out of memory for accounts");
        a->accounts = more;
        a->room = room;
    }
    account = &a->accounts[a->n];
    *account = (struct account){ .name = strndup((const char *)line.ptr,
                                                 (size_t)(colon - line.ptr)) };
    a->n++;
    secret = dtl_sub(line, (size_t)(colon + 1 - line.ptr), line.len);
    if (dtl_starts(secret, "bearer:")) {
        secret = dtl_sub(secret, 7, secret.len);
        if (secret.len != 64 || !dtl_unhex(secret, account->token))
            return dtl_fail(err, DTL_FORMAT, 0,
                            "line %zu: no SHA-256 of a token", number);
    } else if (!dtl_starts(secret, "$")) {
        return dtl_fail(err, DTL_FORMAT, 0,
                        "line %zu: a password has to be hashed by crypt(3)",
                        number);
    } else {
        account->hash = strndup((const char *)secret.ptr, secret.len);
        if (account->hash == NULL)
            return dtl_fail(err, DTL_NOMEM, 0, "out of memory for accounts");
    }
    return account->name != NULL
               ? DTL_OK
               : dtl_fail(err, DTL_NOMEM, 0, "out of memory for accounts");
}

static int read_lines(struct auth *a, struct dtl_slice text,
                      struct dtl_error *err)
{
    size_t number = 0;
    int rc = DTL_OK;

    while (rc == DTL_OK && text.len > 0) {
        const uint8_t *end = memchr(text.ptr, '\n', text.len);
        size_t len = end != NULL ? (size_t)(end - text.ptr) : text.len;
        struct dtl_slice line = dtl_trim(dtl_sub(text, 0, len));

        number++;
        if (line.len > 0 && line.ptr[0] != '#')
            rc = add_account(a, line, number, err);
        text = dtl_sub(text, len + (end != NULL), text.len);
    }
    if (rc == DTL_OK && a->n == 0)
        rc = dtl_fail(err, DTL_FORMAT, 0, "there is no account in it");
    return rc;
}

int auth_open(const char *path, struct auth **out, struct dtl_error *err)
{
    struct auth *a = calloc(1, sizeof *a);
    struct dtl_buf text = { 0 };
    struct dtl_error why = { 0 };
    int rc;

    *out = NULL;
    if (a == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for accounts");
    pthread_mutex_init(&a->lock, NULL);
    rc = read_text_file(path, MOST_BYTES, &text, &why);
    if (rc == DTL_OK)
        rc = read_lines(a, dtl_buf_view(&text), &why);
    dtl_buf_free(&text);
    if (rc == DTL_OK) {
        *out = a;
        return DTL_OK;
    }
    auth_free(a);
    return dtl_fail(err, rc, 0, "%.120s: %.120s", path, why.text);
}

/* ---- asking -------------------------------------------------------------- */

/* In a time that does not tell where they differ. */
static bool same_bytes(const void *a, const void *b, size_t n)
{
    const uint8_t *x = a, *y = b;
    uint8_t differs = 0;

    for (size_t i = 0; i < n; i++)
        differs |= (uint8_t)(x[i] ^ y[i]);
    return differs == 0;
}

static const char *after_scheme(const char *value, const char *scheme)
{
    size_t n = strlen(scheme);

    if (value == NULL || !dtl_starts_nocase(dtl_str(value), scheme) ||
        value[n] != ' ')
        return NULL;
    return value + n + strspn(value + n, " ");
}

static bool is_token(struct auth *a, const char *token, const char **user)
{
    uint8_t hash[32];
    bool found = false;

    if (!sha256(dtl_str(token), hash))
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (a->accounts[i].hash == NULL &&
            same_bytes(a->accounts[i].token, hash, 32)) {
            *user = a->accounts[i].name;
            found = true;
        }
    return found;
}

enum auth_answer auth_known(struct auth *a, const char *value,
                            const char **user)
{
    const char *token = after_scheme(value, "Bearer");
    enum auth_answer answer = AUTH_MAYBE;
    uint8_t digest[32];

    *user = NULL;
    if (token != NULL)
        return is_token(a, token, user) ? AUTH_YES : AUTH_NO;
    if (after_scheme(value, "Basic") == NULL || !sha256(dtl_str(value), digest))
        return AUTH_NO;
    pthread_mutex_lock(&a->lock);
    for (size_t i = 0; i < KNOWN; i++)
        if (a->known[i].account != NULL &&
            same_bytes(a->known[i].digest, digest, 32)) {
            *user = a->known[i].account->name;
            answer = AUTH_YES;
        }
    pthread_mutex_unlock(&a->lock);
    return answer;
}

/* RFC 4648; what is none ends it. */
static size_t unbase64(const char *text, char *out, size_t max)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrs"
                                 "tuvwxyz0123456789+/";
    unsigned bits = 0, have = 0;
    size_t n = 0;

    for (; *text != '\0' && n < max; text++) {
        const char *d = strchr(digits, *text);

        if (d == NULL)
            break;
        bits = bits << 6 | (unsigned)(d - digits);
        have += 6;
        if (have >= 8) {
            have -= 8;
            out[n++] = (char)(bits >> have & 0xff);
        }
    }
    return n;
}

static const struct account *account_of(struct auth *a, char *name_password)
{
    char *colon = strchr(name_password, ':');
    const struct account *found = NULL, *any = NULL;
    const char *hash;

    if (colon == NULL)
        return NULL;
    *colon = '\0';
    for (size_t i = 0; i < a->n; i++) {
        if (a->accounts[i].hash == NULL)
            continue;
        any = &a->accounts[i];
        if (found == NULL && strcmp(any->name, name_password) == 0)
            found = any;
    }
    if (any == NULL)
        return NULL;
    /* An unknown name takes as long as a wrong password. */
    any = found != NULL ? found : any;
    hash = crypt_r(colon + 1, any->hash, &a->crypt);
    return found != NULL && hash != NULL &&
                   strlen(hash) == strlen(found->hash) &&
                   same_bytes(hash, found->hash, strlen(hash))
               ? found
               : NULL;
}

bool auth_check(struct auth *a, const char *value, const char **user)
{
    enum auth_answer answer = auth_known(a, value, user);
    const struct account *account;
    char text[512];

    if (answer != AUTH_MAYBE)
        return answer == AUTH_YES;
    text[unbase64(after_scheme(value, "Basic"), text, sizeof text - 1)] = '\0';
    pthread_mutex_lock(&a->lock);
    account = account_of(a, text);
    if (account != NULL) {
        a->known[a->next].account =
            sha256(dtl_str(value), a->known[a->next].digest) ? account : NULL;
        a->next = (a->next + 1) % KNOWN;
        *user = account->name;
    }
    pthread_mutex_unlock(&a->lock);
    return account != NULL;
}
