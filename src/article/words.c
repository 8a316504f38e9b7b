/* SPDX-License-Identifier: Apache-2.0 */
#include "body_parts.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* Han, kana, Hangul, Thai, Lao, Khmer, Burmese: written without blanks. */
static bool stands_alone(uint32_t c)
{
    return (c >= 0x0e00 && c <= 0x0eff) || (c >= 0x1000 && c <= 0x109f) ||
           (c >= 0x1780 && c <= 0x17ff) || (c >= 0x3040 && c <= 0x30ff) ||
           (c >= 0x3400 && c <= 0x9fff) || (c >= 0xac00 && c <= 0xd7af);
}

/* The characters of words, in lower case; 0 for the others. */
#define BOTH(c) [c] = (c), [(c) & ~0x20] = (c)
/* clang-format off */
static const uint8_t ascii[128] = {
    ['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3', ['4'] = '4',
    ['5'] = '5', ['6'] = '6', ['7'] = '7', ['8'] = '8', ['9'] = '9',
    BOTH('a'), BOTH('b'), BOTH('c'), BOTH('d'), BOTH('e'), BOTH('f'),
    BOTH('g'), BOTH('h'), BOTH('i'), BOTH('j'), BOTH('k'), BOTH('l'),
    BOTH('m'), BOTH('n'), BOTH('o'), BOTH('p'), BOTH('q'), BOTH('r'),
    BOTH('s'), BOTH('t'), BOTH('u'), BOTH('v'), BOTH('w'), BOTH('x'),
    BOTH('y'), BOTH('z'),
};
/* clang-format on */

static bool joins(uint32_t c)
{
    return c >= 0xaa && c != 0xab && c != 0xbb && c != 0xd7 && c != 0xf7 &&
           !(c >= 0x2000 && c <= 0x206f) && !(c >= 0x3000 && c <= 0x303f) &&
           !(c >= 0xff00 && c <= 0xff0f);
}

/* Enough of a lower case for comparing: Latin-1, Greek, Cyrillic. */
static uint32_t fold(uint32_t c)
{
    if ((c >= 0xc0 && c <= 0xde) || (c >= 0x391 && c <= 0x3a9) ||
        (c >= 0x410 && c <= 0x42f))
        return c + 0x20;
    if (c >= 0x100 && c <= 0x17f)
        return c | 1;
    return c;
}

/* A hash of the characters of a word: by sixteen bytes of them. */
struct word_hash {
    uint64_t h;
    uint32_t n;
    uint8_t lane[16];
};

static uint64_t hash_lane(uint64_t h, uint64_t head, uint64_t tail)
{
    h = (h ^ head) * UINT64_C(0x9e3779b97f4a7c15);
    h = (h ^ h >> 32 ^ tail) * UINT64_C(0xff51afd7ed558ccd);
    return h;
}

static void hash_byte(struct word_hash *w, uint8_t c)
{
    if (w->n > 0 && w->n % 16 == 0) {
        uint64_t lane[2];

        memcpy(lane, w->lane, sizeof lane);
        w->h = hash_lane(w->h, lane[0], lane[1]);
        memset(w->lane, 0, sizeof w->lane);
    }
    w->lane[w->n++ % 16] = c;
}

static void hash_char(struct word_hash *w, uint32_t c)
{
    if (c < 0x80) {
        hash_byte(w, (uint8_t)c);
        return;
    }
    hash_byte(w, (uint8_t)(0x80 | c >> 14));
    hash_byte(w, (uint8_t)(0x80 | (c >> 7 & 0x7f)));
    hash_byte(w, (uint8_t)(0x80 | (c & 0x7f)));
}

static uint32_t hash_end(const struct word_hash *w)
{
    uint64_t lane[2], h;

    memcpy(lane, w->lane, sizeof lane);
    h = hash_lane(w->h, lane[0], lane[1]);
    return (uint32_t)(h >> 32);
}

/*
 * The same for a word of less than sixteen letters A-Z, a-z and digits, which
 * most are; its length, or 0 when it is none.  Sixteen bytes can be read at
 * `p`, of which `left` are of the text.
 */
static size_t plain_word_hash(const uint8_t *p, size_t left, uint32_t *hash)
{
#if defined(__SSE2__)
    static const int8_t ones[32] = { -1, -1, -1, -1, -1, -1, -1, -1,
                                     -1, -1, -1, -1, -1, -1, -1, -1 };
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i low = _mm_or_si128(v, _mm_set1_epi8(0x20));
    __m128i letter = _mm_sub_epi8(low, _mm_set1_epi8('a'));
    __m128i digit = _mm_sub_epi8(v, _mm_set1_epi8('0'));
    unsigned out;
    size_t n;

    letter = _mm_cmpeq_epi8(_mm_min_epu8(letter, _mm_set1_epi8(25)), letter);
    digit = _mm_cmpeq_epi8(_mm_min_epu8(digit, _mm_set1_epi8(9)), digit);
    out = ~(unsigned)_mm_movemask_epi8(_mm_or_si128(letter, digit));
    if (left < 16)
        out |= 1u << left;
    n = (size_t)__builtin_ctz(out);
    if (n == 16 || (n < left && p[n] >= 0x80))
        return 0;
    low = _mm_and_si128(
        low, _mm_loadu_si128((const __m128i *)(const void *)(ones + 16 - n)));
    *hash = (uint32_t)(hash_lane(0, (uint64_t)_mm_cvtsi128_si64(low),
                                 (uint64_t)_mm_cvtsi128_si64(
                                     _mm_srli_si128(low, 8))) >>
                       32);
    return n;
#else
    (void)p;
    (void)left;
    (void)hash;
    return 0;
#endif
}

/* Any word, character by character. */
static bool word_read(struct dtl_slice text, size_t *pos, uint32_t *hash)
{
    struct word_hash w = { .n = 0 };

    while (*pos < text.len) {
        size_t before = *pos;
        uint32_t c;

        if (text.ptr[*pos] < 0x80) {
            c = ascii[text.ptr[(*pos)++]];
            if (c == 0)
                break;
            hash_char(&w, c);
            continue;
        }
        c = fold(dtl_utf8_next(text, pos));
        if (!joins(c))
            break;
        if (stands_alone(c) && w.n > 0) {
            *pos = before;
            break;
        }
        hash_char(&w, c);
        if (stands_alone(c))
            break;
    }
    *hash = hash_end(&w);
    return w.n > 0;
}

bool word_next(struct dtl_slice text, size_t *pos, uint32_t *hash)
{
    while (*pos < text.len) {
        const uint8_t *p = text.ptr + *pos;
        size_t left = text.len - *pos, n = 0;
        uint8_t end[16] = { 0 };

        if (*p < 0x80 && ascii[*p] == 0) {
            ++*pos;
            continue;
        }
        if (*p < 0x80) {
            if (left < sizeof end)
                p = memcpy(end, p, left);
            n = plain_word_hash(p, left, hash);
        }
        *pos += n;
        if (n > 0 || word_read(text, pos, hash))
            return true;
    }
    return false;
}

void words_of(struct dtl_slice text, struct words *out)
{
    size_t pos = 0;

    out->n = 0;
    while (out->n < MAX_WORDS && word_next(text, &pos, &out->hash[out->n]))
        out->n++;
}

uint32_t words_common(const struct words *a, const struct words *b)
{
    uint32_t same = 0;
    uint64_t some = 0; /* bits of words in `b` */

    for (uint32_t j = 0; j < b->n; j++)
        some |= UINT64_C(1) << (b->hash[j] & 63);
    for (uint32_t i = 0; i < a->n; i++)
        for (uint32_t j = some >> (a->hash[i] & 63) & 1 ? 0 : b->n; j < b->n;
             j++)
            if (a->hash[i] == b->hash[j]) {
                same++;
                break;
            }
    return same;
}

/* ---- subjects --------------------------------------------------------- */

#define STEM 6u

/* Reads subject words one by one. */
struct reader {
    const uint8_t *p;
    size_t len, at;
    bool after_stop; /* a capital here says nothing */
    uint32_t before; /* the character before, in scripts without blanks */
};

static bool unspaced(const uint8_t *p, size_t left)
{
    if (p[0] >= 0xe3 && p[0] <= 0xed)
        return true;
    return left > 1 && ((p[0] == 0xe0 && p[1] >= 0xb8 && p[1] <= 0xbb) ||
                        (p[0] == 0xe1 && (p[1] <= 0x82 || p[1] == 0x9e)));
}

/* What joins words and stands in every text, whatever its subject: hiragana,
 * the most common Chinese particles. */
static bool joins_words(const uint8_t *p)
{
    static const char particles[] = "的一了是在不有和这我他个们为以也你就那要"
                                    "会可与对等将及其之从被于而还但或上中大";

    if (p[0] == 0xe3)
        return p[1] == 0x81 || (p[1] == 0x82 && p[2] < 0xa0);
    if (p[0] < 0xe4 || p[0] > 0xe9)
        return false;
    for (size_t i = 0; i + 3 < sizeof particles; i += 3)
        if (memcmp(particles + i, p, 3) == 0)
            return true;
    return false;
}

static bool is_plain_letter(uint8_t c)
{
    return (uint8_t)((c | 0x20) - 'a') < 26;
}

static bool is_letter(uint8_t c)
{
    return c >= 0xc3 || is_plain_letter(c);
}

/* General punctuation: quotes, dashes, ideographic stops. */
static bool is_mark(const uint8_t *p, size_t left)
{
    return left > 2 &&
           ((p[0] == 0xe2 && p[1] <= 0x81) || (p[0] == 0xe3 && p[1] == 0x80) ||
            (p[0] == 0xef && p[1] >= 0xbc));
}

static bool is_capital(const uint8_t *p)
{
    if (p[0] >= 'A' && p[0] <= 'Z')
        return true;
    return (p[0] == 0xc3 && p[1] <= 0x9e) ||
           (p[0] == 0xd0 && p[1] >= 0x80 && p[1] <= 0xaf) ||
           (p[0] == 0xce && p[1] >= 0x86 && p[1] <= 0xab);
}

static size_t char_len(uint8_t c)
{
    return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

/* Reads one word of letters; its hash, or 0 when it carries no subject. */
static uint32_t spaced_word(struct reader *r)
{
    const uint8_t *p = r->p + r->at;
    bool capital = r->at + 1 < r->len && is_capital(p) && !r->after_stop;
    bool caseless = p[0] >= 0xd6;
    uint32_t h = 2166136261u, chars = 0;

    while (r->at < r->len) {
        uint8_t c = r->p[r->at];
        size_t n = char_len(c);

        if (c < 0x80) {
            size_t from = r->at, at = from, len = r->len;

            for (; at < len && is_plain_letter(r->p[at]); at++)
                if (chars + (at - from) < STEM)
                    h = (h ^ (r->p[at] | 0x20)) * 16777619u;
            if (at == from)
                break;
            chars += (uint32_t)(at - from);
            r->at = at;
            continue;
        }
        if (!is_letter(c))
            break;
        /* Marks and scripts without blanks are no ASCII. */
        if (is_mark(r->p + r->at, r->len - r->at) ||
            unspaced(r->p + r->at, r->len - r->at))
            break;
        if (chars < STEM)
            for (size_t i = 0; i < n && r->at + i < r->len; i++)
                h = (h ^ r->p[r->at + i]) * 16777619u;
        chars++;
        r->at += n;
    }
    r->after_stop = false;
    if (chars >= 7 || (capital && chars > 1) || (caseless && chars >= 4))
        return h | 1;
    return 0;
}

/* Reads one word or mark; its hash when it carries a subject, else 0. */
static uint32_t next_item(struct reader *r)
{
    const uint8_t *p = r->p + r->at;
    size_t left = r->len - r->at, from = r->at;
    uint32_t before = r->before, h;

    r->before = 0;
    if (is_plain_letter(p[0]))
        return spaced_word(r);
    if (p[0] < 0x80) {
        if (p[0] == '.' || p[0] == '!' || p[0] == '?' || p[0] == '"' ||
            p[0] == '\n')
            r->after_stop = true;
        r->at++;
        return 0;
    }
    if (left > 2 && unspaced(p, left) && joins_words(p)) {
        r->at += 3;
        return 0;
    }
    if (left > 2 && unspaced(p, left) && !is_mark(p, left)) {
        uint32_t c = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];

        h = (before ^ c) * 2654435761u;
        r->before = c;
        r->at += 3;
        return before != 0 ? h | 1 : 0;
    }
    if (is_letter(p[0]) && !is_mark(p, left)) {
        h = spaced_word(r);
        if (r->at == from) /* a character cut off at the end */
            r->at = r->len;
        return h;
    }
    if (is_mark(p, left))
        r->after_stop = true;
    r->at += char_len(p[0]);
    return 0;
}

static uint16_t subject_bit(uint32_t h)
{
    return (uint16_t)((h ^ h >> 15) % SUBJECT_BITS);
}

#if defined(__SSE2__)
#define AHEAD 64u

/* What stands at each of so many places, as masks. */
struct ahead {
    uint64_t letters, capitals, stops, others; /* others: not ASCII */
};

static void look_at(struct ahead *a, const uint8_t *p, unsigned shift)
{
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i off =
        _mm_sub_epi8(_mm_or_si128(v, _mm_set1_epi8(0x20)), _mm_set1_epi8('a'));
    __m128i stops = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('.')),
                                 _mm_cmpeq_epi8(v, _mm_set1_epi8('!')));
    uint64_t letters = (unsigned)_mm_movemask_epi8(
        _mm_cmpeq_epi8(_mm_min_epu8(off, _mm_set1_epi8(25)), off));
    /* Bit 5 of each byte, which small letters have. */
    uint64_t small = (unsigned)_mm_movemask_epi8(_mm_slli_epi16(v, 2));

    stops = _mm_or_si128(stops, _mm_cmpeq_epi8(v, _mm_set1_epi8('?')));
    stops = _mm_or_si128(stops, _mm_cmpeq_epi8(v, _mm_set1_epi8('"')));
    stops = _mm_or_si128(stops, _mm_cmpeq_epi8(v, _mm_set1_epi8('\n')));
    a->letters |= letters << shift;
    a->capitals |= (letters & ~small) << shift;
    a->stops |= (uint64_t)(unsigned)_mm_movemask_epi8(stops) << shift;
    a->others |= (uint64_t)(unsigned)_mm_movemask_epi8(v) << shift;
}

/* Of a word of `n` plain letters: see spaced_word(). */
static uint32_t stem_hash(const uint8_t *p, size_t n)
{
    uint32_t h[STEM + 1] = { 2166136261u };

    /* All of them, and then the one: lengths cannot be guessed. */
    for (size_t i = 0; i < STEM; i++)
        h[i + 1] = (h[i] ^ (p[i] | 0x20)) * 16777619u;
    return h[n < STEM ? n : STEM] | 1;
}

/*
 * Reads the words of plain letters that begin and end among the next sixty-four
 * bytes, all at once.  Returns how many subject words were put into `out`; none
 * of the text is read when it begins with something else.
 */
static uint32_t plain_words(struct reader *r, uint16_t *out)
{
    const uint8_t *p = r->p + r->at;
    size_t left = r->len - r->at, end = left < AHEAD ? left : AHEAD;
    uint8_t copy[AHEAD + 8];
    struct ahead a = { 0 };
    uint64_t in, starts, stops, hits;
    uint32_t n = 0;

    if (left < sizeof copy) {
        p = memcpy(copy, p, left);
        memset(copy + left, 0, sizeof copy - left);
    }
    for (unsigned i = 0; i < AHEAD; i += 16)
        look_at(&a, p + i, i);
    if (a.others != 0 && (size_t)__builtin_ctzll(a.others) < end)
        end = (size_t)__builtin_ctzll(a.others);
    /* A word that may go on is left for the next time. */
    if (end == 0)
        return 0;
    in = UINT64_MAX >> (AHEAD - end);
    if (end < left) {
        if ((~a.letters & in) == 0)
            return 0;
        end = AHEAD - (size_t)__builtin_clzll(~a.letters & in);
        in = UINT64_MAX >> (AHEAD - end);
    }
    a.letters &= in;
    starts = a.letters & ~(a.letters << 1);
    /* From a stop, a sum carries through all that is no letter to the next
     * word's first. */
    stops = (a.stops & in) + (~a.letters & in) + r->after_stop;
    hits = a.letters & a.letters >> 1;
    a.capitals &= hits & ~stops;
    hits &= hits >> 2; /* four letters */
    hits &= a.letters >> 4 & a.letters >> 5 & a.letters >> 6;
    for (hits = starts & (hits | a.capitals); hits != 0; hits &= hits - 1) {
        unsigned at = (unsigned)__builtin_ctzll(hits);
        uint64_t after = ~(a.letters >> at);

        out[n++] = subject_bit(stem_hash(
            p + at, after != 0 ? (size_t)__builtin_ctzll(after) : 64));
    }
    if (a.letters != 0)
        r->after_stop = false;
    if ((a.stops & in) > a.letters)
        r->after_stop = true;
    r->before = 0;
    r->at += end;
    return n;
}
#else
static uint32_t plain_words(struct reader *r, uint16_t *out)
{
    (void)r;
    (void)out;
    return 0;
}
#endif

uint32_t subject_read(struct dtl_slice text, uint16_t *out)
{
    struct reader r = { .p = text.ptr, .len = text.len, .after_stop = true };
    uint32_t n = 0;

    while (r.at < r.len) {
        size_t from = r.at;
        uint32_t h;

        /* Other scripts have at most single plain characters between. */
        if (r.p[from] < 0x80 && (from + 1 == r.len || r.p[from + 1] < 0x80))
            n += plain_words(&r, out + n);
        if (r.at == from && (h = next_item(&r)) != 0)
            out[n++] = subject_bit(h);
    }
    return n;
}

void subject_add(struct subject *s, const uint16_t *said, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        s->bits[said[i] / 64] |= UINT64_C(1) << (said[i] % 64);
    s->words += n;
}

uint32_t subject_known(const struct subject *s, const uint16_t *said,
                       uint32_t n)
{
    uint32_t known = 0;

    for (uint32_t i = 0; i < n; i++)
        known += s->bits[said[i] / 64] >> (said[i] % 64) & 1;
    return known;
}
