/* SPDX-License-Identifier: Apache-2.0 */
/* The first byte chooses the state; the runs of all tokens join up to the
 * input, and what is decoded fits where it is promised to. */
#include "token.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void decode(const struct html_tokenizer *z, struct html_run r,
                   unsigned how)
{
    struct dtl_slice s = html_slice(z, r);
    uint8_t *dst = malloc(html_decoded_max(s) + 1);

    if (dst == NULL || r.from > r.to || r.to > z->len ||
        html_decode(s, how, dst) > html_decoded_max(s))
        abort();
    free(dst);
}

static void check(const struct html_tokenizer *z, const struct html_token *tok)
{
    if (tok->kind != HTML_DOCTYPE || tok->data.set)
        decode(z, tok->data, HTML_REFERENCES);
    for (uint32_t i = 0;
         (tok->kind == HTML_START || tok->kind == HTML_END) && i < tok->nattrs;
         i++) {
        const struct dtl_page_attr *a = &z->attrs[tok->attrs + i];
        struct html_run value = { a->value.raw.offset,
                                  a->value.raw.offset + a->value.raw.len,
                                  true };

        decode(z, value, HTML_REFERENCES | HTML_ATTRIBUTE);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dtl_arena *arena = dtl_arena_new(0);
    struct html_tokenizer z;
    struct html_token tok;
    uint32_t pos = 0;

    if (arena == NULL)
        abort();
    if (size > 0) {
        html_tokenizer_init(&z, dtl_slice_of(data + 1, size - 1), arena);
        z.content = data[0] % (HTML_CDATA + 1);
        z.cdata = (data[0] & 0x80) != 0;
        while (html_next(&z, &tok)) {
            if (tok.start != pos || tok.end < tok.start)
                abort();
            pos = tok.end;
            check(&z, &tok);
            if (tok.kind == HTML_START)
                html_enter(&z, &tok, html_content_of(tok.tag));
            z.nattrs = 0;
        }
        if (tok.start != pos || tok.end != size - 1)
            abort();
    }
    dtl_arena_free(arena);
    return 0;
}
