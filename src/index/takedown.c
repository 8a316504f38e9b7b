/* SPDX-License-Identifier: Apache-2.0 */
#include "takedown.h"

#include "read.h"
#include "write.h"

#include <dateline/store.h>
#include <dateline/url.h>
#include <stdlib.h>
#include <time.h>
#include <xxhash.h>

static const char *const kind_names[] = { "url", "host", "domain", "digest",
                                          "record" };

const char *dtl_takedown_name(enum dtl_takedown_kind kind)
{
    return (unsigned)kind < DTL_REMOVE_KINDS ? kind_names[kind] : "unknown";
}

/* ---- rows of table tombstones ------------------------------------------- */

/*
 * BE32 number -> varint kind, i64 time, and as varint length and bytes: what
 * captures are held against (SURT key, host in SURT order, digest in text,
 * record id), the value as given, who, why.
 */
static bool get_slice(struct dtl_slice s, size_t *pos, struct dtl_slice *out)
{
    uint64_t len;

    if (!dtl_varint(s, pos, &len) || len > s.len - *pos)
        return false;
    *out = dtl_slice_of(s.ptr + *pos, (size_t)len);
    *pos += (size_t)len;
    return true;
}

static int read_row(struct dtl_slice key, struct dtl_slice value,
                    struct dtl_takedown *out, struct dtl_slice *held,
                    struct dtl_error *err)
{
    uint64_t kind;
    size_t pos = 0;

    if (key.len != 4 || !dtl_varint(value, &pos, &kind) ||
        kind >= DTL_REMOVE_KINDS || value.len - pos < 8)
        goto bad;
    out->number = dtl_get32(key.ptr);
    out->kind = (enum dtl_takedown_kind)kind;
    memcpy(&out->time, value.ptr + pos, 8);
    pos += 8;
    if (get_slice(value, &pos, held) && get_slice(value, &pos, &out->value) &&
        get_slice(value, &pos, &out->who) && get_slice(value, &pos, &out->why))
        return DTL_OK;
bad:
    return dtl_fail(err, DTL_FORMAT, 0,
                    "the manifest's list of take-downs is damaged");
}

int dtl_store_next_takedown(struct dtl_store *s, uint32_t *number,
                            struct dtl_takedown *out, struct dtl_error *err)
{
    struct dtl_key key = dtl_key32(*number);
    struct dtl_slice value, held;
    int rc =
        dtl_table_get(&s->manifest.tombstones, dtl_key_view(&key), &value, err);

    if (rc != DTL_OK)
        return rc == DTL_NOTFOUND ? DTL_END : rc;
    ++*number;
    return read_row(dtl_key_view(&key), value, out, &held, err);
}

/* ---- the set ------------------------------------------------------------ */

struct dtl_held {
    enum dtl_takedown_kind kind;
    struct dtl_slice value;
};

static uint64_t hash_of(enum dtl_takedown_kind kind, struct dtl_slice value)
{
    uint64_t h = XXH3_64bits_withSeed(value.ptr, value.len, (uint64_t)kind + 1);

    return h != 0 ? h : 1;
}

static bool holds(const struct dtl_removed *r, enum dtl_takedown_kind kind,
                  struct dtl_slice value)
{
    uint64_t h = hash_of(kind, value);
    size_t at = h & (r->room - 1);

    for (; r->hashes[at] != 0; at = (at + 1) & (r->room - 1))
        if (r->hashes[at] == h)
            return true;
    return false;
}

int dtl_removed_read(const struct dtl_manifest *m, uint32_t from,
                     struct dtl_removed *out, struct dtl_error *err)
{
    struct dtl_table_cursor c;
    struct dtl_takedown t = { 0 };
    struct dtl_slice held = { 0 };
    int rc;

    *out = (struct dtl_removed){ 0 };
    if (m->file == NULL || m->tombstones.entries <= from)
        return DTL_OK;
    for (out->room = 16; out->room < 4 * m->tombstones.entries;)
        out->room *= 2;
    out->hashes = calloc(out->room, sizeof *out->hashes);
    out->held = calloc(out->room, sizeof *out->held);
    if (out->hashes == NULL || out->held == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for take-downs");
    dtl_table_cursor(&c, &m->tombstones);
    for (rc = dtl_table_first(&c, err); rc == DTL_OK;
         rc = dtl_table_next(&c, err)) {
        size_t at;

        if ((rc = read_row(c.key, c.value, &t, &held, err)) != DTL_OK)
            break;
        if (t.number < from || out->n >= out->room / 2)
            continue;
        at = hash_of(t.kind, held) & (out->room - 1);
        while (out->hashes[at] != 0)
            at = (at + 1) & (out->room - 1);
        out->hashes[at] = hash_of(t.kind, held);
        out->held[out->n++] = (struct dtl_held){ t.kind, held };
    }
    if (rc == DTL_END)
        return DTL_OK;
    dtl_removed_free(out);
    return rc;
}

void dtl_removed_free(struct dtl_removed *r)
{
    free(r->hashes);
    free(r->held);
    *r = (struct dtl_removed){ 0 };
}

/* "org,archive,web:81)/x" -> "org,archive,web". */
static struct dtl_slice host_of(struct dtl_slice key)
{
    size_t n = 0;

    while (n < key.len && key.ptr[n] != ')' && key.ptr[n] != ':')
        n++;
    return dtl_sub(key, 0, n);
}

bool dtl_is_removed(const struct dtl_removed *r, const struct dtl_capture *c)
{
    struct dtl_slice host;
    char digest[DTL_DIGEST_TEXT];

    if (r->n == 0)
        return false;
    host = host_of(c->key);
    if (holds(r, DTL_REMOVE_URL, c->key) || holds(r, DTL_REMOVE_HOST, host))
        return true;
    for (size_t n = 1; n <= host.len; n++)
        if ((n == host.len || host.ptr[n] == ',') &&
            holds(r, DTL_REMOVE_DOMAIN, dtl_sub(host, 0, n)))
            return true;
    if (c->record_id.len > 0 && holds(r, DTL_REMOVE_RECORD, c->record_id))
        return true;
    if (c->digest.kind == DTL_DIGEST_NONE)
        return false;
    dtl_digest_text(&c->digest, digest);
    return holds(r, DTL_REMOVE_DIGEST, dtl_str(digest));
}

/* ---- articles ----------------------------------------------------------- */

struct finder {
    const struct dtl_removed *removed;
    const struct dtl_segment *segment;
    struct dtl_stream stream;
    struct dtl_block block;
    struct dtl_buf strings, key;
    uint8_t *gone;
};

/* Mark the article if each capture that carries it is taken down. */
static int try_article(struct finder *f, uint32_t article,
                       struct dtl_error *err)
{
    struct dtl_postings p;
    struct dtl_capture c;
    int rc;

    if (article >= f->segment->narticles ||
        (f->gone[article / 8] >> article % 8 & 1))
        return DTL_OK;
    rc = dtl_postings_seek(&p, &f->segment->carriers, false, article, 0, err);
    for (; rc == DTL_OK && p.key == article; rc = dtl_postings_next(&p, err)) {
        rc = dtl_segment_capture(f->segment, (uint32_t)p.value, &f->block,
                                 &f->strings, &c, err);
        if (rc != DTL_OK)
            return rc;
        if (!dtl_is_removed(f->removed, &c))
            return DTL_OK;
    }
    if (rc == DTL_OK || rc == DTL_END)
        f->gone[article / 8] |= (uint8_t)(1U << article % 8);
    return rc == DTL_END ? DTL_OK : rc;
}

/* Captures whose keys begin with what was taken down. */
static int try_keys(struct finder *f, struct dtl_slice prefix,
                    struct dtl_error *err)
{
    struct dtl_capture c;
    int rc;

    dtl_buf_clear(&f->key);
    dtl_sort_key(&f->key, prefix, INT64_MIN);
    if (f->key.failed)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for take-downs");
    rc = dtl_stream_seek(&f->stream, f->segment, dtl_buf_view(&f->key), true,
                         err);
    for (; rc == DTL_OK; rc = dtl_stream_step(&f->stream, true, err)) {
        struct dtl_slice key = dtl_stream_key(&f->stream);

        if (!dtl_equal(dtl_sub(key, 0, prefix.len), prefix))
            return DTL_OK;
        rc = dtl_block_capture(&f->stream.block, &f->segment->kinds,
                               &f->strings, &c, err);
        if (rc == DTL_OK && c.article != DTL_NO_ARTICLE &&
            dtl_is_removed(f->removed, &c))
            rc = try_article(f, c.article, err);
        if (rc != DTL_OK)
            return rc;
    }
    return rc == DTL_END ? DTL_OK : rc;
}

static int try_postings(struct finder *f, const struct dtl_table *table,
                        uint64_t key, struct dtl_error *err)
{
    struct dtl_postings p;
    struct dtl_capture c;
    int rc = dtl_postings_seek(&p, table, false, key, 0, err);

    for (; rc == DTL_OK && p.key == key; rc = dtl_postings_next(&p, err)) {
        rc = dtl_segment_capture(f->segment, (uint32_t)p.value, &f->block,
                                 &f->strings, &c, err);
        if (rc == DTL_OK && c.article != DTL_NO_ARTICLE &&
            dtl_is_removed(f->removed, &c))
            rc = try_article(f, c.article, err);
        if (rc != DTL_OK)
            return rc;
    }
    return rc == DTL_END ? DTL_OK : rc;
}

static int try_held(struct finder *f, const struct dtl_held *held,
                    struct dtl_error *err)
{
    struct dtl_digest d;

    switch (held->kind) {
    case DTL_REMOVE_RECORD:
        return try_postings(f, &f->segment->records,
                            dtl_record_hash(held->value), err);
    case DTL_REMOVE_DIGEST:
        if (dtl_digest_parse(held->value, &d, err) != DTL_OK)
            return DTL_FORMAT;
        return try_postings(f, &f->segment->digests, dtl_bytes40(d.bytes), err);
    default: return try_keys(f, held->value, err);
    }
}

int dtl_removed_articles(const struct dtl_removed *r,
                         const struct dtl_segment *s, uint8_t **out,
                         struct dtl_error *err)
{
    struct finder f = { .removed = r, .segment = s };
    int rc = DTL_OK;

    *out = NULL;
    if (r->n == 0 || s->narticles == 0)
        return DTL_OK;
    f.gone = calloc(s->narticles / 8 + 1, 1);
    if (f.gone == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for take-downs");
    for (uint32_t i = 0; rc == DTL_OK && i < r->n; i++)
        rc = try_held(&f, &r->held[i], err);
    dtl_stream_free(&f.stream);
    dtl_block_free(&f.block);
    dtl_buf_free(&f.strings);
    dtl_buf_free(&f.key);
    if (rc != DTL_OK)
        free(f.gone);
    else
        *out = f.gone;
    return rc;
}

/* ---- remove ------------------------------------------------------------- */

/* What captures are held against. */
static int held_of(const struct dtl_takedown *t, struct dtl_arena *arena,
                   struct dtl_slice *out, struct dtl_error *err)
{
    struct dtl_digest d;
    char *text;
    int rc;

    switch (t->kind) {
    case DTL_REMOVE_URL:
        *out = dtl_surt(arena, t->value, DTL_SURT_WAYBACK);
        break;
    case DTL_REMOVE_HOST:
    case DTL_REMOVE_DOMAIN:
        *out = dtl_surt(arena, t->value, DTL_SURT_WAYBACK);
        if (out->ptr != NULL)
            *out = host_of(*out);
        break;
    case DTL_REMOVE_DIGEST:
        if ((rc = dtl_digest_parse(t->value, &d, err)) != DTL_OK)
            return dtl_fail(err, DTL_INVALID, 0, "not a digest: %.*s",
                            (int)(t->value.len < 100 ? t->value.len : 100),
                            (const char *)t->value.ptr);
        text = dtl_arena_alloc(arena, DTL_DIGEST_TEXT);
        if (text != NULL)
            dtl_digest_text(&d, text);
        *out = dtl_str(text);
        break;
    case DTL_REMOVE_RECORD: *out = dtl_arena_dup(arena, t->value); break;
    default: return dtl_fail(err, DTL_INVALID, 0, "no such kind of take-down");
    }
    if (out->ptr == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a take-down");
    return out->len > 0
               ? DTL_OK
               : dtl_fail(err, DTL_INVALID, 0, "a take-down of nothing");
}

struct tombstone {
    struct dtl_slice key, value;
};

static int put_tombstone(struct dtl_env *e, void *context,
                         struct dtl_error *err)
{
    const struct tombstone *t = context;

    return dtl_env_put(e, "tombstones", t->key, t->value, err);
}

int dtl_store_remove(struct dtl_store_writer *w, const struct dtl_takedown *t,
                     struct dtl_error *err)
{
    struct dtl_arena *arena = dtl_arena_new(0);
    struct dtl_slice held = { 0 };
    struct dtl_buf value = { 0 };
    int64_t now = t->time != 0 ? t->time : (int64_t)time(NULL);
    int rc;

    if (arena == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a take-down");
    rc = held_of(t, arena, &held, err);
    if (rc == DTL_OK) {
        const struct dtl_slice *parts[] = { &held, &t->value, &t->who,
                                            &t->why };

        dtl_buf_varint(&value, t->kind);
        dtl_buf_add(&value, &now, 8);
        for (size_t i = 0; i < 4; i++) {
            dtl_buf_varint(&value, parts[i]->len);
            dtl_buf_slice(&value, *parts[i]);
        }
        if (value.failed)
            rc = dtl_fail(err, DTL_NOMEM, 0, "out of memory for a take-down");
    }
    if (rc == DTL_OK) {
        struct dtl_key key;
        struct tombstone row;
        struct dtl_change change = { .more = put_tombstone, .context = &row };

        pthread_mutex_lock(&w->mutex);
        key = dtl_key32(w->manifest.file != NULL
                            ? (uint32_t)w->manifest.tombstones.entries
                            : 0);
        row = (struct tombstone){ dtl_key_view(&key), dtl_buf_view(&value) };
        rc = dtl_store_change(w, &change, err);
        pthread_mutex_unlock(&w->mutex);
    }
    dtl_buf_free(&value);
    dtl_arena_free(arena);
    return rc;
}
