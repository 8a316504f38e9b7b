/* SPDX-License-Identifier: Apache-2.0 */
#include "env.h"
#include "sealed.h"

#include <errno.h>
#include <lmdb.h>
#include <stdlib.h>

#define TABLES   24
#define BATCH    (8U << 20)  /* bytes put before a commit */
#define HEADROOM (64U << 20) /* of the map above what is used */

struct table {
    const char *name;
    MDB_dbi dbi;
    MDB_cursor *cursor; /* of the transaction in hand, NULL: none yet */
};

struct dtl_env {
    char *path;
    MDB_env *env;
    MDB_txn *txn;
    struct table tables[TABLES];
    size_t ntables;
    size_t pending; /* bytes put since the last commit */
};

static int failed(const struct dtl_env *e, const char *what, int code,
                  struct dtl_error *err)
{
    return dtl_fail(err, code == ENOMEM ? DTL_NOMEM : DTL_IO, 0, "%s: %s: %s",
                    e->path, what, mdb_strerror(code));
}

/* Room in the map for `more` bytes; between transactions only. */
static int grow(struct dtl_env *e, size_t more, struct dtl_error *err)
{
    MDB_envinfo info;
    MDB_stat stat;
    size_t want;
    int code = mdb_env_info(e->env, &info);

    if (code == 0)
        code = mdb_env_stat(e->env, &stat);
    if (code != 0)
        return failed(e, "cannot look at it", code, err);
    want = (info.me_last_pgno + 1) * stat.ms_psize + 2 * more + HEADROOM;
    if (want <= info.me_mapsize)
        return DTL_OK;
    code = mdb_env_set_mapsize(e->env, want + want / 2);
    return code == 0 ? DTL_OK : failed(e, "cannot map more", code, err);
}

static int begin(struct dtl_env *e, size_t more, struct dtl_error *err)
{
    int rc = grow(e, more, err), code;

    if (rc != DTL_OK)
        return rc;
    code = mdb_txn_begin(e->env, NULL, 0, &e->txn);
    if (code != 0) {
        e->txn = NULL;
        return failed(e, "cannot write", code, err);
    }
    return DTL_OK;
}

static int commit(struct dtl_env *e, struct dtl_error *err)
{
    int code;

    for (size_t i = 0; i < e->ntables; i++) {
        if (e->tables[i].cursor != NULL)
            mdb_cursor_close(e->tables[i].cursor);
        e->tables[i].cursor = NULL;
    }
    if (e->txn == NULL)
        return DTL_OK;
    code = mdb_txn_commit(e->txn);
    e->txn = NULL;
    e->pending = 0;
    return code == 0 ? DTL_OK : failed(e, "cannot write", code, err);
}

int dtl_env_open(const char *path, bool existing, struct dtl_env **out,
                 struct dtl_error *err)
{
    struct dtl_env *e = calloc(1, sizeof *e);
    int code, rc;

    *out = NULL;
    if (e == NULL || (e->path = strdup(path)) == NULL) {
        free(e);
        return dtl_fail(err, DTL_NOMEM, 0, "%s: out of memory", path);
    }
    (void)existing; /* LMDB creates what is not there */
    code = mdb_env_create(&e->env);
    if (code == 0)
        code = mdb_env_set_maxdbs(e->env, TABLES);
    if (code == 0)
        code = mdb_env_set_mapsize(e->env, HEADROOM);
    if (code == 0)
        code = mdb_env_open(e->env, path,
                            MDB_NOSUBDIR | MDB_NOSYNC | MDB_NOLOCK, 0666);
    rc = code == 0 ? begin(e, 0, err) : failed(e, "cannot open", code, err);
    if (rc != DTL_OK) {
        dtl_env_free(e);
        return rc;
    }
    *out = e;
    return DTL_OK;
}

/* The table, opened in the transaction in hand. */
static int table(struct dtl_env *e, const char *name, size_t more,
                 struct table **out, struct dtl_error *err)
{
    struct table *t = NULL;
    int code, rc;

    if (e->pending + more > BATCH || e->txn == NULL) {
        if ((rc = commit(e, err)) != DTL_OK ||
            (rc = begin(e, more, err)) != DTL_OK)
            return rc;
    }
    for (size_t i = 0; i < e->ntables; i++)
        if (e->tables[i].name == name || strcmp(e->tables[i].name, name) == 0)
            t = &e->tables[i];
    if (t == NULL) {
        if (e->ntables == TABLES)
            return dtl_fail(err, DTL_LIMIT, 0, "%s: too many tables", e->path);
        t = &e->tables[e->ntables];
        code = mdb_dbi_open(e->txn, name, MDB_CREATE, &t->dbi);
        if (code != 0)
            return failed(e, "cannot make a table", code, err);
        t->name = name;
        t->cursor = NULL;
        e->ntables++;
    }
    if (t->cursor == NULL &&
        (code = mdb_cursor_open(e->txn, t->dbi, &t->cursor)) != 0) {
        t->cursor = NULL;
        return failed(e, "cannot write", code, err);
    }
    e->pending += more;
    *out = t;
    return DTL_OK;
}

static int put(struct dtl_env *e, const char *name, struct dtl_slice key,
               struct dtl_slice value, unsigned flags, struct dtl_error *err)
{
    MDB_val k = { key.len, (void *)(uintptr_t)key.ptr };
    MDB_val v = { value.len, (void *)(uintptr_t)value.ptr };
    struct table *t;
    int code, rc = table(e, name, key.len + value.len + 64, &t, err);

    if (rc != DTL_OK)
        return rc;
    code = mdb_cursor_put(t->cursor, &k, &v, flags);
    if (code == MDB_KEYEXIST)
        return dtl_fail(err, DTL_INVALID, 0, "%s: table %s is out of order",
                        e->path, name);
    return code == 0 ? DTL_OK : failed(e, "cannot write", code, err);
}

int dtl_env_append(struct dtl_env *e, const char *name, struct dtl_slice key,
                   struct dtl_slice value, struct dtl_error *err)
{
    return put(e, name, key, value, MDB_APPEND, err);
}

int dtl_env_put(struct dtl_env *e, const char *name, struct dtl_slice key,
                struct dtl_slice value, struct dtl_error *err)
{
    return put(e, name, key, value, 0, err);
}

int dtl_env_remove(struct dtl_env *e, const char *name, struct dtl_slice key,
                   struct dtl_error *err)
{
    MDB_val k = { key.len, (void *)(uintptr_t)key.ptr };
    struct table *t;
    int code, rc = table(e, name, key.len + 64, &t, err);

    if (rc != DTL_OK)
        return rc;
    code = mdb_del(e->txn, t->dbi, &k, NULL);
    return code == 0 || code == MDB_NOTFOUND
               ? DTL_OK
               : failed(e, "cannot write", code, err);
}

int dtl_env_seal(struct dtl_env *e, struct dtl_error *err)
{
    int rc = commit(e, err);

    if (rc != DTL_OK)
        return rc;
    mdb_env_close(e->env);
    e->env = NULL;
    return dtl_seal(e->path, err);
}

void dtl_env_free(struct dtl_env *e)
{
    if (e == NULL)
        return;
    for (size_t i = 0; i < e->ntables; i++)
        if (e->tables[i].cursor != NULL)
            mdb_cursor_close(e->tables[i].cursor);
    if (e->txn != NULL)
        mdb_txn_abort(e->txn);
    if (e->env != NULL)
        mdb_env_close(e->env);
    free(e->path);
    free(e);
}
