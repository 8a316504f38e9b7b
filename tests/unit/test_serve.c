/* SPDX-License-Identifier: Apache-2.0 */
/* labels: threads */
/* What the server answers. */
#include <dateline/http.h>
#include <dateline/serve.h>
#include <dateline/url.h>

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <cmocka.h>

#include <archive_store.h>

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
      { "Location: "
        "/web/20240101000000id_/http://e.example/a?x=1\r\n" },
      NULL },
    { "no time: the latest",
      "/web/http://e.example/a?x=1",
      "localhost",
      302,
      { "/web/20240105000000/http://e.example/a?x=1\r\n",
        "Vary: accept-datetime\r\n" },
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
      200,
      { "Memento-Datetime: Mon, 01 Jan 2024 00:00:00 GMT\r\n",
        "X-Archive-Orig-Server: old\r\n", "\r\n\r\none" },
      "Content-Security-Policy: sandbox" },
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
      "/plain?q=http://e.example/a?x=1",
      "localhost",
      200,
      { "/web/20240101000000id_/http://e.example/a?x=1\"", "unchanged" },
      NULL },
    { "markup in, text out",
      "/plain?q=%3Cscript%3Ex.y%3C/script%3E",
      "localhost",
      200,
      { "&lt;script&gt;" },
      "<script" },
    { "another host", "/", "e.example", 421, { NULL }, "textarea" },
    { "two hosts",
      "/",
      "localhost\r\nHost: localhost",
      421,
      { NULL },
      "textarea" },
    { "a name it was given",
      "/",
      "Reading.Room:8080",
      200,
      { "textarea" },
      NULL },
    { "not a path", "http://localhost/", "localhost", 404, { NULL }, NULL },
};

/* What is archived is served from the other one. */
static uint16_t port_of(const struct dtl_server *s, const char *target)
{
    return dtl_starts(dtl_str(target), "/web/") ? dtl_server_replay_port(s)
                                                : dtl_server_port(s);
}

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
        struct dtl_slice answer =
            talk(port_of(server, talks[i].target), request);
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
        struct dtl_slice answer = talk(dtl_server_replay_port(server), request);
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
        cmocka_unit_test(answers),
        cmocka_unit_test(sends_large_bodies),
        cmocka_unit_test(says_why_it_does_not_start),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
