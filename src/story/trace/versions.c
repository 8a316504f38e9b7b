/* SPDX-License-Identifier: Apache-2.0 */
#include <dateline/versions.h>

#include <dateline/digest.h>
#include <dateline/story.h>
#include <dateline/time.h>

#include <jansson.h>

struct collecting {
    struct dtl_store *store;
    struct dtl_arena *arena;
    struct dtl_history *out;
};

static bool same_version(const struct dtl_version *v,
                         const struct dtl_article_row *row)
{
    return memcmp(v->row.text_hash, row->text_hash, 32) == 0 &&
           dtl_equal(v->row.title, row->title);
}

static const char *claimed_change(struct collecting *h, struct dtl_slice meta)
{
    json_t *root = json_loadb((const char *)meta.ptr, meta.len, 0, NULL);
    const char *text = json_string_value(json_object_get(root, "modified"));
    char *copy = dtl_arena_printf(h->arena, "%s", text != NULL ? text : "");

    json_decref(root);
    return copy != NULL ? copy : "";
}

static int add_capture(struct collecting *h, const struct dtl_capture *c,
                       struct dtl_ref ref, struct dtl_error *err)
{
    struct dtl_ref article = { ref.segment, c->article };
    struct dtl_article_row row;
    struct dtl_version *v =
        h->out->count > 0 ? &h->out->versions[h->out->count - 1] : NULL;
    const char *file = "";
    int rc;

    /* A revisit says: as before.  It belongs to the version before it. */
    if ((c->flags & DTL_CAPTURE_REVISIT) != 0 && v != NULL) {
        v->last = c->time;
        v->captures++;
        return DTL_OK;
    }
    if (c->article == DTL_NO_ARTICLE) {
        h->out->passed_over++;
        return DTL_OK;
    }
    rc = dtl_store_article(h->store, article, h->arena, &row, err);
    if (rc == DTL_OK)
        rc = dtl_store_file_name(h->store, c->file, &file, err);
    if (rc != DTL_OK)
        return rc;
    if (v != NULL && same_version(v, &row)) {
        v->last = c->time;
        v->captures++;
        return DTL_OK;
    }
    if (h->out->count == h->out->room) {
        size_t room = h->out->room == 0 ? 16 : h->out->room * 2;

        v = dtl_arena_grow(h->arena, h->out->versions, h->out->room * sizeof *v,
                           room * sizeof *v);
        if (v == NULL)
            return dtl_fail(err, DTL_NOMEM, 0, "out of memory for versions");
        h->out->versions = v;
        h->out->room = room;
    }
    h->out->versions[h->out->count++] = (struct dtl_version){
        .row = row,
        .first = c->time,
        .last = c->time,
        .captures = 1,
        .file = file,
        .offset = c->offset,
        .modified = claimed_change(h, row.meta),
    };
    return DTL_OK;
}

static int collect(struct collecting *h, const struct dtl_query *q,
                   struct dtl_error *err)
{
    struct dtl_cursor *cursor = NULL;
    struct dtl_capture c;
    struct dtl_ref ref;
    int rc = dtl_query_open(h->store, q, &cursor, err);

    while (rc == DTL_OK) {
        rc = dtl_query_next(cursor, &c, &ref, err);
        if (rc == DTL_OK)
            rc = add_capture(h, &c, ref, err);
    }
    dtl_query_close(cursor);
    return rc == DTL_END ? DTL_OK : rc;
}

int dtl_versions(struct dtl_store *s, const struct dtl_query *q,
                 struct dtl_arena *arena, struct dtl_history *out,
                 struct dtl_error *err)
{
    struct collecting h = { s, arena, out };

    *out = (struct dtl_history){ .arena = arena };
    return collect(&h, q, err);
}

/* ---- what changed -------------------------------------------------------- */

int dtl_version_change(const struct dtl_history *h, size_t i,
                       struct dtl_change *out, struct dtl_error *err)
{
    const struct dtl_version *now = &h->versions[i], *old = now - 1;
    int rc;

    *out = (struct dtl_change){ 0 };
    if (i == 0)
        return DTL_OK;
    rc = dtl_word_diff(old->row.text, now->row.text, h->arena, &out->edits,
                       &out->n, err);
    for (size_t k = 0; k < out->n && rc == DTL_OK; k++) {
        if (out->edits[k].kind == DTL_EDIT_ADDED)
            out->added += out->edits[k].words;
        else if (out->edits[k].kind == DTL_EDIT_REMOVED)
            out->removed += out->edits[k].words;
    }
    out->headline = !dtl_equal(old->row.title, now->row.title);
    out->silent = strcmp(old->modified, now->modified) == 0;
    return rc;
}

/* ---- as JSON --------------------------------------------------------------
 */

static void time_member(struct dtl_json *j, const char *key, int64_t t)
{
    char text[DTL_TIME_ISO];

    dtl_time_iso(t, text);
    dtl_json_key(j, key);
    dtl_json_str(j, text);
}

static void json_edits(struct dtl_json *j, const struct dtl_change *c)
{
    static const char *const names[] = { "same", "removed", "added" };

    dtl_json_key(j, "headline_changed");
    dtl_json_bool(j, c->headline);
    dtl_json_key(j, "silent");
    dtl_json_bool(j, c->silent);
    dtl_json_key(j, "words_added");
    dtl_json_uint(j, c->added);
    dtl_json_key(j, "words_removed");
    dtl_json_uint(j, c->removed);
    dtl_json_key(j, "edits");
    dtl_json_array(j);
    for (size_t i = 0; i < c->n; i++) {
        dtl_json_object(j);
        dtl_json_key(j, names[c->edits[i].kind]);
        if (c->edits[i].kind == DTL_EDIT_SAME)
            dtl_json_uint(j, c->edits[i].words);
        else
            dtl_json_slice(j, c->edits[i].text);
        dtl_json_end(j);
    }
    dtl_json_end(j);
}

void dtl_version_json(const struct dtl_history *h, size_t i,
                      const struct dtl_change *c, struct dtl_json *j)
{
    const struct dtl_version *v = &h->versions[i];
    char hash[80] = "sha256:";

    dtl_json_object(j);
    dtl_json_key(j, "version");
    dtl_json_uint(j, i + 1);
    time_member(j, "first", v->first);
    time_member(j, "last", v->last);
    dtl_json_key(j, "captures");
    dtl_json_uint(j, v->captures);
    dtl_json_key(j, "title");
    dtl_json_slice(j, v->row.title);
    dtl_json_key(j, "words");
    dtl_json_uint(j, v->row.words);
    dtl_json_key(j, "modified");
    dtl_json_str(j, v->modified[0] != '\0' ? v->modified : NULL);
    dtl_hex(dtl_slice_of(v->row.text_hash, 32), hash + 7);
    dtl_json_key(j, "text_hash");
    dtl_json_str(j, hash);
    dtl_json_key(j, "archive_file");
    dtl_json_str(j, v->file);
    dtl_json_key(j, "archive_offset");
    dtl_json_uint(j, v->offset);
    if (c != NULL)
        json_edits(j, c);
    dtl_json_end(j);
}
