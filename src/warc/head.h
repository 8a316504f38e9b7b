/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DTL_WARC_HEAD_H
#define DTL_WARC_HEAD_H
/*
 * Record headers, of WARC and of ARC, and how to recognise one.
 */
#include <dateline/warc.h>

/* ---- WARC --------------------------------------------------------------- */

/* "WARC/" and a digit, in any case: how a record header begins. */
bool head_warc(struct dtl_slice s);
/* The same, and a named field of the standard on the next line: strong enough
 * to believe in the midst of other bytes.  What is missing at the end of a
 * short `s` is assumed. */
bool head_warc_sure(struct dtl_slice s);

enum head_end {
    HEAD_OPEN,     /* the empty line has not come yet */
    HEAD_COMPLETE, /* *len bytes with the empty line */
    HEAD_BROKEN,   /* another header begins at *len */
};
/* Look for the header's end in `s`; lines before *scan are known. */
enum head_end head_find_end(struct dtl_slice s, size_t *scan, size_t *len);

struct head_fields {
    struct dtl_field *fields;
    size_t n, cap;
    bool bare_lf, odd_line; /* lines not ending in CRLF, without a colon */
};
#define HEAD_MAX_FIELDS 8192

/* Split the header `s` into fields; folded values are joined in `arena`.
 * False out of memory. */
bool head_split(struct dtl_slice s, struct dtl_arena *arena,
                struct head_fields *out);
/*
 * The header line of WARC 0.9 (2006), which carries everything by place:
 *     warc/0.9 LENGTH TYPE URI DATE MIME RECORD-ID
 * LENGTH counts the header too.  Sets `rec`; false when the line is not that.
 */
bool head_apply_09(struct dtl_slice line, struct dtl_warc_record *rec,
                   bool *has_length);
/* The header is made of two: its id and its length both contradict
 * themselves. */
bool head_is_two(const struct head_fields *f);
/* Set what the fields say in `rec`; *has_length tells of Content-Length. */
void head_apply(const struct head_fields *f, struct dtl_warc_record *rec,
                bool *has_length);

/* ---- ARC ---------------------------------------------------------------- */

struct arc_line {
    struct dtl_slice uri, ip, date, mime;
    bool has_length;
    uint64_t length;
};
#define ARC_LINE_MAX ((size_t)64 << 10)

/* The line that begins `s` as a URL record line; *len is with its newline. */
bool arc_parse(struct dtl_slice s, struct arc_line *out, size_t *len);

/* ---- either ------------------------------------------------------------- */

/* A record of either kind begins `s`, as far as `s` goes. */
bool head_begins(struct dtl_slice s);

#endif
