// SPDX-License-Identifier: Apache-2.0
//
// What an agency keeps of what inspectorates send it, and what it believes of that when
// it reads it again.
#include "agents/client/inbox.h"

#include <criterion/criterion.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/client/agent_state.h"
#include "agents/client/engine/outbox_schema.h"
#include "tests/unit/client/broker_double.h"

#define CREDIT  (4u << 20)
#define REQUEST EVX__V1__ITEM__BODY_REQUEST
#define HEALTH  "inspectorate-health"

static struct broker_double b;
static struct evx_outbox *store;
static char path[64];

static void open_store(uint64_t limit)
{
    struct evx_outbox_options how = {.organisation = DOUBLE_POLICE,
                                     .inspection = evx_fixture_inspection(),
                                     .limit_bytes = 64u << 20,
                                     .inbox_limit_bytes = limit};
    cr_assert_eq(evx_outbox_open(&store, path, &how), EVX_OK);
    b.inbox = store;
}

static void set_up(void)
{
    char folder[] = "/tmp/inbox-XXXXXX";
    cr_assert(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/outbox.db", folder);
    double_open(&b, DOUBLE_POLICE);
    open_store(0);
}

static void tear_down(void)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    char name[80];
    evx_outbox_close(&store);
    double_close(&b);
    for (size_t i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        unlink(name);
    }
    path[strlen(path) - strlen("/outbox.db")] = '\0';
    rmdir(path);
}

static Evx__V1__Request request = EVX__V1__REQUEST__INIT;

static Evx__V1__Item request_item(char *text)
{
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    request.text = text;
    item.body_case = REQUEST;
    item.request = &request;
    return item;
}

static uint64_t log_request(const char *from, char *text)
{
    Evx__V1__Item item = request_item(text);
    return double_log_item(&b, from, DOUBLE_POLICE, &item, 1);
}

// The agency fetches everything that stands in the log.
static void fetch(void)
{
    uint64_t size = b.log.frontier.size - DOUBLE_FIRST;
    double_greet(&b, CREDIT, 1);
    for (uint64_t i = 0; i < size; i++)
        cr_assert_eq(double_send_entry(&b, i, size, true), EVX_OK);
    cr_assert_eq(double_send_end(&b, size, size), EVX_OK);
}

// --- arriving ---

Test(inbox, keeps_a_request, .init = set_up, .fini = tear_down, .timeout = 60)
{
    log_request(DOUBLE_CARE, "the log of 14 March");
    fetch();
    cr_assert_eq(b.letters, 1u);
    cr_assert_eq(b.letter_items, 1u);
    cr_assert_eq(b.letter_item[0].kind, (unsigned)REQUEST);
    cr_assert_eq(b.cursor, 1u);
}

Test(inbox, keeps_what_stands_beside_an_acknowledgement, .init = set_up, .fini = tear_down, .timeout = 60)
{
    static uint8_t id[32] = {7};
    Evx__V1__ConsignmentResult result = EVX__V1__CONSIGNMENT_RESULT__INIT, *result_p = &result;
    result.consignment = (ProtobufCBinaryData){32, id};
    Evx__V1__Acknowledgement ack = EVX__V1__ACKNOWLEDGEMENT__INIT;
    ack.n_result = 1;
    ack.result = &result_p;
    Evx__V1__Item both[2] = {EVX__V1__ITEM__INIT, request_item("and this")};
    both[0].body_case = EVX__V1__ITEM__BODY_ACKNOWLEDGEMENT;
    both[0].acknowledgement = &ack;
    const Evx__V1__Item *items[] = {&both[0], &both[1]};
    struct evx_item_id ids[2];
    double_log_items(&b, DOUBLE_CARE, DOUBLE_POLICE, items, 2, 1, ids);
    fetch();
    cr_assert_eq(b.verdicts, 1u);
    cr_assert_eq(b.letters, 1u);
    cr_assert_eq(b.letter_items, 1u, "an acknowledgement is no letter");
    cr_assert_eq(b.letter_item[0].number, 1u);
    cr_assert_eq(memcmp(b.letter_item[0].id.b, ids[1].b, sizeof ids[1].b), 0);
}

Test(inbox, takes_nothing_from_another_agency, .init = set_up, .fini = tear_down, .timeout = 60)
{
    log_request("northam-council", "send us everything");
    fetch();
    cr_assert_eq(b.letters, 0u);
    cr_assert_eq(b.cursor, 1u, "it is no reason to stop");
}

// The fixture's directory with other rights for one organisation, in force and sealed under.
static struct evx_directory *with_rights(const char *org, const char *rights)
{
    struct evx_buf text = {0}, note = {0}, line = {0};
    struct evx_directory *d = NULL;
    struct evx_bytes whole = evx_fixture_text(b.fixture);
    cr_assert_eq(evx_buf_printf(&line, "member %s %s ", EVX_FIXTURE_INSPECTION, org), EVX_OK);
    const uint8_t *at = memmem(whole.p, whole.n, line.p, line.n);
    cr_assert_not_null(at);
    const uint8_t *end = memchr(at, '\n', whole.n - (size_t)(at - whole.p));
    cr_assert_eq(evx_buf_append(&text, whole.p, (size_t)(at - whole.p) + line.n), EVX_OK);
    cr_assert_eq(evx_buf_append_text(&text, rights), EVX_OK);
    cr_assert_eq(evx_buf_append(&text, end, (size_t)(whole.p + whole.n - end)), EVX_OK);
    cr_assert_eq(evx_fixture_sign_directory(&note, b.fixture, evx_buf_bytes(&text), 3), EVX_OK);
    cr_assert_eq(evx_directory_load(&d, evx_buf_bytes(&note), NULL, NULL, NULL), EVX_OK);
    evx_buf_free(&text);
    evx_buf_free(&note);
    evx_buf_free(&line);
    double_begin_with(&b, d);
    b.sealed_under = d;
    b.log.frontier = (struct evx_frontier){0};
    evx_buf_clear(&b.log.entry[0]);
    double_log_directory(&b, d);
    cr_assert_eq(evx_courier_connected(b.courier, b.now), EVX_OK);
    return d;
}

// Even where agencies may write to each other.
Test(inbox, takes_nothing_from_another_agency_that_may_write_to_us, .init = set_up, .fini = tear_down,
     .timeout = 60)
{
    struct evx_directory *d = with_rights(DOUBLE_POLICE, "send,receive");
    log_request(HEALTH, "this one is an inspectorate's");
    log_request("northam-council", "send us everything");
    fetch();
    cr_assert_eq(b.letters, 1u);
    cr_assert_eq(b.cursor, 2u);
    evx_directory_destroy(&d);
}

// It may ask, but what it has received nobody can hear from it.
Test(inbox, takes_no_acknowledgement_from_an_inspectorate_that_receives_nothing, .init = set_up,
     .fini = tear_down, .timeout = 60)
{
    static uint8_t id[32] = {7};
    struct evx_directory *d = with_rights(HEALTH, "send");
    Evx__V1__ConsignmentResult result = EVX__V1__CONSIGNMENT_RESULT__INIT, *result_p = &result;
    result.consignment = (ProtobufCBinaryData){32, id};
    Evx__V1__Acknowledgement ack = EVX__V1__ACKNOWLEDGEMENT__INIT;
    ack.n_result = 1;
    ack.result = &result_p;
    Evx__V1__Item both[2] = {EVX__V1__ITEM__INIT, request_item("but this")};
    both[0].body_case = EVX__V1__ITEM__BODY_ACKNOWLEDGEMENT;
    both[0].acknowledgement = &ack;
    const Evx__V1__Item *items[] = {&both[0], &both[1]};
    double_log_items(&b, HEALTH, DOUBLE_POLICE, items, 2, 1, NULL);
    fetch();
    cr_assert_eq(b.verdicts, 0u);
    cr_assert_eq(b.letters, 1u);
    evx_directory_destroy(&d);
}

Test(inbox, takes_nothing_of_another_inspection, .init = set_up, .fini = tear_down, .timeout = 60)
{
    b.sealed_for.b[0] ^= 1;
    log_request(DOUBLE_CARE, "of another inspection");
    fetch();
    cr_assert_eq(b.letters, 0u);
    cr_assert_eq(b.cursors, 0u, "the broker is asked again");
}

Test(inbox, takes_nothing_that_was_not_admissible, .init = set_up, .fini = tear_down, .timeout = 60)
{
    uint64_t now = b.now;
    b.now += 3ull * 365 * 86400000; // the sender's key has ended by then
    log_request(DOUBLE_CARE, "too late");
    b.now = now;
    fetch();
    cr_assert_eq(b.letters, 0u);
    cr_assert_eq(b.cursor, 1u);
}

Test(inbox, takes_nothing_that_is_not_proved_to_stand_in_the_log, .init = set_up, .fini = tear_down,
     .timeout = 60)
{
    log_request(DOUBLE_CARE, "one");
    log_request(HEALTH, "two");
    b.log.node[0][0].b[3] ^= 1; // spoils the path of the first
    fetch();
    cr_assert_eq(b.letters, 1u, "the second one's path is whole");
    cr_assert_eq(b.cursors, 0u);
}

// --- reading ---

struct seen {
    unsigned n;
    struct evx_inbox_row row[4];
    char text[4][32];
};

static enum evx_status see(void *user, const struct evx_inbox_row *row, const Evx__V1__Item *item)
{
    struct seen *s = user;
    cr_assert(s->n < 4);
    snprintf(s->text[s->n], sizeof s->text[0], "%s", item->request ? item->request->text : "");
    s->row[s->n++] = *row;
    return EVX_OK;
}

// As an agent would that is open on this store.
static enum evx_status read_with(struct seen *seen, uint32_t kind, struct evx_directory *directory,
                                 struct evx_opener *opener)
{
    struct evx_agent a = {.organisation = (char *)DOUBLE_POLICE,
                          .inspection = evx_fixture_inspection(),
                          .directories = {.at = {directory}, .n = 1},
                          .opener = opener,
                          .outbox = store};
    *seen = (struct seen){0};
    return evx_agent_inbox(&a, kind, see, seen);
}

static enum evx_status read_all(struct seen *seen)
{
    return read_with(seen, 0, (struct evx_directory *)evx_fixture_directory(b.fixture), b.opener);
}

static void two_letters(void)
{
    log_request(DOUBLE_CARE, "first");
    log_request(HEALTH, "second");
    fetch();
    cr_assert_eq(b.letters, 2u);
}

Test(inbox, shows_each_item_once_in_the_order_of_the_log, .init = set_up, .fini = tear_down, .timeout = 60)
{
    struct seen seen;
    two_letters();
    evx_courier_disconnected(b.courier, b.now);
    b.now += 60000;
    evx_courier_set_cursor(b.courier, 0); // as after a crash: everything comes again
    cr_assert_eq(evx_courier_connected(b.courier, b.now), EVX_OK);
    fetch();
    cr_assert_eq(b.letters, 4u);
    cr_assert_eq(read_all(&seen), EVX_OK);
    cr_assert_eq(seen.n, 2u);
    cr_assert_str_eq(seen.text[0], "first");
    cr_assert_str_eq(seen.text[1], "second");
    cr_assert_str_eq(seen.row[0].sender, DOUBLE_CARE);
    cr_assert_eq(seen.row[1].index, 1u);
    cr_assert_eq(seen.row[1].received_ms, b.log.received_ms[DOUBLE_FIRST + 1]);
}

Test(inbox, shows_only_the_kind_asked_for, .init = set_up, .fini = tear_down, .timeout = 60)
{
    struct seen seen;
    struct evx_directory *d = (struct evx_directory *)evx_fixture_directory(b.fixture);
    two_letters();
    cr_assert_eq(read_with(&seen, EVX__V1__ITEM__BODY_JUDGEMENT, d, b.opener), EVX_OK);
    cr_assert_eq(seen.n, 0u);
    cr_assert_eq(read_with(&seen, REQUEST, d, b.opener), EVX_OK);
    cr_assert_eq(seen.n, 2u);
}

Test(inbox, shows_an_item_that_comes_in_two_consignments_once, .init = set_up, .fini = tear_down,
     .timeout = 60)
{
    struct seen seen;
    two_letters();
    struct evx_inbox_item again = {.number = 0, .kind = REQUEST};
    cr_assert_eq(read_all(&seen), EVX_OK);
    again.id = seen.row[0].id;
    struct evx_inbox_letter letter = {.index = 9,
                                      .sender = DOUBLE_CARE,
                                      .whole = evx_buf_bytes(&b.log.body[DOUBLE_FIRST]),
                                      .item = &again,
                                      .items = 1};
    cr_assert_eq(evx_outbox_begin(store), EVX_OK);
    cr_assert_eq(evx_outbox_letter(store, &letter), EVX_OK);
    cr_assert_eq(evx_outbox_commit(store), EVX_OK);
    cr_assert_eq(read_all(&seen), EVX_OK);
    cr_assert_eq(seen.n, 2u);
}

Test(inbox, is_closed_without_keys, .init = set_up, .fini = tear_down, .timeout = 60)
{
    struct seen seen;
    struct evx_directory *d = (struct evx_directory *)evx_fixture_directory(b.fixture);
    two_letters();
    cr_assert_eq(read_with(&seen, 0, d, NULL), EVX_E_NOT_ALLOWED);
    cr_assert_eq(seen.n, 0u);
}

static enum evx_status refuse(void *user, const struct evx_inbox_row *row, const Evx__V1__Item *item)
{
    (void)row;
    (void)item;
    ((struct seen *)user)->n++;
    return EVX_E_NOT_FOUND;
}

Test(inbox, stops_with_the_readers_own_error, .init = set_up, .fini = tear_down, .timeout = 60)
{
    two_letters();
    struct evx_agent a = {
        .inspection = evx_fixture_inspection(),
        .directories = {.at = {(struct evx_directory *)evx_fixture_directory(b.fixture)}, .n = 1},
        .opener = b.opener,
        .outbox = store};
    struct seen seen = {.n = 0};
    cr_assert_eq(evx_agent_inbox(&a, 0, refuse, &seen), EVX_E_NOT_FOUND);
    cr_assert_eq(seen.n, 1u);
}

static void change(const char *sql)
{
    sqlite3 *db = NULL;
    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK, "%s: %s", sql, sqlite3_errmsg(db));
    sqlite3_close(db);
}

// Whatever was done to the first letter, it is not shown and the second one is.
Test(inbox, does_not_show_a_damaged_row, .timeout = 300)
{
    static const char *const damage[] = {
        // the tag of the last ciphertext
        "UPDATE inbox SET bytes = CAST(substr(bytes, 1, bytes_n - 16) || zeroblob(16) AS BLOB)"
        " WHERE log_index = 0",
        // two bytes of the header
        "UPDATE inbox SET bytes = CAST(substr(bytes, 1, 20) || X'ffff' || substr(bytes, 23) AS BLOB)"
        " WHERE log_index = 0",
        "UPDATE inbox SET bytes = X'' WHERE log_index = 0",
        // said to be somebody else's
        "UPDATE inbox_item SET sender = 'inspectorate-policing' WHERE log_index = 0",
        "UPDATE inbox_item SET sender = 'northam-council' WHERE log_index = 0",
        "UPDATE inbox_item SET id = zeroblob(16) WHERE log_index = 0",
        "UPDATE inbox_item SET number = 7 WHERE log_index = 0",
        "UPDATE inbox_item SET kind = 10 WHERE log_index = 0",
        // another letter's bytes
        "UPDATE inbox SET bytes = (SELECT bytes FROM inbox WHERE log_index = 1) WHERE log_index = 0",
    };
    for (size_t i = 0; i < sizeof damage / sizeof damage[0]; i++) {
        struct seen seen;
        set_up();
        two_letters();
        change(damage[i]);
        cr_assert_eq(read_all(&seen), EVX_E_STORE_DAMAGED, "%s", damage[i]);
        cr_assert_eq(seen.n, 1u, "%s", damage[i]);
        cr_assert_str_eq(seen.text[0], "second");
        tear_down();
    }
}

// Everything that is read is as it was, but nobody signed it.
Test(inbox, does_not_show_what_is_not_signed, .init = set_up, .fini = tear_down, .timeout = 60)
{
    char sql[256];
    struct seen seen;
    two_letters();
    unsigned at = 8 + evx_get_be32(b.log.body[DOUBLE_FIRST].p + 4); // the signature follows the header
    snprintf(
        sql, sizeof sql,
        "UPDATE inbox SET bytes = CAST(substr(bytes, 1, %u) || zeroblob(64) || substr(bytes, %u) AS BLOB)"
        " WHERE log_index = 0",
        at, at + 65);
    change(sql);
    cr_assert_eq(read_all(&seen), EVX_E_STORE_DAMAGED);
    cr_assert_eq(seen.n, 1u);
}

// A whole letter put into the file by somebody, with a row that says what it should.
static void plant(uint64_t at, const char *sender, struct evx_item_id id)
{
    struct evx_inbox_item item = {.id = id, .kind = REQUEST};
    struct evx_inbox_letter letter = {.index = 7,
                                      .sender = sender,
                                      .whole = evx_buf_bytes(&b.log.body[DOUBLE_FIRST + at]),
                                      .item = &item,
                                      .items = 1};
    cr_assert_eq(evx_outbox_begin(store), EVX_OK);
    cr_assert_eq(evx_outbox_letter(store, &letter), EVX_OK);
    cr_assert_eq(evx_outbox_commit(store), EVX_OK);
}

static uint64_t seal_one(const char *from, struct evx_item_id *id)
{
    Evx__V1__Item item = request_item("planted");
    const Evx__V1__Item *items[] = {&item};
    return double_log_items(&b, from, DOUBLE_POLICE, items, 1, 1, id);
}

Test(inbox, does_not_show_an_agencys_word_that_was_put_into_the_file, .init = set_up, .fini = tear_down,
     .timeout = 60)
{
    struct evx_item_id id;
    struct seen seen;
    uint64_t at = seal_one("northam-council", &id);
    plant(at, "northam-council", id);
    cr_assert_eq(read_all(&seen), EVX_E_STORE_DAMAGED);
    cr_assert_eq(seen.n, 0u);
}

Test(inbox, does_not_show_another_inspections_letter_that_was_put_into_the_file, .init = set_up,
     .fini = tear_down, .timeout = 60)
{
    struct evx_item_id id;
    struct seen seen;
    b.sealed_for.b[0] ^= 1;
    uint64_t at = seal_one(DOUBLE_CARE, &id);
    plant(at, DOUBLE_CARE, id);
    cr_assert_eq(read_all(&seen), EVX_E_STORE_DAMAGED);
    cr_assert_eq(seen.n, 0u);
}

// The key of `org` revoked in the fixture's log from `index` on.
static struct evx_directory *revoking(const char *org, unsigned index)
{
    struct evx_buf text = {0}, note = {0};
    struct evx_directory *d = NULL;
    char hex[65];
    const struct evx_dir_inspection *i =
        evx_directory_inspection(evx_fixture_directory(b.fixture), &b.sealed_for);
    evx_hex(hex, evx_fixture_key(b.fixture, org, EVX_KEY_SIG)->fingerprint.b, 32);
    struct evx_bytes whole = evx_fixture_text(b.fixture);
    cr_assert_eq(evx_buf_append(&text, whole.p, whole.n), EVX_OK);
    cr_assert_eq(evx_buf_printf(&text, "revoked %s %s %u lost\n", hex, i->origin, index), EVX_OK);
    cr_assert_eq(evx_fixture_sign_directory(&note, b.fixture, evx_buf_bytes(&text), 3), EVX_OK);
    cr_assert_eq(evx_directory_load(&d, evx_buf_bytes(&note), NULL, NULL, NULL), EVX_OK);
    evx_buf_free(&text);
    evx_buf_free(&note);
    return d;
}

Test(inbox, does_not_show_what_stands_behind_the_senders_revocation, .init = set_up, .fini = tear_down,
     .timeout = 60)
{
    struct seen seen;
    two_letters();
    struct evx_directory *d = revoking(HEALTH, 1);
    cr_assert_eq(read_with(&seen, 0, d, b.opener), EVX_E_STORE_DAMAGED);
    cr_assert_eq(seen.n, 1u);
    evx_directory_destroy(&d);
    d = revoking(HEALTH, 2);
    cr_assert_eq(read_with(&seen, 0, d, b.opener), EVX_OK);
    cr_assert_eq(seen.n, 2u);
    evx_directory_destroy(&d);
}

// The fixture's directory without any line on its inspection.
static struct evx_directory *without_inspection(void)
{
    struct evx_buf text = {0}, note = {0};
    struct evx_directory *d = NULL;
    struct evx_bytes rest = evx_fixture_text(b.fixture);
    while (rest.n) {
        const uint8_t *end = memchr(rest.p, '\n', rest.n);
        size_t n = end ? (size_t)(end - rest.p) + 1 : rest.n;
        if (!memmem(rest.p, n, EVX_FIXTURE_INSPECTION, strlen(EVX_FIXTURE_INSPECTION)))
            cr_assert_eq(evx_buf_append(&text, rest.p, n), EVX_OK);
        rest = evx_bytes(rest.p + n, rest.n - n);
    }
    cr_assert_eq(evx_fixture_sign_directory(&note, b.fixture, evx_buf_bytes(&text), 3), EVX_OK);
    cr_assert_eq(evx_directory_load(&d, evx_buf_bytes(&note), NULL, NULL, NULL), EVX_OK);
    evx_buf_free(&text);
    evx_buf_free(&note);
    return d;
}

// Whether a key was revoked in its log cannot be told then.
Test(inbox, shows_nothing_of_an_inspection_that_the_directory_does_not_know, .init = set_up,
     .fini = tear_down, .timeout = 60)
{
    struct seen seen;
    two_letters();
    struct evx_directory *d = without_inspection();
    cr_assert_eq(read_with(&seen, 0, d, b.opener), EVX_E_STORE_DAMAGED);
    cr_assert_eq(seen.n, 0u);
    evx_directory_destroy(&d);
}

// --- its size ---

Test(inbox, counts_what_does_not_fit_and_goes_on, .init = set_up, .fini = tear_down, .timeout = 60)
{
    struct seen seen;
    struct evx_inbox_state state;
    log_request(DOUBLE_CARE, "first");
    evx_outbox_close(&store);
    open_store(b.log.body[DOUBLE_FIRST].n + 8);
    log_request(HEALTH, "second");
    fetch();
    cr_assert_eq(b.cursor, 2u);
    struct evx_inbox_item item = {.kind = REQUEST};
    struct evx_inbox_letter again = {.index = 1,
                                     .sender = HEALTH,
                                     .whole = evx_buf_bytes(&b.log.body[DOUBLE_FIRST + 1]),
                                     .item = &item,
                                     .items = 1};
    cr_assert_eq(evx_outbox_begin(store), EVX_OK);
    cr_assert_eq(evx_outbox_letter(store, &again), EVX_OK);
    cr_assert_eq(evx_outbox_commit(store), EVX_OK);
    cr_assert_eq(evx_outbox_inbox_state(store, &state), EVX_OK);
    cr_assert_eq(state.items, 1u);
    cr_assert_eq(state.left_out, 1u, "the same one counts once");
    cr_assert_eq(state.left_out_index, 1u);
    cr_assert_eq(read_all(&seen), EVX_OK);
    cr_assert_eq(seen.n, 1u);
}

Test(inbox, comes_into_a_store_of_the_first_version, .init = set_up, .fini = tear_down, .timeout = 60)
{
    struct evx_outbox *reader = NULL;
    struct evx_outbox_options how = {
        .organisation = DOUBLE_POLICE, .inspection = evx_fixture_inspection(), .read_only = true};
    evx_outbox_close(&store);
    cr_assert_eq(unlink(path), 0);
    change(outbox_schema[0]);
    cr_assert_eq(evx_outbox_open(&reader, path, &how), EVX_E_SCHEMA, "a reader changes nothing");
    open_store(0);
    two_letters();
    change("PRAGMA user_version = 99;");
    evx_outbox_close(&store);
    how.read_only = false;
    cr_assert_eq(evx_outbox_open(&reader, path, &how), EVX_E_SCHEMA);
}
