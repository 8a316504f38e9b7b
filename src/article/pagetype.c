/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What kind of page it is: what its data say, what its address looks like and
 * how its text is spread.  An article is one text under one headline that is
 * most of the prose on the page.
 */
#include "body_parts.h"

/* Parts of paths and queries that sites of all kinds use. */
static const struct {
    uint8_t type;
    const char *part;
} paths[] = {
    { DTL_PAGE_LIVEBLOG, "/live/" },
    { DTL_PAGE_LIVEBLOG, "liveblog" },
    { DTL_PAGE_LIVEBLOG, "live-updates" },
    { DTL_PAGE_LIVEBLOG, "liveticker" },
    { DTL_PAGE_FORUM, "/forum" },
    { DTL_PAGE_FORUM, "viewtopic" },
    { DTL_PAGE_FORUM, "showthread" },
    { DTL_PAGE_FORUM, "/thread" },
    { DTL_PAGE_FORUM, "//forum" },
    { DTL_PAGE_FORUM, "/topic/" },
    { DTL_PAGE_FORUM, "//community." },
    { DTL_PAGE_FORUM, "/discussion" },
    { DTL_PAGE_FORUM, "//discuss" },
    { DTL_PAGE_FORUM, "/questions/" },
    { DTL_PAGE_FORUM, "/comments/" },
    { DTL_PAGE_FORUM, "/viewforum" },
    /* Before listings: documents have topics, too. */
    { DTL_PAGE_DOCUMENT, "//docs." },
    { DTL_PAGE_DOCUMENT, "/docs/" },
    { DTL_PAGE_DOCUMENT, "/documentation/" },
    { DTL_PAGE_DOCUMENT, "/manual/" },
    { DTL_PAGE_DOCUMENT, "/reference/" },
    { DTL_PAGE_DOCUMENT, "//developer." },
    { DTL_PAGE_DOCUMENT, ".readthedocs." },
    { DTL_PAGE_DOCUMENT, "/en/latest/" },
    { DTL_PAGE_DOCUMENT, "/en/stable/" },
    { DTL_PAGE_DOCUMENT, "/html/latest/" },
    { DTL_PAGE_DOCUMENT, "/quickstart" },
    { DTL_PAGE_PRODUCT, "/product/" },
    { DTL_PAGE_PRODUCT, "/products/" },
    { DTL_PAGE_PRODUCT, "/dp/" },
    { DTL_PAGE_PRODUCT, "/shop/" },
    { DTL_PAGE_PRODUCT, "/itm/" },
    { DTL_PAGE_LISTING, "/browse/" },
    { DTL_PAGE_LISTING, "/departments/" },
    { DTL_PAGE_LISTING, "/genre/" },
    { DTL_PAGE_LISTING, "/category/" },
    { DTL_PAGE_LISTING, "/categories/" },
    { DTL_PAGE_LISTING, "/tag/" },
    { DTL_PAGE_LISTING, "/tags/" },
    { DTL_PAGE_LISTING, "/collections/" },
    { DTL_PAGE_LISTING, "/search" },
    { DTL_PAGE_LISTING, "/archive/" },
    { DTL_PAGE_LISTING, "/topics/" },
    { DTL_PAGE_LISTING, "/author/" },
    { DTL_PAGE_PRODUCT, "//store." },
    { DTL_PAGE_VIDEO, "/video/" },
    { DTL_PAGE_VIDEO, "/videos/" },
    { DTL_PAGE_VIDEO, "/watch?" },
    { DTL_PAGE_GALLERY, "/gallery/" },
    { DTL_PAGE_GALLERY, "/galleries/" },
    { DTL_PAGE_GALLERY, "/photos/" },
};

/* What a page that answers with an error says in its title. */
static const char *const errors[] = {
    "404",
    "403",
    "500 internal",
    "page not found",
    "not found",
    "access denied",
    "just a moment",
    "seite nicht gefunden",
    "page introuvable",
    "página no encontrada",
    "página não encontrada",
    "pagina non trovata",
    "страница не найдена",
};

struct measure {
    uint32_t kept, prose; /* letters of the body, and of its prose */
    uint32_t paragraphs, images, captions;
    uint32_t prices, posts;
    uint32_t linked;     /* letters of the body inside links */
    uint32_t unbroken;   /* letters of prose without a link line between */
    uint32_t teasers;    /* headings that lead elsewhere as a whole */
    uint32_t cards;      /* the longest row of like boxes with links */
    uint32_t cards_size; /* its letters */
    bool home;
};

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* "?p=31228", "?page_id=7", "?/topic/20": a page by its number or path. */
static bool query_names_page(struct dtl_slice query)
{
    size_t at = 0;

    if (dtl_starts(query, "?/"))
        return true;
    while ((at = dtl_find(query, dtl_str("="), at)) != SIZE_MAX) {
        bool p = at == 2 && query.ptr[1] == 'p';
        bool id =
            at > 2 && query.ptr[at - 2] == 'i' && query.ptr[at - 1] == 'd';

        if ((p || id) && ++at < query.len && is_digit(query.ptr[at]))
            return true;
        at += !(p || id);
    }
    return false;
}

static bool is_home(struct dtl_slice url)
{
    size_t at = dtl_find(url, dtl_str("://"), 0), path, end;

    if (at == SIZE_MAX)
        return false;
    path = dtl_find(url, dtl_str("/"), at + 3);
    if (path == SIZE_MAX)
        return true;
    url = dtl_sub(url, path, url.len);
    end = dtl_find(url, dtl_str("#"), 0);
    url.len = end != SIZE_MAX ? end : url.len;
    end = dtl_find(url, dtl_str("?"), 0);
    if (end != SIZE_MAX && query_names_page(dtl_sub(url, end, url.len)))
        return false;
    url.len = end != SIZE_MAX ? end : url.len;
    return url.len == 1 || (dtl_starts_nocase(url, "/index.") &&
                            dtl_find(url, dtl_str("/"), 1) == SIZE_MAX);
}

#define CARDS 8u /* fewer are no list */

/* Boxes alike, side by side, each with a link and more than a line. */
static void measure_cards(const struct finder *f, struct measure *m)
{
    const struct blocks *b = &f->b;

    for (uint32_t up = 0; up < b->nboxes; up++) {
        uint32_t n = 0, size = 0, sig = 0;

        if (b->box[up].last - b->box[up].first < 2 * CARDS ||
            (b->box[up].above & (HINT_NAV | HINT_FOOTER)))
            continue;
        for (uint32_t x = up + 1; x < b->box[up].next; x = b->box[x].next) {
            const struct box *o = &b->box[x];

            if (o->linked <= 10 || o->size <= 30 || o->size >= 900 ||
                o->last - o->first < 2)
                continue;
            if (o->sig != sig)
                n = size = 0;
            sig = o->sig;
            size += o->size;
            if (++n > m->cards) {
                m->cards = n;
                m->cards_size = size;
            }
        }
    }
}

/* How the text is spread: one story, or lines that lead to others. */
static void measure_spread(const struct finder *f, struct measure *m)
{
    const struct blocks *b = &f->b;
    uint32_t run = 0;

    for (uint32_t i = 0; i < b->nblocks; i++) {
        const struct block *k = &b->block[i];
        bool leads =
            k->href != 0 && k->size >= 15 && k->linked * 10 >= k->size * 9;

        m->teasers += leads && k->role == DTL_BLOCK_HEADING &&
                      !(b->box[k->box].above & (HINT_NAV | HINT_FOOTER));
        if (k->kept)
            m->linked += k->linked;
        if (k->kept && k->prose)
            run += k->size;
        else if ((leads || (!k->kept && k->linked > 0 && k->size > 15)) &&
                 !(b->box[k->box].above & HINT_OUT))
            run = 0;
        if (run > m->unbroken)
            m->unbroken = run;
    }
}

static void measure(const struct finder *f, struct measure *m)
{
    const struct blocks *b = &f->b;

    memset(m, 0, sizeof *m);
    for (uint32_t i = 0; i < b->nblocks; i++) {
        const struct block *k = &b->block[i];

        if (!k->kept)
            continue;
        m->kept += k->size;
        if (k->prose) {
            m->prose += k->size;
            m->paragraphs++;
        }
    }
    for (uint32_t i = 0; i < b->nboxes; i++) {
        m->prices += (b->box[i].hints & HINT_PRODUCT) != 0;
        m->posts += (b->box[i].hints & HINT_FORUM) != 0;
    }
    m->home = is_home(f->in->url);
    measure_cards(f, m);
    measure_spread(f, m);
}

static uint8_t path_type(struct dtl_slice url)
{
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (dtl_find(url, dtl_str(paths[i].part), 0) != SIZE_MAX)
            return paths[i].type;
    return DTL_PAGE_UNKNOWN;
}

bool pagetype_is_forum(const struct finder *f)
{
    return f->in->said_type == DTL_PAGE_FORUM ||
           path_type(f->in->url) == DTL_PAGE_FORUM;
}

bool pagetype_holds_many(const struct finder *f)
{
    return pagetype_is_forum(f) || is_home(f->in->url) ||
           path_type(f->in->url) == DTL_PAGE_LISTING;
}

static bool is_error(const struct finder *f, const struct measure *m)
{
    uint8_t low[80];
    struct dtl_slice t;

    if (m->prose > 600 || f->in->ntitles == 0)
        return false;
    t = f->in->titles[0];
    t.len = t.len < sizeof low ? t.len : sizeof low;
    for (size_t i = 0; i < t.len; i++)
        low[i] =
            t.ptr[i] >= 'A' && t.ptr[i] <= 'Z' ? t.ptr[i] | 0x20 : t.ptr[i];
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (dtl_find(dtl_slice_of(low, t.len), dtl_str(errors[i]), 0) !=
            SIZE_MAX)
            return true;
    return false;
}

/* One run of text under a headline, whatever stands around it. */
static bool is_one_text(const struct finder *f, const struct measure *m)
{
    return f->headline != NONE && m->unbroken >= 400 &&
           m->unbroken * 10 >= m->kept * 9 && m->linked * 10 < m->kept;
}

/* Little text of its own, or most of it in teasers for other pages. */
static bool is_listing(const struct finder *f, const struct measure *m)
{
    if (is_one_text(f, m))
        return false;
    return m->prose < 300 || m->paragraphs < 2 ||
           (m->unbroken < 500 && m->unbroken * 3 < m->prose) ||
           m->linked * 4 > m->kept ||
           (m->teasers >= 10 && m->unbroken < 2000) ||
           (m->cards >= CARDS && m->cards_size * 5 >= m->kept * 3 &&
            m->unbroken < 1500);
}

#define POSTS      6u
#define POST_PROSE 100u

/* A line that is a time of day: days are on any list of stories. */
static bool is_stamp(const struct blocks *b, const struct block *k)
{
    struct dtl_slice s = block_text(b, k);
    size_t colon;

    if (k->relative)
        return true;
    if (s.len > 24)
        return false;
    colon = dtl_find(s, dtl_str(":"), 0);
    return colon != SIZE_MAX && colon > 0 && colon + 2 < s.len &&
           is_digit(s.ptr[colon - 1]) && is_digit(s.ptr[colon + 1]) &&
           is_digit(s.ptr[colon + 2]);
}

/* Posts of a live blog: boxes alike, side by side, each with a time and prose
 * of the story, and most of it; comments and answers are not part of it. */
static bool is_live(const struct finder *f, const struct measure *m)
{
    const struct blocks *b = &f->b;

    for (uint32_t up = 0; up < b->nboxes; up++) {
        uint32_t n = 0, sig = 0, all = 0;

        if (b->box[up].prose < POSTS * POST_PROSE)
            continue;
        for (uint32_t x = up + 1; x < b->box[up].next; x = b->box[x].next) {
            const struct box *o = &b->box[x];
            uint32_t kept = 0;

            if (o->prose < POST_PROSE || o->linked * 4 > o->size ||
                (o->above & (HINT_OUT | HINT_FORUM)) || o->first == o->last ||
                !is_stamp(b, &b->block[o->first]))
                continue;
            for (uint32_t k = o->first; k < o->last; k++)
                kept += b->block[k].kept ? b->block[k].size : 0;
            if (o->sig != sig)
                n = all = 0;
            sig = o->sig;
            n += kept * 2 > o->size;
            all += kept;
            if (n >= POSTS && all * 10ull > m->kept * 7ull)
                return true;
        }
    }
    return false;
}

#define PRICES 30u /* boxes named for goods: a shop, whatever it says */

static bool shows_goods(uint8_t said, uint8_t path, const struct measure *m)
{
    if (path == DTL_PAGE_PRODUCT)
        return m->prices >= 5;
    return said == DTL_PAGE_UNKNOWN && m->prices >= PRICES;
}

/* What a page that calls itself an article must tell: a brief item is one text
 * under a headline. */
static uint32_t least_prose(const struct finder *f, const struct measure *m)
{
    bool brief = f->headline != NONE && m->unbroken == m->prose &&
                 m->linked * 10 < m->kept && m->teasers < 5;

    return brief ? 100 : 300;
}

static uint8_t type_of(const struct finder *f, const struct measure *m)
{
    uint8_t said = f->in->said_type, path = path_type(f->in->url);

    if (is_error(f, m))
        return DTL_PAGE_ERROR;
    if (m->home)
        return DTL_PAGE_HOME;
    if (said != DTL_PAGE_UNKNOWN && said != DTL_PAGE_ARTICLE)
        return said;
    if (path == DTL_PAGE_FORUM || path == DTL_PAGE_LIVEBLOG ||
        path == DTL_PAGE_DOCUMENT)
        return path;
    if (m->posts <= 4 && is_live(f, m))
        return DTL_PAGE_LIVEBLOG;
    if (shows_goods(said, path, m))
        return m->cards >= CARDS ? DTL_PAGE_LISTING : DTL_PAGE_PRODUCT;
    if (path == DTL_PAGE_LISTING && (m->teasers >= 5 || m->cards >= CARDS))
        return path;
    if (said == DTL_PAGE_ARTICLE && m->prose >= least_prose(f, m))
        return said;
    if (m->posts > 4)
        return DTL_PAGE_FORUM;
    if (path != DTL_PAGE_UNKNOWN && m->prose < 1500)
        return path;
    if (m->prices > 8 && m->prose < 2500)
        return DTL_PAGE_PRODUCT;
    if (is_listing(f, m))
        return DTL_PAGE_LISTING;
    return DTL_PAGE_ARTICLE;
}

static float confidence(const struct finder *f, const struct measure *m,
                        uint8_t type)
{
    float c = 0.3f;

    if (type == DTL_PAGE_ARTICLE)
        c += 0.2f;
    if (f->headline != NONE)
        c += 0.15f;
    if (m->prose >= 400)
        c += 0.15f;
    if (m->paragraphs >= 4)
        c += 0.1f;
    if (m->kept > 0 && m->prose * 10 > m->kept * 8)
        c += 0.1f;
    return c;
}

/* What stands where a subscriber's article breaks off.  Lower case in ASCII;
 * where a language begins with a letter outside it, without that letter. */
static const char *const walls[] = {
    /* en */
    "subscribe to continue",
    "subscribe to read",
    "subscribe now to read",
    "to continue reading",
    "to keep reading",
    "to read the full article",
    "to read the full story",
    "to read the rest of this",
    "is for subscribers only",
    "available to subscribers",
    "exclusive to subscribers",
    "already a subscriber",
    "for subscribers only",
    /* de */
    "weiterlesen mit",
    "jetzt weiterlesen",
    "um weiterzulesen",
    "um den artikel weiter",
    "um diesen artikel zu lesen",
    "nur für abonnenten",
    "bereits abonnent",
    "sie sind bereits abonnent",
    /* fr */
    "réservé aux abonnés",
    "réservée aux abonnés",
    "pour lire la suite",
    "abonnez-vous pour lire",
    "il vous reste",
    "déjà abonné",
    /* es */
    "para seguir leyendo",
    "para continuar leyendo",
    "exclusivo para suscriptores",
    "suscríbete para",
    "ya eres suscriptor",
    "contenido exclusivo para",
    /* it */
    "per continuare a leggere",
    "contenuto riservato agli abbonati",
    "riservato agli abbonati",
    "sei già abbonato",
    "abbonati per",
    /* pt */
    "para continuar lendo",
    "para continuar a ler",
    "exclusivo para assinantes",
    "já é assinante",
    "assine para ler",
    /* nl */
    "om verder te lezen",
    "verder lezen?",
    "alleen voor abonnees",
    "al abonnee?",
    /* sv da no */
    "för att läsa vidare",
    "läs vidare med",
    "är du redan prenumerant",
    "for at læse videre",
    "for abonnenter",
    "allerede abonnent",
    "for å lese videre",
    /* pl */
    "aby czytać dalej",
    "czytaj dalej z",
    "tylko dla prenumeratorów",
    "tylko dla subskrybentów",
    "pozostało ci",
    /* ru */
    "тобы читать дальше",
    "тобы прочитать полностью",
    "олько для подписчиков",
    "же подписаны",
    /* tr */
    "okumaya devam etmek için",
    "sadece abone",
    /* ja zh ko */
    "この記事は有料",
    "この記事は会員限定",
    "有料会員限定の記事",
    "会員限定記事です",
    "続きを読むには",
    "订阅后继续阅读",
    "訂閱後",
    "仅限订阅",
    "구독자 전용",
    "계속 읽으려면",
};

#define WALL_SIZE 300u /* letters of a line that says so */
#define NO_WALL \
    (HINT_NAV | HINT_FOOTER | HINT_SIDE | HINT_RELATED | HINT_COMMENT)
#define WALL_LINES 12u /* such a line stands soon after the text */

static bool names_wall(const struct blocks *b, const struct block *k)
{
    uint8_t low[WALL_SIZE * 4];
    struct dtl_slice text = block_text(b, k);

    if (k->size > WALL_SIZE || text.len > sizeof low)
        return false;
    for (size_t i = 0; i < text.len; i++)
        low[i] = text.ptr[i] >= 'A' && text.ptr[i] <= 'Z' ? text.ptr[i] | 0x20
                                                          : text.ptr[i];
    for (size_t i = 0; i < sizeof walls / sizeof *walls; i++)
        if (dtl_find(dtl_slice_of(low, text.len), dtl_str(walls[i]), 0) !=
            SIZE_MAX)
            return true;
    return false;
}

/* Does the text end in such a line? */
static bool ends_in_wall(const struct finder *f)
{
    const struct blocks *b = &f->b;
    uint32_t last = 0;

    for (uint32_t i = 0; i < b->nblocks; i++)
        if (b->block[i].kept)
            last = i;
    for (uint32_t i = last; i < b->nblocks && i < last + WALL_LINES; i++)
        if (!(b->box[b->block[i].box].above & NO_WALL) &&
            names_wall(b, &b->block[i]))
            return true;
    return false;
}

/* A subscriber's article of which the page holds the beginning. */
static bool is_stub(const struct finder *f, const struct measure *m)
{
    const struct blocks *b = &f->b;
    bool wall = f->in->said_paywalled;

    if (m->prose > 2500)
        return false;
    for (uint32_t i = 0; i < b->nblocks && !wall; i++)
        wall = b->block[i].label == LABEL_WALL ||
               (b->block[i].boilerplate && b->block[i].topic == TOPIC_WALL);
    for (uint32_t i = 0; i < b->nboxes && !wall; i++)
        wall = (b->box[i].hints & HINT_PAYWALL) != 0 && b->box[i].size > 0;
    return wall || (m->prose > 0 && ends_in_wall(f));
}

bool pagetype_is_parts(const struct finder *f)
{
    struct measure m;
    uint8_t type;

    measure(f, &m);
    type = type_of(f, &m);
    return type == DTL_PAGE_LISTING || type == DTL_PAGE_HOME ||
           type == DTL_PAGE_PRODUCT || type == DTL_PAGE_DOCUMENT;
}

void pagetype_set(struct finder *f, struct body_result *out)
{
    struct measure m;

    measure(f, &m);
    if (out->flags & DTL_ARTICLE_FROM_JSON) {
        m.paragraphs = out->nblocks;
        m.prose = m.kept = m.unbroken = (uint32_t)out->text.len;
    }
    out->page_type = type_of(f, &m);
    if (is_stub(f, &m))
        out->flags |= DTL_ARTICLE_PAYWALLED;
    out->confidence = out->text.len > 0 ? confidence(f, &m, out->page_type) : 0;
}
