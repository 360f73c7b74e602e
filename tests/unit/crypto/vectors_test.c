// SPDX-License-Identifier: Apache-2.0
//
// tests/data/vectors/*.json, recomputed from their fixed inputs. A second
// implementation checks itself against the same files. With EVX_VECTORS_WRITE
// set to a folder, the files are written there instead of compared.
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/layout.h"
#include "crypto/receipt.h"
#include "tests/testlib/fixture.h"

#define SENDER "northam-police"

static struct evx_fixture *f;

static void setup(void)
{
    f = evx_fixture_new();
    cr_assert_not_null(f);
}

static void teardown(void) { evx_fixture_free(f); }

static void put(json_t *o, const char *key, json_t *value)
{
    cr_assert_eq(json_object_set_new(o, key, value), 0);
}

static json_t *hex(const void *p, size_t n)
{
    char *text = malloc(2 * n + 1);
    evx_hex(text, p, n);
    json_t *j = json_string(text);
    free(text);
    return j;
}

static json_t *text(const struct evx_buf *b) { return json_stringn((const char *)b->p, b->n); }

// Compares with the file, or writes it.
static void settle(const char *name, json_t *computed)
{
    const char *source = getenv("EVX_SOURCE"), *write = getenv("EVX_VECTORS_WRITE");
    char path[4096];
    if (write) {
        snprintf(path, sizeof path, "%s/%s.json", write, name);
        cr_assert_eq(json_dump_file(computed, path, JSON_INDENT(2)), 0);
        json_decref(computed);
        return;
    }
    cr_assert_not_null(source, "EVX_SOURCE names the source folder");
    snprintf(path, sizeof path, "%s/tests/data/vectors/%s.json", source, name);
    json_error_t error;
    json_t *stored = json_load_file(path, 0, &error);
    cr_assert_not_null(stored, "%s", path);
    bool same = json_equal(stored, computed);
    json_decref(stored);
    json_decref(computed);
    cr_assert(same, "%s differs from what the code computes", path);
}

static json_t *key_row(const struct evx_dir_key *k)
{
    static const char *const uses[] = {"", "sig", "enc", "trn", "wit", "log"};
    char spoken[EVX_SPOKEN_TEXT];
    json_t *row = json_object();
    evx_fingerprint_spoken(spoken, &k->fingerprint);
    put(row, "org", json_string(k->org));
    put(row, "use", json_string(uses[k->use]));
    put(row, "public", hex(k->public_key, 32));
    put(row, "fingerprint", hex(k->fingerprint.b, 32));
    put(row, "spoken", json_string(spoken));
    return row;
}

// Secrets are SHA-256("fixture seed: NAME USE"), USE the number of the use.
Test(vectors, keys, .init = setup, .fini = teardown, .timeout = 30)
{
    const struct evx_directory *d = evx_fixture_directory(f);
    json_t *all = json_object(), *rows = json_array();
    for (size_t i = 0; i < evx_directory_keys(d); i++)
        cr_assert_eq(json_array_append_new(rows, key_row(evx_directory_key_at(d, i))), 0);
    put(all, "secret",
        json_string("SHA-256(\"fixture seed: ORG USE\"), USE in decimal: sig 1, enc 2, trn 3, wit 4, "
                    "log 5, root 6; Ed25519 seed or X25519 scalar"));
    put(all, "keys", rows);
    settle("keys", all);
}

Test(vectors, directory, .init = setup, .fini = teardown, .timeout = 30)
{
    struct evx_bytes note = evx_fixture_note(f);
    json_t *all = json_object();
    put(all, "note", json_stringn((const char *)note.p, note.n));
    put(all, "text_sha256", hex(evx_directory_hash(evx_fixture_directory(f))->b, 32));
    put(all, "text_bytes", json_integer((json_int_t)evx_fixture_text(f).n));
    settle("directory", all);
}

static struct evx_buf large_content(size_t n)
{
    struct evx_buf b = {0};
    for (size_t i = 0; i < n; i++) {
        uint8_t byte = (uint8_t)(i * 7 + 3);
        cr_assert_eq(evx_buf_append(&b, &byte, 1), EVX_OK);
    }
    return b;
}

static json_t *item_rows(const struct evx_consignment *c, const uint8_t kek[32])
{
    struct evx_item_cursor cursor = {0};
    struct evx_record r;
    struct evx_bytes ciphertext;
    struct evx_consignment_key key;
    json_t *rows = json_array();
    memcpy(key.b, kek, 32);
    while (evx_consignment_next(&cursor, &r, &ciphertext, c)) {
        struct evx_item_key ik;
        json_t *row = json_object();
        evx_item_key_of(&ik, &key, r.number);
        put(row, "item_key", hex(ik.b, 32));
        put(row, "commitment", hex(r.commitment.b, 32));
        put(row, "padded_bytes", json_integer(r.padded_bytes));
        put(row, "ciphertext_bytes", json_integer(r.ciphertext_bytes));
        put(row, "ciphertext_root", hex(r.ciphertext_root.b, 32));
        put(row, "record", hex(c->records.p + r.number * EVX_RECORD_BYTES, EVX_RECORD_BYTES));
        if (ciphertext.n <= 1024) put(row, "ciphertext", hex(ciphertext.p, ciphertext.n));
        cr_assert_eq(json_array_append_new(rows, row), 0);
    }
    return rows;
}

static json_t *consignment_rows(const struct evx_buf *b, const struct evx_digest *id, const uint8_t kek[32])
{
    struct evx_consignment c;
    json_t *o = json_object();
    cr_assert_eq(evx_consignment_open(&c, evx_buf_bytes(b), evx_fixture_key(f, SENDER, EVX_KEY_SIG)), EVX_OK);
    put(o, "id", hex(id->b, 32));
    put(o, "header", hex(c.header_bytes.p, c.header_bytes.n));
    put(o, "signature", hex(c.signature->b, 64));
    put(o, "wraps", hex(c.wraps.p, c.wraps.n));
    put(o, "items", item_rows(&c, kek));
    struct evx_digest whole;
    evx_blake2b(&whole, evx_buf_bytes(b));
    put(o, "bytes", json_integer((json_int_t)b->n));
    put(o, "blake2b", hex(whole.b, 32));
    evx_consignment_close(&c);
    return o;
}

struct inputs {
    uint8_t nonce[16], kek[32], ephemeral[32];
    struct evx_buf content[3];
    struct evx_plain_item item[3];
};

static void make_inputs(struct inputs *in)
{
    memset(in, 0, sizeof *in);
    memset(in->nonce, 0x4e, 16);
    memset(in->kek, 0x4b, 32);
    memset(in->ephemeral, 0x45, 32);
    cr_assert_eq(evx_fixture_evidence(&in->content[0], 1, 500), EVX_OK);
    cr_assert_eq(evx_buf_append_text(&in->content[1], "x"), EVX_OK);
    in->content[2] = large_content(70000); // two chunks
    for (size_t i = 0; i < 3; i++) {
        in->item[i].content = evx_buf_bytes(&in->content[i]);
        in->item[i].retention = (uint16_t)(i + 1);
        memset(in->item[i].id.b, (int)(0x10 + i), 16);
    }
}

static void seal_inputs(struct evx_buf *out, struct evx_digest *id, const struct inputs *in)
{
    const struct evx_dir_key *to[] = {evx_fixture_key(f, "inspectorate-care", EVX_KEY_ENC),
                                      evx_fixture_key(f, "inspectorate-health", EVX_KEY_ENC)};
    struct evx_seal_context context = {.directory = evx_fixture_directory(f),
                                       .inspection = evx_fixture_inspection(),
                                       .recipient = to,
                                       .recipients = 2,
                                       .marking = EVX__V1__MARKING__MARKING_OFFICIAL_SENSITIVE,
                                       .purpose = EVX__V1__PURPOSE__PURPOSE_INSPECTION,
                                       .flags = EVX__V1__HEADER_FLAG__FLAG_TEST_DATA,
                                       .now_ms = EVX_FIXTURE_NOW_MS,
                                       .nonce = in->nonce,
                                       .kek = in->kek,
                                       .ephemeral = in->ephemeral};
    struct evx_sign_public public_key;
    struct evx_sealer *sealer;
    memset(context.link.stream.b, 0x53, 16);
    context.link.sequence = 2;
    memset(context.link.previous.b, 0x50, 32);
    memcpy(public_key.b, evx_fixture_key(f, SENDER, EVX_KEY_SIG)->public_key, 32);
    cr_assert_eq(evx_sealer_new(&sealer, evx_fixture_sign(f, SENDER, EVX_KEY_SIG), &public_key), EVX_OK);
    cr_assert_eq(evx_seal(out, id, NULL, sealer, &context, in->item, 3), EVX_OK);
    evx_sealer_destroy(&sealer);
}

Test(vectors, consignment, .init = setup, .fini = teardown, .timeout = 30)
{
    struct inputs in;
    struct evx_buf whole = {0};
    struct evx_digest id;
    json_t *all = json_object(), *given = json_object();
    make_inputs(&in);
    seal_inputs(&whole, &id, &in);
    put(given, "sender", json_string(SENDER));
    put(given, "recipients", json_pack("[ss]", "inspectorate-care", "inspectorate-health"));
    put(given, "nonce", hex(in.nonce, 16));
    put(given, "consignment_key", hex(in.kek, 32));
    put(given, "ephemeral_secret_of_every_wrap", hex(in.ephemeral, 32));
    put(given, "item_0", hex(in.content[0].p, in.content[0].n));
    put(given, "item_1", hex(in.content[1].p, in.content[1].n));
    put(given, "item_2", json_string("70000 bytes, byte i = (7 i + 3) mod 256"));
    put(all, "given", given);
    put(all, "consignment", consignment_rows(&whole, &id, in.kek));
    evx_buf_free(&whole);
    for (size_t i = 0; i < 3; i++)
        evx_buf_free(&in.content[i]);
    settle("consignment", all);
}

static enum evx_status read_leaf_hash(void *user, unsigned height, uint64_t number, struct evx_digest *out)
{
    const struct evx_digest *leaf = user;
    struct evx_frontier t = {0};
    for (uint64_t i = number << height; i < (number + 1) << height; i++)
        evx_frontier_append(&t, &leaf[i], NULL, NULL);
    evx_frontier_root(out, &t);
    return EVX_OK;
}

// A log of eleven entries: ten of two bytes "e0" … and, at 6, a consignment.
Test(vectors, log, .init = setup, .fini = teardown, .timeout = 30)
{
    struct inputs in;
    struct evx_buf whole = {0}, entry = {0}, proof_text = {0};
    struct evx_digest id, leaf[11];
    struct evx_frontier t = {0};
    struct evx_bytes header;
    const struct evx_signature *signature;
    struct evx_receipt r = {.index = 6, .received_ms = EVX_FIXTURE_NOW_MS + 1};
    struct evx_checkpoint c = {.size = 11};
    struct evx_sign_public log_public;
    json_t *all = json_object();
    make_inputs(&in);
    seal_inputs(&whole, &id, &in);
    cr_assert_eq(evx_consignment_peek(&header, &signature, evx_buf_bytes(&whole)), EVX_OK);
    cr_assert_eq(evx_log_entry(&entry, r.received_ms, header, signature), EVX_OK);
    for (size_t i = 0; i < 11; i++) {
        char small[3] = {'e', (char)('0' + i % 10), 0};
        evx_log_leaf(&leaf[i], i == 6 ? evx_buf_bytes(&entry) : evx_bytes(small, 2));
        evx_frontier_append(&t, &leaf[i], NULL, NULL);
    }
    evx_frontier_root(&c.root, &t);
    snprintf(c.origin, sizeof c.origin, "%s/%s", EVX_FIXTURE_EXCHANGE, EVX_FIXTURE_INSPECTION);
    memcpy(log_public.b, evx_fixture_key(f, "exchange-broker", EVX_KEY_LOG)->public_key, 32);
    cr_assert_eq(evx_checkpoint_sign(&r.checkpoint, &c, evx_fixture_sign(f, "exchange-broker", EVX_KEY_LOG),
                                     &log_public),
                 EVX_OK);
    cr_assert_eq(evx_inclusion_proof(&r.path, 6, 11, read_leaf_hash, leaf), EVX_OK);
    cr_assert_eq(evx_tlog_proof_text(&proof_text, &r), EVX_OK);
    struct evx_vkey vkey;
    struct evx_buf vkey_text = {0};
    struct evx_inspection_id inspection = evx_fixture_inspection();
    cr_assert_eq(evx_directory_log_vkey(&vkey, evx_fixture_directory(f), &inspection), EVX_OK);
    cr_assert_eq(evx_vkey_text(&vkey_text, &vkey), EVX_OK);
    put(all, "log_key", text(&vkey_text));
    put(all, "entry", hex(entry.p, entry.n));
    put(all, "leaf", hex(leaf[6].b, 32));
    put(all, "root", hex(c.root.b, 32));
    put(all, "tlog_proof", text(&proof_text));
    evx_buf_free(&vkey_text);
    evx_buf_free(&proof_text);
    evx_buf_free(&entry);
    evx_buf_free(&whole);
    evx_receipt_free(&r);
    for (size_t i = 0; i < 3; i++)
        evx_buf_free(&in.content[i]);
    settle("log", all);
}
