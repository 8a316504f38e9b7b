/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a page says it was published: each claim as the page states it, what
 * instants it can mean, and whether that can be.  None is a fact.
 */
#include "answer.h"

#include <jansson.h>

#define DAY 86400
#define ZONE_MIN                                                             \
    (12 * 3600)              /* the day begins first at UTC+14 and ends last \
                              */
#define ZONE_MAX (14 * 3600) /* at UTC-12 */
#define SKEW     300         /* clocks differ */
#define DYNAMIC  5           /* a Last-Modified made for the answer */

/* ---- what a claim can mean ------------------------------------------------
 */

/* "2024-05-02T10:00+02:00": where the zone begins, or the length. */
static size_t zone_at(struct dtl_slice s)
{
    for (size_t i = 11; i < s.len; i++)
        if (s.ptr[i] == 'Z' || s.ptr[i] == '+' || s.ptr[i] == '-')
            return i;
    return s.len;
}

/* Seconds that a value of so many characters leaves open. */
static int64_t open_seconds(struct dtl_slice s, size_t zone)
{
    int year = 0, month = 1;

    for (size_t i = 0; i < 4 && i < s.len; i++)
        year = year * 10 + (s.ptr[i] - '0');
    if (zone >= 19)
        return 0;
    if (zone >= 16)
        return 59;
    if (zone >= 10)
        return DAY - 1;
    if (zone < 7)
        return dtl_time_civil(year + 1, 1, 1, 0, 0, 0) -
               dtl_time_civil(year, 1, 1, 0, 0, 0) - 1;
    month = (s.ptr[5] - '0') * 10 + (s.ptr[6] - '0');
    return dtl_time_civil(month == 12 ? year + 1 : year,
                          month == 12 ? 1 : month + 1, 1, 0, 0, 0) -
           dtl_time_civil(year, month, 1, 0, 0, 0) - 1;
}

bool claim_interval(struct dtl_slice value, struct claim_interval *out)
{
    size_t zone = zone_at(value);
    int64_t t = dtl_time_parse_iso(value);

    *out = (struct claim_interval){ DTL_NO_TIME, DTL_NO_TIME, false };
    if (t == DTL_NO_TIME)
        return false;
    out->zone_known = zone < value.len;
    out->earliest = t - (out->zone_known ? 0 : ZONE_MAX);
    out->latest =
        t + open_seconds(value, zone) + (out->zone_known ? 0 : ZONE_MIN);
    return true;
}

static const char *verdict_of(const struct claim_interval *i, bool http,
                              int64_t captured)
{
    int64_t off = captured - i->earliest;

    if (i->earliest == DTL_NO_TIME)
        return "unread";
    if (http && captured != DTL_NO_TIME && off <= DYNAMIC && off >= -DYNAMIC)
        return "rejected: made for the answer";
    if (captured != DTL_NO_TIME && i->earliest > captured + SKEW)
        return "rejected: later than the capture";
    if (i->latest < dtl_time_civil(1995, 1, 1, 0, 0, 0))
        return "rejected: before 1995";
    return "claimed";
}

const char *dtl_seen_verdict(const struct dtl_seen *s)
{
    struct claim_interval i;

    claim_interval(s->claimed, &i);
    return verdict_of(&i, false, s->capture.time);
}

/*
 * The same stamp at another outlet: to the second, it was copied.  Two desks
 * may well publish in the same minute; three that do copied it.
 */
bool dtl_seen_copied(const struct dtl_sightings *all, const struct dtl_seen *s)
{
    struct dtl_slice first = { NULL, 0 };
    bool seconds = s->published % 60 != 0;

    if (s->published == DTL_NO_TIME || s->published % 3600 == 0)
        return false;
    for (size_t i = 0; i < all->count; i++) {
        const struct dtl_seen *x = &all->list[i];

        if (x->published != s->published || dtl_equal(x->site, s->site))
            continue;
        if (seconds || (first.len > 0 && !dtl_equal(first, x->site)))
            return true;
        first = x->site;
    }
    return false;
}

/* ---- as JSON --------------------------------------------------------------
 */

/* What stands where on a page, in the few kinds that differ in worth. */
static const char *type_of(const char *source, bool relative)
{
    static const struct {
        const char *source, *type;
    } types[] = {
        { "json-ld", "jsonld" },     { "url", "url" },
        { "http", "last-modified" }, { "visible", "visible" },
        { "time", "visible" },       { "byline", "visible" },
        { "heading", "visible" },    { "title", "visible" },
        { "copyright", "visible" },
    };

    if (relative || strcmp(source, "relative") == 0)
        return "relative";
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(source, types[i].source) == 0)
            return types[i].type;
    return "meta";
}

static void copy_member(struct dtl_json *j, const json_t *claim,
                        const char *key)
{
    const json_t *value = json_object_get(claim, key);

    dtl_json_key(j, key);
    if (json_is_string(value))
        dtl_json_slice(j, dtl_slice_of(json_string_value(value),
                                       json_string_length(value)));
    else if (json_is_integer(value))
        dtl_json_int(j, json_integer_value(value));
    else if (json_is_boolean(value))
        dtl_json_bool(j, json_is_true(value));
    else
        dtl_json_null(j);
}

static void claim_json(struct dtl_json *j, const json_t *claim,
                       const struct dtl_seen *s)
{
    const char *source = json_string_value(json_object_get(claim, "source"));
    const char *value = json_string_value(json_object_get(claim, "value"));
    bool relative = json_is_true(json_object_get(claim, "relative"));
    struct claim_interval i;

    if (source == NULL)
        source = "";
    claim_interval(dtl_str(value), &i);
    dtl_json_object(j);
    copy_member(j, claim, "field");
    dtl_json_key(j, "type");
    dtl_json_str(j, type_of(source, relative));
    copy_member(j, claim, "source");
    copy_member(j, claim, "value");
    copy_member(j, claim, "raw");
    copy_member(j, claim, "relative");
    copy_member(j, claim, "offset");
    answer_time(j, "earliest", i.earliest);
    answer_time(j, "latest", i.latest);
    dtl_json_key(j, "zone_known");
    dtl_json_bool(j, i.zone_known);
    dtl_json_key(j, "verdict");
    dtl_json_str(j,
                 verdict_of(&i, strcmp(source, "http") == 0, s->capture.time));
    dtl_json_end(j);
}

static void said_json(struct dtl_json *j, const struct dtl_said *said,
                      const struct dtl_seen *s)
{
    struct claim_interval i;

    claim_interval(said->value, &i);
    dtl_json_object(j);
    dtl_json_key(j, "field");
    dtl_json_str(j, said->field);
    dtl_json_key(j, "type");
    dtl_json_str(j, said->type);
    dtl_json_key(j, "source");
    dtl_json_str(j, said->type);
    answer_slice(j, "value", said->value);
    answer_slice(j, "raw", said->raw);
    dtl_json_key(j, "relative");
    dtl_json_bool(j, false);
    dtl_json_key(j, "offset");
    dtl_json_uint(j, said->at);
    answer_time(j, "earliest", i.earliest);
    answer_time(j, "latest", i.latest);
    dtl_json_key(j, "zone_known");
    dtl_json_bool(j, i.zone_known);
    dtl_json_key(j, "verdict");
    dtl_json_str(j, verdict_of(&i, false, s->capture.time));
    answer_slice(j, "said_by", said->by);
    dtl_json_key(j, "said_file");
    dtl_json_str(j, said->file);
    dtl_json_key(j, "said_offset");
    dtl_json_uint(j, said->offset);
    dtl_json_end(j);
}

static bool told_before(const json_t *claims, size_t at)
{
    static const char *const parts[] = { "field", "source", "raw", "offset" };

    for (size_t i = 0; i < at; i++) {
        size_t k = 0;

        while (
            k < sizeof parts / sizeof *parts &&
            json_equal(json_object_get(json_array_get(claims, i), parts[k]),
                       json_object_get(json_array_get(claims, at), parts[k])))
            k++;
        if (k == sizeof parts / sizeof *parts)
            return true;
    }
    return false;
}

void dtl_seen_claims_json(const struct dtl_sightings *all,
                          const struct dtl_seen *s, struct dtl_json *j)
{
    json_t *meta = json_loadb((const char *)s->meta.ptr, s->meta.len,
                              JSON_ALLOW_NUL, NULL);
    json_t *claims = json_object_get(meta, "claims"), *claim;
    size_t i;

    dtl_json_key(j, "claims");
    dtl_json_array(j);
    json_array_foreach(claims, i, claim)
    {
        const char *field = json_string_value(json_object_get(claim, "field"));

        if (field != NULL && !told_before(claims, i) &&
            (strcmp(field, "published") == 0 || strcmp(field, "modified") == 0))
            claim_json(j, claim, s);
    }
    for (i = 0; i < s->nsaid; i++)
        said_json(j, &s->said[i], s);
    dtl_json_end(j);
    dtl_json_key(j, "copied_stamp");
    dtl_json_bool(j, dtl_seen_copied(all, s));
    json_decref(meta);
}
