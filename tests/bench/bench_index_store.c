/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store of made-up captures of a news crawl, always the same for a number of
 * them: how fast it is built, how large it is, how fast it answers.
 *
 *     bench_index_store [CAPTURES [DIR]]      default 300000, /tmp/...
 *
 * Hosts have Zipf-like shares, URLs one or more captures, a fifth are revisits.
 * Prints one JSON object; times are CPU seconds of this process.
 */
#include <dateline/index.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define HOSTS 5000U

static uint64_t seed = UINT64_C(0x9E3779B97F4A7C15);

static uint64_t next_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static double cpu(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const char *what, const struct dtl_error *err)
{
    fprintf(stderr, "bench_index_store: %s: %s\n", what, err->text);
    exit(1);
}

/* ---- cdxgen: capture number i, whatever the order they are asked in ------ */

struct made {
    char url[200], key[200];
    struct dtl_capture c;
};

static uint64_t mix(uint64_t v)
{
    v ^= v >> 33;
    v *= UINT64_C(0xff51afd7ed558ccd);
    v ^= v >> 33;
    v *= UINT64_C(0xc4ceb9fe1a85ec53);
    return v ^ v >> 33;
}

static void make(uint64_t i, struct made *m)
{
    static const char *const words[] = {
        "city",   "council", "vote",   "storm", "energy", "market",
        "bank",   "school",  "police", "river", "train",  "budget",
        "museum", "coach",   "water",  "border"
    };
    static const char *const tlds[] = { "com", "org", "de", "net" };
    uint64_t page = i * 10 / 18, h = mix(page), r = mix(i + 7);
    /* The square of a uniform number favours the first hosts. */
    uint64_t u = h % 65536, host = u * u / 65536 * HOSTS / 65536;
    const char *tld = tlds[host % 4];
    char path[120];
    bool revisit = r % 5 == 0;

    snprintf(path, sizeof path, "/%s/%s-%s-%s-%" PRIu64, words[h >> 16 & 15],
             words[h >> 20 & 15], words[h >> 24 & 15], words[h >> 28 & 15],
             page);
    snprintf(m->url, sizeof m->url, "%s://www.paper%" PRIu64 ".%s%s",
             host % 3 ? "https" : "http", host, tld, path);
    snprintf(m->key, sizeof m->key, "%s,paper%" PRIu64 ")%s", tld, host, path);
    m->c = (struct dtl_capture){
        .file = (uint32_t)(r >> 8 & 1023),
        .offset = r >> 20 & 0x3fffffff,
        .length = 400 + (r >> 40) % 40000,
        .time = 1200000000 + (int64_t)(r >> 16) % 500000000,
        .status = revisit ? 0 : 200,
        .flags = DTL_CAPTURE_IMPORTED,
        .url = dtl_str(m->url),
        .key = dtl_str(m->key),
        .mime = dtl_str(revisit ? "warc/revisit" : "text/html"),
        .article = DTL_NO_ARTICLE,
        .digest = { .kind = DTL_DIGEST_SHA1, .len = 20 },
    };
    for (unsigned b = 0; b < 20; b += 4) {
        uint32_t d = (uint32_t)mix(page * 8 + b);

        memcpy(m->c.digest.bytes + b, &d, 4);
    }
}

/* ---- measures ----------------------------------------------------------- */

static double build(const char *dir, uint64_t n)
{
    struct dtl_store_writer *w;
    struct dtl_segment_writer *s;
    struct dtl_error err;
    struct made m;
    double making, start = cpu();

    for (uint64_t i = 0; i < n; i++)
        make(i, &m); /* its cost is taken off below */
    making = cpu() - start;
    start = cpu();
    if (dtl_store_writer_open(dir, &w, &err) != DTL_OK ||
        dtl_segment_writer_new(w, (size_t)512 << 20, &s, &err) != DTL_OK)
        die("open", &err);
    for (uint64_t i = 0; i < n; i++) {
        make(i, &m);
        if (dtl_segment_add_capture(s, &m.c, &err) != DTL_OK)
            die("add", &err);
    }
    if (dtl_segment_finish(s, &err) != DTL_OK ||
        dtl_store_publish(w, &s, 1, NULL, 0, &err) != DTL_OK)
        die("publish", &err);
    dtl_segment_writer_free(s);
    dtl_store_writer_close(w);
    return cpu() - start - making;
}

static uint64_t run_query(struct dtl_store *s, const struct dtl_query *q)
{
    struct dtl_cursor *c;
    struct dtl_capture capture;
    struct dtl_error err;
    uint64_t n = 0;
    int rc = dtl_query_open(s, q, &c, &err);

    while (rc == DTL_OK &&
           (rc = dtl_query_next(c, &capture, NULL, &err)) == DTL_OK)
        n++;
    if (rc != DTL_END)
        die("query", &err);
    dtl_query_close(c);
    return n;
}

/* Look-ups a second; each asks for a capture there is. */
static double lookups(struct dtl_store *s, uint64_t n, bool surt,
                      uint64_t *found)
{
    enum { ASKED = 200000 };
    struct made m;
    double start, making;

    for (int round = 0; round < 2; round++) { /* the first warms up */
        uint64_t from = seed;

        start = cpu();
        for (int i = 0; i < ASKED; i++)
            make(next_random() % n, &m);
        making = cpu() - start;
        seed = from;
        *found = 0;
        start = cpu();
        for (int i = 0; i < ASKED; i++) {
            struct dtl_query q = { 0 };

            make(next_random() % n, &m);
            if (surt)
                q.url = m.c.url;
            else
                q.key = m.c.key;
            *found += run_query(s, &q);
        }
        if (round == 0)
            seed = from;
    }
    return ASKED / (cpu() - start - making);
}

/* Captures with the payload of one there is. */
static double digests(struct dtl_store *s, uint64_t n, uint64_t *found)
{
    enum { ASKED = 100000 };
    struct dtl_arena *arena = dtl_arena_new(0);
    uint64_t from = seed;
    struct dtl_error err;
    struct dtl_ref *refs;
    struct made m;
    size_t got;
    double start = cpu(), making;

    for (int i = 0; i < ASKED; i++)
        make(next_random() % n, &m);
    making = cpu() - start;
    seed = from;
    *found = 0;
    start = cpu();
    for (int i = 0; i < ASKED; i++) {
        make(next_random() % n, &m);
        dtl_arena_reset(arena);
        if (dtl_store_by_digest(s, &m.c.digest, arena, &refs, &got, &err) !=
                DTL_OK ||
            got == 0)
            die("digest", &err);
        *found += got;
    }
    dtl_arena_free(arena);
    return ASKED / (cpu() - start - making);
}

/* Captures of a stretch of time, about a hundred each. */
static double times(struct dtl_store *s, uint64_t n)
{
    enum { ASKED = 3000 };
    int64_t span = 500000000 / (int64_t)(n / 100 + 1) + 1;
    struct dtl_capture c;
    struct dtl_error err;
    uint64_t found = 0;
    double start = cpu();

    for (int i = 0; i < ASKED; i++) {
        struct dtl_find q = { 0 };
        struct dtl_finder *f;

        q.from = 1200000000 + (int64_t)(next_random() % 400000000);
        q.to = q.from + span;
        if (dtl_find_open(s, &q, &f, &err) != DTL_OK)
            die("find", &err);
        while (dtl_find_next(f, &c, NULL, &err) == DTL_OK)
            found++;
        dtl_find_close(f);
    }
    return (double)found / (cpu() - start);
}

static uint64_t size_of(const char *dir)
{
    char path[4200];
    struct stat st;

    snprintf(path, sizeof path, "%s/segments/00000000.seg", dir);
    return stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

int main(int argc, char **argv)
{
    uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : 300000, found,
             by_digest;
    char dir[] = "/tmp/dateline-bench-XXXXXX", command[200];
    const char *store = argc > 2 ? argv[2] : mkdtemp(dir);
    struct dtl_query all = { .match = DTL_PREFIX };
    struct dtl_error err;
    struct dtl_store *s;
    struct rusage usage;
    double seconds, start, opened, exact, exact_url, scan, digest, time;

    if (n == 0 || store == NULL)
        return 1;
    seconds = build(store, n);
    getrusage(RUSAGE_SELF, &usage);
    start = cpu();
    if (dtl_store_open(store, &s, &err) != DTL_OK)
        die("open", &err);
    opened = cpu() - start;
    exact = lookups(s, n, false, &found);
    exact_url = lookups(s, n, true, &found);
    digest = digests(s, n, &by_digest);
    time = times(s, n);
    run_query(s, &all);
    start = cpu();
    if (run_query(s, &all) != n)
        return 1;
    scan = (double)n / (cpu() - start);
    printf("{\"captures\": %" PRIu64 ", \"bytes_per_capture\": %.1f, "
           "\"built_per_second\": %.0f, \"build_peak_kib\": %ld, "
           "\"open_ms\": %.2f, \"exact_by_key_per_second\": %.0f, "
           "\"exact_by_url_per_second\": %.0f, "
           "\"by_digest_per_second\": %.0f, \"captures_per_digest\": %.1f, "
           "\"by_time_captures_per_second\": %.0f, "
           "\"scanned_per_second\": %.0f}\n",
           n, (double)size_of(store) / (double)n, (double)n / seconds,
           usage.ru_maxrss, opened * 1000, exact, exact_url, digest,
           (double)by_digest / 100000, time, scan);
    dtl_store_close(s);
    if (argc <= 2) {
        snprintf(command, sizeof command, "rm -rf '%s'", store);
        return system(command) == 0 ? 0 : 1;
    }
    return 0;
}
