// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/broker/sender.h"

#define COUNCIL "northam-council"
#define CARE    "inspectorate-care"

static enum evx_status resend(struct scene *s, uint32_t session, const char *org)
{
    rig_submit(&s->r, session, org, &s->id, evx_buf_bytes(&s->bytes));
    return rig_verdict(&s->r, session, evx_buf_bytes(&s->bytes));
}

Test(core_submit, answers_each_consignment_with_a_receipt_that_verifies, .timeout = 60)
{
    struct scene s;
    scene_begin(&s);
    for (int i = 0; i < 9; i++)
        cr_assert_eq(scene_post(&s), EVX_OK);
    cr_assert_null(rig_take(&s.r, 1));
    struct evx_core_counters c;
    evx_core_count(s.r.core, &c);
    cr_assert_eq(c.accepted, 9);
    cr_assert_eq(c.inflight_bytes, 0);
    scene_end(&s);
}

Test(core_submit, gives_memory_back_exactly_once, .timeout = 60)
{
    struct scene s;
    scene_begin(&s);
    cr_assert_eq(scene_post(&s), EVX_OK);
    cr_assert_eq(s.r.released, s.bytes.n);
    s.bytes.p[s.bytes.n - 1] ^= 1;
    cr_assert_eq(resend(&s, 1, POLICE), EVX_E_STRUCTURE);
    cr_assert_eq(s.r.released, 2 * s.bytes.n);
    scene_end(&s);
}

Test(core_submit, sends_nothing_before_the_signature, .timeout = 60)
{
    struct scene s;
    scene_begin(&s);
    s.r.hold_sign = true;
    rig_post(&s.r, 1, &s.stream, &s.bytes, &s.id);
    cr_assert_null(rig_take(&s.r, 1));
    s.r.hold_sign = false;
    rig_settle(&s.r);
    cr_assert_eq(rig_verdict(&s.r, 1, evx_buf_bytes(&s.bytes)), EVX_OK);
    scene_end(&s);
}

// One commit that fails must leave no receipt and no way on.
static enum evx_status fail_commit_io(struct evx_journal *j)
{
    (void)j;
    return EVX_E_IO;
}

static enum evx_status fail_commit_full(struct evx_journal *j)
{
    (void)j;
    return EVX_E_DISK_FULL;
}

Test(core_submit, stops_for_good_when_the_disk_fails, .timeout = 60)
{
    struct scene s;
    scene_begin(&s);
    ((struct evx_journal_ops *)s.r.journal->ops)->commit = fail_commit_io;
    rig_post(&s.r, 1, &s.stream, &s.bytes, &s.id);
    cr_assert_null(rig_take(&s.r, 1));
    cr_assert_eq(evx_core_fault(s.r.core), EVX_E_IO);
    rig_post(&s.r, 1, &s.stream, &s.bytes, &s.id);
    cr_assert_null(rig_take(&s.r, 1));
    scene_end(&s);
}

Test(core_submit, a_full_disk_accepts_nothing_and_goes_on_later, .timeout = 60)
{
    struct scene s;
    scene_begin(&s);
    struct evx_journal_ops *ops = (struct evx_journal_ops *)s.r.journal->ops;
    enum evx_status (*commit)(struct evx_journal *) = ops->commit;
    cr_assert_eq(scene_post(&s), EVX_OK);
    ops->commit = fail_commit_full;
    cr_assert_eq(scene_post(&s), EVX_E_STORAGE_FULL);
    ops->commit = commit;
    cr_assert_eq(resend(&s, 1, POLICE), EVX_OK);
    cr_assert_eq(scene_post(&s), EVX_OK);
    scene_end(&s);
}

Test(core_submit, refuses_new_work_below_the_reserve_but_answers_old, .timeout = 60)
{
    struct scene s;
    scene_begin(&s);
    cr_assert_eq(scene_post(&s), EVX_OK);
    struct evx_digest first = s.id;
    struct evx_buf first_bytes = s.bytes;
    s.bytes = (struct evx_buf){0};
    evx_core_set_free(s.r.core, 100);
    cr_assert_eq(scene_post(&s), EVX_E_STORAGE_FULL);
    rig_submit(&s.r, 1, POLICE, &first, evx_buf_bytes(&first_bytes));
    cr_assert_eq(rig_verdict(&s.r, 1, evx_buf_bytes(&first_bytes)), EVX_OK);
    evx_core_set_free(s.r.core, UINT64_MAX);
    cr_assert_eq(resend(&s, 1, POLICE), EVX_OK);
    evx_buf_free(&first_bytes);
    scene_end(&s);
}

static struct rig_out *receipt_of(struct scene *s, const struct evx_digest *id, const struct evx_buf *bytes)
{
    rig_submit(&s->r, 1, POLICE, id, evx_buf_bytes(bytes));
    struct rig_out *o = rig_take(&s->r, 1);
    cr_assert(o);
    cr_assert_eq(o->frame->body_case, EVX__V1__FRAME__BODY_RECEIPT);
    return o;
}

static bool same_receipt(const Evx__V1__Receipt *a, const Evx__V1__Receipt *b)
{
    if (a->index != b->index || a->received_ms != b->received_ms || a->n_path != b->n_path) return false;
    for (size_t i = 0; i < a->n_path; i++)
        if (memcmp(a->path[i].data, b->path[i].data, 32)) return false;
    return a->checkpoint.len == b->checkpoint.len &&
           !memcmp(a->checkpoint.data, b->checkpoint.data, a->checkpoint.len);
}

Test(core_submit, resending_gives_the_original_receipt_for_ever, .timeout = 60)
{
    struct scene s;
    scene_begin(&s);
    struct evx_buf first = {0};
    struct evx_digest id;
    cr_assert_eq(scene_post(&s), EVX_OK);
    rig_seal(&s.r, &s.stream, &first, &id, &(struct rig_sealing){0});
    struct rig_out *original = receipt_of(&s, &id, &first);
    cr_assert_not(original->frame->receipt->duplicate);
    for (int i = 0; i < 5; i++)
        cr_assert_eq(scene_post(&s), EVX_OK);
    struct rig_out *again = receipt_of(&s, &id, &first);
    cr_assert(again->frame->receipt->duplicate);
    cr_assert(same_receipt(original->frame->receipt, again->frame->receipt));
    rig_out_free(again);
    cr_assert_eq(rig_restart(&s.r), EVX_OK);
    rig_hello(&s.r, 1, POLICE);
    again = receipt_of(&s, &id, &first);
    cr_assert(same_receipt(original->frame->receipt, again->frame->receipt));
    rig_out_free(again);
    rig_out_free(original);
    evx_buf_free(&first);
    scene_end(&s);
}

Test(core_submit, an_accepted_consignment_keeps_its_receipt_when_the_window_closes, .timeout = 60)
{
    struct scene s;
    scene_begin(&s);
    cr_assert_eq(scene_post(&s), EVX_OK);
    const char *closed[] = {" jtai open ", " jtai closed ", NULL};
    cr_assert_eq(rig_directory(&s.r, closed), EVX_OK);
    cr_assert_eq(resend(&s, 1, POLICE), EVX_OK);
    cr_assert_eq(scene_post(&s), EVX_E_WINDOW_CLOSED);
    scene_end(&s);
}

Test(core_submit, an_inspectorate_answers_after_the_window_too, .timeout = 60)
{
    struct scene s;
    scene_begin(&s);
    struct rig_stream answers = rig_stream(CARE, 8);
    const char *over[] = {"jtai open " EVX_FIXTURE_FROM " " EVX_FIXTURE_UNTIL,
                          "jtai open " EVX_FIXTURE_FROM " 2026-02-01T00:00:00.000Z", NULL};
    cr_assert_eq(rig_directory(&s.r, over), EVX_OK);
    cr_assert_eq(scene_post(&s), EVX_E_WINDOW_CLOSED);
    rig_hello(&s.r, 2, CARE);
    rig_post(&s.r, 2, &answers, &s.bytes, &s.id);
    cr_assert_eq(rig_verdict(&s.r, 2, evx_buf_bytes(&s.bytes)), EVX_OK);
    scene_end(&s);
}

Test(core_submit, two_in_one_group_and_one_of_them_twice, .timeout = 60)
{
    struct scene s;
    scene_begin(&s);
    struct evx_buf second = {0};
    struct evx_digest second_id;
    rig_seal(&s.r, &s.stream, &s.bytes, &s.id, &(struct rig_sealing){0});
    rig_seal(&s.r, &s.stream, &second, &second_id, &(struct rig_sealing){0});
    s.r.hold_verify = true;
    rig_submit(&s.r, 1, POLICE, &s.id, evx_buf_bytes(&s.bytes));
    rig_submit(&s.r, 1, POLICE, &second_id, evx_buf_bytes(&second));
    rig_submit(&s.r, 1, POLICE, &s.id, evx_buf_bytes(&s.bytes));
    s.r.hold_verify = false;
    rig_settle(&s.r);
    cr_assert_eq(rig_verdict(&s.r, 1, evx_buf_bytes(&s.bytes)), EVX_OK);
    cr_assert_eq(rig_verdict(&s.r, 1, evx_buf_bytes(&second)), EVX_OK);
    cr_assert_eq(rig_verdict(&s.r, 1, evx_buf_bytes(&s.bytes)), EVX_OK);
    struct evx_core_counters c;
    evx_core_count(s.r.core, &c);
    cr_assert_eq(c.accepted, 2);
    cr_assert_eq(c.duplicates, 1);
    cr_assert_eq(c.groups, 2); // the first one logged the directory
    evx_buf_free(&second);
    scene_end(&s);
}

Test(core_submit, a_gap_names_the_number_that_is_expected, .timeout = 60)
{
    struct scene s;
    scene_begin(&s);
    cr_assert_eq(scene_post(&s), EVX_OK);
    s.stream.link.sequence = 5;
    rig_post(&s.r, 1, &s.stream, &s.bytes, &s.id);
    struct rig_out *o = rig_take(&s.r, 1);
    cr_assert(o);
    Evx__V1__RejectionBody *body = NULL;
    cr_assert_eq(evx_rejection_open(&body, o->frame->rejection, s.r.directory, (int64_t)s.r.now_ms), EVX_OK);
    cr_assert_eq(body->code, EVX_E_GAP);
    cr_assert_eq(body->expected_sequence, 2);
    cr_assert_eq(body->consignment.len, 32);
    cr_assert(!memcmp(body->consignment.data, s.id.b, 32));
    evx_rejection_body_free(body);
    rig_out_free(o);
    scene_end(&s);
}

Test(core_submit, a_wrong_previous_is_refused, .timeout = 60)
{
    struct scene s;
    scene_begin(&s);
    cr_assert_eq(scene_post(&s), EVX_OK);
    s.stream.link.previous.b[0] ^= 1;
    cr_assert_eq(scene_post(&s), EVX_E_CHAIN);
    scene_end(&s);
}

Test(core_submit, equivocation_is_kept_as_proof_and_freezes_durably, .timeout = 60)
{
    struct scene s;
    scene_begin(&s);
    struct evx_buf first = {0}, other = {0};
    struct evx_digest first_id, other_id;
    rig_seal(&s.r, &s.stream, &first, &first_id, &(struct rig_sealing){.nonce = 1, .stay = true});
    rig_seal(&s.r, &s.stream, &other, &other_id, &(struct rig_sealing){.nonce = 2});
    rig_submit(&s.r, 1, POLICE, &first_id, evx_buf_bytes(&first));
    cr_assert_eq(rig_verdict(&s.r, 1, evx_buf_bytes(&first)), EVX_OK);
    rig_submit(&s.r, 1, POLICE, &other_id, evx_buf_bytes(&other));
    cr_assert_eq(rig_verdict(&s.r, 1, evx_buf_bytes(&other)), EVX_E_EQUIVOCATION);
    s.stream.link.previous = first_id;
    cr_assert_eq(scene_post(&s), EVX_E_FROZEN);
    cr_assert_eq(rig_restart(&s.r), EVX_OK);
    rig_hello(&s.r, 1, POLICE);
    cr_assert_eq(resend(&s, 1, POLICE), EVX_E_FROZEN);
    rig_submit(&s.r, 1, POLICE, &first_id, evx_buf_bytes(&first)); // accepted stays accepted
    cr_assert_eq(rig_verdict(&s.r, 1, evx_buf_bytes(&first)), EVX_OK);
    uint64_t kept = 0;
    cr_assert_eq(s.r.journal->ops->equivocations(s.r.journal, &kept), EVX_OK);
    cr_assert_eq(kept, 1);
    evx_buf_free(&first);
    evx_buf_free(&other);
    scene_end(&s);
}

Test(core_submit, the_same_stream_id_of_another_agency_is_another_stream, .timeout = 60)
{
    struct scene s;
    scene_begin(&s);
    cr_assert_eq(scene_post(&s), EVX_OK);
    rig_hello(&s.r, 2, COUNCIL);
    struct rig_stream theirs = rig_stream(COUNCIL, 7);
    rig_post(&s.r, 2, &theirs, &s.bytes, &s.id);
    cr_assert_eq(rig_verdict(&s.r, 2, evx_buf_bytes(&s.bytes)), EVX_OK);
    cr_assert_eq(scene_post(&s), EVX_OK);
    scene_end(&s);
}

Test(core_submit, another_agencys_consignment_is_refused_by_identity, .timeout = 60)
{
    struct scene s;
    scene_begin(&s);
    rig_seal(&s.r, &s.stream, &s.bytes, &s.id, &(struct rig_sealing){0});
    rig_hello(&s.r, 2, COUNCIL);
    cr_assert_eq(resend(&s, 2, COUNCIL), EVX_E_IDENTITY);
    cr_assert_eq(resend(&s, 1, POLICE), EVX_OK);
    scene_end(&s);
}

Test(core_submit, no_flipped_bit_of_header_signature_or_structure_is_accepted, .timeout = 120)
{
    struct scene s;
    scene_begin(&s);
    rig_seal(&s.r, &s.stream, &s.bytes, &s.id, &(struct rig_sealing){0});
    size_t step = s.bytes.n / 150 + 1;
    for (size_t at = 0; at < s.bytes.n; at += step) {
        s.bytes.p[at] ^= 1u << (at % 8);
        enum evx_status v = resend(&s, 1, POLICE);
        cr_assert(v != EVX_OK && v != EVX_E_BUG, "byte %zu: %d", at, v);
        s.bytes.p[at] ^= 1u << (at % 8);
    }
    cr_assert_eq(resend(&s, 1, POLICE), EVX_OK);
    scene_end(&s);
}

Test(core_submit, the_named_id_must_be_the_consignments, .timeout = 60)
{
    struct scene s;
    scene_begin(&s);
    rig_seal(&s.r, &s.stream, &s.bytes, &s.id, &(struct rig_sealing){0});
    struct evx_digest other = s.id;
    other.b[31] ^= 1;
    rig_submit(&s.r, 1, POLICE, &other, evx_buf_bytes(&s.bytes));
    cr_assert_eq(rig_verdict(&s.r, 1, evx_buf_bytes(&s.bytes)), EVX_E_MALFORMED);
    scene_end(&s);
}

Test(core_submit, a_length_that_was_not_kept_is_refused, .timeout = 60)
{
    struct scene s;
    scene_begin(&s);
    rig_seal(&s.r, &s.stream, &s.bytes, &s.id, &(struct rig_sealing){0});
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    Evx__V1__Submit m = EVX__V1__SUBMIT__INIT;
    m.consignment = (ProtobufCBinaryData){sizeof s.id.b, s.id.b};
    f.body_case = EVX__V1__FRAME__BODY_SUBMIT;
    f.submit = &m;
    const struct {
        uint64_t says;
        size_t sends;
        enum evx_status code;
    } rows[] = {{s.bytes.n + 1, s.bytes.n, EVX_E_MALFORMED},
                {s.bytes.n - 1, s.bytes.n, EVX_E_MALFORMED},
                {0, 0, EVX_E_MALFORMED},
                {EVX_LIMIT_CONSIGNMENT_BYTES + 1ull, s.bytes.n, EVX_E_TOO_LARGE}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        m.bytes = rows[i].says;
        rig_send(&s.r, 1, POLICE, &f, evx_bytes(s.bytes.p, rows[i].sends));
        rig_settle(&s.r);
        cr_assert_eq(rig_verdict(&s.r, 1, evx_buf_bytes(&s.bytes)), rows[i].code, "row %zu", i);
    }
    scene_end(&s);
}

Test(core_submit, what_the_transport_found_is_passed_on_with_the_name, .timeout = 60)
{
    struct scene s;
    scene_begin(&s);
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    Evx__V1__Submit m = EVX__V1__SUBMIT__INIT;
    m.consignment = (ProtobufCBinaryData){sizeof s.id.b, s.id.b};
    f.body_case = EVX__V1__FRAME__BODY_SUBMIT;
    f.submit = &m;
    struct evx_buf frame = {0};
    cr_assert_eq(evx_frame_pack(&frame, &f), EVX_OK);
    const enum evx_status faults[] = {EVX_E_BUSY, EVX_E_TOO_LARGE};
    for (size_t i = 0; i < 2; i++) {
        rig_send_bytes(&s.r, 1, POLICE, evx_buf_bytes(&frame), evx_bytes(NULL, 0), faults[i]);
        cr_assert_eq(rig_verdict(&s.r, 1, evx_bytes(NULL, 0)), faults[i]);
    }
    evx_buf_free(&frame);
    scene_end(&s);
}

Test(core_submit, credit_is_what_welcome_granted_and_comes_back, .timeout = 120)
{
    struct scene s;
    scene_begin(&s);
    s.r.hold_verify = true;
    size_t sent = 0, n = 0;
    for (; sent + 400000 < EVX_LIMIT_SESSION_CREDIT; n++, sent += s.bytes.n) {
        rig_seal(&s.r, &s.stream, &s.bytes, &s.id, &(struct rig_sealing){.items = 6, .item_bytes = 60000});
        rig_submit(&s.r, 1, POLICE, &s.id, evx_buf_bytes(&s.bytes));
        cr_assert_null(rig_take(&s.r, 1));
    }
    rig_seal(&s.r, &s.stream, &s.bytes, &s.id, &(struct rig_sealing){.items = 12, .item_bytes = 60000});
    cr_assert_eq(resend(&s, 1, POLICE), EVX_E_QUOTA);
    s.r.hold_verify = false;
    rig_settle(&s.r);
    for (; n; n--) {
        struct rig_out *o = rig_take(&s.r, 1);
        cr_assert(o && o->frame->body_case == EVX__V1__FRAME__BODY_RECEIPT);
        rig_out_free(o);
    }
    cr_assert_eq(resend(&s, 1, POLICE), EVX_OK);
    scene_end(&s);
}

// Twelve machines of one agency with all their credit in flight.
Test(core_submit, all_sessions_together_hold_a_bounded_amount, .timeout = 120)
{
    struct scene s;
    size_t held = 0, n = 0;
    scene_begin(&s);
    s.r.hold_verify = true;
    rig_seal(&s.r, &s.stream, &s.bytes, &s.id, &(struct rig_sealing){.items = 15, .item_bytes = 65000});
    for (uint32_t session = 2; held + s.bytes.n <= EVX_LIMIT_INFLIGHT_BYTES; session++) {
        rig_hello(&s.r, session, POLICE);
        for (size_t mine = s.bytes.n;
             mine <= EVX_LIMIT_SESSION_CREDIT && held + s.bytes.n <= EVX_LIMIT_INFLIGHT_BYTES;
             mine += s.bytes.n, held += s.bytes.n, n++) {
            rig_submit(&s.r, session, POLICE, &s.id, evx_buf_bytes(&s.bytes));
            cr_assert_null(rig_take(&s.r, session));
        }
    }
    cr_assert_gt(n, 40);
    cr_assert_eq(resend(&s, 1, POLICE), EVX_E_BUSY);
    s.r.hold_verify = false;
    rig_settle(&s.r);
    cr_assert_eq(resend(&s, 1, POLICE), EVX_OK);
    scene_end(&s);
}

Test(core_submit, a_checkpoint_of_another_size_is_not_taken_from_the_signer, .timeout = 60)
{
    struct scene s;
    scene_begin(&s);
    cr_assert_eq(scene_post(&s), EVX_OK);
    struct evx_inspection_id id = evx_fixture_inspection();
    struct evx_journal_boundary b = {0};
    cr_assert_eq(s.r.journal->ops->last_boundary(s.r.journal, &b), EVX_OK);
    struct evx_buf note = {0};
    cr_assert_eq(evx_signer_sign(s.r.signer, &note, &id, b.size, &b.root), EVX_OK);
    evx_core_signed(s.r.core, &id, b.size, EVX_OK, evx_buf_bytes(&note), s.r.now_ms);
    cr_assert_eq(evx_core_fault(s.r.core), EVX_OK);
    evx_core_signed(s.r.core, &id, b.size + 1, EVX_OK, evx_buf_bytes(&note), s.r.now_ms);
    cr_assert_eq(evx_core_fault(s.r.core), EVX_E_CHECKPOINT);
    evx_journal_boundary_free(&b);
    evx_buf_free(&note);
    scene_end(&s);
}

Test(core_submit, the_directory_has_its_own_code_for_each_reason, .timeout = 120)
{
    static const struct {
        const char *from, *to;
        enum evx_status code;
    } rows[] = {
        {" jtai open ", " jtai closed ", EVX_E_WINDOW_CLOSED},
        {"member 000102030405060708090a0b0c0d0e0f northam-police send\n", "", EVX_E_NOT_ENTITLED},
        {"member 000102030405060708090a0b0c0d0e0f inspectorate-care send,receive,witness\n",
         "member 000102030405060708090a0b0c0d0e0f inspectorate-care send,witness\n", EVX_E_RECIPIENT},
        {" 000102030405", " 010102030405", EVX_E_WRONG_INSPECTION},
        {"min-suite 1", "min-suite 2", EVX_E_SUITE},
        {"expires 2027-01-01", "expires 2026-02-01", EVX_E_DIRECTORY_EXPIRED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct scene s;
        scene_begin(&s);
        // The core keeps the log of an inspection that has left the directory; it is
        // the other one, new in it, that needs a journal of its own.
        snprintf(s.r.journal_path, sizeof s.r.journal_path, "%s/other.db", s.r.folder);
        snprintf(s.r.register_path, sizeof s.r.register_path, "%s/other.register", s.r.folder);
        const char *replace[] = {rows[i].from, rows[i].to, NULL};
        cr_assert_eq(rig_directory(&s.r, replace), EVX_OK);
        rig_seal(&s.r, &s.stream, &s.bytes, &s.id, &(struct rig_sealing){0});
        cr_assert_eq(resend(&s, 1, POLICE), rows[i].code, "row %zu", i);
        scene_end(&s);
    }
}

Test(core_submit, a_consignment_for_a_log_that_is_not_kept_here_is_refused, .timeout = 60)
{
    struct scene s;
    scene_begin(&s);
    const char *replace[] = {" 000102030405", " 010102030405", NULL};
    snprintf(s.r.journal_path, sizeof s.r.journal_path, "%s/other.db", s.r.folder);
    snprintf(s.r.register_path, sizeof s.r.register_path, "%s/other.register", s.r.folder);
    cr_assert_eq(rig_directory(&s.r, replace), EVX_OK);
    cr_assert_eq(rig_restart(&s.r), EVX_OK);
    rig_hello(&s.r, 1, POLICE);
    rig_seal(&s.r, &s.stream, &s.bytes, &s.id, &(struct rig_sealing){0});
    cr_assert_eq(resend(&s, 1, POLICE), EVX_E_WRONG_INSPECTION);
    scene_end(&s);
}

Test(core_submit, nothing_is_taken_before_the_signer_has_confirmed_the_log, .timeout = 60)
{
    struct scene s;
    scene_begin(&s);
    cr_assert_eq(scene_post(&s), EVX_OK);
    s.r.hold_sign = true;
    cr_assert_eq(rig_restart(&s.r), EVX_OK);
    rig_hello(&s.r, 1, POLICE);
    cr_assert_eq(scene_post(&s), EVX_E_BUSY);
    s.r.hold_sign = false;
    rig_settle(&s.r);
    cr_assert_eq(resend(&s, 1, POLICE), EVX_OK);
    scene_end(&s);
}

// It was taken in time, and then it waited.
Test(core_submit, nothing_is_logged_under_a_directory_that_expired_meanwhile, .timeout = 60)
{
    struct scene s;
    scene_begin(&s);
    const char *replace[] = {"expires 2027-01-01", "expires 2026-12-31", NULL};
    cr_assert_eq(rig_directory(&s.r, replace), EVX_OK);
    s.r.now_ms = (uint64_t)evx_directory_expires_ms(s.r.directory) - 1;
    rig_hello(&s.r, 2, POLICE);
    s.r.hold_verify = true;
    rig_post(&s.r, 2, &s.stream, &s.bytes, &s.id);
    s.r.now_ms++;
    s.r.hold_verify = false;
    rig_settle(&s.r);
    cr_assert_eq(rig_verdict(&s.r, 2, evx_buf_bytes(&s.bytes)), EVX_E_DIRECTORY_EXPIRED);
    scene_end(&s);
}
