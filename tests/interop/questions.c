// SPDX-License-Identifier: Apache-2.0
//
// Making questions: things that hold, and the same things spoilt. What is under a
// signature is spoilt before signing as well as after, so that parsers are reached.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/fork.h"
#include "tests/interop/cases.h"
#include "tests/interop/chance.h"
#include "tests/interop/world.h"

#define ENTRIES 300

struct maker {
    struct world *w;
    struct chance c;
    struct evx_buf *out;
};

static void free_all(struct evx_buf *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        evx_buf_free(&b[i]);
}

static void append(struct evx_buf *b, const void *p, size_t n)
{
    world_must(evx_buf_append(b, p, n) == EVX_OK, "memory");
}

static void append64(struct evx_buf *b, uint64_t v)
{
    uint8_t raw[8];
    evx_put_be64(raw, v);
    append(b, raw, 8);
}

static void ask(struct maker *m, uint8_t kind, struct evx_buf *field, size_t fields)
{
    struct question q = {.kind = kind, .fields = fields};
    for (size_t i = 0; i < fields; i++)
        q.field[i] = evx_buf_bytes(&field[i]);
    question_write(m->out, &q);
    free_all(field, fields);
}

static bool often(struct maker *m) { return chance_below(&m->c, 3) != 0; }

// --- trees of any size, from a random path ---

static uint64_t split(uint64_t n) { return (uint64_t)1 << (63 - __builtin_clzll(n - 1)); }

static void random_digest(struct maker *m, struct evx_digest *d) { chance_fill(&m->c, d->b, sizeof d->b); }

// The root over a path made up on the way, by RFC 6962's own definition of a path.
static void climb(struct maker *m, struct evx_digest *hash, uint64_t index, uint64_t size,
                  struct evx_buf *path)
{
    struct evx_digest beside;
    if (size == 1) return;
    uint64_t k = split(size);
    bool left = index < k;
    climb(m, hash, left ? index : index - k, left ? k : size - k, path);
    random_digest(m, &beside);
    append(path, beside.b, 32);
    evx_log_node(hash, left ? hash : &beside, left ? &beside : hash);
}

static void spoil_number(struct maker *m, uint64_t *n)
{
    switch (chance_below(&m->c, 4)) {
    case 0: ++*n; break;
    case 1: --*n; break;
    case 2: *n ^= (uint64_t)1 << chance_below(&m->c, 64); break;
    case 3: *n = chance_magnitude(&m->c, UINT64_MAX); break;
    }
}

static void spoil_path(struct maker *m, struct evx_buf *path)
{
    struct evx_digest d;
    size_t n = path->n / 32, at = n ? chance_below(&m->c, n) : 0;
    random_digest(m, &d);
    switch (chance_below(&m->c, 5)) {
    case 0: append(path, d.b, 32); break;
    case 1:
        if (n) path->n -= 32;
        break;
    case 2:
        if (n) memmove(path->p, path->p + 32, path->n -= 32);
        break;
    case 3:
        if (n) path->p[at * 32 + chance_below(&m->c, 32)] ^= 1;
        break;
    case 4: // two change places
        if (n > 1) {
            memcpy(d.b, path->p, 32);
            memcpy(path->p, path->p + at * 32, 32);
            memcpy(path->p + at * 32, d.b, 32);
        }
        break;
    }
}

static void ask_inclusion(struct maker *m)
{
    struct evx_buf f[5] = {{0}};
    struct evx_digest leaf, root;
    uint64_t size = chance_magnitude(&m->c, INT64_MAX), index = chance_below(&m->c, size);
    random_digest(m, &leaf);
    root = leaf;
    climb(m, &root, index, size, &f[4]);
    unsigned spoil = often(m) ? (unsigned)chance_below(&m->c, 5) : 9;
    if (spoil == 0) spoil_number(m, &index);
    if (spoil == 1) spoil_number(m, &size);
    if (spoil == 2) spoil_path(m, &f[4]);
    if (spoil == 3) leaf.b[chance_below(&m->c, 32)] ^= 1;
    if (spoil == 4) root.b[chance_below(&m->c, 32)] ^= 1;
    append64(&f[0], index);
    append64(&f[1], size);
    append(&f[2], leaf.b, 32);
    append(&f[3], root.b, 32);
    ask(m, 'I', f, 5);
}

// Both roots over a proof made up on the way, by RFC 6962's definition of SUBPROOF.
static void climb_both(struct maker *m, struct evx_digest *old, struct evx_digest *new, uint64_t from,
                       uint64_t to, bool whole, struct evx_buf *path)
{
    struct evx_digest beside;
    if (from == to) {
        random_digest(m, old);
        *new = *old;
        if (!whole) append(path, old->b, 32);
        return;
    }
    uint64_t k = split(to);
    bool left = from <= k;
    climb_both(m, old, new, left ? from : from - k, left ? k : to - k, left && whole, path);
    random_digest(m, &beside);
    append(path, beside.b, 32);
    if (!left) evx_log_node(old, &beside, old);
    evx_log_node(new, left ? new : &beside, left ? &beside : new);
}

static void ask_consistency(struct maker *m)
{
    struct evx_buf f[5] = {{0}};
    struct evx_digest old, new;
    uint64_t to = chance_magnitude(&m->c, INT64_MAX), from = 1 + chance_below(&m->c, to);
    if (chance_below(&m->c, 4) == 0) from = split(to + 1);
    climb_both(m, &old, &new, from, to, true, &f[4]);
    unsigned spoil = often(m) ? (unsigned)chance_below(&m->c, 5) : 9;
    if (spoil == 0) spoil_number(m, &from);
    if (spoil == 1) spoil_number(m, &to);
    if (spoil == 2) spoil_path(m, &f[4]);
    if (spoil == 3) old.b[chance_below(&m->c, 32)] ^= 1;
    if (spoil == 4) new.b[chance_below(&m->c, 32)] ^= 1;
    append64(&f[0], from);
    append64(&f[1], to);
    append(&f[2], old.b, 32);
    append(&f[3], new.b, 32);
    ask(m, 'C', f, 5);
}

// --- keys and notes ---

static void log_vkey(struct maker *m, struct evx_buf *out)
{
    struct evx_inspection_id id = evx_fixture_inspection();
    struct evx_vkey k;
    world_must(evx_directory_log_vkey(&k, m->w->directory[0], &id) == EVX_OK, "the log's key");
    world_must(evx_vkey_text(out, &k) == EVX_OK, "memory");
}

static void witness_vkey(struct maker *m, struct evx_buf *out, const char *org)
{
    struct evx_sign_public key;
    struct evx_vkey k;
    memcpy(key.b, evx_fixture_key(m->w->f, org, EVX_KEY_WIT)->public_key, 32);
    world_must(evx_vkey_make(&k, org, EVX_NOTE_COSIGNATURE, &key) == EVX_OK, "a witness's key");
    world_must(evx_vkey_text(out, &k) == EVX_OK, "memory");
}

static void any_vkey(struct maker *m, struct evx_buf *out)
{
    if (chance_below(&m->c, 3))
        log_vkey(m, out);
    else
        witness_vkey(m, out, "inspectorate-health");
}

static void ask_vkey(struct maker *m)
{
    struct evx_buf f = {0};
    any_vkey(m, &f);
    if (often(m)) chance_spoil(&f, &m->c);
    ask(m, 'V', &f, 1);
}

// A checkpoint of the real log, or one whose text was spoilt and then signed.
static void any_checkpoint(struct maker *m, struct evx_buf *out)
{
    uint64_t size = 1 + chance_below(&m->c, ENTRIES);
    unsigned witnesses = (unsigned)chance_below(&m->c, 8);
    struct evx_buf text = {0};
    struct evx_sign_public key;
    if (often(m)) {
        world_checkpoint(out, m->w, size, witnesses);
        return;
    }
    struct evx_checkpoint c = {.origin = WORLD_ORIGIN, .size = chance_magnitude(&m->c, INT64_MAX)};
    random_digest(m, &c.root);
    world_must(evx_checkpoint_text(&text, &c) == EVX_OK, "memory");
    chance_spoil(&text, &m->c);
    memcpy(key.b, evx_fixture_key(m->w->f, "exchange-broker", EVX_KEY_LOG)->public_key, 32);
    if (evx_note_sign(out, evx_buf_bytes(&text), WORLD_ORIGIN,
                      evx_fixture_sign(m->w->f, "exchange-broker", EVX_KEY_LOG), &key))
        append(out, text.p, text.n); // not even a note's text
    evx_buf_free(&text);
}

static void ask_note(struct maker *m, uint8_t kind)
{
    struct evx_buf f[2] = {{0}};
    any_checkpoint(m, &f[0]);
    any_vkey(m, &f[1]);
    if (chance_below(&m->c, 2) && f[0].n) chance_spoil(&f[0], &m->c);
    ask(m, kind, f, 2);
}

static void ask_proof(struct maker *m)
{
    struct evx_buf f[3] = {{0}};
    uint64_t size = 1 + chance_below(&m->c, ENTRIES), index = chance_below(&m->c, size);
    world_proof(&f[0], m->w, index, size, (unsigned)chance_below(&m->c, 4));
    log_vkey(m, &f[1]);
    append(&f[2], m->w->at[index].entry.p, m->w->at[index].entry.n);
    unsigned spoil = often(m) ? (unsigned)chance_below(&m->c, 5) : 9;
    if (spoil <= 2) chance_spoil(&f[0], &m->c);
    if (spoil == 3) chance_spoil(&f[2], &m->c);
    if (spoil == 4) {
        static const char *const extra[] = {"extra \n",     "extra\n",   "extra AA==\n",
                                            "extra AB==\n", "extra !\n", "extra A\n"};
        struct evx_buf with = {0};
        append(&with, f[0].p, 23);
        const char *line = extra[chance_below(&m->c, 6)];
        append(&with, line, strlen(line));
        append(&with, f[0].p + 23, f[0].n - 23);
        evx_buf_free(&f[0]);
        f[0] = with;
    }
    ask(m, 'P', f, 3);
}

// --- headers and entries ---

static struct evx_bytes header_of(const struct world_entry *e)
{
    return evx_bytes(e->entry.p + 9, e->entry.n - 73);
}

static const struct world_entry *any_consignment(struct maker *m)
{
    for (;;) {
        const struct world_entry *e = &m->w->at[chance_below(&m->c, m->w->n)];
        if (e->whole.n) return e;
    }
}

static void varint(struct evx_buf *out, uint64_t v)
{
    for (; v >= 128; v >>= 7)
        append(out, &(uint8_t){(uint8_t)(v | 128)}, 1);
    append(out, &(uint8_t){(uint8_t)v}, 1);
}

// A header written field by field, here and there as no writer of ours would.
static void odd_header(struct maker *m, struct evx_buf *out)
{
    static const uint8_t length[21] = {[3] = 32,  [4] = 16,  [6] = 32,  [7] = 16,  [8] = 16,
                                       [11] = 32, [13] = 32, [14] = 32, [15] = 32, [20] = 32};
    uint64_t odd = chance_next(&m->c), sequence = 1 + chance_below(&m->c, 2);
    uint8_t bytes[64];
    for (unsigned field = 1; field <= 20; field++) {
        unsigned times = field == 14 ? 1 + (unsigned)chance_below(&m->c, 3) : 1;
        if (field == 6 && sequence == 1 && odd % 5) continue;
        if (field == 20 && odd % 7) continue;
        if (field == 19 && odd % 3) continue;
        if (chance_below(&m->c, 60) == 0) continue; // left out
        if (chance_below(&m->c, 60) == 0) times++;
        while (times--) {
            unsigned number = field + (chance_below(&m->c, 200) == 0 ? 10 : 0);
            unsigned n =
                length[field] + (chance_below(&m->c, 100) == 0 ? (unsigned)chance_below(&m->c, 3) - 1 : 0);
            chance_fill(&m->c, bytes, sizeof bytes);
            varint(out, number << 3 | (length[field] ? 2 : 0));
            if (length[field]) {
                varint(out, n);
                append(out, bytes, n);
                continue;
            }
            uint64_t value = field == 5 ? sequence : 1 + chance_below(&m->c, field == 12 ? 1100 : 3);
            if (chance_below(&m->c, 50) == 0) value = chance_magnitude(&m->c, UINT64_MAX);
            if (chance_below(&m->c, 100) == 0) value = 0;
            varint(out, value);
            if (chance_below(&m->c, 200) == 0) { // a longer spelling
                out->p[out->n - 1] |= 128;
                append(out, "", 1);
            }
        }
    }
}

static void any_header(struct maker *m, struct evx_buf *out)
{
    if (chance_below(&m->c, 2)) {
        odd_header(m, out);
        return;
    }
    struct evx_bytes h = header_of(any_consignment(m));
    append(out, h.p, h.n);
    if (often(m)) chance_spoil(out, &m->c);
}

static void ask_header(struct maker *m)
{
    struct evx_buf f = {0};
    any_header(m, &f);
    ask(m, 'H', &f, 1);
}

// Spoilt before its sender signs it.
static void resigned_entry(struct maker *m, struct evx_buf *out)
{
    struct evx_buf header = {0};
    struct evx_signature signature;
    any_header(m, &header);
    evx_sign(&signature, evx_fixture_sign(m->w->f, "northam-police", EVX_KEY_SIG), "evx/header/v1\n",
             evx_buf_bytes(&header));
    world_must(evx_log_entry(out, chance_next(&m->c), evx_buf_bytes(&header), &signature) == EVX_OK,
               "memory");
    evx_buf_free(&header);
}

static void ask_entry(struct maker *m)
{
    struct evx_buf f[2] = {{0}};
    if (chance_below(&m->c, 3) == 0) {
        resigned_entry(m, &f[0]);
    } else {
        const struct evx_buf *e = &m->w->at[chance_below(&m->c, m->w->n)].entry;
        append(&f[0], e->p, e->n);
        if (often(m)) chance_spoil(&f[0], &m->c);
    }
    struct evx_bytes note = evx_directory_note(m->w->directory[chance_below(&m->c, 2)]);
    append(&f[1], note.p, note.n);
    ask(m, 'E', f, 2);
}

// --- directories ---

static void sign_text(struct maker *m, struct evx_buf *out, const struct evx_buf *text, unsigned roots)
{
    if (evx_fixture_sign_directory(out, m->w->f, evx_buf_bytes(text), roots)) append(out, text->p, text->n);
}

static void revoke_something(struct maker *m, struct evx_buf *text)
{
    char hex[65], line[256];
    const struct evx_directory *d = m->w->directory[0];
    evx_hex(hex, evx_directory_key_at(d, chance_below(&m->c, evx_directory_keys(d)))->fingerprint.b, 32);
    bool everywhere = chance_below(&m->c, 2);
    snprintf(line, sizeof line, "revoked %s %s %llu lost\n", hex, everywhere ? "*" : WORLD_ORIGIN,
             (unsigned long long)(everywhere ? 0 : chance_below(&m->c, 9)));
    append(text, line, strlen(line));
}

static void ask_directory(struct maker *m)
{
    struct evx_buf f[3] = {{0}}, text = {0};
    struct evx_note parsed;
    size_t which = chance_below(&m->c, 2);
    struct evx_bytes note = evx_directory_note(m->w->directory[which]);
    world_must(evx_note_parse(&parsed, note) == EVX_OK, "a directory");
    append(&text, parsed.text.p, parsed.text.n);
    unsigned how = (unsigned)chance_below(&m->c, 4);
    if (how == 0) {
        append(&f[0], note.p, note.n);
        if (often(m)) chance_spoil(&f[0], &m->c);
    } else {
        if (chance_below(&m->c, 2)) revoke_something(m, &text);
        if (how > 1) chance_spoil(&text, &m->c);
        sign_text(m, &f[0], &text, (unsigned)chance_below(&m->c, 8));
    }
    struct evx_bytes before = evx_directory_note(m->w->directory[0]);
    if (which == 1 && often(m)) append(&f[1], before.p, before.n);
    if (chance_below(&m->c, 4) == 0) append(&f[2], evx_directory_hash(m->w->directory[which])->b, 32);
    evx_buf_free(&text);
    ask(m, 'D', f, 3);
}

// --- tiles, policies, forks, bundles ---

static void ask_tile(struct maker *m)
{
    struct evx_buf f[2] = {{0}};
    uint64_t n = chance_below(&m->c, 20), first = chance_below(&m->c, m->w->n - 20);
    for (uint64_t i = first; i < first + n; i++) {
        uint8_t length[2];
        evx_put_be16(length, (uint16_t)m->w->at[i].entry.n);
        append(&f[0], length, 2);
        append(&f[0], m->w->at[i].entry.p, m->w->at[i].entry.n);
    }
    if (chance_below(&m->c, 2) && f[0].n) chance_spoil(&f[0], &m->c);
    if (chance_below(&m->c, 5) == 0) n++;
    append64(&f[1], n);
    ask(m, 'T', f, 2);
}

static void write_policy(struct maker *m, struct evx_buf *out)
{
    static const char *const tails[] = {"group g 2 a b c\nquorum g\n",
                                        "group g any a b c\nquorum g\n",
                                        "quorum none\n",
                                        "quorum b\n",
                                        "group g all a b\ngroup h any g c\nquorum h\n",
                                        "# nobody\n\nquorum a\n",
                                        "group g 3 a b c\nquorum g\n"};
    static const char *const who[] = {"inspectorate-care", "inspectorate-health", "inspectorate-policing"};
    append(out, "log ", 4);
    log_vkey(m, out);
    append(out, "\n", 1);
    for (unsigned i = 0; i < 3; i++) {
        char start[] = {'w', 'i', 't', 'n', 'e', 's', 's', ' ', (char)('a' + i), ' '};
        append(out, start, sizeof start);
        witness_vkey(m, out, who[i]);
        append(out, "\n", 1);
    }
    const char *tail = tails[chance_below(&m->c, 7)];
    append(out, tail, strlen(tail));
}

static void ask_policy(struct maker *m)
{
    struct evx_buf f[2] = {{0}};
    write_policy(m, &f[0]);
    any_checkpoint(m, &f[1]);
    if (chance_below(&m->c, 2)) chance_spoil(&f[0], &m->c);
    if (chance_below(&m->c, 4) == 0 && f[1].n) chance_spoil(&f[1], &m->c);
    ask(m, 'Q', f, 2);
}

static void ask_fork(struct maker *m)
{
    struct evx_buf f[2] = {{0}};
    struct evx_fork fork = {0};
    uint64_t to = 1 + chance_below(&m->c, ENTRIES), from = 1 + chance_below(&m->c, to);
    struct evx_checkpoint c = {.origin = WORLD_ORIGIN, .size = to};
    world_root(&fork.old_root, m->w, from);
    world_checkpoint(&fork.first, m->w, from, 0);
    if (chance_below(&m->c, 2)) {
        evx_buf_free(&fork.first);
        c.size = from;
        random_digest(m, &c.root);
        world_sign(&fork.first, m->w, &c);
    }
    world_checkpoint(&fork.second, m->w, chance_below(&m->c, 3) ? to : from, 0);
    fork.has_proof = chance_below(&m->c, 2);
    world_must(evx_consistency_proof(&fork.proof, from, to, world_node, m->w) == EVX_OK,
               "a consistency proof");
    if (chance_below(&m->c, 2)) {
        struct evx_buf swap = fork.first;
        fork.first = fork.second;
        fork.second = swap;
    }
    world_must(evx_fork_text(&f[0], &fork) == EVX_OK, "a fork");
    log_vkey(m, &f[1]);
    if (chance_below(&m->c, 2)) chance_spoil(&f[0], &m->c);
    evx_fork_free(&fork);
    ask(m, 'F', f, 2);
}

static void ask_bundle(struct maker *m)
{
    struct evx_buf f[2] = {{0}};
    uint64_t index;
    do
        index = chance_below(&m->c, 16);
    while (!m->w->at[index].whole.n);
    uint64_t size = index + 1 + chance_below(&m->c, ENTRIES - index);
    world_bundle(&f[0], m->w, index, 0, size, (unsigned)chance_below(&m->c, 8));
    if (often(m)) chance_spoil(&f[0], &m->c);
    if (chance_below(&m->c, 3) == 0)
        append(&f[1], evx_directory_hash(m->w->directory[chance_below(&m->c, 2)])->b, 32);
    ask(m, 'B', f, 2);
}

static void ask_one(struct maker *m)
{
    uint64_t n = chance_below(&m->c, 100);
    if (n < 22)
        ask_inclusion(m);
    else if (n < 44)
        ask_consistency(m);
    else if (n < 48)
        ask_vkey(m);
    else if (n < 54)
        ask_note(m, 'N');
    else if (n < 60)
        ask_note(m, 'K');
    else if (n < 70)
        ask_proof(m);
    else if (n < 80)
        ask_header(m);
    else if (n < 85)
        ask_entry(m);
    else if (n < 89)
        ask_directory(m);
    else if (n < 92)
        ask_tile(m);
    else if (n < 95)
        ask_policy(m);
    else if (n < 98)
        ask_fork(m);
    else
        ask_bundle(m);
}

void questions_make(struct evx_buf *out, uint64_t seed, size_t count)
{
    struct world_wish wish = {.filler = ENTRIES - WORLD_FIXED};
    struct maker m = {.w = world_new(&wish), .c = {seed}, .out = out};
    for (size_t i = 0; i < count; i++)
        ask_one(&m);
    world_free(m.w);
}
