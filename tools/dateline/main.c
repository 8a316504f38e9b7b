/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"
#include "args.h"

#include <signal.h>
#include <stdlib.h>

/* In the order of --help: the main road first. */
/* clang-format off */
#define COMMANDS(X) \
    X(ingest) \
    X(plan) \
    X(status) \
    X(import) \
    X(lookup) \
    X(find) \
    X(show) \
    X(trace) \
    X(stories) \
    X(versions) \
    X(cite) \
    X(export) \
    X(extract) \
    X(ls) \
    X(cat) \
    X(check) \
    X(recompress) \
    X(cdxj) \
    X(serve) \
    X(stats) \
    X(compact) \
    X(merge) \
    X(relocate) \
    X(remove) \
    X(verify)
/* clang-format on */

#define DTL_X(name) extern const struct cmd cmd_##name;
COMMANDS(DTL_X)
#undef DTL_X

static const struct cmd *const commands[] = {
#define DTL_X(name) &cmd_##name,
    COMMANDS(DTL_X)
#undef DTL_X
        NULL
};

static void help(FILE *f)
{
    fprintf(f,
            "dateline %s: when and where a story appeared\n\n"
            "usage: dateline COMMAND [OPTION...] [OPERAND...]\n\n",
            dtl_version());
    for (size_t i = 0; commands[i] != NULL; i++)
        fprintf(f, "  %-11s %s\n", commands[i]->name, commands[i]->summary);
    fprintf(f, "\n'dateline COMMAND --help' explains one command; "
               "'man dateline' all of them.\n");
}

int main(int argc, char **argv)
{
    char explain[] = "--help";

    /* A closed pipe ends the program as it ends other filters. */
    signal(SIGPIPE, SIG_DFL);
    if (argc < 2) {
        help(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        (strcmp(argv[1], "help") == 0 && argc == 2)) {
        help(stdout);
        return EXIT_SUCCESS;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("dateline %s\n", dtl_version());
        return EXIT_SUCCESS;
    }
    if (strcmp(argv[1], "help") == 0) { /* help NAME = NAME --help */
        argv[1] = argv[2];
        argv[2] = explain;
    }
    for (size_t i = 0; commands[i] != NULL; i++)
        if (strcmp(commands[i]->name, argv[1]) == 0)
            return args_run(commands[i], argc - 2, argv + 2);
    say("no command '%s'; 'dateline --help' lists them", argv[1]);
    return EXIT_USAGE;
}
