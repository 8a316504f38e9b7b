/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_REWRITE_H
#define DATELINE_REWRITE_H
/*
 * Captured pages made to work inside the archive: every address in them leads
 * to the capture of what it named, at the same time, and never to the live
 * web.  HTML, style sheets, scripts and HTTP heads; all else stays as it is.
 *
 *     struct dtl_rewrite_options o = { .prefix = dtl_str("/web/"), ... };
 *     enum dtl_rewrite_kind kind = dtl_rewrite_kind_of(o.form, mime, body);
 *
 *     dtl_rewrite_head(&o, kind, &http, body, arena, &fields, &n, &err);
 *     if (kind == DTL_REWRITE_NONE) ... send the body as it is
 *     dtl_rewrite_new(&o, kind, &w, &err);
 *     do {
 *         more = next_piece(&piece);
 *         dtl_rewrite_push(w, piece, !more, &out, &err);
 *         send(out), dtl_buf_clear(&out);
 *     } while (more);
 *     dtl_rewrite_free(w);
 *
 * An address in the archive is PREFIX TIME FORM "/" URL, as in
 * "/web/20240501120000im_/https://e.org/a.png".
 */
#include <dateline/base.h>
#include <dateline/http.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How a capture is wanted, told by the two letters after the time. */
enum dtl_form {
    DTL_FORM_PAGE,   /* none, or "mp_": a page of its own, with banner */
    DTL_FORM_RAW,    /* "id_": as captured, nothing rewritten */
    DTL_FORM_FRAME,  /* "if_": a page within another, no banner */
    DTL_FORM_BYTES,  /* "im_": pictures, fonts, films: never rewritten */
    DTL_FORM_SCRIPT, /* "js_" */
    DTL_FORM_STYLE,  /* "cs_" */
};
/** "" for DTL_FORM_PAGE, else "id_", "if_", ... */
DTL_API const char *dtl_form_name(enum dtl_form form);
/** The form at the start of `s`, and how many bytes it takes: 3, or 0 for
 * DTL_FORM_PAGE when none stands there. */
DTL_API size_t dtl_form_read(struct dtl_slice s, enum dtl_form *out);

/* What has to be done to a body. */
enum dtl_rewrite_kind {
    DTL_REWRITE_NONE, /* byte for byte */
    DTL_REWRITE_HTML,
    DTL_REWRITE_CSS,
    DTL_REWRITE_JS,
};
/** `mime` in lower case, may be empty; `body` its first bytes, looked at only
 * when nothing else tells. */
DTL_API enum dtl_rewrite_kind dtl_rewrite_kind_of(enum dtl_form form,
                                                  struct dtl_slice mime,
                                                  struct dtl_slice body);

struct dtl_rewrite_options {
    struct dtl_slice prefix; /* "/web/" or "http://127.0.0.1:8081/web/" */
    struct dtl_slice url;    /* of the capture, absolute */
    const char *asked;       /* 14 digits: the time that was asked for; what
                                the page names is looked for at this time */
    const char *captured;    /* 14 digits: when this capture was made */
    struct dtl_slice ui;     /* origin of the search pages, which may frame a
                                replayed one and are linked to; may be empty */
    enum dtl_form form;
    bool worker; /* JS: of a worker, which has no client script before it */
    bool xhtml;  /* HTML: read by an XML parser */
};

/** Begin; the options are copied.  `kind` is not DTL_REWRITE_NONE. */
struct dtl_rewrite;
DTL_API int dtl_rewrite_new(const struct dtl_rewrite_options *options,
                            enum dtl_rewrite_kind kind,
                            struct dtl_rewrite **out, struct dtl_error *err);
/**
 * Rewrite the next piece of the decoded body, appending to `out`; `last` says
 * that nothing follows.  Holds back at most DTL_REWRITE_HELD bytes that cannot
 * be judged yet.  Fails only out of memory (or when `out` has a maximum).
 */
DTL_API int dtl_rewrite_push(struct dtl_rewrite *w, struct dtl_slice piece,
                             bool last, struct dtl_buf *out,
                             struct dtl_error *err);
DTL_API void dtl_rewrite_free(struct dtl_rewrite *w);
#define DTL_REWRITE_HELD ((size_t)4 << 20)

/** A whole body at once. */
DTL_API int dtl_rewrite_html(const struct dtl_rewrite_options *options,
                             struct dtl_slice body, struct dtl_buf *out,
                             struct dtl_error *err);
DTL_API int dtl_rewrite_css(const struct dtl_rewrite_options *options,
                            struct dtl_slice body, struct dtl_buf *out,
                            struct dtl_error *err);
DTL_API int dtl_rewrite_js(const struct dtl_rewrite_options *options,
                           struct dtl_slice body, struct dtl_buf *out,
                           struct dtl_error *err);

/**
 * The head of the answer: what of the captured one may be passed on, addresses
 * in it rewritten, the rest as X-Archive-Orig-*, and ours: Content-Type with
 * charset, Memento-Datetime, Content-Security-Policy and the like.  The body
 * goes out without transfer- and content-coding.  Names and values are safe to
 * send.  `body` (decoded, its beginning at least) tells the charset of HTML
 * when the head does not.
 */
DTL_API int dtl_rewrite_head(const struct dtl_rewrite_options *options,
                             enum dtl_rewrite_kind kind,
                             const struct dtl_http *http, struct dtl_slice body,
                             struct dtl_arena *arena, struct dtl_field **out,
                             size_t *n, struct dtl_error *err);

/** The address in the archive of `ref`, found in the capture: the reference
 * itself when it is none that can be captured ("#a", "data:", "mailto:"). */
DTL_API struct dtl_slice dtl_rewrite_url(
    const struct dtl_rewrite_options *options, enum dtl_form form,
    struct dtl_slice ref, struct dtl_arena *arena);

/**
 * The decoded body as bytes in which ASCII stands for itself: UTF-16 and the
 * like come out as UTF-8 in `arena`, all else as it is.  dtl_rewrite_head()
 * declares the charset that results.
 */
DTL_API int dtl_rewrite_text(const struct dtl_http *http, struct dtl_slice body,
                             struct dtl_arena *arena, struct dtl_slice *out,
                             struct dtl_error *err);

/** The form that suits a request of this Sec-Fetch-Dest ("script"). */
DTL_API enum dtl_form dtl_form_of_dest(struct dtl_slice dest);

/**
 * A request that left the prefix, as "/logo.png" of a page that built the
 * address itself: where it belongs, told by the Referer.  Empty when the
 * Referer is no archived page.  `prefix` is the path ("/web/").
 */
DTL_API struct dtl_slice dtl_replay_stray(struct dtl_slice prefix,
                                          struct dtl_slice referer,
                                          enum dtl_form form,
                                          struct dtl_slice target,
                                          struct dtl_arena *arena);

/** A page that says that options->url was not captured. */
DTL_API bool dtl_replay_missing(const struct dtl_rewrite_options *options,
                                struct dtl_buf *out);

/** Scripts that pages in the archive load, below PREFIX "-/". */
struct dtl_replay_asset {
    const char *name; /* "client.js", "sw.js" */
    const char *tag;  /* for ETag, in its quotes */
    struct dtl_slice bytes;
};
/** False when there is none.  "sw.js" is to be sent with the header
 * "Service-Worker-Allowed: PREFIX". */
DTL_API bool dtl_replay_asset(struct dtl_slice name,
                              struct dtl_replay_asset *out);

/** Content-Security-Policy of all that is replayed: nothing but the server's
 * own origin; `ui` may frame it. */
DTL_API char *dtl_replay_policy(struct dtl_slice ui, struct dtl_arena *arena);

#ifdef __cplusplus
}
#endif
#endif
