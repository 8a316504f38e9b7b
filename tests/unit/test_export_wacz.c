/* SPDX-License-Identifier: Apache-2.0 */
/* Small archives and a store, made here; then their captures cited, packed and
 * checked. */
#include <dateline/cite.h>
#include <dateline/ingest.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

static char dir[] = "/tmp/dateline-wacz-XXXXXX";

static const char *in_dir(const char *name)
{
    static char paths[8][128];
    static unsigned next;
    char *path = paths[next++ % 8];

    snprintf(path, sizeof paths[0], "%s/%s", dir, name);
    return path;
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(dir) != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    char command[64];

    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command);
}

static int start_anew(void **state)
{
    char command[64];

    (void)state;
    snprintf(command, sizeof command, "rm -rf %s/*", dir);
    return system(command);
}

/* ---- archives ------------------------------------------------------------ */

#define URL "http://e.example/a"
#define PAGE                                                                  \
    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"                      \
    "<!DOCTYPE html><title>A bridge is closed</title><article>"               \
    "<h1>A bridge is closed</h1><p>The old bridge over the river was closed " \
    "to all traffic on Tuesday after engineers had found a crack.</p><p>It "  \
    "may stay shut for weeks, the town said, and buses take another way "     \
    "until then.</p></article>"

struct record {
    const char *type, *id, *concurrent, *url, *date, *block, *more;
};

/* Write `n` records to `name`: each a member of its own, or all in one. */
static void write_records(const char *name, const struct record *r, size_t n,
                          enum dtl_warc_coding coding, bool together)
{
    struct dtl_warc_writer *w;
    struct dtl_buf b = { 0 };

    assert_int_equal(dtl_warc_create(in_dir(name), coding, 0, &w, NULL),
                     DTL_OK);
    for (size_t i = 0; i < n; i++) {
        const char *block = r[i].block != NULL ? r[i].block : "x: y\r\n";

        dtl_buf_clear(&b);
        dtl_buf_printf(&b, "WARC/1.0\r\nWARC-Type: %s\r\n", r[i].type);
        dtl_buf_printf(&b, "WARC-Record-ID: <urn:%s>\r\n", r[i].id);
        if (r[i].url != NULL)
            dtl_buf_printf(&b, "WARC-Target-URI: %s\r\n", r[i].url);
        if (r[i].concurrent != NULL)
            dtl_buf_printf(&b, "WARC-Concurrent-To: <urn:%s>\r\n",
                           r[i].concurrent);
        dtl_buf_printf(
            &b,
            "WARC-Date: %s\r\nContent-Type: %s\r\n%sContent-Length: %zu"
            "\r\n\r\n%s\r\n\r\n",
            r[i].date != NULL ? r[i].date : "2024-01-01T00:00:00Z",
            strcmp(r[i].type, "warcinfo") == 0 ? "application/warc-fields"
                                               : "application/http",
            r[i].more != NULL ? r[i].more : "", strlen(block), block);
        if (i == 0 || !together)
            assert_int_equal(dtl_warc_begin(w, NULL), DTL_OK);
        assert_int_equal(dtl_warc_write(w, dtl_buf_view(&b), NULL), DTL_OK);
        if (i + 1 == n || !together)
            assert_int_equal(dtl_warc_end(w, true, NULL, NULL), DTL_OK);
    }
    assert_int_equal(dtl_warc_commit(w, NULL), DTL_OK);
    dtl_warc_discard(w);
    dtl_buf_free(&b);
}

static struct dtl_store *ingested(const char *const *names, size_t n)
{
    struct dtl_ingest_options o = { .store = in_dir("store"), .threads = 1 };
    struct dtl_ingest_summary sum;
    const char *paths[4];
    struct dtl_store *s;

    for (size_t i = 0; i < n; i++)
        paths[i] = in_dir(names[i]);
    assert_int_equal(dtl_ingest(paths, n, &o, &sum, NULL), DTL_OK);
    assert_int_equal(dtl_store_open(in_dir("store"), &s, NULL), DTL_OK);
    return s;
}

/* The last capture of `url`, cited. */
static struct dtl_cite *cited(struct dtl_store *s, const char *url)
{
    struct dtl_query q = { .url = dtl_str(url), .limit = -1 };
    struct dtl_arena *a = dtl_arena_new(0);
    struct dtl_cursor *cursor;
    struct dtl_capture c;
    struct dtl_cite *cite;
    struct dtl_ref ref;

    assert_int_equal(dtl_query_open(s, &q, &cursor, NULL), DTL_OK);
    assert_int_equal(dtl_query_next(cursor, &c, &ref, NULL), DTL_OK);
    assert_int_equal(dtl_store_capture_in(s, ref, a, &c, NULL), DTL_OK);
    dtl_query_close(cursor);
    assert_int_equal(dtl_cite_open(s, &c, ref.segment, &cite, NULL), DTL_OK);
    dtl_arena_free(a);
    return cite;
}

static uint64_t findings(const char *name, struct dtl_slice key)
{
    struct dtl_wacz_check check = { .key = key };

    assert_int_equal(dtl_wacz_verify(in_dir(name), &check, NULL), DTL_OK);
    return check.findings;
}

/* ---- which request ------------------------------------------------------- */

#define INFO                                             \
    {                                                    \
        "warcinfo", "info", NULL, NULL, NULL, NULL, NULL \
    }
#define RESPONSE                                        \
    {                                                   \
        "response", "page", NULL, URL, NULL, PAGE, NULL \
    }
#define REQUEST(id, to)                                               \
    {                                                                 \
        "request", id, to, URL, NULL, "GET /a HTTP/1.1\r\n\r\n", NULL \
    }
#define OTHER                                                             \
    {                                                                     \
        "response", "other", NULL, "http://e.example/b", NULL, PAGE, NULL \
    }
#define META                                                    \
    {                                                           \
        "metadata", "meta", "page", URL, NULL, "x: y\r\n", NULL \
    }

/* clang-format off */
static const struct {
    const char *name;
    struct record records[6];
    size_t n;
    const char *ids; /* what is cited */
} cases[] = {
    { "request behind it", { INFO, RESPONSE, REQUEST("q", "page") }, 3,
      "warcinfo info capture page request q " },
    { "request before it", { INFO, REQUEST("q", "page"), RESPONSE }, 3,
      "warcinfo info request q capture page " },
    { "the response names it",
      { INFO, { "response", "page", "q", URL, NULL, PAGE, NULL },
        REQUEST("q", NULL) }, 3,
      "warcinfo info capture page request q " },
    { "nobody names it", { INFO, REQUEST("q", NULL), RESPONSE }, 3,
      "warcinfo info request q capture page " },
    { "metadata between", { INFO, RESPONSE, META, REQUEST("q", "page") }, 4,
      "warcinfo info capture page request q " },
    { "that of another response",
      { INFO, REQUEST("q", "other"), OTHER, RESPONSE }, 4,
      "warcinfo info capture page " },
    { "behind another response", { INFO, RESPONSE, OTHER,
      REQUEST("q", "page") }, 4,
      "warcinfo info capture page " },
    { "of another time",
      { INFO, { "request", "q", NULL, URL, "2023-01-01T00:00:00Z", "GET", NULL },
        RESPONSE }, 3,
      "warcinfo info capture page " },
    { "the last of two", { INFO, REQUEST("p", NULL), OTHER,
      REQUEST("q", NULL), RESPONSE }, 5,
      "warcinfo info request q capture page " },
    { "no warcinfo", { RESPONSE }, 1, "capture page " },
};
/* clang-format on */

static void list_ids(const struct dtl_evidence *e, struct dtl_buf *out)
{
    for (size_t i = 0; i < e->nrecords; i++) {
        struct dtl_slice id = e->records[i].record_id;

        /* <urn:ID> */
        dtl_buf_printf(out, "%s %.*s ", dtl_cited_role_name(e->records[i].role),
                       (int)id.len - 6, (const char *)id.ptr + 5);
    }
    dtl_buf_byte(out, 0);
}

static void check_case(size_t i, enum dtl_warc_coding coding, bool together)
{
    const char *name = coding == DTL_WARC_PLAIN ? "a.warc" : "a.warc.gz";
    struct dtl_wacz_options o = { 0 };
    struct dtl_buf ids = { 0 };
    struct dtl_store *s;
    struct dtl_cite *c;

    start_anew(NULL);
    write_records(name, cases[i].records, cases[i].n, coding, together);
    s = ingested(&name, 1);
    c = cited(s, URL);
    list_ids(dtl_cite_evidence(c), &ids);
    if (strcmp((const char *)ids.ptr, cases[i].ids) != 0)
        fail_msg("%s (%d, %d): %s", cases[i].name, (int)coding, together,
                 (const char *)ids.ptr);
    assert_int_equal(dtl_cite_wacz(c, in_dir("a.wacz"), &o, NULL), DTL_OK);
    assert_int_equal(findings("a.wacz", dtl_str("")), 0);
    dtl_cite_close(c);
    dtl_store_close(s);
    dtl_buf_free(&ids);
}

static void finds_the_request(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        check_case(i, DTL_WARC_GZIP, false);
        check_case(i, DTL_WARC_PLAIN, false);
        /* What one member holds is told apart by its order only. */
        if (strcmp(cases[i].name, "no warcinfo") != 0)
            check_case(i, DTL_WARC_GZIP, true);
    }
}

/* ---- revisits ------------------------------------------------------------ */

/* SHA-1 of the body of PAGE is not written here: the digest of the revisit is
 * the one the response was given by computing it. */
static void original_in_another_file_of_the_same_name(void **state)
{
    const char *const names[] = { "1/a.warc.gz", "2/a.warc.gz" };
    const struct record first[] = { INFO, RESPONSE };
    struct record second[] = {
        { "warcinfo", "info2", NULL, NULL, NULL, NULL, NULL },
        { "revisit", "again", NULL, URL, "2024-02-01T00:00:00Z",
          "HTTP/1.1 200 OK\r\n\r\n", NULL }
    };
    struct dtl_wacz_options o = { 0 };
    struct dtl_buf ids = { 0 }, more = { 0 };
    struct dtl_hasher *h;
    struct dtl_digest d;
    char text[DTL_DIGEST_TEXT];
    struct dtl_store *s;
    struct dtl_cite *c;
    char command[128];

    (void)state;
    start_anew(NULL);
    snprintf(command, sizeof command, "mkdir %s/1 %s/2", dir, dir);
    assert_int_equal(system(command), 0);
    assert_int_equal(dtl_hasher_new(DTL_DIGEST_SHA1, &h, NULL), DTL_OK);
    dtl_hasher_add(h, dtl_str(strstr(PAGE, "\r\n\r\n") + 4));
    dtl_hasher_finish(h, &d);
    dtl_hasher_free(h);
    dtl_digest_text(&d, text);
    dtl_buf_printf(&more, "WARC-Payload-Digest: %s\r\n", text);
    dtl_buf_byte(&more, 0);
    second[1].more = (const char *)more.ptr;
    write_records(names[0], first, 2, DTL_WARC_GZIP, false);
    write_records(names[1], second, 2, DTL_WARC_GZIP, false);
    s = ingested(names, 2);
    c = cited(s, URL);
    list_ids(dtl_cite_evidence(c), &ids);
    assert_string_equal((const char *)ids.ptr,
                        "warcinfo info original page warcinfo info2 "
                        "capture again ");
    assert_true(dtl_cite_evidence(c)->has_text);
    assert_int_equal(dtl_cite_wacz(c, in_dir("a.wacz"), &o, NULL), DTL_OK);
    assert_int_equal(findings("a.wacz", dtl_str("")), 0);
    dtl_cite_close(c);
    dtl_store_close(s);
    dtl_buf_free(&ids);
    dtl_buf_free(&more);
}

/* What was archived with a false digest is cited as it is, and says so. */
static void a_false_digest_is_told_not_blamed(void **state)
{
    struct record records[] = { INFO, RESPONSE };
    const char *name = "a.warc.gz";
    struct dtl_wacz_options o = { 0 };
    struct dtl_store *s;
    struct dtl_cite *c;

    (void)state;
    start_anew(NULL);
    records[1].more = "WARC-Payload-Digest: "
                      "sha1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n";
    write_records(name, records, 2, DTL_WARC_GZIP, false);
    s = ingested(&name, 1);
    c = cited(s, URL);
    assert_true(dtl_cite_evidence(c)->records[1].payload_differs);
    assert_int_equal(dtl_cite_wacz(c, in_dir("a.wacz"), &o, NULL), DTL_OK);
    assert_int_equal(findings("a.wacz", dtl_str("")), 0);
    dtl_cite_close(c);
    dtl_store_close(s);
}

/* ---- what is changed is seen -------------------------------------------- */

static struct dtl_buf read_all(const char *name)
{
    FILE *f = fopen(in_dir(name), "rb");
    struct dtl_buf b = { 0 };
    char piece[4096];
    size_t n;

    assert_non_null(f);
    while ((n = fread(piece, 1, sizeof piece, f)) > 0)
        dtl_buf_add(&b, piece, n);
    fclose(f);
    return b;
}

static void write_all(const char *name, struct dtl_slice s)
{
    FILE *f = fopen(in_dir(name), "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(s.ptr, 1, s.len, f), s.len);
    assert_int_equal(fclose(f), 0);
}

static void write_wacz(const struct dtl_wacz_options *o)
{
    const struct record records[] = { INFO, RESPONSE, REQUEST("q", "page") };
    const char *name = "a.warc.gz";
    struct dtl_store *s;
    struct dtl_cite *c;

    start_anew(NULL);
    write_records(name, records, 3, DTL_WARC_GZIP, false);
    s = ingested(&name, 1);
    c = cited(s, URL);
    assert_int_equal(dtl_cite_wacz(c, in_dir("a.wacz"), o, NULL), DTL_OK);
    dtl_cite_close(c);
    dtl_store_close(s);
}

/* Every 5th byte of every member; the zip file's own fields (times, flags) are
 * not what the package vouches for. */
static void every_changed_byte_is_seen(void **state)
{
    static const char *const names[] = { "archive/a.warc.gz",
                                         "pages/pages.jsonl", "evidence.json",
                                         "datapackage.json",
                                         "datapackage-digest.json" };
    struct dtl_wacz_options o = { .created = 1700000000 };
    struct dtl_buf b;

    (void)state;
    write_wacz(&o);
    b = read_all("a.wacz");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        /* Data follow the local header: its name, then 2 lengths of extra. */
        size_t at = dtl_find(dtl_buf_view(&b), dtl_str(names[i]), 0);
        size_t extra, from, to;

        assert_true(at != SIZE_MAX && at >= 30);
        extra = (size_t)b.ptr[at - 2] | (size_t)b.ptr[at - 1] << 8;
        from = at + strlen(names[i]) + extra;
        to = dtl_find(dtl_buf_view(&b), dtl_str("PK\7\10"), from);
        if (to == SIZE_MAX)
            to = dtl_find(dtl_buf_view(&b), dtl_str("PK\3\4"), from);
        assert_true(to != SIZE_MAX && to > from);
        for (size_t k = from; k < to - 1; k += 5) {
            struct dtl_wacz_check check = { 0 };

            b.ptr[k] ^= 1;
            write_all("b.wacz", dtl_buf_view(&b));
            b.ptr[k] ^= 1;
            if (dtl_wacz_verify(in_dir("b.wacz"), &check, NULL) == DTL_OK &&
                check.findings == 0)
                fail_msg("byte %zu of %s", k - from, names[i]);
        }
    }
    dtl_buf_free(&b);
}

static void cut_files_are_no_good(void **state)
{
    struct dtl_wacz_options o = { .created = 1700000000 };
    struct dtl_buf b;

    (void)state;
    write_wacz(&o);
    b = read_all("a.wacz");
    for (size_t n = 0; n < b.len - 1; n += 61) {
        struct dtl_wacz_check check = { 0 };

        write_all("b.wacz", dtl_slice_of(b.ptr, n));
        if (dtl_wacz_verify(in_dir("b.wacz"), &check, NULL) == DTL_OK &&
            check.findings == 0)
            fail_msg("%zu of %zu bytes pass", n, b.len);
    }
    dtl_buf_free(&b);
}

/* ---- signatures ---------------------------------------------------------- */

/* RFC 8410, section 10.3, and a key of no worth. */
#define KEY                                                              \
    "-----BEGIN PRIVATE KEY-----\n"                                      \
    "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n" \
    "-----END PRIVATE KEY-----\n"
#define PUBLIC                                                       \
    "-----BEGIN PUBLIC KEY-----\n"                                   \
    "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n" \
    "-----END PUBLIC KEY-----\n"
#define ANOTHER                                                          \
    "-----BEGIN PRIVATE KEY-----\n"                                      \
    "MC4CAQAwBQYDK2VwBCIEIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB\n" \
    "-----END PRIVATE KEY-----\n"

static const struct {
    const char *name, *signer, *wanted;
    bool good;
} keys[] = {
    { "nobody signs, nobody asks", "", "", true },
    { "nobody signs", "", PUBLIC, false },
    { "signed, any key will do", KEY, "", true },
    { "signed by the private key", KEY, KEY, true },
    { "signed by its public key", KEY, PUBLIC, true },
    { "another key", ANOTHER, PUBLIC, false },
    { "what is asked for is no key", KEY, "none", false },
};

static void signatures_hold_for_their_key_only(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        struct dtl_wacz_options o = { .key = dtl_str(keys[i].signer) };

        write_wacz(&o);
        if ((findings("a.wacz", dtl_str(keys[i].wanted)) == 0) != keys[i].good)
            fail_msg("%s", keys[i].name);
    }
}

static void bad_keys_write_nothing(void **state)
{
    static const char *const bad[] = { "none", PUBLIC,
                                       "-----BEGIN PRIVATE KEY-----\n" };
    const struct record records[] = { RESPONSE };
    const char *name = "a.warc.gz";
    struct dtl_store *s;
    struct dtl_cite *c;

    (void)state;
    start_anew(NULL);
    write_records(name, records, 1, DTL_WARC_GZIP, false);
    s = ingested(&name, 1);
    c = cited(s, URL);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct dtl_wacz_options o = { .key = dtl_str(bad[i]) };

        assert_int_equal(dtl_cite_wacz(c, in_dir("a.wacz"), &o, NULL),
                         DTL_INVALID);
        assert_int_not_equal(access(in_dir("a.wacz"), F_OK), 0);
    }
    dtl_cite_close(c);
    dtl_store_close(s);
}

/* ---- archives read again ------------------------------------------------- */

static void rereads_what_the_store_has(void **state)
{
    struct record records[] = { INFO, RESPONSE, OTHER };
    const char *name = "a.warc";
    struct dtl_reread r = { 0 };
    struct dtl_store *s;
    struct dtl_buf b;
    size_t at;

    (void)state;
    start_anew(NULL);
    write_records(name, records, 3, DTL_WARC_PLAIN, false);
    s = ingested(&name, 1);
    assert_int_equal(dtl_reread_archives(s, &r, NULL), DTL_OK);
    assert_int_equal(r.read, 2);
    assert_int_equal(r.done, 2);
    assert_int_equal(r.findings, 0);
    b = read_all(name);
    at = dtl_find(dtl_buf_view(&b), dtl_str("engineers"), 0);
    b.ptr[at] = 'E';
    write_all(name, dtl_buf_view(&b));
    assert_int_equal(dtl_reread_archives(s, &r, NULL), DTL_OK);
    assert_true(r.findings > 0);
    r.from = 2;
    assert_int_equal(dtl_reread_archives(s, &r, NULL), DTL_OK);
    assert_int_equal(r.read, 0);
    assert_int_equal(r.findings, 0);
    dtl_buf_free(&b);
    dtl_store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_request),
        cmocka_unit_test(original_in_another_file_of_the_same_name),
        cmocka_unit_test(a_false_digest_is_told_not_blamed),
        cmocka_unit_test(every_changed_byte_is_seen),
        cmocka_unit_test(cut_files_are_no_good),
        cmocka_unit_test(signatures_hold_for_their_key_only),
        cmocka_unit_test(bad_keys_write_nothing),
        cmocka_unit_test(rereads_what_the_store_has),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
