// SPDX-License-Identifier: Apache-2.0
//
// Valid consignments at the wrong place of the sender chain (P6, P7).
#include <string.h>

#include "tests/system/hostile/classes.h"

struct sealed {
    struct evx_buf body;
    struct evx_digest id;
};

static struct answer send_one(struct peer *p, const struct sealed *c)
{
    if (!submit(p, &c->id, evx_buf_bytes(&c->body))) return (struct answer){0};
    return take_answer(p, WAIT_MS);
}

// The same bytes again and again: one place in the log, always the same one.
void run_replay(struct setting *s, struct tally *t)
{
    struct peer p;
    struct sealed c = {0};
    if (!session(&p, &s->us, t)) return;
    agency_new_stream(&s->us);
    if (!agency_seal(&s->us, &c.body, &c.id)) fail(t, "cannot seal");
    struct answer first = send_one(&p, &c);
    t->lawful += first.receipt;
    if (!first.receipt) fail(t, "the first was not accepted: %u", first.code);
    for (uint64_t i = 0; i < s->attempts && !t->failure[0]; i++) {
        struct answer again = send_one(&p, &c);
        t->attempts++;
        if (!again.receipt) fail(t, "a replay was not answered with its receipt: %u", again.code);
        if (again.index != first.index) t->accepted++, fail(t, "a replay got a place of its own");
        if (!again.duplicate) fail(t, "a replay is not marked as one");
    }
    evx_buf_free(&c.body);
    peer_close(&p);
}

static void expect_gap(struct tally *t, struct peer *p, const struct sealed *c, uint64_t expected)
{
    struct answer a = send_one(p, c);
    count_refusal(t, &a, EVX_E_GAP);
    if (a.expected != expected) fail(t, "the refusal names %llu as expected", (unsigned long long)a.expected);
}

static void expect_taken(struct tally *t, struct peer *p, const struct sealed *c)
{
    struct answer a = send_one(p, c);
    t->lawful += a.receipt;
    if (!a.receipt) fail(t, "in its turn it was not accepted: %u", a.code);
}

void run_reordered(struct setting *s, struct tally *t)
{
    struct peer p;
    struct sealed c[3] = {0};
    if (!session(&p, &s->us, t)) return;
    for (uint64_t i = 0; i < s->attempts && !t->failure[0]; i++) {
        agency_new_stream(&s->us);
        for (size_t k = 0; k < 3; k++)
            if (!agency_seal(&s->us, &c[k].body, &c[k].id)) fail(t, "cannot seal");
        expect_gap(t, &p, &c[2], 1);
        expect_gap(t, &p, &c[1], 1);
        expect_taken(t, &p, &c[0]);
        expect_gap(t, &p, &c[2], 2);
        expect_taken(t, &p, &c[1]);
        expect_taken(t, &p, &c[2]);
    }
    for (size_t k = 0; k < 3; k++)
        evx_buf_free(&c[k].body);
    peer_close(&p);
}

// The right number after something that was never the last.
void run_fork(struct setting *s, struct tally *t)
{
    struct peer p;
    struct sealed c = {0};
    if (!session(&p, &s->us, t)) return;
    for (uint64_t i = 0; i < s->attempts && !t->failure[0]; i++) {
        agency_new_stream(&s->us);
        lawful_on(&p, &s->us, t);
        struct evx_chain_link link = {s->us.stream, 2, {{0}}};
        evx_random(link.previous.b, sizeof link.previous.b);
        if (!agency_seal_at(&s->us, &link, &c.body, &c.id)) fail(t, "cannot seal");
        struct answer a = send_one(&p, &c);
        count_refusal(t, &a, EVX_E_CHAIN);
    }
    evx_buf_free(&c.body);
    peer_close(&p);
}

// Two contents at one number freeze the stream; a new stream still works.
void run_equivocation(struct setting *s, struct tally *t)
{
    struct peer p;
    struct sealed c = {0};
    if (!session(&p, &s->us, t)) return;
    for (uint64_t i = 0; i < s->attempts && !t->failure[0]; i++) {
        agency_new_stream(&s->us);
        lawful_on(&p, &s->us, t);
        struct evx_chain_link link = {s->us.stream, 1, {{0}}};
        if (!agency_seal_at(&s->us, &link, &c.body, &c.id)) fail(t, "cannot seal");
        struct answer a = send_one(&p, &c);
        count_refusal(t, &a, EVX_E_EQUIVOCATION);
        if (!agency_seal(&s->us, &c.body, &c.id)) fail(t, "cannot seal");
        a = send_one(&p, &c);
        count_refusal(t, &a, EVX_E_FROZEN);
    }
    evx_buf_free(&c.body);
    peer_close(&p);
}
