// SPDX-License-Identifier: Apache-2.0
//
// seeds FOLDER: writes the corpora of the protocol's parsers, a few inputs a
// target, nearly all of them valid, from fixed keys and times. Run by hand when a
// format changes:
//   ninja -C build/dev fuzz_seeds && build/dev/fuzz/fuzz_seeds tests/fuzz/corpus
#include <stdlib.h>
#include <string.h>

#include "crypto/keyfile.h"
#include "proto/base/file.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/seeds.h"

void seeds_save(const struct world *w, const char *target, const char *name, const struct evx_buf *b)
{
    char *folder = evx_path_join(w->corpus, target);
    char *path = evx_path_join(folder, name);
    fuzz_demand(evx_dir_make(folder) == EVX_OK);
    fuzz_demand(evx_file_replace(path, evx_buf_bytes(b), 0644) == EVX_OK);
    free(path);
    free(folder);
}

static void make_keys(struct world *w)
{
    const uint8_t seed[5][32] = {{1}, {2}, {3}, {4}, {5}};
    fuzz_demand(evx_sign_from_seed(&w->root, &w->root_public, seed[0]) == EVX_OK);
    fuzz_demand(evx_sign_from_seed(&w->police, &w->police_public, seed[1]) == EVX_OK);
    fuzz_demand(evx_sign_from_seed(&w->broker, &w->broker_public, seed[2]) == EVX_OK);
    fuzz_demand(evx_sign_from_seed(&w->log, &w->log_public, seed[3]) == EVX_OK);
    fuzz_demand(evx_box_from_seed(&w->home, &w->home_public, seed[4]) == EVX_OK);
}

void seeds_key_line(struct evx_buf *out, const char *org, const char *use, const uint8_t key[32])
{
    char hex[65];
    evx_hex(hex, key, 32);
    fuzz_demand(evx_buf_printf(out, "key %s %s 1 %s 2026-01-01T00:00:00.000Z 2036-01-01T00:00:00.000Z\n", org,
                               use, hex) == EVX_OK);
}

static void directory_text(struct world *w, struct evx_buf *out)
{
    struct evx_vkey root;
    fuzz_demand(evx_vkey_make(&root, "root-1", EVX_NOTE_ED25519, &w->root_public) == EVX_OK);
    fuzz_demand(evx_buf_append_text(out,
                                    "evx.directory/v1\nexchange exchange.example\nversion 1\nprevious -\n"
                                    "issued 2026-01-01T00:00:00.000Z\nexpires 2036-01-01T00:00:00.000Z\n"
                                    "min-suite 1\nthreshold 1\nquorum 0\nroot ") == EVX_OK);
    fuzz_demand(evx_vkey_text(out, &root) == EVX_OK);
    fuzz_demand(evx_buf_append_text(out, "\norg broker broker active Made-up broker\n"
                                         "org homes-inspectorate inspectorate active Made-up inspectorate\n"
                                         "org northam-police police active Northam police\n") == EVX_OK);
    seeds_key_line(out, "broker", "log", w->log_public.b);
    seeds_key_line(out, "broker", "sig", w->broker_public.b);
    seeds_key_line(out, "homes-inspectorate", "enc", w->home_public.b);
    seeds_key_line(out, "northam-police", "sig", w->police_public.b);
    fuzz_demand(
        evx_buf_append_text(out, "inspection 00112233445566778899aabbccddeeff childrens-homes-2015 open "
                                 "2026-01-01T00:00:00.000Z 2027-01-01T00:00:00.000Z Made-up inspection\n"
                                 "member 00112233445566778899aabbccddeeff homes-inspectorate send,receive\n"
                                 "member 00112233445566778899aabbccddeeff northam-police send\n") == EVX_OK);
}

static void make_directory(struct world *w)
{
    struct evx_buf text = {0};
    unsigned line = 0;
    directory_text(w, &text);
    seeds_save(w, "directory", "text", &text);
    fuzz_demand(evx_note_sign(&w->note, evx_buf_bytes(&text), "root-1", w->root, &w->root_public) == EVX_OK);
    seeds_save(w, "directory", "signed", &w->note);
    seeds_save(w, "note", "directory", &w->note);
    enum evx_status s = evx_directory_load(&w->directory, evx_buf_bytes(&w->note), NULL, NULL, &line);
    if (s) fprintf(stderr, "line %u: %s\n", line, evx_error_info(s)->code);
    fuzz_demand(s == EVX_OK);
    evx_buf_free(&text);
}

static void make_items(struct world *w, struct evx_buf *evidence)
{
    uint8_t inspection[16];
    fuzz_demand(evx_unhex(inspection, 16, "00112233445566778899aabbccddeeff"));
    Evx__V1__Moment when = EVX__V1__MOMENT__INIT;
    when.precision = EVX__V1__PRECISION__PRECISION_DAY;
    when.utc_ms = SEEDS_NOW_MS;
    when.zone = "Europe/London";
    when.text = "05/01/2026";
    Evx__V1__Identifier nhs = EVX__V1__IDENTIFIER__INIT;
    nhs.scheme = "nhs-number";
    nhs.value = "9990000018";
    Evx__V1__Identifier *ids[] = {&nhs};
    Evx__V1__Subject child = EVX__V1__SUBJECT__INIT;
    child.role = EVX__V1__SUBJECT_ROLE__ROLE_CHILD;
    child.n_identifier = 1;
    child.identifier = ids;
    child.family_name = "Sample";
    Evx__V1__Subject *children[] = {&child};
    Evx__V1__Evidence e = EVX__V1__EVIDENCE__INIT;
    e.inspection = (ProtobufCBinaryData){16, inspection};
    e.kind = "missing-episode";
    e.n_subject = 1;
    e.subject = children;
    e.occurred = &when;
    e.recorded = &when;
    e.source_type = EVX__V1__SOURCE_TYPE__SOURCE_RECORD;
    e.direction = EVX__V1__DIRECTION__DIRECTION_CONCERN;
    e.significance = EVX__V1__SIGNIFICANCE__SIGNIFICANCE_NOTABLE;
    e.narrative = "Made-up narrative.";
    e.origin_agency = "northam-police";
    e.purpose = "inspection";
    e.lawful_basis = "statute";
    e.marking = "OFFICIAL-SENSITIVE";
    e.retention_class = "inspection";
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    item.body_case = EVX__V1__ITEM__BODY_EVIDENCE;
    item.evidence = &e;
    const char *where = NULL;
    if (evx_item_check(&item, &where)) fprintf(stderr, "item: %s\n", where ? where : "?");
    fuzz_demand(evx_item_pack(evidence, &item) == EVX_OK);
    seeds_save(w, "item", "evidence", evidence);
    seeds_save(w, "wire", "item", evidence);

    struct evx_buf nil_bytes = {0};
    Evx__V1__NilReturn nil = EVX__V1__NIL_RETURN__INIT;
    nil.ground = EVX__V1__NIL_GROUND__NIL_HELD_NOTHING;
    nil.searched = "made-up register";
    item.body_case = EVX__V1__ITEM__BODY_NIL_RETURN;
    item.nil_return = &nil;
    fuzz_demand(evx_item_pack(&nil_bytes, &item) == EVX_OK);
    seeds_save(w, "item", "nil", &nil_bytes);
    evx_buf_free(&nil_bytes);
}

static void make_consignment(struct world *w, const struct evx_buf *content)
{
    static const uint8_t nonce[16] = {9}, ephemeral[32] = {6};
    struct evx_sealer *sealer = NULL;
    w->kek.b[0] = 8;
    const struct evx_dir_key *to =
        evx_directory_key_of(w->directory, "homes-inspectorate", EVX_KEY_ENC, SEEDS_NOW_MS);
    fuzz_demand(to && evx_sealer_new(&sealer, w->police, &w->police_public) == EVX_OK);
    struct evx_seal_context context = {
        .directory = w->directory,
        .inspection = evx_directory_inspection_at(w->directory, 0)->id,
        .recipient = &to,
        .recipients = 1,
        .marking = EVX__V1__MARKING__MARKING_OFFICIAL_SENSITIVE,
        .purpose = EVX__V1__PURPOSE__PURPOSE_INSPECTION,
        .now_ms = SEEDS_NOW_MS,
        .link = {.stream = {{7}}, .sequence = 1},
        .nonce = nonce,
        .kek = w->kek.b,
        .ephemeral = ephemeral,
    };
    struct evx_plain_item item[2] = {{.content = evx_buf_bytes(content), .retention = 1, .id = {{1}}},
                                     {.content = evx_buf_bytes(content), .retention = 1, .id = {{2}}}};
    fuzz_demand(evx_seal(&w->consignment, &w->id, NULL, sealer, &context, item, 2) == EVX_OK);
    seeds_save(w, "consignment", "two-items", &w->consignment);
    struct evx_bytes header;
    const struct evx_signature *signature;
    fuzz_demand(evx_consignment_peek(&header, &signature, evx_buf_bytes(&w->consignment)) == EVX_OK);
    struct evx_buf copy = {0};
    fuzz_demand(evx_buf_append(&copy, header.p, header.n) == EVX_OK);
    seeds_save(w, "header", "first", &copy);
    seeds_save(w, "wire", "header", &copy);
    fuzz_demand(evx_log_entry(&w->log_entry, SEEDS_NOW_MS, header, signature) == EVX_OK);
    evx_buf_free(&copy);
    evx_sealer_destroy(&sealer);
}

static void make_receipt(struct world *w)
{
    struct evx_frontier f = {0};
    struct evx_digest leaf;
    evx_log_leaf(&leaf, evx_buf_bytes(&w->log_entry));
    evx_frontier_append(&f, &leaf, NULL, NULL);
    struct evx_checkpoint c = {.size = 1};
    memcpy(c.origin, evx_directory_inspection_at(w->directory, 0)->origin, sizeof c.origin);
    evx_frontier_root(&c.root, &f);
    struct evx_buf text = {0};
    struct evx_receipt *r = &w->receipt;
    *r = (struct evx_receipt){.consignment = w->id, .received_ms = SEEDS_NOW_MS};
    r->inspection = evx_directory_inspection_at(w->directory, 0)->id;
    fuzz_demand(evx_checkpoint_text(&text, &c) == EVX_OK);
    seeds_save(w, "checkpoint", "one", &text);
    fuzz_demand(evx_checkpoint_sign(&r->checkpoint, &c, w->log, &w->log_public) == EVX_OK);
    seeds_save(w, "note", "checkpoint", &r->checkpoint);
    evx_buf_clear(&text);
    fuzz_demand(evx_tlog_proof_text(&text, r) == EVX_OK);
    seeds_save(w, "tlog_proof", "one", &text);

    ProtobufCBinaryData slot[EVX_LIMIT_PROOF_HASHES];
    Evx__V1__Receipt m = EVX__V1__RECEIPT__INIT;
    Evx__V1__Frame frame = EVX__V1__FRAME__INIT;
    evx_receipt_to_frame(&m, slot, r);
    frame.body_case = EVX__V1__FRAME__BODY_RECEIPT;
    frame.receipt = &m;
    evx_buf_clear(&text);
    fuzz_demand(evx_frame_pack(&text, &frame) == EVX_OK);
    seeds_save(w, "frame", "receipt", &text);
    seeds_save(w, "wire", "frame", &text);
    evx_buf_free(&text);
}

static void make_frames(struct world *w)
{
    struct evx_buf b = {0};
    Evx__V1__Hello hello = EVX__V1__HELLO__INIT;
    hello.version = 1;
    hello.directory_version = 3;
    hello.program = "evx-police 0.1.0";
    Evx__V1__Frame frame = EVX__V1__FRAME__INIT;
    frame.body_case = EVX__V1__FRAME__BODY_HELLO;
    frame.hello = &hello;
    fuzz_demand(evx_frame_pack(&b, &frame) == EVX_OK);
    seeds_save(w, "frame", "hello", &b);
    Evx__V1__Ping ping = EVX__V1__PING__INIT;
    ping.nonce = 1;
    frame.body_case = EVX__V1__FRAME__BODY_PING;
    frame.ping = &ping;
    fuzz_demand(evx_frame_pack(&b, &frame) == EVX_OK);
    seeds_save(w, "wire", "two-bodies", &b); // which no frame has
    evx_buf_clear(&b);
    Evx__V1__RejectionBody body = EVX__V1__REJECTION_BODY__INIT;
    body.consignment = (ProtobufCBinaryData){sizeof w->id.b, w->id.b};
    body.code = EVX_E_GAP;
    body.expected_sequence = 2;
    body.time_ms = SEEDS_NOW_MS;
    fuzz_demand(evx_rejection_body_pack(&b, &body) == EVX_OK);
    seeds_save(w, "rejection", "gap", &b);
    seeds_save(w, "wire", "rejection", &b);
    evx_buf_free(&b);
}

static void make_texts(struct world *w)
{
    struct evx_buf b = {0};
    struct evx_vkey key;
    fuzz_demand(evx_vkey_make(&key, "exchange.example", EVX_NOTE_ED25519, &w->log_public) == EVX_OK);
    fuzz_demand(evx_vkey_text(&b, &key) == EVX_OK);
    seeds_save(w, "note", "vkey", &b);
    evx_buf_free(&b);
    char *folder = evx_path_join(w->corpus, "keyfile");
    char *path = evx_path_join(folder, "plain");
    fuzz_demand(evx_dir_make(folder) == EVX_OK);
    fuzz_demand(evx_keyfile_save_sign(path, EVX_KEY_SIG, w->police, EVX_KEYFILE_PLAIN, NULL) == EVX_OK);
    free(path);
    free(folder);
}

int main(int argc, char **argv)
{
    if (argc != 2) return 64;
    struct world w = {.corpus = argv[1]};
    struct evx_buf evidence = {0};
    fuzz_begin();
    make_keys(&w);
    make_directory(&w);
    make_items(&w, &evidence);
    make_consignment(&w, &evidence);
    make_receipt(&w);
    make_frames(&w);
    make_texts(&w);
    seeds_proofs(&w);
    evx_receipt_free(&w.receipt);
    evx_buf_free(&evidence);
    evx_buf_free(&w.note);
    evx_buf_free(&w.consignment);
    evx_buf_free(&w.log_entry);
    evx_directory_destroy(&w.directory);
    evx_sign_secret_destroy(&w.root);
    evx_sign_secret_destroy(&w.police);
    evx_sign_secret_destroy(&w.broker);
    evx_sign_secret_destroy(&w.log);
    evx_box_secret_destroy(&w.home);
    return 0;
}
