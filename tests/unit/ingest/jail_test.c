// SPDX-License-Identifier: Apache-2.0
#include "agents/client/ingest/jail.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct took {
    unsigned frames;
    uint8_t type;
    size_t bytes;
    enum evx_status answer;
};

static enum evx_status take(void *user, uint8_t type, struct evx_bytes payload)
{
    struct took *t = user;
    t->frames++;
    t->type = type;
    t->bytes += payload.n;
    return t->answer;
}

static enum evx_status run(enum evx_status (*work)(void *, struct evx_jail_out *), struct took *t)
{
    struct evx_jail j = {.work = work,
                         .frame = take,
                         .user = t,
                         .memory_bytes = 64u << 20,
                         .cpu_seconds = 2,
                         .idle_seconds = 5};
    return evx_jail_run(&j);
}

static enum evx_status say_hello(void *arg, struct evx_jail_out *out)
{
    (void)arg;
    enum evx_status s = evx_jail_put(out, 7, evx_bytes("hello", 5));
    static uint8_t big[200000];
    return s ? s : evx_jail_put(out, 7, evx_bytes(big, sizeof big));
}

Test(jail, frames_come_out_whole, .timeout = 20)
{
    struct took t = {0};
    cr_assert_eq(run(say_hello, &t), EVX_OK);
    cr_assert_eq(t.frames, 2);
    cr_assert_eq(t.type, 7);
    cr_assert_eq(t.bytes, 200005);
}

static enum evx_status fail_plainly(void *arg, struct evx_jail_out *out)
{
    (void)arg;
    (void)out;
    return EVX_E_MEMORY;
}

Test(jail, the_works_status_is_returned, .timeout = 20)
{
    struct took t = {0};
    cr_assert_eq(run(fail_plainly, &t), EVX_E_MEMORY);
}

Test(jail, the_taker_can_end_it, .timeout = 20)
{
    struct took t = {.answer = EVX_E_DISK_FULL};
    cr_assert_eq(run(say_hello, &t), EVX_E_DISK_FULL);
    cr_assert_eq(t.frames, 1);
}

static enum evx_status die(void *arg, struct evx_jail_out *out)
{
    (void)arg;
    (void)out;
    kill(getpid(), SIGKILL);
    return EVX_OK;
}

Test(jail, a_death_is_told, .timeout = 20)
{
    struct took t = {0};
    cr_assert_eq(run(die, &t), EVX_E_FILE_READER);
}

static enum evx_status fall_silent(void *arg, struct evx_jail_out *out)
{
    (void)arg;
    (void)out;
    for (volatile unsigned long i = 0;; i++)
        ;
    return EVX_OK;
}

Test(jail, silence_ends, .timeout = 30)
{
    struct took t = {0};
    struct evx_jail j = {.work = fall_silent,
                         .frame = take,
                         .user = &t,
                         .memory_bytes = 64u << 20,
                         .cpu_seconds = 60,
                         .idle_seconds = 1};
    cr_assert_eq(evx_jail_run(&j), EVX_E_FILE_READER);
}

static enum evx_status open_socket(void *arg, struct evx_jail_out *out)
{
    (void)arg;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd >= 0 ? evx_jail_put(out, 1, evx_bytes("", 0)) : EVX_OK;
}

static enum evx_status open_file(void *arg, struct evx_jail_out *out)
{
    (void)arg;
    int fd = open("/etc/passwd", O_RDONLY);
    return fd >= 0 ? evx_jail_put(out, 1, evx_bytes("", 0)) : EVX_OK;
}

static enum evx_status start_process(void *arg, struct evx_jail_out *out)
{
    (void)arg;
    pid_t pid = fork();
    if (pid == 0) _exit(0);
    return pid > 0 ? evx_jail_put(out, 1, evx_bytes("", 0)) : EVX_OK;
}

static enum evx_status take_memory(void *arg, struct evx_jail_out *out)
{
    (void)arg;
    char *p = malloc(1u << 30);
    if (!p) return EVX_E_FILE_TOO_LARGE;
    memset(p, 1, 4096);
    free(p);
    return evx_jail_put(out, 1, evx_bytes("", 0));
}

Test(jail, no_socket_file_process_or_memory_beyond_the_limit, .timeout = 60)
{
    if (!evx_jail_enforced()) return; // sanitizers need what the jail forbids
    struct took t = {0};
    cr_assert_eq(run(open_socket, &t), EVX_E_FILE_READER);
    cr_assert_eq(run(start_process, &t), EVX_E_FILE_READER);
    cr_assert_eq(run(open_file, &t), EVX_OK);
    cr_assert_eq(run(take_memory, &t), EVX_E_FILE_TOO_LARGE);
    cr_assert_eq(t.frames, 0);
}

static int inherited = -1;
static enum evx_status use_inherited(void *arg, struct evx_jail_out *out)
{
    (void)arg;
    char byte;
    return read(inherited, &byte, 1) == 1 ? evx_jail_put(out, 1, evx_bytes("", 0)) : EVX_OK;
}

Test(jail, files_of_the_parent_are_closed, .timeout = 20)
{
    struct took t = {0};
    inherited = open("/etc/passwd", O_RDONLY);
    cr_assert(inherited >= 3);
    cr_assert_eq(run(use_inherited, &t), EVX_OK);
    cr_assert_eq(t.frames, 0);
    close(inherited);
}
