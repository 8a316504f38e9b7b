/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Titles without the site's name, and the site's name.
 *
 * "Floods in Ghent - The Daily Example" tells neither where the title ends nor
 * which part is the site; the other claims do: a part that another claim gives
 * as the site or that looks like the host is the site, a part that stands
 * alone as the headline is the title.
 */
#include "meta.h"

#include <utf8proc.h>

/* ---- comparing
 * ----------------------------------------------------------------- */

/* Letters and digits only, lower case, without accents where that is easy. */
static size_t squash(struct dtl_slice s, uint8_t *out, size_t max)
{
    size_t at = 0, len = 0;

    while (at < s.len && len + 4 < max) {
        uint32_t c = s.ptr[at];
        utf8proc_category_t k;

        if (c < 0x80) {
            at++;
            c = c >= 'A' && c <= 'Z' ? c | 0x20 : c;
            if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
                out[len++] = (uint8_t)c;
            continue;
        }
        c = (uint32_t)utf8proc_tolower((utf8proc_int32_t)dtl_utf8_next(s, &at));
        k = utf8proc_category((utf8proc_int32_t)c);
        if (k <= UTF8PROC_CATEGORY_NO && k != UTF8PROC_CATEGORY_CN)
            len += (size_t)utf8proc_encode_char((utf8proc_int32_t)c, out + len);
    }
    return len;
}

static bool is_plain_letter(uint8_t c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool alike(struct dtl_slice a, struct dtl_slice b)
{
    uint8_t x[600], y[600];
    size_t n;

    /* Most pairs differ in their first letters already. */
    if (a.len > 0 && b.len > 0 && is_plain_letter(a.ptr[0]) &&
        is_plain_letter(b.ptr[0]) && (a.ptr[0] | 0x20) != (b.ptr[0] | 0x20))
        return false;
    n = squash(a, x, sizeof x);
    return n > 0 && n == squash(b, y, sizeof y) && memcmp(x, y, n) == 0;
}

/* Share of the words of `a` that are in `b` too, by bytes. */
static double overlap(struct dtl_slice a, struct dtl_slice b)
{
    uint8_t x[600], y[600];
    size_t total = 0, found = 0, at = 0, ny = squash(b, y, sizeof y);

    while (at < a.len) {
        size_t from, n;

        while (at < a.len && a.ptr[at] == ' ')
            at++;
        from = at;
        while (at < a.len && a.ptr[at] != ' ')
            at++;
        n = squash(dtl_sub(a, from, at), x, sizeof x);
        total += n;
        if (n > 0 &&
            dtl_find(dtl_slice_of(y, ny), dtl_slice_of(x, n), 0) != SIZE_MAX)
            found += n;
    }
    return total > 0 ? (double)found / (double)total : 0;
}

/* ---- the site
 * --------------------------------------------------------------------- */

/* "www.the-example.co.uk" -> "the-example". */
static struct dtl_slice host_label(struct dtl_slice host)
{
    static const char *const second[] = { "co",  "com", "org", "net", "gov",
                                          "edu", "ac",  "or",  "ne",  "go" };
    size_t dot[3] = { 0, 0, 0 }, n = 0, from;

    for (size_t i = host.len; i > 0 && n < 3; i--)
        if (host.ptr[i - 1] == '.')
            dot[n++] = i;
    if (n == 0)
        return host;
    from = n >= 2 ? dot[1] : 0;
    for (size_t i = 0; n >= 2 && i < sizeof second / sizeof second[0]; i++)
        if (dtl_equal(dtl_sub(host, dot[1], dot[0] - 1), dtl_str(second[i])))
            return dtl_sub(host, n >= 3 ? dot[2] : 0, dot[1] - 1);
    return dtl_sub(host, from, dot[0] - 1);
}

/* "The Daily Example" against "dailyexample": equal but for an article, or
 * the initials of it. */
static bool like_host(struct dtl_slice name, struct dtl_slice host, size_t tail)
{
    uint8_t x[200], y[200];
    struct dtl_slice label = host_label(host);
    size_t nx, ny = squash(label, y, sizeof y), h;

    if (name.len > 120 || ny < 2)
        return false;
    nx = squash(name, x, sizeof x);
    if (nx >= 3 && memcmp(x, "the", 3) == 0 &&
        !(ny >= 3 && memcmp(y, "the", 3) == 0)) {
        memmove(x, x + 3, nx - 3);
        nx -= 3;
    }
    if (nx == ny && memcmp(x, y, nx) == 0)
        return true;
    /* "Example News", "Example.de Forum": the label with a tail. */
    if (ny >= 4 && nx > ny && memcmp(x, y, ny) == 0 &&
        nx - ny <= (ny >= 6 || tail < 8 ? tail : 8))
        return true;
    if (nx >= 4 && ny > nx && memcmp(x, y, nx) == 0 && ny - nx <= 8)
        return true;
    h = squash(host, y, sizeof y);
    return nx == h && memcmp(x, y, nx) == 0;
}

static bool names_site(const struct meta *m, struct dtl_slice s, size_t tail)
{
    if (s.len == 0 || s.len > 120)
        return false;
    for (uint32_t i = 0; i < m->nclaims; i++) {
        const struct dtl_claim *c = &m->claims[i];

        /* Squashing takes away signs and accents, not the half of it. */
        if ((c->field == DTL_CLAIM_SITE || c->field == DTL_CLAIM_PUBLISHER) &&
            s.len < 2 * c->value.len && c->value.len < 2 * s.len &&
            alike(s, c->value))
            return true;
    }
    return m->host.len > 0 && like_host(s, m->host, tail);
}

static bool is_site(const struct meta *m, struct dtl_slice s)
{
    return names_site(m, s, 20);
}

bool meta_is_site(const struct meta *m, struct dtl_slice s)
{
    return names_site(m, s, 4);
}

/* ---- cutting
 * ------------------------------------------------------------------------ */

static const char *const separators[] = { " | ", " - ",  " – ", " — ", " · ",
                                          " • ", " :: ", " » ", " « ", " / ",
                                          " > ", " ~ ",  " ‹ ", " › ", " − ",
                                          " ― ", "｜",   " |",  "| ",  " \\ " };
/* Least overlap of a heading with what the head calls the story. */
#define SAME_STORY 0.5
/* What one that does not stand at the text must tell of it: a single word of
 * it is wholly in it. */
#define TOLD        0.35
#define HEADING_FAR 40
#define NSEPARATORS (sizeof separators / sizeof separators[0])

static bool may_part(uint8_t c)
{
    return c == ' ' || c == '|' || c == 0xef;
}

static size_t separator_at(struct dtl_slice s, size_t at)
{
    uint8_t c = s.ptr[at];

    if (s.len - at < 2)
        return 0;
    if (c == ' ' && s.ptr[at + 1] < 0x80 &&
        memchr("|-:/>~\\", s.ptr[at + 1], 7) == NULL)
        return 0; /* a word follows */
    for (size_t i = 0; i < NSEPARATORS; i++)
        if ((uint8_t)separators[i][0] == c &&
            (uint8_t)separators[i][1] == s.ptr[at + 1] &&
            dtl_starts(dtl_sub(s, at, s.len), separators[i]))
            return strlen(separators[i]);
    return 0;
}

static bool last_separator(struct dtl_slice s, size_t *left, size_t *right)
{
    for (size_t at = s.len; at > 0; at--) {
        size_t len = may_part(s.ptr[at - 1]) ? separator_at(s, at - 1) : 0;

        if (len > 0 && at - 1 > 0) {
            *left = at - 1;
            *right = at - 1 + len;
            return true;
        }
    }
    return false;
}

static bool first_separator(struct dtl_slice s, size_t *left, size_t *right)
{
    for (size_t at = 1; at < s.len; at++) {
        size_t len = may_part(s.ptr[at]) ? separator_at(s, at) : 0;

        if (len > 0) {
            *left = at;
            *right = at + len;
            return true;
        }
    }
    return false;
}

/* What blog systems put before a title. */
static bool is_furniture(struct dtl_slice s)
{
    static const char *const words[] = {
        "blog archive", "blog archiv", "blog",    "news",  "home",
        "article",      "startseite",  "archive", "archiv"
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (dtl_equal_nocase(s, dtl_str(words[i])))
            return true;
    return false;
}

/* "The Example: Headline", "Headline : The Example". */
static bool colon_site(const struct meta *m, struct dtl_slice *s)
{
    size_t first = dtl_find(*s, dtl_str(":"), 1), last = s->len;

    if (first == SIZE_MAX)
        return false;
    while (s->ptr[last - 1] != ':')
        last--;
    if (names_site(m, dtl_trim(dtl_sub(*s, 0, first)), 0)) {
        *s = dtl_trim(dtl_sub(*s, first + 1, s->len));
        return true;
    }
    if (names_site(m, dtl_trim(dtl_sub(*s, last, s->len)), 8)) {
        *s = dtl_trim(dtl_sub(*s, 0, last - 1));
        return true;
    }
    return false;
}

/* Without the parts that are the site's name, at either end. */
static struct dtl_slice without_site(const struct meta *m, struct dtl_slice s)
{
    size_t left, right;

    for (unsigned n = 0; n < 4; n++) {
        if (last_separator(s, &left, &right) &&
            is_site(m, dtl_trim(dtl_sub(s, right, s.len)))) {
            s = dtl_trim(dtl_sub(s, 0, left));
            continue;
        }
        if (first_separator(s, &left, &right) &&
            is_site(m, dtl_trim(dtl_sub(s, 0, left)))) {
            s = dtl_trim(dtl_sub(s, right, s.len));
            continue;
        }
        if (colon_site(m, &s))
            continue;
        if (first_separator(s, &left, &right) &&
            is_furniture(dtl_trim(dtl_sub(s, 0, left)))) {
            s = dtl_trim(dtl_sub(s, right, s.len));
            continue;
        }
        break;
    }
    return s;
}

static bool is_heading(const struct meta *m, struct dtl_slice s)
{
    for (uint32_t i = 0; s.len >= 8 && i < m->nclaims; i++)
        if (m->claims[i].source == DTL_FROM_HEADING &&
            alike(s, m->claims[i].value))
            return true;
    return false;
}

/* Bars never stand in headlines: of what they part, one piece is the title,
 * the first unless a later one is much longer. */
static struct dtl_slice cut_bars(const struct meta *m, struct dtl_slice s)
{
    static const char *const bars[] = { "|", "｜", "_" };

    for (size_t i = 0; i < 3; i++) {
        size_t at = dtl_find(s, dtl_str(bars[i]), 1), right;

        if (at == SIZE_MAX || at == 0)
            continue;
        right = at + strlen(bars[i]);
        if (is_heading(m, dtl_trim(dtl_sub(s, right, s.len))))
            return dtl_trim(dtl_sub(s, right, s.len));
        /* An underscore parts Chinese titles and stands inside others. */
        if (bars[i][0] == '_' && s.ptr[at - 1] < 0x80)
            continue;
        if (at >= 16 || at * 3 >= s.len - right)
            return dtl_trim(dtl_sub(s, 0, at));
        if (s.len - right >= 16)
            return dtl_trim(dtl_sub(s, right, s.len));
    }
    return s;
}

static bool has_digit(struct dtl_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] >= '0' && s.ptr[i] <= '9')
            return true;
    return false;
}

/* "2 May 2024 - Headline" */
static struct dtl_slice cut_date(const struct meta *m, struct dtl_slice s)
{
    struct date_hit hit;
    struct dtl_slice rest;

    if (!has_digit(dtl_sub(s, 0, 24)) ||
        !date_find(dtl_sub(s, 0, 60), 0, &m->dates, &hit) || hit.from != 0 ||
        hit.form > DATE_NUMERIC || hit.to >= s.len)
        return s;
    rest = dtl_trim(dtl_sub(s, hit.to, s.len));
    while (rest.len > 0 && strchr("-:|,.", rest.ptr[0]) != NULL)
        rest = dtl_trim(dtl_sub(rest, 1, rest.len));
    return rest.len >= 20 ? rest : s;
}

static struct dtl_slice clean_title(const struct meta *m, struct dtl_slice s)
{
    s = without_site(m, s);
    /* "example.org Headline" */
    if (m->host.len > 0 && s.len > m->host.len + 8 &&
        dtl_equal_nocase(dtl_sub(s, 0, m->host.len), m->host) &&
        s.ptr[m->host.len] == ' ')
        s = dtl_trim(dtl_sub(s, m->host.len, s.len));
    s = cut_date(m, cut_bars(m, s));
    while (s.len > 2 && strchr("-|:", s.ptr[0]) != NULL && s.ptr[1] == ' ')
        s = dtl_trim(dtl_sub(s, 1, s.len));
    while (s.len > 2 && strchr("-|:", s.ptr[s.len - 1]) != NULL &&
           s.ptr[s.len - 2] == ' ')
        s = dtl_trim(dtl_sub(s, 0, s.len - 1));
    return s;
}

/* ---- the choice
 * ---------------------------------------------------------------------- */

static struct dtl_claim *best_of(const struct meta *m, unsigned sources)
{
    struct dtl_claim *best = NULL;

    for (uint32_t i = 0; i < m->nclaims; i++) {
        struct dtl_claim *c = &m->claims[i];

        if (c->field == DTL_CLAIM_TITLE && (sources >> c->source & 1) &&
            (best == NULL || c->rank < best->rank))
            best = c;
    }
    return best;
}

/* How much a heading shares with what the head calls the article. */
static double shared(const struct meta *m, const struct dtl_claim *c)
{
    double most = 0;

    for (uint32_t k = 0; k < m->nclaims; k++) {
        const struct dtl_claim *o = &m->claims[k];
        double x, told;

        if (o->field != DTL_CLAIM_TITLE || o->source == DTL_FROM_HEADING ||
            (k > 0 && dtl_equal(o->value, m->claims[k - 1].value)))
            continue;
        told = overlap(o->value, c->value);
        if (c->rank >= HEADING_FAR && told < TOLD)
            continue;
        x = (overlap(c->value, o->value) + told) / 2;
        most = x > most ? x : most;
    }
    return most;
}

/* The h1 that shares most; a lesser heading only where no h1 will do. */
static struct dtl_claim *best_heading(const struct meta *m, int most_lesser,
                                      double *share)
{
    struct dtl_claim *best = NULL;

    *share = 0;
    for (int lesser = 0; lesser <= most_lesser && *share < SAME_STORY; lesser++)
        for (uint32_t i = 0; i < m->nclaims; i++) {
            struct dtl_claim *c = &m->claims[i];
            double x;

            if (c->field != DTL_CLAIM_TITLE || c->source != DTL_FROM_HEADING ||
                (c->rank == HEADING_LESSER) != (lesser == 1) ||
                is_site(m, c->value))
                continue;
            x = shared(m, c);
            if (best == NULL || x > *share + 0.01 ||
                (x >= *share - 0.01 && c->rank < best->rank)) {
                best = c;
                *share = x;
            }
        }
    return best;
}

/* Where `part` begins in `whole`, letter case aside; SIZE_MAX if not. */
static size_t find_nocase(struct dtl_slice whole, struct dtl_slice part)
{
    for (size_t at = 0; part.len > 0 && at + part.len <= whole.len; at++)
        if ((whole.ptr[at] | 0x20) == (part.ptr[0] | 0x20) &&
            dtl_equal_nocase(dtl_sub(whole, at, at + part.len), part))
            return at;
    return SIZE_MAX;
}

/* "... understood" + "A guide to": a line under the title within it. */
static bool is_glued(struct dtl_slice heading, size_t at)
{
    return heading.ptr[at] >= 'A' && heading.ptr[at] <= 'Z' &&
           heading.ptr[at - 1] >= 'a' && heading.ptr[at - 1] <= 'z';
}

/* Words before a title that no sign ties to it. */
static bool is_bare_label(struct dtl_slice s)
{
    return s.len >= 8 && s.len <= 60 && s.ptr[s.len - 1] < 0x80 &&
           memchr(":-|,.!?'\"(", s.ptr[s.len - 1], 10) == NULL;
}

/* The heading is the head's title with a label before it ("Blog: ...") or a
 * remark behind it ("... (example.org) 87"). */
static bool is_dressed_up(struct dtl_slice heading, struct dtl_slice title)
{
    size_t at;

    if (title.len < 20 || heading.len <= title.len)
        return false;
    at = find_nocase(heading, title);
    if (at == 0)
        return is_glued(heading, title.len) ||
               (heading.ptr[title.len] == ' ' && heading.len > title.len + 1 &&
                heading.ptr[title.len + 1] == '(' &&
                heading.ptr[heading.len - 1] != ')');
    if (at != SIZE_MAX && at + title.len == heading.len &&
        is_bare_label(dtl_trim(dtl_sub(heading, 0, at))))
        return true;
    return at != SIZE_MAX && at <= 12 && at + title.len == heading.len &&
           memchr(heading.ptr, ':', at) != NULL;
}

/* JSON-LD headlines are cut at 110 characters by rule of a search engine. */
static bool is_cut(struct dtl_slice headline, struct dtl_slice title)
{
    return headline.len >= 90 && title.len > headline.len &&
           find_nocase(title, dtl_sub(headline, 0, headline.len - 4)) == 0;
}

static struct dtl_claim *pick_title(struct meta *m)
{
    unsigned structured = 1U << DTL_FROM_OPENGRAPH | 1U << DTL_FROM_JSONLD |
                          1U << DTL_FROM_PARSELY | 1U << DTL_FROM_SAILTHRU;
    struct dtl_claim *head = best_of(m, structured), *og, *heading;
    double share;

    og = best_of(m, 1U << DTL_FROM_OPENGRAPH);
    if (head == NULL)
        head = best_of(m, ~(1U << DTL_FROM_HEADING));
    if (head != NULL && og != NULL && is_cut(head->value, og->value))
        head = og;
    heading = best_heading(m, best_of(m, structured) == NULL, &share);
    if (heading == NULL)
        return head;
    if (head == NULL)
        return heading;
    if (is_site(m, head->value))
        return heading;
    if (alike(heading->value, head->value) &&
        memchr(head->value.ptr, ':', head->value.len) != NULL &&
        memchr(heading->value.ptr, ':', heading->value.len) == NULL)
        return head; /* the colon that a kicker's line break stands for */
    if (share < SAME_STORY || is_dressed_up(heading->value, head->value))
        return head;
    return heading;
}

struct dtl_slice meta_pick_title(struct meta *m)
{
    struct dtl_claim *pick;

    for (uint32_t i = 0; i < m->nclaims; i++)
        if (m->claims[i].field == DTL_CLAIM_TITLE)
            m->claims[i].value = clean_title(m, m->claims[i].value);
    pick = pick_title(m);
    if (pick == NULL)
        return dtl_slice_of(NULL, 0);
    pick->chosen = true;
    return pick->value;
}

struct dtl_slice meta_pick_site(struct meta *m)
{
    struct dtl_claim *site = meta_best(m, DTL_CLAIM_SITE);
    struct dtl_claim *publisher;
    size_t left, right;

    if (site != NULL) {
        site->chosen = true;
        return site->value;
    }
    publisher = meta_best(m, DTL_CLAIM_PUBLISHER);
    if (publisher != NULL && publisher->rank <= 30) {
        publisher->chosen = true;
        return publisher->value;
    }
    /* The part of <title> that looks like the host. */
    if (m->host.len > 0 && last_separator(m->title_tag, &left, &right)) {
        struct dtl_slice tail =
            dtl_trim(dtl_sub(m->title_tag, right, m->title_tag.len));

        if (like_host(tail, m->host, 20)) {
            meta_claim(m, DTL_CLAIM_SITE, DTL_FROM_TITLE_ELEMENT, 50, tail, 0);
            return tail;
        }
    }
    if (m->host.len > 0)
        meta_claim(m, DTL_CLAIM_SITE, DTL_FROM_URL, 60, m->host, 0);
    return m->host;
}
