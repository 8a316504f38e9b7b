/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_TESTS_ARCHIVE_STORE_H
#define DATELINE_TESTS_ARCHIVE_STORE_H
/* A small archive and its store, made here, for the tests of what reads
 * captures back.  Include it after cmocka.h. */
#include <dateline/index.h>
#include <dateline/warc.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DAY INT64_C(86400)

/* A body larger than what is read at the first try, and sent in place. */
#define BIG ((size_t)2 << 20)
static char big[BIG + 64];

/* Captures in the order of the archive; `day` after 2024-01-01. */
static const struct row {
    const char *type, *url;
    int day;
    uint16_t status, flags;
    const char *block;
} rows[] = {
    { "response", "http://e.example/a?x=1", 0, 200, 0,
      "HTTP/1.1 200 Fine\r\nContent-Type: text/plain\r\nServer: old\r\n"
      "Bad Name: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\none\r\n0\r\n\r\n" },
    { "revisit", "http://e.example/a?x=1", 2, 200, DTL_CAPTURE_REVISIT,
      "HTTP/1.1 200 Fine\r\nContent-Type: text/plain\r\nServer: new\r\n\r\n" },
    { "response", "http://e.example/a?x=1", 4, 200, 0,
      "HTTP/1.1 200 Fine\r\nContent-Encoding: gzip\r\n\r\nplain" },
    { "response", "http://e.example/moved", 0, 301, 0,
      "HTTP/1.0 301 Moved\r\nLocation: ../b?c\r\n\r\n" },
    { "resource", "file:///notes.txt", 0, 0, DTL_CAPTURE_NO_HTTP, "notes" },
    { "revisit", "http://e.example/lost", 0, 200, DTL_CAPTURE_REVISIT,
      "HTTP/1.1 200 Fine\r\n\r\n" },
    { "response", "http://e.example/big", 0, 200, 0, big },
};
#define NROWS (sizeof rows / sizeof rows[0])

static char dir[] = "/tmp/dateline-replay-XXXXXX";
static char archive[64], store_dir[64];
static uint64_t offsets[NROWS];
static struct dtl_arena *arena;

static int64_t time_of(const struct row *r)
{
    return dtl_time_civil(2024, 1, 1, 0, 0, 0) + r->day * DAY;
}

static bool write_archive(void)
{
    struct dtl_warc_writer *w;
    bool ok = dtl_warc_create(archive, DTL_WARC_GZIP, 0, &w, NULL) == DTL_OK;

    for (size_t i = 0; ok && i < NROWS; i++) {
        const struct row *r = &rows[i];
        bool http = (r->flags & DTL_CAPTURE_NO_HTTP) == 0;
        char date[DTL_TIME_ISO], *text;

        dtl_time_iso(time_of(r), date);
        text = dtl_arena_printf(
            arena,
            "WARC/1.1\r\nWARC-Type: %s\r\nWARC-Record-ID: <urn:x:%zu>\r\n"
            "WARC-Target-URI: %s\r\nWARC-Date: %s\r\nContent-Type: %s\r\n"
            "Content-Length: %zu\r\n\r\n%s\r\n\r\n",
            r->type, i, r->url, date,
            http ? "application/http;msgtype=response" : "text/plain",
            strlen(r->block), r->block);
        ok = dtl_warc_begin(w, NULL) == DTL_OK &&
             dtl_warc_write(w, dtl_str(text), NULL) == DTL_OK &&
             dtl_warc_end(w, true, &offsets[i], NULL) == DTL_OK;
    }
    ok = ok && dtl_warc_commit(w, NULL) == DTL_OK;
    dtl_warc_discard(w);
    return ok;
}

/* One digest for the three that belong together, another for the lost one. */
static struct dtl_digest digest_of(size_t i)
{
    struct dtl_digest d = { .kind = DTL_DIGEST_SHA1, .len = 20 };

    d.bytes[0] = (uint8_t)(i < 2 ? 1 : i + 10);
    return d;
}

static struct dtl_capture capture(size_t i, uint32_t file)
{
    return (struct dtl_capture){ .file = file,
                                 .offset = offsets[i],
                                 .length = 100,
                                 .time = time_of(&rows[i]),
                                 .status = rows[i].status,
                                 .flags = rows[i].flags,
                                 .url = dtl_str(rows[i].url),
                                 .mime = dtl_str("text/plain"),
                                 .digest = digest_of(i),
                                 .article = DTL_NO_ARTICLE };
}

static bool write_store(void)
{
    struct dtl_store_writer *w = NULL;
    struct dtl_segment_writer *s = NULL;
    uint32_t file;
    bool ok = dtl_store_writer_open(store_dir, &w, NULL) == DTL_OK &&
              dtl_store_file(w, archive, 1000, 7, &file, NULL) == DTL_OK &&
              dtl_segment_writer_new(w, 1 << 20, &s, NULL) == DTL_OK;

    for (size_t i = 0; ok && i < NROWS; i++) {
        struct dtl_capture c = capture(i, file);

        ok = dtl_segment_add_capture(s, &c, NULL) == DTL_OK;
    }
    ok = ok && dtl_segment_finish(s, NULL) == DTL_OK &&
         dtl_store_publish(w, &s, 1, NULL, 0, NULL) == DTL_OK;
    dtl_segment_writer_free(s);
    dtl_store_writer_close(w);
    return ok;
}

static int set_up(void **state)
{
    (void)state;
    arena = dtl_arena_new(0);
    strcpy(big, "HTTP/1.1 200 Fine\r\n\r\n");
    memset(big + strlen(big), 'x', BIG);
    if (arena == NULL || mkdtemp(dir) == NULL)
        return -1;
    snprintf(archive, sizeof archive, "%s/a.warc.gz", dir);
    snprintf(store_dir, sizeof store_dir, "%s/store", dir);
    return write_archive() && write_store() ? 0 : -1;
}

static int tear_down(void **state)
{
    char command[64];

    (void)state;
    dtl_arena_free(arena);
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command);
}

#endif
