/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DTL_ARTICLE_CLD2_H
#define DTL_ARTICLE_CLD2_H
#ifdef __cplusplus
extern "C" {
#endif

struct cld2_answer {
    char code[8]; /* ISO 639 code, "" when it could not tell */
    int percent;  /* of the text in that language */
    int reliable;
};

/** `text` must be valid UTF-8: the detector reads past its end otherwise.
 * `hint` is a declared language ("de") or NULL. */
void cld2_detect(const char *text, int len, const char *hint,
                 struct cld2_answer *out);

#ifdef __cplusplus
}
#endif
#endif
