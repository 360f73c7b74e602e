// SPDX-License-Identifier: Apache-2.0
//
// Confirmations are owed, queued and marked, with an agent that only writes down.
#include "agents/collector/confirmations.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "agents/collector/confirm.h"
#include "tests/unit/collector/rig.h"

#define MAX_QUEUED 128

struct evx_agent {
    size_t queued;
    struct evx_item_id id[MAX_QUEUED];
    char to[MAX_QUEUED][EVX_ORG_ID_BYTES];
    const char *unreachable;
    enum evx_status answer;
};

const char *evx_agent_organisation(const struct evx_agent *a)
{
    (void)a;
    return RIG_OWN;
}

void evx_queued_free(struct evx_queued *q) { memset(q, 0, sizeof *q); }

enum evx_status evx_agent_queue(struct evx_agent *a, const struct evx_plain_item *item, size_t items,
                                const char *const *to, size_t batch, uint32_t header_flags,
                                struct evx_queued *out)
{
    Evx__V1__Item *m = NULL;
    (void)batch, (void)header_flags, (void)out;
    if (a->answer) return a->answer;
    if (a->unreachable && !strcmp(a->unreachable, to[0])) return EVX_E_RECIPIENT;
    cr_assert_eq(items, 1);
    cr_assert_null(to[1], "one agency alone learns of its statement");
    cr_assert_lt(a->queued, MAX_QUEUED);
    cr_assert_eq(evx_item_unpack(&m, item->content), EVX_OK);
    cr_assert_eq(m->body_case, EVX__V1__ITEM__BODY_CONFIRMATION);
    evx_item_free(m);
    a->id[a->queued] = item->id;
    snprintf(a->to[a->queued++], EVX_ORG_ID_BYTES, "%s", to[0]);
    return EVX_OK;
}

static struct rig r;
static struct evx_agent agent;

static void begin(void)
{
    rig_new(&r);
    agent = (struct evx_agent){.queued = 0};
}

static void end(void) { rig_free(&r); }

static void state(uint64_t index, const char *sender)
{
    struct evx_store_statement s = {
        .ref = {index, 0}, .id = {{(uint8_t)index, 1}}, .first = 1, .root = {{1}}, .owed = true};
    snprintf(s.sender, sizeof s.sender, "%s", sender);
    cr_assert_eq(evx_store_begin(r.store), EVX_OK);
    cr_assert_eq(evx_store_put_statement(r.store, &s), EVX_OK);
    cr_assert_eq(evx_store_commit(r.store), EVX_OK);
}

static struct evx_confirmations load(void)
{
    struct evx_confirmations c;
    cr_assert_eq(evx_confirmations_load(&c, r.store), EVX_OK);
    return c;
}

static enum evx_status queue_all(struct evx_confirmations *c)
{
    enum evx_status s = EVX_OK;
    for (size_t i = 0; i < 10 && c->owed && !s; i++)
        s = evx_confirmations_queue(c, r.store, &agent);
    return s;
}

Test(confirmations, each_goes_to_its_sender_once, .init = begin, .fini = end, .timeout = 60)
{
    struct evx_item_id expected;
    state(3, RIG_POLICE);
    state(8, RIG_SCHOOL);
    struct evx_confirmations c = load();
    cr_assert_eq(c.owed, 2);
    cr_assert_eq(queue_all(&c), EVX_OK);
    cr_assert_eq(agent.queued, 2);
    cr_assert_str_eq(agent.to[0], RIG_POLICE);
    cr_assert_str_eq(agent.to[1], RIG_SCHOOL);
    evx_confirm_id(&expected, RIG_OWN, &(struct evx_item_id){{3, 1}});
    cr_assert_eq(memcmp(agent.id[0].b, expected.b, sizeof expected), 0);
    rig_reopen(&r);
    c = load();
    cr_assert_eq(c.owed, 0, "marked, also for the next process");
    cr_assert_eq(evx_confirmations_queue(&c, r.store, &agent), EVX_OK);
    cr_assert_eq(agent.queued, 2);
}

// A crash between queueing and marking.
Test(confirmations, what_was_queued_but_not_marked_goes_again_under_the_same_id, .init = begin, .fini = end,
     .timeout = 60)
{
    state(3, RIG_POLICE);
    struct evx_confirmations c = load();
    cr_assert_eq(queue_all(&c), EVX_OK);
    state(3, RIG_POLICE);
    c = load();
    cr_assert_eq(queue_all(&c), EVX_OK);
    cr_assert_eq(agent.queued, 2);
    cr_assert_eq(memcmp(agent.id[0].b, agent.id[1].b, sizeof agent.id[0]), 0);
}

Test(confirmations, what_cannot_be_queued_stays_owed, .init = begin, .fini = end, .timeout = 60)
{
    state(3, RIG_POLICE);
    struct evx_confirmations c = load();
    agent.answer = EVX_E_OUTBOX_FULL;
    cr_assert_eq(queue_all(&c), EVX_E_OUTBOX_FULL);
    c = load();
    cr_assert_eq(c.owed, 1);
}

Test(confirmations, one_without_a_key_holds_up_nobody, .init = begin, .fini = end, .timeout = 60)
{
    state(3, RIG_POLICE);
    state(8, RIG_SCHOOL);
    agent.unreachable = RIG_POLICE;
    struct evx_confirmations c = load();
    cr_assert_eq(queue_all(&c), EVX_OK);
    cr_assert_eq(agent.queued, 1);
    cr_assert_eq(c.owed, 0, "it is not tried all the time");
    agent.unreachable = NULL;
    c = load();
    cr_assert_eq(c.owed, 1, "the next process tries again");
    cr_assert_eq(queue_all(&c), EVX_OK);
    cr_assert_str_eq(agent.to[1], RIG_POLICE);
}

Test(confirmations, many_go_in_bounded_portions, .init = begin, .fini = end, .timeout = 60)
{
    for (uint64_t i = 0; i < 70; i++)
        state(i, RIG_POLICE);
    struct evx_confirmations c = load();
    cr_assert_eq(evx_confirmations_queue(&c, r.store, &agent), EVX_OK);
    cr_assert_lt(agent.queued, 70);
    cr_assert_eq(queue_all(&c), EVX_OK);
    cr_assert_eq(agent.queued, 70);
}
