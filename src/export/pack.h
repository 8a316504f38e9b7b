/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DTL_EXPORT_PACK_H
#define DTL_EXPORT_PACK_H
/* Compression of an output: gzip a member a piece, which threads may make on
 * their own; zstd one frame, since some readers stop after the first. */
#include <dateline/export.h>

struct dtl_packer;
int dtl_packer_new(enum dtl_packing packing, unsigned jobs,
                   struct dtl_packer **out, struct dtl_error *err);
/** Append `piece` packed.  `last` ends the output. */
int dtl_packer_add(struct dtl_packer *p, struct dtl_slice piece, bool last,
                   struct dtl_buf *out, struct dtl_error *err);
void dtl_packer_free(struct dtl_packer *p);

#endif
