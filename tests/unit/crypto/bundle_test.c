// SPDX-License-Identifier: Apache-2.0
#include "crypto/bundle.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/bundle_inside.h"
#include "tests/unit/crypto/bundle_rig.h"

static struct bundle_rig r;
static struct evx_bundle_result result;
static struct evx_digest pin;

static void setup(void)
{
    bundle_rig_open(&r, 7);
    pin = *evx_directory_hash(r.directory);
}
static void teardown(void)
{
    evx_bundle_result_free(&result);
    bundle_rig_close(&r);
}
#define RIG .init = setup, .fini = teardown, .timeout = 60

static enum evx_status verify_with(const struct evx_bundle_trust *trust)
{
    evx_bundle_result_free(&result);
    return evx_bundle_verify(&result, &r.b, trust);
}

static enum evx_status verify(void) { return verify_with(&(struct evx_bundle_trust){.pin = &pin}); }

static bool occurs(struct evx_bytes in, const void *what, size_t n)
{
    return memmem(in.p, in.n, what, n) != NULL;
}

Test(bundle, says_who_signed_what_and_where_it_stands, RIG)
{
    struct evx_buf expected = {0};
    cr_assert_eq(verify(), EVX_OK);
    cr_assert_str_eq(result.sender, "northam-police");
    cr_assert_eq(result.index, BUNDLE_INDEX);
    cr_assert_eq(result.number, BUNDLE_NUMBER);
    cr_assert_eq(result.items, BUNDLE_ITEMS);
    cr_assert_eq(result.received_ms, EVX_FIXTURE_NOW_MS + 5);
    cr_assert_eq(result.grade.checkpoint.size, BUNDLE_ENTRIES);
    cr_assert_eq(memcmp(&result.consignment, &r.c.id, sizeof r.c.id), 0);
    struct evx_inspection_id inspection = evx_fixture_inspection();
    cr_assert_eq(memcmp(&result.inspection, &inspection, sizeof inspection), 0);
    cr_assert_eq(evx_fixture_evidence(&expected, BUNDLE_NUMBER, 700), EVX_OK);
    cr_assert(evx_bytes_equal(evx_buf_bytes(&expected), evx_buf_bytes(&result.content)));
    evx_buf_free(&expected);
}

Test(bundle, says_what_was_not_proved, RIG)
{
    cr_assert_eq(verify_with(&(struct evx_bundle_trust){0}), EVX_OK);
    cr_assert(result.gaps & EVX_BUNDLE_GAP_ROOTS);
    cr_assert(result.gaps & EVX_BUNDLE_GAP_REVOCATIONS);
    cr_assert_eq(verify(), EVX_OK);
    cr_assert(!(result.gaps & (EVX_BUNDLE_GAP_ROOTS | EVX_BUNDLE_GAP_WITNESSES)));
    cr_assert_eq(result.grade.cosigned, 3);
    bundle_rig_checkpoint(&r, 0);
    cr_assert_eq(bundle_rig_make(&r), EVX_OK);
    cr_assert_eq(verify(), EVX_OK);
    cr_assert(result.gaps & EVX_BUNDLE_GAP_WITNESSES);
    cr_assert_eq(result.grade.level, EVX_GRADE_OPERATOR);
}

// Who holds the bundle learns nothing of the other four items, nor a way to their keys.
Test(bundle, reveals_nothing_of_any_other_item, RIG)
{
    struct evx_bytes file = evx_buf_bytes(&r.file);
    cr_assert(occurs(file, r.key[BUNDLE_NUMBER].b, 32));
    cr_assert_not(occurs(file, r.kek.b, sizeof r.kek.b));
    for (size_t w = 0; w < r.c.wraps.n; w += EVX_WRAP_BYTES)
        for (size_t i = 0; i + 32 <= EVX_WRAP_BYTES; i += 8)
            cr_assert_not(i >= 32 && occurs(file, r.c.wraps.p + w + i, 32));
    for (size_t i = 0; i < BUNDLE_ITEMS; i++) {
        struct evx_record record;
        struct evx_bytes ciphertext;
        evx_consignment_record(&record, &ciphertext, &r.c, i);
        if (i == BUNDLE_NUMBER) continue;
        cr_assert_not(occurs(file, r.key[i].b, 32));
        cr_assert_not(occurs(file, record.item_id.b, sizeof record.item_id.b));
        cr_assert_not(occurs(file, record.commitment.b, sizeof record.commitment.b));
        for (size_t at = 0; at + 16 <= ciphertext.n; at += 16)
            cr_assert_not(occurs(file, ciphertext.p + at, 16));
    }
}

static size_t accepted_of(struct evx_bytes file)
{
    struct evx_bundle b;
    struct evx_bundle_result out;
    if (evx_bundle_parse(&b, file)) return 0;
    size_t good = evx_bundle_verify(&out, &b, &(struct evx_bundle_trust){.pin = &pin}) == EVX_OK;
    evx_bundle_result_free(&out);
    return good;
}

Test(bundle, no_altered_byte_is_accepted, RIG)
{
    size_t accepted = 0, n = r.file.n;
    uint8_t *copy = malloc(n);
    memcpy(copy, r.file.p, n);
    cr_assert_eq(accepted_of(evx_bytes(copy, n)), 1);
    for (size_t i = 0; i < n; i++) {
        uint8_t flip = (uint8_t)(1u << (i % 8));
        copy[i] ^= flip;
        accepted += accepted_of(evx_bytes(copy, n));
        copy[i] ^= flip;
    }
    cr_assert_eq(accepted, 0);
    free(copy);
}

Test(bundle, no_cut_or_stretched_file_is_accepted, RIG)
{
    size_t accepted = 0, n = r.file.n;
    uint8_t *copy = calloc(1, n + 1024);
    memcpy(copy, r.file.p, n);
    for (size_t i = 0; i < n; i += 7)
        accepted += accepted_of(evx_bytes(copy, i));
    for (size_t more = 1; more <= 1024; more++)
        accepted += accepted_of(evx_bytes(copy, n + more));
    cr_assert_eq(accepted, 0);
    cr_assert_eq(evx_bundle_parse(&r.b, evx_bytes(copy, 0)), EVX_E_BUNDLE_FORMAT);
    free(copy);
}

Test(bundle, is_what_tar_reads, RIG)
{
    char path[] = "/tmp/evx-bundle-XXXXXX", command[200], line[200];
    int fd = mkstemp(path);
    cr_assert_eq(write(fd, r.file.p, r.file.n), (ssize_t)r.file.n);
    close(fd);
    snprintf(command, sizeof command, "tar tf %s 2>&1", path);
    static const char *const names[] = {"evx-bundle\n", "entry\n", "proof\n",     "record\n", "record.path\n",
                                        "ciphertext\n", "key\n",   "directory\n", "policy\n"};
    FILE *tar = popen(command, "r");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        cr_assert(fgets(line, sizeof line, tar) && strcmp(line, names[i]) == 0, "%s", line);
    cr_assert_null(fgets(line, sizeof line, tar), "%s", line);
    cr_assert_eq(pclose(tar), 0);
    unlink(path);
}

Test(bundle, title_repeats_what_the_members_say, RIG)
{
    struct evx_buf again = {0};
    struct evx_bundle b = r.b, back;
    b.number = 1;
    cr_assert_eq(evx_bundle_write(&again, &b), EVX_OK);
    cr_assert_eq(evx_bundle_parse(&back, evx_buf_bytes(&again)), EVX_E_BUNDLE_FORMAT);
    evx_buf_clear(&again);
    b = r.b;
    b.index++;
    cr_assert_eq(evx_bundle_write(&again, &b), EVX_OK);
    cr_assert_eq(evx_bundle_parse(&back, evx_buf_bytes(&again)), EVX_E_BUNDLE_FORMAT);
    evx_buf_free(&again);
}

// "extra" in a proof would say nothing here, and be a second spelling.
Test(bundle, proof_has_one_spelling, RIG)
{
    struct evx_buf proof = {0}, file = {0};
    struct evx_bundle b = r.b, back;
    const uint8_t *second_line = (const uint8_t *)memchr(b.proof.p, '\n', b.proof.n) + 1;
    size_t first = (size_t)(second_line - b.proof.p);
    cr_assert_eq(evx_buf_append(&proof, b.proof.p, first), EVX_OK);
    cr_assert_eq(evx_buf_append_text(&proof, "extra YWJj\n"), EVX_OK);
    cr_assert_eq(evx_buf_append(&proof, second_line, b.proof.n - first), EVX_OK);
    b.proof = evx_buf_bytes(&proof);
    cr_assert_eq(evx_bundle_write(&file, &b), EVX_OK);
    cr_assert_eq(evx_bundle_parse(&back, evx_buf_bytes(&file)), EVX_E_BUNDLE_FORMAT);
    evx_buf_free(&file);
    evx_buf_free(&proof);
}

Test(bundle, members_have_their_sizes, RIG)
{
    struct evx_buf out = {0};
    struct evx_bundle b = r.b;
    b.key.n--;
    cr_assert_eq(evx_bundle_write(&out, &b), EVX_E_BUNDLE_FORMAT);
    b = r.b, b.record.n--;
    cr_assert_eq(evx_bundle_write(&out, &b), EVX_E_BUNDLE_FORMAT);
    b = r.b, b.entry.n = 0;
    cr_assert_eq(evx_bundle_write(&out, &b), EVX_E_BUNDLE_FORMAT);
    b = r.b, b.record_path = evx_bytes(r.file.p, 45 * EVX_LIMIT_PROOF_HASHES + 1);
    cr_assert_eq(evx_bundle_write(&out, &b), EVX_E_BUNDLE_FORMAT);
    uint8_t *large = calloc(1, EVX_LIMIT_BUNDLE_BYTES + 1);
    cr_assert_eq(evx_bundle_parse(&b, evx_bytes(large, EVX_LIMIT_BUNDLE_BYTES + 1)), EVX_E_TOO_LARGE);
    b = r.b;
    b.ciphertext = evx_bytes(large, EVX_LIMIT_CIPHERTEXT_BYTES);
    b.proof = evx_bytes(large, EVX_LIMIT_NOTE_BYTES);
    b.directory = evx_bytes(large, EVX_LIMIT_NOTE_BYTES);
    cr_assert_eq(evx_bundle_write(&out, &b), EVX_E_TOO_LARGE);
    cr_assert_eq(out.n, 0);
    evx_buf_free(&out);
    free(large);
}

// --- each check by itself ---

Test(bundle, another_key_opens_nothing, RIG)
{
    uint8_t key[32];
    memcpy(key, r.b.key.p, 32);
    key[3] ^= 1;
    r.b.key = evx_bytes(key, 32);
    cr_assert_eq(verify(), EVX_E_KEY_COMMITMENT);
    cr_assert_eq(result.content.n, 0);
    r.b.key = evx_bytes(r.key[BUNDLE_NUMBER + 1].b, 32);
    cr_assert_eq(verify(), EVX_E_KEY_COMMITMENT);
}

Test(bundle, another_ciphertext_is_refused, RIG)
{
    struct evx_record record;
    evx_consignment_record(&record, &r.b.ciphertext, &r.c, BUNDLE_NUMBER + 1);
    cr_assert_eq(verify(), EVX_E_STRUCTURE);
}

Test(bundle, another_record_is_refused, RIG)
{
    r.b.record = evx_bytes(r.c.records.p + (BUNDLE_NUMBER + 1) * EVX_RECORD_BYTES, EVX_RECORD_BYTES);
    cr_assert_eq(verify(), EVX_E_BUNDLE_ITEM);
    r.b.number = BUNDLE_NUMBER + 1; // now the path is another's
    cr_assert_eq(verify(), EVX_E_BUNDLE_ITEM);
    cr_assert_eq(bundle_rig_make(&r), EVX_OK);
    r.b.number = BUNDLE_NUMBER + 1; // record and path agree with each other only
    cr_assert_eq(verify(), EVX_E_BUNDLE_ITEM);
}

Test(bundle, record_stands_at_its_number, RIG)
{
    uint8_t record[EVX_RECORD_BYTES];
    memcpy(record, r.b.record.p, sizeof record);
    record[7] = 1; // must be zero
    r.b.record = evx_bytes(record, sizeof record);
    cr_assert_eq(verify(), EVX_E_BUNDLE_ITEM);
}

Test(bundle, header_is_signed_by_the_sender, RIG)
{
    r.entry.p[r.entry.n - 1] ^= 1;
    r.b.entry = evx_buf_bytes(&r.entry);
    cr_assert_eq(verify(), EVX_E_SIGNATURE);
}

Test(bundle, entry_stands_at_the_index, RIG)
{
    evx_put_be64(r.entry.p + 1, r.receipt.received_ms + 1);
    r.b.entry = evx_buf_bytes(&r.entry);
    cr_assert_eq(verify(), EVX_E_INCLUSION);
}

Test(bundle, checkpoint_is_signed_by_the_log, RIG)
{
    struct evx_sign_public public_key;
    struct evx_checkpoint c = result.grade.checkpoint;
    cr_assert_eq(verify(), EVX_OK);
    c = result.grade.checkpoint;
    memcpy(public_key.b, evx_fixture_key(r.f, "exchange-broker", EVX_KEY_SIG)->public_key, 32);
    struct evx_receipt forged = {.index = BUNDLE_INDEX, .path = r.receipt.path};
    struct evx_buf proof = {0};
    cr_assert_eq(evx_checkpoint_sign(&forged.checkpoint, &c,
                                     evx_fixture_sign(r.f, "exchange-broker", EVX_KEY_SIG), &public_key),
                 EVX_OK);
    cr_assert_eq(evx_tlog_proof_text(&proof, &forged), EVX_OK);
    r.b.proof = evx_buf_bytes(&proof);
    cr_assert_eq(verify(), EVX_E_NOTE_SIGNATURE);
    evx_receipt_free(&forged);
    evx_buf_free(&proof);
}

// A line of somebody unknown would say nothing, and be a second spelling.
Test(bundle, has_no_lines_of_strangers, RIG)
{
    struct evx_receipt more = {.index = BUNDLE_INDEX, .path = r.receipt.path};
    struct evx_buf proof = {0}, note = {0};
    struct evx_sign_public root;
    const char *name;
    const struct evx_sign_secret *k = evx_fixture_root(r.f, 0, &root, &name);
    cr_assert_eq(evx_buf_append(&more.checkpoint, r.receipt.checkpoint.p, r.receipt.checkpoint.n), EVX_OK);
    cr_assert_eq(evx_note_add_signature(&more.checkpoint, "stranger.example", k, &root), EVX_OK);
    cr_assert_eq(evx_tlog_proof_text(&proof, &more), EVX_OK);
    struct evx_bytes own = r.b.proof;
    r.b.proof = evx_buf_bytes(&proof);
    cr_assert_eq(verify(), EVX_E_BUNDLE_FORMAT);
    r.b.proof = own;
    cr_assert_eq(evx_buf_append(&note, r.b.directory.p, r.b.directory.n), EVX_OK);
    cr_assert_eq(evx_note_add_signature(&note, "stranger.example", k, &root), EVX_OK);
    r.b.directory = evx_buf_bytes(&note);
    cr_assert_eq(verify(), EVX_E_BUNDLE_FORMAT);
    evx_receipt_free(&more);
    evx_buf_free(&proof);
    evx_buf_free(&note);
}

Test(bundle, maker_leaves_strangers_out, RIG)
{
    struct evx_sign_public root;
    const char *name;
    const struct evx_sign_secret *k = evx_fixture_root(r.f, 0, &root, &name);
    cr_assert_eq(evx_note_add_signature(&r.receipt.checkpoint, "stranger.example", k, &root), EVX_OK);
    cr_assert_eq(bundle_rig_make(&r), EVX_OK);
    cr_assert_eq(verify(), EVX_OK);
    cr_assert_not(occurs(evx_buf_bytes(&r.file), "stranger", 8));
}

Test(bundle, maker_makes_none_of_what_is_not_there, RIG)
{
    struct evx_buf out = {0};
    struct evx_bundle_keys none = {0};
    struct evx_bundle_source source = {.directory = r.directory,
                                       .entry = evx_buf_bytes(&r.entry),
                                       .receipt = &r.receipt,
                                       .consignment = &r.c,
                                       .number = BUNDLE_ITEMS,
                                       .key = &r.key[0]};
    cr_assert_eq(evx_bundle_make(&out, &source), EVX_E_STRUCTURE, "no such item");
    cr_assert_eq(evx_bundle_note(&out, r.b.directory, &none), EVX_E_NOTE_FORMAT, "a note without signatures");
    cr_assert_eq(out.n, 0);
    evx_buf_free(&out);
}

Test(bundle, policy_is_that_of_the_directory, RIG)
{
    struct evx_buf policy = {0};
    cr_assert_eq(evx_buf_append(&policy, r.b.policy.p, r.b.policy.n), EVX_OK);
    cr_assert_eq(evx_buf_append_text(&policy, "\n"), EVX_OK);
    r.b.policy = evx_buf_bytes(&policy);
    cr_assert_eq(verify(), EVX_E_POLICY);
    r.b.policy = evx_bytes(NULL, 0);
    cr_assert_eq(verify(), EVX_OK);
    evx_buf_free(&policy);
}

// --- why the directory is believed ---

static enum evx_status roots_of(struct evx_vkey root[3])
{
    enum evx_status s = EVX_OK;
    for (size_t i = 0; !s && i < 3; i++) {
        struct evx_sign_public key;
        const char *name;
        evx_fixture_root(r.f, i, &key, &name);
        s = evx_vkey_make(&root[i], name, EVX_NOTE_ED25519, &key);
    }
    return s;
}

Test(bundle, directory_must_be_trusted, RIG)
{
    struct evx_vkey root[3];
    cr_assert_eq(roots_of(root), EVX_OK);
    struct evx_bundle_trust by_roots = {.root = root, .roots = 3, .threshold = 2};
    cr_assert_eq(verify_with(&by_roots), EVX_OK);
    cr_assert(!(result.gaps & EVX_BUNDLE_GAP_ROOTS));
    root[0].key.b[0] ^= 1, root[1].key.b[0] ^= 1, root[2].key.b[0] ^= 1;
    cr_assert_eq(verify_with(&by_roots), EVX_E_BUNDLE_TRUST);
    by_roots.threshold = 0;
    cr_assert_eq(verify_with(&by_roots), EVX_E_BUNDLE_TRUST);
    pin.b[0] ^= 1;
    cr_assert_eq(verify(), EVX_E_BUNDLE_TRUST);
    cr_assert_eq(result.content.n, 0);
}

// A directory of the same exchange by the same roots, changed by `change`.
static struct evx_directory *directory_with(const char *from, const char *to, const char *more,
                                            unsigned roots)
{
    struct evx_bytes text = evx_fixture_text(r.f);
    struct evx_buf changed = {0}, note = {0};
    char *copy = strndup((const char *)text.p, text.n), *at = strstr(copy, from);
    struct evx_directory *d = NULL;
    cr_assert_not_null(at);
    cr_assert_eq(evx_buf_append(&changed, copy, (size_t)(at - copy)), EVX_OK);
    cr_assert_eq(evx_buf_append_text(&changed, to), EVX_OK);
    cr_assert_eq(evx_buf_append_text(&changed, at + strlen(from)), EVX_OK);
    cr_assert_eq(evx_buf_append_text(&changed, more), EVX_OK);
    cr_assert_eq(evx_fixture_sign_directory(&note, r.f, evx_buf_bytes(&changed), roots), EVX_OK);
    cr_assert_eq(evx_directory_load(&d, evx_buf_bytes(&note), NULL, NULL, NULL), EVX_OK);
    free(copy);
    evx_buf_free(&changed);
    evx_buf_free(&note);
    return d;
}

#define PREVIOUS "\nprevious AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"

Test(bundle, directory_trusted_already_vouches_for_it, RIG)
{
    struct evx_directory *later = directory_with("version 1\nprevious -\n", "version 2" PREVIOUS, "", 3);
    struct evx_bundle_trust trust = {.directory = later};
    cr_assert_eq(verify_with(&trust), EVX_OK);
    cr_assert(!(result.gaps & (EVX_BUNDLE_GAP_ROOTS | EVX_BUNDLE_GAP_REVOCATIONS)));
    cr_assert_eq(result.revocations_version, 2);
    evx_directory_destroy(&later);
    trust.directory = r.directory;
    cr_assert_eq(verify_with(&trust), EVX_OK);
    cr_assert(result.gaps & EVX_BUNDLE_GAP_REVOCATIONS);
    // The same number, another text: one of the two is not the true one.
    struct evx_directory *twin = directory_with("min-suite 1", "min-suite 2", "", 3);
    trust.directory = twin;
    cr_assert_eq(verify_with(&trust), EVX_E_BUNDLE_TRUST);
    evx_directory_destroy(&twin);
}

static struct evx_directory *revoking(uint64_t index)
{
    char hex[65], line[300];
    evx_hex(hex, evx_fixture_key(r.f, "northam-police", EVX_KEY_SIG)->fingerprint.b, 32);
    snprintf(line, sizeof line, "revoked %s %s/%s %llu stolen\n", hex, EVX_FIXTURE_EXCHANGE,
             EVX_FIXTURE_INSPECTION, (unsigned long long)index);
    return directory_with("version 1\nprevious -\n", "version 2" PREVIOUS, line, 3);
}

Test(bundle, later_revocation_counts_from_its_index, RIG)
{
    struct evx_directory *before = revoking(BUNDLE_INDEX + 1), *at = revoking(BUNDLE_INDEX);
    struct evx_bundle_trust trust = {.directory = before};
    cr_assert_eq(verify_with(&trust), EVX_OK);
    trust.directory = at;
    cr_assert_eq(verify_with(&trust), EVX_E_REVOKED);
    evx_directory_destroy(&before);
    evx_directory_destroy(&at);
}

// The bundle's own directory replaced by one of the same roots that the header does not name.
Test(bundle, directory_is_the_one_sealed_under, RIG)
{
    struct evx_directory *other = directory_with("version 1\nprevious -\n", "version 2" PREVIOUS, "", 3);
    r.b.directory = evx_directory_note(other);
    cr_assert_eq(verify_with(&(struct evx_bundle_trust){0}), EVX_E_BUNDLE_DIRECTORY);
    evx_directory_destroy(&other);
}

// --- what the sender signed, and under which directory ---

static void next_version(struct bundle_rig *rig, Evx__V1__Header *h) { (void)rig, h->version = 2; }
static void next_suite(struct bundle_rig *rig, Evx__V1__Header *h) { (void)rig, h->suite = 2; }
static void another_inspection(struct bundle_rig *rig, Evx__V1__Header *h)
{
    (void)rig, h->inspection.data[0] ^= 1;
}
static void a_key_of_another_use(struct bundle_rig *rig, Evx__V1__Header *h)
{
    memcpy(h->sender.data, evx_fixture_key(rig->f, "northam-police", EVX_KEY_ENC)->fingerprint.b, 32);
}
static void a_key_that_is_not_listed(struct bundle_rig *rig, Evx__V1__Header *h)
{
    (void)rig, h->sender.data[0] ^= 1;
}
// The sender commits to a record whose two zero bytes are not zero.
static void a_record_with_more_in_it(struct bundle_rig *rig, Evx__V1__Header *h)
{
    struct evx_digest root;
    uint8_t *records = rig->whole.p + (rig->c.records.p - rig->c.whole.p);
    records[BUNDLE_NUMBER * EVX_RECORD_BYTES + 7] = 1;
    evx_tree_root_of_records(&root, "evx/items/v1\n", records, EVX_RECORD_BYTES, BUNDLE_ITEMS);
    memcpy(h->items_root.data, root.b, 32);
}

Test(bundle, header_is_one_that_may_be_believed, RIG)
{
    static const struct {
        void (*change)(struct bundle_rig *rig, Evx__V1__Header *h);
        enum evx_status expected;
    } rows[] = {{next_version, EVX_E_VERSION},
                {next_suite, EVX_E_SUITE},
                {another_inspection, EVX_E_WRONG_INSPECTION},
                {a_key_of_another_use, EVX_E_UNKNOWN_KEY},
                {a_key_that_is_not_listed, EVX_E_UNKNOWN_KEY},
                {a_record_with_more_in_it, EVX_E_BUNDLE_ITEM}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bundle_rig_reseal(&r, &(struct bundle_sealing){.change = rows[i].change});
        cr_assert_eq(verify(), rows[i].expected, "row %zu", i);
    }
}

Test(bundle, content_is_an_item, RIG)
{
    bundle_rig_reseal(&r, &(struct bundle_sealing){.content = "no item"});
    cr_assert_eq(verify(), EVX_E_MALFORMED);
    cr_assert_eq(result.content.n, 0);
}

Test(bundle, key_was_valid_when_it_was_received, RIG)
{
    const struct evx_dir_key *k = evx_fixture_key(r.f, "northam-police", EVX_KEY_SIG);
    const struct {
        uint64_t at;
        enum evx_status expected;
    } rows[] = {{(uint64_t)k->from_ms, EVX_OK},
                {(uint64_t)k->from_ms - 1, EVX_E_EXPIRED_KEY},
                {(uint64_t)k->until_ms - 1, EVX_OK},
                {(uint64_t)k->until_ms, EVX_E_EXPIRED_KEY},
                {UINT64_MAX, EVX_E_EXPIRED_KEY}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bundle_rig_reseal(&r, &(struct bundle_sealing){.received_ms = rows[i].at});
        cr_assert_eq(verify(), rows[i].expected, "row %zu", i);
    }
}

static enum evx_status verify_under(struct evx_directory *d)
{
    bundle_rig_reseal(&r, &(struct bundle_sealing){.directory = d});
    return verify_with(&(struct evx_bundle_trust){0});
}

Test(bundle, sender_was_entitled_by_that_directory, RIG)
{
    cr_assert_eq(verify_under(directory_with("min-suite 1", "min-suite 1", "", 3)), EVX_OK);
    cr_assert_eq(verify_under(directory_with("org northam-police police active",
                                             "org northam-police police suspended", "", 3)),
                 EVX_E_NOT_ENTITLED);
    cr_assert_eq(
        verify_under(directory_with("member " EVX_FIXTURE_INSPECTION " northam-police send",
                                    "member " EVX_FIXTURE_INSPECTION " northam-police receive", "", 3)),
        EVX_E_NOT_ENTITLED);
    cr_assert_eq(verify_under(revoking(BUNDLE_INDEX + 1)), EVX_OK);
    cr_assert_eq(verify_under(revoking(BUNDLE_INDEX)), EVX_E_REVOKED);
}

// A directory of one root only, who signed nothing of the bundle.
static struct evx_directory *directory_of_root_three(void)
{
    struct evx_bytes text = evx_fixture_text(r.f);
    struct evx_buf kept = {0}, note = {0};
    struct evx_directory *d = NULL;
    struct evx_sign_public key;
    const char *third, *at = (const char *)text.p, *end = at + text.n;
    evx_fixture_root(r.f, 2, &key, &third);
    for (const char *next; at < end; at = next) {
        next = (const char *)memchr(at, '\n', (size_t)(end - at)) + 1;
        bool root = strncmp(at, "root ", 5) == 0, is_third = strncmp(at + 5, third, strlen(third)) == 0;
        if (root && !is_third) continue;
        if (strncmp(at, "threshold ", 10) == 0)
            cr_assert_eq(evx_buf_append_text(&kept, "threshold 1\n"), EVX_OK);
        else if (strncmp(at, "version ", 8) == 0)
            cr_assert_eq(evx_buf_append_text(&kept, "version 2\n"), EVX_OK);
        else if (strncmp(at, "previous ", 9) == 0)
            cr_assert_eq(evx_buf_append_text(&kept, PREVIOUS + 1), EVX_OK);
        else
            cr_assert_eq(evx_buf_append(&kept, at, (size_t)(next - at)), EVX_OK);
    }
    cr_assert_eq(evx_fixture_sign_directory(&note, r.f, evx_buf_bytes(&kept), 4), EVX_OK);
    cr_assert_eq(evx_directory_load(&d, evx_buf_bytes(&note), NULL, NULL, NULL), EVX_OK);
    evx_buf_free(&kept);
    evx_buf_free(&note);
    return d;
}

Test(bundle, a_trusted_directory_vouches_by_its_own_roots_and_exchange, RIG)
{
    struct evx_directory *stranger = directory_of_root_three(),
                         *elsewhere = directory_with("exchange exchange.example\nversion 1\nprevious -\n",
                                                     "exchange other.example\nversion 2" PREVIOUS, "", 3);
    cr_assert_eq(verify_under(directory_with("min-suite 1", "min-suite 1", "", 3)), EVX_OK);
    cr_assert_eq(verify_with(&(struct evx_bundle_trust){.directory = stranger}), EVX_E_BUNDLE_TRUST);
    cr_assert_eq(verify_with(&(struct evx_bundle_trust){.directory = elsewhere}), EVX_E_BUNDLE_TRUST);
    evx_directory_destroy(&stranger);
    evx_directory_destroy(&elsewhere);
}
