/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Check a WACZ against itself: its members against datapackage.json, that
 * against datapackage-digest.json and its signature, the records against the
 * digests they declare, and all of it against the evidence.
 */
#include "cite.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <archive.h>
#include <archive_entry.h>
#include <jansson.h>

#include <dateline/io.h>

#define MOST_MEMBERS 20000
#define MOST_CITED   64 /* records of one evidence */
#define MOST_JSON    ((size_t)64 << 20)
#define PIECE        ((size_t)256 << 10)

struct member {
    const char *path;
    uint64_t size;
    char hash[CITE_HASH];
    const char *damage; /* of the zip file, or NULL */
    bool listed;
};

/* The members whose contents are needed themselves. */
enum { PACKAGE, DIGEST, EVIDENCE, PAGES, KEPT };
static const char *const kept_paths[KEPT] = { "datapackage.json",
                                              "datapackage-digest.json",
                                              "evidence.json",
                                              "pages/pages.jsonl" };

struct checking {
    const char *path;
    struct dtl_wacz_check *out;
    struct dtl_arena *arena;   /* for all of it */
    struct dtl_arena *scratch; /* for one record */
    struct dtl_harvester *harvester;
    struct dtl_hasher *hasher;
    uint8_t *piece;
    struct member *members;
    size_t n, cap;
    struct dtl_buf kept[KEPT];
    bool has[KEPT];
    json_t *package, *digest, *evidence;
    json_t *exhibit; /* of the evidence: itself, or one of its list */
    json_t *page;    /* that one's */
    size_t page_at;  /* where the next one's begins */
};

static int no_memory(struct dtl_error *err)
{
    return dtl_fail(err, DTL_NOMEM, 0, "out of memory checking a WACZ");
}

static void tell(struct checking *k, const char *what, const char *where,
                 bool good, const char *fmt, ...) DTL_PRINTF(5, 6);

static void tell(struct checking *k, const char *what, const char *where,
                 bool good, const char *fmt, ...)
{
    char text[400];
    struct dtl_wacz_checked c = { what, where, good, text };
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (!good)
        k->out->findings++;
    if (k->out->checked != NULL)
        k->out->checked(&c, k->out->context);
}

static const char *text_of(json_t *object, const char *name)
{
    const char *s = json_string_value(json_object_get(object, name));

    return s != NULL ? s : "";
}

/* ---- the members -------------------------------------------------------- */

static struct dtl_buf *kept_of(struct checking *k, const char *path)
{
    for (size_t i = 0; i < KEPT; i++)
        if (strcmp(path, kept_paths[i]) == 0) {
            k->has[i] = true;
            dtl_buf_clear(&k->kept[i]);
            k->kept[i].max = MOST_JSON;
            return &k->kept[i];
        }
    return NULL;
}

static bool read_member(struct checking *k, struct archive *a, struct member *m)
{
    struct dtl_buf *kept = kept_of(k, m->path);
    struct dtl_digest d;
    la_ssize_t n;

    while ((n = archive_read_data(a, k->piece, PIECE)) > 0) {
        struct dtl_slice s = dtl_slice_of(k->piece, (size_t)n);

        dtl_hasher_add(k->hasher, s);
        m->size += s.len;
        if (kept != NULL)
            dtl_buf_slice(kept, s);
    }
    dtl_hasher_finish(k->hasher, &d);
    dtl_cite_hash_text(d.bytes, m->hash);
    if (n < 0) {
        const char *why = archive_error_string(a);

        m->damage = dtl_arena_printf(k->arena, "%.150s",
                                     why != NULL ? why : "unreadable");
    }
    return n != ARCHIVE_FATAL;
}

static struct member *add_member(struct checking *k, const char *path)
{
    struct member *m;

    if (k->n == k->cap) {
        size_t cap = k->cap > 0 ? 2 * k->cap : 32;

        m = realloc(k->members, cap * sizeof *m);
        if (m == NULL)
            return NULL;
        k->members = m;
        k->cap = cap;
    }
    m = &k->members[k->n];
    *m = (struct member){ .path = dtl_arena_printf(k->arena, "%s", path) };
    if (m->path == NULL)
        return NULL;
    k->n++;
    return m;
}

static int by_path(const void *a, const void *b)
{
    const struct member *x = a, *y = b;

    return strcmp(x->path, y->path);
}

/* Once they are sorted. */
static struct member *find_member(struct checking *k, const char *path)
{
    const struct member wanted = { .path = path };

    return k->n > 0
               ? bsearch(&wanted, k->members, k->n, sizeof *k->members, by_path)
               : NULL;
}

/* Two members of one name: readers would differ in which they take. */
static void check_twins(struct checking *k)
{
    if (k->n > 0)
        qsort(k->members, k->n, sizeof *k->members, by_path);
    for (size_t i = 1; i < k->n; i++)
        if (strcmp(k->members[i].path, k->members[i - 1].path) == 0)
            tell(k, "member", k->members[i].path, false,
                 "two members have this name");
}

static int read_members(struct checking *k, struct dtl_error *err)
{
    struct archive *a = archive_read_new();
    struct archive_entry *e;
    int r, rc = DTL_OK;

    if (a == NULL)
        return no_memory(err);
    /* By its directory only, as every reader of WACZ does: members that stand
     * in no directory are not there. */
    archive_read_support_format_zip_seekable(a);
    if (archive_read_open_filename(a, k->path, PIECE) != ARCHIVE_OK) {
        rc = dtl_fail(err, DTL_IO, 0, "%.200s",
                      archive_error_string(a) != NULL ? archive_error_string(a)
                                                      : "cannot be read");
        archive_read_free(a);
        return rc;
    }
    while (rc == DTL_OK &&
           ((r = archive_read_next_header(a, &e)) == ARCHIVE_OK ||
            r == ARCHIVE_WARN)) {
        const char *path = archive_entry_pathname(e);
        struct member *m;

        if (path == NULL || archive_entry_filetype(e) == AE_IFDIR)
            continue;
        if (k->n >= MOST_MEMBERS)
            rc = dtl_fail(err, DTL_LIMIT, 0, "more than %d members",
                          MOST_MEMBERS);
        else if ((m = add_member(k, path)) == NULL)
            rc = no_memory(err);
        else if (!read_member(k, a, m))
            break;
    }
    if (rc == DTL_OK && k->n == 0)
        rc = dtl_fail(err, DTL_FORMAT, 0, "is no zip file that can be read");
    archive_read_free(a);
    k->out->members = k->n;
    check_twins(k);
    return rc;
}

/* ---- datapackage -------------------------------------------------------- */

static json_t *parsed(struct checking *k, int which)
{
    const struct dtl_buf *b = &k->kept[which];
    json_error_t why;
    json_t *j;

    if (!k->has[which])
        return NULL;
    j = b->failed ? NULL
                  : json_loadb((const char *)b->ptr, b->len,
                               JSON_REJECT_DUPLICATES, &why);
    if (!json_is_object(j)) {
        tell(k, "member", kept_paths[which], false, "is no JSON object");
        json_decref(j);
        return NULL;
    }
    return j;
}

static void check_resource(struct checking *k, json_t *resource)
{
    const char *path = text_of(resource, "path");
    const char *hash = text_of(resource, "hash");
    json_t *bytes = json_object_get(resource, "bytes");
    struct member *m = find_member(k, path);
    struct dtl_digest want;

    if (m == NULL) {
        tell(k, "member", path, false,
             "datapackage.json lists it, but it is "
             "not there");
        return;
    }
    m->listed = true;
    if (m->damage != NULL)
        tell(k, "member", path, false, "%s", m->damage);
    else if (dtl_digest_parse(dtl_str(hash), &want, NULL) != DTL_OK ||
             want.kind != DTL_DIGEST_SHA256)
        tell(k, "member", path, false, "its hash '%.80s' is no SHA-256", hash);
    else if (strcmp(hash, m->hash) != 0)
        tell(k, "member", path, false, "has %s, datapackage.json says %s",
             m->hash, hash);
    else if (json_is_integer(bytes) &&
             (uint64_t)json_integer_value(bytes) != m->size)
        tell(k, "member", path, false, "has %" PRIu64 " bytes, not %" PRIi64,
             m->size, (int64_t)json_integer_value(bytes));
    else
        tell(k, "member", path, true, "%s", m->hash);
}

static void check_package(struct checking *k)
{
    json_t *list, *resource;
    size_t i;

    if (!k->has[PACKAGE])
        tell(k, "member", kept_paths[PACKAGE], false,
             "is missing: nothing tells what this file should hold");
    k->package = parsed(k, PACKAGE);
    list = json_object_get(k->package, "resources");
    json_array_foreach(list, i, resource) check_resource(k, resource);
    for (i = 0; i < k->n; i++)
        if (!k->members[i].listed && k->package != NULL &&
            strcmp(k->members[i].path, kept_paths[PACKAGE]) != 0 &&
            strcmp(k->members[i].path, kept_paths[DIGEST]) != 0)
            tell(k, "member", k->members[i].path, false,
                 "datapackage.json does not list it");
}

/* ---- digest and signature ----------------------------------------------- */

static void check_signature(struct checking *k, const char *hash)
{
    json_t *data = json_object_get(k->digest, "signedData");
    const char *public_key = text_of(data, "publicKey"), *wanted;
    struct dtl_error why = { 0 };

    k->out->is_signed = json_is_object(data);
    if (!k->out->is_signed) {
        if (k->out->key.len > 0)
            tell(k, "signature", kept_paths[DIGEST], false, "is not signed");
        return;
    }
    if (strcmp(text_of(data, "algorithm"), "Ed25519") != 0) {
        tell(k, "signature", kept_paths[DIGEST], k->out->key.len == 0,
             "is no Ed25519 signature and was not checked");
        return;
    }
    if (strcmp(text_of(data, "hash"), hash) != 0)
        tell(k, "signature", kept_paths[DIGEST], false,
             "what is signed is not the hash of datapackage.json");
    else if (dtl_sign_check(public_key, text_of(data, "signature"),
                            dtl_str(hash), &why) != DTL_OK)
        tell(k, "signature", kept_paths[DIGEST], false, "%s", why.text);
    else if (k->out->key.len == 0)
        tell(k, "signature", kept_paths[DIGEST], true,
             "fits the public key %.120s that it brings along", public_key);
    else if (dtl_sign_public(k->out->key, k->arena, &wanted, &why) != DTL_OK)
        tell(k, "signature", kept_paths[DIGEST], false, "%s", why.text);
    else
        tell(k, "signature", kept_paths[DIGEST],
             strcmp(wanted, public_key) == 0, "%s %.120s",
             strcmp(wanted, public_key) == 0
                 ? "by the key given:"
                 : "by another key than the one given:",
             public_key);
}

static void check_digest(struct checking *k)
{
    const struct member *package = find_member(k, kept_paths[PACKAGE]);
    const char *hash;

    k->digest = parsed(k, DIGEST);
    if (k->digest == NULL) {
        /* Older files of others need not have one. */
        if (k->has[EVIDENCE] || k->out->key.len > 0)
            tell(k, "digest", kept_paths[DIGEST], false, "is missing");
        return;
    }
    hash = text_of(k->digest, "hash");
    if (package == NULL)
        return;
    if (strcmp(hash, package->hash) == 0)
        tell(k, "digest", kept_paths[PACKAGE], true, "%s", hash);
    else
        tell(k, "digest", kept_paths[PACKAGE], false,
             "has %s, datapackage-digest.json says %.80s", package->hash, hash);
    check_signature(k, package->hash);
}

/* ---- records ------------------------------------------------------------ */

/* What was read of one record of the evidence. */
struct reread {
    struct dtl_cited cited;
    char record_hash[CITE_HASH], text_hash[CITE_HASH];
    struct dtl_slice text; /* extracted, until the next record */
    bool has_text;
};

static const char *name_of(struct checking *k,
                           const struct dtl_warc_record *rec, const char *path)
{
    if (rec->record_id.len > 0)
        return dtl_arena_printf(
            k->scratch, "%.*s",
            (int)(rec->record_id.len < 200 ? rec->record_id.len : 200),
            (const char *)rec->record_id.ptr);
    return dtl_arena_printf(k->scratch, "%s at byte %" PRIu64, path,
                            rec->offset);
}

static int digest_plain(struct checking *k, const struct dtl_warc_record *rec,
                        struct dtl_slice block, char out[CITE_HASH])
{
    struct dtl_digest d;

    dtl_hasher_add(k->hasher, rec->head);
    dtl_hasher_add(k->hasher, block);
    dtl_hasher_add(k->hasher, dtl_str(rec->arc ? "\n" : "\r\n\r\n"));
    dtl_hasher_finish(k->hasher, &d);
    dtl_cite_hash_text(d.bytes, out);
    return DTL_OK;
}

static int read_record(struct checking *k, struct dtl_warc *warc,
                       struct dtl_warc_record *rec, bool with_text,
                       struct reread *out, struct dtl_error *err)
{
    struct dtl_harvest found;
    struct dtl_slice block;
    int rc = dtl_warc_block(warc, CITE_MOST, &block, err);

    if (rc == DTL_OK)
        rc = dtl_harvest_record(
            k->harvester, rec, block, 0,
            with_text ? DTL_HARVEST_ARTICLE | DTL_HARVEST_STORY : 0, &found,
            err);
    if (rc == DTL_OK)
        rc = dtl_cite_digests(rec, block, &found, k->scratch, &out->cited, err);
    if (rc != DTL_OK)
        return rc;
    out->has_text = with_text && found.is_page;
    if (out->has_text) {
        dtl_cite_hash_text(found.row.text_hash, out->text_hash);
        out->text = found.row.text;
    }
    return digest_plain(k, rec, block, out->record_hash);
}

static bool same_digest(const char *said, const struct dtl_digest *d)
{
    char text[DTL_DIGEST_TEXT] = "";

    if (d->kind != DTL_DIGEST_NONE)
        dtl_digest_text(d, text);
    return strcmp(said, text) == 0;
}

/* A record that was archived with a false digest is none the worse for it when
 * the evidence says so: `computed` tells under which name. */
static bool is_known_in(json_t *exhibit, const struct dtl_warc_record *rec,
                        const char *computed, const struct dtl_digest *digest)
{
    json_t *records = json_object_get(exhibit, "records"), *record;
    size_t i;

    json_array_foreach(records, i, record)
    {
        if (i >= MOST_CITED)
            break;
        if (rec->record_id.len > 0 &&
            dtl_equal(dtl_str(text_of(record, "record_id")), rec->record_id) &&
            same_digest(text_of(record, computed), digest))
            return true;
    }
    return false;
}

static bool is_known(const struct checking *k,
                     const struct dtl_warc_record *rec, const char *computed,
                     const struct dtl_digest *digest)
{
    json_t *list = json_object_get(k->evidence, "exhibits"), *one;
    size_t i;

    json_array_foreach(list, i, one)
    {
        if (is_known_in(one, rec, computed, digest))
            return true;
    }
    return is_known_in(k->evidence, rec, computed, digest);
}

static void tell_digest(struct checking *k, const struct dtl_warc_record *rec,
                        const char *path, const char *part,
                        struct dtl_slice declared, bool known)
{
    tell(k, "record", name_of(k, rec, path), known,
         "its %s does not have the digest %.*s it declares%s", part,
         (int)(declared.len < 150 ? declared.len : 150),
         (const char *)declared.ptr, known ? ", as the evidence says" : "");
}

/* Every record of a member against the digests it declares. */
static int check_archive(struct checking *k, const char *path,
                         struct dtl_error *err)
{
    const char *name = dtl_arena_printf(k->arena, "%s!/%s", k->path, path);
    struct dtl_source *src = NULL;
    struct dtl_warc *warc = NULL;
    struct dtl_warc_record rec;
    struct dtl_error why = { 0 };
    int rc = name != NULL ? dtl_source_open(name, &src, &why) : DTL_NOMEM;

    if (rc == DTL_OK)
        rc = dtl_warc_open(src, &warc, &why);
    while (rc == DTL_OK || rc == DTL_BAD_RECORD) {
        struct reread r = { 0 };

        dtl_arena_reset(k->scratch);
        rc = dtl_warc_next(warc, &rec, &why);
        if (rc == DTL_OK)
            rc = read_record(k, warc, &rec, false, &r, &why);
        if (rc == DTL_BAD_RECORD)
            tell(k, "record", path, false, "damaged at byte %" PRIu64 ": %s",
                 why.offset, why.text);
        if (rc == DTL_LIMIT) { /* too large to judge: nothing is said */
            rc = DTL_OK;
            continue;
        }
        if (rc != DTL_OK)
            continue;
        k->out->records++;
        if (r.cited.payload_differs)
            tell_digest(
                k, &rec, path, "payload", rec.payload_digest,
                is_known(k, &rec, "payload_computed", &r.cited.payload));
        if (r.cited.block_differs)
            tell_digest(k, &rec, path, "block", rec.block_digest,
                        is_known(k, &rec, "block_computed", &r.cited.block));
    }
    dtl_warc_close(warc);
    dtl_source_close(src);
    if (rc == DTL_NOMEM)
        return no_memory(err);
    if (rc != DTL_END)
        tell(k, "record", path, false, "%s", why.text);
    return DTL_OK;
}

static int check_archives(struct checking *k, struct dtl_error *err)
{
    int rc = DTL_OK;

    for (size_t i = 0; i < k->n && rc == DTL_OK; i++)
        if (strncmp(k->members[i].path, "archive/", 8) == 0)
            rc = check_archive(k, k->members[i].path, err);
    return rc;
}

/* ---- evidence ----------------------------------------------------------- */

static bool is_role(json_t *record, enum dtl_cited_role role)
{
    return strcmp(text_of(record, "role"), dtl_cited_role_name(role)) == 0;
}

static int open_cited(struct checking *k, json_t *record,
                      struct dtl_source **src, struct dtl_warc **warc,
                      struct dtl_warc_record *rec, struct dtl_error *err)
{
    json_t *offset = json_object_get(record, "member_offset");
    const char *name = dtl_arena_printf(k->scratch, "%s!/%s", k->path,
                                        text_of(record, "member"));
    int rc;

    if (name == NULL)
        return no_memory(err);
    if (!json_is_integer(offset) || json_integer_value(offset) < 0)
        return dtl_fail(err, DTL_FORMAT, 0, "it has no place in this file");
    if ((rc = dtl_source_open(name, src, err)) != DTL_OK ||
        (rc = dtl_warc_open(*src, warc, err)) != DTL_OK ||
        (rc = dtl_warc_seek(*warc, (uint64_t)json_integer_value(offset),
                            err)) != DTL_OK)
        return rc;
    rc = dtl_warc_next(*warc, rec, err);
    if (rc == DTL_END)
        rc = dtl_fail(err, DTL_FORMAT, 0, "there is no record at its place");
    return rc;
}

static bool same_text(const char *said, struct dtl_slice s)
{
    return said[0] == '\0' || dtl_equal(dtl_str(said), s);
}

/* What differs between the evidence and the record; NULL: nothing. */
static const char *difference(json_t *record, const struct dtl_warc_record *rec,
                              const struct reread *r)
{
    if (!same_text(text_of(record, "record_id"), rec->record_id))
        return "another record stands at its place";
    if (!same_text(text_of(record, "url"), rec->uri))
        return "the record has another URL";
    if (dtl_time_parse_iso(dtl_str(text_of(record, "time"))) != rec->time)
        return "the record has another time";
    if (strcmp(text_of(record, "record_hash"), r->record_hash) != 0)
        return "the record's bytes have another hash";
    if ((is_role(record, DTL_CITED_CAPTURE) ||
         is_role(record, DTL_CITED_ORIGINAL)) &&
        !same_digest(text_of(record, "payload_computed"), &r->cited.payload))
        return "the payload has another digest";
    return NULL;
}

/* Is every line of `text` a line of `of`, in the same order?  Ingest may have
 * taken lines out, but never puts any in. */
static bool is_part(struct dtl_slice text, struct dtl_slice of)
{
    size_t pos = 0, at = 0;

    while (pos < text.len) {
        size_t nl = dtl_find(text, dtl_str("\n"), pos);
        size_t end = nl != SIZE_MAX ? nl : text.len;

        at = dtl_find(of, dtl_sub(text, pos, end), at);
        if (at == SIZE_MAX)
            return false;
        at += end - pos;
        pos = end + 1;
    }
    return true;
}

static struct dtl_slice page_text(const struct checking *k)
{
    json_t *text = json_object_get(k->page, "text");

    return dtl_slice_of(json_string_value(text), json_string_length(text));
}

static void check_extraction(struct checking *k, const struct reread *r,
                             const char *id)
{
    const char *want = text_of(k->exhibit, "extracted_hash");
    const char *version = text_of(k->evidence, "version");
    /* Another version may well extract another text: that is no fault of the
     * evidence, whose text is checked by itself. */
    bool excused = strcmp(version, dtl_version()) != 0;

    if (want[0] == '\0')
        return;
    if (!r->has_text || strcmp(want, r->text_hash) != 0)
        tell(k, "text", id, excused,
             "dateline %s extracts another text than dateline %.20s did",
             dtl_version(), version);
    else if (!is_part(page_text(k), r->text))
        tell(k, "text", id, excused, "the record does not hold the text");
    else
        tell(k, "text", id, true, "extracted again: %s", want);
}

static int check_cited(struct checking *k, json_t *record,
                       struct dtl_digest payloads[2], struct dtl_error *err)
{
    bool original = is_role(record, DTL_CITED_ORIGINAL);
    bool capture = is_role(record, DTL_CITED_CAPTURE);
    bool revisit = strcmp(text_of(record, "type"), "revisit") == 0;
    const char *id = text_of(record, "record_id"), *bad;
    struct dtl_source *src = NULL;
    struct dtl_warc *warc = NULL;
    struct dtl_warc_record rec;
    struct reread r = { 0 };
    struct dtl_error why = { 0 };
    int rc;

    dtl_arena_reset(k->scratch);
    if (id[0] == '\0')
        id = text_of(record, "url");
    rc = open_cited(k, record, &src, &warc, &rec, &why);
    if (rc == DTL_OK)
        rc = read_record(k, warc, &rec, original || (capture && !revisit), &r,
                         &why);
    if (rc != DTL_OK) {
        tell(k, "record", id, false, "%s", why.text);
    } else if ((bad = difference(record, &rec, &r)) != NULL) {
        tell(k, "record", id, false, "%s", bad);
    } else {
        tell(k, "record", id, true, "%s, %s", text_of(record, "role"),
             text_of(record, "record_hash"));
        if (original || (capture && !revisit))
            check_extraction(k, &r, id);
        if (original)
            payloads[1] = r.cited.payload;
        else if (capture && revisit)
            dtl_digest_parse(rec.payload_digest, &payloads[0], NULL);
    }
    dtl_warc_close(warc);
    dtl_source_close(src);
    return rc == DTL_NOMEM ? no_memory(err) : DTL_OK;
}

/* The text itself stands in the list of pages. */
static int check_text(struct checking *k, struct dtl_error *err)
{
    const char *want = text_of(k->exhibit, "text_hash");
    json_int_t form =
        json_integer_value(json_object_get(k->exhibit, "normal_form"));
    struct dtl_slice normal;
    uint8_t hash[32];
    char text[CITE_HASH];
    int rc;

    if (want[0] == '\0')
        return DTL_OK;
    if (form != DTL_NORMAL_VERSION) {
        tell(k, "text", kept_paths[PAGES], true,
             "normal form %d is not known here; not checked", (int)form);
        return DTL_OK;
    }
    dtl_arena_reset(k->scratch);
    rc = dtl_normal(page_text(k), k->scratch, &normal, err);
    if (rc == DTL_OK)
        rc = dtl_text_hash(normal, hash, err);
    if (rc != DTL_OK)
        return rc;
    dtl_cite_hash_text(hash, text);
    if (strcmp(text, want) == 0)
        tell(k, "text", kept_paths[PAGES], true, "%s", text);
    else
        tell(k, "text", kept_paths[PAGES], false,
             "has %s, the evidence says %.80s", text, want);
    return DTL_OK;
}

/* Line `i` of the pages; the one before the first is the list's own. */
static struct dtl_slice page_line(const struct dtl_buf *b, size_t *at)
{
    struct dtl_slice pages = dtl_buf_view(b);
    size_t nl = dtl_find(pages, dtl_str("\n"), *at);
    struct dtl_slice line =
        dtl_sub(pages, *at, nl != SIZE_MAX ? nl : pages.len);

    *at = nl != SIZE_MAX ? nl + 1 : pages.len;
    return line;
}

static json_t *next_page(struct checking *k)
{
    struct dtl_slice line;

    if (k->page_at == 0)
        page_line(&k->kept[PAGES], &k->page_at);
    line = page_line(&k->kept[PAGES], &k->page_at);
    return json_loadb((const char *)line.ptr, line.len, 0, NULL);
}

/* What the evidence says at its head is what its record is. */
static void check_head(struct checking *k, json_t *record)
{
    static const char *const same[] = { "url", "time" };

    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        if (strcmp(text_of(k->exhibit, same[i]), text_of(record, same[i])) != 0)
            tell(k, "record", kept_paths[EVIDENCE], false,
                 "the evidence has another %s than its capture", same[i]);
}

static int check_exhibit(struct checking *k, struct dtl_error *err)
{
    struct dtl_digest payloads[2] = { { 0 }, { 0 } };
    json_t *records, *record;
    bool capture = false;
    int rc = DTL_OK;
    size_t i;

    records = json_object_get(k->exhibit, "records");
    json_array_foreach(records, i, record)
    {
        if (i >= MOST_CITED) {
            tell(k, "record", kept_paths[EVIDENCE], false,
                 "more than %d records", MOST_CITED);
            break;
        }
        if (is_role(record, DTL_CITED_CAPTURE)) {
            capture = true;
            check_head(k, record);
        }
        rc = check_cited(k, record, payloads, err);
        if (rc != DTL_OK)
            return rc;
    }
    if (!capture)
        tell(k, "record", kept_paths[EVIDENCE], false,
             "the evidence names no record of the capture");
    if (payloads[0].kind != DTL_DIGEST_NONE &&
        payloads[0].kind == payloads[1].kind)
        tell(k, "record", text_of(k->exhibit, "url"),
             dtl_digest_equal(&payloads[0], &payloads[1]),
             "the original %s the payload of the revisit",
             dtl_digest_equal(&payloads[0], &payloads[1]) ? "has"
                                                          : "does not have");
    return check_text(k, err);
}

/* Does the trace name this capture, with this text? */
static bool is_result(json_t *result, json_t *exhibit)
{
    int64_t seen = dtl_time_parse_14(dtl_str(text_of(result, "time")), false);
    const char *hash = text_of(exhibit, "text_hash");

    return strcmp(text_of(result, "url"), text_of(exhibit, "url")) == 0 &&
           seen == dtl_time_parse_iso(dtl_str(text_of(exhibit, "time"))) &&
           (hash[0] == '\0' || strcmp(text_of(result, "text_hash"), hash) == 0);
}

/* Or, of a capture that shows an absence: is it what bounds a result? */
static bool is_bound(json_t *result, json_t *exhibit)
{
    return strcmp(text_of(result, "not_before"), text_of(exhibit, "time")) ==
               0 &&
           text_of(exhibit, "time")[0] != '\0';
}

static void check_report(struct checking *k)
{
    json_t *trace = json_object_get(k->evidence, "trace");
    json_t *results = json_object_get(trace, "results"), *result;
    bool absence = strcmp(text_of(k->exhibit, "shows"), "absence") == 0;
    bool found = false;
    size_t i;

    if (!json_is_array(results))
        return;
    json_array_foreach(results, i, result)
    {
        found = absence ? is_bound(result, k->exhibit)
                        : is_result(result, k->exhibit);
        if (found)
            break;
    }
    tell(k, "trace", text_of(k->exhibit, "url"), found, "%s",
         found ? absence ? "bounds an appearance" : "an appearance of it"
               : "the trace does not name this capture and text");
}

static int check_evidence(struct checking *k, struct dtl_error *err)
{
    json_t *list = json_object_get(k->evidence, "exhibits"), *one;
    int rc = DTL_OK;
    size_t i;

    if (k->evidence == NULL)
        return DTL_OK;
    if (list == NULL) {
        k->exhibit = k->evidence;
        k->page = next_page(k);
        return check_exhibit(k, err);
    }
    if (json_array_size(list) == 0)
        tell(k, "record", kept_paths[EVIDENCE], false,
             "the evidence names no capture");
    json_array_foreach(list, i, one)
    {
        json_decref(k->page);
        k->page = next_page(k);
        k->exhibit = one;
        check_report(k);
        rc = check_exhibit(k, err);
        if (rc != DTL_OK)
            break;
    }
    return rc;
}

static void checking_free(struct checking *k)
{
    json_decref(k->package);
    json_decref(k->digest);
    json_decref(k->evidence);
    json_decref(k->page);
    for (size_t i = 0; i < KEPT; i++)
        dtl_buf_free(&k->kept[i]);
    free(k->members);
    free(k->piece);
    dtl_hasher_free(k->hasher);
    dtl_harvester_free(k->harvester);
    dtl_arena_free(k->arena);
    dtl_arena_free(k->scratch);
}

int dtl_wacz_verify(const char *path, struct dtl_wacz_check *check,
                    struct dtl_error *err)
{
    struct checking k = { .path = path, .out = check };
    int rc = DTL_NOMEM;

    check->is_signed = check->has_evidence = false;
    check->members = check->records = check->findings = 0;
    k.arena = dtl_arena_new(0);
    k.scratch = dtl_arena_new(8 * CITE_MOST);
    k.piece = malloc(PIECE);
    if (k.arena == NULL || k.scratch == NULL || k.piece == NULL)
        no_memory(err);
    else if ((rc = dtl_hasher_new(DTL_DIGEST_SHA256, &k.hasher, err)) == DTL_OK)
        rc = dtl_harvester_new(0, &k.harvester, err);
    if (rc == DTL_OK && (rc = read_members(&k, err)) == DTL_OK) {
        check_package(&k);
        check_digest(&k);
        k.evidence = parsed(&k, EVIDENCE);
        check->has_evidence = k.evidence != NULL;
        if ((rc = check_archives(&k, err)) == DTL_OK)
            rc = check_evidence(&k, err);
    }
    checking_free(&k);
    return rc;
}
