/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names in bylines, and the agencies behind them.
 */
#include "meta.h"
#include "needles.h"

#include <utf8proc.h>

/* ---- words
 * --------------------------------------------------------------------- */

/* One-word and two-word things that look like names and are not. */
static const char *const not_names[] = {
    "share",
    "tweet",
    "email",
    "print",
    "comments",
    "comment",
    "follow",
    "subscribe",
    "facebook",
    "twitter",
    "home",
    "news",
    "updated",
    "published",
    "posted",
    "read more",
    "advertisement",
    "menu",
    "search",
    "login",
    "sign in",
    "sign up",
    "contact",
    "about",
    "more",
    "view all posts",
    "view all",
    "author",
    "authors",
    "by",
    "author bio",
    "bio",
    "about the author",
    "see all",
    "view bio",
    "linkedin",
    "instagram",
    "whatsapp",
    "copy link",
    "save",
    "listen",
    "kommentare",
    "teilen",
    "drucken",
    "mehr",
    "posts",
    "website",
    "profile",
    "articles",
    "follow us",
    "min read",
    "read",
    "reply",
    "advertiser disclosure",
    "editorial guidelines",
    "disclosure",
    "see bio",
    "view profile",
    "full bio",
    "learn about our",
    "opens in a new tab",
    "guest",
    "anonymous",
    "unknown",
    "admin",
    "administrator",
    "published",
    "author page",
    "getty images",
    "getty image",
    "veröffentlicht",
    "publiziert",
    "no author",
    "recent posts",
    "lead reviewer",

    "email address",
    "privacy policy",
    "cookie policy",
    "terms of use",
    "terms of service",
    "google scholar",
    "pubmed",
    "let's talk",
    "chat",
    "accept",
    "accept all",
    "last",
    "next",
    "previous",
    "staff writer",
    "corresponding author",
    "letzte aktualisierung",
    "weitere beiträge",
    "alle beiträge",
    "alle artikel",
    "alle artikel anzeigen",
    "tous les articles",
    "todos los artículos",
    "tutti gli articoli",
    "dzisiaj",
    "この記事を書いた人",
    "著者",
    "作者",
    "continue reading",
    "the author",
};

/* Who they introduce checked the text and did not write it. */
static const char *const checker_words[] = {
    "reviewed by",
    "edited by",
    "medically reviewed",
    "fact checked",
    "fact-checked",
    "checked by",
    "photo by",
    "photos by",
    "photography by",
    "illustration",
    "image by",
    "translated by",
    "expert review",
    "updated by",
    "approved by",
    "foto:",
    "fotos:",
    "foto von",
    "übersetzt von",
    "photo :",
    "crédit",
    "medical review",
    "clinically reviewed",
    "scientifically reviewed",
};

/* Words no name begins with or is made of. */
static const char *const title_words[] = {
    "about",    "all",    "an",        "best",   "by",     "come",
    "download", "every",  "explore",   "find",   "for",    "from",
    "get",      "here",   "how",       "if",     "in",     "introducing",
    "is",       "it",     "its",       "join",   "latest", "learn",
    "licensed", "more",   "most",      "my",     "new",    "not",
    "on",       "our",    "read",      "see",    "share",  "shop",
    "this",     "to",     "top",       "use",    "was",    "watch",
    "we",       "what",   "when",      "where",  "who",    "why",
    "with",     "you",    "your",      "at",     "are",    "that",
    "reviewed", "follow", "sponsored", "senior", "chief",  "head",
};

static size_t lower_prefix(struct dtl_slice s, uint8_t *out, size_t max)
{
    size_t at = 0, len = 0;

    while (at < s.len && len + 4 < max) {
        uint32_t c = s.ptr[at];

        if (c < 0x80) {
            out[len++] = (uint8_t)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
            at++;
            continue;
        }
        c = dtl_utf8_next(s, &at);
        if (c < 0x2000)
            c = (uint32_t)utf8proc_tolower((utf8proc_int32_t)c);
        len += (size_t)utf8proc_encode_char((utf8proc_int32_t)c, out + len);
    }
    return len;
}

static bool is_cjk(uint32_t c)
{
    return (c >= 0x3040 && c <= 0x30ff) || (c >= 0x3400 && c <= 0x9fff) ||
           (c >= 0xac00 && c <= 0xd7af) || (c >= 0xf900 && c <= 0xfaff);
}

size_t meta_byline_word(struct dtl_slice s)
{
    const struct needles *byline_words = meta_byline_words();
    uint8_t low[64];
    size_t n, best = 0;

    /* Most lines do not begin like one. */
    if (s.len >= 2 && s.ptr[0] < 0x80 && s.ptr[1] < 0x80) {
        lower_prefix(dtl_sub(s, 0, 2), low, sizeof low);
        if (needles_first(byline_words, low) == 0)
            return 0;
    }
    n = lower_prefix(dtl_sub(s, 0, 44), low, sizeof low);
    if (n < 2)
        return 0;

    for (uint16_t i = needles_first(byline_words, low); i != 0;
         i = byline_words->item[i - 1].next) {
        const char *w = byline_words->item[i - 1].text;
        size_t len = byline_words->item[i - 1].len;
        uint8_t last = (uint8_t)w[len - 1];

        if (len > n || len <= best || memcmp(low, w, len) != 0)
            continue;
        /* A word must end there; ":" and "/" and CJK end by themselves. */
        if (last != ':' && last != '/' && last != ' ' && last < 0xe0 &&
            !(last >= 0x80 && w[len - 3] < -0x1c) && len < n &&
            low[len] > ' ' && low[len] != ':' && low[len] != 0xc2)
            continue;
        best = len;
    }
    if (best == 0)
        return 0;
    while (best < s.len && (s.ptr[best] <= ' ' || s.ptr[best] == ':'))
        best++;
    if (best + 3 <= s.len && memcmp(s.ptr + best, "：", 3) == 0)
        best += 3;
    return best;
}

static bool in_list(struct dtl_slice s, const char *const *list, size_t n)
{
    /* Most begin with another letter. */
    for (size_t i = 0; i < n && s.len > 0; i++)
        if (((s.ptr[0] ^ (uint8_t)list[i][0]) & ~0x20) == 0 &&
            dtl_equal_nocase(s, dtl_str(list[i])))
            return true;
    return false;
}

static bool contains_any(struct dtl_slice s, const char *const *words, size_t n)
{
    uint8_t low[160];
    struct dtl_slice text = dtl_slice_of(low, lower_prefix(s, low, sizeof low));

    for (size_t i = 0; i < n; i++)
        if (dtl_find(text, dtl_str(words[i]), 0) != SIZE_MAX)
            return true;
    return false;
}

static bool is_role(struct dtl_slice s)
{
    uint8_t low[160];

    return needles_any(meta_role_words(),
                       dtl_slice_of(low, lower_prefix(s, low, sizeof low)));
}

/* "Ph.D.", "MD", "CFP®", "Jr.": goes with the name before it. */
static bool is_credential(struct dtl_slice s)
{
    static const char *const words[] = { "jr",   "sr",    "jr.",  "sr.", "esq",
                                         "esq.", "ph.d.", "ph.d", "phd", "m.d.",
                                         "msc",  "bsc",   "mba",  "dr." };
    unsigned upper = 0, lower = 0;

    if (in_list(s, words, sizeof words / sizeof words[0]))
        return true;
    if (s.len > 14)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        upper += s.ptr[i] >= 'A' && s.ptr[i] <= 'Z';
        lower += s.ptr[i] >= 'a' && s.ptr[i] <= 'z';
        if (s.ptr[i] == ' ')
            return false;
    }
    return upper >= 2 && upper > lower;
}

/* ---- agencies
 * --------------------------------------------------------------------- */

static const struct {
    const char *said, *name;
} agencies[] = {
    { "ap", "AP" },
    { "associated press", "AP" },
    { "the associated press", "AP" },
    { "reuters", "Reuters" },
    { "thomson reuters", "Reuters" },
    { "afp", "AFP" },
    { "agence france-presse", "AFP" },
    { "agence france presse", "AFP" },
    { "dpa", "dpa" },
    { "deutsche presse-agentur", "dpa" },
    { "kcna", "KCNA" },
    { "korean central news agency", "KCNA" },
    { "xinhua", "Xinhua" },
    { "xinhua news agency", "Xinhua" },
    { "新华社", "Xinhua" },
    { "tass", "TASS" },
    { "itar-tass", "TASS" },
    { "тасс", "TASS" },
    { "ria novosti", "RIA Novosti" },
    { "риа новости", "RIA Novosti" },
    { "interfax", "Interfax" },
    { "интерфакс", "Interfax" },
    { "ansa", "ANSA" },
    { "efe", "EFE" },
    { "agencia efe", "EFE" },
    { "europa press", "Europa Press" },
    { "pa", "PA" },
    { "pa media", "PA" },
    { "press association", "PA" },
    { "upi", "UPI" },
    { "united press international", "UPI" },
    { "yonhap", "Yonhap" },
    { "yonhap news agency", "Yonhap" },
    { "연합뉴스", "Yonhap" },
    { "kyodo", "Kyodo" },
    { "kyodo news", "Kyodo" },
    { "共同通信", "Kyodo" },
    { "jiji", "Jiji Press" },
    { "jiji press", "Jiji Press" },
    { "bloomberg", "Bloomberg" },
    { "bloomberg news", "Bloomberg" },
    { "sda", "SDA" },
    { "keystone-sda", "SDA" },
    { "apa", "APA" },
    { "sid", "SID" },
    { "kna", "KNA" },
    { "epd", "epd" },
    { "pap", "PAP" },
    { "čtk", "ČTK" },
    { "ctk", "ČTK" },
    { "tasr", "TASR" },
    { "mti", "MTI" },
    { "agerpres", "Agerpres" },
    { "mediafax", "Mediafax" },
    { "tanjug", "Tanjug" },
    { "hina", "HINA" },
    { "beta", "Beta" },
    { "fena", "FENA" },
    { "srna", "SRNA" },
    { "bta", "BTA" },
    { "ana-mpa", "ANA-MPA" },
    { "απε-μπε", "ANA-MPA" },
    { "anadolu", "Anadolu" },
    { "anadolu agency", "Anadolu" },
    { "anadolu ajansı", "Anadolu" },
    { "anka", "ANKA" },
    { "dha", "DHA" },
    { "iha", "IHA" },
    { "irna", "IRNA" },
    { "isna", "ISNA" },
    { "sana", "SANA" },
    { "wam", "WAM" },
    { "spa", "SPA" },
    { "mena", "MENA" },
    { "pti", "PTI" },
    { "press trust of india", "PTI" },
    { "ani", "ANI" },
    { "ians", "IANS" },
    { "app", "APP" },
    { "bernama", "Bernama" },
    { "antara", "Antara" },
    { "cna", "CNA" },
    { "中央社", "CNA" },
    { "vna", "VNA" },
    { "ttxvn", "VNA" },
    { "tt", "TT" },
    { "ntb", "NTB" },
    { "ritzau", "Ritzau" },
    { "stt", "STT" },
    { "anp", "ANP" },
    { "belga", "Belga" },
    { "lusa", "Lusa" },
    { "agência brasil", "Agência Brasil" },
    { "telam", "Télam" },
    { "télam", "Télam" },
    { "notimex", "Notimex" },
    { "prensa latina", "Prensa Latina" },
    { "adnkronos", "Adnkronos" },
    { "lapresse", "LaPresse" },
    { "bns", "BNS" },
    { "elta", "ELTA" },
    { "leta", "LETA" },
    { "ukrinform", "Ukrinform" },
    { "укрінформ", "Ukrinform" },
    { "unian", "UNIAN" },
    { "belta", "BelTA" },
    { "aap", "AAP" },
    { "australian associated press", "AAP" },
    { "canadian press", "The Canadian Press" },
    { "the canadian press", "The Canadian Press" },
    { "zuma press", "Zuma Press" },
};

struct dtl_slice meta_agency(struct dtl_slice s)
{
    uint8_t low[64];
    size_t n;

    s = dtl_trim(s);
    while (s.len > 0 && (s.ptr[s.len - 1] == '.' || s.ptr[s.len - 1] == ')'))
        s.len--;
    if (s.len < 2 || s.len > 40)
        return dtl_slice_of(NULL, 0);
    n = lower_prefix(s, low, sizeof low);
    for (size_t i = 0; i < sizeof agencies / sizeof agencies[0]; i++)
        if (dtl_equal(dtl_slice_of(low, n), dtl_str(agencies[i].said)))
            return dtl_str(agencies[i].name);
    return dtl_slice_of(NULL, 0);
}

/*
 * "BELGRADE, Serbia (AP) — The ...", "KYIV, May 2 (Reuters) - ...",
 * "Berlin (dpa) - ...", "MOSCOW, May 2. /TASS/. ...".  The credit stands
 * within the first 90 bytes and what precedes it is the place.
 */
void meta_dateline(struct meta *m, struct dtl_slice text)
{
    struct dtl_slice head = dtl_sub(text, 0, 90), agency, place;
    size_t open = 0, close;
    uint8_t end;

    while (open < head.len && head.ptr[open] != '(' && head.ptr[open] != '/' &&
           head.ptr[open] != '\n')
        open++;
    if (open == 0 || open >= head.len || head.ptr[open] == '\n')
        return;
    end = head.ptr[open] == '(' ? ')' : '/';
    for (close = open + 1; close < head.len && head.ptr[close] != end; close++)
        ;
    if (close >= head.len)
        return;
    agency = meta_agency(dtl_sub(head, open + 1, close));
    if (agency.ptr == NULL)
        return;
    place = dtl_trim(dtl_sub(head, 0, open));
    /* ", May 2" and the like follow the place. */
    for (size_t i = 0; i < place.len; i++)
        if (place.ptr[i] >= '0' && place.ptr[i] <= '9') {
            while (i > 0 && place.ptr[i] != ',')
                i--;
            place = dtl_sub(place, 0, i);
            break;
        }
    while (place.len > 0 &&
           (place.ptr[place.len - 1] == '.' ||
            place.ptr[place.len - 1] == ',' || place.ptr[place.len - 1] == ' '))
        place.len--;
    meta_claim(m, DTL_CLAIM_AGENCY, DTL_FROM_VISIBLE, 10, agency, 0);
    if (place.len >= 2 && place.len <= 60)
        meta_claim(m, DTL_CLAIM_PLACE, DTL_FROM_VISIBLE, 10, place, 0);
}

/* ---- names
 * ---------------------------------------------------------------------------
 */

/* Words inside a name that are not capitalised. */
static bool is_particle(struct dtl_slice w)
{
    static const char *const words[] = {
        "de",  "la",  "del", "der", "den", "van", "von", "vom", "zu",
        "zum", "da",  "do",  "dos", "das", "di",  "du",  "le",  "el",
        "al",  "bin", "ibn", "ben", "ter", "ten", "af",  "av",  "of",
        "the", "y",   "e",   "i",   "und", "and", "et",  "san", "dela",
        "'t",  "op",  "in",  "för", "for"
    };

    return in_list(w, words, sizeof words / sizeof words[0]);
}

/* Staffs sign too. */
bool meta_is_team(struct dtl_slice s)
{
    static const char *const words[] = { "team",      "staff",     "redaktion",
                                         "editors",   "desk",      "redacción",
                                         "rédaction", "redazione", "newsroom" };

    return contains_any(s, words, sizeof words / sizeof words[0]);
}

/* "example.org": a site. */
static bool is_domain(struct dtl_slice w)
{
    size_t dot = dtl_find(w, dtl_str("."), 1);

    return dot != SIZE_MAX && w.len - dot > 2 && w.ptr[dot + 1] >= 'a' &&
           w.ptr[dot + 1] <= 'z' && w.ptr[dot + 2] >= 'a' &&
           w.ptr[dot + 2] <= 'z';
}

static bool holds_title_word(struct dtl_slice s)
{
    for (size_t at = 0; at < s.len;) {
        size_t from = at;

        while (at < s.len && s.ptr[at] != ' ')
            at++;
        if (in_list(dtl_sub(s, from, at), title_words,
                    sizeof title_words / sizeof title_words[0]) ||
            is_domain(dtl_sub(s, from, at)))
            return true;
        while (at < s.len && s.ptr[at] == ' ')
            at++;
    }
    return false;
}

bool meta_is_name(struct dtl_slice s)
{
    size_t at = 0, words = 0, capitals = 0, cjk = 0, chars = 0;
    bool start = true, small = false, last_small = false;

    if (s.len < 2 || s.len > 60 ||
        in_list(s, not_names, sizeof not_names / sizeof not_names[0]) ||
        holds_title_word(s))
        return false;
    while (at < s.len) {
        size_t from = at;
        uint32_t c = dtl_utf8_next(s, &at);

        chars++;
        if (c >= '0' && c <= '9')
            return false;
        if (c == ':' || c == '?' || c == '!' || c == '/' || c == '|' ||
            c == '@' || c == '"' || c == '=' || c == '<' || c == '{' ||
            c == 0x201c || c == 0x3002 || c == 0xa9 || c == ';' || c == '#' ||
            c == '_')
            return false;
        if (is_cjk(c))
            cjk++;
        if (c == ' ' || c == 0xa0) {
            start = true;
            continue;
        }
        if (start) {
            utf8proc_category_t k = utf8proc_category((utf8proc_int32_t)c);
            size_t end = at;

            while (end < s.len && s.ptr[end] != ' ')
                end++;
            words++;
            /* Scripts without case count as capital. */
            if (k != UTF8PROC_CATEGORY_LL) {
                capitals++;
                last_small = false;
            } else if (is_particle(dtl_sub(s, from, end))) {
                capitals++;
                last_small = small = true;
            }
        }
        start = false;
    }
    if (cjk > 0 && cjk * 2 >= chars)
        return chars <= 12;
    /* "team" may end a name, "von" not, and none is of particles alone. */
    return words >= 1 && words <= 5 && capitals == words &&
           !(last_small && (words == 1 || !meta_is_team(s))) &&
           (words > 1 || !small);
}

/* Words that may follow a name in a byline and end it. */
static bool ends_name(struct dtl_slice w)
{
    static const char *const words[] = {
        "on",          "at",         "in",      "for", "from", "|",
        "updated",     "published",  "posted",  "am",  "um",   "le",
        "el",          "il",         "den",     "em",  "op",   "w",
        "dne",         "tarafından", "special", "is",  "has",  "reports",
        "contributed", "—",          "–",       "-",
    };

    return in_list(w, words, sizeof words / sizeof words[0]);
}

/* "BeauHD on Friday" -> "BeauHD". */
static struct dtl_slice leading_name(struct dtl_slice s)
{
    for (size_t at = 0; at < s.len;) {
        size_t from = at;

        while (at < s.len && s.ptr[at] != ' ')
            at++;
        if (from > 0 && ends_name(dtl_sub(s, from, at)))
            return dtl_trim(dtl_sub(s, 0, from));
        while (at < s.len && s.ptr[at] == ' ')
            at++;
    }
    return s;
}

struct split {
    struct meta *m;
    enum dtl_claim_source source;
    int rank;
    uint32_t offset;
    struct dtl_claim *last;
    unsigned names;
    bool strict; /* visible text: what is no name ends the byline */
    enum byline_kind kind;
    bool over;
    bool one_word; /* the first name was one word */
};

static struct dtl_slice strip_ends(struct dtl_slice s)
{
    for (;;) {
        size_t len = s.len;

        s = dtl_trim(s);
        while (s.len > 0 && strchr(".,;:|-/*(\"'<>[", s.ptr[0]) != NULL)
            s = dtl_sub(s, 1, s.len);
        /* A final dot may belong to "Jr." or "S." */
        while (s.len > 0 && strchr(",;:|-/*\"'<>(]", s.ptr[s.len - 1]) != NULL)
            s.len--;
        if (s.len > 3 && s.ptr[s.len - 1] == '.' && s.ptr[s.len - 3] != ' ' &&
            s.ptr[s.len - 3] != '.' && !dtl_ends(s, "r.") && !dtl_ends(s, "D."))
            s.len--;
        for (size_t i = 0; i < 3; i++) {
            static const char *const marks[] = { "•", "·", "–" };
            size_t n = strlen(marks[i]);

            if (dtl_starts(s, marks[i]))
                s = dtl_sub(s, n, s.len);
            if (dtl_ends(s, marks[i]))
                s.len -= n;
        }
        if (s.len == len)
            return s;
    }
}

static bool is_address(struct dtl_slice s)
{
    return dtl_starts_nocase(s, "http") || dtl_starts_nocase(s, "www.") ||
           dtl_starts_nocase(s, "mailto:") || (s.len > 0 && s.ptr[0] == '@') ||
           (dtl_find(s, dtl_str("//"), 0) != SIZE_MAX);
}

static bool has_letter(struct dtl_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (((s.ptr[i] | 0x20) >= 'a' && (s.ptr[i] | 0x20) <= 'z') ||
            s.ptr[i] >= 0xc3)
            return true;
    return false;
}

/* Does a capital follow the first space? */
static bool is_capital(struct dtl_slice s)
{
    const uint8_t *gap = memchr(s.ptr, ' ', s.len);
    size_t at = gap != NULL ? (size_t)(gap - s.ptr) + 1 : s.len;

    return at < s.len && s.ptr[at] >= 'A' && s.ptr[at] <= 'Z';
}

/* "page.meta.author": a template that was not filled in. */
static bool is_template(struct dtl_slice s)
{
    static const char *const words[] = { "author", "page", "user", "name",
                                         "post" };

    return contains_any(s, words, sizeof words / sizeof words[0]);
}

/* How little a structured value looks like a person's name, added to its
 * rank: "info@example.org"; -1 not at all: "page.author", "4 minutes". */
static int unlikely(struct dtl_slice s)
{
    size_t dots = 0, spaces = 0;

    for (size_t i = 0; i < s.len; i++) {
        dots += s.ptr[i] == '.';
        spaces += s.ptr[i] == ' ';
    }
    if (s.ptr != NULL && memchr(s.ptr, '@', s.len) != NULL)
        return 45;
    /* "98 Buck Social" is one, "4 minutes" is none. */
    if (s.ptr[0] >= '0' && s.ptr[0] <= '9' && spaces > 0 &&
        (spaces == 1 || !is_capital(s)))
        return -1;
    if (dots > 1 && spaces == 0)
        return is_template(s) ? -1 : 45;
    return 0;
}

/* "bo2man", "sara.r.peter", "the_pain": what someone signs in with. */
static bool is_login(struct dtl_slice s)
{
    size_t letters = 0;

    if (s.len < 3 || s.len > 30 ||
        in_list(s, not_names, sizeof not_names / sizeof not_names[0]) ||
        holds_title_word(s))
        return false;
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.ptr[i], low = c | 0x20;

        letters += low >= 'a' && low <= 'z';
        if (!(low >= 'a' && low <= 'z') && !(c >= '0' && c <= '9') &&
            c != '_' && c != '-' && c != '.')
            return false;
    }
    return letters * 2 > s.len;
}

/* "Ana LeeAna Lee": once for wide screens and once for narrow ones. */
static struct dtl_slice once(struct dtl_slice s)
{
    size_t half = s.len / 2, gap = s.len % 2;

    if (half < 4 || (gap == 1 && s.ptr[half] > ' ') ||
        !dtl_equal(dtl_sub(s, 0, half), dtl_sub(s, half + gap, s.len)))
        return s;
    return dtl_sub(s, 0, half);
}

static void one_name(struct split *sp, struct dtl_slice s)
{
    size_t word, at;
    struct dtl_claim *c;
    int add;

    s = once(strip_ends(s));
    if (meta_is_checker(s)) {
        sp->over |= sp->strict;
        if (!sp->strict)
            return;
    }
    while ((word = meta_byline_word(s)) != 0 && word < s.len)
        s = strip_ends(dtl_sub(s, word, s.len));
    /* "ByAna Lee": the space was a margin. */
    if (s.len > 4 && dtl_starts(s, "By") && s.ptr[2] >= 'A' && s.ptr[2] <= 'Z')
        s = dtl_sub(s, 2, s.len);
    if (s.len < 2 || s.len > 120 || is_address(s) || !has_letter(s) ||
        in_list(s, not_names, sizeof not_names / sizeof not_names[0]))
        return;
    if (sp->last != NULL && is_credential(s)) {
        char *joined = dtl_arena_printf(
            sp->m->arena, "%.*s, %.*s", (int)sp->last->value.len,
            (const char *)sp->last->value.ptr, (int)s.len, (const char *)s.ptr);

        if (joined != NULL)
            sp->last->value = dtl_str(joined);
        return;
    }
    if (sp->names > 0 && is_role(s))
        return;
    if (sp->over)
        return;
    /* "Ana Lee (Reuters)", "Ana Lee (@ana)". */
    at = dtl_find(s, dtl_str(" ("), 0);
    if (at != SIZE_MAX && at > 2)
        s = dtl_trim(dtl_sub(s, 0, at));
    if (sp->names > 0 && meta_is_site(sp->m, s))
        return;
    if (sp->strict) {
        bool one;

        s = leading_name(s);
        one = s.ptr[0] < 0x80 && memchr(s.ptr, ' ', s.len) == NULL;
        /* One word is a name only where it must be. */
        if (sp->kind == BYLINE_LINKED && sp->names == 0 && is_login(s))
            ;
        else if (!meta_is_name(s) || (is_role(s) && !meta_is_team(s)) ||
                 (one &&
                  (sp->kind == BYLINE_MAYBE ||
                   (sp->names > 0 && !sp->one_word)) &&
                  meta_agency(s).ptr == NULL)) {
            sp->over = true;
            return;
        }
    }
    add = unlikely(s);
    if (add < 0)
        return;
    c = meta_claim(sp->m, DTL_CLAIM_AUTHOR, sp->source, sp->rank + add, s,
                   sp->offset);
    if (sp->names++ == 0)
        sp->one_word = memchr(s.ptr, ' ', s.len) == NULL;
    if (c != NULL)
        sp->last = c;
}

/* Words and signs between names; the words need names on both sides. */
static size_t joint_at(struct dtl_slice s, size_t at, bool *word)
{
    /* Most bytes are letters: nothing to look up. */
    if (s.ptr[at] > ' ' && s.ptr[at] < 0xc2 &&
        memchr(";,|/&+", s.ptr[at], 6) == NULL)
        return 0;
    static const char *const signs[] = { ";",   ",",    "|",  "/",   "•",
                                         "·",   "、",   "，", "；",  "&",
                                         "\n",  "\x1f", "\t", " – ", " - ",
                                         " — ", "+",    "‧" };
    static const char *const words[] = {
        " and ",  " und ", " et ", " y ",   " e ",     " og ", " och ", " i ",
        " with ", " mit ", " ja ", " en ",  " ve ",    " и ",  " та ",  " dan ",
        " và ",   " és ",  " și ", " και ", " sowie ", " a ",  " ו"
    };

    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
        if ((uint8_t)signs[i][0] == s.ptr[at] &&
            dtl_starts(dtl_sub(s, at, s.len), signs[i])) {
            *word = false;
            return strlen(signs[i]);
        }
    if (s.ptr[at] != ' ')
        return 0;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (at + 1 < s.len &&
            ((s.ptr[at + 1] ^ (uint8_t)words[i][1]) & ~0x20) == 0 &&
            dtl_starts_nocase(dtl_sub(s, at, s.len), words[i])) {
            *word = true;
            return strlen(words[i]);
        }
    return 0;
}

static bool has_space(struct dtl_slice s)
{
    return s.len > 0 && memchr(s.ptr, ' ', s.len) != NULL;
}

static void split_names(struct split *sp, struct dtl_slice s)
{
    size_t from = 0;

    for (size_t at = 0; at < s.len;) {
        bool by_word = false;
        size_t len = joint_at(s, at, &by_word);

        if (len == 0) {
            at++;
            continue;
        }
        if (by_word) {
            /* "Rolf e Anna" are two, "Gabriel y Galán" is one: a short word
             * parts only what stands as two full names. */
            struct dtl_slice left = dtl_trim(dtl_sub(s, from, at));
            struct dtl_slice right = dtl_trim(dtl_sub(s, at + len, s.len));

            if (len <= 4 && (!has_space(left) || !has_space(right))) {
                at++;
                continue;
            }
        }
        one_name(sp, dtl_sub(s, from, at));
        at += len;
        from = at;
    }
    one_name(sp, dtl_sub(s, from, s.len));
}

void meta_names(struct meta *m, enum dtl_claim_source source, int rank,
                struct dtl_slice byline, uint32_t offset)
{
    struct split sp = {
        .m = m, .source = source, .rank = rank, .offset = offset
    };
    struct dtl_slice s = meta_clean(m, byline);
    size_t word = meta_byline_word(s);

    if (s.len == 0 || s.len > 400 || is_address(s))
        return;
    if (word < s.len)
        s = dtl_sub(s, word, s.len);
    split_names(&sp, s);
}

void meta_name(struct meta *m, enum dtl_claim_source source, int rank,
               struct dtl_slice name, uint32_t offset)
{
    size_t comma = dtl_find(name, dtl_str(","), 0);
    struct dtl_slice last = dtl_trim(dtl_sub(name, 0, comma)), first;
    char *turned;

    if (comma == SIZE_MAX ||
        memchr(name.ptr + comma + 1, ',', name.len - comma - 1) != NULL) {
        meta_names(m, source, rank, name, offset);
        return;
    }
    first = dtl_trim(dtl_sub(name, comma + 1, name.len));
    turned = dtl_arena_printf(m->arena, "%.*s %.*s", (int)first.len,
                              (const char *)first.ptr, (int)last.len,
                              (const char *)last.ptr);
    if (turned != NULL)
        meta_claim(m, DTL_CLAIM_AUTHOR, source, rank, dtl_str(turned), offset);
}

bool meta_is_checker(struct dtl_slice s)
{
    uint8_t low[40];
    size_t n = lower_prefix(dtl_sub(s, 0, 30), low, sizeof low);

    for (size_t i = 0; i < sizeof checker_words / sizeof checker_words[0]; i++)
        if (n > 0 && (uint8_t)checker_words[i][0] == low[0] &&
            dtl_starts(dtl_slice_of(low, n), checker_words[i]))
            return true;
    return false;
}

bool meta_byline(struct meta *m, enum dtl_claim_source source, int rank,
                 enum byline_kind kind, struct dtl_slice line, uint32_t offset)
{
    struct split sp = { .m = m,
                        .source = source,
                        .rank = rank,
                        .offset = offset,
                        .strict = true,
                        .kind = kind };
    struct date_hit hit;

    /* "Bread and Bridges" is one name where it is the site's. */
    if (meta_is_site(m, dtl_trim(line))) {
        one_name(&sp, line);
        return sp.names > 0;
    }
    if (date_find(line, 0, &m->dates, &hit)) {
        if (hit.from > 0)
            line.len = hit.from;
        else
            line = dtl_sub(line, hit.to, line.len);
    }
    split_names(&sp, line);
    return sp.names > 0 && sp.last != NULL;
}
