/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects over HTTP, read by ranges (RFC 9110 section 14).  Each request asks
 * for more than the one before it, from REQUEST_FIRST after a jump, so that
 * reading one record costs little and reading on is a long transfer.  What
 * breaks off is asked for again from where it stopped, with growing pauses.
 *
 * libcurl is loaded when the first such source is opened: with its own
 * libraries it would double the time the command takes to start.
 */
#include "remote.h"

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#define REQUEST_FIRST ((uint64_t)256 << 10)
#define REQUEST_MAX   ((uint64_t)256 << 20)
#define TRIES         6   /* without a byte in between */
#define FIRST_PAUSE   250 /* ms, doubled each time */

struct api {
    void *lib;
    CURLcode (*global_init)(long);
    CURL *(*easy_init)(void);
    CURLcode (*setopt)(CURL *, CURLoption, ...);
    CURLcode (*getinfo)(CURL *, CURLINFO, ...);
    const char *(*strerror)(CURLcode);
    void (*easy_cleanup)(CURL *);
    CURLM *(*multi_init)(void);
    CURLMcode (*multi_add)(CURLM *, CURL *);
    CURLMcode (*multi_remove)(CURLM *, CURL *);
    CURLMcode (*multi_perform)(CURLM *, int *);
    CURLMcode (*multi_poll)(CURLM *, struct curl_waitfd *, unsigned, int,
                            int *);
    CURLMsg *(*multi_info)(CURLM *, int *);
    CURLMcode (*multi_cleanup)(CURLM *);
    struct curl_slist *(*slist_append)(struct curl_slist *, const char *);
    void (*slist_free)(struct curl_slist *);
};

struct remote {
    struct api api;
    CURL *easy;
    CURLM *multi;
    struct curl_slist *headers;
    char *url, *bucket, *key; /* the latter two for s3 */
    char region[64];

    uint64_t pos;     /* of the next byte to arrive */
    uint64_t size;    /* UINT64_MAX until a response tells */
    uint64_t request; /* bytes to ask for next */
    uint64_t skip;    /* bytes of this response to drop: it began at 0 */
    bool active;      /* a transfer is under way */
    bool ranges;      /* the server gives ranges */
    bool answered;    /* a good response has begun */
    bool checked;     /* the present response has been looked at */
    bool refused;     /* ... and its body is no use to us */
    bool changed;     /* the object is not the one we began with */
    bool moved;       /* s3: told of another region */
    int tries;
    struct dtl_buf buf; /* arrived, not given out: [given, len) */
    size_t given;
    char etag[128], new_etag[128];
    uint64_t range_from, range_size; /* of Content-Range; UINT64_MAX none */
};

bool dtl_remote_is(const char *name)
{
    return strncasecmp(name, "http://", 7) == 0 ||
           strncasecmp(name, "https://", 8) == 0 ||
           strncasecmp(name, "s3://", 5) == 0;
}

/* ---- libcurl ------------------------------------------------------------ */

static bool load(struct api *a)
{
    const struct {
        const char *name;
        void *to; /* a function pointer: all are one size on POSIX */
    } symbols[] = {
        { "curl_global_init", &a->global_init },
        { "curl_easy_init", &a->easy_init },
        { "curl_easy_setopt", &a->setopt },
        { "curl_easy_getinfo", &a->getinfo },
        { "curl_easy_strerror", &a->strerror },
        { "curl_easy_cleanup", &a->easy_cleanup },
        { "curl_multi_init", &a->multi_init },
        { "curl_multi_add_handle", &a->multi_add },
        { "curl_multi_remove_handle", &a->multi_remove },
        { "curl_multi_perform", &a->multi_perform },
        { "curl_multi_poll", &a->multi_poll },
        { "curl_multi_info_read", &a->multi_info },
        { "curl_multi_cleanup", &a->multi_cleanup },
        { "curl_slist_append", &a->slist_append },
        { "curl_slist_free_all", &a->slist_free },
    };

    a->lib = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (a->lib == NULL)
        return false;
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
        void *f = dlsym(a->lib, symbols[i].name);

        if (f == NULL)
            return false;
        memcpy(symbols[i].to, &f, sizeof f);
    }
    return a->global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

static void remote_close(void *self)
{
    struct remote *r = self;

    if (r->active)
        r->api.multi_remove(r->multi, r->easy);
    if (r->easy != NULL)
        r->api.easy_cleanup(r->easy);
    if (r->multi != NULL)
        r->api.multi_cleanup(r->multi);
    if (r->headers != NULL)
        r->api.slist_free(r->headers);
    /* The library stays loaded: its threads and locks do not end cleanly. */
    dtl_buf_free(&r->buf);
    free(r->url);
    free(r->bucket);
    free(r->key);
    free(r);
}

/* ---- what arrives ------------------------------------------------------- */

/* "bytes 0-99/1234" */
static void content_range(struct remote *r, struct dtl_slice v)
{
    size_t dash, slash;

    v = dtl_trim(v);
    if (!dtl_starts_nocase(v, "bytes "))
        return;
    v = dtl_sub(v, 6, v.len);
    dash = dtl_find(v, dtl_str("-"), 0);
    slash = dtl_find(v, dtl_str("/"), 0);
    if (dash == SIZE_MAX || slash == SIZE_MAX)
        return;
    dtl_parse_u64(dtl_sub(v, 0, dash), &r->range_from);
    dtl_parse_u64(dtl_sub(v, slash + 1, v.len), &r->range_size);
}

static size_t on_header(char *p, size_t one, size_t n, void *self)
{
    struct remote *r = self;
    struct dtl_slice line = dtl_trim(dtl_slice_of(p, n)), value;
    size_t colon = dtl_find(line, dtl_str(":"), 0);

    (void)one;                              /* always 1 */
    if (dtl_starts_nocase(line, "HTTP/")) { /* a new response begins */
        r->range_from = r->range_size = UINT64_MAX;
        r->new_etag[0] = '\0';
        r->checked = false;
        return n;
    }
    if (colon == SIZE_MAX)
        return n;
    value = dtl_trim(dtl_sub(line, colon + 1, line.len));
    if (dtl_starts_nocase(line, "content-range:"))
        content_range(r, value);
    else if (dtl_starts_nocase(line, "etag:"))
        snprintf(r->new_etag, sizeof r->new_etag, "%.*s", (int)value.len,
                 (const char *)value.ptr);
    else if (dtl_starts_nocase(line, "x-amz-bucket-region:") &&
             r->bucket != NULL && value.len < sizeof r->region &&
             !dtl_equal(value, dtl_str(r->region))) {
        r->moved = true;
        memcpy(r->region, value.ptr, value.len);
        r->region[value.len] = '\0';
    }
    return n;
}

/* The head of a response is there: is its body what we asked for? */
static void check_response(struct remote *r)
{
    curl_off_t length = -1;
    long status = 0;

    r->checked = true;
    r->refused = true;
    r->skip = 0;
    r->api.getinfo(r->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200 && status != 206)
        return;
    if (r->answered && strcmp(r->etag, r->new_etag) != 0) {
        r->changed = true;
        return;
    }
    if (status == 206 && r->range_from != r->pos)
        return;
    if (status == 206) {
        r->ranges = true;
        r->size = r->range_size;
    } else {
        r->api.getinfo(r->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
        r->size = length >= 0 ? (uint64_t)length : UINT64_MAX;
        r->skip = r->pos;
    }
    memcpy(r->etag, r->new_etag, sizeof r->etag);
    r->answered = true;
    r->refused = false;
}

static size_t on_body(char *p, size_t one, size_t n, void *self)
{
    struct remote *r = self;
    size_t drop;

    (void)one;
    if (!r->checked)
        check_response(r);
    if (r->refused)
        return n;
    drop = r->skip < n ? (size_t)r->skip : n;
    r->skip -= drop;
    if (!dtl_buf_add(&r->buf, p + drop, n - drop))
        return 0;
    r->pos += n - drop;
    if (n > drop)
        r->tries = 0;
    return n;
}

/* ---- requests ----------------------------------------------------------- */

static const char *env(const char *name)
{
    const char *v = getenv(name);

    return v != NULL && v[0] != '\0' ? v : NULL;
}

static char *encode_path(const char *s)
{
    static const char hex[] = "0123456789ABCDEF";
    char *out = malloc(3 * strlen(s) + 1), *p = out;

    if (out == NULL)
        return NULL;
    for (; *s != '\0'; s++) {
        unsigned char c = (unsigned char)*s, low = c | 0x20;

        if ((low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') ||
            strchr("-._~/", c) != NULL) {
            *p++ = (char)c;
        } else {
            *p++ = '%';
            *p++ = hex[c >> 4];
            *p++ = hex[c & 15];
        }
    }
    *p = '\0';
    return out;
}

static bool printf_to(char **out, const char *fmt, ...) DTL_PRINTF(2, 3);
static bool printf_to(char **out, const char *fmt, ...)
{
    va_list ap;
    int n;

    free(*out);
    *out = NULL;
    va_start(ap, fmt);
    n = vasprintf(out, fmt, ap);
    va_end(ap);
    if (n < 0)
        *out = NULL;
    return n >= 0;
}

/* s3://bucket/key at Amazon or at the endpoint the environment names. */
static bool s3_url(struct remote *r)
{
    const char *endpoint = env("AWS_ENDPOINT_URL_S3");

    if (endpoint == NULL)
        endpoint = env("AWS_ENDPOINT_URL");
    if (endpoint != NULL)
        return printf_to(&r->url, "%s/%s/%s", endpoint, r->bucket, r->key);
    /* A dot in the bucket breaks the host's certificate: path style then. */
    if (strchr(r->bucket, '.') != NULL)
        return printf_to(&r->url, "https://s3.%s.amazonaws.com/%s/%s",
                         r->region, r->bucket, r->key);
    return printf_to(&r->url, "https://%s.s3.%s.amazonaws.com/%s", r->bucket,
                     r->region, r->key);
}

static bool add_header(struct remote *r, const char *name, const char *value)
{
    char line[4096];
    struct curl_slist *more;

    snprintf(line, sizeof line, "%s: %s", name, value);
    more = r->api.slist_append(r->headers, line);
    if (more == NULL)
        return false;
    r->headers = more;
    return true;
}

static bool s3_sign(struct remote *r)
{
    const char *id = env("AWS_ACCESS_KEY_ID");
    const char *secret = env("AWS_SECRET_ACCESS_KEY");
    const char *token = env("AWS_SESSION_TOKEN");
    const char *payer = env("AWS_REQUEST_PAYER");
    char how[128], user[512];

    if (r->headers != NULL)
        r->api.slist_free(r->headers);
    r->headers = NULL;
    if (payer != NULL && !add_header(r, "x-amz-request-payer", payer))
        return false;
    if (id != NULL && secret != NULL) {
        snprintf(how, sizeof how, "aws:amz:%s:s3", r->region);
        snprintf(user, sizeof user, "%s:%s", id, secret);
        if (token != NULL && !add_header(r, "x-amz-security-token", token))
            return false;
        r->api.setopt(r->easy, CURLOPT_AWS_SIGV4, how);
        r->api.setopt(r->easy, CURLOPT_USERPWD, user);
    }
    r->api.setopt(r->easy, CURLOPT_HTTPHEADER, r->headers);
    return true;
}

static bool s3_names(struct remote *r, const char *name)
{
    const char *path = name + 5, *slash = strchr(path, '/');
    const char *region = env("AWS_REGION");

    if (region == NULL)
        region = env("AWS_DEFAULT_REGION");
    snprintf(r->region, sizeof r->region, "%s",
             region != NULL ? region : "us-east-1");
    if (slash == NULL || slash == path || slash[1] == '\0')
        return false;
    r->bucket = strndup(path, (size_t)(slash - path));
    r->key = encode_path(slash + 1);
    return r->bucket != NULL && r->key != NULL;
}

static int set_up(struct remote *r, const char *name, struct dtl_error *err)
{
    const struct api *a = &r->api;
    bool s3 = strncasecmp(name, "s3://", 5) == 0;

    if (!load(&r->api))
        return dtl_fail(err, DTL_IO, 0, "needs libcurl: %.150s", dlerror());
    if ((r->easy = a->easy_init()) == NULL ||
        (r->multi = a->multi_init()) == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a transfer");
    a->setopt(r->easy, CURLOPT_NOSIGNAL, 1L);
    a->setopt(r->easy, CURLOPT_FOLLOWLOCATION, 1L);
    a->setopt(r->easy, CURLOPT_MAXREDIRS, 10L);
    a->setopt(r->easy, CURLOPT_PROTOCOLS_STR, "http,https");
    a->setopt(r->easy, CURLOPT_CONNECTTIMEOUT, 20L);
    a->setopt(r->easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    a->setopt(r->easy, CURLOPT_LOW_SPEED_TIME, 60L);
    a->setopt(r->easy, CURLOPT_USERAGENT, "dateline/" DATELINE_VERSION);
    a->setopt(r->easy, CURLOPT_HEADERFUNCTION, on_header);
    a->setopt(r->easy, CURLOPT_HEADERDATA, r);
    a->setopt(r->easy, CURLOPT_WRITEFUNCTION, on_body);
    a->setopt(r->easy, CURLOPT_WRITEDATA, r);
    if (s3 && !s3_names(r, name))
        return dtl_fail(err, DTL_INVALID, 0, "is not s3://BUCKET/KEY");
    if (s3 ? !s3_url(r) || !s3_sign(r) : (r->url = strdup(name)) == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a transfer");
    a->setopt(r->easy, CURLOPT_URL, r->url);
    return DTL_OK;
}

static void start_request(struct remote *r)
{
    char range[64];

    snprintf(range, sizeof range, "%" PRIu64 "-%" PRIu64, r->pos,
             r->pos + r->request - 1);
    r->api.setopt(r->easy, CURLOPT_RANGE, range);
    if (r->request < REQUEST_MAX)
        r->request *= 4;
    r->checked = r->refused = false;
    r->active = r->api.multi_add(r->multi, r->easy) == CURLM_OK;
}

static void stop_request(struct remote *r)
{
    if (r->active)
        r->api.multi_remove(r->multi, r->easy);
    r->active = false;
}

static void pause_before_retry(const struct remote *r)
{
    long ms = FIRST_PAUSE << (r->tries - 1);
    struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

    nanosleep(&t, NULL);
}

static bool worth_retrying(CURLcode code, long status)
{
    if (code != CURLE_OK)
        return code != CURLE_URL_MALFORMAT &&
               code != CURLE_UNSUPPORTED_PROTOCOL &&
               code != CURLE_COULDNT_RESOLVE_HOST &&
               code != CURLE_PEER_FAILED_VERIFICATION &&
               code != CURLE_TOO_MANY_REDIRECTS;
    return status == 408 || status == 425 || status == 429 || status >= 500;
}

static int gave_up(struct remote *r, CURLcode code, long status,
                   struct dtl_error *err)
{
    if (r->buf.failed)
        return dtl_fail(err, DTL_NOMEM, r->pos, "out of memory receiving");
    if (r->changed)
        return dtl_fail(err, DTL_IO, r->pos,
                        "the remote object changed while it was read");
    if (code != CURLE_OK)
        return dtl_fail(err, DTL_IO, r->pos, "cannot receive: %.150s",
                        r->api.strerror(code));
    return dtl_fail(err, status == 404 ? DTL_NOTFOUND : DTL_IO, r->pos,
                    "the server answers %ld", status);
}

/* A transfer ended.  DTL_OK to go on, DTL_END, or an error. */
static int end_request(struct remote *r, CURLcode code, struct dtl_error *err)
{
    long status = 0;

    r->api.getinfo(r->easy, CURLINFO_RESPONSE_CODE, &status);
    stop_request(r);
    if (code == CURLE_OK && !r->checked)
        check_response(r); /* an empty body */
    if (code == CURLE_OK && status == 416 && (r->answered || r->pos == 0)) {
        r->size = r->pos;
        r->answered = true;
        return DTL_END;
    }
    if (code == CURLE_OK && !r->refused) {
        if (status == 200 || r->pos == r->size)
            r->size = r->pos;
        return DTL_OK;
    }
    if (r->moved && !r->answered && status >= 300) {
        r->moved = false;
        if (!s3_url(r) || !s3_sign(r))
            return dtl_fail(err, DTL_NOMEM, 0, "out of memory");
        r->api.setopt(r->easy, CURLOPT_URL, r->url);
        return ++r->tries < TRIES ? DTL_OK : gave_up(r, code, status, err);
    }
    if (r->changed || r->buf.failed || !worth_retrying(code, status) ||
        ++r->tries >= TRIES)
        return gave_up(r, code, status, err);
    pause_before_retry(r);
    return DTL_OK;
}

/* Drive the transfer a little.  DTL_OK, DTL_END at the object's end. */
static int receive(struct remote *r, struct dtl_error *err)
{
    int running = 0, left = 0;
    CURLMsg *msg;

    if (!r->active) {
        if (r->pos >= r->size)
            return DTL_END;
        start_request(r);
        if (!r->active)
            return dtl_fail(err, DTL_NOMEM, r->pos, "cannot start a transfer");
    }
    r->api.multi_perform(r->multi, &running);
    while ((msg = r->api.multi_info(r->multi, &left)) != NULL)
        if (msg->msg == CURLMSG_DONE)
            return end_request(r, msg->data.result, err);
    if (r->buf.len == r->given)
        r->api.multi_poll(r->multi, NULL, 0, 1000, NULL);
    return DTL_OK;
}

static int remote_read(void *self, uint8_t *out, size_t cap, size_t *got,
                       struct dtl_error *err)
{
    struct remote *r = self;
    size_t n;

    *got = 0;
    if (r->given == r->buf.len) {
        dtl_buf_clear(&r->buf);
        r->given = 0;
    }
    while (r->buf.len == 0) {
        int rc = receive(r, err);

        if (r->buf.len > 0)
            break;
        if (rc != DTL_OK)
            return rc == DTL_END ? DTL_OK : rc;
    }
    n = r->buf.len - r->given < cap ? r->buf.len - r->given : cap;
    memcpy(out, r->buf.ptr + r->given, n);
    r->given += n;
    *got = n;
    return DTL_OK;
}

static int remote_seek(void *self, uint64_t offset, struct dtl_error *err)
{
    struct remote *r = self;

    (void)err;
    stop_request(r);
    dtl_buf_clear(&r->buf);
    r->given = 0;
    r->pos = offset;
    r->request = REQUEST_FIRST;
    r->tries = 0;
    return DTL_OK;
}

static const struct source_ops range_ops = { remote_read, remote_seek,
                                             remote_close, true };
/* Without ranges going back means beginning again. */
static const struct source_ops whole_ops = { remote_read, remote_seek,
                                             remote_close, false };

int dtl_remote_open(const char *name, struct dtl_source **out,
                    struct dtl_error *err)
{
    struct remote *r = calloc(1, sizeof *r);
    int rc;

    if (r == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a transfer");
    r->size = UINT64_MAX;
    r->request = REQUEST_FIRST;
    rc = set_up(r, name, err);
    /* The first answer tells size and kind. */
    while (rc == DTL_OK && !r->answered)
        rc = receive(r, err);
    if (rc != DTL_OK && rc != DTL_END) {
        remote_close(r);
        return rc;
    }
    return dtl_source_make(name, r->ranges ? &range_ops : &whole_ops, r,
                           r->size, out, err);
}
