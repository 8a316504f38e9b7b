/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes: the normal form is valid and its own normal form, words and
 * marks stay inside it. */
#include <dateline/story.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool fact)
{
    if (!fact)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dtl_arena *a = dtl_arena_new((size_t)256 << 20);
    struct dtl_slice once, twice;
    struct dtl_words w;
    struct dtl_marks m;

    demand(a != NULL);
    if (dtl_normal(dtl_slice_of(data, size), a, &once, NULL) != DTL_OK ||
        dtl_normal(once, a, &twice, NULL) != DTL_OK)
        goto out;
    demand(dtl_utf8_valid(once) == once.len && dtl_equal(once, twice));
    if (dtl_words(once, 0, a, &w, NULL) != DTL_OK)
        goto out;
    for (uint32_t i = 0, end = 0; i < w.count; i++) {
        demand(w.words[i].start >= end && w.words[i].len > 0);
        end = w.words[i].start + w.words[i].len;
        demand(end <= once.len);
    }
    if (dtl_word_marks(&w, false, a, &m, NULL) == DTL_OK)
        for (uint32_t i = 0; i < m.count; i++)
            demand(m.marks[i].position < w.count);
    demand(dtl_word_marks(&w, true, a, &m, NULL) != DTL_OK ||
           m.count <= w.count);
    dtl_title_marks(dtl_slice_of(data, size), a, &m, NULL);
out:
    dtl_arena_free(a);
    return 0;
}
