/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_INDEX_SEALED_H
#define DATELINE_INDEX_SEALED_H
/*
 * A sealed file is an LMDB environment that will never change again, followed
 * by one checksum for each of its pages.  It is written by LMDB and read by
 * the walker here, which trusts no byte: each page is checked the first time
 * it is touched, so that a damaged disk is an error and not a wrong answer.
 * The walker needs no lock file, so read-only media work.
 *
 * A handle remembers which pages it has checked: one handle per thread.
 */
#include <dateline/base.h>

struct MDB_env;

/** Check what LMDB wrote to `path` (closed), append the checksums and sync. */
int dtl_seal(const char *path, struct dtl_error *err);

struct dtl_sealed;
int dtl_sealed_open(const char *path, struct dtl_sealed **out,
                    struct dtl_error *err);
void dtl_sealed_close(struct dtl_sealed *s);
/** Let go of the pages that were touched: the next look fetches them again. */
void dtl_sealed_trim(const struct dtl_sealed *s);
const char *dtl_sealed_path(const struct dtl_sealed *s);
uint64_t dtl_sealed_pages(const struct dtl_sealed *s);
/** Does this byte stand in the file? */
bool dtl_sealed_holds(const struct dtl_sealed *s, const uint8_t *p);
/** Bytes of one page. */
uint32_t dtl_sealed_page_size(const struct dtl_sealed *s);
/** Check page `n` whether or not it was checked before. */
int dtl_sealed_check(struct dtl_sealed *s, uint64_t n, struct dtl_error *err);

/** One named table; an absent one is empty. */
struct dtl_table {
    struct dtl_sealed *file;
    uint64_t root, entries;
    uint64_t pages; /* branch, leaf and overflow */
};
int dtl_sealed_table(struct dtl_sealed *s, const char *name,
                     struct dtl_table *out, struct dtl_error *err);
/** The value of `key`, borrowed from the file; DTL_NOTFOUND. */
int dtl_table_get(const struct dtl_table *t, struct dtl_slice key,
                  struct dtl_slice *value, struct dtl_error *err);

#define DTL_TABLE_DEPTH 24
struct dtl_table_cursor {
    struct dtl_table table;
    unsigned depth; /* levels in use; 0: nowhere */
    struct {
        const uint8_t *page;
        uint32_t i, n;
    } at[DTL_TABLE_DEPTH];
    struct dtl_slice key, value; /* where it stands */
};
void dtl_table_cursor(struct dtl_table_cursor *c, const struct dtl_table *t);
/* Each moves and sets key and value; DTL_END when there is no such entry. */
int dtl_table_first(struct dtl_table_cursor *c, struct dtl_error *err);
int dtl_table_last(struct dtl_table_cursor *c, struct dtl_error *err);
/** The last entry whose key is `key` or less. */
int dtl_table_floor(struct dtl_table_cursor *c, struct dtl_slice key,
                    struct dtl_error *err);
int dtl_table_next(struct dtl_table_cursor *c, struct dtl_error *err);
int dtl_table_prev(struct dtl_table_cursor *c, struct dtl_error *err);

#endif
