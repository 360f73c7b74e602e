// SPDX-License-Identifier: Apache-2.0
#include "tests/system/hostile/raw.h"

#include <arpa/inet.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct handshake {
    uint8_t public_key[32], secret_key[32]; // ours for this connection
    uint8_t server_transient[32];
    uint8_t cookie[96];
};

static bool send_all(int fd, const uint8_t *p, size_t n)
{
    while (n) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
        if (sent <= 0) return false;
        p += sent;
        n -= (size_t)sent;
    }
    return true;
}

static bool receive_all(int fd, uint8_t *p, size_t n) { return recv(fd, p, n, MSG_WAITALL) == (ssize_t)n; }

static bool tcp_connect(struct raw *r, const char *endpoint)
{
    unsigned a, b, c, d, port;
    if (sscanf(endpoint, "tcp://%3u.%3u.%3u.%3u:%5u", &a, &b, &c, &d, &port) != 5) return false;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(a << 24 | b << 16 | c << 8 | d);
    struct timeval wait = {.tv_sec = 3};
    r->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (r->fd < 0) return false;
    setsockopt(r->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    setsockopt(r->fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
    return connect(r->fd, (struct sockaddr *)&address, sizeof address) == 0;
}

static bool greet(struct raw *r)
{
    uint8_t ours[64] = {0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 0, 'C', 'U', 'R', 'V', 'E'}, theirs[64];
    return send_all(r->fd, ours, sizeof ours) && receive_all(r->fd, theirs, sizeof theirs);
}

// 16 letters of purpose and the connection's counter.
static void short_nonce(struct raw *r, uint8_t nonce[24], const char *purpose)
{
    memcpy(nonce, purpose, 16);
    evx_put_be64(nonce + 16, ++r->nonce);
}

static bool hello(struct raw *r, struct handshake *h, const struct credentials *c)
{
    uint8_t frame[2 + 200] = {4, 200, 5, 'H', 'E', 'L', 'L', 'O', 1, 0}, nonce[24];
    static const uint8_t zeros[64];
    crypto_box_keypair(h->public_key, h->secret_key);
    short_nonce(r, nonce, "CurveZMQHELLO---");
    memcpy(frame + 2 + 80, h->public_key, 32);
    memcpy(frame + 2 + 112, nonce + 16, 8);
    return crypto_box_easy(frame + 2 + 120, zeros, sizeof zeros, nonce, c->server_key, h->secret_key) == 0 &&
           send_all(r->fd, frame, sizeof frame);
}

static bool welcome(struct raw *r, struct handshake *h, const struct credentials *c)
{
    uint8_t frame[2 + 168], nonce[24], plain[128];
    if (!receive_all(r->fd, frame, sizeof frame) || memcmp(frame + 2, "\7WELCOME", 8) != 0) return false;
    memcpy(nonce, "WELCOME-", 8);
    memcpy(nonce + 8, frame + 2 + 8, 16);
    if (crypto_box_open_easy(plain, frame + 2 + 24, 144, nonce, c->server_key, h->secret_key)) return false;
    memcpy(h->server_transient, plain, 32);
    memcpy(h->cookie, plain + 32, 96);
    return crypto_box_beforenm(r->shared, h->server_transient, h->secret_key) == 0;
}

static const char metadata[] = "\013Socket-Type\0\0\0\6DEALER\010Identity\0\0\0";
#define METADATA_BYTES sizeof metadata // with the last zero: the fourth of a length

static bool initiate(struct raw *r, struct handshake *h, const struct credentials *c)
{
    uint8_t plain[128 + METADATA_BYTES], vouch[64], nonce[24];
    uint8_t frame[9 + 113 + 16 + sizeof plain] = {6};
    uint8_t *body = frame + 9;
    evx_put_be64(frame + 1, sizeof frame - 9);
    memcpy(plain, c->public_key, 32);
    memcpy(nonce, "VOUCH---", 8);
    randombytes_buf(nonce + 8, 16);
    memcpy(plain + 32, nonce + 8, 16);
    memcpy(vouch, h->public_key, 32);
    memcpy(vouch + 32, c->server_key, 32);
    if (crypto_box_easy(plain + 48, vouch, sizeof vouch, nonce, h->server_transient, c->secret_key))
        return false;
    memcpy(plain + 128, metadata, METADATA_BYTES);
    memcpy(body, "\10INITIATE", 9);
    memcpy(body + 9, h->cookie, 96);
    short_nonce(r, nonce, "CurveZMQINITIATE");
    memcpy(body + 105, nonce + 16, 8);
    return crypto_box_easy_afternm(body + 113, plain, sizeof plain, nonce, r->shared) == 0 &&
           send_all(r->fd, frame, sizeof frame);
}

static bool ready(struct raw *r)
{
    uint8_t head[2], body[256];
    return receive_all(r->fd, head, 2) && receive_all(r->fd, body, head[1]) &&
           memcmp(body, "\5READY", 6) == 0;
}

bool raw_open(struct raw *r, const struct credentials *c)
{
    struct handshake h;
    *r = (struct raw){.fd = -1};
    bool ok = tcp_connect(r, c->endpoint) && greet(r) && hello(r, &h, c) && welcome(r, &h, c) &&
              initiate(r, &h, c) && ready(r);
    sodium_memzero(&h, sizeof h);
    return ok;
}

void raw_close(struct raw *r)
{
    if (r->fd >= 0) close(r->fd);
    r->fd = -1;
}

bool raw_send(struct raw *r, struct evx_bytes part, bool more)
{
    size_t body = 16 + 16 + 1 + part.n; // MESSAGE and nonce, tag, flags, content
    uint8_t *frame = malloc(9 + body), *plain = malloc(1 + part.n), nonce[24];
    bool ok = frame && plain;
    if (ok) {
        frame[0] = 2; // length in eight bytes
        evx_put_be64(frame + 1, body);
        memcpy(frame + 9, "\7MESSAGE", 8);
        short_nonce(r, nonce, "CurveZMQMESSAGEC");
        memcpy(frame + 9 + 8, nonce + 16, 8);
        plain[0] = more;
        if (part.n) memcpy(plain + 1, part.p, part.n);
        ok = crypto_box_easy_afternm(frame + 9 + 16, plain, 1 + part.n, nonce, r->shared) == 0 &&
             send_all(r->fd, frame, 9 + body);
    }
    free(plain);
    free(frame);
    return ok;
}
