/* SPDX-License-Identifier: Apache-2.0 */
#include "asked.h"
#include "readfile.h"

#include <sys/stat.h>

#define QUERY_MAX ((size_t)64 << 20) /* bytes of a text to be traced */

bool asked_is_file(const char *name)
{
    struct stat st;

    return strcmp(name, "-") == 0 ||
           (strlen(name) < 4096 && stat(name, &st) == 0 &&
            !S_ISDIR(st.st_mode));
}

static int keep(struct dtl_buf *b, struct dtl_arena *arena,
                struct dtl_trace_query *out, struct dtl_error *err)
{
    out->text = dtl_arena_dup(arena, dtl_buf_view(b));
    if (b->failed || out->text.ptr == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory");
    return DTL_OK;
}

static int ask(struct dtl_store *store, struct dtl_arena *arena,
               const char *word, struct dtl_buf *b, struct dtl_trace_query *out,
               struct dtl_error *err)
{
    int rc = dtl_trace_ask(store, dtl_str(word), arena, out, err);

    if (rc != DTL_OK || out->text.ptr != (const uint8_t *)word ||
        !asked_is_file(word))
        return rc;
    rc = read_whole(word, QUERY_MAX, b, err);
    return rc == DTL_OK ? keep(b, arena, out, err) : rc;
}

int asked_read(struct dtl_store *store, struct dtl_arena *arena,
               const char *const *words, size_t n, struct dtl_trace_query *out,
               struct dtl_error *err)
{
    struct dtl_buf b = { 0 };
    int rc;

    for (size_t i = 0; i < n && n > 1; i++) {
        if (i > 0)
            dtl_buf_byte(&b, ' ');
        dtl_buf_str(&b, words[i]);
    }
    rc = n == 1 ? ask(store, arena, words[0], &b, out, err)
                : keep(&b, arena, out, err);
    dtl_buf_free(&b);
    return rc;
}
