/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checking a WACZ.  The input is what its members hold, each begun by a line
 * "=== PATH"; the zip file round them is made here, so that its checksums are
 * right and the parsers behind them are reached.
 */
#include <dateline/cite.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MARK "=== "

static void add_member(struct archive *a, struct dtl_slice path,
                       struct dtl_slice body)
{
    struct archive_entry *e = archive_entry_new();
    char name[128];

    snprintf(name, sizeof name, "%.*s", (int)(path.len & 0x7f),
             (const char *)path.ptr);
    archive_entry_set_pathname(e, name);
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_size(e, (la_int64_t)body.len);
    if (archive_write_header(a, e) == ARCHIVE_OK && body.len > 0)
        archive_write_data(a, body.ptr, body.len);
    archive_entry_free(e);
}

static void write_zip(struct dtl_slice in, int fd)
{
    struct archive *a = archive_write_new();
    size_t at = 0;

    archive_write_set_format_zip(a);
    archive_write_zip_set_compression_store(a);
    archive_write_open_fd(a, fd);
    while ((at = dtl_find(in, dtl_str(MARK), at)) != SIZE_MAX) {
        size_t from = at + strlen(MARK);
        size_t line = dtl_find(in, dtl_str("\n"), from), end;

        if (line == SIZE_MAX)
            break;
        end = dtl_find(in, dtl_str(MARK), line);
        add_member(a, dtl_sub(in, from, line),
                   dtl_sub(in, line + 1, end != SIZE_MAX ? end : in.len));
        at = line;
    }
    archive_write_close(a);
    archive_write_free(a);
}

static void count(const struct dtl_wacz_checked *c, void *context)
{
    uint64_t *bad = context;

    if (c->what == NULL || c->where == NULL || strlen(c->text) == 0)
        abort();
    *bad += c->good ? 0 : 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t bad = 0;
    struct dtl_wacz_check check = { .checked = count, .context = &bad };
    int fd = memfd_create("fuzz", 0);
    char path[32];

    if (fd < 0)
        return 0;
    write_zip(dtl_slice_of(data, size), fd);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (dtl_wacz_verify(path, &check, NULL) == DTL_OK && bad != check.findings)
        abort();
    close(fd);
    return 0;
}
