// SPDX-License-Identifier: Apache-2.0
//
// Erasing: what is decided is carried out, whatever is cut off in between; what is held is
// not; every erasure has its certificate. The agent is a stand-in that keeps what is queued.
#include "agents/collector/erase.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/collector/holds.h"
#include "agents/collector/retention.h"
#include "agents/collector/store_parts.h"
#include "proto/base/clock.h"
#include "proto/base/file.h"
#include "tests/unit/collector/rig.h"

#define ITEMS 4
#define DAY   86400000ull

struct evx_agent {
    size_t queued;
    Evx__V1__Item *item[8];
    struct evx_item_id id[8];
    char to[8][8][EVX_ORG_ID_BYTES];
    size_t recipients[8];
    enum evx_status answer;
};
static struct evx_agent agent;
static struct rig r;
static struct evx_audit *audit;
static struct evx_erase e;
static int broken_put; // the n-th erasure record from now on fails; 0: none

const struct evx_directory *evx_agent_directory(const struct evx_agent *a)
{
    (void)a;
    return evx_fixture_directory(r.fixture);
}
const struct evx_inspection_id *evx_agent_inspection(const struct evx_agent *a)
{
    static struct evx_inspection_id id;
    (void)a;
    id = evx_fixture_inspection();
    return &id;
}
const char *evx_agent_organisation(const struct evx_agent *a)
{
    (void)a;
    return RIG_OWN;
}
void evx_queued_free(struct evx_queued *q)
{
    free(q->consignment_ids);
    memset(q, 0, sizeof *q);
}
// The fixture's keys are valid at its own time.
uint64_t __wrap_evx_clock_wall_ms(void);
uint64_t __wrap_evx_clock_wall_ms(void) { return EVX_FIXTURE_NOW_MS; }

enum evx_status evx_agent_queue(struct evx_agent *a, const struct evx_plain_item *item, size_t items,
                                const char *const *to, size_t batch, uint32_t header_flags,
                                struct evx_queued *out)
{
    (void)batch, (void)header_flags;
    memset(out, 0, sizeof *out);
    if (a->answer) return a->answer;
    cr_assert_eq(items, 1);
    size_t at = a->queued++;
    for (a->recipients[at] = 0; to[a->recipients[at]]; a->recipients[at]++)
        snprintf(a->to[at][a->recipients[at]], EVX_ORG_ID_BYTES, "%s", to[a->recipients[at]]);
    a->id[at] = item->id;
    cr_assert_eq(evx_item_unpack(&a->item[at], item->content), EVX_OK);
    out->consignment_ids = calloc(1, sizeof *out->consignment_ids);
    out->consignment_ids[0].b[0] = (uint8_t)(at + 1);
    return EVX_OK;
}

enum evx_status __real_evx_store_put_erasure(struct evx_store *s, const struct evx_erasure *record);
enum evx_status __wrap_evx_store_put_erasure(struct evx_store *s, const struct evx_erasure *record);
enum evx_status __wrap_evx_store_put_erasure(struct evx_store *s, const struct evx_erasure *record)
{
    if (broken_put && --broken_put == 0) return EVX_E_IO;
    return __real_evx_store_put_erasure(s, record);
}

static void store_items(const char *sender, uint8_t stream)
{
    struct rig_sealed s;
    struct evx_chain_link link = rig_first(stream);
    rig_evidence(&s, &r, sender, &link, ITEMS);
    struct evx_fetched f = rig_fetched(&r, &s);
    rig_store(&r, &f);
    rig_sealed_free(&s);
}

static void setup(void)
{
    memset(&agent, 0, sizeof agent);
    broken_put = 0;
    rig_new(&r);
    store_items(RIG_POLICE, 1);
    store_items(RIG_SCHOOL, 2);
    cr_assert_eq(evx_audit_open(&audit, r.folder, evx_store_master(r.store)), EVX_OK);
    e = (struct evx_erase){&agent, r.store, audit};
}
static void teardown(void)
{
    evx_audit_close(&audit);
    for (size_t i = 0; i < agent.queued; i++)
        evx_item_free(agent.item[i]);
    rig_free(&r);
}
#define RIG .init = setup, .fini = teardown, .timeout = 60

static struct evx_store_row row_at(uint64_t index, uint32_t number)
{
    struct evx_store_row row;
    cr_assert_eq(evx_store_row_at(r.store, (struct evx_store_ref){index, number}, &row), EVX_OK);
    return row;
}

static const struct evx_erase_order order = {.ground = EVX__V1__ERASURE_GROUND__ERASURE_ORDER,
                                             .authority = "made-up order 12",
                                             .decided_by = "records officer",
                                             .person = "A. Tester",
                                             .now_ms = EVX_FIXTURE_NOW_MS + 77};

static enum evx_status decide(const struct evx_store_row *row, size_t n, struct evx_erase_held *held)
{
    return evx_erase_decide(&e, &order, row, n, held);
}

static enum evx_status finish(void)
{
    struct evx_erase_done done;
    return evx_erase_finish(&e, &done);
}

static enum evx_status open_item(uint64_t index, uint32_t number)
{
    Evx__V1__Item *item = NULL;
    enum evx_status s = rig_open_item(&r, r.store, (struct evx_store_ref){index, number}, &item);
    evx_item_free(item);
    return s;
}

static struct evx_erasure_counts counts(void)
{
    struct evx_erasure_counts c;
    cr_assert_eq(evx_erasures_reconcile(&c, r.store), EVX_OK);
    return c;
}

Test(erase, destroys_the_key_and_certifies_it, RIG)
{
    struct evx_store_row row = row_at(0, 2);
    struct evx_erase_held held;
    struct evx_erase_done done;
    struct evx_erasure record;
    cr_assert_eq(decide(&row, 1, &held), EVX_OK);
    cr_assert_eq(open_item(0, 2), EVX_OK, "deciding destroys nothing yet");
    cr_assert_eq(evx_erase_finish(&e, &done), EVX_OK);
    cr_assert(done.destroyed == 1 && done.certified == 1 && done.certificates == 1);
    for (uint32_t i = 0; i < ITEMS; i++)
        cr_assert_eq(open_item(0, i), i == 2 ? EVX_E_ERASED : EVX_OK);
    cr_assert_eq(evx_store_erasure(r.store, row.ref, &record), EVX_OK);
    cr_assert_eq(record.step, EVX_ERASURE_CERTIFIED);
    cr_assert_str_eq(record.decided_by, "records officer");
    cr_assert_str_eq(record.authority, "made-up order 12");
    cr_assert_eq(record.certificate.b[0], 1);
    cr_assert_eq(evx_erase_finish(&e, &done), EVX_OK);
    cr_assert(done.destroyed == 0 && done.certificates == 0, "there is nothing left to do");
}

Test(erase, certificate_says_what_why_and_by_whom, RIG)
{
    struct evx_store_row row[] = {row_at(0, 1), row_at(0, 3), row_at(1, 0)};
    struct evx_erase_held held;
    cr_assert_eq(decide(row, 3, &held), EVX_OK);
    cr_assert_eq(finish(), EVX_OK);
    cr_assert_eq(agent.queued, 2, "one for each agency");
    const Evx__V1__ErasureCertificate *m = agent.item[0]->erasure;
    cr_assert_eq(m->n_item, 2);
    cr_assert_eq(memcmp(m->item[0].data, row[0].item_id.b, 16), 0);
    cr_assert_eq(memcmp(m->item[1].data, row[1].item_id.b, 16), 0);
    cr_assert_eq(m->ground, EVX__V1__ERASURE_GROUND__ERASURE_ORDER);
    cr_assert_str_eq(m->authority, "made-up order 12");
    cr_assert_str_eq(m->decided_by, "records officer");
    cr_assert_eq(m->erased->utc_ms, EVX_FIXTURE_NOW_MS + 77);
    cr_assert_eq(m->generation, 2);
    cr_assert_eq(agent.item[1]->erasure->n_item, 1);
    cr_assert_eq(memcmp(agent.item[1]->erasure->item[0].data, row[2].item_id.b, 16), 0,
                 "ids of its own items only");
}

Test(erase, certificate_goes_to_the_origin_and_every_inspectorate, RIG)
{
    static const char *const expected[] = {RIG_POLICE, "inspectorate-care", "inspectorate-health",
                                           "inspectorate-policing"};
    struct evx_store_row row = row_at(0, 0);
    struct evx_erase_held held;
    cr_assert_eq(decide(&row, 1, &held), EVX_OK);
    cr_assert_eq(finish(), EVX_OK);
    cr_assert_eq(agent.recipients[0], 4);
    for (size_t i = 0; i < 4; i++)
        cr_assert_str_eq(agent.to[0][i], expected[i]);
}

Test(erase, leaves_one_record_of_reads_first, RIG)
{
    struct evx_store_row row = row_at(0, 0);
    struct evx_erase_held held;
    uint64_t before, after;
    struct evx_digest head;
    cr_assert_eq(evx_audit_head(audit, &before, &head), EVX_OK);
    cr_assert_eq(decide(&row, 1, &held), EVX_OK);
    cr_assert_eq(evx_audit_head(audit, &after, &head), EVX_OK);
    cr_assert_eq(after, before + 1);
}

// A certificate never says less than what was decided.
Test(erase, words_that_do_not_fit_are_not_cut, RIG)
{
    char authority[EVX_ERASURE_AUTHORITY + 1] = {0}, by[EVX_ERASURE_PERSON + 1] = {0};
    struct evx_erase_order longer = order;
    struct evx_store_row row = row_at(0, 0);
    struct evx_erase_held held;
    struct evx_erasure record;
    memset(authority, 'a', EVX_ERASURE_AUTHORITY), memset(by, 'b', EVX_ERASURE_PERSON);
    longer.authority = authority;
    cr_assert_eq(evx_erase_decide(&e, &longer, &row, 1, &held), EVX_E_TOO_LARGE);
    longer.authority = order.authority, longer.decided_by = by;
    cr_assert_eq(evx_erase_decide(&e, &longer, &row, 1, &held), EVX_E_TOO_LARGE);
    cr_assert_eq(counts().intended, 0);
    authority[EVX_ERASURE_AUTHORITY - 1] = by[EVX_ERASURE_PERSON - 1] = '\0';
    longer.authority = authority;
    cr_assert_eq(evx_erase_decide(&e, &longer, &row, 1, &held), EVX_OK);
    cr_assert_eq(evx_store_erasure(r.store, row.ref, &record), EVX_OK);
    cr_assert_str_eq(record.authority, authority);
    cr_assert_str_eq(record.decided_by, by);
}

// --- holds override every ground ---

static void place(enum evx_hold_scope scope, const struct evx_item_id *id, const char *child)
{
    struct evx_hold h = {.scope = scope, .placed_ms = 1, .reason = "made-up inquiry", .placed_by = "counsel"};
    if (id) h.item = *id;
    if (child) snprintf(h.child, sizeof h.child, "%s", child);
    cr_assert_eq(evx_hold_place(r.store, &h), EVX_OK);
}

Test(erase, a_held_item_stops_all_of_them, RIG)
{
    struct evx_store_row row[] = {row_at(0, 0), row_at(0, 1)};
    struct evx_erase_held held;
    place(EVX_HOLD_ITEM, &row[1].item_id, NULL);
    cr_assert_eq(decide(row, 2, &held), EVX_E_ERASE_HELD);
    cr_assert_eq(held.hold, 1);
    cr_assert_eq(memcmp(&held.item, &row[1].item_id, 16), 0);
    cr_assert_eq(finish(), EVX_OK);
    cr_assert_eq(open_item(0, 0), EVX_OK);
    cr_assert_eq(open_item(0, 1), EVX_OK);
    cr_assert_eq(evx_hold_lift(r.store, 1, "counsel", 2), EVX_OK);
    cr_assert_eq(decide(row, 2, &held), EVX_OK);
}

Test(erase, a_hold_on_the_inspection_covers_everything, RIG)
{
    struct evx_store_row row = row_at(1, 3);
    struct evx_erase_held held;
    place(EVX_HOLD_INSPECTION, NULL, NULL);
    cr_assert_eq(decide(&row, 1, &held), EVX_E_ERASE_HELD);
}

// The made-up evidence names a child by an identifier; which, is read from the item itself.
Test(erase, a_hold_on_a_child_covers_what_names_it, RIG)
{
    struct evx_store_row row = row_at(0, 0);
    struct evx_erase_held held;
    Evx__V1__Item *item = NULL;
    char child[EVX_HOLD_TEXT];
    cr_assert_eq(rig_open_item(&r, r.store, row.ref, &item), EVX_OK);
    cr_assert(item->evidence->n_subject && item->evidence->subject[0]->n_identifier);
    const Evx__V1__Identifier *id = item->evidence->subject[0]->identifier[0];
    snprintf(child, sizeof child, "%s:%s", id->scheme, id->value);
    evx_item_free(item);
    place(EVX_HOLD_CHILD, NULL, "upn:A000000000000");
    cr_assert_eq(decide(&row, 1, &held), EVX_OK, "another child's hold");
    cr_assert_eq(finish(), EVX_OK);
    struct evx_store_row second = row_at(1, 0);
    place(EVX_HOLD_CHILD, NULL, child);
    cr_assert_eq(decide(&second, 1, &held), EVX_E_ERASE_HELD);
    cr_assert_eq(held.hold, 2);
    cr_assert_eq(decide(&row, 1, &held), EVX_OK, "nothing is left of it to hold");
}

Test(erase, a_broken_chain_of_holds_stops_everything, RIG)
{
    struct evx_store_row row = row_at(0, 0);
    struct evx_erase_held held;
    uint8_t key[8] = {0, 0, 0, 0, 0, 0, 0, 9}, nothing[92] = {0};
    cr_assert_eq(evx_store_begin(r.store), EVX_OK);
    cr_assert_eq(
        evx_record_put(r.store, EVX_RECORD_HOLD, evx_bytes(key, 8), evx_bytes(nothing, sizeof nothing)),
        EVX_OK);
    cr_assert_eq(evx_store_commit(r.store), EVX_OK);
    cr_assert_eq(decide(&row, 1, &held), EVX_E_HOLD_DAMAGED);
}

// --- cut off in between ---

Test(erase, is_all_or_nothing_when_deciding, RIG)
{
    struct evx_store_row row[] = {row_at(0, 0), row_at(0, 1), row_at(0, 2)};
    struct evx_erase_held held;
    broken_put = 2;
    cr_assert_eq(decide(row, 3, &held), EVX_E_IO);
    broken_put = 0;
    cr_assert_eq(counts().intended, 0);
    cr_assert_eq(finish(), EVX_OK);
    cr_assert_eq(open_item(0, 0), EVX_OK);
}

Test(erase, keys_that_are_gone_are_certified_later, RIG)
{
    struct evx_store_row row = row_at(0, 0);
    struct evx_erase_held held;
    cr_assert_eq(decide(&row, 1, &held), EVX_OK);
    agent.answer = EVX_E_WINDOW_CLOSED;
    cr_assert_eq(finish(), EVX_E_WINDOW_CLOSED);
    cr_assert_eq(open_item(0, 0), EVX_E_ERASED);
    cr_assert_eq(counts().destroyed, 1);
    cr_assert_eq(counts().unexplained, 0);
    agent.answer = EVX_OK;
    cr_assert_eq(finish(), EVX_OK);
    cr_assert_eq(counts().certified, 1);
}

Test(erase, destroyed_and_not_yet_noted_is_done_again, RIG)
{
    struct evx_store_row row = row_at(0, 0);
    struct evx_erase_held held;
    cr_assert_eq(decide(&row, 1, &held), EVX_OK);
    broken_put = 1;
    cr_assert_eq(finish(), EVX_E_IO);
    cr_assert_eq(counts().intended, 1);
    cr_assert_eq(counts().unexplained, 0, "the decision explains the missing key");
    cr_assert_eq(finish(), EVX_OK);
    cr_assert_eq(counts().certified, 1);
}

// A crash between queueing and noting it queues the certificate again: the same one.
Test(erase, a_certificate_queued_twice_has_one_id, RIG)
{
    struct evx_store_row row = row_at(0, 0);
    struct evx_erase_held held;
    cr_assert_eq(decide(&row, 1, &held), EVX_OK);
    broken_put = 2;
    cr_assert_eq(finish(), EVX_E_IO);
    cr_assert_eq(agent.queued, 1);
    cr_assert_eq(finish(), EVX_OK);
    cr_assert_eq(agent.queued, 2);
    cr_assert_eq(memcmp(&agent.id[0], &agent.id[1], 16), 0);
    struct evx_store_row other = row_at(0, 1);
    cr_assert_eq(decide(&other, 1, &held), EVX_OK);
    cr_assert_eq(finish(), EVX_OK);
    cr_assert_neq(memcmp(&agent.id[0], &agent.id[2], 16), 0);
}

Test(erase, waits_for_readers, RIG)
{
    struct evx_store_row row = row_at(0, 0);
    struct evx_erase_held held;
    struct evx_store *reader = rig_reader(&r, true);
    cr_assert_eq(decide(&row, 1, &held), EVX_OK);
    cr_assert_eq(finish(), EVX_E_STORE_READ);
    cr_assert_eq(open_item(0, 0), EVX_OK);
    evx_store_close(&reader);
    cr_assert_eq(finish(), EVX_OK);
    cr_assert_eq(open_item(0, 0), EVX_E_ERASED);
}

Test(erase, throws_derived_views_away, RIG)
{
    struct evx_store_row row = row_at(0, 0);
    struct evx_erase_held held;
    uint64_t before, after;
    char *path = evx_path_join(r.folder, "index.db");
    cr_assert_eq(evx_file_replace(path, evx_bytes_of_text("derived"), 0600), EVX_OK);
    cr_assert_eq(evx_store_stamp(r.store, &before), EVX_OK);
    cr_assert_eq(decide(&row, 1, &held), EVX_OK);
    cr_assert_eq(finish(), EVX_OK);
    cr_assert_eq(evx_store_stamp(r.store, &after), EVX_OK);
    cr_assert_not(evx_path_exists(path));
    cr_assert_neq(before, after, "an index elsewhere is found out of date by this");
    free(path);
}

// --- a key that is gone without a reason ---

Test(erase, a_key_without_a_certificate_is_an_incident, RIG)
{
    cr_assert_eq(counts().unexplained, 0);
    cr_assert_eq(evx_store_erase(r.store, &(struct evx_store_ref){1, 2}, 1), EVX_OK);
    struct evx_erasure_counts c = counts();
    cr_assert_eq(c.unexplained, 1);
    cr_assert(c.first.ref.index == 1 && c.first.ref.number == 2);
    cr_assert_str_eq(c.first.sender, RIG_SCHOOL);
}

static enum evx_status count_it(void *user, const struct evx_erasure *record)
{
    (void)record;
    ++*(size_t *)user;
    return EVX_OK;
}

// Who opens the store without its key cannot check seals; it must still not take for an
// erasure what is none: a key that is gone would count as explained.
Test(erase, a_record_of_another_size_is_damage, .timeout = 120)
{
    static const struct {
        size_t key, content;
        enum evx_status expected;
    } rows[] = {{12, 130, EVX_OK},
                {12, 129, EVX_E_STORE_DAMAGED},
                {12, 0, EVX_E_STORE_DAMAGED},
                {11, 130, EVX_E_STORE_DAMAGED},
                {13, 130, EVX_E_STORE_DAMAGED}};
    static const uint8_t key[13], content[130] = {EVX_ERASURE_CERTIFIED};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t n = 0;
        setup();
        cr_assert_eq(evx_store_begin(r.store), EVX_OK);
        cr_assert_eq(evx_record_put(r.store, EVX_RECORD_ERASURE, evx_bytes(key, rows[i].key),
                                    evx_bytes(content, rows[i].content)),
                     EVX_OK);
        cr_assert_eq(evx_store_commit(r.store), EVX_OK);
        struct evx_store *reader = rig_reader(&r, false);
        cr_assert_eq(evx_store_erasures(reader, count_it, &n), rows[i].expected, "row %zu", i);
        cr_assert_eq(n, rows[i].expected ? 0u : 1u);
        evx_store_close(&reader);
        teardown();
    }
}

// --- retention ---

static void due(struct evx_retention *t, const char *keep, uint64_t now_ms)
{
    memset(t, 0, sizeof *t);
    cr_assert(evx_retention_keep(t, keep));
    t->now_ms = now_ms;
    cr_assert_eq(evx_retention_due(t, &e, "A. Tester"), EVX_OK);
}

Test(erase, retention_is_by_class_and_age, RIG)
{
    struct evx_retention t;
    due(&t, "7=30", EVX_FIXTURE_NOW_MS + 30 * DAY);
    cr_assert_eq(t.n, 2 * ITEMS);
    evx_retention_free(&t);
    due(&t, "7=30", EVX_FIXTURE_NOW_MS + 30 * DAY - 1);
    cr_assert_eq(t.n, 0);
    evx_retention_free(&t);
    due(&t, "1=0", EVX_FIXTURE_NOW_MS + 999 * DAY);
    cr_assert_eq(t.n, 0, "no rule for its class: never due");
    evx_retention_free(&t);
}

Test(erase, retention_leaves_out_what_is_held_or_gone, RIG)
{
    struct evx_retention t;
    struct evx_store_row gone = row_at(0, 0), kept = row_at(1, 1);
    struct evx_erase_held held;
    cr_assert_eq(decide(&gone, 1, &held), EVX_OK);
    cr_assert_eq(finish(), EVX_OK);
    place(EVX_HOLD_ITEM, &kept.item_id, NULL);
    place(EVX_HOLD_CHILD, NULL, "upn:A000000000000");
    due(&t, "7=0", EVX_FIXTURE_NOW_MS);
    cr_assert_eq(t.n, 2 * ITEMS - 2);
    cr_assert_eq(t.held, 1);
    for (size_t i = 0; i < t.n; i++) {
        cr_assert_neq(memcmp(&t.row[i].item_id, &kept.item_id, 16), 0);
        cr_assert_neq(memcmp(&t.row[i].item_id, &gone.item_id, 16), 0);
    }
    evx_retention_free(&t);
}

Test(erase, retention_rules_are_read_strictly, .timeout = 20)
{
    static const char *const bad[] = {"",        "1",    "1=",   "=5",   "1=x",    "1=5x",
                                      "65536=1", "-1=5", "1=-5", " 1=5", "1=36526"};
    struct evx_retention t = {0};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_assert_not(evx_retention_keep(&t, bad[i]), "%s", bad[i]);
    cr_assert(evx_retention_keep(&t, "1=5"));
    cr_assert_not(evx_retention_keep(&t, "1=6"), "one rule a class");
    cr_assert(evx_retention_keep(&t, "0=0"));
    cr_assert_eq(t.rules, 2);
}
