// SPDX-License-Identifier: Apache-2.0
//
// The collector's order of work, with an agent that serves entries from memory.
#include "agents/collector/collect.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/collector/audit.h"
#include "agents/collector/claims.h"
#include "proto/base/file.h"
#include "tests/testlib/chain.h"
#include "tests/unit/collector/rig.h"

#define MAX_ENTRIES 16
#define MAX_QUEUED  16

struct evx_agent {
    struct rig rig; // for sealing; its own store is closed
    struct evx_opener *opener;
    struct rig_sealed entry[MAX_ENTRIES];
    size_t entries, batch;
    struct evx_frontier log;
    struct evx_fetch_handler handler;
    uint64_t next;
    size_t queued;
    char to[MAX_QUEUED][EVX_ORG_ID_BYTES];
    Evx__V1__Item *ack[MAX_QUEUED];
    enum evx_status queue_answer;
    bool wrong_root, wrong_size;
    int fail_before_checkpoint; // how often the conversation breaks off between entries and checkpoint
    size_t runs;
    struct evx_inspection_id inspection;
    const struct evx_directory *newer; // in use instead of the fixture's
    enum evx_status adoption_fault;
    uint64_t told_index, told_version;
    size_t told; // adoptions it was reminded of
};

const struct evx_directory *evx_agent_directory(const struct evx_agent *a)
{
    return a->newer ? a->newer : evx_fixture_directory(a->rig.fixture);
}
const struct evx_inspection_id *evx_agent_inspection(const struct evx_agent *a) { return &a->inspection; }
const char *evx_agent_organisation(const struct evx_agent *a)
{
    (void)a;
    return RIG_OWN;
}
struct evx_opener *evx_agent_opener(struct evx_agent *a) { return a->opener; }
const struct evx_box_secret *evx_agent_enc_secret_at(const struct evx_agent *a, size_t i,
                                                     struct evx_box_public *public_out)
{
    if (i) return NULL;
    memcpy(public_out->b, evx_fixture_key(a->rig.fixture, RIG_OWN, EVX_KEY_ENC)->public_key, 32);
    return evx_fixture_box(a->rig.fixture, RIG_OWN, EVX_KEY_ENC);
}
bool evx_agent_all_receipted(void *unused, struct evx_agent *a)
{
    (void)unused, (void)a;
    return true;
}
bool evx_agent_settled(struct evx_agent *a, uint64_t *since_ms)
{
    (void)a, (void)since_ms;
    return true;
}
bool evx_agent_caught_up(void *unused, struct evx_agent *a)
{
    (void)unused;
    return a->next == a->entries;
}
void evx_queued_free(struct evx_queued *q) { memset(q, 0, sizeof *q); }

enum evx_status evx_agent_queue(struct evx_agent *a, const struct evx_plain_item *item, size_t items,
                                const char *const *to, size_t batch, uint32_t header_flags,
                                struct evx_queued *out)
{
    (void)batch, (void)header_flags, (void)out;
    if (a->queue_answer) return a->queue_answer;
    cr_assert_eq(items, 1);
    cr_assert_not_null(to[0]);
    cr_assert_null(to[1], "one agency at a time");
    cr_assert_lt(a->queued, MAX_QUEUED);
    snprintf(a->to[a->queued], EVX_ORG_ID_BYTES, "%s", to[0]);
    cr_assert_eq(evx_item_unpack(&a->ack[a->queued++], item->content), EVX_OK);
    return EVX_OK;
}

enum evx_status evx_agent_set_fetch(struct evx_agent *a, const struct evx_fetch_handler *h,
                                    const struct evx_frontier *from)
{
    a->handler = *h;
    a->next = from->size;
    return EVX_OK;
}

enum evx_status evx_agent_adopted(struct evx_agent *a, uint64_t index, const struct evx_log_directory *e)
{
    a->told_index = index;
    a->told_version = e->version;
    a->told++;
    return EVX_OK;
}

static enum evx_status serve(struct evx_agent *a, size_t last)
{
    for (; a->next < last; a->next++) {
        const struct rig_sealed *s = &a->entry[a->next];
        struct evx_log_directory adopted;
        bool adoption = !evx_log_directory_parse(&adopted, evx_buf_bytes(&s->log_entry));
        struct evx_fetched f = {.index = a->next,
                                .received_ms = EVX_FIXTURE_NOW_MS,
                                .log_entry = evx_buf_bytes(&s->log_entry),
                                .body = evx_buf_bytes(&s->body),
                                .sender = s->sender,
                                .key = s->key,
                                .consignment = &s->consignment};
        if (adoption)
            f = (struct evx_fetched){.index = a->next,
                                     .received_ms = adopted.received_ms,
                                     .log_entry = evx_buf_bytes(&s->log_entry),
                                     .sender = "",
                                     .adopted = &adopted,
                                     .fault = a->adoption_fault};
        enum evx_status status = a->handler.entry(a->handler.user, a, &f);
        if (status) return status;
    }
    return EVX_OK;
}

static enum evx_status close_batch(struct evx_agent *a)
{
    if (a->fail_before_checkpoint-- > 0) return EVX_E_UNREACHABLE;
    struct evx_checkpoint c = {.size = a->entries - a->wrong_size};
    evx_frontier_root(&c.root, &a->log);
    c.root.b[0] ^= a->wrong_root;
    return a->handler.checkpoint(a->handler.user, a, &c, evx_bytes_of_text("a note\n"));
}

enum evx_status evx_agent_run(struct evx_agent *a, evx_agent_done done, void *user, uint64_t timeout_ms)
{
    (void)timeout_ms;
    cr_assert_lt(++a->runs, 20, "bounded");
    for (int round = 0; round < 20; round++) {
        size_t last = a->next + a->batch < a->entries ? a->next + a->batch : a->entries;
        enum evx_status s = serve(a, last);
        if (!s) s = close_batch(a);
        if (s) return s;
        if (done(user, a)) return EVX_OK;
    }
    return EVX_E_QUEUED;
}

// --- the tests' own means ---

static void add(struct evx_agent *a, const char *sender, const struct evx_chain_link *link, size_t items)
{
    struct rig_sealed *s = &a->entry[a->entries++];
    rig_evidence(s, &a->rig, sender, link, items);
    struct evx_digest leaf;
    evx_log_leaf(&leaf, evx_buf_bytes(&s->log_entry));
    evx_frontier_append(&a->log, &leaf, NULL, NULL);
}

static struct evx_agent *agent_new(void)
{
    struct evx_agent *a = calloc(1, sizeof *a);
    rig_new(&a->rig);
    evx_intake_destroy(&a->rig.intake);
    evx_store_close(&a->rig.store);
    a->inspection = evx_fixture_inspection();
    a->batch = 2;
    cr_assert_eq(evx_fixture_opener(&a->opener, a->rig.fixture, RIG_OWN), EVX_OK);
    struct evx_chain_link police = rig_first(1), school = rig_first(2);
    add(a, RIG_POLICE, &police, 2);
    add(a, RIG_SCHOOL, &school, 3);
    police = rig_after(&police, &a->entry[0].id);
    add(a, RIG_POLICE, &police, 1);
    return a;
}

static void forget_queued(struct evx_agent *a)
{
    for (size_t i = 0; i < a->queued; i++)
        evx_item_free(a->ack[i]);
    a->queued = 0;
}

static void agent_free(struct evx_agent *a)
{
    forget_queued(a);
    for (size_t i = 0; i < a->entries; i++)
        rig_sealed_free(&a->entry[i]);
    evx_opener_destroy(&a->opener);
    rig_free(&a->rig);
    free(a);
}

static const struct evx_collector_run until_idle = {.until_idle = true};

static enum evx_status work(struct evx_agent *a, struct evx_store_totals *t)
{
    struct evx_collector *c = NULL;
    cr_assert_eq(evx_collector_open(&c, a, a->rig.folder), EVX_OK);
    enum evx_status s = evx_collector_run(c, &until_idle);
    cr_assert_eq(evx_store_count(evx_collector_store(c), t), EVX_OK);
    evx_collector_close(&c);
    return s;
}

static uint64_t audited(struct evx_agent *a)
{
    struct evx_audit *audit = NULL;
    uint64_t records = 0, bad = 0;
    cr_assert_eq(evx_audit_open(&audit, a->rig.folder, NULL), EVX_OK);
    cr_assert_eq(evx_audit_verify(audit, &records, &bad), EVX_OK);
    evx_audit_close(&audit);
    return records;
}

static size_t results_for(const struct evx_agent *a, const char *org)
{
    size_t n = 0;
    for (size_t i = 0; i < a->queued; i++)
        if (strcmp(a->to[i], org) == 0) n += a->ack[i]->acknowledgement->n_result;
    return n;
}

Test(collect, stores_audits_and_answers_each_agency_once, .timeout = 60)
{
    struct evx_agent *a = agent_new();
    struct evx_store_totals t;
    cr_assert_eq(work(a, &t), EVX_OK);
    cr_assert_eq(t.log_size, 3);
    cr_assert_eq(t.accepted, 6);
    cr_assert_eq(results_for(a, RIG_POLICE), 2);
    cr_assert_eq(results_for(a, RIG_SCHOOL), 1);
    cr_assert_eq(audited(a), 2, "one record a batch");
    forget_queued(a);
    cr_assert_eq(work(a, &t), EVX_OK);
    cr_assert_eq(t.accepted, 6);
    cr_assert_eq(a->queued, 0, "a second run repeats nothing");
    cr_assert_eq(audited(a), 2);
    agent_free(a);
}

Test(collect, an_answer_that_was_not_queued_stays_owed, .timeout = 60)
{
    struct evx_agent *a = agent_new();
    struct evx_store_totals t;
    a->queue_answer = EVX_E_OUTBOX_FULL;
    cr_assert_eq(work(a, &t), EVX_E_OUTBOX_FULL);
    cr_assert_eq(t.accepted, 6, "what was stored stays stored");
    a->queue_answer = EVX_OK;
    cr_assert_eq(work(a, &t), EVX_OK);
    cr_assert_eq(results_for(a, RIG_POLICE), 2);
    cr_assert_eq(results_for(a, RIG_SCHOOL), 1);
    agent_free(a);
}

Test(collect, a_log_that_is_not_the_signed_one_is_not_stored, .timeout = 60)
{
    struct evx_agent *a = agent_new();
    struct evx_store_totals t;
    a->batch = MAX_ENTRIES;
    a->wrong_root = true;
    cr_assert_eq(work(a, &t), EVX_E_CONSISTENCY);
    cr_assert_eq(t.log_size, 0);
    cr_assert_eq(a->queued, 0);
    cr_assert_eq(audited(a), 0);
    a->wrong_root = false;
    cr_assert_eq(work(a, &t), EVX_OK);
    cr_assert_eq(t.accepted, 6);
    agent_free(a);
}

// Its root is that of all three entries: kept, it would say of the third that it is not in the log.
Test(collect, a_checkpoint_that_ends_before_what_was_sent_is_not_kept, .timeout = 60)
{
    struct evx_agent *a = agent_new();
    struct evx_store_totals t;
    a->batch = MAX_ENTRIES;
    a->wrong_size = true;
    cr_assert_eq(work(a, &t), EVX_E_CONSISTENCY);
    cr_assert_eq(t.log_size, 0);
    cr_assert_eq(a->queued, 0);
    agent_free(a);
}

Test(collect, a_batch_that_breaks_off_is_taken_again_from_the_cursor, .timeout = 60)
{
    struct evx_agent *a = agent_new();
    struct evx_store_totals t;
    a->fail_before_checkpoint = 2;
    cr_assert_eq(work(a, &t), EVX_OK);
    cr_assert_eq(t.log_size, 3);
    cr_assert_eq(t.accepted, 6);
    cr_assert_eq(results_for(a, RIG_POLICE) + results_for(a, RIG_SCHOOL), 3);
    agent_free(a);
}

Test(collect, answers_can_be_queued_again, .timeout = 60)
{
    struct evx_agent *a = agent_new();
    struct evx_store_totals t;
    cr_assert_eq(work(a, &t), EVX_OK);
    forget_queued(a);
    struct evx_collector *c = NULL;
    uint64_t n = 0, again = 0;
    cr_assert_eq(evx_collector_open(&c, a, a->rig.folder), EVX_OK);
    cr_assert_eq(evx_store_owe_again(evx_collector_store(c), 0, 1, &again), EVX_OK);
    cr_assert_eq(again, 2);
    cr_assert_eq(evx_collector_answer(c, &n), EVX_OK);
    cr_assert_eq(n, 2);
    cr_assert_eq(a->queued, 2);
    cr_assert_eq(evx_collector_answer(c, &n), EVX_OK);
    cr_assert_eq(n, 0);
    evx_collector_close(&c);
    agent_free(a);
}

Test(collect, writes_counts_for_the_monitor, .timeout = 60)
{
    struct evx_agent *a = agent_new();
    char *path = evx_path_join(a->rig.folder, "metrics.prom");
    struct evx_collector_run how = {.until_idle = true, .metrics = path};
    struct evx_collector *c = NULL;
    cr_assert_eq(evx_collector_open(&c, a, a->rig.folder), EVX_OK);
    cr_assert_eq(evx_collector_run(c, &how), EVX_OK);
    evx_collector_close(&c);
    struct evx_buf text = {0};
    cr_assert_eq(evx_file_read(&text, path, 65536), EVX_OK);
    cr_assert_not_null(memmem(text.p, text.n, "\nevx_collector_items_accepted 6\n", 32));
    cr_assert_null(memmem(text.p, text.n, RIG_POLICE, strlen(RIG_POLICE)));
    evx_buf_free(&text);
    free(path);
    agent_free(a);
}

// --- adopted directories ---

static void adopt(struct evx_agent *a, const struct evx_directory *d)
{
    struct rig_sealed *s = &a->entry[a->entries++];
    struct evx_log_directory e = {.received_ms = EVX_FIXTURE_NOW_MS,
                                  .version = evx_directory_version(d),
                                  .hash = *evx_directory_hash(d)};
    struct evx_digest leaf;
    cr_assert_eq(evx_log_directory(&s->log_entry, &e), EVX_OK);
    evx_log_leaf(&leaf, evx_buf_bytes(&s->log_entry));
    evx_frontier_append(&a->log, &leaf, NULL, NULL);
}

struct remarks {
    size_t n;
    struct evx_store_note last;
};

static enum evx_status count_remark(void *user, const struct evx_store_note *note)
{
    struct remarks *r = user;
    r->n++;
    r->last = *note;
    return EVX_OK;
}

static struct remarks work_and_remark(struct evx_agent *a, struct evx_store_totals *t)
{
    struct evx_collector *c = NULL;
    struct remarks r = {0};
    cr_assert_eq(evx_collector_open(&c, a, a->rig.folder), EVX_OK);
    cr_assert_eq(evx_collector_run(c, &until_idle), EVX_OK);
    cr_assert_eq(evx_store_count(evx_collector_store(c), t), EVX_OK);
    cr_assert_eq(evx_store_notes(evx_collector_store(c), count_remark, &r), EVX_OK);
    evx_collector_close(&c);
    return r;
}

Test(collect, an_adopted_directory_is_kept_and_remembered_after_a_restart, .timeout = 60)
{
    struct evx_agent *a = agent_new();
    struct evx_store_totals t;
    adopt(a, evx_fixture_directory(a->rig.fixture));
    struct remarks r = work_and_remark(a, &t);
    cr_assert_eq(r.n, 0);
    cr_assert_eq(t.log_size, 4);
    cr_assert_eq(t.consignments, 3, "it is nobody's consignment");
    cr_assert_eq(a->told, 0);
    r = work_and_remark(a, &t);
    cr_assert_eq(a->told, 1);
    cr_assert_eq(a->told_index, 3);
    cr_assert_eq(a->told_version, 1);
    agent_free(a);
}

Test(collect, a_directory_that_is_not_the_verified_one_is_remarked_and_never_rules, .timeout = 60)
{
    struct evx_agent *a = agent_new();
    struct evx_store_totals t;
    adopt(a, evx_fixture_directory(a->rig.fixture));
    a->adoption_fault = EVX_E_DIRECTORY_SPLIT;
    struct remarks r = work_and_remark(a, &t);
    cr_assert_eq(r.n, 1);
    cr_assert_eq(r.last.code, EVX_E_DIRECTORY_SPLIT);
    cr_assert_eq(r.last.index, 3);
    work_and_remark(a, &t);
    cr_assert_eq(a->told, 0);
    agent_free(a);
}

// The school's key was stolen: cut off at 1 and at 2; its only entry stands at 1.
Test(collect, a_later_revocation_reaches_back_to_its_cut_off, .timeout = 60)
{
    for (unsigned index = 1; index <= 2; index++) {
        struct evx_agent *a = agent_new();
        struct evx_store_totals t;
        struct evx_buf text = {0};
        struct evx_directory *newer = NULL;
        char hex[65], line[400];
        evx_hex(hex, evx_fixture_key(a->rig.fixture, RIG_SCHOOL, EVX_KEY_SIG)->fingerprint.b, 32);
        snprintf(line, sizeof line,
                 "revoked %s " EVX_FIXTURE_EXCHANGE "/" EVX_FIXTURE_INSPECTION " %u stolen\n", hex, index);
        chain_next(&text, a->rig.fixture, evx_fixture_directory(a->rig.fixture), NULL, line, 7);
        cr_assert_eq(evx_directory_load(&newer, evx_buf_bytes(&text), NULL, NULL, NULL), EVX_OK);
        a->newer = newer;
        adopt(a, newer);
        struct remarks r = work_and_remark(a, &t);
        cr_assert_eq(r.n, index == 1 ? 1 : 0, "cut off at %u", index);
        if (r.n) cr_assert(r.last.code == EVX_E_REVOKED && r.last.index == 1);
        evx_directory_destroy(&newer);
        evx_buf_free(&text);
        agent_free(a);
    }
}

// --- the record of reads in the log ---

static void add_digest(struct evx_agent *a, uint64_t records)
{
    static const uint8_t head[32] = {1};
    struct rig_items items = {0};
    Evx__V1__AccessDigest m = EVX__V1__ACCESS_DIGEST__INIT;
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    m.records = records;
    m.head = (ProtobufCBinaryData){sizeof head, (uint8_t *)head};
    item.body_case = EVX__V1__ITEM__BODY_ACCESS;
    item.access = &m;
    rig_add(&items, &item);
    struct rig_sealed *s = &a->entry[a->entries++];
    struct evx_chain_link link = rig_first(9);
    rig_seal(s, &a->rig,
             &(struct rig_parcel){
                 .sender = RIG_OWN, .to = RIG_OWN, .link = link, .content = items.content, .items = 1});
    struct evx_digest leaf;
    evx_log_leaf(&leaf, evx_buf_bytes(&s->log_entry));
    evx_frontier_append(&a->log, &leaf, NULL, NULL);
    rig_items_free(&items);
}

static size_t digests(const struct evx_agent *a, uint64_t *records)
{
    size_t n = 0;
    for (size_t i = 0; i < a->queued; i++) {
        if (a->ack[i]->body_case != EVX__V1__ITEM__BODY_ACCESS) continue;
        cr_assert_str_eq(a->to[i], RIG_OWN);
        *records = a->ack[i]->access->records;
        n++;
    }
    return n;
}

Test(collect, the_log_learns_of_the_record_once_a_run_and_only_when_it_grew, .timeout = 60)
{
    struct evx_agent *a = agent_new();
    struct evx_store_totals t;
    uint64_t records = 0;
    cr_assert_eq(work(a, &t), EVX_OK);
    cr_assert_eq(digests(a, &records), 1);
    cr_assert_eq(records, 2);
    forget_queued(a);
    cr_assert_eq(work(a, &t), EVX_OK);
    cr_assert_eq(digests(a, &records), 0, "nothing was read since");
    add_digest(a, 2);
    cr_assert_eq(work(a, &t), EVX_OK);
    cr_assert_eq(t.accepted, 7);
    cr_assert_eq(audited(a), 2, "a digest that came back is no reading");
    cr_assert_eq(digests(a, &records), 0, "so it calls for no other");
    agent_free(a);
}

Test(collect, a_digest_that_cannot_be_sent_stops_nothing, .timeout = 60)
{
    struct evx_agent *a = agent_new();
    struct evx_store_totals t;
    uint64_t records = 0;
    cr_assert_eq(work(a, &t), EVX_OK);
    forget_queued(a);
    struct evx_audit *audit = NULL;
    struct evx_audit_record r = {
        .verb = "consultation", .person = "A. Tester", .purpose = "inspection", .view = "test"};
    cr_assert_eq(evx_audit_open(&audit, a->rig.folder, NULL), EVX_OK);
    cr_assert_eq(evx_audit_append(audit, &r, NULL, 0), EVX_OK);
    evx_audit_close(&audit);
    a->queue_answer = EVX_E_WINDOW_CLOSED;
    cr_assert_eq(work(a, &t), EVX_OK);
    a->queue_answer = EVX_OK;
    cr_assert_eq(work(a, &t), EVX_OK);
    cr_assert_eq(digests(a, &records), 1, "the next run makes up for it");
    cr_assert_eq(records, 3);
    agent_free(a);
}

// --- what a sender says of itself ---

static void add_items(struct evx_agent *a, const struct evx_chain_link *link, struct rig_items *items)
{
    struct rig_sealed *s = &a->entry[a->entries++];
    rig_seal(s, &a->rig,
             &(struct rig_parcel){
                 .sender = RIG_POLICE, .link = *link, .content = items->content, .items = items->n});
    struct evx_digest leaf;
    evx_log_leaf(&leaf, evx_buf_bytes(&s->log_entry));
    evx_frontier_append(&a->log, &leaf, NULL, NULL);
    rig_items_free(items);
}

static void add_claims(struct evx_agent *a)
{
    struct rig_items items = {0};
    struct evx_chain_link first = rig_first(1), second = rig_after(&first, &a->entry[0].id);
    struct evx_chain_link third = rig_after(&second, &a->entry[2].id);
    rig_add_heartbeat(&items, &second, &a->entry[2].id);
    Evx__V1__CompletenessStatement c = EVX__V1__COMPLETENESS_STATEMENT__INIT;
    struct evx_frontier ids = {0};
    struct evx_digest leaf, root;
    for (size_t i = 0; i < 3; i += 2) {
        evx_log_leaf(&leaf, evx_bytes(a->entry[i].id.b, 32));
        evx_frontier_append(&ids, &leaf, NULL, NULL);
    }
    evx_frontier_root(&root, &ids);
    c.stream = (ProtobufCBinaryData){16, first.stream.b};
    c.root = (ProtobufCBinaryData){32, root.b};
    c.first = 1;
    c.last = 2;
    c.items = 3;
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    item.body_case = EVX__V1__ITEM__BODY_COMPLETENESS;
    item.completeness = &c;
    rig_add(&items, &item);
    add_items(a, &third, &items);
}

static size_t confirmations(const struct evx_agent *a)
{
    size_t n = 0;
    for (size_t i = 0; i < a->queued; i++) {
        if (a->ack[i]->body_case != EVX__V1__ITEM__BODY_CONFIRMATION) continue;
        cr_assert_str_eq(a->to[i], RIG_POLICE);
        cr_assert_eq(a->ack[i]->confirmation->code, 0);
        cr_assert_eq(a->ack[i]->confirmation->items, 3);
        n++;
    }
    return n;
}

static enum evx_status count_beat(void *user, const struct evx_store_beat *beat)
{
    cr_assert_eq(beat->said, 2);
    cr_assert_eq(beat->code, EVX_OK);
    ++*(size_t *)user;
    return EVX_OK;
}

Test(collect, confirms_a_statement_once_and_keeps_the_heartbeat, .timeout = 60)
{
    struct evx_agent *a = agent_new();
    struct evx_store_totals t;
    struct evx_collector *c = NULL;
    size_t beats = 0;
    add_claims(a);
    cr_assert_eq(work(a, &t), EVX_OK);
    cr_assert_eq(confirmations(a), 1);
    forget_queued(a);
    cr_assert_eq(work(a, &t), EVX_OK);
    cr_assert_eq(confirmations(a), 0, "a second run repeats nothing");
    cr_assert_eq(evx_collector_open(&c, a, a->rig.folder), EVX_OK);
    cr_assert_eq(evx_store_beats(evx_collector_store(c), count_beat, &beats), EVX_OK);
    cr_assert_eq(beats, 1);
    evx_collector_close(&c);
    agent_free(a);
}

Test(collect, a_confirmation_that_was_not_queued_stays_owed, .timeout = 60)
{
    struct evx_agent *a = agent_new();
    struct evx_store_totals t;
    add_claims(a);
    a->queue_answer = EVX_E_OUTBOX_FULL;
    cr_assert_eq(work(a, &t), EVX_E_OUTBOX_FULL);
    a->queue_answer = EVX_OK;
    cr_assert_eq(work(a, &t), EVX_OK);
    cr_assert_eq(confirmations(a), 1);
    agent_free(a);
}

// --- two contents under one number ---

static enum evx_status count_equivocation(void *user, const struct evx_store_equivocation *e)
{
    (void)e;
    ++*(size_t *)user;
    return EVX_OK;
}

static size_t equivocations(struct evx_collector *c)
{
    size_t n = 0;
    cr_assert_eq(evx_store_equivocations(evx_collector_store(c), count_equivocation, &n), EVX_OK);
    return n;
}

Test(collect, keeps_a_proof_of_equivocation_and_no_forged_one, .timeout = 60)
{
    struct evx_agent *a = agent_new();
    struct evx_collector *c = NULL;
    struct rig_sealed other;
    struct evx_chain_link first = rig_first(1);
    rig_evidence(&other, &a->rig, RIG_POLICE, &first, 1);
    struct evx_bytes one = evx_buf_bytes(&a->entry[0].log_entry), two = evx_buf_bytes(&other.log_entry);
    cr_assert_eq(evx_collector_open(&c, a, a->rig.folder), EVX_OK);
    cr_assert_eq(a->handler.equivocations, 0);
    cr_assert_eq(a->handler.equivocation(a->handler.user, a, 1, one, one), EVX_OK);
    cr_assert_eq(equivocations(c), 0, "what proves nothing is not kept");
    cr_assert_eq(a->handler.equivocation(a->handler.user, a, 2, one, two), EVX_OK);
    cr_assert_eq(equivocations(c), 1);
    evx_collector_close(&c);
    cr_assert_eq(evx_collector_open(&c, a, a->rig.folder), EVX_OK);
    cr_assert_eq(a->handler.equivocations, 2, "it goes on from there");
    evx_collector_close(&c);
    rig_sealed_free(&other);
    agent_free(a);
}

Test(collect, keeps_an_equivocation_that_the_log_itself_shows, .timeout = 60)
{
    struct evx_agent *a = agent_new();
    struct evx_store_totals t;
    struct evx_collector *c = NULL;
    struct evx_chain_link first = rig_first(1);
    add(a, RIG_POLICE, &first, 1);
    cr_assert_eq(work(a, &t), EVX_OK);
    cr_assert_eq(evx_collector_open(&c, a, a->rig.folder), EVX_OK);
    cr_assert_eq(equivocations(c), 1);
    evx_collector_close(&c);
    agent_free(a);
}
