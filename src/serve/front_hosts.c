/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of shards: TOML, of which tables, strings and numbers are needed.
 *
 *     timeout = 5.0                        # seconds for a shard to answer
 *     token = "..."                        # a bearer token they all know
 *
 *     [[shard]]
 *     url = "http://node1:8080"
 *     replay = "http://node1:8081"         # else: the next port
 */
#include "front.h"

#include "util.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

#define MOST_BYTES  ((size_t)1 << 20)
#define MOST_SHARDS 1000
#define TIMEOUT_MS  10000L

static int wrong(struct dtl_error *err, const char *path, unsigned line,
                 const char *what)
{
    return dtl_fail(err, DTL_FORMAT, 0, "%s: line %u: %s", path, line, what);
}

void front_close(struct front *f)
{
    if (f == NULL)
        return;
    fans_free(f->spare);
    for (size_t i = 0; i < f->n; i++) {
        free(f->shards[i].url);
        free(f->shards[i].replay);
    }
    free(f->shards);
    free(f->token);
    pthread_mutex_destroy(&f->lock);
    free(f);
}

static bool add_shard(struct front *f)
{
    struct shard *more = realloc(f->shards, (f->n + 1) * sizeof *more);

    if (more == NULL || f->n == MOST_SHARDS)
        return false;
    f->shards = more;
    f->shards[f->n++] = (struct shard){ 0 };
    return true;
}

/* The text of a basic string; escapes are not needed in a URL. */
static char *string(struct dtl_slice v)
{
    if (v.len < 2 || v.ptr[0] != '"' || v.ptr[v.len - 1] != '"' ||
        memchr(v.ptr, '\\', v.len) != NULL)
        return NULL;
    return strndup((const char *)v.ptr + 1, v.len - 2);
}

static bool is_address(const char *url)
{
    return strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0;
}

static const char *set_address(char **to, struct dtl_slice v)
{
    char *url = string(v);
    size_t len = url != NULL ? strlen(url) : 0;

    free(*to);
    *to = url;
    while (len > 0 && url[len - 1] == '/')
        url[--len] = '\0';
    return url != NULL && is_address(url) ? NULL
                                          : "an address such as "
                                            "\"http://node1:8080\" is wanted";
}

static const char *set_timeout(struct front *f, struct dtl_slice v)
{
    char text[32] = "", *end;
    double s;

    memcpy(text, v.ptr, v.len < sizeof text - 1 ? v.len : sizeof text - 1);
    s = strtod(text, &end);
    if (end == text || *end != '\0' || !(s >= 0.001 && s <= 3600))
        return "timeout wants seconds, such as 5.0";
    f->timeout_ms = (long)(s * 1000);
    return NULL;
}

static const char *set(struct front *f, struct dtl_slice key,
                       struct dtl_slice v)
{
    struct shard *s = f->n > 0 ? &f->shards[f->n - 1] : NULL;

    if (s == NULL && dtl_equal(key, dtl_str("timeout")))
        return set_timeout(f, v);
    if (s == NULL && dtl_equal(key, dtl_str("token"))) {
        free(f->token);
        f->token = string(v);
        return f->token != NULL ? NULL : "token wants a string";
    }
    if (s != NULL && dtl_equal(key, dtl_str("url")))
        return set_address(&s->url, v);
    if (s != NULL && dtl_equal(key, dtl_str("replay")))
        return set_address(&s->replay, v);
    return "known are timeout and token, and below [[shard]] url and replay";
}

/* A number sign outside of a string begins a comment. */
static struct dtl_slice without_comment(struct dtl_slice line)
{
    bool quoted = false;

    for (size_t i = 0; i < line.len; i++) {
        quoted ^= line.ptr[i] == '"';
        if (line.ptr[i] == '#' && !quoted)
            return dtl_sub(line, 0, i);
    }
    return line;
}

static const char *read_line(struct front *f, struct dtl_slice line)
{
    const uint8_t *eq;

    line = dtl_trim(without_comment(line));
    if (line.len == 0)
        return NULL;
    if (dtl_equal(line, dtl_str("[[shard]]")))
        return add_shard(f) ? NULL : "too many shards";
    eq = memchr(line.ptr, '=', line.len);
    if (eq == NULL)
        return "neither [[shard]] nor NAME = VALUE";
    return set(f, dtl_trim(dtl_sub(line, 0, (size_t)(eq - line.ptr))),
               dtl_trim(dtl_sub(line, (size_t)(eq - line.ptr) + 1, line.len)));
}

/* A shard serves captured pages on the port after its own. */
static char *next_port(const char *url)
{
    CURLU *u = curl_url();
    char *port = NULL, *out = NULL, *text = NULL, next[24];

    if (u != NULL && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) ==
            CURLUE_OK) {
        snprintf(next, sizeof next, "%ld", strtol(port, NULL, 10) + 1);
        if (curl_url_set(u, CURLUPART_PORT, next, 0) == CURLUE_OK &&
            curl_url_get(u, CURLUPART_URL, &text, 0) == CURLUE_OK)
            out = strdup(text);
    }
    if (out != NULL && out[strlen(out) - 1] == '/')
        out[strlen(out) - 1] = '\0';
    curl_free(port);
    curl_free(text);
    curl_url_cleanup(u);
    return out;
}

static int complete(struct front *f, const char *path, struct dtl_error *err)
{
    if (f->n == 0)
        return dtl_fail(err, DTL_FORMAT, 0, "%s: names no shard", path);
    for (size_t i = 0; i < f->n; i++) {
        struct shard *s = &f->shards[i];

        if (s->url == NULL)
            return dtl_fail(err, DTL_FORMAT, 0, "%s: shard %zu has no url",
                            path, i + 1);
        if (s->replay == NULL && (s->replay = next_port(s->url)) == NULL)
            return dtl_fail(err, DTL_FORMAT, 0, "%s: '%.80s' is no address",
                            path, s->url);
    }
    return DTL_OK;
}

int front_parse(struct dtl_slice text, const char *path, struct front **out,
                struct dtl_error *err)
{
    struct front *f = calloc(1, sizeof *f);
    size_t pos = 0;
    int rc = DTL_OK;

    *out = NULL;
    if (f == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for the server");
    pthread_mutex_init(&f->lock, NULL);
    f->timeout_ms = TIMEOUT_MS;
    for (unsigned line = 1; rc == DTL_OK && pos < text.len; line++) {
        size_t nl = dtl_find(text, dtl_str("\n"), pos);
        size_t end = nl != SIZE_MAX ? nl : text.len;
        const char *what = read_line(f, dtl_sub(text, pos, end));

        if (what != NULL)
            rc = wrong(err, path, line, what);
        pos = end + 1;
    }
    if (rc == DTL_OK)
        rc = complete(f, path, err);
    if (rc != DTL_OK) {
        front_close(f);
        return rc;
    }
    *out = f;
    return DTL_OK;
}

int front_open(const char *path, struct front **out, struct dtl_error *err)
{
    struct dtl_buf text = { 0 };
    int rc = read_text_file(path, MOST_BYTES, &text, err);

    *out = NULL;
    if (rc == DTL_OK)
        rc = front_parse(dtl_buf_view(&text), path, out, err);
    dtl_buf_free(&text);
    return rc;
}
