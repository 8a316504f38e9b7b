/* SPDX-License-Identifier: Apache-2.0 */
#include "judge.h"

static bool mostly_other(uint32_t numbers, uint32_t agreed)
{
    return numbers >= 4 && agreed * 2 < numbers;
}

/* Other numbers in the same words are another story, unless few of them stand
 * in a long text of its own: a scan misread, another style. */
bool numbers_differ(const struct agreement *g)
{
    uint32_t lost = g->numbers - g->agreed;

    if (!mostly_other(g->numbers, g->agreed) &&
        !mostly_other(g->placed, g->kept))
        return false;
    if (lost < g->placed - g->kept)
        lost = g->placed - g->kept;
    return lost * 20 > g->equal || g->common < 0.5F * (float)g->equal;
}

/* Sentences that many texts have, in no order: horoscopes, forms.  A text that
 * many sites carry comes in one piece. */
bool scattered(const struct agreement *g)
{
    return g->common < 0.35F * (float)g->equal && g->longest < 50 &&
           g->longest * 2 < g->equal;
}

/* The less the texts have in common, the more of a text it must be. */
static float enough(float common)
{
    return common >= 150 ? 0.4F : common >= 60 ? 0.5F : 0.75F;
}

bool same_story(const struct agreement *g, float titles, bool same_page)
{
    float most = g->a_in_b > g->b_in_a ? g->a_in_b : g->b_in_a;
    float least = g->a_in_b < g->b_in_a ? g->a_in_b : g->b_in_a;
    float lead = g->lead_a < g->lead_b ? g->lead_a : g->lead_b;

    if (numbers_differ(g) || scattered(g))
        return false;
    if (g->common < 12)
        return g->equal >= 60 && g->leads >= 0.8F && most >= 0.95F;
    if (g->leads >= 0.5F && most >= enough(g->common))
        return true;
    /* Rewritten from the first word to the last. */
    if (g->common >= 150 && g->leads >= 0.2F && most >= 0.5F)
        return true;
    if (lead >= 0.6F && most >= 0.8F &&
        (titles >= 0.3F || same_page || least >= 0.85F))
        return true;
    return (titles >= 0.75F || same_page) && most >= 0.6F &&
           most >= enough(g->common);
}

float titles_agree(const struct dtl_words *a, const struct dtl_words *b)
{
    uint32_t common = 0, most = a->count > b->count ? a->count : b->count;

    for (uint32_t i = 0; i < a->count; i++)
        for (uint32_t k = 0; k < b->count; k++)
            if (a->words[i].hash == b->words[k].hash) {
                common++;
                break;
            }
    return most > 0 ? (float)common / (float)most : 0;
}

enum dtl_relation copy_kind(float first_in_copy, float copy_in_first)
{
    if (first_in_copy >= 0.98F && copy_in_first >= 0.98F)
        return DTL_REL_VERBATIM;
    if (first_in_copy >= 0.85F && copy_in_first < 0.7F)
        return DTL_REL_EXTENDED;
    if (copy_in_first >= 0.85F && first_in_copy < 0.7F)
        return DTL_REL_ABRIDGED;
    return DTL_REL_EDITED;
}
