/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_REPLAY_CLIENT_H
#define DATELINE_REPLAY_CLIENT_H
#include <stddef.h>

/** A script of client/ that is part of the binary. */
struct client_file {
    const char *name, *tag;
    const unsigned char *bytes;
    size_t len;
};
/** Ends with a NULL name. */
extern const struct client_file client_files[];
#endif
