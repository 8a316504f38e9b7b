/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WET as Common Crawl writes it: a conversion record for each page, its block
 * the text.  Ours is the article's: title and body.
 */
#include "fields.h"
#include "records.h"

#include <stdlib.h>

#include <libdeflate.h>

struct wet {
    struct libdeflate_compressor *gzip;
    struct dtl_buf block, record;
    struct dtl_hasher *sha1;
};

static int no_memory(struct dtl_error *err)
{
    return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a text");
}

/* ISO 639-3, which Common Crawl has, of what stands as ISO 639-1. */
static const char codes[] =
    "aa aar ab abk af afr ak aka am amh ar ara as asm ay aym az aze ba bak be "
    "bel bg bul bh bih bi bis bn ben bo bod br bre bs bos ca cat ce che co cos "
    "cs ces cy cym da dan de deu dv div dz dzo ee ewe el ell en eng eo epo es "
    "spa et est eu eus fa fas fi fin fj fij fo fao fr fra fy fry ga gle gd gla "
    "gl glg gn grn gu guj gv glv ha hau he heb hi hin hr hrv ht hat hu hun hy "
    "hye ia ina id ind ie ile ig ibo ik ipk is isl it ita iu iku iw heb ja jpn "
    "jv jav jw jav ka kat kk kaz kl kal km khm kn kan ko kor ks kas ku kur ky "
    "kir la lat lb ltz lg lug ln lin lo lao lt lit lv lav mg mlg mi mri mk mkd "
    "ml mal mn mon mr mar ms msa mt mlt my mya na nau nb nob ne nep nl nld nn "
    "nno no nor nr nbl nv nav ny nya oc oci om orm or ori os oss pa pan pl pol "
    "ps pus pt por qu que rm roh rn run ro ron ru rus rw kin sa san sc srd sd "
    "snd se sme sg sag si sin sk slk sl slv sm smo sn sna so som sq sqi sr srp "
    "ss ssw st sot su sun sv swe sw swa ta tam te tel tg tgk th tha ti tir tk "
    "tuk tl tgl tn tsn to ton tr tur ts tso tt tat tw twi ty tah ug uig uk ukr "
    "ur urd uz uzb ve ven vi vie vo vol wa wln wo wol xh xho yi yid yo yor za "
    "zha zh zho zu zul ";

/* Three letters for the first part of a BCP 47 tag; empty for none known. */
static struct dtl_slice language(struct dtl_slice tag)
{
    size_t len = 0;

    while (len < tag.len && tag.ptr[len] != '-')
        len++;
    for (const char *c = codes; len == 2 && *c != '\0'; c += 7)
        if (dtl_equal_nocase(dtl_sub(tag, 0, 2), dtl_slice_of(c, 2)))
            return dtl_slice_of(c + 3, 3);
    return len == 3 ? dtl_sub(tag, 0, 3) : dtl_str("");
}

static int put_head(const struct dtl_export_row *row, struct dtl_slice lang,
                    struct wet *w)
{
    char date[DTL_TIME_ISO], id[DTL_UUID], made[DTL_UUID];
    char digest[DTL_DIGEST_TEXT];
    struct dtl_slice refers = dtl_row_record_id(row, made);
    struct dtl_buf *out = &w->record;
    struct dtl_digest d;

    dtl_buf_clear(out);
    dtl_buf_str(out, "conversion ");
    dtl_buf_slice(out, refers);
    dtl_record_uuid(dtl_buf_view(out), id);
    dtl_hasher_add(w->sha1, dtl_buf_view(&w->block));
    dtl_hasher_finish(w->sha1, &d);
    dtl_digest_text(&d, digest);
    dtl_time_iso(row->capture.time, date);
    dtl_buf_clear(out);
    dtl_buf_str(out, "WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Target-URI: ");
    dtl_buf_slice(out, row->capture.url);
    dtl_buf_printf(out,
                   "\r\nWARC-Date: %s\r\nWARC-Record-ID: %s\r\n"
                   "WARC-Refers-To: ",
                   date, id);
    dtl_buf_slice(out, refers);
    dtl_buf_printf(out, "\r\nWARC-Block-Digest: %s\r\n", digest);
    if (lang.len > 0) {
        dtl_buf_str(out, "WARC-Identified-Content-Language: ");
        dtl_buf_slice(out, lang);
        dtl_buf_str(out, "\r\n");
    }
    dtl_buf_printf(out,
                   "Content-Type: text/plain\r\nContent-Length: %zu\r\n\r\n",
                   w->block.len);
    return out->failed ? DTL_NOMEM : DTL_OK;
}

static struct wet *tools(struct dtl_batch *batch, struct dtl_error *err)
{
    struct wet *w = batch->extra;

    if (w == NULL && (w = batch->extra = calloc(1, sizeof *w)) != NULL &&
        dtl_hasher_new(DTL_DIGEST_SHA1, &w->sha1, err) != DTL_OK)
        return NULL;
    return w;
}

static int encode(const struct dtl_format_run *run,
                  const struct dtl_export_row *row, struct dtl_batch *batch,
                  struct dtl_error *err)
{
    struct wet *w = tools(batch, err);
    struct dtl_value values[DTL_F_COUNT];
    int rc = w != NULL ? dtl_row_values(run, row, values, err) : no_memory(err);

    if (rc != DTL_OK)
        return rc;
    dtl_buf_clear(&w->block);
    if (values[DTL_F_title].there) {
        dtl_buf_slice(&w->block, values[DTL_F_title].text);
        dtl_buf_byte(&w->block, '\n');
    }
    dtl_buf_slice(&w->block, values[DTL_F_text].text);
    dtl_buf_byte(&w->block, '\n');
    if (put_head(row, language(row->article.language), w) != DTL_OK ||
        !dtl_buf_slice(&w->record, dtl_buf_view(&w->block)) ||
        !dtl_buf_str(&w->record, "\r\n\r\n"))
        return no_memory(err);
    return dtl_gzip_add(&w->gzip, dtl_buf_view(&w->record), &batch->bytes, err);
}

static int open_wet(struct dtl_format_run *run, struct dtl_buf *out,
                    struct dtl_error *err)
{
    struct libdeflate_compressor *gzip = NULL;
    struct dtl_buf info = { 0 };
    int rc = dtl_records_warcinfo(run, "WARC/1.0", "WARC File Format 1.0",
                                  "description: Title and text of articles\r\n",
                                  &info, err);

    if (rc == DTL_OK)
        rc = dtl_gzip_add(&gzip, dtl_buf_view(&info), out, err);
    libdeflate_free_compressor(gzip);
    dtl_buf_free(&info);
    return rc;
}

static void free_batch(struct dtl_batch *batch)
{
    struct wet *w = batch->extra;

    if (w == NULL)
        return;
    libdeflate_free_compressor(w->gzip);
    dtl_hasher_free(w->sha1);
    dtl_buf_free(&w->block);
    dtl_buf_free(&w->record);
    free(w);
    batch->extra = NULL;
}

const struct dtl_format dtl_format_wet = {
    .about = { .name = "wet",
               .extension = ".warc.wet.gz",
               .media_type = "application/warc",
               .what = "title and text as WARC conversion records",
               .unit = DTL_EXPORT_ARTICLES },
    .batch = 64,
    .text = true,
    .rotated = true,
    .open = open_wet,
    .encode = encode,
    .batch_free = free_batch,
};
