/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_TIMELINE_H
#define DATELINE_TIMELINE_H
/*
 * Appearances of a text along time, one row a site: in the terminal, and as
 * an SVG picture for a report.  Both want the list sorted by time.
 */
#include "cmd.h"

#include <dateline/trace.h>

/** To stdout.  Nothing for fewer than two appearances. */
void timeline_plot(const struct dtl_sightings *s);
/** A picture of its own, without scripts or outside references; written whole
 * or not at all. */
int timeline_svg(const struct dtl_sightings *s, const char *path,
                 struct dtl_error *err);

#endif
