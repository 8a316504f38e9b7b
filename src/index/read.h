/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_INDEX_READ_H
#define DATELINE_INDEX_READ_H
/* What the reading side shares: look-ups, queries, merging, verifying. */
#include "articles.h"
#include "block.h"
#include "manifest.h"
#include "postings.h"
#include "takedown.h"

#include <dateline/access.h>

struct dtl_segment {
    struct dtl_segment_row row;
    struct dtl_sealed *file;
    struct dtl_table urls, captures, times, digests, records, carriers, texts,
        facets, marks, titles;
    struct dtl_kinds kinds;
    struct dtl_articles *articles;
    uint64_t ncaptures, narticles;
    int64_t first, last; /* capture times */
    bool stale;          /* holds what may have been taken down since */
    uint8_t *gone;       /* bits of articles that were, once looked for */
    bool gone_known;
    uint8_t *judged; /* two bits an article: by the rules of the store it is
                        not to be shown; that is known */
};
int dtl_segment_open(const char *path, struct dtl_segment *out,
                     struct dtl_error *err);
void dtl_segment_close(struct dtl_segment *s);
/** Read the capture with this ordinal; `block` then stands at it. */
int dtl_segment_capture(const struct dtl_segment *s, uint32_t ordinal,
                        struct dtl_block *block, struct dtl_buf *strings,
                        struct dtl_capture *out, struct dtl_error *err);

/* ---- captures of one segment in order ----------------------------------- */

struct dtl_stream {
    const struct dtl_segment *segment;
    struct dtl_table_cursor cursor;
    struct dtl_block block; /* stands at the row */
    bool there;
};
/** Zero `s` first.  Stand at the first row at or after `sort_key`, or at the
 * last one before it; DTL_END when there is none. */
int dtl_stream_seek(struct dtl_stream *s, const struct dtl_segment *segment,
                    struct dtl_slice sort_key, bool forward,
                    struct dtl_error *err);
int dtl_stream_step(struct dtl_stream *s, bool forward, struct dtl_error *err);
static inline struct dtl_slice dtl_stream_key(const struct dtl_stream *s)
{
    return dtl_buf_view(&s->block.key);
}
void dtl_stream_free(struct dtl_stream *s);

/* ---- the store ---------------------------------------------------------- */

struct dtl_store {
    char *dir;
    struct dtl_manifest manifest;
    struct dtl_segment *segments;
    uint32_t nsegments;
    struct dtl_removed removed;
    struct dtl_arena *arena; /* file names */
    struct dtl_file_name {
        uint32_t id;
        const char *path, *name; /* now, and when first met */
        struct dtl_file_label {
            struct dtl_slice text;
            bool judged, plain; /* has nothing that JSON would escape */
        } labels[2]; /* `name`, and of it what follows the last '/' */
    } * names;       /* hash table of those asked for */
    size_t nnames, names_room;
    struct dtl_block block; /* for dtl_store_capture() */
    struct dtl_buf strings;
    const struct dtl_access_rules *rules; /* NULL: none */
    const char *user;
    int64_t now;
    struct dtl_block judge_block;
    struct dtl_buf judge_strings;
};
/** May there be captures and articles in this segment that are not shown? */
static inline bool dtl_store_hides(const struct dtl_store *s, uint32_t segment)
{
    return s->segments[segment].stale || s->rules != NULL;
}
/** Was the capture taken down, or do rules exclude it? */
static inline bool dtl_store_is_removed(const struct dtl_store *s,
                                        uint32_t segment,
                                        const struct dtl_capture *c)
{
    return (s->segments[segment].stale && dtl_is_removed(&s->removed, c)) ||
           (s->rules != NULL &&
            dtl_access_of(s->rules, c, s->user, s->now) == DTL_ACCESS_EXCLUDE);
}
/** 1 when the article was taken down or is not to be shown, 0, or an error. */
int dtl_store_article_gone(struct dtl_store *s, struct dtl_ref ref,
                           struct dtl_error *err);
int dtl_capture_copy(struct dtl_capture *c, struct dtl_arena *arena,
                     struct dtl_error *err);

#endif
