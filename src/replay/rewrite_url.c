/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a reference in a page to its address in the archive.
 *
 * Most references need nothing but a prefix in front of them, as they stand.
 * What a browser would read otherwise than it looks ("..", "\", "%2e", line
 * ends) is decoded and resolved first: "../../.." must not climb out of the
 * archived site into the archive's own paths.
 */
#include "rewrite.h"

#include <dateline/url.h>

static const char *const forms[FORMS] = {
    [DTL_FORM_PAGE] = "",      [DTL_FORM_RAW] = "id_",
    [DTL_FORM_FRAME] = "if_",  [DTL_FORM_BYTES] = "im_",
    [DTL_FORM_SCRIPT] = "js_", [DTL_FORM_STYLE] = "cs_",
};

const char *dtl_form_name(enum dtl_form form)
{
    return (unsigned)form < FORMS ? forms[form] : "";
}

size_t dtl_form_read(struct dtl_slice s, enum dtl_form *out)
{
    *out = DTL_FORM_PAGE;
    if (dtl_starts(s, "mp_"))
        return 3;
    for (unsigned i = 1; i < FORMS; i++)
        if (dtl_starts(s, forms[i])) {
            *out = (enum dtl_form)i;
            return 3;
        }
    return 0;
}

/* ---- the base ---------------------------------------------------------- */

static bool is_unsafe(uint8_t c)
{
    return c <= 0x20 || c == 0x7f || strchr("\"'()<>\\&`", c) != NULL;
}

static struct dtl_slice tamed(struct dtl_arena *a, struct dtl_slice s)
{
    uint8_t *out = dtl_arena_alloc(a, 3 * s.len + 1);
    size_t n = 0;

    if (out == NULL)
        return dtl_slice_of(NULL, 0);
    for (size_t i = 0; i < s.len; i++) {
        if (is_unsafe(s.ptr[i])) {
            out[n++] = '%';
            out[n++] = (uint8_t) "0123456789ABCDEF"[s.ptr[i] >> 4];
            out[n++] = (uint8_t) "0123456789ABCDEF"[s.ptr[i] & 15];
        } else {
            out[n++] = s.ptr[i];
        }
    }
    return dtl_slice_of(out, n);
}

static bool can_capture(struct dtl_slice scheme)
{
    return dtl_equal_nocase(scheme, dtl_str("http")) ||
           dtl_equal_nocase(scheme, dtl_str("https")) ||
           dtl_equal_nocase(scheme, dtl_str("ftp"));
}

bool fill_base(struct dtl_arena *a, struct dtl_slice url, struct base *out)
{
    struct dtl_url u;
    size_t start, host_end, dir_end;

    memset(out, 0, sizeof *out);
    if (url.len > MAX_URL || !dtl_url_split(url, &u) || u.host.len == 0 ||
        !can_capture(u.scheme))
        return false;
    out->url = dtl_arena_dup(a, url);
    /* Where the path starts, told by its slice or by what ends the host. */
    start = u.path.len > 0 ? (size_t)(u.path.ptr - url.ptr) : 0;
    host_end = start;
    if (start == 0)
        for (host_end = u.scheme.len + 3;
             host_end < url.len && url.ptr[host_end] != '?' &&
             url.ptr[host_end] != '#';
             host_end++)
            ;
    out->scheme = tamed(a, dtl_sub(url, 0, u.scheme.len + 1));
    out->origin = tamed(a, dtl_sub(url, 0, host_end));
    if (out->url.ptr == NULL || out->scheme.ptr == NULL ||
        out->origin.ptr == NULL)
        return false;
    if (u.path.len == 0) {
        struct dtl_slice root = dtl_str(dtl_arena_printf(
            a, "%.*s/", (int)out->origin.len, (const char *)out->origin.ptr));

        out->dir = out->page = root;
        return root.ptr != NULL;
    }
    for (dir_end = start + u.path.len; url.ptr[dir_end - 1] != '/'; dir_end--)
        if (dir_end - 1 == start) /* a path without a slash */
            return false;
    out->dir = tamed(a, dtl_sub(url, 0, dir_end));
    out->page = tamed(a, dtl_sub(url, 0, start + u.path.len));
    if (out->dir.len > MAX_BASE)
        out->dir.len = 0;
    if (out->page.len > MAX_BASE)
        out->page.len = 0;
    if (out->origin.len > MAX_BASE)
        out->origin.len = 0;
    return true;
}

void set_base(struct dtl_rewrite *w, struct dtl_slice url)
{
    struct base b;

    if (fill_base(w->arena, url, &b))
        w->base = b;
}

/* ---- references --------------------------------------------------------- */

static struct dtl_slice without_space(struct dtl_slice s)
{
    while (s.len > 0 && s.ptr[0] <= ' ')
        s = dtl_sub(s, 1, s.len);
    while (s.len > 0 && s.ptr[s.len - 1] <= ' ')
        s.len--;
    return s;
}

/* Length of "scheme:" at the start, 0 when there is none. */
static size_t scheme_len(struct dtl_slice s)
{
    size_t i = 0;

    if (s.len == 0 || !is_alpha(s.ptr[0]))
        return 0;
    while (i < s.len && (is_alpha(s.ptr[i]) || is_digit(s.ptr[i]) ||
                         s.ptr[i] == '+' || s.ptr[i] == '-' || s.ptr[i] == '.'))
        i++;
    return i < s.len && s.ptr[i] == ':' ? i + 1 : 0;
}

/* May the bytes before '?' and '#' mean something else than they seem? */
static bool is_odd(struct dtl_slice s, bool html)
{
    if (s.len > 0 && s.ptr[0] == '.')
        return true;
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.ptr[i];

        if (c == '?' || c == '#')
            return false;
        if (c < ' ' || c == '\\' || (c == '&' && html))
            return true;
        if (c == '/' && i + 1 < s.len && s.ptr[i + 1] == '.')
            return true;
        if (c == '%' && i + 2 < s.len && s.ptr[i + 1] == '2' &&
            (s.ptr[i + 2] | 0x20) == 'e')
            return true;
    }
    return false;
}

/* `s` begins with an authority ("e.org/x"): with a slash after a bare one. */
static void put_authority(struct dtl_buf *out, struct dtl_slice s, size_t from)
{
    size_t i = from;

    while (i < s.len && s.ptr[i] != '/' && s.ptr[i] != '?' && s.ptr[i] != '#')
        i++;
    dtl_buf_slice(out, dtl_sub(s, 0, i));
    if (i == s.len || s.ptr[i] != '/')
        dtl_buf_byte(out, '/');
    dtl_buf_slice(out, dtl_sub(s, i, s.len));
}

static enum mapped map_absolute(struct dtl_slice head, struct dtl_slice s,
                                size_t scheme, struct dtl_buf *out)
{
    if (!can_capture(dtl_sub(s, 0, scheme - 1)))
        return MAPPED_SAME;
    if (!dtl_starts(dtl_sub(s, scheme, s.len), "//") || s.len == scheme + 2 ||
        s.ptr[scheme + 2] == '/')
        return MAPPED_CLOSELY;
    dtl_buf_slice(out, head);
    put_authority(out, s, scheme + 2);
    return MAPPED_DONE;
}

enum mapped map_raw(const struct dtl_rewrite *w, enum dtl_form form,
                    struct dtl_slice raw, bool html, struct dtl_buf *out)
{
    struct dtl_slice s = without_space(raw), front;
    size_t scheme;

    if (s.len == 0 || s.ptr[0] == '#')
        return MAPPED_SAME;
    scheme = scheme_len(s);
    if (scheme > 0 && !can_capture(dtl_sub(s, 0, scheme - 1)))
        return MAPPED_SAME;
    if (is_odd(s, html))
        return MAPPED_CLOSELY;
    if (scheme > 0)
        return map_absolute(w->heads[form], s, scheme, out);
    if (dtl_starts(s, "//")) {
        if (s.len == 2 || s.ptr[2] == '/')
            return MAPPED_CLOSELY;
        if (w->base.scheme.len == 0)
            return MAPPED_SAME;
        dtl_buf_slice(out, w->heads[form]);
        dtl_buf_slice(out, w->base.scheme);
        put_authority(out, s, 2);
        return MAPPED_DONE;
    }
    front = s.ptr[0] == '/'   ? w->base.origin
            : s.ptr[0] == '?' ? w->base.page
                              : w->base.dir;
    if (front.len == 0)
        return MAPPED_SAME;
    dtl_buf_slice(out, w->heads[form]);
    dtl_buf_slice(out, front);
    dtl_buf_slice(out, s);
    return MAPPED_DONE;
}

/* "%2e" is a dot to a browser, and two of them lead upwards. */
static struct dtl_slice with_dots(struct dtl_arena *a, struct dtl_slice s)
{
    struct dtl_slice out = dtl_arena_dup(a, s);
    uint8_t *p = (uint8_t *)(uintptr_t)out.ptr;
    bool path = true;
    size_t n = 0;

    if (p == NULL)
        return out;
    for (size_t i = 0; i < s.len; i++) {
        path = path && s.ptr[i] != '?' && s.ptr[i] != '#';
        if (path && s.ptr[i] == '%' && i + 2 < s.len && s.ptr[i + 1] == '2' &&
            (s.ptr[i + 2] | 0x20) == 'e') {
            p[n++] = '.';
            i += 2;
        } else {
            p[n++] = s.ptr[i];
        }
    }
    return dtl_slice_of(p, n);
}

struct dtl_slice map_closely(struct dtl_rewrite *w, enum dtl_form form,
                             struct dtl_slice ref)
{
    struct dtl_slice none = { NULL, 0 }, s, to;
    struct dtl_buf out = { .max = 4 * MAX_URL };
    size_t scheme;

    s = with_dots(w->scratch, without_space(ref));
    if (s.len == 0 || s.ptr[0] == '#' || s.len > MAX_URL)
        return none;
    to = dtl_url_resolve(w->scratch, w->base.url, s);
    scheme = scheme_len(to);
    if (scheme == 0 || !can_capture(dtl_sub(to, 0, scheme - 1)) ||
        !dtl_starts(dtl_sub(to, scheme, to.len), "//") ||
        to.len == scheme + 2 || to.len > MAX_BASE + s.len)
        return none;
    dtl_buf_slice(&out, w->heads[form]);
    put_authority(&out, to, scheme + 2);
    to = out.failed ? none : dtl_arena_dup(w->scratch, dtl_buf_view(&out));
    dtl_buf_free(&out);
    return to;
}

/* ---- links ----------------------------------------------------------------
 */

static bool has_word(struct dtl_slice list, const char *word)
{
    struct dtl_slice w = dtl_str(word);
    size_t from = 0;

    for (size_t i = 0; i <= list.len; i++)
        if (i == list.len || is_space(list.ptr[i])) {
            if (dtl_equal_nocase(dtl_sub(list, from, i), w))
                return true;
            from = i + 1;
        }
    return false;
}

/* What a <link> loads, by a word of its rel; with preload, by its as. */
static const struct {
    const char *word;
    enum dtl_form form;
} link_rels[] = {
    { "stylesheet", DTL_FORM_STYLE },
    { "modulepreload", DTL_FORM_SCRIPT },
    { "icon", DTL_FORM_BYTES },
    { "apple-touch-icon", DTL_FORM_BYTES },
    { "apple-touch-icon-precomposed", DTL_FORM_BYTES },
    { "apple-touch-startup-image", DTL_FORM_BYTES },
    { "mask-icon", DTL_FORM_BYTES },
    { "fluid-icon", DTL_FORM_BYTES },
    { "image_src", DTL_FORM_BYTES },
    { "manifest", DTL_FORM_BYTES },
},
  preloads[] = {
      { "style", DTL_FORM_STYLE },     { "script", DTL_FORM_SCRIPT },
      { "worker", DTL_FORM_SCRIPT },   { "sharedworker", DTL_FORM_SCRIPT },
      { "document", DTL_FORM_FRAME },  { "iframe", DTL_FORM_FRAME },
  };

enum dtl_form form_of_link(const struct dtl_rewrite *w, struct dtl_slice rel,
                           struct dtl_slice as)
{
    for (size_t i = 0; i < sizeof link_rels / sizeof link_rels[0]; i++)
        if (has_word(rel, link_rels[i].word))
            return link_rels[i].form;
    if (!has_word(rel, "preload") && !has_word(rel, "prefetch"))
        return link_form(w);
    for (size_t i = 0; i < sizeof preloads / sizeof preloads[0]; i++)
        if (dtl_equal_nocase(as, dtl_str(preloads[i].word)))
            return preloads[i].form;
    return DTL_FORM_BYTES;
}

/* ---- escaping ---------------------------------------------------------------
 */

static const char *reference_of(uint8_t c)
{
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return NULL;
    }
}

bool put_escaped(struct dtl_buf *out, struct dtl_slice s)
{
    size_t from = 0;

    for (size_t i = 0; i < s.len; i++) {
        const char *r = reference_of(s.ptr[i]);

        if (r == NULL)
            continue;
        dtl_buf_slice(out, dtl_sub(s, from, i));
        dtl_buf_str(out, r);
        from = i + 1;
    }
    return dtl_buf_slice(out, dtl_sub(s, from, s.len));
}
