/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is asked for: a text as it stands, or one the store has, named by its
 * URL, its hash or the digest of its payload.
 */
#include <dateline/trace.h>

#include <jansson.h>

struct asking {
    struct dtl_store *store;
    struct dtl_arena *arena;
    struct dtl_trace_query *out;
};

static struct dtl_slice agency_of(struct dtl_arena *arena,
                                  struct dtl_slice meta)
{
    json_t *root =
        json_loadb((const char *)meta.ptr, meta.len, JSON_ALLOW_NUL, NULL);
    const char *name = json_string_value(json_object_get(root, "agency"));
    struct dtl_slice agency = { NULL, 0 };

    if (name != NULL)
        agency = dtl_arena_dup(arena, dtl_str(name));
    json_decref(root);
    return agency;
}

static int use_article(struct asking *a, struct dtl_ref ref,
                       struct dtl_error *err)
{
    struct dtl_article_row row;
    int rc = dtl_store_article(a->store, ref, a->arena, &row, err);

    if (rc == DTL_OK) {
        a->out->text = row.text;
        a->out->title = row.title;
        a->out->agency = agency_of(a->arena, row.meta);
    }
    return rc;
}

/* The latest article captured under a URL. */
static int ask_url(struct asking *a, struct dtl_slice url,
                   struct dtl_error *err)
{
    struct dtl_query q = { .url = url };
    struct dtl_cursor *cursor = NULL;
    struct dtl_capture c;
    struct dtl_ref ref, found = { 0 };
    bool any = false, article = false;
    int rc = dtl_query_open(a->store, &q, &cursor, err);

    while (rc == DTL_OK) {
        rc = dtl_query_next(cursor, &c, &ref, err);
        if (rc != DTL_OK)
            break;
        any = true;
        if (c.article == DTL_NO_ARTICLE)
            continue;
        article = true;
        found = (struct dtl_ref){ ref.segment, c.article };
        a->out->page = dtl_arena_dup(a->arena, c.url);
    }
    dtl_query_close(cursor);
    if (rc != DTL_END)
        return rc;
    if (!article)
        return dtl_fail(err, DTL_NOTFOUND, 0,
                        any ? "no capture of %.*s holds an article"
                            : "no capture of %.*s in this store",
                        (int)(url.len < 200 ? url.len : 200),
                        (const char *)url.ptr);
    return use_article(a, found, err);
}

/* A text hash, or the digest of a payload. */
static int ask_digest(struct asking *a, const struct dtl_digest *d,
                      struct dtl_error *err)
{
    struct dtl_ref *refs;
    size_t n = 0;
    int rc = DTL_NOTFOUND;

    if (d->kind == DTL_DIGEST_SHA256)
        rc = dtl_store_by_text(a->store, d->bytes, a->arena, &refs, &n, err);
    if (rc == DTL_OK && n > 0)
        return use_article(a, refs[0], err);
    if (rc != DTL_OK && rc != DTL_NOTFOUND)
        return rc;
    rc = dtl_store_by_digest(a->store, d, a->arena, &refs, &n, err);
    for (size_t i = 0; rc == DTL_OK && i < n; i++) {
        struct dtl_capture c;

        rc = dtl_store_capture(a->store, refs[i], &c, err);
        if (rc == DTL_OK && c.article != DTL_NO_ARTICLE)
            return use_article(
                a, (struct dtl_ref){ refs[i].segment, c.article }, err);
    }
    return rc != DTL_OK && rc != DTL_NOTFOUND
               ? rc
               : dtl_fail(err, DTL_NOTFOUND, 0,
                          "no text and no payload of this digest");
}

static bool is_url(struct dtl_slice s)
{
    return dtl_starts(s, "http://") || dtl_starts(s, "https://");
}

int dtl_trace_ask(struct dtl_store *s, struct dtl_slice asked,
                  struct dtl_arena *arena, struct dtl_trace_query *out,
                  struct dtl_error *err)
{
    struct asking a = { s, arena, out };
    struct dtl_digest digest;

    if (asked.len == 0 || memchr(asked.ptr, ' ', asked.len) != NULL ||
        memchr(asked.ptr, '\n', asked.len) != NULL)
        out->text = asked;
    else if (is_url(asked))
        return ask_url(&a, asked, err);
    else if (memchr(asked.ptr, ':', asked.len) != NULL &&
             dtl_digest_parse(asked, &digest, NULL) == DTL_OK)
        return ask_digest(&a, &digest, err);
    else
        out->text = asked;
    return DTL_OK;
}
