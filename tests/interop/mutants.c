// SPDX-License-Identifier: Apache-2.0
//
//   interop_mutants SEED COUNT
//
// Alters proofs, receipts, directories, consistency proofs and bundles that hold, COUNT
// times in all, and demands that no altered one is accepted. What only adds, drops or
// repeats a signature line that nobody's statement depends on says the same as before
// and is counted apart; a bundle has one spelling, so there even that must be refused.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/bundle.h"
#include "tests/interop/cases.h"
#include "tests/interop/chance.h"
#include "tests/interop/world.h"

#define ENTRIES 300
#define KINDS   6

static const char *const kind_names[KINDS] = {"inclusion proof", "consistency proof", "receipt",
                                              "checkpoint",      "directory",         "bundle"};
static const uint8_t kind_letters[KINDS] = {'I', 'C', 'P', 'K', 'D', 'B'};

struct sample { // one that holds
    struct question q;
    struct evx_buf field[CASE_FIELDS];
};

struct tally {
    uint64_t refused, same, accepted;
};

static void put(struct evx_buf *b, const void *p, size_t n)
{
    world_must(evx_buf_append(b, p, n) == EVX_OK, "memory");
}

static void put64(struct evx_buf *b, uint64_t v)
{
    uint8_t raw[8];
    evx_put_be64(raw, v);
    put(b, raw, 8);
}

static void put_path(struct evx_buf *b, const struct evx_proof *p)
{
    for (size_t i = 0; i < p->n; i++)
        put(b, p->hash[i].b, 32);
}

static void put_vkey(struct evx_buf *b, const struct world *w)
{
    struct evx_inspection_id id = evx_fixture_inspection();
    struct evx_vkey k;
    world_must(evx_directory_log_vkey(&k, w->directory[0], &id) == EVX_OK, "the log's key");
    world_must(evx_vkey_text(b, &k) == EVX_OK, "memory");
}

static void sample_inclusion(struct sample *s, struct world *w, uint64_t index, uint64_t size)
{
    struct evx_proof p;
    struct evx_digest root;
    world_root(&root, w, size);
    world_must(evx_inclusion_proof(&p, index, size, world_node, w) == EVX_OK, "a proof");
    put64(&s->field[0], index);
    put64(&s->field[1], size);
    put(&s->field[2], w->at[index].leaf.b, 32);
    put(&s->field[3], root.b, 32);
    put_path(&s->field[4], &p);
}

static void sample_consistency(struct sample *s, struct world *w, uint64_t from, uint64_t to)
{
    struct evx_proof p;
    struct evx_digest old, new;
    world_root(&old, w, from);
    world_root(&new, w, to);
    world_must(evx_consistency_proof(&p, from, to, world_node, w) == EVX_OK, "a proof");
    put64(&s->field[0], from);
    put64(&s->field[1], to);
    put(&s->field[2], old.b, 32);
    put(&s->field[3], new.b, 32);
    put_path(&s->field[4], &p);
}

static void sample_directory(struct sample *s, const struct world *w, uint64_t which)
{
    struct evx_bytes note = evx_directory_note(w->directory[which]),
                     before = evx_directory_note(w->directory[0]);
    put(&s->field[0], note.p, note.n);
    if (which) put(&s->field[1], before.p, before.n);
}

static void sample_make(struct sample *s, unsigned kind, struct world *w, struct chance *c)
{
    uint64_t size = 2 + chance_below(c, ENTRIES - 1), index = chance_below(c, size),
             i = 1 + chance_below(c, 12);
    memset(s, 0, sizeof *s);
    s->q.kind = kind_letters[kind];
    switch (kind) {
    case 0: sample_inclusion(s, w, index, size); break;
    case 1: sample_consistency(s, w, index + 1 < size ? index + 1 : 1, size); break;
    case 2:
        world_proof(&s->field[0], w, index, size, (unsigned)chance_below(c, 8));
        put_vkey(&s->field[1], w);
        put(&s->field[2], w->at[index].entry.p, w->at[index].entry.n);
        break;
    case 3:
        world_checkpoint(&s->field[0], w, size, (unsigned)chance_below(c, 8));
        put_vkey(&s->field[1], w);
        break;
    case 4: sample_directory(s, w, chance_below(c, 2)); break;
    case 5:
        if (!w->at[i].whole.n) i = 1;
        world_bundle(&s->field[0], w, i, 0, i + 1 + chance_below(c, 200), (unsigned)chance_below(c, 8));
        break;
    }
    s->q.fields = kind < 2 ? 5 : kind == 2 || kind == 4 ? 3 : 2;
    for (size_t k = 0; k < s->q.fields; k++)
        s->q.field[k] = evx_buf_bytes(&s->field[k]);
}

static void sample_free(struct sample *s)
{
    for (size_t i = 0; i < CASE_FIELDS; i++)
        evx_buf_free(&s->field[i]);
}

// Everything before the signature lines, of a note or of a file that ends in one.
static struct evx_bytes statement(struct evx_bytes file)
{
    for (size_t i = file.n; i >= 2; i--)
        if (file.p[i - 1] == '\n' && file.p[i - 2] == '\n') return evx_bytes(file.p, i);
    return file;
}

// The parts that may be spoilt: not what the reader brings along, which are the keys, and
// for a bare proof the sizes. RFC 6962's proofs do not bind the size of a tree: some
// indexes have the same path in several. A size counts only with its root, as signed.
static size_t part(unsigned kind, struct chance *c)
{
    static const uint8_t of_inclusion[] = {0, 2, 3, 4}, of_consistency[] = {2, 3, 4};
    if (kind == 0) return of_inclusion[chance_below(c, 4)];
    if (kind == 1) return of_consistency[chance_below(c, 3)];
    return kind == 2 && chance_below(c, 3) == 0 ? 2 : 0;
}

static bool holds(const struct evx_buf *answer) { return answer->n > 3 && memcmp(answer->p, "yes", 3) == 0; }

static void try_one(struct tally *t, unsigned kind, const struct sample *s, const struct evx_buf *truth,
                    struct chance *c, uint64_t number)
{
    struct question q = s->q;
    struct evx_buf spoilt = {0}, answer = {0};
    size_t which = part(kind, c);
    put(&spoilt, q.field[which].p, q.field[which].n);
    if (spoilt.n)
        chance_spoil(&spoilt, c);
    else
        put(&spoilt, s->field[3].p, 32); // an empty path grows
    bool changed = !evx_bytes_equal(evx_buf_bytes(&spoilt), q.field[which]);
    q.field[which] = evx_buf_bytes(&spoilt);
    question_answer(&answer, &q);
    bool decoration = kind >= 2 && kind <= 4 && which == 0 &&
                      evx_bytes_equal(statement(q.field[0]), statement(s->q.field[0])) &&
                      evx_bytes_equal(evx_buf_bytes(&answer), evx_buf_bytes(truth));
    if (!changed || decoration)
        t->same++;
    else if (!holds(&answer))
        t->refused++;
    else if (t->accepted++ < 5)
        printf("ACCEPTED: %s, number %llu, part %zu\n", kind_names[kind], (unsigned long long)number, which);
    evx_buf_free(&spoilt);
    evx_buf_free(&answer);
}

static void try_kind(struct tally *t, unsigned kind, struct world *w, struct chance *c, uint64_t count)
{
    struct sample s;
    struct evx_buf truth = {0};
    for (uint64_t i = 0; i < count; i++) {
        if (i % 64 == 0) {
            if (i) sample_free(&s);
            evx_buf_clear(&truth);
            sample_make(&s, kind, w, c);
            question_answer(&truth, &s.q);
            world_must(holds(&truth) || (truth.n == 4 && !memcmp(truth.p, "yes\n", 4)), kind_names[kind]);
        }
        try_one(t, kind, &s, &truth, c, i);
    }
    if (count) sample_free(&s);
    evx_buf_free(&truth);
}

int main(int argc, char **argv)
{
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1,
             total = argc > 2 ? strtoull(argv[2], NULL, 10) : 6000;
    struct world_wish wish = {.filler = ENTRIES - WORLD_FIXED};
    struct world *w = world_new(&wish);
    uint64_t accepted = 0, altered = 0;
    for (unsigned kind = 0; kind < KINDS; kind++) {
        struct chance c = {seed * KINDS + kind};
        struct tally t = {0};
        try_kind(&t, kind, w, &c, total / KINDS + (kind < total % KINDS));
        printf("  %-18s %8llu refused, %6llu say the same as before, %llu accepted\n", kind_names[kind],
               (unsigned long long)t.refused, (unsigned long long)t.same, (unsigned long long)t.accepted);
        accepted += t.accepted;
        altered += t.refused + t.accepted;
    }
    printf("seed %llu: %llu altered, %llu accepted\n", (unsigned long long)seed, (unsigned long long)altered,
           (unsigned long long)accepted);
    world_free(w);
    return accepted || !altered ? 1 : 0;
}
