// SPDX-License-Identifier: Apache-2.0
//
// Bytes that were changed on the way, cut, too many, or never meant anything.
#include <stdlib.h>
#include <string.h>

#include "tests/system/hostile/classes.h"

// Sends one damaged copy; a session that was cut off for it is opened anew.
static void send_damaged(struct setting *s, struct tally *t, struct peer *p, const struct evx_digest *id,
                         struct evx_bytes body)
{
    if (!submit(p, id, body)) fail(t, "cannot send");
    struct answer a = take_answer(p, WAIT_MS);
    count_refusal(t, &a, 0);
    if (a.any) return;
    peer_close(p);
    session(p, &s->us, t);
}

struct victim {
    struct peer peer;
    struct evx_buf body;
    struct evx_digest id;
};

static bool open_victim(struct setting *s, struct tally *t, struct victim *v)
{
    *v = (struct victim){0};
    agency_new_stream(&s->us);
    if (!agency_seal(&s->us, &v->body, &v->id)) fail(t, "cannot seal");
    return session(&v->peer, &s->us, t);
}

// Undamaged, the same bytes are taken: the refusals were for the damage.
static void close_victim(struct tally *t, struct victim *v)
{
    struct answer a = {0};
    if (v->peer.socket && submit(&v->peer, &v->id, evx_buf_bytes(&v->body)))
        a = take_answer(&v->peer, WAIT_MS);
    t->lawful += a.receipt;
    if (!a.receipt) fail(t, "undamaged it was not accepted: %u", a.code);
    if (a.duplicate) fail(t, "a damaged copy was taken for it");
    evx_buf_free(&v->body);
    peer_close(&v->peer);
}

// `attempts` 0: every bit; else about so many, spread evenly.
void run_bit_flips(struct setting *s, struct tally *t)
{
    struct victim v;
    if (!open_victim(s, t, &v)) return;
    size_t bits = v.body.n * 8;
    size_t step = s->attempts && s->attempts < bits ? bits / s->attempts : 1;
    for (size_t bit = 0; bit < bits && !t->failure[0]; bit += step) {
        v.body.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        send_damaged(s, t, &v.peer, &v.id, evx_buf_bytes(&v.body));
        v.body.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    close_victim(t, &v);
}

void run_truncations(struct setting *s, struct tally *t)
{
    struct victim v;
    if (!open_victim(s, t, &v)) return;
    size_t step = s->attempts && s->attempts < v.body.n ? v.body.n / s->attempts : 1;
    for (size_t n = 0; n < v.body.n && !t->failure[0]; n += step)
        send_damaged(s, t, &v.peer, &v.id, evx_bytes(v.body.p, n));
    close_victim(t, &v);
}

// Sends a Submit that announces `announced` bytes and brings `brought` of them in parts of `part`.
static void send_mass(struct setting *s, struct tally *t, size_t announced, size_t brought, size_t part)
{
    struct peer p;
    if (!session(&p, &s->us, t)) return;
    uint8_t *mass = calloc(1, brought ? brought : 1);
    uint8_t id[32] = {1};
    Evx__V1__Submit m = EVX__V1__SUBMIT__INIT;
    m.consignment = (ProtobufCBinaryData){sizeof id, id};
    m.bytes = announced;
    Evx__V1__Frame frame = EVX__V1__FRAME__INIT;
    frame.body_case = EVX__V1__FRAME__BODY_SUBMIT;
    frame.submit = &m;
    if (mass) peer_send(&p, &frame, evx_bytes(mass, brought), part);
    struct answer a = take_answer(&p, SILENCE_MS);
    count_refusal(t, &a, 0);
    free(mass);
    peer_close(&p);
}

void run_oversize(struct setting *s, struct tally *t)
{
    const size_t row[][3] = {
        {100000, 100000, 100000},          // one part over the frame limit
        {16u << 20, 16u << 20, 16u << 20}, // far over
        {EVX_LIMIT_CONSIGNMENT_BYTES + 1, EVX_LIMIT_CONSIGNMENT_BYTES + 1, 65536}, // just over as a whole
        {200, 200, 1},                                                             // too many parts
        {SIZE_MAX, 100, 100}, // announces what it does not bring
        {10, 60000, 60000},   // brings what it did not announce
        {1000, 0, 1},         // brings nothing
    };
    uint64_t rounds = s->attempts / (sizeof row / sizeof row[0]) + 1;
    for (uint64_t round = 0; round < rounds && !t->failure[0]; round++)
        for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
            send_mass(s, t, row[i][0], row[i][1], row[i][2]);
    lawful(s, t);
}

// A small generator with a printed seed, so that a failure can be had again.
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void drain(struct setting *s, struct tally *t, struct peer *p, int timeout_ms)
{
    for (;;) {
        Evx__V1__Frame *f = peer_receive(p, timeout_ms);
        if (!f) return;
        bool receipt = f->body_case == EVX__V1__FRAME__BODY_RECEIPT;
        t->refused += f->body_case == EVX__V1__FRAME__BODY_REJECTION;
        t->accepted += receipt;
        if (receipt) fail(t, "garbage was given a receipt (seed %llu)", (unsigned long long)s->seed);
        evx_frame_free(f);
        timeout_ms = 0;
    }
}

void run_garbage(struct setting *s, struct tally *t)
{
    struct peer p = {0};
    uint8_t bytes[2048];
    uint64_t state = s->seed | 1;
    for (uint64_t i = 0; i < s->attempts && !t->failure[0]; i++) {
        if (i % 200 == 0) {
            peer_close(&p);
            if (!session(&p, &s->us, t)) return;
        }
        for (size_t parts = next_random(&state) % 4 + 1; parts; parts--) {
            size_t n = next_random(&state) % sizeof bytes;
            for (size_t k = 0; k < n; k++)
                bytes[k] = (uint8_t)(next_random(&state) >> 32);
            peer_send_part(&p, evx_bytes(bytes, n), parts > 1);
        }
        t->attempts++;
        drain(s, t, &p, 0);
    }
    drain(s, t, &p, SILENCE_MS);
    t->silent = t->attempts - t->refused;
    peer_close(&p);
    lawful(s, t);
}

// Few bytes that ask for much memory: a frame of `n` copies of one short field.
static void send_amplifier(struct setting *s, struct tally *t, uint8_t outer, const uint8_t *unit,
                           size_t unit_n, size_t n)
{
    struct peer p;
    if (!session(&p, &s->us, t)) return;
    struct evx_buf inner = {0}, frame = {0};
    bool ok = true;
    for (size_t i = 0; i < n; i++)
        ok = ok && evx_buf_append(&inner, unit, unit_n) == EVX_OK;
    uint8_t head[4] = {outer, (uint8_t)(inner.n & 127) | 128, (uint8_t)(inner.n >> 7 & 127) | 128,
                       (uint8_t)(inner.n >> 14)};
    ok =
        ok && evx_buf_append(&frame, head, 4) == EVX_OK && evx_buf_append(&frame, inner.p, inner.n) == EVX_OK;
    if (ok) peer_send_part(&p, evx_buf_bytes(&frame), false);
    struct answer a = take_answer(&p, SILENCE_MS);
    count_refusal(t, &a, 0);
    evx_buf_free(&inner);
    evx_buf_free(&frame);
    peer_close(&p);
}

void run_amplifying(struct setting *s, struct tally *t)
{
    const uint8_t empty_hash[2] = {0x2a, 0x00}; // Receipt.path, of no bytes
    const uint8_t empty_path[2] = {0x2a, 0x00}; // FetchEnd.consistency
    const uint8_t unknown[2] = {0x7a, 0x00};    // a field that no message has
    for (uint64_t i = 0; i < s->attempts && !t->failure[0]; i++) {
        send_amplifier(s, t, 0x22, empty_hash, 2, 16000);
        send_amplifier(s, t, 0x42, empty_path, 2, 16000);
        send_amplifier(s, t, 0x0a, unknown, 2, 16000);
        send_amplifier(s, t, 0x0a, unknown, 2, 32000);
    }
    lawful(s, t);
}
