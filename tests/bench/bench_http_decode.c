/* SPDX-License-Identifier: Apache-2.0 */
/* Head, chunks and gzip of made-up pages, fixed seed; the ratio to zlib on the
 * same streams. */
#include <dateline/http.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <zlib.h>

#define PAGE   200000
#define ROUNDS 300

static void make_page(struct dtl_buf *b)
{
    static const char *const words[] = { "<p>",    "council", "bridge", "the",
                                         "</p>\n", "voted",   "a href", "of" };
    uint32_t seed = 7;

    while (b->len < PAGE) {
        seed = seed * 1664525 + 1013904223;
        dtl_buf_printf(b, "%s %x ", words[seed >> 29], seed >> 20 & 0xff);
    }
}

static struct dtl_slice gzipped(struct dtl_slice s, uint8_t *out, size_t room)
{
    z_stream z = { 0 };

    deflateInit2(&z, 6, Z_DEFLATED, 31, 8, 0);
    z.next_in = (Bytef *)(uintptr_t)s.ptr;
    z.avail_in = (uInt)s.len;
    z.next_out = out;
    z.avail_out = (uInt)room;
    deflate(&z, Z_FINISH);
    deflateEnd(&z);
    return dtl_slice_of(out, z.total_out);
}

static double by_zlib(struct dtl_slice gz)
{
    static uint8_t out[PAGE + 100];
    clock_t start = clock();

    for (int i = 0; i < ROUNDS; i++) {
        z_stream z = { 0 };

        inflateInit2(&z, 31);
        z.next_in = (Bytef *)(uintptr_t)gz.ptr;
        z.avail_in = (uInt)gz.len;
        z.next_out = out;
        z.avail_out = sizeof out;
        inflate(&z, Z_FINISH);
        inflateEnd(&z);
    }
    return (double)(clock() - start) / CLOCKS_PER_SEC;
}

static double by_us(struct dtl_slice message)
{
    struct dtl_arena *a = dtl_arena_new(0);
    struct dtl_decoder *d = NULL;
    clock_t start = clock();

    if (dtl_decoder_new(&d, NULL) != DTL_OK)
        exit(1);
    for (int i = 0; i < ROUNDS; i++) {
        struct dtl_slice payload, out;
        struct dtl_http h;

        dtl_arena_reset(a);
        if (dtl_http_parse(message, a, &h, NULL) != DTL_OK ||
            dtl_http_payload(&h, dtl_sub(message, h.head_len, message.len), a,
                             &payload, NULL) != DTL_OK ||
            dtl_http_decode(d, &h, payload, 1u << 24, &out, NULL) != DTL_OK ||
            out.len < PAGE)
            exit(1);
    }
    dtl_decoder_free(d);
    dtl_arena_free(a);
    return (double)(clock() - start) / CLOCKS_PER_SEC;
}

int main(void)
{
    struct dtl_buf page = { 0 }, message = { 0 };
    static uint8_t room[PAGE];
    struct dtl_slice gz;
    double ours, zlibs, mb;

    make_page(&page);
    mb = (double)page.len * ROUNDS / 1e6;
    gz = gzipped(dtl_buf_view(&page), room, sizeof room);
    dtl_buf_str(&message, "HTTP/1.1 200 OK\r\nDate: Wed, 31 Jan 2024 23:59:59 "
                          "GMT\r\nContent-Type: text/html; charset=utf-8\r\n"
                          "Content-Encoding: gzip\r\nTransfer-Encoding: "
                          "chunked\r\nVary: *\r\n\r\n");
    for (size_t pos = 0; pos < gz.len; pos += 8192) {
        struct dtl_slice chunk = dtl_sub(gz, pos, pos + 8192);

        dtl_buf_printf(&message, "%zx\r\n", chunk.len);
        dtl_buf_slice(&message, chunk);
        dtl_buf_str(&message, "\r\n");
    }
    dtl_buf_str(&message, "0\r\n\r\n");
    zlibs = by_zlib(gz);
    ours = by_us(dtl_buf_view(&message));
    printf("{\"bench\":\"http_decode\",\"mb\":%.0f,\"cpu_s\":%.3f,"
           "\"mb_per_s\":%.0f,\"zlib_cpu_s\":%.3f,\"ratio_to_zlib\":%.2f}\n",
           mb, ours, mb / ours, zlibs, ours / zlibs);
    dtl_buf_free(&page);
    dtl_buf_free(&message);
    return 0;
}
