/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which claim is believed.  Mostly the best rank; a few fields weigh several
 * claims against each other.
 */
#include "lang.h"
#include "meta.h"

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

/* All values of the best ranked source, without repeats. */
static void choose_list(struct meta *m, enum dtl_claim_field field,
                        const struct dtl_slice **out, uint32_t *n)
{
    struct dtl_claim *best = meta_best(m, field);
    struct dtl_slice *list;

    *n = 0;
    *out = NULL;
    if (best == NULL)
        return;
    list = dtl_arena_alloc(m->arena, m->nclaims * sizeof *list);
    if (list == NULL) {
        m->failed = true;
        return;
    }
    for (uint32_t i = 0; i < m->nclaims; i++) {
        struct dtl_claim *c = &m->claims[i];
        bool known = false;

        if (c->field != field || c->source != best->source ||
            c->rank != best->rank)
            continue;
        c->chosen = true;
        for (uint32_t k = 0; k < *n && !known; k++)
            known = dtl_equal_nocase(list[k], c->value);
        if (!known)
            list[(*n)++] = c->value;
    }
    *out = list;
}

/* ---- dates
 * ------------------------------------------------------------------------- */

/* Structured statements may be coarse ("2024-05"); a month in the text is an
 * archive's heading. */
static bool answers(const struct dtl_claim *c)
{
    if (c->source == DTL_FROM_COPYRIGHT)
        return false;
    return c->when.precision >= 8 ||
           (c->source != DTL_FROM_VISIBLE && c->when.precision >= 6);
}

static struct dtl_claim *best_date(const struct meta *m,
                                   enum dtl_claim_field field, int above)
{
    struct dtl_claim *best = NULL;

    for (uint32_t i = 0; i < m->nclaims; i++) {
        struct dtl_claim *c = &m->claims[i];

        if (c->field == field && c->rank >= above && answers(c) &&
            (best == NULL || c->rank < best->rank))
            best = c;
    }
    return best;
}

/* What the reader is shown next to the headline, or the URL. */
#define SHOWN_FROM 25
#define SHOWN_TO   56

/*
 * "2024-05-02T23:30:00Z" in the markup and "3 May 2024, 01:30" on the page
 * are one instant: the page tells the zone.  Where it shows only the day, the
 * day is what was published.
 */
static void localise(const struct meta *m, struct dtl_claim **chosen,
                     struct dtl_when *when)
{
    const struct dtl_claim *c = *chosen;
    int64_t day = date_day(&c->when);

    if (!c->when.zone_known || c->when.zone != 0 || c->when.precision < 12)
        return;
    for (uint32_t i = 0; i < m->nclaims; i++) {
        struct dtl_claim *o = &m->claims[i];
        int64_t off;

        if (o->field != c->field || o->when.zone_known || o->when.relative ||
            o->rank < SHOWN_FROM || o->rank > SHOWN_TO || o->when.precision < 8)
            continue;
        off = o->when.time - c->when.time;
        if (o->when.precision >= 12 && off >= -12 * 3600 && off <= 14 * 3600 &&
            (off + 14 * 3600 + 120) % 900 <= 240) {
            *when = c->when;
            when->zone =
                (int32_t)((off + 14 * 3600 + 450) / 900 * 900) - 14 * 3600;
            return;
        }
    }
    for (uint32_t i = 0; i < m->nclaims; i++) {
        struct dtl_claim *o = &m->claims[i];
        int64_t start = o->when.time - c->when.time;

        /* Could this instant fall on that day somewhere on earth? */
        if (o->field == c->field && !o->when.zone_known &&
            o->rank >= SHOWN_FROM && o->rank <= SHOWN_TO &&
            o->when.precision == 8 && date_day(&o->when) != day &&
            start <= 14 * 3600 && start + 86400 > -12 * 3600) {
            *chosen = o;
            *when = o->when;
            return;
        }
    }
}

static void choose_dates(struct meta *m, struct dtl_article *out)
{
    struct dtl_claim *p = best_date(m, DTL_CLAIM_PUBLISHED, 0);
    struct dtl_claim *c = best_date(m, DTL_CLAIM_MODIFIED, 0);

    out->published.time = out->modified.time = DTL_NO_TIME;
    if (c != NULL) {
        out->modified = c->when;
        localise(m, &c, &out->modified);
        c->chosen = true;
        out->modified_source = c->source;
    }
    if (p == NULL)
        p = c; /* a page that says only when it changed */
    if (p != NULL) {
        out->published = p->when;
        localise(m, &p, &out->published);
        p->chosen = true;
        out->published_source = p->source;
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
    choose_list(m, DTL_CLAIM_AUTHOR, &out->authors, &out->nauthors);
    choose_list(m, DTL_CLAIM_TAG, &out->tags, &out->ntags);
    choose_dates(m, out);
    choose_language(m, out);
    choose_agency(m, out);
    out->claims = m->claims;
    out->nclaims = m->nclaims;
}
