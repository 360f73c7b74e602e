// SPDX-License-Identifier: Apache-2.0
#include "agents/client/outbox.h"

#include <criterion/criterion.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/testlib/fixture.h"

#define NOW 1772355600000ull

static char path[64];
static struct evx_fixture *fixture;
static struct evx_stream_id stream = {{1, 2, 3}};
static struct evx_digest last;
static uint64_t sequence;

static struct evx_outbox_options options(void)
{
    return (struct evx_outbox_options){
        .organisation = "northam-police", .inspection = evx_fixture_inspection(), .limit_bytes = 64u << 20};
}

static struct evx_outbox *open_outbox(void)
{
    struct evx_outbox *o = NULL;
    struct evx_outbox_options how = options();
    cr_assert_eq(evx_outbox_open(&o, path, &how), EVX_OK);
    return o;
}

static void set_up(void)
{
    char folder[] = "/tmp/outbox-XXXXXX";
    cr_assert(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/outbox.db", folder);
    fixture = evx_fixture_new();
    cr_assert(fixture);
}

static void tear_down(void)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    char name[80];
    for (size_t i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        unlink(name);
    }
    path[strlen(path) - strlen("/outbox.db")] = '\0';
    rmdir(path);
    evx_fixture_free(fixture);
}

static struct evx_sign_public signer(void)
{
    struct evx_sign_public k;
    memcpy(k.b, evx_fixture_key(fixture, "northam-police", EVX_KEY_SIG)->public_key, sizeof k.b);
    return k;
}

// Adds the next consignment within a transaction that is open.
static enum evx_status add(struct evx_outbox *o, bool awaits, uint64_t *number, struct evx_digest *id)
{
    struct evx_buf whole = {0};
    struct evx_item_id items[2] = {{{1}}, {{2}}};
    struct evx_chain_link link = {.stream = stream, .sequence = sequence + 1, .previous = last};
    cr_assert_eq(evx_fixture_consignment(&whole, id, fixture, "northam-police", &link, 2, 600), EVX_OK);
    struct evx_outbox_new row = {.id = *id,
                                 .sequence = sequence + 1,
                                 .whole = evx_buf_bytes(&whole),
                                 .item_id = items,
                                 .items = 2,
                                 .signer = signer(),
                                 .awaits = awaits,
                                 .now_ms = NOW};
    enum evx_status s = evx_outbox_add(o, &row, number);
    evx_buf_free(&whole);
    if (s) return s;
    sequence++;
    last = *id;
    return EVX_OK;
}

static uint64_t add_committed(struct evx_outbox *o, bool awaits, struct evx_digest *id)
{
    uint64_t number = 0;
    struct evx_outbox_stream s;
    cr_assert_eq(evx_outbox_begin(o), EVX_OK);
    if (evx_outbox_stream(o, &s) == EVX_E_NOT_FOUND)
        cr_assert_eq(evx_outbox_stream_begin(o, &stream, NULL), EVX_OK);
    cr_assert_eq(add(o, awaits, &number, id), EVX_OK);
    cr_assert_eq(evx_outbox_commit(o), EVX_OK);
    return number;
}

static enum evx_status accept(struct evx_outbox *o, uint64_t number, const struct evx_digest *id,
                              uint64_t index)
{
    struct evx_receipt r = {
        .consignment = *id, .inspection = evx_fixture_inspection(), .index = index, .received_ms = 7};
    static const char note[] = "exchange.example/log\n1\nAAAA\n\n\xe2\x80\x94 x AAAA\n";
    cr_assert_eq(evx_buf_append(&r.checkpoint, note, sizeof note - 1), EVX_OK);
    cr_assert_eq(evx_outbox_begin(o), EVX_OK);
    enum evx_status s = evx_outbox_accept(o, number, &r, evx_bytes("entry", 5), NOW + 1);
    evx_receipt_free(&r);
    if (s) {
        evx_outbox_rollback(o);
        return s;
    }
    return evx_outbox_commit(o);
}

static enum evx_status judge(struct evx_outbox *o, const struct evx_outbox_verdict *v)
{
    cr_assert_eq(evx_outbox_begin(o), EVX_OK);
    enum evx_status s = evx_outbox_judge(o, v, NOW + 2);
    if (s) {
        evx_outbox_rollback(o);
        return s;
    }
    return evx_outbox_commit(o);
}

struct one_row {
    size_t n;
    struct evx_outbox_row row;
};
static enum evx_status keep_row(void *user, const struct evx_outbox_row *row)
{
    struct one_row *r = user;
    r->n++;
    r->row = *row;
    return EVX_OK;
}
static struct evx_outbox_row last_row(struct evx_outbox *o)
{
    struct one_row r = {0};
    cr_assert_eq(evx_outbox_rows(o, keep_row, &r), EVX_OK);
    cr_assert(r.n > 0);
    return r.row;
}

TestSuite(outbox, .init = set_up, .fini = tear_down, .timeout = 60);

Test(outbox, gives_back_the_same_bytes_after_a_restart)
{
    struct evx_digest id;
    struct evx_outbox *o = open_outbox();
    add_committed(o, true, &id);
    evx_outbox_close(&o);
    o = open_outbox();
    struct evx_parcel *p = NULL;
    uint64_t number = 0;
    cr_assert_eq(evx_outbox_next(o, 0, &p, &number), EVX_OK);
    cr_assert_eq(memcmp(p->id.b, id.b, 32), 0);
    cr_assert_eq(p->sequence, 1u);
    evx_parcel_destroy(&p);
    cr_assert_eq(evx_outbox_next(o, number, &p, &number), EVX_E_NOT_FOUND);
    cr_assert_eq(evx_outbox_count(o).spooled, 1u);
    evx_outbox_close(&o);
}

Test(outbox, climbs_the_ladder_and_forgets_the_bytes_at_its_end)
{
    struct evx_digest id;
    struct evx_parcel *p = NULL;
    struct evx_outbox *o = open_outbox();
    uint64_t number = add_committed(o, true, &id);
    cr_assert_eq(last_row(o).rung, EVX_RUNG_SPOOLED);
    cr_assert_eq(accept(o, number, &id, 41), EVX_OK);
    cr_assert_eq(last_row(o).rung, EVX_RUNG_ACCEPTED);
    cr_assert_eq(last_row(o).index, 41u);
    cr_assert_eq(evx_outbox_at_sequence(o, &stream, 1, &p), EVX_OK, "kept until it is acknowledged");
    evx_parcel_destroy(&p);
    struct evx_outbox_verdict v = {.organisation = "inspectorate-care", .id = id, .log_index = 41};
    cr_assert_eq(judge(o, &v), EVX_OK);
    cr_assert_eq(last_row(o).rung, EVX_RUNG_ACKNOWLEDGED);
    cr_assert_eq(evx_outbox_at_sequence(o, &stream, 1, &p), EVX_E_NOT_FOUND);
    struct evx_outbox_counts n = evx_outbox_count(o);
    cr_assert_eq(n.spooled + n.unanswered + n.kept_bytes, 0u);
    evx_outbox_close(&o);
}

Test(outbox, forgets_at_once_what_nobody_will_acknowledge)
{
    struct evx_digest id;
    struct evx_outbox *o = open_outbox();
    uint64_t number = add_committed(o, false, &id);
    cr_assert_eq(accept(o, number, &id, 1), EVX_OK);
    cr_assert_eq(evx_outbox_count(o).kept_bytes, 0u);
    evx_outbox_close(&o);
}

Test(outbox, keeps_each_inspectorates_verdict_and_lets_the_first_decide)
{
    struct evx_digest id;
    struct evx_outbox *o = open_outbox();
    uint64_t number = add_committed(o, true, &id);
    cr_assert_eq(accept(o, number, &id, 3), EVX_OK);
    struct evx_outbox_item refused = {.id = {{2}}, .code = EVX_E_ITEM_CONTENT, .judged = true};
    struct evx_outbox_verdict v = {
        .organisation = "inspectorate-care", .id = id, .log_index = 3, .item = &refused, .items = 1};
    cr_assert_eq(judge(o, &v), EVX_OK);
    cr_assert_eq(last_row(o).items_rejected, 1u);
    struct evx_outbox_verdict other = {
        .organisation = "inspectorate-health", .id = id, .log_index = 3, .code = EVX_E_WRAP};
    cr_assert_eq(judge(o, &other), EVX_OK);
    cr_assert_eq(last_row(o).rung, EVX_RUNG_ACKNOWLEDGED, "a later answer must not contradict the first");
    evx_outbox_close(&o);
}

static enum evx_status keep_items(void *user, const struct evx_outbox_item *item)
{
    struct evx_outbox_item *out = user;
    out[item->id.b[0] - 1] = *item;
    return EVX_OK;
}

Test(outbox, tells_the_verdict_of_every_item)
{
    struct evx_digest id;
    struct evx_outbox_item item[2];
    struct evx_outbox *o = open_outbox();
    uint64_t number = add_committed(o, true, &id);
    cr_assert_eq(evx_outbox_items(o, &id, keep_items, item), EVX_OK);
    cr_assert_not(item[0].judged);
    cr_assert_eq(accept(o, number, &id, 3), EVX_OK);
    struct evx_outbox_item refused = {.id = {{2}}, .code = EVX_E_ITEM_CONTENT};
    struct evx_outbox_verdict v = {
        .organisation = "inspectorate-care", .id = id, .log_index = 3, .item = &refused, .items = 1};
    cr_assert_eq(judge(o, &v), EVX_OK);
    cr_assert_eq(evx_outbox_items(o, &id, keep_items, item), EVX_OK);
    cr_assert(item[0].judged && item[0].code == EVX_OK);
    cr_assert(item[1].judged && item[1].code == EVX_E_ITEM_CONTENT);
    evx_outbox_close(&o);
}

Test(outbox, takes_no_verdict_about_something_else)
{
    struct evx_digest id, unknown = {{9}};
    struct evx_outbox *o = open_outbox();
    uint64_t number = add_committed(o, true, &id);
    struct evx_outbox_verdict v = {.organisation = "inspectorate-care", .id = id, .log_index = 3};
    cr_assert_eq(judge(o, &v), EVX_E_GAP, "not accepted yet");
    cr_assert_eq(accept(o, number, &id, 3), EVX_OK);
    v.id = unknown;
    cr_assert_eq(judge(o, &v), EVX_E_RECEIPT_MISMATCH);
    v.log_index = 99;
    cr_assert_eq(judge(o, &v), EVX_E_NOT_FOUND);
    cr_assert_eq(last_row(o).rung, EVX_RUNG_ACCEPTED);
    evx_outbox_close(&o);
}

Test(outbox, never_goes_back)
{
    struct evx_digest id;
    struct evx_outbox *o = open_outbox();
    uint64_t number = add_committed(o, true, &id);
    cr_assert_eq(accept(o, number, &id, 3), EVX_OK);
    cr_assert_eq(accept(o, number, &id, 4), EVX_OK); // a second receipt changes nothing
    cr_assert_eq(last_row(o).index, 3u);
    cr_assert_eq(evx_outbox_begin(o), EVX_OK);
    cr_assert_eq(evx_outbox_refuse(o, number, EVX_E_SIGNATURE, true, NOW), EVX_OK);
    cr_assert_eq(evx_outbox_commit(o), EVX_OK);
    cr_assert_eq(last_row(o).rung, EVX_RUNG_ACCEPTED, "a refusal after the receipt");
    evx_outbox_close(&o);
}

Test(outbox, the_store_itself_refuses_what_the_code_never_does)
{
    static const char *const forbidden[] = {
        "UPDATE consignment SET rung = 0",
        "UPDATE consignment SET rung = 2 WHERE rung = 0",
        "UPDATE consignment SET id = zeroblob(32)",
        "UPDATE consignment SET sequence = 9",
        "DELETE FROM consignment",
        "DELETE FROM body WHERE number = 2",
        "UPDATE body SET bytes = x'00'",
        "INSERT INTO consignment SELECT 99, id, stream, sequence, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, "
        "signer, item_ids"
        " FROM consignment",
    };
    struct evx_digest id;
    struct evx_outbox *o = open_outbox();
    uint64_t number = add_committed(o, true, &id);
    cr_assert_eq(accept(o, number, &id, 3), EVX_OK);
    add_committed(o, true, &id);
    evx_outbox_close(&o);
    sqlite3 *db = NULL;
    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++)
        cr_assert_eq(sqlite3_exec(db, forbidden[i], NULL, NULL, NULL), SQLITE_CONSTRAINT, "%s", forbidden[i]);
    sqlite3_close(db);
}

Test(outbox, notices_a_changed_byte)
{
    struct evx_digest id;
    struct evx_outbox *o = open_outbox();
    add_committed(o, true, &id);
    evx_outbox_close(&o);
    sqlite3 *db = NULL;
    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    cr_assert_eq(
        sqlite3_exec(
            db,
            "DROP TRIGGER body_fixed; UPDATE body SET bytes = CAST(substr(bytes, 1, length(bytes) - 1)"
            " || x'00' AS BLOB)",
            NULL, NULL, NULL),
        SQLITE_OK);
    sqlite3_close(db);
    o = open_outbox();
    struct evx_parcel *p = NULL;
    uint64_t number = 0;
    cr_assert_eq(evx_outbox_next(o, 0, &p, &number), EVX_E_STORE_DAMAGED);
    cr_assert_eq(number, 1u);
    evx_outbox_close(&o);
}

Test(outbox, uses_no_sequence_number_twice_and_skips_none)
{
    struct evx_digest id;
    uint64_t number;
    struct evx_outbox *o = open_outbox();
    add_committed(o, true, &id);
    static const uint64_t wrong[] = {0, 2}; // what `sequence` is set to: the next would be 1 or 3
    for (size_t i = 0; i < 2; i++) {
        sequence = wrong[i];
        cr_assert_eq(evx_outbox_begin(o), EVX_OK);
        cr_assert_eq(add(o, true, &number, &id), EVX_E_BUG);
        evx_outbox_rollback(o);
    }
    evx_outbox_close(&o);
}

Test(outbox, refuses_more_than_its_limit_and_keeps_nothing_of_it)
{
    struct evx_outbox *o = NULL;
    struct evx_outbox_options how = options();
    how.limit_bytes = 6000;
    cr_assert_eq(evx_outbox_open(&o, path, &how), EVX_OK);
    struct evx_digest id;
    uint64_t number;
    cr_assert_eq(evx_outbox_begin(o), EVX_OK);
    cr_assert_eq(evx_outbox_stream_begin(o, &stream, NULL), EVX_OK);
    cr_assert_eq(add(o, true, &number, &id), EVX_OK);
    enum evx_status s = EVX_OK;
    for (int i = 0; i < 10 && !s; i++)
        s = add(o, true, &number, &id);
    cr_assert_eq(s, EVX_E_OUTBOX_FULL);
    evx_outbox_rollback(o);
    cr_assert_eq(evx_outbox_count(o).rows, 0u);
    cr_assert_eq(evx_outbox_count(o).kept_bytes, 0u);
    evx_outbox_close(&o);
}

Test(outbox, a_full_disk_leaves_nothing_half_done)
{
    struct evx_outbox *o = NULL;
    struct evx_outbox_options how = options();
    how.max_pages = 40;
    cr_assert_eq(evx_outbox_open(&o, path, &how), EVX_OK);
    struct evx_digest id;
    uint64_t number = 0, kept = 0;
    struct evx_outbox_stream before, after;
    enum evx_status s = EVX_OK;
    add_committed(o, true, &id);
    for (int round = 0; round < 200 && !s; round++) {
        cr_assert_eq(evx_outbox_stream(o, &before), EVX_OK);
        kept = evx_outbox_count(o).rows;
        cr_assert_eq(evx_outbox_begin(o), EVX_OK);
        for (int i = 0; i < 5 && !s; i++)
            s = add(o, true, &number, &id);
        if (!s)
            s = evx_outbox_commit(o);
        else
            evx_outbox_rollback(o);
    }
    cr_assert_eq(s, EVX_E_DISK_FULL);
    cr_assert_eq(evx_outbox_count(o).rows, kept);
    cr_assert_eq(evx_outbox_stream(o, &after), EVX_OK);
    cr_assert_eq(before.sequence, after.sequence, "the stream moved on without its consignment");
    evx_outbox_close(&o);
    o = open_outbox();
    cr_assert_eq(evx_outbox_count(o).rows, kept);
    evx_outbox_close(&o);
}

// Runs `steps` in a child that dies without a word; what it committed must be there.
Test(outbox, a_death_between_any_two_steps_loses_no_commit)
{
    for (int steps = 0; steps < 6; steps++) {
        pid_t child = fork();
        cr_assert(child >= 0);
        if (child == 0) {
            struct evx_digest id;
            uint64_t number = 0;
            struct evx_outbox *o = open_outbox();
            struct evx_outbox_stream s;
            bool fresh = evx_outbox_stream(o, &s) == EVX_E_NOT_FOUND;
            if (steps > 0 && evx_outbox_begin(o)) _exit(1);
            if (steps > 1 && fresh && evx_outbox_stream_begin(o, &stream, NULL)) _exit(1);
            sequence = fresh ? 0 : s.sequence;
            last = s.last;
            if (steps > 2 && add(o, true, &number, &id)) _exit(1);
            if (steps > 3 && add(o, true, &number, &id)) _exit(1);
            if (steps > 4 && evx_outbox_commit(o)) _exit(1);
            _exit(0);
        }
        int status = 0;
        cr_assert_eq(waitpid(child, &status, 0), child);
        cr_assert_eq(status, 0);
        struct evx_outbox *o = open_outbox();
        struct evx_outbox_stream s;
        cr_assert_eq(evx_outbox_count(o).rows, steps > 4 ? 2u : 0u, "after %d steps", steps);
        cr_assert_eq(evx_outbox_stream(o, &s), steps > 4 ? EVX_OK : EVX_E_NOT_FOUND);
        if (steps > 4) cr_assert_eq(s.sequence, 2u);
        evx_outbox_close(&o);
    }
}

Test(outbox, belongs_to_one_organisation_and_inspection)
{
    struct evx_outbox *o = open_outbox();
    evx_outbox_close(&o);
    struct evx_outbox_options how = options();
    how.organisation = "northam-council";
    cr_assert_eq(evx_outbox_open(&o, path, &how), EVX_E_CONFIG);
    how = options();
    how.inspection.b[0] ^= 1;
    cr_assert_eq(evx_outbox_open(&o, path, &how), EVX_E_CONFIG);
}

Test(outbox, can_be_read_beside_its_writer)
{
    struct evx_digest id;
    struct evx_outbox *o = open_outbox(), *reader = NULL;
    add_committed(o, true, &id);
    struct evx_outbox_options how = options();
    how.read_only = true;
    cr_assert_eq(evx_outbox_open(&reader, path, &how), EVX_OK);
    cr_assert_eq(last_row(reader).rung, EVX_RUNG_SPOOLED);
    cr_assert_eq(evx_outbox_begin(reader), EVX_E_BUG);
    evx_outbox_close(&reader);
    evx_outbox_close(&o);
}

Test(outbox, gives_up_only_what_was_never_accepted)
{
    struct evx_digest first, second;
    struct evx_outbox *o = open_outbox();
    uint64_t number = add_committed(o, true, &first), rows = 0;
    add_committed(o, true, &second);
    cr_assert_eq(accept(o, number, &first, 0), EVX_OK);
    cr_assert_eq(evx_outbox_begin(o), EVX_OK);
    cr_assert_eq(evx_outbox_give_up(o, &stream, EVX_E_CHAIN, NOW, &rows), EVX_OK);
    cr_assert_eq(evx_outbox_commit(o), EVX_OK);
    cr_assert_eq(rows, 1u);
    cr_assert_eq(last_row(o).rung, EVX_RUNG_REJECTED);
    cr_assert_eq(last_row(o).code, EVX_E_CHAIN);
    cr_assert_eq(evx_outbox_count(o).unanswered, 1u);
    // Its answer may still come: there is no receipt to wait for any more.
    struct evx_outbox_verdict v = {.organisation = "inspectorate-care", .id = second, .log_index = 77};
    cr_assert_eq(evx_outbox_begin(o), EVX_OK);
    cr_assert_eq(evx_outbox_judge(o, &v, NOW), EVX_E_NOT_FOUND);
    evx_outbox_rollback(o);
    evx_outbox_close(&o);
}

// --- erasure ---

static uint64_t certify(struct evx_outbox *o, const char *organisation, uint8_t first, size_t n)
{
    struct evx_item_id item[2] = {{{first}}, {{(uint8_t)(first + 1)}}};
    uint64_t moved = 0;
    cr_assert_eq(evx_outbox_begin(o), EVX_OK);
    cr_assert_eq(evx_outbox_erased(o, organisation, item, n, NOW + 9, &moved), EVX_OK);
    cr_assert_eq(evx_outbox_commit(o), EVX_OK);
    return moved;
}

static void acknowledged_by(struct evx_outbox *o, const char *organisation, const struct evx_digest *id,
                            enum evx_status code, const struct evx_outbox_item *refused)
{
    struct evx_outbox_verdict v = {.organisation = organisation,
                                   .id = *id,
                                   .log_index = 4,
                                   .code = code,
                                   .item = refused,
                                   .items = refused ? 1 : 0};
    cr_assert_eq(judge(o, &v), EVX_OK);
}

Test(outbox, is_erased_when_every_item_is_everywhere)
{
    struct evx_outbox *o = open_outbox();
    struct evx_digest id;
    uint64_t number = add_committed(o, true, &id);
    cr_assert_eq(accept(o, number, &id, 4), EVX_OK);
    acknowledged_by(o, "inspectorate-care", &id, EVX_OK, NULL);
    acknowledged_by(o, "inspectorate-health", &id, EVX_OK, NULL);
    cr_assert_eq(certify(o, "inspectorate-care", 1, 1), 0, "one item of two");
    cr_assert_eq(certify(o, "inspectorate-care", 2, 1), 0, "one inspectorate of two");
    cr_assert_eq(certify(o, "inspectorate-policing", 1, 2), 0, "who never accepted it does not count");
    cr_assert_eq(last_row(o).rung, EVX_RUNG_ACKNOWLEDGED);
    cr_assert_eq(certify(o, "inspectorate-health", 1, 2), 1);
    cr_assert_eq(last_row(o).rung, EVX_RUNG_ERASED);
    cr_assert_eq(certify(o, "inspectorate-health", 1, 2), 0, "saying it again changes nothing");
    evx_outbox_close(&o);
}

Test(outbox, refused_items_need_no_certificate)
{
    struct evx_outbox *o = open_outbox();
    struct evx_digest id;
    struct evx_outbox_item refused = {.id = {{2}}, .code = EVX_E_ITEM_CONTENT};
    uint64_t number = add_committed(o, true, &id);
    cr_assert_eq(accept(o, number, &id, 4), EVX_OK);
    acknowledged_by(o, "inspectorate-care", &id, EVX_OK, &refused);
    acknowledged_by(o, "inspectorate-health", &id, EVX_E_WRAP, NULL);
    cr_assert_eq(certify(o, "inspectorate-care", 7, 2), 0, "certificates about others' items");
    cr_assert_eq(last_row(o).rung, EVX_RUNG_ACKNOWLEDGED);
    cr_assert_eq(certify(o, "inspectorate-care", 1, 1), 1);
    cr_assert_eq(last_row(o).rung, EVX_RUNG_ERASED);
    evx_outbox_close(&o);
}

Test(outbox, what_has_no_answer_yet_is_not_erased)
{
    struct evx_outbox *o = open_outbox();
    struct evx_digest id;
    uint64_t number = add_committed(o, true, &id);
    cr_assert_eq(certify(o, "inspectorate-care", 1, 2), 0);
    cr_assert_eq(accept(o, number, &id, 4), EVX_OK);
    cr_assert_eq(certify(o, "inspectorate-care", 1, 2), 0);
    cr_assert_eq(last_row(o).rung, EVX_RUNG_ACCEPTED);
    evx_outbox_close(&o);
}
