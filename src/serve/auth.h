/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_SERVE_AUTH_H
#define DATELINE_SERVE_AUTH_H
/*
 * Who may ask at all: a file with a line for each account,
 *
 *     ann:$6$...        a password hashed by crypt(3): `openssl passwd -6`
 *     feed:bearer:HEX   the SHA-256 of a token
 *
 * A password takes long to check on purpose; what was right once is known from
 * then on.
 */
#include <dateline/base.h>

struct auth;
/** Read the accounts of the file at `path`. */
int auth_open(const char *path, struct auth **out, struct dtl_error *err);
void auth_free(struct auth *a);

enum auth_answer { AUTH_NO, AUTH_YES, AUTH_MAYBE };
/** Is this value of Authorization (NULL: none) a known one?  AUTH_MAYBE: a
 * password that auth_check() has to look at.  `user` lives as long as `a`. */
enum auth_answer auth_known(struct auth *a, const char *value,
                            const char **user);
/** The same, however long it takes. */
bool auth_check(struct auth *a, const char *value, const char **user);

#endif
