// SPDX-License-Identifier: Apache-2.0
//
// Checkpoints that were seen and are not yet proved to go on from the last one: what
// rests on them, what a crash leaves of them, and what a clock that is set back does.
#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/client/broker_double.h"

#define CREDIT        (4u << 20)
#define DOUBLE_BROKER "exchange-broker"
#define CONSISTENCY   EVX__V1__FRAME__BODY_GET_CONSISTENCY
#define SUBMIT        EVX__V1__FRAME__BODY_SUBMIT

static struct broker_double b;
static struct evx_buf waiting, last;
static struct evx_courier_setup made;

// What an agent gives a new courier of what it had made durable.
static void give_back(struct broker_double *d, struct evx_courier_setup *setup)
{
    (void)d;
    setup->waiting = evx_buf_bytes(&waiting);
    setup->last_seen = evx_buf_bytes(&last);
    made = *setup;
}

static void open_with(size_t consignments)
{
    double_open(&b, DOUBLE_POLICE);
    double_greet(&b, CREDIT, 1);
    for (size_t i = 0; i < consignments; i++)
        double_offer(&b, 1);
    cr_assert_eq(evx_courier_tick(b.courier, b.now), EVX_OK);
}

// The receipt of `sequence` at `index` of a log of that many entries.
static enum evx_status receipt(uint64_t sequence, uint64_t index, uint64_t size)
{
    struct evx_receipt r;
    double_receipt(&r, &b, sequence, index, size);
    enum evx_status s = double_send_receipt(&b, &r);
    evx_receipt_free(&r);
    return s;
}

static void keep_waiting(void)
{
    bool changed = false;
    evx_buf_free(&waiting);
    cr_assert_eq(evx_courier_waiting(b.courier, &waiting, &changed), EVX_OK);
    cr_assert(changed);
}

Test(unproved, a_receipt_that_contradicts_is_not_believed, .timeout = 60)
{
    open_with(2);
    double_log_sequence(&b, 1);
    cr_assert_eq(receipt(1, 0, 1), EVX_OK);
    cr_assert_eq(b.accepted, 1u);
    double_rewrite(&b);
    double_log_sequence(&b, 2);
    cr_assert_eq(receipt(2, 0, 1), EVX_E_CONSISTENCY);
    cr_assert_eq(b.accepted, 1u, "two contents at one place cannot both be accepted");
    double_close(&b);
}

Test(unproved, two_that_wait_and_contradict_each_other_are_a_fork, .timeout = 60)
{
    open_with(3);
    double_log_sequence(&b, 1);
    double_log_sequence(&b, 2);
    cr_assert_eq(receipt(1, 0, 1), EVX_OK);
    cr_assert_eq(receipt(2, 1, 2), EVX_OK);
    double_rewrite(&b);
    double_log_sequence(&b, 1);
    double_log_sequence(&b, 3);
    cr_assert_eq(receipt(3, 1, 2), EVX_E_CONSISTENCY);
    cr_assert_eq(b.accepted, 2u);
    cr_assert_eq(b.forked, 1u);
    double_close(&b);
}

Test(unproved, says_once_what_waits_to_be_proved, .timeout = 60)
{
    bool changed = true;
    open_with(2);
    double_log_sequence(&b, 1);
    double_log_sequence(&b, 2);
    cr_assert_eq(receipt(1, 0, 1), EVX_OK);
    cr_assert_eq(receipt(2, 1, 2), EVX_OK);
    keep_waiting();
    cr_assert_gt(waiting.n, 4u);
    cr_assert_eq(evx_get_be32(waiting.p), waiting.n - 4, "one note");
    cr_assert_eq(evx_courier_waiting(b.courier, &waiting, &changed), EVX_OK);
    cr_assert_not(changed);
    cr_assert_eq(double_send_consistency(&b, 1, 2), EVX_OK);
    keep_waiting();
    cr_assert_eq(waiting.n, 0u, "proved");
    evx_buf_free(&waiting);
    double_close(&b);
}

Test(unproved, is_said_again_after_everything_was_undone, .timeout = 60)
{
    bool changed = false;
    open_with(2);
    double_log_sequence(&b, 1);
    double_log_sequence(&b, 2);
    cr_assert_eq(receipt(1, 0, 1), EVX_OK);
    cr_assert_eq(receipt(2, 1, 2), EVX_OK);
    keep_waiting();
    evx_courier_forget(b.courier);
    evx_buf_clear(&waiting);
    cr_assert_eq(evx_courier_waiting(b.courier, &waiting, &changed), EVX_OK);
    cr_assert(changed);
    evx_buf_free(&waiting);
    double_close(&b);
}

static void restart(void)
{
    double_adjust = give_back;
    double_restart(&b, DOUBLE_POLICE);
    double_adjust = NULL;
    double_greet(&b, CREDIT, 1);
}

static void open_with_one_waiting(void)
{
    open_with(2);
    double_log_sequence(&b, 1);
    double_log_sequence(&b, 2);
    cr_assert_eq(receipt(1, 0, 1), EVX_OK);
    cr_assert_eq(receipt(2, 1, 2), EVX_OK);
    keep_waiting();
    evx_buf_clear(&last);
    double_checkpoint(&last, &b, 1, DOUBLE_BROKER);
}

static void close_all(void)
{
    evx_buf_free(&waiting);
    evx_buf_free(&last);
    double_close(&b);
}

// The process ends before the broker has given its proof; the next one asks for it.
Test(unproved, outlives_the_process, .timeout = 60)
{
    open_with_one_waiting();
    restart();
    cr_assert_eq(double_count(&b, CONSISTENCY), 1u);
    double_rewrite(&b); // and it turns out to have been another log
    double_log_sequence(&b, 2);
    double_log_sequence(&b, 1);
    cr_assert_eq(double_send_consistency(&b, 1, 2), EVX_E_CONSISTENCY);
    cr_assert_eq(b.forked, 1u);
    close_all();
}

Test(unproved, a_damaged_list_is_refused, .timeout = 60)
{
    struct evx_courier *c = NULL;
    open_with_one_waiting();
    restart();
    made.waiting = evx_bytes(waiting.p, waiting.n - 1);
    cr_assert_eq(evx_courier_new(&c, &made), EVX_E_STORE_DAMAGED);
    made.waiting = evx_bytes(waiting.p, 3);
    cr_assert_eq(evx_courier_new(&c, &made), EVX_E_STORE_DAMAGED);
    waiting.p[waiting.n - 10] ^= 1; // inside its signature
    made.waiting = evx_buf_bytes(&waiting);
    cr_assert_neq(evx_courier_new(&c, &made), EVX_OK);
    close_all();
}

static void append_note(uint64_t size)
{
    const struct evx_dir_key *key = evx_fixture_key(b.fixture, DOUBLE_BROKER, EVX_KEY_LOG);
    struct evx_inspection_id id = evx_fixture_inspection();
    struct evx_checkpoint c = {.size = size};
    struct evx_sign_public public_key;
    struct evx_buf note = {0};
    uint8_t be[4];
    const struct evx_dir_inspection *i = evx_directory_inspection(evx_fixture_directory(b.fixture), &id);
    memcpy(c.origin, i->origin, sizeof c.origin);
    memcpy(public_key.b, key->public_key, sizeof public_key.b);
    cr_assert_eq(
        evx_checkpoint_sign(&note, &c, evx_fixture_sign(b.fixture, DOUBLE_BROKER, EVX_KEY_LOG), &public_key),
        EVX_OK);
    evx_put_be32(be, (uint32_t)note.n);
    cr_assert_eq(evx_buf_append(&waiting, be, sizeof be), EVX_OK);
    cr_assert_eq(evx_buf_append(&waiting, note.p, note.n), EVX_OK);
    evx_buf_free(&note);
}

// What cannot be noted is not believed either: it is receipted again later.
Test(unproved, a_full_list_takes_no_further_receipt, .timeout = 60)
{
    open_with_one_waiting();
    evx_buf_clear(&waiting);
    for (uint64_t i = 0; i < 256; i++)
        append_note(100 + i);
    restart();
    double_offer(&b, 1);
    cr_assert_eq(evx_courier_tick(b.courier, b.now), EVX_OK);
    double_log_sequence(&b, 3);
    unsigned before = b.accepted;
    cr_assert_eq(receipt(3, 2, 3), EVX_OK);
    cr_assert_eq(b.accepted, before);
    cr_assert_eq(evx_courier_fault(b.courier), EVX_OK, "nobody lied");
    close_all();
}

Test(unproved, a_list_that_is_too_long_is_refused, .timeout = 60)
{
    struct evx_courier *c = NULL;
    open_with_one_waiting();
    restart();
    evx_buf_clear(&waiting);
    for (uint64_t i = 0; i < 257; i++)
        append_note(100 + i);
    made.waiting = evx_buf_bytes(&waiting);
    cr_assert_eq(evx_courier_new(&c, &made), EVX_E_STORE_DAMAGED);
    close_all();
}

// --- answers to another question ---

Test(unproved, a_proof_of_other_sizes_proves_nothing, .timeout = 60)
{
    open_with(3);
    for (uint64_t i = 1; i <= 3; i++)
        double_log_sequence(&b, i);
    cr_assert_eq(receipt(1, 0, 1), EVX_OK);
    cr_assert_eq(receipt(3, 2, 3), EVX_OK);
    cr_assert_eq(double_send_consistency(&b, 2, 3), EVX_OK, "a late one");
    cr_assert_eq(double_send_consistency(&b, 1, 2), EVX_OK);
    cr_assert_eq(b.forked, 0u);
    cr_assert_eq(b.seen_size, 1u);
    cr_assert_eq(double_send_consistency(&b, 1, 3), EVX_OK);
    cr_assert_eq(b.seen_size, 3u);
    double_close(&b);
}

Test(unproved, another_inspections_answer_is_no_fork, .timeout = 60)
{
    struct evx_inspection_id id = evx_fixture_inspection();
    uint8_t hash[32] = {7};
    ProtobufCBinaryData path = {sizeof hash, hash};
    Evx__V1__Consistency m = EVX__V1__CONSISTENCY__INIT;
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    open_with_one_waiting();
    id.b[0] ^= 1;
    m.inspection = (ProtobufCBinaryData){sizeof id.b, id.b};
    m.from_size = DOUBLE_FIRST + 1, m.to_size = DOUBLE_FIRST + 2;
    m.n_path = 1, m.path = &path;
    f.body_case = EVX__V1__FRAME__BODY_CONSISTENCY;
    f.consistency = &m;
    cr_assert_eq(double_send(&b, &f, evx_bytes(NULL, 0)), EVX_OK);
    cr_assert_eq(b.forked, 0u);
    cr_assert_neq(evx_courier_fault(b.courier), EVX_OK);
    close_all();
}

// --- a clock that is set back ---

Test(unproved, a_clock_set_back_holds_nothing_up, .timeout = 60)
{
    open_with(1);
    cr_assert_eq(double_refuse(&b, 1, EVX_E_BUSY, 0), EVX_OK);
    double_forget(&b);
    b.now -= 3600000;
    cr_assert_eq(evx_courier_tick(b.courier, b.now), EVX_OK);
    b.now += 60000;
    cr_assert_eq(evx_courier_tick(b.courier, b.now), EVX_OK);
    cr_assert_eq(double_count(&b, SUBMIT), 1u, "a minute is longer than any pause");
    double_close(&b);
}

// What was asked before is asked again when its time is over by the new clock.
Test(unproved, a_clock_set_back_lets_no_question_go_unanswered, .timeout = 60)
{
    open_with_one_waiting();
    double_forget(&b);
    b.now -= 3600000;
    cr_assert_eq(evx_courier_tick(b.courier, b.now), EVX_OK);
    cr_assert_eq(double_count(&b, CONSISTENCY), 0u, "there is time left");
    b.now += 11000;
    cr_assert_eq(evx_courier_tick(b.courier, b.now), EVX_OK);
    cr_assert_eq(double_count(&b, CONSISTENCY), 1u);
    b.now += 30000;
    cr_assert_eq(evx_courier_tick(b.courier, b.now), EVX_OK);
    cr_assert_eq(double_count(&b, EVX__V1__FRAME__BODY_FETCH), 1u);
    close_all();
}
