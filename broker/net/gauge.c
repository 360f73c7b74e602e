// SPDX-License-Identifier: Apache-2.0
#include "broker/net/gauge.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "broker/pace.h"
#include "proto/base/clock.h"
#include "proto/base/log.h"
#include "proto/limits.h"

// Heartbeats arrive without ever being a message: this much a second is forgiven.
#define HEARTBEAT_BYTES_A_SECOND 64

struct connection {
    bool open, spoke, cut;
    uint32_t session;
    uint64_t accepted_ms;
    uint64_t delivered;
};

struct evx_gauge {
    struct connection *connection; // by file descriptor
    size_t slots;
    size_t open, max_open;
    uint64_t cuts;
    struct evx_pace lines;
};

enum evx_status evx_gauge_new(struct evx_gauge **out, size_t max_connections)
{
    *out = calloc(1, sizeof **out);
    if (!*out) return EVX_E_MEMORY;
    (*out)->max_open = max_connections;
    return EVX_OK;
}

void evx_gauge_destroy(struct evx_gauge **g)
{
    if (!g || !*g) return;
    free((*g)->connection);
    free(*g);
    *g = NULL;
}

static struct connection *at(const struct evx_gauge *g, int fd)
{
    return fd >= 0 && (size_t)fd < g->slots && g->connection[fd].open ? &g->connection[fd] : NULL;
}

static bool make_room(struct evx_gauge *g, int fd)
{
    if (fd < 0) return false;
    if ((size_t)fd < g->slots) return true;
    size_t slots = ((size_t)fd + 64) * 3 / 2;
    struct connection *more = realloc(g->connection, slots * sizeof *more);
    if (!more) return false;
    memset(more + g->slots, 0, (slots - g->slots) * sizeof *more);
    g->connection = more;
    g->slots = slots;
    return true;
}

static void say(struct evx_gauge *g, int fd, enum evx_status code, uint64_t held)
{
    if (!evx_pace_ok(&g->lines, evx_clock_monotonic_ms(), EVX_LIMIT_LOG_RATE)) return;
    const struct evx_error_info *e = evx_error_info(code);
    evx_log(EVX_LOG_WARN, "CONN-CUT", "connection=%d code=%s held=%llu what=\"%s\" remedy=\"%s\"", fd,
            e->code, (unsigned long long)held, e->what, e->remedy);
}

static void cut(struct evx_gauge *g, int fd, struct connection *c)
{
    if (c->cut) return;
    c->cut = true;
    g->cuts++;
    // libzmq sees the end of the stream and closes the descriptor itself.
    shutdown(fd, SHUT_RDWR);
}

void evx_gauge_accepted(struct evx_gauge *g, int fd, uint64_t now_ms)
{
    if (!make_room(g, fd)) return;
    if (!g->connection[fd].open) g->open++;
    g->connection[fd] = (struct connection){.open = true, .accepted_ms = now_ms};
    if (g->open <= g->max_open) return;
    say(g, fd, EVX_E_CONNECTION_CAP, g->open);
    cut(g, fd, &g->connection[fd]);
}

bool evx_gauge_ended(struct evx_gauge *g, int fd, uint32_t *session)
{
    struct connection *c = at(g, fd);
    if (!c) return false;
    *session = c->session;
    bool spoke = c->spoke;
    *c = (struct connection){0};
    g->open--;
    return spoke;
}

void evx_gauge_delivered(struct evx_gauge *g, int fd, uint32_t session, uint64_t wire_bytes)
{
    struct connection *c = at(g, fd);
    if (!c) return;
    c->spoke = true;
    c->session = session;
    c->delivered += wire_bytes;
}

static bool tcp_info(int fd, struct tcp_info *info)
{
    socklen_t n = sizeof *info;
    memset(info, 0, sizeof *info);
    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, &n) == 0;
}

static void check_one(struct evx_gauge *g, int fd, struct connection *c, uint64_t now_ms)
{
    struct tcp_info info;
    uint64_t age_ms = now_ms - c->accepted_ms;
    if (!c->spoke && age_ms > EVX_LIMIT_GREETING_MS) {
        say(g, fd, EVX_E_TIMEOUT, 0);
        cut(g, fd, c);
        return;
    }
    if (!tcp_info(fd, &info)) return;
    uint64_t allowed = c->delivered + EVX_LIMIT_PARTIAL_BYTES + age_ms / 1000 * HEARTBEAT_BYTES_A_SECOND;
    if (info.tcpi_bytes_received <= allowed) return;
    say(g, fd, EVX_E_STREAM_ABUSE, info.tcpi_bytes_received - c->delivered);
    cut(g, fd, c);
}

void evx_gauge_check(struct evx_gauge *g, uint64_t now_ms)
{
    for (size_t fd = 0; fd < g->slots; fd++)
        if (g->connection[fd].open && !g->connection[fd].cut)
            check_one(g, (int)fd, &g->connection[fd], now_ms);
}

bool evx_gauge_acknowledged(const struct evx_gauge *g, int fd, uint64_t *bytes)
{
    struct tcp_info info;
    if (!at(g, fd) || !tcp_info(fd, &info)) return false;
    *bytes = info.tcpi_bytes_acked;
    return true;
}

void evx_gauge_cut(struct evx_gauge *g, int fd)
{
    struct connection *c = at(g, fd);
    if (c) cut(g, fd, c);
}

size_t evx_gauge_connections(const struct evx_gauge *g) { return g->open; }
uint64_t evx_gauge_cuts(const struct evx_gauge *g) { return g->cuts; }
