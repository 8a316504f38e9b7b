/* SPDX-License-Identifier: Apache-2.0 */
#include <dateline/article.h>
#include <dateline/html.h>
#include <dateline/json.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Any bytes are a page with an article, however poor, that can be printed. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dtl_arena *arena = dtl_arena_new((size_t)256 << 20);
    struct dtl_slice none = { NULL, 0 };
    struct dtl_buf out = { .max = (size_t)256 << 20 };
    struct dtl_json j = { .out = &out };
    struct dtl_decoded decoded;
    struct dtl_article a;
    struct dtl_page *page;

    if (arena == NULL ||
        dtl_charset_decode(dtl_slice_of(data, size), none, arena, &decoded,
                           NULL) != DTL_OK ||
        dtl_page_parse(decoded.text, arena, &page, NULL) != DTL_OK)
        goto end;
    struct dtl_article_input in = {
        .page = page,
        /* An address with a date in it spares the search for others. */
        .url =
            dtl_str(size % 2 == 0 ? "https://www.example.com/2024/05/02/story"
                                  : "https://www.example.com/news/story"),
        .captured = INT64_C(1714739400),
        .last_modified = dtl_str("Thu, 02 May 2024 10:15:30 GMT"),
        .explain = true,
    };
    if (dtl_article_extract(&in, arena, &a, NULL) != DTL_OK)
        goto end;
    for (uint32_t i = 0; i < a.nclaims; i++)
        if (a.claims[i].field >= DTL_CLAIM_FIELDS ||
            a.claims[i].source >= DTL_CLAIM_SOURCES)
            abort();
    dtl_article_json(&a, in.url,
                     DTL_JSON_TEXT | DTL_JSON_CLAIMS | DTL_JSON_BLOCKS, &j);
    (void)dtl_article_markdown(&a, arena);
    (void)dtl_article_html(&a, arena);
end:
    dtl_buf_free(&out);
    dtl_arena_free(arena);
    return 0;
}
