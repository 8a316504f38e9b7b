/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scripts.  All but one thing is left to the client script: `location` cannot
 * be replaced by a script, and a page that reads it would see the archive's
 * address instead of its own.  So where a value is read from something called
 * location, it passes through a function that gives the page's own address for
 * the browser's real location object and anything else as it is:
 *
 *     location.href          __dlL(location).href
 *     a.b.location.hostname  __dlL(a.b.location).hostname
 *     window.location = x    __dlO(window).location = x
 *
 * which means the same when `location` is a variable of the script's own.
 * Only forms that cannot be a declaration, a pattern or a key are changed; the
 * rest is caught when it navigates.  Literal specifiers of import and export
 * that name an address are mapped.
 *
 * A lexer is all this takes.  Where it guesses wrong whether '/' divides, it
 * finds itself in a string until the line ends, and leaves more unchanged.
 */
#include "rewrite.h"

/* Kinds of token, as far as what may follow differs. */
enum {
    JS_START,
    JS_OPERATOR, /* an operand follows: = + ? return ... */
    JS_OPEN,     /* ( */
    JS_COMMA,
    JS_COLON,
    JS_BLOCK,   /* { } ; */
    JS_BRACKET, /* [ */
    JS_VALUE,   /* a name, number, string, ) ] */
    JS_CONTROL, /* if while for with, and the ) that ends their head */
    JS_DOT,
    JS_NEW, /* new, delete, ++, --, function: nothing may be changed */
    JS_SPREAD,
};

struct lexer {
    struct dtl_rewrite *w;
    struct js *s;
    const uint8_t *text;
    size_t len, pos, copied;
    bool last;
    struct dtl_buf *out;
};

static bool is_name_start(uint8_t c)
{
    return is_alpha(c) || c == '_' || c == '$' || c >= 0x80;
}

static bool is_name(uint8_t c)
{
    return is_name_start(c) || is_digit(c);
}

static void copy_to(struct lexer *x, size_t to)
{
    dtl_buf_add(x->out, x->text + x->copied, to - x->copied);
    x->copied = to;
}

static uint8_t at(const struct lexer *x, size_t i)
{
    return i < x->len ? x->text[i] : 0;
}

static struct dtl_slice slice(const struct lexer *x, size_t from, size_t to)
{
    return dtl_slice_of(x->text + from, to - from);
}

/* ---- what is stepped over; each says false when it is cut ---------------- */

static bool to_line_end(struct lexer *x)
{
    const uint8_t *p = memchr(x->text + x->pos, '\n', x->len - x->pos);

    if (p == NULL && !x->last)
        return false;
    x->pos = p != NULL ? (size_t)(p - x->text) : x->len;
    return true;
}

static bool comment(struct lexer *x)
{
    static const struct dtl_slice close = { (const uint8_t *)"*/", 2 };
    size_t end = dtl_find(dtl_slice_of(x->text, x->len), close, x->pos + 2);

    if (end == SIZE_MAX && !x->last)
        return false;
    x->pos = end != SIZE_MAX ? end + 2 : x->len;
    return true;
}

/* The end of a string (at its quote, or where the line breaks it off). */
static size_t string_end(const struct lexer *x, size_t from)
{
    uint8_t quote = x->text[from];
    size_t i = from + 1;

    while (i < x->len && x->text[i] != quote && x->text[i] != '\n')
        i += x->text[i] == '\\' ? 2 : 1;
    return i < x->len ? i : x->len;
}

static bool string(struct lexer *x)
{
    size_t end = string_end(x, x->pos);

    if (end == x->len && !x->last)
        return false;
    x->pos = end < x->len ? end + 1 : end;
    x->s->prev = JS_VALUE;
    return true;
}

static bool regex(struct lexer *x)
{
    bool class = false;
    size_t i = x->pos + 1;

    for (; i < x->len && x->text[i] != '\n'; i++) {
        if (x->text[i] == '\\')
            i++;
        else if (x->text[i] == '[')
            class = true;
        else if (x->text[i] == ']')
            class = false;
        else if (x->text[i] == '/' && !class)
            break;
    }
    if (i >= x->len && !x->last)
        return false;
    x->pos = i < x->len ? i + 1 : x->len;
    x->s->prev = JS_VALUE;
    return true;
}

/* The characters of a template from x->pos on, up to its end or "${". */
static bool template(struct lexer *x)
{
    size_t i = x->pos;

    for (; i < x->len && x->text[i] != '`'; i++) {
        if (x->text[i] == '\\')
            i++;
        else if (x->text[i] == '$' && at(x, i + 1) == '{')
            break;
    }
    /* A '$' at the very end may begin "${". */
    if (i + 1 >= x->len && !x->last && (i >= x->len || x->text[i] != '`'))
        return false;
    if (i >= x->len) {
        x->pos = x->len;
    } else if (x->text[i] == '`') {
        x->pos = i + 1;
        x->s->prev = JS_VALUE;
    } else {
        x->pos = i + 2;
        x->s->prev = JS_BLOCK;
        x->s->lost = x->s->ntemplates == JS_NESTING;
        if (!x->s->lost)
            x->s->templates[x->s->ntemplates++] = x->s->braces;
        x->s->braces++;
    }
    return true;
}

static bool slash(struct lexer *x)
{
    uint8_t prev = x->s->prev;

    if (x->pos + 1 == x->len && !x->last)
        return false;
    if (at(x, x->pos + 1) == '/')
        return to_line_end(x);
    if (at(x, x->pos + 1) == '*')
        return comment(x);
    if (prev != JS_VALUE && prev != JS_DOT)
        return regex(x);
    x->s->prev = JS_OPERATOR;
    x->pos++;
    return true;
}

/* ---- brackets --------------------------------------------------------------
 */

static void open_paren(struct js *s)
{
    bool head = s->prev == JS_CONTROL;

    if (s->parens < JS_NESTING) {
        s->heads &= ~(UINT64_C(1) << s->parens);
        s->heads |= (uint64_t)head << s->parens;
    }
    s->parens++;
    s->prev = JS_OPEN;
}

static void close_paren(struct js *s)
{
    if (s->parens > 0)
        s->parens--;
    s->prev = s->parens < JS_NESTING && (s->heads >> s->parens & 1) != 0
                  ? JS_CONTROL
                  : JS_VALUE;
}

static bool close_brace(struct lexer *x)
{
    struct js *s = x->s;
    size_t before = x->pos;

    if (s->braces > 0)
        s->braces--;
    x->pos++;
    s->prev = JS_BLOCK;
    if (s->ntemplates == 0 || s->templates[s->ntemplates - 1] != s->braces)
        return true;
    s->ntemplates--;
    if (template(x))
        return true;
    s->templates[s->ntemplates++] = s->braces++;
    x->pos = before;
    return false;
}

/* ---- names
 * ------------------------------------------------------------------- */

static const struct {
    const char *word;
    uint8_t kind;
} keywords[] = {
    { "return", JS_OPERATOR },  { "typeof", JS_OPERATOR },
    { "case", JS_OPERATOR },    { "void", JS_OPERATOR },
    { "throw", JS_OPERATOR },   { "in", JS_OPERATOR },
    { "of", JS_OPERATOR },      { "instanceof", JS_OPERATOR },
    { "await", JS_OPERATOR },   { "yield", JS_OPERATOR },
    { "extends", JS_OPERATOR }, { "else", JS_BLOCK },
    { "do", JS_BLOCK },         { "if", JS_CONTROL },
    { "while", JS_CONTROL },    { "for", JS_CONTROL },
    { "with", JS_CONTROL },     { "new", JS_NEW },
    { "delete", JS_NEW },       { "function", JS_NEW },
    { "class", JS_NEW },        { "var", JS_NEW },
    { "let", JS_NEW },          { "const", JS_NEW },
    { "get", JS_VALUE },        { "set", JS_VALUE },
    { "static", JS_VALUE },
};

static uint8_t kind_of(struct dtl_slice word)
{
    if (word.len < 2 || word.len > 10)
        return JS_VALUE;
    for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++)
        if (word.ptr[0] == (uint8_t)keywords[i].word[0] &&
            dtl_equal(word, dtl_str(keywords[i].word)))
            return keywords[i].kind;
    return JS_VALUE;
}

/* a.b.c from x->pos on: names with a single dot between, up to the first that
 * is "location". */
struct chain {
    size_t from, to;  /* all of it */
    size_t last, dot; /* its last name, and the dot before that */
    unsigned names;
    struct dtl_slice first;
};

static size_t name_end(const struct lexer *x, size_t from)
{
    while (from < x->len && is_name(x->text[from]))
        from++;
    return from;
}

static size_t skip_space(const struct lexer *x, size_t i)
{
    while (i < x->len && (is_space(x->text[i]) || x->text[i] == '\v'))
        i++;
    return i;
}

static bool read_chain(const struct lexer *x, struct chain *c)
{
    size_t i = x->pos, next;

    *c = (struct chain){ .from = i, .last = i, .to = name_end(x, i) };
    c->first = slice(x, i, c->to);
    c->names = 1;
    for (;;) {
        if (dtl_equal(slice(x, c->last, c->to), dtl_str("location")))
            return c->to < x->len || x->last;
        i = skip_space(x, c->to);
        next = i < x->len && x->text[i] == '.' ? skip_space(x, i + 1) : x->len;
        if (i == x->len || (x->text[i] == '.' && next == x->len))
            return x->last; /* more of it may follow */
        if (x->text[i] != '.' || !is_name_start(x->text[next]))
            return true;
        c->dot = i;
        c->last = next;
        c->to = name_end(x, next);
        c->names++;
    }
}

/* What stands after the name, as far as it matters. */
enum after { A_MEMBER, A_ASSIGN, A_NEVER, A_END, A_ARGUMENT, A_ELSE };

static enum after what_follows(const struct lexer *x, size_t i)
{
    uint8_t c, d, e;

    i = skip_space(x, i);
    c = at(x, i), d = at(x, i + 1), e = at(x, i + 2);
    switch (c) {
    case '.': return d == '.' ? A_NEVER : A_MEMBER;
    case '[': return A_MEMBER;
    case '?':
        return d == '.' && !is_digit(e) ? A_MEMBER
               : d == '?' && e == '='   ? A_NEVER
                                        : A_ELSE;
    case '=': return d == '=' ? A_ELSE : d == '>' ? A_NEVER : A_ASSIGN;
    case '(':
    case '`': return A_NEVER;
    case '+':
    case '-': return d == c || d == '=' ? A_NEVER : A_ELSE;
    case '*':
    case '%':
    case '/':
    case '^': return d == '=' || (d == c && e == '=') ? A_NEVER : A_ELSE;
    case '&':
    case '|': return d == '=' || (d == c && e == '=') ? A_NEVER : A_ELSE;
    case ')':
        /* What is between parentheses before "{" or "=>" may be parameters. */
        i = skip_space(x, i + 1);
        return at(x, i) == '{' || (at(x, i) == '=' && at(x, i + 1) == '>')
                   ? A_END
                   : A_ARGUMENT;
    case ',':
    case '}':
    case ';': return A_END;
    case ':':
    case ']': return A_NEVER;
    default: return A_ELSE;
    }
}

/* Names that can only be a window or document: as `x.location` they are no
 * pattern however they stand. */
static bool is_global(struct dtl_slice name)
{
    static const char *const names[] = { "window", "document",   "self",  "top",
                                         "parent", "globalThis", "frames" };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (dtl_equal(name, dtl_str(names[i])))
            return true;
    return false;
}

static bool may_read(const struct lexer *x, const struct chain *c,
                     enum after after)
{
    uint8_t prev = x->s->prev;

    if (after == A_NEVER || after == A_ASSIGN || prev == JS_NEW ||
        prev == JS_DOT)
        return false;
    if (after == A_MEMBER || prev == JS_OPERATOR)
        return true;
    if (after == A_ARGUMENT && (prev == JS_OPEN || prev == JS_COMMA))
        return true;
    if (c->names == 1) /* may be a parameter, a key, a declaration */
        return false;
    return prev == JS_OPEN || prev == JS_CONTROL ||
           ((prev == JS_COMMA || prev == JS_COLON) && is_global(c->first));
}

static void wrap(struct lexer *x, const char *with, size_t from, size_t to)
{
    copy_to(x, from);
    dtl_buf_str(x->out, with);
    copy_to(x, to);
    dtl_buf_byte(x->out, ')');
}

static void location(struct lexer *x, const struct chain *c)
{
    enum after after = what_follows(x, c->to);

    if (may_read(x, c, after))
        wrap(x, "__dlL(", c->from, c->to);
    else if (after == A_ASSIGN && c->names > 1 && x->s->prev != JS_NEW &&
             x->s->prev != JS_DOT && !dtl_equal(c->first, dtl_str("super")) &&
             !dtl_equal(c->first, dtl_str("import")))
        wrap(x, "__dlO(", c->from, c->dot);
}

/* The string that names a module, at `i`: only addresses, no names. */
static bool specifier(struct lexer *x, size_t i)
{
    struct dtl_slice raw;
    size_t end;

    if (at(x, i) != '"' && at(x, i) != '\'')
        return true;
    end = string_end(x, i);
    if (end == x->len)
        return x->last;
    raw = slice(x, i + 1, end);
    if (raw.len > 0 && memchr(raw.ptr, '\\', raw.len) == NULL &&
        (raw.ptr[0] == '/' || dtl_starts_nocase(raw, "http:") ||
         dtl_starts_nocase(raw, "https:"))) {
        copy_to(x, i + 1);
        if (map_raw(x->w, DTL_FORM_SCRIPT, raw, false, x->out) == MAPPED_DONE)
            x->copied = end;
    }
    x->pos = end + 1;
    return true;
}

/* import "x", import("x"), ... from "x" */
static bool import(struct lexer *x, const struct chain *c)
{
    size_t i = skip_space(x, c->to), before = x->pos;
    bool is_import = dtl_equal(c->first, dtl_str("import"));

    x->pos = c->to;
    if (is_import && at(x, i) == '(')
        i = skip_space(x, i + 1);
    if (i == x->len && !x->last) {
        x->pos = before;
        return false;
    }
    if (specifier(x, i))
        return true;
    x->pos = before;
    return false;
}

static bool name(struct lexer *x)
{
    struct chain c;
    uint8_t kind;

    if (!read_chain(x, &c))
        return false;
    if (dtl_equal(slice(x, c.last, c.to), dtl_str("location"))) {
        size_t next = skip_space(x, c.to);

        if (at(x, next) == ')')
            next = skip_space(x, next + 1);
        if (next + 3 > x->len && !x->last)
            return false;
        location(x, &c);
    }
    if (c.names == 1 && x->s->prev != JS_DOT) {
        if (dtl_equal(c.first, dtl_str("import")) ||
            dtl_equal(c.first, dtl_str("from"))) {
            x->s->prev = JS_VALUE;
            return import(x, &c);
        }
        kind = kind_of(c.first);
    } else {
        kind = JS_VALUE;
    }
    x->pos = c.to;
    x->s->prev = kind;
    return true;
}

/* ---- all other bytes
 * ------------------------------------------------------------ */

/* Old comments: "<!--" anywhere, "-->" where a line begins. */
static bool is_html_comment(const struct lexer *x)
{
    struct dtl_slice rest = slice(x, x->pos, x->len);

    return dtl_starts(rest, "<!--") || (x->s->line && dtl_starts(rest, "-->"));
}

static bool number(struct lexer *x)
{
    size_t i = x->pos + 1;

    while (i < x->len &&
           (is_name(x->text[i]) || (x->text[i] == '.' && at(x, i + 1) != '.')))
        i++;
    if (i + 1 >= x->len && !x->last)
        return false;
    x->pos = i;
    x->s->prev = JS_VALUE;
    return true;
}

static bool dots(struct lexer *x)
{
    if (x->pos + 2 >= x->len && !x->last)
        return false;
    if (is_digit(at(x, x->pos + 1)))
        return number(x);
    if (at(x, x->pos + 1) == '.' && at(x, x->pos + 2) == '.') {
        x->pos += 3;
        x->s->prev = JS_SPREAD;
        return true;
    }
    x->pos++;
    x->s->prev = JS_DOT;
    return true;
}

static bool operator_(struct lexer *x)
{
    uint8_t c = x->text[x->pos], d = at(x, x->pos + 1);

    if (x->pos + 4 > x->len && !x->last)
        return false;
    if (is_html_comment(x))
        return to_line_end(x);
    if ((c == '+' || c == '-') && d == c) { /* before or after an operand */
        if (x->s->prev != JS_VALUE)
            x->s->prev = JS_NEW;
        x->pos += 2;
        return true;
    }
    if (c == '?' && d == '.' && !is_digit(at(x, x->pos + 2))) {
        x->s->prev = JS_DOT;
        x->pos += 2;
        return true;
    }
    x->s->prev = c == '@' || c == '#' ? JS_NEW : JS_OPERATOR;
    x->pos++;
    return true;
}

static bool token(struct lexer *x)
{
    uint8_t c = x->text[x->pos];
    struct js *s = x->s;

    switch (c) {
    case '"':
    case '\'': return string(x);
    case '`':
        x->pos++;
        if (template(x))
            return true;
        x->pos--;
        return false;
    case '/': return slash(x);
    case '}': return close_brace(x);
    case '.': return dots(x);
    case '(': open_paren(s); break;
    case ')': close_paren(s); break;
    case ']': s->prev = JS_VALUE; break;
    case '[': s->prev = JS_BRACKET; break;
    case '{':
        s->braces++;
        s->prev = JS_BLOCK;
        break;
    case ';': s->prev = JS_BLOCK; break;
    case ',': s->prev = JS_COMMA; break;
    case ':': s->prev = JS_COLON; break;
    default:
        if (is_digit(c))
            return number(x);
        if (c != '\\')
            return is_name_start(c) ? name(x) : operator_(x);
        s->prev = JS_VALUE;
    }
    x->pos++;
    return true;
}

static bool step(struct lexer *x)
{
    uint8_t c = x->text[x->pos];
    size_t before = x->pos;
    bool done;

    if (c <= ' ' || c == 0x7f) {
        x->s->line |= c == '\n';
        x->pos++;
        return true;
    }
    done = token(x);
    if (done && x->pos > before)
        x->s->line = false;
    return done;
}

/* Workers have no client script before them. */
static void prologue(struct lexer *x)
{
    if (!x->w->o.worker || x->s->prologue)
        return;
    x->s->prologue = true;
    dtl_buf_str(x->out, "try{importScripts(\"");
    dtl_buf_slice(x->out, x->w->o.prefix);
    dtl_buf_str(x->out, "-/client.js\")}catch(e){}"
                        "self.__dlL||(self.__dlL=self.__dlO=x=>x);");
}

/* Words without which there is nothing to do. */
static bool has_work(struct dtl_slice in)
{
    return dtl_find(in, dtl_str("location"), 0) != SIZE_MAX ||
           dtl_find(in, dtl_str("import"), 0) != SIZE_MAX ||
           dtl_find(in, dtl_str("from"), 0) != SIZE_MAX;
}

size_t rewrite_js(struct dtl_rewrite *w, struct js *s, struct dtl_slice in,
                  bool last, struct dtl_buf *out)
{
    struct lexer x = { w, s, in.ptr, in.len, 0, 0, last, out };

    prologue(&x);
    if (s->prev == JS_START && last && !has_work(in)) {
        dtl_buf_slice(out, in);
        return in.len;
    }
    while (x.pos < x.len && !s->lost)
        if (!step(&x))
            break;
    if (last || s->lost)
        x.pos = x.len;
    copy_to(&x, x.pos);
    return x.pos;
}
