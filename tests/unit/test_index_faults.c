/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What disks, kernels and operators do to a store: the writer is killed before
 * each system call that changes a file, the disk is full at every size, bits
 * flip, files are cut.  Nothing published is lost, nothing half done is seen,
 * damage is an error and never a wrong answer.
 */
#include <dateline/index.h>
#include <dateline/store.h>
#include <dateline/story.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <linux/ptrace.h>
#include <cmocka.h>

#include "index_store.h"

enum { N = 60 }; /* captures, and articles, of one segment */

/* ---- a store that is written in steps ----------------------------------- */

static int add_rows(struct dtl_segment_writer *s, int from)
{
    struct dtl_arena *arena = dtl_arena_new(0);
    int rc = DTL_OK;

    for (int i = from; rc == DTL_OK && i < from + N; i++) {
        char url[64], text[128];
        struct dtl_mark mark = { (uint64_t)(i + 1) << 40, 3 };
        struct dtl_marks marks = { &mark, 1, 10 };
        struct dtl_article_row row = { .title = dtl_str("A title"),
                                       .site = dtl_str("example.org"),
                                       .language = dtl_str("en"),
                                       .meta = dtl_str("{}"),
                                       .words = 9 };
        struct dtl_capture c;
        struct dtl_slice normal;

        snprintf(url, sizeof url, "http://example.org/%d", i);
        snprintf(text, sizeof text, "Story %d is told here once and fully.", i);
        c = capture(url, 1000000 + i);
        c.digest.kind = DTL_DIGEST_SHA1;
        c.digest.len = 20;
        memset(c.digest.bytes, i, 20);
        row.text = dtl_str(text);
        rc = dtl_normal(row.text, arena, &normal, NULL);
        if (rc == DTL_OK)
            rc = dtl_text_hash(normal, row.text_hash, NULL);
        if (rc == DTL_OK)
            rc = dtl_segment_add_article(s, &row, &marks, &marks, &c.article,
                                         NULL);
        if (rc == DTL_OK)
            rc = dtl_segment_add_capture(s, &c, NULL);
    }
    dtl_arena_free(arena);
    return rc;
}

/* Step `from / N`: a segment and its range, unless they are there already. */
static int write_step(const char *dir, int from)
{
    struct dtl_store_writer *w = NULL;
    struct dtl_segment_writer *s = NULL;
    struct dtl_range range = { 0, (uint64_t)from, (uint64_t)from + N };
    const struct dtl_range *covered;
    uint32_t file;
    size_t n;
    int rc = dtl_store_writer_open(dir, &w, NULL);

    if (rc == DTL_OK)
        rc = dtl_store_file(w, "a.warc.gz", 1000, 77, &file, NULL);
    if (rc == DTL_OK)
        rc = dtl_store_covered(w, file, &covered, &n, NULL);
    if (rc == DTL_OK && n > 0 && covered[0].end >= range.end) {
        dtl_store_writer_close(w);
        return DTL_OK;
    }
    range.file = file;
    if (rc == DTL_OK)
        rc = dtl_segment_writer_new(w, 1 << 20, &s, NULL);
    if (rc == DTL_OK)
        rc = add_rows(s, from);
    if (rc == DTL_OK)
        rc = dtl_segment_finish(s, NULL);
    if (rc == DTL_OK)
        rc = dtl_store_publish(w, &s, 1, &range, 1, NULL);
    dtl_segment_writer_free(s);
    dtl_store_writer_close(w);
    return rc;
}

static int step_two(const char *dir)
{
    return write_step(dir, N);
}

static int compact_all(const char *dir)
{
    struct dtl_compact c = { .all = true, .memory = 1 << 20 };
    struct dtl_store_writer *w = NULL;
    int rc = dtl_store_writer_open(dir, &w, NULL);

    if (rc == DTL_OK)
        rc = dtl_store_compact(w, &c, NULL);
    dtl_store_writer_close(w);
    return rc;
}

static int take_down(const char *dir)
{
    struct dtl_takedown t = { .kind = DTL_REMOVE_URL,
                              .value = dtl_str("http://example.org/1"),
                              .time = 1 };
    struct dtl_store_writer *w = NULL;
    struct dtl_store *s = NULL;
    struct dtl_takedown known;
    uint32_t number = 0;
    int rc = dtl_store_open(dir, &s, NULL);
    bool done = rc == DTL_OK &&
                dtl_store_next_takedown(s, &number, &known, NULL) == DTL_OK;

    dtl_store_close(s);
    if (rc != DTL_OK || done)
        return rc;
    rc = dtl_store_writer_open(dir, &w, NULL);
    if (rc == DTL_OK)
        rc = dtl_store_remove(w, &t, NULL);
    dtl_store_writer_close(w);
    return rc;
}

/* How many captures the whole store answers with; -1 when anything in it is an
 * error.  Whatever comes is held against what was put. */
static int sound_captures(const char *dir)
{
    struct dtl_query q = { .match = DTL_PREFIX };
    struct dtl_arena *arena = dtl_arena_new(0);
    struct dtl_store *s = NULL;
    struct dtl_cursor *c = NULL;
    struct dtl_capture got;
    struct dtl_article_row row;
    struct dtl_ref ref = { 0, 0 }, *refs;
    size_t nrefs;
    int n = 0, articles = 0, rc = dtl_store_open(dir, &s, NULL);

    if (rc == DTL_OK)
        rc = dtl_query_open(s, &q, &c, NULL);
    while (rc == DTL_OK &&
           (rc = dtl_query_next(c, &got, NULL, NULL)) == DTL_OK) {
        int i = (int)got.time - 1000000;
        char url[64];

        snprintf(url, sizeof url, "http://example.org/%d", i);
        assert_same_slice(got.url, dtl_str(url));
        assert_int_equal(got.digest.bytes[19], i & 255);
        n++;
    }
    dtl_query_close(c);
    if (rc == DTL_END)
        rc = DTL_OK;
    while (rc == DTL_OK && (rc = dtl_store_next_article(s, &ref, arena, &row,
                                                        NULL)) == DTL_OK) {
        struct dtl_ref at = { ref.segment, ref.ordinal - 1 };

        assert_true(dtl_starts(row.text, "Story "));
        rc = dtl_store_article_captures(s, at, arena, &refs, &nrefs, NULL);
        if (rc == DTL_OK)
            assert_int_equal(nrefs, 1);
        if (rc == DTL_OK)
            rc =
                dtl_store_by_text(s, row.text_hash, arena, &refs, &nrefs, NULL);
        if (rc == DTL_OK)
            assert_int_equal(nrefs, 1);
        articles++;
    }
    if (rc == DTL_END) {
        rc = DTL_OK;
        assert_int_equal(articles, n);
    }
    dtl_store_close(s);
    dtl_arena_free(arena);
    return rc == DTL_OK ? n : -1;
}

/* ---- killed ------------------------------------------------------------- */

static bool changes_files(uint64_t nr)
{
    static const long calls[] = {
        SYS_write,    SYS_pwrite64,  SYS_pwritev,  SYS_ftruncate,
        SYS_fsync,    SYS_fdatasync, SYS_renameat, SYS_renameat2,
        SYS_unlinkat, SYS_msync,     SYS_mkdirat,
#ifdef SYS_rename
        SYS_rename,   SYS_unlink,    SYS_mkdir,
#endif
    };

    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (nr == (uint64_t)calls[i])
            return true;
    return false;
}

/* Run `work` in a child and kill it before its call number `at` that changes a
 * file.  1: it was killed, 0: it ended by itself, -1: it cannot be traced. */
static int run_killed(int (*work)(const char *), const char *dir, int at)
{
    int status, seen = 0;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
            _exit(99);
        raise(SIGSTOP);
        _exit(work(dir) == DTL_OK ? 0 : 98);
    }
    waitpid(pid, &status, 0);
    if (WIFEXITED(status))
        return -1;
    ptrace(PTRACE_SETOPTIONS, pid, NULL,
           PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
    for (;;) {
        struct ptrace_syscall_info info;

        if (ptrace(PTRACE_SYSCALL, pid, NULL, NULL) != 0)
            return -1;
        waitpid(pid, &status, 0);
        if (WIFEXITED(status)) {
            assert_int_equal(WEXITSTATUS(status), 0);
            return 0;
        }
        if (!WIFSTOPPED(status) || WSTOPSIG(status) != (SIGTRAP | 0x80))
            continue;
        if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) <= 0) {
            kill(pid, SIGKILL);
            waitpid(pid, &status, 0);
            return -1;
        }
        if (info.op == PTRACE_SYSCALL_INFO_ENTRY &&
            changes_files(info.entry.nr) && seen++ == at) {
            kill(pid, SIGKILL);
            waitpid(pid, &status, 0);
            return 1;
        }
    }
}

static void copy_store(const char *from, const char *to)
{
    char command[400];

    snprintf(command, sizeof command, "rm -rf '%s' && cp -r '%s' '%s'", to,
             from, to);
    assert_int_equal(system(command), 0);
}

/* Killed anywhere, the store holds what it held or all of the new; run again,
 * it holds all of it once. */
static void sweep_kills(const char *base, const char *dir,
                        int (*work)(const char *), int before, int after)
{
    int at = 0, rc;

    do {
        int n;

        copy_store(base, dir);
        rc = run_killed(work, dir, at++);
        if (rc < 0)
            skip();
        n = sound_captures(dir);
        if (n != before && n != after)
            fail_msg("killed before change %d: %d captures", at - 1, n);
        assert_int_equal(work(dir), DTL_OK);
        assert_int_equal(sound_captures(dir), after);
    } while (rc == 1);
    assert_true(at > 10);
}

static void test_killed_while_publishing(void **state)
{
    const struct fixture *f = *state;
    char base[80], dir[80];

    snprintf(base, sizeof base, "%s/base", f->dir);
    snprintf(dir, sizeof dir, "%s/try", f->dir);
    assert_int_equal(write_step(base, 0), DTL_OK);
    sweep_kills(base, dir, step_two, N, 2 * N);
}

static void test_killed_while_compacting(void **state)
{
    const struct fixture *f = *state;
    char base[80], dir[80];

    snprintf(base, sizeof base, "%s/base", f->dir);
    snprintf(dir, sizeof dir, "%s/try", f->dir);
    assert_int_equal(write_step(base, 0), DTL_OK);
    assert_int_equal(write_step(base, N), DTL_OK);
    sweep_kills(base, dir, compact_all, 2 * N, 2 * N);
}

static void test_killed_while_taking_down(void **state)
{
    const struct fixture *f = *state;
    char base[80], dir[80];

    snprintf(base, sizeof base, "%s/base", f->dir);
    snprintf(dir, sizeof dir, "%s/try", f->dir);
    assert_int_equal(write_step(base, 0), DTL_OK);
    sweep_kills(base, dir, take_down, N, N - 1);
}

/* ---- full --------------------------------------------------------------- */

/* No file may grow past `limit`: what a full disk looks like. */
static int run_limited(int (*work)(const char *), const char *dir, size_t limit)
{
    struct rlimit r = { limit, limit };
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &r);
        _exit(work(dir) == DTL_OK ? 0 : 1);
    }
    waitpid(pid, &status, 0);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void test_disk_full(void **state)
{
    const struct fixture *f = *state;
    char base[80], dir[80];
    size_t limit = 0;
    int failed = 0, rc;

    snprintf(base, sizeof base, "%s/base", f->dir);
    snprintf(dir, sizeof dir, "%s/try", f->dir);
    assert_int_equal(write_step(base, 0), DTL_OK);
    do {
        copy_store(base, dir);
        rc = run_limited(step_two, dir, limit);
        assert_int_equal(sound_captures(dir), rc == 0 ? 2 * N : N);
        failed += rc;
        assert_int_equal(write_step(dir, N), DTL_OK);
        assert_int_equal(sound_captures(dir), 2 * N);
        limit += 2000;
    } while (rc != 0);
    assert_true(failed > 10);
}

/* ---- damaged ------------------------------------------------------------ */

struct bytes {
    uint8_t *p;
    size_t n;
};

static struct bytes read_bytes(const char *path)
{
    FILE *f = fopen(path, "rb");
    struct bytes b = { malloc(1 << 22), 0 };

    assert_non_null(f);
    b.n = fread(b.p, 1, 1 << 22, f);
    fclose(f);
    return b;
}

static void write_bytes(const char *path, const uint8_t *p, size_t n)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(p, 1, n, f), n);
    fclose(f);
}

/* Verification finds it, whether or not the store opens. */
static bool is_noticed(const char *dir)
{
    struct dtl_verify v = { 0 };
    struct dtl_store *s;

    if (dtl_store_open(dir, &s, NULL) != DTL_OK)
        return true;
    dtl_store_verify(s, &v, NULL);
    dtl_store_close(s);
    return v.findings > 0;
}

static void damage(const char *dir, const char *path, size_t step)
{
    struct bytes b = read_bytes(path);
    size_t errors = 0, tries = 0;

    for (size_t at = 0; at < b.n; at += step) {
        uint8_t bit = (uint8_t)(1U << at / step % 8);
        int n;

        b.p[at] ^= bit;
        write_bytes(path, b.p, b.n);
        b.p[at] ^= bit;
        n = sound_captures(dir);
        if (n != -1 && n != N)
            fail_msg("a bit of byte %zu of %s: %d captures", at, path, n);
        if (!is_noticed(dir))
            fail_msg("a bit of byte %zu of %s is not noticed", at, path);
        errors += n == -1;
        tries++;
    }
    assert_true(errors > tries / 20);
    for (size_t n = 0; n < b.n; n += step * 3) {
        write_bytes(path, b.p, n);
        assert_int_equal(sound_captures(dir), -1);
    }
    write_bytes(path, b.p, b.n);
    assert_int_equal(sound_captures(dir), N);
    free(b.p);
}

static void test_flipped_bits_and_cut_files(void **state)
{
    const struct fixture *f = *state;
    char path[120];

    assert_int_equal(write_step(f->dir, 0), DTL_OK);
    assert_int_equal(sound_captures(f->dir), N);
    assert_false(is_noticed(f->dir));
    snprintf(path, sizeof path, "%s/segments/00000000.seg", f->dir);
    damage(f->dir, path, 211);
    snprintf(path, sizeof path, "%s/manifest.mdb", f->dir);
    damage(f->dir, path, 127);
}

/* ---- read-only ---------------------------------------------------------- */

static int entries(const char *dir)
{
    DIR *d = opendir(dir);
    int n = 0;

    while (readdir(d) != NULL)
        n++;
    closedir(d);
    return n;
}

static void test_reading_writes_nothing(void **state)
{
    const struct fixture *f = *state;
    char path[120];
    int before, inside;

    assert_int_equal(write_step(f->dir, 0), DTL_OK);
    snprintf(path, sizeof path, "%s/segments", f->dir);
    before = entries(f->dir);
    inside = entries(path);
    assert_int_equal(chmod(path, 0555), 0);
    assert_int_equal(chmod(f->dir, 0555), 0);
    assert_int_equal(sound_captures(f->dir), N);
    assert_int_equal(entries(f->dir), before);
    assert_int_equal(entries(path), inside);
    chmod(f->dir, 0755);
    chmod(path, 0755);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_end)
    const struct CMUnitTest tests[] = {
        T(test_killed_while_publishing),    T(test_killed_while_compacting),
        T(test_killed_while_taking_down),   T(test_disk_full),
        T(test_flipped_bits_and_cut_files), T(test_reading_writes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
