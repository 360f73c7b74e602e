// SPDX-License-Identifier: Apache-2.0
//
// From the record of reads to the agencies and back: what is told adds up to what was
// recorded, for the agencies as for the inspectorate.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/client/agency/use_reports.h"
#include "agents/collector/audit_log.h"
#include "agents/collector/audit_parts.h"
#include "agents/collector/tell.h"
#include "agents/collector/uses.h"
#include "proto/base/file.h"
#include "tests/unit/collector/rig.h"

#define MAX_SENT 64

// --- an agent that keeps what is queued ---

struct evx_agent {
    struct rig rig;
    struct evx_audit *audit;
    struct evx_own_items own[2]; // as the two agencies' outboxes have it
    size_t sent;
    char to[MAX_SENT][EVX_ORG_ID_BYTES];
    Evx__V1__Item *item[MAX_SENT];
    size_t bytes[MAX_SENT];
    const char *unreachable;
};
static const char *const org[2] = {RIG_POLICE, RIG_SCHOOL};

const struct evx_directory *evx_agent_directory(const struct evx_agent *a)
{
    return evx_fixture_directory(a->rig.fixture);
}
const char *evx_agent_organisation(const struct evx_agent *a)
{
    (void)a;
    return RIG_OWN;
}
void evx_queued_free(struct evx_queued *q) { memset(q, 0, sizeof *q); }
enum evx_status evx_agent_queue(struct evx_agent *a, const struct evx_plain_item *item, size_t items,
                                const char *const *to, size_t batch, uint32_t header_flags,
                                struct evx_queued *out)
{
    (void)batch, (void)header_flags, (void)out;
    cr_assert(items == 1 && to[0] && !to[1], "one item for one organisation");
    if (a->unreachable && strcmp(to[0], a->unreachable) == 0) return EVX_E_RECIPIENT;
    cr_assert_lt(a->sent, MAX_SENT);
    snprintf(a->to[a->sent], EVX_ORG_ID_BYTES, "%s", to[0]);
    a->bytes[a->sent] = item->content.n;
    cr_assert_eq(evx_item_unpack(&a->item[a->sent++], item->content), EVX_OK, "every item is a lawful one");
    return EVX_OK;
}
enum evx_status evx_agent_status(struct evx_agent *a, evx_outbox_visit visit, void *user)
{
    (void)a, (void)visit, (void)user;
    return EVX_E_BUG; // the outbox is made by hand here
}
enum evx_status evx_agent_items(struct evx_agent *a, const struct evx_digest *id,
                                enum evx_status (*visit)(void *, const struct evx_outbox_item *), void *user)
{
    (void)a, (void)id, (void)visit, (void)user;
    return EVX_E_BUG;
}

// --- a store with the evidence of two agencies ---

static void put(struct evx_agent *a, int who, struct evx_chain_link *link, size_t items)
{
    struct rig_sealed s;
    rig_evidence(&s, &a->rig, org[who], link, items);
    struct evx_fetched f = rig_fetched(&a->rig, &s);
    cr_assert_eq(rig_store(&a->rig, &f).consignment.code, EVX_OK);
    cr_assert_eq(evx_own_items_add(&a->own[who], f.index, s.item_id, items), EVX_OK);
    *link = rig_after(link, &s.id);
    rig_sealed_free(&s);
}

// `rounds` times: police 3 items, school 2, police 1.
static struct evx_agent *agent_new(size_t rounds)
{
    struct evx_agent *a = calloc(1, sizeof *a);
    rig_new(&a->rig);
    struct evx_chain_link police = rig_first(1), school = rig_first(2);
    for (size_t i = 0; i < rounds; i++) {
        put(a, 0, &police, 3);
        put(a, 1, &school, 2);
        put(a, 0, &police, 1);
    }
    cr_assert_eq(evx_own_items_sort(&a->own[0]), EVX_OK);
    cr_assert_eq(evx_own_items_sort(&a->own[1]), EVX_OK);
    cr_assert_eq(evx_audit_open(&a->audit, a->rig.folder, evx_store_master(a->rig.store)), EVX_OK);
    return a;
}

static void forget_sent(struct evx_agent *a)
{
    for (size_t i = 0; i < a->sent; i++)
        evx_item_free(a->item[i]);
    a->sent = 0;
}

static void agent_free(struct evx_agent *a)
{
    forget_sent(a);
    for (int i = 0; i < 2; i++)
        evx_own_items_free(&a->own[i]);
    evx_audit_close(&a->audit);
    rig_free(&a->rig);
    free(a);
}

static enum evx_status collect_ref(void *user, const struct evx_store_row *row)
{
    return evx_buf_append(user, &row->ref, sizeof row->ref);
}

// A reading of every `step`th item from `first` on; gives how many.
static size_t read_some(struct evx_agent *a, const char *verb, size_t first, size_t step)
{
    struct evx_buf all = {0};
    cr_assert_eq(evx_store_items(a->rig.store, 0, collect_ref, &all), EVX_OK);
    struct evx_store_ref *ref = (struct evx_store_ref *)(void *)all.p;
    size_t n = 0;
    for (size_t i = first; i < all.n / sizeof *ref; i += step)
        ref[n++] = ref[i];
    struct evx_audit_record r = {.verb = verb,
                                 .person = "A. Tester",
                                 .on_behalf_of = "the lead inspector",
                                 .purpose = "a complaint about the home",
                                 .view = "test"};
    cr_assert_eq(evx_audit_append(a->audit, &r, ref, n), EVX_OK);
    evx_buf_free(&all);
    return n;
}

static struct evx_told tell(struct evx_agent *a, uint64_t since)
{
    struct evx_tell t = {a, a->audit, a->rig.store};
    struct evx_told told;
    cr_assert_eq(evx_tell_uses(&t, EVX_FIXTURE_NOW_MS, true, since, &told), EVX_OK);
    return told;
}

// What one agency makes of its reports. Destroy it.
static struct evx_use_reports *at_agency(const struct evx_agent *a, int who)
{
    struct evx_use_reports *r = NULL;
    cr_assert_eq(evx_use_reports_new(&r, &a->own[who]), EVX_OK);
    for (size_t i = 0; i < a->sent; i++)
        if (strcmp(a->to[i], org[who]) == 0 && a->item[i]->body_case == EVX__V1__ITEM__BODY_USES)
            cr_assert_eq(evx_use_reports_take(r, RIG_OWN, a->item[i]->uses), EVX_OK);
    cr_assert_eq(evx_use_reports_settle(r), EVX_OK);
    return r;
}

static size_t faults(const struct evx_use_reports *r)
{
    size_t n;
    evx_use_reports_remarks(r, &n);
    return n;
}

// Items that one agency was told of under a record.
static uint64_t told_of(const struct evx_agent *a, int who, uint64_t record)
{
    struct evx_use_reports *r = at_agency(a, who);
    size_t n;
    uint64_t items = 0;
    const struct evx_use *u = evx_use_reports_uses(r, &n);
    for (size_t i = 0; i < n; i++)
        if (u[i].record == record) items += u[i].items;
    cr_assert_eq(faults(r), 0);
    evx_use_reports_destroy(&r);
    return items;
}

Test(uses, what_the_agencies_are_told_is_what_was_recorded, .timeout = 120)
{
    static const struct {
        const char *verb;
        size_t first, step;
    } row[] = {{"collection", 0, 1},   {"consultation", 0, 7}, {"disclosure", 5, 1000},
               {"combination", 1, 2},  {"erasure", 3, 1000},   {"consultation", 4, 1000},
               {"alteration", 0, 1000}};
    struct evx_agent *a = agent_new(30);
    size_t recorded[8] = {0};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        recorded[i] = read_some(a, row[i].verb, row[i].first, row[i].step);
    struct evx_told told = tell(a, 0);
    cr_assert_eq(told.reports, 2);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        cr_assert_eq(told_of(a, 0, i + 1) + told_of(a, 1, i + 1), recorded[i], "record %zu", i + 1);
    agent_free(a);
}

Test(uses, a_use_is_told_with_verb_purpose_time_and_for_whom_but_not_by_whom, .timeout = 60)
{
    struct evx_agent *a = agent_new(1);
    read_some(a, "disclosure", 3, 1000); // the school's first item
    tell(a, 0);
    cr_assert_eq(a->sent, 1, "nothing of the police was used");
    cr_assert_str_eq(a->to[0], RIG_SCHOOL);
    const Evx__V1__Use *u = a->item[0]->uses->use[0];
    cr_assert_str_eq(u->verb, "disclosure");
    cr_assert_str_eq(u->purpose, "a complaint about the home");
    cr_assert_str_eq(u->on_behalf_of, "the lead inspector");
    cr_assert_eq(u->record, 1);
    cr_assert_gt(u->at->utc_ms, 0);
    cr_assert_eq(u->n_item, 1);
    cr_assert_eq(memcmp(u->item[0].data, a->own[1].id[0].b, 16), 0);
    struct evx_buf packed = {0};
    cr_assert_eq(evx_item_pack(&packed, a->item[0]), EVX_OK);
    cr_assert_null(memmem(packed.p, packed.n, "A. Tester", 9));
    evx_buf_free(&packed);
    agent_free(a);
}

Test(uses, each_report_begins_where_the_last_one_ended, .timeout = 60)
{
    struct evx_agent *a = agent_new(1);
    read_some(a, "consultation", 0, 1);
    tell(a, 0);
    cr_assert_eq(tell(a, 0).reports, 0, "nothing new");
    read_some(a, "consultation", 0, 1000); // the police alone
    tell(a, 0);
    read_some(a, "consultation", 0, 1);
    tell(a, 0);
    cr_assert_eq(a->sent, 5);
    for (int who = 0; who < 2; who++) {
        uint64_t next = 1;
        for (size_t i = 0; i < a->sent; i++) {
            if (strcmp(a->to[i], org[who]) != 0) continue;
            cr_assert_eq(a->item[i]->uses->first, next);
            next = a->item[i]->uses->last + 1;
        }
        cr_assert_eq(next, 4);
        struct evx_use_reports *r = at_agency(a, who);
        cr_assert_eq(faults(r), 0);
        evx_use_reports_destroy(&r);
    }
    cr_assert_eq(tell(a, 2).reports, 2, "asked for again");
    cr_assert_eq(a->item[5]->uses->first, 2);
    struct evx_use_reports *r = at_agency(a, 0);
    cr_assert_eq(faults(r), 0, "told twice alike is no fault");
    evx_use_reports_destroy(&r);
    agent_free(a);
}

Test(uses, many_items_are_ranges_and_many_uses_are_several_reports, .timeout = 240)
{
    struct evx_agent *a = agent_new(40);
    for (size_t i = 0; i < 1100; i++)
        read_some(a, "consultation", 0, 1);
    struct evx_told told = tell(a, 0);
    cr_assert_gt(told.reports, 2);
    cr_assert_eq(told.uses, 2200);
    for (size_t i = 0; i < a->sent; i++) {
        cr_assert_leq(a->bytes[i], EVX_USES_BYTES);
        cr_assert_leq(a->item[i]->uses->n_use, EVX_LIMIT_ITEMS);
    }
    cr_assert_eq(a->item[0]->uses->use[0]->n_item, 0);
    cr_assert_eq(told_of(a, 0, 1), 160);
    cr_assert_eq(told_of(a, 1, 1100), 80);
    agent_free(a);
}

Test(uses, who_cannot_be_reached_is_told_later, .timeout = 60)
{
    struct evx_agent *a = agent_new(1);
    read_some(a, "consultation", 0, 1);
    a->unreachable = RIG_SCHOOL;
    cr_assert_eq(tell(a, 0).reports, 1);
    a->unreachable = NULL;
    cr_assert_eq(tell(a, 0).reports, 1);
    cr_assert_str_eq(a->to[1], RIG_SCHOOL);
    cr_assert_eq(a->item[1]->uses->first, 1);
    agent_free(a);
}

Test(uses, nothing_is_told_from_a_record_that_was_altered, .timeout = 60)
{
    struct evx_agent *a = agent_new(1);
    read_some(a, "consultation", 0, 1);
    static const uint8_t zero[32];
    struct evx_audit_row row = {2, evx_bytes_of_text("no record"), evx_bytes(zero, sizeof zero), {0}};
    cr_assert_eq(evx_audit_db_put(a->audit->db, &row), EVX_OK);
    struct evx_tell t = {a, a->audit, a->rig.store};
    struct evx_told told;
    cr_assert_eq(evx_tell_uses(&t, EVX_FIXTURE_NOW_MS, true, 0, &told), EVX_E_AUDIT_ALTERED);
    cr_assert_eq(a->sent, 0);
    agent_free(a);
}

// What was told already counts as much: a report of what came after vouches for it.
Test(uses, nothing_is_told_after_a_past_that_was_altered, .timeout = 60)
{
    struct evx_agent *a = agent_new(1);
    struct evx_tell t = {a, a->audit, a->rig.store};
    struct evx_told told;
    char *path = evx_path_join(a->rig.folder, "audit.db");
    struct evx_buf all = {0};
    read_some(a, "erasure", 0, 1);
    cr_assert_eq(tell(a, 0).reports, 2);
    read_some(a, "consultation", 0, 1);
    evx_audit_close(&a->audit);
    cr_assert_eq(evx_file_read(&all, path, 16u << 20), EVX_OK);
    uint8_t *verb = memmem(all.p, all.n, "erasure", 7);
    cr_assert_not_null(verb);
    verb[0] = 'E';
    cr_assert_eq(evx_file_replace(path, evx_buf_bytes(&all), 0600), EVX_OK);
    cr_assert_eq(evx_audit_open(&a->audit, a->rig.folder, evx_store_master(a->rig.store)), EVX_OK);
    t.audit = a->audit;
    cr_assert_eq(evx_tell_uses(&t, EVX_FIXTURE_NOW_MS, true, 0, &told), EVX_E_AUDIT_ALTERED);
    cr_assert_eq(a->sent, 2);
    evx_buf_free(&all);
    free(path);
    agent_free(a);
}

// --- when ---

Test(uses, a_use_waits_a_day_and_a_digest_ten_minutes_at_most, .timeout = 60)
{
    struct evx_agent *a = agent_new(1);
    struct evx_tell t = {a, a->audit, a->rig.store};
    struct evx_told told;
    struct evx_audit_record r = {.time_ms = 1000000,
                                 .verb = "consultation",
                                 .person = "A. Tester",
                                 .purpose = "inspection",
                                 .view = "test"};
    static const struct evx_store_ref one = {0, 0};
    bool queued = true;
    cr_assert_eq(evx_tell_digest(&t, 1000000, true, &queued), EVX_OK);
    cr_assert(!queued, "there is no record");
    cr_assert_eq(evx_audit_append(a->audit, &r, &one, 1), EVX_OK);
    cr_assert_eq(evx_tell_digest(&t, 1000000 + EVX_TELL_DIGEST_MS - 1, false, &queued), EVX_OK);
    cr_assert(!queued);
    cr_assert_eq(evx_tell_digest(&t, 1000000 + EVX_TELL_DIGEST_MS, false, &queued), EVX_OK);
    cr_assert(queued);
    cr_assert_eq(a->item[0]->access->records, 1);
    cr_assert_str_eq(a->to[0], RIG_OWN);
    cr_assert_eq(evx_tell_digest(&t, 1000000 + 2 * EVX_TELL_DIGEST_MS, true, &queued), EVX_OK);
    cr_assert(!queued, "the log has it");
    cr_assert_eq(evx_tell_uses(&t, 1000000 + EVX_TELL_USES_MS - 1, false, 0, &told), EVX_OK);
    cr_assert_eq(told.reports, 0);
    cr_assert_eq(evx_tell_uses(&t, 1000000 + EVX_TELL_USES_MS, false, 0, &told), EVX_OK);
    cr_assert_eq(told.reports, 1);
    cr_assert_eq(evx_tell_uses(&t, 1000000 + 9 * EVX_TELL_USES_MS, false, 0, &told), EVX_OK);
    cr_assert_eq(told.reports, 0);
    agent_free(a);
}

// --- against the log ---

// The item queued last comes back as an entry of the log.
static void log_it(struct evx_agent *a, const char *sender, struct evx_chain_link *link)
{
    struct rig_items items = {0};
    struct rig_sealed s;
    rig_add(&items, a->item[a->sent - 1]);
    rig_seal(&s, &a->rig,
             &(struct rig_parcel){
                 .sender = sender, .to = RIG_OWN, .link = *link, .content = items.content, .items = 1});
    struct evx_fetched f = rig_fetched(&a->rig, &s);
    cr_assert_eq(rig_store(&a->rig, &f).item[0].code, EVX_OK);
    *link = rig_after(link, &s.id);
    rig_sealed_free(&s);
    rig_items_free(&items);
}

static void digest(struct evx_agent *a, struct evx_chain_link *link)
{
    struct evx_tell t = {a, a->audit, a->rig.store};
    bool queued = false;
    cr_assert_eq(evx_tell_digest(&t, EVX_FIXTURE_NOW_MS, true, &queued), EVX_OK);
    cr_assert(queued);
    log_it(a, RIG_OWN, link);
}

Test(uses, an_inspectorate_is_told_of_nobodys_uses, .timeout = 60)
{
    struct evx_agent *a = agent_new(1);
    struct evx_chain_link link = rig_first(9), other = rig_first(8);
    read_some(a, "consultation", 0, 1);
    digest(a, &link);
    log_it(a, "inspectorate-health", &other);
    cr_assert_eq(read_some(a, "consultation", 0, 1), 8, "six of agencies, two of inspectorates");
    size_t before = a->sent;
    cr_assert_eq(tell(a, 0).reports, 2);
    for (size_t i = before; i < a->sent; i++)
        cr_assert(strcmp(a->to[i], RIG_POLICE) == 0 || strcmp(a->to[i], RIG_SCHOOL) == 0, "%s", a->to[i]);
    agent_free(a);
}

static void keep_copy(struct evx_agent *a, struct evx_buf *out, bool back)
{
    char *path = evx_path_join(a->rig.folder, "audit.db");
    evx_audit_close(&a->audit);
    if (back) cr_assert_eq(evx_file_replace(path, evx_buf_bytes(out), 0600), EVX_OK);
    if (!back) cr_assert_eq(evx_file_read(out, path, 16u << 20), EVX_OK);
    free(path);
    cr_assert_eq(evx_audit_open(&a->audit, a->rig.folder, evx_store_master(a->rig.store)), EVX_OK);
}

static void expect_behind(struct evx_agent *a, uint64_t first, uint64_t last, bool missing)
{
    struct evx_audit_against_log found;
    enum evx_status s = evx_audit_verify_against_log(&found, a->audit, a->rig.store, RIG_OWN);
    cr_assert_eq(s, first ? EVX_E_AUDIT_BEHIND : EVX_OK);
    cr_assert_eq(found.first, first);
    cr_assert_eq(found.last, last);
    cr_assert_eq(found.missing, missing);
}

Test(uses, an_older_copy_of_the_record_is_seen_against_the_log, .timeout = 60)
{
    struct evx_agent *a = agent_new(1);
    struct evx_chain_link link = rig_first(9);
    struct evx_buf old = {0};
    read_some(a, "consultation", 0, 1);
    read_some(a, "consultation", 0, 1);
    expect_behind(a, 0, 0, false);
    digest(a, &link);
    keep_copy(a, &old, false);
    read_some(a, "disclosure", 0, 1);
    read_some(a, "disclosure", 0, 1);
    digest(a, &link);
    read_some(a, "consultation", 0, 1);
    expect_behind(a, 0, 0, false);
    keep_copy(a, &old, true);
    expect_behind(a, 3, 4, true);
    read_some(a, "consultation", 0, 1);
    expect_behind(a, 4, 4, true);
    read_some(a, "consultation", 0, 1);
    expect_behind(a, 3, 4, false);
    uint64_t records, bad;
    cr_assert_eq(evx_audit_verify(a->audit, &records, &bad), EVX_OK, "the chain alone does not show it");
    evx_buf_free(&old);
    agent_free(a);
}

Test(uses, what_another_inspectorate_says_of_its_own_record_is_not_ours, .timeout = 60)
{
    struct evx_agent *a = agent_new(1);
    struct evx_chain_link link = rig_first(9), other = rig_first(8);
    read_some(a, "consultation", 0, 1);
    digest(a, &link);
    a->item[0]->access->records = 90;
    log_it(a, "inspectorate-health", &other);
    expect_behind(a, 0, 0, false);
    a->item[0]->access->records = 91;
    log_it(a, RIG_OWN, &link);
    expect_behind(a, 2, 91, true);
    agent_free(a);
}
