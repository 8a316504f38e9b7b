/* SPDX-License-Identifier: Apache-2.0 */
/* Keys per second over made-up URLs of ordinary shape, fixed seed. */
#include <dateline/url.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define URLS   20000
#define ROUNDS 50

static uint32_t next(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static void make_url(struct dtl_buf *b, uint32_t *seed)
{
    static const char *const words[] = { "news",   "World", "article", "2024",
                                         "budget", "vote",  "index",   "page" };

    dtl_buf_printf(b, "%s://%sexample%u.co.uk/",
                   next(seed) % 3 ? "https" : "http",
                   next(seed) % 2 ? "www." : "", next(seed) % 1000);
    for (uint32_t n = 1 + next(seed) % 4; n > 0; n--)
        dtl_buf_printf(b, "%s-%s%s", words[next(seed) % 8],
                       words[next(seed) % 8], n > 1 ? "/" : ".html");
    if (next(seed) % 3 == 0)
        dtl_buf_printf(b, "?utm_source=%s&id=%u&q=%%20%s",
                       words[next(seed) % 8], next(seed) % 100000,
                       words[next(seed) % 8]);
}

int main(void)
{
    struct dtl_arena *a = dtl_arena_new(0);
    struct dtl_buf text = { 0 };
    static size_t ends[URLS];
    uint32_t seed = 1;
    size_t keys = 0, bytes = 0;
    clock_t start;
    double seconds;

    for (size_t i = 0; i < URLS; i++) {
        make_url(&text, &seed);
        ends[i] = text.len;
    }
    start = clock();
    for (int round = 0; round < ROUNDS; round++)
        for (size_t i = 0; i < URLS; i++) {
            size_t from = i > 0 ? ends[i - 1] : 0;

            dtl_arena_reset(a);
            bytes += dtl_surt(a, dtl_sub(dtl_buf_view(&text), from, ends[i]),
                              DTL_SURT_WAYBACK)
                         .len;
            keys++;
        }
    seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    printf("{\"bench\":\"surt\",\"keys\":%zu,\"key_bytes\":%zu,"
           "\"cpu_s\":%.3f,\"keys_per_s\":%.0f}\n",
           keys, bytes, seconds, (double)keys / seconds);
    dtl_buf_free(&text);
    dtl_arena_free(a);
    return 0;
}
