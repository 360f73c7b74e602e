// SPDX-License-Identifier: Apache-2.0
#include <stdarg.h>
#include <stdio.h>

#include "tests/system/hostile/classes.h"

void fail(struct tally *t, const char *format, ...)
{
    if (t->failure[0]) return;
    va_list ap;
    va_start(ap, format);
    vsnprintf(t->failure, sizeof t->failure, format, ap);
    va_end(ap);
}

void count_refusal(struct tally *t, const struct answer *a, uint32_t want)
{
    t->attempts++;
    if (a->receipt) {
        t->accepted++;
        fail(t, "attempt %llu was accepted", (unsigned long long)t->attempts);
    } else if (!a->any) {
        t->silent++;
    } else {
        t->refused++;
        t->code[a->code < 10000 ? a->code : 0]++;
    }
    if (want && a->any && a->code != want) fail(t, "refused with %u, not %u", a->code, want);
    if (want && !a->any) fail(t, "not answered; %u was expected", want);
}

bool session(struct peer *p, const struct agency *a, struct tally *t)
{
    if (peer_open(p, &a->door) && peer_greet(p, WAIT_MS)) return true;
    fail(t, "the broker does not greet an enrolled agency");
    peer_close(p);
    return false;
}

void lawful_on(struct peer *p, struct agency *a, struct tally *t)
{
    struct evx_buf body = {0};
    struct evx_digest id;
    if (!agency_seal(a, &body, &id) || !submit(p, &id, evx_buf_bytes(&body))) {
        fail(t, "a lawful consignment could not be sent");
    } else {
        struct answer got = take_answer(p, WAIT_MS);
        t->lawful += got.receipt;
        if (!got.receipt) fail(t, "a lawful consignment was not accepted: %u", got.code);
    }
    evx_buf_free(&body);
}

void lawful(struct setting *s, struct tally *t)
{
    struct peer p;
    if (!session(&p, &s->us, t)) return;
    agency_new_stream(&s->us);
    lawful_on(&p, &s->us, t);
    peer_close(&p);
}

void run_lawful(struct setting *s, struct tally *t)
{
    lawful(s, t);
    t->attempts = 1;
}
