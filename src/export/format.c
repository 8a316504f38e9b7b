/* SPDX-License-Identifier: Apache-2.0 */
#include "format.h"

static const struct dtl_format *const formats[] = {
    &dtl_format_jsonl, &dtl_format_csv,      &dtl_format_parquet,
    &dtl_format_text,  &dtl_format_markdown, &dtl_format_warc,
    &dtl_format_cdxj,  &dtl_format_cdx,      &dtl_format_zipnum,
    &dtl_format_wacz,  &dtl_format_wet,      &dtl_format_wat,
};

const struct dtl_format *dtl_format_at(size_t i)
{
    return i < sizeof formats / sizeof *formats ? formats[i] : NULL;
}

const struct dtl_format *dtl_format_find(const char *name)
{
    for (size_t i = 0; dtl_format_at(i) != NULL; i++)
        if (strcmp(formats[i]->about.name, name) == 0)
            return formats[i];
    return NULL;
}

const struct dtl_export_format *dtl_export_format_at(size_t i)
{
    const struct dtl_format *f = dtl_format_at(i);

    return f != NULL ? &f->about : NULL;
}

const struct dtl_export_format *dtl_export_format_find(const char *name)
{
    const struct dtl_format *f = dtl_format_find(name);

    return f != NULL ? &f->about : NULL;
}

int dtl_export_load(struct dtl_store *store,
                    const struct dtl_selected *selected, bool text,
                    struct dtl_arena *arena, struct dtl_export_row *out,
                    struct dtl_error *err)
{
    int rc;

    out->capture_ref = selected->capture;
    out->article_ref = selected->article;
    out->has_article = selected->article.ordinal != DTL_NO_ARTICLE;
    rc = dtl_store_capture_in(store, selected->capture, arena, &out->capture,
                              err);
    if (rc == DTL_OK)
        rc = dtl_store_file_name(store, out->capture.file, &out->file, err);
    if (rc == DTL_OK && out->has_article)
        rc = text ? dtl_store_article(store, selected->article, arena,
                                      &out->article, err)
                  : dtl_store_article_head(store, selected->article, false,
                                           arena, &out->article, err);
    return rc;
}
