/* SPDX-License-Identifier: Apache-2.0 */
#include <dateline/view.h>

#include "read.h"

#include <stdlib.h>

#define SAME_SECOND 20 /* captures to choose among */

/* ---- the nearest -------------------------------------------------------- */

static bool is_better(const struct dtl_capture *a, const struct dtl_capture *b,
                      struct dtl_slice url)
{
    bool a_url = dtl_equal(a->url, url), b_url = dtl_equal(b->url, url);

    if (a_url != b_url)
        return a_url;
    if ((a->status == 200) != (b->status == 200))
        return a->status == 200;
    return a->length > b->length;
}

int dtl_store_nearest(struct dtl_store *s, struct dtl_slice url, int64_t when,
                      struct dtl_arena *arena, struct dtl_capture *out,
                      struct dtl_ref *ref, struct dtl_error *err)
{
    struct dtl_query q = { .url = url,
                           .from = DTL_NO_TIME,
                           .to = DTL_NO_TIME,
                           .closest = when,
                           .sort = when != DTL_NO_TIME ? DTL_SORT_CLOSEST
                                                       : DTL_SORT_REVERSE,
                           .limit = SAME_SECOND };
    struct dtl_cursor *cursor = NULL;
    struct dtl_capture c;
    struct dtl_ref r;
    bool found = false;
    int rc = dtl_query_open(s, &q, &cursor, err);

    while (rc == DTL_OK) {
        rc = dtl_query_next(cursor, &c, &r, err);
        if (rc != DTL_OK || (found && c.time != out->time))
            break;
        if (!found || is_better(&c, out, url)) {
            *out = c;
            *ref = r;
            rc = dtl_capture_copy(out, arena, err);
        }
        found = true;
    }
    dtl_query_close(cursor);
    if (found && (rc == DTL_OK || rc == DTL_END))
        return DTL_OK;
    return rc == DTL_END
               ? dtl_fail(err, DTL_NOTFOUND, 0, "no capture in this store")
               : rc;
}

/* ---- JSON --------------------------------------------------------------- */

static struct dtl_slice title_of(struct dtl_store *s,
                                 const struct dtl_capture *c,
                                 struct dtl_ref ref, struct dtl_arena *arena,
                                 int *rc, struct dtl_error *err)
{
    struct dtl_article_row row;
    struct dtl_ref article = { ref.segment, c->article };

    if (c->article == DTL_NO_ARTICLE)
        return dtl_str("");
    *rc = dtl_store_article(s, article, arena, &row, err);
    if (*rc == DTL_OK)
        return row.title;
    if (*rc == DTL_NOTFOUND) /* not to be shown */
        *rc = DTL_OK;
    return dtl_str("");
}

static void text_member(struct dtl_json *j, const char *key, const char *text)
{
    dtl_json_key(j, key);
    dtl_json_str(j, text != NULL && text[0] != '\0' ? text : NULL);
}

static void slice_member(struct dtl_json *j, const char *key,
                         struct dtl_slice s)
{
    dtl_json_key(j, key);
    if (s.len > 0)
        dtl_json_slice(j, s);
    else
        dtl_json_null(j);
}

int dtl_capture_json(struct dtl_store *s, const struct dtl_capture *c,
                     struct dtl_ref ref, struct dtl_arena *arena,
                     struct dtl_json *j, struct dtl_error *err)
{
    char time[DTL_TIME_14], digest[DTL_DIGEST_TEXT];
    int rc = DTL_OK, named;
    struct dtl_slice title = title_of(s, c, ref, arena, &rc, err);
    const char *file;

    named = dtl_store_file_name(s, c->file, &file, rc == DTL_OK ? err : NULL);
    dtl_time_14(c->time, time);
    dtl_digest_text(&c->digest, digest);
    dtl_json_object(j);
    dtl_json_key(j, "urlkey");
    dtl_json_slice(j, c->key);
    text_member(j, "timestamp", time);
    dtl_json_key(j, "url");
    dtl_json_slice(j, c->url);
    dtl_json_key(j, "mime");
    dtl_json_slice(j, c->mime);
    dtl_json_key(j, "status");
    dtl_json_uint(j, c->status);
    text_member(j, "digest", digest);
    slice_member(j, "redirect", c->redirect);
    dtl_json_key(j, "revisit");
    dtl_json_bool(j, (c->flags & DTL_CAPTURE_REVISIT) != 0);
    dtl_json_key(j, "digest_verified");
    if ((c->flags & (DTL_CAPTURE_VERIFIED | DTL_CAPTURE_MISMATCH)) != 0)
        dtl_json_bool(j, (c->flags & DTL_CAPTURE_VERIFIED) != 0);
    else
        dtl_json_null(j);
    text_member(j, "filename", file);
    dtl_json_key(j, "offset");
    dtl_json_uint(j, c->offset);
    dtl_json_key(j, "length");
    dtl_json_uint(j, c->length);
    slice_member(j, "title", title);
    dtl_json_end(j);
    return rc != DTL_OK || named == DTL_NOTFOUND ? rc : named;
}

/* The metadata are an object of our own: the text becomes its last member. */
void dtl_article_row_json(const struct dtl_article_row *row,
                          struct dtl_buf *out)
{
    struct dtl_json text = { .out = out }, rest = { .out = out };

    dtl_buf_slice(out, dtl_sub(row->meta, 0, row->meta.len - 1));
    dtl_buf_str(out, ",\"text\":");
    dtl_json_slice(&text, row->text);
    dtl_buf_str(out, ",\"rest\":");
    dtl_json_slice(&rest, row->rest);
    dtl_buf_byte(out, '}');
}
