/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In a gzip file the members before a capture are found by going back from its
 * offset to where one begins that ends there.  In all other files records are
 * read from some way before.
 */
#include "pick.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <libdeflate.h>
#include <zlib.h>

#include <dateline/io.h>

#define HEAD_MOST ((size_t)64 << 10)
#define SIDE_MOST ((size_t)1 << 20)   /* of a request or metadata, inflated */
#define BACK      ((size_t)64 << 10)  /* stored bytes of one of them */
#define BEHIND    ((size_t)256 << 10) /* where reading begins, without gzip */
#define TRIM      ((uint64_t)32 << 20)
#define NAMES     8U

struct dtl_pick {
    char *name;
    struct dtl_source *raw, *source;
    struct dtl_warc *warc;
    uint64_t trimmed; /* offset up to which pages were let go */
    z_stream z;
    bool z_ready;
    struct libdeflate_decompressor *inflate;
    uint8_t *plain; /* SIDE_MOST */
};

/* What of a head tells to which others it belongs. */
struct known {
    struct dtl_pick_place at;
    enum dtl_warc_type type;
    size_t head;
    struct dtl_slice id, uri, date, refers;
    struct dtl_slice with[NAMES]; /* WARC-Concurrent-To */
    size_t nwith;
};

static int no_memory(struct dtl_error *err)
{
    return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a record");
}

int dtl_pick_new(struct dtl_pick **out, struct dtl_error *err)
{
    struct dtl_pick *p = calloc(1, sizeof *p);

    *out = NULL;
    if (p == NULL)
        return no_memory(err);
    p->z_ready = inflateInit2(&p->z, 15 + 16) == Z_OK;
    p->inflate = libdeflate_alloc_decompressor();
    p->plain = malloc(SIDE_MOST);
    if (!p->z_ready || p->inflate == NULL || p->plain == NULL) {
        dtl_pick_free(p);
        return no_memory(err);
    }
    *out = p;
    return DTL_OK;
}

static void close_file(struct dtl_pick *p)
{
    dtl_warc_close(p->warc);
    dtl_source_close(p->source);
    dtl_source_close(p->raw);
    free(p->name);
    p->warc = NULL;
    p->source = p->raw = NULL;
    p->name = NULL;
}

void dtl_pick_free(struct dtl_pick *p)
{
    if (p == NULL)
        return;
    close_file(p);
    if (p->z_ready)
        inflateEnd(&p->z);
    libdeflate_free_decompressor(p->inflate);
    free(p->plain);
    free(p);
}

static int open_file(struct dtl_pick *p, const char *name,
                     struct dtl_error *err)
{
    struct dtl_error why = { 0 };
    int rc;

    if (p->name != NULL && strcmp(p->name, name) == 0)
        return DTL_OK;
    close_file(p);
    if ((rc = dtl_source_open(name, &p->raw, &why)) == DTL_OK &&
        (rc = dtl_source_open(name, &p->source, &why)) == DTL_OK)
        rc = dtl_warc_open(p->source, &p->warc, &why);
    if (rc == DTL_OK && (p->name = strdup(name)) == NULL)
        rc = no_memory(&why);
    p->trimmed = 0;
    if (rc == DTL_OK)
        return rc;
    close_file(p);
    return dtl_fail(err, rc == DTL_NOTFOUND ? DTL_IO : rc, why.offset,
                    "the archive %.150s: %.80s", name, why.text);
}

/* Mapped pages that were read count as memory of this process. */
static void let_go(struct dtl_pick *p, uint64_t offset)
{
    struct dtl_source *both[] = { p->raw, p->source };
    long page = sysconf(_SC_PAGESIZE);

    if (offset < p->trimmed)
        p->trimmed = 0;
    if (offset - p->trimmed < TRIM || page <= 0)
        return;
    for (size_t i = 0; i < 2; i++) {
        struct dtl_slice map = dtl_source_mapped(both[i]);
        uint64_t from = p->trimmed / (uint64_t)page * (uint64_t)page;

        if (map.ptr != NULL && offset <= map.len)
            madvise((void *)(uintptr_t)(map.ptr + from),
                    (size_t)(offset - from), MADV_DONTNEED);
    }
    p->trimmed = offset;
}

int dtl_pick_bytes(struct dtl_pick *p, uint64_t offset, size_t most,
                   struct dtl_slice *out, struct dtl_error *err)
{
    int rc;

    let_go(p, offset);
    if ((rc = dtl_source_seek(p->raw, offset, err)) == DTL_OK)
        rc = dtl_source_peek(p->raw, most, out, err);
    *out = rc == DTL_OK ? dtl_sub(*out, 0, most) : dtl_str("");
    return rc;
}

/* ---- heads ----------------------------------------------------------------
 */

static bool is_gzip(struct dtl_slice s)
{
    return s.len > 18 && s.ptr[0] == 0x1f && s.ptr[1] == 0x8b &&
           s.ptr[2] == 8 && (s.ptr[3] & 0xe0) == 0;
}

/* How long the head is that `text` begins with, with the empty line; 0 when
 * its end is not there. */
static size_t head_len(struct dtl_slice text)
{
    size_t at = dtl_find(text, dtl_str("\r\n\r\n"), 0);
    size_t lf = dtl_find(dtl_sub(text, 0, at), dtl_str("\n\n"), 0);

    if (lf != SIZE_MAX)
        return lf + 2;
    return at != SIZE_MAX ? at + 4 : 0;
}

/* Inflate the beginning of a member up to the end of its record's head. */
static struct dtl_slice inflate_head(struct dtl_pick *p,
                                     struct dtl_slice member)
{
    size_t made = 0;

    if (!is_gzip(member) || inflateReset(&p->z) != Z_OK)
        return dtl_str("");
    p->z.next_in = (Bytef *)(uintptr_t)member.ptr;
    p->z.avail_in = (uInt)(member.len < HEAD_MOST ? member.len : HEAD_MOST);
    for (size_t want = 2048; want <= HEAD_MOST; want *= 4) {
        int rc;
        size_t len;

        p->z.next_out = p->plain + made;
        p->z.avail_out = (uInt)(want - made);
        rc = inflate(&p->z, Z_SYNC_FLUSH);
        made = want - p->z.avail_out;
        len = head_len(dtl_slice_of(p->plain, made));
        if (made >= 5 && memcmp(p->plain, "WARC/", 5) != 0)
            break;
        if (len > 0)
            return dtl_slice_of(p->plain, len);
        if (rc != Z_OK)
            break;
    }
    return dtl_str("");
}

static void know_field(struct known *k, struct dtl_slice name,
                       struct dtl_slice value)
{
    struct {
        const char *name;
        struct dtl_slice *to;
    } wanted[] = {
        { "WARC-Record-ID", &k->id },
        { "WARC-Target-URI", &k->uri },
        { "WARC-Date", &k->date },
        { "WARC-Refers-To", &k->refers },
    };

    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (wanted[i].to->len == 0 &&
            dtl_equal_nocase(name, dtl_str(wanted[i].name)))
            *wanted[i].to = value;
    if (dtl_equal_nocase(name, dtl_str("WARC-Concurrent-To")) &&
        k->nwith < NAMES)
        k->with[k->nwith++] = value;
}

static enum dtl_warc_type type_of(struct dtl_slice name)
{
    for (int t = DTL_WARC_WARCINFO; t <= DTL_WARC_CONTINUATION; t++)
        if (dtl_equal(name, dtl_str(dtl_warc_type_name((enum dtl_warc_type)t))))
            return (enum dtl_warc_type)t;
    return DTL_WARC_UNKNOWN;
}

/* False when the head does not tell how long its record is. */
static bool know_head(struct dtl_slice head, struct known *k)
{
    size_t at = dtl_find(head, dtl_str("\n"), 0);
    bool has_length = false;

    *k = (struct known){ .head = head.len };
    if (!dtl_starts(head, "WARC/") || at == SIZE_MAX)
        return false;
    for (at++; at < head.len;) {
        size_t end = dtl_find(head, dtl_str("\n"), at);
        struct dtl_slice line = dtl_sub(head, at, end);
        size_t colon = dtl_find(line, dtl_str(":"), 0);
        struct dtl_slice name, value;

        at = end != SIZE_MAX ? end + 1 : head.len;
        if (colon == SIZE_MAX)
            continue;
        name = dtl_trim(dtl_sub(line, 0, colon));
        value = dtl_trim(dtl_sub(line, colon + 1, line.len));
        if (dtl_equal_nocase(name, dtl_str("WARC-Type")))
            k->type = type_of(value);
        else if (dtl_equal_nocase(name, dtl_str("Content-Length")))
            has_length = dtl_parse_u64(value, &k->at.content);
        else
            know_field(k, name, value);
    }
    if (k->uri.len > 1 && k->uri.ptr[0] == '<') /* as wget writes it */
        k->uri = dtl_sub(k->uri, 1, k->uri.len - 1);
    return has_length;
}

static void know_record(const struct dtl_warc_record *rec, struct known *k)
{
    *k = (struct known){
        .type = rec->type,
        .at = { .offset = rec->offset,
                .inner = rec->inner,
                .content = rec->content_length,
                .arc = rec->arc },
        .id = rec->record_id,
        .uri = rec->uri,
        .date = rec->date,
        .refers = rec->refers_to,
    };
    for (size_t i = 0; i < rec->nfields && k->nwith < NAMES; i++)
        if (dtl_equal_nocase(rec->fields[i].name,
                             dtl_str("WARC-Concurrent-To")))
            k->with[k->nwith++] = rec->fields[i].value;
}

/* Heads go with the next one read. */
static bool keep(struct known *k, struct dtl_arena *arena)
{
    struct dtl_slice *all[] = { &k->id, &k->uri, &k->date, &k->refers };

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        *all[i] = dtl_arena_dup(arena, *all[i]);
        if (all[i]->ptr == NULL)
            return false;
    }
    for (size_t i = 0; i < k->nwith; i++) {
        k->with[i] = dtl_arena_dup(arena, k->with[i]);
        if (k->with[i].ptr == NULL)
            return false;
    }
    return true;
}

/* ---- which belong together --------------------------------------------------
 */

static bool is_side(const struct known *k)
{
    return k->type == DTL_WARC_REQUEST || k->type == DTL_WARC_METADATA;
}

/* Does `a` name `b`? */
static bool names(const struct known *a, const struct known *b)
{
    for (size_t i = 0; i < a->nwith && b->id.len > 0; i++)
        if (dtl_equal(a->with[i], b->id))
            return true;
    return a->type == DTL_WARC_METADATA && b->id.len > 0 &&
           dtl_equal(a->refers, b->id);
}

/* What names nothing belongs to the capture of its URL and time; behind it also
 * what names a record that is not there, as some crawlers have it of revisits.
 */
static bool belongs(const struct known *k, const struct known *c, bool behind)
{
    if (names(k, c) || names(c, k))
        return true;
    return (behind || (k->nwith == 0 && k->refers.len == 0)) &&
           dtl_equal(k->uri, c->uri) && dtl_equal(k->date, c->date);
}

/* Those that belong to the capture, or to one that does. */
static void choose(const struct known *sides, size_t n, const struct known *c,
                   bool behind, bool *taken)
{
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < n; i++) {
            taken[i] = taken[i] || belongs(&sides[i], c, behind);
            for (size_t k = 0; k < n && !taken[i]; k++)
                taken[i] = taken[k] && (names(&sides[i], &sides[k]) ||
                                        names(&sides[k], &sides[i]));
        }
}

struct sides {
    struct known before[DTL_PICK_SIDES]; /* nearest first */
    struct known after[DTL_PICK_SIDES];
    size_t nbefore, nafter;
};

static void collect(const struct sides *s, const struct known *c,
                    struct dtl_pick_group *out)
{
    bool before[DTL_PICK_SIDES] = { false }, after[DTL_PICK_SIDES] = { false };

    choose(s->before, s->nbefore, c, false, before);
    choose(s->after, s->nafter, c, true, after);
    out->n = 0;
    for (size_t i = s->nbefore; i-- > 0;)
        if (before[i])
            out->list[out->n++] = s->before[i].at;
    out->list[out->n] = c->at;
    out->list[out->n++].capture = true;
    for (size_t i = 0; i < s->nafter; i++)
        if (after[i])
            out->list[out->n++] = s->after[i].at;
}

/* ---- gzip files -------------------------------------------------------------
 */

/* The small member at `offset`, whole; `end` (0: any) is where it must end. */
static bool know_member(struct dtl_pick *p, uint64_t offset, uint64_t end,
                        struct dtl_arena *arena, struct known *k)
{
    struct dtl_slice member;
    size_t used, made;

    if (dtl_pick_bytes(p, offset, end > 0 ? (size_t)(end - offset) : SIDE_MOST,
                       &member, NULL) != DTL_OK ||
        !know_head(inflate_head(p, member), k) || !keep(k, arena))
        return false;
    k->at.offset = offset;
    if (!is_side(k) && k->type != DTL_WARC_WARCINFO)
        return true;
    if (libdeflate_gzip_decompress_ex(p->inflate, member.ptr, member.len,
                                      p->plain, SIDE_MOST, &used,
                                      &made) != LIBDEFLATE_SUCCESS ||
        made != k->head + k->at.content + 4 ||
        (end > 0 && offset + used != end))
        return false;
    k->at.length = used;
    return true;
}

/* The member that ends at `end`. */
static bool member_before(struct dtl_pick *p, uint64_t end,
                          struct dtl_arena *arena, struct known *k)
{
    uint64_t from = end > BACK ? end - BACK : 0;
    size_t at = (size_t)(end - from);
    struct dtl_slice window;

    if (dtl_pick_bytes(p, from, (size_t)(end - from), &window, NULL) != DTL_OK)
        return false;
    for (at = at < window.len ? at : window.len; at > 0;) {
        const uint8_t *magic = memrchr(window.ptr, 0x1f, at);

        if (magic == NULL)
            return false;
        at = (size_t)(magic - window.ptr);
        if (!is_gzip(dtl_sub(window, at, window.len)))
            continue;
        if (know_member(p, from + at, end, arena, k))
            return true;
        /* What was read since may be where the window was. */
        if (dtl_pick_bytes(p, from, (size_t)(end - from), &window, NULL) !=
                DTL_OK ||
            at > window.len)
            return false;
    }
    return false;
}

static void sides_before(struct dtl_pick *p, uint64_t offset,
                         struct dtl_arena *arena, struct sides *s)
{
    while (s->nbefore < DTL_PICK_SIDES && offset > 0) {
        struct known *k = &s->before[s->nbefore];

        if (!member_before(p, offset, arena, k) || !is_side(k))
            return;
        offset = k->at.offset;
        s->nbefore++;
    }
}

static void sides_after(struct dtl_pick *p, uint64_t offset,
                        struct dtl_arena *arena, struct sides *s)
{
    while (s->nafter < DTL_PICK_SIDES) {
        struct known *k = &s->after[s->nafter];

        if (!know_member(p, offset, 0, arena, k) || !is_side(k))
            return;
        offset += k->at.length;
        s->nafter++;
    }
}

/* The lengths the record and the member's end declare, modulo 2^32. */
static bool is_alone(struct dtl_pick *p, const struct known *k,
                     const struct dtl_capture *c)
{
    struct dtl_slice end;
    uint32_t size;

    if (dtl_pick_bytes(p, c->offset + c->length - 4, 4, &end, NULL) != DTL_OK ||
        end.len < 4)
        return false;
    size = (uint32_t)end.ptr[0] | (uint32_t)end.ptr[1] << 8 |
           (uint32_t)end.ptr[2] << 16 | (uint32_t)end.ptr[3] << 24;
    return size == (uint32_t)(k->head + k->at.content + 4);
}

static bool find_member(struct dtl_pick *p, const struct dtl_capture *c,
                        struct dtl_arena *arena, struct known *k)
{
    struct dtl_slice member;

    if (c->length <= 18 || (c->flags & DTL_CAPTURE_DAMAGED) != 0 ||
        dtl_pick_bytes(p, c->offset,
                       c->length < HEAD_MOST ? (size_t)c->length : HEAD_MOST,
                       &member, NULL) != DTL_OK ||
        !know_head(inflate_head(p, member), k) || is_side(k) ||
        !dtl_equal(k->uri, c->url) ||
        (c->record_id.len > 0 && !dtl_equal(k->id, c->record_id)) ||
        !keep(k, arena) || !is_alone(p, k, c))
        return false;
    k->at.offset = c->offset;
    k->at.length = c->length;
    return true;
}

/* ---- all others -------------------------------------------------------------
 */

static bool is_record_of(const struct dtl_warc_record *rec,
                         const struct dtl_capture *c)
{
    return rec->offset == c->offset && dtl_equal(rec->uri, c->url) &&
           rec->time == c->time &&
           (c->record_id.len == 0 || rec->record_id.len == 0 ||
            dtl_equal(rec->record_id, c->record_id)) &&
           rec->type != DTL_WARC_REQUEST && rec->type != DTL_WARC_METADATA;
}

/* Forget the farthest. */
static void push_before(struct sides *s, const struct known *k)
{
    size_t n = s->nbefore < DTL_PICK_SIDES ? s->nbefore : DTL_PICK_SIDES - 1;

    memmove(&s->before[1], &s->before[0], n * sizeof *s->before);
    s->before[0] = *k;
    s->nbefore = n + 1;
}

static int start_before(struct dtl_pick *p, const struct dtl_capture *c)
{
    uint64_t from = c->offset > BEHIND ? c->offset - BEHIND : 0, at;

    if (from > 0 && dtl_warc_sync(p->warc, from, &at, NULL) == DTL_OK &&
        at <= c->offset)
        return DTL_OK;
    return dtl_warc_seek(p->warc, from == 0 ? 0 : c->offset, NULL);
}

/* Read up to the capture, keeping what stands right before it. */
static int walk_to(struct dtl_pick *p, const struct dtl_capture *c,
                   struct dtl_arena *arena, struct sides *s, struct known *k,
                   struct dtl_error *err)
{
    int rc = start_before(p, c);

    s->nbefore = 0;
    while (rc == DTL_OK || rc == DTL_BAD_RECORD) {
        struct dtl_warc_record rec;

        rc = dtl_warc_next(p->warc, &rec, err);
        if (rc == DTL_BAD_RECORD) {
            s->nbefore = 0;
            continue;
        }
        if (rc != DTL_OK || rec.offset > c->offset)
            break;
        know_record(&rec, k);
        if (is_record_of(&rec, c))
            return keep(k, arena) ? DTL_OK : no_memory(err);
        if (!is_side(k))
            s->nbefore = 0;
        else if (keep(k, arena))
            push_before(s, k);
    }
    if (rc < 0 && rc != DTL_BAD_RECORD)
        return rc;
    return dtl_fail(err, DTL_BAD_RECORD, c->offset,
                    "the record is no longer where it was");
}

static int walk(struct dtl_pick *p, const struct dtl_capture *c,
                struct dtl_arena *arena, struct sides *s, struct known *k,
                struct dtl_error *err)
{
    int rc = walk_to(p, c, arena, s, k, err);
    struct dtl_warc_record rec;

    if (rc != DTL_OK || k->at.arc)
        return rc;
    while (s->nafter < DTL_PICK_SIDES &&
           dtl_warc_next(p->warc, &rec, NULL) == DTL_OK) {
        struct known *side = &s->after[s->nafter];

        know_record(&rec, side);
        if (!is_side(side) || !keep(side, arena))
            break;
        s->nafter++;
    }
    return DTL_OK;
}

/* ---- the calls --------------------------------------------------------------
 */

int dtl_pick_find(struct dtl_pick *p, const char *file,
                  const struct dtl_capture *c, struct dtl_arena *arena,
                  struct dtl_pick_group *out, struct dtl_error *err)
{
    struct sides s = { .nbefore = 0 };
    struct known k;
    int rc = open_file(p, file, err);

    if (rc != DTL_OK)
        return rc;
    let_go(p, c->offset);
    if (find_member(p, c, arena, &k)) {
        sides_before(p, c->offset, arena, &s);
        sides_after(p, c->offset + c->length, arena, &s);
    } else if ((rc = walk(p, c, arena, &s, &k, err)) != DTL_OK) {
        if (rc == DTL_IO || rc == DTL_NOMEM)
            close_file(p);
        return rc;
    }
    collect(&s, &k, out);
    return DTL_OK;
}

int dtl_pick_info(struct dtl_pick *p, const char *file, struct dtl_arena *arena,
                  struct dtl_pick_place *out, struct dtl_error *err)
{
    struct dtl_warc_record rec;
    struct known k;
    int rc = open_file(p, file, err);

    if (rc != DTL_OK)
        return rc;
    if (know_member(p, 0, 0, arena, &k) && k.type == DTL_WARC_WARCINFO) {
        *out = k.at;
        return DTL_OK;
    }
    if (dtl_warc_seek(p->warc, 0, NULL) != DTL_OK ||
        dtl_warc_next(p->warc, &rec, NULL) != DTL_OK || rec.arc ||
        rec.type != DTL_WARC_WARCINFO || rec.content_length > SIDE_MOST)
        return dtl_fail(err, DTL_NOTFOUND, 0, "no warcinfo");
    know_record(&rec, &k);
    *out = k.at;
    return DTL_OK;
}

int dtl_pick_load(struct dtl_pick *p, const struct dtl_pick_place *at,
                  bool plain, size_t max, struct dtl_picked *out,
                  struct dtl_error *err)
{
    int rc;

    memset(out, 0, sizeof *out);
    if (!plain && at->length > 0) {
        if (at->length > max)
            return dtl_fail(err, DTL_LIMIT, at->offset, "a large record");
        rc = dtl_pick_bytes(p, at->offset, (size_t)at->length, &out->stored,
                            err);
        if (rc == DTL_OK && out->stored.len < at->length)
            rc = dtl_fail(err, DTL_BAD_RECORD, at->offset, "cut short");
        return rc;
    }
    rc = dtl_warc_seek_inner(p->warc, at->offset, at->inner, err);
    if (rc == DTL_OK)
        rc = dtl_warc_next(p->warc, &out->rec, err);
    if (rc == DTL_OK && out->rec.content_length > max)
        return dtl_fail(err, DTL_LIMIT, at->offset, "a large record");
    if (rc == DTL_OK)
        rc = dtl_warc_block(p->warc, max, &out->block, err);
    if (rc == DTL_OK && out->block.len != out->rec.content_length)
        rc = DTL_BAD_RECORD;
    return rc == DTL_END ? DTL_BAD_RECORD : rc;
}

int dtl_pick_rest(struct dtl_pick *p, struct dtl_slice *piece,
                  struct dtl_error *err)
{
    return dtl_warc_read(p->warc, piece, err);
}
