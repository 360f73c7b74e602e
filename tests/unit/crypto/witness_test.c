// SPDX-License-Identifier: Apache-2.0
//
// What a witness may sign, and the answers to tlog-witness requests.
#include "crypto/witness.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define ORIGIN "log.example/one"
#define LEAVES 16
#define NOW    1772355600u

struct tree {
    struct evx_frontier frontier;
    struct evx_digest node[8][LEAVES];
    struct evx_digest root[LEAVES + 1];
};

static struct evx_sign_secret *log_secret, *own_secret;
static struct evx_sign_public log_public, own_public;
static struct evx_vkey log_key, own_key;
static struct tree tree;
static struct evx_witness_log known;
static struct evx_witness witness;

static void keep(void *user, unsigned height, uint64_t number, const struct evx_digest *hash)
{
    ((struct tree *)user)->node[height][number] = *hash;
}

static enum evx_status read_node(void *user, unsigned height, uint64_t number, struct evx_digest *out)
{
    *out = ((struct tree *)user)->node[height][number];
    return EVX_OK;
}

static void grow(void)
{
    evx_log_empty(&tree.root[0]);
    for (unsigned i = 0; i < LEAVES; i++) {
        uint8_t entry = (uint8_t)i;
        struct evx_digest leaf;
        evx_log_leaf(&leaf, evx_bytes(&entry, 1));
        evx_frontier_append(&tree.frontier, &leaf, keep, &tree);
        evx_frontier_root(&tree.root[i + 1], &tree.frontier);
    }
}

static void setup(void)
{
    uint8_t seed[32] = {4};
    cr_assert_eq(evx_crypto_init(), EVX_OK);
    cr_assert_eq(evx_sign_from_seed(&log_secret, &log_public, seed), EVX_OK);
    seed[0] = 5;
    cr_assert_eq(evx_sign_from_seed(&own_secret, &own_public, seed), EVX_OK);
    cr_assert_eq(evx_vkey_make(&log_key, ORIGIN, EVX_NOTE_ED25519, &log_public), EVX_OK);
    cr_assert_eq(evx_vkey_make(&own_key, "witness.example", EVX_NOTE_COSIGNATURE, &own_public), EVX_OK);
    grow();
    known = (struct evx_witness_log){.key = &log_key, .keys = 1};
    witness = (struct evx_witness){"witness.example", own_secret, &own_public, &known, 1};
}

static void teardown(void)
{
    evx_sign_secret_destroy(&log_secret);
    evx_sign_secret_destroy(&own_secret);
}

static void remember(uint64_t size)
{
    known.last = (struct evx_witness_record){size, tree.root[size], NOW - 60};
}

// --- what may come after what ---

Test(witness, a_larger_tree_or_the_same_one_may_follow, .init = setup, .fini = teardown, .timeout = 10)
{
    struct evx_witness_record last = {5, tree.root[5], NOW}, next;
    struct evx_checkpoint c = {ORIGIN, 7, tree.root[7]};
    cr_assert_eq(evx_witness_next(&next, &last, &c, NOW + 9), EVX_OK);
    cr_assert_eq(next.size, 7);
    cr_assert_eq(next.time_s, NOW + 9);
    cr_assert_eq(memcmp(next.root.b, tree.root[7].b, 32), 0);
    c = (struct evx_checkpoint){ORIGIN, 5, tree.root[5]};
    cr_assert_eq(evx_witness_next(&next, &last, &c, NOW), EVX_OK);
}

Test(witness, never_two_roots_at_one_size, .init = setup, .fini = teardown, .timeout = 10)
{
    struct evx_witness_record last = {5, tree.root[5], NOW}, next;
    struct evx_checkpoint c = {ORIGIN, 5, tree.root[6]};
    cr_assert_eq(evx_witness_next(&next, &last, &c, NOW), EVX_E_CONSISTENCY);
    struct evx_checkpoint hollow = {ORIGIN, 0, tree.root[6]};
    last = (struct evx_witness_record){0};
    cr_assert_eq(evx_witness_next(&next, &last, &hollow, NOW), EVX_E_CONSISTENCY);
    hollow.root = tree.root[0];
    cr_assert_eq(evx_witness_next(&next, &last, &hollow, NOW), EVX_OK);
}

Test(witness, never_a_smaller_tree, .init = setup, .fini = teardown, .timeout = 10)
{
    struct evx_witness_record last = {5, tree.root[5], NOW}, next;
    struct evx_checkpoint c = {ORIGIN, 4, tree.root[4]};
    cr_assert_eq(evx_witness_next(&next, &last, &c, NOW), EVX_E_COSIGN_LATE);
    cr_assert_eq(next.size, 5);
}

Test(witness, its_time_never_goes_back, .init = setup, .fini = teardown, .timeout = 10)
{
    struct evx_witness_record last = {5, tree.root[5], NOW}, next;
    struct evx_checkpoint c = {ORIGIN, 7, tree.root[7]};
    cr_assert_eq(evx_witness_next(&next, &last, &c, NOW - 10), EVX_OK);
    cr_assert_eq(next.time_s, NOW, "a clock that was set back a little");
    cr_assert_eq(evx_witness_next(&next, &last, &c, NOW - 301), EVX_E_CLOCK);
    cr_assert_eq(next.size, 5);
}

Test(witness, its_record_reads_back, .init = setup, .fini = teardown, .timeout = 10)
{
    struct evx_witness_record r = {0x0102030405060708, tree.root[3], NOW}, back;
    uint8_t bytes[EVX_WITNESS_RECORD_BYTES + 1] = {0};
    evx_witness_record_write(bytes, &r);
    cr_assert_eq(evx_witness_record_read(&back, evx_bytes(bytes, EVX_WITNESS_RECORD_BYTES)), EVX_OK);
    cr_assert_eq(back.size, r.size);
    cr_assert_eq(back.time_s, r.time_s);
    cr_assert_eq(memcmp(back.root.b, r.root.b, 32), 0);
    cr_assert_eq(evx_witness_record_read(&back, evx_bytes(bytes, sizeof bytes)), EVX_E_STORE_DAMAGED);
    cr_assert_eq(evx_witness_record_read(&back, evx_bytes(bytes, 47)), EVX_E_STORE_DAMAGED);
}

// --- requests ---

static struct evx_buf note_of(const char *origin, uint64_t size, const struct evx_digest *root)
{
    struct evx_checkpoint c = {.size = size, .root = *root};
    struct evx_buf note = {0};
    snprintf(c.origin, sizeof c.origin, "%s", origin);
    cr_assert_eq(evx_checkpoint_sign(&note, &c, log_secret, &log_public), EVX_OK);
    return note;
}

static void add_proof(struct evx_buf *request, uint64_t from, uint64_t to)
{
    struct evx_proof p;
    cr_assert_eq(evx_consistency_proof(&p, from, to, read_node, &tree), EVX_OK);
    for (size_t i = 0; i < p.n; i++) {
        char hash[45];
        evx_base64(hash, p.hash[i].b, 32);
        cr_assert_eq(evx_buf_printf(request, "%s\n", hash), EVX_OK);
    }
}

// old size, a proof between two sizes (0: none), a note.
static unsigned ask(struct evx_witness_answer *answer, uint64_t old, uint64_t from, uint64_t to,
                    struct evx_buf note)
{
    struct evx_buf request = {0};
    cr_assert_eq(evx_buf_printf(&request, "old %llu\n", (unsigned long long)old), EVX_OK);
    if (from) add_proof(&request, from, to);
    cr_assert_eq(evx_buf_append_text(&request, "\n"), EVX_OK);
    cr_assert_eq(evx_buf_append(&request, note.p, note.n), EVX_OK);
    evx_witness_add_checkpoint(answer, &witness, evx_buf_bytes(&request), NOW);
    evx_buf_free(&request);
    evx_buf_free(&note);
    return answer->code;
}

static unsigned code_of(uint64_t old, uint64_t from, uint64_t to, struct evx_buf note)
{
    struct evx_witness_answer answer;
    unsigned code = ask(&answer, old, from, to, note);
    cr_assert_eq(answer.body.n > 0, code == 200 || code == 409);
    evx_buf_free(&answer.body);
    return code;
}

Test(witness, the_first_checkpoint_is_cosigned, .init = setup, .fini = teardown, .timeout = 10)
{
    struct evx_witness_answer answer;
    struct evx_buf note = note_of(ORIGIN, 5, &tree.root[5]), cosigned = {0};
    cr_assert_eq(evx_buf_append(&cosigned, note.p, note.n), EVX_OK);
    cr_assert_eq(ask(&answer, 0, 0, 0, note), 200);
    cr_assert_eq(answer.log, 0);
    cr_assert_eq(answer.next.size, 5);
    // The lines, put under the note, verify: the specification's own way to read them.
    struct evx_note n;
    uint64_t time = 0;
    cr_assert_eq(evx_buf_append(&cosigned, answer.body.p, answer.body.n), EVX_OK);
    cr_assert_eq(evx_note_parse(&n, evx_buf_bytes(&cosigned)), EVX_OK);
    cr_assert(evx_note_verified_by(&n, &own_key, &time));
    cr_assert_eq(time, NOW);
    evx_buf_free(&answer.body);
    evx_buf_free(&cosigned);
}

Test(witness, a_proved_larger_one_is_cosigned, .init = setup, .fini = teardown, .timeout = 20)
{
    for (uint64_t from = 1; from <= LEAVES; from++)
        for (uint64_t to = from; to <= LEAVES; to++) {
            remember(from);
            cr_assert_eq(code_of(from, from == to ? 0 : from, to, note_of(ORIGIN, to, &tree.root[to])), 200);
        }
}

Test(witness, malformed_requests_are_400, .init = setup, .fini = teardown, .timeout = 10)
{
    static const char *const wrong[] = {
        "",
        "old 0\n",
        "old\n\n",
        "old 01\n\n",
        "old -1\n\n",
        "old 0",
        "new 0\n\n",
        "old 0\nnothash\n\n",
        "old 0\n\nno note\n",
    };
    struct evx_witness_answer answer;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        evx_witness_add_checkpoint(&answer, &witness, evx_bytes_of_text(wrong[i]), NOW);
        cr_assert_eq(answer.code, 400, "%zu: %u", i, answer.code);
        cr_assert_eq(answer.body.n, 0);
    }
}

Test(witness, more_than_63_hashes_are_400, .init = setup, .fini = teardown, .timeout = 10)
{
    for (int hashes = 63; hashes <= 64; hashes++) {
        struct evx_buf request = {0}, note = note_of(ORIGIN, 5, &tree.root[5]);
        struct evx_witness_answer answer;
        char hash[45];
        evx_base64(hash, tree.root[1].b, 32);
        remember(3);
        cr_assert_eq(evx_buf_append_text(&request, "old 3\n"), EVX_OK);
        for (int i = 0; i < hashes; i++)
            cr_assert_eq(evx_buf_printf(&request, "%s\n", hash), EVX_OK);
        cr_assert_eq(evx_buf_append_text(&request, "\n"), EVX_OK);
        cr_assert_eq(evx_buf_append(&request, note.p, note.n), EVX_OK);
        evx_witness_add_checkpoint(&answer, &witness, evx_buf_bytes(&request), NOW);
        cr_assert_eq(answer.code, hashes == 63 ? 422 : 400);
        evx_buf_free(&request);
        evx_buf_free(&note);
    }
}

Test(witness, an_unknown_origin_is_404, .init = setup, .fini = teardown, .timeout = 10)
{
    cr_assert_eq(code_of(0, 0, 0, note_of("log.example/two", 5, &tree.root[5])), 404);
}

Test(witness, a_missing_or_wrong_signature_is_403, .init = setup, .fini = teardown, .timeout = 10)
{
    struct evx_buf spoilt = note_of(ORIGIN, 5, &tree.root[5]);
    spoilt.p[spoilt.n - 10] ^= 1;
    cr_assert_eq(code_of(0, 0, 0, spoilt), 403);
    struct evx_checkpoint c = {ORIGIN, 5, tree.root[5]};
    struct evx_buf strange = {0};
    cr_assert_eq(evx_checkpoint_sign(&strange, &c, own_secret, &own_public), EVX_OK);
    cr_assert_eq(code_of(0, 0, 0, strange), 403);
    // A good line beside a wrong one of the same key does not save the note.
    struct evx_buf both = note_of(ORIGIN, 5, &tree.root[5]), wrong = note_of(ORIGIN, 6, &tree.root[6]);
    const uint8_t *line = memmem(wrong.p, wrong.n, "\n\n", 2);
    cr_assert_eq(evx_buf_append(&both, line + 2, wrong.n - (size_t)(line + 2 - wrong.p)), EVX_OK);
    cr_assert_eq(code_of(0, 0, 0, both), 403);
    evx_buf_free(&wrong);
}

// A log with two keys: what one of them signed well, the other must not have signed badly.
Test(witness, a_wrong_line_of_the_logs_other_key_is_403, .init = setup, .fini = teardown, .timeout = 10)
{
    struct evx_vkey keys[2] = {log_key};
    cr_assert_eq(evx_vkey_make(&keys[1], ORIGIN, EVX_NOTE_ED25519, &own_public), EVX_OK);
    known.key = keys;
    known.keys = 2;
    struct evx_buf note = note_of(ORIGIN, 5, &tree.root[5]), spoilt = note_of(ORIGIN, 5, &tree.root[5]);
    cr_assert_eq(evx_note_add_signature(&note, ORIGIN, own_secret, &own_public), EVX_OK);
    cr_assert_eq(evx_note_add_signature(&spoilt, ORIGIN, own_secret, &own_public), EVX_OK);
    spoilt.p[spoilt.n - 10] ^= 1;
    cr_assert_eq(code_of(0, 0, 0, note), 200);
    cr_assert_eq(code_of(0, 0, 0, spoilt), 403);
}

Test(witness, an_old_size_above_the_new_is_400, .init = setup, .fini = teardown, .timeout = 10)
{
    remember(7);
    cr_assert_eq(code_of(7, 0, 0, note_of(ORIGIN, 5, &tree.root[5])), 400);
}

Test(witness, another_old_size_than_its_own_is_409_with_the_size, .init = setup, .fini = teardown,
     .timeout = 10)
{
    struct evx_witness_answer answer;
    remember(7);
    cr_assert_eq(ask(&answer, 0, 0, 0, note_of(ORIGIN, 9, &tree.root[9])), 409);
    cr_assert(evx_bytes_equal(evx_buf_bytes(&answer.body), evx_bytes_of_text("7\n")));
    cr_assert_str_eq(answer.content_type, "text/x.tlog.size");
    evx_buf_free(&answer.body);
    cr_assert_eq(ask(&answer, 6, 6, 9, note_of(ORIGIN, 9, &tree.root[9])), 409,
                 "even with a proof that holds");
    evx_buf_free(&answer.body);
}

Test(witness, what_is_not_proved_is_422, .init = setup, .fini = teardown, .timeout = 10)
{
    remember(7);
    cr_assert_eq(code_of(7, 0, 0, note_of(ORIGIN, 9, &tree.root[9])), 422, "no proof");
    cr_assert_eq(code_of(7, 6, 9, note_of(ORIGIN, 9, &tree.root[9])), 422, "another proof");
    cr_assert_eq(code_of(7, 7, 9, note_of(ORIGIN, 9, &tree.root[8])), 422, "another root");
    cr_assert_eq(code_of(7, 0, 0, note_of(ORIGIN, 7, &tree.root[8])), 422, "two roots at one size");
    cr_assert_eq(code_of(7, 7, 9, note_of(ORIGIN, 7, &tree.root[7])), 422, "a proof of the same size");
    known.last = (struct evx_witness_record){0};
    cr_assert_eq(code_of(0, 7, 9, note_of(ORIGIN, 9, &tree.root[9])), 422, "a proof from nothing");
    cr_assert_eq(code_of(0, 0, 0, note_of(ORIGIN, 0, &tree.root[1])), 422, "an empty tree that is not");
    cr_assert_eq(code_of(0, 0, 0, note_of(ORIGIN, 0, &tree.root[0])), 200);
}

Test(witness, a_clock_far_back_signs_nothing, .init = setup, .fini = teardown, .timeout = 10)
{
    remember(7);
    known.last.time_s = NOW + 1000;
    cr_assert_eq(code_of(7, 7, 9, note_of(ORIGIN, 9, &tree.root[9])), 500);
}
