/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded into a program, kills it with SIGKILL just before its n-th change
 * to the disk, n being $KILL_AT.  With $KILL_COUNT it instead writes to that
 * file how many changes there were.  Output on descriptors 0 to 2 is no change.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long changes;

static void tick(int fd)
{
    const char *at = getenv("KILL_AT");
    long n;

    if (fd >= 0 && fd <= 2)
        return;
    n = atomic_fetch_add(&changes, 1) + 1;
    if (at != NULL && n == atol(at))
        kill(getpid(), SIGKILL);
}

__attribute__((destructor)) static void report(void)
{
    const char *path = getenv("KILL_COUNT");
    FILE *f = path != NULL ? fopen(path, "w") : NULL;

    if (f == NULL)
        return;
    fprintf(f, "%ld\n", atomic_load(&changes));
    fclose(f);
}

/* One wrapper a call: tick, then do what the next library does. */
#define WRAP(type, name, fd, params, args)         \
    type name params;                              \
    type name params                               \
    {                                              \
        type(*next) params;                        \
        *(void **)&next = dlsym(RTLD_NEXT, #name); \
        tick(fd);                                  \
        return next args;                          \
    }

WRAP(ssize_t, write, fd, (int fd, const void *p, size_t n), (fd, p, n))
WRAP(ssize_t, writev, fd, (int fd, const struct iovec *v, int n), (fd, v, n))
WRAP(ssize_t, pwrite, fd, (int fd, const void *p, size_t n, off_t at),
     (fd, p, n, at))
WRAP(ssize_t, pwrite64, fd, (int fd, const void *p, size_t n, off_t at),
     (fd, p, n, at))
WRAP(ssize_t, pwritev, fd, (int fd, const struct iovec *v, int n, off_t at),
     (fd, v, n, at))
WRAP(ssize_t, pwritev64, fd, (int fd, const struct iovec *v, int n, off_t at),
     (fd, v, n, at))
WRAP(int, fsync, fd, (int fd), (fd))
WRAP(int, fdatasync, fd, (int fd), (fd))
WRAP(int, ftruncate, fd, (int fd, off_t n), (fd, n))
WRAP(int, ftruncate64, fd, (int fd, off_t n), (fd, n))
WRAP(int, msync, -1, (void *p, size_t n, int how), (p, n, how))
WRAP(int, rename, -1, (const char *a, const char *b), (a, b))
WRAP(int, unlink, -1, (const char *a), (a))
WRAP(int, rmdir, -1, (const char *a), (a))
WRAP(int, mkdir, -1, (const char *a, mode_t m), (a, m))
