/* SPDX-License-Identifier: Apache-2.0 */
#include "input.h"

#include <stdlib.h>

#include <xxhash.h>

#define EDGE      ((size_t)64 << 10) /* bytes of each end in a fingerprint */
#define BEGINNING ((size_t)64 << 10) /* kept of an oversized block */

/* ---- batches ----------------------------------------------------------- */

struct batch *batch_new(size_t ceiling)
{
    struct batch *b = calloc(1, sizeof *b);

    if (b == NULL)
        return NULL;
    b->arena = dtl_arena_new(4 * (ceiling + BATCH_BYTES));
    if (b->arena == NULL) {
        free(b);
        return NULL;
    }
    return b;
}

void batch_reset(struct batch *b, const struct input *in)
{
    struct dtl_arena *arena = b->arena;

    dtl_arena_reset(arena);
    b->count = b->bytes = 0;
    b->unpacked = b->records = b->oversized = b->ndamaged = 0;
    memset(b->by_type, 0, sizeof b->by_type);
    b->damaged = NULL;
    b->next = NULL;
    b->file = in->file;
    b->name = in->name;
}

void batch_free(struct batch *b)
{
    if (b == NULL)
        return;
    dtl_arena_free(b->arena);
    free(b);
}

static int no_memory(struct dtl_error *err)
{
    return dtl_fail(err, DTL_NOMEM, 0, "out of memory reading records");
}

/* Copy what of a record header outlives the reader's next step. */
static bool copy_record(struct dtl_arena *a, const struct dtl_warc_record *r,
                        struct dtl_warc_record *out)
{
    struct dtl_slice *const copied[] = {
        &out->uri,       &out->record_id,      &out->content_type,
        &out->refers_to, &out->refers_to_uri,  &out->refers_to_date,
        &out->truncated, &out->payload_digest,
    };

    *out = *r;
    out->fields = NULL;
    out->nfields = 0;
    out->head = out->version = out->type_name = dtl_str("");
    out->date = out->ip = out->profile = dtl_str("");
    out->block_digest = out->concurrent_to = dtl_str("");
    for (size_t i = 0; i < sizeof copied / sizeof copied[0]; i++) {
        *copied[i] = dtl_arena_dup(a, *copied[i]);
        if (copied[i]->ptr == NULL)
            return false;
    }
    return true;
}

static int note_damage(struct batch *b, uint64_t offset, const char *text)
{
    struct damage *d = dtl_arena_alloc(b->arena, sizeof *d);
    struct dtl_slice copy = dtl_arena_dup(b->arena, dtl_str(text));

    if (d == NULL || copy.ptr == NULL)
        return no_memory(NULL);
    *d = (struct damage){ b->damaged, offset, (const char *)copy.ptr };
    b->damaged = d;
    b->ndamaged++;
    return DTL_OK;
}

/* ---- inputs ------------------------------------------------------------ */

/* "/abs/path!/member": a store must work from any directory. */
static char *absolute(const char *name)
{
    const char *bang = strstr(name, "!/");
    char *path, *real, *out = NULL;

    if (strcmp(name, "-") == 0 || strstr(name, "://") != NULL)
        return strdup(name);
    path = bang != NULL ? strndup(name, (size_t)(bang - name)) : strdup(name);
    real = path != NULL ? realpath(path, NULL) : NULL;
    if (real == NULL) {
        out = strdup(name);
    } else {
        size_t len = strlen(real) + (bang != NULL ? strlen(bang) : 0) + 1;

        out = malloc(len);
        if (out != NULL) {
            strcpy(out, real);
            strcat(out, bang != NULL ? bang : "");
        }
    }
    free(real);
    free(path);
    return out;
}

/* XXH3 of the first and, where it can be had, the last 64 KiB. */
static int fingerprint(struct input *in, struct dtl_error *err)
{
    XXH3_state_t *state = XXH3_createState();
    struct dtl_slice s;
    int rc;

    if (state == NULL)
        return no_memory(err);
    XXH3_64bits_reset(state);
    rc = dtl_source_peek(in->source, EDGE, &s, err);
    if (rc == DTL_OK)
        XXH3_64bits_update(state, s.ptr, s.len < EDGE ? s.len : EDGE);
    if (rc == DTL_OK && dtl_source_seekable(in->source) &&
        in->size != UINT64_MAX && in->size > EDGE) {
        rc = dtl_source_seek(in->source, in->size - EDGE, err);
        if (rc == DTL_OK)
            rc = dtl_source_peek(in->source, EDGE, &s, err);
        if (rc == DTL_OK)
            XXH3_64bits_update(state, s.ptr, s.len < EDGE ? s.len : EDGE);
        if (rc == DTL_OK)
            rc = dtl_source_seek(in->source, 0, err);
    }
    in->fingerprint = XXH3_64bits_digest(state);
    XXH3_freeState(state);
    return rc == DTL_END ? DTL_OK : rc;
}

int input_open(const char *name, struct input **out, struct dtl_error *err)
{
    struct input *in = calloc(1, sizeof *in);
    uint64_t at;
    int rc;

    *out = NULL;
    if (in == NULL || (in->name = absolute(name)) == NULL) {
        input_close(in);
        return no_memory(err);
    }
    if ((rc = dtl_source_open(name, &in->source, err)) != DTL_OK)
        goto fail;
    in->size = in->limit = dtl_source_size(in->source);
    if ((rc = fingerprint(in, err)) != DTL_OK ||
        (rc = dtl_warc_open(in->source, &in->warc, err)) != DTL_OK)
        goto fail;
    if (dtl_source_seekable(in->source) &&
        dtl_warc_sync(in->warc, 0, &at, NULL) == DTL_OK &&
        dtl_warc_seek(in->warc, 0, NULL) == DTL_OK)
        in->resumable = true;
    if (!in->resumable) { /* begin anew, whatever sync has read */
        dtl_warc_close(in->warc);
        in->warc = NULL;
        if (dtl_source_seekable(in->source) &&
            (rc = dtl_source_seek(in->source, 0, err)) != DTL_OK)
            goto fail;
        if ((rc = dtl_warc_open(in->source, &in->warc, err)) != DTL_OK)
            goto fail;
    }
    *out = in;
    return DTL_OK;

fail:
    input_close(in);
    return rc;
}

int input_resume(struct input *in, const struct dtl_range *covered, size_t n,
                 struct dtl_error *err)
{
    uint64_t at = 0;

    for (size_t i = 0; i < n && covered[i].start <= at; i++)
        if (covered[i].end > at)
            at = covered[i].end;
    in->start = in->at = in->published = at;
    if (at == 0)
        return DTL_OK;
    if (!in->resumable || at >= in->size) {
        in->ended = true; /* such a file is published whole or not */
        return DTL_OK;
    }
    return dtl_warc_seek(in->warc, at, err);
}

int input_narrow(struct input *in, uint64_t from, uint64_t to,
                 struct dtl_error *err)
{
    if (to < in->limit)
        in->limit = to;
    if (from == 0 && in->limit == in->size)
        return DTL_OK;
    if (!in->resumable)
        return dtl_fail(err, DTL_INVALID, from,
                        "cannot be entered in the middle");
    in->start = in->at = in->published = from;
    return dtl_warc_seek(in->warc, from, err);
}

static bool piece_to_digest(struct dtl_hasher *hasher, struct dtl_slice *skip,
                            struct dtl_slice piece)
{
    size_t n = skip->len < piece.len ? skip->len : piece.len;

    skip->len -= n;
    dtl_hasher_add(hasher, dtl_sub(piece, n, piece.len));
    return true;
}

/*
 * A block too large for a page: keep its beginning for the HTTP head and hash
 * the payload as it passes.  A chunked one is not hashed: its framing would
 * have to be undone, and no declared digest is thrown away for it.
 */
static int read_oversized(struct input *in, struct batch *b, struct item *it,
                          struct dtl_error *err)
{
    struct dtl_buf start = { .max = BEGINNING };
    struct dtl_slice piece, skip = { NULL, 0 };
    struct dtl_hasher *hasher = NULL;
    struct dtl_http http;
    struct dtl_digest declared = { 0 };
    bool chunked = true;
    int rc;

    it->oversized = true;
    b->oversized++;
    while ((rc = dtl_warc_read(in->warc, &piece, err)) == DTL_OK) {
        if (hasher == NULL) { /* all of the head is in the first piece, or
                                 it is larger than any head */
            dtl_buf_slice(&start, dtl_sub(piece, 0, BEGINNING));
            it->block = dtl_arena_dup(b->arena, dtl_buf_view(&start));
            if (it->block.ptr == NULL ||
                dtl_http_parse(it->block, b->arena, &http, NULL) != DTL_OK) {
                rc = no_memory(err);
                break;
            }
            skip.len = http.head_len;
            chunked = dtl_field_find(http.fields, http.nfields,
                                     "Transfer-Encoding") != NULL;
            if (dtl_digest_parse(it->record.payload_digest, &declared, NULL) !=
                DTL_OK)
                declared.kind = DTL_DIGEST_SHA1;
            rc = dtl_hasher_new((enum dtl_digest_kind)declared.kind, &hasher,
                                err);
            if (rc != DTL_OK)
                break;
        }
        piece_to_digest(hasher, &skip, piece);
    }
    if (rc == DTL_END && hasher != NULL) {
        struct dtl_digest got;

        dtl_hasher_finish(hasher, &got);
        it->digest = declared.len > 0 ? declared : got;
        if (!chunked && it->record.type != DTL_WARC_REVISIT)
            it->flags |= dtl_digest_equal(&it->digest, &got)
                             ? DTL_CAPTURE_VERIFIED
                             : DTL_CAPTURE_MISMATCH;
        else if (declared.len == 0)
            it->digest.kind = DTL_DIGEST_NONE;
        rc = DTL_OK;
    } else if (rc == DTL_END) {
        rc = DTL_OK;
    }
    dtl_hasher_free(hasher);
    dtl_buf_free(&start);
    return rc;
}

/* True when a record's block is wanted: requests, metadata and the like are
 * only counted. */
static bool is_wanted(const struct dtl_warc_record *rec)
{
    return rec->type == DTL_WARC_RESPONSE || rec->type == DTL_WARC_RESOURCE ||
           rec->type == DTL_WARC_REVISIT;
}

static int read_record(struct input *in, struct batch *b,
                       struct dtl_warc_record *rec, size_t ceiling,
                       struct dtl_error *err)
{
    struct item *it = &b->items[b->count];
    struct dtl_slice block;
    int rc = DTL_OK;

    b->records++;
    b->by_type[rec->type]++;
    b->unpacked += rec->content_length;
    if (!is_wanted(rec)) {
        rc = dtl_warc_finish(in->warc, rec, err);
        return rc;
    }
    memset(it, 0, sizeof *it);
    if (!copy_record(b->arena, rec, &it->record))
        return no_memory(err);
    if (rec->content_length > ceiling) {
        rc = read_oversized(in, b, it, err);
    } else {
        rc = dtl_warc_block(in->warc, ceiling, &block, err);
        if (rc == DTL_LIMIT) { /* its length was not declared, or wrongly */
            it->oversized = true;
            b->oversized++;
            block = dtl_sub(block, 0, BEGINNING);
            rc = DTL_OK;
        }
        if (rc != DTL_OK && rc != DTL_BAD_RECORD)
            return rc;
        it->block = dtl_arena_dup(b->arena, block);
        if (it->block.ptr == NULL)
            return no_memory(err);
        b->bytes += block.len;
    }
    if (rc == DTL_OK)
        rc = dtl_warc_finish(in->warc, rec, err);
    if (rc == DTL_BAD_RECORD)
        it->flags |= DTL_CAPTURE_DAMAGED;
    else if (rc != DTL_OK)
        return rc;
    it->record.length = rec->length;
    b->count++;
    return rc;
}

int input_read(struct input *in, struct batch *b, size_t ceiling,
               struct dtl_error *err)
{
    struct dtl_warc_record rec;

    while (b->count < BATCH_ITEMS && b->bytes < BATCH_BYTES &&
           b->records + b->ndamaged < 16 * BATCH_ITEMS) {
        int rc = dtl_warc_tell(in->warc) >= in->limit
                     ? DTL_END
                     : dtl_warc_next(in->warc, &rec, err);

        if (rc == DTL_OK)
            rc = read_record(in, b, &rec, ceiling, err);
        if (rc == DTL_BAD_RECORD)
            rc = note_damage(b, err->offset, err->text);
        if (rc == DTL_END) {
            in->ended = true;
            in->at =
                in->limit != UINT64_MAX ? in->limit : dtl_warc_tell(in->warc);
            return DTL_OK;
        }
        if (rc != DTL_OK)
            return rc;
        in->at = dtl_warc_tell(in->warc);
    }
    return DTL_OK;
}

void input_close(struct input *in)
{
    if (in == NULL)
        return;
    dtl_warc_close(in->warc);
    dtl_source_close(in->source);
    free(in->name);
    free(in);
}
