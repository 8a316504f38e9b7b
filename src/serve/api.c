/* SPDX-License-Identifier: Apache-2.0 */
/* /api/v1: JSON for the pages and for programs.  What the parameters mean. */
#include "api.h"

#include <dateline/digest.h>

#include <stdio.h>

/* ---- parameters -------------------------------------------------------- */

static bool wrong(struct dtl_error *err, const char *name, const char *wants,
                  struct dtl_slice got)
{
    dtl_fail(err, DTL_INVALID, 0, "%s wants %s, not '%.*s'", name, wants,
             (int)(got.len < 60 ? got.len : 60), (const char *)got.ptr);
    return false;
}

bool param_time(struct request *r, const char *name, bool last, int64_t *out,
                struct dtl_error *err)
{
    struct dtl_slice text = param(r, name);
    char digits[15];
    size_t n = 0;

    *out = DTL_NO_TIME;
    if (text.len == 0)
        return true;
    /* "2024-05-02T10:00" and "20240502100000" are the same digits. */
    for (size_t i = 0; i < text.len && n < 14; i++)
        if (text.ptr[i] >= '0' && text.ptr[i] <= '9')
            digits[n++] = (char)text.ptr[i];
        else if (memchr("-:T Z", text.ptr[i], 5) == NULL)
            return wrong(err, name, "a time", text);
    *out = dtl_time_parse_14(dtl_slice_of(digits, n), last);
    return *out != DTL_NO_TIME ||
           wrong(err, name, "a time such as 2024-05-02", text);
}

bool param_count(struct request *r, const char *name, uint64_t otherwise,
                 uint64_t most, uint64_t *out, struct dtl_error *err)
{
    struct dtl_slice text = param(r, name);

    *out = otherwise;
    if (text.len > 0 && !dtl_parse_u64(text, out))
        return wrong(err, name, "a whole number", text);
    if (*out > most)
        *out = most;
    return true;
}

bool param_word(struct request *r, const char *name, const char *const *words,
                int *out, struct dtl_error *err)
{
    struct dtl_slice text = param(r, name);
    char list[100] = "one of";

    *out = 0;
    if (text.len == 0)
        return true;
    for (int i = 0; words[i] != NULL; i++) {
        *out = i;
        if (dtl_equal(text, dtl_str(words[i])))
            return true;
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s %s",
                 i > 0 ? "," : "", words[i]);
    }
    return wrong(err, name, list, text);
}

bool param_needed(struct request *r, const char *name, struct dtl_slice *out,
                  struct dtl_error *err)
{
    *out = param(r, name);
    if (out->len > 0)
        return true;
    dtl_fail(err, DTL_INVALID, 0, "the parameter %s is needed", name);
    return false;
}

struct all {
    struct request *request;
    const char *name;
    const char **values;
    size_t n;
};

#define MOST_VALUES 100

static enum MHD_Result take(void *closure, enum MHD_ValueKind kind,
                            const char *name, size_t name_len,
                            const char *value, size_t value_len)
{
    struct all *a = closure;

    (void)kind;
    if (a->n < MOST_VALUES && value != NULL &&
        dtl_equal(dtl_slice_of(name, name_len), dtl_str(a->name))) {
        a->values[a->n] =
            (const char *)dtl_arena_dup(a->request->context->arena,
                                        dtl_slice_of(value, value_len))
                .ptr;
        a->n += a->values[a->n] != NULL;
    }
    return MHD_YES;
}

const char *const *param_all(struct request *r, const char *name, size_t *n)
{
    struct all a = { .request = r, .name = name };

    a.values =
        dtl_arena_calloc(r->context->arena, MOST_VALUES + 1, sizeof *a.values);
    if (a.values != NULL)
        MHD_get_connection_values_n(r->connection, MHD_GET_ARGUMENT_KIND, take,
                                    &a);
    *n = a.n;
    return a.values;
}

bool param_query(struct request *r, struct dtl_query *q, struct dtl_error *err)
{
    static const char *const matches[] = { "exact", "prefix", "host", "domain",
                                           NULL };
    int match;

    *q = (struct dtl_query){ 0 };
    if (!param_needed(r, "url", &q->url, err) ||
        !param_word(r, "matchType", matches, &match, err) ||
        !param_time(r, "from", false, &q->from, err) ||
        !param_time(r, "to", true, &q->to, err))
        return false;
    q->match = (enum dtl_match)match;
    if (param(r, "matchType").len > 0)
        return true;
    if (dtl_starts(q->url, "*.")) {
        q->url = dtl_sub(q->url, 2, q->url.len);
        q->match = DTL_DOMAIN;
    } else if (dtl_ends(q->url, "*")) {
        q->url.len--;
        q->match = DTL_PREFIX;
    }
    return true;
}

/* ---- what needs no store ----------------------------------------------- */

enum MHD_Result route_config(struct request *r)
{
    struct dtl_buf b = { 0 };
    struct dtl_json j = { .out = &b };

    dtl_json_object(&j);
    dtl_json_key(&j, "version");
    dtl_json_str(&j, dtl_version());
    dtl_json_key(&j, "origin");
    dtl_json_str(&j, r->host->main_url);
    dtl_json_key(&j, "replayOrigin");
    dtl_json_str(&j, r->host->replay_url);
    dtl_json_end(&j);
    return reply_json(r, &b);
}
