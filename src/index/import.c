/* SPDX-License-Identifier: Apache-2.0 */
#include <dateline/import.h>

#include "lines.h"
#include "manifest.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <xxhash.h>

#define MOST_FIELDS    32
#define MEMORY         ((size_t)512 << 20)
#define PROGRESS_EVERY 8192U               /* lines */
#define SEGMENT_MOST   (UINT64_C(1) << 30) /* captures */

/* The letters of a CDX header, and the members of a CDXJ object, that mean
 * something to us. */
enum field {
    KEY,
    TIME,
    URL,
    MIME,
    STATUS,
    DIGEST,
    REDIRECT,
    LENGTH,
    OFFSET,
    FILE_NAME,
    FIELDS,
    IGNORED = FIELDS
};

static const struct {
    char letter;
    uint8_t field;
} letters[] = {
    { 'N', KEY },    { 'A', KEY },    { 'b', TIME },      { 'a', URL },
    { 'm', MIME },   { 's', STATUS }, { 'k', DIGEST },    { 'r', REDIRECT },
    { 'S', LENGTH }, { 'V', OFFSET }, { 'g', FILE_NAME },
};

static const struct {
    const char *name;
    uint8_t field;
} members[] = {
    { "url", URL },       { "mime", MIME },          { "status", STATUS },
    { "digest", DIGEST }, { "redirect", REDIRECT },  { "length", LENGTH },
    { "offset", OFFSET }, { "filename", FILE_NAME }, { "original", URL },
    { "mimetype", MIME }, { "statuscode", STATUS },
};

/* Layouts without a header, by their number of fields. */
static const struct {
    unsigned count;
    const char *letters;
} layouts[] = {
    { 9, "NbamskrVg" },
    { 10, "NbamskrMVg" },
    { 11, "NbamskrMSVg" },
    { 14, "NbamskrMSVg???" }, /* OutbackCDX: and the original's place */
};

struct line {
    struct dtl_slice f[FIELDS];
    bool full; /* a CDX line: what is absent is written "-" */
};

struct file_slot {
    struct dtl_slice name;
    uint32_t id;
};

struct importer {
    struct dtl_store_writer *writer;
    struct dtl_segment_writer **segments;
    size_t nsegments;
    uint64_t in_segment;
    struct dtl_import *i;
    size_t memory;
    uint8_t layout[MOST_FIELDS]; /* of a header line */
    unsigned nlayout;
    struct dtl_arena *names;
    struct file_slot *slots;
    size_t nslots, used;
    struct dtl_buf text; /* unescaped values */
};

/* ---- lines -------------------------------------------------------------- */

static uint8_t field_of_letter(uint8_t c)
{
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
        if (letters[i].letter == (char)c)
            return letters[i].field;
    return IGNORED;
}

/* " CDX N b a m s k r M S V g": the first byte is the delimiter. */
static bool read_header(struct importer *m, struct dtl_slice line)
{
    static const char head[] = " CDX ";

    if (!dtl_starts(line, head))
        return false;
    m->nlayout = 0;
    for (size_t i = sizeof head - 1; i < line.len; i++)
        if (line.ptr[i] != ' ' && m->nlayout < MOST_FIELDS)
            m->layout[m->nlayout++] = field_of_letter(line.ptr[i]);
    return true;
}

static unsigned split(struct dtl_slice line, struct dtl_slice *out)
{
    unsigned n = 0;
    size_t at = 0;

    while (at <= line.len && n < MOST_FIELDS) {
        const uint8_t *space =
            at < line.len ? memchr(line.ptr + at, ' ', line.len - at) : NULL;
        size_t end = space != NULL ? (size_t)(space - line.ptr) : line.len;

        out[n++] = dtl_sub(line, at, end);
        at = end + 1;
    }
    return n;
}

static const char *read_fields(struct importer *m, struct dtl_slice line,
                               struct line *out)
{
    struct dtl_slice part[MOST_FIELDS];
    unsigned n = split(line, part);
    const char *layout = NULL;

    if (n != m->nlayout || m->nlayout == 0) {
        for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
            if (layouts[i].count == n)
                layout = layouts[i].letters;
        if (layout == NULL)
            return "it has neither 9, 10, 11 nor 14 fields";
    }
    for (unsigned i = 0; i < n; i++) {
        uint8_t f =
            layout != NULL ? field_of_letter((uint8_t)layout[i]) : m->layout[i];

        if (f != IGNORED && !(part[i].len == 1 && part[i].ptr[0] == '-'))
            out->f[f] = part[i];
    }
    out->full = true;
    return NULL;
}

/* ---- CDXJ: a flat object whose values are strings or numbers ------------ */

static size_t skip_space(struct dtl_slice s, size_t at)
{
    while (at < s.len && (s.ptr[at] == ' ' || s.ptr[at] == '\t'))
        at++;
    return at;
}

static int hex4(const uint8_t *p)
{
    uint8_t b[2];

    return dtl_unhex(dtl_slice_of(p, 4), b) ? b[0] << 8 | b[1] : -1;
}

/* One escape at s.ptr[*at] == '\\'. */
static bool unescape(struct dtl_slice s, size_t *at, struct dtl_buf *out)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    uint8_t c = *at + 1 < s.len ? s.ptr[*at + 1] : 0;
    const char *known = c != 0 ? strchr(from, c) : NULL;
    int high, low = 0;

    if (known != NULL) {
        *at += 2;
        return dtl_buf_byte(out, (uint8_t)to[known - from]);
    }
    if (c != 'u' || s.len - *at < 6 || (high = hex4(s.ptr + *at + 2)) < 0)
        return false;
    *at += 6;
    if (high >= 0xd800 && high < 0xdc00 && s.len - *at >= 6 &&
        s.ptr[*at] == '\\' && s.ptr[*at + 1] == 'u' &&
        (low = hex4(s.ptr + *at + 2)) >= 0xdc00 && low < 0xe000) {
        *at += 6;
        return dtl_buf_utf8(out, 0x10000U + ((unsigned)high - 0xd800U) * 1024 +
                                     ((unsigned)low - 0xdc00U));
    }
    return dtl_buf_utf8(out, (uint32_t)high);
}

/* A string at s.ptr[*at] == '"'; borrowed when it has no escape. */
static bool read_string(struct importer *m, struct dtl_slice s, size_t *at,
                        struct dtl_slice *out)
{
    size_t start = *at + 1, i = start, kept = m->text.len;

    while (i < s.len && s.ptr[i] != '"' && s.ptr[i] != '\\')
        i++;
    if (i < s.len && s.ptr[i] == '"') {
        *out = dtl_sub(s, start, i);
        *at = i + 1;
        return true;
    }
    dtl_buf_add(&m->text, s.ptr + start, i - start);
    while (i < s.len && s.ptr[i] != '"') {
        if (s.ptr[i] != '\\')
            dtl_buf_byte(&m->text, s.ptr[i++]);
        else if (!unescape(s, &i, &m->text))
            return false;
    }
    if (i >= s.len || m->text.failed)
        return false;
    *out = dtl_slice_of(m->text.ptr + kept, m->text.len - kept);
    *at = i + 1;
    return true;
}

/* Anything else: a number, a word, or something nested, which is skipped. */
static bool read_other(struct importer *m, struct dtl_slice s, size_t *at,
                       struct dtl_slice *out)
{
    size_t depth = 0, start = *at;

    *out = (struct dtl_slice){ 0 };
    if (s.ptr[*at] != '{' && s.ptr[*at] != '[') {
        while (*at < s.len && strchr(",}] \t", s.ptr[*at]) == NULL)
            ++*at;
        *out = dtl_sub(s, start, *at);
        if (dtl_equal(*out, dtl_str("null")))
            out->len = 0;
        return *at > start;
    }
    while (*at < s.len) {
        uint8_t c = s.ptr[*at];
        struct dtl_slice unused;

        if (c == '"') {
            if (!read_string(m, s, at, &unused))
                return false;
            continue;
        }
        ++*at;
        if (c == '{' || c == '[')
            depth++;
        if ((c == '}' || c == ']') && --depth == 0)
            return true;
    }
    return false;
}

static void set_member(struct line *out, struct dtl_slice name,
                       struct dtl_slice value)
{
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (dtl_equal(name, dtl_str(members[i].name)) &&
            out->f[members[i].field].len == 0)
            out->f[members[i].field] = value;
}

static const char *read_object(struct importer *m, struct dtl_slice s,
                               struct line *out)
{
    size_t at = skip_space(s, 0);

    /* A move of the buffer would leave slices behind. */
    dtl_buf_clear(&m->text);
    if (!dtl_buf_reserve(&m->text, 4 * s.len))
        return "it is too long";
    if (at >= s.len || s.ptr[at++] != '{')
        return "no JSON object follows its time";
    for (;;) {
        struct dtl_slice name, value;
        bool ok;

        at = skip_space(s, at);
        if (at < s.len && s.ptr[at] == '}')
            return NULL;
        if (at < s.len && s.ptr[at] == ',') {
            at++;
            continue;
        }
        if (at >= s.len || s.ptr[at] != '"' || !read_string(m, s, &at, &name))
            return "its JSON is damaged";
        at = skip_space(s, at);
        if (at >= s.len || s.ptr[at] != ':')
            return "its JSON is damaged";
        at = skip_space(s, at + 1);
        if (at >= s.len)
            return "its JSON is damaged";
        ok = s.ptr[at] == '"' ? read_string(m, s, &at, &value)
                              : read_other(m, s, &at, &value);
        if (!ok)
            return "its JSON is damaged";
        set_member(out, name, value);
    }
}

/* NULL, or what is wrong. */
static const char *read_line(struct importer *m, struct dtl_slice s,
                             struct line *out)
{
    const uint8_t *key_end, *time_end;

    memset(out, 0, sizeof *out);
    key_end = memchr(s.ptr, ' ', s.len);
    if (key_end == NULL)
        return "it has one field";
    time_end = memchr(key_end + 1, ' ', s.len - (size_t)(key_end + 1 - s.ptr));
    if (time_end == NULL)
        return "it has two fields";
    if (time_end[1] != '{' || time_end + 1 >= s.ptr + s.len)
        return read_fields(m, s, out);
    out->f[KEY] = dtl_slice_of(s.ptr, (size_t)(key_end - s.ptr));
    out->f[TIME] = dtl_slice_of(key_end + 1, (size_t)(time_end - key_end) - 1);
    return read_object(m, dtl_sub(s, (size_t)(time_end + 1 - s.ptr), s.len),
                       out);
}

/* ---- captures ----------------------------------------------------------- */

static uint64_t number_or(struct dtl_slice s, uint64_t otherwise)
{
    uint64_t v;

    return s.len > 0 && dtl_parse_u64(s, &v) ? v : otherwise;
}

static struct file_slot *file_slot(struct file_slot *slots, size_t n,
                                   struct dtl_slice name)
{
    size_t at = XXH3_64bits(name.ptr, name.len) & (n - 1);

    while (slots[at].name.ptr != NULL && !dtl_equal(slots[at].name, name))
        at = (at + 1) & (n - 1);
    return &slots[at];
}

static bool more_slots(struct importer *m)
{
    size_t n = m->nslots == 0 ? 1024 : m->nslots * 2;
    struct file_slot *slots = calloc(n, sizeof *slots);

    if (slots == NULL)
        return false;
    for (size_t i = 0; i < m->nslots; i++)
        if (m->slots[i].name.ptr != NULL)
            *file_slot(slots, n, m->slots[i].name) = m->slots[i];
    free(m->slots);
    m->slots = slots;
    m->nslots = n;
    return true;
}

static int file_id(struct importer *m, struct dtl_slice name, uint32_t *out,
                   struct dtl_error *err)
{
    struct file_slot *slot;
    struct dtl_slice path;
    int rc;

    if (m->used * 2 >= m->nslots && !more_slots(m))
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for file names");
    slot = file_slot(m->slots, m->nslots, name);
    if (slot->name.ptr == NULL) {
        slot->name = path = dtl_arena_dup(m->names, name);
        if (path.ptr != NULL && m->i->warcs != NULL) {
            path.ptr = (const uint8_t *)dtl_arena_printf(
                m->names, "%s/%s", m->i->warcs, (const char *)path.ptr);
        }
        if (path.ptr == NULL)
            return dtl_fail(err, DTL_NOMEM, 0, "out of memory for file names");
        rc = dtl_store_file(m->writer, (const char *)path.ptr, DTL_SIZE_UNKNOWN,
                            0, &slot->id, err);
        if (rc != DTL_OK)
            return rc;
        m->used++;
    }
    *out = slot->id;
    return DTL_OK;
}

/* NULL, or what is wrong. */
static const char *to_capture(const struct line *l, struct dtl_capture *c)
{
    memset(c, 0, sizeof *c);
    c->flags = DTL_CAPTURE_IMPORTED;
    if (l->full)
        c->flags |= DTL_CAPTURE_CDX_LINE;
    c->article = DTL_NO_ARTICLE;
    c->time = dtl_time_parse_14(l->f[TIME], false);
    if (c->time == DTL_NO_TIME)
        return "its time is none";
    c->url = l->f[URL];
    c->key = l->f[KEY];
    if (c->url.len == 0 && c->key.len == 0)
        return "it has no URL";
    /* Old indexes keyed by the plain URL; ours sort by SURT. */
    if (c->url.len > 0 &&
        (c->key.len == 0 || memchr(c->key.ptr, ')', c->key.len) == NULL))
        c->key.len = 0;
    c->mime = l->f[MIME];
    if (dtl_equal(c->mime, dtl_str("warc/revisit")))
        c->flags |= DTL_CAPTURE_REVISIT;
    c->status = (uint16_t)(number_or(l->f[STATUS], 0) & UINT16_MAX);
    c->redirect = l->f[REDIRECT];
    c->length = number_or(l->f[LENGTH], 0);
    c->offset = number_or(l->f[OFFSET], UINT64_MAX);
    if (c->offset == UINT64_MAX || l->f[FILE_NAME].len == 0)
        return "it names no place in an archive";
    dtl_digest_parse(l->f[DIGEST], &c->digest, NULL);
    return NULL;
}

static int new_segment(struct importer *m, struct dtl_error *err)
{
    struct dtl_segment_writer **more =
        realloc(m->segments, (m->nsegments + 1) * sizeof *more);

    if (more == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a segment");
    m->segments = more;
    m->in_segment = 0;
    more[m->nsegments] = NULL;
    return dtl_segment_writer_new(m->writer, m->memory, &more[m->nsegments++],
                                  err);
}

static int add(struct importer *m, struct dtl_capture *c, struct dtl_slice file,
               struct dtl_error *err)
{
    int rc = file_id(m, file, &c->file, err);

    if (rc == DTL_OK && m->in_segment == SEGMENT_MOST) {
        rc = dtl_segment_finish(m->segments[m->nsegments - 1], err);
        if (rc == DTL_OK)
            rc = new_segment(m, err);
    }
    if (rc == DTL_OK)
        rc = dtl_segment_add_capture(m->segments[m->nsegments - 1], c, err);
    m->in_segment++;
    return rc;
}

static void note_bad(struct importer *m, const char *why)
{
    if (m->i->bad_lines++ == 0) {
        m->i->first_bad = m->i->lines;
        snprintf(m->i->why, sizeof m->i->why, "%s", why);
    }
}

static int take_line(struct importer *m, struct dtl_slice s,
                     struct dtl_error *err)
{
    struct dtl_capture c;
    struct line line;
    const char *why;

    /* Comments, an alias of OutbackCDX, a blank line. */
    if (s.len == 0 || s.ptr[0] == '#' || s.ptr[0] == '@' || s.ptr[0] == '!')
        return DTL_OK;
    if (read_header(m, s))
        return DTL_OK;
    why = read_line(m, s, &line);
    if (why == NULL)
        why = to_capture(&line, &c);
    if (why != NULL) {
        note_bad(m, why);
        return DTL_OK;
    }
    m->i->captures++;
    return add(m, &c, line.f[FILE_NAME], err);
}

static int take_lines(struct importer *m, const char *name,
                      struct dtl_error *err);

/* "key time<TAB>part<TAB>offset<TAB>length": the summary of a ZipNum cluster.
 * Its parts are compressed CDX files beside it. */
static bool is_cluster(const char *name)
{
    return dtl_ends(dtl_str(name), ".idx");
}

static int take_part(struct importer *m, const char *idx, struct dtl_slice part,
                     struct dtl_error *err)
{
    struct dtl_slice all = dtl_str(idx);
    size_t dir = all.len - dtl_base_name(all).len;
    struct dtl_error first;
    char *path = NULL;
    int rc = DTL_NOMEM;

    /* Without and with the ending a cluster's parts usually have. */
    for (int gz = 0; gz < 2; gz++) {
        if (asprintf(&path, "%.*s%.*s%s", (int)dir, idx, (int)part.len,
                     (const char *)part.ptr, gz ? ".gz" : "") < 0)
            return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a path");
        if (gz == 1 || access(path, F_OK) == 0) {
            rc = take_lines(m, path, &first);
            if (rc != DTL_OK && err != NULL)
                *err = first;
            gz = 2;
        }
        free(path);
    }
    return rc;
}

static int take_cluster(struct importer *m, const char *name,
                        struct dtl_error *err)
{
    struct dtl_arena *arena = dtl_arena_new(0);
    struct dtl_slice line, last = { 0 };
    struct dtl_lines *lines;
    int rc;

    if (arena == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a cluster");
    rc = dtl_lines_open(name, &lines, err);
    while (rc == DTL_OK && (rc = dtl_lines_next(lines, &line, err)) == DTL_OK) {
        const uint8_t *tab = memchr(line.ptr, '\t', line.len), *end;
        struct dtl_slice part;

        if (tab == NULL)
            continue;
        part = dtl_sub(line, (size_t)(tab + 1 - line.ptr), line.len);
        end = memchr(part.ptr, '\t', part.len);
        if (end != NULL)
            part.len = (size_t)(end - part.ptr);
        if (dtl_equal(part, last))
            continue;
        last = dtl_arena_dup(arena, part);
        rc = last.ptr == NULL
                 ? dtl_fail(err, DTL_NOMEM, 0, "out of memory for a cluster")
                 : take_part(m, name, last, err);
    }
    dtl_lines_close(lines);
    dtl_arena_free(arena);
    return rc == DTL_END ? DTL_OK : rc;
}

static int take_lines(struct importer *m, const char *name,
                      struct dtl_error *err)
{
    struct dtl_slice line;
    struct dtl_lines *lines;
    uint64_t before = m->i->bytes;
    int rc = dtl_lines_open(name, &lines, err);

    if (rc != DTL_OK)
        return rc;
    m->nlayout = 0;
    while ((rc = dtl_lines_next(lines, &line, err)) == DTL_OK ||
           rc == DTL_LIMIT) {
        m->i->lines++;
        if (rc == DTL_LIMIT)
            note_bad(m, "it is too long");
        else if ((rc = take_line(m, line, err)) != DTL_OK)
            break;
        if (m->i->lines % PROGRESS_EVERY == 0 && m->i->progress != NULL) {
            m->i->bytes = before + dtl_lines_tell(lines);
            if (!m->i->progress(m->i, m->i->context)) {
                rc = dtl_fail(err, DTL_INVALID, 0, "stopped");
                break;
            }
        }
    }
    m->i->bytes = before + dtl_lines_tell(lines);
    dtl_lines_close(lines);
    return rc == DTL_END ? DTL_OK : rc;
}

/* ---- all of it ---------------------------------------------------------- */

/* The index file itself has an id and a range, so that importing it again
 * does nothing. */
static int is_known(struct importer *m, const char *name,
                    struct dtl_range *range, struct dtl_error *err)
{
    const struct dtl_range *covered;
    struct dtl_lines *lines;
    uint64_t print;
    size_t n;
    int rc;

    *range = (struct dtl_range){ 0 };
    if (strcmp(name, "-") == 0) /* can be read only once */
        return DTL_OK;
    if ((rc = dtl_lines_open(name, &lines, err)) != DTL_OK)
        return rc;
    if (dtl_lines_fingerprint(lines, &print)) {
        range->end = dtl_lines_size(lines);
        m->i->total_bytes = range->end;
        rc = dtl_store_file(m->writer, name, range->end, print, &range->file,
                            err);
        if (rc == DTL_OK)
            rc = dtl_store_covered(m->writer, range->file, &covered, &n, err);
        m->i->known = rc == DTL_OK && n > 0;
    }
    dtl_lines_close(lines);
    return rc;
}

static void importer_free(struct importer *m)
{
    for (size_t i = 0; i < m->nsegments; i++)
        dtl_segment_writer_free(m->segments[i]);
    free(m->segments);
    free(m->slots);
    dtl_arena_free(m->names);
    dtl_buf_free(&m->text);
}

int dtl_import(struct dtl_store_writer *w, const char *name,
               struct dtl_import *i, struct dtl_error *err)
{
    struct importer m = { .writer = w,
                          .i = i,
                          .memory = i->memory != 0 ? i->memory : MEMORY };
    struct dtl_range range;
    int rc;

    i->known = false;
    m.names = dtl_arena_new(0);
    if (m.names == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for an import");
    rc = is_known(&m, name, &range, err);
    if (rc == DTL_OK && !i->known) {
        rc = new_segment(&m, err);
        if (rc == DTL_OK)
            rc = is_cluster(name) ? take_cluster(&m, name, err)
                                  : take_lines(&m, name, err);
        if (rc == DTL_OK)
            rc = dtl_segment_finish(m.segments[m.nsegments - 1], err);
        if (rc == DTL_OK)
            rc = dtl_store_publish(w, m.segments, m.nsegments, &range,
                                   range.end > 0, err);
    }
    importer_free(&m);
    return rc;
}
