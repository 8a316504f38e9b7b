/* SPDX-License-Identifier: Apache-2.0 */
#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PARTS 11 /* slices of an entry */

struct spool {
    FILE *file;
    struct dtl_buf bytes;   /* of the entry read last */
    uint64_t written, read; /* entries */
};

struct entry {
    struct dtl_capture capture; /* their slices are worthless when read */
    struct dtl_article_row row;
    uint32_t length[PARTS];
};

static int cannot(struct dtl_error *err, const char *what)
{
    return dtl_fail(err, DTL_IO, 0, "cannot %s the waiting pages: %s", what,
                    strerror(errno));
}

/* The slices of an entry in the order they are written. */
static void parts_of(struct dtl_capture *c, struct dtl_article_row *row,
                     struct dtl_slice *parts[PARTS])
{
    struct dtl_slice *const all[PARTS] = {
        &c->url,        &c->key,    &c->mime,    &c->redirect,
        &c->record_id,  &row->meta, &row->title, &row->site,
        &row->language, &row->text, &row->rest,
    };

    memcpy(parts, all, sizeof all);
}

int spool_new(const char *dir, struct spool **out, struct dtl_error *err)
{
    struct spool *s = calloc(1, sizeof *s);
    int fd;

    *out = NULL;
    if (s == NULL)
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a spool");
    fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0) { /* a file system without O_TMPFILE */
        char path[4096];

        snprintf(path, sizeof path, "%s/spool.XXXXXX", dir);
        fd = mkstemp(path);
        if (fd >= 0)
            unlink(path);
    }
    if (fd >= 0)
        s->file = fdopen(fd, "w+b");
    if (s->file == NULL) {
        if (fd >= 0)
            close(fd);
        free(s);
        return cannot(err, "make a file for");
    }
    setvbuf(s->file, NULL, _IOFBF, (size_t)256 << 10);
    *out = s;
    return DTL_OK;
}

int spool_add(struct spool *s, const struct dtl_capture *c,
              const struct dtl_article_row *row, struct dtl_error *err)
{
    struct entry e;
    struct dtl_slice *parts[PARTS];
    bool ok;

    memset(&e, 0, sizeof e);
    e.capture = *c;
    e.row = *row;
    parts_of(&e.capture, &e.row, parts);
    for (size_t i = 0; i < PARTS; i++) {
        if (parts[i]->len > UINT32_MAX)
            return dtl_fail(err, DTL_LIMIT, 0, "a page of over 4 GiB");
        e.length[i] = (uint32_t)parts[i]->len;
    }
    ok = fwrite(&e, sizeof e, 1, s->file) == 1;
    for (size_t i = 0; i < PARTS && ok; i++)
        ok = parts[i]->len == 0 ||
             fwrite(parts[i]->ptr, parts[i]->len, 1, s->file) == 1;
    if (!ok)
        return cannot(err, "write");
    s->written++;
    return DTL_OK;
}

int spool_rewind(struct spool *s, struct dtl_error *err)
{
    s->read = 0;
    if (fflush(s->file) != 0 || fseek(s->file, 0, SEEK_SET) != 0)
        return cannot(err, "write");
    return DTL_OK;
}

int spool_next(struct spool *s, struct dtl_capture *c,
               struct dtl_article_row *row, struct dtl_error *err)
{
    struct entry e;
    struct dtl_slice *parts[PARTS];
    size_t total = 0, at = 0;

    if (s->read == s->written)
        return DTL_END;
    if (fread(&e, sizeof e, 1, s->file) != 1)
        return cannot(err, "read");
    for (size_t i = 0; i < PARTS; i++)
        total += e.length[i];
    dtl_buf_clear(&s->bytes);
    if (!dtl_buf_reserve(&s->bytes, total + 1))
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a page");
    if (total > 0 && fread(s->bytes.ptr, total, 1, s->file) != 1)
        return cannot(err, "read");
    *c = e.capture;
    *row = e.row;
    parts_of(c, row, parts);
    for (size_t i = 0; i < PARTS; i++) {
        *parts[i] = dtl_slice_of(s->bytes.ptr + at, e.length[i]);
        at += e.length[i];
    }
    s->read++;
    return DTL_OK;
}

int spool_reset(struct spool *s, struct dtl_error *err)
{
    s->written = s->read = 0;
    if (fseek(s->file, 0, SEEK_SET) != 0 || ftruncate(fileno(s->file), 0) != 0)
        return cannot(err, "empty");
    return DTL_OK;
}

void spool_free(struct spool *s)
{
    if (s == NULL)
        return;
    fclose(s->file);
    dtl_buf_free(&s->bytes);
    free(s);
}
