/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_STORY_H
#define DATELINE_STORY_H
/*
 * What identifies a text: its normal form, the hash of that, and positional
 * fingerprints ("marks") that survive editing.  Finding and judging copies is
 * in <dateline/trace.h>.
 *
 *     dtl_normal(article.text, arena, &normal, &err);
 *     dtl_text_hash(normal, row.text_hash, &err);
 *     dtl_marks(normal, arena, &marks, &err);
 */
#include <dateline/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Version of the normal form; part of every citation. */
#define DTL_NORMAL_VERSION 1

/**
 * The normal form, version 1.  Equal articles come out equal across sites and
 * recaptures.  The result is valid UTF-8 and its own normal form:
 *   1. bytes that are not UTF-8 become U+FFFD, one each;
 *   2. Unicode NFC, of at most 30 combining marks in a row;
 *   3. line ends (LF, CR, VT, FF, NEL, LS, PS) separate blocks; other white
 *      space runs (Unicode Zs, tab) become one space, none at either end of
 *      a block; empty blocks vanish; blocks are joined by one LF;
 *   4. single quotes, primes and accents used as quotes become ', double
 *      quotes and guillemets ", hyphens and dashes -, the ellipsis ... ;
 *   5. other controls, soft hyphens, zero-width and bidirectional format
 *      characters and variation selectors vanish.
 * Letter case, punctuation and compatibility characters stay.
 */
DTL_API int dtl_normal(struct dtl_slice text, struct dtl_arena *arena,
                       struct dtl_slice *out, struct dtl_error *err);

/** SHA-256 of the normal form. */
DTL_API int dtl_text_hash(struct dtl_slice normal, uint8_t out[32],
                          struct dtl_error *err);

/* ---- words ------------------------------------------------------------ */

enum {
    DTL_WORD_BLOCK = 1 << 0,    /* first of its block (line) */
    DTL_WORD_SENTENCE = 1 << 1, /* first of its sentence */
    DTL_WORD_NUMBER = 1 << 2,   /* has a digit */
    DTL_WORD_CHAR = 1 << 3,     /* one character of a script written without
                                   spaces: Han, kana, Thai, Lao, Khmer, ... */
    DTL_WORD_QUOTED = 1 << 4,   /* inside "double quotes" */
};

/** A word: letters, marks and digits.  Case, accents, apostrophes and the
 * commas of 1,000 do not count for `hash`. */
struct dtl_word {
    uint64_t hash;
    uint32_t start; /* byte offset in the normal form */
    uint16_t len;   /* in bytes */
    uint16_t flags;
};

struct dtl_words {
    struct dtl_word *words;
    uint32_t count;
};

/** Words of a normal form, in order; at most `max` (0: all). */
DTL_API int dtl_words(struct dtl_slice normal, uint32_t max,
                      struct dtl_arena *arena, struct dtl_words *out,
                      struct dtl_error *err);

/* ---- marks ------------------------------------------------------------ */

/** A fingerprint of a few words and the word number where they stand. */
struct dtl_mark {
    uint64_t hash;
    uint32_t position;
};

struct dtl_marks {
    struct dtl_mark *marks; /* by position */
    uint32_t count;
    uint32_t words; /* in the text */
};

/** Marks of a normal form, for the index and for a query alike: of each
 * sentence the smallest ceil(n/8) of its n hashes of four words. */
DTL_API int dtl_marks(struct dtl_slice normal, struct dtl_arena *arena,
                      struct dtl_marks *out, struct dtl_error *err);
/** The same from words already at hand; with `all`, every hash: for short
 * queries, which may begin and end within a sentence. */
DTL_API int dtl_word_marks(const struct dtl_words *words, bool all,
                           struct dtl_arena *arena, struct dtl_marks *out,
                           struct dtl_error *err);
#define DTL_TITLE_WORDS 64
/** Marks of a headline: its words and word pairs, of at most
 * DTL_TITLE_WORDS words. */
DTL_API int dtl_title_marks(struct dtl_slice title, struct dtl_arena *arena,
                            struct dtl_marks *out, struct dtl_error *err);

/* ---- edits ------------------------------------------------------------ */

enum dtl_edit_kind { DTL_EDIT_SAME, DTL_EDIT_REMOVED, DTL_EDIT_ADDED };

/** A run of words; the slices of one text in order are the text without its
 * white space between runs.  A character of a script without spaces is a
 * word. */
struct dtl_edit {
    enum dtl_edit_kind kind;
    struct dtl_slice text; /* of the old text, or for ADDED of the new */
    struct dtl_slice now;  /* SAME: the run as it stands in the new text */
    uint32_t words;
};

/**
 * What was done to `old` to make `now`, word by word, in order.  Texts that
 * differ in more than 4,096 places come out as one removal and one addition
 * between what they share at both ends.
 */
DTL_API int dtl_word_diff(struct dtl_slice old, struct dtl_slice now,
                          struct dtl_arena *arena, struct dtl_edit **out,
                          size_t *n, struct dtl_error *err);

#ifdef __cplusplus
}
#endif
#endif
