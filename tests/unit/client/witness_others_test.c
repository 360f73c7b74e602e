// SPDX-License-Identifier: Apache-2.0
//
// What an agent keeps of other witnesses: checkpoints with a quorum, proofs under them;
// and that delivery waits for none of it.
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/client/witness_scene.h"

// --- what others cosigned ---

Test(witness_others, keeps_what_a_quorum_cosigned_once_it_is_proved, .init = scene_reset, .timeout = 60)
{
    struct evx_buf newest = {0}, quorate = {0};
    own.no_key = true;
    scene_open(DOUBLE_POLICE);
    scene_sign(&newest, 7, &b.log.root[7]);
    scene_sign(&quorate, 4, &b.log.root[4]);
    scene_add_line(&quorate, HEALTH, b.now / 1000);
    cr_assert_eq(scene_send(&newest, &quorate, NULL, EVX_OK), EVX_OK);
    cr_assert_eq(own.quorates, 0u, "not before the proof");
    cr_assert_eq(scene_answer_proof(true), EVX_OK);
    cr_assert_eq(own.quorates, 1u);
    cr_assert(evx_bytes_equal(evx_buf_bytes(&own.quorate), evx_buf_bytes(&quorate)));
    evx_buf_free(&newest);
    evx_buf_free(&quorate);
    scene_close();
}

Test(witness_others, the_operators_word_or_a_forged_line_is_not_kept, .init = scene_reset, .timeout = 60)
{
    struct evx_buf note = {0};
    own.no_key = true;
    scene_open(DOUBLE_POLICE);
    cr_assert_eq(scene_send_newest(5), EVX_OK);
    cr_assert_eq(own.quorates, 0u);
    b.now += 60000;
    cr_assert_eq(evx_courier_tick(b.courier, b.now), EVX_OK);
    scene_sign(&note, 5, &b.log.root[5]);
    scene_add_line(&note, HEALTH, b.now / 1000);
    note.p[note.n - 10] ^= 1;
    cr_assert_eq(scene_send(&note, NULL, NULL, EVX_OK), EVX_OK);
    cr_assert_eq(own.quorates, 0u);
    evx_buf_free(&note);
    scene_close();
}

Test(witness_others, what_is_kept_is_not_replaced_by_something_older, .init = scene_reset, .timeout = 60)
{
    struct evx_buf newest = {0}, quorate = {0};
    own.no_key = true;
    scene_open(DOUBLE_POLICE);
    scene_sign(&newest, 7, &b.log.root[7]);
    for (uint64_t size = 5; size >= 4; size--) {
        scene_sign(&quorate, size, &b.log.root[size]);
        scene_add_line(&quorate, HEALTH, b.now / 1000);
        cr_assert_eq(scene_send(&newest, &quorate, NULL, EVX_OK), EVX_OK);
        if (double_count(&b, PROOF)) cr_assert_eq(scene_answer_proof(true), EVX_OK);
        cr_assert_eq(own.quorates, 1u, "after %llu", (unsigned long long)size);
        double_forget(&b);
        b.now += 60000;
        cr_assert_eq(evx_courier_tick(b.courier, b.now), EVX_OK);
    }
    evx_buf_free(&newest);
    evx_buf_free(&quorate);
    scene_close();
}

Test(witness_others, a_forked_log_with_a_quorum_is_a_fork, .init = scene_reset, .timeout = 60)
{
    struct evx_buf note = {0};
    scene_open_with_five_signed();
    struct evx_digest wrong = scene_other_root(5);
    scene_sign(&note, 5, &wrong);
    scene_add_line(&note, HEALTH, b.now / 1000);
    cr_assert_eq(scene_send(&note, NULL, NULL, EVX_OK), EVX_E_CONSISTENCY);
    cr_assert_eq(own.quorates, 0u);
    scene_expect_fork(EVX_FORK_PROVED);
    evx_buf_free(&note);
    scene_close();
}

// --- proofs under it ---

static void ask_for_proof(void)
{
    struct evx_buf note = {0};
    own.no_key = true;
    own.unproved = 3;
    scene_open(DOUBLE_POLICE);
    scene_sign(&note, 6, &b.log.root[6]);
    scene_add_line(&note, HEALTH, b.now / 1000);
    cr_assert_eq(scene_send(&note, NULL, NULL, EVX_OK), EVX_OK);
    const struct sent *asked = double_last(&b, EVX__V1__FRAME__BODY_GET_RECEIPT);
    cr_assert_not_null(asked);
    cr_assert_eq(asked->frame->get_receipt->under_size, 6);
    cr_assert_eq(asked->frame->get_receipt->sequence, 3);
    evx_buf_free(&note);
}

static enum evx_status send_proof(uint64_t index, uint64_t size)
{
    struct evx_receipt r = {.consignment = b.id[3], .inspection = evx_fixture_inspection(), .index = index};
    cr_assert_eq(evx_inclusion_proof(&r.path, index, size, scene_read_node, &b.log), EVX_OK);
    scene_sign(&r.checkpoint, size, &b.log.root[size]);
    enum evx_status s = double_send_receipt(&b, &r);
    evx_receipt_free(&r);
    return s;
}

Test(witness_others, a_proof_under_the_quorums_checkpoint_is_kept, .init = scene_reset, .timeout = 60)
{
    struct evx_receipt r;
    struct evx_checkpoint c;
    struct evx_vkey log;
    ask_for_proof();
    cr_assert_eq(send_proof(3, 6), EVX_OK);
    cr_assert_eq(own.proofs, 1u);
    // The file is a tlog-proof that holds, with the witness's line in its checkpoint.
    log = scene_log_key();
    cr_assert_eq(evx_tlog_proof_parse(&r, evx_buf_bytes(&own.proof)), EVX_OK);
    cr_assert_eq(evx_tlog_proof_verify(&r, &log, evx_buf_bytes(&b.log.entry[3]), &c), EVX_OK);
    cr_assert_eq(c.size, 6);
    struct evx_note n;
    cr_assert_eq(evx_note_parse(&n, evx_buf_bytes(&r.checkpoint)), EVX_OK);
    cr_assert_eq(n.signatures, 2);
    evx_receipt_free(&r);
    scene_close();
}

Test(witness_others, a_proof_of_something_else_is_not_kept, .init = scene_reset, .timeout = 60)
{
    ask_for_proof();
    cr_assert_eq(send_proof(2, 6), EVX_OK, "another place");
    cr_assert_eq(own.proofs, 0u);
    cr_assert_eq(evx_courier_fault(b.courier), EVX_E_RECEIPT_MISMATCH);
    scene_close();
    scene_reset();
    ask_for_proof();
    struct evx_receipt r = {.consignment = b.id[3], .inspection = evx_fixture_inspection(), .index = 3};
    cr_assert_eq(evx_inclusion_proof(&r.path, 2, 6, scene_read_node, &b.log), EVX_OK);
    scene_sign(&r.checkpoint, 6, &b.log.root[6]);
    cr_assert_eq(double_send_receipt(&b, &r), EVX_OK, "another path");
    evx_receipt_free(&r);
    cr_assert_eq(own.proofs, 0u);
    cr_assert_eq(evx_courier_fault(b.courier), EVX_E_INCLUSION);
    scene_close();
    scene_reset();
    ask_for_proof();
    cr_assert_eq(send_proof(3, 7), EVX_OK, "under another size: an older question");
    cr_assert_eq(own.proofs, 0u);
    scene_close();
}

Test(witness_others, a_proof_that_nobody_asked_for_is_not_looked_at, .init = scene_reset, .timeout = 60)
{
    struct evx_receipt r = {.inspection = evx_fixture_inspection()}; // its consignment's id is all zero
    own.no_key = true;
    scene_open(DOUBLE_POLICE);
    scene_sign(&r.checkpoint, 6, &b.log.root[6]);
    scene_add_line(&r.checkpoint, HEALTH, b.now / 1000);
    cr_assert_eq(scene_send(&r.checkpoint, NULL, NULL, EVX_OK), EVX_OK);
    cr_assert_eq(own.quorates, 1u);
    cr_assert_eq(double_send_receipt(&b, &r), EVX_OK);
    cr_assert_eq(evx_courier_fault(b.courier), EVX_OK);
    cr_assert_eq(own.proofs, 0u);
    evx_receipt_free(&r);
    scene_close();
}

// --- delivery goes on ---

Test(witness_others, delivery_waits_for_no_witness, .init = scene_reset, .timeout = 60)
{
    own.no_key = true;
    scene_open(DOUBLE_POLICE);
    double_forget(&b);
    double_offer(&b, 1); // the question for the checkpoint is never answered
    cr_assert_eq(evx_courier_tick(b.courier, b.now), EVX_OK);
    cr_assert_eq(double_count(&b, EVX__V1__FRAME__BODY_SUBMIT), 1u);
    scene_close();
}

Test(witness_others, a_line_that_is_not_kept_stops_nothing, .init = scene_reset, .timeout = 60)
{
    struct evx_buf note = {0};
    scene_open(CARE);
    cr_assert_eq(scene_send_newest(5), EVX_OK);
    scene_sign(&note, 5, &b.log.root[5]);
    cr_assert_eq(scene_send(&note, NULL, NULL, EVX_E_COSIGN_LATE), EVX_OK);
    cr_assert_eq(evx_courier_halted(b.courier), EVX_OK);
    double_forget(&b);
    double_offer(&b, 1);
    cr_assert_eq(evx_courier_tick(b.courier, b.now), EVX_OK);
    cr_assert_eq(double_count(&b, EVX__V1__FRAME__BODY_SUBMIT), 1u);
    evx_buf_free(&note);
    scene_close();
}

Test(witness_others, an_answer_about_another_inspection_is_not_taken, .init = scene_reset, .timeout = 60)
{
    scene_open(CARE);
    scene_other_inspection = true;
    cr_assert_eq(scene_send_newest(5), EVX_OK);
    cr_assert_eq(evx_courier_fault(b.courier), EVX_E_PROTOCOL);
    cr_assert_null(scene_line());
    scene_close();
}

Test(witness_others, an_answer_that_nobody_asked_for_is_not_taken, .init = scene_reset, .timeout = 60)
{
    scene_open(CARE);
    cr_assert_eq(scene_send_newest(5), EVX_OK); // the answer to the question; its line is out
    struct evx_buf note = {0};
    scene_sign(&note, 5, &b.log.root[5]);
    scene_add_line(&note, CARE, b.now / 1000);
    cr_assert_eq(scene_send(&note, NULL, NULL, EVX_OK), EVX_OK); // the answer to the line
    cr_assert_eq(evx_courier_fault(b.courier), EVX_OK);
    cr_assert_eq(scene_send_newest(6), EVX_OK);
    cr_assert_eq(evx_courier_fault(b.courier), EVX_E_PROTOCOL);
    evx_buf_free(&note);
    scene_close();
}
