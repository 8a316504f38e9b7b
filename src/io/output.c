/* SPDX-License-Identifier: Apache-2.0 */
#include <dateline/io.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct dtl_output {
    int fd;
    char *name, *part; /* part NULL: written through */
    uint64_t size;
};

static void output_free(struct dtl_output *o)
{
    if (o == NULL)
        return;
    if (o->fd > STDERR_FILENO)
        close(o->fd);
    free(o->name);
    free(o->part);
    free(o);
}

static int cannot(struct dtl_error *err, const char *what, const char *name)
{
    return dtl_fail(err, DTL_IO, 0, "cannot %s %.150s: %s", what, name,
                    strerror(errno));
}

/* The lock keeps a second process from writing into the same bytes; one left
 * behind by a killed process is free. */
static int open_part(struct dtl_output *o, struct dtl_error *err)
{
    o->fd = open(o->part, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (o->fd < 0)
        return cannot(err, "create", o->part);
    if (flock(o->fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return dtl_fail(err, DTL_BUSY, 0, "another process is writing %.150s",
                        o->part);
    return ftruncate(o->fd, 0) == 0 ? DTL_OK : cannot(err, "empty", o->part);
}

int dtl_output_open(const char *name, struct dtl_output **out,
                    struct dtl_error *err)
{
    struct dtl_output *o = calloc(1, sizeof *o);
    struct stat st;
    int rc = DTL_OK;

    *out = NULL;
    if (o == NULL || (o->name = strdup(name)) == NULL) {
        output_free(o);
        return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a file");
    }
    if (strcmp(name, "-") == 0) {
        o->fd = STDOUT_FILENO;
    } else if (stat(name, &st) == 0 && S_ISDIR(st.st_mode)) {
        rc = dtl_fail(err, DTL_INVALID, 0, "%.150s is a directory", name);
    } else if (stat(name, &st) == 0 && !S_ISREG(st.st_mode)) {
        o->fd = open(name, O_WRONLY | O_CLOEXEC);
        rc = o->fd >= 0 ? DTL_OK : cannot(err, "open", name);
    } else if (asprintf(&o->part, "%s.part", name) < 0) {
        o->part = NULL;
        rc = dtl_fail(err, DTL_NOMEM, 0, "out of memory for a file");
    } else {
        rc = open_part(o, err);
    }
    if (rc != DTL_OK) {
        output_free(o);
        return rc;
    }
    *out = o;
    return DTL_OK;
}

int dtl_output_write(struct dtl_output *o, struct dtl_slice bytes,
                     struct dtl_error *err)
{
    while (bytes.len > 0) {
        ssize_t n = write(o->fd, bytes.ptr, bytes.len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return cannot(err, "write", o->name);
        bytes = dtl_sub(bytes, (size_t)n, bytes.len);
        o->size += (uint64_t)n;
    }
    return DTL_OK;
}

uint64_t dtl_output_size(const struct dtl_output *o)
{
    return o->size;
}

int dtl_output_commit(struct dtl_output *o, struct dtl_error *err)
{
    int rc = DTL_OK;

    if (o->part != NULL) {
        if (fsync(o->fd) != 0 || rename(o->part, o->name) != 0) {
            rc = cannot(err, "write", o->name);
            unlink(o->part);
        }
    }
    output_free(o);
    return rc;
}

void dtl_output_abort(struct dtl_output *o)
{
    if (o != NULL && o->part != NULL)
        unlink(o->part);
    output_free(o);
}

int dtl_output_whole(const char *name, struct dtl_slice bytes,
                     struct dtl_error *err)
{
    struct dtl_output *o;
    int rc = dtl_output_open(name, &o, err);

    if (rc != DTL_OK)
        return rc;
    rc = dtl_output_write(o, bytes, err);
    if (rc == DTL_OK)
        return dtl_output_commit(o, err);
    dtl_output_abort(o);
    return rc;
}
