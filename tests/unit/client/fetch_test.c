// SPDX-License-Identifier: Apache-2.0
//
// What the courier believes of the log: whole, entry by entry, and the acknowledgements
// an agency reads.
#include "tests/unit/client/broker_double.h"

#include <criterion/criterion.h>
#include <string.h>

#define CREDIT          (4u << 20)
#define FETCH           EVX__V1__FRAME__BODY_FETCH
#define GET_CONSISTENCY EVX__V1__FRAME__BODY_GET_CONSISTENCY

static struct broker_double b;

// The collector's courier, with `n` of the police's consignments in the log.
static void open_collector(size_t n)
{
    struct evx_frontier empty = {0};
    double_open(&b, DOUBLE_CARE);
    for (size_t i = 1; i <= n; i++) {
        struct evx_chain_link link = {.stream = {{1, 2, 3}}, .sequence = i, .previous = b.id[i - 1]};
        cr_assert_eq(evx_fixture_consignment(&b.whole[i], &b.id[i], b.fixture, DOUBLE_POLICE, &link, 1, 300),
                     EVX_OK);
        double_log_sequence(&b, i);
    }
    evx_courier_fetch_log(b.courier, &empty, 0);
    double_greet(&b, CREDIT, 1);
    cr_assert_eq(double_count(&b, FETCH), 1u);
}

static void see_first(uint64_t size)
{
    struct evx_receipt r;
    double_receipt(&r, &b, 1, 0, size);
    cr_assert_eq(double_send_receipt(&b, &r), EVX_OK);
    evx_receipt_free(&r);
}

Test(fetch, hands_over_every_entry_and_then_the_checkpoint, .timeout = 60)
{
    open_collector(5);
    for (uint64_t i = 0; i < 5; i++)
        cr_assert_eq(double_send_entry(&b, i, 5, false), EVX_OK);
    cr_assert_eq(b.entries, 5u);
    cr_assert_eq(b.entry.fault, EVX_OK);
    cr_assert(b.entry_had_body);
    cr_assert_eq(b.entry.frontier.size, DOUBLE_FIRST + 5u);
    cr_assert_eq(b.checkpoints, 0u);
    cr_assert_eq(double_send_end(&b, 5, 5), EVX_OK);
    cr_assert_eq(b.checkpoints, 1u);
    cr_assert(evx_courier_caught_up(b.courier));
    double_close(&b);
}

Test(fetch, stops_when_an_entry_is_left_out, .timeout = 60)
{
    open_collector(3);
    cr_assert_eq(double_send_entry(&b, 0, 3, false), EVX_OK);
    cr_assert_neq(double_send_entry(&b, 2, 3, false), EVX_OK);
    cr_assert_eq(b.entries, 1u);
    double_close(&b);
}

Test(fetch, stops_when_the_entries_do_not_lead_to_the_signed_root, .timeout = 60)
{
    open_collector(3);
    for (uint64_t i = 0; i < 3; i++)
        cr_assert_eq(double_send_entry(&b, i, 3, false), EVX_OK);
    b.log.root[DOUBLE_FIRST + 3].b[0] ^= 1; // the broker signs another history
    cr_assert_eq(double_send_end(&b, 3, 3), EVX_E_CONSISTENCY);
    cr_assert_eq(b.checkpoints, 0u);
    cr_assert_eq(b.forked, 1u);
    double_close(&b);
}

// A collector that has seen and stored the first two, and is served the third.
static void open_at_two(void)
{
    open_collector(3);
    for (uint64_t i = 0; i < 2; i++)
        cr_assert_eq(double_send_entry(&b, i, 2, false), EVX_OK);
    cr_assert_eq(double_send_end(&b, 2, 2), EVX_OK);
    cr_assert_eq(b.checkpoints, 1u);
    Evx__V1__More more = EVX__V1__MORE__INIT;
    struct evx_inspection_id id = evx_fixture_inspection();
    more.inspection = (ProtobufCBinaryData){sizeof id.b, id.b};
    more.size = DOUBLE_FIRST + 3;
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    f.body_case = EVX__V1__FRAME__BODY_MORE;
    f.more = &more;
    cr_assert_eq(double_send(&b, &f, evx_bytes(NULL, 0)), EVX_OK);
    cr_assert_eq(double_count(&b, FETCH), 2u);
}

// The answer about the checkpoint itself is the better proof, so it is waited for.
Test(fetch, a_wrong_root_is_judged_with_the_brokers_own_answer, .timeout = 60)
{
    open_at_two();
    cr_assert_eq(double_send_entry(&b, 2, 3, false), EVX_OK);
    b.log.root[DOUBLE_FIRST + 3].b[0] ^= 1;
    cr_assert_eq(double_send_end(&b, 3, 3), EVX_OK);
    cr_assert_eq(b.forked, 0u);
    cr_assert_eq(b.checkpoints, 1u, "and nothing of it counts meanwhile");
    cr_assert_eq(double_send_consistency(&b, 2, 3), EVX_E_CONSISTENCY);
    cr_assert_eq(b.forked, 1u);
    cr_assert_eq(b.checkpoints, 1u);
    double_close(&b);
}

Test(fetch, wrong_entries_under_a_right_checkpoint_stop_it_too, .timeout = 60)
{
    open_at_two();
    b.log.entry[DOUBLE_FIRST + 2].p[8] ^= 1; // received at another time than the one logged
    cr_assert_eq(double_send_entry(&b, 2, 3, false), EVX_OK);
    cr_assert_eq(double_send_end(&b, 3, 3), EVX_OK);
    cr_assert_eq(b.forked, 0u);
    cr_assert_eq(double_send_consistency(&b, 2, 3), EVX_E_CONSISTENCY);
    cr_assert_eq(b.forked, 1u);
    cr_assert_eq(b.checkpoints, 1u);
    double_close(&b);
}

Test(fetch, asks_for_the_proof_when_the_checkpoint_reaches_further, .timeout = 60)
{
    open_collector(5);
    for (uint64_t i = 0; i < 3; i++)
        cr_assert_eq(double_send_entry(&b, i, 5, false), EVX_OK);
    cr_assert_eq(double_send_end(&b, 3, 5), EVX_OK);
    cr_assert_eq(b.checkpoints, 0u, "before the proof");
    cr_assert_eq(double_count(&b, GET_CONSISTENCY), 1u);
    cr_assert_eq(double_send_consistency(&b, 3, 5), EVX_OK);
    cr_assert_eq(b.checkpoints, 1u);
    cr_assert_not(evx_courier_caught_up(b.courier));
    cr_assert_eq(double_count(&b, FETCH), 2u);
    cr_assert_eq(double_last(&b, FETCH)->frame->fetch->from_index, DOUBLE_FIRST + 3u);
    double_close(&b);
}

Test(fetch, stops_when_that_proof_is_wrong, .timeout = 60)
{
    open_collector(5);
    for (uint64_t i = 0; i < 3; i++)
        cr_assert_eq(double_send_entry(&b, i, 5, false), EVX_OK);
    cr_assert_eq(double_send_end(&b, 3, 5), EVX_OK);
    b.log.node[1][2].b[5] ^= 1;
    cr_assert_eq(double_send_consistency(&b, 3, 5), EVX_E_CONSISTENCY);
    cr_assert_eq(b.checkpoints, 0u);
    cr_assert_eq(b.forked, 1u);
    double_close(&b);
}

Test(fetch, blames_the_broker_for_a_body_that_is_not_the_logged_one, .timeout = 60)
{
    open_collector(2);
    b.log.body[DOUBLE_FIRST].p[b.log.body[DOUBLE_FIRST].n - 1] ^= 1;
    cr_assert_eq(double_send_entry(&b, 0, 2, false), EVX_E_STORE_DAMAGED);
    cr_assert_eq(b.entries, 0u);
    double_close(&b);
}

Test(fetch, blames_the_broker_for_a_body_of_another_entry, .timeout = 60)
{
    open_collector(2);
    evx_buf_clear(&b.log.body[DOUBLE_FIRST]);
    cr_assert_eq(evx_buf_append(&b.log.body[DOUBLE_FIRST], b.whole[2].p, b.whole[2].n), EVX_OK);
    cr_assert_eq(double_send_entry(&b, 0, 2, false), EVX_E_STORE_DAMAGED);
    double_close(&b);
}

Test(fetch, notices_a_body_that_is_withheld, .timeout = 60)
{
    open_collector(2);
    evx_buf_clear(&b.log.body[DOUBLE_FIRST]);
    cr_assert_eq(double_send_entry(&b, 0, 2, false), EVX_E_PROTOCOL);
    double_close(&b);
}

Test(fetch, reports_a_sender_without_the_right, .timeout = 60)
{
    struct evx_frontier empty = {0};
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    Evx__V1__Heartbeat beat = EVX__V1__HEARTBEAT__INIT;
    static uint8_t stream[16] = {1}, last[32] = {2};
    beat.stream = (ProtobufCBinaryData){16, stream};
    beat.sequence = 1;
    beat.last = (ProtobufCBinaryData){32, last};
    item.body_case = EVX__V1__ITEM__BODY_HEARTBEAT;
    item.heartbeat = &beat;
    double_open(&b, DOUBLE_CARE);
    double_log_item(&b, "exchange-broker", DOUBLE_CARE, &item,
                    1); // a key that is known, a body that may not send
    evx_courier_fetch_log(b.courier, &empty, 0);
    double_greet(&b, CREDIT, 1);
    cr_assert_eq(double_send_entry(&b, 0, 1, false), EVX_OK);
    cr_assert_eq(b.entry.fault, EVX_E_NOT_ENTITLED);
    double_close(&b);
}

Test(fetch, goes_on_where_it_was_after_a_broken_connection, .timeout = 60)
{
    open_collector(4);
    for (uint64_t i = 0; i < 2; i++)
        cr_assert_eq(double_send_entry(&b, i, 4, false), EVX_OK);
    evx_courier_disconnected(b.courier, b.now);
    cr_assert_eq(evx_courier_connected(b.courier, b.now), EVX_OK);
    double_greet(&b, CREDIT, 1);
    cr_assert_eq(double_last(&b, FETCH)->frame->fetch->from_index, DOUBLE_FIRST + 2u);
    for (uint64_t i = 2; i < 4; i++)
        cr_assert_eq(double_send_entry(&b, i, 4, false), EVX_OK);
    cr_assert_eq(double_send_end(&b, 4, 4), EVX_OK);
    cr_assert_eq(b.entries, 4u);
    cr_assert_eq(b.checkpoints, 1u);
    double_close(&b);
}

Test(sight, proves_each_checkpoint_against_the_last_one, .timeout = 60)
{
    double_open(&b, DOUBLE_POLICE);
    double_greet(&b, CREDIT, 1);
    for (size_t i = 0; i < 3; i++)
        double_offer(&b, 1);
    cr_assert_eq(evx_courier_tick(b.courier, b.now), EVX_OK);
    for (uint64_t i = 1; i <= 3; i++)
        double_log_sequence(&b, i);
    see_first(1);
    cr_assert_eq(b.seen_size, 1u);
    struct evx_receipt r;
    double_receipt(&r, &b, 2, 1, 3);
    cr_assert_eq(double_send_receipt(&b, &r), EVX_OK);
    cr_assert_eq(b.seen_size, 1u, "not before its proof");
    cr_assert_eq(double_count(&b, GET_CONSISTENCY), 1u);
    cr_assert_eq(double_send_consistency(&b, 1, 3), EVX_OK);
    cr_assert_eq(b.seen_size, 3u);
    cr_assert_eq(b.forked, 0u);
    evx_receipt_free(&r);
    double_close(&b);
}

Test(sight, keeps_two_roots_of_one_size_and_stops, .timeout = 60)
{
    double_open(&b, DOUBLE_POLICE);
    double_greet(&b, CREDIT, 1);
    double_offer(&b, 1);
    double_offer(&b, 1);
    cr_assert_eq(evx_courier_tick(b.courier, b.now), EVX_OK);
    double_log_sequence(&b, 1);
    see_first(1);
    // Another history of the same length: the second consignment stands at index 0.
    double_rewrite(&b);
    double_log_sequence(&b, 2);
    struct evx_receipt r;
    double_receipt(&r, &b, 2, 0, 1);
    cr_assert_eq(double_send_receipt(&b, &r), EVX_E_CONSISTENCY);
    cr_assert_eq(b.forked, 1u);
    cr_assert_eq(evx_courier_halted(b.courier), EVX_E_CONSISTENCY);
    evx_courier_retry(b.courier);
    cr_assert_eq(evx_courier_halted(b.courier), EVX_E_CONSISTENCY, "trying again must not mend a fork");
    evx_receipt_free(&r);
    double_close(&b);
}

Test(sight, stops_when_the_proof_is_refused_or_wrong, .timeout = 60)
{
    for (int refused = 0; refused < 2; refused++) {
        double_open(&b, DOUBLE_POLICE);
        double_greet(&b, CREDIT, 1);
        double_offer(&b, 1);
        double_offer(&b, 1);
        cr_assert_eq(evx_courier_tick(b.courier, b.now), EVX_OK);
        double_log_sequence(&b, 1);
        double_log_sequence(&b, 2);
        see_first(1);
        struct evx_receipt r;
        double_receipt(&r, &b, 2, 1, 2);
        cr_assert_eq(double_send_receipt(&b, &r), EVX_OK);
        if (!refused) b.log.node[0][DOUBLE_FIRST + 1].b[0] ^= 1;
        enum evx_status s =
            refused ? double_refuse(&b, 0, EVX_E_CONSISTENCY, 0) : double_send_consistency(&b, 1, 2);
        cr_assert_eq(s, EVX_E_CONSISTENCY);
        cr_assert_eq(b.forked, 1u);
        cr_assert_eq(b.seen_size, 1u);
        evx_receipt_free(&r);
        double_close(&b);
    }
}

// --- acknowledgements ---

static uint8_t acknowledged[32] = {5, 5, 5};

static uint64_t log_acknowledgement(const char *from)
{
    static uint8_t item_id[16] = {8};
    Evx__V1__ItemResult refused = EVX__V1__ITEM_RESULT__INIT, *refused_p = &refused;
    refused.item_id = (ProtobufCBinaryData){16, item_id};
    refused.code = EVX_E_ITEM_CONTENT;
    Evx__V1__ConsignmentResult result = EVX__V1__CONSIGNMENT_RESULT__INIT, *result_p = &result;
    result.consignment = (ProtobufCBinaryData){32, acknowledged};
    result.log_index = 41;
    result.n_rejected = 1;
    result.rejected = &refused_p;
    Evx__V1__Acknowledgement ack = EVX__V1__ACKNOWLEDGEMENT__INIT;
    ack.n_result = 1;
    ack.result = &result_p;
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    item.body_case = EVX__V1__ITEM__BODY_ACKNOWLEDGEMENT;
    item.acknowledgement = &ack;
    return double_log_item(&b, from, DOUBLE_POLICE, &item, 1);
}

static void open_agency(const char *from)
{
    double_open(&b, DOUBLE_POLICE);
    log_acknowledgement(from);
    double_greet(&b, CREDIT, 1);
    cr_assert_eq(double_count(&b, FETCH), 1u);
}

Test(acknowledgement, is_taken_once_it_is_proved, .timeout = 60)
{
    open_agency(DOUBLE_CARE);
    cr_assert_eq(double_send_entry(&b, 0, 1, true), EVX_OK);
    cr_assert_eq(b.verdicts, 0u, "before the checkpoint");
    cr_assert_eq(double_send_end(&b, 1, 1), EVX_OK);
    cr_assert_eq(b.verdicts, 1u);
    cr_assert_eq(memcmp(b.verdict.id.b, acknowledged, 32), 0);
    cr_assert_eq(b.verdict.log_index, 41u);
    cr_assert_eq(b.verdict.items, 1u);
    cr_assert_eq(b.cursor, 1u);
    double_close(&b);
}

Test(acknowledgement, of_an_agency_counts_for_nothing, .timeout = 60)
{
    open_agency("northam-council");
    cr_assert_eq(double_send_entry(&b, 0, 1, true), EVX_OK);
    cr_assert_eq(double_send_end(&b, 1, 1), EVX_OK);
    cr_assert_eq(b.verdicts, 0u);
    cr_assert_eq(b.cursor, 1u);
    double_close(&b);
}

Test(acknowledgement, without_its_place_in_the_log_is_asked_for_again, .timeout = 60)
{
    open_agency(DOUBLE_CARE);
    log_acknowledgement("inspectorate-health"); // so that the path has something in it
    b.log.node[0][DOUBLE_FIRST + 1].b[3] ^= 1;
    cr_assert_eq(double_send_entry(&b, 0, 2, true), EVX_OK);
    cr_assert_eq(double_send_end(&b, 2, 2), EVX_OK);
    cr_assert_eq(b.verdicts, 0u);
    cr_assert_eq(b.cursors, 0u, "the cursor passed something that was not read");
    double_forget(&b);
    b.now += 60000;
    cr_assert_eq(evx_courier_tick(b.courier, b.now), EVX_OK);
    cr_assert_eq(double_last(&b, FETCH)->frame->fetch->from_index, 0u);
    double_close(&b);
}

Test(acknowledgement, that_comes_before_its_receipt_waits_for_it, .timeout = 60)
{
    open_agency(DOUBLE_CARE);
    b.verdict_answer = EVX_E_GAP;
    cr_assert_eq(double_send_entry(&b, 0, 1, true), EVX_OK);
    cr_assert_eq(double_send_end(&b, 1, 1), EVX_OK);
    cr_assert_eq(b.cursors, 0u);
    b.verdict_answer = EVX_OK;
    b.now += 60000;
    cr_assert_eq(evx_courier_tick(b.courier, b.now), EVX_OK);
    cr_assert_eq(double_send_entry(&b, 0, 1, true), EVX_OK);
    cr_assert_eq(double_send_end(&b, 1, 1), EVX_OK);
    cr_assert_eq(b.cursor, 1u);
    double_close(&b);
}

// Two of them, and the answer stops behind the first for longer than it is waited for.
static void open_torn(void)
{
    open_agency(DOUBLE_CARE);
    log_acknowledgement(DOUBLE_CARE);
    cr_assert_eq(double_send_entry(&b, 0, 2, true), EVX_OK);
    b.now += 30000;
    cr_assert_eq(evx_courier_tick(b.courier, b.now), EVX_OK);
    cr_assert_eq(double_count(&b, FETCH), 2u);
}

static void send_both(void)
{
    b.directory_sent = false;
    for (uint64_t i = 0; i < 2; i++)
        cr_assert_eq(double_send_entry(&b, i, 2, true), EVX_OK);
    cr_assert_eq(double_send_end(&b, 2, 2), EVX_OK);
}

Test(acknowledgement, that_was_dropped_with_half_an_answer_is_read_from_the_next_one, .timeout = 60)
{
    open_torn();
    cr_assert_eq(double_send_entry(&b, 1, 2, true), EVX_OK);
    cr_assert_eq(double_send_end(&b, 2, 2), EVX_OK);
    cr_assert_eq(b.cursors, 0u, "the cursor passed something that was not read");
    send_both();
    cr_assert_eq(b.verdicts, 2u);
    cr_assert_eq(b.cursor, 2u);
    double_close(&b);
}

Test(acknowledgement, half_an_answer_stays_one_however_late_its_end_comes, .timeout = 60)
{
    open_torn();
    b.now += 30000;
    cr_assert_eq(evx_courier_tick(b.courier, b.now), EVX_OK);
    cr_assert_eq(double_send_entry(&b, 1, 2, true), EVX_OK);
    cr_assert_eq(double_send_end(&b, 2, 2), EVX_OK);
    cr_assert_eq(b.cursors, 0u, "the cursor passed something that was not read");
    double_close(&b);
}

Test(acknowledgement, another_session_begins_with_a_whole_answer, .timeout = 60)
{
    open_torn();
    cr_assert_eq(evx_courier_connected(b.courier, b.now), EVX_OK);
    double_greet(&b, CREDIT, 1);
    send_both();
    cr_assert_eq(b.cursor, 2u);
    double_close(&b);
}

// The question was given up, its answer begins before the next question and ends behind it.
Test(acknowledgement, that_comes_while_nothing_is_asked_is_asked_for, .timeout = 60)
{
    open_agency(DOUBLE_CARE);
    cr_assert_eq(double_refuse(&b, 0, EVX_E_BUSY, 0), EVX_OK);
    cr_assert_eq(double_send_entry(&b, 0, 1, true), EVX_OK);
    b.now += 30000;
    cr_assert_eq(evx_courier_tick(b.courier, b.now), EVX_OK);
    cr_assert_eq(double_count(&b, FETCH), 2u);
    cr_assert_eq(double_send_end(&b, 1, 1), EVX_OK);
    cr_assert_eq(b.cursors, 0u, "the cursor passed something that was not read");
    b.directory_sent = false;
    cr_assert_eq(double_send_entry(&b, 0, 1, true), EVX_OK);
    cr_assert_eq(double_send_end(&b, 1, 1), EVX_OK);
    cr_assert_eq(b.verdicts, 1u);
    double_close(&b);
}

// The same for whoever reads everything: the rest of it is not taken for a log with holes.
Test(fetch, the_rest_of_an_answer_that_was_given_up_is_passed_over, .timeout = 60)
{
    open_collector(3);
    cr_assert_eq(double_send_entry(&b, 0, 3, false), EVX_OK);
    b.now += 30000;
    cr_assert_eq(evx_courier_tick(b.courier, b.now), EVX_OK);
    cr_assert_eq(double_last(&b, FETCH)->frame->fetch->from_index, DOUBLE_FIRST + 1u);
    for (uint64_t from = 1, again = 0; again < 2; again++) {
        for (uint64_t i = from; i < 3; i++)
            cr_assert_eq(double_send_entry(&b, i, 3, false), EVX_OK);
        cr_assert_eq(double_send_end(&b, 3, 3), EVX_OK);
        cr_assert_eq(b.checkpoints, again);
    }
    cr_assert_eq(b.entries, 3u);
    double_close(&b);
}

// --- what is not in the log ---

#define GET_EQUIVOCATIONS EVX__V1__FRAME__BODY_GET_EQUIVOCATIONS

static enum evx_status say_equivocation(uint64_t number)
{
    struct evx_inspection_id inspection = evx_fixture_inspection();
    Evx__V1__Equivocation m = EVX__V1__EQUIVOCATION__INIT;
    static uint8_t entry[8] = {1};
    m.inspection = (ProtobufCBinaryData){sizeof inspection.b, inspection.b};
    m.number = number;
    if (number) m.first = m.second = (ProtobufCBinaryData){sizeof entry, entry};
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    f.body_case = EVX__V1__FRAME__BODY_EQUIVOCATION;
    f.equivocation = &m;
    return double_send(&b, &f, evx_bytes(NULL, 0));
}

Test(fetch, asks_for_equivocations_until_there_are_no_more, .timeout = 60)
{
    double_takes_equivocations = true;
    open_collector(1);
    cr_assert_eq(double_count(&b, GET_EQUIVOCATIONS), 1u);
    cr_assert_eq(double_send_entry(&b, 0, 1, false), EVX_OK);
    cr_assert_eq(double_send_end(&b, 1, 1), EVX_OK);
    cr_assert_not(evx_courier_caught_up(b.courier), "there may be more");
    cr_assert_eq(say_equivocation(4), EVX_OK);
    cr_assert_eq(b.equivocations, 1u);
    cr_assert_eq(double_last(&b, GET_EQUIVOCATIONS)->frame->get_equivocations->after, 4u);
    cr_assert_eq(say_equivocation(0), EVX_OK);
    cr_assert(evx_courier_caught_up(b.courier));
    size_t asked = double_count(&b, GET_EQUIVOCATIONS);
    cr_assert_eq(evx_courier_tick(b.courier, b.now), EVX_OK);
    cr_assert_eq(double_count(&b, GET_EQUIVOCATIONS), asked, "not all the time");
    b.now += 60000;
    cr_assert_eq(evx_courier_tick(b.courier, b.now), EVX_OK);
    cr_assert_eq(double_count(&b, GET_EQUIVOCATIONS), asked + 1);
    double_close(&b);
}

Test(fetch, takes_no_equivocation_that_was_not_asked_for, .timeout = 60)
{
    double_takes_equivocations = true;
    open_collector(1);
    cr_assert_eq(say_equivocation(4), EVX_OK);
    cr_assert_eq(say_equivocation(4), EVX_OK);
    cr_assert_eq(b.equivocations, 1u, "the same number twice");
    cr_assert_eq(say_equivocation(3), EVX_OK);
    cr_assert_eq(b.equivocations, 1u, "a lower number");
    double_close(&b);
    double_takes_equivocations = false;
    open_collector(1);
    cr_assert_eq(double_count(&b, GET_EQUIVOCATIONS), 0u);
    cr_assert_eq(say_equivocation(4), EVX_OK);
    cr_assert_eq(b.equivocations, 0u);
    double_close(&b);
}
