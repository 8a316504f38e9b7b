/* SPDX-License-Identifier: Apache-2.0 */
/* The server's life: its sockets and threads, and the way of a request from
 * libmicrohttpd to its route. */
#include "auth.h"
#include "front.h"
#include "serve.h"

#include <dateline/view.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_CONNECTIONS 16000 /* open ones on each port, idle too */
#define IDLE_SECONDS    30
#define WORKERS         6
#define FRONT_WORKERS   32                /* they wait for shards */
#define MAX_BODY        ((size_t)1 << 20) /* of a request */
/* Of a connection, for what is asked and the head of the answer.  It is cleared
 * for every request; captured heads want more room than ours. */
#define MAIN_MEMORY   ((size_t)16 << 10)
#define REPLAY_MEMORY ((size_t)96 << 10)

/* ---- one request ------------------------------------------------------- */

static enum MHD_Result handle(struct request *r)
{
    struct dtl_error err;
    enum MHD_Result rc;

    if (!guard_check(r))
        return reply_unknown(r);
    if (r->server->front != NULL)
        return r->route->handle(r);
    if (context_take(r->server, &r->context, &err) != DTL_OK) {
        r->context = NULL;
        return reply_error(r, &err);
    }
    dtl_store_restrict(r->context->store, r->context->rules, r->user,
                       (int64_t)time(NULL));
    rc = r->route->handle(r);
    if (!r->kept)
        context_release(r->server, r->context);
    r->context = NULL;
    return rc;
}

static void handle_at_work(void *closure)
{
    struct request *r = closure;

    handle(r);
    MHD_resume_connection(r->connection);
}

/* libmicrohttpd calls again once a worker resumed the connection. */
static enum MHD_Result answer(struct request *r)
{
    enum MHD_Result rc;

    if (!r->at_work && !r->route->slow && !r->unchecked)
        return handle(r);
    if (!r->at_work) {
        r->at_work = true;
        MHD_suspend_connection(r->connection);
        if (workers_do(r->server->workers, handle_at_work, r))
            return MHD_YES;
        MHD_resume_connection(r->connection);
        r->at_work = false;
        return reply_text(r, MHD_HTTP_SERVICE_UNAVAILABLE,
                          "too many long requests at once");
    }
    if (r->response == NULL)
        return MHD_NO;
    rc = MHD_queue_response(r->connection, r->status, r->response);
    MHD_destroy_response(r->response);
    r->response = NULL;
    return rc;
}

static int method_of(const char *method)
{
    if (strcmp(method, MHD_HTTP_METHOD_GET) == 0 ||
        strcmp(method, MHD_HTTP_METHOD_HEAD) == 0)
        return METHOD_GET;
    return strcmp(method, MHD_HTTP_METHOD_POST) == 0 ? METHOD_POST : 0;
}

/* The head is there: is it one to answer?  If not, `*rc` is of what was
 * answered instead. */
static bool admit(struct request *r, const char *method, enum MHD_Result *rc)
{
    int m = method_of(method);

    r->is_head = strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
    r->is_options = strcmp(method, MHD_HTTP_METHOD_OPTIONS) == 0;
    r->is_post = m == METHOD_POST;
    if (!guard(r, rc))
        return false;
    r->route = r->server->front != NULL ? find_front_route(r->path)
                                        : find_route(r->path);
    if (r->route == NULL)
        *rc = r->at->origin == ORIGIN_REPLAY
                  ? send_stray(r)
                  : reply_text(r, MHD_HTTP_NOT_FOUND, "no such page");
    else if ((r->route->methods & m) == 0)
        *rc = reply_method(r);
    else if ((r->route->origins & r->at->origin) != 0)
        return true;
    else if (r->at->origin == ORIGIN_MAIN)
        *rc = reply_redirect(r, MHD_HTTP_TEMPORARY_REDIRECT,
                             r->host->replay_url, r->target);
    else
        *rc = send_stray(r);
    return false;
}

/* libmicrohttpd calls once with the head, again with pieces of the body, and
 * at last with none.  What is refused is so at once, its body unread. */
static enum MHD_Result on_request(void *closure,
                                  struct MHD_Connection *connection,
                                  const char *url, const char *method,
                                  const char *version, const char *upload,
                                  size_t *upload_size, void **state)
{
    struct request *r = *state;
    enum MHD_Result rc;

    (void)closure;
    (void)url;
    (void)version;
    if (r == NULL)
        return MHD_NO;
    if (r->connection == NULL) {
        r->connection = connection;
        return admit(r, method, &rc) ? MHD_YES : rc;
    }
    if (*upload_size > 0) {
        dtl_buf_add(&r->body, upload, *upload_size);
        *upload_size = 0;
        return r->body.failed ? MHD_NO : MHD_YES;
    }
    return answer(r);
}

/* libmicrohttpd unescapes the path; captured URLs must stay as they are. */
static void *on_target(void *closure, const char *uri,
                       struct MHD_Connection *connection)
{
    struct listener *at = closure;
    size_t len = strlen(uri), path = strcspn(uri, "?");
    struct request *r = malloc(sizeof *r + len);

    (void)connection;
    if (r == NULL)
        return NULL;
    memcpy(r + 1, uri, len);
    *r = (struct request){ .server = at->server,
                           .at = at,
                           .target = dtl_slice_of(r + 1, len),
                           .path = dtl_slice_of(r + 1, path),
                           .body = { .max = MAX_BODY } };
    atomic_fetch_add(&at->server->in_work, 1);
    return r;
}

static void on_done(void *closure, struct MHD_Connection *connection,
                    void **state, enum MHD_RequestTerminationCode code)
{
    struct listener *at = closure;
    struct request *r = *state;

    (void)connection;
    (void)code;
    if (r == NULL)
        return;
    if (r->response != NULL)
        MHD_destroy_response(r->response);
    dtl_buf_free(&r->body);
    free(r);
    *state = NULL;
    atomic_fetch_sub(&at->server->in_work, 1);
}

/* ---- life -------------------------------------------------------------- */

static bool add_host(struct dtl_server *s, struct dtl_slice name)
{
    struct host *h = &s->hosts[s->nhosts];

    if (name.len == 0)
        return true;
    h->name = strndup((const char *)name.ptr, name.len);
    s->nhosts += h->name != NULL;
    return h->name != NULL;
}

/* What stands between "://" and a port. */
static struct dtl_slice name_in(const char *origin)
{
    struct dtl_slice rest = dtl_str(origin);
    size_t start = dtl_find(rest, dtl_str("://"), 0);

    if (start == SIZE_MAX)
        return dtl_str("");
    return host_name(dtl_sub(rest, start + 3, rest.len));
}

static char *copy(const char *text, bool *ok)
{
    char *out = text != NULL ? strdup(text) : NULL;

    *ok = *ok && (out != NULL || text == NULL);
    return out;
}

static bool copy_options(struct dtl_server *s,
                         const struct dtl_server_options *o)
{
    bool ok = true;
    const char *address = o->address != NULL ? o->address : "127.0.0.1";
    char bracketed[80];

    s->store = copy(o->store != NULL ? o->store : "", &ok);
    s->access = copy(o->access_file, &ok);
    s->allow_origin = copy(o->allow_origin, &ok);
    s->hosts = calloc(o->nhosts + 6, sizeof *s->hosts);
    if (!ok || s->hosts == NULL ||
        asprintf(&s->manifest, "%s/manifest.mdb", s->store) < 0)
        return false;
    snprintf(bracketed, sizeof bracketed,
             strchr(address, ':') != NULL ? "[%s]" : "%s", address);
    if (!add_host(s, dtl_str("localhost")) ||
        !add_host(s, dtl_str("127.0.0.1")) || !add_host(s, dtl_str("[::1]")) ||
        !add_host(s, dtl_str(bracketed)) || !add_host(s, name_in(o->origin)) ||
        !add_host(s, name_in(o->replay_origin)))
        return false;
    for (size_t i = 0; i < o->nhosts; i++)
        if (!add_host(s, dtl_str(o->hosts[i])))
            return false;
    return true;
}

static char *origin_url(const char *given, const struct host *h, uint16_t port)
{
    char *url = NULL;

    if (given != NULL)
        return strdup(given);
    return asprintf(&url, "http://%s:%u", h->name, (unsigned)port) >= 0 ? url
                                                                        : NULL;
}

/* Pages of ours run their own scripts and frame the archived ones. */
static char *page_policy(const struct dtl_server *s, const struct host *h)
{
    struct dtl_buf frames = { 0 };
    char *text = NULL;

    dtl_buf_str(&frames, h->replay_url);
    for (size_t i = 0; s->front != NULL && i < s->front->n; i++) {
        dtl_buf_byte(&frames, ' ');
        dtl_buf_str(&frames, s->front->shards[i].replay);
    }
    dtl_buf_byte(&frames, '\0');
    if (!frames.failed &&
        asprintf(&text,
                 "default-src 'none'; script-src 'self'; style-src 'self'; "
                 "img-src 'self' data:; font-src 'self'; connect-src "
                 "'self'; frame-src %s; form-action 'self'; base-uri "
                 "'none'; frame-ancestors 'none'",
                 (const char *)frames.ptr) < 0)
        text = NULL;
    dtl_buf_free(&frames);
    return text;
}

static int name_origins(struct dtl_server *s,
                        const struct dtl_server_options *o,
                        struct dtl_error *err)
{
    for (size_t i = 0; i < s->nhosts; i++) {
        struct host *h = &s->hosts[i];

        h->main_url = origin_url(o->origin, h, s->main.port);
        h->replay_url = origin_url(o->replay_origin, h, s->replay.port);
        if (h->main_url == NULL || h->replay_url == NULL ||
            (h->page_policy = page_policy(s, h)) == NULL)
            return dtl_fail(err, DTL_NOMEM, 0, "out of memory for the server");
    }
    return DTL_OK;
}

static int open_socket(const struct addrinfo *a)
{
    int one = 1;
    int fd =
        socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd >= 0 &&
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 &&
        bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, 1024) == 0)
        return fd;
    if (fd >= 0) {
        int why = errno;

        close(fd);
        errno = why;
    }
    return -1;
}

static int listen_on(const char *address, uint16_t port, int *out,
                     struct dtl_error *err)
{
    const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_PASSIVE,
                                    .ai_socktype = SOCK_STREAM };
    struct addrinfo *found;
    char service[8];

    snprintf(service, sizeof service, "%u", (unsigned)port);
    if (getaddrinfo(address, service, &hints, &found) != 0)
        return dtl_fail(err, DTL_INVALID, 0,
                        "'%.60s' is no address to listen on", address);
    *out = open_socket(found);
    freeaddrinfo(found);
    if (*out < 0)
        return dtl_fail(err, DTL_IO, 0, "cannot listen on %.60s port %u: %s",
                        address, (unsigned)port, strerror(errno));
    return DTL_OK;
}

static uint16_t bound_port(int fd)
{
    struct sockaddr_storage a;
    socklen_t len = sizeof a;

    if (getsockname(fd, (struct sockaddr *)&a, &len) != 0)
        return 0;
    return ntohs(a.ss_family == AF_INET6
                     ? ((struct sockaddr_in6 *)&a)->sin6_port
                     : ((struct sockaddr_in *)&a)->sin_port);
}

static unsigned thread_count(unsigned wanted)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);

    if (wanted == 0)
        wanted = cpus > 0 ? (unsigned)cpus : 1;
    return wanted > 1 ? wanted : 2; /* one slow answer must not block all */
}

static int start_daemon(struct listener *at, int fd, unsigned threads,
                        struct dtl_error *err)
{
    at->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, at->port,
        NULL, NULL, on_request, at, MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_THREAD_POOL_SIZE, thread_count(threads),
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)MAX_CONNECTIONS,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        at->origin == ORIGIN_MAIN ? MAIN_MEMORY : REPLAY_MEMORY,
        MHD_OPTION_URI_LOG_CALLBACK, on_target, at, MHD_OPTION_NOTIFY_COMPLETED,
        on_done, at, MHD_OPTION_END);
    if (at->daemon != NULL)
        return DTL_OK;
    return dtl_fail(err, DTL_IO, 0, "the HTTP server does not start: %s",
                    strerror(errno));
}

/* Both ports are bound before either answers: pages of ours name the other. */
static int start_daemons(struct dtl_server *s,
                         const struct dtl_server_options *o,
                         struct dtl_error *err)
{
    const char *address = o->address != NULL ? o->address : "127.0.0.1";
    uint16_t second = o->replay_port;
    int fds[2] = { -1, -1 };
    int rc = listen_on(address, o->port, &fds[0], err);

    if (rc == DTL_OK) {
        s->main.port = bound_port(fds[0]);
        if (second == 0 && o->port != 0)
            second = (uint16_t)(o->port + 1);
        rc = listen_on(address, second, &fds[1], err);
    }
    if (rc == DTL_OK) {
        s->replay.port = bound_port(fds[1]);
        rc = name_origins(s, o, err);
    }
    if (rc == DTL_OK)
        rc = start_daemon(&s->main, fds[0], o->threads, err);
    if (rc == DTL_OK)
        rc = start_daemon(&s->replay, fds[1], o->threads, err);
    if (s->main.daemon == NULL && fds[0] >= 0)
        close(fds[0]);
    if (s->replay.daemon == NULL && fds[1] >= 0)
        close(fds[1]);
    return rc;
}

static void server_free(struct dtl_server *s)
{
    workers_free(s->workers);
    dtl_figures_free(s->figures.figures);
    pthread_mutex_destroy(&s->figures.lock);
    contexts_free(s);
    for (size_t i = 0; i < s->nhosts; i++) {
        free(s->hosts[i].name);
        free(s->hosts[i].main_url);
        free(s->hosts[i].replay_url);
        free(s->hosts[i].page_policy);
    }
    free(s->hosts);
    free(s->manifest);
    free(s->store);
    free(s->access);
    free(s->allow_origin);
    auth_free(s->auth);
    front_close(s->front);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static int open_auth(struct dtl_server *s, const struct dtl_server_options *o,
                     struct dtl_error *err)
{
    return o->auth_file != NULL ? auth_open(o->auth_file, &s->auth, err)
                                : DTL_OK;
}

/* The store opens, or the file of shards is read: now is the time to say when
 * it does not. */
static int open_sources(struct dtl_server *s,
                        const struct dtl_server_options *o,
                        struct dtl_error *err)
{
    struct context *first;
    int rc;

    if (o->shards_file != NULL)
        return front_open(o->shards_file, &s->front, err);
    rc = context_take(s, &first, err);
    if (rc == DTL_OK)
        context_release(s, first);
    return rc;
}

int dtl_server_start(const struct dtl_server_options *options,
                     struct dtl_server **out, struct dtl_error *err)
{
    struct dtl_server *s = calloc(1, sizeof *s);
    int rc;

    *out = NULL;
    if (s == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for the server");
    pthread_mutex_init(&s->lock, NULL);
    pthread_mutex_init(&s->figures.lock, NULL);
    s->main = (struct listener){ .server = s, .origin = ORIGIN_MAIN };
    s->replay = (struct listener){ .server = s, .origin = ORIGIN_REPLAY };
    if (!copy_options(s, options)) {
        rc = dtl_fail(err, DTL_NOMEM, 0, "out of memory for the server");
    } else if ((rc = open_auth(s, options, err)) == DTL_OK &&
               (rc = open_sources(s, options, err)) == DTL_OK) {
        s->workers = workers_start(s->front != NULL ? FRONT_WORKERS : WORKERS);
        rc = s->workers != NULL
                 ? start_daemons(s, options, err)
                 : dtl_fail(err, DTL_NOMEM, 0, "no threads for the server");
    }
    if (rc != DTL_OK)
        dtl_server_stop(s, 0);
    else
        *out = s;
    return rc;
}

uint16_t dtl_server_port(const struct dtl_server *s)
{
    return s->main.port;
}

uint16_t dtl_server_replay_port(const struct dtl_server *s)
{
    return s->replay.port;
}

/* The socket is ours again, once no thread waits on it. */
static int quiesce(struct listener *at)
{
    return at->daemon != NULL ? MHD_quiesce_daemon(at->daemon)
                              : MHD_INVALID_SOCKET;
}

static void stop_daemon(struct listener *at, int fd)
{
    if (at->daemon != NULL)
        MHD_stop_daemon(at->daemon);
    if (fd != MHD_INVALID_SOCKET)
        close(fd);
}

void dtl_server_stop(struct dtl_server *s, unsigned seconds)
{
    const struct timespec moment = { .tv_nsec = 20000000 };
    int main_fd, replay_fd;

    if (s == NULL)
        return;
    main_fd = quiesce(&s->main);
    replay_fd = quiesce(&s->replay);
    for (unsigned i = 0; i < seconds * 50 && atomic_load(&s->in_work) > 0; i++)
        nanosleep(&moment, NULL);
    if (s->workers != NULL)
        workers_stop(s->workers); /* no connection stays suspended */
    stop_daemon(&s->main, main_fd);
    stop_daemon(&s->replay, replay_fd);
    server_free(s);
}
