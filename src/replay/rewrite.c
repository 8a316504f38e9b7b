/* SPDX-License-Identifier: Apache-2.0 */
#include "rewrite.h"

#include <dateline/url.h>

#include <stdlib.h>

/* Of one address or one srcdoc; of the attributes of one window. */
#define SCRATCH_MAX ((size_t)64 << 20)
#define TOKENS_MAX  ((size_t)128 << 20)

/* ---- what is to be done ---------------------------------------------- */

static const struct {
    const char *mime;
    enum dtl_rewrite_kind kind;
} kinds[] = {
    { "text/html", DTL_REWRITE_HTML },
    { "application/xhtml+xml", DTL_REWRITE_HTML },
    { "text/css", DTL_REWRITE_CSS },
    { "text/javascript", DTL_REWRITE_JS },
    { "application/javascript", DTL_REWRITE_JS },
    { "application/x-javascript", DTL_REWRITE_JS },
    { "application/ecmascript", DTL_REWRITE_JS },
    { "text/ecmascript", DTL_REWRITE_JS },
};

/* How pages begin that were sent without a type. */
static bool looks_like_html(struct dtl_slice s)
{
    static const char *const starts[] = { "<!doctype html", "<html",   "<head",
                                          "<body",          "<script", "<title",
                                          "<meta" };

    if (dtl_starts(s, "\xef\xbb\xbf"))
        s = dtl_sub(s, 3, s.len);
    s = dtl_trim(s);
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++)
        if (dtl_starts_nocase(s, starts[i]))
            return true;
    return false;
}

enum dtl_rewrite_kind dtl_rewrite_kind_of(enum dtl_form form,
                                          struct dtl_slice mime,
                                          struct dtl_slice body)
{
    switch (form) {
    case DTL_FORM_RAW:
    case DTL_FORM_BYTES: return DTL_REWRITE_NONE;
    case DTL_FORM_SCRIPT: return DTL_REWRITE_JS;
    case DTL_FORM_STYLE: return DTL_REWRITE_CSS;
    case DTL_FORM_PAGE:
    case DTL_FORM_FRAME: break;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (dtl_equal(mime, dtl_str(kinds[i].mime)))
            return kinds[i].kind;
    return mime.len == 0 && looks_like_html(dtl_sub(body, 0, 1024))
               ? DTL_REWRITE_HTML
               : DTL_REWRITE_NONE;
}

/* ---- the handle ------------------------------------------------------ */

static const char *digits(struct dtl_arena *a, const char *time)
{
    return time != NULL ? (const char *)dtl_arena_dup(a, dtl_str(time)).ptr
                        : "";
}

static bool copy_options(struct dtl_rewrite *w,
                         const struct dtl_rewrite_options *o)
{
    struct dtl_arena *a = w->arena;

    w->o = *o;
    w->o.prefix = dtl_arena_dup(a, o->prefix);
    w->o.url = dtl_arena_dup(a, dtl_sub(o->url, 0, MAX_URL));
    w->o.ui = dtl_arena_dup(a, o->ui);
    w->o.asked = digits(a, o->asked != NULL ? o->asked : o->captured);
    w->o.captured = digits(a, o->captured);
    if (w->o.prefix.ptr == NULL || w->o.url.ptr == NULL ||
        w->o.ui.ptr == NULL || w->o.asked == NULL || w->o.captured == NULL)
        return false;
    for (unsigned f = 0; f < FORMS; f++) {
        char *head = dtl_arena_printf(a, "%.*s%s%s/", (int)o->prefix.len,
                                      (const char *)o->prefix.ptr, w->o.asked,
                                      dtl_form_name((enum dtl_form)f));

        if (head == NULL)
            return false;
        w->heads[f] = dtl_str(head);
    }
    return true;
}

int dtl_rewrite_new(const struct dtl_rewrite_options *options,
                    enum dtl_rewrite_kind kind, struct dtl_rewrite **out,
                    struct dtl_error *err)
{
    struct dtl_rewrite *w = calloc(1, sizeof *w);

    *out = NULL;
    if (w == NULL || (w->arena = dtl_arena_new(0)) == NULL ||
        (w->tokens = dtl_arena_new(TOKENS_MAX)) == NULL ||
        (w->scratch = dtl_arena_new(SCRATCH_MAX)) == NULL ||
        !copy_options(w, options)) {
        dtl_rewrite_free(w);
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a page");
    }
    w->kind = kind;
    set_base(w, w->o.url);
    *out = w;
    return DTL_OK;
}

void dtl_rewrite_free(struct dtl_rewrite *w)
{
    if (w == NULL)
        return;
    dtl_buf_free(&w->held);
    dtl_arena_free(w->arena);
    dtl_arena_free(w->tokens);
    dtl_arena_free(w->scratch);
    free(w);
}

/* ---- pieces ----------------------------------------------------------- */

static size_t run(struct dtl_rewrite *w, struct dtl_slice in, bool last,
                  struct dtl_buf *out)
{
    if (in.ptr == NULL)
        in = dtl_str("");
    dtl_arena_reset(w->tokens);
    switch (w->kind) {
    case DTL_REWRITE_HTML: return rewrite_html(w, in, last, out);
    case DTL_REWRITE_CSS: return rewrite_css(w, &w->css, in, last, out);
    case DTL_REWRITE_JS: return rewrite_js(w, &w->js, in, last, out);
    case DTL_REWRITE_NONE: break;
    }
    dtl_buf_slice(out, in);
    return in.len;
}

/* Keep what could not be judged. */
static void hold(struct dtl_rewrite *w, struct dtl_slice rest)
{
    if (w->held.ptr != NULL && rest.ptr >= w->held.ptr &&
        rest.ptr <= w->held.ptr + w->held.len) {
        memmove(w->held.ptr, rest.ptr, rest.len);
        w->held.len = rest.len;
    } else {
        dtl_buf_slice(&w->held, rest);
    }
}

int dtl_rewrite_push(struct dtl_rewrite *w, struct dtl_slice piece, bool last,
                     struct dtl_buf *out, struct dtl_error *err)
{
    struct dtl_slice in = piece;
    bool full;
    size_t done;

    if (w->held.len > 0) {
        dtl_buf_slice(&w->held, piece);
        in = dtl_buf_view(&w->held);
    }
    full = in.len > DTL_REWRITE_HELD;
    if (last || full || in.len >= w->retry) {
        done = run(w, in, last, out);
        in = dtl_sub(in, done, in.len);
        if (!last && in.len > DTL_REWRITE_HELD) {
            w->cut = true;
            done = run(w, in, true, out);
            w->cut = false;
            in = dtl_sub(in, done, in.len);
        }
        /* However small the pieces: every byte is read a bounded number of
         * times. */
        w->retry = in.len + in.len / 2;
    }
    if (last || in.len == 0)
        dtl_buf_clear(&w->held);
    if (!last && in.len > 0)
        hold(w, in);
    if (out->failed || w->held.failed)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a page");
    return DTL_OK;
}

/* ---- a whole body ------------------------------------------------------ */

static int whole(const struct dtl_rewrite_options *options,
                 enum dtl_rewrite_kind kind, struct dtl_slice body,
                 struct dtl_buf *out, struct dtl_error *err)
{
    struct dtl_rewrite *w;
    int rc = dtl_rewrite_new(options, kind, &w, err);

    if (rc == DTL_OK)
        rc = dtl_rewrite_push(w, body, true, out, err);
    dtl_rewrite_free(w);
    return rc;
}

int dtl_rewrite_html(const struct dtl_rewrite_options *options,
                     struct dtl_slice body, struct dtl_buf *out,
                     struct dtl_error *err)
{
    return whole(options, DTL_REWRITE_HTML, body, out, err);
}

int dtl_rewrite_css(const struct dtl_rewrite_options *options,
                    struct dtl_slice body, struct dtl_buf *out,
                    struct dtl_error *err)
{
    return whole(options, DTL_REWRITE_CSS, body, out, err);
}

int dtl_rewrite_js(const struct dtl_rewrite_options *options,
                   struct dtl_slice body, struct dtl_buf *out,
                   struct dtl_error *err)
{
    return whole(options, DTL_REWRITE_JS, body, out, err);
}

struct dtl_slice dtl_rewrite_url(const struct dtl_rewrite_options *options,
                                 enum dtl_form form, struct dtl_slice ref,
                                 struct dtl_arena *arena)
{
    struct dtl_slice to = { NULL, 0 };
    struct dtl_rewrite *w;

    if (dtl_rewrite_new(options, DTL_REWRITE_NONE, &w, NULL) == DTL_OK)
        to = map_closely(w, form, ref);
    to = dtl_arena_dup(arena, to.ptr != NULL ? to : ref);
    dtl_rewrite_free(w);
    return to;
}
