/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was edited between the query and a text found: of copies the whole of
 * both, of a passage and the text that holds it the part where it stands.
 */
#include "answer.h"

/* Bytes between two passages of one place, at most: a sentence put in. */
#define GAP 400

static bool closes(uint8_t c)
{
    return c == '.' || c == ',' || c == '!' || c == '?' || c == '"' ||
           c == '\'' || c == ')' || c == ';' || c == ':';
}

static bool opens(uint8_t c)
{
    return c == '"' || c == '\'' || c == '(';
}

/* A passage ends with its last word; the stop behind it belongs to it. */
static void to_white_space(struct dtl_slice s, uint32_t *from, uint32_t *to)
{
    while (*from > 0 && opens(s.ptr[*from - 1]))
        --*from;
    while (*to < s.len && closes(s.ptr[*to]))
        ++*to;
}

static void whole_of(struct dtl_slice s, uint32_t *from, uint32_t *to)
{
    *from = 0;
    *to = (uint32_t)s.len;
}

/* Does `next` go on where `p` ends, in both texts? */
static bool follows(const struct dtl_span *p, const struct dtl_span *next)
{
    return next->q_start >= p->q_end && next->d_start >= p->d_end &&
           next->q_start - p->q_end <= GAP && next->d_start - p->d_end <= GAP;
}

static bool longer(const struct dtl_span *a, const struct dtl_span *b)
{
    return a->d_end - a->d_start > b->d_end - b->d_start;
}

/* The longest passage and those that stand next to it in the same order. */
static struct dtl_span around(const struct dtl_seen *s)
{
    uint32_t best = 0, from, to;

    for (uint32_t i = 1; i < s->nspans; i++)
        if (longer(&s->spans[i], &s->spans[best]))
            best = i;
    from = to = best;
    while (from > 0 && follows(&s->spans[from - 1], &s->spans[from]))
        from--;
    while (to + 1 < s->nspans && follows(&s->spans[to], &s->spans[to + 1]))
        to++;
    return (struct dtl_span){ s->spans[from].q_start, s->spans[to].q_end,
                              s->spans[from].d_start, s->spans[to].d_end };
}

/* All of the shorter text, and of the longer where it stands. */
static void choose_part(const struct dtl_seen *s, struct dtl_difference *d)
{
    d->part = around(s);
    to_white_space(d->query, &d->part.q_start, &d->part.q_end);
    to_white_space(d->article, &d->part.d_start, &d->part.d_end);
    if (d->query.len <= d->article.len)
        whole_of(d->query, &d->part.q_start, &d->part.q_end);
    else
        whole_of(d->article, &d->part.d_start, &d->part.d_end);
}

static bool is_copy(enum dtl_relation r)
{
    return r == DTL_REL_RECAPTURE || r == DTL_REL_VERBATIM ||
           r == DTL_REL_EDITED || r == DTL_REL_ABRIDGED ||
           r == DTL_REL_EXTENDED;
}

static bool is_part(const struct dtl_seen *s)
{
    return (s->relation == DTL_REL_EXCERPT || s->relation == DTL_REL_CARRIES) &&
           s->nspans > 0;
}

int dtl_seen_diff(const struct dtl_sightings *all, const struct dtl_seen *s,
                  struct dtl_arena *arena, struct dtl_difference *out,
                  struct dtl_error *err)
{
    struct dtl_article_row row;
    int rc;

    memset(out, 0, sizeof *out);
    if (!is_copy(s->relation) && !is_part(s))
        return DTL_OK;
    rc = dtl_store_article(all->store, s->article_ref, arena, &row, err);
    if (rc == DTL_OK)
        rc = dtl_normal(s->in_rest ? row.rest : row.text, arena, &out->article,
                        err);
    if (rc != DTL_OK)
        return rc;
    out->query = all->normal;
    if (is_copy(s->relation)) {
        whole_of(out->query, &out->part.q_start, &out->part.q_end);
        whole_of(out->article, &out->part.d_start, &out->part.d_end);
    } else {
        choose_part(s, out);
    }
    rc =
        dtl_word_diff(dtl_sub(out->query, out->part.q_start, out->part.q_end),
                      dtl_sub(out->article, out->part.d_start, out->part.d_end),
                      arena, &out->edits, &out->n, err);
    for (size_t i = 0; rc == DTL_OK && i < out->n; i++) {
        const struct dtl_edit *e = &out->edits[i];

        out->removed += e->kind == DTL_EDIT_REMOVED ? e->words : 0;
        out->added += e->kind == DTL_EDIT_ADDED ? e->words : 0;
    }
    return rc;
}

/* ---- as JSON --------------------------------------------------------------
 */

static void range(struct dtl_json *j, const char *key, size_t from, size_t len)
{
    dtl_json_key(j, key);
    dtl_json_array(j);
    dtl_json_uint(j, from);
    dtl_json_uint(j, from + len);
    dtl_json_end(j);
}

/* What went and what came in its place, as one edit. */
void dtl_difference_json(const struct dtl_difference *d, struct dtl_json *j)
{
    const uint8_t *q = d->query.ptr + d->part.q_start;
    const uint8_t *a = d->article.ptr + d->part.d_start;
    size_t i = 0;

    dtl_json_key(j, "edits");
    dtl_json_array(j);
    while (i < d->n) {
        struct dtl_slice out = { q, 0 }, in = { a, 0 };

        for (; i < d->n && d->edits[i].kind != DTL_EDIT_SAME; i++)
            *(d->edits[i].kind == DTL_EDIT_REMOVED ? &out : &in) =
                d->edits[i].text;
        if (out.len + in.len > 0) {
            dtl_json_object(j);
            range(j, "query", (size_t)(out.ptr - d->query.ptr), out.len);
            range(j, "article", (size_t)(in.ptr - d->article.ptr), in.len);
            answer_slice(j, "removed", out);
            answer_slice(j, "added", in);
            dtl_json_end(j);
        }
        if (i < d->n) {
            q = d->edits[i].text.ptr + d->edits[i].text.len;
            a = d->edits[i].now.ptr + d->edits[i].now.len;
            i++;
        }
    }
    dtl_json_end(j);
}
