/* SPDX-License-Identifier: Apache-2.0 */
/* labels: threads */
/* A small server of our own on the loopback, with the faults of real ones. */
#include <dateline/io.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define SIZE ((size_t)3 << 20)

static uint8_t body[SIZE];

struct server {
    int fd;
    int port;
    pthread_t thread;
    /* faults */
    bool no_ranges;
    int refuse;       /* so many requests get 503 */
    size_t break_off; /* close after so many body bytes, once */
    bool change;      /* another ETag from the second request on */
    /* what was seen */
    int requests;
    char last[4096];
};

static void send_all(int fd, const void *p, size_t n)
{
    const char *s = p;

    while (n > 0) {
        ssize_t got = send(fd, s, n, MSG_NOSIGNAL);

        if (got <= 0)
            return;
        s += got;
        n -= (size_t)got;
    }
}

static bool read_request(int fd, char *text, size_t cap)
{
    size_t n = 0;

    while (n + 1 < cap) {
        ssize_t got = recv(fd, text + n, cap - 1 - n, 0);

        if (got <= 0)
            return false;
        n += (size_t)got;
        text[n] = '\0';
        if (strstr(text, "\r\n\r\n") != NULL)
            return true;
    }
    return false;
}

static bool answer(struct server *s, int fd)
{
    unsigned long from = 0, to = SIZE - 1;
    const char *range = strcasestr(s->last, "\r\nrange: bytes=");
    bool part = range != NULL && !s->no_ranges;
    char head[512];
    size_t len;

    s->requests++;
    if (strstr(s->last, "/absent") != NULL || s->refuse > 0) {
        s->refuse--;
        snprintf(head, sizeof head,
                 "HTTP/1.1 %s\r\nContent-Length: 5\r\n\r\nsorry",
                 strstr(s->last, "/absent") ? "404 Not Found"
                                            : "503 Service Unavailable");
        send_all(fd, head, strlen(head));
        return true;
    }
    if (part)
        sscanf(range, "\r\n%*[^=]=%lu-%lu", &from, &to);
    if (to >= SIZE)
        to = SIZE - 1;
    len = to - from + 1;
    snprintf(head, sizeof head,
             "HTTP/1.1 %s\r\nETag: \"%d\"\r\nContent-Length: %zu\r\n"
             "Content-Range: bytes %lu-%lu/%zu\r\n\r\n",
             part ? "206 Partial Content" : "200 OK",
             s->change && s->requests > 1, len, from, to, SIZE);
    if (!part) /* no such header on a whole one */
        memcpy(strstr(head, "Content-Range"), "X-Not-A-Range", 13);
    send_all(fd, head, strlen(head));
    if (s->break_off > 0 && s->break_off < len) {
        send_all(fd, body + from, s->break_off);
        s->break_off = 0;
        return false;
    }
    send_all(fd, body + from, len);
    return true;
}

static void *serve(void *arg)
{
    struct server *s = arg;

    for (;;) {
        int fd = accept(s->fd, NULL, NULL);

        if (fd < 0)
            return NULL;
        while (read_request(fd, s->last, sizeof s->last) && answer(s, fd))
            ;
        close(fd);
    }
}

static void start(struct server *s)
{
    struct sockaddr_in a = { .sin_family = AF_INET };
    socklen_t len = sizeof a;

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    s->fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(s->fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(s->fd, 8), 0);
    assert_int_equal(getsockname(s->fd, (struct sockaddr *)&a, &len), 0);
    s->port = ntohs(a.sin_port);
    assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void stop(struct server *s)
{
    shutdown(s->fd, SHUT_RDWR);
    close(s->fd);
    pthread_join(s->thread, NULL);
}

static int open_at(const struct server *s, const char *path,
                   struct dtl_source **out, struct dtl_error *err)
{
    char url[128];

    snprintf(url, sizeof url, "http://127.0.0.1:%d%s", s->port, path);
    return dtl_source_open(url, out, err);
}

static void expect_rest(struct dtl_source *src, size_t from)
{
    struct dtl_slice piece;
    struct dtl_error err = { 0 };
    int rc;

    while ((rc = dtl_source_peek(src, 1, &piece, &err)) == DTL_OK) {
        assert_true(from + piece.len <= SIZE);
        assert_memory_equal(piece.ptr, body + from, piece.len);
        from += piece.len;
        dtl_source_consume(src, piece.len);
    }
    if (rc != DTL_END)
        print_error("%s\n", err.text);
    assert_int_equal(rc, DTL_END);
    assert_int_equal(from, SIZE);
}

static void an_object_is_read_by_ranges(void **state)
{
    struct server s = { 0 };
    struct dtl_source *src;
    struct dtl_slice piece;

    (void)state;
    start(&s);
    assert_int_equal(open_at(&s, "/o", &src, NULL), DTL_OK);
    assert_int_equal(dtl_source_size(src), SIZE);
    assert_true(dtl_source_seekable(src));
    expect_rest(src, 0);
    assert_int_equal(dtl_source_seek(src, 2000000, NULL), DTL_OK);
    assert_int_equal(dtl_source_peek(src, 10, &piece, NULL), DTL_OK);
    assert_memory_equal(piece.ptr, body + 2000000, 10);
    assert_int_equal(dtl_source_seek(src, 7, NULL), DTL_OK);
    expect_rest(src, 7);
    dtl_source_close(src);
    stop(&s);
}

static void a_server_without_ranges_still_serves(void **state)
{
    struct server s = { .no_ranges = true };
    struct dtl_source *src;

    (void)state;
    start(&s);
    assert_int_equal(open_at(&s, "/o", &src, NULL), DTL_OK);
    assert_false(dtl_source_seekable(src));
    expect_rest(src, 0);
    assert_int_equal(dtl_source_seek(src, 1000000, NULL), DTL_OK);
    expect_rest(src, 1000000);
    dtl_source_close(src);
    stop(&s);
}

static void a_busy_server_is_asked_again(void **state)
{
    struct server s = { .refuse = 2 };
    struct dtl_source *src;

    (void)state;
    start(&s);
    assert_int_equal(open_at(&s, "/o", &src, NULL), DTL_OK);
    expect_rest(src, 0);
    assert_true(s.requests > 2);
    dtl_source_close(src);
    stop(&s);
}

static void a_broken_transfer_is_resumed(void **state)
{
    struct server s = { .break_off = 100000 };
    struct dtl_source *src;

    (void)state;
    start(&s);
    assert_int_equal(open_at(&s, "/o", &src, NULL), DTL_OK);
    expect_rest(src, 0);
    dtl_source_close(src);
    stop(&s);
}

static void an_object_that_changes_is_an_error(void **state)
{
    struct server s = { .change = true };
    struct dtl_source *src;
    struct dtl_slice piece;
    struct dtl_error err;

    (void)state;
    start(&s);
    assert_int_equal(open_at(&s, "/o", &src, NULL), DTL_OK);
    assert_int_equal(dtl_source_peek(src, SIZE, &piece, &err), DTL_IO);
    assert_non_null(strstr(err.text, "changed"));
    dtl_source_close(src);
    stop(&s);
}

static void what_is_absent_is_not_found(void **state)
{
    struct server s = { 0 };
    struct dtl_source *src;
    struct dtl_error err;

    (void)state;
    start(&s);
    assert_int_equal(open_at(&s, "/absent", &src, &err), DTL_NOTFOUND);
    assert_null(src);
    assert_int_equal(s.requests, 1);
    stop(&s);
}

static void s3_requests_are_signed(void **state)
{
    struct server s = { 0 };
    struct dtl_source *src;
    char endpoint[64];

    (void)state;
    start(&s);
    snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%d", s.port);
    setenv("AWS_ENDPOINT_URL", endpoint, 1);
    setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
    setenv("AWS_SESSION_TOKEN", "token", 1);
    setenv("AWS_REGION", "eu-west-1", 1);
    setenv("AWS_REQUEST_PAYER", "requester", 1);
    assert_int_equal(dtl_source_open("s3://crawl/a b/c.warc", &src, NULL),
                     DTL_OK);
    expect_rest(src, 0);
    dtl_source_close(src);
    stop(&s);
    assert_non_null(strstr(s.last, "GET /crawl/a%20b/c.warc HTTP/1.1\r\n"));
    assert_non_null(strcasestr(s.last, "authorization: AWS4-HMAC-SHA256 "
                                       "Credential=AKIDEXAMPLE/"));
    assert_non_null(strcasestr(s.last, "/eu-west-1/s3/aws4_request"));
    assert_non_null(strcasestr(s.last, "x-amz-request-payer: requester"));
    assert_non_null(strcasestr(s.last, "x-amz-security-token: token"));
    assert_int_equal(dtl_source_open("s3://crawl", &src, NULL), DTL_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_object_is_read_by_ranges),
        cmocka_unit_test(a_server_without_ranges_still_serves),
        cmocka_unit_test(a_busy_server_is_asked_again),
        cmocka_unit_test(a_broken_transfer_is_resumed),
        cmocka_unit_test(an_object_that_changes_is_an_error),
        cmocka_unit_test(what_is_absent_is_not_found),
        cmocka_unit_test(s3_requests_are_signed),
    };
    uint32_t x = 1;

    setenv("no_proxy", "127.0.0.1", 1);
    for (size_t i = 0; i < SIZE; i++) {
        x = x * 1664525 + 1013904223;
        body[i] = (uint8_t)(x >> 24);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
