/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which claim is believed.  Mostly the best rank; a few fields weigh several
 * claims against each other.
 */
#include "lang.h"
#include "meta.h"

/* Ranks from here on are of no use. */
#define HOPELESS   300
#define AUTHOR_FAR 78
/* The first rank of <meta name=author>, the last of a marked byline. */
#define AUTHOR_META   20
#define BYLINE_MARKED 37
/* A date without a label, somewhere on the page. */
#define DATE_ANYWHERE 90

/* Bytes of page between the bylines of one story, at most. */
#define TOGETHER 2000

/* ---- plain fields
 * ------------------------------------------------------------------ */

static struct dtl_slice choose_text(struct meta *m, enum dtl_claim_field field)
{
    struct dtl_claim *c = meta_best(m, field);

    if (c == NULL)
        return dtl_slice_of(NULL, 0);
    c->chosen = true;
    return c->value;
}

static bool is_one_word(struct dtl_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] == ' ' || s.ptr[i] >= 0xe0)
            return false;
    return true;
}

static bool same_group(const struct dtl_claim *a, const struct dtl_claim *b)
{
    return a->field == b->field && a->source == b->source && a->rank == b->rank;
}

/* "AL" beside "Ana Lee": what stands in for her picture. */
static bool is_initials(struct dtl_slice s, struct dtl_slice name)
{
    size_t n = 0;

    for (size_t i = 0; i < name.len; i++) {
        if (i > 0 && name.ptr[i - 1] != ' ')
            continue;
        if (n == s.len || s.ptr[n] != name.ptr[i])
            return false;
        n++;
    }
    return n == s.len && n > 1;
}

/* A name of a list that only repeats another of it, or is the site's. */
static bool is_spare(const struct meta *m, const struct dtl_claim *c)
{
    bool site = c->field == DTL_CLAIM_AUTHOR && meta_is_site(m, c->value);

    if (c->field != DTL_CLAIM_AUTHOR)
        return false;
    for (uint32_t i = 0; i < m->nclaims; i++) {
        const struct dtl_claim *o = &m->claims[i];

        if (o != c && same_group(o, c) &&
            ((site && !is_one_word(o->value) && !meta_is_site(m, o->value)) ||
             is_initials(c->value, o->value)))
            return true;
    }
    return false;
}

/* All values of the best ranked source, without repeats. */
static void choose_list(struct meta *m, enum dtl_claim_field field,
                        const struct dtl_slice **out, uint32_t *n)
{
    struct dtl_claim *best = meta_best(m, field);
    struct dtl_slice *list;
    uint32_t near = best != NULL ? best->offset : 0;

    *n = 0;
    *out = NULL;
    if (best == NULL || best->rank >= HOPELESS)
        return;
    list = dtl_arena_alloc(m->arena, m->nclaims * sizeof *list);
    if (list == NULL) {
        m->failed = true;
        return;
    }
    for (uint32_t i = 0; i < m->nclaims; i++) {
        struct dtl_claim *c = &m->claims[i];
        bool known = false;

        if (!same_group(c, best) || is_spare(m, c))
            continue;
        /* Bylines of one story stand together. */
        if (c->source == DTL_FROM_BYLINE && c->offset > near + TOGETHER)
            break;
        near = c->offset;
        c->chosen = true;
        for (uint32_t k = 0; k < *n && !known; k++)
            known = dtl_equal_nocase(list[k], c->value);
        if (!known)
            list[(*n)++] = c->value;
    }
    *out = list;
}

/* ---- authors ------------------------------------------------------------- */

/* A full name in a byline next to the headline. */
static bool has_full_byline(const struct meta *m)
{
    for (uint32_t i = 0; i < m->nclaims; i++)
        if (m->claims[i].field == DTL_CLAIM_AUTHOR &&
            m->claims[i].source == DTL_FROM_BYLINE && m->claims[i].rank < 50 &&
            !is_one_word(m->claims[i].value))
            return true;
    return false;
}

/* Is everybody in this claim's list the site itself, or a login name? */
static bool group_is(const struct meta *m, const struct dtl_claim *c,
                     bool (*test)(const struct meta *, struct dtl_slice))
{
    for (uint32_t i = 0; i < m->nclaims; i++)
        if (same_group(&m->claims[i], c) && !test(m, m->claims[i].value))
            return false;
    return true;
}

static bool one_word(const struct meta *m, struct dtl_slice s)
{
    (void)m;
    return is_one_word(s);
}

static struct dtl_slice last_word(struct dtl_slice s)
{
    size_t at = s.len;

    while (at > 0 && s.ptr[at - 1] != ' ')
        at--;
    return dtl_sub(s, at, s.len);
}

/* Next to the headline, marked as one, names in full and nobody's staff. */
static bool is_marked_byline(const struct dtl_claim *c)
{
    return c->field == DTL_CLAIM_AUTHOR && c->source == DTL_FROM_BYLINE &&
           c->rank <= BYLINE_MARKED;
}

/*
 * Does the page sign with other people than <meta name=author> names?  Who put
 * a story into the system often stands there, and who wrote it is shown.
 */
static bool is_overruled(const struct meta *m, const struct dtl_claim *c)
{
    bool any = false;

    if (c->source != DTL_FROM_META || c->rank < AUTHOR_META)
        return false;
    for (uint32_t i = 0; i < m->nclaims; i++) {
        const struct dtl_claim *o = &m->claims[i];

        if (!is_marked_byline(o))
            continue;
        any = true;
        if (is_one_word(o->value) || meta_is_team(o->value) ||
            meta_is_site(m, o->value))
            return false;
        for (uint32_t k = 0; k < m->nclaims; k++)
            if (same_group(&m->claims[k], c) &&
                dtl_equal_nocase(last_word(m->claims[k].value),
                                 last_word(o->value)))
                return false;
    }
    return any;
}

/*
 * Ranks once all claims are known: the site as its own author says little,
 * "admin7" less than the full name the page shows, and a page that names many
 * authors far from the headline names those of other stories.
 */
static void weigh_authors(struct meta *m)
{
    uint32_t far = 0;
    bool full = m->said_type != DTL_PAGE_FORUM &&
                m->body.page_type != DTL_PAGE_FORUM && has_full_byline(m);
    int16_t *add = dtl_arena_calloc(m->arena, m->nclaims + 1, sizeof *add);

    if (add == NULL) {
        m->failed = true;
        return;
    }
    for (uint32_t i = 0; i < m->nclaims; i++) {
        const struct dtl_claim *c = &m->claims[i];

        if (c->field != DTL_CLAIM_AUTHOR)
            continue;
        far += c->rank >= AUTHOR_FAR && c->source == DTL_FROM_BYLINE;
        if (group_is(m, c, meta_is_site))
            add[i] = 45;
        else if (is_overruled(m, c))
            add[i] = 20;
        else if (full && c->source != DTL_FROM_BYLINE &&
                 group_is(m, c, one_word))
            add[i] = 40;
    }
    for (uint32_t i = 0; i < m->nclaims; i++) {
        struct dtl_claim *c = &m->claims[i];

        if (far > 2 && c->field == DTL_CLAIM_AUTHOR &&
            c->source == DTL_FROM_BYLINE && c->rank >= AUTHOR_FAR)
            add[i] = 400;
        c->rank = (int16_t)(c->rank + add[i]);
    }
}

/* ---- dates
 * ------------------------------------------------------------------------- */

/* Structured statements may be coarse ("2024-05"); a month in the text is an
 * archive's heading. */
static bool answers(const struct meta *m, const struct dtl_claim *c)
{
    if (c->source == DTL_FROM_COPYRIGHT || c->rank >= DATE_ANYWHERE)
        return false;
    for (uint32_t i = 0; c->source == DTL_FROM_SCRIPT && i < m->nclaims; i++)
        if (m->claims[i].source == DTL_FROM_SCRIPT &&
            m->claims[i].field == c->field &&
            date_day(&m->claims[i].when) != date_day(&c->when))
            return false;
    return c->when.precision >= 8 ||
           (c->source != DTL_FROM_VISIBLE && c->when.precision >= 6);
}

/* Ranks of what the reader is shown next to the headline. */
#define IN_BODY    28 /* microdata around what is shown */
#define SHOWN_FROM 34
#define SHOWN_TO   55

static bool is_shown(const struct dtl_claim *c)
{
    return c->rank >= SHOWN_FROM && c->rank <= SHOWN_TO &&
           c->when.precision >= 8 && !c->when.relative &&
           (c->source == DTL_FROM_VISIBLE ||
            c->source == DTL_FROM_TIME_ELEMENT);
}

/*
 * Three days and more, shown alike: the dates of a list of comments or of
 * other stories.
 */
static bool is_of_a_list(const struct meta *m, const struct dtl_claim *c)
{
    int64_t days[2];
    unsigned n = 0;

    if (c->rank < SHOWN_FROM || c->source != DTL_FROM_TIME_ELEMENT)
        return false;
    for (uint32_t i = 0; i < m->nclaims; i++) {
        const struct dtl_claim *o = &m->claims[i];
        int64_t day = date_day(&o->when);

        if (!same_group(o, c) || (n > 0 && day == days[0]) ||
            (n > 1 && day == days[1]))
            continue;
        if (n == 2)
            return true;
        days[n++] = day;
    }
    return false;
}

/* By rank; of the postings of a thread, though, the first is the one. */
static bool is_before(const struct meta *m, const struct dtl_claim *a,
                      const struct dtl_claim *b)
{
    if (m->body.page_type == DTL_PAGE_FORUM && a->rank >= IN_BODY &&
        b->rank >= IN_BODY && a->rank <= SHOWN_TO && b->rank <= SHOWN_TO &&
        a->when.precision >= 12 && b->when.precision >= 12)
        return a->when.time < b->when.time;
    return a->rank < b->rank;
}

static struct dtl_claim *best_date(const struct meta *m,
                                   enum dtl_claim_field field)
{
    struct dtl_claim *best = NULL, *listed = NULL;

    for (uint32_t i = 0; i < m->nclaims; i++) {
        struct dtl_claim *c = &m->claims[i], **to = &best;

        if (c->field != field || !answers(m, c))
            continue;
        if (is_of_a_list(m, c))
            to = &listed;
        if (*to == NULL || is_before(m, c, *to))
            *to = c;
    }
    if (best == NULL ||
        (listed != NULL && listed->rank < best->rank && best->rank > SHOWN_TO))
        return listed;
    return best;
}

/* Does the page show, or its URL name, the day of `w`? */
static bool day_is_shown(const struct meta *m, uint8_t field,
                         const struct dtl_when *w)
{
    for (uint32_t i = 0; i < m->nclaims; i++) {
        const struct dtl_claim *c = &m->claims[i];

        if (c->field == field && (is_shown(c) || c->source == DTL_FROM_URL) &&
            date_day(&c->when) == date_day(w))
            return true;
    }
    return false;
}

/* "2024" or "2024-05" in the markup, "30 May 2024" on the page: the finer one
 * within the coarse one. */
static struct dtl_claim *refine(const struct meta *m, struct dtl_claim *coarse)
{
    struct dtl_claim *best = NULL;
    int64_t span = coarse->when.precision <= 4 ? 366 : 31;

    if (coarse->when.precision >= 8)
        return coarse;
    for (uint32_t i = 0; i < m->nclaims; i++) {
        struct dtl_claim *c = &m->claims[i];
        int64_t after;

        if (c->field != coarse->field || c->when.precision < 8)
            continue;
        after = date_day(&c->when) - date_day(&coarse->when);
        if (after >= 0 && after < span &&
            (best == NULL || c->rank < best->rank))
            best = c;
    }
    return best != NULL ? best : coarse;
}

/* A time of day shown anywhere about the text: that it agrees to the minute
 * is proof enough. */
static bool is_clock(const struct dtl_claim *c)
{
    return c->source == DTL_FROM_VISIBLE && c->when.precision >= 12 &&
           c->rank < DATE_ANYWHERE && !c->when.relative;
}

/* Seconds to add to UTC so that the instant of `c` reads as `shown` does;
 * false when no zone on earth does that. */
static bool zone_between(const struct dtl_claim *c,
                         const struct dtl_claim *shown, int32_t *zone)
{
    int64_t off = shown->when.time - c->when.time;

    if (shown->when.zone_known) { /* the same instant, written with its zone */
        *zone = shown->when.zone;
        return shown->when.zone != 0 && off >= -60 && off <= 60;
    }
    if (shown->when.precision >= 12) { /* clocks agree to the minute */
        int64_t quarter = (off + 14 * 3600 + 450) / 900;

        *zone = (int32_t)(quarter * 900 - 14 * 3600);
        return off >= -12 * 3600 && off <= 14 * 3600 && off - *zone >= -120 &&
               off - *zone <= 120;
    }
    /* Only the day is shown: the nearest whole hour that gives it. */
    if (off > 0)
        *zone = (int32_t)((off + 3599) / 3600 * 3600);
    else if (off <= -86400)
        *zone = (int32_t)((off + 86399 - 3599) / 3600 * 3600);
    else
        return false;
    return *zone >= -12 * 3600 && *zone <= 14 * 3600;
}

/*
 * "2024-05-02T23:30:00Z" in the markup and "3 May 2024, 01:30" on the page
 * are one instant: the page tells the zone.  The instant stays, its zone
 * becomes the one in which the day is the day shown.
 */
static void localise(const struct meta *m, const struct dtl_claim *c,
                     struct dtl_when *when)
{
    if (!c->when.zone_known || c->when.zone != 0 || c->when.precision < 12)
        return;
    for (int finest = 14; finest >= 8; finest -= 2) {
        if (finest < 12 && day_is_shown(m, c->field, &c->when))
            return;
        for (uint32_t i = 0; i < m->nclaims; i++) {
            const struct dtl_claim *o = &m->claims[i];
            int32_t zone;

            if (o->field != c->field || o->when.precision != finest ||
                (!is_shown(o) && !is_clock(o) && o->source != DTL_FROM_URL &&
                 o->source != DTL_FROM_MICRODATA) ||
                !zone_between(c, o, &zone))
                continue;
            when->zone = zone;
            return;
        }
    }
}

/* The first shown date of publication when the page shows no other day. */
static struct dtl_claim *only_shown(const struct meta *m)
{
    struct dtl_claim *first = NULL;

    for (uint32_t i = 0; i < m->nclaims; i++) {
        struct dtl_claim *c = &m->claims[i];

        if (c->field != DTL_CLAIM_PUBLISHED || !is_shown(c))
            continue;
        if (first == NULL || c->rank < first->rank)
            first = c;
    }
    for (uint32_t i = 0; i < m->nclaims && first != NULL; i++) {
        const struct dtl_claim *c = &m->claims[i];

        if (c->field == DTL_CLAIM_PUBLISHED && is_shown(c) &&
            date_day(&c->when) != date_day(&first->when))
            return NULL;
    }
    return first;
}

/* A structured claim of `field` that gives the day of `w`. */
static struct dtl_claim *structured_on(const struct meta *m, uint8_t field,
                                       const struct dtl_when *w, int below)
{
    for (uint32_t i = 0; i < m->nclaims; i++) {
        struct dtl_claim *c = &m->claims[i];

        if (c->field == field && c->rank < below &&
            date_day(&c->when) == date_day(w))
            return c;
    }
    return NULL;
}

/* Does a statement no reader sees, and of lesser weight, give that day? */
static bool is_backed(const struct meta *m, const struct dtl_when *w)
{
    for (uint32_t i = 0; i < m->nclaims; i++) {
        const struct dtl_claim *c = &m->claims[i];

        if (c->field == DTL_CLAIM_PUBLISHED && c->rank > SHOWN_TO &&
            c->rank < DATE_ANYWHERE && c->source != DTL_FROM_VISIBLE &&
            c->source != DTL_FROM_TIME_ELEMENT &&
            c->source != DTL_FROM_RELATIVE && date_day(&c->when) == date_day(w))
            return true;
    }
    return false;
}

/* 2024-02-05 and 2024-05-02: one of them read the wrong way round. */
static bool is_swapped(const struct dtl_when *a, const struct dtl_when *b)
{
    int x[6], y[6];

    dtl_time_split(date_day(a) * 86400, x);
    dtl_time_split(date_day(b) * 86400, y);
    return x[0] == y[0] && x[1] == y[2] && x[2] == y[1];
}

/*
 * Below the headline a day before the one in the markup: a story cannot be
 * shown before it is published, but a site that is built or moved anew stamps
 * all its stories.
 */
static bool is_earlier(const struct meta *m, const struct dtl_claim *shown,
                       const struct dtl_claim *p)
{
    return date_day(&shown->when) < date_day(&p->when) &&
           m->body.headline != 0 &&
           shown->offset > m->page->nodes[m->body.headline].source &&
           !is_swapped(&shown->when, &p->when);
}

/*
 * The markup and the page disagree by more than a zone.  The page wins where
 * its day is the earlier one, and where a second source is on its side:
 * another statement of publication, or the date of change, when the page
 * calls that one date of its the story's and not an update (publishers who
 * re-date a story leave its first date in JSON-LD; the date in `article:`
 * tags they rewrite, so there it stands).
 */
static struct dtl_claim *second_look(const struct meta *m, struct dtl_claim *p)
{
    struct dtl_claim *shown, *other;

    if (p->rank >= SHOWN_FROM || day_is_shown(m, DTL_CLAIM_PUBLISHED, &p->when))
        return p;
    shown = only_shown(m);
    if (shown == NULL)
        return p;
    if (date_day(&shown->when) - date_day(&p->when) <= 1 &&
        date_day(&shown->when) - date_day(&p->when) >= -1)
        return p;
    other = structured_on(m, DTL_CLAIM_PUBLISHED, &shown->when, IN_BODY);
    if (other != NULL)
        return other;
    if (is_earlier(m, shown, p) || is_backed(m, &shown->when))
        return shown;
    if (p->source == DTL_FROM_JSONLD &&
        structured_on(m, DTL_CLAIM_MODIFIED, &shown->when, SHOWN_FROM) != NULL)
        return shown;
    return p;
}

static void choose_dates(struct meta *m, struct dtl_article *out)
{
    struct dtl_claim *p = best_date(m, DTL_CLAIM_PUBLISHED);
    struct dtl_claim *c = best_date(m, DTL_CLAIM_MODIFIED);

    out->published.time = out->modified.time = DTL_NO_TIME;
    if (c != NULL) {
        c = refine(m, c);
        c->chosen = true;
        out->modified = c->when;
        out->modified_source = c->source;
        localise(m, c, &out->modified);
    }
    /* A date far from the headline is worth less than one of change. */
    if (p == NULL || (c != NULL && p->rank > SHOWN_TO && c->rank <= SHOWN_TO))
        p = c;
    if (p != NULL) {
        p = second_look(m, refine(m, p));
        p->chosen = true;
        out->published = p->when;
        out->published_source =
            p->field == DTL_CLAIM_MODIFIED ? DTL_FROM_MODIFIED : p->source;
        localise(m, p, &out->published);
    }
}

/* ---- language
 * ------------------------------------------------------------------------- */

static void choose_language(struct meta *m, struct dtl_article *out)
{
    struct dtl_claim *said = meta_best(m, DTL_CLAIM_LANGUAGE), *c;
    char declared[LANG_CODE] = "", found[LANG_CODE];
    bool detected;

    if (said != NULL)
        lang_base(said->value, declared);
    detected =
        lang_detect(m->body.text, declared[0] != '\0' ? declared : NULL, found);
    if (detected) {
        struct dtl_slice code = dtl_arena_dup(m->arena, dtl_str(found));

        c = meta_claim(m, DTL_CLAIM_LANGUAGE, DTL_FROM_DETECTOR, 10, code, 0);
        if (declared[0] == '\0' || !lang_alike(declared, found)) {
            if (c != NULL)
                c->chosen = true;
            out->language = code;
            return;
        }
        said = NULL;
        for (uint32_t i = 0; i < m->nclaims && said == NULL; i++)
            if (m->claims[i].field == DTL_CLAIM_LANGUAGE &&
                m->claims[i].source != DTL_FROM_DETECTOR)
                said = &m->claims[i];
    }
    if (declared[0] != '\0') {
        if (said != NULL)
            said->chosen = true;
        out->language = dtl_arena_dup(m->arena, dtl_str(declared));
    }
}

/* ---- agency
 * -------------------------------------------------------------------------------
 */

static void choose_agency(struct meta *m, struct dtl_article *out)
{
    struct dtl_claim *c = meta_best(m, DTL_CLAIM_AGENCY);

    for (uint32_t i = 0; c == NULL && i < out->nauthors; i++) {
        struct dtl_slice name = meta_agency(out->authors[i]);

        if (name.ptr != NULL)
            c = meta_claim(m, DTL_CLAIM_AGENCY, DTL_FROM_BYLINE, 20, name, 0);
    }
    if (c != NULL) {
        c->chosen = true;
        out->agency = c->value;
    }
}

void meta_choose(struct meta *m, struct dtl_article *out)
{
    struct dtl_when when;
    int64_t t;

    if (m->in->last_modified.len > 0) {
        t = dtl_time_parse_http(m->in->last_modified);
        when =
            (struct dtl_when){ .time = t, .zone_known = true, .precision = 14 };
        if (t != DTL_NO_TIME)
            meta_when(m, DTL_CLAIM_MODIFIED, DTL_FROM_HTTP, 120, &when,
                      m->in->last_modified, 0);
    }
    out->title = meta_pick_title(m);
    out->site = meta_pick_site(m);
    out->subtitle = choose_text(m, DTL_CLAIM_SUBTITLE);
    out->publisher = choose_text(m, DTL_CLAIM_PUBLISHER);
    out->section = choose_text(m, DTL_CLAIM_SECTION);
    out->canonical = choose_text(m, DTL_CLAIM_CANONICAL);
    out->amp = choose_text(m, DTL_CLAIM_AMP);
    out->origin = choose_text(m, DTL_CLAIM_ORIGIN);
    out->image = choose_text(m, DTL_CLAIM_IMAGE);
    out->description = choose_text(m, DTL_CLAIM_DESCRIPTION);
    out->place = choose_text(m, DTL_CLAIM_PLACE);
    weigh_authors(m);
    choose_list(m, DTL_CLAIM_AUTHOR, &out->authors, &out->nauthors);
    choose_list(m, DTL_CLAIM_TAG, &out->tags, &out->ntags);
    choose_dates(m, out);
    choose_language(m, out);
    choose_agency(m, out);
    meta_add_refused(m);
    out->claims = m->claims;
    out->nclaims = m->nclaims;
}
