/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DTL_ARTICLE_NEEDLES_H
#define DTL_ARTICLE_NEEDLES_H
/*
 * Many short strings sought in a text at once: one look-up by two bytes for
 * each place of the text, whatever the number of strings.
 */
#include <dateline/base.h>

#define NEEDLE_SLOTS 1024u

struct needle {
    const char *text; /* at least two bytes */
    uint16_t len, next;
};

/** Made when the library is built: see make_tables.h. */
struct needles {
    const struct needle *item;
    uint16_t n;
    uint16_t first[NEEDLE_SLOTS]; /* number + 1 of a chain, 0 for none */
};

static inline unsigned needles_slot(const uint8_t *p)
{
    return (p[0] * 37u ^ p[1] * 5u) & (NEEDLE_SLOTS - 1);
}
/** Number + 1 of the first that may stand at `p`, where two bytes can be read;
 * its `next` leads to the others. */
static inline uint16_t needles_first(const struct needles *x, const uint8_t *p)
{
    return x->first[needles_slot(p)];
}
/** Does any of them stand in `s`? */
bool needles_any(const struct needles *x, struct dtl_slice s);

#endif
