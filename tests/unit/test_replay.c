/* SPDX-License-Identifier: Apache-2.0 */
/* labels: threads */
/* A small archive and its store, made here; then captures read back, by the
 * library and over HTTP. */
#include <dateline/http.h>
#include <dateline/replay.h>
#include <dateline/serve.h>
#include <dateline/url.h>

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

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

/* ---- the library
 * ------------------------------------------------------------- */

static struct dtl_capture stored(struct dtl_store *s, size_t i)
{
    struct dtl_query q = { .url = dtl_str(rows[i].url),
                           .from = time_of(&rows[i]),
                           .to = time_of(&rows[i]) };
    struct dtl_cursor *cursor;
    struct dtl_capture c, out;
    struct dtl_ref ref;

    assert_int_equal(dtl_query_open(s, &q, &cursor, NULL), DTL_OK);
    assert_int_equal(dtl_query_next(cursor, &c, &ref, NULL), DTL_OK);
    assert_int_equal(dtl_store_capture_in(s, ref, arena, &out, NULL), DTL_OK);
    dtl_query_close(cursor);
    return out;
}

static void reads_records_back(void **state)
{
    struct dtl_store *s;
    struct dtl_replay *r;

    (void)state;
    assert_int_equal(dtl_store_open(store_dir, &s, NULL), DTL_OK);
    assert_int_equal(dtl_replay_new(s, &r, NULL), DTL_OK);
    for (size_t n = NROWS; n-- > 0;) { /* backwards: by offset, not in turn */
        struct dtl_capture c = stored(s, n);
        struct dtl_warc_record rec;
        struct dtl_slice block;

        assert_int_equal(dtl_replay_record(r, &c, 2 * BIG, &rec, &block, NULL),
                         DTL_OK);
        assert_true(dtl_equal(rec.uri, dtl_str(rows[n].url)));
        assert_true(dtl_equal(block, dtl_str(rows[n].block)));
    }
    dtl_replay_free(r);
    dtl_store_close(s);
}

static void says_when_the_archive_changed(void **state)
{
    struct dtl_store *s;
    struct dtl_replay *r;
    struct dtl_capture c;
    struct dtl_warc_record rec;
    struct dtl_slice block;

    (void)state;
    assert_int_equal(dtl_store_open(store_dir, &s, NULL), DTL_OK);
    assert_int_equal(dtl_replay_new(s, &r, NULL), DTL_OK);
    c = stored(s, 0);
    c.offset = offsets[3];
    assert_int_equal(dtl_replay_record(r, &c, 1000, &rec, &block, NULL),
                     DTL_FORMAT);
    c = stored(s, 0); /* and goes on */
    assert_int_equal(dtl_replay_record(r, &c, 10, &rec, &block, NULL),
                     DTL_LIMIT);
    assert_int_equal(block.len, 10);
    dtl_replay_free(r);
    dtl_store_close(s);
}

static void finds_originals(void **state)
{
    struct dtl_store *s;
    struct dtl_replay *r;
    struct dtl_capture c, original;

    (void)state;
    assert_int_equal(dtl_store_open(store_dir, &s, NULL), DTL_OK);
    assert_int_equal(dtl_replay_new(s, &r, NULL), DTL_OK);
    c = stored(s, 1);
    assert_int_equal(dtl_replay_original(r, &c, arena, &original, NULL, NULL),
                     DTL_OK);
    assert_int_equal(original.offset, offsets[0]);
    c = stored(s, 0);
    assert_int_equal(dtl_replay_original(r, &c, arena, &original, NULL, NULL),
                     DTL_OK);
    assert_int_equal(original.offset, offsets[0]);
    c = stored(s, 5);
    assert_int_equal(dtl_replay_original(r, &c, arena, &original, NULL, NULL),
                     DTL_NOTFOUND);
    dtl_replay_free(r);
    dtl_store_close(s);
}

/* ---- over HTTP
 * ----------------------------------------------------------------- */

/* The whole answer to one request; the connection is closed after it. */
static struct dtl_slice talk(uint16_t port, const char *request)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons(port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct dtl_buf b = { 0 };
    struct dtl_slice answer;
    uint8_t piece[4096];
    ssize_t n;

    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    assert_int_equal(write(fd, request, strlen(request)), strlen(request));
    while ((n = read(fd, piece, sizeof piece)) > 0)
        dtl_buf_add(&b, piece, (size_t)n);
    close(fd);
    answer = dtl_arena_dup(arena, dtl_buf_view(&b));
    dtl_buf_free(&b);
    return answer;
}

static const struct {
    const char *name, *target, *host;
    int status;
    const char *has[3], *lacks; /* in the answer */
} talks[] = {
    { "exact time",
      "/web/20240101000000id_/http://e.example/a?x=1",
      "localhost",
      200,
      { "X-Archive-Orig-Server: old\r\n", "Content-Type: text/plain\r\n",
        "\r\n\r\none" },
      "Bad Name" },
    { "scheme with its slashes collapsed",
      "/web/20240101000000id_/http:/e.example/a?x=1",
      "127.0.0.1:99",
      200,
      { "\r\n\r\none" },
      NULL },
    { "nearest in time",
      "/web/20240102id_/http://e.example/a?x=1",
      "[::1]",
      302,
      { "Location: /web/20240101000000id_/http://e.example/a?x=1\r\n" },
      NULL },
    { "no time: the latest",
      "/web/http://e.example/a?x=1",
      "localhost",
      302,
      { "Location: /web/20240105000000id_/http://e.example/a?x=1\r\n" },
      NULL },
    { "a host of digits is no time",
      "/web/2024.example/",
      "localhost",
      404,
      { "not captured" },
      NULL },
    { "another form of replay",
      "/web/20240101000000im_/http://e.example/a?x=1",
      "localhost",
      302,
      { "Location: /web/20240101000000id_/http://e.example/a?x=1\r\n" },
      NULL },
    { "revisit: its own head, its original's body",
      "/web/20240103000000id_/http://e.example/a?x=1",
      "localhost",
      200,
      { "X-Archive-Orig-Server: new\r\n",
        "Memento-Datetime: Wed, 03 Jan 2024 00:00:00 GMT\r\n", "\r\n\r\none" },
      NULL },
    { "a coding that was not applied is not passed on",
      "/web/20240105000000id_/http://e.example/a?x=1",
      "localhost",
      200,
      { "X-Archive-Orig-Content-Encoding: gzip\r\n", "\r\n\r\nplain" },
      "\nContent-Encoding: gzip" },
    { "a redirect stays inside",
      "/web/20240101000000id_/http://e.example/moved",
      "localhost",
      301,
      { "\nLocation: /web/20240101000000id_/http://e.example/b?c\r\n",
        "X-Archive-Orig-Location: ../b?c\r\n" },
      NULL },
    { "no HTTP: the block",
      "/web/20240101000000id_/file:///notes.txt",
      "localhost",
      200,
      { "Content-Type: text/plain\r\n", "\r\n\r\nnotes" },
      NULL },
    { "a revisit whose original is elsewhere",
      "/web/20240101000000id_/http://e.example/lost",
      "localhost",
      404,
      { "original" },
      NULL },
    { "unknown",
      "/web/2024id_/http://e.example/none",
      "localhost",
      404,
      { "not captured" },
      NULL },
    { "no capture meant", "/web/2024id_/", "localhost", 400, { NULL }, NULL },
    { "index lines",
      "/cdx?url=http://e.example/moved",
      "localhost",
      200,
      { "example,e)/moved 20240101000000 " },
      NULL },
    { "listed",
      "/?q=http://e.example/a?x=1",
      "localhost",
      200,
      { "/web/20240101000000id_/http://e.example/a?x=1\"", "unchanged" },
      NULL },
    { "markup in, text out",
      "/?q=%3Cscript%3Ex.y%3C/script%3E",
      "localhost",
      200,
      { "&lt;script&gt;" },
      "<script" },
    { "another host", "/", "e.example", 421, { NULL }, "textarea" },
    { "a name it was given",
      "/",
      "Reading.Room:8080",
      200,
      { "textarea" },
      NULL },
    { "not a path", "http://localhost/", "localhost", 404, { NULL }, NULL },
};

static void answers(void **state)
{
    static const char *const names[] = { "reading.room" };
    const struct dtl_server_options options = {
        .store = store_dir, .hosts = names, .nhosts = 1, .threads = 2
    };
    struct dtl_server *server;

    (void)state;
    assert_int_equal(dtl_server_start(&options, &server, NULL), DTL_OK);
    for (size_t i = 0; i < sizeof talks / sizeof talks[0]; i++) {
        char *request = dtl_arena_printf(
            arena, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n",
            talks[i].target, talks[i].host);
        struct dtl_slice answer = talk(dtl_server_port(server), request);
        struct dtl_http h;

        assert_int_equal(dtl_http_parse(answer, arena, &h, NULL), DTL_OK);
        if (h.status != talks[i].status)
            fail_msg("%s: status %d\n%.*s", talks[i].name, h.status,
                     (int)answer.len, (const char *)answer.ptr);
        for (size_t n = 0; n < 3 && talks[i].has[n] != NULL; n++)
            if (dtl_find(answer, dtl_str(talks[i].has[n]), 0) == SIZE_MAX)
                fail_msg("%s: no %s in\n%.*s", talks[i].name, talks[i].has[n],
                         (int)answer.len, (const char *)answer.ptr);
        if (talks[i].lacks != NULL &&
            dtl_find(answer, dtl_str(talks[i].lacks), 0) != SIZE_MAX)
            fail_msg("%s: %s is there", talks[i].name, talks[i].lacks);
    }
    dtl_server_stop(server, 2);
}

/* Also when the client goes away in the middle. */
static void sends_large_bodies(void **state)
{
    static const char request[] =
        "GET /web/20240101000000id_/http://e.example/big HTTP/1.1\r\n"
        "Host: localhost\r\nConnection: close\r\n\r\n";
    const struct dtl_server_options options = { .store = store_dir };
    struct dtl_server *server;

    (void)state;
    assert_int_equal(dtl_server_start(&options, &server, NULL), DTL_OK);
    for (int i = 0; i < 4; i++) {
        struct sockaddr_in to = { .sin_family = AF_INET,
                                  .sin_port = htons(dtl_server_port(server)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        struct dtl_slice answer = talk(dtl_server_port(server), request);
        size_t body = dtl_find(answer, dtl_str("\r\n\r\n"), 0);

        assert_int_equal(answer.len - body - 4, BIG);
        assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
        assert_true(write(fd, request, strlen(request)) > 0);
        close(fd);
    }
    dtl_server_stop(server, 2);
}

static void says_why_it_does_not_start(void **state)
{
    struct dtl_server_options options = { .store = "/nonexistent/store" };
    struct dtl_server *server;
    struct dtl_error err;

    (void)state;
    assert_int_not_equal(dtl_server_start(&options, &server, &err), DTL_OK);
    assert_null(server);
    assert_true(strlen(err.text) > 0);
    options.store = store_dir;
    options.address = "not.numeric";
    assert_int_equal(dtl_server_start(&options, &server, &err), DTL_INVALID);
    dtl_server_stop(NULL, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_records_back),
        cmocka_unit_test(says_when_the_archive_changed),
        cmocka_unit_test(finds_originals),
        cmocka_unit_test(answers),
        cmocka_unit_test(sends_large_bodies),
        cmocka_unit_test(says_why_it_does_not_start),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
