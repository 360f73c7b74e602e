// SPDX-License-Identifier: Apache-2.0
//
// Who gets in, and as whom.
#include <string.h>

#include "tests/system/hostile/classes.h"

#define AT_ONCE 16

// Opens AT_ONCE peers with credentials from `door`, sends each one's Hello, and
// expects silence from all of them.
static void expect_silence(struct tally *t, struct credentials (*door)(const struct setting *),
                           const struct setting *s)
{
    struct peer p[AT_ONCE];
    struct credentials c[AT_ONCE];
    Evx__V1__Hello hello = EVX__V1__HELLO__INIT;
    hello.version = 1;
    Evx__V1__Frame frame = EVX__V1__FRAME__INIT;
    frame.body_case = EVX__V1__FRAME__BODY_HELLO;
    frame.hello = &hello;
    for (size_t i = 0; i < AT_ONCE; i++) {
        c[i] = door(s);
        if (peer_open(&p[i], &c[i])) peer_send(&p[i], &frame, evx_bytes(NULL, 0), 0);
    }
    for (size_t i = 0; i < AT_ONCE; i++) {
        struct answer a = take_answer(&p[i], i ? 20 : SILENCE_MS);
        t->attempts++;
        t->silent += !a.any;
        t->accepted += a.any;
        if (a.any) fail(t, "a peer that must stay outside was answered");
        peer_close(&p[i]);
    }
}

static struct credentials no_key(const struct setting *s)
{
    return (struct credentials){.endpoint = s->endpoint};
}

static struct credentials unknown_key(const struct setting *s)
{
    struct credentials c = {.endpoint = s->endpoint, .server_key = s->us.door.server_key};
    struct evx_box_secret *secret = NULL;
    struct evx_box_public public_key;
    if (evx_box_generate(&secret, &public_key) == EVX_OK) {
        memcpy(c.public_key, public_key.b, 32);
        evx_box_secret_export(c.secret_key, secret);
    }
    evx_box_secret_destroy(&secret);
    return c;
}

static struct credentials our_key(const struct setting *s) { return s->us.door; }

void run_no_key(struct setting *s, struct tally *t)
{
    for (uint64_t i = 0; i < s->attempts; i += AT_ONCE)
        expect_silence(t, no_key, s);
}

void run_unknown_key(struct setting *s, struct tally *t)
{
    for (uint64_t i = 0; i < s->attempts; i += AT_ONCE)
        expect_silence(t, unknown_key, s);
}

// Our own key is one that the broker must not let in: suspended, or nobody is.
void run_refused_key(struct setting *s, struct tally *t)
{
    for (uint64_t i = 0; i < s->attempts; i += AT_ONCE)
        expect_silence(t, our_key, s);
}

// A peer that picks its own routing id sees nobody's answers, whether it is let
// talk or not.
static void squat(struct setting *s, struct tally *t, struct evx_bytes routing_id)
{
    struct peer honest, squatter;
    bool in = peer_open_as(&squatter, &s->other.door, routing_id) && peer_greet(&squatter, SILENCE_MS);
    t->refused += !in;
    if (session(&honest, &s->us, t)) {
        agency_new_stream(&s->us);
        lawful_on(&honest, &s->us, t);
        struct answer stray = take_answer(&squatter, 50);
        t->silent += !stray.any;
        t->accepted += stray.receipt;
        if (stray.any) fail(t, "an answer went to another session");
        peer_close(&honest);
    }
    t->attempts++;
    peer_close(&squatter);
}

// libzmq numbers its own ids upwards from this when nothing seeds its generator.
#define FIRST_OWN_ID 1804289383u

// The ids that the broker's socket would give to the next peers, taken before them.
static void squat_ahead(struct setting *s, struct tally *t)
{
    struct peer ahead[AT_ONCE], honest[AT_ONCE];
    for (uint32_t i = 0; i < AT_ONCE; i++) {
        uint8_t id[5] = {0};
        evx_put_be32(id + 1, FIRST_OWN_ID + (uint32_t)s->attempts * 2 + AT_ONCE + i);
        if (peer_open_as(&ahead[i], &s->other.door, evx_bytes(id, sizeof id))) peer_greet(&ahead[i], 50);
        t->attempts++;
    }
    for (size_t i = 0; i < AT_ONCE; i++)
        if (!session(&honest[i], &s->us, t)) honest[i] = (struct peer){0};
    for (size_t i = 0; i < AT_ONCE; i++) {
        peer_close(&ahead[i]);
        peer_close(&honest[i]);
    }
}

void run_routing_id(struct setting *s, struct tally *t)
{
    for (uint64_t i = 0; i < s->attempts && !t->failure[0]; i++)
        squat(s, t, evx_bytes_of_text("northam-police"));
    for (int i = 0; i < 8 && !t->failure[0]; i++)
        squat_ahead(s, t);
    lawful(s, t);
}

// Another agency's signed consignment, sent over our connection.
void run_stolen(struct setting *s, struct tally *t)
{
    struct peer p;
    struct evx_buf body = {0};
    struct evx_digest id;
    if (!session(&p, &s->us, t)) return;
    for (uint64_t i = 0; i < s->attempts; i++) {
        agency_new_stream(&s->other);
        if (!agency_seal(&s->other, &body, &id)) fail(t, "cannot seal");
        submit(&p, &id, evx_buf_bytes(&body));
        struct answer a = take_answer(&p, WAIT_MS);
        count_refusal(t, &a, 0);
        if (a.code != EVX_E_SIGNATURE && a.code != EVX_E_IDENTITY) fail(t, "refused with %u", a.code);
    }
    lawful_on(&p, &s->us, t);
    evx_buf_free(&body);
    peer_close(&p);
}

static void fetch(struct peer *p, const struct agency *a)
{
    Evx__V1__Fetch m = EVX__V1__FETCH__INIT;
    struct evx_inspection_id inspection = a->inspection;
    m.inspection = (ProtobufCBinaryData){sizeof inspection.b, inspection.b};
    m.max_bytes = 1u << 20;
    m.max_entries = 10;
    Evx__V1__Frame frame = EVX__V1__FRAME__INIT;
    frame.body_case = EVX__V1__FRAME__BODY_FETCH;
    frame.fetch = &m;
    peer_send(p, &frame, evx_bytes(NULL, 0), 0);
}

// Enrolled, but no member of the inspection: may neither send nor look.
void run_outsider(struct setting *s, struct tally *t)
{
    struct peer p;
    struct evx_buf body = {0};
    struct evx_digest id;
    if (!session(&p, &s->us, t)) return;
    for (uint64_t i = 0; i < s->attempts; i++) {
        agency_new_stream(&s->us);
        if (!agency_seal(&s->us, &body, &id)) fail(t, "cannot seal");
        submit(&p, &id, evx_buf_bytes(&body));
        struct answer a = take_answer(&p, WAIT_MS);
        count_refusal(t, &a, EVX_E_NOT_ENTITLED);
        fetch(&p, &s->us);
        a = take_answer(&p, WAIT_MS);
        count_refusal(t, &a, EVX_E_NOT_ALLOWED);
    }
    evx_buf_free(&body);
    peer_close(&p);
}
