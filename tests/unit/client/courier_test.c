// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/client/broker_double.h"

#include <criterion/criterion.h>
#include <string.h>

#define SUBMIT EVX__V1__FRAME__BODY_SUBMIT
#define CREDIT (4u << 20)

static struct broker_double b;

static void open_police(void)
{
    double_open(&b, DOUBLE_POLICE);
    double_greet(&b, CREDIT, 1);
}

static void tick_after(uint64_t ms)
{
    b.now += ms;
    cr_assert_eq(evx_courier_tick(b.courier, b.now), EVX_OK);
}

static void offer_and_send(size_t n)
{
    for (size_t i = 0; i < n; i++)
        double_offer(&b, 1);
    cr_assert_eq(evx_courier_tick(b.courier, b.now), EVX_OK);
}

Test(courier, sends_nothing_before_the_greeting, .timeout = 60)
{
    double_open(&b, DOUBLE_POLICE);
    double_offer(&b, 1);
    tick_after(1);
    cr_assert_eq(double_count(&b, SUBMIT), 0u);
    cr_assert_eq(double_count(&b, EVX__V1__FRAME__BODY_HELLO), 1u);
    double_close(&b);
}

Test(courier, takes_a_good_receipt, .timeout = 60)
{
    open_police();
    offer_and_send(1);
    cr_assert_eq(double_count(&b, SUBMIT), 1u);
    struct evx_receipt r;
    double_log_sequence(&b, 1);
    double_receipt(&r, &b, 1, 0, 1);
    cr_assert_eq(double_send_receipt(&b, &r), EVX_OK);
    cr_assert_eq(b.accepted, 1u);
    cr_assert_eq(b.seen_size, 1u);
    evx_receipt_free(&r);
    double_close(&b);
}

static void other_index(struct evx_receipt *r) { r->index = 0; }
static void other_inspection(struct evx_receipt *r) { r->inspection.b[0] ^= 1; }
static void other_time(struct evx_receipt *r) { r->received_ms++; }
static void other_path(struct evx_receipt *r) { r->path.hash[0].b[31] ^= 1; }
static void shorter_path(struct evx_receipt *r) { r->path.n--; }
static void other_signer(struct evx_receipt *r) { double_checkpoint(&r->checkpoint, &b, 3, DOUBLE_POLICE); }
static void other_root(struct evx_receipt *r) { r->checkpoint.p[r->checkpoint.n / 4] ^= 1; }
static void no_checkpoint(struct evx_receipt *r) { r->checkpoint.n = 20; }
static void other_consignment(struct evx_receipt *r) { r->consignment = b.id[2]; }

Test(courier, believes_no_receipt_that_is_not_proved, .timeout = 60)
{
    static const struct {
        const char *what;
        void (*spoil)(struct evx_receipt *r);
    } rows[] = {{"index", other_index}, {"inspection", other_inspection}, {"time", other_time},
                {"path", other_path},   {"path length", shorter_path},    {"signer", other_signer},
                {"root", other_root},   {"checkpoint", no_checkpoint},    {"consignment", other_consignment}};
    open_police();
    offer_and_send(3);
    for (uint64_t sequence = 1; sequence <= 3; sequence++)
        double_log_sequence(&b, sequence);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct evx_receipt r;
        double_receipt(&r, &b, 3, 2, 3);
        rows[i].spoil(&r);
        cr_assert_eq(double_send_receipt(&b, &r), EVX_OK, "%s", rows[i].what);
        cr_assert_eq(b.accepted, 0u, "a receipt with another %s was believed", rows[i].what);
        cr_assert_neq(evx_courier_fault(b.courier), EVX_OK, "%s", rows[i].what);
        evx_receipt_free(&r);
    }
    struct evx_receipt good;
    double_receipt(&good, &b, 3, 2, 3);
    cr_assert_eq(double_send_receipt(&b, &good), EVX_OK);
    cr_assert_eq(b.accepted, 1u);
    evx_receipt_free(&good);
    double_close(&b);
}

Test(courier, takes_receipts_in_any_order_and_once, .timeout = 60)
{
    static const uint64_t order[] = {3, 1, 2, 1, 3};
    open_police();
    offer_and_send(3);
    for (uint64_t sequence = 1; sequence <= 3; sequence++)
        double_log_sequence(&b, sequence);
    for (size_t i = 0; i < 5; i++) {
        struct evx_receipt r;
        double_receipt(&r, &b, order[i], order[i] - 1, 3);
        cr_assert_eq(double_send_receipt(&b, &r), EVX_OK);
        evx_receipt_free(&r);
    }
    cr_assert_eq(b.accepted, 3u);
    double_close(&b);
}

Test(courier, stays_within_the_credit, .timeout = 60)
{
    double_open(&b, DOUBLE_POLICE);
    double_greet(&b, 5000, 1);
    offer_and_send(6);
    size_t first = double_count(&b, SUBMIT);
    cr_assert(first >= 1 && first < 6, "%zu were sent", first);
    struct evx_receipt r;
    double_log_sequence(&b, 1);
    double_receipt(&r, &b, 1, 0, 1);
    cr_assert_eq(double_send_receipt(&b, &r), EVX_OK);
    cr_assert_eq(double_count(&b, SUBMIT), first + 1);
    evx_receipt_free(&r);
    double_close(&b);
}

Test(courier, sends_the_same_bytes_again_after_a_broken_connection, .timeout = 60)
{
    open_police();
    offer_and_send(2);
    double_forget(&b);
    evx_courier_disconnected(b.courier, b.now);
    cr_assert_eq(evx_courier_connected(b.courier, b.now), EVX_OK);
    double_greet(&b, CREDIT, 1);
    cr_assert_eq(double_count(&b, SUBMIT), 0u, "before the stream was compared");
    cr_assert_eq(double_count(&b, EVX__V1__FRAME__BODY_GET_STREAM), 1u);
    double_close(&b);
}

static enum evx_status say_head_of(struct evx_inspection_id inspection, uint64_t sequence,
                                   const struct evx_digest *last, bool frozen)
{
    Evx__V1__StreamHead m = EVX__V1__STREAM_HEAD__INIT;
    m.inspection = (ProtobufCBinaryData){sizeof inspection.b, inspection.b};
    m.stream = (ProtobufCBinaryData){sizeof b.stream.id.b, b.stream.id.b};
    m.sequence = sequence;
    if (sequence) m.last = (ProtobufCBinaryData){sizeof last->b, (uint8_t *)last->b};
    m.frozen = frozen;
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    f.body_case = EVX__V1__FRAME__BODY_STREAM_HEAD;
    f.stream_head = &m;
    return double_send(&b, &f, evx_bytes(NULL, 0));
}

static enum evx_status say_head(uint64_t sequence, const struct evx_digest *last, bool frozen)
{
    return say_head_of(evx_fixture_inspection(), sequence, last, frozen);
}

static void reopen_with_two_queued(void)
{
    open_police();
    offer_and_send(2);
    evx_courier_disconnected(b.courier, b.now);
    cr_assert_eq(evx_courier_connected(b.courier, b.now), EVX_OK);
    double_greet(&b, CREDIT, 1);
    double_forget(&b);
}

Test(courier, goes_on_with_a_stream_that_the_broker_knows_less_of, .timeout = 60)
{
    reopen_with_two_queued();
    cr_assert_eq(say_head(1, &b.id[1], false), EVX_OK);
    cr_assert_eq(b.renewed, 0u);
    cr_assert_eq(double_count(&b, SUBMIT), 2u);
    double_close(&b);
}

Test(courier, leaves_a_stream_that_the_broker_knows_more_of, .timeout = 60)
{
    struct evx_digest unknown = {{7}};
    reopen_with_two_queued();
    cr_assert_eq(say_head(5, &unknown, false), EVX_OK);
    cr_assert_eq(double_count(&b, EVX__V1__FRAME__BODY_GET_RECEIPT), 2u, "they may be there already");
    cr_assert_eq(b.renewed, 0u);
    for (size_t i = 0; i < 2; i++)
        cr_assert_eq(double_refuse(&b, 0, EVX_E_UNKNOWN_STREAM, 0), EVX_OK);
    cr_assert_eq(b.renewed, 1u);
    cr_assert_not(b.renew_known, "nothing of ours is in the log");
    cr_assert_eq(double_count(&b, SUBMIT), 0u, "a spent sequence number was used again");
    double_close(&b);
}

// Restored from a copy made while these were on their way.
Test(courier, takes_the_receipts_of_what_is_there_before_it_leaves_a_stream, .timeout = 60)
{
    struct evx_digest unknown = {{7}};
    struct evx_receipt r;
    reopen_with_two_queued();
    double_log_sequence(&b, 1);
    double_receipt(&r, &b, 1, 0, 1);
    cr_assert_eq(say_head(5, &unknown, false), EVX_OK);
    cr_assert_eq(double_send_receipt(&b, &r), EVX_OK);
    cr_assert_eq(b.accepted, 1u);
    cr_assert_eq(b.renewed, 0u, "the second one was not answered yet");
    cr_assert_eq(double_refuse(&b, 0, EVX_E_UNKNOWN_STREAM, 0), EVX_OK);
    cr_assert_eq(b.renewed, 1u);
    cr_assert(b.renew_known, "the first one is the last that the log has");
    cr_assert_eq(double_count(&b, SUBMIT), 0u);
    evx_receipt_free(&r);
    double_close(&b);
}

Test(courier, believes_no_receipt_without_its_proof_when_it_leaves_a_stream, .timeout = 60)
{
    struct evx_digest unknown = {{7}};
    struct evx_receipt r;
    reopen_with_two_queued();
    double_log_sequence(&b, 1);
    double_receipt(&r, &b, 1, 0, 1);
    r.received_ms ^= 1;
    cr_assert_eq(say_head(5, &unknown, false), EVX_OK);
    cr_assert_eq(double_send_receipt(&b, &r), EVX_OK);
    cr_assert_eq(b.accepted, 0u);
    cr_assert_eq(double_refuse(&b, 0, EVX_E_UNKNOWN_STREAM, 0), EVX_OK);
    cr_assert_eq(b.renewed, 1u);
    evx_receipt_free(&r);
    double_close(&b);
}

// The answer was lost, or was one that cannot be believed; the connection stands.
Test(courier, asks_about_its_stream_again_when_no_answer_came, .timeout = 60)
{
    struct evx_digest unknown = {{7}};
    reopen_with_two_queued();
    b.now += 9999;
    cr_assert_eq(evx_courier_tick(b.courier, b.now), EVX_OK);
    cr_assert_eq(double_count(&b, EVX__V1__FRAME__BODY_GET_STREAM), 0u);
    b.now += 1;
    cr_assert_eq(evx_courier_tick(b.courier, b.now), EVX_OK);
    cr_assert_eq(double_count(&b, EVX__V1__FRAME__BODY_GET_STREAM), 1u);
    cr_assert_eq(say_head(5, &unknown, false), EVX_OK);
    cr_assert_eq(double_count(&b, EVX__V1__FRAME__BODY_GET_RECEIPT), 2u);
    b.now += 10000;
    cr_assert_eq(evx_courier_tick(b.courier, b.now), EVX_OK);
    cr_assert_eq(double_count(&b, EVX__V1__FRAME__BODY_GET_RECEIPT), 4u);
    for (size_t i = 0; i < 2; i++)
        cr_assert_eq(double_refuse(&b, 0, EVX_E_UNKNOWN_STREAM, 0), EVX_OK);
    cr_assert_eq(b.renewed, 1u);
    cr_assert_eq(double_count(&b, SUBMIT), 0u);
    double_close(&b);
}

Test(courier, leaves_a_stream_whose_past_is_another, .timeout = 60)
{
    struct evx_digest unknown = {{7}};
    reopen_with_two_queued();
    cr_assert_eq(say_head(2, &unknown, false), EVX_OK);
    for (size_t i = 0; i < 2; i++)
        cr_assert_eq(double_refuse(&b, 0, EVX_E_UNKNOWN_STREAM, 0), EVX_OK);
    cr_assert_eq(b.renewed, 1u);
    cr_assert_eq(double_count(&b, SUBMIT), 0u);
    double_close(&b);
}

Test(courier, waits_for_a_person_when_the_stream_is_frozen, .timeout = 60)
{
    reopen_with_two_queued();
    cr_assert_eq(say_head(1, &b.id[1], true), EVX_OK);
    cr_assert_eq(evx_courier_halted(b.courier), EVX_E_FROZEN);
    cr_assert_eq(double_count(&b, SUBMIT), 0u);
    double_close(&b);
}

// The same stream's number may be in use there; what stands there says nothing about here.
Test(courier, takes_no_word_about_another_inspections_stream, .timeout = 60)
{
    struct evx_inspection_id other = evx_fixture_inspection();
    other.b[0] ^= 1;
    reopen_with_two_queued();
    cr_assert_eq(say_head_of(other, 1, &b.id[1], true), EVX_OK);
    cr_assert_eq(evx_courier_fault(b.courier), EVX_E_PROTOCOL);
    cr_assert_eq(evx_courier_halted(b.courier), EVX_OK, "frozen elsewhere");
    cr_assert_eq(say_head_of(other, 0, NULL, false), EVX_OK);
    cr_assert_eq(double_count(&b, SUBMIT), 0u, "unknown elsewhere");
    cr_assert_eq(say_head(0, NULL, false), EVX_OK);
    cr_assert_eq(double_count(&b, SUBMIT), 2u);
    double_close(&b);
}

// Else it would be sent for ever, whatever is queued behind it would wait, and nobody be told.
Test(courier, gives_up_what_is_stale_under_the_newest_directory_too, .timeout = 60)
{
    open_police();
    offer_and_send(1);
    double_forget(&b);
    cr_assert_eq(double_refuse(&b, 1, EVX_E_STALE_DIRECTORY, 0), EVX_OK);
    cr_assert_eq(b.refused, 0u, "one more chance");
    tick_after(60000);
    cr_assert_eq(double_count(&b, SUBMIT), 1u);
    cr_assert_eq(double_refuse(&b, 1, EVX_E_STALE_DIRECTORY, 0), EVX_OK);
    cr_assert_eq(b.refused_final, 1u);
    cr_assert_eq(b.refused_code, EVX_E_STALE_DIRECTORY);
    cr_assert_eq(b.renewed, 1u);
    cr_assert_eq(evx_courier_halted(b.courier), EVX_E_STALE_DIRECTORY);
    double_close(&b);
}

Test(courier, fills_a_gap_from_the_number_named, .timeout = 60)
{
    open_police();
    offer_and_send(3);
    double_forget(&b);
    cr_assert_eq(double_refuse(&b, 2, EVX_E_GAP, 1), EVX_OK);
    tick_after(60000);
    cr_assert_eq(double_count(&b, SUBMIT), 3u);
    for (uint64_t i = 0; i < 3; i++)
        cr_assert_eq(memcmp(b.sent[i].body.b, b.id[i + 1].b, 32), 0, "not in order");
    cr_assert_eq(b.refused, 0u);
    double_close(&b);
}

Test(courier, fetches_back_an_accepted_one_for_a_gap, .timeout = 60)
{
    open_police();
    offer_and_send(2);
    struct evx_receipt r;
    double_log_sequence(&b, 1);
    double_receipt(&r, &b, 1, 0, 1);
    cr_assert_eq(double_send_receipt(&b, &r), EVX_OK);
    double_forget(&b);
    cr_assert_eq(double_refuse(&b, 2, EVX_E_GAP, 1), EVX_OK);
    cr_assert_eq(double_count(&b, SUBMIT), 1u);
    cr_assert_eq(memcmp(double_last(&b, SUBMIT)->body.b, b.id[1].b, 32), 0);
    evx_receipt_free(&r);
    double_close(&b);
}

Test(courier, treats_refusals_by_their_row_in_the_catalogue, .timeout = 60)
{
    static const struct {
        enum evx_status code;
        unsigned final;
        unsigned renewed;
        bool halted;
        size_t resent;
    } rows[] = {
        {EVX_E_BUSY, 0, 0, false, 2},
        {EVX_E_QUOTA, 0, 0, false, 2},
        {EVX_E_DIRECTORY_UNKNOWN, 0, 0, false, 2},
        {EVX_E_SIGNATURE, 1, 1, true, 0},
        {EVX_E_STRUCTURE, 1, 1, true, 0},
        {EVX_E_NOT_ENTITLED, 0, 0, true, 0},
        {EVX_E_STORAGE_FULL, 0, 0, true, 0},
        {EVX_E_WINDOW_CLOSED, 0, 0, true, 0},
        {EVX_E_EQUIVOCATION, 0, 0, true, 0},
        {EVX_E_REVOKED, 0, 0, true, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *code = evx_error_info(rows[i].code)->code;
        open_police();
        offer_and_send(2);
        double_forget(&b);
        cr_assert_eq(double_refuse(&b, 1, rows[i].code, 0), EVX_OK);
        tick_after(60000);
        cr_assert_eq(b.refused_final, rows[i].final, "%s", code);
        cr_assert_eq(b.renewed, rows[i].renewed, "%s", code);
        cr_assert_eq(evx_courier_halted(b.courier) == rows[i].code, rows[i].halted, "%s", code);
        cr_assert_eq(double_count(&b, SUBMIT), rows[i].resent, "%s", code);
        double_close(&b);
    }
}

Test(courier, waits_longer_each_time, .timeout = 60)
{
    open_police();
    offer_and_send(1);
    uint64_t last = 0;
    for (int i = 0; i < 5; i++) {
        cr_assert_eq(double_refuse(&b, 1, EVX_E_BUSY, 0), EVX_OK);
        double_forget(&b);
        uint64_t waited = 0;
        while (double_count(&b, SUBMIT) == 0) {
            tick_after(10);
            waited += 10;
            cr_assert(waited < 120000);
        }
        cr_assert(waited > last, "attempt %d waited %llu ms", i, (unsigned long long)waited);
        last = waited;
    }
    double_close(&b);
}

Test(courier, believes_no_refusal_without_the_brokers_signature, .timeout = 60)
{
    open_police();
    offer_and_send(1);
    double_forget(&b);
    Evx__V1__RejectionBody body = EVX__V1__REJECTION_BODY__INIT;
    body.consignment = (ProtobufCBinaryData){32, b.id[1].b};
    body.code = EVX_E_SIGNATURE;
    body.time_ms = b.now;
    body.detail = "";
    struct evx_buf packed = {0};
    struct evx_signature signature;
    cr_assert_eq(evx_rejection_sign(&packed, &signature, &body,
                                    evx_fixture_sign(b.fixture, DOUBLE_POLICE, EVX_KEY_SIG)),
                 EVX_OK);
    const char *const signers[] = {"exchange-broker", DOUBLE_POLICE};
    for (size_t i = 0; i < 2; i++) {
        struct evx_fingerprint signer = evx_fixture_key(b.fixture, signers[i], EVX_KEY_SIG)->fingerprint;
        Evx__V1__Rejection m = EVX__V1__REJECTION__INIT;
        m.body = (ProtobufCBinaryData){packed.n, packed.p};
        m.signer = (ProtobufCBinaryData){sizeof signer.b, signer.b};
        m.signature = (ProtobufCBinaryData){sizeof signature.b, signature.b};
        Evx__V1__Frame f = EVX__V1__FRAME__INIT;
        f.body_case = EVX__V1__FRAME__BODY_REJECTION;
        f.rejection = &m;
        cr_assert_eq(double_send(&b, &f, evx_bytes(NULL, 0)), EVX_OK);
        cr_assert_eq(b.refused, 0u, "signed by %s", signers[i]);
        cr_assert_eq(evx_courier_halted(b.courier), EVX_OK);
    }
    evx_buf_free(&packed);
    double_close(&b);
}

Test(courier, ignores_refusals_of_what_was_not_sent, .timeout = 60)
{
    open_police();
    offer_and_send(1);
    struct evx_receipt r;
    double_log_sequence(&b, 1);
    double_receipt(&r, &b, 1, 0, 1);
    cr_assert_eq(double_send_receipt(&b, &r), EVX_OK);
    cr_assert_eq(double_refuse(&b, 1, EVX_E_SIGNATURE, 0), EVX_OK);
    cr_assert_eq(b.refused, 0u);
    evx_receipt_free(&r);
    double_close(&b);
}

Test(courier, ignores_a_late_refusal_of_what_is_to_be_sent_again, .timeout = 60)
{
    open_police();
    offer_and_send(2);
    cr_assert_eq(double_refuse(&b, 2, EVX_E_GAP, 1), EVX_OK); // both wait for their turn now
    cr_assert_eq(double_refuse(&b, 2, EVX_E_SIGNATURE, 0), EVX_OK);
    cr_assert_eq(b.refused, 0u);
    double_close(&b);
}

Test(courier, sends_again_when_no_receipt_comes, .timeout = 60)
{
    open_police();
    offer_and_send(1);
    double_forget(&b);
    tick_after(21000);
    tick_after(60000);
    cr_assert_eq(double_count(&b, SUBMIT), 1u);
    cr_assert_eq(memcmp(double_last(&b, SUBMIT)->body.b, b.id[1].b, 32), 0);
    double_close(&b);
}

Test(courier, refuses_frames_that_have_no_place_in_the_state, .timeout = 60)
{
    double_open(&b, DOUBLE_POLICE);
    double_offer(&b, 1);
    double_log_sequence(&b, 1);
    struct evx_receipt r;
    double_receipt(&r, &b, 1, 0, 1);
    cr_assert_eq(double_send_receipt(&b, &r), EVX_OK); // not greeted yet
    cr_assert_eq(b.accepted, 0u);
    cr_assert_eq(evx_courier_fault(b.courier), EVX_E_PROTOCOL);
    static const uint8_t noise[] = {0xff, 0x00, 0x12, 0x34};
    cr_assert_eq(evx_courier_message(b.courier, evx_bytes(noise, sizeof noise), evx_bytes(NULL, 0), b.now),
                 EVX_OK);
    evx_receipt_free(&r);
    double_close(&b);
}
