/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_VERIFY_H
#define DATELINE_VERIFY_H
/* What `verify` does besides a store's own tables.  Both give exit codes. */
#include "cmd.h"

/** Operand 0: a WACZ. */
int verify_wacz(const struct args *a, bool as_json);
/** Operand 0: a directory or file of `export`. */
int verify_export(const struct args *a, bool as_json);
/** Is it one of those? */
bool is_export(const char *path);
/** --archives: the records behind the captures of a store, from capture
 * `from` on. */
int verify_archives(const struct args *a, uint64_t from, bool as_json);

#endif
