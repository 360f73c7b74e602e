// SPDX-License-Identifier: Apache-2.0
//
// Proof that a log lied: what convicts it, what only asks a question, what is no proof.
#include "crypto/fork.h"

#include <criterion/criterion.h>
#include <string.h>

#define ORIGIN "exchange.example/00"
#define LEAVES 16

// A log of LEAVES entries, `salt` from entry `from` on; nodes by height and number.
struct tree {
    struct evx_frontier frontier;
    struct evx_digest node[8][LEAVES];
    struct evx_digest root[LEAVES + 1];
};

static struct evx_sign_secret *secret;
static struct evx_sign_public public_key;
static struct evx_vkey log_key;
static struct tree honest, other; // alike up to entry 5

static void keep(void *user, unsigned height, uint64_t number, const struct evx_digest *hash)
{
    ((struct tree *)user)->node[height][number] = *hash;
}

static void grow(struct tree *t, unsigned from, uint8_t salt)
{
    memset(t, 0, sizeof *t);
    evx_log_empty(&t->root[0]);
    for (unsigned i = 0; i < LEAVES; i++) {
        uint8_t entry[2] = {(uint8_t)i, i >= from ? salt : 0};
        struct evx_digest leaf;
        evx_log_leaf(&leaf, evx_bytes(entry, sizeof entry));
        evx_frontier_append(&t->frontier, &leaf, keep, t);
        evx_frontier_root(&t->root[i + 1], &t->frontier);
    }
}

static enum evx_status read_node(void *user, unsigned height, uint64_t number, struct evx_digest *out)
{
    *out = ((struct tree *)user)->node[height][number];
    return EVX_OK;
}

static void setup(void)
{
    uint8_t seed[32] = {4};
    cr_assert_eq(evx_crypto_init(), EVX_OK);
    cr_assert_eq(evx_sign_from_seed(&secret, &public_key, seed), EVX_OK);
    cr_assert_eq(evx_vkey_make(&log_key, ORIGIN, EVX_NOTE_ED25519, &public_key), EVX_OK);
    grow(&honest, LEAVES, 0);
    grow(&other, 5, 1);
}

static void teardown(void) { evx_sign_secret_destroy(&secret); }

static struct evx_buf sign(uint64_t size, const struct evx_digest *root)
{
    struct evx_checkpoint c = {ORIGIN, size, *root};
    struct evx_buf note = {0};
    cr_assert_eq(evx_checkpoint_sign(&note, &c, secret, &public_key), EVX_OK);
    return note;
}

static struct evx_fork make(uint64_t a, const struct evx_digest *root_a, uint64_t b,
                            const struct evx_digest *root_b)
{
    struct evx_buf first = sign(a, root_a), second = sign(b, root_b);
    struct evx_fork f;
    cr_assert_eq(evx_fork_make(&f, evx_buf_bytes(&first), evx_buf_bytes(&second)), EVX_OK);
    evx_buf_free(&first);
    evx_buf_free(&second);
    return f;
}

// What the log `t` answers when it is asked to join the two sizes.
static void answer(struct evx_fork *f, struct tree *t, uint64_t from, uint64_t to)
{
    cr_assert_eq(evx_consistency_proof(&f->proof, from, to, read_node, t), EVX_OK);
    cr_assert_eq(evx_tree_root_at(&f->old_root, from, read_node, t), EVX_OK);
    f->has_proof = true;
}

static enum evx_fork_verdict verdict(const struct evx_fork *f)
{
    struct evx_checkpoint first, second;
    enum evx_fork_verdict v;
    cr_assert_eq(evx_fork_check(&v, f, &log_key, &first, &second), EVX_OK);
    return v;
}

Test(fork, two_roots_at_one_size_convict, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_fork f = make(8, &honest.root[8], 8, &other.root[8]);
    cr_assert_eq(verdict(&f), EVX_FORK_PROVED);
    evx_fork_free(&f);
    f = make(8, &honest.root[8], 8, &honest.root[8]);
    cr_assert_eq(verdict(&f), EVX_FORK_REFUTED);
    evx_fork_free(&f);
}

Test(fork, an_empty_tree_that_is_not_empty_convicts, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_fork f = make(0, &honest.root[3], 8, &honest.root[8]);
    cr_assert_eq(verdict(&f), EVX_FORK_PROVED);
    evx_fork_free(&f);
    f = make(0, &honest.root[0], 8, &honest.root[8]);
    cr_assert_eq(verdict(&f), EVX_FORK_REFUTED);
    evx_fork_free(&f);
}

// Every pair of sizes beyond the fork, in both orders: the forked log's own proof
// convicts it; the honest log's refutes the charge.
Test(fork, the_logs_own_answer_decides, .init = setup, .fini = teardown, .timeout = 60)
{
    for (uint64_t low = 1; low <= LEAVES; low++)
        for (uint64_t high = low + 1; high <= LEAVES; high++) {
            bool differ = low > 5;
            struct evx_fork f = make(low, &honest.root[low], high, &other.root[high]);
            cr_assert_eq(verdict(&f), EVX_FORK_UNPROVED);
            answer(&f, &other, low, high);
            cr_assert_eq(verdict(&f), differ ? EVX_FORK_PROVED : EVX_FORK_REFUTED, "%d %d", (int)low,
                         (int)high);
            evx_fork_free(&f);
            f = make(high, &other.root[high], low, &honest.root[low]);
            answer(&f, &other, low, high);
            cr_assert_eq(verdict(&f), differ ? EVX_FORK_PROVED : EVX_FORK_REFUTED);
            f.proof.hash[f.proof.n - 1].b[3] ^= 1; // a wrong answer is none
            cr_assert_eq(verdict(&f), EVX_FORK_UNPROVED);
            evx_fork_free(&f);
        }
}

// Nobody but the log can be blamed with it: a proof must lead to what was signed.
Test(fork, an_invented_root_convicts_nobody, .init = setup, .fini = teardown, .timeout = 20)
{
    for (uint64_t low = 1; low < 9; low++) {
        struct evx_fork f = make(low, &honest.root[low], 9, &honest.root[9]);
        answer(&f, &honest, low, 9);
        cr_assert_eq(verdict(&f), EVX_FORK_REFUTED);
        f.old_root.b[0] ^= 1;
        cr_assert_eq(verdict(&f), EVX_FORK_UNPROVED);
        evx_fork_free(&f);
    }
}

Test(fork, the_old_root_is_read_out_of_a_proof, .init = setup, .fini = teardown, .timeout = 60)
{
    for (uint64_t low = 1; low < LEAVES; low++)
        for (uint64_t high = low + 1; high <= LEAVES; high++) {
            struct evx_proof p;
            bool whole = (low & (low - 1)) == 0;
            struct evx_digest root = {{0}};
            if (whole) root = honest.root[low];
            cr_assert_eq(evx_consistency_proof(&p, low, high, read_node, &honest), EVX_OK);
            cr_assert_eq(evx_consistency_old_root(&root, &p, low, high, &honest.root[high]), EVX_OK);
            cr_assert_eq(memcmp(root.b, honest.root[low].b, 32), 0);
            cr_assert_eq(evx_consistency_old_root(&root, &p, low, high, &honest.root[low]),
                         EVX_E_CONSISTENCY);
            root.b[0] ^= 1;
            enum evx_status wrong = evx_consistency_old_root(&root, &p, low, high, &honest.root[high]);
            cr_assert_eq(wrong, whole ? EVX_E_CONSISTENCY : EVX_OK);
        }
}

Test(fork, both_notes_must_be_the_logs, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_fork f = make(8, &honest.root[8], 8, &other.root[8]);
    struct evx_checkpoint a, b;
    enum evx_fork_verdict v;
    struct evx_vkey stranger = log_key;
    f.second.p[f.second.n - 10] ^= 1;
    cr_assert_eq(evx_fork_check(&v, &f, &log_key, &a, &b), EVX_E_NOTE_SIGNATURE);
    f.second.p[f.second.n - 10] ^= 1;
    f.first.p[f.first.n - 10] ^= 1;
    cr_assert_eq(evx_fork_check(&v, &f, &log_key, &a, &b), EVX_E_NOTE_SIGNATURE);
    f.first.p[f.first.n - 10] ^= 1;
    cr_assert_eq(evx_fork_check(&v, &f, &log_key, &a, &b), EVX_OK);
    stranger.key.b[5] ^= 1;
    cr_assert_eq(evx_fork_check(&v, &f, &stranger, &a, &b), EVX_E_NOTE_SIGNATURE);
    cr_assert_eq(v, EVX_FORK_UNPROVED);
    evx_fork_free(&f);
}

Test(fork, its_file_reads_back_and_nothing_else_does, .init = setup, .fini = teardown, .timeout = 60)
{
    struct evx_fork f = make(7, &honest.root[7], 12, &other.root[12]), back;
    struct evx_buf text = {0}, again = {0};
    for (int with_proof = 0; with_proof < 2; with_proof++) {
        if (with_proof) answer(&f, &other, 7, 12);
        evx_buf_clear(&text);
        evx_buf_clear(&again);
        cr_assert_eq(evx_fork_text(&text, &f), EVX_OK);
        cr_assert_eq(evx_fork_parse(&back, evx_buf_bytes(&text)), EVX_OK);
        cr_assert_eq(back.has_proof, with_proof == 1);
        cr_assert_eq(evx_fork_text(&again, &back), EVX_OK);
        cr_assert(evx_bytes_equal(evx_buf_bytes(&text), evx_buf_bytes(&again)));
        cr_assert_eq(verdict(&back), with_proof ? EVX_FORK_PROVED : EVX_FORK_UNPROVED);
        evx_fork_free(&back);
        for (size_t n = 0; n < text.n; n++)
            cr_assert_eq(evx_fork_parse(&back, evx_bytes(text.p, n)), EVX_E_FORK_FILE, "cut at %zu", n);
    }
    cr_assert_eq(evx_buf_append_text(&text, "x"), EVX_OK);
    cr_assert_eq(evx_fork_parse(&back, evx_buf_bytes(&text)), EVX_E_FORK_FILE);
    evx_buf_free(&text);
    evx_buf_free(&again);
    evx_fork_free(&f);
}

// What could not be read back is not written.
Test(fork, notes_have_a_length_that_can_be_read, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_fork f = make(7, &honest.root[7], 7, &other.root[7]);
    struct evx_buf text = {0};
    for (int which = 0; which < 2; which++) {
        struct evx_buf *note = which ? &f.second : &f.first;
        size_t n = note->n;
        while (note->n <= EVX_LIMIT_NOTE_BYTES / 4)
            cr_assert_eq(evx_buf_append_text(note, "one more line of somebody\n"), EVX_OK);
        cr_assert_eq(evx_fork_text(&text, &f), EVX_E_TOO_LARGE);
        cr_assert_eq(text.n, 0);
        note->n = n;
    }
    cr_assert_eq(evx_fork_text(&text, &f), EVX_OK);
    evx_buf_free(&text);
    evx_fork_free(&f);
}

Test(fork, other_spellings_are_refused, .init = setup, .fini = teardown, .timeout = 20)
{
    static const char *const wrong[] = {
        "evx.fork/v2\nfirst 1\nsecond 1\n\nab",
        "evx.fork/v1\nsecond 1\nfirst 1\n\nab",
        "evx.fork/v1\nfirst 01\nsecond 1\n\nab",
        "evx.fork/v1\nfirst 1\nsecond 2\n\nab",
        "evx.fork/v1\nfirst 1\nsecond 1\nold-root x\n\nab",
        "evx.fork/v1\nfirst 1\nsecond 1\nnew-root AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\nab",
        "evx.fork/v1\nfirst 1\nsecond 1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\nab",
        "evx.fork/v1\nfirst 99999999\nsecond 1\n\nab",
    };
    struct evx_fork f;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        cr_assert_eq(evx_fork_parse(&f, evx_bytes_of_text(wrong[i])), EVX_E_FORK_FILE, "%zu", i);
    cr_assert_eq(evx_fork_parse(&f, evx_bytes_of_text("evx.fork/v1\nfirst 1\nsecond 1\n\nab")), EVX_OK);
    evx_fork_free(&f);
}
