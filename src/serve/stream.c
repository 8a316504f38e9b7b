/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers of any length, made piece by piece while they are sent.  One that
 * fits the first piece goes out with its length, and its context is free again
 * before a slow client has read it.  A piece that may take long is made by a
 * worker, the connection suspended meanwhile.
 */
#include "serve.h"

#include <stdlib.h>

#define PIECE    ((size_t)32 << 10)
#define AT_ONCE  ((size_t)1 << 20)  /* answers up to this are made at once, */
#define MOST_OUT ((size_t)64 << 20) /* while not more than this wait in all */

struct stream {
    struct dtl_server *server;
    struct MHD_Connection *connection;
    struct context *context;
    struct source source;
    bool slow;
    struct dtl_buf out; /* made and not yet sent: from `sent` on */
    size_t sent;
    bool done, failed;
};

static void stream_free(void *closure)
{
    struct stream *s = closure;

    s->source.close(s->source.self);
    context_give_back(s->server, s->context);
    dtl_buf_free(&s->out);
    free(s);
}

/* Make the next piece, of about `size` bytes. */
static void fill(struct stream *s, size_t size, struct dtl_error *err)
{
    dtl_buf_clear(&s->out);
    s->sent = 0;
    while (!s->done && !s->failed && s->out.len < size) {
        int rc = s->source.next(s->source.self, &s->out, err);

        if (rc == DTL_END)
            s->done = true;
        else if (rc != DTL_OK)
            s->failed = true;
        else if (s->out.failed) {
            dtl_fail(err, DTL_NOMEM, 0, "out of memory for an answer");
            s->failed = true;
        }
    }
}

static void fill_and_go_on(void *closure)
{
    struct stream *s = closure;
    struct dtl_error err;

    fill(s, PIECE, &err);
    MHD_resume_connection(s->connection);
}

static ssize_t more(void *closure, uint64_t pos, char *to, size_t max)
{
    struct stream *s = closure;
    struct dtl_error err;
    size_t n;

    (void)pos;
    if (s->sent == s->out.len && !s->done && !s->failed) {
        if (s->slow) {
            MHD_suspend_connection(s->connection);
            if (workers_do(s->server->workers, fill_and_go_on, s))
                return 0;
            MHD_resume_connection(s->connection);
            s->failed = true;
        } else {
            fill(s, PIECE, &err);
        }
    }
    n = s->out.len - s->sent;
    if (n == 0) /* a cut answer must not look whole */
        return s->failed ? MHD_CONTENT_READER_END_WITH_ERROR
                         : MHD_CONTENT_READER_END_OF_STREAM;
    if (n > max)
        n = max;
    memcpy(to, s->out.ptr + s->sent, n);
    s->sent += n;
    return (ssize_t)n;
}

static struct stream *stream_new(struct request *r, const struct source *source)
{
    struct stream *s = calloc(1, sizeof *s);

    if (s == NULL) {
        source->close(source->self);
        return NULL;
    }
    *s = (struct stream){ .server = r->server,
                          .connection = r->connection,
                          .source = *source,
                          .slow = r->route->slow };
    return s;
}

static struct MHD_Response *to_response(struct request *r, struct stream *s,
                                        uint64_t length)
{
    struct MHD_Response *response;

    s->context = context_keep(r);
    if (s->context == NULL) {
        stream_free(s);
        return NULL;
    }
    response = MHD_create_response_from_callback(
        length == UINT64_MAX ? MHD_SIZE_UNKNOWN : length, PIECE, more, s,
        stream_free);
    if (response == NULL)
        stream_free(s);
    return response;
}

struct MHD_Response *stream_response(struct request *r,
                                     const struct source *source,
                                     struct dtl_slice first, uint64_t length)
{
    struct stream *s = stream_new(r, source);

    if (s == NULL)
        return NULL;
    dtl_buf_slice(&s->out, first);
    s->failed = s->out.failed;
    return to_response(r, s, length);
}

/* What is made and not yet sent may not grow with the number of slow clients.
 */
struct parcel {
    struct dtl_server *server;
    void *bytes;
    size_t len;
};

static void parcel_free(void *closure)
{
    struct parcel *p = closure;

    atomic_fetch_sub(&p->server->bytes_out, p->len);
    free(p->bytes);
    free(p);
}

/* Copied, so that the room it was made in serves the next request. */
static enum MHD_Result send_small(struct request *r, const char *type,
                                  const struct dtl_buf *out)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        out->len, out->ptr, MHD_RESPMEM_MUST_COPY);

    if (response == NULL)
        return MHD_NO;
    add_safety(r, response, type);
    return send_response(r, MHD_HTTP_OK, type, response);
}

/* The room of the last answer of this context. */
static void take_room(struct request *r, struct stream *s)
{
    s->out = r->context->out;
    r->context->out = (struct dtl_buf){ 0 };
}

static void leave_room(struct request *r, struct stream *s)
{
    if (s->out.ptr == NULL || s->out.cap > 2 * PIECE || s->out.failed)
        return;
    dtl_buf_free(&r->context->out);
    r->context->out = s->out;
    s->out = (struct dtl_buf){ 0 };
}

/* All of it is there: sent in place, with its length. */
static enum MHD_Result send_whole(struct request *r, const char *type,
                                  struct dtl_buf *out)
{
    struct MHD_Response *response = NULL;
    struct parcel *p;

    if (out->len <= PIECE)
        return send_small(r, type, out);
    p = malloc(sizeof *p);
    if (p != NULL) {
        *p = (struct parcel){ r->server, out->ptr, out->len };
        response = MHD_create_response_from_buffer_with_free_callback_cls(
            p->len, p->bytes, parcel_free, p);
    }
    if (response == NULL) {
        free(p);
        return MHD_NO;
    }
    atomic_fetch_add(&r->server->bytes_out, p->len);
    *out = (struct dtl_buf){ 0 };
    add_safety(r, response, type);
    return send_response(r, MHD_HTTP_OK, type, response);
}

enum MHD_Result reply_stream(struct request *r, const char *type,
                             const struct source *source)
{
    struct stream *s = stream_new(r, source);
    size_t first =
        atomic_load(&r->server->bytes_out) < MOST_OUT ? AT_ONCE : PIECE;
    struct MHD_Response *response;
    struct dtl_error err;
    enum MHD_Result rc;

    if (s == NULL)
        return MHD_NO;
    take_room(r, s);
    fill(s, first, &err);
    if (!s->done && !s->failed) {
        response = to_response(r, s, UINT64_MAX);
        if (response == NULL)
            return reply_busy(r);
        add_safety(r, response, type);
        return send_response(r, MHD_HTTP_OK, type, response);
    }
    rc = s->failed ? reply_error(r, &err) : send_whole(r, type, &s->out);
    leave_room(r, s);
    stream_free(s);
    return rc;
}
