// SPDX-License-Identifier: Apache-2.0
//
// What senders say about their own streams: compared, kept, confirmed (P7, P8).
#include "agents/collector/claims.h"

#include <criterion/criterion.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "agents/collector/confirm.h"
#include "agents/collector/equivocation.h"
#include "agents/collector/ingest_parts.h"
#include "tests/unit/collector/rig.h"

static struct rig r;
static struct evx_chain_link at;      // of the police's stream, the next one
static struct evx_frontier ids;       // over what it has sent
static struct evx_digest sent_id[64]; // by sequence
static struct rig_sealed kept[64];
static size_t kept_n;

static void begin(void)
{
    rig_new(&r);
    at = rig_first(1);
    ids = (struct evx_frontier){0};
    kept_n = 0;
}

static void end(void)
{
    while (kept_n)
        rig_sealed_free(&kept[--kept_n]);
    rig_free(&r);
}

static void count(const struct evx_digest *id)
{
    struct evx_digest leaf;
    evx_log_leaf(&leaf, evx_bytes(id->b, sizeof id->b));
    evx_frontier_append(&ids, &leaf, NULL, NULL);
    sent_id[at.sequence] = *id;
    at = rig_after(&at, id);
}

// The next of the police's stream, through the core and into the store.
static struct evx_intake_result send(struct rig_items *items)
{
    struct rig_sealed *s = &kept[kept_n++];
    cr_assert(kept_n < 64);
    rig_seal(
        s, &r,
        &(struct rig_parcel){.sender = RIG_POLICE, .link = at, .content = items->content, .items = items->n});
    rig_items_free(items);
    struct evx_fetched f = rig_fetched(&r, s);
    struct evx_intake_result out = rig_store(&r, &f);
    count(&s->id);
    return out;
}

static void send_evidence(size_t n)
{
    struct rig_items items = {0};
    for (size_t i = 0; i < n; i++)
        rig_add_evidence(&items, NULL, NULL);
    send(&items);
}

static Evx__V1__CompletenessStatement statement_now(struct evx_digest *root, uint64_t items)
{
    Evx__V1__CompletenessStatement c = EVX__V1__COMPLETENESS_STATEMENT__INIT;
    evx_frontier_root(root, &ids);
    c.stream = (ProtobufCBinaryData){16, at.stream.b};
    c.first = 1;
    c.last = ids.size;
    c.root = (ProtobufCBinaryData){32, root->b};
    c.items = items;
    return c;
}

static struct evx_intake_result send_statement(Evx__V1__CompletenessStatement *c)
{
    struct rig_items items = {0};
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    item.body_case = EVX__V1__ITEM__BODY_COMPLETENESS;
    item.completeness = c;
    rig_add(&items, &item);
    return send(&items);
}

// --- statements ---

Test(claims, a_true_statement_is_kept_with_what_was_found, .init = begin, .fini = end, .timeout = 60)
{
    struct evx_digest root;
    send_evidence(2);
    send_evidence(3);
    Evx__V1__CompletenessStatement c = statement_now(&root, 5);
    c.final = true;
    struct evx_intake_result out = send_statement(&c);
    cr_assert_not_null(out.statement);
    cr_assert_eq(out.statement->code, EVX_OK);
    cr_assert_eq(out.statement->found_items, 5);
    cr_assert_eq(out.statement->found_rejected, 0);
    cr_assert_eq(memcmp(out.statement->found_root.b, root.b, 32), 0);
    cr_assert(out.statement->final && out.statement->owed);
    cr_assert_str_eq(out.statement->sender, RIG_POLICE);
    cr_assert_eq(memcmp(out.statement->id.b, out.item[0].record.item_id.b, 16), 0);
    cr_assert_eq(out.notes, 0);
}

// Also after the process started again, from what is in the store.
Test(claims, the_running_root_is_kept_in_the_store, .init = begin, .fini = end, .timeout = 60)
{
    struct evx_digest root;
    for (size_t i = 0; i < 5; i++)
        send_evidence(1);
    rig_reopen(&r);
    send_evidence(2);
    Evx__V1__CompletenessStatement c = statement_now(&root, 7);
    struct evx_intake_result out = send_statement(&c);
    cr_assert_eq(out.statement->code, EVX_OK);
    cr_assert_eq(out.statement->found_items, 7);
}

Test(claims, what_was_not_accepted_is_counted, .init = begin, .fini = end, .timeout = 60)
{
    struct evx_digest root;
    struct rig_items items = {0};
    static const struct evx_inspection_id other = {{9}};
    rig_add_evidence(&items, NULL, NULL);
    rig_add_evidence(&items, &other, NULL); // of another inspection: rejected
    send(&items);
    Evx__V1__CompletenessStatement c = statement_now(&root, 2);
    struct evx_intake_result out = send_statement(&c);
    cr_assert_eq(out.statement->code, EVX_OK);
    cr_assert_eq(out.statement->found_items, 2);
    cr_assert_eq(out.statement->found_rejected, 1);
}

Test(claims, a_false_statement_is_kept_with_its_code, .init = begin, .fini = end, .timeout = 60)
{
    static const struct {
        const char *name;
        uint64_t more, items;
        bool wrong_root;
        enum evx_status code;
    } table[] = {
        {"another root", 0, 0, true, EVX_E_CHAIN},
        {"another number of items", 0, 1, false, EVX_E_CHAIN},
        {"a withheld tail", 3, 0, false, EVX_E_GAP},
    };
    uint64_t items = 2;
    send_evidence(2);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct evx_digest root;
        uint64_t have = ids.size;
        Evx__V1__CompletenessStatement c = statement_now(&root, items + table[i].items);
        root.b[3] ^= table[i].wrong_root;
        c.last += table[i].more + (table[i].more > 0); // one further than this consignment itself
        struct evx_intake_result out = send_statement(&c);
        cr_assert_eq(out.statement->code, table[i].code, "%s", table[i].name);
        cr_assert_eq(out.notes, 1, "%s", table[i].name);
        cr_assert_eq(out.note[0].code, table[i].code, "%s", table[i].name);
        cr_assert_eq(out.statement->seen, have + 1, "%s", table[i].name);
        items++;
    }
}

Test(claims, nothing_sent_is_a_statement_too, .init = begin, .fini = end, .timeout = 60)
{
    struct evx_digest root;
    Evx__V1__CompletenessStatement c = statement_now(&root, 0);
    struct evx_intake_result out = send_statement(&c);
    cr_assert_eq(out.statement->code, EVX_OK);
    cr_assert_eq(out.statement->last, 0);
}

// Nobody's word about another organisation's stream counts.
Test(claims, a_statement_about_anothers_stream_finds_nothing, .init = begin, .fini = end, .timeout = 60)
{
    struct evx_digest root;
    send_evidence(1);
    Evx__V1__CompletenessStatement c = statement_now(&root, 1);
    struct rig_items items = {0};
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    item.body_case = EVX__V1__ITEM__BODY_COMPLETENESS;
    item.completeness = &c;
    rig_add(&items, &item);
    struct evx_chain_link own = rig_first(7);
    struct rig_sealed *s = &kept[kept_n++];
    rig_seal(s, &r,
             &(struct rig_parcel){.sender = RIG_SCHOOL, .link = own, .content = items.content, .items = 1});
    rig_items_free(&items);
    struct evx_fetched f = rig_fetched(&r, s);
    struct evx_intake_result out = rig_store(&r, &f);
    cr_assert_eq(out.statement->code, EVX_E_GAP);
    cr_assert_eq(out.statement->seen, 0);
}

Test(claims, one_statement_a_consignment_is_compared, .init = begin, .fini = end, .timeout = 60)
{
    struct evx_digest root;
    struct rig_items items = {0};
    Evx__V1__CompletenessStatement c = statement_now(&root, 0);
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    item.body_case = EVX__V1__ITEM__BODY_COMPLETENESS;
    item.completeness = &c;
    rig_add(&items, &item);
    rig_add(&items, &item);
    struct evx_intake_result out = send(&items);
    cr_assert_eq(out.statement->ref.number, 0);
    cr_assert_eq(out.notes, 1);
    cr_assert_eq(out.note[0].code, EVX_E_BUSY);
}

// --- the running root ---

static size_t looked_up;

static enum evx_status look_up(void *user, const struct evx_stream_id *stream, uint64_t sequence,
                               struct evx_store_sent *out)
{
    (void)user;
    (void)stream;
    looked_up++;
    *out = (struct evx_store_sent){.id = {{(uint8_t)sequence}}, .claimed = 1};
    return EVX_OK;
}

static void grow_to(struct evx_store_stream *s, struct evx_frontier *reference, uint64_t n)
{
    while (s->head.sequence < n) {
        struct evx_digest id = {{0}}, leaf;
        evx_put_be64(id.b, s->head.sequence + 1);
        evx_intake_tally_next(s, 2);
        s->head.last = id;
        s->head.sequence++;
        evx_log_leaf(&leaf, evx_bytes(id.b, sizeof id.b));
        evx_frontier_append(reference, &leaf, NULL, NULL);
    }
}

Test(claims, a_hundred_thousand_consignments_are_compared_without_looking_any_up, .timeout = 120)
{
    struct evx_intake in = {.world = {.sent = look_up}};
    struct evx_store_stream s = {.head = {.sequence = 0}};
    struct evx_frontier reference = {0}, before = {0};
    struct evx_intake_tally tally;
    struct evx_digest root;
    looked_up = 0;
    grow_to(&s, &reference, 100000);
    before = reference;
    cr_assert_eq(evx_intake_tally(&in, &s, 1, 100000, &tally), EVX_OK);
    evx_frontier_root(&root, &reference);
    cr_assert_eq(memcmp(tally.root.b, root.b, 32), 0);
    cr_assert_eq(tally.items, 200000);
    grow_to(&s, &reference, 100001);
    cr_assert_eq(evx_intake_tally(&in, &s, 1, 100000, &tally), EVX_OK, "all but the newest");
    evx_frontier_root(&root, &before);
    cr_assert_eq(memcmp(tally.root.b, root.b, 32), 0);
    cr_assert_eq(looked_up, 0);
}

Test(claims, another_range_is_looked_up_and_bounded, .timeout = 60)
{
    struct evx_intake in = {.world = {.sent = look_up}};
    struct evx_store_stream s = {.head = {.sequence = 0}};
    struct evx_frontier reference = {0};
    struct evx_intake_tally tally;
    looked_up = 0;
    grow_to(&s, &reference, EVX_INTAKE_RANGE + 9);
    cr_assert_eq(evx_intake_tally(&in, &s, 3, 7, &tally), EVX_OK);
    cr_assert_eq(looked_up, 5);
    cr_assert_eq(tally.items, 5);
    cr_assert_eq(evx_intake_tally(&in, &s, 2, EVX_INTAKE_RANGE + 1, &tally), EVX_OK);
    looked_up = 0;
    cr_assert_eq(evx_intake_tally(&in, &s, 2, EVX_INTAKE_RANGE + 2, &tally), EVX_E_STATEMENT_RANGE);
    cr_assert_eq(looked_up, 0);
}

// --- heartbeats ---

static enum evx_status take_beat(void *user, const struct evx_store_beat *b)
{
    struct evx_store_beat *out = user;
    *out = *b;
    out->said += 1000 * (out->said >= 1000); // more than one would show
    return EVX_OK;
}

Test(claims, the_newest_heartbeat_of_a_stream_is_kept, .init = begin, .fini = end, .timeout = 60)
{
    struct evx_store_beat b = {.said = 0};
    send_evidence(1);
    for (size_t i = 0; i < 2; i++) {
        struct rig_items items = {0};
        struct evx_chain_link about = {.stream = at.stream, .sequence = at.sequence - 1};
        rig_add_heartbeat(&items, &about, &sent_id[at.sequence - 1]);
        struct evx_intake_result out = send(&items);
        cr_assert_not_null(out.beat);
        cr_assert_eq(out.beat->code, EVX_OK);
        cr_assert_eq(evx_store_begin(r.store), EVX_OK);
        cr_assert_eq(evx_store_put_beat(r.store, out.beat), EVX_OK);
        cr_assert_eq(evx_store_commit(r.store), EVX_OK);
    }
    cr_assert_eq(evx_store_beats(r.store, take_beat, &b), EVX_OK);
    cr_assert_eq(b.said, 2);
    cr_assert_eq(b.seen, 3, "with the one that carries it");
    cr_assert_str_eq(b.sender, RIG_POLICE);
}

Test(claims, a_heartbeat_ahead_of_the_log_is_kept_with_its_code, .init = begin, .fini = end, .timeout = 60)
{
    struct rig_items items = {0};
    struct evx_chain_link about = {.stream = at.stream, .sequence = 9};
    static const struct evx_digest any = {{1}};
    rig_add_heartbeat(&items, &about, &any);
    struct evx_intake_result out = send(&items);
    cr_assert_eq(out.beat->code, EVX_E_GAP);
    cr_assert_eq(out.beat->said, 9);
    cr_assert_eq(out.beat->seen, 1);
}

// --- kept ---

static struct evx_store_statement sample(uint64_t index, bool owed)
{
    return (struct evx_store_statement){.ref = {index, 3},
                                        .id = {{7}},
                                        .received_ms = 11,
                                        .sender = RIG_POLICE,
                                        .stream = {{8}},
                                        .first = 1,
                                        .last = 5,
                                        .root = {{9}},
                                        .items = 6,
                                        .final = true,
                                        .code = EVX_E_CHAIN,
                                        .seen = 5,
                                        .found_root = {{10}},
                                        .found_items = 4,
                                        .found_rejected = 2,
                                        .owed = owed};
}

struct listing {
    struct evx_store_statement at[4];
    size_t n;
};

static enum evx_status list(void *user, const struct evx_store_statement *s)
{
    struct listing *l = user;
    cr_assert(l->n < 4);
    l->at[l->n++] = *s;
    return EVX_OK;
}

static void put(const struct evx_store_statement *s)
{
    cr_assert_eq(evx_store_begin(r.store), EVX_OK);
    cr_assert_eq(evx_store_put_statement(r.store, s), EVX_OK);
    cr_assert_eq(evx_store_commit(r.store), EVX_OK);
}

Test(claims, statements_come_back_as_they_were_put, .init = begin, .fini = end, .timeout = 60)
{
    struct listing l = {.n = 0};
    struct evx_store_statement first = sample(4, true), second = sample(9, true);
    cr_assert_eq(evx_store_put_statement(r.store, &first), EVX_E_BUG, "outside a transaction");
    put(&second);
    put(&first);
    first.owed = false;
    put(&first);
    rig_reopen(&r);
    cr_assert_eq(evx_store_statements(r.store, 0, list, &l), EVX_OK);
    cr_assert_eq(l.n, 2);
    cr_assert_eq(l.at[0].ref.index, 4);
    cr_assert_not(l.at[0].owed);
    cr_assert(l.at[1].owed && l.at[1].final);
    cr_assert_eq(l.at[1].code, EVX_E_CHAIN);
    cr_assert_eq(l.at[1].found_rejected, 2);
    cr_assert_eq(l.at[1].ref.number, 3);
    cr_assert_str_eq(l.at[1].sender, RIG_POLICE);
    l.n = 0;
    cr_assert_eq(evx_store_statements(r.store, 5, list, &l), EVX_OK);
    cr_assert_eq(l.n, 1);
}

static void change(const char *sql)
{
    char path[128];
    sqlite3 *db = NULL;
    snprintf(path, sizeof path, "%s/store.db", r.folder);
    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK, "%s", sqlite3_errmsg(db));
    sqlite3_close(db);
}

Test(claims, an_altered_record_is_damage, .init = begin, .fini = end, .timeout = 60)
{
    struct listing l = {.n = 0};
    struct evx_store_statement s = sample(4, true);
    put(&s);
    change("UPDATE record SET packed = CAST(substr(packed, 1, 60) || X'01' || substr(packed, 62) AS BLOB)"
           " WHERE kind = 11");
    cr_assert_eq(evx_store_statements(r.store, 0, list, &l), EVX_E_STORE_DAMAGED);
    cr_assert_eq(l.n, 0);
}

// --- the confirmation ---

Test(claims, the_confirmation_says_what_was_found, .timeout = 60)
{
    struct evx_buf packed = {0};
    Evx__V1__Item *item = NULL;
    struct evx_store_statement s = sample(4, true);
    cr_assert_eq(evx_confirm_pack(&packed, &s), EVX_OK);
    cr_assert_eq(evx_item_unpack(&item, evx_buf_bytes(&packed)), EVX_OK);
    const Evx__V1__CompletenessConfirmation *c = item->confirmation;
    cr_assert_eq(memcmp(c->statement.data, s.id.b, 16), 0);
    cr_assert_eq(memcmp(c->root.data, s.found_root.b, 32), 0);
    cr_assert_eq(c->items, 4);
    cr_assert_eq(c->rejected, 2);
    cr_assert_eq(c->code, (uint32_t)EVX_E_CHAIN);
    cr_assert_eq(c->log_size, 5, "the log up to the statement itself");
    cr_assert(c->final);
    evx_item_free(item);
    evx_buf_free(&packed);
}

Test(claims, a_confirmation_has_one_id_and_every_confirmer_another, .timeout = 60)
{
    struct evx_item_id a, again, b, other, statement = {{1}}, another = {{2}};
    evx_confirm_id(&a, "inspectorate-care", &statement);
    evx_confirm_id(&again, "inspectorate-care", &statement);
    evx_confirm_id(&b, "inspectorate-health", &statement);
    evx_confirm_id(&other, "inspectorate-care", &another);
    cr_assert_eq(memcmp(a.b, again.b, sizeof a), 0);
    cr_assert_neq(memcmp(a.b, b.b, sizeof a), 0);
    cr_assert_neq(memcmp(a.b, other.b, sizeof a), 0);
}

// --- equivocation ---

static void two_of_one_number(struct rig_sealed *a, struct rig_sealed *b, const char *second_sender,
                              uint64_t second_sequence)
{
    struct evx_chain_link first = rig_first(3), second = rig_first(3);
    if (second_sequence > 1) second = rig_after(&first, &(struct evx_digest){{1}});
    rig_evidence(a, &r, RIG_POLICE, &first, 1);
    rig_evidence(b, &r, second_sender, &second, 1);
}

static enum evx_status check(const struct rig_sealed *a, const struct rig_sealed *b)
{
    struct evx_store_equivocation e;
    struct evx_inspection_id inspection = evx_fixture_inspection();
    return evx_equivocation_check(&e, evx_fixture_directory(r.fixture), &inspection,
                                  evx_buf_bytes(&a->log_entry), evx_buf_bytes(&b->log_entry));
}

static size_t found;

static enum evx_status take_equivocation(void *user, const struct evx_store_equivocation *e)
{
    const struct rig_sealed *two = user;
    found++;
    cr_assert_str_eq(e->sender, RIG_POLICE);
    cr_assert_eq(memcmp(e->first_id.b, two[0].id.b, 32), 0);
    cr_assert_eq(memcmp(e->second_id.b, two[1].id.b, 32), 0);
    cr_assert_eq(e->first.n, two[0].log_entry.n - 9);
    cr_assert_eq(memcmp(e->second.p, two[1].log_entry.p + 9, e->second.n), 0);
    return EVX_OK;
}

Test(claims, an_equivocation_is_proved_and_kept_once, .init = begin, .fini = end, .timeout = 60)
{
    struct rig_sealed two[2];
    struct evx_store_equivocation e;
    struct evx_inspection_id inspection = evx_fixture_inspection();
    two_of_one_number(&two[0], &two[1], RIG_POLICE, 1);
    cr_assert_eq(evx_equivocation_check(&e, evx_fixture_directory(r.fixture), &inspection,
                                        evx_buf_bytes(&two[0].log_entry), evx_buf_bytes(&two[1].log_entry)),
                 EVX_OK);
    cr_assert_eq(e.sequence, 1);
    for (size_t i = 0; i < 2; i++) {
        cr_assert_eq(evx_store_begin(r.store), EVX_OK);
        cr_assert_eq(evx_store_put_equivocation(r.store, &e), EVX_OK);
        cr_assert_eq(evx_store_commit(r.store), EVX_OK);
    }
    found = 0;
    cr_assert_eq(evx_store_equivocations(r.store, take_equivocation, two), EVX_OK);
    cr_assert_eq(found, 1);
    rig_sealed_free(&two[0]);
    rig_sealed_free(&two[1]);
}

Test(claims, what_contradicts_nothing_proves_nothing, .init = begin, .fini = end, .timeout = 60)
{
    struct rig_sealed a, b;
    two_of_one_number(&a, &b, RIG_POLICE, 1);
    cr_assert_eq(check(&a, &a), EVX_E_CHAIN, "the same one twice");
    for (size_t i = 0; i < 2; i++) { // a signature that is none, on either side
        struct rig_sealed *bad = i ? &b : &a;
        bad->log_entry.p[bad->log_entry.n - 1] ^= 1;
        cr_assert_eq(check(&a, &b), EVX_E_SIGNATURE);
        bad->log_entry.p[bad->log_entry.n - 1] ^= 1;
    }
    b.log_entry.n -= 70;
    cr_assert_neq(check(&a, &b), EVX_OK, "cut short");
    b.log_entry.n += 70;
    cr_assert_eq(check(&a, &b), EVX_OK);
    rig_sealed_free(&a);
    rig_sealed_free(&b);
    two_of_one_number(&a, &b, RIG_SCHOOL, 1);
    cr_assert_eq(check(&a, &b), EVX_E_CHAIN, "two senders");
    rig_sealed_free(&a);
    rig_sealed_free(&b);
    two_of_one_number(&a, &b, RIG_POLICE, 2);
    cr_assert_eq(check(&a, &b), EVX_E_CHAIN, "two numbers");
    struct evx_store_equivocation e;
    static const struct evx_inspection_id other = {{7}};
    rig_sealed_free(&b);
    struct evx_chain_link first = rig_first(3);
    rig_evidence(&b, &r, RIG_POLICE, &first, 1);
    cr_assert_eq(evx_equivocation_check(&e, evx_fixture_directory(r.fixture), &other,
                                        evx_buf_bytes(&a.log_entry), evx_buf_bytes(&b.log_entry)),
                 EVX_E_WRONG_INSPECTION);
    rig_sealed_free(&a);
    rig_sealed_free(&b);
}

// The same header from `key`, signed with what belongs to it.
static void sign_as(struct rig_sealed *s, const struct evx_fingerprint *key,
                    const struct evx_sign_secret *secret)
{
    struct evx_signature signature;
    struct evx_bytes header = evx_bytes(s->log_entry.p + 9, s->log_entry.n - 9 - sizeof signature);
    uint8_t *sender = memmem(s->log_entry.p, s->log_entry.n, s->key->fingerprint.b, sizeof key->b);
    cr_assert_not_null(sender);
    memcpy(sender, key->b, sizeof key->b);
    evx_sign(&signature, secret, "evx/header/v1\n", header);
    memcpy(s->log_entry.p + 9 + header.n, signature.b, sizeof signature.b);
}

// Only what an organisation signed with the key for that can be held against it.
Test(claims, two_headers_of_a_key_that_signs_no_consignments_prove_nothing, .init = begin, .fini = end,
     .timeout = 60)
{
    struct rig_sealed two[2];
    static const struct evx_fingerprint nobody = {{9}};
    const struct evx_fingerprint *witness = &evx_fixture_key(r.fixture, RIG_OWN, EVX_KEY_WIT)->fingerprint;
    two_of_one_number(&two[0], &two[1], RIG_POLICE, 1);
    for (size_t i = 0; i < 2; i++)
        sign_as(&two[i], witness, evx_fixture_sign(r.fixture, RIG_OWN, EVX_KEY_WIT));
    cr_assert_eq(check(&two[0], &two[1]), EVX_E_UNKNOWN_KEY, "a witness's key");
    rig_sealed_free(&two[0]);
    rig_sealed_free(&two[1]);
    two_of_one_number(&two[0], &two[1], RIG_POLICE, 1);
    for (size_t i = 0; i < 2; i++)
        sign_as(&two[i], &nobody, evx_fixture_sign(r.fixture, RIG_POLICE, EVX_KEY_SIG));
    cr_assert_eq(check(&two[0], &two[1]), EVX_E_UNKNOWN_KEY, "nobody's key");
    rig_sealed_free(&two[0]);
    rig_sealed_free(&two[1]);
}

Test(claims, an_equivocation_in_the_log_itself_is_kept_with_both_headers, .init = begin, .fini = end,
     .timeout = 60)
{
    struct rig_sealed two[2];
    two_of_one_number(&two[0], &two[1], RIG_POLICE, 1);
    for (size_t i = 0; i < 2; i++) {
        struct evx_fetched f = rig_fetched(&r, &two[i]);
        struct evx_intake_result out = rig_take(&r, &f);
        cr_assert_eq(evx_store_begin(r.store), EVX_OK);
        rig_put(&r, &f, &out);
        if (out.consignment.code == EVX_E_EQUIVOCATION)
            cr_assert_eq(evx_equivocation_in_log(r.store, &out.consignment), EVX_OK);
        cr_assert_eq(evx_store_commit(r.store), EVX_OK);
        cr_assert_eq(out.consignment.code, i ? EVX_E_EQUIVOCATION : EVX_OK);
    }
    found = 0;
    cr_assert_eq(evx_store_equivocations(r.store, take_equivocation, two), EVX_OK);
    cr_assert_eq(found, 1);
    rig_sealed_free(&two[0]);
    rig_sealed_free(&two[1]);
}
