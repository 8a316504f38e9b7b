/* SPDX-License-Identifier: Apache-2.0 */
#include <dateline/access.h>

#include <jansson.h>
#include <stdlib.h>

#define DAY 86400

enum what { ALLOW, ALLOW_OLD_AND_NEW, BLOCK, EXCLUDE, EMBARGO };

static const struct {
    const char *name;
    enum what what;
} words[] = {
    { "allow", ALLOW },     { "allow_ignore_embargo", ALLOW_OLD_AND_NEW },
    { "block", BLOCK },     { "exclude", EXCLUDE },
    { "embargo", EMBARGO },
};

struct rule {
    struct dtl_slice key;
    bool exact;
    enum what what;
    struct dtl_slice user; /* empty: everyone */
    int64_t from, to;      /* capture times it holds for */
    int64_t newer, older;  /* embargo: captures of less and of more seconds */
    int64_t before, after; /* embargo: captures before and after a time */
    size_t line;
};

struct dtl_access_rules {
    enum dtl_access otherwise;
    struct rule *rules; /* by key */
    size_t n, room;
    size_t longest; /* key */
    struct dtl_arena *arena;
};

void dtl_access_free(struct dtl_access_rules *r)
{
    if (r == NULL)
        return;
    dtl_arena_free(r->arena);
    free(r->rules);
    free(r);
}

/* ---- reading ------------------------------------------------------------ */

static const char *text_of(const json_t *o, const char *name)
{
    const char *s = json_string_value(json_object_get(o, name));

    return s != NULL ? s : "";
}

static int64_t number_of(const json_t *o, const char *name)
{
    json_int_t v = json_integer_value(json_object_get(o, name));

    return v < 0 ? 0 : v > 100000 ? 100000 : (int64_t)v;
}

static int64_t time_of(const json_t *o, const char *name, bool last,
                       int64_t otherwise)
{
    int64_t t = dtl_time_parse_14(dtl_str(text_of(o, name)), last);

    return t == DTL_NO_TIME ? otherwise : t;
}

static bool read_object(struct dtl_access_rules *r, const json_t *o,
                        struct rule *rule)
{
    const char *access = text_of(o, "access");
    int64_t age = number_of(o, "years") * 365 * DAY +
                  number_of(o, "months") * 30 * DAY +
                  number_of(o, "days") * DAY;
    bool known = false;

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(access, words[i].name) == 0) {
            rule->what = words[i].what;
            known = true;
        }
    rule->user = dtl_arena_dup(r->arena, dtl_str(text_of(o, "user")));
    rule->from = time_of(o, "from", false, INT64_MIN);
    rule->to = time_of(o, "to", true, INT64_MAX);
    rule->before = time_of(o, "before", false, INT64_MIN);
    rule->after = time_of(o, "after", true, INT64_MAX);
    rule->newer = strcmp(text_of(o, "embargo"), "older") == 0 ? 0 : age;
    rule->older = rule->newer == 0 ? age : 0;
    return known && rule->user.ptr != NULL &&
           (rule->what != EMBARGO || age > 0 || rule->before != INT64_MIN ||
            rule->after != INT64_MAX);
}

static bool add(struct dtl_access_rules *r, const struct rule *rule)
{
    if (r->n == r->room) {
        size_t room = r->room == 0 ? 64 : r->room * 2;
        struct rule *rules = realloc(r->rules, room * sizeof *rules);

        if (rules == NULL)
            return false;
        r->rules = rules;
        r->room = room;
    }
    r->rules[r->n++] = *rule;
    if (rule->key.len > r->longest)
        r->longest = rule->key.len;
    return true;
}

static int read_line(struct dtl_access_rules *r, struct dtl_slice line,
                     size_t number, struct dtl_error *err)
{
    const uint8_t *space = memchr(line.ptr, ' ', line.len);
    const uint8_t *brace = memchr(line.ptr, '{', line.len);
    struct rule rule = { .line = number };
    json_t *o = NULL;
    bool ok = space != NULL && brace != NULL && brace > space;

    if (ok)
        o = json_loadb((const char *)brace,
                       line.len - (size_t)(brace - line.ptr), 0, NULL);
    ok = json_is_object(o) && read_object(r, o, &rule);
    json_decref(o);
    if (!ok)
        return dtl_fail(err, DTL_FORMAT, 0,
                        "line %zu is no access rule: a key, -, and an object "
                        "with \"access\"",
                        number);
    rule.key = dtl_slice_of(line.ptr, (size_t)(space - line.ptr));
    if (dtl_ends(rule.key, "###")) {
        rule.exact = true;
        rule.key.len -= 3;
    }
    rule.key = dtl_arena_dup(r->arena, rule.key);
    if (rule.key.ptr == NULL || !add(r, &rule))
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for access rules");
    return DTL_OK;
}

/* Rules of one key stand together, the one that decides first. */
static int by_weight(const void *a, const void *b)
{
    const struct rule *x = a, *y = b;
    int d = dtl_compare(x->key, y->key);

    if (d != 0)
        return d;
    if (x->exact != y->exact)
        return x->exact ? -1 : 1;
    if ((x->user.len > 0) != (y->user.len > 0))
        return x->user.len > 0 ? -1 : 1;
    return x->line < y->line ? -1 : x->line > y->line;
}

int dtl_access_read(struct dtl_slice text, enum dtl_access otherwise,
                    struct dtl_access_rules **out, struct dtl_error *err)
{
    struct dtl_access_rules *r = calloc(1, sizeof *r);
    size_t number = 0;
    int rc = DTL_OK;

    *out = NULL;
    if (r == NULL || (r->arena = dtl_arena_new(0)) == NULL) {
        dtl_access_free(r);
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for access rules");
    }
    r->otherwise = otherwise;
    while (rc == DTL_OK && text.len > 0) {
        const uint8_t *end = memchr(text.ptr, '\n', text.len);
        size_t len = end != NULL ? (size_t)(end - text.ptr) : text.len;
        struct dtl_slice line = dtl_trim(dtl_sub(text, 0, len));

        number++;
        if (line.len > 0 && line.ptr[0] != '#')
            rc = read_line(r, line, number, err);
        text = dtl_sub(text, len + (end != NULL), text.len);
    }
    if (rc != DTL_OK) {
        dtl_access_free(r);
        return rc;
    }
    if (r->n > 1)
        qsort(r->rules, r->n, sizeof *r->rules, by_weight);
    *out = r;
    return DTL_OK;
}

/* ---- asking ------------------------------------------------------------- */

static bool holds(const struct rule *rule, const struct dtl_capture *c,
                  const char *user)
{
    return (!rule->exact || rule->key.len == c->key.len) &&
           (rule->user.len == 0 ||
            (user != NULL && dtl_equal(rule->user, dtl_str(user)))) &&
           c->time >= rule->from && c->time <= rule->to;
}

static bool embargoed(const struct rule *rule, int64_t time, int64_t now)
{
    return (rule->newer > 0 && time > now - rule->newer) ||
           (rule->older > 0 && time < now - rule->older) ||
           time < rule->before || time > rule->after;
}

/* First rule with this key, or the number of rules. */
static size_t find(const struct dtl_access_rules *r, struct dtl_slice key)
{
    size_t low = 0, high = r->n;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (dtl_compare(r->rules[mid].key, key) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low < r->n && dtl_equal(r->rules[low].key, key) ? low : r->n;
}

/* From the whole key to shorter and shorter ones, so that the longest decides.
 * A prefix's embargo goes on to shorter ones when it does not strike. */
enum dtl_access dtl_access_of(const struct dtl_access_rules *r,
                              const struct dtl_capture *c, const char *user,
                              int64_t now)
{
    size_t len = c->key.len < r->longest ? c->key.len : r->longest;

    for (;; len--) {
        struct dtl_slice key = dtl_sub(c->key, 0, len);

        for (size_t i = find(r, key);
             i < r->n && dtl_equal(r->rules[i].key, key); i++) {
            const struct rule *rule = &r->rules[i];

            if (!holds(rule, c, user))
                continue;
            switch (rule->what) {
            case ALLOW:
            case ALLOW_OLD_AND_NEW: return DTL_ACCESS_ALLOW;
            case BLOCK: return DTL_ACCESS_BLOCK;
            case EXCLUDE: return DTL_ACCESS_EXCLUDE;
            case EMBARGO:
                if (embargoed(rule, c->time, now))
                    return DTL_ACCESS_EXCLUDE;
                break;
            }
        }
        if (len == 0)
            return r->otherwise;
    }
}
