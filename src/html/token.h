/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_HTML_TOKEN_H
#define DATELINE_HTML_TOKEN_H
/*
 * The tokenizer of the HTML standard (section 13.2.5) over bytes of valid
 * UTF-8.  Every token is a run of the input and everything in it a slice of
 * that run: nothing is copied, decoding is left to html_decode().
 *
 *     html_tokenizer_init(&z, text, arena);
 *     while (html_next(&z, &tok))
 *         if (tok.kind == HTML_START)
 *             html_enter(&z, &tok, html_content_of(tok.tag));
 *
 * The runs of all tokens, and of the last HTML_END_OF_FILE, join up to the
 * input: a rewriter copies those it does not change.
 */
#include <dateline/base.h>
#include <dateline/html.h>

enum html_kind {
    HTML_END_OF_FILE,
    HTML_TEXT,
    HTML_START,
    HTML_END,
    HTML_COMMENT,
    HTML_DOCTYPE,
};

/* How the bytes after a token are to be read. */
enum html_content {
    HTML_DATA,
    HTML_RCDATA,
    HTML_RAWTEXT,
    HTML_SCRIPT,
    HTML_PLAINTEXT,
    HTML_CDATA,
};

/* What html_decode() has to do. */
enum {
    HTML_REFERENCES = 1 << 0, /* & may start a reference */
    HTML_ATTRIBUTE = 1 << 1,  /* with the rules for attribute values */
    HTML_DROP_NUL = 1 << 2,   /* NUL goes, instead of becoming U+FFFD */
    HTML_KEEP_NUL = 1 << 3,   /* NUL stays */
    HTML_LOWER = 1 << 4,      /* A-Z become a-z */
};

/*
 * One attribute: its name and value in the input, or once it was asked for,
 * its decoded value behind `decoded` (length, then bytes).
 */
struct dtl_page_attr {
    uint32_t name;
    uint16_t name_len; /* clipped */
    uint8_t id;        /* enum dtl_attr */
    uint8_t flags;     /* HTML_ATTR_* */
    union {
        struct {
            uint32_t offset, len;
        } raw;
        const struct html_text *decoded;
    } value;
};

enum {
    HTML_ATTR_LAZY = 1 << 0,    /* nobody asked html_needs_decoding() yet */
    HTML_ATTR_DECODED = 1 << 1, /* value.decoded is set */
    HTML_ATTR_REPEATED = 1 << 2,
};

struct html_text {
    size_t len;
    uint8_t bytes[];
};

/* A run of the input; `set` tells an empty one from none. */
struct html_run {
    uint32_t from, to;
    bool set;
};

struct html_token {
    uint8_t kind;    /* enum html_kind */
    uint8_t content; /* TEXT: enum html_content it was read in */
    bool self_closing;
    bool force_quirks;    /* DOCTYPE */
    uint16_t tag;         /* START, END: enum dtl_tag */
    uint32_t start, end;  /* the bytes of the whole token */
    struct html_run data; /* TEXT, COMMENT: characters; tags, DOCTYPE: name */
    struct html_run public_id, system_id; /* DOCTYPE */
    uint32_t attrs, nattrs;               /* START, END: in z->attrs */
    uint32_t have;                        /* which, bits 1 << DTL_ATTR_X */
};

struct html_tokenizer {
    const uint8_t *text;
    uint32_t len, pos;
    uint8_t content;      /* enum html_content */
    bool cdata;           /* in foreign content: <![CDATA[ counts */
    struct html_run last; /* name of the start tag that HTML_RCDATA,
                             HTML_RAWTEXT and HTML_SCRIPT end at */
    struct dtl_page_attr *attrs;
    uint32_t nattrs, cap;
    struct dtl_arena *arena; /* where attrs grow */
    bool truncated;          /* attributes over a limit were left out */
    bool failed;             /* out of memory */
};

/* Longest input read, most attributes kept of a page and of an element. */
#define HTML_MAX_BYTES     UINT32_C(0xfffffff0)
#define HTML_MAX_ATTRS     (UINT32_C(1) << 20)
#define HTML_MAX_TAG_ATTRS UINT32_C(1000)

/** Start at the first byte of `text`, which is borrowed, in HTML_DATA. */
void html_tokenizer_init(struct html_tokenizer *z, struct dtl_slice text,
                         struct dtl_arena *arena);
/** The next token; false at the end of the file.  Attributes are added to
 * z->attrs; set z->nattrs to 0 before the call to forget earlier ones. */
bool html_next(struct html_tokenizer *z, struct html_token *tok);
/** Read what follows the start tag `tok` as `content`. */
void html_enter(struct html_tokenizer *z, const struct html_token *tok,
                enum html_content content);
/** What stands in an HTML element of this name, scripting off. */
enum html_content html_content_of(uint16_t tag);

/**
 * Decode `s` into `dst`, which has room for html_decoded_max() bytes: CR and
 * CR LF to LF, and what `how` says.  Returns the length.
 */
size_t html_decode(struct dtl_slice s, unsigned how, uint8_t *dst);
size_t html_decoded_max(struct dtl_slice s);
/** Does `s` hold '&', CR or NUL? */
bool html_needs_decoding(struct dtl_slice s);

static inline struct dtl_slice html_slice(const struct html_tokenizer *z,
                                          struct html_run r)
{
    return dtl_slice_of(z->text + r.from, r.to - r.from);
}
#endif
