/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading generated archives (fixed seed): records of word-like text, one
 * gzip member each, as plain, gzip and zstd; CPU time against the bare
 * decompressor on the same bytes.  One JSON object a line.
 *
 *     bench_warc_read [MEGABYTES]
 */
#include <dateline/io.h>
#include <dateline/warc.h>

#include <libdeflate.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <zlib.h>

static double cpu(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static uint64_t next_random(uint64_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 7;
    *x ^= *x << 17;
    return *x;
}

/* About as compressible as HTML: words of a small vocabulary. */
static void add_text(struct dtl_buf *b, size_t size, uint64_t *seed)
{
    size_t end = b->len + size;

    while (b->len < end) {
        uint64_t r = next_random(seed) % 4096;

        dtl_buf_printf(b, r % 7 == 0 ? "<p class=\"x%u\">" : "word%u ",
                       (unsigned)(r * r % 5000));
    }
}

static void make(const char *path, enum dtl_warc_coding coding, size_t bytes)
{
    struct dtl_warc_writer *w;
    struct dtl_buf block = { 0 }, head = { 0 };
    uint64_t seed = 20240502;

    if (dtl_warc_create(path, coding, 0, &w, NULL) != DTL_OK)
        exit(1);
    for (size_t done = 0; done < bytes; done += block.len) {
        dtl_buf_clear(&block);
        dtl_buf_clear(&head);
        dtl_buf_str(&block,
                    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n");
        add_text(&block, 2000 + next_random(&seed) % 100000, &seed);
        dtl_buf_printf(&head,
                       "WARC/1.0\r\nWARC-Type: response\r\n"
                       "WARC-Record-ID: <urn:x:%zu>\r\n"
                       "WARC-Target-URI: http://e.org/%zu\r\n"
                       "WARC-Date: 2024-05-02T10:00:00Z\r\n"
                       "Content-Length: %zu\r\n\r\n",
                       done, done, block.len);
        dtl_warc_begin(w, NULL);
        dtl_warc_write(w, dtl_buf_view(&head), NULL);
        dtl_warc_write(w, dtl_buf_view(&block), NULL);
        dtl_warc_write(w, dtl_str("\r\n\r\n"), NULL);
        dtl_warc_end(w, true, NULL, NULL);
    }
    dtl_warc_commit(w, NULL);
    dtl_warc_discard(w);
    dtl_buf_free(&block);
    dtl_buf_free(&head);
}

struct part {
    const char *path;
    uint64_t from, to;
    struct dtl_hasher *hasher; /* NULL: iterate only */
    uint64_t records, bytes;
};

static void *read_part(void *arg)
{
    struct part *p = arg;
    struct dtl_source *src;
    struct dtl_warc_record rec;
    struct dtl_slice piece;
    struct dtl_digest digest;
    struct dtl_warc *w;
    uint64_t at;

    if (dtl_source_open(p->path, &src, NULL) != DTL_OK ||
        dtl_warc_open(src, &w, NULL) != DTL_OK)
        exit(1);
    if (dtl_warc_sync(w, p->from, &at, NULL) == DTL_OK)
        while (dtl_warc_next(w, &rec, NULL) == DTL_OK && rec.offset < p->to) {
            p->records++;
            p->bytes += rec.content_length;
            if (p->hasher == NULL)
                continue;
            while (dtl_warc_read(w, &piece, NULL) == DTL_OK)
                dtl_hasher_add(p->hasher, piece);
            dtl_hasher_finish(p->hasher, &digest);
        }
    dtl_warc_close(w);
    dtl_source_close(src);
    return NULL;
}

/* CPU seconds of reading the file in one thread. */
static double read_all(const char *path, bool hash, uint64_t *bytes)
{
    struct part p = { .path = path, .to = UINT64_MAX };
    double start = cpu(CLOCK_THREAD_CPUTIME_ID);

    if (hash && dtl_hasher_new(DTL_DIGEST_SHA1, &p.hasher, NULL) != DTL_OK)
        exit(1);
    read_part(&p);
    *bytes = p.bytes;
    dtl_hasher_free(p.hasher);
    return cpu(CLOCK_THREAD_CPUTIME_ID) - start;
}

/* Wall seconds of reading it in two threads, each from its own half. */
static double read_halves(const char *path, uint64_t size, uint64_t *records)
{
    struct part p[2] = { { .path = path, .to = size / 2 },
                         { .path = path, .from = size / 2, .to = UINT64_MAX } };
    double start = cpu(CLOCK_MONOTONIC);
    pthread_t other;

    pthread_create(&other, NULL, read_part, &p[1]);
    read_part(&p[0]);
    pthread_join(other, NULL);
    *records = p[0].records + p[1].records;
    return cpu(CLOCK_MONOTONIC) - start;
}

static struct dtl_slice mapped(const char *path, struct dtl_source **src)
{
    if (dtl_source_open(path, src, NULL) != DTL_OK)
        exit(1);
    return dtl_source_mapped(*src);
}

/* The bare decompressors over the same members. */
static double bare_zlib(struct dtl_slice in)
{
    static uint8_t out[256 << 10];
    double start = cpu(CLOCK_THREAD_CPUTIME_ID);
    z_stream z = { 0 };

    inflateInit2(&z, 15 + 16);
    z.next_in = (Bytef *)(uintptr_t)in.ptr;
    z.avail_in = (uInt)in.len;
    while (z.avail_in > 0) {
        z.next_out = out;
        z.avail_out = sizeof out;
        if (inflate(&z, Z_NO_FLUSH) == Z_STREAM_END)
            inflateReset(&z);
    }
    inflateEnd(&z);
    return cpu(CLOCK_THREAD_CPUTIME_ID) - start;
}

static double bare_libdeflate(struct dtl_slice in)
{
    struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
    uint8_t *out = malloc(1 << 20);
    double start = cpu(CLOCK_THREAD_CPUTIME_ID);
    size_t at = 0, used, got;

    while (at < in.len && libdeflate_gzip_decompress_ex(
                              d, in.ptr + at, in.len - at, out, 1 << 20, &used,
                              &got) == LIBDEFLATE_SUCCESS)
        at += used;
    libdeflate_free_decompressor(d);
    free(out);
    return cpu(CLOCK_THREAD_CPUTIME_ID) - start;
}

static void bench_gzip(const char *path)
{
    struct dtl_source *src;
    struct dtl_slice in = mapped(path, &src);
    uint64_t bytes, records;
    double zlib = bare_zlib(in), deflate = bare_libdeflate(in);
    double iterate = read_all(path, false, &bytes);
    double hash = read_all(path, true, &bytes);
    double start = cpu(CLOCK_MONOTONIC), one, two;
    struct part whole = { .path = path, .to = UINT64_MAX };

    read_part(&whole);
    one = cpu(CLOCK_MONOTONIC) - start;
    two = read_halves(path, in.len, &records);
    printf("{\"bench\":\"warc_read_gzip\",\"block_bytes\":%llu,"
           "\"iterate_s\":%.3f,\"iterate_to_libdeflate\":%.2f,"
           "\"iterate_to_zlib\":%.2f,\"sha1_to_libdeflate\":%.2f,"
           "\"two_threads_gain\":%.2f,\"same_records\":%s}\n",
           (unsigned long long)bytes, iterate, iterate / deflate,
           iterate / zlib, hash / deflate, one / two,
           records == whole.records ? "true" : "false");
    dtl_source_close(src);
}

static void bench_simple(const char *name, const char *path)
{
    uint64_t bytes;
    double s;

    read_all(path, false, &bytes); /* warm */
    s = read_all(path, false, &bytes);
    printf("{\"bench\":\"%s\",\"block_bytes\":%llu,\"iterate_s\":%.4f,"
           "\"gigabytes_per_s\":%.2f}\n",
           name, (unsigned long long)bytes, s, (double)bytes / s * 1e-9);
}

int main(int argc, char **argv)
{
    size_t bytes = (argc > 1 ? strtoul(argv[1], NULL, 10) : 64) << 20;
    const char *tmp = getenv("TMPDIR");
    char path[512];

    snprintf(path, sizeof path, "%s/dateline-bench-%ld.warc",
             tmp != NULL ? tmp : "/tmp", (long)clock());
    make(path, DTL_WARC_GZIP, bytes);
    bench_gzip(path);
    make(path, DTL_WARC_ZSTD, bytes);
    bench_simple("warc_read_zstd", path);
    make(path, DTL_WARC_PLAIN, bytes);
    bench_simple("warc_read_plain", path);
    remove(path);
    return 0;
}
