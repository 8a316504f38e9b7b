/* SPDX-License-Identifier: Apache-2.0 */
#include "cld2.h"

#include <cstdio>
#include <cld2/public/compact_lang_det.h>
#include <cld2/public/encodings.h>

extern "C" void cld2_detect(const char *text, int len, const char *hint,
                            struct cld2_answer *out)
{
    CLD2::CLDHints hints = { hint, nullptr, CLD2::UNKNOWN_ENCODING,
                             CLD2::UNKNOWN_LANGUAGE };
    CLD2::Language best[3];
    int percent[3], bytes = 0;
    double score[3];
    bool reliable = false;

    CLD2::ExtDetectLanguageSummary(text, len, true, &hints, 0, best, percent,
                                   score, nullptr, &bytes, &reliable);
    out->code[0] = '\0';
    out->percent = percent[0];
    out->reliable = reliable ? 1 : 0;
    if (best[0] != CLD2::UNKNOWN_LANGUAGE)
        std::snprintf(out->code, sizeof out->code, "%s",
                      CLD2::LanguageCode(best[0]));
}
