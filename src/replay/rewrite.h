/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_REPLAY_REWRITE_H
#define DATELINE_REPLAY_REWRITE_H
/*
 * Inside the rewriter.  Each language has a function that reads a window of
 * the input, writes what it can judge and says how many bytes those were; the
 * rest comes again with more behind it.
 */
#include <dateline/rewrite.h>

enum { FORMS = DTL_FORM_STYLE + 1 };

/* Longest base address that relative ones are joined to: what it is in front
 * of may be one byte long, and there may be millions of them. */
#define MAX_BASE ((size_t)1000)
/* Longest base address at all; beyond it the page has none. */
#define MAX_URL ((size_t)16384)

/* What relative references are resolved against, with the bytes that mean
 * something in HTML, CSS or a script percent-encoded. */
struct base {
    struct dtl_slice url;    /* as it is */
    struct dtl_slice scheme; /* "https:" */
    struct dtl_slice origin; /* "https://e.org:81" */
    struct dtl_slice dir;    /* "https://e.org:81/a/", empty when too long */
    struct dtl_slice page;   /* "https://e.org:81/a/b", without query */
};

/* ---- style sheets ---------------------------------------------------- */

struct css {
    uint32_t depth; /* of parentheses */
    uint32_t set;   /* depth within image-set(), 0 when outside */
    uint8_t at;     /* what the at-rule does with addresses: CSS_AT_* */
    bool attribute; /* the text itself stands in w->scratch */
};

/* ---- scripts --------------------------------------------------------- */

#define JS_NESTING 64 /* parentheses and templates remembered */

struct js {
    uint8_t prev;                   /* the token before: JS_* of rewrite_js.c */
    bool line;                      /* nothing but space since the line began */
    bool prologue;                  /* of a worker: written */
    uint32_t braces;                /* open ones */
    uint32_t parens;                /* open ones */
    uint64_t heads;                 /* which are of if, while, for, with */
    uint32_t ntemplates;            /* open "${" */
    uint32_t templates[JS_NESTING]; /* the braces at each */
    bool lost;                      /* nested too deeply: the rest is copied */
};

/* ---- pages ----------------------------------------------------------- */

struct html {
    bool started;  /* past a byte order mark */
    bool injected; /* the client script */
    bool based;    /* a <base> counted already */
    bool plain;    /* <plaintext>: no markup any more */
    bool raw;      /* text too long to be held is copied up to </raw_name */
    uint32_t foreign;
    char raw_name[12];
};

struct dtl_rewrite {
    enum dtl_rewrite_kind kind;
    struct dtl_rewrite_options o;
    struct dtl_slice heads[FORMS]; /* prefix, time, form, "/" */
    struct base base;
    struct dtl_arena *arena;   /* what lives as long as this */
    struct dtl_arena *tokens;  /* one window */
    struct dtl_arena *scratch; /* one address */
    struct dtl_buf held;
    size_t retry;   /* look at `held` again when it is this long */
    bool cut;       /* what is held is too much: more follows all the same */
    unsigned depth; /* of pages within pages (srcdoc) */
    struct css css;
    struct js js;
    struct html html;
};

/** Read a window; `last`: nothing follows.  Returns the bytes done with.
 * Output that does not fit shows in out->failed. */
size_t rewrite_html(struct dtl_rewrite *w, struct dtl_slice in, bool last,
                    struct dtl_buf *out);
size_t rewrite_css(struct dtl_rewrite *w, struct css *s, struct dtl_slice in,
                   bool last, struct dtl_buf *out);
size_t rewrite_js(struct dtl_rewrite *w, struct js *s, struct dtl_slice in,
                  bool last, struct dtl_buf *out);

/* ---- addresses (rewrite_url.c) ---------------------------------------- */

enum mapped {
    MAPPED_SAME,    /* leave it as it is; nothing was written */
    MAPPED_DONE,    /* written */
    MAPPED_CLOSELY, /* decode it and use map_closely() */
};

/**
 * Map a reference as it stands in the source, so that what it is written in
 * (character references, bytes of an old charset) passes unread.  `html`: an
 * '&' may hide other characters.
 */
enum mapped map_raw(const struct dtl_rewrite *w, enum dtl_form form,
                    struct dtl_slice raw, bool html, struct dtl_buf *out);
/** The address in the archive of a decoded reference, in w->scratch; ptr NULL
 * when it is to stay as it is. */
struct dtl_slice map_closely(struct dtl_rewrite *w, enum dtl_form form,
                             struct dtl_slice ref);
/** Change what references are relative to. */
void set_base(struct dtl_rewrite *w, struct dtl_slice url);
/** The base as an href of its own. */
bool fill_base(struct dtl_arena *a, struct dtl_slice url, struct base *out);

/** Of pages in a frame, links stay in it. */
static inline enum dtl_form link_form(const struct dtl_rewrite *w)
{
    return w->o.form == DTL_FORM_FRAME ? DTL_FORM_FRAME : DTL_FORM_PAGE;
}
/** How a <link> of this rel and as is loaded. */
enum dtl_form form_of_link(const struct dtl_rewrite *w, struct dtl_slice rel,
                           struct dtl_slice as);

/** Append with &, <, >, " and ' as references. */
bool put_escaped(struct dtl_buf *out, struct dtl_slice s);

static inline bool is_space(uint8_t c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

static inline bool is_alpha(uint8_t c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static inline bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}
#endif
