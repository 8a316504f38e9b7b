/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DTL_EXPORT_SELECT_H
#define DTL_EXPORT_SELECT_H
/* Sets of captures, a bit each, and what puts captures into one. */
#include <dateline/export.h>

struct dtl_capture_set {
    struct dtl_store *store;
    uint8_t **bits; /* a segment each */
    uint32_t nsegments;
    uint64_t unknown; /* names that nothing in the store has */
};

int dtl_set_new(struct dtl_store *store, struct dtl_capture_set **out,
                struct dtl_error *err);
void dtl_set_free(struct dtl_capture_set *s);
void dtl_set_add(struct dtl_capture_set *s, struct dtl_ref capture);
void dtl_set_drop(struct dtl_capture_set *s, struct dtl_ref capture);
bool dtl_set_has(const struct dtl_capture_set *s, struct dtl_ref capture);
/** Keep in `s` what `other` has, too. */
void dtl_set_keep(struct dtl_capture_set *s,
                  const struct dtl_capture_set *other);
/** All captures of an article. */
int dtl_set_add_article(struct dtl_capture_set *s, struct dtl_ref article,
                        struct dtl_arena *arena, struct dtl_error *err);

/* Put in what each of these parts of a selection names. */
int dtl_set_add_urls(struct dtl_capture_set *s, const struct dtl_url_match *m,
                     size_t n, struct dtl_error *err);
int dtl_set_add_passage(struct dtl_capture_set *s, const char *text,
                        struct dtl_error *err);
int dtl_set_add_sites(struct dtl_capture_set *s, const char *const *sites,
                      size_t n, struct dtl_error *err);
int dtl_set_add_list(struct dtl_capture_set *s, struct dtl_slice lines,
                     struct dtl_error *err);
int dtl_set_add_trace(struct dtl_capture_set *s, struct dtl_slice json,
                      struct dtl_error *err);

#endif
