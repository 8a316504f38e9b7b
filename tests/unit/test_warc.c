/* SPDX-License-Identifier: Apache-2.0 */
/* labels: threads */
/*
 * Each row is an archive, made by a few words, and what reading it must tell:
 * "hello" is a record with that block, "!3+10" damage of 10 bytes at 3, and
 * "hello!" a record whose damage its end tells.
 */
#include <dateline/io.h>
#include <dateline/warc.h>

#include <fcntl.h>
#include <libdeflate.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* ---- making archives ---------------------------------------------------- */

/* A record of `body`, which declares `length`. */
static void add(struct dtl_buf *b, const char *body, size_t length)
{
    dtl_buf_printf(b,
                   "WARC/1.0\r\nWARC-Type: resource\r\n"
                   "WARC-Record-ID: <urn:x:%s>\r\nContent-Length: %zu\r\n\r\n"
                   "%s\r\n\r\n",
                   body, length, body);
}

static void rec(struct dtl_buf *b, const char *body)
{
    add(b, body, strlen(body));
}

static void arc(struct dtl_buf *b, const char *body, long length)
{
    dtl_buf_printf(b,
                   "http://e.org/ 192.0.2.1 20040102030405 text/html %ld\n%s\n",
                   length, body);
}

/* Stored, not deflated: then sizes do not depend on the compressor's taste,
 * and a member is 23 bytes longer than what it holds. */
static struct dtl_buf gz(struct dtl_slice in, int level)
{
    struct libdeflate_compressor *c = libdeflate_alloc_compressor(level);
    struct dtl_buf out = { 0 };

    dtl_buf_reserve(&out, libdeflate_gzip_compress_bound(c, in.len));
    out.len = libdeflate_gzip_compress(c, in.ptr, in.len, out.ptr, out.cap);
    libdeflate_free_compressor(c);
    return out;
}

static void add_gz(struct dtl_buf *b, struct dtl_slice in)
{
    struct dtl_buf m = gz(in, 0);

    dtl_buf_slice(b, dtl_buf_view(&m));
    dtl_buf_free(&m);
}

static void gzrec(struct dtl_buf *b, const char *body)
{
    struct dtl_buf r = { 0 };

    rec(&r, body);
    add_gz(b, dtl_buf_view(&r));
    dtl_buf_free(&r);
}

static void zstrec(struct dtl_buf *b, const char *body)
{
    struct dtl_buf r = { 0 };

    rec(&r, body);
    dtl_buf_reserve(b, ZSTD_compressBound(r.len));
    b->len += ZSTD_compress(b->ptr + b->len, b->cap - b->len, r.ptr, r.len, 3);
    dtl_buf_free(&r);
}

/* ---- reading them ------------------------------------------------------- */

static void trace_reader(struct dtl_warc *w, struct dtl_buf *out)
{
    struct dtl_warc_record r;
    struct dtl_slice block;
    int rc;

    while ((rc = dtl_warc_next(w, &r, NULL)) != DTL_END) {
        const struct dtl_warc_damage *d = dtl_warc_last_damage(w);

        if (out->len > 0)
            dtl_buf_byte(out, ' ');
        if (rc == DTL_BAD_RECORD) {
            dtl_buf_printf(out, "!%llu+%llu", (unsigned long long)d->offset,
                           (unsigned long long)d->length);
            continue;
        }
        assert_int_equal(rc, DTL_OK);
        dtl_warc_block(w, 1 << 20, &block, NULL);
        dtl_buf_slice(out, block);
        if (dtl_warc_finish(w, &r, NULL) == DTL_BAD_RECORD)
            dtl_buf_byte(out, '!');
    }
}

static void trace_source(struct dtl_source *src, struct dtl_buf *out)
{
    struct dtl_warc *w;

    assert_int_equal(dtl_warc_open(src, &w, NULL), DTL_OK);
    trace_reader(w, out);
    dtl_warc_close(w);
    dtl_source_close(src);
    dtl_buf_byte(out, 0);
}

static void trace_memory(struct dtl_slice in, struct dtl_buf *out)
{
    struct dtl_source *src;

    assert_int_equal(dtl_source_memory(in, "memory", &src, NULL), DTL_OK);
    trace_source(src, out);
}

struct feed {
    struct dtl_slice in;
    int fd;
};

static void *feed(void *arg)
{
    struct feed *f = arg;

    while (f->in.len > 0) {
        ssize_t n = write(f->fd, f->in.ptr, f->in.len);

        if (n <= 0)
            break;
        f->in = dtl_sub(f->in, (size_t)n, f->in.len);
    }
    close(f->fd);
    return NULL;
}

static void trace_pipe(struct dtl_slice in, struct dtl_buf *out)
{
    struct dtl_source *src;
    struct feed f = { .in = in };
    pthread_t thread;
    char name[64];
    int fd[2];

    assert_int_equal(pipe(fd), 0);
    f.fd = fd[1];
    snprintf(name, sizeof name, "/dev/fd/%d", fd[0]);
    assert_int_equal(pthread_create(&thread, NULL, feed, &f), 0);
    assert_int_equal(dtl_source_open(name, &src, NULL), DTL_OK);
    trace_source(src, out);
    close(fd[0]);
    pthread_join(thread, NULL);
}

/* ---- the archives ------------------------------------------------------- */

static void two(struct dtl_buf *b)
{
    rec(b, "one");
    rec(b, "two");
}

static void lf_only(struct dtl_buf *b)
{
    dtl_buf_str(b, "WARC/1.0\nwarc-type: resource\ncontent-length: 3\n\n"
                   "one\n\nWARC/1.0\nContent-Length:3\n\ntwo\n\n");
}

static void folded(struct dtl_buf *b)
{
    dtl_buf_str(b, "WARC/1.0\r\nWARC-Type:\r\n resource\r\nContent-Length:\r\n"
                   "\t3\r\n\r\none\r\n\r\n");
}

static void no_separator(struct dtl_buf *b)
{
    rec(b, "one");
    b->len -= 4;
    rec(b, "two");
}

static void much_space(struct dtl_buf *b)
{
    dtl_buf_str(b, "\r\n\n");
    rec(b, "one");
    dtl_buf_str(b, "\r\n\r\n\n\n");
    rec(b, "two");
}

static void version_09(struct dtl_buf *b)
{
    dtl_buf_str(b, "warc/0.9 70 response http://e.org/ 20050708010101 "
                   "text/html u:1\r\n\r\none\r\n\r\n");
    rec(b, "two");
}

static void length_too_long(struct dtl_buf *b)
{
    add(b, "one", 50);
    rec(b, "two");
    rec(b, "three");
}

static void length_beyond_the_file(struct dtl_buf *b)
{
    add(b, "one", 999999999);
    rec(b, "two");
}

static void length_too_short(struct dtl_buf *b)
{
    add(b, "first", 2);
    rec(b, "two");
}

static void no_length(struct dtl_buf *b)
{
    dtl_buf_str(b, "WARC/1.0\r\nWARC-Type: resource\r\n\r\none\r\n\r\n");
    rec(b, "two");
}

static void junk_between(struct dtl_buf *b)
{
    rec(b, "one");
    dtl_buf_str(b, "<html>503</html>\n");
    rec(b, "two");
}

static void zeros_between(struct dtl_buf *b)
{
    rec(b, "one");
    for (int i = 0; i < 512; i++)
        dtl_buf_byte(b, 0);
    rec(b, "two");
}

static void junk_first(struct dtl_buf *b)
{
    dtl_buf_str(b, "junk");
    rec(b, "one");
}

static void header_cut_by_another(struct dtl_buf *b)
{
    rec(b, "one");
    dtl_buf_str(b, "WARC/1.0\r\nWARC-Type: resou\r\n");
    rec(b, "two");
}

static void zeros_in_a_header(struct dtl_buf *b)
{
    rec(b, "one");
    memset(b->ptr + 30, 0, 8);
    rec(b, "two");
}

static void two_headers_in_one(struct dtl_buf *b)
{
    dtl_buf_str(b, "WARC/1.0\r\nWARC-Record-ID: <u:1>\r\nContent-Length: 9\r\n"
                   "WARC-Record-ID: <u:2>\r\nContent-Length: 3\r\n\r\n"
                   "one\r\n\r\n");
    rec(b, "two");
}

static void cut_in_the_block(struct dtl_buf *b)
{
    rec(b, "one");
    rec(b, "second");
    b->len -= 7;
}

static void a_record_inside(struct dtl_buf *b)
{
    dtl_buf_str(b, "WARC/1.0\r\nContent-Length: 32\r\n\r\n"
                   "WARC/1.0\r\nContent-Length: 1\r\n\r\nx\r\n\r\n");
    rec(b, "two");
}

static void nothing(struct dtl_buf *b)
{
    (void)b;
}

static void no_archive(struct dtl_buf *b)
{
    dtl_buf_str(b, "This is no archive.\n");
}

/* gzip */

static void gz_two(struct dtl_buf *b)
{
    gzrec(b, "one");
    gzrec(b, "two");
}

static void gz_empty_member(struct dtl_buf *b)
{
    gzrec(b, "one");
    add_gz(b, dtl_str(""));
    gzrec(b, "two");
}

static void gz_whole(struct dtl_buf *b)
{
    struct dtl_buf plain = { 0 };

    two(&plain);
    add_gz(b, dtl_buf_view(&plain));
    dtl_buf_free(&plain);
}

static void gz_split(struct dtl_buf *b)
{
    struct dtl_buf plain = { 0 };
    size_t half;

    rec(&plain, "a block of two members");
    half = plain.len - 15;
    add_gz(b, dtl_sub(dtl_buf_view(&plain), 0, half));
    add_gz(b, dtl_sub(dtl_buf_view(&plain), half, plain.len));
    gzrec(b, "two");
    dtl_buf_free(&plain);
}

static void gz_bad_crc(struct dtl_buf *b)
{
    gzrec(b, "one");
    b->ptr[b->len - 8] ^= 1;
    gzrec(b, "two");
}

static void gz_bad_code(struct dtl_buf *b)
{
    gzrec(b, "one");
    memset(b->ptr + 12, 0xff, 4);
    gzrec(b, "two");
}

static void gz_cut_member(struct dtl_buf *b)
{
    gzrec(b, "one");
    b->len -= 20;
    gzrec(b, "two");
    gzrec(b, "three");
}

static void gz_junk(struct dtl_buf *b)
{
    gzrec(b, "one");
    dtl_buf_str(b, "junk\x1f\x8b\x08 between");
    gzrec(b, "two");
    dtl_buf_add(b, "\0\0\0\0", 4);
}

static void gz_long_length(struct dtl_buf *b)
{
    struct dtl_buf plain = { 0 };

    add(&plain, "one", 70);
    add_gz(b, dtl_buf_view(&plain));
    gzrec(b, "two");
    dtl_buf_free(&plain);
}

static void gz_no_record(struct dtl_buf *b)
{
    gzrec(b, "one");
    add_gz(b, dtl_str("a member of something else\n"));
    gzrec(b, "two");
}

/* zstd */

static void zst_two(struct dtl_buf *b)
{
    zstrec(b, "one");
    zstrec(b, "two");
}

static void zst_skippable(struct dtl_buf *b)
{
    zstrec(b, "one");
    dtl_buf_add(b, "\x53\x2a\x4d\x18\x04\0\0\0abcd", 12);
    zstrec(b, "two");
}

/* ARC */

static void arc_two(struct dtl_buf *b)
{
    arc(b, "one", 3);
    arc(b, "two", 3);
}

static void arc_negative(struct dtl_buf *b)
{
    arc(b, "", -7);
    dtl_buf_byte(b, '\n');
    arc(b, "two", 3);
}

static void arc_long(struct dtl_buf *b)
{
    arc(b, "one\n", 30);
    arc(b, "two", 3);
}

static void arc_one_too_long(struct dtl_buf *b)
{
    arc(b, "one\n", 6);
    arc(b, "HTTP/1.0 200 OK", 15);
}

static void arc_holding_a_list(struct dtl_buf *b)
{
    arc(b,
        "http://e.org/ 192.0.2.1 20040102030405 text/html 5\n"
        "http://e.org/ 192.0.2.1 20040102030405 text/html 6\n",
        200);
}

static const struct {
    const char *name;
    void (*make)(struct dtl_buf *b);
    const char *trace;
} rows[] = {
    { "two records", two, "one two" },
    { "LF alone and lower-case names", lf_only, "one two" },
    { "folded values", folded, "one" },
    { "nothing between records", no_separator, "one two" },
    { "too much between records", much_space, "one two" },
    { "WARC 0.9 by places", version_09, "one two" },
    { "Content-Length too long", length_too_long, "one! two three" },
    { "Content-Length beyond the file", length_beyond_the_file, "one! two" },
    { "Content-Length too short", length_too_short, "fi !85+7 two" },
    { "no Content-Length", no_length, "one! two" },
    { "junk between records", junk_between, "one !88+17 two" },
    { "zeros between records", zeros_between, "one !88+512 two" },
    { "junk before the first", junk_first, "!0+4 one" },
    { "a header cut by another", header_cut_by_another, "one !88+28 two" },
    { "zeros in a header", zeros_in_a_header, "!0+88 two" },
    { "two headers in one", two_headers_in_one, "!0+103 two" },
    { "cut in the block", cut_in_the_block, "one sec!" },
    { "a record in a record's block", a_record_inside,
      "WARC/1.0\r\nContent-Length: 1\r\n\r\nx two" },
    { "nothing", nothing, "" },
    { "no archive", no_archive, "!0+20" },
    { "gzip: two members", gz_two, "one two" },
    { "gzip: an empty member", gz_empty_member, "one two" },
    { "gzip: all in one member", gz_whole, "one two" },
    { "gzip: a block in two members", gz_split, "a block of two members two" },
    { "gzip: bad checksum", gz_bad_crc, "one! two" },
    { "gzip: bad code", gz_bad_code, "!0+111 two" },
    { "gzip: cut member", gz_cut_member, "!0+91 two three" },
    { "gzip: junk", gz_junk, "one !111+15 two !237+4" },
    { "gzip: Content-Length too long", gz_long_length, "one\r\n\r\n! two" },
    { "gzip: a member without record", gz_no_record, "one !111+50 two" },
    { "zstd: two frames", zst_two, "one two" },
    { "zstd: a frame to skip", zst_skippable, "one two" },
    { "ARC: two records", arc_two, "one two" },
    { "ARC: negative length", arc_negative, "! two" },
    { "ARC: length too long", arc_long, "one! two" },
    { "ARC: length one byte too long", arc_one_too_long,
      "one! HTTP/1.0 200 OK" },
    { "ARC: a list that looks like records", arc_holding_a_list,
      "http://e.org/ 192.0.2.1 20040102030405 text/html 5\n"
      "http://e.org/ 192.0.2.1 20040102030405 text/html 6\n\n!" },
};

static void check_rows(void (*trace)(struct dtl_slice, struct dtl_buf *))
{
    bool ok = true;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dtl_buf in = { 0 }, out = { 0 };

        rows[i].make(&in);
        trace(dtl_buf_view(&in), &out);
        if (strcmp((const char *)out.ptr, rows[i].trace) != 0) {
            print_error("%s: \"%s\", not \"%s\"\n", rows[i].name,
                        (const char *)out.ptr, rows[i].trace);
            ok = false;
        }
        dtl_buf_free(&in);
        dtl_buf_free(&out);
    }
    assert_true(ok);
}

static void archives_are_read_from_memory(void **state)
{
    (void)state;
    check_rows(trace_memory);
}

static void archives_are_read_from_pipes_alike(void **state)
{
    (void)state;
    check_rows(trace_pipe);
}

static void a_file_may_begin_with_damage(void **state)
{
    struct dtl_buf in = { 0 }, one = { 0 }, out = { 0 }, m;
    char expected[64];

    (void)state;
    rec(&one, "one");
    m = gz(dtl_buf_view(&one), 6);
    dtl_buf_slice(&in, dtl_sub(dtl_buf_view(&m), 1, m.len));
    gzrec(&in, "two");
    snprintf(expected, sizeof expected, "!0+%zu two", m.len - 1);
    trace_memory(dtl_buf_view(&in), &out);
    assert_string_equal((const char *)out.ptr, expected);
    dtl_buf_free(&in);
    dtl_buf_free(&one);
    dtl_buf_free(&m);
    dtl_buf_free(&out);
}

static void a_damaged_frame_costs_itself(void **state)
{
    struct dtl_buf in = { 0 }, out = { 0 };
    char expected[64];
    size_t first, second;

    (void)state;
    zstrec(&in, "one");
    first = in.len;
    zstrec(&in, "two");
    second = in.len;
    memset(in.ptr + first + 20, 0, second - first - 20);
    zstrec(&in, "three");
    snprintf(expected, sizeof expected, "one !%zu+%zu three", first,
             second - first);
    trace_memory(dtl_buf_view(&in), &out);
    assert_string_equal((const char *)out.ptr, expected);
    dtl_buf_free(&in);
    dtl_buf_free(&out);
}

/* ---- places ------------------------------------------------------------- */

static struct dtl_warc *open_memory(struct dtl_slice in,
                                    struct dtl_source **src)
{
    struct dtl_warc *w;

    assert_int_equal(dtl_source_memory(in, "memory", src, NULL), DTL_OK);
    assert_int_equal(dtl_warc_open(*src, &w, NULL), DTL_OK);
    return w;
}

static void every_record_can_be_read_at_its_place(void **state)
{
    static void (*const makes[])(struct dtl_buf *) = { two, gz_two, gz_whole,
                                                       zst_two, arc_two };

    (void)state;
    for (size_t i = 0; i < sizeof makes / sizeof makes[0]; i++) {
        struct dtl_buf in = { 0 };
        struct dtl_source *src;
        struct dtl_warc_record r, second;
        struct dtl_slice block;
        struct dtl_warc *w;

        makes[i](&in);
        w = open_memory(dtl_buf_view(&in), &src);
        assert_int_equal(dtl_warc_next(w, &r, NULL), DTL_OK);
        assert_int_equal(dtl_warc_finish(w, &r, NULL), DTL_OK);
        assert_int_equal(dtl_warc_next(w, &second, NULL), DTL_OK);
        assert_int_equal(
            dtl_warc_seek_inner(w, second.offset, second.inner, NULL), DTL_OK);
        assert_int_equal(dtl_warc_next(w, &r, NULL), DTL_OK);
        assert_int_equal(r.offset, second.offset);
        assert_int_equal(dtl_warc_block(w, 100, &block, NULL), DTL_OK);
        assert_memory_equal(block.ptr, "two", 3);
        dtl_warc_close(w);
        dtl_source_close(src);
        dtl_buf_free(&in);
    }
}

static void sync_finds_the_first_record_from_a_place_on(void **state)
{
    static void (*const makes[])(struct dtl_buf *) = { two, gz_two, zst_two,
                                                       arc_two };

    (void)state;
    for (size_t i = 0; i < sizeof makes / sizeof makes[0]; i++) {
        struct dtl_buf in = { 0 };
        struct dtl_source *src;
        struct dtl_warc_record r;
        struct dtl_warc *w;
        uint64_t at, middle;

        makes[i](&in);
        w = open_memory(dtl_buf_view(&in), &src);
        assert_int_equal(dtl_warc_next(w, &r, NULL), DTL_OK);
        assert_int_equal(dtl_warc_finish(w, &r, NULL), DTL_OK);
        middle = dtl_warc_tell(w);
        assert_int_equal(dtl_warc_sync(w, 1, &at, NULL), DTL_OK);
        assert_int_equal(at, middle);
        assert_int_equal(dtl_warc_next(w, &r, NULL), DTL_OK);
        assert_int_equal(r.offset, middle);
        assert_int_equal(dtl_warc_sync(w, middle, &at, NULL), DTL_OK);
        assert_int_equal(at, middle);
        assert_int_equal(dtl_warc_sync(w, middle + 1, &at, NULL), DTL_END);
        dtl_warc_close(w);
        dtl_source_close(src);
        dtl_buf_free(&in);
    }
}

static void lengths_and_flags_say_how_a_record_is_stored(void **state)
{
    static const struct {
        void (*make)(struct dtl_buf *);
        uint64_t length;
        unsigned flags;
    } cases[] = {
        { two, 84, 0 },
        { no_separator, 84, DTL_WARC_BAD_END },
        { lf_only, 51, DTL_WARC_BARE_LF | DTL_WARC_BAD_END },
        { gz_two, 111, DTL_WARC_COMPRESSED },
        { gz_whole, 199, DTL_WARC_COMPRESSED | DTL_WARC_SHARED },
        { gz_split, 173, DTL_WARC_COMPRESSED | DTL_WARC_SPLIT },
        { arc_two, 54, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dtl_buf in = { 0 };
        struct dtl_source *src;
        struct dtl_warc_record r;
        struct dtl_warc *w;

        cases[i].make(&in);
        w = open_memory(dtl_buf_view(&in), &src);
        assert_int_equal(dtl_warc_next(w, &r, NULL), DTL_OK);
        assert_int_equal(dtl_warc_finish(w, &r, NULL), DTL_OK);
        assert_int_equal(r.length, cases[i].length);
        assert_int_equal(r.flags, cases[i].flags);
        dtl_warc_close(w);
        dtl_source_close(src);
        dtl_buf_free(&in);
    }
}

/* ---- headers ------------------------------------------------------------ */

static void fields_come_out_under_their_names(void **state)
{
    static const char text[] =
        "WARC/1.1\r\nWARC-Type: revisit\r\nWARC-Record-ID: <urn:x:1>\r\n"
        "WARC-Target-URI: <http://e.org/>\r\n"
        "WARC-Date: 2024-05-02T10:00:00.5Z\r\nContent-Length: 0\r\n"
        "WARC-Payload-Digest: sha1:AAAA\r\nWARC-Payload-Digest: sha1:BBBB\r\n"
        "WARC-Profile: p\r\nWARC-Segment-Number: 2\r\n"
        "WARC-Segment-Origin-ID: <urn:x:0>\r\nX-Own: kept\r\n\r\n\r\n\r\n";
    struct dtl_source *src;
    struct dtl_warc_record r;
    struct dtl_warc *w = open_memory(dtl_str(text), &src);

    (void)state;
    assert_int_equal(dtl_warc_next(w, &r, NULL), DTL_OK);
    assert_int_equal(r.type, DTL_WARC_REVISIT);
    assert_true(dtl_equal(r.version, dtl_str("WARC/1.1")));
    assert_true(dtl_equal(r.uri, dtl_str("http://e.org/")));
    assert_true(dtl_equal(r.payload_digest, dtl_str("sha1:AAAA")));
    assert_true(dtl_equal(r.profile, dtl_str("p")));
    assert_int_equal(r.segment, 2);
    assert_true(dtl_equal(r.segment_origin, dtl_str("<urn:x:0>")));
    assert_int_equal(r.time, 1714644000);
    assert_int_equal(r.nfields, 11);
    assert_true(dtl_equal(dtl_field_find(r.fields, r.nfields, "x-own")->value,
                          dtl_str("kept")));
    dtl_warc_close(w);
    dtl_source_close(src);
}

static const struct {
    const char *name, *line, *uri, *date, *mime;
    uint64_t length;
} arc_lines[] = {
    { "version 1", "http://e.org/ 192.0.2.1 20040102030405 text/html 3",
      "http://e.org/", "20040102030405", "text/html", 3 },
    { "version 2",
      "http://e.org/ 192.0.2.1 20040102030405 text/html 200 x - 9 a.arc 3",
      "http://e.org/", "20040102030405", "text/html", 3 },
    { "spaces in the URL",
      "http://e.org/a b c 192.0.2.1 20040102030405 text/html 3",
      "http://e.org/a b c", "20040102030405", "text/html", 3 },
    { "parameters of the type",
      "http://e.org/ 192.0.2.1 20040102030405 text/html; charset=x 3",
      "http://e.org/", "20040102030405", "text/html; charset=x", 3 },
    { "address and date swapped",
      "http://e.org/ 20040102030405 192.0.2.1 text/html 3", "http://e.org/",
      "20040102030405", "text/html", 3 },
    { "date of 10 digits", "http://e.org/ 192.0.2.1 2004010203 text/html 3",
      "http://e.org/", "2004010203", "text/html", 3 },
    { "date of 12 digits", "http://e.org/ 192.0.2.1 200401020304 text/html 3",
      "http://e.org/", "200401020304", "text/html", 3 },
    { "date of 18 digits",
      "http://e.org/ 192.0.2.1 200401020304050607 text/html 3", "http://e.org/",
      "200401020304050607", "text/html", 3 },
    { "text behind the date",
      "http://e.org/ None 20160211000000jpg text/html 3", "http://e.org/",
      "20160211000000jpg", "text/html", 3 },
    { "no date", "http://e.org/ 192.0.2.1 null text/html 3", "http://e.org/",
      "null", "text/html", 3 },
    { "IPv6", "dns:e.org 2001:db8::1 20040102030405 text/dns 3", "dns:e.org",
      "20040102030405", "text/dns", 3 },
    { "carriage return in the URL",
      "http://e.org/\rx 192.0.2.1 20040102030405 text/html 3",
      "http://e.org/\rx", "20040102030405", "text/html", 3 },
};

static void arc_lines_are_read_for_themselves(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof arc_lines / sizeof arc_lines[0]; i++) {
        struct dtl_buf in = { 0 };
        struct dtl_source *src;
        struct dtl_warc_record r;
        struct dtl_warc *w;

        dtl_buf_printf(&in, "%s\none\n", arc_lines[i].line);
        w = open_memory(dtl_buf_view(&in), &src);
        assert_int_equal(dtl_warc_next(w, &r, NULL), DTL_OK);
        assert_true(r.arc);
        assert_true(dtl_equal(r.uri, dtl_str(arc_lines[i].uri)));
        assert_true(dtl_equal(r.date, dtl_str(arc_lines[i].date)));
        assert_true(dtl_equal(r.content_type, dtl_str(arc_lines[i].mime)));
        assert_int_equal(r.content_length, arc_lines[i].length);
        dtl_warc_close(w);
        dtl_source_close(src);
        dtl_buf_free(&in);
    }
}

/* ---- large ones --------------------------------------------------------- */

static void a_block_over_the_limit_comes_in_pieces(void **state)
{
    struct dtl_buf plain = { 0 }, in = { 0 };
    const size_t size = (size_t)40 << 20;
    struct dtl_warc_record r;
    struct dtl_source *src;
    struct dtl_slice piece;
    struct dtl_warc *w;
    uint64_t n;

    (void)state;
    dtl_buf_printf(&plain, "WARC/1.0\r\nContent-Length: %zu\r\n\r\n", size);
    dtl_buf_reserve(&plain, size + 4);
    memset(plain.ptr + plain.len, 'x', size);
    plain.len += size;
    dtl_buf_str(&plain, "\r\n\r\n");
    add_gz(&in, dtl_buf_view(&plain));
    gzrec(&in, "two");
    w = open_memory(dtl_buf_view(&in), &src);
    assert_int_equal(dtl_warc_next(w, &r, NULL), DTL_OK);
    assert_int_equal(dtl_warc_block(w, 1000, &piece, NULL), DTL_LIMIT);
    assert_int_equal(piece.len, 1000);
    n = piece.len;
    while (dtl_warc_read(w, &piece, NULL) == DTL_OK)
        n += piece.len;
    assert_int_equal(n, size);
    assert_int_equal(dtl_warc_finish(w, &r, NULL), DTL_OK);
    assert_int_equal(dtl_warc_next(w, &r, NULL), DTL_OK);
    assert_int_equal(dtl_warc_block(w, 1000, &piece, NULL), DTL_OK);
    assert_memory_equal(piece.ptr, "two", 3);
    dtl_warc_close(w);
    dtl_source_close(src);
    dtl_buf_free(&plain);
    dtl_buf_free(&in);
}

/* ---- writing ------------------------------------------------------------ */

static void written_records_read_back(void **state)
{
    static const enum dtl_warc_coding codings[] = { DTL_WARC_PLAIN,
                                                    DTL_WARC_GZIP,
                                                    DTL_WARC_ZSTD };
    char path[] = "/tmp/dateline-warc-XXXXXX";

    (void)state;
    close(mkstemp(path));
    for (size_t i = 0; i < 3; i++) {
        struct dtl_warc_writer *out;
        struct dtl_buf r = { 0 }, trace = { 0 };
        struct dtl_source *src;
        uint64_t offset;

        assert_int_equal(dtl_warc_create(path, codings[i], 0, &out, NULL),
                         DTL_OK);
        for (int n = 0; n < 3; n++) {
            dtl_buf_clear(&r);
            rec(&r, n == 0 ? "one" : n == 1 ? "dropped" : "two");
            assert_int_equal(dtl_warc_begin(out, NULL), DTL_OK);
            assert_int_equal(dtl_warc_write(out, dtl_buf_view(&r), NULL),
                             DTL_OK);
            assert_int_equal(dtl_warc_end(out, n != 1, &offset, NULL), DTL_OK);
        }
        assert_int_equal(dtl_warc_commit(out, NULL), DTL_OK);
        dtl_warc_discard(out);
        assert_int_equal(dtl_source_open(path, &src, NULL), DTL_OK);
        trace_source(src, &trace);
        assert_string_equal((const char *)trace.ptr, "one two");
        dtl_buf_free(&r);
        dtl_buf_free(&trace);
    }
    unlink(path);
}

static void nothing_appears_without_commit(void **state)
{
    char path[64];
    struct dtl_warc_writer *out;

    (void)state;
    snprintf(path, sizeof path, "/tmp/dateline-none-%ld.warc", (long)getpid());
    assert_int_equal(dtl_warc_create(path, DTL_WARC_GZIP, 0, &out, NULL),
                     DTL_OK);
    dtl_warc_begin(out, NULL);
    dtl_warc_write(out, dtl_str("x"), NULL);
    dtl_warc_end(out, true, NULL, NULL);
    dtl_warc_discard(out);
    assert_int_equal(access(path, F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(archives_are_read_from_memory),
        cmocka_unit_test(archives_are_read_from_pipes_alike),
        cmocka_unit_test(a_file_may_begin_with_damage),
        cmocka_unit_test(a_damaged_frame_costs_itself),
        cmocka_unit_test(every_record_can_be_read_at_its_place),
        cmocka_unit_test(sync_finds_the_first_record_from_a_place_on),
        cmocka_unit_test(lengths_and_flags_say_how_a_record_is_stored),
        cmocka_unit_test(fields_come_out_under_their_names),
        cmocka_unit_test(arc_lines_are_read_for_themselves),
        cmocka_unit_test(a_block_over_the_limit_comes_in_pieces),
        cmocka_unit_test(written_records_read_back),
        cmocka_unit_test(nothing_appears_without_commit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
