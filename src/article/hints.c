/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The word tables, one for each concern.  Add a word where it belongs; order
 * matters only where a comment says so.
 */
#include "hints.h"
#include "classes.h"
#include "needles.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* ---- words in class and id -------------------------------------------- */

/* Halves of compounds such as entry-content, articleBody, story_text. */
#define HALF_STORY (1u << 30)
#define HALF_TEXT  (1u << 31)
/* "no-sidebar", "has-ads", "is-hidden-mobile": speaks of something else. */
#define HALF_ABOUT (1u << 29)
#define HALF_MORE  (1u << 28)

struct word {
    const char *text;
    uint32_t hints;
};

/* Sorted by byte order, of at most WORD_MAX letters. */
#ifdef DTL_MAKE_TABLES
static const struct word words[] = {
    { "abo", HINT_PAYWALL },
    { "ad", HINT_AD },
    { "adbox", HINT_AD },
    { "addthis", HINT_SHARE },
    { "addtoany", HINT_SHARE },
    { "ads", HINT_AD },
    { "adsbygoogle", HINT_AD },
    { "adslot", HINT_AD },
    { "adv", HINT_AD },
    { "advert", HINT_AD },
    { "advertisement", HINT_AD },
    { "advertising", HINT_AD },
    { "advertorial", HINT_AD },
    { "aktie", HINT_SHARE },
    { "also", HALF_MORE },
    { "anuncio", HINT_AD },
    { "anzeige", HINT_AD },
    { "article", HALF_STORY },
    { "articlebody", HINT_BODY },
    { "articlecontent", HINT_BODY },
    { "articletext", HINT_BODY },
    { "artikel", HALF_STORY },
    { "aside", HINT_SIDE },
    { "audio", HINT_MEDIA },
    { "auteur", HINT_META },
    { "author", HINT_META },
    { "authorbox", HINT_BIO },
    { "authors", HINT_META },
    { "autor", HINT_META },
    { "banner", HINT_AD },
    { "bio", HINT_BIO },
    { "biography", HINT_BIO },
    { "bloc", 0 },
    { "blog", HALF_STORY },
    { "body", HALF_TEXT },
    { "bodytext", HINT_BODY },
    { "breadcrumb", HINT_NAV },
    { "breadcrumbs", HINT_NAV },
    { "byline", HINT_META },
    { "caption", HINT_CAPTION },
    { "captions", HINT_CAPTION },
    { "card", HINT_CARD },
    { "cards", HINT_CARD },
    { "cart", HINT_PRODUCT },
    { "category", HINT_META },
    { "categories", HINT_META },
    { "chapo", HINT_LEAD },
    { "comment", HINT_COMMENT },
    { "commentaire", HINT_COMMENT },
    { "commentaires", HINT_COMMENT },
    { "commentlist", HINT_COMMENT },
    { "comments", HINT_COMMENT },
    { "comentarios", HINT_COMMENT },
    { "complementary", HINT_SIDE },
    { "consent", HINT_COOKIE },
    { "content", HALF_TEXT },
    { "contenu", HALF_TEXT },
    { "cookie", HINT_COOKIE },
    { "cookiebar", HINT_COOKIE },
    { "cookies", HINT_COOKIE },
    { "copy", HALF_TEXT },
    { "copyright", HINT_FOOTER },
    { "coral", HINT_COMMENT },
    { "correction", HINT_NOTE },
    { "credit", HINT_CAPTION },
    { "credits", HINT_CAPTION },
    { "crumbs", HINT_NAV },
    { "cta", HINT_AD },
    { "date", HINT_META },
    { "deck", HINT_LEAD },
    { "dek", HINT_LEAD },
    { "detail", HALF_STORY },
    { "didomi", HINT_COOKIE },
    { "disqus", HINT_COMMENT },
    { "discussion", HINT_COMMENT },
    { "donate", HINT_NEWSLETTER },
    { "donation", HINT_NEWSLETTER },
    { "drawer", HINT_MODAL },
    { "dropdown", HINT_NAV },
    { "entry", HALF_STORY },
    { "fact", HINT_FACT },
    { "factbox", HINT_FACT },
    { "faktabox", HINT_FACT },
    { "figcaption", HINT_CAPTION },
    { "follow", HINT_SHARE },
    { "followus", HINT_SHARE },
    { "footer", HINT_FOOTER },
    { "footnote", 0 },
    { "form", HINT_FORM },
    { "forum", HINT_FORUM },
    { "gallery", HINT_MEDIA },
    { "gdpr", HINT_COOKIE },
    { "has", HALF_ABOUT },
    { "headline", HINT_TITLE },
    { "inhalt", HALF_TEXT },
    { "intro", HINT_LEAD },
    { "is", HALF_ABOUT },
    { "js", HALF_ABOUT },
    { "jwplayer", HINT_MEDIA },
    { "kommentar", HINT_COMMENT },
    { "kommentare", HINT_COMMENT },
    { "latest", HINT_RELATED },
    { "lead", HINT_LEAD },
    { "leaderboard", HINT_AD },
    { "legende", HINT_CAPTION },
    { "like", 0 },
    { "liveblog", HINT_LIVE },
    { "livefyre", HINT_COMMENT },
    { "login", HINT_FORM },
    { "main", HALF_STORY },
    { "masthead", HINT_NAV },
    { "media", HINT_MEDIA },
    { "megamenu", HINT_NAV },
    { "menu", HINT_NAV },
    { "meta", HINT_META },
    { "metadata", HINT_META },
    { "modal", HINT_MODAL },
    { "more", HALF_MORE },
    { "mostread", HINT_RELATED },
    { "mpu", HINT_AD },
    { "nav", HINT_NAV },
    { "navbar", HINT_NAV },
    { "navi", HINT_NAV },
    { "navigation", HINT_NAV },
    { "news", HALF_STORY },
    { "newsletter", HINT_NEWSLETTER },
    { "newsletters", HINT_NEWSLETTER },
    { "next", HALF_MORE },
    { "no", HALF_ABOUT },
    { "noprint", 0 },
    { "offscreen", HINT_HIDDEN },
    { "onetrust", HINT_COOKIE },
    { "outbrain", HINT_RELATED },
    { "overlay", HINT_MODAL },
    { "page", 0 },
    { "pager", HINT_NAV },
    { "pagination", HINT_NAV },
    { "paging", HINT_NAV },
    { "paywall", HINT_PAYWALL },
    { "piano", HINT_PAYWALL },
    { "player", HINT_MEDIA },
    { "podcast", HINT_MEDIA },
    { "popular", HINT_RELATED },
    { "popup", HINT_MODAL },
    { "post", HALF_STORY },
    { "postbody", HINT_BODY },
    { "postcontent", HINT_BODY },
    { "postmeta", HINT_META },
    { "premium", 0 },
    { "price", HINT_PRODUCT },
    { "product", HINT_PRODUCT },
    { "promo", HINT_AD },
    { "promobox", HINT_AD },
    { "promotion", HINT_AD },
    { "publicidad", HINT_AD },
    { "publicidade", HINT_AD },
    { "publicite", HINT_AD },
    { "pullquote", HINT_FACT },
    { "pushnotification", HINT_NEWSLETTER },
    { "rail", HINT_SIDE },
    { "ratings", HINT_SHARE },
    { "read", HALF_MORE },
    { "readmore", HINT_RELATED },
    { "recirc", HINT_RELATED },
    { "recirculation", HINT_RELATED },
    { "recommend", HINT_RELATED },
    { "recommendation", HINT_RELATED },
    { "recommendations", HINT_RELATED },
    { "recommended", HINT_RELATED },
    { "register", HINT_FORM },
    { "regwall", HINT_PAYWALL },
    { "reklam", HINT_AD },
    { "reklama", HINT_AD },
    { "reklame", HINT_AD },
    { "relacionadas", HINT_RELATED },
    { "relacionados", HINT_RELATED },
    { "related", HINT_RELATED },
    { "relatedposts", HINT_RELATED },
    { "replies", HINT_COMMENT },
    { "reply", HINT_COMMENT },
    { "respond", HINT_COMMENT },
    { "screenreader", HINT_HIDDEN },
    { "search", HINT_FORM },
    { "seealso", HINT_RELATED },
    { "share", HINT_SHARE },
    { "sharebar", HINT_SHARE },
    { "sharedaddy", HINT_SHARE },
    { "sharethis", HINT_SHARE },
    { "sharing", HINT_SHARE },
    { "sidebar", HINT_SIDE },
    { "signin", HINT_FORM },
    { "signup", HINT_NEWSLETTER },
    { "similar", HINT_RELATED },
    { "sitemap", HINT_NAV },
    { "skip", HINT_NAV },
    { "skyscraper", HINT_AD },
    { "slideshow", HINT_MEDIA },
    { "social", HINT_SHARE },
    { "socials", HINT_SHARE },
    { "sponsor", HINT_AD },
    { "sponsored", HINT_AD },
    { "standfirst", HINT_LEAD },
    { "story", HALF_STORY },
    { "storybody", HINT_BODY },
    { "subnav", HINT_NAV },
    { "subscribe", HINT_NEWSLETTER },
    { "subscription", HINT_NEWSLETTER },
    { "suggested", HINT_RELATED },
    { "suggestions", HINT_RELATED },
    { "summary", HINT_LEAD },
    { "tag", HINT_TAGS },
    { "tagcloud", HINT_TAGS },
    { "taglist", HINT_TAGS },
    { "tags", HINT_TAGS },
    { "taboola", HINT_RELATED },
    { "teaser", HINT_CARD },
    { "teasers", HINT_CARD | HINT_RELATED },
    { "text", HALF_TEXT },
    { "texte", HALF_TEXT },
    { "timestamp", HINT_META },
    { "title", HINT_TITLE },
    { "toast", HINT_MODAL },
    { "toc", HINT_TOC },
    { "toolbar", HINT_NAV },
    { "tooltip", HINT_MODAL },
    { "topbar", HINT_NAV },
    { "topics", HINT_TAGS },
    { "trending", HINT_RELATED },
    { "upnext", HINT_RELATED },
    { "vcard", HINT_BIO },
    { "video", HINT_MEDIA },
    { "videoplayer", HINT_MEDIA },
    { "videos", HINT_MEDIA },
    { "visuallyhidden", HINT_HIDDEN },
    { "weitere", HALF_MORE },
    { "werbung", HINT_AD },
    { "widget", HINT_SIDE },
    { "widgets", HINT_SIDE },
    { "with", HALF_ABOUT },
    { "without", HALF_ABOUT },
    { "yarpp", HINT_RELATED },
    { "yorumlar", HINT_COMMENT },
};
#endif

/* ---- label lines ------------------------------------------------------ */

struct phrase {
    const char *text; /* folded: lower case, inner punctuation kept */
    uint8_t label;
};

/* Whole lines, by what they announce, then by language. */
static const struct phrase phrases[] = {
    /* en */
    { "advertisement", LABEL_AD },
    { "advertisements", LABEL_AD },
    { "advertisement - story continues below", LABEL_AD },
    { "advertisement - continue reading below", LABEL_AD },
    { "advertisement - scroll to continue", LABEL_AD },
    { "article continues below", LABEL_AD },
    { "article continues below advertisement", LABEL_AD },
    { "story continues below", LABEL_AD },
    { "story continues below advertisement", LABEL_AD },
    { "story continues after advertisement", LABEL_AD },
    { "article continues after advertisement", LABEL_AD },
    { "continue reading below", LABEL_AD },
    { "ad", LABEL_AD },
    { "ads", LABEL_AD },
    { "ads by google", LABEL_AD },
    { "advertise", LABEL_AD },
    { "sponsored", LABEL_AD },
    { "sponsored content", LABEL_AD },
    { "paid content", LABEL_AD },
    { "promoted", LABEL_AD },
    { "promoted content", LABEL_AD },
    { "scroll to continue", LABEL_AD },
    { "skip advertisement", LABEL_AD },
    /* de nl da no sv fi is */
    { "anzeige", LABEL_AD },
    { "werbung", LABEL_AD },
    { "der artikel geht nach der anzeige weiter", LABEL_AD },
    { "weiter nach der anzeige", LABEL_AD },
    { "artikel wird nach der anzeige fortgesetzt", LABEL_AD },
    { "advertentie", LABEL_AD },
    { "annonce", LABEL_AD },
    { "reklame", LABEL_AD },
    { "annons", LABEL_AD },
    { "mainos", LABEL_AD },
    { "artikkeli jatkuu mainoksen jälkeen", LABEL_AD },
    { "artikeln fortsätter efter annonsen", LABEL_AD },
    { "artikkelen fortsetter under annonsen", LABEL_AD },
    { "auglýsing", LABEL_AD },
    /* fr es pt it ca ro */
    { "publicité", LABEL_AD },
    { "la suite après la publicité", LABEL_AD },
    { "publicidad", LABEL_AD },
    { "sigue leyendo después de la publicidad", LABEL_AD },
    { "anuncio", LABEL_AD },
    { "publicidade", LABEL_AD },
    { "continua após a publicidade", LABEL_AD },
    { "continua depois da publicidade", LABEL_AD },
    { "pubblicità", LABEL_AD },
    { "publicitat", LABEL_AD },
    { "publicitate", LABEL_AD },
    /* pl cs sk hr hu bg ru uk el tr */
    { "reklama", LABEL_AD },
    { "dalsza część artykułu pod materiałem wideo", LABEL_AD },
    { "ciąg dalszy materiału pod wideo", LABEL_AD },
    { "oglas", LABEL_AD },
    { "hirdetés", LABEL_AD },
    { "реклама", LABEL_AD },
    { "διαφήμιση", LABEL_AD },
    { "reklam", LABEL_AD },
    /* ar fa he hi th vi id zh ja ko */
    { "إعلان", LABEL_AD },
    { "اعلان", LABEL_AD },
    { "پیام بازرگانی", LABEL_AD },
    { "פרסומת", LABEL_AD },
    { "विज्ञापन", LABEL_AD },
    { "โฆษณา", LABEL_AD },
    { "quảng cáo", LABEL_AD },
    { "iklan", LABEL_AD },
    { "advertensi", LABEL_AD },
    { "scroll to continue with content", LABEL_AD },
    { "广告", LABEL_AD },
    { "廣告", LABEL_AD },
    { "広告", LABEL_AD },
    { "광고", LABEL_AD },

    { "related", LABEL_RELATED },
    { "related articles", LABEL_RELATED },
    { "related article", LABEL_RELATED },
    { "related stories", LABEL_RELATED },
    { "related story", LABEL_RELATED },
    { "related news", LABEL_RELATED },
    { "related posts", LABEL_RELATED },
    { "related post", LABEL_RELATED },
    { "related content", LABEL_RELATED },
    { "related topics", LABEL_RELATED },
    { "related links", LABEL_RELATED },
    { "related coverage", LABEL_RELATED },
    { "related reading", LABEL_RELATED },
    { "related products", LABEL_RELATED },
    { "related videos", LABEL_RELATED },
    { "similar articles", LABEL_RELATED },
    { "similar news", LABEL_RELATED },
    { "similar stories", LABEL_RELATED },
    { "similar posts", LABEL_RELATED },
    { "you may also like", LABEL_RELATED },
    { "you might also like", LABEL_RELATED },
    { "you may like", LABEL_RELATED },
    { "you might like", LABEL_RELATED },
    { "you may also enjoy", LABEL_RELATED },
    { "you might also enjoy", LABEL_RELATED },
    { "you might be interested in", LABEL_RELATED },
    { "you may also be interested in", LABEL_RELATED },
    { "also on this site", LABEL_RELATED },
    { "more stories", LABEL_RELATED },
    { "more articles", LABEL_RELATED },
    { "more news", LABEL_RELATED },
    { "more posts", LABEL_RELATED },
    { "more from", LABEL_RELATED },
    { "more like this", LABEL_RELATED },
    { "more to read", LABEL_RELATED },
    { "more to explore", LABEL_RELATED },
    { "more to discover", LABEL_RELATED },
    { "more on this", LABEL_RELATED },
    { "more on this story", LABEL_RELATED },
    { "more on this topic", LABEL_RELATED },
    { "other stories", LABEL_RELATED },
    { "other news", LABEL_RELATED },
    { "other articles", LABEL_RELATED },
    { "read next", LABEL_RELATED },
    { "up next", LABEL_RELATED },
    { "next up", LABEL_RELATED },
    { "what to read next", LABEL_RELATED },
    { "keep reading", LABEL_RELATED },
    { "continue reading", LABEL_RELATED },
    { "further reading", LABEL_RELATED },
    { "recommended", LABEL_RELATED },
    { "recommended for you", LABEL_RELATED },
    { "recommended stories", LABEL_RELATED },
    { "recommended articles", LABEL_RELATED },
    { "recommended reading", LABEL_RELATED },
    { "recommendations", LABEL_RELATED },
    { "editor's picks", LABEL_RELATED },
    { "editors' picks", LABEL_RELATED },
    { "editor’s picks", LABEL_RELATED },
    { "editors’ picks", LABEL_RELATED },
    { "trending", LABEL_RELATED },
    { "trending now", LABEL_RELATED },
    { "trending stories", LABEL_RELATED },
    { "popular", LABEL_RELATED },
    { "popular posts", LABEL_RELATED },
    { "popular stories", LABEL_RELATED },
    { "most popular", LABEL_RELATED },
    { "most read", LABEL_RELATED },
    { "most viewed", LABEL_RELATED },
    { "most commented", LABEL_RELATED },
    { "latest", LABEL_RELATED },
    { "latest news", LABEL_RELATED },
    { "latest stories", LABEL_RELATED },
    { "latest posts", LABEL_RELATED },
    { "latest articles", LABEL_RELATED },
    { "recent posts", LABEL_RELATED },
    { "recent articles", LABEL_RELATED },
    { "recent news", LABEL_RELATED },
    { "top stories", LABEL_RELATED },
    { "top news", LABEL_RELATED },
    { "all news", LABEL_RELATED },
    { "from around the web", LABEL_RELATED },
    { "around the web", LABEL_RELATED },
    { "from the web", LABEL_RELATED },
    { "see also", LABEL_RELATED },
    { "also read", LABEL_RELATED },
    { "read also", LABEL_RELATED },
    { "read more", LABEL_RELATED },
    { "don't miss", LABEL_RELATED },
    { "previous article", LABEL_RELATED },
    { "next article", LABEL_RELATED },
    { "previous post", LABEL_RELATED },
    { "next post", LABEL_RELATED },
    { "in this story", LABEL_RELATED },
    /* de */
    { "mehr zum thema", LABEL_RELATED },
    { "zum thema", LABEL_RELATED },
    { "lesen sie auch", LABEL_RELATED },
    { "lest auch", LABEL_RELATED },
    { "das könnte sie auch interessieren", LABEL_RELATED },
    { "das könnte dich auch interessieren", LABEL_RELATED },
    { "auch interessant", LABEL_RELATED },
    { "ähnliche artikel", LABEL_RELATED },
    { "ähnliche beiträge", LABEL_RELATED },
    { "weitere artikel", LABEL_RELATED },
    { "weitere themen", LABEL_RELATED },
    { "weitere nachrichten", LABEL_RELATED },
    { "weitere meldungen", LABEL_RELATED },
    { "weitere beiträge", LABEL_RELATED },
    { "verwandte artikel", LABEL_RELATED },
    { "verwandte themen", LABEL_RELATED },
    { "verwandte beiträge", LABEL_RELATED },
    { "meistgelesen", LABEL_RELATED },
    { "meistgelesene artikel", LABEL_RELATED },
    { "mehr aus", LABEL_RELATED },
    { "mehr aus dem netz", LABEL_RELATED },
    { "neueste artikel", LABEL_RELATED },
    { "neueste beiträge", LABEL_RELATED },
    { "aktuelle meldungen", LABEL_RELATED },
    { "links zum thema", LABEL_RELATED },
    { "empfehlungen", LABEL_RELATED },
    { "empfohlene artikel", LABEL_RELATED },
    { "beliebte artikel", LABEL_RELATED },
    { "top-themen", LABEL_RELATED },
    /* fr */
    { "à lire aussi", LABEL_RELATED },
    { "à découvrir", LABEL_RELATED },
    { "lire aussi", LABEL_RELATED },
    { "a lire aussi", LABEL_RELATED },
    { "à lire également", LABEL_RELATED },
    { "sur le même sujet", LABEL_RELATED },
    { "articles similaires", LABEL_RELATED },
    { "articles liés", LABEL_RELATED },
    { "articles associés", LABEL_RELATED },
    { "articles connexes", LABEL_RELATED },
    { "articles recommandés", LABEL_RELATED },
    { "vous aimerez aussi", LABEL_RELATED },
    { "vous pourriez aimer", LABEL_RELATED },
    { "dans la même rubrique", LABEL_RELATED },
    { "les plus lus", LABEL_RELATED },
    { "voir aussi", LABEL_RELATED },
    { "nos derniers articles", LABEL_RELATED },
    { "plus d'articles", LABEL_RELATED },
    { "autres articles", LABEL_RELATED },
    { "à la une", LABEL_RELATED },
    /* es ca gl */
    { "noticias relacionadas", LABEL_RELATED },
    { "para saber más", LABEL_RELATED },
    { "artículos relacionados", LABEL_RELATED },
    { "contenido relacionado", LABEL_RELATED },
    { "también te puede interesar", LABEL_RELATED },
    { "te puede interesar", LABEL_RELATED },
    { "te puede gustar", LABEL_RELATED },
    { "más noticias", LABEL_RELATED },
    { "más información", LABEL_RELATED },
    { "lo más leído", LABEL_RELATED },
    { "lo más visto", LABEL_RELATED },
    { "últimas noticias", LABEL_RELATED },
    { "lee también", LABEL_RELATED },
    { "leer también", LABEL_RELATED },
    { "lea también", LABEL_RELATED },
    { "lea además", LABEL_RELATED },
    { "ver también", LABEL_RELATED },
    { "otras noticias", LABEL_RELATED },
    { "notícies relacionades", LABEL_RELATED },
    { "entradas relacionadas", LABEL_RELATED },
    /* pt */
    { "notícias relacionadas", LABEL_RELATED },
    { "artigos relacionados", LABEL_RELATED },
    { "leia também", LABEL_RELATED },
    { "leia mais", LABEL_RELATED },
    { "veja também", LABEL_RELATED },
    { "saiba mais", LABEL_RELATED },
    { "mais lidas", LABEL_RELATED },
    { "mais notícias", LABEL_RELATED },
    { "últimas notícias", LABEL_RELATED },
    { "você também pode gostar", LABEL_RELATED },
    { "conteúdo relacionado", LABEL_RELATED },
    { "ler também", LABEL_RELATED },
    /* it */
    { "leggi anche", LABEL_RELATED },
    { "articoli correlati", LABEL_RELATED },
    { "potrebbe interessarti", LABEL_RELATED },
    { "potrebbero interessarti", LABEL_RELATED },
    { "ti potrebbe interessare", LABEL_RELATED },
    { "ti potrebbe interessare anche", LABEL_RELATED },
    { "ultime notizie", LABEL_RELATED },
    { "i più letti", LABEL_RELATED },
    { "altre notizie", LABEL_RELATED },
    { "notizie correlate", LABEL_RELATED },
    { "vedi anche", LABEL_RELATED },
    /* nl */
    { "lees ook", LABEL_RELATED },
    { "lees meer", LABEL_RELATED },
    { "gerelateerde artikelen", LABEL_RELATED },
    { "gerelateerd", LABEL_RELATED },
    { "meer nieuws", LABEL_RELATED },
    { "meest gelezen", LABEL_RELATED },
    { "bekijk ook", LABEL_RELATED },
    { "zie ook", LABEL_RELATED },
    /* sv da no fi is */
    { "läs också", LABEL_RELATED },
    { "läs även", LABEL_RELATED },
    { "läs mer", LABEL_RELATED },
    { "relaterade artiklar", LABEL_RELATED },
    { "relaterat", LABEL_RELATED },
    { "mest läst", LABEL_RELATED },
    { "mest lästa", LABEL_RELATED },
    { "senaste nytt", LABEL_RELATED },
    { "læs også", LABEL_RELATED },
    { "læs mere", LABEL_RELATED },
    { "relaterede artikler", LABEL_RELATED },
    { "mest læste", LABEL_RELATED },
    { "les også", LABEL_RELATED },
    { "les mer", LABEL_RELATED },
    { "relaterte artikler", LABEL_RELATED },
    { "mest lest", LABEL_RELATED },
    { "lue myös", LABEL_RELATED },
    { "lue lisää", LABEL_RELATED },
    { "aiheeseen liittyvää", LABEL_RELATED },
    { "luetuimmat", LABEL_RELATED },
    { "tengdar fréttir", LABEL_RELATED },
    /* pl cs sk hr sr sl hu ro bg sq lt lv et */
    { "czytaj także", LABEL_RELATED },
    { "czytaj też", LABEL_RELATED },
    { "czytaj więcej", LABEL_RELATED },
    { "zobacz także", LABEL_RELATED },
    { "zobacz też", LABEL_RELATED },
    { "zobacz również", LABEL_RELATED },
    { "przeczytaj także", LABEL_RELATED },
    { "przeczytaj również", LABEL_RELATED },
    { "przeczytaj też", LABEL_RELATED },
    { "powiązane artykuły", LABEL_RELATED },
    { "podobne artykuły", LABEL_RELATED },
    { "polecane", LABEL_RELATED },
    { "polecamy", LABEL_RELATED },
    { "najczęściej czytane", LABEL_RELATED },
    { "najnowsze", LABEL_RELATED },
    { "čtěte také", LABEL_RELATED },
    { "přečtěte si také", LABEL_RELATED },
    { "související články", LABEL_RELATED },
    { "související", LABEL_RELATED },
    { "nejčtenější", LABEL_RELATED },
    { "súvisiace články", LABEL_RELATED },
    { "prečítajte si tiež", LABEL_RELATED },
    { "pročitajte i", LABEL_RELATED },
    { "pročitajte još", LABEL_RELATED },
    { "povezane vijesti", LABEL_RELATED },
    { "najčitanije", LABEL_RELATED },
    { "preberite tudi", LABEL_RELATED },
    { "povezane vesti", LABEL_RELATED },
    { "повезане вести", LABEL_RELATED },
    { "kapcsolódó cikkek", LABEL_RELATED },
    { "ez is érdekelheti", LABEL_RELATED },
    { "olvasta már", LABEL_RELATED },
    { "legolvasottabb", LABEL_RELATED },
    { "citește și", LABEL_RELATED },
    { "articole similare", LABEL_RELATED },
    { "știri similare", LABEL_RELATED },
    { "cele mai citite", LABEL_RELATED },
    { "вижте още", LABEL_RELATED },
    { "още по темата", LABEL_RELATED },
    { "свързани статии", LABEL_RELATED },
    { "най-четени", LABEL_RELATED },
    { "skaitykite taip pat", LABEL_RELATED },
    { "taip pat skaitykite", LABEL_RELATED },
    { "lasi arī", LABEL_RELATED },
    { "loe ka", LABEL_RELATED },
    { "lexo edhe", LABEL_RELATED },
    /* ru uk el tr */
    { "читайте также", LABEL_RELATED },
    { "читать также", LABEL_RELATED },
    { "похожие статьи", LABEL_RELATED },
    { "похожие новости", LABEL_RELATED },
    { "материалы по теме", LABEL_RELATED },
    { "по теме", LABEL_RELATED },
    { "другие новости", LABEL_RELATED },
    { "популярное", LABEL_RELATED },
    { "самое читаемое", LABEL_RELATED },
    { "последние новости", LABEL_RELATED },
    { "рекомендуем", LABEL_RELATED },
    { "смотрите также", LABEL_RELATED },
    { "ещё по теме", LABEL_RELATED },
    { "читайте також", LABEL_RELATED },
    { "схожі новини", LABEL_RELATED },
    { "останні новини", LABEL_RELATED },
    { "за темою", LABEL_RELATED },
    { "διαβάστε επίσης", LABEL_RELATED },
    { "διαβάστε ακόμα", LABEL_RELATED },
    { "σχετικά άρθρα", LABEL_RELATED },
    { "δείτε επίσης", LABEL_RELATED },
    { "δημοφιλή", LABEL_RELATED },
    { "ilgili haberler", LABEL_RELATED },
    { "benzer haberler", LABEL_RELATED },
    { "diğer haberler", LABEL_RELATED },
    { "son dakika haberleri", LABEL_RELATED },
    { "son haberler", LABEL_RELATED },
    { "en çok okunanlar", LABEL_RELATED },
    { "bunlar da ilginizi çekebilir", LABEL_RELATED },
    /* ar fa he ur hi bn ta th vi id ms zh ja ko sw */
    { "اقرأ أيضا", LABEL_RELATED },
    { "اقرأ أيضاً", LABEL_RELATED },
    { "إقرأ أيضا", LABEL_RELATED },
    { "أخبار ذات صلة", LABEL_RELATED },
    { "مواضيع ذات صلة", LABEL_RELATED },
    { "مقالات ذات صلة", LABEL_RELATED },
    { "الأكثر قراءة", LABEL_RELATED },
    { "المزيد", LABEL_RELATED },
    { "اخبار مرتبط", LABEL_RELATED },
    { "مطالب مرتبط", LABEL_RELATED },
    { "بیشتر بخوانید", LABEL_RELATED },
    { "כתבות נוספות", LABEL_RELATED },
    { "קראו גם", LABEL_RELATED },
    { "עוד בנושא", LABEL_RELATED },
    { "यह भी पढ़ें", LABEL_RELATED },
    { "ये भी पढ़ें", LABEL_RELATED },
    { "संबंधित खबरें", LABEL_RELATED },
    { "আরও পড়ুন", LABEL_RELATED },
    { "மேலும் படிக்க", LABEL_RELATED },
    { "ข่าวที่เกี่ยวข้อง", LABEL_RELATED },
    { "อ่านเพิ่มเติม", LABEL_RELATED },
    { "xem thêm", LABEL_RELATED },
    { "tin liên quan", LABEL_RELATED },
    { "bài viết liên quan", LABEL_RELATED },
    { "đọc thêm", LABEL_RELATED },
    { "tin cùng chuyên mục", LABEL_RELATED },
    { "baca juga", LABEL_RELATED },
    { "berita terkait", LABEL_RELATED },
    { "artikel terkait", LABEL_RELATED },
    { "artikel lainnya", LABEL_RELATED },
    { "berita lainnya", LABEL_RELATED },
    { "terpopuler", LABEL_RELATED },
    { "simak juga", LABEL_RELATED },
    { "berita berkaitan", LABEL_RELATED },
    { "相关新闻", LABEL_RELATED },
    { "相关阅读", LABEL_RELATED },
    { "相关文章", LABEL_RELATED },
    { "相关推荐", LABEL_RELATED },
    { "推荐阅读", LABEL_RELATED },
    { "延伸阅读", LABEL_RELATED },
    { "热门推荐", LABEL_RELATED },
    { "猜你喜欢", LABEL_RELATED },
    { "为您推荐", LABEL_RELATED },
    { "更多新闻", LABEL_RELATED },
    { "延伸閱讀", LABEL_RELATED },
    { "相關新聞", LABEL_RELATED },
    { "推薦閱讀", LABEL_RELATED },
    { "熱門新聞", LABEL_RELATED },
    { "関連記事", LABEL_RELATED },
    { "関連ニュース", LABEL_RELATED },
    { "おすすめ記事", LABEL_RELATED },
    { "こちらも読まれています", LABEL_RELATED },
    { "あわせて読みたい", LABEL_RELATED },
    { "人気記事", LABEL_RELATED },
    { "最新記事", LABEL_RELATED },
    { "ランキング", LABEL_RELATED },
    { "관련기사", LABEL_RELATED },
    { "관련 기사", LABEL_RELATED },
    { "관련 뉴스", LABEL_RELATED },
    { "인기 기사", LABEL_RELATED },
    { "많이 본 뉴스", LABEL_RELATED },
    { "추천 기사", LABEL_RELATED },
    { "soma zaidi", LABEL_RELATED },
    { "soma pia", LABEL_RELATED },
    { "habari zinazohusiana", LABEL_RELATED },

    { "comments", LABEL_COMMENTS },
    { "comment", LABEL_COMMENTS },
    { "join the conversation", LABEL_COMMENTS },
    { "join the discussion", LABEL_COMMENTS },
    { "no comments yet", LABEL_COMMENTS },
    { "leave a comment", LABEL_COMMENTS },
    { "leave a reply", LABEL_COMMENTS },
    { "leave a reply cancel reply", LABEL_COMMENTS },
    { "post a comment", LABEL_COMMENTS },
    { "add a comment", LABEL_COMMENTS },
    { "add comment", LABEL_COMMENTS },
    { "write a comment", LABEL_COMMENTS },
    { "show comments", LABEL_COMMENTS },
    { "view comments", LABEL_COMMENTS },
    { "hide comments", LABEL_COMMENTS },
    { "load comments", LABEL_COMMENTS },
    { "reader comments", LABEL_COMMENTS },
    { "be the first to comment", LABEL_COMMENTS },
    { "share your thoughts", LABEL_COMMENTS },
    { "what do you think", LABEL_COMMENTS },
    { "responses", LABEL_COMMENTS },
    { "replies", LABEL_COMMENTS },
    { "kommentare", LABEL_COMMENTS },
    { "kommentar", LABEL_COMMENTS },
    { "kommentar schreiben", LABEL_COMMENTS },
    { "kommentieren", LABEL_COMMENTS },
    { "schreibe einen kommentar", LABEL_COMMENTS },
    { "hinterlasse einen kommentar", LABEL_COMMENTS },
    { "einen kommentar schreiben", LABEL_COMMENTS },
    { "schreiben sie einen kommentar", LABEL_COMMENTS },
    { "commentaires", LABEL_COMMENTS },
    { "commentaire", LABEL_COMMENTS },
    { "laisser un commentaire", LABEL_COMMENTS },
    { "comentarios", LABEL_COMMENTS },
    { "deja un comentario", LABEL_COMMENTS },
    { "deja una respuesta", LABEL_COMMENTS },
    { "comentários", LABEL_COMMENTS },
    { "deixe um comentário", LABEL_COMMENTS },
    { "deixe uma resposta", LABEL_COMMENTS },
    { "commenti", LABEL_COMMENTS },
    { "lascia un commento", LABEL_COMMENTS },
    { "reacties", LABEL_COMMENTS },
    { "geef een reactie", LABEL_COMMENTS },
    { "kommentarer", LABEL_COMMENTS },
    { "kommentit", LABEL_COMMENTS },
    { "komentarze", LABEL_COMMENTS },
    { "dodaj komentarz", LABEL_COMMENTS },
    { "komentáře", LABEL_COMMENTS },
    { "komentari", LABEL_COMMENTS },
    { "hozzászólások", LABEL_COMMENTS },
    { "comentarii", LABEL_COMMENTS },
    { "комментарии", LABEL_COMMENTS },
    { "оставить комментарий", LABEL_COMMENTS },
    { "коментарі", LABEL_COMMENTS },
    { "коментари", LABEL_COMMENTS },
    { "σχόλια", LABEL_COMMENTS },
    { "yorumlar", LABEL_COMMENTS },
    { "yorum yap", LABEL_COMMENTS },
    { "التعليقات", LABEL_COMMENTS },
    { "تعليقات", LABEL_COMMENTS },
    { "نظرات", LABEL_COMMENTS },
    { "תגובות", LABEL_COMMENTS },
    { "bình luận", LABEL_COMMENTS },
    { "komentar", LABEL_COMMENTS },
    { "ความคิดเห็น", LABEL_COMMENTS },
    { "评论", LABEL_COMMENTS },
    { "网友评论", LABEL_COMMENTS },
    { "留言", LABEL_COMMENTS },
    { "發表留言", LABEL_COMMENTS },
    { "コメント", LABEL_COMMENTS },
    { "댓글", LABEL_COMMENTS },

    { "share", LABEL_SHARE },
    { "share this", LABEL_SHARE },
    { "share this article", LABEL_SHARE },
    { "share this story", LABEL_SHARE },
    { "share this post", LABEL_SHARE },
    { "share on facebook", LABEL_SHARE },
    { "share on twitter", LABEL_SHARE },
    { "share via email", LABEL_SHARE },
    { "share article", LABEL_SHARE },
    { "shares", LABEL_SHARE },
    { "tweet", LABEL_SHARE },
    { "facebook", LABEL_SHARE },
    { "twitter", LABEL_SHARE },
    { "whatsapp", LABEL_SHARE },
    { "telegram", LABEL_SHARE },
    { "linkedin", LABEL_SHARE },
    { "pinterest", LABEL_SHARE },
    { "reddit", LABEL_SHARE },
    { "email", LABEL_SHARE },
    { "e-mail", LABEL_SHARE },
    { "copy link", LABEL_SHARE },
    { "link copied", LABEL_SHARE },
    { "follow us", LABEL_SHARE },
    { "like this", LABEL_SHARE },
    { "like loading", LABEL_SHARE },
    { "loading", LABEL_SHARE },
    { "teilen", LABEL_SHARE },
    { "artikel teilen", LABEL_SHARE },
    { "partager", LABEL_SHARE },
    { "partager cet article", LABEL_SHARE },
    { "compartir", LABEL_SHARE },
    { "comparte", LABEL_SHARE },
    { "compartilhar", LABEL_SHARE },
    { "compartilhe", LABEL_SHARE },
    { "partilhar", LABEL_SHARE },
    { "condividi", LABEL_SHARE },
    { "delen", LABEL_SHARE },
    { "dela", LABEL_SHARE },
    { "del", LABEL_SHARE },
    { "jaa", LABEL_SHARE },
    { "udostępnij", LABEL_SHARE },
    { "sdílet", LABEL_SHARE },
    { "zdieľať", LABEL_SHARE },
    { "podijeli", LABEL_SHARE },
    { "megosztás", LABEL_SHARE },
    { "distribuie", LABEL_SHARE },
    { "поделиться", LABEL_SHARE },
    { "поділитися", LABEL_SHARE },
    { "сподели", LABEL_SHARE },
    { "κοινοποίηση", LABEL_SHARE },
    { "paylaş", LABEL_SHARE },
    { "مشاركة", LABEL_SHARE },
    { "شارك", LABEL_SHARE },
    { "שתפו", LABEL_SHARE },
    { "bagikan", LABEL_SHARE },
    { "chia sẻ", LABEL_SHARE },
    { "แชร์", LABEL_SHARE },
    { "分享", LABEL_SHARE },
    { "分享到", LABEL_SHARE },
    { "シェア", LABEL_SHARE },
    { "공유", LABEL_SHARE },
    { "공유하기", LABEL_SHARE },

    { "newsletter", LABEL_NEWSLETTER },
    { "newsletters", LABEL_NEWSLETTER },
    { "subscribe", LABEL_NEWSLETTER },
    { "subscribe now", LABEL_NEWSLETTER },
    { "sign up", LABEL_NEWSLETTER },
    { "sign up now", LABEL_NEWSLETTER },
    { "subscribe to our newsletter", LABEL_NEWSLETTER },
    { "sign up for our newsletter", LABEL_NEWSLETTER },
    { "join our newsletter", LABEL_NEWSLETTER },
    { "get our newsletter", LABEL_NEWSLETTER },
    { "stay informed", LABEL_NEWSLETTER },
    { "stay up to date", LABEL_NEWSLETTER },
    { "newsletter abonnieren", LABEL_NEWSLETTER },
    { "jetzt abonnieren", LABEL_NEWSLETTER },
    { "s'abonner", LABEL_NEWSLETTER },
    { "abonnez-vous", LABEL_NEWSLETTER },
    { "suscríbete", LABEL_NEWSLETTER },
    { "assine", LABEL_NEWSLETTER },
    { "iscriviti", LABEL_NEWSLETTER },
    { "iscriviti alla newsletter", LABEL_NEWSLETTER },
    { "подписаться", LABEL_NEWSLETTER },
    { "подпишитесь", LABEL_NEWSLETTER },

    { "tags", LABEL_TAGS },
    { "tag", LABEL_TAGS },
    { "topics", LABEL_TAGS },
    { "keywords", LABEL_TAGS },
    { "filed under", LABEL_TAGS },
    { "categories", LABEL_TAGS },
    { "category", LABEL_TAGS },
    { "hashtags", LABEL_TAGS },
    { "schlagworte", LABEL_TAGS },
    { "schlagwörter", LABEL_TAGS },
    { "themen", LABEL_TAGS },
    { "etiquetas", LABEL_TAGS },
    { "temas", LABEL_TAGS },
    { "mots-clés", LABEL_TAGS },
    { "palavras-chave", LABEL_TAGS },
    { "tagi", LABEL_TAGS },
    { "теги", LABEL_TAGS },
    { "метки", LABEL_TAGS },
    { "etiketler", LABEL_TAGS },
    { "标签", LABEL_TAGS },
    { "タグ", LABEL_TAGS },
    { "태그", LABEL_TAGS },
    { "topik", LABEL_TAGS },

    { "download the app", LABEL_APP },
    { "download our app", LABEL_APP },
    { "get the app", LABEL_APP },
    { "get our app", LABEL_APP },
    { "open in app", LABEL_APP },
    { "try our ai features", LABEL_APP },
    { "app store", LABEL_APP },
    { "google play", LABEL_APP },

    { "we value your privacy", LABEL_COOKIE },
    { "cookie settings", LABEL_COOKIE },
    { "cookie policy", LABEL_COOKIE },
    { "accept all", LABEL_COOKIE },
    { "accept all cookies", LABEL_COOKIE },
    { "accept cookies", LABEL_COOKIE },
    { "manage options", LABEL_COOKIE },

    { "about the author", LABEL_AUTHOR },
    { "about author", LABEL_AUTHOR },
    { "about the authors", LABEL_AUTHOR },
    { "written by", LABEL_AUTHOR },
    { "author bio", LABEL_AUTHOR },
    { "über den autor", LABEL_AUTHOR },
    { "über die autorin", LABEL_AUTHOR },
    { "zur person", LABEL_AUTHOR },
    { "der autor", LABEL_AUTHOR },
    { "die autorin", LABEL_AUTHOR },
    { "die autoren", LABEL_AUTHOR },
    { "zum autor", LABEL_AUTHOR },
    { "zur autorin", LABEL_AUTHOR },
    { "about the writer", LABEL_AUTHOR },
    { "about the reporter", LABEL_AUTHOR },
    { "l'auteur", LABEL_AUTHOR },
    { "l'autrice", LABEL_AUTHOR },
    { "el autor", LABEL_AUTHOR },
    { "la autora", LABEL_AUTHOR },
    { "sobre la autora", LABEL_AUTHOR },
    { "sobre a autora", LABEL_AUTHOR },
    { "l'autore", LABEL_AUTHOR },
    { "o autorce", LABEL_AUTHOR },
    { "om författaren", LABEL_AUTHOR },
    { "à propos de l'auteur", LABEL_AUTHOR },
    { "sobre el autor", LABEL_AUTHOR },
    { "sobre o autor", LABEL_AUTHOR },
    { "over de auteur", LABEL_AUTHOR },
    { "об авторе", LABEL_AUTHOR },
    { "o autorze", LABEL_AUTHOR },

    { "table of contents", LABEL_TOC },
    { "contents", LABEL_TOC },
    { "in this article", LABEL_TOC },
    { "on this page", LABEL_TOC },
    { "jump to", LABEL_TOC },
    { "inhaltsverzeichnis", LABEL_TOC },
    { "inhalt", LABEL_TOC },
    { "sommaire", LABEL_TOC },
    { "contenido", LABEL_TOC },
    { "índice", LABEL_TOC },
    { "spis treści", LABEL_TOC },
    { "содержание", LABEL_TOC },
    { "目录", LABEL_TOC },
    { "目次", LABEL_TOC },

    { "print", LABEL_CONTROL },
    { "print this article", LABEL_CONTROL },
    { "save", LABEL_CONTROL },
    { "save article", LABEL_CONTROL },
    { "bookmark", LABEL_CONTROL },
    { "listen", LABEL_CONTROL },
    { "listen to this article", LABEL_CONTROL },
    { "play video", LABEL_CONTROL },
    { "watch", LABEL_CONTROL },
    { "menu", LABEL_CONTROL },
    { "close", LABEL_CONTROL },
    { "skip to content", LABEL_CONTROL },
    { "skip to main content", LABEL_CONTROL },
    { "back to top", LABEL_CONTROL },
    { "top", LABEL_CONTROL },
    { "search", LABEL_CONTROL },
    { "log in", LABEL_CONTROL },
    { "login", LABEL_CONTROL },
    { "sign in", LABEL_CONTROL },
    { "register", LABEL_CONTROL },
    { "reply", LABEL_CONTROL },
    { "report", LABEL_CONTROL },
    { "show more", LABEL_CONTROL },
    { "see more", LABEL_CONTROL },
    { "load more", LABEL_CONTROL },
    { "view more", LABEL_CONTROL },
    { "learn more", LABEL_CONTROL },
    { "view all", LABEL_CONTROL },
    { "see all", LABEL_CONTROL },
    { "next", LABEL_CONTROL },
    { "previous", LABEL_CONTROL },
    { "prev", LABEL_CONTROL },
    { "home", LABEL_CONTROL },
    { "view gallery", LABEL_CONTROL },
    { "recommended videos", LABEL_CONTROL },
    { "back to video", LABEL_CONTROL },
    { "open image in gallery", LABEL_CONTROL },
    { "enlarge image", LABEL_CONTROL },
    { "image caption", LABEL_CONTROL },
    { "image source", LABEL_CONTROL },
    { "select language", LABEL_CONTROL },
    { "select country", LABEL_CONTROL },
    { "drucken", LABEL_CONTROL },
    { "weitere informationen", LABEL_CONTROL },
    { "ende der weiteren informationen", LABEL_CONTROL },
    { "weitere videos", LABEL_CONTROL },
    { "vorlesen", LABEL_CONTROL },
    { "merken", LABEL_CONTROL },
    { "startseite", LABEL_CONTROL },
    { "zum inhalt springen", LABEL_CONTROL },
    { "nach oben", LABEL_CONTROL },
    { "imprimer", LABEL_CONTROL },
    { "écouter", LABEL_CONTROL },
    { "imprimir", LABEL_CONTROL },
    { "escuchar", LABEL_CONTROL },
    { "stampa", LABEL_CONTROL },
    { "afdrukken", LABEL_CONTROL },
    { "skriv ut", LABEL_CONTROL },
    { "drukuj", LABEL_CONTROL },
    { "tisk", LABEL_CONTROL },
    { "печать", LABEL_CONTROL },
    { "распечатать", LABEL_CONTROL },
    { "yazdır", LABEL_CONTROL },
    { "打印", LABEL_CONTROL },
    { "印刷", LABEL_CONTROL },

    { "all rights reserved", LABEL_RIGHTS },
    { "alle rechte vorbehalten", LABEL_RIGHTS },
    { "tous droits réservés", LABEL_RIGHTS },
    { "todos los derechos reservados", LABEL_RIGHTS },
    { "todos os direitos reservados", LABEL_RIGHTS },
    { "tutti i diritti riservati", LABEL_RIGHTS },
    { "riproduzione riservata", LABEL_RIGHTS },
    { "alle rechten voorbehouden", LABEL_RIGHTS },
    { "wszelkie prawa zastrzeżone", LABEL_RIGHTS },
    { "все права защищены", LABEL_RIGHTS },
};

/* How lines begin; longest match is not needed, the first one wins. */
static const struct phrase beginnings[] = {
    { "read more:", LABEL_READ },
    { "read more |", LABEL_READ },
    { "read more about", LABEL_READ },
    { "read more on", LABEL_READ },
    { "read also:", LABEL_READ },
    { "also read:", LABEL_READ },
    { "also read |", LABEL_READ },
    { "also read -", LABEL_READ },
    { "also read –", LABEL_READ },
    { "read:", LABEL_READ },
    { "read |", LABEL_READ },
    { "read next:", LABEL_READ },
    { "see also:", LABEL_READ },
    { "see more:", LABEL_READ },
    { "related:", LABEL_READ },
    { "related article:", LABEL_READ },
    { "related story:", LABEL_READ },
    { "related stories:", LABEL_READ },
    { "related articles:", LABEL_READ },
    { "related |", LABEL_READ },
    { "more from ", LABEL_RELATED },
    { "more in ", LABEL_RELATED },
    { "recommended:", LABEL_READ },
    { "recommended reading:", LABEL_READ },
    { "more:", LABEL_READ },
    { "watch:", LABEL_READ },
    { "watch |", LABEL_READ },
    { "watch video:", LABEL_READ },
    { "watch more:", LABEL_READ },
    { "don't miss:", LABEL_READ },
    { "must read:", LABEL_READ },
    { "you may also like:", LABEL_READ },
    { "you might also like:", LABEL_READ },
    { "click here to", LABEL_READ },
    { "click here for", LABEL_READ },
    { "tap here to", LABEL_READ },
    { "download the app", LABEL_APP },
    { "lesen sie auch:", LABEL_READ },
    { "lesen sie mehr:", LABEL_READ },
    { "mehr zum thema:", LABEL_READ },
    { "mehr zum thema finden", LABEL_READ },
    { "auch interessant:", LABEL_READ },
    { "lesen sie hier", LABEL_READ },
    { "lesen sie auch die", LABEL_READ },
    { "mehr artikel aus", LABEL_READ },
    { "mehr themen auf", LABEL_READ },
    { "à lire aussi :", LABEL_READ },
    { "à lire aussi:", LABEL_READ },
    { "a lire aussi :", LABEL_READ },
    { "lire aussi :", LABEL_READ },
    { "lire aussi:", LABEL_READ },
    { "lire aussi ", LABEL_READ },
    { "à lire :", LABEL_READ },
    { "à lire aussi ", LABEL_READ },
    { "à lire également :", LABEL_READ },
    { "lire également :", LABEL_READ },
    { "voir aussi :", LABEL_READ },
    { "lee también:", LABEL_READ },
    { "lee también |", LABEL_READ },
    { "lee además:", LABEL_READ },
    { "leer también:", LABEL_READ },
    { "lea también:", LABEL_READ },
    { "lea también |", LABEL_READ },
    { "lea además:", LABEL_READ },
    { "lea más:", LABEL_READ },
    { "mira también:", LABEL_READ },
    { "mira:", LABEL_READ },
    { "mire:", LABEL_READ },
    { "lea:", LABEL_READ },
    { "lee:", LABEL_READ },
    { "le puede interesar:", LABEL_READ },
    { "ver también:", LABEL_READ },
    { "te puede interesar:", LABEL_READ },
    { "también puedes leer:", LABEL_READ },
    { "leia também:", LABEL_READ },
    { "leia também -", LABEL_READ },
    { "leia mais:", LABEL_READ },
    { "veja também:", LABEL_READ },
    { "saiba mais:", LABEL_READ },
    { "leggi anche:", LABEL_READ },
    { "leggi anche ", LABEL_READ },
    { "leggi anche |", LABEL_READ },
    { "lees ook:", LABEL_READ },
    { "lees ook ", LABEL_READ },
    { "läs också:", LABEL_READ },
    { "läs också ", LABEL_READ },
    { "läs även:", LABEL_READ },
    { "läs mer:", LABEL_READ },
    { "læs også:", LABEL_READ },
    { "les også:", LABEL_READ },
    { "les også ", LABEL_READ },
    { "lue myös:", LABEL_READ },
    { "lue lisää:", LABEL_READ },
    { "czytaj także:", LABEL_READ },
    { "czytaj też:", LABEL_READ },
    { "czytaj więcej:", LABEL_READ },
    { "zobacz także:", LABEL_READ },
    { "zobacz też:", LABEL_READ },
    { "zobacz:", LABEL_READ },
    { "zobacz również:", LABEL_READ },
    { "przeczytaj także:", LABEL_READ },
    { "przeczytaj też:", LABEL_READ },
    { "przeczytaj:", LABEL_READ },
    { "čtěte také:", LABEL_READ },
    { "čtěte:", LABEL_READ },
    { "citește și:", LABEL_READ },
    { "citeste si:", LABEL_READ },
    { "pročitajte i:", LABEL_READ },
    { "читайте также:", LABEL_READ },
    { "читайте также ", LABEL_READ },
    { "смотрите также:", LABEL_READ },
    { "читать также:", LABEL_READ },
    { "читайте також:", LABEL_READ },
    { "вижте още:", LABEL_READ },
    { "διαβάστε επίσης:", LABEL_READ },
    { "διαβάστε:", LABEL_READ },
    { "اقرأ أيضا:", LABEL_READ },
    { "اقرأ أيضاً:", LABEL_READ },
    { "اقرأ أيضا ", LABEL_READ },
    { "यह भी पढ़ें:", LABEL_READ },
    { "ये भी पढ़ें:", LABEL_READ },
    { "यह भी पढ़ें ", LABEL_READ },
    { "baca juga:", LABEL_READ },
    { "baca juga ", LABEL_READ },
    { "simak juga:", LABEL_READ },
    { "xem thêm:", LABEL_READ },
    { "延伸阅读:", LABEL_READ },
    { "延伸閱讀：", LABEL_READ },
    { "相关阅读：", LABEL_READ },
    { "関連記事：", LABEL_READ },
    { "tags:", LABEL_TAGS },
    { "tag:", LABEL_TAGS },
    { "tagged:", LABEL_TAGS },
    { "tagged with", LABEL_TAGS },
    { "topics:", LABEL_TAGS },
    { "filed under", LABEL_TAGS },
    { "posted in", LABEL_TAGS },
    { "categories:", LABEL_TAGS },
    { "category:", LABEL_TAGS },
    { "keywords:", LABEL_TAGS },
    { "schlagworte:", LABEL_TAGS },
    { "schlagwörter:", LABEL_TAGS },
    { "themen:", LABEL_TAGS },
    { "kategorie:", LABEL_TAGS },
    { "etiquetas:", LABEL_TAGS },
    { "теги:", LABEL_TAGS },
    { "метки:", LABEL_TAGS },
    { "标签：", LABEL_TAGS },
    { "タグ：", LABEL_TAGS },
    { "©", LABEL_RIGHTS },
    { "(c) ", LABEL_RIGHTS },
    { "copyright", LABEL_RIGHTS },
    { "share this", LABEL_SHARE },
    { "share on ", LABEL_SHARE },
    { "follow us on", LABEL_SHARE },
    { "photo:", LABEL_CREDIT },
    { "photo by", LABEL_CREDIT },
    { "photos by", LABEL_CREDIT },
    { "photo credit", LABEL_CREDIT },
    { "photograph:", LABEL_CREDIT },
    { "photograph by", LABEL_CREDIT },
    { "picture:", LABEL_CREDIT },
    { "pictured:", LABEL_CREDIT },
    { "image:", LABEL_CREDIT },
    { "image credit", LABEL_CREDIT },
    { "image source", LABEL_CREDIT },
    { "image via", LABEL_CREDIT },
    { "credit:", LABEL_CREDIT },
    { "credits:", LABEL_CREDIT },
    { "foto:", LABEL_CREDIT },
    { "fotos:", LABEL_CREDIT },
    { "bild:", LABEL_CREDIT },
    { "bilder:", LABEL_CREDIT },
    { "bildrechte:", LABEL_CREDIT },
    { "grafik:", LABEL_CREDIT },
    { "illustration:", LABEL_CREDIT },
    { "ảnh:", LABEL_CREDIT },
    { "billede:", LABEL_CREDIT },
    { "bild: ", LABEL_CREDIT },
    { "quelle: ", LABEL_CREDIT },
    { "photo :", LABEL_CREDIT },
    { "crédit photo", LABEL_CREDIT },
    { "crédito:", LABEL_CREDIT },
    { "imagem:", LABEL_CREDIT },
    { "fot.", LABEL_CREDIT },
    { "zdjęcie:", LABEL_CREDIT },
    { "kuva:", LABEL_CREDIT },
    { "фото:", LABEL_CREDIT },
    { "φωτογραφία:", LABEL_CREDIT },
    { "fotoğraf:", LABEL_CREDIT },
    { "sign up for", LABEL_NEWSLETTER },
    { "sign up to", LABEL_NEWSLETTER },
    { "subscribe to", LABEL_NEWSLETTER },
    { "get the latest", LABEL_NEWSLETTER },
    { "join our", LABEL_NEWSLETTER },
    { "leave a comment", LABEL_COMMENTS },
    { "leave a reply", LABEL_COMMENTS },
};

/* ---- look-up ---------------------------------------------------------- */

#define COUNT(a)     (sizeof(a) / sizeof(a)[0])
#define WORD_BITS    11  /* of the number of a slot */
#define WORD_MAX     16u /* letters */
#define PHRASE_SLOTS 2048u
#define LABEL_MAX    96u
#define LABEL_WHOLE  64u

/* Names that hide an element, as a whole: "overflow-hidden" does not. */
static const char *const hiding[] = {
    "hidden",
    "hide",
    "d-none",
    "invisible",
    "is-hidden",
    "u-hidden",
    "sr-only",
    "sr_only",
    "visually-hidden",
    "visuallyhidden",
    "screen-reader-text",
    "screen-reader",
    "a11y-hidden",
    "element-invisible",
    "offscreen",
    "print-only",
    "show-for-sr",
    "show-for-print",
    "noshow",
};

/* At most eight bytes as a number, read from both ends. */
static uint64_t up_to_eight(const uint8_t *p, size_t n)
{
    uint64_t v = 0;
    uint32_t head, tail;

    if (n == 8) {
        memcpy(&v, p, 8);
        return v;
    }
    if (n >= 4) {
        memcpy(&head, p, 4);
        memcpy(&tail, p + n - 4, 4);
        return (uint64_t)tail << 32 | head;
    }
    while (n > 0)
        v = v << 8 | p[--n];
    return v;
}

static uint32_t hash_bytes(const uint8_t *p, size_t n)
{
    uint64_t h = n * 0x9e3779b97f4a7c15u, v;

    for (; n > 8; p += 8, n -= 8) {
        memcpy(&v, p, 8);
        h = (h ^ v) * 0xff51afd7ed558ccdu;
        h ^= h >> 32;
    }
    h = (h ^ up_to_eight(p, n)) * 0xff51afd7ed558ccdu;
    return (uint32_t)(h ^ h >> 32);
}

static unsigned hiding_bit(const uint8_t *low, size_t n)
{
    return (low[0] * 5u ^ low[1] * 37u ^ (unsigned)n * 11u) & 255;
}

/* The letters of a word as two numbers. */
struct word_key {
    uint64_t head, tail;
};

/* All ones in the first bytes of a number. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define FIRST(n) (UINT64_MAX >> (64 - 8 * (n)))
#else
#define FIRST(n) (UINT64_MAX << (64 - 8 * (n)))
#endif
static const uint64_t first_bytes[9] = { 0,        FIRST(1), FIRST(2),
                                         FIRST(3), FIRST(4), FIRST(5),
                                         FIRST(6), FIRST(7), UINT64_MAX };

/* Of `n` letters, at most WORD_MAX, which can be read at `low`. */
static struct word_key word_key(const uint8_t *low, size_t n)
{
    struct word_key key;

    memcpy(&key.head, low, 8);
    memcpy(&key.tail, low + 8, 8);
    key.head &= first_bytes[n < 8 ? n : 8];
    key.tail &= first_bytes[n < 8 ? 0 : n - 8];
    return key;
}

/* Where to look for it: there or in the slot after. */
static uint32_t word_slot(struct word_key key, uint64_t factor)
{
    return (uint32_t)((key.head ^ key.tail * UINT64_C(0x9e3779b97f4a7c15)) *
                          factor >>
                      (64 - WORD_BITS));
}

/* By both ends and length, the bit of a filter that most lines do not pass. */
#define PHRASE_BITS (1u << 13)

static uint32_t phrase_bit(uint8_t first, uint8_t middle, uint8_t last,
                           size_t n)
{
    uint32_t ends = (uint32_t)first << 16 | (uint32_t)last << 8 | middle;

    return (ends ^ (uint32_t)n << 24) * 2654435761u >> 19;
}
_Static_assert(PHRASE_BITS == 1u << (32 - 19), "thirteen bits are left");

/* The same for beginnings, by three bytes. */
#define BEGIN_BITS (1u << 12)

static uint32_t begin_bit(uint8_t a, uint8_t b, uint8_t c)
{
    return ((uint32_t)a << 16 | (uint32_t)b << 8 | c) * 2654435761u >> 20;
}
_Static_assert(BEGIN_BITS == 1u << (32 - 20), "twelve bits are left");

#ifdef DTL_MAKE_TABLES
#include "make_tables.h"

static const char *const ago[] = {
    " ago",   "vor ",   "il y a ", "hace ",     "há ",    " fa ",    "geleden",
    " sedan", " siden", " sitten", " temu",     "před ",  "pred ",   "prije ",
    "пре ",   "назад",  " тому",   "преди ",    " önce",  "πριν",    "לפני",
    "منذ",    "قبل",    "پیش",     "पहले",       "আগে",    "ที่แล้ว",    " trước",
    " lalu",  "前",     " 전",     "iliyopita", "acum ",  "ezelőtt", "perccel",
    "avant",  "atrás",  "prieš",   "pirms",     "tagasi", "سے پہلے",
};

static const char *const units[] = {
    "min",    "hour",   "hr",    "day",      "week",   "month", "year",
    "sec",    "stund",  "tag",   "woche",    "monat",  "jahr",  "heure",
    "jour",   "semain", "mois",  "hora",     "día",    "dia",   "mes",
    "ore",    "ora",    "giorn", "settiman", "uur",    "uren",  "dag",
    "week",   "timm",   "time",  "tunti",    "tuntia", "päiv",  "godz",
    "dni",    "tydz",   "hod",   "dny",      "dní",    "sat",   "dan",
    "час",    "мин",    "дн",    "день",     "годин",  "хвил",  "saat",
    "dakika", "gün",    "hafta", "ώρ",       "λεπτ",   "μέρ",   "שעות",
    "שעה",    "דקות",   "ساع",   "دقيق",     "دقائق",  "يوم",   "أيام",
    "دقیقه",  "روز",    "घंट",    "मिनट",     "दिन",    "ঘণ্টা",  "মিনিট",
    "ชั่วโมง",  "นาที",    "วัน",    "giờ",      "phút",   "ngày",  "jam",
    "menit",  "hari",   "小时",  "小時",     "分钟",   "分鐘",  "時間",
    "分",     "日",     "天",    "시간",     "분",     "일",    "masaa",
    "dakika", "siku",   "óra",   "perc",     "nap",    "zile",  "valand",
    "stund",
};

#define WORD_SLOTS (1u << WORD_BITS)

/* Put every word into its slot or the one after; false when one has no place.
 */
static bool place_words(uint64_t factor, uint16_t slots[WORD_SLOTS + 1])
{
    memset(slots, 0, (WORD_SLOTS + 1) * sizeof *slots);
    for (size_t i = 0; i < COUNT(words); i++) {
        size_t n = strlen(words[i].text);
        uint8_t low[WORD_MAX] = { 0 };
        uint32_t at;

        if (n > WORD_MAX)
            return false;
        memcpy(low, words[i].text, n);
        at = word_slot(word_key(low, n), factor);
        at += slots[at] != 0;
        if (slots[at] != 0)
            return false;
        slots[at] = (uint16_t)(i + 1);
    }
    return true;
}

static void put_words(void)
{
    static uint16_t slots[WORD_SLOTS + 1];
    static uint64_t keys[2 * COUNT(words) + 2];
    static uint32_t said[COUNT(words) + 1];
    uint64_t factor[1] = { UINT64_C(0x9e3779b97f4a7c15) };

    for (unsigned tries = 0; !place_words(factor[0], slots); tries++) {
        if (tries == 100000) {
            fprintf(stderr,
                    "no table for the words: one longer than %u "
                    "letters, or too many\n",
                    WORD_MAX);
            exit(1);
        }
        factor[0] = factor[0] * UINT64_C(6364136223846793005) + 2;
    }
    for (size_t i = 0; i < COUNT(words); i++) {
        size_t n = strlen(words[i].text);
        uint8_t low[WORD_MAX] = { 0 };

        memcpy(low, words[i].text, n);
        memcpy(&keys[2 * i + 2], low, WORD_MAX);
        said[i + 1] = words[i].hints;
    }
    PUT_NUMBERS(uint64_t, "word_factor", factor, 1);
    PUT_NUMBERS(uint16_t, "word_slots", slots, WORD_SLOTS + 1);
    PUT_NUMBERS(uint64_t, "word_keys", keys, COUNT(keys));
    PUT_NUMBERS(uint32_t, "word_said", said, COUNT(said));
}

/* Which names, by two letters and length, may be one that hides. */
static void put_hiding(void)
{
    uint64_t some[4] = { 0 };
    uint8_t len[COUNT(hiding)];

    for (size_t i = 0; i < COUNT(hiding); i++) {
        unsigned at = hiding_bit((const uint8_t *)hiding[i], strlen(hiding[i]));

        len[i] = (uint8_t)strlen(hiding[i]);
        some[at / 64] |= UINT64_C(1) << at % 64;
    }
    PUT_NUMBERS(uint64_t, "hiding_some", some, 4);
    PUT_NUMBERS(uint8_t, "hiding_len", len, COUNT(len));
}

static void put_phrases(void)
{
    static uint16_t slots[PHRASE_SLOTS];
    static uint64_t some[PHRASE_BITS / 64];

    for (size_t i = 0; i < COUNT(phrases); i++) {
        const char *text = phrases[i].text;
        size_t n = strlen(text);
        uint32_t bit = phrase_bit((uint8_t)text[0], (uint8_t)text[n / 2],
                                  (uint8_t)text[n - 1], n);
        uint32_t at = hash_bytes((const uint8_t *)text, strlen(text));

        while (slots[at & (PHRASE_SLOTS - 1)] != 0)
            at++;
        slots[at & (PHRASE_SLOTS - 1)] = (uint16_t)(i + 1);
        some[bit / 64] |= UINT64_C(1) << bit % 64;
    }
    PUT_NUMBERS(uint16_t, "phrase_slots", slots, PHRASE_SLOTS);
    PUT_NUMBERS(uint64_t, "phrase_some", some, PHRASE_BITS / 64);
}

static void put_list(const char *name, const char *const *list, size_t n)
{
    struct needle_list *x = calloc(1, sizeof *x);

    for (size_t i = 0; x != NULL && i < n; i++)
        add_needle(x, list[i], strlen(list[i]));
    if (x != NULL)
        put_needles(name, x);
    free(x);
}

int main(void)
{
    const char *starts[COUNT(beginnings)];
    uint64_t some[BEGIN_BITS / 64] = { 0 };

    put_words();
    put_phrases();
    /* The last one first: the chains turn them round. */
    for (size_t i = 0; i < COUNT(beginnings); i++)
        starts[i] = beginnings[COUNT(beginnings) - 1 - i].text;
    put_list("begin", starts, COUNT(starts));
    for (size_t i = 0; i < COUNT(starts); i++) {
        const uint8_t *p = (const uint8_t *)starts[i];
        uint32_t bit;

        if (p[0] >= 0x80) /* no plain text begins with it */
            continue;
        if (strlen(starts[i]) < 3)
            return 1;
        bit = begin_bit(p[0], p[1], p[2]);
        some[bit / 64] |= UINT64_C(1) << bit % 64;
    }
    PUT_NUMBERS(uint64_t, "begin_some", some, BEGIN_BITS / 64);
    put_list("ago_words", ago, COUNT(ago));
    put_list("unit_words", units, COUNT(units));
    put_hiding();
    return ferror(stdout) || fflush(stdout) != 0;
}
#else
#include "hints_tables.h"

static bool is_upper(uint8_t c)
{
    return (uint8_t)(c - 'A') < 26;
}

/* Hints of the word of `n` letters at `low`, where WORD_MAX can be read.  Which
 * words are known cannot be guessed: so no branch depends on it. */
static uint32_t word_hints(const uint8_t *low, size_t n)
{
    struct word_key key;
    uint32_t at, x, y;

    if (n > WORD_MAX)
        return 0;
    key = word_key(low, n);
    at = word_slot(key, word_factor[0]);
    x = word_slots[at];
    y = word_slots[at + 1];
    return (word_said[x] & -(uint32_t)((word_keys[2 * x] == key.head) &
                                       (word_keys[2 * x + 1] == key.tail))) |
           (word_said[y] & -(uint32_t)((word_keys[2 * y] == key.head) &
                                       (word_keys[2 * y + 1] == key.tail)));
}

/* Split at what is no letter and at camelCase, so that a word is capitals,
 * then small letters. */
uint32_t hints_name(const struct class_text *t, size_t from, size_t to)
{
    uint32_t all = 0, about = 0, first = HALF_ABOUT;

    for (; from < to; from += 64) {
        uint64_t in =
            to - from < 64 ? ~(UINT64_MAX << (to - from)) : UINT64_MAX;
        uint64_t left = class_mask(t->starts, from) & in;
        uint64_t stops = class_mask(t->stops, from) | ~in;

        for (; left != 0; left &= left - 1) {
            size_t at = (size_t)__builtin_ctzll(left);
            uint64_t after = stops >> at >> 1;
            size_t n = after != 0
                           ? 1 + (size_t)__builtin_ctzll(after)
                           : class_next(t->stops, from + 64, to) - from - at;
            uint32_t x = word_hints(t->low + from + at, n);

            about |= first & x;
            first = 0;
            all |= x;
        }
    }
    if (about != 0)
        return 0;
    if ((all & HALF_STORY) && (all & HALF_TEXT))
        all |= HINT_BODY;
    if ((all & HALF_MORE) && (all & HALF_STORY))
        all |= HINT_RELATED;
    return all & ~(HALF_STORY | HALF_TEXT | HALF_ABOUT | HALF_MORE);
}

/* "lg:block", "d-md-block": hidden on some screens only. */
bool hints_shows_again(struct dtl_slice value)
{
    return dtl_find(value, dtl_str(":"), 0) != SIZE_MAX ||
           dtl_find(value, dtl_str("-block"), 0) != SIZE_MAX ||
           dtl_find(value, dtl_str("-flex"), 0) != SIZE_MAX;
}

bool hints_hides(const struct class_text *t, size_t from, size_t to)
{
    const uint8_t *low = t->low + from;
    unsigned bit = hiding_bit(low, to - from);

    if ((hiding_some[bit / 64] >> bit % 64 & 1) == 0)
        return false;
    for (size_t i = 0; i < COUNT(hiding); i++)
        if (hiding_len[i] == to - from &&
            memcmp(hiding[i], low, to - from) == 0)
            return true;
    return false;
}

/* Lower case of the letters the tables use: Latin, Greek and Cyrillic. */
static uint32_t lower(uint32_t c)
{
    if (c < 0x80)
        return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
    if (c >= 0xc0 && c <= 0xde && c != 0xd7)
        return c + 0x20;
    if (c >= 0x100 && c <= 0x137)
        return c | 1;
    if (c >= 0x139 && c <= 0x148)
        return (c & 1) != 0 ? c + 1 : c;
    if ((c >= 0x14a && c <= 0x177) || (c >= 0x218 && c <= 0x21b))
        return c | 1;
    if (c >= 0x391 && c <= 0x3a9)
        return c + 0x20;
    if (c >= 0x410 && c <= 0x42f)
        return c + 0x20;
    if (c >= 0x400 && c <= 0x40f)
        return c + 0x50;
    return c == 0x1ea0 || (c > 0x1ea0 && c <= 0x1ef9) ? c | 1 : c;
}

/* How many bytes at `p`, of sixteen, are ASCII words with one blank between
 * them; those go to `out` in lower case.  `blank`: one stands before. */
static size_t fold_plain(const uint8_t *p, uint8_t *out, bool blank)
{
#if defined(__SSE2__)
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i up = _mm_sub_epi8(v, _mm_set1_epi8('A'));
    unsigned odd = (unsigned)_mm_movemask_epi8(
        _mm_cmplt_epi8(v, _mm_set1_epi8(' '))); /* and from 0x80 on */
    unsigned blanks =
        (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8(' ')));

    up = _mm_cmpeq_epi8(_mm_min_epu8(up, _mm_set1_epi8(25)), up);
    _mm_storeu_si128((__m128i *)(void *)out,
                     _mm_or_si128(v, _mm_and_si128(up, _mm_set1_epi8(0x20))));
    odd |= blanks & (blanks << 1 | blank);
    return odd != 0 ? (size_t)__builtin_ctz(odd) : 16;
#else
    (void)p;
    (void)out;
    (void)blank;
    return 0;
#endif
}

/* Room for what fold() writes: a character more than asked for, and sixteen
 * bytes at a time. */
#define FOLDED (LABEL_MAX + 20)

/* The beginning of `s` in lower case, white space as single blanks. */
static size_t fold(struct dtl_slice s, size_t max, uint8_t out[FOLDED])
{
    size_t n = 0, pos = 0;

    while (pos < s.len && n < max) {
        const uint8_t *p = s.ptr + pos;
        size_t left = s.len - pos, plain;
        uint8_t end[16] = { 0 }; /* which are not plain */
        uint32_t c;

        if (left < sizeof end)
            p = memcpy(end, p, left);
        plain = fold_plain(p, out + n, n == 0 || out[n - 1] == ' ');
        plain = plain < max - n ? plain : max - n;
        pos += plain;
        n += plain;
        if (plain == sizeof end || pos == s.len || n == max)
            continue;
        if (s.ptr[pos] > ' ' && s.ptr[pos] < 0x80) {
            out[n++] = (uint8_t)(s.ptr[pos] | is_upper(s.ptr[pos]) << 5);
            pos++;
            continue;
        }
        c = s.ptr[pos] < 0x80 ? s.ptr[pos++] : lower(dtl_utf8_next(s, &pos));
        if (c == 0xa0 || c == '\n' || c == '\t')
            c = ' ';
        if (c == ' ' && (n == 0 || out[n - 1] == ' '))
            continue;
        n += dtl_utf8_put(out + n, c);
    }
    return n;
}

static size_t label_read(struct dtl_slice s)
{
    return s.len > LABEL_MAX ? LABEL_MAX / 2 : LABEL_MAX;
}

/* Bytes that may stand around a label: counts, bullets, colons, arrows. */
static bool trimming(uint8_t c)
{
    return c <= '@' || (c >= '[' && c <= '`') || (c >= '{' && c <= 0x7f);
}

static const char *const marks[] = { "…", "»", "›", "→", "：", "↓",
                                     "•", "·", "–", "—", "▼" };

/* How much of `p` are marks before a label: "— Advertisement —". */
static size_t leading_marks(const uint8_t *p, size_t n)
{
    size_t at = 0, before;

    do {
        before = at;
        while (at < n && trimming(p[at]))
            at++;
        for (size_t i = 0; at < n && p[at] >= 0x80 && i < COUNT(marks); i++) {
            size_t len = strlen(marks[i]);

            if (n - at >= len && memcmp(p + at, marks[i], len) == 0)
                at += len;
        }
    } while (at != before);
    return at;
}

static size_t trailing_marks(const uint8_t *p, size_t n)
{
    for (;;) {
        size_t before = n;

        while (n > 0 && trimming(p[n - 1]))
            n--;
        if (n == 0 || p[n - 1] < 0x80) /* all of them end above */
            return n;
        for (size_t i = 0; i < COUNT(marks); i++) {
            size_t len = strlen(marks[i]);

            if (n >= len && memcmp(p + n - len, marks[i], len) == 0)
                n -= len;
        }
        if (n == before)
            return n;
    }
}

static bool is_phrase(const char *text, const uint8_t *p, size_t n)
{
    return text[0] == (char)p[0] && strlen(text) == n &&
           memcmp(text, p, n) == 0;
}

enum label hints_label(struct dtl_slice text)
{
    uint8_t buf[FOLDED];
    const uint8_t *p = buf;
    size_t n, end, from;
    uint32_t bit;

    /* A longer text is no label; only how it begins matters. */
    if (text.len > LABEL_WHOLE &&
        (fold(text, 2, buf) < 2 || needles_first(&begin, buf) == 0))
        return LABEL_NONE;
    n = fold(text, label_read(text), buf);
    for (uint16_t i = n > 1 ? needles_first(&begin, buf) : 0; i != 0;) {
        const struct needle *k = &begin.item[i - 1];

        if (n >= k->len && memcmp(buf, k->text, k->len) == 0)
            return beginnings[COUNT(beginnings) - i].label;
        i = k->next;
    }
    if (text.len > LABEL_WHOLE || n == 0)
        return LABEL_NONE;
    end = trailing_marks(p, n);
    from = leading_marks(p, end);
    p += from;
    end -= from;
    if (end == 0)
        return LABEL_NONE;
    bit = phrase_bit(p[0], p[end / 2], p[end - 1], end);
    if ((phrase_some[bit / 64] >> bit % 64 & 1) == 0)
        return LABEL_NONE;
    for (uint32_t at = hash_bytes(p, end);; at++) {
        uint16_t i = phrase_slots[at & (PHRASE_SLOTS - 1)];

        if (i == 0)
            return LABEL_NONE;
        if (is_phrase(phrases[i - 1].text, p, end))
            return phrases[i - 1].label;
    }
}

static uint8_t lower_plain(uint8_t c)
{
    return (uint8_t)(c | is_upper(c) << 5);
}

/* Can it be a label?  What is plain needs no folding for that. */
static bool may_label(struct dtl_slice s)
{
    uint8_t ends[3];
    uint32_t bit;

    if (s.len < 3)
        return true;
    bit = begin_bit(lower_plain(s.ptr[0]), lower_plain(s.ptr[1]),
                    lower_plain(s.ptr[2]));
    if ((begin_some[bit / 64] >> bit % 64 & 1) != 0)
        return true;
    if (s.len > LABEL_WHOLE)
        return false;
    while (s.len > 0 && trimming(s.ptr[s.len - 1]))
        s.len--;
    while (s.len > 0 && trimming(s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    if (s.len == 0)
        return false;
    ends[0] = lower_plain(s.ptr[0]);
    ends[1] = lower_plain(s.ptr[s.len / 2]);
    ends[2] = lower_plain(s.ptr[s.len - 1]);
    bit = phrase_bit(ends[0], ends[1], ends[2], s.len);
    return (phrase_some[bit / 64] >> bit % 64 & 1) != 0;
}

enum label hints_label_plain(struct dtl_slice text)
{
    return may_label(text) ? hints_label(text) : LABEL_NONE;
}

/* ---- times ------------------------------------------------------------ */

static bool has_digit(struct dtl_slice s)
{
    size_t i = 0;

#if defined(__SSE2__)
    for (; s.len - i >= 16; i += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(s.ptr + i));
        __m128i d = _mm_sub_epi8(v, _mm_set1_epi8('0'));

        if (_mm_movemask_epi8(
                _mm_cmpeq_epi8(_mm_min_epu8(d, _mm_set1_epi8(9)), d)) != 0)
            return true;
    }
#endif
    for (; i < s.len; i++)
        if (s.ptr[i] >= '0' && s.ptr[i] <= '9')
            return true;
    return false;
}

bool hints_relative_time(struct dtl_slice text)
{
    uint8_t buf[FOLDED];
    struct dtl_slice s;

    if (text.len < 3 || text.len > RELATIVE_TIME_MAX)
        return false;
    if (!has_digit(text) && !hints_without_number(text.ptr[0]))
        return false;
    s = dtl_slice_of(buf, fold(text, label_read(text), buf));
    buf[s.len] = ' '; /* an end is as good as a blank: "3 giorni fa" */
    if (dtl_equal(s, dtl_str("just now")) || dtl_equal(s, dtl_str("yesterday")))
        return true;
    if (!has_digit(s) && !dtl_starts(s, "an ") && !dtl_starts(s, "a "))
        return false;
    s.len++;
    return needles_any(&ago_words, s) && needles_any(&unit_words, s);
}

/* One number or word of a line, for hints_date(). */
struct token {
    bool number;
    uint32_t value, len; /* of a number */
};

static bool is_alpha(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static size_t date_tokens(struct dtl_slice s, struct token *t, size_t max)
{
    size_t n = 0, i = 0;

    while (i < s.len && n < max) {
        uint8_t c = s.ptr[i];
        size_t start = i;

        if (c >= '0' && c <= '9') {
            uint32_t v = 0;

            while (i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9')
                v = i - start < 8 ? v * 10 + (s.ptr[i++] - '0') : (i++, v);
            t[n++] = (struct token){ true, v, (uint32_t)(i - start) };
        } else if (c >= 0x80 || is_alpha(c)) {
            while (i < s.len && (s.ptr[i] >= 0x80 || is_alpha(s.ptr[i])))
                i++;
            t[n++] = (struct token){ false, 0, (uint32_t)(i - start) };
        } else {
            i++;
        }
    }
    return i < s.len ? max + 1 : n;
}

static bool is_year(const struct token *t)
{
    return t->number && t->len == 4 && t->value >= 1950 && t->value <= 2060;
}

static bool is_day(const struct token *t)
{
    return t->number && t->len <= 2 && t->value >= 1 && t->value <= 31;
}

/* The digits among sixteen bytes. */
static unsigned digits_at(const uint8_t *p)
{
#if defined(__SSE2__)
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i d = _mm_sub_epi8(v, _mm_set1_epi8('0'));

    return (unsigned)_mm_movemask_epi8(
        _mm_cmpeq_epi8(_mm_min_epu8(d, _mm_set1_epi8(9)), d));
#else
    unsigned mask = 0;

    for (unsigned i = 0; i < 16; i++)
        mask |= (unsigned)(p[i] >= '0' && p[i] <= '9') << i;
    return mask;
#endif
}

/* Do four digits stand in a row?  No year does without. */
static bool has_four_digits(struct dtl_slice s)
{
    unsigned rows = 0; /* the last one, and the one before in the low half */

    for (size_t i = 0; i < s.len; i += 16) {
        uint8_t end[16] = { 0 };
        const uint8_t *p = s.ptr + i;

        if (s.len - i < sizeof end)
            p = memcpy(end, p, s.len - i);
        rows = rows >> 16 | digits_at(p) << 16;
        if ((rows & rows >> 1 & rows >> 2 & rows >> 3) != 0)
            return true;
    }
    return false;
}

bool hints_date(struct dtl_slice text)
{
    struct token t[16];
    size_t n;

    if (text.len < 8 || text.len > 90 || !has_four_digits(text))
        return false;
    n = date_tokens(text, t, COUNT(t));
    if (n > COUNT(t))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!is_year(&t[i]))
            continue;
        if (i >= 2 && (is_day(&t[i - 1]) || is_day(&t[i - 2])))
            return true;
        if (i == 1 && is_day(&t[0]))
            return true;
        if (i >= 4 && is_day(&t[i - 4]) && !t[i - 1].number &&
            t[i - 1].len == 2 && t[i - 3].len == 2)
            return true; /* 8 de junio de 2025 */
        if (i + 2 < n && t[i + 1].number && t[i + 2].number)
            return true;
        if (i + 4 < n && !t[i + 1].number && is_day(&t[i + 2]))
            return true; /* 2025年6月8日 */
    }
    return false;
}
#endif
