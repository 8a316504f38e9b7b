/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens as one line of text, for comparing:
 *
 *     D:html|PUBLIC|SYSTEM!   DOCTYPE, parts that are missing as ~, ! quirks
 *     S:a{href=x}{id=y}/      start tag, attributes by name, / self-closing
 *     E:a  C:comment  T:text  neighbouring texts are one
 *
 * with a space after each.
 */
#ifndef HTML_TOKENS_H
#define HTML_TOKENS_H
#include "token.h"

#include <stdlib.h>

struct shown_attr {
    struct dtl_slice name, value;
};

static inline int by_attr_name(const void *a, const void *b)
{
    const struct shown_attr *x = a, *y = b;

    return dtl_compare(x->name, y->name);
}

/* Sorted, and without those whose name came before. */
static inline void show_attrs(struct dtl_buf *out, struct shown_attr *attrs,
                              size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        size_t k = 0;

        while (k < kept && !dtl_equal(attrs[k].name, attrs[i].name))
            k++;
        if (k == kept)
            attrs[kept++] = attrs[i];
    }
    qsort(attrs, kept, sizeof *attrs, by_attr_name);
    for (size_t i = 0; i < kept; i++) {
        dtl_buf_byte(out, '{');
        dtl_buf_slice(out, attrs[i].name);
        dtl_buf_byte(out, '=');
        dtl_buf_slice(out, attrs[i].value);
        dtl_buf_byte(out, '}');
    }
}

static inline struct dtl_slice show_decoded(struct dtl_slice s, unsigned how,
                                            struct dtl_arena *arena)
{
    uint8_t *bytes = dtl_arena_alloc(arena, html_decoded_max(s));
    size_t len = bytes != NULL ? html_decode(s, how, bytes) : 0;

    return dtl_slice_of(bytes, len);
}

static inline void show_run(struct dtl_buf *out, const struct html_tokenizer *z,
                            struct html_run run, unsigned how)
{
    if (run.set)
        dtl_buf_slice(out, show_decoded(html_slice(z, run), how, z->arena));
    else
        dtl_buf_byte(out, '~');
}

static inline void show_tag(struct dtl_buf *out, const struct html_tokenizer *z,
                            const struct html_token *tok)
{
    struct shown_attr *shown =
        dtl_arena_alloc(z->arena, (tok->nattrs + 1) * sizeof *shown);

    show_run(out, z, tok->data, HTML_LOWER);
    if (tok->kind == HTML_END || shown == NULL)
        return;
    for (uint32_t i = 0; i < tok->nattrs; i++) {
        const struct dtl_page_attr *a = &z->attrs[tok->attrs + i];

        shown[i].name = show_decoded(
            dtl_slice_of(z->text + a->name, a->name_len), HTML_LOWER, z->arena);
        shown[i].value = show_decoded(
            dtl_slice_of(z->text + a->value.raw.offset, a->value.raw.len),
            HTML_REFERENCES | HTML_ATTRIBUTE, z->arena);
    }
    show_attrs(out, shown, tok->nattrs);
    if (tok->self_closing)
        dtl_buf_byte(out, '/');
}

/* The tokenizer passes NUL on in the states a tree builder will drop it. */
static inline unsigned show_how(uint8_t content)
{
    switch (content) {
    case HTML_DATA: return HTML_REFERENCES | HTML_KEEP_NUL;
    case HTML_CDATA: return HTML_KEEP_NUL;
    case HTML_RCDATA: return HTML_REFERENCES;
    default: return 0;
    }
}

static inline void show_token(struct dtl_buf *out,
                              const struct html_tokenizer *z,
                              const struct html_token *tok, bool *in_text)
{
    if (tok->kind == HTML_TEXT) {
        if (tok->data.from == tok->data.to)
            return;
        if (*in_text)
            out->len--; /* the space */
        else
            dtl_buf_str(out, "T:");
        show_run(out, z, tok->data, show_how(tok->content));
    } else if (tok->kind == HTML_DOCTYPE) {
        dtl_buf_str(out, "D:");
        show_run(out, z, tok->data, HTML_LOWER);
        dtl_buf_byte(out, '|');
        show_run(out, z, tok->public_id, 0);
        dtl_buf_byte(out, '|');
        show_run(out, z, tok->system_id, 0);
        if (tok->force_quirks)
            dtl_buf_byte(out, '!');
    } else if (tok->kind == HTML_COMMENT) {
        dtl_buf_str(out, "C:");
        show_run(out, z, tok->data, 0);
    } else {
        dtl_buf_str(out, tok->kind == HTML_START ? "S:" : "E:");
        show_tag(out, z, tok);
    }
    dtl_buf_byte(out, ' ');
    *in_text = tok->kind == HTML_TEXT;
}

/*
 * All tokens of `input`, read as `content` inside an element called `last`.
 * False when the runs of the tokens do not join up to the input.
 */
static inline bool show_tokens(struct dtl_buf *out, struct dtl_slice input,
                               enum html_content content, const char *last,
                               struct dtl_arena *arena)
{
    struct html_tokenizer z;
    struct html_token tok;
    struct dtl_buf all = { .max = 0 };
    bool in_text = false, joined = true;
    size_t prefix = strlen(last);
    uint32_t pos = (uint32_t)prefix;

    /* The name of the last start tag is a run of the input, so it is put in
     * front. */
    dtl_buf_str(&all, last);
    dtl_buf_slice(&all, input);
    html_tokenizer_init(&z, dtl_buf_view(&all), arena);
    z.pos = pos;
    z.content = (uint8_t)content;
    z.last.to = pos;
    z.last.set = prefix > 0;
    while (html_next(&z, &tok)) {
        joined = joined && tok.start == pos && tok.end >= tok.start;
        pos = tok.end;
        show_token(out, &z, &tok, &in_text);
        z.nattrs = 0;
    }
    joined = joined && tok.start == pos && tok.end == all.len;
    dtl_buf_free(&all);
    return joined;
}
#endif
