/* SPDX-License-Identifier: Apache-2.0 */
/* ARC lines, alone and as a file. */
#include "fuzz_warc.h"
#include "head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void within(struct dtl_slice inner, struct dtl_slice outer)
{
    if (inner.len > 0)
        FUZZ_EXPECT(inner.ptr >= outer.ptr &&
                    inner.ptr + inner.len <= outer.ptr + outer.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dtl_slice in = dtl_slice_of(data, size);
    struct arc_line line;
    size_t len;

    if (arc_parse(in, &line, &len)) {
        FUZZ_EXPECT(len > 0 && len <= size && data[len - 1] == '\n');
        within(line.uri, in);
        within(line.ip, in);
        within(line.date, in);
        within(line.mime, in);
    }
    fuzz_read_all(in);
    return 0;
}
