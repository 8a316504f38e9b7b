/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WAT as Common Crawl writes it: for each record a metadata record whose block
 * is JSON: where the record stands (Container), its header, and of HTTP and
 * HTML what machines ask for (Envelope).  Numbers are strings there.
 */
#include "records.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <libdeflate.h>

#include <dateline/html.h>
#include <dateline/ingest.h>
#include <dateline/json.h>

#define BLOCK_MOST  ((size_t)64 << 20)
#define ARENA       ((size_t)192 << 20)
#define FIELDS_MOST 256U
#define LINKS_MOST  20000U
#define TEXT_MOST   512U

struct wat {
    struct dtl_pick *pick;
    struct dtl_harvester *harvester;
    struct libdeflate_compressor *gzip;
    struct dtl_arena *arena;
    struct dtl_hasher *sha1;
    struct dtl_buf json, record;
};

/* One record being told. */
struct telling {
    struct wat *w;
    struct dtl_json j;
    const struct dtl_export_row *row;
    const struct dtl_pick_place *at;
    const struct dtl_warc_record *rec;
    struct dtl_slice block;
};

static int no_memory(struct dtl_error *err)
{
    return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a record's metadata");
}

static void key_text(struct dtl_json *j, const char *key, struct dtl_slice s)
{
    dtl_json_key(j, key);
    dtl_json_slice(j, s);
}

static void key_number(struct dtl_json *j, const char *key, uint64_t n)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRIu64, n);
    key_text(j, key, dtl_str(text));
}

static void key_open(struct dtl_json *j, const char *key)
{
    dtl_json_key(j, key);
    dtl_json_object(j);
}

static void key_digest(struct telling *t, const char *key, struct dtl_slice s)
{
    char text[DTL_DIGEST_TEXT];
    struct dtl_digest d;

    dtl_hasher_add(t->w->sha1, s);
    dtl_hasher_finish(t->w->sha1, &d);
    dtl_digest_text(&d, text);
    key_text(&t->j, key, dtl_str(text));
}

/* Fields of a header; several of one name are a list. */
static void put_fields(struct telling *t, const struct dtl_field *f, size_t n)
{
    struct dtl_json *j = &t->j;

    n = n < FIELDS_MOST ? n : FIELDS_MOST;
    for (size_t i = 0; i < n; i++) {
        size_t same = 0, before = 0;
        struct dtl_slice name = dtl_arena_dup(t->w->arena, f[i].name);

        for (size_t k = 0; k < n; k++)
            if (dtl_equal_nocase(f[k].name, f[i].name)) {
                same++;
                before += k < i;
            }
        if (before > 0 || name.ptr == NULL)
            continue;
        dtl_json_key(j, (const char *)name.ptr);
        if (same > 1)
            dtl_json_array(j);
        for (size_t k = i; k < n; k++)
            if (k == i || (same > 1 && dtl_equal_nocase(f[k].name, f[i].name)))
                dtl_json_slice(j, f[k].value);
        if (same > 1)
            dtl_json_end(j);
    }
}

/* ---- HTML
 * ------------------------------------------------------------------------
 */

enum where { LINKS, HEAD_LINKS, SCRIPTS };

static const struct {
    uint16_t tag;
    enum where where;
    const char *attr, *path;
    const char *more[3]; /* told with it */
} linking[] = {
    { DTL_TAG_A, LINKS, "href", "A@/href", { "title", "rel", "target" } },
    { DTL_TAG_AREA, LINKS, "href", "AREA@/href", { "alt", "rel" } },
    { DTL_TAG_IMG, LINKS, "src", "IMG@/src", { "alt", "title" } },
    { DTL_TAG_IFRAME, LINKS, "src", "IFRAME@/src", { "title" } },
    { DTL_TAG_FRAME, LINKS, "src", "FRAME@/src", { "title" } },
    { DTL_TAG_EMBED, LINKS, "src", "EMBED@/src", { "type" } },
    { DTL_TAG_VIDEO, LINKS, "src", "VIDEO@/src", { "title" } },
    { DTL_TAG_AUDIO, LINKS, "src", "AUDIO@/src", { "title" } },
    { DTL_TAG_SOURCE, LINKS, "src", "SOURCE@/src", { "type" } },
    { DTL_TAG_OBJECT, LINKS, "data", "OBJECT@/data", { "type" } },
    { DTL_TAG_FORM, LINKS, "action", "FORM@/action", { "method" } },
    { DTL_TAG_LINK,
      HEAD_LINKS,
      "href",
      "LINK@/href",
      { "rel", "type", "hreflang" } },
    { DTL_TAG_SCRIPT, SCRIPTS, "src", "SCRIPT@/src", { "type" } },
};
#define NLINKING (sizeof linking / sizeof *linking)

static struct dtl_slice attr(const struct dtl_page *p, uint32_t i,
                             const char *name)
{
    static const struct {
        const char *name;
        enum dtl_attr number;
    } known[] = {
        { "href", DTL_ATTR_HREF },
        { "src", DTL_ATTR_SRC },
        { "alt", DTL_ATTR_ALT },
        { "title", DTL_ATTR_TITLE },
        { "rel", DTL_ATTR_REL },
        { "type", DTL_ATTR_TYPE },
        { "name", DTL_ATTR_NAME },
        { "content", DTL_ATTR_CONTENT },
        { "property", DTL_ATTR_PROPERTY },
        { "hreflang", DTL_ATTR_HREFLANG },
        { "http-equiv", DTL_ATTR_HTTP_EQUIV },
    };

    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
        if (dtl_equal(dtl_str(known[k].name), dtl_str(name)))
            return dtl_node_attr(p, i, known[k].number);
    return dtl_node_attr_named(p, i, name);
}

static void key_attr(struct dtl_json *j, const struct dtl_page *p, uint32_t i,
                     const char *name)
{
    struct dtl_slice v = attr(p, i, name);

    if (v.ptr != NULL)
        key_text(j, name, v);
}

/* The text below a node, blanks run together, of a bounded length. */
static void key_inner(struct telling *t, const char *key,
                      const struct dtl_page *p, uint32_t node)
{
    struct dtl_buf text = { .max = TEXT_MOST * 4 };
    bool blank = false;

    for (uint32_t i = node + 1; i < p->nodes[node].end; i++) {
        struct dtl_slice s;

        if (p->nodes[i].kind != DTL_NODE_TEXT)
            continue;
        s = dtl_node_text(p, i);
        for (size_t k = 0; k < s.len && text.len < TEXT_MOST; k++) {
            if (s.ptr[k] <= ' ') {
                blank = text.len > 0;
                continue;
            }
            if (blank)
                dtl_buf_byte(&text, ' ');
            blank = false;
            dtl_buf_byte(&text, s.ptr[k]);
        }
    }
    text.len = dtl_utf8_valid(dtl_buf_view(&text)); /* a letter cut in two */
    if (text.len > 0)
        key_text(&t->j, key, dtl_buf_view(&text));
    dtl_buf_free(&text);
}

static bool links_as(const struct dtl_page *p, uint32_t i, enum where where,
                     size_t *which)
{
    if (p->nodes[i].kind != DTL_NODE_ELEMENT)
        return false;
    for (size_t k = 0; k < NLINKING; k++)
        if (linking[k].tag == p->nodes[i].tag && linking[k].where == where) {
            *which = k;
            return attr(p, i, linking[k].attr).len > 0;
        }
    return false;
}

static void put_links(struct telling *t, const struct dtl_page *p,
                      enum where where, const char *key)
{
    struct dtl_json *j = &t->j;
    unsigned n = 0;
    size_t which;

    for (uint32_t i = 0; i < p->nnodes && n < LINKS_MOST; i++) {
        if (!links_as(p, i, where, &which))
            continue;
        if (n++ == 0) {
            dtl_json_key(j, key);
            dtl_json_array(j);
        }
        dtl_json_object(j);
        key_text(j, "path", dtl_str(linking[which].path));
        key_text(j, "url", attr(p, i, linking[which].attr));
        for (size_t k = 0; k < 3 && linking[which].more[k] != NULL; k++)
            key_attr(j, p, i, linking[which].more[k]);
        if (p->nodes[i].tag == DTL_TAG_A)
            key_inner(t, "text", p, i);
        dtl_json_end(j);
    }
    if (n > 0)
        dtl_json_end(j);
}

static void put_metas(struct telling *t, const struct dtl_page *p)
{
    struct dtl_json *j = &t->j;
    unsigned n = 0;

    for (uint32_t i = 0; i < p->nnodes && n < LINKS_MOST; i++) {
        if (p->nodes[i].kind != DTL_NODE_ELEMENT ||
            p->nodes[i].tag != DTL_TAG_META)
            continue;
        if (n++ == 0) {
            dtl_json_key(j, "Metas");
            dtl_json_array(j);
        }
        dtl_json_object(j);
        key_attr(j, p, i, "name");
        key_attr(j, p, i, "property");
        key_attr(j, p, i, "http-equiv");
        key_attr(j, p, i, "charset");
        key_attr(j, p, i, "content");
        dtl_json_end(j);
    }
    if (n > 0)
        dtl_json_end(j);
}

static uint32_t first_of(const struct dtl_page *p, uint16_t tag)
{
    for (uint32_t i = 0; i < p->nnodes; i++)
        if (p->nodes[i].kind == DTL_NODE_ELEMENT && p->nodes[i].tag == tag &&
            (p->nodes[i].flags & DTL_NODE_FOREIGN) == 0)
            return i;
    return UINT32_MAX;
}

static void put_html(struct telling *t, struct dtl_slice source)
{
    struct dtl_page *p;
    uint32_t i;

    if (dtl_page_parse(source, t->w->arena, &p, NULL) != DTL_OK)
        return;
    key_open(&t->j, "HTML-Metadata");
    key_open(&t->j, "Head");
    if ((i = first_of(p, DTL_TAG_TITLE)) != UINT32_MAX)
        key_inner(t, "Title", p, i);
    if ((i = first_of(p, DTL_TAG_BASE)) != UINT32_MAX &&
        attr(p, i, "href").len > 0)
        key_text(&t->j, "Base", attr(p, i, "href"));
    put_metas(t, p);
    put_links(t, p, HEAD_LINKS, "Link");
    put_links(t, p, SCRIPTS, "Scripts");
    dtl_json_end(&t->j);
    put_links(t, p, LINKS, "Links");
    dtl_json_end(&t->j);
}

/* ---- the block
 * ---------------------------------------------------------------------
 */

static void put_entity(struct telling *t, const struct dtl_http *h)
{
    struct dtl_slice body = dtl_sub(t->block, h->head_len, t->block.len);

    key_open(&t->j, "Headers");
    put_fields(t, h->fields, h->nfields);
    dtl_json_end(&t->j);
    key_number(&t->j, "Headers-Length", h->head_len);
    key_number(&t->j, "Entity-Length", body.len);
    key_digest(t, "Entity-Digest", body);
    key_number(&t->j, "Entity-Trailing-Slop-Length", 0);
}

static int put_response(struct telling *t, struct dtl_error *err)
{
    struct dtl_harvest found;
    char status[16];
    int rc = dtl_harvest_record(t->w->harvester, t->rec, t->block, 0, 0, &found,
                                err);

    if (rc != DTL_OK)
        return rc;
    snprintf(status, sizeof status, "%d", found.http.status);
    key_open(&t->j, "HTTP-Response-Metadata");
    key_open(&t->j, "Response-Message");
    key_text(&t->j, "Version", found.http.version);
    key_text(&t->j, "Status", dtl_str(status));
    key_text(&t->j, "Reason", found.http.reason);
    dtl_json_end(&t->j);
    put_entity(t, &found.http);
    if (found.is_page)
        put_html(t, found.page);
    dtl_json_end(&t->j);
    return DTL_OK;
}

static int put_request(struct telling *t, struct dtl_error *err)
{
    struct dtl_http h = { 0 };
    int rc = dtl_http_parse(t->block, t->w->arena, &h, err);

    if (rc != DTL_OK)
        return rc;
    key_open(&t->j, "HTTP-Request-Metadata");
    key_open(&t->j, "Request-Message");
    key_text(&t->j, "Method", h.method);
    key_text(&t->j, "Path", h.target);
    key_text(&t->j, "Version", h.version);
    dtl_json_end(&t->j);
    put_entity(t, &h);
    dtl_json_end(&t->j);
    return DTL_OK;
}

/* Lines of application/warc-fields. */
static void put_warc_fields(struct telling *t)
{
    struct dtl_slice rest = t->block;

    key_open(&t->j, "WARC-Metadata-Metadata");
    dtl_json_key(&t->j, "Metadata-Records");
    dtl_json_array(&t->j);
    for (unsigned n = 0; rest.len > 0 && n < LINKS_MOST; n++) {
        size_t end = dtl_find(rest, dtl_str("\n"), 0);
        struct dtl_slice line = dtl_trim(dtl_sub(rest, 0, end));
        size_t colon = dtl_find(line, dtl_str(":"), 0);

        if (colon != SIZE_MAX) {
            dtl_json_object(&t->j);
            key_text(&t->j, "Name", dtl_sub(line, 0, colon));
            key_text(&t->j, "Value",
                     dtl_trim(dtl_sub(line, colon + 1, line.len)));
            dtl_json_end(&t->j);
        }
        rest = end == SIZE_MAX ? dtl_str("") : dtl_sub(rest, end + 1, rest.len);
    }
    dtl_json_end(&t->j);
    dtl_json_end(&t->j);
}

static int put_payload(struct telling *t, struct dtl_error *err)
{
    bool http = t->rec->arc ? t->rec->type == DTL_WARC_RESPONSE
                            : dtl_starts_nocase(t->rec->content_type,
                                                "application/http");
    int rc = DTL_OK;

    key_open(&t->j, "Payload-Metadata");
    key_text(&t->j, "Actual-Content-Type",
             t->rec->arc && http ? dtl_str("application/http; msgtype=response")
                                 : t->rec->content_type);
    key_number(&t->j, "Trailing-Slop-Length", t->rec->arc ? 1 : 4);
    if (http && t->rec->type == DTL_WARC_REQUEST)
        rc = put_request(t, err);
    else if (http)
        rc = put_response(t, err);
    else if (dtl_starts_nocase(t->rec->content_type,
                               "application/warc-fields") ||
             dtl_starts_nocase(t->rec->content_type,
                               "application/metadata-fields"))
        put_warc_fields(t);
    dtl_json_end(&t->j);
    return rc;
}

static uint32_t number_at(struct dtl_slice s, size_t at)
{
    return (uint32_t)s.ptr[at] | (uint32_t)s.ptr[at + 1] << 8 |
           (uint32_t)s.ptr[at + 2] << 16 | (uint32_t)s.ptr[at + 3] << 24;
}

static void put_container(struct telling *t)
{
    const char *slash = strrchr(t->row->file, '/');
    struct dtl_slice end;
    char crc[16];

    key_open(&t->j, "Container");
    key_text(&t->j, "Filename",
             dtl_str(slash != NULL ? slash + 1 : t->row->file));
    dtl_json_key(&t->j, "Compressed");
    dtl_json_bool(&t->j, (t->rec->flags & DTL_WARC_COMPRESSED) != 0);
    key_number(&t->j, "Offset", t->at->offset);
    if (t->at->length > 18 &&
        dtl_pick_bytes(t->w->pick, t->at->offset + t->at->length - 8, 8, &end,
                       NULL) == DTL_OK &&
        end.len == 8) {
        snprintf(crc, sizeof crc, "%" PRIu32, number_at(end, 0));
        key_open(&t->j, "Gzip-Metadata");
        key_number(&t->j, "Deflate-Length", t->at->length);
        key_number(&t->j, "Header-Length", 10);
        key_number(&t->j, "Footer-Length", 8);
        key_text(&t->j, "Inflated-CRC", dtl_str(crc));
        key_number(&t->j, "Inflated-Length", number_at(end, 4));
        dtl_json_end(&t->j);
    }
    dtl_json_end(&t->j);
}

static int put_json(struct telling *t, struct dtl_error *err)
{
    int rc;

    dtl_json_object(&t->j);
    put_container(t);
    key_open(&t->j, "Envelope");
    key_text(&t->j, "Format", dtl_str(t->rec->arc ? "ARC" : "WARC"));
    key_number(&t->j, "WARC-Header-Length", t->rec->head.len);
    key_number(&t->j, "Actual-Content-Length", t->block.len);
    key_digest(t, "Block-Digest", t->block);
    key_open(&t->j, "WARC-Header-Metadata");
    put_fields(t, t->rec->fields, t->rec->nfields);
    dtl_json_end(&t->j);
    rc = put_payload(t, err);
    dtl_json_end(&t->j);
    dtl_json_end(&t->j);
    return rc;
}

/* ---- the record
 * --------------------------------------------------------------------
 */

static int put_record(struct telling *t, struct dtl_buf *out,
                      struct dtl_error *err)
{
    struct dtl_buf *r = &t->w->record;
    char date[DTL_TIME_ISO], id[DTL_UUID], made[DTL_UUID];
    struct dtl_slice refers = t->rec->record_id.len > 0
                                  ? t->rec->record_id
                                  : dtl_row_record_id(t->row, made);

    dtl_buf_clear(r);
    dtl_buf_str(r, "metadata ");
    dtl_buf_slice(r, refers);
    dtl_record_uuid(dtl_buf_view(r), id);
    dtl_time_iso(t->rec->time, date);
    dtl_buf_clear(r);
    dtl_buf_str(r, "WARC/1.0\r\nWARC-Type: metadata\r\nWARC-Target-URI: ");
    dtl_buf_slice(r, t->rec->uri);
    dtl_buf_printf(r,
                   "\r\nWARC-Date: %s\r\nWARC-Record-ID: %s\r\n"
                   "WARC-Refers-To: ",
                   date, id);
    dtl_buf_slice(r, refers);
    dtl_buf_printf(r,
                   "\r\nContent-Type: application/json\r\n"
                   "Content-Length: %zu\r\n\r\n",
                   t->w->json.len);
    dtl_buf_slice(r, dtl_buf_view(&t->w->json));
    dtl_buf_str(r, "\r\n\r\n");
    if (r->failed)
        return no_memory(err);
    return dtl_gzip_add(&t->w->gzip, dtl_buf_view(r), out, err);
}

static int tell(struct wat *w, const struct dtl_export_row *row,
                const struct dtl_pick_place *at, struct dtl_buf *out,
                struct dtl_error *err)
{
    struct dtl_picked got;
    struct telling t = { .w = w, .row = row, .at = at };
    int rc = dtl_pick_load(w->pick, at, true, BLOCK_MOST, &got, err);

    if (rc != DTL_OK)
        return rc == DTL_LIMIT ? DTL_BAD_RECORD : rc;
    dtl_arena_reset(w->arena);
    dtl_buf_clear(&w->json);
    t.j.out = &w->json;
    t.rec = &got.rec;
    t.block = got.block;
    rc = put_json(&t, err);
    if (rc == DTL_OK && w->json.failed)
        rc = no_memory(err);
    return rc == DTL_OK ? put_record(&t, out, err) : rc;
}

static struct wat *tools(struct dtl_batch *batch, struct dtl_error *err)
{
    struct wat *w = batch->extra;

    if (w != NULL)
        return w;
    if ((w = batch->extra = calloc(1, sizeof *w)) == NULL ||
        (w->arena = dtl_arena_new(ARENA)) == NULL ||
        dtl_pick_new(&w->pick, err) != DTL_OK ||
        dtl_harvester_new(0, &w->harvester, err) != DTL_OK ||
        dtl_hasher_new(DTL_DIGEST_SHA1, &w->sha1, err) != DTL_OK)
        return NULL;
    return w;
}

static int encode(const struct dtl_format_run *run,
                  const struct dtl_export_row *row, struct dtl_batch *batch,
                  struct dtl_error *err)
{
    struct wat *w = tools(batch, err);
    size_t before = batch->bytes.len;
    struct dtl_pick_group g = { .n = 0 };
    int rc = DTL_OK;

    if (w == NULL)
        return no_memory(err);
    if ((row->capture.flags & DTL_CAPTURE_IMPORTED) != 0)
        return dtl_fail(err, DTL_BAD_RECORD, 0, "known from an index only");
    rc = dtl_pick_find(w->pick, row->file, &row->capture, run->arena, &g, err);
    if (rc == DTL_FORMAT || rc == DTL_LIMIT)
        rc = DTL_BAD_RECORD;
    for (size_t i = 0; i < g.n && rc == DTL_OK; i++) {
        rc = tell(w, row, &g.list[i], &batch->bytes, err);
        if (rc == DTL_BAD_RECORD && !g.list[i].capture)
            rc = DTL_OK;
    }
    if (rc != DTL_OK)
        batch->bytes.len = before;
    return rc;
}

static int open_wat(struct dtl_format_run *run, struct dtl_buf *out,
                    struct dtl_error *err)
{
    struct libdeflate_compressor *gzip = NULL;
    struct dtl_buf info = { 0 };
    int rc = dtl_records_warcinfo(
        run, "WARC/1.0", "WARC File Format 1.0",
        "description: Metadata of the records, as JSON\r\n", &info, err);

    if (rc == DTL_OK)
        rc = dtl_gzip_add(&gzip, dtl_buf_view(&info), out, err);
    libdeflate_free_compressor(gzip);
    dtl_buf_free(&info);
    return rc;
}

static void free_batch(struct dtl_batch *batch)
{
    struct wat *w = batch->extra;

    if (w == NULL)
        return;
    dtl_pick_free(w->pick);
    dtl_harvester_free(w->harvester);
    libdeflate_free_compressor(w->gzip);
    dtl_arena_free(w->arena);
    dtl_hasher_free(w->sha1);
    dtl_buf_free(&w->json);
    dtl_buf_free(&w->record);
    free(w);
    batch->extra = NULL;
}

const struct dtl_format dtl_format_wat = {
    .about = { .name = "wat",
               .extension = ".warc.wat.gz",
               .media_type = "application/warc",
               .what = "metadata and links of the records as JSON",
               .unit = DTL_EXPORT_CAPTURES },
    .batch = 16,
    .by_place = true,
    .rotated = true,
    .open = open_wat,
    .encode = encode,
    .batch_free = free_batch,
};
