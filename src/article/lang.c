/* SPDX-License-Identifier: Apache-2.0 */
#include "lang.h"
#include "cld2.h"

#include <stdio.h>

/* Less than this says nothing; more than SAMPLE adds nothing. */
#define ENOUGH 60
#define SAMPLE 1024
/* So much is enough where it confirms what the page declares. */
#define GLANCE 384

/* Old codes, names and country codes found where a code should be. */
static const struct {
    const char *said, *code;
} aliases[] = {
    { "iw", "he" },         { "in", "id" },        { "ji", "yi" },
    { "jw", "jv" },         { "mo", "ro" },        { "cz", "cs" },
    { "dk", "da" },         { "gr", "el" },        { "jp", "ja" },
    { "kr", "ko" },         { "cn", "zh" },        { "ua", "uk" },
    { "english", "en" },    { "deutsch", "de" },   { "german", "de" },
    { "français", "fr" },   { "french", "fr" },    { "francais", "fr" },
    { "español", "es" },    { "spanish", "es" },   { "italiano", "it" },
    { "italian", "it" },    { "português", "pt" }, { "portuguese", "pt" },
    { "russian", "ru" },    { "русский", "ru" },   { "chinese", "zh" },
    { "arabic", "ar" },     { "japanese", "ja" },  { "korean", "ko" },
    { "polish", "pl" },     { "polski", "pl" },    { "dutch", "nl" },
    { "nederlands", "nl" }, { "swedish", "sv" },   { "turkish", "tr" },
    { "persian", "fa" },    { "hebrew", "he" },    { "hindi", "hi" },
    { "greek", "el" },      { "ukrainian", "uk" }, { "indonesian", "id" },
    { "vietnamese", "vi" }, { "thai", "th" },      { "romanian", "ro" },
    { "hungarian", "hu" },  { "czech", "cs" },     { "danish", "da" },
    { "norwegian", "no" },  { "finnish", "fi" },   { "bulgarian", "bg" },
};

static size_t letters(struct dtl_slice s)
{
    size_t n = 0;

    while (n < s.len && s.ptr[n] != '-' && s.ptr[n] != '_' && s.ptr[n] != ',' &&
           s.ptr[n] != ';' && s.ptr[n] != ' ')
        n++;
    return n;
}

bool lang_base(struct dtl_slice declared, char out[LANG_CODE])
{
    struct dtl_slice s = dtl_trim(declared);

    s.len = letters(s);
    for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++)
        if (dtl_equal_nocase(s, dtl_str(aliases[i].said))) {
            snprintf(out, LANG_CODE, "%s", aliases[i].code);
            return true;
        }
    if (s.len < 2 || s.len > 3)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.ptr[i] | 0x20;

        if (c < 'a' || c > 'z')
            return false;
        out[i] = (char)c;
    }
    out[s.len] = '\0';
    return true;
}

static bool ask(struct dtl_slice text, const char *hint, int least,
                char out[LANG_CODE])
{
    struct cld2_answer answer;

    cld2_detect((const char *)text.ptr, (int)text.len, hint, &answer);
    if (answer.code[0] == '\0' || !answer.reliable || answer.percent < least)
        return false;
    return lang_base(dtl_str(answer.code), out);
}

/* The beginning of `s`, about `len` bytes of whole characters. */
static struct dtl_slice beginning(struct dtl_slice s, size_t len)
{
    if (len >= s.len)
        return s;
    while (len > 0 && (s.ptr[len] & 0xc0) == 0x80)
        len--;
    return dtl_sub(s, 0, len);
}

bool lang_detect(struct dtl_slice text, const char *hint, char out[LANG_CODE])
{
    size_t from = text.len > 3 * SAMPLE ? text.len / 3 : 0;

    /* A third into the article: past bylines and places. */
    while (from < text.len && (text.ptr[from] & 0xc0) == 0x80)
        from++;
    text = beginning(dtl_sub(text, from, text.len), SAMPLE);
    if (text.len < ENOUGH || dtl_utf8_valid(text) != text.len)
        return false;
    if (hint != NULL && ask(beginning(text, GLANCE), NULL, 97, out) &&
        strcmp(out, hint) == 0)
        return true;
    return ask(text, hint, 60, out);
}

bool lang_alike(const char *a, const char *b)
{
    static const char *const families[] = { " no nb nn da ", " hr bs sr sh me ",
                                            " id ms ",       " cs sk ",
                                            " hi mr ne ",    " gl pt ",
                                            " fa prs ",      " tl fil ",
                                            " zh yue ",      " ru be uk bg " };
    char word[2][LANG_CODE + 2];

    if (strcmp(a, b) == 0)
        return true;
    snprintf(word[0], sizeof word[0], " %s ", a);
    snprintf(word[1], sizeof word[1], " %s ", b);
    for (size_t i = 0; i < 8; i++)
        if (strstr(families[i], word[0]) != NULL &&
            strstr(families[i], word[1]) != NULL)
            return true;
    return false;
}
