/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_SERVE_ASSETS_H
#define DATELINE_SERVE_ASSETS_H
#include <stddef.h>

/** A file that is part of the binary. */
struct asset {
    const char *name; /* without folder */
    const char *tag;  /* for ETag, in its quotes */
    const unsigned char *bytes;
    size_t len;
};
/** Ends with a NULL name. */
extern const struct asset asset_data[];

#endif
