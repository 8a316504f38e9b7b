/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DTL_ARTICLE_CLASSES_H
#define DTL_ARTICLE_CLASSES_H
/*
 * What the values of class and id attributes say, remembered: values recur on
 * a page, and the names they are made of recur even more.  Metadata and body
 * ask about the same ones, so both answers are found together.
 */
#include <dateline/base.h>

/* One name of a class list, or an id, made ready to be read.  Masks have a bit
 * for each byte, and zeros after the last. */
#define CLASS_NAME_MAX 320u
struct class_name {
    size_t len; /* at most CLASS_NAME_MAX */
    uint64_t upper[CLASS_NAME_MAX / 64 + 1], lower[CLASS_NAME_MAX / 64 + 1];
    uint8_t low[CLASS_NAME_MAX + 32]; /* in lower case, zeros after it */
};

static inline uint64_t class_letters(const struct class_name *name, size_t word)
{
    return name->upper[word] | name->lower[word];
}

struct class_said {
    uint32_t hints; /* HINT_* */
    uint32_t spots; /* enum spot_kind */
    uint32_t looks; /* a hash of it; 0: it is empty */
};

struct classes;

/** For a page of so many attributes; NULL when out of memory. */
struct classes *classes_new(struct dtl_arena *arena, uint32_t nattrs);
/** `value` is borrowed until the memory goes. */
struct class_said classes_said(struct classes *c, struct dtl_slice value);

#endif
