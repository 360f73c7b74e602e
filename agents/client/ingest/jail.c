// SPDX-License-Identifier: Apache-2.0
#include "agents/client/ingest/jail.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agents/client/ingest/jail_lock.h"

#define OUT_BYTES  65536
#define FRAME_HEAD 5
#define FRAME_END  0 // the work's status; nothing follows

struct evx_jail_out {
    int fd;
    size_t n;
    uint8_t bytes[OUT_BYTES];
};

bool evx_jail_enforced(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(EVX_COVERAGE)
    return false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    return false;
#else
    return true;
#endif
#else
    return true;
#endif
}

static enum evx_status write_all(int fd, const uint8_t *p, size_t n)
{
    while (n) {
        ssize_t w = write(fd, p, n);
        if (w < 0 && errno == EINTR) continue;
        if (w <= 0) return EVX_E_IO;
        p += w;
        n -= (size_t)w;
    }
    return EVX_OK;
}

static enum evx_status flush(struct evx_jail_out *out)
{
    enum evx_status s = write_all(out->fd, out->bytes, out->n);
    out->n = 0;
    return s;
}

static enum evx_status put(struct evx_jail_out *out, const void *p, size_t n)
{
    if (out->n + n > sizeof out->bytes) {
        enum evx_status s = flush(out);
        if (s) return s;
    }
    if (n > sizeof out->bytes) return write_all(out->fd, p, n);
    if (n) memcpy(out->bytes + out->n, p, n);
    out->n += n;
    return EVX_OK;
}

enum evx_status evx_jail_put(struct evx_jail_out *out, uint8_t type, struct evx_bytes payload)
{
    if (payload.n > EVX_JAIL_FRAME_BYTES) return EVX_E_TOO_LARGE;
    uint8_t head[FRAME_HEAD];
    evx_put_be32(head, (uint32_t)payload.n);
    head[4] = type;
    enum evx_status s = put(out, head, sizeof head);
    return s ? s : put(out, payload.p, payload.n);
}

// Nothing of the parent stays open but the standard streams and the pipe.
static bool close_others(int pipe)
{
    return (pipe <= 3 || close_range(3, (unsigned)pipe - 1, 0) == 0) &&
           close_range((unsigned)pipe + 1, ~0u, 0) == 0;
}

__attribute__((noreturn)) static void child(const struct evx_jail *j, int pipe)
{
    static struct evx_jail_out out;
    out.fd = pipe;
    if (!close_others(pipe)) _exit(1);
    if (j->prepare) j->prepare(j->arg);
    if (evx_jail_enforced() && !evx_jail_lock(j->memory_bytes, j->cpu_seconds)) _exit(1);
    uint8_t status[4];
    evx_put_be32(status, j->work(j->arg, &out));
    enum evx_status s = evx_jail_put(&out, FRAME_END, evx_bytes(status, sizeof status));
    if (!s) s = flush(&out);
    _exit(s ? 1 : 0);
}

struct in {
    int fd;
    unsigned idle_ms;
    struct evx_buf payload;
};

static enum evx_status read_all(struct in *in, uint8_t *p, size_t n)
{
    while (n) {
        struct pollfd wait = {.fd = in->fd, .events = POLLIN};
        int ready = poll(&wait, 1, (int)in->idle_ms);
        if (ready < 0 && errno == EINTR) continue;
        ssize_t r = ready == 1 ? read(in->fd, p, n) : 0;
        if (r < 0 && errno == EINTR) continue;
        if (r <= 0) return EVX_E_FILE_READER;
        p += r;
        n -= (size_t)r;
    }
    return EVX_OK;
}

static enum evx_status read_frame(struct in *in, uint8_t *type)
{
    uint8_t head[FRAME_HEAD];
    enum evx_status s = read_all(in, head, sizeof head);
    if (s) return s;
    uint32_t n = evx_get_be32(head);
    *type = head[4];
    if (n > EVX_JAIL_FRAME_BYTES) return EVX_E_FILE_READER;
    evx_buf_clear(&in->payload);
    s = evx_buf_reserve(&in->payload, n + 1);
    if (!s) s = read_all(in, in->payload.p, n);
    if (!s) in->payload.n = n;
    return s;
}

static enum evx_status read_frames(const struct evx_jail *j, struct in *in)
{
    for (;;) {
        uint8_t type;
        enum evx_status s = read_frame(in, &type);
        if (s) return s;
        if (type == FRAME_END)
            return in->payload.n == 4 ? evx_status_from_wire(evx_get_be32(in->payload.p)) : EVX_E_FILE_READER;
        s = j->frame(j->user, type, evx_buf_bytes(&in->payload));
        if (s) return s;
    }
}

static bool reap(pid_t pid, bool finished)
{
    int how = 0;
    if (!finished) kill(pid, SIGKILL);
    while (waitpid(pid, &how, 0) < 0)
        if (errno != EINTR) return false;
    return WIFEXITED(how) && WEXITSTATUS(how) == 0;
}

enum evx_status evx_jail_run(const struct evx_jail *j)
{
    int ends[2];
    fflush(NULL);
    if (pipe2(ends, O_CLOEXEC) != 0) return EVX_E_IO;
    pid_t pid = fork();
    if (pid == 0) child(j, ends[1]);
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return EVX_E_MEMORY;
    }
    struct in in = {.fd = ends[0], .idle_ms = j->idle_seconds * 1000};
    enum evx_status s = read_frames(j, &in);
    bool clean = reap(pid, s == EVX_OK);
    close(ends[0]);
    evx_buf_free(&in.payload);
    return s == EVX_OK && !clean ? EVX_E_FILE_READER : s;
}
