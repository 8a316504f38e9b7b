/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_INGEST_SHARD_H
#define DATELINE_INGEST_SHARD_H

/** Remove a directory and all below it, or what of it there is. */
void remove_tree(const char *path);

#endif
