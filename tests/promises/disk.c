/* A disk that is slow, fails when told to, or writes down all that it is asked for.
 *
 * Loaded with LD_PRELOAD before a program that keeps an SQLite store. Of the calls that change
 * files only those on `survey.sqlite`, its -wal and its -journal are looked at (the -shm file is
 * mapped memory, which no power cut leaves behind). Settings:
 *   DISK_LOG    append every call to this file, in order, with its data (disk.py reads it)
 *   DISK_DELAY  microseconds that each sync takes longer
 * and a test calls disk_fail(n, many, how) from inside the process. Any file that is renamed or
 * linked, whatever its name, is counted: disk_renamed().
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WRITE = 'W', TRUNCATE = 'T', BEGIN = 'B', END = 'E', UNLINK = 'U' };
/* SHORT: half is written, which is no error yet: SQLite asks for the rest. If more than one call is
 * to fail, the rest finds the disk full. */
enum { EIO_ = 0, ENOSPC_ = 1, SHORT = 2 };
enum { FAILED = 1, HALF = 2 };
#define MOST 65536

struct record {
    uint32_t kind, file;
    int64_t at, length;
};

static const char *const SUFFIXES[] = {"survey.sqlite", "survey.sqlite-wal",
                                       "survey.sqlite-journal"};
static signed char files[MOST]; /* of each descriptor, 1 + place in SUFFIXES */
static int log_fd = -1;
static useconds_t delay;
static long countdown, many, syncs, counted, renamed;
static int how;

#define REAL(name, type, ...)                                                                   \
    static type (*real)(__VA_ARGS__);                                                           \
    if (!real) real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("DISK_LOG"), *wait = getenv("DISK_DELAY");
    int flags = O_WRONLY | O_APPEND | O_CREAT;
    if (path) log_fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags, 0600);
    if (wait) delay = (useconds_t)atol(wait);
}

static int file_of(const char *path) {
    const char *base = strrchr(path, '/');
    base = base ? base + 1 : path;
    for (int i = 0; i < 3; i++)
        if (!strcmp(base, SUFFIXES[i])) return i + 1;
    return 0;
}

static int watched(int fd) { return fd >= 0 && fd < MOST ? files[fd] : 0; }

static void note(int kind, int file, int64_t at, int64_t length, const void *data) {
    if (log_fd < 0) return;
    struct record head = {(uint32_t)kind, (uint32_t)file, at, length};
    struct iovec parts[2] = {{&head, sizeof head}, {(void *)data, data ? (size_t)length : 0}};
    if (writev(log_fd, parts, 2) < 0) abort(); /* one call, so records never mix */
}

/* The n-th change from now fails, and `times` changes in all. */
void disk_fail(long n, long times, int in_which_way) {
    how = in_which_way;
    many = times;
    __atomic_store_n(&countdown, n, __ATOMIC_SEQ_CST);
    __atomic_store_n(&counted, 0, __ATOMIC_SEQ_CST);
}

/* Changes since disk_fail was last called. */
long disk_counted(void) { return __atomic_load_n(&counted, __ATOMIC_SEQ_CST); }

/* Renamings and links since the process began. */
long disk_renamed(void) { return __atomic_load_n(&renamed, __ATOMIC_SEQ_CST); }

static int failing(void) {
    __atomic_add_fetch(&counted, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&countdown, __ATOMIC_SEQ_CST) <= 0 && many <= 0) return 0;
    long left = __atomic_sub_fetch(&countdown, 1, __ATOMIC_SEQ_CST);
    if (left > 0 || many-- <= 0) return 0;
    errno = how == EIO_ ? EIO : ENOSPC;
    return how == SHORT && left == 0 ? HALF : FAILED;
}

static void opened(int fd, const char *path) {
    if (fd >= 0 && fd < MOST) files[fd] = (signed char)file_of(path);
}

#define OPEN(name)                                                                              \
    int name(const char *path, int flags, ...) {                                                \
        REAL(#name, int, const char *, int, ...);                                               \
        va_list rest;                                                                           \
        va_start(rest, flags);                                                                  \
        int fd = real(path, flags, flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, int) : 0);      \
        va_end(rest);                                                                           \
        opened(fd, path);                                                                       \
        return fd;                                                                              \
    }
OPEN(open)
OPEN(open64)

int close(int fd) {
    REAL("close", int, int);
    if (fd >= 0 && fd < MOST) files[fd] = 0;
    return real(fd);
}

static ssize_t put(int fd, const void *data, size_t length, off_t at,
                   ssize_t (*real)(int, const void *, size_t, off_t)) {
    int file = watched(fd);
    if (!file) return real(fd, data, length, at);
    int fault = failing();
    if (fault == FAILED || (fault == HALF && length < 2)) return -1;
    if (fault == HALF) length /= 2;
    note(WRITE, file, at, (int64_t)length, data);
    return real(fd, data, length, at);
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t at) {
    REAL("pwrite", ssize_t, int, const void *, size_t, off_t);
    return put(fd, data, length, at, real);
}

ssize_t pwrite64(int fd, const void *data, size_t length, off_t at) {
    REAL("pwrite64", ssize_t, int, const void *, size_t, off_t);
    return put(fd, data, length, at, real);
}

static ssize_t onward(int fd, const void *data, size_t length, off_t at) {
    REAL("write", ssize_t, int, const void *, size_t);
    (void)at;
    return real(fd, data, length);
}

ssize_t write(int fd, const void *data, size_t length) {
    if (!watched(fd)) return onward(fd, data, length, 0);
    return put(fd, data, length, lseek(fd, 0, SEEK_CUR), onward);
}

static int cut(int fd, off_t length, int (*real)(int, off_t)) {
    int file = watched(fd);
    if (file) {
        if (failing()) return -1;
        note(TRUNCATE, file, length, 0, NULL);
    }
    return real(fd, length);
}

int ftruncate(int fd, off_t length) {
    REAL("ftruncate", int, int, off_t);
    return cut(fd, length, real);
}

int ftruncate64(int fd, off_t length) {
    REAL("ftruncate64", int, int, off_t);
    return cut(fd, length, real);
}

/* Begun and ended are two records: what was written in between need not be on the disk. */
static int sync_(int fd, int (*real)(int)) {
    int file = watched(fd);
    if (!file) return real(fd);
    if (failing()) return -1;
    /* Other processes write into the same log. */
    int64_t number = (int64_t)getpid() << 32 | __atomic_add_fetch(&syncs, 1, __ATOMIC_SEQ_CST);
    note(BEGIN, file, number, 0, NULL);
    if (delay) usleep(delay);
    /* Nobody pulls the plug: what the model calls synced need not wait for this machine's disk. */
    int result = log_fd >= 0 || delay ? 0 : real(fd);
    note(END, file, number, 0, NULL);
    return result;
}

int fsync(int fd) {
    REAL("fsync", int, int);
    return sync_(fd, real);
}

int fdatasync(int fd) {
    REAL("fdatasync", int, int);
    return sync_(fd, real);
}

int unlink(const char *path) {
    REAL("unlink", int, const char *);
    int file = file_of(path);
    if (file) note(UNLINK, file, 0, 0, NULL);
    return real(path);
}

#define COUNTED(name)                                                                           \
    int name(const char *from, const char *to) {                                                \
        REAL(#name, int, const char *, const char *);                                           \
        __atomic_add_fetch(&renamed, 1, __ATOMIC_SEQ_CST);                                      \
        return real(from, to);                                                                  \
    }
COUNTED(rename)
COUNTED(link)
