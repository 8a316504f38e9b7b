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
        uint32_t c = dtl_utf8_next(s, &at);
        utf8proc_category_t k;

        if (c < 0x80) {
            c = c >= 'A' && c <= 'Z' ? c | 0x20 : c;
            if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
                out[len++] = (uint8_t)c;
            continue;
        }
        c = (uint32_t)utf8proc_tolower((utf8proc_int32_t)c);
        k = utf8proc_category((utf8proc_int32_t)c);
        if (k <= UTF8PROC_CATEGORY_NO && k != UTF8PROC_CATEGORY_CN)
            len += (size_t)utf8proc_encode_char((utf8proc_int32_t)c, out + len);
    }
    return len;
}

static bool alike(struct dtl_slice a, struct dtl_slice b)
{
    uint8_t x[600], y[600];
    size_t n = squash(a, x, sizeof x);

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
static bool like_host(struct dtl_slice name, struct dtl_slice host)
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
    /* "example.com", "Example News", "Example.de": the label with a tail. */
    if (ny >= 4 && nx > ny && memcmp(x, y, ny) == 0 && nx - ny <= 8)
        return true;
    if (nx >= 4 && ny > nx && memcmp(x, y, nx) == 0 && ny - nx <= 8)
        return true;
    h = squash(host, y, sizeof y);
    return nx == h && memcmp(x, y, nx) == 0;
}

static bool is_site(const struct meta *m, struct dtl_slice s)
{
    if (s.len == 0 || s.len > 120)
        return false;
    for (uint32_t i = 0; i < m->nclaims; i++)
        if ((m->claims[i].field == DTL_CLAIM_SITE ||
             m->claims[i].field == DTL_CLAIM_PUBLISHER) &&
            alike(s, m->claims[i].value))
            return true;
    return m->host.len > 0 && like_host(s, m->host);
}

/* ---- cutting
 * ------------------------------------------------------------------------ */

static const char *const separators[] = { " | ", " - ",  " – ", " — ", " · ",
                                          " • ", " :: ", " » ", " « ", " / ",
                                          " > ", " ~ ",  " ‹ ", " › ", " − ",
                                          " ― ", "｜",   " |",  "| ",  " \\ " };
#define NSEPARATORS (sizeof separators / sizeof separators[0])

static size_t separator_at(struct dtl_slice s, size_t at)
{
    for (size_t i = 0; i < NSEPARATORS; i++)
        if (dtl_starts(dtl_sub(s, at, s.len), separators[i]))
            return strlen(separators[i]);
    return 0;
}

static bool last_separator(struct dtl_slice s, size_t *left, size_t *right)
{
    for (size_t at = s.len; at > 0; at--) {
        size_t len = separator_at(s, at - 1);

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
        size_t len = separator_at(s, at);

        if (len > 0) {
            *left = at;
            *right = at + len;
            return true;
        }
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
        break;
    }
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

/* The heading that shares most with what the head calls the article. */
static struct dtl_claim *best_heading(const struct meta *m, double *share)
{
    struct dtl_claim *best = NULL;

    *share = 0;
    for (uint32_t i = 0; i < m->nclaims; i++) {
        struct dtl_claim *c = &m->claims[i];
        double most = 0;

        if (c->field != DTL_CLAIM_TITLE || c->source != DTL_FROM_HEADING ||
            is_site(m, c->value))
            continue;
        for (uint32_t k = 0; k < m->nclaims; k++) {
            struct dtl_claim *o = &m->claims[k];
            double x;

            if (o->field != DTL_CLAIM_TITLE || o->source == DTL_FROM_HEADING)
                continue;
            x = (overlap(c->value, o->value) + overlap(o->value, c->value)) / 2;
            most = x > most ? x : most;
        }
        if (best == NULL || most > *share + 0.01 ||
            (most >= *share - 0.01 && c->rank < best->rank)) {
            best = c;
            *share = most;
        }
    }
    return best;
}

struct dtl_slice meta_pick_title(struct meta *m)
{
    double share;
    struct dtl_claim *heading = best_heading(m, &share), *head, *pick;

    head = best_of(m, 1U << DTL_FROM_OPENGRAPH | 1U << DTL_FROM_JSONLD |
                          1U << DTL_FROM_PARSELY | 1U << DTL_FROM_SAILTHRU);
    if (head == NULL)
        head = best_of(m, ~(1U << DTL_FROM_HEADING));
    pick = head;
    if (heading != NULL && (head == NULL || share >= 0.45))
        pick = heading;
    if (pick == NULL)
        return dtl_slice_of(NULL, 0);
    pick->chosen = true;
    return without_site(m, pick->value);
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

        if (like_host(tail, m->host)) {
            meta_claim(m, DTL_CLAIM_SITE, DTL_FROM_TITLE_ELEMENT, 50, tail, 0);
            return tail;
        }
    }
    if (m->host.len > 0)
        meta_claim(m, DTL_CLAIM_SITE, DTL_FROM_URL, 60, m->host, 0);
    return m->host;
}
