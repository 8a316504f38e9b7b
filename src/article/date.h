/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DTL_ARTICLE_DATE_H
#define DTL_ARTICLE_DATE_H
/*
 * Times as pages state them: ISO 8601 and its sloppy cousins, RFC 5322, epoch
 * seconds, month names of some fifty languages, numbers in any order, East
 * Asian, Buddhist and Persian years, "6 minutes ago".
 *
 *     struct date_context ctx;
 *     date_context(&ctx, lang, host, captured);
 *     for (size_t at = 0; date_find(text, at, &ctx, &hit); at = hit.to) ...
 *
 * Linear in the text: only its first DATE_TEXT_MAX bytes are looked at.
 */
#include <dateline/article.h>

#define DATE_TEXT_MAX 400

struct date_locale;

struct date_context {
    const struct date_locale *locale; /* of the page's language, or NULL */
    bool month_first;                 /* 5/2/2024 is the second of May */
    int64_t captured;                 /* or DTL_NO_TIME */
};

enum date_form {
    DATE_ISO,      /* year first, digits only */
    DATE_WORDS,    /* a month by name, or East Asian units */
    DATE_NUMERIC,  /* 02.05.2024; the order may be a guess */
    DATE_MONTH,    /* a month and a year, no day */
    DATE_NO_YEAR,  /* 2 May; the year follows from the capture time */
    DATE_RELATIVE, /* 6 minutes ago, yesterday */
};

struct date_hit {
    struct dtl_when when;
    uint8_t form;    /* enum date_form */
    bool guessed;    /* day and month might be the other way round */
    size_t from, to; /* bytes of the text */
};

/** `lang` as in "en-US" or empty; `host` decides between 5/2 and 2/5 when the
 * language does not. */
void date_context(struct date_context *ctx, struct dtl_slice lang,
                  struct dtl_slice host, int64_t captured);

/** The first date at or after byte `from` of running text. */
bool date_find(struct dtl_slice text, size_t from,
               const struct date_context *ctx, struct date_hit *hit);

/** A value that should be nothing but a time: attributes, JSON-LD.  Also takes
 * epoch seconds and milliseconds. */
bool date_value(struct dtl_slice value, const struct date_context *ctx,
                struct dtl_when *when);

/** The date in a URL's path: /2024/05/02/, /2024-05-02-, /20240502. */
bool date_in_url(struct dtl_slice url, const struct date_context *ctx,
                 struct dtl_when *when);

/** Could a page have been published then?  Not before the web's forerunners
 * put their archives on line, not after the capture. */
bool date_plausible(const struct dtl_when *when,
                    const struct date_context *ctx);

/** Calendar day as written, in days since 1970-01-01. */
int64_t date_day(const struct dtl_when *when);

/* ---- date_words.c: the tables ------------------------------------------ */

struct date_locale {
    const char *lang;       /* BCP 47 base code */
    const char *months[12]; /* "january|jan", lower case */
};
extern const struct date_locale date_locales[];
extern const size_t date_nlocales;

/** Words of relative times: seconds they stand for. */
struct date_unit {
    const char *word;
    int32_t seconds;
};
extern const struct date_unit date_units[];
extern const size_t date_nunits;
/** "ago": before or after the amount. */
extern const char *const date_ago_before[], *const date_ago_after[];
/** Today 0, yesterday 1, in days back. */
extern const struct date_unit date_days_back[];
extern const size_t date_ndays_back;
/** How the names of months, and the words before an amount or for a day,
 * begin, as bits: most words of a text are none, in any language.  By three
 * bytes, or one when the word is shorter.  In date_starts.c, which the unit
 * test prints when a word is added. */
struct date_starts {
    uint64_t three[64], one[4];
};
extern const struct date_starts date_month_starts, date_relative_starts;

static inline unsigned date_start(const uint8_t *p)
{
    return (p[0] * 961u + p[1] * 31u + p[2]) & 4095;
}

/** Rows of date_locales, as bits, with a month that may begin like `word`, of
 * which three bytes can be read. */
uint64_t date_month_locales(const uint8_t *word);
#define DATE_MONTH_SLOTS 512u

/** Zone abbreviations, seconds east. */
extern const struct date_unit date_zones[];
extern const size_t date_nzones;
/** Words that may stand between the parts of a date: "de", "of", "um". */
extern const char *const date_glue[];

#endif
