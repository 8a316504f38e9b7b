/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words for comparing texts, not for reading them: what an editor, a
 * typesetter or a keyboard changes without changing the word (case, accents,
 * apostrophes, the comma in 1,000) is folded away before hashing.
 */
#include <dateline/story.h>

#include <utf8proc.h>
/* A call a word would cost as much as the hash. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#define MAX_WORD     ((size_t)120) /* bytes; a longer one is cut here */
#define MAX_SENTENCE 64U           /* words; lists and tables have no stops */

/* What a character is to a word. */
enum { GAP, LETTER, DIGIT, CHARACTER };

/* ASCII letters and digits in lower case, 0 for the rest. */
static const uint8_t plain[256] = {
    ['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3', ['4'] = '4',
    ['5'] = '5', ['6'] = '6', ['7'] = '7', ['8'] = '8', ['9'] = '9',
    ['A'] = 'a', ['B'] = 'b', ['C'] = 'c', ['D'] = 'd', ['E'] = 'e',
    ['F'] = 'f', ['G'] = 'g', ['H'] = 'h', ['I'] = 'i', ['J'] = 'j',
    ['K'] = 'k', ['L'] = 'l', ['M'] = 'm', ['N'] = 'n', ['O'] = 'o',
    ['P'] = 'p', ['Q'] = 'q', ['R'] = 'r', ['S'] = 's', ['T'] = 't',
    ['U'] = 'u', ['V'] = 'v', ['W'] = 'w', ['X'] = 'x', ['Y'] = 'y',
    ['Z'] = 'z', ['a'] = 'a', ['b'] = 'b', ['c'] = 'c', ['d'] = 'd',
    ['e'] = 'e', ['f'] = 'f', ['g'] = 'g', ['h'] = 'h', ['i'] = 'i',
    ['j'] = 'j', ['k'] = 'k', ['l'] = 'l', ['m'] = 'm', ['n'] = 'n',
    ['o'] = 'o', ['p'] = 'p', ['q'] = 'q', ['r'] = 'r', ['s'] = 's',
    ['t'] = 't', ['u'] = 'u', ['v'] = 'v', ['w'] = 'w', ['x'] = 'x',
    ['y'] = 'y', ['z'] = 'z',
};

struct scan {
    struct dtl_slice text;
    size_t pos;
    struct dtl_words *out;
    uint32_t max, capacity;
    uint32_t in_sentence;
    uint16_t next;   /* flags of the next word */
    bool quoted;     /* between double quotes */
    bool stop, wide; /* a full stop passed; one that needs no space */
    bool space;      /* after it */
};

static bool between(uint32_t c, uint32_t first, uint32_t last)
{
    return c >= first && c <= last;
}

/* Scripts written without spaces between words. */
static bool unspaced(uint32_t c)
{
    return between(c, 0x4e00, 0x9fff) || between(c, 0x3041, 0x30ff) ||
           between(c, 0x0e00, 0x0eff) || between(c, 0x1000, 0x109f) ||
           between(c, 0x1780, 0x17ff) || between(c, 0x2e80, 0x2fdf) ||
           between(c, 0x3400, 0x4dbf) || between(c, 0x31f0, 0x31ff) ||
           between(c, 0xf900, 0xfaff) || between(c, 0xff66, 0xff9f) ||
           between(c, 0x20000, 0x3ffff);
}

static int class_ascii(uint8_t c)
{
    return plain[c] == 0 ? GAP : plain[c] <= '9' ? DIGIT : LETTER;
}

static int class_of(uint32_t c)
{
    if (c < 0x80)
        return class_ascii((uint8_t)c);
    switch (utf8proc_category((utf8proc_int32_t)c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME: return unspaced(c) ? CHARACTER : LETTER;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO: return DIGIT;
    default: return GAP;
    }
}

static size_t put_utf8(uint8_t *out, uint32_t c)
{
    return (size_t)utf8proc_encode_char((utf8proc_int32_t)c, out);
}

/* `c` without case and accents; at most 16 bytes, for the 2 or more of `c`. */
static size_t fold(uint32_t c, uint8_t *out)
{
    utf8proc_int32_t parts[4];
    utf8proc_ssize_t n;
    size_t len = 0;
    int boundary = 0;

    if (between(c, 0x430, 0x44f)) /* Cyrillic small letters, but not й */
        return put_utf8(out, c == 0x439 ? 0x438 : c);
    n = utf8proc_decompose_char((utf8proc_int32_t)c, parts, 4,
                                UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT |
                                    UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK,
                                &boundary);
    if (n < 0 || n > 4)
        return put_utf8(out, c);
    for (utf8proc_ssize_t i = 0; i < n; i++)
        len += put_utf8(out + len, (uint32_t)parts[i]);
    return len;
}

static bool is_letter_at(struct dtl_slice s, size_t pos)
{
    int class;

    if (pos >= s.len)
        return false;
    class = class_of(dtl_utf8_next(s, &pos));
    return class == LETTER || class == DIGIT;
}

static bool digit_at(struct dtl_slice s, size_t pos)
{
    return pos < s.len && s.ptr[pos] >= '0' && s.ptr[pos] <= '9';
}

/* Does the mark at `pos`, which is inside a word so far, belong to it? */
static bool joins(struct dtl_slice s, size_t pos)
{
    switch (s.ptr[pos]) {
    case '\'': return is_letter_at(s, pos + 1);
    case ',':
        return digit_at(s, pos - 1) && digit_at(s, pos + 1) &&
               digit_at(s, pos + 2) && digit_at(s, pos + 3) &&
               !digit_at(s, pos + 4);
    case '.': return digit_at(s, pos - 1) && digit_at(s, pos + 1);
    default: return false;
    }
}

#define ONES  UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)

/* The high bit of every byte of `v`, all ASCII, that is less than `c`. */
static uint64_t less(uint64_t v, uint8_t c)
{
    return ~((v | HIGHS) - ONES * c) & HIGHS;
}

/* How many of the eight bytes at `p` from the first on are ASCII letters and
 * digits; all eight in lower case to `out`. */
static size_t plain8(const uint8_t *p, uint8_t *out, bool *digits)
{
    uint64_t v, low, letter, digit, other;
    size_t n;

    memcpy(&v, p, sizeof v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    low = (v | ONES * 0x20) & ~HIGHS;
    letter = less(low, 'z' + 1) & ~less(low, 'a');
    digit = less(v & ~HIGHS, '9' + 1) & ~less(v & ~HIGHS, '0');
    other = ~((letter | digit) & ~v) & HIGHS;
    n = other != 0 ? (size_t)__builtin_ctzll(other) / 8 : 8;
    /* Digits before the first other byte. */
    *digits |= (digit & ~v & (other - 1)) != 0;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    low = __builtin_bswap64(low);
#endif
    memcpy(out, &low, sizeof low);
    return n;
}

/* Read the word at scan->pos: its folded bytes, its length in the text. */
static size_t read_word(struct scan *s, uint8_t *folded, bool *number)
{
    struct dtl_slice t = s->text;
    /* `folded` might be anything, so that what is read again and again is
     * kept apart from it. */
    size_t pos = s->pos, len = 0;
    size_t end = t.len - pos > MAX_WORD ? pos + MAX_WORD : t.len;
    bool digits = false;

    while (pos < end) {
        uint8_t c = t.ptr[pos];
        size_t next = pos;
        int class;

        if (plain[c] != 0 && end - pos >= 8) {
            size_t n = plain8(t.ptr + pos, folded + len, &digits);

            pos += n;
            len += n;
            continue;
        }
        if (plain[c] != 0) {
            pos++;
            folded[len++] = plain[c];
            digits |= c <= '9';
            continue;
        }
        if (c < 0x80) {
            if (c == ' ' || !joins(t, pos))
                break;
            pos++;
            if (c == '.')
                folded[len++] = c;
            continue;
        }
        {
            uint32_t cp = dtl_utf8_next(t, &next);

            class = class_of(cp);
            if (class != LETTER && class != DIGIT)
                break;
            len += fold(cp, folded + len);
            pos = next;
            digits |= class == DIGIT;
        }
    }
    s->pos = pos;
    *number = digits;
    return len;
}

static int add(struct scan *s, struct dtl_arena *arena, size_t start,
               uint64_t hash, unsigned flags)
{
    struct dtl_words *o = s->out;
    struct dtl_word *w;

    if (o->count == s->capacity) {
        uint32_t more = s->capacity * 2 + 64;

        w = dtl_arena_grow(arena, o->words, s->capacity * sizeof *w,
                           more * sizeof *w);
        if (w == NULL)
            return DTL_NOMEM;
        o->words = w;
        s->capacity = more;
    }
    if (++s->in_sentence > MAX_SENTENCE)
        s->next |= DTL_WORD_SENTENCE;
    if (s->next & DTL_WORD_SENTENCE)
        s->in_sentence = 1;
    w = &o->words[o->count++];
    w->hash = hash;
    w->start = (uint32_t)start;
    w->len = (uint16_t)(s->pos - start);
    w->flags = (uint16_t)(s->next | flags | (s->quoted ? DTL_WORD_QUOTED : 0));
    s->next = 0;
    s->stop = s->wide = s->space = false;
    return DTL_OK;
}

/* A full stop ends a sentence when white space follows, unless the next word
 * begins in lower case ("approx. two"); an ideographic one always does. */
static void end_sentence(struct scan *s, uint8_t c)
{
    if (s->wide || (s->stop && s->space && !(c >= 'a' && c <= 'z')))
        s->next |= DTL_WORD_SENTENCE;
}

static void pass_gap(struct scan *s, uint32_t c)
{
    switch (c) {
    case '\n':
        s->next |= DTL_WORD_BLOCK | DTL_WORD_SENTENCE;
        s->quoted = false;
        break;
    case ' ': s->space = true; break;
    case '.':
    case '!':
    case '?':
    case 0x61f:
    case 0x6d4:
    case 0x964:
        s->stop = true;
        s->space = false;
        break;
    case 0x3002:
    case 0xff01:
    case 0xff1f:
    case 0xff0e: s->wide = true; break;
    case '"': s->quoted = !s->quoted; break;
    case 0x300c:
    case 0x300e: s->quoted = true; break;
    case 0x300d:
    case 0x300f: s->quoted = false; break;
    default: break;
    }
}

static int step(struct scan *s, struct dtl_arena *arena)
{
    size_t start = s->pos, next = s->pos;
    uint32_t c = s->text.ptr[start];
    uint8_t folded[MAX_WORD * 8 + 32];
    bool number = false;
    int class;

    c = c < 0x80 ? (next++, c) : dtl_utf8_next(s->text, &next);
    class = class_of(c);
    if (class == GAP) {
        s->pos = next;
        pass_gap(s, c);
        return DTL_OK;
    }
    end_sentence(s, s->text.ptr[start]);
    if (class == CHARACTER) {
        s->pos = next;
        return add(s, arena, start,
                   XXH3_64bits(s->text.ptr + start, next - start),
                   DTL_WORD_CHAR);
    }
    {
        size_t len = read_word(s, folded, &number);

        return add(s, arena, start, XXH3_64bits(folded, len),
                   number ? DTL_WORD_NUMBER : 0);
    }
}

int dtl_words(struct dtl_slice normal, uint32_t max, struct dtl_arena *arena,
              struct dtl_words *out, struct dtl_error *err)
{
    struct scan s = { .text = normal,
                      .out = out,
                      .max = max != 0 ? max : UINT32_MAX,
                      .next = DTL_WORD_BLOCK | DTL_WORD_SENTENCE };

    out->words = NULL;
    out->count = 0;
    if (normal.len > UINT32_MAX)
        return dtl_fail(err, DTL_LIMIT, 0, "a text of more than 4 GiB");
    /* English has a word every six bytes; growing copies. */
    s.capacity = (uint32_t)(normal.len / 5 + 16);
    if (s.capacity > s.max)
        s.capacity = s.max;
    out->words = dtl_arena_alloc(arena, s.capacity * sizeof *out->words);
    if (out->words == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for words");
    while (s.pos < normal.len && out->count < s.max)
        if (normal.ptr[s.pos] == ' ') {
            s.pos++;
            s.space = true;
        } else if (step(&s, arena) != DTL_OK)
            return dtl_fail(err, DTL_NOMEM, 0, "out of memory for words");
    return DTL_OK;
}
