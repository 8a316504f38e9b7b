/* SPDX-License-Identifier: Apache-2.0 */
#include <dateline/store.h>

#include "read.h"
#include "write.h"

#include <stdio.h>
#include <sys/stat.h>

/* ---- archives ----------------------------------------------------------- */

int dtl_store_next_archive(struct dtl_store *s, uint32_t *id,
                           struct dtl_store_archive *out, struct dtl_error *err)
{
    struct dtl_file_row row;
    uint64_t count;
    int rc = dtl_manifest_number(&s->manifest, "next_file", &count, err);

    if (rc != DTL_OK || *id >= count)
        return rc != DTL_OK ? rc : DTL_END;
    rc = dtl_manifest_file(&s->manifest, (*id)++, &row, err);
    if (rc == DTL_OK)
        *out = (struct dtl_store_archive){ row.id, row.size, row.fingerprint,
                                           row.name, row.path };
    return rc;
}

struct new_place {
    struct dtl_slice key, value;
};

static int put_place(struct dtl_env *e, void *context, struct dtl_error *err)
{
    const struct new_place *p = context;

    return dtl_env_put(e, "files", p->key, p->value, err);
}

int dtl_store_relocate(struct dtl_store_writer *w, uint32_t id,
                       const char *path, struct dtl_error *err)
{
    struct dtl_file_row row;
    struct dtl_key key = dtl_key32(id);
    struct dtl_buf value = { 0 };
    int rc;

    pthread_mutex_lock(&w->mutex);
    rc = dtl_manifest_file(&w->manifest, id, &row, err);
    if (rc == DTL_OK) {
        struct new_place place;
        struct dtl_change change = { .more = put_place, .context = &place };

        row.path = dtl_str(path);
        dtl_file_row_write(&row, &value);
        place = (struct new_place){ dtl_key_view(&key), dtl_buf_view(&value) };
        rc = value.failed
                 ? dtl_fail(err, DTL_NOMEM, 0, "out of memory for the store")
                 : dtl_store_change(w, &change, err);
    }
    pthread_mutex_unlock(&w->mutex);
    dtl_buf_free(&value);
    return rc;
}

/* ---- figures ------------------------------------------------------------ */

int dtl_store_count(struct dtl_store *s, struct dtl_store_counts *out,
                    struct dtl_error *err)
{
    static const char *const names[] = {
        "urls",  "captures", "times",    "digests", "records", "carriers",
        "texts", "facets",   "articles", "marks",   "titles",  "dictionaries",
    };
    uint64_t archives;
    int rc = dtl_manifest_number(&s->manifest, "next_file", &archives, err);

    *out =
        (struct dtl_store_counts){ .segments = s->nsegments,
                                   .archives = archives,
                                   .takedowns = s->manifest.tombstones.entries,
                                   .first = DTL_NO_TIME,
                                   .last = DTL_NO_TIME };
    for (size_t t = 0; t < sizeof names / sizeof *names; t++)
        out->table_names[t] = names[t];
    for (uint32_t i = 0; rc == DTL_OK && i < s->nsegments; i++) {
        const struct dtl_segment *seg = &s->segments[i];

        out->captures += seg->ncaptures;
        out->articles += seg->narticles;
        out->bytes += seg->row.bytes;
        if (seg->ncaptures > 0 &&
            (out->first == DTL_NO_TIME || seg->first < out->first))
            out->first = seg->first;
        if (seg->ncaptures > 0 &&
            (out->last == DTL_NO_TIME || seg->last > out->last))
            out->last = seg->last;
        for (size_t t = 0; rc == DTL_OK && t < sizeof names / sizeof *names;
             t++) {
            struct dtl_table table;

            rc = dtl_sealed_table(seg->file, names[t], &table, err);
            if (rc == DTL_OK && table.entries > 0)
                out->tables[t] += table.pages * dtl_sealed_page_size(seg->file);
        }
    }
    return rc;
}
