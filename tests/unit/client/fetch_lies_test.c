// SPDX-License-Identifier: Apache-2.0
//
// A broker that answers a fetch with what it should not: nothing of it is handed over,
// or it is handed over with the fault that its sender is to be told of.
#include "tests/unit/client/broker_double.h"

#include <criterion/criterion.h>
#include <string.h>

#define CREDIT (4u << 20)

static struct broker_double b;

static void open_collector(size_t n, size_t items, size_t bytes, uint64_t max_bytes)
{
    struct evx_frontier empty = {0};
    double_open(&b, DOUBLE_CARE);
    for (size_t i = 1; i <= n; i++) {
        struct evx_chain_link link = {.stream = {{1, 2, 3}}, .sequence = i, .previous = b.id[i - 1]};
        cr_assert_eq(
            evx_fixture_consignment(&b.whole[i], &b.id[i], b.fixture, DOUBLE_POLICE, &link, items, bytes),
            EVX_OK);
        double_log_sequence(&b, i);
    }
    evx_courier_fetch_log(b.courier, &empty, max_bytes);
    double_greet(&b, CREDIT, 1);
}

// A heartbeat from the police to the other inspectorate: the collector gets the entry alone.
static void open_with_another_ones(void)
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
    double_log_item(&b, DOUBLE_POLICE, "inspectorate-health", &item, 1);
    evx_buf_clear(&b.log.body[DOUBLE_FIRST]);
    evx_courier_fetch_log(b.courier, &empty, 0);
    double_greet(&b, CREDIT, 1);
}

// Turns a bit of `what` where it first stands in the entry.
static void spoil(const void *what, size_t n)
{
    struct evx_buf *entry = &b.log.entry[DOUBLE_FIRST];
    uint8_t *at = memmem(entry->p, entry->n, what, n);
    cr_assert_not_null(at);
    at[n / 2] ^= 1;
}

Test(fetch_lies, an_entry_that_is_not_for_us_is_handed_over_without_a_body, .timeout = 60)
{
    open_with_another_ones();
    cr_assert_eq(double_send_entry(&b, 0, 1, false), EVX_OK);
    cr_assert_eq(b.entries, 1u);
    cr_assert_eq(b.entry.fault, EVX_OK);
    cr_assert_not(b.entry_had_body);
    double_close(&b);
}

Test(fetch_lies, its_signature_is_checked_all_the_same, .timeout = 60)
{
    open_with_another_ones();
    b.log.entry[DOUBLE_FIRST].p[b.log.entry[DOUBLE_FIRST].n - 1] ^= 1;
    cr_assert_eq(double_send_entry(&b, 0, 1, false), EVX_OK);
    cr_assert_eq(b.entry.fault, EVX_E_SIGNATURE);
    double_close(&b);
}

Test(fetch_lies, a_sender_that_nobody_knows_is_named_as_such, .timeout = 60)
{
    open_with_another_ones();
    spoil(evx_fixture_key(b.fixture, DOUBLE_POLICE, EVX_KEY_SIG)->fingerprint.b, 32);
    cr_assert_eq(double_send_entry(&b, 0, 1, false), EVX_OK);
    cr_assert_eq(b.entry.fault, EVX_E_UNKNOWN_KEY);
    double_close(&b);
}

Test(fetch_lies, a_key_of_another_use_signs_nothing, .timeout = 60)
{
    open_with_another_ones();
    struct evx_buf *entry = &b.log.entry[DOUBLE_FIRST];
    uint8_t *at =
        memmem(entry->p, entry->n, evx_fixture_key(b.fixture, DOUBLE_POLICE, EVX_KEY_SIG)->fingerprint.b, 32);
    cr_assert_not_null(at);
    memcpy(at, evx_fixture_key(b.fixture, DOUBLE_POLICE, EVX_KEY_ENC)->fingerprint.b, 32);
    cr_assert_eq(double_send_entry(&b, 0, 1, false), EVX_OK);
    cr_assert_eq(b.entry.fault, EVX_E_UNKNOWN_KEY);
    double_close(&b);
}

Test(fetch_lies, a_sender_of_another_length_stops_the_fetch, .timeout = 60)
{
    open_with_another_ones();
    struct evx_buf *entry = &b.log.entry[DOUBLE_FIRST];
    uint8_t *at =
        memmem(entry->p, entry->n, evx_fixture_key(b.fixture, DOUBLE_POLICE, EVX_KEY_SIG)->fingerprint.b, 32);
    cr_assert_not_null(at);
    cr_assert_eq(at[-1], 32);
    at[-1]--;
    memmove(at + 31, at + 32, (size_t)(entry->p + entry->n - (at + 32)));
    entry->n--;
    cr_assert_eq(double_send_entry(&b, 0, 1, false), EVX_E_STORE_DAMAGED);
    cr_assert_eq(b.entries, 0u);
    double_close(&b);
}

Test(fetch_lies, another_inspections_entry_stops_the_fetch, .timeout = 60)
{
    struct evx_inspection_id id = evx_fixture_inspection();
    open_with_another_ones();
    spoil(id.b, sizeof id.b);
    cr_assert_eq(double_send_entry(&b, 0, 1, false), EVX_E_STORE_DAMAGED);
    cr_assert_eq(b.entries, 0u);
    double_close(&b);
}

static Evx__V1__Entry entry_at(uint64_t index, struct evx_bytes *body)
{
    static struct evx_inspection_id id;
    id = evx_fixture_inspection();
    Evx__V1__Entry m = EVX__V1__ENTRY__INIT;
    m.inspection = (ProtobufCBinaryData){sizeof id.b, id.b};
    m.index = index;
    m.log_entry = (ProtobufCBinaryData){b.log.entry[index].n, b.log.entry[index].p};
    *body = evx_buf_bytes(&b.log.body[index]);
    m.body = body->n > 0;
    m.bytes = body->n;
    m.sender = DOUBLE_POLICE;
    return m;
}

static enum evx_status send_entry(Evx__V1__Entry *m, struct evx_bytes body)
{
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    f.body_case = EVX__V1__FRAME__BODY_ENTRY;
    f.entry = m;
    return double_send(&b, &f, body);
}

Test(fetch_lies, what_is_past_retention_is_handed_over_as_gone, .timeout = 60)
{
    open_collector(2, 1, 300, 0);
    cr_assert_eq(double_send_entry(&b, 0, 2, false), EVX_OK);
    struct evx_bytes body;
    Evx__V1__Entry m = entry_at(DOUBLE_FIRST + 1, &body);
    m.expired = true;
    m.body = false;
    m.bytes = 0;
    cr_assert_eq(send_entry(&m, evx_bytes(NULL, 0)), EVX_OK);
    cr_assert_eq(b.entries, 2u);
    cr_assert_eq(b.entry.fault, EVX_E_ERASED);
    double_close(&b);
}

Test(fetch_lies, what_was_not_asked_for_or_does_not_fit_is_left, .timeout = 60)
{
    open_collector(2, 1, 300, 0);
    cr_assert_eq(double_send_entry(&b, 0, 2, false), EVX_OK);
    struct evx_bytes body;
    Evx__V1__Entry good = entry_at(DOUBLE_FIRST + 1, &body), m = good;
    uint8_t other[16] = {9};
    m.inspection.data = other;
    cr_assert_eq(send_entry(&m, body), EVX_OK);
    m = good, m.bytes--;
    cr_assert_eq(send_entry(&m, body), EVX_OK);
    m = good, m.body = false;
    cr_assert_eq(send_entry(&m, body), EVX_OK);
    cr_assert_eq(b.entries, 1u);
    cr_assert_eq(evx_courier_fault(b.courier), EVX_E_PROTOCOL);
    cr_assert_eq(send_entry(&good, body), EVX_OK);
    cr_assert_eq(b.entries, 2u);
    cr_assert_eq(double_send_end(&b, 2, 2), EVX_OK);
    cr_assert_eq(b.checkpoints, 1u);
    double_close(&b);
}

// One byte is asked for; a batch of many megabytes is no answer to that.
Test(fetch_lies, far_more_than_was_asked_for_ends_the_fetch, .timeout = 120)
{
    open_collector(9, 15, 65000, 1);
    enum evx_status s = EVX_OK;
    uint64_t i = 0;
    for (; i < 9 && !s; i++)
        s = double_send_entry(&b, i, 9, false);
    cr_assert_eq(s, EVX_E_PROTOCOL);
    cr_assert_lt(b.entries, 9u);
    double_close(&b);
}

static enum evx_status send_end(uint64_t next, uint64_t says, uint64_t size, bool ours)
{
    struct evx_inspection_id id = evx_fixture_inspection();
    struct evx_buf note = {0};
    double_checkpoint(&note, &b, size, "exchange-broker");
    id.b[0] ^= !ours;
    Evx__V1__FetchEnd m = EVX__V1__FETCH_END__INIT;
    m.inspection = (ProtobufCBinaryData){sizeof id.b, id.b};
    m.next_index = next + DOUBLE_FIRST;
    m.size = says + DOUBLE_FIRST;
    m.checkpoint = (ProtobufCBinaryData){note.n, note.p};
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    f.body_case = EVX__V1__FRAME__BODY_FETCH_END;
    f.fetch_end = &m;
    enum evx_status s = double_send(&b, &f, evx_bytes(NULL, 0));
    evx_buf_free(&note);
    return s;
}

// Entries were handed over by then: the batch must be undone, so the step fails.
Test(fetch_lies, an_end_that_does_not_fit_undoes_the_batch, .timeout = 60)
{
    static const struct {
        const char *what;
        uint64_t next, says, size;
        bool ours;
    } ends[] = {
        {"another size than is signed", 2, 4, 3, true}, {"next beyond the log", 4, 3, 3, true},
        {"next before what was sent", 1, 3, 3, true},   {"next beyond what was sent", 3, 3, 3, true},
        {"another inspection", 2, 3, 3, false},
    };
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        open_collector(3, 1, 300, 0);
        cr_assert_eq(double_send_entry(&b, 0, 3, false), EVX_OK);
        cr_assert_eq(double_send_entry(&b, 1, 3, false), EVX_OK);
        cr_assert_eq(send_end(ends[i].next, ends[i].says, ends[i].size, ends[i].ours), EVX_E_PROTOCOL, "%s",
                     ends[i].what);
        cr_assert_eq(b.checkpoints, 0u, "%s", ends[i].what);
        double_close(&b);
    }
}

// Nothing of such an end counts, but the log's key signed it: it has to agree with what was seen.
Test(fetch_lies, a_log_that_ends_before_what_was_read_is_asked_about, .timeout = 60)
{
    open_collector(3, 1, 300, 0);
    for (uint64_t i = 0; i < 3; i++)
        cr_assert_eq(double_send_entry(&b, i, 3, false), EVX_OK);
    cr_assert_eq(send_end(3, 3, 3, true), EVX_OK);
    cr_assert_eq(b.checkpoints, 1u);
    b.now += 30000;
    cr_assert_eq(evx_courier_tick(b.courier, b.now), EVX_OK);
    double_forget(&b);
    cr_assert_eq(send_end(2, 2, 2, true), EVX_OK);
    b.now += 1000;
    cr_assert_eq(evx_courier_tick(b.courier, b.now), EVX_OK);
    cr_assert_eq(double_count(&b, EVX__V1__FRAME__BODY_GET_CONSISTENCY), 1u);
    cr_assert_eq(double_refuse(&b, 0, EVX_E_CONSISTENCY, 0), EVX_E_CONSISTENCY);
    cr_assert_eq(b.forked, 1u);
    double_close(&b);
}

// What an agency is sent comes in the log's order, once.
Test(fetch_lies, an_agencys_entries_ascend, .timeout = 60)
{
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    Evx__V1__Request request = EVX__V1__REQUEST__INIT;
    request.text = "attendance of spring term";
    item.body_case = EVX__V1__ITEM__BODY_REQUEST;
    item.request = &request;
    double_open(&b, DOUBLE_POLICE);
    double_log_item(&b, DOUBLE_CARE, DOUBLE_POLICE, &item, 1);
    double_greet(&b, CREDIT, 1);
    cr_assert_eq(double_send_entry(&b, 0, 1, true), EVX_OK);
    cr_assert_eq(evx_courier_fault(b.courier), EVX_OK);
    cr_assert_eq(double_send_entry(&b, 0, 1, true), EVX_OK);
    cr_assert_eq(evx_courier_fault(b.courier), EVX_E_PROTOCOL);
    cr_assert_eq(double_send_end(&b, 1, 1), EVX_OK);
    cr_assert_eq(b.letters, 1u);
    double_close(&b);
}

Test(fetch_lies, one_entry_twice_stops_the_fetch, .timeout = 60)
{
    open_collector(2, 1, 300, 0);
    cr_assert_eq(double_send_entry(&b, 0, 2, false), EVX_OK);
    cr_assert_eq(double_send_entry(&b, 0, 2, false), EVX_E_PROTOCOL);
    cr_assert_eq(b.entries, 1u);
    double_close(&b);
}

// They are held until a checkpoint comes, and none ever does.
Test(fetch_lies, an_agency_does_not_hold_entries_without_end, .timeout = 120)
{
    enum evx_status s = EVX_OK;
    uint64_t sent = 0;
    double_open(&b, DOUBLE_POLICE);
    double_greet(&b, CREDIT, 1);
    for (; sent < 8192 && !s; sent++) {
        struct evx_bytes body;
        Evx__V1__Entry m = entry_at(0, &body); // small, and needs no body to be kept
        m.index = sent;
        m.sender = "";
        s = send_entry(&m, body);
    }
    cr_assert_eq(s, EVX_E_PROTOCOL, "%llu entries were held", (unsigned long long)sent);
    double_close(&b);
}
