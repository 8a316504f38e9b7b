/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One answer out of those of all shards.
 *
 *   lines         of /cdx: merged by key and time
 *   lists         of captures and appearances: merged likewise
 *   figures       added up
 *   one article   of the first shard that has it
 *   pages         the browser is sent to the shard that has the capture
 *
 * When a shard does not answer, those of the others are given, and the answer
 * says that it is not whole: "Dateline-Partial" names who was silent.
 */
#include "front.h"

#include <dateline/time.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- who answered -------------------------------------------------------- */

struct asked {
    struct front *front;
    struct fan *fan;
    struct fan_answer *answers;
    size_t answered, found; /* any answer; one with 200 */
    struct dtl_buf silent;  /* "http://... took too long; ..." */
};

/* Answers that are none of the shard's store: it stands behind something that
 * wants a password or sends elsewhere, or does not know its name, or fails. */
static bool is_no_answer(unsigned status)
{
    return status == 0 || status / 100 == 3 || status >= 500 ||
           status == MHD_HTTP_UNAUTHORIZED ||
           status == MHD_HTTP_PROXY_AUTHENTICATION_REQUIRED ||
           status == MHD_HTTP_MISDIRECTED_REQUEST ||
           status == MHD_HTTP_TOO_MANY_REQUESTS;
}

static void note_silence(struct asked *a, size_t shard)
{
    const struct fan_answer *answer = &a->answers[shard];
    char text[sizeof answer->why + 1];

    if (a->silent.len > 0)
        dtl_buf_str(&a->silent, "; ");
    dtl_buf_str(&a->silent, a->front->shards[shard].url);
    if (answer->status == 0)
        snprintf(text, sizeof text, " %s", answer->why);
    else
        snprintf(text, sizeof text,
                 answer->status < 500 ? " refused: %u" : " failed",
                 answer->status);
    dtl_buf_str(&a->silent, text);
}

static bool ask(struct request *r, struct dtl_slice target, struct asked *a)
{
    struct dtl_slice post =
        r->is_post ? dtl_buf_view(&r->body) : dtl_slice_of(NULL, 0);

    *a = (struct asked){ .front = r->server->front };
    if (r->is_post && post.ptr == NULL)
        post = dtl_str("");
    a->fan = fan_take(a->front);
    if (a->fan == NULL)
        return false;
    a->answers = fan_ask(a->front, a->fan, target, post);
    for (size_t i = 0; i < a->front->n; i++) {
        a->answered += a->answers[i].status != 0;
        a->found += a->answers[i].status == MHD_HTTP_OK;
        if (is_no_answer(a->answers[i].status))
            note_silence(a, i);
    }
    return true;
}

static void done(struct asked *a)
{
    fan_give(a->front, a->fan);
    dtl_buf_free(&a->silent);
}

static enum MHD_Result send_made(struct request *r, struct asked *a,
                                 unsigned status, const char *type,
                                 struct dtl_buf *body)
{
    struct MHD_Response *response = body->failed ? NULL : response_of(body);

    if (response == NULL) {
        dtl_buf_free(body);
        return reply_text(r, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory");
    }
    add_safety(r, response, type);
    if (a->silent.len > 0)
        add_header(response, "Dateline-Partial", dtl_buf_view(&a->silent));
    return send_response(r, status, type, response);
}

/* How much of who was silent goes into a sentence; it ends with no NUL. */
static int silent_len(const struct asked *a)
{
    return a->silent.len < 400 ? (int)a->silent.len : 400;
}

/* No shard said yes: what one of them said instead. */
static enum MHD_Result send_refusal(struct request *r, struct asked *a)
{
    for (size_t i = 0; i < a->front->n; i++)
        if (a->answers[i].status != 0) {
            struct dtl_buf body = { 0 };

            dtl_buf_slice(&body, dtl_buf_view(&a->answers[i].body));
            return send_made(r, a, a->answers[i].status,
                             dtl_starts(r->path, "/api/")
                                 ? "application/json"
                                 : "text/plain; charset=utf-8",
                             &body);
        }
    return reply_text(r, MHD_HTTP_BAD_GATEWAY, "no shard answers: %.*s",
                      silent_len(a), (const char *)a->silent.ptr);
}

/* ---- /cdx ---------------------------------------------------------------- */

struct row {
    struct dtl_slice key, time, line;
    size_t at; /* as it came: equal ones stay in the order of the shards */
};

struct rows {
    struct row *rows;
    size_t n, room;
    bool failed;
};

static void add_row(struct rows *v, const struct row *row)
{
    if (v->n == v->room) {
        size_t room = v->room == 0 ? 256 : 2 * v->room;
        struct row *more = realloc(v->rows, room * sizeof *more);

        if (more == NULL) {
            v->failed = true;
            return;
        }
        v->rows = more;
        v->room = room;
    }
    v->rows[v->n] = *row;
    v->rows[v->n].at = v->n;
    v->n++;
}

/* The value of a string member that stands in a line of JSON. */
static struct dtl_slice member(struct dtl_slice line, const char *name)
{
    size_t at = dtl_find(line, dtl_str(name), 0), end;

    if (at == SIZE_MAX)
        return dtl_slice_of(NULL, 0);
    at += strlen(name);
    while (at < line.len && (line.ptr[at] == ' ' || line.ptr[at] == ':'))
        at++;
    if (at == line.len || line.ptr[at++] != '"')
        return dtl_slice_of(NULL, 0);
    for (end = at; end < line.len && line.ptr[end] != '"'; end++)
        end += line.ptr[end] == '\\';
    return end < line.len ? dtl_sub(line, at, end) : dtl_slice_of(NULL, 0);
}

/* "com,example)/ 20240502... {...}", or the same as members of JSON.  A line
 * of other fields has no key: it keeps its place. */
static struct row row_of(struct dtl_slice line)
{
    struct row row = { .line = line };
    const uint8_t *one, *two;

    if (line.len > 0 && line.ptr[0] == '{') {
        row.key = member(line, "\"urlkey\"");
        row.time = member(line, "\"timestamp\"");
        return row;
    }
    one = line.len > 0 ? memchr(line.ptr, ' ', line.len) : NULL;
    if (one == NULL || memchr(line.ptr, ')', (size_t)(one - line.ptr)) == NULL)
        return row;
    row.key = dtl_sub(line, 0, (size_t)(one - line.ptr));
    row.time = dtl_sub(line, row.key.len + 1, line.len);
    two = memchr(row.time.ptr, ' ', row.time.len);
    if (two != NULL)
        row.time.len = (size_t)(two - row.time.ptr);
    return row;
}

static int by_key(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    int d = dtl_compare(x->key, y->key);

    if (d == 0)
        d = dtl_compare(x->time, y->time);
    return d != 0 ? d : x->at < y->at ? -1 : x->at > y->at;
}

struct distance {
    uint64_t seconds;
    struct row row;
};

static int by_distance(const void *a, const void *b)
{
    const struct distance *x = a, *y = b;

    if (x->seconds != y->seconds)
        return x->seconds < y->seconds ? -1 : 1;
    return by_key(&x->row, &y->row);
}

static uint64_t seconds_from(struct dtl_slice time, int64_t closest)
{
    int64_t t = dtl_time_parse_14(time, false);

    if (t == DTL_NO_TIME || closest == DTL_NO_TIME)
        return UINT64_MAX;
    return (uint64_t)(t < closest ? closest - t : t - closest);
}

static void sort_closest(struct rows *v, int64_t closest)
{
    struct distance *d = calloc(v->n + 1, sizeof *d);

    if (d == NULL) {
        v->failed = true;
        return;
    }
    for (size_t i = 0; i < v->n; i++) {
        d[i].row = v->rows[i];
        d[i].seconds = seconds_from(v->rows[i].time, closest);
    }
    qsort(d, v->n, sizeof *d, by_distance);
    for (size_t i = 0; i < v->n; i++)
        v->rows[i] = d[i].row;
    free(d);
}

static void reverse(struct rows *v)
{
    for (size_t i = 0; i < v->n / 2; i++) {
        struct row swap = v->rows[i];

        v->rows[i] = v->rows[v->n - 1 - i];
        v->rows[v->n - 1 - i] = swap;
    }
}

static void sort_rows(struct request *r, struct rows *v)
{
    struct dtl_slice sort = param(r, "sort");
    struct dtl_slice when = param(r, "closest");
    /* as a store's own /cdx reads it */
    int64_t closest =
        when.len > 0 ? dtl_time_parse_14(when, true) : DTL_NO_TIME;

    for (size_t i = 0; i < v->n; i++)
        if (v->rows[i].key.len == 0)
            return; /* fields without a key: shard after shard */
    if (closest != DTL_NO_TIME &&
        (sort.len == 0 || dtl_equal(sort, dtl_str("closest")))) {
        sort_closest(v, closest);
        return;
    }
    if (v->n > 1)
        qsort(v->rows, v->n, sizeof *v->rows, by_key);
    if (dtl_equal(sort, dtl_str("reverse")))
        reverse(v);
}

/* The rows of a shard; `*more` when a key to go on follows them. */
static void take_rows(struct dtl_slice body, struct rows *v, bool *more)
{
    size_t pos = 0;

    while (pos < body.len) {
        size_t nl = dtl_find(body, dtl_str("\n"), pos);
        size_t end = nl != SIZE_MAX ? nl : body.len;
        struct row row = row_of(dtl_sub(body, pos, end));

        pos = end + 1;
        if (row.line.len == 0) { /* an empty line, then the key */
            *more = true;
            return;
        }
        add_row(v, &row);
    }
}

/* "key timestamp count", as a store's own /cdx writes it. */
static void write_resume_key(const struct rows *v, size_t n,
                             struct dtl_buf *out)
{
    static const char hex[] = "0123456789ABCDEF";
    const struct row *last = &v->rows[n - 1];
    size_t count = 1;
    char text[32];

    while (count < n && dtl_equal(v->rows[n - 1 - count].key, last->key) &&
           dtl_equal(v->rows[n - 1 - count].time, last->time))
        count++;
    dtl_buf_byte(out, '\n');
    for (size_t i = 0; i < last->key.len; i++) {
        uint8_t c = last->key.ptr[i];

        if (c <= ' ' || c >= 0x7f || memchr("%+&#", c, 4) != NULL) {
            dtl_buf_byte(out, '%');
            dtl_buf_byte(out, (uint8_t)hex[c >> 4]);
            dtl_buf_byte(out, (uint8_t)hex[c & 15]);
        } else {
            dtl_buf_byte(out, c);
        }
    }
    dtl_buf_byte(out, '+');
    dtl_buf_slice(out, last->time);
    snprintf(text, sizeof text, "+%zu\n", count);
    dtl_buf_str(out, text);
}

static enum MHD_Result front_cdx(struct request *r)
{
    static const char *const whole[] = { "page", "pageSize", "showNumPages",
                                         "showPagedIndex" };
    struct asked a;
    struct rows v = { 0 };
    struct dtl_buf body = { 0 };
    uint64_t limit = 0;
    bool more = false;
    enum MHD_Result rc;
    size_t n;

    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++)
        if (param(r, whole[i]).len > 0)
            return reply_text(r, MHD_HTTP_BAD_REQUEST,
                              "%s counts blocks of one store; over shards "
                              "go on with limit and resumeKey",
                              whole[i]);
    if (!ask(r, r->target, &a))
        return MHD_NO;
    if (a.found == 0) {
        rc = send_refusal(r, &a);
        done(&a);
        return rc;
    }
    for (size_t i = 0; i < a.front->n; i++)
        if (a.answers[i].status == MHD_HTTP_OK)
            take_rows(dtl_buf_view(&a.answers[i].body), &v, &more);
    sort_rows(r, &v);
    n = v.n;
    if (dtl_parse_u64(param(r, "limit"), &limit) && limit > 0 && limit < n) {
        n = (size_t)limit;
        more = more || param(r, "showResumeKey").len > 0;
    }
    for (size_t i = 0; i < n; i++) {
        dtl_buf_slice(&body, v.rows[i].line);
        dtl_buf_byte(&body, '\n');
    }
    if (more && n > 0)
        write_resume_key(&v, n, &body);
    body.failed |= v.failed;
    rc = send_made(r, &a, MHD_HTTP_OK,
                   dtl_equal(param(r, "output"), dtl_str("json"))
                       ? "application/json"
                       : "text/plain; charset=utf-8",
                   &body);
    free(v.rows);
    done(&a);
    return rc;
}

/* ---- JSON ---------------------------------------------------------------- */

static json_t *json_of(const struct fan_answer *a)
{
    return a->status == MHD_HTTP_OK
               ? json_loadb((const char *)a->body.ptr, a->body.len, 0, NULL)
               : NULL;
}

static int compare_strings(const json_t *a, const json_t *b)
{
    const char *x = json_string_value(a), *y = json_string_value(b);

    return strcmp(x != NULL ? x : "", y != NULL ? y : "");
}

/* Figures of two shards together: numbers add up, of times the earliest
 * `first` and the latest `last`; rows of a list are the same when their first
 * member is.  What is in both and is no figure stays as it is. */
static void add_up(json_t *to, json_t *from);

static json_t *same_row(json_t *list, const json_t *row)
{
    const char *name =
        json_object_iter_key(json_object_iter((json_t *)(uintptr_t)row));
    size_t i;
    json_t *other;

    if (name == NULL)
        return NULL;
    json_array_foreach(
        list, i,
        other) if (json_equal(json_object_get(other, name),
                              json_object_get(row, name))) return other;
    return NULL;
}

static void add_rows(json_t *to, json_t *from)
{
    size_t i;
    json_t *row;

    json_array_foreach(from, i, row)
    {
        json_t *own = json_is_object(row) ? same_row(to, row) : NULL;
        const char *name =
            own != NULL ? json_object_iter_key(json_object_iter(row)) : NULL;
        json_t *key = NULL;

        if (own == NULL) {
            json_array_append(to, row);
            continue;
        }
        key = json_deep_copy(json_object_get(own, name));
        add_up(own, row);
        json_object_set_new(own, name, key); /* it may be a number */
    }
}

/* Every shard of a plan knows all archives of it. */
static json_int_t together(const char *name, json_int_t a, json_int_t b)
{
    if (strcmp(name, "archives") == 0)
        return a > b ? a : b;
    return b > 0 && a > INT64_MAX - b   ? INT64_MAX
           : b < 0 && a < INT64_MIN - b ? INT64_MIN
                                        : a + b;
}

static bool is_first(const char *name)
{
    return strcmp(name, "first") == 0 || strcmp(name, "from") == 0;
}

static void add_up(json_t *to, json_t *from)
{
    const char *name;
    json_t *more;

    json_object_foreach(from, name, more)
    {
        json_t *own = json_object_get(to, name);

        if (own == NULL || json_is_null(own))
            json_object_set(to, name, more);
        else if (json_is_integer(own) && json_is_integer(more))
            json_integer_set(own, together(name, json_integer_value(own),
                                           json_integer_value(more)));
        else if (json_is_object(own) && json_is_object(more))
            add_up(own, more);
        else if (json_is_array(own) && json_is_array(more))
            add_rows(own, more);
        else if (json_is_string(own) && json_is_string(more) &&
                 (is_first(name) ? compare_strings(more, own) < 0
                                 : compare_strings(more, own) > 0))
            json_object_set(to, name, more);
    }
}

/* Lists are put one behind the other. */
static void append_lists(json_t *to, json_t *from)
{
    const char *name;
    json_t *more;

    json_object_foreach(from, name, more)
    {
        json_t *own = json_object_get(to, name);

        if (own == NULL || json_is_null(own))
            json_object_set(to, name, more);
        else if (json_is_array(own) && json_is_array(more))
            json_array_extend(own, more);
    }
}

/* What is known of the time: the earliest of each. */
static void join_when(json_t *to, json_t *from)
{
    static const char *const pairs[][2] = {
        { "first_story_time", "first_story" },
        { "first_carrier_time", "first_carrier" },
    };
    bool earlier;

    if (!json_is_string(json_object_get(from, "not_after")))
        return;
    earlier = !json_is_string(json_object_get(to, "not_after")) ||
              compare_strings(json_object_get(from, "not_after"),
                              json_object_get(to, "not_after")) < 0;
    if (earlier) {
        /* How the crawl stood then is the shard's that has it. */
        json_object_set(to, "not_after", json_object_get(from, "not_after"));
        json_object_set(to, "not_before", json_object_get(from, "not_before"));
        json_object_set(to, "density", json_object_get(from, "density"));
    }
    for (size_t i = 0; i < 2; i++) {
        json_t *t = json_object_get(from, pairs[i][0]);
        json_t *own = json_object_get(to, pairs[i][0]);

        if (!json_is_string(t) ||
            (json_is_string(own) && compare_strings(own, t) <= 0))
            continue;
        json_object_set(to, pairs[i][0], t);
        json_object_set(to, pairs[i][1], json_object_get(from, pairs[i][1]));
    }
}

static void join_trace(json_t *to, json_t *from)
{
    json_t *when = json_object_get(to, "when");

    if (json_is_object(when))
        join_when(when, json_object_get(from, "when"));
    append_lists(to, from);
}

/* Rows of a list in the order of two members. */
struct keyed {
    json_t *row;
    const char *a, *b;
    json_int_t count;
    size_t at;
};

static int by_members(const void *x, const void *y)
{
    const struct keyed *p = x, *q = y;
    int d;

    if (p->count != q->count)
        return p->count > q->count ? -1 : 1;
    d = strcmp(p->a, q->a);
    if (d == 0)
        d = strcmp(p->b, q->b);
    return d != 0 ? d : p->at < q->at ? -1 : p->at > q->at;
}

static const char *text_at(const json_t *row, const char *name)
{
    const char *s = json_string_value(json_object_get(row, name));

    return s != NULL ? s : "";
}

/* `count`: first by this number, the largest first; NULL: not. */
static void sort_list(json_t *list, const char *a, const char *b,
                      const char *count)
{
    size_t n = json_array_size(list);
    struct keyed *v = calloc(n + 1, sizeof *v);
    json_t *sorted = json_array();

    for (size_t i = 0; v != NULL && i < n; i++) {
        json_t *row = json_array_get(list, i);

        v[i] = (struct keyed){ row, text_at(row, a), text_at(row, b), 0, i };
        if (count != NULL)
            v[i].count = json_integer_value(json_object_get(row, count));
    }
    if (v != NULL && sorted != NULL) {
        qsort(v, n, sizeof *v, by_members);
        for (size_t i = 0; i < n; i++)
            json_array_append(sorted, v[i].row);
        json_array_clear(list);
        json_array_extend(list, sorted);
    }
    json_decref(sorted);
    free(v);
}

static void cut_list(json_t *list, struct dtl_slice limit)
{
    uint64_t most;

    if (!dtl_parse_u64(limit, &most) || most == 0)
        return;
    while (json_array_size(list) > most)
        json_array_remove(list, json_array_size(list) - 1);
}

/* How the answers of a route become one. */
static const struct joined {
    const char *path;
    void (*join)(json_t *to, json_t *from);
    const char *list, *a, *b, *count; /* sorted by; NULL: not */
} joined[] = {
    { "/api/v1/lookup", append_lists, "captures", "urlkey", "timestamp", NULL },
    { "/api/v1/find", append_lists, "captures", "urlkey", "timestamp", NULL },
    { "/api/v1/trace", join_trace, "results", "time", "url", NULL },
    { "/api/v1/stats", add_up, NULL, NULL, NULL, NULL },
    { "/api/v1/sites", add_up, "sites", "site", "site", "captures" },
    { "/api/v1/calendar", add_up, "days", "day", "day", NULL },
};

static enum MHD_Result send_json(struct request *r, struct asked *a,
                                 json_t *all)
{
    struct dtl_buf body = { 0 };
    char *text;

    if (a->silent.len > 0)
        json_object_set_new(
            all, "partial",
            json_stringn((const char *)a->silent.ptr, a->silent.len));
    text = json_dumps(all, JSON_COMPACT);
    if (text != NULL)
        dtl_buf_str(&body, text);
    free(text);
    dtl_buf_byte(&body, '\n');
    return send_made(r, a, MHD_HTTP_OK, "application/json", &body);
}

/* What a shard said, when it has the shape it must have. */
static json_t *answer_of(struct asked *a, size_t shard,
                         const struct joined *how)
{
    struct fan_answer *answer = &a->answers[shard];
    json_t *one = json_of(answer), *list = NULL;

    if (one != NULL && how->list != NULL)
        list = json_object_get(one, how->list);
    if (json_is_object(one) && (list == NULL || json_is_array(list)))
        return one;
    json_decref(one);
    if (answer->status == MHD_HTTP_OK) {
        fan_fail(answer, "gave no answer of a store");
        note_silence(a, shard);
    }
    return NULL;
}

static enum MHD_Result front_joined(struct request *r)
{
    const struct joined *how = joined;
    struct asked a;
    json_t *all = NULL;
    enum MHD_Result rc;

    while (!dtl_equal(r->path, dtl_str(how->path)))
        how++;
    if (!ask(r, r->target, &a))
        return MHD_NO;
    for (size_t i = 0; i < a.front->n; i++) {
        json_t *one = answer_of(&a, i, how);

        if (all == NULL)
            all = one;
        else if (one != NULL) {
            how->join(all, one);
            json_decref(one);
        }
    }
    if (all != NULL && how->list != NULL) {
        json_t *list = json_object_get(all, how->list);

        sort_list(list, how->a, how->b, how->count);
        cut_list(list, param(r, "limit"));
    }
    rc = all != NULL ? send_json(r, &a, all) : send_refusal(r, &a);
    json_decref(all);
    done(&a);
    return rc;
}

/* ---- one of them --------------------------------------------------------- */

/* The first that has it. */
static enum MHD_Result front_first(struct request *r)
{
    struct asked a;
    enum MHD_Result rc;
    size_t i = 0;

    if (!ask(r, r->target, &a))
        return MHD_NO;
    while (i < a.front->n && a.answers[i].status != MHD_HTTP_OK)
        i++;
    if (i == a.front->n) {
        rc = send_refusal(r, &a);
    } else {
        struct dtl_buf body = { 0 };

        dtl_buf_slice(&body, dtl_buf_view(&a.answers[i].body));
        rc = send_made(r, &a, MHD_HTTP_OK,
                       body.len > 0 && body.ptr[0] == '{' ? "application/json"
                       : body.len > 1 && memcmp(body.ptr, "PK", 2) == 0
                           ? "application/wacz"
                           : "text/plain; charset=utf-8",
                       &body);
    }
    done(&a);
    return rc;
}

static void add_escaped(struct dtl_buf *out, struct dtl_slice s)
{
    char text[4];

    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.ptr[i];

        if (c > ' ' && c < 0x7f && memchr("%+&#", c, 4) == NULL) {
            dtl_buf_byte(out, c);
        } else {
            snprintf(text, sizeof text, "%%%02X", c);
            dtl_buf_str(out, text);
        }
    }
}

/* The shard whose capture of `url` is the nearest to `time` (digits; may be
 * empty); SIZE_MAX when none has one. */
static size_t nearest(struct request *r, struct dtl_slice url,
                      struct dtl_slice time, struct asked *a)
{
    struct dtl_buf target = { 0 };
    uint64_t best = UINT64_MAX;
    size_t shard = SIZE_MAX;

    dtl_buf_str(&target, "/cdx?limit=1&sort=closest&closest=");
    dtl_buf_slice(&target, time.len > 0 ? time : dtl_str("99991231235959"));
    dtl_buf_str(&target, "&url=");
    add_escaped(&target, url);
    if (!target.failed && ask(r, dtl_buf_view(&target), a)) {
        int64_t t = dtl_time_parse_14(
            time.len > 0 ? time : dtl_str("99991231235959"), false);

        for (size_t i = 0; i < a->front->n; i++) {
            struct row row;

            if (a->answers[i].status != MHD_HTTP_OK ||
                a->answers[i].body.len == 0)
                continue;
            row = row_of(dtl_buf_view(&a->answers[i].body));
            if (row.key.len > 0 &&
                (shard == SIZE_MAX || seconds_from(row.time, t) < best)) {
                best = seconds_from(row.time, t);
                shard = i;
            }
        }
    }
    dtl_buf_free(&target);
    return shard;
}

/* "/web/20240502100000id_/http://..." */
static enum MHD_Result front_web(struct request *r)
{
    static const char *const services[] = { "/web/timegate/",
                                            "/web/timemap/link/",
                                            "/web/timemap/json/" };
    struct dtl_slice url = r->target, time = { NULL, 0 };
    struct asked a = { 0 };
    enum MHD_Result rc;
    bool service = false;
    size_t shard, digits = 0;

    for (size_t i = 0; i < 3 && !service; i++)
        if (dtl_starts(url, services[i])) {
            url = dtl_sub(url, strlen(services[i]), url.len);
            service = true;
        }
    if (!service) {
        size_t slash = dtl_find(url, dtl_str("/"), 5);

        url = dtl_sub(url, 5, url.len);
        while (digits < url.len && digits < 14 && url.ptr[digits] >= '0' &&
               url.ptr[digits] <= '9')
            digits++;
        time = dtl_sub(url, 0, digits);
        url =
            slash != SIZE_MAX ? dtl_sub(url, slash - 4, url.len) : dtl_str("");
    }
    shard = nearest(r, url, time, &a);
    if (a.fan == NULL)
        return MHD_NO;
    if (shard != SIZE_MAX)
        rc = reply_redirect(r, MHD_HTTP_TEMPORARY_REDIRECT,
                            service ? a.front->shards[shard].url
                                    : a.front->shards[shard].replay,
                            r->target);
    else if (a.silent.len > 0)
        rc = reply_text(r, MHD_HTTP_BAD_GATEWAY,
                        "not found, but not all was asked: %.*s",
                        silent_len(&a), (const char *)a.silent.ptr);
    else
        rc = reply_text(r, MHD_HTTP_NOT_FOUND, "no capture of this URL");
    done(&a);
    return rc;
}

static enum MHD_Result front_not_here(struct request *r)
{
    return reply_text(r, MHD_HTTP_NOT_IMPLEMENTED,
                      "ask the servers of the shards for this, one by one");
}

#define BOTH (ORIGIN_MAIN | ORIGIN_REPLAY)

static const struct route routes[] = {
    { "/", false, ORIGIN_MAIN, METHOD_GET, false, route_home },
    { "/ui/", true, ORIGIN_MAIN, METHOD_GET, false, route_asset },
    { "/api/v1/openapi.json", false, ORIGIN_MAIN, METHOD_GET, false,
      route_openapi },
    { "/api/v1/config", false, BOTH, METHOD_GET, false, route_config },
    { "/cdx", false, ORIGIN_MAIN, METHOD_GET, true, front_cdx },
    { "/cdx/search/cdx", false, ORIGIN_MAIN, METHOD_GET, true, front_cdx },
    { "/api/v1/lookup", false, ORIGIN_MAIN, METHOD_GET, true, front_joined },
    { "/api/v1/find", false, ORIGIN_MAIN, METHOD_GET, true, front_joined },
    { "/api/v1/trace", false, ORIGIN_MAIN, METHOD_GET | METHOD_POST, true,
      front_joined },
    { "/api/v1/stats", false, ORIGIN_MAIN, METHOD_GET, true, front_joined },
    { "/api/v1/sites", false, ORIGIN_MAIN, METHOD_GET, true, front_joined },
    { "/api/v1/calendar", false, ORIGIN_MAIN, METHOD_GET, true, front_joined },
    { "/api/v1/show", false, ORIGIN_MAIN, METHOD_GET, true, front_first },
    { "/api/v1/versions", false, ORIGIN_MAIN, METHOD_GET, true, front_first },
    { "/api/v1/cite", false, ORIGIN_MAIN, METHOD_GET, true, front_first },
    { "/api/v1/export", false, ORIGIN_MAIN, METHOD_GET, false, front_not_here },
    { "/record/", true, BOTH, METHOD_GET, true, front_first },
    { "/web/", true, BOTH, METHOD_GET, true, front_web },
};

const struct route *find_front_route(struct dtl_slice path)
{
    return route_in(routes, sizeof routes / sizeof routes[0], path);
}
