// SPDX-License-Identifier: Apache-2.0
//
// What leaves the store for a third party: the place in the log, rebuilt from the stored
// entries, and one item's key after its record.
#include <criterion/criterion.h>
#include <string.h>

#include "agents/collector/audit.h"
#include "agents/collector/store.h"
#include "crypto/bundle.h"
#include "tests/unit/collector/rig.h"

#define ENTRIES 11
#define ITEMS   3

static struct rig r;
static struct evx_buf note; // of all entries
static struct evx_directory *directory;

static void sign(struct evx_buf *out, const struct evx_frontier *f)
{
    struct evx_checkpoint c = {EVX_FIXTURE_EXCHANGE "/" EVX_FIXTURE_INSPECTION, f->size, {{0}}};
    struct evx_sign_public public_key;
    evx_frontier_root(&c.root, f);
    memcpy(public_key.b, evx_fixture_key(r.fixture, "exchange-broker", EVX_KEY_LOG)->public_key, 32);
    evx_buf_clear(out);
    cr_assert_eq(evx_checkpoint_sign(out, &c, evx_fixture_sign(r.fixture, "exchange-broker", EVX_KEY_LOG),
                                     &public_key),
                 EVX_OK);
}

static void set_cursor(struct evx_bytes text)
{
    cr_assert_eq(evx_store_begin(r.store), EVX_OK);
    cr_assert_eq(evx_store_set_cursor(r.store, &r.frontier, text), EVX_OK);
    cr_assert_eq(evx_store_commit(r.store), EVX_OK);
}

static void add_entry(struct evx_chain_link *link)
{
    struct rig_sealed s;
    rig_evidence(&s, &r, RIG_POLICE, link, ITEMS);
    struct evx_fetched f = rig_fetched(&r, &s);
    rig_store(&r, &f);
    *link = rig_after(link, &s.id);
    rig_sealed_free(&s);
}

static void setup(void)
{
    struct evx_chain_link link = rig_first(1);
    memset(&note, 0, sizeof note);
    rig_new(&r);
    for (size_t i = 0; i < ENTRIES; i++)
        add_entry(&link);
    sign(&note, &r.frontier);
    set_cursor(evx_buf_bytes(&note));
    cr_assert_eq(evx_directory_load(&directory, evx_fixture_note(r.fixture), NULL, NULL, NULL), EVX_OK);
}
static void teardown(void)
{
    evx_buf_free(&note);
    evx_directory_destroy(&directory);
    rig_free(&r);
}
#define RIG .init = setup, .fini = teardown, .timeout = 60

static enum evx_status prove(uint64_t index, struct evx_bytes witnessed, uint64_t *size)
{
    struct evx_receipt receipt;
    struct evx_buf entry = {0};
    struct evx_vkey log;
    struct evx_checkpoint c = {0};
    struct evx_inspection_id id = evx_fixture_inspection();
    enum evx_status s = evx_store_prove(r.store, index, witnessed, &receipt);
    if (s) return s;
    cr_assert_eq(evx_store_consignment(r.store, index, &entry, NULL), EVX_OK);
    cr_assert_eq(evx_directory_log_vkey(&log, directory, &id), EVX_OK);
    s = evx_tlog_proof_verify(&receipt, &log, evx_buf_bytes(&entry), &c);
    *size = c.size;
    evx_receipt_free(&receipt);
    evx_buf_free(&entry);
    return s;
}

static const struct evx_bytes none;

Test(prove, every_entry_under_the_stored_checkpoint, RIG)
{
    for (uint64_t i = 0; i < ENTRIES; i++) {
        uint64_t size = 0;
        cr_assert_eq(prove(i, none, &size), EVX_OK, "index %llu", (unsigned long long)i);
        cr_assert_eq(size, ENTRIES);
    }
}

Test(prove, a_witnessed_checkpoint_is_preferred_where_it_covers_the_entry, RIG)
{
    struct evx_frontier earlier = {0};
    struct evx_buf witnessed = {0}, entry = {0};
    for (uint64_t i = 0; i < 7; i++) {
        struct evx_digest leaf;
        evx_buf_clear(&entry);
        cr_assert_eq(evx_store_consignment(r.store, i, &entry, NULL), EVX_OK);
        evx_log_leaf(&leaf, evx_buf_bytes(&entry));
        evx_frontier_append(&earlier, &leaf, NULL, NULL);
    }
    sign(&witnessed, &earlier);
    for (uint64_t i = 0; i < ENTRIES; i++) {
        uint64_t size = 0;
        cr_assert_eq(prove(i, evx_buf_bytes(&witnessed), &size), EVX_OK);
        cr_assert_eq(size, i < 7 ? 7 : ENTRIES);
    }
    evx_buf_free(&witnessed);
    evx_buf_free(&entry);
}

Test(prove, what_is_not_collected_cannot_be_proved, RIG)
{
    uint64_t size = 0;
    cr_assert_eq(prove(ENTRIES, none, &size), EVX_E_NOT_COLLECTED);
    struct evx_frontier further = r.frontier;
    struct evx_digest leaf = {{1}};
    struct evx_buf ahead = {0};
    evx_frontier_append(&further, &leaf, NULL, NULL);
    sign(&ahead, &further);
    set_cursor(evx_buf_bytes(&ahead));
    cr_assert_eq(prove(0, none, &size), EVX_E_NOT_COLLECTED);
    set_cursor(none);
    cr_assert_eq(prove(0, none, &size), EVX_E_NOT_COLLECTED);
    cr_assert_eq(prove(0, evx_buf_bytes(&ahead), &size), EVX_E_NOT_COLLECTED);
    evx_buf_free(&ahead);
}

// --- an item's key ---

static enum evx_status disclose(struct evx_buf *out, struct evx_store_ref asked,
                                struct evx_store_ref recorded)
{
    struct evx_audit *audit = NULL;
    struct evx_opening *opening = rig_release(&audit, &r, r.store, &recorded, 1);
    struct evx_item_key key;
    struct evx_receipt receipt = {0};
    struct evx_buf entry = {0};
    struct evx_bundle_source source = {
        .directory = directory, .receipt = &receipt, .number = asked.number, .key = &key};
    enum evx_status s = evx_store_prove(r.store, asked.index, none, &receipt);
    if (!s) s = evx_store_consignment(r.store, asked.index, &entry, NULL);
    if (!s) s = evx_store_disclose(&key, &source.consignment, r.store, opening, asked);
    source.entry = evx_buf_bytes(&entry);
    if (!s) s = evx_bundle_make(out, &source);
    evx_opening_close(&opening);
    evx_audit_close(&audit);
    evx_receipt_free(&receipt);
    evx_buf_free(&entry);
    return s;
}

Test(prove, a_bundle_from_the_store_holds, RIG)
{
    struct evx_buf file = {0};
    struct evx_bundle b;
    struct evx_bundle_result result;
    struct evx_store_ref ref = {5, 1};
    cr_assert_eq(disclose(&file, ref, ref), EVX_OK);
    cr_assert_eq(evx_bundle_parse(&b, evx_buf_bytes(&file)), EVX_OK);
    cr_assert_eq(evx_bundle_verify(&result, &b, &(struct evx_bundle_trust){.directory = directory}), EVX_OK);
    cr_assert_eq(result.index, 5);
    cr_assert_eq(result.number, 1);
    cr_assert_str_eq(result.sender, RIG_POLICE);
    evx_bundle_result_free(&result);
    evx_buf_free(&file);
}

Test(prove, no_key_without_its_record, RIG)
{
    struct evx_buf file = {0};
    cr_assert_eq(disclose(&file, (struct evx_store_ref){5, 1}, (struct evx_store_ref){5, 2}),
                 EVX_E_READ_UNRECORDED);
    cr_assert_eq(file.n, 0);
}

Test(prove, no_key_of_what_was_erased_or_never_was, RIG)
{
    struct evx_buf file = {0};
    struct evx_store_ref ref = {5, 1}, beyond = {5, ITEMS};
    cr_assert_eq(disclose(&file, beyond, beyond), EVX_E_NOT_FOUND);
    cr_assert_eq(evx_store_erase(r.store, &ref, 1), EVX_OK);
    cr_assert_eq(disclose(&file, ref, ref), EVX_E_ERASED);
}

static enum evx_status key_of(struct evx_store_ref ref)
{
    static const struct evx_item_key zero;
    struct evx_audit *audit = NULL;
    struct evx_opening *opening = rig_release(&audit, &r, r.store, &ref, 1);
    const struct evx_consignment *c = NULL;
    struct evx_item_key key;
    enum evx_status s = evx_store_disclose(&key, &c, r.store, opening, ref);
    if (s) cr_assert(memcmp(&key, &zero, sizeof key) == 0 && !c);
    evx_opening_close(&opening);
    evx_audit_close(&audit);
    return s;
}

Test(prove, no_key_of_what_was_refused, RIG)
{
    struct rig_items items = {0};
    rig_add_evidence(&items, NULL, NULL);
    rig_add_raw(&items, "nonsense", 8);
    struct rig_sealed s;
    rig_seal(&s, &r,
             &(struct rig_parcel){
                 .sender = RIG_SCHOOL, .link = rig_first(2), .content = items.content, .items = 2});
    struct evx_fetched f = rig_fetched(&r, &s);
    enum evx_status code = rig_store(&r, &f).item[1].code;
    cr_assert(code != EVX_OK && code != EVX_E_ERASED);
    cr_assert_eq(key_of((struct evx_store_ref){f.index, 0}), EVX_OK);
    cr_assert_eq(key_of((struct evx_store_ref){f.index, 1}), code);
    rig_sealed_free(&s);
    rig_items_free(&items);
}

// A row that counts more items than its consignment has: damage, and no lawful erasure.
Test(prove, no_key_of_what_is_in_no_consignment, RIG)
{
    struct evx_chain_link link = rig_first(2);
    struct evx_store_item item[2] = {{.record = {.number = 0}}, {.record = {.number = 1}}};
    struct rig_sealed s;
    rig_evidence(&s, &r, RIG_SCHOOL, &link, 1);
    struct evx_fetched f = rig_fetched(&r, &s);
    struct evx_store_consignment c = {
        .index = f.index, .addressed = true, .claimed = 2, .log_entry = f.log_entry, .body = f.body};
    cr_assert_eq(evx_store_begin(r.store), EVX_OK);
    cr_assert_eq(evx_store_put(r.store, &c, item, 2), EVX_OK);
    cr_assert_eq(evx_store_commit(r.store), EVX_OK);
    struct evx_store_ref beyond = {f.index, 1};
    Evx__V1__Item *opened = NULL;
    cr_assert_eq(key_of(beyond), EVX_E_STORE_DAMAGED);
    cr_assert_eq(rig_open_item(&r, r.store, beyond, &opened), EVX_E_STORE_DAMAGED);
    cr_assert_null(opened);
    rig_sealed_free(&s);
}
