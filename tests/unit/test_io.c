/* SPDX-License-Identifier: Apache-2.0 */
#include <dateline/io.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <archive.h>
#include <archive_entry.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static char dir[] = "/tmp/dateline-io-XXXXXX";

static const char record[] = "WARC/1.0\r\nWARC-Type: resource\r\n"
                             "Content-Length: 5\r\n\r\nhello\r\n\r\n";

static const char *in_dir(const char *name)
{
    static char path[512];

    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static void write_file(const char *name, const void *bytes, size_t len)
{
    FILE *f = fopen(in_dir(name), "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, len, f), len);
    fclose(f);
}

static char *read_all(struct dtl_source *s)
{
    struct dtl_buf b = { 0 };
    struct dtl_slice piece;

    while (dtl_source_peek(s, 1, &piece, NULL) == DTL_OK) {
        size_t n = piece.len < 1000 ? piece.len : 1000;

        dtl_buf_add(&b, piece.ptr, n);
        dtl_source_consume(s, n);
    }
    dtl_buf_byte(&b, 0);
    return (char *)b.ptr;
}

/* ---- sources ------------------------------------------------------------ */

static void a_mapped_file_is_one_slice(void **state)
{
    struct dtl_source *s;
    struct dtl_slice all;

    (void)state;
    write_file("plain.warc", record, sizeof record - 1);
    assert_int_equal(dtl_source_open(in_dir("plain.warc"), &s, NULL), DTL_OK);
    all = dtl_source_mapped(s);
    assert_int_equal(all.len, sizeof record - 1);
    assert_memory_equal(all.ptr, record, all.len);
    assert_int_equal(dtl_source_size(s), all.len);
    assert_true(dtl_source_seekable(s));
    assert_int_equal(dtl_source_seek(s, 10, NULL), DTL_OK);
    assert_int_equal(dtl_source_tell(s), 10);
    dtl_source_consume(s, 1000);
    assert_int_equal(dtl_source_tell(s), all.len);
    assert_int_equal(dtl_source_peek(s, 1, &all, NULL), DTL_END);
    dtl_source_close(s);
}

static void an_empty_file_ends_at_once(void **state)
{
    struct dtl_source *s;
    struct dtl_slice piece;

    (void)state;
    write_file("empty", "", 0);
    assert_int_equal(dtl_source_open(in_dir("empty"), &s, NULL), DTL_OK);
    assert_int_equal(dtl_source_peek(s, 1, &piece, NULL), DTL_END);
    dtl_source_close(s);
}

static void what_is_not_there_is_not_found(void **state)
{
    struct dtl_source *s;
    struct dtl_error err;

    (void)state;
    assert_int_equal(dtl_source_open(in_dir("absent"), &s, &err), DTL_NOTFOUND);
    assert_null(s);
    assert_int_equal(dtl_source_open(dir, &s, &err), DTL_IO);
}

static void a_pipe_is_read_once_and_forward(void **state)
{
    struct dtl_source *s;
    struct dtl_slice piece;
    char name[64];
    int fd[2];

    (void)state;
    assert_int_equal(pipe(fd), 0);
    assert_int_equal(write(fd[1], record, sizeof record - 1),
                     sizeof record - 1);
    close(fd[1]);
    snprintf(name, sizeof name, "/dev/fd/%d", fd[0]);
    assert_int_equal(dtl_source_open(name, &s, NULL), DTL_OK);
    assert_false(dtl_source_seekable(s));
    assert_null(dtl_source_mapped(s).ptr);
    assert_int_equal(dtl_source_size(s), UINT64_MAX);
    assert_int_equal(dtl_source_peek(s, 1 << 20, &piece, NULL), DTL_OK);
    assert_int_equal(piece.len, sizeof record - 1);
    assert_int_equal(dtl_source_seek(s, 9, NULL), DTL_OK);
    assert_int_equal(dtl_source_tell(s), 9);
    assert_int_equal(dtl_source_seek(s, 3, NULL), DTL_INVALID);
    dtl_source_close(s);
    close(fd[0]);
}

/* ---- containers --------------------------------------------------------- */

enum shape { STORED, DEFLATED, TAR, TARGZ, TARZST, SHAPES };

static void add_entry(struct archive *a, const char *path, const void *bytes,
                      size_t len)
{
    struct archive_entry *e = archive_entry_new();

    archive_entry_set_pathname(e, path);
    archive_entry_set_size(e, (la_int64_t)len);
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_perm(e, 0644);
    assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
    assert_int_equal(archive_write_data(a, bytes, len), len);
    archive_entry_free(e);
}

static struct archive *new_container(const char *name, enum shape shape)
{
    struct archive *a = archive_write_new();

    if (shape == STORED || shape == DEFLATED) {
        archive_write_set_format_zip(a);
        if (shape == STORED)
            archive_write_zip_set_compression_store(a);
        else
            archive_write_zip_set_compression_deflate(a);
    } else {
        archive_write_set_format_pax_restricted(a);
        if (shape == TARGZ)
            archive_write_add_filter_gzip(a);
        if (shape == TARZST)
            archive_write_add_filter_zstd(a);
    }
    assert_int_equal(archive_write_open_filename(a, in_dir(name)), ARCHIVE_OK);
    return a;
}

static void make_container(const char *name, enum shape shape)
{
    static char large[300000];
    struct archive *a = new_container(name, shape);

    memset(large, 'x', sizeof large);
    memcpy(large, record, sizeof record - 1);
    add_entry(a, "datapackage.json", "{}", 2);
    add_entry(a, "archive/one.warc", record, sizeof record - 1);
    add_entry(a, "pages/pages.jsonl", "{}\n", 3);
    add_entry(a, "archive/two.warc", large, sizeof large);
    archive_write_close(a);
    archive_write_free(a);
}

static void members_are_found_and_read_in_every_shape(void **state)
{
    (void)state;
    for (int shape = 0; shape < SHAPES; shape++) {
        const char *path = in_dir("c.bin");
        struct dtl_walk *w;
        struct dtl_walk_entry e;
        struct dtl_source *s;
        char *text;

        make_container("c.bin", (enum shape)shape);
        path = in_dir("c.bin");
        assert_int_equal(dtl_walk_open(&path, 1, &w, NULL), DTL_OK);
        assert_int_equal(dtl_walk_next(w, &e, NULL), DTL_OK);
        assert_non_null(strstr(e.name, "c.bin!/archive/one.warc"));
        assert_int_equal(dtl_source_open(e.name, &s, NULL), DTL_OK);
        text = read_all(s);
        assert_string_equal(text, record);
        /* Back to a place within, whatever the coding. */
        assert_int_equal(dtl_source_seek(s, 5, NULL), DTL_OK);
        free(text);
        text = read_all(s);
        assert_string_equal(text, record + 5);
        free(text);
        assert_int_equal(dtl_source_seekable(s),
                         shape == STORED || shape == TAR);
        dtl_source_close(s);
        assert_int_equal(dtl_walk_next(w, &e, NULL), DTL_OK);
        assert_non_null(strstr(e.name, "c.bin!/archive/two.warc"));
        assert_int_equal(dtl_walk_next(w, &e, NULL), DTL_END);
        dtl_walk_close(w);
    }
}

static void containers_nest(void **state)
{
    struct archive *a;
    struct dtl_source *s;
    struct dtl_slice all;
    struct dtl_walk *w;
    struct dtl_walk_entry e;
    const char *path;
    char *text;

    (void)state;
    make_container("inner.wacz", STORED);
    assert_int_equal(dtl_source_open(in_dir("inner.wacz"), &s, NULL),
                     DTL_FORMAT);
    /* As bytes of a file that does not look like a container. */
    {
        FILE *f = fopen(in_dir("inner.wacz"), "rb");
        static char bytes[1 << 20];

        all = dtl_slice_of(bytes, fread(bytes, 1, sizeof bytes, f));
        fclose(f);
    }
    a = new_container("outer.wacz", STORED);
    add_entry(a, "inner.wacz", all.ptr, all.len);
    archive_write_close(a);
    archive_write_free(a);
    path = in_dir("outer.wacz");
    assert_int_equal(dtl_walk_open(&path, 1, &w, NULL), DTL_OK);
    assert_int_equal(dtl_walk_next(w, &e, NULL), DTL_OK);
    assert_non_null(strstr(e.name, "outer.wacz!/inner.wacz!/archive/one.warc"));
    assert_int_equal(dtl_source_open(e.name, &s, NULL), DTL_OK);
    text = read_all(s);
    assert_string_equal(text, record);
    free(text);
    dtl_source_close(s);
    dtl_walk_close(w);
}

static void a_missing_member_is_not_found(void **state)
{
    struct dtl_source *s;
    char name[600];

    (void)state;
    make_container("c.zip", STORED);
    snprintf(name, sizeof name, "%s!/absent.warc", in_dir("c.zip"));
    assert_int_equal(dtl_source_open(name, &s, NULL), DTL_NOTFOUND);
}

static void codings_come_off(void **state)
{
    static int (*const filters[])(struct archive *) = {
        archive_write_add_filter_xz, archive_write_add_filter_bzip2,
        archive_write_add_filter_lz4
    };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct archive *a = archive_write_new();
        struct dtl_source *s;
        char *text;

        archive_write_set_format_raw(a);
        assert_int_equal(filters[i](a), ARCHIVE_OK);
        archive_write_open_filename(a, in_dir("coded"));
        add_entry(a, "data", record, sizeof record - 1);
        archive_write_close(a);
        archive_write_free(a);
        assert_int_equal(dtl_source_open(in_dir("coded"), &s, NULL), DTL_OK);
        text = read_all(s);
        assert_string_equal(text, record);
        free(text);
        dtl_source_close(s);
    }
}

/* ---- walking ------------------------------------------------------------ */

static void folders_give_archives_in_name_order(void **state)
{
    struct dtl_walk *w;
    struct dtl_walk_entry e;
    const char *path;

    (void)state;
    mkdir(in_dir("tree"), 0755);
    mkdir(in_dir("tree/b"), 0755);
    write_file("tree/c.warc", record, sizeof record - 1);
    write_file("tree/a", record, sizeof record - 1);
    write_file("tree/b/x.warc", record, sizeof record - 1);
    write_file("tree/readme.warc", "no archive", 10);
    path = in_dir("tree");
    assert_int_equal(dtl_walk_open(&path, 1, &w, NULL), DTL_OK);
    assert_int_equal(dtl_walk_next(w, &e, NULL), DTL_OK);
    assert_non_null(strstr(e.name, "tree/a"));
    assert_int_equal(e.size, sizeof record - 1);
    assert_int_equal(dtl_walk_next(w, &e, NULL), DTL_OK);
    assert_non_null(strstr(e.name, "tree/b/x.warc"));
    assert_int_equal(dtl_walk_next(w, &e, NULL), DTL_OK);
    assert_non_null(strstr(e.name, "tree/c.warc"));
    assert_int_equal(dtl_walk_next(w, &e, NULL), DTL_END);
    dtl_walk_close(w);
}

static void what_is_named_is_given_whatever_it_is(void **state)
{
    struct dtl_walk *w;
    struct dtl_walk_entry e;
    const char *paths[] = { "/nonexistent", "-" };

    (void)state;
    assert_int_equal(dtl_walk_open(paths, 2, &w, NULL), DTL_OK);
    assert_int_equal(dtl_walk_next(w, &e, NULL), DTL_OK);
    assert_string_equal(e.name, "/nonexistent");
    assert_int_equal(dtl_walk_next(w, &e, NULL), DTL_OK);
    assert_string_equal(e.name, "-");
    assert_int_equal(dtl_walk_next(w, &e, NULL), DTL_END);
    dtl_walk_close(w);
}

static void a_container_without_archives_says_so(void **state)
{
    struct archive *a;
    struct dtl_walk *w;
    struct dtl_walk_entry e;
    struct dtl_error err;
    const char *path;

    (void)state;
    a = new_container("none.zip", STORED);
    add_entry(a, "a.txt", "text", 4);
    archive_write_close(a);
    archive_write_free(a);
    path = in_dir("none.zip");
    assert_int_equal(dtl_walk_open(&path, 1, &w, NULL), DTL_OK);
    assert_int_equal(dtl_walk_next(w, &e, &err), DTL_FORMAT);
    assert_string_equal(e.name, path);
    assert_int_equal(dtl_walk_next(w, &e, &err), DTL_END);
    dtl_walk_close(w);
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(dir) == NULL;
}

static int tear_down(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mapped_file_is_one_slice),
        cmocka_unit_test(an_empty_file_ends_at_once),
        cmocka_unit_test(what_is_not_there_is_not_found),
        cmocka_unit_test(a_pipe_is_read_once_and_forward),
        cmocka_unit_test(members_are_found_and_read_in_every_shape),
        cmocka_unit_test(containers_nest),
        cmocka_unit_test(a_missing_member_is_not_found),
        cmocka_unit_test(codings_come_off),
        cmocka_unit_test(folders_give_archives_in_name_order),
        cmocka_unit_test(what_is_named_is_given_whatever_it_is),
        cmocka_unit_test(a_container_without_archives_says_so),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
