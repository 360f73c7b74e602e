// SPDX-License-Identifier: Apache-2.0
//
// An agent as a witness, against a broker that may lie: what it signs, when, what it
// refuses, and what is left on record when it is cut off in between.
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/client/witness_scene.h"

// --- what it signs ---

Test(witness_agent, cosigns_the_first_checkpoint_it_sees, .init = scene_reset, .timeout = 60)
{
    scene_open(CARE);
    cr_assert_eq(scene_send_newest(5), EVX_OK);
    const Evx__V1__Cosign *m = scene_line();
    cr_assert_not_null(m);
    cr_assert_eq(m->size, 5);
    cr_assert_eq(own.records, 1u);
    cr_assert_eq(own.record.size, 5);
    cr_assert_eq(own.cosigned_before, 0u, "on record before it left");
    // The line is a cosignature of that very checkpoint under its own key and name.
    struct evx_buf note = {0};
    struct evx_note n;
    struct evx_vkey key;
    uint64_t time = 0;
    scene_sign(&note, 5, &b.log.root[5]);
    cr_assert_eq(evx_buf_append(&note, m->line.data, m->line.len), EVX_OK);
    cr_assert_eq(evx_note_parse(&n, evx_buf_bytes(&note)), EVX_OK);
    struct evx_sign_public own_key = scene_public_of(CARE);
    cr_assert_eq(evx_vkey_make(&key, CARE, EVX_NOTE_COSIGNATURE, &own_key), EVX_OK);
    cr_assert(evx_note_verified_by(&n, &key, &time));
    cr_assert_eq(time, b.now / 1000);
    evx_buf_free(&note);
    scene_close();
}

Test(witness_agent, signs_only_what_is_proved_to_go_on, .init = scene_reset, .timeout = 60)
{
    scene_open(CARE);
    cr_assert_eq(scene_send_newest(3), EVX_OK);
    double_forget(&b);
    b.now += 60000;
    cr_assert_eq(evx_courier_tick(b.courier, b.now), EVX_OK);
    cr_assert_eq(double_count(&b, ASKED), 1u);
    cr_assert_eq(scene_send_newest(6), EVX_OK);
    cr_assert_null(scene_line(), "not before the proof");
    cr_assert_eq(own.records, 1u);
    cr_assert_eq(scene_answer_proof(true), EVX_OK);
    cr_assert_not_null(scene_line());
    cr_assert_eq(scene_line()->size, 6);
    cr_assert_eq(own.record.size, 6);
    scene_close();
}

Test(witness_agent, signs_the_candidate_not_the_newest, .init = scene_reset, .timeout = 60)
{
    struct evx_buf newest = {0}, candidate = {0};
    scene_open(CARE);
    scene_sign(&newest, 7, &b.log.root[7]);
    scene_sign(&candidate, 4, &b.log.root[4]);
    cr_assert_eq(scene_send(&newest, NULL, &candidate, EVX_OK), EVX_OK);
    cr_assert_null(scene_line());
    cr_assert_eq(scene_answer_proof(true), EVX_OK);
    cr_assert_eq(scene_line()->size, 4);
    evx_buf_free(&newest);
    evx_buf_free(&candidate);
    scene_close();
}

// --- what it refuses ---

Test(witness_agent, a_fork_at_one_size_is_kept_and_nothing_signed, .init = scene_reset, .timeout = 60)
{
    struct evx_buf note = {0};
    scene_open_with_five_signed();
    struct evx_digest wrong = scene_other_root(5);
    scene_sign(&note, 5, &wrong);
    cr_assert_eq(scene_send(&note, NULL, NULL, EVX_OK), EVX_E_CONSISTENCY);
    scene_expect_fork(EVX_FORK_PROVED);
    cr_assert_null(scene_line());
    cr_assert_eq(own.records, 1u);
    // Even if a person tries again, and the log is honest again.
    evx_courier_retry(b.courier);
    b.now += 60000;
    cr_assert_eq(evx_courier_tick(b.courier, b.now), EVX_OK);
    cr_assert_null(scene_line());
    evx_buf_free(&note);
    scene_close();
}

Test(witness_agent, a_tree_that_does_not_go_on_is_kept_with_the_logs_answer, .init = scene_reset,
     .timeout = 60)
{
    struct evx_buf note = {0};
    scene_open(CARE);
    struct evx_digest wrong = scene_other_root(3);
    scene_sign(&note, 3, &wrong); // what it was shown first
    cr_assert_eq(scene_send(&note, NULL, NULL, EVX_OK), EVX_OK);
    double_forget(&b);
    b.now += 60000;
    cr_assert_eq(evx_courier_tick(b.courier, b.now), EVX_OK);
    cr_assert_eq(scene_send_newest(7), EVX_OK);
    cr_assert_eq(scene_answer_proof(true), EVX_E_CONSISTENCY);
    scene_expect_fork(EVX_FORK_PROVED);
    cr_assert_null(scene_line());
    evx_buf_free(&note);
    scene_close();
}

Test(witness_agent, a_false_answer_is_kept_as_a_question, .init = scene_reset, .timeout = 60)
{
    scene_open(CARE);
    cr_assert_eq(scene_send_newest(3), EVX_OK);
    double_forget(&b);
    b.now += 60000;
    cr_assert_eq(evx_courier_tick(b.courier, b.now), EVX_OK);
    cr_assert_eq(scene_send_newest(7), EVX_OK);
    cr_assert_eq(scene_answer_proof(false), EVX_E_CONSISTENCY);
    scene_expect_fork(EVX_FORK_UNPROVED);
    cr_assert_null(scene_line());
    scene_close();
}

Test(witness_agent, a_smaller_tree_than_its_last_is_not_signed, .init = scene_reset, .timeout = 60)
{
    struct evx_buf candidate = {0}, newest = {0};
    scene_open(CARE);
    cr_assert_eq(scene_send_newest(6), EVX_OK);
    double_forget(&b);
    b.now += 60000;
    cr_assert_eq(evx_courier_tick(b.courier, b.now), EVX_OK);
    scene_sign(&newest, 6, &b.log.root[6]);
    scene_sign(&candidate, 4, &b.log.root[4]);
    cr_assert_eq(scene_send(&newest, NULL, &candidate, EVX_OK), EVX_OK);
    cr_assert_eq(scene_answer_proof(true), EVX_OK, "it is a prefix, and yet");
    cr_assert_null(scene_line());
    cr_assert_eq(own.record.size, 6);
    cr_assert_eq(evx_courier_halted(b.courier), EVX_OK);
    evx_buf_free(&newest);
    evx_buf_free(&candidate);
    scene_close();
}

Test(witness_agent, it_does_not_sign_again_what_bears_its_line, .init = scene_reset, .timeout = 60)
{
    struct evx_buf note = {0};
    scene_open(CARE);
    scene_sign(&note, 5, &b.log.root[5]);
    scene_add_line(&note, CARE, b.now / 1000);
    cr_assert_eq(scene_send(&note, NULL, NULL, EVX_OK), EVX_OK);
    cr_assert_null(scene_line());
    cr_assert_eq(own.records, 0u);
    evx_buf_free(&note);
    scene_close();
}

Test(witness_agent, a_lost_line_is_made_again_for_the_same_tree, .init = scene_reset, .timeout = 60)
{
    scene_open_with_five_signed();
    cr_assert_eq(scene_send_newest(5), EVX_OK);
    cr_assert_not_null(scene_line());
    cr_assert_eq(own.record.size, 5);
    scene_close();
}

Test(witness_agent, a_clock_far_back_signs_nothing, .init = scene_reset, .timeout = 60)
{
    scene_open(CARE);
    cr_assert_eq(scene_send_newest(5), EVX_OK);
    double_forget(&b);
    evx_courier_disconnected(b.courier, b.now);
    b.now -= (CLOCK_MAX + 1) * 1000;
    cr_assert_eq(evx_courier_connected(b.courier, b.now), EVX_OK);
    double_greet(&b, CREDIT, 1);
    cr_assert_eq(scene_send_newest(5), EVX_OK);
    cr_assert_null(scene_line());
    scene_close();
}

// --- who may ---

Test(witness_agent, without_the_right_it_signs_nothing, .init = scene_reset, .timeout = 60)
{
    scene_open(DOUBLE_POLICE); // with care's key, but police may only send
    cr_assert_eq(scene_send_newest(5), EVX_OK);
    cr_assert_null(scene_line());
    cr_assert_eq(own.records, 0u);
    scene_close();
}

Test(witness_agent, what_the_directory_took_away_it_does_not_use, .init = scene_reset, .timeout = 60)
{
    static const char *const changes[][2] = {
        {"org inspectorate-care inspectorate active", "org inspectorate-care inspectorate suspended"},
        {" inspectorate-care send,receive,witness\n", " inspectorate-care send,receive\n"},
    };
    for (size_t i = 0; i < 2; i++) {
        scene_reset();
        own.replace = changes[i][0], own.with = changes[i][1];
        scene_open(CARE);
        cr_assert_eq(scene_send_newest(5), EVX_OK);
        cr_assert_null(scene_line(), "change %zu", i);
        cr_assert_eq(own.records, 0u);
        scene_close();
    }
}

Test(witness_agent, with_another_key_than_the_directorys_it_signs_nothing, .init = scene_reset, .timeout = 60)
{
    scene_open(HEALTH); // care's key in health's hands
    cr_assert_eq(scene_send_newest(5), EVX_OK);
    cr_assert_null(scene_line());
    scene_close();
}

Test(witness_agent, after_its_keys_time_it_signs_nothing, .init = scene_reset, .timeout = 60)
{
    scene_open(CARE);
    b.now = (uint64_t)evx_fixture_key(b.fixture, CARE, EVX_KEY_WIT)->until_ms;
    cr_assert_eq(scene_send_newest(5), EVX_OK);
    cr_assert_null(scene_line());
    scene_close();
}

Test(witness_agent, without_a_key_it_only_looks, .init = scene_reset, .timeout = 60)
{
    own.no_key = true;
    scene_open(CARE);
    cr_assert_eq(double_count(&b, ASKED), 1u);
    cr_assert_eq(scene_send_newest(5), EVX_OK);
    cr_assert_null(scene_line());
    cr_assert(evx_courier_cosigned(b.courier));
    scene_close();
}

Test(witness_agent, beside_a_kept_fork_it_signs_nothing, .init = scene_reset, .timeout = 60)
{
    own.fork_kept = true;
    scene_open(CARE);
    cr_assert_eq(scene_send_newest(5), EVX_OK);
    cr_assert_null(scene_line());
    scene_close();
}

// --- cut off in between ---

Test(witness_agent, what_cannot_be_put_on_record_is_not_signed, .init = scene_reset, .timeout = 60)
{
    own.answer = EVX_E_IO;
    scene_open(CARE);
    cr_assert_eq(scene_send_newest(5), EVX_E_IO);
    cr_assert_null(scene_line());
    scene_close();
}

// The record was durable, the line never left: the restarted witness holds to it.
Test(witness_agent, after_a_crash_it_signs_no_other_root_at_that_size, .init = scene_reset, .timeout = 60)
{
    struct evx_buf note = {0};
    scene_open(CARE);
    cr_assert_eq(scene_send_newest(5), EVX_OK);
    cr_assert_eq(own.record.size, 5);
    scene_restart(5);
    cr_assert_eq(scene_send_newest(5), EVX_OK);
    cr_assert_not_null(scene_line(), "the same tree, again");
    double_forget(&b);
    b.now += 60000;
    cr_assert_eq(evx_courier_tick(b.courier, b.now), EVX_OK);
    struct evx_digest wrong = scene_other_root(5);
    scene_sign(&note, 5, &wrong);
    cr_assert_eq(scene_send(&note, NULL, NULL, EVX_OK), EVX_E_CONSISTENCY);
    cr_assert_null(scene_line());
    evx_buf_free(&note);
    scene_close();
}

Test(witness_agent, a_record_beyond_what_was_seen_silences_it, .init = scene_reset, .timeout = 60)
{
    static const uint64_t seen[] = {0, 4, 5};
    for (size_t i = 0; i < 3; i++) {
        scene_reset();
        scene_open(CARE);
        own.record = (struct evx_witness_record){5, {{1}}, 1}; // not the root of the log's 5
        scene_restart(seen[i]);
        cr_assert_eq(scene_send_newest(7), EVX_OK);
        if (seen[i]) cr_assert_eq(scene_answer_proof(true), EVX_OK);
        cr_assert_null(scene_line(), "seen %d", (int)seen[i]);
        scene_close();
    }
}
