/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"

#include <dateline/trace.h>

#include <inttypes.h>
#include <stdlib.h>

static const struct opt options[] = {
    { "store", 's', "DIR",
      "the store ($DATELINE_STORE, else ./dateline.store)" },
    { "from", 0, "TIME", "captures not before: 2024, 2024-05-02, ..." },
    { "to", 0, "TIME", "captures not after (a day means to its end)" },
    { "min-size", 0, "N", "only stories of at least N captures" },
    { "memory", 0, "SIZE", "working memory (default 512M)" },
    { "carriers", 0, NULL, "also pages that carry text of the story" },
    { "format", 'f', "F", "table (the default on a terminal) or jsonl" },
    OPTIONS_ACCESS,
    { NULL, 0, NULL, NULL },
};

enum format { TABLE, JSONL };
static const char *const formats[] = { "table", "jsonl", NULL };

struct view {
    struct dtl_store *store;
    enum format format;
    bool carriers;
    uint64_t least, shown;
    struct dtl_buf out;
    struct table *table;
};

static int gather(struct dtl_sightings *s, const struct dtl_member *m, size_t n,
                  struct dtl_error *err)
{
    int rc = DTL_OK;

    for (size_t i = 0; i < n && rc == DTL_OK; i++) {
        struct dtl_seen like = { .relation = m[i].relation };

        rc = dtl_seen_add(s, m[i].article, &like, err);
    }
    dtl_seen_sort(s);
    return rc;
}

static uint32_t count_sites(const struct dtl_sightings *s)
{
    uint32_t n = 0;

    for (size_t i = 0; i < s->count; i++) {
        size_t k = 0;

        while (k < i && !dtl_equal(s->list[i].site, s->list[k].site))
            k++;
        n += k == i;
    }
    return n;
}

static void list_json(struct dtl_json *j, const char *key,
                      const struct dtl_sightings *s)
{
    dtl_json_key(j, key);
    dtl_json_array(j);
    for (size_t i = 0; i < s->count; i++) {
        dtl_json_object(j);
        dtl_seen_json(&s->list[i], false, j);
        dtl_json_end(j);
    }
    dtl_json_end(j);
}

static void print_json(struct view *v, const char *id,
                       const struct dtl_sightings *members,
                       const struct dtl_sightings *carriers)
{
    struct dtl_json j = { .out = &v->out };
    char time[DTL_TIME_14];

    dtl_time_14(members->list[0].capture.time, time);
    dtl_json_object(&j);
    dtl_json_key(&j, "story");
    dtl_json_str(&j, id);
    dtl_json_key(&j, "first");
    dtl_json_str(&j, time);
    dtl_json_key(&j, "size");
    dtl_json_uint(&j, members->count);
    dtl_json_key(&j, "sites");
    dtl_json_uint(&j, count_sites(members));
    list_json(&j, "captures", members);
    if (v->carriers)
        list_json(&j, "carriers", carriers);
    dtl_json_end(&j);
    dtl_buf_byte(&v->out, '\n');
}

static void print_row(struct view *v, const char *id,
                      const struct dtl_sightings *s)
{
    char first[24], last[24], number[32];

    time_text(s->list[0].capture.time, first);
    time_text(s->list[s->count - 1].capture.time, last);
    table_text(v->table, id);
    table_text(v->table, first);
    table_text(v->table, last);
    snprintf(number, sizeof number, "%zu", s->count);
    table_text(v->table, number);
    snprintf(number, sizeof number, "%" PRIu32, count_sites(s));
    table_text(v->table, number);
    table_cell(v->table, s->list[0].site);
    table_cell(v->table, s->list[0].title);
}

static int print_story(struct view *v, const struct dtl_story *story,
                       struct dtl_error *err)
{
    struct dtl_sightings members = { .store = v->store }, carriers = members;
    int rc;

    members.arena = carriers.arena = dtl_arena_new(0);
    if (members.arena == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a story");
    rc = gather(&members, story->members, story->nmembers, err);
    if (rc == DTL_OK && v->carriers)
        rc = gather(&carriers, story->carriers, story->ncarriers, err);
    if (rc == DTL_OK && members.count > 0 && members.count >= v->least) {
        v->shown++;
        if (v->format == JSONL)
            print_json(v, story->id, &members, &carriers);
        else
            print_row(v, story->id, &members);
    }
    dtl_arena_free(members.arena);
    if (rc == DTL_OK && v->format == JSONL && !flush(&v->out))
        rc = dtl_fail(err, DTL_IO, 0, "standard output is closed");
    return rc;
}

static int print_all(struct view *v, const struct dtl_stories_options *o,
                     struct dtl_error *err)
{
    struct dtl_stories *st = NULL;
    struct dtl_story story;
    int rc = dtl_stories_open(v->store, o, &st, err);

    while (rc == DTL_OK) {
        rc = dtl_stories_next(st, &story, err);
        if (rc == DTL_OK)
            rc = print_story(v, &story, err);
    }
    dtl_stories_close(st);
    return rc == DTL_END ? DTL_OK : rc;
}

static int run(const struct args *a)
{
    static const char *const headings[] = { "STORY",    "FIRST", "LAST",
                                            "CAPTURES", "SITES", "FIRST SITE",
                                            "TITLE" };
    struct dtl_stories_options o = { 0 };
    struct dtl_error err = { 0 };
    struct view v = { .carriers = arg_on(a, "carriers") };
    int rc, format = arg_choice(a, "format", formats,
                                on_terminal(stdout) ? "table" : "jsonl");
    uint64_t memory;

    if (format < 0 || !arg_time(a, "from", false, &o.from) ||
        !arg_time(a, "to", true, &o.to) ||
        !arg_u64(a, "min-size", format == TABLE ? 2 : 1, &v.least) ||
        !arg_u64(a, "memory", 0, &memory))
        return EXIT_USAGE;
    o.memory = (size_t)memory;
    v.format = (enum format)format;
    rc = open_store(a, &v.store, &err);
    if (rc != DTL_OK) {
        complain(arg_store(a), &err);
        return rc == DTL_NOMEM ? EXIT_MEMORY : EXIT_STORE;
    }
    if (v.format == TABLE)
        v.table = table_new(headings, 7, "lldrrtu");
    rc = print_all(&v, &o, &err);
    if (v.shown > 0)
        table_end(v.table);
    else
        table_free(v.table);
    if (rc != DTL_OK)
        rc = complain_of(a, arg_store(a), &err);
    else
        rc = v.shown > 0 ? EXIT_FOUND : EXIT_NOTHING;
    dtl_buf_free(&v.out);
    dtl_store_close(v.store);
    return rc;
}

const struct cmd cmd_stories = {
    .name = "stories",
    .operands = "",
    .summary = "group all articles by the story they tell",
    .details =
        "One line a story: its first capture, how many captures and sites "
        "tell it.  As\nJSONL {\"story\", \"first\", \"size\", \"sites\", "
        "\"captures\": [...]}, a story a line.\nThe result does not depend on "
        "the order in which archives were ingested.",
    .options = options,
    .min = 0,
    .max = 0,
    .run = run,
};
