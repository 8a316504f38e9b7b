/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A block of captures, a block of postings and a segment file, of any bytes.
 * The first byte says which: checksums keep damage from these readers, not
 * someone who makes them fit.
 */
#include "block.h"
#include "postings.h"
#include "read.h"

#include <dateline/import.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_block(struct dtl_slice bytes)
{
    static const uint8_t kinds_bytes[] = { 0xc8, 0x01, 1, 'x', 0, 0 };
    struct dtl_block b = { 0 };
    struct dtl_kinds kinds;
    struct dtl_buf strings = { 0 };
    struct dtl_capture c;

    if (dtl_kinds_read(&kinds, dtl_slice_of(kinds_bytes, sizeof kinds_bytes),
                       NULL) == DTL_OK &&
        dtl_block_open(&b, bytes, NULL) == DTL_OK)
        while (dtl_block_next(&b, NULL) == DTL_OK)
            dtl_block_capture(&b, &kinds, &strings, &c, NULL);
    dtl_buf_free(&strings);
    dtl_block_free(&b);
    dtl_kinds_free(&kinds);
}

static void read_kinds(struct dtl_slice bytes)
{
    struct dtl_kinds kinds;

    dtl_kinds_read(&kinds, bytes, NULL);
    dtl_kinds_free(&kinds);
}

/* A file of two meta pages and one more, its seal made to fit. */
static void put_seal(uint8_t *file, size_t pages, size_t size)
{
    uint64_t numbers[2] = { pages, size }, sum;
    uint8_t *t = file + pages * size;

    for (size_t i = 0; i < pages; i++) {
        sum = XXH3_64bits(file + i * size, size);
        memcpy(t + 8 * i, &sum, 8);
    }
    t += 8 * pages;
    memcpy(t, "DTLSEAL1", 8);
    memcpy(t + 8, numbers, 16);
    sum = XXH3_64bits(t, 24);
    memcpy(t + 24, &sum, 8);
}

static void walk(struct dtl_sealed *file, const char *name)
{
    struct dtl_table table;
    struct dtl_table_cursor c;
    struct dtl_postings p;
    int steps = 0;

    if (dtl_sealed_table(file, name, &table, NULL) != DTL_OK)
        return;
    dtl_table_cursor(&c, &table);
    for (int rc = dtl_table_first(&c, NULL); rc == DTL_OK && steps++ < 1000;
         rc = dtl_table_next(&c, NULL))
        ;
    dtl_table_floor(&c, dtl_str("m"), NULL);
    dtl_table_prev(&c, NULL);
    steps = 0;
    for (int rc = dtl_postings_seek(&p, &table, true, 5, 0, NULL);
         rc == DTL_OK && steps++ < 1000; rc = dtl_postings_next(&p, NULL))
        ;
}

static void read_file(const uint8_t *data, size_t size)
{
    enum { PAGE = 512, PAGES = 4 };
    uint8_t *file = calloc(PAGES, PAGE + 8 + 32);
    char path[] = "/tmp/dateline-fuzz-XXXXXX";
    struct dtl_sealed *sealed;
    struct dtl_segment segment;
    int fd = mkstemp(path);
    size_t len = PAGES * (PAGE + 8) + 32;

    if (size > PAGES * PAGE)
        size = PAGES * PAGE;
    memcpy(file, data, size);
    put_seal(file, PAGES, PAGE);
    if (fd >= 0 && write(fd, file, len) == (ssize_t)len) {
        if (dtl_sealed_open(path, &sealed, NULL) == DTL_OK) {
            walk(sealed, "marks");
            walk(sealed, "x");
            dtl_sealed_close(sealed);
        }
        if (dtl_segment_open(path, &segment, NULL) == DTL_OK)
            dtl_segment_close(&segment);
    }
    if (fd >= 0) {
        close(fd);
        unlink(path);
    }
    free(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    switch (data[0] % 3) {
    case 0: read_block(dtl_slice_of(data + 1, size - 1)); break;
    case 1: read_kinds(dtl_slice_of(data + 1, size - 1)); break;
    default: read_file(data + 1, size - 1); break;
    }
    return 0;
}
