/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DTL_IO_REMOTE_H
#define DTL_IO_REMOTE_H
#include "source.h"

/* "http://", "https://" or "s3://". */
bool dtl_remote_is(const char *name);
int dtl_remote_open(const char *name, struct dtl_source **out,
                    struct dtl_error *err);

#endif
