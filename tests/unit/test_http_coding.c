/* SPDX-License-Identifier: Apache-2.0 */
/* Coded bodies are made here with zlib's, and for brotli and zstd taken from
 * their reference encoders as bytes. */
#include <dateline/http.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <zlib.h>
#include <cmocka.h>

#define MAX (1u << 20)

static const char text[] = "The council voted 7 to 2 on Tuesday to close the "
                           "old bridge, the old mill and the old school.\n";

/* "brotli " twenty times, by brotli -9; "zstd " twenty times, by zstd -3. */
static const uint8_t br[] = { 0x1b, 0x8b, 0x00, 0x00, 0x04, 0x1c, 0x87,
                              0xd7, 0xbb, 0xfb, 0xee, 0x8b, 0x88, 0x14,
                              0xb1, 0x45, 0xf2, 0x6b, 0x7d, 0x0c };
static const uint8_t zst[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x58, 0x65,
                               0x00, 0x00, 0x28, 0x7a, 0x73, 0x74, 0x64,
                               0x20, 0x01, 0x00, 0x8c, 0xa9, 0x68, 0x01,
                               0xe6, 0xd8, 0x35, 0xcf };

static struct dtl_arena *arena;
static struct dtl_decoder *decoder;

static int set_up(void **state)
{
    (void)state;
    arena = dtl_arena_new(0);
    return dtl_decoder_new(&decoder, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    dtl_decoder_free(decoder);
    dtl_arena_free(arena);
    return 0;
}

enum { GZIP = 15 + 16, ZLIB = 15, RAW = -15 };

static struct dtl_slice coded(int window, struct dtl_slice s)
{
    z_stream z = { 0 };
    uint8_t *out = dtl_arena_alloc(arena, s.len + s.len / 8 + 100);

    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, window, 9, 0), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)s.ptr;
    z.avail_in = (uInt)s.len;
    z.next_out = out;
    z.avail_out = (uInt)(s.len + s.len / 8 + 100);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    s = dtl_slice_of(out, z.total_out);
    deflateEnd(&z);
    return s;
}

static struct dtl_slice joined(struct dtl_slice a, struct dtl_slice b)
{
    uint8_t *p = dtl_arena_alloc(arena, a.len + b.len);

    memcpy(p, a.ptr, a.len);
    memcpy(p + a.len, b.ptr, b.len);
    return dtl_slice_of(p, a.len + b.len);
}

static struct dtl_slice repeated(const char *s, size_t times)
{
    size_t len = strlen(s);
    uint8_t *p = dtl_arena_alloc(arena, len * times);

    for (size_t i = 0; i < times; i++)
        memcpy(p + i * len, s, len);
    return dtl_slice_of(p, len * times);
}

/* The flags; the result in `out`. */
static unsigned decode(const char *head, struct dtl_slice payload, size_t max,
                       struct dtl_slice *out)
{
    struct dtl_http h;
    char *message =
        dtl_arena_printf(arena, "HTTP/1.1 200 OK\r\n%s\r\n\r\n", head);

    assert_int_equal(dtl_http_parse(dtl_str(message), arena, &h, NULL), DTL_OK);
    assert_int_equal(dtl_http_decode(decoder, &h, payload, max, out, NULL),
                     DTL_OK);
    return h.flags;
}

static void assert_decodes(const char *name, const char *head,
                           struct dtl_slice payload, struct dtl_slice want,
                           unsigned flags)
{
    struct dtl_slice out;
    unsigned got = decode(head, payload, MAX, &out);

    if (got != flags || !dtl_equal(out, want))
        fail_msg("%s: flags %x, %zu bytes of %zu: '%.*s'", name, got, out.len,
                 want.len, (int)(out.len < 40 ? out.len : 40),
                 (const char *)out.ptr);
}

static void undoes_each_coding(void **state)
{
    struct dtl_slice t = dtl_str(text), big = repeated(text, 3000);
    struct dtl_slice gz = coded(GZIP, t);

    (void)state;
    assert_decodes("none", "A: b", t, t, 0);
    assert_decodes("identity", "Content-Encoding: identity", t, t, 0);
    assert_decodes("gzip", "Content-Encoding: gzip", gz, t, 0);
    assert_decodes("x-gzip", "content-encoding: X-GZIP", gz, t, 0);
    assert_decodes("large", "Content-Encoding: gzip", coded(GZIP, big), big, 0);
    assert_decodes("deflate is zlib", "Content-Encoding: deflate",
                   coded(ZLIB, t), t, 0);
    assert_decodes("deflate is raw", "Content-Encoding: deflate", coded(RAW, t),
                   t, 0);
    assert_decodes("deflate is gzip", "Content-Encoding: deflate", gz, t, 0);
    assert_decodes("br", "Content-Encoding: br", dtl_slice_of(br, sizeof br),
                   repeated("brotli ", 20), 0);
    assert_decodes("zstd", "Content-Encoding: zstd",
                   dtl_slice_of(zst, sizeof zst), repeated("zstd ", 20), 0);
    assert_decodes("empty", "Content-Encoding: gzip", dtl_str(""), dtl_str(""),
                   0);
}

static void undoes_several(void **state)
{
    struct dtl_slice t = dtl_str(text), gz = coded(GZIP, t);
    struct dtl_slice zst20 = repeated("zstd ", 20);
    struct dtl_slice frame = dtl_slice_of(zst, sizeof zst);

    (void)state;
    assert_decodes("members", "Content-Encoding: gzip",
                   joined(gz, joined(gz, gz)), repeated(text, 3), 0);
    assert_decodes("frames", "Content-Encoding: zstd", joined(frame, frame),
                   joined(zst20, zst20), 0);
    assert_decodes("a list", "Content-Encoding: deflate, gzip",
                   coded(GZIP, coded(ZLIB, t)), t, 0);
    assert_decodes("two fields",
                   "Content-Encoding: gzip\r\n"
                   "Content-Encoding: gzip",
                   coded(GZIP, gz), t, 0);
    assert_decodes("transfer-coding", "Transfer-Encoding: gzip, chunked", gz, t,
                   0);
    assert_decodes("both", "Content-Encoding: gzip\r\nTransfer-Encoding: gzip",
                   coded(GZIP, gz), t, 0);
}

static void forgives(void **state)
{
    struct dtl_slice t = dtl_str(text), gz = coded(GZIP, t);
    struct dtl_slice frame = dtl_slice_of(zst, sizeof zst);

    (void)state;
    assert_decodes("junk after gzip", "Content-Encoding: gzip",
                   joined(gz, dtl_str("<!-- cached -->")), t, 0);
    assert_decodes("junk after zstd", "Content-Encoding: zstd",
                   joined(frame, dtl_str("junk")), repeated("zstd ", 20), 0);
    assert_decodes("gzip not applied", "Content-Encoding: gzip", t, t,
                   DTL_HTTP_FALSE_CODING);
    assert_decodes("deflate not applied", "Content-Encoding: deflate", t, t,
                   DTL_HTTP_FALSE_CODING);
    assert_decodes("br not applied", "Content-Encoding: br", t, t,
                   DTL_HTTP_FALSE_CODING);
    assert_decodes("zstd not applied", "Content-Encoding: zstd", t, t,
                   DTL_HTTP_FALSE_CODING);
    assert_decodes("twice declared, once applied",
                   "Content-Encoding: gzip, gzip", gz, t,
                   DTL_HTTP_FALSE_CODING);
    assert_decodes("unknown", "Content-Encoding: sdch", t, t,
                   DTL_HTTP_UNKNOWN_CODING);
    assert_decodes("known under unknown", "Content-Encoding: gzip, sdch", gz,
                   gz, DTL_HTTP_UNKNOWN_CODING);
    assert_decodes("HTML gzipped in silence", "Content-Type: text/html", gz, t,
                   DTL_HTTP_HIDDEN_CODING);
    assert_decodes("a download stays gzip", "Content-Type: application/gzip",
                   gz, gz, 0);
}

/* Bytes from a fixed seed: deflate keeps them apart from one another, so that
 * a prefix of the stream gives a prefix of the text. */
static struct dtl_slice noise(size_t len)
{
    uint8_t *p = dtl_arena_alloc(arena, len);
    uint32_t seed = 1;

    for (size_t i = 0; i < len; i++) {
        seed = seed * 1664525 + 1013904223;
        p[i] = (uint8_t)('a' + (seed >> 24) % 26);
    }
    return dtl_slice_of(p, len);
}

static void salvages(void **state)
{
    struct dtl_slice t = noise(200000), gz = coded(GZIP, t), out, bad;
    uint8_t *p;

    (void)state;
    assert_int_equal(
        decode("Content-Encoding: gzip", dtl_sub(gz, 0, gz.len / 2), MAX, &out),
        DTL_HTTP_CUT_CODING);
    assert_true(out.len > t.len * 4 / 10 && out.len < t.len * 6 / 10);
    assert_memory_equal(out.ptr, t.ptr, out.len);

    bad = dtl_arena_dup(arena, gz);
    p = (uint8_t *)(uintptr_t)bad.ptr;
    p[gz.len - 6] ^= 1; /* its CRC: the text is all there */
    assert_decodes("wrong CRC", "Content-Encoding: gzip", bad, t,
                   DTL_HTTP_BAD_CODING);
    memset(p + gz.len / 2, 0xff, 500);
    assert_int_equal(decode("Content-Encoding: gzip", bad, MAX, &out),
                     DTL_HTTP_BAD_CODING);
    assert_true(out.len > t.len * 4 / 10 && out.len < t.len * 6 / 10);
    assert_memory_equal(out.ptr, t.ptr, t.len * 4 / 10);

    assert_int_equal(decode("Content-Encoding: br",
                            dtl_slice_of(br, sizeof br - 2), MAX, &out),
                     DTL_HTTP_CUT_CODING);
    assert_int_equal(decode("Content-Encoding: zstd",
                            dtl_slice_of(zst, sizeof zst - 3), MAX, &out),
                     DTL_HTTP_CUT_CODING);
    assert_int_equal(decode("Content-Encoding: deflate",
                            dtl_sub(coded(RAW, t), 0, 50000), MAX, &out),
                     DTL_HTTP_CUT_CODING);
    assert_memory_equal(out.ptr, t.ptr, out.len);
}

static void stops_at_the_ceiling(void **state)
{
    struct dtl_slice zeros = dtl_slice_of(calloc(1, 40u << 20), 40u << 20);
    struct dtl_slice bomb = coded(GZIP, zeros), out;

    (void)state;
    assert_true(bomb.len * 900 < zeros.len);
    assert_int_equal(decode("Content-Encoding: gzip", bomb, MAX, &out),
                     DTL_HTTP_LIMIT);
    assert_int_equal(out.len, MAX);
    assert_int_equal(
        decode("Content-Encoding: gzip, gzip", coded(GZIP, bomb), MAX, &out),
        DTL_HTTP_LIMIT);
    assert_int_equal(out.len, MAX);
    assert_int_equal(decode("Content-Encoding: gzip", bomb, zeros.len, &out),
                     0);
    assert_int_equal(out.len, zeros.len);
    assert_int_equal(decode("A: b", dtl_str("abcdef"), 3, &out),
                     DTL_HTTP_LIMIT);
    assert_int_equal(out.len, 3);
    assert_int_equal(
        decode("Content-Encoding: br", dtl_slice_of(br, sizeof br), 30, &out),
        DTL_HTTP_LIMIT);
    assert_int_equal(out.len, 30);
    assert_int_equal(decode("Content-Encoding: zstd",
                            dtl_slice_of(zst, sizeof zst), 30, &out),
                     DTL_HTTP_LIMIT);
    assert_int_equal(out.len, 30);
    free((void *)(uintptr_t)zeros.ptr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(undoes_each_coding),
        cmocka_unit_test(undoes_several),
        cmocka_unit_test(forgives),
        cmocka_unit_test(salvages),
        cmocka_unit_test(stops_at_the_ceiling),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
