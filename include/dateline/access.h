/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_ACCESS_H
#define DATELINE_ACCESS_H
/*
 * Who may see what: rules by SURT prefix, capture time, age and user, in the
 * .aclj files of pywb, one a line:
 *
 *     org,example)/private - {"access": "block", "user": "public"}
 *     org,example, - {"access": "allow_ignore_embargo"}
 *     com, - {"access": "embargo", "days": 30}
 *     com,example)/x - {"access": "exclude", "from": "2019", "to": "202001"}
 *
 * A key that ends with "###" stands for that URL alone.  Of the rules that
 * hold for a capture the one with the longest key decides, among equals an
 * exact one first, then one that names the user, then the earlier one.
 */
#include <dateline/index.h>

#ifdef __cplusplus
extern "C" {
#endif

enum dtl_access {
    DTL_ACCESS_ALLOW,
    DTL_ACCESS_BLOCK,   /* it is known to be there, not shown (451) */
    DTL_ACCESS_EXCLUDE, /* as if it were not there (404) */
};

struct dtl_access_rules;
/** `text`: a whole file of rules.  `otherwise` holds where none does. */
DTL_API int dtl_access_read(struct dtl_slice text, enum dtl_access otherwise,
                            struct dtl_access_rules **out,
                            struct dtl_error *err);
/** May `user` (NULL: anyone) see this capture at time `now`? */
DTL_API enum dtl_access dtl_access_of(const struct dtl_access_rules *r,
                                      const struct dtl_capture *c,
                                      const char *user, int64_t now);
DTL_API void dtl_access_free(struct dtl_access_rules *r);

/* ---- in force over a store ---------------------------------------------- */

/**
 * From now on `s` shows only what `user` may see at time `now`: an excluded
 * capture is not there, an article is when one of its captures is allowed, and
 * the bytes of a blocked one are not given.  `rules` and `user` are borrowed;
 * rules NULL: all is shown.  Cheap when nothing changed.
 */
DTL_API void dtl_store_restrict(struct dtl_store *s,
                                const struct dtl_access_rules *rules,
                                const char *user, int64_t now);
/** May the bytes of this capture be given?  DTL_OK, DTL_DENIED when it is
 * blocked, DTL_NOTFOUND when it is excluded or was taken down. */
DTL_API int dtl_store_may_show(struct dtl_store *s, const struct dtl_capture *c,
                               struct dtl_error *err);

#ifdef __cplusplus
}
#endif
#endif
