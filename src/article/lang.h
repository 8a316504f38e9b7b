/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DTL_ARTICLE_LANG_H
#define DTL_ARTICLE_LANG_H
/*
 * Language codes as pages declare them and as the text itself shows.
 */
#include <dateline/base.h>

#define LANG_CODE 8

/** "en_US", "EN-gb", "English", "iw" -> "en", "en", "en", "he"; false when it
 * is no language. */
bool lang_base(struct dtl_slice declared, char out[LANG_CODE]);

/** Detect from up to 1 KiB out of the middle of `text`.  False when there is
 * too little or no clear answer. */
bool lang_detect(struct dtl_slice text, const char *hint, char out[LANG_CODE]);

/** Are `a` and `b` so alike that a detector mixes them up (no, nb, nn; hr, bs,
 * sr)?  Then the declaration is believed. */
bool lang_alike(const char *a, const char *b);

#endif
