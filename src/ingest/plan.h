/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_INGEST_PLAN_H
#define DATELINE_INGEST_PLAN_H
#include <dateline/plan.h>

#define PLAN_VERSION 1U

struct dtl_plan {
    struct dtl_arena *arena; /* paths */
    struct dtl_plan_file *files;
    uint32_t nfiles, files_room, ntasks;
    struct dtl_plan_part *parts; /* of all tasks, one after the other */
    size_t nparts, parts_room;
    size_t *first; /* of each task; first[ntasks] == nparts */
};

#endif
