/* SPDX-License-Identifier: Apache-2.0 */
#include "args.h"

#include "readfile.h"

#include <dateline/store.h>
#include <dateline/time.h>
#include <stdlib.h>
#include <time.h>

struct given {
    const struct opt *opt;
    const char *value;
};

struct args {
    const struct cmd *cmd;
    struct given *given;
    size_t ngiven;
    const char **operands;
    size_t noperands;
    struct dtl_access_rules **rules; /* of the store that is open, or NULL */
};

/* One option and what it does, word by word within the width of a terminal; a
 * long left side takes a line of its own. */
static void print_option(const char *left, const char *text)
{
    enum { WIDTH = 80, INDENT = 28 };
    int column = printf("  %-*s", INDENT - 2, left);

    if (column > INDENT)
        column = WIDTH;
    while (*text != '\0') {
        int n = (int)strcspn(text, " ");

        if (column + 1 + n > WIDTH)
            column = printf("\n%*s", INDENT, "") - 1;
        column += printf(" %.*s", n, text);
        text += n + (text[n] == ' ');
    }
    putchar('\n');
}

static void help(const struct cmd *cmd)
{
    printf("usage: dateline %s%s%s%s\n\n%s\n", cmd->name,
           cmd->options != NULL && cmd->options->name != NULL ? " [OPTION...]"
                                                              : "",
           cmd->operands[0] != '\0' ? " " : "", cmd->operands, cmd->summary);
    if (cmd->details != NULL)
        printf("\n%s\n", cmd->details);
    printf("\noptions:\n");
    for (const struct opt *o = cmd->options; o != NULL && o->name; o++) {
        char left[64];

        snprintf(left, sizeof left, "%c%c%s--%s%s%s", o->letter ? '-' : ' ',
                 o->letter ? o->letter : ' ', o->letter ? ", " : "  ", o->name,
                 o->value ? " " : "", o->value ? o->value : "");
        print_option(left, o->help);
    }
    print_option("    --help", "print this");
}

static const struct opt *find_long(const struct cmd *cmd, const char *name,
                                   size_t len)
{
    for (const struct opt *o = cmd->options; o != NULL && o->name; o++)
        if (strlen(o->name) == len && memcmp(o->name, name, len) == 0)
            return o;
    return NULL;
}

static const struct opt *find_letter(const struct cmd *cmd, char letter)
{
    for (const struct opt *o = cmd->options; o != NULL && o->name; o++)
        if (o->letter == letter)
            return o;
    return NULL;
}

static int usage(const struct cmd *cmd, const char *what, const char *word)
{
    say("%s: %s '%s'; see 'dateline %s --help'", cmd->name, what, word,
        cmd->name);
    return EXIT_USAGE;
}

/* One word that begins with a dash; *i may step over its value. */
static int parse_option(struct args *a, int argc, char **argv, int *i)
{
    const char *word = argv[*i], *value = NULL;
    const struct opt *o;

    if (word[1] == '-') {
        const char *eq = strchr(word, '=');
        size_t len = eq != NULL ? (size_t)(eq - word) - 2 : strlen(word) - 2;

        o = find_long(a->cmd, word + 2, len);
        if (o != NULL && eq != NULL) {
            if (o->value == NULL)
                return usage(a->cmd, "no value is wanted in", word);
            value = eq + 1;
        }
    } else {
        o = find_letter(a->cmd, word[1]);
        if (o != NULL && word[2] != '\0') {
            if (o->value == NULL)
                return usage(a->cmd, "no such option", word);
            value = word + 2;
        }
    }
    if (o == NULL)
        return usage(a->cmd, "no such option", word);
    if (o->value != NULL && value == NULL) {
        if (*i + 1 >= argc)
            return usage(a->cmd, "a value is missing after", word);
        value = argv[++*i];
    }
    a->given[a->ngiven++] = (struct given){ o, value != NULL ? value : "" };
    return EXIT_FOUND;
}

static int parse(struct args *a, int argc, char **argv, bool *wants_help)
{
    bool only_operands = false;

    for (int i = 0; i < argc; i++) {
        int rc;

        if (only_operands || argv[i][0] != '-' || argv[i][1] == '\0') {
            a->operands[a->noperands++] = argv[i];
            continue;
        }
        if (strcmp(argv[i], "--") == 0) {
            only_operands = true;
            continue;
        }
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            *wants_help = true;
            return EXIT_FOUND;
        }
        rc = parse_option(a, argc, argv, &i);
        if (rc != EXIT_FOUND)
            return rc;
    }
    if (a->noperands < (size_t)a->cmd->min) {
        say("usage: dateline %s %s; see 'dateline %s --help'", a->cmd->name,
            a->cmd->operands, a->cmd->name);
        return EXIT_USAGE;
    }
    if (a->cmd->max >= 0 && a->noperands > (size_t)a->cmd->max)
        return usage(a->cmd, "one operand too many:", a->operands[a->cmd->max]);
    return EXIT_FOUND;
}

int args_run(const struct cmd *cmd, int argc, char **argv)
{
    struct dtl_access_rules *rules = NULL;
    struct args a = { .cmd = cmd, .rules = &rules };
    bool wants_help = false;
    int rc = EXIT_MEMORY;

    a.given = calloc((size_t)argc + 1, sizeof *a.given);
    a.operands = calloc((size_t)argc + 1, sizeof *a.operands);
    if (a.given == NULL || a.operands == NULL) {
        say("out of memory");
    } else {
        rc = parse(&a, argc, argv, &wants_help);
        if (wants_help)
            help(cmd);
        else if (rc == EXIT_FOUND)
            rc = cmd->run(&a);
    }
    dtl_access_free(rules);
    free(a.given);
    free(a.operands);
    if (fflush(stdout) != 0 && rc == EXIT_FOUND) {
        say("standard output: write failed");
        rc = EXIT_INPUT;
    }
    return rc;
}

const char *arg(const struct args *a, const char *name)
{
    for (size_t i = a->ngiven; i > 0; i--)
        if (strcmp(a->given[i - 1].opt->name, name) == 0)
            return a->given[i - 1].value;
    return NULL;
}

bool arg_on(const struct args *a, const char *name)
{
    return arg(a, name) != NULL;
}

const char *arg_nth(const struct args *a, const char *name, size_t i)
{
    for (size_t g = 0; g < a->ngiven; g++)
        if (strcmp(a->given[g].opt->name, name) == 0 && i-- == 0)
            return a->given[g].value;
    return NULL;
}

size_t arg_count(const struct args *a)
{
    return a->noperands;
}

const char *operand(const struct args *a, size_t i)
{
    return i < a->noperands ? a->operands[i] : NULL;
}

const char *const *operands(const struct args *a)
{
    return a->operands;
}

bool arg_u64(const struct args *a, const char *name, uint64_t otherwise,
             uint64_t *out)
{
    const char *text = arg(a, name);
    struct dtl_slice s = dtl_str(text);
    unsigned shift = 0;

    *out = otherwise;
    if (text == NULL)
        return true;
    if (s.len > 1) {
        switch (s.ptr[s.len - 1]) {
        case 'k':
        case 'K': shift = 10; break;
        case 'm':
        case 'M': shift = 20; break;
        case 'g':
        case 'G': shift = 30; break;
        default: break;
        }
        if (shift != 0)
            s.len--;
    }
    if (!dtl_parse_u64(s, out) || *out > UINT64_MAX >> shift) {
        say("%s: --%s wants a whole number, not '%s'", a->cmd->name, name,
            text);
        return false;
    }
    *out <<= shift;
    return true;
}

int arg_choice(const struct args *a, const char *name,
               const char *const *choices, const char *otherwise)
{
    const char *text = arg(a, name);
    char list[200] = "";

    if (text == NULL)
        text = otherwise;
    for (int i = 0; choices[i] != NULL; i++) {
        if (strcmp(choices[i], text) == 0)
            return i;
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s",
                 i > 0 ? ", " : "", choices[i]);
    }
    say("%s: --%s is one of %s, not '%s'", a->cmd->name, name, list, text);
    return -1;
}

bool arg_time(const struct args *a, const char *name, bool last, int64_t *out)
{
    const char *text = arg(a, name);
    char digits[15];
    size_t n = 0;

    *out = DTL_NO_TIME;
    if (text == NULL)
        return true;
    /* "2024-05-02T10:00" and "20240502100000" are the same digits. */
    for (const char *p = text; *p != '\0' && n < 14; p++)
        if (*p >= '0' && *p <= '9')
            digits[n++] = *p;
        else if (strchr("-:T Z", *p) == NULL)
            n = 14, digits[0] = 'x';
    digits[n] = '\0';
    *out = dtl_time_parse_14(dtl_str(digits), last);
    if (*out == DTL_NO_TIME)
        say("%s: --%s wants a time such as 2024, 2024-05-02 or "
            "20240502100000, not '%s'",
            a->cmd->name, name, text);
    return *out != DTL_NO_TIME;
}

const char *arg_store(const struct args *a)
{
    const char *dir = arg(a, "store");

    if (dir == NULL)
        dir = getenv("DATELINE_STORE");
    return dir != NULL && dir[0] != '\0' ? dir : "dateline.store";
}

int open_store(const struct args *a, struct dtl_store **out,
               struct dtl_error *err)
{
    int rc = dtl_store_open(arg_store(a), out, err);

    if (rc != DTL_OK || !arg_on(a, "access"))
        return rc;
    rc = read_rules(a, a->rules, err);
    if (rc == DTL_OK) {
        dtl_store_restrict(*out, *a->rules, arg(a, "user"),
                           (int64_t)time(NULL));
        return DTL_OK;
    }
    dtl_store_close(*out);
    *out = NULL;
    return rc;
}

int complain_of(const struct args *a, const char *name,
                const struct dtl_error *err)
{
    int code = complain(name, err);

    /* What names a file of the store is damage to the store. */
    if (code == EXIT_INPUT && dtl_starts(dtl_str(err->text), arg_store(a)))
        return EXIT_STORE;
    return code;
}

bool store_is_there(const struct args *a)
{
    struct dtl_store *s = NULL;
    struct dtl_error err = { 0 };

    if (dtl_store_open(arg_store(a), &s, &err) != DTL_OK) {
        complain(arg_store(a), &err);
        return false;
    }
    dtl_store_close(s);
    return true;
}
