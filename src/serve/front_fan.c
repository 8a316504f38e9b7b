/* SPDX-License-Identifier: Apache-2.0 */
/* One question to all shards at once, over connections that stay open. */
#include "front.h"

#include <stdio.h>
#include <stdlib.h>

#include <curl/curl.h>

#define MOST_BODY ((size_t)64 << 20) /* of one shard */

struct fan {
    struct fan *next;
    CURLM *multi;
    size_t n;
    CURL **hands;
    struct fan_answer *answers;
    struct curl_slist *headers;
};

static void fan_free(struct fan *fan)
{
    for (size_t i = 0; i < fan->n; i++) {
        if (fan->hands != NULL && fan->hands[i] != NULL)
            curl_easy_cleanup(fan->hands[i]);
        if (fan->answers != NULL)
            dtl_buf_free(&fan->answers[i].body);
    }
    if (fan->multi != NULL)
        curl_multi_cleanup(fan->multi);
    curl_slist_free_all(fan->headers);
    free(fan->hands);
    free(fan->answers);
    free(fan);
}

void fans_free(struct fan *fan)
{
    while (fan != NULL) {
        struct fan *next = fan->next;

        fan_free(fan);
        fan = next;
    }
}

static size_t on_body(char *bytes, size_t size, size_t n, void *closure)
{
    struct fan_answer *a = closure;

    dtl_buf_add(&a->body, bytes, size * n);
    return a->body.failed ? 0 : size * n;
}

/* Shards are asked as they are named: no proxy, no other scheme, nowhere
 * else. */
static bool set_up(CURL *hand, struct fan *fan, long timeout)
{
    return hand != NULL &&
           curl_easy_setopt(hand, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
           curl_easy_setopt(hand, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(hand, CURLOPT_PROTOCOLS_STR, "http,https") ==
               CURLE_OK &&
           curl_easy_setopt(hand, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(hand, CURLOPT_TIMEOUT_MS, timeout) == CURLE_OK &&
           curl_easy_setopt(hand, CURLOPT_HTTPHEADER, fan->headers) == CURLE_OK;
}

static struct fan *fan_new(const struct front *f)
{
    struct fan *fan = calloc(1, sizeof *fan);
    char token[300];
    bool ok;

    if (fan == NULL)
        return NULL;
    fan->n = f->n;
    fan->multi = curl_multi_init();
    fan->hands = calloc(f->n, sizeof(CURL *));
    fan->answers = calloc(f->n, sizeof *fan->answers);
    fan->headers =
        curl_slist_append(NULL, "Content-Type: text/plain; charset=utf-8");
    if (f->token != NULL && fan->headers != NULL) {
        snprintf(token, sizeof token, "Authorization: Bearer %s", f->token);
        curl_slist_append(fan->headers, token);
    }
    ok = fan->multi != NULL && fan->hands != NULL && fan->answers != NULL &&
         fan->headers != NULL;
    for (size_t i = 0; ok && i < f->n; i++) {
        fan->hands[i] = curl_easy_init();
        fan->answers[i].body.max = MOST_BODY;
        ok = set_up(fan->hands[i], fan, f->timeout_ms);
    }
    if (!ok) {
        fan_free(fan);
        return NULL;
    }
    return fan;
}

struct fan *fan_take(struct front *f)
{
    struct fan *fan;

    pthread_mutex_lock(&f->lock);
    fan = f->spare;
    if (fan != NULL)
        f->spare = fan->next;
    pthread_mutex_unlock(&f->lock);
    return fan != NULL ? fan : fan_new(f);
}

void fan_give(struct front *f, struct fan *fan)
{
    pthread_mutex_lock(&f->lock);
    fan->next = f->spare;
    f->spare = fan;
    pthread_mutex_unlock(&f->lock);
}

void fan_fail(struct fan_answer *a, const char *why)
{
    a->status = 0;
    snprintf(a->why, sizeof a->why, "%s", why);
}

static bool ask(struct fan *fan, size_t i, const char *shard,
                struct dtl_slice target, struct dtl_slice post)
{
    CURL *hand = fan->hands[i];
    struct dtl_buf url = { 0 };
    bool ok;

    dtl_buf_clear(&fan->answers[i].body);
    fan_fail(&fan->answers[i], "was not asked");
    dtl_buf_str(&url, shard);
    dtl_buf_slice(&url, target);
    dtl_buf_byte(&url, '\0');
    ok = !url.failed &&
         curl_easy_setopt(hand, CURLOPT_URL, (const char *)url.ptr) ==
             CURLE_OK &&
         curl_easy_setopt(hand, CURLOPT_WRITEDATA, &fan->answers[i]) ==
             CURLE_OK &&
         curl_easy_setopt(hand, CURLOPT_PRIVATE, &fan->answers[i]) == CURLE_OK;
    if (post.ptr == NULL)
        ok = ok && curl_easy_setopt(hand, CURLOPT_HTTPGET, 1L) == CURLE_OK;
    else
        ok = ok &&
             curl_easy_setopt(hand, CURLOPT_POSTFIELDSIZE_LARGE,
                              (curl_off_t)post.len) == CURLE_OK &&
             curl_easy_setopt(hand, CURLOPT_POSTFIELDS, post.ptr) == CURLE_OK;
    dtl_buf_free(&url);
    return ok && curl_multi_add_handle(fan->multi, hand) == CURLM_OK;
}

static void hear(struct fan *fan)
{
    CURLMsg *m;
    int left;

    while ((m = curl_multi_info_read(fan->multi, &left)) != NULL) {
        struct fan_answer *a = NULL;
        const char *type = NULL;
        long status = 0;

        if (m->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &a);
        curl_easy_getinfo(m->easy_handle, CURLINFO_RESPONSE_CODE, &status);
        curl_easy_getinfo(m->easy_handle, CURLINFO_CONTENT_TYPE, &type);
        if (a->body.failed)
            fan_fail(a, "its answer is too large");
        else if (m->data.result == CURLE_OPERATION_TIMEDOUT)
            fan_fail(a, "took too long");
        else if (m->data.result != CURLE_OK)
            fan_fail(a, curl_easy_strerror(m->data.result));
        else if (status == 200 && type != NULL &&
                 dtl_starts(dtl_str(type), "text/html"))
            fan_fail(a, "gave a web page"); /* no answer of ours is one */
        else
            a->status = (unsigned)status;
    }
}

struct fan_answer *fan_ask(struct front *f, struct fan *fan,
                           struct dtl_slice target, struct dtl_slice post)
{
    int running = 1;

    for (size_t i = 0; i < f->n; i++)
        if (!ask(fan, i, f->shards[i].url, target, post))
            fan_fail(&fan->answers[i], "cannot be asked");
    while (running > 0 && curl_multi_perform(fan->multi, &running) == CURLM_OK)
        if (running > 0 &&
            curl_multi_poll(fan->multi, NULL, 0, 100, NULL) != CURLM_OK)
            break;
    hear(fan);
    for (size_t i = 0; i < f->n; i++)
        curl_multi_remove_handle(fan->multi, fan->hands[i]);
    return fan->answers;
}
