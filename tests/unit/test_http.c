/* SPDX-License-Identifier: Apache-2.0 */
#include <dateline/http.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static struct dtl_arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = dtl_arena_new(0);
    return arena != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    dtl_arena_free(arena);
    return 0;
}

static struct dtl_http parse(const char *message)
{
    struct dtl_http h;

    assert_int_equal(dtl_http_parse(dtl_str(message), arena, &h, NULL), DTL_OK);
    return h;
}

static void assert_text(struct dtl_slice s, const char *want)
{
    if (!dtl_equal(s, dtl_str(want)))
        fail_msg("'%.*s' is not '%s'", (int)s.len, (const char *)s.ptr, want);
}

static const struct {
    const char *name, *message;
    int status;
    const char *version, *reason;
    size_t body; /* bytes after the head */
    unsigned flags;
} status_lines[] = {
    { "ordinary", "HTTP/1.1 200 OK\r\n\r\nabc", 200, "HTTP/1.1", "OK", 3, 0 },
    { "no reason", "HTTP/2 204\r\n\r\n", 204, "HTTP/2", "", 0, 0 },
    { "no reason, blank", "HTTP/2 301 \r\n\r\n", 301, "HTTP/2", "", 0, 0 },
    { "LF only", "HTTP/1.0 404 Not Found\n\nabc", 404, "HTTP/1.0", "Not Found",
      3, 0 },
    { "lower case", "http/1.1 200 ok\n\n", 200, "http/1.1", "ok", 0, 0 },
    { "SHOUTcast", "ICY 200 OK\r\n\r\n", 200, "ICY", "OK", 0, 0 },
    { "several blanks", "HTTP/1.1   500   Oh no \r\n\r\n", 500, "HTTP/1.1",
      "Oh no", 0, 0 },
    { "doubled CR", "HTTP/1.1 200 OK\r\r\n\r\r\nabc", 200, "HTTP/1.1", "OK", 3,
      0 },
    { "empty lines first", "\r\n\nHTTP/1.1 200 OK\r\n\r\nabc", 200, "HTTP/1.1",
      "OK", 3, 0 },
    { "no status at all", "HTTP/1.1 OK\r\n\r\n", 0, "HTTP/1.1", "OK", 0, 0 },
    { "cut in the head", "HTTP/1.1 200 OK\r\nA: b\r\n", 200, "HTTP/1.1", "OK",
      0, DTL_HTTP_CUT_HEAD },
    { "cut in the status line", "HTTP/1.1 200", 200, "HTTP/1.1", "", 0,
      DTL_HTTP_CUT_HEAD },
    { "HTTP/0.9", "<html>\r\n\r\nx", 0, "", "", 11, DTL_HTTP_NO_HEAD },
    { "nothing", "", 0, "", "", 0, DTL_HTTP_NO_HEAD },
};

static void reads_status_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof status_lines / sizeof status_lines[0]; i++) {
        struct dtl_http h = parse(status_lines[i].message);
        size_t body = strlen(status_lines[i].message) - h.head_len;

        if (h.status != status_lines[i].status ||
            body != status_lines[i].body || h.flags != status_lines[i].flags)
            fail_msg("%s: status %d, body %zu, flags %x", status_lines[i].name,
                     h.status, body, h.flags);
        assert_text(h.version, status_lines[i].version);
        assert_text(h.reason, status_lines[i].reason);
    }
}

static void reads_request_lines(void **state)
{
    struct dtl_http h = parse("POST /a?b HTTP/1.1\r\nHost: e.org\r\n\r\nx=1");

    (void)state;
    assert_int_equal(h.status, 0);
    assert_text(h.method, "POST");
    assert_text(h.target, "/a?b");
    assert_text(h.version, "HTTP/1.1");
    assert_int_equal(h.head_len, 35);
    h = parse("GET /a b c HTTP/1.0\n\n");
    assert_text(h.target, "/a b c");
    h = parse("GET somewhere\n\n");
    assert_int_equal(h.flags, DTL_HTTP_NO_HEAD);
}

static void reads_fields(void **state)
{
    struct dtl_http h = parse("HTTP/1.1 200 OK\r\n"
                              "a:1\r\n"
                              "B :  two words \r\n"
                              "no field here\r\n"
                              ": no name\r\n"
                              "Folded: one\r\n"
                              "\ttwo\r\n"
                              "   three  \r\n"
                              "Empty:\r\n"
                              "Late-Fold:\r\n"
                              " value\r\n"
                              "b: again\r\n"
                              "\r\n");

    (void)state;
    assert_int_equal(h.nfields, 6);
    assert_text(h.fields[0].name, "a");
    assert_text(h.fields[0].value, "1");
    assert_text(h.fields[1].name, "B");
    assert_text(h.fields[1].value, "two words");
    assert_text(h.fields[2].value, "one two three");
    assert_text(h.fields[3].value, "");
    assert_text(h.fields[4].value, "value");
    assert_text(h.fields[5].value, "again");
    assert_ptr_equal(dtl_field_find(h.fields, h.nfields, "b"), &h.fields[1]);
}

static const struct {
    const char *value, *mime, *charset;
} types[] = {
    { "text/html", "text/html", "" },
    { "Text/HTML; Charset=\"UTF-8\"", "text/html", "UTF-8" },
    { "text/html;charset=utf-8;x=y", "text/html", "utf-8" },
    { "text/html; a=b; charset = latin1 ", "text/html", "latin1" },
    { "text/html, text/html", "text/html", "" },
    { "text/html charset=utf-8", "text/html", "" },
    { "; charset='x'", "", "x" },
    { "", "", "" },
};

static void reads_content_types(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct dtl_http h = parse(dtl_arena_printf(
            arena, "HTTP/1.1 200 OK\r\ncontent-TYPE: %s\r\n\r\n",
            types[i].value));

        assert_text(h.mime, types[i].mime);
        assert_text(h.charset, types[i].charset);
    }
}

/* A head of a million lines costs time in proportion, and no more memory than
 * a head of two thousand. */
static void bounds_the_fields(void **state)
{
    struct dtl_buf b = { 0 };
    struct dtl_http h;

    (void)state;
    dtl_buf_str(&b, "HTTP/1.1 200 OK\n");
    for (int i = 0; i < 1000000; i++)
        dtl_buf_str(&b, "a:\n");
    dtl_buf_str(&b, "\nbody");
    dtl_arena_reset(arena);
    assert_int_equal(dtl_http_parse(dtl_buf_view(&b), arena, &h, NULL), DTL_OK);
    assert_int_equal(b.len - h.head_len, 4);
    assert_int_equal(h.nfields, 2000);
    assert_true(dtl_arena_used(arena) < 100000);
    dtl_buf_free(&b);
}

#define CHUNKED "Transfer-Encoding: chunked"

static const struct {
    const char *name, *head, *body, *payload;
    unsigned flags;
} bodies[] = {
    { "not chunked", "A: b", "hello", "hello", 0 },
    { "chunks", CHUNKED, "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "abcde",
      DTL_HTTP_DECHUNKED },
    { "one chunk", CHUNKED, "3\r\nabc\r\n0\r\n\r\n", "abc",
      DTL_HTTP_DECHUNKED },
    { "nothing in chunks", CHUNKED, "0\r\n\r\n", "", DTL_HTTP_DECHUNKED },
    { "upper case coding and digits", "transfer-encoding: Chunked",
      "0A\r\n0123456789\r\n0\r\n\r\n", "0123456789", DTL_HTTP_DECHUNKED },
    { "extensions", CHUNKED, "3;a=b;c\r\nabc\r\n0;x\r\n\r\n", "abc",
      DTL_HTTP_DECHUNKED },
    { "padded sizes", CHUNKED, "3   \r\nabc\r\n 2\r\nde\r\n0\r\n\r\n", "abcde",
      DTL_HTTP_DECHUNKED },
    { "LF only", CHUNKED, "3\nabc\n2\nde\n0\n\n", "abcde", DTL_HTTP_DECHUNKED },
    { "trailers", CHUNKED, "3\r\nabc\r\n0\r\nMD5: x\r\n\r\n", "abc",
      DTL_HTTP_DECHUNKED },
    { "junk after the end", CHUNKED, "3\r\nabc\r\n0\r\n\r\n<junk>", "abc",
      DTL_HTTP_DECHUNKED },
    { "cut in a chunk", CHUNKED, "3\r\nabc\r\n5\r\nde", "abcde",
      DTL_HTTP_DECHUNKED | DTL_HTTP_CUT_CHUNKS },
    { "cut before the last chunk", CHUNKED, "3\r\nabc\r\n", "abc",
      DTL_HTTP_DECHUNKED | DTL_HTTP_CUT_CHUNKS },
    { "cut in a size", CHUNKED, "3\r\nabc\r\n1", "abc",
      DTL_HTTP_DECHUNKED | DTL_HTTP_CUT_CHUNKS },
    { "broken after a chunk", CHUNKED, "3\r\nabc\r\nrubbish\r\n", "abc",
      DTL_HTTP_DECHUNKED | DTL_HTTP_CUT_CHUNKS },
    { "declared, not applied", CHUNKED, "<html>\r\n", "<html>\r\n",
      DTL_HTTP_FALSE_CHUNKED },
    { "declared, begins like a size", CHUNKED, "face the facts",
      "face the facts", DTL_HTTP_FALSE_CHUNKED },
    { "declared, the length says otherwise", CHUNKED "\r\nContent-Length: 7",
      "5\r\nabcd", "5\r\nabcd", DTL_HTTP_FALSE_CHUNKED },
    { "no such size", CHUNKED, "11111111111111111\r\nabc",
      "11111111111111111\r\nabc", DTL_HTTP_FALSE_CHUNKED },
    { "applied, not declared", "A: b", "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
      "abcde", DTL_HTTP_DECHUNKED | DTL_HTTP_HIDDEN_CHUNKED },
    { "a body that only looks like it", "Content-Length: 13",
      "3\r\nabc\r\n0\r\n\r\n", "3\r\nabc\r\n0\r\n\r\n", 0 },
    { "undeclared and cut is not believed", "A: b", "3\r\nabc\r\n5\r\nde",
      "3\r\nabc\r\n5\r\nde", 0 },
    { "in a list", "Transfer-Encoding: gzip\r\n" CHUNKED, "1\r\na\r\n0\r\n\r\n",
      "a", DTL_HTTP_DECHUNKED },
};

static void undoes_chunks(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        struct dtl_http h = parse(dtl_arena_printf(
            arena, "HTTP/1.1 200 OK\r\n%s\r\n\r\n", bodies[i].head));
        struct dtl_slice payload;

        assert_int_equal(dtl_http_payload(&h, dtl_str(bodies[i].body), arena,
                                          &payload, NULL),
                         DTL_OK);
        if (!dtl_equal(payload, dtl_str(bodies[i].payload)) ||
            h.flags != bodies[i].flags)
            fail_msg("%s: '%.*s', flags %x", bodies[i].name, (int)payload.len,
                     (const char *)payload.ptr, h.flags);
    }
}

static struct dtl_digest sha1_of(struct dtl_slice s)
{
    struct dtl_hasher *hasher;
    struct dtl_digest d;

    assert_int_equal(dtl_hasher_new(DTL_DIGEST_SHA1, &hasher, NULL), DTL_OK);
    dtl_hasher_add(hasher, s);
    dtl_hasher_finish(hasher, &d);
    dtl_hasher_free(hasher);
    return d;
}

static void tells_which_bytes_a_digest_covers(void **state)
{
    struct dtl_slice block =
        dtl_str("HTTP/1.1 200 OK\r\n" CHUNKED "\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
    struct dtl_slice payload, body;
    struct dtl_hasher *hasher;
    struct dtl_http h;
    struct dtl_digest declared, computed, right = sha1_of(dtl_str("abc"));
    enum dtl_payload_rule rule;

    (void)state;
    assert_int_equal(dtl_http_parse(block, arena, &h, NULL), DTL_OK);
    body = dtl_sub(block, h.head_len, block.len);
    assert_int_equal(dtl_http_payload(&h, body, arena, &payload, NULL), DTL_OK);
    assert_int_equal(dtl_hasher_new(DTL_DIGEST_SHA1, &hasher, NULL), DTL_OK);

    rule = dtl_payload_check(&right, block, h.head_len, payload, hasher,
                             &computed);
    assert_int_equal(rule, DTL_PAYLOAD_STANDARD);
    assert_string_equal(dtl_payload_rule_name(rule), "payload");
    declared = sha1_of(body);
    rule = dtl_payload_check(&declared, block, h.head_len, payload, hasher,
                             &computed);
    assert_int_equal(rule, DTL_PAYLOAD_FRAMED);
    assert_true(dtl_digest_equal(&computed, &right));
    declared = sha1_of(block);
    rule =
        dtl_payload_check(&declared, block, h.head_len, payload, hasher, NULL);
    assert_int_equal(rule, DTL_PAYLOAD_BLOCK);
    declared = sha1_of(dtl_str("other"));
    rule = dtl_payload_check(&declared, block, h.head_len, payload, hasher,
                             &computed);
    assert_int_equal(rule, DTL_PAYLOAD_NO_MATCH);
    assert_true(dtl_digest_equal(&computed, &right));
    dtl_hasher_free(hasher);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_status_lines),
        cmocka_unit_test(reads_request_lines),
        cmocka_unit_test(reads_fields),
        cmocka_unit_test(reads_content_types),
        cmocka_unit_test(bounds_the_fields),
        cmocka_unit_test(undoes_chunks),
        cmocka_unit_test(tells_which_bytes_a_digest_covers),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
