/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages: bytes that need no change are copied, token by token, as they stand,
 * in whatever charset; attribute values are replaced where they lie.
 *
 * A window ends anywhere.  What its last token is may depend on what follows,
 * so that token waits; so does a start tag whose text (a script, a style
 * sheet) is not all there.
 */
#include "rewrite.h"

#include "../html/token.h"

#define MAX_SRCDOC_DEPTH 3

/* ---- attributes -------------------------------------------------------- */

enum action {
    ADDRESS,
    SRCSET,
    STYLE,
    SRCDOC,
    REMOVE,
    BASE,
    REFRESH,
};

/* What the element's name has to be for an attribute to be an address. */
static const struct rule {
    const char *name;
    uint16_t tag; /* DTL_TAG_OTHER: any */
    uint8_t action;
    uint8_t form; /* enum dtl_form; LINKS: as links go */
} rules[] = {
#define LINKS 0xff
    { "href", DTL_TAG_A, ADDRESS, LINKS },
    { "href", DTL_TAG_AREA, ADDRESS, LINKS },
    { "href", DTL_TAG_LINK, ADDRESS, LINKS }, /* by its rel */
    { "href", DTL_TAG_BASE, BASE, LINKS },
    { "src", DTL_TAG_IMG, ADDRESS, DTL_FORM_BYTES },
    { "src", DTL_TAG_SCRIPT, ADDRESS, DTL_FORM_SCRIPT },
    { "src", DTL_TAG_IFRAME, ADDRESS, DTL_FORM_FRAME },
    { "src", DTL_TAG_FRAME, ADDRESS, DTL_FORM_FRAME },
    { "src", DTL_TAG_EMBED, ADDRESS, DTL_FORM_FRAME },
    { "src", DTL_TAG_INPUT, ADDRESS, DTL_FORM_BYTES },
    { "src", DTL_TAG_SOURCE, ADDRESS, DTL_FORM_BYTES },
    { "src", DTL_TAG_VIDEO, ADDRESS, DTL_FORM_BYTES },
    { "src", DTL_TAG_AUDIO, ADDRESS, DTL_FORM_BYTES },
    { "src", DTL_TAG_TRACK, ADDRESS, DTL_FORM_BYTES },
    { "src", DTL_TAG_BGSOUND, ADDRESS, DTL_FORM_BYTES },
    { "src", DTL_TAG_OTHER, ADDRESS, DTL_FORM_BYTES }, /* <image> */
    { "style", DTL_TAG_OTHER, STYLE, DTL_FORM_BYTES },
    { "srcset", DTL_TAG_IMG, SRCSET, DTL_FORM_BYTES },
    { "srcset", DTL_TAG_SOURCE, SRCSET, DTL_FORM_BYTES },
    { "imagesrcset", DTL_TAG_LINK, SRCSET, DTL_FORM_BYTES },
    { "srcdoc", DTL_TAG_IFRAME, SRCDOC, DTL_FORM_FRAME },
    { "content", DTL_TAG_META, REFRESH, LINKS },
    { "action", DTL_TAG_FORM, ADDRESS, LINKS },
    { "formaction", DTL_TAG_BUTTON, ADDRESS, LINKS },
    { "formaction", DTL_TAG_INPUT, ADDRESS, LINKS },
    { "poster", DTL_TAG_VIDEO, ADDRESS, DTL_FORM_BYTES },
    { "data", DTL_TAG_OBJECT, ADDRESS, DTL_FORM_FRAME },
    { "background", DTL_TAG_OTHER, ADDRESS, DTL_FORM_BYTES },
    { "cite", DTL_TAG_BLOCKQUOTE, ADDRESS, LINKS },
    { "cite", DTL_TAG_Q, ADDRESS, LINKS },
    { "cite", DTL_TAG_INS, ADDRESS, LINKS },
    { "cite", DTL_TAG_DEL, ADDRESS, LINKS },
    { "longdesc", DTL_TAG_OTHER, ADDRESS, LINKS },
    { "archive", DTL_TAG_OBJECT, ADDRESS, DTL_FORM_BYTES },
    { "archive", DTL_TAG_APPLET, ADDRESS, DTL_FORM_BYTES },
    { "codebase", DTL_TAG_OBJECT, ADDRESS, DTL_FORM_BYTES },
    { "codebase", DTL_TAG_APPLET, ADDRESS, DTL_FORM_BYTES },
    { "lowsrc", DTL_TAG_IMG, ADDRESS, DTL_FORM_BYTES },
    { "dynsrc", DTL_TAG_IMG, ADDRESS, DTL_FORM_BYTES },
    { "xlink:href", DTL_TAG_A, ADDRESS, LINKS },
    { "xlink:href", DTL_TAG_SCRIPT, ADDRESS, DTL_FORM_SCRIPT },
    { "href", DTL_TAG_SCRIPT, ADDRESS, DTL_FORM_SCRIPT }, /* of SVG */
    { "href", DTL_TAG_OTHER, ADDRESS, DTL_FORM_BYTES },   /* of SVG */
    { "xlink:href", DTL_TAG_OTHER, ADDRESS, DTL_FORM_BYTES },
    /* Rewritten bytes have another digest; requests go to one origin; nothing
     * is to be told to anyone. */
    { "integrity", DTL_TAG_OTHER, REMOVE, 0 },
    { "nonce", DTL_TAG_OTHER, REMOVE, 0 },
    { "crossorigin", DTL_TAG_OTHER, REMOVE, 0 },
    { "ping", DTL_TAG_OTHER, REMOVE, 0 },
    { "attributionsrc", DTL_TAG_OTHER, REMOVE, 0 },
    { "manifest", DTL_TAG_HTML, REMOVE, 0 },
    { "csp", DTL_TAG_IFRAME, REMOVE, 0 },
};

static struct dtl_slice name_of(const struct html_tokenizer *z,
                                const struct dtl_page_attr *a)
{
    return dtl_slice_of(z->text + a->name, a->name_len);
}

static struct dtl_slice value_of(const struct html_tokenizer *z,
                                 const struct dtl_page_attr *a)
{
    return dtl_slice_of(z->text + a->value.raw.offset, a->value.raw.len);
}

/* Most attributes are none of these: told by number or by first letter. */
static bool may_matter(const struct html_tokenizer *z,
                       const struct dtl_page_attr *a)
{
    switch (a->id) {
    case DTL_ATTR_HREF:
    case DTL_ATTR_SRC:
    case DTL_ATTR_SRCSET:
    case DTL_ATTR_STYLE:
    case DTL_ATTR_CONTENT: return true;
    case DTL_ATTR_OTHER:
        return a->name_len >= 3 && a->name_len <= 14 &&
               strchr("abcdfilmnpsx", z->text[a->name] | 0x20) != NULL;
    default: return false;
    }
}

static const struct rule *rule_of(const struct html_tokenizer *z,
                                  const struct html_token *tok,
                                  const struct dtl_page_attr *a)
{
    struct dtl_slice name = name_of(z, a);

    if (!may_matter(z, a))
        return NULL;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if ((rules[i].tag == tok->tag || rules[i].tag == DTL_TAG_OTHER) &&
            dtl_equal_nocase(name, dtl_str(rules[i].name)))
            return &rules[i];
    return NULL;
}

/* Elements of HTML whose href and src are no addresses (custom ones have
 * numbers of none). */
static bool is_address(const struct html_tokenizer *z,
                       const struct html_token *tok, const struct rule *r)
{
    static const char *const elements[] = { "image", "use", "feimage",
                                            "textpath", "mpath" };
    struct dtl_slice name = html_slice(z, tok->data);

    if (r->tag != DTL_TAG_OTHER || r->action != ADDRESS ||
        r->form != DTL_FORM_BYTES || strcmp(r->name, "background") == 0)
        return true;
    if (tok->tag != DTL_TAG_OTHER)
        return false;
    for (size_t i = 0; i < sizeof elements / sizeof elements[0]; i++)
        if (dtl_equal_nocase(name, dtl_str(elements[i])))
            return true;
    return false;
}

/* ---- one token being rewritten --------------------------------------------
 */

struct writer {
    struct dtl_rewrite *w;
    const struct html_tokenizer *z;
    const struct html_token *tok;
    struct dtl_buf *out;
    uint32_t copied; /* up to here the window has been written */
    /* Of the tag, once it was asked for: a thousand attributes must not each
     * look at all others. */
    bool known, is_refresh;
    enum dtl_form link;
};

static void copy_to(struct writer *x, uint32_t to)
{
    dtl_buf_add(x->out, x->z->text + x->copied, to - x->copied);
    x->copied = to;
}

/* The quote around the value, 0 when there is none. */
static uint8_t quote_of(const struct html_tokenizer *z,
                        const struct dtl_page_attr *a)
{
    uint32_t at = a->value.raw.offset;
    uint8_t c;

    if (at <= a->name + a->name_len)
        return 0;
    c = z->text[at - 1];
    return c == '"' || c == '\'' ? c : 0;
}

static struct dtl_slice decoded(struct writer *x, const struct dtl_page_attr *a)
{
    struct dtl_slice raw = value_of(x->z, a);
    uint8_t *to;

    if (!html_needs_decoding(raw))
        return raw;
    to = dtl_arena_alloc(x->w->scratch, html_decoded_max(raw) + 1);
    if (to == NULL)
        return dtl_slice_of(NULL, 0);
    return dtl_slice_of(to,
                        html_decode(raw, HTML_REFERENCES | HTML_ATTRIBUTE, to));
}

static struct dtl_slice decoded_attr(struct writer *x, const char *name)
{
    for (uint32_t i = 0; i < x->tok->nattrs; i++) {
        const struct dtl_page_attr *a = &x->z->attrs[x->tok->attrs + i];

        if (dtl_equal_nocase(name_of(x->z, a), dtl_str(name)))
            return decoded(x, a);
    }
    return dtl_slice_of(NULL, 0);
}

static void skip_value(struct writer *x, const struct dtl_page_attr *a)
{
    x->copied = a->value.raw.offset + a->value.raw.len;
}

/* Put `value` (not escaped) where the attribute's was. */
static void replace(struct writer *x, const struct dtl_page_attr *a,
                    struct dtl_slice value)
{
    bool bare = quote_of(x->z, a) == 0;

    copy_to(x, a->value.raw.offset);
    if (bare)
        dtl_buf_byte(x->out, '"');
    put_escaped(x->out, value);
    if (bare)
        dtl_buf_byte(x->out, '"');
    skip_value(x, a);
}

static void remove_attr(struct writer *x, const struct dtl_page_attr *a)
{
    copy_to(x, a->name);
    skip_value(x, a);
    if (quote_of(x->z, a) != 0)
        x->copied++;
}

/* The bytes stay as they stand, only a prefix is put before them. */
static void address(struct writer *x, const struct dtl_page_attr *a,
                    enum dtl_form form)
{
    struct dtl_slice raw = value_of(x->z, a), to;
    bool bare = quote_of(x->z, a) == 0;
    uint32_t before = x->copied;
    size_t at = x->out->len;
    enum mapped rc;

    if (raw.len == 0)
        return;
    copy_to(x, a->value.raw.offset);
    if (bare)
        dtl_buf_byte(x->out, '"');
    /* A bare value may hold quotes: they would end ours. */
    rc = bare && memchr(raw.ptr, '"', raw.len) != NULL
             ? MAPPED_CLOSELY
             : map_raw(x->w, form, raw, true, x->out);
    if (rc == MAPPED_DONE) {
        if (bare)
            dtl_buf_byte(x->out, '"');
        skip_value(x, a);
        return;
    }
    x->copied = before;
    if (!x->out->failed)
        x->out->len = at;
    if (rc == MAPPED_SAME)
        return;
    to = map_closely(x->w, form, decoded(x, a));
    if (to.ptr != NULL)
        replace(x, a, to);
}

/* ---- srcset ---------------------------------------------------------------
 */

/* What precedes the address, and its mapping; nothing when it stays. */
static bool candidate(struct dtl_rewrite *w, struct dtl_slice before,
                      struct dtl_slice url, struct dtl_buf *b)
{
    size_t at = b->len;
    struct dtl_slice to;
    enum mapped rc;

    dtl_buf_slice(b, before);
    rc = map_raw(w, DTL_FORM_BYTES, url, false, b);
    if (rc == MAPPED_CLOSELY &&
        (to = map_closely(w, DTL_FORM_BYTES, url)).ptr != NULL) {
        dtl_buf_slice(b, to);
        rc = MAPPED_DONE;
    }
    if (rc == MAPPED_DONE)
        return true;
    b->len = b->failed ? b->len : at;
    return false;
}

/* Candidates are "URL descriptor," with commas allowed within a URL, not at
 * its ends (4.8.4.3.10). */
static void srcset(struct writer *x, const struct dtl_page_attr *a)
{
    struct dtl_slice s = decoded(x, a);
    struct dtl_buf b = { .max = 64u << 20 };
    size_t i = 0, copied = 0;

    while (i < s.len) {
        size_t from, end;
        unsigned depth = 0;

        while (i < s.len && (is_space(s.ptr[i]) || s.ptr[i] == ','))
            i++;
        for (from = i; i < s.len && !is_space(s.ptr[i]); i++)
            ;
        for (end = i; end > from && s.ptr[end - 1] == ','; end--)
            ;
        if (candidate(x->w, dtl_sub(s, copied, from), dtl_sub(s, from, end),
                      &b))
            copied = end;
        if (end < i) /* commas: no descriptor */
            continue;
        for (; i < s.len && (s.ptr[i] != ',' || depth > 0); i++) {
            if (s.ptr[i] == '(')
                depth++;
            else if (s.ptr[i] == ')' && depth > 0)
                depth--;
        }
    }
    dtl_buf_slice(&b, dtl_sub(s, copied, s.len));
    if (copied > 0 && !b.failed)
        replace(x, a, dtl_buf_view(&b));
    else if (b.failed)
        remove_attr(x, a);
    dtl_buf_free(&b);
}

/* ---- style ------------------------------------------------------------------
 */

static bool has_nocase(struct dtl_slice s, const char *word)
{
    size_t n = strlen(word);

    for (size_t i = 0; i + n <= s.len; i++)
        if ((s.ptr[i] | 0x20) == word[0] &&
            dtl_starts_nocase(dtl_sub(s, i, s.len), word))
            return true;
    return false;
}

static void style(struct writer *x, const struct dtl_page_attr *a)
{
    struct dtl_slice s = value_of(x->z, a);
    struct css state = { .attribute = true };
    struct dtl_buf b = { .max = 64u << 20 };

    if (!html_needs_decoding(s) && memchr(s.ptr, '(', s.len) == NULL)
        return;
    s = decoded(x, a);
    if (!has_nocase(s, "url") && !has_nocase(s, "image-set") &&
        (s.len == 0 || memchr(s.ptr, '\\', s.len) == NULL))
        return;
    rewrite_css(x->w, &state, s, true, &b);
    if (!b.failed && !dtl_equal(s, dtl_buf_view(&b)))
        replace(x, a, dtl_buf_view(&b));
    dtl_buf_free(&b);
}

/* ---- pages in pages --------------------------------------------------------
 */

static void srcdoc(struct writer *x, const struct dtl_page_attr *a)
{
    struct dtl_rewrite_options o = x->w->o;
    struct dtl_rewrite *inner;
    struct dtl_buf b = { .max = 64u << 20 };
    bool done = false;

    o.form = DTL_FORM_FRAME;
    o.xhtml = false;
    if (x->w->depth < MAX_SRCDOC_DEPTH &&
        dtl_rewrite_new(&o, DTL_REWRITE_HTML, &inner, NULL) == DTL_OK) {
        inner->depth = x->w->depth + 1;
        set_base(inner, x->w->base.url);
        done = dtl_rewrite_push(inner, decoded(x, a), true, &b, NULL) == DTL_OK;
        if (done)
            replace(x, a, dtl_buf_view(&b));
        dtl_rewrite_free(inner);
    }
    dtl_buf_free(&b);
    if (!done)
        remove_attr(x, a);
}

/* ---- <base>, <meta>
 * ----------------------------------------------------------- */

static void base(struct writer *x, const struct dtl_page_attr *a)
{
    struct dtl_slice ref = decoded(x, a), to;

    address(x, a, link_form(x->w));
    if (x->w->html.based)
        return;
    x->w->html.based = true;
    to = map_closely(x->w, DTL_FORM_PAGE, ref);
    if (to.ptr != NULL)
        set_base(x->w, dtl_sub(to, x->w->heads[DTL_FORM_PAGE].len, to.len));
}

/* "5; url='/next'": a number, then perhaps an address (4.2.5.3). */
static void refresh(struct writer *x, const struct dtl_page_attr *a)
{
    struct dtl_slice s = decoded(x, a), to;
    struct dtl_buf b = { .max = 4 * MAX_URL };
    size_t i = 0, end;
    uint8_t quote = 0;

    while (i < s.len &&
           (is_space(s.ptr[i]) || is_digit(s.ptr[i]) || s.ptr[i] == '.'))
        i++;
    while (i < s.len &&
           (is_space(s.ptr[i]) || s.ptr[i] == ';' || s.ptr[i] == ','))
        i++;
    if (dtl_starts_nocase(dtl_sub(s, i, s.len), "url")) {
        size_t j = i + 3;

        while (j < s.len && is_space(s.ptr[j]))
            j++;
        if (j < s.len && s.ptr[j] == '=')
            for (i = j + 1; i < s.len && is_space(s.ptr[i]); i++)
                ;
    }
    if (i < s.len && (s.ptr[i] == '"' || s.ptr[i] == '\''))
        quote = s.ptr[i++];
    for (end = i; end < s.len && (quote == 0 || s.ptr[end] != quote); end++)
        ;
    to = map_closely(x->w, link_form(x->w), dtl_sub(s, i, end));
    if (to.ptr == NULL)
        return;
    dtl_buf_slice(&b, dtl_sub(s, 0, i));
    dtl_buf_slice(&b, to);
    dtl_buf_slice(&b, dtl_sub(s, end, s.len));
    if (!b.failed)
        replace(x, a, dtl_buf_view(&b));
    dtl_buf_free(&b);
}

/* <meta> that acts as a header we would not pass on either. */
static bool is_policy(struct dtl_slice equiv)
{
    static const char *const names[] = {
        "content-security-policy", "content-security-policy-report-only",
        "x-frame-options",         "set-cookie",
        "x-dns-prefetch-control",  "origin-trial"
    };

    equiv = dtl_trim(equiv);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (dtl_equal_nocase(equiv, dtl_str(names[i])))
            return true;
    return false;
}

/* ---- tags -------------------------------------------------------------------
 */

static void know(struct writer *x)
{
    if (x->known)
        return;
    x->known = true;
    if (x->tok->tag == DTL_TAG_LINK)
        x->link =
            form_of_link(x->w, decoded_attr(x, "rel"), decoded_attr(x, "as"));
    else
        x->is_refresh = dtl_equal_nocase(
            dtl_trim(decoded_attr(x, "http-equiv")), dtl_str("refresh"));
}

static enum dtl_form form_of(struct writer *x, const struct rule *r)
{
    if (x->tok->tag == DTL_TAG_LINK) {
        know(x);
        return x->link;
    }
    return r->form == LINKS ? link_form(x->w) : (enum dtl_form)r->form;
}

static void rewrite_attr(struct writer *x, const struct dtl_page_attr *a)
{
    const struct rule *r = rule_of(x->z, x->tok, a);

    if (r == NULL || !is_address(x->z, x->tok, r))
        return;
    switch ((enum action)r->action) {
    case ADDRESS: address(x, a, form_of(x, r)); break;
    case SRCSET: srcset(x, a); break;
    case STYLE: style(x, a); break;
    case SRCDOC: srcdoc(x, a); break;
    case REMOVE: remove_attr(x, a); break;
    case BASE: base(x, a); break;
    case REFRESH:
        know(x);
        if (x->is_refresh)
            refresh(x, a);
        break;
    }
    dtl_arena_reset(x->w->scratch);
}

/* A start tag; nothing of it is written when it has nothing to rewrite. */
static void start_tag(struct writer *x)
{
    bool gone =
        x->tok->tag == DTL_TAG_META && is_policy(decoded_attr(x, "http-equiv"));

    x->known = false;
    for (uint32_t i = 0; i < x->tok->nattrs && !gone; i++)
        rewrite_attr(x, &x->z->attrs[x->tok->attrs + i]);
    if (gone) {
        copy_to(x, x->tok->start);
        x->copied = x->tok->end;
    }
}

/* ---- the client script
 * -------------------------------------------------------- */

static void data(struct dtl_buf *out, const char *name, struct dtl_slice value)
{
    dtl_buf_printf(out, " data-%s=\"", name);
    put_escaped(out, value);
    dtl_buf_byte(out, '"');
}

/* First of all scripts: it changes what the page's own will find. */
static void inject(struct dtl_rewrite *w, struct dtl_buf *out)
{
    if (w->html.injected)
        return;
    w->html.injected = true;
    dtl_buf_str(out, "<script src=\"");
    put_escaped(out, w->o.prefix);
    dtl_buf_str(out, "-/client.js\"");
    data(out, "dateline-prefix", w->o.prefix);
    data(out, "dateline-asked", dtl_str(w->o.asked));
    data(out, "dateline-captured", dtl_str(w->o.captured));
    data(out, "dateline-url", w->o.url);
    data(out, "dateline-form", dtl_str(dtl_form_name(link_form(w))));
    if (w->o.ui.len > 0)
        data(out, "dateline-ui", w->o.ui);
    dtl_buf_str(out, "></script>");
}

static bool is_blank(struct dtl_slice s)
{
    return dtl_trim(s).len == 0;
}

/* Blank text goes by before the head, however it is cut. */
static size_t leading_space(const struct html_tokenizer *z,
                            const struct html_token *tok)
{
    size_t n = 0;

    if (tok->kind == HTML_TEXT)
        while (tok->start + n < tok->end && is_space(z->text[tok->start + n]))
            n++;
    return n;
}

/* Does the head begin before this token?  After <head> it is for the caller. */
static bool is_content(const struct html_tokenizer *z,
                       const struct html_token *tok)
{
    switch (tok->kind) {
    case HTML_START:
        return tok->tag != DTL_TAG_HTML && tok->tag != DTL_TAG_HEAD;
    case HTML_TEXT: return !is_blank(html_slice(z, tok->data));
    case HTML_END: return true;
    default: return false;
    }
}

/* ---- text
 * -------------------------------------------------------------------- */

enum script { SCRIPT_JS, SCRIPT_MAP, SCRIPT_DATA, SCRIPT_DROP };

static enum script script_kind(struct writer *x)
{
    static const char *const types[] = {
        "",
        "module",
        "text/javascript",
        "application/javascript",
        "application/x-javascript",
        "text/ecmascript",
        "application/ecmascript",
        "text/jscript",
        "text/livescript",
        "text/x-javascript",
        "text/javascript1.5",
    };
    struct dtl_slice type = dtl_trim(decoded_attr(x, "type"));

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (dtl_equal_nocase(type, dtl_str(types[i])))
            return SCRIPT_JS;
    if (dtl_equal_nocase(type, dtl_str("importmap")))
        return SCRIPT_MAP;
    /* Pages fetched ahead obey no policy. */
    return dtl_equal_nocase(type, dtl_str("speculationrules")) ? SCRIPT_DROP
                                                               : SCRIPT_DATA;
}

/* Import maps: every string that is an address; the rest of it is names. */
static void import_map(struct dtl_rewrite *w, struct dtl_slice s,
                       struct dtl_buf *out)
{
    size_t from = 0, i = 0;

    while (i < s.len) {
        size_t end = i + 1;

        if (s.ptr[i] != '"') {
            i++;
            continue;
        }
        while (end < s.len && s.ptr[end] != '"')
            end += s.ptr[end] == '\\' ? 2 : 1;
        if (end >= s.len)
            break;
        if (dtl_starts(dtl_sub(s, i + 1, end), "/") ||
            dtl_starts_nocase(dtl_sub(s, i + 1, end), "http")) {
            dtl_buf_slice(out, dtl_sub(s, from, i + 1));
            from = map_raw(w, DTL_FORM_SCRIPT, dtl_sub(s, i + 1, end), false,
                           out) == MAPPED_DONE
                       ? end
                       : i + 1;
        }
        i = end + 1;
    }
    dtl_buf_slice(out, dtl_sub(s, from, s.len));
}

static void element_text(struct writer *x, uint16_t tag, enum script kind,
                         struct dtl_slice s)
{
    struct css css = { 0 };
    struct js js = { 0 };

    if (tag == DTL_TAG_STYLE)
        rewrite_css(x->w, &css, s, true, x->out);
    else if (tag == DTL_TAG_SCRIPT && kind == SCRIPT_JS)
        rewrite_js(x->w, &js, s, true, x->out);
    else if (tag == DTL_TAG_SCRIPT && kind == SCRIPT_MAP)
        import_map(x->w, s, x->out);
    else if (tag != DTL_TAG_SCRIPT || kind != SCRIPT_DROP)
        dtl_buf_slice(x->out, s);
    dtl_arena_reset(x->w->scratch);
}

/* ---- the window
 * ---------------------------------------------------------------- */

/* Text may be cut anywhere but in what could be the beginning of a tag. */
static uint32_t safe_end(struct dtl_slice in)
{
    if (in.len >= 1 && in.ptr[in.len - 1] == '<')
        return (uint32_t)in.len - 1;
    if (in.len >= 2 && memcmp(in.ptr + in.len - 2, "</", 2) == 0)
        return (uint32_t)in.len - 2;
    return (uint32_t)in.len;
}

/* More text than is held: the rest of it is copied. */
static void note_cut(struct dtl_rewrite *w, struct dtl_slice name)
{
    if (name.len >= sizeof w->html.raw_name)
        return;
    w->html.raw = true;
    memcpy(w->html.raw_name, name.ptr, name.len);
    w->html.raw_name[name.len] = '\0';
}

/* A start tag after which the tokenizer reads otherwise: true when its text is
 * not all there. */
static bool raw_element(struct writer *x, struct html_tokenizer *z,
                        struct html_token *tok, bool last)
{
    struct html_token start = *tok, text;
    enum html_content content = html_content_of(tok->tag);
    enum script kind = SCRIPT_DATA;

    if (content == HTML_DATA ||
        (tok->self_closing && (x->w->o.xhtml || x->w->html.foreign > 0)) ||
        (x->w->html.foreign > 0 && tok->tag != DTL_TAG_SCRIPT &&
         tok->tag != DTL_TAG_STYLE))
        content = HTML_DATA;
    if (content == HTML_DATA) {
        start_tag(x);
        return false;
    }
    html_enter(z, tok, content);
    if (content == HTML_PLAINTEXT) {
        x->w->html.plain = true;
        start_tag(x);
        return false;
    }
    text = *tok;
    if (!html_next(z, &text)) {
        text.kind = HTML_TEXT;
        text.data = (struct html_run){ z->len, z->len, true };
        text.end = z->len;
    }
    if (text.end == z->len && !last)
        return true;
    if (text.end == z->len && x->w->cut)
        note_cut(x->w, html_slice(z, start.data));
    x->tok = &start;
    if (start.tag == DTL_TAG_SCRIPT)
        kind = script_kind(x);
    dtl_arena_reset(x->w->scratch);
    start_tag(x);
    if (text.kind == HTML_TEXT) {
        copy_to(x, text.start > start.end ? text.start : start.end);
        element_text(x, start.tag, kind,
                     dtl_slice_of(z->text + start.end, text.end - start.end));
        x->copied = text.end;
    } else {
        z->pos = text.start; /* its end tag: read it again */
        z->content = HTML_DATA;
    }
    *tok = start;
    return false;
}

/* SVG and MathML, where what follows some names is read otherwise; an element
 * of HTML ends them. */
static void foreign(struct dtl_rewrite *w, const struct html_token *tok)
{
    static const uint16_t breaks[] = {
        DTL_TAG_BODY, DTL_TAG_HEAD, DTL_TAG_DIV,   DTL_TAG_P,    DTL_TAG_IMG,
        DTL_TAG_UL,   DTL_TAG_OL,   DTL_TAG_LI,    DTL_TAG_H1,   DTL_TAG_H2,
        DTL_TAG_H3,   DTL_TAG_H4,   DTL_TAG_TABLE, DTL_TAG_SPAN,
    };

    if (w->html.foreign > 0 && tok->kind == HTML_START)
        for (size_t i = 0; i < sizeof breaks / sizeof breaks[0]; i++)
            if (tok->tag == breaks[i])
                w->html.foreign = 0;
    if (tok->tag != DTL_TAG_SVG && tok->tag != DTL_TAG_MATH)
        return;
    if (tok->kind == HTML_START && !tok->self_closing)
        w->html.foreign++;
    else if (tok->kind == HTML_END && w->html.foreign > 0)
        w->html.foreign--;
}

/* True when the window's rest has to wait. */
static bool token(struct writer *x, struct html_tokenizer *z,
                  struct html_token *tok, struct dtl_slice in, bool last)
{
    struct dtl_rewrite *w = x->w;

    if (tok->end == in.len && !last && tok->kind != HTML_START &&
        tok->kind != HTML_END) {
        if (tok->kind != HTML_TEXT || z->content == HTML_CDATA || z->cdata)
            return true;
        tok->end = safe_end(in);
        if (!w->html.injected && tok->end > tok->start)
            tok->data.to = tok->end;
        if (tok->end <= tok->start)
            return true;
    }
    if (!w->html.injected && is_content(z, tok)) {
        copy_to(x, tok->start + (uint32_t)leading_space(z, tok));
        inject(w, x->out);
    }
    if (tok->kind == HTML_START) {
        if (raw_element(x, z, tok, last))
            return true;
        if (tok->tag == DTL_TAG_HEAD && !w->html.injected) {
            copy_to(x, tok->end);
            inject(w, x->out);
        }
    }
    foreign(w, tok);
    return false;
}

/* The end tag of a raw element too long to be held, or nothing yet. */
static size_t in_raw(struct dtl_rewrite *w, struct dtl_slice in, bool last,
                     struct dtl_buf *out)
{
    size_t name = strlen(w->html.raw_name), i = 0;

    while (i < in.len) {
        const uint8_t *p = memchr(in.ptr + i, '<', in.len - i);

        if (p == NULL) {
            i = in.len;
            break;
        }
        i = (size_t)(p - in.ptr);
        if (in.len - i < name + 3 && !last)
            break;
        if (in.len - i >= name + 2 && p[1] == '/' &&
            dtl_starts_nocase(dtl_sub(in, i + 2, in.len), w->html.raw_name)) {
            w->html.raw = false;
            break;
        }
        i++;
    }
    dtl_buf_slice(out, dtl_sub(in, 0, i));
    return i;
}

static size_t copy_all(struct dtl_slice in, struct dtl_buf *out)
{
    dtl_buf_slice(out, in);
    return in.len;
}

/* 3 for one, or for what may become one. */
static size_t byte_order_mark(struct dtl_slice in)
{
    size_t n = in.len < 3 ? in.len : 3;

    return n > 0 && memcmp(in.ptr, "\xef\xbb\xbf", n) == 0 ? n : 0;
}

size_t rewrite_html(struct dtl_rewrite *w, struct dtl_slice in, bool last,
                    struct dtl_buf *out)
{
    struct html_tokenizer z;
    struct html_token tok = { 0 };
    struct writer x = { .w = w, .z = &z, .tok = &tok, .out = out };
    size_t raw = 0;

    if (!w->html.started) {
        raw = byte_order_mark(in);
        if (raw > 0 && in.len < 3 && !last)
            return 0;
        w->html.started = true;
        return copy_all(dtl_sub(in, 0, raw), out) +
               rewrite_html(w, dtl_sub(in, raw, in.len), last, out);
    }
    if (w->html.plain)
        return copy_all(in, out);
    if (w->html.raw)
        raw = in_raw(w, in, last, out);
    if (w->html.raw)
        return raw;
    in = dtl_sub(in, raw, in.len);
    html_tokenizer_init(&z, in, w->tokens);
    z.cdata = w->o.xhtml || w->html.foreign > 0;
    for (;;) {
        z.nattrs = 0;
        tok.start = z.pos;
        x.tok = &tok;
        if (!html_next(&z, &tok)) {
            tok.start = tok.start < z.len ? tok.start : z.len;
            break;
        }
        if (token(&x, &z, &tok, in, last))
            break;
        z.cdata = w->o.xhtml || w->html.foreign > 0;
        if (tok.end == safe_end(in) && tok.kind == HTML_TEXT && !last &&
            tok.end < in.len) {
            tok.start = tok.end;
            break;
        }
        if (w->html.plain)
            last = true;
    }
    if (!last) { /* from tok.start on it waits */
        copy_to(&x, tok.start > x.copied ? tok.start : x.copied);
        return raw + x.copied;
    }
    copy_to(&x, (uint32_t)in.len);
    if (!w->cut)
        inject(w, out);
    return raw + in.len;
}
