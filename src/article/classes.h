/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DTL_ARTICLE_CLASSES_H
#define DTL_ARTICLE_CLASSES_H
/*
 * What the values of class and id attributes say, remembered: values recur on
 * a page, and the names they are made of recur even more.  Metadata and body
 * ask about the same ones, so both answers are found together.
 */
#include <dateline/html.h>

/* Longer values are data. */
#define CLASS_TEXT_MAX 2048u

/* A class list or an id, made ready to be read.  Masks have a bit for each
 * byte. */
struct class_text {
    size_t len; /* at most CLASS_TEXT_MAX */
    uint64_t letters[CLASS_TEXT_MAX / 64 + 2];
    /* Where words begin: a letter after none, a capital after a small one. */
    uint64_t starts[CLASS_TEXT_MAX / 64 + 2];
    uint64_t stops[CLASS_TEXT_MAX / 64 + 2];  /* those, and what is no letter */
    uint64_t blanks[CLASS_TEXT_MAX / 64 + 2]; /* and behind the last byte */
    uint64_t bs[CLASS_TEXT_MAX / 64 + 2];     /* the letter b */
    uint8_t low[CLASS_TEXT_MAX + 80]; /* in lower case, zeros after it */
};

/* Sixty-four bits of a mask of them, from bit `i` on. */
static inline uint64_t class_mask(const uint64_t *mask, size_t i)
{
    uint64_t low = mask[i / 64] >> i % 64;

    return i % 64 == 0 ? low : low | mask[i / 64 + 1] << (64 - i % 64);
}

/* Where the next bit stands, from `i` on; `end` when none does before. */
static inline size_t class_next(const uint64_t *mask, size_t i, size_t end)
{
    for (; i < end; i += 64) {
        uint64_t m = class_mask(mask, i);

        if (m != 0) {
            i += (size_t)__builtin_ctzll(m);
            return i < end ? i : end;
        }
    }
    return end;
}

struct class_said {
    uint32_t hints; /* HINT_* */
    uint32_t spots; /* enum spot_kind */
    uint32_t looks; /* a hash of it; 0: it is empty */
};

struct classes;

/** For a page; NULL when out of memory. */
struct classes *classes_new(const struct dtl_page *page,
                            struct dtl_arena *arena);
/** `value` is borrowed until the memory goes. */
struct class_said classes_said(struct classes *c, struct dtl_slice value);
/** The same for the class of a node. */
struct class_said classes_of(struct classes *c, uint32_t node);

#endif
