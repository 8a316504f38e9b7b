/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The states of the standard's tokenizer, one function for each group that
 * reads one kind of token.  All that the standard appends to a token stands in
 * one piece in the input, so a state machine that builds strings becomes a
 * search for the end of a run; what NUL, CR and references turn into is left
 * to html_decode().
 *
 * CR counts as LF wherever a state looks for white space, which is what the
 * preprocessing of the input stream comes to.
 */
#include "token.h"
#include "names.h"
#include "scan.h"

enum {
    SPACE = 1,     /* tab, LF, FF, CR, space */
    TAG_END = 2,   /* ends a tag name */
    NAME_END = 4,  /* ends an attribute name */
    VALUE_END = 8, /* ends an unquoted value */
    LETTER = 16,
};

#define SPACES (SPACE | TAG_END | NAME_END | VALUE_END)

static const uint8_t kinds[256] = {
    ['\t'] = SPACES,
    ['\n'] = SPACES,
    ['\f'] = SPACES,
    ['\r'] = SPACES,
    [' '] = SPACES,
    ['/'] = TAG_END | NAME_END,
    ['>'] = TAG_END | NAME_END | VALUE_END,
    ['='] = NAME_END,
    ['A'] = LETTER,
    ['B'] = LETTER,
    ['C'] = LETTER,
    ['D'] = LETTER,
    ['E'] = LETTER,
    ['F'] = LETTER,
    ['G'] = LETTER,
    ['H'] = LETTER,
    ['I'] = LETTER,
    ['J'] = LETTER,
    ['K'] = LETTER,
    ['L'] = LETTER,
    ['M'] = LETTER,
    ['N'] = LETTER,
    ['O'] = LETTER,
    ['P'] = LETTER,
    ['Q'] = LETTER,
    ['R'] = LETTER,
    ['S'] = LETTER,
    ['T'] = LETTER,
    ['U'] = LETTER,
    ['V'] = LETTER,
    ['W'] = LETTER,
    ['X'] = LETTER,
    ['Y'] = LETTER,
    ['Z'] = LETTER,
    ['a'] = LETTER,
    ['b'] = LETTER,
    ['c'] = LETTER,
    ['d'] = LETTER,
    ['e'] = LETTER,
    ['f'] = LETTER,
    ['g'] = LETTER,
    ['h'] = LETTER,
    ['i'] = LETTER,
    ['j'] = LETTER,
    ['k'] = LETTER,
    ['l'] = LETTER,
    ['m'] = LETTER,
    ['n'] = LETTER,
    ['o'] = LETTER,
    ['p'] = LETTER,
    ['q'] = LETTER,
    ['r'] = LETTER,
    ['s'] = LETTER,
    ['t'] = LETTER,
    ['u'] = LETTER,
    ['v'] = LETTER,
    ['w'] = LETTER,
    ['x'] = LETTER,
    ['y'] = LETTER,
    ['z'] = LETTER,
};

static bool is(uint8_t c, uint8_t kind)
{
    return (kinds[c] & kind) != 0;
}

/* ---- helpers ---------------------------------------------------------- */

/* Positions within the input while one token is read. */
struct cursor {
    const uint8_t *text, *p, *end;
};

static uint32_t at(const struct cursor *c, const uint8_t *p)
{
    return (uint32_t)(p - c->text);
}

static struct html_run run(const struct cursor *c, const uint8_t *from,
                           const uint8_t *to)
{
    struct html_run r = { at(c, from), at(c, to), true };

    return r;
}

static uint8_t lower(uint8_t b)
{
    return b >= 'A' && b <= 'Z' ? b | 0x20 : b;
}

/* Does `word` (lower case) stand at `p`, in any case? */
static bool stands(const uint8_t *p, const uint8_t *end, const char *word)
{
    for (; *word != '\0'; word++, p++)
        if (p == end || lower(*p) != (uint8_t)*word)
            return false;
    return true;
}

static const uint8_t *skip_space(const uint8_t *p, const uint8_t *end)
{
    while (p < end && is(*p, SPACE))
        p++;
    return p;
}

/* The file ends within a tag: what there was of it is dropped. */
static bool end_of_file(struct html_tokenizer *z, struct html_token *tok)
{
    tok->kind = HTML_END_OF_FILE;
    tok->end = z->pos = z->len;
    return false;
}

static bool emit(struct html_tokenizer *z, struct html_token *tok,
                 enum html_kind kind, uint32_t end)
{
    tok->kind = (uint8_t)kind;
    tok->end = z->pos = end;
    return true;
}

/* ---- attributes (13.2.5.32 to 13.2.5.40) ------------------------------ */

/* As many attributes as there will be if the input goes on like this. */
static uint32_t more_attrs(const struct html_tokenizer *z)
{
    uint64_t cap = z->cap < 64 ? 64 : z->cap;
    uint64_t all = (uint64_t)z->nattrs * z->len / (z->pos + 1u);

    all += all / 8;
    if (all < cap + cap / 2)
        all = cap + cap / 2;
    if (all > cap * 8)
        all = cap * 8;
    return all < HTML_MAX_ATTRS ? (uint32_t)all : HTML_MAX_ATTRS;
}

static bool room_for_attr(struct html_tokenizer *z)
{
    uint32_t cap;
    struct dtl_page_attr *grown;

    if (z->nattrs < z->cap)
        return true;
    if (z->nattrs >= HTML_MAX_ATTRS) {
        z->truncated = true;
        return false;
    }
    cap = more_attrs(z);
    grown = dtl_arena_grow(z->arena, z->attrs, z->cap * sizeof *grown,
                           cap * sizeof *grown);
    if (grown == NULL) {
        z->failed = true;
        return false;
    }
    z->attrs = grown;
    z->cap = cap;
    return true;
}

static void set_attr(struct dtl_page_attr *a, struct html_run name, uint8_t id,
                     struct html_run value)
{
    uint32_t len = name.to - name.from;

    a->name = name.from;
    a->name_len = (uint16_t)(len < UINT16_MAX ? len : UINT16_MAX);
    a->id = id;
    a->flags = HTML_ATTR_LAZY;
    a->value.raw.offset = value.from;
    a->value.raw.len = value.to - value.from;
}

static void add_attr(struct html_tokenizer *z, struct html_token *tok,
                     struct html_run name, struct html_run value)
{
    const uint8_t *end = z->text + z->len;
    uint8_t id = html_attr_of(z->text + name.from, name.to - name.from, end);

    if (tok->nattrs >= HTML_MAX_TAG_ATTRS) {
        z->truncated = true;
        return;
    }
    if (!room_for_attr(z))
        return;
    set_attr(&z->attrs[z->nattrs++], name, id, value);
    tok->nattrs++;
    tok->have |= UINT32_C(1) << id;
}

/* After "=": the value's run; c->p is then after it (and its quote), or NULL
 * when the file ends. */
static struct html_run attr_value(struct cursor *c)
{
    const uint8_t *p = skip_space(c->p, c->end), *from = p;

    if (p == c->end) {
        c->p = NULL;
        return run(c, c->end, c->end);
    }
    if (*p == '"' || *p == '\'') {
        from = p + 1;
        p = html_find(from, c->end, *p);
        c->p = p < c->end ? p + 1 : NULL;
    } else {
        while (p < c->end && !is(*p, VALUE_END))
            p++;
        c->p = p;
    }
    return run(c, from, p);
}

/* One attribute at c->p, which is neither space nor '/' nor '>'. */
static void attr(struct html_tokenizer *z, struct cursor *c,
                 struct html_token *tok)
{
    const uint8_t *from = c->p, *p = from + 1; /* a leading '=' is a name */
    struct html_run name, value;

    p = html_skip_name(p, c->end, true);
    while (p < c->end && !is(*p, NAME_END))
        p++;
    name = run(c, from, p);
    value = run(c, p, p);
    p = skip_space(p, c->end);
    c->p = p;
    if (p < c->end && *p == '=') {
        c->p = p + 1;
        value = attr_value(c);
    }
    if (c->p != NULL)
        add_attr(z, tok, name, value);
}

/* How long the name at `p` is, of at most 32 bytes that can be read. */
static unsigned name_length(const uint8_t *p)
{
    unsigned n = html_name16(p, true);

    return n < 16 ? n : 16 + html_name16(p + 16, true);
}

/* Nearly all attributes are name="value" after white space, with a name of less
 * than 32 bytes: reads as many of those as follow. */
static void usual_attrs(struct html_tokenizer *z, struct cursor *c,
                        struct html_token *tok)
{
    struct dtl_page_attr *a = z->attrs + z->nattrs;
    struct dtl_page_attr *last = a + (z->cap - z->nattrs);
    uint32_t had = z->nattrs - tok->attrs, have = tok->have;
    const uint8_t *p = c->p;

    if (last - a > (ptrdiff_t)(HTML_MAX_TAG_ATTRS - had))
        last = a + (HTML_MAX_TAG_ATTRS - had);
    while (a < last && c->end - p > 1 && is(*p, SPACE)) {
        const uint8_t *name = p + 1, *from, *to;
        uint8_t id = DTL_ATTR_OTHER;
        unsigned n;

        if (is(*name, SPACE))
            name = skip_space(name, c->end);
        if (c->end - name < 34)
            break;
        n = name_length(name);
        if (n - 1 >= 31 || name[n] != '=' || name[n + 1] != '"')
            break;
        from = name + n + 2;
        to = html_find(from, c->end, '"');
        if (to == c->end)
            break;
        if (n <= HTML_NAME_MAX)
            id = html_attr_at(html_quick_key(name, n));
        have |= UINT32_C(1) << id;
        set_attr(a++, run(c, name, name + n), id, run(c, from, to));
        p = to + 1;
    }
    c->p = p;
    tok->have = have;
    z->nattrs = (uint32_t)(a - z->attrs);
    tok->nattrs = z->nattrs - tok->attrs;
}

/* ---- tags (13.2.5.6 to 13.2.5.8) -------------------------------------- */

/* The name from `name` on; returns what follows it. */
static const uint8_t *tag_name(const struct cursor *c, struct html_token *tok,
                               const uint8_t *name)
{
    const uint8_t *p = name;
    unsigned n = 16;

    if (c->end - name > 16)
        n = html_name16(name, false);
    if (n < 16) { /* never empty: a letter stands there */
        p = name + n;
        tok->tag = html_tag_at(html_quick_key(name, n));
    }
    if (n == 16 || !is(*p, TAG_END)) {
        while (p < c->end && !is(*p, TAG_END))
            p++;
        tok->tag = html_tag_of(name, (size_t)(p - name), c->end);
    }
    tok->data = run(c, name, p);
    return p;
}

static bool tag(struct html_tokenizer *z, struct html_token *tok,
                enum html_kind kind)
{
    struct cursor c = { z->text, z->text + z->pos, z->text + z->len };

    tok->attrs = z->nattrs;
    tok->nattrs = 0;
    tok->have = 0;
    tok->self_closing = false;
    c.p = tag_name(&c, tok, c.p + (kind == HTML_END ? 2 : 1));
    while (c.p < c.end && *c.p != '>') {
        usual_attrs(z, &c, tok);
        c.p = skip_space(c.p, c.end);
        if (c.p == c.end)
            break;
        if (*c.p == '/')
            tok->self_closing = ++c.p < c.end && *c.p == '>';
        else if (*c.p != '>')
            attr(z, &c, tok);
        if (c.p == NULL)
            break;
    }
    if (c.p != NULL && c.p < c.end)
        return emit(z, tok, kind, at(&c, c.p + 1));
    z->nattrs = tok->attrs;
    return end_of_file(z, tok);
}

/* ---- comments (13.2.5.41 to 13.2.5.52) -------------------------------- */

static bool comment(struct html_tokenizer *z, struct html_token *tok,
                    const struct cursor *c, const uint8_t *from,
                    const uint8_t *to, const uint8_t *after)
{
    tok->data = run(c, from, to);
    return emit(z, tok, HTML_COMMENT, at(c, after));
}

/* The file ends in a comment: dashes that might have closed it are no data. */
static const uint8_t *without_dashes(const uint8_t *from, const uint8_t *end)
{
    size_t len = (size_t)(end - from);

    if (len >= 3 && memcmp(end - 3, "--!", 3) == 0)
        return end - 3;
    if (len >= 2 && memcmp(end - 2, "--", 2) == 0)
        return end - 2;
    if (len >= 1 && end[-1] == '-')
        return end - 1;
    return end;
}

/* After "<!--".  It ends at "-->" or "--!>", and at once at ">" or "->". */
static bool real_comment(struct html_tokenizer *z, struct html_token *tok,
                         const struct cursor *c, const uint8_t *from)
{
    const uint8_t *p = from;

    if (p < c->end && *p == '>')
        return comment(z, tok, c, p, p, p + 1);
    if (c->end - p >= 2 && p[0] == '-' && p[1] == '>')
        return comment(z, tok, c, p, p, p + 2);
    while ((p = html_find(p, c->end, '>')) < c->end) {
        if (p - from >= 2 && p[-1] == '-' && p[-2] == '-')
            return comment(z, tok, c, from, p - 2, p + 1);
        if (p - from >= 3 && memcmp(p - 3, "--!", 3) == 0)
            return comment(z, tok, c, from, p - 3, p + 1);
        p++;
    }
    return comment(z, tok, c, from, without_dashes(from, c->end), c->end);
}

static bool bogus_comment(struct html_tokenizer *z, struct html_token *tok,
                          const struct cursor *c, const uint8_t *from)
{
    const uint8_t *p = html_find(from, c->end, '>');

    return comment(z, tok, c, from, p, p < c->end ? p + 1 : p);
}

/* ---- DOCTYPE (13.2.5.53 to 13.2.5.68) --------------------------------- */

/* A quoted identifier at p; returns the byte after it.  A '>' within it ends
 * the whole DOCTYPE and is not consumed. */
static const uint8_t *identifier(const struct cursor *c, const uint8_t *p,
                                 struct html_run *out, bool *cut)
{
    const uint8_t *from = p + 1, *q = from;

    while (q < c->end && *q != *p && *q != '>')
        q++;
    *out = run(c, from, q);
    *cut = q == c->end || *q == '>';
    return *cut ? q : q + 1;
}

static bool quote(const struct cursor *c, const uint8_t *p)
{
    return p < c->end && (*p == '"' || *p == '\'');
}

/* After the name.  Returns where the search for the closing '>' goes on. */
static const uint8_t *external_id(const struct cursor *c, const uint8_t *p,
                                  struct html_token *tok)
{
    bool is_public = stands(p, c->end, "public"), cut;

    if (!is_public && !stands(p, c->end, "system")) {
        tok->force_quirks = true;
        return p;
    }
    p = skip_space(p + 6, c->end);
    if (!quote(c, p)) {
        tok->force_quirks = true;
        return p;
    }
    if (is_public) {
        p = identifier(c, p, &tok->public_id, &cut);
        tok->force_quirks = cut;
        p = cut ? p : skip_space(p, c->end);
        if (p == c->end)
            tok->force_quirks = true;
        if (cut || p == c->end || *p == '>')
            return p;
        if (!quote(c, p)) {
            tok->force_quirks = true;
            return p;
        }
    }
    p = identifier(c, p, &tok->system_id, &cut);
    tok->force_quirks = cut;
    p = skip_space(p, c->end);
    if (p == c->end) /* what else follows is harmless, the end is not */
        tok->force_quirks = true;
    return p;
}

/* After "<!doctype". */
static bool doctype(struct html_tokenizer *z, struct html_token *tok,
                    const struct cursor *c, const uint8_t *p)
{
    struct html_run none = { 0, 0, false };
    const uint8_t *name = skip_space(p, c->end);

    tok->data = tok->public_id = tok->system_id = none;
    tok->force_quirks = false;
    p = name;
    while (p < c->end && !is(*p, SPACE) && *p != '>')
        p++;
    if (p > name)
        tok->data = run(c, name, p);
    else
        tok->force_quirks = true;
    p = skip_space(p, c->end);
    if (p == c->end)
        tok->force_quirks = true;
    else if (*p != '>')
        p = external_id(c, p, tok);
    p = html_find(p, c->end, '>');
    return emit(z, tok, HTML_DOCTYPE, at(c, p < c->end ? p + 1 : p));
}

/* ---- "<!" (13.2.5.42) ------------------------------------------------- */

static bool cdata(struct html_tokenizer *z, struct html_token *tok);

static bool declaration(struct html_tokenizer *z, struct html_token *tok)
{
    struct cursor c = { z->text, z->text + z->pos, z->text + z->len };
    const uint8_t *p = c.p + 2;

    if (c.end - p >= 2 && p[0] == '-' && p[1] == '-')
        return real_comment(z, tok, &c, p + 2);
    if (stands(p, c.end, "doctype"))
        return doctype(z, tok, &c, p + 7);
    if (z->cdata && c.end - p >= 7 && memcmp(p, "[CDATA[", 7) == 0) {
        z->pos += 9;
        z->content = HTML_CDATA;
        return cdata(z, tok);
    }
    return bogus_comment(z, tok, &c, p);
}

/* ---- text ------------------------------------------------------------- */

static bool text(struct html_tokenizer *z, struct html_token *tok,
                 const struct cursor *c, const uint8_t *to)
{
    tok->data = run(c, z->text + z->pos, to);
    tok->content = z->content;
    return emit(z, tok, HTML_TEXT, at(c, to));
}

/* Does a tag, comment or the like start at this '<'? */
static bool is_markup(const uint8_t *p, const uint8_t *end)
{
    if (end - p < 2)
        return false;
    if (p[1] == '/')
        return end - p >= 3;
    return is(p[1], LETTER) || p[1] == '!' || p[1] == '?';
}

static bool data_text(struct html_tokenizer *z, struct html_token *tok)
{
    struct cursor c = { z->text, z->text + z->pos, z->text + z->len };
    const uint8_t *p = c.p;

    while ((p = html_find(p, c.end, '<')) < c.end && !is_markup(p, c.end))
        p++;
    return text(z, tok, &c, p);
}

static bool cdata(struct html_tokenizer *z, struct html_token *tok)
{
    struct cursor c = { z->text, z->text + z->pos, z->text + z->len };
    const uint8_t *p = c.p;

    while ((p = html_find(p, c.end, ']')) < c.end &&
           !(c.end - p >= 3 && p[1] == ']' && p[2] == '>'))
        p++;
    text(z, tok, &c, p);
    if (p < c.end)
        tok->end = z->pos = at(&c, p + 3);
    z->content = HTML_DATA;
    return true;
}

/* Is this "</" the end tag of the element we are in? */
static bool closes(const struct html_tokenizer *z, const uint8_t *p,
                   const uint8_t *end)
{
    size_t len = z->last.to - z->last.from;
    const uint8_t *name = z->text + z->last.from;

    if (!z->last.set || (size_t)(end - p) < len + 3 || p[1] != '/')
        return false;
    p += 2;
    for (size_t i = 0; i < len; i++)
        if (lower(p[i]) != lower(name[i]))
            return false;
    return is(p[len], TAG_END);
}

static const uint8_t *rawtext_end(const struct html_tokenizer *z,
                                  const struct cursor *c)
{
    const uint8_t *p = c->p;

    while ((p = html_find(p, c->end, '<')) < c->end && !closes(z, p, c->end))
        p++;
    return p;
}

/* ---- script data (13.2.5.15 to 13.2.5.31) ----------------------------- */

/*
 * Within "<!-- ... -->" a "<script" nests once, so that a "</script>" written
 * by the script does not end it.
 */
enum script { PLAIN, ESCAPED, DOUBLE };

/* "<script" or "</script" (from its first letter) and then a delimiter. */
static bool script_word(const uint8_t *p, const uint8_t *end)
{
    return end - p > 6 && stands(p, end, "script") && is(p[6], TAG_END);
}

/* At a '-' within the escaped states: past the dashes, and out at "-->". */
static const uint8_t *dashes(const uint8_t *p, const uint8_t *end,
                             enum script *state)
{
    const uint8_t *from = p;

    while (p < end && *p == '-')
        p++;
    if (p - from >= 2 && p < end && *p == '>')
        *state = PLAIN;
    return p;
}

static const uint8_t *script_end(const struct html_tokenizer *z,
                                 const struct cursor *c)
{
    const uint8_t *p = c->p, *end = c->end;
    enum script state = PLAIN;

    while (p < end) {
        if (state == PLAIN)
            p = html_find(p, end, '<');
        else
            while (p < end && *p != '<' && *p != '-')
                p++;
        if (p == end)
            break;
        if (*p == '-') {
            p = dashes(p, end, &state);
            continue;
        }
        if (state != DOUBLE && closes(z, p, end))
            return p;
        if (state == PLAIN && end - p >= 4 && memcmp(p, "<!--", 4) == 0) {
            state = ESCAPED;
            p += 2; /* its dashes may be those of "-->" */
        } else if (state == ESCAPED && script_word(p + 1, end)) {
            state = DOUBLE;
            p += 8;
        } else if (state == DOUBLE && end - p > 2 && p[1] == '/' &&
                   script_word(p + 2, end)) {
            state = ESCAPED;
            p += 9;
        } else {
            p++;
        }
    }
    return end;
}

/* ---- the machine ------------------------------------------------------ */

void html_tokenizer_init(struct html_tokenizer *z, struct dtl_slice input,
                         struct dtl_arena *arena)
{
    memset(z, 0, sizeof *z);
    z->text = input.ptr != NULL ? input.ptr : (const uint8_t *)"";
    z->truncated = input.len > HTML_MAX_BYTES;
    z->len = z->truncated ? HTML_MAX_BYTES : (uint32_t)input.len;
    z->arena = arena;
}

void html_enter(struct html_tokenizer *z, const struct html_token *tok,
                enum html_content content)
{
    z->content = (uint8_t)content;
    z->last = tok->data;
}

enum html_content html_content_of(uint16_t name)
{
    switch (name) {
    case DTL_TAG_TITLE:
    case DTL_TAG_TEXTAREA: return HTML_RCDATA;
    case DTL_TAG_STYLE:
    case DTL_TAG_XMP:
    case DTL_TAG_IFRAME:
    case DTL_TAG_NOEMBED:
    case DTL_TAG_NOFRAMES: return HTML_RAWTEXT;
    case DTL_TAG_SCRIPT: return HTML_SCRIPT;
    case DTL_TAG_PLAINTEXT: return HTML_PLAINTEXT;
    default: return HTML_DATA;
    }
}

/* Text up to the end tag (or the end) in RCDATA, RAWTEXT, script data and
 * PLAINTEXT; false when there is none before the end tag. */
static bool element_text(struct html_tokenizer *z, struct html_token *tok)
{
    struct cursor c = { z->text, z->text + z->pos, z->text + z->len };
    const uint8_t *p = c.end;

    if (z->content == HTML_SCRIPT)
        p = script_end(z, &c);
    else if (z->content != HTML_PLAINTEXT)
        p = rawtext_end(z, &c);
    if (p > c.p)
        text(z, tok, &c, p);
    if (p < c.end)
        z->content = HTML_DATA;
    return p > c.p;
}

bool html_next(struct html_tokenizer *z, struct html_token *tok)
{
    const uint8_t *p, *end = z->text + z->len;

    tok->start = z->pos;
again:
    if (z->pos >= z->len)
        return end_of_file(z, tok);
    if (z->content != HTML_DATA) {
        if (z->content == HTML_CDATA)
            return cdata(z, tok);
        if (element_text(z, tok))
            return true;
    }
    p = z->text + z->pos;
    if (*p != '<' || !is_markup(p, end))
        return data_text(z, tok);
    if (is(p[1], LETTER))
        return tag(z, tok, HTML_START);
    if (p[1] == '/' && is(p[2], LETTER))
        return tag(z, tok, HTML_END);
    if (p[1] == '!')
        return declaration(z, tok);
    if (p[1] == '/' && p[2] == '>') { /* "</>" is nothing at all */
        z->pos += 3;
        goto again;
    } else {
        struct cursor c = { z->text, p, end };

        return bogus_comment(z, tok, &c, p[1] == '?' ? p + 1 : p + 2);
    }
}
