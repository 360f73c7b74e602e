// SPDX-License-Identifier: Apache-2.0
//
// The directory as the courier sees it: what the log adopts, what is fetched for it, a
// broker that keeps an old one, one that has expired.
#include <criterion/criterion.h>
#include <string.h>

#include "tests/testlib/chain.h"
#include "tests/unit/client/broker_double.h"

#define CREDIT        (4u << 20)
#define FETCH         EVX__V1__FRAME__BODY_FETCH
#define GET_DIRECTORY EVX__V1__FRAME__BODY_GET_DIRECTORY
#define SUBMIT        EVX__V1__FRAME__BODY_SUBMIT
#define EXPIRES_MS    1798761600000ull // of the fixture's directory

static struct broker_double b;
static struct evx_buf second; // version 2, signed
static struct evx_directory *version_2;

static void set_up(const char *org)
{
    double_open(&b, org);
    chain_next(&second, b.fixture, evx_fixture_directory(b.fixture), NULL, NULL, 7);
    cr_assert_eq(evx_directory_load(&version_2, evx_buf_bytes(&second), NULL, NULL, NULL), EVX_OK);
}

static void agency(void) { set_up(DOUBLE_POLICE); }

static void collector(void)
{
    struct evx_frontier empty = {0};
    set_up(DOUBLE_CARE);
    evx_courier_fetch_log(b.courier, &empty, 0);
}

static void tear_down(void)
{
    evx_directory_destroy(&version_2);
    evx_buf_free(&second);
    double_close(&b);
}

static enum evx_status send_directory(uint64_t version, const struct evx_buf *note)
{
    Evx__V1__DirectoryNote m = EVX__V1__DIRECTORY_NOTE__INIT;
    m.version = version;
    m.note = (ProtobufCBinaryData){note->n, note->p};
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    f.body_case = EVX__V1__FRAME__BODY_DIRECTORY;
    f.directory = &m;
    return double_send(&b, &f, evx_bytes(NULL, 0));
}

// Nothing comes, and somebody looks twice a second.
static void silence(uint64_t ms)
{
    for (uint64_t end = b.now + ms; b.now < end; b.now += 500)
        cr_assert_eq(evx_courier_tick(b.courier, b.now), EVX_OK);
    cr_assert_eq(evx_courier_tick(b.courier, b.now), EVX_OK);
}

Test(directory, an_adoption_is_handed_over_and_rules_what_follows, .init = collector, .fini = tear_down,
     .timeout = 60)
{
    double_log_directory(&b, evx_fixture_directory(b.fixture)); // the same version once more
    double_greet(&b, CREDIT, 1);
    cr_assert_eq(double_send_entry(&b, 0, 1, false), EVX_OK);
    cr_assert_eq(b.adoptions, 2u);
    cr_assert_eq(b.entry.fault, EVX_E_DIRECTORY_ROLLBACK, "a version is adopted once");
    cr_assert_eq(evx_courier_fault(b.courier), EVX_E_DIRECTORY_ROLLBACK);
}

Test(directory, a_log_that_adopts_nothing_first_proves_nothing, .init = collector, .fini = tear_down,
     .timeout = 60)
{
    double_offer(&b, 1);
    double_log_sequence(&b, 1);
    double_greet(&b, CREDIT, 1);
    // Without its first entry: what would stand at 1 is sent as if it stood at 0.
    b.log.frontier = (struct evx_frontier){0};
    for (int i = 0; i < 2; i++)
        evx_buf_clear(&b.log.entry[i]), evx_buf_clear(&b.log.body[i]);
    double_log_sequence(&b, 1);
    cr_assert_eq(double_send_first(&b, 1), EVX_OK);
    cr_assert_eq(b.entry.fault, EVX_E_DIRECTORY_UNLOGGED);
    cr_assert_eq(b.entries, 1u);
}

Test(directory, a_second_directory_of_one_number_is_an_alarm, .init = collector, .fini = tear_down,
     .timeout = 60)
{
    struct evx_digest other = *evx_directory_hash(version_2);
    other.b[0] ^= 1;
    double_greet(&b, CREDIT, 1);
    double_log_adoption(&b, 2, &other);
    cr_assert_eq(double_send_entry(&b, 0, 1, false), EVX_OK);
    cr_assert_eq(double_count(&b, GET_DIRECTORY), 1u);
    cr_assert_eq(double_send_end(&b, 1, 1), EVX_OK);
    cr_assert_eq(send_directory(2, &second), EVX_OK);
    cr_assert_eq(double_send_entry(&b, 0, 1, false), EVX_OK);
    cr_assert_eq(b.entry.fault, EVX_E_DIRECTORY_SPLIT);
    cr_assert_eq(evx_courier_fault(b.courier), EVX_E_DIRECTORY_SPLIT);
}

Test(directory, what_the_log_adopts_is_fetched_before_reading_on, .init = collector, .fini = tear_down,
     .timeout = 60)
{
    double_log_directory(&b, version_2);
    double_greet(&b, CREDIT, 1);
    cr_assert_eq(double_send_entry(&b, 0, 1, false), EVX_OK);
    cr_assert_eq(b.adoptions, 1u, "the one that is not known here waits");
    cr_assert_eq(double_last(&b, GET_DIRECTORY)->frame->get_directory->version, 2u);
    cr_assert_eq(double_send_end(&b, 1, 1), EVX_OK);
    cr_assert_eq(b.checkpoints, 0u);
    cr_assert_eq(double_count(&b, FETCH), 1u, "not again before the directory is here");
    cr_assert_eq(send_directory(2, &second), EVX_OK);
    cr_assert_eq(b.directory_version, 2u);
    cr_assert_eq(double_count(&b, FETCH), 2u);
    cr_assert_eq(double_last(&b, FETCH)->frame->fetch->from_index, DOUBLE_FIRST);
    cr_assert_eq(double_send_entry(&b, 0, 1, false), EVX_OK);
    cr_assert_eq(b.adoptions, 2u);
    cr_assert_eq(b.entry.fault, EVX_OK);
    cr_assert_eq(evx_courier_halted(b.courier), EVX_OK);
}

Test(directory, a_broker_that_keeps_an_old_one_is_noticed, .init = collector, .fini = tear_down,
     .timeout = 60)
{
    double_log_directory(&b, version_2);
    double_greet(&b, CREDIT, 1);
    cr_assert_eq(double_send_entry(&b, 0, 1, false), EVX_OK);
    cr_assert_eq(double_refuse(&b, 0, EVX_E_DIRECTORY_UNKNOWN, 0), EVX_OK);
    cr_assert_eq(evx_courier_halted(b.courier), EVX_E_DIRECTORY_FROZEN);
    cr_assert_eq(send_directory(2, &second), EVX_OK);
    cr_assert_eq(evx_courier_halted(b.courier), EVX_OK, "mended by the directory itself");
}

Test(directory, silence_is_no_answer, .init = collector, .fini = tear_down, .timeout = 60)
{
    double_log_directory(&b, version_2);
    double_greet(&b, CREDIT, 1);
    cr_assert_eq(double_send_entry(&b, 0, 1, false), EVX_OK);
    silence(9500);
    cr_assert_eq(evx_courier_halted(b.courier), EVX_OK);
    silence(500);
    cr_assert_eq(evx_courier_halted(b.courier), EVX_E_DIRECTORY_FROZEN);
}

// A clock set forward, or a machine that slept: the answer may be on its way, or here and unread.
Test(directory, a_clock_set_forward_is_no_silence, .init = collector, .fini = tear_down, .timeout = 60)
{
    double_log_directory(&b, version_2);
    double_greet(&b, CREDIT, 1);
    cr_assert_eq(double_send_entry(&b, 0, 1, false), EVX_OK);
    silence(5000);
    for (int i = 0; i < 2; i++) {
        b.now += 86400000;
        cr_assert_eq(evx_courier_tick(b.courier, b.now), EVX_OK);
        cr_assert_eq(evx_courier_halted(b.courier), EVX_OK);
    }
    silence(5000);
    cr_assert_eq(evx_courier_halted(b.courier), EVX_E_DIRECTORY_FROZEN, "what was waited before counts on");
    cr_assert_eq(send_directory(2, &second), EVX_OK);
    cr_assert_eq(evx_courier_halted(b.courier), EVX_OK);
}

Test(directory, somebody_elses_newer_directory_is_asked_for, .init = collector, .fini = tear_down,
     .timeout = 60)
{
    double_seal_under(&b, version_2);
    double_greet(&b, CREDIT, 1);
    cr_assert_eq(double_send_entry(&b, 0, 1, false), EVX_OK);
    cr_assert_eq(b.entry.fault, EVX_E_DIRECTORY_UNKNOWN);
    cr_assert_eq(double_count(&b, GET_DIRECTORY), 1u);
    cr_assert_eq(double_refuse(&b, 0, EVX_E_DIRECTORY_UNKNOWN, 0), EVX_OK);
    cr_assert_eq(evx_courier_halted(b.courier), EVX_E_DIRECTORY_FROZEN);
}

Test(directory, a_broker_behind_us_is_noticed_and_not_followed, .init = agency, .fini = tear_down,
     .timeout = 60)
{
    double_greet(&b, CREDIT, 2);
    cr_assert_eq(send_directory(2, &second), EVX_OK);
    cr_assert_eq(evx_directory_version(evx_courier_directory(b.courier)), 2u);
    evx_courier_disconnected(b.courier, b.now);
    cr_assert_eq(evx_courier_connected(b.courier, b.now), EVX_OK);
    double_greet(&b, CREDIT, 1);
    cr_assert_eq(evx_courier_fault(b.courier), EVX_E_DIRECTORY_FROZEN);
    struct evx_buf first = {0};
    cr_assert_eq(evx_buf_append(&first, evx_fixture_note(b.fixture).p, evx_fixture_note(b.fixture).n),
                 EVX_OK);
    cr_assert_eq(send_directory(1, &first), EVX_OK);
    cr_assert_eq(evx_directory_version(evx_courier_directory(b.courier)), 2u);
    evx_buf_free(&first);
}

Test(directory, nothing_is_sent_under_one_that_has_expired, .init = agency, .fini = tear_down, .timeout = 60)
{
    double_offer(&b, 1);
    b.now = EXPIRES_MS;
    double_greet(&b, CREDIT, 1);
    cr_assert_eq(double_count(&b, SUBMIT), 0u);
    cr_assert_eq(double_count(&b, FETCH), 0u);
    cr_assert_eq(double_count(&b, GET_DIRECTORY), 1u, "perhaps there is a new one");
    cr_assert_eq(evx_courier_halted(b.courier), EVX_OK);
    b.now = EXPIRES_MS - 1; // the broker's word is believed only within its key's time
    cr_assert_eq(double_refuse(&b, 0, EVX_E_DIRECTORY_UNKNOWN, 0), EVX_OK);
    b.now = EXPIRES_MS;
    cr_assert_eq(evx_courier_tick(b.courier, b.now), EVX_OK);
    cr_assert_eq(evx_courier_halted(b.courier), EVX_E_DIRECTORY_EXPIRED);
}

Test(directory, a_new_one_ends_the_wait_of_the_expired, .init = agency, .fini = tear_down, .timeout = 60)
{
    struct evx_buf longer = {0};
    chain_next(&longer, b.fixture, evx_fixture_directory(b.fixture), "expires 2027-01-01",
               "expires 2028-01-01", 7);
    b.now = EXPIRES_MS;
    double_greet(&b, CREDIT, 2);
    silence(10000);
    cr_assert_eq(evx_courier_halted(b.courier), EVX_E_DIRECTORY_FROZEN);
    cr_assert_eq(send_directory(2, &longer), EVX_OK);
    cr_assert_eq(evx_courier_halted(b.courier), EVX_OK);
    cr_assert_eq(evx_directory_version(evx_courier_directory(b.courier)), 2u);
    evx_buf_free(&longer);
}

Test(directory, an_agency_keeps_what_the_log_adopts, .init = agency, .fini = tear_down, .timeout = 60)
{
    double_log_directory(&b, version_2);
    double_greet(&b, CREDIT, 2);
    cr_assert_eq(send_directory(2, &second), EVX_OK);
    cr_assert_eq(double_send_entry(&b, 0, 1, true), EVX_OK);
    cr_assert_eq(double_send_end(&b, 1, 1), EVX_OK);
    cr_assert_eq(b.adopted, 2u);
    cr_assert_eq(b.adopted_version, 2u);
    cr_assert_eq(b.adopted_index, 0u);
}

Test(directory, an_agency_believes_no_adoption_without_its_proof, .init = agency, .fini = tear_down,
     .timeout = 60)
{
    double_log_directory(&b, version_2);
    double_greet(&b, CREDIT, 2);
    cr_assert_eq(send_directory(2, &second), EVX_OK);
    cr_assert_eq(double_send_entry(&b, 0, 1, false), EVX_OK);
    cr_assert_eq(double_send_end(&b, 1, 1), EVX_OK);
    cr_assert_eq(b.adopted, 1u, "the first one had a proof");
    cr_assert_eq(evx_courier_fault(b.courier), EVX_E_INCLUSION);
}

Test(directory, an_adoption_of_another_form_is_the_brokers_fault, .init = collector, .fini = tear_down,
     .timeout = 60)
{
    double_log_directory(&b, version_2);
    double_greet(&b, CREDIT, 1);
    b.log.entry[DOUBLE_FIRST].n--;
    cr_assert_eq(double_send_entry(&b, 0, 1, false), EVX_E_STORE_DAMAGED);
}

// Enrolled late: the agent was given version 2, the log begins under version 1.
static void late(void)
{
    struct evx_frontier empty = {0};
    double_open(&b, DOUBLE_CARE);
    chain_next(&second, b.fixture, evx_fixture_directory(b.fixture), NULL, NULL, 7);
    cr_assert_eq(evx_directory_load(&version_2, evx_buf_bytes(&second), NULL, NULL, NULL), EVX_OK);
    double_begin_with(&b, version_2);
    evx_courier_fetch_log(b.courier, &empty, 0);
    double_greet(&b, CREDIT, 2);
}

Test(directory, reads_the_beginning_of_a_log_that_is_older_than_its_own, .init = late, .fini = tear_down,
     .timeout = 60)
{
    struct evx_buf first = {0};
    struct evx_bytes note = evx_fixture_note(b.fixture);
    cr_assert_eq(double_send_first(&b, 1), EVX_OK);
    cr_assert_eq(double_last(&b, GET_DIRECTORY)->frame->get_directory->version, 1u);
    cr_assert_eq(b.adoptions, 0u);
    cr_assert_eq(double_refuse(&b, 0, EVX_E_DIRECTORY_UNKNOWN, 0), EVX_OK);
    cr_assert_eq(evx_courier_halted(b.courier), EVX_E_DIRECTORY_UNKNOWN, "no freeze, but nothing goes on");
    cr_assert_eq(evx_buf_append(&first, note.p, note.n), EVX_OK);
    first.p[note.n / 3] ^= 1;
    cr_assert_eq(send_directory(1, &first), EVX_OK);
    cr_assert_eq(evx_courier_halted(b.courier), EVX_E_DIRECTORY_UNKNOWN, "not that one");
    first.p[note.n / 3] ^= 1;
    cr_assert_eq(send_directory(1, &first), EVX_OK);
    cr_assert_eq(evx_courier_halted(b.courier), EVX_OK);
    cr_assert_eq(evx_directory_version(evx_courier_directory(b.courier)), 2u, "the newest stays in use");
    cr_assert_eq(double_send_end(&b, 0, 0), EVX_OK);
    cr_assert_eq(double_send_first(&b, 1), EVX_OK);
    cr_assert_eq(b.adoptions, 1u);
    cr_assert_eq(b.entry.fault, EVX_OK);
    evx_buf_free(&first);
}

// Something sealed to a key of ours that came after the one that was loaded.
Test(directory, stops_rather_than_refuse_what_a_newer_key_of_ours_opens, .init = collector, .fini = tear_down,
     .timeout = 60)
{
    static const char fresh[] =
        "key inspectorate-care enc 2 "
        "0101010101010101010101010101010101010101010101010101010101010101 " EVX_FIXTURE_FROM
        " " EVX_FIXTURE_UNTIL "\nkey inspectorate-care sig";
    struct evx_buf note = {0};
    struct evx_directory *rotated = NULL;
    chain_next(&note, b.fixture, evx_fixture_directory(b.fixture), "key inspectorate-care sig", fresh, 7);
    cr_assert_eq(evx_directory_load(&rotated, evx_buf_bytes(&note), NULL, NULL, NULL), EVX_OK);
    double_greet(&b, CREDIT, 2);
    cr_assert_eq(send_directory(2, &note), EVX_OK);
    double_log_directory(&b, rotated);
    b.sealed_to = evx_directory_key_of(rotated, DOUBLE_CARE, EVX_KEY_ENC, EVX_FIXTURE_NOW_MS);
    cr_assert_eq(b.sealed_to->epoch, 2);
    double_seal_under(&b, rotated);
    cr_assert_eq(double_send_entry(&b, 0, 2, false), EVX_OK);
    cr_assert_eq(double_send_entry(&b, 1, 2, false), EVX_E_KEY_MISSING);
    cr_assert_eq(b.entries, 0u, "it is read again after a restart");
    evx_directory_destroy(&rotated);
    evx_buf_free(&note);
}
