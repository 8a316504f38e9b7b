/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DTL_EXPORT_FIELDS_H
#define DTL_EXPORT_FIELDS_H
/* The fields of an article's row and their values: the one place that says
 * what they are called, of which type they are and what they mean. */
#include "format.h"

/* name, type, may be null, in the stored metadata, meaning */
/* clang-format off */
#define DTL_FIELDS(X) \
    X(url, STRING, false, true, \
      "Address of the page, as captured.") \
    X(title, STRING, true, true, \
      "Headline, without the site's name.") \
    X(subtitle, STRING, true, true, \
      "What stands below the headline.") \
    X(authors, LIST, false, true, \
      "Names, in the order of the page; empty when it gives none.") \
    X(published, STRING, true, true, \
      "When the page claims it was published: an ISO 8601 date or time, as " \
      "precise as the page is, with the zone it gives or without one.") \
    X(published_source, STRING, true, true, \
      "Where on the page it claims so: json-ld, opengraph, meta, time, " \
      "url, visible, ...") \
    X(modified, STRING, true, true, \
      "When the page claims it was changed last, likewise.") \
    X(modified_source, STRING, true, true, \
      "Where on the page it claims that.") \
    X(site, STRING, true, true, \
      "Name of the outlet, or its domain when the page does not say.") \
    X(publisher, STRING, true, true, \
      "Who the page says publishes it.") \
    X(section, STRING, true, true, \
      "Section of the outlet the page names.") \
    X(tags, LIST, false, true, \
      "Keywords the page names; empty when it names none.") \
    X(lang, STRING, true, true, \
      "Language of the text, as a BCP 47 tag.") \
    X(canonical, STRING, true, true, \
      "Address the page gives as its own.") \
    X(amp, STRING, true, true, \
      "Address of its AMP form.") \
    X(origin, STRING, true, true, \
      "Address the page says it was taken from.") \
    X(image, STRING, true, true, \
      "Address of its picture.") \
    X(description, STRING, true, true, \
      "Summary the page gives for search engines and previews.") \
    X(agency, STRING, true, true, \
      "Wire service the text is credited to.") \
    X(place, STRING, true, true, \
      "Place in the dateline.") \
    X(page_type, STRING, false, true, \
      "article, liveblog, listing, home, forum, product, video, gallery, " \
      "document, error or unknown.") \
    X(paywalled, BOOL, false, true, \
      "Whether only the beginning of the text stands on the page.") \
    X(confidence, DOUBLE, true, true, \
      "From 0 to 1: that the text is the article and nothing else.") \
    X(published_time, TIME, true, false, \
      "The earliest moment published may mean, UTC; without a zone it is " \
      "taken as UTC.") \
    X(published_raw, STRING, true, false, \
      "The words of the page that published was read from: its evidence.") \
    X(published_offset, INT, true, false, \
      "Where they stand, in bytes of the decoded page.") \
    X(published_relative, BOOL, true, false, \
      "Whether published was counted back from the capture, as from '6 " \
      "minutes ago'.") \
    X(domain, STRING, true, false, \
      "Registrable domain of the address.") \
    X(words, INT, false, false, \
      "Number of words in text.") \
    X(text, STRING, false, false, \
      "The article, a paragraph a line.") \
    X(captured, TIME, true, false, \
      "When the archive captured the page, UTC.") \
    X(archive_file, STRING, false, false, \
      "The archive that holds the record.") \
    X(archive_offset, INT, false, false, \
      "Where in it the record begins, in bytes of the file as stored.") \
    X(archive_length, INT, false, false, \
      "How many bytes the record has there.") \
    X(record_id, STRING, true, false, \
      "WARC-Record-ID of the record.") \
    X(payload_digest, STRING, true, false, \
      "Digest of the HTTP payload, sha1: and base32 or sha256: and hex.") \
    X(text_hash, STRING, false, false, \
      "sha256: and the SHA-256 of the text's normal form, in hex: equal " \
      "texts have equal hashes, whatever their page.") \
    X(normal_form, INT, false, false, \
      "Version of that normal form.") \
    X(extractor, STRING, false, false, \
      "Version of dateline that wrote the row.")
/* clang-format on */

#define DTL_X(name, type, null, meta, what) DTL_F_##name,
enum { DTL_FIELDS(DTL_X) DTL_F_COUNT };
#undef DTL_X

/** The value of one field in one row; the slices live in the row's arena. */
struct dtl_value {
    bool there;
    struct dtl_slice text; /* STRING */
    int64_t number;        /* INT, TIME (seconds), BOOL */
    double real;
    const struct dtl_slice *list;
    size_t n;
};

/** All values of a row, by field, redacted when the run asks for it. */
int dtl_row_values(const struct dtl_format_run *run,
                   const struct dtl_export_row *row,
                   struct dtl_value values[DTL_F_COUNT], struct dtl_error *err);
struct dtl_json;
/** One value as JSON, and as a field of CSV. */
void dtl_value_json(const struct dtl_export_field *f, const struct dtl_value *v,
                    struct dtl_json *j);
void dtl_value_csv(const struct dtl_export_field *f, const struct dtl_value *v,
                   struct dtl_buf *out);
/** The row as an object. */
void dtl_values_json(const struct dtl_value *values, struct dtl_json *j);

/** The chosen claim about publication, as far as the metadata have it. */
struct dtl_date_evidence {
    bool there, relative;
    struct dtl_slice raw; /* as written, with escapes, with its quotes */
    uint64_t offset;
};
void dtl_date_evidence(struct dtl_slice meta, struct dtl_date_evidence *out);

/** Metadata without its claims: `{...` up to them. */
struct dtl_slice dtl_meta_members(struct dtl_slice meta);

#endif
