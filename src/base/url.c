/* SPDX-License-Identifier: Apache-2.0 */
#include <dateline/url.h>

#include "idna.h"

#include <libpsl.h>
#include <stdlib.h>

static bool is_scheme_byte(uint8_t c, bool first)
{
    bool alpha = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';

    return alpha || (!first && ((c >= '0' && c <= '9') || c == '+' ||
                                c == '-' || c == '.'));
}

static size_t scheme_len(struct dtl_slice s)
{
    size_t i = 0;

    while (i < s.len && is_scheme_byte(s.ptr[i], i == 0))
        i++;
    return i > 0 && i < s.len && s.ptr[i] == ':' ? i : 0;
}

/* Offset of the first byte of `stops` in `s` at or after `from`. */
static size_t span_to(struct dtl_slice s, size_t from, const char *stops)
{
    while (from < s.len &&
           (s.ptr[from] == '\0' || strchr(stops, s.ptr[from]) == NULL))
        from++;
    return from;
}

static void split_authority(struct dtl_slice a, struct dtl_url *out)
{
    const uint8_t *at = a.len > 0 ? memrchr(a.ptr, '@', a.len) : NULL;
    size_t end;

    if (at != NULL) {
        out->user = dtl_sub(a, 0, (size_t)(at - a.ptr));
        a = dtl_sub(a, (size_t)(at - a.ptr) + 1, a.len);
    }
    end = a.len > 0 && a.ptr[0] == '[' ? span_to(a, 0, "]") : 0;
    end = span_to(a, end, ":");
    out->host = dtl_sub(a, 0, end);
    out->port = dtl_sub(a, end + 1, a.len);
}

/* What RFC 3986 section 5.2 must know beyond the parts themselves. */
struct reference {
    struct dtl_url url;
    struct dtl_slice authority;
    bool has_authority, has_query;
};

static void split_reference(struct dtl_slice s, struct reference *r)
{
    size_t pos = scheme_len(s), end;

    memset(r, 0, sizeof *r);
    r->url.scheme = dtl_sub(s, 0, pos);
    pos += pos > 0;
    if (dtl_starts(dtl_sub(s, pos, s.len), "//")) {
        end = span_to(s, pos + 2, "/?#");
        r->has_authority = true;
        r->authority = dtl_sub(s, pos + 2, end);
        split_authority(r->authority, &r->url);
        pos = end;
    }
    end = span_to(s, pos, "?#");
    r->url.path = dtl_sub(s, pos, end);
    pos = end;
    if (pos < s.len && s.ptr[pos] == '?') {
        end = span_to(s, pos, "#");
        r->has_query = true;
        r->url.query = dtl_sub(s, pos + 1, end);
        pos = end;
    }
    r->url.fragment = dtl_sub(s, pos + 1, s.len);
}

bool dtl_url_split(struct dtl_slice url, struct dtl_url *out)
{
    struct reference r;

    split_reference(url, &r);
    *out = r.url;
    return r.url.scheme.len > 0;
}

/* ---- references ------------------------------------------------------------
 */

/* RFC 3986 section 5.2.4, in place. */
static size_t remove_dots(uint8_t *path, size_t len)
{
    struct dtl_slice s = dtl_slice_of(path, len);
    size_t n = 0, pos = 0;

    while (pos < len) {
        size_t from = pos + (path[pos] == '/');
        size_t end = span_to(s, from, "/");
        size_t seg = end - from;
        bool one = seg == 1 && path[from] == '.';
        bool two = seg == 2 && path[from] == '.' && path[from + 1] == '.';

        if (two)
            while (n > 0 && path[--n] != '/')
                ;
        if (one || two) {
            if (end == len)
                path[n++] = '/';
        } else {
            memmove(path + n, path + pos, end - pos);
            n += end - pos;
        }
        pos = end;
    }
    return n;
}

/* White space off; line ends and tabs inside, backslashes of people who meant
 * slashes: as browsers read an href. */
static struct dtl_slice tidy(struct dtl_slice s, bool slashes, uint8_t *out)
{
    size_t n = 0;
    bool in_path = slashes;

    s = dtl_trim(s);
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.ptr[i];

        if (c == '\n' || c == '\r' || c == '\t')
            continue;
        in_path = in_path && c != '?' && c != '#';
        out[n++] = in_path && c == '\\' ? '/' : c;
    }
    return dtl_slice_of(out, n);
}

static bool is_web(struct dtl_slice scheme)
{
    return dtl_equal_nocase(scheme, dtl_str("http")) ||
           dtl_equal_nocase(scheme, dtl_str("https"));
}

static size_t put(uint8_t *out, size_t n, struct dtl_slice s)
{
    if (s.len > 0)
        memcpy(out + n, s.ptr, s.len);
    return n + s.len;
}

/* The path of the target, with dots removed, behind out[n]. */
static size_t put_path(const struct reference *base, const struct reference *r,
                       bool own, uint8_t *out, size_t n)
{
    size_t start = n;

    if (own || (r->url.path.len > 0 && r->url.path.ptr[0] == '/')) {
        n = put(out, n, r->url.path);
    } else if (r->url.path.len == 0) {
        return put(out, n, base->url.path);
    } else { /* section 5.2.3 */
        size_t keep = base->url.path.len;

        while (keep > 0 && base->url.path.ptr[keep - 1] != '/')
            keep--;
        if (keep == 0 && base->has_authority)
            out[n++] = '/';
        n = put(out, n, dtl_sub(base->url.path, 0, keep));
        n = put(out, n, r->url.path);
    }
    return start + remove_dots(out + start, n - start);
}

struct dtl_slice dtl_url_resolve(struct dtl_arena *a, struct dtl_slice base,
                                 struct dtl_slice ref)
{
    struct dtl_slice none = { NULL, 0 };
    struct reference b, r;
    const struct reference *authority, *query;
    uint8_t *work, *out;
    bool own;
    size_t n;

    if (base.len > SIZE_MAX / 8 || ref.len > SIZE_MAX / 8)
        return none;
    work = dtl_arena_alloc(a, ref.len + 1);
    out = dtl_arena_alloc(a, base.len + ref.len + 16);
    if (work == NULL || out == NULL)
        return none;
    split_reference(dtl_trim(base), &b);
    ref = tidy(ref, is_web(b.url.scheme), work);
    split_reference(ref, &r);
    own = r.url.scheme.len > 0;
    if (!own && b.url.scheme.len == 0)
        return none;
    /* data:, javascript:, mailto: have nothing to resolve. */
    if (own && !r.has_authority && !is_web(r.url.scheme))
        return dtl_arena_dup(a, ref);
    /* "http:page.html" means a relative one when the schemes agree. */
    if (own && !r.has_authority && dtl_equal_nocase(r.url.scheme, b.url.scheme))
        own = false;
    authority = own || r.has_authority ? &r : &b;
    query =
        own || r.has_authority || r.has_query || r.url.path.len > 0 ? &r : &b;
    n = put(out, 0, own ? r.url.scheme : b.url.scheme);
    out[n++] = ':';
    if (authority->has_authority) {
        n = put(out, n, dtl_str("//"));
        n = put(out, n, authority->authority);
    }
    n = put_path(&b, &r, own || r.has_authority, out, n);
    if (query->has_query) {
        out[n++] = '?';
        n = put(out, n, query->url.query);
    }
    if (r.url.fragment.len > 0) {
        out[n++] = '#';
        n = put(out, n, r.url.fragment);
    }
    out[n] = '\0';
    return dtl_slice_of(out, n);
}

/* ---- hosts and sites
 * ---------------------------------------------------------- */

static bool is_ascii(struct dtl_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] >= 0x80)
            return false;
    return true;
}

struct dtl_slice dtl_url_host(struct dtl_arena *a, struct dtl_slice url)
{
    struct dtl_buf ascii = { .max = 4096 };
    struct dtl_slice host = { NULL, 0 };
    struct dtl_url u;
    uint8_t *copy;

    if (!dtl_url_split(dtl_trim(url), &u) || u.host.len == 0)
        return host;
    host = u.host;
    if (!is_ascii(host) && idna_to_ascii(host, &ascii))
        host = dtl_buf_view(&ascii);
    while (host.len > 0 && host.ptr[host.len - 1] == '.')
        host.len--;
    host = dtl_arena_dup(a, host);
    dtl_buf_free(&ascii);
    copy = (uint8_t *)(uintptr_t)host.ptr; /* ours, just made */
    for (size_t i = 0; copy != NULL && i < host.len; i++)
        if (copy[i] >= 'A' && copy[i] <= 'Z')
            copy[i] |= 0x20;
    return host;
}

static bool is_address(struct dtl_slice host)
{
    if (host.len == 0 || host.ptr[0] == '[')
        return true;
    for (size_t i = 0; i < host.len; i++)
        if (host.ptr[i] != '.' && (host.ptr[i] < '0' || host.ptr[i] > '9'))
            return false;
    return true;
}

struct dtl_slice dtl_url_site(struct dtl_arena *a, struct dtl_slice url)
{
    struct dtl_slice host = dtl_url_host(a, url);
    const char *site;

    if (host.len == 0 || is_address(host) ||
        memchr(host.ptr, 0, host.len) != NULL)
        return host;
    /* The list is compiled into libpsl: nothing is loaded here. */
    site = psl_registrable_domain(psl_builtin(), (const char *)host.ptr);
    return site != NULL ? dtl_str(site) : host;
}
