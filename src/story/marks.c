/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Marks are chosen sentence by sentence: an edit then disturbs only the marks
 * of its own sentence, and a sentence lifted out of one article is marked
 * like the original.  Taking the smallest hashes chooses the same ones on
 * both sides without knowing the other.
 */
#include <dateline/story.h>

/* Hashes of a few words: a call would cost as much again. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#define GRAM       4U /* words */
#define GRAM_CHARS 8U /* characters of a script without spaces */
#define EVERY      8U /* of so many grams one is kept */
#define MAX_GRAMS  64U

/* One seed a kind, so that the kinds never meet in a table. */
enum { SEED_GRAM = 0x67347732, SEED_WORD = 0x74317732, SEED_PAIR = 0x74327732 };

static unsigned gram_at(const struct dtl_word *w)
{
    return w->flags & DTL_WORD_CHAR ? GRAM_CHARS : GRAM;
}

static uint64_t hash_words(const struct dtl_word *w, unsigned n, unsigned seed)
{
    uint64_t h[GRAM_CHARS];

    for (unsigned i = 0; i < n; i++)
        h[i] = w[i].hash;
    return XXH3_64bits_withSeed(h, n * sizeof h[0], seed);
}

/* Hashes of all grams that begin at words [from, to) and end before `to`. */
static unsigned sentence_grams(const struct dtl_words *t, uint32_t from,
                               uint32_t to, struct dtl_mark *out)
{
    unsigned n = 0;

    for (uint32_t i = from; i < to && n < MAX_GRAMS; i++) {
        unsigned gram = gram_at(&t->words[i]);

        if (gram > to - i)
            continue;
        out[n].hash = hash_words(&t->words[i], gram, SEED_GRAM);
        out[n++].position = i;
    }
    return n;
}

/* The smallest `keep` of `n`, in order of position, moved to the front. */
static unsigned keep_smallest(struct dtl_mark *m, unsigned n, unsigned keep)
{
    uint64_t smallest[MAX_GRAMS / EVERY + 1];
    unsigned have = 0, kept = 0;

    for (unsigned i = 0; i < n; i++) {
        unsigned at = have < keep ? have : keep;

        while (at > 0 && smallest[at - 1] > m[i].hash) {
            if (at < keep)
                smallest[at] = smallest[at - 1];
            at--;
        }
        if (at < keep)
            smallest[at] = m[i].hash;
        if (have < keep)
            have++;
    }
    for (unsigned i = 0; i < n && kept < keep; i++)
        if (m[i].hash <= smallest[have - 1])
            m[kept++] = m[i];
    return kept;
}

static uint32_t sentence_end(const struct dtl_words *t, uint32_t from)
{
    uint32_t to = from + 1;

    while (to < t->count && !(t->words[to].flags & DTL_WORD_SENTENCE))
        to++;
    return to;
}

int dtl_word_marks(const struct dtl_words *words, bool all,
                   struct dtl_arena *arena, struct dtl_marks *out,
                   struct dtl_error *err)
{
    /* A sentence of s words has s - 3 grams at most, and each sentence keeps
     * an eighth of its own, rounded up. */
    size_t most = all ? words->count : words->count / 4 + 1;
    struct dtl_mark grams[MAX_GRAMS];

    out->count = 0;
    out->words = words->count;
    out->marks = dtl_arena_alloc(arena, most * sizeof *out->marks + 1);
    if (out->marks == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for marks");
    for (uint32_t from = 0; from < words->count;) {
        uint32_t to = sentence_end(words, from);
        unsigned n = sentence_grams(words, from, to, grams);

        if (!all)
            n = keep_smallest(grams, n, (n + EVERY - 1) / EVERY);
        memcpy(out->marks + out->count, grams, n * sizeof grams[0]);
        out->count += n;
        from = to;
    }
    return DTL_OK;
}

int dtl_marks(struct dtl_slice normal, struct dtl_arena *arena,
              struct dtl_marks *out, struct dtl_error *err)
{
    struct dtl_words words;
    int rc = dtl_words(normal, 0, arena, &words, err);

    out->count = 0;
    return rc == DTL_OK ? dtl_word_marks(&words, false, arena, out, err) : rc;
}

int dtl_title_marks(struct dtl_slice title, struct dtl_arena *arena,
                    struct dtl_marks *out, struct dtl_error *err)
{
    struct dtl_slice normal;
    struct dtl_words words;
    int rc = dtl_normal(title, arena, &normal, err);

    out->count = 0;
    if (rc == DTL_OK)
        rc = dtl_words(normal, DTL_TITLE_WORDS, arena, &words, err);
    if (rc != DTL_OK)
        return rc;
    out->words = words.count;
    out->marks =
        dtl_arena_alloc(arena, words.count * 2 * sizeof *out->marks + 1);
    if (out->marks == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for marks");
    for (uint32_t i = 0; i < words.count; i++) {
        out->marks[out->count++] =
            (struct dtl_mark){ hash_words(&words.words[i], 1, SEED_WORD), i };
        if (i + 1 < words.count)
            out->marks[out->count++] =
                (struct dtl_mark){ hash_words(&words.words[i], 2, SEED_PAIR),
                                   i };
    }
    return DTL_OK;
}
