// SPDX-License-Identifier: Apache-2.0
#include "crypto/receipt.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/testlib/fixture.h"

#define ENTRIES 13
#define INDEX   5
#define ORIGIN  EVX_FIXTURE_EXCHANGE "/" EVX_FIXTURE_INSPECTION

static struct evx_fixture *f;
static struct evx_buf whole;
static struct evx_bytes header;
static const struct evx_signature *signature;
static struct evx_digest leaf[ENTRIES];
static struct evx_receipt receipt;
static struct evx_vkey log_key;

static enum evx_status read_node(void *user, unsigned height, uint64_t number, struct evx_digest *out)
{
    (void)user;
    struct evx_frontier t = {0};
    for (uint64_t i = number << height; i < (number + 1) << height; i++)
        evx_frontier_append(&t, &leaf[i], NULL, NULL);
    evx_frontier_root(out, &t);
    return EVX_OK;
}

static void sign_checkpoint(const struct evx_digest *root)
{
    struct evx_checkpoint c = {ORIGIN, ENTRIES, *root};
    struct evx_sign_public public_key;
    memcpy(public_key.b, evx_fixture_key(f, "exchange-broker", EVX_KEY_LOG)->public_key, 32);
    const struct evx_sign_secret *k = evx_fixture_sign(f, "exchange-broker", EVX_KEY_LOG);
    evx_buf_clear(&receipt.checkpoint);
    cr_assert_eq(evx_checkpoint_sign(&receipt.checkpoint, &c, k, &public_key), EVX_OK);
}

static void setup(void)
{
    struct evx_chain_link link = {{{1}}, 1, {{0}}};
    struct evx_frontier t = {0};
    struct evx_buf entry = {0};
    struct evx_digest root;
    struct evx_inspection_id id = evx_fixture_inspection();
    f = evx_fixture_new();
    cr_assert_not_null(f);
    receipt = (struct evx_receipt){.inspection = id, .index = INDEX, .received_ms = 1772355600123};
    cr_assert_eq(evx_fixture_consignment(&whole, &receipt.consignment, f, "westmoor-health", &link, 2, 400),
                 EVX_OK);
    cr_assert_eq(evx_consignment_peek(&header, &signature, evx_buf_bytes(&whole)), EVX_OK);
    cr_assert_eq(evx_log_entry(&entry, receipt.received_ms, header, signature), EVX_OK);
    for (size_t i = 0; i < ENTRIES; i++) {
        evx_log_leaf(&leaf[i], i == INDEX ? evx_buf_bytes(&entry) : evx_bytes(&i, sizeof i));
        evx_frontier_append(&t, &leaf[i], NULL, NULL);
    }
    evx_frontier_root(&root, &t);
    sign_checkpoint(&root);
    cr_assert_eq(evx_inclusion_proof(&receipt.path, INDEX, ENTRIES, read_node, NULL), EVX_OK);
    cr_assert_eq(evx_directory_log_vkey(&log_key, evx_fixture_directory(f), &id), EVX_OK);
    evx_buf_free(&entry);
}

static void teardown(void)
{
    evx_receipt_free(&receipt);
    evx_buf_free(&whole);
    evx_fixture_free(f);
}

static enum evx_status verify(void)
{
    struct evx_checkpoint c;
    enum evx_status s = evx_receipt_verify(&receipt, &log_key, header, signature, &c);
    cr_assert_eq(c.size, s ? 0 : ENTRIES);
    return s;
}

Test(receipt, holds, .init = setup, .fini = teardown, .timeout = 20)
{
    cr_assert_eq(verify(), EVX_OK);
    cr_assert_eq(evx_receipt_verify(&receipt, &log_key, header, signature, NULL), EVX_OK);
}

Test(receipt, is_for_this_consignment_only, .init = setup, .fini = teardown, .timeout = 20)
{
    receipt.consignment.b[0] ^= 1;
    cr_assert_eq(verify(), EVX_E_RECEIPT_MISMATCH);
    receipt.consignment.b[0] ^= 1;
    receipt.inspection.b[0] ^= 1;
    cr_assert_eq(verify(), EVX_E_RECEIPT_MISMATCH);
    receipt.inspection.b[0] ^= 1;
    struct evx_buf other = {0};
    struct evx_digest id;
    struct evx_chain_link link = {{{2}}, 1, {{0}}};
    cr_assert_eq(evx_fixture_consignment(&other, &id, f, "westmoor-health", &link, 1, 400), EVX_OK);
    cr_assert_eq(evx_consignment_peek(&header, &signature, evx_buf_bytes(&other)), EVX_OK);
    cr_assert_eq(verify(), EVX_E_RECEIPT_MISMATCH);
    receipt.consignment = id;
    cr_assert_eq(verify(), EVX_E_INCLUSION);
    evx_buf_free(&other);
}

Test(receipt, log_must_be_that_of_the_inspection, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_sign_public key = log_key.key;
    cr_assert_eq(evx_vkey_make(&log_key, EVX_FIXTURE_EXCHANGE "/ff0102030405060708090a0b0c0d0e0f",
                               EVX_NOTE_ED25519, &key),
                 EVX_OK);
    cr_assert_eq(verify(), EVX_E_RECEIPT_MISMATCH);
}

// Receipt and log agree on an inspection that is not the header's.
Test(receipt, inspection_must_be_that_of_the_header, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_sign_public key = log_key.key;
    receipt.inspection.b[0] = 0xff;
    cr_assert_eq(evx_vkey_make(&log_key, EVX_FIXTURE_EXCHANGE "/ff0102030405060708090a0b0c0d0e0f",
                               EVX_NOTE_ED25519, &key),
                 EVX_OK);
    cr_assert_eq(verify(), EVX_E_RECEIPT_MISMATCH);
}

Test(receipt, every_claim_is_proved, .init = setup, .fini = teardown, .timeout = 20)
{
    receipt.received_ms++;
    cr_assert_eq(verify(), EVX_E_INCLUSION);
    receipt.received_ms--;
    receipt.index++;
    cr_assert_eq(verify(), EVX_E_INCLUSION);
    receipt.index = UINT64_MAX;
    cr_assert_eq(verify(), EVX_E_INCLUSION);
    receipt.index = INDEX;
    receipt.path.n--;
    cr_assert_eq(verify(), EVX_E_INCLUSION);
    receipt.path.n++;
    receipt.path.hash[1].b[7] ^= 1;
    cr_assert_eq(verify(), EVX_E_INCLUSION);
    receipt.path.hash[1].b[7] ^= 1;
    struct evx_signature other = *signature;
    const struct evx_signature *was = signature;
    other.b[0] ^= 1;
    signature = &other;
    cr_assert_eq(verify(), EVX_E_INCLUSION);
    signature = was;
    cr_assert_eq(verify(), EVX_OK);
}

Test(receipt, checkpoint_must_be_the_logs, .init = setup, .fini = teardown, .timeout = 20)
{
    receipt.checkpoint.p[receipt.checkpoint.n - 8] ^= 1;
    enum evx_status s = verify();
    cr_assert(s == EVX_E_NOTE_SIGNATURE || s == EVX_E_NOTE_FORMAT);
    receipt.checkpoint.n = 10;
    cr_assert_eq(verify(), EVX_E_NOTE_FORMAT);
    struct evx_digest other_root = {{1}};
    sign_checkpoint(&other_root);
    cr_assert_eq(verify(), EVX_E_INCLUSION);
}

Test(receipt, frame_and_back, .init = setup, .fini = teardown, .timeout = 20)
{
    Evx__V1__Receipt m;
    ProtobufCBinaryData slots[EVX_LIMIT_PROOF_HASHES + 1];
    uint8_t hash[32] = {1};
    struct evx_receipt back;
    for (size_t i = 0; i <= EVX_LIMIT_PROOF_HASHES; i++)
        slots[i] = (ProtobufCBinaryData){sizeof hash, hash};
    evx_receipt_to_frame(&m, slots, &receipt);
    cr_assert_eq(evx_receipt_from_frame(&back, &m), EVX_OK);
    cr_assert_eq(back.index, receipt.index);
    cr_assert_eq(back.received_ms, receipt.received_ms);
    cr_assert_eq(back.path.n, receipt.path.n);
    cr_assert_eq(memcmp(back.path.hash, receipt.path.hash, 32 * back.path.n), 0);
    cr_assert(evx_bytes_equal(evx_buf_bytes(&back.checkpoint), evx_buf_bytes(&receipt.checkpoint)));
    cr_assert_eq(evx_receipt_verify(&back, &log_key, header, signature, NULL), EVX_OK);
    evx_receipt_free(&back);
    m.n_path = EVX_LIMIT_PROOF_HASHES + 1;
    cr_assert_eq(evx_receipt_from_frame(&back, &m), EVX_E_MALFORMED);
    m.n_path = 1;
    slots[0].len = 31;
    cr_assert_eq(evx_receipt_from_frame(&back, &m), EVX_E_MALFORMED);
    m.n_path = 0;
    m.consignment.len = 31;
    cr_assert_eq(evx_receipt_from_frame(&back, &m), EVX_E_MALFORMED);
    m.consignment.len = 32;
    m.checkpoint.len = 0;
    cr_assert_eq(evx_receipt_from_frame(&back, &m), EVX_E_MALFORMED);
}

Test(receipt, tlog_proof_text_and_back, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_buf text = {0}, entry = {0}, again = {0};
    struct evx_receipt back;
    struct evx_checkpoint c;
    static const char begin[] = "c2sp.org/tlog-proof@v1\nindex 5\n";
    cr_assert_eq(evx_tlog_proof_text(&text, &receipt), EVX_OK);
    cr_assert_eq(memcmp(text.p, begin, sizeof begin - 1), 0);
    cr_assert_eq(evx_tlog_proof_parse(&back, evx_buf_bytes(&text)), EVX_OK);
    cr_assert_eq(memcmp(back.inspection.b, receipt.inspection.b, 16), 0);
    cr_assert_eq(evx_log_entry(&entry, receipt.received_ms, header, signature), EVX_OK);
    cr_assert_eq(evx_tlog_proof_verify(&back, &log_key, evx_buf_bytes(&entry), &c), EVX_OK);
    cr_assert_eq(c.size, ENTRIES);
    cr_assert_eq(evx_tlog_proof_text(&again, &back), EVX_OK);
    cr_assert(evx_bytes_equal(evx_buf_bytes(&text), evx_buf_bytes(&again)));
    entry.p[3] ^= 1;
    cr_assert_eq(evx_tlog_proof_verify(&back, &log_key, evx_buf_bytes(&entry), &c), EVX_E_INCLUSION);
    evx_receipt_free(&back);
    evx_buf_free(&text);
    evx_buf_free(&entry);
    evx_buf_free(&again);
}

Test(receipt, tlog_proof_forms, .init = setup, .fini = teardown, .timeout = 20)
{
    static const char hash[] = "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\n";
    static const struct {
        const char *what, *head;
        bool hash, good;
    } cases[] = {
        {"plain", "c2sp.org/tlog-proof@v1\nindex 0\n", true, true},
        {"without hashes", "c2sp.org/tlog-proof@v1\nindex 0\n", false, true},
        {"with extra data", "c2sp.org/tlog-proof@v1\nextra YWJj\nindex 0\n", true, true},
        {"another version", "c2sp.org/tlog-proof@v2\nindex 0\n", true, false},
        {"leading zero", "c2sp.org/tlog-proof@v1\nindex 00\n", true, false},
        {"negative", "c2sp.org/tlog-proof@v1\nindex -1\n", true, false},
        {"no index", "c2sp.org/tlog-proof@v1\n", true, false},
        {"extra data not in its one spelling", "c2sp.org/tlog-proof@v1\nextra YWJ=\nindex 0\n", true, false},
        {"extra data that is cut off", "c2sp.org/tlog-proof@v1\nextra YWJjY\nindex 0\n", true, false},
        {"extra data behind its end", "c2sp.org/tlog-proof@v1\nextra YQ==YWJj\nindex 0\n", true, false},
        {"extra without data", "c2sp.org/tlog-proof@v1\nextra\nindex 0\n", true, false},
        {"extra twice", "c2sp.org/tlog-proof@v1\nextra YWJj\nextra YWJj\nindex 0\n", true, false},
        {"short hash", "c2sp.org/tlog-proof@v1\nindex 0\ngSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPg==\n",
         true, false},
        {"not a hash", "c2sp.org/tlog-proof@v1\nindex 0\nhash\n", true, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct evx_buf text = {0};
        struct evx_receipt r;
        cr_assert_eq(evx_buf_append_text(&text, cases[i].head), EVX_OK);
        if (cases[i].hash) cr_assert_eq(evx_buf_append_text(&text, hash), EVX_OK);
        cr_assert_eq(evx_buf_append_text(&text, "\n"), EVX_OK);
        cr_assert_eq(evx_buf_append(&text, receipt.checkpoint.p, receipt.checkpoint.n), EVX_OK);
        enum evx_status s = evx_tlog_proof_parse(&r, evx_buf_bytes(&text));
        cr_assert_eq(s, cases[i].good ? EVX_OK : EVX_E_NOTE_FORMAT, "%s", cases[i].what);
        evx_receipt_free(&r);
        evx_buf_free(&text);
    }
    struct evx_buf endless = {0};
    struct evx_receipt r;
    cr_assert_eq(evx_buf_append_text(&endless, "c2sp.org/tlog-proof@v1\nindex 0\n"), EVX_OK);
    for (size_t i = 0; i <= EVX_LIMIT_PROOF_HASHES; i++)
        cr_assert_eq(evx_buf_append_text(&endless, hash), EVX_OK);
    cr_assert_eq(evx_tlog_proof_parse(&r, evx_buf_bytes(&endless)), EVX_E_NOTE_FORMAT);
    evx_buf_clear(&endless);
    cr_assert_eq(evx_buf_append_text(&endless, "c2sp.org/tlog-proof@v1\nextra "), EVX_OK);
    while (endless.n < EVX_LIMIT_NOTE_BYTES)
        cr_assert_eq(evx_buf_append_text(&endless, "YWJj"), EVX_OK);
    cr_assert_eq(evx_buf_append_text(&endless, "\nindex 0\n\n"), EVX_OK);
    cr_assert_eq(evx_buf_append(&endless, receipt.checkpoint.p, receipt.checkpoint.n), EVX_OK);
    cr_assert_eq(evx_tlog_proof_parse(&r, evx_buf_bytes(&endless)), EVX_E_TOO_LARGE);
    evx_buf_free(&endless);
}
