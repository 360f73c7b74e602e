// SPDX-License-Identifier: Apache-2.0
//
// Peers that take: memory, sockets, patience.
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/system/hostile/classes.h"
#include "tests/system/hostile/raw.h"

void run_before_hello(struct setting *s, struct tally *t)
{
    struct evx_buf body = {0};
    struct evx_digest id;
    for (uint64_t i = 0; i < s->attempts && !t->failure[0]; i++) {
        struct peer p;
        agency_new_stream(&s->us);
        if (!agency_seal(&s->us, &body, &id) || !peer_open(&p, &s->us.door)) fail(t, "cannot seal");
        submit(&p, &id, evx_buf_bytes(&body));
        struct answer a = take_answer(&p, WAIT_MS);
        count_refusal(t, &a, EVX_E_OUT_OF_ORDER);
        peer_close(&p);
    }
    evx_buf_free(&body);
    lawful(s, t);
}

static bool raw_hello(struct raw *r)
{
    struct evx_buf head = {0};
    Evx__V1__Hello hello = EVX__V1__HELLO__INIT;
    hello.version = 1;
    Evx__V1__Frame frame = EVX__V1__FRAME__INIT;
    frame.body_case = EVX__V1__FRAME__BODY_HELLO;
    frame.hello = &hello;
    bool ok = evx_frame_pack(&head, &frame) == EVX_OK && raw_send(r, evx_buf_bytes(&head), false);
    evx_buf_free(&head);
    return ok;
}

// One message that never ends: parts with MORE set, `attempts` MiB of them, unless
// the line is cut first, as it must be.
void run_endless(struct setting *s, struct tally *t)
{
    struct raw r;
    static uint8_t part[60000];
    if (!raw_open(&r, &s->us.door) || !raw_hello(&r)) fail(t, "an enrolled agency is not let in");
    bool open = true;
    for (uint64_t sent = 0; open && !t->failure[0] && sent < s->attempts << 20; sent += sizeof part) {
        open = raw_send(&r, evx_bytes(part, sizeof part), true);
        t->attempts += open;
    }
    t->refused += !open;
    if (open) fail(t, "%llu parts of one message, and the line was not cut", (unsigned long long)t->attempts);
    raw_close(&r);
    lawful(s, t);
}

static bool endpoint_address(struct sockaddr_in *out, const char *endpoint)
{
    unsigned a, b, c, d, port;
    if (sscanf(endpoint, "tcp://%3u.%3u.%3u.%3u:%5u", &a, &b, &c, &d, &port) != 5) return false;
    *out = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    out->sin_addr.s_addr = htonl(a << 24 | b << 16 | c << 8 | d);
    return true;
}

// Sockets that are opened and left alone; every other one says the first bytes
// of a greeting and then nothing.
void run_idle(struct setting *s, struct tally *t)
{
    struct rlimit limit = {65536, 65536};
    if (setrlimit(RLIMIT_NOFILE, &limit)) getrlimit(RLIMIT_NOFILE, &limit);
    struct sockaddr_in address;
    int *fd = calloc(s->attempts + 1, sizeof *fd);
    if (!fd || !endpoint_address(&address, s->endpoint)) {
        fail(t, "no such endpoint");
        free(fd);
        return;
    }
    for (uint64_t i = 0; i < s->attempts; i++) {
        fd[i] = socket(AF_INET, SOCK_STREAM, 0);
        if (fd[i] < 0 || connect(fd[i], (struct sockaddr *)&address, sizeof address)) break;
        if (i % 2 && send(fd[i], "\xff\0\0\0\0\0\0\0\1\x7f\3", 11, MSG_NOSIGNAL) == 11) t->silent++;
        t->attempts++;
    }
    if (t->attempts < s->attempts) fail(t, "only %llu connections", (unsigned long long)t->attempts);
    lawful(s, t);
    for (uint64_t i = 0; i < s->attempts; i++)
        if (fd[i] > 0) close(fd[i]);
    free(fd);
}
