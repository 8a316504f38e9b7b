/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_ARGS_H
#define DATELINE_ARGS_H
#include "cmd.h"

/** Parse the words after the command's name, then run it or print its help.
 * Returns the exit code. */
int args_run(const struct cmd *cmd, int argc, char **argv);

#endif
