/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_BASE_H
#define DATELINE_BASE_H
/*
 * What every part of dateline shares: borrowed bytes, errors, memory with a
 * ceiling.  Nothing here does input or output.
 *
 * Conventions of the whole library:
 *   - signatures run handle, inputs, outputs, err;
 *   - a returned pointer is borrowed from its parent, a `**out` is yours to
 *     close; every _free() and _close() accepts NULL;
 *   - functions that can fail return an enum dtl_status and describe the
 *     failure in `err`, which may be NULL;
 *   - nothing prints, exits, aborts or keeps state outside its handle.  Use
 *     one handle per thread.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DTL_API               __attribute__((visibility("default")))
#define DTL_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/** "0.1.0" */
DTL_API const char *dtl_version(void);

/* ---- errors ---------------------------------------------------------- */

enum dtl_status {
    DTL_END = 1, /* nothing more; not an error */
    DTL_OK = 0,
    DTL_BAD_RECORD = -1, /* this record is damaged; the next call goes on */
    DTL_IO = -2,         /* the system refused: see the text */
    DTL_FORMAT = -3,     /* not the format it should be */
    DTL_NOMEM = -4,
    DTL_LIMIT = -5, /* a stated limit was reached */
    DTL_NOTFOUND = -6,
    DTL_INVALID = -7, /* the caller's arguments make no sense */
    DTL_BUSY = -8,    /* another process holds it */
    DTL_DENIED = -9,  /* access rules keep it from being shown */
};

/** The caller owns it; an error never allocates. */
struct dtl_error {
    enum dtl_status status;
    uint64_t offset; /* where in the input, 0 when it has no place */
    char text[248];  /* one line, no full stop */
};

/** Fill `err` (may be NULL) and return `status`: `return dtl_fail(...)`. */
DTL_API int dtl_fail(struct dtl_error *err, enum dtl_status status,
                     uint64_t offset, const char *fmt, ...) DTL_PRINTF(4, 5);

/* ---- borrowed bytes -------------------------------------------------- */

/** Someone else's bytes; may hold NULs, is not terminated, ptr may be NULL
 * when len is 0. */
struct dtl_slice {
    const uint8_t *ptr;
    size_t len;
};

/** Named values in order, as in WARC and HTTP headers. */
struct dtl_field {
    struct dtl_slice name, value;
};

static inline struct dtl_slice dtl_slice_of(const void *ptr, size_t len)
{
    struct dtl_slice s = { (const uint8_t *)ptr, len };
    return s;
}

/** The bytes of a C string (NULL gives the empty slice), borrowed. */
static inline struct dtl_slice dtl_str(const char *s)
{
    return dtl_slice_of(s, s != NULL ? strlen(s) : 0);
}

static inline bool dtl_equal(struct dtl_slice a, struct dtl_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/** Bytes [from, to) of `s`, clipped to it. */
DTL_API struct dtl_slice dtl_sub(struct dtl_slice s, size_t from, size_t to);
/** ASCII case-insensitive. */
DTL_API bool dtl_equal_nocase(struct dtl_slice a, struct dtl_slice b);
DTL_API bool dtl_starts_nocase(struct dtl_slice s, const char *prefix);
DTL_API bool dtl_starts(struct dtl_slice s, const char *prefix);
DTL_API bool dtl_ends(struct dtl_slice s, const char *suffix);
/** memcmp order, shorter first. */
DTL_API int dtl_compare(struct dtl_slice a, struct dtl_slice b);
/** Without ASCII white space at both ends. */
DTL_API struct dtl_slice dtl_trim(struct dtl_slice s);
/** Offset of `needle` in `s` at or after `from`, or SIZE_MAX. */
DTL_API size_t dtl_find(struct dtl_slice s, struct dtl_slice needle,
                        size_t from);
/** First field called `name` (ASCII case-insensitive), or NULL. */
DTL_API const struct dtl_field *dtl_field_find(const struct dtl_field *fields,
                                               size_t n, const char *name);
/** Decimal digits only, no sign; false on overflow or anything else. */
DTL_API bool dtl_parse_u64(struct dtl_slice s, uint64_t *out);

/* ---- arena: many small allocations, freed together -------------------- */

struct dtl_arena;

/** `ceiling` bytes at most (0: no ceiling).  NULL when out of memory. */
DTL_API struct dtl_arena *dtl_arena_new(size_t ceiling);
/** 16-byte aligned, not cleared; NULL past the ceiling or out of memory. */
DTL_API void *dtl_arena_alloc(struct dtl_arena *a, size_t size);
/** The same, cleared, for `n` items; NULL also when n * size overflows. */
DTL_API void *dtl_arena_calloc(struct dtl_arena *a, size_t n, size_t size);
/** Grow `ptr` from `old` to `size` bytes, in place when it came last. */
DTL_API void *dtl_arena_grow(struct dtl_arena *a, void *ptr, size_t old,
                             size_t size);
/** Give back all but `size` of the `old` bytes of `ptr`, if it came last. */
DTL_API void dtl_arena_shrink(struct dtl_arena *a, void *ptr, size_t old,
                              size_t size);
/** A copy followed by a NUL; ptr is NULL when it failed. */
DTL_API struct dtl_slice dtl_arena_dup(struct dtl_arena *a, struct dtl_slice s);
DTL_API char *dtl_arena_printf(struct dtl_arena *a, const char *fmt, ...)
    DTL_PRINTF(2, 3);
/** Forget all allocations, keep the memory. */
DTL_API void dtl_arena_reset(struct dtl_arena *a);
/** Bytes handed out since the last reset, and the most there ever were. */
DTL_API size_t dtl_arena_used(const struct dtl_arena *a);
DTL_API size_t dtl_arena_peak(const struct dtl_arena *a);
DTL_API void dtl_arena_free(struct dtl_arena *a);

/* ---- buf: one growing run of bytes ------------------------------------ */

/**
 * Start with `struct dtl_buf b = { .max = LIMIT };`.  A failed append sets
 * `failed` and leaves the bytes as they were; later appends do nothing, so one
 * check at the end is enough.
 */
struct dtl_buf {
    uint8_t *ptr;
    size_t len, cap;
    size_t max; /* most bytes it may hold; 0: no limit */
    bool failed;
};

DTL_API bool dtl_buf_reserve(struct dtl_buf *b, size_t more);
DTL_API bool dtl_buf_add(struct dtl_buf *b, const void *ptr, size_t len);
DTL_API bool dtl_buf_slice(struct dtl_buf *b, struct dtl_slice s);
DTL_API bool dtl_buf_str(struct dtl_buf *b, const char *s);
DTL_API bool dtl_buf_byte(struct dtl_buf *b, uint8_t c);
DTL_API bool dtl_buf_printf(struct dtl_buf *b, const char *fmt, ...)
    DTL_PRINTF(2, 3);
/** LEB128, 1 to 10 bytes. */
DTL_API bool dtl_buf_varint(struct dtl_buf *b, uint64_t v);
/** Unicode scalar value as UTF-8; anything else as U+FFFD. */
DTL_API bool dtl_buf_utf8(struct dtl_buf *b, uint32_t codepoint);
static inline struct dtl_slice dtl_buf_view(const struct dtl_buf *b)
{
    return dtl_slice_of(b->ptr, b->len);
}
static inline void dtl_buf_clear(struct dtl_buf *b)
{
    b->len = 0;
    b->failed = false;
}
DTL_API void dtl_buf_free(struct dtl_buf *b);

/** Read a LEB128 at *pos of `s` and step over it; false when it is cut. */
DTL_API bool dtl_varint(struct dtl_slice s, size_t *pos, uint64_t *out);

/* ---- UTF-8 ------------------------------------------------------------ */

/** Length of the longest valid prefix (RFC 3629); s.len when all is valid. */
DTL_API size_t dtl_utf8_valid(struct dtl_slice s);
/** Code point at *pos of valid UTF-8, stepping over it; U+FFFD otherwise. */
DTL_API uint32_t dtl_utf8_next(struct dtl_slice s, size_t *pos);
/** Write a scalar value, anything else as U+FFFD; returns its 1 to 4 bytes. */
DTL_API size_t dtl_utf8_put(uint8_t out[4], uint32_t codepoint);

#ifdef __cplusplus
}
#endif
#endif
