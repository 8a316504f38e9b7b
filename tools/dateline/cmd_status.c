/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"

#include <inttypes.h>
#include <stdio.h>

#include <dateline/json.h>
#include <dateline/plan.h>

static const struct opt options[] = {
    { "plan", 0, "PLAN", "what the shards are made after" },
    { "format", 'f', "F", "text (default), json, or list: tasks to run" },
    { NULL, 0, NULL, NULL },
};

enum { TEXT, JSON, LIST };

struct tally {
    uint32_t done, failed, missing;
};

/* Numbers from `from` to `to`, as schedulers write them: "3-5,". */
static void add_run(struct dtl_buf *out, uint32_t from, uint32_t to)
{
    char text[32];

    if (out->len > 0)
        dtl_buf_byte(out, ',');
    if (from == to)
        snprintf(text, sizeof text, "%" PRIu32, from);
    else
        snprintf(text, sizeof text, "%" PRIu32 "-%" PRIu32, from, to);
    dtl_buf_str(out, text);
}

static void print_text(const struct tally *t, uint32_t tasks,
                       const struct dtl_buf *todo)
{
    char a[32], b[32];

    printf("%s%s of %s tasks done%s", colour("1"), count_text(t->done, a),
           count_text(tasks, b), colour("0"));
    if (t->failed > 0)
        printf(", %s%s failed%s", colour("31"), count_text(t->failed, a),
               colour("0"));
    if (t->missing > 0)
        printf(", %s missing", count_text(t->missing, a));
    putchar('\n');
    if (todo->len > 0)
        printf("to run: %.*s\n", (int)todo->len, (const char *)todo->ptr);
}

static void print_failure(uint32_t number, const struct dtl_shard *s)
{
    struct dtl_buf reason = { 0 };

    printable(&reason, dtl_str(s->reason), 0);
    printf("%05" PRIu32 "  %s%s: %.*s\n", number, "failed",
           s->again ? ", worth another try" : "", (int)reason.len,
           (const char *)reason.ptr);
    dtl_buf_free(&reason);
}

static void json_failure(struct dtl_json *j, uint32_t number,
                         const struct dtl_shard *s)
{
    dtl_json_object(j);
    dtl_json_key(j, "task");
    dtl_json_uint(j, number);
    dtl_json_key(j, "reason");
    dtl_json_str(j, s->reason);
    dtl_json_key(j, "again");
    dtl_json_bool(j, s->again);
    dtl_json_end(j);
}

/* Looks at every task; `j` gets the failures, `todo` what is to be run. */
static int look(const struct dtl_plan *p, const char *dir, int format,
                struct dtl_json *j, struct dtl_buf *todo, struct tally *t,
                struct dtl_error *err)
{
    uint32_t n = dtl_plan_tasks(p), from = UINT32_MAX;
    struct dtl_shards *shards;
    int rc = dtl_plan_shards_open(p, dir, &shards, err);

    for (uint32_t i = 0; rc == DTL_OK && i <= n; i++) {
        struct dtl_shard s = { .state = DTL_SHARD_DONE };

        if (i < n && (rc = dtl_plan_shards_at(shards, i, &s, err)) != DTL_OK)
            break;
        if (s.state != DTL_SHARD_DONE && from == UINT32_MAX)
            from = i;
        if (s.state == DTL_SHARD_DONE && from != UINT32_MAX) {
            add_run(todo, from, i - 1);
            from = UINT32_MAX;
        }
        if (i == n)
            break;
        t->done += s.state == DTL_SHARD_DONE;
        t->missing += s.state == DTL_SHARD_MISSING;
        if (s.state != DTL_SHARD_FAILED)
            continue;
        t->failed++;
        if (format == TEXT)
            print_failure(i, &s);
        else if (format == JSON)
            json_failure(j, i, &s);
    }
    dtl_plan_shards_close(shards);
    return rc;
}

static void print_json(struct dtl_json *j, const struct tally *t,
                       uint32_t tasks, const struct dtl_buf *todo)
{
    const struct {
        const char *name;
        uint32_t n;
    } rows[] = {
        { "tasks", tasks },
        { "done", t->done },
        { "failed", t->failed },
        { "missing", t->missing },
    };

    dtl_json_end(j);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        dtl_json_key(j, rows[i].name);
        dtl_json_uint(j, rows[i].n);
    }
    dtl_json_key(j, "to_run");
    dtl_json_slice(j, dtl_buf_view(todo));
    dtl_json_end(j);
    dtl_buf_byte(j->out, '\n');
    flush(j->out);
}

static int run(const struct args *a)
{
    static const char *const formats[] = { "text", "json", "list", NULL };
    int format = arg_choice(a, "format", formats, "text"), rc;
    struct dtl_plan *plan;
    struct dtl_buf todo = { 0 }, out = { 0 };
    struct dtl_json j = { .out = &out };
    struct dtl_error err = { 0 };
    struct tally t = { 0 };

    if (format < 0)
        return EXIT_USAGE;
    if (arg(a, "plan") == NULL) {
        say("status: --plan PLAN is wanted");
        return EXIT_USAGE;
    }
    if (dtl_plan_read(arg(a, "plan"), &plan, &err) != DTL_OK) {
        say("%s", err.text);
        return EXIT_INPUT;
    }
    dtl_json_object(&j);
    dtl_json_key(&j, "failures");
    dtl_json_array(&j);
    rc = look(plan, operand(a, 0), format, &j, &todo, &t, &err);
    if (rc != DTL_OK)
        say("%s", err.text);
    else if (format == TEXT)
        print_text(&t, dtl_plan_tasks(plan), &todo);
    else if (format == JSON)
        print_json(&j, &t, dtl_plan_tasks(plan), &todo);
    else if (todo.len > 0)
        printf("%.*s\n", (int)todo.len, (const char *)todo.ptr);
    dtl_buf_free(&todo);
    dtl_buf_free(&out);
    dtl_plan_free(plan);
    if (rc != DTL_OK)
        return EXIT_STORE;
    return t.failed + t.missing > 0 ? EXIT_NOTHING : EXIT_FOUND;
}

const struct cmd cmd_status = {
    .name = "status",
    .operands = "SHARDS",
    .summary = "which tasks of a plan are done",
    .details =
        "Reads nothing but the names in the directory SHARDS and the reports "
        "of\n"
        "failures there.  Exits with 1 while a task is not done.  The list "
        "format prints\nthe tasks to run as job arrays take them: 3-5,17.",
    .options = options,
    .min = 1,
    .max = 1,
    .run = run,
};
