/* SPDX-License-Identifier: Apache-2.0 */
#include "postings.h"

#define ROOM ((4096U - 16U) / 6U / 2U * 2U - 10U - 16U)

/*
 * An LMDB entry: its key is the block's first pair, both numbers most
 * significant byte first; its value is the pairs that follow, each
 *
 *   varint  key - previous key
 *   if that is 0:  varint  value - previous value
 *   else:          varint  value
 *
 * With `split` a value is high << 32 | low and is written as two varints: the
 * high half so, and the low half as a difference if the high one is 0.
 */

static void put_be(uint8_t *out, uint64_t v)
{
    v = __builtin_bswap64(v);
    memcpy(out, &v, 8);
}

static uint64_t get_be(const uint8_t *p)
{
    uint64_t v;

    memcpy(&v, p, 8);
    return __builtin_bswap64(v);
}

static size_t encode(const struct dtl_postings_writer *w, uint64_t key,
                     uint64_t value, uint8_t out[30])
{
    uint64_t numbers[3] = { key - w->key, value, 0 };
    size_t n = 2, len = 0;

    if (!w->split) {
        if (numbers[0] == 0)
            numbers[1] = value - w->value;
    } else {
        uint32_t high = (uint32_t)(value >> 32), low = (uint32_t)value;

        n = 3;
        numbers[1] = high;
        numbers[2] = low;
        if (numbers[0] == 0) {
            numbers[1] = high - (uint32_t)(w->value >> 32);
            if (numbers[1] == 0)
                numbers[2] = low - (uint32_t)w->value;
        }
    }
    for (size_t i = 0; i < n; i++) {
        uint64_t v = numbers[i];

        for (; v >= 0x80; v >>= 7)
            out[len++] = (uint8_t)(v | 0x80);
        out[len++] = (uint8_t)v;
    }
    return len;
}

static int flush(struct dtl_postings_writer *w, struct dtl_error *err)
{
    int rc;

    if (!w->begun)
        return DTL_OK;
    if (w->block.failed)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for postings");
    rc = dtl_env_append(w->env, w->table, dtl_slice_of(w->first, 16),
                        dtl_buf_view(&w->block), err);
    dtl_buf_clear(&w->block);
    w->begun = false;
    return rc;
}

int dtl_postings_add(struct dtl_postings_writer *w, uint64_t key,
                     uint64_t value, struct dtl_error *err)
{
    uint8_t bytes[30];
    int rc;

    if (w->begun) {
        size_t len;

        if (key == w->key && value == w->value)
            return DTL_OK;
        len = encode(w, key, value, bytes);
        if (w->block.len + len <= ROOM) {
            dtl_buf_add(&w->block, bytes, len);
            w->key = key;
            w->value = value;
            w->count++;
            return DTL_OK;
        }
        if ((rc = flush(w, err)) != DTL_OK)
            return rc;
    }
    put_be(w->first, key);
    put_be(w->first + 8, value);
    w->key = key;
    w->value = value;
    w->begun = true;
    w->count++;
    return DTL_OK;
}

int dtl_postings_finish(struct dtl_postings_writer *w, struct dtl_error *err)
{
    int rc = flush(w, err);

    dtl_buf_free(&w->block);
    return rc;
}

/* ---- reading ------------------------------------------------------------ */

static int load_first(struct dtl_postings *p, struct dtl_error *err)
{
    if (p->cursor.key.len != 16)
        return dtl_fail(err, DTL_FORMAT, 0, "a block of postings is damaged");
    p->key = get_be(p->cursor.key.ptr);
    p->value = get_be(p->cursor.key.ptr + 8);
    p->pos = 0;
    return DTL_OK;
}

/* Most differences are short: look-ups decode half a block each. */
static inline bool get_varint(struct dtl_slice s, size_t *pos, uint64_t *out)
{
    size_t at = *pos;
    uint64_t v = 0;

    for (unsigned shift = 0; shift < 35 && at < s.len; shift += 7) {
        uint8_t byte = s.ptr[at++];

        v |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *pos = at;
            *out = v;
            return true;
        }
    }
    return dtl_varint(s, pos, out);
}

static bool decode(struct dtl_postings *p)
{
    struct dtl_slice s = p->cursor.value;
    uint64_t step, value, low;

    if (!get_varint(s, &p->pos, &step) || !get_varint(s, &p->pos, &value))
        return false;
    if (!p->split) {
        p->value = step == 0 ? p->value + value : value;
    } else {
        uint64_t high = value;

        if (!get_varint(s, &p->pos, &low))
            return false;
        if (step == 0) {
            if (high == 0)
                low += (uint32_t)p->value;
            high += p->value >> 32;
        }
        if (high > UINT32_MAX || low > UINT32_MAX)
            return false;
        p->value = high << 32 | low;
    }
    p->key += step;
    return true;
}

/* Bytes of the pair at `p` and the step to its key: three numbers, mostly in
 * eight bytes.  0: they are longer, or the block ends. */
static size_t short_pair(const uint8_t *p, size_t left, uint64_t *step)
{
    const uint64_t highs = UINT64_C(0x8080808080808080);
    uint64_t v, ends;

    if (left < 8)
        return 0;
    memcpy(&v, p, sizeof v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    ends = ~v & highs;
    if (ends == 0 || (ends & ((UINT64_C(1) << 40) - 1)) == 0)
        return 0;                  /* the step alone is more than five bytes */
    v &= (ends ^ (ends - 1)) >> 1; /* up to where the first one ends */
    *step = (v & 0x7f) | (v >> 1 & 0x3f80) | (v >> 2 & 0x1fc000) |
            (v >> 3 & 0xfe00000) | (v >> 4 & UINT64_C(0x7f0000000));
    ends &= ends - 1;
    ends &= ends - 1;
    return ends != 0 ? (size_t)__builtin_ctzll(ends) / 8 + 1 : 0;
}

/* Pass the split pairs of this block whose key is less than `key`.  Only keys
 * matter on the way: the pair after them has another one and tells its value
 * in full.  False when the block is damaged. */
static bool skip_to(struct dtl_postings *p, uint64_t key)
{
    struct dtl_slice s = p->cursor.value;

    while (p->pos < s.len) {
        uint64_t step = 0, other;
        size_t pos = p->pos, n = short_pair(s.ptr + pos, s.len - pos, &step);

        pos += n;
        if (n == 0 &&
            (!get_varint(s, &pos, &step) || !get_varint(s, &pos, &other) ||
             !get_varint(s, &pos, &other)))
            return false;
        if (step >= key - p->key)
            return true;
        p->key += step;
        p->pos = pos;
    }
    return true;
}

int dtl_postings_next(struct dtl_postings *p, struct dtl_error *err)
{
    int rc;

    if (p->pos < p->cursor.value.len) {
        if (!decode(p))
            return dtl_fail(err, DTL_FORMAT, 0,
                            "a block of postings is damaged");
        return DTL_OK;
    }
    rc = dtl_table_next(&p->cursor, err);
    return rc == DTL_OK ? load_first(p, err) : rc;
}

int dtl_postings_seek(struct dtl_postings *p, const struct dtl_table *t,
                      bool split, uint64_t key, uint64_t value,
                      struct dtl_error *err)
{
    uint8_t wanted[16];
    int rc;

    p->split = split;
    put_be(wanted, key);
    put_be(wanted + 8, value);
    dtl_table_cursor(&p->cursor, t);
    rc = dtl_table_floor(&p->cursor, dtl_slice_of(wanted, 16), err);
    if (rc == DTL_END)
        rc = dtl_table_first(&p->cursor, err);
    if (rc == DTL_OK)
        rc = load_first(p, err);
    while (rc == DTL_OK &&
           (p->key < key || (p->key == key && p->value < value))) {
        bool whole = !split || p->key >= key || skip_to(p, key);

        if (whole && p->pos >= p->cursor.value.len)
            rc = dtl_postings_next(p, err);
        else if (!whole || !decode(p))
            return dtl_fail(err, DTL_FORMAT, 0,
                            "a block of postings is damaged");
    }
    return rc;
}
