/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nothing here hangs on the clock or the machine: the same export has the same
 * description.
 *   specs.frictionlessdata.io (v1: data-package, tabular-data-resource)
 *   docs.mlcommons.org/croissant (1.0)
 */
#include "package.h"

#include <inttypes.h>
#include <stdio.h>

#include <dateline/digest.h>
#include <dateline/story.h>

#define SHOWN 50U /* lines of a table in the README */

/* ---- the question
 * ------------------------------------------------------------------- */

static void key_text(struct dtl_json *j, const char *key, const char *text)
{
    dtl_json_key(j, key);
    dtl_json_str(j, text);
}

static void key_list(struct dtl_json *j, const char *key,
                     const char *const *list, size_t n)
{
    if (n == 0)
        return;
    dtl_json_key(j, key);
    dtl_json_array(j);
    for (size_t i = 0; i < n; i++)
        dtl_json_str(j, list[i]);
    dtl_json_end(j);
}

static void key_time(struct dtl_json *j, const char *key, int64_t t)
{
    char text[DTL_TIME_ISO];

    if (t == DTL_NO_TIME)
        return;
    dtl_time_iso(t, text);
    key_text(j, key, text);
}

static void key_number(struct dtl_json *j, const char *key, uint64_t n)
{
    dtl_json_key(j, key);
    dtl_json_uint(j, n);
}

/* A long list is named by its hash. */
static void key_bytes(struct dtl_json *j, const char *key, struct dtl_slice s)
{
    struct dtl_hasher *h = NULL;
    struct dtl_digest d;
    char text[DTL_DIGEST_TEXT] = "";

    if (s.ptr == NULL)
        return;
    if (dtl_hasher_new(DTL_DIGEST_SHA256, &h, NULL) == DTL_OK) {
        dtl_hasher_add(h, s);
        dtl_hasher_finish(h, &d);
        dtl_digest_text(&d, text);
    }
    dtl_hasher_free(h);
    key_text(j, key, text);
}

static void key_urls(struct dtl_json *j, const struct dtl_selection *s)
{
    static const char *const names[] = { "url", "prefix", "host", "domain" };

    for (size_t kind = 0; kind < sizeof names / sizeof *names; kind++) {
        bool open = false;

        for (size_t i = 0; i < s->nurls; i++) {
            if (s->urls[i].match != (enum dtl_match)kind)
                continue;
            if (!open) {
                dtl_json_key(j, names[kind]);
                dtl_json_array(j);
                open = true;
            }
            dtl_json_str(j, s->urls[i].url);
        }
        if (open)
            dtl_json_end(j);
    }
}

static const char *dedupe_name(enum dtl_dedupe d)
{
    static const char *const names[] = { "none", "text", "story" };

    return names[d];
}

void dtl_card_selection(const struct dtl_export_job *job, struct dtl_json *j)
{
    const struct dtl_selection *s = &job->selection;

    dtl_json_object(j);
    key_urls(j, s);
    key_time(j, "from", s->from);
    key_time(j, "to", s->to);
    key_time(j, "published-from", s->published_from);
    key_time(j, "published-to", s->published_to);
    key_list(j, "site", s->sites, s->nsites);
    key_list(j, "lang", s->languages, s->nlanguages);
    key_list(j, "type", s->page_types, s->npage_types);
    key_list(j, "section", s->sections, s->nsections);
    key_list(j, "story", s->stories, s->nstories);
    if (s->words != NULL)
        key_text(j, "words", s->words);
    if (s->passage != NULL)
        key_text(j, "trace", s->passage);
    key_bytes(j, "traced", s->trace);
    key_bytes(j, "list", s->list);
    if (s->access != NULL)
        key_text(j, "access", s->user != NULL ? s->user : "anyone");
    key_text(j, "dedupe", dedupe_name(s->dedupe));
    if (s->sample > 0) {
        key_number(j, "sample", s->sample);
        key_number(j, "seed", s->seed);
    }
    if (s->limit > 0)
        key_number(j, "limit", s->limit);
    dtl_json_end(j);
}

/* ---- shared by the descriptions
 * ----------------------------------------------------- */

static const char *noun(const struct dtl_package *p)
{
    return p->format->unit == DTL_EXPORT_ARTICLES ? "articles" : "captures";
}

static void title(const struct dtl_package *p, struct dtl_buf *out)
{
    char first[DTL_TIME_ISO], last[DTL_TIME_ISO];

    if (p->job->title != NULL) {
        dtl_buf_str(out, p->job->title);
        return;
    }
    dtl_time_iso(p->tally.first, first);
    dtl_time_iso(p->tally.last, last);
    dtl_buf_printf(out, "%" PRIu64 " archived %s", p->tally.rows,
                   p->format->unit == DTL_EXPORT_ARTICLES ? "news articles"
                                                          : "captures");
    if (first[0] != '\0')
        dtl_buf_printf(out, ", %.10s to %.10s", first, last);
}

static void citation(const struct dtl_package *p, struct dtl_buf *out)
{
    title(p, out);
    dtl_buf_printf(out, ". Exported by dateline %s. Data SHA-256 %s.",
                   dtl_version(), p->data_hash);
}

static void key_made(struct dtl_json *j, const char *key,
                     const struct dtl_package *p,
                     void make(const struct dtl_package *, struct dtl_buf *))
{
    struct dtl_buf text = { 0 };

    make(p, &text);
    dtl_json_key(j, key);
    dtl_json_slice(j, dtl_buf_view(&text));
    j->out->failed = j->out->failed || text.failed;
    dtl_buf_free(&text);
}

static size_t count_data(const struct dtl_package *p)
{
    size_t n = 0;

    for (size_t i = 0; i < p->n; i++)
        n += p->files[i].data;
    return n;
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

/* ---- datapackage.json
 * ---------------------------------------------------------------- */

/* Names of resources: lower case, digits, ".", "-", "_". */
static void resource_name(const struct dtl_package_file *f, char out[320])
{
    const char *from = f->path + strlen("data/");
    size_t n = 0;

    for (; from[n] != '\0' && n < 319; n++)
        out[n] = (char)(from[n] == '/' ? '-' : from[n]);
    out[n] = '\0';
}

void dtl_card_table_schema(struct dtl_json *j)
{
    const struct dtl_export_field *f;

    dtl_json_object(j);
    dtl_json_key(j, "fields");
    dtl_json_array(j);
    for (size_t i = 0; (f = dtl_export_field_at(i)) != NULL; i++) {
        dtl_json_object(j);
        key_text(j, "name", f->name);
        key_text(j, "type", dtl_field_type_name(f->type));
        key_text(j, "description", f->meaning);
        /* An empty string is a missing value to Table Schema. */
        if (!f->nullable && f->type != DTL_FIELD_STRING) {
            dtl_json_key(j, "constraints");
            dtl_json_object(j);
            dtl_json_key(j, "required");
            dtl_json_bool(j, true);
            dtl_json_end(j);
        }
        dtl_json_end(j);
    }
    dtl_json_end(j);
    dtl_json_key(j, "missingValues");
    dtl_json_array(j);
    dtl_json_str(j, "");
    dtl_json_end(j);
    dtl_json_end(j);
}

static void resource(const struct dtl_package *p,
                     const struct dtl_package_file *f, struct dtl_json *j)
{
    bool csv = dtl_ends(dtl_str(f->path), ".csv"); /* also an index */
    char text[400];

    dtl_json_object(j);
    resource_name(f, text);
    key_text(j, "name", text);
    key_text(j, "path", f->path);
    if (csv)
        key_text(j, "profile", "tabular-data-resource");
    key_text(j, "format", csv ? "csv" : p->format->name);
    key_text(j, "mediatype", csv ? "text/csv" : p->format->media_type);
    if (p->format->text || p->format->directory)
        key_text(j, "encoding", "utf-8");
    if (p->job->options.packing == DTL_PACK_GZIP)
        key_text(j, "compression", "gz");
    key_number(j, "bytes", f->bytes);
    snprintf(text, sizeof text, "sha256:%s", f->sha256);
    key_text(j, "hash", text);
    key_number(j, "rows", f->rows);
    if (p->format->unit == DTL_EXPORT_ARTICLES && !p->format->directory) {
        dtl_json_key(j, "schema");
        if (count_data(p) == 1)
            dtl_card_table_schema(j);
        else
            dtl_json_str(j, "tableschema.json");
    }
    dtl_json_end(j);
}

void dtl_card_datapackage(const struct dtl_package *p, struct dtl_buf *out)
{
    struct dtl_json j = { .out = out };

    dtl_json_object(&j);
    key_text(&j, "profile", "data-package");
    key_text(&j, "name", "dateline-export");
    key_made(&j, "title", p, title);
    key_text(&j, "version", "1.0.0");
    key_text(&j, "description",
             "Taken out of web archives by dateline; README.md says how.");
    if (p->job->license != NULL) {
        dtl_json_key(&j, "licenses");
        dtl_json_array(&j);
        dtl_json_object(&j);
        key_text(&j, strstr(p->job->license, "://") != NULL ? "path" : "name",
                 p->job->license);
        dtl_json_end(&j);
        dtl_json_end(&j);
    }
    dtl_json_key(&j, "dateline");
    dtl_json_object(&j);
    key_text(&j, "version", dtl_version());
    dtl_json_key(&j, "query");
    dtl_buf_slice(out, dtl_buf_view(&p->selection));
    j.after_key = false;
    key_number(&j, "rows", p->tally.rows);
    dtl_json_end(&j);
    dtl_json_key(&j, "resources");
    dtl_json_array(&j);
    for (size_t i = 0; i < p->n; i++)
        if (p->files[i].data)
            resource(p, &p->files[i], &j);
    dtl_json_end(&j);
    dtl_json_end(&j);
    dtl_buf_byte(out, '\n');
}

/* ---- croissant.json
 * -------------------------------------------------------------------
 */

static const char context[] =
    "{\"@language\":\"en\",\"@vocab\":\"https://schema.org/\","
    "\"citeAs\":\"cr:citeAs\",\"column\":\"cr:column\","
    "\"conformsTo\":\"dct:conformsTo\","
    "\"cr\":\"http://mlcommons.org/croissant/\","
    "\"rai\":\"http://mlcommons.org/croissant/RAI/\","
    "\"data\":{\"@id\":\"cr:data\",\"@type\":\"@json\"},"
    "\"dataType\":{\"@id\":\"cr:dataType\",\"@type\":\"@vocab\"},"
    "\"dct\":\"http://purl.org/dc/terms/\","
    "\"examples\":{\"@id\":\"cr:examples\",\"@type\":\"@json\"},"
    "\"extract\":\"cr:extract\",\"field\":\"cr:field\","
    "\"fileProperty\":\"cr:fileProperty\",\"fileObject\":\"cr:fileObject\","
    "\"fileSet\":\"cr:fileSet\",\"format\":\"cr:format\","
    "\"includes\":\"cr:includes\",\"isLiveDataset\":\"cr:isLiveDataset\","
    "\"jsonPath\":\"cr:jsonPath\",\"key\":\"cr:key\",\"md5\":\"cr:md5\","
    "\"parentField\":\"cr:parentField\",\"path\":\"cr:path\","
    "\"recordSet\":\"cr:recordSet\",\"references\":\"cr:references\","
    "\"regex\":\"cr:regex\",\"repeated\":\"cr:repeated\","
    "\"replace\":\"cr:replace\",\"sc\":\"https://schema.org/\","
    "\"separator\":\"cr:separator\",\"source\":\"cr:source\","
    "\"subField\":\"cr:subField\",\"transform\":\"cr:transform\"}";

static const char *croissant_type(enum dtl_field_type type)
{
    static const char *const types[] = { "sc:Text",     "sc:Integer",
                                         "sc:Float",    "sc:Boolean",
                                         "sc:DateTime", "sc:Text" };

    return types[type];
}

static const char *croissant_format(const struct dtl_package *p)
{
    if (strcmp(p->format->name, "parquet") == 0)
        return "application/x-parquet";
    if (strcmp(p->format->name, "jsonl") == 0)
        return "application/jsonlines";
    return p->format->media_type;
}

static void file_object(const struct dtl_package *p,
                        const struct dtl_package_file *f, struct dtl_json *j)
{
    char size[40];

    dtl_json_object(j);
    key_text(j, "@type", "cr:FileObject");
    key_text(j, "@id", f->path);
    key_text(j, "name", last_part(f->path));
    key_text(j, "contentUrl", f->path);
    snprintf(size, sizeof size, "%" PRIu64 " B", f->bytes);
    key_text(j, "contentSize", size);
    key_text(j, "encodingFormat", croissant_format(p));
    key_text(j, "sha256", f->sha256);
    dtl_json_end(j);
}

static void field_object(const struct dtl_export_field *f, const char *set,
                         const char *kind, const char *source,
                         struct dtl_json *j)
{
    char id[400];

    dtl_json_object(j);
    key_text(j, "@type", "cr:Field");
    snprintf(id, sizeof id, "%s/%s", set, f->name);
    key_text(j, "@id", id);
    key_text(j, "name", f->name);
    key_text(j, "description", f->meaning);
    key_text(j, "dataType", croissant_type(f->type));
    if (f->type == DTL_FIELD_LIST) {
        dtl_json_key(j, "repeated");
        dtl_json_bool(j, true);
    }
    dtl_json_key(j, "source");
    dtl_json_object(j);
    dtl_json_key(j, kind);
    dtl_json_object(j);
    key_text(j, "@id", source);
    dtl_json_end(j);
    dtl_json_key(j, "extract");
    dtl_json_object(j);
    key_text(j, "column", f->name);
    dtl_json_end(j);
    dtl_json_end(j);
    dtl_json_end(j);
}

static void record_set(const char *name, const char *kind, const char *source,
                       struct dtl_json *j)
{
    const struct dtl_export_field *field;

    dtl_json_object(j);
    key_text(j, "@type", "cr:RecordSet");
    key_text(j, "@id", name);
    key_text(j, "name", name);
    dtl_json_key(j, "field");
    dtl_json_array(j);
    for (size_t i = 0; (field = dtl_export_field_at(i)) != NULL; i++)
        field_object(field, name, kind, source, j);
    dtl_json_end(j);
    dtl_json_end(j);
}

/* Many files are one set of records. */
static void file_set(const struct dtl_package *p, struct dtl_json *j)
{
    dtl_json_object(j);
    key_text(j, "@type", "cr:FileSet");
    key_text(j, "@id", "data");
    key_text(j, "name", "data");
    key_text(j, "encodingFormat", croissant_format(p));
    key_text(j, "includes", "data/*");
    dtl_json_end(j);
}

static void record_sets(const struct dtl_package *p, struct dtl_json *j)
{
    bool many = count_data(p) > 1;

    if (p->format->unit != DTL_EXPORT_ARTICLES || p->format->directory)
        return;
    dtl_json_key(j, "recordSet");
    dtl_json_array(j);
    for (size_t i = 0; i < p->n && !many; i++)
        if (p->files[i].data)
            record_set("articles", "fileObject", p->files[i].path, j);
    if (many)
        record_set("articles", "fileSet", "data", j);
    dtl_json_end(j);
}

void dtl_card_croissant(const struct dtl_package *p, struct dtl_buf *out)
{
    struct dtl_json j = { .out = out };

    dtl_buf_str(out, "{\"@context\":");
    dtl_buf_str(out, context);
    j.started = true;
    j.depth = 1;
    j.close[0] = '}';
    key_text(&j, "@type", "sc:Dataset");
    key_made(&j, "name", p, title);
    key_text(&j, "description",
             "Taken out of web archives by dateline; README.md says how.");
    key_text(&j, "conformsTo", "http://mlcommons.org/croissant/1.0");
    key_made(&j, "citeAs", p, citation);
    key_text(&j, "version", "1.0.0");
    /* Not the clock's: when the newest of it was there to be had. */
    key_time(&j, "datePublished", p->tally.last);
    if (p->job->license != NULL)
        key_text(&j, "license", p->job->license);
    dtl_json_key(&j, "distribution");
    dtl_json_array(&j);
    for (size_t i = 0; i < p->n; i++)
        if (p->files[i].data)
            file_object(p, &p->files[i], &j);
    if (count_data(p) > 1)
        file_set(p, &j);
    dtl_json_end(&j);
    record_sets(p, &j);
    dtl_json_end(&j);
    dtl_buf_byte(out, '\n');
}

/* ---- README.md
 * ------------------------------------------------------------------------ */

/* In a table of Markdown. */
static void cell(struct dtl_buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '|' || *text == '\\' || *text == '`' || *text == '<')
            dtl_buf_byte(out, '\\');
        dtl_buf_byte(out, (uint8_t)(*text == '\n' ? ' ' : *text));
    }
}

static void counts_table(struct dtl_buf *out, const char *heading,
                         const char *column, const struct dtl_counts *c)
{
    uint64_t rest = 0;

    if (c->n == 0)
        return;
    dtl_buf_printf(out, "\n## %s\n\n| %s | rows |\n|---|---:|\n", heading,
                   column);
    for (size_t i = 0; i < c->n; i++) {
        if (i >= SHOWN) {
            rest += c->list[i].n;
            continue;
        }
        dtl_buf_str(out, "| ");
        cell(out, c->list[i].name);
        dtl_buf_printf(out, " | %" PRIu64 " |\n", c->list[i].n);
    }
    if (c->n > SHOWN)
        dtl_buf_printf(out, "| %zu more | %" PRIu64 " |\n", c->n - SHOWN, rest);
}

static void range_line(struct dtl_buf *out, const char *what, int64_t first,
                       int64_t last)
{
    char a[DTL_TIME_ISO], b[DTL_TIME_ISO];

    dtl_time_iso(first, a);
    dtl_time_iso(last, b);
    if (a[0] != '\0')
        dtl_buf_printf(out, "- %s from %s to %s\n", what, a, b);
}

static void what_it_is(const struct dtl_package *p, struct dtl_buf *out)
{
    const struct dtl_tally *t = &p->tally;
    size_t files = count_data(p);

    dtl_buf_str(out, "# ");
    title(p, out);
    dtl_buf_printf(out,
                   "\n\nMade by dateline %s out of web archives.\n\n"
                   "- %" PRIu64 " %s in %zu file%s, %s\n",
                   dtl_version(), t->rows, noun(p), files,
                   files == 1 ? "" : "s", p->format->what);
    if (p->format->unit == DTL_EXPORT_ARTICLES)
        dtl_buf_printf(out, "- %" PRIu64 " words of text\n", t->words);
    dtl_buf_printf(out, "- %zu sites, %zu languages\n", t->sites.n,
                   t->languages.n);
    range_line(out, "captured", t->first, t->last);
    range_line(out, "published, as far as pages claim,", t->published_first,
               t->published_last);
    if (p->format->unit == DTL_EXPORT_ARTICLES)
        dtl_buf_printf(out, "- %" PRIu64 " claim no date\n",
                       t->rows - t->dated);
}

static void how_selected(const struct dtl_package *p, struct dtl_buf *out)
{
    const struct dtl_selection *s = &p->job->selection;
    static const char *const dedupes[] = {
        "Nothing was left out as a repetition.",
        "Each text is there once, with its first capture.",
        "Each story is there once, with its first capture.",
    };

    dtl_buf_str(out, "\n## How it was selected\n\n```json\n");
    dtl_buf_slice(out, dtl_buf_view(&p->selection));
    dtl_buf_printf(out, "\n```\n\n%s", dedupes[s->dedupe]);
    if (s->sample > 0)
        dtl_buf_printf(out,
                       " Of all that was selected, a sample of %" PRIu64
                       " was drawn by chance (seed %" PRIu64 ").",
                       s->sample, s->seed);
    dtl_buf_str(out, " What was taken down from the store is not there");
    dtl_buf_str(out, s->access != NULL ? ", nor what access rules keep back.\n"
                                       : ".\n");
}

static void how_redacted(const struct dtl_package *p, struct dtl_buf *out)
{
    unsigned kinds = p->job->options.redact;
    const struct dtl_redacted *r = &p->tally.redacted;

    if (kinds == 0)
        return;
    dtl_buf_str(out, "\n## What was taken out of the texts\n\n"
                     "| kind | places | replaced by |\n|---|---:|---|\n");
    if ((kinds & DTL_REDACT_EMAILS) != 0)
        dtl_buf_printf(out, "| e-mail addresses | %" PRIu64 " | [email] |\n",
                       r->emails);
    if ((kinds & DTL_REDACT_PHONES) != 0)
        dtl_buf_printf(out, "| telephone numbers | %" PRIu64 " | [phone] |\n",
                       r->phones);
    if ((kinds & DTL_REDACT_IPS) != 0)
        dtl_buf_printf(out, "| IP addresses | %" PRIu64 " | [ip] |\n", r->ips);
    dtl_buf_str(out,
                "\nBy patterns, which are narrow on purpose and miss what is "
                "written otherwise; dateline-export(5) says which. Addresses "
                "of pages, dates and provenance are as they were, and "
                "text_hash is that of the text before.\n");
}

static void fields_table(const struct dtl_package *p, struct dtl_buf *out)
{
    const struct dtl_export_field *f;

    if (p->format->unit != DTL_EXPORT_ARTICLES)
        return;
    dtl_buf_str(out, "\n## Fields\n\n| field | type | meaning |\n|---|---|---|"
                     "\n");
    for (size_t i = 0; (f = dtl_export_field_at(i)) != NULL; i++) {
        dtl_buf_printf(out, "| %s | %s%s | ", f->name,
                       dtl_field_type_name(f->type),
                       f->nullable ? " or null" : "");
        cell(out, f->meaning);
        dtl_buf_str(out, " |\n");
    }
}

static const char limits[] =
    "\n## Known limits\n\n"
    "- Captured is not published: the archive shows that a page was there, "
    "not since when.\n"
    "- Dates, authors and sections are what pages claim, with the place on "
    "the page that claims it; none of it was checked against other sources.\n"
    "- Texts were extracted by rules: `confidence` says how sure they are. "
    "What only scripts would have fetched is missing.\n"
    "- Rights in the texts are those of their publishers.\n";

static const char check[] =
    "\n## How to check it\n\n"
    "`sha256sum -c SHA256SUMS` checks the files. Each row names the record "
    "that proves it: archive_file, archive_offset, record_id, "
    "payload_digest.\n";

void dtl_card_readme(struct dtl_package *p, struct dtl_buf *out)
{
    what_it_is(p, out);
    how_selected(p, out);
    how_redacted(p, out);
    counts_table(out, "Languages", "language", &p->tally.languages);
    counts_table(out, "Kinds of pages", "type", &p->tally.types);
    counts_table(out, "Sites", "site", &p->tally.sites);
    fields_table(p, out);
    dtl_buf_str(out, limits);
    dtl_buf_str(out, check);
    dtl_buf_str(out, "\n## How to cite it\n\n> ");
    citation(p, out);
    dtl_buf_str(out, "\n\nThe hash is the SHA-256 of the lines of SHA256SUMS "
                     "about `data/`.\n");
    if (p->job->license != NULL)
        dtl_buf_printf(out, "\nLicense: %s\n", p->job->license);
}
