/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_CMD_H
#define DATELINE_CMD_H
/*
 * What the files of the command share.  A command is one file cmd_NAME.c that
 * defines `const struct cmd cmd_NAME` and one row in main.c; its --help and
 * the option parsing are made from the same table.
 */
#include <dateline/base.h>
#include <stdio.h>

/* Exit codes, as dateline(1) documents them. */
enum {
    EXIT_FOUND = 0,   /* done; for questions: there was an answer */
    EXIT_NOTHING = 1, /* done, but nothing was found, or findings of
                         `check` and `verify` */
    EXIT_USAGE = 2,   /* the command line makes no sense */
    EXIT_INPUT = 3,   /* an input could not be read */
    EXIT_STORE = 4,   /* the store could not be opened or written */
    EXIT_MEMORY = 5,
    EXIT_AGAIN = 75, /* a task: it may well succeed when tried again */
};

struct args;

struct opt {
    const char *name;  /* long name without dashes */
    char letter;       /* 0 for none */
    const char *value; /* "N"; NULL for a switch */
    const char *help;
};

struct cmd {
    const char *name;
    const char *operands;      /* "URL", "PATH..." */
    const char *summary;       /* one line, lower case, no full stop */
    const char *details;       /* paragraphs for --help, or NULL */
    const struct opt *options; /* ends with a NULL name */
    int min, max;              /* operands; max -1: any number */
    int (*run)(const struct args *a);
};

/* ---- the parsed command line (args.c) --------------------------------- */

/** Value of --name, NULL when absent; "" for a switch.  The last one wins. */
const char *arg(const struct args *a, const char *name);
bool arg_on(const struct args *a, const char *name);
/** All values of a repeated option: call with i = 0, 1, ... until NULL. */
const char *arg_nth(const struct args *a, const char *name, size_t i);
size_t arg_count(const struct args *a);
const char *operand(const struct args *a, size_t i);
const char *const *operands(const struct args *a);
/** Number of --name; `otherwise` when absent.  On a bad one: complains,
 * returns false. Accepts k, M, G suffixes (powers of 1024). */
bool arg_u64(const struct args *a, const char *name, uint64_t otherwise,
             uint64_t *out);
/** Index of --name's value in `choices` (NULL-terminated), or of `otherwise`;
 * -1 after complaining. */
int arg_choice(const struct args *a, const char *name,
               const char *const *choices, const char *otherwise);
/** Wayback timestamp or ISO date; DTL_NO_TIME when absent.  `last` as in
 * dtl_time_parse_14().  False after complaining. */
bool arg_time(const struct args *a, const char *name, bool last, int64_t *out);
/** --store, $DATELINE_STORE or "./dateline.store". */
const char *arg_store(const struct args *a);
struct dtl_store;
/** Open arg_store() with the rules of --access in force for --user; complains
 * of nothing.  A command whose options have OPTIONS_ACCESS closes the store
 * before it returns. */
int open_store(const struct args *a, struct dtl_store **out,
               struct dtl_error *err);
#define OPTIONS_ACCESS                                                   \
    { "access", 0, "FILE", "apply these access rules (.aclj of pywb)" }, \
    {                                                                    \
        "user", 0, "NAME", "whose rules (default: anyone)"               \
    }
/** False, after complaining, when there is no store to work on: only ingest,
 * import and merge make one. */
bool store_is_there(const struct args *a);

/* ---- output (print.c) -------------------------------------------------- */

/** "dateline: NAME: text (at byte N)" on stderr; returns the exit code that
 * fits `err->status`. */
int complain(const char *name, const struct dtl_error *err);
/** The same of a command that reads the store; damage to it is EXIT_STORE. */
int complain_of(const struct args *a, const char *name,
                const struct dtl_error *err);
/** "dateline: ..." on stderr. */
void say(const char *fmt, ...) DTL_PRINTF(1, 2);
bool on_terminal(FILE *f);
/** Columns of the terminal, 80 when unknown. */
int terminal_width(void);
/** "" unless stdout is a terminal and NO_COLOR is unset: `colour("1;32")`. */
const char *colour(const char *sgr);
/** Write a buffer to stdout and empty it; false when stdout is gone. */
bool flush(struct dtl_buf *b);
/** Copy of a slice safe to print on a terminal: control characters and
 * invalid UTF-8 replaced, cut to `columns` with an ellipsis (0: not cut). */
void printable(struct dtl_buf *out, struct dtl_slice s, int columns);
/** Columns a text takes in a terminal. */
int text_columns(struct dtl_slice s);
/** The same, broken between words into lines of at most `columns`. */
void wrapped(struct dtl_buf *out, struct dtl_slice s, int columns);
/** 1234567 -> "1,234,567"; 1536 -> "1.5 KiB". */
const char *count_text(uint64_t n, char out[32]);
const char *bytes_text(uint64_t n, char out[32]);

/** "2024-05-02 10:00:00"; "" for DTL_NO_TIME. */
void time_text(int64_t t, char out[24]);
/** Last part of a path. */
const char *last_part(const char *path);

/* A table with a heading, columns as wide as needed; on a terminal cut until
 * it fits.  Rows are kept until table_end(). */
struct table;
/* `kinds`, a letter a column: 'l' left, 'r' right.  What does not fit: the
 * last ones may be 'u', which then stand under their row; 'd' is dropped; 'c',
 * only compared (digests), and 't', text, are cut. */
struct table *table_new(const char *const *headings, size_t columns,
                        const char *kinds);
void table_cell(struct table *t, struct dtl_slice s);
void table_text(struct table *t, const char *s);
/** Print and free. */
void table_end(struct table *t);
/** Free without printing. */
void table_free(struct table *t);

#endif
