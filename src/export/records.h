/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DTL_EXPORT_RECORDS_H
#define DTL_EXPORT_RECORDS_H
/*
 * What the formats of original records share: a capture's records, each in a
 * gzip member of its own, copied as stored where they have one, else compressed
 * anew, their bytes the same.  Those of ARC files become WARC records.  Before
 * the first record of an archive stands the warcinfo of that archive.
 */
#include "format.h"
#include "pick.h"

#define DTL_UUID 48 /* "<urn:uuid:...>" */

/** What a batch keeps. */
struct dtl_records {
    struct dtl_pick *pick;
    struct libdeflate_compressor *gzip;
    struct dtl_buf plain;
    char *first, *last;  /* archives of the batch */
    struct dtl_buf lead; /* the warcinfo of the first */
};

/** Where in the bytes the record of the capture stands. */
struct dtl_record_span {
    size_t at, len;
};

/** Append the row's records to batch->bytes.  DTL_LIMIT, DTL_BAD_RECORD as
 * dtl_format.encode(). */
int dtl_records_encode(const struct dtl_format_run *run,
                       const struct dtl_export_row *row, struct dtl_records *r,
                       struct dtl_batch *batch, struct dtl_record_span *capture,
                       struct dtl_error *err);
void dtl_records_free(struct dtl_records *r);

/** What an output file keeps; zero at first. */
struct dtl_records_run {
    char *last; /* archive of the last record */
    struct dtl_records one;
    struct dtl_large *large;
    uint64_t written; /* of the large record's member so far */
};
/** Put the warcinfo before the batch if it needs one: `lead` gets its length.
 */
int dtl_records_written(struct dtl_records_run *s, struct dtl_records *r,
                        struct dtl_batch *batch, size_t *lead,
                        struct dtl_error *err);
/** As dtl_format.row().  `capture` has its offset from the row's first byte,
 * complete when run->more is not set. */
int dtl_records_row(struct dtl_format_run *run,
                    const struct dtl_export_row *row, struct dtl_buf *out,
                    struct dtl_records_run *s, uint64_t *at, uint64_t *len,
                    struct dtl_error *err);
void dtl_records_run_free(struct dtl_records_run *s);

/** The name an ARC record gets as its WARC-Record-ID; and any other record
 * made here, of what tells it apart. */
void dtl_record_uuid(struct dtl_slice of, char out[DTL_UUID]);
/** WARC-Record-ID of the row's record, also of one that has none. */
struct dtl_slice dtl_row_record_id(const struct dtl_export_row *row,
                                   char made[DTL_UUID]);
/** When what is written was made, as far as it hangs on the store: the time of
 * its last capture. */
int64_t dtl_export_time(struct dtl_store *store);
/** A warcinfo record that tells where all of it comes from, not packed. */
int dtl_records_warcinfo(const struct dtl_format_run *run, const char *version,
                         const char *format, const char *more,
                         struct dtl_buf *out, struct dtl_error *err);
/** Append `plain` as a gzip member. */
int dtl_gzip_add(struct libdeflate_compressor **z, struct dtl_slice plain,
                 struct dtl_buf *out, struct dtl_error *err);

#endif
