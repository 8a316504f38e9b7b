/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head of a replayed answer.  Only fields known to be harmless pass, some
 * of them with their addresses mapped; all others keep their names for people
 * to read, behind X-Archive-Orig-.
 */
#include "rewrite.h"

#include "../html/charset.h"

#include <dateline/html.h>
#include <dateline/time.h>

/* Of all captured fields together, and of one. */
#define MAX_HEAD  ((size_t)32 << 10)
#define MAX_VALUE ((size_t)8000)

struct fields {
    struct dtl_rewrite *w;
    struct dtl_arena *arena;
    struct dtl_field *all;
    size_t n, cap, bytes;
};

/* ---- names and values that may be sent ---------------------------------- */

static bool is_name(struct dtl_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] <= 0x20 || s.ptr[i] >= 0x7f ||
            strchr("\"(),/:;<=>?@[\\]{}", s.ptr[i]) != NULL)
            return false;
    return s.len > 0 && s.len < 100;
}

static bool is_value(struct dtl_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] < 0x20 || s.ptr[i] == 0x7f)
            return false;
    return s.len <= MAX_VALUE;
}

static void add(struct fields *f, const char *name, struct dtl_slice value)
{
    struct dtl_slice copy = dtl_arena_dup(f->arena, value);
    struct dtl_slice named = dtl_arena_dup(f->arena, dtl_str(name));

    if (copy.ptr == NULL || named.ptr == NULL || f->n == f->cap ||
        !is_value(value))
        return;
    f->all[f->n++] = (struct dtl_field){ named, copy };
}

static void add_str(struct fields *f, const char *name, const char *value)
{
    if (value != NULL)
        add(f, name, dtl_str(value));
}

/* ---- fields with addresses --------------------------------------------- */

static void mapped(struct fields *f, const char *name, struct dtl_slice ref,
                   enum dtl_form form)
{
    struct dtl_slice to = map_closely(f->w, form, ref);

    if (to.ptr != NULL)
        add(f, name, to);
    dtl_arena_reset(f->w->scratch);
}

static void location(struct fields *f, struct dtl_slice value)
{
    mapped(f, "Location", value, f->w->o.form);
}

static void content_location(struct fields *f, struct dtl_slice value)
{
    mapped(f, "Content-Location", value, f->w->o.form);
}

/* "5; url=..." */
static void refresh(struct fields *f, struct dtl_slice value)
{
    struct dtl_slice to, semicolon = dtl_str(";");
    size_t at = dtl_find(value, semicolon, 0), eq;
    char *text;

    if (at == SIZE_MAX) {
        add(f, "Refresh", value);
        return;
    }
    eq = dtl_find(value, dtl_str("="), at);
    to = dtl_trim(dtl_sub(value, eq != SIZE_MAX ? eq + 1 : at + 1, value.len));
    if (to.len > 1 && (to.ptr[0] == '"' || to.ptr[0] == '\''))
        to = dtl_sub(to, 1, to.len - (to.ptr[to.len - 1] == to.ptr[0]));
    to = map_closely(f->w, link_form(f->w), to);
    if (to.ptr != NULL) {
        text = dtl_arena_printf(f->arena, "%.*s; url=%.*s", (int)at,
                                (const char *)value.ptr, (int)to.len,
                                (const char *)to.ptr);
        add_str(f, "Refresh", text);
    }
    dtl_arena_reset(f->w->scratch);
}

/* The value of a parameter of a link, without quotes. */
static struct dtl_slice parameter(struct dtl_slice params, const char *name)
{
    struct dtl_slice rest = params;

    while (rest.len > 0) {
        size_t end = dtl_find(rest, dtl_str(";"), 0);
        struct dtl_slice one = dtl_trim(dtl_sub(rest, 0, end));
        size_t eq = dtl_find(one, dtl_str("="), 0);

        if (eq != SIZE_MAX &&
            dtl_equal_nocase(dtl_trim(dtl_sub(one, 0, eq)), dtl_str(name))) {
            one = dtl_trim(dtl_sub(one, eq + 1, one.len));
            if (one.len > 1 && one.ptr[0] == '"')
                one = dtl_sub(one, 1, one.len - 1);
            return one;
        }
        rest = end == SIZE_MAX ? dtl_slice_of(NULL, 0)
                               : dtl_sub(rest, end + 1, rest.len);
    }
    return dtl_slice_of(NULL, 0);
}

/* Links that load something, or say something of the page; not those that
 * only warm up connections to a server that is not asked. */
static bool is_live_hint(struct dtl_slice rel)
{
    static const char *const rels[] = { "preconnect", "dns-prefetch",
                                        "prerender",  "original",
                                        "timegate",   "timemap",
                                        "memento" };

    for (size_t i = 0; i < sizeof rels / sizeof rels[0]; i++)
        if (dtl_find(rel, dtl_str(rels[i]), 0) != SIZE_MAX)
            return true;
    return false;
}

static void one_link(struct fields *f, struct dtl_slice ref,
                     struct dtl_slice params)
{
    struct dtl_slice rel = parameter(params, "rel"), to;
    enum dtl_form form = form_of_link(f->w, rel, parameter(params, "as"));

    if (is_live_hint(rel))
        return;
    to = map_closely(f->w, form, ref);
    if (to.ptr != NULL && memchr(to.ptr, '>', to.len) == NULL)
        add_str(f, "Link",
                dtl_arena_printf(f->arena, "<%.*s>%.*s", (int)to.len,
                                 (const char *)to.ptr, (int)params.len,
                                 (const char *)params.ptr));
    dtl_arena_reset(f->w->scratch);
}

/* "<a>; rel=x, <b>; rel=y": one field each (RFC 8288). */
static void links(struct fields *f, struct dtl_slice value)
{
    size_t i = 0;

    while (i < value.len) {
        size_t open = dtl_find(value, dtl_str("<"), i), close, end;
        bool quoted = false;

        if (open == SIZE_MAX)
            return;
        close = dtl_find(value, dtl_str(">"), open);
        if (close == SIZE_MAX)
            return;
        for (end = close + 1;
             end < value.len && (quoted || value.ptr[end] != ','); end++)
            quoted ^= value.ptr[end] == '"';
        one_link(f, dtl_sub(value, open + 1, close),
                 dtl_sub(value, close + 1, end));
        i = end + 1;
    }
}

/* ---- what becomes of each field -------------------------------------------
 */

enum fate { PASS, MAP, DROP };

static const struct {
    const char *name;
    enum fate fate; /* those not here: X-Archive-Orig-* */
    void (*map)(struct fields *f, struct dtl_slice value);
} fates[] = {
    { "content-language", PASS, NULL },
    { "content-disposition", PASS, NULL },
    { "last-modified", PASS, NULL },
    { "location", MAP, location },
    { "content-location", MAP, content_location },
    { "refresh", MAP, refresh },
    { "link", MAP, links },
    /* Between two hops (RFC 9110 section 7.6.1): no part of the capture. */
    { "connection", DROP, NULL },
    { "keep-alive", DROP, NULL },
    { "proxy-connection", DROP, NULL },
    { "proxy-authenticate", DROP, NULL },
    { "proxy-authorization", DROP, NULL },
    { "te", DROP, NULL },
    { "trailer", DROP, NULL },
    { "upgrade", DROP, NULL },
};

static void original(struct fields *f, const struct dtl_field *field)
{
    char *name =
        dtl_arena_printf(f->arena, "X-Archive-Orig-%.*s", (int)field->name.len,
                         (const char *)field->name.ptr);

    if (name != NULL)
        add(f, name, field->value);
}

static void captured(struct fields *f, const struct dtl_field *field)
{
    char name[100];

    if (!is_name(field->name) || !is_value(field->value))
        return;
    f->bytes += field->name.len + field->value.len + 20;
    if (f->bytes > MAX_HEAD)
        return;
    for (size_t i = 0; i < sizeof fates / sizeof fates[0]; i++) {
        if (!dtl_equal_nocase(field->name, dtl_str(fates[i].name)))
            continue;
        if (fates[i].fate == DROP)
            return;
        if (fates[i].fate == MAP) {
            fates[i].map(f, field->value);
            break;
        }
        memcpy(name, field->name.ptr, field->name.len);
        name[field->name.len] = '\0';
        add(f, name, field->value);
        return;
    }
    original(f, field);
}

/* ---- ours
 * ---------------------------------------------------------------------- */

/* The label the browser would have found, empty when there is none. */
static struct dtl_slice label_of(const struct dtl_http *http,
                                 struct dtl_slice body)
{
    const struct encoding *meta;

    if (dtl_starts(body, "\xff\xfe") || dtl_starts(body, "\xfe\xff"))
        return dtl_str("utf-16");
    if (dtl_starts(body, "\xef\xbb\xbf"))
        return dtl_str("utf-8");
    if (http->charset.len > 0 && http->charset.len < 60 &&
        is_name(http->charset))
        return http->charset;
    meta = charset_prescan(dtl_sub(body, 0, 64u << 10));
    return meta != NULL ? dtl_str(meta->name) : dtl_slice_of(NULL, 0);
}

/* Where bytes below 0x80 need not be ASCII. */
static bool is_wide(struct dtl_slice label)
{
    const struct encoding *e = encoding_of(label);

    return e != NULL &&
           (e->kind == ENCODING_UTF16LE || e->kind == ENCODING_UTF16BE ||
            (e->kind == ENCODING_ICONV &&
             strncmp(e->name, "iso-2022", 8) == 0));
}

int dtl_rewrite_text(const struct dtl_http *http, struct dtl_slice body,
                     struct dtl_arena *arena, struct dtl_slice *out,
                     struct dtl_error *err)
{
    struct dtl_slice label = label_of(http, body);
    struct dtl_decoded d;
    int rc;

    *out = body;
    if (!is_wide(label))
        return DTL_OK;
    rc = dtl_charset_decode(body, label, arena, &d, err);
    if (rc == DTL_OK)
        *out = d.text;
    return rc;
}

/* Without a label, what the bytes are: such a page is easily misread. */
static const char *charset_of(struct fields *f, const struct dtl_http *http,
                              struct dtl_slice body)
{
    struct dtl_slice label = label_of(http, body);
    struct dtl_decoded d;

    if (is_wide(label))
        return "utf-8";
    if (label.len > 0)
        return dtl_arena_printf(f->arena, "%.*s", (int)label.len,
                                (const char *)label.ptr);
    if (dtl_charset_decode(dtl_sub(body, 0, 64u << 10), label, f->w->scratch,
                           &d, NULL) != DTL_OK)
        return NULL;
    return d.charset;
}

/* What is loaded as a script or style sheet is one, as lenient servers were
 * lenient with before types were insisted on. */
static void other_type(struct fields *f, enum dtl_rewrite_kind kind,
                       const struct dtl_field *type)
{
    bool script = kind == DTL_REWRITE_JS;
    const char *wanted = script ? "javascript" : "css";
    struct dtl_slice value = dtl_slice_of(NULL, 0), params;

    if (type != NULL)
        value = type->value;
    if (kind == DTL_REWRITE_NONE ||
        dtl_find(value, dtl_str(wanted), 0) != SIZE_MAX) {
        if (value.len > 0)
            add(f, "Content-Type", value);
        return;
    }
    params = dtl_sub(value, dtl_find(value, dtl_str(";"), 0), value.len);
    add_str(f, "Content-Type",
            dtl_arena_printf(f->arena, "text/%s%.*s", wanted, (int)params.len,
                             (const char *)params.ptr));
}

static void content_type(struct fields *f, enum dtl_rewrite_kind kind,
                         const struct dtl_http *http, struct dtl_slice body)
{
    const struct dtl_field *type =
        dtl_field_find(http->fields, http->nfields, "content-type");
    const char *mime, *charset;

    if (kind != DTL_REWRITE_HTML) {
        other_type(f, kind, type);
        return;
    }
    mime = http->mime.len > 0 && http->mime.len < 100
               ? dtl_arena_printf(f->arena, "%.*s", (int)http->mime.len,
                                  (const char *)http->mime.ptr)
               : "text/html";
    charset = charset_of(f, http, body);
    dtl_arena_reset(f->w->scratch);
    if (mime != NULL)
        add_str(f, "Content-Type",
                charset != NULL ? dtl_arena_printf(f->arena, "%s; charset=%s",
                                                   mime, charset)
                                : mime);
}

/*
 * Pages need their own scripts, inline ones and eval; nothing of what they do
 * needs another server.  WebRTC and prefetched names would pass by the rest.
 */
char *dtl_replay_policy(struct dtl_slice ui, struct dtl_arena *arena)
{
    return dtl_arena_printf(
        arena,
        "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; "
        "object-src 'self'; base-uri 'self'; form-action 'self'; "
        "frame-ancestors 'self'%s%.*s",
        ui.len > 0 ? " " : "", (int)(ui.len < 300 ? ui.len : 0),
        (const char *)ui.ptr);
}

static void ours(struct fields *f)
{
    const struct dtl_rewrite_options *o = &f->w->o;
    int64_t time = dtl_time_parse_14(dtl_str(o->captured), false);
    char date[DTL_TIME_HTTP];

    if (time != DTL_NO_TIME) {
        dtl_time_http(time, date);
        add_str(f, "Memento-Datetime", date);
    }
    add_str(f, "Content-Security-Policy", dtl_replay_policy(o->ui, f->arena));
    add_str(f, "Referrer-Policy", "same-origin");
    add_str(f, "X-DNS-Prefetch-Control", "off");
    add_str(f, "Cross-Origin-Resource-Policy", "same-origin");
    add_str(f, "Permissions-Policy",
            "camera=(), display-capture=(), geolocation=(), hid=(), "
            "microphone=(), midi=(), payment=(), serial=(), usb=()");
    /* Tells the client script when each part of the page was captured. */
    add_str(f, "Server-Timing",
            dtl_arena_printf(f->arena, "captured;desc=\"%s\"", o->captured));
}

int dtl_rewrite_head(const struct dtl_rewrite_options *options,
                     enum dtl_rewrite_kind kind, const struct dtl_http *http,
                     struct dtl_slice body, struct dtl_arena *arena,
                     struct dtl_field **out, size_t *n, struct dtl_error *err)
{
    struct fields f = { .arena = arena, .cap = 2 * http->nfields + 200 };
    int rc = dtl_rewrite_new(options, DTL_REWRITE_NONE, &f.w, err);

    *out = NULL;
    *n = 0;
    if (rc != DTL_OK)
        return rc;
    f.all = dtl_arena_calloc(arena, f.cap, sizeof *f.all);
    if (f.all == NULL) {
        dtl_rewrite_free(f.w);
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a head");
    }
    content_type(&f, kind, http, body);
    ours(&f);
    for (size_t i = 0; i < http->nfields; i++)
        captured(&f, &http->fields[i]);
    dtl_rewrite_free(f.w);
    *out = f.all;
    *n = f.n;
    return DTL_OK;
}
