/* SPDX-License-Identifier: Apache-2.0 */
/* What the browser's side of replay asks for. */
#include "client.h"
#include "rewrite.h"

#include <dateline/url.h>

bool dtl_replay_asset(struct dtl_slice name, struct dtl_replay_asset *out)
{
    for (const struct client_file *f = client_files; f->name != NULL; f++)
        if (dtl_equal(name, dtl_str(f->name))) {
            *out = (struct dtl_replay_asset){ f->name, f->tag,
                                              dtl_slice_of(f->bytes, f->len) };
            return true;
        }
    return false;
}

enum dtl_form dtl_form_of_dest(struct dtl_slice dest)
{
    static const struct {
        const char *dest;
        enum dtl_form form;
    } forms_of[] = {
        { "document", DTL_FORM_PAGE },
        { "iframe", DTL_FORM_FRAME },
        { "frame", DTL_FORM_FRAME },
        { "embed", DTL_FORM_FRAME },
        { "object", DTL_FORM_FRAME },
        { "script", DTL_FORM_SCRIPT },
        { "worker", DTL_FORM_SCRIPT },
        { "sharedworker", DTL_FORM_SCRIPT },
        { "serviceworker", DTL_FORM_SCRIPT },
        { "style", DTL_FORM_STYLE },
    };

    for (size_t i = 0; i < sizeof forms_of / sizeof forms_of[0]; i++)
        if (dtl_equal(dest, dtl_str(forms_of[i].dest)))
            return forms_of[i].form;
    return DTL_FORM_BYTES;
}

/* ---- requests beside the prefix ---------------------------------------- */

/* TIME FORM "/" URL, from where the prefix ends. */
static bool read_address(struct dtl_slice s, struct dtl_slice *time,
                         struct dtl_slice *url)
{
    enum dtl_form form;
    size_t n = 0;

    while (n < s.len && is_digit(s.ptr[n]))
        n++;
    *time = dtl_sub(s, 0, n);
    n += dtl_form_read(dtl_sub(s, n, s.len), &form);
    if (n == 0 || n >= s.len || s.ptr[n] != '/' || time->len > 14)
        return false;
    *url = dtl_sub(s, n + 1, s.len);
    return true;
}

struct dtl_slice dtl_replay_stray(struct dtl_slice prefix,
                                  struct dtl_slice referer, enum dtl_form form,
                                  struct dtl_slice target,
                                  struct dtl_arena *arena)
{
    struct dtl_slice none = { NULL, 0 }, time, url, to;
    struct dtl_url u;
    size_t at;
    char *path;

    if (!dtl_url_split(referer, &u) || !dtl_starts(target, "/"))
        return none;
    at = u.path.len > 0 ? (size_t)(u.path.ptr - referer.ptr) : referer.len;
    referer = dtl_sub(referer, at, referer.len);
    if (referer.len <= prefix.len || referer.len > MAX_URL ||
        memcmp(referer.ptr, prefix.ptr, prefix.len) != 0 ||
        !read_address(dtl_sub(referer, prefix.len, referer.len), &time, &url))
        return none;
    to = dtl_url_resolve(arena, url, target);
    if (!dtl_starts_nocase(to, "http") || to.len > MAX_URL)
        return none;
    path = dtl_arena_printf(arena, "%.*s%.*s%s/%.*s", (int)prefix.len,
                            (const char *)prefix.ptr, (int)time.len,
                            (const char *)time.ptr, dtl_form_name(form),
                            (int)to.len, (const char *)to.ptr);
    return dtl_str(path);
}

/* ---- what is not there -----------------------------------------------------
 */

bool dtl_replay_missing(const struct dtl_rewrite_options *options,
                        struct dtl_buf *out)
{
    dtl_buf_str(out,
                "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">"
                "\n<title>Not captured</title>\n<style>body{margin:3rem auto;"
                "max-width:40rem;padding:0 1rem;font:1rem/1.5 Georgia,serif;"
                "color-scheme:light dark}p{overflow-wrap:anywhere}</style>\n"
                "<h1>Not captured</h1>\n<p>This archive has no capture of ");
    put_escaped(out, options->url);
    dtl_buf_str(out, ".</p>\n");
    if (options->form == DTL_FORM_PAGE && options->ui.len > 0) {
        dtl_buf_str(out, "<p><a href=\"");
        put_escaped(out, options->ui);
        dtl_buf_str(out, "/\">Search the archive</a></p>\n");
    }
    return dtl_buf_str(out, "</html>\n");
}
