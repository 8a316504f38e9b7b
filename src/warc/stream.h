/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DTL_WARC_STREAM_H
#define DTL_WARC_STREAM_H
/*
 * The bytes of an archive, decoded, one member after the other.  A member is
 * a gzip member or a zstd frame; a plain file is one member.
 *
 *     stored:   | member 0 | member 1      | member 2 |
 *                          ^ member        ^ next
 *     decoded:             |....inner....[ptr len]...
 *
 * [ptr, ptr + len) are the decoded bytes at hand and not yet taken.  When
 * `complete` is set the member holds no others; when `bad` is, the decoder
 * met damage after them.
 */
#include <dateline/io.h>

struct libdeflate_decompressor;
struct ZSTD_DCtx_s;
struct ZSTD_DDict_s;
struct z_stream_s;

enum codec { CODEC_PLAIN, CODEC_GZIP, CODEC_ZSTD };

struct stream {
    struct dtl_source *src;
    struct dtl_slice map;
    enum codec codec;   /* of the present member */
    enum codec usual;   /* of the file, judged by its beginning */
    uint64_t member;    /* stored offset where the member begins */
    uint64_t next;      /* where the one after it does, once `complete` */
    uint64_t inner;     /* decoded bytes of the member before ptr */
    const uint8_t *ptr; /* the bytes at hand */
    size_t len;
    bool open, complete, bad;
    bool stable;     /* bytes at hand stay put until the next member */
    bool windowed;   /* decoded piece by piece into `buf` */
    uint64_t bad_at; /* stored offset */
    char reason[96];

    uint8_t *buf;
    size_t start, end, cap; /* of the window; ptr == buf + start */
    uint8_t *whole;         /* one member at once */
    size_t whole_cap;
    bool gzip_ready;
    uint64_t in_pos; /* stored offset the piecewise decoder reads next */
    size_t held;     /* bytes before it that the source still has at hand */
    struct libdeflate_decompressor *ld;
    struct z_stream_s *z;
    struct ZSTD_DCtx_s *zd;
    struct ZSTD_DDict_s *dict;
};

int stream_open(struct stream *s, struct dtl_source *src,
                struct dtl_error *err);
void stream_close(struct stream *s);

/* Begin the member at s->next.  DTL_OK, DTL_END, DTL_BAD_RECORD when no
 * member begins there (`reason`), or fatal. */
int stream_begin(struct stream *s, struct dtl_error *err);
/* Have at least `want` bytes at hand, or `complete`, or `bad`. */
int stream_fill(struct stream *s, size_t want, struct dtl_error *err);
void stream_take(struct stream *s, size_t n);
/* Leave the member; the next one begins at `offset`. */
int stream_goto(struct stream *s, uint64_t offset, struct dtl_error *err);
/*
 * Find the first member at or after `from` whose bytes begin a record, and
 * leave s->next there (at the end of the file when there is none: DTL_END).
 */
int stream_resync(struct stream *s, uint64_t from, struct dtl_error *err);
/* Stored offset of the byte at ptr, as near as the coding allows. */
uint64_t stream_offset(const struct stream *s);

#endif
