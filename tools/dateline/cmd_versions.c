/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"

#include <inttypes.h>
#include <stdlib.h>

#include <jansson.h>

#include <dateline/index.h>
#include <dateline/json.h>
#include <dateline/story.h>
#include <dateline/time.h>

static const struct opt options[] = {
    { "store", 's', "DIR",
      "the store ($DATELINE_STORE, else ./dateline.store)" },
    { "from", 0, "TIME", "captured not before" },
    { "to", 0, "TIME", "captured not after (a day means to its end)" },
    { "format", 'f', "F", "table or jsonl" },
    { NULL, 0, NULL, NULL },
};

/* One text of the page: the captures in a row that show it. */
struct version {
    struct dtl_article_row row;
    int64_t first, last;
    uint64_t captures;
    const char *file; /* of the first */
    uint64_t offset;
    const char *modified; /* as the page claims */
};

struct history {
    struct dtl_store *store;
    struct dtl_arena *arena;
    struct version *versions;
    size_t count, room;
    uint64_t passed_over; /* captures without an article */
};

static bool same_version(const struct version *v,
                         const struct dtl_article_row *row)
{
    return memcmp(v->row.text_hash, row->text_hash, 32) == 0 &&
           dtl_equal(v->row.title, row->title);
}

static const char *claimed_change(struct history *h, struct dtl_slice meta)
{
    json_t *root = json_loadb((const char *)meta.ptr, meta.len, 0, NULL);
    const char *text = json_string_value(json_object_get(root, "modified"));
    char *copy = dtl_arena_printf(h->arena, "%s", text != NULL ? text : "");

    json_decref(root);
    return copy != NULL ? copy : "";
}

static int add_capture(struct history *h, const struct dtl_capture *c,
                       struct dtl_ref ref, struct dtl_error *err)
{
    struct dtl_ref article = { ref.segment, c->article };
    struct dtl_article_row row;
    struct version *v = h->count > 0 ? &h->versions[h->count - 1] : NULL;
    const char *file = "";
    int rc;

    /* A revisit says: as before.  It belongs to the version before it. */
    if ((c->flags & DTL_CAPTURE_REVISIT) != 0 && v != NULL) {
        v->last = c->time;
        v->captures++;
        return DTL_OK;
    }
    if (c->article == DTL_NO_ARTICLE) {
        h->passed_over++;
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
    if (h->count == h->room) {
        size_t room = h->room == 0 ? 16 : h->room * 2;

        v = realloc(h->versions, room * sizeof *v);
        if (v == NULL)
            return dtl_fail(err, DTL_NOMEM, 0, "out of memory for versions");
        h->versions = v;
        h->room = room;
    }
    h->versions[h->count++] = (struct version){
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

static int collect(struct history *h, const struct dtl_query *q,
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

/* ---- what changed -------------------------------------------------------- */

struct change {
    struct dtl_edit *edits;
    size_t n;
    uint32_t added, removed;
    bool headline, silent;
};

/* Silent: the page changed and the change it claims did not. */
static int compare(struct history *h, const struct version *old,
                   const struct version *now, struct change *out,
                   struct dtl_error *err)
{
    int rc = dtl_word_diff(old->row.text, now->row.text, h->arena, &out->edits,
                           &out->n, err);

    out->added = out->removed = 0;
    for (size_t i = 0; i < out->n && rc == DTL_OK; i++) {
        if (out->edits[i].kind == DTL_EDIT_ADDED)
            out->added += out->edits[i].words;
        else if (out->edits[i].kind == DTL_EDIT_REMOVED)
            out->removed += out->edits[i].words;
    }
    out->headline = !dtl_equal(old->row.title, now->row.title);
    out->silent = strcmp(old->modified, now->modified) == 0;
    return rc;
}

#define CONTEXT 60 /* bytes of unchanged text on either side */

static struct dtl_slice whole_characters(struct dtl_slice s)
{
    while (s.len > 0 && (s.ptr[0] & 0xc0) == 0x80)
        s = dtl_sub(s, 1, s.len);
    return dtl_sub(s, 0, dtl_utf8_valid(s));
}

/* Unchanged text between two edits, shortened to its ends. */
static void print_same(struct dtl_buf *b, struct dtl_slice s, bool first,
                       bool last)
{
    struct dtl_slice head = dtl_sub(s, 0, CONTEXT);
    struct dtl_slice tail =
        s.len > CONTEXT ? dtl_sub(s, s.len - CONTEXT, s.len) : s;

    if (s.len <= 2 * CONTEXT && !first && !last) {
        printable(b, s, 0);
        return;
    }
    if (!first) {
        printable(b, whole_characters(head), 0);
        dtl_buf_str(b, " ...");
    }
    if (!first && !last)
        dtl_buf_str(b, "\n    ");
    if (!last) {
        dtl_buf_str(b, s.len > CONTEXT ? "... " : "");
        printable(b, whole_characters(tail), 0);
    }
}

static void print_edits(struct dtl_buf *b, const struct change *c)
{
    bool plain = colour("0")[0] == '\0';

    dtl_buf_str(b, "    ");
    for (size_t i = 0; i < c->n; i++) {
        const struct dtl_edit *e = &c->edits[i];

        if (i > 0)
            dtl_buf_byte(b, ' ');
        if (e->kind == DTL_EDIT_SAME) {
            print_same(b, e->text, i == 0, i + 1 == c->n);
            continue;
        }
        if (e->kind == DTL_EDIT_REMOVED)
            dtl_buf_str(b, plain ? "[-" : colour("31;9"));
        else
            dtl_buf_str(b, plain ? "{+" : colour("32;1"));
        printable(b, e->text, 0);
        if (plain)
            dtl_buf_str(b, e->kind == DTL_EDIT_REMOVED ? "-]" : "+}");
        else
            dtl_buf_str(b, colour("0"));
    }
    dtl_buf_byte(b, '\n');
}

static void print_change(struct dtl_buf *b, const struct version *old,
                         const struct version *now, const struct change *c)
{
    if (c->headline) {
        dtl_buf_printf(b, "  headline%s: ", c->silent ? " (silently)" : "");
        printable(b, old->row.title, 0);
        dtl_buf_str(b, " -> ");
        printable(b, now->row.title, 0);
        dtl_buf_byte(b, '\n');
    }
    if (c->added + c->removed == 0)
        return;
    dtl_buf_printf(b, "  text%s: %" PRIu32 " word%s out, %" PRIu32 " in\n",
                   c->silent ? " (silently)" : "", c->removed,
                   c->removed == 1 ? "" : "s", c->added);
    print_edits(b, c);
}

static void print_version(struct dtl_buf *b, size_t number,
                          const struct version *v)
{
    char first[DTL_TIME_ISO], last[DTL_TIME_ISO];
    const char *slash = strrchr(v->file, '/');

    dtl_time_iso(v->first, first);
    dtl_time_iso(v->last, last);
    dtl_buf_printf(b, "%s%zu  %s%s", colour("1"), number, first, colour("0"));
    if (v->last != v->first)
        dtl_buf_printf(b, " to %s", last);
    dtl_buf_printf(
        b, "  %" PRIu64 " capture%s  %" PRIu32 " words  %s+%" PRIu64 "\n  ",
        v->captures, v->captures == 1 ? "" : "s", v->row.words,
        slash != NULL ? slash + 1 : v->file, v->offset);
    printable(b, v->row.title, 0);
    dtl_buf_byte(b, '\n');
    if (v->modified[0] != '\0') {
        dtl_buf_str(b, "  claims to be changed ");
        printable(b, dtl_str(v->modified), 0);
        dtl_buf_byte(b, '\n');
    }
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

static void json_edits(struct dtl_json *j, const struct change *c)
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

static void json_version(struct dtl_buf *b, size_t number,
                         const struct version *v, const struct change *c)
{
    struct dtl_json j = { .out = b };
    char hash[80] = "sha256:";

    dtl_json_object(&j);
    dtl_json_key(&j, "version");
    dtl_json_uint(&j, number);
    time_member(&j, "first", v->first);
    time_member(&j, "last", v->last);
    dtl_json_key(&j, "captures");
    dtl_json_uint(&j, v->captures);
    dtl_json_key(&j, "title");
    dtl_json_slice(&j, v->row.title);
    dtl_json_key(&j, "words");
    dtl_json_uint(&j, v->row.words);
    dtl_json_key(&j, "modified");
    dtl_json_str(&j, v->modified[0] != '\0' ? v->modified : NULL);
    dtl_hex(dtl_slice_of(v->row.text_hash, 32), hash + 7);
    dtl_json_key(&j, "text_hash");
    dtl_json_str(&j, hash);
    dtl_json_key(&j, "archive_file");
    dtl_json_str(&j, v->file);
    dtl_json_key(&j, "archive_offset");
    dtl_json_uint(&j, v->offset);
    if (c != NULL)
        json_edits(&j, c);
    dtl_json_end(&j);
    dtl_buf_byte(b, '\n');
}

static int print_history(struct history *h, bool json, struct dtl_error *err)
{
    struct dtl_buf b = { 0 };
    int rc = DTL_OK;

    for (size_t i = 0; i < h->count && rc == DTL_OK; i++) {
        const struct version *v = &h->versions[i];
        struct change c;

        if (i > 0 && (rc = compare(h, v - 1, v, &c, err)) != DTL_OK)
            break;
        if (json) {
            json_version(&b, i + 1, v, i > 0 ? &c : NULL);
        } else {
            print_version(&b, i + 1, v);
            if (i > 0)
                print_change(&b, v - 1, v, &c);
        }
        if (b.failed)
            rc = dtl_fail(err, DTL_NOMEM, 0, "out of memory for versions");
        else if (!flush(&b))
            rc = dtl_fail(err, DTL_IO, 0, "standard output is closed");
    }
    dtl_buf_free(&b);
    return rc;
}

static int run(const struct args *a)
{
    static const char *const formats[] = { "table", "jsonl", NULL };
    struct history h = { 0 };
    struct dtl_query q = { .url = dtl_str(operand(a, 0)) };
    struct dtl_error err = { 0 };
    int rc, format = arg_choice(a, "format", formats, "table");

    if (format < 0 || !arg_time(a, "from", false, &q.from) ||
        !arg_time(a, "to", true, &q.to))
        return EXIT_USAGE;
    q.closest = DTL_NO_TIME;
    rc = dtl_store_open(arg_store(a), &h.store, &err);
    if (rc != DTL_OK) {
        complain(arg_store(a), &err);
        return rc == DTL_NOMEM ? EXIT_MEMORY : EXIT_STORE;
    }
    h.arena = dtl_arena_new(0);
    if (h.arena == NULL)
        rc = dtl_fail(&err, DTL_NOMEM, 0, "out of memory");
    if (rc == DTL_OK)
        rc = collect(&h, &q, &err);
    if (rc == DTL_OK)
        rc = print_history(&h, format == 1, &err);
    if (rc != DTL_OK) {
        rc = complain(operand(a, 0), &err);
    } else if (h.count == 0) {
        say(h.passed_over > 0 ? "%s: captured, but never with an article"
                              : "no capture of %s in this store",
            operand(a, 0));
        rc = EXIT_NOTHING;
    }
    free(h.versions);
    dtl_arena_free(h.arena);
    dtl_store_close(h.store);
    return rc;
}

const struct cmd cmd_versions = {
    .name = "versions",
    .operands = "URL",
    .summary = "what a page said over time, and what was changed",
    .details = "The distinct texts of one address in the order they were "
               "captured, each with the\nwords that went and came.  A change "
               "is called silent when the page claims the\nsame time of "
               "modification as before, or none.  A text was on the page at "
               "the\ntimes given; between two captures nothing is known.",
    .options = options,
    .min = 1,
    .max = 1,
    .run = run,
};
