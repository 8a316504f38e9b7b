/* SPDX-License-Identifier: Apache-2.0 */
/* The input is the value of a srcset, of a style and of a refresh: whatever it
 * is, it ends neither its attribute nor its tag. */
#include "fuzz_rewrite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void quoted(struct dtl_buf *b, struct dtl_slice value)
{
    for (size_t i = 0; i < value.len; i++)
        if (value.ptr[i] == '"')
            dtl_buf_str(b, "&quot;");
        else
            dtl_buf_byte(b, value.ptr[i]);
}

static size_t count(struct dtl_slice s, uint8_t c)
{
    size_t n = 0;

    for (size_t i = 0; i < s.len; i++)
        n += s.ptr[i] == c;
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const tags[] = {
        "<img srcset=\"",
        "<p style=\"",
        "<meta http-equiv=refresh content=\"",
    };

    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        struct dtl_buf in = { 0 }, out = { 0 };
        struct dtl_slice body;

        dtl_buf_str(&in, "<head></head>");
        dtl_buf_str(&in, tags[i]);
        quoted(&in, dtl_slice_of(data, size));
        dtl_buf_str(&in, "\">");
        fuzz_run(DTL_REWRITE_HTML, dtl_buf_view(&in), in.len + 1, &out);
        body = dtl_buf_view(&out);
        body = dtl_sub(body, dtl_find(body, dtl_str("</script>"), 0) + 9,
                       body.len);
        if (count(body, '"') != 2 || !dtl_ends(body, "\">"))
            abort();
        dtl_buf_free(&in);
        dtl_buf_free(&out);
    }
    return 0;
}
