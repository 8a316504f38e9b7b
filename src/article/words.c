/* SPDX-License-Identifier: Apache-2.0 */
#include "body_parts.h"

/* Han, kana, Hangul, Thai, Lao, Khmer, Burmese: written without blanks. */
static bool stands_alone(uint32_t c)
{
    return (c >= 0x0e00 && c <= 0x0eff) || (c >= 0x1000 && c <= 0x109f) ||
           (c >= 0x1780 && c <= 0x17ff) || (c >= 0x3040 && c <= 0x30ff) ||
           (c >= 0x3400 && c <= 0x9fff) || (c >= 0xac00 && c <= 0xd7af);
}

static bool joins(uint32_t c)
{
    if (c < 0x80)
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
               (c >= 'A' && c <= 'Z');
    return c >= 0xaa && c != 0xab && c != 0xbb && c != 0xd7 && c != 0xf7 &&
           !(c >= 0x2000 && c <= 0x206f) && !(c >= 0x3000 && c <= 0x303f) &&
           !(c >= 0xff00 && c <= 0xff0f);
}

/* Enough of a lower case for comparing: ASCII, Latin-1, Greek, Cyrillic. */
static uint32_t fold(uint32_t c)
{
    if (c < 0x80)
        return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
    if ((c >= 0xc0 && c <= 0xde) || (c >= 0x391 && c <= 0x3a9) ||
        (c >= 0x410 && c <= 0x42f))
        return c + 0x20;
    if (c >= 0x100 && c <= 0x17f)
        return c | 1;
    return c;
}

void words_of(struct dtl_slice text, struct words *out)
{
    uint32_t h = 0, len = 0;
    size_t pos = 0;

    out->n = 0;
    while (out->n < MAX_WORDS) {
        uint32_t c = pos < text.len ? fold(dtl_utf8_next(text, &pos)) : ' ';

        if (len > 0 && (!joins(c) || stands_alone(c))) {
            out->hash[out->n++] = h;
            len = 0;
        }
        if (c == ' ' && pos >= text.len)
            break;
        if (!joins(c))
            continue;
        h = len == 0 ? 2166136261u : h;
        h = (h ^ c) * 16777619u;
        len++;
        if (stands_alone(c) && out->n < MAX_WORDS) {
            out->hash[out->n++] = h;
            len = 0;
        }
    }
}

uint32_t words_common(const struct words *a, const struct words *b)
{
    uint32_t same = 0;

    for (uint32_t i = 0; i < a->n; i++)
        for (uint32_t j = 0; j < b->n; j++)
            if (a->hash[i] == b->hash[j]) {
                same++;
                break;
            }
    return same;
}
