// A clock that a test can move: preloaded into a service, it adds to the time of day the nanoseconds that stand in the file
// that CHAOS_CLOCK names. What measures how long something takes is left alone, as when a machine's clock is set.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *ahead;
static int (*real_gettime)(clockid_t, struct timespec *);

__attribute__((constructor)) static void begin(void) {
    real_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    const char *name = getenv("CHAOS_CLOCK");
    int file = name ? open(name, O_RDONLY) : -1;
    if (file < 0)
        return;
    void *page = mmap(NULL, sizeof *ahead, PROT_READ, MAP_SHARED, file, 0);
    ahead = page == MAP_FAILED ? NULL : page;
    close(file);
}

static void move(struct timespec *at) {
    if (!ahead)
        return;
    int64_t nanoseconds = at->tv_nsec + *ahead % 1000000000;
    at->tv_sec += *ahead / 1000000000;
    at->tv_sec += nanoseconds < 0 ? -1 : nanoseconds / 1000000000;
    at->tv_nsec = nanoseconds < 0 ? nanoseconds + 1000000000 : nanoseconds % 1000000000;
}

int clock_gettime(clockid_t clock, struct timespec *at) {
    if (!real_gettime)
        begin();
    int result = real_gettime(clock, at);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        move(at);
    return result;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    (void)zone;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return 0;
}
