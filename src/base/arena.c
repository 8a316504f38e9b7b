/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chunks of doubling size, kept over a reset: fresh memory costs 1.5 us per
 * 4 KiB, which is more than most records need in all.  When a record needed
 * several chunks, the reset replaces them by one of their total size.
 *
 * With DTL_ARENA_MALLOC every allocation is a malloc of its own, so that a
 * sanitizer sees each end.
 */
#include <dateline/base.h>

#include <stdio.h>
#include <stdlib.h>

/* Most queries need no more, and it is of those sizes malloc() keeps at hand.
 */
#define FIRST_CHUNK ((size_t)992)
#define ALIGN       ((size_t)16)

struct chunk {
    struct chunk *next; /* older */
    size_t size, used;  /* of the bytes after this header */
};

struct dtl_arena {
    struct chunk *top;
    size_t ceiling, used, peak;
};

#define HEADER ((sizeof(struct chunk) + ALIGN - 1) / ALIGN * ALIGN)

static uint8_t *chunk_bytes(struct chunk *c)
{
    return (uint8_t *)c + HEADER;
}

static struct chunk *chunk_new(size_t size)
{
    struct chunk *c = size <= SIZE_MAX - HEADER ? malloc(HEADER + size) : NULL;

    if (c != NULL) {
        c->next = NULL;
        c->size = size;
        c->used = 0;
    }
    return c;
}

struct dtl_arena *dtl_arena_new(size_t ceiling)
{
    struct dtl_arena *a = calloc(1, sizeof *a);

    if (a != NULL)
        a->ceiling = ceiling != 0 ? ceiling : SIZE_MAX / 4;
    return a;
}

static bool add_chunk(struct dtl_arena *a, size_t need)
{
    size_t size = a->top != NULL ? a->top->size * 2 : FIRST_CHUNK;
    struct chunk *c;

#ifdef DTL_ARENA_MALLOC
    size = need;
#endif
    if (size > a->ceiling)
        size = a->ceiling;
    if (size < need)
        size = need;
    c = chunk_new(size);
    if (c == NULL)
        return false;
    c->next = a->top;
    a->top = c;
    return true;
}

static void count(struct dtl_arena *a, size_t size)
{
    a->used += size;
    if (a->used > a->peak)
        a->peak = a->used;
}

void *dtl_arena_alloc(struct dtl_arena *a, size_t size)
{
    void *p;
    size_t need = size;

#ifndef DTL_ARENA_MALLOC
    if (size > SIZE_MAX - ALIGN)
        return NULL;
    need = size == 0 ? ALIGN : (size + ALIGN - 1) / ALIGN * ALIGN;
#endif
    if (need > a->ceiling - a->used)
        return NULL;
    if (a->top == NULL || need > a->top->size - a->top->used ||
        (need == 0 && a->top->used == a->top->size))
        if (!add_chunk(a, need))
            return NULL;
    p = chunk_bytes(a->top) + a->top->used;
    a->top->used += need;
    count(a, need);
    return p;
}

void *dtl_arena_calloc(struct dtl_arena *a, size_t n, size_t size)
{
    size_t bytes;
    void *p;

    if (__builtin_mul_overflow(n, size, &bytes))
        return NULL;
    p = dtl_arena_alloc(a, bytes);
    return p != NULL ? memset(p, 0, bytes) : NULL;
}

#ifndef DTL_ARENA_MALLOC
/* What an allocation of `size` bytes takes. */
static size_t taken(size_t size)
{
    return size == 0 ? ALIGN : (size + ALIGN - 1) / ALIGN * ALIGN;
}

static bool came_last(const struct dtl_arena *a, const void *ptr, size_t size)
{
    return ptr != NULL && a->top != NULL &&
           (const uint8_t *)ptr + taken(size) ==
               chunk_bytes(a->top) + a->top->used;
}
#endif

void *dtl_arena_grow(struct dtl_arena *a, void *ptr, size_t old, size_t size)
{
    void *p;

#ifndef DTL_ARENA_MALLOC
    if (size >= old && size <= SIZE_MAX - ALIGN && came_last(a, ptr, old)) {
        size_t more = taken(size) - taken(old);

        if (more <= a->top->size - a->top->used &&
            more <= a->ceiling - a->used) {
            a->top->used += more;
            count(a, more);
            return ptr;
        }
    }
#endif
    p = dtl_arena_alloc(a, size);
    if (p != NULL && ptr != NULL)
        memcpy(p, ptr, old < size ? old : size);
    return p;
}

void dtl_arena_shrink(struct dtl_arena *a, void *ptr, size_t old, size_t size)
{
#ifndef DTL_ARENA_MALLOC
    if (size < old && came_last(a, ptr, old)) {
        a->top->used -= taken(old) - taken(size);
        a->used -= taken(old) - taken(size);
    }
#else
    (void)a;
    (void)ptr;
    (void)old;
    (void)size;
#endif
}

struct dtl_slice dtl_arena_dup(struct dtl_arena *a, struct dtl_slice s)
{
    uint8_t *p = s.len < SIZE_MAX ? dtl_arena_alloc(a, s.len + 1) : NULL;

    if (p == NULL)
        return dtl_slice_of(NULL, 0);
    if (s.len > 0)
        memcpy(p, s.ptr, s.len);
    p[s.len] = '\0';
    return dtl_slice_of(p, s.len);
}

char *dtl_arena_printf(struct dtl_arena *a, const char *fmt, ...)
{
    va_list ap, again;
    char *p = NULL;
    int len;

    va_start(ap, fmt);
    va_copy(again, ap);
    len = vsnprintf(NULL, 0, fmt, ap);
    if (len >= 0 && (p = dtl_arena_alloc(a, (size_t)len + 1)) != NULL)
        vsnprintf(p, (size_t)len + 1, fmt, again);
    va_end(again);
    va_end(ap);
    return p;
}

void dtl_arena_reset(struct dtl_arena *a)
{
    size_t total = 0;
    bool several = a->top != NULL && a->top->next != NULL;

#ifdef DTL_ARENA_MALLOC
    several = a->top != NULL;
#endif
    if (several) {
        while (a->top != NULL) {
            struct chunk *next = a->top->next;

            total += a->top->size;
            free(a->top);
            a->top = next;
        }
#ifndef DTL_ARENA_MALLOC
        a->top = chunk_new(total < a->ceiling ? total : a->ceiling);
#endif
    }
    if (a->top != NULL)
        a->top->used = 0;
    a->used = 0;
}

size_t dtl_arena_used(const struct dtl_arena *a)
{
    return a->used;
}

size_t dtl_arena_peak(const struct dtl_arena *a)
{
    return a->peak;
}

void dtl_arena_free(struct dtl_arena *a)
{
    if (a == NULL)
        return;
    while (a->top != NULL) {
        struct chunk *next = a->top->next;

        free(a->top);
        a->top = next;
    }
    free(a);
}
