/* SPDX-License-Identifier: Apache-2.0 */
#include "serve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_CONTEXTS    256  /* requests in work at once */
#define MAX_CONNECTIONS 2000 /* open ones, idle too */
#define IDLE_SECONDS    30
#define HEAD_MEMORY                                        \
    ((size_t)256 << 10) /* per connection, as it needs it: \
                           a whole article is looked up */
#define ARENA_MAX  ((size_t)256 << 20)
#define ARENA_KEEP ((size_t)8 << 20) /* a context that grew over it goes */

struct dtl_server {
    struct MHD_Daemon *daemon;
    char *store;
    char *manifest;
    char **hosts; /* lower case, without port */
    size_t nhosts;
    uint16_t port;
    atomic_uint in_work;
    pthread_mutex_t lock; /* of what follows */
    struct context *spare;
    unsigned contexts;
};

/* ---- contexts
 * ---------------------------------------------------------------- */

static void context_free(struct context *c)
{
    if (c == NULL)
        return;
    dtl_replay_free(c->replay);
    dtl_store_close(c->store);
    dtl_decoder_free(c->decoder);
    dtl_arena_free(c->arena);
    free(c);
}

static struct timespec manifest_version(const struct dtl_server *s)
{
    struct stat st;

    return stat(s->manifest, &st) == 0 ? st.st_mtim : (struct timespec){ 0 };
}

static int context_new(const struct dtl_server *s, struct context **out,
                       struct dtl_error *err)
{
    struct context *c = calloc(1, sizeof *c);
    int rc;

    *out = NULL;
    if (c == NULL || (c->arena = dtl_arena_new(ARENA_MAX)) == NULL) {
        free(c);
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a request");
    }
    c->version = manifest_version(s);
    if ((rc = dtl_store_open(s->store, &c->store, err)) != DTL_OK ||
        (rc = dtl_replay_new(c->store, &c->replay, err)) != DTL_OK ||
        (rc = dtl_decoder_new(&c->decoder, err)) != DTL_OK) {
        context_free(c);
        return rc;
    }
    *out = c;
    return DTL_OK;
}

static struct context *pop_spare(struct dtl_server *s, bool *full)
{
    struct context *c;

    pthread_mutex_lock(&s->lock);
    c = s->spare;
    *full = c == NULL && s->contexts == MAX_CONTEXTS;
    if (c != NULL)
        s->spare = c->next;
    else if (!*full)
        s->contexts++;
    pthread_mutex_unlock(&s->lock);
    return c;
}

static void forget_context(struct dtl_server *s)
{
    pthread_mutex_lock(&s->lock);
    s->contexts--;
    pthread_mutex_unlock(&s->lock);
}

/* A context over the segments live now. */
static int context_take(struct dtl_server *s, struct context **out,
                        struct dtl_error *err)
{
    bool full;
    struct context *c = pop_spare(s, &full);
    int rc;

    *out = c;
    if (full)
        return dtl_fail(err, DTL_LIMIT, 0, "too many requests at once");
    if (c != NULL) {
        struct timespec now = manifest_version(s);

        if (now.tv_sec == c->version.tv_sec &&
            now.tv_nsec == c->version.tv_nsec) {
            dtl_arena_reset(c->arena);
            return DTL_OK;
        }
        context_free(c);
    }
    rc = context_new(s, out, err);
    if (rc != DTL_OK)
        forget_context(s);
    return rc;
}

void context_release(struct dtl_server *s, struct context *c)
{
    if (c == NULL)
        return;
    if (c->heavy || dtl_arena_used(c->arena) > ARENA_KEEP) {
        context_free(c);
        forget_context(s);
        return;
    }
    pthread_mutex_lock(&s->lock);
    c->next = s->spare;
    s->spare = c;
    pthread_mutex_unlock(&s->lock);
}

struct context *context_keep(struct request *r)
{
    struct context *c = r->context;

    r->context = NULL;
    return c;
}

/* ---- answers
 * ------------------------------------------------------------------ */

static bool fits_header(struct dtl_slice v)
{
    for (size_t i = 0; i < v.len; i++)
        if (v.ptr[i] < 0x20 || v.ptr[i] == 0x7f)
            return false;
    return v.len < 8192;
}

void add_header(struct MHD_Response *response, const char *name,
                struct dtl_slice value)
{
    char text[8192];

    if (!fits_header(value))
        return;
    memcpy(text, value.ptr != NULL ? (const char *)value.ptr : "", value.len);
    text[value.len] = '\0';
    MHD_add_response_header(response, name, text);
}

/* No page of ours needs a script or anything from elsewhere. */
static const char *const safety[][2] = {
    { "Content-Security-Policy",
      "default-src 'none'; style-src 'self'; form-action 'self'; "
      "base-uri 'none'; frame-ancestors 'none'" },
    { "X-Content-Type-Options", "nosniff" },
    { "Referrer-Policy", "no-referrer" },
    { "Cross-Origin-Resource-Policy", "same-origin" },
    { "Cross-Origin-Opener-Policy", "same-origin" },
};

struct MHD_Response *response_of(struct dtl_buf *body)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        body->len, body->ptr, MHD_RESPMEM_MUST_FREE);

    if (response != NULL)
        *body = (struct dtl_buf){ 0 };
    return response;
}

enum MHD_Result reply(struct request *r, unsigned status, const char *type,
                      struct dtl_buf *body)
{
    struct MHD_Response *response = body->failed ? NULL : response_of(body);
    enum MHD_Result rc;

    if (response == NULL) {
        dtl_buf_free(body);
        return MHD_NO; /* closes the connection */
    }
    for (size_t i = 0; i < sizeof safety / sizeof safety[0]; i++)
        MHD_add_response_header(response, safety[i][0], safety[i][1]);
    MHD_add_response_header(response, "Content-Type", type);
    rc = MHD_queue_response(r->connection, status, response);
    MHD_destroy_response(response);
    return rc;
}

enum MHD_Result reply_text(struct request *r, unsigned status, const char *fmt,
                           ...)
{
    struct dtl_buf body = { 0 };
    char text[600];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    dtl_buf_printf(&body, "%s\n", text);
    return reply(r, status, "text/plain; charset=utf-8", &body);
}

enum MHD_Result reply_error(struct request *r, const struct dtl_error *err)
{
    static const struct {
        enum dtl_status status;
        unsigned code;
    } codes[] = {
        { DTL_NOTFOUND, MHD_HTTP_NOT_FOUND },
        { DTL_INVALID, MHD_HTTP_BAD_REQUEST },
        { DTL_LIMIT, MHD_HTTP_SERVICE_UNAVAILABLE },
    };

    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (codes[i].status == err->status)
            return reply_text(r, codes[i].code, "%s", err->text);
    return reply_text(r, MHD_HTTP_INTERNAL_SERVER_ERROR, "%s", err->text);
}

enum MHD_Result reply_redirect(struct request *r, struct dtl_slice path)
{
    struct dtl_buf body = { 0 };
    struct MHD_Response *response;
    enum MHD_Result rc;

    if (!fits_header(path))
        return reply_text(r, MHD_HTTP_BAD_REQUEST, "this URL is too long");
    response = response_of(&body);
    if (response == NULL)
        return MHD_NO;
    add_header(response, "Location", path);
    rc = MHD_queue_response(r->connection, MHD_HTTP_FOUND, response);
    MHD_destroy_response(response);
    return rc;
}

struct dtl_slice param(struct request *r, const char *name)
{
    const char *value = NULL;
    size_t len = 0;

    if (MHD_lookup_connection_value_n(r->connection, MHD_GET_ARGUMENT_KIND,
                                      name, strlen(name), &value,
                                      &len) != MHD_YES ||
        value == NULL)
        return dtl_slice_of(NULL, 0);
    return dtl_slice_of(value, len);
}

/* ---- dispatch
 * ------------------------------------------------------------------- */

static const struct route {
    const char *path;
    bool prefix;
    enum MHD_Result (*handle)(struct request *);
} routes[] = {
    { "/", false, route_page },
    { "/style.css", false, route_style },
    { "/cdx", false, route_cdx },
    { "/web/", true, route_web },
};

static const struct route *find_route(struct dtl_slice target)
{
    const uint8_t *query =
        target.len > 0 ? memchr(target.ptr, '?', target.len) : NULL;
    struct dtl_slice path =
        query != NULL ? dtl_sub(target, 0, (size_t)(query - target.ptr))
                      : target;

    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++)
        if (routes[i].prefix ? dtl_starts(path, routes[i].path)
                             : dtl_equal(path, dtl_str(routes[i].path)))
            return &routes[i];
    return NULL;
}

/* The name in "Host: name:port"; a page of another site that points its own
 * name at this machine sends that name. */
static bool host_allowed(const struct dtl_server *s, const char *host)
{
    struct dtl_slice name = dtl_str(host);

    if (name.len > 0 && name.ptr[0] == '[') {
        const uint8_t *end = memchr(name.ptr, ']', name.len);

        if (end == NULL)
            return false;
        name = dtl_sub(name, 0, (size_t)(end - name.ptr) + 1);
    } else if (name.len > 0) {
        const uint8_t *colon = memchr(name.ptr, ':', name.len);

        if (colon != NULL)
            name = dtl_sub(name, 0, (size_t)(colon - name.ptr));
    }
    for (size_t i = 0; i < s->nhosts; i++)
        if (dtl_equal_nocase(name, dtl_str(s->hosts[i])))
            return true;
    return false;
}

static enum MHD_Result answer(struct request *r, const char *method)
{
    const char *host = MHD_lookup_connection_value(
        r->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);
    const struct route *route = find_route(r->target);
    struct dtl_error err;
    enum MHD_Result rc;

    if (host == NULL || !host_allowed(r->server, host))
        return reply_text(r, MHD_HTTP_MISDIRECTED_REQUEST,
                          "not a name this server answers to; --host adds one");
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        return reply_text(r, MHD_HTTP_METHOD_NOT_ALLOWED, "GET or HEAD only");
    if (route == NULL)
        return reply_text(r, MHD_HTTP_NOT_FOUND, "no such page");
    if (context_take(r->server, &r->context, &err) != DTL_OK) {
        r->context = NULL;
        return reply_error(r, &err);
    }
    rc = route->handle(r);
    context_release(r->server, r->context);
    r->context = NULL;
    return rc;
}

static enum MHD_Result on_request(void *closure,
                                  struct MHD_Connection *connection,
                                  const char *url, const char *method,
                                  const char *version, const char *upload,
                                  size_t *upload_size, void **state)
{
    struct request *r = *state;

    (void)closure;
    (void)url;
    (void)version;
    (void)upload;
    if (r == NULL)
        return MHD_NO;
    if (r->connection == NULL) { /* the head is there; let a body go by */
        r->connection = connection;
        return MHD_YES;
    }
    if (*upload_size > 0) {
        *upload_size = 0;
        return MHD_YES;
    }
    return answer(r, method);
}

/* libmicrohttpd unescapes the path; captured URLs must stay as they are. */
static void *on_target(void *closure, const char *uri,
                       struct MHD_Connection *connection)
{
    struct dtl_server *s = closure;
    size_t len = strlen(uri);
    struct request *r = malloc(sizeof *r + len);

    (void)connection;
    if (r == NULL)
        return NULL;
    memcpy(r + 1, uri, len);
    *r = (struct request){ .server = s, .target = dtl_slice_of(r + 1, len) };
    atomic_fetch_add(&s->in_work, 1);
    return r;
}

static void on_done(void *closure, struct MHD_Connection *connection,
                    void **state, enum MHD_RequestTerminationCode code)
{
    struct dtl_server *s = closure;

    (void)connection;
    (void)code;
    if (*state == NULL)
        return;
    free(*state);
    *state = NULL;
    atomic_fetch_sub(&s->in_work, 1);
}

/* ---- life
 * ------------------------------------------------------------------------ */

static bool add_host(struct dtl_server *s, const char *name)
{
    if ((s->hosts[s->nhosts] = strdup(name)) == NULL)
        return false;
    s->nhosts++;
    return true;
}

static bool copy_options(struct dtl_server *s,
                         const struct dtl_server_options *o)
{
    const char *address = o->address != NULL ? o->address : "127.0.0.1";
    char bracketed[80];

    s->store = strdup(o->store);
    s->hosts = calloc(o->nhosts + 4, sizeof *s->hosts);
    if (s->store == NULL || s->hosts == NULL ||
        asprintf(&s->manifest, "%s/manifest.mdb", o->store) < 0)
        return false;
    snprintf(bracketed, sizeof bracketed,
             strchr(address, ':') != NULL ? "[%s]" : "%s", address);
    if (!add_host(s, "localhost") || !add_host(s, "127.0.0.1") ||
        !add_host(s, "[::1]") || !add_host(s, bracketed))
        return false;
    for (size_t i = 0; i < o->nhosts; i++)
        if (!add_host(s, o->hosts[i]))
            return false;
    return true;
}

static int listen_on(const char *address, uint16_t port, int *out,
                     struct dtl_error *err)
{
    const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_PASSIVE,
                                    .ai_socktype = SOCK_STREAM };
    struct addrinfo *found;
    char service[8];
    int fd, one = 1, rc;

    snprintf(service, sizeof service, "%u", (unsigned)port);
    if (getaddrinfo(address, service, &hints, &found) != 0)
        return dtl_fail(err, DTL_INVALID, 0,
                        "'%.60s' is no address to listen on", address);
    fd =
        socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
        bind(fd, found->ai_addr, found->ai_addrlen) != 0 ||
        listen(fd, 1024) != 0) {
        rc = dtl_fail(err, DTL_IO, 0, "cannot listen on %.60s port %u: %s",
                      address, (unsigned)port, strerror(errno));
        if (fd >= 0)
            close(fd);
    } else {
        *out = fd;
        rc = DTL_OK;
    }
    freeaddrinfo(found);
    return rc;
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

static int start_daemon(struct dtl_server *s,
                        const struct dtl_server_options *o,
                        struct dtl_error *err)
{
    const char *address = o->address != NULL ? o->address : "127.0.0.1";
    int fd = -1, rc = listen_on(address, o->port, &fd, err);

    if (rc != DTL_OK)
        return rc;
    s->port = bound_port(fd);
    s->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD, s->port, NULL, NULL, on_request, s,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_THREAD_POOL_SIZE,
        thread_count(o->threads), MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)MAX_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)IDLE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, HEAD_MEMORY,
        MHD_OPTION_URI_LOG_CALLBACK, on_target, s, MHD_OPTION_NOTIFY_COMPLETED,
        on_done, s, MHD_OPTION_END);
    if (s->daemon != NULL)
        return DTL_OK;
    close(fd);
    return dtl_fail(err, DTL_IO, 0, "the HTTP server does not start: %s",
                    strerror(errno));
}

static void server_free(struct dtl_server *s)
{
    while (s->spare != NULL) {
        struct context *c = s->spare;

        s->spare = c->next;
        context_free(c);
    }
    for (size_t i = 0; i < s->nhosts; i++)
        free(s->hosts[i]);
    free(s->hosts);
    free(s->manifest);
    free(s->store);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

int dtl_server_start(const struct dtl_server_options *options,
                     struct dtl_server **out, struct dtl_error *err)
{
    struct dtl_server *s = calloc(1, sizeof *s);
    struct context *first;
    int rc;

    *out = NULL;
    if (s == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for the server");
    pthread_mutex_init(&s->lock, NULL);
    if (!copy_options(s, options)) {
        rc = dtl_fail(err, DTL_NOMEM, 0, "out of memory for the server");
    } else if ((rc = context_take(s, &first, err)) == DTL_OK) {
        context_release(s, first); /* the store opens: now is the time to say
                                      when it does not */
        rc = start_daemon(s, options, err);
    }
    if (rc != DTL_OK)
        server_free(s);
    else
        *out = s;
    return rc;
}

uint16_t dtl_server_port(const struct dtl_server *s)
{
    return s->port;
}

void dtl_server_stop(struct dtl_server *s, unsigned seconds)
{
    const struct timespec moment = { .tv_nsec = 20000000 };
    MHD_socket fd;

    if (s == NULL)
        return;
    fd = MHD_quiesce_daemon(s->daemon);
    for (unsigned i = 0; i < seconds * 50 && atomic_load(&s->in_work) > 0; i++)
        nanosleep(&moment, NULL);
    MHD_stop_daemon(s->daemon);
    if (fd != MHD_INVALID_SOCKET)
        close(fd);
    server_free(s);
}
