/* SPDX-License-Identifier: Apache-2.0 */
#include <dateline/url.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define ID32 "0123456789abcdefghijklmnopqrstuv"
#define ID24 "abcdefghijklmnopqrstuvwx"

static const struct {
    const char *name, *url, *key;
} keys[] = {
    { "reverses the host", "http://news.example.org/", "org,example,news)/" },
    { "empty is a dash", "", "-" },
    { "blank is a dash", " \t", "-" },
    { "trims and drops line ends", " http://e.org/a\r\nb\tc ", "org,e)/abc" },
    { "http is the default scheme", "e.org/a", "org,e)/a" },
    { "a host with a port reads as a scheme", "e.org:81/a", "e.org:81/a" },
    { "last of several schemes", "http://https://e.org/", "org,e)/" },
    { "too many slashes", "http://///e.org/x", "org,e)/x" },
    { "no slashes at all", "http:e.org/x", "org,e)/x" },
    { "nothing but slashes", "http:////", "http:/" },
    { "adds the path", "http://e.org", "org,e)/" },
    { "adds the path before a query", "http://e.org?q", "org,e)/?q" },
    { "drops user and password", "http://u:p@w@e.org/", "org,e)/" },
    { "drops the fragment", "http://e.org/a#b?c", "org,e)/a" },
    { "drops www", "http://www.e.org/", "org,e)/" },
    { "drops www2", "http://www23.e.org/", "org,e)/" },
    { "drops www once", "http://www.www.e.org/", "org,e,www)/" },
    { "keeps www without a dot", "http://wwwe.org/", "org,wwwe)/" },
    { "drops port 80 of http", "http://e.org:80/", "org,e)/" },
    { "keeps port 80 of https", "https://e.org:80/", "org,e:80)/" },
    { "drops port 443 of https", "https://e.org:443/", "org,e)/" },
    { "keeps other ports", "http://e.org:8080/", "org,e:8080)/" },
    { "drops port 0", "http://e.org:0/", "org,e)/" },
    { "drops a bare colon", "http://e.org::/", "org,e)/" },
    { "a port has no leading zeros", "http://e.org:0081/", "org,e:81)/" },
    { "keeps what is no port", "http://e.org:x/", "org,e:x)/" },
    { "lower case throughout", "HTTP://E.ORG/A?B=C", "org,e)/a?b=c" },
    { "no default port for odd-cased schemes' lookalikes", "httq://e.org:80/",
      "org,e:80)/" },
    { "collapses dots of the host", "http://..e..org../", "org,e)/" },
    { "IPv4 is reversed like a name", "http://93.184.216.34/",
      "34,216,184,93)/" },
    { "IPv4 as one number", "http://3279880203/", "11,0,127,195)/" },
    { "IPv4 beyond 32 bits wraps", "http://39024579298/", "226,210,11,22)/" },
    { "IPv4 in octal", "http://017.0.0.1/", "1,0,0,15)/" },
    { "IPv4 with a short tail", "http://10.0.258/", "2,1,0,10)/" },
    { "no IPv4: part over 255", "http://1.2.3.256/", "256,3,2,1)/" },
    { "no IPv4: octal and decimal", "http://010.0.258/", "258,0,010)/" },
    { "IPv6 out of its brackets", "http://[::1]:8080/", "::1:8080)/" },
    { "IDN becomes Punycode",
      "http://b\xc3\xbc"
      "cher.example/",
      "example,xn--bcher-kva)/" },
    { "IDN is folded first",
      "http://B\xc3\x9c"
      "CHER.example/",
      "example,xn--bcher-kva)/" },
    { "IDN through escapes", "http://b%C3%BCcher.example/",
      "example,xn--bcher-kva)/" },
    { "sharp s becomes ss",
      "http://stra\xc3\x9f"
      "e.example/",
      "example,strasse)/" },
    { "ideographic full stop is a dot",
      "http://\xe6\x97\xa5\xe6\x9c\xac\xe3\x80\x82jp/", "jp,xn--wgv71a)/" },
    { "a host IDNA forbids is escaped", "http://\xd7\x90x.example/",
      "example,%d7%90x)/" },
    { "a blank in the host is escaped", "http:// e.org/", "org,%20e)/" },
    { "unescapes to the end", "http://e.org/%25%32%35", "org,e)/%25" },
    { "unescapes many layers", "http://e.org/%2525252541", "org,e)/a" },
    { "leaves a lone percent escaped", "http://e.org/100%", "org,e)/100%25" },
    { "escapes non-ASCII bytes", "http://e.org/\xc3\xa9", "org,e)/%c3%a9" },
    { "escapes a blank and a hash", "http://e.org/a b%23", "org,e)/a%20b%23" },
    { "keeps other marks", "http://e.org/!$'()*,;:@[]^`{|}~",
      "org,e)/!$'()*,;:@[]^`{|}~" },
    { "drops one dot", "http://e.org/a/./b", "org,e)/a/b" },
    { "drops two dots", "http://e.org/a/../b", "org,e)/b" },
    { "keeps two dots at the root", "http://e.org/../b", "org,e)/../b" },
    { "dots take an empty segment", "http://e.org/a//../b", "org,e)/a/b" },
    { "collapses slashes", "http://e.org/a//b///c", "org,e)/a/b/c" },
    { "drops the final slash", "http://e.org/a/", "org,e)/a" },
    { "escaped question mark stays in the path", "http://e.org/a%3Fb=1",
      "org,e)/a?b=1" },
    { "sorts the query", "http://e.org/?b=2&a=1", "org,e)/?a=1&b=2" },
    { "sorts by name, then bare, then value", "http://e.org/?a=2&a&a=1&a-",
      "org,e)/?a&a=1&a=2&a-" },
    { "sorts empty arguments first", "http://e.org/?b&", "org,e)/?&b" },
    { "sorts after unescaping", "http://e.org/?b%26a", "org,e)/?a&b" },
    { "drops an empty query", "http://e.org/?", "org,e)/" },
    { "jsessionid", "http://e.org/?jsessionid=" ID32 "&x=y", "org,e)/?x=y" },
    { "jsessionid alone", "http://e.org/?JSESSIONID=" ID32, "org,e)/" },
    { "too long for a session", "http://e.org/?jsessionid=" ID32 "0",
      "org,e)/?jsessionid=" ID32 "0" },
    { "phpsessid after another", "http://e.org/?a=b&PHPSESSID=" ID32,
      "org,e)/?&a=b" },
    { "sid and jsessionid", "http://e.org/?sid=" ID32 "&jsessionid=" ID32,
      "org,e)/" },
    { "aspsessionid", "http://e.org/?ASPSESSIONIDABCDEFGH=" ID24 "&x=y",
      "org,e)/?x=y" },
    { "cfid and cftoken", "http://e.org/?CFID=12&CFTOKEN=3-4&m=1",
      "org,e)/?m=1" },
    { "cfid alone stays", "http://e.org/?cfid=12&m=1", "org,e)/?cfid=12&m=1" },
    { "ASP.NET session in the path", "http://e.org/(S(" ID24 "))/p.aspx",
      "org,e)/p.aspx" },
    { "ASP.NET session, bare", "http://e.org/(" ID24 ")/p.aspx?q",
      "org,e)/p.aspx?q" },
    { "ASP.NET session needs an .aspx", "http://e.org/(" ID24 ")/p.html",
      "org,e)/(" ID24 ")/p.html" },
    { "ASP.NET session needs a name before .aspx",
      "http://e.org/(" ID24 ")/.aspx", "org,e)/(" ID24 ")/.aspx" },
    { "dns keeps its form", "dns:www.E.org", "dns:www.e.org" },
    { "urn keeps its form", "urn:X-Tool:Log/", "urn:x-tool:log" },
    { "other schemes are hosts too", "whois://whois.e.il/E.il",
      "il,e,whois)/e.il" },
    { "filedesc is left alone", "filedesc://A.arc", "filedesc://A.arc" },
    { "file without host", "file:///A/b", "file:/a/b" },
};

static void makes_wayback_keys(void **state)
{
    struct dtl_arena *a = dtl_arena_new(0);

    (void)state;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct dtl_slice key =
            dtl_surt(a, dtl_str(keys[i].url), DTL_SURT_WAYBACK);

        if (!dtl_equal(key, dtl_str(keys[i].key)))
            fail_msg("%s: %s gave %.*s, not %s", keys[i].name, keys[i].url,
                     (int)key.len, (const char *)key.ptr, keys[i].key);
    }
    dtl_arena_free(a);
}

static const struct {
    const char *name, *url, *key;
} standard[] = {
    { "keeps www", "http://www.e.org/", "org,e,www)/" },
    { "keeps case and order", "http://e.org/A?b=B&a", "org,e)/A?b=B&a" },
    { "keeps the final slash", "http://e.org/a/", "org,e)/a/" },
    { "keeps double slashes", "http://e.org/a//b", "org,e)/a//b" },
    { "keeps escapes", "http://e.org/%41%2f", "org,e)/%41%2f" },
    { "removes dots, escaped too", "http://e.org/a/%2E./b/.", "org,e)/b/" },
    { "escapes as the path set says", "http://e.org/ \"`", "org,e)/%20%22%60" },
    { "drops the default port", "http://e.org:80", "org,e)/" },
    { "keeps an opaque path", "urn:A:b", "urn:A:b" },
};

static void makes_standard_keys(void **state)
{
    struct dtl_arena *a = dtl_arena_new(0);

    (void)state;
    for (size_t i = 0; i < sizeof standard / sizeof standard[0]; i++) {
        struct dtl_slice key =
            dtl_surt(a, dtl_str(standard[i].url), DTL_SURT_WHATWG);

        if (!dtl_equal(key, dtl_str(standard[i].key)))
            fail_msg("%s: %s gave %.*s, not %s", standard[i].name,
                     standard[i].url, (int)key.len, (const char *)key.ptr,
                     standard[i].key);
    }
    dtl_arena_free(a);
}

/* Longer than what fits on the stack, and every byte three times as long. */
static void long_urls(void **state)
{
    struct dtl_arena *a = dtl_arena_new(0);
    struct dtl_buf url = { 0 };
    struct dtl_slice key;

    (void)state;
    dtl_buf_str(&url, "http://e.org/");
    for (int i = 0; i < 5000; i++)
        dtl_buf_byte(&url, 0xff);
    dtl_buf_byte(&url, '?');
    for (int i = 5000; i > 0; i--)
        dtl_buf_printf(&url, "%04d&", i);
    key = dtl_surt(a, dtl_buf_view(&url), DTL_SURT_WAYBACK);
    assert_int_equal(key.len, 7 + 15000 + 1 + 25000);
    assert_memory_equal(key.ptr, "org,e)/%ff%ff", 13);
    assert_memory_equal(key.ptr + 7 + 15000, "?&0001&0002", 11);
    dtl_buf_free(&url);
    dtl_arena_free(a);
}

/* RFC 3986 section 5.4 with base http://a/b/c/d;p?q, and what browsers do. */
static const struct {
    const char *ref, *target;
} references[] = {
    { "g:h", "g:h" },
    { "g", "http://a/b/c/g" },
    { "./g", "http://a/b/c/g" },
    { "g/", "http://a/b/c/g/" },
    { "/g", "http://a/g" },
    { "//g", "http://g" },
    { "?y", "http://a/b/c/d;p?y" },
    { "g?y", "http://a/b/c/g?y" },
    { "#s", "http://a/b/c/d;p?q#s" },
    { "g#s", "http://a/b/c/g#s" },
    { ";x", "http://a/b/c/;x" },
    { "", "http://a/b/c/d;p?q" },
    { ".", "http://a/b/c/" },
    { "..", "http://a/b/" },
    { "../g", "http://a/b/g" },
    { "../..", "http://a/" },
    { "../../../g", "http://a/g" },
    { "/./g", "http://a/g" },
    { "g..", "http://a/b/c/g.." },
    { "g;x=1/../y", "http://a/b/c/y" },
    { "g?y/../x", "http://a/b/c/g?y/../x" },
    { "https://x/y/../z", "https://x/z" },
    { "http:g", "http://a/b/c/g" },
    { " g\n ", "http://a/b/c/g" },
    { "\\x\\y?\\", "http://a/x/y?\\" },
    { "mailto:a@b", "mailto:a@b" },
};

static void resolves_references(void **state)
{
    struct dtl_arena *a = dtl_arena_new(0);

    (void)state;
    for (size_t i = 0; i < sizeof references / sizeof references[0]; i++) {
        struct dtl_slice s = dtl_url_resolve(a, dtl_str("http://a/b/c/d;p?q"),
                                             dtl_str(references[i].ref));

        if (!dtl_equal(s, dtl_str(references[i].target)))
            fail_msg("%s gave %.*s, not %s", references[i].ref, (int)s.len,
                     (const char *)s.ptr, references[i].target);
    }
    assert_null(dtl_url_resolve(a, dtl_str("b"), dtl_str("c")).ptr);
    dtl_arena_free(a);
}

static void splits(void **state)
{
    struct dtl_url u;

    (void)state;
    assert_true(dtl_url_split(dtl_str("http://u:p@h.org:81/p/q?a=b#f"), &u));
    assert_true(dtl_equal(u.scheme, dtl_str("http")));
    assert_true(dtl_equal(u.user, dtl_str("u:p")));
    assert_true(dtl_equal(u.host, dtl_str("h.org")));
    assert_true(dtl_equal(u.port, dtl_str("81")));
    assert_true(dtl_equal(u.path, dtl_str("/p/q")));
    assert_true(dtl_equal(u.query, dtl_str("a=b")));
    assert_true(dtl_equal(u.fragment, dtl_str("f")));
    assert_true(dtl_url_split(dtl_str("http://[::1]:8"), &u));
    assert_true(dtl_equal(u.host, dtl_str("[::1]")));
    assert_true(dtl_equal(u.port, dtl_str("8")));
    assert_true(dtl_url_split(dtl_str("urn:a:b"), &u));
    assert_true(dtl_equal(u.path, dtl_str("a:b")));
    assert_false(dtl_url_split(dtl_str("//h/p"), &u));
    assert_false(dtl_url_split(dtl_str(""), &u));
}

static const struct {
    const char *url, *host, *site;
} sites[] = {
    { "http://News.BBC.co.uk:80/x", "news.bbc.co.uk", "bbc.co.uk" },
    { "https://u@www.example.com/", "www.example.com", "example.com" },
    { "https://example.com./", "example.com", "example.com" },
    { "https://com/", "com", "com" },
    { "http://10.0.0.1/", "10.0.0.1", "10.0.0.1" },
    { "http://[::1]/", "[::1]", "[::1]" },
    { "http://www.b\xc3\xbc"
      "cher.example/",
      "www.xn--bcher-kva.example", "xn--bcher-kva.example" },
    { "mailto:a@b", "", "" },
};

static void finds_sites(void **state)
{
    struct dtl_arena *a = dtl_arena_new(0);

    (void)state;
    for (size_t i = 0; i < sizeof sites / sizeof sites[0]; i++) {
        assert_true(dtl_equal(dtl_url_host(a, dtl_str(sites[i].url)),
                              dtl_str(sites[i].host)));
        assert_true(dtl_equal(dtl_url_site(a, dtl_str(sites[i].url)),
                              dtl_str(sites[i].site)));
    }
    dtl_arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_wayback_keys),
        cmocka_unit_test(makes_standard_keys),
        cmocka_unit_test(long_urls),
        cmocka_unit_test(resolves_references),
        cmocka_unit_test(splits),
        cmocka_unit_test(finds_sites),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
