/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Captions that no figcaption marks: a short line followed by a photo credit,
 * or one that ends in a credit in brackets.
 */
#include "body_parts.h"

/* By its ends and length, the bit of a filter that few words pass. */
static unsigned agency_bit(const uint8_t *p, size_t n)
{
    return ((p[0] | 0x20u) * 7u ^ (p[1] | 0x20u) * 29u ^
            (p[n - 1] | 0x20u) * 113u ^ (unsigned)n * 331u) &
           1023;
}

/* Names that credit a picture rather than speak: agencies and libraries. */
static const char *const agencies[] = {
    "aap",        "afp",        "alamy",   "anadolu",       "ansa",
    "ap",         "apa",        "archiv",  "archive",       "belga",
    "bloomberg",  "cp",         "ddp",     "dpa",           "efe",
    "epa",        "epd",        "file",    "foto",          "getty",
    "handout",    "imago",      "images",  "istock",        "kcna",
    "keystone",   "kyodo",      "lusa",    "magnum",        "ntb",
    "nurphoto",   "pa",         "pap",     "photo",         "photos",
    "pictures",   "pool",       "press",   "pti",           "reuters",
    "rex",        "ritzau",     "scanpix", "shutterstock",  "sipa",
    "sputnik",    "tass",       "tt",      "unsplash",      "upi",
    "via",        "wire",       "xinhua",  "yonhap",        "zuma",
    "the",        "associated", "news",    "picture",       "alliance",
    "courtesy",   "of",         "by",      "hulton",        "corbis",
    "wikimedia",  "commons",    "flickr",  "pixabay",       "pexels",
    "adobestock", "adobe",      "stock",   "depositphotos", "dreamstime",
    "photograph", "image",
};

#define AGENCIES (sizeof agencies / sizeof *agencies)

#ifdef DTL_MAKE_TABLES
#include "make_tables.h"

int main(void)
{
    uint64_t some[1024 / 64] = { 0 };
    uint8_t len[AGENCIES];

    for (size_t i = 0; i < AGENCIES; i++) {
        unsigned bit =
            agency_bit((const uint8_t *)agencies[i], strlen(agencies[i]));

        len[i] = (uint8_t)strlen(agencies[i]);
        some[bit / 64] |= UINT64_C(1) << bit % 64;
    }
    PUT_NUMBERS(uint64_t, "some_agencies", some, 1024 / 64);
    PUT_NUMBERS(uint8_t, "agency_len", len, AGENCIES);
    return ferror(stdout) || fflush(stdout) != 0;
}
#else
#include "captions_tables.h"

static bool is_agency(const uint8_t *p, size_t n)
{
    unsigned bit;

    if (n < 2 || n > 13)
        return false;
    bit = agency_bit(p, n);
    if ((some_agencies[bit / 64] >> bit % 64 & 1) == 0)
        return false;
    for (size_t i = 0; i < AGENCIES; i++)
        if (agency_len[i] == n &&
            dtl_equal_nocase(dtl_slice_of(p, n), dtl_slice_of(agencies[i], n)))
            return true;
    return false;
}

struct tally {
    uint32_t words, agencies;
    bool slash;
};

static struct tally tally(struct dtl_slice s)
{
    struct tally t = { 0 };
    size_t i = 0;

    while (i < s.len) {
        size_t start = i;

        while (i < s.len && ((s.ptr[i] | 0x20) >= 'a' || s.ptr[i] >= 0x80) &&
               (s.ptr[i] | 0x20) != '|' && (s.ptr[i] | 0x20) != '{')
            i++;
        if (i > start) {
            t.words++;
            t.agencies += is_agency(s.ptr + start, i - start);
        } else {
            t.slash = t.slash || s.ptr[i] == '/' || s.ptr[i] == '|';
            i++;
        }
    }
    return t;
}

/* "KCNA/EPA/Shutterstock", "John Doe / AFP via Getty Images", "AP". */
static bool credit_line(const struct blocks *b, const struct block *k)
{
    struct tally t;

    if (k->label == LABEL_CREDIT && k->size < 100)
        return true;
    if (k->size > 80 || k->words > 9 || k->terminal ||
        k->role == DTL_BLOCK_HEADING || k->role == DTL_BLOCK_ROW)
        return false;
    t = tally(block_text(b, k));
    if (t.agencies == 0)
        return false;
    return t.agencies == t.words || (t.slash && t.agencies * 3 >= t.words);
}

/* "... after the talks. (Sputnik/Jane Roe via AP)" */
static bool ends_in_credit(const struct blocks *b, const struct block *k)
{
    struct dtl_slice s = block_text(b, k);
    struct tally t;
    size_t open = s.len;

    if (k->size > 400 || s.len < 12 ||
        (s.ptr[s.len - 1] != ')' && s.ptr[s.len - 1] != ']'))
        return false;
    while (open > 0 && s.ptr[open - 1] != '(' && s.ptr[open - 1] != '[')
        open--;
    if (open < 8 || s.len - open > 90)
        return false;
    t = tally(dtl_sub(s, open, s.len - 1));
    return t.agencies > 0 && (t.slash || t.agencies > 1) &&
           t.agencies * 4 >= t.words;
}

/* "The square on Monday. AP", "The square | AP", "The square© AP": a credit
 * after the last sentence, or after a sign. */
static bool credit_after_stop(const struct blocks *b, const struct block *k)
{
    struct dtl_slice s = block_text(b, k);
    size_t stop = s.len;
    struct tally t;

    if (k->size > 300 || k->terminal || s.len < 12)
        return false;
    while (stop > 0 && s.ptr[stop - 1] != '.' && s.ptr[stop - 1] != '|' &&
           !(stop > 1 && s.ptr[stop - 1] == 0xa9 && s.ptr[stop - 2] == 0xc2))
        stop--;
    if (stop < 6 || s.len - stop > 60)
        return false;
    t = tally(dtl_sub(s, stop, s.len));
    return t.agencies > 0 && t.agencies == t.words;
}

#define CREDIT_SIZE 90u /* bytes at the end of a caption */

/* "The square on Monday. Photo: Jane Roe": a credit by its name. */
static bool named_credit(const struct blocks *b, const struct block *k)
{
    struct dtl_slice s = block_text(b, k);
    size_t from = s.len > CREDIT_SIZE ? s.len - CREDIT_SIZE : 1;
    struct dtl_slice end = dtl_sub(s, from, s.len);

    if (k->size > 500 || k->role == DTL_BLOCK_HEADING ||
        k->role == DTL_BLOCK_ROW || k->role == DTL_BLOCK_PRE || k->foreign ||
        end.len == 0 || s.ptr[s.len - 1] == ':')
        return false;
    if (memchr(end.ptr, ':', end.len) == NULL &&
        memchr(end.ptr, 0xa9, end.len) == NULL)
        return false;
    for (size_t i = from; i + 2 < s.len; i++) {
        struct dtl_slice tail = dtl_sub(s, i, s.len);

        if ((s.ptr[i - 1] > ' ' && s.ptr[i - 1] != '(' &&
             s.ptr[i - 1] != '|') ||
            (s.ptr[i] >= 'a' && s.ptr[i] <= 'z'))
            continue;
        if (dtl_starts(tail, "\xc2\xa9") ||
            (dtl_find(tail, dtl_str(":"), 0) < 24 &&
             hints_label(tail) == LABEL_CREDIT))
            return true;
    }
    return false;
}

static void caption(struct block *k)
{
    k->role = DTL_BLOCK_CAPTION;
    k->prose = false;
}

/* The looks that most of the story's prose has. */
static uint32_t usual_looks(const struct finder *f)
{
    const struct box *x = &f->b.box[f->main];
    uint32_t sig = 0;
    uint64_t votes = 0;

    for (uint32_t i = x->first; i < x->last; i++) {
        const struct block *k = &f->b.block[i];

        if (!k->prose)
            continue;
        if (k->sig == sig) {
            votes += k->size;
        } else if (votes >= k->size) {
            votes -= k->size;
        } else {
            votes = k->size - votes;
            sig = k->sig;
        }
    }
    return sig;
}

static bool could_caption(const struct finder *f, const struct block *k)
{
    if (k->role == DTL_BLOCK_HEADING || k->foreign || k->in_quote)
        return false;
    if (k->sig != f->usual)
        return k->size < 300;
    return k->size < 160 && k->stops < 2;
}

/* A picture between two lines is above its caption, and the line before it no
 * part of that. */
static bool picture_between(const struct block *before, const struct block *k)
{
    return k->image != 0 && k->image >= before->node_end;
}

void captions_mark(struct finder *f)
{
    struct blocks *b = &f->b;
    const struct box *x = &b->box[f->main];
    uint32_t end = x->last, from = x->first;

    if (f->headline != NONE && f->headline < from)
        from = f->headline + 1;
    f->usual = usual_looks(f);
    /* A credit after the last prose is the story's own agency. */
    while (end > x->first && !b->block[end - 1].prose)
        end--;
    for (uint32_t i = from; i < end; i++) {
        struct block *k = &b->block[i];

        if (ends_in_credit(b, k) ||
            (k->sig != f->usual &&
             (credit_after_stop(b, k) || named_credit(b, k))))
            caption(k);
        else if (credit_line(b, k))
            k->label = LABEL_CREDIT;
        else
            continue;
        if (i == from || picture_between(k - 1, k))
            continue;
        if (k->label == LABEL_CREDIT && could_caption(f, k - 1))
            caption(k - 1);
        else if (k->role == DTL_BLOCK_CAPTION && !(k - 1)->terminal &&
                 (k - 1)->sig != f->usual && could_caption(f, k - 1))
            caption(k - 1);
    }
}
#endif
