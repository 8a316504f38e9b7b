/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_INDEX_ENV_H
#define DATELINE_INDEX_ENV_H
/*
 * Build an LMDB file: entries come in key order and go to the end of their
 * table.  Transactions are cut and the map grown as needed; nothing is synced
 * before the file is sealed.
 */
#include <dateline/base.h>

struct dtl_env;
/** Create `path`, or with `existing` go on with it. */
int dtl_env_open(const char *path, bool existing, struct dtl_env **out,
                 struct dtl_error *err);
/** Append to table `name` (a string constant). */
int dtl_env_append(struct dtl_env *e, const char *name, struct dtl_slice key,
                   struct dtl_slice value, struct dtl_error *err);
/** Put or replace, in any order. */
int dtl_env_put(struct dtl_env *e, const char *name, struct dtl_slice key,
                struct dtl_slice value, struct dtl_error *err);
/** Remove, if it is there. */
int dtl_env_remove(struct dtl_env *e, const char *name, struct dtl_slice key,
                   struct dtl_error *err);
/** Commit, close and seal. */
int dtl_env_seal(struct dtl_env *e, struct dtl_error *err);
/** Give up, or free after sealing. */
void dtl_env_free(struct dtl_env *e);

#endif
