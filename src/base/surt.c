/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SURT keys by the Wayback rules.  In order: blanks and line ends out, a
 * missing scheme is http, one scheme of several; split (RFC 2396 appendix B);
 * percent-escapes undone until none is left and done again only for controls,
 * blank, '#', '%' and non-ASCII; numeric hosts as IPv4; "www12." off; default
 * port off; path lower case without "//", "." and "..", session ids and the
 * final slash; query lower case, without session ids, arguments sorted.
 */
#include <dateline/url.h>

#include "idna.h"

#include <stdlib.h>

/* Most URLs fit; longer ones work in memory from the arena. */
#define SMALL 1024

struct parts {
    struct dtl_slice scheme, host, port, path, query;
};

static bool is_alpha(uint8_t c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_alnum(uint8_t c)
{
    return is_alpha(c) || is_digit(c);
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

/* Bytes before the first of `stop1`, `stop2`, `stop3`. */
static size_t span_to(struct dtl_slice s, size_t from, uint8_t stop1,
                      uint8_t stop2, uint8_t stop3)
{
    while (from < s.len && s.ptr[from] != stop1 && s.ptr[from] != stop2 &&
           s.ptr[from] != stop3)
        from++;
    return from;
}

/* Length of "scheme" before its colon, 0 when there is none. */
static size_t scheme_len(struct dtl_slice s)
{
    size_t i = 0;

    if (s.len == 0 || !is_alpha(s.ptr[0]))
        return 0;
    while (i < s.len && (is_alnum(s.ptr[i]) || s.ptr[i] == '+' ||
                         s.ptr[i] == '-' || s.ptr[i] == '.'))
        i++;
    return i < s.len && s.ptr[i] == ':' ? i : 0;
}

static size_t http_prefix(struct dtl_slice s)
{
    return dtl_starts(s, "http://") ? 7 : dtl_starts(s, "https://") ? 8 : 0;
}

/* `out` has room for url.len + 7 bytes. */
static struct dtl_slice clean(struct dtl_slice url, uint8_t *out)
{
    struct dtl_slice s = dtl_trim(url);
    size_t n = 0, skip = 0, len;

    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] != '\n' && s.ptr[i] != '\r' && s.ptr[i] != '\t')
            out[n++] = s.ptr[i];
    if (n > 0 && scheme_len(dtl_slice_of(out, n)) == 0) {
        memmove(out + 7, out, n);
        memcpy(out, "http://", 7);
        n += 7;
    }
    /* "http://https://order.example" is the last of its schemes. */
    while ((len = http_prefix(dtl_slice_of(out + skip, n - skip))) > 0 &&
           http_prefix(dtl_slice_of(out + skip + len, n - skip - len)) > 0)
        skip += len;
    return dtl_slice_of(out + skip, n - skip);
}

/* user@ off, [v6] out of its brackets, the port behind the first colon. */
static void split_authority(struct dtl_slice a, struct parts *p)
{
    const uint8_t *at = memrchr(a.ptr, '@', a.len), *open;
    size_t end;

    while (a.len > 0 && a.ptr[a.len - 1] == ':')
        a.len--;
    if (at != NULL)
        a = dtl_sub(a, (size_t)(at - a.ptr) + 1, a.len);
    open = a.len > 0 ? memchr(a.ptr, '[', a.len) : NULL;
    if (open != NULL) {
        a = dtl_sub(a, (size_t)(open - a.ptr) + 1, a.len);
        end = span_to(a, 0, ']', ']', ']');
        p->host = dtl_sub(a, 0, end);
        a = dtl_sub(a, end, a.len);
        end = span_to(a, 0, ':', ':', ':');
    } else {
        end = span_to(a, 0, ':', ':', ':');
        p->host = dtl_sub(a, 0, end);
    }
    p->port = dtl_sub(a, end + 1, a.len);
}

static void split(struct dtl_slice s, struct parts *p)
{
    size_t pos = scheme_len(s), end;

    memset(p, 0, sizeof *p);
    p->scheme = dtl_sub(s, 0, pos);
    pos += pos < s.len;
    if (dtl_starts(dtl_sub(s, pos, s.len), "//")) {
        end = span_to(s, pos + 2, '/', '?', '#');
        if (end > pos + 2)
            split_authority(dtl_sub(s, pos + 2, end), p);
        pos = end;
    }
    end = span_to(s, pos, '?', '#', '#');
    p->path = dtl_sub(s, pos, end);
    if (end < s.len && s.ptr[end] == '?')
        p->query = dtl_sub(s, end + 1, span_to(s, end, '#', '#', '#'));
    /* "http:////host/path" and "http:host/path". */
    if (p->host.len == 0 && p->path.len > 0 && dtl_starts(p->scheme, "http")) {
        size_t from = 0;

        while (from < p->path.len && p->path.ptr[from] == '/')
            from++;
        end = span_to(p->path, from, '/', '/', '/');
        p->host = dtl_sub(p->path, from, end);
        p->path = end < p->path.len ? dtl_sub(p->path, end, p->path.len)
                                    : dtl_str("/");
    }
}

/* ---- percent-escapes ------------------------------------------------------
 */

static int hex_digit(uint8_t c)
{
    if (is_digit(c))
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/*
 * Undo escapes until none is left, in one pass: each byte put out may complete
 * an escape whose result may complete another.
 */
static size_t unescape(struct dtl_slice s, uint8_t *out)
{
    size_t n = 0;

    if (s.len == 0 || memchr(s.ptr, '%', s.len) == NULL) {
        if (s.len > 0)
            memmove(out, s.ptr, s.len);
        return s.len;
    }
    for (size_t i = 0; i < s.len; i++) {
        out[n++] = s.ptr[i];
        while (n >= 3 && out[n - 3] == '%') {
            int high = hex_digit(out[n - 2]), low = hex_digit(out[n - 1]);

            if (high < 0 || low < 0)
                break;
            n -= 2;
            out[n - 1] = (uint8_t)(high << 4 | low);
        }
    }
    return n;
}

static bool needs_escape(uint8_t c)
{
    return c <= 0x20 || c >= 0x7f || c == '#' || c == '%';
}

/* In lower case, as every key ends up.  Room for 3 * len bytes. */
static size_t escape(struct dtl_slice s, uint8_t *out)
{
    static const char hex[] = "0123456789abcdef";
    size_t n = 0;

    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.ptr[i];

        if (needs_escape(c)) {
            out[n++] = '%';
            out[n++] = (uint8_t)hex[c >> 4];
            out[n++] = (uint8_t)hex[c & 15];
        } else {
            out[n++] = lower(c);
        }
    }
    return n;
}

/* ---- hosts ----------------------------------------------------------------
 */

static bool all_digits(struct dtl_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!is_digit(s.ptr[i]))
            return false;
    return s.len > 0;
}

/* One number of an address as inet_aton() reads it: a leading 0 is octal. */
static bool address_part(struct dtl_slice s, uint64_t *out)
{
    unsigned base = s.len > 1 && s.ptr[0] == '0' ? 8 : 10;
    uint64_t v = 0;

    for (size_t i = 0; i < s.len; i++) {
        unsigned d = (unsigned)s.ptr[i] - '0';

        if (d >= base || v > UINT32_MAX)
            return false;
        v = v * base + d;
    }
    *out = v;
    return s.len > 0 && v <= UINT32_MAX;
}

/* "10.0.258" and "017.0.0.1": the last part fills the bytes that remain. */
static bool dotted_address(struct dtl_slice host, uint32_t *out)
{
    uint64_t part[4];
    size_t n = 0, pos = 0;
    uint64_t v = 0;

    while (pos <= host.len) {
        size_t end = span_to(host, pos, '.', '.', '.');

        if (n == 4 || !address_part(dtl_sub(host, pos, end), &part[n++]))
            return false;
        pos = end + 1;
    }
    for (size_t i = 0; i + 1 < n; i++) {
        if (part[i] > 255)
            return false;
        v = v << 8 | part[i];
    }
    if (part[n - 1] >> (8 * (5 - n)) != 0)
        return false;
    *out = (uint32_t)(v << (8 * (5 - n)) | part[n - 1]);
    return true;
}

static bool address_of(struct dtl_slice host, uint32_t *out)
{
    uint32_t v = 0;

    if (host.len == 0 || !is_digit(host.ptr[0]))
        return false;
    if (!all_digits(host)) {
        /* The rules know addresses all octal or all decimal. */
        for (size_t i = 0; host.ptr[0] == '0' && i < host.len; i++)
            if (host.ptr[i] > '7')
                return false;
        return dotted_address(host, out);
    }
    for (size_t i = 0; i < host.len; i++) /* the lower four bytes of it */
        v = v * 10 + (host.ptr[i] - '0');
    *out = v;
    return true;
}

static size_t put_number(uint32_t v, uint8_t *out)
{
    uint8_t digits[10];
    size_t n = 0, len;

    do {
        digits[n++] = (uint8_t)('0' + v % 10);
        v /= 10;
    } while (v > 0);
    for (len = 0; n > 0; len++)
        out[len] = digits[--n];
    return len;
}

static size_t put_address(uint32_t v, uint8_t *out)
{
    size_t n = 0;

    for (unsigned shift = 24;; shift -= 8) {
        n += put_number(v >> shift & 255, out + n);
        if (shift == 0)
            return n;
        out[n++] = '.';
    }
}

static struct dtl_slice strip_dots(uint8_t *host, size_t len)
{
    size_t n = 0, start = 0;

    for (size_t i = 0; i < len; i++) { /* ".." is one dot */
        host[n++] = host[i];
        if (host[i] == '.' && i + 1 < len && host[i + 1] == '.')
            i++;
    }
    while (start < n && host[start] == '.')
        start++;
    while (n > start && host[n - 1] == '.')
        n--;
    return dtl_slice_of(host + start, n - start);
}

static bool is_ascii(struct dtl_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] >= 0x80)
            return false;
    return true;
}

/* www, www1, www02 and so on, with their dot. */
static struct dtl_slice strip_www(struct dtl_slice host)
{
    size_t i = 3;

    if (!dtl_starts(host, "www"))
        return host;
    while (i < host.len && is_digit(host.ptr[i]))
        i++;
    return i < host.len && host.ptr[i] == '.' ? dtl_sub(host, i + 1, host.len)
                                              : host;
}

/*
 * The host as the key spells it, not yet reversed.  `work` and `out` have room
 * for 3 * len + 64 bytes each.
 */
static struct dtl_slice canonical_host(struct dtl_slice raw, bool massage,
                                       uint8_t *work, uint8_t *out)
{
    size_t room = 3 * raw.len + 64;
    size_t len = unescape(raw, work);
    struct dtl_slice host;
    uint32_t address;

    if (!is_ascii(dtl_slice_of(work, len))) {
        struct dtl_buf ascii = { .max = room };

        if (idna_to_ascii(dtl_slice_of(work, len), &ascii)) {
            len = ascii.len; /* 0 when nothing of it was UTF-8 */
            if (len > 0)
                memcpy(work, ascii.ptr, len);
        }
        dtl_buf_free(&ascii);
    }
    host = strip_dots(work, len);
    if (address_of(host, &address))
        len = put_address(address, out);
    else
        len = escape(host, out);
    host = dtl_slice_of(out, len);
    return massage ? strip_www(host) : host;
}

static size_t put_reversed(struct dtl_slice host, uint8_t *out)
{
    size_t n = 0, end = host.len;

    for (;;) {
        size_t start = end;

        while (start > 0 && host.ptr[start - 1] != '.')
            start--;
        memcpy(out + n, host.ptr + start, end - start);
        n += end - start;
        if (start == 0)
            return n;
        out[n++] = ',';
        end = start - 1;
    }
}

/* ---- paths ----------------------------------------------------------------
 */

/*
 * Drop "." segments, let ".." take the one before (the first one stays when
 * there is none: so the rules have it), then join without empty segments.
 * In place; a kept segment is its bytes and its '/' in front of it.
 */
static size_t normalise_path(uint8_t *path, size_t len)
{
    struct dtl_slice s = dtl_slice_of(path, len);
    size_t n = 0, pos = span_to(s, 0, '/', '/', '/');
    uint8_t *out = path;
    size_t kept, w = 0;

    while (pos < len) {
        size_t from = pos + 1, end = span_to(s, from, '/', '/', '/');
        size_t seg = end - from;

        if (seg == 2 && path[from] == '.' && path[from + 1] == '.' && n > 0) {
            while (n > 0 && out[--n] != '/')
                ;
        } else if (seg != 1 || path[from] != '.') {
            memmove(out + n, path + pos, seg + 1);
            n += seg + 1;
        }
        pos = end;
    }
    if (n == 0) {
        path[0] = '/';
        return 1;
    }
    /* Collapse runs of slashes; only a last empty segment shows. */
    for (kept = 0; kept < n; kept++)
        if (out[kept] != '/' || w == 0 || out[w - 1] != '/')
            out[w++] = out[kept];
    return w;
}

/* "(" then one or more of `x(24)` when `nested`, or 24 bytes, then ")/". */
static size_t path_session(struct dtl_slice s, size_t pos, bool nested)
{
    size_t i = pos;

    if (i >= s.len || s.ptr[i++] != '(')
        return 0;
    for (size_t groups = 0;; groups++) {
        size_t n = 0;

        if (nested) {
            if (groups > 0 && i < s.len && s.ptr[i] == ')')
                break;
            if (i + 1 >= s.len || !is_alpha(s.ptr[i]) || s.ptr[i + 1] != '(')
                return 0;
            i += 2;
        }
        while (n < 24 && i < s.len && is_alnum(s.ptr[i])) {
            i++;
            n++;
        }
        if (n < 24 || i >= s.len || s.ptr[i] != ')')
            return 0;
        if (!nested)
            break;
        i++;
    }
    i++;
    return i < s.len && s.ptr[i] == '/' ? i + 1 - pos : 0;
}

/*
 * ASP.NET session ids: /(S(24 letters))/page.aspx and /(24 letters)/page.aspx.
 * The last one that an ".aspx" follows, no '?' between, goes.
 */
static size_t strip_path_session(uint8_t *path, size_t len, bool nested)
{
    struct dtl_slice s = dtl_slice_of(path, len);
    size_t aspx = SIZE_MAX, question = SIZE_MAX; /* first at or after i */

    for (size_t i = len; i-- > 1;) {
        size_t n;

        if (path[i] == '?')
            question = i;
        if (len - i >= 5 && memcmp(path + i, ".aspx", 5) == 0)
            aspx = i;
        if (path[i] != '(' || path[i - 1] != '/' || aspx == SIZE_MAX)
            continue;
        n = path_session(s, i, nested);
        if (n == 0)
            continue;
        /* What is inside the id itself cannot be '?' nor '.': so `question`
         * and `aspx` are those after it; one byte must precede ".aspx". */
        if (aspx == i + n) {
            size_t next = dtl_find(s, dtl_str(".aspx"), aspx + 1);

            if (next == SIZE_MAX || question < next)
                continue;
        } else if (question < aspx) {
            continue;
        }
        memmove(path + i, path + i + n, len - i - n);
        return len - n;
    }
    return len;
}

/* `work` has room for the path, `out` for three times as much. */
static size_t put_path(struct dtl_slice path, bool has_host, uint8_t *work,
                       uint8_t *out)
{
    size_t len = unescape(path, work), n;

    if (has_host)
        len = normalise_path(work, len);
    n = escape(dtl_slice_of(work, len), out);
    if (n > 30 && dtl_find(dtl_slice_of(out, n), dtl_str("/("), 0) < n) {
        n = strip_path_session(out, n, true);
        n = strip_path_session(out, n, false);
    }
    if (n > 1 && out[n - 1] == '/')
        n--;
    return n;
}

/* ---- queries --------------------------------------------------------------
 */

static bool run_of(struct dtl_slice s, size_t pos, size_t n, bool digits)
{
    if (n > s.len - pos)
        return false;
    for (size_t i = pos; i < pos + n; i++)
        if (!(digits ? is_alnum(s.ptr[i]) : is_alpha(s.ptr[i])))
            return false;
    return true;
}

/* Session ids in a query; all in lower case here.  `letters` more of them
 * stand between name and '='; `value` is the length of the id. */
static const struct session {
    const char *name;
    size_t letters, value;
    bool digits;
} sessions[] = {
    { "jsessionid", 0, 32, true },
    { "phpsessid", 0, 32, true },
    { "sid", 0, 32, true },
    { "aspsessionid", 8, 24, false },
};

/* Length of the session at `pos`, 0 if there is none that ends an argument. */
static size_t session_at(struct dtl_slice q, size_t pos,
                         const struct session *k)
{
    size_t name = strlen(k->name), eq = pos + name + k->letters;
    size_t end = eq + 1 + k->value;

    if (end > q.len || q.ptr[eq] != '=' ||
        memcmp(q.ptr + pos, k->name, name) != 0 ||
        !run_of(q, pos + name, k->letters, false) ||
        !run_of(q, eq + 1, k->value, k->digits))
        return 0;
    return end == q.len || q.ptr[end] == '&' ? end - pos : 0;
}

/* Cut [from, to) and the '&' after it. */
static size_t cut(uint8_t *q, size_t len, size_t from, size_t to)
{
    to += to < len;
    memmove(q + from, q + to, len - to);
    return len - (to - from);
}

static size_t strip_session(uint8_t *query, size_t len, const struct session *k)
{
    struct dtl_slice q = dtl_slice_of(query, len);
    size_t least = strlen(k->name) + k->letters + 1 + k->value;

    if (len < least)
        return len;
    for (size_t i = len - least + 1; i-- > 0;) {
        size_t n = query[i] == (uint8_t)k->name[0] ? session_at(q, i, k) : 0;

        if (n > 0)
            return cut(query, len, i, i + n);
    }
    return len;
}

/* ColdFusion: cfid=...&cftoken=... */
static size_t strip_cfid(uint8_t *query, size_t len)
{
    struct dtl_slice q = dtl_slice_of(query, len);
    size_t amp = len; /* first '&' at or after i */

    for (size_t i = len; i-- > 0;) {
        size_t value;

        if (query[i] == '&')
            amp = i;
        if (len - i < 5 || memcmp(query + i, "cfid=", 5) != 0 || amp <= i + 5 ||
            !dtl_starts(dtl_sub(q, amp, len), "&cftoken="))
            continue;
        value = amp + 9;
        if (value < len && query[value] != '&')
            return cut(query, len, i, span_to(q, value, '&', '&', '&'));
    }
    return len;
}

static size_t strip_query_sessions(uint8_t *query, size_t len)
{
    /* All of them hold "id"; most queries do not. */
    if (len < 12 || memmem(query, len, "id", 2) == NULL)
        return len;
    for (size_t i = 0; i < sizeof sessions / sizeof sessions[0]; i++)
        len = strip_session(query, len, &sessions[i]);
    return strip_cfid(query, len);
}

/* An argument, ordered by name, then those without '=', then by value. */
struct argument {
    struct dtl_slice all;
    size_t name; /* its length */
};

static int compare_arguments(const void *pa, const void *pb)
{
    const struct argument *a = pa, *b = pb;
    int c =
        dtl_compare(dtl_sub(a->all, 0, a->name), dtl_sub(b->all, 0, b->name));

    return c != 0 ? c : dtl_compare(a->all, b->all);
}

static size_t split_arguments(struct dtl_slice q, struct argument *args,
                              size_t max, bool *sorted)
{
    size_t n = 0;

    *sorted = true;
    for (size_t pos = 0; pos <= q.len && n < max; n++) {
        size_t end = span_to(q, pos, '&', '&', '&');

        args[n].all = dtl_sub(q, pos, end);
        args[n].name = span_to(args[n].all, 0, '=', '=', '=');
        if (n > 0 && compare_arguments(&args[n - 1], &args[n]) > 0)
            *sorted = false;
        pos = end + 1;
    }
    return n;
}

static bool sort_query(struct dtl_slice q, struct dtl_arena *arena,
                       uint8_t *out)
{
    struct argument few[32], *args = few;
    size_t max = 1, n, w = 0;
    bool sorted;

    for (size_t i = 0; i < q.len; i++)
        max += q.ptr[i] == '&';
    if (max > 32) {
        args = dtl_arena_calloc(arena, max, sizeof *args);
        if (args == NULL)
            return false;
    }
    n = split_arguments(q, args, max, &sorted);
    if (!sorted)
        qsort(args, n, sizeof *args, compare_arguments);
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            out[w++] = '&';
        if (args[i].all.len > 0)
            memcpy(out + w, args[i].all.ptr, args[i].all.len);
        w += args[i].all.len;
    }
    return true;
}

/* ---- together -------------------------------------------------------------
 */

static bool default_port(struct dtl_slice scheme, uint32_t port)
{
    return port == 0 ||
           (port == 80 && dtl_equal_nocase(scheme, dtl_str("http"))) ||
           (port == 443 && dtl_equal_nocase(scheme, dtl_str("https")));
}

static size_t put_port(const struct parts *p, uint8_t *out)
{
    uint64_t port;

    if (p->port.len == 0)
        return 0;
    out[0] = ':';
    if (!dtl_parse_u64(p->port, &port) || port > 65535) /* no port: as it is */
        return 1 + escape(p->port, out + 1);
    return default_port(p->scheme, (uint32_t)port)
               ? 0
               : 1 + put_number((uint32_t)port, out + 1);
}

/* The query as the key has it; `work` has room for four times its length. */
static size_t canonical_query(struct dtl_slice query, uint8_t *work,
                              struct dtl_slice *out)
{
    size_t len = unescape(query, work);
    uint8_t *escaped = work + len;

    len = escape(dtl_slice_of(work, len), escaped);
    len = strip_query_sessions(escaped, len);
    *out = dtl_slice_of(escaped, len);
    return len;
}

/* `work` and `out` have room for ROOM(url.len); 0 when out of memory. */
static size_t wayback_key(struct dtl_slice url, struct dtl_arena *arena,
                          uint8_t *work, uint8_t *out)
{
    struct dtl_slice s = clean(url, work), host = { NULL, 0 }, query;
    uint8_t *scratch = work + url.len + 16;
    struct parts p;
    size_t n = 0;

    if (s.len == 0) {
        out[0] = '-';
        return 1;
    }
    split(s, &p);
    if (p.host.len > 0)
        host = canonical_host(p.host, !dtl_equal(p.scheme, dtl_str("dns")),
                              scratch, out);
    if (host.len > 0) {
        memmove(scratch, host.ptr, host.len);
        n = put_reversed(dtl_slice_of(scratch, host.len), out);
        n += put_port(&p, out + n);
        out[n++] = ')';
    } else {
        memcpy(out, p.scheme.ptr, p.scheme.len);
        n = p.scheme.len;
        out[n++] = ':';
    }
    if (host.len > 0 || p.path.len > 0)
        n += put_path(p.path, host.len > 0, scratch, out + n);
    if (p.query.len == 0 || canonical_query(p.query, scratch, &query) == 0)
        return n;
    if (host.len == 0 && p.path.len == 0)
        out[n++] = '/';
    out[n++] = '?';
    return sort_query(query, arena, out + n) ? n + query.len : 0;
}

/* ---- URL Standard only ------------------------------------------------------
 */

/* https://url.spec.whatwg.org/#path-percent-encode-set and query; escapes that
 * are there stay. */
static size_t encode(struct dtl_slice s, const char *set, uint8_t *out)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t n = 0;

    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.ptr[i];

        if (c <= 0x20 || c >= 0x7f || strchr(set, c) != NULL) {
            out[n++] = '%';
            out[n++] = (uint8_t)hex[c >> 4];
            out[n++] = (uint8_t)hex[c & 15];
        } else {
            out[n++] = c;
        }
    }
    return n;
}

/* 1 for ".", 2 for "..", as the standard recognises them; else 0. */
static unsigned dots(struct dtl_slice s)
{
    unsigned n = 0;

    for (size_t i = 0; i < s.len; n++)
        if (s.ptr[i] == '.')
            i++;
        else if (dtl_starts_nocase(dtl_sub(s, i, s.len), "%2e"))
            i += 3;
        else
            return 0;
    return n <= 2 ? n : 0;
}

static size_t whatwg_path(struct dtl_slice path, uint8_t *out)
{
    size_t n = 0;

    for (size_t pos = 0; pos < path.len;) {
        size_t from = pos + (path.ptr[pos] == '/' || path.ptr[pos] == '\\');
        size_t end = span_to(path, from, '/', '\\', '/');
        struct dtl_slice segment = dtl_sub(path, from, end);
        unsigned d = dots(segment);

        while (d == 2 && n > 0 && out[--n] != '/')
            ;
        if (d == 0 || end == path.len)
            out[n++] = '/';
        if (d == 0)
            n += encode(segment, "\"#<>?`{}^", out + n);
        pos = end;
    }
    if (n == 0)
        out[n++] = '/';
    return n;
}

static size_t whatwg_key(struct dtl_slice url, uint8_t *work, uint8_t *out)
{
    struct dtl_slice s = clean(url, work), host = { NULL, 0 };
    uint8_t *scratch = work + url.len + 16;
    struct parts p;
    size_t n = 0;

    split(s, &p);
    if (p.host.len > 0)
        host = canonical_host(p.host, false, scratch, out);
    if (host.len == 0) /* an opaque path */
        return encode(s, "", out);
    memmove(scratch, host.ptr, host.len);
    n = put_reversed(dtl_slice_of(scratch, host.len), out);
    n += put_port(&p, out + n);
    out[n++] = ')';
    n += whatwg_path(p.path, out + n);
    if (p.query.len > 0) {
        out[n++] = '?';
        n += encode(p.query, "\"#<>'", out + n);
    }
    return n;
}

/* Escapes triple a byte; a cleaned copy and its unescaped form come on top. */
#define ROOM(len) (6 * (len) + 256)

struct dtl_slice dtl_surt(struct dtl_arena *a, struct dtl_slice url,
                          enum dtl_surt_mode mode)
{
    uint8_t small[2 * ROOM(SMALL)], *work = small, *out;
    size_t room = ROOM(url.len), n;

    if (url.len == 0)
        return dtl_arena_dup(a, dtl_str("-"));
    if (dtl_starts(url, "filedesc"))
        return dtl_arena_dup(a, url);
    if (url.len > SMALL) {
        if (url.len > SIZE_MAX / 16 ||
            (work = dtl_arena_alloc(a, 2 * room)) == NULL)
            return dtl_slice_of(NULL, 0);
    }
    out = work + room;
    n = mode == DTL_SURT_WHATWG ? whatwg_key(url, work, out)
                                : wayback_key(url, a, work, out);
    return n > 0 ? dtl_arena_dup(a, dtl_slice_of(out, n))
                 : dtl_slice_of(NULL, 0);
}
