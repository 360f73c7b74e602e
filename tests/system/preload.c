// SPDX-License-Identifier: Apache-2.0
//
// Preloaded into a program under test to make its machine unfit, as EVX_TEST_UNFIT
// says: "clock" stands in 1990, "random" gives no random bytes, "admission" leaves
// every ZAP request without an answer, as if the handler's thread had died.
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#define SEEN __attribute__((visibility("default"))) // by the program that it is loaded into

SEEN int sodium_init(void);

static int unfit(const char *what)
{
    const char *wanted = getenv("EVX_TEST_UNFIT");
    return wanted && strcmp(wanted, what) == 0;
}

SEEN int sodium_init(void)
{
    int (*real)(void) = (int (*)(void))dlsym(RTLD_NEXT, "sodium_init");
    return unfit("random") ? -1 : real();
}

SEEN int clock_gettime(clockid_t id, struct timespec *t)
{
    long failed = syscall(SYS_clock_gettime, id, t);
    if (!failed && id == CLOCK_REALTIME && unfit("clock")) t->tv_sec = 631152000;
    return (int)failed;
}

static int is_handler(const zmq_pollitem_t *item, int n)
{
    int type = -1;
    size_t bytes = sizeof type;
    return n == 2 && item[0].socket && !zmq_getsockopt(item[0].socket, ZMQ_TYPE, &type, &bytes) &&
           type == ZMQ_REP;
}

SEEN int zmq_poll(zmq_pollitem_t *item, int n, long timeout)
{
    int (*real)(zmq_pollitem_t *, int, long) =
        (int (*)(zmq_pollitem_t *, int, long))dlsym(RTLD_NEXT, "zmq_poll");
    if (!unfit("admission") || !is_handler(item, n)) return real(item, n, timeout);
    while (real(item, n, 0) >= 0) // until the context ends
        usleep(20000);
    return -1;
}
