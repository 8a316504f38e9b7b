/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records over the decoded members of stream.c.  Two rules keep a damaged file
 * from costing more than its damage:
 *
 *   - a declared length is believed only after a look at what follows the
 *     block: if no record ends there and another one begins inside, the
 *     length is wrong and the block ends before that one;
 *   - where no header stands that should, everything up to the next sure one
 *     is one damaged stretch, reported once.
 */
#include <dateline/warc.h>

#include "head.h"
#include "stream.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define HEAD_MAX ((size_t)4 << 20) /* of a record header */
#define LOOK_MAX ((size_t)8 << 20) /* how far ahead lengths are checked */
#define PIECE    ((size_t)64 << 10)

struct dtl_warc {
    struct stream s;
    struct dtl_buf head; /* the present header's bytes */
    struct dtl_buf block;
    struct dtl_arena *arena;
    struct head_fields fields;
    struct dtl_warc_record rec;
    bool arc, warc; /* kinds met so far */

    bool open;     /* a record is being read */
    bool finished; /* ... and its end has been reached */
    bool reported; /* its damage has been told */
    bool damaged;
    uint64_t left; /* block bytes not given yet */
    uint64_t given;
    size_t pending; /* handed out, to be taken at the next call */
    char cut[120];  /* why the block ends before its declared length */
    struct dtl_warc_damage damage;
};

/* ---- open, close -------------------------------------------------------- */

int dtl_warc_open(struct dtl_source *src, struct dtl_warc **out,
                  struct dtl_error *err)
{
    struct dtl_warc *w = calloc(1, sizeof *w);
    int rc;

    *out = NULL;
    if (w == NULL || (w->arena = dtl_arena_new(HEAD_MAX)) == NULL) {
        free(w);
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory opening an archive");
    }
    rc = stream_open(&w->s, src, err);
    if (rc != DTL_OK) {
        dtl_warc_close(w);
        return rc;
    }
    *out = w;
    return DTL_OK;
}

void dtl_warc_close(struct dtl_warc *w)
{
    if (w == NULL)
        return;
    stream_close(&w->s);
    dtl_buf_free(&w->head);
    dtl_buf_free(&w->block);
    dtl_arena_free(w->arena);
    free(w->fields.fields);
    free(w);
}

const struct dtl_warc_damage *dtl_warc_last_damage(const struct dtl_warc *w)
{
    return &w->damage;
}

/* ---- damage ------------------------------------------------------------- */

static void note_damage(struct dtl_warc *w, uint64_t offset, const char *reason)
{
    w->damage.offset = offset;
    w->damage.length = 0;
    snprintf(w->damage.reason, sizeof w->damage.reason, "%s", reason);
}

static int tell_damage(const struct dtl_warc *w, struct dtl_error *err)
{
    return dtl_fail(err, DTL_BAD_RECORD, w->damage.offset, "%s",
                    w->damage.reason);
}

/* ---- looking for records in decoded bytes ------------------------------- */

static bool is_blank(uint8_t c)
{
    return c == '\r' || c == '\n';
}

static struct dtl_slice view(const struct stream *s)
{
    return dtl_slice_of(s->ptr, s->len);
}

/* Both spellings met in files; the version's digit follows. */
static const char *const marks[] = { "WARC/", "warc/" };

static size_t find_mark(struct dtl_slice s, const char *mark, size_t from)
{
    while ((from = dtl_find(s, dtl_str(mark), from)) != SIZE_MAX) {
        if (head_warc_sure(dtl_sub(s, from, s.len)))
            return from;
        from++;
    }
    return SIZE_MAX;
}

static size_t find_warc(struct dtl_slice s, size_t from)
{
    size_t first = SIZE_MAX;

    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        size_t at = find_mark(s, marks[i], from);

        if (at < first) {
            first = at;
            s.len = at;
        }
    }
    return first;
}

/* The record that the line at `at` announces ends at another or at the end. */
static bool chain_holds(struct dtl_slice s, size_t at, size_t len,
                        const struct arc_line *line)
{
    size_t left = s.len - at - len, i;

    if (!line->has_length || line->length > left)
        return false;
    i = at + len + (size_t)line->length;
    while (i < s.len && is_blank(s.ptr[i]))
        i++;
    return i == s.len || head_begins(dtl_sub(s, i, s.len));
}

/*
 * Lists of captures, which crawlers archive too, are full of lines that could
 * be ARC's.  A true one is proved by its length, or stands behind an empty
 * line, or before an HTTP status line.  Outside of blocks (`stray`) it is
 * enough that no such line follows it.
 */
static bool is_sure_arc(struct dtl_slice s, size_t at, bool stray)
{
    struct arc_line next;
    struct dtl_slice rest;
    size_t next_len;

    struct arc_line line;
    size_t len;

    if ((at > 0 && s.ptr[at - 1] != '\n') ||
        !arc_parse(dtl_sub(s, at, s.len), &line, &len))
        return false;
    if (at > 1 && (s.ptr[at - 2] == '\n' || s.ptr[at - 2] == '\r'))
        return true;
    rest = dtl_sub(s, at + len, s.len);
    if (stray && rest.len > 0 && !arc_parse(rest, &next, &next_len))
        return true;
    return dtl_starts(rest, "HTTP/") || chain_holds(s, at, len, &line);
}

static size_t find_arc(struct dtl_slice s, size_t from, bool stray)
{
    while (from < s.len) {
        const uint8_t *nl;

        if (is_sure_arc(s, from, stray))
            return from;
        nl = memchr(s.ptr + from, '\n', s.len - from);
        if (nl == NULL)
            return SIZE_MAX;
        from = (size_t)(nl - s.ptr) + 1;
    }
    return SIZE_MAX;
}

/* Offset of the first sure record at or after `from`, or SIZE_MAX. */
static size_t find_record(const struct dtl_warc *w, struct dtl_slice s,
                          size_t from, bool stray)
{
    size_t at = find_warc(s, from), arc;

    if (w->warc && !w->arc)
        return at;
    arc = find_arc(at != SIZE_MAX ? dtl_sub(s, 0, at) : s, from, stray);
    return arc != SIZE_MAX ? arc : at;
}

/* Where the block ends when the next record begins at `at`. */
static size_t before_blank(struct dtl_slice s, size_t at)
{
    for (int i = 0; i < 2 && at > 0 && s.ptr[at - 1] == '\n'; i++)
        at -= at > 1 && s.ptr[at - 2] == '\r' ? 2 : 1;
    return at;
}

static int skip_blank(struct dtl_warc *w, struct dtl_error *err)
{
    for (;;) {
        size_t n = 0;
        int rc;

        while (n < w->s.len && is_blank(w->s.ptr[n]))
            n++;
        stream_take(&w->s, n);
        if (w->s.len > 0 || w->s.complete || w->s.bad || !w->s.open)
            return DTL_OK;
        rc = stream_fill(&w->s, PIECE, err);
        if (rc != DTL_OK)
            return rc;
    }
}

/* ---- passing over a damaged stretch ------------------------------------- */

/* Within the open member: DTL_OK with a record at hand, DTL_END without. */
static int scan_member(struct dtl_warc *w, size_t from, struct dtl_error *err)
{
    for (;;) {
        struct dtl_slice v = view(&w->s);
        size_t at = find_record(w, v, from, true), keep;
        int rc;

        if (at != SIZE_MAX) {
            stream_take(&w->s, at);
            return DTL_OK;
        }
        if (w->s.complete || w->s.bad) {
            stream_take(&w->s, v.len);
            return DTL_END;
        }
        /* A header cut by the window's end must be seen again whole. */
        keep = v.len < 4096 ? v.len : 4096;
        stream_take(&w->s, v.len - keep);
        from = from > v.len - keep ? from - (v.len - keep) : v.len > keep;
        rc = stream_fill(&w->s, w->s.len + PIECE, err);
        if (rc != DTL_OK)
            return rc;
    }
}

/* The member at hand is spent: where the next one should begin. */
static int leave_member(struct dtl_warc *w, struct dtl_error *err)
{
    int rc = DTL_OK;

    if (w->s.bad && w->s.codec != CODEC_PLAIN)
        rc = stream_resync(&w->s, w->s.member + 1, err);
    w->s.open = false;
    return rc;
}

/*
 * Go to the next sure record, `from` bytes on or later.  DTL_OK with it at
 * hand, DTL_END at the end of the file.
 */
static int pass_over(struct dtl_warc *w, size_t from, struct dtl_error *err)
{
    for (;;) {
        int rc;

        if (w->s.open) {
            rc = scan_member(w, from, err);
            if (rc != DTL_END)
                return rc;
            rc = leave_member(w, err);
            if (rc != DTL_OK)
                return rc;
        }
        from = 0;
        rc = stream_begin(&w->s, err);
        if (rc == DTL_BAD_RECORD) {
            rc = stream_resync(&w->s, w->s.next + 1, err);
            if (rc != DTL_OK)
                return rc;
            continue;
        }
        if (rc != DTL_OK)
            return rc;
        rc = stream_fill(&w->s, PIECE, err);
        if (rc != DTL_OK)
            return rc;
        if (!w->s.bad && w->s.len == 0 && w->s.complete)
            w->s.open = false;
    }
}

/* Pass over the stretch noted in w->damage and set its length. */
static int end_damage(struct dtl_warc *w, size_t from, struct dtl_error *err)
{
    /* A block cut short by the next record ends right before it. */
    bool there = from == 0 && w->s.open && head_begins(view(&w->s));
    int rc = there ? DTL_OK : pass_over(w, from, err);
    uint64_t at;

    if (rc != DTL_OK && rc != DTL_END)
        return rc;
    at = stream_offset(&w->s);
    w->damage.length = at > w->damage.offset ? at - w->damage.offset : 0;
    return DTL_OK;
}

/* ---- the present record's block ----------------------------------------- */

static int record_damaged(struct dtl_warc *w, const char *reason,
                          struct dtl_error *err)
{
    if (!w->damaged) {
        w->damaged = true;
        note_damage(w, w->rec.offset, reason);
    }
    w->left = 0;
    w->reported = true;
    return tell_damage(w, err);
}

/* A block may go on in the next member: some writers close one per write.
 * DTL_OK when it does, DTL_END when the next one begins a record. */
static int join_member(struct dtl_warc *w, struct dtl_error *err)
{
    int rc;

    if (w->s.codec == CODEC_PLAIN || w->s.bad || !w->s.open)
        return DTL_END;
    rc = stream_begin(&w->s, err);
    if (rc == DTL_BAD_RECORD || rc == DTL_END)
        return DTL_END;
    if (rc == DTL_OK)
        rc = stream_fill(&w->s, PIECE, err);
    if (rc != DTL_OK)
        return rc;
    if (head_begins(view(&w->s)))
        return DTL_END;
    w->rec.flags |= DTL_WARC_SPLIT;
    return DTL_OK;
}

static int block_ends_early(struct dtl_warc *w, struct dtl_error *err)
{
    char reason[120];

    if (w->s.bad)
        return record_damaged(w, w->s.reason, err);
    snprintf(reason, sizeof reason, "cut: %" PRIu64 " of %" PRIu64 " bytes",
             w->given, w->rec.content_length);
    return record_damaged(w, reason, err);
}

static void take_pending(struct dtl_warc *w)
{
    if (w->pending > 0)
        stream_take(&w->s, w->pending);
    w->pending = 0;
}

int dtl_warc_read(struct dtl_warc *w, struct dtl_slice *out,
                  struct dtl_error *err)
{
    size_t n;

    *out = dtl_slice_of(NULL, 0);
    take_pending(w);
    if (!w->open)
        return DTL_END;
    if (w->left == 0) {
        if (w->cut[0] != '\0' && !w->damaged)
            return record_damaged(w, w->cut, err);
        return DTL_END;
    }
    while (w->s.len == 0) {
        int rc = stream_fill(&w->s, PIECE, err);

        if (rc != DTL_OK)
            return rc;
        if (w->s.len > 0)
            break;
        rc = w->s.complete ? join_member(w, err) : DTL_END;
        if (rc == DTL_END)
            return block_ends_early(w, err);
        if (rc != DTL_OK)
            return rc;
    }
    n = w->left < w->s.len ? (size_t)w->left : w->s.len;
    *out = dtl_slice_of(w->s.ptr, n);
    w->left -= n;
    w->given += n;
    w->pending = n;
    return DTL_OK;
}

int dtl_warc_block(struct dtl_warc *w, size_t max, struct dtl_slice *out,
                   struct dtl_error *err)
{
    int rc;

    take_pending(w);
    if (w->open && w->s.stable && w->left <= w->s.len && w->left <= max &&
        w->cut[0] == '\0') {
        *out = dtl_slice_of(w->s.ptr, (size_t)w->left);
        w->given += w->left;
        w->left = 0;
        stream_take(&w->s, out->len);
        return DTL_OK;
    }
    dtl_buf_clear(&w->block);
    for (;;) {
        struct dtl_slice piece;

        rc = dtl_warc_read(w, &piece, err);
        if (rc != DTL_OK)
            break;
        if (piece.len > max - w->block.len) {
            size_t over = piece.len - (max - w->block.len);

            w->left += over;
            w->given -= over;
            w->pending -= over;
            piece.len -= over;
            rc = DTL_LIMIT;
        }
        if (!dtl_buf_slice(&w->block, piece))
            rc = DTL_NOMEM;
        if (rc != DTL_OK)
            break;
    }
    *out = dtl_buf_view(&w->block);
    if (rc == DTL_LIMIT)
        return dtl_fail(err, DTL_LIMIT, w->rec.offset,
                        "block is larger than %zu bytes", max);
    if (rc == DTL_NOMEM)
        return dtl_fail(err, DTL_NOMEM, w->rec.offset,
                        "out of memory reading a block");
    return rc == DTL_END ? DTL_OK : rc;
}

/* ---- the record's end --------------------------------------------------- */

/* Drain the block; DTL_OK or fatal.  Damage is noted, not told. */
static int drain(struct dtl_warc *w, struct dtl_error *err)
{
    struct dtl_slice piece;
    bool told = w->reported;
    int rc;

    do
        rc = dtl_warc_read(w, &piece, err);
    while (rc == DTL_OK);
    w->reported = told;
    return rc == DTL_END || rc == DTL_BAD_RECORD ? DTL_OK : rc;
}

/* WARC 1.1 section 4: two CRLF and no more; ARC: one LF. */
static bool ends_as_it_should(const struct dtl_warc *w)
{
    struct dtl_slice v = view(&w->s);

    if (w->rec.arc)
        return v.len > 0 && v.ptr[0] == '\n' &&
               (v.len == 1 || !is_blank(v.ptr[1]));
    return v.len >= 4 && memcmp(v.ptr, "\r\n\r\n", 4) == 0 &&
           (v.len == 4 || !is_blank(v.ptr[4]));
}

static int end_record(struct dtl_warc *w, struct dtl_error *err)
{
    uint64_t plain_end;
    bool good_end;
    int rc;

    if (w->finished)
        return DTL_OK;
    w->finished = true;
    rc = drain(w, err);
    if (rc != DTL_OK)
        return rc;
    plain_end = stream_offset(&w->s);
    rc = stream_fill(&w->s, 5, err);
    if (rc != DTL_OK)
        return rc;
    good_end = ends_as_it_should(w);
    rc = skip_blank(w, err);
    if (rc != DTL_OK)
        return rc;
    if (!good_end)
        w->rec.flags |= DTL_WARC_BAD_END;
    if (w->s.codec != CODEC_PLAIN && (w->rec.inner > 0 || w->s.len > 0))
        w->rec.flags |= DTL_WARC_SHARED;
    if (w->s.bad && w->s.len == 0 && !w->damaged) {
        w->damaged = true; /* the block is whole, its checksum is not */
        note_damage(w, w->rec.offset, w->s.reason);
    }
    if (w->damaged) {
        rc = end_damage(w, 0, err);
        w->rec.length = w->damage.length;
        return rc;
    }
    if (w->s.codec == CODEC_PLAIN)
        w->rec.length = plain_end - w->rec.offset;
    else if (w->s.complete)
        w->rec.length = w->s.next - w->rec.offset;
    return DTL_OK;
}

int dtl_warc_finish(struct dtl_warc *w, struct dtl_warc_record *rec,
                    struct dtl_error *err)
{
    int rc;

    if (!w->open)
        return DTL_OK;
    rc = end_record(w, err);
    if (rc != DTL_OK)
        return rc;
    rec->length = w->rec.length;
    rec->flags = w->rec.flags;
    if (!w->damaged)
        return DTL_OK;
    w->reported = true;
    return tell_damage(w, err);
}

/* ---- is the declared length true? --------------------------------------- */

/* What stands behind the block, at `at` of the bytes at hand. */
static bool ends_well(const struct dtl_warc *w, struct dtl_slice v, size_t at)
{
    size_t i = at;

    if (!w->rec.arc && v.len - at >= 4 &&
        memcmp(v.ptr + at, "\r\n\r\n", 4) == 0)
        return true;
    while (i < v.len && is_blank(v.ptr[i]))
        i++;
    if (i == v.len)
        return true;
    /* One byte late, the rest of an ARC line still looks like a line. */
    if (w->rec.arc && i > 0 && v.ptr[i - 1] != '\n')
        return false;
    return head_begins(dtl_sub(v, i, v.len));
}

static void cut_at(struct dtl_warc *w, struct dtl_slice v, size_t at,
                   bool has_length)
{
    size_t end = before_blank(v, at);

    if (has_length)
        snprintf(w->cut, sizeof w->cut,
                 "Content-Length is %" PRIu64
                 ", but another record begins after %zu bytes",
                 w->rec.content_length, end);
    w->left = end;
}

static int plan_without_length(struct dtl_warc *w, struct dtl_error *err)
{
    struct dtl_slice v;
    size_t at;
    int rc = stream_fill(&w->s, LOOK_MAX, err);

    if (rc != DTL_OK)
        return rc;
    w->rec.flags |= DTL_WARC_NO_LENGTH;
    snprintf(w->cut, sizeof w->cut, "no usable Content-Length");
    v = view(&w->s);
    at = find_record(w, v, 0, true);
    cut_at(w, v, at != SIZE_MAX ? at : v.len, false);
    return DTL_OK;
}

static int plan_block(struct dtl_warc *w, bool has_length,
                      struct dtl_error *err)
{
    uint64_t n = w->rec.content_length;
    struct dtl_slice v;
    size_t at;
    int rc;

    w->cut[0] = '\0';
    w->given = 0;
    if (!has_length)
        return plan_without_length(w, err);
    w->left = n;
    if (n > LOOK_MAX && !w->s.complete)
        return DTL_OK;
    rc = stream_fill(&w->s, (size_t)n + 1024, err);
    if (rc != DTL_OK)
        return rc;
    v = view(&w->s);
    if (n <= v.len ? ends_well(w, v, (size_t)n) : w->s.bad)
        return DTL_OK;
    /* The header of one that begins inside may end behind the block. */
    at = find_record(w, n < v.len ? dtl_sub(v, 0, (size_t)n + ARC_LINE_MAX) : v,
                     0, false);
    if (at < n)
        cut_at(w, v, at, true);
    return DTL_OK;
}

/* ---- headers ------------------------------------------------------------ */

static int begin_record(struct dtl_warc *w, size_t len)
{
    memset(&w->rec, 0, sizeof w->rec);
    w->rec.offset = stream_offset(&w->s);
    w->rec.inner = w->s.codec == CODEC_PLAIN ? 0 : w->s.inner;
    w->rec.time = DTL_NO_TIME;
    w->rec.flags = w->s.codec == CODEC_PLAIN ? 0 : DTL_WARC_COMPRESSED;
    w->open = true;
    w->finished = w->reported = w->damaged = false;
    dtl_buf_clear(&w->head);
    dtl_arena_reset(w->arena);
    if (!dtl_buf_add(&w->head, w->s.ptr, len))
        return DTL_NOMEM;
    w->rec.head = dtl_buf_view(&w->head);
    stream_take(&w->s, len);
    return DTL_OK;
}

static int head_nomem(struct dtl_warc *w, struct dtl_error *err)
{
    return dtl_fail(err, DTL_NOMEM, stream_offset(&w->s),
                    "out of memory reading a record header");
}

/* DTL_OK, or DTL_BAD_RECORD with `reason`; *skip bytes on, search again. */
static int read_warc(struct dtl_warc *w, const char **reason, size_t *skip,
                     struct dtl_error *err)
{
    size_t scan = 0, len = 0;
    bool has_length = false;
    enum head_end end;
    const uint8_t *nl;
    int rc;

    while ((end = head_find_end(view(&w->s), &scan, &len)) == HEAD_OPEN) {
        if (w->s.complete || w->s.bad || w->s.len > HEAD_MAX)
            break;
        rc = stream_fill(&w->s, w->s.len * 2 + PIECE, err);
        if (rc != DTL_OK)
            return rc;
    }
    *skip = end == HEAD_BROKEN ? len : 1;
    if (end != HEAD_COMPLETE || len > HEAD_MAX) {
        *reason = end == HEAD_BROKEN ? "record header is cut by another"
                  : len > HEAD_MAX || w->s.len > HEAD_MAX
                      ? "record header is longer than 4 MiB"
                  : w->s.bad ? w->s.reason
                             : "record header is cut";
        return DTL_BAD_RECORD;
    }
    if (memchr(w->s.ptr, '\0', len) != NULL) {
        *reason = "record header holds zero bytes";
        return DTL_BAD_RECORD;
    }
    if (begin_record(w, len) != DTL_OK ||
        !head_split(w->rec.head, w->arena, &w->fields))
        return head_nomem(w, err);
    if (head_is_two(&w->fields)) {
        *reason = "record header is made of two";
        *skip = 0; /* the header is taken already */
        return DTL_BAD_RECORD;
    }
    nl = memchr(w->rec.head.ptr, '\n', len);
    w->rec.version =
        dtl_trim(dtl_slice_of(w->rec.head.ptr, (size_t)(nl - w->rec.head.ptr)));
    if (!head_apply_09(w->rec.version, &w->rec, &has_length))
        head_apply(&w->fields, &w->rec, &has_length);
    w->rec.flags |= (w->fields.bare_lf ? DTL_WARC_BARE_LF : 0U) |
                    (w->fields.odd_line ? DTL_WARC_ODD_LINE : 0U);
    w->warc = true;
    return plan_block(w, has_length, err);
}

static int read_arc(struct dtl_warc *w, size_t len, struct dtl_error *err)
{
    struct arc_line line;

    if (begin_record(w, len) != DTL_OK)
        return head_nomem(w, err);
    arc_parse(w->rec.head, &line, &len);
    w->rec.arc = true;
    w->rec.uri = line.uri;
    w->rec.ip = line.ip;
    w->rec.date = line.date;
    w->rec.content_type = line.mime;
    w->rec.content_length = line.length;
    w->rec.time = dtl_time_parse_14(line.date, false);
    w->rec.type = DTL_WARC_RESPONSE;
    w->rec.type_name = dtl_str("response");
    if (dtl_starts(line.uri, "filedesc:")) {
        w->rec.type = DTL_WARC_WARCINFO;
        w->rec.type_name = dtl_str("arc_header");
    }
    w->arc = true;
    return plan_block(w, line.has_length, err);
}

/* The header at hand.  DTL_BAD_RECORD when there is none. */
static int read_head(struct dtl_warc *w, const char **reason, size_t *skip,
                     struct dtl_error *err)
{
    struct arc_line line;
    size_t len;
    int rc = stream_fill(&w->s, 16, err);

    if (rc != DTL_OK)
        return rc;
    if (head_warc(view(&w->s)))
        return read_warc(w, reason, skip, err);
    rc = stream_fill(&w->s, ARC_LINE_MAX, err);
    if (rc != DTL_OK)
        return rc;
    if (arc_parse(view(&w->s), &line, &len))
        return read_arc(w, len, err);
    *reason = "no record header where one should be";
    *skip = 1;
    return DTL_BAD_RECORD;
}

/* ---- next --------------------------------------------------------------- */

static int report_stretch(struct dtl_warc *w, const char *reason, size_t from,
                          struct dtl_error *err)
{
    int rc;

    /* A header that turned out wrong has been taken. */
    note_damage(w, w->open ? w->rec.offset : stream_offset(&w->s), reason);
    w->open = false;
    rc = end_damage(w, from, err);
    return rc == DTL_OK ? tell_damage(w, err) : rc;
}

/* DTL_OK with bytes at hand that are not blank, DTL_END, DTL_BAD_RECORD. */
static int find_start(struct dtl_warc *w, struct dtl_error *err)
{
    for (;;) {
        int rc;

        if (!w->s.open) {
            rc = stream_begin(&w->s, err);
            if (rc == DTL_BAD_RECORD)
                return report_stretch(w, "no gzip member where one should be",
                                      0, err);
            if (rc != DTL_OK)
                return rc;
        }
        rc = skip_blank(w, err);
        if (rc != DTL_OK)
            return rc;
        if (w->s.len > 0)
            return DTL_OK;
        if (w->s.bad)
            return report_stretch(w, w->s.reason, 0, err);
        w->s.open = false;
    }
}

int dtl_warc_next(struct dtl_warc *w, struct dtl_warc_record *rec,
                  struct dtl_error *err)
{
    const char *reason = NULL;
    size_t skip = 1;
    int rc;

    if (w->open) {
        take_pending(w);
        rc = end_record(w, err);
        w->open = false;
        if (rc != DTL_OK)
            return rc;
        if (w->damaged && !w->reported)
            return tell_damage(w, err);
    }
    rc = find_start(w, err);
    if (rc != DTL_OK)
        return rc;
    rc = read_head(w, &reason, &skip, err);
    if (rc == DTL_BAD_RECORD)
        return report_stretch(w, reason, skip, err);
    if (rc != DTL_OK)
        return rc;
    *rec = w->rec;
    return DTL_OK;
}

/* ---- anywhere ----------------------------------------------------------- */

int dtl_warc_seek(struct dtl_warc *w, uint64_t offset, struct dtl_error *err)
{
    w->open = false;
    w->pending = 0;
    return stream_goto(&w->s, offset, err);
}

int dtl_warc_seek_inner(struct dtl_warc *w, uint64_t offset, uint64_t inner,
                        struct dtl_error *err)
{
    int rc = dtl_warc_seek(w, offset, err);

    if (rc != DTL_OK || inner == 0)
        return rc;
    rc = stream_begin(&w->s, err);
    while (rc == DTL_OK && w->s.inner < inner) {
        rc = stream_fill(&w->s, 1, err);
        if (rc == DTL_OK && w->s.len == 0)
            return dtl_fail(err, DTL_BAD_RECORD, offset,
                            "the member ends before its record");
        stream_take(&w->s, inner - w->s.inner < w->s.len
                               ? (size_t)(inner - w->s.inner)
                               : w->s.len);
    }
    return rc;
}

/* The byte before tells whether a line begins at `offset`. */
static int sync_plain(struct dtl_warc *w, uint64_t offset,
                      struct dtl_error *err)
{
    int rc = dtl_warc_seek(w, offset - 1, err);

    if (rc == DTL_OK)
        rc = stream_begin(&w->s, err);
    return rc == DTL_OK ? pass_over(w, 1, err) : rc;
}

int dtl_warc_sync(struct dtl_warc *w, uint64_t offset, uint64_t *out,
                  struct dtl_error *err)
{
    int rc;

    if (!dtl_source_seekable(w->s.src))
        return dtl_fail(err, DTL_INVALID, offset,
                        "cannot be entered in the middle");
    if (offset == 0 || w->s.usual != CODEC_PLAIN) {
        rc = dtl_warc_seek(w, offset, err);
        if (rc == DTL_OK && offset > 0)
            rc = stream_resync(&w->s, offset, err);
    } else {
        rc = sync_plain(w, offset, err);
    }
    *out = stream_offset(&w->s);
    return rc;
}

uint64_t dtl_warc_tell(const struct dtl_warc *w)
{
    if (!w->s.open)
        return w->s.next;
    if (w->s.codec == CODEC_PLAIN)
        return stream_offset(&w->s);
    return w->s.complete && w->s.len == 0 ? w->s.next : w->s.member;
}
