// SPDX-License-Identifier: Apache-2.0
//
// What an agent's own disk holds of witnessing, and what a crash leaves of it: the
// courier of an agent with an outbox, and a broker beside it that may lie.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/client/agent_state.h"
#include "proto/base/file.h"
#include "tests/unit/client/witness_scene.h"

static struct evx_agent agent;
static struct evx_courier_port of_double;
static struct evx_buf seen, quorate, waiting;
static char folder[40], path[64];

static enum evx_status port_send(void *user, struct evx_bytes frame, struct evx_parcel *body)
{
    (void)user;
    return of_double.send(&b, frame, body);
}

// As agent.c opens its courier, but for the socket.
static void from_disk(struct broker_double *d, struct evx_courier_setup *setup)
{
    (void)d;
    of_double = setup->port;
    setup->port = evx_agent_ports(&agent);
    setup->port.send = port_send;
    evx_buf_clear(&seen);
    evx_buf_clear(&quorate);
    evx_buf_clear(&waiting);
    cr_assert_eq(evx_outbox_get(agent.outbox, "checkpoint", &seen), EVX_OK);
    setup->last_seen = evx_buf_bytes(&seen);
    cr_assert_eq(evx_agent_witness_setup(&agent, setup, &quorate, &waiting), EVX_OK);
}

// What was not committed is gone, and the process begins again.
static void crash(void)
{
    if (evx_outbox_in_transaction(agent.outbox)) evx_outbox_rollback(agent.outbox);
    double_adjust = from_disk;
    double_restart(&b, CARE);
    agent.courier = b.courier;
    double_greet(&b, CREDIT, 1);
}

static void begin(void)
{
    scene_reset();
    scene_open(CARE);
    snprintf(folder, sizeof folder, "/tmp/agent-witness-XXXXXX");
    cr_assert(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/outbox.db", folder);
    agent = (struct evx_agent){
        .organisation = (char *)CARE,
        .inspection = evx_fixture_inspection(),
        .state = folder,
        .directories = {.at = {(struct evx_directory *)evx_fixture_directory(b.fixture)}, .n = 1},
        .keys = {.witness = (struct evx_sign_secret *)evx_fixture_sign(b.fixture, CARE, EVX_KEY_WIT),
                 .witness_public = scene_public_of(CARE)}};
    struct evx_outbox_options how = {
        .organisation = CARE, .inspection = agent.inspection, .limit_bytes = 64u << 20};
    cr_assert_eq(evx_outbox_open(&agent.outbox, path, &how), EVX_OK);
    crash();
}

static void end(void)
{
    char command[80];
    scene_close();
    evx_outbox_close(&agent.outbox);
    evx_buf_free(&seen);
    evx_buf_free(&quorate);
    evx_buf_free(&waiting);
    snprintf(command, sizeof command, "rm -r %s", folder);
    cr_assert_eq(system(command), 0);
}

static void ask_again(void)
{
    double_forget(&b);
    b.now += 60000;
    cr_assert_eq(evx_courier_tick(b.courier, b.now), EVX_OK);
}

static enum evx_status send_fork(uint64_t size)
{
    struct evx_buf note = {0};
    struct evx_digest wrong = scene_other_root(size);
    scene_sign(&note, size, &wrong);
    enum evx_status s = scene_send(&note, NULL, NULL, EVX_OK);
    evx_buf_free(&note);
    return s;
}

Test(agent_witness, what_it_signed_is_on_record_after_a_crash, .init = begin, .fini = end, .timeout = 60)
{
    struct evx_buf record = {0};
    struct evx_witness_record r;
    cr_assert_eq(scene_send_newest(5), EVX_OK);
    cr_assert_not_null(scene_line());
    crash();
    cr_assert_eq(evx_outbox_get(agent.outbox, "witness", &record), EVX_OK);
    cr_assert_eq(evx_witness_record_read(&r, evx_buf_bytes(&record)), EVX_OK);
    cr_assert_eq(r.size, 5u);
    cr_assert_eq(memcmp(r.root.b, b.log.root[5].b, 32), 0);
    cr_assert_eq(send_fork(5), EVX_E_CONSISTENCY, "what it was shown is on the disk too");
    cr_assert_null(scene_line());
    evx_buf_free(&record);
}

// The broker has shown 7 and owes the proof that it goes on; a crash does not let it off.
static void expect_the_proof_is_still_owed(void)
{
    crash();
    cr_assert_eq(double_count(&b, PROOF), 1u);
    cr_assert_eq(double_last(&b, PROOF)->frame->get_consistency->to_size, 7u);
    cr_assert_eq(scene_answer_proof(false), EVX_E_CONSISTENCY);
    cr_assert(evx_agent_holds_fork(&agent));
}

Test(agent_witness, what_is_unproved_is_kept_with_the_record, .init = begin, .fini = end, .timeout = 60)
{
    struct evx_buf newest = {0}, candidate = {0};
    cr_assert_eq(scene_send_newest(3), EVX_OK);
    ask_again();
    scene_sign(&newest, 7, &b.log.root[7]);
    scene_sign(&candidate, 5, &b.log.root[5]);
    cr_assert_eq(scene_send(&newest, NULL, &candidate, EVX_OK), EVX_OK);
    for (int i = 0; i < 2 && !scene_line(); i++)
        cr_assert_eq(scene_answer_proof(true), EVX_OK);
    cr_assert_eq(scene_line()->size, 5u);
    evx_buf_free(&newest);
    evx_buf_free(&candidate);
    expect_the_proof_is_still_owed();
}

Test(agent_witness, what_is_unproved_is_kept_with_any_change, .init = begin, .fini = end, .timeout = 60)
{
    cr_assert_eq(scene_send_newest(3), EVX_OK);
    ask_again();
    cr_assert_eq(scene_send_newest(7), EVX_OK);
    cr_assert_eq(evx_agent_change(&agent), EVX_OK); // a receipt, say
    cr_assert_eq(evx_agent_settle(&agent), EVX_OK);
    expect_the_proof_is_still_owed();
}

Test(agent_witness, a_record_of_another_length_is_refused, .init = begin, .fini = end, .timeout = 60)
{
    static const uint8_t bytes[EVX_WITNESS_RECORD_BYTES - 1] = {0};
    struct evx_courier_setup setup = {0};
    cr_assert_eq(evx_outbox_begin(agent.outbox), EVX_OK);
    cr_assert_eq(evx_outbox_put(agent.outbox, "witness", evx_bytes(bytes, sizeof bytes)), EVX_OK);
    cr_assert_eq(evx_outbox_commit(agent.outbox), EVX_OK);
    cr_assert_eq(evx_agent_witness_setup(&agent, &setup, &quorate, &waiting), EVX_E_STORE_DAMAGED);
}

Test(agent_witness, after_a_fork_it_never_signs_again, .init = begin, .fini = end, .timeout = 60)
{
    cr_assert_eq(scene_send_newest(5), EVX_OK);
    ask_again();
    cr_assert_eq(send_fork(5), EVX_E_CONSISTENCY);
    crash();
    cr_assert_eq(scene_send_newest(5), EVX_OK);
    cr_assert_null(scene_line(), "its proof lies beside it");
}

static void read_evidence(struct evx_buf *out, const char *name)
{
    char file[96];
    snprintf(file, sizeof file, "%s/evidence-of-fork/%s", folder, name);
    cr_assert_eq(evx_file_read(out, file, EVX_LIMIT_NOTE_BYTES * 4), EVX_OK, "%s", name);
}

Test(agent_witness, the_first_proof_of_a_fork_stays, .init = begin, .fini = end, .timeout = 60)
{
    static const char *const names[] = {"first.checkpoint", "second.checkpoint", "proof.fork"};
    cr_assert_eq(scene_send_newest(5), EVX_OK);
    ask_again();
    cr_assert_eq(send_fork(5), EVX_E_CONSISTENCY);
    struct evx_buf before[3] = {{0}}, after = {0};
    for (size_t i = 0; i < 3; i++)
        read_evidence(&before[i], names[i]);
    crash();
    cr_assert_eq(scene_send_newest(7), EVX_OK);
    cr_assert_eq(scene_answer_proof(false), EVX_E_CONSISTENCY);
    for (size_t i = 0; i < 3; i++) {
        evx_buf_clear(&after);
        read_evidence(&after, names[i]);
        cr_assert(evx_bytes_equal(evx_buf_bytes(&before[i]), evx_buf_bytes(&after)), "%s", names[i]);
        evx_buf_free(&before[i]);
    }
    evx_buf_free(&after);
}
