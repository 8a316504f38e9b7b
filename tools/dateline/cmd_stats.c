/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"

#include <dateline/json.h>
#include <dateline/store.h>
#include <dateline/time.h>
#include <inttypes.h>
#include <stdlib.h>

static const struct opt options[] = {
    { "store", 's', "DIR",
      "the store ($DATELINE_STORE, else ./dateline.store)" },
    { "top", 'n', "N", "lines of each list (default 12)" },
    { "format", 'f', "FORMAT", "text or json" },
    { NULL, 0, NULL, NULL },
};

/* How often each text came. */
struct tally {
    const char *name;
    struct count {
        struct dtl_slice text;
        uint64_t n;
    } * counts;
    size_t used, room;
    struct dtl_arena *texts;
};

enum { HOSTS, MONTHS, TYPES, STATUSES, SITES, LANGUAGES, TALLIES };

static uint64_t hash_of(struct dtl_slice s)
{
    uint64_t h = 14695981039346656037U;

    for (size_t i = 0; i < s.len; i++)
        h = (h ^ s.ptr[i]) * 1099511628211U;
    return h;
}

static struct count *slot_of(struct count *v, size_t room, struct dtl_slice s)
{
    size_t at = hash_of(s) & (room - 1);

    while (v[at].n > 0 && !dtl_equal(v[at].text, s))
        at = (at + 1) & (room - 1);
    return &v[at];
}

static bool add(struct tally *t, struct dtl_slice text)
{
    struct count *slot;

    if (t->used * 2 >= t->room) {
        size_t room = t->room == 0 ? 256 : t->room * 2;
        struct count *v = calloc(room, sizeof *v);

        if (v == NULL)
            return false;
        for (size_t i = 0; i < t->room; i++)
            if (t->counts[i].n > 0)
                *slot_of(v, room, t->counts[i].text) = t->counts[i];
        free(t->counts);
        t->counts = v;
        t->room = room;
    }
    slot = slot_of(t->counts, t->room, text);
    if (slot->n++ == 0) {
        slot->text = dtl_arena_dup(t->texts, text);
        t->used++;
        return slot->text.ptr != NULL;
    }
    return true;
}

static int by_count(const void *a, const void *b)
{
    const struct count *x = a, *y = b;

    if (x->n != y->n)
        return x->n > y->n ? -1 : 1;
    return x->n > 0 ? dtl_compare(x->text, y->text) : 0;
}

static int by_text(const void *a, const void *b)
{
    const struct count *x = a, *y = b;

    if (x->n == 0 || y->n == 0)
        return x->n > y->n ? -1 : x->n < y->n;
    return dtl_compare(x->text, y->text);
}

/* "org,example,www)/" -> "www.example.org" */
static struct dtl_slice host_of(struct dtl_slice key, char out[256])
{
    size_t end = 0, n = 0;

    while (end < key.len && key.ptr[end] != ')' && key.ptr[end] != ':')
        end++;
    while (end > 0 && n < 250) {
        size_t start = end;

        while (start > 0 && key.ptr[start - 1] != ',')
            start--;
        if (n > 0)
            out[n++] = '.';
        for (size_t i = start; i < end && n < 250; i++)
            out[n++] = (char)key.ptr[i];
        end = start > 0 ? start - 1 : 0;
    }
    return dtl_slice_of(out, n);
}

static int count_captures(struct dtl_store *s, struct tally *t,
                          struct dtl_error *err)
{
    struct dtl_query q = { .match = DTL_PREFIX };
    struct dtl_cursor *c;
    struct dtl_capture capture;
    char host[256], time[DTL_TIME_ISO], status[8];
    int rc = dtl_query_open(s, &q, &c, err);

    while (rc == DTL_OK &&
           (rc = dtl_query_next(c, &capture, NULL, err)) == DTL_OK) {
        dtl_time_iso(capture.time, time);
        snprintf(status, sizeof status, "%u", (unsigned)capture.status);
        if (!add(&t[HOSTS], host_of(capture.key, host)) ||
            !add(&t[MONTHS], dtl_sub(dtl_str(time), 0, 7)) ||
            !add(&t[TYPES], capture.mime) ||
            !add(&t[STATUSES], dtl_str(capture.status > 0 ? status : "none")))
            rc = dtl_fail(err, DTL_NOMEM, 0, "out of memory");
    }
    dtl_query_close(c);
    return rc == DTL_END ? DTL_OK : rc;
}

static int count_articles(struct dtl_store *s, struct tally *t,
                          struct dtl_error *err)
{
    struct dtl_arena *arena = dtl_arena_new(0);
    struct dtl_ref ref = { 0, 0 };
    struct dtl_article_row row;
    int rc = arena == NULL ? dtl_fail(err, DTL_NOMEM, 0, "out of memory") : 0;

    while (rc == DTL_OK &&
           (rc = dtl_store_next_article(s, &ref, arena, &row, err)) == DTL_OK) {
        if (!add(&t[SITES], row.site) || !add(&t[LANGUAGES], row.language))
            rc = dtl_fail(err, DTL_NOMEM, 0, "out of memory");
        dtl_arena_reset(arena);
    }
    dtl_arena_free(arena);
    return rc == DTL_END ? DTL_OK : rc;
}

/* ---- print -------------------------------------------------------------- */

static void bar(uint64_t n, uint64_t most, int columns)
{
    int cells = most > 0 ? (int)(n * (uint64_t)columns / most) : 0;

    fputs(colour("34"), stdout);
    for (int i = 0; i < cells || (i == 0 && n > 0); i++)
        fputs(on_terminal(stdout) ? "\xe2\x96\x88" : "#", stdout);
    fputs(colour("0"), stdout);
    putchar('\n');
}

static void print_tally(struct tally *t, bool months, size_t top)
{
    struct dtl_buf name = { 0 };
    uint64_t most = 0;
    char n[32];

    if (t->used == 0)
        return;
    qsort(t->counts, t->room, sizeof *t->counts, months ? by_text : by_count);
    /* The last months, or the most frequent ones. */
    if (months && t->used > 2 * top) {
        memmove(t->counts, t->counts + t->used - 2 * top,
                2 * top * sizeof *t->counts);
        t->used = 2 * top;
    }
    for (size_t i = 0; i < t->used && (months || i < top); i++)
        if (t->counts[i].n > most)
            most = t->counts[i].n;
    printf("\n%s%s%s\n", colour("1"), t->name, colour("0"));
    for (size_t i = 0; i < t->used && (months || i < top); i++) {
        dtl_buf_clear(&name);
        printable(&name, t->counts[i].text, 32);
        printf("  %-32.*s %12s ", (int)name.len, (const char *)name.ptr,
               count_text(t->counts[i].n, n));
        bar(t->counts[i].n, most, 28);
    }
    if (!months && t->used > top)
        printf("  and %s more\n", count_text(t->used - top, n));
    dtl_buf_free(&name);
}

static void print_text(const struct dtl_store_counts *c, struct tally *t,
                       size_t top)
{
    char a[32], b[32], first[DTL_TIME_ISO], last[DTL_TIME_ISO];

    dtl_time_iso(c->first, first);
    dtl_time_iso(c->last, last);
    printf("captures  %16s  from %s to %s\n", count_text(c->captures, a), first,
           last);
    printf("articles  %16s\n", count_text(c->articles, a));
    printf("archives  %16s\n", count_text(c->archives, a));
    printf("takedowns %16s\n", count_text(c->takedowns, a));
    printf("segments  %16s  %s\n", count_text(c->segments, a),
           bytes_text(c->bytes, b));
    printf("\n%stables%s\n", colour("1"), colour("0"));
    for (size_t i = 0; c->table_names[i] != NULL; i++)
        if (c->tables[i] > 0)
            printf("  %-32s %12s\n", c->table_names[i],
                   bytes_text(c->tables[i], a));
    for (size_t i = 0; i < TALLIES; i++)
        print_tally(&t[i], i == MONTHS, top);
}

static void print_json(const struct dtl_store_counts *c, struct tally *t)
{
    const struct {
        const char *name;
        uint64_t n;
    } counts[] = {
        { "captures", c->captures }, { "articles", c->articles },
        { "archives", c->archives }, { "takedowns", c->takedowns },
        { "segments", c->segments }, { "bytes", c->bytes },
    };
    struct dtl_buf out = { 0 };
    struct dtl_json j = { .out = &out };

    dtl_json_object(&j);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        dtl_json_key(&j, counts[i].name);
        dtl_json_uint(&j, counts[i].n);
    }
    dtl_json_key(&j, "tables");
    dtl_json_object(&j);
    for (size_t i = 0; c->table_names[i] != NULL; i++) {
        dtl_json_key(&j, c->table_names[i]);
        dtl_json_uint(&j, c->tables[i]);
    }
    dtl_json_end(&j);
    for (size_t i = 0; i < TALLIES; i++) {
        if (t[i].used > 0)
            qsort(t[i].counts, t[i].room, sizeof *t[i].counts, by_count);
        dtl_json_key(&j, t[i].name);
        dtl_json_object(&j);
        for (size_t k = 0; k < t[i].used; k++) {
            dtl_json_key(&j, (const char *)t[i].counts[k].text.ptr);
            dtl_json_uint(&j, t[i].counts[k].n);
        }
        dtl_json_end(&j);
    }
    dtl_json_end(&j);
    dtl_buf_byte(&out, '\n');
    flush(&out);
    dtl_buf_free(&out);
}

static int run(const struct args *a)
{
    static const char *const formats[] = { "text", "json", NULL };
    struct tally t[TALLIES] = {
        [HOSTS] = { .name = "hosts" }, [MONTHS] = { .name = "months" },
        [TYPES] = { .name = "types" }, [STATUSES] = { .name = "statuses" },
        [SITES] = { .name = "sites" }, [LANGUAGES] = { .name = "languages" },
    };
    struct dtl_store_counts counts;
    struct dtl_error err = { 0 };
    struct dtl_store *s;
    uint64_t top;
    int rc, format = arg_choice(a, "format", formats, "text");

    if (format < 0 || !arg_u64(a, "top", 12, &top))
        return EXIT_USAGE;
    rc = dtl_store_open(arg_store(a), &s, &err);
    for (size_t i = 0; rc == DTL_OK && i < TALLIES; i++)
        if ((t[i].texts = dtl_arena_new(0)) == NULL)
            rc = dtl_fail(&err, DTL_NOMEM, 0, "out of memory");
    if (rc == DTL_OK)
        rc = dtl_store_count(s, &counts, &err);
    if (rc == DTL_OK)
        rc = count_captures(s, t, &err);
    if (rc == DTL_OK)
        rc = count_articles(s, t, &err);
    if (rc != DTL_OK)
        complain(arg_store(a), &err);
    else if (format == 1)
        print_json(&counts, t);
    else
        print_text(&counts, t, (size_t)top);
    for (size_t i = 0; i < TALLIES; i++) {
        free(t[i].counts);
        dtl_arena_free(t[i].texts);
    }
    dtl_store_close(s);
    return rc == DTL_OK ? EXIT_FOUND : EXIT_STORE;
}

const struct cmd cmd_stats = {
    .name = "stats",
    .operands = "",
    .summary = "what is in the store, by host, month, type and language",
    .options = options,
    .min = 0,
    .max = 0,
    .run = run,
};
