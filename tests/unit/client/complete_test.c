// SPDX-License-Identifier: Apache-2.0
//
// What an agent says about its own streams, and what it believes of the answers (P8).
#include "agents/client/complete.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/client/agent_state.h"
#include "agents/client/answers.h"
#include "tests/unit/client/broker_double.h"

static struct broker_double b;
static struct evx_agent agent;
static char folder[32], path[64];

// The fixture's inspection is open at the fixture's own time only; every look is a moment later.
uint64_t __wrap_evx_clock_wall_ms(void);
uint64_t __wrap_evx_clock_wall_ms(void)
{
    static uint64_t now = EVX_FIXTURE_NOW_MS;
    return now += 1000;
}

// --- pure decisions ---

Test(complete, a_heartbeat_is_due_after_its_interval, .timeout = 30)
{
    cr_assert(evx_heartbeat_due(0, 1000, 5), "there never was one");
    cr_assert_not(evx_heartbeat_due(100, 1000, 1099));
    cr_assert(evx_heartbeat_due(100, 1000, 1100));
    cr_assert(evx_heartbeat_due(100, 1000, 99), "the clock was set back");
}

Test(complete, a_confirmation_is_of_what_was_stated_or_it_is_none, .timeout = 30)
{
    struct evx_stated x = {
        .stream = {{1}}, .first = 1, .last = 5, .root = {{2}}, .items = 7, .final = true, .id = {{3}}};
    Evx__V1__CompletenessConfirmation c = EVX__V1__COMPLETENESS_CONFIRMATION__INIT, good;
    struct evx_stated other = {.stream = {{9}}, .root = {{9}}, .id = {{9}}};
    c.statement = (ProtobufCBinaryData){16, x.id.b};
    c.stream = (ProtobufCBinaryData){16, x.stream.b};
    c.root = (ProtobufCBinaryData){32, x.root.b};
    c.first = 1;
    c.last = 5;
    c.items = 7;
    c.final = true;
    good = c;
    cr_assert_eq(evx_confirmation_check(&x, &c), EVX_OK);
    c.statement.data = other.id.b;
    cr_assert_eq(evx_confirmation_check(&x, &c), EVX_E_NOT_CONFIRMED);
    c = good;
    c.stream.data = other.stream.b;
    cr_assert_eq(evx_confirmation_check(&x, &c), EVX_E_NOT_CONFIRMED);
    c = good;
    c.root.data = other.root.b;
    cr_assert_eq(evx_confirmation_check(&x, &c), EVX_E_NOT_CONFIRMED);
    c = good;
    c.first = 2;
    cr_assert_eq(evx_confirmation_check(&x, &c), EVX_E_NOT_CONFIRMED);
    c = good;
    c.last = 4;
    cr_assert_eq(evx_confirmation_check(&x, &c), EVX_E_NOT_CONFIRMED);
    c = good;
    c.items = 8;
    cr_assert_eq(evx_confirmation_check(&x, &c), EVX_E_NOT_CONFIRMED);
    c = good;
    c.final = false;
    cr_assert_eq(evx_confirmation_check(&x, &c), EVX_E_NOT_CONFIRMED);
    c = good;
    c.code = EVX_E_GAP;
    cr_assert_eq(evx_confirmation_check(&x, &c), EVX_E_GAP, "its own word is passed on");
}

Test(complete, a_receipt_without_an_answer_is_named_after_a_while, .timeout = 30)
{
    struct evx_outbox_row r = {.rung = EVX_RUNG_ACCEPTED, .awaits = true, .changed_ms = 100};
    cr_assert_eq(evx_row_answered(&r, 1100, 1000), EVX_OK);
    cr_assert_eq(evx_row_answered(&r, 1101, 1000), EVX_E_UNANSWERED);
    r.awaits = false;
    cr_assert_eq(evx_row_answered(&r, 1101, 1000), EVX_OK, "nobody is to answer it");
    r.awaits = true;
    r.rung = EVX_RUNG_ACKNOWLEDGED;
    cr_assert_eq(evx_row_answered(&r, 1101, 1000), EVX_OK);
    r.rung = EVX_RUNG_SPOOLED;
    cr_assert_eq(evx_row_answered(&r, 1101, 1000), EVX_OK, "it has no receipt yet");
}

// --- an agent with an outbox, without a network ---

static void begin(void)
{
    snprintf(folder, sizeof folder, "/tmp/complete-XXXXXX");
    cr_assert(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/outbox.db", folder);
    double_open(&b, DOUBLE_POLICE);
    agent = (struct evx_agent){
        .organisation = (char *)DOUBLE_POLICE,
        .inspection = evx_fixture_inspection(),
        .directories = {.at = {(struct evx_directory *)evx_fixture_directory(b.fixture)}, .n = 1},
        .courier = b.courier};
    memcpy(agent.keys.sign_public.b, evx_fixture_key(b.fixture, DOUBLE_POLICE, EVX_KEY_SIG)->public_key, 32);
    struct evx_outbox_options how = {
        .organisation = DOUBLE_POLICE, .inspection = agent.inspection, .limit_bytes = 64u << 20};
    cr_assert_eq(evx_outbox_open(&agent.outbox, path, &how), EVX_OK);
}

static void end(void)
{
    char command[80];
    evx_outbox_close(&agent.outbox);
    double_close(&b);
    snprintf(command, sizeof command, "rm -r %s", folder);
    cr_assert_eq(system(command), 0);
}

static struct evx_stream_id stream_of(uint8_t n) { return (struct evx_stream_id){{n}}; }

static void begin_stream(uint8_t n)
{
    struct evx_stream_id id = stream_of(n);
    cr_assert_eq(evx_outbox_begin(agent.outbox), EVX_OK);
    cr_assert_eq(evx_outbox_stream_begin(agent.outbox, &id, NULL), EVX_OK);
    cr_assert_eq(evx_outbox_commit(agent.outbox), EVX_OK);
}

// The next consignment of the current stream.
static struct evx_digest add(uint64_t sequence)
{
    struct evx_buf whole = {0};
    struct evx_digest id;
    struct evx_outbox_stream s;
    struct evx_item_id items[2] = {{{1}}, {{2}}};
    uint64_t number;
    cr_assert_eq(evx_outbox_stream(agent.outbox, &s), EVX_OK);
    struct evx_chain_link link = {.stream = s.id, .sequence = sequence, .previous = s.last};
    cr_assert_eq(evx_fixture_consignment(&whole, &id, b.fixture, DOUBLE_POLICE, &link, 2, 300), EVX_OK);
    struct evx_outbox_new row = {.id = id,
                                 .sequence = sequence,
                                 .whole = evx_buf_bytes(&whole),
                                 .item_id = items,
                                 .items = 2,
                                 .signer = agent.keys.sign_public,
                                 .awaits = true};
    cr_assert_eq(evx_outbox_begin(agent.outbox), EVX_OK);
    cr_assert_eq(evx_outbox_add(agent.outbox, &row, &number), EVX_OK);
    cr_assert_eq(evx_outbox_commit(agent.outbox), EVX_OK);
    evx_buf_free(&whole);
    return id;
}

struct summing {
    struct evx_digest id[8];
    bool accepted[8];
    size_t n, stop_at;
};

static enum evx_status take(void *user, const struct evx_outbox_sum_row *row)
{
    struct summing *s = user;
    if (s->stop_at && s->n == s->stop_at) return EVX_E_NOT_FOUND;
    s->id[s->n] = row->id;
    s->accepted[s->n++] = row->accepted;
    return EVX_OK;
}

Test(complete, a_stream_is_summed_in_the_order_of_its_numbers, .init = begin, .fini = end, .timeout = 60)
{
    struct summing s = {.n = 0};
    struct evx_outbox_stream first, second, none;
    begin_stream(1);
    struct evx_digest one = add(1), two = add(2);
    begin_stream(2);
    struct evx_digest other = add(1);
    cr_assert_eq(evx_outbox_stream_after(agent.outbox, 0, &first), EVX_OK);
    cr_assert_eq(evx_outbox_stream_after(agent.outbox, first.number, &second), EVX_OK);
    cr_assert_eq(evx_outbox_stream_after(agent.outbox, second.number, &none), EVX_E_NOT_FOUND);
    cr_assert_eq(evx_outbox_sum(agent.outbox, first.number, take, &s), EVX_OK);
    cr_assert_eq(s.n, 2u);
    cr_assert(!memcmp(s.id[0].b, one.b, 32) && !memcmp(s.id[1].b, two.b, 32));
    cr_assert_not(s.accepted[0]);
    s.n = 0;
    cr_assert_eq(evx_outbox_sum(agent.outbox, second.number, take, &s), EVX_OK);
    cr_assert_eq(s.n, 1u);
    cr_assert_eq(memcmp(s.id[0].b, other.b, 32), 0);
    s = (struct summing){.stop_at = 1};
    cr_assert_eq(evx_outbox_sum(agent.outbox, first.number, take, &s), EVX_OK, "ended by the visitor");
    cr_assert_eq(s.n, 1u);
}

// A sealer makes the agent able to queue.
static void able_to_send(void)
{
    cr_assert_eq(evx_sealer_new(&agent.sealer, evx_fixture_sign(b.fixture, DOUBLE_POLICE, EVX_KEY_SIG),
                                &agent.keys.sign_public),
                 EVX_OK);
}

static void unable_to_send(void)
{
    evx_agent_feed_free(&agent);
    evx_sealer_destroy(&agent.sealer);
}

struct stated {
    struct evx_stated at[8];
    size_t n;
};

static enum evx_status keep(void *user, const struct evx_stated *x)
{
    struct stated *s = user;
    cr_assert(s->n < 8);
    s->at[s->n++] = *x;
    return EVX_OK;
}

static struct evx_digest root_of(const struct evx_digest *id, size_t n)
{
    struct evx_frontier f = {0};
    struct evx_digest leaf, root;
    for (size_t i = 0; i < n; i++) {
        evx_log_leaf(&leaf, evx_bytes(id[i].b, 32));
        evx_frontier_append(&f, &leaf, NULL, NULL);
    }
    evx_frontier_root(&root, &f);
    return root;
}

Test(complete, states_every_stream_the_older_ones_as_far_as_receipts_go, .init = begin, .fini = end,
     .timeout = 60)
{
    struct stated s = {.n = 0}, again = {.n = 0}, kept = {.n = 0};
    able_to_send();
    begin_stream(1);
    add(1);
    begin_stream(2);
    struct evx_digest ids[2] = {add(1), add(2)}, root = root_of(ids, 2);
    cr_assert_eq(evx_agent_state_completeness(&agent, false, keep, &s), EVX_OK);
    cr_assert_eq(s.n, 1u, "of the first stream nothing has a receipt");
    cr_assert_eq(s.at[0].first, 1u);
    cr_assert_eq(s.at[0].last, 2u);
    cr_assert_eq(s.at[0].items, 4u);
    cr_assert_eq(memcmp(s.at[0].root.b, root.b, 32), 0);
    cr_assert_eq(evx_agent_statements(&agent, keep, &kept), EVX_OK);
    cr_assert_eq(kept.n, 1u);
    cr_assert_eq(memcmp(kept.at[0].id.b, s.at[0].id.b, 16), 0);
    cr_assert_eq(evx_agent_state_completeness(&agent, true, keep, &again), EVX_OK);
    cr_assert_eq(again.at[0].last, 3u, "the statement itself is sent too");
    uint64_t final_ms = 0;
    bool queued = true;
    cr_assert_eq(evx_agent_final(&agent, &final_ms), EVX_OK);
    cr_assert(final_ms > 0);
    cr_assert_eq(evx_agent_heartbeat(&agent, 1000, &queued), EVX_OK);
    cr_assert_not(queued, "after the end nobody has to speak");
    cr_assert_eq(evx_agent_reopen(&agent), EVX_OK);
    cr_assert_eq(evx_agent_final(&agent, &final_ms), EVX_OK);
    cr_assert_eq(final_ms, 0u);
    cr_assert_eq(evx_agent_heartbeat(&agent, 1000, &queued), EVX_OK);
    cr_assert(queued);
    cr_assert_eq(evx_agent_heartbeat(&agent, 3600000, &queued), EVX_OK);
    cr_assert_not(queued, "not twice in an hour");
    unable_to_send();
}

Test(complete, a_reader_states_nothing, .init = begin, .fini = end, .timeout = 60)
{
    bool queued;
    able_to_send();
    begin_stream(1);
    add(1);
    agent.read_only = true;
    cr_assert_eq(evx_agent_state_completeness(&agent, false, NULL, NULL), EVX_E_NOT_ALLOWED);
    cr_assert_eq(evx_agent_heartbeat(&agent, 1000, &queued), EVX_E_NOT_ALLOWED);
    agent.read_only = false;
    cr_assert_eq(evx_agent_state_completeness(&agent, false, NULL, NULL), EVX_OK, "only that forbade it");
    cr_assert_eq(evx_agent_heartbeat(&agent, 1000, &queued), EVX_OK);
    unable_to_send();
}

static void put_record(const char *name, size_t bytes)
{
    static const uint8_t some[200] = {1};
    cr_assert_eq(evx_outbox_begin(agent.outbox), EVX_OK);
    cr_assert_eq(evx_outbox_put(agent.outbox, name, evx_bytes(some, bytes)), EVX_OK);
    cr_assert_eq(evx_outbox_commit(agent.outbox), EVX_OK);
}

Test(complete, records_have_their_length, .init = begin, .fini = end, .timeout = 60)
{
    struct stated s = {.n = 0};
    bool queued;
    able_to_send();
    put_record("heartbeat", 7);
    cr_assert_eq(evx_agent_heartbeat(&agent, 1000, &queued), EVX_E_STORE_DAMAGED);
    cr_assert_not(queued);
    put_record("heartbeat", 8);
    cr_assert_eq(evx_agent_heartbeat(&agent, 1000, &queued), EVX_OK);
    put_record("statement/01010101010101010101010101010101", 112);
    cr_assert_eq(evx_agent_statements(&agent, keep, &s), EVX_E_STORE_DAMAGED);
    cr_assert_eq(s.n, 0u);
    unable_to_send();
}

Test(complete, answers_are_counted_by_request, .init = begin, .fini = end, .timeout = 60)
{
    struct evx_answer a;
    struct evx_item_id request = {{1}}, other = {{2}};
    cr_assert_eq(evx_agent_note_answer(&agent, &request, 3), EVX_OK);
    cr_assert_eq(evx_agent_note_answer(&agent, &request, 1), EVX_OK);
    cr_assert_eq(evx_agent_answer(&agent, &request, &a), EVX_OK);
    cr_assert_eq(a.items, 4u);
    cr_assert_eq(evx_agent_answer(&agent, &other, &a), EVX_OK);
    cr_assert_eq(a.items, 0u);
}
